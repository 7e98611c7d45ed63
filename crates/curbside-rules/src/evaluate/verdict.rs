//! What a criterion says about a patient, and why.

use curbside_chart::RecordRef;
use curbside_source::Span;
use smol_str::SmolStr;

use super::context::Cx;
use super::handle::Handle;
use crate::truth::Truth;

/// An answer with its reasons.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The answer.
    pub truth: Truth,
    /// The label that a `decide` table gave instead of a truth.
    pub label: Option<SmolStr>,
    /// Why, in a short plain sentence with the numbers; empty where the parts say it.
    pub says: SmolStr,
    /// The resources that decided it.
    pub evidence: Vec<RecordRef>,
    /// For unknown: what would settle it.
    pub missing: Vec<Missing>,
    /// What a reader should know about the quality of the data.
    pub notes: Vec<SmolStr>,
    /// The criteria it was put together from.
    pub parts: Vec<Part>,
    /// How far it is from being true, and what would make it so.
    pub distance: Option<Box<Distance>>,
}

/// A criterion within another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Its kind (`age`), or the name of the definition it uses.
    pub name: SmolStr,
    /// Where it is written.
    pub span: Span,
    /// What it says.
    pub verdict: Handle<Verdict>,
}

/// What would settle an unknown answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// What is not known: `dose of venlafaxine`.
    pub what: SmolStr,
    /// Where it would be recorded: `MedicationStatement.dosage`.
    pub recorded_in: SmolStr,
}

/// How far a criterion is from being true.
#[derive(Clone, Debug, PartialEq)]
pub struct Distance {
    /// From 0 (all but there) to 1 (nothing there).
    pub share: f64,
    /// What would make it true.
    pub change: String,
    /// The records that come nearest to making it true.
    pub records: Vec<RecordRef>,
}

impl Verdict {
    /// An answer and its reason.
    #[must_use]
    pub fn new(truth: Truth, says: impl Into<SmolStr>) -> Self {
        Self {
            truth,
            label: None,
            says: says.into(),
            evidence: Vec::new(),
            missing: Vec::new(),
            notes: Vec::new(),
            parts: Vec::new(),
            distance: None,
        }
    }

    /// Unknown for want of this.
    #[must_use]
    pub fn unknown(says: impl Into<SmolStr>, what: impl Into<SmolStr>, recorded_in: impl Into<SmolStr>) -> Self {
        Self::new(Truth::Unknown, says).missing(what, recorded_in)
    }

    /// Adds a resource that decided it.
    #[must_use]
    pub fn from(mut self, record: RecordRef) -> Self {
        self.evidence.push(record);
        self
    }

    /// Adds resources that decided it.
    #[must_use]
    pub fn from_all(mut self, records: impl IntoIterator<Item = RecordRef>) -> Self {
        self.evidence.extend(records);
        self
    }

    /// Adds what would settle it.
    #[must_use]
    pub fn missing(mut self, what: impl Into<SmolStr>, recorded_in: impl Into<SmolStr>) -> Self {
        self.missing.push(Missing { what: what.into(), recorded_in: recorded_in.into() });
        self
    }

    /// Adds how far it is from being true and what would make it so, where that is asked for.
    #[must_use]
    pub fn distance<S: Into<String>>(mut self, cx: Cx<'_, '_>, share: f64, change: impl FnOnce() -> S) -> Self {
        if cx.explains() {
            self.distance = Some(Box::new(Distance { share: share.clamp(0.0, 1.0), change: change().into(), records: Vec::new() }));
        }
        self
    }

    /// Adds the records that come nearest to making it true.
    #[must_use]
    pub fn nearest(mut self, records: impl IntoIterator<Item = RecordRef>) -> Self {
        if let Some(distance) = &mut self.distance {
            distance.records.extend(records);
        }
        self
    }

    /// The shortest way to its being true: its own, else the shortest of its parts that are not.
    #[must_use]
    pub fn way(&self) -> Option<&Distance> {
        let parts = || self.parts.iter().filter(|part| part.verdict.truth != Truth::True);
        self.distance.as_deref().or_else(|| parts().filter_map(|part| part.verdict.way()).min_by(|a, b| a.share.total_cmp(&b.share)))
    }

    /// An answer put together from parts: what decided it are the parts that agree with it.
    #[must_use]
    pub fn of_parts(truth: Truth, parts: Vec<Part>) -> Self {
        let mut verdict = Self::new(truth, "");
        let deciding = |part: &&Part| part.verdict.truth == truth;
        let any = parts.iter().any(|part| part.verdict.truth == truth);
        for part in parts.iter().filter(|part| !any || deciding(part)) {
            match truth {
                Truth::Unknown => verdict.take(&part.verdict),
                Truth::True | Truth::False => verdict.take_settled(&part.verdict),
            }
        }
        // What is to be known of the data is to be known whatever decided.
        let others = parts.iter().filter(|part| any && !deciding(part));
        verdict.notes.extend(others.flat_map(|part| part.verdict.notes.iter().cloned()));
        verdict.parts = parts;
        verdict
    }

    /// The reasons in one line: its own words, or those of the parts that decided it, each once.
    #[must_use]
    pub fn reasons(&self) -> SmolStr {
        let mut said = Vec::new();
        self.say(&mut said);
        match said.as_slice() {
            [only] => (*only).clone(),
            several => several.iter().map(|says| says.as_str()).collect::<Vec<_>>().join("; ").into(),
        }
    }

    /// Adds its reasons to those that were said, however deep: what two parts rest on is said once.
    fn say<'v>(&'v self, said: &mut Vec<&'v SmolStr>) {
        if !self.says.is_empty() {
            if !said.contains(&&self.says) {
                said.push(&self.says);
            }
            return;
        }
        let any = self.parts.iter().any(|part| part.verdict.truth == self.truth);
        for part in self.parts.iter().filter(|part| !any || part.verdict.truth == self.truth) {
            part.verdict.say(said);
        }
    }

    /// Takes over the reasons of another one.
    pub fn take(&mut self, other: &Self) {
        self.take_settled(other);
        self.missing.extend(other.missing.iter().cloned());
    }

    /// Takes over the reasons of another one, but not what would settle it.
    pub fn take_settled(&mut self, other: &Self) {
        self.evidence.extend_from_slice(&other.evidence);
        self.notes.extend(other.notes.iter().cloned());
    }
}
