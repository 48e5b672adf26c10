//! Any bytes as a component: inspecting them ends in time, with what the component is or with a typed error.
//!
//! Random bytes go no further than the first check, so an input says what to do to a real component, or to a small one
//! that is a whole connector: which bytes to change, to cut or to repeat. A byte that goes to a section's head is
//! likelier than one within, for those are read before anything is compiled.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use arbitrary::{Result, Unstructured};
use stockbridge_tests::{connector, test_component};

use crate::{Target, guest};

pub(crate) const TARGET: Target =
    Target { name: "component-bytes", run, seeds, words: &["\0asm", "stockbridge:connector/"] };

/// The host gives a guest that describes itself 30 s; compiling a connector takes a fraction of one.
const LONGEST: Duration = Duration::from_secs(40);
/// How many changes are made to a component at the most.
const MOST_EDITS: usize = 8;

fn run(data: &[u8]) {
    let bytes = component(&mut Unstructured::new(data)).unwrap_or_else(|_| data.to_vec());
    let size = bytes.len();
    let begun = Instant::now();
    let inspected = guest::block_on(stockbridge::inspect(bytes));
    assert!(begun.elapsed() < LONGEST, "it took {:?}", begun.elapsed());
    match inspected {
        Ok(inspection) => {
            assert_eq!(inspection.size, size);
            assert!(inspection.exports.iter().any(|name| name.starts_with("stockbridge:connector/inventory@")));
            let provider = &inspection.descriptor.provider;
            assert!((1..=64).contains(&provider.len()) && provider.is_ascii(), "{provider:?}");
        }
        Err(error) => {
            let code = error.code();
            let codes = ["malformed", "contract-version", "imports", "exports", "describe"];
            assert!(code.strip_prefix("component.").is_some_and(|code| codes.contains(&code)), "{code}: {error}");
            assert!(error.to_string().starts_with("component (in memory): "), "{error}");
        }
    }
}

/// The bytes that an input stands for.
fn component(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let bases = bases();
    let mut bytes = match input.arbitrary::<u8>()? {
        // The bytes as they are.
        0..32 => return Ok(input.bytes(input.len())?.to_vec()),
        // Compiling a real connector takes a hundred times as long as the small one.
        32..40 => bases[input.choose_index(bases.len())?].clone(),
        _ => bases[0].clone(),
    };
    for _ in 0..input.int_in_range(0..=MOST_EDITS)? {
        if bytes.is_empty() || input.is_empty() {
            break;
        }
        edit(input, &mut bytes)?;
    }
    Ok(bytes)
}

fn edit(input: &mut Unstructured<'_>, bytes: &mut Vec<u8>) -> Result<()> {
    let at = place(input, bytes)?;
    let to = (at + usize::from(input.arbitrary::<u8>()?)).min(bytes.len());
    match input.int_in_range(0..=6_u8)? {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..to)),
        2 => bytes.insert(at, input.arbitrary()?),
        3 => {
            let part = bytes[at..to].to_vec();
            bytes.splice(at..at, part);
        }
        4 => bytes[at] ^= 1 << input.int_in_range(0..=7)?,
        5 => drop(bytes.splice(at..to, input.arbitrary::<[u8; 5]>()?)),
        _ => bytes[at] = input.arbitrary()?,
    }
    Ok(())
}

/// A place in the bytes: mostly within a section's first bytes.
fn place(input: &mut Unstructured<'_>, bytes: &[u8]) -> Result<usize> {
    let heads = heads(bytes);
    if heads.is_empty() || input.ratio(1, 4)? {
        return input.choose_index(bytes.len());
    }
    let head = heads[input.choose_index(heads.len())?];
    Ok((head + usize::from(input.arbitrary::<u8>()? % 24)).min(bytes.len() - 1))
}

/// Where the sections of a component and of what is nested in it begin, as far as they can be read.
fn heads(bytes: &[u8]) -> Vec<usize> {
    const PREAMBLE: usize = 8;
    let mut heads = Vec::new();
    let mut at = PREAMBLE;
    while let Some(id) = bytes.get(at) {
        heads.push(at);
        let Some((size, head)) = leb128(&bytes[at + 1..]) else { break };
        // A nested module or component: its own sections follow its preamble.
        let nested = matches!(id, 1 | 4) && bytes[at + 1 + head..].starts_with(b"\0asm");
        at += 1 + head + if nested { PREAMBLE } else { size };
    }
    heads
}

/// The number that the bytes begin with, and how many of them it takes.
fn leb128(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut number = 0;
    for (place, byte) in bytes.iter().take(5).enumerate() {
        number |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((number, place + 1));
        }
    }
    None
}

/// The small connector, and the real ones.
fn bases() -> &'static [Vec<u8>] {
    static BASES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    BASES.get_or_init(|| {
        let real = ["taobao-top", "winit"].map(connector).into_iter().chain([test_component("probe")]);
        let real = real.map(|path| std::fs::read(path).unwrap());
        [guest::component()].into_iter().chain(real).collect()
    })
}

fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        "(component)",
        "(module)",
        "(component (import \"stockbridge:connector/http@0.2.0\" (instance)))",
        "(component (core module (func (export \"f\"))) (core instance (instantiate 0)))",
        "(component (component) (instance (instantiate 0)))",
    ];
    let mut seeds: Vec<Vec<u8>> = texts.map(|text| [vec![0], wat::parse_str(text).unwrap()].concat()).to_vec();
    // Each base as it is, and the small one with changes.
    seeds.extend((0..4).map(|base| vec![32, base, 0]));
    seeds.extend((0..8).map(|kind| vec![64, 3, kind, 7, 1, 9, kind, 4, 0, 255, 128, 3, kind, 12, 6, 5, 4, 3, 2, 1]));
    seeds
}
