//! The engine for Python: one record, or a batch of them as Arrow columns, in; decisions out.
//!
//! Nothing here starts a thread or keeps a record: the framework that calls owns the processors. The
//! interpreter's lock is released while rules are decided.

mod batch;

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use arrow_pyarrow::PyArrowType;
use arrow_schema::Schema;
use curbside_chart::time::{AsOf, Zone};
use curbside_engine::{Ask, Engine, Pack};
use curbside_replay::{Asker, Moments, schema};
use curbside_rules::Settings;
use curbside_source::Level;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Packs with a question: when, in which zone, at which hook.
#[pyclass(frozen, module = "curbside._native", name = "Engine")]
struct NativeEngine {
    engine: Engine,
    as_of: AsOf,
    zone: Zone,
    hook: Option<String>,
    max_bytes: usize,
}

#[pymethods]
impl NativeEngine {
    /// Packs as their files: the path in the pack's folder, and the text.
    #[new]
    fn new(
        packs: Vec<BTreeMap<String, String>>,
        as_of: &str,
        tz: &str,
        parameters: BTreeMap<String, String>,
        hook: Option<String>,
        max_bytes: usize,
    ) -> PyResult<Self> {
        let zone = Zone::parse(tz).map_err(|error| PyValueError::new_err(error.to_string()))?;
        let as_of = AsOf::parse(as_of, &zone).ok_or_else(|| PyValueError::new_err(format!("`{as_of}` is no date")))?;
        let settings = Settings { parameters, ..Settings::default() };
        let packs = packs.into_iter().map(|files| load(files, &settings)).collect::<PyResult<_>>()?;
        Ok(Self { engine: Engine::new(packs), as_of, zone, hook, max_bytes })
    }

    /// The decisions document of one record as JSON.
    fn evaluate_json(&self, py: Python<'_>, record: &[u8], patient: Option<&str>) -> PyResult<String> {
        py.detach(|| batch::one(&self.asker(patient), record)).map_err(PyValueError::new_err)
    }

    /// The decisions of every row, in order.
    fn evaluate_batch(&self, py: Python<'_>, batch: PyArrowType<RecordBatch>) -> PyResult<PyArrowType<RecordBatch>> {
        let found = py.detach(|| batch::all(&batch.0, &self.asker(None)));
        found.map(PyArrowType).map_err(PyValueError::new_err)
    }

    /// The packs as `id`, version and digest.
    fn packs(&self) -> Vec<(String, String, String)> {
        self.engine.packs().iter().map(|pack| (pack.id().to_owned(), pack.version().to_owned(), pack.digest.clone())).collect()
    }
}

impl NativeEngine {
    fn asker<'e>(&'e self, patient: Option<&'e str>) -> Asker<'e> {
        Asker {
            packs: (&self.engine).into(),
            as_of: self.as_of,
            zone: &self.zone,
            ask: self.hook.as_deref().map_or(Ask::Input, Ask::Hook),
            given: None,
            patient,
            max_bytes: self.max_bytes,
            moments: Moments::new(),
            documents: true,
            against: None,
            client: None,
        }
    }
}

/// A pack of its files, or everything that is wrong with them.
fn load(files: BTreeMap<String, String>, settings: &Settings) -> PyResult<Pack> {
    let loaded = Pack::load(files, settings);
    let errors = loaded.found.iter().filter(|finding| finding.level == Level::Error);
    let errors: Vec<String> = errors.map(|finding| format!("{}: {}", loaded.sources.name(finding.span.file), finding.message)).collect();
    loaded.pack.ok_or_else(|| PyValueError::new_err(format!("the pack does not check: {}", errors.join("; "))))
}

/// The columns that `evaluate_batch` returns.
#[pyfunction]
fn output_schema() -> PyArrowType<Schema> {
    PyArrowType(schema().as_ref().clone())
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<NativeEngine>()?;
    module.add_function(wrap_pyfunction!(output_schema, module)?)
}
