//! SQLite: one thread that owns the file, commits in groups, and waits for the disk where somebody waits for it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Thread;

use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::sync::mpsc;

use super::entry::{Entry, RepeatKey};
use super::feedback::{outcome, reason, table, tables};
use super::{FeedbackBatch, GROUP, KnownCard, LastShown, Message, REST, Received, ShownQuery, StoreError, Token, sql};

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self(format!("the store: {error}"))
    }
}

/// Opens a file and starts its thread. Gives the key of patients' hashes, and the thread.
pub(super) fn start(path: &Path, messages: mpsc::Receiver<Message>, healthy: Arc<AtomicBool>) -> Result<(String, Thread), StoreError> {
    let connection = open(path).map_err(|error| StoreError(format!("{}: {}", path.display(), error.0)))?;
    connection.execute(sql::SET_KEY, params![super::new_key()])?;
    let key = connection.query_row(sql::KEY, [], |row| row.get(0))?;
    // SQLite blocks: it has a thread of its own.
    let spawned = std::thread::Builder::new().name("store".into()).spawn(move || run(&connection, messages, &healthy));
    let handle = spawned.map_err(|error| StoreError(error.to_string()))?;
    Ok((key, handle.thread().clone()))
}

fn open(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // What was written is moved into the file in small portions: a large one keeps a core from calls for milliseconds.
    connection.pragma_update(None, "wal_autocheckpoint", 250)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    let seen: usize =
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0)).map(|seen| usize::try_from(seen).unwrap_or(0))?;
    if seen > sql::MIGRATIONS.len() {
        return Err(StoreError("the store was written by a newer version of Curbside".into()));
    }
    for (at, change) in sql::MIGRATIONS.iter().enumerate().skip(seen) {
        connection.execute_batch(&format!("BEGIN IMMEDIATE; {change}; PRAGMA user_version = {}; COMMIT;", at + 1))?;
    }
    Ok(connection)
}

fn run(connection: &Connection, mut messages: mpsc::Receiver<Message>, healthy: &AtomicBool) {
    while let Some(first) = messages.blocking_recv() {
        if matches!(first, Message::Decision(_)) {
            // Whoever waits for something wakes it.
            std::thread::park_timeout(REST);
        }
        let mut group = vec![first];
        while group.len() < GROUP {
            match messages.try_recv() {
                Ok(message) => group.push(message),
                Err(_) => break,
            }
        }
        let done = commit(connection, group);
        healthy.store(done.is_ok(), Ordering::Relaxed);
        if let Err(error) = done {
            tracing::error!(target: "curbside", error = %error, "store: a group was not written");
        }
    }
}

/// An answer that is sent once the group is on disk.
type Reply = Box<dyn FnOnce(Result<(), StoreError>)>;

fn commit(connection: &Connection, group: Vec<Message>) -> Result<(), StoreError> {
    // Feedback is promised the disk; the rest survives the process once it is written, and may be lost with the machine's power.
    let waits = group.iter().any(|message| matches!(message, Message::Feedback(..)));
    connection.pragma_update(None, "synchronous", if waits { "FULL" } else { "NORMAL" })?;
    let mut replies: Vec<Reply> = Vec::new();
    let mut closed = Vec::new();
    let written = connection.execute_batch("BEGIN IMMEDIATE").map_err(StoreError::from).and_then(|()| {
        for (name, list) in tables(&group) {
            connection.prepare_cached(sql::ADD_REASONS)?.execute(params![name, list])?;
        }
        for message in group {
            match message {
                Message::Decision(entry) => add_decision(connection, &entry)?,
                Message::Feedback(batch, answer) => {
                    let received = add_feedback(connection, &batch)?;
                    replies.push(Box::new(move |done| drop(answer.send(done.map(|()| received)))));
                }
                Message::Token(token, answer) => {
                    let fresh = add_token(connection, &token)?;
                    replies.push(Box::new(move |done| drop(answer.send(done.map(|()| fresh)))));
                }
                Message::Find(id, answer) => drop(answer.send(find(connection, &id))),
                Message::Shown(query, answer) => drop(answer.send(shown(connection, &query))),
                Message::Prune { decisions_before, tokens_before } => {
                    for statement in sql::PRUNE {
                        connection.execute(statement, params![decisions_before])?;
                    }
                    connection.execute(sql::PRUNE_TOKENS, params![tokens_before])?;
                }
                Message::Close(answer) => closed.push(answer),
            }
        }
        connection.execute_batch("COMMIT").map_err(StoreError::from)
    });
    if written.is_err() {
        // The transaction is gone with whatever was in it.
        let _ = connection.execute_batch("ROLLBACK");
    }
    for reply in replies {
        reply(written.clone());
    }
    for answer in closed {
        // Whoever asked may have gone.
        let _ = answer.send(());
    }
    written
}

fn add_decision(connection: &Connection, entry: &Entry) -> Result<(), StoreError> {
    let text = serde_json::to_string(entry).map_err(|error| StoreError(error.to_string()))?;
    let mut add = connection.prepare_cached(sql::ADD_DECISION)?;
    add.execute(params![entry.id, entry.at, entry.service, entry.patient, entry.status, text])?;
    let mut add = connection.prepare_cached(sql::ADD_CARD)?;
    let client = entry.client.as_deref().unwrap_or_default();
    for card in &entry.cards {
        let suggestions = card.suggestions.join(" ");
        let reasons = table(&card.offered).map(|(name, _)| name).unwrap_or_default();
        let (scope, repeat) = entry.repeat_keys.get(&card.uuid).map_or(("", ""), |key| (&key.scope, &key.content));
        add.execute(params![
            card.uuid,
            entry.id,
            entry.at,
            client,
            entry.service,
            card.rule,
            card.version,
            card.indicator,
            suggestions,
            card.reasons.join(" "),
            entry.patient,
            scope,
            repeat,
            reasons
        ])?;
    }
    Ok(())
}

fn add_feedback(connection: &Connection, batch: &FeedbackBatch) -> Result<Vec<Received>, StoreError> {
    let mut received = Vec::with_capacity(batch.items.len());
    for item in &batch.items {
        let read =
            |row: &rusqlite::Row<'_>| Ok(KnownCard::new(row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, &row.get::<_, String>(4)?));
        let mut card = connection.prepare_cached(sql::CARD)?;
        let known = card.query_row(params![item.card, batch.client, batch.service], read).optional()?;
        if known.as_ref().is_some_and(|card| !card.offers(item)) {
            received.push(Received::Foreign);
            continue;
        }
        let id = batch.id(item);
        let (rule, version) = known.as_ref().map_or(("", ""), |card| (&card.rule, &card.version));
        let reason = reason(item, known.as_ref());
        let added = connection.prepare_cached(sql::ADD_FEEDBACK)?.execute(params![
            id,
            batch.received,
            batch.client,
            batch.service,
            item.card,
            i64::from(known.is_some()),
            rule,
            version,
            outcome(item),
            item.at,
            item.suggestions.join(" "),
            reason.system,
            reason.code,
            reason.display,
            item.reason_extension.as_deref().unwrap_or_default()
        ])?;
        if let Some(comment) = &item.comment {
            connection.prepare_cached(sql::ADD_COMMENT)?.execute(params![id, comment])?;
        }
        received.push(Received::Kept { card: known, again: added == 0 });
    }
    Ok(received)
}

fn add_token(connection: &Connection, token: &Token) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached(sql::ADD_TOKEN)?.execute(params![token.issuer, token.id, token.expires])? == 1)
}

fn find(connection: &Connection, id: &str) -> Result<Option<Entry>, StoreError> {
    let text: Option<String> = connection.query_row(sql::DECISION, params![id], |row| row.get(0)).optional()?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| StoreError(error.to_string()))).transpose()
}

fn shown(connection: &Connection, query: &ShownQuery) -> Result<Vec<LastShown>, StoreError> {
    let mut last = connection.prepare_cached(sql::LAST_SHOWN)?;
    let mut found = Vec::new();
    for scope in &query.scopes {
        let read =
            |row: &rusqlite::Row<'_>| Ok(LastShown { key: RepeatKey { scope: scope.clone(), content: row.get(0)? }, at: row.get(1)? });
        found.extend(last.query_row(params![query.patient, scope], read).optional()?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_of_an_earlier_version_is_brought_up_to_date_with_what_is_in_it() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("state.db");
        let before = Connection::open(&path).unwrap();
        before.execute_batch(&format!("{} {} PRAGMA user_version = 2;", sql::MIGRATIONS[0], sql::MIGRATIONS[1])).unwrap();
        before.execute_batch("INSERT INTO cards VALUES ('u', 'd', 1, 'c', 's', 'r', '1', 'info', '', 'wrong', 'p', '', '')").unwrap();
        drop(before);
        let now = open(&path).unwrap();
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(3)?, row.get(4)?));
        let card: (String, String, String) = now.query_row(sql::CARD, params!["u", "c", "s"], read).unwrap();
        assert_eq!(card, ("r".into(), "wrong".into(), String::new()));
        drop(now);
        open(&path).unwrap();
    }
}
