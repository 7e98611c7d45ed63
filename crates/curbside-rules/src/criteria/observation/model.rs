//! What authors write of an observation.

use curbside_source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::{Names, Quantity, Time};
use crate::shared::{DatedModel, ValueModel};
use crate::truth::Truth;

/// A measurement or finding.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Observation")]
pub struct Observation {
    /// Value sets its code is in.
    pub r#in: Names,
    /// Which of several counts (default: latest).
    pub pick: Option<Pick>,
    /// What several at one moment mean: `worst`, the one that makes it true; else they must agree.
    pub ties: Option<Ties>,
    /// What a preliminary one can say (default: unknown).
    pub preliminary: Option<Truth>,
    /// No older than this.
    pub within: Option<Time>,
    /// In this window.
    pub dated: Option<DatedModel>,
    /// What its value must be; without it, that there is one is enough.
    pub value: Option<Spanned<ValueModel>>,
    /// True where one of these parts fits: components of a panel, or observations of their own at
    /// the same moment.
    pub any_component: Option<Vec<ComponentTest>>,
    /// True where all of these parts fit.
    pub all_components: Option<Vec<ComponentTest>>,
    /// What it means that a part is missing (default: unknown).
    pub partial: Option<Truth>,
    /// How it has changed.
    pub change: Option<Spanned<ChangeModel>>,
    /// What it is about: `trial`, a record of the trial in question.
    pub about: Option<About>,
    /// What it means that there is none (default: unknown).
    pub if_absent: Option<Truth>,
}

/// Which of several observations counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Pick")]
pub enum Pick {
    /// The last one.
    #[default]
    Latest,
    /// The first one.
    Earliest,
    /// The one with the highest value.
    Highest,
    /// The one with the lowest value.
    Lowest,
    /// Any of them.
    Any,
    /// Each of them.
    Every,
}

/// What several observations at one moment mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Ties")]
pub enum Ties {
    /// The one that makes it true counts.
    Worst,
}

/// A part of a panel.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "ComponentTest", transform = crate::schema::below_or_less_than)]
pub struct ComponentTest {
    /// Value sets its code is in.
    pub r#in: Names,
    /// Greater than this.
    pub above: Option<Quantity>,
    /// Less than this.
    #[serde(alias = "less_than")]
    pub below: Option<Quantity>,
    /// This or greater.
    pub at_least: Option<Quantity>,
    /// This or less.
    pub at_most: Option<Quantity>,
}

/// How an observation has changed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Change")]
pub struct ChangeModel {
    /// From which one (default: the one before).
    pub from: Option<ChangeFrom>,
    /// By how much it rose; `%` of the earlier value, or in its unit.
    pub rise_at_least: Option<Quantity>,
    /// By how much it fell; `%` of the earlier value, or in its unit.
    pub fall_at_least: Option<Quantity>,
}

/// From which observation a change is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ChangeFrom")]
pub enum ChangeFrom {
    /// The one before.
    #[default]
    Previous,
    /// The first one in the window.
    Earliest,
}

/// What an observation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "About")]
pub enum About {
    /// A record of the trial in question.
    Trial,
}
