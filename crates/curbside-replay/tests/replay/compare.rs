//! Comparisons: other rules, stored decisions, careless clients.

use std::fs;

use curbside_replay::compare::{Against, Change, Client, Dependence, Expected, Verdicts};
use curbside_replay::{Item, Row, report};
use curbside_rules::model::Outcome;
use tempfile::tempdir;

use crate::support::{asker, bundle, engine};

fn item(text: &str) -> Item {
    Item { name: "a".to_owned(), bytes: Ok(text.as_bytes().to_vec()) }
}

/// Patient 96 is 20 years old, depressed and treated.
fn young() -> Item {
    item(&bundle(96).replace("1936-05-01", "2006-05-01"))
}

fn rows(against: &str) -> Vec<Row> {
    let (now, other) = (engine("small"), engine(against));
    let asker = curbside_replay::Asker { against: Some((&other).into()), ..asker(&now) };
    [young(), item(&bundle(6))].iter().flat_map(|item| asker.rows(item)).collect()
}

#[test]
fn other_rules_show_whom_they_change_and_why() {
    let rows = rows("changed");
    let changes: Vec<&Change> = rows.iter().flat_map(|row| &row.changes).collect();
    let [change] = changes.as_slice() else { panic!("one patient changes: {changes:?}") };
    assert_eq!((change.patient.as_deref(), change.rule.as_str()), (Some("Patient/p96"), "depressed-adult"));
    assert_eq!((change.shift.from, change.shift.to), (Some(Outcome::Met), Some(Outcome::NotMet)));
    assert!(change.shift.from_card.is_some() && change.shift.to_card.is_none());
    assert_eq!(change.because.criterion, "age");
    assert!(change.because.after.contains("21 years"), "{change:?}");
    let mut against = Against::default();
    rows.iter().for_each(|row| against.add(&row.changes));
    assert_eq!((against.patients, against.rules["depressed-adult"].len()), (1, 1));
}

#[test]
fn the_same_rules_change_nothing() {
    assert!(rows("small").iter().all(|row| row.changes.is_empty()));
}

#[test]
fn stored_decisions_give_four_verdicts_and_an_unknown_is_no_no() {
    let engine = engine("small");
    let asker = asker(&engine);
    let answer = |item: &Item| asker.rows(item).remove(0).answer.unwrap();
    let folder = tempdir().unwrap();
    let path = folder.path().join("stored.ndjson");
    let stored = |patient: &str, depressed: &str, pressure: &str| {
        format!(
            r#"{{"patient":"Patient/{patient}","decisions":[{{"rule":"depressed-adult","outcome":"{depressed}"}},{{"rule":"pressure-high","outcome":"{pressure}"}}]}}"#
        ) + "\n"
    };
    // 6 fires and is unknown; 1 does not fire and is unknown.
    let text =
        stored("p6", "met", "unknown") + &stored("p6", "not-met", "not-met") + &stored("p1", "met", "met") + &stored("p9", "met", "met");
    fs::write(&path, text).unwrap();
    let mut expected = Expected::read(&path, 1 << 20).unwrap();
    let mut verdicts = Verdicts::default();
    let mut wrong = Vec::new();
    for number in [6, 6, 1, 2] {
        wrong.extend(expected.compare(&answer(&item(&bundle(number))), &mut verdicts));
    }
    expected.finish(&mut verdicts);
    let (depressed, pressure) = (verdicts.rules["depressed-adult"], verdicts.rules["pressure-high"]);
    assert_eq!((depressed.fired, depressed.noisy, depressed.missing, depressed.quiet), (1, 1, 1, 0));
    assert_eq!((pressure.quiet, pressure.otherwise, pressure.missing), (1, 1, 1));
    assert_eq!((verdicts.wrong, verdicts.unseen, verdicts.unexpected), (4, 1, 1));
    assert_eq!(wrong.iter().map(|wrong| wrong.verdict).collect::<Vec<_>>(), ["noisy", "otherwise", "missing", "missing"]);
    fs::write(&path, "{}\n").unwrap();
    assert!(Expected::read(&path, 1 << 20).unwrap_err().message.contains("stored.ndjson:1: this is no decisions document"));
}

#[test]
fn decisions_that_depend_on_a_key_are_shown() {
    let engine = engine("small");
    let shown = |client: Client, text: &str| {
        let asker = curbside_replay::Asker { client: Some(client), ..asker(&engine) };
        let rows = asker.rows(&item(text));
        let dropped = rows[0].dropped.iter();
        dropped.map(|drop| (drop.rule.clone(), drop.key.clone(), drop.from, drop.to)).collect::<Vec<_>>()
    };
    let depends = |key: &str, to| ("depressed-adult".to_owned(), key.to_owned(), Outcome::Met, to);
    let met = bundle(6);
    // A client that says there is nothing is believed; one that says nothing is not.
    assert_eq!(shown(Client::Null, &met), [depends("conditions", Outcome::NotMet), depends("medicationRequests", Outcome::NotMet)]);
    for client in [Client::Omit, Client::Outcome, Client::Partial] {
        assert_eq!(
            shown(client, &met),
            [depends("conditions", Outcome::Unknown), depends("medicationRequests", Outcome::Unknown)],
            "{client:?}"
        );
    }
    // The same for a recorded request, whatever its keys are called.
    let request =
        format!(r#"{{"hook":"patient-view","hookInstance":"x","context":{{"patientId":"p6"}},"prefetch":{{"patient":null,"all":{met}}}}}"#);
    assert!(shown(Client::Omit, &request).contains(&depends("all", Outcome::Unknown)));
    let mut dependence = Dependence::default();
    let asker = curbside_replay::Asker { client: Some(Client::Null), ..asker(&engine) };
    dependence.add(&asker.rows(&item(&met))[0].dropped);
    assert!(report::dependence(&dependence, "answers with null").text().contains("conditions"));
}
