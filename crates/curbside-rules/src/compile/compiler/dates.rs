//! From dates as they are written to dates that can be worked out.

use curbside_chart::Kind;
use curbside_source::{Diagnostic, Spanned, did_you_mean};

use super::Compiler;
use crate::compile::names::DefinitionKind;
use crate::model::{Anchor, DateExpression, Figure, Name};
use crate::shared::{AnchorPlan, CourseDay, DatePlan};

impl Compiler<'_> {
    /// A date.
    pub fn date(&mut self, date: &Spanned<DateExpression>) -> Option<DatePlan> {
        let anchor = match &date.anchor {
            Anchor::AsOf => AnchorPlan::AsOf,
            Anchor::Proposed => {
                self.reads(Kind::Appointment);
                AnchorPlan::Proposed
            }
            Anchor::Start => {
                self.scoped();
                AnchorPlan::Start
            }
            Anchor::End => {
                self.scoped();
                AnchorPlan::End
            }
            Anchor::Response => {
                if !self.of_response {
                    self.report(
                        Diagnostic::error("no-response", date.span, "there is no response in question here")
                            .help("ask it in `or_relapse_if` of `score_sequence`"),
                    );
                }
                AnchorPlan::Response
            }
            Anchor::Day(day) => AnchorPlan::Day(*day),
            Anchor::Named(name, part) => self.named_date(&Spanned { value: name.clone(), span: date.span }, part.as_deref())?,
        };
        let offset = match &date.offset {
            None => None,
            Some((setting, before)) => {
                let figure = Figure { value: setting.clone(), source: None, sign_off: None };
                Some((self.duration(&Spanned { value: figure, span: date.span })?, *before))
            }
        };
        let mut words = date.anchor.to_string();
        if let Some((duration, before)) = offset {
            words = format!("{words} {} {duration}", if before { "-" } else { "+" });
        }
        Some(DatePlan { anchor, offset, words })
    }

    fn named_date(&mut self, name: &Name, part: Option<&str>) -> Option<AnchorPlan> {
        let id = self.definition(name, &[DefinitionKind::Date, DefinitionKind::Course])?;
        let kind = self.names.find(self.rule, &name.value).map(|(_, kind)| kind)?;
        let course_day = |part: &str| match part {
            "first_session" => Some(CourseDay::First),
            "last_session" => Some(CourseDay::Last),
            "first_session_ever" => Some(CourseDay::FirstEver),
            other => other.strip_prefix("session_").and_then(|number| number.parse().ok()).map(CourseDay::Session),
        };
        match (kind, part) {
            (DefinitionKind::Course, Some(part)) => match course_day(part) {
                Some(day) => Some(AnchorPlan::Course(id, day)),
                None => {
                    let help = did_you_mean(part, ["first_session", "last_session", "first_session_ever", "session_4"]);
                    let message = format!("a course has no date `{part}`");
                    self.report(Diagnostic::error("unknown-name", name.span, message).maybe_help(help));
                    None
                }
            },
            (DefinitionKind::Course, None) => {
                let message = format!("`{}` is a course; which of its dates?", name.value);
                self.report(Diagnostic::error("wrong-kind", name.span, message).help(format!("write `{}.first_session`", name.value)));
                None
            }
            (_, Some(part)) => {
                self.error("unknown-name", name.span, format!("`{}` is a date and has no `{part}`", name.value));
                None
            }
            (_, None) => Some(AnchorPlan::Date(id)),
        }
    }
}
