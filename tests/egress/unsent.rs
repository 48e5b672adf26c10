//! Abandoned requests: counting shows whether a byte of them left, and each ends in time.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;
use stockbridge::egress::AddressKind;
use stockbridge::transport::{Network, Transport, TransportError};
use stockbridge::{Limits, Outcome};
use tokio::net::TcpSocket;

use crate::guest::{
    Stalled, account, account_at, grant, network, observation, opened, order, outbound, query, requesting,
};
use crate::server::{OK, Server};

/// A listener that does not accept, with a full queue: connection attempts wait.
struct Full {
    origin: String,
    _listener: tokio::net::TcpListener,
    _waiting: Vec<TcpStream>,
}

impl Full {
    fn new() -> Full {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let dialled = (0..8).map_while(|_| TcpStream::connect_timeout(&address, Duration::from_millis(50)).ok());
        Full { origin: format!("http://{address}"), _waiting: dialled.collect(), _listener: listener }
    }
}

/// By the guest's timeout, and by the call's deadline.
#[tokio::test]
async fn a_write_that_was_given_up_before_a_byte_left_is_not_applied() {
    let full = Full::new();
    let limits = Limits::default().deadline(Duration::from_millis(900)).attempts(1);
    let waiting = opened(account_at(&full.origin).limits(limits), Network::new().unwrap()).await;
    let origin = "http://stalled.test:1";
    let unresolved = account(grant(origin, &[AddressKind::Loopback]), origin).limits(limits);
    let unresolved = opened(unresolved, network(Stalled)).await;
    for account in [waiting, unresolved] {
        for (instruction, at_most) in [("request fail", 850), ("write spin", 4000)] {
            let started = Instant::now();
            let failure = account.transfer(order(instruction)).await.unwrap_err();
            assert_eq!(failure.outcome(), Outcome::NotApplied, "{instruction}: {failure}");
            assert!(started.elapsed() < Duration::from_millis(at_most), "{instruction}: {:?}", started.elapsed());
        }
    }
}

#[tokio::test]
async fn a_write_of_which_bytes_left_is_unknown() {
    let half = Server::start(|peer| {
        peer.read(&mut [0; 20])?;
        std::thread::sleep(Duration::from_secs(3));
        Ok(())
    });
    let limits = Limits::default().deadline(Duration::from_millis(500));
    let account = opened(account_at(&half.origin()).limits(limits), Network::new().unwrap()).await;
    for instruction in ["request fail", "write spin"] {
        let failure = account.transfer(order(instruction)).await.unwrap_err();
        assert_eq!(failure.outcome(), Outcome::Unknown, "{instruction}: {failure}");
    }
}

/// No byte of the second request was written, although the connection has carried many.
#[tokio::test]
async fn a_kept_connection_that_is_found_closed_costs_nothing() {
    let server = Server::start(|peer| {
        peer.request()?;
        peer.answer(OK)
    });
    let network = Network::new().unwrap();
    for connections in 1..=10 {
        network.send(outbound(&server.origin(), &[AddressKind::Loopback])).await.unwrap();
        assert_eq!(server.seen().connections, connections);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The first connection is closed, and so is the server: error and byte count are those of the second dial.
#[tokio::test]
async fn a_request_whose_second_dial_fails_was_not_sent() {
    let (origin, network) = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let network = Network::new().unwrap();
        let first = network.send(outbound(&origin, &[AddressKind::Loopback]));
        let serving = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 1000]).await.unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut stream, OK.as_bytes()).await.unwrap();
            stream
        };
        let (answer, _closed) = tokio::join!(first, serving);
        answer.unwrap();
        (origin, network)
    };
    let second = outbound(&origin, &[AddressKind::Loopback]);
    let progress = second.progress.clone();
    let error = network.send(second).await.unwrap_err();
    assert!(matches!(error, TransportError::Unreachable(_)), "{error}");
    assert!(!error.sent() && !progress.may_have_sent());
}

#[tokio::test]
async fn a_resolver_that_never_answers_is_given_up_in_the_requests_time() {
    let origin = "http://stalled.test:1";
    let account = opened(account(grant(origin, &[AddressKind::Loopback]), origin), network(Stalled)).await;
    assert_eq!(
        observation(&account, json!({"timeout": 200})).await,
        "timed-out, not sent: no connection to http://stalled.test:1 within 200 ms"
    );
}

/// A server that never answers occupies both slots. The other requests wait, and time out unsent.
#[tokio::test]
async fn requests_in_flight_are_limited_and_those_that_wait_end_in_their_time() {
    let server = Server::start(|peer| {
        while peer.request()?.is_some() {}
        Ok(())
    });
    let limits = Limits::default().in_flight(2).deadline(Duration::from_millis(1500));
    let account = opened(account_at(&server.origin()).limits(limits), Network::new().unwrap()).await;
    let read = |instruction: &'static str| {
        let account = account.clone();
        tokio::spawn(async move { account.query(query(instruction)).await })
    };
    let holding: Vec<_> = (0..2).map(|_| read("read spin")).collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let started = Instant::now();
    let waiting: Vec<_> = (0..4).map(|_| read("read spin")).collect();
    let seen = observation(&account, json!({"timeout": 150})).await;
    assert_eq!(seen, "timed-out, not sent: no free slot within 150 ms: too many requests of the account are in flight");
    assert!(started.elapsed() < Duration::from_millis(1000), "{:?}", started.elapsed());
    assert_eq!(server.seen().requests, 2);
    for (calls, code) in [(holding, "provider.no-answer"), (waiting, "connector.deadline")] {
        for call in calls {
            assert_eq!(call.await.unwrap().unwrap_err().code(), code);
        }
    }
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    // The slots are free again.
    let started = Instant::now();
    let instruction = account.query(requesting(&json!({"timeout": 100}), "")).await.unwrap();
    let seen = instruction.extras.get("seen").unwrap().as_str();
    assert_eq!(
        seen,
        format!("[\"timed-out, sent: the provider at {} did not answer within 100 ms\"]", server.origin())
    );
    assert!(started.elapsed() < Duration::from_millis(1200), "{:?}", started.elapsed());
}
