//! A date worked out from records: the latest usable onset, the first session of any course.

use curbside_chart::time::{Day, When};
use curbside_source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::compile::Compiler;
use crate::criteria::{ConditionModel, ConditionPlan};
use crate::evaluate::Cx;
use crate::model::DateExpression;
use crate::shared::{DatePlan, Resolved};
use crate::truth::Truth;

/// A date worked out from records.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "DateDefinition")]
pub struct DateModel {
    /// The latest of these.
    pub latest_of: Option<Vec<DateSource>>,
    /// The earliest of these.
    pub earliest_of: Option<Vec<DateSource>>,
    /// What it means that a condition among them has no date where another has one: `ignored` (default of
    /// `latest_of`), or `unknown` (default of `earliest_of`): it may be of any day.
    pub undated: Option<Undated>,
}

/// What conditions without a date mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Undated")]
pub enum Undated {
    /// They are passed over.
    Ignored,
    /// They may be of any day.
    Unknown,
}

/// Where a date may come from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "DateSource")]
pub enum DateSource {
    /// The onset of a condition that this is true of.
    OnsetOf(Box<ConditionModel>),
    /// When a condition that this is true of was recorded.
    RecordedOf(Box<ConditionModel>),
    /// A date.
    Day(Spanned<DateExpression>),
}

/// A date worked out from records, ready.
#[derive(Debug)]
pub struct DateRule {
    latest: bool,
    undated: Undated,
    sources: Vec<Source>,
}

#[derive(Debug)]
enum Source {
    Onset(ConditionPlan),
    Recorded(ConditionPlan),
    Day(DatePlan),
}

impl DateModel {
    /// Makes the date of a definition ready.
    pub(crate) fn compile(&self, span: curbside_source::Span, compiler: &mut Compiler<'_>) -> Option<DateRule> {
        let (latest, list) = match (&self.latest_of, &self.earliest_of) {
            (Some(list), None) => (true, list),
            (None, Some(list)) => (false, list),
            _ => {
                compiler.error("nothing-asked", span, "give either `latest_of` or `earliest_of`");
                return None;
            }
        };
        let sources = list.iter().map(|source| match source {
            DateSource::OnsetOf(condition) => condition.plan(span, compiler).map(Source::Onset),
            DateSource::RecordedOf(condition) => condition.plan(span, compiler).map(Source::Recorded),
            DateSource::Day(day) => compiler.date(day).map(Source::Day),
        });
        let sources: Vec<Option<Source>> = sources.collect();
        let undated = self.undated.unwrap_or(if latest { Undated::Ignored } else { Undated::Unknown });
        Some(DateRule { latest, undated, sources: sources.into_iter().collect::<Option<_>>()? })
    }
}

impl DateRule {
    /// The date for a patient: an interval where it may be one of several days. Where no source has a usable
    /// date, it is unknown if there may be one.
    #[must_use]
    pub fn resolve(&self, cx: Cx<'_, '_>) -> Resolved {
        let mut found = Candidates::default();
        for source in &self.sources {
            match source {
                Source::Day(day) => match day.resolve(cx) {
                    Resolved::Days(when) => found.certain.push(when),
                    Resolved::Unknown => found.open = true,
                    Resolved::Never => {}
                },
                Source::Onset(plan) | Source::Recorded(plan) => {
                    for (at, truth) in plan.matches(cx) {
                        let Some(held) = cx.chart().conditions.get(at) else { continue };
                        let text = if matches!(source, Source::Onset(_)) { held.data.onset() } else { held.data.recorded() };
                        match (cx.when(text), truth) {
                            (_, Truth::False) => {}
                            (Some(when), Truth::True) => found.certain.push(when),
                            (Some(when), Truth::Unknown) => found.possible.push(when),
                            (None, _) => found.open = true,
                        }
                    }
                }
            }
        }
        let is_open = found.open && self.undated == Undated::Unknown;
        match if self.latest { found.latest() } else { found.earliest() } {
            Some(when) if is_open && self.latest => Resolved::Days(when.hull(When::on(cx.as_of().day()))),
            Some(when) if is_open => Resolved::Days(When::between(Day::MIN, when.last_day())),
            Some(when) => Resolved::Days(when),
            None if found.open || !found.possible.is_empty() => Resolved::Unknown,
            None => Resolved::Never,
        }
    }
}

/// The days among which one is looked for.
#[derive(Default)]
struct Candidates {
    /// Those that count.
    certain: Vec<When>,
    /// Those that may.
    possible: Vec<When>,
    /// Whether there are, or may be, some without a date.
    open: bool,
}

impl Candidates {
    /// From the latest day that it is at least, to the latest that it can be.
    fn latest(&self) -> Option<When> {
        let earliest = self.certain.iter().map(|when| when.earliest).max()?;
        let latest = self.certain.iter().chain(&self.possible).map(|when| when.latest).max()?;
        Some(When { earliest, latest })
    }

    /// From the earliest day that it can be, to the earliest that it is at most.
    fn earliest(&self) -> Option<When> {
        let latest = self.certain.iter().map(|when| when.latest).min()?;
        let earliest = self.certain.iter().chain(&self.possible).map(|when| when.earliest).min()?;
        Some(When { earliest, latest })
    }
}
