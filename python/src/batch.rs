//! From rows to decisions. A row that cannot be decided costs itself alone.

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::cast::AsArray as _;
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use curbside_engine::Answer;
use curbside_replay::{Asker, Item, Line, Row, columns};

/// Column of the records.
const RECORD: &str = "bundle";
/// Column of patients, where a record may hold several.
const PATIENT: &str = "patient_id";

/// What came of a row of the input, for one patient.
struct Decided {
    patient: Option<String>,
    answer: Result<(Answer, String), String>,
}

/// The decisions document of one record.
pub(crate) fn one(asker: &Asker<'_>, record: &[u8]) -> Result<String, String> {
    let mut rows = decide(asker, Some(record)).into_iter();
    match (rows.next(), rows.next()) {
        (Some(row), None) => row.answer.map(|(_, document)| document),
        _ => Err("the record holds several patients; choose one with patient=ID".to_owned()),
    }
}

/// The decisions of every row, in order.
pub(crate) fn all(batch: &RecordBatch, asker: &Asker<'_>) -> Result<RecordBatch, String> {
    let records = batch.column_by_name(RECORD).ok_or_else(|| format!("the batch has no column `{RECORD}`"))?;
    let patients = batch.column_by_name(PATIENT);
    let mut decided = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let patient = patients.map(|column| text(column, row)).transpose()?.flatten();
        let record = bytes(records, row)?;
        decided.extend(decide(&Asker { patient: patient.as_deref(), ..asker.clone() }, record));
    }
    let lines: Vec<Line<'_>> = decided
        .iter()
        .map(|row| Line {
            patient: row.patient.as_deref(),
            answer: row.answer.as_ref().map(|(answer, document)| (answer, document.as_str())).map_err(String::as_str),
        })
        .collect();
    columns(&lines).map_err(|error| format!("{error}; give fewer rows a batch"))
}

fn decide(asker: &Asker<'_>, record: Option<&[u8]>) -> Vec<Decided> {
    let patient = || asker.patient.map(str::to_owned);
    let failed = |why: &str| vec![Decided { patient: patient(), answer: Err(why.to_owned()) }];
    let Some(record) = record else { return failed("the row has no record") };
    let item = Item { name: String::new(), bytes: Ok(record.to_vec()) };
    // The engine does not panic; if it ever does, it must not cost the other rows.
    let Ok(rows) = catch_unwind(AssertUnwindSafe(|| asker.rows(&item))) else { return failed("the engine failed on this record") };
    rows.into_iter()
        .map(|Row { answer, document, .. }| {
            let document = String::from_utf8_lossy(&document).into_owned();
            Decided { patient: patient(), answer: answer.map(|answer| (answer, document)) }
        })
        .collect()
}

/// A value of a text column.
fn text(column: &dyn Array, row: usize) -> Result<Option<String>, String> {
    let value = bytes(column, row)?;
    Ok(value.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
}

/// A value of a column of texts or bytes.
fn bytes(column: &dyn Array, row: usize) -> Result<Option<&[u8]>, String> {
    if column.is_null(row) {
        return Ok(None);
    }
    Ok(Some(match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).as_bytes(),
        DataType::LargeUtf8 => column.as_string::<i64>().value(row).as_bytes(),
        DataType::Utf8View => column.as_string_view().value(row).as_bytes(),
        DataType::Binary => column.as_binary::<i32>().value(row),
        DataType::LargeBinary => column.as_binary::<i64>().value(row),
        DataType::BinaryView => column.as_binary_view().value(row),
        other => return Err(format!("a column holds {other}, not texts or bytes")),
    }))
}
