//! Native and sandboxed, the same engine gives the same bytes: over the corpus, the examples, and generated charts.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    reason = "a test may panic, and reads files"
)]

mod corpus;
mod generated;
mod packs;
mod pair;
mod steps;
