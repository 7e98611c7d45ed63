//! Bytes to a chart, against the same bytes to a `serde_json::Value`.

use std::hint::black_box;

use curbside_chart::time::Zone;
use curbside_chart::{ChartError, ChartOptions, Wanted, input};

use super::{Comparison, compare, corpus};

pub(super) fn run(rounds: usize) -> anyhow::Result<()> {
    let bundles = corpus::bundles()?;
    let wanted = Wanted::everything();
    let mut ours = || {
        for bytes in &bundles {
            read(bytes, &wanted);
        }
    };
    let mut theirs = || {
        for bytes in &bundles {
            black_box(serde_json::from_slice::<serde_json::Value>(bytes).ok());
        }
    };
    compare(rounds, Comparison { name: "chart-vs-value", against: "serde_json::Value", goal: 0.25, ours: &mut ours, theirs: &mut theirs });
    Ok(())
}

/// Reads the chart of a bundle; of the first patient where it holds several.
fn read(bytes: &[u8], wanted: &Wanted) {
    let Ok(document) = input::read(bytes, input::MAX_BYTES) else { return };
    let options = ChartOptions { patient: None, zone: &Zone::UTC, wanted };
    match document.chart(&options) {
        Err(ChartError::SeveralPatients(ids)) => {
            let first = ids.first().map(String::as_str);
            black_box(document.chart(&ChartOptions { patient: first, ..options }).ok());
        }
        chart => {
            black_box(chart.ok());
        }
    }
}
