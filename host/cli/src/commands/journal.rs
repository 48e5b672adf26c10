//! `stockbridge journal`: what became of writes, and a person's word on those of which nobody else can tell.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;
use stockbridge::journal::{
    Body, Evidence, Happened, JournalClient, Next, Settlement, StoryEvent, WireAnswer, WireRequest, WriteFilter,
    WriteId, WriteRecord, WriteState, WriteStory,
};
use stockbridge::{Config, Error, ErrorKind, Host, JournalConfig, JournalError, Repetition};

use crate::arguments::{JournalArguments, JournalCommand, ListArguments, SettleArguments};
use crate::exit::Exit;
use crate::failure::{Cause, Failure};
use crate::output::{self, Column, Facts};

const ACTION: &str = "the look into the journal";
const SETTLING: &str = "the settlement";
const RECOVERING: &str = "the recovery";
/// How often a recovery looks whether it is done.
const LOOK: Duration = Duration::from_millis(100);
/// How long a host may take to end.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// Lists writes, shows one, closes one, or finds out about those that are open.
pub(crate) async fn run(config: &Path, asked: &JournalArguments, json: bool) -> Result<Exit, Failure> {
    match &asked.command {
        None => list(&open(config, asked, ACTION).await?, asked.list.clone().unwrap_or_default(), json).await,
        Some(_) if asked.list.is_some() => Err(no_list()),
        Some(JournalCommand::Show { id }) => show(&open(config, asked, ACTION).await?, *id, json).await,
        Some(JournalCommand::Settle(word)) => settle(open(config, asked, SETTLING).await?, word, json).await,
        // The host of a recovery has one journal, with the accounts that belong to it.
        Some(JournalCommand::Recover { .. }) if asked.journal.is_some() => Err(another_journal()),
        Some(JournalCommand::Recover { within }) => recover(config, Duration::from_secs(*within), json).await,
    }
}

async fn open(config: &Path, asked: &JournalArguments, action: &'static str) -> Result<JournalClient, Failure> {
    let failed = library(action);
    JournalClient::open(file(config, asked, action)?).await.map_err(failed)
}

/// Where the journal is: as the command line says, or else the configuration.
fn file(config: &Path, asked: &JournalArguments, action: &'static str) -> Result<PathBuf, Failure> {
    if let Some(file) = &asked.journal {
        return Ok(file.clone());
    }
    let journal = JournalConfig::from_file(config).map_err(library(action))?;
    journal.map(|journal| journal.file().to_path_buf()).ok_or_else(|| none(config, action))
}

fn none(config: &Path, action: &'static str) -> Failure {
    let config = config.display();
    let problem = format!("{config} names no journal: write journal = \"path\" at its top, or give --journal");
    Failure::new(action, Cause::Options(problem))
}

fn no_list() -> Failure {
    let problem = "which writes to list is said to `stockbridge journal` alone, without a command behind it";
    Failure::new(ACTION, Cause::Options(problem.to_owned()))
}

fn another_journal() -> Failure {
    let problem = "a recovery works on the configuration's journal, through its accounts: leave --journal out, and name the \
                   configuration of that journal with --config";
    Failure::new(RECOVERING, Cause::Options(problem.to_owned()))
}

fn library(action: &'static str) -> impl Fn(Error) -> Failure {
    move |error| Failure::new(action, Cause::Library(error))
}

fn written(action: &'static str) -> impl Fn(std::io::Error) -> Failure {
    move |error| Failure::new(action, Cause::Output(error))
}

/// The writes as a program reads them.
#[derive(Serialize)]
struct Listed<'a> {
    writes: &'a [WriteRecord],
}

async fn list(journal: &JournalClient, asked: ListArguments, json: bool) -> Result<Exit, Failure> {
    let filter = WriteFilter {
        open: asked.open,
        waiting: asked.waiting,
        account: asked.account,
        reference: asked.reference,
        since: asked.since,
        before: asked.before,
        limit: Some(asked.limit),
    };
    let writes = journal.list(&filter).await.map_err(library(ACTION))?;
    shown(ACTION, &writes, json)?;
    if !json && writes.len() == asked.limit {
        let last = writes.last().map(|write| write.id.to_string()).unwrap_or_default();
        output::note(&format!("there may be more: --before {last}"));
    }
    Ok(Exit::Done)
}

fn shown(action: &'static str, writes: &[WriteRecord], json: bool) -> Result<(), Failure> {
    if json {
        return output::json(&Listed { writes }).map_err(written(action));
    }
    if writes.is_empty() {
        output::note("no such write");
        return Ok(());
    }
    let columns = [
        Column::Figure("write"),
        Column::Text("sent"),
        Column::Text("account"),
        Column::Text("operation"),
        Column::Text("reference"),
        Column::Text("state"),
        Column::Text("document or next"),
    ];
    let rows: Vec<_> = writes
        .iter()
        .map(|write| {
            [
                write.id.to_string(),
                write.last_sent.to_string(),
                output::plain(&write.account),
                output::plain(&write.operation),
                write.reference.to_string(),
                state(write).to_owned(),
                output::plain(&beside(write)),
            ]
        })
        .collect();
    output::lines(&output::table(columns, &rows)).map_err(written(action))
}

fn state(write: &WriteRecord) -> &'static str {
    match &write.state {
        WriteState::Sending => "sending",
        WriteState::Unknown { .. } if write.waits_for_a_person() => "unknown, waits for you",
        WriteState::Unknown { .. } => "unknown",
        WriteState::Applied { .. } => "applied",
        WriteState::NotApplied { .. } => "not applied",
        _ => "other",
    }
}

/// What else there is to say of it in a line.
fn beside(write: &WriteRecord) -> String {
    match &write.state {
        WriteState::Applied { receipt, by } => match (&receipt.document, by) {
            (Some(document), _) => document.clone(),
            (None, Evidence::Person { by, .. }) => format!("says {by}"),
            (None, _) => String::new(),
        },
        WriteState::NotApplied { failure, .. } => failure.message.clone(),
        // What there is to look at is a paragraph.
        WriteState::Unknown { next: Next::Person { .. }, .. } => format!("stockbridge journal show {}", write.id),
        WriteState::Unknown { next, .. } => next_text(next),
        _ => String::new(),
    }
}

fn next_text(next: &Next) -> String {
    match next {
        Next::Repeat { at } => format!("sent again at {at}"),
        Next::LookUp { at } => format!("looked up at {at}"),
        Next::Person { why } => why.clone(),
        _ => String::new(),
    }
}

async fn show(journal: &JournalClient, id: WriteId, json: bool) -> Result<Exit, Failure> {
    let story = journal.story(id).await.map_err(library(ACTION))?;
    let story = story.ok_or_else(|| library(ACTION)(ErrorKind::Journal(JournalError::NoSuchWrite { id }).into()))?;
    if json {
        output::json(&story).map_err(written(ACTION))?;
    } else {
        output::lines(&told(&story)).map_err(written(ACTION))?;
    }
    Ok(Exit::Done)
}

/// A write with its story, for people.
fn told(story: &WriteStory) -> String {
    let write = &story.record;
    let mut facts = Facts::new(format!("write {}, {}: {}", write.id, write.operation, state(write)));
    facts.add("reference", &write.reference);
    facts.add("account", format!("{} ({})", write.account, write.provider));
    facts.add_some("asked by", write.asked_by.as_ref());
    facts.add_some("trace", write.trace.as_ref());
    facts.add_some("key", write.key.as_ref());
    facts.add("first sent", write.first_sent);
    facts.add("last sent", format!("{}, {} in all", write.last_sent, times(write.sendings)));
    if write.lookups > 0 {
        facts.add("looked up", times(write.lookups));
    }
    facts.add("after a lost answer", repetition(write.repetition));
    facts.add("methods", write.methods.join(", "));
    facts.add("connector", &write.connector);
    match &write.state {
        WriteState::Unknown { failure, next } => {
            facts.add("what is known", &failure.message);
            facts.add("next", next_text(next));
        }
        WriteState::Applied { by, .. } | WriteState::NotApplied { by, .. } => facts.add("known by", evidence(by)),
        _ => {}
    }
    let order = serde_json::to_string(&story.write).unwrap_or_default();
    facts.add("order", order);
    let mut lines = vec![facts.text(), String::new()];
    lines.extend(story.events.iter().map(event));
    lines.join("\n")
}

fn times(number: u32) -> String {
    if number == 1 { "once".to_owned() } else { format!("{number} times") }
}

fn repetition(repetition: Repetition) -> String {
    match repetition {
        Repetition::Deduplicated(window) => {
            format!("sent again: the provider drops a second one for {} s", window.as_secs())
        }
        Repetition::Traceable(window) => format!("looked up, for {} s", window.as_secs()),
        Repetition::Blind => "a person decides: it is never sent again".to_owned(),
    }
}

fn evidence(by: &Evidence) -> String {
    match by {
        Evidence::NothingSent => "no byte of it left".to_owned(),
        Evidence::Answer => "the provider's answer".to_owned(),
        Evidence::Repeat => "the provider's answer when it was sent again".to_owned(),
        Evidence::LookUp => "a look-up at the provider".to_owned(),
        Evidence::Person { by, note } => format!("{by}: {note}"),
        _ => "something that this version does not know".to_owned(),
    }
}

fn event(event: &StoryEvent) -> String {
    let at = event.at;
    let line = |text: String| format!("{at}  {}", output::plain(&text));
    match &event.what {
        Happened::Intended { key, .. } => {
            let key = key.as_ref().map(|key| format!(" under the key {key}")).unwrap_or_default();
            line(format!("recorded, before it was sent{key}"))
        }
        Happened::Requested(request) => request_text(line("request".to_owned()), request),
        Happened::Answered(answer) => answer_text(&line, answer),
        Happened::Applied { receipt } => {
            let document = receipt.document.as_ref().map(|document| format!(", document {document}"));
            line(format!("applied{}", document.unwrap_or_default()))
        }
        Happened::Rejected { failure } => line(format!("not applied: {}", failure.message)),
        Happened::Unknown { failure } => line(format!("unknown: {}", failure.message)),
        Happened::Planned { next } => line(format!("next: {}", next_text(next))),
        Happened::LookedUp { found } => line(format!("looked up: {found}")),
        Happened::Settled { applied, by, note } => {
            let outcome = if *applied { "applied" } else { "not applied" };
            line(format!("settled as {outcome} by {by}: {note}"))
        }
        _ => line("something that this version does not know".to_owned()),
    }
}

fn request_text(mut text: String, request: &WireRequest) -> String {
    text.push_str(&format!("\n    {} {}", output::plain(&request.method), output::plain(&request.url)));
    headers(&mut text, &request.headers);
    body(&mut text, &request.body);
    text
}

fn answer_text(line: &impl Fn(String) -> String, answer: &WireAnswer) -> String {
    match answer {
        WireAnswer::Response { status, headers: named, body: content } => {
            let mut text = line(format!("answer {status}"));
            headers(&mut text, named);
            body(&mut text, content);
            text
        }
        WireAnswer::Nothing { sent: true, reason } => line(format!("no answer, and it may have arrived: {reason}")),
        WireAnswer::Nothing { sent: false, reason } => line(format!("nothing was sent: {reason}")),
        _ => line("something that this version does not know".to_owned()),
    }
}

fn headers(text: &mut String, headers: &[(String, String)]) {
    for (name, value) in headers {
        text.push_str(&format!("\n    {}: {}", output::plain(name), output::plain(value)));
    }
}

fn body(text: &mut String, body: &Body) {
    if !body.text.is_empty() {
        text.push_str(&format!("\n    {}", output::plain(&body.text)));
    }
    if let Some(whole) = body.cut_from {
        text.push_str(&format!("\n    (cut: it had {whole} bytes)"));
    }
}

async fn settle(journal: JournalClient, asked: &SettleArguments, json: bool) -> Result<Exit, Failure> {
    let by = asked.by.clone().or_else(|| std::env::var("USER").ok()).or_else(|| std::env::var("LOGNAME").ok());
    let by = by
        .filter(|by| !by.trim().is_empty())
        .ok_or_else(|| Failure::new(SETTLING, Cause::Options("nobody knows who you are: give --by NAME".to_owned())))?;
    let word = Settlement { applied: asked.applied, by, note: asked.note.clone() };
    let settled = journal.settle(asked.id, word).await.map_err(|error| unsettled(asked.id, error))?;
    // It holds already: a file that is not closed in order is mended by whoever opens it next.
    if let Err(error) = journal.close().await {
        output::note(&format!("the journal: {error}"));
    }
    shown(SETTLING, &[settled], json)?;
    Ok(Exit::Done)
}

/// A settlement that failed. A disk that is slow, or a host that ends or does not answer, may have taken it all the same.
fn unsettled(id: WriteId, error: Error) -> Failure {
    let cause = match error.kind() {
        ErrorKind::Journal(JournalError::Unwritable { .. } | JournalError::Unopened { .. } | JournalError::Closed) => {
            Cause::Unsettled { id, error }
        }
        _ => Cause::Library(error),
    };
    Failure::new(SETTLING, cause)
}

/// Runs a host of the configuration until nothing is left that it can find out by itself.
async fn recover(config: &Path, within: Duration, json: bool) -> Result<Exit, Failure> {
    let failed = library(RECOVERING);
    let read = Config::from_file(config).map_err(&failed)?;
    let Some(journal) = &read.journal else { return Err(none(config, RECOVERING)) };
    // What the host finds out as soon as it starts is shown as well.
    let before = open_in(journal.file()).await.map_err(&failed)?;
    let host = Host::from_config(read).await.map_err(&failed)?;
    let end = Instant::now() + within;
    while Instant::now() < end {
        let left = host.journal().list(&open_writes()).await.map_err(&failed)?;
        if left.iter().all(WriteRecord::waits_for_a_person) {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    let mut after = Vec::with_capacity(before.len());
    for write in before {
        after.extend(host.journal().get(write.id).await.map_err(&failed)?);
    }
    host.shutdown(SHUTDOWN).await.map_err(&failed)?;
    shown(RECOVERING, &after, json)?;
    let left = after.iter().any(WriteRecord::is_open);
    Ok(if left { Exit::Unknown } else { Exit::Done })
}

/// What is open in this file, while no host works on it. One that is not there yet is the host's to make.
async fn open_in(file: &Path) -> Result<Vec<WriteRecord>, Error> {
    if !file.exists() {
        return Ok(Vec::new());
    }
    let journal = JournalClient::open(file).await?;
    let open = journal.list(&open_writes()).await?;
    journal.close().await?;
    Ok(open)
}

fn open_writes() -> WriteFilter {
    WriteFilter { open: true, ..WriteFilter::default() }
}

#[cfg(test)]
mod tests {
    use super::{ErrorKind, JournalError, unsettled};
    use stockbridge::Outcome;
    use stockbridge::journal::WriteId;

    #[test]
    fn a_settlement_is_unknown_where_it_may_hold_and_not_where_it_was_refused() {
        let id: WriteId = "7".parse().unwrap();
        let told = |problem| unsettled(id, ErrorKind::Journal(problem).into()).outcome();
        let reason = || "it took longer than 10 s".to_owned();
        assert_eq!(told(JournalError::Unwritable { reason: reason() }), Some(Outcome::Unknown));
        assert_eq!(told(JournalError::Unopened { place: "it".to_owned(), reason: reason() }), Some(Outcome::Unknown));
        assert_eq!(told(JournalError::Closed), Some(Outcome::Unknown));
        for refused in [JournalError::NoSuchWrite { id }, JournalError::Ended { id }, JournalError::Busy] {
            assert_eq!(told(refused), None);
        }
    }
}
