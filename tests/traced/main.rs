//! The traced provider, a made-up one that keeps every write under its reference, with its connector on the real host: the basis
//! of tests about lost answers.

mod look_ups;
mod scene;
mod writes;
