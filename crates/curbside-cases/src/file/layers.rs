//! From layers to a case: fixtures, what its file says, what it says itself.

use std::collections::BTreeMap;

use curbside_rules::compile::HOOKS;
use curbside_rules::model::OneOrMany;
use curbside_source::{Diagnostic, Spanned, did_you_mean};

use super::{CaseFile, CaseText, Expected, Fixture, Name};
use crate::given::{Fact, Patient};

/// A case, its layers laid over one another.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it shows.
    pub name: Name,
    /// The day, or the moment, on which it plays.
    pub at: Name,
    /// The zone in which days begin and end.
    pub tz: String,
    /// The hook that asks; absent where a real request names it, or patient-view is meant.
    pub hook: Option<Name>,
    /// The patient.
    pub patient: Patient,
    /// What is known about the patient.
    pub given: Vec<Spanned<Fact>>,
    /// A real record instead: a path relative to the file.
    pub bundle: Option<Name>,
    /// More members of the hook's context.
    pub context: Option<serde_json::Value>,
    /// What it expects.
    pub expected: Expected,
}

/// Fixtures by name; those of a file hide those of all files.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fixtures<'f> {
    pub(super) own: &'f BTreeMap<Name, Fixture>,
    pub(super) all: &'f BTreeMap<Name, Fixture>,
}

impl<'f> Fixtures<'f> {
    fn find(self, name: &str) -> Option<&'f Fixture> {
        let named = |set: &'f BTreeMap<Name, Fixture>| set.iter().find(|(known, _)| known.value == name).map(|(_, fixture)| fixture);
        named(self.own).or_else(|| named(self.all))
    }
}

/// Layers laid so far.
#[derive(Debug)]
struct Layers<'f, 'd> {
    fixtures: Fixtures<'f>,
    patient: Patient,
    given: Vec<Spanned<Fact>>,
    found: &'d mut Vec<Diagnostic>,
}

/// The deepest that fixtures may be made of fixtures; deeper than this they are made of themselves.
const DEEPEST: usize = 16;

impl Layers<'_, '_> {
    fn with(&mut self, names: Option<&OneOrMany<Name>>, depth: usize) {
        for name in names.into_iter().flatten() {
            let Some(fixture) = self.fixtures.find(&name.value) else {
                let known = self.fixtures.own.keys().chain(self.fixtures.all.keys()).map(|name| name.value.as_str());
                let help = did_you_mean(&name.value, known);
                let message = format!("unknown fixture `{}`", name.value);
                self.found.push(Diagnostic::error("unknown-name", name.span, message).maybe_help(help));
                continue;
            };
            if depth > DEEPEST {
                self.found.push(Diagnostic::error("cycle", name.span, format!("fixture `{}` is made of itself", name.value)));
                return;
            }
            self.with(fixture.with.as_ref(), depth + 1);
            self.layer(fixture.patient.as_ref(), &fixture.given);
        }
    }

    fn without(&mut self, ids: Option<&OneOrMany<Name>>) {
        for id in ids.into_iter().flatten() {
            let before = self.given.len();
            self.given.retain(|fact| fact.id().is_none_or(|known| known.value != id.value));
            if self.given.len() == before {
                let help = did_you_mean(&id.value, self.given.iter().filter_map(|fact| fact.id()).map(|id| id.value.as_str()));
                let message = format!("no earlier fact has the id `{}`", id.value);
                self.found.push(Diagnostic::error("unknown-name", id.span, message).maybe_help(help));
            }
        }
    }

    fn layer(&mut self, patient: Option<&Patient>, given: &[Spanned<Fact>]) {
        if let Some(patient) = patient {
            self.patient = patient.laid_over(&self.patient);
        }
        let earlier = self.given.len();
        for fact in given {
            let same = |known: &Spanned<Fact>| fact.id().zip(known.id()).is_some_and(|(own, known)| own.value == known.value);
            let Some(at) = self.given.iter().position(same) else {
                self.given.push(fact.clone());
                continue;
            };
            let Some(known) = self.given.get_mut(at) else { continue };
            if at >= earlier {
                self.found.push(duplicate(fact, known));
                continue;
            }
            match fact.value.over(&known.value) {
                Some(changed) => *known = Spanned { value: changed, span: fact.span },
                None => {
                    let message = format!("`{}` is a {} here and was a {}", id_of(fact), fact.value.kind(), known.value.kind());
                    self.found.push(Diagnostic::error("wrong-kind", fact.span, message).also(known.span, "the earlier fact"));
                }
            }
        }
    }
}

fn duplicate(fact: &Spanned<Fact>, known: &Spanned<Fact>) -> Diagnostic {
    let message = format!("two facts have the id `{}`", id_of(fact));
    Diagnostic::error("duplicate-name", fact.span, message).also(known.span, "the first one")
}

/// The complaint about a hook that is none of CDS Hooks', and no name of a site's own.
fn unknown_hook(hook: &Name) -> Option<Diagnostic> {
    let is_known = HOOKS.contains(&hook.value.as_str()) || hook.value.contains('.');
    let unknown = || Diagnostic::error("unknown-hook", hook.span, format!("unknown hook `{}`", hook.value));
    (!is_known).then(|| unknown().maybe_help(did_you_mean(&hook.value, HOOKS.iter().copied())))
}

fn id_of(fact: &Spanned<Fact>) -> &str {
    fact.id().map_or("", |id| id.value.as_str())
}

impl Case {
    /// Lays the layers of a case over one another; what is wrong with them is added to `found`.
    pub(super) fn of(file: Option<&CaseFile>, case: &CaseText, fixtures: Fixtures<'_>, found: &mut Vec<Diagnostic>) -> Option<Self> {
        let mut layers = Layers { fixtures, patient: Patient::default(), given: Vec::new(), found };
        if let Some(file) = file {
            layers.with(file.with.as_ref(), 0);
            layers.layer(file.patient.as_ref(), &file.given);
        }
        layers.with(case.with.as_ref(), 0);
        layers.without(case.without.as_ref());
        layers.layer(case.patient.as_ref(), &case.given);
        let Layers { patient, given, .. } = layers;
        let Some(at) = case.at.as_ref().or_else(|| file?.at.as_ref()) else {
            let missing = Diagnostic::error("missing-key", case.case.span, "`at` is missing: on which day does it play?");
            found.push(missing.help("write `at: 2026-11-23`; a case gives the same answer on every day"));
            return None;
        };
        if case.bundle.is_some() && !given.is_empty() {
            let message = "a case has a real record (`bundle`) or says what is given, not both";
            found.push(Diagnostic::error("several-keys", case.case.span, message));
        }
        let hook = case.hook.clone().or_else(|| file?.hook.clone());
        // The file's hook is that of many cases, and complained of once.
        found.extend(hook.as_ref().and_then(unknown_hook).filter(|own| !found.iter().any(|known| known.span == own.span)));
        let CaseText { expect, cards, exact_cards, facts, .. } = case.clone();
        Some(Self {
            name: case.case.clone(),
            at: at.clone(),
            tz: case.tz.as_ref().or_else(|| file?.tz.as_ref()).map_or_else(|| "UTC".to_owned(), |tz| tz.value.clone()),
            hook,
            patient,
            given,
            bundle: case.bundle.clone(),
            context: case.context.clone(),
            expected: Expected { outcomes: expect, cards, exact_cards, facts },
        })
    }
}
