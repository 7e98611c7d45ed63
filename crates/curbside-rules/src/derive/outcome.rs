//! What becomes of a trial: its evidence, its exclusions, its outcome, and how many count.

use std::rc::Rc;

use curbside_chart::{Kind, Place, RecordRef};
use curbside_terminology::DrugSetId;
use smol_str::SmolStr;

use super::trial::{Adequacy, Trial, TrialWindow, trials};
use crate::compile::Node;
use crate::evaluate::{Cx, Inquiry, Verdict};
use crate::truth::Truth;

/// A list of trials and what is asked of it, ready.
#[derive(Clone, Debug)]
pub struct TrialPlan {
    pub(crate) set: DrugSetId,
    pub(crate) days: i64,
    pub(crate) gap: i64,
    pub(crate) needs_dose: bool,
    pub(crate) window: TrialWindow,
    /// Whether the drug failed; `None`: not asked.
    pub(crate) evidence: Option<Node>,
    /// Why it does not count after all.
    pub(crate) exclude: Option<Node>,
    pub(crate) distinct: bool,
    pub(crate) at_least: usize,
    pub(crate) if_absent: Truth,
    pub(crate) title: String,
}

impl TrialPlan {
    /// What the trials are of, for people.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The trials of a patient with their outcomes, oldest first.
    #[must_use]
    pub fn trials(&self, cx: Cx<'_, '_>) -> Vec<Trial> {
        let adequacy = Adequacy { days: self.days, gap: self.gap, needs_dose: self.needs_dose };
        let mut list = trials(cx, self.set, &adequacy, &self.window);
        let verdicts: Vec<(Option<Verdict>, Option<Verdict>)> = list
            .iter()
            .map(|trial| {
                let inquiry = Inquiry::of(trial);
                let cx = cx.about(&inquiry);
                (self.evidence.as_ref().map(|node| node.decide(cx)), self.exclude.as_ref().map(|node| node.decide(cx)))
            })
            .collect();
        for (trial, (failed, excluded)) in list.iter_mut().zip(verdicts) {
            trial.notes.extend(failed.iter().chain(&excluded).flat_map(|verdict| verdict.notes.iter().cloned()));
            let known = trial.records.clone();
            let excluding = excluded.iter().filter(|verdict| verdict.truth != Truth::False);
            let evidence = failed.iter().chain(excluding).flat_map(|verdict| verdict.evidence.iter().copied());
            trial.evidence.extend(evidence.filter(|record| !known.contains(record)));
            trial.evidence.sort_unstable();
            trial.evidence.dedup();
            self.settle(trial, failed.as_ref(), excluded.as_ref());
        }
        self.demote_pairs(cx, &mut list);
        list
    }

    /// The outcome of a trial: it counts where everything holds that is asked of it. The first question that it fails,
    /// or leaves open, is the reason.
    fn settle(&self, trial: &mut Trial, failed: Option<&Verdict>, excluded: Option<&Verdict>) {
        let is_known = Truth::from((!trial.suspected && trial.ingredient.is_some()).then_some(true));
        let asked = [
            Some((Question::Known, is_known)),
            Some((Question::InWindow, trial.in_window)),
            excluded.map(|excluded| (Question::Excluded, excluded.truth.negated())),
            Some((Question::Adequate, trial.adequate)),
            failed.map(|failed| (Question::Failed, failed.truth)),
        ];
        let asked = || asked.iter().flatten();
        trial.outcome = asked().fold(Truth::True, |all, (_, truth)| all.and(*truth));
        let open = asked().find(|(_, truth)| *truth == trial.outcome && *truth != Truth::True).map(|(question, _)| *question);
        let label = |verdict: Option<&Verdict>, otherwise: &str| {
            verdict.and_then(|verdict| verdict.label.as_deref()).unwrap_or(otherwise).to_owned()
        };
        let says = |verdict: Option<&Verdict>| verdict.map(|verdict| verdict.says.to_string()).unwrap_or_default();
        (trial.reason, trial.because) = match open {
            Some(Question::Known) => ("unmapped".to_owned(), "the drug is not coded, only named".to_owned()),
            Some(Question::InWindow) => ("out-of-window".to_owned(), format!("ended {}, outside the time that counts", trial.end)),
            Some(Question::Excluded) => (label(excluded, "excluded"), says(excluded)),
            Some(Question::Adequate) => (trial.shortfall.to_owned(), self.shortfall(trial)),
            Some(Question::Failed) => (label(failed, "no-failure-evidence"), says(failed)),
            None if failed.is_some() => (String::new(), says(failed)),
            None => (String::new(), self.shortfall(trial)),
        };
    }

    fn shortfall(&self, trial: &Trial) -> String {
        let (certain, possible) = trial.days;
        let needed = self.days;
        match trial.shortfall {
            "below-min-dose" => format!("{} is less than the least dose that counts", trial.dose),
            "short-duration" => format!("{possible} days at an adequate dose, at least {needed} needed"),
            "dose-unknown" => format!("{}: whether it was enough is not known", trial.dose),
            "dates-uncertain" => format!("{certain} to {possible} days, at least {needed} needed: the dates are not known well enough"),
            _ => format!("{certain} days at an adequate dose"),
        }
    }

    /// Where only a pair that counts as one drug makes it enough, its later trial is for review.
    fn demote_pairs(&self, cx: Cx<'_, '_>, list: &mut [Trial]) {
        let Some(drugs) = cx.vocabulary().drugs(self.set) else { return };
        let group = |trial: &Trial| trial.counts_as.and_then(|at| drugs.ingredients.get(at)).and_then(|facts| facts.group);
        let confirmed: Vec<&Trial> = list.iter().filter(|trial| trial.outcome == Truth::True).collect();
        let mut ingredients: Vec<Option<usize>> = confirmed.iter().map(|trial| trial.counts_as).collect();
        ingredients.sort_unstable();
        ingredients.dedup();
        let mut kinds: Vec<(Option<usize>, Option<usize>)> =
            confirmed.iter().map(|trial| (group(trial), if group(trial).is_some() { None } else { trial.counts_as })).collect();
        kinds.sort_unstable();
        kinds.dedup();
        if !self.distinct || ingredients.len() < self.at_least || kinds.len() >= self.at_least {
            return;
        }
        let mut first_of_group: Vec<(usize, Option<usize>)> = Vec::new();
        for trial in list.iter_mut().filter(|trial| trial.outcome == Truth::True) {
            let Some(group) = group(trial) else { continue };
            match first_of_group.iter().find(|(known, _)| *known == group) {
                None => first_of_group.push((group, trial.counts_as)),
                Some((_, first)) if *first == trial.counts_as => {}
                Some(_) => {
                    trial.outcome = Truth::Unknown;
                    trial.reason = "conflict".to_owned();
                    trial.because = format!("{} and an earlier drug count as one", trial.name);
                }
            }
        }
    }

    /// How many count: by ingredient, the best trial of each, where each ingredient counts once.
    #[must_use]
    pub fn outcomes(&self, list: &[Trial]) -> Vec<Truth> {
        if !self.distinct {
            return list.iter().map(|trial| trial.outcome).collect();
        }
        let mut best: Vec<(Option<usize>, Truth)> = Vec::new();
        for trial in list {
            match best.iter_mut().find(|(known, _)| known.is_some() && *known == trial.counts_as) {
                Some((_, outcome)) => *outcome = outcome.or(trial.outcome),
                None => best.push((trial.counts_as, trial.outcome)),
            }
        }
        best.into_iter().map(|(_, outcome)| outcome).collect()
    }

    /// Adds the trial that comes nearest to counting as one more, and what it lacks.
    fn way(&self, mut verdict: Verdict, list: &[Trial]) -> Verdict {
        let confirmed = |trial: &Trial| {
            let same = |other: &&Trial| other.counts_as.is_some() && other.counts_as == trial.counts_as;
            trial.outcome == Truth::True || (self.distinct && list.iter().filter(same).any(|other| other.outcome == Truth::True))
        };
        let open = list.iter().filter(|trial| !confirmed(trial));
        let nearest = open.max_by_key(|trial| (trial.outcome, trial.in_window, trial.days.1.min(self.days), trial.days.1));
        if let (Some(trial), Some(distance)) = (nearest, &mut verdict.distance) {
            let reason = if trial.reason.is_empty() { String::new() } else { format!(" ({})", trial.reason) };
            distance.change =
                format!("{}; nearest is {} from {} to {}: {}{reason}", distance.change, trial.name, trial.start, trial.end, trial.because);
            distance.records.extend(&trial.records);
        }
        verdict
    }

    /// Decides whether enough trials count.
    #[must_use]
    pub fn decide(&self, cx: Cx<'_, '_>, list: &Rc<Vec<Trial>>) -> Verdict {
        let kinds = ["MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration"];
        let looked = kinds.iter().all(|kind| cx.chart().looked_for(kind));
        let outcomes = self.outcomes(list);
        let mut truth = Truth::at_least(self.at_least, outcomes.iter().copied());
        // A draft is no medication: nobody ordered it yet.
        let is_draft = |record: RecordRef| {
            let request = (record.kind == Kind::MedicationRequest).then(|| cx.chart().requests.get(record.at as usize)).flatten();
            request.is_some_and(|held| held.data.status.as_deref() == Some("draft"))
        };
        let says_nothing = |record: RecordRef| cx.chart().place(record) != Some(Place::Record) || is_draft(record);
        let nothing = cx.facts().medicines(cx).iter().all(|(record, _)| says_nothing(*record));
        if nothing || !looked {
            truth = truth.or(if looked { self.if_absent } else { Truth::Unknown });
        }
        let count = |wanted: Truth| outcomes.iter().filter(|outcome| **outcome == wanted).count();
        let says = if nothing && looked {
            SmolStr::new_static("no medication of any kind is on record")
        } else {
            let (confirmed, review, needed) = (count(Truth::True), count(Truth::Unknown), self.at_least);
            cx.says(format_args!("{confirmed} of {} confirmed, {review} for review, at least {needed} needed", self.title))
        };
        let mut verdict = Verdict::new(truth, says);
        for trial in list.iter().filter(|trial| trial.outcome != Truth::False) {
            verdict.evidence.extend(trial.records.iter().chain(&trial.evidence).copied());
        }
        if truth == Truth::Unknown {
            for trial in list.iter().filter(|trial| trial.outcome == Truth::Unknown) {
                verdict = verdict.missing(format!("{}: {}", trial.name, trial.because), recorded_in(&trial.reason));
            }
            if nothing || !looked {
                verdict = verdict.missing("the medication history", "MedicationRequest, MedicationStatement, MedicationDispense");
            }
        }
        verdict.notes.extend(cx.facts().exposures(cx, self.set).notes.iter().cloned());
        verdict.notes.extend(list.iter().flat_map(|trial| trial.notes.iter().cloned()));
        let missing = self.at_least.saturating_sub(count(Truth::True));
        #[expect(clippy::cast_precision_loss, reason = "a share for sorting")]
        let share = missing as f64 / self.at_least.max(1) as f64;
        let verdict = verdict.distance(cx, share, || format!("{missing} more of {} with a confirmed outcome", self.title));
        if cx.explains() && truth != Truth::True { self.way(verdict, list) } else { verdict }
    }
}

/// What is asked of a trial, in this order.
#[derive(Clone, Copy)]
enum Question {
    /// Is it known what drug it is of?
    Known,
    /// Does it lie in the time that counts?
    InWindow,
    /// Does nothing take it out?
    Excluded,
    /// Were dose and duration enough?
    Adequate,
    /// Did the drug fail?
    Failed,
}

/// Where what a trial for review lacks would be recorded.
fn recorded_in(reason: &str) -> &'static str {
    match reason {
        "dose-unknown" => "the dosage of the medication record",
        "dates-uncertain" => "the period of the medication record",
        "unmapped" => "the code of the medication record",
        "no-failure-evidence" | "switch-only" | "conflict" => "scores from when it began and when it ended, or the reason it was stopped",
        _ => "the medication record",
    }
}
