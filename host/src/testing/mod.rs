//! A provider in memory for an application's own tests: it answers what the test says. With the feature `testing`.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), stockbridge::Error> {
//! use stockbridge::testing::{Answer, Provider};
//! use stockbridge::{TransferLine, TransferOrder};
//!
//! let provider = Provider::new();
//! provider.writes(|_| Answer::Unknown);
//! let wms = provider.host().await?.account("testing")?;
//! let order = TransferOrder { lines: vec![TransferLine::new("daj1", 10)], ..TransferOrder::between("here", "there") };
//! assert!(matches!(wms.transfer(order).await, Err(stockbridge::WriteFailure::Unknown(_))));
//! # Ok(())
//! # }
//! ```
//!
//! It is a host like any other: a small connector, compiled into this crate, passes the gate, runs in its sandbox, and sends
//! each call as one request, which the test answers in the place of the network. Journal, outcomes, attempts, recovery, rates
//! and limits are those of a real one.
//!
//! What it does not show: what a provider's connector makes of an order and of the provider's words, which the simulator
//! does, and the network itself. Of a row it has item, warehouse and three figures.

mod script;

use std::sync::Arc;

pub use script::{Answer, Asked, Found, Row};

use stockbridge_egress::transport::{Exchange, OutboundRequest, Transport, TransportError};

use self::script::{Repeats, Script};
use crate::config::{AccountConfig, Config};
use crate::error::Error;
use crate::host::{Host, HostBuilder};

/// The connector as it was built from `tests/components/scripted`.
const CONNECTOR: &[u8] = include_bytes!("connector.wasm");

/// A provider in memory. Clones are the same one.
#[derive(Clone, Default)]
pub struct Provider(Arc<Script>);

impl std::fmt::Debug for Provider {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Provider").field("asked", &self.asked().len()).finish_non_exhaustive()
    }
}

impl Provider {
    /// One that carries out each write, however often it comes, and has no stock.
    #[must_use]
    pub fn new() -> Provider {
        Provider::default()
    }

    /// One that can be asked what became of a write.
    #[must_use]
    pub fn traceable() -> Provider {
        Provider(Arc::new(Script::of(Repeats::Traceable)))
    }

    /// One that drops a second write under the same reference.
    #[must_use]
    pub fn deduplicating() -> Provider {
        Provider(Arc::new(Script::of(Repeats::Dropped)))
    }

    /// From now on a query has these pages.
    pub fn pages<R: Into<Row>>(&self, pages: impl IntoIterator<Item = Vec<R>>) {
        self.0.pages(pages.into_iter().map(|rows| rows.into_iter().map(Into::into).collect()).collect());
    }

    /// From now on each query is answered like this in the place of its pages; none takes that back.
    pub fn queries(&self, answer: Option<Answer>) {
        self.0.queries(answer);
    }

    /// From now on each write is answered as this says.
    pub fn writes(&self, answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) {
        self.0.writes(answer);
    }

    /// From now on each look-up of a write whose answer was lost is answered as this says. By default with the truth. The host
    /// asks a provider that is [`traceable`](Provider::traceable).
    pub fn look_ups(&self, found: impl Fn(&Asked) -> Found + Send + Sync + 'static) {
        self.0.look_ups(found);
    }

    /// What came so far, in its order.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.0.asked()
    }

    /// How often the write of this reference was carried out.
    #[must_use]
    pub fn applied(&self, reference: &str) -> usize {
        self.0.applied(reference)
    }

    /// An account at it.
    #[must_use]
    pub fn account(&self, name: &str) -> AccountConfig {
        AccountConfig::new(name, CONNECTOR).allow(script::ORIGIN).setting("repetition", self.0.repeats.setting())
    }

    /// A builder of hosts whose requests this provider answers.
    #[must_use]
    pub fn builder(&self) -> HostBuilder {
        Host::builder().transport(self.clone())
    }

    /// A host with the account `testing` at this provider.
    ///
    /// # Errors
    /// The runtime does not start on this machine.
    pub async fn host(&self) -> Result<Host, Error> {
        self.builder().build(Config::new().account(self.account("testing"))).await
    }
}

impl Transport for Provider {
    fn send(&self, request: OutboundRequest) -> Exchange<'_> {
        Box::pin(async move {
            match request.departure.cleared().await? {
                Some(window) if window.is_over() => Err(TransportError::WindowOver { window: window.length() }),
                _ => self.0.answer(request).await,
            }
        })
    }

    /// What is answered where it is sent cannot leave later.
    fn keeps_send_windows(&self) -> bool {
        true
    }
}
