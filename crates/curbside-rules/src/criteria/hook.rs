//! `hook`: which hook asks.

use schemars::JsonSchema;
use serde::Deserialize;

use super::test::Test;
use super::{Kind, Place};
use crate::check::Claim;
use crate::compile::{Asks, Aspect, Compiler, Node, Plan};
use crate::evaluate::{Cx, Verdict};
use crate::model::Names;

/// One of these hooks asks.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(rename = "Hook")]
pub struct Hook(Names);

#[derive(Debug)]
struct HookTest(Vec<String>);

impl Kind for Hook {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        let names: Vec<String> = self.0.iter().map(|name| name.value.clone()).collect();
        for name in &self.0 {
            compiler.hook(name);
        }
        Some(place.node(compiler, HookTest(names)))
    }
}

impl Test for HookTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let asks = self.0.iter().any(|hook| hook == cx.hook());
        Verdict::new(asks.into(), format!("asked at {}", cx.hook())).distance(cx, 1.0, || format!("asked at {}", self.0.join(" or ")))
    }

    fn asks(&self, _: &Plan) -> Asks {
        Asks::Of(vec![Aspect::Hook])
    }

    fn claim(&self) -> Option<Claim> {
        Some(Claim::one_of("hook", self.0.iter().cloned()))
    }
}
