//! PostgreSQL, where several servers share what is kept. One connection; a lost one is made again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_postgres::{Client, Transaction};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::entry::{Entry, RepeatKey};
use super::feedback::{outcome, reason, table, tables};
use super::{FeedbackBatch, GROUP, KnownCard, LastShown, Message, Received, ShownQuery, StoreError, Token, sql};

/// Several servers may bring the tables up to date at once: this number is the lock that they agree on.
const MIGRATION_LOCK: i64 = 0x6375_7262;
/// How long to wait before a lost connection is made again.
const PAUSE: Duration = Duration::from_millis(500);

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        // The server's own message may quote values; its code does not.
        match error.code() {
            Some(code) => Self(format!("the store: PostgreSQL error {}", code.code())),
            None => Self("the store: PostgreSQL cannot be reached".into()),
        }
    }
}

/// Connects, brings the tables up to date and starts the writer. Gives the key of patients' hashes.
pub(super) async fn start(url: &str, messages: mpsc::Receiver<Message>, healthy: Arc<AtomicBool>) -> Result<String, StoreError> {
    let mut client = connect(url).await?;
    migrate(&mut client).await?;
    client.execute(sql::SET_KEY, &[&super::new_key()]).await?;
    let key = client.query_one(sql::KEY, &[]).await?.get(0);
    tokio::spawn(run(url.to_owned(), client, messages, healthy));
    Ok(key)
}

async fn connect(url: &str) -> Result<Client, StoreError> {
    let tls = match MakeRustlsConnect::with_native_certs() {
        Ok((tls, _)) => tls,
        // A machine that trusts nobody can still reach a server without TLS.
        Err(_) => {
            let nobody = rustls::RootCertStore::empty();
            MakeRustlsConnect::new(rustls::ClientConfig::builder().with_root_certificates(nobody).with_no_client_auth())
        }
    };
    let (client, connection) = tokio_postgres::connect(url, tls).await?;
    // It ends with the client; what it has to say, the client's calls say too.
    tokio::spawn(async move { drop(connection.await) });
    Ok(client)
}

async fn migrate(client: &mut Client) -> Result<(), StoreError> {
    let change = client.transaction().await?;
    change.execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATION_LOCK]).await?;
    change.batch_execute("CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY)").await?;
    let seen: i64 = change.query_one("SELECT COUNT(*) FROM migrations", &[]).await?.get(0);
    let seen = usize::try_from(seen).unwrap_or_default();
    if seen > sql::MIGRATIONS.len() {
        return Err(StoreError("the store was written by a newer version of Curbside".into()));
    }
    for (number, statements) in (0_i64..).zip(sql::MIGRATIONS).skip(seen) {
        change.batch_execute(statements).await?;
        change.execute("INSERT INTO migrations (number) VALUES ($1)", &[&number]).await?;
    }
    Ok(change.commit().await?)
}

async fn run(url: String, mut client: Client, mut messages: mpsc::Receiver<Message>, healthy: Arc<AtomicBool>) {
    let mut group = Vec::new();
    while messages.recv_many(&mut group, GROUP).await > 0 {
        while client.is_closed() {
            healthy.store(false, Ordering::Relaxed);
            tokio::time::sleep(PAUSE).await;
            if let Ok(again) = connect(&url).await {
                client = again;
            }
        }
        let done = commit(&mut client, std::mem::take(&mut group)).await;
        healthy.store(done.is_ok(), Ordering::Relaxed);
        if let Err(error) = done {
            tracing::error!(target: "curbside", error = %error, "store: a group was not written");
        }
    }
}

/// An answer that is sent once the group is committed.
type Reply = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

async fn commit(client: &mut Client, group: Vec<Message>) -> Result<(), StoreError> {
    let mut replies: Vec<Reply> = Vec::new();
    let mut closed = Vec::new();
    let written = write(client, group, &mut replies, &mut closed).await;
    for reply in replies {
        reply(written.clone());
    }
    for answer in closed {
        // Whoever asked may have gone.
        let _ = answer.send(());
    }
    written
}

async fn write(
    client: &mut Client,
    group: Vec<Message>,
    replies: &mut Vec<Reply>,
    closed: &mut Vec<tokio::sync::oneshot::Sender<()>>,
) -> Result<(), StoreError> {
    let change = client.transaction().await?;
    for (name, list) in tables(&group) {
        change.execute(sql::ADD_REASONS, &[&name, &list]).await?;
    }
    for message in group {
        match message {
            Message::Decision(entry) => add_decision(&change, &entry).await?,
            Message::Feedback(batch, answer) => {
                let received = add_feedback(&change, &batch).await?;
                replies.push(Box::new(move |done| drop(answer.send(done.map(|()| received)))));
            }
            Message::Token(token, answer) => {
                let fresh = add_token(&change, &token).await?;
                replies.push(Box::new(move |done| drop(answer.send(done.map(|()| fresh)))));
            }
            Message::Find(id, answer) => drop(answer.send(find(&change, &id).await)),
            Message::Shown(query, answer) => drop(answer.send(shown(&change, &query).await)),
            Message::Prune { decisions_before, tokens_before } => {
                for statement in sql::PRUNE {
                    change.execute(statement, &[&decisions_before]).await?;
                }
                change.execute(sql::PRUNE_TOKENS, &[&tokens_before]).await?;
            }
            Message::Close(answer) => closed.push(answer),
        }
    }
    Ok(change.commit().await?)
}

async fn add_decision(change: &Transaction<'_>, entry: &Entry) -> Result<(), StoreError> {
    let text = serde_json::to_string(entry).map_err(|error| StoreError(error.to_string()))?;
    let status = i64::from(entry.status);
    change.execute(sql::ADD_DECISION, &[&entry.id, &entry.at, &entry.service, &entry.patient, &status, &text]).await?;
    let client = entry.client.as_deref().unwrap_or_default();
    for card in &entry.cards {
        let (suggestions, reasons) = (card.suggestions.join(" "), card.reasons.join(" "));
        let table = table(&card.offered).map(|(name, _)| name).unwrap_or_default();
        let (scope, repeat) = entry.repeat_keys.get(&card.uuid).map_or(("", ""), |key| (key.scope.as_str(), key.content.as_str()));
        change
            .execute(
                sql::ADD_CARD,
                &[
                    &card.uuid,
                    &entry.id,
                    &entry.at,
                    &client,
                    &entry.service,
                    &card.rule,
                    &card.version,
                    &card.indicator,
                    &suggestions,
                    &reasons,
                    &entry.patient,
                    &scope,
                    &repeat,
                    &table,
                ],
            )
            .await?;
    }
    Ok(())
}

async fn add_feedback(change: &Transaction<'_>, batch: &FeedbackBatch) -> Result<Vec<Received>, StoreError> {
    let mut received = Vec::with_capacity(batch.items.len());
    for item in &batch.items {
        let known = change.query_opt(sql::CARD, &[&item.card, &batch.client, &batch.service]).await?;
        let known = known.map(|row| KnownCard::new(row.get(0), row.get(1), row.get(2), row.get(3), row.get(4)));
        if known.as_ref().is_some_and(|card| !card.offers(item)) {
            received.push(Received::Foreign);
            continue;
        }
        let id = batch.id(item);
        let (rule, version) = known.as_ref().map_or(("", ""), |card| (card.rule.as_str(), card.version.as_str()));
        let reason = reason(item, known.as_ref());
        let extension = item.reason_extension.as_deref().unwrap_or_default();
        let (is_known, suggestions) = (i64::from(known.is_some()), item.suggestions.join(" "));
        let added = change
            .execute(
                sql::ADD_FEEDBACK,
                &[
                    &id,
                    &batch.received,
                    &batch.client,
                    &batch.service,
                    &item.card,
                    &is_known,
                    &rule,
                    &version,
                    &outcome(item),
                    &item.at,
                    &suggestions,
                    &reason.system,
                    &reason.code,
                    &reason.display,
                    &extension,
                ],
            )
            .await?;
        if let Some(comment) = &item.comment {
            change.execute(sql::ADD_COMMENT, &[&id, comment]).await?;
        }
        received.push(Received::Kept { card: known, again: added == 0 });
    }
    Ok(received)
}

async fn add_token(change: &Transaction<'_>, token: &Token) -> Result<bool, StoreError> {
    Ok(change.execute(sql::ADD_TOKEN, &[&token.issuer, &token.id, &token.expires]).await? == 1)
}

async fn find(change: &Transaction<'_>, id: &str) -> Result<Option<Entry>, StoreError> {
    let text: Option<String> = change.query_opt(sql::DECISION, &[&id]).await?.map(|row| row.get(0));
    text.map(|text| serde_json::from_str(&text).map_err(|error| StoreError(error.to_string()))).transpose()
}

async fn shown(change: &Transaction<'_>, query: &ShownQuery) -> Result<Vec<LastShown>, StoreError> {
    let mut found = Vec::new();
    for scope in &query.scopes {
        let row = change.query_opt(sql::LAST_SHOWN, &[&query.patient, scope]).await?;
        found.extend(row.map(|row| LastShown { key: RepeatKey { scope: scope.clone(), content: row.get(0) }, at: row.get(1) }));
    }
    Ok(found)
}
