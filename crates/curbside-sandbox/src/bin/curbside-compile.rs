//! The compiling process of the tests and the benchmarks; the `curbside` command is its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if curbside_sandbox::serve_compile_child(&arguments) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
