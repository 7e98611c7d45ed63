//! `system|code`, as authors write codes.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};

use crate::system::Systems;

/// A code of a code system: `snomed|370143000`, `http://loinc.org|44261-6`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    /// The system's URI.
    pub system: String,
    /// The code as written.
    pub code: String,
}

impl Code {
    /// Reads `system|code`.
    ///
    /// # Errors
    ///
    /// A sentence, and after a line break what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let shape = || format!("`{text}` is not a code\nwrite `system|code`, like `snomed|370143000`");
        let (system, code) = text.rsplit_once('|').ok_or_else(shape)?;
        if code.trim().is_empty() || code.contains(char::is_whitespace) {
            return Err(shape());
        }
        let uri = Systems::uri_of(system).ok_or_else(|| {
            let help = curbside_source::did_you_mean(system, Systems::short_names()).unwrap_or_else(|| "write its URI".to_owned());
            format!("unknown code system `{system}`\n{help}")
        })?;
        Ok(Self { system: uri.to_owned(), code: code.to_owned() })
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}", Systems::short_name(&self.system), self.code)
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl JsonSchema for Code {
    fn schema_name() -> Cow<'static, str> {
        "Code".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^[^|\s]+\|[^|\s]+$",
            "description": "`system|code`; systems have short names: snomed, loinc, rxnorm, icd10cm, icd9cm, atc, ndc, cvx, cpt",
        })
    }
}
