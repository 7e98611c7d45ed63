//! `some`: how many trials of a list fit.

use schemars::JsonSchema;
use serde::Deserialize;

use super::medication::{KINDS, asks_drugs};
use super::test::Test;
use super::{Kind, Place};
use crate::compile::{Asks, Compiler, DefId, DefinitionBody, DefinitionKind, Node, Plan};
use crate::derive::Trial;
use crate::evaluate::{Cx, Verdict};
use crate::model::{Count, Name, OneOrMany};
use crate::truth::Truth;

/// How many trials of a list fit.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Some")]
pub struct Some {
    /// The list.
    pub of: Name,
    /// Only trials with these outcomes, each drug once with its best.
    pub counting: Option<OneOrMany<Counted>>,
    /// Only trials of which this is true.
    pub r#where: Option<Where>,
    /// At least so many (default: 1).
    pub at_least: Option<Count>,
    /// At most so many.
    pub at_most: Option<Count>,
}

/// The outcome of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Counted")]
#[expect(clippy::enum_variant_names, reason = "`not-counted` is what authors write")]
pub enum Counted {
    /// It counts.
    Confirmed,
    /// It may count.
    Review,
    /// It does not.
    NotCounted,
}

/// What must be true of a trial.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[schemars(rename = "TrialWhere")]
pub struct Where {
    /// It goes on.
    pub ongoing: Option<bool>,
    /// Its dose and duration are adequate.
    pub adequate: Option<bool>,
    /// It lies in the time that counts.
    pub in_window: Option<bool>,
}

#[derive(Debug)]
struct SomeTest {
    of: DefId,
    counting: Option<Vec<Counted>>,
    condition: Where,
    at_least: Option<usize>,
    at_most: Option<usize>,
    name: String,
}

impl Kind for Some {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        let of = compiler.definition(&self.of, &[DefinitionKind::Trials])?;
        let at_least = compiler.optional(self.at_least.as_ref(), Compiler::count)?;
        let at_most = compiler.optional(self.at_most.as_ref(), Compiler::count)?;
        if let (Option::Some(low), Option::Some(high)) = (at_least, at_most)
            && low > high
        {
            compiler.error("impossible-range", place.span, format!("at least {low} and at most {high}"));
        }
        let test = SomeTest {
            of,
            counting: self.counting.as_ref().map(|list| list.to_vec()),
            condition: self.r#where.unwrap_or_default(),
            at_least: if at_least.is_none() && at_most.is_none() { Option::Some(1) } else { at_least },
            at_most,
            name: self.of.value.clone(),
        };
        Option::Some(place.node(compiler, test))
    }
}

impl SomeTest {
    /// Whether a trial fits; of what is only named in words, never for certain.
    fn fits(&self, trial: &Trial) -> Truth {
        let asked = [
            (self.condition.ongoing, trial.ongoing),
            (self.condition.adequate, trial.adequate),
            (self.condition.in_window, trial.in_window),
        ];
        let mut truth = Truth::True;
        for (wanted, is) in asked {
            truth = truth.and(match wanted {
                Option::Some(true) => is,
                Option::Some(false) => is.negated(),
                None => Truth::True,
            });
        }
        truth = truth.and(trial.is_of_set());
        let asks = [self.condition.ongoing, self.condition.adequate, self.condition.in_window].iter().any(Option::is_some);
        truth.doubted(trial.suspected && asks)
    }

    fn counts(&self, outcome: Truth) -> bool {
        let Option::Some(counting) = &self.counting else { return true };
        let outcome = match outcome {
            Truth::True => Counted::Confirmed,
            Truth::Unknown => Counted::Review,
            Truth::False => Counted::NotCounted,
        };
        counting.contains(&outcome)
    }
}

impl Test for SomeTest {
    fn asks(&self, plan: &Plan) -> Asks {
        let trials = plan.definitions.get(self.of.index()).and_then(|definition| match &definition.body {
            DefinitionBody::Criterion(node) => node.test.trials(),
            _ => None,
        });
        trials.map_or(Asks::Anything, |trials| asks_drugs(trials.set))
    }

    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let list = cx.trials(self.of);
        // Each drug once, with its best outcome, where outcomes are counted.
        let mut best: Vec<&Trial> = Vec::new();
        for trial in list.iter() {
            let same = |known: &&mut &Trial| self.counting.is_some() && known.counts_as.is_some() && known.counts_as == trial.counts_as;
            match best.iter_mut().find(same) {
                Option::Some(known) if trial.outcome > known.outcome => *known = trial,
                Option::Some(_) => {}
                None => best.push(trial),
            }
        }
        let fitting: Vec<(&Trial, Truth)> =
            best.into_iter().filter(|trial| self.counts(trial.outcome)).map(|trial| (trial, self.fits(trial))).collect();
        let truths = || fitting.iter().map(|(_, truth)| *truth);
        let mut truth = self.at_least.map_or(Truth::True, |wanted| Truth::at_least(wanted, truths()));
        if let Option::Some(most) = self.at_most {
            truth = truth.and(Truth::at_least(most + 1, truths()).negated());
        }
        // There may be more trials among records that were not supplied.
        let looked = KINDS.iter().take(4).all(|kind| cx.chart().looked_for(kind.name()));
        let settled = if truth == Truth::False {
            self.at_most.is_some_and(|most| Truth::at_least(most + 1, truths()) == Truth::True)
        } else {
            self.at_most.is_none()
        };
        if !looked && !settled {
            truth = Truth::Unknown;
        }
        let names: Vec<&str> = fitting.iter().filter(|(_, truth)| *truth != Truth::False).map(|(trial, _)| trial.name.as_str()).collect();
        let colon = if names.is_empty() { "" } else { ": " };
        let says = cx.says(format_args!("{} of {} fit{colon}{}", names.len(), self.name, names.join(", ")));
        let mut verdict = Verdict::new(truth, says);
        for (trial, own) in &fitting {
            if *own != Truth::False {
                verdict.evidence.extend_from_slice(&trial.records);
            }
            if truth == Truth::Unknown && *own == Truth::Unknown {
                verdict = verdict.missing(format!("dose and dates of {}", trial.name), "the medication record");
            }
        }
        verdict.distance(cx, 1.0, || format!("more of {} that fit", self.name))
    }
}
