//! The files of a pack as their authors write them. One Rust type a construct; the JSON Schemas
//! in `schemas/` are made from these types.

mod card;
mod date;
mod figure;
mod one_or_many;
mod pack;
mod rule;

pub use card::{Card, CardRow, Indicator, Link, LinkUse, Names, Remove, Suggestion};
pub use date::{Anchor, DateExpression};
pub use figure::{Figure, FromText, Setting};
pub use one_or_many::OneOrMany;
pub use pack::{
    Definition, Definitions, IfAbsent, Ignore, LintLevel, OverrideReasons, PackFile, Parameter, ParameterType, Service, SilentWhen, Source,
};
pub use rule::{Claim, DefineFile, Effective, IfUnknown, Outcome, RuleFile, RuleVersion, Status};

use curbside_chart::time::Duration;
use curbside_source::Spanned;
use curbside_terminology::units::Amount;

/// A duration with its place.
pub type Time = Spanned<Figure<Duration>>;
/// An amount with its place.
pub type Quantity = Spanned<Figure<Amount>>;
/// A number of things with its place.
pub type Count = Spanned<Figure<usize>>;
/// A name with its place.
pub type Name = Spanned<String>;
