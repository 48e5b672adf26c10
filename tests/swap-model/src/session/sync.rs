//! Primitives of the swap, every step of which the checker sees. The host uses those of `std` and `arc-swap` instead, whose own
//! correctness is not checked here: a lock models that crate's shared pointer.

pub(super) use loom::sync::Arc;
use loom::sync::Mutex;
pub(super) use loom::sync::atomic::{AtomicU64, Ordering};

/// A shared pointer that is read and replaced atomically.
pub(super) struct Cell<T>(Mutex<Option<Arc<T>>>);

impl<T> Cell<T> {
    pub(super) fn new(value: Option<Arc<T>>) -> Cell<T> {
        Cell(Mutex::new(value))
    }

    pub(super) fn load(&self) -> Option<Arc<T>> {
        self.0.lock().unwrap().clone()
    }

    pub(super) fn store(&self, value: Option<Arc<T>>) {
        let before = std::mem::replace(&mut *self.0.lock().unwrap(), value);
        drop(before);
    }

    pub(super) fn replace(&self, this: &Arc<T>, new: Arc<T>) {
        let mut held = self.0.lock().unwrap();
        if held.as_ref().is_some_and(|held| Arc::ptr_eq(held, this)) {
            *held = Some(new);
        }
    }
}
