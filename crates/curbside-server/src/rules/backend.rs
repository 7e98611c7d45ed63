//! What answers: a pack or a plug-in.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use curbside_chart::time::Duration as Calendar;
use curbside_engine::CallInput;

use crate::store::{PackUsed, Shown};

/// A service that a pack or plug-in offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// Its id.
    pub id: String,
    /// The hook it answers.
    pub hook: String,
    /// Its title.
    pub title: Option<String>,
    /// What it does.
    pub description: String,
    /// What it asks the EHR to send, by key.
    pub prefetch: BTreeMap<String, String>,
}

/// Why a call has no answer. Nothing in it comes from a patient's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// It used more than it may: which limit.
    Limit(&'static str),
    /// It crashed.
    Crashed,
    /// It declined, or answered with something that is no CDS Hooks response.
    Unusable,
    /// The request does not say whose chart is meant, or cannot be read by the engine.
    Request,
    /// There is no place to run it now.
    Full,
}

impl Failed {
    /// A stable word for the log and the metrics.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Limit(name) => name,
            Self::Crashed => "crashed",
            Self::Unusable => "unusable",
            Self::Request => "request",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl std::error::Error for Failed {}

/// The host's word to the engine, as JSON: what a site sets, and how days are counted.
pub(crate) fn engine_input(identity: &PackUsed, tz: &str, max_cards: usize) -> String {
    let input =
        CallInput { parameters: identity.parameters.clone(), tz: Some(tz.to_owned()), max_cards: Some(max_cards), ..CallInput::default() };
    serde_json::to_string(&input).unwrap_or_else(|_| "{}".to_owned())
}

/// A pack or plug-in, ready to be called from many threads at once.
pub trait Backend: Send + Sync + fmt::Debug {
    /// What it offers, in its own order.
    fn services(&self) -> &[Offered];

    /// What it is, for the log.
    fn identity(&self) -> &PackUsed;

    /// Whether nobody answers for its clinical use yet, as far as it says.
    fn is_pending(&self) -> bool {
        false
    }

    /// For how long a card is not shown again, where its rule asks that some of its cards are not.
    fn repeat_after(&self, _card: &Shown) -> Option<Calendar> {
        None
    }

    /// Whether a call ends when its time is over, whatever it is doing.
    fn keeps_time(&self) -> bool {
        false
    }

    /// Answers a CDS Hooks request with a CDS Hooks response, within a time. Blocks.
    ///
    /// # Errors
    ///
    /// [`Failed`].
    fn call(&self, service: &str, request: &str, as_of: &str, within: Duration) -> Result<String, Failed>;
}
