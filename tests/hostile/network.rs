//! Guests that wait or are led astray, over a real connection to a provider on loopback.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use stockbridge::egress::{Resolver, Resolving};
use stockbridge::transport::{Exchange, Network, OutboundRequest, Transport};

use crate::scene::{Call, CallResult, GRANTED, SLACK, Scene, answered, failed};

/// A provider that reads a request's head and answers with a text, in one thread per connection. It leaves closing a connection
/// to its peer.
struct Provider {
    origin: String,
    connections: Arc<AtomicUsize>,
    closed: Arc<AtomicUsize>,
}

impl Provider {
    fn answering(answer: String) -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let closed = Arc::new(AtomicUsize::new(0));
        let provider = Provider { origin, connections: connections.clone(), closed: closed.clone() };
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (closed, answer) = (closed.clone(), answer.clone());
                std::thread::spawn(move || {
                    // Whatever the result: a reset connection is closed as well.
                    let _ = serve(stream, &answer);
                    closed.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        provider
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Number of connections that are not closed.
    fn open(&self) -> usize {
        self.connections().saturating_sub(self.closed.load(Ordering::SeqCst))
    }
}

fn serve(mut stream: TcpStream, answer: &str) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? == 1 {
        head.extend(byte);
    }
    stream.write_all(answer.as_bytes())?;
    std::io::copy(&mut stream, &mut std::io::sink()).map(drop)
}

/// A transport that never answers.
struct Silent;

impl Transport for Silent {
    fn send(&self, _: OutboundRequest) -> Exchange<'_> {
        Box::pin(std::future::pending())
    }
}

/// The provider did not answer in time.
fn unanswered(result: &CallResult) -> bool {
    result.code == "provider.no-answer" && result.text.contains(" did not answer within ") && result.outcome.is_none()
}

#[tokio::test]
pub(crate) async fn wait_for_an_answer_for_ever() {
    let scene = Scene::at("wait-for-an-answer-for-ever", GRANTED, Silent).await;
    assert!(unanswered(&scene.result_of(Call::Query).await));

    let provider = Provider::answering(String::new());
    let scene = Scene::at("wait-for-an-answer-for-ever", &provider.origin, Network::new().unwrap()).await;
    assert!(unanswered(&scene.result_of(Call::Query).await));
    // Requests of an ended call are abandoned, so each wait of the guest cost one connection.
    assert!(provider.connections() <= 32, "{}", provider.connections());
}

#[tokio::test]
pub(crate) async fn timeout_of_zero() {
    let provider = Provider::answering(String::new());
    let scene = Scene::at("timeout-of-zero", &provider.origin, Network::new().unwrap()).await;
    let result = scene.result_of(Call::Query).await;
    // Within a millisecond a connection on loopback may be established or not.
    let late = failed("provider.unavailable", "no answer within 1 ms");
    assert!(result == late || result.code == "provider.unavailable", "{result:?}");
}

#[tokio::test]
pub(crate) async fn timeout_of_ages() {
    let provider = Provider::answering(String::new());
    let scene = Scene::at("timeout-of-ages", &provider.origin, Network::new().unwrap()).await;
    assert!(unanswered(&scene.result_of(Call::Query).await));
}

/// The host does not follow a redirect, and does not let the guest follow it.
#[tokio::test]
pub(crate) async fn redirect_followed_by_hand() {
    let elsewhere = Provider::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned());
    for status in [301, 302, 303, 307, 308] {
        let answer = format!(
            "HTTP/1.1 {status} Moved\r\nlocation: {}/there\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            elsewhere.origin
        );
        let provider = Provider::answering(answer);
        let scene = Scene::at("redirect-followed-by-hand", &provider.origin, Network::new().unwrap()).await;
        let text = format!(
            "the host refused the request: {} was not granted; add it to the account's `allow` if it should be; {} answered \
             with a redirect ({status}), which is not followed, to {}/there",
            elsewhere.origin, provider.origin, elsewhere.origin
        );
        assert_eq!(scene.result_of(Call::Query).await, failed("provider.forbidden", &text));
        assert_eq!(provider.connections(), 1);
    }
    assert_eq!(elsewhere.connections(), 0);
}

/// A name that resolves to other addresses at each look-up.
struct Rebinding(Mutex<Vec<Vec<IpAddr>>>);

impl Rebinding {
    fn through(addresses: [&[IpAddr]; 2]) -> Network {
        let look_ups = addresses.into_iter().rev().map(<[IpAddr]>::to_vec).collect();
        Network::builder().resolver(Rebinding(Mutex::new(look_ups))).build().unwrap()
    }
}

impl Resolver for Rebinding {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        let addresses = self.0.lock().unwrap().pop().unwrap_or_default();
        Box::pin(async { Ok(addresses) })
    }
}

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(93, 184, 215, 14));
const METADATA: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254));

/// Each look-up is checked, with all of its addresses, before any is dialled: a granted name gives no access to other kinds of
/// addresses.
#[tokio::test]
pub(crate) async fn name_that_turns_to_loopback() {
    let guest = "name-that-turns-to-loopback";
    let provider = Provider::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned());
    let port = provider.origin.rsplit(':').next().unwrap();
    let refused = |address, kind| {
        format!(
            "the host refused the request: turning.example is at {address}, a {kind} address; \
             add \"{kind}\" to the grant's `addresses` if it should be reached"
        )
    };
    // Granted at public addresses: loopback is mixed with a public address, then alone.
    let rebinding = Rebinding::through([&[PUBLIC, LOOPBACK], &[LOOPBACK]]);
    let scene = Scene::at(guest, &format!("http://turning.example:{port}"), rebinding).await;
    let refusals = [refused("127.0.0.1", "loopback"), refused("127.0.0.1", "loopback")].join("\n");
    assert_eq!(scene.result_of(Call::Query).await, answered(&refusals));
    assert_eq!(provider.connections(), 0);

    // Granted at loopback addresses: the first request is answered; the second would reach the address where clouds serve
    // credentials.
    let rebinding = Rebinding::through([&[LOOPBACK], &[METADATA]]);
    let scene = Scene::at(guest, &format!("http://here.example:{port}"), rebinding).await;
    let result = scene.result_of(Call::Query).await;
    let (first, second) = result.text.split_once('\n').unwrap();
    assert!(first.starts_with("200 "), "{first}");
    assert_eq!(second, refused("169.254.169.254", "metadata").replace("turning", "here"));
    assert_eq!(provider.connections(), 1);
}

/// A slowly arriving answer is abandoned at the deadline, and so is its connection.
#[tokio::test]
async fn a_connection_is_not_kept_beyond_its_call() {
    let provider = Provider::answering("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n{".to_owned());
    let scene = Scene::at("wait-for-an-answer-for-ever", &provider.origin, Network::new().unwrap()).await;
    for _ in 0..3 {
        assert!(unanswered(&scene.result_of(Call::Query).await));
    }
    assert!(provider.connections() >= 3, "{}", provider.connections());
    let started = Instant::now();
    while provider.open() > 0 && started.elapsed() < SLACK {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(provider.open(), 0, "of {} connections", provider.connections());
    scene.assert_well().await;
}
