//! Faults on demand: requests at a gateway meet what a provider does on a bad day, so that a client's handling of it can
//! be tested.
//!
//! A fault is where it happens, when, and what goes wrong: one of [`FaultKind`]. As JSON, for `POST /_simulator/faults`,
//! which takes one fault or a list of them:
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
//! **Which requests.** Those at the gateway, and with `method` only the provider's method of that name (`action` at
//! Winit). Of these, one of:
//!
//! | | |
//! |---|---|
//! | `times` | the next so many, 1 unless given; of several such faults at a gateway, one after the other |
//! | `every` | with 3, every third one, for as long as the fault waits |
//! | `from`, `to` | with 5 and 8, from the fifth one to the eighth |
//! | `for_ms` | all that come within so many milliseconds |
//!
//! Requests are counted from when the fault was given. Where several faults are due, the oldest happens.
//! `DELETE /_simulator/faults` ends them all.
//!
//! **Whether the request is carried out.** A `cut`, `drip`, `content_type` or `shape` spoils the answer, so it is carried
//! out; a `clock_skew`, `out_of_order` or `listing` changes how, and the gateway decides. All others take the answer's place: with
//! `after_commit` the request is carried out first and only its answer is lost, without it nothing is.
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

/// Where a redirect leads unless told otherwise: the address at which clouds hand out credentials.
const METADATA: &str = "http://169.254.169.254/latest/meta-data/";

/// What happens to some of the requests at a gateway: to the next one, unless [`Fault::times`], [`Fault::every`],
/// [`Fault::between`] or [`Fault::lasting`] says which.
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

    /// The connection ends within the answer's body: in its middle, or after so many bytes.
    pub fn cut(gateway: Gateway, framing: Framing, after: Option<usize>) -> Fault {
        Fault::once(gateway, Trouble::Cut { framing, after })
    }

    /// No answer comes, and after this time, or two minutes, the connection ends.
    pub fn stalled(gateway: Gateway, time: Duration) -> Fault {
        Fault::once(gateway, Trouble::Stall(time))
    }

    /// The answer comes byte by byte, its head too, with so much time before each.
    pub fn dripped(gateway: Gateway, every: Duration) -> Fault {
        Fault::once(gateway, Trouble::Drip(every))
    }

    /// A body of so many bytes.
    pub fn oversized(gateway: Gateway, framing: Framing, bytes: usize) -> Fault {
        Fault::once(gateway, Trouble::Oversize { framing, bytes })
    }

    /// The gateway's own answer, said to be of another type.
    pub fn mistyped(gateway: Gateway, content_type: &str) -> Fault {
        Fault::once(gateway, Trouble::ContentType(content_type.to_owned()))
    }

    /// A page for people, with the status 200.
    pub fn not_json(gateway: Gateway, body: &str) -> Fault {
        Fault::once(gateway, Trouble::NotJson(body.to_owned()))
    }

    /// The gateway's own answer as JSON of another shape.
    pub fn misshapen(gateway: Gateway, shape: Shape) -> Fault {
        Fault::once(gateway, Trouble::Shape(shape))
    }

    /// A redirect to the address at which clouds hand out credentials.
    pub fn redirected(gateway: Gateway, status: u16) -> Fault {
        Fault::redirected_to(gateway, status, METADATA)
    }

    /// A redirect to this address.
    pub fn redirected_to(gateway: Gateway, status: u16, location: &str) -> Fault {
        Fault::once(gateway, Trouble::Redirect { status, location: location.to_owned() })
    }

    /// Too many requests; ask again after so many seconds, where the answer has a place for them.
    pub fn limited(gateway: Gateway, by: Limit, seconds: u32) -> Fault {
        Fault::once(gateway, Trouble::Limit { by, seconds })
    }

    /// The gateway's clock is so many seconds fast, or slow where they are less than none.
    pub fn skewed(gateway: Gateway, seconds: i32) -> Fault {
        Fault::once(gateway, Trouble::ClockSkew(seconds))
    }

    /// A query's pages come in another order than they are asked for.
    pub fn out_of_order(gateway: Gateway, pages: PageOrder) -> Fault {
        Fault::once(gateway, Trouble::OutOfOrder(pages))
    }

    /// Look-ups of documents show each so long after it was made.
    pub fn listed_late(gateway: Gateway, lag: Duration) -> Fault {
        Fault::once(gateway, Trouble::Listing(Listing { lag, ..Listing::ALL }))
    }

    /// A page of the flagship edition has so many rows at most, whatever it counts.
    pub fn listed_in_part(gateway: Gateway, rows: usize) -> Fault {
        Fault::once(gateway, Trouble::Listing(Listing { rows, ..Listing::ALL }))
    }

    /// Look-ups of documents tell so many characters of their remarks.
    pub fn remarks_cut(gateway: Gateway, characters: usize) -> Fault {
        Fault::once(gateway, Trouble::Listing(Listing { remark: characters, ..Listing::ALL }))
    }

    /// Happens to the next so many requests instead of one, after those of the faults before it are used up.
    #[must_use]
    pub fn times(self, times: u32) -> Fault {
        Fault { schedule: Schedule::Next(times), ..self }
    }

    /// With 3, happens to every third request, until [`Simulator::clear_faults`](crate::Simulator::clear_faults); with 0,
    /// to none.
    #[must_use]
    pub fn every(self, every: u32) -> Fault {
        Fault { schedule: Schedule::Every(every), ..self }
    }

    /// Happens to these requests, both ends included, counted from 1.
    #[must_use]
    pub fn between(self, from: u32, to: u32) -> Fault {
        Fault { schedule: Schedule::Between(from, to), ..self }
    }

    /// Happens to all requests that come within this time from when the fault is given.
    #[must_use]
    pub fn lasting(self, time: Duration) -> Fault {
        Fault { schedule: Schedule::Lasting(time), ..self }
    }

    /// Happens to requests of this method of the provider alone (`action` at Winit), and only these are counted. TOP and
    /// Winit name it in the body: with them, a connection that is dropped at the request meets no method.
    #[must_use]
    pub fn for_method(self, method: &str) -> Fault {
        Fault { method: Some(method.to_owned()), ..self }
    }

    /// The request is carried out first; only its answer is lost. It cannot be where the connection is dropped before the
    /// request was read.
    #[must_use]
    pub fn after_commit(self) -> Fault {
        Fault { after_commit: true, ..self }
    }

    /// What goes wrong.
    pub fn kind(&self) -> FaultKind {
        self.trouble.kind()
    }

    fn once(gateway: Gateway, trouble: Trouble) -> Fault {
        Fault { gateway, method: None, schedule: Schedule::Next(1), after_commit: false, trouble }
    }
}
