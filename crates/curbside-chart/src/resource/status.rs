//! The statuses that FHIR has for a type, in R4 and as STU3 and R5 spell them. Another word says
//! nothing: the resource is read as one without a status, which leaves open what it would decide.

use crate::datatype::Concept;
use crate::json::Str;

/// A status as recorded, and the statuses of its type.
pub type Status<'r, 'a> = (&'r mut Option<Str<'a>>, &'static [&'static str]);

/// Of a Procedure.
pub const PROCEDURE: &[&str] =
    &["preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", "entered-in-error", "unknown"];

/// Of a MedicationRequest.
pub const MEDICATION_REQUEST: &[&str] =
    &["active", "on-hold", "ended", "stopped", "completed", "cancelled", "entered-in-error", "draft", "unknown"];

/// Of a MedicationStatement.
pub const MEDICATION_STATEMENT: &[&str] =
    &["active", "completed", "entered-in-error", "intended", "stopped", "on-hold", "unknown", "not-taken", "recorded", "draft"];

/// Of a MedicationDispense.
pub const MEDICATION_DISPENSE: &[&str] =
    &["preparation", "in-progress", "cancelled", "on-hold", "completed", "entered-in-error", "stopped", "declined", "unknown"];

/// Of a MedicationAdministration.
pub const MEDICATION_ADMINISTRATION: &[&str] =
    &["in-progress", "not-done", "on-hold", "completed", "entered-in-error", "stopped", "unknown"];

/// Of an Observation.
pub const OBSERVATION: &[&str] = &[
    "registered",
    "specimen-in-process",
    "preliminary",
    "final",
    "amended",
    "corrected",
    "appended",
    "cancelled",
    "entered-in-error",
    "unknown",
];

/// Of a QuestionnaireResponse.
pub const QUESTIONNAIRE_RESPONSE: &[&str] = &["in-progress", "completed", "amended", "entered-in-error", "stopped"];

/// Of an Encounter.
pub const ENCOUNTER: &[&str] = &[
    "planned",
    "arrived",
    "triaged",
    "in-progress",
    "onleave",
    "on-hold",
    "discharged",
    "finished",
    "completed",
    "cancelled",
    "discontinued",
    "entered-in-error",
    "unknown",
];

/// Of an Immunization.
pub const IMMUNIZATION: &[&str] = &["completed", "entered-in-error", "not-done"];

/// Of a Coverage.
pub const COVERAGE: &[&str] = &["active", "cancelled", "draft", "entered-in-error"];

/// Of an Appointment.
pub const APPOINTMENT: &[&str] =
    &["proposed", "pending", "booked", "arrived", "fulfilled", "cancelled", "noshow", "entered-in-error", "checked-in", "waitlist"];

/// Of a ServiceRequest.
pub const SERVICE_REQUEST: &[&str] =
    &["draft", "active", "on-hold", "revoked", "completed", "ended", "suspended", "cancelled", "entered-in-error", "unknown"];

/// Clinical statuses of a Condition or AllergyIntolerance: those of what goes on, and of what is over.
pub const CLINICAL: [&[&str]; 2] = [&["active", "recurrence", "relapse"], &["inactive", "remission", "resolved"]];

/// Verification statuses of a Condition or AllergyIntolerance: those that differ in what they mean.
pub const VERIFICATION: [&[&str]; 4] =
    [&["confirmed"], &["unconfirmed", "provisional", "differential"], &["refuted"], &["entered-in-error"]];

/// The code of a status concept: the first one that FHIR has, whatever other systems call it.
pub(super) fn code<'c>(concept: Option<&'c Concept<'_>>, known: &[&[&str]]) -> Option<&'c str> {
    let concept = concept?;
    let is_known = |code: &&str| known.iter().any(|alike| alike.contains(code));
    concept.codes().find(is_known).or_else(|| concept.codes().next())
}

/// Whether a status concept says nothing that is known, or two things that cannot both be.
pub(super) fn is_unclear(concept: Option<&Concept<'_>>, known: &[&[&str]]) -> bool {
    let Some(concept) = concept.filter(|concept| !concept.is_empty()) else { return false };
    let said = known.iter().filter(|alike| concept.codes().any(|code| alike.contains(&code)));
    said.count() != 1
}
