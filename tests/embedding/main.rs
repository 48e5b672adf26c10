//! What an application that embeds the host can count on.

mod accounts;
mod beginning;
mod errors;
mod telemetry;
mod testing;
mod values;
mod waiting;
