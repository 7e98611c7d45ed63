//! Patients among the resources of a document.

use serde_json::value::RawValue;

use super::Builder;
use crate::chart::{Kind, Reason, SetAside};
use crate::duplicate::{Origin, Version};
use crate::held::{Held, Name, Place, read};
use crate::json::Str;
use crate::resource::{Common, Head, Owner, Patient, Resource};
use crate::who::Who;

impl<'a> Builder<'a, '_> {
    /// Reads a Patient.
    pub(super) fn patient(&mut self, raw: &'a RawValue, full_url: Option<Str<'a>>, entry: usize, origin: Origin<'a>) {
        match read::<PatientResource<'a>>(raw) {
            Ok((PatientResource(data), doubt)) => {
                let id = data.head().id.cloned();
                let name = Name { kind: Str::new("Patient"), id: id.clone(), entry };
                let held = Held { data, raw, name, doubt, place: Place::Record };
                let full_urls = full_url.into_iter().collect();
                match self.patients.iter_mut().enumerate().find(|(_, (who, _))| who.id == id && id.is_some()) {
                    // The same patient twice: the newer version, else the later one.
                    Some((at, (who, known))) => {
                        who.full_urls.extend(full_urls);
                        let key = (Kind::Patient, u32::try_from(at).unwrap_or(u32::MAX));
                        let known_origin = self.origins.get(&key).copied().unwrap_or_default();
                        let version = Version::of(&held.data, origin, entry);
                        let replaces = version.replaces(Version::of(&known.data, known_origin, known.name.entry));
                        let old = if replaces { std::mem::replace(known, held) } else { held };
                        if replaces {
                            self.origins.insert(key, origin);
                        }
                        self.chart.set_aside.push(SetAside { name: old.name, reason: Reason::Duplicate });
                    }
                    None => {
                        if origin.is_told() {
                            self.origins.insert((Kind::Patient, u32::try_from(self.patients.len()).unwrap_or(u32::MAX)), origin);
                        }
                        self.patients.push((Who::of(id, full_urls).known_by(held.data.head().identifier), held));
                    }
                }
            }
            Err(why) => {
                let name = Name { kind: Str::new("Patient"), id: None, entry };
                self.chart.notes.push(format!("{name} could not be read: {why}"));
                self.set_aside(name, Reason::Unreadable(why));
            }
        }
    }
}

/// A Patient as a resource: it is nobody's record but its own.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct PatientResource<'a>(#[serde(borrow)] Patient<'a>);

impl<'a> Common<'a> for PatientResource<'a> {
    fn head(&self) -> Head<'_, 'a> {
        self.0.head()
    }
}

impl<'a> Resource<'a> for PatientResource<'a> {
    fn owner(&self) -> Owner<'_, 'a> {
        Owner::Shared
    }

    fn entered_in_error(&self) -> bool {
        false
    }

    // Contacts and links are not read.
    fn is_read_in_parts(&self) -> bool {
        false
    }
}
