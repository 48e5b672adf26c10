//! How a path is found: each name that is looked up on the way, through all symbolic links.
//!
//! Container platforms swap a link in the middle of a path (`file -> ..data/file`, `..data -> ..2026_11_22/`), and
//! releases swap one far above the file. Whoever wants to see that must know every name that leads to the file.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// More links than a system follows before it gives up.
const LINKS: usize = 40;

/// The way to a file, as it is now.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SymlinkChain {
    /// The names that were looked up, each with the directory in which it was, free of links. The last one may not be
    /// there: then it is the one to wait for.
    pub(super) names: Vec<(PathBuf, OsString)>,
    /// The file itself, if there is one at the end.
    pub(super) file: Option<PathBuf>,
}

/// What is still to be walked.
enum Step {
    Restart(PathBuf),
    Up,
    Down(OsString),
}

impl SymlinkChain {
    /// Walks along a path. A relative one begins at the working directory.
    pub(super) fn of(path: &Path) -> SymlinkChain {
        let mut trail = SymlinkChain::default();
        let Ok(path) = std::path::absolute(path) else { return trail };
        let mut ahead: VecDeque<Step> = steps(&path).collect();
        let mut here = PathBuf::new();
        let mut links = 0;
        while let Some(step) = ahead.pop_front() {
            let name = match step {
                Step::Restart(root) => {
                    here = root;
                    continue;
                }
                Step::Up => {
                    here.pop();
                    continue;
                }
                Step::Down(name) => name,
            };
            let there = here.join(&name);
            trail.names.push((here.clone(), name));
            let Ok(found) = std::fs::symlink_metadata(&there) else { return trail };
            if !found.is_symlink() {
                here = there;
                continue;
            }
            links += 1;
            let Ok(target) = std::fs::read_link(&there) else { return trail };
            if links > LINKS {
                return trail;
            }
            ahead = steps(&target).chain(ahead).collect();
        }
        trail.file = here.is_file().then_some(here);
        trail
    }
}

fn steps(path: &Path) -> impl Iterator<Item = Step> {
    let root: PathBuf =
        path.components().take_while(|part| matches!(part, Component::Prefix(_) | Component::RootDir)).collect();
    let restart = (!root.as_os_str().is_empty()).then_some(Step::Restart(root));
    restart.into_iter().chain(path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(Step::Down(name.to_owned())),
        Component::ParentDir => Some(Step::Up),
        Component::Prefix(_) | Component::RootDir | Component::CurDir => None,
    }))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// The names below the directory, `directory/name`, and where the trail ends.
    fn walked(directory: &Path, path: &Path) -> (Vec<String>, Option<PathBuf>) {
        let trail = SymlinkChain::of(path);
        let below = |(parent, name): &(PathBuf, OsString)| {
            Some(parent.strip_prefix(directory).ok()?.join(name).to_str()?.to_owned())
        };
        (trail.names.iter().filter_map(below).collect(), trail.file)
    }

    #[test]
    fn a_trail_has_every_name_from_the_root_on() {
        let trail = SymlinkChain::of(Path::new("/proc/version"));
        assert_eq!(trail.names, [("/".into(), "proc".into()), ("/proc".into(), "version".into())]);
        assert_eq!(trail.file.unwrap(), Path::new("/proc/version"));
    }

    #[test]
    fn a_trail_goes_through_links_at_every_level() {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path().canonicalize().unwrap();
        std::fs::create_dir_all(at.join("releases/1/..first")).unwrap();
        std::fs::write(at.join("releases/1/..first/file"), "").unwrap();
        symlink(at.join("releases/1"), at.join("current")).unwrap();
        symlink("..first", at.join("releases/1/..data")).unwrap();
        symlink("../1/..data/file", at.join("releases/1/file")).unwrap();
        let (names, file) = walked(&at, &at.join("current/file"));
        let release = ["releases", "releases/1"];
        let link = ["releases/1/file", "releases/1", "releases/1/..data"];
        let end = ["releases/1/..first", "releases/1/..first/file"];
        assert_eq!(names, [&["current"][..], &release, &link, &end].concat());
        assert_eq!(file.unwrap(), at.join("releases/1/..first/file"));
    }

    #[test]
    fn a_trail_ends_at_the_first_name_that_is_not_there() {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path().canonicalize().unwrap();
        assert_eq!(walked(&at, &at.join("no/such/file")), (vec!["no".to_owned()], None));
    }

    #[test]
    fn a_link_that_leads_to_itself_ends() {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path().canonicalize().unwrap();
        symlink("loop", at.join("loop")).unwrap();
        assert_eq!(SymlinkChain::of(&at.join("loop")).file, None);
    }
}
