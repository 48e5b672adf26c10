//! Admission of a request: a permit of the application's budget, and a slot among the account's requests in flight.

use std::time::{Duration, Instant};

use stockbridge_egress::transport::{OutboundRequest, TransportError};
use tokio::sync::SemaphorePermit;
use tokio::time::timeout_at;

use super::SHORTEST;
use crate::rate::{Pacer, Priority, for_answer};
use crate::sandbox::context::CallKind;
use crate::sandbox::grants::Grants;
use crate::sandbox::request_slots::RequestSlots;

/// Waits for a request's permit and slot, until `until` at the latest. The wait counts against the request's timeout, and
/// leaves part of it for the answer.
pub(super) async fn turn<'a>(
    grants: &'a Grants,
    kind: CallKind,
    outbound: &mut OutboundRequest,
    until: Instant,
) -> Result<SemaphorePermit<'a>, TransportError> {
    let (pacer, slots) = (&grants.pacer, &grants.request_slots);
    let priority = if kind == CallKind::Resolve { Priority::Recovery } else { Priority::Normal };
    if !pacer.is_paced()
        && let Some(slot) = slots.try_acquire(priority)
    {
        return Ok(slot);
    }
    let started = Instant::now();
    let slot = Box::pin(wait_for_slot(pacer, slots, priority, outbound.timeout, until)).await?;
    outbound.timeout = outbound.timeout.saturating_sub(started.elapsed()).max(SHORTEST);
    Ok(slot)
}

/// Waits for the permit and the slot of a request with this timeout.
async fn wait_for_slot<'a>(
    pacer: &Pacer,
    slots: &'a RequestSlots,
    priority: Priority,
    timeout: Duration,
    until: Instant,
) -> Result<SemaphorePermit<'a>, TransportError> {
    let latest = until.min(Instant::now() + timeout.saturating_sub(for_answer(timeout)));
    let throttled = |room_in| TransportError::Throttled { room_in };
    loop {
        let permit = pacer.acquire(priority, latest).await.map_err(throttled)?;
        if let Some(slot) = slots.try_acquire(priority) {
            return Ok(slot);
        }
        // A permit of the budget is for this moment. A request that kept it while waiting for a slot would leave later, in a
        // burst with requests of later permits.
        permit.give_back();
        let Ok(Some(slot)) = timeout_at(latest.into(), slots.acquire(priority)).await else {
            return Err(TransportError::TimedOut { after: timeout, sent: false });
        };
        // Nor does a request that waits for the budget keep a slot: others could use it meanwhile.
        if pacer.acquire(priority, Instant::now()).await.is_ok() {
            return Ok(slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Waker};

    use super::*;
    use crate::rate::Budgets;
    use stockbridge_model::{ApplicationId, Descriptor};

    const LONG: Duration = Duration::from_secs(60);
    /// Too short for a second permit of the budget.
    const SHORT: Duration = Duration::from_secs(2);

    /// No limit beyond the request's own timeout.
    fn never() -> Instant {
        Instant::now() + 2 * LONG
    }

    /// An account limited to `rate` requests a minute.
    fn pacer(rate: Option<u32>) -> Pacer {
        let application = ApplicationId::claimed(&Descriptor::default(), &Default::default());
        Budgets::default().join(&[application], "p", "a", rate)
    }

    fn waits<F: Future + Unpin>(future: &mut F) -> bool {
        Pin::new(future).poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    async fn take(pacer: &Pacer) -> bool {
        pacer.acquire(Priority::Normal, Instant::now()).await.is_ok()
    }

    #[tokio::test]
    async fn who_waits_for_the_budget_keeps_no_place_on_the_way() {
        let (pacer, slots) = (pacer(Some(12)), RequestSlots::new(1));
        let in_flight = slots.try_acquire(Priority::Normal);
        let mut waiting = Box::pin(wait_for_slot(&pacer, &slots, Priority::Normal, LONG, never()));
        assert!(waits(&mut waiting));
        // It gave its permit of the budget back, and another request takes it.
        assert!(take(&pacer).await);
        drop(in_flight);
        assert!(waits(&mut waiting));
        assert!(slots.try_acquire(Priority::Normal).is_some());
    }

    #[tokio::test]
    async fn who_waits_for_a_place_on_the_way_has_its_turn_at_the_budget_as_soon_as_it_has_one() {
        let (pacer, slots) = (pacer(Some(12)), RequestSlots::new(1));
        let in_flight = slots.try_acquire(Priority::Normal);
        let mut waiting = Box::pin(wait_for_slot(&pacer, &slots, Priority::Normal, LONG, never()));
        assert!(waits(&mut waiting));
        drop(in_flight);
        assert!(!waits(&mut waiting));
        assert!(!take(&pacer).await);
    }

    #[tokio::test]
    async fn neither_is_waited_for_longer_than_there_is_time() {
        let (pacer, slots) = (pacer(Some(12)), RequestSlots::new(1));
        let in_flight = slots.try_acquire(Priority::Normal);
        let started = Instant::now();
        let timed_out = wait_for_slot(&pacer, &slots, Priority::Normal, SHORT, never()).await.unwrap_err();
        assert!(matches!(timed_out, TransportError::TimedOut { sent: false, .. }), "{timed_out}");
        assert!(started.elapsed() < SHORT);
        assert!(take(&pacer).await);
        drop(in_flight);
        let throttled = wait_for_slot(&pacer, &slots, Priority::Normal, SHORT, never()).await.unwrap_err();
        assert!(matches!(throttled, TransportError::Throttled { room_in } if room_in > SHORT), "{throttled}");
    }

    #[tokio::test]
    async fn a_look_up_is_on_its_way_when_there_is_no_place_for_anything_else() {
        let (pacer, slots) = (pacer(None), RequestSlots::new(1));
        let _in_flight = slots.try_acquire(Priority::Normal);
        let look_up = || Box::pin(wait_for_slot(&pacer, &slots, Priority::Recovery, LONG, never()));
        let first = look_up().await;
        assert!(first.is_ok());
        // Only one slot is reserved.
        let mut second = look_up();
        assert!(waits(&mut second));
        drop(first);
        assert!(!waits(&mut second));
    }
}
