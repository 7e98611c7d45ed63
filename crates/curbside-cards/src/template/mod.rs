//! The texts of cards: compiled once, checked before any patient is seen.

mod check;
mod scope;
mod values;

use std::collections::BTreeMap;

use curbside_rules::compile::{CardPlan, RulePlan};
use curbside_rules::{Evaluation, Plan, RuleId};
use curbside_source::{Diagnostics, Sources, Spanned};
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use self_cell::self_cell;

use check::Against;
use scope::scope;

use crate::markdown::escape;

/// How values are put into a text.
const PLAIN: &str = "plain";
const MARKDOWN: &str = "markdown";

self_cell! {
    /// Texts by their keys, and the templates that are made of them. Templates that own their texts would count who
    /// uses them: a sandbox copies each page of memory that is written to.
    struct Templates {
        owner: BTreeMap<String, String>,
        #[not_covariant]
        dependent: Environment,
    }

    impl {Debug}
}

/// The texts of a pack's cards.
#[derive(Debug)]
pub struct Texts {
    templates: Templates,
    /// Names of facts that the texts of a rule show.
    names: BTreeMap<RuleId, Vec<String>>,
    /// How many figures and codes behind a rule nobody has signed off.
    pending: BTreeMap<RuleId, usize>,
}

/// Which text of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The summary: plain text.
    Summary,
    /// The detail: Markdown.
    Detail,
    /// The pack's footer: Markdown.
    Footer,
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Detail => "detail",
            Self::Footer => "footer",
        }
    }
}

impl Texts {
    /// Compiles the texts of a pack; what is wrong with them is reported.
    pub fn compile(plan: &Plan, sources: &Sources, found: &mut Diagnostics) -> Self {
        let shared = &plan.pack.texts;
        let mut all: BTreeMap<String, String> = shared.iter().map(|(name, text)| (name.clone(), text.value.clone())).collect();
        let (mut every, mut pending) = (BTreeMap::new(), BTreeMap::new());
        for (at, rule) in plan.rules.iter().enumerate() {
            let Some(id) = plan.rule(&rule.id) else { continue };
            let scope = scope(plan, id);
            let mut names = Vec::new();
            for (version, card, row) in cards(rule) {
                let mut add = |part: Part, text: Option<&Spanned<String>>| {
                    let Some(text) = text else { return };
                    names.extend(check::check(part, text, Against { scope: &scope, texts: shared, sources }, found));
                    all.insert(key(at, version, row, part), text.value.clone());
                };
                add(Part::Summary, Some(&card.row.summary));
                add(Part::Detail, card.row.detail.as_ref());
                add(Part::Footer, plan.pack.card_footer.as_ref());
                for suggestion in &card.suggestions {
                    if let Some(create) = &suggestion.model.create {
                        check::strings(&create.value, &mut |text| {
                            let text = Spanned { value: text.to_owned(), span: create.span };
                            names.extend(check::check(Part::Detail, &text, Against { scope: &scope, texts: shared, sources }, found));
                        });
                    }
                }
            }
            names.sort();
            names.dedup();
            every.insert(id, names);
            pending.insert(id, plan.pending(id).len());
        }
        Self { templates: Templates::new(all, environment), names: every, pending }
    }

    /// The facts that the texts of every rule show, by name; parameters as `parameters.NAME`.
    #[must_use]
    pub fn all_names(&self) -> &BTreeMap<RuleId, Vec<String>> {
        &self.names
    }

    /// The facts that the texts of a rule show, by name.
    pub fn names(&self, rule: RuleId) -> &[String] {
        self.names.get(&rule).map_or(&[], Vec::as_slice)
    }

    /// How many figures and codes behind a rule nobody has signed off.
    #[must_use]
    pub fn pending(&self, rule: RuleId) -> usize {
        self.pending.get(&rule).copied().unwrap_or(0)
    }

    /// A text of a card; `None` where it has none. `Some(None)` where it could not be made.
    pub(crate) fn render(&self, at: usize, version: usize, row: usize, part: Part, values: &Value) -> Option<Option<String>> {
        self.templates.with_dependent(|_, environment| {
            let template = environment.get_template(&key(at, version, row, part)).ok()?;
            Some(template.render(values.clone()).ok())
        })
    }

    /// Text inside a resource that a suggestion creates.
    pub(crate) fn inline(&self, text: &str, values: &Value) -> Option<String> {
        if !text.contains("{{") && !text.contains("{%") {
            return Some(text.to_owned());
        }
        self.templates.with_dependent(|_, environment| environment.render_named_str("inline.summary", text, values.clone()).ok())
    }

    /// What the texts of a rule see of a patient.
    pub(crate) fn values(&self, evaluation: &Evaluation<'_>, rule: RuleId, own: Vec<(&'static str, Value)>) -> Value {
        let facts = self.names(rule).iter().filter(|name| evaluation.plan().definition(Some(rule), name).is_some());
        let facts = facts.map(|name| (name.clone(), values::value(&evaluation.fact(rule, name))));
        let own = own.into_iter().map(|(name, value)| (name.to_owned(), value));
        Value::from_pairs(facts.chain(own))
    }
}

pub(crate) use values::{number, record, text, texts as list_of_texts};

/// Templates of these texts, by the same keys.
fn environment(texts: &BTreeMap<String, String>) -> Environment<'_> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_auto_escape_callback(|name| AutoEscape::Custom(if name.ends_with("summary") { PLAIN } else { MARKDOWN }.into()));
    environment.set_formatter(|out, state, value| {
        let text = values::shown(value);
        let text = if values::is_markdown(state) && !value.is_safe() { escape(&text) } else { text };
        out.write_str(&text).map_err(minijinja::Error::from)
    });
    environment.add_filter("join", values::join);
    // What a card says is bounded; a template that runs on is cut off.
    environment.set_fuel(Some(500_000));
    for (name, text) in texts {
        // What cannot be parsed has been reported by the check, or is where it is included.
        drop(environment.add_template(name, text));
    }
    environment
}

fn key(rule: usize, version: usize, row: usize, part: Part) -> String {
    format!("{rule}/{version}/{row}/{}", part.name())
}

/// Every card of a rule, with the numbers of its version and row.
fn cards(rule: &RulePlan) -> impl Iterator<Item = (usize, &CardPlan, usize)> {
    rule.versions.iter().enumerate().flat_map(|(version, plan)| plan.cards.iter().enumerate().map(move |(row, card)| (version, card, row)))
}
