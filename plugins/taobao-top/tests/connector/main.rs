//! Tests of the connector on a native host: its requests, its refusals, and its reading of TOP's answers.
//!
//! Signatures in these tests were computed with Python's `hashlib` and `hmac` from the parameters next to them, except for
//! the three published ones.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod description;
#[cfg(test)]
mod order;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod request;
#[cfg(test)]
mod signing;
