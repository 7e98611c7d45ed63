//! What a plan knows beforehand of charts that nothing touches is what it would work out of them; and what is not read of
//! a record changes nothing of what is asked.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::sync::Mutex;

use curbside_cards::Occasion;
use curbside_cases::{load, run};
use curbside_chart::input;
use curbside_chart::time::{AsOf, Zone};
use curbside_chart::{Chart, ChartOptions};
use curbside_engine::exchange::wrap;
use curbside_engine::{Answer, Ask, CallInput, Decider, DecisionRecord, Engine, MAX_CARDS, Question, Responder, Unanswered};
use curbside_rules::Evaluation;
use curbside_rules::evaluate::Handle;
use flate2::read::MultiGzDecoder;
use serde_json::{Value, json};

use crate::files;

const HOOKS: [&str; 5] = ["patient-view", "order-select", "order-sign", "encounter-start", "appointment-book"];

/// Answers as the engine does, and notes where an answer that was known beforehand is another than the one worked out.
#[derive(Debug)]
struct BothWays<'e> {
    engine: &'e Engine,
    /// What differs; how many answers were known; how many there were.
    seen: Mutex<(Vec<String>, usize, usize)>,
}

impl Responder for BothWays<'_> {
    fn respond(&self, service: &str, request: &str, as_of: &str) -> Result<String, Unanswered> {
        let at = AsOf::parse(as_of, &Zone::UTC).unwrap();
        self.ask(request, at, &HOOKS);
        // Where only some types were supplied, there may be more of the others.
        for leave_out in [false, true] {
            if let Some(request) = by_types(request, leave_out) {
                self.ask(&request, at, &["patient-view"]);
            }
        }
        Ok(self.engine.call(service, request, as_of)?)
    }
}

/// A request whose record is prefetched type by type; without every other of the types where that is asked for.
fn by_types(request: &str, leave_out: bool) -> Option<String> {
    let mut request: Value = serde_json::from_str(request).unwrap();
    let mut types: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for entry in request["prefetch"]["record"]["entry"].as_array()? {
        types.entry(entry["resource"]["resourceType"].as_str()?.to_owned()).or_default().push(entry.clone());
    }
    let kept = types.into_iter().enumerate().filter(|(at, (kind, _))| !leave_out || kind == "Patient" || at % 2 == 0);
    request["prefetch"] = kept.map(|(_, (kind, entry))| (kind, json!({"resourceType": "Bundle", "entry": entry}))).collect();
    Some(request.to_string())
}

impl BothWays<'_> {
    fn ask(&self, request: &str, as_of: AsOf, hooks: &[&str]) {
        let document = input::read(request.as_bytes(), usize::MAX).unwrap();
        let options = ChartOptions { patient: None, zone: &Zone::UTC, wanted: self.engine.wanted() };
        if let Ok(chart) = document.chart(&options) {
            for hook in hooks {
                self.compare(&chart, as_of, hook);
                let question = Question {
                    document: &document,
                    patient: None,
                    as_of,
                    zone: &Zone::UTC,
                    ask: Ask::Hook(hook),
                    occasion: &Occasion::named("o"),
                    max_cards: MAX_CARDS,
                    max_steps: u64::MAX,
                };
                self.compare_read(&question);
            }
        }
    }

    /// A chart that was read as far as the rules of a hook need it, and one of which everything was.
    fn compare_read(&self, question: &Question<'_>) {
        let said = |answer: Answer| {
            // What else there is of a type is listed where it was read.
            let listed = |record: &Handle<DecisionRecord>| DecisionRecord { ignored: Vec::new(), ..(**record).clone() };
            let decisions = answer.decisions.iter().map(|record| serde_json::to_string(&listed(record)));
            decisions.chain(answer.cards.iter().map(serde_json::to_string)).collect::<Result<Vec<String>, _>>().unwrap()
        };
        let narrow = self.engine.answer(question).map(said).unwrap();
        let whole = self.engine.whole_chart(question).unwrap();
        let whole = self.engine.decide(&whole, question).map(said).unwrap();
        let differ = narrow.iter().zip(&whole).find(|(narrow, whole)| narrow != whole);
        if narrow.len() != whole.len() || differ.is_some() {
            self.seen.lock().unwrap().0.push(format!("read for {:?} at {}: {differ:#?}", question.ask, question.as_of));
        }
    }

    fn compare(&self, chart: &Chart<'_>, as_of: AsOf, hook: &str) {
        for pack in self.engine.packs() {
            let plan = &pack.plan;
            let known = Evaluation::new(plan, chart, as_of, hook);
            let full = Evaluation::new(plan, chart, as_of, hook).in_full();
            let mut seen = self.seen.lock().unwrap();
            for (rule, id) in plan.rules.iter().filter_map(|rule| Some((rule, plan.rule(&rule.id)?))) {
                let (a, b) = (known.decision(id), full.decision(id));
                let same = (a.version, a.outcome, a.applies, &a.because) == (b.version, b.outcome, b.applies, &b.because);
                if !same {
                    seen.0.push(format!("{} at {hook} on {as_of}: known {a:?}\nworked out {b:?}", rule.id));
                }
                seen.1 += usize::from(plan.untouched().any(|decision| decision.is(&a)));
                seen.2 += 1;
            }
            for definition in &plan.definitions {
                let rule = definition.rule.and_then(|rule| plan.rule(&plan.rules[rule].id));
                let Some(id) = plan.definition(rule, &definition.name).filter(|_| !definition.scoped) else { continue };
                if known.verdict(id) != full.verdict(id) {
                    seen.0.push(format!("{} at {hook} on {as_of}: {:?}\n{:?}", definition.name, known.verdict(id), full.verdict(id)));
                }
            }
        }
    }
}

/// Records that nobody here wrote, where they are at hand.
#[expect(clippy::disallowed_methods, reason = "tests read the files of the checkout")]
fn corpus() -> Vec<String> {
    let folder = files::root().join("../shared/corpus");
    let Ok(sets) = std::fs::read_dir(&folder) else {
        eprintln!("SKIPPED: no corpus at {}", folder.display());
        return Vec::new();
    };
    let sets = sets.map(|entry| entry.unwrap().path()).filter(|path| path.to_string_lossy().ends_with(".ndjson.gz"));
    sets.flat_map(|path| BufReader::new(MultiGzDecoder::new(std::fs::File::open(path).unwrap())).lines().map(Result::unwrap)).collect()
}

#[test]
fn what_is_known_beforehand_is_what_would_be_worked_out() {
    for pack in ["rules/trd", "rules/hypertension", "crates/curbside-cases/tests/language"] {
        let folder = files::root().join(pack);
        let suite = load(files::files(&folder.join("tests")));
        let engine = files::engine(files::files(&folder));
        let both = BothWays { engine: &engine, seen: Mutex::default() };
        for case in &suite.cases {
            let _ = run(case, Decider::elsewhere(&engine, &both), None);
        }
        if pack == "rules/trd" {
            corpus().iter().for_each(|record| drop(both.respond("", &wrap(record, None, &CallInput::default()).unwrap(), "2026-11-23")));
        }
        let (differ, known, all) = both.seen.into_inner().unwrap();
        assert!(differ.is_empty(), "{pack}: {} differ, the first: {}", differ.len(), differ[0]);
        assert!((1..all).contains(&known), "{pack}: {known} of {all} were known: nothing was compared");
        eprintln!("{pack}: {known} of {all} decisions were known beforehand");
    }
}
