//! The compile cache: compiled code is reused at the next start, and no state of the directory prevents a host's start or makes
//! it run damaged code.

#![cfg(unix)]

mod damaged;
mod hits;
mod killed;
mod private;
mod pruned;
mod scene;
mod shared;
mod unwritable;
