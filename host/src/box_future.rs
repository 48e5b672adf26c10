//! Futures that end there what a compiler has to follow.
//!
//! Who awaits a future has it laid out within their own, and whether it may be sent to another thread is found out down to
//! its last part. That is slow, it makes large futures, and it ends at a depth of 128: what the host takes of it is missing
//! to whoever embeds it. `tests/embedded` has how much is left.

use std::pin::Pin;

/// One of them.
pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Boxes the future that this makes.
///
/// There is room for it before it is made. What is made first and boxed then is copied whole, though most of a future that
/// has not begun is room for what it will hold.
pub(crate) fn boxed<'a, T, F: Future<Output = T> + Send + 'a>(make: impl FnOnce() -> F) -> BoxFuture<'a, T> {
    let room = Box::<F>::new_uninit();
    let future = Box::write(room, make());
    Box::into_pin(future)
}
