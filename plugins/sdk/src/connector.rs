//! The trait that a connector implements: the contract's exports, each with the host as its first argument.

use crate::{
    AdjustmentOrder, Attempt, Descriptor, Error, Host, OccupationOrder, OperationSupport, Receipt, Refused, Resolution,
    StockPage, StockQuery, TransferOrder, Write, WriteFailure,
};

/// A connector for one provider. Operations that it does not implement answer as `unsupported`.
pub trait Connector {
    /// Properties that hold for every account: see `metadata.describe` in the contract.
    fn describe() -> Descriptor;

    /// The operations that this account supports, with its settings. Sends nothing.
    fn operations(host: &impl Host) -> Vec<OperationSupport>;

    /// Whether the provider accepts this account: a cheap request that changes nothing.
    ///
    /// # Errors
    /// The provider's error, or the failure to reach it.
    fn check(host: &impl Host) -> Result<(), Error>;

    /// One page of stock.
    ///
    /// # Errors
    /// A refusal of a field that the provider cannot carry, or the provider's own failure.
    fn query(_host: &impl Host, _request: StockQuery) -> Result<StockPage, Error> {
        Err(Refused::operation("query").into())
    }

    /// Move stock between warehouses. Sends at most one write.
    ///
    /// # Errors
    /// As `query`, with whether the write may have been carried out.
    fn transfer(_host: &impl Host, _order: TransferOrder) -> Result<Receipt, WriteFailure> {
        Err(Refused::operation("transfer").into())
    }

    /// Change the kind or the quantity of stock. Sends at most one write.
    ///
    /// # Errors
    /// As `transfer`.
    fn adjust(_host: &impl Host, _order: AdjustmentOrder) -> Result<Receipt, WriteFailure> {
        Err(Refused::operation("adjust").into())
    }

    /// Hold stock. Sends at most one write.
    ///
    /// # Errors
    /// As `transfer`.
    fn occupy(_host: &impl Host, _order: OccupationOrder) -> Result<Receipt, WriteFailure> {
        Err(Refused::operation("occupy").into())
    }

    /// Looks up a write whose answer was lost. Sends nothing that could carry it out.
    ///
    /// # Errors
    /// As `query`: the look-up itself failed, which says nothing about the write.
    fn resolve(_host: &impl Host, _write: Write, _attempt: Attempt) -> Result<Resolution, Error> {
        Ok(Resolution::CannotTell(
            "this connector has no look-up for writes: look for the reference at the provider".into(),
        ))
    }
}
