//! `curbside completions`: completion for a shell.

use clap_complete::Shell;

use crate::exit::{Outcome, Status};
use crate::report;

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  curbside completions bash > ~/.local/share/bash-completion/completions/curbside
  curbside completions zsh > ~/.zfunc/_curbside
  curbside completions fish > ~/.config/fish/completions/curbside.fish")]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut super::command(), "curbside", &mut text);
        report::data(&String::from_utf8_lossy(&text));
        Ok(Status::Ran)
    }
}
