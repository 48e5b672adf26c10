//! Hostile connectors, and the host's defence against them.
//!
//! The promise: no connector and no provider's answer makes the host panic, abort, grow without bound, run past its deadline,
//! reach an address that was not granted, or learn a secret. Each attack is a guest in a file of its own, under `guests/src/bin`
//! or `wat`, with a test of its name. The test states exactly how the call must end; `scene` checks the rest after each: that it
//! ended in time, that the host did not grow, that another account is served as usual, and that nothing is left behind.

mod abi;
mod computing;
mod contract;
mod describing;
mod files;
mod growth;
mod handles;
mod logs;
mod memory;
mod network;
mod requests;
mod returns;
mod scene;
mod secrets;
mod writes;

include!(concat!(env!("OUT_DIR"), "/hostile_guests.rs"));

/// All tests by name, whatever their file.
mod tests {
    pub(crate) use crate::{
        abi::*, computing::*, contract::*, describing::*, handles::*, logs::*, memory::*, network::*, requests::*,
        returns::*, secrets::*, writes::*,
    };
}

/// A guest without a test of its name does not compile.
macro_rules! is_tested {
    ($guest:ident) => {
        const _: fn() = tests::$guest;
    };
}

foreach_guest!(is_tested);
