//! What the host does about a connector that does more than it may, one subject a file.
//!
//! The connector is `tests/components/probe`, which does what a query or an order tells it: see its documentation for
//! the steps. Nothing here knows how the host is made; all goes through what an application uses.

mod captured_tokens;
mod clock_and_settings;
mod effects;
mod guest;
mod limits;
mod network;
mod operators_word;
mod redaction;
mod requests;
mod returns;
mod secrets;
mod wasi;
