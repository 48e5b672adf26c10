//! Providers that are misconfigured or do not answer, redirect, or have another clock.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::scene::{CommandResult, Scene};

/// A server that answers every request with these bytes, and closes; without any it holds the connection.
fn answering(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for mut stream in listener.incoming().flatten() {
            if answer.is_empty() {
                held.push(stream);
                continue;
            }
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer);
        }
    });
    address
}

/// An order to an account whose provider is at this origin.
fn ordered(origin: &str, more: &str) -> (Scene, CommandResult) {
    let scene = Scene::new("blind");
    let configuration = std::fs::read_to_string(scene.directory.path().join("stockbridge.toml")).unwrap();
    let elsewhere = configuration.replace(scene.provider.origin(), origin).replace("limits.attempts = 1\n", more);
    scene.write("stockbridge.toml", &elsewhere);
    let result = scene.transfer("move-1");
    (scene, result)
}

#[test]
fn a_set_up_that_cannot_work_is_named_with_origin_and_address_at_once_and_not_for_later() {
    let plain = answering(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    for (origin, code, address) in [
        (format!("https://{plain}"), "connection.no-tls", plain.as_str()),
        ("https://nobody.invalid".to_owned(), "connection.name-unknown", ""),
        ("http://nobody.invalid:8080".to_owned(), "connection.name-unknown", ""),
    ] {
        let begun = Instant::now();
        let (_scene, result) = ordered(&origin, "");
        assert_eq!(result.code, 2, "{result:?}");
        assert_eq!(result.fact("code"), code);
        let why = result.fact("why");
        assert!(why.starts_with(&format!("account `traced`: {origin}")) && why.contains(address), "{why}");
        assert!(!result.error.contains("later") && !result.error.contains("try again"), "{result:?}");
        assert!(begun.elapsed() < Duration::from_secs(10), "it is not tried again");
        let outcome = result.fact("outcome");
        assert_eq!(outcome, "nothing was carried out: fix the connection to the provider, then send the order again");
    }
}

#[test]
fn plain_http_that_meets_tls_is_told_so_and_what_left_is_not_said_to_be_nothing() {
    let tls = answering(&[0x15, 3, 1, 0, 2, 2, 70]);
    let (_scene, result) = ordered(&format!("http://{tls}"), "");
    assert_eq!((result.code, result.fact("code")), (5, "connection.tls-expected"), "{result:?}");
    let why = result.fact("why");
    assert!(why.contains(&format!("http://{tls} at {tls}: the server speaks TLS")), "{why}");
}

#[test]
fn a_provider_that_does_not_answer_is_named_and_not_the_connector() {
    let silent = answering(b"");
    let (_scene, result) = ordered(&format!("http://{silent}"), "limits.attempts = 1\nlimits.deadline-ms = 1500\n");
    assert_eq!(result.code, 5, "{result:?}");
    let why = result.fact("why");
    assert!(why.contains(&format!("the provider at http://{silent} did not answer within ")), "{why}");
    assert!(!why.contains("connector"), "{why}");
}

#[test]
fn a_redirect_says_that_it_is_not_followed_and_where_to() {
    let moved = answering(b"HTTP/1.1 302 Found\r\nlocation: https://login.example.com/x\r\ncontent-length: 0\r\n\r\n");
    let (_scene, result) = ordered(&format!("http://{moved}"), "limits.attempts = 1\n");
    let why = result.fact("why");
    let expected =
        format!("http://{moved} answered with a redirect (302), which is not followed, to https://login.example.com/x");
    assert!(why.contains(&expected), "{why}");
}

#[test]
fn a_clock_that_is_not_the_providers_is_told_once_and_in_failures_of_signatures() {
    let late = answering(
        b"HTTP/1.1 200 OK\r\ndate: Sat, 01 Jan 2000 00:00:00 GMT\r\ncontent-length: 70\r\n\r\n\
          {\"refused\": \"rejected\", \"message\": \"the timestamp of the sign is old\"}",
    );
    let (scene, result) = ordered(&format!("http://{late}"), "limits.attempts = 1\n");
    let why = result.fact("why");
    assert!(why.contains("this machine's clock is ") && why.contains(" days ahead of that of http://"), "{why}");
    let file = scene.order("move-2", "");
    let mut command = scene.command(&["transfer", "traced", &file]);
    let output = command.env("STOCKBRIDGE_LOG", "stockbridge=warn").output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    let warned = error.lines().filter(|line| line.contains("WARN") && line.contains("this machine's clock")).count();
    assert_eq!(warned, 1, "{error}");
}
