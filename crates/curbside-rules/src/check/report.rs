//! What was found in a pack, for programs: the shape of `curbside check --format json`.

use curbside_source::{Diagnostic, Diagnostics, Level, Sources, Span};
use curbside_terminology::Pending;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was found in several packs: the document of `curbside check --format json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reports {
    /// The packs, in the order of their folders.
    pub packs: Vec<Report>,
}

/// What was found in a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The pack's folder.
    pub folder: String,
    /// Whether it can be used.
    pub usable: bool,
    /// How many findings there are.
    pub counts: Counts,
    /// What was found, in the order of files and places.
    pub findings: Vec<Finding>,
    /// Figures, codes and words that nobody has signed off, in the order of files and places.
    pub pending: Vec<Unsigned>,
}

/// How many findings there are of each level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Errors: the pack is refused.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// What nobody has signed off.
    pub pending: usize,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// `error`, `warning` or `note`.
    pub level: String,
    /// The stable name of the kind of finding.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Where it is.
    pub place: Place,
    /// Another place that matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also: Option<Place>,
}

/// A place in a file; lines and columns (in characters) start at 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The file, under the pack's folder.
    pub file: String,
    /// Line of its first character.
    pub line: usize,
    /// Column of its first character.
    pub column: usize,
    /// Line of the character behind it.
    pub end_line: usize,
    /// Column of the character behind it.
    pub end_column: usize,
    /// What matters about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// A figure, code or text that nobody has signed off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unsigned {
    /// What it is.
    pub what: String,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Where it is.
    pub place: Place,
}

impl Report {
    /// The report on the pack in `folder`.
    #[must_use]
    pub fn new(folder: &str, usable: bool, found: Diagnostics, pending: &[Pending], sources: &Sources) -> Self {
        let place = |span: Span| Place::of(span, sources);
        let findings: Vec<Finding> = found.sorted().iter().map(|finding| Finding::of(finding, sources)).collect();
        let count = |level: Level| findings.iter().filter(|finding| finding.level == level.as_str()).count();
        let mut unsigned: Vec<(Place, &Pending)> = pending.iter().map(|pending| (place(pending.span), pending)).collect();
        unsigned.sort();
        unsigned.dedup();
        Self {
            folder: folder.to_owned(),
            usable,
            counts: Counts { errors: count(Level::Error), warnings: count(Level::Warning), pending: unsigned.len() },
            findings,
            pending: unsigned
                .into_iter()
                .map(|(place, pending)| Unsigned { what: pending.what.clone(), source: pending.source.clone(), place })
                .collect(),
        }
    }
}

impl Finding {
    /// A finding with its place.
    #[must_use]
    pub fn of(finding: &Diagnostic, sources: &Sources) -> Self {
        Self {
            level: finding.level.as_str().to_owned(),
            code: finding.code.to_owned(),
            message: finding.message.clone(),
            help: finding.help.clone(),
            place: Place::of(finding.span, sources),
            also: finding.also.as_ref().map(|(span, label)| Place { label: Some(label.clone()), ..Place::of(*span, sources) }),
        }
    }
}

impl Place {
    fn of(span: Span, sources: &Sources) -> Self {
        let (start, end) = (sources.position(span), sources.position(Span { start: span.end, ..span }));
        Self {
            file: sources.name(span.file).to_owned(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            label: None,
        }
    }
}
