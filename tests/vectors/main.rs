//! Signature vectors: what exactly goes over the wire for an order, at a fixed time and under fixed secrets.
//!
//! - `published`: the vectors that the vendors' clients publish, by small components around the connectors' own signing
//!   modules (`tests/components/signs-*`).
//! - `computed`: requests that `compute.py` worked out from the vendors' pages without any code of ours, against what
//!   the real connectors send.
//! - `sensitivity`: what a changed secret or another time changes in a request, and that no secret can be read in one.
//! - `vector`: a computed vector, how it is run, and a request taken apart so that two can be compared.

mod computed;
mod published;
mod sensitivity;
mod vector;
