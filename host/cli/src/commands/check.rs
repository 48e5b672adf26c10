//! `stockbridge check`: takes components through the gate, as a host does that loads them, and explains each step.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde::Serialize;
use stockbridge::gate::{self, Report, Step, Verdict};
use stockbridge::{Config, Error};

use crate::arguments::CheckArguments;
use crate::exit::Exit;
use crate::failure::{Cause, Failure};
use crate::output::{self, Column};

const ACTION: &str = "the check";

/// Checks a component alone, or the component of each account of a configuration. Ends as the first failure does.
pub(crate) async fn run(config: &Path, asked: &CheckArguments, json: bool) -> Result<Exit, Failure> {
    let file = asked.file.as_deref().unwrap_or(config);
    let reports = reports(file).await.map_err(|error| Failure::new(ACTION, Cause::Library(error)))?;
    let shown =
        if json { output::json(&Checked { checks: reports.iter().map(Checks::of).collect() }) } else { show(&reports) };
    shown.map_err(|error| Failure::new(ACTION, Cause::Output(error)))?;
    let failed = reports.iter().find_map(|report| report.error.as_ref());
    Ok(failed.map_or(Exit::Done, |error| Exit::of(error.class(), error.outcome(), error.code())))
}

async fn reports(file: &Path) -> Result<Vec<Report>, Error> {
    if is_component(file) {
        return Ok(vec![gate::check(file.to_path_buf()).await?]);
    }
    gate::check_config(&Config::from_file(file)?).await
}

/// By its name, or by what it begins with.
fn is_component(file: &Path) -> bool {
    let named = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("wasm"));
    let mut beginning = [0; 4];
    let mut begins = || File::open(file).and_then(|mut file| file.read_exact(&mut beginning)).is_ok();
    named || (begins() && beginning == *b"\0asm")
}

/// What was checked, as a program reads it.
#[derive(Serialize)]
struct Checked<'a> {
    checks: Vec<Checks<'a>>,
}

/// The checks of one component, for one account or for none.
#[derive(Serialize)]
struct Checks<'a> {
    account: Option<&'a str>,
    component: &'a str,
    sha256: Option<String>,
    version: Option<&'a str>,
    serves: bool,
    /// The failure's stable name.
    code: Option<&'static str>,
    steps: &'a [Step],
}

impl<'a> Checks<'a> {
    fn of(report: &'a Report) -> Checks<'a> {
        Checks {
            account: report.account.as_deref(),
            component: &report.place,
            sha256: report.digest.map(|digest| digest.to_string()),
            version: report.version.as_deref(),
            serves: report.serves(),
            code: report.error.as_ref().map(Error::code),
            steps: &report.steps,
        }
    }
}

fn show(reports: &[Report]) -> io::Result<()> {
    if reports.is_empty() {
        output::note("the configuration has no accounts");
    }
    for (place, report) in reports.iter().enumerate() {
        if place > 0 {
            output::lines("")?;
        }
        output::lines(&heading(report))?;
        let rows: Vec<_> = report.steps.iter().map(row).collect();
        output::lines(&output::table(["check", "verdict", "found"].map(Column::Text), &rows))?;
    }
    Ok(())
}

fn heading(report: &Report) -> String {
    let account = report.account.as_deref().map(|account| format!("{account}: ")).unwrap_or_default();
    let version = report.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
    let verdict = if report.serves() { "may serve" } else { "does not serve" };
    output::plain(&format!("{account}{}{version} {verdict}", report.place))
}

fn row(step: &Step) -> [String; 3] {
    let verdict = match step.verdict {
        Verdict::Ok => "ok",
        Verdict::NotAsked => "not asked",
        Verdict::Failed => "failed",
        // What may come is none of the above.
        _ => "not reached",
    };
    [step.check.name().to_owned(), verdict.to_owned(), output::plain(&step.detail)]
}
