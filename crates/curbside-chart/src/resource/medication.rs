//! Medication and the four resources that say somebody should take, takes, got or was given it.

use serde::Deserialize;

use super::status::{self, Status};
use super::{AdministeredDose, Dosage, Owner, Resource, resource, subject};
use crate::datatype::{Annotation, Concept, Period, Quantity, Ratio, Reference};
use crate::json::{Lazy, List, Number, Str};
use crate::maps_only::maps_only;

resource! {
    /// A product.
    Medication {
        /// Its status.
        status: Option<Str<'a>>,
        /// What it is.
        code: Option<Concept<'a>>,
        /// What is in it.
        ingredient: Lazy<'a, List<Ingredient<'a>>>,
    }
}

/// What is in a product.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(remote = "Ingredient", default, rename_all = "camelCase")]
pub struct Ingredient<'a> {
    /// The substance.
    #[serde(borrow)]
    pub item_codeable_concept: Option<Concept<'a>>,
    /// The substance as a resource.
    #[serde(borrow)]
    pub item_reference: Option<Reference<'a>>,
    /// R5's `item`.
    #[serde(borrow)]
    pub item: Option<Concept<'a>>,
    /// Whether it is the one that acts.
    pub is_active: Option<bool>,
    /// How much of it is in one unit.
    #[serde(borrow)]
    pub strength: Option<Ratio<'a>>,
    /// R5's `strength`.
    #[serde(borrow)]
    pub strength_ratio: Option<Ratio<'a>>,
    /// R5's `strength` as a quantity in one unit.
    #[serde(borrow)]
    pub strength_quantity: Option<Quantity<'a>>,
}

impl<'a> Resource<'a> for Medication<'a> {
    fn owner(&self) -> Owner<'_, 'a> {
        Owner::Shared
    }

    fn entered_in_error(&self) -> bool {
        self.status.as_deref() == Some("entered-in-error")
    }
}

resource! {
    /// An order or prescription.
    MedicationRequest {
        /// `active`, `on-hold`, `cancelled`, `completed`, `entered-in-error`, `stopped`, `draft`, `unknown`.
        status: Option<Str<'a>>,
        /// Why it has that status.
        status_reason: Lazy<'a, List<Concept<'a>>>,
        /// `order`, `proposal`, `plan`, …
        intent: Option<Str<'a>>,
        /// `inpatient`, `outpatient`, `community`, `discharge`.
        category: Lazy<'a, List<Concept<'a>>>,
        /// The drug.
        medication_codeable_concept: Option<Concept<'a>>,
        /// The drug as a resource.
        medication_reference: Option<Reference<'a>>,
        /// R5: either of the two.
        medication: Option<Concept<'a>>,
        /// Whose it is.
        subject: Option<Reference<'a>>,
        /// When it was written.
        authored_on: Option<Str<'a>>,
        /// Why.
        reason_code: Lazy<'a, List<Concept<'a>>>,
        /// Why, as resources.
        reason_reference: Lazy<'a, List<Reference<'a>>>,
        /// R5: either of the two.
        reason: Lazy<'a, List<Concept<'a>>>,
        /// Remarks.
        note: Lazy<'a, List<Annotation<'a>>>,
        /// How to take it.
        dosage_instruction: Lazy<'a, List<Dosage<'a>>>,
        /// What may be dispensed.
        dispense_request: Lazy<'a, Option<DispenseRequest<'a>>>,
        ;
        /// The order is *not* to give it.
        do_not_perform: Option<bool>,
    }
}

/// What may be dispensed on a prescription.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(remote = "DispenseRequest", default, rename_all = "camelCase")]
pub struct DispenseRequest<'a> {
    /// From when to when.
    #[serde(borrow)]
    pub validity_period: Option<Period<'a>>,
    /// Refills, not counting the first.
    #[serde(borrow)]
    pub number_of_repeats_allowed: Option<Number<'a>>,
    /// How long one supply lasts.
    #[serde(borrow)]
    pub expected_supply_duration: Option<Quantity<'a>>,
}

impl<'a> Resource<'a> for MedicationRequest<'a> {
    fn owner(&self) -> Owner<'_, 'a> {
        subject(self.subject.as_ref())
    }

    fn entered_in_error(&self) -> bool {
        self.status.as_deref() == Some("entered-in-error")
    }

    fn status(&mut self) -> Option<Status<'_, 'a>> {
        Some((&mut self.status, status::MEDICATION_REQUEST))
    }

    fn drug(&self) -> Option<DrugSaid<'_, 'a>> {
        Some(DrugSaid { concept: self.concept(), reference: self.reference() })
    }

    fn check(&self, unread: &mut Vec<String>) {
        check_drug(self, unread);
    }
}

resource! {
    /// What a patient is said to take (`MedicationUsage` in the ballot of R6).
    MedicationStatement {
        /// `active`, `completed`, `intended`, `stopped`, `on-hold`, `unknown`, `not-taken`, `entered-in-error`;
        /// R5 `recorded`, `draft`.
        status: Option<Str<'a>>,
        /// Why it has that status.
        status_reason: Lazy<'a, List<Concept<'a>>>,
        /// STU3: `y`, `n`, `unk`, `na`.
        taken: Option<Str<'a>>,
        /// STU3: why it was not taken.
        reason_not_taken: Lazy<'a, List<Concept<'a>>>,
        /// The drug.
        medication_codeable_concept: Option<Concept<'a>>,
        /// The drug as a resource.
        medication_reference: Option<Reference<'a>>,
        /// R5: either of the two.
        medication: Option<Concept<'a>>,
        /// Whose it is.
        subject: Option<Reference<'a>>,
        /// A day on which it was taken.
        effective_date_time: Option<Str<'a>>,
        /// From when to when.
        effective_period: Option<Period<'a>>,
        /// Why.
        reason_code: Lazy<'a, List<Concept<'a>>>,
        /// Why, as resources.
        reason_reference: Lazy<'a, List<Reference<'a>>>,
        /// R5: either of the two.
        reason: Lazy<'a, List<Concept<'a>>>,
        /// Remarks.
        note: Lazy<'a, List<Annotation<'a>>>,
        /// How it is taken.
        dosage: Lazy<'a, List<Dosage<'a>>>,
        /// R5: whether it is taken as it should be.
        adherence: Lazy<'a, Option<Adherence<'a>>>,
        ;
        /// DSTU2: it was *not* taken.
        was_not_taken: Option<bool>,
    }
}

/// Whether a medication is taken as it should be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(remote = "Adherence", default)]
pub struct Adherence<'a> {
    /// `taking`, `not-taking`, `on-hold`, `stopped`, `unknown`, and what these say more exactly.
    #[serde(borrow)]
    pub code: Option<Concept<'a>>,
}

impl<'a> Resource<'a> for MedicationStatement<'a> {
    fn owner(&self) -> Owner<'_, 'a> {
        subject(self.subject.as_ref())
    }

    fn entered_in_error(&self) -> bool {
        self.status.as_deref() == Some("entered-in-error")
    }

    fn status(&mut self) -> Option<Status<'_, 'a>> {
        Some((&mut self.status, status::MEDICATION_STATEMENT))
    }

    fn drug(&self) -> Option<DrugSaid<'_, 'a>> {
        Some(DrugSaid { concept: self.concept(), reference: self.reference() })
    }

    fn check(&self, unread: &mut Vec<String>) {
        check_drug(self, unread);
    }
}

resource! {
    /// What was handed over.
    MedicationDispense {
        /// `completed`, `preparation`, `in-progress`, `cancelled`, `on-hold`, `stopped`, `declined`, `unknown`, …
        status: Option<Str<'a>>,
        /// Why it has that status.
        status_reason_codeable_concept: Lazy<'a, Option<Concept<'a>>>,
        /// R5: why it was not handed over.
        not_performed_reason: Lazy<'a, Option<Concept<'a>>>,
        /// The drug.
        medication_codeable_concept: Option<Concept<'a>>,
        /// The drug as a resource.
        medication_reference: Option<Reference<'a>>,
        /// R5: either of the two.
        medication: Option<Concept<'a>>,
        /// Whose it is.
        subject: Option<Reference<'a>>,
        /// How much.
        quantity: Lazy<'a, Option<Quantity<'a>>>,
        /// For how many days.
        days_supply: Lazy<'a, Option<Quantity<'a>>>,
        /// When it was made ready.
        when_prepared: Option<Str<'a>>,
        /// When it was handed over.
        when_handed_over: Option<Str<'a>>,
        /// Remarks.
        note: Lazy<'a, List<Annotation<'a>>>,
        /// How to take it.
        dosage_instruction: Lazy<'a, List<Dosage<'a>>>,
    }
}

impl<'a> Resource<'a> for MedicationDispense<'a> {
    fn owner(&self) -> Owner<'_, 'a> {
        subject(self.subject.as_ref())
    }

    fn entered_in_error(&self) -> bool {
        self.status.as_deref() == Some("entered-in-error")
    }

    fn status(&mut self) -> Option<Status<'_, 'a>> {
        Some((&mut self.status, status::MEDICATION_DISPENSE))
    }

    fn drug(&self) -> Option<DrugSaid<'_, 'a>> {
        Some(DrugSaid { concept: self.concept(), reference: self.reference() })
    }

    fn check(&self, unread: &mut Vec<String>) {
        check_drug(self, unread);
    }
}

resource! {
    /// What was given.
    MedicationAdministration {
        /// `completed`, `in-progress`, `stopped`, `not-done`, `on-hold`, `unknown`, `entered-in-error`.
        status: Option<Str<'a>>,
        /// Why it has that status.
        status_reason: Lazy<'a, List<Concept<'a>>>,
        /// Where it was given.
        category: Lazy<'a, List<Concept<'a>>>,
        /// The drug.
        medication_codeable_concept: Option<Concept<'a>>,
        /// The drug as a resource.
        medication_reference: Option<Reference<'a>>,
        /// R5: either of the two.
        medication: Option<Concept<'a>>,
        /// Whose it is.
        subject: Option<Reference<'a>>,
        /// When.
        effective_date_time: Option<Str<'a>>,
        /// From when to when.
        effective_period: Option<Period<'a>>,
        /// R5's `effectiveDateTime`, as its specification spells it.
        occurence_date_time: Option<Str<'a>>,
        /// R5's `effectivePeriod`, as its specification spells it.
        occurence_period: Option<Period<'a>>,
        /// Why.
        reason_code: Lazy<'a, List<Concept<'a>>>,
        /// Why, as resources.
        reason_reference: Lazy<'a, List<Reference<'a>>>,
        /// R5: either of the two.
        reason: Lazy<'a, List<Concept<'a>>>,
        /// Remarks.
        note: Lazy<'a, List<Annotation<'a>>>,
        /// How much.
        dosage: Lazy<'a, Option<AdministeredDose<'a>>>,
        ;
        /// STU3: it was *not* given.
        not_given: Option<bool>,
        /// DSTU2's `notGiven`.
        was_not_given: Option<bool>,
    }
}

impl<'a> Resource<'a> for MedicationAdministration<'a> {
    fn owner(&self) -> Owner<'_, 'a> {
        subject(self.subject.as_ref())
    }

    fn entered_in_error(&self) -> bool {
        self.status.as_deref() == Some("entered-in-error")
    }

    fn status(&mut self) -> Option<Status<'_, 'a>> {
        Some((&mut self.status, status::MEDICATION_ADMINISTRATION))
    }

    fn drug(&self) -> Option<DrugSaid<'_, 'a>> {
        Some(DrugSaid { concept: self.concept(), reference: self.reference() })
    }

    fn check(&self, unread: &mut Vec<String>) {
        check_drug(self, unread);
    }
}

/// R4's element beside R5's may be two drugs.
fn check_drug<'a>(resource: &impl Medicated<'a>, unread: &mut Vec<String>) {
    if resource.has_two_drugs() {
        unread.push("medication[x]".to_owned());
    }
}

/// What a record says of its drug.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DrugSaid<'r, 'a> {
    /// The drug as a concept.
    pub concept: Option<&'r Concept<'a>>,
    /// The drug as a reference.
    pub reference: Option<&'r Reference<'a>>,
}

/// Access to the drug of the four resources that have one.
pub trait Medicated<'a> {
    /// Whether the drug is given in the elements of two versions of FHIR.
    fn has_two_drugs(&self) -> bool;
    /// The drug as a concept.
    fn concept(&self) -> Option<&Concept<'a>>;
    /// The drug as a reference.
    fn reference(&self) -> Option<&Reference<'a>>;
    /// The same, to be given an address.
    fn reference_mut(&mut self) -> Option<&mut Reference<'a>>;
}

macro_rules! medicated {
    ($($Type:ident),*) => {$(
        impl<'a> Medicated<'a> for $Type<'a> {
            fn has_two_drugs(&self) -> bool {
                self.medication.is_some() && (self.medication_codeable_concept.is_some() || self.medication_reference.is_some())
            }

            fn concept(&self) -> Option<&Concept<'a>> {
                self.medication_codeable_concept.as_ref().or(self.medication.as_ref())
            }

            fn reference(&self) -> Option<&Reference<'a>> {
                self.medication_reference.as_ref().or_else(|| self.medication.as_ref()?.reference.as_ref())
            }

            fn reference_mut(&mut self) -> Option<&mut Reference<'a>> {
                self.medication_reference.as_mut().or_else(|| self.medication.as_mut()?.reference.as_mut())
            }
        }
    )*};
}
medicated!(MedicationRequest, MedicationStatement, MedicationDispense, MedicationAdministration);

maps_only!(Adherence, Ingredient, DispenseRequest);
