//! The simulated providers.

use serde::{Deserialize, Serialize};

/// A provider's gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Gateway {
    /// 旺店通旗舰版, `/openapi`
    WdtFlagship,
    /// 旺店通企业版, `/openapi2/<method>.php`
    WdtEnterprise,
    /// Taobao Open Platform, `/router/rest`
    TaobaoTop,
    /// 万邑通, `/openapi/service`
    Winit,
}
