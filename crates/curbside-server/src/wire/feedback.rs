//! Feedback, in the standard's spelling and in those that clients are known to use.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::answer::Coding;
use super::json::Once;
use super::problem::{Issue, Problem};

/// Most items of one body.
pub(crate) const MAX_ITEMS: usize = 1000;
/// Longest comment that is kept, in characters.
const MAX_COMMENT: usize = 4000;
/// Longest extension that is kept, in bytes: a part of one would be none.
const MAX_EXTENSION: usize = 4000;
/// Longest id or code that is kept, in characters.
const MAX_ID: usize = 256;
/// How far ahead of us a client's clock may be, in hours.
const MAX_AHEAD: i64 = 24;

/// What a clinician did with a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its place in the batch.
    pub index: usize,
    /// The card's id, as the client says it.
    pub card: String,
    /// Whether a suggestion was taken.
    pub accepted: bool,
    /// Ids of the suggestions taken, in order.
    pub suggestions: Vec<String>,
    /// The reason for overriding.
    pub reason: Option<Coding>,
    /// What the EHR says of a reason in its own words, as a JSON object.
    pub reason_extension: Option<String>,
    /// What the clinician wrote: may name a patient.
    pub comment: Option<String>,
    /// When, in milliseconds since 1970.
    pub at: i64,
}

/// The items of a body, each read or refused. `now` in milliseconds since 1970.
pub(crate) fn read(body: &[u8], now: i64) -> Result<Vec<Result<Item, Issue>>, Problem> {
    let text = super::envelope::text(body)?;
    if super::json::too_deep(text.as_bytes()) {
        return Err(Problem::syntax("The body is nested too deeply"));
    }
    let Once(value) = serde_json::from_str(text).map_err(|error| super::envelope::broken(&error))?;
    let items = match value {
        Value::Array(items) => items,
        Value::Object(mut object) => match object.remove("feedback") {
            Some(Value::Array(items)) => items,
            Some(item @ Value::Object(_)) if item.get("card").is_some() => vec![item],
            Some(_) => return Err(Problem::value("feedback", "a list of feedback items")),
            None if object.contains_key("card") => vec![Value::Object(object)],
            None => return Err(Problem::missing("feedback")),
        },
        _ => return Err(Problem::syntax("The body is not a JSON object")),
    };
    if items.len() > MAX_ITEMS {
        return Err(Problem::too_long("At most 1000 feedback items are read at once"));
    }
    Ok(items.iter().enumerate().map(|(index, item)| self::item(index, item, now)).collect())
}

fn item(index: usize, item: &Value, now: i64) -> Result<Item, Issue> {
    let refused = |code, member: &str, text: &str| Issue::warning(code, format!("Item rejected: {text}")).at(place(index, member));
    let Value::Object(item) = item else { return Err(refused("value", "", "expected an object")) };
    let text = |member| item.get(member).and_then(Value::as_str).filter(|text| !text.is_empty());
    let card = text("card").ok_or_else(|| refused("required", "card", "card is required"))?;
    let card = cut(card.strip_prefix("urn:uuid:").unwrap_or(card), MAX_ID);
    let accepted = match text("outcome") {
        Some("accepted") => true,
        Some("overridden") => false,
        Some(_) => return Err(refused("value", "outcome", "outcome must be accepted or overridden")),
        None => return Err(refused("required", "outcome", "outcome is required")),
    };
    let at = text("outcomeTimestamp").ok_or_else(|| refused("required", "outcomeTimestamp", "outcomeTimestamp is required"))?;
    let at = moment(at).ok_or_else(|| refused("value", "outcomeTimestamp", "outcomeTimestamp must be an instant"))?;
    if at > now.saturating_add(MAX_AHEAD * 3_600_000) {
        return Err(refused("value", "outcomeTimestamp", "outcomeTimestamp lies in the future"));
    }
    let suggestions = if accepted { suggestions(item) } else { Vec::new() };
    if accepted && suggestions.is_empty() {
        return Err(refused("required", "acceptedSuggestions", "accepted needs the ids of the suggestions taken"));
    }
    let Override { reason, extension: reason_extension, comment } = if accepted { Override::default() } else { why(item) };
    Ok(Item { index, card, accepted, suggestions, reason, reason_extension, comment, at })
}

/// `feedback[2].outcome`.
pub(crate) fn place(index: usize, member: &str) -> String {
    match member {
        "" => format!("feedback[{index}]"),
        member => format!("feedback[{index}].{member}"),
    }
}

/// The instant that a text names: RFC 3339, with any offset and any fraction, and with the ` UTC` that some add.
fn moment(text: &str) -> Option<i64> {
    let text = text.trim().trim_end_matches("UTC").trim();
    let text = match text.split_once('.') {
        Some((before, fraction)) => {
            // The parser reads nanoseconds and no less.
            let digits = fraction.len() - fraction.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
            let (digits, behind) = fraction.split_at(digits);
            format!("{before}.{}{behind}", digits.get(..9).unwrap_or(digits))
        }
        None => text.to_owned(),
    };
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

fn suggestions(item: &Map<String, Value>) -> Vec<String> {
    let found = ["acceptedSuggestions", "acceptedSuggestion"].into_iter().find_map(|name| item.get(name));
    let list = match found {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let id =
        |one: &Value| one.as_str().or_else(|| one.get("id")?.as_str()).map(|id| cut(id.strip_prefix("urn:uuid:").unwrap_or(id), MAX_ID));
    let mut ids: Vec<String> = list.into_iter().filter_map(id).filter(|id| !id.is_empty()).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// Why a card was overridden.
#[derive(Default)]
struct Override {
    reason: Option<Coding>,
    extension: Option<String>,
    comment: Option<String>,
}

fn why(item: &Map<String, Value>) -> Override {
    let names = ["overrideReason", "overrideReasons", "overriddeReason"];
    let Some(found) = names.into_iter().find_map(|name| item.get(name)) else { return Override::default() };
    let found = match found {
        Value::Array(list) => list.first(),
        one => Some(one),
    };
    let Some(Value::Object(found)) = found else { return Override::default() };
    // Drafts put the code beside the comment.
    let coding = found.get("reason").and_then(Value::as_object).unwrap_or(found);
    let text = |member: &str| coding.get(member).and_then(Value::as_str).map(|text| cut(text.trim(), MAX_ID)).unwrap_or_default();
    let code = text("code");
    let comment = match found.get("userComment") {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Array(lines)) => Some(lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")),
        _ => None,
    };
    let comment = comment.filter(|text| !text.trim().is_empty()).map(|text| shorten(&text));
    let reason = (!code.is_empty()).then(|| Coding { system: text("system"), code, display: text("display") });
    let extension = found.get("extension").filter(|extension| extension.as_object().is_some_and(|members| !members.is_empty()));
    let extension = extension.map(ToString::to_string).filter(|text| text.len() <= MAX_EXTENSION);
    Override { reason, extension, comment }
}

fn shorten(text: &str) -> String {
    let is_long = text.chars().count() > MAX_COMMENT;
    cut(text, MAX_COMMENT) + if is_long { "… (cut)" } else { "" }
}

/// The beginning of a text, without what PostgreSQL does not keep.
fn cut(text: &str, most: usize) -> String {
    text.chars().filter(|letter| *letter != '\0').take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_780_000_000_000;

    fn one(item: &str) -> Result<Item, Issue> {
        read(format!("{{\"feedback\": [{item}]}}").as_bytes(), NOW).unwrap().remove(0)
    }

    #[test]
    fn every_spelling_of_an_override_reads_the_same() {
        let coding = r#"{"code": "c", "system": "s"}"#;
        for shape in [
            format!(r#""overrideReason": {{"reason": {coding}, "userComment": "x"}}"#),
            format!(r#""overrideReasons": {{"reason": {coding}, "userComment": "x"}}"#),
            format!(r#""overrideReasons": [{{"reason": {coding}, "userComment": "x"}}]"#),
            format!(r#""overriddeReason": {{"reason": {coding}, "userComment": ["x"]}}"#),
            r#""overrideReason": {"code": "c", "system": "s", "userComment": "x"}"#.to_owned(),
        ] {
            let item = one(&format!(r#"{{"card": "1", "outcome": "overridden", "outcomeTimestamp": "2026-05-04T09:13:02Z", {shape}}}"#));
            let item = item.unwrap();
            let reason = Coding { system: "s".into(), code: "c".into(), ..Coding::default() };
            assert_eq!((item.reason, item.comment), (Some(reason), Some("x".into())), "{shape}");
        }
        let nul = r#"{"card": "1", "outcome": "overridden", "outcomeTimestamp": "2026-05-04T09:13:02Z",
            "overrideReason": {"reason": {"code": "c\u0000"}, "userComment": "x\u0000y"}}"#;
        let nul = one(nul).unwrap();
        assert_eq!((nul.reason.unwrap().code.as_str(), nul.comment.as_deref()), ("c", Some("xy")));
        let epic = r#"{"card": "1", "outcome": "overridden", "outcomeTimestamp": "2026-05-04T09:13:02Z",
            "overrideReasons": {"extension": {"com.epic.cdshooks.feedback.overrideReason.reasonTitle": "t"}}}"#;
        let item = one(epic).unwrap();
        let kept = r#"{"com.epic.cdshooks.feedback.overrideReason.reasonTitle":"t"}"#;
        assert_eq!((item.reason, item.reason_extension.as_deref()), (None, Some(kept)));
    }

    #[test]
    fn times_are_instants_and_not_in_the_future() {
        let at =
            |time: &str| one(&format!(r#"{{"card": "1", "outcome": "overridden", "outcomeTimestamp": "{time}"}}"#)).map(|item| item.at);
        let same = at("2026-05-04T09:13:02Z").unwrap();
        assert_eq!(at("2026-05-04T11:13:02+02:00").unwrap(), same);
        assert_eq!(at("2026-05-04T09:13:02Z UTC").unwrap(), same);
        assert_eq!(at("2026-05-04T09:13:02.120Z").unwrap(), same + 120);
        assert_eq!(at("2026-05-04T09:13:02.1234567890123Z").unwrap(), same + 123);
        assert_eq!(at("2026-05-04T11:13:02.999999999999+02:00").unwrap(), same + 999);
        assert!(at("2026-05-04T09:13:02.Z").is_err());
        assert!(at("1985-01-01T00:00:00Z").is_ok());
        assert!(at("yesterday").is_err() && at("2126-05-04T09:13:02Z").is_err());
    }

    #[test]
    fn what_is_missing_is_named_and_bodies_may_be_bare() {
        let bad = r#"[{"outcome": "accepted"}, {"card": "1", "outcomeTimestamp": "2026-05-04T09:13:02Z", "outcome": "ignored"},
            {"card": "1", "outcomeTimestamp": "2026-05-04T09:13:02Z", "outcome": "accepted", "acceptedSuggestions": []}, 5]"#;
        let places: Vec<String> = read(bad.as_bytes(), NOW)
            .unwrap()
            .into_iter()
            .map(|item| serde_json::to_value(item.unwrap_err()).unwrap()["expression"][0].to_string())
            .collect();
        assert_eq!(places, ["\"feedback[0].card\"", "\"feedback[1].outcome\"", "\"feedback[2].acceptedSuggestions\"", "\"feedback[3]\""]);
        assert!(read(b"{}", NOW).is_err() && read(br#"{"feedback": {}}"#, NOW).is_err() && read(b"5", NOW).is_err());
        assert_eq!(read(br#"{"feedback": []}"#, NOW).unwrap().len(), 0);
        assert_eq!(read(br#"{"card": "1"}"#, NOW).unwrap().len(), 1);
    }

    #[test]
    fn long_comments_are_cut() {
        let long = format!(
            r#"{{"card": "1", "outcome": "overridden", "outcomeTimestamp": "2026-05-04T09:13:02Z", "overrideReason": {{"userComment": "{}"}}}}"#,
            "ä".repeat(10_000)
        );
        assert_eq!(one(&long).unwrap().comment.unwrap().chars().count(), 4000 + "… (cut)".chars().count());
    }
}
