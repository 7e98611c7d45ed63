//! From YAML to typed values, reporting every mistake of a file at once.
//!
//! `serde` stops at the first error. So a file is read again and again: after an error the value
//! that caused it is left out, and the next pass goes on as if it were not there; the follow-up
//! complaint ("missing field") about what was left out is dropped. Files are a few hundred lines,
//! so the extra passes cost nothing that a person could notice.
//!
//! Names that a struct is given with `#[serde(rename = …)]` say how it is read:
//!
//! - `FHIR …`: a part of a FHIR resource; keys that it does not have are passed over, elsewhere
//!   they are errors.
//! - `short:KEY …`: what is no map is short for a map with this one key (`sex: female` for
//!   `sex: {is: female}`).
//!
//! A tuple struct named [`ONE_OR_MANY`] reads what is no list as a list of one.

mod access;
mod failure;
mod reader;

use std::cell::RefCell;
use std::collections::HashSet;

use serde::de::DeserializeOwned;

use crate::yaml::{Node, parse};
use crate::{Diagnostic, FileId, Sources};
use reader::Reader;

/// The name of a tuple struct that reads what is no list as a list of one.
pub const ONE_OR_MANY: &str = "$curbside::OneOrMany";

/// Reads a file as a `T`.
///
/// # Errors
///
/// Everything that is wrong with the file.
pub fn read<T: DeserializeOwned>(sources: &Sources, file: FileId) -> Result<T, Vec<Diagnostic>> {
    let root = parse(sources, file).map_err(|error| vec![error])?;
    read_node(&root)
}

/// Reads as much of a file as can be read: the value without what is wrong in it, where it still
/// is one, and everything that is wrong.
pub fn read_partly<T: DeserializeOwned>(sources: &Sources, file: FileId) -> (Option<T>, Vec<Diagnostic>) {
    match parse(sources, file) {
        Ok(root) => partly(&root),
        Err(error) => (None, vec![error]),
    }
}

/// Reads a node as a `T`.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn read_node<T: DeserializeOwned>(root: &Node) -> Result<T, Vec<Diagnostic>> {
    match partly(root) {
        (Some(value), found) if found.is_empty() => Ok(value),
        (_, found) => Err(found),
    }
}

fn partly<T: DeserializeOwned>(root: &Node) -> (Option<T>, Vec<Diagnostic>) {
    let pass = Pass::default();
    let value = loop {
        match T::deserialize(Reader { node: root, pass: &pass }) {
            Ok(value) => break Some(value),
            Err(error) => {
                let node = error.node.unwrap_or(identity(root));
                if !error.follows() {
                    pass.report(error.diagnostic(root.span));
                }
                if node == identity(root) || !pass.skip.borrow_mut().insert(node) {
                    break None;
                }
            }
        }
    };
    (value, pass.found.into_inner())
}

/// What is known after the passes so far.
#[derive(Default)]
struct Pass {
    found: RefCell<Vec<Diagnostic>>,
    skip: RefCell<HashSet<usize>>,
}

impl Pass {
    fn report(&self, diagnostic: Diagnostic) {
        let mut found = self.found.borrow_mut();
        if !found.contains(&diagnostic) {
            found.push(diagnostic);
        }
    }

    fn skips(&self, node: &Node) -> bool {
        self.skip.borrow().contains(&identity(node))
    }
}

/// A node is known by where it lies in memory: the tree does not move while it is read.
fn identity(node: &Node) -> usize {
    std::ptr::from_ref(node) as usize
}
