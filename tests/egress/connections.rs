//! Conditions under which a connection is reused.

use std::sync::Arc;
use std::time::{Duration, Instant};

use stockbridge::Account;
use stockbridge::egress::{AddressKind, Resolver, Resolving, Target};
use stockbridge::transport::{Network, OutboundRequest, Transport, TransportError};

use crate::guest::{account_at, grant, ip, network, observations, opened, order, outbound, query};
use crate::server::{OK, Server};

const LOOPBACK: &[AddressKind] = &[AddressKind::Loopback];

#[tokio::test(flavor = "multi_thread")]
async fn at_least_95_of_100_reads_use_a_connection_that_is_there() {
    let server = Server::answering(OK);
    let account = opened(account_at(&server.origin()), Network::new().unwrap()).await;
    let readers = (0..4).map(|_| {
        let account = account.clone();
        tokio::spawn(async move {
            for _ in 0..50 {
                assert_eq!(observations(&account, query("read")).await, ["200 {}"]);
            }
        })
    });
    for reader in readers.collect::<Vec<_>>() {
        reader.await.unwrap();
    }
    let seen = server.seen();
    assert_eq!(seen.requests, 200);
    assert!(seen.connections <= 10, "{} connections", seen.connections);
}

#[tokio::test]
async fn a_connection_that_was_made_under_other_kinds_of_address_is_not_used() {
    let server = Server::answering(OK);
    let network = Network::new().unwrap();
    let both = &[AddressKind::Loopback, AddressKind::Private];
    for (kinds, connections) in [(LOOPBACK, 1), (both, 2), (LOOPBACK, 2), (both, 2)] {
        network.send(outbound(&server.origin(), kinds)).await.unwrap();
        assert_eq!(server.seen().connections, connections, "{kinds:?}");
    }
    assert_eq!(network.idle_connections(), 2);
}

/// Another network's translators may change the decision about its address.
#[tokio::test]
async fn a_connection_that_was_made_with_other_translators_is_not_used() {
    let server = Server::answering(OK);
    let network = Network::new().unwrap();
    let target = Target::parse(&format!("{}/", server.origin())).unwrap();
    let none = Arc::new(grant(&server.origin(), LOOPBACK).parse().unwrap());
    let one = Arc::new(grant(&server.origin(), LOOPBACK).parse().unwrap().behind(&["2400:64::/96".parse().unwrap()]));
    for (granted, connections) in [(&none, 1), (&one, 2), (&none, 2), (&one, 2)] {
        network.send(OutboundRequest::post(target.clone(), Arc::clone(granted))).await.unwrap();
        assert_eq!(server.seen().connections, connections);
    }
}

/// The host uses each request's own grant; another application of the network may not.
#[tokio::test]
async fn a_grant_of_another_origin_opens_no_connection_that_is_there() {
    let server = Server::answering(OK);
    let network = Network::new().unwrap();
    network.send(outbound(&server.origin(), LOOPBACK)).await.unwrap();
    let target = Target::parse(&format!("{}/", server.origin())).unwrap();
    let elsewhere = Arc::new(grant("http://127.0.0.1:1", LOOPBACK).parse().unwrap());
    let refused = network.send(OutboundRequest::post(target, elsewhere)).await.unwrap_err();
    assert!(matches!(&refused, TransportError::Refused(reason) if reason.contains("was not granted")), "{refused}");
    assert_eq!(server.seen().requests, 1);
}

/// A server that closes a connection after a second of idle time, just as the next request arrives: a read notices and may be
/// sent again, a write would be lost.
#[tokio::test(flavor = "multi_thread")]
async fn no_write_is_lost_on_a_connection_that_stood_idle() {
    let server = Server::start(|peer| {
        let mut idle = Instant::now();
        while peer.request()?.is_some() && idle.elapsed() < Duration::from_secs(1) {
            // Long enough for all requests of a round to be in flight together.
            std::thread::sleep(Duration::from_millis(20));
            peer.answer(OK)?;
            idle = Instant::now();
        }
        Ok(())
    });
    let account = opened(account_at(&server.origin()), Network::new().unwrap()).await;
    let reads: Vec<_> = (0..16).map(|_| tokio::spawn(ask(account.clone()))).collect();
    for read in reads {
        read.await.unwrap();
    }
    let after_reads = server.seen().connections;
    assert!(after_reads >= 4, "{after_reads} connections");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    for _ in 0..3 {
        let writes = (0..16).map(|_| {
            let account = account.clone();
            tokio::spawn(async move { account.transfer(order("write receipt")).await })
        });
        for write in writes.collect::<Vec<_>>() {
            write.await.unwrap().unwrap();
        }
    }
    assert_eq!(server.seen().requests, 16 + 48);
    assert!(server.seen().connections > after_reads);
}

async fn ask(account: Account) {
    assert_eq!(observations(&account, query("read")).await, ["200 {}"]);
}

/// The rest of the request would be written at the connection's next use, into another request.
#[tokio::test]
async fn a_connection_whose_request_was_not_read_to_its_end_is_not_kept() {
    let server = Server::start(|peer| {
        // Of 32 MiB, so that the buffers of both sides cannot hold it.
        peer.read(&mut [0; 1])?;
        peer.answer(OK)?;
        std::thread::sleep(Duration::from_secs(5));
        Ok(())
    });
    let network = Network::new().unwrap();
    let mut large = outbound(&server.origin(), LOOPBACK);
    large.body = vec![b'x'; 32 * 1024 * 1024].into();
    assert_eq!(network.send(large).await.unwrap().status, 200);
    assert_eq!(network.idle_connections(), 0);
}

/// Unrequested bytes from the server would be taken for the answer to the next request.
#[tokio::test]
async fn a_connection_on_which_more_came_than_was_asked_for_is_not_used() {
    let server = Server::answering([OK, &OK.replace("{}", "[]")].concat());
    let network = Network::new().unwrap();
    for connections in 1..=3 {
        let answer = network.send(outbound(&server.origin(), LOOPBACK)).await.unwrap();
        assert_eq!((&answer.body[..], server.seen().connections), (&b"{}"[..], connections));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A grant with a wildcard has as many origins as its connector chooses.
#[tokio::test]
async fn the_connections_that_an_account_keeps_are_bounded_over_all_origins() {
    let server = Server::answering(OK);
    let network = network(Anything);
    for number in 0..560 {
        let origin = format!("http://name-{number}.test:{}", server.address.port());
        network.send(outbound(&origin, LOOPBACK)).await.unwrap();
    }
    // The bound for one account: all of these are its own.
    assert_eq!(network.idle_connections(), 64);
}

/// Resolves every name to this machine.
struct Anything;

impl Resolver for Anything {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        Box::pin(async { Ok(vec![ip("127.0.0.1")]) })
    }
}
