//! Tests of the connector on a native host: its requests, its refusals, and its reading of Winit's answers.
//!
//! Winit publishes no signature. Those in these tests were computed with Python's `json` and `hashlib` from the page's
//! examples, by the protocol's description.

#[cfg(test)]
mod adjustment;
#[cfg(test)]
mod answers;
#[cfg(test)]
mod description;
#[cfg(test)]
mod order;
#[cfg(test)]
mod query;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod signing;
