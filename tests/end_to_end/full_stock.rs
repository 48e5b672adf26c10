//! A query for all stock is complete, although the providers list stock by the time of its last change, thirty days per request:
//! under both interpretations of the enterprise edition's `is_all`, and while rows change between the pages.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use stockbridge::{
    Account, Adjustment, AdjustmentOrder, Condition, Config, CountLine, StockLevel, StockPage, StockQuery,
};
use stockbridge_simulator::{IsAll, Options, Simulator, Stock};
use stockbridge_tests::{Provider, account_at, beijing_time, days_ago, passive, unhurried};

const DAY: Duration = Duration::from_secs(86_400);
/// Seven in each of five windows of thirty days, with pages of three.
const ITEMS: u64 = 35;
const PAGE: u32 = 3;

fn sku(number: u64) -> String {
    format!("item-{number:02}")
}

/// Items with their last change in one of five windows, the newest of them some minutes ago.
fn stock() -> Stock {
    let mut text = "[[warehouse]]\nno = \"W\"\n[[warehouse]]\nno = \"other\"\n".to_owned();
    for number in 0..ITEMS {
        let ago = DAY * 30 * u32::try_from(number / 7).unwrap() + Duration::from_secs(60 * (number % 7));
        let (sku, changed) = (sku(number), beijing_time(ago));
        text.push_str(&format!(
            "[[item]]\nno = \"{sku}\"\n[[stock]]\nwarehouse = \"W\"\nitem = \"{sku}\"\non_hand = 10\nchanged = \"{changed}\"\n"
        ));
    }
    Stock::from_toml("stock.toml", &text).unwrap()
}

async fn simulator(is_all: IsAll) -> Simulator {
    let options = Options { stock: Some(stock()), enterprise_is_all: is_all, ..Options::default() };
    Simulator::start(([127, 0, 0, 1], 0).into(), options).await.unwrap()
}

/// The account under test, whose stock is complete from before the first window on, and one that counts.
async fn accounts(provider: Provider, simulator: &Simulator) -> (Account, Account) {
    let at = |provider, name: &str| {
        let account = account_at(provider, &simulator.url()).limits(unhurried().attempts(1));
        account.named(name).setting("since", days_ago(149))
    };
    let config = Config::new().account(at(provider, "asked")).account(at(Provider::WdtFlagship, "counting"));
    let host = passive().build(config).await.unwrap();
    (host.account("asked").unwrap(), host.account("counting").unwrap())
}

fn extra<'a>(page: &'a StockPage, name: &str) -> Option<&'a str> {
    page.extras.get(name).map(stockbridge::Json::as_str)
}

/// The figure without its decimal places, which are all 0 here.
fn whole(figure: &str) -> &str {
    figure.split_once('.').map_or(figure, |(whole, _)| whole)
}

/// Counts an item, which becomes its last change.
async fn count(account: &Account, number: u64, counted: u32) {
    let line = CountLine { condition: Some(Condition::Sellable), ..CountLine::new(sku(number), counted) };
    account.adjust(AdjustmentOrder::new("W", Adjustment::Count(vec![line]))).await.unwrap();
}

/// All stock of the warehouse, each item with its last figure, while an item changes after each page.
async fn all_pages(queried: &Account, counting: &Account, seed: u64) -> BTreeMap<String, String> {
    let mut pages = queried.pages(StockQuery::all().warehouse("W").page_size(PAGE));
    let (mut stock, mut page_number) = (BTreeMap::new(), 0_u64);
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        assert!(extra(&page, "whole-since").is_some() && extra(&page, "not-covered").is_some(), "{:?}", page.extras);
        assert_eq!(extra(&page, "whole-until"), None, "nothing changes behind the last page");
        for StockLevel { sku, on_hand, .. } in page.levels {
            stock.insert(sku.to_string(), on_hand.unwrap().to_string());
        }
        page_number += 1;
        // From the eleventh page on nothing changes.
        if page_number <= 10 {
            count(counting, (seed * 7 + page_number * 11) % ITEMS, u32::try_from(100 + page_number).unwrap()).await;
        }
        assert!(page_number < 200, "the walk has no end");
    }
    stock
}

#[tokio::test(flavor = "multi_thread")]
async fn all_stock_of_five_windows_is_whole_under_both_readings_of_is_all_while_rows_change() {
    for is_all in [IsAll::Everything, IsAll::ThirtyDays] {
        for provider in [Provider::WdtEnterprise, Provider::WdtFlagship] {
            for seed in 0..3 {
                let simulator = simulator(is_all).await;
                let (queried, counting) = accounts(provider, &simulator).await;
                let stock = all_pages(&queried, &counting, seed).await;
                let all: BTreeSet<String> = (0..ITEMS).map(sku).collect();
                assert_eq!(stock.keys().cloned().collect::<BTreeSet<_>>(), all, "{provider:?} {is_all:?} seed {seed}");
                let ledger = simulator.ledger();
                for (sku, on_hand) in stock {
                    let holds = ledger.on_hand("W", &sku).to_string();
                    assert_eq!(whole(&on_hand), whole(&holds), "{sku} at {provider:?}, {is_all:?}, seed {seed}");
                }
            }
        }
    }
}
