//! How much work an evaluation may do, counted in steps: the same count for the same plan and chart, on any machine.

use std::cell::Cell;

/// Steps that may be taken. A criterion that is decided is one, a record or fact that is looked at is one, and so is
/// whatever FHIRPath counts as one. Once they are used up nothing more is decided, and what was does not count.
#[derive(Debug)]
pub struct Budget {
    allowed: u64,
    used: Cell<u64>,
}

impl Budget {
    /// So many steps.
    #[must_use]
    pub const fn of(allowed: u64) -> Self {
        Self { allowed, used: Cell::new(0) }
    }

    /// Steps that were asked for so far.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.used.get()
    }

    /// Steps that may be taken.
    #[must_use]
    pub const fn allowed(&self) -> u64 {
        self.allowed
    }

    /// Steps that are left.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.allowed.saturating_sub(self.used.get())
    }

    /// Whether more was asked for than is allowed.
    #[must_use]
    pub fn is_exceeded(&self) -> bool {
        self.used.get() > self.allowed
    }

    /// Uses up steps.
    pub(crate) fn spend(&self, steps: u64) {
        self.used.set(self.used.get().saturating_add(steps));
    }
}

impl Default for Budget {
    /// Steps without end, for tools that count no work.
    fn default() -> Self {
        Self::of(u64::MAX)
    }
}
