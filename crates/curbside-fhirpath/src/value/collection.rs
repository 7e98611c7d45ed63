//! A flat collection of values, as every step of an expression yields one.

use super::Value;

/// Zero or more values in their order. One value, the usual case, needs no memory of its own.
#[derive(Clone, Debug, Default)]
pub enum Collection<'a> {
    /// `{}`: nothing is known.
    #[default]
    Empty,
    /// Exactly one.
    One(Value<'a>),
    /// Any number.
    Many(Vec<Value<'a>>),
}

impl<'a> Collection<'a> {
    /// The values.
    #[must_use]
    pub fn as_slice(&self) -> &[Value<'a>] {
        match self {
            Self::Empty => &[],
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// The values, one by one.
    pub fn iter(&self) -> std::slice::Iter<'_, Value<'a>> {
        self.as_slice().iter()
    }

    /// The value, where there is exactly one.
    #[must_use]
    pub fn single(&self) -> Option<&Value<'a>> {
        match self.as_slice() {
            [value] => Some(value),
            _ => None,
        }
    }

    /// Adds a value at the end.
    pub fn push(&mut self, value: Value<'a>) {
        match self {
            Self::Many(values) => values.push(value),
            Self::Empty => *self = Self::One(value),
            Self::One(_) => {
                let mut values = Vec::with_capacity(8);
                values.extend(std::mem::take(self));
                values.push(value);
                *self = Self::Many(values);
            }
        }
    }

    /// Adds all of another at the end.
    pub(crate) fn append(&mut self, other: Self) {
        match other {
            other if self.is_empty() => *self = other,
            Self::Empty => {}
            Self::One(value) => self.push(value),
            Self::Many(values) => self.extend(values),
        }
    }
}

impl<'a> From<Value<'a>> for Collection<'a> {
    fn from(value: Value<'a>) -> Self {
        Self::One(value)
    }
}

impl<'a> From<Option<Value<'a>>> for Collection<'a> {
    fn from(value: Option<Value<'a>>) -> Self {
        value.map_or(Self::Empty, Self::One)
    }
}

impl From<bool> for Collection<'_> {
    fn from(truth: bool) -> Self {
        Self::One(Value::Boolean(truth))
    }
}

impl From<Option<bool>> for Collection<'_> {
    fn from(truth: Option<bool>) -> Self {
        truth.map_or(Self::Empty, Self::from)
    }
}

impl<'a> Extend<Value<'a>> for Collection<'a> {
    fn extend<I: IntoIterator<Item = Value<'a>>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.push(value));
    }
}

impl<'a> FromIterator<Value<'a>> for Collection<'a> {
    fn from_iter<I: IntoIterator<Item = Value<'a>>>(values: I) -> Self {
        let mut found = Self::Empty;
        found.extend(values);
        found
    }
}

impl<'a> IntoIterator for Collection<'a> {
    type Item = Value<'a>;
    type IntoIter = std::iter::Chain<std::option::IntoIter<Value<'a>>, std::vec::IntoIter<Value<'a>>>;

    fn into_iter(self) -> Self::IntoIter {
        match self {
            Self::Empty => None.into_iter().chain(Vec::new()),
            Self::One(value) => Some(value).into_iter().chain(Vec::new()),
            Self::Many(values) => None.into_iter().chain(values),
        }
    }
}

impl<'c, 'a> IntoIterator for &'c Collection<'a> {
    type Item = &'c Value<'a>;
    type IntoIter = std::slice::Iter<'c, Value<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
