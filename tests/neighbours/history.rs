//! An order is recognised whatever its account has become: no version, first signature, changed key, other path, or later
//! application name lets it be sent twice.

use std::time::Duration;

use stockbridge_tests::How;

use crate::cast::{Cast, Code, PLAIN, Who, account, order};

const LONG: Duration = Duration::from_secs(30);

/// Successive configurations of an account, with the same settings.
const LIVES: [Who; 10] = [
    PLAIN.at("a"),
    PLAIN.at("a").code(Code::Second),
    PLAIN.at("b"),
    PLAIN.at("b").signed(0),
    PLAIN.at("b").signed(1).code(Code::Second),
    PLAIN.at("c").signed(1).code(Code::Second).named("x"),
    PLAIN.at("d").named("y"),
    PLAIN,
    PLAIN.code(Code::Second).signed(0),
    PLAIN.at("e").code(Code::Impostor),
];

#[tokio::test]
async fn an_order_goes_once_whatever_its_account_becomes_from_one_start_to_the_next() {
    let cast = Cast::new();
    for (life, who) in LIVES.iter().enumerate() {
        let host = cast.host_with_journal([cast.account("one", *who)]).await;
        let one = account(&host, "one");
        for earlier in 0..life.min(LIVES.len() - 1) {
            let again = one.transfer(order(&format!("order-{earlier}"))).await.unwrap();
            assert!(again.from_journal.is_some(), "{who:?}: order-{earlier}");
            assert_eq!(cast.applied(&format!("order-{earlier}")), 1, "{who:?}");
        }
        if who.code != Code::Impostor {
            one.transfer(order(&format!("order-{life}"))).await.unwrap();
        }
        host.shutdown(LONG).await.unwrap();
    }
}

#[tokio::test]
async fn an_order_goes_once_whatever_its_account_becomes_while_the_host_runs() {
    let cast = Cast::new();
    let host = cast.host([cast.account("one", LIVES[0])]).await;
    for (life, who) in LIVES.iter().enumerate() {
        host.apply(stockbridge::Config::new().account(cast.account("one", *who))).await.unwrap();
        let one = account(&host, "one");
        for earlier in 0..life.min(LIVES.len() - 1) {
            assert!(one.transfer(order(&format!("order-{earlier}"))).await.unwrap().from_journal.is_some(), "{who:?}");
        }
        if who.code != Code::Impostor {
            one.transfer(order(&format!("order-{life}"))).await.unwrap();
            assert_eq!(cast.applied(&format!("order-{life}")), 1, "{who:?}");
        }
    }
}

#[tokio::test]
async fn what_an_account_sent_is_known_to_one_that_shares_with_what_it_became() {
    let cast = Cast::new();
    let host = cast.host_with_journal([cast.account("one", PLAIN.at("a"))]).await;
    account(&host, "one").transfer(order("first")).await.unwrap();
    // It becomes another version at another path, sends nothing there, and is removed.
    let later = PLAIN.code(Code::Second).at("b");
    host.apply(stockbridge::Config::new().account(cast.account("one", later))).await.unwrap();
    host.remove_account("one").await.unwrap();
    host.shutdown(LONG).await.unwrap();
    let host = cast.host_with_journal([cast.account("two", later)]).await;
    assert!(account(&host, "two").transfer(order("first")).await.unwrap().from_journal.is_some());
    assert_eq!(cast.applied("first"), 1);
    host.shutdown(LONG).await.unwrap();
}

#[tokio::test]
async fn two_accounts_that_come_to_share_send_an_order_once_at_the_same_time() {
    let cast = Cast::new();
    cast.provider.writes_go(|_| How::AnsweredAfter(Duration::from_millis(20)));
    let (one, two) = (PLAIN.at("a"), PLAIN.at("b").code(Code::Second));
    let host = cast.host([cast.account("one", one), cast.account("two", two)]).await;
    // Each has an application of its own, under which it wrote.
    account(&host, "one").transfer(order("of-one")).await.unwrap();
    account(&host, "two").transfer(order("of-two")).await.unwrap();
    let shared = [cast.account("one", one.named("x")), cast.account("two", two.named("x"))];
    host.apply(shared.into_iter().fold(stockbridge::Config::new(), stockbridge::Config::account)).await.unwrap();
    for round in 0..20 {
        let reference = format!("both-{round}");
        let (by_one, by_two) = (account(&host, "one"), account(&host, "two"));
        let (one, two) = tokio::join!(by_one.transfer(order(&reference)), by_two.transfer(order(&reference)));
        one.unwrap();
        two.unwrap();
        assert_eq!(cast.applied(&reference), 1);
    }
    for (name, reference) in [("one", "of-two"), ("two", "of-one")] {
        assert!(account(&host, name).transfer(order(reference)).await.unwrap().from_journal.is_some());
    }
}

#[tokio::test]
async fn a_reference_is_free_again_for_another_application_of_the_same_account() {
    let cast = Cast::new();
    for (round, app) in ["first-app", "second-app"].into_iter().enumerate() {
        let host = cast.host_with_journal([cast.account("one", PLAIN.app(Some(app)))]).await;
        let receipt = account(&host, "one").transfer(order("same")).await.unwrap();
        assert!(receipt.from_journal.is_none());
        assert_eq!(cast.applied("same"), round + 1);
        host.shutdown(LONG).await.unwrap();
    }
}
