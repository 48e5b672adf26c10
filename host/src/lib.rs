//! Stockbridge: an embeddable connector runtime for inventory.
//!
//! An application asks for stock, transfers, adjusts and occupies it through one typed API. A **connector**, a sandboxed
//! WebAssembly component, speaks one provider's open API: it signs, maps and understands that provider's errors, and
//! reaches the network only through the HTTP that the operator granted it.
//!
//! ```no_run
//! # async fn example() -> Result<(), stockbridge::Error> {
//! use stockbridge::{Host, StockQuery, TransferLine, TransferOrder, WriteFailure};
//!
//! let host = Host::from_file("stockbridge.toml").await?;
//! let wms = host.account("main-wms")?;
//! let page = wms.query(StockQuery::skus(["daj1"]).warehouse("daj-wms-wdt")).await?;
//! println!("{:?}", page.levels.first().and_then(|level| level.available));
//!
//! let lines = vec![TransferLine::new("daj1", 10)];
//! match wms.transfer(TransferOrder { lines, ..TransferOrder::between("daj-wms-wdt", "lz-002") }).await {
//!     Ok(receipt) => println!("document {:?}", receipt.document),
//!     Err(WriteFailure::NotApplied(error)) => println!("nothing moved, and why says what has to come first: {error}"),
//!     Err(WriteFailure::Unknown(error)) => println!("it may have moved, find out first: {error}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # TLS
//!
//! | the application | takes `stockbridge` with |
//! |---|---|
//! | has rustls as it comes, or no TLS of its own | nothing more: `tls-aws-lc` is on by default |
//! | has rustls with ring alone | `default-features = false, features = ["tls-ring"]`, and what else it uses |
//! | installs a provider of its own before it makes a host | `default-features = false, features = ["network"]`, and what else it uses |
//!
//! A provider that the application installed is used in each case. rustls panics where both of its own are compiled in, none
//! is installed, and somebody leaves it the choice; a host does not, but an application may.
//!
//! # Features
//!
//! All but `tls-ring`, `tower` and `testing` are on by default. What needs one that is off is refused with its name.
//!
//! | feature | without it |
//! |---|---|
//! | `config-file` | configurations are built in code: there is no `Config::from_toml` and no `Host::from_file`, nor JSON for one |
//! | `journal-file` | the [`journal`] is in memory, and ends with the process; a configuration that names a file is refused |
//! | `network` | an application gives a [`transport`]; `tls-aws-lc` and `tls-ring` bring it |
//! | `signatures` | no [`PublicKey`] can be written, so that no `signed-by` is taken |
//! | `wasi` | a component that imports WASI is refused |
//! | `watch` | no file is followed; it brings `config-file` |
//! | `tls-aws-lc`, `tls-ring` | see [TLS](#tls) |
//! | `tower` | there is no `transport::TowerTransport`, which sends by a tower service of the application's |
//! | `testing` | there is no `stockbridge::testing`, a provider in memory for an application's tests |
//!
//! # Where things are
//!
//! | where | what |
//! |---|---|
//! | [`Host`], [`Account`] | what an application holds |
//! | [`model`] | orders, queries, and what comes back |
//! | [`config`] | what accounts there are and what they are granted |
//! | [`gate`] | what a version of a connector must pass before it serves |
//! | [`journal`] | every write until it is known what became of it |
//! | [`Limits`] | what one call may use |
//! | [`transport`] | how granted requests leave the process |
//! | [`Error`], [`WriteFailure`] | how things fail |

mod blocking;
mod box_future;
mod clock;
pub mod config;
mod connector;
mod diagnostics;
mod engine;
mod error;
pub mod gate;
mod host;
mod limits;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub mod measure;
mod observe;
mod public_key;
mod rate;
mod rollout;
mod sandbox;
mod secrets;
mod session;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "watch")]
mod watch;

pub use clock::Clock;
pub use config::{AccountConfig, CaptureRule, Config, RefusalRule};
pub use connector::Inspection;
pub use engine::{Allocation, CacheConfig, Compilations, ConnectorSource};
pub use error::{
    ComponentError, ComponentProblem, ConfigError, ConnectorFault, CursorError, Error, ErrorKind, SignatureProblem,
    VectorProblem, WriteFailure,
};
pub use host::{Account, Host, HostBuilder, Pages, ShutdownReport, inspect};
pub use limits::Limits;
pub use observe::{CallEnded, CallObserver, CallOutcome, RequestEnded};
pub use public_key::{BadKey, PublicKey};
pub use rate::BudgetStatus;
pub use rollout::{AccountFailure, AccountStatus, Applied, Event, Probation, SwapEnd, SwapStatus};
pub use sandbox::in_use::InUse;
#[cfg(feature = "testing")]
#[doc(hidden)]
pub use secrets::Redactor;
pub use session::CallOptions;
pub use stockbridge_egress as egress;
pub use stockbridge_egress::transport;
pub use stockbridge_journal::{Journal, JournalConfig, JournalError, Missed, Subscription};
pub use stockbridge_model as model;
pub use stockbridge_model::{
    AdjustedItem, Adjustment, AdjustmentLine, AdjustmentOrder, Attempt, BadDigest, BadJson, BadReference,
    ChangedWithin, Condition, CountLine, Cursor, Decimal, Descriptor, Digest, ErrorClass, Extras, Failure, FromJournal,
    Invalid, Json, LineFailure, OccupationLine, OccupationOrder, OccupationReason, OperationSupport, Outcome,
    OwnerChange, Packaging, Progress, ProviderFailure, Receipt, Reference, Repetition, Resolution, Secret, SecretNeed,
    SendWindow, Setting, Sku, StockDetail, StockLevel, StockPage, StockQuery, Timestamp, TransferGranularity,
    TransferLine, TransferOrder, TransferStage, Warehouse, WarehouseNotice, Write, WriteId, time,
};
#[cfg(feature = "watch")]
pub use watch::{Watch, WatchOptions};

/// Every write until it is known what became of it: what a person and a program see of a host's [`Journal`].
pub mod journal {
    #[cfg(feature = "testing")]
    pub use stockbridge_journal::Failpoint;
    pub use stockbridge_journal::{
        Body, ClosedGap, Copied, Evidence, Gap, GapCause, GapClosure, Journal, JournalConfig, JournalHolder,
        JournalIdentity, Next, Settlement, Verified, WireAnswer, WireRequest, WriteEvent, WriteEventKind, WriteFilter,
        WriteHistory, WriteRecord, WriteState,
    };
    #[cfg(feature = "journal-file")]
    pub use stockbridge_journal::{Disk, DiskSource, JournalClient, Repaired, init, repair, verify};
    pub use stockbridge_model::{Failure, WriteId};
}

/// The examples of the README and of the guides compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../README.zh-CN.md")]
struct ChineseReadme;

#[cfg(doctest)]
#[doc = include_str!("../../docs/embedding.md")]
struct Embedding;

#[cfg(doctest)]
#[doc = include_str!("../../docs/connectors.md")]
struct Connectors;
