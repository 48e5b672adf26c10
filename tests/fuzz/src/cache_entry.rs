//! An entry of the compile cache: it is loaded where it is the one that was written, to the last bit, and refused otherwise.
//!
//! An entry that says of itself that it is whole, by a checksum that is right, is refused as well where it is another
//! component's, another engine's or of another length. A right checksum over other code is the work of who can write to a
//! private directory, which nothing here holds: no input makes one.

use std::path::PathBuf;
use std::sync::OnceLock;

use arbitrary::{Result, Unstructured};
use stockbridge::measure::Loading;
use stockbridge::{CacheConfig, ConnectorSource};
use tempfile::TempDir;

use crate::{Target, guest};

pub(crate) const TARGET: Target = Target { name: "cache-entry", run, seeds, words: &["stockbridge/code", "\u{7f}ELF"] };

/// Magic, engine, component and length; then the checksum, and the code.
const FACTS: usize = 16 + 32 + 32 + 8;
const HEAD: usize = FACTS + 32;

/// One component, whose entry each input replaces.
struct Scene {
    loading: Loading,
    entry: PathBuf,
    whole: Vec<u8>,
    _directory: TempDir,
}

fn run(data: &[u8]) {
    let scene = scene();
    let bytes = entry(&mut Unstructured::new(data), &scene.whole).unwrap_or_else(|_| data.to_vec());
    std::fs::write(&scene.entry, &bytes).unwrap();
    let loaded = guest::block_on(scene.loading.cached());
    assert_eq!(loaded.is_some(), bytes == scene.whole, "of {} bytes", bytes.len());
}

fn scene() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let cache = directory.path().join("cache");
        let loading = Loading::new(ConnectorSource::from(guest::component()), CacheConfig::new(&cache));
        let loading = guest::block_on(loading).unwrap();
        let mut entries = std::fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path());
        let (Some(entry), None) = (entries.next(), entries.next()) else { panic!("one component has one entry") };
        let whole = std::fs::read(&entry).unwrap();
        // Read anew, as the host has it.
        assert_eq!(whole[FACTS..HEAD], checksum(&whole), "the checksum is over head and code");
        Scene { loading, entry, whole, _directory: directory }
    })
}

fn checksum(entry: &[u8]) -> [u8; 32] {
    blake3::Hasher::new().update(&entry[..FACTS]).update(&entry[HEAD..]).finalize().into()
}

/// The bytes that an input stands for.
fn entry(input: &mut Unstructured<'_>, whole: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = whole.to_vec();
    match input.int_in_range(0..=3)? {
        // The bytes as they are.
        0 => bytes = input.bytes(input.len())?.to_vec(),
        // Another head over the code as it is, and a checksum that is right.
        1 => {
            for _ in 0..input.int_in_range(0..=4)? {
                let at = input.choose_index(FACTS)?;
                bytes[at] = input.arbitrary()?;
            }
            let sum = checksum(&bytes);
            bytes[FACTS..HEAD].copy_from_slice(&sum);
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
    // `arbitrary` takes what chooses a kind from the end of the bytes.
    let mut seeds = vec![vec![], vec![0; 40], scene().whole[..HEAD].to_vec()];
    seeds.extend((0..24).map(|kind: u8| {
        let mut random = fastrand::Rng::with_seed(u64::from(kind));
        (0..48).map(|_| random.u8(..)).collect()
    }));
    seeds
}
