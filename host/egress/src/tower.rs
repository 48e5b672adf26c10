//! A transport over a tower service, such as an HTTP client that the application already has.

use std::fmt::Display;
use std::future::poll_fn;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tower_service::Service;

use super::exchange::{Exchange, Transport};
use super::failure::TransportError;
use super::judge::judge;
use super::request::{InboundResponse, OutboundRequest};
use super::target::TargetHost;

/// Error of a service's body.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Sends requests through a tower service, each on a clone of it. With the feature `tower`.
///
/// The service must keep the rules of a [`Transport`]. The origin, and a host written as an address, are judged by the grant
/// here; **resolved addresses are not**, so the service must dial only addresses that the grant
/// [reaches](crate::Grant::reaches), or use a proxy that ensures that. Time and size of an answer are limited here. Any
/// failure of the service after it got the request counts as *sent*, and it keeps no send window: a write that it gives up is
/// unknown.
#[derive(Clone, Copy, Debug)]
pub struct TowerTransport<S>(S);

impl<S> TowerTransport<S> {
    /// A transport over this service.
    pub fn new(service: S) -> TowerTransport<S> {
        TowerTransport(service)
    }
}

impl<S, B> Transport for TowerTransport<S>
where
    S: Service<Request<Bytes>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send,
    S::Error: Display + Send,
    B: Body + Send,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    fn send(&self, request: OutboundRequest) -> Exchange<'_> {
        let service = self.0.clone();
        Box::pin(async move {
            let (progress, after) = (request.progress.clone(), request.timeout);
            progress.nothing_sent();
            let answer = tokio::time::timeout(after, exchange(service, request)).await;
            answer.unwrap_or_else(|_| Err(TransportError::TimedOut { after, sent: progress.may_have_sent() }))
        })
    }
}

async fn exchange<S, B>(mut service: S, request: OutboundRequest) -> Result<InboundResponse, TransportError>
where
    S: Service<Request<Bytes>, Response = Response<B>>,
    S::Error: Display,
    B: Body,
    B::Error: Into<BoxError>,
{
    let origin = request.target.origin.to_string();
    let unsent = |error: &dyn Display| TransportError::Unreachable(format!("{origin} ({error})"));
    let judged = match &request.target.origin.host {
        TargetHost::Name(_) if request.grant.covers(&request.target) => Ok(()),
        TargetHost::Name(_) | TargetHost::Address(_) => judge(&request.grant, &request.target, &[]),
    };
    judged.map_err(|violation| TransportError::Refused(violation.to_string()))?;
    let (request, context) = request.into_http().map_err(|error| unsent(&error))?;
    poll_fn(|waker| service.poll_ready(waker)).await.map_err(|error| unsent(&error))?;
    if let Some(window) = context.departure.cleared().await?
        && window.is_over()
    {
        return Err(TransportError::WindowOver { window: window.length() });
    }
    context.progress.handed_on();
    let response = service.call(request).await;
    let response = response.map_err(|error| TransportError::Broken(format!("{origin} ({error})")))?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, context.response_limit).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() {
            TransportError::TooLarge(context.response_limit)
        } else {
            TransportError::Broken(format!("{origin} ({error})"))
        }
    })?;
    Ok(Response::from_parts(head, body.to_bytes()).into())
}
