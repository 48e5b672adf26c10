//! How a target's binary begins: under libFuzzer with its seeds laid out, otherwise with the files that it is given.

use std::path::PathBuf;

use crate::Target;

/// Where libFuzzer's first corpus goes, where `cargo xtask fuzz` asks for it.
const CORPUS: &str = "STOCKBRIDGE_FUZZ_CORPUS";
/// Where the target's words go, in libFuzzer's format.
const DICTIONARY: &str = "STOCKBRIDGE_FUZZ_DICTIONARY";

/// The binary of a target: libFuzzer's, or without it one that replays files.
#[macro_export]
macro_rules! entry {
    ($target:expr) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(init: $crate::prepare(&$target), |data: &[u8]| ($target.run)(data));

        #[cfg(not(fuzzing))]
        fn main() {
            $crate::replay(&$target);
        }
    };
}

/// Lays out the seeds and the words of a target before libFuzzer reads them.
///
/// # Panics
/// They cannot be written.
pub fn prepare(target: &Target) {
    if let Some(directory) = std::env::var_os(CORPUS).map(PathBuf::from) {
        for (place, seed) in (target.seeds)().into_iter().enumerate() {
            std::fs::write(directory.join(format!("seed-{place:03}")), seed).unwrap();
        }
    }
    if let Some(file) = std::env::var_os(DICTIONARY) {
        std::fs::write(file, dictionary(target.words)).unwrap();
    }
}

/// libFuzzer's format: a line for each word, everything but plain characters as `\xAB`.
fn dictionary(words: &[&str]) -> String {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    let written = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("\\x{byte:02X}") };
    words.iter().map(|word| format!("\"{}\"\n", word.bytes().map(written).collect::<String>())).collect()
}

/// Runs the target over files: `cargo run -p stockbridge-fuzz --bin configuration -- target/fuzz/artifacts/…`.
///
/// # Panics
/// A file cannot be read, or breaks the target.
pub fn replay(target: &Target) {
    for path in std::env::args_os().skip(1) {
        let bytes = std::fs::read(&path).unwrap();
        println!("{}: {} bytes", path.display(), bytes.len());
        (target.run)(&bytes);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_dictionary_has_a_line_for_each_word_with_its_quotes_escaped() {
        assert_eq!(super::dictionary(&["a b", "\"码"]), "\"a\\x20b\"\n\"\\x22\\xE7\\xA0\\x81\"\n");
    }
}
