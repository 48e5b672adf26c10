//! Required properties of a journal after a power cut, checked against the callers' outcomes and the provider's ledger.

use std::collections::BTreeMap;

use stockbridge::journal::{WriteEventKind, WriteFilter, WriteHistory, WriteRecord, WriteState};
use stockbridge::{Host, Receipt};
use stockbridge_tests::{Kept, Traced};

use crate::book::{Book, CallerOutcome, Page};

/// Description of a violated property.
pub(crate) type Verdict = Result<(), String>;

/// Checks that the journal has everything that it must have, completely. The host may be in recovery meanwhile.
pub(crate) async fn check_complete(host: &Host, book: &Book, provider: &Traced) -> Verdict {
    let records = listed(host, &WriteFilter::default()).await?;
    let mut known = BTreeMap::new();
    for record in &records {
        if known.insert(record.reference.as_str(), record).is_some() {
            return Err(format!("the journal has {} twice", record.reference));
        }
    }
    for page in book.all() {
        check_outcome(&page, known.get(page.order.reference.as_str()).copied())?;
    }
    for ((_, reference), kept) in provider.ledger() {
        let record = known.get(reference.as_str());
        if kept.writes > 0 && record.is_none() {
            return Err(format!("the provider saw {reference}, and the journal lacks it"));
        }
        if let Some(record) = record {
            agrees(record, &kept)?;
        }
    }
    for record in records.iter().filter(|record| !record.is_open()) {
        let story =
            host.journal().history(record.id).await.map_err(|error| format!("{}: {error}", record.reference))?;
        check_history(record, &story.ok_or_else(|| format!("{} has no history", record.reference))?)?;
    }
    Ok(())
}

/// Checks that only writes in manual review are open: the host has finished its recovery.
pub(crate) async fn check_settled(host: &Host) -> Result<Vec<WriteRecord>, String> {
    let open = listed(host, &WriteFilter { open: true, ..WriteFilter::default() }).await?;
    let all = listed(host, &WriteFilter::default()).await?;
    // Two indices of the same records: open ones, and all.
    let by_state = all.iter().filter(|record| record.is_open()).map(|record| record.id);
    if !by_state.eq(open.iter().map(|record| record.id)) {
        return Err("the list of open writes differs from the records that are open".to_owned());
    }
    match open.iter().find(|record| !record.needs_manual_review()) {
        Some(record) => Err(format!("{} is still open: {:?}", record.reference, record.state)),
        None => Ok(open),
    }
}

async fn listed(host: &Host, filter: &WriteFilter) -> Result<Vec<WriteRecord>, String> {
    host.journal().list(filter).await.map_err(|error| format!("the journal cannot be read: {error}"))
}

fn check_outcome(page: &Page, record: Option<&WriteRecord>) -> Verdict {
    let state = record.map(|record| &record.state);
    let holds = match (&page.outcome, state) {
        (CallerOutcome::Nothing, _) | (CallerOutcome::NotApplied, None | Some(WriteState::NotApplied { .. })) => true,
        (CallerOutcome::Unknown { durable }, state) => state.is_some() || !durable,
        (CallerOutcome::Receipt { receipt, .. }, Some(WriteState::Applied { receipt: recorded, .. })) => {
            same_document(receipt, recorded)
        }
        // The disk failed while the outcome was recorded: only the sending is known.
        (CallerOutcome::Receipt { durable: false, .. }, Some(WriteState::Sending | WriteState::Unknown { .. })) => true,
        _ => false,
    };
    let reference = &page.order.reference;
    if holds { Ok(()) } else { Err(format!("{reference}: reported {:?}, and the journal has {state:?}", page.outcome)) }
}

/// A receipt from a look-up has fewer fields than the first one.
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

/// Checks that the history of a completed write has each of its sendings, and its end.
fn check_history(record: &WriteRecord, story: &WriteHistory) -> Verdict {
    let count = |is: fn(&WriteEventKind) -> bool| story.events.iter().filter(|event| is(&event.what)).count();
    let sendings = count(|what| matches!(what, WriteEventKind::Intended { .. }));
    let ended = match &record.state {
        WriteState::Applied { .. } => count(|what| matches!(what, WriteEventKind::Applied { .. })) == 1,
        _ => count(|what| matches!(what, WriteEventKind::Rejected { .. })) > 0,
    };
    if ended && sendings == usize::try_from(record.sendings).unwrap() {
        return Ok(());
    }
    Err(format!("the history of {} is incomplete: {record:?}, {:?}", record.reference, story.events))
}
