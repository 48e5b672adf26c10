//! Boxed futures that cap the size and nesting depth of the public async API.
//!
//! The compiler lays out an awaited future within the awaiting one, and checks `Send` down to its last part. That is slow, makes
//! large futures, and ends at a depth of 128: the depth that the host uses is lost to the application. `tests/embedded` measures
//! how much is left.

use std::pin::Pin;

/// A boxed future that is `Send`.
pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Boxes the future that `make` returns.
///
/// The box is allocated before the future is made. A future made first and boxed afterwards is copied whole, although most of a
/// future that was never polled is unused space.
pub(crate) fn boxed<'a, T, F: Future<Output = T> + Send + 'a>(make: impl FnOnce() -> F) -> BoxFuture<'a, T> {
    let room = Box::<F>::new_uninit();
    let future = Box::write(room, make());
    Box::into_pin(future)
}
