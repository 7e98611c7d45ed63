//! The codes of a value set as a terminology server enumerates them, and how its file keeps them.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// The codes of a value set.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Expansion {
    /// When the server made it.
    pub(super) timestamp: Option<String>,
    /// How many codes there are in all, where the server says.
    pub(super) total: Option<usize>,
    /// From which versions of code systems: `http://snomed.info/sct|http://…/version/20260301`.
    pub(super) versions: Vec<String>,
    /// The codes.
    pub(super) codes: Vec<Coded>,
    /// How many entries the server sent, headings included.
    pub(super) sent: usize,
}

/// A code of an expansion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Coded {
    system: String,
    code: String,
    display: Option<String>,
}

impl Expansion {
    /// Reads the expansion of a ValueSet.
    ///
    /// # Errors
    ///
    /// A sentence where it is none.
    pub(super) fn read(set: &Value) -> Result<Self, String> {
        if set.get("resourceType").and_then(Value::as_str) != Some("ValueSet") {
            return Err("the answer is no ValueSet".to_owned());
        }
        let expansion = set.get("expansion").ok_or("the answer has no expansion")?;
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let parameters = expansion.get("parameter").and_then(Value::as_array).into_iter().flatten();
        let named = parameters.filter(|parameter| matches!(text(parameter, "name").as_deref(), Some("version" | "used-codesystem")));
        let mut versions: Vec<String> = named
            .filter_map(|parameter| ["valueUri", "valueCanonical", "valueString"].iter().find_map(|name| text(parameter, name)))
            .collect();
        let mut codes = Vec::new();
        let sent = gather(expansion, &mut codes, &mut versions);
        versions.sort();
        versions.dedup();
        let total = expansion.get("total").and_then(Value::as_u64).and_then(|total| usize::try_from(total).ok());
        Ok(Self { timestamp: text(expansion, "timestamp"), total, versions, codes, sent })
    }

    /// Adds the next page.
    pub(super) fn join(&mut self, page: Self) {
        self.versions.extend(page.versions);
        self.versions.sort();
        self.versions.dedup();
        self.codes.extend(page.codes);
        self.sent += page.sent;
    }

    /// As it stands in a YAML file.
    pub(super) fn yaml(&self, server: &str, now: &str) -> String {
        let quoted = |text: &str| Value::from(text).to_string();
        let mut text = String::from("expansion:                             # written by `curbside valueset expand`\n");
        let _ = writeln!(text, "  timestamp: {}", self.timestamp.as_deref().unwrap_or(now));
        let _ = writeln!(text, "  total: {}", self.codes.len());
        text.push_str("  parameter:\n");
        let _ = writeln!(text, "    - {{name: server, valueUri: {}}}", quoted(server));
        let _ = writeln!(text, "    - {{name: fetched, valueDateTime: {now}}}");
        for version in &self.versions {
            let _ = writeln!(text, "    - {{name: used-codesystem, valueUri: {}}}", quoted(version));
        }
        text.push_str("  contains:\n");
        for coded in &self.codes {
            let display = coded.display.as_ref().map(|display| format!(", display: {}", quoted(display))).unwrap_or_default();
            let _ = writeln!(text, "    - {{system: {}, code: {}{display}}}", quoted(&coded.system), quoted(&coded.code));
        }
        text
    }

    /// As it stands in a JSON file.
    pub(super) fn json(&self, server: &str, now: &str) -> Value {
        let versions = self.versions.iter().map(|version| json!({"name": "used-codesystem", "valueUri": version}));
        let parameters: Vec<Value> = [json!({"name": "server", "valueUri": server}), json!({"name": "fetched", "valueDateTime": now})]
            .into_iter()
            .chain(versions)
            .collect();
        let contains: Vec<Value> = self
            .codes
            .iter()
            .map(|coded| match &coded.display {
                Some(display) => json!({"system": coded.system, "code": coded.code, "display": display}),
                None => json!({"system": coded.system, "code": coded.code}),
            })
            .collect();
        json!({
            "timestamp": self.timestamp.as_deref().unwrap_or(now),
            "total": self.codes.len(),
            "parameter": parameters,
            "contains": contains,
        })
    }
}

/// The codes of a list, and of the lists in it; headings (`abstract`) are no codes. Returns how many
/// entries there are.
fn gather(list: &Value, codes: &mut Vec<Coded>, versions: &mut Vec<String>) -> usize {
    let mut sent = 0;
    for item in list.get("contains").and_then(Value::as_array).into_iter().flatten() {
        let text = |name: &str| item.get(name).and_then(Value::as_str);
        let is_heading = item.get("abstract").and_then(Value::as_bool) == Some(true);
        if let (Some(system), Some(code), false) = (text("system"), text("code"), is_heading) {
            let coded = Coded { system: system.to_owned(), code: code.to_owned(), display: text("display").map(str::to_owned) };
            versions.extend(text("version").map(|version| format!("{system}|{version}")));
            codes.push(coded);
        }
        sent += 1 + gather(item, codes, versions);
    }
    sent
}
