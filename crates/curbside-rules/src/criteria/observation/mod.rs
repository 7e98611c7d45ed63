//! `observation`: measurements and findings, alone or as parts of a panel.

mod change;
mod model;
mod pick;
mod reading;

use curbside_chart::Kind as RecordKind;
use curbside_source::Spanned;
use curbside_terminology::{SetId, ValueSetId};

use super::test::Test;
use super::{Kind, Place};
use crate::compile::{Asks, Aspect, Compiler, Node, Plan};
use crate::evaluate::{Cx, Verdict};
use crate::fact::{Fact, Shape};
use crate::shared::{ValueModel, ValueTest, Window, value_words};
use crate::truth::Truth;

use change::Change;
use model::{ComponentTest, Ties};
pub(super) use model::{Observation, Pick};
use reading::Reading;

#[derive(Debug)]
struct ObservationTest {
    sets: Vec<ValueSetId>,
    pick: Pick,
    worst: bool,
    preliminary: Truth,
    window: Window,
    value: Option<ValueTest>,
    components: Vec<(Vec<ValueSetId>, ValueTest, String)>,
    any_component: bool,
    partial: Truth,
    change: Option<Change>,
    about_trial: bool,
    if_absent: Truth,
    what: String,
}

impl Kind for Observation {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        let sets = compiler.value_sets(Some(&self.r#in))?;
        compiler.reads_coded(RecordKind::Observation, &sets);
        let tests = self.any_component.as_ref().or(self.all_components.as_ref());
        if self.any_component.is_some() && self.all_components.is_some() {
            compiler.error("several-keys", place.span, "give `any_component` or `all_components`, not both");
        }
        let mut components = Vec::new();
        for test in tests.into_iter().flatten() {
            let sets = compiler.value_sets(Some(&test.r#in))?;
            compiler.reads_coded(RecordKind::Observation, &sets);
            let ComponentTest { above, below, at_least, at_most, .. } = test.clone();
            let model = ValueModel { above, below, at_least, at_most, r#in: None, is: None };
            let value = ValueTest::compile(&Spanned { value: model, span: place.span }, compiler)?;
            let title = sets.first().map(|set| compiler.vocabulary().title(SetId::Values(*set)).to_lowercase()).unwrap_or_default();
            components.push((sets, value, title));
        }
        if !components.is_empty() && matches!(self.pick, Some(Pick::Highest | Pick::Lowest)) {
            compiler.error("wrong-kind", place.span, "`pick: highest` and `lowest` are about one value, not about the parts of a panel");
        }
        if self.about.is_some() {
            compiler.scoped();
        }
        if self.change.is_some() && tests.is_some() {
            compiler.error("several-keys", place.span, "`change` is about one value, not about the parts of a panel");
        }
        let change = match &self.change {
            Some(change) => Some(Change::compile(change, self.pick, compiler)?),
            None => None,
        };
        let titles: Vec<String> = sets.iter().map(|set| compiler.vocabulary().title(SetId::Values(*set)).to_lowercase()).collect();
        let test = ObservationTest {
            pick: self.pick.unwrap_or_default(),
            worst: self.ties == Some(Ties::Worst),
            preliminary: self.preliminary.unwrap_or(Truth::Unknown),
            window: Window::compile(self.within.as_ref(), self.dated.as_ref(), compiler)?,
            value: compiler.optional(self.value.as_ref(), |compiler, value| ValueTest::compile(value, compiler))?,
            any_component: self.any_component.is_some(),
            components,
            partial: self.partial.unwrap_or(Truth::Unknown),
            change,
            about_trial: self.about.is_some(),
            if_absent: self.if_absent.or(compiler.if_absent().observation).unwrap_or(Truth::Unknown),
            what: titles.join(" or "),
            sets,
        };
        Some(place.node(compiler, test))
    }
}

impl ObservationTest {
    /// Whether it is enough that there is a value.
    const fn asks_presence(&self) -> bool {
        self.value.is_none() && self.components.is_empty()
    }

    /// What a reading makes the criterion.
    fn judge(&self, cx: Cx<'_, '_>, reading: &Reading<'_>) -> Truth {
        let mut truth = Truth::True;
        if self.asks_presence() && !reading.has_value {
            // That it was not done, or why there is no value, is no finding.
            return Truth::Unknown;
        }
        if let Some(test) = &self.value {
            let value = reading.value.as_ref();
            truth = truth.and(value.map_or(Truth::Unknown, |(value, code)| test.test(cx.vocabulary(), value, code.as_deref())));
        }
        if !self.components.is_empty() {
            let parts = self.components.iter().enumerate().map(|(number, (_, test, _))| {
                let own = reading.parts.iter().filter(|(of, _)| *of == number).map(|(_, value)| test.test(cx.vocabulary(), value, None));
                let tied: Vec<Truth> = own.collect();
                match tied.as_slice() {
                    [] => self.partial,
                    _ if self.worst => tied.iter().copied().fold(Truth::False, Truth::or),
                    _ => Truth::agreed(tied),
                }
            });
            truth = truth.and(if self.any_component { parts.fold(Truth::False, Truth::or) } else { parts.fold(Truth::True, Truth::and) });
        }
        if reading.doubtful {
            return Truth::Unknown;
        }
        match reading.in_window {
            Truth::True => truth,
            in_window => truth.and(in_window),
        }
    }

    fn describe(&self, reading: &Reading<'_>) -> String {
        let parts = reading.parts.iter().map(|(number, value)| {
            let title = self.components.get(*number).map_or("", |(_, _, title)| title);
            format!("{title} {}", value_words(value))
        });
        let value =
            reading.value.as_ref().filter(|_| reading.parts.is_empty()).map(|(value, _)| format!("{} {}", self.what, value_words(value)));
        let words: Vec<String> = value.into_iter().chain(parts).collect();
        let when = reading.when.map_or_else(|| "undated".to_owned(), |when| format!("on {when}"));
        format!("{} {when}", words.join(", "))
    }

    fn wanted(&self) -> String {
        let value = self.value.as_ref().map(ValueTest::words);
        let parts = self.components.iter().map(|(_, test, title)| format!("{title} {}", test.words()));
        value.into_iter().chain(parts).collect::<Vec<_>>().join(if self.any_component { " or " } else { " and " })
    }
}

impl Test for ObservationTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let readings = self.readings(cx);
        if let Some(change) = self.change.as_ref().filter(|_| !readings.is_empty()) {
            return self.changed(cx, change, readings);
        }
        let picked = self.picked(&readings);
        if picked.is_empty() {
            let truth = cx.absence("Observation", self.if_absent);
            let window = self.window.words();
            let says = format!("no {} on record{}{window}", self.what, if window.is_empty() { "" } else { " " });
            return match truth {
                Truth::Unknown => Verdict::unknown(says, format!("{} {window}", self.what).trim_end().to_owned(), "Observation"),
                truth => Verdict::new(truth, says).distance(cx, 1.0, || format!("{} {}", self.what, self.wanted())),
            };
        }
        let judged: Vec<(&Reading<'_>, Truth)> = picked.iter().map(|reading| (*reading, self.judge(cx, reading))).collect();
        let truths = || judged.iter().map(|(_, truth)| *truth);
        let truth = match self.pick {
            Pick::Any => truths().fold(Truth::False, Truth::or),
            Pick::Every => truths().fold(Truth::True, Truth::and),
            // Several may be the latest: the worst counts, or they must agree.
            Pick::Latest | Pick::Earliest if self.worst => truths().fold(Truth::False, Truth::or),
            Pick::Latest | Pick::Earliest | Pick::Highest | Pick::Lowest => Truth::agreed(truths()),
        };
        let deciding = judged.iter().rev().find(|(_, own)| *own == truth).or(judged.last());
        let Some((reading, _)) = deciding else { return Verdict::new(truth, "") };
        let mut verdict = Verdict::new(truth, self.describe(reading)).from_all(reading.records.iter().copied());
        if judged.len() > 1 && matches!(self.pick, Pick::Latest | Pick::Earliest) {
            verdict.notes.push(
                format!(
                    "several values of {} may be the {}",
                    self.what,
                    if self.pick == Pick::Latest { "latest" } else { "one asked for" }
                )
                .into(),
            );
        }
        if let Some((_, _, title)) = reading.conflict().and_then(|part| self.components.get(part)) {
            let counts = if self.worst { "the worst counts" } else { "they must agree" };
            verdict.notes.push(format!("several values of {title} at the same time: {counts}").into());
        }
        match truth {
            Truth::Unknown => verdict.missing(format!("a usable value of {}", self.what), "Observation"),
            Truth::False => {
                verdict.distance(cx, 0.5, || format!("{} {}", self.what, self.wanted())).nearest(reading.records.iter().copied())
            }
            Truth::True => verdict,
        }
    }

    fn asks(&self, _: &Plan) -> Asks {
        if self.about_trial {
            return Asks::Anything;
        }
        let sets = self.sets.iter().chain(self.components.iter().flat_map(|(sets, ..)| sets));
        let coded = sets.map(|set| Aspect::Coded(RecordKind::Observation, *set));
        Asks::Of(coded.chain([Aspect::Unsought(RecordKind::Observation)]).collect())
    }

    fn shape(&self, _: &Plan) -> Shape {
        Shape::Record(vec![("truth", Shape::Truth), ("because", Shape::Text(160)), ("value", Shape::Text(40)), ("date", Shape::Date)])
    }

    fn fact(&self, cx: Cx<'_, '_>, verdict: &Verdict) -> Fact {
        let readings = self.readings(cx);
        let reading = self.picked(&readings).last().copied();
        let value = reading.and_then(|reading| reading.value.as_ref()).map(|(value, _)| value_words(value));
        Fact::Record(vec![
            ("truth", Fact::Truth(verdict.truth)),
            ("because", Fact::Text(verdict.says.to_string())),
            ("value", Fact::text(value)),
            ("date", Fact::date(reading.and_then(|reading| reading.when))),
        ])
    }
}
