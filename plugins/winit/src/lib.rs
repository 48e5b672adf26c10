//! The connector for Winit 万邑通.
//!
//! It adjusts stock with `wh.inventoryAdjustment.createOrder.v2` 创建库存调整单v2, as documented on the vendor's page, and queries
//! it with `queryWarehouseStorage` 查询总库存, as established by public clients, or, by change and grade, with
//! `winit.inventory.type.pageInv` 分类库存查询.

mod canonical;
mod create_order_v2;
mod errors;
mod gateway;
mod page_inv_inouts;
mod page_vo;
mod product;
mod query_warehouse;
mod query_warehouse_storage;
mod rules;
pub mod signing;
mod type_page_inv;

use product::Product;
use stockbridge_connector::{
    AdjustmentOrder, Attempt, Connector, Descriptor, Error, Host, OperationSupport, Receipt, Repetition, Resolution,
    SecretNeed, Setting, StockPage, StockQuery, Write, WriteFailure,
};

/// The connector `winit`.
#[derive(Debug)]
pub struct Winit;

impl Connector for Winit {
    fn describe() -> Descriptor {
        Descriptor {
            provider: "winit".into(),
            title: "Winit 万邑通".into(),
            settings: [
                setting("app_key", "The Winit account that the token belongs to", true, None),
                setting("client_id", "The application's id, for accounts that have one", false, None),
                setting(
                    "platform",
                    "The application's Code, assigned with its client_id and required with it",
                    false,
                    None,
                ),
                setting("language", "The language of Winit's messages", false, Some(gateway::LANGUAGE)),
                setting("url", "Winit's gateway", false, Some(gateway::URL)),
            ]
            .into_iter()
            .chain(Product::ALL.map(|product| setting(product.setting(), product.description(), false, None)))
            .collect(),
            secrets: vec![
                secret("token", "The account's token, shown with the app_key", true),
                secret("client_secret", "The application's secret: required if client_id is set", false),
            ],
            application: vec!["app_key".into()],
            origins: vec!["https://openapi.winit.com.cn".into()],
            requests_per_minute: Some(1000),
        }
    }

    fn operations(host: &impl Host) -> Vec<OperationSupport> {
        let mut query = operation("query", query_warehouse_storage::ACTION);
        query.methods.push(type_page_inv::ACTION.into());
        let adjustments = Product::ALL
            .into_iter()
            .filter(|product| host.setting(product.setting()).is_some())
            .map(|product| operation(product.operation(), create_order_v2::ACTION));
        [query].into_iter().chain(adjustments).collect()
    }

    fn check(host: &impl Host) -> Result<(), Error> {
        for product in Product::ALL {
            if let Some(code) = host.setting(product.setting()) {
                product.checked(code)?;
            }
        }
        query_warehouse::check(host)
    }

    fn query(host: &impl Host, request: StockQuery) -> Result<StockPage, Error> {
        if type_page_inv::answers(&request) {
            return type_page_inv::query(host, &request);
        }
        query_warehouse_storage::query(host, &request)
    }

    fn adjust(host: &impl Host, order: AdjustmentOrder) -> Result<Receipt, WriteFailure> {
        create_order_v2::adjust(host, &order)
    }

    /// No method finds an adjustment by the customer's number: a person gets the adjustments that moved its goods.
    fn resolve(host: &impl Host, write: Write, attempt: Attempt) -> Result<Resolution, Error> {
        Ok(Resolution::CannotTell(match &write {
            Write::Adjust(order) => create_order_v2::where_to_look(host, order, &attempt),
            Write::Transfer(_) | Write::Occupy(_) => {
                "this connector only sends adjustments, so there is nothing to look for".into()
            }
        }))
    }
}

/// None of Winit's methods is documented to drop a repeat.
fn operation(operation: &str, action: &str) -> OperationSupport {
    OperationSupport { operation: operation.into(), repetition: Repetition::Blind, methods: vec![action.into()] }
}

fn setting(name: &str, description: &str, required: bool, default: Option<&str>) -> Setting {
    Setting { name: name.into(), description: description.into(), required, default: default.map(str::to_owned) }
}

fn secret(name: &str, description: &str, required: bool) -> SecretNeed {
    SecretNeed { name: name.into(), description: description.into(), required, sent: false, captured: false }
}

stockbridge_connector::export!(Winit);
