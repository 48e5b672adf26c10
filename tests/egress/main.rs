//! What leaves the process, and what does not: real connectors over the real network, with listeners on this machine
//! that tell whether a byte came.
//!
//! Nothing here is dialled but loopback. An address elsewhere stands only where it has to be refused.

mod answers;
mod connections;
mod events;
mod guest;
mod names;
mod never_dialled;
mod rebinding;
mod server;
mod spellings;
mod table;
mod tls;
mod told;
mod unsent;
mod windows;
