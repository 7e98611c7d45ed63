//! A loaded plug-in: cheap to share, cheap to call, and every call starts from the same memory.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::component::{ComponentExportIndex, InstancePre};

use crate::answer::{self, Maker};
use crate::call::{self, State, within};
use crate::description::Description;
use crate::engine::Engine;
use crate::error::{Breach, CallError, Limit, LoadError};
use crate::host::{Host, Quiet};
use crate::limits::Limits;
use crate::trust::PublicKey;

/// A plug-in that was verified, compiled and asked what it offers.
#[derive(Clone)]
pub struct Plugin {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Arc<Engine>,
    guest: Guest,
    limits: Limits,
    description: Description,
    value_sets: Arc<[String]>,
    digest: String,
    signer: Option<PublicKey>,
    pack: bool,
}

/// What is instantiated, and the exports in it.
struct Guest {
    component: InstancePre<State>,
    describe: ComponentExportIndex,
    call: ComponentExportIndex,
}

/// What a plug-in is made of.
pub(crate) struct Parts {
    pub(crate) engine: Arc<Engine>,
    pub(crate) component: InstancePre<State>,
    pub(crate) usual: Limits,
    pub(crate) ceiling: Limits,
    pub(crate) digest: String,
    pub(crate) signer: Option<PublicKey>,
    pub(crate) pack: bool,
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { digest, description, pack, .. } = &*self.inner;
        f.debug_struct("Plugin")
            .field("digest", digest)
            .field("pack", pack)
            .field("services", &description.services)
            .finish_non_exhaustive()
    }
}

impl Plugin {
    /// Asks what it offers, in an instance of its own.
    pub(crate) fn new(parts: Parts) -> Result<Self, LoadError> {
        let Parts { engine, component, usual, ceiling, digest, signer, pack } = parts;
        let index = |name: &'static str| component.component().get_export_index(None, name).ok_or(LoadError::Export(name));
        let guest = Guest { describe: index("describe")?, call: index("call")?, component };
        let nothing: Arc<[String]> = Arc::new([]);
        let state = State::new(usual, Arc::new(Quiet), "", Arc::clone(&nothing));
        let text = run(&engine, &guest, state, usual.wall, |guest, instance, store| {
            let describe = instance.get_typed_func::<(), (String,)>(&mut *store, guest.describe)?;
            Ok(describe.call(store, ())?.0)
        });
        let text = text.map_err(|failure| match failure {
            CallError::Convention(why) => LoadError::Contract(why),
            other => LoadError::Describe(other),
        })?;
        let description = Description::read(&text).map_err(LoadError::Description)?;
        let limits = description.limits(&usual, &ceiling);
        let value_sets = description.value_sets.clone().into();
        Ok(Self { inner: Arc::new(Inner { engine, guest, limits, description, value_sets, digest, signer, pack }) })
    }

    /// What it offers.
    #[must_use]
    pub fn describe(&self) -> &Description {
        &self.inner.description
    }

    /// SHA-256 of the file without its signature, in hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.inner.digest
    }

    /// Who signed it.
    #[must_use]
    pub fn signer(&self) -> Option<&PublicKey> {
        self.inner.signer.as_ref()
    }

    /// Whether it is a pack of rules run by our own engine.
    #[must_use]
    pub fn is_pack(&self) -> bool {
        self.inner.pack
    }

    /// What one call may use.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// Answers a CDS Hooks request for a service, in a fresh instance: the response, as the guest wrote it. Of a pack,
    /// an empty `service` asks the rules of the request's hook. `request` must be JSON: a pack does not look whether that
    /// holds of the parts that it passes over.
    /// `as_of` is the date-time that the guest is told where it asks for one, RFC 3339.
    ///
    /// # Errors
    ///
    /// Where the guest hit a limit, crashed, declined, or answered with something that is no CDS Hooks response.
    pub fn call(&self, service: &str, request: &str, as_of: &str, host: &Arc<dyn Host>) -> Result<String, CallError> {
        self.call_within(service, request, as_of, host, self.inner.limits.wall)
    }

    /// As [`Plugin::call`], with less time than its limits give it.
    ///
    /// # Errors
    ///
    /// As [`Plugin::call`].
    pub fn call_within(
        &self,
        service: &str,
        request: &str,
        as_of: &str,
        host: &Arc<dyn Host>,
        wall: Duration,
    ) -> Result<String, CallError> {
        let Inner { engine, guest, description, value_sets, .. } = &*self.inner;
        // A pack is also asked by hook alone.
        if !(description.offers(service) || self.inner.pack && service.is_empty()) {
            return Err(CallError::NoService(service.to_owned()));
        }
        let limits = Limits { wall: wall.min(self.inner.limits.wall), ..self.inner.limits };
        within(Limit::Request, u64::try_from(request.len()).unwrap_or(u64::MAX), limits.request_bytes)?;
        let state = State::new(limits, Arc::clone(host), as_of, Arc::clone(value_sets));
        let answer = run(engine, guest, state, limits.wall, |guest, instance, store| {
            let call = instance.get_typed_func::<(&str, &str), (Result<String, String>,)>(&mut *store, guest.call)?;
            Ok(call.call(store, (service, request))?.0)
        })?;
        let answer = answer.map_err(|words| match Breach::of_steps(&words).filter(|_| self.inner.pack) {
            Some(breach) => CallError::Limit(breach),
            None => CallError::Refused(words),
        })?;
        let maker = if self.inner.pack { Maker::Pack } else { Maker::Plugin };
        answer::check(&answer, maker).map_err(CallError::Answer)?;
        Ok(answer)
    }

    /// Starts a fresh instance and drops it: what isolation costs a call.
    ///
    /// # Errors
    ///
    /// Where it does not start.
    pub fn start(&self) -> Result<(), CallError> {
        let Inner { engine, guest, value_sets, limits, .. } = &*self.inner;
        let state = State::new(*limits, Arc::new(Quiet), "", Arc::clone(value_sets));
        run(engine, guest, state, limits.wall, |_, _, _| Ok(()))
    }
}

/// A fresh instance, one use of it, and nothing left of either.
fn run<R>(
    engine: &Arc<Engine>,
    guest: &Guest,
    state: State,
    wall: Duration,
    work: impl FnOnce(&Guest, wasmtime::component::Instance, &mut wasmtime::Store<State>) -> wasmtime::Result<R>,
) -> Result<R, CallError> {
    let _running = engine.ticker.run();
    #[expect(clippy::disallowed_methods, reason = "a limit of time says how much was used")]
    let start = Instant::now();
    let mut store = call::store(engine, state, wall)?;
    let result = guest.component.instantiate(&mut store).and_then(|instance| work(guest, instance, &mut store));
    result.map_err(|error| call::outcome(&error, engine, &store, start.elapsed()))
}
