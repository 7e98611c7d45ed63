//! `order`: draft orders of the hook. Every question is asked of one order at a time: it is true
//! where one order fits in every respect.

mod amounts;
mod weight;

use curbside_chart::Kind as RecordKind;
use curbside_chart::RecordRef;
use curbside_chart::datatype::Concept;
use curbside_source::Spanned;
use curbside_terminology::{DrugSetId, SetId, ValueSetId};
use schemars::JsonSchema;
use serde::Deserialize;

use self::weight::Weighed;
use super::medication::KINDS;
use super::test::Test;
use super::{Kind, Place};
use crate::compile::{Asks, Aspect, Compiler, Node, Plan};
use crate::evaluate::{Cx, Verdict};
use crate::fact::{Fact, Shape};
use crate::facts::{Match, OrderItem};
use crate::model::{Names, Quantity, Time};
use crate::shared::{CodeTest, CodeTestModel, Measure, Range, RangeModel, Words, WordsModel};
use crate::truth::Truth;

/// A draft order of the hook.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Order", transform = crate::schema::in_or_of)]
pub struct Order {
    /// Drug sets, or value sets of what is ordered.
    #[serde(alias = "of")]
    pub r#in: Names,
    /// By which way it is given.
    pub route: Option<Spanned<CodeTestModel>>,
    /// In which setting: inpatient, outpatient, community, discharge.
    pub setting: Option<Spanned<CodeTestModel>>,
    /// What it is for.
    pub reason: Option<Spanned<CodeTestModel>>,
    /// How much in one dose.
    pub dose: Option<Spanned<RangeModel>>,
    /// How much in one dose by body weight.
    pub per_weight: Option<PerWeight>,
    /// How long one dose takes.
    pub over: Option<Spanned<RangeModel>>,
    /// For `over`: the value sets of the weight that relates a dose in mg to a rate by weight, or the other way round.
    pub weight_in: Option<Names>,
    /// That weight is no older than this.
    pub weight_within: Option<Time>,
    /// Only the dose that is given first is asked about, not those that follow it.
    pub first_dose: Option<bool>,
    /// Words in its instructions.
    pub instructions: Option<WordsModel>,
}

/// How much in one dose by body weight.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "PerWeight")]
pub struct PerWeight {
    /// More than this.
    pub above: Option<Quantity>,
    /// Less than this.
    pub below: Option<Quantity>,
    /// Value sets of the weight's observation.
    pub weight_in: Names,
    /// The weight is no older than this.
    pub weight_within: Time,
}

#[derive(Debug)]
struct OrderTest {
    drugs: Vec<DrugSetId>,
    sets: Vec<ValueSetId>,
    route: Option<CodeTest>,
    setting: Option<CodeTest>,
    reason: Option<CodeTest>,
    dose: Option<Range>,
    per_weight: Option<(Range, Weighed)>,
    over: Option<Range>,
    /// The weight that `over` may need.
    weighed: Option<Weighed>,
    first: bool,
    words: Option<Words>,
    what: String,
}

impl Kind for Order {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        let (mut drugs, mut sets, mut titles) = (Vec::new(), Vec::new(), Vec::new());
        for name in &self.r#in {
            let set = compiler.set(name)?;
            titles.push(compiler.vocabulary().title(set).to_lowercase());
            match set {
                SetId::Drugs(id) => {
                    KINDS
                        .iter()
                        .filter(|kind| matches!(kind, RecordKind::MedicationRequest | RecordKind::Medication))
                        .for_each(|kind| compiler.reads(*kind));
                    drugs.push(id);
                }
                SetId::Values(id) => {
                    compiler.reads(RecordKind::ServiceRequest);
                    sets.push(id);
                }
            }
        }
        let code_test = |compiler: &mut Compiler<'_>, test: &Spanned<CodeTestModel>| CodeTest::compile(test, compiler);
        let per_weight = match &self.per_weight {
            Some(model) => {
                let bounds = RangeModel {
                    above: model.above.clone(),
                    below: model.below.clone(),
                    at_least: None,
                    at_most: None,
                    one_of: None,
                    not_one_of: None,
                };
                let bounds = Range::compile(&Spanned { value: bounds, span: place.span }, Measure::DoseByWeight, compiler)?;
                Some((bounds, Weighed::compile(&model.weight_in, &model.weight_within, compiler)?))
            }
            None => None,
        };
        let weighed = match (&self.weight_in, &self.weight_within) {
            (Some(sets), Some(within)) if self.over.is_some() => Some(Weighed::compile(sets, within, compiler)?),
            (None, None) => None,
            _ => {
                compiler.error("missing-key", place.span, "`weight_in` and `weight_within` go together, and with `over`");
                None
            }
        };
        let test = OrderTest {
            drugs,
            sets,
            route: compiler.optional(self.route.as_ref(), code_test)?,
            setting: compiler.optional(self.setting.as_ref(), code_test)?,
            reason: compiler.optional(self.reason.as_ref(), |compiler, reason| CodeTest::of_reason(reason, compiler))?,
            dose: compiler.optional(self.dose.as_ref(), |compiler, dose| Range::compile(dose, Measure::Dose, compiler))?,
            per_weight,
            over: compiler.optional(self.over.as_ref(), |compiler, over| Range::compile(over, Measure::Time, compiler))?,
            weighed,
            first: self.first_dose == Some(true),
            words: match &self.instructions {
                Some(words) => Some(compiler.words(words)?),
                None => None,
            },
            what: titles.join(" or "),
        };
        Some(place.node(compiler, test))
    }
}

/// An answer about one order: the truth, what it says, and what would settle it.
type Answer = (Truth, String, Option<(&'static str, &'static str)>);

impl OrderTest {
    /// Whether an order is for what is asked, and by which drug's codes.
    fn is_for(&self, cx: Cx<'_, '_>, record: RecordRef, item: &OrderItem<'_>) -> (Truth, Option<Match>) {
        let medicines = cx.facts().medicines(cx);
        if let Some(medicine) = medicines.get(record) {
            if let Some(found) = self.drugs.iter().find_map(|set| medicine.of_set(*set).next()) {
                return (Truth::True, Some(found.clone()));
            }
            let named = medicine.suspected.iter().any(|drug| self.drugs.contains(&drug.set));
            let open = !self.drugs.is_empty() && (named || medicine.unresolved);
            return (if open { Truth::Unknown } else { Truth::False }, None);
        }
        let mut coded = false;
        for coding in item.code.iter().flat_map(|code| &code.coding) {
            if let (Some(system), Some(code)) = (coding.system.as_deref(), coding.code.as_deref()) {
                cx.vocabulary().value_sets_of(system, code, &mut |set| coded |= self.sets.contains(&set));
            }
        }
        (coded.into(), None)
    }

    fn answers(&self, cx: Cx<'_, '_>, item: &OrderItem<'_>) -> Vec<Answer> {
        let vocabulary = cx.vocabulary();
        let mut answers: Vec<Answer> = Vec::new();
        if let Some(test) = &self.route {
            let says = format!("route {}", labels(cx, item.routes(), test));
            answers.push((
                test.test(vocabulary, item.routes()),
                says,
                Some(("route of the order", "MedicationRequest.dosageInstruction.route")),
            ));
        }
        if let Some(test) = &self.setting {
            let says = format!("setting {}", labels(cx, &item.category, test));
            answers.push((test.test(vocabulary, &item.category), says, Some(("setting of the order", "MedicationRequest.category"))));
        }
        if let Some(test) = &self.reason {
            let reasons = &item.reasons.indication;
            let says = if reasons.is_empty() { "no reason given".to_owned() } else { format!("for {}", labels(cx, reasons, test)) };
            answers.push((
                test.test(vocabulary, &item.reasons.indication),
                says,
                Some(("reason of the order", "MedicationRequest.reasonCode")),
            ));
        }
        if let Some(words) = &self.words {
            let text = item.instructions().find(|text| words.are_in(text));
            let truth = if text.is_some() { words.then } else { Truth::False };
            let says = text
                .map_or_else(|| "no such words in the instructions".to_owned(), |text| format!("instructions say \u{201c}{text}\u{201d}"));
            answers.push((truth, says, Some(("instructions of the order", "MedicationRequest.dosageInstruction"))));
        }
        answers
    }
}

fn labels<'c>(cx: Cx<'_, '_>, concepts: impl IntoIterator<Item = &'c Concept<'c>>, test: &CodeTest) -> String {
    let said = concepts.into_iter().filter(|concept| !concept.is_empty());
    let labels: Vec<String> = said.map(|concept| super::condition::named(cx, Some(concept), test.sets(), "unknown")).collect();
    if labels.is_empty() { "not recorded".to_owned() } else { labels.join(", ") }
}

impl Test for OrderTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let orders = cx.facts().orders(cx);
        let mut best: Option<Verdict> = None;
        for order in &orders.list {
            let item = order.read(cx);
            let (is_for, found) = self.is_for(cx, order.record, &item);
            if is_for == Truth::False {
                continue;
            }
            let mut answers = self.answers(cx, &item);
            let (amounts, weights) = self.amounts(cx, &item, found.as_ref());
            answers.extend(amounts);
            let truth = answers.iter().fold(is_for, |all, (truth, ..)| all.and(*truth)).doubted(cx.is_doubtful(order.record));
            let deciding: Vec<&Answer> = answers.iter().filter(|(own, ..)| *own == truth).collect();
            let says = deciding.iter().map(|(_, says, _)| says.as_str()).filter(|says| !says.is_empty()).collect::<Vec<_>>().join(", ");
            let named = if is_for == Truth::Unknown { "order that perhaps is of" } else { "order of" };
            let says = if says.is_empty() { format!("{named} {}", self.what) } else { format!("{named} {}: {says}", self.what) };
            let mut verdict = Verdict::new(truth, says).from(order.record);
            if truth != Truth::Unknown {
                verdict.evidence.extend(weights);
            }
            if truth == Truth::Unknown {
                for (what, recorded_in) in deciding.iter().filter_map(|(.., missing)| *missing) {
                    verdict = verdict.missing(what, recorded_in);
                }
                if verdict.missing.is_empty() {
                    verdict = verdict.missing("a code for the drug that is ordered", "MedicationRequest.medication");
                }
            }
            if truth == Truth::False {
                verdict = verdict.distance(cx, 0.5, || format!("an order of {} that fits", self.what)).nearest([order.record]);
            }
            match &mut best {
                // All that make it true are what it rests on.
                Some(known) if known.truth == truth && truth == Truth::True => known.evidence.extend(verdict.evidence),
                Some(known) if known.truth >= truth => {}
                _ => best = Some(verdict),
            }
        }
        if orders.is_incomplete && best.as_ref().is_none_or(|verdict| verdict.truth == Truth::False) {
            return Verdict::unknown("draft orders cannot be read, or were not given", "the draft orders", "context.draftOrders");
        }
        best.unwrap_or_else(|| {
            Verdict::new(Truth::False, format!("no draft order of {}", self.what))
                .distance(cx, 1.0, || format!("a draft order of {}", self.what))
        })
    }

    fn asks(&self, _: &Plan) -> Asks {
        Asks::Of(vec![Aspect::Orders])
    }

    fn shape(&self, _: &Plan) -> Shape {
        Shape::Record(vec![("truth", Shape::Truth), ("because", Shape::Text(200)), ("record", Shape::Text(80))])
    }

    fn fact(&self, cx: Cx<'_, '_>, verdict: &Verdict) -> Fact {
        Fact::Record(vec![
            ("truth", Fact::Truth(verdict.truth)),
            ("because", Fact::Text(verdict.says.to_string())),
            ("record", Fact::text(verdict.evidence.first().map(|record| cx.name(*record)))),
        ])
    }
}
