//! What the operator is told of a configuration that is followed: a failure once, and once that it is mended.

use std::path::Path;
use std::time::Duration;

use crate::diagnostics;
use crate::error::Error;

/// What was told last.
#[derive(Default)]
pub(super) struct FailureReporter {
    failure: Option<String>,
}

impl FailureReporter {
    /// Tells what became of a configuration, unless that is known. The failure, if it is news.
    pub(super) fn tell(&mut self, path: &Path, outcome: &Result<(), Error>) -> Option<Error> {
        if !self.is_news(outcome) {
            return None;
        }
        match outcome {
            Err(error) => {
                for error in error.mistakes() {
                    tracing::error!(
                        target: diagnostics::WATCH,
                        file = %path.display(),
                        code = error.code(),
                        %error,
                        "the configuration is not applied, and everything stays as it is"
                    );
                }
            }
            Ok(()) => {
                tracing::info!(target: diagnostics::WATCH, file = %path.display(), "the configuration is mended and applied")
            }
        }
        outcome.as_ref().err().cloned()
    }

    fn is_news(&mut self, outcome: &Result<(), Error>) -> bool {
        let failure = outcome.as_ref().err().map(Error::to_string);
        let news = failure != self.failure;
        self.failure = failure;
        news
    }
}

/// A configuration takes something away, and waits.
pub(super) fn waits(path: &Path, losses: &[String], wait: Duration) {
    let (removes, milliseconds) = (losses.join(", "), wait.as_millis());
    tracing::warn!(
        target: diagnostics::WATCH,
        file = %path.display(),
        removes,
        milliseconds,
        "the configuration takes something away: it is taken over after a wait, unless the file is saved again"
    );
}

/// It gave way to a later save.
pub(super) fn withdrawn(path: &Path) {
    tracing::info!(target: diagnostics::WATCH, file = %path.display(), "the configuration that waited gives way to a later save");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_failure_is_news_once_and_so_is_its_end() {
        let fails = |why: &str| Err(ErrorKind::Runtime(why.to_owned()).into());
        let mut told = FailureReporter::default();
        assert!(!told.is_news(&Ok(())));
        assert!(told.is_news(&fails("one")));
        assert!(!told.is_news(&fails("one")));
        assert!(told.is_news(&fails("another")));
        assert!(told.is_news(&Ok(())));
        assert!(!told.is_news(&Ok(())));
        assert!(told.is_news(&fails("another")));
    }
}
