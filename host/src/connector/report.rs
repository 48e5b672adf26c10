//! What the gate found: one step after the other, for an operator who asks why a version does or does not serve.

use serde::Serialize;

use stockbridge_model::Digest;

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

/// The steps that a component has passed so far.
#[derive(Debug, Default)]
pub(crate) struct ReportBuilder {
    passed: Vec<Step>,
    /// Which component it is, as far as that is known.
    pub(crate) digest: Option<Digest>,
    pub(crate) version: Option<String>,
}

impl ReportBuilder {
    /// It is as it has to be.
    pub(crate) fn ok(&mut self, check: Check, detail: impl Into<String>) {
        self.passed.push(Step { check, verdict: Verdict::Ok, detail: detail.into() });
    }

    /// Nothing asked for it.
    pub(crate) fn not_asked(&mut self, check: Check, detail: impl Into<String>) {
        self.passed.push(Step { check, verdict: Verdict::NotAsked, detail: detail.into() });
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.passed.len()
    }

    /// Those from a place on.
    pub(crate) fn since(&self, place: usize) -> Vec<Step> {
        self.passed.get(place..).unwrap_or_default().to_vec()
    }

    /// The same steps again: another account has the same component.
    pub(crate) fn again(&mut self, steps: &[Step]) {
        self.passed.extend_from_slice(steps);
    }

    /// All steps, with the one that failed, which is the first that did not pass, and those behind it. `why`: what failed.
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
