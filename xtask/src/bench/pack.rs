//! The TRD pack's decisions and cards on a chart that has been read, against reading it.

use std::hint::black_box;

use anyhow::Context as _;
use curbside_cards::Occasion;
use curbside_chart::input::{self, Document};
use curbside_chart::time::{AsOf, Zone};
use curbside_engine::{Ask, MAX_CARDS, MAX_STEPS, Question};

use super::{Comparison, chart, compare, corpus, rules};

pub(super) fn run(rounds: usize) -> anyhow::Result<()> {
    let bundles = corpus::bundles()?;
    let engine = rules::trd()?;
    let as_of = AsOf::parse("2026-11-23", &Zone::UTC).context("a date")?;
    let documents: Vec<Document<'_>> = bundles.iter().filter_map(|bytes| input::read(bytes, input::MAX_BYTES).ok()).collect();
    let charts: Vec<_> = documents.iter().map(|document| (document, chart::charts(document, engine.wanted()))).collect();
    let occasion = Occasion::named("bench");
    let mut ours = || {
        for (document, charts) in &charts {
            for chart in charts {
                let ask = Ask::Hook("patient-view");
                let question = Question {
                    document,
                    patient: None,
                    as_of,
                    zone: &Zone::UTC,
                    ask,
                    occasion: &occasion,
                    max_cards: MAX_CARDS,
                    max_steps: MAX_STEPS,
                };
                black_box(engine.decide(chart, &question).ok());
            }
        }
    };
    let mut theirs = || bundles.iter().for_each(|bytes| chart::read(bytes, engine.wanted()));
    compare(rounds, Comparison { name: "pack-vs-chart", against: "bytes to chart", goal: 0.1, ours: &mut ours, theirs: &mut theirs });
    Ok(())
}
