//! Customer lifetime value.

use std::sync::Arc;

use crm_value as core;
use crm_value::{ClvModel, DiscountTiming};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::convert;
use crate::errors::Outcome;
use crate::interrupt;
use crate::models::{PurchaseModel, SpendingModel};
use crate::summary::{Customers, Log};
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
    let clv = historical(margin, from_margin_column);
    let customers = Arc::clone(&customers.get().0);
    Ok(convert::array(py, interrupt::bulk(py, customers.len(), move || clv.value(&customers))??))
}

fn historical(margin: Option<f64>, from_margin_column: bool) -> core::HistoricalClv {
    match margin {
        _ if from_margin_column => core::HistoricalClv::from_margin_column(),
        Some(margin) => core::HistoricalClv::margin(margin),
        None => core::HistoricalClv::new(),
    }
}

/// Realised value of every customer, compounded to the end of observation.
#[pyfunction]
#[pyo3(signature = (log, customers, rate, margin, from_margin_column))]
pub(crate) fn compounded_clv<'py>(
    py: Python<'py>,
    log: &Bound<'py, Log>,
    customers: &Bound<'py, Customers>,
    rate: &Bound<'py, DiscountRate>,
    margin: Option<f64>,
    from_margin_column: bool,
) -> Outcome<Bound<'py, PyArray1<f64>>> {
    let clv = historical(margin, from_margin_column);
    let (log, customers, rate) = (Arc::clone(&log.get().0), Arc::clone(&customers.get().0), rate.get().0);
    Ok(convert::array(py, interrupt::bulk(py, customers.len(), move || clv.compounded(&log, rate).value(&customers))??))
}

/// Lifetime value by a formula on averages.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct SimpleClv(core::SimpleClv);

#[pymethods]
impl SimpleClv {
    #[staticmethod]
    fn orders(average_order_value: f64, purchases_per_period: f64, lifespan: f64, margin: Option<f64>) -> Self {
        Self::with_margin(core::SimpleClv::orders(average_order_value, purchases_per_period, lifespan), margin)
    }

    #[staticmethod]
    fn orders_of(customers: &Bound<'_, Customers>, churn: f64, period: &Bound<'_, Span>, margin: Option<f64>) -> Outcome<Self> {
        Ok(Self::with_margin(core::SimpleClv::orders_of(&customers.get().0, churn, period.get().0)?, margin))
    }

    #[staticmethod]
    fn arpu(arpu: f64, churn: f64, margin: Option<f64>) -> Self {
        Self::with_margin(core::SimpleClv::arpu(arpu, churn), margin)
    }

    #[staticmethod]
    fn retention(
        margin_per_period: f64,
        retention: f64,
        period: &Bound<'_, Span>,
        discount: Option<&Bound<'_, DiscountRate>>,
        first_margin: Option<&str>,
    ) -> Outcome<Self> {
        let mut clv = core::SimpleClv::retention(margin_per_period, retention, period.get().0);
        if let Some(rate) = discount {
            clv = clv.discount(rate.get().0);
        }
        if let Some(when) = first_margin {
            clv = clv.first_margin(first_margin_of(when)?);
        }
        Ok(SimpleClv(clv))
    }

    #[getter]
    fn figure(&self) -> Outcome<f64> {
        Ok(self.0.figure()?)
    }

    fn value<'py>(&self, py: Python<'py>, customers: &Bound<'py, Customers>) -> Outcome<Bound<'py, PyArray1<f64>>> {
        Ok(convert::array(py, self.0.value(&customers.get().0)?))
    }
}

impl SimpleClv {
    fn with_margin(clv: core::SimpleClv, margin: Option<f64>) -> Self {
        SimpleClv(margin.map_or(clv, |margin| clv.margin(margin)))
    }
}

fn first_margin_of(when: &str) -> Result<core::FirstMargin, core::Error> {
    convert::choice("first_margin", when, "use after_one_period or now")
}

/// What a margin of 1 per period is worth while the customer stays.
#[pyfunction]
pub(crate) fn margin_multiple(
    retention: f64,
    discount: &Bound<'_, DiscountRate>,
    period: &Bound<'_, Span>,
    first_margin: Option<&str>,
) -> Outcome<f64> {
    let when = first_margin.map(first_margin_of).transpose()?.unwrap_or_default();
    Ok(core::margin_multiple(retention, discount.get().0, period.get().0, when)?)
}

/// Value from assumptions.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct ColdStart(core::ColdStart);

/// Kind ("known", "mean_sd", "range") and the numbers of an assumption.
type Assumed = (String, f64, f64);

fn assumption((kind, a, b): Assumed) -> core::Assumption {
    match kind.as_str() {
        "mean_sd" => core::Assumption::MeanSd { mean: a, sd: b },
        "range" => core::Assumption::Range { low: a, high: b },
        _ => core::Assumption::Known(a),
    }
}

/// Median, 10 % point, 90 % point, mean, draws and seed.
type Simulated = (f64, f64, f64, f64, usize, u64);

#[pymethods]
impl ColdStart {
    #[new]
    #[pyo3(signature = (
        retention, order_value, frequency, *, margin=None, period=None, discount=None, periods=None, first_margin=None, draws=None, seed=None
    ))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments in Python")]
    fn new(
        retention: Assumed,
        order_value: Assumed,
        frequency: Assumed,
        margin: Option<Assumed>,
        period: Option<&Bound<'_, Span>>,
        discount: Option<&Bound<'_, DiscountRate>>,
        periods: Option<u32>,
        first_margin: Option<&str>,
        draws: Option<usize>,
        seed: Option<u64>,
    ) -> Outcome<Self> {
        let mut clv = core::ColdStart::new(assumption(retention), assumption(order_value), assumption(frequency));
        clv = margin.map_or(clv, |margin| clv.margin(assumption(margin)));
        clv = period.map_or(clv, |period| clv.period(period.get().0));
        clv = discount.map_or(clv, |rate| clv.discount(rate.get().0));
        clv = periods.map_or(clv, |periods| clv.periods(periods));
        clv = draws.map_or(clv, |draws| clv.draws(draws));
        clv = seed.map_or(clv, |seed| clv.seed(seed));
        if let Some(when) = first_margin {
            clv = clv.first_margin(first_margin_of(when)?);
        }
        Ok(ColdStart(clv))
    }

    fn simulate(&self, py: Python<'_>) -> Outcome<Simulated> {
        let clv = self.0;
        let value = interrupt::watched(py, None, move |_| clv.simulate())??;
        Ok((value.median, value.low, value.high, value.mean, value.draws, value.seed))
    }

    fn draws<'py>(&self, py: Python<'py>) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let clv = self.0;
        Ok(convert::array(py, interrupt::watched(py, None, move |_| clv.draw_values())??))
    }

    /// Weight of the data, value, 10 % point, 90 % point.
    fn blend(&self, py: Python<'_>, data: f64, customers: f64, prior_customers: f64) -> Outcome<(f64, f64, f64, f64)> {
        let clv = self.0;
        let simulated = interrupt::watched(py, None, move |_| clv.simulate())??;
        let blended = simulated.blend(data, customers, prior_customers)?;
        Ok((blended.weight, blended.value, blended.low, blended.high))
    }
}

/// Columns of a table by name, in order.
type Columns<'py> = Bound<'py, PyDict>;

/// Periods as columns, sums by name, and the equity of existing and of new customers and of both.
type Forecasted<'py> = (Columns<'py>, Columns<'py>, (f64, f64, f64));

/// Expected purchases, revenue and margin per future period.
#[pyfunction]
#[pyo3(signature = (purchases, spend, customers, *, margin=None, discount=None, period=None, periods=None, plan=None, acquisition_cost=None))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments in Python")]
pub(crate) fn forecast<'py>(
    py: Python<'py>,
    purchases: &Bound<'py, PurchaseModel>,
    spend: &Bound<'py, SpendingModel>,
    customers: &Bound<'py, Customers>,
    margin: Option<f64>,
    discount: Option<&Bound<'py, DiscountRate>>,
    period: Option<&Bound<'py, Span>>,
    periods: Option<usize>,
    plan: Option<&Bound<'py, PyAny>>,
    acquisition_cost: Option<f64>,
) -> Outcome<Forecasted<'py>> {
    let (purchases, spend) = (Arc::clone(&purchases.get().model), spend.get().model);
    let customers = Arc::clone(&customers.get().0);
    let plan = plan.map(|plan| convert::numbers("plan", plan)).transpose()?.unwrap_or_default();
    let (discount, period) = (discount.map(|rate| rate.get().0), period.map(|period| period.get().0));
    let work = move || {
        let mut forecast = core::Forecast::new(purchases.as_ref(), &spend).plan(&plan);
        forecast = margin.map_or(forecast, |margin| forecast.margin(margin));
        forecast = discount.map_or(forecast, |rate| forecast.discount(rate));
        forecast = period.map_or(forecast, |period| forecast.period(period));
        forecast = periods.map_or(forecast, |periods| forecast.periods(periods));
        forecast = acquisition_cost.map_or(forecast, |cost| forecast.acquisition_cost(cost));
        forecast.of(&customers)
    };
    let table = interrupt::watched(py, None, move |_| work())??;
    let (columns, totals) = (PyDict::new(py), PyDict::new(py));
    let rows = table.periods();
    columns.set_item("period", convert::counts(py, rows.iter().map(|row| row.period as i64)))?;
    columns.set_item("discount_factor", convert::array(py, rows.iter().map(|row| row.discount_factor).collect()))?;
    for (name, value) in FORECAST_COLUMNS {
        columns.set_item(name, convert::array(py, rows.iter().map(value).collect()))?;
        totals.set_item(name, value(&table.totals()))?;
    }
    Ok((columns, totals, (table.existing_equity(), table.new_equity(), table.customer_equity())))
}

/// A column of a forecast.
type ForecastColumn = (&'static str, fn(&core::ForecastPeriod) -> f64);

const FORECAST_COLUMNS: [ForecastColumn; 8] = [
    ("purchases", |row| row.purchases),
    ("revenue", |row| row.revenue),
    ("margin", |row| row.margin),
    ("new_customers", |row| row.new_customers),
    ("new_purchases", |row| row.new_purchases),
    ("new_revenue", |row| row.new_revenue),
    ("new_margin", |row| row.new_margin),
    ("acquisition_cost", |row| row.acquisition_cost),
];

/// Total, mean and number of negatives of every column of values.
#[pyfunction]
pub(crate) fn compare_values(columns: Vec<(String, Bound<'_, PyAny>)>) -> Outcome<Vec<(f64, f64, usize)>> {
    let read = |(name, values): &(String, Bound<'_, PyAny>)| Ok((name.clone(), convert::numbers(name, values)?));
    let columns = columns.iter().map(read).collect::<Outcome<Vec<_>>>()?;
    let borrowed: Vec<(&str, &[f64])> = columns.iter().map(|(name, values)| (name.as_str(), values.as_slice())).collect();
    let table = core::ClvComparison::from_columns(&borrowed)?;
    Ok(table.columns().iter().map(|column| (column.total, column.mean, column.negative)).collect())
}

/// The probability of every customer to reach a value of `threshold` within the horizon.
#[pyfunction]
#[pyo3(signature = (purchases, spend, customers, horizon, threshold, margin=None, value_to_date=None))]
#[allow(clippy::too_many_arguments, reason = "the arguments of the Python function")]
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
