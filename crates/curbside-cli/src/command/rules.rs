//! `curbside rules`: the rules that a server has in force, and earlier ones.

use std::fmt::Write as _;
use std::path::PathBuf;

use curbside_server::History;
use curbside_server::config::Config;

use crate::exit::{Failure, Outcome, Status};
use crate::report;

/// Show and restore rules that a server had in force
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  curbside rules list\n  curbside rules rollback\n  curbside rules activate 46c0269e --config curbside.toml"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Every set of rules that was in force, newest first
    #[command(after_help = "Example:\n  curbside rules list --config curbside.toml")]
    List(Where),
    /// Have the server go back to a set of rules; it does so within seconds, or when it starts
    #[command(after_help = "Example:\n  curbside rules activate 46c0269e")]
    Activate {
        /// The digest of the rules, or its beginning
        digest: String,
        #[command(flatten)]
        place: Where,
    },
    /// Have the server go back to what was in force before
    #[command(after_help = "Example:\n  curbside rules rollback")]
    Rollback(Where),
}

/// Where the server keeps what was in force.
#[derive(Debug, clap::Args)]
struct Where {
    /// The server's configuration
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder itself [default: curbside.rules, beside curbside.db]
    #[arg(long, value_name = "DIR")]
    history: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        match &self.command {
            Command::List(place) => list(&place.open()?),
            Command::Activate { digest, place } => {
                let history = place.open()?;
                let found = history.find(digest).ok_or_else(|| {
                    Failure::usage(format!("no rules in the history have a digest that begins with `{digest}`"))
                        .help("`curbside rules list` shows them")
                })?;
                ask(&history, &found)
            }
            Command::Rollback(place) => {
                let history = place.open()?;
                let found = history.previous().ok_or_else(|| Failure::usage("no other rules were in force before"))?;
                ask(&history, &found)
            }
        }
    }
}

impl Where {
    fn open(&self) -> Result<History, Failure> {
        let folder = match (&self.history, &self.config) {
            (Some(folder), _) => Some(folder.clone()),
            (None, Some(path)) => Config::read(path).map_err(|error| super::serve::wrong(path, error))?.history_folder(),
            (None, None) => Config::default().history_folder(),
        };
        let folder = folder.ok_or_else(|| Failure::usage("this server keeps no earlier rules").help("set `history` under [rules]"))?;
        if !folder.is_dir() {
            return Err(Failure::usage(format!("there is no history of rules at {}", folder.display()))
                .help("a server makes it when it starts; name its configuration with --config FILE"));
        }
        History::open(&folder).map_err(|error| Failure::unreadable(format!("{}: {error}", folder.display())))
    }
}

fn list(history: &History) -> Outcome {
    let state = history.state();
    let mut all: Vec<_> = state.activated.iter().map(|(digest, at)| (*at, digest)).collect();
    all.sort_unstable();
    let mut text = String::new();
    for (at, digest) in all.into_iter().rev() {
        let moment = jiff::Timestamp::from_millisecond(at).map(|at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()).unwrap_or_default();
        let note = if state.current.as_ref() == Some(digest) {
            "in force"
        } else if state.requested.as_ref() == Some(digest) {
            "asked for"
        } else {
            ""
        };
        let _ = writeln!(text, "{}", format!("{digest}  {moment}  {note}").trim_end());
    }
    report::data(&text);
    Ok(Status::Ran)
}

fn ask(history: &History, digest: &str) -> Outcome {
    history.request(digest).map_err(|error| Failure::new(Status::Failed, error.to_string()))?;
    report::words(&format!("asked for {digest}; the server takes it up within seconds, or when it starts\n"));
    Ok(Status::Ran)
}
