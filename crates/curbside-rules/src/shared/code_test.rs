//! A test on a coded element: route, setting, reason.

use curbside_chart::Kind;
use curbside_chart::datatype::Concept;
use curbside_source::Spanned;
use curbside_terminology::{ValueSetId, Vocabulary};
use schemars::JsonSchema;
use serde::Deserialize;

use super::words::{Words, WordsModel};
use crate::compile::Compiler;
use crate::model::Names;
use crate::truth::Truth;

/// A test on a coded element; a name is short for `in`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "short:in CodeTest")]
#[schemars(rename = "CodeTest", transform = crate::schema::short_for_in)]
pub struct CodeTestModel {
    /// True where a code is in one of these value sets.
    pub r#in: Option<Names>,
    /// Not true where a code is in one of these, whatever `in` says.
    pub not_in: Option<Names>,
    /// The codes that say no; where given, any other code leaves it unknown.
    pub out: Option<Names>,
    /// True where something is recorded at all (`true`) or nothing is (`false`).
    pub recorded: Option<bool>,
    /// What it means that nothing is recorded (default: unknown).
    pub if_absent: Option<Truth>,
    /// What it means that what is recorded has no code that says yes or no (default: unknown where
    /// it is only in words or in a system that is not known here).
    pub if_uncoded: Option<Truth>,
    /// Words that mean something where no code does.
    pub text: Option<WordsModel>,
}

/// A test on a coded element, ready.
#[derive(Clone, Debug)]
pub struct CodeTest {
    within: Vec<ValueSetId>,
    not_in: Vec<ValueSetId>,
    out: Vec<ValueSetId>,
    recorded: Option<bool>,
    if_absent: Truth,
    if_uncoded: Truth,
    text: Option<Words>,
}

impl CodeTest {
    /// As [`CodeTest::compile`], of a reason for treatment: it may be given as a reference to a condition.
    pub fn of_reason(model: &Spanned<CodeTestModel>, compiler: &mut Compiler<'_>) -> Option<Self> {
        compiler.reads(Kind::Condition);
        Self::compile(model, compiler)
    }

    /// Makes the test of a rule ready.
    pub fn compile(model: &Spanned<CodeTestModel>, compiler: &mut Compiler<'_>) -> Option<Self> {
        if model.r#in.is_none() && model.recorded.is_none() && model.not_in.is_none() && model.text.is_none() {
            compiler.error("nothing-asked", model.span, "this asks for nothing: give `in`, `not_in`, `text` or `recorded`");
        }
        let mut sets = |names: &Option<Names>| compiler.value_sets(names.as_ref());
        let (within, not_in, out) = (sets(&model.r#in)?, sets(&model.not_in)?, sets(&model.out)?);
        let text = match &model.text {
            Some(text) => Some(compiler.words(text)?),
            None => None,
        };
        Some(Self {
            within,
            not_in,
            out,
            recorded: model.recorded,
            if_absent: model.if_absent.unwrap_or(Truth::Unknown),
            if_uncoded: model.if_uncoded.unwrap_or(Truth::Unknown),
            text,
        })
    }

    /// Tests the concepts of an element. Text alone makes it unknown.
    #[must_use]
    pub fn test<'c>(&self, vocabulary: &Vocabulary, concepts: impl IntoIterator<Item = &'c Concept<'c>>) -> Truth {
        let mut seen = Seen::default();
        for concept in concepts.into_iter().filter(|concept| !concept.is_empty()) {
            seen.any = true;
            let mut known = false;
            for coding in &*concept.coding {
                let (Some(system), Some(code)) = (coding.system.as_deref(), coding.code.as_deref()) else { continue };
                known |= vocabulary.knows_system(system);
                vocabulary.value_sets_of(system, code, &mut |set| {
                    seen.within |= self.within.contains(&set);
                    seen.not_in |= self.not_in.contains(&set);
                    seen.out |= self.out.contains(&set);
                });
            }
            seen.unread |= !known;
            if let Some(words) = &self.text {
                seen.words |= concept.words().any(|text| words.are_in(text));
            }
        }
        self.judge(&seen)
    }

    fn judge(&self, seen: &Seen) -> Truth {
        if let Some(wanted) = self.recorded {
            return (seen.any == wanted).into();
        }
        if seen.not_in {
            return Truth::False;
        }
        let found = if self.within.is_empty() { seen.any && self.text.is_none() && !seen.unread } else { seen.within };
        if found {
            return Truth::True;
        }
        if seen.words {
            return self.text.as_ref().map_or(Truth::Unknown, |words| words.then);
        }
        if !seen.any {
            return self.if_absent;
        }
        let says_no = if self.out.is_empty() { !seen.unread } else { seen.out };
        if says_no { Truth::False } else { self.if_uncoded }
    }

    /// The sets it looks for.
    #[must_use]
    pub fn sets(&self) -> &[ValueSetId] {
        &self.within
    }
}

#[derive(Default)]
struct Seen {
    /// Something is recorded.
    any: bool,
    /// Something recorded has no code that means anything here.
    unread: bool,
    within: bool,
    not_in: bool,
    out: bool,
    words: bool,
}
