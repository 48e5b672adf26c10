//! A person's word on a write of which nobody else can tell.

use stockbridge::journal::{JournalClient, Settlement, WriteId};
use stockbridge::{Error, ErrorKind, JournalError};

use super::SETTLING;
use super::arguments::SettleArguments;
use super::list::shown;
use crate::exit::Exit;
use crate::failure::{Cause, Failure};
use crate::output;

/// Closes the write by it.
pub(super) async fn settle(journal: JournalClient, asked: &SettleArguments, json: bool) -> Result<Exit, Failure> {
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
