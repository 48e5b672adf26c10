//! What an application that embeds the host can count on.

mod beginning;
mod errors;
mod values;
mod waiting;
