//! Special files under names that an operator configures: each is refused in a bounded time, and none fills the host's memory.

#![cfg(unix)]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use stockbridge::{AccountConfig, Config, Error, Event, Host};
use stockbridge_tests::{Log, Signer, connector};
use tempfile::TempDir;

/// Time limit for a refusal.
const AT_ONCE: Duration = Duration::from_secs(3);

struct Scene(TempDir);

impl Scene {
    fn new() -> Scene {
        let directory = tempfile::tempdir().unwrap();
        fs::copy(connector("winit"), directory.path().join("winit.wasm")).unwrap();
        fs::write(directory.path().join("key"), "Zq3Xk9PwLm2Rt7VbYc5N\n").unwrap();
        Scene(directory)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A named pipe without a writer.
    fn pipe(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    }

    /// A configuration with these parts.
    fn text(component: &Path, key: &Path, more: &str) -> String {
        format!(
            "{more}\n[accounts.wms]\nconnector = \"{}\"\nallow = [\"https://openapi.winit.com.cn\"]\nsettings.app_key = \"demo\"\n\
             settings.client_id = \"demo\"\nsettings.platform = \"demo\"\nsecrets.token = {{ file = \"{}\" }}\n\
             secrets.client_secret = {{ file = \"{}\" }}\n",
            component.display(),
            key.display(),
            key.display()
        )
    }

    fn config(&self, component: &Path, key: &Path, more: &str) -> PathBuf {
        let file = self.path("stockbridge.toml");
        fs::write(&file, Scene::text(component, key, more)).unwrap();
        file
    }
}

async fn refused(file: &Path) -> Error {
    let started = Instant::now();
    let refused = Host::from_file(file).await.unwrap_err();
    assert!(started.elapsed() < AT_ONCE, "{refused}");
    refused
}

#[tokio::test]
async fn a_pipe_a_device_and_a_directory_are_refused_at_once_whatever_they_stand_for() {
    let scene = Scene::new();
    let (component, key) = (scene.path("winit.wasm"), scene.path("key"));
    let (pipe, zero, directory) = (scene.pipe("pipe"), PathBuf::from("/dev/zero"), scene.0.path().to_path_buf());
    for (other, is) in [(&pipe, "a pipe"), (&zero, "a device"), (&directory, "a directory")] {
        let error = refused(&scene.config(&component, other, "")).await.to_string();
        assert!(error.contains(&format!("it is {is}, not a regular file")), "{error}");
        let error = refused(&scene.config(other, &key, "")).await.to_string();
        assert!(error.contains(&format!("it is {is}, not a regular file")), "{error}");
        let journal = format!("journal = \"{}\"", other.display());
        let error = refused(&scene.config(&component, &key, &journal)).await.to_string();
        assert!(error.contains("journal"), "{error}");
    }
    for (other, is) in [(&zero, "a device"), (&directory, "a directory")] {
        let error = refused(other).await.to_string();
        assert!(error.contains(&format!("it is {is}, not a regular file")), "{error}");
    }
    // The signature beside a component.
    scene.pipe("winit.wasm.minisig");
    let signed = AccountConfig::new("wms", component).signed_by(Signer::new().public().parse().unwrap());
    let started = Instant::now();
    let error = Host::from_config(Config::new().account(signed)).await.unwrap_err().to_string();
    assert!(error.contains("it is a pipe") && started.elapsed() < AT_ONCE, "{error}");
}

#[tokio::test]
async fn what_is_larger_than_it_could_be_is_refused_without_being_read() {
    let scene = Scene::new();
    let large = scene.path("large");
    let file = fs::File::create(&large).unwrap();
    // Sparse: it takes no disk space, and would not fit into memory.
    file.set_len(1 << 40).unwrap();
    let (component, key) = (scene.path("winit.wasm"), scene.path("key"));
    for (config, expected) in [
        (scene.config(&component, &large, ""), "has more than 65536 bytes"),
        (large.clone(), "it has more than 16777216 bytes"),
    ] {
        let error = refused(&config).await.to_string();
        assert!(error.contains(expected), "{error}");
    }
    let error = refused(&scene.config(&large, &key, "")).await.to_string();
    assert!(error.contains("1099511627776 bytes"), "{error}");
}

/// `stockbridge --config <(…)`: read once, to its end, however slowly it arrives.
#[tokio::test]
async fn a_configuration_may_come_through_a_pipe_and_one_that_is_followed_may_not() {
    let scene = Scene::new();
    let pipe = scene.pipe("pipe");
    let text = Scene::text(&scene.path("winit.wasm"), &scene.path("key"), "");
    let writer = {
        let (pipe, text) = (pipe.clone(), text.clone());
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            let mut pipe = fs::OpenOptions::new().write(true).open(pipe).unwrap();
            for piece in text.as_bytes().chunks(50) {
                pipe.write_all(piece).unwrap();
                std::thread::sleep(Duration::from_millis(20));
            }
        })
    };
    let read = pipe.clone();
    let config = tokio::task::spawn_blocking(move || Config::from_file(read)).await.unwrap().unwrap();
    writer.join().unwrap();
    assert_eq!(config.accounts.len(), 1);
    // Reading an endless pipe is abandoned.
    let endless = Command::new("sh").arg("-c").arg(format!("exec cat /dev/zero > '{}'", pipe.display())).spawn();
    let mut endless = endless.unwrap();
    let read = pipe.clone();
    let error = tokio::task::spawn_blocking(move || Config::from_file(read)).await.unwrap().unwrap_err().to_string();
    endless.wait().unwrap();
    assert!(error.contains("it has more than 16777216 bytes"), "{error}");
    let host = Host::from_config(config).await.unwrap();
    let mut events = host.subscribe();
    let _following = host.watch(&pipe);
    let event = tokio::time::timeout(AT_ONCE, events.next()).await.unwrap();
    let Some(Ok(Event::Refused { reason, .. })) = event else { panic!("{event:?}") };
    assert!(reason.contains("it is a pipe, not a regular file"), "{reason}");
}

#[tokio::test]
async fn a_pipe_to_which_nobody_writes_is_given_up() {
    let scene = Scene::new();
    let (pipe, started) = (scene.pipe("pipe"), Instant::now());
    let error = tokio::task::spawn_blocking(move || Config::from_file(pipe)).await.unwrap().unwrap_err().to_string();
    assert!(error.contains("a pipe that was not written to its end within 10 s"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_secret_that_everybody_can_read_is_warned_about() {
    let log = Log::listen();
    let scene = Scene::new();
    let (component, key) = (scene.path("winit.wasm"), scene.path("key"));
    let config = scene.config(&component, &key, "");
    let warnings = || log.lines().into_iter().filter(|line| line.contains("can be read by everybody")).count();
    for (mode, expected) in [(0o600, 0), (0o640, 0), (0o644, 2), (0o604, 4)] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        Config::from_file(&config).unwrap();
        assert_eq!(warnings(), expected, "{mode:o}");
    }
    let error = log.lines().join("\n");
    assert!(!error.contains("Zq3Xk9PwLm2Rt7VbYc5N"), "{error}");
}
