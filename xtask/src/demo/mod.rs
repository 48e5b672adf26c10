//! The main job, as a newcomer sees it: one application, four providers, and correct stock afterwards.
//!
//! The real command runs against the simulator with the vendors' own example requests. The summary at the end is checked
//! against the simulator's ledger, so it is correct only if the stock is.

mod ledger;
mod lost;
mod rollout;
mod stage;

use anyhow::Result;

use ledger::Ledger;
use rollout::Rollout;
use stage::Stage;

/// Exit codes of the command, as `stockbridge --help` lists them.
const REFUSED: i32 = 3;
/// As [`REFUSED`].
const UNKNOWN: i32 = 5;
/// Exit code of the command where only a person can decide.
const WAITING: i32 = 7;

pub(crate) fn run() -> Result<()> {
    println!("Building the connectors and the command: this takes minutes the first time.");
    crate::components::connectors()?;
    crate::run::cargo(&["build", "--package=stockbridge-cli", "--package=stockbridge-rollout"])?;
    let stage = Stage::open()?;
    let before = stage.ledger()?;

    stage.say(
        "\nFour providers, four protocols, one way to speak to them. Each account below is served by a connector: a \
         WebAssembly component that signs and maps for one provider, and that reaches only what was granted. \
         A simulator on this machine stands in for the providers.",
    );
    stage.run(&["accounts"])?;

    chapter("Stock, as the enterprise edition of Wangdiantong reports it");
    stage.run(&["query", "enterprise", "--warehouse", "xyp2test", "--sku", "WDTPDA-BLACK007"])?;

    chapter("A quick transfer at the flagship edition: 10 daj1 from daj-wms-wdt to lz-002");
    stage.run(&["query", "flagship", "--sku", "daj1"])?;
    stage.run(&["transfer", "flagship", "examples/orders/flagship-transfer.json"])?;
    stage.say("Afterwards, as another provider of the same stock reports it:");
    stage.run(&["query", "enterprise", "--sku", "daj1"])?;

    chapter("Three adjustments at Winit: a box becomes ten singles, one changes hands, one gets another barcode");
    stage.run(&["query", "winit", "--warehouse", "US0001"])?;
    for order in ["winit-unpack", "winit-change-owner", "winit-relabel"] {
        stage.run(&["adjust", "winit", &format!("examples/orders/{order}.json")])?;
    }
    stage.run(&["query", "winit", "--warehouse", "US0001"])?;

    chapter("Taobao's warehouse finds 12 pieces that differ from the books, and holds them");
    stage.run(&["query", "enterprise", "--sku", "I1234"])?;
    stage.run(&["occupy", "taobao", "examples/orders/taobao-discrepancy.json"])?;
    stage.say("Held stock is still on hand, but no longer available:");
    stage.run(&["query", "enterprise", "--sku", "I1234"])?;
    stage.say("The same message again is the same occupation: the journal has its receipt, and nothing is sent.");
    stage.run(&["occupy", "taobao", "examples/orders/taobao-discrepancy.json"])?;

    chapter("A virtual warehouse of the flagship edition gives 15 to another, and 5 to a document");
    stage.run(&["occupy", "flagship", "examples/orders/flagship-allocation.json"])?;

    chapter("Refusals have one form for all providers, and nothing moves");
    stage.say("More than is in stock, at the flagship edition:");
    let many = stage.order("flagship-transfer", "/lines/0/quantity", "100000")?;
    refused(&stage, "transfer", "flagship", &many, "too-many-1", &[])?;
    stage.say("A warehouse that does not exist, at the enterprise edition:");
    let nowhere = stage.order("enterprise-transfer", "/from-warehouse", "nowhere")?;
    refused(&stage, "transfer", "enterprise", &nowhere, "nowhere-1", &[])?;
    stage.say("An owner that does not exist, at Taobao:");
    let nobody = stage.order("taobao-discrepancy", "/owner", "NOBODY")?;
    refused(&stage, "occupy", "taobao", &nobody, "1234567891", &[])?;
    stage.say("A wrong secret, at Winit:");
    let relabel = stage.order("winit-relabel", "/warehouse", "US0001")?;
    refused(&stage, "adjust", "winit", &relabel, "wrong-secret-1", &[("WINIT_TOKEN", "wrong-token")])?;

    chapter("An answer is lost, and it is unknown whether the goods moved");
    lost::answers(&stage)?;

    chapter("A connector is replaced in the middle of its calls, and no call fails");
    swap(&stage)?;

    chapter("The ledger");
    summary(&before, &stage.ledger()?)
}

/// Sends an order under this reference, which must be refused.
fn refused(
    stage: &Stage,
    operation: &str,
    account: &str,
    order: &str,
    reference: &str,
    secrets: &[(&str, &str)],
) -> Result<()> {
    let order = stage::edited(order, "/reference", reference)?;
    stage.ends_with(REFUSED, &[operation, account, "-"], secrets, Some(&order))
}

/// An application keeps querying stock while its connector's file is replaced: by a good one, and by a truncated one.
fn swap(stage: &Stage) -> Result<()> {
    let mut rollout = Rollout::start(stage)?;
    rollout.goes_on()?;
    rollout.swap("0.2.0")?;
    rollout.shows("swapped flagship")?;
    rollout.goes_on()?;
    stage.say("A truncated file is refused, and the serving version continues:");
    rollout.damage()?;
    rollout.shows("refused, nothing changed")?;
    rollout.goes_on()?;
    rollout.end()
}

fn chapter(title: &str) {
    println!("\n── {title} ──");
}

/// The expected changes, and no others.
fn summary(before: &Ledger, after: &Ledger) -> Result<()> {
    let mut book = ledger::Book::new(before, after);
    book.moved("daj1 in daj-wms-wdt", "-20", |row| row.is("daj-wms-wdt", "daj1"));
    book.moved("daj1 in lz-002", "20", |row| row.is("lz-002", "daj1"));
    book.moved("boxes T00001 of nj", "-4", |row| row.is("US0001", "liaowl1002") && row.lot("nj", "BOX", "T00001"));
    book.moved("boxes T00002 of nj", "2", |row| row.is("US0001", "liaowl1002") && row.lot("nj", "BOX", "T00002"));
    book.moved("boxes T00001 of bj", "1", |row| row.is("US0001", "liaowl1002") && row.lot("bj", "BOX", "T00001"));
    book.moved("singles liaowl1003 of nj", "10", |row| {
        row.is("US0001", "liaowl1003") && row.lot("nj", "SINGLE", "T00001")
    });
    book.held("I1234 held in STA", "24", |row| row.is("STA", "I1234"));
    book.pool("VW-ONLINE", "-20");
    book.pool("VW-OFFLINE", "15");
    book.documents(9);
    book.close()
}
