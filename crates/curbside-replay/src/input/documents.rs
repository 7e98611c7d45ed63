//! The documents of a file: one, a list of them, or one a line.

use std::path::Path;

use serde_json::value::RawValue;

use super::Item;
use super::lines::{Lines, whole};
use super::open::{BytesRead, open};
use super::sniff::Holds;

/// Reads the documents of a file in turn.
pub(super) struct Documents {
    file: String,
    rest: Rest,
}

enum Rest {
    Lines(Lines),
    Listed(std::vec::IntoIter<Item>),
}

impl Documents {
    pub(super) fn open(path: &Path, holds: Holds, read: &BytesRead, max_bytes: usize) -> Self {
        let file = path.display().to_string();
        let rest = match open(path, read) {
            Err(error) => Rest::one(Item { name: file.clone(), bytes: Err(error.to_string()) }),
            Ok(reader) if holds == Holds::Whole => Rest::Listed(split(&file, whole(reader, max_bytes)).into_iter()),
            Ok(reader) => Rest::Lines(Lines::new(reader, max_bytes)),
        };
        Self { file, rest }
    }
}

impl Rest {
    fn one(item: Item) -> Self {
        Self::Listed(vec![item].into_iter())
    }
}

impl Iterator for Documents {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        match &mut self.rest {
            Rest::Listed(items) => items.next(),
            Rest::Lines(lines) => {
                let bytes = lines.next()?;
                Some(Item { name: format!("{}:{}", self.file, lines.number), bytes })
            }
        }
    }
}

/// A file's one document, or the documents of its list.
fn split(file: &str, bytes: Result<Vec<u8>, String>) -> Vec<Item> {
    let single = |bytes| vec![Item { name: file.to_owned(), bytes }];
    match bytes {
        Ok(bytes) if bytes.trim_ascii_start().first() == Some(&b'[') => match serde_json::from_slice::<Vec<&RawValue>>(&bytes) {
            Ok(list) => {
                let item = |(at, raw): (usize, &&RawValue)| Item { name: format!("{file}[{at}]"), bytes: Ok(raw.get().into()) };
                list.iter().enumerate().map(item).collect()
            }
            Err(error) => single(Err(format!("this is not JSON: {error}"))),
        },
        bytes => single(bytes),
    }
}
