//! A client of the enterprise edition.

use serde_json::Value;
use stockbridge_simulator::Simulator;

use super::{NOW, changed, form, md5, pairs, send};

pub(crate) async fn call(sim: &Simulator, method: &str, parameters: &[(&str, &str)]) -> Value {
    call_counting(sim, method, parameters, |text| text.chars().count()).await
}

/// Signs with lengths in that unit.
pub(crate) async fn call_counting(
    sim: &Simulator,
    method: &str,
    parameters: &[(&str, &str)],
    length: impl Fn(&str) -> usize,
) -> Value {
    let timestamp = NOW.to_string();
    let common = pairs(&[("sid", "demo-sid"), ("appkey", "demo-key"), ("timestamp", &timestamp)]);
    let mut all = changed(common, parameters);
    all.sort();
    let parts: Vec<_> =
        all.iter().map(|(name, value)| format!("{:02}-{name}:{:04}-{value}", length(name), length(value))).collect();
    all.push(("sign".to_owned(), md5(&format!("{}demo-secret", parts.join(";")))));
    post(sim, method, &form(&all)).await
}

pub(crate) async fn post(sim: &Simulator, method: &str, body: &str) -> Value {
    let target = format!("/openapi2/{method}.php");
    send(sim, "POST", &target, "application/x-www-form-urlencoded", body).await.json()
}

pub(crate) fn failure(code: i64, message: &str) -> Value {
    serde_json::json!({"code": code, "message": message})
}
