//! What card templates see of a patient: values with a shape that is known beforehand, so that a
//! template can be checked without a patient.

/// What a value looks like.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Text of at most this many characters.
    Text(usize),
    /// One of these texts.
    Label(Vec<String>),
    /// A number of at most this many characters.
    Number(usize),
    /// A date: at most `2026-11-23 to 2026-11-24`.
    Date,
    /// `true`, `false` or `unknown`; in a condition true only where it is true.
    Truth,
    /// A list.
    List(Box<Shape>),
    /// Named values.
    Record(Vec<(&'static str, Shape)>),
    /// Values named by the pack.
    Named(std::collections::BTreeMap<String, Shape>),
    /// Not known, because of an error elsewhere.
    Anything,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// Text, which may come from the record and is escaped where it is shown.
    Text(String),
    /// A number as it is to be shown.
    Number(String),
    /// A truth.
    Truth(crate::Truth),
    /// A list.
    List(Vec<Fact>),
    /// Named values.
    Record(Vec<(&'static str, Fact)>),
    /// The record does not say.
    Missing,
}

impl Fact {
    /// Text, or missing.
    pub fn text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Missing, |text| Self::Text(text.into()))
    }

    /// A number, or missing.
    pub fn number(number: Option<impl std::fmt::Display>) -> Self {
        number.map_or(Self::Missing, |number| Self::Number(number.to_string()))
    }

    /// A date, or missing.
    pub fn date(date: Option<impl std::fmt::Display>) -> Self {
        date.map_or(Self::Missing, |date| Self::Text(date.to_string()))
    }
}
