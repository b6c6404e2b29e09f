//! Discrete time: opportunities, and BG/BB.

use std::sync::Arc;

use crm_value::{BgBb, CalendarPeriod, FitReport as CoreReport, Model, OpportunityHistory, OpportunityPeriod, OpportunitySummary};
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::convert::{self, Column, Role};
use crate::errors::{Outcome, in_user_names};
use crate::fit::{FitOptions, FitReport};
use crate::interrupt;
use crate::models::{Parts, fitted, from_json, given, params, warnings};
use crate::summary::Log;
use crate::time::Span;

/// Purchases among opportunities, one row per customer or group of customers.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct Opportunities(pub(crate) Arc<OpportunitySummary>);

#[pymethods]
impl Opportunities {
    /// A summary from columns; `names`: the user's names of id, frequency, recency, n and weight.
    #[staticmethod]
    #[pyo3(signature = (ids, frequency, recency, n, weight, names))]
    fn from_columns(
        ids: Option<&Bound<'_, PyAny>>,
        frequency: &Bound<'_, PyAny>,
        recency: &Bound<'_, PyAny>,
        n: &Bound<'_, PyAny>,
        weight: Option<&Bound<'_, PyAny>>,
        names: [String; 5],
    ) -> Outcome<Self> {
        let [id_name, x_name, t_x_name, n_name, weight_name] = names.each_ref().map(String::as_str);
        let ids = ids.map(|ids| Column::read(id_name, Role::Id, ids)).transpose()?.map(Column::into_ids).transpose()?;
        let read =
            |name: &str, values: &Bound<'_, PyAny>| -> Outcome<Vec<f64>> { Ok(Column::read(name, Role::Number, values)?.into_numbers()?) };
        let (x, t_x, n) = (read(x_name, frequency)?, read(t_x_name, recency)?, read(n_name, n)?);
        let weight = weight.map(|values| read(weight_name, values)).transpose()?;
        let ids = ids.as_ref().map(convert::Ids::borrow);
        let ids = ids.as_ref().map(convert::BorrowedIds::column);
        let names = [("customer_id", id_name), ("frequency", x_name), ("recency", t_x_name), ("n", n_name), ("weight", weight_name)];
        let summary = OpportunitySummary::from_columns(ids, &x, &t_x, &n).and_then(|summary| match &weight {
            Some(weight) => summary.with_weights(weight),
            None => Ok(summary),
        });
        Ok(Opportunities(Arc::new(summary.map_err(|error| in_user_names(error, &names))?)))
    }

    /// A log cut by a span, or by calendar periods of this name.
    #[staticmethod]
    #[pyo3(signature = (log, span, calendar, observed_until))]
    fn of_log(
        py: Python<'_>,
        log: &Bound<'_, Log>,
        span: Option<&Bound<'_, Span>>,
        calendar: &str,
        observed_until: Option<&str>,
    ) -> Outcome<Self> {
        let period: OpportunityPeriod = match span {
            Some(span) => span.get().0.into(),
            None => convert::choice::<CalendarPeriod>("period", calendar, "use week, month, quarter, year, or a Span")?.into(),
        };
        let end = observed_until.map(|text| convert::date("observed_until", text)).transpose()?;
        let log = Arc::clone(&log.get().0);
        let summary = interrupt::bulk(py, log.occasions(), move || {
            let cut = log.opportunities(period);
            end.map_or(cut.clone(), |end| cut.observed_until(end)).build()
        })??;
        Ok(Opportunities(Arc::new(summary)))
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    #[getter]
    fn ids<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::ids(py, self.0.ids())
    }

    #[getter]
    fn frequency<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        convert::counts(py, self.0.histories().iter().map(OpportunityHistory::frequency))
    }

    #[getter]
    fn recency<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        convert::counts(py, self.0.histories().iter().map(OpportunityHistory::recency))
    }

    #[getter]
    fn n<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        convert::counts(py, self.0.histories().iter().map(OpportunityHistory::opportunities))
    }

    #[getter]
    fn weights<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        self.0.weights().map(|weights| PyArray1::from_slice(py, weights))
    }

    #[getter]
    fn total_weight(&self) -> f64 {
        self.0.total_weight()
    }
}

/// A model of purchases in discrete time.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct OpportunityModel {
    pub(crate) model: BgBb,
    report: Option<CoreReport>,
    json: String,
}

impl OpportunityModel {
    fn new((model, report, json): Parts<BgBb>) -> Self {
        OpportunityModel { model, report, json }
    }

    /// Maps the model over the rows, without the GIL.
    fn map<'py>(
        &self,
        py: Python<'py>,
        customers: &Bound<'py, Opportunities>,
        map: impl FnOnce(&BgBb, &OpportunitySummary) -> crm_value::Result<Vec<f64>> + Send + 'static,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let (model, customers) = (self.model, Arc::clone(&customers.get().0));
        let values = interrupt::bulk(py, customers.len(), move || map(&model, &customers))??;
        Ok(convert::array(py, values))
    }
}

#[pymethods]
impl OpportunityModel {
    #[staticmethod]
    fn given(alpha: f64, beta: f64, gamma: f64, delta: f64) -> Outcome<Self> {
        Ok(Self::new(given(BgBb::new(alpha, beta, gamma, delta)?)?))
    }

    #[staticmethod]
    #[pyo3(signature = (customers, options, *, on_progress=None))]
    fn fit(
        py: Python<'_>,
        customers: &Bound<'_, Opportunities>,
        options: &Bound<'_, FitOptions>,
        on_progress: Option<&Bound<'_, PyAny>>,
    ) -> Outcome<Self> {
        let (customers, options) = (Arc::clone(&customers.get().0), options.clone().unbind());
        let fit = move |watch: interrupt::Watch| BgBb::fit_with(&customers, &options.get().watched_by(watch.monitor()));
        Ok(Self::new(fitted(interrupt::watched(py, on_progress, fit)??)?))
    }

    #[staticmethod]
    fn from_json(json: &str) -> Outcome<Self> {
        Ok(Self::new(from_json("BG/BB", json)?))
    }

    #[getter]
    fn name(&self) -> &'static str {
        self.model.name()
    }

    #[getter]
    fn params<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        params(py, &self.model)
    }

    #[getter]
    fn report(&self) -> Option<FitReport> {
        self.report.clone().map(FitReport)
    }

    #[getter]
    fn warnings(&self) -> Vec<(bool, String)> {
        warnings(self.report.as_ref())
    }

    fn to_json(&self) -> &str {
        &self.json
    }

    fn log_likelihood(&self, customers: &Bound<'_, Opportunities>) -> f64 {
        self.model.log_likelihood(&customers.get().0)
    }

    fn log_likelihoods<'py>(&self, py: Python<'py>, customers: &Bound<'py, Opportunities>) -> Outcome<Bound<'py, PyArray1<f64>>> {
        self.map(py, customers, |model, customers| Ok(model.log_likelihoods(customers)))
    }

    fn probability_alive<'py>(
        &self,
        py: Python<'py>,
        customers: &Bound<'py, Opportunities>,
        ahead: u32,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        self.map(py, customers, move |model, customers| Ok(model.probability_alive_ahead(customers, ahead)))
    }

    fn expected_purchases<'py>(
        &self,
        py: Python<'py>,
        customers: &Bound<'py, Opportunities>,
        start: u32,
        horizon: u32,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        self.map(py, customers, move |model, customers| model.expected_purchases_between(customers, start, horizon))
    }

    fn probability_active<'py>(
        &self,
        py: Python<'py>,
        customers: &Bound<'py, Opportunities>,
        start: u32,
        horizon: u32,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        self.map(py, customers, move |model, customers| model.probability_active_between(customers, start, horizon))
    }

    fn conditional_purchase_probability<'py>(
        &self,
        py: Python<'py>,
        customers: &Bound<'py, Opportunities>,
        count: u32,
        horizon: u32,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        self.map(py, customers, move |model, customers| Ok(model.conditional_purchase_probability(customers, count, horizon)))
    }

    /// DERT without `horizon`, DECT with it; `d` per opportunity.
    #[pyo3(signature = (customers, d, horizon))]
    fn discounted<'py>(
        &self,
        py: Python<'py>,
        customers: &Bound<'py, Opportunities>,
        d: f64,
        horizon: Option<u32>,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        self.map(py, customers, move |model, customers| match horizon {
            Some(horizon) => model.dect(customers, d, horizon),
            None => model.dert(customers, d),
        })
    }

    fn purchase_probabilities<'py>(&self, py: Python<'py>, customers: &Bound<'py, Opportunities>) -> Outcome<Bound<'py, PyArray1<f64>>> {
        self.map(py, customers, |model, customers| Ok(model.purchase_probabilities(customers)))
    }

    fn dropout_probabilities<'py>(&self, py: Python<'py>, customers: &Bound<'py, Opportunities>) -> Outcome<Bound<'py, PyArray1<f64>>> {
        self.map(py, customers, |model, customers| Ok(model.dropout_probabilities(customers)))
    }

    fn expected_purchases_new_customer<'py>(&self, py: Python<'py>, n: PyReadonlyArray1<'py, u32>) -> Bound<'py, PyArray1<f64>> {
        convert::array(py, n.as_array().iter().map(|&n| self.model.expectation(n)).collect())
    }

    fn purchase_probability<'py>(
        &self,
        py: Python<'py>,
        count: PyReadonlyArray1<'py, u32>,
        n: PyReadonlyArray1<'py, u32>,
    ) -> Bound<'py, PyArray1<f64>> {
        let (count, n) = (count.as_array(), n.as_array());
        convert::array(py, count.iter().zip(n.iter()).map(|(&count, &n)| self.model.pmf(count, n)).collect())
    }
}
