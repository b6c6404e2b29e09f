//! Fit options and the fit report.

use crm_value as core;
use crm_value::{Estimate, Monitor};
use numpy::{PyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use crate::convert;
use crate::errors::Outcome;
use crate::time::{Span, restored};

/// How a model is estimated.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct FitOptions(core::FitOptions);

#[pymethods]
impl FitOptions {
    #[new]
    #[pyo3(signature = (*, start, max_iterations, tolerance, threads, fixed=Vec::new(), priors=Vec::new(), penalty=0.0))]
    fn new(
        start: Option<Vec<f64>>,
        max_iterations: &Bound<'_, PyAny>,
        tolerance: f64,
        threads: Option<&Bound<'_, PyAny>>,
        fixed: Vec<(String, f64)>,
        priors: Vec<(String, Bound<'_, PyAny>, f64)>,
        penalty: f64,
    ) -> Outcome<Self> {
        let max_iterations = convert::count("max_iterations", max_iterations)?;
        let mut options = core::FitOptions::new().max_iterations(max_iterations).tolerance(tolerance).penalty(penalty);
        for (parameter, value) in fixed {
            options = options.fix(&parameter, value);
        }
        for (parameter, median, log_sd) in priors {
            options = match median.cast::<Span>() {
                Ok(span) => options.prior_span(&parameter, span.get().0, log_sd),
                Err(_) => options.prior(&parameter, median.extract()?, log_sd),
            };
        }
        if let Some(start) = start {
            options = options.start(&start);
        }
        if let Some(threads) = threads {
            options = options.threads(convert::count("threads", threads)?);
        }
        Ok(FitOptions(options))
    }
}

impl FitOptions {
    pub(crate) fn watched_by(&self, monitor: Monitor) -> core::FitOptions {
        self.0.clone().monitor(monitor)
    }
}

/// The outcome of a fit: how good, how certain, how it ended.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct FitReport(pub(crate) core::FitReport);

impl FitReport {
    fn by_name<'py, V: IntoPyObject<'py>>(&self, py: Python<'py>, value: impl Fn(&Estimate) -> V) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for estimate in &self.0.estimates {
            dict.set_item(&estimate.name, value(estimate))?;
        }
        Ok(dict)
    }
}

#[pymethods]
impl FitReport {
    /// The model's name.
    #[getter]
    fn model(&self) -> &str {
        &self.0.model
    }

    /// The time unit of the parameters; `None` if time does not enter the model.
    #[getter]
    fn unit(&self) -> Option<&'static str> {
        self.0.unit.map(core::TimeUnit::name)
    }

    /// The estimates by parameter name.
    #[getter]
    fn params<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.by_name(py, |estimate| estimate.value)
    }

    /// Standard errors by parameter name, from the observed information; `None` where the Hessian does not allow one.
    #[getter]
    fn standard_errors<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.by_name(py, |estimate| estimate.standard_error)
    }

    /// Covariance matrix of the parameters, in the model's order; `None` where the Hessian does not allow one.
    #[getter]
    fn covariance<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray2<f64>>> {
        self.0.covariance.as_ref().map(|covariance| covariance.to_pyarray(py))
    }

    /// Total log-likelihood (natural log, not negated).
    #[getter]
    fn log_likelihood(&self) -> f64 {
        self.0.log_likelihood
    }

    /// What priors and penalty took off the log-likelihood while it was maximised; 0 without any.
    #[getter]
    fn penalty(&self) -> f64 {
        self.0.penalty
    }

    /// The parameters that the options held at their values.
    #[getter]
    fn fixed(&self) -> Vec<&str> {
        self.0.estimates.iter().filter(|estimate| estimate.fixed).map(|estimate| estimate.name.as_str()).collect()
    }

    /// Akaike's information criterion.
    #[getter]
    fn aic(&self) -> f64 {
        self.0.aic()
    }

    /// Bayesian information criterion.
    #[getter]
    fn bic(&self) -> f64 {
        self.0.bic()
    }

    /// Largest absolute gradient in the log-parameters, per customer.
    #[getter]
    fn gradient_norm(&self) -> f64 {
        self.0.gradient_norm
    }

    /// Newton iterations.
    #[getter]
    fn iterations(&self) -> usize {
        self.0.iterations
    }

    /// Evaluations of the likelihood.
    #[getter]
    fn evaluations(&self) -> usize {
        self.0.evaluations
    }

    /// Customers that entered the likelihood.
    #[getter]
    fn customers(&self) -> usize {
        self.0.customers
    }

    /// Distinct histories that they reduce to.
    #[getter]
    fn patterns(&self) -> usize {
        self.0.patterns
    }

    /// Whether the solver converged to a point inside the searched region.
    #[getter]
    fn converged(&self) -> bool {
        self.0.converged()
    }

    /// Why the solver stopped: "converged", "stalled" or "max_iterations".
    #[getter]
    fn termination(&self) -> Outcome<String> {
        Ok(convert::store(&self.0.termination)?.trim_matches('"').to_owned())
    }

    /// What the user should know, as texts.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.0.warnings.iter().map(ToString::to_string).collect()
    }

    /// Lower and upper bound by parameter name at confidence `level` (0.95 for 95 %); `None` without standard errors.
    ///
    /// Symmetric in the logarithm of the parameter, so the bounds stay positive.
    fn confidence_intervals<'py>(&self, py: Python<'py>, level: f64) -> Outcome<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (estimate, interval) in self.0.estimates.iter().zip(self.0.confidence_intervals(level)?) {
            dict.set_item(&estimate.name, interval)?;
        }
        Ok(dict)
    }

    /// One dict per coefficient of a covariate: name, estimate, standard_error, z, p_value, lower, upper, fixed.
    fn coefficients<'py>(&self, py: Python<'py>, level: f64) -> Outcome<Vec<Bound<'py, PyDict>>> {
        let mut rows = Vec::new();
        for row in self.0.coefficients(level)? {
            let dict = PyDict::new(py);
            dict.set_item("name", &row.name)?;
            dict.set_item("estimate", row.estimate)?;
            dict.set_item("standard_error", row.standard_error)?;
            dict.set_item("z", row.z)?;
            dict.set_item("p_value", row.p_value)?;
            dict.set_item("lower", row.interval.map(|(lower, _)| lower))?;
            dict.set_item("upper", row.interval.map(|(_, upper)| upper))?;
            dict.set_item("fixed", row.fixed)?;
            rows.push(dict);
        }
        Ok(rows)
    }

    /// The test against the same model without covariates: against, statistic, degrees_of_freedom, p_value; `None` if there is none.
    #[getter]
    fn likelihood_ratio<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some(test) = &self.0.likelihood_ratio else { return Ok(None) };
        let dict = PyDict::new(py);
        dict.set_item("against", &test.against)?;
        dict.set_item("statistic", test.statistic)?;
        dict.set_item("degrees_of_freedom", test.degrees_of_freedom)?;
        dict.set_item("p_value", test.p_value)?;
        Ok(Some(dict))
    }

    /// Everything in the report as plain Python objects.
    fn to_dict<'py>(&self, py: Python<'py>) -> Outcome<Bound<'py, PyAny>> {
        let dict = convert::json_loads(py, &self.to_json()?)?;
        dict.set_item("params", self.params(py)?)?;
        dict.set_item("standard_errors", self.standard_errors(py)?)?;
        dict.set_item("covariance", self.covariance(py).map(|covariance| covariance.call_method0("tolist")).transpose()?)?;
        dict.set_item("aic", self.aic())?;
        dict.set_item("bic", self.bic())?;
        dict.set_item("converged", self.converged())?;
        dict.set_item("warnings", self.warnings())?;
        dict.del_item("estimates")?;
        Ok(dict)
    }

    /// The stored form as JSON.
    fn to_json(&self) -> Outcome<String> {
        convert::store(&self.0)
    }

    /// Reads the stored form.
    #[classmethod]
    fn from_json(_cls: &Bound<'_, PyType>, json: &str) -> Outcome<Self> {
        Ok(FitReport(convert::stored("fit report", json)?))
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    fn __hash__(&self) -> u64 {
        self.0.log_likelihood.to_bits()
    }

    fn __repr__(&self) -> String {
        self.0.to_string()
    }

    fn _repr_html_(&self) -> String {
        let report = &self.0;
        let row = |cells: [String; 3]| cells.to_vec();
        let mut rows = vec![row(["parameter", "estimate", "standard error"].map(str::to_owned))];
        for Estimate { name, value, standard_error, .. } in &report.estimates {
            let error = standard_error.map_or_else(|| "-".to_owned(), |error| format!("{error:.6}"));
            rows.push(row([name.clone(), format!("{value:.6}"), error]));
        }
        for (label, value) in [("log-likelihood", report.log_likelihood), ("AIC", report.aic()), ("BIC", report.bic())] {
            rows.push(row([label.to_owned(), format!("{value:.4}"), String::new()]));
        }
        for warning in &report.warnings {
            rows.push(row(["warning".to_owned(), warning.to_string(), String::new()]));
        }
        convert::html_table(&format!("{} ({} customers)", report.model, report.customers), &rows)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Outcome<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        restored(slf.as_any(), slf.get().to_json()?)
    }
}
