//! Random expressions on random records: whatever they are, the answer is values or an error, never a panic, within the
//! limits, and twice the same.

#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use curbside_fhirpath::{Class, Environment, Expression, Limits, Record, Scope};
use proptest::prelude::*;

const NAMES: &[&str] = &[
    "Patient",
    "Observation",
    "Bundle",
    "entry",
    "resource",
    "name",
    "given",
    "birthDate",
    "active",
    "value",
    "code",
    "coding",
    "system",
    "extension",
    "url",
    "id",
    "contained",
    "subject",
    "reference",
    "deceased",
    "period",
    "start",
    "end",
    "unit",
    "`div`",
    "nothing",
    "as",
    "contains",
];

const FUNCTIONS: &[&str] = &[
    "empty",
    "exists",
    "all",
    "allTrue",
    "anyFalse",
    "subsetOf",
    "count",
    "distinct",
    "isDistinct",
    "not",
    "hasValue",
    "where",
    "select",
    "repeat",
    "single",
    "first",
    "last",
    "tail",
    "skip",
    "take",
    "sort",
    "union",
    "combine",
    "intersect",
    "exclude",
    "iif",
    "toBoolean",
    "toInteger",
    "toDecimal",
    "toString",
    "toDate",
    "toDateTime",
    "toTime",
    "toQuantity",
    "convertsToQuantity",
    "indexOf",
    "substring",
    "startsWith",
    "contains",
    "upper",
    "replace",
    "matches",
    "matchesFull",
    "replaceMatches",
    "length",
    "toChars",
    "trim",
    "split",
    "join",
    "encode",
    "decode",
    "escape",
    "unescape",
    "abs",
    "ceiling",
    "round",
    "exp",
    "ln",
    "log",
    "power",
    "sqrt",
    "sum",
    "min",
    "max",
    "avg",
    "aggregate",
    "lowBoundary",
    "highBoundary",
    "precision",
    "comparable",
    "yearOf",
    "timeOf",
    "children",
    "descendants",
    "trace",
    "defineVariable",
    "now",
    "today",
    "timeOfDay",
    "type",
    "extension",
    "getValue",
    "resolve",
    "memberOf",
    "conformsTo",
    "is",
    "as",
    "ofType",
    "lastIndexOf",
    "anything",
];

const ATOMS: &[&str] = &[
    "1",
    "0",
    "-3",
    "2147483647",
    "3.50",
    "0.00000001",
    "1234567890123456789012345678.0",
    "'text'",
    "'é😀'",
    "''",
    "'2015-02'",
    "'\\u0041'",
    "true",
    "false",
    "{}",
    "@2015",
    "@2015-02-28",
    "@2015-02-28T10:30:00.5+14:00",
    "@9999-12-31T23:59:59Z",
    "@0001-01-01",
    "@T23:59",
    "4 days",
    "1 'mg'",
    "5 '1'",
    "2 years",
    "7 'Cel'",
    "$this",
    "$index",
    "$total",
    "%context",
    "%resource",
    "%sct",
    "%`vs-x`",
    "%nothing",
    "Quantity",
    "System.Integer",
    "FHIR.Patient",
];

const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "div", "mod", "&", "|", "<", "<=", ">", ">=", "=", "!=", "~", "!~", "in", "contains", "and", "or", "xor",
    "implies", "is", "as",
];

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(words).prop_map(str::to_owned)
}

/// Expressions that can mostly be read.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![one_of(NAMES), one_of(ATOMS)];
    leaf.prop_recursive(5, 40, 3, |inner| {
        prop_oneof![
            3 => (inner.clone(), one_of(NAMES)).prop_map(|(input, name)| format!("{input}.{name}")),
            4 => (inner.clone(), one_of(FUNCTIONS), prop::collection::vec(inner.clone(), 0..3))
                .prop_map(|(input, function, arguments)| format!("({input}).{function}({})", arguments.join(", "))),
            3 => (inner.clone(), one_of(OPERATORS), inner.clone()).prop_map(|(left, operator, right)| format!("{left} {operator} {right}")),
            1 => (inner.clone(), inner.clone()).prop_map(|(input, index)| format!("{input}[{index}]")),
            1 => inner.prop_map(|inner| format!("-({inner})")),
        ]
    })
}

/// Words in any order, most of which make no expression.
fn soup() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        one_of(NAMES),
        one_of(ATOMS),
        one_of(OPERATORS),
        one_of(FUNCTIONS),
        one_of(&["(", ")", "[", "]", "{", "}", ".", ",", "'", "`", "@", "//", "/*", "*/", "%", "$", "\\", "\"", "\n", "é"]),
    ];
    prop::collection::vec(word, 0..24).prop_map(|words| words.concat())
}

/// Records that are FHIR in name alone.
fn record() -> impl Strategy<Value = serde_json::Value> {
    let text = prop_oneof![one_of(&["2015-02", "2015-02-30", "Patient/p", "#c", "true", "", "http://unitsofmeasure.org", "mg"]), ".{0,6}"];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        (-1e30_f64..1e30).prop_map(serde_json::Value::from),
        text.prop_map(serde_json::Value::from),
    ];
    let key = prop_oneof![
        4 => one_of(&["resourceType", "id", "name", "given", "_given", "birthDate", "_birthDate", "active", "valueQuantity", "valueString", "code", "coding"]),
        4 => one_of(&["system", "value", "unit", "extension", "url", "contained", "subject", "reference", "entry", "resource", "fullUrl", "period", "start"]),
        1 => ".{0,4}",
    ];
    let tree = leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    });
    (one_of(&["Patient", "Observation", "Bundle", "Unheard"]), tree).prop_map(|(kind, tree)| match tree {
        serde_json::Value::Object(mut members) => {
            members.insert("resourceType".to_owned(), kind.into());
            serde_json::Value::Object(members)
        }
        other => serde_json::json!({ "resourceType": kind, "name": other, "contained": [{"resourceType": "Patient", "id": "c"}] }),
    })
}

const LIMITS: Limits = Limits { steps: 30_000, items: 2_000, text: 100_000 };

fn run(expression: &str, scope: &Scope<'_>, record: &Record<'_>) -> Option<String> {
    let prepared = match Expression::prepare(expression, scope) {
        Ok(prepared) => prepared,
        Err(errors) => {
            for error in errors.iter() {
                assert!(error.class != Class::Execution && expression.get(error.span.range()).is_some(), "{expression}: {error}");
            }
            return None;
        }
    };
    let environment = Environment::new("2026-11-23T10:00:00Z").unwrap().limits(LIMITS).watch().steps();
    Some(match prepared.evaluate(record, &environment) {
        Ok(outcome) => {
            assert!(outcome.used <= LIMITS.steps);
            let shown: Vec<String> = outcome
                .values
                .iter()
                .map(|value| format!("{} {} {:?}", value.type_name(), value.json(), value.node().map(|n| n.path())))
                .collect();
            // What the model says of the result holds where the record has no list in the place of one value.
            let is_listed = outcome.values.iter().any(|value| value.node().is_none_or(|node| node.path().contains('[')));
            let holds = outcome.values.len() <= 1 || is_listed || !prepared.kind().is_single();
            assert!(holds, "{expression} is {} and yields {shown:?}", prepared.kind());
            for value in &outcome.values {
                serde_json::from_str::<serde::de::IgnoredAny>(&value.json()).unwrap();
            }
            shown.join("\n")
        }
        Err(error) => error.to_string(),
    })
}

/// Some of each, or as many as `PROPTEST_CASES` says: 2,000,000 are a long afternoon.
fn cases() -> u32 {
    #[expect(clippy::disallowed_methods, reason = "a test may be told how long to go on")]
    let told = std::env::var("PROPTEST_CASES");
    told.ok().and_then(|cases| cases.parse().ok()).unwrap_or(1500)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_expression_on_any_record_ends_well(expression in expression(), record in record()) {
        let text = record.to_string();
        let record = Record::parse(&text).unwrap();
        for scope in [Scope::anywhere().lenient(), Scope::on("Patient"), Scope::on("Observation").careful()] {
            let first = run(&expression, &scope, &record);
            prop_assert_eq!(&first, &run(&expression, &scope, &record));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in prop_oneof![soup(), ".{0,80}"]) {
        let record = Record::parse(r#"{"resourceType": "Patient", "name": [{"given": ["A"]}]}"#).unwrap();
        run(&text, &Scope::on("Patient"), &record);
    }

    #[test]
    fn any_bytes_are_a_record_where_serde_says_so(text in prop_oneof![".{0,60}", r#"[\[\]{}:,"0-9eE+.\\ntfu -]{0,40}"#]) {
        let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        prop_assert_eq!(Record::parse(&text).is_ok(), theirs, "{}", text);
    }
}
