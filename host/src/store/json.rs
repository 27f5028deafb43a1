//! Values of ours that are kept as JSON: open lists, which no query looks into.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;

pub(super) fn to_text(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Sqlite(rusqlite::Error::ToSqlConversionFailure(Box::new(error))))
}

/// What we wrote and cannot read again was damaged.
pub(super) fn from_text<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Damaged(format!("a stored record is not readable: {error}")))
}
