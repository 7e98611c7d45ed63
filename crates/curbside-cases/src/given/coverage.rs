//! Insurance.

use curbside_source::Spanned;
use serde_json::json;

use super::date::Date;
use super::layered;
use super::writer::{Place, Writer, put};

layered! {
    /// An insurance. Without a status it is active.
    Coverage = "CoverageFact" {
        /// Name by which later layers change it; also the id of the resource.
        id: Spanned<String>,
        /// `active`, `cancelled`, `draft`.
        status: Spanned<String>,
        /// Who pays.
        payor: Spanned<String>,
        /// From when.
        from: Spanned<Date>,
        /// Up to when.
        to: Spanned<Date>,
    }
}

impl Coverage {
    pub(crate) fn write(&self, _: &Spanned<()>, writer: &mut Writer<'_>) {
        let status = self.status.as_ref().map_or("active", |status| status.value.as_str());
        let payor = self.payor.as_ref().map_or("A health plan", |payor| payor.value.as_str());
        let mut coverage = json!({"resourceType": "Coverage", "status": status, "payor": [{"display": payor}]});
        if self.from.is_some() || self.to.is_some() {
            put(&mut coverage, "period", writer.period(self.from.as_ref(), self.to.as_ref()));
        }
        let id = writer.id(self.id.as_ref(), &["coverage"]);
        writer.put(Place::Record, &id, coverage);
    }
}
