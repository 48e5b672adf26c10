//! The one shape that event streams have: those of a journal here, and those of a host above.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

/// A stream of events from the moment of subscribing on. It ends when what it listens to is gone.
///
/// A listener that falls behind by more than the sender keeps (256 events of a host, 1024 changes of a journal) gets
/// [`Missed`] in their place, and goes on with the oldest event that is kept.
#[derive(Debug)]
pub struct Subscription<T>(BroadcastStream<T>);

/// Events that a listener was too slow for. The stream goes on: what they changed has to be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{count} events missed: the listener was too slow")]
#[non_exhaustive]
pub struct Missed {
    /// How many were missed, at least one.
    pub count: u64,
}

impl<T: Clone + Send + 'static> Subscription<T> {
    /// The next event, or how many were missed; none at the end.
    ///
    /// # Errors
    /// The listener was too slow.
    pub async fn next(&mut self) -> Option<Result<T, Missed>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl<T: Clone + Send + 'static> Stream for Subscription<T> {
    type Item = Result<T, Missed>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = Pin::new(&mut self.0).poll_next(context);
        next.map(|event| event.map(|event| event.map_err(|BroadcastStreamRecvError::Lagged(count)| Missed { count })))
    }
}

/// For the crate above, which has events of its own.
#[doc(hidden)]
impl<T: Clone + Send + 'static> From<broadcast::Receiver<T>> for Subscription<T> {
    fn from(receiver: broadcast::Receiver<T>) -> Subscription<T> {
        Subscription(BroadcastStream::new(receiver))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_slow_listener_learns_how_many_events_it_missed_and_goes_on() {
        let sender = broadcast::Sender::new(2);
        let mut events = Subscription::from(sender.subscribe());
        for event in 0..5 {
            sender.send(event).unwrap();
        }
        drop(sender);
        assert_eq!(events.next().await, Some(Err(Missed { count: 3 })));
        assert_eq!(events.next().await, Some(Ok(3)));
        assert_eq!(events.next().await, Some(Ok(4)));
        assert_eq!(events.next().await, None);
    }
}
