//! A Curbside plug-in: a patient with many active medication requests gets a card. The contract is
//! `crates/curbside-sandbox/wit/cds.wit`: CDS Hooks requests in, CDS Hooks responses out.

use serde::Deserialize;
use serde_json::json;

wit_bindgen::generate!({ path: "../../../crates/curbside-sandbox/wit", world: "curbside:cds/service", generate_all });

const MANY: usize = 5;

struct Plugin;
export!(Plugin);

/// The part of a request that this plug-in reads.
#[derive(Default, Deserialize)]
struct Request {
    #[serde(default)]
    prefetch: Prefetch,
}

#[derive(Default, Deserialize)]
struct Prefetch {
    medications: Option<Bundle>,
}

#[derive(Deserialize)]
struct Bundle {
    #[serde(default)]
    entry: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    resource: Medication,
}

#[derive(Deserialize)]
struct Medication {
    status: Option<String>,
}

impl Guest for Plugin {
    /// What it offers: a CDS Hooks discovery document.
    fn describe() -> String {
        json!({
            "services": [{
                "id": "polypharmacy-rs",
                "hook": "patient-view",
                "title": "Many medications",
                "description": format!("Shows a card for patients with {MANY} or more active medication requests."),
                "prefetch": {"medications": "MedicationRequest?patient={{context.patientId}}"}
            }]
        })
        .to_string()
    }

    /// Answers one request, in a fresh instance. Without the prefetch nothing is known, and nothing is said.
    fn call(_service: String, request: String) -> Result<String, String> {
        let request: Request = serde_json::from_str(&request).map_err(|error| error.to_string())?;
        let entries = request.prefetch.medications.map(|bundle| bundle.entry).unwrap_or_default();
        let active = entries.iter().filter(|entry| entry.resource.status.as_deref() == Some("active")).count();
        if active < MANY {
            return Ok(json!({"cards": []}).to_string());
        }
        let card = json!({
            "summary": format!("{active} active medication requests: consider a review"),
            "indicator": "info",
            "source": {"label": "Example plug-in in Rust"}
        });
        Ok(json!({"cards": [card]}).to_string())
    }
}
