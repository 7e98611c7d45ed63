//! New expectations, written into the files of cases as they stand: what was expected is replaced where
//! it is written, and all else, comments included, stays.

use curbside_engine::Answer;
use curbside_rules::model::Outcome;
use curbside_source::{FileId, Sources, Span};

use crate::compare::rule_of;
use crate::file::{Case, ExactCard, Shown};

/// A replacement of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// What stands there then.
    pub text: String,
}

/// The edits that make a case expect what the rules said: outcomes, indicators and the list of all cards.
/// Words and facts stay as they are: what they should say is the author's to decide. A case that expects
/// nothing is given every outcome that is not `not-met`, and all its cards.
#[must_use]
pub fn update(case: &Case, answer: &Answer, sources: &Sources) -> Vec<Edit> {
    let mut edits = Vec::new();
    if case.expected.is_empty() {
        return everything(case, answer, sources).into_iter().collect();
    }
    for (rule, wanted) in &case.expected.outcomes {
        let got = answer.decisions.iter().find(|decision| decision.rule == rule.value).map_or(Outcome::NotMet, |decision| decision.outcome);
        if got != wanted.value {
            edits.push(Edit { span: wanted.span, text: got.to_string() });
        }
    }
    for (rule, wanted) in &case.expected.cards {
        let Some(indicator) = &wanted.value.indicator else { continue };
        let card = answer.cards.iter().find(|card| rule_of(card) == rule.value);
        let shown = card.map_or(Shown::None, |card| card.indicator.into());
        if shown != indicator.value {
            edits.push(Edit { span: indicator.span, text: shown.as_str().to_owned() });
        }
    }
    if let Some(exact) = &case.expected.exact_cards {
        let got = cards(answer);
        let same = |wanted: &ExactCard, got: &ExactCard| {
            wanted.rule.value == got.rule.value && (wanted.indicator.is_none() || wanted.indicator == got.indicator)
        };
        if exact.value.len() != got.len() || !exact.value.iter().zip(&got).all(|(wanted, got)| same(wanted, got)) {
            edits.push(Edit { span: exact.span, text: listed(&got) });
        }
    }
    edits
}

/// Applies edits to the text of a file; those of other files are left out.
#[must_use]
pub fn apply(file: FileId, text: &str, edits: &[Edit]) -> String {
    let mut own: Vec<&Edit> = edits.iter().filter(|edit| edit.span.file == file).collect();
    own.sort_by_key(|edit| edit.span.start);
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for edit in own {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        // Edits of one place twice: the first one stands.
        let Some(between) = text.get(from..start) else { continue };
        out.push_str(between);
        out.push_str(&edit.text);
        from = end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

fn cards(answer: &Answer) -> Vec<ExactCard> {
    let card = |card: &curbside_cards::wire::Card| ExactCard {
        rule: curbside_source::Spanned::unplaced(rule_of(card).to_owned()),
        indicator: Some(card.indicator.into()),
    };
    answer.cards.iter().map(card).collect()
}

fn listed(cards: &[ExactCard]) -> String {
    let cards: Vec<String> =
        cards.iter().map(|card| format!("{}: {}", card.rule.value, card.indicator.map_or("info", Shown::as_str))).collect();
    format!("[{}]", cards.join(", "))
}

/// Expectations for a case that has none, behind its name and as deep as that.
fn everything(case: &Case, answer: &Answer, sources: &Sources) -> Option<Edit> {
    let text = sources.whole(case.name.span.file);
    let end = text.get(case.name.span.end as usize..)?.find('\n').map_or(text.len(), |at| case.name.span.end as usize + at);
    // The column of the key `case`, which in a list stands behind a dash.
    let line = text.get(..case.name.span.start as usize)?.rsplit('\n').next()?;
    let indent = " ".repeat(line.find("case:")?);
    let outcomes: Vec<String> = answer
        .decisions
        .iter()
        .filter(|decision| decision.outcome != Outcome::NotMet)
        .map(|decision| format!("{}: {}", decision.rule, decision.outcome))
        .collect();
    let mut lines = String::new();
    if !outcomes.is_empty() {
        lines.push_str(&format!("\n{indent}expect: {{{}}}", outcomes.join(", ")));
    }
    lines.push_str(&format!("\n{indent}exact_cards: {}", listed(&cards(answer))));
    let at = u32::try_from(end).ok()?;
    Some(Edit { span: Span { file: case.name.span.file, start: at, end: at }, text: lines })
}
