//! Administrations of which it is not known whether they are sessions of a course, or on which day.

use curbside_chart::RecordRef;
use curbside_chart::time::{Day, When};

use super::Course;
use crate::evaluate::Cx;

/// An administration of which that is not known.
#[derive(Clone, Copy, Debug)]
pub struct Unclear {
    /// The record.
    pub record: RecordRef,
    /// The first and the last day on which it may have been; `None`: any.
    pub days: Option<(Day, Day)>,
    /// It is a session for certain, only not on which day.
    pub is_session: bool,
}

/// What a course may be besides what it is.
#[derive(Debug)]
pub struct Possible {
    /// Each of the courses that it may be.
    pub courses: Vec<Course>,
    /// It may be none of them: not all could be thought of.
    pub is_open: bool,
}

impl Unclear {
    /// One with this date, as far as it is known, up to today.
    pub(super) fn new(record: RecordRef, when: Option<When>, is_session: bool, today: Day) -> Self {
        Self { record, days: when.map(|when| (when.first_day(), when.last_day().min(today))), is_session }
    }

    /// Whether it may have been on one of these days.
    #[must_use]
    pub fn may_be_in(&self, from: Day, to: Day) -> bool {
        self.days.is_none_or(|(first, last)| first <= to && last >= from)
    }

    /// Its day, where that is known.
    fn day(&self) -> Option<Day> {
        self.days.filter(|(first, last)| first == last).map(|(day, _)| day)
    }
}

impl Course {
    /// Those that may change where the course stands on a day: those within its break, those within theirs, and so on.
    #[must_use]
    pub fn unclear_at(&self, day: Day) -> Vec<Unclear> {
        let mut rest: Vec<Unclear> = self.unclear.iter().copied().filter(|own| own.may_be_in(Day::MIN, day)).collect();
        if rest.is_empty() || self.sessions_at_least > 1 {
            // A session more may make a course of what is too short to be one.
            return rest;
        }
        let mut from = self.run_at(day).and_then(|run| run.sessions.first()).map_or(day, |(first, _)| *first);
        let mut reached = Vec::new();
        loop {
            let near: Vec<Unclear> = rest.extract_if(.., |own| own.may_be_in(from.plus_days(-self.break_after), day)).collect();
            if near.is_empty() {
                return reached;
            }
            from = near.iter().map(|own| own.days.map_or(Day::MIN, |(first, _)| first)).min().map_or(from, |first| from.min(first));
            reached.extend(near);
        }
    }

    /// What the course may be on a day, with these that are unclear.
    #[must_use]
    pub fn possible(&self, cx: Cx<'_, '_>, day: Day, unclear: &[Unclear]) -> Possible {
        let Some(record) = unclear.first().map(|own| own.record) else {
            return Possible { courses: vec![self.clone()], is_open: false };
        };
        let undated = unclear.iter().any(|own| own.days.is_none());
        let known: Option<Vec<Day>> = unclear.iter().filter(|own| own.days.is_some()).map(Unclear::day).collect();
        let (mut added, is_open) = match known {
            Some(mut days) => {
                // Those that were held are the last ones, for it is the first one that counts.
                days.sort_unstable();
                let with: Vec<Vec<Day>> = (0..days.len()).filter_map(|from| Some(days.get(from..)?.to_vec())).collect();
                (with, true)
            }
            None => (self.placed(day, unclear), false),
        };
        if undated {
            let first = self.run_at(day).and_then(|run| run.sessions.first()).map(|(first, _)| *first);
            let before = (1..=self.break_after).filter_map(|days| Some(first?.plus_days(-days)));
            added.extend(before.chain([day]).map(|day| vec![day]));
        }
        cx.look_at(added.len());
        let with = |days: Vec<Day>| {
            let mut other = self.clone();
            other.sessions = self.all.iter().copied().chain(days.into_iter().map(|day| (day, record))).collect();
            other.settle();
            other
        };
        // None of them counts, unless one certainly does.
        let without = (!self.is_surely_more(day, unclear)).then(|| self.clone());
        Possible { courses: without.into_iter().chain(added.into_iter().map(with)).collect(), is_open: is_open || undated }
    }

    /// The sessions that those may add, on each of their days. Where there are several, others may lie between one of them and
    /// the course, as far apart as its sessions can be.
    fn placed(&self, day: Day, unclear: &[Unclear]) -> Vec<Vec<Day>> {
        let dated = || unclear.iter().filter_map(|own| own.days).map(|(first, last)| (first, last.min(day)));
        let mut days: Vec<Day> =
            dated().flat_map(|(first, last)| (0..=last.since(first)).map(move |after| first.plus_days(after))).collect();
        days.sort_unstable();
        days.dedup();
        let run = self.run_at(day);
        let ends = run.and_then(|run| Some((run.sessions.first()?.0, run.sessions.last()?.0)));
        let is_active = run.is_some_and(|run| run.is_active);
        let is_newer = dated().any(|(_, last)| ends.is_none_or(|(_, end)| last > end));
        let until = match ends {
            Some((first, _)) if is_active => first,
            _ if is_newer => day,
            Some((first, _)) => first,
            None => day,
        };
        if let [_] = unclear {
            return days.into_iter().map(|day| vec![day]).collect();
        }
        // A course that is over may go on after all.
        days.extend(ends.filter(|_| is_newer && !is_active).map(|(_, end)| end));
        let step = usize::try_from(self.break_after).unwrap_or(1).max(1);
        let between = |from: Day| (0..until.since(from).max(1)).step_by(step).map(|after| from.plus_days(after)).collect();
        days.into_iter().map(between).collect()
    }

    /// Whether one of those certainly is a session of the course on a day.
    fn is_surely_more(&self, day: Day, unclear: &[Unclear]) -> bool {
        let alone = unclear.len() == 1;
        let run = self.run_at(day).filter(|run| run.is_active);
        let first = run.and_then(|run| run.sessions.first()).map_or(day, |(first, _)| *first);
        let is_near = |(from, to): (Day, Day)| first.since(from) <= self.break_after && to <= day;
        unclear.iter().filter(|own| own.is_session).filter_map(|own| own.days).any(|days| alone || is_near(days))
    }
}
