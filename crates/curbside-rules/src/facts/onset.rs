//! When a condition began, however the record says it.

use curbside_chart::Held;
use curbside_chart::json::Json;
use curbside_chart::resource::Condition;
use curbside_chart::time::{Day, Duration, When};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::evaluate::Cx;

/// What a record says of an onset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Onset {
    /// Nothing.
    Unsaid,
    /// Something that gives no date: words, a range of ages, an age of somebody born nobody knows when.
    Vague,
    /// Some day of these.
    On(When),
}

impl Onset {
    /// The onset of a condition. An age is a year of the patient's life.
    pub(crate) fn of(cx: Cx<'_, '_>, held: &Held<'_, Condition<'_>>) -> Self {
        let condition = &held.data;
        if let Some(text) = condition.onset() {
            return cx.when(Some(text)).map_or(Self::Vague, Self::On);
        }
        if let Some(end) = condition.onset_period.as_ref().and_then(|period| cx.when(period.end.as_deref())) {
            return Self::On(When::between(Day::MIN, end.last_day()));
        }
        let Some(Json::Object(members)) = Json::read(held.raw) else { return Self::Unsaid };
        let said = members.iter().find(|(name, value)| name.starts_with("onset") && *value != Json::Null);
        match said {
            Some((name, age)) if name.as_str() == "onsetAge" => in_year_of_life(cx, age).map_or(Self::Vague, Self::On),
            Some(_) => Self::Vague,
            None => Self::Unsaid,
        }
    }
}

/// The year of life that an age in years means, up to now.
fn in_year_of_life(cx: Cx<'_, '_>, age: &Json<'_>) -> Option<When> {
    let member = |name: &str| {
        let mut found = Vec::new();
        age.at(&[name], &mut found);
        found.into_iter().next()
    };
    let is_years = matches!(member("code").or(member("unit")), Some(Json::String(unit)) if ["a", "year", "years"].contains(&unit.as_str()));
    let (Some(Json::Number(value)), None, true) = (member("value"), member("comparator"), is_years) else { return None };
    let years = value.decimal().filter(|years| years.fract() == Decimal::ZERO)?.to_i32()?;
    let patient = cx.chart().patient.as_ref().filter(|patient| patient.doubt.is_none())?;
    let birth = cx.when(patient.data.birth_date.as_deref())?;
    let months = |years: i32| years.checked_mul(12).map(|months| Duration { months, ..Duration::days(0) });
    let (first, next) = (birth.first_day().plus(months(years)?), birth.last_day().plus(months(years.checked_add(1)?)?));
    // Births on 29 February have their birthday on 1 March: the day before still belongs to the year.
    let is_leap_birth = matches!(birth.last_day().ymd(), (_, 2, 29));
    let when = When::between(first, if is_leap_birth { next } else { next.plus_days(-1) });
    let now = cx.as_of().moment();
    (when.earliest <= now).then(|| When { latest: when.latest.min(now), ..when })
}
