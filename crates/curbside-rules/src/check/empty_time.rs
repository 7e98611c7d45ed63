//! Times in which no day lies.

use curbside_chart::time::Duration;
use curbside_source::{Diagnostic, Spanned};

use crate::compile::Compiler;
use crate::model::{Anchor, DateExpression, Time};
use crate::shared::DatePlan;

/// Complains where something must be both later than so long ago and earlier than a day before that.
pub(crate) fn recent(within: (&Time, Duration), to: (&Spanned<DateExpression>, &DatePlan), compiler: &mut Compiler<'_>) {
    let ago = |millis: i64| matches!(to.1.offset, Some((duration, true)) if duration.approximate_millis() > millis);
    if to.0.anchor == Anchor::AsOf && ago(within.1.approximate_millis()) {
        let message = format!("within {} and up to {} is no time at all", within.1, to.1.words());
        compiler.report(Diagnostic::error("impossible-range", to.0.span, message).also(within.0.span, "it begins here"));
    }
}

/// Complains where a time that is counted from one and the same day ends before it begins.
pub(crate) fn in_order(
    from: (&Spanned<DateExpression>, &DatePlan),
    to: (&Spanned<DateExpression>, &DatePlan),
    compiler: &mut Compiler<'_>,
) {
    let days = |(model, plan): (&Spanned<DateExpression>, &DatePlan)| {
        let offset = plan.offset.map_or(0, |(duration, before)| duration.approximate_millis() * if before { -1 } else { 1 });
        let day = match &model.anchor {
            Anchor::Day(when) => when.earliest.millis(),
            _ => 0,
        };
        day.saturating_add(offset)
    };
    let is_same = match (&from.0.anchor, &to.0.anchor) {
        (Anchor::Day(_), Anchor::Day(_)) => true,
        (a, b) => a == b,
    };
    if is_same && days(from) > days(to) {
        let message = format!("from {} to {} is no time at all", from.1.words(), to.1.words());
        compiler.report(Diagnostic::error("impossible-range", to.0.span, message).also(from.0.span, "it begins here"));
    }
}
