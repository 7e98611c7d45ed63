//! `curbside serve`: CDS Hooks over HTTP.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use curbside_server::config::Config;
use curbside_server::{Backend, Native, PackSource, RulesError, ServeError, Server};

use crate::exit::{Failure, Outcome, Status};
use crate::report;

/// Answer EHRs through CDS Hooks
///
/// Without options: the packs in rules/ on http://127.0.0.1:8181, with SQLite beside them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  curbside serve\n  curbside serve --listen 127.0.0.1:9000 --rules rules/trd --db sqlite:state.db")]
pub(crate) struct Arguments {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// A pack, or a folder of packs [default: rules]
    #[arg(long, value_name = "DIR")]
    rules: Vec<PathBuf>,
    /// Where state is kept: `sqlite:FILE` or `postgres://…` [default: sqlite:curbside.db]
    #[arg(long, value_name = "URL")]
    db: Option<curbside_server::store::Url>,
    /// Answer anybody, on an address that others can reach
    #[arg(long)]
    insecure: bool,
    /// How the log is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    log: Log,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Log {
    /// For people
    Text,
    /// A JSON object a line
    Json,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        let config = self.config();
        let mut backends: Vec<Arc<dyn Backend>> = Vec::new();
        let mut pending = Vec::new();
        for path in &config.rules.packs {
            for source in PackSource::all_at(path).map_err(|error| refused(&error))? {
                let pack = Native::load(&source).map_err(|error| refused(&error))?;
                if pack.is_pending() {
                    pending.push(pack.identity().id.clone());
                }
                backends.push(Arc::new(pack));
            }
        }
        curbside_server::init_log(self.log == Log::Json);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::new(Status::Failed, error.to_string()))?;
        runtime.block_on(async {
            let server = Server::bind(config, backends).await.map_err(|error| failed(&error))?;
            report::words(&greeting(&server, &pending));
            server.run(curbside_server::stop_signal()).await;
            Ok(Status::Ran)
        })
    }

    fn config(&self) -> Config {
        let mut config = Config::default();
        if let Some(listen) = self.listen {
            config.listen = listen;
            config.public_url = format!("http://{listen}");
        }
        if !self.rules.is_empty() {
            config.rules.packs.clone_from(&self.rules);
        }
        if let Some(url) = &self.db {
            config.store = url.clone();
        }
        config.insecure = self.insecure;
        config
    }
}

/// What the server says when it is ready.
fn greeting(server: &Server, pending: &[String]) -> String {
    let address = server.address().map_or_else(|_| String::new(), |address| address.to_string());
    let base = format!("http://{address}");
    let services = server.services();
    let mut text = format!("curbside answers at {base}/cds-services ({} services)\n", services.len());
    let example = PathBuf::from("examples/requests/patient-view.json");
    if let Some((id, _)) = services.iter().find(|(_, hook)| hook == "patient-view")
        && example.is_file()
    {
        let id = if services.iter().any(|(id, _)| id == "trd-patient-view") { "trd-patient-view" } else { id };
        let _ = writeln!(text, "try: curl -s -H 'Content-Type: application/json' -d @{} {base}/cds-services/{id}", example.display());
    }
    for pack in pending {
        let _ = writeln!(text, "pack `{pack}` awaits clinical sign-off: not for clinical use");
    }
    text
}

fn refused(error: &RulesError) -> Failure {
    match error {
        RulesError::NoPack(path) => Failure::usage(format!("no rules at {}", path.display()))
            .help("name a pack or a folder of packs with --rules DIR, or start one with `curbside new pack NAME`"),
        RulesError::Check { origin, .. } => Failure::new(Status::Failed, error.to_string())
            .help(format!("`curbside check {}` shows everything that is wrong", origin.display())),
        RulesError::Read(..) => Failure::unreadable(error.to_string()),
        _ => Failure::new(Status::Failed, error.to_string()),
    }
}

fn failed(error: &ServeError) -> Failure {
    match error {
        ServeError::Rules(error) => refused(error),
        ServeError::Settings(why) => Failure::usage(why.clone()).help("list the EHRs that may call under [[clients]], or say --insecure"),
        ServeError::Listen(..) | ServeError::Store(_) => Failure::new(Status::Failed, error.to_string()),
    }
}
