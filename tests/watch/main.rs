//! A host that follows its files: changes on disk are applied, under continuous calls.

mod half_saved;
mod scene;

use std::fs;
use std::time::Duration;

use stockbridge::{Applied, Config, ErrorClass, Event};
use stockbridge_tests::{Log, Provider, query};
use tokio::task::LocalSet;
use tracing::Level;

use scene::{Load, Scene, another_version, furnish, replace};

fn reconfigured(applied: &Applied) -> bool {
    applied.reconfigured == ["wms"] && applied.swapped.is_empty() && applied.added.is_empty()
}

#[tokio::test]
async fn an_edited_configuration_is_taken_over_while_calls_go_on() {
    LocalSet::new()
        .run_until(async {
            let mut scene = Scene::plain().await;
            let load = Load::on(scene.account());
            for deadline in ["limits.deadline-ms = 20000", "limits.deadline-ms = 30000"] {
                load.assert_calls_succeed().await;
                scene.configure(deadline);
                assert!(reconfigured(&scene.applied().await));
            }
            let second = "[accounts.second]\nconnector = \"connector.wasm\"\nsettings.sid = \"s\"\nsettings.appkey = \
                          \"k\"\nsecrets.secret = { file = \"secret\" }\n";
            scene.configure(&format!("limits.deadline-ms = 30000\n{second}"));
            let applied = scene.applied().await;
            assert_eq!((applied.added, applied.reconfigured), (vec!["second".to_owned()], vec![]));
            scene.configure("limits.deadline-ms = 30000");
            assert!(matches!(scene.event().await, Event::RemovalPending { .. }));
            assert_eq!(scene.applied().await.removed, ["second"]);
            load.assert_calls_succeed().await;
        })
        .await;
}

#[tokio::test]
async fn a_component_that_is_put_in_the_place_of_another_serves_while_calls_go_on() {
    LocalSet::new()
        .run_until(async {
            let mut scene = Scene::plain().await;
            let before = scene.host.status()[0].digest;
            let load = Load::on(scene.account());
            load.assert_calls_succeed().await;
            replace(&scene.path("connector.wasm"), another_version());
            assert_eq!(scene.applied().await.swapped, ["wms"]);
            assert_ne!(scene.host.status()[0].digest, before);
            load.assert_calls_succeed().await;
        })
        .await;
}

#[tokio::test]
async fn a_component_that_is_cut_off_serves_nobody_and_is_mended_by_a_whole_one() {
    let mut scene = Scene::plain().await;
    let before = scene.host.status()[0].digest;
    let whole = another_version();
    fs::write(scene.path("connector.wasm"), &whole[..whole.len() / 2]).unwrap();
    assert!(scene.refused().await.contains("connector.wasm"));
    assert_eq!(scene.host.status()[0].digest, before);
    fs::write(scene.path("connector.wasm"), &whole).unwrap();
    assert_eq!(scene.applied().await.swapped, ["wms"]);
}

#[tokio::test]
async fn a_wrong_configuration_changes_nothing_and_is_told_once_with_its_place_and_what_to_do() {
    let mut scene = Scene::plain().await;
    let log = Log::listen();
    scene.configure("limits.rows = 0");
    let reason = scene.refused().await;
    let place = format!("{}:8:15: accounts.wms.limits.rows: ", scene.path("stockbridge.toml").display());
    assert!(reason.starts_with(&place), "{reason}");
    assert!(reason.ends_with("is no whole number above 0; write one, without a unit"), "{reason}");
    scene.account().query(query(Provider::WdtEnterprise).unwrap()).await.unwrap();

    // Another file is changed, and the mistake remains; then it is corrected.
    fs::write(scene.path("secret"), "demo-secret").unwrap();
    replace(&scene.path("connector.wasm"), another_version());
    tokio::time::sleep(Duration::from_millis(500)).await;
    scene.configure("");
    assert_eq!(scene.applied().await.swapped, ["wms"]);

    let events = log.events().into_iter().filter(|event| event.target.starts_with("stockbridge::watch"));
    let logged: Vec<_> = events.map(|event| (event.level, event.field("error").map(str::to_owned))).collect();
    assert_eq!(logged, [(Level::ERROR, Some(reason)), (Level::INFO, None)]);
}

#[tokio::test]
async fn a_secret_is_rotated_by_writing_its_file() {
    let mut scene = Scene::plain().await;
    let ask = || query(Provider::WdtEnterprise).unwrap();
    let account = scene.account();
    account.query(ask()).await.unwrap();
    for (secret, class) in [("another-secret", Some(ErrorClass::Unauthorized)), ("demo-secret", None)] {
        replace(&scene.path("secret"), secret);
        assert!(reconfigured(&scene.applied().await));
        assert_eq!(account.query(ask()).await.err().map(|error| error.class()), class);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_mounted_volume_whose_revision_is_swapped_is_taken_over() {
    use std::os::unix::fs::symlink;

    const FILES: [&str; 3] = ["stockbridge.toml", "secret", "connector.wasm"];
    let mut scene = Scene::furnished("stockbridge.toml", |directory, url| {
        fs::create_dir(directory.join("..1")).unwrap();
        furnish(&directory.join("..1"), url, "");
        symlink("..1", directory.join("..data")).unwrap();
        for file in FILES {
            symlink(format!("..data/{file}"), directory.join(file)).unwrap();
        }
    })
    .await;
    fs::create_dir(scene.path("..2")).unwrap();
    furnish(&scene.path("..2"), &scene.simulator.url(), "limits.deadline-ms = 20000");
    symlink("..2", scene.path("..data_tmp")).unwrap();
    fs::rename(scene.path("..data_tmp"), scene.path("..data")).unwrap();
    fs::remove_dir_all(scene.path("..1")).unwrap();
    assert!(reconfigured(&scene.applied().await));
}

#[tokio::test]
async fn a_watch_that_is_dropped_follows_no_more() {
    let mut scene = Scene::plain().await;
    drop(scene.watch.take());
    scene.configure("limits.deadline-ms = 20000");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let config = Config::from_file(scene.path("stockbridge.toml")).unwrap();
    // The change is still to be applied.
    assert!(reconfigured(&scene.host.apply(config).await.unwrap()));
    assert!(reconfigured(&scene.applied().await));
}
