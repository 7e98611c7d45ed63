//! `encounter`: visits and stays.

use curbside_chart::resource::status;
use curbside_chart::time::When;
use curbside_chart::{Kind as RecordKind, RecordRef};
use curbside_source::Spanned;
use curbside_terminology::{DrugSetId, SetId, ValueSetId};
use schemars::JsonSchema;
use serde::Deserialize;

use super::records::{Found, Wanted, asks_any, conclude};
use super::test::Test;
use super::{Kind, Place};
use crate::compile::{Asks, Compiler, Node, Plan};
use crate::evaluate::{Cx, Verdict};
use crate::model::{DateExpression, Names, Time};
use crate::shared::fhir_words::check_statuses;
use crate::shared::{DatePlan, DatedModel, Resolved, Window};
use crate::truth::Truth;

/// A visit or stay.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Encounter")]
pub struct Encounter {
    /// Value sets its type, class, service or reason is in, or drug sets it is for; words that name
    /// a drug leave it unknown.
    pub r#in: Option<Names>,
    /// Statuses that count (default: all but cancelled).
    pub status: Option<Names>,
    /// It covers this day.
    pub on: Option<Spanned<DateExpression>>,
    /// Begun no longer ago than this.
    pub within: Option<Time>,
    /// Begun in this window.
    pub dated: Option<DatedModel>,
    /// What it means that there is none (default: false).
    pub if_absent: Option<Truth>,
}

#[derive(Debug)]
struct EncounterTest {
    sets: Vec<ValueSetId>,
    drugs: Vec<DrugSetId>,
    any: bool,
    status: Option<Vec<String>>,
    on: Option<DatePlan>,
    window: Window,
    if_absent: Truth,
    what: String,
}

impl Kind for Encounter {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        compiler.reads(RecordKind::Encounter);
        let (mut sets, mut drugs, mut titles) = (Vec::new(), Vec::new(), Vec::new());
        for name in self.r#in.iter().flatten() {
            let set = compiler.set(name)?;
            titles.push(compiler.vocabulary().title(set).to_lowercase());
            match set {
                SetId::Values(id) => sets.push(id),
                SetId::Drugs(id) => drugs.push(id),
            }
        }
        check_statuses(self.status.iter().flatten(), status::ENCOUNTER, compiler);
        let test = EncounterTest {
            sets,
            drugs,
            any: self.r#in.is_none(),
            status: self.status.as_ref().map(|status| status.iter().map(|word| word.value.clone()).collect()),
            on: compiler.optional(self.on.as_ref(), Compiler::date)?,
            window: Window::compile(self.within.as_ref(), self.dated.as_ref(), compiler)?,
            if_absent: self.if_absent.or(compiler.if_absent().encounter).unwrap_or(Truth::False),
            what: if titles.is_empty() { "an encounter".to_owned() } else { format!("an encounter for {}", titles.join(" or ")) },
        };
        Some(place.node(compiler, test))
    }
}

impl EncounterTest {
    fn is_asked(&self, cx: Cx<'_, '_>, encounter: &curbside_chart::resource::Encounter<'_>) -> Option<Truth> {
        if self.any {
            return Some(Truth::True);
        }
        let lists = [encounter.class.read(), encounter.r#type.read(), encounter.service_type.read(), encounter.reason_code.read()];
        let concepts: Vec<_> = lists.into_iter().flat_map(Result::unwrap_or_default).collect();
        let mut coded = false;
        for coding in concepts.iter().flat_map(|concept| &concept.coding) {
            if let (Some(system), Some(code)) = (coding.system.as_deref(), coding.code.as_deref()) {
                cx.vocabulary().value_sets_of(system, code, &mut |set| coded |= self.sets.contains(&set));
            }
        }
        let (of_drug, named) = crate::facts::named_drugs(cx.vocabulary(), &concepts, None);
        coded |= of_drug.iter().any(|set| self.drugs.contains(set));
        if coded {
            return Some(Truth::True);
        }
        named.iter().any(|set| self.drugs.contains(set)).then_some(Truth::Unknown)
    }

    /// Whether a stay covers the day that is asked for.
    fn covers(&self, cx: Cx<'_, '_>, start: Option<When>, end: Option<When>, goes_on: bool) -> Truth {
        let Some(on) = &self.on else { return Truth::True };
        let Resolved::Days(day) = on.resolve(cx) else { return Truth::Unknown };
        let Some(start) = start else { return Truth::Unknown };
        let begun = if start.last_day() <= day.first_day() {
            Truth::True
        } else if start.first_day() > day.last_day() {
            Truth::False
        } else {
            Truth::Unknown
        };
        let over = match end {
            Some(end) if end.first_day() >= day.last_day() => Truth::True,
            Some(end) if end.last_day() < day.first_day() => Truth::False,
            Some(_) => Truth::Unknown,
            // Without an end it covers the day it began, and, while it goes on, every day since.
            None if goes_on || start.day() == day.day() => Truth::True,
            None => Truth::Unknown,
        };
        begun.and(over)
    }
}

impl Test for EncounterTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let window = self.window.resolve(cx);
        let mut found = Vec::new();
        cx.look_at(cx.chart().encounters.len());
        for (at, held) in cx.chart().encounters.iter().enumerate() {
            let data = &held.data;
            let status = data.status.as_deref();
            let counts = match (&self.status, status) {
                (None, Some("cancelled")) => continue,
                (None, Some(_)) => Truth::True,
                (_, None) => Truth::Unknown,
                (Some(wanted), Some(status)) if wanted.iter().any(|known| known == status) => Truth::True,
                (Some(_), Some(_)) => continue,
            };
            let Some(asked) = self.is_asked(cx, data) else { continue };
            let period = data.when();
            let start = cx.when(period.and_then(|period| period.start.as_deref()));
            let end = cx.when(period.and_then(|period| period.end.as_deref()));
            let goes_on = matches!(status, Some("in-progress" | "arrived" | "triaged" | "onleave"));
            let truth = counts.and(asked).and(self.covers(cx, start, end, goes_on)).and(window.holds(start)).doubted(held.doubt.is_some());
            if truth == Truth::False {
                continue;
            }
            let says = start.map_or_else(|| format!("{}, undated", self.what), |start| format!("{} from {start}", self.what));
            let missing =
                (truth == Truth::Unknown).then(|| ("what the encounter is for, and when it was".to_owned(), "Encounter".to_owned()));
            found.push(Found { record: RecordRef::new(RecordKind::Encounter, at), truth, says, missing });
        }
        conclude(cx, &Wanted { kind: "Encounter", what: &self.what, if_absent: self.if_absent }, &found, &[])
    }

    fn asks(&self, _: &Plan) -> Asks {
        asks_any(&[RecordKind::Encounter])
    }
}
