//! Orders, stock and receipts of inventory: the types that an application of Stockbridge sees, and types that the crates below
//! its host share.
//!
//! These types are independent of the ones generated from the contract. Orders and queries are checked before a connector
//! sees them ([`Invalid`] names the field); a connector's results are checked before the application sees them.
//!
//! All of them are read from and written as JSON: decimals are strings of plain digits (numbers are read too, digit by digit),
//! times are RFC 3339, dates are `2026-11-21`, `extras` is an object of provider-specific fields.

mod adjustment;
pub mod application_id;
pub mod boot_clock;
mod check;
mod decimal;
mod digest;
mod extras;
mod failure;
mod identifiers;
mod invalid;
mod json;
mod metadata;
#[doc(hidden)]
pub mod named_file;
mod occupation;
mod outcome;
mod provider_failure;
mod receipt;
pub mod sanitize;
mod secret;
mod send_window;
mod stock;
mod timestamp;
mod transfer;
mod write_id;

pub use adjustment::{AdjustedItem, Adjustment, AdjustmentLine, AdjustmentOrder, CountLine, OwnerChange, Packaging};
pub use application_id::ApplicationId;
pub(crate) use decimal::exact as exact_decimal;
pub use decimal::exact::parse as parse_decimal;
pub use digest::{BadDigest, Digest};
pub use extras::Extras;
pub use failure::Failure;
pub use identifiers::{BadReference, Condition, Reference, Sku, Warehouse};
pub use invalid::Invalid;
pub use json::{BadJson, Json};
pub use metadata::{Descriptor, OperationSupport, Repetition, SecretNeed, Setting};
pub use occupation::{OccupationLine, OccupationOrder, OccupationReason};
pub use outcome::Outcome;
pub use provider_failure::{ErrorClass, ProviderFailure};
pub use receipt::{Attempt, FromJournal, LineFailure, Progress, Receipt, Resolution, Write};
pub use rust_decimal::Decimal;
pub use secret::Secret;
pub use send_window::{FailpointHook, SendWindow};
pub use stock::{ChangedWithin, Cursor, StockDetail, StockLevel, StockPage, StockQuery};
/// The crate of the calendar dates in orders and stock details.
pub use time;
pub use timestamp::Timestamp;
pub use timestamp::date::{parse as parse_date, text as date_text};
pub use transfer::{TransferGranularity, TransferLine, TransferOrder, TransferStage, WarehouseNotice};
pub use write_id::WriteId;

use check::Check;
