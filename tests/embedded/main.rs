//! Cost of the host for the compilation of an application that embeds it.
//!
//! A compiler follows an application's futures down through those of every awaited library, to a depth of at most 128. Here the
//! host and the code that awaits it have to do with half of that: **otherwise this file does not compile.** Futures are also
//! nested in memory, and are moved together.

#![recursion_limit = "64"]

use std::time::Duration;

use stockbridge::journal::{Settlement, WriteFilter};
use stockbridge::{
    Account, AccountConfig, Adjustment, AdjustmentOrder, Attempt, Config, CountLine, Error, Host, OccupationOrder,
    OccupationReason, StockQuery, Timestamp, TransferOrder, WriteFailure, gate, inspect,
};

/// Largest future, in bytes, of an application that awaits these calls one after the other.
const LARGEST: usize = 8 * 1024;

/// An application, some functions deep.
async fn application() -> Result<(), Error> {
    let host = Host::from_config(Config::new()).await?;
    let came = day(&host).await;
    host.shutdown(Duration::from_secs(1)).await?;
    came
}

async fn day(host: &Host) -> Result<(), Error> {
    let account = host.account("main")?;
    reads(&account).await?;
    writes(&account).await?;
    people(host).await?;
    changes(host).await
}

async fn reads(account: &Account) -> Result<(), Error> {
    account.check().await?;
    account.query(StockQuery::default()).await?;
    let mut pages = account.pages(StockQuery::default());
    while let Some(page) = pages.next().await {
        page?;
    }
    let transfer = TransferOrder::between("here", "there");
    let attempt = Attempt { first_sent: Timestamp::now(), last_sent: Timestamp::now(), key: None };
    account.find_write(&transfer.reference).await?;
    account.resolve(&transfer.into(), &attempt).await?;
    Ok(())
}

async fn writes(account: &Account) -> Result<(), WriteFailure> {
    let transfer = TransferOrder::between("here", "there");
    account.transfer(transfer.clone()).await?;
    account.adjust(AdjustmentOrder::new("here", Adjustment::Count(vec![CountLine::new("item", 1)]))).await?;
    account.occupy(OccupationOrder::new("here", OccupationReason::Transfer)).await?;
    account.write(transfer).await?;
    Ok(())
}

async fn people(host: &Host) -> Result<(), Error> {
    let journal = host.journal();
    for write in journal.list(&WriteFilter::default()).await? {
        journal.history(write.id).await?;
        let word = Settlement { applied: true, by: "me".to_owned(), note: "it is there".to_owned(), document: None };
        journal.settle(write.id, word).await?;
    }
    Ok(())
}

async fn changes(host: &Host) -> Result<(), Error> {
    inspect("connector.wasm").await?;
    gate::check("connector.wasm").await?;
    host.apply(Config::new().account(AccountConfig::new("main", "connector.wasm"))).await?;
    Host::from_file("stockbridge.toml").await?;
    Ok(())
}

#[tokio::test]
async fn the_futures_of_the_host_are_small_and_leave_an_application_its_depth() {
    let size = size_of_val(&application());
    assert!(size <= LARGEST, "it takes {size} bytes");
    let came = tokio::spawn(application()).await.unwrap();
    assert_eq!(came.unwrap_err().code(), "account.unknown");
}
