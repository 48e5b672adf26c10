//! Faults on demand: requests at a gateway meet the failures of a real provider, so that a client's handling of them can be
//! tested.
//!
//! A fault consists of its gateway, its schedule, and its kind: one of [`FaultKind`]. As JSON, for
//! `POST /_simulator/faults`, which takes one fault or a list of them:
//!
//! ```json
//! {"gateway": "wdt-flagship", "times": 2, "error": {"status": 100, "message": "…", "code": "…"}}
//! {"gateway": "wdt-enterprise", "error": {"code": 2104, "message": "…"}}
//! {"gateway": "taobao-top", "error": {"code": 7, "msg": "…", "sub_code": "…", "sub_msg": "…"}}
//! {"gateway": "taobao-top", "error": {"error_code": "…", "error_message": "…"}}
//! {"gateway": "winit", "after_commit": true, "error": {"code": "-1", "msg": "…"}}
//! {"gateway": "winit", "raw": {"status": 200, "content_type": "application/json", "body": "{\"code\":"}}
//! {"gateway": "winit", "every": 3, "drop": {"at": "answer"}}
//! {"gateway": "winit", "from": 5, "to": 8, "stall": {"ms": 10000}}
//! {"gateway": "winit", "for_ms": 2000, "drip": {"every_ms": 100}}
//! {"gateway": "winit", "method": "queryWarehouseStorage", "cut": {"framing": "chunked", "after": 100}}
//! {"gateway": "winit", "oversize": {"bytes": 16777216, "framing": "length"}}
//! {"gateway": "winit", "content_type": {"is": "text/html"}}
//! {"gateway": "winit", "not_json": {"body": "<html>"}}
//! {"gateway": "winit", "shape": {"is": "list"}}
//! {"gateway": "winit", "redirect": {"status": 302, "location": "http://169.254.169.254/latest/meta-data/"}}
//! {"gateway": "winit", "limit": {"by": "status", "seconds": 3}}
//! {"gateway": "winit", "clock_skew": {"seconds": -900}}
//! {"gateway": "winit", "times": 2, "out_of_order": {"pages": "swapped"}}
//! {"gateway": "wdt-flagship", "for_ms": 60000, "listing": {"after_ms": 30000, "rows": 10, "remark": 20}}
//! ```
//!
//! **Which requests.** All at the gateway, or with `method` only those of that provider method (`action` at Winit). Of
//! these, one of:
//!
//! | | |
//! |---|---|
//! | `times` | the next this many, 1 by default; several such faults at a gateway apply one after the other |
//! | `every` | with 3, every third one, while the fault is pending |
//! | `from`, `to` | with 5 and 8, from the fifth one to the eighth |
//! | `for_ms` | all that arrive within this many milliseconds |
//!
//! Requests are counted from when the fault was added. Where several faults are due, the oldest applies.
//! `DELETE /_simulator/faults` ends them all.
//!
//! **Whether the request is carried out.** A `cut`, `drip`, `content_type` or `shape` spoils the answer, so the request is
//! carried out; a `clock_skew`, `out_of_order` or `listing` changes how, and the gateway decides. All others replace the
//! answer: with `after_commit` the request is carried out first and only its answer is lost, without it nothing is carried
//! out.
//!
//! **How long.** No fault keeps a connection for more than two minutes, nor for longer than the simulator runs.

mod documented;
mod happening;
mod kinds;
mod notation;
mod schedule;
mod shape;

use std::time::Duration;

use crate::gateways::{Answer, Listing};
use crate::provider::Gateway;

pub use crate::gateways::PageOrder;
pub use kinds::{DropAt, FaultKind, Framing, Limit};
pub use notation::FaultError;
pub use shape::Shape;

pub(crate) use happening::dropped;
pub(crate) use schedule::{Arrival, Faults};

use documented::Documented;
use kinds::Trouble;
use schedule::Schedule;

/// Default target of a redirect: the address at which clouds provide credentials.
const METADATA: &str = "http://169.254.169.254/latest/meta-data/";

/// A fault for some of the requests at a gateway: for the next one, unless [`Fault::times`], [`Fault::every`],
/// [`Fault::between`] or [`Fault::lasting`] selects others.
#[derive(Clone, Debug)]
pub struct Fault {
    gateway: Gateway,
    method: Option<String>,
    schedule: Schedule,
    after_commit: bool,
    trouble: Trouble,
}

impl Fault {
    /// The flagship edition's `{"status":…,"message":…}`.
    pub fn flagship(status: i64, message: &str) -> Fault {
        Fault::once(Gateway::WdtFlagship, Trouble::Error(Documented::flagship(status, message)))
    }

    /// The enterprise edition's `{"code":…,"message":…}`.
    pub fn enterprise(code: i64, message: &str) -> Fault {
        Fault::once(Gateway::WdtEnterprise, Trouble::Error(Documented::enterprise(code, message)))
    }

    /// TOP's `error_response`.
    pub fn top(code: u32, sub_code: Option<&str>, sub_msg: Option<&str>) -> Fault {
        Fault::once(Gateway::TaobaoTop, Trouble::Error(Documented::top(code, sub_code, sub_msg)))
    }

    /// TOP's `spi_result` without success.
    pub fn top_business(error_code: &str, error_message: &str) -> Fault {
        Fault::once(Gateway::TaobaoTop, Trouble::Error(Documented::top_business(error_code, error_message)))
    }

    /// Winit's `{"code":…,"msg":…,"data":{}}`.
    pub fn winit(code: &str, msg: &str) -> Fault {
        Fault::once(Gateway::Winit, Trouble::Error(Documented::winit(code, msg)))
    }

    /// Any answer: an empty one, one of a proxy, one without a field.
    pub fn raw(gateway: Gateway, status: u16, content_type: &str, body: &str) -> Fault {
        let answer = Answer { status, content_type: content_type.to_owned(), body: body.as_bytes().to_vec() };
        Fault::once(gateway, Trouble::Raw(answer))
    }

    /// The connection ends without an answer.
    pub fn dropped(gateway: Gateway, at: DropAt) -> Fault {
        Fault::once(gateway, Trouble::Drop(at))
    }

    /// The connection ends within the answer's body: in its middle, or after this many bytes.
    pub fn cut(gateway: Gateway, framing: Framing, after: Option<usize>) -> Fault {
        Fault::once(gateway, Trouble::Cut { framing, after })
    }

    /// No answer; after this time, or two minutes, the connection ends.
    pub fn stalled(gateway: Gateway, time: Duration) -> Fault {
        Fault::once(gateway, Trouble::Stall(time))
    }

    /// The answer is sent byte by byte, its head too, after this pause each.
    pub fn dripped(gateway: Gateway, every: Duration) -> Fault {
        Fault::once(gateway, Trouble::Drip(every))
    }

    /// A body of this many bytes.
    pub fn oversized(gateway: Gateway, framing: Framing, bytes: usize) -> Fault {
        Fault::once(gateway, Trouble::Oversize { framing, bytes })
    }

    /// The gateway's own answer, with another content type.
    pub fn mistyped(gateway: Gateway, content_type: &str) -> Fault {
        Fault::once(gateway, Trouble::ContentType(content_type.to_owned()))
    }

    /// An HTML page, with the status 200.
    pub fn not_json(gateway: Gateway, body: &str) -> Fault {
        Fault::once(gateway, Trouble::NotJson(body.to_owned()))
    }

    /// The gateway's own answer as JSON of another shape.
    pub fn misshapen(gateway: Gateway, shape: Shape) -> Fault {
        Fault::once(gateway, Trouble::Shape(shape))
    }

    /// A redirect to the address at which clouds provide credentials.
    pub fn redirected(gateway: Gateway, status: u16) -> Fault {
        Fault::redirected_to(gateway, status, METADATA)
    }

    /// A redirect to this address.
    pub fn redirected_to(gateway: Gateway, status: u16, location: &str) -> Fault {
        Fault::once(gateway, Trouble::Redirect { status, location: location.to_owned() })
    }

    /// Too many requests; retry after this many seconds, where the answer has a field for it.
    pub fn limited(gateway: Gateway, by: Limit, seconds: u32) -> Fault {
        Fault::once(gateway, Trouble::Limit { by, seconds })
    }

    /// The gateway's clock is this many seconds fast, or slow if negative.
    pub fn skewed(gateway: Gateway, seconds: i32) -> Fault {
        Fault::once(gateway, Trouble::ClockSkew(seconds))
    }

    /// A query's pages are returned in another order than requested.
    pub fn out_of_order(gateway: Gateway, pages: PageOrder) -> Fault {
        Fault::once(gateway, Trouble::OutOfOrder(pages))
    }

    /// Look-ups show each document only this long after it was created.
    pub fn listed_late(gateway: Gateway, lag: Duration) -> Fault {
        Fault::once(gateway, Trouble::Listing(Listing { lag, ..Listing::ALL }))
    }

    /// A page of the flagship edition has at most this many rows, whatever its total.
    pub fn listed_in_part(gateway: Gateway, rows: usize) -> Fault {
        Fault::once(gateway, Trouble::Listing(Listing { rows, ..Listing::ALL }))
    }

    /// Look-ups cut remarks of documents to this many characters.
    pub fn remarks_cut(gateway: Gateway, characters: usize) -> Fault {
        Fault::once(gateway, Trouble::Listing(Listing { remark: characters, ..Listing::ALL }))
    }

    /// Applies to the next `times` requests instead of one, after those of the faults before it are used up.
    #[must_use]
    pub fn times(self, times: u32) -> Fault {
        Fault { schedule: Schedule::Next(times), ..self }
    }

    /// With 3, applies to every third request, until [`Simulator::clear_faults`](crate::Simulator::clear_faults); with 0,
    /// to none.
    #[must_use]
    pub fn every(self, every: u32) -> Fault {
        Fault { schedule: Schedule::Every(every), ..self }
    }

    /// Applies to these requests, both ends included, counted from 1.
    #[must_use]
    pub fn between(self, from: u32, to: u32) -> Fault {
        Fault { schedule: Schedule::Between(from, to), ..self }
    }

    /// Applies to all requests that arrive within this time after the fault was added.
    #[must_use]
    pub fn lasting(self, time: Duration) -> Fault {
        Fault { schedule: Schedule::Lasting(time), ..self }
    }

    /// Applies only to requests of this provider method (`action` at Winit), and counts only these. TOP and Winit name it
    /// in the body: with them, a connection that is dropped at the request has no method yet.
    #[must_use]
    pub fn for_method(self, method: &str) -> Fault {
        Fault { method: Some(method.to_owned()), ..self }
    }

    /// The request is carried out first; only its answer is lost. No effect where the connection is dropped before the
    /// request was read.
    #[must_use]
    pub fn after_commit(self) -> Fault {
        Fault { after_commit: true, ..self }
    }

    /// Kind of the fault.
    pub fn kind(&self) -> FaultKind {
        self.trouble.kind()
    }

    fn once(gateway: Gateway, trouble: Trouble) -> Fault {
        Fault { gateway, method: None, schedule: Schedule::Next(1), after_commit: false, trouble }
    }
}
