//! The made-up provider that keeps every write under its reference, with its connector on the real host: what the tests
//! of lost answers rest on.

mod look_ups;
mod scene;
mod writes;
