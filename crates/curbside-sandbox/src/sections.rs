//! Custom sections of a component: Curbside keeps a pack's manifest and a signature in them.
//!
//! Read by hand: a section is an id byte, a length, and that many bytes; a custom one has id 0 and starts with its name.

use std::ops::Range;

/// The bytes every component starts with.
pub(crate) const COMPONENT: [u8; 8] = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];

/// One section at the top level.
pub(crate) struct Section<'a> {
    /// Where it stands in the file, id and length included.
    pub(crate) range: Range<usize>,
    /// Its name, where it is custom.
    pub(crate) name: Option<&'a str>,
    /// What it holds, after the name.
    pub(crate) body: &'a [u8],
}

/// Every section at the top level; `None` where the file is broken.
pub(crate) fn read(wasm: &[u8]) -> Option<Vec<Section<'_>>> {
    let mut rest = wasm.strip_prefix(&COMPONENT)?;
    let mut sections = Vec::new();
    while let Some((id, after)) = rest.split_first() {
        let start = wasm.len() - rest.len();
        let (size, after) = leb(after)?;
        let (payload, after) = after.split_at_checked(size)?;
        let (name, body) = if *id == 0 {
            let (length, text) = leb(payload)?;
            let (name, body) = text.split_at_checked(length)?;
            (Some(std::str::from_utf8(name).ok()?), body)
        } else {
            (None, payload)
        };
        sections.push(Section { range: start..wasm.len() - after.len(), name, body });
        rest = after;
    }
    Some(sections)
}

/// A custom section, ready to be appended.
pub(crate) fn custom(name: &str, body: &[u8]) -> Vec<u8> {
    let mut payload = Vec::new();
    push_leb(&mut payload, name.len());
    payload.extend_from_slice(name.as_bytes());
    payload.extend_from_slice(body);
    let mut section = vec![0];
    push_leb(&mut section, payload.len());
    section.extend_from_slice(&payload);
    section
}

/// An unsigned LEB128 number of at most 32 bits, and what follows it.
fn leb(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(5) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((usize::try_from(u32::try_from(value).ok()?).ok()?, bytes.get(index + 1..)?));
        }
    }
    None
}

fn push_leb(bytes: &mut Vec<u8>, mut value: usize) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or_default();
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}
