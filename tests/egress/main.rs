//! Outgoing and refused requests: real connectors over the real network, with listeners on this machine that report received
//! bytes.
//!
//! Only loopback is dialled here. Other addresses appear only in refused requests.

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
