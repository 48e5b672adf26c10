//! A directory to which somebody else can write is refused: what stands in it runs in the host's process.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;

use stockbridge::{Error, Host};

use crate::scene::{CACHED, COMPILED, Place, SMALL, start, started};

async fn refused(cache: &Path) -> Error {
    let error = started(&[SMALL], cache).await.map(drop).unwrap_err();
    assert_eq!(error.code(), "config.invalid", "{error}");
    error
}

fn with_mode(place: &Place, mode: u32) {
    fs::create_dir_all(place.cache()).unwrap();
    fs::set_permissions(place.cache(), Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn a_directory_that_others_can_write_to_is_refused_and_nothing_is_written() {
    for (mode, others) in [(0o777, "everybody"), (0o1777, "everybody"), (0o703, "everybody"), (0o775, "its group")] {
        let place = Place::new();
        with_mode(&place, mode);
        let cache = place.cache();
        assert_eq!(
            refused(&cache).await.to_string(),
            format!(
                "cache: the directory {} can be written to by {others} (mode {mode:04o}); whoever can write there can run \
                 machine code in this process: remove it, the host makes it anew",
                cache.display()
            )
        );
        assert_eq!(place.files().len(), 0);
    }
}

#[tokio::test]
async fn a_directory_that_others_can_only_read_will_do() {
    let place = Place::new();
    with_mode(&place, 0o755);
    assert_eq!(start(place.cache()).await, COMPILED);
    assert_eq!(start(place.cache()).await, CACHED);
}

/// Another user's by itself, and another user's behind a link of ours. Where these tests are run by the administrator it
/// is given away, otherwise it is the administrator's.
#[tokio::test]
async fn a_directory_of_another_user_is_refused_though_a_link_leads_there() {
    let place = Place::new();
    let ours = fs::metadata(place.path("")).unwrap().uid();
    let theirs = if ours == 0 { place.path("theirs") } else { "/usr".into() };
    let owner = if ours == 0 { 65_534 } else { 0 };
    if ours == 0 {
        fs::create_dir(&theirs).unwrap();
        chown(&theirs, Some(owner), None).unwrap();
    }
    symlink(&theirs, place.cache()).unwrap();
    for path in [theirs, place.cache()] {
        assert_eq!(
            refused(&path).await.to_string(),
            format!(
                "cache: the directory {} belongs to user {owner}, and this process is user {ours}; \
                 name a directory that only the user of this process can write to",
                path.display()
            )
        );
    }
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
    let text = refused(&place.cache()).await.to_string();
    assert_eq!(text, format!("cache: {} is no directory; name a directory", place.cache().display()));
}

#[tokio::test]
async fn a_refusal_names_the_line_of_the_configuration() {
    let place = Place::new();
    with_mode(&place, 0o777);
    let file = place.path("stockbridge.toml");
    fs::write(&file, "# Ours.\ncache = \"cache\"\n").unwrap();
    let text = Host::from_file(&file).await.unwrap_err().to_string();
    let begins = format!("{}:2:1: cache: the directory {} can be written to", file.display(), place.cache().display());
    assert!(text.starts_with(&begins), "{text}");
}

#[tokio::test]
async fn a_directory_that_was_opened_to_others_later_is_refused_until_it_is_private_again() {
    let place = Place::new();
    start(place.cache()).await;
    with_mode(&place, 0o777);
    refused(&place.cache()).await;
    with_mode(&place, 0o700);
    assert_eq!(start(place.cache()).await, CACHED);
}
