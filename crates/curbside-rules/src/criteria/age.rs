//! `age`: completed years since birth. A partial birth date makes it unknown where it matters.

use curbside_chart::time::Duration;
use curbside_chart::{Kind as RecordKind, RecordRef};
use curbside_source::{Diagnostic, Spanned};
use schemars::JsonSchema;
use serde::Deserialize;

use super::test::Test;
use super::{Kind, Place};
use crate::check::Claim;
use crate::compile::{Compiler, Node, Plan};
use crate::evaluate::{Cx, Verdict};
use crate::fact::{Fact, Shape};
use crate::model::{DateExpression, Time};
use crate::shared::{DatePlan, Resolved};
use crate::truth::Truth;

/// Completed years since birth, on the day the chart is looked at or another one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Age")]
pub struct Age {
    /// This old or older: the birthday counts.
    pub at_least: Option<Time>,
    /// Younger than this.
    pub less_than: Option<Time>,
    /// On which day (default: `as_of`).
    pub at: Option<Spanned<DateExpression>>,
}

#[derive(Debug)]
struct AgeTest {
    at_least: Option<Duration>,
    less_than: Option<Duration>,
    at: Option<DatePlan>,
    /// What is asked, in words.
    words: String,
}

impl Kind for Age {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        let at_least = compiler.optional(self.at_least.as_ref(), Compiler::duration)?;
        let less_than = compiler.optional(self.less_than.as_ref(), Compiler::duration)?;
        let at = compiler.optional(self.at.as_ref(), Compiler::date)?;
        for (figure, duration) in [(&self.at_least, at_least), (&self.less_than, less_than)] {
            if let (Some(figure), Some(duration)) = (figure, duration)
                && duration.is_time()
            {
                compiler.report(Diagnostic::error("wrong-unit", figure.span, "an age is not counted in hours").help("write `18 years`"));
                return None;
            }
        }
        match (at_least, less_than) {
            (None, None) => compiler.error("nothing-asked", place.span, "give `at_least` or `less_than`"),
            (Some(low), Some(high)) if low.approximate_millis() >= high.approximate_millis() => {
                compiler.error("impossible-range", place.span, format!("nobody is at least {low} and less than {high} old"));
            }
            _ => {}
        }
        let bounds = [at_least.map(|age| format!("at least {age}")), less_than.map(|age| format!("less than {age}"))];
        let words = bounds.into_iter().flatten().collect::<Vec<_>>().join(" and ");
        Some(place.node(compiler, AgeTest { at_least, less_than, at, words }))
    }
}

impl AgeTest {
    /// When somebody who is too young will be old enough; who is too old stays so.
    fn way(&self, cx: Cx<'_, '_>, verdict: Verdict, birth: curbside_chart::time::When, years: i64) -> Verdict {
        let wanted = self.at_least.and_then(|age| Some((age, age.whole_years()?))).filter(|(_, wanted)| years < *wanted);
        match wanted {
            Some((age, wanted)) => {
                let day = birthday(birth.last_day(), age, birth.last_day().plus(age));
                #[expect(clippy::cast_precision_loss, reason = "a share for sorting")]
                let share = (wanted - years) as f64 / wanted.max(1) as f64;
                verdict.distance(cx, share, || format!("age {}, reached on {day}", self.words))
            }
            None => verdict.distance(cx, 1.0, || format!("age {}", self.words)),
        }
    }
}

impl Test for AgeTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let patient = cx.chart().patient.as_ref();
        let text = patient.and_then(|patient| patient.data.birth_date.as_deref());
        let missing = |says: &str| Verdict::unknown(says, "date of birth", "Patient.birthDate");
        let Some(text) = text else { return missing("date of birth not recorded") };
        let Some(birth) = cx.chart().when(text) else { return missing("date of birth cannot be read") };
        let Resolved::Days(day) =
            self.at.as_ref().map_or(Resolved::Days(curbside_chart::time::When::on(cx.as_of().day())), |at| at.resolve(cx))
        else {
            return Verdict::unknown("the day is not known", "the day on which the age is asked", "the record");
        };
        let (youngest, oldest) = (day.first_day().years_since(birth.last_day()), day.last_day().years_since(birth.first_day()));
        // Somebody is so old from the day on that lies that long after the birth.
        let reached = |age: Duration| {
            if let Some(years) = age.whole_years() {
                return Truth::agreed([youngest >= years, oldest >= years].map(Truth::from));
            }
            let (first, last) = (birth.first_day().plus(age), birth.last_day().plus(age));
            if last <= day.first_day() {
                Truth::True
            } else if first > day.last_day() {
                Truth::False
            } else {
                Truth::Unknown
            }
        };
        let mut truth = self.at_least.map_or(Truth::True, reached);
        truth = truth.and(self.less_than.map_or(Truth::True, |age| reached(age).negated()));
        let doubtful = patient.is_some_and(|patient| patient.doubt.is_some());
        let truth = if doubtful { Truth::Unknown } else { truth };
        let says = if youngest == oldest {
            cx.says(format_args!("{youngest} years old, {} asked", self.words))
        } else {
            cx.says(format_args!("{youngest} to {oldest} years old, {} asked", self.words))
        };
        let verdict = Verdict::new(truth, says).from(RecordRef::new(RecordKind::Patient, 0));
        match truth {
            Truth::Unknown => verdict.missing("exact date of birth", "Patient.birthDate"),
            Truth::False => self.way(cx, verdict, birth, youngest),
            Truth::True => verdict,
        }
    }

    fn shape(&self, _: &Plan) -> Shape {
        Shape::Record(vec![("truth", Shape::Truth), ("because", Shape::Text(120))])
    }

    fn claim(&self) -> Option<Claim> {
        let about = self.at.as_ref().map_or_else(|| "age".to_owned(), |at| format!("age at {}", at.words()));
        let millis = |age: Option<Duration>| age.map(Duration::approximate_millis);
        Some(Claim::between(about, millis(self.at_least), millis(self.less_than)))
    }

    fn fact(&self, _: Cx<'_, '_>, verdict: &Verdict) -> Fact {
        Fact::Record(vec![("truth", Fact::Truth(verdict.truth)), ("because", Fact::Text(verdict.says.to_string()))])
    }
}

/// Births on 29 February reach their birthday on 1 March in common years.
fn birthday(birth: curbside_chart::time::Day, age: Duration, clamped: curbside_chart::time::Day) -> curbside_chart::time::Day {
    let is_leap_birth = matches!(birth.ymd(), (_, 2, 29)) && age.whole_years().is_some();
    if is_leap_birth && matches!(clamped.ymd(), (_, 2, 28)) { clamped.plus_days(1) } else { clamped }
}
