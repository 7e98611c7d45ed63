//! `medication`: drugs that are taken, or ever were.

use std::cmp::Ordering;

use curbside_chart::{Kind as RecordKind, RecordRef};
use curbside_source::Spanned;
use curbside_terminology::DrugSetId;
use curbside_terminology::units::{Amount, Unit};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Deserialize;

use super::records::{Found, Wanted, conclude};
use super::test::Test;
use super::{Kind, Place};
use crate::compile::{Asks, Aspect, Compiler, Node, Plan};
use crate::evaluate::{Cx, Verdict};
use crate::facts::{Dose, Exposure, Source, cover, reasons_of, routes_of};
use crate::model::{Name, Names, Time};
use crate::shared::fhir_words::{check_statuses, check_types};
use crate::shared::{CodeTest, CodeTestModel, DatedModel, Measure, Range, RangeModel, Window};
use crate::truth::Truth;

/// A drug that is or was taken: requests, statements, dispenses and administrations together.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Medication", transform = crate::schema::in_or_of)]
pub struct Medication {
    /// The drug set.
    #[serde(alias = "of")]
    pub r#in: Name,
    /// `active`: taken on the day the chart is looked at (default); `ever`: at any time up to it.
    pub status: Option<When>,
    /// Only records of these types.
    pub r#type: Option<Names>,
    /// Only records that stand with one of these statuses of FHIR.
    pub recorded_as: Option<Names>,
    /// What it is for.
    pub reason: Option<Spanned<CodeTestModel>>,
    /// By which way it is taken.
    pub route: Option<Spanned<CodeTestModel>>,
    /// How much a day.
    pub dose: Option<Spanned<RangeModel>>,
    /// Begun no longer ago than this.
    pub within: Option<Time>,
    /// Begun in this window.
    pub dated: Option<DatedModel>,
    /// What it means that there is none (default: false).
    pub if_absent: Option<Truth>,
}

/// When it was taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Taken")]
pub enum When {
    /// On the day the chart is looked at.
    #[default]
    Active,
    /// At any time up to it.
    Ever,
}

#[derive(Debug)]
struct MedicationTest {
    set: DrugSetId,
    when: When,
    kinds: Option<Vec<String>>,
    recorded_as: Option<Vec<String>>,
    reason: Option<CodeTest>,
    route: Option<CodeTest>,
    dose: Option<Range>,
    window: Window,
    if_absent: Truth,
    what: String,
}

/// The types of records that say somebody takes something.
pub(super) const KINDS: [RecordKind; 5] = [
    RecordKind::MedicationRequest,
    RecordKind::MedicationStatement,
    RecordKind::MedicationDispense,
    RecordKind::MedicationAdministration,
    RecordKind::Medication,
];

/// The statuses with which a record says that somebody takes or took something.
const STATUSES: &[&str] = &["active", "completed", "ended", "in-progress", "on-hold", "recorded", "stopped", "unknown"];

/// What is asked about who took what of a drug set.
pub(super) fn asks_drugs(set: DrugSetId) -> Asks {
    Asks::Of([Aspect::Drugs(set)].into_iter().chain(KINDS.into_iter().take(4).map(Aspect::Unsought)).collect())
}

impl Kind for Medication {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        for kind in KINDS {
            compiler.reads(kind);
        }
        check_types(self.r#type.iter().flatten(), compiler);
        check_statuses(self.recorded_as.iter().flatten(), STATUSES, compiler);
        let set = compiler.drug_set(&self.r#in)?;
        let words = |names: &Option<Names>| names.as_ref().map(|names| names.iter().map(|name| name.value.clone()).collect());
        let test = MedicationTest {
            set,
            when: self.status.unwrap_or_default(),
            kinds: words(&self.r#type),
            recorded_as: words(&self.recorded_as),
            reason: compiler.optional(self.reason.as_ref(), |compiler, reason| CodeTest::of_reason(reason, compiler))?,
            route: compiler.optional(self.route.as_ref(), |compiler, route| CodeTest::compile(route, compiler))?,
            dose: compiler.optional(self.dose.as_ref(), |compiler, dose| Range::compile(dose, Measure::DailyDose, compiler))?,
            window: Window::compile(self.within.as_ref(), self.dated.as_ref(), compiler)?,
            if_absent: self.if_absent.or(compiler.if_absent().medication).unwrap_or(Truth::False),
            what: compiler.vocabulary().title(curbside_terminology::SetId::Drugs(set)).to_lowercase(),
        };
        Some(place.node(compiler, test))
    }
}

impl MedicationTest {
    /// Whether it asks about records like this one.
    fn reads(&self, cx: Cx<'_, '_>, record: RecordRef) -> bool {
        let among = |asked: &Option<Vec<String>>, word: Option<&str>| {
            asked.as_ref().is_none_or(|words| word.is_some_and(|word| words.iter().any(|asked| asked == word)))
        };
        among(&self.kinds, Some(record.kind.name())) && among(&self.recorded_as, status(cx, record))
    }

    fn judge(&self, cx: Cx<'_, '_>, exposure: &Exposure, all: &[Exposure]) -> Truth {
        let today = cx.as_of().day();
        let mut truth = match self.when {
            When::Ever => Truth::True,
            When::Active if exposure.end.last_day() < today => Truth::False,
            When::Active if exposure.end.first_day() >= today && exposure.start.last_day() <= today => Truth::True,
            When::Active => Truth::Unknown,
        };
        truth = truth.and(self.window.resolve(cx).holds(Some(exposure.start)));
        if let Some(reason) = &self.reason {
            truth = truth.and(reason.test(cx.vocabulary(), &reasons_of(cx, exposure.record).indication));
        }
        if let Some(route) = &self.route {
            truth = truth.and(route.test(cx.vocabulary(), &routes_of(cx, exposure.record)));
        }
        if let Some(range) = &self.dose {
            truth = truth.and(self.takes(cx, exposure, all, range));
        }
        let certain = !exposure.suspected && !exposure.doubtful && exposure.ingredient.is_some();
        truth.doubted(!certain)
    }

    /// Whether so much of a drug is taken a day, of all its products together: on the day in question, or on any day of an
    /// exposure.
    fn takes(&self, cx: Cx<'_, '_>, exposure: &Exposure, all: &[Exposure], range: &Range) -> Truth {
        let same = |other: &&Exposure| other.ingredient == exposure.ingredient && other.suspected == exposure.suspected;
        let together: Vec<&Exposure> = all.iter().filter(same).filter(|other| self.reads(cx, other.record)).collect();
        let today = cx.as_of().day();
        let days = match self.when {
            When::Active => (today, today),
            When::Ever => (exposure.start.first_day(), exposure.end.last_day()),
        };
        let per_day = Unit::parse("mg/d");
        let compare = |value: Decimal| {
            let per_day = per_day.clone();
            move |bound: &Amount| per_day.as_ref().and_then(|unit| unit.compare(value, &bound.unit, bound.value))
        };
        let fits = |dose: Dose| {
            let high = |bound: &Amount| match dose.high {
                Some(high) => compare(high)(bound),
                None => Some(Ordering::Greater),
            };
            if dose.is_known() { range.test_between(&compare(dose.low), &high) } else { Truth::Unknown }
        };
        let segments = cover(&together);
        segments
            .iter()
            .filter(|segment| segment.to >= days.0 && segment.from <= days.1)
            .map(|segment| fits(segment.dose))
            .fold(Truth::False, Truth::or)
    }
}

/// The status of a record that says somebody takes something.
fn status<'e>(cx: Cx<'_, 'e>, record: RecordRef) -> Option<&'e str> {
    let (chart, at) = (cx.chart(), record.at as usize);
    match record.kind {
        RecordKind::MedicationRequest => chart.requests.get(at)?.data.status.as_deref(),
        RecordKind::MedicationStatement => chart.statements.get(at)?.data.status.as_deref(),
        RecordKind::MedicationDispense => chart.dispenses.get(at)?.data.status.as_deref(),
        RecordKind::MedicationAdministration => chart.administrations.get(at)?.data.status.as_deref(),
        _ => None,
    }
}

impl Test for MedicationTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let exposures = cx.facts().exposures(cx, self.set);
        let drugs = cx.vocabulary().drugs(self.set);
        let mut found: Vec<Found> = Vec::new();
        let mut unresolved = Vec::new();
        for exposure in &exposures.list {
            if !self.reads(cx, exposure.record) {
                continue;
            }
            // What is taken now is told by those who know it, not by an order beside them.
            let as_taken = self.when == When::Active && self.kinds.is_none();
            let counts = if as_taken { exposures.contributes(exposure) } else { Truth::True };
            if counts == Truth::False {
                continue;
            }
            let mut truth = self.judge(cx, exposure, &exposures.list).and(counts);
            if as_taken && exposure.source == Source::Request {
                truth = truth.and(exposures.is_denied(exposure.ingredient, cx.as_of().day()).negated());
            }
            if exposure.ingredient.is_none() {
                if truth == Truth::Unknown {
                    unresolved.push(exposure.record);
                }
                continue;
            }
            let name = exposure
                .ingredient
                .and_then(|at| drugs?.ingredients.get(usize::from(at)))
                .map_or(exposure.label.as_str(), |facts| &facts.name);
            let until = if exposure.end.last_day() >= cx.as_of().day() { "ongoing".to_owned() } else { exposure.end.to_string() };
            let says = format!("{name} from {} to {until}", exposure.start);
            let missing = (truth == Truth::Unknown).then(|| {
                let what =
                    if exposure.suspected { format!("a code for {name}") } else { format!("whether {name} is still taken, and how much") };
                (what, exposure.record.kind.name().to_owned())
            });
            found.push(Found { record: exposure.record, truth, says, missing });
        }
        let asked = |kind: &&str| self.kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|asked| asked == kind));
        let kinds: Vec<&str> = KINDS.iter().take(4).map(|kind| kind.name()).filter(asked).collect();
        // What was not supplied may hold what is looked for.
        let kind = kinds.iter().find(|kind| !cx.chart().looked_for(kind)).or(kinds.last()).copied().unwrap_or("MedicationStatement");
        let wanted = Wanted { kind, what: &self.what, if_absent: self.if_absent };
        let mut verdict = conclude(cx, &wanted, &found, &unresolved);
        verdict.notes.extend(exposures.notes.iter().cloned());
        verdict
    }

    fn asks(&self, _: &Plan) -> Asks {
        asks_drugs(self.set)
    }
}
