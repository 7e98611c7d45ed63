//! `sex`: administrative gender as the record has it.

use curbside_chart::{Kind as RecordKind, RecordRef};
use curbside_source::{Diagnostic, did_you_mean};
use schemars::JsonSchema;
use serde::Deserialize;

use super::test::Test;
use super::{Kind, Place};
use crate::check::Claim;
use crate::compile::{Compiler, Node};
use crate::evaluate::{Cx, Verdict};
use crate::model::Names;
use crate::truth::Truth;

/// One of these: `female`, `male`, `other`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(rename = "Sex")]
pub struct Sex(Names);

#[derive(Debug)]
struct SexTest(Vec<String>);

const WORDS: [&str; 3] = ["female", "male", "other"];

impl Kind for Sex {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        for name in &self.0 {
            if !WORDS.contains(&name.value.as_str()) {
                let help = did_you_mean(&name.value, WORDS);
                compiler.report(Diagnostic::error("unknown-name", name.span, format!("unknown sex `{}`", name.value)).maybe_help(help));
            }
        }
        Some(place.node(compiler, SexTest(self.0.iter().map(|name| name.value.clone()).collect())))
    }
}

impl Test for SexTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let patient = cx.chart().patient.as_ref();
        match patient.and_then(|patient| patient.data.gender.as_deref()) {
            Some(gender) if WORDS.contains(&gender) => {
                let doubtful = patient.is_some_and(|patient| patient.doubt.is_some());
                let truth = if doubtful { Truth::Unknown } else { self.0.iter().any(|word| word == gender).into() };
                Verdict::new(truth, gender).from(RecordRef::new(RecordKind::Patient, 0)).distance(cx, 1.0, || self.0.join(" or "))
            }
            _ => Verdict::unknown("sex not recorded", "sex", "Patient.gender"),
        }
    }

    fn claim(&self) -> Option<Claim> {
        Some(Claim::one_of("sex", self.0.iter().cloned()))
    }
}
