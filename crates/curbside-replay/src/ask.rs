//! From a record to decisions.

use std::borrow::Cow;

use curbside_cards::Occasion;
use curbside_chart::input::{Document, InputError, read};
use curbside_chart::time::{AsOf, Zone};
use curbside_chart::{Chart, ChartError};
use curbside_engine::exchange::with_context;
use curbside_engine::{Answer, Ask, Decider, MAX_CARDS, MAX_STEPS, Question};

use crate::compare::{Change, Client, Dropped, Request};
use crate::input::Item;
use crate::tally::Counts;

/// Asks an engine about records, all in the same way.
#[derive(Clone, Debug)]
pub struct Asker<'e> {
    /// The packs, and who works out what they say.
    pub packs: Decider<'e>,
    /// The moment at which every record is looked at.
    pub as_of: AsOf,
    /// The zone in which days begin and end.
    pub zone: &'e Zone,
    /// Which rules are asked.
    pub ask: Ask<'e>,
    /// The context of records without one.
    pub given: Option<Given>,
    /// The one patient to be looked at, where a record holds several.
    pub patient: Option<&'e str>,
    /// Largest document.
    pub max_bytes: usize,
    /// Further moments, for a course over time: how the rules come out then is only counted.
    pub moments: Moments,
    /// Whether rows carry their decisions document.
    pub documents: bool,
    /// Other rules to compare with.
    pub against: Option<Decider<'e>>,
    /// A client that leaves out what was asked of it, to see what depends on it.
    pub client: Option<Client>,
}

/// A hook's context for records that have none: as if the hook fired for every one of them.
#[derive(Clone, Debug)]
pub struct Given {
    /// The hook.
    pub hook: Option<String>,
    /// Its context, as JSON.
    pub context: String,
}

impl Given {
    /// A record in this context.
    #[must_use]
    pub fn around(&self, record: &[u8]) -> Option<String> {
        let record = std::str::from_utf8(record).ok()?.trim_start_matches('\u{FEFF}');
        with_context(record, self.hook.as_deref(), &self.context).ok()
    }
}

/// Moments in their order.
pub type Moments = Vec<AsOf>;

/// What a record comes to, for one patient.
#[derive(Clone, Debug)]
pub struct Row {
    /// How messages call the record.
    pub name: String,
    /// The decisions document, or why there is none.
    pub answer: Result<Answer, String>,
    /// The decisions document as JSON, where the asker is told to write it.
    pub document: Vec<u8>,
    /// How each rule comes out at the further moments.
    pub course: Vec<Vec<(String, Counts)>>,
    /// What other rules would have said otherwise.
    pub changes: Vec<Change>,
    /// What would come out otherwise if a client left something out.
    pub dropped: Vec<Dropped>,
}

impl Row {
    pub(crate) fn failed(name: &str, why: &dyn ToString) -> Self {
        Self {
            name: name.to_owned(),
            answer: Err(why.to_string()),
            document: Vec::new(),
            course: Vec::new(),
            changes: Vec::new(),
            dropped: Vec::new(),
        }
    }
}

impl Asker<'_> {
    /// The decisions about every patient of a record: one row each, or one that says why not.
    #[must_use]
    pub fn rows(&self, item: &Item) -> Vec<Row> {
        let bytes = match &item.bytes {
            Ok(bytes) => bytes,
            Err(why) => return vec![Row::failed(&item.name, why)],
        };
        let asked = match self.asked(bytes) {
            Ok(asked) => asked,
            Err(error) => return vec![Row::failed(&item.name, &error)],
        };
        // With a context around it a record may be longer; without, it has its limit.
        let most = if matches!(asked, Cow::Owned(_)) { usize::MAX } else { self.max_bytes };
        let document = match read(&asked, most) {
            Ok(document) => document,
            Err(error) => return vec![Row::failed(&item.name, &error)],
        };
        let instance = match &document {
            Document::Request(request) => request.hook_instance.as_deref(),
            Document::Record(_) => None,
        };
        let occasion = Occasion::of(instance, bytes.trim_ascii());
        let Self { as_of, zone, ask, patient, .. } = *self;
        let question =
            Question { document: &document, patient, as_of, zone, ask, occasion: &occasion, max_cards: MAX_CARDS, max_steps: MAX_STEPS };
        let engine = self.packs.packs();
        match engine.chart(&question) {
            // A file of several patients is as many records.
            Err(ChartError::SeveralPatients(ids)) => {
                let question = |id| Question { patient: Some(id), ..question };
                ids.iter().map(|id| self.row(&item.name, &asked, &question(id), engine.chart(&question(id)))).collect()
            }
            chart => vec![self.row(&item.name, &asked, &question, chart)],
        }
    }

    /// What is asked about: a record without a context gets the one that is given.
    fn asked<'b>(&self, bytes: &'b [u8]) -> Result<Cow<'b, [u8]>, InputError> {
        let Some(given) = &self.given else { return Ok(Cow::Borrowed(bytes)) };
        Ok(match read(bytes, self.max_bytes)? {
            Document::Record(_) => given.around(bytes).map_or(Cow::Borrowed(bytes), |text| Cow::Owned(text.into_bytes())),
            Document::Request(_) => Cow::Borrowed(bytes),
        })
    }

    /// What tells this question from another one.
    pub(crate) fn fingerprint(&self) -> String {
        let packs: Vec<&str> = self.packs.packs().packs().iter().map(|pack| pack.digest.as_str()).collect();
        let moments: Vec<String> = self.moments.iter().map(ToString::to_string).collect();
        let Self { as_of, zone, ask, given, patient, max_bytes, .. } = self;
        format!("{packs:?} {as_of} {zone:?} {ask:?} {given:?} {patient:?} {max_bytes} {moments:?}")
    }

    fn row<'q>(&self, name: &str, bytes: &[u8], question: &Question<'q>, chart: Result<Chart<'q>, ChartError>) -> Row {
        let chart = match chart {
            Ok(chart) => chart,
            Err(error) => return Row::failed(name, &error),
        };
        let answer = match self.packs.decide(&chart, question, bytes) {
            Ok(answer) => answer,
            Err(error) => return Row::failed(name, &error),
        };
        let at = |as_of: &AsOf| self.packs.decide(&chart, &Question { as_of: *as_of, ..*question }, bytes).ok();
        let course = self.moments.iter().map(|moment| at(moment).iter().flat_map(Counts::of_rules).collect()).collect();
        // Writing an answer as JSON cannot fail.
        let document = if self.documents { serde_json::to_vec(&answer).unwrap_or_default() } else { Vec::new() };
        let other = self.against.and_then(|packs| packs.answer(question, bytes).ok());
        let changes = other.map(|other| Change::all(&answer, &other)).unwrap_or_default();
        let dropped = self.client.map(|client| self.dropped(client, bytes, &answer)).unwrap_or_default();
        Row { name: name.to_owned(), answer: Ok(answer), document, course, changes, dropped }
    }

    /// Asks once as a complete client would, and once for every key that a careless one spoils.
    fn dropped(&self, client: Client, bytes: &[u8], answer: &Answer) -> Vec<Dropped> {
        let patient = answer.patient.as_deref().and_then(|name| name.strip_prefix("Patient/")).unwrap_or_default();
        let Some(request) = Request::of(bytes, self.max_bytes, self.packs.packs(), self.ask, patient) else { return Vec::new() };
        let ask = |dropped| {
            let text = request.text(dropped);
            let document = read(text.as_bytes(), usize::MAX).ok()?;
            let occasion = Occasion::named("");
            let Self { as_of, zone, ask, patient, .. } = *self;
            let question = Question {
                document: &document,
                patient,
                as_of,
                zone,
                ask,
                occasion: &occasion,
                max_cards: MAX_CARDS,
                max_steps: MAX_STEPS,
            };
            self.packs.answer(&question, text.as_bytes()).ok()
        };
        let Some(whole) = ask(None) else { return Vec::new() };
        let without = |key| ask(Some((key, client))).map(|without| Dropped::between(key, &whole, &without));
        request.keys().filter_map(without).flatten().collect()
    }
}
