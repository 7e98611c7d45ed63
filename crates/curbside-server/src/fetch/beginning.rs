//! What the beginning of a value tells: for most large ones it is enough, and they are not read to their end.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::asked::{Asked, Fit, resource_of};

/// Whether a value is a Bundle that begins with its type, one of whose entries is what was asked for, and that is not one
/// page of several. Where the beginning does not tell, it is not.
pub(super) fn is_whole_bundle(value: &RawValue, asked: Asked<'_>) -> bool {
    let text = value.get();
    let found = Cell::new(false);
    // It stops at what it looks for, with an error.
    let _ = Bundle(&found, asked).deserialize(&mut serde_json::Deserializer::from_str(text));
    found.get() && !may_have_next(text)
}

/// Whether a `relation` may be `next`.
fn may_have_next(text: &str) -> bool {
    const NAME: &str = "\"relation\"";
    let may_be_next = |at: usize| {
        let value = text.get(at + NAME.len()..).unwrap_or_default().trim_ascii_start().trim_start_matches(':').trim_ascii_start();
        value.get(..6).is_none_or(|value| value.eq_ignore_ascii_case("\"next\""))
    };
    let bytes = text.as_bytes();
    memchr::memmem::find(bytes, b"\\u").is_some() || memchr::memmem::find_iter(bytes, NAME).any(may_be_next)
}

/// Stops at the first resource that answers.
#[derive(Clone, Copy)]
struct Bundle<'f>(&'f Cell<bool>, Asked<'f>);

/// Stops at the first resource of a list of entries that answers.
struct Entries<'f>(&'f Cell<bool>, Asked<'f>);

impl<'de> DeserializeSeed<'de> for Bundle<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Bundle<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a Bundle")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if map.next_entry::<&str, &str>()? != Some(("resourceType", "Bundle")) {
            return Err(A::Error::custom("its type does not stand first"));
        }
        while let Some(name) = map.next_key::<&str>()? {
            match name {
                "entry" => map.next_value_seed(Entries(self.0, self.1))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Entries<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(entry) = seq.next_element::<&RawValue>()? {
            if resource_of(entry).is_some_and(|resource| resource.kind() != Some("OperationOutcome") && self.1.fit(&resource) == Fit::Right)
            {
                self.0.set(true);
                return Err(A::Error::custom("found"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::asked::Whom;
    use super::super::template::Template;
    use super::*;

    #[test]
    fn only_a_clear_beginning_is_enough() {
        let (template, whom) = (Template::parse("Condition?patient={{context.patientId}}").unwrap(), Whom::with_id("p1"));
        let whole = |text: &str| is_whole_bundle(serde_json::from_str(text).unwrap(), Asked { template: Some(&template), whom: &whom });
        for text in [
            r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Condition"}}, null]}"#,
            r#"{ "resourceType" : "Bundle", "link": [{"relation" : "self", "url": "next"}], "entry": [{}, {"resource": {"resourceType": "Condition"}}] }"#,
        ] {
            assert!(whole(text), "{text}");
        }
        for text in [
            r#"{"resourceType":"Bundle","entry":[]}"#,
            r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation"}}]}"#,
            r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Condition","subject":{"reference":"Patient/p2"}}}]}"#,
            r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"OperationOutcome"}}]}"#,
            r#"{"resourceType":"Condition","entry":[{"resource":{"resourceType":"Condition"}}]}"#,
            r#"{"entry":[{"resource":{"resourceType":"Condition"}}],"resourceType":"Bundle"}"#,
            r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Condition"}}],"link":[{"relation": "Next"}]}"#,
            r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Condition"}}],"link":[{"relation":"\u006eext"}]}"#,
            "[]",
        ] {
            assert!(!whole(text), "{text}");
        }
    }
}
