//! A pack run in process.

use std::time::Duration;

use curbside_chart::time::Duration as Calendar;
use curbside_engine::{Engine, Error, Pack};
use curbside_terminology::SignOff;

use super::backend::{Backend, Failed, Offered};
use super::repeats::Repeats;
use super::source::{PackSource, RulesError};
use crate::store::{PackUsed, Shown};

/// A pack run in process, without a limit of time: for packs that the operator trusts, and for tests.
#[derive(Debug)]
pub struct Native {
    engine: Engine,
    services: Vec<Offered>,
    identity: PackUsed,
    pending: bool,
    repeats: Repeats,
}

impl Native {
    /// Loads a pack.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn load(source: &PackSource) -> Result<Self, RulesError> {
        let pack = source.pack()?;
        let identity = PackUsed {
            id: pack.id().to_owned(),
            version: pack.version().to_owned(),
            digest: pack.digest.clone(),
            parameters: source.parameters.clone(),
        };
        let pending = pack.plan.pack.sign_off.as_ref().is_some_and(|sign_off| matches!(sign_off, SignOff::Pending(_)));
        Ok(Self::of(pack, identity, pending))
    }

    fn of(pack: Pack, identity: PackUsed, pending: bool) -> Self {
        let repeats = Repeats::of([&pack]);
        let engine = Engine::new(vec![pack]);
        let services = engine.describe().services.into_iter().map(|offer| Offered {
            id: offer.id,
            hook: offer.hook,
            title: offer.title,
            description: offer.description,
            prefetch: offer.prefetch,
        });
        Self { services: services.collect(), engine, identity, pending, repeats }
    }
}

impl Backend for Native {
    fn services(&self) -> &[Offered] {
        &self.services
    }

    fn identity(&self) -> &PackUsed {
        &self.identity
    }

    fn is_pending(&self) -> bool {
        self.pending
    }

    fn repeat_after(&self, card: &Shown) -> Option<Calendar> {
        self.repeats.after(card)
    }

    fn call(&self, service: &str, request: &str, as_of: &str, _within: Duration) -> Result<String, Failed> {
        self.engine.call(service, request, as_of).map_err(|error| match error {
            Error::Chart(_) | Error::Request(_) => Failed::Request,
            Error::UnknownService(_) => Failed::Unusable,
            Error::Steps { .. } => Failed::Limit("steps"),
        })
    }
}
