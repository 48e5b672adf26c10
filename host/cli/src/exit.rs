//! Exit codes for scripts: the one place where a failure becomes an exit code.

use std::process::ExitCode;

use stockbridge::{ErrorClass, Outcome};

/// The exit codes, as `--help` lists them.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done
  1  a failure that is none of those below
  2  the command line, the configuration, the component or the order is wrong; nothing was carried out
  3  the provider or the host refused; nothing was carried out
  4  try again later; nothing was carried out
  5  the outcome is unknown: the write may have been carried out
  6  the provider accepted the write, but left lines out of it or needs a person: the receipt says which
  7  writes need a person: `stockbridge journal --waiting` lists them

A first SIGINT (Ctrl-C) or SIGTERM during a write waits for its end, within the account's deadline, and the exit
code is the write's. A second one ends at once: with 5, the reference and the next steps where the write may have been
sent, with 1 where nothing was.

With --json a failure is an object on standard output, {\"error\": {\"message\", \"class\", \"outcome\", \"code\", …}}, and
standard error says the same for people. A mistake in the command line itself is reported on standard error alone.";

/// Result of the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done.
    Done = 0,
    /// A failure that is none of the others.
    Failed = 1,
    /// The caller's input is wrong.
    Wrong = 2,
    /// The provider or the host refused.
    Refused = 3,
    /// The same command may succeed later.
    Later = 4,
    /// The write may have been carried out.
    Unknown = 5,
    /// The provider accepted the write, but only in part, or needs a person.
    Partly = 6,
    /// Writes need an operator.
    Waiting = 7,
}

impl Exit {
    /// Exit code of a failure.
    pub(crate) fn of(class: ErrorClass, outcome: Option<Outcome>, code: &str) -> Exit {
        if outcome == Some(Outcome::Unknown) {
            return Exit::Unknown;
        }
        // These are the caller's to correct as well, though the library classifies them by their nature.
        if matches!(code, "account.unknown" | "account.unavailable") || code.starts_with("component.") {
            return Exit::Wrong;
        }
        match class {
            ErrorClass::InvalidRequest => Exit::Wrong,
            ErrorClass::Unsupported
            | ErrorClass::Unauthorized
            | ErrorClass::Forbidden
            | ErrorClass::NotFound
            | ErrorClass::Rejected => Exit::Refused,
            ErrorClass::RateLimited | ErrorClass::Unavailable => Exit::Later,
            // `ErrorClass` may grow: a class unknown here is none of the others.
            _ => Exit::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::{Exit, HELP};
    use stockbridge::{ErrorClass, Outcome};

    const CLASSES: [(ErrorClass, Exit); 10] = [
        (ErrorClass::InvalidRequest, Exit::Wrong),
        (ErrorClass::Unsupported, Exit::Refused),
        (ErrorClass::Unauthorized, Exit::Refused),
        (ErrorClass::Forbidden, Exit::Refused),
        (ErrorClass::NotFound, Exit::Refused),
        (ErrorClass::Rejected, Exit::Refused),
        (ErrorClass::RateLimited, Exit::Later),
        (ErrorClass::Unavailable, Exit::Later),
        (ErrorClass::MalformedResponse, Exit::Failed),
        (ErrorClass::Internal, Exit::Failed),
    ];

    #[test]
    fn every_class_has_its_exit_code_unless_the_outcome_is_unknown() {
        for (class, exit) in CLASSES {
            let code = format!("provider.{class}");
            assert_eq!(Exit::of(class, None, &code), exit, "{class}");
            assert_eq!(Exit::of(class, Some(Outcome::NotApplied), &code), exit, "{class}");
            assert_eq!(Exit::of(class, Some(Outcome::Unknown), &code), Exit::Unknown, "{class}");
        }
    }

    #[test]
    fn what_the_caller_named_wrongly_is_the_callers_to_mend() {
        for (class, code) in [
            (ErrorClass::NotFound, "account.unknown"),
            (ErrorClass::Unavailable, "account.unavailable"),
            (ErrorClass::Internal, "component.unreadable"),
            (ErrorClass::Internal, "component.contract-version"),
        ] {
            assert_eq!(Exit::of(class, Some(Outcome::NotApplied), code), Exit::Wrong, "{code}");
        }
        for (class, code, exit) in [
            (ErrorClass::Unsupported, "operation.unsupported", Exit::Refused),
            (ErrorClass::Internal, "runtime.start", Exit::Failed),
            (ErrorClass::Internal, "connector.trapped", Exit::Failed),
            (ErrorClass::Unavailable, "connector.deadline", Exit::Later),
        ] {
            assert_eq!(Exit::of(class, Some(Outcome::NotApplied), code), exit, "{code}");
        }
    }

    #[test]
    fn the_help_lists_every_exit_code() {
        for exit in [
            Exit::Done,
            Exit::Failed,
            Exit::Wrong,
            Exit::Refused,
            Exit::Later,
            Exit::Unknown,
            Exit::Partly,
            Exit::Waiting,
        ] {
            assert!(HELP.contains(&format!("\n  {}  ", exit as u8)), "{exit:?}");
        }
    }
}
