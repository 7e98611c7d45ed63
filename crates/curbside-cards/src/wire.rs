//! A CDS Hooks card as it goes over the wire (CDS Hooks 2.0.1, section "CDS Service Response").

use curbside_rules::model::Indicator;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    /// Its id, for feedback.
    pub uuid: String,
    /// One sentence of at most 139 characters, without markup.
    pub summary: String,
    /// More, in GitHub-flavoured Markdown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// How urgent.
    pub indicator: Indicator,
    /// Where the guidance comes from.
    pub source: Source,
    /// What could be done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<Suggestion>,
    /// How many of the suggestions may be taken; there where there are suggestions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection_behavior: Option<SelectionBehavior>,
    /// Reasons for overriding.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub override_reasons: Vec<Coding>,
    /// Links.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Which decision it shows, under `org.curbside.decision`.
    pub extension: Extension,
}

/// Where the guidance comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// Its name.
    pub label: String,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The rule, as a code.
    pub topic: Coding,
}

/// A code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Coding {
    /// The code.
    pub code: String,
    /// Its system.
    pub system: String,
    /// What a person reads.
    pub display: String,
}

/// How many suggestions may be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SelectionBehavior {
    /// One, or none.
    AtMostOne,
    /// Any number.
    Any,
}

/// What could be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Suggestion {
    /// What the clinician reads.
    pub label: String,
    /// Its id, for feedback.
    pub uuid: String,
    /// Whether it is the recommended one.
    pub is_recommended: bool,
    /// What it does, all of it.
    pub actions: Vec<Action>,
}

/// What a suggestion does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Action {
    /// Creates a resource.
    Create {
        /// In words.
        description: String,
        /// The resource.
        resource: Value,
    },
    /// Removes a resource.
    Delete {
        /// In words.
        description: String,
        /// `Type/id`.
        #[serde(rename = "resourceId")]
        resource_id: String,
    },
}

/// A link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// What the clinician reads.
    pub label: String,
    /// Where it leads.
    pub url: String,
    /// `absolute` or `smart`.
    pub r#type: String,
    /// What a SMART app is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_context: Option<String>,
}

/// Curbside's own member of a card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Extension {
    /// The decision that the card shows.
    #[serde(rename = "org.curbside.decision")]
    pub decision: Shown,
}

/// The decision that a card shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Shown {
    /// The rule's id.
    pub rule: String,
    /// Its version.
    pub version: String,
    /// `met` or `unknown`.
    pub outcome: String,
}
