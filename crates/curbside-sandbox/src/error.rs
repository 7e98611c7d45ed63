//! What can go wrong, each with its own type. A limit always says what was observed and what is allowed.

use std::fmt;

use crate::trust::TrustError;

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// Units of work of one call (fuel: about one per instruction).
    Work,
    /// Steps of one call, as our own engine counts them.
    Steps,
    /// Bytes of linear memory of one call, all memories together.
    Memory,
    /// Elements of tables of one call, all tables together.
    Table,
    /// Bytes of the WebAssembly stack.
    Stack,
    /// Bytes of a request.
    Request,
    /// Bytes of text handed to the host at once: a response, a refusal, a message, a look-up.
    Output,
    /// Calls of the host by one call.
    HostCalls,
    /// Bytes of messages logged by one call.
    Log,
    /// Milliseconds of one call.
    Wall,
    /// Instances at the same time, over all plug-ins.
    Instances,
    /// Bytes of a file.
    File,
    /// Bytes of one function's code.
    Function,
    /// Functions of a file.
    Functions,
    /// Depth of nested blocks in one function.
    Nesting,
    /// Bytes of data segments of a file.
    Data,
    /// Modules and components in a file.
    Modules,
    /// Milliseconds of compilation.
    Compilation,
}

impl Limit {
    /// Its stable name, for messages and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// The unit of its figures.
    #[must_use]
    pub fn unit(self) -> &'static str {
        self.words().1
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Work => ("work", "units"),
            Self::Steps => ("steps", "steps"),
            Self::Memory => ("memory", "bytes"),
            Self::Table => ("table", "elements"),
            Self::Stack => ("stack", "bytes"),
            Self::Request => ("request", "bytes"),
            Self::Output => ("output", "bytes"),
            Self::HostCalls => ("host-calls", "calls"),
            Self::Log => ("log", "bytes"),
            Self::Wall => ("wall-time", "ms"),
            Self::Instances => ("instances", "at once"),
            Self::File => ("file", "bytes"),
            Self::Function => ("function", "bytes"),
            Self::Functions => ("functions", "functions"),
            Self::Nesting => ("nesting", "blocks"),
            Self::Data => ("data", "bytes"),
            Self::Modules => ("modules", "modules"),
            Self::Compilation => ("compilation", "ms"),
        }
    }
}

/// A limit that was hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Which one.
    pub limit: Limit,
    /// What was seen, at least: the guest was stopped there.
    pub observed: u64,
    /// What is allowed.
    pub allowed: u64,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, observed, allowed } = self;
        let (name, unit) = limit.words();
        write!(f, "limit of {name} hit: at least {observed} {unit}, {allowed} allowed")
    }
}

impl std::error::Error for Breach {}

impl Breach {
    /// The limit of steps that our own engine says it hit; `None` where it says something else.
    pub(crate) fn of_steps(words: &str) -> Option<Self> {
        let figures = words.strip_prefix("limit of steps hit: at least ")?.strip_suffix(" allowed")?;
        let (observed, allowed) = figures.split_once(" steps, ")?;
        Some(Self { limit: Limit::Steps, observed: observed.parse().ok()?, allowed: allowed.parse().ok()? })
    }
}

/// Why a file was not loaded.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoadError {
    /// Keys are configured and this is not signed by one of them.
    Untrusted(TrustError),
    /// Too big, too many, too deep, or too long to compile.
    Limit(Breach),
    /// No WebAssembly, or broken.
    Malformed(String),
    /// A core module, where a component belongs.
    CoreModule,
    /// It imports what no plug-in may have.
    Import(String),
    /// It does not export what the contract asks for.
    Export(&'static str),
    /// An import or export has another type than the contract gives it.
    Contract(String),
    /// The compiler failed, or could not be started.
    Compile(String),
    /// It was asked what it offers, and failed.
    Describe(CallError),
    /// What it says that it offers is not a discovery document.
    Description(String),
    /// The sandbox itself could not be set up.
    Setup(String),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untrusted(error) => error.fmt(f),
            Self::Limit(breach) => breach.fmt(f),
            Self::Malformed(why) => write!(f, "not a valid WebAssembly component: {why}"),
            Self::CoreModule => f.write_str("a core WebAssembly module; a plug-in is a component (`wasm-tools component new` makes one)"),
            Self::Import(name) => {
                write!(f, "imports `{name}`, which no plug-in may have; all there is to import is `{}`", crate::host::INTERFACE)
            }
            Self::Export(name) => write!(f, "does not export `{name}`, which the world `curbside:cds/service` asks for"),
            Self::Contract(why) => write!(f, "does not fit the world `curbside:cds/service`: {why}"),
            Self::Compile(why) => write!(f, "could not be compiled: {why}"),
            Self::Describe(error) => write!(f, "`describe` failed: {error}"),
            Self::Description(why) => write!(f, "`describe` gave no discovery document: {why}"),
            Self::Setup(why) => write!(f, "the sandbox could not be set up: {why}"),
        }
    }
}

impl std::error::Error for LoadError {}

impl From<Breach> for LoadError {
    fn from(breach: Breach) -> Self {
        Self::Limit(breach)
    }
}

/// Why a call gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallError {
    /// It hit a limit.
    Limit(Breach),
    /// It crashed.
    Trap(Trap),
    /// It broke the calling convention: a pointer outside its memory, text that is no Unicode.
    Convention(String),
    /// It answered with something that is not a CDS Hooks response.
    Answer(AnswerError),
    /// It declined, in its own words.
    Refused(String),
    /// It offers no such service.
    NoService(String),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit(breach) => breach.fmt(f),
            Self::Trap(trap) => write!(f, "the plug-in crashed: {trap}"),
            Self::Convention(why) => write!(f, "the plug-in broke the calling convention: {why}"),
            Self::Answer(error) => error.fmt(f),
            Self::Refused(words) => f.write_str(words),
            Self::NoService(id) => write!(f, "the plug-in offers no service `{id}`"),
        }
    }
}

impl std::error::Error for CallError {}

impl From<Breach> for CallError {
    fn from(breach: Breach) -> Self {
        Self::Limit(breach)
    }
}

/// How a guest crashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trap {
    /// It gave up: a panic, an abort, an `unreachable`.
    Unreachable,
    /// It reached outside its memory; with a Rust or C guest also a stack that overflowed.
    OutOfBounds,
    /// It called through a table entry that is empty, absent or of another type.
    IndirectCall,
    /// It divided by zero, overflowed or converted what does not fit.
    Arithmetic,
    /// Something else.
    Other,
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreachable => "it gave up (a panic or an abort)",
            Self::OutOfBounds => "it reached outside its memory",
            Self::IndirectCall => "it called a function that is not there",
            Self::Arithmetic => "arithmetic without a result",
            Self::Other => "a trap",
        })
    }
}

/// Why an answer is not a CDS Hooks response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerError {
    /// Not JSON.
    NotJson(String),
    /// JSON, but not a CDS Hooks response; says where and why.
    NotCdsHooks(String),
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson(why) => write!(f, "the plug-in's answer is not JSON: {why}"),
            Self::NotCdsHooks(why) => {
                write!(f, "the plug-in's answer is not a CDS Hooks response: {why}")
            }
        }
    }
}
