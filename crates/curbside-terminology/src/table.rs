//! Codes by system, looked up without making a key.

use hashbrown::HashMap;
use smol_str::SmolStr;

use crate::system::{SystemId, Systems, normal};

/// What codes stand for: single codes, and codes that stand for everything below them.
#[derive(Clone, Debug)]
pub(crate) struct CodeTable<T> {
    exact: HashMap<SystemId, HashMap<SmolStr, Vec<T>>>,
    below: HashMap<SystemId, HashMap<SmolStr, Vec<T>>>,
}

impl<T> Default for CodeTable<T> {
    fn default() -> Self {
        Self { exact: HashMap::new(), below: HashMap::new() }
    }
}

impl<T> CodeTable<T> {
    /// Notes a code, or a code and everything below it.
    pub(crate) fn add(&mut self, systems: &Systems, system: SystemId, code: &str, below: bool, value: T) {
        let code = normal(code, systems.is_by_prefix(system));
        let table = if below { &mut self.below } else { &mut self.exact };
        table.entry(system).or_default().entry(code).or_default().push(value);
    }

    /// Calls `visit` with everything a code stands for; the flag says whether by its own entry
    /// (not by that of a code above it).
    pub(crate) fn visit<'t>(&'t self, systems: &Systems, system: SystemId, code: &str, visit: &mut dyn FnMut(&'t T, bool)) {
        let by_prefix = systems.is_by_prefix(system);
        let normalised;
        let code = if by_prefix {
            normalised = normal(code, true);
            normalised.as_str()
        } else {
            code.trim()
        };
        if let Some(found) = self.exact.get(&system).and_then(|table| table.get(code)) {
            found.iter().for_each(|value| visit(value, true));
        }
        if let Some(table) = self.below.get(&system).filter(|_| by_prefix) {
            for end in 1..=code.len() {
                let found = code.get(..end).and_then(|prefix| table.get(prefix));
                found.into_iter().flatten().for_each(|value| visit(value, end == code.len()));
            }
        }
    }
}
