//! How much is taken on: calls answered at once, calls that wait, bytes held.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Config;
use crate::metrics::{Metrics, ResultLabels};
use crate::wire::problem::Problem;

/// Bodies are accounted for in pieces of this many bytes.
const PIECE: usize = 16 << 10;

/// Lets in what the server can take on.
#[derive(Debug)]
pub(crate) struct Gate {
    calls: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
    bytes: Arc<Semaphore>,
    /// Threads that may decide instead of serving connections.
    threads: Arc<Semaphore>,
    closing: AtomicBool,
    metrics: Arc<Metrics>,
}

/// A call's place; it is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    metrics: Arc<Metrics>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.metrics.running.dec();
    }
}

/// Bytes held for a body.
#[derive(Debug, Default)]
pub(crate) struct Held {
    permits: Option<OwnedSemaphorePermit>,
    pieces: usize,
}

impl Gate {
    pub(crate) fn new(config: &Config, metrics: Arc<Metrics>) -> Self {
        // As many of the largest bodies as calls that are answered and wait, but not more than memory bears.
        let most = (config.max_body * (config.concurrency + config.queue)).clamp(config.max_body * 2, (256 << 20).max(config.max_body * 2));
        Self {
            calls: Arc::new(Semaphore::new(config.concurrency)),
            waiting: AtomicUsize::new(0),
            queue: config.queue,
            bytes: Arc::new(Semaphore::new(most / PIECE)),
            // One serves connections whatever the others do.
            threads: Arc::new(Semaphore::new(Handle::current().metrics().num_workers().saturating_sub(1))),
            closing: AtomicBool::new(false),
            metrics,
        }
    }

    /// A place for a call, or the honest word that there is none.
    pub(crate) async fn enter(&self, until: Instant) -> Result<Place, Problem> {
        if let Ok(permit) = Arc::clone(&self.calls).try_acquire_owned() {
            return Ok(self.place(permit));
        }
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.queue {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(self.refuse("queue-full"));
        }
        self.metrics.waiting.inc();
        let permit = tokio::time::timeout_at(until.into(), Arc::clone(&self.calls).acquire_owned()).await;
        self.metrics.waiting.dec();
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        match permit {
            Ok(Ok(permit)) => Ok(self.place(permit)),
            _ => Err(self.refuse("queue-slow")),
        }
    }

    /// Leave to decide on the thread that serves the connection, where enough others are left to serve the rest.
    pub(crate) fn stay(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.threads).try_acquire_owned().ok()
    }

    fn place(&self, permit: OwnedSemaphorePermit) -> Place {
        self.metrics.running.inc();
        Place { _permit: permit, metrics: Arc::clone(&self.metrics) }
    }

    /// Room for a body of so many bytes in all.
    pub(crate) fn hold(&self, held: &mut Held, bytes: usize) -> Result<(), Problem> {
        let more = bytes.div_ceil(PIECE).saturating_sub(held.pieces);
        if more == 0 {
            return Ok(());
        }
        let wanted = u32::try_from(more).unwrap_or(u32::MAX);
        let permit = Arc::clone(&self.bytes).try_acquire_many_owned(wanted).map_err(|_| self.refuse("memory"))?;
        held.pieces += more;
        match &mut held.permits {
            Some(permits) => permits.merge(permit),
            empty => *empty = Some(permit),
        }
        Ok(())
    }

    fn refuse(&self, cause: &str) -> Problem {
        self.metrics.refused.get_or_create(&ResultLabels::new(cause)).inc();
        Problem::unavailable("The server is busy", 1)
    }

    /// From now on the server only finishes what it has.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }
}
