//! `coverage`: insurances.

use curbside_chart::resource::status;
use curbside_chart::time::When;
use curbside_chart::{Kind as RecordKind, RecordRef};
use curbside_terminology::ValueSetId;
use schemars::JsonSchema;
use serde::Deserialize;

use super::records::{Found, Wanted, asks_any, conclude};
use super::test::Test;
use super::{Kind, Place};
use crate::compile::{Asks, Compiler, Node, Plan};
use crate::evaluate::{Cx, Verdict};
use crate::model::Names;
use crate::shared::fhir_words::check_statuses;
use crate::truth::Truth;

/// An insurance that is in force.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Coverage")]
pub struct Coverage {
    /// Value sets its type is in.
    pub r#in: Option<Names>,
    /// Statuses that count (default: active).
    pub status: Option<Names>,
    /// What it means that there is none (default: unknown).
    pub if_absent: Option<Truth>,
}

#[derive(Debug)]
struct CoverageTest {
    sets: Option<Vec<ValueSetId>>,
    status: Vec<String>,
    if_absent: Truth,
}

impl Kind for Coverage {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        compiler.reads(RecordKind::Coverage);
        let sets = match &self.r#in {
            Some(names) => Some(compiler.value_sets(Some(names))?),
            None => None,
        };
        check_statuses(self.status.iter().flatten(), status::COVERAGE, compiler);
        let status = self.status.as_ref().map(|status| status.iter().map(|word| word.value.clone()).collect());
        let test = CoverageTest {
            sets,
            status: status.unwrap_or_else(|| vec!["active".to_owned()]),
            if_absent: self.if_absent.or(compiler.if_absent().coverage).unwrap_or(Truth::Unknown),
        };
        Some(place.node(compiler, test))
    }
}

impl Test for CoverageTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let index = cx.facts().coded(cx, RecordKind::Coverage);
        let mut found = Vec::new();
        cx.look_at(cx.chart().coverages.len());
        for (at, held) in cx.chart().coverages.iter().enumerate() {
            if self.sets.as_ref().is_some_and(|sets| !sets.iter().any(|set| index.is_in(at, *set))) {
                continue;
            }
            let status = match held.data.status.as_deref() {
                None => Truth::Unknown,
                Some(status) if self.status.iter().any(|known| known == status) => Truth::True,
                Some(_) => continue,
            };
            let period = held.data.period.as_ref();
            let start = cx.when(period.and_then(|period| period.start.as_deref()));
            let end = cx.when(period.and_then(|period| period.end.as_deref()));
            let truth = status.and(covers(start, end, cx.as_of().day())).doubted(held.doubt.is_some());
            if truth == Truth::False {
                continue;
            }
            let missing = (truth == Truth::Unknown).then(|| ("status and period of the insurance".to_owned(), "Coverage".to_owned()));
            found.push(Found {
                record: RecordRef::new(RecordKind::Coverage, at),
                truth,
                says: "an insurance in force".to_owned(),
                missing,
            });
        }
        conclude(cx, &Wanted { kind: "Coverage", what: "an insurance in force", if_absent: self.if_absent }, &found, &[])
    }

    fn asks(&self, _: &Plan) -> Asks {
        asks_any(&[RecordKind::Coverage])
    }
}

/// Whether a period covers a day, both ends included; an end that is not given is open.
pub(super) fn covers(start: Option<When>, end: Option<When>, day: curbside_chart::time::Day) -> Truth {
    let begun = match start {
        Some(start) if start.first_day() > day => Truth::False,
        Some(start) if start.last_day() > day => Truth::Unknown,
        _ => Truth::True,
    };
    let lasts = match end {
        Some(end) if end.last_day() < day => Truth::False,
        Some(end) if end.first_day() < day => Truth::Unknown,
        _ => Truth::True,
    };
    begun.and(lasts)
}
