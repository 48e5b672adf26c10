//! Signature vectors: the exact requests for an order, at a fixed time and with fixed secrets.
//!
//! - `published`: the vectors that the vendors' clients publish, computed by a small component around the connectors' own
//!   signing modules (`tests/components/signs`).
//! - `computed`: requests that `compute.py` derived from the vendors' documentation without any code of ours, compared with those
//!   of the real connectors.
//! - `recomputed`: the committed vectors are those that `compute.py` computes, if there is a `python3`.
//! - `sensitivity`: the effect of a changed secret or time on a request, and that no request reveals a secret.
//! - `vector`: a computed vector, its run, and a request in comparable parts.

mod computed;
mod published;
mod recomputed;
mod sensitivity;
mod vector;
