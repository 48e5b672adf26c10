//! Native build of the connector over the host's HTTP client, without a sandbox. It blocks a thread while it waits for answers.

use std::sync::Arc;

use stockbridge::egress::{Grant, Target};
use stockbridge::transport::{Network, OutboundRequest, Transport};
use stockbridge_connector::native::NativeHost;
use stockbridge_connector::{Connector, Failure, HttpError, Response, StockQuery};
use stockbridge_wdt_enterprise::WdtEnterprise;
use tokio::runtime::Handle;

use crate::support;

pub(crate) struct NativeConnector {
    gateway: String,
    network: Network,
    grant: Arc<Grant>,
    runtime: Handle,
}

impl NativeConnector {
    pub(crate) fn new(gateway: &str) -> NativeConnector {
        NativeConnector {
            gateway: gateway.to_owned(),
            network: Network::new().expect("a client"),
            grant: Arc::new(support::grant(gateway).parse().expect("a grant")),
            runtime: Handle::current(),
        }
    }

    /// Exchange with a body as long as a query's over the host's client alone, without signing or mapping. Returns the length
    /// of the response.
    pub(crate) async fn exchange(&self) -> usize {
        let target = Target::parse(&format!("{}/stock_query_detail.php", self.gateway)).expect("a target");
        let mut outbound = OutboundRequest::post(target, self.grant.clone());
        outbound.body = vec![b'a'; 180].into();
        self.network.send(outbound).await.expect("an answer").body.len()
    }

    /// Number of rows in the answer.
    pub(crate) fn query(self: &Arc<Self>, sku: &str) -> usize {
        let native = self.clone();
        let host = NativeHost::new(move |request| {
            let headers =
                request.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect();
            let target = Target::parse(&request.url).map_err(|error| http_error(&error))?;
            let mut outbound = OutboundRequest::post(target, native.grant.clone());
            outbound.headers = headers;
            outbound.body = request.body.clone().into();
            let answer = native.runtime.block_on(native.network.send(outbound)).map_err(|error| http_error(&error))?;
            Ok(Response { status: answer.status, headers: answer.headers, body: answer.body })
        })
        .setting("url", &self.gateway)
        .setting("sid", "demo-sid")
        .setting("appkey", "demo-key")
        .secret("secret", "demo-secret");
        let query = StockQuery {
            warehouse: None,
            skus: vec![sku.to_owned()],
            barcodes: Vec::new(),
            changed: None,
            include_deleted: false,
            cursor: None,
            page_size: None,
            extras: Vec::new(),
        };
        WdtEnterprise::query(&host, query).expect("a page").levels.len()
    }
}

fn http_error(error: &dyn std::fmt::Display) -> HttpError {
    HttpError { failure: Failure::Broken, sent: true, retry_after: None, message: error.to_string() }
}
