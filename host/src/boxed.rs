//! Futures that end there what a compiler has to follow.
//!
//! Who awaits a future has it laid out within their own, and whether it may be sent to another thread is found out down to
//! its last part. That is slow, it makes large futures, and it ends at a depth of 128: what the host takes of it is missing
//! to whoever embeds it. `tests/embedded` has how much is left.

use std::pin::Pin;

/// One of them.
pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
