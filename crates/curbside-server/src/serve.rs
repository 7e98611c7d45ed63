//! The server's life: bind, serve, finish what was taken on.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::config::Config;
use crate::fetch::Fetcher;
use crate::http::{Gate, Shared, router};
use crate::metrics::Metrics;
use crate::rules::{Rules, RulesError, Runtime};
use crate::store::{Store, StoreError};
use crate::trace::Traces;
use crate::trust::Trust;
use crate::{clock, listen};

/// How long calls in flight may take to finish when the server stops.
const GRACE: Duration = Duration::from_secs(10);
/// How often old decisions and tokens are forgotten.
const PRUNE_EVERY: Duration = Duration::from_secs(3600);

/// Why a server does not start.
#[derive(Debug)]
pub enum ServeError {
    /// The rules cannot be used.
    Rules(RulesError),
    /// The store cannot be used.
    Store(StoreError),
    /// The address cannot be listened on.
    Listen(SocketAddr, std::io::Error),
    /// What is set does not go together.
    Settings(String),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rules(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Listen(address, error) => write!(f, "{address}: {error}"),
            Self::Settings(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for ServeError {}

impl From<RulesError> for ServeError {
    fn from(error: RulesError) -> Self {
        Self::Rules(error)
    }
}

impl From<StoreError> for ServeError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A server that is bound to its address.
pub struct Server {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("listener", &self.listener).finish_non_exhaustive()
    }
}

impl Server {
    /// Loads the rules, opens the store and takes the address.
    ///
    /// # Errors
    ///
    /// [`ServeError`].
    pub async fn bind(config: Config, runtime: Runtime) -> Result<Self, ServeError> {
        config.is_safe().map_err(ServeError::Settings)?;
        // Whoever embeds the server may have chosen already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let verifies = runtime.sandbox.as_ref().is_some_and(|sandbox| !sandbox.config().trust.allows_unsigned());
        if !config.sandbox.trusted_keys.is_empty() && !verifies {
            // To run rules in process all the same would be to look away.
            return Err(ServeError::Settings("trusted_keys are set, and there is no sandbox that verifies signatures".into()));
        }
        let store = Store::open(&config.store).await?;
        let metrics = Arc::new(Metrics::new());
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit")]
        metrics.started.set(clock::millis() as f64 / 1e3);
        let rules = {
            let (config, metrics) = (config.clone(), Arc::clone(&metrics));
            let start = tokio::task::spawn_blocking(move || Rules::start(&config, runtime, &metrics)).await;
            start.map_err(|error| ServeError::Settings(error.to_string()))??
        };
        let tls = config.tls.as_ref().map(listen::acceptor).transpose();
        let tls = tls.map_err(|error| ServeError::Settings(format!("the TLS certificate or key cannot be used: {error}")))?;
        let listener = TcpListener::bind(config.listen).await.map_err(|error| ServeError::Listen(config.listen, error))?;
        let traces = config.traces.as_deref().map(Traces::to).transpose();
        let traces = traces.map_err(|why| ServeError::Settings(format!("traces cannot be sent: {why}")))?.unwrap_or_default();
        let shared = Shared {
            traces,
            gate: Gate::new(&config, Arc::clone(&metrics)),
            trust: Trust::new(&config, &store, &metrics),
            fetcher: Fetcher::new(&metrics),
            rules,
            store,
            metrics,
            config,
        };
        Ok(Self { listener, tls, shared: Arc::new(shared) })
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// Where the operating system does not say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The URL under which it answers here.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        self.address().map_or_else(|_| self.shared.config.public_url.clone(), |address| format!("{scheme}://{address}"))
    }

    /// Packs for whose clinical use nobody answers yet: their ids.
    #[must_use]
    pub fn pending(&self) -> Vec<String> {
        self.shared.rules.live().everybody().pending().map(str::to_owned).collect()
    }

    /// Ids and hooks of the services that everybody gets.
    #[must_use]
    pub fn services(&self) -> Vec<(String, String)> {
        self.shared.rules.live().everybody().ids().map(|(id, hook)| (id.to_owned(), hook.to_owned())).collect()
    }

    /// Serves until `stop` is done, then finishes what was taken on.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let shared = Arc::clone(&self.shared);
        let housekeeping = tokio::spawn(keep_house(Arc::clone(&shared)));
        let watching = tokio::spawn(watch_rules(Arc::clone(&shared)));
        let routes = router(Arc::clone(&shared));
        listen::serve(self.listener, self.tls, routes, &shared, stop, GRACE).await;
        housekeeping.abort();
        watching.abort();
        shared.store.close().await;
        // It waits for the collector.
        let _ = tokio::task::spawn_blocking(move || shared.traces.close()).await;
    }
}

/// Takes up rules that changed on disk once they stay as they are, or at once on SIGHUP.
async fn watch_rules(shared: Arc<Shared>) {
    use tokio::signal::unix::{SignalKind, signal};
    let mut every = tokio::time::interval(shared.config.watch_every);
    let mut hangups = signal(SignalKind::hangup()).ok();
    let look = |shared: &Arc<Shared>| {
        let shared = Arc::clone(shared);
        tokio::task::spawn_blocking(move || shared.rules.fingerprint())
    };
    let mut taken = shared.rules.at_start();
    let mut before = taken.clone();
    loop {
        let asked = tokio::select! {
            _ = every.tick() => false,
            () = hangup(&mut hangups) => true,
        };
        let Ok(now) = look(&shared).await else { continue };
        let settled = now == before && now != taken;
        let requested = now.iter().any(|(path, ..)| path.as_os_str().is_empty());
        before.clone_from(&now);
        if asked || settled || requested {
            taken = now;
            let shared = Arc::clone(&shared);
            // A candidate that panics is rejected like any other: what is in force stays.
            let _ = tokio::task::spawn_blocking(move || shared.rules.reload()).await;
        }
    }
}

async fn hangup(signal: &mut Option<tokio::signal::unix::Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

async fn keep_house(shared: Arc<Shared>) {
    let retention = i64::try_from(shared.config.retention.as_millis()).unwrap_or(i64::MAX);
    let mut every = tokio::time::interval(PRUNE_EVERY);
    loop {
        every.tick().await;
        let now = clock::millis();
        shared.store.prune(now.saturating_sub(retention), now).await;
    }
}

/// Done when the process is asked to stop: SIGTERM, or Ctrl-C.
pub async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// Says where a panic happened, and not what it says: that may quote a record.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(target: "curbside", place, "panic");
    }));
}

/// Writes the log to stderr: for people, or as JSON. Only our own lines: libraries' may quote a request.
pub fn init_log(json: bool) {
    use tracing_subscriber::Layer as _;
    use tracing_subscriber::layer::SubscriberExt as _;
    use tracing_subscriber::util::SubscriberInitExt as _;
    quiet_panics();
    let ours = tracing_subscriber::filter::filter_fn(|line| line.target() == "curbside");
    let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false).with_ansi(terminal);
    let registry = tracing_subscriber::registry();
    // A log that is there already stays.
    let _ = if json { registry.with(lines.json().with_filter(ours)).try_init() } else { registry.with(lines.with_filter(ours)).try_init() };
}
