//! The same vignettes as real requests with expected answers, where they are at hand: the engine answers
//! them as expected, and our own cases expect the same.

use std::collections::{BTreeMap, BTreeSet};

use curbside_cards::Occasion;
use curbside_cases::{Case, load};
use curbside_chart::input;
use curbside_chart::time::{AsOf, Zone};
use curbside_engine::{Answer, Ask, Engine, MAX_CARDS, MAX_STEPS, Question};
use serde_json::Value;

use crate::files;

/// A vignette: its request and what is expected of the answer.
struct Vignette {
    id: String,
    request: String,
    want: Value,
}

/// The vignettes and each rule's hooks; `None`, said loudly, where they are not at hand.
fn vignettes() -> Option<(Vec<Vignette>, Value)> {
    let folder = files::root().join("../shared/vignettes");
    if !folder.is_dir() {
        eprintln!("SKIPPED: there are no vignettes at {}", folder.display());
        return None;
    }
    let texts = files::files(&folder);
    let rules = serde_json::from_str(&texts["rules.json"]).unwrap();
    let list = texts.iter().filter_map(|(name, text)| {
        let id = name.strip_prefix("cases/")?.strip_suffix(".expected.json")?;
        let request = texts[&format!("cases/{id}.request.json")].clone();
        Some(Vignette { id: id.to_owned(), request, want: serde_json::from_str(text).unwrap() })
    });
    Some((list.collect(), rules))
}

fn answer(engine: &Engine, vignette: &Vignette) -> Answer {
    let document = input::read(vignette.request.as_bytes(), input::MAX_BYTES).unwrap();
    let as_of = AsOf::parse(vignette.want["as_of"].as_str().unwrap(), &Zone::UTC).unwrap();
    let occasion = Occasion::of(None, vignette.request.as_bytes());
    let question = Question {
        document: &document,
        patient: None,
        as_of,
        zone: &Zone::UTC,
        ask: Ask::Input,
        occasion: &occasion,
        max_cards: MAX_CARDS,
        max_steps: MAX_STEPS,
    };
    engine.answer(&question).unwrap()
}

fn members(value: &Value) -> BTreeMap<String, Value> {
    value.as_object().map(|members| members.iter().map(|(name, value)| (name.clone(), value.clone())).collect()).unwrap_or_default()
}

/// Every assertion of a vignette that does not hold.
fn failures(vignette: &Vignette, answer: &Answer, rules: &Value) -> Vec<String> {
    let want = &vignette.want;
    let mut list = Vec::new();
    let mut check = |holds: bool, message: String| {
        if !holds {
            list.push(format!("{}: {message}", vignette.id));
        }
    };
    let hook = want["hook"].as_str().unwrap();
    let shown = |rule: &str| answer.cards.iter().filter(|card| card.extension.decision.rule == rule).collect::<Vec<_>>();
    for (rule, outcome) in members(&want["decisions"]) {
        let outcome = outcome.as_str().unwrap();
        let got: BTreeSet<&str> =
            answer.decisions.iter().filter(|decision| decision.rule == rule).map(|decision| decision.outcome.as_str()).collect();
        if got.is_empty() {
            let bound = rules[&rule].as_array().unwrap().iter().any(|known| known == hook);
            check(outcome == "not-met" && !bound, format!("{rule}: want {outcome}, no decision"));
            continue;
        }
        check(got == BTreeSet::from([outcome]), format!("{rule}: want {outcome}, got {got:?}"));
        check(outcome != "not-met" || shown(&rule).is_empty(), format!("{rule}: want not-met and no card, got one"));
        check(outcome != "met" || !shown(&rule).is_empty() || answer.cards.len() >= MAX_CARDS, format!("{rule}: met, but without a card"));
    }
    for (rule, indicator) in members(&want["cards"]) {
        let got: Vec<&str> = shown(&rule).iter().map(|card| card.indicator.as_str()).collect();
        check(got == [indicator.as_str().unwrap()], format!("card {rule}: want one {indicator}, got {got:?}"));
    }
    for rule in want["no_card"].as_array().into_iter().flatten() {
        check(shown(rule.as_str().unwrap()).is_empty(), format!("card {rule}: want none"));
    }
    if let Some(exact) = want["exact_cards"].as_array() {
        let exact: Vec<String> =
            exact.iter().map(|card| format!("{}:{}", card["rule"].as_str().unwrap(), card["indicator"].as_str().unwrap())).collect();
        let got: Vec<String> =
            answer.cards.iter().map(|card| format!("{}:{}", card.extension.decision.rule, card.indicator.as_str())).collect();
        check(exact == got, format!("cards: want {exact:?}, got {got:?}"));
    }
    let allowed: BTreeSet<&str> = want["critical_allowed"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for card in answer.cards.iter().filter(|card| card.indicator.as_str() == "critical") {
        let rule = card.extension.decision.rule.as_str();
        check(allowed.contains(rule), format!("critical card not allowed: {rule}"));
    }
    for (part, read) in [("summary_has", true), ("detail_has", false)] {
        for (rule, words) in members(&want[part]) {
            let words = words.as_str().unwrap().to_lowercase();
            let says = |card: &&curbside_cards::wire::Card| {
                let text = if read { card.summary.as_str() } else { card.detail.as_deref().unwrap_or_default() };
                text.to_lowercase().contains(&words)
            };
            check(shown(&rule).iter().any(says), format!("card {rule}: {part} `{words}` does not hold"));
        }
    }
    for ban in want["no_create"].as_array().into_iter().flatten() {
        let cards = shown(ban["rule"].as_str().unwrap());
        let creates = |card: &&curbside_cards::wire::Card| {
            let text = serde_json::to_value(card).unwrap();
            let actions = text["suggestions"]
                .as_array()
                .into_iter()
                .flatten()
                .flat_map(|suggestion| suggestion["actions"].as_array().cloned().unwrap_or_default());
            actions.into_iter().any(|action| action["resource"]["resourceType"] == ban["resourceType"])
        };
        check(!cards.is_empty() && !cards.iter().any(creates), format!("card {ban}: absent, or creates it"));
    }
    list
}

#[test]
fn real_requests_are_answered_as_expected() {
    let Some((vignettes, rules)) = vignettes() else { return };
    let engine = files::trd();
    let failures: Vec<String> = vignettes.iter().flat_map(|vignette| failures(vignette, &answer(&engine, vignette), &rules)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Our cases of a vignette: those whose name begins with its id.
fn of<'c>(cases: &'c [Case], id: &str) -> Vec<&'c Case> {
    cases.iter().filter(|case| case.name.value.split(' ').next() == Some(id)).collect()
}

#[test]
fn our_cases_expect_what_the_requests_expect() {
    let Some((vignettes, _)) = vignettes() else { return };
    let suite = load(files::files(&files::root().join("rules/trd/tests")));
    let mut differences = Vec::new();
    for Vignette { id, want, .. } in &vignettes {
        let ours = of(&suite.cases, id);
        let [case] = ours.as_slice() else {
            differences.push(format!("{id}: {} cases of ours", ours.len()));
            continue;
        };
        let hook = case.hook.as_ref().map_or("patient-view", |hook| hook.value.as_str());
        if want["hook"] != hook || want["as_of"] != case.at.value.as_str() {
            differences.push(format!("{id}: another hook or day"));
        }
        for (rule, outcome) in members(&want["decisions"]) {
            let own = case.expected.outcomes.iter().find(|(name, _)| name.value == rule).map(|(_, outcome)| outcome.value.as_str());
            if own != outcome.as_str() {
                differences.push(format!("{id}: {rule} should be {outcome}, is {own:?}"));
            }
        }
        let mut cards = members(&want["cards"]);
        cards.extend(want["no_card"].as_array().into_iter().flatten().map(|rule| (rule.as_str().unwrap().to_owned(), "none".into())));
        for (rule, indicator) in cards {
            let own = case.expected.cards.iter().find(|(name, _)| name.value == rule);
            let own = own.and_then(|(_, card)| Some(card.value.indicator.as_ref()?.value.as_str()));
            if own != indicator.as_str() {
                differences.push(format!("{id}: card {rule} should be {indicator}, is {own:?}"));
            }
        }
        if let Some(exact) = want["exact_cards"].as_array() {
            let own: Option<Vec<Value>> = case.expected.exact_cards.as_ref().map(|list| {
                let card = |card: &curbside_cases::ExactCard| serde_json::json!({"rule": card.rule.value, "indicator": card.indicator.map(|shown| shown.as_str())});
                list.value.iter().map(card).collect()
            });
            if own.as_ref() != Some(exact) {
                differences.push(format!("{id}: all cards should be {exact:?}, are {own:?}"));
            }
        }
    }
    assert!(differences.is_empty(), "{} of {}:\n{}", differences.len(), vignettes.len(), differences.join("\n"));
}
