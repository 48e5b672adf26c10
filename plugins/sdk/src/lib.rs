//! SDK for Stockbridge connectors.
//!
//! A connector implements [`Connector`] and is exported with [`export!`]. Its only access to the outside is the [`Host`]:
//! HTTP that the operator granted, settings, secrets by handle, a clock and a log. In a component the host is the
//! contract's imports; in a connector's own tests it is a `native::NativeHost` (feature `native`), so the same code runs in
//! both.
//!
//! ```
//! use stockbridge_connector::{Connector, Descriptor, Host, OperationSupport, Error};
//!
//! struct Example;
//!
//! impl Connector for Example {
//!     fn describe() -> Descriptor {
//!         Descriptor {
//!             provider: "example".into(),
//!             title: "Example".into(),
//!             settings: vec![],
//!             secrets: vec![],
//!             application: vec![],
//!             origins: vec!["https://api.example.com".into()],
//!             requests_per_minute: None,
//!         }
//!     }
//!     fn operations(_: &impl Host) -> Vec<OperationSupport> {
//!         vec![]
//!     }
//!     fn check(_: &impl Host) -> Result<(), Error> {
//!         Ok(())
//!     }
//! }
//!
//! stockbridge_connector::export!(Example);
//! ```
//!
//! Three failure types separate what a caller may do next. [`Refused`] comes from checks: nothing was sent yet.
//! [`WriteFailure`] says whether a write may have been carried out. [`Error`] is the failure of a query. `?` converts the
//! first to the others and the second to the third, and never in the other direction.

#[doc(hidden)]
pub mod bindings;
pub mod characters;
pub mod china_time;
mod connector;
pub mod cursor;
pub mod decimal;
mod describe;
mod failure;
pub mod form;
pub mod full_stock;
pub mod hex;
mod host;
pub mod json;
pub mod lookup_hints;
pub mod object;
pub mod order;
pub mod pagination;
pub mod reader;
pub mod refusal;
pub mod row;
pub mod windows;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod allocator;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod guest;
#[cfg(feature = "native")]
pub mod native;

pub use bindings::exports::stockbridge::connector::inventory::{
    AdjustedItem, Adjustment, AdjustmentLine, AdjustmentOrder, Attempt, CountLine, LineFailure, OccupationLine,
    OccupationOrder, OccupationReason, OwnerChange, Packaging, Progress, Receipt, Resolution, StockDetail, StockLevel,
    StockPage, StockQuery, TimeWindow, TransferGranularity, TransferLine, TransferOrder, TransferStage,
    WarehouseNotice, Write, WriteFailure,
};
pub use bindings::exports::stockbridge::connector::metadata::{
    Descriptor, OperationSupport, Repetition, SecretNeed, Setting,
};
pub use bindings::stockbridge::connector::http::{Capture, Effect, Failure, HttpError, Response};
pub use bindings::stockbridge::connector::log::Level;
pub use bindings::stockbridge::connector::secrets::{Algorithm, Encoding, Refusal};
pub use bindings::stockbridge::connector::types::{Condition, Error, ErrorClass};
pub use connector::Connector;
pub use failure::Refused;
pub use host::{Host, Part, Request, Secret};

/// Exports a [`Connector`] from the component that this crate is built as. Has no effect in native builds.
#[macro_export]
macro_rules! export {
    ($connector:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            type Exported = $crate::guest::Exported<$connector>;
    $crate::bindings::export_bindings!(Exported with_types_in $crate::bindings);
        };
    };
}
