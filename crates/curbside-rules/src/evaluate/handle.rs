//! Values that many share.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value that many share: one of some that are counted together.
///
/// Who takes one writes to its count. What a pack keeps lies all over its memory, and a sandbox copies each page that is
/// written to, so all of it has one count.
pub struct Handle<T> {
    values: Arc<[T]>,
    at: usize,
}

impl<T> Handle<T> {
    /// Shares a value of its own.
    pub fn new(value: T) -> Self {
        Self { values: Arc::new([value]), at: 0 }
    }

    /// Shares values that are kept together: none is let go of before all are.
    pub fn of_all(values: Vec<T>) -> impl Iterator<Item = Self> {
        let values: Arc<[T]> = values.into();
        (0..values.len()).map(move |at| Self { values: Arc::clone(&values), at })
    }

    /// Whether it is this very value.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.values, &other.values) && self.at == other.at
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        Self { values: Arc::clone(&self.values), at: self.at }
    }
}

impl<T> Deref for Handle<T> {
    type Target = T;

    #[expect(clippy::indexing_slicing, reason = "a handle is made with the place of a value that is there")]
    fn deref(&self) -> &T {
        &self.values[self.at]
    }
}

impl<T: fmt::Debug> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

impl<T: PartialEq> PartialEq for Handle<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Serialize> Serialize for Handle<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        T::serialize(self, serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Handle<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::new)
    }
}

impl<T: JsonSchema> JsonSchema for Handle<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_kept_together_are_told_apart() {
        let all: Vec<Handle<u8>> = Handle::of_all(vec![1, 2, 2]).collect();
        assert_eq!(all.iter().map(|handle| **handle).collect::<Vec<_>>(), [1, 2, 2]);
        assert!(all[1].is(&all[1].clone()) && !all[1].is(&all[2]) && all[1] == all[2]);
        assert!(!Handle::new(1).is(&all[0]));
    }
}
