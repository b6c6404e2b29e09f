//! Customer lifetime value.

use std::sync::Arc;

use crm_value as core;
use crm_value::{ClvModel, DiscountTiming};
use numpy::PyArray1;
use pyo3::prelude::*;

use crate::convert;
use crate::errors::Outcome;
use crate::interrupt;
use crate::models::{PurchaseModel, SpendingModel};
use crate::summary::Customers;
use crate::time::{DiscountRate, Span};

/// What the user chose; everything else stays as the core has it.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct ClvOptions {
    margin: Option<f64>,
    horizon: Option<core::Span>,
    endless: bool,
    discount: Option<core::DiscountRate>,
    timing: Option<DiscountTiming>,
}

#[pymethods]
impl ClvOptions {
    #[new]
    #[pyo3(signature = (*, margin=None, horizon=None, endless=false, discount=None, timing=None, period=None))]
    fn new(
        margin: Option<f64>,
        horizon: Option<&Bound<'_, Span>>,
        endless: bool,
        discount: Option<&Bound<'_, DiscountRate>>,
        timing: Option<&str>,
        period: Option<&Bound<'_, Span>>,
    ) -> Outcome<Self> {
        let invalid = |value: &str, requirement| core::Error::InvalidOption { option: "timing", value: value.to_owned(), requirement };
        let timing = match (timing, period) {
            (None | Some("end_of_period"), Some(period)) => Some(DiscountTiming::EndOfPeriod(period.get().0)),
            (None | Some("end_of_period"), None) => None,
            (Some("continuous"), None) => Some(DiscountTiming::Continuous),
            (Some(timing @ "continuous"), Some(_)) => return Err(invalid(timing, "it has no period").into()),
            (Some(timing), _) => return Err(invalid(timing, "use end_of_period or continuous").into()),
        };
        let (horizon, discount) = (horizon.map(|span| span.get().0), discount.map(|rate| rate.get().0));
        Ok(ClvOptions { margin, horizon, endless, discount, timing })
    }
}

impl ClvOptions {
    fn apply<'a>(&self, mut clv: core::PredictiveClv<'a>) -> core::PredictiveClv<'a> {
        if let Some(margin) = self.margin {
            clv = clv.margin(margin);
        }
        if let Some(horizon) = self.horizon {
            clv = clv.horizon(horizon);
        }
        if self.endless {
            clv = clv.endless();
        }
        if let Some(discount) = self.discount {
            clv = clv.discount(discount);
        }
        if let Some(timing) = self.timing {
            clv = clv.timing(timing);
        }
        clv
    }
}

/// Value to come of every customer; with `purchases_only`, the discounted purchases.
#[pyfunction]
pub(crate) fn predictive_clv<'py>(
    py: Python<'py>,
    purchases: &Bound<'py, PurchaseModel>,
    spend: &Bound<'py, SpendingModel>,
    customers: &Bound<'py, Customers>,
    options: &Bound<'py, ClvOptions>,
    purchases_only: bool,
) -> Outcome<Bound<'py, PyArray1<f64>>> {
    let (purchases, spend) = (Arc::clone(&purchases.get().model), spend.get().model);
    let (customers, options) = (Arc::clone(&customers.get().0), options.clone().unbind());
    let work = move || {
        let clv = options.get().apply(core::PredictiveClv::new(purchases.as_ref(), &spend));
        if purchases_only { clv.discounted_purchases(&customers) } else { clv.value(&customers) }
    };
    let values = interrupt::watched(py, None, move |_| work())??;
    Ok(convert::array(py, values))
}

/// Realised value of every customer: revenue times `margin`, or the margins of the log.
#[pyfunction]
#[pyo3(signature = (customers, margin, from_margin_column))]
pub(crate) fn historical_clv<'py>(
    py: Python<'py>,
    customers: &Bound<'py, Customers>,
    margin: Option<f64>,
    from_margin_column: bool,
) -> Outcome<Bound<'py, PyArray1<f64>>> {
    let clv = match margin {
        _ if from_margin_column => core::HistoricalClv::from_margin_column(),
        Some(margin) => core::HistoricalClv::margin(margin),
        None => core::HistoricalClv::new(),
    };
    let customers = Arc::clone(&customers.get().0);
    Ok(convert::array(py, interrupt::bulk(py, customers.len(), move || clv.value(&customers))??))
}

/// The probability of every customer to reach a value of `threshold` within the horizon.
#[pyfunction]
#[pyo3(signature = (purchases, spend, customers, horizon, threshold, margin=None, value_to_date=None))]
pub(crate) fn reach_probability<'py>(
    py: Python<'py>,
    purchases: &Bound<'py, PurchaseModel>,
    spend: &Bound<'py, SpendingModel>,
    customers: &Bound<'py, Customers>,
    horizon: &Bound<'py, Span>,
    threshold: f64,
    margin: Option<f64>,
    value_to_date: Option<&Bound<'py, PyAny>>,
) -> Outcome<Bound<'py, PyArray1<f64>>> {
    let (purchases, spend) = (Arc::clone(&purchases.get().model), spend.get().model);
    let (customers, horizon) = (Arc::clone(&customers.get().0), horizon.get().0);
    let to_date = value_to_date.map(|values| convert::numbers("value to date", values)).transpose()?;
    let work = move || {
        let mut reach = core::ReachProbability::new(purchases.as_ref(), &spend, horizon, threshold);
        if let Some(margin) = margin {
            reach = reach.margin(margin);
        }
        reach.probability(&customers, to_date.as_deref())
    };
    Ok(convert::array(py, interrupt::watched(py, None, move |_| work())??))
}
