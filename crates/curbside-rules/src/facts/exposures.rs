//! Who took what, from when to when, and how much: requests, statements, dispenses and
//! administrations as intervals.

use curbside_chart::json::{Lazy, List, Number};
use curbside_chart::resource::Dosage;
use curbside_chart::time::{Day, When};
use curbside_chart::{Kind, Place, RecordRef};
use curbside_terminology::{DrugFacts, DrugSetId, Drugs};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use smol_str::SmolStr;

use super::dose::{Dose, daily, single_dose, unit_of};
use super::drugs::{Match, Medicine};
use crate::evaluate::Cx;

/// Exposures to the drugs of one set.
#[derive(Debug, Default)]
pub struct Exposures {
    /// In the order of their first possible day.
    pub list: Vec<Exposure>,
    /// What a reader should know about the data.
    pub notes: Vec<SmolStr>,
}

/// A stretch of time in which somebody took, or was to take, a drug.
#[derive(Clone, Debug)]
pub struct Exposure {
    /// The record that says so.
    pub record: RecordRef,
    /// What kind of record.
    pub source: Source,
    /// The ingredient, by its place in the set; `None` where the record does not say what drug.
    pub ingredient: Option<u16>,
    /// The ingredient is only named in the record's words.
    pub suspected: bool,
    /// When it began.
    pub start: When,
    /// When it ended; the last possible day is never later than the day the chart is looked at.
    pub end: When,
    /// How much, in steps.
    pub steps: Vec<Step>,
    /// Least daily dose in mg that counts: of the form that needs least, and of the one that needs
    /// most, where the form is not known.
    pub needs: Option<(Decimal, Decimal)>,
    /// The dose cannot be worked with: a form taken weekly, a figure that must be a slip.
    pub dose_unusable: bool,
    /// The record says so only doubtfully (status `unknown`, owner unclear).
    pub doubtful: bool,
    /// What tells products apart.
    pub product: String,
    /// How a person would call the drug.
    pub label: String,
    /// The order ended early, and nobody wrote when.
    pub stopped: bool,
}

/// A dose, for all of the time or for a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// First and last day, where the instruction is bounded.
    pub days: Option<(Day, Day)>,
    /// How much a day.
    pub dose: Dose,
}

/// What kind of record an exposure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// It was given.
    Administration,
    /// It was handed over.
    Dispense,
    /// It is said to be taken.
    Statement,
    /// It was ordered.
    Request,
}

impl Source {
    /// The one that comes nearest to the patient's mouth first.
    pub const BY_PRECEDENCE: [Self; 4] = [Self::Administration, Self::Dispense, Self::Statement, Self::Request];
}

impl Exposures {
    pub(super) fn of(cx: Cx<'_, '_>, set: DrugSetId) -> Self {
        let mut reader = Reader { cx, set, found: Self::default() };
        let medicines = cx.facts().medicines(cx);
        for (record, medicine) in medicines.iter() {
            let concerned =
                medicine.unresolved || medicine.of_set(set).next().is_some() || medicine.suspected.iter().any(|drug| drug.set == set);
            if concerned && cx.chart().place(*record) == Some(Place::Record) {
                reader.read(*record, medicine);
            }
        }
        let mut found = reader.found;
        let carried = cx.vocabulary().drugs(set).map_or(0, |drugs| drugs.carry_over_days);
        carry_over(&mut found.list, carried);
        end_stopped_orders(&mut found.list);
        found.list.sort_by_key(|exposure| (exposure.start.first_day(), exposure.record));
        found.notes.sort();
        found.notes.dedup();
        found
    }
}

impl Exposure {
    /// The dose on a day.
    #[must_use]
    pub fn dose_on(&self, day: Day) -> Dose {
        let of_day = |step: &&Step| step.days.is_none_or(|(from, to)| (from..=to).contains(&day));
        self.steps.iter().find(of_day).map_or(Dose::UNKNOWN, |step| step.dose)
    }
}

struct Reader<'c, 'e> {
    cx: Cx<'c, 'e>,
    set: DrugSetId,
    found: Exposures,
}

/// The dates and the status of a record, before it is known what drug it is about.
struct Stretch {
    source: Source,
    start: Option<When>,
    /// `None`: it ended, and nobody wrote when.
    end: Option<When>,
    doubtful: bool,
    stopped: bool,
}

impl Reader<'_, '_> {
    fn read(&mut self, record: RecordRef, medicine: &Medicine) {
        let at = record.at as usize;
        let chart = self.cx.chart();
        match record.kind {
            Kind::MedicationRequest => {
                let Some(held) = chart.requests.get(at) else { return };
                let Some(stretch) = self.request(&held.data) else { return };
                self.add(record, medicine, &stretch, &Instructions::Planned(&held.data.dosage_instruction));
            }
            Kind::MedicationStatement => {
                let Some(held) = chart.statements.get(at) else { return };
                let Some(stretch) = self.statement(&held.data) else { return };
                self.add(record, medicine, &stretch, &Instructions::Planned(&held.data.dosage));
            }
            Kind::MedicationDispense => {
                let Some(held) = chart.dispenses.get(at) else { return };
                let Some(stretch) = self.dispense(&held.data) else { return };
                self.add(record, medicine, &stretch, &Instructions::Planned(&held.data.dosage_instruction));
            }
            Kind::MedicationAdministration => {
                let Some(held) = chart.administrations.get(at) else { return };
                let Some(stretch) = self.administration(&held.data) else { return };
                let dose = held.data.dosage.read().ok().flatten().and_then(|dosage| dosage.dose);
                self.add(record, medicine, &stretch, &Instructions::Given(dose.as_ref()));
            }
            _ => {}
        }
    }

    fn drugs(&self) -> Option<&Drugs> {
        self.cx.vocabulary().drugs(self.set)
    }

    fn today(&self) -> Day {
        self.cx.as_of().day()
    }

    fn request(&self, request: &curbside_chart::resource::MedicationRequest<'_>) -> Option<Stretch> {
        let status = request.status.as_deref();
        let intent = request.intent.as_deref().unwrap_or("order");
        let counts = matches!(status, None | Some("active" | "completed" | "ended" | "stopped" | "on-hold" | "unknown"));
        let is_order = matches!(intent, "order" | "original-order" | "reflex-order" | "filler-order" | "instance-order");
        if !counts || !is_order || request.do_not_perform == Some(true) {
            return None;
        }
        let dosages = request.dosage_instruction.read().unwrap_or_default();
        let dispense = request.dispense_request.read().ok().flatten().unwrap_or_default();
        let bounds = dosages.iter().filter_map(|dosage| dosage.timing.as_ref()?.repeat.as_ref());
        let period = bounds.clone().find_map(|repeat| repeat.bounds_period.as_ref());
        let valid = dispense.validity_period.as_ref();
        let when = |text: Option<&str>| self.cx.when(text);
        let start = when(period.and_then(|period| period.start.as_deref()))
            .or_else(|| when(valid.and_then(|period| period.start.as_deref())))
            .or_else(|| when(request.authored_on.as_deref()));
        let length = bounds.clone().find_map(|repeat| days(repeat.bounds_duration.as_ref()?)).or_else(|| {
            let supply = days(dispense.expected_supply_duration.as_ref()?)?;
            let repeats = dispense.number_of_repeats_allowed.and_then(Number::decimal).and_then(|count| count.to_i64()).unwrap_or(0);
            supply.checked_mul(repeats.checked_add(1)?)
        });
        let end = when(period.and_then(|period| period.end.as_deref()))
            .or_else(|| Some(later(start?, length? - 1)))
            .or_else(|| (status == Some("active")).then(|| When::on(self.today())));
        let stopped = status == Some("stopped") && end.is_none();
        Some(Stretch { source: Source::Request, start, end, doubtful: matches!(status, None | Some("unknown")), stopped })
    }

    fn statement(&self, statement: &curbside_chart::resource::MedicationStatement<'_>) -> Option<Stretch> {
        let status = statement.status.as_deref();
        let counts = matches!(status, None | Some("active" | "completed" | "stopped" | "on-hold" | "unknown" | "recorded"));
        if !counts || statement.taken.as_deref() == Some("n") {
            return None;
        }
        let period = statement.effective_period.as_ref();
        let single = self.cx.when(statement.effective_date_time.as_deref());
        let start = self.cx.when(period.and_then(|period| period.start.as_deref())).or(single);
        let end = self.cx.when(period.and_then(|period| period.end.as_deref())).or(match (status, single) {
            (Some("active"), None) => Some(When::on(self.today())),
            // Said on one day to be taken: whether it still is, is not said.
            (Some("active"), Some(day)) => Some(When::between(day.first_day(), self.today())),
            (_, single) => single,
        });
        let doubtful = matches!(status, None | Some("unknown")) || statement.taken.as_deref() == Some("unk");
        Some(Stretch { source: Source::Statement, start, end, doubtful, stopped: false })
    }

    fn dispense(&self, dispense: &curbside_chart::resource::MedicationDispense<'_>) -> Option<Stretch> {
        let status = dispense.status.as_deref();
        if !matches!(status, None | Some("completed" | "unknown")) {
            return None;
        }
        let prepared = || {
            let when = self.cx.when(dispense.when_prepared.as_deref())?;
            let days = self.drugs().map_or(0, |drugs| drugs.handed_over_within_days);
            Some(When::between(when.first_day().plus_days(-days), when.last_day().plus_days(days)))
        };
        let start = self.cx.when(dispense.when_handed_over.as_deref()).or_else(prepared);
        let supply = dispense.days_supply.read().ok().flatten();
        let length = supply.as_ref().and_then(days).or_else(|| units_last(dispense));
        let end = start.zip(length).map(|(start, length)| later(start, length - 1));
        Some(Stretch { source: Source::Dispense, start, end, doubtful: matches!(status, None | Some("unknown")), stopped: false })
    }

    fn administration(&self, given: &curbside_chart::resource::MedicationAdministration<'_>) -> Option<Stretch> {
        let status = given.status.as_deref();
        let counts = matches!(status, None | Some("completed" | "in-progress" | "stopped" | "unknown"));
        if !counts || given.not_given == Some(true) {
            return None;
        }
        let period = given.effective_period.as_ref().or(given.occurence_period.as_ref());
        let single = self.cx.when(given.effective_date_time.as_deref().or(given.occurence_date_time.as_deref()));
        let start = self.cx.when(period.and_then(|period| period.start.as_deref())).or(single);
        let end = self.cx.when(period.and_then(|period| period.end.as_deref())).or(single).or(start);
        Some(Stretch { source: Source::Administration, start, end, doubtful: matches!(status, None | Some("unknown")), stopped: false })
    }

    fn add(&mut self, record: RecordRef, medicine: &Medicine, stretch: &Stretch, instructions: &Instructions<'_, '_>) {
        let today = self.today();
        let start = stretch.start.unwrap_or(When::between(Day::MIN, today));
        if start.first_day() > today {
            return;
        }
        // What has no end ends between its beginning and today.
        let end = stretch.end.unwrap_or(When::between(start.first_day(), today));
        let end = When::between(end.first_day().min(today), end.last_day().min(today));
        if end.last_day() < start.first_day() {
            self.found.notes.push(format!("{} ends before it begins", self.cx.name(record)).into());
            return;
        }
        let drugs = self.cx.vocabulary().drugs(self.set);
        let template = Exposure {
            record,
            source: stretch.source,
            ingredient: None,
            suspected: false,
            start,
            end,
            steps: Vec::new(),
            needs: None,
            dose_unusable: false,
            doubtful: stretch.doubtful || self.cx.is_doubtful(record),
            product: medicine.product.clone(),
            label: medicine.label.clone(),
            stopped: stretch.stopped,
        };
        for found in medicine.of_set(self.set) {
            let Some(facts) = drugs.and_then(|drugs| drugs.ingredients.get(usize::from(found.drug.ingredient))) else { continue };
            let Some(meant) = self.is_meant(facts, instructions) else { continue };
            let mut exposure = Exposure {
                ingredient: Some(found.drug.ingredient),
                steps: instructions.steps(self.cx, Some(found), facts),
                needs: needs(medicine, found, facts),
                doubtful: template.doubtful || !meant,
                ..template.clone()
            };
            self.check_dose(&mut exposure, facts);
            self.found.list.push(exposure);
        }
        let is_known = medicine.of_set(self.set).next().is_some();
        for drug in medicine.suspected.iter().filter(|drug| drug.set == self.set && !is_known) {
            self.found.list.push(Exposure {
                ingredient: Some(drug.ingredient),
                suspected: true,
                steps: vec![Step { days: None, dose: Dose::UNKNOWN }],
                ..template.clone()
            });
        }
        if medicine.unresolved {
            self.found.list.push(template);
        }
    }

    /// Whether a drug that is meant by some routes only is given by one of them; `Some(false)`
    /// where the route is not recorded, `None` where it is another one.
    fn is_meant(&self, facts: &DrugFacts, instructions: &Instructions<'_, '_>) -> Option<bool> {
        let Some(routes) = facts.only_by.as_deref().and_then(|name| self.cx.vocabulary().value_set(name)) else { return Some(true) };
        let dosages = instructions.dosages();
        let recorded: Vec<_> = dosages.iter().filter_map(|dosage| dosage.route.as_ref()).filter(|route| !route.is_empty()).collect();
        if recorded.is_empty() {
            return Some(false);
        }
        let is_one = recorded.iter().any(|route| {
            let mut found = false;
            for coding in &*route.coding {
                if let (Some(system), Some(code)) = (coding.system.as_deref(), coding.code.as_deref()) {
                    self.cx.vocabulary().value_sets_of(system, code, &mut |set| found |= set == routes);
                }
            }
            found
        });
        let has_code = recorded.iter().any(|route| route.codes().next().is_some());
        if is_one {
            Some(true)
        } else if has_code {
            None
        } else {
            Some(false)
        }
    }

    /// A dose many times the least one that counts is rather a slip (g for mg) than a dose.
    fn check_dose(&mut self, exposure: &mut Exposure, facts: &DrugFacts) {
        let times = self.drugs().and_then(|drugs| drugs.implausible_times);
        let Some(limit) = facts.min_daily_mg.zip(times).map(|(least, times)| least.checked_mul(Decimal::from(times))) else { return };
        let too_much = exposure.steps.iter().filter_map(|step| step.dose.high).any(|high| limit.is_some_and(|limit| high > limit));
        if too_much {
            exposure.dose_unusable = true;
            self.found.notes.push(
                format!("{}: dose of {} is implausible (unit slip?), taken as unknown", self.cx.name(exposure.record), facts.name).into(),
            );
        }
    }
}

/// Where the dose stands.
enum Instructions<'r, 'a> {
    /// In dosage instructions.
    Planned(&'r Lazy<'a, List<Dosage<'a>>>),
    /// In what was given.
    Given(Option<&'r curbside_chart::datatype::Quantity<'a>>),
}

impl<'a> Instructions<'_, 'a> {
    fn dosages(&self) -> List<Dosage<'a>> {
        match self {
            Self::Planned(dosages) => dosages.read().unwrap_or_default(),
            Self::Given(_) => List::default(),
        }
    }

    fn steps(&self, cx: Cx<'_, '_>, found: Option<&Match>, facts: &DrugFacts) -> Vec<Step> {
        match self {
            Self::Given(dose) => {
                let mg = dose.and_then(|dose| single_dose(dose, found, facts));
                vec![Step { days: None, dose: mg.map_or(Dose::UNKNOWN, |mg| Dose { low: mg, high: Some(mg) }) }]
            }
            Self::Planned(_) => steps(cx, &self.dosages(), found, facts),
        }
    }
}

/// Instructions at the same time add up; those in sequence follow each other, where they say from
/// when to when.
fn steps(cx: Cx<'_, '_>, dosages: &[Dosage<'_>], found: Option<&Match>, facts: &DrugFacts) -> Vec<Step> {
    let mut sequences: Vec<(Option<&str>, Vec<&Dosage<'_>>)> = Vec::new();
    for dosage in dosages {
        let sequence = dosage.sequence.map(Number::as_written);
        match sequences.iter_mut().find(|(known, _)| *known == sequence) {
            Some((_, list)) => list.push(dosage),
            None => sequences.push((sequence, vec![dosage])),
        }
    }
    let together = |list: &[&Dosage<'_>]| {
        let doses = list.iter().map(|dosage| daily(dosage, found, facts));
        doses.reduce(Dose::plus).unwrap_or(Dose::UNKNOWN)
    };
    if let [(_, only)] = sequences.as_slice() {
        return vec![Step { days: None, dose: together(only) }];
    }
    let bounded: Option<Vec<Step>> = sequences
        .iter()
        .map(|(_, list)| {
            let period = list.iter().find_map(|dosage| dosage.timing.as_ref()?.repeat.as_ref()?.bounds_period.as_ref())?;
            let (start, end) = (cx.when(period.start.as_deref())?, cx.when(period.end.as_deref())?);
            Some(Step { days: Some((start.first_day(), end.last_day())), dose: together(list) })
        })
        .collect();
    match bounded {
        Some(steps) if !steps.is_empty() => steps,
        _ => {
            let dose = sequences.iter().map(|(_, list)| together(list)).reduce(Dose::either);
            vec![Step { days: None, dose: dose.unwrap_or(Dose::UNKNOWN) }]
        }
    }
}

/// The least daily dose that counts: that of the form, where it is known; where words only suggest a
/// form, both that one's and the usual one.
fn needs(medicine: &Medicine, found: &Match, facts: &DrugFacts) -> Option<(Decimal, Decimal)> {
    let usual = facts.min_daily_mg?;
    let product = found.drug.product.and_then(|at| facts.products.get(at as usize));
    if let Some(form) = product.and_then(|product| product.form).and_then(|at| facts.forms.get(at)) {
        let own = form.min_daily_mg.unwrap_or(usual);
        return Some((own, own));
    }
    let label = medicine.label.to_lowercase();
    let says = |word: &String| {
        label.split(|c: char| !c.is_alphanumeric()).any(|part| part == word) || (word.contains(' ') && label.contains(word.as_str()))
    };
    let suggested = facts.forms.iter().filter(|form| form.words.iter().any(says)).filter_map(|form| form.min_daily_mg);
    Some(suggested.fold((usual, usual), |(least, most), own| (least.min(own), most.max(own))))
}

/// A duration in days.
fn days(quantity: &curbside_chart::datatype::Quantity<'_>) -> Option<i64> {
    let value = quantity.value?.decimal()?;
    let day = curbside_terminology::units::Unit::parse("d")?;
    // Supply is counted in days, and often without saying so.
    let days = match unit_of(quantity) {
        Some(unit) if !unit.is_dimensionless() => unit.convert(value, &day)?,
        _ => value,
    };
    days.round().to_i64().filter(|days| (1..=36_500).contains(days))
}

/// How many days a quantity lasts, where the instruction counts in the same unit.
fn units_last(dispense: &curbside_chart::resource::MedicationDispense<'_>) -> Option<i64> {
    let quantity = dispense.quantity.read().ok()??;
    let dosages = dispense.dosage_instruction.read().ok()?;
    let [dosage] = &*dosages else { return None };
    let dose = dosage.dose_and_rate.first().and_then(|rate| rate.dose_quantity.as_ref()).or(dosage.dose_quantity.as_ref())?;
    let unit = |quantity: &curbside_chart::datatype::Quantity<'_>| {
        let text = quantity.code.as_deref().or(quantity.unit.as_deref()).unwrap_or("");
        text.trim_matches(['{', '}']).to_lowercase()
    };
    if unit(&quantity) != unit(dose) || dosage.is_as_needed() {
        return None;
    }
    let (least, most) = super::timing::per_day(dosage.timing.as_ref())?;
    let by_day = dose.value?.decimal()?.checked_mul(most)?;
    let lasts = quantity.value?.decimal()?.checked_div(by_day)?.floor().to_i64()?;
    (least == most && lasts > 0).then_some(lasts)
}

fn later(start: When, days: i64) -> When {
    When::between(start.first_day().plus_days(days), start.last_day().plus_days(days))
}

/// Early refills are taken after the supply before them.
fn carry_over(list: &mut [Exposure], at_most: i64) {
    let mut supplies: Vec<&mut Exposure> =
        list.iter_mut().filter(|exposure| exposure.source == Source::Dispense && exposure.ingredient.is_some()).collect();
    supplies.sort_by(|a, b| {
        (a.ingredient, &a.product, a.start.first_day(), a.record).cmp(&(b.ingredient, &b.product, b.start.first_day(), b.record))
    });
    // The supply before: of what, handed over when, and used up when.
    let mut before: Option<(Option<u16>, String, Day, Day)> = None;
    for supply in supplies {
        let handed_over = supply.start.first_day();
        let mut last_day = supply.end.last_day();
        if let Some((ingredient, product, begun, end)) = &before
            && *ingredient == supply.ingredient
            && *product == supply.product
        {
            if handed_over == *begun {
                // Two on one day are rather one supply told twice than an early refill.
                last_day = last_day.max(*end);
            } else if let (Some(start), Some(last)) = (supply.start.day(), supply.end.day())
                && start <= *end
            {
                let shift = (end.since(start) + 1).min(at_most);
                supply.start = When::on(start.plus_days(shift));
                supply.end = When::on(last.plus_days(shift));
                last_day = supply.end.last_day();
            }
        }
        before = Some((supply.ingredient, supply.product.clone(), handed_over, last_day));
    }
}

/// An order that was stopped, nobody wrote when, ended at the latest when the next drug began.
fn end_stopped_orders(list: &mut [Exposure]) {
    let starts: Vec<(Option<u16>, Day)> = list.iter().map(|exposure| (exposure.ingredient, exposure.start.last_day())).collect();
    for exposure in list.iter_mut().filter(|exposure| exposure.stopped) {
        let begun = exposure.start.first_day();
        let next = starts.iter().filter(|(ingredient, day)| *ingredient != exposure.ingredient && *day > begun).map(|(_, day)| *day).min();
        if let Some(next) = next.filter(|next| *next < exposure.end.last_day()) {
            exposure.end = When::between(exposure.end.first_day().min(next), next);
        }
    }
}
