//! What a file is, without running it.

use serde::Serialize;

use crate::error::LoadError;
use crate::limits::LoadLimits;
use crate::load::scan;
use crate::trust::Trust;

/// What a file is and holds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inspection {
    /// SHA-256 of the file without its signature, in hexadecimal digits.
    pub digest: String,
    /// Id of the key that signed it.
    pub signer: Option<String>,
    /// What it imports.
    pub imports: Vec<String>,
    /// The functions it exports.
    pub exports: Vec<String>,
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Bytes of code.
    pub code_bytes: u64,
    /// Functions.
    pub functions: u64,
    /// Bytes of the largest function.
    pub largest_function: u64,
    /// The deepest nesting of blocks.
    pub nesting: u64,
    /// Bytes of data.
    pub data_bytes: u64,
    /// Modules and components in it.
    pub modules: u64,
    /// Bytes of memory at the start.
    pub memory_bytes: u64,
}

/// Looks at a file.
///
/// # Errors
///
/// Where it is no component, passes a cap, or carries a wrong signature.
pub fn inspect(wasm: &[u8], limits: &LoadLimits) -> Result<Inspection, LoadError> {
    let file = Trust::default().verify(wasm).map_err(LoadError::Untrusted)?;
    let found = scan(file.content, limits)?;
    Ok(Inspection {
        digest: file.digest().to_owned(),
        signer: file.signer.map(|key| key.id()),
        imports: found.imports,
        exports: found.exports,
        file_bytes: u64::try_from(wasm.len()).unwrap_or(u64::MAX),
        code_bytes: found.code_bytes,
        functions: found.functions,
        largest_function: found.largest_function,
        nesting: found.nesting,
        data_bytes: found.data_bytes,
        modules: found.modules,
        memory_bytes: found.memory_bytes,
    })
}
