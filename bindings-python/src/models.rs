//! The models: built from parameters, fitted, or read from their stored form.

use std::sync::Arc;

use crm_value::{
    BgCnbdK, BgNbd, CovariateEffect, CovariateModel, DiscountedPurchases, Error, FitReport as CoreReport, FitWarning, Fitted, GammaGamma,
    GgompertzNbd, MbgCnbdK, MbgNbd, Model, Nbd, ParetoNbd, Patterns, Simulate, SpendModel, SpendPatterns, TimeUnit, WithCovariates,
};
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::convert;
use crate::covariates::{self, Coefficient, CovariateOptions, Covariates, Effects};
use crate::errors::Outcome;
use crate::fit::{FitOptions, FitReport};
use crate::interrupt;
use crate::summary::Customers;
use crate::time::{DiscountRate, Span};

/// A model with its stored form, and the report if it was fitted.
pub(crate) type Parts<M> = (M, Option<CoreReport>, String);

pub(crate) fn fitted<M: Model + Copy + Serialize>(fitted: Fitted<M>) -> Outcome<Parts<M>> {
    let json = convert::store(&fitted)?;
    Ok((*fitted.model(), Some(fitted.report().clone()), json))
}

pub(crate) fn given<M: Model + Copy + Serialize>(model: M) -> Outcome<Parts<M>> {
    Ok((model, None, convert::store(&model)?))
}

/// Reads either form: a model, or a model with its report.
pub(crate) fn from_json<M: Model + Copy + Serialize + DeserializeOwned>(what: &'static str, json: &str) -> Outcome<Parts<M>> {
    let value: serde_json::Value = convert::stored(what, json)?;
    if value.get("report").is_some() { fitted(convert::stored(what, json)?) } else { given(convert::stored(what, json)?) }
}

pub(crate) fn params<'py>(py: Python<'py>, model: &(impl Model + ?Sized)) -> PyResult<Bound<'py, PyDict>> {
    let params = PyDict::new(py);
    for (name, value) in model.parameters() {
        params.set_item(name, value)?;
    }
    Ok(params)
}

/// Warnings of a report, each with whether it is about convergence.
pub(crate) fn warnings(report: Option<&CoreReport>) -> Vec<(bool, String)> {
    let warning = |warning: &FitWarning| (matches!(warning, FitWarning::NotConverged { .. }), warning.to_string());
    report.iter().flat_map(|report| &report.warnings).map(warning).collect()
}

macro_rules! purchase_models {
    ($($model:ident::$new:ident $name:literal ($($parameter:ident),+)),+ $(,)?) => {
        /// The purchase models that the core has.
        #[derive(Debug, Clone, Copy)]
        enum Kind { $($model),+ }

        impl Kind {
            fn of(name: &str) -> Outcome<Self> {
                match name {
                    $($name => Ok(Kind::$model),)+
                    _ => Err(PyValueError::new_err(format!("there is no purchase model {name}")).into()),
                }
            }

            fn given(self, params: &[f64], unit: TimeUnit) -> Outcome<PurchaseModel> {
                match (self, params) {
                    $((Kind::$model, &[$($parameter),+]) => Ok(PurchaseModel::new(given($model::$new($($parameter),+, unit)?)?)),)+
                    _ => Err(PyValueError::new_err("wrong number of parameters").into()),
                }
            }

            fn fit(self, patterns: &Patterns, options: &crm_value::FitOptions) -> Outcome<PurchaseModel> {
                match self {
                    $(Kind::$model => Ok(PurchaseModel::new(fitted($model::fit_patterns(patterns, options)?)?)),)+
                }
            }

            fn read(self, json: &str) -> Outcome<PurchaseModel> {
                match self {
                    $(Kind::$model => Ok(PurchaseModel::new(from_json::<$model>($name, json)?)),)+
                }
            }
        }
    };
}

// The names are those of `Model::name`.
purchase_models! {
    BgCnbdK::from_numbers "BG/CNBD-k" (k, r, alpha, a, b),
    BgNbd::new "BG/NBD" (r, alpha, a, b),
    GgompertzNbd::new "GGompertz/NBD" (r, alpha, b, s, beta),
    MbgCnbdK::from_numbers "MBG/CNBD-k" (k, r, alpha, a, b),
    MbgNbd::new "MBG/NBD" (r, alpha, a, b),
    Nbd::new "NBD" (r, alpha),
    ParetoNbd::new "Pareto/NBD" (r, alpha, s, beta),
}

/// A purchase model that can do all that the core's can.
pub(crate) trait Purchases: DiscountedPurchases + Simulate {}

impl<M: DiscountedPurchases + Simulate> Purchases for M {}

/// A model of when customers buy.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct PurchaseModel {
    pub(crate) model: Arc<dyn Purchases>,
    covariates: Option<Arc<dyn Effects>>,
    report: Option<CoreReport>,
    json: String,
}

impl PurchaseModel {
    fn new<M: Purchases + 'static>((model, report, json): Parts<M>) -> Self {
        PurchaseModel { model: Arc::new(model), covariates: None, report, json }
    }

    pub(crate) fn with_covariates<M: CovariateModel + 'static>(model: WithCovariates<M>, report: Option<CoreReport>, json: String) -> Self {
        let model = Arc::new(model);
        let covariates: Arc<dyn Effects> = Arc::clone(&model) as _;
        PurchaseModel { model, covariates: Some(covariates), report, json }
    }

    fn effects(&self) -> Outcome<&Arc<dyn Effects>> {
        self.covariates.as_ref().ok_or_else(|| PyValueError::new_err("the model has no covariates").into())
    }

    /// Maps the model over the customers, without the GIL.
    fn map<'py>(
        &self,
        py: Python<'py>,
        customers: &Bound<'py, Customers>,
        map: impl FnOnce(&dyn DiscountedPurchases, &crm_value::CustomerSummary) -> crm_value::Result<Vec<f64>> + Send + 'static,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let (model, customers) = (Arc::clone(&self.model), Arc::clone(&customers.get().0));
        let values = interrupt::bulk(py, customers.len(), move || map(model.as_ref(), &customers))??;
        Ok(convert::array(py, values))
    }

    fn unit_of_time(&self) -> TimeUnit {
        self.model.unit()
    }

    /// Start and end of an interval; a start of 0 is the end of observation, as is none.
    fn interval(&self, horizon: f64, unit: Option<&str>, start: Option<f64>) -> Result<(Option<crm_value::Span>, crm_value::Span), Error> {
        let span = |length| convert::span(length, unit, self.unit_of_time());
        Ok((start.filter(|start| *start != 0.0).map(span).transpose()?, span(horizon)?))
    }
}

#[pymethods]
impl PurchaseModel {
    /// The model called `model` with known parameters, in its own order.
    #[staticmethod]
    #[pyo3(signature = (model, params, unit, coefficients=None))]
    fn given(model: &str, params: Vec<f64>, unit: &str, coefficients: Option<Vec<Coefficient>>) -> Outcome<Self> {
        match coefficients {
            Some(coefficients) => covariates::given_with(model, &params, convert::unit(unit)?, coefficients),
            None => Kind::of(model)?.given(&params, convert::unit(unit)?),
        }
    }

    /// Fits the model called `model`.
    #[staticmethod]
    #[pyo3(signature = (model, customers, options, *, covariates=None, weights=None, on_progress=None))]
    fn fit(
        py: Python<'_>,
        model: &str,
        customers: &Bound<'_, Customers>,
        options: &Bound<'_, FitOptions>,
        covariates: Option<&Bound<'_, CovariateOptions>>,
        weights: Option<&Bound<'_, PyAny>>,
        on_progress: Option<&Bound<'_, PyAny>>,
    ) -> Outcome<Self> {
        let kind = Kind::of(model)?;
        let weights = weights.map(|weights| convert::numbers("weight", weights)).transpose()?;
        let (customers, options) = (Arc::clone(&customers.get().0), options.clone().unbind());
        if let Some(covariates) = covariates {
            let (model, covariates) = (model.to_owned(), covariates.get().0.clone());
            let fit = move |watch: interrupt::Watch| {
                let options = options.get().watched_by(watch.monitor());
                covariates::fit_with(&model, &customers, weights.as_deref(), &covariates, &options)
            };
            return interrupt::watched(py, on_progress, fit)?;
        }
        let fit = move |watch: interrupt::Watch| {
            let patterns = match weights {
                Some(weights) => Patterns::weighted(&customers, &weights)?,
                None => Patterns::of(&customers),
            };
            kind.fit(&patterns, &options.get().watched_by(watch.monitor()))
        };
        interrupt::watched(py, on_progress, fit)?
    }

    /// Reads the stored form of the model called `model`.
    #[staticmethod]
    fn from_json(model: &str, json: &str) -> Outcome<Self> {
        match covariates::read_with(model, json) {
            Some(read) => read,
            None => Kind::of(model)?.read(json),
        }
    }

    #[getter]
    fn name(&self) -> &'static str {
        self.model.name()
    }

    #[getter]
    fn unit(&self) -> &'static str {
        self.unit_of_time().name()
    }

    #[getter]
    fn params<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        params(py, self.model.as_ref())
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

    fn log_likelihood(&self, py: Python<'_>, customers: &Bound<'_, Customers>) -> Outcome<f64> {
        let (model, customers) = (Arc::clone(&self.model), Arc::clone(&customers.get().0));
        Ok(interrupt::bulk(py, customers.len(), move || model.log_likelihood(&customers))??)
    }

    fn log_likelihoods<'py>(&self, py: Python<'py>, customers: &Bound<'py, Customers>) -> Outcome<Bound<'py, PyArray1<f64>>> {
        self.map(py, customers, |model, customers| model.log_likelihoods(customers))
    }

    #[pyo3(signature = (customers, ahead=None, unit=None))]
    fn probability_alive<'py>(
        &self,
        py: Python<'py>,
        customers: &Bound<'py, Customers>,
        ahead: Option<f64>,
        unit: Option<&str>,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        match ahead.map(|ahead| convert::span(ahead, unit, self.unit_of_time())).transpose()? {
            None => self.map(py, customers, |model, customers| model.probability_alive(customers)),
            Some(ahead) => self.map(py, customers, move |model, customers| model.probability_alive_ahead(customers, ahead)),
        }
    }

    /// Expected purchases between `start` and `horizon`.
    #[pyo3(signature = (customers, horizon, unit=None, start=None))]
    fn expected_purchases<'py>(
        &self,
        py: Python<'py>,
        customers: &Bound<'py, Customers>,
        horizon: f64,
        unit: Option<&str>,
        start: Option<f64>,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        match self.interval(horizon, unit, start)? {
            (None, to) => self.map(py, customers, move |model, customers| model.expected_purchases(customers, to)),
            (Some(from), to) => self.map(py, customers, move |model, customers| model.expected_purchases_between(customers, from, to)),
        }
    }

    /// Probability of a purchase between `start` and `horizon`.
    #[pyo3(signature = (customers, horizon, unit=None, start=None))]
    fn probability_active<'py>(
        &self,
        py: Python<'py>,
        customers: &Bound<'py, Customers>,
        horizon: f64,
        unit: Option<&str>,
        start: Option<f64>,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        match self.interval(horizon, unit, start)? {
            (None, to) => self.map(py, customers, move |model, customers| model.probability_active(customers, to)),
            (Some(from), to) => self.map(py, customers, move |model, customers| model.probability_active_between(customers, from, to)),
        }
    }

    /// Probability of exactly `n` purchases within `horizon`.
    #[pyo3(signature = (customers, n, horizon, unit=None))]
    fn conditional_purchase_probability<'py>(
        &self,
        py: Python<'py>,
        customers: &Bound<'py, Customers>,
        n: u32,
        horizon: f64,
        unit: Option<&str>,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let horizon = convert::span(horizon, unit, self.unit_of_time())?;
        self.map(py, customers, move |model, customers| model.conditional_purchase_probability(customers, n, horizon))
    }

    /// The coefficients: process, covariate, coefficient, centre, scale; empty without covariates.
    #[getter]
    fn effects_of_covariates(&self) -> Vec<(&'static str, String, f64, f64, f64)> {
        let effect =
            |effect: &CovariateEffect| (effect.process.name(), effect.covariate.clone(), effect.coefficient, effect.centre, effect.scale);
        self.covariates.iter().flat_map(|model| model.effects().iter().map(effect)).collect()
    }

    /// Expected repeat purchases within `horizon` of new customers with these covariates.
    #[pyo3(signature = (covariates, horizon, unit=None))]
    fn expected_purchases_new_customers<'py>(
        &self,
        py: Python<'py>,
        covariates: &Bound<'py, Covariates>,
        horizon: f64,
        unit: Option<&str>,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let (model, covariates) = (Arc::clone(self.effects()?), covariates.get().0.clone());
        let horizon = convert::span(horizon, unit, self.unit_of_time())?;
        let values = interrupt::bulk(py, covariates.len(), move || model.expected_purchases(&covariates, horizon))??;
        Ok(convert::array(py, values))
    }

    /// Probability that new customers with these covariates make exactly `n` repeat purchases within `horizon`.
    #[pyo3(signature = (covariates, n, horizon, unit=None))]
    fn purchase_probabilities<'py>(
        &self,
        py: Python<'py>,
        covariates: &Bound<'py, Covariates>,
        n: u32,
        horizon: f64,
        unit: Option<&str>,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let (model, covariates) = (Arc::clone(self.effects()?), covariates.get().0.clone());
        let horizon = convert::span(horizon, unit, self.unit_of_time())?;
        let values = interrupt::bulk(py, covariates.len(), move || model.purchase_probabilities(&covariates, n, horizon))??;
        Ok(convert::array(py, values))
    }

    /// Expected repeat purchases of a new customer within each of `horizons`.
    #[pyo3(signature = (horizons, unit=None))]
    fn expected_purchases_new_customer<'py>(
        &self,
        py: Python<'py>,
        horizons: PyReadonlyArray1<'py, f64>,
        unit: Option<&str>,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let spans = horizons.as_array().iter().map(|&t| convert::span(t, unit, self.unit_of_time())).collect::<Result<Vec<_>, _>>()?;
        let model = Arc::clone(&self.model);
        let map = move || spans.into_iter().map(|span| model.expected_purchases_new_customer(span)).collect();
        Ok(convert::array(py, interrupt::bulk(py, horizons.len()?, map)?))
    }

    fn expected_purchase_rate<'py>(&self, py: Python<'py>, customers: &Bound<'py, Customers>) -> Outcome<Bound<'py, PyArray1<f64>>> {
        self.map(py, customers, |model, customers| model.expected_purchase_rate(customers))
    }

    fn expected_dropout<'py>(&self, py: Python<'py>, customers: &Bound<'py, Customers>) -> Outcome<Bound<'py, PyArray1<f64>>> {
        self.map(py, customers, |model, customers| model.expected_dropout(customers))
    }

    /// P(alive) at each of the times `at` of a customer with these times of repeat purchases.
    fn alive_path<'py>(
        &self,
        py: Python<'py>,
        purchases: PyReadonlyArray1<'py, f64>,
        at: PyReadonlyArray1<'py, f64>,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let (purchases, at) = (purchases.as_array().to_vec(), at.as_array().to_vec());
        Ok(convert::array(py, self.model.alive_path(&purchases, &at)?))
    }

    /// Probability of exactly `n[i]` repeat purchases between `starts[i]` and `ends[i]`.
    #[pyo3(signature = (n, starts, ends, unit=None))]
    fn purchase_probability_between<'py>(
        &self,
        py: Python<'py>,
        n: Vec<u32>,
        starts: PyReadonlyArray1<'py, f64>,
        ends: PyReadonlyArray1<'py, f64>,
        unit: Option<&str>,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let ends = ends.as_array();
        let pairs = starts.as_array().iter().zip(ends).map(|(&start, &end)| (start, end)).collect::<Vec<_>>();
        let intervals = pairs.into_iter().map(|(start, end)| self.interval(end, unit, Some(start)));
        let intervals = intervals.collect::<Result<Vec<_>, _>>()?;
        let model = Arc::clone(&self.model);
        let count = intervals.len();
        let map = move || {
            let probability = |(n, (from, to)): (u32, (Option<crm_value::Span>, crm_value::Span))| match from {
                Some(from) => model.purchase_probability_between(n, from, to),
                None => Ok(model.purchase_probability(n, to)),
            };
            n.into_iter().zip(intervals).map(probability).collect::<Result<Vec<f64>, Error>>()
        };
        Ok(convert::array(py, interrupt::bulk(py, count, map)??))
    }

    /// Probability of exactly `n[i]` repeat purchases within `horizons[i]`, or its natural log.
    #[pyo3(signature = (n, horizons, unit=None, log=false))]
    fn purchase_probability<'py>(
        &self,
        py: Python<'py>,
        n: Vec<u32>,
        horizons: PyReadonlyArray1<'py, f64>,
        unit: Option<&str>,
        log: bool,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let own = self.unit_of_time();
        let spans = horizons.as_array().iter().map(|&t| convert::span(t, unit, own)).collect::<Result<Vec<_>, _>>()?;
        let model = Arc::clone(&self.model);
        let map = move || {
            let probability = |(n, span): (u32, crm_value::Span)| {
                if log { model.ln_pmf(n, span.in_unit(own)) } else { model.purchase_probability(n, span) }
            };
            n.into_iter().zip(spans).map(probability).collect()
        };
        Ok(convert::array(py, interrupt::bulk(py, horizons.len()?, map)?))
    }

    fn discounted_expected_residual_transactions<'py>(
        &self,
        py: Python<'py>,
        customers: &Bound<'py, Customers>,
        rate: &Bound<'py, DiscountRate>,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let rate = rate.get().0;
        self.map(py, customers, move |model, customers| model.discounted_expected_residual_transactions(customers, rate))
    }

    fn discounted_expected_conditional_transactions<'py>(
        &self,
        py: Python<'py>,
        customers: &Bound<'py, Customers>,
        rate: &Bound<'py, DiscountRate>,
        horizon: &Bound<'py, Span>,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let (rate, horizon) = (rate.get().0, horizon.get().0);
        self.map(py, customers, move |model, customers| model.discounted_expected_conditional_transactions(customers, rate, horizon))
    }
}

/// A model of how much customers spend per purchase.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct SpendingModel {
    pub(crate) model: GammaGamma,
    report: Option<CoreReport>,
    json: String,
}

impl SpendingModel {
    fn new((model, report, json): Parts<GammaGamma>) -> Self {
        SpendingModel { model, report, json }
    }
}

#[pymethods]
impl SpendingModel {
    /// Gamma-Gamma with known parameters.
    #[staticmethod]
    fn gamma_gamma(p: f64, q: f64, v: f64) -> Outcome<Self> {
        Ok(Self::new(given(GammaGamma::new(p, q, v)?)?))
    }

    /// Fits Gamma-Gamma.
    #[staticmethod]
    #[pyo3(signature = (customers, options, *, weights=None, purchases=false, on_progress=None))]
    fn fit_gamma_gamma(
        py: Python<'_>,
        customers: &Bound<'_, Customers>,
        options: &Bound<'_, FitOptions>,
        weights: Option<&Bound<'_, PyAny>>,
        purchases: bool,
        on_progress: Option<&Bound<'_, PyAny>>,
    ) -> Outcome<Self> {
        let weights = weights.map(|weights| convert::numbers("weight", weights)).transpose()?;
        let (customers, options) = (Arc::clone(&customers.get().0), options.clone().unbind());
        let fit = move |watch: interrupt::Watch| {
            let patterns = match (purchases, weights.as_deref()) {
                (true, weights) => SpendPatterns::of_purchases(&customers, weights)?,
                (false, Some(weights)) => SpendPatterns::weighted(&customers, weights)?,
                (false, None) => SpendPatterns::of(&customers)?,
            };
            GammaGamma::fit_patterns(&patterns, &options.get().watched_by(watch.monitor()))
        };
        Ok(Self::new(fitted(interrupt::watched(py, on_progress, fit)??)?))
    }

    /// Reads the stored form of Gamma-Gamma.
    #[staticmethod]
    fn gamma_gamma_from_json(json: &str) -> Outcome<Self> {
        Ok(Self::new(from_json::<GammaGamma>("Gamma-Gamma", json)?))
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

    fn population_mean_spend(&self) -> Outcome<f64> {
        Ok(self.model.population_mean_spend()?)
    }

    fn expected_spend<'py>(&self, py: Python<'py>, customers: &Bound<'py, Customers>) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let (model, customers) = (self.model, Arc::clone(&customers.get().0));
        Ok(convert::array(py, interrupt::bulk(py, customers.len(), move || model.expected_spend(&customers))??))
    }

    fn spend_quantile<'py>(
        &self,
        py: Python<'py>,
        customers: &Bound<'py, Customers>,
        probability: f64,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let (model, customers) = (self.model, Arc::clone(&customers.get().0));
        Ok(convert::array(py, interrupt::bulk(py, customers.len(), move || model.spend_quantile(&customers, probability))??))
    }

    fn mean_spend_quantile<'py>(
        &self,
        py: Python<'py>,
        customers: &Bound<'py, Customers>,
        probability: f64,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let (model, customers) = (self.model, Arc::clone(&customers.get().0));
        Ok(convert::array(py, interrupt::bulk(py, customers.len(), move || model.mean_spend_quantile(&customers, probability))??))
    }

    /// Log density of mean spends over numbers of purchases.
    fn log_density<'py>(&self, py: Python<'py>, n: Vec<u32>, mean_spend: PyReadonlyArray1<'py, f64>) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let pairs = n.into_iter().zip(mean_spend.as_array().into_iter().copied());
        let densities = pairs.map(|(n, mean)| self.model.ln_likelihood(n, mean)).collect::<Result<Vec<f64>, Error>>()?;
        Ok(convert::array(py, densities))
    }
}
