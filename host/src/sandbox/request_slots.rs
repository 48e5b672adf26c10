//! How many requests of an account may be on their way at the same time.

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::rate::Priority;

/// Which part of an account's requests on their way may be as many more, to find out what became of writes.
const LOOK_UPS: usize = 10;

/// How many requests of an account may be on their way at the same time.
pub(crate) struct RequestSlots {
    all: Semaphore,
    /// For finding out what became of a write, where there is no other: where nothing is answered, that matters most.
    look_ups: Semaphore,
}

impl RequestSlots {
    pub(crate) fn new(in_flight: usize) -> RequestSlots {
        RequestSlots { all: Semaphore::new(in_flight), look_ups: Semaphore::new((in_flight / LOOK_UPS).max(1)) }
    }

    /// One that is free now.
    pub(super) fn now(&self, share: Priority) -> Option<SemaphorePermit<'_>> {
        match (self.all.try_acquire(), share) {
            (Ok(turn), _) => Some(turn),
            (Err(_), Priority::Normal) => None,
            (Err(_), Priority::Recovery) => self.look_ups.try_acquire().ok(),
        }
    }

    /// The next that is free.
    pub(super) async fn next(&self, share: Priority) -> Option<SemaphorePermit<'_>> {
        let all = self.all.acquire();
        match share {
            Priority::Normal => all.await.ok(),
            Priority::Recovery => tokio::select! {
                turn = all => turn.ok(),
                turn = self.look_ups.acquire() => turn.ok(),
            },
        }
    }
}
