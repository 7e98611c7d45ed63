//! `curbside schema`: JSON Schemas of rule files and of what the commands print.

use std::fs;
use std::path::PathBuf;

use curbside_engine::{Answer, Explanation};
use curbside_rules::check::Reports;
use curbside_rules::schema::{self, NamedSchema};
use curbside_source::did_you_mean;

use crate::exit::{Failure, Outcome, Status};
use crate::report;

/// Print the JSON Schema of a kind of file, for editors and checks from outside
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  curbside schema                  what there is
  curbside schema rule
  curbside schema --write schemas

In an editor, the first line of a file names its schema:
  # yaml-language-server: $schema=../../schemas/rule.schema.json")]
pub(crate) struct Arguments {
    /// Which: rule, pack, define, case, decision, …; the list of them where absent
    name: Option<String>,
    /// Write all of them into a folder
    #[arg(long, value_name = "DIR", conflicts_with = "name")]
    write: Option<PathBuf>,
}

/// Every schema there is.
fn schemas() -> Vec<NamedSchema> {
    let mut all = schema::schemas();
    all.push(curbside_cases::schema());
    all.push(NamedSchema { file: "decision.schema.json", schema: schema::of::<Answer>("Decisions and cards about a patient") });
    all.push(NamedSchema { file: "check.schema.json", schema: schema::of::<Reports>("What was found in packs") });
    all.push(NamedSchema { file: "explanation.schema.json", schema: schema::of::<Explanation>("Why a rule says what it says") });
    all
}

fn short(file: &str) -> &str {
    file.strip_suffix(".schema.json").unwrap_or(file)
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        let all = schemas();
        let text = |schema: &NamedSchema| serde_json::to_string_pretty(&schema.schema).map(|text| text + "\n").unwrap_or_default();
        if let Some(folder) = &self.write {
            for schema in &all {
                let path = folder.join(schema.file);
                let failed = |error: std::io::Error| Failure::new(Status::Failed, format!("{}: {error}", path.display()));
                fs::create_dir_all(folder).map_err(failed)?;
                fs::write(&path, text(schema)).map_err(failed)?;
                report::words(&format!("wrote {}\n", path.display()));
            }
            return Ok(Status::Ran);
        }
        let Some(name) = &self.name else {
            let lines = all.iter().map(|schema| {
                let title = schema.schema.get("title").and_then(|title| title.as_str()).unwrap_or_default();
                format!("{:12} {title}\n", short(schema.file))
            });
            report::data(&lines.collect::<String>());
            return Ok(Status::Ran);
        };
        match all.iter().find(|schema| short(schema.file) == short(name)) {
            Some(schema) => {
                report::data(&text(schema));
                Ok(Status::Ran)
            }
            None => {
                let failure = Failure::usage(format!("there is no schema `{name}`"));
                Err(match did_you_mean(name, all.iter().map(|schema| short(schema.file))) {
                    Some(help) => failure.help(help),
                    None => failure,
                })
            }
        }
    }
}
