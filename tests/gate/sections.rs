//! The custom sections of a component: embedding vectors, and refusing malformed sections.

use serde_json::{Value, json};
use stockbridge::gate;
use stockbridge::inspect;

use crate::component::{VECTORS, bare, shipped, with_section, with_vectors};

async fn refused(component: Vec<u8>) -> String {
    let error = gate::check(component).await.unwrap().error.unwrap();
    assert_eq!(error.code(), "component.vectors", "{error}");
    error.to_string().strip_prefix("component (in memory): ").unwrap().to_owned()
}

#[tokio::test]
async fn a_section_that_is_larger_than_a_mebibyte_or_there_twice_is_refused() {
    let large = with_section(bare("winit"), VECTORS, &vec![b' '; 1024 * 1024 + 1]);
    assert_eq!(refused(large).await, "has signature vectors of 1048577 bytes; the limit is 1048576");
    let twice = with_section(shipped("winit"), VECTORS, b"[]");
    assert_eq!(
        refused(twice).await,
        "has two sections `stockbridge:vectors`; embed the vectors once, in the component as it was built"
    );
}

#[tokio::test]
async fn a_section_of_a_module_inside_of_the_component_is_none_of_the_components() {
    let inside = "(component (core module (@custom \"stockbridge:vectors\" \"no\")))";
    let error = inspect(wat::parse_str(inside).unwrap()).await.unwrap_err();
    assert_eq!(error.code(), "component.exports", "{error}");
}

#[tokio::test]
async fn vectors_that_are_not_written_as_vectors_are_refused_by_what_is_wrong() {
    for (section, problem) in [
        (b"[]".as_slice(), "there are 0; write 1 to 256"),
        (b"[{\"name\": \"\xff\"}]", "invalid unicode code point at line 1 column 12"),
    ] {
        assert_eq!(
            refused(with_section(bare("winit"), VECTORS, section)).await,
            format!("has signature vectors that cannot be read: {problem}; wit/vectors.md says how they are written")
        );
    }
}

#[tokio::test]
async fn vectors_are_embedded_once_they_passed_and_the_version_with_them() {
    let vectors = include_str!("../../plugins/winit/vectors.json");
    let whole = gate::embedded(bare("winit"), vectors, Some("1.2.3\n\u{1b}[2J")).await.unwrap();
    let inspection = inspect(whole.clone()).await.unwrap();
    assert_eq!((inspection.vectors, inspection.version.as_deref()), (15, Some("1.2.3\\u{a}\\u{1b}[2J")));
    assert_eq!(inspect(bare("winit")).await.unwrap().version, None);
    let again = gate::embedded(whole, vectors, None).await.unwrap_err();
    assert!(again.to_string().contains("has two sections"), "{again}");
    let wrong = vectors.replace("US0001", "US0002");
    let differs = gate::embedded(bare("winit"), &wrong, None).await.unwrap_err();
    assert_eq!(differs.code(), "component.vectors");
}

#[tokio::test]
async fn a_component_with_as_many_vectors_as_there_may_be_is_checked_in_a_fraction_of_a_second() {
    let mut vector = serde_json::from_str::<Vec<Value>>(include_str!("../../plugins/taobao-top/vectors.json")).unwrap();
    let vector = vector.swap_remove(0);
    let many: Vec<Value> = (0..256)
        .map(|number| {
            let mut one = vector.clone();
            one["name"] = json!(number.to_string());
            one
        })
        .collect();
    let report = gate::check(with_vectors(bare("taobao-top"), &many)).await.unwrap();
    assert!(report.serves(), "{:?}", report.error);
}
