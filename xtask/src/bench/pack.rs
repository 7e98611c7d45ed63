//! The TRD pack's decisions and cards on a chart that has just been read, against reading it.

use std::hint::black_box;

use anyhow::Context as _;
use curbside_cards::Occasion;
use curbside_chart::input::{self, Document};
use curbside_chart::time::{AsOf, Zone};
use curbside_engine::{Ask, Engine, MAX_CARDS, MAX_STEPS, Question};

use super::{chart, corpus, report, rules, timed};

/// Each chart is decided when it has been read, as every use of it does: later it is no longer in the processor's cache.
pub(super) fn run(rounds: usize) -> anyhow::Result<()> {
    let bundles = corpus::bundles()?;
    let engine = rules::trd()?;
    let as_of = AsOf::parse("2026-11-23", &Zone::UTC).context("a date")?;
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    for _ in 0..rounds.max(1) {
        let (mut deciding, mut reading) = (0, 0);
        for bytes in &bundles {
            let mut read = None;
            reading += timed(&mut || {
                let document = input::read(bytes, input::MAX_BYTES).ok();
                read = document.map(|document| (chart::charts(&document, engine.wanted()), document));
            });
            let Some((charts, document)) = &read else { continue };
            deciding += timed(&mut || charts.iter().for_each(|chart| decide(&engine, document, chart, as_of)));
        }
        our_times.push(deciding);
        their_times.push(reading);
    }
    report("pack-vs-chart", "bytes to chart", 0.1, our_times, their_times);
    Ok(())
}

fn decide(engine: &Engine, document: &Document<'_>, chart: &curbside_chart::Chart<'_>, as_of: AsOf) {
    let question = Question {
        document,
        patient: None,
        as_of,
        zone: &Zone::UTC,
        ask: Ask::Hook("patient-view"),
        occasion: &Occasion::named("bench"),
        max_cards: MAX_CARDS,
        max_steps: MAX_STEPS,
    };
    black_box(engine.decide(chart, &question).ok());
}
