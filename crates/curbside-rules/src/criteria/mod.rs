//! The kinds of criteria. A kind is one file here and one line in the list below: the file holds
//! what authors write, how it is made ready, and how it is decided.

mod age;
mod allergy;
mod any_proposed;
mod booking;
mod combine;
mod condition;
mod count;
mod course;
mod coverage;
mod decide;
mod encounter;
mod expr;
mod hook;
mod immunization;
mod is;
mod medication;
mod medication_trials;
mod observation;
mod order;
mod procedure;
mod record;
mod records;
mod refer;
mod schedule;
mod score;
mod score_change;
mod score_sequence;
mod sex;
mod some;
pub mod test;
mod trial;

pub(crate) use expr::Bundled;

use curbside_source::Span;
use schemars::JsonSchema;
use serde::Deserialize;

pub use condition::{ConditionModel, ConditionPlan};
pub use decide::{DecideRow, Then};

use crate::compile::{Compiler, DefinitionKind, Node};
use crate::derive::{CourseModel, DateModel};

/// A kind of criterion, as its author writes it.
trait Kind {
    /// Makes it ready; `None` where it cannot be, which has been complained about.
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node>;
}

/// What a criterion is called and where it is written.
#[derive(Clone, Copy)]
struct Place<'n> {
    name: &'n str,
    span: Span,
}

impl Place<'_> {
    fn node(self, compiler: &Compiler<'_>, test: impl test::Test + 'static) -> Node {
        compiler.node(self.name, self.span, test)
    }
}

macro_rules! criteria {
    ($($(#[$doc:meta])* $Name:ident($Type:ty) = $name:literal,)*) => {
        /// A criterion: one key that names its kind.
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[schemars(rename = "Criterion")]
        pub enum Criterion {
            $($(#[$doc])* #[serde(rename = $name)] $Name(Box<$Type>),)*
        }

        /// What `define` can give a name: a criterion, or something derived that criteria ask about.
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[schemars(rename = "Definition")]
        pub enum Definable {
            $($(#[$doc])* #[serde(rename = $name)] $Name(Box<$Type>),)*
            /// Administrations of a drug as sessions, with phases.
            #[serde(rename = "treatment_course")]
            TreatmentCourse(Box<CourseModel>),
            /// A date worked out from records.
            #[serde(rename = "date")]
            Date(Box<DateModel>),
        }

        impl Criterion {
            /// Every kind there is.
            pub const KINDS: &'static [&'static str] = &[$($name,)*];

            /// Makes it ready; `None` where it cannot be, which has been complained about.
            pub fn compile(&self, span: Span, compiler: &mut Compiler<'_>) -> Option<Node> {
                if !self.gives_labels() {
                    compiler.asks(span, self.name());
                }
                match self {
                    $(Self::$Name(kind) => kind.compile(Place { name: $name, span }, compiler),)*
                }
            }

            /// Its kind.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$Name(_) => $name,)*
                }
            }
        }

        impl Definable {
            /// The criterion it is, where it is one.
            #[must_use]
            pub fn criterion(&self) -> Option<Criterion> {
                match self {
                    $(Self::$Name(kind) => Some(Criterion::$Name(kind.clone())),)*
                    Self::TreatmentCourse(_) | Self::Date(_) => None,
                }
            }
        }
    };
}

criteria! {
    /// Every one of these.
    All(combine::All) = "all",
    /// At least one of these.
    Any(combine::Any) = "any",
    /// Not this.
    Not(combine::Not) = "not",
    /// At least so many of these.
    AtLeast(combine::AtLeast) = "at_least",
    /// The first row whose `if` is true.
    Decide(decide::Decide) = "decide",
    /// A fact by its name; `{name: label}` asks whether a table gave that label.
    Use(refer::Use) = "use",
    /// Whether an answer is one of these; itself always true or false.
    Is(is::Is) = "is",
    /// The outcome of another rule.
    Rule(refer::RuleOutcome) = "rule",
    /// Which hook asks.
    Hook(hook::Hook) = "hook",
    /// Completed years since birth.
    Age(age::Age) = "age",
    /// Administrative gender.
    Sex(sex::Sex) = "sex",
    /// A problem or diagnosis.
    Condition(condition::ConditionModel) = "condition",
    /// A drug that is or was taken.
    Medication(medication::Medication) = "medication",
    /// Trials of drugs, with dose, duration and what came of them.
    MedicationTrials(medication_trials::MedicationTrials) = "medication_trials",
    /// A measurement or finding.
    Observation(observation::Observation) = "observation",
    /// The total of an instrument.
    Score(score::Score) = "score",
    /// The change of a total between two times.
    ScoreChange(score_change::ScoreChange) = "score_change",
    /// Totals that follow one another: a response, then a relapse.
    ScoreSequence(score_sequence::ScoreSequence) = "score_sequence",
    /// An allergy or intolerance.
    Allergy(allergy::Allergy) = "allergy",
    /// Something that was done.
    Procedure(procedure::Procedure) = "procedure",
    /// A visit or stay.
    Encounter(encounter::Encounter) = "encounter",
    /// An insurance.
    Coverage(coverage::Coverage) = "coverage",
    /// A vaccination.
    Immunization(immunization::Immunization) = "immunization",
    /// A draft order of the hook.
    Order(order::Order) = "order",
    /// Administrations against the phases of a course.
    Schedule(schedule::Schedule) = "schedule",
    /// Where a course of treatment stands.
    Course(course::CourseTest) = "course",
    /// How many sessions and bookings lie in a window.
    Count(count::CountTest) = "count",
    /// An appointment.
    Booking(booking::Booking) = "booking",
    /// What is asked of each appointment that is proposed.
    AnyProposed(any_proposed::AnyProposed) = "any_proposed",
    /// How many trials fit.
    Some(some::Some) = "some",
    /// Any record, by its elements.
    Record(record::Record) = "record",
    /// What a FHIRPath expression says of the chart.
    Expr(expr::Expr) = "expr",
    /// Whether there are records of a type at all.
    Recorded(record::Recorded) = "recorded",
    /// The trial in question, in a trial's own tables.
    Trial(trial::TrialTest) = "trial",
}

impl Criterion {
    /// Whether it gives labels, and so neither true nor false.
    fn gives_labels(&self) -> bool {
        matches!(self, Self::Decide(table) if table.labels().next().is_some())
    }
}

impl Definable {
    /// What it is good for.
    #[must_use]
    pub fn kind(&self) -> DefinitionKind {
        match self {
            Self::MedicationTrials(_) => DefinitionKind::Trials,
            Self::TreatmentCourse(_) => DefinitionKind::Course,
            Self::Date(_) => DefinitionKind::Date,
            _ => DefinitionKind::Criterion,
        }
    }

    /// Another name it gives what it finds (`as: trials`).
    #[must_use]
    pub fn alias(&self) -> Option<&crate::model::Name> {
        match self {
            Self::MedicationTrials(trials) => trials.r#as.as_ref(),
            _ => None,
        }
    }
}
