//! A card before it goes to an EHR. What the standard forbids is found here, whoever made it.

use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use super::answer::Shown;

/// Most characters of a summary.
const MAX_SUMMARY: usize = 139;

/// A card, as far as the log, feedback and the standard's rules need it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Card {
    #[serde(default)]
    pub(super) uuid: Option<String>,
    summary: String,
    indicator: String,
    source: Source,
    #[serde(default)]
    suggestions: Vec<Suggestion>,
    #[serde(default)]
    selection_behavior: Option<String>,
    #[serde(default)]
    override_reasons: Vec<Coding>,
    #[serde(default)]
    links: Vec<Link>,
    #[serde(default)]
    extension: CardExtension,
}

#[derive(Deserialize)]
struct Source {
    label: String,
    #[serde(default)]
    topic: Option<Coding>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Coding {
    system: String,
    code: String,
    display: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Suggestion {
    #[serde(default)]
    uuid: Option<String>,
    label: String,
    #[serde(default)]
    is_recommended: bool,
    #[serde(default)]
    actions: Vec<Action>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Action {
    Create {
        description: String,
        resource: Resource,
    },
    Update {
        description: String,
        resource: Resource,
    },
    Delete {
        description: String,
        #[serde(rename = "resourceId")]
        id: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    resource_type: String,
}

/// A link of a card.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Link {
    label: String,
    url: String,
    r#type: String,
    #[serde(default)]
    app_context: Option<String>,
}

#[derive(Default, Deserialize)]
struct CardExtension {
    #[serde(rename = "org.curbside.decision")]
    decision: Option<Origin>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Origin {
    rule: String,
    version: String,
    outcome: String,
}

/// A card that is none.
pub(super) struct NoCard {
    /// What is wrong with it: a member's name, or that it cannot be read.
    pub(super) fault: &'static str,
    /// Whether it may be one that nobody should miss.
    pub(super) may_be_critical: bool,
}

impl Card {
    /// Reads a card.
    pub(super) fn read(raw: &RawValue) -> Result<Self, NoCard> {
        let read: Result<Self, _> = serde_json::from_str(raw.get());
        let (fault, card) = match read {
            Ok(card) => (card.fault(), Some(card)),
            Err(_) => (Some("unreadable"), None),
        };
        match (fault, card) {
            (None, Some(card)) => Ok(card),
            (fault, _) => Err(NoCard { fault: fault.unwrap_or("unreadable"), may_be_critical: may_be_critical(raw) }),
        }
    }

    /// The member that breaks a rule of CDS Hooks 2.0.1, "CDS Service Response".
    fn fault(&self) -> Option<&'static str> {
        let is_said = |text: &str| !text.trim().is_empty();
        let rules = [
            ("summary", is_said(&self.summary) && self.summary.chars().count() <= MAX_SUMMARY && !self.summary.contains(char::is_control)),
            ("indicator", matches!(self.indicator.as_str(), "info" | "warning" | "critical")),
            ("source", is_said(&self.source.label)),
            ("selectionBehavior", self.has_selection_behavior()),
            (
                "suggestions",
                self.suggestions.iter().all(|suggestion| is_said(&suggestion.label) && suggestion.actions.iter().all(Action::is_whole)),
            ),
            ("links", self.links.iter().all(Link::is_whole)),
            (
                "overrideReasons",
                self.override_reasons
                    .iter()
                    .all(|reason| [&reason.system, &reason.code, &reason.display].map(|text| is_said(text)) == [true; 3]),
            ),
        ];
        rules.into_iter().find(|(_, holds)| !holds).map(|(member, _)| member)
    }

    fn has_selection_behavior(&self) -> bool {
        let recommended = self.suggestions.iter().filter(|suggestion| suggestion.is_recommended).count();
        match self.selection_behavior.as_deref() {
            Some("any") => true,
            Some("at-most-one") => recommended <= 1,
            Some(_) => false,
            None => self.suggestions.is_empty(),
        }
    }

    /// As the log keeps it.
    pub(super) fn shown(self, uuid: String) -> Shown {
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

impl Action {
    fn is_whole(&self) -> bool {
        match self {
            Self::Create { description, resource } | Self::Update { description, resource } => {
                !description.is_empty() && !resource.resource_type.is_empty()
            }
            Self::Delete { description, id } => !description.is_empty() && !id.is_empty(),
        }
    }
}

impl Link {
    fn is_whole(&self) -> bool {
        let kind = matches!((self.r#type.as_str(), &self.app_context), ("absolute", None) | ("smart", _));
        kind && !self.label.trim().is_empty() && self.host().is_some()
    }

    /// The host that it leads to; `None` where it is no address of the web.
    pub(super) fn host(&self) -> Option<String> {
        let url = Url::parse(&self.url).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
        url.host_str().map(str::to_owned)
    }
}

/// Whether what is no card says that it is anything but harmless.
fn may_be_critical(raw: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct Urgency {
        indicator: String,
    }
    let urgency: Result<Urgency, _> = serde_json::from_str(raw.get());
    !urgency.is_ok_and(|urgency| matches!(urgency.indicator.as_str(), "info" | "warning"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json, value::to_raw_value};

    use super::*;

    fn fault(change: impl Fn(&mut Value)) -> Option<&'static str> {
        let mut card = json!({
            "uuid": "u", "summary": "s", "indicator": "info", "source": {"label": "l", "url": "https://a.example"},
            "selectionBehavior": "at-most-one",
            "suggestions": [{"label": "x", "isRecommended": true, "actions": [
                {"type": "delete", "description": "d", "resourceId": "MedicationRequest/1"},
                {"type": "create", "description": "d", "resource": {"resourceType": "Task"}}]}, {"label": "y"}],
            "links": [{"label": "l", "url": "https://a.example/x", "type": "absolute"}, {"label": "l", "url": "https://b.example", "type": "smart", "appContext": "c"}],
            "overrideReasons": [{"system": "s", "code": "c", "display": "d"}],
        });
        change(&mut card);
        Card::read(&to_raw_value(&card).unwrap()).err().map(|no_card| no_card.fault)
    }

    #[test]
    fn what_the_standard_forbids_is_found() {
        assert_eq!(fault(|_| ()), None);
        assert_eq!(fault(|card| card["summary"] = json!("x".repeat(139))), None);
        let wrong: [(fn(&mut Value), &str); 16] = [
            (|card| card["summary"] = json!("x".repeat(140)), "summary"),
            (|card| card["summary"] = json!("a\nb"), "summary"),
            (|card| card["summary"] = json!(" "), "summary"),
            (|card| card["summary"] = Value::Null, "unreadable"),
            (|card| card["indicator"] = json!("hard-stop"), "indicator"),
            (|card| card["source"]["label"] = json!(""), "source"),
            (|card| card["selectionBehavior"] = json!("all"), "selectionBehavior"),
            (|card| drop(card.as_object_mut().and_then(|card| card.remove("selectionBehavior"))), "selectionBehavior"),
            (|card| card["suggestions"][1]["isRecommended"] = json!(true), "selectionBehavior"),
            (|card| card["suggestions"][0]["label"] = json!(""), "suggestions"),
            (|card| card["suggestions"][0]["actions"][1]["resource"] = json!({}), "unreadable"),
            (|card| card["suggestions"][0]["actions"][0]["resourceId"] = json!(""), "suggestions"),
            (|card| card["links"][0]["appContext"] = json!("c"), "links"),
            (|card| card["links"][0]["url"] = json!("/x"), "links"),
            (|card| card["links"][1]["url"] = json!("javascript:alert(1)"), "links"),
            (|card| card["overrideReasons"][0]["display"] = json!(""), "overrideReasons"),
        ];
        for (change, member) in wrong {
            assert_eq!(fault(change), Some(member));
        }
    }

    #[test]
    fn only_what_says_that_it_is_harmless_may_be_missed() {
        for (text, expected) in [(r#"{"indicator":"info"}"#, false), (r#"{"indicator":"critical"}"#, true), ("{}", true), ("5", true)] {
            assert_eq!(may_be_critical(serde_json::from_str(text).unwrap()), expected, "{text}");
        }
    }
}
