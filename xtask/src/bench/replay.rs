//! A replay of the corpus with its decisions as NDJSON, against only reading the charts.

use std::hint::black_box;

use anyhow::Context as _;
use curbside_chart::input;
use curbside_chart::time::{AsOf, Zone};
use curbside_engine::{Ask, Engine};
use curbside_replay::{Asker, Item, Moments};

use super::{Comparison, chart, compare, corpus, rules};

pub(super) fn run(rounds: usize) -> anyhow::Result<()> {
    let engine = rules::trd()?;
    let items: Vec<Item> = corpus::bundles()?.into_iter().map(|bytes| Item { name: "bench".to_owned(), bytes: Ok(bytes) }).collect();
    let asker = asker(&engine, "2026-11-23")?;
    let mut ours = || {
        let mut out = Vec::new();
        for row in items.iter().flat_map(|item| asker.rows(item)) {
            out.extend_from_slice(&row.document);
            out.push(b'\n');
        }
        black_box(out);
    };
    let mut theirs = || items.iter().filter_map(|item| item.bytes.as_ref().ok()).for_each(|bytes| chart::read(bytes, engine.wanted()));
    compare(rounds, Comparison { name: "replay-vs-parse", against: "bytes to chart", goal: 1.7, ours: &mut ours, theirs: &mut theirs });
    Ok(())
}

/// Asks as `curbside replay` does.
pub(super) fn asker<'e>(engine: &'e Engine, at: &str) -> anyhow::Result<Asker<'e>> {
    static UTC: Zone = Zone::UTC;
    Ok(Asker {
        packs: engine.into(),
        as_of: AsOf::parse(at, &UTC).context("a date")?,
        zone: &UTC,
        ask: Ask::Input,
        given: None,
        patient: None,
        max_bytes: input::MAX_BYTES,
        moments: Moments::new(),
        documents: true,
        against: None,
        client: None,
    })
}
