//! Synchronisation primitives of the swap. The model checker replaces them by its own.

pub(crate) use std::sync::Arc;
pub(crate) use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwapOption;

/// A shared pointer with wait-free reads and atomic replacement.
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

    /// Replaces this value by a new one, if it is still the current one.
    pub(crate) fn replace(&self, this: &Arc<T>, new: Arc<T>) {
        self.0.compare_and_swap(Arc::as_ptr(this), Some(new));
    }
}
