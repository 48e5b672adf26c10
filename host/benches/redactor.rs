//! What it costs to look for an account's secrets in an answer: ordinary ones, ones with many escapes, and the worst.
//!
//! `cargo bench -p stockbridge --bench redactor`

#![allow(missing_docs)] // A bench reports; it has no callers.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use stockbridge::Redactor;

/// The length of an answer, in bytes.
const LENGTH: usize = 32 * 1024;

/// What an account has: an app key, an appsecret, and a token of its own kind.
fn secrets() -> Vec<String> {
    let token: String = (0..40).map(|place| format!("{:02x}", place * 37 % 251)).collect();
    vec!["made-up-key-2611".to_owned(), "0f1e2d3c4b5a69788796a5b4c3d2e1f0".to_owned(), token]
}

fn redactor(secrets: &[String]) -> Redactor {
    Redactor::new(secrets.iter().map(|secret| ("secret".into(), secret.as_bytes())))
}

fn repeated(piece: &str) -> Vec<u8> {
    piece.repeat(LENGTH / piece.len()).into_bytes()
}

fn answers() -> Vec<(&'static str, Vec<String>, Vec<u8>)> {
    let row = r#"{"spec_no":"WDTPDA-BLACK007","warehouse_no":"001","stock_num":"120.0000","remark":"shelf 4, left"},"#;
    let escaped = r#"{"spec_no":"WDTPDA\/BLACK007","warehouse_name":"\u4e3b\u4ed3\u5e93","stock_num":"120.0000"},"#;
    let chinese =
        r#"{"spec_no":"WDTPDA-BLACK007","warehouse_name":"主仓库","goods_name":"条码打印机","stock_num":"120.0000"},"#;
    vec![
        ("rows of ASCII", secrets(), repeated(row)),
        ("rows with Chinese names", secrets(), repeated(chinese)),
        ("rows with escapes, as PHP writes them", secrets(), repeated(escaped)),
        ("one letter, which a secret repeats", vec!["a".repeat(2_000) + "b"], vec![b'a'; LENGTH]),
        (
            "a thousand secrets with one beginning",
            (0..1_000).map(|number| format!("one-beginning-{number:06}")).collect(),
            repeated("one-beginning-00 "),
        ),
    ]
}

fn an_answer(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("an answer of 32 KiB");
    group.throughput(Throughput::Bytes(LENGTH as u64));
    for (name, secrets, answer) in answers() {
        let redactor = redactor(&secrets);
        group.bench_function(name, |bencher| {
            bencher.iter_batched(|| answer.clone(), |answer| redactor.bytes(answer), BatchSize::LargeInput);
        });
    }
    group.finish();
    criterion.bench_function("getting ready for an account's secrets", |bencher| {
        let secrets = secrets();
        bencher.iter(|| redactor(&secrets));
    });
}

criterion_group!(redacting, an_answer);
criterion_main!(redacting);
