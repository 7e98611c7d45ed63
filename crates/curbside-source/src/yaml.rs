//! YAML as Curbside reads it: one document of maps, lists and scalars, each with its place.
//!
//! Scalars keep their text as written, so `0.50` stays `0.50`; what they mean is decided by the
//! type that reads them. Refused, because each has surprised somebody: duplicate keys, anchors
//! and aliases, tags, several documents in one file, keys that are not text, nesting deeper than
//! [`MAX_DEPTH`].

use granit_parser::{Event, Parser, ScalarStyle, Span as Range};

use crate::{Diagnostic, FileId, Sources, Span};

/// Deepest nesting of maps and lists that is read.
pub const MAX_DEPTH: usize = 64;

/// A piece of a YAML document and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The place: of a scalar its text, of a map or list its whole extent.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a [`Node`] is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A scalar as written; `plain` when it was not quoted (and so may be a number or a truth).
    Scalar {
        /// The text, unescaped.
        text: String,
        /// Not quoted and not a block.
        plain: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// A map in the order it was written.
    Map(Vec<(Key, Node)>),
}

/// A key of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// Its text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

impl Node {
    /// Whether this is an empty value (`key:` with nothing behind it, `null` or `~`).
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null"))
    }

    /// "text", "a list" or "a map", for messages.
    #[must_use]
    pub fn noun(&self) -> &'static str {
        match &self.kind {
            _ if self.is_null() => "nothing",
            Kind::Scalar { .. } => "text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }
}

/// Reads the one document of a file.
///
/// # Errors
///
/// The first place where the file is not the YAML described above. Only one, because nothing
/// behind such a place can be trusted to mean what its author meant.
pub fn parse(sources: &Sources, file: FileId) -> Result<Node, Diagnostic> {
    let text = sources.whole(file);
    let mut reader = Reader { events: Parser::new_from_str(text), text, file, end: text.len() };
    let node = reader.document()?;
    Ok(node.unwrap_or(Node { span: reader.place(0, 0), kind: Kind::Scalar { text: String::new(), plain: true } }))
}

struct Reader<'t> {
    events: Parser<'t, granit_parser::StrInput<'t>>,
    text: &'t str,
    file: FileId,
    end: usize,
}

impl<'t> Reader<'t> {
    fn place(&self, start: usize, end: usize) -> Span {
        let clip = |at: usize| u32::try_from(at.min(self.end)).unwrap_or(u32::MAX);
        Span { file: self.file, start: clip(start), end: clip(end) }
    }

    fn span(&self, range: &Range) -> Span {
        let bytes = |marker: &granit_parser::Marker| marker.byte_offset().unwrap_or(0);
        self.place(bytes(&range.start), bytes(&range.end))
    }

    /// Units have brackets, and inside `{…}` a bracket begins a list.
    fn bracket(&self, at: usize) -> Option<String> {
        let (before, behind) = self.text.split_at_checked(at)?;
        let is_inside_word = behind.starts_with('[') && before.ends_with(|c: char| !c.is_whitespace() && !"{[,:".contains(c));
        is_inside_word.then(|| "quote what has brackets in it, like `\"140 mm[Hg]\"`".to_owned())
    }

    fn next(&mut self) -> Result<(Event<'t>, Range), Diagnostic> {
        match self.events.next() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let at = error.marker().byte_offset().unwrap_or(self.end);
                let message = format!("this is not YAML: {}", error.info());
                Err(Diagnostic::error("yaml", self.place(at, at.saturating_add(1)), message).maybe_help(self.bracket(at)))
            }
            None => Ok((Event::StreamEnd, Range::default())),
        }
    }

    fn document(&mut self) -> Result<Option<Node>, Diagnostic> {
        let mut found = None;
        loop {
            let (event, range) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(found),
                Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(..) if found.is_none() => {}
                Event::DocumentStart(..) => {
                    let span = self.span(&range);
                    return Err(Diagnostic::error("yaml", span, "a file holds one document, this is a second")
                        .help("put it into a file of its own"));
                }
                event => found = Some(self.node(event, &range, 0)?),
            }
        }
    }

    fn node(&mut self, event: Event<'t>, range: &Range, depth: usize) -> Result<Node, Diagnostic> {
        let span = self.span(range);
        if depth > MAX_DEPTH {
            return Err(Diagnostic::error("yaml", span, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse(span, anchor, tag.is_some())?;
                let plain = style == ScalarStyle::Plain;
                Ok(Node { span, kind: Kind::Scalar { text: text.into_owned(), plain } })
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse(span, anchor, tag.is_some())?;
                self.list(span, depth)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse(span, anchor, tag.is_some())?;
                self.map(span, depth)
            }
            Event::Alias(_) => {
                Err(Diagnostic::error("yaml", span, "aliases (`*name`) are not read")
                    .help("give the thing a name under `define` and `use` it"))
            }
            other => Err(Diagnostic::error("yaml", span, format!("unexpected {other:?}"))),
        }
    }

    fn refuse(&self, span: Span, anchor: usize, tagged: bool) -> Result<(), Diagnostic> {
        if anchor != 0 {
            return Err(
                Diagnostic::error("yaml", span, "anchors (`&name`) are not read").help("give the thing a name under `define` and `use` it")
            );
        }
        if tagged {
            return Err(Diagnostic::error("yaml", span, "tags (`!name`) are not read"));
        }
        Ok(())
    }

    fn list(&mut self, start: Span, depth: usize) -> Result<Node, Diagnostic> {
        let mut items = Vec::new();
        loop {
            let (event, range) = self.next()?;
            if event == Event::SequenceEnd {
                let end = items.last().map_or(start.end, |last: &Node| last.span.end).max(self.span(&range).end);
                return Ok(Node { span: trimmed(start, end, items.last()), kind: Kind::List(items) });
            }
            items.push(self.node(event, &range, depth + 1)?);
        }
    }

    fn map(&mut self, start: Span, depth: usize) -> Result<Node, Diagnostic> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        loop {
            let (event, range) = self.next()?;
            if event == Event::MappingEnd {
                let last = entries.last().map(|(_, value)| value);
                let end = last.map_or(start.end, |last| last.span.end).max(self.span(&range).end);
                return Ok(Node { span: trimmed(start, end, last), kind: Kind::Map(entries) });
            }
            let key = self.node(event, &range, depth + 1)?;
            let Kind::Scalar { text, .. } = key.kind else {
                return Err(Diagnostic::error("yaml", key.span, "a key must be text"));
            };
            if let Some((first, _)) = entries.iter().find(|(known, _)| known.text == text) {
                return Err(
                    Diagnostic::error("duplicate-key", key.span, format!("`{text}` is given twice")).also(first.span, "first given here")
                );
            }
            let (event, range) = self.next()?;
            let value = self.node(event, &range, depth + 1)?;
            entries.push((Key { text, span: key.span }, value));
        }
    }
}

/// Block collections end where their last item does, not at the next token.
fn trimmed(start: Span, end: u32, last: Option<&Node>) -> Span {
    let last = last.map_or(start.end, |node| node.span.end);
    // A flow collection ends with its bracket, right of everything in it.
    Span { end: if end > last && end - last <= 2 { end } else { last.max(start.end) }, ..start }
}
