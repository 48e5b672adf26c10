//! A person's word on a write of which nobody else can tell.

use stockbridge::journal::{JournalClient, Settlement, WireAnswer, WriteEventKind, WriteId};
use stockbridge::{JournalError, RefusalRule};

use super::SETTLING;
use super::list::shown;
use crate::arguments::journal::SettleArguments;
use crate::exit::Exit;
use crate::failure::{Cause, Failure};
use crate::output;
use crate::typed::Typed;

/// Closes the write by it.
pub(super) async fn settle(
    journal: JournalClient,
    asked: &SettleArguments,
    typed: &Typed,
    json: bool,
) -> Result<Exit, Failure> {
    let by = who(SETTLING, asked.by.as_ref())?;
    let word = Settlement { applied: asked.applied, by, note: asked.note.clone(), document: asked.document.clone() };
    // Afterwards it is a person's word that stands there, and no more what the provider said.
    let rule = if asked.applied { None } else { suggested(&journal, asked.id).await };
    let settled = journal.settle(asked.id, word).await.map_err(|error| unsettled(asked.id, typed, error))?;
    // It holds already: a file that is not closed in order is mended by whoever opens it next.
    if let Err(error) = journal.close().await {
        output::note(&format!("the journal: {error}"));
    }
    shown(SETTLING, std::slice::from_ref(&settled), typed, json)?;
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

/// The rule by which an answer like this write's would be known as a refusal.
async fn suggested(journal: &JournalClient, id: WriteId) -> Option<RefusalRule> {
    let story = journal.history(id).await.ok()??;
    // The answer to the request that carried the write, of which there was one.
    let mut events = story
        .events
        .iter()
        .skip_while(|event| !matches!(&event.what, WriteEventKind::Requested(request) if request.carried_write));
    let answer = events.find_map(|event| match &event.what {
        WriteEventKind::Answered(answer) => Some(&**answer),
        _ => None,
    });
    let is_taken = matches!(answer, Some(WireAnswer::Response { status: 200..=299, .. }));
    (is_taken && story.record.sendings == 1).then(|| RefusalRule::suggested_by(&story.record)).flatten()
}

/// A settlement that failed. A disk that is slow, or a host that ends or does not answer, may have taken it all the same.
fn unsettled(id: WriteId, typed: &Typed, error: JournalError) -> Failure {
    let cause = match error {
        JournalError::Unwritable { .. } | JournalError::Unopened { .. } | JournalError::Closed => {
            Cause::Unsettled { error: error.into() }
        }
        _ => return Failure::new(SETTLING, Cause::Library(error.into())),
    };
    Failure::new(SETTLING, cause).then(None, vec![typed.step("look", &["show", &id.to_string()])])
}

/// Whose word it is: as they say themselves, or else who runs this.
pub(super) fn who(action: &'static str, named: Option<&String>) -> Result<String, Failure> {
    let by = named.cloned().or_else(user).filter(|by| !by.trim().is_empty());
    by.ok_or_else(|| Failure::new(action, Cause::Options("nobody knows who you are: give --by NAME".to_owned())))
}

/// Who runs this, as the environment says, or else the system of users.
fn user() -> Option<String> {
    let named = |variable| std::env::var(variable).ok().filter(|name| !name.trim().is_empty());
    named("USER").or_else(|| named("LOGNAME")).or_else(of_id)
}

/// The name of the user whose process this is.
fn of_id() -> Option<String> {
    let told = std::process::Command::new("id").arg("-un").stderr(std::process::Stdio::null()).output().ok()?;
    let name = String::from_utf8(told.stdout).ok()?.trim().to_owned();
    (told.status.success() && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{JournalError, Typed, unsettled};
    use std::path::Path;
    use stockbridge::Outcome;
    use stockbridge::journal::WriteId;

    #[test]
    fn a_settlement_is_unknown_where_it_may_hold_and_not_where_it_was_refused() {
        let id: WriteId = "7".parse().unwrap();
        let typed = Typed::new(Path::new("stockbridge.toml"), None);
        let outcome_of = |problem| unsettled(id, &typed, problem).outcome();
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
