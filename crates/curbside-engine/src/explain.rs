//! The whole why of one rule: every criterion, what it rests on, and what would change the answer.

use std::rc::Rc;

use curbside_chart::{Chart, ChartError, ChartOptions};
use curbside_rules::compile::DEFAULT_HOOK;
use curbside_rules::evaluate::{Budget, Decision, Verdict};
use curbside_rules::model::Outcome;
use curbside_rules::{Evaluation, RuleId, Truth};
use curbside_source::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::answer::{Ignored, MissingRecord, PackRecord};
use crate::engine::{Aside, Engine, Error, record, within};
use crate::obstacle::{Obstacle, obstacles};
use crate::pack::Pack;
use crate::question::{Ask, Question};
use crate::trials::{self, TrialList};

/// Why a rule says what it says: what `curbside explain --format json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    /// The moment the chart was looked at.
    pub as_of: String,
    /// `Patient/id`, where the record gives an id.
    pub patient: Option<String>,
    /// The hook at which it was asked.
    pub hook: String,
    /// The rule's pack.
    pub pack: PackRecord,
    /// The rule's id.
    pub rule: String,
    /// What it is about.
    pub title: String,
    /// The version in force; absent where none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// How it came out.
    pub outcome: Outcome,
    /// What would change the answer, nearest first: what stands in the way of a rule that is not met
    /// or unknown; what a rule rests on that is met.
    pub changes: Vec<Obstacle>,
    /// Every criterion.
    pub because: Why,
    /// For unknown: what would settle it.
    pub missing: Vec<MissingRecord>,
    /// Resources of the types it reads that do not count.
    pub ignored: Vec<Ignored>,
    /// What a reader should know about the quality of the data.
    pub notes: Vec<SmolStr>,
    /// The trials it rests on.
    pub trials: Vec<TrialList>,
    /// What the rule rests on.
    pub sources: Vec<Claim>,
    /// Figures and codes behind it that nobody has signed off.
    pub pending: Vec<PendingFigure>,
}

/// A criterion with everything it said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Why {
    /// Its kind (`age`), or the name of the definition it uses.
    pub criterion: String,
    /// What it said.
    pub truth: Truth,
    /// The label that a table gave instead of a truth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Why, in a plain sentence with the numbers; empty where the parts say it.
    pub says: SmolStr,
    /// The records it rests on.
    pub records: Vec<String>,
    /// The file and line it is written at, within the pack: `define/trials.yaml:4`.
    pub place: String,
    /// The criteria it is made of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Why>,
}

impl Why {
    /// The criterion that a name only passes on; itself where it is no such name.
    #[must_use]
    pub fn meant(&self) -> &Self {
        let mut why = self;
        while let [inner] = why.parts.as_slice()
            && inner.criterion == why.criterion
            && inner.truth == why.truth
        {
            why = inner;
        }
        why
    }
}

/// What a rule rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// What the source says, in the rule's own words.
    pub claim: String,
    /// The source.
    pub source: String,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A clinical figure or code that nobody has signed off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PendingFigure {
    /// What it is.
    pub what: String,
    /// Where it comes from, where the author says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The file and line it is written at, within the pack.
    pub place: String,
}

impl Engine {
    /// Reads the chart as far as one rule needs it, whether a service asks it or not.
    ///
    /// # Errors
    ///
    /// [`ChartError`] where it is not clear whose chart is meant.
    pub fn chart_for<'q>(&self, question: &Question<'q>, rule: &str) -> Result<Chart<'q>, ChartError> {
        let found = self.packs().iter().find_map(|pack| Some(pack.uses_of(&[pack.plan.rule(rule)?])));
        let wanted = found.unwrap_or_default().wanted();
        question.document.chart(&ChartOptions { patient: question.patient, zone: question.zone, wanted: &wanted })
    }

    /// Explains a rule, whatever the hook; `None` where no pack has it. Where neither the question
    /// nor the input names a hook, a hook at which the rule is asked is taken.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownService`]; [`Error::Steps`].
    pub fn explain(&self, chart: &Chart<'_>, question: &Question<'_>, rule: &str) -> Result<Option<Explanation>, Error> {
        let found = self.packs().iter().find_map(|pack| Some((pack, pack.plan.rule(rule)?)));
        let Some((pack, id)) = found else { return Ok(None) };
        let hook = match (question.ask, &chart.hook.name) {
            (Ask::Input, None) => hook_of(pack, id).to_owned(),
            _ => self.hook(chart, question.ask)?,
        };
        let budget = Rc::new(Budget::of(question.max_steps));
        let evaluation = Evaluation::new(&pack.plan, chart, question.as_of, &hook).explaining().within(&budget);
        let explained = explain(pack, &evaluation, id);
        within(&budget)?;
        Ok(Some(explained))
    }
}

/// The first hook at which a rule is asked, `patient-view` before all others.
fn hook_of(pack: &Pack, rule: RuleId) -> &str {
    let asking = || pack.plan.services.iter().filter(|service| service.rules.contains(&rule)).map(|service| service.hook.as_str());
    let at_view = asking().find(|hook| *hook == DEFAULT_HOOK);
    at_view.or_else(|| asking().next()).unwrap_or(DEFAULT_HOOK)
}

fn explain(pack: &Pack, evaluation: &Evaluation<'_>, id: RuleId) -> Explanation {
    let decision = evaluation.decision(id);
    let told = record(pack, evaluation.chart(), &decision, &Aside::of(evaluation.chart()));
    let chart = evaluation.chart();
    let rule = pack.plan.rules.get(id.index());
    let sources = &pack.plan.pack.sources;
    let claims = rule.into_iter().flat_map(|rule| &rule.source).map(|claim| {
        let source = sources.get(&claim.from.value);
        Claim {
            claim: claim.claim.clone(),
            source: source.map_or_else(|| claim.from.value.clone(), |source| source.title.value.clone()),
            url: source.and_then(|source| source.url.as_ref()).map(|url| url.value.clone()),
        }
    });
    let pending = pack.plan.pending(id).into_iter().map(|figure| PendingFigure {
        what: figure.what,
        source: figure.source.map(|name| sources.get(&name).map_or(name, |source| source.title.value.clone())),
        place: pack.sources.place(figure.span),
    });
    let span = root(pack, &decision).map_or_else(|| rule.map(|rule| rule.title.span).unwrap_or_default(), |(_, span)| span);
    Explanation {
        as_of: evaluation.as_of().to_string(),
        patient: chart.patient_id().map(|id| format!("Patient/{id}")),
        hook: evaluation.hook().to_owned(),
        pack: PackRecord::clone(&pack.record()),
        title: rule.map(|rule| rule.title.value.clone()).unwrap_or_default(),
        changes: obstacles(pack, evaluation, &decision, root(pack, &decision).map_or("", |(kind, _)| kind)),
        because: why(pack, evaluation, id, ("when", span), &decision.because),
        trials: trials::of(pack, evaluation, &[id]),
        sources: claims.collect(),
        pending: pending.collect(),
        rule: told.rule,
        version: told.version,
        outcome: told.outcome,
        missing: told.missing,
        ignored: told.ignored,
        notes: told.notes,
    }
}

/// The kind of criterion that a decision's reasons begin with, and where it is written.
fn root<'p>(pack: &'p Pack, decision: &Decision) -> Option<(&'p str, Span)> {
    let rule = pack.plan.rules.get(decision.rule.index())?;
    if !decision.applies {
        return rule.applies.as_ref().map(|gate| ("all", gate.span));
    }
    let version = rule.versions.get(decision.version?)?;
    let is_wrapped = decision.because.parts.len() == 1 && decision.because.says.is_empty();
    let kind = if version.unless.is_some() || is_wrapped { "all" } else { &version.when.name };
    Some((kind, version.span))
}

fn why(pack: &Pack, evaluation: &Evaluation<'_>, rule: RuleId, (criterion, span): (&str, Span), verdict: &Verdict) -> Why {
    Why {
        criterion: criterion.to_owned(),
        truth: verdict.truth,
        label: verdict.label.as_deref().map(str::to_owned),
        says: verdict.says.clone(),
        records: curbside_cards::evidence(evaluation.chart(), verdict),
        place: pack.place(rule, criterion, span),
        parts: verdict.parts.iter().map(|part| why(pack, evaluation, rule, (&part.name, part.span), &part.verdict)).collect(),
    }
}
