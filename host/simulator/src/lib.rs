//! A simulator of four inventory gateways, for use without a provider account.
//!
//! One process on loopback answers as 旺店通旗舰版 (`/openapi`), 旺店通企业版 (`/openapi2/<method>.php`), the Taobao Open Platform
//! (`/router/rest`) and 万邑通 (`/openapi/service`) do, over one stock ledger: a write at one gateway is visible at all of
//! them. It checks requests as strictly as the providers do, with its own code. It is not a mock: its answers follow from
//! the request and the ledger.
//!
//! | gateway | credentials |
//! |---|---|
//! | wdt-flagship | sid `demo-sid`, key `demo-key`, appsecret `demo-secret:demo-salt` |
//! | wdt-enterprise | sid `demo-sid`, appkey `demo-key`, secret `demo-secret` |
//! | taobao-top | app_key `demo-key`, secret `demo-secret`, session `demo-session` |
//! | winit | app_key `demo@example.com`, token `demo-token`, client_id `demo-client`, client_secret `demo-client-secret` |
//!
//! Beside the gateways, `GET /_simulator/ledger` shows stock and documents, and `POST /_simulator/faults` makes requests
//! fail, as [`Fault`] does for a program: on request or by a schedule, in each of the ways of [`FaultKind`]. `DELETE` on
//! the same address ends all faults.

mod china_time;
mod clock;
mod connection;
mod faults;
mod gateways;
mod json;
mod ledger;
mod provider;
mod recorder;
mod server;
mod stock;

pub use clock::Clock;
pub use faults::{DropAt, Fault, FaultError, FaultKind, Framing, Limit, PageOrder, Shape};
pub use gateways::{IsAll, LengthUnit};
pub use ledger::{Document, DocumentKind, DocumentLine, DocumentState, LedgerView, PoolView, StockView};
pub use provider::Gateway;
pub use recorder::RecordedRequest;
pub use server::{Options, Simulator, StartError};
pub use stock::codes::{Condition, Packaging};
pub use stock::{Stock, StockError};
