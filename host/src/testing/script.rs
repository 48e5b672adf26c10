//! What a test says of its provider, and what the connector is answered.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use parking_lot::{Mutex, MutexGuard};
use stockbridge_egress::transport::{InboundResponse, OutboundRequest, Progress, TransportError};

/// Where the connector sends its requests. Nothing is ever there.
pub(super) const ORIGIN: &str = "https://testing.invalid";

/// What the connector asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
#[non_exhaustive]
pub struct Asked {
    /// `query`, `transfer`, `adjust.count`, `occupy`, and `resolve` for a look-up.
    pub operation: String,
    /// The reference of a write, or of the one that is looked for.
    pub reference: Option<String>,
    /// The warehouse of a query.
    pub warehouse: Option<String>,
    /// The items of a query.
    pub skus: Vec<String>,
    /// How many of the same operation and reference came before.
    #[serde(skip)]
    pub earlier: usize,
    cursor: Option<String>,
}

/// How a write, or a query, is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// Carried out.
    Applied,
    /// Taken, to be carried out later.
    Accepted,
    /// A document exists and a person must act on it.
    Stuck,
    /// The provider says no, with its code and its words. `unavailable`, `unauthorized` and `not-found` have classes of their
    /// own.
    NotApplied(String, String),
    /// The provider has had too much, and asks to wait.
    RateLimited(Duration),
    /// Carried out, and the answer is lost.
    Unknown,
    /// Not carried out, and the connection breaks before the answer: what the caller knows is the same.
    Lost,
    /// No connection is made, and nothing sent.
    Unreachable,
    /// Answered so much later.
    After(Duration, Box<Answer>),
}

/// What a look-up finds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// Whether it was carried out.
    Truth,
    /// It was carried out, whatever is so.
    Applied,
    /// It was not, whatever is so.
    NotApplied,
    /// It is too early to tell, for so long.
    TooEarly(Duration),
    /// The provider cannot tell: a person looks there for what this says.
    CannotTell(String),
}

/// A row of stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    sku: String,
    warehouse: String,
    on_hand: Option<String>,
    available: Option<String>,
    reserved: Option<String>,
}

impl Row {
    /// An item in a warehouse.
    #[must_use]
    pub fn new(sku: impl Into<String>, warehouse: impl Into<String>) -> Row {
        Row { sku: sku.into(), warehouse: warehouse.into(), on_hand: None, available: None, reserved: None }
    }

    /// With so many there.
    #[must_use]
    pub fn on_hand(mut self, figure: impl Into<Decimal>) -> Row {
        self.on_hand = Some(figure.into().to_string());
        self
    }

    /// With so many available.
    #[must_use]
    pub fn available(mut self, figure: impl Into<Decimal>) -> Row {
        self.available = Some(figure.into().to_string());
        self
    }

    /// With so many reserved.
    #[must_use]
    pub fn reserved(mut self, figure: impl Into<Decimal>) -> Row {
        self.reserved = Some(figure.into().to_string());
        self
    }
}

/// Item, warehouse, and how many are available.
impl<F: Into<Decimal>> From<(&str, &str, F)> for Row {
    fn from((sku, warehouse, available): (&str, &str, F)) -> Row {
        Row::new(sku, warehouse).available(available)
    }
}

type Writes = Arc<dyn Fn(&Asked) -> Answer + Send + Sync>;
type LookUps = Arc<dyn Fn(&Asked) -> Found + Send + Sync>;

/// What the provider does with a second write under the same reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Repeats {
    /// It carries it out, and does not tell of the first.
    #[default]
    CarriedOut,
    /// It carries it out, and can be asked whether there is a first.
    Traceable,
    /// It drops it, and answers with the first one's document.
    Dropped,
}

impl Repeats {
    /// As the connector's setting has it.
    pub(super) fn setting(self) -> &'static str {
        match self {
            Repeats::CarriedOut => "blind",
            Repeats::Traceable => "traceable",
            Repeats::Dropped => "deduplicated",
        }
    }
}

/// What the test says, and what came.
#[derive(Default)]
pub(super) struct Script {
    pub(super) repeats: Repeats,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    pages: Vec<Vec<Row>>,
    queries: Option<Answer>,
    writes: Option<Writes>,
    look_ups: Option<LookUps>,
    asked: Vec<Asked>,
    /// The documents of the writes that were carried out, by reference.
    applied: HashMap<String, Vec<String>>,
    documents: usize,
}

impl Script {
    /// Where all goes well.
    pub(super) fn of(repeats: Repeats) -> Script {
        Script { repeats, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    pub(super) fn pages(&self, pages: Vec<Vec<Row>>) {
        self.state().pages = pages;
    }

    pub(super) fn queries(&self, answer: Option<Answer>) {
        self.state().queries = answer;
    }

    pub(super) fn writes(&self, answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) {
        self.state().writes = Some(Arc::new(answer));
    }

    pub(super) fn look_ups(&self, found: impl Fn(&Asked) -> Found + Send + Sync + 'static) {
        self.state().look_ups = Some(Arc::new(found));
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }

    pub(super) fn applied(&self, reference: &str) -> usize {
        self.state().applied.get(reference).map_or(0, Vec::len)
    }

    /// Answers a request of the connector.
    pub(super) async fn answer(&self, request: OutboundRequest) -> Result<InboundResponse, TransportError> {
        let broken = |reason: &str| TransportError::Broken(reason.to_owned());
        let asked: Asked = serde_json::from_slice(&request.body).map_err(|error| broken(&error.to_string()))?;
        let asked = self.noted(asked);
        let progress = &request.progress;
        let body = match asked.operation.as_str() {
            "resolve" => {
                let says = self.state().look_ups.clone();
                let found = says.map_or(Found::Truth, |says| says(&asked));
                self.found(&asked, &found)
            }
            "query" => {
                let says = self.state().queries.clone();
                match says {
                    Some(answer) => self.told(&asked, answer, progress).await?,
                    None => self.page(&asked),
                }
            }
            _ => {
                let says = self.state().writes.clone();
                let answer = says.map_or(Answer::Applied, |says| says(&asked));
                self.told(&asked, answer, progress).await?
            }
        };
        Ok(InboundResponse { status: 200, headers: Vec::new(), body: body.to_string().into_bytes() })
    }

    fn noted(&self, mut asked: Asked) -> Asked {
        let mut state = self.state();
        let same = |known: &&Asked| known.operation == asked.operation && known.reference == asked.reference;
        asked.earlier = state.asked.iter().filter(same).count();
        state.asked.push(asked.clone());
        asked
    }

    fn page(&self, asked: &Asked) -> Value {
        let state = self.state();
        let number = asked.cursor.as_ref().and_then(|cursor| cursor.parse().ok()).unwrap_or(0_usize);
        let wanted = |row: &&Row| {
            (asked.skus.is_empty() || asked.skus.contains(&row.sku))
                && asked.warehouse.as_ref().is_none_or(|warehouse| *warehouse == row.warehouse)
        };
        let rows: Vec<&Row> = state.pages.get(number).into_iter().flatten().filter(wanted).collect();
        let next = (number + 1 < state.pages.len()).then(|| (number + 1).to_string());
        json!({"answer": "page", "levels": rows, "next": next})
    }

    async fn told(&self, asked: &Asked, answer: Answer, progress: &Progress) -> Result<Value, TransportError> {
        let mut answer = answer;
        while let Answer::After(wait, then) = answer {
            // The request is there by then: who gives up does not know what became of it.
            tokio::time::sleep(wait).await;
            answer = *then;
        }
        let broken = || TransportError::Broken("the test lets the answer go missing".to_owned());
        match answer {
            Answer::Applied => Ok(self.carried_out(asked, "done")),
            Answer::Accepted => Ok(self.carried_out(asked, "accepted")),
            Answer::Stuck => Ok(self.carried_out(asked, "stuck")),
            Answer::NotApplied(code, message) => Ok(json!({"answer": "failed", "code": code, "message": message})),
            Answer::RateLimited(wait) => {
                let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                let message = "the test limits the rate";
                Ok(
                    json!({"answer": "failed", "code": "rate-limited", "message": message, "retry-after-ms": milliseconds}),
                )
            }
            Answer::Unknown => {
                self.carried_out(asked, "done");
                Err(broken())
            }
            Answer::Unreachable => {
                progress.nothing_sent();
                Err(TransportError::Unreachable("the test lets nobody in".to_owned()))
            }
            Answer::Lost | Answer::After(..) => Err(broken()),
        }
    }

    fn carried_out(&self, asked: &Asked, progress: &str) -> Value {
        let mut state = self.state();
        let reference = asked.reference.clone().unwrap_or_default();
        if let Some(first) = state.applied.get(&reference).and_then(|documents| documents.first())
            && self.repeats == Repeats::Dropped
        {
            return json!({"answer": "taken", "document": first, "progress": progress, "repeated": true});
        }
        state.documents += 1;
        let document = format!("T{}", state.documents);
        state.applied.entry(reference).or_default().push(document.clone());
        json!({"answer": "taken", "document": document, "progress": progress, "repeated": false})
    }

    fn found(&self, asked: &Asked, found: &Found) -> Value {
        let reference = asked.reference.clone().unwrap_or_default();
        let first = self.state().applied.get(&reference).and_then(|documents| documents.first().cloned());
        let not_applied = || json!({"answer": "not-applied", "words": "the provider does not have it"});
        match (found, first) {
            (Found::Truth, None) | (Found::NotApplied, _) => not_applied(),
            (Found::Truth | Found::Applied, document) => {
                json!({"answer": "applied", "document": document.unwrap_or_else(|| "T0".to_owned())})
            }
            (Found::TooEarly(wait), _) => {
                let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                json!({"answer": "too-early", "milliseconds": milliseconds})
            }
            (Found::CannotTell(words), _) => json!({"answer": "cannot-tell", "words": words}),
        }
    }
}
