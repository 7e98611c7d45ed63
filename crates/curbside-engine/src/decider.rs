//! Packs, and who works out what they say: the engine in process, or one elsewhere that answers CDS Hooks.

use std::fmt;

use curbside_chart::Chart;

use crate::answer::Answer;
use crate::details::{Details, DetailsAsked};
use crate::engine::{Engine, Error};
use crate::exchange::{self, Unwrapped};
use crate::question::{Ask, Question};
use crate::service::CallInput;

/// Whoever answers CDS Hooks requests as [`Engine::call`] does: an engine with the same packs in a sandbox.
pub trait Responder: Sync + fmt::Debug {
    /// Answers a request for a service; an empty one asks the rules of the request's hook.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    fn respond(&self, service: &str, request: &str, as_of: &str) -> Result<String, Unanswered>;
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// Why, in a sentence.
    pub words: String,
    /// Whether a limit was hit.
    pub is_limit: bool,
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl std::error::Error for Unanswered {}

impl From<Error> for Unanswered {
    fn from(error: Error) -> Self {
        Self { words: error.to_string(), is_limit: matches!(error, Error::Steps { .. }) }
    }
}

impl From<serde_json::Error> for Unanswered {
    fn from(error: serde_json::Error) -> Self {
        Self { words: error.to_string(), is_limit: false }
    }
}

/// Packs as they are written, and who works out what they say.
#[derive(Clone, Copy, Debug)]
pub struct Decider<'e> {
    packs: &'e Engine,
    responder: Option<&'e dyn Responder>,
}

impl<'e> From<&'e Engine> for Decider<'e> {
    fn from(packs: &'e Engine) -> Self {
        Self { packs, responder: None }
    }
}

impl<'e> Decider<'e> {
    /// Packs that somebody else asks; `packs` says what they are called, and nothing of it decides.
    #[must_use]
    pub fn elsewhere(packs: &'e Engine, responder: &'e dyn Responder) -> Self {
        Self { packs, responder: Some(responder) }
    }

    /// The packs as they are written.
    #[must_use]
    pub fn packs(&self) -> &'e Engine {
        self.packs
    }

    /// Answers a question about a chart that has been read of these bytes.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    pub fn decide(&self, chart: &Chart<'_>, question: &Question<'_>, bytes: &[u8]) -> Result<Answer, Unanswered> {
        match self.responder {
            None => Ok(self.packs.decide(chart, question)?),
            Some(responder) => Ok(serde_json::from_str(&document(responder, question, bytes, None)?.0)?),
        }
    }

    /// As [`Decider::decide`], reading the chart.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    pub fn answer(&self, question: &Question<'_>, bytes: &[u8]) -> Result<Answer, Unanswered> {
        match self.responder {
            None => Ok(self.packs.answer(question)?),
            Some(responder) => Ok(serde_json::from_str(&document(responder, question, bytes, None)?.0)?),
        }
    }

    /// As [`Decider::answer`], with what is asked beside it.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    pub fn answer_with(&self, question: &Question<'_>, bytes: &[u8], asked: &DetailsAsked) -> Result<(Answer, Details), Unanswered> {
        match self.responder {
            None => Ok((self.packs.answer(question)?, self.packs.details(question, asked)?)),
            Some(responder) => {
                let (document, details) = document(responder, question, bytes, Some(asked.clone()))?;
                Ok((serde_json::from_str(&document)?, details))
            }
        }
    }

    /// The decisions document as JSON, and what is asked beside it.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    pub fn document(&self, question: &Question<'_>, bytes: &[u8], asked: &DetailsAsked) -> Result<(String, Details), Unanswered> {
        match self.responder {
            None => Ok((serde_json::to_string(&self.packs.answer(question)?)?, self.packs.details(question, asked)?)),
            Some(responder) => document(responder, question, bytes, Some(asked.clone())),
        }
    }

    /// What is asked beside decisions.
    ///
    /// # Errors
    ///
    /// [`Unanswered`].
    pub fn details(&self, question: &Question<'_>, bytes: &[u8], asked: &DetailsAsked) -> Result<Details, Unanswered> {
        match self.responder {
            None => Ok(self.packs.details(question, asked)?),
            Some(responder) => Ok(document(responder, question, bytes, Some(asked.clone()))?.1),
        }
    }
}

fn document(
    responder: &dyn Responder,
    question: &Question<'_>,
    bytes: &[u8],
    details: Option<DetailsAsked>,
) -> Result<(String, Details), Unanswered> {
    let Question { patient, as_of, zone, ask, occasion, max_cards, max_steps, .. } = *question;
    let input = CallInput {
        tz: Some(zone.name().to_owned()),
        patient: patient.map(str::to_owned),
        occasion: Some(occasion.text().to_owned()),
        max_cards: Some(max_cards),
        max_steps: Some(max_steps),
        details,
        ..CallInput::default()
    };
    let (service, hook) = match ask {
        Ask::Input => ("", None),
        Ask::Hook(hook) => ("", Some(hook)),
        Ask::Service(service) => (service, None),
    };
    let text = std::str::from_utf8(bytes).map_err(|error| Unanswered { words: error.to_string(), is_limit: false })?;
    let request = exchange::wrap(text.trim_start_matches('\u{FEFF}'), hook, &input)?;
    let response = responder.respond(service, &request, &as_of.to_string())?;
    let Unwrapped { document, details } = exchange::unwrap(&response)?;
    let none = || Unanswered { words: "it gives no decisions".to_owned(), is_limit: false };
    Ok((document.ok_or_else(none)?, details))
}
