//! Send window of a write: its connection is made before it is recorded, and from then on its bytes leave within a window or not
//! at all.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use stockbridge::egress::{AddressKind, Resolver, Resolving};
use stockbridge::journal::{Failpoint, WriteFilter, WriteRecord};
use stockbridge::transport::{Exchange, InboundResponse, Network, OutboundRequest, Transport, TransportError};
use stockbridge::{AccountConfig, CallOptions, Config, Host, HostBuilder, Limits, Outcome};
use stockbridge_tests::passive;

use crate::guest::{account, account_at, grant, ip, network, order};
use crate::server::{OK, Server};

const WINDOW: Duration = Duration::from_millis(200);

async fn host(builder: HostBuilder, account: AccountConfig) -> Host {
    builder.build(Config::new().account(account)).await.unwrap()
}

async fn recorded(host: &Host) -> Vec<WriteRecord> {
    host.journal().list(&WriteFilter::default()).await.unwrap()
}

/// Delays a write, right before it passes bytes to the system, for longer than the window.
fn stopping(enforced: bool) -> (HostBuilder, Arc<AtomicUsize>) {
    let (stops, stopped) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = stopped.clone();
    let builder = passive().send_window(WINDOW, enforced).on_failpoint(move |point| {
        if point == Failpoint::Leaving && stops.fetch_add(1, Ordering::SeqCst) == 0 {
            counted.fetch_add(1, Ordering::SeqCst);
            std::thread::sleep(2 * WINDOW);
        }
    });
    (builder, stopped)
}

#[tokio::test]
async fn a_write_is_recorded_when_its_connection_is_made_and_not_before() {
    let server = Server::answering(OK);
    let connections = Arc::new(Mutex::new(Vec::new()));
    let (seen, counts) = (connections.clone(), server.clone());
    let watching = passive().transport(Network::new().unwrap()).on_failpoint(move |point| {
        if point == Failpoint::Intending {
            // The peer may take a moment to accept the connection.
            std::thread::sleep(Duration::from_millis(50));
            seen.lock().unwrap().push((counts.seen().connections, counts.seen().bytes));
        }
    });
    let host = host(watching, account_at(&server.origin())).await;
    host.account("probe").unwrap().transfer(order("write receipt")).await.unwrap();
    assert_eq!(*connections.lock().unwrap(), [(1, 0)]);
}

#[tokio::test]
async fn a_name_that_takes_all_the_time_leaves_a_write_unrecorded() {
    let server = Server::answering(OK);
    let origin = format!("http://slow.test:{}", server.address.port());
    let its = account(grant(&origin, &[AddressKind::Loopback]), &format!("{origin}/api"));
    let its = its.limits(Limits::default().deadline(Duration::from_millis(900)));
    let host = host(passive().transport(network(Slow(Duration::from_millis(750)))), its).await;
    let failure = host.account("probe").unwrap().transfer(order("write fail")).await.unwrap_err();
    assert_eq!((failure.outcome(), failure.error().code()), (Outcome::NotApplied, "call.too-late"), "{failure}");
    assert_eq!((server.seen().bytes, recorded(&host).await.len()), (0, 0));
}

#[tokio::test]
async fn a_read_without_time_is_not_sent() {
    let server = Server::answering(OK);
    let host = host(passive(), account_at(&server.origin())).await;
    let hurried = host.account("probe").unwrap().with(CallOptions::new().deadline(Duration::from_millis(200)));
    for _ in 0..5 {
        let error = hurried.query(crate::guest::query("read or-fail")).await.unwrap_err();
        assert_eq!(error.code(), "call.too-late");
    }
    assert_eq!(server.seen().connections, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_was_stopped_before_its_first_byte_does_not_leave_after_its_window() {
    let server = Server::answering(OK);
    let (builder, stopped) = stopping(true);
    let host = host(builder.transport(Network::new().unwrap()), account_at(&server.origin())).await;
    let failure = host.account("probe").unwrap().transfer(order("write fail")).await.unwrap_err();
    assert_eq!((failure.outcome(), failure.error().code()), (Outcome::NotApplied, "write.window-over"), "{failure}");
    // It is not retried either: another host that took its journal over may have recorded it as not applied by now.
    assert_eq!((stopped.load(Ordering::SeqCst), server.seen().bytes), (1, 0));
}

/// The effect of a missing window.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_window_it_leaves_whenever_it_goes_on() {
    let server = Server::answering(OK);
    let (builder, _) = stopping(false);
    let host = host(builder.transport(Network::new().unwrap()), account_at(&server.origin())).await;
    host.account("probe").unwrap().transfer(order("write receipt")).await.unwrap();
    assert_eq!(server.seen().requests, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_is_given_up_is_closed_without_lingering_and_one_that_was_answered_is_not() {
    let ends = Arc::new(Mutex::new(Vec::new()));
    let (answers, seen) = (Arc::new(AtomicBool::new(false)), ends.clone());
    let answering = answers.clone();
    let server = Server::start(move |peer| {
        peer.request()?;
        if answering.load(Ordering::SeqCst) {
            peer.answer(OK)?;
        }
        let end = peer.read(&mut [0; 1]);
        seen.lock().unwrap().push(end.map_err(|error| error.kind()));
        Ok(())
    });
    for answered in [false, true] {
        answers.store(answered, Ordering::SeqCst);
        let limits = Limits::default().deadline(Duration::from_millis(700));
        let host = host(passive(), account_at(&server.origin()).limits(limits)).await;
        let result = host.account("probe").unwrap().transfer(order("write receipt")).await;
        assert_eq!(result.is_ok(), answered, "{result:?}");
        host.shutdown(Duration::from_secs(1)).await.unwrap();
    }
    let started = std::time::Instant::now();
    while ends.lock().unwrap().len() < 2 && started.elapsed() < Duration::from_secs(10) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(*ends.lock().unwrap(), [Err(ErrorKind::ConnectionReset), Ok(0)]);
}

/// An application's transport that reports nothing as sent so far, and is slow.
struct Queue;

impl Transport for Queue {
    fn send(&self, request: OutboundRequest) -> Exchange<'_> {
        request.progress.nothing_sent();
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(400)).await;
            Err(TransportError::TimedOut { after: Duration::from_millis(400), sent: false })
        })
    }
}

#[tokio::test]
async fn what_a_transport_without_send_windows_gave_up_is_unknown() {
    // By itself, and by the call's deadline.
    for deadline in [5000, 300] {
        let limits = Limits::default().attempts(1).deadline(Duration::from_millis(deadline));
        let host = host(passive().transport(Queue), account_at("http://127.0.0.1:9").limits(limits)).await;
        let failure = host.account("probe").unwrap().transfer(order("write fail")).await.unwrap_err();
        assert_eq!(failure.outcome(), Outcome::Unknown, "{deadline}: {failure}");
    }
}

/// An application's transport that keeps send windows, and finds this one over.
struct Late;

impl Transport for Late {
    fn send(&self, request: OutboundRequest) -> Exchange<'_> {
        Box::pin(async move {
            let Some(window) = request.departure.cleared().await? else {
                return Ok(InboundResponse { status: 200, headers: vec![], body: b"{}".to_vec() });
            };
            assert!(window.length() == WINDOW && !window.is_over());
            tokio::time::sleep(window.left() + Duration::from_millis(1)).await;
            assert!(window.is_over());
            Err(TransportError::WindowOver { window: window.length() })
        })
    }

    fn keeps_send_windows(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn a_transport_of_the_applications_can_keep_send_windows() {
    let builder = passive().send_window(WINDOW, true).transport(Late);
    let host = host(builder, account_at("http://127.0.0.1:9")).await;
    let failure = host.account("probe").unwrap().transfer(order("write fail")).await.unwrap_err();
    assert_eq!((failure.outcome(), failure.error().code()), (Outcome::NotApplied, "write.window-over"), "{failure}");
}

/// Resolves every name to this machine, after a while.
struct Slow(Duration);

impl Resolver for Slow {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        Box::pin(async {
            tokio::time::sleep(self.0).await;
            Ok(vec![ip("127.0.0.1")] as Vec<IpAddr>)
        })
    }
}
