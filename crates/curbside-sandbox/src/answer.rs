//! Whether an answer is a CDS Hooks response (2.0.1, section "CDS Service Response"): read borrowed, and kept as it came.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::error::AnswerError;

/// Characters that a summary may have.
const SUMMARY: usize = 139;

/// Checks an answer.
pub(crate) fn check(text: &str) -> Result<(), AnswerError> {
    let response: Response<'_> = serde_json::from_str(text).map_err(|error| {
        let words = error.to_string();
        if error.is_data() { AnswerError::NotCdsHooks(words) } else { AnswerError::NotJson(words) }
    })?;
    for (index, card) in response.cards.iter().enumerate() {
        card.check().map_err(|why| AnswerError::NotCdsHooks(format!("card {index}: {why}")))?;
    }
    for action in response.system_actions.iter().flatten() {
        action.check().map_err(|why| AnswerError::NotCdsHooks(format!("system action: {why}")))?;
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    #[serde(borrow)]
    cards: Vec<Card<'a>>,
    #[serde(borrow)]
    system_actions: Option<Vec<Action<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Card<'a> {
    #[serde(borrow)]
    summary: Cow<'a, str>,
    #[serde(rename = "indicator")]
    _indicator: Indicator,
    #[serde(borrow)]
    source: Source<'a>,
    #[serde(rename = "uuid")]
    _uuid: Option<&'a RawValue>,
    #[serde(borrow)]
    detail: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    suggestions: Vec<Suggestion<'a>>,
    selection_behavior: Option<SelectionBehavior>,
    #[serde(borrow, default)]
    links: Vec<Link<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Indicator {
    Info,
    Warning,
    Critical,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SelectionBehavior {
    AtMostOne,
    Any,
}

#[derive(Deserialize)]
struct Source<'a> {
    #[serde(borrow)]
    label: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Suggestion<'a> {
    #[serde(borrow)]
    label: Cow<'a, str>,
    #[serde(borrow, default)]
    actions: Vec<Action<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Action<'a> {
    r#type: ActionType,
    #[serde(borrow)]
    description: Cow<'a, str>,
    resource: Option<Resource>,
    resource_id: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ActionType {
    Create,
    Update,
    Delete,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    #[serde(rename = "resourceType")]
    _resource_type: String,
}

#[derive(Deserialize)]
struct Link<'a> {
    #[serde(borrow)]
    label: Cow<'a, str>,
    #[serde(borrow)]
    url: Cow<'a, str>,
    #[serde(rename = "type")]
    _type: LinkType,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum LinkType {
    Absolute,
    Smart,
}

impl Card<'_> {
    fn check(&self) -> Result<(), String> {
        let length = self.summary.chars().count();
        if length == 0 || length > SUMMARY {
            return Err(format!("a summary of {length} characters, 1 to {SUMMARY} allowed"));
        }
        if self.source.label.is_empty() {
            return Err("a source without a label".to_owned());
        }
        if self.detail.as_ref().is_some_and(|detail| detail.is_empty()) {
            return Err("an empty detail".to_owned());
        }
        if !self.suggestions.is_empty() && self.selection_behavior.is_none() {
            return Err("suggestions without a selectionBehavior".to_owned());
        }
        for suggestion in &self.suggestions {
            if suggestion.label.is_empty() {
                return Err("a suggestion without a label".to_owned());
            }
            for action in &suggestion.actions {
                action.check()?;
            }
        }
        match self.links.iter().find(|link| link.label.is_empty() || link.url.is_empty()) {
            Some(_) => Err("a link without a label or a URL".to_owned()),
            None => Ok(()),
        }
    }
}

impl Action<'_> {
    fn check(&self) -> Result<(), String> {
        if self.description.is_empty() {
            return Err("an action without a description".to_owned());
        }
        match self.r#type {
            ActionType::Create | ActionType::Update if self.resource.is_none() => {
                Err("an action that creates or updates without a resource".to_owned())
            }
            ActionType::Delete if self.resource_id.is_none() => Err("an action that deletes without a resourceId".to_owned()),
            _ => Ok(()),
        }
    }
}
