//! A connector that follows a test's instructions, good or bad, so that the test can check the host's reaction.
//!
//! The extra `do` of a query or an order is a text of steps, such as `write write receipt`, which run in this order. Their
//! arguments are in other extras: see `steps`. The result of each step is a text in the extra `seen` of the answer.

mod excess;
mod pieces;
mod steps;

use std::fmt::Display;

use serde::Deserialize;
use stockbridge_connector::{
    AdjustmentOrder, Attempt, Connector, Descriptor, Error, ErrorClass, Host, OccupationOrder, OperationSupport,
    Progress, Receipt, Resolution, SecretNeed, Setting, StockLevel, StockPage, StockQuery, TransferOrder, Write,
    WriteFailure,
};

use steps::{End, Run};

/// The contract's extras.
type Extras = [(String, String)];

/// Follows the instructions.
#[derive(Debug)]
pub struct Probe;

impl Connector for Probe {
    fn describe() -> Descriptor {
        let secret = |name: &str, sent, captured| SecretNeed {
            required: false,
            sent,
            captured,
            ..SecretNeed::for_signing(name, "A secret.")
        };
        Descriptor {
            provider: "probe".into(),
            title: "Does as it is told".into(),
            settings: vec![
                Setting::required("url", "Where `read`, `write`, `renew` and `use` send."),
                Setting::with_default("greeting", "Has a default.", "hello"),
            ],
            secrets: vec![
                secret("signing", false, false),
                secret("bearer", true, false),
                secret("absent", true, false),
                secret("token", true, true),
            ],
            application: vec![],
            origins: vec![],
            requests_per_minute: None,
        }
    }

    fn operations(_: &impl Host) -> Vec<OperationSupport> {
        ["query", "transfer", "adjust.count", "occupy"].map(|name| OperationSupport::blind(name, name)).to_vec()
    }

    fn check(_: &impl Host) -> Result<(), Error> {
        Ok(())
    }

    fn query(host: &impl Host, request: StockQuery) -> Result<StockPage, Error> {
        let run = done(host, &request.extras)?;
        match run.end {
            End::Answer => page(&request.extras, run.seen()),
            End::Fail => Err(WriteFailure::from(run.failure()?).into()),
            End::Limited => Err(limited(&request.extras)?),
            _ => Err(wrong("`do` ends as a write does")),
        }
    }

    fn transfer(host: &impl Host, order: TransferOrder) -> Result<Receipt, WriteFailure> {
        write(host, &order.extras)
    }

    fn adjust(host: &impl Host, order: AdjustmentOrder) -> Result<Receipt, WriteFailure> {
        write(host, &order.extras)
    }

    fn occupy(host: &impl Host, order: OccupationOrder) -> Result<Receipt, WriteFailure> {
        write(host, &order.extras)
    }

    fn resolve(host: &impl Host, write: Write, _: Attempt) -> Result<Resolution, Error> {
        let extras = match &write {
            Write::Transfer(order) => &order.extras,
            Write::Adjust(order) => &order.extras,
            Write::Occupy(order) => &order.extras,
        };
        let run = done(host, extras)?;
        match run.end {
            End::Fail => Err(WriteFailure::from(run.failure()?).into()),
            _ => Ok(Resolution::CannotTell("it was told nothing of that".into())),
        }
    }
}

/// The provider's rate limit, from the extra `limit`.
fn limited(extras: &Extras) -> Result<Error, Error> {
    let limit: Limit = optional(extras, "limit")?.unwrap_or_default();
    let error = Error::by_provider(ErrorClass::RateLimited, "429", "too many");
    Ok(Error { retry_after: limit.wait, limited_method: limit.method, ..error })
}

/// Milliseconds to wait, and the limited method.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Limit {
    wait: Option<u64>,
    method: Option<String>,
}

fn write(host: &impl Host, extras: &Extras) -> Result<Receipt, WriteFailure> {
    let run = done(host, extras).map_err(WriteFailure::NotApplied)?;
    let said = || Error { extras: run.seen(), ..Error::new(ErrorClass::Rejected, "as it was told") };
    match run.end {
        End::NotApplied => Err(WriteFailure::NotApplied(said())),
        End::Unknown => Err(WriteFailure::Unknown(said())),
        End::Fail => Err(run.failure().map_err(WriteFailure::NotApplied)?.into()),
        End::Limited => Err(WriteFailure::NotApplied(limited(extras).map_err(WriteFailure::NotApplied)?)),
        End::Answer | End::Repeated => Ok(Receipt {
            document: None,
            progress: Progress::Done,
            failed: vec![],
            repeated: matches!(run.end, End::Repeated).then_some(true),
            extras: run.seen(),
        }),
    }
}

fn done<'a, H: Host>(host: &'a H, extras: &'a Extras) -> Result<Run<'a, H>, Error> {
    let mut run = Run::new(host, extras);
    let told: String = argument(extras, "do")?;
    for step in told.split_whitespace() {
        run.step(step)?;
    }
    Ok(run)
}

/// A page of as many identical rows as the extra `rows` says, with the extra `next` as its cursor.
fn page(extras: &Extras, seen: Vec<(String, String)>) -> Result<StockPage, Error> {
    let rows: usize = optional(extras, "rows")?.unwrap_or_default();
    let row: Row = optional(extras, "row")?.unwrap_or_default();
    let level = StockLevel {
        sku: "s".into(),
        warehouse: "w".into(),
        condition: None,
        owner: None,
        on_hand: row.on_hand,
        available: row.available,
        reserved: None,
        incoming: None,
        barcode: None,
        name: row.name,
        changed: None,
        details: vec![],
        raw: row.raw.unwrap_or_else(|| "{}".into()),
    };
    Ok(StockPage { levels: vec![level; rows], next: optional(extras, "next")?, total: None, extras: seen })
}

/// Fields of a row that the extra `row` may set.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Row {
    on_hand: Option<String>,
    available: Option<String>,
    name: Option<String>,
    raw: Option<String>,
}

/// The value of an extra.
fn argument<T: for<'de> Deserialize<'de>>(extras: &Extras, name: &str) -> Result<T, Error> {
    optional(extras, name)?.ok_or_else(|| wrong(format!("the extra `{name}` is missing")))
}

fn optional<T: for<'de> Deserialize<'de>>(extras: &Extras, name: &str) -> Result<Option<T>, Error> {
    let Some((_, json)) = extras.iter().find(|(known, _)| known == name) else { return Ok(None) };
    serde_json::from_str(json).map(Some).map_err(|error| wrong(format!("the extra `{name}`: {error}")))
}

/// An error of the test itself.
fn wrong(problem: impl Display) -> Error {
    Error::new(ErrorClass::InvalidRequest, problem.to_string())
}

stockbridge_connector::export!(Probe);
