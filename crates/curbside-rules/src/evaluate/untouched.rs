//! What criteria and rules say of a chart that has nothing they ask about: worked out with the plan, of an empty
//! chart, and taken from there. Most rules of a pack say nothing else of most patients.

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use curbside_chart::Chart;
use curbside_chart::time::{AsOf, Day, Zone};

use super::decision::Decision;
use super::evaluation::Evaluation;
use super::handle::Handle;
use super::verdict::Verdict;
use crate::compile::{Asks, Aspect, AspectSource, DEFAULT_HOOK, DefId, DefinitionBody, Node, Plan, Reach, RuleId, RulePlan, VersionPlan};
use crate::facts::CodedIndex;

/// What a plan says of an empty chart, and how far that holds.
#[derive(Debug, Default)]
pub struct Untouched {
    /// All that anything here asks about, each with its number.
    aspects: Vec<(AspectSource, Vec<(usize, Aspect)>)>,
    /// By the number of the node.
    nodes: Vec<Option<Answer<Verdict>>>,
    /// By rule, then by version.
    rules: Vec<Vec<Option<Answer<Decision>>>>,
}

/// An answer, which holds where a chart has none of what it asks about.
#[derive(Debug)]
struct Answer<T> {
    asks: Reach,
    says: Handle<T>,
}

impl Untouched {
    /// Works it out.
    pub(crate) fn of(plan: &Plan) -> Self {
        let chart = Chart::empty(Zone::UTC);
        // What depends on the day asks for anything.
        let evaluation = Evaluation::new(plan, &chart, AsOf::end_of(Day::from_number(0)), DEFAULT_HOOK).in_full();
        let mut finder = Finder { evaluation: &evaluation, aspects: Vec::new(), nodes: BTreeMap::new(), rules: BTreeMap::new() };
        for definition in plan.definitions.iter().filter(|definition| !definition.scoped) {
            if let DefinitionBody::Criterion(node) = &definition.body {
                finder.node(node);
            }
        }
        let rules = plan.rules.iter().zip(0..).map(|(rule, at)| {
            let id = RuleId(at);
            let versions = rule.versions.iter().enumerate().map(|(at, version)| {
                let asks = finder.version(rule, version)?;
                Some((asks, evaluation.decide_version((id, rule), (at, version))))
            });
            versions.collect()
        });
        let rules: Vec<Vec<_>> = rules.collect();
        let counts: Vec<usize> = rules.iter().map(Vec::len).collect();
        let mut versions = shared(rules.into_iter().flatten().collect()).into_iter();
        let rules = counts.into_iter().map(|count| versions.by_ref().take(count).collect()).collect();
        let count = finder.nodes.last_key_value().map_or(0, |(number, _)| number + 1);
        let nodes = (0..count).map(|number| finder.nodes.remove(&number).flatten()).collect();
        Self { aspects: by_source(finder.aspects), nodes: shared(nodes), rules }
    }

    pub(crate) fn decisions(&self) -> impl Iterator<Item = &Handle<Decision>> {
        self.rules.iter().flatten().flatten().map(|answer| &answer.says)
    }
}

fn by_source(aspects: Vec<Aspect>) -> Vec<(AspectSource, Vec<(usize, Aspect)>)> {
    let mut groups: BTreeMap<AspectSource, Vec<(usize, Aspect)>> = BTreeMap::new();
    for (number, aspect) in aspects.into_iter().enumerate() {
        groups.entry(aspect.source()).or_default().push((number, aspect));
    }
    groups.into_iter().collect()
}

/// Makes answers that can be shared.
fn shared<T>(answers: Vec<Option<(Reach, T)>>) -> Vec<Option<Answer<T>>> {
    let mut all = Vec::new();
    let mut apart = |(asks, says)| {
        all.push(says);
        asks
    };
    let asked: Vec<Option<Reach>> = answers.into_iter().map(|answer| answer.map(&mut apart)).collect();
    let mut all = Handle::of_all(all);
    asked.into_iter().map(|asks| Some(Answer { asks: asks?, says: all.next()? })).collect()
}

/// Finds out what things ask about, and numbers it. `None`: anything.
struct Finder<'f, 'e> {
    /// Of an empty chart.
    evaluation: &'f Evaluation<'e>,
    aspects: Vec<Aspect>,
    /// What was found of nodes and of rules so far: many use the same ones.
    nodes: BTreeMap<usize, Option<(Reach, Verdict)>>,
    rules: BTreeMap<RuleId, Option<Reach>>,
}

impl Finder<'_, '_> {
    fn node(&mut self, node: &Node) -> Option<Reach> {
        if let Some(known) = self.nodes.get(&node.number) {
            return known.as_ref().map(|(asks, _)| asks.clone());
        }
        let says = node.decide(self.evaluation.cx());
        let asks = match node.test.asks(self.evaluation.plan) {
            Asks::Anything => None,
            Asks::Of(aspects) => {
                let mut reach = Reach::default();
                for aspect in aspects {
                    reach.add(self.number(aspect));
                }
                Some(reach)
            }
            Asks::OfParts => {
                let parts = node.test.parts();
                self.all(parts.iter().copied());
                // Where none of those that it looks at says anything else, it looks at no others.
                self.all(parts.into_iter().filter(|part| says.parts.iter().any(|seen| seen.span == part.span)))
            }
            Asks::Definition(id) => self.definition(id),
            Asks::Rule(id) => self.rule(id),
        };
        self.nodes.insert(node.number, asks.clone().map(|asks| (asks, says)));
        asks
    }

    fn all<'n>(&mut self, nodes: impl IntoIterator<Item = &'n Node>) -> Option<Reach> {
        // Each is looked at, whatever the ones before it ask.
        let each: Vec<Option<Reach>> = nodes.into_iter().map(|node| self.node(node)).collect();
        let mut all = Reach::default();
        for asks in each {
            all.merge(&asks?);
        }
        Some(all)
    }

    fn definition(&mut self, id: DefId) -> Option<Reach> {
        let definition = self.evaluation.plan.definitions.get(id.index()).filter(|definition| !definition.scoped)?;
        match &definition.body {
            DefinitionBody::Criterion(node) => self.node(node),
            DefinitionBody::Course(_) | DefinitionBody::Date(_) | DefinitionBody::Broken => None,
        }
    }

    fn rule(&mut self, id: RuleId) -> Option<Reach> {
        if let Some(known) = self.rules.get(&id) {
            return known.clone();
        }
        let rule = self.evaluation.plan.rules.get(id.index());
        // Which of several versions is in force depends on the day.
        let found = match rule.map(|rule| (rule, rule.versions.as_slice())) {
            Some((rule, [version])) if version.from.is_none() && version.to.is_none() => self.version(rule, version),
            _ => None,
        };
        self.rules.insert(id, found.clone());
        found
    }

    fn version(&mut self, rule: &RulePlan, version: &VersionPlan) -> Option<Reach> {
        // What a card depends on is no part of the decision.
        self.all(version.cards.iter().filter_map(|card| card.condition.as_ref()));
        self.all(rule.applies.iter().chain([&version.when]).chain(&version.unless))
    }

    fn number(&mut self, aspect: Aspect) -> usize {
        let known = self.aspects.iter().position(|known| *known == aspect);
        known.unwrap_or_else(|| {
            self.aspects.push(aspect);
            self.aspects.len() - 1
        })
    }
}

impl<'e> Evaluation<'e> {
    /// What a criterion says, where nothing in the chart touches it.
    pub(super) fn untouched_node(&self, node: &Node) -> Option<&'e Handle<Verdict>> {
        self.untouched(self.plan.untouched.nodes.get(node.number)?.as_ref()?)
    }

    /// What a version of a rule says, where nothing in the chart touches it.
    pub(super) fn untouched_rule(&self, id: RuleId, version: usize) -> Option<&'e Handle<Decision>> {
        self.untouched(self.plan.untouched.rules.get(id.index())?.get(version)?.as_ref()?)
    }

    fn untouched<T>(&self, answer: &'e Answer<T>) -> Option<&'e Handle<T>> {
        (!self.in_full && answer.asks.is_disjoint(self.touched())).then_some(&answer.says)
    }

    /// Which aspects of the plan this chart has.
    fn touched(&self) -> &Reach {
        self.touched.get_or_init(|| {
            let mut touched = Reach::default();
            for (source, aspects) in self.plan.untouched.aspects.iter().filter(|(source, _)| self.may_have(*source)) {
                let coded = LazyCell::new(|| match source {
                    AspectSource::Records(kind) => self.facts.coded(self.cx(), *kind),
                    _ => Rc::default(),
                });
                for (number, aspect) in aspects {
                    if self.has(aspect, &coded) {
                        touched.add(*number);
                    }
                }
            }
            touched
        })
    }

    fn may_have(&self, source: AspectSource) -> bool {
        let chart = self.chart;
        match source {
            AspectSource::Records(kind) => chart.count(kind) > 0,
            AspectSource::Medication => {
                let lists = [chart.requests.len(), chart.statements.len(), chart.dispenses.len(), chart.administrations.len()];
                lists.into_iter().any(|count| count > 0)
            }
            AspectSource::Scores => !chart.observations.is_empty() || !chart.responses.is_empty(),
            AspectSource::Unsought => !chart.is_whole(),
            AspectSource::Other => true,
        }
    }

    /// `coded` is of the type that the aspect is about, where it is about one.
    fn has<F: FnOnce() -> Rc<CodedIndex>>(&self, aspect: &Aspect, coded: &LazyCell<Rc<CodedIndex>, F>) -> bool {
        let (cx, facts) = (self.cx(), &self.facts);
        match aspect {
            Aspect::Hook => self.hook != DEFAULT_HOOK,
            Aspect::Records(kind) => self.chart.count(*kind) > 0,
            Aspect::Unsought(kind) => !self.chart.looked_for(kind.name()),
            Aspect::Coded(_, set) => coded.has(*set),
            Aspect::Uncoded(_) => !coded.uncoded().is_empty(),
            Aspect::Drugs(set) => facts.medicines(cx).may_be_of(*set),
            Aspect::Given(set) => facts.medicines(cx).may_be_given(*set),
            Aspect::Scores(instrument) => !facts.scores(cx, instrument).is_empty(),
            Aspect::Orders => !facts.orders(cx).list.is_empty() || facts.orders(cx).is_incomplete,
            Aspect::Bookings => !facts.bookings(cx).list.is_empty() || facts.bookings(cx).is_incomplete,
        }
    }
}
