//! The host's top-level modules keep to the layers of `docs/architecture.md`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};

use stockbridge_layers::{Layers, Uses};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn host() -> Uses {
    Uses::read(&repository().join("host/src/lib.rs")).unwrap()
}

#[test]
fn every_path_into_the_host_can_be_followed() {
    let uses = host();
    assert!(uses.unresolved.is_empty(), "{:#?}", uses.unresolved);
    // In these alone a name may be one that nothing in the source defines.
    let generated: Vec<String> = uses.with_generated_names.iter().map(|path| path.join("::")).collect();
    assert_eq!(generated, ["config::from", "engine::quiet", "sandbox::contract::bindings"]);
    // What reads nothing finds nothing wrong.
    assert!(uses.modules.len() > 100 && uses.arrows.len() > 1000, "{} {}", uses.modules.len(), uses.arrows.len());
}

#[test]
fn a_room_uses_only_what_stands_below_it() {
    let document = std::fs::read_to_string(repository().join("docs/architecture.md")).unwrap();
    let violations = Layers::read(&document, "modules").unwrap().violations(&host());
    let messages: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert!(messages.is_empty(), "\n{}", messages.join("\n"));
}

#[test]
fn nothing_uses_each_other_in_a_circle_neither_rooms_nor_what_is_in_them() {
    let circles = host().circles();
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn nor_does_anything_in_the_other_crates() {
    let mut crates: Vec<PathBuf> = std::fs::read_dir(repository().join("plugins"))
        .unwrap()
        .map(|folder| folder.unwrap().path().join("src/lib.rs"))
        .filter(|root| root.is_file())
        .collect();
    let others = [
        "host/cli/src/main.rs",
        "host/egress/src/lib.rs",
        "host/journal/src/lib.rs",
        "host/model/src/lib.rs",
        "host/simulator/src/lib.rs",
    ];
    crates.extend(others.map(|root| repository().join(root)));
    assert!(crates.len() >= 12, "{crates:?}");
    for root in crates {
        let uses = Uses::read(&root).unwrap();
        assert!(uses.unresolved.is_empty(), "{}: {:#?}", root.display(), uses.unresolved);
        assert!(uses.circles().is_empty(), "{}: {:#?}", root.display(), uses.circles());
    }
}
