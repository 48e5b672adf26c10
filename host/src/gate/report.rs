//! What the gate says of components and configurations, for an operator who asks why a version does or does not serve.

use stockbridge_model::Digest;

use super::finding::{Finding, Severity};
use crate::connector::{ReportBuilder, Step};
use crate::error::Error;

/// What the gate says of one component, for one account or for none.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report {
    /// The account that it is to serve; none for a component alone.
    pub account: Option<String>,
    /// Where the component came from: a file, or `(in memory)`.
    pub place: String,
    /// Which version it is, where it could be read.
    pub digest: Option<Digest>,
    /// What the version calls itself, where it says so.
    pub version: Option<String>,
    /// All steps, in their order.
    pub steps: Vec<Step>,
    /// Why it does not serve.
    pub error: Option<Error>,
    /// What keeps it from working, or may, though it serves.
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

/// What a check says of a configuration file.
#[derive(Debug)]
#[non_exhaustive]
pub struct ConfigReport {
    /// What is wrong beside the accounts, so that none of it is taken over.
    pub mistakes: Vec<Error>,
    /// What was found of the machine: the journal, the cache, variables that are not used.
    pub findings: Vec<Finding>,
    /// What the gate says of each account.
    pub accounts: Vec<Report>,
}

impl ConfigReport {
    /// Whether nothing was found that keeps it from being taken over, or an account from working.
    #[must_use]
    pub fn works(&self) -> bool {
        self.mistakes.is_empty()
            && self.findings.iter().all(|finding| finding.severity != Severity::Failure)
            && self.accounts.iter().all(Report::works)
    }
}
