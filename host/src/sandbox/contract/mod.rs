//! The contract's bindings: generated types, and conversions from and to the `model`.
//!
//! Only this module and the capabilities, which implement its traits, use the generated types.

mod exports;
mod from_guest;
pub(crate) mod to_guest;

pub(crate) use exports::Exports;
pub(crate) use from_guest::{Malformed, Reader};

use wasmtime::component::{HasData, Linker};

/// Interfaces that a connector may import, without their version.
pub(crate) const IMPORTS: [&str; 6] = [
    "stockbridge:connector/types",
    "stockbridge:connector/http",
    "stockbridge:connector/settings",
    "stockbridge:connector/secrets",
    "stockbridge:connector/clock",
    "stockbridge:connector/log",
];
/// Interfaces that a connector must export, without their version.
pub(crate) const EXPORTS: [&str; 2] = ["stockbridge:connector/metadata", "stockbridge:connector/inventory"];

/// The contract version that this host serves.
pub(crate) const VERSION: &str = "0.1.0";

#[allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)] // Generated.
mod bindings {
    wasmtime::component::bindgen!({
        path: "wit",
        world: "stockbridge:connector/connector",
        imports: {
            "stockbridge:connector/http.send": async | trappable,
            "stockbridge:connector/secrets.get": async | trappable,
            default: trappable,
        },
        exports: { default: async },
        with: { "stockbridge:connector/secrets.secret": crate::sandbox::held_secret::HeldSecret },
    });
}

pub(crate) use bindings::exports::stockbridge::connector::{inventory, metadata};
pub(crate) use bindings::stockbridge::connector::{clock, http, log, secrets, settings, types};

/// The interface of shared types, which has no functions.
struct Types;

impl HasData for Types {
    type Data<'a> = Types;
}

impl types::Host for Types {}

/// Links the interface of shared types.
pub(super) fn link_types<T: 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    types::add_to_linker::<_, Types>(linker, |_| Types)
}
