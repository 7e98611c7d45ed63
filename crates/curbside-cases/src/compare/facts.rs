//! What definitions of a pack say, as a case expects it.

use curbside_chart::Chart;
use curbside_engine::{Answer, Engine, Pack};
use curbside_rules::compile::DefinitionBody;
use curbside_rules::fact::Fact;
use curbside_rules::{DefId, Evaluation, Truth};

use super::{Direction, Mismatch};
use crate::file::{Case, FactWant, truth_named};

pub(super) fn compare(case: &Case, engine: &Engine, chart: &Chart<'_>, answer: &Answer) -> Vec<Mismatch> {
    let mut list = Vec::new();
    if case.expected.facts.is_empty() {
        return list;
    }
    let Ok((as_of, _)) = case.moment() else { return list };
    let evaluations: Vec<(&Pack, Evaluation<'_>)> =
        engine.packs().iter().map(|pack| (pack, Evaluation::new(&pack.plan, chart, as_of, &answer.hook))).collect();
    for (name, wanted) in &case.expected.facts {
        let mut say = |direction, got: String| {
            let (about, expected) = (format!("fact {}", name.value), wanted.value.to_string());
            list.push(Mismatch { direction, about, expected, got, span: wanted.span, why: Vec::new() });
        };
        let found = evaluations.iter().find_map(|(pack, evaluation)| Some((evaluation, pack.plan.definition(None, &name.value)?)));
        let Some((evaluation, id)) = found else {
            let known = engine.packs().iter().flat_map(|pack| pack.plan.definitions.iter().map(|definition| &*definition.name));
            let help = curbside_source::did_you_mean(&name.value, known).map(|help| format!(" ({help})")).unwrap_or_default();
            say(Direction::Missing, format!("no such definition{help}"));
            continue;
        };
        match &wanted.value {
            FactWant::Value(text) => {
                let got = value(evaluation, id, text);
                if got != *text {
                    let direction = match (truth_named(text), truth_named(&got)) {
                        (Some(expected), Some(got)) => Direction::of(&expected, &got),
                        _ => Direction::Different,
                    };
                    say(direction, got);
                }
            }
            other => {
                let got = evaluation.fact_of(id);
                if !fits(other, &got) {
                    say(Direction::Different, shown(&got));
                }
            }
        }
    }
    list
}

/// What a definition says in one word: its label, where one is expected and it has one, else its truth.
fn value(evaluation: &Evaluation<'_>, id: DefId, wanted: &str) -> String {
    let body = evaluation.plan().definitions.get(id.index()).map(|definition| &definition.body);
    if !matches!(body, Some(DefinitionBody::Criterion(_))) {
        return shown(&evaluation.fact_of(id));
    }
    let verdict = evaluation.verdict(id);
    match &verdict.label {
        Some(label) if truth_named(wanted).is_none() => label.to_string(),
        _ => verdict.truth.as_str().to_owned(),
    }
}

fn fits(wanted: &FactWant, got: &Fact) -> bool {
    match (wanted, got) {
        (FactWant::Value(text), got) => *text == shown(got),
        (FactWant::Record(members), Fact::Record(found)) => members.iter().all(|(name, wanted)| {
            let found = found.iter().find(|(known, _)| known == name);
            found.is_some_and(|(_, got)| fits(wanted, got))
        }),
        (FactWant::List(wanted), Fact::List(found)) => wanted.len() == found.len() && pair(wanted, &found.iter().collect::<Vec<_>>()),
        _ => false,
    }
}

/// Whether each of what is wanted fits one of its own of what is left.
fn pair(wanted: &[FactWant], left: &[&Fact]) -> bool {
    let Some((first, rest)) = wanted.split_first() else { return true };
    left.iter().enumerate().filter(|(_, got)| fits(first, got)).any(|(at, _)| {
        let others: Vec<&Fact> = left.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, got)| *got).collect();
        pair(rest, &others)
    })
}

fn shown(fact: &Fact) -> String {
    match fact {
        Fact::Text(text) | Fact::Number(text) => text.clone(),
        Fact::Truth(Truth::True) => "true".to_owned(),
        Fact::Truth(Truth::False) => "false".to_owned(),
        Fact::Truth(Truth::Unknown) => "unknown".to_owned(),
        Fact::Missing => "missing".to_owned(),
        Fact::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Fact::Record(members) => {
            let members: Vec<String> = members.iter().map(|(name, value)| format!("{name}: {}", shown(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}
