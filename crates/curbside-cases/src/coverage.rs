//! Which criteria of a pack the cases exercise, and which way.

use std::collections::BTreeMap;

use curbside_cards::make;
use curbside_engine::{Ask, Engine, Error, Question};
use curbside_rules::evaluate::Answers;
use curbside_rules::{Evaluation, RuleId};
use curbside_source::{Diagnostic, Span};

use crate::file::Case;
use crate::run::with_question;

/// The answers that criteria gave in cases, by pack (place among the engine's) and place in its files.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    seen: BTreeMap<(usize, Span), Answers>,
}

/// A criterion that no case exercises both ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The pack, by place among the engine's.
    pub pack: usize,
    /// Where it is written.
    pub span: Span,
    /// Its kind.
    pub criterion: &'static str,
    /// The answers it gave.
    pub answers: Answers,
}

impl Gap {
    /// What no case shows: `never asked`, `never true`, `never false`, `never true or false`.
    #[must_use]
    pub const fn says(&self) -> &'static str {
        match self.answers {
            Answers { yes: false, no: false, unknown: false } => "never asked",
            Answers { yes: false, no: false, .. } => "never true or false",
            Answers { yes: false, .. } => "never true",
            _ => "never false",
        }
    }
}

impl Coverage {
    /// The answers that criteria give in one case: those of the rules its hook asks, of their cards and
    /// of their suggestions.
    ///
    /// # Errors
    ///
    /// What is wrong with the case.
    pub fn of(case: &Case, engine: &Engine, bundle: Option<&str>) -> Result<Self, Vec<Diagnostic>> {
        with_question(case, engine, bundle, |question, _| Ok(Self::ask(engine, question)?))
    }

    fn ask(engine: &Engine, question: &Question<'_>) -> Result<Self, Error> {
        let chart = engine.chart(question)?;
        let hook = match question.ask {
            Ask::Hook(hook) => hook,
            Ask::Input | Ask::Service(_) => chart.hook.name.as_deref().unwrap_or("patient-view"),
        };
        let mut coverage = Self::default();
        for (at, pack) in engine.packs().iter().enumerate() {
            let evaluation = Evaluation::new(&pack.plan, &chart, question.as_of, hook).observing();
            for decision in evaluation.decisions() {
                // Making the card asks what its rows and suggestions ask.
                let _ = make(&evaluation, &pack.texts, &decision, question.occasion);
            }
            coverage.seen.extend(evaluation.observed().into_iter().map(|(span, answers)| ((at, span), answers)));
        }
        Ok(coverage)
    }

    /// Adds the answers of other cases.
    pub fn add(&mut self, other: &Self) {
        for (place, answers) in &other.seen {
            let known = self.seen.entry(*place).or_default();
            known.yes |= answers.yes;
            known.no |= answers.no;
            known.unknown |= answers.unknown;
        }
    }

    /// The criteria that no case exercises both ways, in the order of files and lines, and how many there
    /// are in all.
    #[must_use]
    pub fn gaps(&self, engine: &Engine) -> (Vec<Gap>, usize) {
        let (mut gaps, mut all) = (Vec::new(), 0);
        for (at, pack) in engine.packs().iter().enumerate() {
            let rules: Vec<RuleId> = pack.plan.rules.iter().filter_map(|rule| pack.plan.rule(&rule.id)).collect();
            for (span, criterion) in pack.plan.uses_of(&rules).criteria {
                all += 1;
                let answers = self.seen.get(&(at, span)).copied().unwrap_or_default();
                if !(answers.yes && answers.no) {
                    gaps.push(Gap { pack: at, span, criterion, answers });
                }
            }
        }
        (gaps, all)
    }
}
