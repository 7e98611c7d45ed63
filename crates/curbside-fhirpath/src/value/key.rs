//! Finding equal values among many without comparing each with each.

use std::hash::{Hash as _, Hasher as _};

use hashbrown::HashMap;

use super::equal::equal;
use super::{Collection, Node, Value};
use crate::record::Json;

/// Below this, comparing each with each is cheaper.
const FEW: usize = 12;

/// Values seen so far.
#[derive(Debug, Default)]
pub(crate) struct Seen<'a> {
    values: Vec<Value<'a>>,
    by_key: HashMap<u64, Vec<usize>>,
    compared: u64,
}

impl<'a> Seen<'a> {
    pub(crate) fn of(values: &[Value<'a>]) -> Self {
        let mut seen = Self::default();
        values.iter().for_each(|value| seen.add(value.clone()));
        seen
    }

    /// Whether one is there that is certainly equal.
    pub(crate) fn contains(&mut self, value: &Value<'a>) -> bool {
        if self.values.len() <= FEW {
            self.compared += self.values.len() as u64;
            return self.values.iter().any(|known| equal(known, value) == Some(true));
        }
        let places = self.by_key.get(&key(value)).map(Vec::as_slice).unwrap_or_default();
        self.compared += places.len() as u64;
        places.iter().filter_map(|at| self.values.get(*at)).any(|known| equal(known, value) == Some(true))
    }

    /// Adds a value whether it is there or not.
    pub(crate) fn add(&mut self, value: Value<'a>) {
        self.values.push(value);
        match self.values.len() {
            length if length <= FEW => {}
            length if length == FEW + 1 => {
                for (at, value) in self.values.iter().enumerate() {
                    self.by_key.entry(key(value)).or_default().push(at);
                }
            }
            length => {
                if let Some(value) = self.values.last() {
                    self.by_key.entry(key(value)).or_default().push(length - 1);
                }
            }
        }
    }

    /// Adds a value that is not there yet; says whether it was new.
    pub(crate) fn insert(&mut self, value: Value<'a>) -> bool {
        let new = !self.contains(&value);
        if new {
            self.add(value);
        }
        new
    }

    /// Comparisons made since the last call.
    pub(crate) fn take_compared(&mut self) -> u64 {
        std::mem::take(&mut self.compared)
    }

    pub(crate) fn into_values(self) -> Collection<'a> {
        self.values.into_iter().collect()
    }
}

/// Equal values have the same key; values that are equal across kinds (`1`, `1.0`, `1 '1'`; dates in two zones) share one by kind.
fn key(value: &Value<'_>) -> u64 {
    let mut hasher = Fnv::default();
    match value.system() {
        Some(Value::Boolean(truth)) => (1_u8, truth).hash(&mut hasher),
        Some(Value::String(text)) => (2_u8, &*text).hash(&mut hasher),
        Some(Value::Date(_) | Value::DateTime(_) | Value::Time(_)) => 3_u8.hash(&mut hasher),
        Some(Value::Integer(_) | Value::Decimal(_) | Value::Quantity(_)) => 4_u8.hash(&mut hasher),
        Some(Value::Type(id)) => (5_u8, id).hash(&mut hasher),
        Some(Value::Tuple(_) | Value::Node(_)) => {}
        None => {
            if let Value::Node(node) = value {
                shape(node, node.at, 0).hash(&mut hasher);
            }
        }
    }
    hasher.finish()
}

/// What an element is made of, whatever the order of its members. Text that may be a date, and numbers, can be written in two ways.
fn shape(node: &Node<'_>, at: u32, depth: u32) -> u64 {
    let Some(entry) = node.record.entry(at) else { return 0 };
    let mut hasher = Fnv::default();
    match entry.json {
        Json::String if !entry.text.starts_with(|c: char| c.is_ascii_digit()) => entry.text.hash(&mut hasher),
        Json::Object if depth < 8 => {
            let members = node.record.children(at).fold(0_u64, |sum, (child, member)| {
                let mut one = Fnv::default();
                (node.record.key_text(member.key), shape(node, child, depth + 1)).hash(&mut one);
                sum.wrapping_add(one.finish())
            });
            members.hash(&mut hasher);
        }
        Json::List if depth < 8 => node.record.children(at).for_each(|(child, _)| shape(node, child, depth + 1).hash(&mut hasher)),
        _ => {}
    }
    hasher.finish()
}

/// FNV-1a: the same everywhere, and good enough for buckets.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl std::hash::Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
