//! The real connectors' requests equal those of independent code, byte for byte in signed parts.

use stockbridge_tests::Provider;

use crate::vector::{Request, Vector, sent};

async fn sends_what_was_computed(provider: Provider) {
    let vectors = Vector::all(provider);
    for (vector, sent) in vectors.iter().zip(sent(&vectors).await) {
        let sent: Vec<_> = sent.iter().map(|sent| Request::read(provider, sent)).collect();
        assert_eq!(sent, vector.requests, "{}: {} (left: sent, right: computed)", provider.name(), vector.name);
    }
}

#[tokio::test]
async fn wdt_flagship_sends_what_was_computed_from_its_pages() {
    sends_what_was_computed(Provider::WdtFlagship).await;
}

#[tokio::test]
async fn wdt_enterprise_sends_what_was_computed_from_its_page() {
    sends_what_was_computed(Provider::WdtEnterprise).await;
}

#[tokio::test]
async fn taobao_top_sends_what_was_computed_from_its_page() {
    sends_what_was_computed(Provider::TaobaoTop).await;
}

#[tokio::test]
async fn winit_sends_what_was_computed_from_its_page() {
    sends_what_was_computed(Provider::Winit).await;
}
