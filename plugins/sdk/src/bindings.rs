//! The contract as Rust, generated from `wit/`. The parts that connectors use are re-exported at the crate's root.
#![allow(missing_docs, unsafe_code, unreachable_pub, clippy::all, clippy::restriction)] // Generated.

wit_bindgen::generate!({
    path: "wit",
    world: "connector",
    // Arguments to the host are borrowed: a request's body is sent without a copy.
    ownership: Borrowing { duplicate_if_necessary: false },
    pub_export_macro: true,
    export_macro_name: "export_bindings",
    default_bindings_module: "stockbridge_connector::bindings",
});
