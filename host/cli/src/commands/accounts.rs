//! `stockbridge accounts`: the configured accounts, their operations, and whether the provider accepts each.

use std::collections::HashMap;
use std::path::Path;

use futures_util::future::join_all;
use serde::Serialize;
use stockbridge::{Account, AccountConfig, Error, Host, OperationSupport, Repetition};

use crate::arguments::AccountsArguments;
use crate::exit::Exit;
use crate::failure::{Cause, Failure, Report};
use crate::notes;
use crate::output::{self, Column};

const ACTION: &str = "the list of accounts";
/// The read-only operation.
const QUERY: &str = "query";
/// Its repetition: a query may always be repeated.
const READ_ONLY: &str = "read-only";

/// Lists the accounts, sorted by name.
pub(crate) async fn run(config: &Path, arguments: &AccountsArguments, json: bool) -> Result<Exit, Failure> {
    let failed = |error: Error| Failure::new(ACTION, Cause::Library(error));
    let config = super::read_only(config).map_err(failed)?;
    let mut granted: HashMap<String, Vec<String>> =
        config.accounts.iter().map(|account| (account.name().to_owned(), origins(account))).collect();
    let accounts = Host::from_config(config).await.map_err(failed)?.accounts();
    let checks: Vec<_> = if arguments.check {
        join_all(accounts.iter().map(check)).await.into_iter().map(Some).collect()
    } else {
        accounts.iter().map(|_| None).collect()
    };
    let failures: Vec<_> = accounts.iter().map(unserved).collect();
    let listed: Vec<Listed<'_>> = accounts
        .iter()
        .zip(&checks)
        .zip(&failures)
        .map(|((account, check), failure)| {
            let origins = granted.remove(account.name()).unwrap_or_default();
            match failure {
                None => Listed::new(account, origins, check.as_ref()),
                Some(failure) => Ok(Listed::unserved(account, origins, failure)),
            }
        })
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    let shown = if json { output::json(&List { accounts: &listed }) } else { show(&listed) };
    shown.map_err(|error| Failure::new(ACTION, Cause::Output(error)))?;
    let checks = checks.iter().flatten().filter_map(|check| check.as_ref().err());
    let first_failure = failures.iter().flatten().chain(checks).next();
    Ok(first_failure.map_or(Exit::Done, |failure| Exit::of(failure.class(), failure.outcome(), failure.code())))
}

fn origins(account: &AccountConfig) -> Vec<String> {
    account.allowed().iter().map(ToString::to_string).collect()
}

async fn check(account: &Account) -> Result<(), Failure> {
    account.check().await.map_err(|error| Failure::new("the check", Cause::Library(error)))
}

/// Why an account does not serve although others do.
fn unserved(account: &Account) -> Option<Failure> {
    account.descriptor().err().map(|error| Failure::new("the account", Cause::Library(error)))
}

/// The accounts, as JSON.
#[derive(Serialize)]
struct List<'a> {
    accounts: &'a [Listed<'a>],
}

/// An account, as JSON.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Listed<'a> {
    name: &'a str,
    /// None for an account that does not serve, as are the fields below.
    provider: Option<String>,
    title: Option<String>,
    sha256: Option<String>,
    /// The origins that it may send requests to.
    origins: Vec<String>,
    operations: Vec<Operation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<Check<'a>>,
    /// Why it does not serve.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Operation {
    operation: String,
    /// How it may be repeated after a lost answer.
    repetition: &'static str,
    /// Duration of that guarantee; none where it has no limit.
    repetition_ms: Option<u128>,
    methods: Vec<String>,
}

#[derive(Serialize)]
struct Check<'a> {
    accepted: bool,
    error: Option<Report<'a>>,
    /// The connector's log lines.
    notes: Vec<String>,
}

impl<'a> Listed<'a> {
    fn new(
        account: &'a Account,
        origins: Vec<String>,
        check: Option<&'a Result<(), Failure>>,
    ) -> Result<Listed<'a>, Error> {
        let descriptor = account.descriptor()?;
        Ok(Listed {
            name: account.name(),
            provider: Some(descriptor.provider.clone()),
            title: Some(descriptor.title.clone()),
            sha256: Some(account.digest()?.to_string()),
            origins,
            operations: account.operations()?.iter().map(Operation::new).collect(),
            check: check.map(|check| Check {
                accepted: check.is_ok(),
                error: check.as_ref().err().map(Failure::report),
                notes: notes::of(account.name()),
            }),
            error: None,
        })
    }

    fn unserved(account: &'a Account, origins: Vec<String>, failure: &'a Failure) -> Listed<'a> {
        Listed {
            name: account.name(),
            provider: None,
            title: None,
            sha256: None,
            origins,
            operations: Vec::new(),
            check: None,
            error: Some(failure.report()),
        }
    }
}

impl Operation {
    fn new(support: &OperationSupport) -> Operation {
        let (repetition, window) = match support.repetition {
            // A query may always be repeated, whatever a connector declares for a lost answer.
            _ if support.operation == QUERY => (READ_ONLY, None),
            Repetition::Deduplicated(window) => ("deduplicated", Some(window)),
            Repetition::Traceable(window) => ("traceable", Some(window)),
            Repetition::Blind => ("blind", None),
        };
        Operation {
            operation: support.operation.clone(),
            repetition,
            repetition_ms: window.map(|window| window.as_millis()),
            methods: support.methods.clone(),
        }
    }
}

fn show(listed: &[Listed<'_>]) -> std::io::Result<()> {
    if listed.is_empty() {
        output::note("the configuration has no accounts");
        return Ok(());
    }
    let columns =
        ["account", "provider", "version", "operation", "repeated after a lost answer", "granted", "check", "wrong"];
    let rows: Vec<_> = listed
        .iter()
        .map(|account| {
            let version: String = account.sha256.as_deref().unwrap_or("-").chars().take(12).collect();
            let each = |text: fn(&Operation) -> String| joined(account.operations.iter().map(text));
            [
                output::plain(account.name),
                output::plain(account.provider.as_deref().unwrap_or("-")),
                version,
                each(|operation| output::plain(&operation.operation)),
                each(repetition),
                joined(account.origins.iter().map(|origin| output::plain(origin))),
                account.check.as_ref().map(checked).unwrap_or_default(),
                joined(account.error.iter().flat_map(|error| error.message.lines().map(output::plain))),
            ]
        })
        .collect();
    output::lines(&output::table(columns.map(Column::Text), &rows))?;
    for account in listed {
        for note in account.check.iter().flat_map(|check| &check.notes) {
            output::note(&output::plain(&format!("{}: {note}", account.name)));
        }
    }
    Ok(())
}

fn joined(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

fn repetition(operation: &Operation) -> String {
    match (operation.repetition, operation.repetition_ms) {
        (READ_ONLY, _) => "any number of times".to_owned(),
        (kind, Some(window)) => format!("{kind} for {}", span(window)),
        (kind, None) => kind.to_owned(),
    }
}

/// A duration in its largest whole unit.
fn span(milliseconds: u128) -> String {
    const UNITS: [(u128, &str); 4] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s")];
    let fits = |(size, _): &&(u128, &str)| milliseconds >= *size && milliseconds.is_multiple_of(*size);
    match UNITS.iter().find(fits) {
        Some((size, unit)) => format!("{} {unit}", milliseconds / size),
        None => format!("{milliseconds} ms"),
    }
}

fn checked(check: &Check<'_>) -> String {
    match &check.error {
        None => "accepted".to_owned(),
        Some(error) => format!("{}: {}", error.code, output::plain(&error.message)),
    }
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn a_span_is_told_in_its_largest_whole_unit() {
        let spans = [0, 999, 90_000, 7_200_000, 604_800_000].map(span);
        assert_eq!(spans, ["0 ms", "999 ms", "90 s", "2 h", "7 d"]);
    }
}
