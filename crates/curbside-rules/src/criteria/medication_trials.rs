//! `medication_trials`: trials of drugs, and whether enough of them count.

use curbside_source::{Diagnostic, Spanned};
use schemars::JsonSchema;
use serde::Deserialize;

use super::decide::{Decide, DecideRow};
use super::medication::KINDS;
use super::records::asks_any;
use super::test::Test;
use super::{Kind, Place};
use crate::compile::{Asks, Compiler, Node, Plan};
use crate::derive::{Trial, TrialPlan, TrialWindow};
use crate::evaluate::{Cx, Verdict};
use crate::fact::{Fact, Shape};
use crate::model::{Count, DateExpression, Name, Time};
use crate::truth::Truth;

/// Trials of the drugs of a set. Answers whether enough of them count; `as` names the list.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "MedicationTrials")]
pub struct MedicationTrials {
    /// The drug set.
    pub of: Name,
    /// What counts once: an `ingredient` (default), or every `trial`.
    pub distinct_by: Option<Distinct>,
    /// Which days count: those at an `adequate` dose (default), or at `any`.
    pub dose: Option<DoseRule>,
    /// How many such days there must be.
    pub duration: DurationRule,
    /// Days without an adequate dose that do not end a trial (default: none).
    pub gap: Option<Time>,
    /// The time in which trials count.
    pub during: Option<During>,
    /// Which outcome counts: `failed` (by `evidence`), or `any` (default).
    pub response: Option<ResponseRule>,
    /// Whether the drug failed: rows on facts of the trial.
    pub evidence: Option<Spanned<Vec<Spanned<DecideRow>>>>,
    /// Why a trial does not count after all: rows on facts of the trial.
    pub exclude: Option<Spanned<Vec<Spanned<DecideRow>>>>,
    /// How many must count (default: 1).
    pub at_least: Option<Count>,
    /// What it means that no medication of any kind is on record (default: false).
    pub if_absent: Option<Truth>,
    /// The name of the list, for cards and `some`.
    pub r#as: Option<Name>,
}

/// What counts once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Distinct")]
pub enum Distinct {
    /// An ingredient, however many trials there were of it.
    Ingredient,
    /// Every trial.
    Trial,
}

/// Which days count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "DoseRule")]
pub enum DoseRule {
    /// Those at the drug set's minimum daily dose or more.
    Adequate,
    /// All.
    Any,
}

/// How long a trial must be.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "DurationRule")]
pub struct DurationRule {
    /// At least so long.
    pub at_least: Time,
}

/// The time in which trials count; a date is short for `since`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "short:since During")]
#[schemars(rename = "During", transform = crate::schema::short_for_since)]
pub struct During {
    /// Since this date, where it is known; only days from then on count.
    pub since: Option<Spanned<DateExpression>>,
    /// Not further back than this; alone where the date is not known. An older trial since the date
    /// is for review.
    pub lookback: Option<Time>,
}

/// Which outcome counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ResponseRule")]
pub enum ResponseRule {
    /// The drug failed, by the rows of `evidence`.
    Failed,
    /// Not asked.
    Any,
}

#[derive(Debug)]
struct TrialsTest(TrialPlan);

impl Kind for MedicationTrials {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        for kind in KINDS {
            compiler.reads(kind);
        }
        let set = compiler.drug_set(&self.of);
        let days = whole_days(&self.duration.at_least, compiler);
        let gap = compiler.optional(self.gap.as_ref(), |compiler, gap| whole_days(gap, compiler));
        let since = compiler.optional(self.during.as_ref().and_then(|during| during.since.as_ref()), Compiler::date);
        let lookback = compiler.optional(self.during.as_ref().and_then(|during| during.lookback.as_ref()), Compiler::duration);
        let at_least = compiler.optional(self.at_least.as_ref(), Compiler::count);
        if self.response == Some(ResponseRule::Failed) && self.evidence.is_none() {
            compiler.report(
                Diagnostic::error("missing-evidence", place.span, "`response: failed` needs rows that say what shows a failure")
                    .help("add `evidence:` with rows such as `{if: {trial: {stop_reason: {in: lack-of-effect}}}, then: true}`"),
            );
        }
        let evidence = if self.response == Some(ResponseRule::Any) { None } else { self.evidence.as_ref() };
        let table = |compiler: &mut Compiler<'_>, rows: Option<&Spanned<Vec<Spanned<DecideRow>>>>, name: &'static str| match rows {
            Some(rows) => Decide::new(rows.value.clone()).compile(Place { name, span: rows.span }, compiler).map(Some),
            None => Some(None),
        };
        let (evidence, exclude) =
            compiler.of_each_trial(|compiler| (table(compiler, evidence, "evidence"), table(compiler, self.exclude.as_ref(), "exclude")));
        let set = set?;
        let plan = TrialPlan {
            set,
            days: days?,
            gap: gap?.unwrap_or(0),
            needs_dose: self.dose != Some(DoseRule::Any),
            window: TrialWindow { since: since?, lookback: lookback? },
            evidence: evidence?,
            exclude: exclude?,
            distinct: self.distinct_by != Some(Distinct::Trial),
            at_least: at_least?.unwrap_or(1),
            if_absent: self.if_absent.or(compiler.if_absent().medication).unwrap_or(Truth::False),
            title: compiler.vocabulary().title(curbside_terminology::SetId::Drugs(set)).to_lowercase(),
        };
        Some(place.node(compiler, TrialsTest(plan)))
    }
}

fn whole_days(figure: &Time, compiler: &mut Compiler<'_>) -> Option<i64> {
    let duration = compiler.duration(figure)?;
    if duration.whole_days().is_none() {
        compiler.report(Diagnostic::error("wrong-unit", figure.span, "trials are counted in days").help("write days or weeks"));
    }
    duration.whole_days()
}

impl Test for TrialsTest {
    fn asks(&self, _: &Plan) -> Asks {
        asks_any(KINDS.get(..4).unwrap_or_default())
    }

    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let list = cx.trials_of(&self.0);
        self.0.decide(cx, &list)
    }

    fn trials(&self) -> Option<&TrialPlan> {
        Some(&self.0)
    }

    fn shape(&self, _: &Plan) -> Shape {
        Shape::List(Box::new(Trial::shape()))
    }

    fn fact(&self, cx: Cx<'_, '_>, _: &Verdict) -> Fact {
        Fact::List(cx.trials_of(&self.0).iter().map(|trial| trial.fact(cx)).collect())
    }
}
