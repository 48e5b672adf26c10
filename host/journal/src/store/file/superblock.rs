//! Superblocks: the root of the checksums, written last. See [`super::blocks`] for how two of them take turns.

use crate::store::identity::JournalIdentity;

const MAGIC: [u8; 8] = *b"sb-super";
/// Length of the database's header within its first block, in bytes; the rest is zeros.
pub(super) const HEADER: usize = 1024;
const DIGEST: usize = 16;
/// Encoded length, in bytes: magic, identity, generation, database length, sum of the groups, header, whether the journal is
/// complete, and a digest of all that.
pub(super) const LENGTH: usize = 8 + 16 + 8 + 8 + 16 + HEADER + 1 + DIGEST;

/// Contents of a superblock.
pub(super) struct Superblock {
    /// The superblock with the higher generation is in use.
    pub(super) generation: u64,
    /// Length of the database, in bytes.
    pub(super) len: u64,
    /// Sum of the groups' digests.
    pub(super) root: u128,
    pub(super) header: Box<[u8; HEADER]>,
    /// Whether the journal's creation was completed.
    pub(super) complete: bool,
}

impl Superblock {
    pub(super) fn encode(&self, key: &[u8; 32], identity: JournalIdentity) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.extend(MAGIC);
        bytes.extend(identity.bytes());
        bytes.extend(self.generation.to_le_bytes());
        bytes.extend(self.len.to_le_bytes());
        bytes.extend(self.root.to_le_bytes());
        bytes.extend(self.header.iter());
        bytes.push(u8::from(self.complete));
        let digest = blake3::keyed_hash(key, &bytes);
        bytes.extend(digest.as_bytes().iter().take(DIGEST));
        bytes
    }

    /// Decodes a superblock of this journal; none where it is damaged or another journal's.
    pub(super) fn decode(bytes: &[u8; LENGTH], key: &[u8; 32], identity: JournalIdentity) -> Option<Superblock> {
        let (content, digest) = bytes.split_at(LENGTH - DIGEST);
        let whole = blake3::keyed_hash(key, content).as_bytes().starts_with(digest);
        let (magic, rest) = content.split_first_chunk::<8>()?;
        let (id, rest) = rest.split_first_chunk::<16>()?;
        let (generation, rest) = rest.split_first_chunk::<8>()?;
        let (len, rest) = rest.split_first_chunk::<8>()?;
        let (root, rest) = rest.split_first_chunk::<16>()?;
        let (header, complete) = rest.split_first_chunk::<HEADER>()?;
        (whole && *magic == MAGIC && *id == identity.bytes()).then(|| Superblock {
            generation: u64::from_le_bytes(*generation),
            len: u64::from_le_bytes(*len),
            root: u128::from_le_bytes(*root),
            header: Box::new(*header),
            complete: complete == [1],
        })
    }

    /// Identity in a superblock that is whole under its own identity, of a complete journal.
    pub(super) fn identity(bytes: &[u8; LENGTH]) -> Option<JournalIdentity> {
        let (_, rest) = bytes.split_first_chunk::<8>()?;
        let identity = JournalIdentity::of(*rest.first_chunk::<16>()?);
        Superblock::decode(bytes, &identity.key(), identity).filter(|found| found.complete).map(|_| identity)
    }
}
