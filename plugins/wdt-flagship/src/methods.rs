//! The provider's methods for transfers and for holding stock, as chosen by the account's settings.

use stockbridge_connector::{Host, Refused};

use crate::{
    outer_transfer_create_by_api, reserve_extract_add, stocktransfer_edit_create_order, virtual_warehouse_create,
};

/// A method for transfers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum TransferMethod {
    #[default]
    OuterTransfer,
    EditCreateOrder,
}

impl TransferMethod {
    /// The name of the setting that chooses it.
    pub(crate) const SETTING: &str = "transfer-method";

    pub(crate) fn of(host: &impl Host) -> Result<TransferMethod, Refused> {
        let methods = [TransferMethod::OuterTransfer, TransferMethod::EditCreateOrder];
        chosen(host, TransferMethod::SETTING, methods, TransferMethod::name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            TransferMethod::OuterTransfer => outer_transfer_create_by_api::METHOD,
            TransferMethod::EditCreateOrder => stocktransfer_edit_create_order::METHOD,
        }
    }
}

/// A method for holding stock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum OccupyMethod {
    #[default]
    ReserveExtractAdd,
    VirtualWarehouseCreate,
}

impl OccupyMethod {
    /// The name of the setting that chooses it.
    pub(crate) const SETTING: &str = "occupy-method";

    pub(crate) fn of(host: &impl Host) -> Result<OccupyMethod, Refused> {
        let methods = [OccupyMethod::ReserveExtractAdd, OccupyMethod::VirtualWarehouseCreate];
        chosen(host, OccupyMethod::SETTING, methods, OccupyMethod::name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            OccupyMethod::ReserveExtractAdd => reserve_extract_add::METHOD,
            OccupyMethod::VirtualWarehouseCreate => virtual_warehouse_create::METHOD,
        }
    }
}

fn chosen<M: Copy + Default>(
    host: &impl Host,
    setting: &str,
    methods: [M; 2],
    name: fn(M) -> &'static str,
) -> Result<M, Refused> {
    let Some(chosen) = host.setting(setting) else { return Ok(M::default()) };
    methods.into_iter().find(|method| name(*method) == chosen).ok_or_else(|| {
        let [one, other] = methods.map(name);
        Refused::wrong_setting(setting, format!("`{chosen}` is neither {one} nor {other}"))
    })
}
