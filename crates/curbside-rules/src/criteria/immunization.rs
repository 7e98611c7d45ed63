//! `immunization`: vaccinations.

use curbside_chart::time::{Day, When};
use curbside_chart::{Kind as RecordKind, RecordRef};
use curbside_terminology::{SetId, ValueSetId};
use schemars::JsonSchema;
use serde::Deserialize;

use super::records::{Found, Wanted, asks_coded, conclude};
use super::test::Test;
use super::{Kind, Place};
use crate::compile::{Asks, Compiler, Node, Plan};
use crate::evaluate::{Cx, Verdict};
use crate::model::{Count, Names, Time};
use crate::shared::{DatedModel, Window};
use crate::truth::Truth;

/// A vaccination.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Immunization")]
pub struct Immunization {
    /// Value sets the vaccine is in.
    pub r#in: Names,
    /// Given no longer ago than this.
    pub within: Option<Time>,
    /// Given in this window.
    pub dated: Option<DatedModel>,
    /// On at least so many days (default: 1).
    pub at_least: Option<Count>,
    /// What it means that there is none (default: unknown).
    pub if_absent: Option<Truth>,
}

#[derive(Debug)]
struct ImmunizationTest {
    sets: Vec<ValueSetId>,
    window: Window,
    at_least: usize,
    if_absent: Truth,
    what: String,
}

impl Kind for Immunization {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        let sets = compiler.value_sets(Some(&self.r#in))?;
        compiler.reads_coded(RecordKind::Immunization, &sets);
        let titles: Vec<String> = sets.iter().map(|set| compiler.vocabulary().title(SetId::Values(*set)).to_lowercase()).collect();
        let test = ImmunizationTest {
            sets,
            window: Window::compile(self.within.as_ref(), self.dated.as_ref(), compiler)?,
            at_least: compiler.optional(self.at_least.as_ref(), Compiler::count)?.unwrap_or(1),
            if_absent: self.if_absent.or(compiler.if_absent().immunization).unwrap_or(Truth::Unknown),
            what: titles.join(" or "),
        };
        Some(place.node(compiler, test))
    }
}

/// On how many days vaccinations certainly were given, and on how many they may have been: an imprecise
/// date may be the day of another one.
fn days_of(given: &[(Option<When>, Truth)]) -> (usize, usize) {
    let span = |when: Option<When>| when.map_or((Day::MIN, Day::MAX), |when| (when.first_day(), when.last_day()));
    let mut certain: Vec<(Day, Day)> = given.iter().filter(|(_, truth)| *truth == Truth::True).map(|(when, _)| span(*when)).collect();
    certain.sort_unstable_by_key(|(first, last)| (*last, *first));
    let (mut days, mut until) = (0, None);
    for (first, last) in certain {
        if until.is_none_or(|until| first > until) {
            days += 1;
            until = Some(last);
        }
    }
    let mut all: Vec<(Day, Day)> = given.iter().map(|(when, _)| span(*when)).collect();
    all.sort_unstable();
    // Two of one and the same day are one; two of the same month may be two.
    all.dedup_by(|a, b| a == b && a.0 == a.1);
    (days, all.len())
}

impl Test for ImmunizationTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let window = self.window.resolve(cx);
        let index = cx.facts().coded(cx, RecordKind::Immunization);
        let (mut found, mut days) = (Vec::new(), Vec::new());
        for at in index.records(cx, &self.sets) {
            let Some(held) = cx.chart().immunizations.get(at) else { continue };
            let data = &held.data;
            let status = match data.status.as_deref() {
                _ if data.not_given == Some(true) => continue,
                Some("completed") => Truth::True,
                None => Truth::Unknown,
                Some(_) => continue,
            };
            let when = cx.when(data.occurrence_date_time.as_deref().or(data.date.as_deref()));
            let truth = status.and(window.holds(when)).doubted(held.doubt.is_some());
            if truth == Truth::False {
                continue;
            }
            let says = when.map_or_else(|| format!("{}, undated", self.what), |when| format!("{} on {when}", self.what));
            let missing = (truth == Truth::Unknown).then(|| ("date and status of the vaccination".to_owned(), "Immunization".to_owned()));
            days.push((when, truth));
            found.push(Found { record: RecordRef::new(RecordKind::Immunization, at), truth, says, missing });
        }
        let (certain, mut possible) = days_of(&days);
        // What does not say what was given may have been this.
        possible += index.uncoded().len();
        let enough = if certain >= self.at_least { Truth::True } else { Truth::from((possible < self.at_least).then_some(false)) };
        let wanted = Wanted { kind: "Immunization", what: &self.what, if_absent: self.if_absent };
        if found.is_empty() || self.at_least <= 1 {
            return conclude(cx, &wanted, &found, index.uncoded());
        }
        let counted = if certain == possible { certain.to_string() } else { format!("{certain} to {possible}") };
        let says = format!("{} on {counted} days, at least {} needed", self.what, self.at_least);
        // What a record may lack is as unknown as no record at all.
        let truth = if enough == Truth::False { self.if_absent } else { enough };
        let verdict = Verdict::new(truth, says).from_all(found.iter().map(|found| found.record));
        if truth == Truth::Unknown { verdict.missing(format!("further {}", self.what), "Immunization") } else { verdict }
    }

    fn asks(&self, _: &Plan) -> Asks {
        asks_coded(RecordKind::Immunization, &self.sets, None)
    }
}
