//! What a replay promises: the same bytes whatever the threads, the order of an export, memory for
//! grouping that does not show, one line for a bad record, and going on where it was ended.

#![expect(clippy::disallowed_methods, reason = "tests read and write files")]

#[cfg(test)]
mod compare;
#[cfg(test)]
mod export;
#[cfg(test)]
mod inputs;
#[cfg(test)]
mod support;
#[cfg(test)]
mod whole;
