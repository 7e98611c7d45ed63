//! What of a chart can have a part in what a criterion says.

use curbside_chart::Kind;
use curbside_terminology::{DrugSetId, ValueSetId};

use super::names::{DefId, RuleId};

/// Something a chart may hold, or lack, that what a criterion says depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aspect {
    /// Another hook than `patient-view` asks.
    Hook,
    /// Records of this type.
    Records(Kind),
    /// Records of this type that nobody looked for: there may be some.
    Unsought(Kind),
    /// Records of this type with a code of this set.
    Coded(Kind, ValueSetId),
    /// Records of this type that do not say what they are about: they may be about anything.
    Uncoded(Kind),
    /// Medication records that are about a drug of this set, or may be.
    Drugs(DrugSetId),
    /// Administrations that are about a drug of this set, or may be.
    Given(DrugSetId),
    /// Totals of this instrument.
    Scores(String),
    /// Draft orders.
    Orders,
    /// Appointments, on record or proposed.
    Bookings,
}

/// What aspects can be passed over together where a chart has nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum AspectSource {
    /// Records of one type.
    Records(Kind),
    /// Records of medication.
    Medication,
    /// Observations and questionnaires.
    Scores,
    /// Types that nobody looked for.
    Unsought,
    /// Anything else.
    Other,
}

impl Aspect {
    /// What a chart must have for this aspect of it to be there.
    pub(crate) const fn source(&self) -> AspectSource {
        match self {
            Self::Records(kind) | Self::Coded(kind, _) | Self::Uncoded(kind) => AspectSource::Records(*kind),
            Self::Drugs(_) | Self::Given(_) => AspectSource::Medication,
            Self::Scores(_) => AspectSource::Scores,
            Self::Unsought(_) => AspectSource::Unsought,
            Self::Hook | Self::Orders | Self::Bookings => AspectSource::Other,
        }
    }
}

/// What a criterion asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Anything: what it says has to be worked out for each patient.
    Anything,
    /// These and nothing else. Where a chart has none of them the criterion says, word for word, what it says of an
    /// empty chart, whoever the patient is and whatever the day.
    Of(Vec<Aspect>),
    /// What those of its parts ask about that it looks at.
    OfParts,
    /// What a definition asks about.
    Definition(DefId),
    /// What a rule asks about.
    Rule(RuleId),
}

impl Asks {
    /// These, and what dates depend on; where one of them depends on anything, so does it all.
    pub(crate) fn with_dates(mut own: Vec<Aspect>, dates: impl IntoIterator<Item = Option<Vec<Aspect>>>) -> Self {
        for date in dates {
            let Some(aspects) = date else { return Self::Anything };
            own.extend(aspects);
        }
        Self::Of(own)
    }
}

/// A set of a plan's aspects, by their numbers; those of most plans need no memory elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach([u64; 4], Vec<u64>);

impl Reach {
    pub(crate) fn add(&mut self, number: usize) {
        let (word, bit) = (number / 64, 1 << (number % 64));
        match word.checked_sub(self.0.len()) {
            None => self.0.iter_mut().skip(word).take(1).for_each(|word| *word |= bit),
            Some(word) => {
                self.1.resize(self.1.len().max(word + 1), 0);
                self.1.iter_mut().skip(word).take(1).for_each(|word| *word |= bit);
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.1.resize(self.1.len().max(other.1.len()), 0);
        let pairs = self.0.iter_mut().zip(&other.0).chain(self.1.iter_mut().zip(&other.1));
        pairs.for_each(|(own, other)| *own |= other);
    }

    pub(crate) fn is_disjoint(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).chain(self.1.iter().zip(&other.1)).all(|(own, other)| own & other == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::Reach;

    fn of(numbers: &[usize]) -> Reach {
        let mut reach = Reach::default();
        numbers.iter().for_each(|number| reach.add(*number));
        reach
    }

    #[test]
    fn sets_meet_where_they_share_a_number() {
        assert!(of(&[]).is_disjoint(&of(&[3])) && of(&[1, 200]).is_disjoint(&of(&[0, 2, 199])));
        assert!(!of(&[1, 200]).is_disjoint(&of(&[200])) && !of(&[64]).is_disjoint(&of(&[0, 64])));
        assert!(!of(&[700]).is_disjoint(&of(&[3, 700])) && of(&[700]).is_disjoint(&of(&[701, 1400])));
        let mut all = of(&[1]);
        all.merge(&of(&[130, 700]));
        assert_eq!(all, of(&[1, 130, 700]));
    }
}
