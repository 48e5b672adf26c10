//! Outcome of a write: the connector's report, checked against the host's own observations of the request.

use stockbridge_model::{Outcome, Receipt, Reference};

use crate::config::{RefusalRule, doubt};
use crate::error::{ConnectorFault, Error, WriteFailure};
use crate::sandbox::call::CallReport;
use crate::sandbox::contract::inventory::{self as wit, WriteFailure as Reported};
use crate::sandbox::contract::{Malformed, Reader, types};
use crate::sandbox::http::WriteProgress;

/// The write's receipt, or its failure with an outcome that is safe to act on.
///
/// - No byte left: not applied, whatever the connector reports.
/// - Bytes may have left and no answer arrived: unknown, whatever the connector reports.
/// - The provider answered: the connector reads the answer and reports the outcome. If the connector fails after that, the
///   outcome is unknown.
/// - A failing gateway or server, by its HTTP status, proves nothing: a receipt for a 5xx answer is a violation of the contract,
///   and *not applied* needs a status that a provider itself may answer with, and an error code of the provider.
pub(crate) fn of_write(
    reader: &Reader<'_>,
    reference: &Reference,
    established: Established<'_>,
    report: CallReport<Result<wit::Receipt, Reported>>,
) -> Result<Receipt, WriteFailure> {
    let sent = report.http.write.may_have_left();
    let without_answer = if sent { Outcome::Unknown } else { Outcome::NotApplied };
    let observed = report.http.observed;
    let fault = |fault| observed.of_fault(reader, fault);
    let violation = |problem: String| fault(ConnectorFault::Violation(problem));

    match report.answer {
        Err(error) => Err(WriteFailure::new(without_answer, fault(error))),
        Ok(Ok(receipt)) => {
            let receipt = reader
                .receipt(receipt, reference.clone())
                .map_err(|Malformed(problem)| WriteFailure::new(without_answer, violation(problem)))?;
            // A receipt needs an answer of the provider: this call's, or that of an earlier sending which was looked up.
            let problem = match report.http.write {
                WriteProgress::Answered(status @ 500..) => {
                    format!("it gave a receipt for an answer with the HTTP status {status}")
                }
                WriteProgress::Answered(_) => return Ok(receipt),
                _ if !sent && receipt.repeated == Some(true) => return Ok(receipt),
                _ => "it gave a receipt without an answer of the provider".to_owned(),
            };
            Err(WriteFailure::new(without_answer, violation(problem)))
        }
        Ok(Err(failure)) => {
            let (reported, error) = match failure {
                Reported::NotApplied(error) => (Outcome::NotApplied, error),
                Reported::Unknown(error) => (Outcome::Unknown, error),
            };
            let outcome = match report.http.write {
                WriteProgress::Answered(status) => answered(reported, status, &error, established),
                _ => without_answer,
            };
            if let Some(late) = report.http.late.filter(|_| !sent) {
                return Err(WriteFailure::new(outcome, late.error(reader.account)));
            }
            let error: Error = match reader.failure(error) {
                Ok(failure) => observed.of_failure(failure),
                Err(Malformed(problem)) => return Err(WriteFailure::new(without_answer, violation(problem))),
            };
            Err(WriteFailure::new(outcome, error))
        }
    }
}

/// The operator's rules for refusals, and the context in which they apply to a write.
#[derive(Clone, Copy)]
pub(crate) struct Established<'a> {
    pub(crate) rules: &'a [RefusalRule],
    pub(crate) operation: &'a str,
    /// Whether this is the write's first sending: a refusal of a repeat proves nothing about the first sending.
    pub(crate) is_first: bool,
}

impl Established<'_> {
    /// Whether a rule makes this error a refusal.
    fn is_refusal(self, status: u16, error: &types::Error) -> bool {
        let (Some(code), Some(message)) = (&error.provider_code, &error.provider_message) else { return false };
        // Unescaped: JSON may escape the words to look for.
        let text = |json: &String| {
            serde_json::from_str::<serde_json::Value>(json).map_or_else(|_| json.clone(), |value| value.to_string())
        };
        let others = error.extras.iter().map(|(_, json)| text(json));
        self.is_first
            && (200..300).contains(&status)
            && self.rules.iter().any(|rule| rule.covers(self.operation, code, message))
            && [code, message].into_iter().cloned().chain(others).all(|text| doubt(&text).is_none())
    }
}

/// The outcome of an answered write, by its HTTP status and the connector's report.
fn answered(reported: Outcome, status: u16, error: &types::Error, established: Established<'_>) -> Outcome {
    let has_code = error.provider_code.as_ref().is_some_and(|code| !code.trim().is_empty());
    match (reported, status) {
        // The gateway gave up on the server behind it, or the server gave up on the request.
        (Outcome::NotApplied, 408 | 502..=504 | 520..=599) => Outcome::Unknown,
        (Outcome::NotApplied, 500..=599) if !has_code => Outcome::Unknown,
        (Outcome::Unknown, _) if established.is_refusal(status, error) => Outcome::NotApplied,
        _ => reported,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::http::HttpReport;

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

    fn outcome(
        write: WriteProgress,
        answer: Result<Result<wit::Receipt, Reported>, ConnectorFault>,
    ) -> Option<Outcome> {
        let reader = Reader { account: "a", rows: 1, redactor: std::sync::Arc::default() };
        let report = CallReport { answer, http: HttpReport { write, ..HttpReport::default() } };
        let established = Established { rules: &[], operation: "transfer", is_first: true };
        of_write(&reader, &"r".parse().unwrap(), established, report).err().map(|failure| failure.outcome())
    }

    #[test]
    fn an_answer_of_a_gateway_or_server_in_trouble_proves_nothing() {
        let coded = || types::Error { provider_code: Some("17".to_owned()), ..no() };
        for status in (500..=599).chain([408]) {
            let write = WriteProgress::Answered(status);
            let is_gateway = matches!(status, 408 | 502..=504 | 520..=599);
            let expected = if is_gateway { Outcome::Unknown } else { Outcome::NotApplied };
            assert_eq!(outcome(write, Ok(Err(Reported::NotApplied(coded())))), Some(expected), "{status}");
            assert_eq!(outcome(write, Ok(Err(Reported::NotApplied(no())))), Some(Outcome::Unknown), "{status}");
            if status >= 500 {
                for repeated in [None, Some(false), Some(true)] {
                    assert_eq!(outcome(write, Ok(Ok(receipt(repeated)))), Some(Outcome::Unknown), "{status}");
                }
            }
        }
        for status in [200, 202, 400, 404, 409, 422, 429] {
            let write = WriteProgress::Answered(status);
            assert_eq!(outcome(write, Ok(Err(Reported::NotApplied(no())))), Some(Outcome::NotApplied), "{status}");
            assert_eq!(outcome(write, Ok(Ok(receipt(None)))), None, "{status}");
        }
    }

    #[test]
    fn an_operators_rule_makes_a_refusal_of_a_first_answer_that_leaves_no_doubt() {
        let rules = [RefusalRule::new("transfer", "9", "商品*不在可调拨范围").unwrap()];
        let reported = |words: &str, extras: &str| types::Error {
            provider_code: Some("9".to_owned()),
            provider_message: Some(words.to_owned()),
            extras: vec![("data".to_owned(), extras.to_owned())],
            ..no()
        };
        let words = "商品A17不在可调拨范围";
        let of = |is_first, status, error: &types::Error| {
            let established = Established { rules: &rules, operation: "transfer", is_first };
            answered(Outcome::Unknown, status, error, established)
        };
        assert_eq!(of(true, 200, &reported(words, "{}")), Outcome::NotApplied);
        for (is_first, status, error) in [
            (false, 200, reported(words, "{}")),
            (true, 400, reported(words, "{}")),
            (true, 502, reported(words, "{}")),
            (true, 200, reported("商品A17不在可调拨范围内", "{}")),
            (true, 200, reported(words, "\"系统异常\"")),
            (true, 200, reported(words, r#"{"why":"\u5df2\u751f\u6210"}"#)),
            (true, 200, no()),
        ] {
            assert_eq!(of(is_first, status, &error), Outcome::Unknown, "{status} {error:?}");
        }
    }

    #[test]
    fn what_was_never_sent_is_not_applied_whatever_the_connector_says() {
        for write in [WriteProgress::None, WriteProgress::NothingSent] {
            assert_eq!(outcome(write, Ok(Err(Reported::Unknown(no())))), Some(Outcome::NotApplied));
            assert_eq!(outcome(write, Ok(Err(Reported::NotApplied(no())))), Some(Outcome::NotApplied));
            assert_eq!(outcome(write, Err(ConnectorFault::Trapped(String::new()))), Some(Outcome::NotApplied));
            assert_eq!(outcome(write, Ok(Ok(receipt(None)))), Some(Outcome::NotApplied));
        }
    }

    #[test]
    fn what_was_sent_without_an_answer_is_unknown_whatever_the_connector_says() {
        let write = WriteProgress::Unanswered;
        assert_eq!(outcome(write, Ok(Err(Reported::NotApplied(no())))), Some(Outcome::Unknown));
        assert_eq!(outcome(write, Ok(Ok(receipt(None)))), Some(Outcome::Unknown));
        assert_eq!(outcome(write, Ok(Ok(receipt(Some(true))))), Some(Outcome::Unknown));
        assert_eq!(outcome(write, Err(ConnectorFault::Trapped(String::new()))), Some(Outcome::Unknown));
    }

    #[test]
    fn the_providers_answer_is_read_by_the_connector() {
        let write = WriteProgress::Answered(200);
        assert_eq!(outcome(write, Ok(Ok(receipt(None)))), None);
        assert_eq!(outcome(write, Ok(Err(Reported::NotApplied(no())))), Some(Outcome::NotApplied));
        assert_eq!(outcome(write, Ok(Err(Reported::Unknown(no())))), Some(Outcome::Unknown));
        assert_eq!(outcome(write, Err(ConnectorFault::Memory(1))), Some(Outcome::Unknown));
    }

    #[test]
    fn an_earlier_sending_that_was_looked_up_counts_as_applied() {
        assert_eq!(outcome(WriteProgress::None, Ok(Ok(receipt(Some(true))))), None);
    }
}
