//! A directory with a configuration, a test provider, and the command run in it.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use stockbridge::{Config, Host};
use stockbridge_simulator::Simulator;
use stockbridge_tests::{Repeats, Traced, connector, test_component};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Longer than anything here takes on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(60);

pub(crate) struct Scene {
    pub(crate) provider: Traced,
    pub(crate) directory: TempDir,
}

/// Exit code and output of a command.
#[derive(Debug)]
pub(crate) struct CommandResult {
    pub(crate) code: i32,
    pub(crate) output: String,
    pub(crate) error: String,
}

impl CommandResult {
    fn of(output: Output) -> CommandResult {
        CommandResult {
            code: output.status.code().unwrap(),
            output: String::from_utf8(output.stdout).unwrap(),
            error: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.output).map_err(|error| format!("{error}: {self:?}")).unwrap()
    }

    /// The value of a fact, after its name.
    pub(crate) fn fact(&self, name: &str) -> &str {
        let lines = self.output.lines().chain(self.error.lines());
        let mut values = lines.filter_map(|line| line.strip_prefix("  ")?.strip_prefix(name)?.strip_prefix(' '));
        values.next().ok_or_else(|| format!("no {name} in {self:?}")).unwrap().trim()
    }
}

impl Scene {
    /// With a connector that declares this repetition.
    pub(crate) fn new(repetition: &str) -> Scene {
        Scene::with(repetition, "journal = \"journal\"\n", "")
    }

    /// The same, with these lines at the top of the configuration and in the account.
    pub(crate) fn with(repetition: &str, top: &str, account: &str) -> Scene {
        let repeats = if repetition == "deduplicated" { Repeats::Deduplicated } else { Repeats::CarriedOut };
        let scene = Scene { provider: Traced::start(repeats), directory: TempDir::new().unwrap() };
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("people-cache");
        let configuration = format!("{top}cache = {cache:?}\n{}", scene.account("traced", repetition, account));
        scene.write("stockbridge.toml", &configuration);
        scene
    }

    /// An account at the provider, as configuration text.
    pub(crate) fn account(&self, name: &str, repetition: &str, more: &str) -> String {
        let (connector, origin) = (test_component("traced"), self.provider.origin());
        format!(
            "[accounts.{name}]\nconnector = {connector:?}\nallow = [{{ origin = \"{origin}\", addresses = [\"loopback\"] }}]\n\
             settings.url = \"{origin}\"\nsettings.app = \"demo-app\"\nsettings.repetition = \"{repetition}\"\n\
             limits.attempts = 1\n{more}\n"
        )
    }

    /// The configuration, with one account `wms` of the flagship edition at a simulator, and these lines added. Its writes
    /// carry no marker: they need a person, and no look-up is among the requests.
    pub(crate) fn at_the_flagship(&self, simulator: &Simulator, more: &str) {
        let (component, url) = (connector("wdt-flagship"), simulator.url());
        self.write("secret", "demo-secret");
        self.write(
            "stockbridge.toml",
            &format!(
                "journal = \"journal\"\n[accounts.wms]\nconnector = {component:?}\nallow = [{{ origin = \"{url}\", \
                 addresses = [\"loopback\"] }}]\nsettings.url = \"{url}/openapi\"\nsettings.sid = \"demo-sid\"\n\
                 settings.key = \"demo-key\"\nsettings.salt = \"demo-salt\"\nsettings.remark-marker = \"false\"\nsecrets.secret = {{ file = \"secret\" }}\n\
                 {more}\n"
            ),
        );
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.directory.path().join(name), text).unwrap();
    }

    /// Writes a transfer under this reference to a file of that name.
    pub(crate) fn order(&self, reference: &str, more: &str) -> String {
        let file = format!("{reference}.json");
        self.write(
            &file,
            &format!(
                r#"{{"reference": "{reference}", "from-warehouse": "a", "to-warehouse": "b", {more}
                   "lines": [{{"sku": "daj1", "quantity": "10"}}]}}"#
            ),
        );
        file
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stockbridge"));
        command.current_dir(self.directory.path()).args(arguments);
        command.env_remove("STOCKBRIDGE_LOG").stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> CommandResult {
        CommandResult::of(self.command(arguments).output().unwrap())
    }

    /// Sends a transfer under this reference.
    pub(crate) fn transfer(&self, reference: &str) -> CommandResult {
        let file = self.order(reference, "\"stage\": \"approved\",");
        self.run(&["transfer", "traced", &file])
    }

    /// Starts a command, and leaves it running.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let mut command = self.command(arguments);
        Running(Some(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()))
    }

    /// A host of this process, as in an application, for as long as both are kept.
    pub(crate) fn host(&self) -> (Runtime, Host) {
        let runtime = Runtime::new().unwrap();
        let config = Config::from_file(self.directory.path().join("stockbridge.toml")).unwrap();
        let host = runtime.block_on(Host::from_config(config)).unwrap();
        (runtime, host)
    }
}

/// A running command, killed at the end of its test.
pub(crate) struct Running(Option<Child>);

impl Running {
    pub(crate) fn id(&self) -> u32 {
        self.0.as_ref().unwrap().id()
    }

    pub(crate) fn signal(&self, signal: &str) {
        let kill = format!("kill -{signal} {}", self.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Its exit code and output, once it ended by itself.
    pub(crate) fn ended(mut self) -> CommandResult {
        let end = Instant::now() + LONG;
        let mut child = self.0.take().unwrap();
        while child.try_wait().unwrap().is_none() {
            let late = Instant::now() > end;
            if late {
                child.kill().unwrap();
            }
            assert!(!late, "it did not end: {child:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
        CommandResult::of(child.wait_with_output().unwrap())
    }

    /// Waits until its standard error contains this text, and returns what was read.
    pub(crate) fn until_it_says(&mut self, words: &str) -> String {
        let stderr = self.0.as_mut().unwrap().stderr.as_mut().unwrap();
        let (mut text, mut byte) = (String::new(), [0]);
        while !text.contains(words) {
            assert_eq!(stderr.read(&mut byte).unwrap(), 1, "it ended with: {text}");
            text.push(char::from(byte[0]));
        }
        text
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Waits until the condition holds.
pub(crate) fn until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < end, "timed out waiting for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
