//! The draft orders of the hook: what is about to be signed, not what the record holds.

use curbside_chart::datatype::{Concept, Quantity};
use curbside_chart::json::Number;
use curbside_chart::resource::{Dosage, Repeat};
use curbside_chart::{Chart, Kind, Place, RecordRef};
use curbside_terminology::units::Unit;
use rust_decimal::Decimal;

use super::reasons::{Reasons, reasons_of};
use crate::evaluate::Cx;

/// The draft orders of the hook, those just selected where the hook says which.
#[derive(Debug, Default)]
pub struct Orders {
    /// In the order of the context.
    pub list: Vec<Order>,
    /// There may be more of them, which cannot be read.
    pub is_incomplete: bool,
}

/// A draft order.
#[derive(Clone, Debug)]
pub struct Order {
    /// The resource in the context.
    pub record: RecordRef,
}

/// One dose: in mg, and by body weight in mg/kg, as far as either is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dosed {
    /// In mg.
    pub mg: Option<Decimal>,
    /// In mg/kg.
    pub by_weight: Option<Decimal>,
}

/// A draft order as far as criteria read it.
#[derive(Debug, Default)]
pub struct OrderItem<'e> {
    /// Its setting: `inpatient`, `outpatient`, `community`, `discharge`.
    pub category: Vec<Concept<'e>>,
    /// What is ordered, where it is no drug.
    pub code: Option<Concept<'e>>,
    /// Why.
    pub reasons: Reasons<'e>,
    /// How it is to be given.
    pub dosages: Vec<Dosage<'e>>,
}

/// Members of a context that carry draft orders.
const MEMBERS: [&str; 4] = ["draftOrders", "medications", "orders", "medication"];

impl Orders {
    pub(super) fn of(cx: Cx<'_, '_>) -> Self {
        let chart = cx.chart();
        let in_context = |place: Place| chart.hook.member(place).is_some_and(|member| MEMBERS.contains(&member));
        let counts = |status: Option<&str>, intent: Option<&str>, not_to: Option<bool>| {
            !matches!(status, Some("cancelled" | "entered-in-error" | "stopped" | "completed" | "revoked"))
                && !matches!(intent, Some("proposal" | "plan" | "option"))
                && not_to != Some(true)
        };
        let mut list = Vec::new();
        // Most charts are only looked at.
        if !chart.hook.members.iter().any(|member| MEMBERS.contains(&member.as_str())) {
            return Self { list, is_incomplete: is_incomplete(chart) };
        }
        cx.look_at(chart.requests.len() + chart.service_requests.len());
        for (at, held) in chart.requests.iter().enumerate() {
            let data = &held.data;
            if in_context(held.place) && counts(data.status.as_deref(), data.intent.as_deref(), data.do_not_perform) {
                list.push(Order { record: RecordRef::new(Kind::MedicationRequest, at) });
            }
        }
        for (at, held) in chart.service_requests.iter().enumerate() {
            let data = &held.data;
            if in_context(held.place) && counts(data.status.as_deref(), data.intent.as_deref(), data.do_not_perform) {
                list.push(Order { record: RecordRef::new(Kind::ServiceRequest, at) });
            }
        }
        // Only while orders are being written is one of them in question, whether a rule reads such orders or not. A
        // selection that matches nothing selects nothing: then all orders count.
        if cx.hook() == "order-select" && chart.hook.selects {
            list.retain(|order| chart.hook.selections.iter().any(|selection| chart.is_meant_by(order.record, selection)));
        }
        Self { list, is_incomplete: is_incomplete(chart) }
    }
}

fn is_incomplete(chart: &Chart<'_>) -> bool {
    MEMBERS.iter().any(|member| chart.hook.is_incomplete(member))
}

impl Order {
    /// What criteria read of it.
    #[must_use]
    pub fn read<'e>(&self, cx: Cx<'_, 'e>) -> OrderItem<'e> {
        let chart = cx.chart();
        let at = self.record.at as usize;
        let mut item = OrderItem { reasons: reasons_of(cx, self.record), ..OrderItem::default() };
        match self.record.kind {
            Kind::MedicationRequest => {
                if let Some(held) = chart.requests.get(at) {
                    item.category.extend(held.data.category.read().unwrap_or_default());
                    item.dosages.extend(held.data.dosage_instruction.read().unwrap_or_default());
                }
            }
            Kind::ServiceRequest => {
                if let Some(held) = chart.service_requests.get(at) {
                    item.category.extend(held.data.category.read().unwrap_or_default());
                    item.code.clone_from(&held.data.code);
                }
            }
            _ => {}
        }
        item
    }
}

impl<'e> OrderItem<'e> {
    /// All prose of the instructions.
    pub fn instructions(&self) -> impl Iterator<Item = String> + '_ {
        self.dosages.iter().flat_map(|dosage| {
            let additional =
                dosage.additional_instruction.iter().flat_map(|concept| concept.words().map(str::to_owned).collect::<Vec<_>>());
            let own = [dosage.text.as_deref(), dosage.patient_instruction.as_deref()].into_iter().flatten().map(str::to_owned);
            own.chain(additional).collect::<Vec<_>>()
        })
    }

    /// The ways it is to be given.
    pub fn routes(&self) -> impl Iterator<Item = &Concept<'e>> {
        self.dosages.iter().filter_map(|dosage| dosage.route.as_ref())
    }
}

/// The quantities of a single dose of an instruction, the least and the most of a range; empty where none is given.
#[must_use]
pub(crate) fn doses_of<'a>(dosage: &Dosage<'a>) -> Vec<Quantity<'a>> {
    let rates = dosage.dose_and_rate.iter().flat_map(|rate| {
        let range = rate.dose_range.as_ref();
        [rate.dose_quantity.clone(), range.and_then(|range| range.low.clone()), range.and_then(|range| range.high.clone())]
    });
    let stu3 = dosage.dose_range.as_ref();
    let stu3 = [dosage.dose_quantity.clone(), stu3.and_then(|range| range.low.clone()), stu3.and_then(|range| range.high.clone())];
    rates.chain(stu3).flatten().collect()
}

/// How long a dose of an instruction takes, in minutes: as stated, or as the rate says that it is given at.
#[must_use]
pub(crate) fn minutes_of(dosage: &Dosage<'_>, dose: Dosed) -> Option<Decimal> {
    stated_minutes(dosage, |repeat| repeat.duration).or_else(|| {
        dosage.dose_and_rate.iter().find_map(|rate| {
            let by_ratio = rate.rate_ratio.as_ref().and_then(|ratio| {
                let (above, below) = (ratio.numerator.as_ref()?, ratio.denominator.as_ref()?);
                by_rate(above, &time_of(below)?, dose)
            });
            by_ratio.or_else(|| by_rate_quantity(rate.rate_quantity.as_ref()?, dose))
        })
    })
}

/// How long a dose of an instruction may take at most, in minutes, where it says from how long to how long.
pub(crate) fn most_minutes_of(dosage: &Dosage<'_>) -> Option<Decimal> {
    stated_minutes(dosage, |repeat| repeat.duration_max)
}

fn stated_minutes<'a>(dosage: &Dosage<'a>, length: impl Fn(&Repeat<'a>) -> Option<Number<'a>>) -> Option<Decimal> {
    let repeat = dosage.timing.as_ref()?.repeat.as_ref()?;
    in_minutes(length(repeat)?.decimal()?, repeat.duration_unit.as_deref()?)
}

/// The whole dose given by `above` in `minutes`: where the numerator is the dose itself, the
/// denominator is how long it takes. A rate by volume says nothing about that.
fn by_rate(above: &Quantity<'_>, minutes: &Decimal, dose: Dosed) -> Option<Decimal> {
    let unit = super::dose::unit_of(above)?;
    let by_time = |whole: Option<Decimal>, of: &str| {
        let given = unit.convert(above.value?.decimal()?, &Unit::parse(of)?)?;
        whole?.checked_mul(*minutes)?.checked_div(given)
    };
    by_time(dose.mg, "mg").or_else(|| by_time(dose.by_weight, "mg/kg"))
}

fn by_rate_quantity(rate: &Quantity<'_>, dose: Dosed) -> Option<Decimal> {
    let unit = super::dose::unit_of(rate)?;
    let by_time = |whole: Option<Decimal>, of: &str| {
        let by_minute = unit.convert(rate.value?.decimal()?, &Unit::parse(of)?)?;
        whole?.checked_div(by_minute)
    };
    by_time(dose.mg, "mg/min").or_else(|| by_time(dose.by_weight, "mg/kg/min"))
}

/// A time in minutes.
fn time_of(quantity: &Quantity<'_>) -> Option<Decimal> {
    let unit = super::dose::unit_of(quantity)?;
    unit.convert(quantity.value?.decimal()?, &Unit::parse("min")?)
}

fn in_minutes(value: Decimal, unit: &str) -> Option<Decimal> {
    let unit = Unit::parse(unit)?;
    unit.convert(value, &Unit::parse("min")?)
}
