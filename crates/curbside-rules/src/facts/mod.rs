//! Typed, dated facts drawn from a chart: which record carries which code, who took what when and
//! how much of it, totals of scores, orders, bookings.
//!
//! Each is worked out when a criterion first asks, and once.

mod bookings;
mod coded;
mod coverage;
mod dose;
mod drugs;
mod exposures;
mod onset;
mod orders;
mod reasons;
mod routes;
mod scores;
mod timing;

use std::borrow::Borrow;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use curbside_chart::Kind;
use curbside_terminology::DrugSetId;

pub(crate) use bookings::named_drugs;
pub use bookings::{Booking, Bookings};
pub use coded::CodedIndex;
pub use coverage::{Segment, cover, longest_run};
pub use dose::{Dose, single_dose};
pub(crate) use dose::{shown, shown_as_recorded, unit_of};
pub use drugs::{Match, Medicine, Medicines};
pub use exposures::{Denial, Exposure, Exposures, Source};
pub(crate) use onset::Onset;
pub use orders::{Dosed, Order, OrderItem, Orders};
pub(crate) use orders::{doses_of, minutes_of, most_minutes_of};
pub use reasons::{Reasons, reasons_of};
pub use routes::routes_of;
use scores::AllScores;
pub use scores::Score;
pub(crate) use scores::reliability;

use crate::evaluate::Cx;

/// The facts drawn from one chart so far. Whoever asks for a list is taken to look at all of it.
#[derive(Debug, Default)]
pub struct Facts {
    coded: RefCell<Vec<(Kind, Rc<CodedIndex>)>>,
    medicines: OnceCell<Rc<Medicines>>,
    exposures: RefCell<Vec<(DrugSetId, Rc<Exposures>)>>,
    /// Of the instruments that have totals.
    scores: OnceCell<AllScores>,
    orders: OnceCell<Rc<Orders>>,
    bookings: OnceCell<Rc<Bookings>>,
}

impl Facts {
    /// Which records of a type carry which codes.
    pub fn coded(&self, cx: Cx<'_, '_>, kind: Kind) -> Rc<CodedIndex> {
        remembered(&self.coded, &kind, || CodedIndex::of(cx, kind))
    }

    /// What drug each medication record is about.
    pub fn medicines(&self, cx: Cx<'_, '_>) -> Rc<Medicines> {
        let medicines = Rc::clone(self.medicines.get_or_init(|| Rc::new(Medicines::of(cx))));
        cx.look_at(medicines.iter().len());
        medicines
    }

    /// Who took what of a drug set, and when.
    pub fn exposures(&self, cx: Cx<'_, '_>, drugs: DrugSetId) -> Rc<Exposures> {
        let exposures = remembered(&self.exposures, &drugs, || Exposures::of(cx, drugs));
        cx.look_at(exposures.list.len());
        exposures
    }

    /// The totals of an instrument, oldest first.
    pub fn scores(&self, cx: Cx<'_, '_>, instrument: &str) -> &[Score] {
        let scores = self.scores.get_or_init(|| AllScores::of(cx)).of_instrument(instrument);
        cx.look_at(scores.len());
        scores
    }

    /// What was found to be no total while totals were looked for, and why.
    #[must_use]
    pub fn left_out(&self) -> &[String] {
        self.scores.get().map(|scores| scores.left_out.as_slice()).unwrap_or_default()
    }

    /// The draft orders of the hook.
    pub fn orders(&self, cx: Cx<'_, '_>) -> Rc<Orders> {
        let orders = Rc::clone(self.orders.get_or_init(|| Rc::new(Orders::of(cx))));
        cx.look_at(orders.list.len());
        orders
    }

    /// The bookings on record, and the one that is proposed.
    pub fn bookings(&self, cx: Cx<'_, '_>) -> Rc<Bookings> {
        let bookings = Rc::clone(self.bookings.get_or_init(|| Rc::new(Bookings::of(cx))));
        cx.look_at(bookings.list.len());
        bookings
    }
}

/// Something from a list of those worked out so far. Packs ask for a handful, so a list is a map.
pub(crate) fn remembered<K, Q, V>(known: &RefCell<Vec<(K, Rc<V>)>>, key: &Q, work_out: impl FnOnce() -> V) -> Rc<V>
where
    K: Borrow<Q>,
    Q: PartialEq + ToOwned<Owned = K> + ?Sized,
{
    if let Some((_, value)) = known.borrow().iter().find(|(other, _)| other.borrow() == key) {
        return Rc::clone(value);
    }
    let value = Rc::new(work_out());
    known.borrow_mut().push((key.to_owned(), Rc::clone(&value)));
    value
}
