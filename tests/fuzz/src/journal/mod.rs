//! Bytes that a journal's disk may have: records, a log, and what a journal begins with.
//!
//! What is written here is written a second time, by what the modules of the store say of their formats: nothing of them is
//! called to make an input. So an input can be damaged, and it can also be whole by its digests and say what no host would
//! write.

pub(crate) mod disk;
pub(crate) mod format;
pub(crate) mod records;
