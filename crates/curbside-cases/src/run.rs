//! Running a case.

use curbside_cards::Occasion;
use curbside_chart::input::{self, Document};
use curbside_engine::{Answer, Ask, Decider, DetailsAsked, Engine, MAX_STEPS, Question, Unanswered};
use curbside_source::Diagnostic;

use crate::compare::{Mismatch, compare};
use crate::file::Case;
use crate::why::steps;

/// Most cards of an answer: a case sees them all.
const MAX_CARDS: usize = 1000;

/// What became of a case.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What is wrong with the case itself.
    pub broken: Vec<Diagnostic>,
    /// What differs from what it expects.
    pub mismatches: Vec<Mismatch>,
    /// The answer, where it was run.
    pub answer: Option<Answer>,
}

impl Report {
    /// Whether everything is as expected.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.broken.is_empty() && self.mismatches.is_empty()
    }

    fn broken(broken: Vec<Diagnostic>) -> Self {
        Self { broken, ..Self::default() }
    }
}

/// Has packs answer a case and compares. `bundle` is the text of the record that the case names.
#[must_use]
pub fn run<'e>(case: &Case, packs: impl Into<Decider<'e>>, bundle: Option<&str>) -> Report {
    let packs = packs.into();
    with_question(case, packs.packs(), bundle, |question, text| {
        let facts = case.expected.facts.keys().map(|name| name.value.clone()).collect();
        let (answer, details) = packs.answer_with(question, text, &DetailsAsked { facts, ..DetailsAsked::default() })?;
        let mut mismatches = compare(case, packs.packs(), &answer, &details.facts);
        mismatches.sort_by_key(|mismatch| mismatch.span);
        explain(&mut mismatches, &answer.hook, packs, question, text)?;
        Ok(Report { broken: nothing_expected(case).into_iter().collect(), mismatches, answer: Some(answer) })
    })
    .unwrap_or_else(Report::broken)
}

/// Adds the criteria that decided the rules which came out otherwise.
fn explain(list: &mut [Mismatch], hook: &str, packs: Decider<'_>, question: &Question<'_>, text: &[u8]) -> Result<(), Unanswered> {
    let mut rules: Vec<String> = list.iter().map(|mismatch| mismatch.rule().to_owned()).collect();
    rules.sort();
    rules.dedup();
    if rules.is_empty() {
        return Ok(());
    }
    let question = Question { ask: Ask::Hook(hook), ..*question };
    let told = packs.details(&question, text, &DetailsAsked { explain: rules, ..DetailsAsked::default() })?.explanations;
    for mismatch in list {
        mismatch.why = told.iter().find(|told| told.rule == mismatch.rule()).map(steps).unwrap_or_default();
    }
    Ok(())
}

fn nothing_expected(case: &Case) -> Option<Diagnostic> {
    let empty = || Diagnostic::error("nothing-expected", case.name.span, "the case expects nothing, so it can never fail");
    let help = "add `expect: {RULE: met}`, or let `curbside test --update` write what the rules say";
    case.expected.is_empty().then(|| empty().help(help))
}

/// Asks about a case. What goes wrong is said in the place where the case names its record.
pub(crate) fn with_question<T>(
    case: &Case,
    engine: &Engine,
    bundle: Option<&str>,
    ask: impl FnOnce(&Question<'_>, &[u8]) -> Result<T, Unanswered>,
) -> Result<T, Vec<Diagnostic>> {
    let (as_of, zone) = case.moment().map_err(|error| vec![error])?;
    let text = match (&case.bundle, bundle) {
        (Some(_), Some(text)) => text.to_owned(),
        (Some(path), None) => {
            return Err(vec![
                Diagnostic::error("no-file", path.span, format!("there is no file `{}`", path.value))
                    .help("the path is relative to the case"),
            ]);
        }
        (None, _) => case.request(engine)?.to_string(),
    };
    let place = case.bundle.as_ref().map_or(case.name.span, |path| path.span);
    let unreadable = |why: String| vec![Diagnostic::error("unreadable", place, why)];
    let document = input::read(text.as_bytes(), input::MAX_BYTES).map_err(|error| unreadable(error.to_string()))?;
    let hook = case.hook.as_ref().map_or(Ask::Input, |hook| Ask::Hook(&hook.value));
    let occasion = match &document {
        Document::Request(request) => Occasion::of(request.hook_instance.as_deref(), text.as_bytes()),
        Document::Record(_) => Occasion::of(None, text.as_bytes()),
    };
    let question = Question {
        document: &document,
        patient: None,
        as_of,
        zone: &zone,
        ask: hook,
        occasion: &occasion,
        max_cards: MAX_CARDS,
        max_steps: MAX_STEPS,
    };
    ask(&question, text.as_bytes()).map_err(|error| unreadable(error.words))
}
