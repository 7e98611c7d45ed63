//! Rules that change while the server runs: a candidate is checked, its cases are run, it is made ready and takes
//! over at once; a bad one leaves what was in force, also across a restart.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use serde::Serialize;

use super::history::{History, State};
use super::live::Live;
use super::loader::{Loader, Runtime};
use super::set::RuleSet;
use super::source::RulesError;
use crate::clock;
use crate::config::Config;
use crate::metrics::{Metrics, ResultLabels};

/// The rules in force, and what becomes of others.
#[derive(Debug)]
pub(crate) struct Rules {
    live: ArcSwap<Live>,
    last: ArcSwap<Activation>,
    loader: Loader,
    history: Option<History>,
    config: Config,
    metrics: Arc<Metrics>,
    /// How the files stood before they were first read.
    at_start: Fingerprint,
    /// One change at a time.
    changing: Mutex<()>,
}

/// How files stand: their sizes and times.
pub(crate) type Fingerprint = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// What became of the last attempt to change the rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Activation {
    /// When, as people write it.
    pub(crate) at: String,
    /// `activated`, `unchanged`, `held-back` or `rejected`.
    pub(crate) result: &'static str,
    /// Digest of what is in force.
    pub(crate) live: String,
    /// Digest of what was to be; absent where it could not even be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) candidate: Option<String>,
    /// Why it is not, where it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

impl Rules {
    /// Takes up what stands on disk; where that cannot be used, what was in force before.
    pub(crate) fn start(config: &Config, runtime: Runtime, metrics: &Arc<Metrics>) -> Result<Self, RulesError> {
        let folder = config.history_folder();
        let history = folder.as_ref().map(|folder| History::open(folder)).transpose();
        let history = history.map_err(|error| RulesError::Read(folder.unwrap_or_default(), error))?;
        // Before they are read: what changes from here on is a change.
        let at_start = fingerprint(config, None);
        let loader = Loader::new(runtime);
        let state = history.as_ref().map(History::state).unwrap_or_default();
        let (live, activation) = match first(config, &loader, history.as_ref(), &state) {
            Ok((live, set)) => {
                let mut state = state;
                if state.requested.as_ref() == Some(&live.digest) {
                    // What stands on disk is not taken up again until it changes, nor at the next start.
                    state.skipped = RuleSet::read(config).ok().map(|set| set.digest()).filter(|disk| *disk != live.digest);
                }
                keep(history.as_ref(), &live.digest, &set, &mut state);
                let activation = Activation::new("activated", &live.digest, Some(live.digest.clone()), None);
                (live, activation)
            }
            // What is set wrongly is for the operator who starts the server to put right, now.
            Err((_, error)) if error.is_setting() => return Err(error),
            Err((candidate, error)) => {
                let kept = state.current.as_ref().and_then(|digest| history.as_ref()?.set(digest));
                let Some(live) = kept.and_then(|set| loader.load(&set, false).ok()) else { return Err(error) };
                let activation = Activation::new("rejected", &live.digest, candidate, Some(error.to_string()));
                (live, activation)
            }
        };
        let rules = Self {
            live: ArcSwap::from_pointee(live),
            last: ArcSwap::from_pointee(activation.clone()),
            loader,
            history,
            config: config.clone(),
            metrics: Arc::clone(metrics),
            at_start,
            changing: Mutex::new(()),
        };
        rules.tell(activation);
        Ok(rules)
    }

    /// The rules in force.
    pub(crate) fn live(&self) -> Arc<Live> {
        self.live.load_full()
    }

    /// What became of the last attempt to change them.
    pub(crate) fn last(&self) -> Arc<Activation> {
        self.last.load_full()
    }

    /// Rules that were in force.
    pub(crate) const fn history(&self) -> Option<&History> {
        self.history.as_ref()
    }

    /// Takes up what an operator asked for, else what stands on disk. Slow: keep it off the request path.
    pub(crate) fn reload(&self) -> Arc<Activation> {
        let Ok(_one) = self.changing.lock() else { return self.last() };
        let mut state = self.history.as_ref().map(History::state).unwrap_or_default();
        let activation = match state.requested.take() {
            Some(digest) => self.restore(&digest, &mut state),
            None => self.take_up(&mut state),
        };
        self.tell(activation);
        self.last()
    }

    /// Goes back to rules that were in force.
    pub(crate) fn restore_now(&self, digest: &str) -> Arc<Activation> {
        let Ok(_one) = self.changing.lock() else { return self.last() };
        let mut state = self.history.as_ref().map(History::state).unwrap_or_default();
        let activation = self.restore(digest, &mut state);
        self.tell(activation);
        self.last()
    }

    fn restore(&self, digest: &str, state: &mut State) -> Activation {
        state.requested = None;
        let live = self.live().digest.clone();
        let candidate = Some(digest.to_owned());
        let Some(set) = self.history.as_ref().and_then(|history| history.set(digest)) else {
            let reason = "it is not in the history, or not whole any more".to_owned();
            if let Some(history) = &self.history {
                // The request is done with, if in vain.
                let _ = history.write_state(state);
            }
            return Activation::new("rejected", &live, candidate, Some(reason));
        };
        match self.loader.load(&set, false) {
            Ok(restored) => {
                // What stands on disk is not taken up again until it changes.
                state.skipped = RuleSet::read(&self.config).ok().map(|set| set.digest()).filter(|disk| disk != digest);
                keep(self.history.as_ref(), digest, &set, state);
                self.live.store(Arc::new(restored));
                Activation::new("activated", digest, candidate, None)
            }
            Err(error) => Activation::new("rejected", &live, candidate, Some(error.to_string())),
        }
    }

    fn take_up(&self, state: &mut State) -> Activation {
        let live = self.live().digest.clone();
        let set = match RuleSet::read(&self.config) {
            Ok(set) => set,
            Err(error) => return Activation::new("rejected", &live, None, Some(error.to_string())),
        };
        let digest = set.digest();
        let candidate = Some(digest.clone());
        if digest == live {
            return Activation::new("unchanged", &live, candidate, None);
        }
        if state.skipped.as_ref() == Some(&digest) {
            return Activation::new("held-back", &live, candidate, Some("it was rolled back; it is taken up again when it changes".into()));
        }
        match self.loader.load(&set, true) {
            Ok(loaded) => {
                state.skipped = None;
                keep(self.history.as_ref(), &digest, &set, state);
                self.live.store(Arc::new(loaded));
                Activation::new("activated", &digest, candidate, None)
            }
            Err(error) => Activation::new("rejected", &live, candidate, Some(error.to_string())),
        }
    }

    fn tell(&self, activation: Activation) {
        self.metrics.reloads.get_or_create(&ResultLabels::new(activation.result)).inc();
        self.metrics.rules_current.set(i64::from(activation.result != "rejected"));
        let reason = activation.reason.as_deref().unwrap_or("");
        let candidate = activation.candidate.as_deref().unwrap_or("");
        match activation.result {
            "rejected" => tracing::warn!(target: "curbside", live = %activation.live, candidate, reason, "rules rejected"),
            "unchanged" => {}
            result => tracing::info!(target: "curbside", live = %activation.live, candidate, reason, "rules {result}"),
        }
        self.last.store(Arc::new(activation));
    }

    /// When the files that the rules are read from, and what operators ask for, last changed. Cheap.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        fingerprint(&self.config, self.history.as_ref())
    }

    /// How the files stood before they were first read.
    pub(crate) fn at_start(&self) -> Fingerprint {
        self.at_start.clone()
    }
}

/// Rules at the start: those that were asked for, those on disk unless they were rolled back.
fn first(
    config: &Config,
    loader: &Loader,
    history: Option<&History>,
    state: &State,
) -> Result<(Live, RuleSet), (Option<String>, RulesError)> {
    if let Some(set) = state.requested.as_ref().and_then(|digest| history?.set(digest))
        && let Ok(live) = loader.load(&set, false)
    {
        return Ok((live, set));
    }
    let set = RuleSet::read(config).map_err(|error| (None, error))?;
    let digest = set.digest();
    if state.skipped.as_ref() == Some(&digest)
        && let Some(kept) = state.current.as_ref().and_then(|digest| history?.set(digest))
        && let Ok(live) = loader.load(&kept, false)
    {
        return Ok((live, kept));
    }
    // What was in force has passed its cases already.
    let with_cases = !state.activated.contains_key(&digest);
    let live = loader.load(&set, with_cases).map_err(|error| (Some(digest), error))?;
    Ok((live, set))
}

/// Keeps what is in force from now on. Where it cannot be kept the server still serves; a restart then finds what is on disk.
fn keep(history: Option<&History>, digest: &str, set: &RuleSet, state: &mut State) {
    let Some(history) = history else { return };
    state.requested = None;
    if let Err(error) = history.keep(digest, set, state) {
        tracing::error!(target: "curbside", error = %error, "rules in force were not kept");
    }
}

fn fingerprint(config: &Config, history: Option<&History>) -> Fingerprint {
    let mut seen = Vec::new();
    let tenants = std::iter::once(&config.rules).chain(config.tenants.values());
    for path in tenants.flat_map(|tenant| tenant.packs.iter().chain(&tenant.plugins)) {
        look(path, &mut seen);
    }
    if history.is_some_and(|history| history.state().requested.is_some()) {
        seen.push((PathBuf::new(), 0, Some(clock::system_time())));
    }
    seen
}

fn look(path: &Path, seen: &mut Fingerprint) {
    let Ok(about) = fs::metadata(path) else { return };
    if !about.is_dir() {
        seen.push((path.to_owned(), about.len(), about.modified().ok()));
        return;
    }
    #[expect(clippy::disallowed_methods, reason = "the server watches its rules")]
    let entries = fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
    let mut inside: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    inside.sort();
    for path in inside.iter().filter(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))) {
        look(path, seen);
    }
}

impl Activation {
    fn new(result: &'static str, live: &str, candidate: Option<String>, reason: Option<String>) -> Self {
        Self { at: clock::timestamp().to_string(), result, live: live.to_owned(), candidate, reason }
    }
}
