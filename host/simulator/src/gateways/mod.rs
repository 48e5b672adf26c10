//! The four gateways: one folder for each provider, and the parts that several of them share.
//!
//! A gateway is a function from a request and the [`State`] to an answer. It verifies signatures with its own code over the
//! bytes received; it shares no code with the connectors, so that signer and verifier cannot share a mistake.

mod digest;
mod fields;
mod form;
pub(crate) mod taobao_top;
pub(crate) mod wdt_enterprise;
pub(crate) mod wdt_flagship;
pub(crate) mod winit;

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use parking_lot::{Mutex, MutexGuard};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};

use crate::clock::Clock;
use crate::json::Json;
use crate::ledger::Ledger;
use crate::provider::Gateway;

use form::Form;

pub use wdt_enterprise::{IsAll, LengthUnit};

impl Gateway {
    /// Answers a request as the provider would.
    pub(crate) fn answer(self, request: &Request, state: &State) -> Answer {
        match self {
            Gateway::WdtFlagship => wdt_flagship::answer(request, state),
            Gateway::WdtEnterprise => wdt_enterprise::answer(request, state),
            Gateway::TaobaoTop => taobao_top::answer(request, state),
            Gateway::Winit => winit::answer(request, state),
        }
    }

    /// The provider's method that a request calls, as far as its address and the body so far show it.
    pub(crate) fn method(self, path: &str, query: &str, body: &[u8]) -> Option<String> {
        let parameter = |bytes: &[u8]| Form::read(bytes).ok()?.filled("method").map(str::to_owned);
        match self {
            Gateway::WdtFlagship => parameter(query.as_bytes()),
            Gateway::WdtEnterprise => wdt_enterprise::method_of(path).map(str::to_owned),
            Gateway::TaobaoTop => parameter(query.as_bytes()).or_else(|| parameter(body)),
            Gateway::Winit => match Json::parse(std::str::from_utf8(body).ok()?).ok()?.get("action")? {
                Json::Text(action) => Some(action.clone()),
                _ => None,
            },
        }
    }
}

/// Order in which a query's pages are returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PageOrder {
    /// As requested.
    #[default]
    InOrder,
    /// The first and second page exchanged, and so on in pairs. A last page without a partner stays.
    Swapped,
    /// The previous page in place of each one except the first.
    Repeated,
}

/// Limits on the documents and rows that a provider shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listing {
    /// Delay until a document is listed.
    pub(crate) lag: std::time::Duration,
    /// Maximum number of rows on a page, whatever its total.
    pub(crate) rows: usize,
    /// Maximum number of characters of a remark.
    pub(crate) remark: usize,
}

impl Listing {
    pub(crate) const ALL: Listing = Listing { lag: std::time::Duration::ZERO, rows: usize::MAX, remark: usize::MAX };
}

/// The state of all gateways. Clones share the ledger.
#[derive(Clone)]
pub(crate) struct State {
    ledger: Arc<Mutex<Ledger>>,
    pub(crate) clock: Clock,
    pub(crate) enterprise_length: LengthUnit,
    pub(crate) enterprise_is_all: IsAll,
    pub(crate) listing: Listing,
    pages: PageOrder,
}

impl State {
    pub(crate) fn new(ledger: Ledger, clock: Clock, enterprise_length: LengthUnit, enterprise_is_all: IsAll) -> State {
        let ledger = Arc::new(Mutex::new(ledger));
        State { ledger, clock, enterprise_length, enterprise_is_all, listing: Listing::ALL, pages: PageOrder::InOrder }
    }

    /// The same with a clock that is this many seconds fast.
    pub(crate) fn skewed(&self, seconds: i32) -> State {
        State { clock: self.clock.skewed(seconds), ..self.clone() }
    }

    /// The same with a query's pages in this order.
    pub(crate) fn out_of_order(&self, pages: PageOrder) -> State {
        State { pages, ..self.clone() }
    }

    /// The same with these limits on listings.
    pub(crate) fn with_listing(&self, listing: Listing) -> State {
        State { listing, ..self.clone() }
    }

    /// The page returned for the requested one, both from 0, of this many rows in pages of that size.
    pub(crate) fn page(&self, requested: usize, size: usize, rows: usize) -> usize {
        let other = requested ^ 1;
        match self.pages {
            PageOrder::Swapped if other.saturating_mul(size) < rows => other,
            PageOrder::Repeated => requested.saturating_sub(1),
            PageOrder::InOrder | PageOrder::Swapped => requested,
        }
    }

    /// The ledger. A refused write is rolled back, so a holder that panics leaves no half-done write.
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock()
    }
}

/// A request as received.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The part after the `?`, undecoded.
    pub(crate) query: String,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Bytes,
}

impl Request {
    /// Whether it is a POST with that media type, whatever its parameters.
    fn posts(&self, media_type: &str) -> bool {
        let own = self.content_type.as_deref().and_then(|value| value.split(';').next()).unwrap_or_default();
        self.method == Method::POST && own.trim().eq_ignore_ascii_case(media_type)
    }
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// An answer to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// HTTP 200 with JSON: all four use it for both success and failure.
    pub(crate) fn json(body: &Json) -> Answer {
        Answer::of("application/json;charset=UTF-8", body.to_string())
    }

    /// HTTP 200 with another type.
    pub(crate) fn of(content_type: &str, body: String) -> Answer {
        Answer { status: 200, content_type: content_type.to_owned(), body: body.into_bytes() }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        (status, [(header::CONTENT_TYPE, self.content_type)], self.body).into_response()
    }
}

/// Whether the moment is at most `tolerance` from now, in either direction.
fn is_fresh(moment: OffsetDateTime, now: OffsetDateTime, tolerance: Duration) -> bool {
    (now - moment).abs() <= tolerance
}

/// Maximum window of Wangdiantong's queries.
const LONGEST_WINDOW: Duration = Duration::days(30);
