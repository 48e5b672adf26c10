//! The journal's format, written down a second time.

/// A piece of the disk that is judged by itself, and where records of the log begin.
pub(crate) const BLOCK: usize = 4096;
/// Where the log ends.
pub(crate) const LOG_END: u64 = 4 * 1024 * 1024;
/// The blocks of a group.
pub(crate) const GROUP: usize = 508;
/// How much of the database's first block is in the superblock.
pub(crate) const HEADER: usize = 1024;

/// A record: its head with a digest of all of it, and JSON.
pub(crate) fn record(kind: u8, id: u64, place: u32, json: &[u8]) -> Vec<u8> {
    let length = u32::try_from(json.len()).unwrap();
    let named = [&[2, kind][..], &id.to_le_bytes(), &place.to_le_bytes(), &length.to_le_bytes()].concat();
    let digest = blake3::hash(&[&named, json].concat());
    [&named, &digest.as_bytes()[..16], json].concat()
}

/// What the checksums of a journal are made with.
pub(crate) fn key(identity: [u8; 16]) -> [u8; 32] {
    blake3::derive_key("stockbridge journal 2: checksums", &identity)
}

/// What a journal begins with.
pub(crate) fn label(identity: [u8; 16], begin: u64) -> Vec<u8> {
    let content = [b"stockbridge journal 2\r\n\0", &identity[..], &begin.to_le_bytes()].concat();
    let digest = blake3::hash(&content);
    [&content, &digest.as_bytes()[..16]].concat()
}

/// A record of the log, as long as it says.
pub(crate) fn log_record(key: &[u8; 32], number: u64, record: &[u8]) -> Vec<u8> {
    let head = [&number.to_le_bytes()[..], &u32::try_from(record.len()).unwrap().to_le_bytes()].concat();
    let digest = blake3::keyed_hash(key, &[&head, record].concat());
    [&head, digest.as_bytes().as_slice(), record].concat()
}

/// A mark behind the last record of a log.
pub(crate) fn mark(key: &[u8; 32], number: u64) -> Vec<u8> {
    let digest = blake3::keyed_hash(key, &[b"mark", &number.to_le_bytes()[..]].concat());
    [&number.to_le_bytes()[..], digest.as_bytes()].concat()
}

/// A record of a log of the first format, whose digest has no key.
pub(crate) fn first_log_record(number: u64, record: &[u8]) -> Vec<u8> {
    let head = [&number.to_le_bytes()[..], &u32::try_from(record.len()).unwrap().to_le_bytes()].concat();
    let digest = blake3::hash(&[&head, record].concat());
    [&head, digest.as_bytes().as_slice(), record].concat()
}

/// A superblock.
pub(crate) struct Superblock {
    pub(crate) generation: u64,
    pub(crate) len: u64,
    pub(crate) root: u128,
    pub(crate) header: Vec<u8>,
    pub(crate) complete: u8,
}

impl Superblock {
    pub(crate) fn bytes(&self, identity: [u8; 16]) -> Vec<u8> {
        let mut bytes = [b"sb-super", &identity[..]].concat();
        bytes.extend(self.generation.to_le_bytes());
        bytes.extend(self.len.to_le_bytes());
        bytes.extend(self.root.to_le_bytes());
        bytes.extend(&self.header);
        bytes.push(self.complete);
        let digest = blake3::keyed_hash(&key(identity), &bytes);
        bytes.extend(&digest.as_bytes()[..16]);
        bytes
    }
}

/// The checksums of a group, and what they come to in a superblock's root.
pub(crate) fn group(key: &[u8; 32], generation: u64, number: u64, sums: &[u64]) -> (Vec<u8>, u128) {
    let mut bytes = [generation.to_le_bytes(), number.to_le_bytes()].concat();
    let sums = sums.iter().copied().chain(std::iter::repeat(0)).take(GROUP);
    sums.for_each(|sum| bytes.extend(sum.to_le_bytes()));
    let digest = blake3::keyed_hash(key, &bytes);
    let digest: [u8; 16] = digest.as_bytes()[..16].try_into().unwrap();
    bytes.extend(digest);
    (bytes, u128::from_le_bytes(digest))
}

/// A block's checksum.
pub(crate) fn sum(key: &[u8; 32], block: &[u8]) -> u64 {
    let hash = blake3::keyed_hash(key, block);
    u64::from_le_bytes(*hash.as_bytes().first_chunk().unwrap()).max(1)
}
