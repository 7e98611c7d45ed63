//! A unit, and how amounts in two units compare.

use std::cmp::Ordering;
use std::fmt;

use octofhir_ucum::{EvalResult, Number, SpecialKind, evaluate, parse_expression};
use rust_decimal::Decimal;

/// A unit of UCUM.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    code: String,
    meaning: EvalResult,
}

/// Words that are no UCUM and are understood all the same, in amounts that authors write and in
/// the `unit` of quantities without a code.
const WORDS: &[(&str, &str)] = &[
    ("mcg", "ug"),
    ("µg", "ug"),
    ("μg", "ug"),
    ("gm", "g"),
    ("gram", "g"),
    ("grams", "g"),
    ("milligram", "mg"),
    ("milligrams", "mg"),
    ("mmHg", "mm[Hg]"),
    ("mm Hg", "mm[Hg]"),
    ("lb", "[lb_av]"),
    ("lbs", "[lb_av]"),
    ("in", "[in_i]"),
    ("day", "d"),
    ("days", "d"),
    ("week", "wk"),
    ("weeks", "wk"),
    ("month", "mo"),
    ("months", "mo"),
    ("year", "a"),
    ("years", "a"),
    ("hour", "h"),
    ("hours", "h"),
    ("hr", "h"),
    ("minute", "min"),
    ("minutes", "min"),
    ("IU", "[iU]"),
    ("degC", "Cel"),
    ("degF", "[degF]"),
    ("bpm", "/min"),
    ("", "1"),
];

/// How a body surface of 1.73 m² is written below the line of a rate, but for blanks, brackets and signs.
const BODY_SURFACE: &[&str] = &["1.73", "1.73m2", "1.73m²", "1.73sqm", "173.10*-2.m2"];

impl Unit {
    /// Reads a unit as UCUM, or as one of the words that are understood.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        // To UCUM `1.73` is 1 times 73, and nobody means that.
        if let Some(rate) = by_body_surface(text) {
            return Self::parse(&format!("{rate}/{{1.73_m2}}"));
        }
        if has_decimal_point(text) {
            return None;
        }
        let of = |code: &str| {
            let meaning = evaluate(&parse_expression(code).ok()?).ok()?;
            Some(Self { code: code.to_owned(), meaning })
        };
        // Words first: `lb` and `in` would not parse, but `gm` would be a gram-metre.
        let word = |part: &str| WORDS.iter().find(|(word, _)| *word == part).map_or(part.to_owned(), |(_, code)| (*code).to_owned());
        match text.split_once('/') {
            Some((above, below)) if !above.is_empty() && !below.contains('/') => {
                let worded = format!("{}/{}", word(above), word(below));
                of(&worded).or_else(|| of(text))
            }
            _ => of(&word(text)),
        }
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Whether it is a plain number: `%`, `{score}`, `mmol/mol`, `1`.
    #[must_use]
    pub fn is_dimensionless(&self) -> bool {
        self.meaning.is_scalar()
    }

    /// Whether it is no unit at all: `1`, `{score}`. A value without a unit compares with these only:
    /// 10.1 without a unit is not 10.1 %.
    #[must_use]
    pub fn is_number(&self) -> bool {
        self.is_dimensionless() && self.bare() == "1"
    }

    /// Whether amounts in the two compare at all. Plain numbers compare only within one and the
    /// same unit, for `7 %` of haemoglobin is not 70 mmol/mol; a mass is never an amount of
    /// substance. Where a substance makes such a comparison possible, an [`super::Analyte`] does.
    #[must_use]
    pub fn comparable(&self, other: &Self) -> bool {
        if self.is_dimensionless() || other.is_dimensionless() {
            let same_ratio = || self.ratio_of().zip(other.ratio_of()).is_some_and(|(a, b)| a.0.comparable(&b.0) && a.1.comparable(&b.1));
            return self.is_dimensionless() && other.is_dimensionless() && (self.bare() == other.bare() || same_ratio());
        }
        // UCUM counts moles as a number, so `mmol/L` and `/L` would be alike.
        self.meaning.is_commensurable(&other.meaning) && self.has_moles() == other.has_moles()
    }

    /// Compares `value` of this unit with `bound` of the other; `None` where they do not compare.
    #[must_use]
    pub fn compare(&self, value: Decimal, other: &Self, bound: Decimal) -> Option<Ordering> {
        if self.code == other.code {
            return Some(value.cmp(&bound));
        }
        if !self.comparable(other) {
            return None;
        }
        let difference = self.base(value)?.checked_sub(other.base(bound)?)?;
        Some(if difference.is_zero() {
            Ordering::Equal
        } else if difference.is_negative() {
            Ordering::Less
        } else {
            Ordering::Greater
        })
    }

    /// `value` of this unit in another one, where they compare.
    #[must_use]
    pub fn convert(&self, value: Decimal, to: &Self) -> Option<Decimal> {
        if self.code == to.code {
            return Some(value);
        }
        if !self.comparable(to) {
            return None;
        }
        let base = self.base(value)?.checked_sub(to.zero()?)?;
        decimal(base.checked_div(to.meaning.factor)?)
    }

    /// The amount in base units, exactly. Temperatures have a zero of their own.
    fn base(&self, value: Decimal) -> Option<Number> {
        number(value)?.checked_mul(self.meaning.factor)?.checked_add(self.zero()?)
    }

    /// Where the scale's own zero lies, in base units.
    fn zero(&self) -> Option<Number> {
        let Some(special) = &self.meaning.special else { return Some(Number::ZERO) };
        let offset = match special.unit.special {
            SpecialKind::Celsius => Number::parse("273.15")?,
            SpecialKind::Fahrenheit => Number::parse("459.67")?,
            // Logarithmic scales are compared only within themselves.
            _ => return None,
        };
        offset.checked_mul(self.meaning.factor)
    }

    /// The code without annotations: `{score}` is `1`.
    fn bare(&self) -> String {
        let mut bare = String::new();
        let mut inside = false;
        for c in self.code.chars() {
            match c {
                '{' => inside = true,
                '}' => inside = false,
                c if !inside => bare.push(c),
                _ => {}
            }
        }
        if bare.is_empty() { "1".to_owned() } else { bare }
    }

    /// Both parts of a ratio of like to like (`mg/kg`): those do compare.
    fn ratio_of(&self) -> Option<(Self, Self)> {
        let (above, below) = self.code.split_once('/')?;
        let parts = (Self::parse(above)?, Self::parse(below)?);
        (!parts.0.is_dimensionless() && !parts.1.is_dimensionless()).then_some(parts)
    }

    fn has_moles(&self) -> bool {
        self.bare().contains("mol")
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)
    }
}

/// Of a rate by 1.73 m² of body surface, however that is written, what stands before it.
fn by_body_surface(text: &str) -> Option<&str> {
    let (rate, below) = text.rsplit_once('/')?;
    let bare: String = below.chars().filter(|c| !" {}()[]_^".contains(*c)).flat_map(char::to_lowercase).collect();
    (below != "{1.73_m2}" && !rate.is_empty() && BODY_SURFACE.contains(&bare.as_str())).then(|| rate.trim_end())
}

/// Whether a point stands between two digits, outside of annotations.
fn has_decimal_point(text: &str) -> bool {
    let (mut inside, mut before) = (false, [' ', ' ']);
    for c in text.chars() {
        inside = (inside || c == '{') && c != '}';
        if !inside && c.is_ascii_digit() && before[1] == '.' && before[0].is_ascii_digit() {
            return true;
        }
        before = [before[1], c];
    }
    false
}

fn number(value: Decimal) -> Option<Number> {
    Number::parse(&value.to_string())
}

fn decimal(number: Number) -> Option<Decimal> {
    let (mantissa, exponent) = number.to_integer_and_exponent();
    let scale = u32::try_from(-exponent).ok();
    match scale {
        // 28 digits are more than any record has: what is beyond them is dropped.
        Some(scale) if scale <= 28 => Some(Decimal::try_from_i128_with_scale(mantissa, scale).ok()?.normalize()),
        Some(scale) => {
            let shrink = 10_i128.checked_pow(scale - 28)?;
            Some(Decimal::try_from_i128_with_scale(mantissa / shrink, 28).ok()?.normalize())
        }
        None => {
            let grow = 10_i128.checked_pow(u32::try_from(exponent).ok()?)?;
            Decimal::try_from_i128_with_scale(mantissa.checked_mul(grow)?, 0).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(left: &str, right: &str) -> Option<Ordering> {
        let part = |text: &str| {
            let (value, unit) = text.split_once(' ').unwrap();
            (value.parse::<Decimal>().unwrap(), Unit::parse(unit).unwrap())
        };
        let ((value, unit), (bound, of)) = (part(left), part(right));
        unit.compare(value, &of, bound)
    }

    #[test]
    fn a_percentage_is_no_plain_number() {
        for (unit, is_number) in [("1", true), ("{score}", true), ("%", false), ("mmol/mol", false), ("mg", false)] {
            assert_eq!(Unit::parse(unit).unwrap().is_number(), is_number, "{unit}");
        }
    }

    #[test]
    fn a_filtration_rate_is_read_however_it_is_spelt() {
        let spellings = ["1.73", "1.73{m2}", "1.73m2", "1.73 m2", "{1.73_m2}", "1.73_m2", "{1.73m2}", "1.73m²", "(173.10*-2.m2)"];
        let known = Unit::parse("mL/min/{1.73_m2}").unwrap();
        for spelling in spellings {
            let unit = Unit::parse(&format!("mL/min/{spelling}")).unwrap_or_else(|| panic!("{spelling}"));
            assert_eq!(unit.compare(Decimal::from(20), &known, Decimal::from(20)), Some(Ordering::Equal), "{spelling}");
            assert_eq!(unit.code(), known.code(), "{spelling}");
        }
        // A figure in a unit that is no UCUM is not taken for a product.
        assert_eq!(Unit::parse("mL/min/1.8"), None);
        assert_eq!(Unit::parse("1.73"), None);
        assert!(Unit::parse("kg.m2").is_some());
    }

    #[test]
    fn amounts_compare_exactly_within_a_dimension() {
        use Ordering::{Equal, Greater, Less};
        for (left, right, order) in [
            ("0.05 g", "50 mg", Some(Equal)),
            ("49.9 mg", "0.05 g", Some(Less)),
            ("500 mcg", "0.5 mg", Some(Equal)),
            ("140 mmHg", "140 mm[Hg]", Some(Equal)),
            ("18.7 kPa", "140 mm[Hg]", Some(Greater)),
            ("18.6 kPa", "140 mm[Hg]", Some(Less)),
            ("176.36981 [lb_av]", "80 kg", Some(Greater)),
            ("0.5 mg/kg", "500 ug/kg", Some(Equal)),
            ("100 mg/day", "100 mg/d", Some(Equal)),
            ("37 Cel", "98.6 [degF]", Some(Equal)),
            ("7 %", "7 %", Some(Equal)),
            ("5 {score}", "5 1", Some(Equal)),
            ("7 %", "70 mmol/mol", None),
            ("1 mg/kg", "0.1 %", None),
            ("5 mg", "5 mL", None),
            ("5 mmol/L", "5 /L", None),
            ("5 [iU]", "5 mg", None),
        ] {
            assert_eq!(compare(left, right), order, "{left} {right}");
        }
        assert_eq!(Unit::parse("tablet"), None);
        assert_eq!(Unit::parse("g").unwrap().convert(Decimal::new(15, 2), &Unit::parse("mg").unwrap()), Some(Decimal::from(150)));
        assert_eq!(Unit::parse("[degF]").unwrap().convert(Decimal::new(986, 1), &Unit::parse("Cel").unwrap()), Some(Decimal::from(37)));
    }
}
