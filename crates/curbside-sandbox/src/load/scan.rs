//! What a file holds, read without compiling it; stops at the first cap that is passed.

use wasmparser::{ComponentExternalKind, Encoding, FunctionBody, Operator, Parser, Payload, Validator, WasmFeatures};

use crate::call::within;
use crate::error::{Limit, LoadError};
use crate::limits::LoadLimits;

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scan {
    /// Names of what the component imports.
    pub(crate) imports: Vec<String>,
    /// Names of the functions it exports.
    pub(crate) exports: Vec<String>,
    /// Functions with code.
    pub(crate) functions: u64,
    /// Bytes of all code.
    pub(crate) code_bytes: u64,
    /// Bytes of the largest function.
    pub(crate) largest_function: u64,
    /// The deepest nesting of blocks.
    pub(crate) nesting: u64,
    /// Bytes of data segments.
    pub(crate) data_bytes: u64,
    /// Modules and components.
    pub(crate) modules: u64,
    /// Bytes of memory at the start, of the module that asks for most.
    pub(crate) memory_bytes: u64,
    /// Elements of tables at the start, all together.
    pub(crate) table_elements: u64,
}

/// Scans a component.
pub(crate) fn scan(wasm: &[u8], limits: &LoadLimits) -> Result<Scan, LoadError> {
    if !wasm.starts_with(b"\0asm") {
        return Err(LoadError::Malformed("it does not start with the WebAssembly magic number".to_owned()));
    }
    let mut found = Scan::default();
    let mut depth = 0_u32;
    let malformed = |error: wasmparser::BinaryReaderError| LoadError::Malformed(error.to_string());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(malformed)? {
            Payload::Version { encoding, .. } => {
                if depth == 0 && encoding == Encoding::Module {
                    return Err(LoadError::CoreModule);
                }
                depth += 1;
                found.modules = within(Limit::Modules, found.modules + 1, limits.modules)?;
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    found.imports.push(import.map_err(malformed)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    let export = export.map_err(malformed)?;
                    if export.kind == ComponentExternalKind::Func {
                        found.exports.push(export.name.name.to_owned());
                    }
                }
            }
            Payload::CodeSectionStart { count, .. } => {
                found.functions = within(Limit::Functions, found.functions + u64::from(count), limits.functions)?;
            }
            Payload::CodeSectionEntry(body) => found.function(&body, limits)?,
            Payload::DataSection(section) => {
                for segment in section {
                    found.data(segment.map_err(malformed)?.data.len(), limits)?;
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    let memory = memory.map_err(malformed)?;
                    let page = 1_u64 << memory.page_size_log2.unwrap_or(16).min(16);
                    found.memory_bytes = found.memory_bytes.max(memory.initial.saturating_mul(page));
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    found.table_elements = found.table_elements.saturating_add(table.map_err(malformed)?.ty.initial);
                }
            }
            _ => {}
        }
    }
    Validator::new_with_features(features()).validate_all(wasm).map_err(malformed)?;
    Ok(found)
}

impl Scan {
    fn function(&mut self, body: &FunctionBody<'_>, limits: &LoadLimits) -> Result<(), LoadError> {
        let range = body.range();
        let bytes = u64::try_from(range.end - range.start).unwrap_or(u64::MAX);
        self.largest_function = self.largest_function.max(within(Limit::Function, bytes, limits.function_bytes)?);
        self.code_bytes += bytes;
        let malformed = |error: wasmparser::BinaryReaderError| LoadError::Malformed(error.to_string());
        let mut depth = 0_u64;
        let mut operators = body.get_operators_reader().map_err(malformed)?;
        while !operators.eof() {
            match operators.read().map_err(malformed)? {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } | Operator::TryTable { .. } => {
                    depth += 1;
                    self.nesting = self.nesting.max(within(Limit::Nesting, depth, limits.nesting)?);
                }
                Operator::End => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        Ok(())
    }

    fn data(&mut self, bytes: usize, limits: &LoadLimits) -> Result<(), LoadError> {
        let all = self.data_bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        self.data_bytes = within(Limit::Data, all, limits.data_bytes)?;
        Ok(())
    }
}

/// What a plug-in may be written with: settled standards without threads, collected objects or 64-bit memories.
fn features() -> WasmFeatures {
    WasmFeatures::WASM2 | WasmFeatures::EXTENDED_CONST | WasmFeatures::TAIL_CALL | WasmFeatures::COMPONENT_MODEL
}
