//! Contracts: tenures, and the models of how often customers renew.

use std::sync::Arc;

use crm_value::{
    BetaDiscreteWeibull, CovariateEffect, FitReport as CoreReport, Fitted, Geometric, RetentionModel as CoreModel, ShiftedBetaGeometric,
    SimulateContract, WithCovariates,
};
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::convert::{self, Column, Role};
use crate::covariates::{Coefficient, CovariateOptions, Covariates, effects};
use crate::errors::{Outcome, in_user_names};
use crate::fit::{FitOptions, FitReport};
use crate::interrupt;
use crate::models::{Parts, fitted, from_json, given, params, warnings};

/// How long customers with a contract stayed.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct Tenures(pub(crate) Arc<crm_value::Tenures>);

#[pymethods]
impl Tenures {
    #[staticmethod]
    fn from_survivors(cohorts: Vec<Vec<f64>>) -> Outcome<Self> {
        let cohorts: Vec<&[f64]> = cohorts.iter().map(Vec::as_slice).collect();
        Ok(Tenures(Arc::new(crm_value::Tenures::from_survivors(&cohorts)?)))
    }

    /// `names`: the user's names of tenure, churned and weight.
    #[staticmethod]
    #[pyo3(signature = (tenure, churned, weight, names, covariates=None))]
    fn from_customers(
        tenure: &Bound<'_, PyAny>,
        churned: Vec<bool>,
        weight: Option<&Bound<'_, PyAny>>,
        names: [String; 3],
        covariates: Option<&Bound<'_, Covariates>>,
    ) -> Outcome<Self> {
        let [tenure_name, churned_name, weight_name] = names.each_ref().map(String::as_str);
        let read =
            |name: &str, values: &Bound<'_, PyAny>| -> Outcome<Vec<f64>> { Ok(Column::read(name, Role::Number, values)?.into_numbers()?) };
        let (tenure, weight) = (read(tenure_name, tenure)?, weight.map(|values| read(weight_name, values)).transpose()?);
        let names = [("tenure", tenure_name), ("churned", churned_name), ("weight", weight_name)];
        let tenures = match covariates {
            Some(table) => crm_value::Tenures::from_customers_with_covariates(&tenure, &churned, weight.as_deref(), table.get().0.clone()),
            None => crm_value::Tenures::from_customers(&tenure, &churned, weight.as_deref()),
        };
        Ok(Tenures(Arc::new(tenures.map_err(|error| in_user_names(error, &names))?)))
    }

    #[getter]
    fn customers(&self) -> f64 {
        self.0.customers()
    }

    #[getter]
    fn churned(&self) -> f64 {
        self.0.churned()
    }

    #[getter]
    fn longest(&self) -> u32 {
        self.0.longest()
    }

    /// The names of the customers' covariates; empty without.
    #[getter]
    fn covariates(&self) -> Vec<String> {
        self.0.covariates().map(|covariates| covariates.names().to_vec()).unwrap_or_default()
    }
}

type SbgWithCovariates = WithCovariates<ShiftedBetaGeometric>;

/// A model of how often customers renew.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct RetentionModel {
    pub(crate) model: Arc<dyn SimulateContract>,
    covariates: Option<Arc<SbgWithCovariates>>,
    report: Option<CoreReport>,
    json: String,
}

impl RetentionModel {
    pub(crate) fn retention(&self) -> Arc<dyn CoreModel> {
        Arc::<dyn SimulateContract>::clone(&self.model)
    }

    fn new<M: SimulateContract + 'static>((model, report, json): Parts<M>) -> Self {
        RetentionModel { model: Arc::new(model), covariates: None, report, json }
    }

    fn with_covariates(model: SbgWithCovariates, report: Option<CoreReport>, json: String) -> Self {
        let model = Arc::new(model);
        let (covariates, model): (_, Arc<dyn SimulateContract>) = (Some(Arc::clone(&model)), model);
        RetentionModel { model, covariates, report, json }
    }

    fn fitted_with(fitted: Fitted<SbgWithCovariates>) -> Outcome<Self> {
        let (report, json) = (fitted.report().clone(), convert::store(&fitted)?);
        Ok(Self::with_covariates(fitted.into_model(), Some(report), json))
    }

    /// Whether the stored form is that of a model with covariates.
    fn read_with(json: &str) -> Option<Outcome<Self>> {
        const WHAT: &str = "sBG with covariates";
        let value: serde_json::Value = serde_json::from_str(json).ok()?;
        let has_report = value.get("report").is_some();
        let stored = if has_report { value.get("model")? } else { &value };
        stored.get("effects")?;
        let read = || {
            if has_report {
                return Self::fitted_with(convert::stored(WHAT, json)?);
            }
            let model: SbgWithCovariates = convert::stored(WHAT, json)?;
            let json = convert::store(&model)?;
            Ok(Self::with_covariates(model, None, json))
        };
        Some(read())
    }

    /// One value per customer with covariates.
    fn of_customers<'py>(
        &self,
        py: Python<'py>,
        covariates: &Bound<'py, Covariates>,
        f: impl FnOnce(&SbgWithCovariates, &crm_value::Covariates) -> crm_value::Result<Vec<f64>> + Send + 'static,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let model = self.covariates.clone().ok_or_else(|| PyValueError::new_err("the model has no covariates"))?;
        let covariates = covariates.get().0.clone();
        Ok(convert::array(py, interrupt::bulk(py, covariates.len(), move || f(&model, &covariates))??))
    }

    fn each<'py>(
        &self,
        py: Python<'py>,
        t: &PyReadonlyArray1<'py, u32>,
        f: impl Fn(&dyn CoreModel, u32) -> f64,
    ) -> Bound<'py, PyArray1<f64>> {
        convert::array(py, t.as_array().iter().map(|&t| f(self.model.as_ref(), t)).collect())
    }

    fn ahead<'py>(
        &self,
        py: Python<'py>,
        renewals: &PyReadonlyArray1<'py, u32>,
        f: impl FnOnce(&dyn CoreModel, &[u32]) -> crm_value::Result<Vec<f64>> + Send + 'static,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let (model, renewals) = (Arc::clone(&self.model), renewals.as_array().to_vec());
        let values = interrupt::bulk(py, renewals.len(), move || f(model.as_ref(), &renewals))??;
        Ok(convert::array(py, values))
    }
}

fn no_model(name: &str) -> PyErr {
    PyValueError::new_err(format!("there is no contractual model {name} with so many parameters"))
}

#[pymethods]
impl RetentionModel {
    /// The model called `model` with known parameters, in its own order.
    #[staticmethod]
    #[pyo3(signature = (model, params, coefficients=None))]
    fn given(model: &str, params: Vec<f64>, coefficients: Option<Vec<Coefficient>>) -> Outcome<Self> {
        if let (Some(coefficients), &[alpha, beta]) = (coefficients, params.as_slice()) {
            let model = WithCovariates::new(ShiftedBetaGeometric::new(alpha, beta)?, effects(coefficients)?)?;
            let json = convert::store(&model)?;
            return Ok(Self::with_covariates(model, None, json));
        }
        Ok(match (model, params.as_slice()) {
            ("geometric", &[theta]) => Self::new(given(Geometric::new(theta)?)?),
            ("sBG", &[alpha, beta]) => Self::new(given(ShiftedBetaGeometric::new(alpha, beta)?)?),
            ("BdW", &[alpha, beta, c]) => Self::new(given(BetaDiscreteWeibull::new(alpha, beta, c)?)?),
            _ => return Err(no_model(model).into()),
        })
    }

    #[staticmethod]
    #[pyo3(signature = (model, tenures, options, *, covariates=None, on_progress=None))]
    fn fit(
        py: Python<'_>,
        model: &str,
        tenures: &Bound<'_, Tenures>,
        options: &Bound<'_, FitOptions>,
        covariates: Option<&Bound<'_, CovariateOptions>>,
        on_progress: Option<&Bound<'_, PyAny>>,
    ) -> Outcome<Self> {
        let (name, tenures, options) = (model.to_owned(), Arc::clone(&tenures.get().0), options.clone().unbind());
        let covariates = covariates.map(|covariates| covariates.get().0.clone());
        let fit = move |watch: interrupt::Watch| -> Outcome<Self> {
            let options = options.get().watched_by(watch.monitor());
            if let Some(covariates) = &covariates {
                return Self::fitted_with(SbgWithCovariates::fit_with(&tenures, covariates, &options)?);
            }
            Ok(match name.as_str() {
                "geometric" => Self::new(fitted(Geometric::fit_with(&tenures, &options)?)?),
                "sBG" => Self::new(fitted(ShiftedBetaGeometric::fit_with(&tenures, &options)?)?),
                "BdW" => Self::new(fitted(BetaDiscreteWeibull::fit_with(&tenures, &options)?)?),
                _ => return Err(no_model(&name).into()),
            })
        };
        interrupt::watched(py, on_progress, fit)?
    }

    #[staticmethod]
    fn from_json(model: &str, json: &str) -> Outcome<Self> {
        if let Some(read) = Self::read_with(json).filter(|_| model == "sBG") {
            return read;
        }
        Ok(match model {
            "geometric" => Self::new(from_json::<Geometric>("geometric", json)?),
            "sBG" => Self::new(from_json::<ShiftedBetaGeometric>("sBG", json)?),
            "BdW" => Self::new(from_json::<BetaDiscreteWeibull>("BdW", json)?),
            _ => return Err(no_model(model).into()),
        })
    }

    #[getter]
    fn name(&self) -> &'static str {
        self.model.name()
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

    /// The coefficients: process, covariate, coefficient, centre, scale; empty without covariates.
    #[getter]
    fn effects_of_covariates(&self) -> Vec<(&'static str, String, f64, f64, f64)> {
        let effect =
            |effect: &CovariateEffect| (effect.process.name(), effect.covariate.clone(), effect.coefficient, effect.centre, effect.scale);
        self.covariates.iter().flat_map(|model| model.effects().iter().map(effect)).collect()
    }

    fn survival_of<'py>(
        &self,
        py: Python<'py>,
        covariates: &Bound<'py, Covariates>,
        renewals: PyReadonlyArray1<'py, u32>,
        ahead: u32,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let renewals = renewals.as_array().to_vec();
        self.of_customers(py, covariates, move |model, covariates| model.survival_of(covariates, &renewals, ahead))
    }

    fn expected_renewals_of<'py>(
        &self,
        py: Python<'py>,
        covariates: &Bound<'py, Covariates>,
        renewals: PyReadonlyArray1<'py, u32>,
        horizon: u32,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let renewals = renewals.as_array().to_vec();
        self.of_customers(py, covariates, move |model, covariates| model.expected_renewals_of(covariates, &renewals, horizon))
    }

    fn residual_lifetimes_of<'py>(
        &self,
        py: Python<'py>,
        covariates: &Bound<'py, Covariates>,
        d: f64,
        renewals: PyReadonlyArray1<'py, u32>,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let renewals = renewals.as_array().to_vec();
        self.of_customers(py, covariates, move |model, covariates| model.residual_lifetimes_of(covariates, d, &renewals))
    }

    fn discounted_lifetimes_of<'py>(
        &self,
        py: Python<'py>,
        covariates: &Bound<'py, Covariates>,
        d: f64,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        self.of_customers(py, covariates, move |model, covariates| model.discounted_lifetimes_of(covariates, d))
    }

    /// Expected tenures of new customers; NaN where they are infinite, which the caller masks.
    fn expected_tenures_of<'py>(&self, py: Python<'py>, covariates: &Bound<'py, Covariates>) -> Outcome<Bound<'py, PyArray1<f64>>> {
        self.of_customers(py, covariates, |model, covariates| {
            Ok(model.expected_tenures_of(covariates)?.into_iter().map(|tenure| tenure.unwrap_or(f64::NAN)).collect())
        })
    }

    fn log_likelihood(&self, tenures: &Bound<'_, Tenures>) -> Outcome<f64> {
        Ok(self.model.log_likelihood(&tenures.get().0)?)
    }

    fn survival<'py>(&self, py: Python<'py>, t: PyReadonlyArray1<'py, u32>) -> Bound<'py, PyArray1<f64>> {
        self.each(py, &t, |model, t| model.survival(t))
    }

    fn retention_rate<'py>(&self, py: Python<'py>, t: PyReadonlyArray1<'py, u32>) -> Bound<'py, PyArray1<f64>> {
        self.each(py, &t, |model, t| model.retention_rate(t))
    }

    fn churn_probability<'py>(&self, py: Python<'py>, t: PyReadonlyArray1<'py, u32>) -> Bound<'py, PyArray1<f64>> {
        self.each(py, &t, |model, t| model.churn_pmf(t))
    }

    fn expected_tenure(&self) -> Option<f64> {
        self.model.expected_tenure()
    }

    fn survival_ahead<'py>(&self, py: Python<'py>, renewals: PyReadonlyArray1<'py, u32>, ahead: u32) -> Outcome<Bound<'py, PyArray1<f64>>> {
        self.ahead(py, &renewals, move |model, renewals| Ok(model.survival_ahead(renewals, ahead)))
    }

    fn expected_renewals<'py>(
        &self,
        py: Python<'py>,
        renewals: PyReadonlyArray1<'py, u32>,
        horizon: u32,
    ) -> Outcome<Bound<'py, PyArray1<f64>>> {
        self.ahead(py, &renewals, move |model, renewals| Ok(model.expected_renewals_ahead(renewals, horizon)))
    }

    fn discounted_expected_lifetime(&self, d: f64) -> Outcome<f64> {
        Ok(self.model.discounted_expected_lifetime(d)?)
    }

    fn residual_lifetimes<'py>(&self, py: Python<'py>, d: f64, renewals: PyReadonlyArray1<'py, u32>) -> Outcome<Bound<'py, PyArray1<f64>>> {
        self.ahead(py, &renewals, move |model, renewals| model.residual_lifetimes(d, renewals))
    }
}
