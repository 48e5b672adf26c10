//! The four gateways: one folder for each provider, and what several of them need.
//!
//! A gateway is a function from a request and the [`State`] to an answer. It verifies signatures with its own code over the
//! bytes that came in; it shares none with the connectors, so that signer and verifier cannot share a mistake.

mod digest;
mod fields;
mod form;
pub(crate) mod taobao_top;
pub(crate) mod wdt_enterprise;
pub(crate) mod wdt_flagship;
pub(crate) mod winit;

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::http::Method;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::clock::Clock;
use crate::json::Json;
use crate::ledger::Ledger;

pub use wdt_enterprise::LengthUnit;

/// A provider's gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Gateway {
    /// 旺店通旗舰版, `/openapi`
    WdtFlagship,
    /// 旺店通企业版, `/openapi2/<method>.php`
    WdtEnterprise,
    /// Taobao Open Platform, `/router/rest`
    TaobaoTop,
    /// 万邑通, `/openapi/service`
    Winit,
}

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
}

/// What all gateways work on.
pub(crate) struct State {
    ledger: Mutex<Ledger>,
    pub(crate) clock: Clock,
    pub(crate) enterprise_length: LengthUnit,
}

impl State {
    pub(crate) fn new(ledger: Ledger, clock: Clock, enterprise_length: LengthUnit) -> State {
        State { ledger: Mutex::new(ledger), clock, enterprise_length }
    }

    /// The ledger. A write undoes what it did when it refuses, so there is nothing half done behind a poisoned lock.
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request as it came in.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// What follows the `?`, undecoded.
    pub(crate) query: String,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Bytes,
}

impl Request {
    /// Whether it is a POST of that media type, whatever its parameters.
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
    /// HTTP 200 with JSON: how all four say both success and failure.
    pub(crate) fn json(body: &Json) -> Answer {
        Answer::of("application/json;charset=UTF-8", body.to_string())
    }

    /// HTTP 200 with another type.
    pub(crate) fn of(content_type: &str, body: String) -> Answer {
        Answer { status: 200, content_type: content_type.to_owned(), body: body.into_bytes() }
    }
}

/// Whether the moment is at most so far from now, in either direction.
fn is_fresh(moment: OffsetDateTime, now: OffsetDateTime, tolerance: Duration) -> bool {
    (now - moment).abs() <= tolerance
}

/// The longest window that Wangdiantong's queries take.
const LONGEST_WINDOW: Duration = Duration::days(30);
