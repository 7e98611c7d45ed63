//! Why an input is no document.

use std::fmt;

use super::depth::{MAX_DEPTH, TOO_DEEP};

/// The input is no document: what is wrong, at which byte, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    /// Byte of the input, from 0.
    pub at: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl InputError {
    pub(super) fn at(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn too_large(bytes: usize, max: usize) -> Self {
        Self::at(max, format!("the document has {bytes} bytes, at most {max} are read"))
            .help("raise --max-size, or give the resources as NDJSON, one a line")
    }

    pub(super) fn too_deep(at: usize) -> Self {
        Self::at(at, format!("nested deeper than {MAX_DEPTH} levels"))
    }

    pub(super) fn not_an_object(at: usize, found: u8) -> Self {
        let found = match found {
            b'[' => "a list",
            b'"' => "a string",
            b't' | b'f' => "a truth value",
            b'n' => "null",
            b'-' | b'0'..=b'9' => "a number",
            _ => "no JSON",
        };
        Self::at(at, format!("expected a JSON object, found {found}")).help("give a FHIR Bundle, a resource, or a CDS Hooks request")
    }

    pub(super) fn syntax(text: &str, skipped: usize, error: &serde_json::Error) -> Self {
        let line_start = match error.line() {
            0 | 1 => 0,
            line => memchr::memchr_iter(b'\n', text.as_bytes()).nth(line - 2).map_or(0, |at| at + 1),
        };
        let at = (line_start + error.column().saturating_sub(1)).min(text.len());
        // Keep the parser's words, drop its own idea of the place.
        let full = error.to_string();
        let what = full.split(" at line ").next().unwrap_or(&full).to_owned();
        let at = skipped + if error.is_eof() { text.len() } else { at };
        if error.is_eof() {
            return Self::at(at, format!("the document ends in the middle: {what}")).help("was it cut short?");
        }
        if what == TOO_DEEP {
            return Self::too_deep(at);
        }
        if what.contains("expected a list of entries") {
            return Self::at(at, "the `entry` of a Bundle is no list").help("give the resources as `\"entry\": [{\"resource\": …}]`");
        }
        if what.contains("trailing characters") {
            return Self::at(at, "there is more behind the end of the document")
                .help("several documents are read as NDJSON: one a line, in a file named `.ndjson`");
        }
        Self::at(at, format!("this is not JSON: {what}"))
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (byte {})", self.message, self.at)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for InputError {}
