//! RFMR points: histories, the table of points, and what follows for mailings.

use std::sync::Arc;

use crm_value as core;
use crm_value::PointBands;
use numpy::PyArray1;
use pyo3::prelude::*;

use crate::convert::{self, Column, Role};
use crate::errors::{Outcome, in_user_names};
use crate::interrupt;

/// One row per customer for RFMR points.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct MailingHistory(pub(crate) Arc<core::RfmrHistory>);

#[pymethods]
impl MailingHistory {
    /// A history from columns; `names`: the user's names of id, months since last, recent orders, mean recent value and returns.
    #[staticmethod]
    #[pyo3(signature = (ids, months_since_last, recent_orders, mean_recent_value, returns, names))]
    fn from_columns(
        ids: Option<&Bound<'_, PyAny>>,
        months_since_last: &Bound<'_, PyAny>,
        recent_orders: &Bound<'_, PyAny>,
        mean_recent_value: &Bound<'_, PyAny>,
        returns: &Bound<'_, PyAny>,
        names: [String; 5],
    ) -> Outcome<Self> {
        let [id_name, months_name, orders_name, value_name, returns_name] = names.each_ref().map(String::as_str);
        let ids = ids.map(|ids| Column::read(id_name, Role::Id, ids)).transpose()?.map(Column::into_ids).transpose()?;
        let read = |name: &str, values: &Bound<'_, PyAny>| Column::read(name, Role::Number, values);
        let months = read(months_name, months_since_last)?.into_numbers()?;
        let orders = read(orders_name, recent_orders)?.into_numbers()?;
        let value = read(value_name, mean_recent_value)?.into_numbers()?;
        let returns = read(returns_name, returns)?.into_numbers()?;
        let ids = ids.as_ref().map(convert::Ids::borrow);
        let ids = ids.as_ref().map(convert::BorrowedIds::column);
        let names = [
            ("customer_id", id_name),
            ("months_since_last", months_name),
            ("recent_orders", orders_name),
            ("mean_recent_value", value_name),
            ("returns", returns_name),
        ];
        let history = core::RfmrHistory::from_columns(ids, &months, &orders, &value, &returns);
        Ok(MailingHistory(Arc::new(history.map_err(|error| in_user_names(error, &names))?)))
    }

    /// The same history with contacts since the last purchase.
    fn with_contacts(&self, main: &Bound<'_, PyAny>, special: &Bound<'_, PyAny>, mailings: &Bound<'_, PyAny>) -> Outcome<Self> {
        let main = convert::numbers("main_catalogues", main)?;
        let special = convert::numbers("special_catalogues", special)?;
        let mailings = convert::numbers("mailings", mailings)?;
        Ok(MailingHistory(Arc::new(self.0.as_ref().clone().with_contacts(&main, &special, &mailings)?)))
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    #[getter]
    fn ids<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::ids(py, self.0.ids())
    }

    #[getter]
    fn months_since_last<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.0.months_since_last())
    }

    #[getter]
    fn recent_orders<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        convert::counts(py, self.0.recent_orders().iter().copied())
    }

    #[getter]
    fn mean_recent_value<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.0.mean_recent_value())
    }

    #[getter]
    fn returns<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        convert::counts(py, self.0.returns().iter().copied())
    }

    #[getter]
    fn main_catalogues<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        convert::counts(py, self.0.main_catalogues().iter().copied())
    }

    #[getter]
    fn special_catalogues<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        convert::counts(py, self.0.special_catalogues().iter().copied())
    }

    #[getter]
    fn mailings<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        convert::counts(py, self.0.mailings().iter().copied())
    }
}

/// Upper limits with their points, and the points above the last limit.
type Bands = (Vec<(f64, f64)>, f64);

fn bands(bands: &PointBands) -> Bands {
    (bands.bands.clone(), bands.above)
}

/// The table of RFMR points; what is not given stays as the core has it.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct PointTable(core::RfmrPoints);

#[pymethods]
impl PointTable {
    #[new]
    #[pyo3(signature = (numbers, bands))]
    fn new(numbers: [Option<f64>; 5], bands: [Option<Bands>; 3]) -> Self {
        let mut table = core::RfmrPoints::default();
        let slots = [
            &mut table.start,
            &mut table.per_order,
            &mut table.per_main_catalogue,
            &mut table.per_special_catalogue,
            &mut table.per_mailing,
        ];
        for (slot, number) in slots.into_iter().zip(numbers) {
            *slot = number.unwrap_or(*slot);
        }
        for (slot, bands) in [&mut table.recency, &mut table.value, &mut table.returns].into_iter().zip(bands) {
            if let Some((bands, above)) = bands {
                *slot = PointBands::new(&bands, above);
            }
        }
        PointTable(table)
    }

    /// Start and points per order, main catalogue, special catalogue and mailing.
    #[getter]
    fn numbers(&self) -> [f64; 5] {
        let table = &self.0;
        [table.start, table.per_order, table.per_main_catalogue, table.per_special_catalogue, table.per_mailing]
    }

    /// Bands of recency, value and returns.
    #[getter]
    fn bands(&self) -> [Bands; 3] {
        [bands(&self.0.recency), bands(&self.0.value), bands(&self.0.returns)]
    }

    fn points<'py>(&self, py: Python<'py>, history: &Bound<'py, MailingHistory>) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let (table, history) = (self.0.clone(), Arc::clone(&history.get().0));
        Ok(convert::array(py, interrupt::bulk(py, history.len(), move || table.points(&history))??))
    }

    fn to_json(&self) -> Outcome<String> {
        convert::store(&self.0)
    }

    #[staticmethod]
    fn from_json(json: &str) -> Outcome<Self> {
        Ok(PointTable(convert::stored("RFMR points", json)?))
    }
}

/// "remove", "keep" or "concentrate" for every customer.
#[pyfunction]
pub(crate) fn mailing_decisions(points: &Bound<'_, PyAny>, elimination: f64, a_threshold: f64) -> Outcome<Vec<&'static str>> {
    let points = convert::numbers("points", points)?;
    let decisions = core::MailingDecision::by_points(&points, elimination, a_threshold)?;
    Ok(decisions.into_iter().map(core::MailingDecision::name).collect())
}
