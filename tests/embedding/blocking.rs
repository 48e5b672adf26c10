//! Work off the runtime's threads: its log events reach the subscriber of the thread that asked for it.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use stockbridge::Host;
use tracing::{Event, Metadata, Subscriber, span};

/// Counts events of configurations.
struct Warnings(Arc<AtomicUsize>);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "stockbridge::config"
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// A secret's file that everybody can read is warned of while the configuration is read, on the blocking pool.
#[tokio::test]
async fn what_reading_a_configuration_logs_reaches_the_subscriber_of_the_callers_thread() {
    let directory = tempfile::tempdir().unwrap();
    let (secret, config) = (directory.path().join("secret"), directory.path().join("stockbridge.toml"));
    std::fs::write(&secret, "the-secret").unwrap();
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::write(&config, "[accounts.wms]\nconnector = \"none.wasm\"\nsecrets.secret = { file = \"secret\" }\n")
        .unwrap();
    let warnings = Arc::new(AtomicUsize::new(0));
    let _here = tracing::subscriber::set_default(Warnings(warnings.clone()));
    Host::from_file(config).await.unwrap_err();
    assert_eq!(warnings.load(Ordering::Relaxed), 1);
}
