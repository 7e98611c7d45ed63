//! Decisions as columns: what a Parquet file holds, and what a data frame gets back.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, ListArray, RecordBatch, StringArray, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use curbside_engine::{Answer, Because, DecisionRecord};

/// A row: a patient's answer with its document, or why there is none.
#[derive(Clone, Copy, Debug)]
pub struct Line<'l> {
    /// Whose record it was said to be: shown where there is no answer that says it.
    pub patient: Option<&'l str>,
    /// The answer with the JSON of its decisions document.
    pub answer: Result<(&'l Answer, &'l str), &'l str>,
}

/// The columns: one row a patient, its decisions and cards as lists, the whole document as JSON.
#[must_use]
pub fn schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    Arc::new(Schema::new(vec![
        text("patient"),
        text("as_of"),
        text("hook"),
        Field::new_list("decisions", item(DataType::Struct(decision_fields())), false),
        Field::new_list("cards", item(DataType::Struct(card_fields())), false),
        text("document"),
        text("error"),
    ]))
}

fn decision_fields() -> Fields {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let texts = |name: &str| Field::new_list(name, item(DataType::Utf8), false);
    Fields::from(vec![text("rule"), text("version"), text("outcome"), text("because"), texts("evidence"), texts("missing")])
}

fn card_fields() -> Fields {
    Fields::from(["rule", "indicator", "summary"].map(|name| Field::new(name, DataType::Utf8, true)).to_vec())
}

/// Spark names the items of lists so.
fn item(kind: DataType) -> FieldRef {
    Arc::new(Field::new("element", kind, true))
}

/// The rows as columns.
///
/// # Errors
///
/// [`ArrowError`] where a column would hold more than 2 GiB: then give fewer rows at a time.
pub fn columns(lines: &[Line<'_>]) -> Result<RecordBatch, ArrowError> {
    let answers = || lines.iter().map(|line| line.answer.ok().map(|(answer, _)| answer));
    let decisions = answers().map(|answer| answer.map(|answer| answer.decisions.as_slice()).unwrap_or_default());
    let cards = answers().map(|answer| answer.map(|answer| answer.cards.as_slice()).unwrap_or_default());
    let card = |pick: fn(&curbside_cards::wire::Card) -> &str| texts(cards.clone().flatten().map(|card| Some(pick(card))));
    let card_columns =
        vec![card(|card| &card.extension.decision.rule)?, card(|card| card.indicator.as_str())?, card(|card| &card.summary)?];
    RecordBatch::try_new(
        schema(),
        vec![
            texts(lines.iter().map(|line| line.answer.map_or(line.patient, |(answer, _)| answer.patient.as_deref())))?,
            texts(answers().map(|answer| Some(answer?.as_of.as_str())))?,
            texts(answers().map(|answer| Some(answer?.hook.as_str())))?,
            list(
                decisions.clone().map(<[_]>::len),
                structs(decision_fields(), self::decisions(decisions.flatten().map(|decision| &**decision))?)?,
            )?,
            list(cards.clone().map(<[_]>::len), structs(card_fields(), card_columns)?)?,
            texts(lines.iter().map(|line| line.answer.ok().map(|(_, document)| document)))?,
            texts(lines.iter().map(|line| line.answer.err()))?,
        ],
    )
}

fn decisions<'l>(all: impl Iterator<Item = &'l DecisionRecord> + Clone) -> Result<Vec<ArrayRef>, ArrowError> {
    let because: Vec<String> = all.clone().map(|decision| reasons(&decision.because)).collect();
    let evidence = texts(all.clone().flat_map(|decision| &decision.evidence).map(|name| Some(name.as_str())))?;
    let missing = texts(all.clone().flat_map(|decision| &decision.missing).map(|missing| Some(missing.what.as_str())))?;
    Ok(vec![
        texts(all.clone().map(|decision| Some(decision.rule.as_str())))?,
        texts(all.clone().map(|decision| decision.version.as_deref()))?,
        texts(all.clone().map(|decision| Some(decision.outcome.as_str())))?,
        texts(because.iter().map(|text| Some(text.as_str())))?,
        list(all.clone().map(|decision| decision.evidence.len()), evidence)?,
        list(all.map(|decision| decision.missing.len()), missing)?,
    ])
}

/// What an explanation says, in one line.
fn reasons(because: &Because) -> String {
    fn gather<'b>(because: &'b Because, found: &mut Vec<&'b str>) {
        if !because.says.is_empty() {
            found.push(&because.says);
        } else {
            because.parts.iter().for_each(|part| gather(part, found));
        }
    }
    let mut found = Vec::new();
    gather(because, &mut found);
    found.join("; ")
}

fn texts<'l>(values: impl Iterator<Item = Option<&'l str>> + Clone) -> Result<ArrayRef, ArrowError> {
    let bytes: usize = values.clone().flatten().map(str::len).sum();
    fits(bytes)?;
    Ok(Arc::new(values.collect::<StringArray>()))
}

fn list(lengths: impl Iterator<Item = usize> + Clone, values: ArrayRef) -> Result<ArrayRef, ArrowError> {
    fits(lengths.clone().sum())?;
    let field = item(values.data_type().clone());
    Ok(Arc::new(ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), values, None)?))
}

fn structs(fields: Fields, columns: Vec<ArrayRef>) -> Result<ArrayRef, ArrowError> {
    Ok(Arc::new(StructArray::try_new(fields, columns, None)?))
}

/// Offsets of columns have 32 bits.
fn fits(length: usize) -> Result<(), ArrowError> {
    match i32::try_from(length) {
        Ok(_) => Ok(()),
        Err(_) => Err(ArrowError::OffsetOverflowError(length)),
    }
}
