//! How often a day.

use curbside_chart::json::Number;
use curbside_chart::resource::{Repeat, Timing};
use rust_decimal::Decimal;

/// So many doses in so many days: kept apart, so that a dose is multiplied before it is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    doses: Decimal,
    days: Decimal,
}

impl Rate {
    fn new(doses: Decimal, days: Decimal) -> Option<Self> {
        (days > Decimal::ZERO).then_some(Self { doses, days })
    }

    /// How much a day, of a dose.
    pub(super) fn of(self, dose: Decimal) -> Option<Decimal> {
        dose.checked_mul(self.doses)?.checked_div(self.days)
    }

    /// How many days a quantity of such doses lasts.
    pub(super) fn lasts(self, quantity: Decimal, dose: Decimal) -> Option<Decimal> {
        quantity.checked_mul(self.days)?.checked_div(dose.checked_mul(self.doses)?)
    }

    /// Whether that is less than a dose a day.
    pub(super) fn is_less_than_daily(self) -> bool {
        self.doses < self.days
    }
}

/// Doses by day, at least and at most; `None` where the instruction does not say.
#[must_use]
pub(super) fn per_day(timing: Option<&Timing<'_>>) -> Option<(Rate, Rate)> {
    let timing = timing?;
    timing.repeat.as_ref().and_then(of_repeat).or_else(|| {
        let code = timing.code.as_ref()?;
        code.codes().chain(code.text.as_deref()).find_map(of_code)
    })
}

fn of_repeat(repeat: &Repeat<'_>) -> Option<(Rate, Rate)> {
    let number = |number: Option<Number<'_>>| number.and_then(Number::decimal);
    // So many of them in so many days.
    let days = |unit: &str| match unit {
        "s" => Some((86_400, 1)),
        "min" => Some((1_440, 1)),
        "h" => Some((24, 1)),
        "d" => Some((1, 1)),
        "wk" => Some((1, 7)),
        "mo" => Some((1, 30)),
        "a" => Some((1, 365)),
        _ => None,
    };
    let of_week = Decimal::from(repeat.day_of_week.len());
    let week = Decimal::from(7);
    let on_days = |doses: Decimal, days: Decimal| match repeat.day_of_week.is_empty() {
        true => Rate::new(doses, days),
        false => Rate::new(doses.checked_mul(of_week)?, days.checked_mul(week)?),
    };
    if let (Some(period), Some(unit)) = (number(repeat.period), repeat.period_unit.as_deref()) {
        let (units, in_days) = days(unit)?;
        let longest = number(repeat.period_max).unwrap_or(period);
        let least = number(repeat.frequency).unwrap_or(Decimal::ONE);
        let most = number(repeat.frequency_max).unwrap_or(least);
        let rate = |frequency: Decimal, period: Decimal| {
            on_days(frequency.checked_mul(Decimal::from(units))?, period.checked_mul(Decimal::from(in_days))?)
        };
        return Some((rate(least, longest)?, rate(most, period)?));
    }
    let moments = repeat.when.len().max(repeat.time_of_day.len());
    if moments == 0 && repeat.day_of_week.is_empty() {
        return None;
    }
    let rate = on_days(Decimal::from(moments.max(1)), Decimal::ONE)?;
    Some((rate, rate))
}

/// The codes of HL7's timing abbreviations.
fn of_code(code: &str) -> Option<(Rate, Rate)> {
    let (doses, days) = match code.to_ascii_uppercase().as_str() {
        "QD" | "AM" | "PM" | "BED" | "DAILY" => (1, 1),
        "BID" => (2, 1),
        "TID" => (3, 1),
        "QID" => (4, 1),
        "QOD" => (1, 2),
        "Q1H" => (24, 1),
        "Q2H" => (12, 1),
        "Q3H" => (8, 1),
        "Q4H" => (6, 1),
        "Q6H" => (4, 1),
        "Q8H" => (3, 1),
        "Q12H" => (2, 1),
        "WK" => (1, 7),
        "MO" => (1, 30),
        _ => return None,
    };
    let rate = Rate::new(Decimal::from(doses), Decimal::from(days))?;
    Some((rate, rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(repeat: &str) -> Option<(String, String)> {
        let text = format!("{{\"repeat\":{repeat}}}");
        let timing: Timing<'_> = serde_json::from_str(&text).unwrap();
        let of_one = |rate: Rate| rate.of(Decimal::ONE).unwrap().normalize().to_string();
        per_day(Some(&timing)).map(|(low, high)| (of_one(low), of_one(high)))
    }

    #[test]
    fn every_way_to_say_how_often() {
        for (repeat, low, high) in [
            (r#"{"frequency":2,"period":1,"periodUnit":"d"}"#, "2", "2"),
            (r#"{"period":8,"periodUnit":"h"}"#, "3", "3"),
            (r#"{"frequency":1,"frequencyMax":2,"period":1,"periodUnit":"d"}"#, "1", "2"),
            (r#"{"frequency":7,"period":1,"periodUnit":"wk"}"#, "1", "1"),
            (r#"{"when":["MORN","HS"]}"#, "2", "2"),
            (r#"{"timeOfDay":["08:00:00"]}"#, "1", "1"),
            (r#"{"frequency":1,"period":4,"periodMax":6,"periodUnit":"h"}"#, "4", "6"),
            (r#"{"dayOfWeek":["mon","wed","fri","sat","sun","tue","thu"]}"#, "1", "1"),
        ] {
            assert_eq!(rate(repeat), Some((low.to_owned(), high.to_owned())), "{repeat}");
        }
        assert_eq!(rate(r#"{"frequency":2}"#), None);
        assert_eq!(rate(r#"{"period":0,"periodUnit":"d"}"#), None);
        let coded: Timing<'_> = serde_json::from_str(r#"{"code":{"coding":[{"code":"BID"}]}}"#).unwrap();
        assert_eq!(per_day(Some(&coded)).unwrap().0.of(Decimal::TEN), Some(Decimal::from(20)));
        let thirds: Timing<'_> = serde_json::from_str(r#"{"repeat":{"period":3,"periodUnit":"d"}}"#).unwrap();
        let (rate, _) = per_day(Some(&thirds)).unwrap();
        assert_eq!((rate.of(Decimal::from(450)), rate.is_less_than_daily()), (Some(Decimal::from(150)), true));
    }
}
