//! The guest compares bytes its own way.

use proptest::prelude::*;

#[path = "../../../curbside-guest/src/compare.rs"]
mod compare;

proptest! {
    #[test]
    fn bytes_are_in_their_usual_order(pairs in prop::collection::vec((0_u8..3, prop::option::weighted(0.05, any::<u8>())), 0..60)) {
        let (one, other): (Vec<u8>, Vec<u8>) = pairs.into_iter().map(|(byte, change)| (byte, change.unwrap_or(byte))).unzip();
        prop_assert_eq!(compare::compare(&one, &other), one.cmp(&other));
        prop_assert_eq!(compare::compare(&one, &one), std::cmp::Ordering::Equal);
    }
}
