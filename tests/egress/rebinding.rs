//! A name with changing addresses: checked at each new dial, pinned while the connection lasts, and resolved once per dial.

use serde_json::json;
use stockbridge::egress::AddressKind;
use stockbridge::transport::Transport;

use crate::guest::{Changing, account, grant, ip, network, observation, opened, outbound};
use crate::server::{OK, Seen, Server};

/// Answers two requests on each connection, then closes it.
fn twice() -> Server {
    Server::start(|peer| {
        for _ in 0..2 {
            if peer.request()?.is_some() {
                peer.answer(OK)?;
            }
        }
        Ok(())
    })
}

const PRIVATE: &str = "denied, not sent: the host refused the request: changing.test is at 10.0.0.1, a private address; \
                       add \"private\" to the grant's `addresses` if it should be reached";

#[tokio::test]
async fn a_name_is_judged_on_each_new_dial_and_pinned_meanwhile() {
    let server = twice();
    let origin = format!("http://changing.test:{}", server.address.port());
    let here = vec![ip("127.0.0.1")];
    let names = Changing::new([here.clone(), vec![ip("10.0.0.1")], here]);
    let granted = grant(&origin, &[AddressKind::Loopback]);
    let account = opened(account(granted, &origin), network(names.clone())).await;
    let mut results = Vec::new();
    for _ in 0..5 {
        results.push((observation(&account, json!({})).await, names.look_ups()));
        // Time for the client to notice that the server has closed a connection.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let expected = [("200 {}", 1), ("200 {}", 1), (PRIVATE, 2), ("200 {}", 3), ("200 {}", 3)];
    assert_eq!(results, expected.map(|(seen, look_ups)| (seen.to_owned(), look_ups)));
    let Seen { connections, requests, .. } = server.seen();
    assert_eq!((connections, requests), (2, 4));
}

#[tokio::test]
async fn a_name_that_turns_to_this_machine_is_refused_under_a_grant_of_what_is_public() {
    let server = Server::answering(OK);
    let origin = format!("http://changing.test:{}", server.address.port());
    for answer in ["127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "64:ff9b::7f00:1"] {
        let names = Changing::new([vec![ip("93.184.216.34"), ip(answer)], vec![ip(answer)]]);
        let network = network(names.clone());
        for look_ups in 1..=2 {
            let refused = network.send(outbound(&origin, &[AddressKind::Public])).await.unwrap_err().to_string();
            assert!(refused.contains(&format!("is at {answer}, a loopback address")), "{refused}");
            assert_eq!(names.look_ups(), look_ups);
        }
    }
    assert_eq!(server.seen(), Seen { connections: 0, requests: 0, bytes: 0 });
}

/// Nothing listens at this port of ::1: the second address answers.
#[tokio::test]
async fn a_dial_asks_once_however_many_addresses_it_tries() {
    let server = Server::answering(OK);
    let origin = format!("http://changing.test:{}", server.address.port());
    let names = Changing::new([vec![ip("::1"), ip("127.0.0.2"), ip("127.0.0.1")]]);
    let answer = network(names.clone()).send(outbound(&origin, &[AddressKind::Loopback])).await.unwrap();
    assert_eq!((answer.status, names.look_ups(), server.seen().connections), (200, 1, 1));
}

/// Behind a translator of the operator's own network, a public IPv6 address stands for an IPv4 address.
#[tokio::test]
async fn what_stands_behind_a_translator_that_the_operator_names_is_judged_as_where_it_leads() {
    let server = Server::answering(OK);
    let origin = format!("http://changing.test:{}", server.address.port());
    let granted = grant(&origin, &[AddressKind::Public]);
    for (answer, refused) in [
        ("2400:64::7f00:1", "a loopback address"),
        ("2400:64::a00:1", "a private address"),
        ("2400:64::a9fe:a9fe", "a metadata address"),
        ("2400:65::7f:0:100:0", "a loopback address"),
    ] {
        let account = account(granted.clone(), &origin)
            .nat64("2400:64::/96".parse().unwrap())
            .nat64("2400:65::/64".parse().unwrap());
        let account = opened(account, network(Changing::new([vec![ip(answer)]]))).await;
        let seen = observation(&account, json!({})).await;
        assert!(seen.contains(&format!("is at {answer}, {refused}")), "{seen}");
    }
    assert_eq!(server.seen(), Seen { connections: 0, requests: 0, bytes: 0 });
}
