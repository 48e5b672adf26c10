//! A connector built for WASI, as by its author's toolchain, which tries the standard library's functions.
//!
//! The extra `do` of a query is a text of steps, such as `read-file time print:hello`, which run in this order: see `steps`. The
//! result of each step is a text in the extra `seen` of the answer. A transfer is an ordinary one.

mod steps;

use stockbridge_connector::{
    Connector, Descriptor, Effect, Error, ErrorClass, Host, OperationSupport, Part, Progress, Receipt, Request,
    SecretNeed, Setting, StockLevel, StockPage, StockQuery, TransferOrder, WriteFailure,
};

/// Follows the instructions.
#[derive(Debug)]
pub struct WasiProbe;

impl Connector for WasiProbe {
    fn describe() -> Descriptor {
        // A description may print, without effect.
        println!("describe");
        Descriptor {
            provider: "wasi-probe".into(),
            // The title shows a test that time and random numbers have fixed values here.
            title: format!("Time {}, chance {}", steps::time(), steps::chance()),
            settings: vec![Setting::required("url", "Where requests go.")],
            secrets: vec![SecretNeed::for_signing("signing", "A secret.")],
            application: vec![],
            origins: vec![],
            requests_per_minute: None,
        }
    }

    fn operations(_: &impl Host) -> Vec<OperationSupport> {
        ["query", "transfer"].map(|name| OperationSupport::blind(name, name)).to_vec()
    }

    fn check(_: &impl Host) -> Result<(), Error> {
        Ok(())
    }

    fn query(host: &impl Host, request: StockQuery) -> Result<StockPage, Error> {
        let told = request.extras.iter().find(|(name, _)| name == "do").map_or("\"\"", |(_, json)| json.as_str());
        let told: String = serde_json::from_str(told).map_err(|error| wrong(format!("the extra `do`: {error}")))?;
        let seen =
            told.split_whitespace().map(|step| steps::step(host, step)).collect::<Result<Vec<String>, Error>>()?;
        let level = StockLevel {
            sku: "s".into(),
            warehouse: "w".into(),
            condition: None,
            owner: None,
            on_hand: Some("1".into()),
            available: None,
            reserved: None,
            incoming: None,
            barcode: None,
            name: None,
            changed: None,
            details: vec![],
            raw: "{}".into(),
        };
        let seen = serde_json::Value::from(seen).to_string();
        Ok(StockPage { levels: vec![level], next: None, total: None, extras: vec![("seen".into(), seen)] })
    }

    fn transfer(host: &impl Host, order: TransferOrder) -> Result<Receipt, WriteFailure> {
        let url = host.required_setting("url")?;
        let body: Vec<_> = order.lines.iter().map(|line| Part::text(&line.sku)).collect();
        let effect = Effect::Write(None);
        let request =
            Request { method: "POST", url: &url, query: &[], headers: &[], body: &body, effect, capture: &[] };
        let response = host.send(&request)?;
        Ok(Receipt {
            document: Some(String::from_utf8_lossy(&response.body).into_owned()),
            progress: Progress::Done,
            failed: vec![],
            repeated: None,
            extras: vec![],
        })
    }
}

/// An error of the test itself.
fn wrong(problem: String) -> Error {
    Error::new(ErrorClass::InvalidRequest, problem)
}

stockbridge_connector::export!(WasiProbe);
