//! Whether an answer is a CDS Hooks response (2.0.1, section "CDS Service Response"): read borrowed, and kept as it came.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::error::AnswerError;

/// Characters that a summary may have.
const SUMMARY: usize = 139;

/// Who made an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Maker {
    /// Our engine, of a pack whose texts, links and reasons were checked when it was built.
    Pack,
    /// Anybody.
    Plugin,
}

/// Checks an answer.
pub(crate) fn check(text: &str, maker: Maker) -> Result<(), AnswerError> {
    let response: Response<'_> = serde_json::from_str(text).map_err(|error| {
        let words = error.to_string();
        if error.is_data() { AnswerError::NotCdsHooks(words) } else { AnswerError::NotJson(words) }
    })?;
    for (index, card) in response.cards.iter().enumerate() {
        let checked = card.check().and_then(|()| if maker == Maker::Plugin { card.check_content() } else { Ok(()) });
        checked.map_err(|why| AnswerError::NotCdsHooks(format!("card {index}: {why}")))?;
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
    #[serde(borrow, default)]
    override_reasons: Vec<Reason<'a>>,
}

#[derive(Deserialize)]
struct Reason<'a> {
    #[serde(borrow, default)]
    system: Cow<'a, str>,
    #[serde(borrow, default)]
    code: Cow<'a, str>,
    #[serde(borrow, default)]
    display: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Indicator {
    Info,
    Warning,
    Critical,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
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
#[serde(rename_all = "camelCase")]
struct Suggestion<'a> {
    #[serde(borrow)]
    label: Cow<'a, str>,
    #[serde(default)]
    is_recommended: bool,
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
    #[serde(borrow)]
    resource_id: Option<Cow<'a, str>>,
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
#[serde(rename_all = "camelCase")]
struct Link<'a> {
    #[serde(borrow)]
    label: Cow<'a, str>,
    #[serde(borrow)]
    url: Cow<'a, str>,
    r#type: LinkType,
    app_context: Option<IgnoredAny>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
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

    /// What nobody has checked before.
    fn check_content(&self) -> Result<(), String> {
        if self.summary.contains(char::is_control) {
            return Err("a summary with control characters".to_owned());
        }
        let recommended = self.suggestions.iter().filter(|suggestion| suggestion.is_recommended).count();
        if self.selection_behavior == Some(SelectionBehavior::AtMostOne) && recommended > 1 {
            return Err("several recommended suggestions of which at most one may be taken".to_owned());
        }
        if self.override_reasons.iter().any(|reason| reason.system.is_empty() || reason.code.is_empty() || reason.display.is_empty()) {
            return Err("an override reason without system, code and display".to_owned());
        }
        self.links.iter().try_for_each(Link::check)
    }
}

impl Link<'_> {
    fn check(&self) -> Result<(), String> {
        if !["https://", "http://"]
            .iter()
            .any(|scheme| self.url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
        {
            return Err("a link that is no address of the web".to_owned());
        }
        if self.r#type == LinkType::Absolute && self.app_context.is_some() {
            return Err("an absolute link with an appContext".to_owned());
        }
        Ok(())
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
            ActionType::Delete if !self.resource_id.as_deref().is_some_and(is_reference) => {
                Err("an action that deletes without a resourceId of the form Type/id".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// Whether this is `Type/id`: nothing in it has a meaning in an address or in HTML.
fn is_reference(text: &str) -> bool {
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte));
    text.split_once('/').is_some_and(|(kind, id)| !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_alphabetic()) && is_id(id))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn refused(maker: Maker, change: fn(&mut Value)) -> Option<String> {
        let mut card = json!({
            "summary": "s", "indicator": "info", "source": {"label": "l"}, "selectionBehavior": "at-most-one",
            "suggestions": [{"label": "x", "isRecommended": true, "actions": [
                {"type": "delete", "description": "d", "resourceId": "MedicationRequest/1"},
                {"type": "create", "description": "d", "resource": {"resourceType": "Task"}}]}, {"label": "y"}],
            "links": [{"label": "l", "url": "https://a.example", "type": "absolute"},
                {"label": "l", "url": "HTTPS://a.example", "type": "smart", "appContext": "c"}],
            "overrideReasons": [{"system": "s", "code": "c", "display": "d"}],
        });
        change(&mut card);
        check(&json!({"cards": [card]}).to_string(), maker).err().map(|error| error.to_string())
    }

    #[test]
    fn what_the_standard_forbids_is_refused() {
        assert_eq!(refused(Maker::Plugin, |_| ()), None);
        assert_eq!(refused(Maker::Plugin, |card| card["summary"] = json!("x".repeat(139))), None);
        let wrong: [(fn(&mut Value), &str); 11] = [
            (|card| card["summary"] = json!("x".repeat(140)), "summary of 140"),
            (|card| card["summary"] = json!("a\nb"), "control characters"),
            (|card| card["indicator"] = json!("hard-stop"), "hard-stop"),
            (|card| card["selectionBehavior"] = json!("all"), "all"),
            (|card| card["suggestions"][1]["isRecommended"] = json!(true), "at most one"),
            (|card| card["suggestions"][0]["actions"][0]["resourceId"] = json!("MedicationRequest/<b>"), "Type/id"),
            (|card| card["suggestions"][0]["actions"][1]["resource"] = json!({}), "resourceType"),
            (|card| card["links"][0]["appContext"] = json!("c"), "appContext"),
            (|card| card["links"][0]["url"] = json!("/x"), "address of the web"),
            (|card| card["links"][1]["url"] = json!("javascript:alert(1)"), "address of the web"),
            (|card| card["overrideReasons"][0]["display"] = json!(""), "override reason"),
        ];
        for (change, word) in wrong {
            let why = refused(Maker::Plugin, change).unwrap_or_default();
            assert!(why.contains(word), "{word}: {why}");
        }
    }

    #[test]
    fn what_a_packs_author_may_decide_does_not_cost_the_packs_other_cards() {
        assert_eq!(refused(Maker::Pack, |card| card["links"][0]["url"] = json!("/x")), None);
        assert_eq!(refused(Maker::Pack, |card| card["overrideReasons"][0]["display"] = json!("")), None);
        assert!(refused(Maker::Pack, |card| card["summary"] = json!("")).is_some());
    }
}
