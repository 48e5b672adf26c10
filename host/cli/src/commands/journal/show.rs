//! One write with its whole history.

use stockbridge::journal::{
    Body, Evidence, JournalClient, WireAnswer, WireRequest, WriteEvent, WriteEventKind, WriteHistory, WriteId,
    WriteState,
};
use stockbridge::{JournalError, Repetition};

use super::list::{next_text, progress, state};
use super::{ACTION, library, written};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{self, Facts};

/// Shows the write.
pub(super) async fn show(journal: &JournalClient, id: WriteId, json: bool) -> Result<Exit, Failure> {
    let history = journal.history(id).await.map_err(library(ACTION))?;
    let history = history.ok_or_else(|| library(ACTION)(JournalError::NoSuchWrite { id }))?;
    if json {
        output::json(&history).map_err(written(ACTION))?;
    } else {
        output::lines(&history_text(&history)).map_err(written(ACTION))?;
    }
    Ok(Exit::Done)
}

/// A write with its history, as text.
fn history_text(history: &WriteHistory) -> String {
    let write = &history.record;
    let mut facts = Facts::new(format!("write {}, {}: {}", write.id, write.operation, state(write)));
    facts.add_some("progress", Some(progress(write)).filter(|progress| !progress.is_empty()));
    facts.add("reference", &write.reference);
    facts.add("account", format!("{} ({})", write.account, write.provider));
    facts.add_some("asked by", write.asked_by.as_ref());
    facts.add_some("trace", write.trace.as_ref());
    facts.add_some("key", write.key.as_ref());
    facts.add("first sent", output::time(write.first_sent));
    facts.add("last sent", format!("{}, {} in all", output::time(write.last_sent), times(write.sendings)));
    if write.lookups > 0 {
        facts.add("looked up", times(write.lookups));
    }
    facts.add("after a lost answer", repetition(write.repetition));
    facts.add("methods", write.methods.join(", "));
    facts.add("connector", write.connector);
    match &write.state {
        WriteState::Unknown { failure, next } => {
            facts.add("what is known", &failure.message);
            facts.add("next", next_text(next));
        }
        WriteState::Applied { by, receipt } => {
            facts.add_some("document", receipt.document.as_ref());
            facts.add("known by", evidence(by));
        }
        WriteState::NotApplied { by, failure } => {
            facts.add("why", &failure.message);
            facts.add("known by", evidence(by));
        }
        WriteState::Sending if write.interrupted => {
            facts.add(
                "next",
                "its process ended while it was under way: the next host of this journal determines its outcome",
            );
        }
        _ => {}
    }
    let order = serde_json::to_string(&history.write).unwrap_or_default();
    facts.add("order", order);
    let mut lines = vec![facts.text(), String::new()];
    lines.extend(history.events.iter().map(event));
    if history.cut > 0 {
        lines.push(format!(
            "left out of {}, beyond the 2 MiB of a story: headers and bodies, or all of it",
            events(history.cut)
        ));
    }
    lines.join("\n")
}

fn events(number: u32) -> String {
    if number == 1 { "one event".to_owned() } else { format!("{number} events") }
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
        Evidence::Operator { by, note } => format!("{by}: {note}"),
        _ => "something that this version does not know".to_owned(),
    }
}

fn event(event: &WriteEvent) -> String {
    let at = output::time(event.at);
    let line = |text: String| format!("{at}  {}", output::plain(&text));
    match &event.what {
        WriteEventKind::Intended { key, .. } => {
            let key = key.as_ref().map(|key| format!(" under the key {key}")).unwrap_or_default();
            line(format!("recorded, before it was sent{key}"))
        }
        WriteEventKind::Requested(request) => request_text(line("request".to_owned()), request),
        WriteEventKind::Answered(answer) => answer_text(&line, answer),
        WriteEventKind::Applied { receipt } => {
            let document = receipt.document.as_ref().map(|document| format!(", document {document}"));
            line(format!("applied{}", document.unwrap_or_default()))
        }
        WriteEventKind::Rejected { failure } => line(format!("not applied: {}", failure.message)),
        WriteEventKind::Unknown { failure } => line(format!("unknown: {}", failure.message)),
        WriteEventKind::Planned { next } => line(format!("next: {}", next_text(next))),
        WriteEventKind::LookedUp { found } => line(format!("looked up: {found}")),
        WriteEventKind::Settled { applied, by, note, document } => {
            let outcome = if *applied { "applied" } else { "not applied" };
            let document = document.as_ref().map(|document| format!(", document {document}")).unwrap_or_default();
            line(format!("settled as {outcome}{document} by {by}: {note}"))
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
