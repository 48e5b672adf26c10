//! Connector for Wangdiantong's enterprise edition, reduced to one query, whose answer is read with serde_json and raw values.
//!
//! `stock-by-scan` is the same with the SDK's reader: `cargo bench -p stockbridge --bench json` compares the two.

// Connector modules, included as source: its crate exports the contract, and so does this one.
#[path = "../../../../plugins/wdt-enterprise/src/errors.rs"]
mod errors;
#[allow(dead_code, reason = "the connector's other methods")]
#[path = "../../../../plugins/wdt-enterprise/src/openapi.rs"]
mod openapi;
#[path = "../../../../plugins/wdt-enterprise/src/signing.rs"]
pub mod signing;

mod answer;
#[path = "../../stock-by-scan/src/query.rs"]
mod query;

use stockbridge_connector::{Connector, Descriptor, Error, Host, OperationSupport, StockPage, StockQuery};

/// Connector with one query, for the stock of an item.
#[derive(Debug)]
pub struct StockBySerde;

impl Connector for StockBySerde {
    fn describe() -> Descriptor {
        query::descriptor("stock-by-serde")
    }

    fn operations(_: &impl Host) -> Vec<OperationSupport> {
        vec![OperationSupport::blind("query", query::METHOD)]
    }

    fn check(_: &impl Host) -> Result<(), Error> {
        Ok(())
    }

    fn query(host: &impl Host, request: StockQuery) -> Result<StockPage, Error> {
        query::ask(host, &request).and_then(|answer| answer::page(&answer))
    }
}

stockbridge_connector::export!(StockBySerde);
