//! What a person reads, and what a script gets, of the command as its user runs it: beside a host, after a lost answer, when
//! interrupted, and where a provider cannot be reached as it is set up.

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
