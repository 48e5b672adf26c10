//! The journal through the host's public API: records of writes, answers to repeated orders, and recovery after lost answers.
//!
//! The provider is the traced one, whose ledger is the judge: no write is applied twice, and none is lost.

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
