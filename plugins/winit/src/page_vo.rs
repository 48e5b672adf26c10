//! pageVo and pageParams: paging of Winit's newer queries.

use serde::Serialize;
use stockbridge_connector::{
    json::Scalar,
    object::Fields,
    reader::{ReadError, Reader},
};

/// 分页参数 of a request.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageVo {
    /// From 1.
    pub(crate) page_no: u32,
    pub(crate) page_size: u32,
}

/// 分页参数 of an answer.
#[derive(Default)]
pub(crate) struct PageParams<'a> {
    /// 总条数.
    pub(crate) total_count: Scalar<'a>,
}

impl<'a> Fields<'a> for PageParams<'a> {
    fn read(&mut self, name: &str, value: &mut Reader<'a>) -> Result<bool, ReadError> {
        match name {
            "totalCount" => self.total_count = value.read()?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}
