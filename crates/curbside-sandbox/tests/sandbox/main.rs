//! The sandbox from outside: hostile guests, what loading refuses, whom it trusts.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may panic, and looks at the clock and at files"
)]

mod comparing;
mod hostile;
mod loading;
mod support;
mod trust;
