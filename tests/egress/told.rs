//! Error reports about a provider that is misconfigured and cannot be reached, does not answer, redirects, or has another time:
//! the application gets the host's own error, whatever the connector makes of it.

use std::io;
use std::time::Duration;

use stockbridge::egress::{AddressKind, Resolver, Resolving};
use stockbridge::transport::Network;
use stockbridge::{ErrorClass, ErrorKind, Limits, Outcome};
use stockbridge_tests::Log;

use crate::guest::{account, account_at, grant, network, opened, order, query};
use crate::server::{OK, Server};

/// A resolver that reports a missing name, or a temporary failure.
struct Unknown(io::ErrorKind);

impl Resolver for Unknown {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        let kind = self.0;
        Box::pin(async move { Err(io::Error::new(kind, "Name or service not known")) })
    }
}

#[tokio::test]
async fn a_name_that_is_not_there_is_no_matter_of_trying_again() {
    let log = Log::listen();
    let origin = "https://api.example.test";
    let at = |kind| opened(account(grant(origin, &[AddressKind::Loopback]), origin), network(Unknown(kind)));
    let unknown = at(io::ErrorKind::NotFound).await;
    let error = unknown.query(query("read fail")).await.unwrap_err();
    assert_eq!((error.code(), error.class()), ("connection.name-unknown", ErrorClass::InvalidRequest), "{error}");
    assert!(error.to_string().contains(&format!("{origin}: there is no host of that name")), "{error}");
    assert!(!error.to_string().contains("again"), "{error}");
    assert_eq!(log.of_egress().len(), 1, "it is not retried");
    let failure = unknown.transfer(order("request fail")).await.unwrap_err();
    assert_eq!((failure.outcome(), failure.error().code()), (Outcome::NotApplied, "connection.name-unknown"));

    log.forget();
    let error = at(io::ErrorKind::TimedOut).await.query(query("read fail")).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Unavailable, "a temporary failure is retried: {error}");
    assert!(log.of_egress().len() > 1);
}

#[tokio::test]
async fn plain_http_that_meets_tls_is_told_and_not_tried_again() {
    let server = Server::start(|peer| {
        peer.read(&mut [0; 4096])?;
        std::io::Write::write_all(&mut peer.stream, &[0x15, 3, 1, 0, 2, 2, 70])
    });
    let account = opened(account_at(&server.origin()), Network::new().unwrap()).await;
    let error = account.query(query("read fail")).await.unwrap_err();
    assert_eq!((error.code(), error.class()), ("connection.tls-expected", ErrorClass::InvalidRequest), "{error}");
    assert!(error.to_string().contains(&format!("{} at {}", server.origin(), server.address)), "{error}");
    assert_eq!(server.seen().connections, 1);
    // Bytes of it left: the provider has not said that nothing was applied.
    let failure = account.transfer(order("request fail")).await.unwrap_err();
    assert_eq!((failure.outcome(), failure.error().code()), (Outcome::Unknown, "connection.tls-expected"));
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_named_with_how_long_it_was_waited_for() {
    let server = Server::start(|peer| {
        while peer.request()?.is_some() {}
        Ok(())
    });
    let limits = Limits::default().deadline(Duration::from_millis(600));
    let account = opened(account_at(&server.origin()).limits(limits), Network::new().unwrap()).await;
    for instruction in ["read spin", "read fail"] {
        let error = account.query(query(instruction)).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Unavailable, "{instruction}: {error}");
        let text = error.to_string();
        assert!(
            text.contains(&format!("the provider at {} did not answer within ", server.origin())),
            "{instruction}: {text}"
        );
        assert!(!text.contains("connector"), "{instruction}: {text}");
    }
    // A connector that computes without end is another case.
    let server = Server::answering(OK);
    let account = opened(account_at(&server.origin()).limits(limits), Network::new().unwrap()).await;
    let error = account.query(query("read spin")).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Connector { .. }), "{error}");
}

#[tokio::test]
async fn a_redirect_and_a_clock_that_is_wrong_are_told_with_the_connectors_own_words() {
    let log = Log::listen();
    let moved = Server::answering(
        "HTTP/1.1 302 Found\r\nlocation: https://elsewhere.example/\u{202e}\r\ncontent-length: 0\r\n\r\n",
    );
    let account = opened(account_at(&moved.origin()), Network::new().unwrap()).await;
    let error = account.query(query("read fail")).await.unwrap_err();
    let expected = format!(
        "{} answered with a redirect (302), which is not followed, to https://elsewhere.example/\\u{{202e}}",
        moved.origin()
    );
    assert!(error.to_string().contains(&expected), "{error}");

    let late =
        Server::answering("HTTP/1.1 200 OK\r\ndate: Sat, 01 Jan 2000 00:00:00 GMT\r\ncontent-length: 2\r\n\r\n{}");
    let account = opened(account_at(&late.origin()), Network::new().unwrap()).await;
    for _ in 0..3 {
        account.query(query("read")).await.unwrap();
    }
    let warnings: Vec<_> = log.lines().into_iter().filter(|line| line.contains("this machine's clock is ")).collect();
    assert_eq!(warnings.len(), 1, "once for each origin: {warnings:?}");
    assert!(warnings[0].starts_with("WARN") && warnings[0].contains(&late.origin()), "{warnings:?}");
}
