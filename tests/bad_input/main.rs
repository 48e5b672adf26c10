//! What a person gets wrong: each mistake is named with its place and what to do, nothing panics, nothing is sent.

mod components;
mod configuration;
mod cursors;
mod many;
mod named_files;
mod orders;
mod values;
