//! How a system writes records down: real ones agree on little.

use serde_json::{Value, json};

use super::random::Random;

/// A style of writing, after a kind of real data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// A generator's transaction: `urn:uuid:` references, conditional ones, claims that are half of it.
    Generator,
    /// A hospital's export: `resourceType` last, local systems, ICD without dots, no status, medications by
    /// reference.
    Hospital,
    /// A practice: relative references, dispenses with days of supply, texts.
    Practice,
}

/// A bundle that is being written.
pub(super) struct Bundle {
    pub(super) sender: Sender,
    pub(super) patient: String,
    pub(super) resources: Vec<Resource>,
    count: u64,
}

/// What a bundle holds.
pub(super) struct Resource {
    /// Its type; none where somebody forgot it.
    pub(super) kind: Option<String>,
    pub(super) id: String,
    /// As JSON.
    pub(super) text: String,
}

impl Bundle {
    pub(super) fn new(sender: Sender, patient: String) -> Self {
        Self { sender, patient, resources: Vec::new(), count: 0 }
    }

    /// The reference to the patient.
    pub(super) fn subject(&self) -> Value {
        match self.sender {
            Sender::Generator => json!({"reference": format!("urn:uuid:{}", self.patient)}),
            Sender::Hospital | Sender::Practice => json!({"reference": format!("Patient/{}", self.patient)}),
        }
    }

    /// Adds a resource with an id of its own; gives back the id.
    pub(super) fn add(&mut self, random: &mut Random, kind: &str, body: Value) -> String {
        let id = match self.sender {
            Sender::Generator | Sender::Hospital => random.uuid(),
            Sender::Practice => format!("{}-{}", self.patient, self.count),
        };
        self.add_as(&id, kind, body);
        id
    }

    /// Adds a resource under an id.
    pub(super) fn add_as(&mut self, id: &str, kind: &str, mut body: Value) {
        self.count += 1;
        body["id"] = id.into();
        body["meta"]["security"] =
            json!([{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST", "display": "test health data"}]);
        let text = body.to_string();
        let inner = &text[1..text.len() - 1];
        let resource = match self.sender {
            Sender::Hospital => format!("{{{inner},\"resourceType\":\"{kind}\"}}"),
            Sender::Generator | Sender::Practice => format!("{{\"resourceType\":\"{kind}\",{inner}}}"),
        };
        self.resources.push(Resource { kind: Some(kind.to_owned()), id: id.to_owned(), text: resource });
    }

    /// Something that is no resource of the patient's, as it stands.
    pub(super) fn add_raw(&mut self, resource: &Value) {
        let kind = resource["resourceType"].as_str().map(str::to_owned);
        self.resources.push(Resource { kind, id: String::new(), text: resource.to_string() });
    }

    /// The bundle on one line.
    pub(super) fn finish(&self) -> String {
        let kind = if self.sender == Sender::Generator { "transaction" } else { "collection" };
        let entries: Vec<String> = self.resources.iter().map(|resource| self.entry(resource)).collect();
        format!("{{\"resourceType\":\"Bundle\",\"type\":\"{kind}\",\"entry\":[{}]}}", entries.join(","))
    }

    fn entry(&self, Resource { kind, id, text }: &Resource) -> String {
        match (self.sender, kind) {
            (Sender::Generator, Some(kind)) if !id.is_empty() => {
                format!("{{\"fullUrl\":\"urn:uuid:{id}\",\"resource\":{text},\"request\":{{\"method\":\"POST\",\"url\":\"{kind}\"}}}}")
            }
            (Sender::Practice, Some(kind)) if !id.is_empty() => {
                format!("{{\"fullUrl\":\"https://synthetic.example.org/r4/{kind}/{id}\",\"resource\":{text}}}")
            }
            _ => format!("{{\"resource\":{text}}}"),
        }
    }

    /// A concept of a diagnosis.
    pub(super) fn diagnosis(&self, snomed: &str, icd10: &str, display: &str) -> Value {
        match self.sender {
            Sender::Generator => {
                json!({"coding": [{"system": "http://snomed.info/sct", "code": snomed, "display": display}], "text": display})
            }
            Sender::Hospital => {
                let code = icd10.replace('.', "");
                json!({"coding": [{"system": "http://hospital.example.org/CodeSystem/diagnosis-icd10", "code": code, "display": display}]})
            }
            Sender::Practice => json!({"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": icd10}]}),
        }
    }
}
