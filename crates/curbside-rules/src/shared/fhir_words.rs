//! Words of FHIR that rules write out: types of resources and their statuses (which the chart knows). One that is misspelt
//! would never be found in a record.

use curbside_source::{Diagnostic, did_you_mean};

use crate::compile::Compiler;
use crate::model::Name;

/// Types of resources of R4 and R5.
const TYPES: &str = "\
    Account ActivityDefinition ActorDefinition AdministrableProductDefinition AdverseEvent AllergyIntolerance \
    Appointment AppointmentResponse ArtifactAssessment AuditEvent Basic Binary BiologicallyDerivedProduct \
    BiologicallyDerivedProductDispense BodyStructure Bundle CapabilityStatement CarePlan CareTeam CatalogEntry \
    ChargeItem ChargeItemDefinition Citation Claim ClaimResponse ClinicalImpression ClinicalUseDefinition \
    CodeSystem Communication CommunicationRequest CompartmentDefinition Composition ConceptMap Condition \
    ConditionDefinition Consent Contract Coverage CoverageEligibilityRequest CoverageEligibilityResponse \
    DetectedIssue Device DeviceAssociation DeviceDefinition DeviceDispense DeviceMetric DeviceRequest DeviceUsage \
    DeviceUseStatement DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis Encounter \
    EncounterHistory Endpoint EnrollmentRequest EnrollmentResponse EpisodeOfCare EventDefinition Evidence \
    EvidenceReport EvidenceVariable ExampleScenario ExplanationOfBenefit FamilyMemberHistory Flag FormularyItem \
    GenomicStudy Goal GraphDefinition Group GuidanceResponse HealthcareService ImagingSelection ImagingStudy \
    Immunization ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide Ingredient InsurancePlan \
    InventoryItem InventoryReport Invoice Library Linkage List Location ManufacturedItemDefinition Measure \
    MeasureReport Media Medication MedicationAdministration MedicationDispense MedicationKnowledge \
    MedicationRequest MedicationStatement MedicinalProduct MedicinalProductDefinition MessageDefinition \
    MessageHeader MolecularSequence NamingSystem NutritionIntake NutritionOrder NutritionProduct Observation \
    ObservationDefinition OperationDefinition OperationOutcome Organization OrganizationAffiliation \
    PackagedProductDefinition Parameters Patient PaymentNotice PaymentReconciliation Permission Person \
    PlanDefinition Practitioner PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse \
    RegulatedAuthorization RelatedPerson RequestGroup RequestOrchestration Requirements ResearchDefinition \
    ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment RiskEvidenceSynthesis Schedule \
    SearchParameter ServiceRequest Slot Specimen SpecimenDefinition StructureDefinition StructureMap Subscription \
    SubscriptionStatus SubscriptionTopic Substance SubstanceDefinition SubstanceNucleicAcid SubstancePolymer \
    SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification SupplyDelivery \
    SupplyRequest Task TerminologyCapabilities TestPlan TestReport TestScript Transport ValueSet \
    VerificationResult VisionPrescription \
    ";

/// Complains about words that are none of the statuses of a type.
pub fn check_statuses<'n>(names: impl IntoIterator<Item = &'n Name>, known: &[&str], compiler: &mut Compiler<'_>) {
    for name in names.into_iter().filter(|name| !known.contains(&name.value.as_str())) {
        let message = format!("unknown status `{}`", name.value);
        compiler.report(Diagnostic::error("unknown-name", name.span, message).maybe_help(did_you_mean(&name.value, known.iter().copied())));
    }
}

/// Whether there are resources of this type.
#[must_use]
pub fn is_type(name: &str) -> bool {
    TYPES.split_whitespace().any(|known| known == name)
}

/// What a name that is no type of resources may have been meant for.
#[must_use]
pub fn type_like(name: &str) -> Option<String> {
    did_you_mean(name, TYPES.split_whitespace())
}

/// Complains about names that are no types of resources.
pub fn check_types<'n>(names: impl IntoIterator<Item = &'n Name>, compiler: &mut Compiler<'_>) {
    for name in names.into_iter().filter(|name| !is_type(&name.value)) {
        let message = format!("`{}` is no resource type", name.value);
        compiler.report(Diagnostic::error("unknown-type", name.span, message).maybe_help(type_like(&name.value)));
    }
}
