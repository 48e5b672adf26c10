//! Cursors: the state that one page of a query passes to the next, as JSON text.
//!
//! The host binds a cursor to the account, the query and the component, so a cursor received here was made here, for the
//! same query.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, ErrorClass, Refused};

/// Reads the cursor of a query; the first page has none and starts at the default.
///
/// # Errors
/// The text is not a cursor of this connector.
pub fn read<C: DeserializeOwned + Default>(cursor: Option<&str>) -> Result<C, Refused> {
    cursor.map_or_else(
        || Ok(C::default()),
        |text| {
            serde_json::from_str(text).map_err(|_| {
                Refused::invalid("cursor", "this is not a cursor of this connector: start the query again without it")
            })
        },
    )
}

/// Writes the cursor of the next page.
///
/// # Errors
/// The cursor cannot be written as JSON, which is a fault of the connector.
pub fn write<C: Serialize>(cursor: &C) -> Result<String, Error> {
    serde_json::to_string(cursor).map_err(|error| Error::new(ErrorClass::Internal, error.to_string()))
}
