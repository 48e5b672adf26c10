//! Kinds of faults, and their options.

use std::time::Duration;

use serde::Deserialize;

use super::Shape;
use super::documented::Documented;
use crate::gateways::{Answer, Listing, PageOrder};

/// The one list of the kinds: no kind can be missing from [`FaultKind::ALL`].
macro_rules! kinds {
    ($($(#[$about:meta])+ $kind:ident => $name:literal,)+) => {
        /// The kinds of faults that the simulator can produce. A test that matches on them fails to compile when one is
        /// added.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum FaultKind {
            $($(#[$about])+ $kind,)+
        }

        impl FaultKind {
            /// All of them.
            pub const ALL: &'static [FaultKind] = &[$(FaultKind::$kind),+];

            /// Its name in a fault's JSON.
            pub fn name(self) -> &'static str {
                match self {
                    $(FaultKind::$kind => $name,)+
                }
            }
        }
    };
}

kinds! {
    /// An error in the gateway's own format.
    Error => "error",
    /// Any answer.
    Raw => "raw",
    /// The connection ends without an answer.
    Drop => "drop",
    /// The connection ends within the answer's body.
    Cut => "cut",
    /// No answer comes.
    Stall => "stall",
    /// The answer comes byte by byte.
    Drip => "drip",
    /// The answer is very large.
    Oversize => "oversize",
    /// The answer declares another content type.
    ContentType => "content_type",
    /// The answer is an HTML page.
    NotJson => "not_json",
    /// The answer is JSON of another shape.
    Shape => "shape",
    /// The answer redirects elsewhere.
    Redirect => "redirect",
    /// The answer reports too many requests.
    Limit => "limit",
    /// The gateway's clock is wrong.
    ClockSkew => "clock_skew",
    /// Pages are returned in another order than requested.
    OutOfOrder => "out_of_order",
    /// Look-ups of documents show less than exists.
    Listing => "listing",
}

/// Where a connection is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DropAt {
    /// Before the request's body is read: nothing can have been carried out.
    Request,
    /// Before the answer begins.
    #[default]
    Answer,
}

/// How the end of a body is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Framing {
    /// By a content length, in the head.
    #[default]
    Length,
    /// By an empty chunk at its end.
    Chunked,
}

/// How a rate limit is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// As the provider documents it: by a text at both Wangdiantong editions, by a code and the length of the ban at TOP.
    /// For Winit nothing is established, so the status is used there.
    #[default]
    Answer,
    /// By the HTTP status 429 with `retry-after`.
    Status,
}

/// The fault, with its parameters.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    Error(Documented),
    Raw(Answer),
    Drop(DropAt),
    /// In the middle of the body by default.
    Cut {
        framing: Framing,
        after: Option<usize>,
    },
    Stall(Duration),
    Drip(Duration),
    Oversize {
        framing: Framing,
        bytes: usize,
    },
    ContentType(String),
    NotJson(String),
    Shape(Shape),
    Redirect {
        status: u16,
        location: String,
    },
    Limit {
        by: Limit,
        seconds: u32,
    },
    /// Seconds that the clock is fast.
    ClockSkew(i32),
    OutOfOrder(PageOrder),
    Listing(Listing),
}

impl Trouble {
    pub(super) fn kind(&self) -> FaultKind {
        match self {
            Trouble::Error(_) => FaultKind::Error,
            Trouble::Raw(_) => FaultKind::Raw,
            Trouble::Drop(_) => FaultKind::Drop,
            Trouble::Cut { .. } => FaultKind::Cut,
            Trouble::Stall(_) => FaultKind::Stall,
            Trouble::Drip(_) => FaultKind::Drip,
            Trouble::Oversize { .. } => FaultKind::Oversize,
            Trouble::ContentType(_) => FaultKind::ContentType,
            Trouble::NotJson(_) => FaultKind::NotJson,
            Trouble::Shape(_) => FaultKind::Shape,
            Trouble::Redirect { .. } => FaultKind::Redirect,
            Trouble::Limit { .. } => FaultKind::Limit,
            Trouble::ClockSkew(_) => FaultKind::ClockSkew,
            Trouble::OutOfOrder(_) => FaultKind::OutOfOrder,
            Trouble::Listing(_) => FaultKind::Listing,
        }
    }
}
