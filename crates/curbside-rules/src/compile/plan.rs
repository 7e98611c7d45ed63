//! A pack, ready to run.

use std::collections::{BTreeMap, BTreeSet};

use curbside_source::Span;
use curbside_terminology::{Pending, Vocabulary};
use smol_str::SmolStr;

use super::compiler::{Node, Uses};
use super::names::{DefId, Names, RuleId};
use super::parameters::Parameters;
use super::rule::RulePlan;
use crate::derive::{CoursePlan, DateRule};
use crate::evaluate::{Decision, Handle, Untouched};
use crate::fact::Shape;
use crate::model::PackFile;

/// A pack, ready to run: no names to look up, no texts to read.
#[derive(Debug)]
pub struct Plan {
    /// The pack's own file.
    pub pack: PackFile,
    /// What it knows of codes.
    pub vocabulary: Vocabulary,
    /// The values of its parameters.
    pub parameters: Parameters,
    /// Its facts.
    pub definitions: Vec<DefinitionPlan>,
    /// Its rules, in the order of their ids.
    pub rules: Vec<RulePlan>,
    /// What it offers to EHRs.
    pub services: Vec<ServicePlan>,
    pub(crate) names: Names,
    /// What it says of an empty chart.
    pub(crate) untouched: Untouched,
}

/// A fact, ready to be asked.
#[derive(Debug)]
pub struct DefinitionPlan {
    /// Its name.
    pub name: SmolStr,
    /// The rule it belongs to, where it is not the pack's.
    pub rule: Option<usize>,
    /// Where its name is written.
    pub span: Span,
    /// What it is.
    pub body: DefinitionBody,
    /// What it is made of.
    pub uses: Uses,
    /// Whether it asks about the trial in question, itself or through what it uses.
    pub scoped: bool,
}

/// What a fact is.
#[derive(Debug)]
pub enum DefinitionBody {
    /// A criterion.
    Criterion(Node),
    /// Courses of treatment.
    Course(CoursePlan),
    /// A date.
    Date(DateRule),
    /// It could not be made ready, and has been complained about.
    Broken,
}

/// What a pack offers to EHRs, ready.
#[derive(Debug)]
pub struct ServicePlan {
    /// Its id.
    pub id: String,
    /// The hook it answers.
    pub hook: String,
    /// The rules it evaluates, in the order of their ids.
    pub rules: Vec<RuleId>,
}

impl Plan {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.pack.pack.value
    }

    /// The rules that a hook asks for, each once, in the order of their ids.
    #[must_use]
    pub fn rules_for_hook(&self, hook: &str) -> Vec<RuleId> {
        let services = self.services.iter().filter(|service| service.hook == hook);
        let mut rules: Vec<RuleId> = services.flat_map(|service| service.rules.iter().copied()).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    /// The rule with this id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<RuleId> {
        let at = self.rules.binary_search_by(|rule| rule.id.as_str().cmp(id)).ok()?;
        u32::try_from(at).ok().map(RuleId)
    }

    /// Everything that rules are made of, what they use included.
    #[must_use]
    pub fn uses_of(&self, rules: &[RuleId]) -> Uses {
        self.uses_from(rules, &BTreeSet::new())
    }

    /// Everything that rules and definitions are made of, what they use included.
    #[must_use]
    pub fn uses_from(&self, rules: &[RuleId], definitions: &BTreeSet<DefId>) -> Uses {
        let mut all = Uses::default();
        let (mut open_rules, mut seen_rules) = (rules.to_vec(), BTreeSet::new());
        let (mut open, mut seen): (Vec<DefId>, BTreeSet<DefId>) = (definitions.iter().copied().collect(), BTreeSet::new());
        loop {
            let uses = if let Some(id) = open_rules.pop() {
                if !seen_rules.insert(id) {
                    continue;
                }
                self.rules.get(id.index()).map(|rule| &rule.uses)
            } else if let Some(id) = open.pop() {
                if !seen.insert(id) {
                    continue;
                }
                self.definitions.get(id.index()).map(|definition| &definition.uses)
            } else {
                break;
            };
            if let Some(uses) = uses {
                open_rules.extend(&uses.rules);
                open.extend(uses.definitions.iter().chain(&uses.inner));
                all.merge(uses);
            }
        }
        for name in &all.vocabulary {
            all.pending.extend(self.vocabulary.pending(name).iter().cloned());
        }
        all.pending.sort();
        all.pending.dedup();
        all
    }

    /// What nobody has signed off of all that a rule rests on.
    #[must_use]
    pub fn pending(&self, rule: RuleId) -> Vec<Pending> {
        self.uses_of(&[rule]).pending
    }

    /// What nobody has signed off of all that the pack's rules rest on, and the pack itself.
    #[must_use]
    pub fn all_pending(&self) -> Vec<Pending> {
        let rules: Vec<RuleId> = self.rules.iter().filter_map(|rule| self.rule(&rule.id)).collect();
        let whole = Pending::of(self.pack.sign_off.as_ref(), None, format!("clinical use of {}", self.id()), self.pack.pack.span);
        whole.into_iter().chain(self.uses_of(&rules).pending).collect()
    }

    /// What the versions of its rules say where nothing in a chart touches them; [`Evaluation::decision`] hands out
    /// these very decisions then.
    ///
    /// [`Evaluation::decision`]: crate::Evaluation::decision
    pub fn untouched(&self) -> impl Iterator<Item = &Handle<Decision>> {
        self.untouched.decisions()
    }

    /// Whether a name may stand in a file that could not be read.
    pub(crate) fn is_lost(&self, name: &str) -> bool {
        self.names.may_be_lost(name)
    }

    /// The definition of this name that a rule (or the pack) sees.
    #[must_use]
    pub fn definition(&self, rule: Option<RuleId>, name: &str) -> Option<DefId> {
        self.names.find(rule.map(RuleId::index), name).map(|(id, _)| id)
    }

    /// The course of treatment that a definition is.
    pub(crate) fn course(&self, id: DefId) -> Option<&CoursePlan> {
        match &self.definitions.get(id.index())?.body {
            DefinitionBody::Course(course) => Some(course),
            DefinitionBody::Criterion(_) | DefinitionBody::Date(_) | DefinitionBody::Broken => None,
        }
    }

    /// What a card's templates can show of a rule: every fact it can name, and what it looks like.
    #[must_use]
    pub fn shapes(&self, rule: RuleId) -> BTreeMap<String, Shape> {
        let names: Vec<String> = self.names.known(Some(rule.index())).map(str::to_owned).collect();
        let lost = self.names.lost().map(|name| (name.to_owned(), Shape::Anything));
        let known = names.into_iter().filter_map(|name| {
            let id = self.definition(Some(rule), &name)?;
            let definition = self.definitions.get(id.index())?;
            if definition.scoped {
                return None;
            }
            let shape = match &definition.body {
                DefinitionBody::Criterion(node) => node.test.shape(self),
                DefinitionBody::Course(course) => course.shape(),
                DefinitionBody::Date(_) => Shape::Date,
                DefinitionBody::Broken => Shape::Anything,
            };
            Some((name, shape))
        });
        lost.chain(known).collect()
    }
}
