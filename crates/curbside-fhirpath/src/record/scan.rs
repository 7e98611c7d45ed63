//! Reads JSON text into the entries of a record.

use std::borrow::Cow;

use super::{Entry, Json, NO_KEY, Record, RecordError};
use crate::model::{TypeKind, r4};

const MAX_DEPTH: u32 = 128;

/// Appends one JSON document under `parent` and `key`.
pub(super) fn scan<'a>(text: &'a str, parent: u32, key: u32, record: &mut Record<'a>) -> Result<(), RecordError> {
    // A value takes at least some ten bytes of a record: few reallocations, little waste.
    record.entries.reserve(text.len() / 16);
    let mut scanner = Scanner { text, bytes: text.as_bytes(), at: 0, depth: 0, record };
    scanner.blanks();
    scanner.value(parent, key)?;
    scanner.blanks();
    if scanner.at < text.len() { Err(scanner.error("more text behind the document")) } else { Ok(()) }
}

struct Scanner<'a, 'r> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: u32,
    record: &'r mut Record<'a>,
}

impl<'a> Scanner<'a, '_> {
    fn error(&self, message: &'static str) -> RecordError {
        RecordError { message, offset: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8, message: &'static str) -> Result<(), RecordError> {
        if self.peek() != Some(byte) {
            return Err(self.error(message));
        }
        self.at += 1;
        Ok(())
    }

    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn value(&mut self, parent: u32, key: u32) -> Result<(), RecordError> {
        let start = self.at;
        let (json, text) = match self.peek() {
            Some(b'{') => return self.nested(parent, key, Json::Object),
            Some(b'[') => return self.nested(parent, key, Json::List),
            Some(b'"') => {
                let (text, escaped) = self.string()?;
                (if escaped { Json::Escaped } else { Json::String }, text)
            }
            Some(b't') => (Json::True, self.word("true")?),
            Some(b'f') => (Json::False, self.word("false")?),
            Some(b'n') => (Json::Null, self.word("null")?),
            Some(b'-' | b'0'..=b'9') => {
                self.number()?;
                (Json::Number, self.since(start))
            }
            _ => return Err(self.error("a value is expected")),
        };
        let next = self.record.length() + 1;
        self.record.entries.push(Entry { text, parent, next, key, resource: None, json });
        Ok(())
    }

    fn nested(&mut self, parent: u32, key: u32, json: Json) -> Result<(), RecordError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("nested too deep"));
        }
        let start = self.at;
        let here = self.record.open(json, parent, key, None);
        self.at += 1;
        let close = if json == Json::List { b']' } else { b'}' };
        self.blanks();
        if self.peek() == Some(close) {
            self.at += 1;
        } else {
            loop {
                self.blanks();
                if json == Json::List {
                    self.value(here, NO_KEY)?
                } else {
                    self.member(here)?
                }
                self.blanks();
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(byte) if byte == close => {
                        self.at += 1;
                        break;
                    }
                    _ => return Err(self.error("a comma or the end is expected")),
                }
            }
        }
        self.record.close(here);
        let text = self.since(start);
        if let Some(entry) = self.record.entries.get_mut(here as usize) {
            entry.text = text;
        }
        self.depth -= 1;
        Ok(())
    }

    fn member(&mut self, object: u32) -> Result<(), RecordError> {
        if self.peek() != Some(b'"') {
            return Err(self.error("a member's name is expected"));
        }
        let (name, escaped) = self.string()?;
        let key = if escaped { self.record.key(Cow::Owned(unescape(name))) } else { self.record.key(name) };
        self.blanks();
        self.expect(b':', "a colon is expected")?;
        self.blanks();
        let at = self.record.entries.len();
        self.value(object, key)?;
        if name == "resourceType" {
            let named =
                self.record.entries.get(at).filter(|value| value.json == Json::String).and_then(|value| r4().type_named(value.text));
            let resource = named.filter(|id| r4().kind(*id) == TypeKind::Resource);
            if let Some(entry) = self.record.entries.get_mut(object as usize) {
                entry.resource = resource;
            }
        }
        Ok(())
    }

    fn word(&mut self, word: &'static str) -> Result<&'a str, RecordError> {
        let start = self.at;
        if !self.text.get(start..).is_some_and(|rest| rest.starts_with(word)) {
            return Err(self.error("a value is expected"));
        }
        self.at += word.len();
        Ok(self.since(start))
    }

    /// What stands between the quotes, and whether there are escapes in it.
    fn string(&mut self) -> Result<(&'a str, bool), RecordError> {
        self.at += 1;
        let start = self.at;
        let mut escaped = false;
        loop {
            match self.peek() {
                Some(b'"') => {
                    let text = self.since(start);
                    self.at += 1;
                    return Ok((text, escaped));
                }
                Some(b'\\') => {
                    escaped = true;
                    self.at += 1;
                    match self.peek() {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
                        Some(b'u') if self.hex(self.at + 1).is_some() => self.at += 5,
                        _ => return Err(self.error("unknown escape")),
                    }
                }
                Some(0..0x20) => return Err(self.error("a control character in a string")),
                Some(_) => self.at += 1,
                None => return Err(self.error("a string without an end")),
            }
        }
    }

    fn hex(&self, at: usize) -> Option<u32> {
        hex(self.text.get(at..)?)
    }

    fn number(&mut self) -> Result<(), RecordError> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), RecordError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.error("a digit is expected")) } else { Ok(()) }
    }
}

fn hex(text: &str) -> Option<u32> {
    text.get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit())).and_then(|digits| u32::from_str_radix(digits, 16).ok())
}

/// Resolves the escapes of a JSON string; half a surrogate pair becomes a replacement character.
pub(crate) fn unescape(text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        found.push_str(before);
        let mut after = after.chars();
        let escape = after.next();
        rest = after.as_str();
        match escape {
            Some('b') => found.push('\u{8}'),
            Some('f') => found.push('\u{c}'),
            Some('n') => found.push('\n'),
            Some('r') => found.push('\r'),
            Some('t') => found.push('\t'),
            Some('u') => {
                let code = hex(rest).unwrap_or(0xFFFD);
                rest = rest.get(4..).unwrap_or_default();
                let low = rest.strip_prefix("\\u").and_then(hex).filter(|low| (0xDC00..0xE000).contains(low));
                match low {
                    Some(low) if (0xD800..0xDC00).contains(&code) => {
                        rest = rest.get(6..).unwrap_or_default();
                        found.push(
                            char::from_u32(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)).unwrap_or(char::REPLACEMENT_CHARACTER),
                        );
                    }
                    _ => found.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
                }
            }
            Some(other) => found.push(other),
            None => {}
        }
    }
    found.push_str(rest);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_as_strictly_as_serde_reads_it() {
        for text in [
            "{}",
            "[]",
            "[1,2]",
            r#"{"a":[{"b":null}],"c":-1.50e+3}"#,
            " true ",
            r#""é\n\u00e9\ud83d\ude00""#,
            "0",
            "01",
            "1.",
            "-",
            "{",
            "[1,]",
            r#"{"a":1,}"#,
            r#"{"a"}"#,
            "nul",
            r#""\x""#,
            "\"\t\"",
            r#""\u12g4""#,
            "[1] 2",
            "",
            "{\"a\":1 \"b\":2}",
            "1e",
            "+1",
            ".5",
        ] {
            let theirs = serde_json::from_str::<serde_json::Value>(text).is_ok();
            assert_eq!(Record::parse(text).is_ok(), theirs, "{text}");
        }
        let deep = "[".repeat(200) + &"]".repeat(200);
        assert!(Record::parse(&deep).is_err());
        assert_eq!(unescape(r"\u00e9\ud83d\ude00\n\/"), "é😀\n/");
    }
}
