//! Cursors used with another query than their own.

use stockbridge::{Account, Config, Cursor, Host, StockQuery};
use stockbridge_tests::{Provider, Recording, account_at};

const PAGE: &str =
    r#"{"code":0,"message":"ok","total_count":"2","stocks":[{"spec_no":"a","warehouse_no":"w","stock_num":"1.0000"}]}"#;

const NEXT: &str = r#"{"code":0,"message":"ok","stocks":[{"spec_no":"b","warehouse_no":"w","stock_num":"1.0000"}]}"#;

async fn account(name: &str) -> (Account, Recording) {
    let recording = Recording::answering([PAGE, NEXT]);
    let mut config = Config::new();
    for named in ["one", "two"] {
        let granted = account_at(Provider::WdtEnterprise, "http://127.0.0.1:9");
        config = config.account(granted.named(named));
    }
    let host = Host::builder().transport(recording.clone()).build(config).await.unwrap();
    (host.account(name).unwrap(), recording)
}

fn asked() -> StockQuery {
    StockQuery::skus(["a", "b"]).page_size(1)
}

#[tokio::test]
async fn a_cursor_goes_on_where_its_page_ended() {
    let (account, recording) = account("one").await;
    let page = account.query(asked()).await.unwrap();
    account.query(asked().after(page.next.unwrap())).await.unwrap();
    assert_eq!(recording.sent().len(), 2);
    assert_ne!(recording.sent()[0].body, recording.sent()[1].body);
}

#[tokio::test]
async fn a_cursor_of_another_query_or_account_is_refused_and_nothing_is_sent() {
    let (one, recording) = account("one").await;
    let cursor = one.query(asked()).await.unwrap().next.unwrap();
    let (two, _) = account("two").await;
    for error in [
        one.query(StockQuery::skus(["c"]).after(cursor.clone())).await.unwrap_err(),
        two.query(asked().after(cursor)).await.unwrap_err(),
    ] {
        assert_eq!(error.code(), "cursor.foreign");
        assert_eq!(
            error.to_string(),
            "cursor: it belongs to another account or another query; use it with the query that it came from, or start again"
        );
    }
    assert_eq!(recording.sent().len(), 1);
}

#[tokio::test]
async fn a_text_that_is_no_cursor_is_refused() {
    let (account, recording) = account("one").await;
    for text in ["", "2", "{\"page\":2}", "AAAA", &"A".repeat(100_000)] {
        let error = account.query(asked().after(Cursor::from(text.to_owned()))).await.unwrap_err();
        assert_eq!(error.code(), "cursor.malformed", "{text}");
        assert_eq!(error.path(), Some("cursor"));
    }
    assert!(recording.sent().is_empty());
}

#[tokio::test]
async fn a_cursor_of_another_version_of_the_connector_is_refused() {
    let (account, _) = account("one").await;
    let cursor = account.query(asked()).await.unwrap().next.unwrap();
    // The same connector with a custom section added, which changes only the digest.
    let mut bytes = std::fs::read(stockbridge_tests::connector("wdt-enterprise")).unwrap();
    bytes.extend([0, 2, 1, b'x']);
    let other = account_at(Provider::WdtEnterprise, "http://127.0.0.1:9").named("one").served_by(bytes);
    let host =
        Host::builder().transport(Recording::answering([PAGE])).build(Config::new().account(other)).await.unwrap();
    let error = host.account("one").unwrap().query(asked().after(cursor)).await.unwrap_err();
    assert_eq!(error.code(), "cursor.other-version");
    assert_eq!(
        error.to_string(),
        "cursor: it was made by another version of the connector; start the query again without it"
    );
}
