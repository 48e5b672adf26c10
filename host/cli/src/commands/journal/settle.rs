//! Settlement: an operator's decision on a write whose outcome the host cannot determine.

use stockbridge::journal::{JournalClient, Settlement, WireAnswer, WriteEventKind, WriteId};
use stockbridge::{JournalError, RefusalRule};

use super::SETTLING;
use super::list::shown;
use crate::arguments::journal::SettleArguments;
use crate::exit::Exit;
use crate::failure::{Cause, Failure};
use crate::invocation::Invocation;
use crate::output;

/// Settles the write.
pub(super) async fn settle(
    journal: JournalClient,
    arguments: &SettleArguments,
    invocation: &Invocation,
    json: bool,
) -> Result<Exit, Failure> {
    let by = operator(SETTLING, arguments.by.as_ref())?;
    let settlement = Settlement {
        applied: arguments.applied,
        by,
        note: arguments.note.clone(),
        document: arguments.document.clone(),
    };
    // Looked up before: the settlement replaces the provider's answer in the record.
    let rule = if arguments.applied { None } else { suggested(&journal, arguments.id).await };
    let settled = journal
        .settle(arguments.id, settlement)
        .await
        .map_err(|error| settlement_failure(arguments.id, invocation, error))?;
    // The settlement is durable already: a file that was not closed in order is repaired by the next process that opens it.
    if let Err(error) = journal.close().await {
        output::note(&format!("the journal: {error}"));
    }
    shown(SETTLING, std::slice::from_ref(&settled), invocation, json)?;
    if let Some(rule) = rule {
        output::note(&format!(
            "if this provider always refuses with that text, add this to the account (or to its list of `refusals`); later \
             orders that are answered so are not applied, and need no settling:\n  [accounts.{}]\n  {}",
            output::plain(&settled.account),
            output::plain(&rule.to_string())
        ));
    }
    Ok(Exit::Done)
}

/// The rule that would recognise an answer like this write's as a refusal.
async fn suggested(journal: &JournalClient, id: WriteId) -> Option<RefusalRule> {
    let history = journal.history(id).await.ok()??;
    // The answer to the request that carried the write, of which there was one.
    let mut events = history
        .events
        .iter()
        .skip_while(|event| !matches!(&event.what, WriteEventKind::Requested(request) if request.carried_write));
    let answer = events.find_map(|event| match &event.what {
        WriteEventKind::Answered(answer) => Some(&**answer),
        _ => None,
    });
    let is_taken = matches!(answer, Some(WireAnswer::Response { status: 200..=299, .. }));
    (is_taken && history.record.sendings == 1).then(|| RefusalRule::suggested_by(&history.record)).flatten()
}

/// A settlement that failed. It may have taken effect all the same if the disk is slow, or the host shuts down or does not
/// answer.
fn settlement_failure(id: WriteId, invocation: &Invocation, error: JournalError) -> Failure {
    let cause = match error {
        JournalError::Unwritable { .. } | JournalError::Unopened { .. } | JournalError::Closed => {
            Cause::Unsettled { error: error.into() }
        }
        _ => return Failure::new(SETTLING, Cause::Library(error.into())),
    };
    Failure::new(SETTLING, cause).then(None, vec![invocation.step("look", &["show", &id.to_string()])])
}

/// Name of the operator: as given, or else the user who runs this.
pub(super) fn operator(action: &'static str, named: Option<&String>) -> Result<String, Failure> {
    let by = named.cloned().or_else(user).filter(|by| !by.trim().is_empty());
    by.ok_or_else(|| Failure::new(action, Cause::Options("your name is unknown: give --by NAME".to_owned())))
}

/// Name of the user who runs this, from the environment, or else from the system.
fn user() -> Option<String> {
    let named = |variable| std::env::var(variable).ok().filter(|name| !name.trim().is_empty());
    named("USER").or_else(|| named("LOGNAME")).or_else(of_id)
}

/// Name of the user of this process, from the system.
fn of_id() -> Option<String> {
    let id = std::process::Command::new("id").arg("-un").stderr(std::process::Stdio::null()).output().ok()?;
    let name = String::from_utf8(id.stdout).ok()?.trim().to_owned();
    (id.status.success() && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{Invocation, JournalError, settlement_failure};
    use std::path::Path;
    use stockbridge::Outcome;
    use stockbridge::journal::WriteId;

    #[test]
    fn a_settlement_is_unknown_where_it_may_hold_and_not_where_it_was_refused() {
        let id: WriteId = "7".parse().unwrap();
        let invocation = Invocation::new(Path::new("stockbridge.toml"), None);
        let outcome_of = |problem| settlement_failure(id, &invocation, problem).outcome();
        let reason = || "it took longer than 10 s".to_owned();
        assert_eq!(outcome_of(JournalError::Unwritable { reason: reason() }), Some(Outcome::Unknown));
        assert_eq!(
            outcome_of(JournalError::Unopened { place: "it".to_owned(), reason: reason() }),
            Some(Outcome::Unknown)
        );
        assert_eq!(outcome_of(JournalError::Closed), Some(Outcome::Unknown));
        for refused in [JournalError::NoSuchWrite { id }, JournalError::Ended { id }, JournalError::Busy] {
            assert_eq!(outcome_of(refused), None);
        }
    }
}
