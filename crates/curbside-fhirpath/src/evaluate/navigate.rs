//! From element to element.

use super::{Evaluator, Frame, Result};
use crate::error::Span;
use crate::plan::{Id, Op, TypeTest};
use crate::value::{Collection, Node, Step, Value};

impl<'a> Evaluator<'a> {
    pub(super) fn children(&mut self, input: Id, step: &'a Step, span: Span, frame: &Frame<'_, 'a>) -> Result<Collection<'a>> {
        // `$this` is looked at where it is.
        let evaluated;
        let input = match self.plan.get(input) {
            Some((Op::This, _)) if !self.settings.steps => &frame.this,
            _ => {
                evaluated = self.eval(input, frame)?;
                &evaluated
            }
        };
        let mut found = Collection::Empty;
        for value in input {
            let before = found.len();
            match value {
                Value::Node(node) => {
                    node.children(step, &mut found);
                    if self.settings.watch {
                        self.note_read(node);
                        if found.len() == before {
                            self.note_missing(span, Some((node, &step.text)));
                        }
                    }
                }
                Value::Type(id) => found.extend(Value::type_info(*id, &step.text).map(|text| Value::String(text.into()))),
                Value::Tuple(members) => {
                    found.extend(members.iter().filter(|(name, _)| *name == step.text).map(|(_, value)| value.clone()))
                }
                Value::Quantity(quantity) => match step.text.as_str() {
                    "value" => found.push(Value::Decimal(quantity.value)),
                    "unit" | "code" => found.push(Value::String(quantity.unit.clone())),
                    _ => {}
                },
                _ => {}
            }
        }
        self.charge((input.len() + found.len()) as u64, span)?;
        self.bounded(&found, span)?;
        Ok(found)
    }

    /// `entry.resource.ofType(…)` of a whole bundle comes from its index, unless somebody watches the steps.
    pub(super) fn bundled(&mut self, input: Id, test: TypeTest, frame: &Frame<'_, 'a>) -> Result<Option<Collection<'a>>> {
        let (Some(wanted), false) = (test.resource(), self.settings.steps || self.settings.watch) else { return Ok(None) };
        let Some((Op::Children(entries, resource), _)) = self.plan.get(input) else { return Ok(None) };
        let Some((Op::Children(bundle, entry), _)) = self.plan.get(*entries) else { return Ok(None) };
        // Nothing but the start of a path: what is evaluated here may be evaluated again.
        let is_start = match self.plan.get(*bundle) {
            Some((Op::Root(start, _), _)) => matches!(self.plan.get(*start), Some((Op::This, _))),
            Some((Op::This, _)) => true,
            _ => false,
        };
        if !is_start || entry.text != "entry" || resource.text != "resource" {
            return Ok(None);
        }
        let bundle = self.eval(*bundle, frame)?;
        let Some(Value::Node(root)) = bundle.single().filter(|value| value.node().is_some_and(|node| node.at == 0)) else {
            return Ok(None);
        };
        let record = root.record;
        Ok(record.bundled(wanted).map(|places| places.map(|at| Value::Node(Node { record, at, ty: wanted })).collect()))
    }

    pub(super) fn indexer(&mut self, input: Id, index: Id, span: Span, frame: &Frame<'_, 'a>) -> Result<Collection<'a>> {
        let input = self.eval(input, frame)?;
        let index = self.eval(index, frame)?;
        let index = self.integer(&index, span, "an index")?;
        let found = index.and_then(|index| usize::try_from(index).ok()).and_then(|index| input.as_slice().get(index).cloned());
        if found.is_none() && !input.is_empty() {
            self.note_missing(span, None);
        }
        Ok(found.into())
    }
}
