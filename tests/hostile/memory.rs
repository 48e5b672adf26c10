//! Guests that want more memory, tables or instances than one call may have.

use std::time::Duration;

use stockbridge_tests::Recording;

use crate::files::crowded;
use crate::scene::{Call, DEADLINE, GRANTED, Scene, answered, failed, loading, malformed_text, queried, result_of};

const LIMIT: &str = "the connector wanted more than 67108864 bytes of memory";
/// 64 MiB.
const PAGES: &str = "1024";

/// A guest whose growth is refused may continue with its present memory.
#[tokio::test]
pub(crate) async fn memory_by_one_page() {
    assert_eq!(result_of("memory-by-one-page", Call::Query).await, answered(PAGES));
}

#[tokio::test]
pub(crate) async fn memory_by_all() {
    assert_eq!(result_of("memory-by-all", Call::Query).await, answered(PAGES));
}

#[tokio::test]
pub(crate) async fn memory_until_it_panics() {
    assert_eq!(result_of("memory-until-it-panics", Call::Query).await, failed("connector.memory", LIMIT));
}

#[tokio::test]
pub(crate) async fn memories_by_the_dozen() {
    assert_eq!(
        loading("memories-by-the-dozen").await,
        (
            "component.malformed",
            malformed_text(
                "its code is not valid (module memory does not fit in pooling allocator requirements: defined memories count of 13 exceeds the per-instance limit of 1)"
            )
        )
    );
}

/// Memory outside its linear memory counts towards the same limit. It is taken slowly.
#[tokio::test]
pub(crate) async fn memory_in_a_heap_of_objects() {
    let scene = Scene::lasting("memory-in-a-heap-of-objects", Duration::from_secs(20)).await;
    assert_eq!(scene.result_of(Call::Query).await, failed("connector.memory", LIMIT));
}

/// 20 000 elements, grown by a hundred from one.
#[tokio::test]
pub(crate) async fn table_grown_without_end() {
    assert_eq!(result_of("table-grown-without-end", Call::Query).await, answered("19901"));
}

#[tokio::test]
pub(crate) async fn table_of_ten_million() {
    assert_eq!(
        loading("table-of-ten-million").await,
        (
            "component.malformed",
            malformed_text(
                "its code is not valid (module table does not fit in pooling allocator requirements: table index 0 has a minimum element size of 10000000 which exceeds the limit of 20000)"
            )
        )
    );
}

#[tokio::test]
pub(crate) async fn tables_by_the_hundred() {
    assert_eq!(
        loading("tables-by-the-hundred").await,
        (
            "component.malformed",
            malformed_text(
                "its code is not valid (module table does not fit in pooling allocator requirements: defined tables count of 100 exceeds the per-instance limit of 1)"
            )
        )
    );
}

/// All calls share one pool. A component that takes a large part of it for one call is refused, or else others must still be
/// served.
#[tokio::test]
async fn a_component_that_takes_the_pool_leaves_others_theirs() {
    let file = crowded("spin-without-a-loop", 249);
    let scene = match Scene::open(file.into(), DEADLINE, GRANTED, Recording::answering(["{}"])).await {
        Ok(scene) => scene,
        Err(error) => return assert!(error.code().starts_with("component."), "{error}"),
    };
    let spinning = [(); 4].map(|()| {
        let account = scene.account();
        tokio::spawn(async move { queried(&account, "s").await })
    });
    tokio::time::sleep(DEADLINE / 4).await;
    let well = scene.well().await;
    for spinning in spinning {
        spinning.await.unwrap();
    }
    assert_eq!(well, answered("nothing"), "the other account is not served");
    scene.assert_well().await;
}
