//! All pages of a query as a stream, on the version of the connector that it began with.

use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use parking_lot::Mutex;
use stockbridge_model::{StockPage, StockQuery};
use tokio::task::AbortHandle;

use super::Account;
use crate::box_future::BoxFuture;
use crate::error::Error;
use crate::session::{Call, VersionPin};

/// How long a stream stays on the version that it began with. One that is read more slowly ends with an error after a
/// swap, for its cursor is the earlier version's.
const MAX_STREAM_PIN: Duration = Duration::from_mins(10);

/// All pages of a query: see [`Account::pages`]. After an error it is at its end.
///
/// It stays on the version of the connector that it began with, for at most ten minutes.
pub struct Pages {
    account: Account,
    held: Held,
    state: State,
}

type Page = BoxFuture<'static, Result<StockPage, Error>>;

enum State {
    Next(Box<StockQuery>),
    Waiting(Box<StockQuery>, VersionPin, Page),
    End,
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Pages").field("account", &self.account).finish_non_exhaustive()
    }
}

impl Account {
    /// All pages of a query, one after the other. A page is asked for when the one before was taken.
    #[must_use]
    pub fn pages(&self, query: StockQuery) -> Pages {
        Pages::of(self.clone(), query)
    }
}

impl Pages {
    pub(crate) fn of(account: Account, query: StockQuery) -> Pages {
        Pages { account, held: Held::default(), state: State::Next(Box::new(query)) }
    }

    /// The next page, or none at the end.
    ///
    /// # Errors
    /// As [`Account::query`].
    pub async fn next(&mut self) -> Option<Result<StockPage, Error>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// A call on the version that the stream is on, or on what serves now where it is on none.
    fn begin(&self) -> Result<Call, Error> {
        match self.held.version() {
            Some(stay) => Ok(self.account.begin_on(stay)),
            None => self.account.begin(),
        }
    }

    fn asked(&self, query: StockQuery) -> Result<(VersionPin, Page), Error> {
        let (call, account) = (self.begin()?, self.account.clone());
        Ok((call.stay(), Box::pin(async move { account.page(Ok(call), &query).await })))
    }
}

impl Stream for Pages {
    type Item = Result<StockPage, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let (mut query, stay, mut page) = match std::mem::replace(&mut self.state, State::End) {
            State::End => return Poll::Ready(None),
            State::Waiting(query, stay, page) => (query, stay, page),
            State::Next(query) => match self.asked((*query).clone()) {
                Ok((stay, page)) => (query, stay, page),
                Err(error) => return Poll::Ready(Some(Err(error))),
            },
        };
        match page.as_mut().poll(context) {
            Poll::Pending => {
                self.state = State::Waiting(query, stay, page);
                Poll::Pending
            }
            Poll::Ready(Ok(page)) => {
                match page.next.clone() {
                    Some(next) => {
                        // Only what has more than one page needs its version for longer than a call.
                        self.held.begin(stay);
                        query.cursor = Some(next);
                        self.state = State::Next(query);
                    }
                    None => self.held = Held::default(),
                }
                Poll::Ready(Some(Ok(page)))
            }
            Poll::Ready(Err(error)) => {
                self.held = Held::default();
                Poll::Ready(Some(Err(error)))
            }
        }
    }
}

/// A version that a stream keeps from being freed, until its time is over: also for a stream that nobody reads on.
#[derive(Default)]
struct Held(Option<(Arc<Holder>, AbortHandle)>);

/// Empty once the time is over.
type Holder = Mutex<Option<VersionPin>>;

impl Held {
    /// Holds a version, unless one was held before.
    fn begin(&mut self, stay: VersionPin) {
        if self.0.is_some() {
            return;
        }
        let held = Arc::new(Mutex::new(Some(stay)));
        let its: Weak<Holder> = Arc::downgrade(&held);
        let timer = tokio::spawn(async move {
            tokio::time::sleep(MAX_STREAM_PIN).await;
            if let Some(held) = its.upgrade() {
                held.lock().take();
            }
        });
        self.0 = Some((held, timer.abort_handle()));
    }

    fn version(&self) -> Option<VersionPin> {
        let (held, _) = self.0.as_ref()?;
        held.lock().clone()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some((_, timer)) = &self.0 {
            timer.abort();
        }
    }
}
