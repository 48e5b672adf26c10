//! Limits how many requests of an account are in flight at the same time.

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::rate::Priority;

/// Write look-ups get one extra slot for every this many slots of their account.
const SLOTS_PER_LOOK_UP: usize = 10;

/// Slots for the requests of an account: each request in flight holds one.
pub(crate) struct RequestSlots {
    all: Semaphore,
    /// Reserved for write look-ups, for when all other slots are taken: when nothing is answered, look-ups matter most.
    look_ups: Semaphore,
}

impl RequestSlots {
    pub(crate) fn new(in_flight: usize) -> RequestSlots {
        RequestSlots {
            all: Semaphore::new(in_flight),
            look_ups: Semaphore::new((in_flight / SLOTS_PER_LOOK_UP).max(1)),
        }
    }

    /// A slot, if one is free now.
    pub(super) fn try_acquire(&self, priority: Priority) -> Option<SemaphorePermit<'_>> {
        match (self.all.try_acquire(), priority) {
            (Ok(permit), _) => Some(permit),
            (Err(_), Priority::Normal) => None,
            (Err(_), Priority::Recovery) => self.look_ups.try_acquire().ok(),
        }
    }

    /// Waits for the next free slot.
    pub(super) async fn acquire(&self, priority: Priority) -> Option<SemaphorePermit<'_>> {
        let all = self.all.acquire();
        match priority {
            Priority::Normal => all.await.ok(),
            Priority::Recovery => tokio::select! {
                permit = all => permit.ok(),
                permit = self.look_ups.acquire() => permit.ok(),
            },
        }
    }
}
