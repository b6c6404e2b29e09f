//! The period review. Tables of a few rows go over as JSON.

use std::sync::Arc;

use crm_value as core;
use numpy::PyArray1;
use pyo3::prelude::*;

use crate::concentration::TierTable;
use crate::convert;
use crate::errors::Outcome;
use crate::interrupt;
use crate::summary::Log;

/// The default options in their stored form.
#[pyfunction]
pub(crate) fn default_review_options() -> Outcome<String> {
    convert::store(&core::ReviewOptions::default())
}

/// Two periods side by side.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct Review(core::PeriodReview);

#[pymethods]
impl Review {
    #[staticmethod]
    fn of_log(py: Python<'_>, log: &Bound<'_, Log>, first: (String, String), second: (String, String), options: &str) -> Outcome<Self> {
        let options: core::ReviewOptions = convert::stored("review options", options)?;
        let period =
            |option, (from, to): &(String, String)| Ok::<_, core::Error>((convert::date(option, from)?, convert::date(option, to)?));
        let (first, second) = (period("first", &first)?, period("second", &second)?);
        let log = Arc::clone(&log.get().0);
        let work = move || core::PeriodReview::of(&log, first, second, &options);
        Ok(Review(interrupt::watched(py, None, move |_| work())??))
    }

    #[staticmethod]
    #[pyo3(signature = (value_1, value_2, known_before, options))]
    fn of_columns(value_1: Vec<Option<f64>>, value_2: Vec<Option<f64>>, known_before: Option<Vec<bool>>, options: &str) -> Outcome<Self> {
        let options: core::ReviewOptions = convert::stored("review options", options)?;
        Ok(Review(core::PeriodReview::from_columns(&value_1, &value_2, known_before.as_deref(), &options)?))
    }

    #[getter]
    fn ids<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0.ids().map(|ids| convert::ids(py, ids)).transpose()
    }

    #[getter]
    fn movements(&self) -> Vec<&'static str> {
        self.0.movements().iter().map(|movement| movement.name()).collect()
    }

    fn values<'py>(&self, py: Python<'py>, period: usize) -> Bound<'py, PyArray1<f64>> {
        convert::array(py, self.0.values(period).to_vec())
    }

    /// The tier of every customer; `None` who was not there.
    fn tier_of(&self, period: usize) -> Vec<Option<i64>> {
        self.0.migration().tier_of(period).iter().map(|tier| tier.map(i64::from)).collect()
    }

    /// The tiers of a period; nothing for other periods.
    fn tiers(&self, period: usize) -> Option<TierTable> {
        self.0.migration().tiers(period).cloned().map(TierTable)
    }

    fn bridge(&self) -> Outcome<String> {
        convert::store(&self.0.bridge())
    }

    fn summaries(&self) -> Outcome<String> {
        convert::store(&self.0.summaries())
    }

    fn periods(&self) -> Outcome<String> {
        convert::store(&self.0.periods())
    }

    fn top_tier(&self) -> Outcome<String> {
        convert::store(&self.0.top_tier())
    }

    /// Number of tiers, and the cells of the migration matrix row by row: customers, value then, value now.
    fn migration(&self) -> (usize, Vec<(usize, f64, f64)>) {
        let migration = self.0.migration();
        let places = (0..migration.rows()).flat_map(|row| (0..migration.columns()).map(move |column| (row, column)));
        (migration.len(), places.filter_map(|(row, column)| migration.cell(row, column)).collect())
    }

    /// Value at risk, and its share.
    fn value_at_risk(&self, period: usize, p_alive: &Bound<'_, PyAny>) -> Outcome<(f64, Option<f64>)> {
        let at_risk = self.0.value_at_risk(period, &convert::numbers("p_alive", p_alive)?)?;
        Ok((at_risk.value, at_risk.share))
    }
}
