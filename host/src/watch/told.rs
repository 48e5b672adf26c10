//! What the operator is told of a configuration that is followed: a failure once, and once that it is mended.

use std::path::Path;

use crate::error::Error;

/// What was told last.
#[derive(Default)]
pub(super) struct Told {
    failure: Option<String>,
}

impl Told {
    /// Tells what became of a configuration, unless that is known. The failure, if it is news.
    pub(super) fn tell<'a>(&mut self, path: &Path, outcome: &'a Result<(), Error>) -> Option<&'a Error> {
        if !self.is_news(outcome) {
            return None;
        }
        match outcome {
            Err(error) => tracing::error!(
                file = %path.display(),
                code = error.code(),
                %error,
                "the configuration is not applied, and everything stays as it is"
            ),
            Ok(()) => tracing::info!(file = %path.display(), "the configuration is mended and applied"),
        }
        outcome.as_ref().err()
    }

    fn is_news(&mut self, outcome: &Result<(), Error>) -> bool {
        let failure = outcome.as_ref().err().map(Error::to_string);
        let news = failure != self.failure;
        self.failure = failure;
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_failure_is_news_once_and_so_is_its_end() {
        let fails = |why: &str| Err(ErrorKind::Runtime(why.to_owned()).into());
        let mut told = Told::default();
        assert!(!told.is_news(&Ok(())));
        assert!(told.is_news(&fails("one")));
        assert!(!told.is_news(&fails("one")));
        assert!(told.is_news(&fails("another")));
        assert!(told.is_news(&Ok(())));
        assert!(!told.is_news(&Ok(())));
        assert!(told.is_news(&fails("another")));
    }
}
