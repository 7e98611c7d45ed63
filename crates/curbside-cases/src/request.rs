//! From a case to the CDS Hooks request that an EHR would send.

use curbside_chart::time::{AsOf, Day, Zone};
use curbside_engine::Engine;
use curbside_rules::compile::DEFAULT_HOOK;
use curbside_source::{Diagnostic, Spanned};
use serde_json::{Value, json};

use crate::file::Case;
use crate::given::writer::{Writer, put};

impl Case {
    /// The moment on which it plays, and its zone.
    ///
    /// # Errors
    ///
    /// What is wrong with `at` or `tz`.
    pub fn moment(&self) -> Result<(AsOf, Zone), Diagnostic> {
        let zone = Zone::parse(&self.tz).map_err(|error| Diagnostic::error("invalid-value", self.name.span, error.to_string()))?;
        let as_of = AsOf::parse(&self.at.value, &zone).ok_or_else(|| {
            Diagnostic::error("invalid-value", self.at.span, format!("`{}` is no date", self.at.value))
                .help("write it like `2026-11-23` or `2026-11-23T09:30:00Z`")
        })?;
        Ok((as_of, zone))
    }

    /// The CDS Hooks request that says what the case says. Its prefetch holds the patient's whole record.
    ///
    /// # Errors
    ///
    /// Everything in the case that the packs of the engine do not know, such as a drug.
    pub fn request(&self, engine: &Engine) -> Result<Value, Vec<Diagnostic>> {
        let (as_of, _) = self.moment().map_err(|error| vec![error])?;
        let written = self.write(as_of.day(), engine)?;
        let hook = self.hook.as_ref().map_or(DEFAULT_HOOK, |hook| hook.value.as_str());
        let mut context = json!({"userId": "Practitioner/practitioner", "patientId": written.patient});
        if let Some(encounter) = &written.encounter {
            put(&mut context, "encounterId", encounter.clone());
        }
        if hook == "order-select" {
            put(&mut context, "selections", written.selected.clone());
        }
        if !written.drafts.is_empty() {
            put(&mut context, "draftOrders", bundle(&written.drafts));
        }
        if !written.proposed.is_empty() {
            put(&mut context, "appointments", bundle(&written.proposed));
        }
        if let (Some(Value::Object(more)), Some(members)) = (&self.context, context.as_object_mut()) {
            members.extend(more.clone());
        }
        Ok(json!({
            "hook": hook,
            "hookInstance": "00000000-0000-4000-8000-000000000000",
            "context": context,
            "prefetch": {"record": bundle(&written.record)},
        }))
    }

    fn write<'e>(&self, today: Day, engine: &'e Engine) -> Result<Writer<'e>, Vec<Diagnostic>> {
        let vocabularies = engine.packs().iter().map(|pack| &pack.plan.vocabulary).collect();
        let mut writer = Writer::new(today, self.patient.name(), vocabularies);
        writer.books = self.hook.as_ref().is_some_and(|hook| hook.value == "appointment-book");
        self.patient.write(&mut writer);
        for fact in &self.given {
            fact.value.write(&Spanned { value: (), span: fact.span }, &mut writer);
        }
        if writer.found.is_empty() { Ok(writer) } else { Err(writer.found) }
    }
}

fn bundle(resources: &[Value]) -> Value {
    let entry = |resource: &Value| {
        let [kind, id] = ["resourceType", "id"].map(|member| resource.get(member).and_then(Value::as_str).unwrap_or_default());
        json!({"fullUrl": format!("https://ehr.example/fhir/{kind}/{id}"), "resource": resource})
    };
    json!({"resourceType": "Bundle", "type": "collection", "entry": resources.iter().map(entry).collect::<Vec<_>>()})
}
