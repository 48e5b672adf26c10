//! Files that nobody wrote: cut off, with bits flipped, or made to be more than they seem.

use std::time::Instant;

use stockbridge::{Error, inspect};
use stockbridge_tests::{Recording, hostile_guest};

use crate::growth;
use crate::scene::{Call, DEADLINE, GRANTED, SLACK, Scene, answered};

fn file(guest: &str) -> Vec<u8> {
    std::fs::read(hostile_guest(guest)).unwrap()
}

/// Where a damaged file may be refused. Nowhere else, and with nothing worse.
fn is_typed(error: &Error) -> bool {
    let codes = ["component.malformed", "component.contract-version", "component.imports"];
    codes.contains(&error.code()) || ["component.exports", "component.describe"].contains(&error.code())
}

/// Numbers that look random and are the same in every run (Marsaglia's xorshift).
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

/// One bit in each. Some of the files are still connectors: those are called, and whatever they do is a typed error or
/// an answer, in time.
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
                let came = scene.came_of(Call::Query).await;
                assert!(came.code == "answered" || came.code.starts_with("connector."), "bit {bit}: {came:?}");
            }
        }
    }
    assert!(refused > 20 && served > 5, "{refused} refused, {served} served: the seed proves nothing");
}

/// Many bits in each, in a file as Rust makes it.
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

/// New abilities come as new interfaces, so a host passes over an export that it does not know.
#[tokio::test]
async fn an_extra_export_is_passed_over() {
    let name = b"extra:thing/nothing@1.0.0";
    let mut bytes = file("plain");
    // A section of exports with one in it: a name, and the component's first instance.
    let content = [&[1, 0, u8::try_from(name.len()).unwrap()], &name[..], &[5, 0, 0]].concat();
    bytes.extend([11, u8::try_from(content.len()).unwrap()]);
    bytes.extend(content);
    let scene = Scene::open(bytes.into(), DEADLINE, GRANTED, Recording::answering(["{}"])).await.unwrap();
    assert_eq!(scene.came_of(Call::Query).await, answered(""));
}

/// Components within components, each of which makes two instances of the one within.
fn doubling(depth: usize) -> Vec<u8> {
    let mut text = "(component $c0 (core module $m) (core instance (instantiate $m)))".to_owned();
    for level in 1..=depth {
        let twice = format!("(instance (instantiate $c{}))", level - 1).repeat(2);
        text = format!("(component $c{level} {text} {twice})");
    }
    wat::parse_str(text).unwrap()
}

/// What becomes of a file that is a few hundred bytes and two to the power of `depth` instances. What it takes to find
/// out is bounded.
pub(crate) async fn doubled(depth: usize) -> Error {
    let (begun, held) = (Instant::now(), growth::begin());
    let error = inspect(doubling(depth)).await.unwrap_err();
    assert!(begun.elapsed() < SLACK, "it took {:?}", begun.elapsed());
    assert!(growth::since(held) < 400 * 1024 * 1024);
    error
}

#[tokio::test]
async fn instances_are_counted_before_they_are_compiled() {
    assert_eq!(doubled(8).await.code(), "component.exports");
    assert_eq!(doubled(10).await.code(), "component.instances");
}

/// A guest with so many more modules in it, each of which has a memory. Sections are added at its end.
pub(crate) fn crowded(guest: &str, memories: u8) -> Vec<u8> {
    let mut bytes = file(guest);
    let modules = sections(&bytes).filter(|section| *section == 1).count();
    let module = wat::parse_str("(module (memory 1))").unwrap();
    bytes.extend([1, u8::try_from(module.len()).unwrap()]);
    bytes.extend(module);
    // For each an instance of that module, without arguments.
    let instance = [0, u8::try_from(modules).unwrap(), 0];
    for _ in 0..memories {
        bytes.extend([2, 4, 1]);
        bytes.extend(instance);
    }
    bytes
}

/// The kinds of a component's sections, in their order.
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

/// A million instances, before anything of them is made.
#[tokio::test]
async fn a_million_instances_in_a_small_file_are_refused_at_once() {
    assert!(doubled(20).await.code().starts_with("component."));
}

#[tokio::test]
async fn a_component_in_memory_is_bounded_as_a_file_is() {
    let error = inspect(vec![0; 33 * 1024 * 1024]).await.unwrap_err();
    assert_eq!(error.code(), "component.too-large");
}
