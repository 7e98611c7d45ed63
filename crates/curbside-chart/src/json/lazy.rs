//! Members that are read only when somebody asks for them.

use std::marker::PhantomData;

use memchr::{memchr, memmem};
use serde::de::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{List, from_str};

/// A member that is read only when somebody asks for it: most of a record is about something else.
#[derive(Debug)]
pub struct Lazy<'a, T> {
    raw: Option<&'a RawValue>,
    read_as: PhantomData<fn() -> T>,
}

impl<T> Clone for Lazy<'_, T> {
    fn clone(&self) -> Self {
        Self { raw: self.raw, read_as: PhantomData }
    }
}

impl<T> Default for Lazy<'_, T> {
    fn default() -> Self {
        Self { raw: None, read_as: PhantomData }
    }
}

/// The member is there and is not what FHIR says it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

impl<'a, T: Deserialize<'a> + Default> Lazy<'a, T> {
    /// Reads it; what is absent is the empty value.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] where it is malformed.
    pub fn read(&self) -> Result<T, Unreadable> {
        match self.raw {
            None => Ok(T::default()),
            Some(raw) => from_str(raw.get()).map_err(|_| Unreadable),
        }
    }

    /// Whether a member whose name begins like this may stand in it, without reading it.
    #[must_use]
    pub fn may_mention(&self, name: &str) -> bool {
        // A name may be written with escapes.
        let bytes = self.raw.map_or("", RawValue::get).as_bytes();
        memmem::find(bytes, name.as_bytes()).is_some() || memchr(b'\\', bytes).is_some()
    }

    /// Whether the member is there at all.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.raw.is_some_and(|raw| !matches!(raw.get(), "null" | "[]" | "{}"))
    }
}

impl<'de: 'a, 'a, T> Deserialize<'de> for Lazy<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { raw: Some(<&RawValue>::deserialize(deserializer)?), read_as: PhantomData })
    }
}

/// A member of a resource that may turn out to be malformed when somebody asks for it.
pub trait Readable {
    /// Whether it is what FHIR says it should be.
    fn is_readable(&self) -> bool {
        true
    }
}

impl<T> Readable for Option<T> {}

impl<T> Readable for List<T> {}

impl<'a, T: Deserialize<'a> + Default> Readable for Lazy<'a, T> {
    fn is_readable(&self) -> bool {
        self.read().is_ok()
    }
}
