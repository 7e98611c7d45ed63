//! One decision of a server's log, decided again.

use std::path::PathBuf;
use std::sync::Arc;

use curbside_server::replay::reproduce;
use curbside_server::store::{Entry, Store, Url};
use curbside_server::{Backend, PackSource, RulesError, load_file, load_pack};

use crate::exit::{Failure, Outcome, Status};
use crate::packs::RulesArguments;
use crate::{packs, report, sandboxed};

/// Which decision.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct DecisionArguments {
    /// Decide one logged decision again (the header Curbside-Decision-Id has its id) from its request, and print the same bytes
    #[arg(long, value_name = "ID", conflicts_with_all = ["output", "html", "resume", "against", "expect", "client"])]
    pub(super) decision: Option<String>,
    /// Where the server keeps its log: `sqlite:FILE` or `postgres://…`
    #[arg(long, value_name = "URL", default_value = "sqlite:curbside.db", requires = "decision")]
    db: Url,
}

impl DecisionArguments {
    pub(super) fn run(&self, id: &str, inputs: &[PathBuf], rules: &RulesArguments, in_sandbox: bool) -> Outcome {
        let [input] = inputs else { return Err(Failure::usage("a decision has one request; give its file")) };
        if let Url::Sqlite(path) = &self.db
            && !path.is_file()
        {
            return Err(Failure::unreadable(format!("{}: there is no such log", path.display())).help("name it with --db sqlite:FILE"));
        }
        #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
        let request = std::fs::read(input).map_err(|error| Failure::unreadable(format!("{}: {error}", input.display())))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::new(Status::Failed, error.to_string()))?;
        let found = runtime.block_on(async {
            let store = Store::open(&self.db).await?;
            let found = store.find(id).await;
            store.close().await;
            found
        });
        let found = found.map_err(|error| Failure::unreadable(error.to_string()))?;
        let entry = found.ok_or_else(|| Failure::unreadable(format!("the log has no decision {id}")))?;
        let backends = backends(&entry, rules, in_sandbox)?;
        match reproduce(&entry, &request, &backends) {
            Ok(body) => {
                report::data(&body);
                report::words(&format!("the same bytes as on {}\n", entry.as_of));
                Ok(Status::Ran)
            }
            Err(why) => Err(Failure::new(Status::Failed, why.to_string())),
        }
    }
}

/// The packs as they stand, with the parameters that were set when it was decided.
fn backends(entry: &Entry, rules: &RulesArguments, in_sandbox: bool) -> Result<Vec<Arc<dyn Backend>>, Failure> {
    let refused = |error: RulesError| packs::refused(&error);
    let sandbox = if in_sandbox || rules.is_wasm() { Some(sandboxed::sandbox(&rules.keys.trust()?)?) } else { None };
    if let Some(sandbox) = sandbox.as_ref().filter(|_| rules.is_wasm()) {
        return Ok(vec![load_file(&rules.rules, sandbox).map_err(refused)?]);
    }
    rules.keys.allow_folder(&rules.rules)?;
    let mut backends: Vec<Arc<dyn Backend>> = Vec::new();
    for source in PackSource::all_at(&rules.rules).map_err(refused)? {
        for used in &entry.packs {
            // A pack that refuses these parameters is another one.
            let source = PackSource { parameters: used.parameters.clone(), ..source.clone() };
            backends.extend(load_pack(&source, sandbox.as_ref()).ok());
        }
    }
    Ok(backends)
}
