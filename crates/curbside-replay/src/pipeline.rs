//! Many threads, one order: work is done by whoever is free and handed over in the order of the
//! input, with a bounded amount of it under way.

use std::collections::BTreeMap;
use std::thread;

use crossbeam_channel::bounded;

use crate::input::Item;

/// A batch ends where it has as many bytes, or as many items.
const BATCH_BYTES: usize = 512 << 10;
const BATCH_ITEMS: usize = 64;

/// Does `work` on every item on several threads and hands the results to `take` in the order of the
/// items; the answer of `take` ends it early.
///
/// # Errors
///
/// What `take` returns.
pub fn ordered<R: Send, E>(
    items: impl Iterator<Item = Item> + Send,
    threads: usize,
    work: impl Fn(&Item) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    if threads <= 1 {
        for item in items {
            take(work(&item))?;
        }
        return Ok(());
    }
    thread::scope(|scope| {
        let (to_workers, batches) = bounded::<(u64, Vec<Item>)>(threads);
        let (to_taker, results) = bounded::<(u64, Vec<R>)>(threads);
        // One permit a batch under way: a slow batch must not let results pile up behind it.
        let (permit, permits) = bounded::<()>(threads * 4);
        scope.spawn(move || {
            for (number, batch) in (0..).zip(Batches(items)) {
                if permit.send(()).is_err() || to_workers.send((number, batch)).is_err() {
                    return;
                }
            }
        });
        for _ in 0..threads {
            let (batches, to_taker, work) = (batches.clone(), to_taker.clone(), &work);
            scope.spawn(move || {
                for (number, batch) in batches {
                    if to_taker.send((number, batch.iter().map(work).collect())).is_err() {
                        return;
                    }
                }
            });
        }
        drop((batches, to_taker));
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        for (number, batch) in results {
            waiting.insert(number, batch);
            while let Some(batch) = waiting.remove(&next) {
                for result in batch {
                    take(result)?;
                }
                next += 1;
                let _ = permits.try_recv();
            }
        }
        Ok(())
    })
}

/// Groups items, so that threads do not meet at every one of them.
struct Batches<I>(I);

impl<I: Iterator<Item = Item>> Iterator for Batches<I> {
    type Item = Vec<Item>;

    fn next(&mut self) -> Option<Vec<Item>> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        while bytes < BATCH_BYTES && batch.len() < BATCH_ITEMS {
            let Some(item) = self.0.next() else { break };
            bytes += item.bytes.as_ref().map_or(0, Vec::len);
            batch.push(item);
        }
        (!batch.is_empty()).then_some(batch)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn items(count: usize) -> impl Iterator<Item = Item> + Send {
        (0..count).map(|number| Item { name: number.to_string(), bytes: Ok(vec![b' '; number % 977 * 400]) })
    }

    #[test]
    fn results_come_in_the_order_of_the_items_whatever_the_threads() {
        for threads in [1, 2, 5] {
            let mut names = Vec::new();
            let work = |item: &Item| {
                // Later items of a batch are quicker than earlier ones.
                std::thread::sleep(std::time::Duration::from_micros(item.name.len() as u64 * 3));
                item.name.clone()
            };
            let Ok(()) = ordered::<_, Infallible>(items(1500), threads, work, |name| {
                names.push(name);
                Ok(())
            });
            assert!(names.iter().enumerate().all(|(at, name)| *name == at.to_string()));
            assert_eq!(names.len(), 1500);
        }
    }

    #[test]
    fn an_error_ends_it() {
        let mut taken = 0;
        let ended = ordered(
            items(100_000),
            3,
            |_| (),
            |()| {
                taken += 1;
                if taken == 10 { Err("enough") } else { Ok(()) }
            },
        );
        assert_eq!((ended, taken), (Err("enough"), 10));
    }
}
