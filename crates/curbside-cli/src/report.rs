//! What goes out: data and pages on stdout; failures, and findings with the lines they are about, on
//! stderr.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use anstyle::{AnsiColor, Style};
use curbside_source::{Diagnostic, Level as Severity, Sources, Span};

use crate::exit::Failure;

const RED: Style = AnsiColor::Red.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default();

/// Says why a command ended.
pub(crate) fn failure(failure: &Failure) {
    let mut text = format!("{RED}error{RED:#}: {}\n", plain(&failure.message));
    if let Some(help) = &failure.help {
        let _ = writeln!(text, "{CYAN}help{CYAN:#}: {}", plain(help));
    }
    words(&text);
}

/// Text that may come from a record, without what would steer a terminal.
pub(crate) fn plain(text: &str) -> String {
    let steers = |c: char| c.is_control() || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if steers(c) { ' ' } else { c }).collect()
}

/// Writes words to stderr; colour only on a terminal.
pub(crate) fn words(text: &str) {
    use std::io::Write as _;
    // A closed stderr is no reason to fail.
    let _ = write!(anstream::stderr(), "{text}");
}

/// Writes data to stdout as it stands; a closed pipe ends the command quietly.
pub(crate) fn data(text: &str) {
    write(std::io::stdout().lock(), text);
}

/// Writes a page for people to stdout; colour only on a terminal.
pub(crate) fn page(text: &str) {
    write(anstream::stdout().lock(), text);
}

fn write(mut out: impl std::io::Write, text: &str) {
    if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// A finding as people read it: the place, the line, what is wrong and what to write instead.
/// `folder` goes before the names of files.
pub(crate) fn finding(finding: &Diagnostic, sources: &Sources, folder: &str) -> String {
    let level = match finding.level {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let path = |span: Span| match folder {
        "" => sources.name(span.file).to_owned(),
        folder => format!("{}/{}", folder.trim_end_matches('/'), sources.name(span.file)),
    };
    let range = |span: Span| span.start as usize..span.end as usize;
    let snippet = |span: Span| Snippet::source(sources.whole(span.file)).path(path(span)).fold(true);
    let mut group = level.primary_title(finding.message.as_str()).id(finding.code).element(match &finding.also {
        Some((also, label)) if also.file == finding.span.file => snippet(finding.span)
            .annotation(AnnotationKind::Primary.span(range(finding.span)))
            .annotation(AnnotationKind::Context.span(range(*also)).label(label.as_str())),
        _ => snippet(finding.span).annotation(AnnotationKind::Primary.span(range(finding.span))),
    });
    if let Some((also, label)) = finding.also.as_ref().filter(|(also, _)| also.file != finding.span.file) {
        group = group.element(snippet(*also).annotation(AnnotationKind::Context.span(range(*also)).label(label.as_str())));
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    format!("{}\n\n", Renderer::styled().render(&[group]))
}
