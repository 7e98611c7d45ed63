//! Comparisons of a replay: with other rules, with stored decisions, with careless clients.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use curbside_replay::compare::{Against, Change, Client, Dependence, Expected, Verdicts, Wrong};
use curbside_replay::report::{self as show, Heading, Section};
use curbside_replay::{Row, Tally};
use serde::Serialize;

use super::unreadable;
use crate::exit::{Failure, Status};
use crate::packs::{RulesArguments, name_and_value};
use crate::rules::Rules;

/// Differences shown patient by patient; `--differences` writes all of them.
const MOST_SHOWN: usize = 50;

/// What a replay is compared with.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct CompareArguments {
    /// Compare with other rules: what changes for whom, and because of which criterion (exit 1 where anything does)
    #[arg(long, value_name = "DIR", conflicts_with_all = ["expect", "resume"])]
    against: Option<PathBuf>,
    /// Compare with other parameters, of the same rules or those of --against
    #[arg(long = "against-param", value_name = "NAME=VALUE", value_parser = name_and_value, conflicts_with_all = ["expect", "resume"])]
    against_parameters: Vec<(String, String)>,
    /// Compare with decisions that an earlier --output stored (exit 1 where they differ)
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    expect: Option<PathBuf>,
    /// Write every difference, one a line
    #[arg(long, value_name = "FILE")]
    differences: Option<PathBuf>,
    /// Be a client that drops prefetch keys in this way, and show which decisions depend on them
    #[arg(long, value_name = "HOW", conflicts_with_all = ["resume", "context"])]
    client: Option<ClientKind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ClientKind {
    /// The key is left out
    Omit,
    /// The key is null
    Null,
    /// The key holds an OperationOutcome
    Outcome,
    /// The key holds the first of several pages
    Partial,
}

impl CompareArguments {
    /// The other rules.
    pub(super) fn other(&self, rules: &RulesArguments, in_sandbox: bool) -> Result<Option<Rules>, Failure> {
        if self.against.is_none() && self.against_parameters.is_empty() {
            return Ok(None);
        }
        let mut parameters = rules.parameters.clone();
        parameters.extend(self.against_parameters.iter().cloned());
        let rules = RulesArguments { rules: self.against.clone().unwrap_or_else(|| rules.rules.clone()), parameters, ..rules.clone() };
        let other = Rules::load(&rules, in_sandbox)?;
        other.written()?;
        Ok(Some(other))
    }

    pub(super) fn client(&self) -> Option<Client> {
        self.client.map(|kind| match kind {
            ClientKind::Omit => Client::Omit,
            ClientKind::Null => Client::Null,
            ClientKind::Outcome => Client::Outcome,
            ClientKind::Partial => Client::Partial,
        })
    }
}

/// What the comparisons of a replay have come to.
pub(super) struct Comparing<'a> {
    arguments: &'a CompareArguments,
    against: Against,
    changes: Vec<Change>,
    expected: Option<Expected>,
    verdicts: Verdicts,
    wrong: Vec<Wrong>,
    dependence: Dependence,
    differences: Option<BufWriter<File>>,
    failed: Option<std::io::Error>,
}

impl<'a> Comparing<'a> {
    pub(super) fn new(arguments: &'a CompareArguments, max_bytes: usize) -> Result<Self, Failure> {
        let create = |path: &PathBuf| {
            File::create(path).map(BufWriter::new).map_err(|error| Failure::unreadable(format!("{}: {error}", path.display())))
        };
        Ok(Self {
            arguments,
            against: Against::default(),
            changes: Vec::new(),
            expected: arguments.expect.as_deref().map(|path| Expected::read(path, max_bytes)).transpose().map_err(unreadable)?,
            verdicts: Verdicts::default(),
            wrong: Vec::new(),
            dependence: Dependence::default(),
            differences: arguments.differences.as_ref().map(create).transpose()?,
            failed: None,
        })
    }

    /// Looks at the next row.
    pub(super) fn see(&mut self, row: &Row) {
        self.against.add(&row.changes);
        self.dependence.add(&row.dropped);
        row.changes.iter().for_each(|change| self.write(change));
        self.changes.extend(row.changes.iter().take(MOST_SHOWN.saturating_sub(self.changes.len())).cloned());
        if let (Some(expected), Ok(answer)) = (&mut self.expected, &row.answer) {
            let wrong = expected.compare(answer, &mut self.verdicts);
            wrong.iter().for_each(|wrong| self.write(wrong));
            self.wrong.extend(wrong.into_iter().take(MOST_SHOWN.saturating_sub(self.wrong.len())));
        }
    }

    fn write(&mut self, difference: &impl Serialize) {
        let Some(file) = &mut self.differences else { return };
        let line = serde_json::to_vec(difference).unwrap_or_default();
        if let Err(error) = file.write_all(&line).and_then(|()| file.write_all(b"\n")) {
            self.failed = Some(error);
        }
    }

    /// Whether there is anything but the summary to be said.
    pub(super) fn is_asked(&self) -> bool {
        let CompareArguments { against, against_parameters, client, .. } = self.arguments;
        against.is_some() || !against_parameters.is_empty() || client.is_some() || self.expected.is_some()
    }

    /// What the comparisons came to, and the exit status for it.
    pub(super) fn finish(mut self, tally: &Tally, heading: &Heading) -> Result<(Vec<Section>, Status), Failure> {
        if let Some(file) = &mut self.differences {
            self.failed = file.flush().err().or(self.failed);
        }
        if let Some(error) = self.failed {
            return Err(Failure::unreadable(format!("the differences cannot be written: {error}")));
        }
        let mut sections = Vec::new();
        let mut differs = false;
        if self.arguments.against.is_some() || !self.arguments.against_parameters.is_empty() {
            differs |= self.against.patients > 0;
            sections.push(show::against(&self.against, &self.changes, tally, heading));
        }
        if let Some(expected) = self.expected {
            expected.finish(&mut self.verdicts);
            differs |= self.verdicts.wrong + self.verdicts.unseen > 0;
            sections.push(show::verdicts(&self.verdicts, &self.wrong));
        }
        if let Some(kind) = self.arguments.client {
            let how = match kind {
                ClientKind::Omit => "leaves out",
                ClientKind::Null => "answers with null",
                ClientKind::Outcome => "answers with an OperationOutcome",
                ClientKind::Partial => "answers with the first of several pages",
            };
            sections.push(show::dependence(&self.dependence, how));
        }
        Ok((sections, if differs { Status::Failed } else { Status::Ran }))
    }
}
