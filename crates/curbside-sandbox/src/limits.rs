//! How much a guest may use, and how much a file may hold.

use std::time::Duration;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// What one call may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of linear memory, all memories together.
    pub memory_bytes: u64,
    /// Elements of tables, all tables together.
    pub table_elements: u64,
    /// Units of work, about one per instruction. Packs run by our own engine count their own steps instead,
    /// which the request allows them (`org.curbside.input`).
    pub fuel: u64,
    /// Bytes of the request.
    pub request_bytes: u64,
    /// Bytes of text handed to the host at once.
    pub output_bytes: u64,
    /// Calls of the host.
    pub host_calls: u64,
    /// Bytes of messages, all together.
    pub log_bytes: u64,
    /// Time on the clock. A backstop: it ends a call with an error and never decides anything.
    pub wall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 128 * MIB,
            table_elements: 100_000,
            fuel: 2_000_000_000,
            request_bytes: 32 * MIB,
            output_bytes: 4 * MIB,
            host_calls: 10_000,
            log_bytes: 64 * KIB,
            wall: Duration::from_secs(2),
        }
    }
}

impl Limits {
    /// What a plug-in may ask for at most, in its description.
    #[must_use]
    pub fn ceiling() -> Self {
        Self { memory_bytes: 256 * MIB, fuel: 20_000_000_000, output_bytes: 16 * MIB, wall: Duration::from_secs(10), ..Self::default() }
    }

    /// What a pack may use: the largest request that the server takes needs room beside itself, and a
    /// population's records hold years of a life.
    #[must_use]
    pub fn pack() -> Self {
        Self { memory_bytes: 256 * MIB, output_bytes: 16 * MIB, wall: Duration::from_secs(10), ..Self::default() }
    }
}

/// What a file may hold, and what compiling it may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadLimits {
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Bytes of one function's code.
    pub function_bytes: u64,
    /// Functions.
    pub functions: u64,
    /// Depth of nested blocks in one function.
    pub nesting: u64,
    /// Bytes of data segments.
    pub data_bytes: u64,
    /// Modules and components, nested ones included.
    pub modules: u64,
    /// Time of compilation on the clock.
    pub compilation: Duration,
    /// Address space of the compiling process, bytes.
    pub compiler_memory_bytes: u64,
}

impl Default for LoadLimits {
    fn default() -> Self {
        Self {
            file_bytes: 64 * MIB,
            function_bytes: 512 * KIB,
            functions: 60_000,
            nesting: 2_000,
            data_bytes: 48 * MIB,
            modules: 100,
            compilation: Duration::from_secs(300),
            compiler_memory_bytes: 8 * 1024 * MIB,
        }
    }
}
