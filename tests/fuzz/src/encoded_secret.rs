//! A secret amid any bytes, written by a chain of writers: its middle is left nowhere, whatever stands around it.
//!
//! An input is a seed of eight bytes for secret and chain, a byte that tells how many of the others stand before the secret, and
//! those.

use std::iter::once;

use stockbridge::Redactor;
use stockbridge_tests::writers::{self, Chain};

use crate::Target;

pub(crate) const TARGET: Target = Target {
    name: "encoded-secret",
    run,
    seeds,
    words: &["\\u00", "\\\\", "%", "%25", "&#", "&#x", "&amp;", ";", "\r\n", "\\x", "=", "\\ud83d", "%2", "25"],
};

fn run(data: &[u8]) {
    let Some((seed, rest)) = data.split_first_chunk::<8>() else { return };
    let Some((place, around)) = rest.split_first() else { return };
    let mut random = fastrand::Rng::with_seed(u64::from_le_bytes(*seed));
    let (secret, chain) = (writers::secret(&mut random), Chain::random(&mut random));
    let (before, after) = around.split_at(usize::from(*place).min(around.len()));
    let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    let redactor = Redactor::new(once(("secret".into(), secret.as_bytes())));
    let written = chain.write(&format!("{before}{secret}{after}"));
    let mut is_told = false;
    let left = redactor.answer(written.clone().into_bytes(), |_| is_told = true);
    let left = String::from_utf8_lossy(&left);
    assert!(is_told, "{secret:?} in {written:?} is not told");
    let middle: String = secret.chars().skip(1).take(writers::LETTERS).collect();
    if let Some(middle) = chain.write_piece(&middle) {
        assert!(!left.contains(&middle), "{secret:?} in {left:?}, of {written:?}");
    }
    assert_eq!(redactor.text(written.clone()), left, "an answer and a text differ");
}

fn seeds() -> Vec<Vec<u8>> {
    let seed = |number: u64, before: &str, after: &str| {
        let place = u8::try_from(before.len()).unwrap();
        [&number.to_le_bytes()[..], &[place], before.as_bytes(), after.as_bytes()].concat()
    };
    vec![
        seed(1, "", ""),
        seed(2, "it is ", " and ends"),
        seed(3, "{\"token\":\"", "\"}"),
        seed(4, "\\u00", "41"),
        seed(5, "%", ";"),
        seed(6, "&#x", ";&amp;"),
        seed(7, "\\", "\\"),
    ]
}
