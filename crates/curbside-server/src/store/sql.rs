//! Statements that SQLite and PostgreSQL both understand.

/// Changes to the tables, in order; a store remembers how many it has seen.
pub(super) const MIGRATIONS: &[&str] = &[
    "
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
CREATE TABLE decisions (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    service TEXT NOT NULL,
    patient TEXT NOT NULL,
    status BIGINT NOT NULL,
    entry TEXT NOT NULL
);
CREATE INDEX decisions_by_time ON decisions (at);
CREATE INDEX decisions_by_patient ON decisions (patient, at);
CREATE TABLE cards (
    uuid TEXT NOT NULL,
    decision TEXT NOT NULL,
    at BIGINT NOT NULL,
    client TEXT NOT NULL,
    service TEXT NOT NULL,
    rule TEXT NOT NULL,
    version TEXT NOT NULL,
    indicator TEXT NOT NULL,
    suggestions TEXT NOT NULL,
    reasons TEXT NOT NULL,
    patient TEXT NOT NULL,
    repeat_key TEXT NOT NULL,
    PRIMARY KEY (uuid, decision)
);
CREATE INDEX cards_by_time ON cards (at);
CREATE INDEX cards_by_repeat ON cards (patient, repeat_key, at);
CREATE TABLE feedback (
    id TEXT PRIMARY KEY,
    received BIGINT NOT NULL,
    client TEXT NOT NULL,
    service TEXT NOT NULL,
    card TEXT NOT NULL,
    known BIGINT NOT NULL,
    rule TEXT NOT NULL,
    version TEXT NOT NULL,
    outcome TEXT NOT NULL,
    outcome_at BIGINT NOT NULL,
    suggestions TEXT NOT NULL,
    reason_system TEXT NOT NULL,
    reason_code TEXT NOT NULL
);
CREATE INDEX feedback_by_card ON feedback (card, outcome_at);
CREATE TABLE feedback_comments (
    feedback TEXT PRIMARY KEY,
    comment TEXT NOT NULL
);
CREATE TABLE tokens (
    issuer TEXT NOT NULL,
    id TEXT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (issuer, id)
);
CREATE INDEX tokens_by_expiry ON tokens (expires);
",
    "
ALTER TABLE cards ADD COLUMN repeat_scope TEXT NOT NULL DEFAULT '';
DROP INDEX cards_by_repeat;
CREATE INDEX cards_by_scope ON cards (patient, repeat_scope, at);
",
    "
CREATE TABLE reason_tables (
    id TEXT PRIMARY KEY,
    reasons TEXT NOT NULL
);
ALTER TABLE cards ADD COLUMN reason_table TEXT NOT NULL DEFAULT '';
ALTER TABLE feedback ADD COLUMN reason_display TEXT NOT NULL DEFAULT '';
ALTER TABLE feedback ADD COLUMN reason_extension TEXT NOT NULL DEFAULT '';
",
];

pub(super) const ADD_DECISION: &str =
    "INSERT INTO decisions (id, at, service, patient, status, entry) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";

pub(super) const ADD_CARD: &str = "INSERT INTO cards (uuid, decision, at, client, service, rule, version, indicator, suggestions, \
     reasons, patient, repeat_scope, repeat_key, reason_table) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON \
     CONFLICT DO NOTHING";

/// The reasons that cards offer: alike for all cards of a rule, so each list is kept once.
pub(super) const ADD_REASONS: &str = "INSERT INTO reason_tables (id, reasons) VALUES ($1, $2) ON CONFLICT DO NOTHING";

pub(super) const CARD: &str = "SELECT rule, version, suggestions, reasons, COALESCE((SELECT t.reasons FROM reason_tables t WHERE t.id = reason_table), '') FROM cards WHERE uuid = $1 AND client = $2 AND service = $3 ORDER BY at DESC LIMIT 1";

pub(super) const ADD_FEEDBACK: &str = "INSERT INTO feedback (id, received, client, service, card, known, rule, version, outcome, \
     outcome_at, suggestions, reason_system, reason_code, reason_display, reason_extension) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
     $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING";

pub(super) const ADD_COMMENT: &str = "INSERT INTO feedback_comments (feedback, comment) VALUES ($1, $2) ON CONFLICT DO NOTHING";

pub(super) const ADD_TOKEN: &str = "INSERT INTO tokens (issuer, id, expires) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

pub(super) const DECISION: &str = "SELECT entry FROM decisions WHERE id = $1";

pub(super) const LAST_SHOWN: &str =
    "SELECT repeat_key, at FROM cards WHERE patient = $1 AND repeat_scope = $2 ORDER BY at DESC, decision DESC LIMIT 1";

/// What is forgotten, each with the moment before which. Feedback is kept.
pub(super) const PRUNE: [&str; 2] = ["DELETE FROM decisions WHERE at < $1", "DELETE FROM cards WHERE at < $1"];

pub(super) const PRUNE_TOKENS: &str = "DELETE FROM tokens WHERE expires < $1";

/// The key of patients' hashes: whoever comes first sets it.
pub(super) const SET_KEY: &str = "INSERT INTO meta (name, value) VALUES ('patient-key', $1) ON CONFLICT DO NOTHING";

pub(super) const KEY: &str = "SELECT value FROM meta WHERE name = 'patient-key'";
