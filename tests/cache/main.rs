//! The compile cache: what a host compiled is there at its next start, and nothing that happens to the directory keeps a
//! host from starting or makes it run damaged code.

#![cfg(unix)]

mod damaged;
mod hits;
mod killed;
mod private;
mod pruned;
mod scene;
mod shared;
mod unwritable;
