//! Resources that stand one a line are one record together, as a bulk export writes them.

use curbside_replay::Peek;
use serde::de::IgnoredAny;

/// A line and its number.
pub(crate) type Numbered = (u64, Vec<u8>);

/// The resources of a file so far.
#[derive(Default)]
pub(crate) struct Gathered {
    /// As a Bundle that is not closed yet.
    bundle: Vec<u8>,
    /// The first line, a Patient, until the next one tells whether these are patients or the record of one.
    first: Option<Numbered>,
    /// Each is a patient, of whom there is nothing else.
    apart: bool,
    /// A line that is no JSON: it may have been any resource.
    lacks_some: bool,
}

/// What a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    /// A Bundle or a request: a document of its own.
    Document,
    /// A Patient.
    Patient,
    /// Another resource.
    Resource,
    /// No JSON object.
    Broken,
}

const START: &[u8] = br#"{"resourceType":"Bundle","type":"collection","entry":["#;
const ENTRY: &[u8] = br#"{"resource":"#;
const END: &[u8] = b"]}";

impl Gathered {
    /// Takes a line; gives back what is a document of its own. An error where the record is larger than allowed.
    pub(crate) fn take(&mut self, line: Numbered, most: u64) -> Result<Vec<Numbered>, ()> {
        let kind = kind(&line.1);
        self.lacks_some |= kind == Line::Broken;
        match kind {
            Line::Document | Line::Broken => return Ok(vec![line]),
            Line::Patient | Line::Resource if self.apart => return Ok(vec![line]),
            Line::Patient if self.first.is_none() && self.bundle.is_empty() => {
                self.first = Some(line);
                return Ok(Vec::new());
            }
            Line::Patient if self.first.is_some() => {
                self.apart = true;
                return Ok(self.first.take().into_iter().chain([line]).collect());
            }
            Line::Patient | Line::Resource => {}
        }
        if let Some((_, first)) = self.first.take() {
            self.add(&[ENTRY, first.trim_ascii(), b"}"].concat());
        }
        self.add(&[ENTRY, line.1.trim_ascii(), b"}"].concat());
        if self.bundle.len() as u64 > most { Err(()) } else { Ok(Vec::new()) }
    }

    /// A line that could not be read at all.
    pub(crate) fn miss(&mut self) {
        self.lacks_some = true;
    }

    /// The record, where there were resources.
    pub(crate) fn record(mut self) -> Option<Vec<u8>> {
        if let Some((_, alone)) = self.first {
            return Some(alone);
        }
        if self.bundle.is_empty() {
            return None;
        }
        if self.lacks_some {
            self.add(b"null");
        }
        self.bundle.extend_from_slice(END);
        Some(self.bundle)
    }

    fn add(&mut self, entry: &[u8]) {
        self.bundle.extend_from_slice(if self.bundle.is_empty() { START } else { b"," });
        self.bundle.extend_from_slice(entry);
    }
}

fn kind(line: &[u8]) -> Line {
    // Most lines are Bundles, and need no look.
    if line.trim_ascii_start().starts_with(br#"{"resourceType":"Bundle""#) {
        return Line::Document;
    }
    if serde_json::from_slice::<IgnoredAny>(line).is_err() || !line.trim_ascii_start().starts_with(b"{") {
        return Line::Broken;
    }
    match serde_json::from_slice::<Peek<'_>>(line) {
        Ok(peek) if peek.is_document() => Line::Document,
        Ok(peek) if peek.resource_type.as_deref() == Some("Patient") => Line::Patient,
        // What does not say its type may be any resource.
        _ => Line::Resource,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENT: &str = r#"{"resourceType":"Patient"}"#;

    /// What is a document of its own, and the record.
    fn gathered(lines: &[&str]) -> (Vec<u64>, Option<String>) {
        let mut gathered = Gathered::default();
        let numbered = (1..).zip(lines).map(|(number, line)| (number, line.as_bytes().to_vec()));
        let own = numbered.flat_map(|line| gathered.take(line, 1000).unwrap()).map(|(number, _)| number).collect();
        (own, gathered.record().map(|record| String::from_utf8(record).unwrap()))
    }

    #[test]
    fn resources_are_one_record_and_documents_are_their_own() {
        let bundle = r#"{"type":"searchset","resourceType":"Bundle"}"#;
        let (own, record) = gathered(&[PATIENT, bundle, r#"{"id":"x"}"#, r#"{"hook":"patient-view"}"#, "nonsense"]);
        assert_eq!(own, [2, 4, 5]);
        assert_eq!(
            record.as_deref(),
            Some(
                r#"{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient"}},{"resource":{"id":"x"}},null]}"#
            )
        );
        assert_eq!(gathered(&[bundle]), (vec![1], None));
    }

    #[test]
    fn patients_alone_are_no_record() {
        assert_eq!(gathered(&[PATIENT]), (vec![], Some(PATIENT.to_owned())));
        assert_eq!(gathered(&[PATIENT; 3]), (vec![1, 2, 3], None));
    }

    #[test]
    fn a_record_that_is_too_large_is_refused() {
        let mut gathered = Gathered::default();
        assert!(gathered.take((1, br#"{"id":"x"}"#.to_vec()), 10).is_err());
    }
}
