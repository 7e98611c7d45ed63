//! Second pass: a part of the export, sorted into one record a patient.

use std::io;

use super::block::{BlockReader, BlockWriter, Pieces};
use super::shared::Shared;

/// A line of a part.
#[derive(Clone, Copy)]
struct Line<'b> {
    patient: &'b [u8],
    kind: &'b [u8],
    id: &'b [u8],
    /// Where it stood in the export.
    place: u64,
    text: &'b [u8],
}

/// Sorts a part into records and writes them in the order of their Patient resources; a patient
/// without one gives a complaint in place of a record.
/// `buffer` is room that one part after the other uses.
pub(super) fn sort(mut part: BlockReader, buffer: &mut Vec<u8>, shared: &mut Shared, run: &mut BlockWriter) -> io::Result<()> {
    buffer.clear();
    while part.next(buffer)? {}
    let mut pieces = Pieces(buffer);
    let mut lines = Vec::new();
    while let Some(line) = Line::read(&mut pieces) {
        lines.push(line);
    }
    lines.sort_unstable_by_key(|line| (line.patient, line.kind, line.id, line.place));
    let mut records: Vec<(u64, &[Line<'_>])> = lines
        .chunk_by(|a, b| a.patient == b.patient)
        .map(|lines| {
            let patient = lines.iter().find(|line| line.kind == b"Patient");
            // Without a Patient it is a complaint, and those come first.
            (patient.map_or(0, |line| line.place), lines)
        })
        .collect();
    records.sort_unstable_by_key(|(place, lines)| (*place, lines.first().map(|line| line.patient)));
    for (place, lines) in records {
        let patient = lines.first().map(|line| line.patient).unwrap_or_default();
        run.number(place);
        run.piece(patient)?;
        if place == 0 {
            run.piece(format!("has no Patient resource; {} resources are left out", lines.len()).as_bytes())?;
        } else {
            run.piece(&record(lines, shared)?)?;
        }
        run.end()?;
    }
    Ok(())
}

impl<'b> Line<'b> {
    fn read(pieces: &mut Pieces<'b>) -> Option<Self> {
        let (patient, kind, id) = (pieces.piece()?, pieces.piece()?, pieces.piece()?);
        Some(Self { patient, kind, id, place: pieces.number()?, text: pieces.piece()? })
    }
}

/// A patient's resources in the order of their types and ids, then what they refer to.
fn record(lines: &[Line<'_>], shared: &mut Shared) -> io::Result<Vec<u8>> {
    let referred = shared.referred(lines.iter().map(|line| line.text))?;
    let mut bundle = Vec::with_capacity(lines.iter().map(|line| line.text.len() + 16).sum::<usize>() + 64);
    bundle.extend_from_slice(br#"{"resourceType":"Bundle","type":"collection","entry":["#);
    let own = lines.iter().map(|line| line.text);
    for (at, resource) in own.chain(referred.values().map(Vec::as_slice)).enumerate() {
        bundle.extend_from_slice(if at == 0 { br#"{"resource":"# } else { br#",{"resource":"# });
        bundle.extend_from_slice(resource);
        bundle.push(b'}');
    }
    bundle.extend_from_slice(b"]}");
    Ok(bundle)
}
