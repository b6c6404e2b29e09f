//! The one place where errors become Python exceptions.
//!
//! The exception classes live in `crm_value/errors.py`, because several of them have two bases; they are raised from here by import.

use crm_value::{Error, ErrorKind, TimeUnit};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Whatever can go wrong in a function of this module.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The core refused.
    Core(Box<Error>),
    /// Python raised.
    Python(PyErr),
}

/// Results of functions that Python calls.
pub(crate) type Outcome<T> = Result<T, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Core(Box::new(error))
    }
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Failure::Python(error)
    }
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Python(error) => error,
            Failure::Core(error) => Python::attach(|py| exception(py, &error).unwrap_or_else(|error| error)),
        }
    }
}

fn exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let from_kind = py.import("crm_value.errors")?.getattr("from_kind")?;
    let value = from_kind.call1((error.kind().name(), error.to_string(), fields(py, error)?))?;
    Ok(PyErr::from_value(value))
}

/// A field of an error as a Python value.
trait Field {
    fn set(&self, fields: &Bound<'_, PyDict>, name: &str) -> PyResult<()>;
}

macro_rules! plain_fields {
    ($($kind:ty),+) => { $(
        impl Field for $kind {
            fn set(&self, fields: &Bound<'_, PyDict>, name: &str) -> PyResult<()> {
                fields.set_item(name, self)
            }
        }
    )+ };
}
plain_fields!(String, &'static str, usize, u32, i64, f64);

impl Field for TimeUnit {
    fn set(&self, fields: &Bound<'_, PyDict>, name: &str) -> PyResult<()> {
        fields.set_item(name, self.name())
    }
}

macro_rules! set_fields {
    ($error:expr, $fields:expr, $($kind:ident { $($field:ident),* })+) => {
        match $error {
            $(Error::$kind { $($field),* } => { $(Field::set($field, $fields, stringify!($field))?;)* })+
            // A kind that a newer core adds: its message still says everything.
            _ => {}
        }
    };
}

fn fields<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyDict>> {
    let fields = PyDict::new(py);
    set_fields! { error, &fields,
        Empty { what }
        LengthMismatch { column, actual, reference, expected }
        NonFinite { column, row, value }
        Missing { column, row }
        UnparsableDate { column, row, value }
        DateOutOfRange { column, row, value, unit }
        EndBeforeFirstPurchase { end, first }
        EmptyHoldout { calibration_end, holdout_end }
        NoPurchases { rows, dropped, column }
        NoRepeatPurchases { model, customers }
        RecencyExceedsAge { column, row, recency, age }
        InconsistentRecency { column, row, recency, frequency }
        Negative { column, row, value }
        NotACount { column, row, value }
        NotPositive { column, row, value }
        Refund { column, row, value }
        ZeroAmount { column, row }
        DuplicateRow { customer, date, count }
        DuplicateCustomer { customer }
        UnitMismatch { left, left_unit, right, right_unit }
        DiscountRate { value }
        UnboundedValue { value }
        Horizon { what, value }
        Interval { from, to }
        InvalidParameter { model, parameter, value, requirement }
        InvalidOption { option, value, requirement }
        UnknownParameter { option, value, model, available }
        UndefinedMean { q }
        Bins { bins }
        CutPoints { index, value }
        Share { what, value }
        TierBounds { index, value }
        TotalNotPositive { total }
        SegmentTable { reason }
        UnknownColumn { column, available }
        WrongType { column, actual, expected }
        MissingColumn { what, column, advice }
        TooLarge { what, rows }
        NotFinite { model }
        Cancelled {}
        Deserialize { what, reason }
        UnknownCustomer { column, row, customer, table }
        SelfReferral { column, row, customer }
        ReferralLoop { column, row, customer, length }
        Undefined { measure, reason }
        Labels { reason }
        LogSum { column, row, value, largest, frequency }
        ConstantColumn { column, value }
        CollinearColumns { column, others }
        DuplicateColumn { column }
        MissingCovariates { model, covariates }
        CustomerNotFound { customer, table }
        Unsorted { column, row, value, previous }
    }
    Ok(fields)
}

/// Gives the columns in an error the names that the user gave them: `names` holds core's name and the user's.
pub(crate) fn in_user_names(mut error: Error, names: &[(&str, &str)]) -> Error {
    let rename = |column: &mut String| {
        if let Some((_, name)) = names.iter().find(|(core, _)| core == column) {
            (*name).clone_into(column);
        }
    };
    match &mut error {
        Error::LengthMismatch { column, reference, .. } => {
            rename(column);
            rename(reference);
        }
        Error::NonFinite { column, .. }
        | Error::Missing { column, .. }
        | Error::RecencyExceedsAge { column, .. }
        | Error::InconsistentRecency { column, .. }
        | Error::Negative { column, .. }
        | Error::NotACount { column, .. }
        | Error::NotPositive { column, .. }
        | Error::UnknownCustomer { column, .. }
        | Error::SelfReferral { column, .. }
        | Error::ReferralLoop { column, .. }
        | Error::LogSum { column, .. } => rename(column),
        _ => {}
    }
    error
}

/// The names of all error kinds, in the order of their codes.
#[pyfunction]
pub(crate) fn error_kinds() -> Vec<&'static str> {
    ErrorKind::ALL.iter().map(|kind| kind.name()).collect()
}

/// The error for a column that a table does not have.
#[pyfunction]
pub(crate) fn unknown_column(column: String, available: String) -> PyErr {
    Failure::from(Error::UnknownColumn { column, available }).into()
}
