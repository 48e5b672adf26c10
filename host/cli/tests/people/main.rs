//! The command as its users run it, for people and for scripts: beside a host, after a lost answer, when interrupted, and
//! with a provider that cannot be reached as configured.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

mod beside_a_host;
mod commands_in_a_row;
mod established;
mod from_the_journal;
mod full_stock;
mod interrupted;
mod named;
mod scene;
mod setup;
mod upkeep;
mod waiting;
