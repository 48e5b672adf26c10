//! Journal format, implemented a second time.

/// Block size: a block is verified by itself, and records of the log begin at blocks.
pub(crate) const BLOCK: usize = 4096;
/// End of the log.
pub(crate) const LOG_END: u64 = 4 * 1024 * 1024;
/// Number of blocks in a group.
pub(crate) const GROUP: usize = 508;
/// Length of the part of the database's first block that is in the superblock.
pub(crate) const HEADER: usize = 1024;

/// Record: a header with a digest of the whole record, and JSON.
pub(crate) fn record(kind: u8, id: u64, place: u32, json: &[u8]) -> Vec<u8> {
    let length = u32::try_from(json.len()).unwrap();
    let header = [&[2, kind][..], &id.to_le_bytes(), &place.to_le_bytes(), &length.to_le_bytes()].concat();
    let digest = blake3::hash(&[&header, json].concat());
    [&header, &digest.as_bytes()[..16], json].concat()
}

/// Key of a journal's checksums.
pub(crate) fn key(identity: [u8; 16]) -> [u8; 32] {
    blake3::derive_key("stockbridge journal 2: checksums", &identity)
}

/// Label at the beginning of a journal.
pub(crate) fn label(identity: [u8; 16], begin: u64) -> Vec<u8> {
    let content = [b"stockbridge journal 2\r\n\0", &identity[..], &begin.to_le_bytes()].concat();
    let digest = blake3::hash(&content);
    [&content, &digest.as_bytes()[..16]].concat()
}

/// Log record, with its actual length in the header.
pub(crate) fn log_record(key: &[u8; 32], number: u64, record: &[u8]) -> Vec<u8> {
    let header = [&number.to_le_bytes()[..], &u32::try_from(record.len()).unwrap().to_le_bytes()].concat();
    let digest = blake3::keyed_hash(key, &[&header, record].concat());
    [&header, digest.as_bytes().as_slice(), record].concat()
}

/// End mark after the last record of a log.
pub(crate) fn mark(key: &[u8; 32], number: u64) -> Vec<u8> {
    let digest = blake3::keyed_hash(key, &[b"mark", &number.to_le_bytes()[..]].concat());
    [&number.to_le_bytes()[..], digest.as_bytes()].concat()
}

/// Log record of the first format, with an unkeyed digest.
pub(crate) fn first_log_record(number: u64, record: &[u8]) -> Vec<u8> {
    let header = [&number.to_le_bytes()[..], &u32::try_from(record.len()).unwrap().to_le_bytes()].concat();
    let digest = blake3::hash(&[&header, record].concat());
    [&header, digest.as_bytes().as_slice(), record].concat()
}

/// Superblock of the database.
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

/// Checksums of a group, and their share in a superblock's root.
pub(crate) fn group(key: &[u8; 32], generation: u64, number: u64, sums: &[u64]) -> (Vec<u8>, u128) {
    let mut bytes = [generation.to_le_bytes(), number.to_le_bytes()].concat();
    let sums = sums.iter().copied().chain(std::iter::repeat(0)).take(GROUP);
    sums.for_each(|sum| bytes.extend(sum.to_le_bytes()));
    let digest = blake3::keyed_hash(key, &bytes);
    let digest: [u8; 16] = digest.as_bytes()[..16].try_into().unwrap();
    bytes.extend(digest);
    (bytes, u128::from_le_bytes(digest))
}

/// Checksum of a block.
pub(crate) fn sum(key: &[u8; 32], block: &[u8]) -> u64 {
    let hash = blake3::keyed_hash(key, block);
    u64::from_le_bytes(*hash.as_bytes().first_chunk().unwrap()).max(1)
}
