//! The connector behind `stockbridge::testing`: it sends each call to the test as one request, and says what the test answers.
//!
//! It stands in `host/src/testing/connector.wasm` as it was built: `cargo xtask test-components` puts it there.

use serde::{Deserialize, Serialize};
use stockbridge_connector::{
    Adjustment, AdjustmentOrder, Attempt, Connector, Descriptor, Effect, Error, ErrorClass, Host, OccupationOrder,
    OperationSupport, Part, Progress, Receipt, Refused, Repetition, Request, Resolution, Response, Setting, StockLevel,
    StockPage, StockQuery, TransferOrder, Write, WriteFailure, json,
};

/// The connector.
#[derive(Debug)]
pub struct Scripted;

/// Where the test is.
const ORIGIN: &str = "https://testing.invalid";

const WRITES: [&str; 6] =
    ["transfer", "adjust.count", "adjust.unpack", "adjust.change-owner", "adjust.relabel", "occupy"];

/// What is asked of the test.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Asked<'a> {
    operation: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warehouse: Option<&'a str>,
    skus: &'a [String],
}

/// What the test answers.
#[derive(Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
enum Answer {
    Page { levels: Vec<Row>, next: Option<String> },
    Taken { document: String, progress: String, repeated: bool },
    Failed { code: String, message: String, retry_after_ms: Option<u64> },
    Applied { document: String },
    NotApplied { words: String },
    TooEarly { milliseconds: u64 },
    CannotTell { words: String },
}

/// A row, of which the raw text is the row as the test gave it.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Row {
    sku: String,
    warehouse: String,
    on_hand: Option<String>,
    available: Option<String>,
    reserved: Option<String>,
}

impl Connector for Scripted {
    fn describe() -> Descriptor {
        Descriptor {
            provider: "testing".into(),
            title: "Answers what a test says".into(),
            settings: vec![
                Setting::with_default("repetition", "`deduplicated`, `traceable` or `blind`.", "blind"),
                Setting::with_default("window-ms", "For how long the provider keeps a reference.", "600000"),
            ],
            secrets: vec![],
            application: vec![],
            origins: vec![ORIGIN.into()],
            requests_per_minute: None,
        }
    }

    fn operations(host: &impl Host) -> Vec<OperationSupport> {
        let repetition = repetition(host).unwrap_or(Repetition::Blind);
        let writes =
            WRITES.map(|operation| OperationSupport { repetition, ..OperationSupport::blind(operation, operation) });
        writes.into_iter().chain([OperationSupport::blind("query", "query")]).collect()
    }

    fn check(host: &impl Host) -> Result<(), Error> {
        repetition(host)?;
        Ok(())
    }

    fn query(host: &impl Host, request: StockQuery) -> Result<StockPage, Error> {
        let asked = Asked {
            operation: "query",
            reference: None,
            cursor: request.cursor.as_deref(),
            warehouse: request.warehouse.as_deref(),
            skus: &request.skus,
        };
        match answer(host, &asked, Effect::Read)? {
            Answer::Page { levels, next } => {
                let levels = levels.into_iter().map(level).collect::<Result<_, Error>>()?;
                Ok(StockPage { levels, next, total: None, extras: vec![] })
            }
            Answer::Failed { code, message, retry_after_ms } => Err(failed(&code, message, retry_after_ms)),
            _ => Err(Error::malformed("this is no answer to a query")),
        }
    }

    fn transfer(host: &impl Host, order: TransferOrder) -> Result<Receipt, WriteFailure> {
        write(host, "transfer", &order.reference)
    }

    fn adjust(host: &impl Host, order: AdjustmentOrder) -> Result<Receipt, WriteFailure> {
        write(host, adjusted(&order.adjustment), &order.reference)
    }

    fn occupy(host: &impl Host, order: OccupationOrder) -> Result<Receipt, WriteFailure> {
        write(host, "occupy", &order.reference)
    }

    fn resolve(host: &impl Host, write: Write, _: Attempt) -> Result<Resolution, Error> {
        let reference = match &write {
            Write::Transfer(order) => &order.reference,
            Write::Adjust(order) => &order.reference,
            Write::Occupy(order) => &order.reference,
        };
        let asked =
            Asked { operation: "resolve", reference: Some(reference), cursor: None, warehouse: None, skus: &[] };
        match answer(host, &asked, Effect::Read)? {
            Answer::Applied { document } => Ok(Resolution::Applied(receipt(document, Progress::Done, true))),
            Answer::NotApplied { words } => Ok(Resolution::NotApplied(words)),
            Answer::TooEarly { milliseconds } => Ok(Resolution::TooEarly(milliseconds)),
            Answer::CannotTell { words } => Ok(Resolution::CannotTell(words)),
            Answer::Failed { code, message, retry_after_ms } => Err(failed(&code, message, retry_after_ms)),
            _ => Err(Error::malformed("this is no answer to a look-up")),
        }
    }
}

fn write(host: &impl Host, operation: &str, reference: &str) -> Result<Receipt, WriteFailure> {
    let asked = Asked { operation, reference: Some(reference), cursor: None, warehouse: None, skus: &[] };
    match answer(host, &asked, Effect::Write(Some(reference)))? {
        Answer::Taken { document, progress, repeated } => {
            let progress = match progress.as_str() {
                "accepted" => Progress::Accepted,
                "stuck" => Progress::Stuck,
                _ => Progress::Done,
            };
            Ok(receipt(document, progress, repeated))
        }
        Answer::Failed { code, message, retry_after_ms } => {
            Err(WriteFailure::NotApplied(failed(&code, message, retry_after_ms)))
        }
        _ => Err(WriteFailure::Unknown(Error::malformed("this is no answer to a write"))),
    }
}

fn answer(host: &impl Host, asked: &Asked<'_>, effect: Effect<'_>) -> Result<Answer, WriteFailure> {
    let (url, body) = (format!("{ORIGIN}/{}", asked.operation), json::write(asked)?);
    let response: Response = host.send(&Request {
        method: "POST",
        url: &url,
        query: &[],
        headers: &[("content-type", "application/json")],
        body: &[Part::text(&body)],
        effect,
        capture: &[],
    })?;
    let text = json::text(response.body).map_err(WriteFailure::Unknown)?;
    json::deserialize(&text).map_err(WriteFailure::Unknown)
}

fn failed(code: &str, message: String, retry_after_ms: Option<u64>) -> Error {
    let class = match (code, retry_after_ms) {
        (_, Some(_)) => ErrorClass::RateLimited,
        ("unavailable", None) => ErrorClass::Unavailable,
        ("unauthorized", None) => ErrorClass::Unauthorized,
        ("not-found", None) => ErrorClass::NotFound,
        _ => ErrorClass::Rejected,
    };
    let error = Error::by_provider(class, code, message);
    match retry_after_ms {
        Some(milliseconds) => error.retry_after(milliseconds),
        None => error,
    }
}

fn receipt(document: String, progress: Progress, repeated: bool) -> Receipt {
    Receipt { document: Some(document), progress, failed: vec![], repeated: Some(repeated), extras: vec![] }
}

fn level(row: Row) -> Result<StockLevel, Error> {
    let raw = json::write(&row)?;
    let Row { sku, warehouse, on_hand, available, reserved } = row;
    Ok(StockLevel {
        sku,
        warehouse,
        condition: None,
        owner: None,
        on_hand,
        available,
        reserved,
        incoming: None,
        barcode: None,
        name: None,
        changed: None,
        details: vec![],
        raw,
    })
}

fn adjusted(adjustment: &Adjustment) -> &'static str {
    match adjustment {
        Adjustment::Count(_) => "adjust.count",
        Adjustment::Unpack(_) => "adjust.unpack",
        Adjustment::ChangeOwner(_) => "adjust.change-owner",
        Adjustment::Relabel(_) => "adjust.relabel",
    }
}

fn repetition(host: &impl Host) -> Result<Repetition, Refused> {
    let window = host.required_setting("window-ms")?;
    let window = window.parse().map_err(|error| Refused::wrong_setting("window-ms", error))?;
    match host.required_setting("repetition")?.as_str() {
        "deduplicated" => Ok(Repetition::Deduplicated(window)),
        "traceable" => Ok(Repetition::Traceable(window)),
        "blind" => Ok(Repetition::Blind),
        other => Err(Refused::wrong_setting("repetition", format!("`{other}` is not one of the three"))),
    }
}

stockbridge_connector::export!(Scripted);
