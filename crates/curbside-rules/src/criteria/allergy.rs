//! `allergy`: allergies and intolerances.

use curbside_chart::{Kind as RecordKind, RecordRef};
use curbside_source::Spanned;
use curbside_terminology::{Drug, SetId, ValueSetId};
use schemars::JsonSchema;
use serde::Deserialize;

use super::records::{Found, Wanted, asks_any, conclude};
use super::test::Test;
use super::{Kind, Place};
use crate::compile::{Asks, Compiler, Node, Plan};
use crate::evaluate::{Cx, Verdict};
use crate::model::{Names, Time};
use crate::shared::{
    ClinicalStatus, DatedModel, StatusModel, StatusPolicy, VerificationModel, VerificationPolicy, Window, Words, WordsModel,
};
use crate::truth::Truth;

/// An allergy or intolerance to something in a value set, or to a drug of a drug set.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Allergy")]
pub struct Allergy {
    /// Value sets or drug sets its substance is in; `trial` is the drug of the trial in question.
    pub r#in: Names,
    /// What its clinical status means (default: `active`).
    pub status: Option<Spanned<StatusModel>>,
    /// What its verification means (default: `confirmed`).
    pub verification: Option<Spanned<VerificationModel>>,
    /// What its type means.
    pub r#type: Option<TypePolicy>,
    /// Begun, or else recorded, no longer ago than this.
    pub within: Option<Time>,
    /// Begun, or else recorded, in this window.
    pub dated: Option<DatedModel>,
    /// Words in it that mean something where its code does not.
    pub text: Option<WordsModel>,
    /// What it means that there is none (default: unknown).
    pub if_absent: Option<Truth>,
}

/// What the type of an allergy means.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[schemars(rename = "TypePolicy")]
pub struct TypePolicy {
    /// An allergy.
    pub allergy: Option<Truth>,
    /// An intolerance.
    pub intolerance: Option<Truth>,
    /// Not recorded.
    pub absent: Option<Truth>,
}

#[derive(Debug)]
struct AllergyTest {
    sets: Vec<ValueSetId>,
    drugs: Vec<curbside_terminology::DrugSetId>,
    of_trial: bool,
    status: StatusPolicy,
    verification: VerificationPolicy,
    kind: TypePolicy,
    window: Window,
    words: Option<Words>,
    if_absent: Truth,
    what: String,
}

/// The name that stands for the drug of the trial in question.
const TRIAL: &str = "trial";

impl Kind for Allergy {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        compiler.reads(RecordKind::AllergyIntolerance);
        let (mut sets, mut drugs, mut of_trial, mut titles) = (Vec::new(), Vec::new(), false, Vec::new());
        for name in &self.r#in {
            if name.value == TRIAL {
                compiler.scoped();
                of_trial = true;
                titles.push("the drug of the trial".to_owned());
                continue;
            }
            let set = compiler.set(name)?;
            titles.push(compiler.vocabulary().title(set).to_lowercase());
            match set {
                SetId::Values(id) => sets.push(id),
                SetId::Drugs(id) => drugs.push(id),
            }
        }
        let test = AllergyTest {
            sets,
            drugs,
            of_trial,
            status: StatusPolicy::compile(self.status.as_ref(), compiler)?,
            verification: VerificationPolicy::new(self.verification.as_deref()),
            kind: self.r#type.unwrap_or_default(),
            window: Window::compile(self.within.as_ref(), self.dated.as_ref(), compiler)?,
            words: compiler.optional(self.text.as_ref(), Compiler::words)?,
            if_absent: self.if_absent.or(compiler.if_absent().allergy).unwrap_or(Truth::Unknown),
            what: format!("allergy to {}", titles.join(" or ")),
        };
        Some(place.node(compiler, test))
    }
}

impl AllergyTest {
    /// Whether a substance is one that is asked for: by code, or, where that leaves it open, by a code that does not say of
    /// which system it is or by its words.
    fn is_asked(&self, cx: Cx<'_, '_>, codings: &[(Option<&str>, &str)], words: &[&str]) -> Option<Truth> {
        let (mut coded, mut may_be) = (false, false);
        let vocabulary = cx.vocabulary();
        let any = |drugs: Vec<Drug>| drugs.iter().any(|drug| self.is_drug(cx, drug));
        for (system, code) in codings {
            match system {
                Some(system) => {
                    vocabulary.value_sets_of(system, code, &mut |set| coded |= self.sets.contains(&set));
                    coded |= any(vocabulary.drugs_of(system, code));
                }
                None => {
                    vocabulary.value_sets_of_any(code, &mut |set| may_be |= self.sets.contains(&set));
                    may_be |= any(vocabulary.drugs_of_any(code));
                }
            }
        }
        if coded {
            return Some(Truth::True);
        }
        let says = self.words.as_ref().filter(|asked| words.iter().any(|text| asked.are_in(text)));
        says.map(|asked| asked.then).or(may_be.then_some(Truth::Unknown))
    }

    fn is_drug(&self, cx: Cx<'_, '_>, drug: &Drug) -> bool {
        let is_of_trial = || {
            let trial = cx.trial().filter(|_| self.of_trial);
            trial.is_some_and(|trial| drug.set == trial.set && Some(drug.ingredient) == trial.ingredient)
        };
        self.drugs.contains(&drug.set) || is_of_trial()
    }
}

impl Test for AllergyTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let window = self.window.resolve(cx);
        let (mut found, mut uncoded) = (Vec::new(), Vec::new());
        cx.look_at(cx.chart().allergies.len());
        for (at, held) in cx.chart().allergies.iter().enumerate() {
            let data = &held.data;
            let record = RecordRef::new(RecordKind::AllergyIntolerance, at);
            let unread = |member: &str| held.doubt.as_ref().is_some_and(|doubt| doubt.covers(member));
            let read = data.reaction.read();
            let may_be_any = read.is_err() || unread("reaction") || unread("code");
            let reactions = read.unwrap_or_default();
            let concepts: Vec<_> = data.code.iter().chain(reactions.iter().filter_map(|reaction| reaction.substance.as_ref())).collect();
            if concepts.iter().all(|concept| concept.is_empty()) {
                uncoded.push(record);
                continue;
            }
            let codings: Vec<(Option<&str>, &str)> = concepts
                .iter()
                .flat_map(|concept| &concept.coding)
                .filter_map(|coding| Some((coding.system.as_deref(), coding.code.as_deref()?)))
                .collect();
            let words: Vec<&str> = concepts.iter().flat_map(|concept| concept.words()).collect();
            let Some(asked) = self.is_asked(cx, &codings, &words) else {
                uncoded.extend(may_be_any.then_some(record));
                continue;
            };
            // What cannot be read is not absent.
            let verified = if unread("verificationStatus") { Some(Truth::Unknown) } else { self.verification.judge(data.verification()) };
            let (Some(verified), in_window) = (verified, window.holds(cx.when(data.date()))) else { continue };
            if in_window == Truth::False {
                continue;
            }
            let kind = match data.r#type.as_ref().and_then(|kind| kind.codes().next()) {
                None if unread("type") => Truth::Unknown,
                Some("intolerance") => self.kind.intolerance.unwrap_or(Truth::True),
                Some(_) => self.kind.allergy.unwrap_or(Truth::True),
                None => self.kind.absent.unwrap_or(Truth::True),
            };
            let status =
                if unread("clinicalStatus") { Truth::Unknown } else { self.status.judge(ClinicalStatus::of(data.clinical()), &|_| false) };
            let truth = asked.and(verified).and(status).and(kind).and(in_window).doubted(held.doubt.is_some());
            // A drug is known by its name where the record has but a code.
            let drug = codings.iter().find_map(|(system, code)| {
                let drug = cx.vocabulary().drugs_of((*system)?, code).into_iter().find(|drug| self.drugs.contains(&drug.set))?;
                Some(cx.vocabulary().drugs(drug.set)?.ingredients.get(usize::from(drug.ingredient))?.name.as_str())
            });
            let has_words = data.code.iter().any(|code| code.words().next().is_some());
            let label = match drug.filter(|_| !has_words) {
                Some(drug) => drug.to_owned(),
                None => super::condition::named(cx, data.code.as_ref(), &self.sets, "substance"),
            };
            let says = format!(
                "{label}, {}{}",
                data.clinical().unwrap_or("without status"),
                data.verification().map(|code| format!(", {code}")).unwrap_or_default()
            );
            let missing =
                (truth == Truth::Unknown).then(|| (format!("review of the allergy entry {label}"), "AllergyIntolerance".to_owned()));
            found.push(Found { record, truth, says, missing });
        }
        let wanted = Wanted { kind: "AllergyIntolerance", what: &self.what, if_absent: self.if_absent };
        conclude(cx, &wanted, &found, &uncoded)
    }

    fn asks(&self, _: &Plan) -> Asks {
        asks_any(&[RecordKind::AllergyIntolerance])
    }
}
