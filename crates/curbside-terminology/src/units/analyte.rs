//! Conversions that need to know the substance: mass to amount of substance, and scales that are
//! defined against each other.
//!
//! The table is data (`analytes.yaml`); without an entry such units do not compare.

use std::cmp::Ordering;
use std::sync::LazyLock;

use curbside_source::{Sources, Spanned, read};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{Amount, Unit};

/// A substance or quantity with conversions of its own.
#[derive(Clone, Debug, Deserialize)]
pub struct Analyte {
    /// Its name.
    pub analyte: String,
    /// LOINC codes of its observations.
    pub loinc: Vec<String>,
    /// Where the figures come from.
    pub source: Spanned<String>,
    /// Mass of one mole in grams: `mg/dL` and `mmol/L` compare.
    pub molar_mass: Option<Amount>,
    /// `to = slope × from + offset`.
    pub linear: Option<Linear>,
}

/// A conversion between two scales.
#[derive(Clone, Debug, Deserialize)]
pub struct Linear {
    /// The unit converted from.
    pub from: String,
    /// The unit converted to.
    pub to: String,
    /// Factor.
    pub slope: Amount,
    /// Added after the factor.
    pub offset: Amount,
}

static TABLE: LazyLock<Vec<Analyte>> = LazyLock::new(|| {
    let mut sources = Sources::default();
    let file = sources.add("analytes.yaml", include_str!("analytes.yaml"));
    read(&sources, file).unwrap_or_default()
});

impl Analyte {
    /// The analyte that observations with this LOINC code measure.
    #[must_use]
    pub fn of_loinc(code: &str) -> Option<&'static Self> {
        TABLE.iter().find(|analyte| analyte.loinc.iter().any(|known| known == code))
    }

    /// Compares `value` in `unit` with `bound`, where only the analyte makes that possible.
    #[must_use]
    pub fn compare(&self, value: Decimal, unit: &Unit, bound: &Amount) -> Option<Ordering> {
        self.convert(value, unit, &bound.unit).map(|converted| converted.cmp(&bound.value))
    }

    /// `value` of one unit in another one, where only the analyte makes that possible.
    #[must_use]
    pub fn convert(&self, value: Decimal, unit: &Unit, to: &Unit) -> Option<Decimal> {
        if let Some(linear) = &self.linear {
            let (slope, offset) = (linear.slope.value, linear.offset.value);
            if unit.code() == linear.from && to.code() == linear.to {
                return value.checked_mul(slope)?.checked_add(offset);
            }
            if unit.code() == linear.to && to.code() == linear.from {
                return value.checked_sub(offset)?.checked_div(slope);
            }
        }
        let grams = self.molar_mass.as_ref()?.value;
        let (mass, substance) = (Unit::parse("g/L")?, Unit::parse("mol/L")?);
        if unit.comparable(&mass) && to.comparable(&substance) {
            let moles = unit.convert(value, &mass)?.checked_div(grams)?;
            substance.convert(moles, to)
        } else if unit.comparable(&substance) && to.comparable(&mass) {
            mass.convert(unit.convert(value, &substance)?.checked_mul(grams)?, to)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_and_converts() {
        let order = |loinc: &str, value: &str, bound: &str| {
            let (number, unit) = value.split_once(' ').unwrap();
            Analyte::of_loinc(loinc).unwrap().compare(number.parse().unwrap(), &Unit::parse(unit).unwrap(), &Amount::parse(bound).unwrap())
        };
        assert_eq!(order("4548-4", "52 mmol/mol", "7 %"), Some(Ordering::Less));
        assert_eq!(order("4548-4", "7.1 %", "53 mmol/mol"), Some(Ordering::Greater));
        assert_eq!(order("2345-7", "7 mmol/L", "126 mg/dL"), Some(Ordering::Greater));
        assert_eq!(order("2345-7", "126 mg/dL", "7 mmol/L"), Some(Ordering::Less));
        assert_eq!(order("2345-7", "126 mg", "7 mmol/L"), None);
    }
}
