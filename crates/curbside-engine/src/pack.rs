//! A pack, ready to answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use curbside_cards::Texts;
use curbside_chart::Chart;
use curbside_chart::time::Zone;
use curbside_rules::compile::Uses;
use curbside_rules::evaluate::{Decision, Handle};
use curbside_rules::{Plan, RuleId, Settings};
use curbside_source::{Diagnostics, Sources};

use crate::answer::{DecisionRecord, PackRecord};
use crate::digest::sha256;
use crate::engine::{Aside, record};

/// A pack, ready to answer.
#[derive(Debug)]
pub struct Pack {
    /// Its rules.
    pub plan: Plan,
    /// The texts of its cards.
    pub texts: Texts,
    /// Its files, for messages that quote them.
    pub sources: Sources,
    /// Digest of its files and of the parameters a site has set: `sha256:…`.
    pub digest: String,
    /// How a document shows it.
    record: Arc<PackRecord>,
    /// The resource types that each rule reads, in the order of rules.
    reads: Vec<Vec<String>>,
    /// Decisions that are the same for most patients, as a document shows them; by rule.
    untouched: Vec<Vec<(Handle<Decision>, Handle<DecisionRecord>)>>,
}

/// What became of a pack's files.
#[derive(Debug)]
pub struct LoadedPack {
    /// The files.
    pub sources: Sources,
    /// Everything that is to be said about them.
    pub found: Diagnostics,
    /// The pack, where nothing stands against it.
    pub pack: Option<Pack>,
}

impl Pack {
    /// Makes a pack of its files: paths relative to its folder, with their texts. Cases
    /// (`tests/`) are no part of a pack and are left out.
    #[must_use]
    pub fn load(files: impl IntoIterator<Item = (String, String)>, settings: &Settings) -> LoadedPack {
        let files: BTreeMap<String, String> = files.into_iter().filter(|(path, _)| !path.starts_with("tests/")).collect();
        let digest = digest(&files, settings);
        let mut loaded = curbside_rules::load(files, settings);
        let texts = loaded.draft().map(|(plan, sources, found)| Texts::compile(plan, sources, found));
        loaded.lint(&texts.as_ref().map(Texts::all_names).cloned().unwrap_or_default());
        let (sources, found, plan) = loaded.finish();
        let pack = plan.zip(texts).map(|(plan, texts)| {
            let reads = |id: RuleId| plan.uses_of(&[id]).records.into_keys().collect();
            let reads = plan.rules.iter().map(|rule| plan.rule(&rule.id).map(reads).unwrap_or_default()).collect();
            let record =
                Arc::new(PackRecord { id: plan.id().to_owned(), version: plan.pack.version.value.clone(), digest: digest.clone() });
            let mut pack = Self { plan, texts, sources: sources.clone(), digest, record, reads, untouched: Vec::new() };
            pack.untouched = pack.show_untouched();
            pack
        });
        LoadedPack { sources, found, pack }
    }

    fn show_untouched(&self) -> Vec<Vec<(Handle<Decision>, Handle<DecisionRecord>)>> {
        let chart = Chart::empty(Zone::UTC);
        let aside = Aside::of(&chart);
        let records: Vec<DecisionRecord> = self.plan.untouched().map(|decision| record(self, &chart, decision, &aside)).collect();
        let shared: Vec<_> = self.plan.untouched().cloned().zip(Handle::of_all(records)).collect();
        let of_rule = |rule: usize| shared.iter().filter(|(decision, _)| decision.rule.index() == rule).cloned().collect();
        (0..self.plan.rules.len()).map(of_rule).collect()
    }

    /// How a document shows a decision that nothing in a chart has touched; `None` of any other.
    pub(crate) fn untouched(&self, decision: &Handle<Decision>) -> Option<&Handle<DecisionRecord>> {
        let of_rule = self.untouched.get(decision.rule.index())?;
        of_rule.iter().find(|(known, _)| known.is(decision)).map(|(_, record)| record)
    }

    /// Everything that rules and the texts of their cards are made of.
    pub(crate) fn uses_of(&self, rules: &[RuleId]) -> Uses {
        let shown = rules.iter().flat_map(|rule| self.texts.names(*rule).iter().map(|name| (*rule, name)));
        let shown = shown.filter_map(|(rule, name)| self.plan.definition(Some(rule), name)).collect();
        self.plan.uses_from(rules, &shown)
    }

    /// How a document shows it.
    pub(crate) fn record(&self) -> Arc<PackRecord> {
        Arc::clone(&self.record)
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.plan.id()
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.plan.pack.version.value
    }

    /// Whether a rule reads resources of a type.
    pub(crate) fn reads(&self, rule: RuleId, kind: &str) -> bool {
        self.reads.get(rule.index()).is_some_and(|kinds| kinds.iter().any(|known| known == kind))
    }
}

fn digest(files: &BTreeMap<String, String>, settings: &Settings) -> String {
    let mut pieces: Vec<&[u8]> = Vec::new();
    for (name, text) in files.iter().chain(&settings.parameters) {
        pieces.extend([name.as_bytes(), text.as_bytes()]);
    }
    let aliases = format!("{:?}", settings.aliases);
    if settings.aliases != Settings::default().aliases {
        pieces.push(aliases.as_bytes());
    }
    sha256(pieces)
}
