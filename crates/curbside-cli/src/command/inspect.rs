//! `curbside inspect`: what a plug-in is, declares and asks for.

use std::fmt::Write as _;
use std::path::PathBuf;

use curbside_sandbox::{Description, Inspection, Limits, LoadLimits, Trust, inspect, pack};
use serde::Serialize;

use crate::exit::{Failure, Outcome, Status};
use crate::report::{self, plain};
use crate::sandboxed;

/// Show what a plug-in is: its services, digest, signature, imports and limits
///
/// It is run once, in the sandbox, to ask what services it offers; `--static` only looks at the file.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  curbside inspect trd.wasm\n  curbside inspect plugin.wasm --static --format json")]
pub(crate) struct Arguments {
    /// The plug-in
    file: PathBuf,
    /// Do not run it
    #[arg(long = "static")]
    unrun: bool,
    /// How to print it
    #[arg(long, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON document
    Json,
}

/// What is known of a plug-in.
#[derive(Serialize)]
struct Known {
    #[serde(flatten)]
    file: Inspection,
    #[serde(skip_serializing_if = "Option::is_none")]
    pack: Option<pack::Manifest>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    running: Option<Running>,
}

/// What it says when it runs.
#[derive(Serialize)]
struct Running {
    metering: &'static str,
    limits: LimitsShown,
    description: Description,
}

/// What one call may use.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LimitsShown {
    memory_bytes: u64,
    fuel: u64,
    output_bytes: u64,
    wall_ms: u128,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        let wasm = sandboxed::read(&self.file)?;
        let file = inspect(&wasm, &LoadLimits::default()).map_err(|error| sandboxed::refused(&self.file, &error))?;
        let running = if self.unrun { None } else { Some(self.ask(&wasm)?) };
        let known = Known { file, pack: pack::manifest(&wasm), running };
        match self.format {
            Format::Json => {
                let text = serde_json::to_string_pretty(&known).map_err(|error| Failure::new(Status::Failed, error.to_string()))?;
                report::data(&(text + "\n"));
            }
            Format::Text => report::page(&page(&known)),
        }
        Ok(Status::Ran)
    }

    fn ask(&self, wasm: &[u8]) -> Result<Running, Failure> {
        // Looking at a plug-in needs no key: what it does stays in the sandbox.
        let plugin = sandboxed::sandbox(&Trust::default())?.load(wasm).map_err(|error| sandboxed::refused(&self.file, &error))?;
        let Limits { memory_bytes, fuel, output_bytes, wall, .. } = *plugin.limits();
        let metering = if plugin.is_pack() { "the engine's own steps" } else { "fuel" };
        let limits = LimitsShown { memory_bytes, fuel, output_bytes, wall_ms: wall.as_millis() };
        Ok(Running { metering, limits, description: plugin.describe().clone() })
    }
}

fn page(known: &Known) -> String {
    let Known { file, pack, running } = known;
    let mut text = String::new();
    // Writing to a String cannot fail.
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<12}{}", plain(value));
    };
    line("digest", &format!("sha256:{}", file.digest));
    line("signed by", file.signer.as_deref().map_or("nobody", |key| key));
    for identity in pack.iter().flat_map(|manifest| &manifest.packs) {
        line("pack", &format!("{} {}, {}", identity.id, identity.version, identity.digest));
    }
    if let Some(manifest) = pack {
        line("engine", &format!("sha256:{}", manifest.engine));
    }
    line(
        "file",
        &format!("{} bytes: {} of code in {} functions, {} of data", file.file_bytes, file.code_bytes, file.functions, file.data_bytes),
    );
    line("imports", &if file.imports.is_empty() { "nothing".to_owned() } else { file.imports.join(", ") });
    if let Some(Running { metering, limits, description }) = running {
        let LimitsShown { memory_bytes, fuel, output_bytes, wall_ms } = limits;
        line(
            "limits",
            &format!("memory {memory_bytes} bytes, output {output_bytes} bytes, {wall_ms} ms, work {fuel} units (counted by {metering})"),
        );
        for service in &description.services {
            line("service", &format!("{} at {}: {}", service.id, service.hook, service.description));
            for (key, query) in &service.prefetch {
                line("  prefetch", &format!("{key}: {query}"));
            }
        }
        for value_set in &description.value_sets {
            line("value set", value_set);
        }
    }
    text
}
