//! Guarantees for an application that embeds the host.

mod accounts;
mod beginning;
#[cfg(unix)]
mod blocking;
mod errors;
mod serialized;
mod telemetry;
mod testing;
mod values;
mod waiting;
