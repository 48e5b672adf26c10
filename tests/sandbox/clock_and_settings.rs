//! What a connector sees beside HTTP and secrets: the host's clock, and the settings of its own account.

use stockbridge::{Clock, Config, Host, Timestamp};
use stockbridge_tests::Recording;

use crate::guest::{GRANTED, account_at, answered, query, query_with, saw};

#[tokio::test]
async fn the_hosts_clock_is_what_a_guest_sees() {
    for time in [1_790_000_000_123, -1] {
        let host = Host::builder()
            .transport(Recording::answering(["{}"]))
            .clock(Clock::Fixed(Timestamp::from_millis(time)))
            .build(Config::new().account(account_at(GRANTED)))
            .await
            .unwrap();
        let account = host.account("probe").unwrap();
        // It stands still within a call, and from call to call.
        assert_eq!(saw(&account, query("clock read clock")).await, [&*time.to_string(), "200 {}", &*time.to_string()]);
        assert_eq!(saw(&account, query("clock")).await, [time.to_string()]);
    }
}

#[tokio::test]
async fn a_guest_sees_the_settings_that_it_declares_and_no_other() {
    let (account, _) = answered().await;
    let url = format!("{GRANTED}/api");
    for (name, value) in [
        ("url", url.as_str()),
        ("greeting", "hello"),
        ("PATH", "none"),
        ("HOME", "none"),
        ("signing", "none"),
        ("bearer", "none"),
        ("", "none"),
    ] {
        assert_eq!(saw(&account, query_with("setting", "name", &name.into())).await, [value], "{name}");
    }
}
