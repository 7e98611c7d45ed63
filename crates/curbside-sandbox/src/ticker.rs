//! The clock behind wall-time limits: a thread that counts epochs while any call runs, and sleeps otherwise.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wasmtime::EngineWeak;

/// How often running guests look whether their time is up.
pub(crate) const TICK: Duration = Duration::from_millis(2);

/// Counts epochs while a [`Running`] lives.
pub(crate) struct Ticker {
    running: Mutex<usize>,
    changed: Condvar,
}

impl Ticker {
    /// Starts the thread; it ends with the engine.
    pub(crate) fn start(engine: EngineWeak) -> wasmtime::Result<Arc<Self>> {
        let ticker = Arc::new(Self { running: Mutex::new(0), changed: Condvar::new() });
        let weak = Arc::downgrade(&ticker);
        std::thread::Builder::new().name("curbside-epoch".to_owned()).spawn(move || {
            while let (Some(ticker), Some(engine)) = (weak.upgrade(), engine.upgrade()) {
                if ticker.wait_for_work() {
                    engine.increment_epoch();
                }
                drop((ticker, engine));
                std::thread::sleep(TICK);
            }
        })?;
        Ok(ticker)
    }

    /// Keeps the clock going while it lives.
    pub(crate) fn run(self: &Arc<Self>) -> Running {
        *self.lock() += 1;
        self.changed.notify_one();
        Running(Arc::clone(self))
    }

    /// Waits a while for a call; whether there is one.
    fn wait_for_work(&self) -> bool {
        let running = self.lock();
        let (running, _) = self.changed.wait_timeout_while(running, IDLE, |running| *running == 0).unwrap_or_else(PoisonError::into_inner);
        *running > 0
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long the thread keeps the engine alive while nothing runs.
const IDLE: Duration = Duration::from_millis(500);

/// A call that is running.
pub(crate) struct Running(Arc<Ticker>);

impl Drop for Running {
    fn drop(&mut self) {
        *self.0.lock() -= 1;
    }
}
