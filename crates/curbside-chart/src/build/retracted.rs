//! Versions that were entered in error: they take back what older versions of the same id say.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde_json::value::RawValue;

use super::Builder;
use crate::chart::{Kind, Shelved};
use crate::duplicate::Version;
use crate::held::read;
use crate::json::Str;
use crate::resource::{Common, resource_types};
use crate::who::Belongs;

impl<'a> Builder<'a, '_> {
    /// Notes which versions were entered in error, before anything is kept: most records have none.
    pub(super) fn find_retracted(&mut self) {
        static STATUS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"entered-in-error\""));
        let unread = std::mem::take(&mut self.unread);
        for unread in unread.iter().filter(|unread| STATUS.find(unread.raw.get().as_bytes()).is_some()) {
            macro_rules! retraction {
                ($($Type:ident => $field:ident, $key:literal;)*) => {
                    match unread.kind {
                        $(Kind::$Type => self.retraction::<crate::resource::$Type<'a>>(unread.raw, unread.entry),)*
                        Kind::Other => self.retraction::<crate::Other<'a>>(unread.raw, unread.entry),
                        Kind::Patient => None,
                    }
                };
            }
            let Some((id, version)) = resource_types!(retraction) else { continue };
            let known = self.retracted.entry((unread.kind, id)).or_insert(version);
            if version.replaces(*known) {
                *known = version;
            }
        }
        self.unread = unread;
    }

    /// Id and version of a resource of this patient's that was entered in error.
    fn retraction<T: Shelved<'a>>(&mut self, raw: &'a RawValue, entry: usize) -> Option<(Str<'a>, Version)> {
        let (data, _): (T, _) = read(raw).ok()?;
        let is_it = data.entered_in_error() && self.chart.who.owns(data.owner()) != Belongs::No;
        let id = data.head().id.cloned()?;
        is_it.then(|| (id, Version::of(&data, entry)))
    }

    /// Whether a version that was entered in error replaces this one.
    pub(super) fn is_retracted<T: Common<'a>>(&self, kind: Kind, data: &T, entry: usize) -> bool {
        if self.retracted.is_empty() {
            return false;
        }
        let retracted = data.head().id.and_then(|id| self.retracted.get(&(kind, id.clone())));
        retracted.is_some_and(|retracted| retracted.replaces(Version::of(data, entry)))
    }
}
