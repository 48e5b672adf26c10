//! Each connector with every fault of its provider: right class, right outcome, no hang, one request, and an ordinary call
//! afterwards.
//!
//! `expected` has the right result for every fault kind of the simulator and every provider with a connector: a new one without
//! it does not compile.

mod expected;
mod paging;
mod trial;

use expected::{Case, cases};
use stockbridge_simulator::FaultKind;
use stockbridge_tests::{Provider, operation, orders, query};
use trial::Trial;

/// Tries every case at every provider, all providers concurrently, and reports all mismatches.
async fn try_all(attempt: impl AsyncFn(&Trial, &Case) -> Result<(), String>) {
    let providers = Provider::ALL.map(|provider| {
        let attempt = &attempt;
        async move {
            let trial = Trial::begin(provider).await;
            let mut wrong = Vec::new();
            for kind in FaultKind::ALL {
                let cases = cases(provider, *kind);
                assert!(!cases.is_empty(), "{provider:?} meets no `{}`", kind.name());
                for case in cases {
                    if let Err(what) = attempt(&trial, &case).await {
                        wrong.push(format!("{provider:?}, {}, {}: {what}", kind.name(), case.name));
                    }
                }
            }
            wrong
        }
    });
    let wrong: Vec<_> = futures_util::future::join_all(providers).await.concat();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_meets_a_fault_ends_in_time_with_its_class() {
    try_all(async |trial, case| match query(trial.provider) {
        Some(query) => trial.query(case, query).await,
        None => Ok(()),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_meets_a_fault_ends_in_time_with_its_class_and_outcome_and_was_sent_once() {
    try_all(Trial::writes).await;
}

#[tokio::test]
async fn every_write_that_a_connector_offers_is_among_those_that_are_tried() {
    for provider in Provider::ALL {
        let tried = orders(provider).iter().map(|order| operation(order).to_owned()).collect();
        assert_eq!(Trial::begin(provider).await.offered(), tried, "{provider:?}");
    }
}
