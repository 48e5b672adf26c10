//! Malformed files: truncated, with flipped bits, or larger than they seem.

use std::time::Instant;

use stockbridge::{Error, inspect};
use stockbridge_tests::{Recording, hostile_guest};

use crate::growth;
use crate::scene::{Call, DEADLINE, GRANTED, SLACK, Scene, answered};

fn file(guest: &str) -> Vec<u8> {
    std::fs::read(hostile_guest(guest)).unwrap()
}

/// Error codes with which a damaged file may be refused.
fn is_typed(error: &Error) -> bool {
    let codes = ["component.malformed", "component.contract-version", "component.imports"];
    codes.contains(&error.code()) || ["component.exports", "component.describe"].contains(&error.code())
}

/// Pseudo-random numbers that are the same in every run (Marsaglia's xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }
}

#[tokio::test]
async fn a_file_that_was_cut_off_is_refused_wherever_it_was_cut() {
    let whole = file("plain");
    for end in (0..whole.len()).step_by(whole.len() / 97) {
        let error = inspect(whole[..end].to_vec()).await.unwrap_err();
        assert!(is_typed(&error), "cut at {end}: {error}");
    }
}

/// One bit in each file. Some of the files are still connectors: they are called, and end with a typed error or an answer, in
/// time.
#[tokio::test]
async fn a_file_with_a_flipped_bit_is_refused_or_contained() {
    let (whole, mut numbers) = (file("plain"), Numbers(0x5eed_0f0d_d17b_1751));
    let (mut refused, mut served) = (0, 0);
    for _ in 0..120 {
        let mut flipped = whole.clone();
        let bit = numbers.below(whole.len() * 8);
        flipped[bit / 8] ^= 1 << (bit % 8);
        match inspect(flipped.clone()).await {
            Err(error) => {
                assert!(is_typed(&error), "bit {bit}: {error}");
                refused += 1;
            }
            Ok(_) => {
                served += 1;
                let Ok(scene) = Scene::open(flipped.into(), DEADLINE, GRANTED, Recording::answering(["{}"])).await
                else {
                    continue;
                };
                let result = scene.result_of(Call::Query).await;
                assert!(result.code == "answered" || result.code.starts_with("connector."), "bit {bit}: {result:?}");
            }
        }
    }
    assert!(refused > 20 && served > 5, "{refused} refused, {served} served: the seed proves nothing");
}

/// Many bits in each file, which is a component as Rust builds it.
#[tokio::test]
async fn a_file_that_was_shot_through_is_refused() {
    let (whole, mut numbers) = (file("harmless"), Numbers(0x0bad_cafe_5eed_5eed));
    for round in 0..50 {
        let mut shot = whole.clone();
        for _ in 0..100 {
            let byte = numbers.below(whole.len());
            shot[byte] ^= 1 << numbers.below(8);
        }
        let error = inspect(shot).await.unwrap_err();
        assert!(is_typed(&error), "round {round}: {error}");
    }
}

/// New capabilities come as new interfaces, so a host ignores an export that it does not know.
#[tokio::test]
async fn an_extra_export_is_passed_over() {
    let name = b"extra:thing/nothing@1.0.0";
    let mut bytes = file("plain");
    // A section with one export: a name, and the component's first instance.
    let content = [&[1, 0, u8::try_from(name.len()).unwrap()], &name[..], &[5, 0, 0]].concat();
    bytes.extend([11, u8::try_from(content.len()).unwrap()]);
    bytes.extend(content);
    let scene = Scene::open(bytes.into(), DEADLINE, GRANTED, Recording::answering(["{}"])).await.unwrap();
    assert_eq!(scene.result_of(Call::Query).await, answered(""));
}

/// Nested components, each of which makes two instances of the inner one.
fn doubling(depth: usize) -> Vec<u8> {
    let mut text = "(component $c0 (core module $m) (core instance (instantiate $m)))".to_owned();
    for level in 1..=depth {
        let twice = format!("(instance (instantiate $c{}))", level - 1).repeat(2);
        text = format!("(component $c{level} {text} {twice})");
    }
    wat::parse_str(text).unwrap()
}

/// Error for a file of a few hundred bytes with two to the power of `depth` instances. The cost of finding out is bounded.
pub(crate) async fn doubled(depth: usize) -> Error {
    let (started, held) = (Instant::now(), growth::begin());
    let error = inspect(doubling(depth)).await.unwrap_err();
    assert!(started.elapsed() < SLACK, "it took {:?}", started.elapsed());
    assert!(growth::since(held) < 400 * 1024 * 1024);
    error
}

#[tokio::test]
async fn instances_are_counted_before_they_are_compiled() {
    assert_eq!(doubled(8).await.code(), "component.exports");
    assert_eq!(doubled(10).await.code(), "component.instances");
}

/// A guest with this many additional modules, each with a memory. The sections are appended.
pub(crate) fn crowded(guest: &str, memories: u8) -> Vec<u8> {
    let mut bytes = file(guest);
    let modules = sections(&bytes).filter(|section| *section == 1).count();
    let module = wat::parse_str("(module (memory 1))").unwrap();
    bytes.extend([1, u8::try_from(module.len()).unwrap()]);
    bytes.extend(module);
    // An instance of that module for each memory, without arguments.
    let instance = [0, u8::try_from(modules).unwrap(), 0];
    for _ in 0..memories {
        bytes.extend([2, 4, 1]);
        bytes.extend(instance);
    }
    bytes
}

/// Kinds of a component's sections, in their order.
fn sections(bytes: &[u8]) -> impl Iterator<Item = u8> {
    let mut rest = &bytes[8..];
    std::iter::from_fn(move || {
        let (&kind, mut behind) = rest.split_first()?;
        let (mut size, mut shift) = (0, 0);
        loop {
            let (&byte, next) = behind.split_first()?;
            behind = next;
            size |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        rest = &behind[size..];
        Some(kind)
    })
}

/// A million instances are refused before any is made.
#[tokio::test]
async fn a_million_instances_in_a_small_file_are_refused_at_once() {
    assert!(doubled(20).await.code().starts_with("component."));
}

#[tokio::test]
async fn a_component_in_memory_is_bounded_as_a_file_is() {
    let error = inspect(vec![0; 33 * 1024 * 1024]).await.unwrap_err();
    assert_eq!(error.code(), "component.too-large");
}
