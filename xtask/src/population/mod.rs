//! A synthetic population for load: records as odd as real ones, clearly marked as nobody's.
//!
//! Every resource carries the security label HTEST, every name is `Synthetic-N`. The same seed gives the
//! same bytes, and a patient is the same however many there are.

#![expect(clippy::indexing_slicing, clippy::string_slice, reason = "it cuts and indexes only what it has just made")]

mod export;
mod patient;
mod random;
mod resources;
mod sender;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

/// How many patients, and which.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Patients
    patients: u64,
    /// Another seed is another population
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One record that cannot be read among so many
    #[arg(long, value_name = "N")]
    broken: Option<u64>,
    /// Where the records go, one a line [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write a bulk export to this folder instead: a resource a line, files by type, a manifest
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    export: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if let Some(folder) = &arguments.export {
        return export::run(arguments, folder);
    }
    let out: Box<dyn Write> = match &arguments.output {
        Some(path) => Box::new(File::create(path)?),
        None => Box::new(io::stdout().lock()),
    };
    let mut out = BufWriter::with_capacity(1 << 18, out);
    for number in 0..arguments.patients {
        let record = patient::record(arguments.seed, number).finish();
        let whole = if arguments.breaks(number) { record.len() / 2 } else { record.len() };
        out.write_all(&record.as_bytes()[..whole])?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

impl Arguments {
    /// Whether a patient's record is cut short, as a full disk does it.
    fn breaks(&self, number: u64) -> bool {
        self.broken.is_some_and(|every| number % every.max(1) == every.max(1) - 1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::patient::record;

    #[test]
    fn records_are_fhir_and_say_that_they_are_synthetic() {
        let mut kinds = BTreeMap::<String, u64>::new();
        for number in 0..300 {
            assert_eq!(record(5, number).finish(), record(5, number).finish());
            let bundle: Value = serde_json::from_str(&record(5, number).finish()).unwrap();
            for entry in bundle["entry"].as_array().unwrap() {
                let resource = &entry["resource"];
                let kind = resource["resourceType"].as_str().unwrap_or("none");
                *kinds.entry(kind.to_owned()).or_default() += 1;
                let marked = resource["meta"]["security"][0]["code"] == "HTEST";
                assert!(marked || matches!(kind, "Bundle" | "none"), "{resource}");
            }
        }
        assert_eq!(kinds["Patient"], 300);
        assert!(kinds["Medication"] > 50 && kinds["MedicationDispense"] > 50 && kinds["ExplanationOfBenefit"] > 300, "{kinds:?}");
        assert!(kinds.contains_key("Bundle") && kinds.contains_key("none"), "{kinds:?}");
    }
}
