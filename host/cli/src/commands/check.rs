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
use crate::failure::{Cause, Failure, Mistake, Place};
use crate::output::{self, Column};

const ACTION: &str = "the check";

/// Checks a component alone, or a configuration with the component of each account. The exit code is the first failure's.
pub(crate) async fn run(config: &Path, arguments: &CheckArguments, json: bool) -> Result<Exit, Failure> {
    let file = arguments.file.as_deref().unwrap_or(config);
    let found = Found::of(file).await.map_err(|error| Failure::new(ACTION, Cause::Library(error)))?;
    let shown =
        if json { output::json(&Checked::of(&found, arguments.failures)) } else { show(&found, arguments.failures) };
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

/// The findings to show.
fn shown(findings: &[Finding], failures: bool) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(move |finding| !failures || is_failure(finding))
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
    checks: Vec<Checks<'a>>,
}

#[derive(Serialize)]
struct ConfigurationJson<'a> {
    mistakes: Vec<Mistake>,
    findings: Vec<FindingJson<'a>>,
}

/// The checks of one component, for one account or for none.
#[derive(Serialize)]
struct Checks<'a> {
    account: Option<&'a str>,
    component: &'a str,
    sha256: Option<String>,
    version: Option<&'a str>,
    serves: bool,
    /// Whether it serves and no finding keeps it from working.
    works: bool,
    /// The failure's stable name.
    code: Option<&'static str>,
    /// Each of several mistakes, or the only one.
    mistakes: Vec<Mistake>,
    findings: Vec<FindingJson<'a>>,
    steps: Vec<&'a Step>,
}

/// A finding, as JSON.
#[derive(Serialize)]
struct FindingJson<'a> {
    severity: Severity,
    code: &'static str,
    message: String,
    field: &'a str,
    fix: &'a str,
    place: Option<Place>,
}

impl<'a> Checked<'a> {
    fn of(found: &'a Found, failures: bool) -> Checked<'a> {
        let whole = |configuration: &'a Configuration| ConfigurationJson {
            mistakes: configuration.mistakes.iter().map(Mistake::of).collect(),
            findings: shown(&configuration.findings, failures).map(FindingJson::of).collect(),
        };
        let reports = found.reports.iter().filter(|report| !failures || !report.works());
        Checked {
            configuration: found.configuration.as_ref().map(whole),
            checks: reports.map(|report| Checks::of(report, failures)).collect(),
        }
    }
}

impl<'a> Checks<'a> {
    fn of(report: &'a Report, failures: bool) -> Checks<'a> {
        Checks {
            account: report.account.as_deref(),
            component: &report.place,
            sha256: report.digest.map(|digest| digest.to_string()),
            version: report.version.as_deref(),
            serves: report.serves(),
            works: report.works(),
            code: report.error.as_ref().map(Error::code),
            mistakes: report.error.iter().flat_map(Error::mistakes).map(Mistake::of).collect(),
            findings: shown(&report.findings, failures).map(FindingJson::of).collect(),
            steps: steps(report, failures).collect(),
        }
    }
}

impl<'a> FindingJson<'a> {
    fn of(finding: &'a Finding) -> FindingJson<'a> {
        FindingJson {
            severity: finding.severity,
            code: finding.code,
            message: finding.to_string(),
            field: &finding.field,
            fix: &finding.fix,
            place: finding.place.as_ref().and_then(Place::of),
        }
    }
}

fn steps(report: &Report, failures: bool) -> impl Iterator<Item = &Step> {
    report.steps.iter().filter(move |step| !failures || step.verdict == Verdict::Failed)
}

fn show(found: &Found, failures: bool) -> io::Result<()> {
    if found.reports.is_empty() {
        output::note("the configuration has no accounts");
    }
    let mut blocks = Vec::new();
    if let Some(Configuration { mistakes, findings }) = &found.configuration {
        let mistakes =
            mistakes.iter().map(|error| [error.code().to_owned(), "failed".to_owned(), lines(&error.to_string())]);
        let rows: Vec<_> = mistakes.chain(shown(findings, failures).map(finding_row)).collect();
        if !rows.is_empty() {
            blocks.push(("the configuration".to_owned(), rows));
        }
    }
    for report in found.reports.iter().filter(|report| !failures || !report.works()) {
        let rows = steps(report, failures).map(row).chain(shown(&report.findings, failures).map(finding_row));
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
