//! `curbside replay`: decisions about a population, counted, drawn and compared.

mod compare;
mod decision;

use std::io::IsTerminal as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use curbside_chart::time::{AsOf, Zone};
use curbside_engine::Decider;
use curbside_replay::report::{Heading, Section, page, summary};
use curbside_replay::{Asker, BytesRead, Inputs, Job, Limits, Moments, Tally};
use indicatif::{ProgressBar, ProgressStyle};

use compare::{CompareArguments, Comparing};
use decision::DecisionArguments;

use crate::ask::{AskArguments, Asking};
use crate::exit::{Failure, Outcome};
use crate::packs::RulesArguments;
use crate::rules::Rules;
use crate::sandboxed::SandboxArguments;
use crate::{report, size};

/// Failures shown on stderr; `--errors` writes all of them.
const MOST_FAILURES: usize = 20;

/// Decide rules about a population: a summary by rule, all decisions, a report with plots
///
/// Patients are decided on several threads; what is written does not depend on how many. A record that
/// cannot be read costs one line of the report of errors.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  curbside replay patients.ndjson.gz --at 2026-11-23
  curbside replay export/ --output decisions.parquet --html report.html
  curbside replay patients.ndjson.zst --output decisions.ndjson --resume
  curbside replay patients.ndjson.gz --hook order-sign --context order.json
  curbside replay requests/ --errors errors.ndjson
  curbside replay patients.ndjson.gz --against ../next/rules --differences changes.ndjson
  curbside replay patients.ndjson.gz --against-param min_trial_days='56 days'
  curbside replay patients.ndjson.gz --expect decisions.ndjson
  curbside replay patients.ndjson.gz --client null
  curbside replay --decision 01936f3e-… request.json --db sqlite:curbside.db")]
pub(crate) struct Arguments {
    /// Bundles, NDJSON of bundles or CDS Hooks requests, a folder of those, or a bulk export; also gzip and zstd
    #[arg(required = true, value_name = "PATH")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    rules: RulesArguments,
    #[command(flatten)]
    sandbox: SandboxArguments,
    #[command(flatten)]
    ask: AskArguments,
    /// Threads that decide [default: one a processor]
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Write every decisions document, in the order of the input: `.ndjson`, `.parquet`, or `-`
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write a report with plots as one HTML file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write every record without an answer, one a line
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
    /// Go on where an earlier run with the same output was ended
    #[arg(long, requires = "output")]
    resume: bool,
    /// Months before the moment that the report's time course shows
    #[arg(long, value_name = "N", default_value_t = 12)]
    months: u16,
    /// How the summary is printed
    #[arg(long, default_value = "text")]
    format: Format,
    #[command(flatten)]
    compare: CompareArguments,
    #[command(flatten)]
    decision: DecisionArguments,
    /// Memory for grouping an export by patient
    #[arg(long, value_name = "SIZE", default_value = "16MiB", value_parser = size::parse)]
    memory: u64,
    /// Folder for temporary files
    #[arg(long, value_name = "DIR")]
    tmp_dir: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table
    Text,
    /// One JSON document
    Json,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        if let Some(id) = &self.decision.decision {
            return self.decision.run(id, &self.inputs, &self.rules, self.sandbox.sandbox);
        }
        let rules = Rules::load(&self.rules, self.sandbox.sandbox)?;
        rules.written()?;
        let inputs = Inputs::of(&self.inputs, self.limits()).map_err(unreadable)?;
        // An export shows the state at its own moment.
        let at = self.ask.at.as_deref().or(inputs.transaction_time());
        let ask = AskArguments { at: at.map(str::to_owned), ..self.ask.clone() };
        let asking = ask.settle(&rules.services())?;
        let other = self.compare.other(&self.rules, self.sandbox.sandbox)?;
        let asker = self.asker(rules.decider(), other.as_ref().map(Rules::decider), &ask, &asking);
        let mut comparing = Comparing::new(&self.compare, asker.max_bytes)?;
        let job = self.job(&inputs, &asker);
        let progress = progress(inputs.size);
        let tally = job
            .run(|row, tally| {
                comparing.see(row);
                if tally.patients.is_multiple_of(64) {
                    progress.set_position(job.read.get());
                    progress.set_message(tally.patients.to_string());
                }
            })
            .map_err(unreadable)?;
        progress.finish_and_clear();
        let heading = Heading { as_of: asker.as_of.to_string(), inputs: self.names(), notes: inputs.notes() };
        self.report(&tally, &heading, comparing)
    }

    fn limits(&self) -> Limits {
        let bytes = |size: u64| usize::try_from(size).unwrap_or(usize::MAX);
        Limits { max_bytes: bytes(self.ask.max_size), memory: bytes(self.memory), temporary: self.tmp_dir.clone() }
    }

    fn asker<'e>(&self, packs: Decider<'e>, against: Option<Decider<'e>>, ask: &'e AskArguments, asking: &'e Asking<'_>) -> Asker<'e> {
        Asker {
            packs,
            as_of: asking.as_of,
            zone: &asking.zone,
            ask: ask.ask(),
            given: asking.given(),
            patient: ask.patient.as_deref(),
            max_bytes: usize::try_from(ask.max_size).unwrap_or(usize::MAX),
            moments: if self.html.is_some() { months_before(asking.as_of, self.months, &asking.zone) } else { Moments::new() },
            documents: self.output.is_some(),
            against,
            client: self.compare.client(),
        }
    }

    fn job<'j>(&self, inputs: &'j Inputs, asker: &'j Asker<'j>) -> Job<'j> {
        let threads = self.threads.or_else(|| std::thread::available_parallelism().ok());
        Job {
            inputs,
            asker,
            threads: threads.map_or(1, NonZeroUsize::get),
            output: self.output.clone(),
            errors: self.errors.clone(),
            resume: self.resume,
            read: BytesRead::default(),
        }
    }

    fn names(&self) -> Vec<String> {
        self.inputs.iter().map(|path| path.display().to_string()).collect()
    }

    /// Says what came of it.
    fn report(&self, tally: &Tally, heading: &Heading, comparing: Comparing<'_>) -> Outcome {
        let only_compare = comparing.is_asked();
        let (compared, status) = comparing.finish(tally, heading)?;
        let text = match self.format {
            // A comparison is what was asked for; the summary of one side would stand in its way.
            Format::Text if only_compare => compared.iter().map(Section::text).collect(),
            Format::Text => summary(tally, heading),
            Format::Json => serde_json::to_string_pretty(tally).unwrap_or_default() + "\n",
        };
        // Standard output is for decisions where they are asked for there.
        if self.output.as_deref() == Some(Path::new("-")) {
            report::words(&text)
        } else {
            report::page(&text)
        }
        for note in &heading.notes {
            report::words(&format!("{}\n", report::plain(note)));
        }
        for failed in tally.failed.iter().take(MOST_FAILURES) {
            report::words(&report::plain(&format!("{}: {}", failed.input, failed.error)));
            report::words("\n");
        }
        if tally.failures > 0 {
            report::words(&format!(
                "{} without an answer{}\n",
                tally.failures,
                if self.errors.is_none() { "; --errors FILE writes them all" } else { "" }
            ));
        }
        if let Some(path) = &self.html {
            std::fs::write(path, page(tally, heading, &compared))
                .map_err(|error| Failure::unreadable(format!("{}: {error}", path.display())))?;
        }
        if tally.patients == 0 && tally.failures > 0 {
            return Err(Failure::unreadable("no record could be read"));
        }
        Ok(status)
    }
}

fn unreadable(error: curbside_replay::Error) -> Failure {
    let failure = if error.is_usage { Failure::usage(error.message) } else { Failure::unreadable(error.message) };
    match error.help {
        Some(help) => failure.help(help),
        None => failure,
    }
}

/// The ends of the months before a moment, and the moment itself.
fn months_before(as_of: AsOf, months: u16, zone: &Zone) -> Moments {
    let back = |count: u16| {
        let duration = format!("{count} months").parse().ok()?;
        AsOf::parse(&as_of.day().minus(duration).to_string(), zone)
    };
    (1..=months).rev().filter_map(back).chain([as_of]).collect()
}

/// How far it is, how fast, and how long it will take; on a terminal only.
fn progress(bytes: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() || bytes == 0 {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg} patients, {bytes_per_sec}, {eta} left");
    let bar = ProgressBar::new(bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
