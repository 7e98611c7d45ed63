//! What packs and plug-ins offer together, ready to be served.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::backend::{Backend, Offered};
use super::source::RulesError;
use crate::fetch::template::Template;
use crate::store::PackUsed;
use crate::wire::discovery::{self, Service};
use crate::wire::envelope::sha256;
use crate::wire::hooks;

/// The services of one tenant.
#[derive(Debug)]
pub(crate) struct Registry {
    backends: Vec<Arc<dyn Backend>>,
    services: BTreeMap<String, Vec<Bound>>,
    /// The body of the answer to discovery.
    pub(crate) discovery: String,
    /// Its entity tag, quotes included.
    pub(crate) etag: String,
}

/// A service bound to a hook.
#[derive(Clone, Debug)]
pub(crate) struct Bound {
    pub(crate) hook: String,
    pub(crate) title: String,
    pub(crate) backend: Arc<dyn Backend>,
    /// What it asks for, by key.
    pub(crate) templates: Arc<BTreeMap<String, Template>>,
}

impl Registry {
    /// Binds what these offer.
    pub(crate) fn new(backends: Vec<Arc<dyn Backend>>) -> Result<Self, RulesError> {
        let mut services: BTreeMap<String, Vec<Bound>> = BTreeMap::new();
        let mut listed = Vec::new();
        for backend in &backends {
            for offered in backend.services() {
                let bound = bind(backend, offered)?;
                let same = services.entry(offered.id.clone()).or_default();
                if same.iter().any(|other| other.hook == bound.hook) {
                    let why = format!("service `{}` for hook `{}` is offered twice; give one of them another id", offered.id, offered.hook);
                    return Err(RulesError::Services(why));
                }
                if same.iter().any(|other| Arc::ptr_eq(&other.backend, backend)) {
                    let why = format!("service `{}` is bound to two hooks by one pack; give each its own id", offered.id);
                    return Err(RulesError::Services(why));
                }
                let title = offered.title.as_deref();
                listed.push(Service::new(&offered.id, &offered.hook, title, &offered.description, &offered.prefetch));
                same.push(bound);
            }
        }
        let discovery = discovery::body(&listed);
        let etag = format!("\"{}\"", sha256(discovery.as_bytes()).trim_start_matches("sha256:").get(..32).unwrap_or_default());
        Ok(Self { backends, services, discovery, etag })
    }

    /// What a service is bound to: one for each of its hooks.
    pub(crate) fn service(&self, id: &str) -> Option<&[Bound]> {
        self.services.get(id).map(Vec::as_slice)
    }

    /// What is in force.
    pub(crate) fn identities(&self) -> impl Iterator<Item = &PackUsed> {
        self.backends.iter().map(|backend| backend.identity())
    }

    /// Ids of packs that await sign-off.
    pub(crate) fn pending(&self) -> impl Iterator<Item = &str> {
        self.backends.iter().filter(|backend| backend.is_pending()).map(|backend| backend.identity().id.as_str())
    }

    /// The first service of each backend, for the words printed at start.
    pub(crate) fn ids(&self) -> impl Iterator<Item = (&str, &str)> {
        self.services.iter().flat_map(|(id, bound)| bound.iter().map(move |bound| (id.as_str(), bound.hook.as_str())))
    }
}

fn bind(backend: &Arc<dyn Backend>, offered: &Offered) -> Result<Bound, RulesError> {
    let refuse = |why: String| Err(RulesError::Services(format!("service `{}` of `{}`: {why}", offered.id, backend.identity().id)));
    if !is_service_id(&offered.id) {
        return refuse("an id is lowercase letters, digits, `.`, `_` and `-`, at most 64, and not `feedback`".into());
    }
    if !hooks::may_be_bound(&offered.hook) {
        return refuse(format!("`{}` is no hook of the library; a hook of your own has a reverse domain name", offered.hook));
    }
    let mut templates = BTreeMap::new();
    for (key, text) in &offered.prefetch {
        match Template::parse(text) {
            Ok(template) => drop(templates.insert(key.clone(), template)),
            Err(why) => return refuse(format!("prefetch `{key}`: {why}")),
        }
    }
    let title = offered.title.clone().unwrap_or_else(|| offered.id.clone());
    Ok(Bound { hook: offered.hook.clone(), title, backend: Arc::clone(backend), templates: Arc::new(templates) })
}

fn is_service_id(id: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    id.len() <= 64
        && id != "feedback"
        && id.bytes().next().is_some_and(inner)
        && id.bytes().all(|byte| inner(byte) || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_plain_and_never_feedback() {
        assert!(is_service_id("trd-patient-view") && is_service_id("a.b_c"));
        for bad in ["feedback", "A", "", "-a", "a/b", &"a".repeat(65)] {
            assert!(!is_service_id(bad), "{bad}");
        }
    }
}
