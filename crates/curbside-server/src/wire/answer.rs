//! A response of a pack or plug-in: what it decided is taken out, its cards go on as they stand.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::envelope::{quoted, sha256};

/// A response, split.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The body that the client gets.
    pub(crate) body: String,
    /// The cards in it.
    pub(crate) cards: Vec<Shown>,
    /// The decisions behind them; empty for a plug-in that does not tell.
    pub(crate) decisions: Vec<Decision>,
}

/// A card as far as the log and feedback need it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The card's id.
    pub uuid: String,
    /// How urgent.
    pub indicator: String,
    /// The rule behind it, or the topic that a plug-in gives.
    pub rule: String,
    /// The rule's version.
    pub version: String,
    /// `met` or `unknown`; empty for a plug-in that does not tell.
    pub outcome: String,
    /// Ids of its suggestions.
    pub suggestions: Vec<String>,
    /// Codes of the reasons it offers for overriding.
    pub reasons: Vec<String>,
}

/// A decision as far as the log and the metrics need it: names that stand in rules, nothing of a patient.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The rule's id.
    pub rule: String,
    /// Its version in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// `met`, `not-met` or `unknown`.
    pub outcome: String,
    /// For unknown: the criteria that could not be decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
    /// The records that decided it; never kept.
    #[serde(skip)]
    pub(crate) evidence: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    #[serde(borrow)]
    cards: Vec<&'a RawValue>,
    #[serde(borrow)]
    system_actions: Option<&'a RawValue>,
    #[serde(borrow, default)]
    extension: Option<Extension<'a>>,
}

#[derive(Deserialize)]
struct Extension<'a> {
    #[serde(borrow, rename = "org.curbside.result")]
    result: Option<Result_<'a>>,
}

#[derive(Deserialize)]
struct Result_<'a> {
    #[serde(borrow, default)]
    decisions: Vec<Decided<'a>>,
}

#[derive(Deserialize)]
struct Decided<'a> {
    rule: Cow<'a, str>,
    version: Option<Cow<'a, str>>,
    outcome: Cow<'a, str>,
    #[serde(borrow)]
    because: &'a RawValue,
    #[serde(default)]
    evidence: Vec<String>,
}

#[derive(Deserialize)]
struct Because {
    criterion: String,
    truth: String,
    #[serde(default)]
    parts: Vec<Because>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Card {
    uuid: Option<String>,
    #[serde(default)]
    indicator: String,
    #[serde(default)]
    source: Source,
    #[serde(default)]
    suggestions: Vec<Suggestion>,
    #[serde(default)]
    override_reasons: Vec<Coding>,
    #[serde(default)]
    extension: CardExtension,
}

#[derive(Default, Deserialize)]
struct Source {
    topic: Option<Coding>,
}

#[derive(Default, Deserialize)]
struct Coding {
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
struct Suggestion {
    uuid: Option<String>,
}

#[derive(Default, Deserialize)]
struct CardExtension {
    #[serde(rename = "org.curbside.decision")]
    decision: Option<Origin>,
}

#[derive(Deserialize)]
struct Origin {
    #[serde(default)]
    rule: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    outcome: String,
}

impl Answer {
    /// Splits a response. `occasion` makes the id of a card that came without one.
    pub(crate) fn read(text: &str, occasion: &str) -> Result<Self, serde_json::Error> {
        let response: Response<'_> = serde_json::from_str(text)?;
        let mut body = String::with_capacity(text.len().min(1 << 16) + 64);
        body.push_str("{\"cards\":[");
        let mut cards = Vec::with_capacity(response.cards.len());
        for (at, raw) in response.cards.iter().enumerate() {
            let card: Card = serde_json::from_str(raw.get())?;
            if at > 0 {
                body.push(',');
            }
            let uuid = match &card.uuid {
                Some(uuid) if !uuid.is_empty() => {
                    body.push_str(raw.get());
                    uuid.clone()
                }
                _ => {
                    let uuid = own_uuid(occasion, raw.get());
                    body.push_str(&format!("{{\"uuid\":{},", quoted(&uuid)));
                    body.push_str(raw.get().trim_start_matches('{').trim_start());
                    uuid
                }
            };
            cards.push(card.shown(uuid));
        }
        body.push(']');
        if let Some(actions) = response.system_actions.filter(|raw| raw.get() != "null" && raw.get() != "[]") {
            body.push_str(",\"systemActions\":");
            body.push_str(actions.get());
        }
        body.push('}');
        let decided = response.extension.and_then(|extension| extension.result).map(|result| result.decisions).unwrap_or_default();
        Ok(Self { body, cards, decisions: decided.into_iter().map(Decided::read).collect() })
    }

    /// The answer where nothing was to be decided.
    pub(crate) fn nothing() -> Self {
        Self { body: r#"{"cards":[]}"#.to_owned(), cards: Vec::new(), decisions: Vec::new() }
    }

    /// The answer where nothing could be decided: one card that says so. Silence could be read as
    /// "checked, all fine".
    pub(crate) fn not_completed(service: &str, title: &str, why: &str, occasion: &str) -> Self {
        let card = serde_json::json!({
            "uuid": own_uuid(occasion, service),
            "summary": "This check could not be completed: decide without it.",
            "detail": format!("**Not checked**\n\n{why} Nothing was decided about this patient; the absence of a warning means nothing here."),
            "indicator": "warning",
            "source": {"label": title, "topic": {"code": "not-completed", "system": "urn:curbside:server", "display": "Check not completed"}},
        });
        let shown =
            Shown { uuid: own_uuid(occasion, service), indicator: "warning".into(), rule: "not-completed".into(), ..Shown::default() };
        Self { body: serde_json::json!({ "cards": [card] }).to_string(), cards: vec![shown], decisions: Vec::new() }
    }

    /// The answer without the cards of these ids.
    pub(crate) fn without(self, ids: &BTreeSet<&str>) -> Result<Self, serde_json::Error> {
        if ids.is_empty() {
            return Ok(self);
        }
        let response: Response<'_> = serde_json::from_str(&self.body)?;
        let of_cards = response.cards.iter().zip(&self.cards);
        let left: Vec<&str> = of_cards.filter(|(_, card)| !ids.contains(card.uuid.as_str())).map(|(raw, _)| raw.get()).collect();
        let mut body = format!("{{\"cards\":[{}]", left.join(","));
        if let Some(actions) = response.system_actions {
            body.push_str(",\"systemActions\":");
            body.push_str(actions.get());
        }
        body.push('}');
        let cards = self.cards.into_iter().filter(|card| !ids.contains(card.uuid.as_str())).collect();
        Ok(Self { body, cards, ..self })
    }

    /// `sha256:…` of the body.
    pub(crate) fn digest(&self) -> String {
        sha256(self.body.as_bytes())
    }
}

impl Card {
    fn shown(self, uuid: String) -> Shown {
        let topic = self.source.topic.map(|topic| topic.code).unwrap_or_default();
        let (rule, version, outcome) = match self.extension.decision {
            Some(origin) => (origin.rule, origin.version, origin.outcome),
            None => (topic, String::new(), String::new()),
        };
        let suggestions = self.suggestions.into_iter().filter_map(|suggestion| suggestion.uuid).collect();
        let reasons = self.override_reasons.into_iter().map(|reason| reason.code).collect();
        Shown { uuid, indicator: self.indicator, rule, version, outcome, suggestions, reasons }
    }
}

impl Decided<'_> {
    fn read(self) -> Decision {
        let mut unknown = Vec::new();
        if self.outcome == "unknown"
            && let Ok(because) = serde_json::from_str::<Because>(self.because.get())
        {
            because.unknown(&mut unknown);
            unknown.sort();
            unknown.dedup();
        }
        Decision {
            rule: self.rule.into_owned(),
            version: self.version.map(Cow::into_owned),
            outcome: self.outcome.into_owned(),
            unknown,
            evidence: self.evidence,
        }
    }
}

impl Because {
    /// The innermost criteria that are unknown.
    fn unknown(self, found: &mut Vec<String>) {
        if self.truth != "unknown" {
            return;
        }
        let mut inner = self.parts.into_iter().filter(|part| part.truth == "unknown").peekable();
        if inner.peek().is_none() {
            found.push(self.criterion);
        } else {
            inner.for_each(|part| part.unknown(found));
        }
    }
}

/// An id that the same card of the same call has again.
fn own_uuid(occasion: &str, content: &str) -> String {
    let name = format!("curbside-server\n{occasion}\n{content}");
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_keep_their_text_and_the_result_is_taken_out() {
        let text = r#"{"cards":[{"uuid":"u1","summary":"s","indicator":"info","source":{"label":"l"},
            "suggestions":[{"label":"x","uuid":"s1","actions":[{"resource":{"value":1.50}}]}],
            "extension":{"org.curbside.decision":{"rule":"r","version":"1","outcome":"met"}}}, { "summary": "no id" }],
            "extension":{"org.curbside.result":{"decisions":[{"rule":"r","version":"1","outcome":"unknown",
            "because":{"criterion":"when","truth":"unknown","parts":[{"criterion":"age","truth":"unknown"},{"criterion":"sex","truth":"true"}]}}]}}}"#;
        let answer = Answer::read(text, "o").unwrap();
        assert!(answer.body.contains("1.50") && !answer.body.contains("org.curbside.result"), "{}", answer.body);
        assert_eq!(answer.cards[0].rule, "r");
        assert_eq!(answer.cards[0].suggestions, ["s1"]);
        assert_eq!(answer.decisions[0].unknown, ["age"]);
        let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(body["cards"][1]["uuid"], answer.cards[1].uuid.as_str());
    }

    #[test]
    fn a_plugin_that_returns_no_cards_is_no_cds_hooks_response() {
        assert!(Answer::read("{}", "o").is_err() && Answer::read("[]", "o").is_err());
        assert_eq!(Answer::read(r#"{"cards":[],"systemActions":[]}"#, "o").unwrap().body, r#"{"cards":[]}"#);
    }
}
