//! Compilation, in a process of its own that can be killed: nothing inside wasmtime stops a file that was
//! written to be slow to compile.

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::call::{milliseconds, within};
use crate::engine::{Metering, settings};
use crate::error::{Limit, LoadError};
use crate::limits::LoadLimits;

/// Who compiles.
#[derive(Clone, Debug)]
pub enum Compiler {
    /// A child process: this program with these arguments, and there [`serve_compile_child`].
    Child {
        /// The program.
        program: PathBuf,
        /// Its arguments, before those of the protocol.
        arguments: Vec<OsString>,
    },
    /// This process, which a slow file then holds up: only for files that one built oneself.
    InProcess,
}

impl Compiler {
    /// The running program, with one argument before those of the protocol.
    ///
    /// # Errors
    ///
    /// Where the running program cannot be found.
    pub fn this_program(argument: &str) -> std::io::Result<Self> {
        Ok(Self::Child { program: std::env::current_exe()?, arguments: vec![argument.into()] })
    }
}

/// Compiles a component that was validated.
pub(crate) fn compile(compiler: &Compiler, metering: Metering, wasm: &[u8], limits: &LoadLimits) -> Result<Vec<u8>, LoadError> {
    match compiler {
        Compiler::InProcess => here(metering, wasm).map_err(|error| LoadError::Compile(format!("{error:#}"))),
        Compiler::Child { program, arguments } => {
            let child = Command::new(program)
                .args(arguments)
                .arg(metering.name())
                .arg(limits.compiler_memory_bytes.to_string())
                .arg(limits.compilation.as_secs().saturating_add(1).to_string())
                .env_clear()
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .map_err(|error| LoadError::Compile(format!("{} did not start: {error}", program.display())))?;
            attend(child, wasm, limits.compilation)
        }
    }
}

/// Feeds the child, takes what it gives, and kills it when its time is up.
fn attend(mut child: Child, wasm: &[u8], allowed: Duration) -> Result<Vec<u8>, LoadError> {
    let (input, output, words) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        let feeder = scope.spawn(move || input.map(|mut input| input.write_all(wasm)));
        let taker = scope.spawn(move || {
            let mut bytes = Vec::new();
            output.map(|mut output| output.read_to_end(&mut bytes));
            bytes
        });
        let listener = scope.spawn(move || {
            let mut text = String::new();
            words.map(|words| words.take(4096).read_to_string(&mut text));
            text
        });
        let status = wait(&mut child, allowed);
        let (_, bytes, text) = (feeder.join(), taker.join().unwrap_or_default(), listener.join().unwrap_or_default());
        match status? {
            true => Ok(bytes),
            false => {
                Err(LoadError::Compile(if text.is_empty() { "the compiling process died".to_owned() } else { text.trim().to_owned() }))
            }
        }
    })
}

/// Whether the child ended well within its time.
fn wait(child: &mut Child, allowed: Duration) -> Result<bool, LoadError> {
    #[expect(clippy::disallowed_methods, reason = "a time limit needs a clock")]
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(|error| LoadError::Compile(error.to_string()))? {
            return Ok(status.success());
        }
        if let Err(breach) = within(Limit::Compilation, milliseconds(start.elapsed()), milliseconds(allowed)) {
            child.kill().and_then(|()| child.wait()).map_err(|error| LoadError::Compile(error.to_string()))?;
            return Err(breach.into());
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn here(metering: Metering, wasm: &[u8]) -> wasmtime::Result<Vec<u8>> {
    wasmtime::Engine::new(&settings(metering))?.precompile_component(wasm)
}

/// The child's side: a component on standard input, its compiled form on standard output.
/// `arguments` are those that follow the ones of [`Compiler::Child`].
/// Whether it went well; if not, standard error says why.
#[must_use]
#[expect(clippy::print_stderr, reason = "the child's words to its parent")]
pub fn serve_compile_child(arguments: &[String]) -> bool {
    child(arguments).inspect_err(|words| eprintln!("{words}")).is_ok()
}

fn child(arguments: &[String]) -> Result<(), String> {
    let [metering, memory, seconds] = arguments else {
        return Err("metering, bytes and seconds, please".to_owned());
    };
    let metering = Metering::ALL.into_iter().find(|known| known.name() == metering).ok_or("unknown metering")?;
    let number = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
    for (resource, most) in [(Resource::As, number(memory)?), (Resource::Cpu, number(seconds)?.saturating_mul(8)), (Resource::Core, 0)] {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) }).map_err(|error| error.to_string())?;
    }
    let mut wasm = Vec::new();
    std::io::stdin().lock().read_to_end(&mut wasm).map_err(|error| error.to_string())?;
    let compiled = here(metering, &wasm).map_err(|error| format!("{error:#}"))?;
    std::io::stdout().lock().write_all(&compiled).map_err(|error| error.to_string())
}
