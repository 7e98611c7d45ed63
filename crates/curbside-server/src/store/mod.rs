//! What the server keeps: the log of decisions, feedback, tokens seen. SQLite beside the server, or
//! PostgreSQL where several servers share it.
//!
//! One writer takes what many requests hand it and commits it in groups. A decision is handed over and
//! goes on its way, to be written with those that follow within some milliseconds; feedback and tokens wait until their
//! group is on disk. What is kept is the fields of
//! [`Entry`] and [`Item`](crate::wire::feedback::Item) and nothing else: ids and digests, no bodies.

mod entry;
mod feedback;
mod postgres;
mod sql;
mod sqlite;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Thread;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

pub use crate::wire::answer::{Coding, Decision, Shown};
use crate::wire::envelope::sha256;
pub use crate::wire::feedback::Item;
pub use entry::{Entry, PackUsed, RepeatKey};
pub(crate) use feedback::{FeedbackBatch, KnownCard, Received};

/// Most writes that wait for the writer.
const QUEUE: usize = 4096;
/// Most writes of one commit.
const GROUP: usize = 512;
/// How long a decision waits for others to be written with.
const REST: Duration = Duration::from_millis(5);
/// Longest that a request waits for its writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where state is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Url {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres(String),
}

/// Why something cannot be kept or found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError(pub String);

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StoreError {}

impl std::str::FromStr for Url {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() { Err(StoreError("`sqlite:` names no file".into())) } else { Ok(Self::Sqlite(path.into())) };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err(StoreError("a store is `sqlite:FILE` or `postgres://…`".into()))
    }
}

/// The store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    writer: mpsc::Sender<Message>,
    healthy: Arc<AtomicBool>,
    patient_key: Arc<str>,
    /// The writer, where it is a thread: it rests while more may come that nobody waits for.
    resting: Option<Thread>,
}

/// What the writer is asked.
pub(crate) enum Message {
    Decision(Box<Entry>),
    Feedback(FeedbackBatch, oneshot::Sender<Result<Vec<Received>, StoreError>>),
    Token(Token, oneshot::Sender<Result<bool, StoreError>>),
    Find(String, oneshot::Sender<Result<Option<Entry>, StoreError>>),
    Shown(ShownQuery, oneshot::Sender<Result<Vec<LastShown>, StoreError>>),
    Prune { decisions_before: i64, tokens_before: i64 },
    Close(oneshot::Sender<()>),
}

/// A token that may be used once.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) issuer: String,
    pub(crate) id: String,
    /// Milliseconds since 1970.
    pub(crate) expires: i64,
}

/// Which cards were shown last about a patient (hashed), in each of these scopes.
#[derive(Debug)]
pub(crate) struct ShownQuery {
    pub(crate) patient: String,
    pub(crate) scopes: Vec<String>,
}

/// The card that was shown last in a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LastShown {
    pub(crate) key: RepeatKey,
    /// Milliseconds since 1970.
    pub(crate) at: i64,
}

impl Store {
    /// Opens a store, bringing its tables up to date.
    ///
    /// # Errors
    ///
    /// Where the file or the server cannot be used.
    pub async fn open(url: &Url) -> Result<Self, StoreError> {
        let (writer, messages) = mpsc::channel(QUEUE);
        let healthy = Arc::new(AtomicBool::new(true));
        let (patient_key, resting) = match url {
            Url::Sqlite(path) => sqlite::start(path, messages, Arc::clone(&healthy)).map(|(key, thread)| (key, Some(thread)))?,
            Url::Postgres(url) => (postgres::start(url, messages, Arc::clone(&healthy)).await?, None),
        };
        Ok(Self { writer, healthy, patient_key: patient_key.into(), resting })
    }

    /// Whether the last commit succeeded.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Relaxed)
    }

    /// How a patient is called here: a hash that only this store's key makes.
    pub(crate) fn patient(&self, tenant: Option<&str>, id: &str) -> String {
        sha256([&self.patient_key, tenant.unwrap_or_default(), id].join("\n").as_bytes())
    }

    /// What makes pseudonyms that only this store's key makes.
    pub(crate) fn key(&self) -> &str {
        &self.patient_key
    }

    /// Hands an entry over to the log.
    pub(crate) async fn log(&self, entry: Entry) -> Result<(), StoreError> {
        let sent = tokio::time::timeout(PATIENCE, self.writer.send(Message::Decision(Box::new(entry)))).await;
        sent.map_err(|_| busy())?.map_err(|_| gone())
    }

    /// Keeps feedback; on disk when this returns.
    pub(crate) async fn feedback(&self, batch: FeedbackBatch) -> Result<Vec<Received>, StoreError> {
        self.ask(|answer| Message::Feedback(batch, answer)).await
    }

    /// Whether a token is used for the first time.
    pub(crate) async fn first_use(&self, token: Token) -> Result<bool, StoreError> {
        self.ask(|answer| Message::Token(token, answer)).await
    }

    /// The cards that were shown last.
    pub(crate) async fn shown(&self, query: ShownQuery) -> Result<Vec<LastShown>, StoreError> {
        self.ask(|answer| Message::Shown(query, answer)).await
    }

    /// The log's entry of a decision.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn find(&self, id: &str) -> Result<Option<Entry>, StoreError> {
        self.ask(|answer| Message::Find(id.to_owned(), answer)).await
    }

    /// Forgets decisions and used tokens from before these moments, in milliseconds since 1970.
    pub(crate) async fn prune(&self, decisions_before: i64, tokens_before: i64) {
        // Where the writer is gone, the next request says so.
        let _ = self.writer.send(Message::Prune { decisions_before, tokens_before }).await;
    }

    /// Waits until everything handed over is on disk.
    pub async fn close(&self) {
        let (answer, closed) = oneshot::channel();
        if self.writer.send(Message::Close(answer)).await.is_ok() {
            self.wake();
            let _ = closed.await;
        }
    }

    async fn ask<T>(&self, message: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Message) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let ask = async {
            self.writer.send(message(answer)).await.map_err(|_| gone())?;
            self.wake();
            answered.await.map_err(|_| gone())?
        };
        tokio::time::timeout(PATIENCE, ask).await.map_err(|_| busy())?
    }

    /// Somebody waits for the writer.
    fn wake(&self) {
        if let Some(thread) = &self.resting {
            thread.unpark();
        }
    }
}

/// A key that nobody can guess.
fn new_key() -> String {
    format!("{}{}", uuid::Uuid::now_v7().simple(), uuid::Uuid::now_v7().simple())
}

fn gone() -> StoreError {
    StoreError("the store is closed".into())
}

fn busy() -> StoreError {
    StoreError("the store does not answer in time".into())
}
