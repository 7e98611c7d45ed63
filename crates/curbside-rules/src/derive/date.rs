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
        Some(DateRule { latest, sources: sources.into_iter().collect::<Option<_>>()? })
    }
}

impl DateRule {
    /// The date for a patient. Sources without a usable date are passed over; where none has one, the
    /// date is unknown if there should be one.
    #[must_use]
    pub fn resolve(&self, cx: Cx<'_, '_>) -> Resolved {
        let (mut dates, mut open) = (Vec::<When>::new(), false);
        for source in &self.sources {
            match source {
                Source::Day(day) => match day.resolve(cx) {
                    Resolved::Days(when) => dates.push(when),
                    Resolved::Unknown => open = true,
                    Resolved::Never => {}
                },
                Source::Onset(plan) | Source::Recorded(plan) => {
                    for (at, _) in plan.matches(cx).into_iter().filter(|(_, truth)| *truth == Truth::True) {
                        let Some(held) = cx.chart().conditions.get(at) else { continue };
                        let text = if matches!(source, Source::Onset(_)) { held.data.onset() } else { held.data.recorded() };
                        match cx.when(text) {
                            Some(when) => dates.push(when),
                            None => open = true,
                        }
                    }
                }
            }
        }
        let pick = if self.latest {
            dates.into_iter().max_by_key(|when| (when.latest, when.earliest))
        } else {
            dates.into_iter().min_by_key(|when| (when.earliest, when.latest))
        };
        match pick {
            // What nobody dated may have been before all others.
            Some(when) if open && !self.latest => Resolved::Days(When::between(Day::MIN, when.last_day())),
            Some(when) => Resolved::Days(when),
            None if open => Resolved::Unknown,
            None => Resolved::Never,
        }
    }
}
