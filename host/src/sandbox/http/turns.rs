//! A turn for a request: at the budget of the application, and among the account's own that are on their way.

use std::time::{Duration, Instant};

use stockbridge_egress::transport::{OutboundRequest, TransportError};
use tokio::sync::SemaphorePermit;
use tokio::time::timeout_at;

use super::SHORTEST;
use crate::rate::{Pacer, Priority, for_answer};
use crate::sandbox::context::CallKind;
use crate::sandbox::grants::Grants;
use crate::sandbox::request_slots::RequestSlots;

/// A turn for a request, until then at the latest. The wait for it is part of the time that the request was given, and
/// leaves some for the answer.
pub(super) async fn turn<'a>(
    grants: &'a Grants,
    kind: CallKind,
    outbound: &mut OutboundRequest,
    until: Instant,
) -> Result<SemaphorePermit<'a>, TransportError> {
    let (pacer, turns) = (&grants.pacer, &grants.turns);
    let share = if kind == CallKind::Resolve { Priority::Recovery } else { Priority::Normal };
    if !pacer.is_paced()
        && let Some(turn) = turns.now(share)
    {
        return Ok(turn);
    }
    let begun = Instant::now();
    let turn = Box::pin(awaited(pacer, turns, share, outbound.timeout, until)).await?;
    outbound.timeout = outbound.timeout.saturating_sub(begun.elapsed()).max(SHORTEST);
    Ok(turn)
}

/// A turn for a request that has this time.
async fn awaited<'a>(
    pacer: &Pacer,
    turns: &'a RequestSlots,
    share: Priority,
    time: Duration,
    until: Instant,
) -> Result<SemaphorePermit<'a>, TransportError> {
    let latest = until.min(Instant::now() + time.saturating_sub(for_answer(time)));
    let throttled = |room_in| TransportError::Throttled { room_in };
    loop {
        let paced = pacer.turn(share, latest).await.map_err(throttled)?;
        if let Some(turn) = turns.now(share) {
            return Ok(turn);
        }
        // A turn at the budget is for now. One that waits on would go later, and with others than it was meant to.
        paced.give_back();
        let Ok(Some(turn)) = timeout_at(latest.into(), turns.next(share)).await else {
            return Err(TransportError::TimedOut { after: time, sent: false });
        };
        // Nor is a place on the way for those who wait for the budget: others could go meanwhile.
        if pacer.turn(share, Instant::now()).await.is_ok() {
            return Ok(turn);
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
    /// In which there is no other turn at the budget.
    const SHORT: Duration = Duration::from_secs(2);

    /// Nothing but its own time bounds it.
    fn never() -> Instant {
        Instant::now() + 2 * LONG
    }

    /// An account with so many requests a minute.
    fn pacer(rate: Option<u32>) -> Pacer {
        let application = ApplicationId::claimed(&Descriptor::default(), &Default::default());
        Budgets::default().join(&[application], "p", "a", rate)
    }

    fn waits<F: Future + Unpin>(future: &mut F) -> bool {
        Pin::new(future).poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    async fn take(pacer: &Pacer) -> bool {
        pacer.turn(Priority::Normal, Instant::now()).await.is_ok()
    }

    #[tokio::test]
    async fn who_waits_for_the_budget_keeps_no_place_on_the_way() {
        let (pacer, turns) = (pacer(Some(12)), RequestSlots::new(1));
        let on_its_way = turns.now(Priority::Normal);
        let mut waiting = Box::pin(awaited(&pacer, &turns, Priority::Normal, LONG, never()));
        assert!(waits(&mut waiting));
        // It gave its turn at the budget back, and another one takes it.
        assert!(take(&pacer).await);
        drop(on_its_way);
        assert!(waits(&mut waiting));
        assert!(turns.now(Priority::Normal).is_some());
    }

    #[tokio::test]
    async fn who_waits_for_a_place_on_the_way_has_its_turn_at_the_budget_as_soon_as_it_has_one() {
        let (pacer, turns) = (pacer(Some(12)), RequestSlots::new(1));
        let on_its_way = turns.now(Priority::Normal);
        let mut waiting = Box::pin(awaited(&pacer, &turns, Priority::Normal, LONG, never()));
        assert!(waits(&mut waiting));
        drop(on_its_way);
        assert!(!waits(&mut waiting));
        assert!(!take(&pacer).await);
    }

    #[tokio::test]
    async fn neither_is_waited_for_longer_than_there_is_time() {
        let (pacer, turns) = (pacer(Some(12)), RequestSlots::new(1));
        let on_its_way = turns.now(Priority::Normal);
        let begun = Instant::now();
        let timed_out = awaited(&pacer, &turns, Priority::Normal, SHORT, never()).await.unwrap_err();
        assert!(matches!(timed_out, TransportError::TimedOut { sent: false, .. }), "{timed_out}");
        assert!(begun.elapsed() < SHORT);
        assert!(take(&pacer).await);
        drop(on_its_way);
        let throttled = awaited(&pacer, &turns, Priority::Normal, SHORT, never()).await.unwrap_err();
        assert!(matches!(throttled, TransportError::Throttled { room_in } if room_in > SHORT), "{throttled}");
    }

    #[tokio::test]
    async fn a_look_up_is_on_its_way_when_there_is_no_place_for_anything_else() {
        let (pacer, turns) = (pacer(None), RequestSlots::new(1));
        let _on_its_way = turns.now(Priority::Normal);
        let look_up = || Box::pin(awaited(&pacer, &turns, Priority::Recovery, LONG, never()));
        let first = look_up().await;
        assert!(first.is_ok());
        // That is all that is kept.
        let mut second = look_up();
        assert!(waits(&mut second));
        drop(first);
        assert!(!waits(&mut second));
    }
}
