//! Bytes to a chart, for what the TRD pack reads, against the same bytes to a `serde_json::Value`.

use std::hint::black_box;

use curbside_chart::time::Zone;
use curbside_chart::{Chart, ChartError, ChartOptions, Document, Wanted, input};

use super::{Comparison, compare, corpus, rules};

pub(super) fn run(rounds: usize) -> anyhow::Result<()> {
    let bundles = corpus::bundles()?;
    let engine = rules::trd()?;
    let mut ours = || bundles.iter().for_each(|bytes| read(bytes, engine.wanted()));
    let mut theirs = || {
        for bytes in &bundles {
            black_box(serde_json::from_slice::<serde_json::Value>(bytes).ok());
        }
    };
    compare(rounds, Comparison { name: "chart-vs-value", against: "serde_json::Value", goal: 0.25, ours: &mut ours, theirs: &mut theirs });
    Ok(())
}

/// Reads the charts of a bundle.
pub(super) fn read(bytes: &[u8], wanted: &Wanted) {
    if let Ok(document) = input::read(bytes, input::MAX_BYTES) {
        black_box(charts(&document, wanted));
    }
}

/// The charts of a bundle: one, or one for each patient where it holds several.
pub(super) fn charts<'a>(document: &Document<'a>, wanted: &Wanted) -> Vec<Chart<'a>> {
    let options = ChartOptions { patient: None, zone: &Zone::UTC, wanted };
    match document.chart(&options) {
        Ok(chart) => vec![chart],
        Err(ChartError::SeveralPatients(ids)) => {
            ids.iter().filter_map(|id| document.chart(&ChartOptions { patient: Some(id), ..options.clone() }).ok()).collect()
        }
        Err(_) => Vec::new(),
    }
}
