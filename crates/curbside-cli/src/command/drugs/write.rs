//! The file of products.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::products::Found;

/// The text of the file that widens the drug set `set`.
pub(super) fn file(set: &str, release: Option<&str>, found: &BTreeMap<String, Vec<Found>>) -> String {
    let source = release.map_or_else(|| "RxNorm, release not named".to_owned(), |release| format!("RxNorm, release {release}"));
    let mut text = String::from("# Written by `curbside drugs import`; not edited.\n");
    let _ = writeln!(text, "products_of: {set}\nsource: {}", quoted(&source));
    if found.is_empty() {
        text.push_str("ingredients: {}\n");
        return text;
    }
    text.push_str("ingredients:\n");
    for (name, products) in found {
        let _ = writeln!(text, "  {name}:");
        for product in products {
            let strength = product.strength.as_ref().map(|strength| format!(", strength: {strength}")).unwrap_or_default();
            let _ = writeln!(text, "    - {{code: {}{strength}, title: {}}}", product.code, quoted(&product.title));
        }
    }
    text
}

/// A text in double quotes, which JSON and YAML read alike.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
