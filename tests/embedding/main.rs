//! What an application that embeds the host can count on.

mod errors;
mod values;
