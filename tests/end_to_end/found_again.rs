//! Flagship writes whose answers were lost are found by the marker in their remark; similar documents do not match.

use std::time::Duration;

use stockbridge::{
    Account, Adjustment, AdjustmentOrder, Attempt, Condition, Config, CountLine, ErrorClass, OccupationLine,
    OccupationOrder, OccupationReason, Outcome, Progress, Repetition, Resolution, Timestamp, TransferLine,
    TransferOrder, TransferStage, Write,
};
use stockbridge_simulator::{Document, Fault, Gateway, Simulator};
use stockbridge_tests::{Provider, account_at, passive, send, simulator, unhurried};

const CREATE_ORDER: (&str, &str) = ("transfer-method", "wms.stocktransfer.Edit.createOrder");
const LOCKS: (&str, &str) = ("occupy-method", "setting.strategy.VirtualWarehouse.create");
const UNMARKED: (&str, &str) = ("remark-marker", "false");
const MINUTE: Duration = Duration::from_secs(60);

async fn account(simulator: &Simulator, settings: &[(&str, &str)]) -> Account {
    let account = account_at(Provider::WdtFlagship, &simulator.url()).limits(unhurried().attempts(1));
    let account = settings.iter().fold(account, |account, (name, value)| account.setting(*name, *value));
    let host = passive().build(Config::new().account(account)).await.unwrap();
    host.account(Provider::WdtFlagship.name()).unwrap()
}

fn transfer(quantity: u32, remark: Option<&str>) -> Write {
    Write::Transfer(TransferOrder {
        stage: TransferStage::Approved,
        lines: vec![TransferLine::new("daj1", quantity)],
        remark: remark.map(str::to_owned),
        ..TransferOrder::between("daj-wms-wdt", "lz-002")
    })
}

fn count(counted: u32, remark: Option<&str>) -> Write {
    let line = CountLine { condition: Some(Condition::Sellable), ..CountLine::new("daj1", counted) };
    let order = AdjustmentOrder::new("lz-002", Adjustment::Count(vec![line]));
    Write::Adjust(AdjustmentOrder { remark: remark.map(str::to_owned), ..order })
}

fn lock(quantity: u32, remark: Option<&str>) -> Write {
    let line = OccupationLine { pool: Some("VW-ONLINE".to_owned()), ..OccupationLine::new("daj1", quantity) };
    Write::Occupy(OccupationOrder {
        warehouse: Some("daj-wms-wdt".into()),
        lines: vec![line],
        remark: remark.map(str::to_owned),
        ..OccupationOrder::new("SO-1", OccupationReason::Other("1".to_owned()))
    })
}

/// A kind of write with a look-up: its settings, and an order with this quantity and remark.
type Kind = (&'static [(&'static str, &'static str)], fn(u32, Option<&str>) -> Write);
const KINDS: [Kind; 4] = [(&[], transfer), (&[CREATE_ORDER], transfer), (&[], count), (&[LOCKS], lock)];

/// Sends a write whose answer is lost after it was applied. Returns its document.
async fn lost(simulator: &Simulator, account: &Account, write: &Write) -> Document {
    simulator.inject(Fault::raw(Gateway::WdtFlagship, 200, "application/json", "").after_commit());
    assert_eq!(send(account, write).await.unwrap_err().outcome(), Outcome::Unknown);
    simulator.ledger().documents.pop().unwrap()
}

/// The host's key for a write with this marker.
fn key(document: &Document) -> String {
    let marker = document.fields["remark"].rsplit(' ').next().unwrap().to_owned();
    match document.fields.get("outer_no") {
        Some(outer_no) => format!("{outer_no}+{marker}"),
        None => marker,
    }
}

async fn resolved(account: &Account, write: &Write, key: String, ago: Duration) -> Resolution {
    let sent = Timestamp::now().earlier(ago);
    account.resolve(write, &Attempt { first_sent: sent, last_sent: sent, key: Some(key) }).await.unwrap()
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_found_among_many_of_the_same_goods() {
    for (settings, order) in KINDS {
        let simulator = simulator().await;
        let account = account(&simulator, settings).await;
        let others = self::account(&simulator, &[settings, &[UNMARKED]].concat()).await;
        // Enough stock for all of them.
        let line = CountLine { condition: Some(Condition::Sellable), ..CountLine::new("daj1", 10_000) };
        let stocked = AdjustmentOrder::new("daj-wms-wdt", Adjustment::Count(vec![line]));
        send(&others, &Write::Adjust(stocked)).await.unwrap();
        for _ in 0..70 {
            send(&others, &order(1, None)).await.unwrap();
        }
        let write = order(1, Some("急"));
        let document = lost(&simulator, &account, &write).await;
        assert!(document.fields["remark"].starts_with("急 "), "{:?}", document.fields);
        for _ in 0..170 {
            send(&others, &order(1, Some("SB-0000000000"))).await.unwrap();
        }
        let earlier_requests = simulator.requests().len();
        let Resolution::Applied(receipt) = resolved(&account, &write, key(&document), Duration::ZERO).await else {
            panic!("{settings:?}: it was not found")
        };
        // Three pages, the first of which is requested twice, recent changes, and a count's lines.
        assert!(simulator.requests().len() - earlier_requests >= 5, "{settings:?}");
        assert_eq!((receipt.document, receipt.progress), (Some(document.number), Progress::Done), "{settings:?}");
        assert!(
            simulator.requests()[earlier_requests..].iter().all(|request| !request.query.contains("create")),
            "it only reads"
        );
    }
}

#[tokio::test]
async fn a_write_without_a_document_is_looked_up_for_a_while_and_then_left_to_a_person_or_the_operators_setting() {
    for (settings, order) in KINDS {
        let simulator = simulator().await;
        let unsure = account(&simulator, settings).await;
        let sure = account(&simulator, &[settings, &[("look-up-is-complete-after", "2 min")]].concat()).await;
        let write = order(1, None);
        let key = || if settings == [CREATE_ORDER] { "no+SB-0123456789" } else { "SB-0123456789" }.to_owned();
        let Resolution::TooEarly(wait) = resolved(&unsure, &write, key(), MINUTE).await else { panic!() };
        assert!(wait <= Duration::from_secs(30), "{wait:?}");
        let Resolution::TooEarly(wait) = resolved(&sure, &write, key(), MINUTE).await else { panic!() };
        assert!((Duration::from_secs(50)..=MINUTE).contains(&wait), "{wait:?}");

        let Resolution::CannotTell(words) = resolved(&unsure, &write, key(), 6 * MINUTE).await else { panic!() };
        for expected in ["SB-0123456789", "among the 0 that changed from", "look-up-is-complete-after", "ERP client"] {
            assert!(words.contains(expected), "{settings:?} lacks {expected}: {words}");
        }
        let Resolution::NotApplied(words) = resolved(&sure, &write, key(), 6 * MINUTE).await else { panic!() };
        assert!(words.contains("no ") && words.contains("SB-0123456789"), "{words}");
    }
}

#[tokio::test]
async fn a_document_that_has_the_marker_and_other_goods_or_warehouses_is_left_to_a_person_with_its_number() {
    for (settings, order) in KINDS {
        let simulator = simulator().await;
        let account = account(&simulator, &[settings, &[("look-up-is-complete-after", "0")]].concat()).await;
        let others = self::account(&simulator, &[settings, &[UNMARKED]].concat()).await;
        // Remarks that staff edited or typed.
        send(&others, &order(2, Some("copied from ＳＢ－０１２３４５６７８９"))).await.unwrap();
        let document = simulator.ledger().documents.pop().unwrap();
        let key = if settings == [CREATE_ORDER] { "no+SB-0123456789" } else { "SB-0123456789" };
        let Resolution::CannotTell(words) = resolved(&account, &order(1, None), key.to_owned(), MINUTE).await else {
            panic!("{settings:?}")
        };
        assert!(words.contains(&document.number) && words.contains("SB-0123456789"), "{words}");

        let other_place = match order(2, None) {
            Write::Transfer(order) => Write::Transfer(TransferOrder { to_warehouse: "xyp2test".into(), ..order }),
            Write::Adjust(order) => Write::Adjust(AdjustmentOrder { warehouse: "xyp2test".into(), ..order }),
            Write::Occupy(order) => Write::Occupy(OccupationOrder { warehouse: Some("lz-002".into()), ..order }),
        };
        let Resolution::CannotTell(words) = resolved(&account, &other_place, key.to_owned(), MINUTE).await else {
            panic!("{settings:?}")
        };
        assert!(words.contains(&document.number), "{words}");

        // A document with the order's goods is the write's; of two such documents, either may be.
        let Resolution::Applied(_) = resolved(&account, &order(2, None), key.to_owned(), MINUTE).await else {
            panic!("{settings:?}")
        };
        send(&others, &order(2, Some("SB-0123456789"))).await.unwrap();
        let Resolution::CannotTell(words) = resolved(&account, &order(2, None), key.to_owned(), MINUTE).await else {
            panic!("{settings:?}")
        };
        assert!(words.contains("several") && words.contains(&document.number), "{words}");
    }
}

#[tokio::test]
async fn a_remark_that_came_back_cut_and_a_list_that_is_late_or_cut_prove_nothing() {
    for (settings, order) in KINDS {
        let simulator = simulator().await;
        let settings = [settings, &[("look-up-is-complete-after", "1 min")]].concat();
        let account = account(&simulator, &settings).await;
        let write = order(1, Some("急"));
        let document = lost(&simulator, &account, &write).await;
        let hours = Duration::from_secs(3600);
        let found = |resolution: &Resolution| matches!(resolution, Resolution::Applied(_));

        // A document that is listed only later is looked up again.
        simulator.inject(Fault::listed_late(Gateway::WdtFlagship, hours).lasting(hours));
        let early = resolved(&account, &write, key(&document), Duration::ZERO).await;
        assert!(matches!(early, Resolution::TooEarly(_)), "{early:?}");
        simulator.clear_faults();
        assert!(found(&resolved(&account, &write, key(&document), Duration::ZERO).await));

        // The remark lacks the marker's end, the whole marker, or everything: even long after, the write is not reported as not
        // applied.
        let whole = document.fields["remark"].chars().count();
        for kept in [whole - 1, whole - 14, 0] {
            simulator.inject(Fault::remarks_cut(Gateway::WdtFlagship, kept).lasting(hours));
            let early = resolved(&account, &write, key(&document), Duration::ZERO).await;
            assert!(matches!(early, Resolution::TooEarly(_)), "{early:?}");
            let late = resolved(&account, &write, key(&document), 2 * MINUTE).await;
            let Resolution::CannotTell(words) = late else { panic!("{settings:?}, {kept} characters: {late:?}") };
            assert!(words.contains(&document.number), "{words}");
            // Other goods with the same remark belong to another write.
            let other = resolved(&account, &order(3, Some("急")), key(&document), 2 * MINUTE).await;
            assert!(matches!(other, Resolution::NotApplied(_)), "{other:?}");
            simulator.clear_faults();
        }

        // The list counts one document and shows none.
        simulator.inject(Fault::listed_in_part(Gateway::WdtFlagship, 0).lasting(hours));
        let sent = Timestamp::now();
        let attempt = Attempt { first_sent: sent, last_sent: sent, key: Some(key(&document)) };
        let error = account.resolve(&write, &attempt).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::MalformedResponse, "{error}");
    }
}

#[tokio::test]
async fn what_is_called_traceable_has_a_marker_and_what_is_sent_without_one_is_blind() {
    let simulator = simulator().await;
    let repetition = |account: &Account, operation: &str| {
        let operations = account.operations().unwrap();
        operations.iter().find(|support| support.operation == operation).unwrap().repetition
    };
    let marked = account(&simulator, &[LOCKS]).await;
    let unmarked = account(&simulator, &[LOCKS, UNMARKED]).await;
    let days = Repetition::Traceable(Duration::from_secs(30 * 86_400));
    for operation in ["transfer", "adjust.count", "occupy"] {
        assert_eq!(repetition(&marked, operation), days, "{operation}");
        assert_eq!(repetition(&unmarked, operation), Repetition::Blind, "{operation}");
    }
    assert_eq!(repetition(&account(&simulator, &[]).await, "occupy"), Repetition::Blind);

    // 241 characters, a blank and the marker are 255 characters.
    for order in [transfer, count] {
        send(&marked, &order(1, Some(&"急".repeat(241)))).await.unwrap();
        let failure = send(&marked, &order(1, Some(&"急".repeat(242)))).await.unwrap_err();
        assert_eq!(failure.error().path(), Some("remark"));
        assert!(failure.error().to_string().contains("leaves 241"), "{failure}");
        send(&unmarked, &order(1, Some(&"急".repeat(255)))).await.unwrap();
        assert_eq!(simulator.ledger().documents.last().unwrap().fields["remark"].chars().count(), 255);
    }
}
