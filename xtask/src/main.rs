//! What is done to this repository: `cargo xtask demo`, `cargo xtask test`, `cargo xtask fuzz`, `cargo xtask soak` ….

mod components;
mod demo;
mod deny;
mod fuzz;
mod hostile;
mod package;
mod run;
mod setup;
mod toolchain;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Builds, shows and tests Stockbridge.
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
    /// Looks for inputs that break what must hold, one target after the other.
    ///
    /// Each target runs under libFuzzer for its minutes of processor time, from the corpus in target/fuzz/corpus on. An
    /// input that breaks it is left in target/fuzz/artifacts/NAME and ends the target's run; `target/debug/NAME FILE` runs
    /// it again. Needs a C++ compiler beside what the tests need.
    Fuzz(fuzz::Fuzz),
    /// Makes many calls on one host and tells how much it grew.
    Soak {
        /// How many.
        #[arg(long, default_value_t = 1_000_000)]
        calls: u64,
    },
    /// Swaps connectors while many calls run on them, and tells how long each swap took and what was left.
    Swap {
        /// How many times.
        #[arg(long, default_value_t = 1_000)]
        swaps: u64,
    },
    /// Kills a host that writes through all four connectors, starts the next on its journal, and judges by the simulator's
    /// ledger: no write applied twice, none lost, none forgotten.
    Crash {
        /// How many times.
        #[arg(long, default_value_t = 10_000)]
        kills: u64,
        /// What chance begins with: where something did not hold, the run tells which it was.
        #[arg(long)]
        seed: Option<u64>,
        /// Has the clock on the wall jump by up to ten years, forward and back, in each host's life and between them.
        #[arg(long)]
        jumps: bool,
        /// Send flagship writes without the marker by which they are found again.
        #[arg(long)]
        unmarked: bool,
    },
    /// Stops hosts right before a write leaves, lets them go on later, and judges by the provider's ledger: no write is
    /// carried out twice.
    Stops {
        /// How many times.
        #[arg(long, default_value_t = 1_000)]
        stops: u64,
        /// What chance begins with: a run tells which it was.
        #[arg(long)]
        seed: Option<u64>,
        /// The number of the first: a run that was ended goes on from there by its seed.
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// Without the rule that is shown: it has to find writes that were carried out twice.
        #[arg(long)]
        unenforced: bool,
    },
    /// Cuts the power under a host's journal many times, and holds what is left against what was told.
    PowerCuts {
        /// How often, at least.
        #[arg(long, default_value_t = 10_000)]
        cuts: u64,
        /// The first seed; each twelve cuts have the one after. One that failed is run again by its seed and `--cuts 1`.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Builds and runs applications with rustls as they have it, and the host beside it.
    Applications,
    /// Damages journals in many ways, and has a host find each: no write that was sent is forgotten without a word, called
    /// unsent, or carried out twice.
    Damage {
        /// How many journals.
        #[arg(long, default_value_t = 5_000)]
        cases: u64,
        /// The first seed; each journal has the one after. One that failed is run again by its seed and `--cases 1`.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Puts backups of journals back after more was sent, and has hosts take the same orders and new ones: none is carried
    /// out twice, and orders go out again once the gap is closed.
    Restore {
        /// How many journals.
        #[arg(long, default_value_t = 1_000)]
        rounds: u64,
        /// The first seed; each journal has the one after.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Runs two accounts against servers that send unrequested answers: none reaches the other account.
    Desync {
        /// Rounds at each server.
        #[arg(long, default_value_t = 1_000)]
        rounds: u64,
    },
    /// Holds the licences, bans and sources of the dependencies against deny.toml.
    Deny {
        /// A directory with a database of advisories, to hold them against that as well.
        #[arg(long)]
        advisories: Option<PathBuf>,
    },
    /// Packs each crate that may be published, and builds it from its package.
    Package,
    /// Checks each crate that may be published with no feature and with each of its features alone, documentation included.
    Features,
    /// Installs the servers and clients that tests have for witnesses, where that is allowed.
    Setup,
    /// Builds the connectors into target/connectors.
    Connectors,
    /// Builds what only tests load into target/test-components and target/hostile.
    TestComponents,
    /// Builds the connector of `stockbridge::testing` and puts it into the host's sources: after its own were changed, or the
    /// contract was.
    TestingConnector,
}

fn main() -> Result<ExitCode> {
    if let Some(code) = fuzz::in_place_of_rustc() {
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
            let words = [(jumps, "jumps"), (unmarked, "unmarked")].into_iter().filter(|(said, _)| *said);
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

/// What it was built from stands beside it, so that a test finds out when it is older than that.
fn testing_connector() -> Result<()> {
    components::test_components()?;
    let built = run::target().join("test-components/scripted.wasm");
    let place = run::root().join("host/src/testing");
    std::fs::copy(built, place.join("connector.wasm"))?;
    std::fs::copy(run::root().join("tests/components/scripted/src/lib.rs"), place.join("connector.source"))?;
    Ok(())
}

/// Runs one of the programs that hold the host to its figures, optimised as an application would be.
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

/// One of the tests that go on for as long as they are asked to, longer than in every run of the tests.
fn longer(test: &str, asked: [(&str, u64); 2]) -> Result<()> {
    components::test_components()?;
    let asked = asked.map(|(name, figure)| (name, figure.to_string()));
    let asked = asked.each_ref().map(|(name, figure)| (*name, figure.as_str()));
    run::cargo_with(&["test", "--workspace", "--all-features", "--test", test, "--", "--nocapture"], &asked)
}

/// The connectors and the test components are built first: the tests run the real ones.
fn test() -> Result<()> {
    components::connectors()?;
    test_components()?;
    run::cargo(&["test", "--workspace", "--all-features"])
}
