//! JSON notation of faults.

use std::time::Duration;

use axum::http::HeaderValue;
use serde::Deserialize;
use serde_json::Value;

use super::documented::Documented;
use super::kinds::{DropAt, Framing, Limit, Trouble};
use super::schedule::Schedule;
use super::{Fault, METADATA, Shape};
use crate::gateways::{Answer, Listing, PageOrder};
use crate::provider::Gateway;

/// Maximum body that a fault sends, in bytes.
const MAX_BODY: usize = 1 << 30;

/// Why a fault's JSON is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// It does not have the structure of the gateway's faults.
    #[error("not a fault: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It has several kinds, or none.
    #[error("a fault has one kind, such as `error` or `drop`; this has {0}")]
    Kind(usize),
    /// It selects its requests in several ways, or incompletely.
    #[error("a fault has one of `times`, `every`, `from` with `to`, and `for_ms`")]
    Schedule,
    /// Its status is invalid, or unsuitable for its kind.
    #[error("{0} is not an HTTP status for this")]
    Status(u16),
    /// A number in it is too small or too large.
    #[error("`{0}` is out of range")]
    Range(&'static str),
    /// A text in it is not valid in an HTTP header.
    #[error("`{0}` does not fit into a header")]
    Header(&'static str),
}

/// The members beside the one that gives the kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    gateway: Gateway,
    method: Option<String>,
    times: Option<u32>,
    every: Option<u32>,
    from: Option<u32>,
    to: Option<u32>,
    for_ms: Option<u32>,
    #[serde(default)]
    after_commit: bool,
}

impl Wire {
    const NAMES: [&str; 8] = ["gateway", "method", "times", "every", "from", "to", "for_ms", "after_commit"];

    fn schedule(&self) -> Result<Schedule, FaultError> {
        match (self.times, self.every, (self.from, self.to), self.for_ms) {
            (times, None, (None, None), None) => Ok(Schedule::Next(times.unwrap_or(1))),
            (None, Some(0), (None, None), None) => Err(FaultError::Range("every")),
            (None, Some(every), (None, None), None) => Ok(Schedule::Every(every)),
            (None, None, (Some(from), Some(to)), None) if from == 0 || to < from => Err(FaultError::Range("to")),
            (None, None, (Some(from), Some(to)), None) => Ok(Schedule::Between(from, to)),
            (None, None, (None, None), Some(time)) => Ok(Schedule::Lasting(milliseconds(time))),
            _ => Err(FaultError::Schedule),
        }
    }
}

/// The member that gives the kind.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum TroubleWire {
    Error(Value),
    Raw(RawWire),
    Drop(DropWire),
    Cut(CutWire),
    Stall(StallWire),
    Drip(DripWire),
    Oversize(OversizeWire),
    ContentType(ContentTypeWire),
    NotJson(NotJsonWire),
    Shape(ShapeWire),
    Redirect(RedirectWire),
    Limit(LimitWire),
    ClockSkew(ClockSkewWire),
    OutOfOrder(OutOfOrderWire),
    Listing(ListingWire),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWire {
    #[serde(default = "ok")]
    status: u16,
    #[serde(default = "json_type")]
    content_type: String,
    body: String,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct DropWire {
    at: DropAt,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CutWire {
    framing: Framing,
    after: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StallWire {
    ms: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DripWire {
    every_ms: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OversizeWire {
    bytes: usize,
    #[serde(default)]
    framing: Framing,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContentTypeWire {
    is: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotJsonWire {
    body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShapeWire {
    is: Shape,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RedirectWire {
    #[serde(default = "found")]
    status: u16,
    #[serde(default = "metadata")]
    location: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitWire {
    #[serde(default)]
    by: Limit,
    #[serde(default = "one")]
    seconds: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockSkewWire {
    seconds: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutOfOrderWire {
    pages: PageOrder,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ListingWire {
    after_ms: u32,
    rows: Option<usize>,
    remark: Option<usize>,
}

fn ok() -> u16 {
    200
}

fn found() -> u16 {
    302
}

fn one() -> u32 {
    1
}

fn json_type() -> String {
    "application/json;charset=UTF-8".to_owned()
}

fn metadata() -> String {
    METADATA.to_owned()
}

impl Fault {
    /// Parses one fault.
    pub fn from_json(json: &[u8]) -> Result<Fault, FaultError> {
        Fault::from_value(serde_json::from_slice(json)?)
    }

    /// Parses the body of `POST /_simulator/faults`: one fault, or a list of them.
    pub fn all_from_json(json: &[u8]) -> Result<Vec<Fault>, FaultError> {
        match serde_json::from_slice(json)? {
            Value::Array(faults) => faults.into_iter().map(Fault::from_value).collect(),
            fault => Ok(vec![Fault::from_value(fault)?]),
        }
    }

    fn from_value(fault: Value) -> Result<Fault, FaultError> {
        let members: serde_json::Map<_, _> = serde_json::from_value(fault)?;
        let (beside, trouble): (serde_json::Map<_, _>, serde_json::Map<_, _>) =
            members.into_iter().partition(|(name, _)| Wire::NAMES.contains(&name.as_str()));
        let wire: Wire = serde_json::from_value(Value::Object(beside))?;
        if trouble.len() != 1 {
            return Err(FaultError::Kind(trouble.len()));
        }
        Ok(Fault {
            gateway: wire.gateway,
            schedule: wire.schedule()?,
            after_commit: wire.after_commit,
            trouble: read(wire.gateway, serde_json::from_value(Value::Object(trouble))?)?,
            method: wire.method,
        })
    }
}

fn read(gateway: Gateway, wire: TroubleWire) -> Result<Trouble, FaultError> {
    Ok(match wire {
        TroubleWire::Error(error) => Trouble::Error(Documented::read(gateway, error)?),
        TroubleWire::Raw(RawWire { status, content_type, body }) => Trouble::Raw(Answer {
            status: within(200..=599, status)?,
            content_type: header("content_type", content_type)?,
            body: body.into_bytes(),
        }),
        TroubleWire::Drop(DropWire { at }) => Trouble::Drop(at),
        TroubleWire::Cut(CutWire { framing, after }) => Trouble::Cut { framing, after },
        TroubleWire::Stall(StallWire { ms }) => Trouble::Stall(milliseconds(ms)),
        TroubleWire::Drip(DripWire { every_ms }) => Trouble::Drip(milliseconds(every_ms)),
        TroubleWire::Oversize(OversizeWire { bytes, .. }) if bytes > MAX_BODY => {
            return Err(FaultError::Range("bytes"));
        }
        TroubleWire::Oversize(OversizeWire { bytes, framing }) => Trouble::Oversize { framing, bytes },
        TroubleWire::ContentType(ContentTypeWire { is }) => Trouble::ContentType(header("is", is)?),
        TroubleWire::NotJson(NotJsonWire { body }) => Trouble::NotJson(body),
        TroubleWire::Shape(ShapeWire { is }) => Trouble::Shape(is),
        TroubleWire::Redirect(RedirectWire { status, location }) => {
            Trouble::Redirect { status: within(300..=399, status)?, location: header("location", location)? }
        }
        TroubleWire::Limit(LimitWire { by, seconds }) => Trouble::Limit { by, seconds },
        TroubleWire::ClockSkew(ClockSkewWire { seconds }) => Trouble::ClockSkew(seconds),
        TroubleWire::OutOfOrder(OutOfOrderWire { pages }) => Trouble::OutOfOrder(pages),
        TroubleWire::Listing(ListingWire { after_ms, rows, remark }) => Trouble::Listing(Listing {
            lag: milliseconds(after_ms),
            rows: rows.unwrap_or(Listing::ALL.rows),
            remark: remark.unwrap_or(Listing::ALL.remark),
        }),
    })
}

fn milliseconds(number: u32) -> Duration {
    Duration::from_millis(number.into())
}

fn within(statuses: std::ops::RangeInclusive<u16>, status: u16) -> Result<u16, FaultError> {
    if statuses.contains(&status) { Ok(status) } else { Err(FaultError::Status(status)) }
}

fn header(name: &'static str, text: String) -> Result<String, FaultError> {
    HeaderValue::from_str(&text).map_err(|_| FaultError::Header(name))?;
    Ok(text)
}
