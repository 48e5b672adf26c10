//! A clock that is set while a write waits: the host's own waits use a clock that cannot be set.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use stockbridge::{Host, HostBuilder, Timestamp};
use stockbridge_tests::{How, LookUp};

use crate::scene::{Scene, account, applied, order, until};

const SECOND: Duration = Duration::from_secs(1);
const YEARS: i64 = 10 * 365 * 24 * 60 * 60 * 1000;

/// A wall clock with an error that a test controls, in milliseconds.
#[derive(Clone, Default)]
struct Wall(Arc<AtomicI64>);

impl Wall {
    fn set(&self, off: i64) {
        self.0.store(off, Ordering::SeqCst);
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(Timestamp::now().as_millis() + self.0.load(Ordering::SeqCst))
    }

    fn builder(&self, first: Duration, longest: Duration) -> HostBuilder {
        let wall = self.clone();
        Host::builder().recovery_waits(first, longest).wall_clock(move || wall.now())
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_by_years_holds_no_look_up_up() {
    let scene = Scene::new("traceable");
    scene.provider.writes_go(|_| How::DroppedAfter);
    let wall = Wall::default();
    let host = wall.builder(SECOND, SECOND).build(scene.config()).await.unwrap();
    account(&host).transfer(order()).await.unwrap_err();
    wall.set(-YEARS);
    let started = Instant::now();
    until(&host, "applied", applied).await;
    assert!(started.elapsed() < 10 * SECOND, "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_host_that_starts_under_a_clock_that_is_wrong_by_years_waits_as_long_as_was_meant() {
    for off in [-YEARS, YEARS] {
        let scene = Scene::new("traceable");
        scene.provider.writes_go(|_| How::DroppedAfter);
        let before = Wall::default();
        let host = before.builder(2 * SECOND, 2 * SECOND).build(scene.config()).await.unwrap();
        account(&host).transfer(order()).await.unwrap_err();
        host.shutdown(5 * SECOND).await.unwrap();

        let after = Wall::default();
        after.set(off);
        let host = after.builder(2 * SECOND, 2 * SECOND).build(scene.config()).await.unwrap();
        let started = Instant::now();
        until(&host, "applied", applied).await;
        assert!(started.elapsed() < 10 * SECOND, "{off}: {:?}", started.elapsed());
    }
}

#[tokio::test]
async fn what_was_planned_under_a_clock_far_ahead_is_not_waited_for_until_then() {
    let scene = Scene::new("traceable");
    scene.provider.writes_go(|_| How::DroppedAfter);
    let wall = Wall::default();
    wall.set(YEARS);
    let host = wall.builder(2 * SECOND, 2 * SECOND).build(scene.config()).await.unwrap();
    account(&host).transfer(order()).await.unwrap_err();
    host.shutdown(5 * SECOND).await.unwrap();

    let host = Wall::default().builder(2 * SECOND, 2 * SECOND).build(scene.config()).await.unwrap();
    let started = Instant::now();
    until(&host, "applied", applied).await;
    assert!(started.elapsed() < 10 * SECOND, "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_clock_that_jumps_forward_again_and_again_brings_no_storm_of_look_ups() {
    let scene = Scene::new("traceable");
    scene.provider.writes_go(|_| How::DroppedAfter);
    scene.provider.look_ups_go(|_| LookUp::Working(SECOND / 2));
    let wall = Wall::default();
    let host = wall.builder(SECOND / 2, SECOND / 2).build(scene.config()).await.unwrap();
    let order = order();
    account(&host).transfer(order.clone()).await.unwrap_err();
    let started = Instant::now();
    while started.elapsed() < 3 * SECOND {
        wall.set(wall.0.load(Ordering::SeqCst) + 60_000);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let look_ups = scene.provider.kept(order.reference.as_str()).look_ups;
    assert!((1..=8).contains(&look_ups), "{look_ups}");
}
