//! From medication records to exposures.

use curbside_chart::json::{List, Number};
use curbside_chart::resource::{Medicated as _, MedicationStatement};
use curbside_chart::time::{Day, When};
use curbside_chart::{Kind, RecordRef};
use curbside_terminology::{DrugFacts, DrugSetId, Drugs};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::instructions::{Instructions, needs};
use super::supply::{days, later, units_last};
use super::taking::{is_not_taken, is_taking_unclear};
use super::{Denial, Exposure, Exposures, Source, Step};
use crate::evaluate::Cx;
use crate::facts::dose::Dose;
use crate::facts::drugs::{Match, Medicine};

pub(super) struct Reader<'c, 'e> {
    pub(super) cx: Cx<'c, 'e>,
    pub(super) set: DrugSetId,
    pub(super) found: Exposures,
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
    pub(super) fn read(&mut self, record: RecordRef, medicine: &Medicine) {
        let at = record.at as usize;
        let chart = self.cx.chart();
        match record.kind {
            Kind::MedicationRequest => {
                let Some(held) = chart.requests.get(at) else { return };
                let Some(stretch) = self.request(&held.data) else { return };
                self.note_dates(record, [held.data.authored_on.as_deref()]);
                self.add(record, medicine, &stretch, &Instructions::Planned(&held.data.dosage_instruction));
            }
            Kind::MedicationStatement => {
                let Some(held) = chart.statements.get(at) else { return };
                self.deny(record, medicine, &held.data);
                let Some(stretch) = self.statement(&held.data) else { return };
                let period = held.data.effective_period.as_ref();
                let (start, end) = (period.and_then(|period| period.start.as_deref()), period.and_then(|period| period.end.as_deref()));
                self.note_dates(record, [start, end, held.data.effective_date_time.as_deref()]);
                self.add(record, medicine, &stretch, &Instructions::Planned(&held.data.dosage));
            }
            Kind::MedicationDispense => {
                let Some(held) = chart.dispenses.get(at) else { return };
                let Some(stretch) = self.dispense(&held.data) else { return };
                self.note_dates(record, [held.data.when_handed_over.as_deref(), held.data.when_prepared.as_deref()]);
                self.add(record, medicine, &stretch, &Instructions::Planned(&held.data.dosage_instruction));
            }
            Kind::MedicationAdministration => {
                let Some(held) = chart.administrations.get(at) else { return };
                let Some(stretch) = self.administration(&held.data) else { return };
                let dosage = held.data.dosage.read();
                if dosage.is_err() {
                    self.note_dosage(record);
                }
                let dose = dosage.ok().flatten().and_then(|dosage| dosage.dose);
                self.add(record, medicine, &stretch, &Instructions::Given(dose.as_ref()));
            }
            _ => {}
        }
    }

    fn drugs(&self) -> Option<&Drugs> {
        self.cx.vocabulary().drugs(self.set)
    }

    /// Whether something stands where a date should, and is none.
    fn is_no_date(&self, text: Option<&str>) -> bool {
        text.is_some() && self.cx.when(text).is_none()
    }

    /// Notes what stands where dates should, and is none.
    fn note_dates<'t>(&mut self, record: RecordRef, texts: impl IntoIterator<Item = Option<&'t str>>) {
        for text in texts.into_iter().filter(|text| self.is_no_date(*text)).flatten().collect::<Vec<_>>() {
            self.found.notes.push(format!("{}: `{text}` is no date", self.cx.name(record)).into());
        }
    }

    /// Notes instructions that cannot be read.
    fn note_dosage(&mut self, record: RecordRef) {
        self.found.notes.push(format!("{}: the dosage could not be read", self.cx.name(record)).into());
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
        // Most say nothing of when, and are read once it is known that they count.
        let has_bounds = request.dosage_instruction.may_mention("bounds");
        let dosages = if has_bounds { request.dosage_instruction.read().unwrap_or_default() } else { List::default() };
        let dispense = request.dispense_request.read().ok().flatten().unwrap_or_default();
        let bounds = dosages.iter().filter_map(|dosage| dosage.timing.as_ref()?.repeat.as_ref());
        let periods = || bounds.clone().filter_map(|repeat| repeat.bounds_period.as_ref());
        let valid = dispense.validity_period.as_ref();
        let when = |text: Option<&str>| self.cx.when(text);
        // Instructions that follow each other last from the first one's beginning to the last one's end.
        let start = periods()
            .filter_map(|period| when(period.start.as_deref()))
            .min_by_key(|start| (start.earliest, start.latest))
            .or_else(|| when(valid.and_then(|period| period.start.as_deref())))
            .or_else(|| when(request.authored_on.as_deref()));
        let length = bounds.clone().find_map(|repeat| days(repeat.bounds_duration.as_ref()?)).or_else(|| {
            let supply = days(dispense.expected_supply_duration.as_ref()?)?;
            let repeats = dispense.number_of_repeats_allowed.and_then(Number::decimal).and_then(|count| count.to_i64()).unwrap_or(0);
            supply.checked_mul(repeats.checked_add(1)?)
        });
        let ends: Option<Vec<When>> = periods().map(|period| when(period.end.as_deref())).collect();
        let is_unread = periods().any(|period| self.is_no_date(period.end.as_deref()));
        let end = ends
            .and_then(|ends| ends.into_iter().max_by_key(|end| (end.latest, end.earliest)))
            .or_else(|| Some(later(start?, length? - 1)))
            .or_else(|| (status == Some("active") && !is_unread).then(|| When::on(self.today())));
        let stopped = status == Some("stopped") && end.is_none();
        Some(Stretch { source: Source::Request, start, end, doubtful: matches!(status, None | Some("unknown")), stopped })
    }

    fn statement(&self, statement: &MedicationStatement<'_>) -> Option<Stretch> {
        let status = statement.status.as_deref();
        let counts = matches!(status, None | Some("active" | "completed" | "stopped" | "on-hold" | "unknown" | "recorded"));
        if !counts || is_not_taken(statement) {
            return None;
        }
        let period = statement.effective_period.as_ref();
        let single = self.cx.when(statement.effective_date_time.as_deref());
        let start = self.cx.when(period.and_then(|period| period.start.as_deref())).or(single);
        let end = self.cx.when(period.and_then(|period| period.end.as_deref())).or(match (status, single) {
            // An end that cannot be read is no open end.
            _ if self.is_no_date(period.and_then(|period| period.end.as_deref())) => None,
            (Some("active"), None) => Some(When::on(self.today())),
            // Said on one day to be taken: whether it still is, is not said.
            (Some("active"), Some(day)) => Some(When::between(day.first_day(), self.today())),
            (_, single) => single,
        });
        let doubtful = matches!(status, None | Some("unknown")) || is_taking_unclear(statement);
        Some(Stretch { source: Source::Statement, start, end, doubtful, stopped: false })
    }

    /// Notes a statement that a drug was not taken.
    fn deny(&mut self, record: RecordRef, medicine: &Medicine, statement: &MedicationStatement<'_>) {
        if statement.status.as_deref() != Some("not-taken") && !is_not_taken(statement) {
            return;
        }
        // Of a doubtful statement it is not known of when it says so.
        let period = statement.effective_period.as_ref().filter(|_| !self.cx.is_doubtful(record));
        let single = statement.effective_date_time.as_deref().filter(|_| !self.cx.is_doubtful(record));
        let start = self.cx.when(period.and_then(|period| period.start.as_deref()).or(single));
        let end = self.cx.when(period.and_then(|period| period.end.as_deref()).or(single));
        let denial = |found: &Match| Denial { record, ingredient: found.drug.ingredient, start, end };
        self.found.denied.extend(medicine.of_set(self.set).map(denial));
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
        if !counts || given.not_given == Some(true) || given.was_not_given == Some(true) {
            return None;
        }
        let period = given.effective_period.as_ref().or(given.occurence_period.as_ref());
        let single = self.cx.when(given.effective_date_time.as_deref().or(given.occurence_date_time.as_deref()));
        let start = self.cx.when(period.and_then(|period| period.start.as_deref())).or(single);
        let is_unread = self.is_no_date(period.and_then(|period| period.end.as_deref()));
        let begun = if is_unread { None } else { single.or(start) };
        let end = self.cx.when(period.and_then(|period| period.end.as_deref())).or(begun);
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
            doubtful: stretch.doubtful || self.cx.is_doubtful(record) || self.is_product_doubtful(record),
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
            // Only where no dose is known it is asked why.
            if exposure.steps.iter().all(|step| !step.dose.is_known()) && instructions.are_malformed() {
                self.note_dosage(record);
            }
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

    /// Whether nothing certain can be concluded from the product that a record refers to.
    fn is_product_doubtful(&self, record: RecordRef) -> bool {
        let (chart, at) = (self.cx.chart(), record.at as usize);
        let reference = match record.kind {
            Kind::MedicationRequest => chart.requests.get(at).and_then(|held| held.data.reference()),
            Kind::MedicationStatement => chart.statements.get(at).and_then(|held| held.data.reference()),
            Kind::MedicationDispense => chart.dispenses.get(at).and_then(|held| held.data.reference()),
            Kind::MedicationAdministration => chart.administrations.get(at).and_then(|held| held.data.reference()),
            _ => None,
        };
        let product = reference.and_then(|reference| chart.resolve(reference.reference.as_deref()?));
        product.is_some_and(|product| self.cx.is_doubtful(product))
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
