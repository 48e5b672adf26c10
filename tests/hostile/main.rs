//! Connectors that do harm, and what the host does about it.
//!
//! The promise: no connector and no provider's answer makes the host panic, abort, grow without bound, run past its
//! deadline, reach an address that was not granted, or learn a secret. Each way to hurt is a guest in a file of its own,
//! under `guests/src/bin` or `wat`, and each guest has a test of its name. It says how exactly the call must end; `scene`
//! sees to the rest after each: that it ended in time, that the host did not grow, that another account is served as if
//! nothing had happened, and that nothing is left behind.

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

/// All tests by their names, whatever file they stand in.
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
