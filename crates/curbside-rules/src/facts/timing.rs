//! How often a day.

use curbside_chart::json::Number;
use curbside_chart::resource::{Repeat, Timing};
use rust_decimal::Decimal;

/// Doses by day, at least and at most; `None` where the instruction does not say.
#[must_use]
pub(super) fn per_day(timing: Option<&Timing<'_>>) -> Option<(Decimal, Decimal)> {
    let timing = timing?;
    timing.repeat.as_ref().and_then(of_repeat).or_else(|| {
        let code = timing.code.as_ref()?;
        code.codes().chain(code.text.as_deref()).find_map(of_code)
    })
}

fn of_repeat(repeat: &Repeat<'_>) -> Option<(Decimal, Decimal)> {
    let number = |number: Option<Number<'_>>| number.and_then(Number::decimal);
    let days = |unit: &str| match unit {
        "s" => Some((Decimal::ONE, Decimal::from(86_400))),
        "min" => Some((Decimal::ONE, Decimal::from(1_440))),
        "h" => Some((Decimal::ONE, Decimal::from(24))),
        "d" => Some((Decimal::ONE, Decimal::ONE)),
        "wk" => Some((Decimal::from(7), Decimal::ONE)),
        "mo" => Some((Decimal::from(30), Decimal::ONE)),
        "a" => Some((Decimal::from(365), Decimal::ONE)),
        _ => None,
    };
    let of_week = Decimal::from(repeat.day_of_week.len());
    let week = Decimal::from(7);
    if let (Some(period), Some(unit)) = (number(repeat.period), repeat.period_unit.as_deref()) {
        let (long, short) = days(unit)?;
        let longest = number(repeat.period_max).unwrap_or(period);
        let least = number(repeat.frequency).unwrap_or(Decimal::ONE);
        let most = number(repeat.frequency_max).unwrap_or(least);
        // Multiplied before divided, so that `every 8 hours` is exactly three times a day.
        let rate = |frequency: Decimal, period: Decimal| frequency.checked_mul(short)?.checked_div(period.checked_mul(long)?);
        let (mut low, mut high) = (rate(least, longest)?, rate(most, period)?);
        if !repeat.day_of_week.is_empty() {
            low = low.checked_mul(of_week)?.checked_div(week)?;
            high = high.checked_mul(of_week)?.checked_div(week)?;
        }
        return Some((low, high));
    }
    let moments = repeat.when.len().max(repeat.time_of_day.len());
    let rate = match (moments, repeat.day_of_week.len()) {
        (0, 0) => return None,
        (0, _) => of_week.checked_div(week)?,
        (moments, 0) => Decimal::from(moments),
        (moments, _) => Decimal::from(moments).checked_mul(of_week)?.checked_div(week)?,
    };
    Some((rate, rate))
}

/// The codes of HL7's timing abbreviations.
fn of_code(code: &str) -> Option<(Decimal, Decimal)> {
    let times = match code.to_ascii_uppercase().as_str() {
        "QD" | "AM" | "PM" | "BED" | "DAILY" => Decimal::ONE,
        "BID" => Decimal::TWO,
        "TID" => Decimal::from(3),
        "QID" => Decimal::from(4),
        "QOD" => Decimal::new(5, 1),
        "Q1H" => Decimal::from(24),
        "Q2H" => Decimal::from(12),
        "Q3H" => Decimal::from(8),
        "Q4H" => Decimal::from(6),
        "Q6H" => Decimal::from(4),
        "Q8H" => Decimal::from(3),
        "Q12H" => Decimal::TWO,
        "WK" => Decimal::ONE.checked_div(Decimal::from(7))?,
        "MO" => Decimal::ONE.checked_div(Decimal::from(30))?,
        _ => return None,
    };
    Some((times, times))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(repeat: &str) -> Option<(String, String)> {
        let text = format!("{{\"repeat\":{repeat}}}");
        let timing: Timing<'_> = serde_json::from_str(&text).unwrap();
        per_day(Some(&timing)).map(|(low, high)| (low.normalize().to_string(), high.normalize().to_string()))
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
        assert_eq!(per_day(Some(&coded)), Some((Decimal::TWO, Decimal::TWO)));
    }
}
