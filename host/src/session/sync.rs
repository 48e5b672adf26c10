//! The primitives that the swap is made of. The model checker brings its own in their place.

pub(crate) use std::sync::Arc;
pub(crate) use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;

/// A shared pointer that is read without waiting, and replaced.
pub(crate) struct Cell<T>(ArcSwapOption<T>);

impl<T> Cell<T> {
    pub(crate) fn new(value: Option<Arc<T>>) -> Cell<T> {
        Cell(ArcSwapOption::new(value))
    }

    pub(crate) fn load(&self) -> Option<Arc<T>> {
        self.0.load_full()
    }

    pub(crate) fn store(&self, value: Option<Arc<T>>) {
        self.0.store(value);
    }

    /// Puts a new value in the place of this one, if it is still there.
    pub(crate) fn replace(&self, this: &Arc<T>, new: Arc<T>) {
        self.0.compare_and_swap(Arc::as_ptr(this), Some(new));
    }
}
