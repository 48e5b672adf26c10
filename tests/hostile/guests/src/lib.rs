//! The frame that every guest stands in: a connector that harms nobody, but for the deeds that its file names.
//!
//! A guest is one file in `src/bin`: what it does, and [`guest!`] with the export that does it. All other exports answer
//! as those of the guest `harmless` do. What a guest was told or saw, it tells: see [`saw`] and [`sent`].

use std::fmt::Display;
use std::marker::PhantomData;

pub use stockbridge_connector::bindings::stockbridge::connector::{clock, http, log, secrets, settings};
pub use stockbridge_connector::{
    AdjustmentOrder, Algorithm, Attempt, Capture, Connector, Descriptor, Effect, Encoding, Error, ErrorClass, Host,
    LineFailure, OccupationOrder, OperationSupport, Progress, Receipt, Refusal, Resolution, SecretNeed, Setting,
    StockDetail, StockLevel, StockPage, StockQuery, TransferOrder, Write, WriteFailure, hex,
};

/// What a guest does in each export. By default it does no harm.
pub trait Deeds {
    /// Says what the frame says.
    fn describe() -> Descriptor {
        descriptor()
    }
    /// Offers everything.
    fn operations() -> Vec<OperationSupport> {
        ["query", "transfer", "adjust.count", "occupy"].map(|name| OperationSupport::blind(name, name)).to_vec()
    }
    /// Sends nothing.
    ///
    /// # Errors
    /// Only where a guest makes one.
    fn check() -> Result<(), Error> {
        Ok(())
    }
    /// Answers with an empty page.
    ///
    /// # Errors
    /// Only where a guest makes one.
    fn query(_: StockQuery) -> Result<StockPage, Error> {
        Ok(saw("nothing"))
    }
    /// Sends nothing and says so.
    ///
    /// # Errors
    /// Always, but for guests that answer with a receipt.
    fn transfer(_: TransferOrder) -> Result<Receipt, WriteFailure> {
        Err(declined())
    }
    /// As [`Deeds::transfer`].
    ///
    /// # Errors
    /// As [`Deeds::transfer`].
    fn adjust(_: AdjustmentOrder) -> Result<Receipt, WriteFailure> {
        Err(declined())
    }
    /// As [`Deeds::transfer`].
    ///
    /// # Errors
    /// As [`Deeds::transfer`].
    fn occupy(_: OccupationOrder) -> Result<Receipt, WriteFailure> {
        Err(declined())
    }
    /// Knows nothing.
    ///
    /// # Errors
    /// Only where a guest makes one.
    fn resolve(_: Write, _: Attempt) -> Result<Resolution, Error> {
        Ok(Resolution::CannotTell("nobody looked".into()))
    }
}

/// The connector that a guest's deeds make.
#[derive(Debug)]
pub struct Hostile<D>(PhantomData<D>);

impl<D: Deeds> Connector for Hostile<D> {
    fn describe() -> Descriptor {
        D::describe()
    }
    fn operations(_: &impl Host) -> Vec<OperationSupport> {
        D::operations()
    }
    fn check(_: &impl Host) -> Result<(), Error> {
        D::check()
    }
    fn query(_: &impl Host, request: StockQuery) -> Result<StockPage, Error> {
        D::query(request)
    }
    fn transfer(_: &impl Host, order: TransferOrder) -> Result<Receipt, WriteFailure> {
        D::transfer(order)
    }
    fn adjust(_: &impl Host, order: AdjustmentOrder) -> Result<Receipt, WriteFailure> {
        D::adjust(order)
    }
    fn occupy(_: &impl Host, order: OccupationOrder) -> Result<Receipt, WriteFailure> {
        D::occupy(order)
    }
    fn resolve(_: &impl Host, write: Write, attempt: Attempt) -> Result<Resolution, Error> {
        D::resolve(write, attempt)
    }
}

/// Makes a file a guest: `guest!(query = |request| …)`, with one deed for each export that is to do something.
#[macro_export]
macro_rules! guest {
    ($($export:ident = $deed:expr),+ $(,)?) => {
        enum Guest {}

        impl $crate::Deeds for Guest {
            $($crate::deed!($export = $deed);)+
        }

        ::stockbridge_connector::export!($crate::Hostile<Guest>);

        // A program has to have one. Nobody calls it.
        fn main() {
            $crate::connector::<$crate::Hostile<Guest>>();
        }
    };
}

/// One export of a guest: see [`guest!`].
#[doc(hidden)]
#[macro_export]
macro_rules! deed {
    (describe = $deed:expr) => {
        fn describe() -> $crate::Descriptor {
            let deed: fn() -> $crate::Descriptor = $deed;
            deed()
        }
    };
    (operations = $deed:expr) => {
        fn operations() -> Vec<$crate::OperationSupport> {
            let deed: fn() -> Vec<$crate::OperationSupport> = $deed;
            deed()
        }
    };
    (check = $deed:expr) => {
        fn check() -> Result<(), $crate::Error> {
            let deed: fn() -> Result<(), $crate::Error> = $deed;
            deed()
        }
    };
    (query = $deed:expr) => {
        $crate::deed!(query(StockQuery) -> StockPage, Error = $deed);
    };
    (transfer = $deed:expr) => {
        $crate::deed!(transfer(TransferOrder) -> Receipt, WriteFailure = $deed);
    };
    (adjust = $deed:expr) => {
        $crate::deed!(adjust(AdjustmentOrder) -> Receipt, WriteFailure = $deed);
    };
    (occupy = $deed:expr) => {
        $crate::deed!(occupy(OccupationOrder) -> Receipt, WriteFailure = $deed);
    };
    (resolve = $deed:expr) => {
        $crate::deed!(resolve(Write, Attempt) -> Resolution, Error = $deed);
    };
    ($export:ident($($given:ident),+) -> $answer:ident, $failure:ident = $deed:expr) => {
        #[allow(non_snake_case, reason = "the arguments go by the names of their types")]
        fn $export($($given: $crate::$given),+) -> Result<$crate::$answer, $crate::$failure> {
            let deed: fn($($crate::$given),+) -> Result<$crate::$answer, $crate::$failure> = $deed;
            deed($($given),+)
        }
    };
}

#[doc(hidden)]
pub fn connector<C: Connector>() {}

/// What every guest says about itself unless the deed is there.
#[must_use]
pub fn descriptor() -> Descriptor {
    let secret = |name, sent, captured| SecretNeed {
        required: false,
        sent,
        captured,
        ..SecretNeed::for_signing(name, "A secret.")
    };
    Descriptor {
        provider: "hostile".into(),
        title: "Hostile".into(),
        settings: vec![
            Setting::with_default("url", "Where it sends.", ""),
            Setting::with_default("elsewhere", "Where it would like to send.", ""),
        ],
        secrets: vec![secret("signing", false, false), secret("bearer", true, false), secret("token", true, true)],
        application: vec![],
        origins: vec![],
        requests_per_minute: None,
    }
}

/// Computes for ever.
pub fn spin() -> ! {
    loop {
        std::hint::spin_loop();
    }
}

/// Panics, which in a component is a trap.
///
/// # Panics
/// Always.
pub fn trap() -> ! {
    panic!("on purpose")
}

/// An empty page that tells what the guest saw, in the extra `seen`.
#[must_use]
pub fn saw(what: impl Display) -> StockPage {
    StockPage { levels: vec![], next: None, total: None, extras: seen(what) }
}

/// A receipt that tells what the guest saw, in the extra `seen`.
#[must_use]
pub fn receipt(what: impl Display) -> Receipt {
    Receipt { document: None, progress: Progress::Done, failed: vec![], repeated: None, extras: seen(what) }
}

fn seen(what: impl Display) -> Vec<(String, String)> {
    vec![("seen".into(), serde_json::Value::from(what.to_string()).to_string())]
}

/// A failure that the guest makes up.
#[must_use]
pub fn says(message: impl Into<String>) -> Error {
    Error::new(ErrorClass::Rejected, message)
}

fn declined() -> WriteFailure {
    WriteFailure::NotApplied(says("it does not want to"))
}

/// A row that no host could object to.
#[must_use]
pub fn level() -> StockLevel {
    StockLevel {
        sku: "s".into(),
        warehouse: "w".into(),
        condition: None,
        owner: None,
        on_hand: None,
        available: None,
        reserved: None,
        incoming: None,
        barcode: None,
        name: None,
        changed: None,
        details: vec![],
        raw: "{}".into(),
    }
}

/// The setting `url`, which is granted.
#[must_use]
pub fn url() -> String {
    settings::get("url").unwrap_or_default()
}

/// A request that does nothing but read.
#[must_use]
pub fn request(url: &str) -> http::Request<'_> {
    http::Request {
        method: "GET",
        url,
        query: &[],
        headers: &[],
        body: &[],
        timeout: None,
        effect: Effect::Read,
        capture: &[],
    }
}

/// A request that carries a write.
#[must_use]
pub fn write(url: &str) -> http::Request<'_> {
    http::Request { method: "POST", effect: Effect::Write(None), ..request(url) }
}

/// A text as the only part of a value.
#[must_use]
pub fn text(text: &str) -> [secrets::Part<'_>; 1] {
    [secrets::Part::Bytes(text.as_bytes())]
}

/// A page that tells the answer, or the failure that kept it away.
///
/// # Errors
/// The host refused the request, or no answer came.
pub fn sent(request: http::Request<'_>) -> Result<StockPage, Error> {
    match http::send(request) {
        Ok(answer) => Ok(saw(told(&answer))),
        Err(failure) => Err(WriteFailure::from(failure).into()),
    }
}

/// An answer in one text: status, headers and body.
#[must_use]
pub fn told(answer: &http::Response) -> String {
    let mut told = answer.status.to_string();
    for (name, value) in &answer.headers {
        told += &format!(" {name}: {}", String::from_utf8_lossy(value));
    }
    format!("{told} {}", String::from_utf8_lossy(&answer.body))
}

/// A secret of the account.
///
/// # Errors
/// The host refused it.
pub fn secret(name: &str) -> Result<secrets::Secret, Error> {
    secrets::get(name).map_err(refused)
}

/// A refusal as a failure.
#[must_use]
pub fn refused(refusal: Refusal) -> Error {
    says(match refusal {
        Refusal::Missing => "refused: missing",
        Refusal::Expired => "refused: expired",
        Refusal::Limit => "refused: limit",
    })
}
