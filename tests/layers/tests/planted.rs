//! An arrow is found however it is written, and what is no arrow is passed over.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::fs;

use stockbridge_layers::{Layers, Uses, Violation};

/// `upper` may use `lower`, and not the other way.
const LAYERS: &str = "| modules | |\n|---|---|\n| `upper` | |\n| `lower` | |\n";

/// A crate whose module `lower` has this source, beside items that it may use.
fn planted(lower: &str) -> Uses {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    file("lib.rs", "mod lower;\nmod upper;\npub use upper::inner::Deep as Shallow;\npub use upper::*;\n");
    file(
        "upper/mod.rs",
        "pub(crate) mod inner;\npub(crate) mod format;\npub struct Top;\npub enum Kind { One }\n\
         macro_rules! shout { ($it:expr) => { $it } }\npub(crate) use shout;\npub fn build() {}\n",
    );
    file("upper/inner.rs", "pub struct Deep;\nimpl Deep { pub const SIZE: usize = 1; }\n");
    file("upper/format.rs", "pub fn serialize() {}\n");
    file("lower.rs", lower);
    Uses::read(&directory.path().join("lib.rs")).unwrap()
}

/// Lines of `lower` with an upward use.
fn lines_up(uses: &Uses) -> Vec<usize> {
    assert!(uses.unresolved.is_empty(), "{:?}", uses.unresolved);
    let violations = Layers::read(LAYERS, "modules").unwrap().violations(uses);
    let line = |violation: Violation| match violation {
        Violation::Up(arrow) => arrow.line,
        other => panic!("{other}"),
    };
    violations.into_iter().map(line).collect()
}

#[test]
fn an_arrow_up_is_found_however_it_is_written() {
    for (how, lower) in [
        ("a use", "\nuse crate::upper::Top;"),
        ("a use of the module", "\nuse crate::upper;"),
        ("a use under another name", "\nuse crate::upper::Top as Other;"),
        ("a use without a name", "\nuse crate::upper::Top as _;"),
        ("a use of all names", "\nuse crate::upper::*;"),
        ("a use in braces", "\nuse crate::{upper::{inner::Deep}};"),
        ("a use by way of the parent", "\nuse super::upper::Top;"),
        ("a re-export at the root", "\nuse crate::Shallow;"),
        ("a re-export of all names at the root", "\nuse crate::Kind;"),
        ("an own re-export", "\npub(crate) use crate::upper::inner::Deep;"),
        ("a use inside of a function", "fn f() {\nuse crate::upper::Top; }"),
        ("a path in a type", "\nfn f(_: crate::upper::inner::Deep) {}"),
        ("a path in an expression", "fn f() {\nlet _ = crate::upper::inner::Deep::SIZE; }"),
        ("a path in a pattern", "fn f(k: K) { match k {\ncrate::upper::Kind::One => {} } }"),
        ("a path in a bound", "\nfn f<T: Into<crate::upper::Top>>(_: T) {}"),
        ("a path in a macro's arguments", "fn f() {\nprintln!(\"{}\", crate::upper::inner::Deep::SIZE); }"),
        ("braces in a macro's arguments", "m! {\nuse crate::{upper::Top}; }"),
        ("a text in a macro's arguments", "bindgen!({ with: {\n\"a:b/c\": \"crate::upper::Top\" } });"),
        ("a path in bindgen's arguments", "bindgen!({ with: {\n\"a:b/c\": crate::upper::Top } });"),
        ("a text of serde", "#[derive(Serialize)] struct S {\n#[serde(with = \"crate::upper::format\")] f: u8 }"),
        (
            "a call of serde",
            "#[derive(Serialize)] struct S {\n#[serde(serialize_with = \"crate::upper::format::serialize\")] f: u8 }",
        ),
        ("a path in an attribute", "#[error(\"{}\",\ncrate::upper::inner::Deep::SIZE)] struct S;"),
        ("a macro by its path", "fn f() {\ncrate::upper::shout!(1); }"),
        ("a macro by its name", "fn f() {\nshout!(1); }"),
        ("the body of a macro", "macro_rules! m { () => {\n$crate::upper::build() } }"),
        ("an implementation", "struct S;\nimpl From<crate::upper::Top> for S { }"),
        ("what a feature turns on", "#[cfg(feature = \"x\")]\nuse crate::upper::Top;"),
        ("what tests are not built with", "#[cfg(not(test))]\nuse crate::upper::Top;"),
        ("what tests or a feature are built with", "#[cfg(any(test, feature = \"x\"))]\nuse crate::upper::Top;"),
    ] {
        assert_eq!(lines_up(&planted(lower)), [2], "{how}");
    }
}

#[test]
fn what_is_imported_is_followed_when_it_is_used() {
    // A module that is brought in by `use`, too: both lines count.
    assert_eq!(lines_up(&planted("\nuse crate::upper;\nfn f(_: upper::inner::Deep) {}")), [2, 3]);
    assert_eq!(
        lines_up(&planted(
            "\nuse crate::upper as above;\n#[derive(S)] struct S {\n#[serde(with = \"above::format\")] f: u8 }"
        )),
        [2, 4]
    );
}

#[test]
fn what_tests_alone_are_built_with_is_left_out() {
    for lower in [
        "#[cfg(test)]\nmod tests { use crate::upper::Top; }",
        "#[cfg(test)]\nuse crate::upper::Top;",
        "#[cfg(all(test, unix))]\nuse crate::upper::Top;",
        "struct S;\nimpl S { #[cfg(test)] fn f(_: crate::upper::Top) {} }",
        "fn f() { #[cfg(test)] crate::upper::build(); }",
        "struct S { #[cfg(test)] f: crate::upper::Top }",
    ] {
        assert_eq!(lines_up(&planted(lower)), [0; 0], "{lower}");
    }
}

#[test]
fn what_leads_out_of_the_crate_is_no_arrow() {
    for lower in [
        "use std::fmt;\nuse ::upper::Top;",
        "use other::upper::Top;\nfn f(_: serde::upper::Top) {}",
        "/// [`crate::upper::Top`]\nstruct S;",
        "fn f() { println!(\"crate::upper::Top is not here\"); }",
        "enum E { A }\nfn f() -> E { E::A }\nfn g<T: Iterator>(_: T::Item) {}",
    ] {
        assert_eq!(lines_up(&planted(lower)), [0; 0], "{lower}");
    }
}

#[test]
fn a_path_into_the_crate_that_leads_nowhere_is_told() {
    for lower in [
        "\nuse crate::upper::Missing;",
        "\nuse crate::missing::Top;",
        "\nuse super::super::Top;",
        "\nfn f(_: self::missing::Top) {}",
    ] {
        let unresolved = planted(lower).unresolved;
        assert_eq!(unresolved.iter().map(|path| path.line).collect::<Vec<_>>(), [2], "{lower}");
    }
}

#[test]
fn a_module_without_a_row_and_a_row_without_a_module_are_told() {
    let uses = planted("");
    let messages = |layers: &str| {
        let violations = Layers::read(layers, "modules").unwrap().violations(&uses);
        violations.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        messages("| modules |\n|---|\n| `upper` |\n"),
        ["no layer has the module lower; add lower to a row of the table"]
    );
    assert_eq!(
        messages("| modules |\n|---|\n| `upper`, `attic` |\n| `lower` |\n"),
        ["the layers name attic, which is no module; remove it from the table"]
    );
    assert!(Layers::read("| other |\n|---|\n| `upper` |\n", "modules").is_err());
    assert!(Layers::read("| modules |\n|---|\n| `upper` |\n| `upper` |\n", "modules").is_err());
}

#[test]
fn rooms_of_one_row_do_not_use_each_other() {
    let uses = planted("use crate::upper::Top;");
    let layers = Layers::read("| modules |\n|---|\n| `upper`, `lower` |\n", "modules").unwrap();
    assert_eq!(layers.violations(&uses).len(), 1);
}

#[test]
fn a_circle_is_told_with_all_that_is_in_it() {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("lib.rs", "mod a;\nmod b;\nmod c;\nmod d;"),
        ("a.rs", "use crate::b::B;\npub struct A;"),
        ("b.rs", "use crate::c::C;\npub struct B;"),
        ("c.rs", "pub struct C(crate::a::A);"),
        ("d.rs", "use crate::a::A;"),
    ] {
        fs::write(directory.path().join(name), text).unwrap();
    }
    let uses = Uses::read(&directory.path().join("lib.rs")).unwrap();
    let names = ["a", "b", "c"].map(str::to_owned).to_vec();
    assert_eq!(uses.circles(), [(Vec::new(), names)]);
    assert_eq!(uses.between_children(&[]).len(), 4);
}
