//! Feedback from finished calls to the pacer: the provider reported a rate limit, or answered normally.

use super::Deployment;
use crate::rate::Limit;
use crate::sandbox::call::CallReport;
use crate::sandbox::contract::inventory::WriteFailure;
use crate::sandbox::contract::types;

/// A failure reported by a connector, of any operation.
pub(crate) trait Reported {
    /// The reported error.
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

/// Updates the pacer from a call. A limit counts only if the provider answered: connectors report the host's own throttling
/// the same way.
pub(crate) fn learn<T, E: Reported>(deployment: &Deployment, report: &CallReport<Result<T, E>>) {
    let pacer = &deployment.grants.pacer;
    match &report.answer {
        Ok(Ok(_)) if report.http.answered => pacer.succeeded(),
        Ok(Err(failure)) if report.http.answered && failure.error().class == types::ErrorClass::RateLimited => {
            let error = failure.error();
            let is_offered = |method: &&str| {
                deployment.operations.iter().any(|support| support.methods.iter().any(|offered| offered == method))
            };
            pacer.limited(Limit {
                wait: error.retry_after.map(std::time::Duration::from_millis),
                // A method that belongs to no operation cannot be paused on its own: then the limit holds for all methods.
                method: error.limited_method.as_deref().filter(is_offered),
            });
        }
        _ => {}
    }
}
