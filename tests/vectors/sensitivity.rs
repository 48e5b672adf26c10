//! A signature depends on the secret and the time, no other part of a request depends on a secret, and no request reveals a
//! secret that is only for signing.

use stockbridge::Timestamp;
use stockbridge_tests::Provider;

use crate::vector::{Request, Vector, sent};

/// Differences between the first requests of two vectors.
async fn differences(vector: &Vector, changed: Vector) -> Vec<String> {
    let sent = sent(&[vector.clone(), changed]).await;
    let [before, after] = [0, 1].map(|place: usize| Request::read(vector.provider, &sent[place][0]));
    before.differs_in(&after).into_iter().map(str::to_owned).collect()
}

/// Differences in the request with another secret.
async fn changed_by_secret(vector: &Vector, name: &str) -> Vec<String> {
    let mut changed = vector.clone();
    changed.secrets.get_mut(name).unwrap().push('x');
    differences(vector, changed).await
}

/// Differences in the request this much later.
async fn changed_by_time(vector: &Vector, milliseconds: i64) -> Vec<String> {
    let mut changed = vector.clone();
    changed.clock = Timestamp::from_millis(vector.clock.as_millis() + milliseconds);
    differences(vector, changed).await
}

#[tokio::test]
async fn another_secret_gives_wdt_flagship_another_signature_and_changes_nothing_else() {
    let vector = &Vector::all(Provider::WdtFlagship)[0];
    assert_eq!(changed_by_secret(vector, "secret").await, ["query sign"]);
    assert_eq!(changed_by_time(vector, 1000).await, ["query sign", "query timestamp"]);
}

#[tokio::test]
async fn another_secret_gives_wdt_enterprise_another_signature_and_changes_nothing_else() {
    let vector = &Vector::all(Provider::WdtEnterprise)[0];
    assert_eq!(changed_by_secret(vector, "secret").await, ["form sign"]);
    assert_eq!(changed_by_time(vector, 1000).await, ["form sign", "form timestamp"]);
}

#[tokio::test]
async fn another_secret_gives_taobao_top_another_signature_by_each_method() {
    let vectors = Vector::all(Provider::TaobaoTop);
    for sign_method in ["md5", "hmac", "hmac-sha256"] {
        let with_session =
            |vector: &&Vector| vector.settings["sign_method"] == sign_method && vector.secrets.contains_key("session");
        let vector = vectors.iter().find(with_session).unwrap();
        assert_eq!(changed_by_secret(vector, "secret").await, ["form sign"], "{sign_method}");
        assert_eq!(changed_by_secret(vector, "session").await, ["form session", "form sign"], "{sign_method}");
        assert_eq!(changed_by_time(vector, 1000).await, ["form sign", "form timestamp"], "{sign_method}");
    }
}

#[tokio::test]
async fn winit_signs_with_the_token_and_apart_from_it_with_the_clients_secret() {
    let vector = &Vector::all(Provider::Winit)[0];
    assert_eq!(changed_by_secret(vector, "token").await, ["envelope sign"]);
    assert_eq!(changed_by_secret(vector, "client_secret").await, ["envelope client_sign"]);
    let by_time = changed_by_time(vector, 1000).await;
    assert_eq!(by_time, ["envelope client_sign", "envelope sign", "envelope timestamp"]);
}

/// A timestamp has seconds: fractions are truncated, not rounded, so that it is never in the future. The vectors' clock shows the
/// last millisecond of a second.
#[tokio::test]
async fn milliseconds_change_nothing_in_a_request() {
    for provider in Provider::ALL {
        let vector = &Vector::all(provider)[1];
        assert_eq!(changed_by_time(vector, -999).await, [""; 0], "{}", provider.name());
    }
}

/// Plain, in hexadecimal, in base64, URL-encoded and as JSON, in the raw request and in its decoded parts. TOP's session, which
/// has to be sent, is not among these secrets.
#[tokio::test]
async fn no_request_holds_a_signing_secret_in_any_encoding() {
    for provider in Provider::ALL {
        let vectors = Vector::all(provider);
        for (vector, sent) in vectors.iter().zip(sent(&vectors).await) {
            assert!(!vector.never_sent.is_empty(), "{}", vector.name);
            for sent in sent {
                let parts = Request::read(provider, &sent);
                let headers = sent.headers.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
                let texts: Vec<_> =
                    parts.values().chain(headers).chain([sent.url.as_str(), sent.body.as_str()]).collect();
                if let Some(session) = vector.secrets.get("session") {
                    assert!(texts.contains(&session.as_str()), "{}: the sent session is not found", vector.name);
                }
                for secret in &vector.never_sent {
                    let found = texts.iter().find(|text| text.contains(secret.as_str()));
                    assert_eq!(found, None, "{}: {} sends {secret}", provider.name(), vector.name);
                }
            }
        }
    }
}
