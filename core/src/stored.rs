//! What the stored forms of results share.

use crate::error::{Error, Result};

/// Version of the stored form of every result; raised when a form changes.
pub(crate) const VERSION: u32 = 1;

/// Refuses the form of another version of the library; `what` is the object that was to be read.
pub(crate) fn check_version(what: &'static str, version: u32) -> Result<()> {
    if version == VERSION {
        return Ok(());
    }
    Err(invalid(what, format!("version {version} is not known, this library reads version {VERSION}")))
}

pub(crate) fn invalid(what: &'static str, reason: impl Into<String>) -> Error {
    Error::Deserialize { what, reason: reason.into() }
}
