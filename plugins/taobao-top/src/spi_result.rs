//! Answer of the service behind TOP: success, or an error with its reason.

use stockbridge_connector::json::Scalar;
use stockbridge_connector::object::Fields;
use stockbridge_connector::reader::{Raw, ReadError, Reader};

/// The service's result.
#[derive(Default)]
pub(crate) struct SpiResult<'a> {
    /// 是否成功: `true` or `"true"`.
    pub(crate) success: Scalar<'a>,
    /// 接口错误码.
    pub(crate) error_code: Option<Raw<'a>>,
    /// 接口错误描述.
    pub(crate) error_message: Option<Raw<'a>>,
}

impl SpiResult<'_> {
    /// The error's fields unchanged: in the page's own example of a success they are filled.
    pub(crate) fn error_fields(&self) -> impl Iterator<Item = (String, String)> {
        [("error_code", self.error_code), ("error_message", self.error_message)]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.0.to_owned())))
    }
}

impl<'a> Fields<'a> for SpiResult<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "success" => self.success = value.read()?,
            "error_code" => self.error_code = value.read()?,
            "error_message" => self.error_message = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}
