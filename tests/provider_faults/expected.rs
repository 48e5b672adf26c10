//! Expected result of each fault at each provider.
//!
//! A write is unknown as soon as a part of it was sent, unless a trustworthy answer says otherwise: only a documented rejection
//! by the provider makes it "not applied".

use std::time::Duration;

use stockbridge::ErrorClass::{MalformedResponse, NotFound, RateLimited, Unauthorized, Unavailable};
use stockbridge::Outcome::{NotApplied, Unknown};
use stockbridge::{ErrorClass, Outcome};
use stockbridge_simulator::{DropAt, Fault, FaultKind, Framing, Limit, PageOrder, Shape};
use stockbridge_tests::Provider;

use crate::trial::LARGEST_ANSWER;

/// Result of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expected {
    /// It succeeds.
    Done,
    /// It fails with this class, and a write with this outcome.
    Fails(ErrorClass, Outcome),
}

/// A fault, and its expected result.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) fault: Fault,
    pub(crate) query: Expected,
    pub(crate) write: Expected,
    /// The operation whose writes succeed nevertheless.
    pub(crate) but_done: Option<&'static str>,
    /// Whether the provider applies a write nevertheless.
    pub(crate) applied: bool,
    /// Whether the fault lasts longer than a hasty caller waits.
    pub(crate) takes_time: bool,
    /// Reported time before a retry.
    pub(crate) retry_after: Option<Duration>,
}

impl Case {
    /// A fault by which queries and writes fail alike, and nothing is applied.
    fn fails(name: &'static str, fault: Fault, class: ErrorClass, outcome: Outcome) -> Case {
        let expected = Expected::Fails(class, outcome);
        Case { query: expected, write: expected, applied: false, ..Case::done(name, fault) }
    }

    /// A fault without any effect for the caller.
    fn done(name: &'static str, fault: Fault) -> Case {
        let (query, write) = (Expected::Done, Expected::Done);
        Case { name, fault, query, write, but_done: None, applied: true, takes_time: false, retry_after: None }
    }

    /// The provider applies a write, whatever the caller gets.
    fn applied_anyway(self) -> Case {
        Case { applied: true, ..self }
    }

    fn tells_to_wait(self, seconds: u64) -> Case {
        Case { retry_after: Some(Duration::from_secs(seconds)), ..self }
    }

    fn but_is_done(self, operation: Option<&'static str>) -> Case {
        Case { but_done: operation, ..self }
    }

    fn takes_time(self) -> Case {
        Case { takes_time: true, ..self }
    }
}

/// All faults of a kind for a provider's connector.
pub(crate) fn cases(provider: Provider, kind: FaultKind) -> Vec<Case> {
    let gateway = provider.gateway();
    match kind {
        FaultKind::Error => documented(provider),
        FaultKind::Raw => {
            let bad_gateway = || Fault::raw(gateway, 502, "text/html", "<h1>Bad Gateway</h1>");
            vec![
                Case::fails("a proxy's error", bad_gateway(), Unavailable, Unknown),
                Case::fails("that after the commit", bad_gateway().after_commit(), Unavailable, Unknown)
                    .applied_anyway(),
                Case::fails("nothing", Fault::raw(gateway, 200, "text/plain", ""), MalformedResponse, Unknown),
            ]
        }
        FaultKind::Drop => {
            let unanswered = || Fault::dropped(gateway, DropAt::Answer);
            vec![
                Case::fails("at the request", Fault::dropped(gateway, DropAt::Request), Unavailable, Unknown),
                Case::fails("before the commit", unanswered(), Unavailable, Unknown),
                Case::fails("after the commit", unanswered().after_commit(), Unavailable, Unknown).applied_anyway(),
            ]
        }
        FaultKind::Cut => [
            ("of a length", Framing::Length, None),
            ("in chunks", Framing::Chunked, None),
            ("after the head", Framing::Length, Some(0)),
            ("before the last byte", Framing::Length, Some(usize::MAX)),
            ("before the last chunk", Framing::Chunked, Some(usize::MAX)),
        ]
        .map(|(name, framing, after)| {
            Case::fails(name, Fault::cut(gateway, framing, after), Unavailable, Unknown).applied_anyway()
        })
        .into(),
        FaultKind::Stall => {
            let stalled = || Fault::stalled(gateway, Duration::from_secs(60));
            vec![
                Case::fails("before the commit", stalled(), Unavailable, Unknown).takes_time(),
                Case::fails("after the commit", stalled().after_commit(), Unavailable, Unknown)
                    .applied_anyway()
                    .takes_time(),
            ]
        }
        FaultKind::Drip => {
            let dripped = Fault::dripped(gateway, Duration::from_millis(50));
            vec![Case::fails("slowly", dripped, Unavailable, Unknown).applied_anyway().takes_time()]
        }
        FaultKind::Oversize => [("of a length", Framing::Length), ("in chunks", Framing::Chunked)]
            .map(|(name, framing)| {
                let flood = Fault::oversized(gateway, framing, 16 * LARGEST_ANSWER);
                Case::fails(name, flood, MalformedResponse, Unknown)
            })
            .into(),
        // Providers have been seen to send JSON as text, HTML and JavaScript: only the body counts.
        FaultKind::ContentType => vec![
            Case::done("as a page", Fault::mistyped(gateway, "text/html;charset=GBK")),
            Case::done("as anything", Fault::mistyped(gateway, "application/octet-stream")),
        ],
        FaultKind::NotJson => {
            [("a page", "<html>busy</html>"), ("half of it", "{\"status\":0,\"code\":"), ("NaN", "NaN")]
                .map(|(name, body)| Case::fails(name, Fault::not_json(gateway, body), MalformedResponse, Unknown))
                .into()
        }
        FaultKind::Shape => {
            let misshapen = |name, shape| {
                Case::fails(name, Fault::misshapen(gateway, shape), MalformedResponse, Unknown).applied_anyway()
            };
            // The answers of this flagship method beside its success are not established: none of them is wrong.
            let answers_anything = (provider == Provider::WdtFlagship).then_some("occupy");
            vec![
                misshapen("a list", Shape::List),
                misshapen("no verdict", Shape::NoVerdict),
                misshapen("wrong inside", Shape::WrongInside).but_is_done(answers_anything),
            ]
        }
        // No provider documents redirects and none is followed, so the answer is not a documented one. A write is unknown: the
        // redirect may come from in front of the provider, or from behind it.
        FaultKind::Redirect => [("301", 301), ("302", 302), ("303", 303), ("307", 307), ("308", 308)]
            .map(|(name, status)| Case::fails(name, Fault::redirected(gateway, status), MalformedResponse, Unknown))
            .into(),
        FaultKind::Limit => {
            // The Wangdiantong editions' waiting time is that of their clients; TOP's ban has already started.
            let (outcome, seconds) = match provider {
                Provider::WdtFlagship => (NotApplied, 60),
                Provider::WdtEnterprise => (NotApplied, 300),
                Provider::TaobaoTop => (NotApplied, 4),
                // Winit's form is not established, so here it is an HTTP status, which proves nothing.
                Provider::Winit => (Unknown, 3),
            };
            let limited = |by| Fault::limited(gateway, by, 3);
            vec![
                Case::fails("as documented", limited(Limit::Answer), RateLimited, outcome).tells_to_wait(seconds),
                Case::fails("by the status", limited(Limit::Status), RateLimited, Unknown).tells_to_wait(3),
            ]
        }
        FaultKind::ClockSkew => {
            let (class, outcome) = match provider {
                Provider::WdtFlagship | Provider::WdtEnterprise | Provider::TaobaoTop => (Unauthorized, NotApplied),
                // Its code for this is not established; -1 stands for anything.
                Provider::Winit => (Unavailable, Unknown),
            };
            vec![
                Case::fails("fast", Fault::skewed(gateway, 900), class, outcome),
                Case::fails("slow", Fault::skewed(gateway, -900), class, outcome),
                Case::done("a little", Fault::skewed(gateway, 30)),
            ]
        }
        // Only queries of several pages meet these: see `paging`.
        FaultKind::OutOfOrder => vec![
            Case::done("swapped", Fault::out_of_order(gateway, PageOrder::Swapped)),
            Case::done("repeated", Fault::out_of_order(gateway, PageOrder::Repeated)),
        ],
        // Only look-ups of documents meet this: see `found_again` of the end-to-end tests.
        FaultKind::Listing => vec![Case::done("late", Fault::listed_late(gateway, Duration::from_secs(60)))],
    }
}

/// A rejection and a failure of each provider; `documented_errors` has all of them.
fn documented(provider: Provider) -> Vec<Case> {
    let (no, failure) = match provider {
        Provider::WdtFlagship => (Fault::flagship(100, "源仓库不存在"), Fault::flagship(99, "其他错误")),
        Provider::WdtEnterprise => (Fault::enterprise(7, "仓库不存在"), Fault::enterprise(7, "数据库错误")),
        Provider::TaobaoTop => (
            Fault::top(50, Some("isv.warehouse-not-exist"), Some("仓库不存在")),
            Fault::top(15, Some("isp.top-remote-connection-timeout"), None),
        ),
        Provider::Winit => (Fault::winit("02020249100", "订单不存在"), Fault::winit("-1", "系统异常")),
    };
    vec![
        Case::fails("a no", no, NotFound, NotApplied),
        Case::fails("a trouble", failure.clone(), Unavailable, Unknown),
        Case::fails("a trouble after the commit", failure.after_commit(), Unavailable, Unknown).applied_anyway(),
    ]
}
