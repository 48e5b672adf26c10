//! Real files, saved and swapped in the ways of editors and platforms. The follower runs on the test's one thread, so
//! what a test does between two awaits is, to the follower, one moment.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, timeout};

use super::events::Events;
use super::events::tests::exhausted;
use super::files::{Files, Pace};
use super::{Follower, Follows, Watch, WatchOptions};
use crate::config::Config;
use crate::engine::ConnectorSource;
use crate::error::{Error, of_mistakes};

/// A directory with a configuration that is followed, and what was applied of it.
struct Scene {
    directory: TempDir,
    applied: UnboundedReceiver<String>,
    watch: Watch,
}

/// A pace at which no test waits for a look that it did not cause.
const TOLD: Pace = Pace { look: Duration::from_secs(3600), ..Pace::USUAL };

/// A pace for files that nobody tells about.
const UNTOLD: Pace = Pace { quiet: Duration::from_millis(10), look: Duration::from_millis(10), ..Pace::USUAL };

impl Scene {
    /// Follows `name` in a directory that `prepare` has furnished, and waits for it to be applied.
    async fn of(name: &str, prepare: impl FnOnce(&Path)) -> Scene {
        let mut scene = Scene::at_pace(name, TOLD, Events::new(), prepare);
        scene.next().await;
        scene
    }

    /// A configuration with one account, its setting and its component.
    async fn plain() -> Scene {
        Scene::of("c.toml", plain).await
    }

    fn at_pace(name: &str, pace: Pace, events: Events, prepare: impl FnOnce(&Path)) -> Scene {
        let directory = tempfile::tempdir().unwrap();
        prepare(directory.path());
        let path = directory.path().join(name);
        Scene::following(directory, path, pace, events)
    }

    fn following(directory: TempDir, path: PathBuf, pace: Pace, events: Events) -> Scene {
        let (sender, applied) = unbounded_channel();
        let follower = Follower::new(path, WatchOptions::default(), Files::new(pace, events), Applies(sender));
        Scene { watch: follower.start(), directory, applied }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// What is applied next.
    async fn next(&mut self) -> String {
        timeout(Duration::from_secs(20), self.applied.recv()).await.expect("something is applied").unwrap()
    }

    /// What is applied next is what `change` made, and nothing was applied before it.
    async fn next_is_of(&mut self, change: impl FnOnce(&Scene), expected: &str) {
        change(self);
        assert_eq!(self.next().await, expected);
    }
}

/// Says what it is to apply. What it takes away is nothing to it.
struct Applies(UnboundedSender<String>);

impl Follows for Applies {
    fn losses(&self, _: &Config) -> Vec<String> {
        Vec::new()
    }

    async fn apply(&self, config: Config) -> Result<bool, Error> {
        if let Some(error) = of_mistakes(config.refusals()) {
            return Err(error);
        }
        let _ = self.0.send(summary(config)?);
        Ok(true)
    }

    fn refused(&self, _: &Error) {}

    fn waits(&self, _: &[String], _: Duration) {}

    fn withdrawn(&self) {}
}

fn plain(directory: &Path) {
    fs::write(directory.join("c.toml"), account("1")).unwrap();
    fs::write(directory.join("a.wasm"), "first").unwrap();
}

fn account(setting: &str) -> String {
    format!("[accounts.a]\nconnector = \"a.wasm\"\nsettings.s = \"{setting}\"\n")
}

/// What a host would make of a configuration: the setting, the secret, and what is in the component.
fn summary(config: Config) -> Result<String, Error> {
    let mut parts = Vec::new();
    for account in config.accounts {
        parts.extend(account.settings.get("s").cloned());
        parts.extend(account.secrets.get("s").map(|secret| String::from_utf8_lossy(secret.expose()).into_owned()));
        let ConnectorSource::File(path) = account.connector else { panic!("a component in memory") };
        parts.push(fs::read_to_string(&path).map_err(|error| Error::unreadable(&path, error))?);
    }
    Ok(parts.join(" "))
}

#[tokio::test]
async fn a_configuration_is_applied_at_the_start() {
    let mut scene = Scene::at_pace("c.toml", TOLD, Events::new(), plain);
    assert_eq!(scene.next().await, "1 first");
    scene.next_is_of(|scene| scene.write("c.toml", &account("2")), "2 first").await;
}

#[tokio::test]
async fn a_file_that_is_replaced_by_rename_is_applied_each_time() {
    let mut scene = Scene::plain().await;
    for setting in ["2", "3"] {
        let save = |scene: &Scene| {
            scene.write(".c.toml.tmp", &account(setting));
            fs::rename(scene.path(".c.toml.tmp"), scene.path("c.toml")).unwrap();
        };
        scene.next_is_of(save, &format!("{setting} first")).await;
    }
}

#[tokio::test]
async fn the_many_events_of_one_save_are_one_change() {
    let mut scene = Scene::plain().await;
    let save = |scene: &Scene| {
        fs::rename(scene.path("c.toml"), scene.path("c.toml~")).unwrap();
        scene.write("c.toml", "");
        for piece in account("2").as_bytes().chunks(7) {
            use std::io::Write as _;
            fs::File::options().append(true).open(scene.path("c.toml")).unwrap().write_all(piece).unwrap();
        }
        fs::remove_file(scene.path("c.toml~")).unwrap();
    };
    scene.next_is_of(save, "2 first").await;
    scene.next_is_of(|scene| scene.write("c.toml", &account("3")), "3 first").await;
}

#[tokio::test]
async fn a_save_that_takes_a_while_is_waited_for_whether_or_not_somebody_tells_of_it() {
    let quiet = Duration::from_millis(300);
    for (events, look) in [(Events::new(), TOLD.look), (Events::default(), UNTOLD.look)] {
        let mut scene = Scene::at_pace("c.toml", Pace { quiet, look, ..Pace::USUAL }, events, plain);
        scene.next().await;
        for setting in 2..8 {
            scene.write("c.toml", &account(&setting.to_string()));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(scene.next().await, "7 first");
    }
}

#[tokio::test]
async fn a_file_that_is_written_without_end_is_applied_all_the_same() {
    let endless = Pace { quiet: Duration::from_secs(20), at_most: Duration::from_millis(200), ..TOLD };
    let mut scene = Scene::at_pace("c.toml", endless, Events::new(), plain);
    scene.next().await;
    let begin = Instant::now();
    for setting in 2.. {
        scene.write("c.toml", &account(&setting.to_string()));
        tokio::time::sleep(Duration::from_millis(10)).await;
        if scene.applied.try_recv().is_ok() {
            break;
        }
        assert!(begin.elapsed() < endless.quiet, "nothing was applied");
    }
}

#[tokio::test]
async fn a_component_that_is_replaced_is_applied() {
    let mut scene = Scene::plain().await;
    let install = |scene: &Scene| {
        scene.write("a.wasm.new", "second");
        fs::rename(scene.path("a.wasm.new"), scene.path("a.wasm")).unwrap();
    };
    scene.next_is_of(install, "1 second").await;
    scene.next_is_of(|scene| scene.write("a.wasm", "third"), "1 third").await;
}

#[tokio::test]
async fn a_signature_beside_a_component_is_followed() {
    let mut scene = Scene::plain().await;
    scene.next_is_of(|scene| scene.write("a.wasm.minisig", "signature"), "1 first").await;
    scene.next_is_of(|scene| fs::remove_file(scene.path("a.wasm.minisig")).unwrap(), "1 first").await;
}

#[tokio::test]
async fn files_that_are_deleted_and_made_again_are_followed() {
    let mut scene = Scene::plain().await;
    for name in ["a.wasm", "c.toml"] {
        fs::remove_file(scene.path(name)).unwrap();
        // Long enough for it to be found missing; nothing is applied without it.
        tokio::time::sleep(Pace::USUAL.quiet * 3).await;
        assert!(scene.applied.is_empty());
        scene.next_is_of(|scene| plain(scene.directory.path()), "1 first").await;
    }
}

#[tokio::test]
async fn directories_that_are_not_there_yet_are_waited_for() {
    let mut scene = Scene::at_pace("etc/stockbridge/c.toml", TOLD, Events::new(), |_| ());
    let text = account("1").replace("a.wasm", "../../lib/a.wasm");
    for directory in ["etc", "etc/stockbridge", "lib"] {
        tokio::task::yield_now().await;
        fs::create_dir(scene.path(directory)).unwrap();
    }
    scene.write("lib/a.wasm", "first");
    scene.next_is_of(|scene| scene.write("etc/stockbridge/c.toml", &text), "1 first").await;
    fs::rename(scene.path("lib"), scene.path("lib.old")).unwrap();
    fs::create_dir(scene.path("lib")).unwrap();
    scene.next_is_of(|scene| scene.write("lib/a.wasm", "second"), "1 second").await;
}

#[tokio::test]
async fn a_relative_path_is_followed() {
    let directory = tempfile::tempdir().unwrap();
    plain(directory.path());
    let here = std::env::current_dir().unwrap();
    let up: PathBuf = here.components().skip(1).map(|_| "..").collect();
    let path = up.join(directory.path().strip_prefix("/").unwrap()).join("c.toml");
    assert!(path.is_relative());
    let mut scene = Scene::following(directory, path, TOLD, Events::new());
    assert_eq!(scene.next().await, "1 first");
    scene.next_is_of(|scene| scene.write("c.toml", &account("2")), "2 first").await;
    scene.next_is_of(|scene| scene.write("a.wasm", "second"), "2 second").await;
}

#[tokio::test]
async fn a_secret_that_is_replaced_in_its_file_is_applied() {
    let mut scene = Scene::of("c.toml", |directory| {
        fs::write(directory.join("secret"), "hunter2\n").unwrap();
        fs::write(directory.join("a.wasm"), "first").unwrap();
        let text = "[accounts.a]\nconnector = \"a.wasm\"\nsecrets.s = { file = \"secret\" }\n";
        fs::write(directory.join("c.toml"), text).unwrap();
    })
    .await;
    scene.next_is_of(|scene| scene.write("secret", "hunter3\n"), "hunter3 first").await;
}

#[tokio::test]
async fn a_file_that_a_change_of_the_configuration_names_is_followed_and_one_that_it_no_longer_names_is_not() {
    let mut scene = Scene::plain().await;
    scene.write("b.wasm", "other");
    let text = account("1").replace("a.wasm", "b.wasm");
    scene.next_is_of(|scene| scene.write("c.toml", &text), "1 other").await;
    scene.write("a.wasm", "nobody looks");
    tokio::time::sleep(Pace::USUAL.quiet * 2).await;
    scene.next_is_of(|scene| scene.write("b.wasm", "changed"), "1 changed").await;
}

#[tokio::test]
async fn a_wrong_configuration_changes_nothing_and_the_next_right_one_is_applied() {
    let mut scene = Scene::plain().await;
    for wrong in ["this is no TOML", "[accounts.a]\nconnector = \"nowhere.wasm\"\n"] {
        scene.write("c.toml", wrong);
        tokio::time::sleep(Pace::USUAL.quiet * 3).await;
        assert!(scene.applied.is_empty(), "{wrong}");
        scene.next_is_of(|scene| scene.write("c.toml", &account("2")), "2 first").await;
    }
}

#[tokio::test]
async fn what_was_wrong_may_be_mended_in_any_file_that_is_named() {
    let mut scene = Scene::at_pace("c.toml", TOLD, Events::new(), |directory| {
        let text = "[accounts.a]\nconnector = \"a.wasm\"\nsecrets.s = { file = \"secret\" }\n";
        fs::write(directory.join("c.toml"), text).unwrap();
    });
    tokio::time::sleep(Pace::USUAL.quiet * 3).await;
    scene.write("secret", "hunter2");
    tokio::time::sleep(Pace::USUAL.quiet * 3).await;
    assert!(scene.applied.is_empty());
    scene.next_is_of(|scene| scene.write("a.wasm", "first"), "hunter2 first").await;
}

#[tokio::test]
async fn neither_reading_nor_touching_nor_writing_the_same_again_is_a_change() {
    let mut scene = Scene::plain().await;
    fs::read(scene.path("c.toml")).unwrap();
    let times = fs::FileTimes::new().set_accessed(SystemTime::now());
    fs::File::options().write(true).open(scene.path("c.toml")).unwrap().set_times(times).unwrap();
    let times = times.set_modified(SystemTime::now());
    fs::File::options().write(true).open(scene.path("a.wasm")).unwrap().set_times(times).unwrap();
    scene.write("c.toml", &account("1"));
    let mut mode = fs::metadata(scene.path("c.toml")).unwrap().permissions();
    mode.set_readonly(true);
    fs::set_permissions(scene.path("c.toml"), mode).unwrap();
    scene.write("neighbour", "of no concern");
    tokio::time::sleep(Pace::USUAL.quiet * 3).await;
    scene.next_is_of(|scene| scene.write("a.wasm", "second"), "1 second").await;
}

#[tokio::test]
async fn of_many_files_in_one_directory_a_change_in_any_is_one_change() {
    let name = |number: usize| format!("{number}.wasm");
    let mut scene = Scene::of("c.toml", |directory| {
        let mut text = String::new();
        for number in 0..100 {
            fs::write(directory.join(name(number)), "x").unwrap();
            text += &format!("[accounts.a{number}]\nconnector = \"{}\"\n", name(number));
        }
        fs::write(directory.join("c.toml"), text).unwrap();
    })
    .await;
    scene.write(&name(0), "y");
    scene.write(&name(99), "z");
    let applied = scene.next().await;
    assert_eq!((applied.matches('y').count(), applied.matches('z').count()), (1, 1));
    scene.write(&name(50), "y");
    assert_eq!(scene.next().await.matches('y').count(), 2);
}

#[tokio::test]
async fn where_nobody_tells_of_changes_they_are_found_by_looking() {
    let mut scene = Scene::at_pace("c.toml", UNTOLD, Events::default(), plain);
    assert_eq!(scene.next().await, "1 first");
    scene.next_is_of(|scene| scene.write("c.toml", &account("2")), "2 first").await;
    scene.next_is_of(|scene| scene.write("a.wasm", "other"), "2 other").await;
    fs::remove_file(scene.path("c.toml")).unwrap();
    scene.next_is_of(|scene| scene.write("c.toml", &account("3")), "3 other").await;
}

#[tokio::test]
async fn where_the_system_has_no_watches_left_changes_are_found_by_looking() {
    let (events, _signal) = exhausted();
    let mut scene = Scene::at_pace("c.toml", UNTOLD, events, plain);
    assert_eq!(scene.next().await, "1 first");
    scene.next_is_of(|scene| scene.write("c.toml", &account("2")), "2 first").await;
    fs::remove_file(scene.path("c.toml")).unwrap();
    scene.next_is_of(|scene| scene.write("c.toml", &account("3")), "3 first").await;
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    /// Puts a link in the place of another, as `ln -sfn` and container platforms do.
    fn swap(target: &str, link: &Path) {
        let fresh = link.with_file_name("..fresh");
        symlink(target, &fresh).unwrap();
        fs::rename(fresh, link).unwrap();
    }

    fn volume(directory: &Path, revision: &str, setting: &str) {
        fs::create_dir(directory.join(revision)).unwrap();
        fs::write(directory.join(revision).join("c.toml"), account(setting)).unwrap();
        fs::write(directory.join(revision).join("a.wasm"), "mounted").unwrap();
    }

    #[tokio::test]
    async fn a_volume_whose_revision_is_swapped_is_applied_each_time() {
        let mut scene = Scene::of("c.toml", |directory| {
            volume(directory, "..1", "1");
            symlink("..1", directory.join("..data")).unwrap();
            symlink("..data/c.toml", directory.join("c.toml")).unwrap();
            symlink("..data/a.wasm", directory.join("a.wasm")).unwrap();
        })
        .await;
        for revision in 2..5 {
            let update = |scene: &Scene| {
                volume(scene.directory.path(), &format!("..{revision}"), &revision.to_string());
                swap(&format!("..{revision}"), &scene.path("..data"));
                fs::remove_dir_all(scene.path(&format!("..{}", revision - 1))).unwrap();
            };
            scene.next_is_of(update, &format!("{revision} mounted")).await;
        }
    }

    #[tokio::test]
    async fn a_link_far_above_the_file_that_is_swapped_is_applied() {
        let mut scene = Scene::of("current/etc/c.toml", |directory| {
            for release in ["1", "2"] {
                let etc = directory.join("releases").join(release).join("etc");
                fs::create_dir_all(&etc).unwrap();
                fs::write(etc.join("c.toml"), account(release)).unwrap();
                fs::write(etc.join("a.wasm"), "released").unwrap();
            }
            symlink("releases/1", directory.join("current")).unwrap();
        })
        .await;
        scene.next_is_of(|scene| swap("releases/2", &scene.path("current")), "2 released").await;
        scene.next_is_of(|scene| swap("releases/1", &scene.path("current")), "1 released").await;
        let written = |scene: &Scene| scene.write("releases/1/etc/c.toml", &account("3"));
        scene.next_is_of(written, "3 released").await;
    }

    #[tokio::test]
    async fn a_link_that_leads_nowhere_for_a_while_is_followed() {
        let mut scene = Scene::of("c.toml", |directory| {
            plain(directory);
            fs::rename(directory.join("c.toml"), directory.join("1.toml")).unwrap();
            symlink("1.toml", directory.join("c.toml")).unwrap();
        })
        .await;
        swap("2.toml", &scene.path("c.toml"));
        tokio::time::sleep(Pace::USUAL.quiet * 3).await;
        scene.next_is_of(|scene| scene.write("2.toml", &account("2")), "2 first").await;
    }
}

/// Whether the process watches this directory or file.
#[cfg(target_os = "linux")]
fn watched(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let inode = format!(" ino:{:x} ", fs::metadata(path).unwrap().ino());
    let told = |entry: fs::DirEntry| fs::read_to_string(entry.path()).unwrap_or_default();
    fs::read_dir("/proc/self/fdinfo").unwrap().flatten().any(|entry| told(entry).contains(&inode))
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn dropping_it_ends_the_task_and_all_watches() {
    let mut scene = Scene::plain().await;
    assert!(watched(scene.directory.path()) && watched(&scene.path("a.wasm")));
    drop(scene.watch);
    // The sender goes with the task.
    assert_eq!(timeout(Duration::from_secs(20), scene.applied.recv()).await.unwrap(), None);
    // The watches are ended by the thread that has them.
    let begin = Instant::now();
    while watched(scene.directory.path()) || watched(&scene.directory.path().join("a.wasm")) {
        assert!(begin.elapsed() < Duration::from_secs(5), "still watched");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
