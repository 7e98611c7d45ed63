//! From a decision to a card.

mod suggestion;

use curbside_chart::{Chart, Name};
use curbside_rules::compile::CardPlan;
use curbside_rules::criteria::Criterion;
use curbside_rules::evaluate::{Decision, Part as Reason};
use curbside_rules::model::{IfUnknown, Indicator, LinkUse, Outcome};
use curbside_rules::{Evaluation, Truth, Verdict};
use minijinja::value::Value;
use uuid::Uuid;

use crate::markdown::escape;
use crate::occasion::Occasion;
use crate::summary::summary;
use crate::template::{Part, Texts, list_of_texts, number, record, text};
use crate::wire::{Card, Coding, Extension, Link, SelectionBehavior, Shown, Source};

pub use suggestion::completed;

/// A card, and what decides its place among others.
#[derive(Clone, Debug)]
pub struct MadeCard {
    /// The card.
    pub card: Card,
    /// The rule's id.
    pub rule: String,
    /// Rules of the same pack whose cards it replaces.
    pub suppresses: Vec<String>,
}

/// Name space of our ids: the v5 UUID of "https://curbside.example/cards" in the URL name space.
const SPACE: Uuid = Uuid::from_u128(0x6f0c_7bb8_52c8_5d0e_9c1f_3c9b_7c1d_5a10);

/// The card that a decision shows, where it shows one.
#[must_use]
pub fn make(evaluation: &Evaluation<'_>, texts: &Texts, decision: &Decision, occasion: &Occasion<'_>) -> Option<MadeCard> {
    let plan = evaluation.plan();
    let rule = plan.rules.get(decision.rule.index()).filter(|_| decision.may_show)?;
    if plan.pack.silent_when.deceased && evaluation.chart().patient.as_ref().is_some_and(|patient| patient.data.is_deceased()) {
        return None;
    }
    let maker = Maker { evaluation, texts, decision, occasion, version: &rule.versions.get(decision.version?)?.version };
    let card = match evaluation.card_of(decision) {
        Some(card) => maker.card(card)?,
        None if decision.outcome == Outcome::Unknown && rule.if_unknown == IfUnknown::Ask => maker.ask(),
        None => return None,
    };
    Some(MadeCard { card, rule: rule.id.clone(), suppresses: rule.suppresses.clone() })
}

struct Maker<'m, 'e> {
    evaluation: &'m Evaluation<'e>,
    texts: &'m Texts,
    decision: &'m Decision,
    occasion: &'m Occasion<'m>,
    version: &'m str,
}

impl Maker<'_, '_> {
    fn card(&self, plan: &CardPlan) -> Option<Card> {
        let rule = self.evaluation.plan().rules.get(self.decision.rule.index())?;
        let (at, version) = (self.decision.rule.index(), self.decision.version?);
        let row = rule.versions.get(version)?.cards.iter().position(|card| std::ptr::eq(card, plan))?;
        let values = self.values();
        let render = |part: Part| self.texts.render(at, version, row, part, &values).map(Option::unwrap_or_default);
        let said = render(Part::Summary).filter(|text| !text.trim().is_empty()).unwrap_or_else(|| rule.title.value.clone());
        let (suggestions, withheld) = self.suggestions(plan, &values);
        let mut detail = String::new();
        let short = summary(&said);
        if short.ends_with('…') {
            detail = format!("{}\n\n", escape(&said));
        }
        match self.texts.render(at, version, row, Part::Detail, &values) {
            Some(Some(text)) => detail.push_str(text.trim_end()),
            // A text that cannot be made must not take the reasons with it.
            Some(None) => detail.push_str(&escape(&self.decision.because.reasons())),
            None => {}
        }
        for words in &withheld {
            detail = format!("{}\n\n{words}", detail.trim_end());
        }
        if let Some(footer) = render(Part::Footer) {
            detail = format!("{}\n\n{}", detail.trim_end(), footer.trim());
        }
        let behavior = match suggestions.len() {
            0 => None,
            _ if suggestions.iter().filter(|suggestion| suggestion.is_recommended).count() <= 1 => Some(SelectionBehavior::AtMostOne),
            _ => Some(SelectionBehavior::Any),
        };
        let detail = detail.trim().to_owned();
        Some(Card {
            uuid: self.uuid(""),
            summary: short,
            detail: (!detail.is_empty()).then_some(detail),
            indicator: plan.row.indicator,
            source: self.source(plan.row.source.as_ref().map(|name| name.value.as_str())),
            suggestions,
            selection_behavior: behavior,
            override_reasons: self.override_reasons(plan),
            links: plan.row.links.iter().filter_map(|link| self.link(&link.value)).collect(),
            extension: self.extension(),
        })
    }

    /// A card that asks for what is missing.
    fn ask(&self) -> Card {
        let verdict = &self.decision.because;
        let title = self.evaluation.plan().rules.get(self.decision.rule.index()).map_or("", |rule| rule.title.value.as_str());
        let mut missing: Vec<String> =
            verdict.missing.iter().map(|missing| format!("- {} ({})", escape(&missing.what), escape(&missing.recorded_in))).collect();
        missing.sort();
        missing.dedup();
        Card {
            uuid: self.uuid(""),
            summary: summary(&format!("{title}: cannot be decided, not everything it needs is recorded")),
            detail: Some(format!("**Not known**\n\n{}", missing.join("\n"))),
            indicator: Indicator::Info,
            source: self.source(None),
            suggestions: Vec::new(),
            selection_behavior: None,
            override_reasons: Vec::new(),
            links: Vec::new(),
            extension: self.extension(),
        }
    }

    /// What every text of the rule can name.
    fn values(&self) -> Value {
        let plan = self.evaluation.plan();
        let rule = plan.rules.get(self.decision.rule.index());
        let verdict = &self.decision.because;
        let field = |name, value: Option<&str>| (name, text(value.unwrap_or_default()));
        let mut missing: Vec<_> = verdict.missing.clone();
        missing.sort();
        missing.dedup();
        let own = vec![
            ("parameters", Value::from_pairs(plan.parameters.0.iter().map(|(name, value)| (name.clone(), text(value.to_string()))))),
            (
                "rule",
                record(vec![
                    field("id", rule.map(|rule| rule.id.as_str())),
                    field("title", rule.map(|rule| rule.title.value.as_str())),
                    field("version", Some(self.version)),
                ]),
            ),
            ("outcome", text(self.decision.outcome.as_str())),
            ("because", text(verdict.reasons())),
            ("evidence", list_of_texts(self.evidence())),
            (
                "missing",
                missing
                    .iter()
                    .map(|missing| record(vec![("what", text(missing.what.as_str())), ("recorded_in", text(missing.recorded_in.as_str()))]))
                    .collect(),
            ),
            ("notes", list_of_texts(notes(verdict))),
            ("pending", number(self.texts.pending(self.decision.rule))),
            ("as_of", text(self.evaluation.as_of().to_string())),
            ("hook", text(self.evaluation.hook())),
        ];
        self.texts.values(self.evaluation, self.decision.rule, own)
    }

    /// The names of the records that the decision rests on, in order, each once.
    fn evidence(&self) -> Vec<String> {
        evidence(self.evaluation.chart(), &self.decision.because)
    }

    fn uuid(&self, suffix: &str) -> String {
        let rule = self.evaluation.plan().rules.get(self.decision.rule.index()).map_or("", |rule| rule.id.as_str());
        let pack = self.evaluation.plan().id();
        let name = [self.occasion.text(), pack, rule, self.version, &self.evidence().join(" "), suffix].join("\n");
        Uuid::new_v5(&SPACE, name.as_bytes()).to_string()
    }

    fn source(&self, named: Option<&str>) -> Source {
        let plan = self.evaluation.plan();
        let rule = plan.rules.get(self.decision.rule.index());
        let cited = named.or_else(|| rule?.source.first().map(|claim| claim.from.value.as_str()));
        let source = cited.and_then(|name| plan.pack.sources.get(name));
        Source {
            label: source.map_or_else(|| plan.pack.title.value.clone(), |source| source.title.value.clone()),
            url: source.and_then(|source| source.url.as_ref()).map(|url| url.value.clone()),
            topic: Coding {
                code: rule.map(|rule| rule.id.clone()).unwrap_or_default(),
                system: format!("urn:curbside:pack:{}", plan.id()),
                display: rule.map(|rule| rule.title.value.clone()).unwrap_or_default(),
            },
        }
    }

    fn extension(&self) -> Extension {
        let rule = self.evaluation.plan().rules.get(self.decision.rule.index());
        Extension {
            decision: Shown {
                rule: rule.map(|rule| rule.id.clone()).unwrap_or_default(),
                version: self.version.to_owned(),
                outcome: self.decision.outcome.as_str().to_owned(),
            },
        }
    }

    /// The reasons that the card names; all of the pack's on warnings and criticals.
    fn override_reasons(&self, plan: &CardPlan) -> Vec<Coding> {
        let Some(reasons) = &self.evaluation.plan().pack.override_reasons else { return Vec::new() };
        let coding =
            |(code, display): (&String, &String)| Coding { code: code.clone(), system: reasons.system.clone(), display: display.clone() };
        match &plan.row.override_reasons {
            Some(named) => named.iter().filter_map(|name| reasons.reasons.get_key_value(&name.value)).map(coding).collect(),
            None if plan.row.indicator >= Indicator::Warning => reasons.reasons.iter().map(coding).collect(),
            None => Vec::new(),
        }
    }

    fn link(&self, link: &LinkUse) -> Option<Link> {
        let named = link.named.as_ref().and_then(|name| self.evaluation.plan().pack.links.get(name));
        let label = link.label.clone().or_else(|| named.map(|named| named.label.clone()))?;
        let url = link.url.as_ref().or(named.map(|named| &named.url))?.value.clone();
        let kind = link.r#type.clone().or_else(|| named.map(|named| named.r#type.clone())).unwrap_or_else(|| "absolute".to_owned());
        let app_context = link.app_context.clone().or_else(|| named?.app_context.clone()).filter(|_| kind == "smart");
        Some(Link { label, url, r#type: kind, app_context })
    }
}

/// The names of the records that a verdict rests on, in order, each once.
#[must_use]
pub fn evidence(chart: &Chart<'_>, verdict: &Verdict) -> Vec<String> {
    let mut records = verdict.evidence.clone();
    records.sort_unstable();
    records.dedup();
    let mut names: Vec<String> = records.iter().filter_map(|record| chart.name(*record)).map(Name::text).collect();
    names.sort();
    names
}

fn notes(verdict: &Verdict) -> Vec<String> {
    let mut notes: Vec<String> = verdict.notes.iter().map(ToString::to_string).collect();
    notes.sort();
    notes.dedup();
    notes
}

/// Whether a suggestion is withheld, and by which facts: those that have a name, as they are named.
pub(crate) fn in_the_way(verdict: &Verdict, name: &str, found: &mut Vec<(String, Truth, String)>) {
    if verdict.truth == Truth::False {
        return;
    }
    let is_named = !Criterion::KINDS.contains(&name);
    let inner: Vec<&Reason> = verdict.parts.iter().filter(|part| part.verdict.truth != Truth::False).collect();
    let combines = !is_named && verdict.says.is_empty() && !inner.is_empty();
    if combines {
        inner.into_iter().for_each(|part| in_the_way(&part.verdict, &part.name, found));
    } else {
        found.push((name.to_owned(), verdict.truth, verdict.reasons().to_string()));
    }
}
