//! Covariates: the table, the options, and the purchase models that use them.

use crm_value as core;
use crm_value::{
    BgNbd, CovariateEffect, CovariateModel, Error, FitOptions, Fitted, GgompertzNbd, MbgNbd, ParetoNbd, Span, TimeUnit, WithCovariates,
};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::convert::{self, Column, Role};
use crate::errors::Outcome;
use crate::models::PurchaseModel;

/// Named columns of numbers, one row per customer.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct Covariates(pub(crate) core::Covariates);

#[pymethods]
impl Covariates {
    #[new]
    fn new(names: Vec<String>, columns: Vec<Bound<'_, PyAny>>) -> Outcome<Self> {
        let mut values = Vec::with_capacity(columns.len());
        for (name, column) in names.iter().zip(&columns) {
            values.push(Column::read(name, Role::Number, column)?.into_numbers()?);
        }
        let columns: Vec<(&str, &[f64])> = names.iter().map(String::as_str).zip(values.iter().map(Vec::as_slice)).collect();
        Ok(Covariates(core::Covariates::from_columns(&columns)?))
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }
}

/// The columns by name.
pub(crate) fn columns<'py>(py: Python<'py>, covariates: &core::Covariates) -> PyResult<Bound<'py, PyDict>> {
    let columns = PyDict::new(py);
    for name in covariates.names() {
        columns.set_item(name, covariates.column(name).map(|values| PyArray1::from_slice(py, values)))?;
    }
    Ok(columns)
}

/// Which covariates enter a model, and how.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct CovariateOptions(pub(crate) core::CovariateOptions);

#[pymethods]
impl CovariateOptions {
    #[new]
    #[pyo3(signature = (*, purchase=Vec::new(), dropout=Vec::new(), alpha=Vec::new(), beta=Vec::new(), shared, separate_shapes=false, standardize, ridge))]
    #[allow(clippy::too_many_arguments, reason = "the options by name")]
    fn new(
        purchase: Vec<String>,
        dropout: Vec<String>,
        alpha: Vec<String>,
        beta: Vec<String>,
        shared: Vec<String>,
        separate_shapes: bool,
        standardize: bool,
        ridge: f64,
    ) -> Self {
        let options = core::CovariateOptions::new().purchase(&texts(&purchase)).dropout(&texts(&dropout)).shared(&texts(&shared));
        let options = options.alpha(&texts(&alpha)).beta(&texts(&beta));
        CovariateOptions(options.separate_shapes(separate_shapes).standardize(standardize).ridge(ridge))
    }

    /// The names of the coefficients, in the order of the report.
    #[getter]
    fn coefficient_names(&self) -> Vec<String> {
        self.0.coefficient_names()
    }
}

fn texts(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// What a model can do because it has covariates.
pub(crate) trait Effects: std::fmt::Debug + Send + Sync {
    fn effects(&self) -> &[CovariateEffect];
    fn expected_purchases(&self, customers: &core::Covariates, horizon: Span) -> core::Result<Vec<f64>>;
    fn purchase_probabilities(&self, customers: &core::Covariates, n: u32, horizon: Span) -> core::Result<Vec<f64>>;
}

impl<M: CovariateModel> Effects for WithCovariates<M> {
    fn effects(&self) -> &[CovariateEffect] {
        self.effects()
    }

    fn expected_purchases(&self, customers: &core::Covariates, horizon: Span) -> core::Result<Vec<f64>> {
        self.expected_purchases_new_customers(customers, horizon)
    }

    fn purchase_probabilities(&self, customers: &core::Covariates, n: u32, horizon: Span) -> core::Result<Vec<f64>> {
        self.purchase_probabilities(customers, n, horizon)
    }
}

/// A coefficient by its name, with centre and scale of the covariate if it is standardised.
pub(crate) type Coefficient = (String, f64, Option<(f64, f64)>);

pub(crate) fn effects(coefficients: Vec<Coefficient>) -> Result<Vec<CovariateEffect>, Error> {
    let effect = |(name, coefficient, standard): Coefficient| {
        let effect = CovariateEffect::named(&name, coefficient)?;
        Ok(standard.map_or(effect.clone(), |(centre, scale)| effect.standardized(centre, scale)))
    };
    coefficients.into_iter().map(effect).collect()
}

fn given<M: CovariateModel + Serialize + DeserializeOwned + 'static>(
    baseline: M,
    coefficients: Vec<Coefficient>,
) -> Outcome<PurchaseModel> {
    let model = WithCovariates::new(baseline, effects(coefficients)?)?;
    let json = convert::store(&model)?;
    Ok(PurchaseModel::with_covariates(model, None, json))
}

fn fitted<M: CovariateModel + Serialize + DeserializeOwned + 'static>(fitted: Fitted<WithCovariates<M>>) -> Outcome<PurchaseModel> {
    let json = convert::store(&fitted)?;
    let report = fitted.report().clone();
    Ok(PurchaseModel::with_covariates(fitted.into_model(), Some(report), json))
}

fn read<M: CovariateModel + Serialize + DeserializeOwned + 'static>(
    what: &'static str,
    json: &str,
    has_report: bool,
) -> Outcome<PurchaseModel> {
    if has_report {
        return fitted(convert::stored::<Fitted<WithCovariates<M>>>(what, json)?);
    }
    let model: WithCovariates<M> = convert::stored(what, json)?;
    let json = convert::store(&model)?;
    Ok(PurchaseModel::with_covariates(model, None, json))
}

fn no_covariates(model: &str) -> Error {
    let requirement = "this model takes no covariates; BG/NBD, MBG/NBD, Pareto/NBD and GGompertz/NBD do";
    Error::InvalidOption { option: "covariates", value: model.to_owned(), requirement }
}

macro_rules! covariate_models {
    ($($model:ident $name:literal ($($parameter:ident),+)),+ $(,)?) => {
        /// The model called `model` with known parameters and coefficients.
        pub(crate) fn given_with(model: &str, params: &[f64], unit: TimeUnit, coefficients: Vec<Coefficient>) -> Outcome<PurchaseModel> {
            match (model, params) {
                $(($name, &[$($parameter),+]) => given($model::new($($parameter),+, unit)?, coefficients),)+
                _ => Err(no_covariates(model).into()),
            }
        }

        /// Fits the model called `model`.
        pub(crate) fn fit_with(
            model: &str,
            customers: &core::CustomerSummary,
            weights: Option<&[f64]>,
            covariates: &core::CovariateOptions,
            options: &FitOptions,
        ) -> Outcome<PurchaseModel> {
            match model {
                $($name => fitted(match weights {
                    Some(weights) => WithCovariates::<$model>::fit_weighted(customers, weights, covariates, options)?,
                    None => WithCovariates::<$model>::fit_with(customers, covariates, options)?,
                }),)+
                _ => Err(no_covariates(model).into()),
            }
        }

        /// Reads the stored form of the model called `model`, if that is one with covariates.
        pub(crate) fn read_with(model: &str, json: &str) -> Option<Outcome<PurchaseModel>> {
            let value: serde_json::Value = serde_json::from_str(json).ok()?;
            let has_report = value.get("report").is_some();
            let stored = if has_report { value.get("model")? } else { &value };
            stored.get("effects")?;
            match model {
                $($name => Some(read::<$model>(concat!($name, " with covariates"), json, has_report)),)+
                _ => None,
            }
        }
    };
}

// The names are those of `Model::name`.
covariate_models! {
    BgNbd "BG/NBD" (r, alpha, a, b),
    GgompertzNbd "GGompertz/NBD" (r, alpha, b, s, beta),
    MbgNbd "MBG/NBD" (r, alpha, a, b),
    ParetoNbd "Pareto/NBD" (r, alpha, s, beta),
}
