//! What an evaluation yields beside its values.

use super::Evaluator;
use crate::error::Span;
use crate::value::{Collection, Node, Value};

/// What an evaluation yields.
#[derive(Clone, Debug, Default)]
pub struct Outcome<'a> {
    /// The values, in their order.
    pub values: Vec<Value<'a>>,
    /// What `trace()` was called on.
    pub traces: Vec<Trace<'a>>,
    /// What each step yielded, where [`crate::Environment::steps`] asked for it.
    pub steps: Vec<Step>,
    /// What was read and what was not there, where [`crate::Environment::watch`] asked for it.
    pub watched: Watched<'a>,
    /// Steps used, to compare with [`crate::Limits::steps`].
    pub used: u64,
}

impl Outcome<'_> {
    /// The one Boolean it is: `None` where it is empty, anything else, or several.
    #[must_use]
    pub fn truth(&self) -> Option<bool> {
        match self.values.as_slice() {
            [value] => value.boolean(),
            _ => None,
        }
    }
}

/// One call of `trace()`.
#[derive(Clone, Debug)]
pub struct Trace<'a> {
    /// The name it was given.
    pub name: String,
    /// What it was called on, or its projection.
    pub values: Vec<Value<'a>>,
}

/// One step of an evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The part of the expression.
    pub span: Span,
    /// How deep it stands; the expression itself is 1.
    pub depth: u32,
    /// How many values it yielded.
    pub count: usize,
    /// The first of them, as JSON, cut short.
    pub first: Vec<String>,
}

/// What an evaluation read, and what it looked for in vain. What a `where` sorted out does not count.
#[derive(Clone, Debug, Default)]
pub struct Watched<'a> {
    /// One element of each resource that was read.
    pub read: Vec<Node<'a>>,
    /// What was looked for and is not there, as `Observation/o1 value` or as the step that found nothing.
    pub missing: Vec<String>,
}

/// Steps and places beyond this are not kept.
const KEPT: usize = 2000;
const SHOWN: usize = 3;
const SHOWN_LENGTH: usize = 120;

/// What is noted while an evaluation runs.
#[derive(Debug, Default)]
pub(super) struct Watch<'a> {
    read: Vec<(u32, Node<'a>)>,
    missing: Vec<(Span, Option<(Node<'a>, String)>)>,
}

impl<'a> Watch<'a> {
    pub(super) fn finish(self, text: &str) -> Watched<'a> {
        let mut read: Vec<Node<'a>> = Vec::new();
        for (resource, node) in self.read {
            let known = |known: &Node<'a>| std::ptr::eq(known.record, node.record) && known.record.resource_of(known.at) == resource;
            if !read.iter().any(known) {
                read.push(node);
            }
        }
        let mut missing: Vec<String> = Vec::new();
        for (span, place) in self.missing {
            let what = match place {
                Some((node, name)) => format!("{} {name}", node.resource()),
                None => text.get(span.range()).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "),
            };
            if !missing.contains(&what) {
                missing.push(what);
            }
        }
        Watched { read, missing }
    }
}

impl<'a> Evaluator<'a> {
    pub(super) fn note_step(&mut self, span: Span, values: &Collection<'a>) {
        if self.steps.len() < KEPT {
            let short = |value: &Value<'_>| value.json().chars().take(SHOWN_LENGTH).collect();
            let first = values.iter().take(SHOWN).map(short).collect();
            self.steps.push(Step { span, depth: self.depth + 1, count: values.len(), first });
        }
    }

    pub(crate) fn note_trace(&mut self, name: String, values: &Collection<'a>) {
        if self.traces.len() < KEPT {
            self.traces.push(Trace { name, values: values.iter().cloned().collect() });
        }
    }

    pub(super) fn note_read(&mut self, node: &Node<'a>) {
        let Some(watch) = &mut self.watch else { return };
        let resource = node.record.resource_of(node.at);
        // Steps of one path read the same resource again and again.
        let is_last = watch.read.last().is_some_and(|(last, known)| *last == resource && std::ptr::eq(known.record, node.record));
        let is_resource = node.record.entry(resource).is_some_and(|entry| entry.resource.is_some());
        let is_bundle = node.record.entry(resource).and_then(|entry| entry.resource).is_some_and(|kind| kind.name() == "Bundle");
        if !is_last && is_resource && !is_bundle {
            watch.read.push((resource, *node));
        }
    }

    pub(super) fn note_missing(&mut self, span: Span, place: Option<(&Node<'a>, &str)>) {
        if let Some(watch) = self.watch.as_mut().filter(|watch| watch.missing.len() < KEPT) {
            watch.missing.push((span, place.map(|(node, name)| (*node, name.to_owned()))));
        }
    }

    /// A place to go back to with [`Self::forget`].
    pub(crate) fn noted(&self) -> (usize, usize) {
        self.watch.as_ref().map_or((0, 0), |watch| (watch.read.len(), watch.missing.len()))
    }

    /// Forgets what was noted since: an item that a filter sorted out decided nothing.
    pub(crate) fn forget(&mut self, (read, missing): (usize, usize)) {
        if let Some(watch) = &mut self.watch {
            watch.read.truncate(read);
            watch.missing.truncate(missing);
        }
    }
}
