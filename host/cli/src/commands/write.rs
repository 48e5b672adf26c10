//! `stockbridge transfer`, `adjust` and `occupy`: reads an order, sends it once, and shows its receipt.
//!
//! The order is read before anything else is done, and its reference is shown before it is sent. After an interrupt the
//! order's recorded outcome is shown: see `send_and_wait`.

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{Either, select};

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use stockbridge::journal::{JournalClient, Next, WriteFilter, WriteRecord, WriteState};
use stockbridge::{
    Account, AdjustmentOrder, CallOptions, Config, Host, OccupationOrder, Outcome, Progress, Receipt, Reference,
    TransferOrder, TransferStage, WriteFailure,
};

use super::open;
use super::signals::Signals;
use crate::arguments::OrderArguments;
use crate::bounded;
use crate::exit::Exit;
use crate::failure::{Cause, Failure, OrderError, Place};
use crate::invocation::{Invocation, Step};
use crate::output::{self, Facts};

/// Timeout for the host's shutdown.
const SHUTDOWN: Duration = Duration::from_secs(10);
/// Timeout for looking up the recorded outcome of an order after an interrupt.
const OUTCOME_LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);

/// An order that can be sent.
pub(crate) trait Order: DeserializeOwned {
    /// What the command does, for an error.
    const ACTION: &'static str;
    /// The command whose help shows such an order.
    const HELP: &'static str;
    /// The caller's own number of the order.
    fn reference(&self) -> &Reference;
    /// The stage it is to reach, for a transfer.
    fn stage(&self) -> Option<TransferStage> {
        None
    }
    /// Sends it, once.
    async fn send(self, account: &Account) -> Result<Receipt, WriteFailure>;
}

impl Order for TransferOrder {
    const ACTION: &'static str = "the transfer";
    const HELP: &'static str = "`stockbridge transfer --help`";
    fn reference(&self) -> &Reference {
        &self.reference
    }
    fn stage(&self) -> Option<TransferStage> {
        Some(self.stage)
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
pub(crate) async fn run<O: Order>(file: &Path, arguments: &OrderArguments, json: bool) -> Result<Exit, Failure> {
    let named = |reference: Option<&Reference>, cause| Failure::of_write(O::ACTION, reference.cloned(), cause);
    let ParsedOrder { order, generated } =
        read::<O>(&arguments.file).map_err(|error| named(None, Cause::Order(error)))?;
    let (reference, stage) = (order.reference().clone(), order.stage());
    let failed = |cause| named(Some(&reference), cause);
    // Nothing can have been sent under a reference that was generated just now.
    let given_reference = Some(&reference).filter(|_| !generated);
    let mut signals = Signals::listen().map_err(|error| failed(Cause::Runtime(error)))?;
    let config = Config::from_file(file).map_err(|error| failed(Cause::Library(error)))?;
    let sending = Sending {
        action: O::ACTION,
        reference: reference.clone(),
        journal: config.journal.as_ref().map(|journal| journal.file().to_path_buf()),
        invocation: Invocation::new(file, None),
    };
    if sending.journal.is_none() {
        output::note("no journal is configured: the outcome of this write is forgotten when this command ends");
    }
    let opened = unless_signal(Box::pin(open(config, &arguments.account)), &mut signals).await;
    let (host, account) = match opened {
        Some(opened) => opened.map_err(|unopened| {
            named(given_reference, Cause::Library(unopened.error)).alternatives(unopened.alternatives)
        })?,
        None if generated => return Err(failed(Cause::Interrupted { sent: false })),
        None => return Err(sending.interrupted(None).await),
    };
    let account = match arguments.ordered_at {
        Some(at) => account.with(CallOptions::new().ordered_at(at)),
        None => account,
    };
    if generated {
        output::note(&format!("reference {reference}: generated for this order, which had none"));
    }
    let receipt = sending.send_and_wait(order, &host, &account, &mut signals).await?;
    let answer = Answer { receipt: &receipt, stage };
    let shown = if json { output::json(&answer) } else { output::lines(&answer.text(O::ACTION)) };
    shown.map_err(|error| failed(Cause::Receipt(error)))?;
    Ok(exit(&receipt))
}

/// An order under way, and where its outcome is recorded.
struct Sending {
    /// What the command does: `the transfer`.
    action: &'static str,
    reference: Reference,
    /// The journal's file; none for a journal in memory, which ends with the command.
    journal: Option<PathBuf>,
    invocation: Invocation,
}

impl Sending {
    fn failed(&self, cause: impl Into<Cause>) -> Failure {
        Failure::of_write(self.action, Some(self.reference.clone()), cause)
    }

    /// Sends it, and waits for its end. The first signal is answered with a note about that; the second one ends the wait,
    /// and the recorded outcome is reported.
    async fn send_and_wait(
        &self,
        order: impl Order,
        host: &Host,
        account: &Account,
        signals: &mut Signals,
    ) -> Result<Receipt, Failure> {
        let mut sending = pin!(order.send(account));
        let mut sent = unless_signal(sending.as_mut(), signals).await;
        if sent.is_none() {
            output::note(&format!(
                "interrupted: waiting for the end of {}, reference {}, within the account's deadline; a second \
                 interrupt ends the wait, and the outcome is then unknown",
                self.action, self.reference
            ));
            sent = unless_signal(sending.as_mut(), signals).await;
        }
        let Some(sent) = sent else {
            // From here on nothing of it is sent any more.
            let ended = tokio::time::timeout(OUTCOME_LOOKUP_TIMEOUT, host.shutdown(Duration::ZERO)).await;
            // It may have ended just now.
            return match sending.as_mut().now_or_never() {
                Some(Ok(receipt)) => Ok(receipt),
                Some(Err(WriteFailure::NotApplied(error))) => Err(self.failed(error)),
                _ => Err(self.interrupted(Some(account).filter(|_| ended.is_ok())).await),
            };
        };
        let found = match &sent {
            Err(WriteFailure::Unknown(_)) => account.find_write(&self.reference).await.ok().flatten(),
            _ => None,
        };
        // The outcome is durable already: a journal that was not closed in order is repaired by the next host.
        if let Some(Err(error)) = unless_signal(pin!(host.shutdown(SHUTDOWN)), signals).await {
            output::note(&format!("the journal: {error}"));
        }
        sent.map_err(|failure| {
            let unknown = failure.outcome() == Outcome::Unknown;
            let failure = self.failed(stockbridge::Error::from(failure));
            if unknown { self.with_next(failure, found.as_ref()) } else { failure }
        })
    }

    /// The failure where the wait was cut off: the journal shows whether the write may have been sent. `account`: given
    /// where the host of the order has been shut down.
    async fn interrupted(&self, account: Option<&Account>) -> Failure {
        let found = tokio::time::timeout(OUTCOME_LOOKUP_TIMEOUT, self.find_record(account)).await.ok().flatten();
        match found {
            Some(None) => self.failed(Cause::Interrupted { sent: false }),
            Some(Some(record)) if matches!(record.state, WriteState::NotApplied { .. }) => {
                self.failed(Cause::Interrupted { sent: false }).then(Some(record.id), Vec::new())
            }
            Some(Some(record)) => self.with_next(self.failed(Cause::Interrupted { sent: true }), Some(&record)),
            None => self.with_next(self.failed(Cause::Interrupted { sent: true }), None),
        }
    }

    /// The order's record in the journal; none where the journal cannot be read.
    async fn find_record(&self, account: Option<&Account>) -> Option<Option<WriteRecord>> {
        let Some(file) = &self.journal else {
            // A journal in memory can be read only while its host exists.
            return match account {
                Some(account) => account.find_write(&self.reference).await.ok(),
                None => Some(None),
            };
        };
        if !file.exists() {
            return Some(None);
        }
        let client = JournalClient::open(file).await.ok()?;
        let filter = WriteFilter { reference: Some(self.reference.clone()), ..WriteFilter::default() };
        let found = client.list(&filter).await.ok()?;
        // Another application may have used the same reference: an open write takes precedence.
        let open = found.iter().position(WriteRecord::is_open).unwrap_or(0);
        Some(found.into_iter().nth(open))
    }

    /// Adds the next steps to the failure of a write that may have been carried out.
    fn with_next(&self, failure: Failure, found: Option<&WriteRecord>) -> Failure {
        let Some(record) = found.filter(|_| self.journal.is_some()) else {
            let reference = self.reference.to_string();
            let look = self.journal.is_some().then(|| self.invocation.step("look", &["--reference", &reference]));
            return failure.then(None, look.into_iter().collect());
        };
        failure.then(Some(record.id), next_steps(&self.invocation, record))
    }
}

/// Steps for a person after a write of unknown outcome.
fn next_steps(invocation: &Invocation, record: &WriteRecord) -> Vec<Step> {
    let id = record.id.to_string();
    let settle_with = |outcome| ["settle", id.as_str(), outcome, "--note", "how you know"];
    let finds_out = match &record.state {
        WriteState::Unknown { next: Next::ManualReview { .. }, .. } => None,
        _ => Some(invocation.step("let a host determine the outcome", &["recover"])),
    };
    let look = invocation.step("see the whole record", &["show", &id]);
    let settle = [
        invocation.step("settle it as carried out", &settle_with("--applied")),
        invocation.step("settle it as not carried out", &settle_with("--not-applied")),
    ];
    finds_out.into_iter().chain([look]).chain(settle).collect()
}

/// Waits for the future, or for a signal to end the command, whichever is first.
async fn unless_signal<T>(awaited: impl Future<Output = T> + Unpin, signals: &mut Signals) -> Option<T> {
    match select(awaited, pin!(signals.next())).await {
        Either::Left((ended, _)) => Some(ended),
        Either::Right(((), _)) => None,
    }
}

/// Exit code of a receipt: the provider may have accepted only part of the write.
fn exit(receipt: &Receipt) -> Exit {
    match receipt.progress {
        Progress::Done | Progress::Accepted if receipt.failed.is_empty() => Exit::Done,
        _ => Exit::Partly,
    }
}

/// A receipt, and the stage that the order was to reach.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    receipt: &'a Receipt,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<TransferStage>,
}

impl Answer<'_> {
    /// The answer, as text.
    fn text(&self, action: &str) -> String {
        let receipt = self.receipt;
        let mut facts = Facts::new(format!("{action} {}", self.progress()));
        if let Some(journal) = &receipt.from_journal {
            let recorded = output::time(journal.recorded);
            facts.add(
                "from the journal",
                format!("write {}, recorded at {recorded}; nothing was sent now", journal.write),
            );
        }
        facts.add("reference", &receipt.reference);
        facts.add_some("document", receipt.document.as_ref());
        match receipt.repeated {
            Some(true) => facts.add(
                "repeated",
                "yes: it had been accepted before under this reference, and was not carried out twice",
            ),
            Some(false) => facts.add("repeated", "no"),
            None => {}
        }
        for failed in &receipt.failed {
            let message = [failed.provider_code.as_deref(), failed.provider_message.as_deref()];
            let message: Vec<_> = message.into_iter().flatten().collect();
            // In a JSON order the lines count from 0, as in `lines[0]`.
            facts.add("left out", format!("lines[{}]: {}", failed.line, message.join(" ")));
        }
        for (name, value) in receipt.extras.iter() {
            facts.add("provider adds", format!("{name} = {value}"));
        }
        facts.text()
    }

    /// Progress of the write, as text.
    fn progress(&self) -> &'static str {
        match (self.receipt.progress, self.stage) {
            (Progress::Stuck, _) => "was accepted, and needs a person: a document exists that somebody must act on",
            (_, Some(TransferStage::Draft)) => {
                "was accepted as a draft: nothing moves before somebody submits and approves it at the provider"
            }
            (_, Some(TransferStage::Submitted)) => {
                "was submitted: nothing moves before somebody approves it at the provider"
            }
            (Progress::Done, _) => "was carried out",
            (Progress::Accepted, _) => "was accepted, to be carried out later",
        }
    }
}

/// An order as parsed.
#[derive(Debug)]
struct ParsedOrder<O> {
    order: O,
    /// Whether its reference was generated here.
    generated: bool,
}

fn read<O: Order>(path: &Path) -> Result<ParsedOrder<O>, OrderError> {
    let (file, bytes) = if path == Path::new("-") {
        if io::stdin().is_terminal() {
            output::note("reading the order from standard input");
        }
        ("standard input".to_owned(), bounded::bytes(io::stdin().lock()))
    } else {
        (path.display().to_string(), File::open(path).and_then(bounded::bytes))
    };
    match bytes {
        Ok(bytes) => parse(&file, &bytes),
        Err(reason) => Err(OrderError::Unreadable { file, reason }),
    }
}

fn parse<O: Order>(file: &str, bytes: &[u8]) -> Result<ParsedOrder<O>, OrderError> {
    /// The part of an order that has its reference.
    #[derive(Deserialize)]
    struct ReferenceField {
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
            problem: problem(text.strip_suffix(&position).unwrap_or(&text), error.is_data()),
            help: O::HELP,
        }
    };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let order: O = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        // A syntax error's path ends in `?`; the order as a whole is `.`.
        let path = error.path().to_string();
        let path = path.trim_end_matches(['.', '?']);
        wrong(error.inner(), Some(path.to_owned()).filter(|path| !path.is_empty()))
    })?;
    json.end().map_err(|error| wrong(&error, None))?;
    let named: ReferenceField = serde_json::from_slice(bytes).map_err(|error| wrong(&error, None))?;
    let generated = named.reference.is_none();
    Ok(ParsedOrder { order, generated })
}

/// The problem, in our terms first; an error of our own types uses them already.
fn problem(message: &str, is_data: bool) -> String {
    const WORDS: [(&str, &str); 6] = [
        ("invalid type", "this value has the wrong type"),
        ("invalid value", "this value is not allowed here"),
        ("invalid length", "this has the wrong number of parts"),
        ("unknown field", "there is no such field"),
        ("unknown variant", "there is no such choice"),
        ("duplicate field", "this field is given twice"),
    ];
    if !is_data {
        return format!("this is not JSON ({message})");
    }
    if let Some(field) = message.strip_prefix("missing field ") {
        return format!("{field} is missing");
    }
    match WORDS.iter().find(|(theirs, _)| message.starts_with(theirs)) {
        Some((_, ours)) => format!("{ours} ({message})"),
        None => message.to_owned(),
    }
}

/// Place of an error, with its column in characters rather than bytes.
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
            "order.json:2:41: to-warehouse: this value has the wrong type (invalid type: \
             integer `7`, expected a string); \
             `stockbridge transfer --help` shows an order"
        );
        let text =
            "{\"from-warehouse\": \"a\", \"to-warehouse\": \"b\",\n \"lines\": [{\"sku\": \"s\", \"quantity\": 1e3}]}";
        assert_eq!(
            refused::<TransferOrder>(text),
            "order.json:2:40: lines[0].quantity: 1e3 is not a plain decimal number with at most 28 significant digits; \
             `stockbridge transfer --help` shows an order"
        );
        let text = r#"{"warehouse": "a", "adjustment": {"move": []}}"#;
        let refused = refused::<AdjustmentOrder>(text);
        assert!(refused.contains("expected one of `unpack`, `change-owner`, `relabel`, `count`"), "{refused}");
    }

    #[test]
    fn what_is_no_json_is_named_with_its_place() {
        assert_eq!(
            refused::<TransferOrder>("{\"lines\": [}"),
            "order.json:1:12: lines[0]: this is not JSON (expected value); `stockbridge transfer --help` shows an order"
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
