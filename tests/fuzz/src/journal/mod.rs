//! Journal bytes as found on a disk: records, a log, and the label at the beginning.
//!
//! Formats are implemented here a second time, from the documentation of the store's modules: inputs are made without a call to
//! them. So an input can be damaged, and it can also have valid digests over content that no host would write.

pub(crate) mod disk;
pub(crate) mod format;
pub(crate) mod records;
