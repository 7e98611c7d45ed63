//! Memory in two parts: what the packs are kept in, and what a call takes.
//!
//! Every call starts from the same snapshot, and each page that it writes is copied first. So a call takes its memory
//! from one place, and not from gaps between what is kept.

use std::alloc::{GlobalAlloc, Layout};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};

/// Free memory that a call starts with, bytes: enough for most. What it grows by beyond that is not kept resident from one
/// call to the next.
const ROOM: usize = 4 << 20;

/// The allocator.
pub(crate) struct Memory {
    kept: WasmDynamicTalc,
    call: WasmDynamicTalc,
    /// Where the memory of calls begins; the end of the address space until there is any.
    border: AtomicUsize,
}

impl Memory {
    pub(crate) const fn new() -> Self {
        Self { kept: new_wasm_dynamic_allocator(), call: new_wasm_dynamic_allocator(), border: AtomicUsize::new(usize::MAX) }
    }

    /// From now on memory is taken from the part of calls.
    pub(crate) fn keep(&self) {
        let pages = core::arch::wasm32::memory_size::<0>();
        self.border.store(pages << 16, Ordering::Relaxed);
        drop(black_box(Vec::<u8>::with_capacity(ROOM)));
    }

    fn is_kept(&self) -> bool {
        self.border.load(Ordering::Relaxed) != usize::MAX
    }

    /// The part that new memory is taken from.
    fn part(&self) -> &WasmDynamicTalc {
        if self.is_kept() { &self.call } else { &self.kept }
    }

    fn is_of_call(&self, memory: *mut u8) -> bool {
        memory.addr() >= self.border.load(Ordering::Relaxed)
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
        let part = if self.is_of_call(memory) { &self.call } else { &self.kept };
        // SAFETY: the caller's.
        unsafe { part.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if self.is_kept() == self.is_of_call(memory) {
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
