//! The data-quality report.

use crm_value as core;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use crate::convert;
use crate::errors::Outcome;
use crate::time::restored;

macro_rules! data_quality {
    ($($(#[doc = $doc:literal])+ $name:ident: $kind:ty),+ $(,)?) => {
        /// What was found in the rows of a transaction log and what was done about it.
        ///
        /// Nothing is lost in silence: `rows_read` is `rows_used` plus `rows_dropped`, and every policy counts what it did. Rows and
        /// customers after the observation end are counted once a summary is made.
        #[pyclass(frozen, eq, module = "crm_value._core")]
        #[derive(Debug, PartialEq)]
        pub(crate) struct DataQuality(pub(crate) core::DataQuality);

        #[pymethods]
        impl DataQuality {
            $($(#[doc = $doc])+ #[getter] fn $name(&self) -> $kind { self.0.$name })+

            /// Rows that did not enter the log.
            #[getter]
            fn rows_dropped(&self) -> usize {
                self.0.rows_dropped()
            }

            /// First day with a used row.
            #[getter]
            fn first_date<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
                self.0.first_date.map(|date| convert::python_date(py, date)).transpose()
            }

            /// Last day with a used row.
            #[getter]
            fn last_date<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
                self.0.last_date.map(|date| convert::python_date(py, date)).transpose()
            }

            /// All counts by name, with dates as `datetime.date`.
            fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
                let dict = PyDict::new(py);
                $(dict.set_item(stringify!($name), self.0.$name)?;)+
                dict.set_item("rows_dropped", self.rows_dropped())?;
                dict.set_item("first_date", self.first_date(py)?)?;
                dict.set_item("last_date", self.last_date(py)?)?;
                Ok(dict)
            }

            /// The stored form as JSON.
            fn to_json(&self) -> Outcome<String> {
                convert::store(&self.0)
            }

            /// Reads the stored form.
            #[classmethod]
            fn from_json(_cls: &Bound<'_, PyType>, json: &str) -> Outcome<Self> {
                Ok(DataQuality(convert::stored("data-quality report", json)?))
            }

            fn __repr__(&self) -> String {
                self.0.to_string().trim_end().to_owned()
            }

            fn _repr_html_(&self) -> String {
                let lines = self.0.lines().into_iter().map(|(label, text)| vec![label.to_owned(), text]);
                let head = vec!["what".to_owned(), "how much".to_owned()];
                convert::html_table("Data quality", &std::iter::once(head).chain(lines).collect::<Vec<_>>())
            }

            fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Outcome<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
                restored(slf.as_any(), slf.get().to_json()?)
            }
        }
    };
}

data_quality! {
    /// Rows in the input.
    rows_read: usize,
    /// Rows that entered the log.
    rows_used: usize,
    /// Rows dropped because an id, date, amount or margin was missing.
    dropped_missing: usize,
    /// Rows dropped because an amount or margin was infinite, or a date out of range or unreadable.
    dropped_invalid: usize,
    /// Rows with a negative amount (refunds), netted or dropped by policy.
    refund_rows: usize,
    /// Sum of the negative amounts, as a negative number of money.
    refund_amount: f64,
    /// Refund rows dropped by policy.
    dropped_refunds: usize,
    /// Rows with amount 0.
    zero_rows: usize,
    /// Zero rows dropped by policy.
    dropped_zeros: usize,
    /// Rows that repeat another row of the same customer, day, amount and margin.
    duplicate_rows: usize,
    /// Duplicate rows dropped by policy.
    dropped_duplicates: usize,
    /// Rows merged into another row of the same customer and day.
    same_day_merges: usize,
    /// Customer days whose net is not above 0 because of refunds.
    cancelled_days: usize,
    /// Purchase occasions (customer days with a purchase).
    occasions: usize,
    /// Customers with at least one purchase occasion.
    customers: usize,
    /// Customers left out because no purchase of theirs remains.
    customers_without_purchase: usize,
    /// Net amount of the customers left out, in money.
    amount_without_purchase: f64,
    /// Sum of all amounts that entered the log, in money.
    amount_used: f64,
    /// Sum of the finite amounts of dropped rows, in money.
    amount_dropped: f64,
    /// Rows after the observation end (known once a summary is made).
    after_end_rows: usize,
    /// Customers left out because their first purchase lies after the observation end (known once a summary is made).
    customers_after_end: usize,
}
