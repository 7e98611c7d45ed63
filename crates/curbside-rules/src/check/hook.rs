//! The names of hooks: one of the library's, or a reverse-domain name.

use curbside_source::{Diagnostic, Diagnostics, did_you_mean};

use crate::compile::HOOKS;
use crate::model::Name;

/// Checks the name of a hook.
pub(crate) fn hook_name(name: &Name, found: &mut Diagnostics) {
    if !HOOKS.contains(&name.value.as_str()) && !name.value.contains('.') {
        let help = did_you_mean(&name.value, HOOKS);
        found.push(Diagnostic::error("unknown-hook", name.span, format!("unknown hook `{}`", name.value)).maybe_help(help));
    }
}
