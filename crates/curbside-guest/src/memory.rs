//! Memory in two parts: what the packs are kept in, and what a call takes.
//!
//! Every call starts from the same snapshot, and each page that it writes is copied first. So a call takes its memory
//! from one place, and not from gaps between what is kept. That place lies before what is kept: where a call, or those
//! before it, wrote to many places, the host makes the first of them new and has the system forget the others, which
//! must be faulted in again.

use std::alloc::{GlobalAlloc, Layout};
use std::arch::wasm32::{memory_grow, memory_size};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicUsize, Ordering};

use talc::base::Talc;
use talc::base::binning::Binning;
use talc::cell::TalcSyncCell;
use talc::source::Source;
use talc::wasm::WasmBinning;

/// Free memory that a call starts with, pages: enough for most. It is empty, and yet a part of the snapshot.
const ROOM: usize = 8;
/// Free memory behind what is kept, pages, and no part of the snapshot. What a call grows by beyond that is not kept
/// resident from one call to the next.
const MORE_ROOM: usize = 64;
const PAGE_BYTES: usize = 1 << 16;

/// Where the memory of calls begins; 0 until it is set aside.
static ROOM_START: AtomicUsize = AtomicUsize::new(0);
/// Where the rest of it begins; the end of the address space until there is any.
static BORDER: AtomicUsize = AtomicUsize::new(usize::MAX);

/// The allocator.
pub(crate) struct Memory {
    kept: Part,
    call: Part,
}

type Part = TalcSyncCell<Pages, WasmBinning>;

impl Memory {
    pub(crate) const fn new() -> Self {
        Self { kept: TalcSyncCell::new_wasm(Pages::new()), call: TalcSyncCell::new_wasm(Pages::new()) }
    }

    /// From now on memory is taken from the part of calls.
    pub(crate) fn keep(&self) {
        BORDER.store(memory_size::<0>() * PAGE_BYTES, Ordering::Relaxed);
        memory_grow::<0>(MORE_ROOM);
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
    let start = ROOM_START.load(Ordering::Relaxed);
    memory.addr() >= BORDER.load(Ordering::Relaxed) || (start..start + ROOM * PAGE_BYTES).contains(&memory.addr())
}

/// Gives a part the pages that it needs. What a call gets first is there already, and nothing was written to it: the
/// snapshot is that much smaller.
#[derive(Debug)]
struct Pages {
    /// How often it was given some.
    times: usize,
    /// The end of what it has given.
    end: Option<NonNull<u8>>,
}

impl Pages {
    const fn new() -> Self {
        Self { times: 0, end: None }
    }
}

// SAFETY: it allocates nothing, and gives each page once.
unsafe impl Source for Pages {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        let end = memory_size::<0>() * PAGE_BYTES;
        let border = BORDER.load(Ordering::Relaxed);
        let times = talc.source.times;
        talc.source.times += 1;
        // What lies ready for calls.
        let ready = match times {
            _ if !is_kept() => None,
            0 => Some((ROOM_START.load(Ordering::Relaxed), ROOM * PAGE_BYTES)),
            1 => Some((border, end - border)),
            _ => None,
        };
        if let Some((start, size)) = ready.filter(|(start, _)| *start > 0) {
            // SAFETY: nobody has been given anything of it yet.
            talc.source.end = unsafe { talc.claim(ptr::with_exposed_provenance_mut(start), size) };
            return talc.source.end.map(drop).ok_or(());
        }
        let mut end = end;
        if times == 0 && !is_kept() && memory_grow::<0>(ROOM) != usize::MAX {
            ROOM_START.store(end, Ordering::Relaxed);
            end += ROOM * PAGE_BYTES;
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
// all comes from `kept`, below where the border will be and outside the room; then all comes from `call`, which has the room
// and what is grown above the border.
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
