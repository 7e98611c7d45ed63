//! `memcmp`, eight bytes at a time: the usual one for WebAssembly looks at one, and each round of a loop also asks
//! whether time is up.

use std::cmp::Ordering;

/// Compares bytes of the same length. It must not compare slices or arrays itself: that is what it is called for.
pub(crate) fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let eight = |a: &[u8; 8], b: &[u8; 8]| u64::from_be_bytes(*a).cmp(&u64::from_be_bytes(*b));
    let four = |a: &[u8; 4], b: &[u8; 4]| u32::from_be_bytes(*a).cmp(&u32::from_be_bytes(*b));
    // What is left behind whole steps is looked at with some of what stands before it, which is alike.
    match (a.last_chunk(), b.last_chunk(), a.last_chunk(), b.last_chunk()) {
        (Some(a_end), Some(b_end), ..) => {
            let steps = a.as_chunks().0.iter().zip(b.as_chunks().0);
            steps.map(|(a, b)| eight(a, b)).find(|order| order.is_ne()).unwrap_or_else(|| eight(a_end, b_end))
        }
        (.., Some(a_end), Some(b_end)) => match (a.first_chunk(), b.first_chunk()) {
            (Some(a), Some(b)) => four(a, b).then_with(|| four(a_end, b_end)),
            _ => Ordering::Equal,
        },
        _ => a.iter().zip(b).map(|(a, b)| a.cmp(b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal),
    }
}

/// As in C.
#[cfg(target_arch = "wasm32")]
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, length: usize) -> i32 {
    // SAFETY: the caller's: both are readable for so many bytes.
    let (a, b) = unsafe { (std::slice::from_raw_parts(a, length), std::slice::from_raw_parts(b, length)) };
    compare(a, b) as i32
}

/// As in C: whether they differ.
#[cfg(target_arch = "wasm32")]
#[unsafe(no_mangle)]
unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, length: usize) -> i32 {
    // SAFETY: the caller's.
    unsafe { memcmp(a, b, length) }
}
