//! Runs a target over its seeds and mutations of them, the same ones every time.

use fastrand::Rng;

use crate::Target;

/// The longest input that is made by mutation, in bytes.
const LONGEST: usize = 16 * 1024;

/// Runs the target over its seeds, and then over so many mutations of them.
///
/// # Panics
/// An input breaks the target. The input is printed first, as a Rust byte string.
pub(crate) fn run(target: &Target, inputs: usize) {
    let seeds = (target.seeds)();
    assert!(!seeds.is_empty(), "{} has no seed", target.name);
    for seed in &seeds {
        tried(target, seed);
    }
    let mut rng = Rng::with_seed(0x5b);
    for _ in 0..inputs {
        tried(target, &mutated(&mut rng, &seeds, target.words));
    }
}

fn tried(target: &Target, input: &[u8]) {
    let shown = Shown(target.name, input);
    (target.run)(input);
    std::mem::forget(shown);
}

/// Tells the input where it is dropped in a panic.
struct Shown<'a>(&'static str, &'a [u8]);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        eprintln!("{} breaks at b\"{}\"", self.0, self.1.escape_ascii());
    }
}

fn mutated(rng: &mut Rng, seeds: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut input = seeds[rng.usize(..seeds.len())].clone();
    for _ in 0..=rng.usize(..4) {
        mutate(rng, &mut input, seeds, words);
    }
    input.truncate(LONGEST);
    input
}

fn mutate(rng: &mut Rng, input: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&str]) {
    let at = rng.usize(..=input.len());
    let to = (at + rng.usize(..16)).min(input.len());
    match rng.u8(..8) {
        0 => input.truncate(at),
        1 => drop(input.drain(at..to)),
        2 => input.insert(at, rng.u8(..)),
        3 | 4 if at < input.len() => {
            input[at] = if rng.bool() { rng.u8(..) } else { input[at] ^ (1 << rng.u8(..8)) };
        }
        5 => {
            let part = input[at..to].to_vec();
            input.splice(at..at, part);
        }
        6 if !words.is_empty() => drop(input.splice(at..to, words[rng.usize(..words.len())].bytes())),
        _ => {
            let other = &seeds[rng.usize(..seeds.len())];
            let from = rng.usize(..=other.len());
            let until = (from + rng.usize(..64)).min(other.len());
            input.splice(at..to, other[from..until].iter().copied());
        }
    }
}
