//! The whole engine behind one pure interface: packs and a record in, decisions and cards out.
//!
//! [`Pack::load`] makes a pack of its files, or says everything that is wrong with them. An
//! [`Engine`] holds packs; it answers a [`Question`] about one patient ([`Engine::answer`]), says what
//! it offers to EHRs ([`Engine::describe`]) and answers CDS Hooks requests ([`Engine::call`]). The same
//! source runs in process and inside the sandbox: same inputs, same bytes.

mod answer;
mod because;
mod decider;
mod details;
mod digest;
mod engine;
pub mod exchange;
mod explain;
mod obstacle;
mod pack;
mod prefetch;
mod question;
mod service;
mod trials;
mod unmapped;

pub use answer::{Answer, DecisionRecord, Ignored, MissingRecord, PackRecord};
pub use because::Because;
pub use decider::{Decider, Responder, Unanswered};
pub use details::{DefinitionValue, Details, DetailsAsked, Value};
pub use digest::sha256;
pub use engine::{Engine, Error};
pub use explain::{Claim, Explanation, PendingFigure, Why};
pub use obstacle::Obstacle;
pub use pack::{LoadedPack, Pack};
pub use question::{Ask, MAX_CARDS, MAX_STEPS, Question};
pub use service::{CallInput, DETAILS_MEMBER, Discovery, INPUT_MEMBER, InputKind, Offer, RESULT_MEMBER};
pub use trials::{TrialList, TrialRecord};
