//! The page of claims names existing tests that run, and the security page names every `unsafe`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Links in the page's tables: a test's name and its file.
fn links(page: &str) -> Vec<(&str, &str)> {
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| claim"));
    rows.flat_map(|row| {
        let tests = row.rsplit_once(" | ").unwrap().1;
        assert!(tests.contains("]("), "a claim that nothing holds: {row}");
        tests.split('[').skip(1).map(|link| {
            let (name, rest) = link.split_once("](").unwrap();
            (name, rest.split_once(')').unwrap().0)
        })
    })
    .collect()
}

/// Attributes above the function.
fn attributes<'a>(source: &'a str, name: &str) -> Option<Vec<&'a str>> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let named = format!("fn {name}(");
    let place = lines.iter().position(|line| line.contains(&named))?;
    let above = lines[..place].iter().rev();
    Some(above.take_while(|line| line.starts_with("#[") || line.starts_with("///")).copied().collect())
}

#[test]
fn every_test_that_a_claim_names_is_there_and_runs() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(here.join("claims.md")).unwrap();
    let links = links(&page);
    assert!(links.len() > 60, "only {} tests are named", links.len());
    for (name, file) in links {
        let source = fs::read_to_string(here.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let attributes = attributes(&source, name).unwrap_or_else(|| panic!("{file} has no test {name}"));
        let has = |attribute: &str| attributes.iter().any(|line| line.starts_with(attribute));
        assert!(has("#[test]") || has("#[tokio::test"), "{name} in {file} is no test");
        assert!(!has("#[ignore"), "{name} in {file} does not run");
    }
}

/// The sources below a directory, with their text.
fn sources(directory: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            sources(&path, found);
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

#[test]
fn every_unsafe_is_on_the_page_of_security_and_nothing_else() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let mut found = Vec::new();
    sources(&root, &mut found);
    assert!(found.len() > 200, "only {} sources were found", found.len());
    // In two pieces, so that this line does not match itself.
    let is_one = |line: &str| {
        ["{", "fn ", "impl ", "extern "].into_iter().any(|what| line.contains(&["unsafe", what].join(" ")))
    };
    let files = found.iter().filter(|(_, text)| text.lines().any(is_one));
    let mut files: Vec<_> = files.map(|(path, _)| path.strip_prefix(&root).unwrap().to_str().unwrap()).collect();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| [`")?.split_once('`').map(|(file, _)| file));
    let mut named: Vec<_> = rows.collect();
    files.sort_unstable();
    named.sort_unstable();
    assert_eq!(named, files);
}

#[test]
fn every_event_that_a_host_logs_has_a_target_that_does_not_hang_on_where_it_stands() {
    let mut found = Vec::new();
    for sources_of in ["src", "egress/src", "journal/src", "model/src"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../host").join(sources_of), &mut found);
    }
    let mut events = 0;
    for (path, text) in &found {
        for level in ["trace", "debug", "info", "warn", "error", "info_span", "enabled"] {
            for behind in text.split(&format!("tracing::{level}!(")).skip(1) {
                events += 1;
                let target = behind.trim_start().strip_prefix("target: ");
                let named = target.is_some_and(|it| it.starts_with("diagnostics::") || it.starts_with("LOG_TARGET"));
                assert!(named, "{}: {level}! without a target that has a name", path.display());
            }
        }
    }
    assert!(events > 50, "only {events} events were found");
}

/// Structure that two documents with the same content share in any language.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    /// Level of each heading.
    headings: Vec<usize>,
    /// Fenced blocks: commands, code, configuration, pictures.
    fenced: Vec<String>,
    /// For each table row: its number of cells, and its code, bold text and link targets.
    rows: Vec<(usize, Vec<String>)>,
}

fn shape(document: &str) -> Shape {
    let mut shape = Shape { headings: Vec::new(), fenced: Vec::new(), rows: Vec::new() };
    for (place, part) in document.split("```").enumerate() {
        if place % 2 == 1 {
            shape.fenced.push(part.to_owned());
            continue;
        }
        for line in part.lines() {
            let level = line.chars().take_while(|character| *character == '#').count();
            if level > 0 {
                shape.headings.push(level);
            } else if line.starts_with('|') {
                let between = |mark: &str| line.split(mark).skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
                let targets = line.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()));
                let kept = between("`").into_iter().chain(between("**")).chain(targets).collect();
                shape.rows.push((line.split('|').count(), kept));
            }
        }
    }
    shape
}

#[test]
fn the_chinese_readme_says_what_the_english_one_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let (english, chinese) = (read("README.md"), read("README.zh-CN.md"));
    assert_eq!(shape(&chinese), shape(&english));
    assert!(!shape(&english).rows.is_empty() && shape(&english).fenced.len() > 3);
    assert!(english.lines().count() <= 150, "the README has {} lines", english.lines().count());
}

#[test]
fn every_file_that_a_document_links_to_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut documents = vec![root.join("README.md"), root.join("README.zh-CN.md"), root.join("SECURITY.md")];
    for folder in ["docs", "docs/decisions"] {
        let found = fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        documents.extend(found.filter(|path| path.extension().is_some_and(|kind| kind == "md")));
    }
    let mut links = 0;
    for document in &documents {
        for rest in fs::read_to_string(document).unwrap().split("](").skip(1) {
            let target = rest.split([')', '#']).next().unwrap();
            if target.is_empty() || target.starts_with("http") || target.contains(' ') {
                continue;
            }
            links += 1;
            let file = document.parent().unwrap().join(target);
            assert!(file.exists(), "{}: {target} is not there", document.display());
        }
    }
    assert!(links > 40, "only {links} links were found");
}

#[test]
fn every_target_of_the_log_is_in_the_operators_guide_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let names = read("host/src/diagnostics.rs") + &read("host/journal/src/lib.rs");
    let constants: String = names.lines().filter(|line| line.contains("const ")).collect();
    let all = |text: &str, mark: &str| {
        let pieces = text.split(mark).skip(1).step_by(2).filter(|piece| piece.starts_with("stockbridge::"));
        pieces.map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let (guide, targets) = (read("docs/operating.md"), all(&constants, "\""));
    let logs = guide.split("## Logs").nth(1).unwrap().split("\n## ").next().unwrap();
    assert_eq!(all(logs, "`"), targets);
    assert!(targets.len() > 5, "{targets:?}");
}
