//! What the end of a call teaches: that the provider was asked too much, or that it answers as it should.

use super::Deployment;
use crate::rate::Limit;
use crate::sandbox::call::CallReport;
use crate::sandbox::contract::inventory::WriteFailure;
use crate::sandbox::contract::types;

/// A failure that a connector reports, of whatever operation.
pub(crate) trait Reported {
    /// What is wrong.
    fn error(&self) -> &types::Error;
}

impl Reported for types::Error {
    fn error(&self) -> &types::Error {
        self
    }
}

impl Reported for WriteFailure {
    fn error(&self) -> &types::Error {
        match self {
            WriteFailure::NotApplied(error) | WriteFailure::Unknown(error) => error,
        }
    }
}

/// Learns from a call. A limit is the provider's word only where the provider answered: the host's own "not in time"
/// comes back the same way, and is nothing to learn from.
pub(crate) fn learn<T, E: Reported>(serving: &Deployment, ended: &CallReport<Result<T, E>>) {
    let pacer = &serving.grants.pacer;
    match &ended.answer {
        Ok(Ok(_)) if ended.http.answered => pacer.succeeded(),
        Ok(Err(failure)) if ended.http.answered && failure.error().class == types::ErrorClass::RateLimited => {
            let error = failure.error();
            let known = |method: &&str| {
                serving.operations.iter().any(|support| support.methods.iter().any(|known| known == method))
            };
            pacer.limited(Limit {
                wait: error.retry_after.map(std::time::Duration::from_millis),
                // A method behind no operation could not be kept from being called: then it holds for all of them.
                method: error.limited_method.as_deref().filter(known),
            });
        }
        _ => {}
    }
}
