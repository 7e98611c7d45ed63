//! `curbside serve`: CDS Hooks over HTTP.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use curbside_server::config::{Config, ConfigError, Tenant};
use curbside_server::{Runtime, ServeError, Server};

use crate::exit::{Failure, Outcome, Status};
use crate::{packs, report, sandboxed};

/// Answer EHRs through CDS Hooks
///
/// Without options: the packs in rules/ on http://127.0.0.1:8181, with SQLite beside them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  curbside serve
  curbside serve --listen 127.0.0.1:9000 --rules rules/trd --db sqlite:state.db
  curbside serve --plugin site-checks.wasm
  curbside serve --config /etc/curbside/curbside.toml --log json")]
pub(crate) struct Arguments {
    /// What an operator sets, as one TOML file; flags go before it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen [default: 127.0.0.1:8181]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// A pack, or a folder of packs; may be repeated [default: rules]
    #[arg(long, value_name = "DIR")]
    rules: Vec<PathBuf>,
    /// A plug-in: a WebAssembly component; may be repeated
    #[arg(long, value_name = "FILE")]
    plugin: Vec<PathBuf>,
    /// Where state is kept: `sqlite:FILE` or `postgres://…` [default: sqlite:curbside.db]
    #[arg(long, value_name = "URL")]
    db: Option<curbside_server::store::Url>,
    /// An OpenTelemetry collector that gets traces: the base URL of OTLP over HTTP
    #[arg(long, value_name = "URL")]
    traces: Option<String>,
    /// Answer anybody, and over plain HTTP, on an address that others can reach: for trying things out
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
        self.run_recording(None)
    }

    /// Runs, keeping requests in a folder, raw or not.
    pub(super) fn run_recording(&self, record: Option<(&Path, bool)>) -> Outcome {
        let mut config = self.config()?;
        if let Some((folder, raw)) = record {
            (config.record, config.record_raw) = (Some(folder.to_owned()), raw);
        }
        let sandbox = Some(Arc::new(sandboxed::for_server(&config)?));
        curbside_server::init_log(self.log == Log::Json);
        // As many threads as processors decide, and one more serves connections meanwhile.
        let workers = std::thread::available_parallelism().map_or(1, NonZero::get) + 1;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build();
        let runtime = runtime.map_err(|error| Failure::new(Status::Failed, error.to_string()))?;
        runtime.block_on(async {
            let server = Server::bind(config, Runtime { sandbox, ..Runtime::default() }).await.map_err(|error| failed(&error))?;
            report::words(&greeting(&server));
            server.run(curbside_server::stop_signal()).await;
            Ok(Status::Ran)
        })
    }

    /// The file, and the flags before it.
    fn config(&self) -> Result<Config, Failure> {
        let mut config = match &self.config {
            Some(path) => Config::read(path).map_err(|error| wrong(path, error))?,
            None => Config::default(),
        };
        if let Some(listen) = self.listen {
            config.listen = listen;
            if self.config.is_none() {
                config.public_url = format!("http://{listen}");
            }
        }
        if !self.rules.is_empty() || (self.config.is_none() && !self.plugin.is_empty()) {
            config.rules = Tenant { packs: self.rules.clone(), ..config.rules };
        }
        config.rules.plugins.extend(self.plugin.iter().cloned());
        if let Some(url) = &self.db {
            config.store = url.clone();
        }
        if let Some(url) = &self.traces {
            config.traces = Some(url.trim_end_matches('/').to_owned());
        }
        config.insecure = self.insecure;
        Ok(config)
    }
}

/// What the server says when it is ready.
fn greeting(server: &Server) -> String {
    let base = server.url();
    let services = server.services();
    let mut text = format!("curbside answers at {base}/cds-services ({} services)\n", services.len());
    let example = Path::new("examples/requests/patient-view.json");
    if let Some(id) = services.iter().map(|(id, _)| id).find(|id| *id == "trd-patient-view").filter(|_| example.is_file()) {
        let _ = writeln!(
            text,
            "try: curl -s -H 'Content-Type: application/json' --data-binary @{} {base}/cds-services/{id}",
            example.display()
        );
    }
    for pack in server.pending() {
        let _ = writeln!(text, "pack `{pack}` awaits clinical sign-off: not for clinical use");
    }
    text
}

/// A configuration that cannot be used.
pub(super) fn wrong(path: &Path, error: ConfigError) -> Failure {
    match error {
        ConfigError::Read(error) => Failure::usage(format!("{}: {error}", path.display())),
        ConfigError::Wrong { sources, found } => {
            for finding in &found {
                report::words(&report::finding(finding, &sources, ""));
            }
            Failure::usage(format!("{} cannot be used: {} errors", path.display(), found.len()))
        }
    }
}

fn failed(error: &ServeError) -> Failure {
    match error {
        ServeError::Rules(error) => packs::refused(error),
        ServeError::Settings(why) => Failure::usage(why.clone()),
        ServeError::Listen(..) | ServeError::Store(_) => Failure::new(Status::Failed, error.to_string()),
    }
}
