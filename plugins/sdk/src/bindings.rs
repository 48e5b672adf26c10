//! The contract as Rust, generated from `wit/`. What connectors use of it is re-exported at the crate's root.
#![allow(missing_docs, unsafe_code, unreachable_pub, clippy::all, clippy::restriction)] // Generated.

wit_bindgen::generate!({
    path: "wit",
    world: "connector",
    // What is handed to the host is borrowed: a request's body is not copied on its way out.
    ownership: Borrowing { duplicate_if_necessary: false },
    pub_export_macro: true,
    export_macro_name: "export_bindings",
    default_bindings_module: "stockbridge_connector::bindings",
});
