//! Packs, and the answers they give.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use curbside_cards::{MadeCard, collect, make};
use curbside_chart::{Chart, ChartError, ChartOptions, Document, SetAside, Wanted};
use curbside_rules::compile::DEFAULT_HOOK;
use curbside_rules::evaluate::{Budget, Decision, Handle};
use curbside_rules::model::Status;
use curbside_rules::{Evaluation, RuleId};
use smol_str::{SmolStr, ToSmolStr as _};

use crate::answer::{Answer, DecisionRecord, Ignored, MissingRecord};
use crate::because::Because;
use crate::pack::Pack;
use crate::question::{Ask, Question};
use crate::unmapped;

/// Packs that answer together.
#[derive(Debug, Default)]
pub struct Engine {
    packs: Vec<Pack>,
    wanted: Wanted,
    /// What the rules of each service read, and those of each hook.
    by_service: BTreeMap<String, Wanted>,
    by_hook: BTreeMap<String, Wanted>,
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// It is not clear whose chart is meant.
    Chart(ChartError),
    /// No pack has this service.
    UnknownService(String),
    /// The request cannot be read.
    Request(String),
    /// It takes more work than is allowed.
    Steps {
        /// Steps that it takes, at least.
        observed: u64,
        /// Steps that it may take.
        allowed: u64,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chart(error) => error.fmt(f),
            Self::UnknownService(id) => write!(f, "no pack has a service `{id}`"),
            Self::Request(why) => f.write_str(why),
            // The sandbox's host reads it back.
            Self::Steps { observed, allowed } => write!(f, "limit of steps hit: at least {observed} steps, {allowed} allowed"),
        }
    }
}

impl std::error::Error for Error {}

impl From<ChartError> for Error {
    fn from(error: ChartError) -> Self {
        Self::Chart(error)
    }
}

impl Engine {
    /// An engine of these packs.
    #[must_use]
    pub fn new(packs: Vec<Pack>) -> Self {
        let (mut by_service, mut by_hook, mut all) = (BTreeMap::new(), BTreeMap::new(), Wanted::default());
        for pack in &packs {
            for service in &pack.plan.services {
                let wanted = pack.uses_of(&service.rules).wanted();
                let lists = [by_service.entry(service.id.clone()).or_default(), by_hook.entry(service.hook.clone()).or_default(), &mut all];
                lists.into_iter().for_each(|list: &mut Wanted| list.merge(&wanted));
            }
        }
        Self { packs, wanted: all, by_service, by_hook }
    }

    /// The packs.
    #[must_use]
    pub fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// What the packs read of a record.
    #[must_use]
    pub fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Answers a question.
    ///
    /// # Errors
    ///
    /// [`Error`] where it is not clear whose chart is meant, or the service is unknown.
    pub fn answer(&self, question: &Question<'_>) -> Result<Answer, Error> {
        self.decide(&self.chart(question)?, question)
    }

    /// Reads the chart that a question is about, as far as the rules that are asked need it.
    ///
    /// # Errors
    ///
    /// [`ChartError`] where it is not clear whose chart is meant.
    pub fn chart<'q>(&self, question: &Question<'q>) -> Result<Chart<'q>, ChartError> {
        self.chart_with(question, self.wanted_by(question))
    }

    /// As [`Engine::chart`], with all that any rule reads.
    ///
    /// # Errors
    ///
    /// As [`Engine::chart`].
    pub fn whole_chart<'q>(&self, question: &Question<'q>) -> Result<Chart<'q>, ChartError> {
        self.chart_with(question, &self.wanted)
    }

    fn chart_with<'q>(&self, question: &Question<'q>, wanted: &Wanted) -> Result<Chart<'q>, ChartError> {
        let options = ChartOptions { patient: question.patient, zone: question.zone, wanted };
        let mut chart = question.document.chart(&options)?;
        // A birth that lies ahead is a slip; the age is then not known.
        let birth = chart.patient.as_ref().and_then(|patient| chart.when(patient.data.birth_date.as_deref()?));
        if birth.is_some_and(|birth| birth.earliest > question.as_of.moment())
            && let Some(patient) = &mut chart.patient
        {
            patient.data.birth_date = None;
            chart.notes.push(format!("{} is said to be born after {}; their age is not known", patient.name, question.as_of));
        }
        Ok(chart)
    }

    /// What the rules read that a question is put to.
    fn wanted_by(&self, question: &Question<'_>) -> &Wanted {
        let hook = match question.document {
            Document::Request(request) => request.hook.as_deref(),
            Document::Record(_) => None,
        };
        let found = match question.ask {
            Ask::Service(id) => self.by_service.get(id),
            Ask::Hook(hook) => self.by_hook.get(hook),
            Ask::Input => self.by_hook.get(hook.unwrap_or(DEFAULT_HOOK)),
        };
        found.unwrap_or(&self.wanted)
    }

    /// Answers a question about a chart that has been read.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownService`]; [`Error::Steps`].
    pub fn decide(&self, chart: &Chart<'_>, question: &Question<'_>) -> Result<Answer, Error> {
        let hook = self.hook(chart, question.ask)?;
        let (mut decisions, mut made) = (Vec::with_capacity(self.packs.iter().map(|pack| pack.plan.rules.len()).sum()), Vec::new());
        let budget = Rc::new(Budget::of(question.max_steps));
        let aside = Aside::of(chart);
        let mut notes = chart.notes.clone();
        for pack in &self.packs {
            let evaluation = Evaluation::new(&pack.plan, chart, question.as_of, &hook).within(&budget);
            for id in asked(pack, question.ask, &hook) {
                let decision = evaluation.decision(id);
                made.extend(make(&evaluation, &pack.texts, &decision, question.occasion));
                decisions.push(shown(pack, chart, &decision, &aside));
            }
            for note in evaluation.notes() {
                if !notes.contains(note) {
                    notes.push(note.clone());
                }
            }
        }
        within(&budget)?;
        notes.extend(unmapped::notes(&self.packs, chart));
        Ok(Answer {
            as_of: question.as_of.to_string(),
            patient: chart.patient_id().map(|id| format!("Patient/{id}")),
            hook,
            packs: self.packs.iter().map(Pack::record).collect(),
            decisions,
            cards: self.cards(made, question),
            notes,
        })
    }

    fn cards(&self, made: Vec<MadeCard>, question: &Question<'_>) -> Vec<curbside_cards::wire::Card> {
        let version = self.packs.first().map_or("", Pack::version);
        collect(made, question.max_cards, version, question.occasion)
    }

    pub(crate) fn hook(&self, chart: &Chart<'_>, ask: Ask<'_>) -> Result<String, Error> {
        match ask {
            Ask::Hook(name) => Ok(name.to_owned()),
            Ask::Input => Ok(chart.hook.name.as_deref().unwrap_or(DEFAULT_HOOK).to_owned()),
            Ask::Service(id) => {
                let mut services = self.packs.iter().flat_map(|pack| &pack.plan.services);
                let found = services.find(|service| service.id == id);
                found.map(|service| service.hook.clone()).ok_or_else(|| Error::UnknownService(id.to_owned()))
            }
        }
    }
}

/// Refuses what took more steps than it may: nothing that was decided with too few of them counts.
pub(crate) fn within(budget: &Budget) -> Result<(), Error> {
    if budget.is_exceeded() { Err(Error::Steps { observed: budget.used(), allowed: budget.allowed() }) } else { Ok(()) }
}

/// The rules of a pack that are asked; retired ones are not.
pub(crate) fn asked(pack: &Pack, ask: Ask<'_>, hook: &str) -> Vec<RuleId> {
    let plan = &pack.plan;
    let mut rules = match ask {
        Ask::Service(id) => plan.services.iter().find(|service| service.id == id).map(|service| service.rules.clone()).unwrap_or_default(),
        Ask::Hook(_) | Ask::Input => plan.rules_for_hook(hook),
    };
    rules.retain(|id| plan.rules.get(id.index()).is_some_and(|rule| rule.status != Status::Retired));
    rules
}

/// What was set aside of a chart, in words and by type: many decisions list the same of it.
pub(crate) struct Aside<'c>(Vec<(&'c str, Vec<Ignored>)>);

impl<'c> Aside<'c> {
    pub(crate) fn of(chart: &'c Chart<'_>) -> Self {
        let told = |SetAside { name, reason }: &SetAside<'_>| Ignored { resource: name.to_smolstr(), reason: reason.to_smolstr() };
        // They are in the order of their names, which begin with the type.
        let of_one_type = chart.set_aside.chunk_by(|one, other| one.name.kind == other.name.kind);
        Self(of_one_type.filter_map(|list| Some((list.first()?.name.kind.as_str(), list.iter().map(told).collect()))).collect())
    }

    /// Of the types that a rule reads.
    fn read_by<'a>(&'a self, pack: &'a Pack, rule: RuleId) -> impl Iterator<Item = &'a Ignored> {
        self.0.iter().filter(move |(kind, _)| pack.reads(rule, kind)).flat_map(|(_, list)| list)
    }
}

/// A decision as a document shows it.
fn shown(pack: &Pack, chart: &Chart<'_>, decision: &Handle<Decision>, aside: &Aside<'_>) -> Handle<DecisionRecord> {
    let kept = pack.untouched(decision).filter(|_| aside.read_by(pack, decision.rule).next().is_none());
    kept.map_or_else(|| Handle::new(record(pack, chart, decision, aside)), Handle::clone)
}

pub(crate) fn record(pack: &Pack, chart: &Chart<'_>, decision: &Decision, aside: &Aside<'_>) -> DecisionRecord {
    let rule = pack.plan.rules.get(decision.rule.index());
    let version = rule.and_then(|rule| rule.versions.get(decision.version?)).map(|version| version.version.clone());
    let verdict = &decision.because;
    let mut missing: Vec<MissingRecord> = verdict
        .missing
        .iter()
        .map(|missing| MissingRecord { what: missing.what.clone(), recorded_in: missing.recorded_in.clone() })
        .collect();
    missing.sort();
    missing.dedup();
    let mut notes = verdict.notes.clone();
    notes.sort();
    notes.dedup();
    DecisionRecord {
        rule: rule.map(|rule| rule.id.clone()).unwrap_or_default(),
        version,
        outcome: decision.outcome,
        because: Because::of(&SmolStr::new_static("when"), verdict),
        evidence: curbside_cards::evidence(chart, verdict),
        missing,
        ignored: aside.read_by(pack, decision.rule).cloned().collect(),
        notes,
    }
}
