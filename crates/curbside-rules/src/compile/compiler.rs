//! What a criterion needs while it is made ready: names, figures, sets, and a place for complaints.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use curbside_chart::Kind;
use curbside_chart::time::Duration;
use curbside_source::{Diagnostic, Diagnostics, Span, Spanned, did_you_mean};
use curbside_terminology::units::Amount;
use curbside_terminology::{DrugSetId, Pending, SetId, ValueSetId, Vocabulary};
use smol_str::SmolStr;

use super::names::{DefId, DefinitionKind, Names, RuleId};
use super::parameters::{ParameterValue, Parameters};
use crate::check;
use crate::criteria::Criterion;
use crate::criteria::test::Test;
use crate::model::{Anchor, Count, DateExpression, Figure, IfAbsent, Name, Names as NameList, PackFile, Quantity, Setting, Time};
use crate::shared::{AnchorPlan, CourseDay, DatePlan, Words, WordsModel};

/// The hooks of the CDS Hooks library.
pub const HOOKS: [&str; 13] = [
    "patient-view",
    "order-select",
    "order-sign",
    "order-dispatch",
    "appointment-book",
    "encounter-start",
    "encounter-discharge",
    "allergyintolerance-create",
    "medication-refill",
    "problem-list-item-create",
    "medication-verify",
    "medication-prescribe",
    "order-review",
];

/// A criterion, ready.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its kind, or the definition it uses.
    pub name: SmolStr,
    /// Where it is written.
    pub span: Span,
    /// What it asks.
    pub test: Arc<dyn Test>,
}

/// What a definition, or a rule, is made of.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    /// Definitions.
    pub definitions: BTreeSet<DefId>,
    /// Definitions that the tables of its trials use: what these ask of a trial is not asked of it.
    pub inner: BTreeSet<DefId>,
    /// Rules.
    pub rules: BTreeSet<RuleId>,
    /// Parameters.
    pub parameters: BTreeSet<String>,
    /// Value sets, drug sets and instruments.
    pub vocabulary: BTreeSet<String>,
    /// Resource types, and the codes they are looked for by (`None`: all of the type).
    pub records: BTreeMap<String, Option<BTreeSet<String>>>,
    /// Figures that nobody has signed off.
    pub pending: Vec<Pending>,
    /// Whether it asks about the trial in question.
    pub scoped: bool,
    /// Words that make a fact true or false, and for which nobody answers.
    pub deciding_words: Vec<Span>,
    /// Where its criteria are written, and of which kind they are.
    pub criteria: BTreeMap<Span, &'static str>,
}

impl Uses {
    /// Adds what another one is made of.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.definitions.extend(&other.definitions);
        self.inner.extend(&other.inner);
        self.rules.extend(&other.rules);
        self.parameters.extend(other.parameters.iter().cloned());
        self.vocabulary.extend(other.vocabulary.iter().cloned());
        for (kind, codes) in &other.records {
            self.record(kind, codes.as_ref());
        }
        self.pending.extend(other.pending.iter().cloned());
        self.deciding_words.extend(&other.deciding_words);
        self.criteria.extend(&other.criteria);
    }

    fn record(&mut self, kind: &str, codes: Option<&BTreeSet<String>>) {
        let known = self.records.entry(kind.to_owned()).or_insert_with(|| Some(BTreeSet::new()));
        match (known.as_mut(), codes) {
            (Some(known), Some(codes)) => known.extend(codes.iter().cloned()),
            _ => *known = None,
        }
    }
}

/// Makes the criteria of one definition or rule ready.
pub struct Compiler<'p> {
    pub(super) vocabulary: &'p Vocabulary,
    pub(super) pack: &'p PackFile,
    pub(super) parameters: &'p Parameters,
    pub(super) names: &'p Names,
    pub(super) rules: &'p BTreeMap<String, RuleId>,
    pub(super) found: &'p mut Diagnostics,
    /// The rule whose own definitions can be named.
    pub(super) rule: Option<usize>,
    /// Whether there is a response in question.
    pub(super) of_response: bool,
    pub(super) uses: Uses,
}

impl<'p> Compiler<'p> {
    /// Makes ready what a pack holds, once its names are known.
    pub(crate) fn new(
        vocabulary: &'p Vocabulary,
        pack: &'p PackFile,
        parameters: &'p Parameters,
        names: &'p Names,
        rules: &'p BTreeMap<String, RuleId>,
        found: &'p mut Diagnostics,
    ) -> Self {
        Self { vocabulary, pack, parameters, names, rules, found, rule: None, of_response: false, uses: Uses::default() }
    }

    /// Turns to a definition or rule; `rule` is the one whose own definitions can be named.
    pub(crate) fn at(&mut self, rule: Option<usize>) {
        self.rule = rule;
        self.uses = Uses::default();
    }

    /// What the definition or rule is made of.
    pub(crate) fn take_uses(&mut self) -> Uses {
        std::mem::take(&mut self.uses)
    }

    /// Complains.
    pub fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.found.push(Diagnostic::error(code, span, message));
    }

    /// Complains with advice.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// The vocabulary of the pack.
    #[must_use]
    pub fn vocabulary(&self) -> &'p Vocabulary {
        self.vocabulary
    }

    /// The values of the pack's parameters.
    #[must_use]
    pub fn parameters(&self) -> &'p BTreeMap<String, ParameterValue> {
        &self.parameters.0
    }

    /// Notes that a parameter is used.
    pub fn uses_parameter(&mut self, name: &str) {
        self.uses.parameters.insert(name.to_owned());
    }

    /// What the pack says about absence.
    #[must_use]
    pub fn if_absent(&self) -> &'p IfAbsent {
        &self.pack.if_absent
    }

    /// Makes a criterion ready. One that cannot be is complained about, and `None`.
    pub fn criterion(&mut self, criterion: &Spanned<Criterion>) -> Option<Node> {
        criterion.value.compile(criterion.span, self)
    }

    /// Makes several ready; all of them are looked at even where one cannot be.
    pub fn criteria<'c>(&mut self, criteria: impl IntoIterator<Item = &'c Spanned<Criterion>>) -> Option<Vec<Node>> {
        let nodes: Vec<Option<Node>> = criteria.into_iter().map(|criterion| self.criterion(criterion)).collect();
        nodes.into_iter().collect()
    }

    /// Notes that resources of a type are read.
    pub fn reads(&mut self, kind: Kind) {
        self.reads_named(kind.name());
    }

    /// Notes that resources of a type are read, by its name.
    pub fn reads_named(&mut self, kind: &str) {
        self.uses.record(kind, None);
    }

    /// Notes that resources of a type are read where they mention one of these words.
    pub fn reads_mentioning<'w>(&mut self, kind: Kind, words: impl IntoIterator<Item = &'w str>) {
        let words = words.into_iter().map(str::to_owned).collect();
        self.uses.record(kind.name(), Some(&words));
    }

    /// Notes that resources of a type are read where they carry a code of one of these sets.
    pub fn reads_coded(&mut self, kind: Kind, sets: &[ValueSetId]) {
        let codes: Option<Vec<Vec<&str>>> = sets.iter().map(|set| self.vocabulary.listed_codes(*set)).collect();
        match codes {
            Some(codes) => self.reads_mentioning(kind, codes.into_iter().flatten()),
            None => self.reads(kind),
        }
    }

    /// Notes that the trial in question is asked about.
    pub fn scoped(&mut self) {
        self.uses.scoped = true;
    }

    /// Makes the tables of a list of trials ready: what they ask is asked of each trial.
    pub fn of_each_trial<T>(&mut self, compile: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::take(&mut self.uses.definitions);
        let scoped = self.uses.scoped;
        let result = compile(self);
        let inner = std::mem::replace(&mut self.uses.definitions, outer);
        self.uses.inner.extend(inner);
        self.uses.scoped = scoped;
        result
    }

    /// Makes ready what is asked where a response is in question.
    pub fn of_response<T>(&mut self, compile: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.of_response, true);
        let result = compile(self);
        self.of_response = outer;
        result
    }

    /// Notes that a criterion is asked.
    pub(crate) fn asks(&mut self, span: Span, kind: &'static str) {
        self.uses.criteria.insert(span, kind);
    }

    /// Complains where a course has no such phase.
    pub fn phase(&mut self, course: &Name, phase: &Name) {
        let Some((id, _)) = self.names.find(self.rule, &course.value) else { return };
        let phases = self.names.labels(id);
        if !phases.contains(&phase.value) {
            let help = did_you_mean(&phase.value, phases.iter().map(String::as_str));
            let message = format!("`{}` has no phase `{}`", course.value, phase.value);
            self.report(Diagnostic::error("unknown-label", phase.span, message).maybe_help(help));
        }
    }

    /// The number of a definition of one of these kinds.
    pub fn definition(&mut self, name: &Name, kinds: &[DefinitionKind]) -> Option<DefId> {
        let Some((id, kind)) = self.names.find(self.rule, &name.value) else {
            if !self.names.may_be_lost(&name.value) {
                let help = did_you_mean(&name.value, self.names.known(self.rule));
                let message = format!("unknown definition `{}`", name.value);
                self.report(Diagnostic::error("unknown-name", name.span, message).maybe_help(help));
            }
            return None;
        };
        self.uses.definitions.insert(id);
        if !kinds.contains(&kind) {
            let wanted: Vec<&str> = kinds.iter().map(|kind| kind.noun()).collect();
            let message = format!("`{}` is {}, not {}", name.value, kind.noun(), wanted.join(" or "));
            self.error("wrong-kind", name.span, message);
            return None;
        }
        Some(id)
    }

    /// Complains where a table never gives a label.
    pub fn label(&mut self, name: &Name, label: &str) {
        let Some((id, _)) = self.names.find(self.rule, &name.value) else { return };
        let labels = self.names.labels(id);
        if !labels.iter().any(|known| known == label) {
            let help = did_you_mean(label, labels.iter().map(String::as_str));
            let message = format!("`{}` never gives the label `{label}`", name.value);
            self.report(Diagnostic::error("unknown-label", name.span, message).maybe_help(help));
        }
    }

    /// Checks the name of a hook, and notes that it is asked about.
    pub fn hook(&mut self, name: &Name) {
        // A hook of an organisation's own has a reverse-domain name.
        if !HOOKS.contains(&name.value.as_str()) && !name.value.contains('.') {
            let help = did_you_mean(&name.value, HOOKS.iter().copied());
            let message = format!("unknown hook `{}`", name.value);
            self.report(Diagnostic::error("unknown-hook", name.span, message).maybe_help(help));
        }
    }

    /// The number of a rule whose outcome is asked.
    pub fn rule(&mut self, name: &Name) -> Option<RuleId> {
        let id = self.named_rule(name)?;
        self.uses.rules.insert(id);
        Some(id)
    }

    /// The number of a rule.
    pub fn named_rule(&mut self, name: &Name) -> Option<RuleId> {
        if let Some(id) = self.rules.get(&name.value) {
            return Some(*id);
        }
        let help = did_you_mean(&name.value, self.rules.keys().map(String::as_str));
        let message = format!("unknown rule `{}`", name.value);
        self.report(Diagnostic::error("unknown-rule", name.span, message).maybe_help(help));
        None
    }

    /// A value set or a drug set.
    pub fn set(&mut self, name: &Name) -> Option<SetId> {
        if let Some(id) = self.vocabulary.set(&name.value) {
            self.uses.vocabulary.insert(name.value.clone());
            return Some(id);
        }
        if self.names.may_be_lost(&name.value) {
            return None;
        }
        let help = did_you_mean(&name.value, self.vocabulary.set_names());
        let message = format!("unknown value set `{}`", name.value);
        self.report(Diagnostic::error("unknown-set", name.span, message).maybe_help(help));
        None
    }

    /// Value sets. One that is unknown is complained about and left out, so that the rest of the
    /// criterion is looked at too.
    pub fn value_sets(&mut self, names: Option<&NameList>) -> Option<Vec<ValueSetId>> {
        let names = names.map(|names| &**names).unwrap_or_default();
        let known = names.iter().filter_map(|name| match self.set(name)? {
            SetId::Values(id) => Some(id),
            SetId::Drugs(_) => {
                self.error("wrong-kind", name.span, format!("`{}` is a drug set, not a value set", name.value));
                None
            }
        });
        Some(known.collect())
    }

    /// A drug set.
    pub fn drug_set(&mut self, name: &Name) -> Option<DrugSetId> {
        match self.set(name)? {
            SetId::Drugs(id) => Some(id),
            SetId::Values(_) => {
                self.error("wrong-kind", name.span, format!("`{}` is a value set, not a drug set", name.value));
                None
            }
        }
    }

    /// Instruments by name.
    pub fn instruments(&mut self, names: &[Name]) -> Option<Vec<String>> {
        let found: Vec<Option<String>> = names
            .iter()
            .map(|name| {
                if self.vocabulary.instrument(&name.value).is_some() {
                    self.uses.vocabulary.insert(name.value.clone());
                    return Some(name.value.clone());
                }
                if self.names.may_be_lost(&name.value) {
                    return None;
                }
                let known = self.vocabulary.instruments().map(|instrument| instrument.instrument.value.as_str());
                let help = did_you_mean(&name.value, known);
                let message = format!("unknown instrument `{}`", name.value);
                self.report(Diagnostic::error("unknown-instrument", name.span, message).maybe_help(help));
                None
            })
            .collect();
        found.into_iter().collect()
    }

    /// Words to look for in prose.
    pub fn words(&mut self, model: &WordsModel) -> Option<Words> {
        if let Some(source) = &model.source {
            self.cited(source);
        }
        let what = format!("words that decide: {}", model.any_of.join(", "));
        if check::decides(model) {
            let source = model.source.as_ref().map(|source| source.value.clone());
            self.uses.pending.push(Pending { what, source, span: model.then.span });
            self.uses.deciding_words.push(model.then.span);
        }
        let reach = match &model.within_words {
            Some(count) => Some(self.count(count)?),
            None => None,
        };
        Some(Words::new(model, reach))
    }

    /// The value of a duration.
    pub fn duration(&mut self, figure: &Time) -> Option<Duration> {
        match self.figure(figure, "a duration")? {
            Setting::Value(value) => Some(*value),
            Setting::Parameter(name) => match self.parameter(name, figure.span)? {
                ParameterValue::Duration(value) => Some(value),
                other => self.wrong_parameter(name, &other, "a duration", figure.span),
            },
        }
    }

    /// The value of an amount.
    pub fn amount(&mut self, figure: &Quantity) -> Option<Amount> {
        match self.figure(figure, "an amount")? {
            Setting::Value(value) => Some(value.clone()),
            Setting::Parameter(name) => match self.parameter(name, figure.span)? {
                ParameterValue::Amount(value) => Some(value),
                other => self.wrong_parameter(name, &other, "an amount", figure.span),
            },
        }
    }

    /// The value of a count.
    pub fn count(&mut self, figure: &Count) -> Option<usize> {
        match self.figure(figure, "a count")? {
            Setting::Value(value) => Some(*value),
            Setting::Parameter(name) => match self.parameter(name, figure.span)? {
                ParameterValue::Count(value) => Some(value),
                other => self.wrong_parameter(name, &other, "a count", figure.span),
            },
        }
    }

    /// Optional figures: `Some(None)` where there is none.
    pub fn optional<F, T>(&mut self, figure: Option<&F>, read: impl FnOnce(&mut Self, &F) -> Option<T>) -> Option<Option<T>> {
        match figure {
            Some(figure) => read(self, figure).map(Some),
            None => Some(None),
        }
    }

    fn figure<'f, T: std::fmt::Display>(&mut self, figure: &'f Spanned<Figure<T>>, what: &str) -> Option<&'f Setting<T>> {
        let source = figure.source.as_ref();
        if let Some(source) = source {
            self.cited(source);
        }
        if let Setting::Value(value) = &figure.value.value {
            let shown = format!("{what}: {value}");
            self.uses.pending.extend(Pending::of(figure.sign_off.as_ref(), source, shown, figure.span));
        }
        Some(&figure.value.value)
    }

    /// Checks that a cited source is one of the pack's.
    pub fn cited(&mut self, source: &Name) {
        let known = &self.pack.sources;
        let is_words = source.value.contains(' ');
        if known.is_empty() || known.contains_key(&source.value) || is_words || self.names.may_be_lost(&source.value) {
            return;
        }
        let help = did_you_mean(&source.value, known.keys().map(String::as_str));
        let message = format!("unknown source `{}`", source.value);
        self.report(Diagnostic::error("unknown-source", source.span, message).maybe_help(help));
    }

    fn parameter(&mut self, name: &str, span: Span) -> Option<ParameterValue> {
        self.uses.parameters.insert(name.to_owned());
        if let Some(parameter) = self.pack.parameters.get(name) {
            // A default that cannot be read has been complained about already.
            let what = format!("${name}: {} by default", parameter.default.value);
            self.uses.pending.extend(Pending::of(parameter.sign_off.as_ref(), parameter.source.as_ref(), what, parameter.default.span));
            return self.parameters.0.get(name).cloned();
        }
        if self.names.may_be_lost(name) {
            return None;
        }
        let help = did_you_mean(name, self.pack.parameters.keys().map(String::as_str));
        self.report(Diagnostic::error("unknown-parameter", span, format!("unknown parameter `{name}`")).maybe_help(help));
        None
    }

    fn wrong_parameter<T>(&mut self, name: &str, value: &ParameterValue, wanted: &str, span: Span) -> Option<T> {
        self.error("wrong-kind", span, format!("parameter `{name}` is {value}, not {wanted}"));
        None
    }

    /// A date.
    pub fn date(&mut self, date: &Spanned<DateExpression>) -> Option<DatePlan> {
        let anchor = match &date.anchor {
            Anchor::AsOf => AnchorPlan::AsOf,
            Anchor::Proposed => AnchorPlan::Proposed,
            Anchor::Start => {
                self.scoped();
                AnchorPlan::Start
            }
            Anchor::End => {
                self.scoped();
                AnchorPlan::End
            }
            Anchor::Response => {
                if !self.of_response {
                    self.report(
                        Diagnostic::error("no-response", date.span, "there is no response in question here")
                            .help("ask it in `or_relapse_if` of `score_sequence`"),
                    );
                }
                AnchorPlan::Response
            }
            Anchor::Day(day) => AnchorPlan::Day(*day),
            Anchor::Named(name, part) => self.named_date(&Spanned { value: name.clone(), span: date.span }, part.as_deref())?,
        };
        let offset = match &date.offset {
            None => None,
            Some((setting, before)) => {
                let figure = Figure { value: setting.clone(), source: None, sign_off: None };
                Some((self.duration(&Spanned { value: figure, span: date.span })?, *before))
            }
        };
        let mut words = date.anchor.to_string();
        if let Some((duration, before)) = offset {
            words = format!("{words} {} {duration}", if before { "-" } else { "+" });
        }
        Some(DatePlan { anchor, offset, words })
    }

    fn named_date(&mut self, name: &Name, part: Option<&str>) -> Option<AnchorPlan> {
        let id = self.definition(name, &[DefinitionKind::Date, DefinitionKind::Course])?;
        let kind = self.names.find(self.rule, &name.value).map(|(_, kind)| kind)?;
        let course_day = |part: &str| match part {
            "first_session" => Some(CourseDay::First),
            "last_session" => Some(CourseDay::Last),
            "first_session_ever" => Some(CourseDay::FirstEver),
            other => other.strip_prefix("session_").and_then(|number| number.parse().ok()).map(CourseDay::Session),
        };
        match (kind, part) {
            (DefinitionKind::Course, Some(part)) => match course_day(part) {
                Some(day) => Some(AnchorPlan::Course(id, day)),
                None => {
                    let help = did_you_mean(part, ["first_session", "last_session", "first_session_ever", "session_4"]);
                    let message = format!("a course has no date `{part}`");
                    self.report(Diagnostic::error("unknown-name", name.span, message).maybe_help(help));
                    None
                }
            },
            (DefinitionKind::Course, None) => {
                let message = format!("`{}` is a course; which of its dates?", name.value);
                self.report(Diagnostic::error("wrong-kind", name.span, message).help(format!("write `{}.first_session`", name.value)));
                None
            }
            (_, Some(part)) => {
                self.error("unknown-name", name.span, format!("`{}` is a date and has no `{part}`", name.value));
                None
            }
            (_, None) => Some(AnchorPlan::Date(id)),
        }
    }

    /// A test, with the name and place of its criterion.
    #[must_use]
    pub fn node(&self, name: &str, span: Span, test: impl Test + 'static) -> Node {
        Node { name: name.into(), span, test: Arc::new(test) }
    }
}
