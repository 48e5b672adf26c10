//! Accounts of one application: those with the same name from the operator, and those with equal configured settings and the same
//! connector. A connector's own claims do not count.

use std::time::Duration;

use stockbridge::WriteFailure;
use stockbridge_tests::{How, LookUp};

use crate::cast::{Cast, Code, PLAIN, Who, account, ends_within, only_write, order};

/// Longer than a busy machine needs.
const LONG: Duration = Duration::from_secs(30);
/// Long enough for an account that may finish a write to do so many times.
const UNFINISHED_WAIT: Duration = Duration::from_millis(400);

const SECOND: Who = PLAIN.code(Code::Second);
const IMPOSTOR: Who = PLAIN.code(Code::Impostor);

/// Pairs of accounts, and whether they are one application.
const PAIRS: [(&str, Who, Who, bool); 26] = [
    ("one file", PLAIN.at("a"), PLAIN.at("a"), true),
    ("the same bytes in memory", PLAIN, PLAIN, true),
    ("the same bytes in memory and in a file", PLAIN, PLAIN.at("a"), true),
    ("copies of a file", PLAIN.at("a"), PLAIN.at("b"), true),
    ("copies of a file, one of them signed", PLAIN.at("a"), PLAIN.at("b").signed(0), true),
    ("versions from two places", PLAIN.at("a"), SECOND.at("b"), false),
    ("versions in memory", PLAIN, SECOND, false),
    ("versions of one signer", PLAIN.at("a").signed(0), SECOND.at("b").signed(0), true),
    ("versions of one signer in memory", PLAIN.signed(0), SECOND.signed(0), true),
    ("versions of two signers", PLAIN.at("a").signed(0), SECOND.at("b").signed(1), false),
    ("versions, one of them signed", PLAIN.at("a").signed(0), SECOND.at("b"), false),
    ("one file, other settings", PLAIN.at("a"), PLAIN.at("a").app(Some("other-app")), false),
    ("the same bytes, other settings", PLAIN, PLAIN.app(Some("other-app")), false),
    ("one signer, other settings", PLAIN.signed(0), SECOND.signed(0).app(Some("other-app")), false),
    ("one name, versions from two places", PLAIN.at("a").named("x"), SECOND.at("b").named("x"), true),
    ("one name, other settings", PLAIN.named("x"), PLAIN.app(Some("other-app")).named("x"), true),
    ("two names, one file", PLAIN.at("a").named("x"), PLAIN.at("a").named("y"), true),
    ("two names, versions", PLAIN.named("x"), SECOND.named("y"), false),
    ("a name for one of them, one file", PLAIN.at("a").named("x"), PLAIN.at("a"), true),
    ("a name for one of them, versions", PLAIN.named("x"), SECOND, false),
    ("an impostor with the settings for defaults", PLAIN.at("a"), IMPOSTOR.at("b").app(None), false),
    ("an impostor that is given the settings", PLAIN.at("a"), IMPOSTOR.at("b"), false),
    ("an impostor of another signer", PLAIN.signed(0), IMPOSTOR.signed(1), false),
    ("an impostor of the same signer, with defaults", PLAIN.signed(0), IMPOSTOR.signed(0).app(None), false),
    ("two that have only defaults", IMPOSTOR.at("a").app(None), IMPOSTOR.at("a").app(None), true),
    ("a default, and the same written", IMPOSTOR.at("a").app(None), IMPOSTOR.at("a"), false),
];

#[tokio::test]
async fn accounts_share_a_rate_exactly_where_the_operator_says_so() {
    let cast = Cast::new();
    for (name, one, other, shared) in PAIRS {
        let host = cast.host([cast.account("one", one), cast.account("other", other)]).await;
        let budgets: Vec<_> = host.budgets().into_iter().map(|budget| budget.accounts).collect();
        let together = budgets.iter().any(|accounts| accounts.len() == 2);
        assert_eq!(together, shared, "{name}: {budgets:?}");
        host.shutdown(LONG).await.unwrap();
    }
}

#[tokio::test]
async fn a_reference_of_one_is_known_to_the_other_exactly_where_they_share() {
    let cast = Cast::new();
    // An account that sends nothing has no reference for another one to know.
    let sends = PAIRS.iter().filter(|(_, one, _, _)| one.code != Code::Impostor);
    for (number, (name, one, other, shared)) in sends.enumerate() {
        let host = cast.host([cast.account("one", *one), cast.account("other", *other)]).await;
        let reference = format!("known-{number}");
        account(&host, "one").transfer(order(&reference)).await.unwrap();
        let again = account(&host, "other").transfer(order(&reference)).await;
        let replayed = again.as_ref().is_ok_and(|receipt| receipt.from_journal.is_some());
        assert_eq!(replayed, *shared, "{name}: {again:?}");
        let sent = if *shared || other.code == Code::Impostor { 1 } else { 2 };
        assert_eq!(cast.applied(&reference), sent, "{name}");
        host.shutdown(LONG).await.unwrap();
    }
}

#[tokio::test]
async fn a_write_is_finished_by_another_account_exactly_where_they_share() {
    let cast = Cast::new();
    let sends = PAIRS.iter().filter(|(_, one, _, _)| one.code != Code::Impostor);
    for (number, (name, one, other, shared)) in sends.enumerate() {
        let host = cast.host([cast.account("one", *one), cast.account("other", *other)]).await;
        cast.provider.writes_go(|_| How::DroppedAfter);
        cast.provider.look_ups_go(|_| LookUp::Working(Duration::from_millis(10)));
        let lost = account(&host, "one").transfer(order(&format!("lost-{number}"))).await;
        assert!(matches!(lost, Err(WriteFailure::Unknown(_))), "{name}: {lost:?}");
        host.remove_account("one").await.unwrap();
        cast.provider.look_ups_go(|_| LookUp::Truth);
        // Another application does not finish it: its provider would not find the write there.
        let ended = ends_within(&host, if *shared { LONG } else { UNFINISHED_WAIT }).await;
        assert_eq!(ended, *shared, "{name}: {:?}", only_write(&host).await);
        host.shutdown(LONG).await.unwrap();
    }
}

#[tokio::test]
async fn who_shares_finishes_a_write_only_where_it_reaches_no_more_than_the_sender() {
    let cast = Cast::new();
    cast.provider.writes_go(|_| How::DroppedAfter);
    cast.provider.look_ups_go(|_| LookUp::Working(Duration::from_millis(10)));
    let elsewhere = cast.account("other", PLAIN).allow("https://elsewhere.example.com");
    let host = cast.host([cast.account("one", PLAIN), elsewhere]).await;
    account(&host, "one").transfer(order("lost")).await.unwrap_err();
    host.remove_account("one").await.unwrap();
    cast.provider.look_ups_go(|_| LookUp::Truth);
    assert!(!ends_within(&host, UNFINISHED_WAIT).await, "{:?}", only_write(&host).await);
    // The sender itself finishes it, whatever it is granted by now.
    host.add_account(cast.account("one", PLAIN).allow("https://elsewhere.example.com")).await.unwrap();
    assert!(ends_within(&host, LONG).await, "{:?}", only_write(&host).await);
}

#[tokio::test]
async fn that_a_write_of_which_nobody_promised_anything_is_not_found_proves_nothing() {
    let cast = Cast::new();
    cast.provider.writes_go(|_| How::DroppedAfter);
    let host = cast.host_with_journal([cast.account("one", PLAIN.at("a").repetition("blind"))]).await;
    account(&host, "one").transfer(order("lost")).await.unwrap_err();
    host.shutdown(LONG).await.unwrap();
    // The same account by the same path may finish its write, and reports it as not applied.
    let host = cast.host_with_journal([cast.account("one", IMPOSTOR.at("a"))]).await;
    tokio::time::sleep(UNFINISHED_WAIT).await;
    let record = only_write(&host).await;
    assert!(record.is_open() && record.needs_operator(), "{record:?}");
    host.shutdown(LONG).await.unwrap();
}

#[tokio::test]
async fn accounts_that_claim_one_application_and_are_none_are_told_apart_with_the_line_to_write() {
    let cast = Cast::new();
    let conflicts = |host: &stockbridge::Host| -> Vec<String> {
        host.status().into_iter().flat_map(|status| status.conflicts).collect()
    };
    let two = [cast.account("main", PLAIN.at("a")), cast.account("new", IMPOSTOR.at("b").app(None))];
    let host = cast.host(two.clone()).await;
    let reported = conflicts(&host);
    assert_eq!(reported.len(), 2, "{reported:?}");
    assert!(
        reported[0].contains("`main` and `new`") && reported[0].contains("application = \"traced-main\""),
        "{reported:?}"
    );
    // The name that the operator gave to one of them is proposed for both.
    let named = [cast.account("main", PLAIN.at("a")), cast.account("new", IMPOSTOR.at("b").app(None).named("x"))];
    let reported = conflicts(&cast.host(named).await);
    assert!(reported[0].contains("application = \"x\""), "{reported:?}");
    let config = two.into_iter().fold(stockbridge::Config::new(), stockbridge::Config::account);
    let reports = stockbridge::gate::check_config(&config).await.unwrap();
    for report in &reports {
        let codes: Vec<_> = report.findings.iter().map(|finding| finding.code).collect();
        assert!(codes.contains(&"application.claimed-twice"), "{codes:?}");
    }
    for (one, other) in [
        // One application: by name, and by connector.
        (PLAIN.at("a").named("x"), IMPOSTOR.at("b").app(None).named("x")),
        (PLAIN.at("a"), PLAIN.at("a")),
        // Two applications: by name, and by claims.
        (PLAIN.at("a").named("x"), IMPOSTOR.at("b").app(None).named("y")),
        (PLAIN.at("a"), IMPOSTOR.at("b").app(Some("other-app"))),
    ] {
        let host = cast.host([cast.account("main", one), cast.account("new", other)]).await;
        assert!(conflicts(&host).is_empty(), "{:?}", conflicts(&host));
    }
}
