//! Runs a plan.

mod call;
mod navigate;
mod operator;
mod outcome;
mod single;

pub use outcome::{Outcome, Step, Trace, Watched};

pub(crate) use call::{Call, pattern};

use crate::environment::{Environment, Settings};
use crate::error::{Class, Error, Span};
use crate::plan::{Id, Op, Plan, Variable};
use crate::record::Record;
use crate::record::reference::References;
use crate::value::{Collection, Quantity, Value};
use outcome::Watch;

/// Boxed, so that the usual answer stays small.
pub(crate) type Failure = Box<Error>;
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// What an operator sees from where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Frame<'f, 'a> {
    pub(crate) this: Collection<'a>,
    pub(crate) index: Option<usize>,
    pub(crate) total: Option<&'f Collection<'a>>,
}

/// One evaluation of a plan.
pub(crate) struct Evaluator<'a> {
    plan: &'a Plan,
    text: &'a str,
    pub(crate) settings: Settings<'a>,
    /// What `%resource` is, where the caller says so.
    resource: Option<Value<'a>>,
    /// Values of the variables the scope names, in its order.
    given: Vec<Collection<'a>>,
    /// Values of what `defineVariable` defines.
    defined: Vec<Collection<'a>>,
    start: Collection<'a>,
    steps_left: u64,
    /// Whether more steps were needed.
    exceeded: bool,
    text_left: usize,
    depth: u32,
    references: Vec<(&'a Record<'a>, References)>,
    traces: Vec<Trace<'a>>,
    steps: Vec<Step>,
    watch: Option<Watch<'a>>,
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(plan: &'a Plan, text: &'a str, environment: &Environment<'a>, variables: &[String], start: Collection<'a>) -> Self {
        let value = |name: &String| {
            environment.variables.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone()).unwrap_or_default()
        };
        Self {
            plan,
            text,
            settings: environment.settings,
            resource: environment.resource.clone(),
            given: variables.iter().map(value).collect(),
            defined: vec![Collection::Empty; plan.slots],
            start,
            steps_left: environment.settings.limits.steps,
            exceeded: false,
            text_left: environment.settings.limits.text,
            depth: 0,
            references: Vec::new(),
            traces: Vec::new(),
            steps: Vec::new(),
            watch: environment.settings.watch.then(Watch::default),
        }
    }

    pub(crate) fn run(mut self, root: Id) -> Result<Outcome<'a>> {
        let frame = Frame { this: self.start.clone(), index: None, total: None };
        let allowed = self.settings.limits.steps;
        let values = match self.eval(root, &frame) {
            Ok(values) => values,
            Err(mut failure) => {
                failure.used = allowed - self.steps_left + u64::from(self.exceeded);
                return Err(failure);
            }
        };
        Ok(Outcome {
            values: values.into_iter().collect(),
            traces: self.traces,
            steps: self.steps,
            watched: self.watch.map(|watch| watch.finish(self.text)).unwrap_or_default(),
            used: allowed - self.steps_left,
        })
    }

    /// Evaluates an operator.
    pub(crate) fn eval(&mut self, id: Id, frame: &Frame<'_, 'a>) -> Result<Collection<'a>> {
        let Some((op, span)) = self.plan.get(id) else { return Ok(Collection::Empty) };
        self.charge(1, *span)?;
        if !self.settings.steps {
            return self.apply(op, *span, frame);
        }
        self.depth += 1;
        let values = self.apply(op, *span, frame);
        self.depth -= 1;
        if let (Ok(values), false) = (&values, matches!(op, Op::Literal(_) | Op::Empty)) {
            self.note_step(*span, values);
        }
        values
    }

    fn apply(&mut self, op: &'a Op, span: Span, frame: &Frame<'_, 'a>) -> Result<Collection<'a>> {
        match op {
            Op::Literal(value) => Ok(Collection::One(borrowed(value))),
            Op::Empty => Ok(Collection::Empty),
            Op::This => Ok(frame.this.clone()),
            Op::Index => Ok(frame.index.and_then(|index| i32::try_from(index).ok()).map(Value::Integer).into()),
            Op::Total => Ok(frame.total.cloned().unwrap_or_default()),
            Op::Variable(variable) => Ok(self.variable(variable)),
            Op::Children(input, step) => self.children(*input, step, span, frame),
            Op::Root(input, test) => Ok(self.eval(*input, frame)?.into_iter().filter(|value| test.is(value)).collect()),
            Op::OfType(input, test) => {
                if let Some(found) = self.bundled(*input, *test, frame)? {
                    self.charge(found.len() as u64, span)?;
                    return Ok(found);
                }
                let input = self.eval(*input, frame)?;
                self.charge(input.len() as u64, span)?;
                let any = !input.is_empty();
                let found: Collection<'a> = input.into_iter().filter(|value| test.selects(value)).collect();
                if any && found.is_empty() {
                    self.note_missing(span, None);
                }
                Ok(found)
            }
            Op::As(input, test) => {
                let input = self.eval(*input, frame)?;
                let value = self.only(input, span, "`as`")?;
                Ok(value.filter(|value| test.selects(value)).into())
            }
            Op::Is(input, test) => {
                let input = self.eval(*input, frame)?;
                let value = self.only(input, span, "`is`")?;
                Ok(value.map(|value| test.is(&value)).into())
            }
            Op::Indexer(input, index) => self.indexer(*input, *index, span, frame),
            Op::Negate(operand) => self.negate(*operand, span, frame),
            Op::Binary(operator, left, right) => self.binary(*operator, *left, *right, span, frame),
            Op::Call(invocation) => {
                let input = self.eval(invocation.input, frame)?;
                let any = !input.is_empty();
                let call = Call { invocation, input, frame, span };
                let values = (invocation.function.run)(self, &call)?;
                if any && values.is_empty() {
                    self.note_missing(span, None);
                }
                Ok(values)
            }
        }
    }

    fn variable(&self, variable: &Variable) -> Collection<'a> {
        match variable {
            Variable::Context => self.start.clone(),
            Variable::Given(at) => self.given.get(*at).cloned().unwrap_or_default(),
            Variable::Defined(slot) => self.defined.get(*slot).cloned().unwrap_or_default(),
            Variable::Resource | Variable::RootResource => {
                if let Some(resource) = &self.resource {
                    return Collection::One(resource.clone());
                }
                let start = self.start.as_slice().first().and_then(Value::node);
                start.map(|node| Value::Node(node.resource_node(*variable == Variable::RootResource))).into()
            }
        }
    }

    pub(crate) fn define(&mut self, slot: usize, value: Collection<'a>) {
        if let Some(defined) = self.defined.get_mut(slot) {
            *defined = value;
        }
    }

    /// Uses up steps.
    pub(crate) fn charge(&mut self, steps: u64, span: Span) -> Result<()> {
        match self.steps_left.checked_sub(steps) {
            Some(left) => {
                self.steps_left = left;
                Ok(())
            }
            None => {
                (self.steps_left, self.exceeded) = (0, true);
                Err(self.limit(span, "steps", self.settings.limits.steps))
            }
        }
    }

    /// Uses up room for text that is made.
    pub(crate) fn charge_text(&mut self, bytes: usize, span: Span) -> Result<()> {
        match self.text_left.checked_sub(bytes) {
            Some(left) => {
                self.text_left = left;
                Ok(())
            }
            None => Err(self.limit(span, "bytes of text", self.settings.limits.text as u64)),
        }
    }

    /// Refuses a collection that has grown too large.
    pub(crate) fn bounded(&self, values: &Collection<'_>, span: Span) -> Result<()> {
        let allowed = self.settings.limits.items;
        if values.len() > allowed { Err(self.limit(span, "items", allowed as u64)) } else { Ok(()) }
    }

    fn limit(&self, span: Span, what: &str, allowed: u64) -> Failure {
        Self::failure(span, format!("the limit of {allowed} {what} is reached"))
    }

    pub(crate) fn failure(span: Span, message: impl Into<String>) -> Failure {
        Box::new(Error::new(Class::Execution, span, message))
    }

    /// What references in a record point at; worked out when the first is followed.
    pub(crate) fn references(&mut self, record: &'a Record<'a>) -> Option<&References> {
        if !self.references.iter().any(|(known, _)| std::ptr::eq(*known, record)) {
            self.references.push((record, References::of(record)));
        }
        self.references.iter().find(|(known, _)| std::ptr::eq(*known, record)).map(|(_, references)| references)
    }
}

/// A literal of the plan as a value that borrows from it.
fn borrowed<'a>(value: &'a Value<'static>) -> Value<'a> {
    match value {
        Value::String(text) => Value::String(std::borrow::Cow::Borrowed(text)),
        Value::Quantity(quantity) => {
            Value::Quantity(Box::new(Quantity { value: quantity.value, unit: std::borrow::Cow::Borrowed(&quantity.unit) }))
        }
        other => other.clone(),
    }
}
