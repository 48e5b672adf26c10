//! What it costs to load a connector: compiled, out of the compile cache with all that is verified, and out of the cache
//! as a host loads it, with an instance that is asked what it is. Bytes stand beside.
//!
//! `cargo xtask connectors && cargo bench -p stockbridge --bench cache`

#![allow(missing_docs, clippy::expect_used)] // A bench reports; it has no callers.

#[allow(dead_code, reason = "the calls of the other benches")]
mod support;

use std::fs;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use stockbridge::measure::Loading;
use tokio::runtime::Builder;

const CONNECTORS: [&str; 4] = ["wdt-flagship", "wdt-enterprise", "taobao-top", "winit"];

fn load(criterion: &mut Criterion) {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let directory = tempfile::tempdir().expect("a directory");
    for name in CONNECTORS {
        let component = support::connector(name);
        let cache = directory.path().join(name);
        let loading = runtime.block_on(Loading::new(component.clone(), cache.clone())).expect("a connector");
        let size = |path| fs::metadata(path).expect("a file").len();
        let entry = fs::read_dir(&cache).expect("the cache").next().expect("an entry").expect("an entry").path();
        println!("{name}: a component of {} bytes, an entry of {} bytes", size(component), size(entry));

        let mut group = criterion.benchmark_group(name);
        group.bench_function("cached load, verified", |bencher| {
            bencher.iter_custom(|times| {
                runtime.block_on(async {
                    let mut taken = Duration::ZERO;
                    for _ in 0..times {
                        let begun = Instant::now();
                        let loaded = loading.cached().await;
                        taken += begun.elapsed();
                        assert!(loaded.is_some());
                    }
                    taken
                })
            });
        });
        group.bench_function("cached load, verified, linked and asked what it is", |bencher| {
            bencher.iter_custom(|times| {
                runtime.block_on(async {
                    let begun = Instant::now();
                    for _ in 0..times {
                        loading.load().await.expect("a connector");
                    }
                    begun.elapsed()
                })
            });
        });
        group.sample_size(10).measurement_time(Duration::from_secs(3));
        group.bench_function("compiled", |bencher| bencher.iter(|| loading.compile().expect("a connector")));
        group.finish();
    }
}

criterion_group!(benches, load);
criterion_main!(benches);
