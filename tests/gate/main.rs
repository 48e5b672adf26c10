//! The gate before a version of a connector serves: each step with its own error, in their order, through the public doors.
//!
//! - `steps`: the order of the steps, the pinned digest, and what the reports say.
//! - `signatures`: minisign signatures, under keys that are made here.
//! - `vectors`: signature vectors that a connector keeps to, and those that it does not.
//! - `sections`: the custom sections: malformed, too large, twice, and how they get in.
//! - `taking_over`: what does not pass while a host runs.
//! - `working`: what passes and cannot work.
//! - `component`: a component with sections, or without.

mod component;
mod sections;
mod signatures;
mod steps;
mod taking_over;
mod vectors;
mod working;
