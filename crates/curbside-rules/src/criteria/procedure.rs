//! `procedure`: things that were done.

use curbside_chart::resource::status;
use curbside_chart::{Kind as RecordKind, RecordRef};
use curbside_terminology::{SetId, ValueSetId};
use schemars::JsonSchema;
use serde::Deserialize;

use super::records::{Found, Wanted, asks_coded, conclude};
use super::test::Test;
use super::{Kind, Place};
use crate::compile::{Asks, Compiler, Node, Plan};
use crate::evaluate::{Cx, Verdict};
use crate::model::{Names, Time};
use crate::shared::fhir_words::check_statuses;
use crate::shared::{DatedModel, Window, Words, WordsModel};
use crate::truth::Truth;

/// Something that was done.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Procedure")]
pub struct Procedure {
    /// Value sets its code is in.
    pub r#in: Names,
    /// Statuses that count (default: completed, in-progress); `unknown` or none leaves it unknown.
    pub status: Option<Names>,
    /// Done no longer ago than this.
    pub within: Option<Time>,
    /// Done in this window.
    pub dated: Option<DatedModel>,
    /// Words in it that mean something where its code does not.
    pub text: Option<WordsModel>,
    /// What finding one means (default: true).
    pub then: Option<Truth>,
    /// What it means that there is none (default: false).
    pub if_absent: Option<Truth>,
}

#[derive(Debug)]
struct ProcedureTest {
    sets: Vec<ValueSetId>,
    status: Vec<String>,
    window: Window,
    words: Option<Words>,
    then: Truth,
    if_absent: Truth,
    what: String,
}

impl Kind for Procedure {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        let sets = compiler.value_sets(Some(&self.r#in))?;
        match &self.text {
            Some(_) => compiler.reads(RecordKind::Procedure),
            None => compiler.reads_coded(RecordKind::Procedure, &sets),
        }
        check_statuses(self.status.iter().flatten(), status::PROCEDURE, compiler);
        let status = match &self.status {
            Some(status) => status.iter().map(|word| word.value.clone()).collect(),
            None => vec!["completed".to_owned(), "in-progress".to_owned()],
        };
        let titles: Vec<String> = sets.iter().map(|set| compiler.vocabulary().title(SetId::Values(*set)).to_lowercase()).collect();
        let test = ProcedureTest {
            sets,
            status,
            window: Window::compile(self.within.as_ref(), self.dated.as_ref(), compiler)?,
            words: compiler.optional(self.text.as_ref(), Compiler::words)?,
            then: self.then.unwrap_or(Truth::True),
            if_absent: self.if_absent.or(compiler.if_absent().procedure).unwrap_or(Truth::False),
            what: titles.join(" or "),
        };
        Some(place.node(compiler, test))
    }
}

impl Test for ProcedureTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let window = self.window.resolve(cx);
        let index = cx.facts().coded(cx, RecordKind::Procedure);
        let mut found = Vec::new();
        cx.look_at(cx.chart().procedures.len());
        for (at, held) in cx.chart().procedures.iter().enumerate() {
            let data = &held.data;
            let is_coded = self.sets.iter().any(|set| index.is_in(at, *set));
            let words = self.words.as_ref().filter(|words| data.code.iter().flat_map(|code| code.words()).any(|text| words.are_in(text)));
            let asked = match (is_coded, words) {
                (true, _) => self.then,
                (false, Some(words)) => words.then.and(self.then),
                // A code that does not say of which system it is.
                (false, None) if index.perhaps(&self.sets).any(|perhaps| perhaps == at) => self.then.and(Truth::Unknown),
                (false, None) => continue,
            };
            let status = match data.status.as_deref() {
                None | Some("unknown") => Truth::Unknown,
                Some(status) if self.status.iter().any(|known| known == status) => Truth::True,
                Some(_) => continue,
            };
            let when = cx.when(data.date());
            let in_window = window.holds(when);
            if in_window == Truth::False {
                continue;
            }
            let truth = asked.and(status).and(in_window).doubted(held.doubt.is_some());
            let label = data.code.as_ref().and_then(|code| code.label()).unwrap_or("procedure");
            let says = when.map_or_else(|| format!("{label}, undated"), |when| format!("{label} on {when}"));
            let missing = (truth == Truth::Unknown).then(|| (format!("review of {label}"), "Procedure".to_owned()));
            found.push(Found { record: RecordRef::new(RecordKind::Procedure, at), truth, says, missing });
        }
        let wanted = Wanted { kind: "Procedure", what: &self.what, if_absent: self.if_absent };
        conclude(cx, &wanted, &found, index.uncoded())
    }

    fn asks(&self, _: &Plan) -> Asks {
        asks_coded(RecordKind::Procedure, &self.sets, self.words.as_ref())
    }
}
