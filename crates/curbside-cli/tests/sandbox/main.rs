//! Packs and plug-ins in the sandbox, from the command line: the same bytes as in process, and nothing unsigned where
//! keys are configured.

#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "packs and keys are files")]

mod build;
mod plugin;
mod same;
mod signed;
mod support;
