//! `curbside drugs import`: RxNorm's products of the ingredients of a drug set.

#![expect(clippy::disallowed_methods, reason = "the command line reads files")]

use std::fs;
use std::path::{Path, PathBuf};

use curbside_source::{Sources, read};
use curbside_terminology::DrugSet;

use super::products::{self, Wanted};
use super::{rrf, write};
use crate::exit::{Failure, Outcome, Status};
use crate::report;

/// Write the products that RxNorm has of a drug set's ingredients, with their strengths
///
/// Reads RXNCONSO.RRF, RXNREL.RRF and RXNSAT.RRF of an RxNorm release (RXNSAB.RRF, where it is there,
/// says which one). The products go into a file of their own beside the drug set.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  curbside drugs import --rrf RxNorm_full/rrf --set rules/trd/value-sets/antidepressants.yaml
  curbside drugs import --rrf RxNorm_full/rrf --set value-sets/statins.yaml --ndc")]
pub(crate) struct Arguments {
    /// The folder with the RRF files
    #[arg(long, value_name = "DIR")]
    rrf: PathBuf,
    /// The drug set
    #[arg(long, value_name = "FILE")]
    set: PathBuf,
    /// Where to write the products [default: beside the drug set, `NAME-products.yaml`]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// National drug codes too
    #[arg(long)]
    ndc: bool,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        let set = self.set()?;
        let wanted = Wanted::of(&set);
        let found = products::find(&self.rrf, &wanted, self.ndc).map_err(Failure::unreadable)?;
        let release = rrf::release(&self.rrf).map_err(Failure::unreadable)?;
        let text = write::file(&set.drug_set.value, release.as_deref(), &found);
        let output = self.output();
        fs::write(&output, text).map_err(|error| Failure::new(Status::Failed, format!("{}: {error}", output.display())))?;
        let without: Vec<&str> = set.ingredients.keys().map(String::as_str).filter(|name| !found.contains_key(*name)).collect();
        let (count, known): (usize, usize) =
            found.values().flatten().fold((0, 0), |(count, known), product| (count + 1, known + usize::from(product.strength.is_some())));
        report::words(&format!("wrote {}: {count} products, {known} with a strength\n", output.display()));
        if !without.is_empty() {
            report::words(&format!("no products of {}\n", without.join(", ")));
        }
        Ok(Status::Ran)
    }

    fn set(&self) -> Result<DrugSet, Failure> {
        let name = self.set.display().to_string();
        let text = fs::read_to_string(&self.set).map_err(|error| Failure::unreadable(format!("{name}: {error}")))?;
        let mut sources = Sources::default();
        let file = sources.add(name.clone(), text);
        read(&sources, file).map_err(|errors| {
            errors.iter().for_each(|error| report::words(&report::finding(error, &sources, "")));
            Failure::unreadable(format!("{name} is no drug set"))
        })
    }

    fn output(&self) -> PathBuf {
        let stem = self.set.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let beside = || self.set.parent().unwrap_or(Path::new("")).join(format!("{stem}-products.yaml"));
        self.output.clone().unwrap_or_else(beside)
    }
}
