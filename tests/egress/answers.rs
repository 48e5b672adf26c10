//! Invalid answers of a provider, and valid ones that are rare.

use std::time::{Duration, Instant};

use stockbridge::egress::AddressKind;
use stockbridge::transport::{Network, Transport};

use crate::guest::outbound;
use crate::server::{OK, Server};

/// Result of a request with this timeout: `200 {}`, or the error.
async fn request(network: &Network, server: &Server, timeout: Duration) -> String {
    let mut request = outbound(&server.origin(), &[AddressKind::Loopback]);
    request.timeout = timeout;
    match network.send(request).await {
        Ok(answer) => format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body)),
        Err(error) => format!("{}: {error}", if error.sent() { "sent" } else { "not sent" }),
    }
}

/// Result of three requests that get this answer, and the number of connections that they took.
async fn result_of(answer: impl Into<String>) -> (String, usize) {
    let server = Server::answering(answer);
    let network = Network::new().unwrap();
    let seen = request(&network, &server, LONG).await;
    for _ in 0..2 {
        assert_eq!(request(&network, &server, LONG).await, seen);
    }
    (seen, server.seen().connections)
}

/// Result of a request whose server closes the connection after this answer.
async fn result_of_closed(answer: impl Into<String>) -> String {
    let answer = answer.into();
    let server = Server::start(move |peer| {
        peer.request()?;
        peer.answer(&answer)
    });
    request(&Network::new().unwrap(), &server, LONG).await
}

const LONG: Duration = Duration::from_secs(5);

fn with_headers(headers: impl IntoIterator<Item = String>) -> String {
    let headers: String = headers.into_iter().map(|header| header + "\r\n").collect();
    format!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n{headers}\r\n{{}}")
}

#[tokio::test]
async fn a_head_beyond_64_kib_or_100_headers_is_broken() {
    // The first of the headers is the length.
    let many = |headers: usize| with_headers((1..headers).map(|number| format!("x-{number}: 1")));
    let large = |bytes: usize| with_headers([format!("x-large: {}", "x".repeat(bytes))]);
    for answer in [many(100), large(65_000)] {
        assert_eq!(result_of(answer).await, ("200 {}".to_owned(), 1));
    }
    for answer in [many(101), many(5000), large(65_536), large(1_000_000)] {
        let (seen, connections) = result_of(answer).await;
        assert!(seen.starts_with("sent: the connection broke: "), "{seen}");
        assert_eq!(connections, 3);
    }
}

#[tokio::test]
async fn informational_answers_are_passed_over() {
    let answer = format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n{OK}");
    assert_eq!(result_of(answer).await, ("200 {}".to_owned(), 1));
}

/// The protocol was not requested to change: the connection cannot be used again.
#[tokio::test]
async fn an_answer_that_switches_protocols_ends_its_connection() {
    let answer = "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n";
    assert_eq!(result_of(answer).await, ("101 ".to_owned(), 3));
}

#[tokio::test]
async fn answers_of_http_1_0_are_read_with_and_without_a_length() {
    let announced = OK.replace("1.1", "1.0");
    assert_eq!(result_of(announced).await, ("200 {}".to_owned(), 3));
    for version in ["1.0", "1.1"] {
        assert_eq!(result_of_closed(format!("HTTP/{version} 200 OK\r\n\r\n{{}}")).await, "200 {}");
    }
}

#[tokio::test]
async fn a_chunked_answer_is_read_with_its_trailers() {
    let answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-a\r\n\r\n\
                  1;name=value\r\n{\r\n1\r\n}\r\n0\r\nx-a: 1\r\nx-b: 2\r\n\r\n";
    assert_eq!(result_of(answer).await, ("200 {}".to_owned(), 1));
}

/// The reader knows the end of each of these: an answer that stops before it is incomplete.
#[tokio::test]
async fn an_answer_that_stops_before_its_end_is_broken() {
    for answer in [
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "220 smtp.test ready\r\n",
        "\u{0}\u{1}\u{2}",
        "",
    ] {
        let seen = result_of_closed(answer).await;
        assert!(seen.starts_with("sent: the connection broke: "), "{answer:?}: {seen}");
    }
}

/// A byte every 20 ms, and as many interim answers as the connection takes.
#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_drips_or_never_comes_is_given_up_in_the_requests_time() {
    let dripping = Server::start(|peer| {
        peer.request()?;
        peer.answer("HTTP/1.1 200 OK\r\nx-long: ")?;
        for _ in 0..200 {
            peer.answer("x")?;
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    });
    let flooding = Server::start(|peer| {
        peer.request()?;
        loop {
            peer.answer("HTTP/1.1 100 Continue\r\n\r\n")?;
        }
    });
    for (server, comes_to) in
        [(dripping, "no answer within 200 ms"), (flooding, "it sent more than 16 interim answers)")]
    {
        let started = Instant::now();
        let seen = request(&Network::new().unwrap(), &server, Duration::from_millis(200)).await;
        assert!(seen.starts_with("sent: ") && seen.ends_with(comes_to), "{seen}");
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    }
}
