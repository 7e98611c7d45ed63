//! `condition`: problems and diagnoses, with a policy for status, verification and doubtful codes.

use std::fmt::Write as _;

use curbside_chart::datatype::Concept;
use curbside_chart::resource::Condition;
use curbside_chart::time::{Moment, When};
use curbside_chart::{Held, Kind as RecordKind, RecordRef};
use curbside_source::{Span, Spanned};
use curbside_terminology::{SetId, ValueSetId};
use schemars::JsonSchema;
use serde::Deserialize;

use super::records::{Found, Wanted, asks_coded, conclude_saying};
use super::test::Test;
use super::{Kind, Place};
use crate::compile::{Asks, Compiler, Node, Plan};
use crate::evaluate::{Cx, Verdict};
use crate::facts::Onset;
use crate::model::{Names, Time};
use crate::shared::{
    ClinicalStatus, DatedModel, StatusModel, StatusPolicy, VerificationModel, VerificationPolicy, Window, Words, WordsModel,
};
use crate::truth::Truth;

/// A problem or diagnosis.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Condition")]
pub struct ConditionModel {
    /// Value sets its code is in.
    pub r#in: Names,
    /// Value sets its code must not be in.
    pub not_in: Option<Names>,
    /// Value sets of codes that leave it unknown, whatever the status.
    pub unsure_in: Option<Names>,
    /// What its clinical status means (default: `active`).
    pub status: Option<Spanned<StatusModel>>,
    /// Only these clinical statuses, by their code in FHIR (`relapse`).
    pub clinical: Option<Names>,
    /// What its verification means (default: `confirmed`).
    pub verification: Option<Spanned<VerificationModel>>,
    /// Which of its dates `within` and `dated` are about (default: when it began, or else was recorded).
    pub date: Option<DateOf>,
    /// Begun, or else recorded, no longer ago than this.
    pub within: Option<Time>,
    /// Begun, or else recorded, in this window.
    #[serde(alias = "onset")]
    pub dated: Option<DatedModel>,
    /// Words in a condition that mean something where its code does not.
    pub text: Option<WordsModel>,
    /// What it means that there is none (default: false, a problem list is read as complete).
    pub if_absent: Option<Truth>,
}

/// A date of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ConditionDate")]
pub enum DateOf {
    /// When it began.
    Onset,
    /// When it was recorded.
    Recorded,
}

/// A problem or diagnosis, ready.
#[derive(Clone, Debug)]
pub struct ConditionPlan {
    within: Vec<ValueSetId>,
    not_in: Vec<ValueSetId>,
    unsure_in: Vec<ValueSetId>,
    status: StatusPolicy,
    clinical: Option<Vec<String>>,
    verification: VerificationPolicy,
    date: Option<DateOf>,
    window: Window,
    words: Option<Words>,
    if_absent: Truth,
    what: String,
}

/// By what a condition is found.
#[derive(Clone, Copy)]
enum By {
    Code,
    Words,
}

impl Kind for ConditionModel {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        let plan = self.plan(place.span, compiler)?;
        Some(place.node(compiler, plan))
    }
}

impl ConditionModel {
    /// Makes it ready, also for a date that is worked out from conditions.
    pub(crate) fn plan(&self, _: Span, compiler: &mut Compiler<'_>) -> Option<ConditionPlan> {
        compiler.reads(RecordKind::Condition);
        let within = compiler.value_sets(Some(&self.r#in));
        let not_in = compiler.value_sets(self.not_in.as_ref());
        let unsure_in = compiler.value_sets(self.unsure_in.as_ref());
        let status = StatusPolicy::compile(self.status.as_ref(), compiler);
        let verification = VerificationPolicy::new(self.verification.as_deref());
        let window = Window::compile(self.within.as_ref(), self.dated.as_ref(), compiler);
        let words = compiler.optional(self.text.as_ref(), Compiler::words);
        let if_absent = self.if_absent.or(compiler.if_absent().condition).unwrap_or(Truth::False);
        let within = within?;
        let titles: Vec<String> = within.iter().map(|set| compiler.vocabulary().title(SetId::Values(*set)).to_lowercase()).collect();
        Some(ConditionPlan {
            within,
            not_in: not_in?,
            unsure_in: unsure_in?,
            status: status?,
            clinical: self.clinical.as_ref().map(|codes| codes.iter().map(|code| code.value.clone()).collect()),
            verification,
            date: self.date,
            window: window?,
            words: words?,
            if_absent,
            what: titles.join(" or "),
        })
    }
}

impl ConditionPlan {
    /// The conditions that may make it true, by their place in the chart, and what each makes it.
    #[must_use]
    pub fn matches(&self, cx: Cx<'_, '_>) -> Vec<(usize, Truth)> {
        self.found(cx).into_iter().map(|found| (found.record.at as usize, found.truth)).collect()
    }

    fn sets(&self) -> Vec<ValueSetId> {
        self.within.iter().chain(&self.unsure_in).copied().collect()
    }

    fn found(&self, cx: Cx<'_, '_>) -> Vec<Found<By>> {
        let index = cx.facts().coded(cx, RecordKind::Condition);
        let window = self.window.resolve(cx);
        let mut found = Vec::new();
        let unsure = index.records(cx, &self.unsure_in);
        let mut candidates: Vec<usize> = index.records(cx, &self.within);
        candidates.extend(unsure.iter().copied().filter(|at| !candidates.contains(at)).collect::<Vec<_>>());
        // A code that does not say of which system it is is no code that is not there.
        let is_new = |at: &usize| !candidates.contains(at) && index.perhaps(&self.not_in).all(|not_in| not_in != *at);
        let perhaps: Vec<usize> = index.perhaps(&self.within).chain(index.perhaps(&self.unsure_in)).filter(is_new).collect();
        candidates.extend(perhaps);
        candidates.sort_unstable();
        candidates.dedup();
        for at in candidates {
            let Some(held) = cx.chart().conditions.get(at) else { continue };
            if self.not_in.iter().any(|set| index.is_in(at, *set)) {
                continue;
            }
            let is_sure = self.within.iter().any(|set| index.is_in(at, *set)) && (!unsure.contains(&at) || self.is_sure(cx, &held.data));
            let is_in = |set: ValueSetId| index.is_in(at, set);
            let Some((truth, missing)) = self.judge(cx, held, is_sure, &is_in, &window) else { continue };
            let record = RecordRef::new(RecordKind::Condition, at);
            found.push(Found { record, truth: truth.doubted(held.doubt.is_some()), says: By::Code, missing });
        }
        found.extend(self.worded(cx, &index, &window));
        found
    }

    /// Whether a code of it is in the sets that are asked for, and not in those that leave it unknown.
    fn is_sure(&self, cx: Cx<'_, '_>, condition: &Condition<'_>) -> bool {
        let codings = condition.code.iter().flat_map(|code| &code.coding);
        let mut pairs = codings.filter_map(|coding| Some((coding.system.as_deref()?, coding.code.as_deref()?)));
        pairs.any(|(system, code)| {
            let (mut is_in, mut is_unsure) = (false, false);
            cx.vocabulary().value_sets_of(system, code, &mut |set| {
                is_in |= self.within.contains(&set);
                is_unsure |= self.unsure_in.contains(&set);
            });
            is_in && !is_unsure
        })
    }

    /// What a condition makes the criterion; `None`: it does not count.
    fn judge(
        &self,
        cx: Cx<'_, '_>,
        held: &Held<'_, Condition<'_>>,
        is_sure: bool,
        is_in: &dyn Fn(ValueSetId) -> bool,
        window: &crate::shared::Span,
    ) -> Option<(Truth, Option<(String, String)>)> {
        let condition = &held.data;
        // What cannot be read is not absent.
        let unread = |members: &[&str]| is_unread(held, members);
        let is_status_unread = unread(&["clinicalStatus"]);
        let verified = if unread(&["verificationStatus"]) { Truth::Unknown } else { self.verification.judge(condition.verification())? };
        let is_one = |codes: &Vec<String>| codes.iter().any(|code| Some(code.as_str()) == condition.clinical());
        let status = status_of(cx, condition);
        let is_other = self.clinical.as_ref().is_some_and(|codes| !is_status_unread && !is_one(codes));
        // One without a status may have any.
        let may_be_one = condition.clinical().is_none() && status == ClinicalStatus::Absent;
        if is_other && !may_be_one {
            return None;
        }
        let in_window = window.holds(self.date_of(cx, held));
        if in_window == Truth::False {
            return None;
        }
        let is_end_unread = status == ClinicalStatus::Absent && unread(&["abatementDateTime", "abatementPeriod", "abatementBoolean"]);
        let is_open = is_status_unread || is_end_unread || is_other;
        let judged = if is_sure && !is_open { self.status.judge(status, is_in) } else { Truth::Unknown };
        let truth = verified.and(judged).and(in_window);
        let label = || named(cx, condition.code.as_ref(), &self.sets(), "a condition");
        let missing = |what: &str, element: &str| Some((format!("{what} of {}", label()), format!("Condition.{element}")));
        let missing = match truth {
            Truth::Unknown if verified == Truth::Unknown => missing("confirmation", "verificationStatus"),
            Truth::Unknown if judged == Truth::Unknown && (is_open || status == ClinicalStatus::Absent) => {
                missing("clinical status", "clinicalStatus")
            }
            Truth::Unknown if in_window == Truth::Unknown => missing("date", "onset"),
            Truth::Unknown => missing("review", "code"),
            _ => None,
        };
        Some((truth, missing))
    }

    /// The date that the window is about.
    fn date_of(&self, cx: Cx<'_, '_>, held: &Held<'_, Condition<'_>>) -> Option<When> {
        let recorded = || cx.when(held.data.recorded());
        // Where every day counts, it need not be known on which it began.
        let is_enough = !self.window.is_bounded() && self.date.is_none() && held.data.onset().is_none();
        if self.date == Some(DateOf::Recorded) || is_enough {
            return recorded();
        }
        match Onset::of(cx, held) {
            Onset::On(when) => Some(when),
            // That it began at another time than it was recorded is said, only not when.
            Onset::Vague => None,
            Onset::Unsaid => recorded().filter(|_| self.date.is_none() && !is_unread(held, &["onsetDateTime", "onsetPeriod"])),
        }
    }

    /// Conditions whose code says nothing, and whose words do.
    fn worded(&self, cx: Cx<'_, '_>, index: &crate::facts::CodedIndex, window: &crate::shared::Span) -> Vec<Found<By>> {
        let Some(words) = &self.words else { return Vec::new() };
        let sets = || self.within.iter().chain(&self.unsure_in);
        let chart = cx.chart();
        let mut found = Vec::new();
        cx.look_at(chart.conditions.len());
        for (at, held) in chart.conditions.iter().enumerate() {
            let says = held.data.code.iter().flat_map(|code| code.words()).any(|text| words.are_in(text));
            if !says || sets().any(|set| index.is_in(at, *set)) {
                continue;
            }
            if let Some((truth, missing)) = self.judge(cx, held, true, &|_| false, window) {
                let truth = if words.then == Truth::True { truth } else { truth.and(Truth::Unknown) };
                found.push(Found { record: RecordRef::new(RecordKind::Condition, at), truth, says: By::Words, missing });
            }
        }
        found
    }
}

/// Whether one of these members is there and cannot be read.
fn is_unread(held: &Held<'_, Condition<'_>>, members: &[&str]) -> bool {
    held.doubt.as_ref().is_some_and(|doubt| members.iter().any(|member| doubt.covers(member)))
}

impl Test for ConditionPlan {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let index = cx.facts().coded(cx, RecordKind::Condition);
        let wanted = Wanted { kind: "Condition", what: &self.what, if_absent: self.if_absent };
        conclude_saying(cx, &wanted, &self.found(cx), index.uncoded(), |found, text| {
            let sets = match found.says {
                By::Code => self.sets(),
                By::Words => Vec::new(),
            };
            if let Some(held) = cx.chart().conditions.get(found.record.at as usize) {
                describe(cx, &held.data, &sets, text);
            }
        })
    }

    fn asks(&self, _: &Plan) -> Asks {
        asks_coded(RecordKind::Condition, self.within.iter().chain(&self.unsure_in), self.words.as_ref())
    }
}

/// The clinical status, or, where none is recorded, what an end date says.
pub(super) fn status_of(cx: Cx<'_, '_>, condition: &Condition<'_>) -> ClinicalStatus {
    let status = ClinicalStatus::of(condition.clinical());
    let ended = |when: When| when.latest <= cx.as_of().moment();
    let is_over = condition.abatement_boolean == Some(true) || cx.when(condition.abatement()).is_some_and(ended);
    if status == ClinicalStatus::Absent && is_over { ClinicalStatus::Past } else { status }
}

/// How a record calls its code, and where it does not, how the value sets do: `Angina pectoris (I20.9)`.
pub(super) fn named(cx: Cx<'_, '_>, concept: Option<&Concept<'_>>, sets: &[ValueSetId], otherwise: &str) -> String {
    let mut text = String::new();
    write_named(cx, concept, sets, otherwise, &mut text);
    text
}

fn write_named(cx: Cx<'_, '_>, concept: Option<&Concept<'_>>, sets: &[ValueSetId], otherwise: &str, name: &mut String) {
    let codings = || {
        let codings = concept.into_iter().flat_map(|concept| &concept.coding);
        codings.filter_map(|coding| Some((coding, coding.system.as_deref()?, coding.code.as_deref()?)))
    };
    // Of several codings the one that is asked for.
    let is_only = concept.is_some_and(|concept| concept.coding.len() == 1);
    let asked = codings().find(|(_, system, code)| {
        let mut is_in = false;
        if !is_only {
            cx.vocabulary().value_sets_of(system, code, &mut |set| is_in |= sets.contains(&set));
        }
        is_only || is_in
    });
    let text = concept.and_then(|concept| concept.text.as_deref());
    let words = match asked {
        Some((coding, system, code)) => {
            let known = || sets.iter().find_map(|set| cx.vocabulary().display(*set, system, code));
            text.or(coding.display.as_deref()).or_else(known)
        }
        None => concept.and_then(|concept| concept.words().next()),
    };
    let code = asked.or_else(|| codings().next()).map(|(.., code)| code);
    let bare = || concept.and_then(|concept| concept.codes().next());
    name.push_str(words.or(code).or_else(bare).unwrap_or(otherwise));
    if let Some(code) = code.filter(|code| words.is_some_and(|words| words != *code)) {
        name.extend([" (", code, ")"]);
    }
}

fn describe(cx: Cx<'_, '_>, condition: &Condition<'_>, sets: &[ValueSetId], text: &mut String) {
    let status = condition.clinical().unwrap_or("without status");
    write_named(cx, condition.code.as_ref(), sets, "a condition", text);
    text.extend([" ", status]);
    if let Some(code) = condition.verification().filter(|code| *code != "confirmed") {
        text.extend([", ", code]);
    }
    let date = |date: Option<&str>| cx.when(date).filter(|when| when.latest > Moment::from_millis(i64::MIN));
    let _ = match (date(condition.onset()), date(condition.recorded())) {
        (Some(onset), _) if status == "active" => write!(text, " since {onset}"),
        (Some(onset), _) => write!(text, ", onset {onset}"),
        (None, Some(recorded)) => write!(text, ", recorded {recorded}"),
        (None, None) => Ok(()),
    };
    if let Some(ended) = date(condition.abatement()) {
        let _ = write!(text, ", ended {ended}");
    }
}
