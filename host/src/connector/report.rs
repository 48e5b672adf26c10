//! Report of the gate's steps, for an operator who asks why a version does or does not serve.

use serde::Serialize;

use stockbridge_model::Digest;

/// The gate's checks, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Check {
    /// The file is readable, and within the size limit of a component.
    Size,
    /// The file has the form of a component, section by section, and makes few instances.
    Form,
    /// The file is the one that the configuration pins.
    Sha256,
    /// One of the configuration's keys signed it.
    Signature,
    /// Its code is valid WebAssembly, and was compiled.
    Code,
    /// It was built for the contract version of this host.
    Contract,
    /// It imports only what connectors are given.
    Imports,
    /// It exports the contract's interfaces, in the contract's types.
    Exports,
    /// It describes itself and its requirements.
    Describe,
    /// The account has what it requires: settings, secrets and grants.
    Account,
    /// It sends, byte for byte, what its signature vectors say.
    Vectors,
    /// It reports the operations that the account supports with its settings.
    Operations,
}

impl Check {
    /// All checks, in their order.
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

/// Verdict of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verdict {
    /// The check passed.
    Ok,
    /// Nothing requires the check.
    NotAsked,
    /// The check failed, so the component does not serve.
    Failed,
    /// An earlier step failed.
    NotReached,
}

/// One step of the gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// The check.
    pub check: Check,
    /// Its verdict.
    pub verdict: Verdict,
    /// What was found, as text for an operator; may be empty.
    pub detail: String,
}

/// The steps that a component has passed so far.
#[derive(Debug, Default)]
pub(crate) struct ReportBuilder {
    passed: Vec<Step>,
    /// The component's digest, once it is known.
    pub(crate) digest: Option<Digest>,
    pub(crate) version: Option<String>,
}

impl ReportBuilder {
    /// Records a passed check.
    pub(crate) fn ok(&mut self, check: Check, detail: impl Into<String>) {
        self.passed.push(Step { check, verdict: Verdict::Ok, detail: detail.into() });
    }

    /// Records a check that is not required.
    pub(crate) fn not_asked(&mut self, check: Check, detail: impl Into<String>) {
        self.passed.push(Step { check, verdict: Verdict::NotAsked, detail: detail.into() });
    }

    /// Number of recorded steps.
    pub(crate) fn len(&self) -> usize {
        self.passed.len()
    }

    /// The steps recorded from this index on.
    pub(crate) fn since(&self, place: usize) -> Vec<Step> {
        self.passed.get(place..).unwrap_or_default().to_vec()
    }

    /// Records steps again, for another account with the same component.
    pub(crate) fn again(&mut self, steps: &[Step]) {
        self.passed.extend_from_slice(steps);
    }

    /// All steps: those recorded, then the failed one, then those not reached. `why`: the failure's text, if a step failed.
    pub(crate) fn steps(&self, mut why: Option<String>) -> Vec<Step> {
        let step = |check: Check| {
            if let Some(step) = self.passed.iter().find(|step| step.check == check) {
                return step.clone();
            }
            match why.take() {
                Some(detail) => Step { check, verdict: Verdict::Failed, detail },
                None => Step { check, verdict: Verdict::NotReached, detail: String::new() },
            }
        };
        Check::ALL.into_iter().map(step).collect()
    }
}
