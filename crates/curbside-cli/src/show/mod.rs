//! Answers as pages for people. Everything that may come from a record goes through
//! [`plain`], so that it cannot steer a terminal.

mod answer;
mod cards;
mod explanation;
mod markdown;
mod page;
mod patient;
mod plugin_cards;
mod trials;

pub(crate) use answer::answer;
pub(crate) use explanation::explanation;
pub(crate) use plugin_cards::plugin_cards;

use curbside_engine::Pack;
use curbside_rules::Truth;
use curbside_terminology::SignOff;

use crate::report::plain;

/// What a truth looks like in a list.
pub(crate) const fn mark(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "✓",
        Truth::Unknown => "?",
        Truth::False => "✗",
    }
}

/// The name of a criterion or definition as words.
pub(crate) fn words(name: &str) -> String {
    plain(name).replace('_', " ")
}

/// That packs are not for clinical use, where nobody has signed them off.
pub(crate) fn cautions<'p>(packs: impl IntoIterator<Item = &'p Pack>) -> Vec<String> {
    let pending = |pack: &&Pack| pack.plan.pack.sign_off.as_ref().is_some_and(SignOff::is_pending);
    let packs = packs.into_iter().filter(pending);
    packs.map(|pack| format!("The pack {} awaits clinical sign-off: not for clinical use.", pack.id())).collect()
}
