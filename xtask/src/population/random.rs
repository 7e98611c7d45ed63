//! Random numbers that are the same for the same seed, for ever.

/// A SplitMix64 generator.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// The generator of one patient: independent of all others, so that patient 7 is the same in
    /// every population of a seed.
    pub(super) fn of(seed: u64, patient: u64) -> Self {
        let mut mixed = Self(seed ^ patient.wrapping_mul(0xA24B_AED4_963E_E407));
        mixed.next();
        mixed
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn from(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    /// True so many times in a hundred.
    pub(super) fn percent(&mut self, chance: u64) -> bool {
        self.next() % 100 < chance
    }

    /// One of several.
    pub(super) fn pick<'p, T>(&mut self, of: &'p [T]) -> &'p T {
        let at = usize::try_from(self.next() % of.len() as u64).unwrap_or(0);
        &of[at]
    }

    /// A UUID that is no real one's.
    pub(super) fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", a >> 32, (a >> 16) & 0xFFFF, a & 0xFFF, b >> 52, b & 0xFFFF_FFFF_FFFF)
    }

    /// A date as `YYYY-MM-DD`.
    pub(super) fn date(&mut self, first_year: u64, last_year: u64) -> String {
        format!("{}-{:02}-{:02}", self.from(first_year, last_year), self.from(1, 12), self.from(1, 28))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let numbers = |seed, patient| (0..4).map(|_| Random::of(seed, patient).uuid()).collect::<Vec<_>>();
        assert_eq!(numbers(7, 1), numbers(7, 1));
        assert_ne!(numbers(7, 1), numbers(7, 2));
        assert_ne!(numbers(7, 1), numbers(8, 1));
        assert_eq!(Random::of(0, 0).from(0, u64::MAX - 1), 7_960_286_522_194_355_700);
    }
}
