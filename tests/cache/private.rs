//! A directory that other users can write to is never read from: its content runs in the host's process. A private directory
//! inside it is used, if possible.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};

use stockbridge::Host;
use stockbridge_tests::Log;

use crate::scene::{CACHED, COMPILED, Place, SMALL, start, started};

fn with_mode(path: &Path, mode: u32) {
    fs::create_dir_all(path).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn our_user() -> u32 {
    fs::metadata(Place::new().path("")).unwrap().uid()
}

/// The private directory inside one that others can write to.
fn inside(cache: &Path) -> PathBuf {
    cache.join(format!("stockbridge-{}", our_user()))
}

fn entries(directory: &Path) -> usize {
    fs::read_dir(directory).unwrap().filter(|entry| entry.as_ref().unwrap().file_type().unwrap().is_file()).count()
}

fn warnings(log: &Log) -> Vec<String> {
    log.lines().into_iter().filter(|line| line.starts_with("WARN ") && line.contains("compile cache")).collect()
}

#[tokio::test]
async fn in_a_directory_that_others_can_write_to_a_private_one_is_made_and_used_and_the_operator_is_told() {
    for (mode, others) in [
        (0o777, "everybody"),
        (0o1777, "everybody"),
        (0o703, "everybody"),
        (0o775, "its group"),
        (0o2770, "its group"),
        (0o3777, "everybody"),
    ] {
        let place = Place::new();
        let cache = place.cache();
        with_mode(&cache, mode);
        let log = Log::listen();
        assert_eq!(start(cache.as_path()).await, COMPILED, "{mode:o}");
        let warned = warnings(&log);
        let own = inside(&cache);
        assert_eq!(
            warned,
            [format!(
                "WARN the compile cache is kept in a private directory of its own directory={} why=the directory {} can be \
                 written to by {others} (mode {mode:04o})",
                own.display(),
                cache.display()
            )]
        );
        let found = fs::metadata(&own).unwrap();
        assert_eq!((found.mode() & 0o777, found.uid()), (0o700, our_user()));
        assert_eq!((entries(&own), entries(&cache)), (1, 0));
        assert_eq!(start(cache.as_path()).await, CACHED, "{mode:o}");
        // The host did not change the mode of the directory itself.
        assert_eq!(fs::metadata(&cache).unwrap().mode() & 0o7777, mode);
    }
}

#[tokio::test]
async fn an_entry_that_somebody_put_where_others_can_write_is_not_loaded() {
    let place = Place::new();
    start(place.cache()).await;
    let entry = place.entry();
    // The right code under the right name, in a world-writable directory.
    with_mode(&place.cache(), 0o777);
    assert_eq!(start(place.cache()).await, COMPILED);
    assert!(entry.exists());
    assert_eq!(start(place.cache()).await, CACHED);
}

/// Content that another user could put in place of the private directory: none of it is used, and the host starts.
#[tokio::test]
async fn what_stands_in_the_place_of_the_private_directory_is_judged_as_it_is_opened() {
    let place = Place::new();
    start(place.path("filled")).await;
    let filled = |to: &Path| {
        fs::create_dir(to).unwrap();
        for entry in fs::read_dir(place.path("filled")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    };
    type Put<'a> = &'a dyn Fn(&Path);
    let group: Put<'_> = &|own| {
        filled(own);
        with_mode(own, 0o770);
    };
    let link: Put<'_> = &|own| symlink(place.path("filled"), own).unwrap();
    let file: Put<'_> = &|own| fs::write(own, "").unwrap();
    let foreign: Put<'_> = &|own| {
        filled(own);
        with_mode(own, 0o755);
        chown(own, Some(65_534), None).unwrap();
    };
    let mut all = vec![("group", group), ("link", link), ("file", file)];
    if our_user() == 0 {
        all.push(("foreign", foreign));
    }
    for (name, put) in all {
        let cache = place.path(name);
        with_mode(&cache, 0o1777);
        put(&inside(&cache));
        let log = Log::listen();
        for _ in 0..2 {
            assert_eq!(start(cache.as_path()).await, COMPILED, "{name}");
        }
        let warned = warnings(&log);
        assert_eq!(warned.len(), 2, "{warned:?}");
        let begins = format!(
            "WARN the compile cache cannot be written: the host works, and compiles again at its next start directory={} \
             error=the directory {} can be written to by everybody (mode 1777), and a private one inside it, {}, cannot be used: ",
            cache.display(),
            cache.display(),
            inside(&cache).display()
        );
        assert!(warned.iter().all(|line| line.starts_with(&begins)), "{warned:?}");
    }
}

/// A mount of root's with group write permission, as containers have it. Only the administrator can change a directory's owner.
#[tokio::test]
async fn in_a_directory_of_another_user_that_this_one_can_write_to_a_private_one_is_used() {
    let place = Place::new();
    if our_user() != 0 {
        return;
    }
    let theirs = place.path("theirs");
    with_mode(&theirs, 0o2770);
    chown(&theirs, Some(65_534), None).unwrap();
    symlink(&theirs, place.cache()).unwrap();
    for path in [theirs, place.cache()] {
        let log = Log::listen();
        start(path.as_path()).await;
        let warned = warnings(&log);
        let ends = format!("why=the directory {} belongs to user 65534, and this process is user 0", path.display());
        assert!(warned.len() == 1 && warned[0].ends_with(&ends), "{warned:?}");
        assert_eq!(entries(&inside(&path)), 1);
        assert_eq!(start(path.as_path()).await, CACHED);
    }
}

/// A directory of another user without write permission for this one: the kernel's list of this process's threads for the
/// administrator.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn in_a_directory_of_another_user_that_this_one_cannot_write_to_the_host_starts_without_a_cache() {
    let theirs = if our_user() == 0 { "/proc/1/task" } else { "/usr" };
    let log = Log::listen();
    assert_eq!(start(theirs).await, COMPILED);
    assert_eq!(warnings(&log).len(), 1, "{:?}", warnings(&log));
}

#[tokio::test]
async fn a_directory_that_others_can_only_read_will_do() {
    let place = Place::new();
    with_mode(&place.cache(), 0o755);
    assert_eq!(start(place.cache()).await, COMPILED);
    assert_eq!(start(place.cache()).await, CACHED);
}

#[tokio::test]
async fn a_link_to_a_private_directory_will_do() {
    let place = Place::new();
    fs::create_dir(place.path("elsewhere")).unwrap();
    fs::set_permissions(place.path("elsewhere"), Permissions::from_mode(0o700)).unwrap();
    symlink("elsewhere", place.cache()).unwrap();
    assert_eq!(start(place.cache()).await, COMPILED);
    assert_eq!(start(place.cache()).await, CACHED);
}

#[tokio::test]
async fn a_file_in_place_of_the_directory_is_refused() {
    let place = Place::new();
    fs::write(place.cache(), "").unwrap();
    let error = started(&[SMALL], place.cache()).await.map(drop).unwrap_err();
    assert_eq!(error.code(), "config.invalid");
    let text = error.to_string();
    assert_eq!(text, format!("cache: {} is no directory; name a directory", place.cache().display()));
}

#[tokio::test]
async fn a_refusal_names_the_line_of_the_configuration() {
    let place = Place::new();
    fs::write(place.cache(), "").unwrap();
    let file = place.path("stockbridge.toml");
    fs::write(&file, "# Ours.\ncache = \"cache\"\n").unwrap();
    let text = Host::from_file(&file).await.unwrap_err().to_string();
    let begins = format!("{}:2:1: cache: {} is no directory", file.display(), place.cache().display());
    assert!(text.starts_with(&begins), "{text}");
}

#[tokio::test]
async fn a_directory_that_was_opened_to_others_later_is_not_used_until_it_is_private_again() {
    let place = Place::new();
    start(place.cache()).await;
    with_mode(&place.cache(), 0o777);
    assert_eq!(start(place.cache()).await, COMPILED);
    with_mode(&place.cache(), 0o700);
    assert_eq!(start(place.cache()).await, CACHED);
}

/// In a parent that a group can write to, and in one with the sticky bit.
#[tokio::test]
async fn a_directory_that_is_made_in_a_shared_one_is_private() {
    for mode in [0o2775, 0o1777] {
        let place = Place::new();
        with_mode(&place.path("shared"), mode);
        let cache = place.path("shared").join("deep/cache");
        assert_eq!(start(cache.as_path()).await, COMPILED);
        assert_eq!(fs::metadata(&cache).unwrap().mode() & 0o777, 0o700);
        assert_eq!(entries(&cache), 1);
        assert_eq!(start(cache.as_path()).await, CACHED);
    }
}
