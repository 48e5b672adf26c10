//! Reports of the gate on components and configurations, for an operator who asks why a version does or does not serve.

use stockbridge_model::Digest;

use super::finding::{Finding, Severity};
use crate::connector::{ReportBuilder, Step};
use crate::error::Error;

/// The gate's report on one component, for one account or for none.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// The account that the component is checked for; none for a component alone.
    pub account: Option<String>,
    /// Where the component came from: a file, or `(in memory)`.
    pub place: String,
    /// The component's digest, if it could be read.
    pub digest: Option<Digest>,
    /// The component's human-readable version, if it has one.
    pub version: Option<String>,
    /// All steps, in their order.
    pub steps: Vec<Step>,
    /// Why it does not serve; none if it does.
    pub error: Option<Error>,
    /// Findings that keep it from working, or may, although it serves.
    pub findings: Vec<Finding>,
}

impl Report {
    pub(super) fn of(
        passed: ReportBuilder,
        account: Option<String>,
        place: String,
        error: Option<Error>,
        findings: Vec<Finding>,
    ) -> Report {
        let steps = passed.steps(error.as_ref().map(Error::to_string));
        Report { account, place, digest: passed.digest, version: passed.version, steps, error, findings }
    }

    /// Whether it may serve.
    #[must_use]
    pub fn serves(&self) -> bool {
        self.error.is_none()
    }

    /// Whether it may serve, and nothing was found that keeps it from working.
    #[must_use]
    pub fn works(&self) -> bool {
        self.serves() && self.findings.iter().all(|finding| finding.severity != Severity::Failure)
    }
}

/// The gate's report on a configuration file.
#[derive(Debug)]
#[non_exhaustive]
pub struct ConfigReport {
    /// Mistakes outside of the accounts: with any of them, the configuration is not applied.
    pub mistakes: Vec<Error>,
    /// Findings about the machine: the journal, the cache, environment variables that have no effect.
    pub findings: Vec<Finding>,
    /// The gate's report on each account.
    pub accounts: Vec<Report>,
}

impl ConfigReport {
    /// Whether nothing was found that keeps it from being applied, or an account from working.
    #[must_use]
    pub fn works(&self) -> bool {
        self.mistakes.is_empty()
            && self.findings.iter().all(|finding| finding.severity != Severity::Failure)
            && self.accounts.iter().all(Report::works)
    }
}
