//! Tasks of this repository: `cargo xtask demo`, `cargo xtask test`, `cargo xtask fuzz`, `cargo xtask soak` ….

mod api;
mod components;
mod demo;
mod deny;
mod footprint;
mod fuzz;
mod hostile;
mod instructions;
mod package;
mod run;
mod setup;
mod toolchain;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Builds, demonstrates and tests Stockbridge.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// The main job: the vendors' example requests through the real command, against the simulator.
    Demo,
    /// Everything that must pass.
    Test,
    /// Searches for inputs that break the targets' assertions, one target after the other.
    ///
    /// Each target runs under libFuzzer for its minutes of processor time, starting from the corpus in target/fuzz/corpus.
    /// An input that breaks it is left in target/fuzz/artifacts/NAME and ends the target's run; `target/debug/NAME FILE`
    /// runs it again. Needs a C++ compiler in addition to the tests' requirements.
    Fuzz(fuzz::Fuzz),
    /// Makes many calls on one host and reports its memory growth.
    Soak {
        /// Number of calls.
        #[arg(long, default_value_t = 1_000_000)]
        calls: u64,
    },
    /// Swaps connectors during many calls, and reports the duration of each swap and what was left.
    Swap {
        /// Number of swaps.
        #[arg(long, default_value_t = 1_000)]
        swaps: u64,
    },
    /// Kills a host that writes through all four connectors, starts the next one on its journal, and checks the simulator's
    /// ledger: no write applied twice, none lost, none forgotten.
    Crash {
        /// Number of kills.
        #[arg(long, default_value_t = 10_000)]
        kills: u64,
        /// Seed of the random numbers: printed by a run that failed.
        #[arg(long)]
        seed: Option<u64>,
        /// Lets the wall clock jump by up to ten years, forward and back, during and between the hosts' lives.
        #[arg(long)]
        jumps: bool,
        /// Sends flagship writes without the marker that identifies them.
        #[arg(long)]
        unmarked: bool,
    },
    /// Suspends hosts right before a write leaves, resumes them later, and checks the provider's ledger: no write is
    /// carried out twice.
    Stops {
        /// Number of suspensions.
        #[arg(long, default_value_t = 1_000)]
        stops: u64,
        /// Seed of the random numbers: printed by each run.
        #[arg(long)]
        seed: Option<u64>,
        /// Number of the first one: continues an earlier run with its seed.
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// Without the tested rule: the run has to find writes that were carried out twice.
        #[arg(long)]
        unenforced: bool,
    },
    /// Cuts the power under a host's journal many times, and checks what is left against what was reported.
    PowerCuts {
        /// Minimum number of cuts.
        #[arg(long, default_value_t = 10_000)]
        cuts: u64,
        /// The first seed; every twelve cuts use the next one. Repeat a failed one with its seed and `--cuts 1`.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Builds and runs applications with various rustls configurations, and the host beside them.
    Applications,
    /// Damages journals in many ways, and has a host open each: no sent write is silently forgotten, reported as unsent, or
    /// carried out twice.
    Damage {
        /// Number of journals.
        #[arg(long, default_value_t = 5_000)]
        cases: u64,
        /// The first seed; each journal uses the next one. Repeat a failed one with its seed and `--cases 1`.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Restores backups of journals after more writes were sent, and gives hosts the same orders and new ones: none is
    /// carried out twice, and orders are sent again once the gap is closed.
    Restore {
        /// Number of journals.
        #[arg(long, default_value_t = 1_000)]
        rounds: u64,
        /// The first seed; each journal uses the next one.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Runs two accounts against servers that send unrequested answers: none reaches the other account.
    Desync {
        /// Rounds at each server.
        #[arg(long, default_value_t = 1_000)]
        rounds: u64,
    },
    /// Checks the licences, bans and sources of the dependencies against deny.toml.
    Deny {
        /// A directory with a database of advisories, to check against as well.
        #[arg(long)]
        advisories: Option<PathBuf>,
    },
    /// Packs each publishable crate, and builds it from its package.
    Package,
    /// Checks each publishable crate with no feature and with each of its features alone, documentation included.
    Features,
    /// Compares the public API of each publishable crate with its text in docs/api.
    Api {
        /// Writes the text in place of comparing it.
        #[arg(long)]
        write: bool,
    },
    /// Measures what a host adds to an application, with the default features and with none: crates, build time, size.
    Footprint,
    /// Counts the instructions of a query, of a row and of a write under valgrind, and compares them with the committed counts.
    ///
    /// The system calls of each are counted with strace and printed.
    Instructions {
        /// Writes the counts in place of comparing them.
        #[arg(long)]
        write: bool,
    },
    /// Installs the programs that tests use as witnesses, where permitted.
    Setup,
    /// Builds the connectors into target/connectors.
    Connectors,
    /// Builds the components that only tests load into target/test-components and target/hostile.
    TestComponents,
    /// Builds the connector of `stockbridge::testing` and puts it into the host's sources: needed after changes to its own
    /// sources or to the contract.
    TestingConnector,
}

fn main() -> Result<ExitCode> {
    if let Some(code) = fuzz::in_place_of_rustc() {
        return Ok(code);
    }
    if let Some(code) = api::in_place_of_rustdoc() {
        return Ok(code);
    }
    match Arguments::parse().task {
        Task::Demo => demo::run(),
        Task::Test => test(),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::Soak { calls } => measured("stockbridge-soak", [calls]),
        Task::Swap { swaps } => measured("stockbridge-swaps", [swaps]),
        Task::Crash { kills, seed, jumps, unmarked } => {
            let figures = [kills].into_iter().chain(seed).map(|figure| figure.to_string());
            let words = [(jumps, "jumps"), (unmarked, "unmarked")].into_iter().filter(|(enabled, _)| *enabled);
            measured("stockbridge-crash", figures.chain(words.map(|(_, word)| word.to_owned())))
        }
        Task::Stops { stops, seed, from, unenforced } => {
            let figures = [stops, seed.unwrap_or(20_261_128), from].map(|figure| figure.to_string());
            let rule = unenforced.then(|| "unenforced".to_owned());
            measured("stockbridge-stops", figures.into_iter().chain(rule))
        }
        Task::PowerCuts { cuts, seed } => longer("power", [("STOCKBRIDGE_CUTS", cuts), ("STOCKBRIDGE_SEED", seed)]),
        Task::Applications => applications(),
        Task::Damage { cases, seed } => longer("damage", [("STOCKBRIDGE_CASES", cases), ("STOCKBRIDGE_SEED", seed)]),
        Task::Restore { rounds, seed } => {
            longer("restore", [("STOCKBRIDGE_ROUNDS", rounds), ("STOCKBRIDGE_SEED", seed)])
        }
        Task::Desync { rounds } => longer("neighbours", [("STOCKBRIDGE_ROUNDS", rounds), ("STOCKBRIDGE_SEED", 1)]),
        Task::Deny { advisories } => deny::run(advisories.as_deref()),
        Task::Package => package::package(),
        Task::Features => package::features(),
        Task::Api { write } => api::run(write),
        Task::Footprint => footprint::measure(),
        Task::Instructions { write } => instructions::run(write),
        Task::Setup => {
            setup::run();
            Ok(())
        }
        Task::Connectors => components::connectors().map(|built| list(&built)),
        Task::TestComponents => test_components().map(|built| list(&built)),
        Task::TestingConnector => testing_connector(),
    }
    .map(|()| ExitCode::SUCCESS)
}

fn list(paths: &[PathBuf]) {
    paths.iter().for_each(|path| println!("{}", path.display()));
}

fn test_components() -> Result<Vec<PathBuf>> {
    let mut built = components::test_components()?;
    built.extend(hostile::guests()?);
    Ok(built)
}

/// A copy of its source is stored beside it, so that a test notices when it is outdated.
fn testing_connector() -> Result<()> {
    components::test_components()?;
    let built = run::target().join("test-components/scripted.wasm");
    let place = run::root().join("host/src/testing");
    std::fs::copy(built, place.join("connector.wasm"))?;
    std::fs::copy(run::root().join("tests/components/scripted/src/lib.rs"), place.join("connector.source"))?;
    Ok(())
}

/// Runs one of the programs that check the host's figures, optimised as an application would be.
fn measured(program: &str, figures: impl IntoIterator<Item = impl ToString>) -> Result<()> {
    components::connectors()?;
    components::test_components()?;
    let (program, figures) = (format!("--bin={program}"), figures.into_iter().map(|figure| figure.to_string()));
    let figures: Vec<String> = figures.collect();
    let mut arguments = vec!["run", "--release", "--package=stockbridge-tests", &program, "--"];
    arguments.extend(figures.iter().map(String::as_str));
    run::cargo(&arguments)
}

fn applications() -> Result<()> {
    components::connectors()?;
    let arguments =
        ["test", "--workspace", "--all-features", "--test", "tls_providers", "--", "--ignored", "--nocapture"];
    run::cargo(&arguments)
}

/// Runs one of the tests whose duration is configurable, longer than in an ordinary test run.
fn longer(test: &str, variables: [(&str, u64); 2]) -> Result<()> {
    components::test_components()?;
    let variables = variables.map(|(name, figure)| (name, figure.to_string()));
    let variables = variables.each_ref().map(|(name, figure)| (*name, figure.as_str()));
    run::cargo_with(&["test", "--workspace", "--all-features", "--test", test, "--", "--nocapture"], &variables)
}

/// Builds the connectors and the test components first: the tests run the real ones.
fn test() -> Result<()> {
    components::connectors()?;
    test_components()?;
    run::cargo(&["test", "--workspace", "--all-features"])
}
