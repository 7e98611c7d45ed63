//! Memory in two parts: what the packs are kept in, and what a call takes.
//!
//! Every call starts from the same snapshot, and each page that it writes is copied first. So a call takes its memory
//! from one place, and not from gaps between what is kept.

use std::alloc::{GlobalAlloc, Layout};
use std::arch::wasm32::{memory_grow, memory_size};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicUsize, Ordering};

use talc::base::Talc;
use talc::base::binning::Binning;
use talc::cell::TalcSyncCell;
use talc::source::Source;
use talc::wasm::WasmBinning;

/// Free memory that a call starts with, pages: enough for most. What it grows by beyond that is not kept resident from one
/// call to the next.
const ROOM: usize = 64;
const PAGE_BYTES: usize = 1 << 16;

/// Where the memory of calls begins; the end of the address space until there is any.
static BORDER: AtomicUsize = AtomicUsize::new(usize::MAX);

/// The allocator.
pub(crate) struct Memory {
    kept: Part,
    call: Part,
}

type Part = TalcSyncCell<Pages, WasmBinning>;

impl Memory {
    pub(crate) const fn new() -> Self {
        Self { kept: TalcSyncCell::new_wasm(Pages { end: None }), call: TalcSyncCell::new_wasm(Pages { end: None }) }
    }

    /// From now on memory is taken from the part of calls.
    pub(crate) fn keep(&self) {
        BORDER.store(memory_size::<0>() * PAGE_BYTES, Ordering::Relaxed);
        memory_grow::<0>(ROOM);
    }

    /// The part that new memory is taken from.
    fn part(&self) -> &Part {
        if is_kept() { &self.call } else { &self.kept }
    }
}

fn is_kept() -> bool {
    BORDER.load(Ordering::Relaxed) != usize::MAX
}

fn is_of_call(memory: *mut u8) -> bool {
    memory.addr() >= BORDER.load(Ordering::Relaxed)
}

/// Gives a part the pages that it needs. The first that a call gets are there already, and nothing was written to them: the
/// snapshot is that much smaller.
#[derive(Debug)]
struct Pages {
    /// The end of what it has given.
    end: Option<NonNull<u8>>,
}

// SAFETY: it allocates nothing, and gives each page once.
unsafe impl Source for Pages {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        let end = memory_size::<0>() * PAGE_BYTES;
        let border = BORDER.load(Ordering::Relaxed);
        if talc.source.end.is_none() && border < end {
            // SAFETY: from the border on, nobody has been given anything yet.
            talc.source.end = unsafe { talc.claim(ptr::with_exposed_provenance_mut(border), end - border) };
            return talc.source.end.map(drop).ok_or(());
        }
        // As much as is asked for, and what the allocator puts around it.
        let pages = (layout.size() + layout.align() + 1024).div_ceil(PAGE_BYTES);
        if memory_grow::<0>(pages) == usize::MAX {
            return Err(());
        }
        let base: *mut u8 = ptr::with_exposed_provenance_mut(end);
        // SAFETY: these pages are new.
        talc.source.end = unsafe {
            match talc.source.end {
                Some(known) if known.as_ptr() == base => Some(talc.extend(known, base.wrapping_add(pages * PAGE_BYTES))),
                _ => talc.claim(base, pages * PAGE_BYTES),
            }
        };
        talc.source.end.map(drop).ok_or(())
    }
}

// SAFETY: each of the two keeps the contract, and memory goes back to the one that it came from: before the border is set
// all comes from `kept`, below where the border will be; then all comes from `call`, whose memory is grown above it.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's.
        unsafe { self.part().alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        let part = if is_of_call(memory) { &self.call } else { &self.kept };
        // SAFETY: the caller's.
        unsafe { part.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if is_kept() == is_of_call(memory) {
            // SAFETY: the caller's.
            return unsafe { self.part().realloc(memory, layout, size) };
        }
        // SAFETY: the caller's; the new memory is another.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                std::ptr::copy_nonoverlapping(memory, new, layout.size().min(size));
                self.dealloc(memory, layout);
            }
            new
        }
    }
}
