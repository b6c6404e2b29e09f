//! Concentration and tiers.

use std::sync::Arc;

use crm_value as core;
use numpy::PyArray1;
use pyo3::prelude::*;

use crate::convert;
use crate::errors::Outcome;
use crate::interrupt;

fn policy(negatives: &str) -> Result<core::NegativePolicy, core::Error> {
    convert::choice("negatives", negatives, "use reject, clamp or allow")
}

/// The values as the core reads them and the concentration they show.
fn concentration(py: Python<'_>, values: &Bound<'_, PyAny>, negatives: &str) -> Outcome<core::Concentration> {
    let (values, policy) = (convert::numbers("value", values)?, policy(negatives)?);
    Ok(interrupt::bulk(py, values.len(), move || core::Concentration::with_policy(&values, policy))??)
}

/// Concentration of a value over customers.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct Spread(Arc<core::Concentration>);

#[pymethods]
impl Spread {
    #[new]
    fn new(py: Python<'_>, values: &Bound<'_, PyAny>, negatives: &str) -> Outcome<Self> {
        Ok(Spread(Arc::new(concentration(py, values, negatives)?)))
    }

    #[getter]
    fn n(&self) -> usize {
        self.0.n()
    }

    #[getter]
    fn total(&self) -> f64 {
        self.0.total()
    }

    #[getter]
    fn negatives_clamped(&self) -> usize {
        self.0.negatives_clamped()
    }

    #[getter]
    fn gini(&self) -> f64 {
        self.0.gini()
    }

    #[getter]
    fn gini_corrected(&self) -> f64 {
        self.0.gini_corrected()
    }

    fn lorenz_at(&self, p: f64) -> Outcome<f64> {
        Ok(self.0.lorenz_at(p)?)
    }

    /// Points (p, L(p)) of the Lorenz curve.
    fn lorenz<'py>(&self, py: Python<'py>, points: &Bound<'py, PyAny>) -> Outcome<Curve<'py>> {
        let (p, share) = self.0.lorenz(convert::count("points", points)?).into_iter().unzip();
        Ok((convert::array(py, p), convert::array(py, share)))
    }

    fn top_share(&self, p: f64) -> Outcome<f64> {
        Ok(self.0.top_share(p)?)
    }

    fn top_count_share(&self, k: &Bound<'_, PyAny>) -> Outcome<f64> {
        Ok(self.0.top_count_share(convert::count("k", k)?))
    }

    /// Customers, their share of the customers, and the share of the value they hold.
    fn customers_for_share(&self, s: f64) -> Outcome<(usize, f64, f64)> {
        let answer = self.0.customers_for_share(s)?;
        Ok((answer.customers, answer.customer_share, answer.value_share))
    }

    #[pyo3(signature = (bounds=None))]
    fn tiers(&self, bounds: Option<Vec<f64>>) -> Outcome<TierTable> {
        Ok(TierTable(self.0.tiers(bounds.as_deref().unwrap_or(&core::Tiers::CUSTOMER_BOUNDS))?))
    }

    #[pyo3(signature = (bounds=None))]
    fn abc(&self, bounds: Option<Vec<f64>>) -> Outcome<TierTable> {
        Ok(TierTable(self.0.abc(bounds.as_deref().unwrap_or(&core::Tiers::ABC_BOUNDS))?))
    }
}

/// Two columns of a curve.
type Curve<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>);

/// Bound, customers, customer share, value, value share and smallest value of a tier.
type Row = (f64, usize, f64, f64, Option<f64>, Option<f64>);

/// Tiers of customers in descending value, best first.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct TierTable(core::Tiers);

#[pymethods]
impl TierTable {
    #[staticmethod]
    #[pyo3(signature = (values, bounds=None))]
    fn by_customer_share(py: Python<'_>, values: &Bound<'_, PyAny>, bounds: Option<Vec<f64>>) -> Outcome<Self> {
        let values = convert::numbers("value", values)?;
        let work = move || core::Tiers::by_customer_share(&values, bounds.as_deref().unwrap_or(&core::Tiers::CUSTOMER_BOUNDS));
        Ok(TierTable(interrupt::watched(py, None, move |_| work())??))
    }

    /// "customer_share" or "value_share": what the bounds are shares of.
    #[getter]
    fn basis(&self) -> Outcome<String> {
        Ok(convert::store(&self.0.basis())?.trim_matches('"').to_owned())
    }

    #[getter]
    fn rows(&self) -> Vec<Row> {
        let row = |tier: &core::Tier| (tier.bound, tier.customers, tier.customer_share, tier.value, tier.value_share, tier.smallest);
        self.0.rows().iter().map(row).collect()
    }

    /// The tier of every value, 0 for the best.
    fn assign<'py>(&self, py: Python<'py>, values: &Bound<'py, PyAny>) -> Outcome<Bound<'py, PyArray1<i64>>> {
        let (values, tiers) = (convert::numbers("value", values)?, self.0.clone());
        let assigned = interrupt::bulk(py, values.len(), move || tiers.assign(&values))??;
        Ok(convert::counts(py, assigned))
    }

    fn to_json(&self) -> Outcome<String> {
        convert::store(&self.0)
    }

    #[staticmethod]
    fn from_json(json: &str) -> Outcome<Self> {
        Ok(TierTable(convert::stored("tiers", json)?))
    }
}
