//! `record` and `recorded`: any record by its elements, and whether there are records of a type.

use std::collections::BTreeMap;

use curbside_chart::json::Json;
use curbside_chart::{Chart, Kind as RecordKind, Place as RecordPlace, RecordRef};
use curbside_source::Spanned;
use curbside_terminology::ValueSetId;
use schemars::JsonSchema;
use serde::Deserialize;

use super::coverage::covers;
use super::records::{Found, Wanted, asks_any, conclude};
use super::test::Test;
use super::{Kind, Place};
use crate::check::unknown_element;
use crate::compile::{Asks, Compiler, Node, Plan};
use crate::evaluate::{Cx, Verdict};
use crate::model::{DateExpression, Name, Names};
use crate::shared::fhir_words::check_types;
use crate::shared::{DatePlan, Resolved};
use crate::truth::Truth;

/// A record of any type, by its elements.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Record")]
pub struct Record {
    /// The resource type.
    pub r#type: Name,
    /// What its elements must be, by path (`preAuthRef`, `item.adjudication.category`). A text must
    /// be the same; `{in: SET}` is a code of a value set; `{present: true}` is anything at all. An
    /// element that is absent leaves it unknown, unless it is asked whether it is present.
    #[serde(default)]
    pub r#where: BTreeMap<String, Spanned<ElementTest>>,
    /// A period that must cover a day; one that is absent covers every day.
    pub period: Option<PeriodTest>,
    /// What it means that there is none (default: unknown).
    pub if_absent: Option<Truth>,
}

/// What an element must be; a text is short for `is`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "short:is ElementTest")]
#[schemars(rename = "ElementTest", transform = crate::schema::short_for_is)]
pub struct ElementTest {
    /// The same text, number or truth, or one of these.
    #[schemars(with = "Option<crate::model::OneOrMany<crate::schema::Plain>>")]
    pub is: Option<crate::model::OneOrMany<String>>,
    /// A code of these value sets.
    pub r#in: Option<Names>,
    /// There, or not.
    pub present: Option<bool>,
}

/// A period that must cover a day.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "PeriodTest")]
pub struct PeriodTest {
    /// The path of the period.
    pub at: String,
    /// The day.
    pub covers: Spanned<DateExpression>,
}

#[derive(Debug)]
struct RecordTest {
    kind: String,
    elements: Vec<(Vec<String>, Element)>,
    period: Option<(Vec<String>, DatePlan)>,
    if_absent: Truth,
}

#[derive(Debug)]
struct Element {
    is: Option<Vec<String>>,
    sets: Vec<ValueSetId>,
    present: Option<bool>,
}

impl Kind for Record {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        compiler.reads_named(&self.r#type.value);
        check_types([&self.r#type], compiler);
        let path = |path: &str| path.split('.').map(str::to_owned).collect::<Vec<_>>();
        let mut elements = Vec::new();
        for (name, test) in &self.r#where {
            if test.is.is_none() && test.r#in.is_none() && test.present.is_none() {
                compiler.error("nothing-asked", test.span, "this asks for nothing: give a text, `in` or `present`");
            }
            if let Some(finding) = unknown_element(&self.r#type.value, name, test.span) {
                compiler.report(finding);
            }
            let element = Element {
                is: test.is.as_ref().map(|list| list.to_vec()),
                sets: compiler.value_sets(test.r#in.as_ref())?,
                present: test.present,
            };
            elements.push((path(name), element));
        }
        let period = match &self.period {
            Some(period) => {
                if let Some(finding) = unknown_element(&self.r#type.value, &period.at, period.covers.span) {
                    compiler.report(finding);
                }
                Some((path(&period.at), compiler.date(&period.covers)?))
            }
            None => None,
        };
        let test = RecordTest { kind: self.r#type.value.clone(), elements, period, if_absent: self.if_absent.unwrap_or(Truth::Unknown) };
        Some(place.node(compiler, test))
    }
}

/// The records of a type, by its name.
fn of_type(chart: &Chart<'_>, kind: &str) -> Vec<RecordRef> {
    let known = RecordKind::named(kind);
    let all = chart.records(known);
    let fits = |record: &RecordRef| {
        let named = known != RecordKind::Other || chart.name(*record).is_some_and(|name| name.kind.as_str() == kind);
        named && chart.place(*record) == Some(RecordPlace::Record) && !(known == RecordKind::Other && is_in_error(chart, *record))
    };
    all.into_iter().filter(fits).collect()
}

/// Whether a record of a type that the chart knows nothing about says of itself that it was entered in error:
/// each type has its own name for its status (`lifecycleStatus` of a Goal).
fn is_in_error(chart: &Chart<'_>, record: RecordRef) -> bool {
    const WORD: &str = "entered-in-error";
    let Some(raw) = chart.raw(record).filter(|raw| raw.get().contains(WORD)) else { return false };
    let Some(Json::Object(members)) = Json::read(raw) else { return false };
    members.iter().filter(|(name, _)| name.ends_with("tatus")).any(|(_, status)| {
        let mut codes = vec![status];
        status.at(&["coding", "code"], &mut codes);
        codes.into_iter().any(|code| matches!(code, Json::String(text) if text.as_str() == WORD))
    })
}

impl RecordTest {
    fn judge(&self, cx: Cx<'_, '_>, json: &Json<'_>) -> Truth {
        let at = |path: &[String]| {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let mut found = Vec::new();
            json.at(&path, &mut found);
            found.into_iter().cloned().collect::<Vec<_>>()
        };
        let mut truth = Truth::True;
        for (path, element) in &self.elements {
            truth = truth.and(element.test(cx, &at(path)));
        }
        if let Some((path, day)) = &self.period {
            let text = |name: &str| {
                let mut full = path.clone();
                full.push(name.to_owned());
                match at(&full).into_iter().next() {
                    Some(Json::String(text)) => Some(text.to_string()),
                    _ => None,
                }
            };
            let (start, end) = (cx.when(text("start").as_deref()), cx.when(text("end").as_deref()));
            truth = truth.and(match day.resolve(cx) {
                Resolved::Days(when) => Truth::agreed([covers(start, end, when.first_day()), covers(start, end, when.last_day())]),
                Resolved::Unknown => Truth::Unknown,
                Resolved::Never => Truth::False,
            });
        }
        truth
    }
}

impl Element {
    fn test(&self, cx: Cx<'_, '_>, found: &[Json<'_>]) -> Truth {
        if let Some(wanted) = self.present {
            return (found.is_empty() != wanted).into();
        }
        if found.is_empty() {
            return Truth::Unknown;
        }
        let is_one = found.iter().any(|json| {
            let text = match json {
                Json::String(text) => Some(text.to_string()),
                Json::Number(number) => Some(number.to_string()),
                Json::Bool(truth) => Some(truth.to_string()),
                _ => None,
            };
            text.is_some_and(|text| self.is.as_ref().is_some_and(|list| list.contains(&text))) || self.is_coded(cx, json)
        });
        // Words that are no code say neither yes nor no.
        let is_in_words = |json: &Json<'_>| matches!(json, Json::Object(_)) && codings(json).next().is_none();
        let is_open = |json: &Json<'_>| {
            (!self.sets.is_empty() && is_in_words(json)) || self.is.as_ref().is_some_and(|list| is_of_another_kind(json, list))
        };
        let may_be_one = found.iter().any(is_open);
        Truth::from((is_one || !may_be_one).then_some(is_one))
    }

    /// Whether a CodeableConcept or Coding has a code of the value sets.
    fn is_coded(&self, cx: Cx<'_, '_>, json: &Json<'_>) -> bool {
        codings(json).any(|(system, code)| {
            let mut is_in = false;
            cx.vocabulary().value_sets_of(&system, &code, &mut |set| is_in |= self.sets.contains(&set));
            is_in
        })
    }
}

/// Whether a value is of another kind than the words that are asked for, so that it cannot be told what it says.
fn is_of_another_kind(json: &Json<'_>, words: &[String]) -> bool {
    match json {
        Json::String(_) => false,
        Json::Number(_) => !words.iter().any(|word| word.parse::<f64>().is_ok()),
        Json::Bool(_) => !words.iter().any(|word| word == "true" || word == "false"),
        Json::Object(_) => codings(json).next().is_none(),
        _ => true,
    }
}

/// System and code of each coding of a CodeableConcept, or of a Coding.
fn codings(json: &Json<'_>) -> impl Iterator<Item = (String, String)> {
    let mut codings = Vec::new();
    json.at(&["coding"], &mut codings);
    codings.push(json);
    let text = |coding: &Json<'_>, name: &str| {
        let mut found = Vec::new();
        coding.at(&[name], &mut found);
        match found.first() {
            Some(Json::String(text)) => Some(text.to_string()),
            _ => None,
        }
    };
    let pairs: Vec<_> = codings.into_iter().filter_map(|coding| Some((text(coding, "system")?, text(coding, "code")?))).collect();
    pairs.into_iter()
}

impl Test for RecordTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let mut found = Vec::new();
        for record in of_type(cx.chart(), &self.kind) {
            let Some(json) = cx.chart().raw(record).and_then(Json::read) else { continue };
            let truth = self.judge(cx, &json).doubted(cx.is_doubtful(record));
            let missing =
                (truth == Truth::Unknown).then(|| (format!("the elements of {} that are asked for", cx.name(record)), self.kind.clone()));
            found.push(Found { record, truth, says: format!("a {}", self.kind), missing });
        }
        let what = format!("a {} that fits", self.kind);
        let mut verdict = conclude(cx, &Wanted { kind: &self.kind, what: &what, if_absent: self.if_absent }, &found, &[]);
        if verdict.truth == Truth::True {
            verdict.says = verdict.says.trim_start_matches("a ").into();
        }
        verdict
    }
}

/// Whether there are records of these types at all.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Recorded")]
pub struct Recorded {
    /// The resource types; one is enough.
    pub any_of: Vec<Name>,
    /// What it means that there is none (default: false).
    pub if_absent: Option<Truth>,
}

#[derive(Debug)]
struct RecordedTest {
    kinds: Vec<String>,
    if_absent: Truth,
}

impl Kind for Recorded {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        check_types(&self.any_of, compiler);
        for kind in &self.any_of {
            compiler.reads_named(&kind.value);
        }
        let kinds = self.any_of.iter().map(|kind| kind.value.clone()).collect();
        Some(place.node(compiler, RecordedTest { kinds, if_absent: self.if_absent.unwrap_or(Truth::False) }))
    }
}

impl Test for RecordedTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let found = self.kinds.iter().find_map(|kind| of_type(cx.chart(), kind).into_iter().next());
        let kinds = self.kinds.join(", ");
        match found {
            Some(record) => Verdict::new(Truth::True, format!("{} is on record", cx.name(record))).from(record),
            None => {
                let looked = self.kinds.iter().all(|kind| cx.chart().looked_for(kind));
                let says = format!("nothing on record of {kinds}");
                match if looked { self.if_absent } else { Truth::Unknown } {
                    Truth::Unknown => Verdict::unknown(says, "any such record", kinds),
                    truth => Verdict::new(truth, says).distance(cx, 1.0, || format!("a {}", self.kinds.join(" or "))),
                }
            }
        }
    }

    fn asks(&self, _: &Plan) -> Asks {
        let kinds: Vec<RecordKind> = self.kinds.iter().map(|kind| RecordKind::named(kind)).collect();
        if kinds.contains(&RecordKind::Other) { Asks::Anything } else { asks_any(&kinds) }
    }
}
