//! Reports of the gate on components and configurations, for an operator who asks why a version does or does not serve.

use serde::{Serialize, Serializer};
use stockbridge_model::Digest;

use super::finding::{Finding, Severity};
use crate::connector::{ReportBuilder, Step};
use crate::error::{Error, Place};

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

/// One of the mistakes that keep a component or a configuration from being taken.
#[derive(Serialize)]
struct Mistake<'a> {
    message: String,
    code: &'static str,
    place: Option<&'a Place>,
}

impl<'a> Mistake<'a> {
    fn all_of(errors: impl IntoIterator<Item = &'a Error>) -> Vec<Mistake<'a>> {
        let each = errors.into_iter().flat_map(Error::mistakes);
        each.map(|error| Mistake { message: error.to_string(), code: error.code(), place: error.place() }).collect()
    }
}

/// What `stockbridge check --json` prints of a component.
#[derive(Serialize)]
struct SerializedReport<'a> {
    account: Option<&'a str>,
    component: &'a str,
    sha256: Option<Digest>,
    version: Option<&'a str>,
    serves: bool,
    works: bool,
    code: Option<&'static str>,
    mistakes: Vec<Mistake<'a>>,
    findings: &'a [Finding],
    steps: &'a [Step],
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        SerializedReport {
            account: self.account.as_deref(),
            component: &self.place,
            sha256: self.digest,
            version: self.version.as_deref(),
            serves: self.serves(),
            works: self.works(),
            code: self.error.as_ref().map(Error::code),
            mistakes: Mistake::all_of(&self.error),
            findings: &self.findings,
            steps: &self.steps,
        }
        .serialize(serializer)
    }
}

/// What was found beside the accounts, and the accounts.
#[derive(Serialize)]
struct SerializedConfigReport<'a> {
    mistakes: Vec<Mistake<'a>>,
    findings: &'a [Finding],
    accounts: &'a [Report],
}

impl Serialize for ConfigReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mistakes = Mistake::all_of(&self.mistakes);
        SerializedConfigReport { mistakes, findings: &self.findings, accounts: &self.accounts }.serialize(serializer)
    }
}
