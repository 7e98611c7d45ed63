//! A service call, from the request to its cards and its entry in the log.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse as _;

use super::gate::Held;
use super::layers::{DECISION_ID, RequestId};
use super::repeat::{Repeatable, hold_back, repeatable};
use super::service::Called;
use super::{App, body};
use crate::clock;
use crate::fetch::Gathered;
use crate::fetch::state::KeyState;
use crate::metrics::{CallLabels, CardLabels, FailureLabels, HeldBackLabels, KeyLabels, RuleLabels, ServiceLabels, UnknownLabels};
use crate::rules::{Bound, Failed, engine_input};
use crate::store::Entry;
use crate::trace::Trace;
use crate::wire::answer::Answer;
use crate::wire::envelope::{Composed, Envelope, sha256};
use crate::wire::problem::{Issue, Problem};

/// What of the deadline is kept for deciding when data is still being fetched: a share of it.
const SHARE_FOR_DECIDING: u32 = 3;

pub(super) async fn of_everybody(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    Path(service): Path<String>,
    request: Request,
) -> Response<Body> {
    respond(&app, id, None, service, request).await
}

pub(super) async fn of_tenant(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    Path((tenant, service)): Path<(String, String)>,
    request: Request,
) -> Response<Body> {
    respond(&app, id, Some(tenant), service, request).await
}

/// Answers, and leaves exactly one entry for each call of a service by somebody who may call it.
async fn respond(app: &App, id: RequestId, tenant: Option<String>, service: String, request: Request) -> Response<Body> {
    if app.gate.is_closing() {
        return Problem::closing().into_response();
    }
    let called = Called { tenant: tenant.as_deref(), service: &service, behind: "" };
    if let Err(problem) = called.exists(app, request.headers()).await {
        return problem.into_response();
    }
    let started = clock::instant();
    let mut trace = Trace::of(request.headers());
    let mut entry = Entry { id: uuid::Uuid::now_v7().to_string(), at: clock::millis(), request: id.0, tenant, service, ..Entry::default() };
    let result = answer(app, &mut entry, &mut trace, request).await;
    entry.micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    entry.status = result.as_ref().map_or_else(|problem| problem.status.as_u16(), |_| 200);
    let result = match result {
        Ok(answer) => {
            entry.output = answer.digest();
            entry.cards = answer.cards;
            entry.decisions = answer.decisions;
            Ok(answer.body)
        }
        Err(problem) => Err(problem),
    };
    observe(app, &entry, &trace);
    // Nobody in particular was turned away: the metrics count it, the log of decisions is not theirs to fill.
    let is_logged = !matches!(entry.status, 401 | 429 | 503);
    let decision = HeaderValue::from_str(&entry.id).ok().filter(|_| is_logged);
    let logged = if is_logged { app.store.log(entry).await } else { Ok(()) };
    let mut response = match (result, logged) {
        (Ok(body), Ok(())) => Response::new(Body::from(body)),
        (Err(problem), _) => problem.into_response(),
        (Ok(_), Err(_)) => Problem::unavailable("The decision cannot be logged at the moment", 5).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(decision) = decision {
        headers.insert(DECISION_ID, decision);
    }
    response
}

async fn answer(app: &App, entry: &mut Entry, trace: &mut Trace, request: Request) -> Result<Answer, Problem> {
    let (parts, content) = request.into_parts();
    body::accepts_json(&parts.headers)?;
    let called = Called { tenant: entry.tenant.as_deref(), service: &entry.service, behind: "" };
    let caller = app.trust.check(&parts.headers, called.tenant, &called.path()).await?;
    entry.client = caller.client().map(str::to_owned);
    entry.tenant = caller.tenant().map(str::to_owned);
    caller.may_call(&entry.service)?;
    let rules = app.rules.live();
    let registry = rules.of(caller.tenant()).ok_or_else(|| Problem::not_found("There is no such tenant"))?;
    let bound = registry.service(&entry.service).ok_or_else(|| Problem::not_found("There is no such service"))?;

    let mut held = Held::default();
    let reading = clock::system_time();
    let bytes = body::read(&parts.headers, content, app.config.max_body, &app.gate, &mut held).await?;
    let received = clock::instant();
    let until = received + app.config.deadline;
    let hooks: Vec<&str> = bound.iter().map(|bound| bound.hook.as_str()).collect();
    let call = Envelope::read(&bytes, &hooks)?;
    let bound = bound.iter().find(|bound| bound.hook == call.hook).ok_or_else(Problem::internal)?;
    note(app, entry, &call, bound);
    entry.system_actions = caller.takes_actions();
    entry.link_hosts = caller.link_hosts().cloned();
    trace.part("read", reading);

    let input = engine_input(bound.backend.identity(), &app.config.tz, app.config.max_cards);
    if call.is_of_another_trigger() {
        tracing::info!(target: "curbside", decision = %entry.id, "no chart was opened: nothing is decided");
        entry.input = call.compose(&BTreeSet::new(), &[], &input).digest;
        return Ok(Answer::nothing());
    }
    let waiting = clock::system_time();
    let place = app.gate.enter(until).await?;
    trace.part("wait", waiting);
    let fetching = clock::system_time();
    let gathered = app.fetcher.gather(&call, bound, &caller, until - app.config.deadline / SHARE_FOR_DECIDING).await?;
    trace.part("fetch", fetching);
    entry.keys = gathered.words();
    for key in &gathered.discarded {
        app.metrics.invalid_prefetch.get_or_create(&KeyLabels::new(&entry.service, key)).inc();
        tracing::warn!(target: "curbside", decision = %entry.id, key, "what came under a prefetch key is no answer to its template: discarded");
    }
    if !gathered.any_known && !call.subject.carries_resources {
        return Err(nothing_known(&gathered));
    }
    let composed = call.compose(&gathered.discarded, &gathered.fetched, &input);
    entry.input.clone_from(&composed.digest);
    if app.config.record.is_some() {
        let (app, decision, text) = (App::clone(app), entry.id.clone(), composed.text.clone());
        // Nobody waits for it: a record that is lost is no answer that is wrong.
        tokio::task::spawn_blocking(move || record(&app, &decision, &text));
    }
    let deciding = clock::system_time();
    let decided = decide(app, entry, bound, composed, until, place).await;
    trace.part("decide", deciding);
    let (answer, repeatable) = decided?;
    if !gathered.any_known && answer.cards.is_empty() {
        return Err(nothing_known(&gathered));
    }
    let answer = hold_back(app, entry, answer, repeatable, until).await?;
    match &entry.link_hosts {
        Some(hosts) => answer.with_links_to(hosts).map_err(|_| Problem::internal()),
        None => Ok(answer),
    }
}

fn record(app: &App, decision: &str, text: &str) {
    let Some(folder) = &app.config.record else { return };
    if let Err(error) = crate::record::keep(folder, decision, text, app.config.record_raw, app.store.key()) {
        tracing::error!(target: "curbside", error = %error.kind(), "a request was not recorded");
    }
}

/// What the log keeps of a call itself.
fn note(app: &App, entry: &mut Entry, call: &Envelope<'_>, bound: &Bound) {
    entry.hook.clone_from(&call.hook);
    entry.instance = sha256(call.instance.as_bytes());
    let patient = call.subject.patient.as_deref();
    entry.patient = patient.map(|id| app.store.patient(entry.tenant.as_deref(), id)).unwrap_or_default();
    entry.as_of = clock::as_of();
    entry.tz.clone_from(&app.config.tz);
    entry.max_cards = app.config.max_cards;
    entry.packs = vec![bound.backend.identity().clone()];
}

/// Lets the pack or plug-in decide. What fails costs its own cards: the answer then says that nothing was checked.
async fn decide(
    app: &App,
    entry: &mut Entry,
    bound: &Bound,
    composed: Composed,
    until: Instant,
    place: super::gate::Place,
) -> Result<(Answer, Vec<Repeatable>), Problem> {
    let (service, as_of) = (entry.service.clone(), entry.as_of.clone());
    let (called, client) = (bound.clone(), entry.client.clone().unwrap_or_default());
    let left = until.saturating_duration_since(clock::instant());
    let (occasion, takes_actions) = (entry.instance.clone(), entry.system_actions);
    let work = move || {
        // The place is given back when the work is done, even where nobody waits for it any more.
        let _place = place;
        let text = called.backend.call(&service, &composed.text, &as_of, left)?;
        let answer = Answer::read(&text, &occasion, takes_actions).map_err(|_| Failed::Unusable)?;
        let repeatable = repeatable(&answer, &called, &client, &composed.text);
        Ok((answer, repeatable))
    };
    // To hand it to another thread and back costs much of what it takes.
    let stays = bound.backend.keeps_time().then(|| app.gate.stay()).flatten();
    let done = if stays.is_some() { here(work) } else { elsewhere(work, left).await };
    let failed = match done {
        Ok(answer) => return Ok(answer),
        Err(Failed::Request) => {
            entry.error = Some(Failed::Request.word().to_owned());
            return Err(Problem::syntax("The request cannot be read as a record of one patient"));
        }
        Err(Failed::Full) => {
            entry.error = Some(Failed::Full.word().to_owned());
            return Err(Problem::unavailable("The server is busy", 1));
        }
        Err(failed) => failed,
    };
    if matches!(failed, Failed::Limit("deadline" | "wall-time")) {
        app.metrics.overruns.inc();
    }
    app.metrics.failures.get_or_create(&FailureLabels::new(&bound.backend.identity().id, failed.word())).inc();
    entry.error = Some(failed.word().to_owned());
    let why = match failed {
        Failed::Limit("deadline" | "wall-time") => "It did not finish in time.",
        _ => "It stopped with an error.",
    };
    Ok((Answer::not_completed(&entry.service, &bound.title, why, &entry.instance), Vec::new()))
}

/// Does work that ends in time, on this thread.
fn here<T>(work: impl FnOnce() -> Result<T, Failed>) -> Result<T, Failed> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Failed::Crashed))
}

/// Does work on a thread that serves no connections, and waits for it no longer than the time that is left.
async fn elsewhere<T: Send + 'static>(work: impl FnOnce() -> Result<T, Failed> + Send + 'static, left: Duration) -> Result<T, Failed> {
    match tokio::time::timeout(left + Duration::from_millis(5), tokio::task::spawn_blocking(work)).await {
        Ok(done) => done.unwrap_or(Err(Failed::Crashed)),
        Err(_) => Err(Failed::Limit("deadline")),
    }
}

/// Nothing useful can be said: the keys that would have told something.
fn nothing_known(gathered: &Gathered) -> Problem {
    let issue = |(key, state): (&String, &KeyState)| {
        let (code, text) = match state {
            KeyState::Failed { transient: true } => ("transient", "Required data not available: the FHIR server did not answer"),
            _ => ("incomplete", "Required data not available"),
        };
        Issue::error(code, text).diagnostics(format!("prefetch key: {key}"))
    };
    Problem::of(StatusCode::PRECONDITION_FAILED, gathered.keys.iter().map(issue).collect())
}

/// One line in the log, the metrics and a span: names of rules and services, nothing of a patient.
fn observe(app: &App, entry: &Entry, trace: &Trace) {
    app.traces.call(trace, entry);
    let metrics = &app.metrics;
    metrics.calls.get_or_create(&CallLabels::new(&entry.service, &entry.hook, entry.status.to_string())).inc();
    #[expect(clippy::cast_precision_loss, reason = "microseconds of a request are few")]
    metrics.seconds.get_or_create(&ServiceLabels::new(&entry.service)).observe(entry.micros as f64 / 1e6);
    for decision in &entry.decisions {
        metrics.rules.get_or_create(&RuleLabels::new(&decision.rule, &decision.outcome)).inc();
        for criterion in &decision.unknown {
            metrics.unknowns.get_or_create(&UnknownLabels::new(&decision.rule, criterion)).inc();
        }
    }
    for card in &entry.cards {
        metrics.cards.get_or_create(&CardLabels::new(&card.rule, &card.indicator)).inc();
    }
    for rule in entry.held_back.values() {
        metrics.held_back.get_or_create(&HeldBackLabels::new(rule)).inc();
    }
    let keys: Vec<&str> = entry.keys.values().map(String::as_str).collect();
    tracing::info!(
        target: "curbside",
        decision = %entry.id,
        request = %entry.request,
        trace = %trace.id().map(|id| id.to_string()).unwrap_or_default(),
        client = entry.client.as_deref().unwrap_or(""),
        tenant = entry.tenant.as_deref().unwrap_or(""),
        service = %entry.service,
        hook = %entry.hook,
        status = entry.status,
        micros = entry.micros,
        cards = entry.cards.len(),
        held_back = entry.held_back.len(),
        keys = %keys.join(","),
        error = entry.error.as_deref().unwrap_or(""),
        "call"
    );
}
