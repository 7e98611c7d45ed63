//! From figures to values: written out, or set as a parameter.

use curbside_chart::time::Duration;
use curbside_source::{Diagnostic, Span, Spanned, did_you_mean};
use curbside_terminology::Pending;
use curbside_terminology::units::Amount;

use super::Compiler;
use crate::check;
use crate::compile::parameters::ParameterValue;
use crate::model::{Count, Figure, Quantity, Setting, Time};
use crate::shared::{Words, WordsModel};

impl Compiler<'_> {
    /// Words to look for in prose.
    pub fn words(&mut self, model: &WordsModel) -> Option<Words> {
        if let Some(source) = &model.source {
            self.cited(source);
        }
        let what = format!("words that decide: {}", model.any_of.join(", "));
        if check::decides(model) {
            let source = model.source.as_ref().map(|source| source.value.clone());
            self.uses.pending.push(Pending { what, source, span: model.then.span });
            self.uses.deciding_words.push(model.then.span);
        }
        let reach = match &model.within_words {
            Some(count) => Some(self.count(count)?),
            None => None,
        };
        Some(Words::new(model, reach))
    }

    /// The value of a duration.
    pub fn duration(&mut self, figure: &Time) -> Option<Duration> {
        match self.figure(figure, "a duration")? {
            Setting::Value(value) => Some(*value),
            Setting::Parameter(name) => match self.parameter(name, figure.span)? {
                ParameterValue::Duration(value) => Some(value),
                other => self.wrong_parameter(name, &other, "a duration", figure.span),
            },
        }
    }

    /// The value of an amount.
    pub fn amount(&mut self, figure: &Quantity) -> Option<Amount> {
        match self.figure(figure, "an amount")? {
            Setting::Value(value) => Some(value.clone()),
            Setting::Parameter(name) => match self.parameter(name, figure.span)? {
                ParameterValue::Amount(value) => Some(value),
                other => self.wrong_parameter(name, &other, "an amount", figure.span),
            },
        }
    }

    /// The value of a count.
    pub fn count(&mut self, figure: &Count) -> Option<usize> {
        match self.figure(figure, "a count")? {
            Setting::Value(value) => Some(*value),
            Setting::Parameter(name) => match self.parameter(name, figure.span)? {
                ParameterValue::Count(value) => Some(value),
                other => self.wrong_parameter(name, &other, "a count", figure.span),
            },
        }
    }

    /// Optional figures: `Some(None)` where there is none.
    pub fn optional<F, T>(&mut self, figure: Option<&F>, read: impl FnOnce(&mut Self, &F) -> Option<T>) -> Option<Option<T>> {
        match figure {
            Some(figure) => read(self, figure).map(Some),
            None => Some(None),
        }
    }

    fn figure<'f, T: std::fmt::Display>(&mut self, figure: &'f Spanned<Figure<T>>, what: &str) -> Option<&'f Setting<T>> {
        let source = figure.source.as_ref();
        if let Some(source) = source {
            self.cited(source);
        }
        if let Setting::Value(value) = &figure.value.value {
            let shown = format!("{what}: {value}");
            self.uses.pending.extend(Pending::of(figure.sign_off.as_ref(), source, shown, figure.span));
        }
        Some(&figure.value.value)
    }

    fn parameter(&mut self, name: &str, span: Span) -> Option<ParameterValue> {
        self.uses.parameters.insert(name.to_owned());
        if let Some(parameter) = self.pack.parameters.get(name) {
            // A default that cannot be read has been complained about already.
            let what = format!("${name}: {} by default", parameter.default.value);
            self.uses.pending.extend(Pending::of(parameter.sign_off.as_ref(), parameter.source.as_ref(), what, parameter.default.span));
            return self.parameters.0.get(name).cloned();
        }
        if self.names.may_be_lost(name) {
            return None;
        }
        let help = did_you_mean(name, self.pack.parameters.keys().map(String::as_str));
        self.report(Diagnostic::error("unknown-parameter", span, format!("unknown parameter `{name}`")).maybe_help(help));
        None
    }

    fn wrong_parameter<T>(&mut self, name: &str, value: &ParameterValue, wanted: &str, span: Span) -> Option<T> {
        self.error("wrong-kind", span, format!("parameter `{name}` is {value}, not {wanted}"));
        None
    }
}
