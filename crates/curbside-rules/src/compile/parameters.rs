//! The parameters of a pack and the values a site sets.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use curbside_chart::time::Duration;
use curbside_source::{Diagnostic, Diagnostics, Spanned};
use curbside_terminology::units::Amount;

use crate::model::{FromText, PackFile, Parameter, ParameterType};

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum ParameterValue {
    /// `42 days`
    Duration(Duration),
    /// `50 mg/day`
    Amount(Amount),
    /// `2`
    Count(usize),
}

impl ParameterValue {
    fn read(kind: ParameterType, text: &str) -> Result<Self, String> {
        match kind {
            ParameterType::Duration => Duration::from_text(text).map(Self::Duration),
            ParameterType::Amount => Amount::from_text(text).map(Self::Amount),
            ParameterType::Count => usize::from_text(text).map(Self::Count),
        }
    }

    fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Duration(a), Self::Duration(b)) => Some(a.approximate_millis().cmp(&b.approximate_millis())),
            (Self::Amount(a), Self::Amount(b)) => a.compare(b),
            (Self::Count(a), Self::Count(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

impl std::fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Duration(value) => value.fmt(f),
            Self::Amount(value) => value.fmt(f),
            Self::Count(value) => value.fmt(f),
        }
    }
}

/// The values of a pack's parameters, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters(pub BTreeMap<String, ParameterValue>);

impl Parameters {
    /// The defaults of a pack; what is wrong with them is reported.
    pub(crate) fn defaults(pack: &PackFile, found: &mut Diagnostics) -> Self {
        let mut values = BTreeMap::new();
        for (name, parameter) in &pack.parameters {
            let mut read = |text: &Spanned<String>| match ParameterValue::read(parameter.r#type, &text.value) {
                Ok(value) => Some(value),
                Err(why) => {
                    let (message, help) =
                        why.split_once('\n').map_or((why.as_str(), None), |(message, help)| (message, Some(help.to_owned())));
                    found.push(Diagnostic::error("invalid-value", text.span, message).maybe_help(help));
                    None
                }
            };
            let default = read(&parameter.default);
            let (min, max) = (parameter.min.as_ref().and_then(&mut read), parameter.max.as_ref().and_then(read));
            if let Some(default) = default {
                if !within(&default, min.as_ref(), max.as_ref()) {
                    let message = format!("the default of `{name}` lies outside its own bounds");
                    found.error("impossible-range", parameter.default.span, message);
                }
                values.insert(name.clone(), default);
            }
        }
        Self(values)
    }

    /// Sets what a site wants otherwise.
    ///
    /// # Errors
    ///
    /// A sentence: an unknown name, no such kind of value, or a value outside the pack's bounds.
    pub(crate) fn set(&mut self, pack: &PackFile, settings: &BTreeMap<String, String>) -> Result<(), String> {
        for (name, text) in settings {
            let Some(parameter) = pack.parameters.get(name) else {
                let help = curbside_source::did_you_mean(name, pack.parameters.keys().map(String::as_str));
                let help = help.map(|help| format!("; {help}")).unwrap_or_default();
                return Err(format!("pack `{}` has no parameter `{name}`{help}", pack.pack.value));
            };
            let value =
                ParameterValue::read(parameter.r#type, text).map_err(|why| format!("parameter `{name}`: {}", why.replace('\n', "; ")))?;
            let bound =
                |bound: &Option<Spanned<String>>| bound.as_ref().and_then(|text| ParameterValue::read(parameter.r#type, &text.value).ok());
            if !within(&value, bound(&parameter.min).as_ref(), bound(&parameter.max).as_ref()) {
                return Err(format!("parameter `{name}` = {value} lies outside what the pack allows: {}", bounds(parameter)));
            }
            self.0.insert(name.clone(), value);
        }
        Ok(())
    }
}

fn within(value: &ParameterValue, min: Option<&ParameterValue>, max: Option<&ParameterValue>) -> bool {
    min.is_none_or(|min| value.compare(min).is_some_and(Ordering::is_ge))
        && max.is_none_or(|max| value.compare(max).is_some_and(Ordering::is_le))
}

fn bounds(parameter: &Parameter) -> String {
    let side = |word: &str, bound: &Option<Spanned<String>>| bound.as_ref().map(|bound| format!("{word} {}", bound.value));
    let sides: Vec<String> = side("at least", &parameter.min).into_iter().chain(side("at most", &parameter.max)).collect();
    sides.join(", ")
}
