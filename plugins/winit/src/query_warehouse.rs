//! queryWarehouse 查询仓库代码: the account's warehouses. It takes nothing and changes nothing, so it serves to try the
//! account. Established by public clients, of which one names the vendor's page for it.

use stockbridge_connector::{Effect, Error, Host};

use crate::gateway;

/// The method's name.
const ACTION: &str = "queryWarehouse";

/// It takes no fields.
#[derive(serde::Serialize)]
struct Data {}

/// Asks, and looks at nothing but whether Winit answered.
pub(crate) fn check(host: &impl Host) -> Result<(), Error> {
    let answer = gateway::send(host, ACTION, &Data {}, Effect::Read)?;
    gateway::read(&answer)?;
    Ok(())
}
