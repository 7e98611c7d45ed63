//! Criteria that can be true for nobody.
//!
//! A criterion may say what it holds of ([`Claim`]): an age, a sex, a hook, the truth of another
//! fact. Where all of several must hold, their claims must go together.

use std::collections::{BTreeMap, BTreeSet};

use curbside_source::{Diagnostic, Diagnostics, Span};

use super::{Lint, Run, Subject};
use crate::compile::{DefinitionBody, Node, Plan, RulePlan};
use crate::model::LintLevel;

pub(super) const LINT: Lint =
    Lint { name: "never-true", level: LintLevel::Deny, about: "a criterion that can be true for nobody", run: Run::Whole(run) };

/// What a criterion says of something, where it says nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Of what: `age`, `sex`, `hook`, `cirrhosis`.
    pub about: String,
    /// Which values it may have; `None`: all but those in `not`.
    pub among: Option<BTreeSet<String>>,
    /// Which it may not have.
    pub not: BTreeSet<String>,
    /// Between which bounds it lies: this or more, and less than that.
    pub between: (i64, i64),
}

impl Claim {
    /// It is one of these.
    pub fn one_of(about: impl Into<String>, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { among: Some(values.into_iter().map(Into::into).collect()), ..Self::any(about) }
    }

    /// It is this or more, and less than that.
    pub fn between(about: impl Into<String>, low: Option<i64>, high: Option<i64>) -> Self {
        Self { between: (low.unwrap_or(i64::MIN), high.unwrap_or(i64::MAX)), ..Self::any(about) }
    }

    fn any(about: impl Into<String>) -> Self {
        Self { about: about.into(), among: None, not: BTreeSet::new(), between: (i64::MIN, i64::MAX) }
    }

    /// What holds where this does not; `None` where that is not one claim.
    #[must_use]
    pub fn negated(self) -> Option<Self> {
        match (self.among, self.between) {
            (Some(values), _) => Some(Self { not: values, ..Self::any(self.about) }),
            (None, (low, i64::MAX)) if self.not.is_empty() => Some(Self { between: (i64::MIN, low), ..Self::any(self.about) }),
            (None, (i64::MIN, high)) if self.not.is_empty() => Some(Self { between: (high, i64::MAX), ..Self::any(self.about) }),
            _ => None,
        }
    }

    /// Both at once; `None` where they do not go together.
    fn and(&self, other: &Self) -> Option<Self> {
        let among: Option<BTreeSet<String>> = match (&self.among, &other.among) {
            (Some(a), Some(b)) => Some(a.intersection(b).cloned().collect()),
            (one, another) => one.as_ref().or(another.as_ref()).cloned(),
        };
        let not: BTreeSet<String> = self.not.union(&other.not).cloned().collect();
        let among: Option<BTreeSet<String>> = among.map(|values| values.difference(&not).cloned().collect());
        let between = (self.between.0.max(other.between.0), self.between.1.min(other.between.1));
        let is_possible = among.as_ref().is_none_or(|values| !values.is_empty()) && between.0 < between.1;
        is_possible.then(|| Self { about: self.about.clone(), among, not, between })
    }
}

/// The things of which claims say what does not go together.
pub(crate) fn contradictions(claims: &[Claim]) -> BTreeSet<&str> {
    let mut known: BTreeMap<&str, Option<Claim>> = BTreeMap::new();
    for claim in claims {
        let entry = known.entry(&claim.about).or_insert_with(|| Some(Claim::any(claim.about.as_str())));
        *entry = entry.as_ref().and_then(|known| known.and(claim));
    }
    known.into_iter().filter(|(_, both)| both.is_none()).map(|(about, _)| about).collect()
}

fn run(subject: &Subject<'_>, found: &mut Diagnostics) {
    let plan = subject.plan;
    for definition in &plan.definitions {
        if let DefinitionBody::Criterion(node) = &definition.body {
            inner(node, plan, found);
        }
    }
    for rule in &plan.rules {
        rule.applies.iter().for_each(|node| whole(node, "applies", plan, found));
        for version in &rule.versions {
            whole(&version.when, "when", plan, found);
            version.unless.iter().for_each(|node| {
                inner(node, plan, found);
            });
            let conditions = version.cards.iter().filter_map(|card| card.condition.as_ref());
            let conditions: Vec<&Node> = conditions.collect();
            conditions.iter().for_each(|node| whole(node, "if", plan, found));
            hooks(rule, &conditions, &version.when, plan, found);
        }
    }
}

/// Complains about a criterion that can never be true, or about the parts of it that make it so.
fn whole(node: &Node, key: &str, plan: &Plan, found: &mut Diagnostics) {
    if inner(node, plan, found).is_empty() && !node.test.can_be_true(plan) {
        complain(node.span, format!("`{key}` can never be true"), found);
    }
}

/// Complains about parts that contradict each other; about what.
fn inner(node: &Node, plan: &Plan, found: &mut Diagnostics) -> BTreeSet<String> {
    let mut told: BTreeSet<String> = BTreeSet::new();
    for part in node.test.parts() {
        told.extend(inner(part, plan, found));
    }
    let claims = if node.test.is_together() { node.test.claims(plan) } else { Vec::new() };
    let contradictions: Vec<&str> = contradictions(&claims).into_iter().filter(|about| !told.contains(*about)).collect();
    if !contradictions.is_empty() {
        let message = format!("this can never be true: its parts contradict each other about {}", contradictions.join(" and "));
        complain(node.span, message, found);
        told.extend(contradictions.into_iter().map(str::to_owned));
    }
    told
}

/// A card, or a whole rule, that asks for hooks at which the rule is never asked.
fn hooks(rule: &RulePlan, conditions: &[&Node], when: &Node, plan: &Plan, found: &mut Diagnostics) {
    let Some(id) = plan.rule(&rule.id) else { return };
    let hooks: Vec<&str> =
        plan.services.iter().filter(|service| service.rules.contains(&id)).map(|service| service.hook.as_str()).collect();
    let is_asked_by_rules = plan.rules.iter().any(|other| plan.uses_of(&[plan.rule(&other.id).unwrap_or(id)]).rules.contains(&id));
    if hooks.is_empty() {
        return;
    }
    let bound = Claim::one_of("hook", hooks.iter().copied());
    // Another rule asks for the outcome at its own hooks; cards are shown at this rule's only.
    let asked = conditions.iter().copied().chain((!is_asked_by_rules).then_some(when));
    for node in asked {
        let mut claims = node.test.claims(plan);
        claims.retain(|claim| claim.about == "hook");
        if claims.iter().any(|claim| claim.and(&bound).is_none()) {
            complain(node.span, format!("this can never be true: rule `{}` is asked at {}", rule.id, hooks.join(" and ")), found);
        }
    }
}

fn complain(span: Span, message: String, found: &mut Diagnostics) {
    found.push(Diagnostic::warning(LINT.name, span, message));
}
