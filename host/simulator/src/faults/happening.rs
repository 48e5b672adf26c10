//! How a fault applies to a request: whether it is carried out, its answer, and the fate of the connection.

use std::convert::Infallible;
use std::io;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt as _};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::Fault;
use super::documented::Documented;
use super::kinds::{DropAt, Framing, Limit, Trouble};
use crate::connection::Line;
use crate::gateways::{Answer, Request, State};
use crate::provider::Gateway;

/// RFC 9110's `date`.
const HTTP_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
/// Size of the pieces in which an oversized body is made.
const PIECE: usize = 64 << 10;

impl Fault {
    /// Applies the fault to a request that has been read.
    pub(crate) async fn happen(self, request: &Request, state: &State, line: &Line) -> Response {
        let carried_out = || self.gateway.answer(request, state);
        let instead = || {
            if self.after_commit {
                carried_out();
            }
        };
        match &self.trouble {
            Trouble::Cut { framing, after } => cut(carried_out(), *framing, *after),
            Trouble::Drip(every) => {
                line.drip(*every);
                last(carried_out().into_response())
            }
            Trouble::ContentType(is) => Answer { content_type: is.clone(), ..carried_out() }.into_response(),
            Trouble::Shape(shape) => shape.of(carried_out()).into_response(),
            Trouble::ClockSkew(seconds) => {
                let skewed = state.skewed(*seconds);
                dated(self.gateway.answer(request, &skewed).into_response(), skewed.clock.now())
            }
            Trouble::OutOfOrder(pages) => self.gateway.answer(request, &state.out_of_order(*pages)).into_response(),
            Trouble::Listing(listing) => self.gateway.answer(request, &state.with_listing(*listing)).into_response(),
            Trouble::Drop(DropAt::Request | DropAt::Answer) => {
                instead();
                dropped(line)
            }
            Trouble::Stall(time) => {
                instead();
                line.wait(*time).await;
                dropped(line)
            }
            Trouble::Oversize { framing, bytes } => {
                instead();
                line.bound();
                last(oversized(*framing, *bytes))
            }
            Trouble::Error(error) => {
                instead();
                error.answer(request).into_response()
            }
            Trouble::Raw(answer) => {
                instead();
                answer.clone().into_response()
            }
            Trouble::NotJson(body) => {
                instead();
                Answer::of("text/html", body.clone()).into_response()
            }
            Trouble::Redirect { status, location } => {
                instead();
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::FOUND);
                with_header(status, header::LOCATION, location)
            }
            Trouble::Limit { by, seconds } => {
                instead();
                limited(self.gateway, request, *by, *seconds)
            }
        }
    }
}

/// Ends the connection now, without an answer.
pub(crate) fn dropped(line: &Line) -> Response {
    line.drop();
    // This response is never sent.
    StatusCode::NO_CONTENT.into_response()
}

/// The last answer on its connection, because a fault on a connection stays in effect.
fn last(response: Response) -> Response {
    ([(header::CONNECTION, "close")], response).into_response()
}

/// Sends the answer's head and the beginning of its body. hyper ends a connection whose body fails.
fn cut(answer: Answer, framing: Framing, after: Option<usize>) -> Response {
    let length = answer.body.len();
    let mut body = Bytes::from(answer.body.clone());
    // With a declared length, at least a byte must be missing: all of the body would be a whole answer.
    let limit = if framing == Framing::Length { length.saturating_sub(1) } else { length };
    body.truncate(after.unwrap_or(length / 2).min(limit));
    let beginning = stream::iter([Ok(body)]);
    let end = stream::once(async {
        // What was sent before has to leave before the connection ends.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });
    framed(answer, framing, length, Body::from_stream(beginning.chain(end)))
}

fn oversized(framing: Framing, bytes: usize) -> Response {
    let piece = Bytes::from(vec![b' '; PIECE]);
    let whole = std::iter::repeat_n(piece.clone(), bytes / PIECE);
    let pieces = whole.chain([piece.slice(..bytes % PIECE)]).map(Ok::<_, Infallible>);
    framed(Answer::of("application/json", String::new()), framing, bytes, Body::from_stream(stream::iter(pieces)))
}

/// The answer with another body.
fn framed(answer: Answer, framing: Framing, length: usize, body: Body) -> Response {
    let (mut head, _) = answer.into_response().into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    if framing == Framing::Length {
        head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Response::from_parts(head, body)
}

fn limited(gateway: Gateway, request: &Request, by: Limit, seconds: u32) -> Response {
    match (by, Documented::limit(gateway, seconds)) {
        (Limit::Answer, Some(error)) => error.answer(request).into_response(),
        _ => with_header(StatusCode::TOO_MANY_REQUESTS, header::RETRY_AFTER, &seconds.to_string()),
    }
}

/// The answer with this time instead of hyper's.
fn dated(mut response: Response, now: OffsetDateTime) -> Response {
    if let Some(date) = now.format(HTTP_DATE).ok().and_then(|date| HeaderValue::from_str(&date).ok()) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

/// A status without a body.
fn with_header(status: StatusCode, name: HeaderName, value: &str) -> Response {
    let mut response = status.into_response();
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}
