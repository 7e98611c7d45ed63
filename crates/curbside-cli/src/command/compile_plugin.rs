//! The hidden command behind the sandbox's compiler: a component on standard input, machine code on standard output.

use crate::exit::{Outcome, Status};

/// Compile a plug-in for the sandbox, in a process that can be killed
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The sandbox's own protocol
    arguments: Vec<String>,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        Ok(if curbside_sandbox::serve_compile_child(&self.arguments) { Status::Ran } else { Status::Failed })
    }
}
