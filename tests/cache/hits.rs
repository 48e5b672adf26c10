//! What was compiled is there at the next start.

use stockbridge_tests::Provider;

use crate::scene::{Place, came, restart, start, started};

#[tokio::test]
async fn what_a_host_compiled_the_next_one_finds() {
    let place = Place::new();
    assert_eq!(came(&start(place.cache()).await), (1, 0));
    let entry = place.entry();
    assert_eq!(restart(&place.cache()).await, (0, 1));
    assert_eq!(place.entry(), entry);
}

#[tokio::test]
async fn each_of_the_four_connectors_is_found() {
    let place = Place::new();
    assert_eq!(came(&started(&Provider::ALL, place.cache()).await.unwrap()), (4, 0));
    assert_eq!(place.files().len(), 4);
    assert_eq!(came(&started(&Provider::ALL, place.cache()).await.unwrap()), (0, 4));
}
