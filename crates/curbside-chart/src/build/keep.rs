//! From a resource to its place in the chart.

use hashbrown::HashMap;

use super::{Builder, Unread};
use crate::chart::{Kind, Reason, RecordRef, Shelved};
use crate::duplicate::{Matter, Version};
use crate::held::{Doubt, Held, Name, Place, read};
use crate::json::Str;
use crate::reference::{Target, parse};
use crate::resource::Head;
use crate::who::Belongs;

impl<'a> Builder<'a, '_> {
    /// Reads a resource and puts it where it belongs, or sets it aside.
    pub(super) fn keep<T: Shelved<'a> + Matter>(&mut self, unread: Unread<'a>) {
        let Unread { raw, kind, type_name, full_url, place, entry, origin } = unread;
        let origin = origin.map(|origin| *origin).unwrap_or_default();
        let (data, mut doubt): (T, _) = match read(raw) {
            Ok(read) => read,
            Err(why) => {
                let name = Name { kind: type_name, id: None, entry };
                self.open(place, &name.kind, &format!("{name} could not be read: {why}"));
                return self.set_aside(name, Reason::Unreadable(why));
            }
        };
        if doubt.as_ref().is_some_and(|doubt| doubt.covers("resourceType")) {
            return self.of_no_type(place, entry, "it says two resourceTypes");
        }
        // Of drafts, and of bookings, there are few, and each of them is in question.
        if place != Place::Record || data.is_looked_through() {
            let malformed = data.unreadable();
            if !malformed.is_empty() {
                doubt = Some(Doubt::with(doubt, malformed));
            }
        }
        let name = Name { kind: type_name, id: data.head().id.cloned(), entry };
        let belongs = self.chart.who.owns(data.owner());
        if belongs == Belongs::No {
            return self.set_aside(name, Reason::OtherPatient);
        }
        if data.entered_in_error() {
            return self.set_aside(name, Reason::EnteredInError);
        }
        if let Some(reason) = self.retraction_of(kind, &data, origin, entry) {
            return self.set_aside(name, reason);
        }
        // What the hook's context carries is about its patient, even where a draft does not say so.
        let unclear = belongs == Belongs::Unclear && place == Place::Record;
        // Which members could not be read tells more.
        let doubt = if unclear && !matches!(doubt, Some(Doubt::Unread(_))) { Some(Doubt::Owner) } else { doubt };
        if let Some(doubt) = &doubt {
            self.chart.notes.push(format!("{name} {doubt}"));
        }
        let held = Held { data, raw, name, doubt, place };
        let at = match self.duplicate_of(kind, &held, full_url.as_ref()) {
            Some(at) => {
                let known_origin = self.origins.get(&(kind, at)).copied().unwrap_or_default();
                let Some(known) = T::shelf(&mut self.chart).get_mut(at as usize) else { return };
                let new = Version::of(&held.data, origin, entry);
                let old = Version::of(&known.data, known_origin, known.name.entry);
                let same_id = held.name.id.is_some() && held.name.id == known.name.id;
                let replaces = if same_id { new.replaces(old) } else { new.is_later_than(old).unwrap_or(true) };
                let old = if replaces { std::mem::replace(known, held) } else { held };
                if replaces {
                    if origin.is_told() || known_origin.is_told() {
                        self.origins.insert((kind, at), origin);
                    }
                    self.number_drug(kind, at, Some(&old.data));
                }
                self.set_aside(old.name, Reason::Duplicate);
                at
            }
            None => {
                let at = u32::try_from(T::shelf(&mut self.chart).len()).unwrap_or(u32::MAX);
                self.index(kind, at, &held);
                if origin.is_told() {
                    self.origins.insert((kind, at), origin);
                }
                T::shelf(&mut self.chart).push(held);
                self.number_drug::<T>(kind, at, None);
                at
            }
        };
        if let Some(url) = full_url {
            let record = RecordRef { kind, at };
            if let (Some(homes), Some(base)) = (self.homes.get_mut(), base(&url)) {
                homes.entry(record).or_insert(base);
            }
            self.chart.by_url.push((url, record));
        }
    }

    /// The resource in the chart of which this is another copy: same id, or same identifier and
    /// same subject matter.
    fn duplicate_of<T: Shelved<'a> + Matter>(&mut self, kind: Kind, held: &Held<'a, T>, full_url: Option<&Str<'a>>) -> Option<u32> {
        let head = held.data.head();
        let by_id = head.id.and_then(|id| self.chart.by_id.get(&(kind, id.clone())).copied());
        let found = match by_id {
            Some(at) => Some((at, true)),
            None => identifiers(kind, head).find_map(|key| self.identifiers.get(&key).copied()).map(|at| (at, false)),
        };
        let (at, same_id) = found?;
        if same_id && self.is_elsewhere(RecordRef { kind, at }, full_url) {
            return None;
        }
        let known = T::shelf(&mut self.chart).get(at as usize)?;
        let same_matter = same_id || known.data.matter() == held.data.matter();
        (known.place == held.place && known.name.kind == held.name.kind && same_matter).then_some(at)
    }

    /// Whether a resource of the chart is at home on another server: there an id means another one.
    fn is_elsewhere(&self, known: RecordRef, full_url: Option<&Str<'a>>) -> bool {
        let homes = self.homes.get_or_init(|| {
            let mut homes = HashMap::new();
            for (url, record) in &self.chart.by_url {
                if let Some(base) = base(url) {
                    homes.entry(*record).or_insert(base);
                }
            }
            homes
        });
        let home = homes.get(&known);
        home.zip(full_url.and_then(base)).is_some_and(|(known, own)| *known != own)
    }

    fn index<T: Shelved<'a>>(&mut self, kind: Kind, at: u32, held: &Held<'a, T>) {
        let head = held.data.head();
        self.identifiers.extend(identifiers(kind, head).map(|key| (key, at)));
        if let Some(id) = head.id {
            self.chart.by_id.entry((kind, id.clone())).or_insert(at);
        }
    }
}

/// The server that an address is of.
fn base<'a>(url: &Str<'a>) -> Option<&'a str> {
    match parse(url.borrowed()?) {
        Target::Typed { base, .. } => base,
        _ => None,
    }
}

/// What tells two copies of a thing under different ids: its business identifiers.
fn identifiers<'a>(kind: Kind, head: Head<'_, 'a>) -> impl Iterator<Item = (Kind, Str<'a>, Str<'a>)> {
    head.identifier.iter().filter_map(move |identifier| Some((kind, identifier.system.clone()?, identifier.value.clone()?)))
}
