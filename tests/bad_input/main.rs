//! Mistakes of operators and callers: each is reported with its place and correction, nothing panics, nothing is sent.

mod components;
mod configuration;
mod cursors;
mod many;
mod named_files;
mod orders;
mod values;
