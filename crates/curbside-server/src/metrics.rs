//! What an operator watches. Labels are names that stand in rules and configuration, never in a record.

use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

macro_rules! labels {
    ($($(#[$doc:meta])* $Name:ident { $($field:ident),+ })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
            pub(crate) struct $Name { $(pub(crate) $field: String),+ }

            impl $Name {
                pub(crate) fn new($($field: impl Into<String>),+) -> Self {
                    Self { $($field: $field.into()),+ }
                }
            }
        )*
    };
}

labels! {
    /// Calls by how they ended.
    CallLabels { service, hook, status }
    /// Durations by service.
    ServiceLabels { service }
    /// Decisions by rule and outcome.
    RuleLabels { rule, outcome }
    /// What could not be decided.
    UnknownLabels { rule, criterion }
    /// Cards by rule and indicator.
    CardLabels { rule, indicator }
    /// Prefetch keys by service.
    KeyLabels { service, key }
    /// Cards held back by rule.
    HeldBackLabels { rule }
    /// Feedback by rule, outcome and reason.
    FeedbackLabels { rule, outcome, reason }
    /// Something and how it ended.
    ResultLabels { result }
    /// Failures of packs and plug-ins.
    FailureLabels { plugin, failure }
}

/// The metrics.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) calls: Family<CallLabels, Counter>,
    pub(crate) seconds: Family<ServiceLabels, Histogram, fn() -> Histogram>,
    pub(crate) rules: Family<RuleLabels, Counter>,
    pub(crate) unknowns: Family<UnknownLabels, Counter>,
    pub(crate) cards: Family<CardLabels, Counter>,
    pub(crate) held_back: Family<HeldBackLabels, Counter>,
    pub(crate) feedback: Family<FeedbackLabels, Counter>,
    pub(crate) feedback_rejected: Counter,
    pub(crate) failures: Family<FailureLabels, Counter>,
    pub(crate) overruns: Counter,
    pub(crate) invalid_prefetch: Family<KeyLabels, Counter>,
    pub(crate) fetches: Family<ResultLabels, Counter>,
    pub(crate) tokens: Family<ResultLabels, Counter>,
    pub(crate) reloads: Family<ResultLabels, Counter>,
    pub(crate) refused: Family<ResultLabels, Counter>,
    pub(crate) running: Gauge,
    pub(crate) waiting: Gauge,
    pub(crate) rules_current: Gauge<i64, std::sync::atomic::AtomicI64>,
    pub(crate) started: Gauge<f64, AtomicU64>,
}

/// Upper bounds of the latency histogram, in seconds; the deadline of the standard is among them.
const BOUNDS: [f64; 12] = [0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.125, 0.25, 0.5, 1.0, 3.0];

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("curbside");
        macro_rules! add {
            ($name:literal, $help:literal, $metric:expr) => {{
                let metric = $metric;
                registry.register($name, $help, metric.clone());
                metric
            }};
        }
        let histogram: fn() -> Histogram = || Histogram::new(BOUNDS);
        Self {
            calls: add!("calls", "Service calls by service, hook and HTTP status", Family::default()),
            seconds: add!("call_seconds", "Time from the whole body to the answer", Family::new_with_constructor(histogram)),
            rules: add!("decisions", "Decisions by rule and outcome", Family::default()),
            unknowns: add!("unknown_criteria", "Criteria that could not be decided", Family::default()),
            cards: add!("cards", "Cards shown by rule and indicator", Family::default()),
            held_back: add!("cards_held_back", "Cards not shown again because their rule says so", Family::default()),
            feedback: add!("feedback", "Feedback by rule, outcome and reason", Family::default()),
            feedback_rejected: add!("feedback_rejected", "Feedback items that were rejected", Counter::default()),
            failures: add!("plugin_failures", "Failures of packs and plug-ins, sandbox limits included", Family::default()),
            overruns: add!("deadline_overruns", "Calls whose deadline passed before all was decided", Counter::default()),
            invalid_prefetch: add!("invalid_prefetch", "Prefetch keys that held no answer to their template", Family::default()),
            fetches: add!("fetches", "Queries to EHRs' FHIR servers by result", Family::default()),
            tokens: add!("tokens", "Client assertions by result", Family::default()),
            reloads: add!("rule_reloads", "Attempts to take over changed rules by result", Family::default()),
            refused: add!("refused", "Requests turned away by cause", Family::default()),
            running: add!("calls_running", "Calls being answered", Gauge::default()),
            waiting: add!("calls_waiting", "Calls waiting for their turn", Gauge::default()),
            rules_current: add!("rules_current", "1 where the rules on disk are the ones in force", Gauge::default()),
            started: add!("start_time_seconds", "When the server started, in seconds since 1970", Gauge::default()),
            registry,
        }
    }

    /// The text that Prometheus reads.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
