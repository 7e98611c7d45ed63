//! Visits and stays.

use curbside_source::Spanned;
use serde_json::json;

use super::concept::{Concept, codeables};
use super::date::Date;
use super::writer::{Place, Writer, put, set};
use super::{Concepts, layered};

layered! {
    /// A visit or stay. The first one that is in progress is the one a hook is about.
    Encounter = "EncounterFact" {
        /// Name by which later layers change it; also the id of the resource.
        id: Spanned<String>,
        /// `ambulatory`, `inpatient`, `emergency`, `home` or `virtual`, or a code of HL7's ActCode.
        class: Spanned<String>,
        /// `in-progress` (default), `planned`, `arrived`, `finished`, …
        status: Spanned<String>,
        /// When it began.
        from: Spanned<Date>,
        /// When it ended.
        to: Spanned<Date>,
        /// Why.
        reason: Concepts,
        /// The drug it is for.
        drug: Spanned<Concept>,
    }
}

impl Encounter {
    pub(crate) fn write(&self, _: &Spanned<()>, writer: &mut Writer<'_>) {
        let status = self.status.as_ref().map_or("in-progress", |status| status.value.as_str());
        let class = match self.class.as_ref().map_or("ambulatory", |class| class.value.as_str()) {
            "ambulatory" => "AMB",
            "inpatient" => "IMP",
            "emergency" => "EMER",
            "home" => "HH",
            "virtual" => "VR",
            code => code,
        };
        let mut encounter = json!({
            "resourceType": "Encounter",
            "status": status,
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": class},
        });
        if self.from.is_some() || self.to.is_some() {
            put(&mut encounter, "period", writer.period(self.from.as_ref(), self.to.as_ref()));
        }
        let mut reasons = match &self.reason {
            Some(reasons) => codeables(reasons, writer).as_array().cloned().unwrap_or_default(),
            None => Vec::new(),
        };
        if let Some(drug) = &self.drug {
            reasons.push(writer.drug(drug));
        }
        if !reasons.is_empty() {
            put(&mut encounter, "reasonCode", reasons);
        }
        let id = writer.id(self.id.as_ref(), &["encounter"]);
        if status == "in-progress" && writer.encounter.is_none() {
            writer.encounter = Some(id.clone());
        }
        set(&mut encounter, "id", Some(id.clone()));
        writer.put(Place::Record, &id, encounter);
    }
}
