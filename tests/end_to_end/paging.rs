//! Queries beyond a provider's limits per request are split, invisibly for the caller.

use std::collections::BTreeSet;
use std::time::Duration;

use stockbridge::{Account, StockQuery, Timestamp};
use stockbridge_tests::{Provider, host_at, simulator};

/// All SKUs of a query, and the number of its pages.
async fn all_pages(account: &Account, query: StockQuery) -> (Vec<String>, usize) {
    let (mut skus, mut count, mut pages) = (Vec::new(), 0, account.pages(query));
    while let Some(page) = pages.next().await {
        skus.extend(page.unwrap().levels.into_iter().map(|level| level.sku.to_string()));
        count += 1;
    }
    (skus, count)
}

#[tokio::test]
async fn a_warehouse_of_250_items_is_told_whole_and_no_item_twice() {
    let simulator = simulator().await;
    for provider in [Provider::WdtEnterprise, Provider::WdtFlagship, Provider::Winit] {
        let account = host_at(provider, &simulator).await;
        let (skus, pages) = all_pages(&account, StockQuery::all().warehouse("bulk")).await;
        assert_eq!(skus.len(), 250, "{provider:?}");
        assert_eq!(skus.iter().collect::<BTreeSet<_>>().len(), 250, "{provider:?}");
        assert!(pages >= 3, "{provider:?}: {pages} pages");
    }
}

#[tokio::test]
async fn several_items_are_told_although_a_request_carries_one() {
    let simulator = simulator().await;
    let account = host_at(Provider::WdtEnterprise, &simulator).await;
    let query = StockQuery::skus(["BULK-0001", "BULK-0002", "BULK-0250"]).warehouse("bulk");
    let (mut skus, _) = all_pages(&account, query).await;
    skus.sort();
    assert_eq!(skus, ["BULK-0001", "BULK-0002", "BULK-0250"]);
}

#[tokio::test]
async fn a_window_of_a_year_is_walked_in_pieces_of_thirty_days() {
    let simulator = simulator().await;
    let now = Timestamp::now();
    for provider in [Provider::WdtEnterprise, Provider::WdtFlagship] {
        let account = host_at(provider, &simulator).await;
        let year = StockQuery::all().warehouse("xyp2test").changed_within(
            now.earlier(Duration::from_secs(365 * 86_400)),
            Timestamp::from_millis(now.as_millis() + 60_000),
        );
        let (skus, _) = all_pages(&account, year).await;
        assert!(skus.contains(&"WDTPDA-BLACK007".to_owned()), "{provider:?}: {skus:?}");
        let before = StockQuery::all()
            .warehouse("xyp2test")
            .changed_within(now.earlier(Duration::from_secs(365 * 86_400)), now.earlier(Duration::from_secs(86_400)));
        assert!(all_pages(&account, before).await.0.is_empty(), "{provider:?}");
    }
}

#[tokio::test]
async fn deleted_items_are_told_only_when_asked_for() {
    let simulator = simulator().await;
    let account = host_at(Provider::WdtEnterprise, &simulator).await;
    let query = StockQuery::all().warehouse("xyp2test");
    assert!(!all_pages(&account, query.clone()).await.0.contains(&"WDTPDA-OLD001".to_owned()));
    assert!(all_pages(&account, query.include_deleted()).await.0.contains(&"WDTPDA-OLD001".to_owned()));
}

#[tokio::test]
async fn a_page_says_how_many_rows_the_whole_query_has_where_the_provider_does() {
    let simulator = simulator().await;
    for provider in [Provider::WdtEnterprise, Provider::Winit] {
        let page = host_at(provider, &simulator).await.query(StockQuery::all().warehouse("bulk")).await.unwrap();
        assert_eq!(page.total, Some(250), "{provider:?}");
        assert!(page.next.is_some());
    }
}
