//! CDS Hooks cards: their wire types, and what makes them from decisions.
//!
//! A pack's templates are checked when it is loaded: every name in them is known, what it looks like
//! is known, and how long a summary can become is known ([`Texts::compile`]). A card that is made
//! from a decision ([`make`]) is valid CDS Hooks 2.0.1, its Markdown shows text of the record as
//! text, and its ids are the same for the same request.

mod collect;
mod make;
mod markdown;
mod occasion;
mod summary;
mod template;
pub mod wire;

pub use collect::{MORE_NOTES, collect};
pub use make::{MadeCard, completed, evidence, make};
pub use markdown::escape;
pub use occasion::Occasion;
pub use template::Texts;
