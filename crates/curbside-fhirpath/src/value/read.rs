//! Dates and times from text.

use jiff::civil;

use super::temporal::{Precision, Temporal};

impl Temporal {
    /// Reads `2026`, `2026-11` or `2026-11-23`.
    #[must_use]
    pub fn date(text: &str) -> Option<Self> {
        let mut reader = Reader(text);
        let date = reader.date()?;
        reader.0.is_empty().then_some(date)
    }

    /// Reads a date with or without a time behind it, `T` included: `2026T`, `2026-11-23T10:30:00.5+01:00`.
    #[must_use]
    pub fn date_time(text: &str) -> Option<Self> {
        let mut reader = Reader(text);
        let mut moment = reader.date()?;
        if reader.eat(b'T') && !reader.0.is_empty() {
            if moment.precision != Precision::Day {
                return None;
            }
            reader.time(&mut moment)?;
            moment.offset = reader.offset()?;
        }
        reader.0.is_empty().then_some(moment)
    }

    /// Reads a time of day: `10`, `10:30`, `10:30:00.5`.
    #[must_use]
    pub fn time(text: &str) -> Option<Self> {
        let mut reader = Reader(text);
        let mut time = Self::START;
        reader.time(&mut time)?;
        reader.0.is_empty().then_some(time)
    }

    /// How much of the text after `@` belongs to a date, and whether it has a time.
    pub(crate) fn literal_length(text: &str) -> (usize, bool) {
        let run = |from: usize, accept: fn(u8) -> bool| text.bytes().skip(from).take_while(|b| accept(*b)).count();
        let digits = run(0, |b| b.is_ascii_digit());
        let mut length = digits;
        // `@2015-01 - 1 month` and `@2015-1` differ in what follows the dash.
        for _ in 0..2 {
            if text.as_bytes().get(length) == Some(&b'-') && text.as_bytes().get(length + 1).is_some_and(u8::is_ascii_digit) {
                length += 1 + run(length + 1, |b| b.is_ascii_digit());
            }
        }
        if text.as_bytes().get(length) != Some(&b'T') {
            return (length, false);
        }
        length += 1;
        length += run(length, |b| b.is_ascii_digit() || b == b':');
        let fraction = text.as_bytes().get(length) == Some(&b'.') && text.as_bytes().get(length + 1).is_some_and(u8::is_ascii_digit);
        if fraction {
            length += 1 + run(length + 1, |b| b.is_ascii_digit());
        }
        match text.as_bytes().get(length) {
            Some(b'Z') => length += 1,
            Some(b'+' | b'-') if text.as_bytes().get(length + 3) == Some(&b':') => length = (length + 6).min(text.len()),
            _ => {}
        }
        (length, true)
    }
}

struct Reader<'t>(&'t str);

impl Reader<'_> {
    fn eat(&mut self, byte: u8) -> bool {
        let rest = self.0.strip_prefix(char::from(byte));
        if let Some(rest) = rest {
            self.0 = rest;
        }
        rest.is_some()
    }

    fn digits(&mut self, count: usize) -> Option<i16> {
        let digits = self.0.get(..count).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?;
        self.0 = self.0.get(count..)?;
        digits.parse().ok()
    }

    /// Two digits of at most `most`.
    fn pair(&mut self, most: i8) -> Option<i8> {
        i8::try_from(self.digits(2)?).ok().filter(|value| *value <= most)
    }

    fn date(&mut self) -> Option<Temporal> {
        let mut date = Temporal { year: self.digits(4)?, ..Temporal::START };
        if self.eat(b'-') {
            (date.month, date.precision) = (self.pair(12)?, Precision::Month);
            if self.eat(b'-') {
                (date.day, date.precision) = (self.pair(31)?, Precision::Day);
            }
        }
        civil::Date::new(date.year, date.month, date.day).ok().map(|_| date)
    }

    fn time(&mut self, into: &mut Temporal) -> Option<()> {
        (into.hour, into.precision) = (self.pair(23)?, Precision::Hour);
        if self.eat(b':') {
            (into.minute, into.precision) = (self.pair(59)?, Precision::Minute);
            if self.eat(b':') {
                (into.second, into.precision) = (self.pair(60)?, Precision::Second);
                // A leap second is the last of its minute.
                into.second = into.second.min(59);
                if self.eat(b'.') {
                    let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
                    let nanos = self.0.get(..digits.min(9)).filter(|nanos| !nanos.is_empty())?;
                    into.nanosecond = format!("{nanos:0<9}").parse().ok()?;
                    into.precision = Precision::Millisecond;
                    self.0 = self.0.get(digits..)?;
                }
            }
        }
        Some(())
    }

    /// `Z`, `+01:00`, or nothing.
    fn offset(&mut self) -> Option<Option<i16>> {
        if self.eat(b'Z') {
            return Some(Some(0));
        }
        let sign = if self.eat(b'+') {
            1
        } else if self.eat(b'-') {
            -1
        } else {
            return Some(None);
        };
        let hours = i16::from(self.pair(14)?);
        if !self.eat(b':') {
            return None;
        }
        Some(Some(sign * (hours * 60 + i16::from(self.pair(59)?))))
    }
}
