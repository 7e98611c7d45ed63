//! From names to what they stand for.

use curbside_source::{Diagnostic, did_you_mean};
use curbside_terminology::{DrugSetId, SetId, ValueSetId};

use super::Compiler;
use crate::compile::names::{DefId, DefinitionKind, RuleId};
use crate::model::{Name, Names as NameList};

/// The hook that asks where none is named.
pub const DEFAULT_HOOK: &str = "patient-view";

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

impl Compiler<'_> {
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
}
