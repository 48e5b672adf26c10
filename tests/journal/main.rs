//! The journal through the host's doors: what is recorded of a write, what the same order again gets, and what becomes of
//! a write whose answer was lost.
//!
//! The provider is the made-up one, whose ledger is the judge: no write is carried out twice, and none is lost.

mod clocks;
mod control;
mod disks;
mod kept;
#[cfg(unix)]
mod killed;
mod late;
mod people;
mod put_back;
mod random;
mod recovery;
mod rights;
mod same_again;
mod scene;
mod shares;
mod starting;
#[cfg(unix)]
mod stopped;
mod within_a_call;
