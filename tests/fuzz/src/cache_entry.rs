//! Entry of the compile cache: loaded if it equals the written one, to the last bit, and refused otherwise.
//!
//! A valid checksum is insufficient: an entry of another component, engine or length is refused as well.
//! Other code under a valid checksum takes write access to a private directory. Such an attacker is out of scope: no input
//! produces that entry.

use std::path::PathBuf;
use std::sync::OnceLock;

use arbitrary::{Result, Unstructured};
use stockbridge::measure::Loading;
use stockbridge::{CacheConfig, ConnectorSource};
use tempfile::TempDir;

use crate::{Target, guest};

pub(crate) const TARGET: Target = Target { name: "cache-entry", run, seeds, words: &["stockbridge/code", "\u{7f}ELF"] };

/// Length of the fields before the checksum: magic, engine, component and length. The code follows the checksum.
const FIELDS: usize = 16 + 32 + 32 + 8;
const HEAD: usize = FIELDS + 32;

/// Cached component, whose entry each input replaces.
struct Fixture {
    loading: Loading,
    entry: PathBuf,
    written: Vec<u8>,
    _directory: TempDir,
}

fn run(data: &[u8]) {
    let fixture = fixture();
    let bytes = entry(&mut Unstructured::new(data), &fixture.written).unwrap_or_else(|_| data.to_vec());
    std::fs::write(&fixture.entry, &bytes).unwrap();
    let loaded = guest::block_on(fixture.loading.cached());
    assert_eq!(loaded.is_some(), bytes == fixture.written, "an entry of {} bytes", bytes.len());
}

fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let cache = directory.path().join("cache");
        let loading = Loading::new(ConnectorSource::from(guest::component()), CacheConfig::new(&cache));
        let loading = guest::block_on(loading).unwrap();
        let mut entries = std::fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path());
        let (Some(entry), None) = (entries.next(), entries.next()) else { panic!("one component has one entry") };
        let written = std::fs::read(&entry).unwrap();
        // Read again, as written by the host.
        assert_eq!(written[FIELDS..HEAD], checksum(&written), "the checksum covers header and code");
        Fixture { loading, entry, written, _directory: directory }
    })
}

fn checksum(entry: &[u8]) -> [u8; 32] {
    blake3::Hasher::new().update(&entry[..FIELDS]).update(&entry[HEAD..]).finalize().into()
}

/// Entry that an input describes.
fn entry(input: &mut Unstructured<'_>, written: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = written.to_vec();
    match input.int_in_range(0..=3)? {
        // The input's bytes, unchanged.
        0 => bytes = input.bytes(input.len())?.to_vec(),
        // Another header for the same code, with a valid checksum.
        1 => {
            for _ in 0..input.int_in_range(0..=4)? {
                let at = input.choose_index(FIELDS)?;
                bytes[at] = input.arbitrary()?;
            }
            let sum = checksum(&bytes);
            bytes[FIELDS..HEAD].copy_from_slice(&sum);
        }
        _ => {
            for _ in 0..input.int_in_range(0..=6)? {
                if bytes.is_empty() || input.is_empty() {
                    break;
                }
                edit(input, &mut bytes)?;
            }
        }
    }
    Ok(bytes)
}

fn edit(input: &mut Unstructured<'_>, bytes: &mut Vec<u8>) -> Result<()> {
    let head = HEAD.min(bytes.len());
    let at = if input.arbitrary()? { input.choose_index(head)? } else { input.choose_index(bytes.len())? };
    let to = (at + usize::from(input.arbitrary::<u8>()?)).min(bytes.len());
    match input.int_in_range(0..=5)? {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..to)),
        2 => bytes.insert(at, input.arbitrary()?),
        3 => bytes[at] ^= 1 << input.int_in_range(0..=7)?,
        4 => {
            let more = input.arbitrary::<[u8; 5]>()?;
            bytes.extend(more);
        }
        _ => bytes[at] = input.arbitrary()?,
    }
    Ok(())
}

fn seeds() -> Vec<Vec<u8>> {
    // `arbitrary` takes the choice of a kind from the end of the bytes.
    let mut seeds = vec![vec![], vec![0; 40], fixture().written[..HEAD].to_vec()];
    seeds.extend((0..24).map(|kind: u8| {
        let mut random = fastrand::Rng::with_seed(u64::from(kind));
        (0..48).map(|_| random.u8(..)).collect()
    }));
    seeds
}
