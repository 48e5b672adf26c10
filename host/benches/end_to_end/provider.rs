//! Loopback provider in this process; all variants share its cost.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::post;
use stockbridge_connector::Host as _;
use stockbridge_connector::native::NativeHost;
use stockbridge_wdt_enterprise::signing;

/// Provider that answers every request with `body` after `delay`. Returns its URL.
pub(crate) async fn answering(body: &'static str, delay: Duration) -> String {
    let answer = move || async move {
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        json(body)
    };
    serve(Router::new().fallback(post(answer))).await
}

/// Provider that answers a valid signature with `body` and any other with an error. Returns its URL.
pub(crate) async fn verifying(body: &'static str) -> String {
    let answer = move |form: String| async move {
        let parameters: Vec<(String, String)> = url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        let sign = parameters.iter().find(|(name, _)| name == "sign").map(|(_, sign)| sign.as_str());
        let is_valid = sign == Some(&signature(&parameters));
        json(if is_valid { body } else { r#"{"code":2104,"message":"invalid signature"}"# })
    };
    serve(Router::new().fallback(post(answer))).await
}

/// Signature of the parameters, as computed by the connector.
fn signature(parameters: &[(String, String)]) -> String {
    let host = NativeHost::without_http().secret("secret", "demo-secret");
    let parameters: Vec<_> = parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let secret = host.required_secret("secret").expect("the secret");
    signing::sign(&host, secret, &parameters).expect("a signature")
}

fn json(body: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], body)
}

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address: SocketAddr = listener.local_addr().expect("its address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}
