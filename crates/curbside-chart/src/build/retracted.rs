//! Versions that were entered in error, or deleted: they take back what older versions of the same id say.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{Builder, Unread};
use crate::chart::{Kind, Reason, Shelved};
use crate::duplicate::{Origin, Version};
use crate::held::read;
use crate::json::{Str, search};
use crate::resource::{Common, resource_types};
use crate::who::Belongs;

impl<'a> Builder<'a, '_> {
    /// Notes which versions were entered in error, before anything is kept: most records have none.
    pub(super) fn find_retracted(&mut self) {
        static STATUS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"entered-in-error\""));
        let unread = std::mem::take(&mut self.unread);
        for unread in unread.iter().filter(|unread| search::is_in(&STATUS, unread.raw.get().as_bytes())) {
            macro_rules! retraction {
                ($($Type:ident => $field:ident, $key:literal;)*) => {
                    match unread.kind {
                        $(Kind::$Type => self.retraction::<crate::resource::$Type<'a>>(unread),)*
                        Kind::Other => self.retraction::<crate::Other<'a>>(unread),
                        Kind::Patient => None,
                    }
                };
            }
            let Some((id, version)) = resource_types!(retraction) else { continue };
            self.retract(unread.kind, id, version, Reason::EnteredInError);
        }
        self.unread = unread;
    }

    /// Notes that a version takes back older ones.
    pub(super) fn retract(&mut self, kind: Kind, id: Str<'a>, version: Version, reason: Reason) {
        let known = self.retracted.entry((kind, id)).or_insert_with(|| (version, reason.clone()));
        if version.replaces(known.0) {
            *known = (version, reason);
        }
    }

    /// Id and version of a resource of this patient's that was entered in error.
    fn retraction<T: Shelved<'a>>(&mut self, unread: &Unread<'a>) -> Option<(Str<'a>, Version)> {
        let (data, _): (T, _) = read(unread.raw).ok()?;
        let is_it = data.entered_in_error() && self.chart.who.owns(data.owner()) != Belongs::No;
        let id = data.head().id.cloned()?;
        is_it.then(|| (id, Version::of(&data, unread.origin.as_deref().copied().unwrap_or_default(), unread.entry)))
    }

    /// Why a newer version takes this one back, where one does.
    pub(super) fn retraction_of<T: Common<'a>>(&self, kind: Kind, data: &T, origin: Origin<'a>, entry: usize) -> Option<Reason> {
        if self.retracted.is_empty() {
            return None;
        }
        let (retracted, reason) = self.retracted.get(&(kind, data.head().id?.clone()))?;
        retracted.replaces(Version::of(data, origin, entry)).then(|| reason.clone())
    }
}
