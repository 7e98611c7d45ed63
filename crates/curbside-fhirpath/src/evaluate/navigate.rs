//! From element to element.

use super::{Evaluator, Frame, Result};
use crate::error::Span;
use crate::plan::{Id, Op};
use crate::value::{Collection, Step, Value};

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
