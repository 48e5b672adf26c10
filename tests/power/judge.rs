//! What must hold of a journal after a power cut, by what callers were told and by the provider's ledger.

use std::collections::BTreeMap;

use stockbridge::journal::{WriteEventKind, WriteFilter, WriteHistory, WriteRecord, WriteState};
use stockbridge::{Host, Receipt};
use stockbridge_tests::{Kept, Traced};

use crate::book::{Book, Page, Told};

/// What does not hold, in words.
pub(crate) type Verdict = Result<(), String>;

/// The journal has all that it must, and none of it half. The host may be finding out the rest meanwhile.
pub(crate) async fn is_whole(host: &Host, book: &Book, provider: &Traced) -> Verdict {
    let records = listed(host, &WriteFilter::default()).await?;
    let mut known = BTreeMap::new();
    for record in &records {
        if known.insert(record.reference.as_str(), record).is_some() {
            return Err(format!("the journal has {} twice", record.reference));
        }
    }
    for page in book.all() {
        was_told_the_truth(&page, known.get(page.order.reference.as_str()).copied())?;
    }
    for ((_, reference), kept) in provider.ledger() {
        let record = known.get(reference.as_str());
        if kept.writes > 0 && record.is_none() {
            return Err(format!("the provider saw {reference}, and the journal does not know it"));
        }
        if let Some(record) = record {
            agrees(record, &kept)?;
        }
    }
    for record in records.iter().filter(|record| !record.is_open()) {
        let story =
            host.journal().history(record.id).await.map_err(|error| format!("{}: {error}", record.reference))?;
        is_told_whole(record, &story.ok_or_else(|| format!("{} has no story", record.reference))?)?;
    }
    Ok(())
}

/// Nothing is open but what waits for a person: the host has found out all that it can.
pub(crate) async fn is_settled(host: &Host) -> Result<Vec<WriteRecord>, String> {
    let open = listed(host, &WriteFilter { open: true, ..WriteFilter::default() }).await?;
    let all = listed(host, &WriteFilter::default()).await?;
    // Two indices of the same: what is open, and what there is.
    let by_state = all.iter().filter(|record| record.is_open()).map(|record| record.id);
    if !by_state.eq(open.iter().map(|record| record.id)) {
        return Err("the list of what is open differs from the writes that are".to_owned());
    }
    match open.iter().find(|record| !record.needs_manual_review()) {
        Some(record) => Err(format!("{} is still open: {:?}", record.reference, record.state)),
        None => Ok(open),
    }
}

async fn listed(host: &Host, filter: &WriteFilter) -> Result<Vec<WriteRecord>, String> {
    host.journal().list(filter).await.map_err(|error| format!("the journal cannot be read: {error}"))
}

fn was_told_the_truth(page: &Page, record: Option<&WriteRecord>) -> Verdict {
    let state = record.map(|record| &record.state);
    let holds = match (&page.told, state) {
        (Told::Nothing, _) | (Told::NotApplied, None | Some(WriteState::NotApplied { .. })) => true,
        (Told::Unknown { durable }, state) => state.is_some() || !durable,
        (Told::Receipt { receipt, .. }, Some(WriteState::Applied { receipt: recorded, .. })) => {
            same_document(receipt, recorded)
        }
        // The disk failed as it was to be recorded: what is known is that it was sent.
        (Told::Receipt { durable: false, .. }, Some(WriteState::Sending | WriteState::Unknown { .. })) => true,
        _ => false,
    };
    let reference = &page.order.reference;
    if holds { Ok(()) } else { Err(format!("{reference}: told {:?}, and the journal has {state:?}", page.told)) }
}

/// A receipt that was found out anew says less than the first.
fn same_document(one: &Receipt, other: &Receipt) -> bool {
    one.reference == other.reference && one.document == other.document
}

fn agrees(record: &WriteRecord, kept: &Kept) -> Verdict {
    let holds = match (&record.state, kept.documents.as_slice()) {
        (WriteState::Applied { receipt, .. }, [document]) => receipt.document.as_ref() == Some(document),
        (WriteState::NotApplied { .. }, []) | (WriteState::Sending | WriteState::Unknown { .. }, [] | [_]) => true,
        _ => false,
    };
    if holds { Ok(()) } else { Err(format!("the journal has {record:?}, and the provider {kept:?}")) }
}

/// The story of a write that has ended has each sending of it, and its end.
fn is_told_whole(record: &WriteRecord, story: &WriteHistory) -> Verdict {
    let count = |is: fn(&WriteEventKind) -> bool| story.events.iter().filter(|event| is(&event.what)).count();
    let sendings = count(|what| matches!(what, WriteEventKind::Intended { .. }));
    let ended = match &record.state {
        WriteState::Applied { .. } => count(|what| matches!(what, WriteEventKind::Applied { .. })) == 1,
        _ => count(|what| matches!(what, WriteEventKind::Rejected { .. })) > 0,
    };
    if ended && sendings == usize::try_from(record.sendings).unwrap() {
        return Ok(());
    }
    Err(format!("the story of {} is not whole: {record:?}, {:?}", record.reference, story.events))
}
