//! What definitions of a pack say, as a case expects it.

use std::collections::BTreeMap;

use curbside_engine::{DefinitionValue, Engine, Value};
use curbside_rules::Truth;

use super::{Direction, Mismatch};
use crate::file::{Case, FactWant, truth_named};

pub(super) fn compare(case: &Case, engine: &Engine, said: &BTreeMap<String, DefinitionValue>) -> Vec<Mismatch> {
    let mut list = Vec::new();
    for (name, wanted) in &case.expected.facts {
        let mut say = |direction, got: String| {
            let (about, expected) = (format!("fact {}", name.value), wanted.value.to_string());
            list.push(Mismatch { direction, about, expected, got, span: wanted.span, why: Vec::new() });
        };
        let Some(said) = said.get(&name.value) else {
            let known = engine.packs().iter().flat_map(|pack| pack.plan.definitions.iter().map(|definition| &*definition.name));
            let help = curbside_source::did_you_mean(&name.value, known).map(|help| format!(" ({help})")).unwrap_or_default();
            say(Direction::Missing, format!("no such definition{help}"));
            continue;
        };
        match &wanted.value {
            FactWant::Value(text) => {
                let got = in_a_word(said, text);
                if got != *text {
                    let direction = match (truth_named(text), truth_named(&got)) {
                        (Some(expected), Some(got)) => Direction::of(&expected, &got),
                        _ => Direction::Different,
                    };
                    say(direction, got);
                }
            }
            other if !fits(other, &said.value) => say(Direction::Different, shown(&said.value)),
            _ => {}
        }
    }
    list
}

/// What a definition says in one word: its label, where one is expected and it has one, else its truth.
fn in_a_word(said: &DefinitionValue, wanted: &str) -> String {
    match (&said.label, said.truth) {
        (_, None) => shown(&said.value),
        (Some(label), Some(_)) if truth_named(wanted).is_none() => label.clone(),
        (_, Some(truth)) => truth.as_str().to_owned(),
    }
}

fn fits(wanted: &FactWant, got: &Value) -> bool {
    match (wanted, got) {
        (FactWant::Value(text), got) => *text == shown(got),
        (FactWant::Record(members), Value::Record(found)) => members.iter().all(|(name, wanted)| {
            let found = found.iter().find(|(known, _)| known == name);
            found.is_some_and(|(_, got)| fits(wanted, got))
        }),
        (FactWant::List(wanted), Value::List(found)) => wanted.len() == found.len() && pair(wanted, &found.iter().collect::<Vec<_>>()),
        _ => false,
    }
}

/// Whether each of what is wanted fits one of its own of what is left.
fn pair(wanted: &[FactWant], left: &[&Value]) -> bool {
    let Some((first, rest)) = wanted.split_first() else { return true };
    left.iter().enumerate().filter(|(_, got)| fits(first, got)).any(|(at, _)| {
        let others: Vec<&Value> = left.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, got)| *got).collect();
        pair(rest, &others)
    })
}

fn shown(fact: &Value) -> String {
    match fact {
        Value::Text(text) | Value::Number(text) => text.clone(),
        Value::Truth(Truth::True) => "true".to_owned(),
        Value::Truth(Truth::False) => "false".to_owned(),
        Value::Truth(Truth::Unknown) => "unknown".to_owned(),
        Value::Missing => "missing".to_owned(),
        Value::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Record(members) => {
            let members: Vec<String> = members.iter().map(|(name, value)| format!("{name}: {}", shown(value))).collect();
            format!("{{{}}}", members.join(", "))
        }
    }
}
