//! The gate before a version of a connector serves: each step with its own error, in their order, through the public API.
//!
//! - `steps`: the order of the steps, the pinned digest, and the content of the reports.
//! - `signatures`: minisign signatures, under keys that the tests generate.
//! - `vectors`: signature vectors that a connector satisfies, and others.
//! - `sections`: the custom sections: malformed, too large, duplicate, and how they are embedded.
//! - `taking_over`: failures while a host runs.
//! - `working`: components that pass and cannot work.
//! - `component`: a component with sections, or without.

mod component;
mod sections;
mod signatures;
mod steps;
mod taking_over;
mod vectors;
mod working;
