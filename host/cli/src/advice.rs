//! What a failure means for the goods, and what to do next: by what failed, for the same outcome does not ask for the same.

use stockbridge::{ConnectorFault, ErrorClass, ErrorKind, JournalError, Outcome};

use crate::failure::{Cause, Failure};

/// For a write that failed: what is so, and what to do.
pub(crate) fn advice(failure: &Failure, outcome: Outcome) -> String {
    match outcome {
        Outcome::NotApplied => format!("nothing was carried out: {}", before_it_is_given_again(&failure.cause)),
        Outcome::Unknown => unknown(&failure.cause).to_owned(),
    }
}

/// What to do with an order of which it is not known what became of it.
fn unknown(cause: &Cause) -> &'static str {
    match cause {
        Cause::Unsettled { .. } => "it may still take hold: look whether it did before you say so again",
        Cause::Library(error) if error.outcome().is_none() => {
            "nothing was sent now; whether it was before, the journal knows: give the order again, under the same \
             reference, when that can be opened"
        }
        _ => "unknown: it may have been carried out, so do not order the same under another reference before you know",
    }
}

/// What has to come first.
fn before_it_is_given_again(cause: &Cause) -> String {
    match cause {
        Cause::Library(error) | Cause::Unsettled { error, .. } => of_library(error),
        Cause::Order(_) => "mend the order, then give it again".to_owned(),
        Cause::Options(_) => "mend the command line, then give the order again".to_owned(),
        Cause::Interrupted { .. } => "it may be given again as it is".to_owned(),
        Cause::File { .. } | Cause::Runtime(_) | Cause::Output(_) | Cause::Receipt(_) => {
            "give the order again when that is mended".to_owned()
        }
        Cause::Simulator(_) => "no order was given".to_owned(),
    }
}

fn of_library(error: &stockbridge::Error) -> String {
    let words = match error.kind() {
        ErrorKind::Config(_) => "mend the configuration, then give the order again",
        ErrorKind::Component(_) => {
            "put a component there that can serve, which `stockbridge check` tells, then give the order again"
        }
        ErrorKind::Runtime(_) => "give the order again when that is mended",
        ErrorKind::UnknownAccount { .. } => "name an account of the configuration, then give the order again",
        ErrorKind::AccountRemoved { .. } => "put the account back into the configuration, then give the order again",
        ErrorKind::Invalid(_) => "mend the order, then give it again",
        ErrorKind::Unsupported { .. } => "give the order to an account that offers this; this one never will as it is",
        ErrorKind::Connection { .. } => "mend the way to the provider, then give the order again",
        ErrorKind::Journal(error) => of_journal(error),
        ErrorKind::Provider(_) | ErrorKind::Recorded { .. } => return of_class(error),
        ErrorKind::Connector { fault: ConnectorFault::Deadline { .. }, .. }
        | ErrorKind::NoAnswer { .. }
        | ErrorKind::Paused { .. } => return of_class(error),
        ErrorKind::Connector { .. } => {
            "the connector is at fault and will fail again: have it mended, then give the order again"
        }
        _ => return of_class(error),
    };
    words.to_owned()
}

/// By what kind of failure the provider, or the connector, says that it is.
fn of_class(error: &stockbridge::Error) -> String {
    let words = match error.class() {
        ErrorClass::InvalidRequest => match error.path() {
            Some(path) => return format!("mend `{path}` in the order, then give it again"),
            None => "mend the order or the account's settings, then give it again",
        },
        ErrorClass::Unsupported => "the provider, or this account at it, cannot do that: order it in another way",
        ErrorClass::Unauthorized => {
            "mend the account's secrets and settings, with which the provider does not know you, then give the order again"
        }
        ErrorClass::Forbidden => {
            "have that allowed, at the provider or in the configuration, then give the order again"
        }
        ErrorClass::NotFound => "name what the provider has, then give the order again",
        ErrorClass::Rejected => "the provider declined it: mend what it says, then give the order again",
        ErrorClass::RateLimited | ErrorClass::Unavailable => match error.retry_after() {
            Some(wait) => {
                return format!("it may be given again as it is, in {} s", wait.as_millis().div_ceil(1000));
            }
            None => "it may be given again as it is, later",
        },
        ErrorClass::MalformedResponse => {
            "the provider answered something that it does not document: see what it says before it is given again"
        }
        _ => "it would fail again as it is: have that mended, then give the order again",
    };
    words.to_owned()
}

fn of_journal(error: &JournalError) -> &'static str {
    match error {
        JournalError::ReferenceTaken { .. } => "give the order a reference of its own; under this one it is never sent",
        JournalError::InUse { .. } => {
            "have the host that has the journal send the order, or end that one first, and give it again then"
        }
        JournalError::ShareUsed { .. } => "give the order again once its account has room in the journal",
        JournalError::Closed => "give it again to a host that runs",
        _ => "give the order again when the journal can be used",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: ErrorKind) -> String {
        advice(&Failure::of_write("the transfer", None, stockbridge::Error::from(kind)), Outcome::NotApplied)
    }

    #[test]
    fn only_what_may_pass_by_itself_may_be_given_again_as_it_is() {
        let account = || "a".to_owned();
        let taken = JournalError::ReferenceTaken { reference: "r".parse().unwrap(), id: "7".parse().unwrap() };
        for (kind, said) in [
            (ErrorKind::Journal(taken), "a reference of its own"),
            (ErrorKind::UnknownAccount { name: account() }, "name an account"),
            (ErrorKind::AccountRemoved { account: account() }, "put the account back"),
            (
                ErrorKind::Unsupported { account: account(), operation: "occupy".to_owned(), offered: Vec::new() },
                "to an account that offers this",
            ),
            (
                ErrorKind::Connector { account: account(), fault: ConnectorFault::Memory(1) },
                "the connector is at fault",
            ),
            (ErrorKind::Journal(JournalError::Closed), "to a host that runs"),
        ] {
            let told = told(kind);
            assert!(told.contains(said), "{told}");
            assert!(!told.contains("as it is,") && !told.contains("safe to send"), "{told}");
        }
        let wait = std::time::Duration::from_millis(1500);
        let paused = told(ErrorKind::Paused { account: account(), method: "m".to_owned(), wait });
        assert_eq!(paused, "nothing was carried out: it may be given again as it is, in 2 s");
    }
}
