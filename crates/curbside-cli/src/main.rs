//! The `curbside` command.
//!
//! `command/` holds one file a subcommand. What they share: [`packs`] (from folders of rules to packs),
//! [`inputs`] and [`gathered`] (from arguments to documents), [`ask`] (from options to a question), [`show`] (answers
//! as pages for people), [`rules`] (packs ready to be asked, in process or in the sandbox), [`sandboxed`] and [`plugins`]
//! (what runs in the sandbox), [`cases`], [`keys`], [`report`] (what goes out, errors with the line they are about) and
//! [`exit`] (exit statuses). Data goes to stdout, words to stderr.

mod ask;
mod cases;
mod command;
mod exit;
mod gathered;
mod inputs;
mod keys;
mod packs;
mod plugins;
mod report;
mod rules;
mod sandboxed;
mod show;
mod size;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = command::parse();
    match arguments.command.run() {
        Ok(status) => status.into(),
        Err(failure) => {
            report::failure(&failure);
            failure.status.into()
        }
    }
}
