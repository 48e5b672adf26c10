//! queryWarehouse 查询仓库代码: the account's warehouses. It has no parameters and changes nothing, so it serves to test the
//! account. Established by public clients, one of which names the vendor's page for it.

use stockbridge_connector::{Effect, Error, Host};

use crate::gateway;

/// The method's name.
const ACTION: &str = "queryWarehouse";

/// It has no fields.
#[derive(serde::Serialize)]
struct Data {}

/// Sends the request, and checks only whether Winit answered with success.
pub(crate) fn check(host: &impl Host) -> Result<(), Error> {
    let answer = gateway::send(host, ACTION, &Data {}, Effect::Read)?;
    gateway::read(&answer)?;
    Ok(())
}
