//! A response of a pack or plug-in: what it decided is taken out, its cards go on as they stand.

use std::borrow::Cow;
use std::collections::BTreeSet;

use curbside_chart::json::{Members, Str};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::card::{Card, Link};
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
    /// These reasons whole. The store keeps each list once, and not with the entry.
    #[serde(skip)]
    pub offered: Vec<Coding>,
}

/// A reason for overriding a card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Coding {
    /// The code system; empty where it is not said.
    pub system: String,
    /// The code.
    pub code: String,
    /// How it is called; empty where that is not said.
    pub display: String,
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

impl Answer {
    /// Splits a response. `occasion` makes the id of a card that came without one. Actions that nobody would be asked about
    /// are left out, unless the client takes them.
    pub(crate) fn read(text: &str, occasion: &str, takes_actions: bool) -> Result<Self, serde_json::Error> {
        let response: Response<'_> = serde_json::from_str(text)?;
        let (mut texts, mut cards) = (Vec::new(), Vec::new());
        for raw in response.cards {
            let card: Card = serde_json::from_str(raw.get())?;
            let uuid = card.uuid.clone().filter(|uuid| !uuid.is_empty());
            texts.push(match &uuid {
                Some(_) => Cow::Borrowed(raw.get()),
                None => {
                    let rest = raw.get().trim_start_matches('{').trim_start();
                    Cow::Owned(format!("{{\"uuid\":{},{rest}", quoted(&own_uuid(occasion, raw.get()))))
                }
            });
            cards.push(card.shown(uuid.unwrap_or_else(|| own_uuid(occasion, raw.get()))));
        }
        let decided = response.extension.and_then(|extension| extension.result).map(|result| result.decisions).unwrap_or_default();
        let decisions = decided.into_iter().map(Decided::read).collect();
        let body = body(texts.iter().map(AsRef::as_ref), response.system_actions.filter(|_| takes_actions));
        Ok(Self { body, cards, decisions })
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
        let left = of_cards.filter(|(_, card)| !ids.contains(card.uuid.as_str())).map(|(raw, _)| raw.get());
        let body = body(left, response.system_actions);
        let cards = self.cards.into_iter().filter(|card| !ids.contains(card.uuid.as_str())).collect();
        Ok(Self { body, cards, ..self })
    }

    /// The answer with those links alone that lead to these hosts.
    pub(crate) fn with_links_to(self, hosts: &[String]) -> Result<Self, serde_json::Error> {
        let response: Response<'_> = serde_json::from_str(&self.body)?;
        let cards: Vec<String> = response.cards.iter().map(|raw| linked(raw, hosts)).collect::<Result<_, _>>()?;
        let body = body(cards.iter().map(String::as_str), response.system_actions);
        Ok(Self { body, ..self })
    }

    /// `sha256:…` of the body.
    pub(crate) fn digest(&self) -> String {
        sha256(self.body.as_bytes())
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

/// A response of these cards.
fn body<'c>(cards: impl Iterator<Item = &'c str>, actions: Option<&RawValue>) -> String {
    let mut body = String::from("{\"cards\":[");
    for (at, card) in cards.enumerate() {
        if at > 0 {
            body.push(',');
        }
        body.push_str(card);
    }
    body.push(']');
    if let Some(actions) = actions.filter(|raw| !matches!(raw.get(), "null" | "[]")) {
        body.push_str(",\"systemActions\":");
        body.push_str(actions.get());
    }
    body.push('}');
    body
}

/// A card without its links to other hosts than these.
fn linked(card: &RawValue, hosts: &[String]) -> Result<String, serde_json::Error> {
    let Members(mut members) = serde_json::from_str(card.get())?;
    let Some(at) = members.iter().position(|(name, _)| name.as_str() == "links") else { return Ok(card.get().to_owned()) };
    let (_, raw) = members.remove(at);
    let links: Vec<&RawValue> = serde_json::from_str(raw.get())?;
    let is_allowed = |link: &&RawValue| {
        let host = serde_json::from_str::<Link>(link.get()).ok().and_then(|link| link.host());
        host.is_some_and(|host| hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(&host)))
    };
    let left: Vec<&RawValue> = links.into_iter().filter(is_allowed).collect();
    let left = (!left.is_empty()).then(|| to_raw_value(&left)).transpose()?;
    if let Some(left) = &left {
        members.insert(at, (Str::new("links"), left));
    }
    serde_json::to_string(&Members(members))
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
        let answer = Answer::read(text, "o", false).unwrap();
        assert!(answer.body.contains("1.50") && !answer.body.contains("org.curbside.result"), "{}", answer.body);
        assert_eq!(answer.cards[0].rule, "r");
        assert_eq!(answer.cards[0].suggestions, ["s1"]);
        assert_eq!(answer.decisions[0].unknown, ["age"]);
        let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(body["cards"][1]["uuid"], answer.cards[1].uuid.as_str());
    }

    #[test]
    fn links_lead_to_hosts_that_are_listed() {
        let card = |links: &str| {
            format!(r#"{{"cards":[{{"uuid":"u","summary":"s","indicator":"info","source":{{"label":"l"}}{links},"detail":"1.50"}}]}}"#)
        };
        let link = |host: &str| format!(r#"{{"label":"l","url":"https://{host}/x?y","type":"absolute"}}"#);
        let both = card(&format!(r#","links":[{},{}]"#, link("a.example"), link("b.example")));
        let to = |hosts: &[&str]| {
            let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
            Answer::read(&both, "o", false).unwrap().with_links_to(&hosts).unwrap().body
        };
        assert_eq!(to(&["B.example", "a.example"]), both);
        assert_eq!(to(&["B.example"]), card(&format!(r#","links":[{}]"#, link("b.example"))));
        assert_eq!(to(&["example"]), card(""));
    }

    #[test]
    fn a_plugin_that_returns_no_cards_is_no_cds_hooks_response() {
        assert!(Answer::read("{}", "o", false).is_err() && Answer::read("[]", "o", false).is_err());
        assert_eq!(Answer::read(r#"{"cards":[],"systemActions":[]}"#, "o", true).unwrap().body, r#"{"cards":[]}"#);
    }
}
