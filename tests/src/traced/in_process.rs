//! The provider without a network: requests are answered directly, so that none is in flight when a host is gone.

use std::sync::Arc;

use stockbridge::transport::{Exchange, InboundResponse, OutboundRequest, Transport, TransportError};

use super::State;
use super::server::Request;

/// The provider as a host's transport: see [`super::Traced::in_process`].
pub struct InProcess(pub(super) Arc<State>);

impl Transport for InProcess {
    fn send(&self, request: OutboundRequest) -> Exchange<'_> {
        Box::pin(async move {
            if request.departure.cleared().await?.is_some_and(|window| window.is_over()) {
                return Err(TransportError::Unreachable("its time was over".to_owned()));
            }
            let body = (request.method == "POST").then_some(&request.body[..]);
            let answer = Request::of(&request.query, body).answer(&self.0).await;
            match answer.parts() {
                Some((status, body, 0)) => Ok(InboundResponse { status, headers: Vec::new(), body: body.into_bytes() }),
                _ => Err(TransportError::Broken("the connection was dropped".to_owned())),
            }
        })
    }

    /// A directly answered request cannot leave later.
    fn keeps_send_windows(&self) -> bool {
        true
    }
}
