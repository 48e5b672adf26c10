//! `stockbridge transfer`, `adjust` and `occupy`: an order is read, sent once, and answered with its receipt.
//!
//! The order is read before anything else is done, and people know its reference before it is sent.

use std::io::{self, IsTerminal as _, Read as _};
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use stockbridge::{
    Account, AdjustmentOrder, Config, OccupationOrder, Progress, Receipt, Reference, TransferOrder, WriteFailure,
};

use super::open;
use crate::arguments::OrderArguments;
use crate::exit::Exit;
use crate::failure::{Cause, Failure, OrderError, Place};
use crate::output::{self, Facts};

/// How long the host may take to end.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// An order, and how it is sent.
pub(crate) trait Order: DeserializeOwned {
    /// What it is for, in an error.
    const ACTION: &'static str;
    /// The command that shows one.
    const HELP: &'static str;
    /// The caller's own number of it.
    fn reference(&self) -> &Reference;
    /// Sends it, once.
    async fn send(self, account: &Account) -> Result<Receipt, WriteFailure>;
}

impl Order for TransferOrder {
    const ACTION: &'static str = "the transfer";
    const HELP: &'static str = "`stockbridge transfer --help`";
    fn reference(&self) -> &Reference {
        &self.reference
    }
    async fn send(self, account: &Account) -> Result<Receipt, WriteFailure> {
        account.transfer(self).await
    }
}

impl Order for AdjustmentOrder {
    const ACTION: &'static str = "the adjustment";
    const HELP: &'static str = "`stockbridge adjust --help`";
    fn reference(&self) -> &Reference {
        &self.reference
    }
    async fn send(self, account: &Account) -> Result<Receipt, WriteFailure> {
        account.adjust(self).await
    }
}

impl Order for OccupationOrder {
    const ACTION: &'static str = "the occupation";
    const HELP: &'static str = "`stockbridge occupy --help`";
    fn reference(&self) -> &Reference {
        &self.reference
    }
    async fn send(self, account: &Account) -> Result<Receipt, WriteFailure> {
        account.occupy(self).await
    }
}

/// Reads an order, sends it and shows the receipt.
pub(crate) async fn run<O: Order>(config: &Path, arguments: &OrderArguments, json: bool) -> Result<Exit, Failure> {
    let named = |reference: Option<&Reference>, cause| Failure::of_write(O::ACTION, reference.cloned(), cause);
    let Given { order, generated } = read::<O>(&arguments.file).map_err(|error| named(None, Cause::Order(error)))?;
    let reference = order.reference().clone();
    let failed = |cause| named(Some(&reference), cause);
    let config = Config::from_file(config).map_err(|error| failed(Cause::Library(error)))?;
    if config.journal.is_none() {
        output::note("no journal is configured: what becomes of this write is forgotten when this command ends");
    }
    let opened = open(config, &arguments.account).await;
    // One that was just made stands for nothing that was sent.
    let known = Some(&reference).filter(|_| !generated);
    let (host, account) = opened.map_err(|error| named(known, Cause::Library(error)))?;
    if generated {
        output::note(&format!("reference {reference}: made for this order, which had none"));
    }
    let sent = order.send(&account).await;
    // What came of it is durable already: what is not closed in order is found by the next host.
    if let Err(error) = host.shutdown(SHUTDOWN).await {
        output::note(&format!("the journal: {error}"));
    }
    let receipt = sent.map_err(|failure| failed(Cause::Library(failure.into())))?;
    let shown = if json { output::json(&receipt) } else { output::lines(&text(O::ACTION, &receipt)) };
    shown.map_err(|error| failed(Cause::Receipt(error)))?;
    Ok(exit(&receipt))
}

/// What the provider took is not always the whole of it.
fn exit(receipt: &Receipt) -> Exit {
    match receipt.progress {
        Progress::Done | Progress::Accepted if receipt.failed.is_empty() => Exit::Done,
        _ => Exit::Partly,
    }
}

/// A receipt for people.
fn text(action: &str, receipt: &Receipt) -> String {
    let progress = match receipt.progress {
        Progress::Done => "was carried out",
        Progress::Accepted => "was taken, to be carried out later",
        Progress::Stuck => "was taken, and waits for a person: a document exists that somebody must act on",
    };
    let mut facts = Facts::new(format!("{action} {progress}"));
    facts.add("reference", &receipt.reference);
    facts.add_some("document", receipt.document.as_ref());
    match receipt.repeated {
        Some(true) => facts.add("repeated", "yes: it had been taken before under this reference, and was not again"),
        Some(false) => facts.add("repeated", "no"),
        None => {}
    }
    for failed in &receipt.failed {
        let said = [failed.provider_code.as_deref(), failed.provider_message.as_deref()];
        let said: Vec<_> = said.into_iter().flatten().collect();
        // In an order of JSON the lines count from 0, as in `lines[0]`.
        facts.add("left out", format!("lines[{}]: {}", failed.line, said.join(" ")));
    }
    for (name, value) in receipt.extras.iter() {
        facts.add("provider adds", format!("{name} = {value}"));
    }
    facts.text()
}

/// An order as it was given.
#[derive(Debug)]
struct Given<O> {
    order: O,
    /// Whether its reference was made here.
    generated: bool,
}

fn read<O: Order>(path: &Path) -> Result<Given<O>, OrderError> {
    let (file, bytes) = if path == Path::new("-") {
        if io::stdin().is_terminal() {
            output::note("reading the order from standard input");
        }
        let mut bytes = Vec::new();
        let read = io::stdin().lock().read_to_end(&mut bytes);
        ("standard input".to_owned(), read.map(|_| bytes))
    } else {
        (path.display().to_string(), std::fs::read(path))
    };
    match bytes {
        Ok(bytes) => parse(&file, &bytes),
        Err(reason) => Err(OrderError::Unreadable { file, reason }),
    }
}

fn parse<O: Order>(file: &str, bytes: &[u8]) -> Result<Given<O>, OrderError> {
    /// Whether the order has a reference of its own.
    #[derive(Deserialize)]
    struct Named {
        reference: Option<IgnoredAny>,
    }
    if bytes.trim_ascii().is_empty() {
        let file = file.to_owned();
        return Err(OrderError::Empty { file, help: O::HELP });
    }
    let wrong = |error: &serde_json::Error, path: Option<String>| {
        let text = error.to_string();
        let position = format!(" at line {} column {}", error.line(), error.column());
        OrderError::Wrong {
            place: place(file, bytes, error),
            path,
            problem: text.strip_suffix(&position).unwrap_or(&text).to_owned(),
            help: O::HELP,
        }
    };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let order: O = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        // Where the syntax breaks off, the path ends in `?`; the order as a whole is `.`.
        let path = error.path().to_string();
        let path = path.trim_end_matches(['.', '?']);
        wrong(error.inner(), Some(path.to_owned()).filter(|path| !path.is_empty()))
    })?;
    json.end().map_err(|error| wrong(&error, None))?;
    let named: Named = serde_json::from_slice(bytes).map_err(|error| wrong(&error, None))?;
    let generated = named.reference.is_none();
    Ok(Given { order, generated })
}

/// Where an error is, with its column in characters rather than bytes.
fn place(file: &str, bytes: &[u8], error: &serde_json::Error) -> Place {
    let line = bytes.split(|byte| *byte == b'\n').nth(error.line().saturating_sub(1));
    let before = line.and_then(|line| line.get(..error.column()).or(Some(line))).unwrap_or_default();
    Place {
        file: file.to_owned(),
        line: error.line().max(1),
        column: String::from_utf8_lossy(before).chars().count().max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::{AdjustmentOrder, Order, TransferOrder, parse};

    fn refused<O: Order + std::fmt::Debug>(text: &str) -> String {
        parse::<O>("order.json", text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn an_order_without_a_reference_gets_one_and_an_order_with_one_keeps_it() {
        let order = |reference: &str| format!(r#"{{{reference}"from-warehouse":"a","to-warehouse":"b","lines":[]}}"#);
        let given = parse::<TransferOrder>("-", order("").as_bytes()).unwrap();
        assert!(given.generated);
        let given = parse::<TransferOrder>("-", order(r#""reference":"move-1","#).as_bytes()).unwrap();
        assert!(!given.generated);
        assert_eq!(given.order.reference().as_str(), "move-1");
    }

    #[test]
    fn a_mistake_in_an_order_is_named_with_its_place_and_its_field() {
        let text = "{\n \"from-warehouse\": \"仓\", \"to-warehouse\": 7\n}";
        assert_eq!(
            refused::<TransferOrder>(text),
            "order.json:2:41: to-warehouse: invalid type: integer `7`, expected a string; \
             `stockbridge transfer --help` shows an order"
        );
        let text =
            "{\"from-warehouse\": \"a\", \"to-warehouse\": \"b\",\n \"lines\": [{\"sku\": \"s\", \"quantity\": 1e3}]}";
        assert_eq!(
            refused::<TransferOrder>(text),
            "order.json:2:40: lines[0].quantity: 1e3 is no decimal number in plain digits with at most 28 significant \
             ones; `stockbridge transfer --help` shows an order"
        );
        let text = r#"{"warehouse": "a", "adjustment": {"move": []}}"#;
        let refused = refused::<AdjustmentOrder>(text);
        assert!(refused.contains("expected one of `unpack`, `change-owner`, `relabel`, `count`"), "{refused}");
    }

    #[test]
    fn what_is_no_json_is_named_with_its_place() {
        assert_eq!(
            refused::<TransferOrder>("{\"lines\": [}"),
            "order.json:1:12: lines[0]: expected value; `stockbridge transfer --help` shows an order"
        );
        assert_eq!(
            refused::<TransferOrder>(" \n"),
            "order.json: there is no order in it; `stockbridge transfer --help` shows one"
        );
        let bytes = b"{\"from-warehouse\": \"\xff\"}";
        let error = parse::<TransferOrder>("order.json", bytes).unwrap_err().to_string();
        assert!(error.starts_with("order.json:1:"), "{error}");
    }
}
