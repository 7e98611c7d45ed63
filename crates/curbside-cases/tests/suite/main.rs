//! What case files may say, what becomes of it, and the cases of the packs.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests stop where something is not as it should be, and say what they skip"
)]

mod docs;
mod files;
mod metamorphic;
mod not_looked_for;
mod packs;
mod reading;
mod shorthand;
mod unreadable;
mod untouched;
mod updating;
mod vignettes;
