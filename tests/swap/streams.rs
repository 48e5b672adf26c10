//! Pages of a query across a swap: a stream stays on its version, a cursor reports that it is another version's.

use std::time::Duration;

use stockbridge::{Config, Host, Probation, StockQuery};
use stockbridge_simulator::Simulator;
use stockbridge_tests::{Provider, account_at, connector, simulator, version};

use crate::{digest, until};

/// A version of the enterprise connector, at the simulator.
fn enterprise(simulator: &Simulator, number: u32) -> Config {
    let account = account_at(Provider::WdtEnterprise, &simulator.url()).named("main");
    Config::new().account(account.served_by(version(&connector("wdt-enterprise"), number)))
}

async fn host(simulator: &Simulator) -> Host {
    let probation = Probation::default().period(Duration::from_millis(1));
    Host::builder().probation(probation).build(enterprise(simulator, 1)).await.unwrap()
}

/// All stock, one row per page.
fn all() -> StockQuery {
    StockQuery::all().page_size(1)
}

#[tokio::test]
async fn a_stream_ends_on_the_version_that_it_began_with_which_is_freed_after_it() {
    let simulator = simulator().await;
    let host = host(&simulator).await;
    let (main, first) = (host.account("main").unwrap(), digest(&host, "main"));
    let expected = {
        let (mut pages, mut rows) = (main.pages(all()), 0);
        while let Some(page) = pages.next().await {
            rows += page.unwrap().levels.len();
        }
        rows
    };
    assert!(expected > 2);

    let mut pages = main.pages(all());
    let mut rows = pages.next().await.unwrap().unwrap().levels.len();
    host.apply(enterprise(&simulator, 2)).await.unwrap();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        assert_eq!(host.versions().contains(&first), page.next.is_some());
        rows += page.levels.len();
    }
    assert_eq!(rows, expected);
    until(|| host.versions() == [digest(&host, "main")]).await;
}

#[tokio::test]
async fn a_stream_that_is_dropped_lets_its_version_go() {
    let simulator = simulator().await;
    let host = host(&simulator).await;
    let mut pages = host.account("main").unwrap().pages(all());
    pages.next().await.unwrap().unwrap();
    host.apply(enterprise(&simulator, 2)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(host.versions().len(), 2);
    drop(pages);
    until(|| host.versions().len() == 1).await;
}

#[tokio::test]
async fn a_cursor_of_another_version_says_to_start_again() {
    let simulator = simulator().await;
    let host = host(&simulator).await;
    let main = host.account("main").unwrap();
    let page = main.query(all()).await.unwrap();
    host.apply(enterprise(&simulator, 2)).await.unwrap();
    let error = main.query(all().after(page.next.unwrap())).await.unwrap_err();
    assert_eq!(error.code(), "cursor.other-version");
    assert!(error.to_string().contains("start the query again"), "{error}");
}
