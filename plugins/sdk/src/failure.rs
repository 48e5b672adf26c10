//! Failures of operations, and the conversions between them.

use crate::{Error, ErrorClass, Failure, HttpError, Refusal, Response, WriteFailure};

/// An operation that was refused before anything was sent: a write may safely be sent again.
#[derive(Clone, Debug)]
pub struct Refused(Box<Error>);

impl Refused {
    /// The order or query is wrong at `path`.
    #[must_use]
    pub fn invalid(path: impl Into<String>, message: impl Into<String>) -> Refused {
        Refused(Box::new(Error::new(ErrorClass::InvalidRequest, message).at(path)))
    }

    /// The provider cannot carry the field at `path`.
    #[must_use]
    pub fn unsupported(path: impl Into<String>, message: impl Into<String>) -> Refused {
        Refused(Box::new(Error::new(ErrorClass::Unsupported, message).at(path)))
    }

    /// The connector does not have this operation.
    #[must_use]
    pub fn operation(operation: &str) -> Refused {
        Refused(Box::new(Error::new(ErrorClass::Unsupported, format!("this connector has no operation `{operation}`"))))
    }

    /// The operator's value of a setting is invalid.
    #[must_use]
    pub fn wrong_setting(name: &str, message: impl std::fmt::Display) -> Refused {
        Refused(Box::new(Error::new(
            ErrorClass::InvalidRequest,
            format!("the setting `{name}` cannot be used: {message}"),
        )))
    }

    /// A fault of the connector, or of its environment.
    #[must_use]
    pub fn internal(message: impl Into<String>) -> Refused {
        Refused(Box::new(Error::new(ErrorClass::Internal, message)))
    }

    /// A missing setting without a default. `how` says what to configure and why, after a colon.
    #[must_use]
    pub fn missing_setting(name: &str, how: impl std::fmt::Display) -> Refused {
        let message = format!("the setting `{name}` is needed for this: {how}");
        Refused(Box::new(Error::new(ErrorClass::InvalidRequest, message)))
    }

    pub(crate) fn setting(name: &str) -> Refused {
        Refused::missing_setting(name, "add it to the account's settings")
    }

    pub(crate) fn secret(name: &str, refusal: Refusal) -> Refused {
        let (class, message) = match refusal {
            Refusal::Missing => (
                ErrorClass::Unauthorized,
                format!("the secret `{name}` is not configured: add it to the account's secrets"),
            ),
            Refusal::Expired => (ErrorClass::Unauthorized, format!("the secret `{name}` has expired")),
            Refusal::Limit => {
                (ErrorClass::Internal, "signing would exceed the account's limits on secrets and digests".to_owned())
            }
        };
        Refused(Box::new(Error::new(class, message)))
    }
}

impl Error {
    /// A failure with a message for a person: what happened and what to do about it.
    #[must_use]
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Error {
        Error {
            class,
            path: None,
            provider_code: None,
            provider_message: None,
            message: message.into(),
            retry_after: None,
            limited_method: None,
            extras: Vec::new(),
        }
    }

    /// A refusal by the provider, with its code and message.
    #[must_use]
    pub fn by_provider(class: ErrorClass, code: impl Into<String>, message: impl Into<String>) -> Error {
        let (code, message) = (code.into(), message.into());
        let mut error = Error::new(class, format!("the provider answered {code}: {message}"));
        error.provider_code = Some(code);
        error.provider_message = Some(message);
        error
    }

    /// An answer that differs from the provider's documentation.
    #[must_use]
    pub fn malformed(what: impl std::fmt::Display) -> Error {
        Error::new(
            ErrorClass::MalformedResponse,
            format!("the provider's answer differs from its documentation: {what}"),
        )
    }

    /// An answer with another status than the only one that the provider uses: it comes from something in front of the
    /// provider, or from a provider in trouble. It says nothing about the request's outcome; `retry-after` gives the wait.
    #[must_use]
    pub fn http_status(response: &Response) -> Error {
        let class = match response.status {
            429 => ErrorClass::RateLimited,
            500.. => ErrorClass::Unavailable,
            _ => ErrorClass::MalformedResponse,
        };
        let message =
            format!("the answer has the HTTP status {}, which the provider does not document", response.status);
        let mut error = Error::new(class, message);
        error.retry_after = retry_after(response).filter(|_| class != ErrorClass::MalformedResponse);
        error
    }

    /// Sets the field at fault, by its name in the contract.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Error {
        self.path = Some(path.into());
        self
    }

    /// Sets how long the provider asks to wait, in milliseconds.
    #[must_use]
    pub fn retry_after(mut self, milliseconds: u64) -> Error {
        self.retry_after = Some(milliseconds);
        self
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Error {
        *refused.0
    }
}

impl From<Refused> for WriteFailure {
    fn from(refused: Refused) -> WriteFailure {
        WriteFailure::NotApplied(*refused.0)
    }
}

/// A query fails the same way whether or not its request arrived.
impl From<WriteFailure> for Error {
    fn from(failure: WriteFailure) -> Error {
        match failure {
            WriteFailure::NotApplied(error) | WriteFailure::Unknown(error) => error,
        }
    }
}

impl From<HttpError> for WriteFailure {
    fn from(failure: HttpError) -> WriteFailure {
        let class = match failure.failure {
            Failure::Denied => ErrorClass::Forbidden,
            Failure::Unreachable | Failure::TimedOut | Failure::Broken => ErrorClass::Unavailable,
            Failure::TooLarge => ErrorClass::MalformedResponse,
            Failure::Throttled => ErrorClass::RateLimited,
        };
        let mut error = Error::new(class, failure.message);
        error.retry_after = failure.retry_after;
        if failure.sent { WriteFailure::Unknown(error) } else { WriteFailure::NotApplied(error) }
    }
}

/// The milliseconds of a `retry-after` in seconds. Its other form, a date, is ignored; the caller chooses the wait.
fn retry_after(response: &Response) -> Option<u64> {
    let (_, value) = response.headers.iter().find(|(name, _)| name == "retry-after")?;
    std::str::from_utf8(value).ok()?.trim().parse::<u64>().ok()?.checked_mul(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status_error(status: u16, retry_after: &str) -> (ErrorClass, Option<u64>) {
        let headers = vec![("retry-after".to_owned(), retry_after.as_bytes().to_vec())];
        let error = Error::http_status(&Response { status, headers, body: Vec::new() });
        (error.class, error.retry_after)
    }

    #[test]
    fn a_status_says_how_long_to_wait_where_waiting_helps() {
        assert_eq!(status_error(429, "3"), (ErrorClass::RateLimited, Some(3000)));
        assert_eq!(status_error(503, " 120 "), (ErrorClass::Unavailable, Some(120_000)));
        assert_eq!(status_error(302, "3"), (ErrorClass::MalformedResponse, None));
    }

    #[test]
    fn a_wait_that_is_no_number_of_seconds_is_not_told() {
        for text in ["Sun, 22 Nov 2026 08:00:00 GMT", "-1", "1.5", "", "18446744073709551615"] {
            assert_eq!(status_error(429, text), (ErrorClass::RateLimited, None), "{text}");
        }
    }
}
