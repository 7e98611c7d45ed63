//! A card, as far as the log, feedback and the client's own list of hosts need it. Whether it is one that the standard
//! allows is the sandbox's to say.

use serde::Deserialize;
use url::Url;

use super::answer::{Coding, Shown};

/// A card.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Card {
    pub(super) uuid: Option<String>,
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

/// A link of a card.
#[derive(Deserialize)]
pub(super) struct Link {
    url: String,
}

impl Card {
    /// As the log keeps it.
    pub(super) fn shown(self, uuid: String) -> Shown {
        let topic = self.source.topic.map(|topic| topic.code).unwrap_or_default();
        let (rule, version, outcome) = match self.extension.decision {
            Some(origin) => (origin.rule, origin.version, origin.outcome),
            None => (topic, String::new(), String::new()),
        };
        let suggestions = self.suggestions.into_iter().filter_map(|suggestion| suggestion.uuid).collect();
        let reasons = self.override_reasons.iter().map(|reason| reason.code.clone()).collect();
        Shown { uuid, indicator: self.indicator, rule, version, outcome, suggestions, reasons, offered: self.override_reasons }
    }
}

impl Link {
    /// The host that it leads to; `None` where it is no address of the web.
    pub(super) fn host(&self) -> Option<String> {
        let url = Url::parse(&self.url).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
        url.host_str().map(str::to_owned)
    }
}
