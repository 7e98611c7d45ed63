//! A reader of JSON for the engine in WebAssembly, where the usual one looks at four bytes at a time.
//!
//! It reads what most records are made of and gives up at anything else; then the usual reader reads it all, and says
//! what is wrong. What nobody asks for it passes over without looking whether it is valid: that the host has seen to.

use std::fmt;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::pass;

/// Deepest nesting that it descends into.
const MAX_DEPTH: u32 = 100;

/// What serde_json calls a value that is wanted as it stands. Where it is called otherwise one day, this reader gives up.
const RAW: &str = "$serde_json::private::RawValue";

/// Reads a text.
pub(super) fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, GivenUp> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let value = T::deserialize(&mut reader)?;
    reader.blanks();
    if reader.at == text.len() { Ok(value) } else { Err(GivenUp) }
}

/// The usual reader is to read it.
#[derive(Debug)]
pub(super) struct GivenUp;

impl fmt::Display for GivenUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("given up")
    }
}

impl std::error::Error for GivenUp {}

impl Error for GivenUp {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// The first byte of what comes next. Mostly there is no blank before it, or one: then no loop is entered, which asks
    /// whether time is up.
    #[inline]
    fn next(&mut self) -> Result<u8, GivenUp> {
        if self.peek() == Some(b' ') {
            self.at += 1;
        }
        match self.peek() {
            Some(byte) if byte > b' ' => Ok(byte),
            _ => self.next_behind_blanks(),
        }
    }

    #[cold]
    fn next_behind_blanks(&mut self) -> Result<u8, GivenUp> {
        self.blanks();
        self.peek().ok_or(GivenUp)
    }

    /// Takes a string, where it holds no escapes.
    fn plain_string(&mut self) -> Option<&'a str> {
        let start = self.at + 1;
        let end = pass::plain_string(self.text.as_bytes(), start)?;
        self.at = end + 1;
        self.text.get(start..end)
    }

    fn string<V: Visitor<'a>>(&mut self, visitor: V) -> Result<V::Value, GivenUp> {
        match self.plain_string() {
            Some(text) => visitor.visit_borrowed_str(text),
            None => visitor.visit_str(&serde_json::from_str::<String>(self.raw()?).map_err(|_| GivenUp)?),
        }
    }

    /// Takes a value as it stands.
    fn raw(&mut self) -> Result<&'a str, GivenUp> {
        self.next()?;
        let start = self.at;
        self.at = pass::value(self.text.as_bytes(), start).ok_or(GivenUp)?;
        self.text.get(start..self.at).ok_or(GivenUp)
    }

    fn word(&mut self, word: &str) -> Result<(), GivenUp> {
        if !self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            return Err(GivenUp);
        }
        self.at += word.len();
        Ok(())
    }

    /// Reads an object or a list, from bracket to bracket.
    fn nested<R>(&mut self, closer: u8, read: impl FnOnce(&mut Items<'_, 'a>) -> Result<R, GivenUp>) -> Result<R, GivenUp> {
        if self.depth == MAX_DEPTH {
            return Err(GivenUp);
        }
        self.depth += 1;
        self.at += 1;
        let mut items = Items { reader: self, closer, is_first: true, is_over: false };
        let value = read(&mut items)?;
        if !items.is_over && items.more()? {
            return Err(GivenUp);
        }
        self.depth -= 1;
        Ok(value)
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = GivenUp;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, GivenUp> {
        match self.next()? {
            b'"' => self.string(visitor),
            b'{' => self.nested(b'}', |items| visitor.visit_map(items)),
            b'[' => self.nested(b']', |items| visitor.visit_seq(items)),
            b't' => self.word("true").and_then(|()| visitor.visit_bool(true)),
            b'f' => self.word("false").and_then(|()| visitor.visit_bool(false)),
            b'n' => self.word("null").and_then(|()| visitor.visit_unit()),
            b'1'..=b'9' => {
                let number = self.raw()?;
                // Longer ones may not fit, and what has a fraction or an exponent is read with care.
                let is_plain = number.len() < 16 && number.bytes().all(|byte| byte.is_ascii_digit());
                visitor.visit_u64(number.parse().ok().filter(|_| is_plain).ok_or(GivenUp)?)
            }
            _ => Err(GivenUp),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, GivenUp> {
        match self.next()? {
            b'n' => self.word("null").and_then(|()| visitor.visit_none()),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, GivenUp> {
        if name == RAW { visitor.visit_map(Raw(Some(self.raw()?))) } else { visitor.visit_newtype_struct(self) }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, GivenUp> {
        self.raw()?;
        visitor.visit_unit()
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], _: V) -> Result<V::Value, GivenUp> {
        Err(GivenUp)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier
    }
}

/// What stands between two brackets.
struct Items<'r, 'a> {
    reader: &'r mut Reader<'a>,
    closer: u8,
    is_first: bool,
    is_over: bool,
}

impl Items<'_, '_> {
    /// Goes on to the next item, where there is one, or behind the closing bracket.
    #[inline(always)]
    fn more(&mut self) -> Result<bool, GivenUp> {
        let mut next = self.reader.next()?;
        if next == b',' && !self.is_first {
            self.reader.at += 1;
            next = self.reader.next()?;
        } else if next == self.closer {
            self.reader.at += 1;
            self.is_over = true;
            return Ok(false);
        } else if !self.is_first {
            return Err(GivenUp);
        }
        if next == self.closer {
            return Err(GivenUp);
        }
        self.is_first = false;
        Ok(true)
    }
}

impl<'a> MapAccess<'a> for &mut Items<'_, 'a> {
    type Error = GivenUp;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, GivenUp> {
        if !self.more()? {
            return Ok(None);
        }
        if self.reader.peek() != Some(b'"') {
            return Err(GivenUp);
        }
        let name = self.reader.plain_string().ok_or(GivenUp)?;
        if self.reader.next()? != b':' {
            return Err(GivenUp);
        }
        self.reader.at += 1;
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, GivenUp> {
        seed.deserialize(&mut *self.reader)
    }
}

impl<'a> SeqAccess<'a> for &mut Items<'_, 'a> {
    type Error = GivenUp;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, GivenUp> {
        if self.more()? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

/// A value as it stands, told to serde_json as it tells itself.
struct Raw<'a>(Option<&'a str>);

impl<'a> MapAccess<'a> for Raw<'a> {
    type Error = GivenUp;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, GivenUp> {
        if self.0.is_none() { Ok(None) } else { seed.deserialize(BorrowedStrDeserializer::new(RAW)).map(Some) }
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, GivenUp> {
        seed.deserialize(BorrowedStrDeserializer::new(self.0.take().ok_or(GivenUp)?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;
    use serde_json::value::RawValue;

    use super::super::tests::json;
    use super::super::{Json, Members, Str};
    use super::*;
    use crate::resource::Observation;

    /// Reads what serde_json reads, or gives up.
    fn agrees<'a, T: Deserialize<'a> + fmt::Debug>(text: &'a str) {
        if let Ok(quick) = read::<T>(text) {
            let usual = serde_json::from_str::<T>(text);
            assert_eq!(format!("{quick:?}"), format!("{:?}", usual.unwrap()), "{text}");
        }
    }

    fn agrees_on_all(text: &str) {
        agrees::<Value>(text);
        agrees::<&RawValue>(text);
        agrees::<Option<&RawValue>>(text);
        agrees::<Members<'_>>(text);
        agrees::<Vec<Str<'_>>>(text);
        agrees::<Observation<'_>>(text);
    }

    proptest! {
        #[test]
        fn it_reads_what_the_usual_reader_reads(value in json()) {
            agrees_on_all(&value.to_string());
            agrees_on_all(&format!(" {value:#}\n"));
        }

        #[test]
        fn members_are_found_whatever_they_hold(values in prop::collection::vec(json(), 0..6)) {
            let object: serde_json::Map<String, Value> = values.into_iter().enumerate().map(|(at, value)| (format!("m{at}"), value)).collect();
            let text = Value::Object(object).to_string();
            let members = read::<Members<'_>>(&text).unwrap();
            assert_eq!(format!("{members:?}"), format!("{:?}", serde_json::from_str::<Members<'_>>(&text).unwrap()));
        }
    }

    #[test]
    fn most_records_are_read_without_giving_up() {
        let text = r#"{"resourceType": "Observation", "id": "o1", "status": "final", "text": {"div": "<a b=\"c\">\\</a>"},
            "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}], "text": "body \"weight\""}, "valueInteger": -12,
            "valueQuantity": {"value": 71.50, "unit": "kg"}, "component": [], "meta": null, "identifier": [null, {"value": "x"}]}"#;
        let quick = read::<Observation<'_>>(text).unwrap();
        assert_eq!(format!("{quick:?}"), format!("{:?}", serde_json::from_str::<Observation<'_>>(text).unwrap()));
        assert!(quick.code.unwrap().text.unwrap().starts_with("body \""));
    }

    #[test]
    fn what_is_odd_is_left_to_the_usual_reader() {
        let deep = format!("{}{}", "[".repeat(101), "]".repeat(101));
        for text in
            ["", "[1,]", "[,1]", "[1 2]", "[1}", "{\"a\"}", "{\"a\":1,}", "{1:2}", "1.5", "-1", "1e400", "01", "nul", "[] []", &deep]
        {
            assert!(read::<Value>(text).is_err(), "{text}");
        }
        for text in [r#"{"id": 5}"#, r#"{"id": "a", "id": "b"}"#, r#"{"\u0069d": "a"}"#, "[]"] {
            assert!(read::<Observation<'_>>(text).is_err(), "{text}");
        }
        assert!(matches!(read::<&RawValue>(r#""""#).map(Json::read), Ok(Some(Json::String(_)))));
    }
}
