//! Pages in another order than requested: no row is silently lost or duplicated.

use std::collections::BTreeSet;

use stockbridge::{Account, Error, ErrorClass, StockQuery};
use stockbridge_simulator::{Fault, PageOrder, Simulator};
use stockbridge_tests::{Provider, host_at, query, simulator};

/// More pages than this are endless.
const MOST_PAGES: u32 = 50;

/// SKUs of a warehouse of 250 items whose pages come in this order, or the failure.
async fn all_pages(
    simulator: &Simulator,
    account: &Account,
    order: Fault,
    page_size: u32,
) -> Result<Vec<String>, Error> {
    simulator.inject(order.every(1));
    let mut walk = account.pages(StockQuery::all().warehouse("bulk").page_size(page_size));
    let (mut skus, mut pages) = (Vec::new(), 0);
    while let Some(page) = walk.next().await {
        pages += 1;
        assert!(pages <= MOST_PAGES, "{}: the walk has no end", account.name());
        skus.extend(page?.levels.into_iter().map(|level| level.sku.to_string()));
    }
    simulator.clear_faults();
    Ok(skus)
}

/// The providers that have queries.
fn paged() -> impl Iterator<Item = Provider> {
    Provider::ALL.into_iter().filter(|provider| query(*provider).is_some())
}

#[tokio::test]
async fn every_row_is_told_once_though_two_pages_are_swapped() {
    let simulator = simulator().await;
    for provider in paged() {
        let account = host_at(provider, &simulator).await;
        // With 200 and with 25 rows per page the last page is among the swapped ones, and with 200 it is short.
        for page_size in [200, 100, 40, 25] {
            let order = Fault::out_of_order(provider.gateway(), PageOrder::Swapped);
            let skus = all_pages(&simulator, &account, order, page_size).await.unwrap();
            let unique: BTreeSet<_> = skus.iter().collect();
            assert_eq!((unique.len(), skus.len()), (250, 250), "{provider:?}, {page_size} rows a page");
        }
    }
}

#[tokio::test]
async fn a_page_that_is_given_twice_is_noticed() {
    let simulator = simulator().await;
    for provider in paged() {
        let account = host_at(provider, &simulator).await;
        let order = Fault::out_of_order(provider.gateway(), PageOrder::Repeated);
        let error = all_pages(&simulator, &account, order, 100).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::MalformedResponse, "{provider:?}: {error}");
    }
}
