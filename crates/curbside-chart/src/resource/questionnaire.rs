//! QuestionnaireResponse.

use serde::Deserialize;

use super::status::{self, Status};
use super::{Owner, Resource, resource, subject};
use crate::datatype::{Coding, Quantity, Reference};
use crate::json::{Lazy, List, Number, Str};
use crate::maps_only::maps_only;

resource! {
    /// A filled-in questionnaire.
    QuestionnaireResponse {
        /// `completed`, `amended`, `in-progress`, `stopped`, `entered-in-error`.
        status: Option<Str<'a>>,
        /// Of whom.
        subject: Option<Reference<'a>>,
        /// When.
        authored: Option<Str<'a>>,
        /// Questions and answers.
        item: Lazy<'a, List<ResponseItem<'a>>>,
    }
}

/// A question, its answers and the questions below it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(remote = "ResponseItem", default, rename_all = "camelCase")]
pub struct ResponseItem<'a> {
    /// Which question.
    #[serde(borrow)]
    pub link_id: Option<Str<'a>>,
    /// The answers.
    #[serde(borrow)]
    pub answer: List<Answer<'a>>,
    /// Questions below it.
    #[serde(borrow)]
    pub item: List<ResponseItem<'a>>,
}

/// An answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(remote = "Answer", default, rename_all = "camelCase")]
pub struct Answer<'a> {
    /// A choice.
    #[serde(borrow)]
    pub value_coding: Option<Coding<'a>>,
    /// A whole number.
    #[serde(borrow)]
    pub value_integer: Option<Number<'a>>,
    /// A number.
    #[serde(borrow)]
    pub value_decimal: Option<Number<'a>>,
    /// A measured value.
    #[serde(borrow)]
    pub value_quantity: Option<Quantity<'a>>,
    /// Questions below it.
    #[serde(borrow)]
    pub item: List<ResponseItem<'a>>,
}

impl<'a> Resource<'a> for QuestionnaireResponse<'a> {
    fn owner(&self) -> Owner<'_, 'a> {
        subject(self.subject.as_ref())
    }

    fn entered_in_error(&self) -> bool {
        self.status.as_deref() == Some("entered-in-error")
    }

    fn status(&mut self) -> Option<Status<'_, 'a>> {
        Some((&mut self.status, status::QUESTIONNAIRE_RESPONSE))
    }
}

maps_only!(ResponseItem, Answer);
