//! The stored form of the models: small, versioned, without customer data, checked again on reading.

use crate::error::{Error, Result};

/// Version of the stored form of every model; raised when a form changes.
pub(super) const VERSION: u32 = 1;

pub(super) fn check(what: &'static str, model: &str, version: u32) -> Result<()> {
    if model != what {
        return Err(Error::Deserialize { what, reason: format!("it holds a {model} model") });
    }
    if version != VERSION {
        return Err(Error::Deserialize { what, reason: format!("version {version} is not version {VERSION}") });
    }
    Ok(())
}

/// Defines the private type `Stored` of a model in whose module it is used: its name, the version, and the fields in the order of `new`.
macro_rules! stored_form {
    ($model:ident { $($field:ident: $type:ty),+ $(,)? }) => {
        #[derive(serde::Serialize, serde::Deserialize)]
        struct Stored {
            model: String,
            version: u32,
            $($field: $type),+
        }

        impl From<$model> for Stored {
            fn from(model: $model) -> Self {
                Stored { model: NAME.to_owned(), version: super::stored::VERSION, $($field: model.$field),+ }
            }
        }

        impl TryFrom<Stored> for $model {
            type Error = crate::error::Error;
            fn try_from(stored: Stored) -> crate::error::Result<Self> {
                super::stored::check(NAME, &stored.model, stored.version)?;
                $model::new($(stored.$field),+)
            }
        }
    };
}
pub(super) use stored_form;
