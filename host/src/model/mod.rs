//! The types that an application sees: orders, queries and what comes back.
//!
//! They are this crate's own, not the generated ones of the contract. Orders and queries are checked before a connector
//! sees them ([`Invalid`] names the field); what a connector returns is checked before the application sees it.
//!
//! All of them read from and write to JSON: figures are texts of plain digits (numbers are read too, digit by digit),
//! times are RFC 3339, dates are `2026-11-21`, `extras` is an object of the provider's own fields.

mod adjustment;
pub(crate) mod application_id;
pub(crate) mod boot_clock;
mod check;
mod clock;
mod decimal;
mod digest;
mod extras;
mod identifiers;
mod invalid;
mod json;
mod limits;
mod metadata;
mod occupation;
pub(crate) mod public_key;
mod receipt;
mod secret;
mod send_window;
mod stock;
mod time;
mod transfer;
mod write_id;

pub use adjustment::{AdjustedItem, Adjustment, AdjustmentLine, AdjustmentOrder, CountLine, OwnerChange, Packaging};
pub(crate) use application_id::ApplicationId;
pub use clock::Clock;
pub use digest::{BadDigest, Digest};
pub use extras::Extras;
pub use identifiers::{BadReference, Condition, Reference, Sku, Warehouse};
pub use invalid::Invalid;
pub use json::{BadJson, Json};
pub use limits::Limits;
pub use metadata::{Descriptor, OperationSupport, Repetition, SecretNeed, Setting};
pub use occupation::{OccupationLine, OccupationOrder, OccupationReason};
pub use public_key::{BadKey, PublicKey};
pub use receipt::{Attempt, FromJournal, LineFailure, Progress, Receipt, Resolution, Write};
pub use secret::Secret;
pub(crate) use send_window::FailpointHook;
pub use send_window::SendWindow;
pub use stock::{ChangedWithin, Cursor, StockDetail, StockLevel, StockPage, StockQuery};
pub use time::Timestamp;
pub use transfer::{TransferGranularity, TransferLine, TransferOrder, TransferStage, WarehouseNotice};
pub use write_id::WriteId;

pub(crate) use check::Check;
pub(crate) use decimal::exact as exact_decimal;
pub(crate) use time::date::{parse as parse_date, text as date_text};
