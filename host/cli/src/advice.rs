//! Advice after a failed write: what it means for the goods and what to do next, by cause; one outcome may ask for
//! different steps.

use stockbridge::{ConnectorFault, ErrorClass, ErrorKind, JournalError, Outcome};

use crate::failure::{Cause, Failure};

/// Advice for a failed write: its outcome and the next step.
pub(crate) fn advice(failure: &Failure, outcome: Outcome) -> String {
    match outcome {
        Outcome::NotApplied => format!("nothing was carried out: {}", next_step(&failure.cause)),
        Outcome::Unknown => unknown(&failure.cause).to_owned(),
    }
}

/// Advice for an order whose outcome is unknown.
fn unknown(cause: &Cause) -> &'static str {
    match cause {
        Cause::Unsettled { .. } => "it may still take effect: check whether it did before you settle again",
        Cause::Library(error) if error.outcome().is_none() => {
            "nothing was sent now; the journal knows whether it was before: send the order again, under the same \
             reference, once the journal can be opened"
        }
        _ => {
            "unknown: it may have been carried out, so do not send the same order under another reference before you know"
        }
    }
}

/// What to do before the order is sent again.
fn next_step(cause: &Cause) -> String {
    match cause {
        Cause::Library(error) | Cause::Unsettled { error, .. } => by_kind(error),
        Cause::Order(_) => "correct the order, then send it again".to_owned(),
        Cause::Options(_) => "correct the command line, then send the order again".to_owned(),
        Cause::Interrupted { .. } => "it may be sent again unchanged".to_owned(),
        Cause::File { .. } | Cause::Runtime(_) | Cause::Output(_) | Cause::Receipt(_) => {
            "send the order again once that is fixed".to_owned()
        }
        Cause::Simulator(_) => "no order was sent".to_owned(),
    }
}

fn by_kind(error: &stockbridge::Error) -> String {
    let text = match error.kind() {
        ErrorKind::Config(_) => "correct the configuration, then send the order again",
        ErrorKind::Component(_) => "install a component that passes `stockbridge check`, then send the order again",
        ErrorKind::Runtime(_) => "send the order again once that is fixed",
        ErrorKind::UnknownAccount { .. } => "name an account of the configuration, then send the order again",
        ErrorKind::AccountRemoved { .. } => "put the account back into the configuration, then send the order again",
        ErrorKind::Invalid(_) => "correct the order, then send it again",
        ErrorKind::Unsupported { .. } => {
            "send the order to an account that supports this; as it is configured, this one never will"
        }
        ErrorKind::Connection { .. } => "fix the connection to the provider, then send the order again",
        ErrorKind::Journal(error) => by_journal_error(error),
        ErrorKind::Provider(_) | ErrorKind::Recorded { .. } => return by_class(error),
        ErrorKind::Connector { fault: ConnectorFault::Deadline { .. }, .. }
        | ErrorKind::NoAnswer { .. }
        | ErrorKind::Paused { .. } => return by_class(error),
        ErrorKind::Connector { .. } => {
            "the connector is at fault and will fail again: have it fixed, then send the order again"
        }
        _ => return by_class(error),
    };
    text.to_owned()
}

/// Advice by the class of the failure, as the provider or the connector reports it.
fn by_class(error: &stockbridge::Error) -> String {
    let text = match error.class() {
        ErrorClass::InvalidRequest => match error.path() {
            Some(path) => return format!("correct `{path}` in the order, then send it again"),
            None => "correct the order or the account's settings, then send it again",
        },
        ErrorClass::Unsupported => {
            "the provider, or this account at it, does not support that: order it in another way"
        }
        ErrorClass::Unauthorized => {
            "correct the account's secrets and settings, which the provider does not recognise, then send the order again"
        }
        ErrorClass::Forbidden => {
            "have that allowed, at the provider or in the configuration, then send the order again"
        }
        ErrorClass::NotFound => "use names that exist at the provider, then send the order again",
        ErrorClass::Rejected => "the provider declined it: correct what it names, then send the order again",
        ErrorClass::RateLimited | ErrorClass::Unavailable => match error.retry_after() {
            Some(wait) => {
                return format!("it may be sent again unchanged, in {} s", wait.as_millis().div_ceil(1000));
            }
            None => "it may be sent again unchanged, later",
        },
        ErrorClass::MalformedResponse => {
            "the provider's answer is undocumented: read it before the order is sent again"
        }
        _ => "it would fail again unchanged: have that fixed, then send the order again",
    };
    text.to_owned()
}

fn by_journal_error(error: &JournalError) -> &'static str {
    match error {
        JournalError::ReferenceTaken { .. } => {
            "give the order a reference of its own; under this one it will never be sent"
        }
        JournalError::InUse { .. } => {
            "have the host that holds the journal send the order, or end that host first, then send it again"
        }
        JournalError::ShareUsed { .. } => "send the order again once its account has room in the journal",
        JournalError::Closed => "send it again to a running host",
        _ => "send the order again once the journal can be used",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advised(kind: ErrorKind) -> String {
        advice(&Failure::of_write("the transfer", None, stockbridge::Error::from(kind)), Outcome::NotApplied)
    }

    #[test]
    fn only_what_may_pass_by_itself_may_be_given_again_as_it_is() {
        let account = || "a".to_owned();
        let taken = JournalError::ReferenceTaken { reference: "r".parse().unwrap(), id: "7".parse().unwrap() };
        for (kind, expected) in [
            (ErrorKind::Journal(taken), "a reference of its own"),
            (ErrorKind::UnknownAccount { name: account() }, "name an account"),
            (ErrorKind::AccountRemoved { account: account() }, "put the account back"),
            (
                ErrorKind::Unsupported { account: account(), operation: "occupy".to_owned(), offered: Vec::new() },
                "to an account that supports this",
            ),
            (
                ErrorKind::Connector { account: account(), fault: ConnectorFault::Memory(1) },
                "the connector is at fault",
            ),
            (ErrorKind::Journal(JournalError::Closed), "to a running host"),
        ] {
            let advised = advised(kind);
            assert!(advised.contains(expected), "{advised}");
            assert!(!advised.contains("unchanged,") && !advised.contains("safe to send"), "{advised}");
        }
        let wait = std::time::Duration::from_millis(1500);
        let paused = advised(ErrorKind::Paused { account: account(), method: "m".to_owned(), wait });
        assert_eq!(paused, "nothing was carried out: it may be sent again unchanged, in 2 s");
    }
}
