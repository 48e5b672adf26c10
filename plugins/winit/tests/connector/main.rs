//! The connector against a native host: what it sends, what it refuses, and what it makes of Winit's answers.
//!
//! Winit publishes no signature. Those in these tests were computed with Python's `json` and `hashlib` from the page's
//! examples, as the text that the protocol describes.

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
