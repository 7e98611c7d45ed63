//! A rule, ready.

use curbside_chart::time::{Day, Duration};
use curbside_source::{Diagnostic, Diagnostics, Span, Spanned};
use curbside_terminology::Pending;

use super::compiler::{Compiler, Node, Uses};
use crate::criteria::Criterion;
use crate::criteria::test::Test;
use crate::evaluate::{Cx, Verdict};
use crate::model::{Anchor, Card, CardRow, Claim, Effective, IfUnknown, Outcome, RuleFile, Status, Suggestion};
use crate::truth::Truth;

/// A rule, ready.
#[derive(Debug)]
pub struct RulePlan {
    /// Its id: the name of its file.
    pub id: String,
    /// What it is about.
    pub title: Spanned<String>,
    /// Whether it speaks.
    pub status: Status,
    /// What it rests on.
    pub source: Vec<Claim>,
    /// Where it is false, the rule has nothing to say.
    pub applies: Option<Node>,
    /// What becomes of an unknown outcome.
    pub if_unknown: IfUnknown,
    /// Rules whose cards this one's replaces.
    pub suppresses: Vec<String>,
    /// Its versions.
    pub versions: Vec<VersionPlan>,
    /// What it is made of.
    pub uses: Uses,
}

/// A version of a rule, ready.
#[derive(Debug)]
pub struct VersionPlan {
    /// Its version.
    pub version: String,
    /// First day on which it is in force.
    pub from: Option<Day>,
    /// First day on which it no longer is.
    pub to: Option<Day>,
    /// What must hold.
    pub when: Node,
    /// What must not hold.
    pub unless: Option<Node>,
    /// Cards: the first row that fits is shown.
    pub cards: Vec<CardPlan>,
    /// Where its criteria are written.
    pub span: Span,
}

/// A card, ready but for its texts.
#[derive(Debug)]
pub struct CardPlan {
    /// As its author wrote it.
    pub row: CardRow,
    /// Only where this is true.
    pub condition: Option<Node>,
    /// What could be done.
    pub suggestions: Vec<SuggestionPlan>,
    /// For how long a server does not show it again. Deciding pays no heed to it: it knows one moment only.
    pub repeat_after: Option<Duration>,
}

/// A suggestion, ready but for its texts.
#[derive(Debug)]
pub struct SuggestionPlan {
    /// As its author wrote it.
    pub model: Suggestion,
    /// Only where this is true.
    pub condition: Option<Node>,
    /// Withheld where this is true or unknown.
    pub unless: Option<Node>,
}

impl VersionPlan {
    /// Whether it is in force on a day.
    #[must_use]
    pub fn is_in_force(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day < to)
    }
}

/// What the file of a rule says for one version.
struct Edition<'f> {
    version: String,
    effective: Option<&'f Spanned<Effective>>,
    when: &'f Spanned<Criterion>,
    unless: Option<&'f Spanned<Criterion>>,
    cards: Vec<CardRow>,
}

/// Makes a rule ready.
pub(crate) fn compile(id: &str, file: &RuleFile, pack_version: &str, compiler: &mut Compiler<'_>) -> RulePlan {
    for claim in &file.source {
        compiler.cited(&claim.from);
        let what = format!("claim: {}", claim.claim);
        compiler.uses.pending.extend(Pending::of(claim.sign_off.as_ref(), Some(&claim.from), what, claim.from.span));
    }
    let applies = compiler.optional(file.applies.as_ref(), |compiler, criterion| compiler.criterion(criterion));
    let editions = editions(file, pack_version, compiler);
    let versions: Vec<VersionPlan> = editions.iter().map(|edition| version(edition, compiler)).collect();
    overlaps(&editions, &versions, compiler.found);
    for other in &file.suppresses {
        compiler.named_rule(other);
        if other.value == id {
            compiler.error("cycle", other.span, format!("rule `{id}` suppresses itself: it would show no card"));
        }
    }
    RulePlan {
        id: id.to_owned(),
        title: file.title.clone(),
        status: file.status,
        source: file.source.clone(),
        applies: applies.flatten(),
        if_unknown: file.if_unknown,
        suppresses: file.suppresses.iter().map(|name| name.value.clone()).collect(),
        versions,
        uses: std::mem::take(&mut compiler.uses),
    }
}

impl RulePlan {
    /// A rule whose file could not be read.
    pub(crate) fn unreadable(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            title: Spanned::unplaced(id.to_owned()),
            status: Status::Retired,
            source: Vec::new(),
            applies: None,
            if_unknown: IfUnknown::Silent,
            suppresses: Vec::new(),
            versions: Vec::new(),
            uses: Uses::default(),
        }
    }
}

/// Stands for a criterion that could not be made ready.
#[derive(Debug)]
struct Broken;

impl Test for Broken {
    fn decide(&self, _: Cx<'_, '_>) -> Verdict {
        Verdict::new(Truth::Unknown, "this criterion could not be read")
    }
}

/// The versions of a file: those it lists, else the one it is.
fn editions<'f>(file: &'f RuleFile, pack_version: &str, compiler: &mut Compiler<'_>) -> Vec<Edition<'f>> {
    let missing = |span: Span, compiler: &mut Compiler<'_>| {
        compiler.report(Diagnostic::error("missing-key", span, "`when` is missing: what must hold?").help("add `when:` with a criterion"));
    };
    if file.versions.is_empty() {
        let Some(when) = &file.when else {
            missing(file.title.span, compiler);
            return Vec::new();
        };
        return vec![Edition {
            version: file.version.as_ref().map_or_else(|| pack_version.to_owned(), |version| version.value.clone()),
            effective: file.effective.as_ref(),
            when,
            unless: file.unless.as_ref(),
            cards: rows(&file.cards, file.card.as_ref(), file.card_if_unknown.as_ref(), compiler),
        }];
    }
    let shared = rows(&file.cards, file.card.as_ref(), file.card_if_unknown.as_ref(), compiler);
    let mut editions = Vec::new();
    for own in &file.versions {
        let Some(when) = own.when.as_ref().or(file.when.as_ref()) else {
            missing(own.version.span, compiler);
            continue;
        };
        let says_own = own.cards.is_some() || own.card.is_some() || own.card_if_unknown.is_some();
        let cards = rows(own.cards.as_deref().unwrap_or_default(), own.card.as_ref(), own.card_if_unknown.as_ref(), compiler);
        editions.push(Edition {
            version: own.version.value.clone(),
            effective: Some(&own.effective),
            when,
            unless: own.unless.as_ref().or(file.unless.as_ref()),
            cards: if says_own { cards } else { shared.clone() },
        });
    }
    editions
}

/// The cards that are written out and those that are short for one.
fn rows(cards: &[CardRow], card: Option<&Card>, if_unknown: Option<&Card>, compiler: &mut Compiler<'_>) -> Vec<CardRow> {
    if let (Some(row), Some(card)) = (cards.first(), card) {
        let both = Diagnostic::error("several-keys", card.summary.span, "give `card` or `cards`, not both");
        compiler.report(both.also(row.summary.span, "the first of `cards`").help("`card` is short for a row of `cards` without `if`"));
    }
    let short = card.filter(|_| cards.is_empty()).map(|card| CardRow::of(card, Outcome::Met));
    let unknown = if_unknown.map(|card| CardRow::of(card, Outcome::Unknown));
    let rows: Vec<CardRow> = cards.iter().cloned().chain(short).chain(unknown).collect();
    for (at, row) in rows.iter().enumerate() {
        let before = rows.iter().take(at).find(|before| before.outcome == row.outcome && before.r#if.is_none());
        if let Some(before) = before {
            let message = format!("this card is never shown: one of the same outcome ({}) before it always is", row.outcome);
            let finding = Diagnostic::error("unreachable-card", row.summary.span, message).also(before.summary.span, "the card before it");
            compiler.report(finding.help("say with `if` when the earlier one is shown"));
        }
    }
    rows
}

fn version(edition: &Edition<'_>, compiler: &mut Compiler<'_>) -> VersionPlan {
    // A criterion that could not be made ready has been complained about, and the plan is not used.
    let when = compiler.criterion(edition.when).unwrap_or_else(|| compiler.node("when", edition.when.span, Broken));
    let unless = compiler.optional(edition.unless, |compiler, criterion| compiler.criterion(criterion));
    let cards: Vec<CardPlan> = edition.cards.iter().map(|row| card(row, compiler)).collect();
    let effective = edition.effective;
    if let Some(effective) = effective {
        if let Some(source) = &effective.source {
            compiler.cited(source);
        }
        let what = format!("in force {}", describe(effective));
        compiler.uses.pending.extend(Pending::of(effective.sign_off.as_ref(), effective.source.as_ref(), what, effective.span));
    }
    let day = |date: Option<&Spanned<crate::model::DateExpression>>, compiler: &mut Compiler<'_>| {
        let date = date?;
        match (&date.anchor, &date.offset) {
            (Anchor::Day(when), None) if when.is_to_the_day() => when.day(),
            _ => {
                compiler.report(
                    Diagnostic::error("wrong-kind", date.span, "a version is in force from a day of the calendar")
                        .help("write it like `2019-03-05`"),
                );
                None
            }
        }
    };
    let from = day(effective.and_then(|effective| effective.from.as_ref()), compiler);
    let to = day(effective.and_then(|effective| effective.to.as_ref()), compiler);
    if let (Some(from), Some(to), Some(effective)) = (from, to, effective)
        && from >= to
    {
        compiler.error("impossible-range", effective.span, format!("from {from} up to {to} is no time at all"));
    }
    VersionPlan { version: edition.version.clone(), from, to, when, unless: unless.flatten(), cards, span: edition.when.span }
}

fn describe(effective: &Effective) -> String {
    let day = |date: &Option<Spanned<crate::model::DateExpression>>| {
        date.as_ref().map_or_else(|| "open".to_owned(), |date| date.anchor.to_string())
    };
    format!("from {} to {}", day(&effective.from), day(&effective.to))
}

/// No day may have two versions.
fn overlaps(editions: &[Edition<'_>], versions: &[VersionPlan], found: &mut Diagnostics) {
    // Of dates that could not be read, or that are no time at all, enough has been said.
    let is_clear = |effective: &Effective, version: &VersionPlan| {
        effective.from.is_some() == version.from.is_some()
            && effective.to.is_some() == version.to.is_some()
            && version.to.is_none_or(|to| version.from.is_none_or(|from| from < to))
    };
    let dated = editions.iter().zip(versions).filter_map(|(edition, version)| Some((edition.effective?, version)));
    let dated: Vec<_> = dated.filter(|(effective, version)| is_clear(effective, version)).collect();
    for (at, (first_time, first)) in dated.iter().enumerate() {
        for (second_time, second) in dated.iter().skip(at + 1) {
            let (from, to) = (first.from.max(second.from), [first.to, second.to].into_iter().flatten().min());
            if to.is_none_or(|to| from.is_none_or(|from| from < to)) {
                let message = format!("versions {} and {} are in force at the same time", first.version, second.version);
                found.push(Diagnostic::error("overlapping-range", second_time.span, message).also(first_time.span, "the other one"));
            }
        }
    }
}

fn card(row: &CardRow, compiler: &mut Compiler<'_>) -> CardPlan {
    let condition = compiler.optional(row.r#if.as_ref(), |compiler, criterion| compiler.criterion(criterion));
    if let Some(source) = &row.source {
        compiler.cited(source);
    }
    let suggestions = row.suggestions.iter().map(|model| suggestion(model, compiler)).collect();
    let repeat_after = row.repeat_after.as_ref().and_then(|time| compiler.duration(time));
    CardPlan { row: row.clone(), condition: condition.flatten(), suggestions, repeat_after }
}

fn suggestion(model: &Suggestion, compiler: &mut Compiler<'_>) -> SuggestionPlan {
    let condition = compiler.optional(model.r#if.as_ref(), |compiler, criterion| compiler.criterion(criterion));
    let unless = compiler.optional(model.unless.as_ref(), |compiler, criterion| compiler.criterion(criterion));
    if model.create.is_none() && model.remove.is_none() {
        compiler
            .report(Diagnostic::error("nothing-asked", model.label.span, "a suggestion does something").help("give `create` or `remove`"));
    }
    if model.create.is_some() && model.remove.is_some() {
        let both = Diagnostic::error("several-keys", model.label.span, "a suggestion creates or removes, not both");
        compiler.report(both.help("make two suggestions of it"));
    }
    SuggestionPlan { model: model.clone(), condition: condition.flatten(), unless: unless.flatten() }
}
