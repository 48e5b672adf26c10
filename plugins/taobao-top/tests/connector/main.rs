//! The connector against a native host: what it sends, what it refuses, and what it makes of TOP's answers.
//!
//! Signatures in these tests were computed with Python's `hashlib` and `hmac` from the parameters that they stand
//! beside, apart from the three that are published.

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
