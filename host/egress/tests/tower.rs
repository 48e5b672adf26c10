//! A tower service as a transport: the request that it gets, and what each kind of failure says about the request.

#![cfg(feature = "tower")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test that cannot go on has failed")]

use std::future::{Ready, pending, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use stockbridge_egress::transport::{OutboundRequest, TowerTransport, Transport, TransportError};
use stockbridge_egress::{GrantSpec, Target};
use tower_service::Service;

type Answered = Result<Response<Full<Bytes>>, String>;

/// A service that gives a test's answer, or never answers.
#[derive(Clone)]
struct Scripted {
    ready: Result<(), String>,
    answer: Option<fn(Request<Bytes>) -> Answered>,
    called: Arc<AtomicBool>,
}

impl Scripted {
    fn answering(answer: fn(Request<Bytes>) -> Answered) -> Scripted {
        Scripted { ready: Ok(()), answer: Some(answer), called: Arc::default() }
    }
}

impl Service<Request<Bytes>> for Scripted {
    type Response = Response<Full<Bytes>>;
    type Error = String;
    type Future = Pin<Box<dyn Future<Output = Answered> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), String>> {
        Poll::Ready(self.ready.clone())
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        self.called.store(true, Ordering::Relaxed);
        match self.answer {
            Some(answer) => {
                let answered: Ready<Answered> = ready(answer(request));
                Box::pin(answered)
            }
            None => Box::pin(pending()),
        }
    }
}

fn request() -> OutboundRequest {
    let url = "https://api.example.com/stock/a%2Fb";
    let grant = GrantSpec::new("https://api.example.com").parse().unwrap();
    let mut request = OutboundRequest::post(Target::parse(url).unwrap(), grant.into());
    request.query = "sign=B&app=A".to_owned();
    request.headers = vec![("x-token".to_owned(), b"a secret".to_vec())];
    request.body = Bytes::from_static(b"{}");
    request.timeout = Duration::from_millis(200);
    request.response_limit = 4;
    request
}

#[tokio::test]
async fn the_request_comes_as_it_was_written_with_headers_that_are_not_printed_and_the_answer_as_it_is() {
    let service = Scripted::answering(|request| {
        assert_eq!(request.method(), "POST");
        assert_eq!(request.uri(), "https://api.example.com/stock/a%2Fb?sign=B&app=A");
        assert_eq!(request.headers()["x-token"], "a secret");
        assert!(!format!("{request:?}").contains("a secret"), "{request:?}");
        assert_eq!(request.body(), "{}");
        let answer = Response::builder().status(429).header("retry-after", "3");
        Ok(answer.body(Full::from("full")).unwrap())
    });
    let answer = TowerTransport::new(service).send(request()).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (429, b"full".as_slice()));
    assert_eq!(answer.headers, [("retry-after".to_owned(), b"3".to_vec())]);
}

#[tokio::test]
async fn a_service_that_is_not_ready_has_sent_nothing_and_is_not_asked() {
    let service = Scripted { ready: Err("closed".to_owned()), ..Scripted::answering(|_| Err(String::new())) };
    let (called, request) = (service.called.clone(), request());
    let progress = request.progress.clone();
    let error = TowerTransport::new(service).send(request).await.unwrap_err();
    assert!(matches!(error, TransportError::Unreachable(_)) && !error.sent(), "{error}");
    assert!(!called.load(Ordering::Relaxed) && !progress.may_have_sent());
}

#[tokio::test]
async fn whatever_a_service_fails_with_once_it_has_the_request_counts_as_sent() {
    let too_large: fn(Request<Bytes>) -> Answered = |_| Ok(Response::new(Full::from("fuller")));
    let cases = [
        ("an error", Scripted::answering(|_| Err("no connection".to_owned()))),
        ("no answer", Scripted { answer: None, ..Scripted::answering(too_large) }),
        ("too large an answer", Scripted::answering(too_large)),
    ];
    for (name, service) in cases {
        let request = request();
        let progress = request.progress.clone();
        let error = TowerTransport::new(service).send(request).await.unwrap_err();
        assert!(error.sent() && progress.may_have_sent(), "{name}: {error:?}");
        let as_expected = match name {
            "no answer" => matches!(error, TransportError::TimedOut { .. }),
            "too large an answer" => matches!(error, TransportError::TooLarge(4)),
            _ => matches!(error, TransportError::Broken(_)),
        };
        assert!(as_expected, "{name}: {error:?}");
    }
}

#[tokio::test]
async fn what_the_grant_does_not_allow_is_refused_before_the_service_is_asked() {
    for (url, granted) in [
        ("https://elsewhere.example.com/", "https://api.example.com"),
        ("http://api.example.com/", "https://api.example.com"),
        ("http://169.254.169.254/latest", "https://api.example.com"),
        ("https://example.com.elsewhere.example/", "https://*.example.com"),
    ] {
        let service = Scripted::answering(|_| Err(String::new()));
        let called = service.called.clone();
        let grant = GrantSpec::new(granted).parse().unwrap();
        let request = OutboundRequest::get(Target::parse(url).unwrap(), grant.into());
        let error = TowerTransport::new(service).send(request).await.unwrap_err();
        assert!(matches!(error, TransportError::Refused(_)) && !error.sent(), "{url}: {error:?}");
        assert!(!called.load(Ordering::Relaxed), "{url}");
    }
}

#[tokio::test]
async fn a_write_keeps_no_send_window_so_that_one_that_is_given_up_is_unknown() {
    assert!(!TowerTransport::new(Scripted::answering(|_| Err(String::new()))).keeps_send_windows());
}
