//! `curbside fhirpath`: one expression on one document.

use std::fmt::Write as _;
use std::path::PathBuf;

use curbside_fhirpath::{Collection, Environment, Error, Expression, Node, Outcome as Evaluated, Record, Scope, Value};
use curbside_source::{Diagnostic, Sources, Span};

use crate::ask::AskArguments;
use crate::exit::{Failure, Outcome, Status};
use crate::inputs::Inputs;
use crate::{report, size};

/// Evaluate a FHIRPath expression on a FHIR resource, a bundle or any other JSON
///
/// Prints a JSON list of what it yields: each value with its type and, for elements of the record, its path.
/// An expression that FHIR R4 does not allow is refused before it runs: `syntax` where it cannot be read, `semantic` where
/// it names what FHIR does not know, `execution` where it cannot run on this document.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  curbside fhirpath 'name.given' patient.json
  curbside fhirpath 'onset.ofType(dateTime)' bundle.json --context 'Bundle.entry.resource.ofType(Condition)'
  curbside fhirpath 'value.ofType(Quantity) > 7.5 \u{27}%\u{27}' bundle.json --context Observation/hba1c --trace")]
pub(crate) struct Arguments {
    /// The expression
    #[arg(value_name = "EXPR")]
    expression: String,
    /// A FHIR resource or bundle, or any JSON document; or `-`
    input: PathBuf,
    /// Evaluate it on each of these instead of on the whole document: a path, or a resource as `Type/id`
    #[arg(long, value_name = "RESOURCE_PATH")]
    context: Option<String>,
    /// How to print it
    #[arg(long, default_value = "json")]
    format: Format,
    /// Also say what the model knows of the result before it runs
    #[arg(long)]
    types: bool,
    /// Also say what each step yields, and what `trace()` is called on
    #[arg(long)]
    trace: bool,
    /// What `now()` is: a date (its end) or a date with a time [default: today]
    #[arg(long, value_name = "DATE")]
    at: Option<String>,
    /// The zone in which days begin and end
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    tz: String,
    /// Largest document that is read, such as `64MiB`
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = size::parse)]
    max_size: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people: a line for each value
    Text,
    /// A list of `{"type", "value", "path"}`
    Json,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        let text = self.document()?;
        let unreadable = |error: curbside_fhirpath::RecordError| Failure::unreadable(format!("{}: {error}", self.input.display()));
        let record = Record::parse(&text).map_err(unreadable)?;
        let environment = self.environment()?;
        let root = Node::root(&record);
        let start = record.resource_type().map_or_else(Scope::anywhere, Scope::on);
        let mut held = None;
        let (starts, scope) = match &self.context {
            None => (vec![Value::Node(root)], start),
            Some(context) => match Node::find(&record, context) {
                Some(node) => (vec![Value::Node(node)], Scope::on(node.type_id().name())),
                None => {
                    let expression = match Expression::prepare(context, &start) {
                        Ok(expression) => held.insert(expression),
                        Err(errors) => return Ok(refuse(errors, "--context", context)),
                    };
                    let kind = expression.kind().each();
                    match expression.evaluate(&record, &environment) {
                        Ok(outcome) => (outcome.values, Scope::on_kind(kind)),
                        Err(error) => return Ok(refuse([error], "--context", context)),
                    }
                }
            },
        };
        let expression = match Expression::prepare(&self.expression, &scope) {
            Ok(expression) => expression,
            Err(errors) => return Ok(refuse(errors, "EXPR", &self.expression)),
        };
        if self.types {
            report::words(&format!("type: {}\n", expression.kind()));
        }
        let mut values = Vec::new();
        for start in starts {
            match expression.evaluate_on(Collection::from(start), &environment) {
                Ok(outcome) => {
                    if self.trace {
                        report::words(&traced(&outcome, &self.expression));
                    }
                    values.extend(outcome.values);
                }
                Err(error) => return Ok(refuse([error], "EXPR", &self.expression)),
            }
        }
        match self.format {
            Format::Json => report::data(&json(&values)),
            Format::Text => report::page(&lines(&values)),
        }
        Ok(Status::Ran)
    }

    /// The one document.
    fn document(&self) -> Result<String, Failure> {
        let inputs = Inputs::of(std::slice::from_ref(&self.input), self.max_size)?;
        let mut found = Vec::new();
        inputs.each(|input| found.push(input));
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (Some(input), None) => {
                let bytes = input.bytes.map_err(|why| Failure::unreadable(format!("{}: {why}", input.name)))?;
                String::from_utf8(bytes).map_err(|_| Failure::unreadable(format!("{}: it is not UTF-8", input.name)))
            }
            (None, _) => Err(Failure::unreadable(format!("{}: nothing to read", self.input.display()))),
            _ => Err(Failure::usage("`fhirpath` is about one document").help("give a file that holds one")),
        }
    }

    fn environment<'a>(&self) -> Result<Environment<'a>, Failure> {
        let ask = AskArguments {
            at: self.at.clone(),
            tz: self.tz.clone(),
            hook: None,
            service: None,
            patient: None,
            context: None,
            max_size: self.max_size,
        };
        let zone = ask.zone()?;
        let as_of = zone.rfc3339(ask.as_of(&zone)?.moment());
        let environment = Environment::new(&as_of).ok_or_else(|| Failure::usage(format!("`{as_of}` is no moment")))?;
        Ok(if self.trace { environment.steps() } else { environment })
    }
}

/// Says what is wrong, with its class.
fn refuse(errors: impl IntoIterator<Item = Error>, name: &str, text: &str) -> Status {
    let mut sources = Sources::default();
    let file = sources.add(name, text);
    for error in errors {
        let span = Span { file, start: error.span.start, end: error.span.end };
        let finding = Diagnostic::error(error.class.as_str(), span, error.message).maybe_help(error.help);
        report::words(&report::finding(&finding, &sources, ""));
    }
    Status::Failed
}

fn json(values: &[Value<'_>]) -> String {
    let mut text = String::from("[");
    for (at, value) in values.iter().enumerate() {
        let path = value.node().map_or(serde_json::Value::Null, |node| node.path().into());
        let comma = if at > 0 { ",\n " } else { "" };
        let _ =
            write!(text, "{comma}{{\"type\":{},\"value\":{},\"path\":{path}}}", serde_json::Value::from(value.type_name()), value.json());
    }
    text.push_str("]\n");
    text
}

fn lines(values: &[Value<'_>]) -> String {
    let mut text = String::new();
    for value in values {
        let shown = value.show().unwrap_or_else(|| value.json());
        let path = value.node().map(|node| format!("  {}", node.path())).unwrap_or_default();
        let _ = writeln!(text, "{}  ({}){path}", report::plain(&shown), value.type_name());
    }
    text
}

/// What each step yields, the innermost first, then what `trace()` was called on.
fn traced(outcome: &Evaluated<'_>, expression: &str) -> String {
    let mut text = String::new();
    for step in &outcome.steps {
        let part = expression.get(step.span.range()).unwrap_or_default();
        let part = if part.is_empty() { "$this" } else { part };
        let more = if step.count > step.first.len() { ", …" } else { "" };
        let indent = "  ".repeat(step.depth.saturating_sub(1) as usize);
        let _ = writeln!(text, "{indent}{}: {} [{}{more}]", report::plain(part), step.count, report::plain(&step.first.join(", ")));
    }
    for trace in &outcome.traces {
        let values: Vec<_> = trace.values.iter().map(Value::json).collect();
        let _ = writeln!(text, "trace {}: [{}]", report::plain(&trace.name), report::plain(&values.join(", ")));
    }
    text
}
