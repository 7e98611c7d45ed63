//! The outcome of a rule for a patient.

use smol_str::SmolStr;

use super::context::Cx;
use super::evaluation::Evaluation;
use super::handle::Handle;
use super::verdict::{Part, Verdict};
use crate::compile::{CardPlan, RuleId, RulePlan, VersionPlan};
use crate::model::{IfUnknown, Outcome, Status};
use crate::truth::Truth;

/// What a rule says about a patient.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The rule.
    pub rule: RuleId,
    /// The version in force; `None` where none is.
    pub version: Option<usize>,
    /// How it came out.
    pub outcome: Outcome,
    /// Why.
    pub because: Handle<Verdict>,
    /// Where the gate is closed the rule has nothing to say.
    pub applies: bool,
    /// Whether the rule may have a card to show for it.
    pub may_show: bool,
}

impl<'e> Evaluation<'e> {
    /// Decides a rule, whatever the hook.
    #[must_use]
    pub fn decision(&self, id: RuleId) -> Handle<Decision> {
        let decide = || match self.plan.rules.get(id.index()) {
            Some(rule) => self.decide(id, rule),
            None => Handle::new(undecided(id, "no such rule")),
        };
        self.rules.get(id.index()).map_or_else(decide, |cell| cell.get_or_init(decide).clone())
    }

    /// Decides the rules that the hook asks for, in the order of their ids; retired ones are left out.
    #[must_use]
    pub fn decisions(&self) -> Vec<Handle<Decision>> {
        let asked = self.plan.rules_for_hook(&self.hook);
        let in_use = |id: &RuleId| self.plan.rules.get(id.index()).is_some_and(|rule| rule.status != Status::Retired);
        asked.into_iter().filter(in_use).map(|id| self.decision(id)).collect()
    }

    fn decide(&self, id: RuleId, rule: &RulePlan) -> Handle<Decision> {
        let today = self.as_of.day();
        let Some((at, version)) = rule.versions.iter().enumerate().find(|(_, version)| version.is_in_force(today)) else {
            return Handle::new(undecided(id, "no version in force"));
        };
        let untouched = self.untouched_rule(id, at).filter(|_| self.cx().takes_a_step());
        untouched.map_or_else(|| Handle::new(self.decide_version((id, rule), (at, version))), Handle::clone)
    }

    /// Decides a version of a rule, whether it is in force or not.
    pub(super) fn decide_version(&self, (id, rule): (RuleId, &RulePlan), (at, version): (usize, &VersionPlan)) -> Decision {
        let cx = self.cx();
        let gate = rule.applies.as_ref().map(|gate| gate.part(cx));
        let closed = gate.as_ref().is_some_and(|gate| gate.verdict.truth == Truth::False);
        if let (true, Some(gate)) = (closed, gate) {
            let mut verdict = Verdict::new(Truth::False, "the rule does not apply here");
            verdict.take(&gate.verdict);
            verdict.missing.clear();
            verdict.parts = vec![gate];
            let outcome = Outcome::NotMet;
            return Decision { rule: id, version: Some(at), outcome, because: Handle::new(verdict), applies: false, may_show: false };
        }
        let verdict = version.verdict(cx);
        let outcome = match verdict.truth {
            Truth::True => Outcome::Met,
            Truth::False => Outcome::NotMet,
            Truth::Unknown => Outcome::Unknown,
        };
        let may_show = rule.may_show(version, outcome);
        Decision { rule: id, version: Some(at), outcome, because: Handle::new(verdict), applies: true, may_show }
    }

    /// The card that a decision shows: the first row for its outcome whose `if` is true.
    #[must_use]
    pub fn card_of(&self, decision: &Decision) -> Option<&'e CardPlan> {
        let rule = self.plan.rules.get(decision.rule.index()).filter(|_| decision.may_show)?;
        let version = rule.versions.get(decision.version?)?;
        let rows = version.cards.iter().filter(|card| card.row.outcome == decision.outcome);
        rows.into_iter().find(|card| card.condition.as_ref().is_none_or(|node| node.part(self.cx()).verdict.truth == Truth::True))
    }
}

impl RulePlan {
    /// Whether a version of it may have a card to show for an outcome.
    fn may_show(&self, version: &VersionPlan, outcome: Outcome) -> bool {
        let asks = outcome == Outcome::Unknown && self.if_unknown == IfUnknown::Ask;
        self.status == Status::Active && (asks || version.cards.iter().any(|card| card.row.outcome == outcome))
    }
}

impl VersionPlan {
    /// `when`, and not `unless`.
    fn verdict(&self, cx: Cx<'_, '_>) -> Verdict {
        match &self.unless {
            None => {
                let mut verdict = self.when.decide(cx);
                if verdict.parts.is_empty() {
                    let when = Part { name: self.when.name.clone(), span: self.when.span, verdict: Handle::new(verdict.clone()) };
                    verdict.parts = vec![when];
                    verdict.says = SmolStr::default();
                }
                verdict
            }
            Some(unless) => {
                let (when, unless) = (self.when.part(cx), unless.part(cx));
                let inner = unless.verdict.truth.negated();
                let truth = when.verdict.truth.and(inner);
                let mut negated = Verdict::new(inner, unless.verdict.says.clone());
                negated.take(&unless.verdict);
                negated.parts = vec![unless.clone()];
                let unless = Part { verdict: Handle::new(negated), name: "unless".into(), span: unless.span };
                Verdict::of_parts(truth, vec![when, unless])
            }
        }
    }
}

fn undecided(rule: RuleId, why: &str) -> Decision {
    let verdict = Verdict::unknown(why, why, "the rule's own file");
    Decision { rule, version: None, outcome: Outcome::Unknown, because: Handle::new(verdict), applies: true, may_show: false }
}
