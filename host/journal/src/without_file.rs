//! Refusal of a journal in a file where the feature `file` is disabled: one in memory does not stand in for it.

use std::time::Duration;

use super::store::Backing;
use super::{Journal, JournalOptions};
use crate::error::JournalError;

impl Journal {
    /// Refuses this backing, naming the feature.
    pub(crate) async fn open_backing(
        medium: Backing,
        _may_make: bool,
        _keep: Duration,
        _options: JournalOptions,
    ) -> Result<Journal, JournalError> {
        let reason =
            "this program was built without the feature `file` of the crate `stockbridge-journal` (`journal-file` of \
                      `stockbridge`); enable it"
                .to_owned();
        Err(JournalError::Unopened { place: medium.to_string(), reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_journal_in_a_file_is_refused_with_the_name_of_the_feature_and_one_in_memory_is_not() {
        let file = crate::JournalConfig::new("journal");
        let refused = Journal::open(Some(&file), None, JournalOptions::default()).await.unwrap_err();
        assert!(refused.to_string().contains("feature `file`"), "{refused}");
        assert!(!Journal::open(None, None, JournalOptions::default()).await.unwrap().is_durable());
    }
}
