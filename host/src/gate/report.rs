//! What the gate found: one step after the other, for an operator who asks why a version does or does not serve.

use serde::Serialize;

use super::finding::{Finding, Severity};
use crate::component::Digest;
use crate::error::Error;

/// What the gate looks at, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Check {
    /// The file can be read, and is not larger than a component may be.
    Size,
    /// It has the form of a component, section by section, and not of something else; it makes few instances of itself.
    Form,
    /// It is the file that the configuration pins.
    Sha256,
    /// One of the configuration's keys signed it.
    Signature,
    /// Its code is valid WebAssembly, and was compiled.
    Code,
    /// It was built for a version of the contract that this host knows.
    Contract,
    /// It imports nothing but what a connector is given.
    Imports,
    /// It exports what a connector must have, in the contract's types.
    Exports,
    /// It says what it is and what it needs.
    Describe,
    /// What it needs is what the account has: settings, secrets and grants.
    Account,
    /// It sends, byte for byte, what its signature vectors say.
    Vectors,
    /// It says what the account can do, with its settings.
    Operations,
}

impl Check {
    /// All of them, in their order.
    pub const ALL: [Check; 12] = [
        Check::Size,
        Check::Form,
        Check::Sha256,
        Check::Signature,
        Check::Code,
        Check::Contract,
        Check::Imports,
        Check::Exports,
        Check::Describe,
        Check::Account,
        Check::Vectors,
        Check::Operations,
    ];

    /// Its name: `sha256`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Check::Size => "size",
            Check::Form => "form",
            Check::Sha256 => "sha256",
            Check::Signature => "signature",
            Check::Code => "code",
            Check::Contract => "contract",
            Check::Imports => "imports",
            Check::Exports => "exports",
            Check::Describe => "describe",
            Check::Account => "account",
            Check::Vectors => "vectors",
            Check::Operations => "operations",
        }
    }
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verdict {
    /// It is as it has to be.
    Ok,
    /// Nothing asked for it.
    NotAsked,
    /// It is not as it has to be, so that the component does not serve.
    Failed,
    /// A step before it failed.
    NotReached,
}

/// One step of the gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// What was looked at.
    pub check: Check,
    /// How it ended.
    pub verdict: Verdict,
    /// What was found, for a person; empty where nothing was.
    pub detail: String,
}

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

/// The steps that a component has passed so far.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    passed: Vec<Step>,
    /// Which component it is, as far as that is known.
    pub(super) digest: Option<Digest>,
    pub(super) version: Option<String>,
    /// What was found beside them.
    pub(super) findings: Vec<Finding>,
}

impl Steps {
    /// It is as it has to be.
    pub(crate) fn ok(&mut self, check: Check, detail: impl Into<String>) {
        self.passed.push(Step { check, verdict: Verdict::Ok, detail: detail.into() });
    }

    /// Nothing asked for it.
    pub(crate) fn not_asked(&mut self, check: Check, detail: impl Into<String>) {
        self.passed.push(Step { check, verdict: Verdict::NotAsked, detail: detail.into() });
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.passed.len()
    }

    /// Those from a place on.
    pub(super) fn since(&self, place: usize) -> Vec<Step> {
        self.passed.get(place..).unwrap_or_default().to_vec()
    }

    /// The same steps again: another account has the same component.
    pub(super) fn again(&mut self, steps: &[Step]) {
        self.passed.extend_from_slice(steps);
    }

    /// All steps, with the one that failed, which is the first that did not pass, and those behind it.
    pub(super) fn report(self, account: Option<String>, place: String, error: Option<Error>) -> Report {
        let mut why = error.as_ref().map(Error::to_string);
        let step = |check: Check| {
            if let Some(step) = self.passed.iter().find(|step| step.check == check) {
                return step.clone();
            }
            match why.take() {
                Some(detail) => Step { check, verdict: Verdict::Failed, detail },
                None => Step { check, verdict: Verdict::NotReached, detail: String::new() },
            }
        };
        let steps = Check::ALL.into_iter().map(step).collect();
        Report { account, place, digest: self.digest, version: self.version, steps, error, findings: self.findings }
    }
}
