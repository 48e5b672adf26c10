//! Work by instruction count: twice the text takes at most twice the work, and each byte a bounded number of instructions,
//! whatever the secrets' length, for texts and secrets that make searches slow.
//!
//! Each case runs in a process of its own under valgrind's cachegrind, for a text and for one of twice its length; the
//! instructions of a process without a text are subtracted.

use std::env;
use std::process::Command;

use super::redactor_of;

/// Length of the shorter text, in bytes.
const LENGTH: usize = 32 * 1024;
/// Case and length for a counted process.
const COUNTED: &str = "STOCKBRIDGE_COUNTED";
/// A higher ratio for twice the text is not linear.
const MOST: f64 = 2.2;
/// Bound of instructions per byte, in a debug build: comparing a long secret at every place takes ten times as many.
const MOST_EACH: u64 = 20_000;

/// Secrets, and the generator of a text.
struct Case {
    name: &'static str,
    secrets: fn() -> Vec<String>,
    text: fn(usize) -> String,
}

const CASES: &[Case] = &[
    Case {
        name: "a run of the letter that a secret repeats before it ends otherwise",
        secrets: || vec!["a".repeat(2_000) + "b"],
        text: |length| "a".repeat(length),
    },
    Case {
        name: "secrets of one letter, each a beginning of the next",
        secrets: || (8..200).map(|length| "a".repeat(length)).collect(),
        text: |length| "a".repeat(length),
    },
    Case {
        name: "a thousand secrets with one beginning",
        secrets: || (0..1_000).map(|number| format!("one-beginning-{number:06}")).collect(),
        text: |length| repeated("one-beginning-00 ", length),
    },
    Case {
        name: "a long token that is almost there at every place",
        secrets: || vec!["ab".repeat(4_000) + "c"],
        text: |length| repeated("ab", length),
    },
    Case {
        name: "escapes of escapes without end",
        secrets: || vec!["a secret".to_owned()],
        text: |length| "%".to_owned() + &repeated("25", length),
    },
    Case {
        name: "escapes that complete one another",
        secrets: || vec!["33333333-secret".to_owned()],
        text: |length| repeated("%3", length) + "1",
    },
    Case {
        name: "backslashes, and a secret of them",
        secrets: || vec!["\\".repeat(60) + "secret"],
        text: |length| "\\".repeat(length),
    },
    Case {
        name: "entities that end nowhere",
        secrets: || vec!["&amp;amp;amp;-secret".to_owned()],
        text: |length| repeated("&amp", length),
    },
    Case {
        name: "a secret at every place, escaped",
        secrets: || vec!["a/secret/here".to_owned()],
        text: |length| repeated(r"a\/secret\/here ", length),
    },
];

fn repeated(piece: &str, length: usize) -> String {
    piece.repeat(length / piece.len())
}

#[test]
fn twice_the_text_is_twice_the_work_whatever_secrets_and_text_are() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: valgrind is not on this machine");
        return;
    }
    let mut too_much = Vec::new();
    for (place, case) in CASES.iter().enumerate() {
        let [nothing, once, twice] = [0, LENGTH, 2 * LENGTH].map(|length| instructions(place, length));
        #[expect(clippy::cast_precision_loss, reason = "a ratio to two digits")]
        let ratio = (twice - nothing) as f64 / (once - nothing) as f64;
        let each = (twice - once) / LENGTH as u64;
        println!("{}: {ratio:.2} times, {each} instructions a byte", case.name);
        if ratio > MOST || each > MOST_EACH {
            too_much.push(case.name);
        }
    }
    assert!(too_much.is_empty(), "{too_much:?}");
}

/// The instructions of a process that searches a text of this length.
fn instructions(place: usize, length: usize) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "work::the_process_that_is_counted", "--ignored", "--test-threads=1"])
        .env(COUNTED, format!("{place} {length}"))
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{report}");
    let count = report.lines().find_map(|line| line.split_once("refs:")).expect("a count of instructions").1;
    count.trim().replace(',', "").parse().unwrap()
}

#[test]
#[ignore = "run by the test above, in a process of its own"]
fn the_process_that_is_counted() {
    let Ok(counted) = env::var(COUNTED) else { return };
    let (place, length) = counted.split_once(' ').unwrap();
    let case = &CASES[place.parse::<usize>().unwrap()];
    let secrets = (case.secrets)();
    let redactor = redactor_of(secrets.iter().map(String::as_str));
    // One-time setup with the first text belongs to no length.
    let small = redactor.text((case.text)(16 * 1024));
    let text = (case.text)(length.parse().unwrap());
    assert!(redactor.text(text).len() < usize::MAX - small.len());
}
