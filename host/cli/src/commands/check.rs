//! `stockbridge check`: runs components through the gate, as a host does when it loads them, explains each step, and
//! reports what passes and still cannot work.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde::Serialize;
use stockbridge::Error;
use stockbridge::gate::{self, ConfigReport, Finding, Report, Severity, Step, Verdict};

use crate::arguments::CheckArguments;
use crate::exit::Exit;
use crate::failure::{Cause, Failure, Mistake};
use crate::output::{self, Column};

const ACTION: &str = "the check";

/// Checks a component alone, or a configuration with the component of each account. The exit code is the first failure's.
pub(crate) async fn run(config: &Path, arguments: &CheckArguments, json: bool) -> Result<Exit, Failure> {
    let file = arguments.file.as_deref().unwrap_or(config);
    let mut found = Found::of(file).await.map_err(|error| Failure::new(ACTION, Cause::Library(error)))?;
    if found.reports.is_empty() && !json {
        output::note("the configuration has no accounts");
    }
    if arguments.failures {
        found.keep_failures();
    }
    let shown = if json { output::json(&Checked::of(&found)) } else { show(&found, arguments.failures) };
    shown.map_err(|error| Failure::new(ACTION, Cause::Output(error)))?;
    Ok(found.exit())
}

/// Result of a check, of a component or of a configuration.
struct Found {
    /// None where a component was checked.
    configuration: Option<Configuration>,
    reports: Vec<Report>,
}

/// Findings about the configuration beside its accounts.
struct Configuration {
    mistakes: Vec<Error>,
    findings: Vec<Finding>,
}

impl Found {
    async fn of(file: &Path) -> Result<Found, Error> {
        if is_component(file) {
            return Ok(Found { configuration: None, reports: vec![gate::check(file.to_path_buf()).await?] });
        }
        let ConfigReport { mistakes, findings, accounts, .. } = gate::check_file(file).await?;
        Ok(Found { configuration: Some(Configuration { mistakes, findings }), reports: accounts })
    }

    /// Drops what passed, and what may be as it is wanted.
    fn keep_failures(&mut self) {
        if let Some(found) = &mut self.configuration {
            found.findings.retain(is_failure);
        }
        self.reports.retain(|report| !report.works());
        for report in &mut self.reports {
            report.findings.retain(is_failure);
            report.steps.retain(|step| step.verdict == Verdict::Failed);
        }
    }

    fn exit(&self) -> Exit {
        let wrong = |findings: &[Finding]| findings.iter().any(is_failure).then_some(Exit::Wrong);
        let of_error = |error: &Error| Exit::of(error.class(), error.outcome(), error.code());
        let configuration = self.configuration.as_ref();
        let whole = configuration.and_then(|found| found.mistakes.first().map(of_error).or(wrong(&found.findings)));
        let account = |report: &Report| report.error.as_ref().map(of_error).or(wrong(&report.findings));
        whole.or_else(|| self.reports.iter().find_map(account)).unwrap_or(Exit::Done)
    }
}

fn is_failure(finding: &Finding) -> bool {
    finding.severity == Severity::Failure
}

/// Recognises a component by its name, or by its first bytes.
fn is_component(file: &Path) -> bool {
    let named = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("wasm"));
    // A pipe is not read here: a configuration can be read from it only once.
    let mut beginning = [0; 4];
    let is_regular = || std::fs::metadata(file).is_ok_and(|found| found.is_file());
    let mut begins = || is_regular() && File::open(file).and_then(|mut file| file.read_exact(&mut beginning)).is_ok();
    named || (begins() && beginning == *b"\0asm")
}

/// The result, as JSON.
#[derive(Serialize)]
struct Checked<'a> {
    /// Findings beside the accounts; null where a component was checked.
    configuration: Option<ConfigurationJson<'a>>,
    checks: &'a [Report],
}

#[derive(Serialize)]
struct ConfigurationJson<'a> {
    mistakes: Vec<Mistake>,
    findings: &'a [Finding],
}

impl<'a> Checked<'a> {
    fn of(found: &'a Found) -> Checked<'a> {
        let whole = |configuration: &'a Configuration| ConfigurationJson {
            mistakes: configuration.mistakes.iter().map(Mistake::of).collect(),
            findings: &configuration.findings,
        };
        Checked { configuration: found.configuration.as_ref().map(whole), checks: &found.reports }
    }
}

fn show(found: &Found, failures: bool) -> io::Result<()> {
    let mut blocks = Vec::new();
    if let Some(Configuration { mistakes, findings }) = &found.configuration {
        let mistakes =
            mistakes.iter().map(|error| [error.code().to_owned(), "failed".to_owned(), lines(&error.to_string())]);
        let rows: Vec<_> = mistakes.chain(findings.iter().map(finding_row)).collect();
        if !rows.is_empty() {
            blocks.push(("the configuration".to_owned(), rows));
        }
    }
    for report in &found.reports {
        let rows = report.steps.iter().map(row).chain(report.findings.iter().map(finding_row));
        blocks.push((heading(report), rows.collect()));
    }
    if blocks.is_empty() && failures {
        output::note("nothing fails");
    }
    for (place, (heading, rows)) in blocks.iter().enumerate() {
        if place > 0 {
            output::lines("")?;
        }
        output::lines(heading)?;
        output::lines(&output::table(["check", "verdict", "found"].map(Column::Text), rows))?;
    }
    Ok(())
}

fn heading(report: &Report) -> String {
    let account = report.account.as_deref().map(|account| format!("{account}: ")).unwrap_or_default();
    let version = report.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
    let component = if report.place.is_empty() { "no component" } else { &report.place };
    let verdict = match (report.serves(), report.works()) {
        (true, true) => "may serve",
        (true, false) => "may serve, but cannot work",
        (false, _) => "does not serve",
    };
    output::plain(&format!("{account}{component}{version} {verdict}"))
}

fn row(step: &Step) -> [String; 3] {
    let verdict = match step.verdict {
        Verdict::Ok => "ok",
        Verdict::NotAsked => "not asked",
        Verdict::Failed => "failed",
        // Verdicts that a later library adds.
        _ => "not reached",
    };
    [step.check.name().to_owned(), verdict.to_owned(), lines(&step.detail)]
}

fn finding_row(finding: &Finding) -> [String; 3] {
    let verdict = if is_failure(finding) { "failed" } else { "warning" };
    [finding.code.to_owned(), verdict.to_owned(), lines(&finding.to_string())]
}

/// A line for each mistake, with control characters escaped.
fn lines(text: &str) -> String {
    text.lines().map(output::plain).collect::<Vec<_>>().join("\n")
}
