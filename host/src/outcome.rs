//! What became of a write: the connector's word, held against what the host knows about the request that carried it.

use crate::call::{Ended, WriteProgress};
use crate::contract::inventory::{self as wit, WriteFailure as Said};
use crate::contract::{Malformed, Reader};
use crate::error::{ConnectorFault, Error, Outcome, WriteFailure};
use crate::model::{Receipt, Reference};

/// The write's receipt, or its failure with the outcome that is safe to act on.
///
/// - No byte of it left: not applied, whatever the connector says.
/// - Something was sent and no answer came: unknown, whatever the connector says.
/// - The provider answered: the connector read the answer, and says which it is. A connector that ended without a word
///   after that leaves it unknown.
pub(crate) fn of_write(
    reader: &Reader<'_>,
    reference: &Reference,
    ended: Ended<Result<wit::Receipt, Said>>,
) -> Result<Receipt, WriteFailure> {
    let sent = matches!(ended.write, WriteProgress::Unanswered | WriteProgress::Answered);
    let silent = if sent { Outcome::Unknown } else { Outcome::NotApplied };
    let observed = ended.observed;
    let fault = |fault| observed.of_fault(reader, fault);
    let violation = |problem: String| fault(ConnectorFault::Violation(problem));

    match ended.answer {
        Err(trouble) => Err(WriteFailure::new(silent, fault(trouble))),
        Ok(Ok(receipt)) => {
            let receipt = reader
                .receipt(receipt, reference.clone())
                .map_err(|Malformed(problem)| WriteFailure::new(silent, violation(problem)))?;
            // A receipt needs an answer to stand on: this call's, or that of an earlier sending which was looked up.
            if ended.write == WriteProgress::Answered || (!sent && receipt.repeated == Some(true)) {
                Ok(receipt)
            } else {
                Err(WriteFailure::new(
                    silent,
                    violation("it gave a receipt without an answer of the provider".to_owned()),
                ))
            }
        }
        Ok(Err(failure)) => {
            let (said, error) = match failure {
                Said::NotApplied(error) => (Outcome::NotApplied, error),
                Said::Unknown(error) => (Outcome::Unknown, error),
            };
            let outcome = if ended.write == WriteProgress::Answered { said } else { silent };
            if let Some(late) = ended.late.filter(|_| !sent) {
                return Err(WriteFailure::new(outcome, late.error(reader.account)));
            }
            let error: Error = match reader.failure(error) {
                Ok(failure) => observed.of_failure(failure),
                Err(Malformed(problem)) => return Err(WriteFailure::new(silent, violation(problem))),
            };
            Err(WriteFailure::new(outcome, error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::types;
    use crate::exchange::Exchanged;

    fn receipt(repeated: Option<bool>) -> wit::Receipt {
        wit::Receipt { document: None, progress: wit::Progress::Done, failed: vec![], repeated, extras: vec![] }
    }

    fn no() -> types::Error {
        types::Error {
            class: types::ErrorClass::Rejected,
            path: None,
            provider_code: None,
            provider_message: None,
            message: "no".to_owned(),
            retry_after: None,
            limited_method: None,
            extras: vec![],
        }
    }

    fn outcome(write: WriteProgress, answer: Result<Result<wit::Receipt, Said>, ConnectorFault>) -> Option<Outcome> {
        let reader = Reader { account: "a", rows: 1, redactor: std::sync::Arc::default() };
        let observed = Exchanged::default();
        let ended = Ended { answer, write, waiting: false, answered: false, observed, late: None, entry: None };
        of_write(&reader, &"r".parse().unwrap(), ended).err().map(|failure| failure.outcome())
    }

    #[test]
    fn what_was_never_sent_is_not_applied_whatever_the_connector_says() {
        for write in [WriteProgress::None, WriteProgress::NothingSent] {
            assert_eq!(outcome(write, Ok(Err(Said::Unknown(no())))), Some(Outcome::NotApplied));
            assert_eq!(outcome(write, Ok(Err(Said::NotApplied(no())))), Some(Outcome::NotApplied));
            assert_eq!(outcome(write, Err(ConnectorFault::Trapped(String::new()))), Some(Outcome::NotApplied));
            assert_eq!(outcome(write, Ok(Ok(receipt(None)))), Some(Outcome::NotApplied));
        }
    }

    #[test]
    fn what_was_sent_without_an_answer_is_unknown_whatever_the_connector_says() {
        let write = WriteProgress::Unanswered;
        assert_eq!(outcome(write, Ok(Err(Said::NotApplied(no())))), Some(Outcome::Unknown));
        assert_eq!(outcome(write, Ok(Ok(receipt(None)))), Some(Outcome::Unknown));
        assert_eq!(outcome(write, Ok(Ok(receipt(Some(true))))), Some(Outcome::Unknown));
        assert_eq!(outcome(write, Err(ConnectorFault::Trapped(String::new()))), Some(Outcome::Unknown));
    }

    #[test]
    fn the_providers_answer_is_read_by_the_connector() {
        let write = WriteProgress::Answered;
        assert_eq!(outcome(write, Ok(Ok(receipt(None)))), None);
        assert_eq!(outcome(write, Ok(Err(Said::NotApplied(no())))), Some(Outcome::NotApplied));
        assert_eq!(outcome(write, Ok(Err(Said::Unknown(no())))), Some(Outcome::Unknown));
        assert_eq!(outcome(write, Err(ConnectorFault::Memory(1))), Some(Outcome::Unknown));
    }

    #[test]
    fn an_earlier_sending_that_was_looked_up_counts_as_applied() {
        assert_eq!(outcome(WriteProgress::None, Ok(Ok(receipt(Some(true))))), None);
    }
}
