//! A version that does not pass never serves, and the previous one continues, also while a host runs.

use serde_json::json;
use stockbridge::{AccountConfig, Config, Host, SwapEnd};
use stockbridge_tests::{Provider, Recording, account_at, query, version};

use crate::component::{bare, shipped, with_section, with_vectors};
use stockbridge_tests::Signer;

/// The answer to a query without results.
const NOTHING: &str = r#"{"code":0,"message":"","stocks":[],"total_count":"0"}"#;

fn account(component: Vec<u8>) -> AccountConfig {
    account_at(Provider::WdtEnterprise, "http://127.0.0.1:9").served_by(component)
}

fn another() -> Vec<u8> {
    version(&stockbridge_tests::connector("wdt-enterprise"), 2)
}

/// A host refuses a version for this reason, and continues with the present one. Then it gets a correct one.
async fn refuses_and_continues(wrong: AccountConfig, code: &str) {
    let config = |account| Config::new().account(account);
    let transport = Recording::answering([NOTHING]);
    let first = config(account(shipped("wdt-enterprise")));
    let host = Host::builder().transport(transport.clone()).build(first).await.unwrap();
    let served = host.account("wdt-enterprise").unwrap();
    let queried = || served.query(query(Provider::WdtEnterprise).unwrap());
    let before = served.digest().unwrap();

    let error = host.apply(config(wrong)).await.unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    queried().await.unwrap();
    assert_eq!((served.digest().unwrap(), transport.sent().len()), (before, 1));
    assert!(host.status()[0].last_swap.is_none());
    assert_eq!(host.versions(), [before]);

    host.apply(config(account(another()))).await.unwrap();
    assert_eq!(host.status()[0].last_swap.as_ref().unwrap().end, SwapEnd::OnProbation);
    queried().await.unwrap();
}

#[tokio::test]
async fn a_version_that_does_not_load() {
    let cut = another()[..100_000].to_vec();
    refuses_and_continues(account(cut), "component.malformed").await;
    refuses_and_continues(
        account(std::fs::read(stockbridge_tests::hostile_guest("trap-in-describe")).unwrap()),
        "component.describe",
    )
    .await;
}

#[tokio::test]
async fn a_version_that_is_not_the_pinned_one() {
    let pin = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae".parse().unwrap();
    refuses_and_continues(account(another()).sha256(pin), "component.digest").await;
}

#[tokio::test]
async fn a_version_with_a_signature_of_somebody_else_or_of_another_file() {
    let (ours, theirs) = (Signer::new(), Signer::new());
    let signed = |signature: String| account(another()).signed_by(ours.public().parse().unwrap()).signature(signature);
    refuses_and_continues(signed(theirs.sign(&another())), "component.signature").await;
    refuses_and_continues(signed(ours.sign(&shipped("wdt-enterprise"))), "component.signature").await;
}

#[tokio::test]
async fn a_version_that_differs_from_its_vectors() {
    let text = include_str!("../../plugins/wdt-enterprise/vectors.json");
    let mut vectors: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
    let request = vectors.iter_mut().find_map(|vector| vector["requests"].get_mut(0)).unwrap();
    request["url"] = json!("https://another.example/openapi2");
    let differing = with_section(with_vectors(bare("wdt-enterprise"), &vectors), "version", b"2");
    refuses_and_continues(account(differing), "component.vectors").await;
}
