//! Runs the swap protocol, in the host's own source, in every order that its threads can take.
//!
//! `cargo test -p stockbridge-swap-model`

#[cfg(test)]
mod session;
