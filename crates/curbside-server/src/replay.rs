//! An answer once given, given again: from the log's entry, the recorded request and the rules of then.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::fetch::state::KeyState;
use crate::rules::{Backend, Failed};
use crate::store::Entry;
use crate::wire::answer::Answer;
use crate::wire::envelope::{Envelope, Hash};

/// Longest that deciding again may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why an answer is not reproduced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotReproduced {
    /// The input is no CDS Hooks request of the entry's hook.
    Unreadable,
    /// It is not the request that was answered, or not with what was fetched for it.
    OtherInput {
        /// Digest of what was answered.
        logged: String,
        /// Digest of this input.
        given: String,
        /// Prefetch keys that were fetched or missing then.
        keys: Vec<String>,
    },
    /// The rules of then are not among these: their ids and digests.
    OtherRules(Vec<(String, String)>),
    /// The entry has no answer: it was refused, or failed.
    NoAnswer(u16),
    /// The rules gave no answer now.
    Failed(Failed),
    /// The same request and the same rules, and still other bytes.
    OtherOutput {
        /// Digest of the answer given then.
        logged: String,
        /// The answer given now.
        body: String,
    },
}

impl fmt::Display for NotReproduced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => f.write_str("the input is no CDS Hooks request of the decision's hook"),
            Self::OtherInput { logged, given, keys } => {
                write!(f, "the input is not the one that was decided: it has the digest {given}, the decision's had {logged}")?;
                if keys.is_empty() { Ok(()) } else { write!(f, "; data was fetched or missing for: {}", keys.join(", ")) }
            }
            Self::OtherRules(wanted) => {
                let wanted: Vec<String> = wanted.iter().map(|(id, digest)| format!("{id} ({digest})")).collect();
                write!(f, "the rules of then are not here: {}", wanted.join(", "))
            }
            Self::NoAnswer(status) => write!(f, "the decision has no answer: it ended with status {status}"),
            Self::Failed(failed) => write!(f, "the rules gave no answer: {failed}"),
            Self::OtherOutput { logged, .. } => write!(f, "the same request and rules gave another answer than then ({logged})"),
        }
    }
}

impl std::error::Error for NotReproduced {}

/// Gives an answer again, byte for byte, or says why that cannot be.
///
/// # Errors
///
/// [`NotReproduced`].
pub fn reproduce(entry: &Entry, input: &[u8], rules: &[Arc<dyn Backend>]) -> Result<String, NotReproduced> {
    if entry.status != 200 {
        return Err(NotReproduced::NoAnswer(entry.status));
    }
    let call = Envelope::read(input, &[entry.hook.as_str()]).map_err(|_| NotReproduced::Unreadable)?;
    let wanted = entry.packs.iter().map(|pack| (pack.id.clone(), pack.digest.clone()));
    let used = rules.iter().find(|backend| entry.packs.iter().any(|pack| pack.digest == backend.identity().digest));
    let backend = used.ok_or_else(|| NotReproduced::OtherRules(wanted.collect()))?;
    let host = crate::rules::engine_input(backend.identity(), &entry.tz, entry.max_cards);
    let invalid = entry.keys.iter().filter(|(_, word)| *word == KeyState::Invalid.word()).map(|(key, _)| key.clone());
    let hash = Hash::of_digest(&entry.input);
    let mut composed = call.compose_for(hash, &invalid.collect(), &[], &host);
    if composed.digest != entry.input {
        // Earlier versions showed the rules what was invalid too.
        composed = call.compose_for(hash, &BTreeSet::new(), &[], &host);
    }
    if composed.digest != entry.input {
        return Err(NotReproduced::OtherInput {
            logged: entry.input.clone(),
            given: composed.digest,
            keys: entry.keys.keys().cloned().collect(),
        });
    }
    if call.is_of_another_trigger() {
        return Ok(Answer::nothing().body);
    }
    let text = backend.call(&entry.service, &composed.text, &entry.as_of, PATIENCE).map_err(NotReproduced::Failed)?;
    // Which cards had been shown before is not in the input: the entry says it.
    let held_back = entry.held_back.keys().map(String::as_str).collect();
    let answer = Answer::read(&text, &entry.instance, entry.system_actions).and_then(|answer| answer.without(&held_back));
    let answer = answer.and_then(|answer| match &entry.link_hosts {
        Some(hosts) => answer.with_links_to(hosts),
        None => Ok(answer),
    });
    let answer = answer.map_err(|_| NotReproduced::Failed(Failed::Unusable))?;
    if answer.digest() == entry.output {
        Ok(answer.body)
    } else {
        Err(NotReproduced::OtherOutput { logged: entry.output.clone(), body: answer.body })
    }
}
