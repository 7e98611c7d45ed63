//! Procedures.

use curbside_source::Spanned;
use serde_json::json;

use super::concept::codeable;
use super::date::Date;
use super::writer::{Place, Writer, set};
use super::{Concepts, layered};

layered! {
    /// Something that was done. Without a status it is completed.
    Procedure = "ProcedureFact" {
        /// Name by which later layers change it; also the id of the resource.
        id: Spanned<String>,
        /// What was done.
        code: Concepts,
        /// `completed`, `in-progress`, `not-done`, …
        status: Spanned<String>,
        /// When.
        at: Spanned<Date>,
    }
}

impl Procedure {
    pub(crate) fn write(&self, _: &Spanned<()>, writer: &mut Writer<'_>) {
        let status = self.status.as_ref().map_or("completed", |status| status.value.as_str());
        let mut procedure = json!({"resourceType": "Procedure", "status": status});
        let code = self.code.as_ref().map(|codes| codeable(codes, writer));
        set(&mut procedure, "code", code);
        set(&mut procedure, "performedDateTime", self.at.as_ref().map(|date| writer.date(date)));
        let id = writer.id(self.id.as_ref(), &["procedure"]);
        writer.put(Place::Record, &id, procedure);
    }
}
