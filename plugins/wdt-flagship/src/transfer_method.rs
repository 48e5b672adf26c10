//! Which of the provider's methods makes a transfer, as the account's settings say.

use stockbridge_connector::{Host, Refused};

use crate::{outer_transfer_create_by_api, stocktransfer_edit_create_order};

/// A method that makes a transfer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum TransferMethod {
    #[default]
    OuterTransfer,
    EditCreateOrder,
}

impl TransferMethod {
    /// The setting that chooses it, by its name.
    pub(crate) const SETTING: &str = "transfer-method";

    pub(crate) fn of(host: &impl Host) -> Result<TransferMethod, Refused> {
        let Some(chosen) = host.setting(TransferMethod::SETTING) else { return Ok(TransferMethod::default()) };
        let methods = [TransferMethod::OuterTransfer, TransferMethod::EditCreateOrder];
        methods.into_iter().find(|method| method.name() == chosen).ok_or_else(|| {
            let [one, other] = methods.map(TransferMethod::name);
            Refused::wrong_setting(TransferMethod::SETTING, format!("`{chosen}` is neither {one} nor {other}"))
        })
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            TransferMethod::OuterTransfer => outer_transfer_create_by_api::METHOD,
            TransferMethod::EditCreateOrder => stocktransfer_edit_create_order::METHOD,
        }
    }
}
