//! The FHIR server of a call, where it may be asked.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use curbside_fhir::{Connections, Server};
use tokio::sync::Semaphore;
use url::Url;

use crate::clock;
use crate::config::FhirServers;
use crate::secret::Secret;
use crate::wire::envelope::Envelope;

/// Most queries of one call at once.
const AT_ONCE: usize = 6;
/// A token is not used in the last moments of its life.
const MARGIN: i64 = 2;

/// A FHIR server that may be asked, for one call.
#[derive(Debug)]
pub(super) struct FhirServer {
    base: Url,
    pub(super) http: Server,
    pub(super) token: Option<Secret>,
    /// Nothing is asked from here on.
    pub(super) until: Instant,
    pub(super) places: Semaphore,
    refused: AtomicBool,
}

impl FhirServer {
    /// The server that a call names, where the configuration lists it and its token is good for the patient.
    pub(super) fn of(call: &Envelope<'_>, connections: &Connections, allowed: &FhirServers, until: Instant) -> Option<Self> {
        let base = Url::parse(call.fhir_server.as_deref()?).ok()?;
        if !is_listed(&base, &allowed.bases) {
            return None;
        }
        let now = clock::instant();
        let (token, until) = match &call.access {
            Some(access) => {
                let other = matches!((&access.patient, &call.subject.patient), (Some(token), Some(patient)) if token != patient);
                let left = u64::try_from(access.expires_in.saturating_sub(MARGIN)).ok().filter(|left| *left > 0)?;
                if other {
                    return None;
                }
                (Some(access.token.clone()), until.min(now + Duration::from_secs(left.min(86_400))))
            }
            None if allowed.anonymous => (None, until),
            None => return None,
        };
        let http = connections.server(base.clone())?;
        Some(Self { base, http, token, until, places: Semaphore::new(AT_ONCE), refused: AtomicBool::new(false) })
    }

    /// A relative URL on it.
    pub(super) fn url(&self, relative: &str) -> Option<Url> {
        let base = self.base.as_str().trim_end_matches('/');
        Url::parse(&format!("{base}/{relative}")).ok().filter(|url| self.is_same_origin(url))
    }

    /// The next page of a search: never on another host, nor without the lock that this one has. A relative link is
    /// relative to the base, as FHIR's are.
    pub(super) fn page(&self, link: &str) -> Option<Url> {
        let mut base = self.base.clone();
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        base.join(link).ok().filter(|url| self.is_same_origin(url) && is_plain(url))
    }

    fn is_same_origin(&self, url: &Url) -> bool {
        url.scheme() == self.base.scheme()
            && url.host_str() == self.base.host_str()
            && url.port_or_known_default() == self.base.port_or_known_default()
    }

    /// It does not take the token: it is not asked again with it.
    pub(super) fn refuse(&self) {
        self.refused.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }
}

fn is_plain(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none() && matches!(url.scheme(), "https" | "http")
}

/// Whether a base is one of those listed, or lies below one.
fn is_listed(base: &Url, listed: &[String]) -> bool {
    let text = base.as_str().trim_end_matches('/');
    let plain = is_plain(base) && base.query().is_none() && base.fragment().is_none();
    plain
        && listed.iter().filter_map(|entry| Url::parse(entry).ok()).any(|entry| {
            let entry = entry.as_str().trim_end_matches('/');
            text == entry || text.strip_prefix(entry).is_some_and(|rest| rest.starts_with('/'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_listed_is_asked() {
        let listed = |base: &str| Url::parse(base).is_ok_and(|base| is_listed(&base, &["https://fhir.example.org/r4/".to_owned()]));
        assert!(
            listed("https://fhir.example.org/r4")
                && listed("https://FHIR.example.org:443/r4/")
                && listed("https://fhir.example.org/r4/tenant")
        );
        for bad in [
            "http://fhir.example.org/r4",
            "https://fhir.example.org/r4x",
            "https://fhir.example.org",
            "https://fhir.example.org:8443/r4",
            "https://user@fhir.example.org/r4",
            "https://fhir.example.org/r4?x",
            "https://fhir.example.org/r4/../admin",
            "https://fhir.example.org.evil.example/r4",
            "https://169.254.169.254",
            "file:///etc/passwd",
        ] {
            assert!(!listed(bad), "{bad}");
        }
    }
}
