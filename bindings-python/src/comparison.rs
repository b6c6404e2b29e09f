//! Models side by side.

use crm_value as core;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::errors::Outcome;
use crate::fit::FitReport;

/// Fits of several models to the same customers, side by side.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct Comparison(core::Comparison);

#[pymethods]
impl Comparison {
    /// Sets reports side by side.
    #[staticmethod]
    fn of(reports: Vec<PyRef<'_, FitReport>>) -> Outcome<Self> {
        let reports: Vec<&core::FitReport> = reports.iter().map(|report| &report.0).collect();
        Ok(Comparison(core::Comparison::of(&reports)?))
    }

    /// One dict a model, the smallest AIC first.
    fn rows<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let row = |model: &core::ComparedModel| {
            let dict = PyDict::new(py);
            dict.set_item("model", &model.model)?;
            dict.set_item("log_likelihood", model.log_likelihood)?;
            dict.set_item("parameters", model.parameters)?;
            dict.set_item("aic", model.aic)?;
            dict.set_item("bic", model.bic)?;
            dict.set_item("delta_aic", model.delta_aic)?;
            dict.set_item("akaike_weight", model.akaike_weight)?;
            dict.set_item("converged", model.converged)?;
            dict.set_item("warnings", model.warnings.iter().map(ToString::to_string).collect::<Vec<_>>())?;
            Ok(dict)
        };
        self.0.models().iter().map(row).collect()
    }

    /// One dict a likelihood-ratio test.
    fn tests<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let test = |(model, test): (&core::ComparedModel, &core::NestedTest)| {
            let dict = PyDict::new(py);
            dict.set_item("model", &model.model)?;
            dict.set_item("against", &test.ratio.against)?;
            dict.set_item("statistic", test.ratio.statistic)?;
            dict.set_item("degrees_of_freedom", test.ratio.degrees_of_freedom)?;
            dict.set_item("p_value", test.ratio.p_value)?;
            dict.set_item("boundary", test.boundary)?;
            Ok(dict)
        };
        self.0.models().iter().flat_map(|model| model.tests.iter().map(move |it| (model, it))).map(test).collect()
    }

    fn __repr__(&self) -> String {
        self.0.to_string()
    }
}
