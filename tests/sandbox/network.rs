//! Over real HTTP, with a server on loopback that does what a provider should not.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use stockbridge::transport::Network;
use stockbridge::{Account, ErrorClass, Limits, Outcome};
use stockbridge_tests::on_loopback;

use crate::guest::{account_at, opened, order, query, query_with, saw, serves_on};

/// A server on loopback that reads a request's head and leaves the rest to `answer`, in a thread for each connection.
struct Server {
    origin: String,
    connections: Arc<AtomicUsize>,
}

impl Server {
    fn start(answer: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (connections, answer) = (Arc::new(AtomicUsize::new(0)), Arc::new(answer));
        let count = connections.clone();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::SeqCst);
                let answer = answer.clone();
                std::thread::spawn(move || {
                    let mut head = Vec::new();
                    let mut byte = [0];
                    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                        head.extend(byte);
                    }
                    // The other side may have gone: that is what some of the tests are about.
                    let _ = answer(&mut stream);
                });
            }
        });
        Server { origin, connections }
    }

    /// Answers with this and closes, and says so: a connection that is kept could be found closed by the next request.
    fn answering(answer: &str) -> Server {
        let answer = answer.replacen("\r\n", "\r\nconnection: close\r\n", 1);
        Server::start(move |stream| stream.write_all(answer.as_bytes()))
    }

    /// Answers with a byte of its body every 20 ms, for a minute.
    fn dripping() -> Server {
        Server::start(|stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 3000\r\n\r\n")?;
            for _ in 0..3000 {
                stream.write_all(b" ")?;
                std::thread::sleep(Duration::from_millis(20));
            }
            Ok(())
        })
    }

    async fn account(&self, limits: Limits) -> Account {
        opened(account_at(&self.origin).limits(limits), Network::new().unwrap()).await
    }
}

const TOO_LARGE: &str = "too-large, sent: the answer has more than 1000 bytes";

/// Announced, in chunks, and without either: the limit holds for what comes, however it is announced.
#[tokio::test]
async fn an_answer_beyond_the_limit_is_malformed_and_leaves_a_write_unknown() {
    let body = "x".repeat(1001);
    let announced = format!("HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n{body}");
    let chunked = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3e9\r\n{body}\r\n0\r\n\r\n");
    let unannounced = format!("HTTP/1.1 200 OK\r\n\r\n{body}");
    for answer in [announced, chunked, unannounced] {
        let account = Server::answering(&answer).account(Limits::default().response_body(1000)).await;
        assert_eq!(saw(&account, query("read")).await, [TOO_LARGE]);
        let error = account.query(query("read fail")).await.unwrap_err();
        assert_eq!((error.code(), error.class()), ("provider.malformed-response", ErrorClass::MalformedResponse));
        let failure = account.transfer(order("write fail")).await.unwrap_err();
        assert_eq!((failure.outcome(), failure.error().code()), (Outcome::Unknown, "provider.malformed-response"));
        serves_on(&account).await;
    }
}

#[tokio::test]
async fn an_answer_of_just_the_limit_is_taken() {
    let body = "x".repeat(1000);
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{body}");
    let account = Server::answering(&answer).account(Limits::default().response_body(1000)).await;
    assert_eq!(saw(&account, query("read")).await, [format!("200 {body}")]);
}

/// An answer that announces more than there is memory for takes none.
#[tokio::test]
async fn an_announced_length_is_not_believed() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 9223372036854775807\r\n\r\n";
    let account = Server::answering(answer).account(Limits::default().response_body(1000)).await;
    assert_eq!(saw(&account, query("read")).await, [TOO_LARGE]);
}

/// `spin` keeps the guest from answering, so that it is the deadline and nothing else that ends the call.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_drips_is_given_up_at_the_deadline() {
    let deadline = Duration::from_millis(400);
    let account = Server::dripping().account(Limits::default().deadline(deadline).min_time_left(Duration::ZERO)).await;
    let begun = Instant::now();
    let error = account.query(query("read spin")).await.unwrap_err();
    let took = begun.elapsed();
    assert_eq!(error.code(), "provider.no-answer");
    assert!(took >= deadline && took < deadline + Duration::from_secs(3), "{took:?}");
    let failure = account.transfer(order("write spin")).await.unwrap_err();
    assert_eq!((failure.error().code(), failure.outcome()), ("provider.no-answer", Outcome::Unknown));
    serves_on(&account).await;
}

/// The guest's own wish ends the exchange, headers and body alike, and leaves it time to answer.
#[tokio::test]
async fn a_request_ends_at_the_time_that_the_guest_gave_it() {
    let account = Server::dripping().account(Limits::default()).await;
    let begun = Instant::now();
    let seen = saw(&account, query_with("request", "request", &json!({"timeout": 200}))).await;
    let took = begun.elapsed();
    assert!(seen[0].starts_with("timed-out, sent: the provider at http://"), "{seen:?}");
    assert!(seen[0].ends_with(" did not answer within 200 ms"), "{seen:?}");
    assert!(took >= Duration::from_millis(200) && took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn a_redirect_comes_back_as_it_is_and_nobody_goes_there() {
    let elsewhere = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    for status in [302, 307] {
        let place = format!("{}/there", elsewhere.origin);
        let answer = format!("HTTP/1.1 {status} Moved\r\nlocation: {place}\r\ncontent-length: 4\r\n\r\nbody");
        let server = Server::answering(&answer);
        // Elsewhere is granted as well: a redirect is not followed whoever is at its end.
        let account = account_at(&server.origin).allow(on_loopback(&elsewhere.origin));
        let account = opened(account, Network::new().unwrap()).await;
        let seen = saw(&account, query("read")).await;
        assert_eq!(seen, [format!("{status} body"), format!("location: {place}")]);
        assert_eq!(server.connections.load(Ordering::SeqCst), 1);
    }
    assert_eq!(elsewhere.connections.load(Ordering::SeqCst), 0);
}

/// A port that was free a moment ago: nobody listens there, so nothing can have been sent.
#[tokio::test]
async fn a_write_that_found_nobody_is_not_applied_and_one_that_was_cut_off_is_unknown() {
    let origin = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let account = opened(account_at(&origin), Network::new().unwrap()).await;
    let failure = account.transfer(order("write fail")).await.unwrap_err();
    assert_eq!((failure.outcome(), failure.error().code()), (Outcome::NotApplied, "provider.unavailable"));

    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"] {
        let account = Server::answering(answer).account(Limits::default()).await;
        let failure = account.transfer(order("write fail")).await.unwrap_err();
        assert_eq!((failure.outcome(), failure.error().code()), (Outcome::Unknown, "provider.unavailable"));
    }
}
