//! Customers and transaction logs drawn from the models.

use std::sync::Arc;

use crm_value as core;
use crm_value::{ContractSimulation, OpportunitySimulation, Simulation, Span, TimeUnit};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::contractual::{RetentionModel, Tenures};
use crate::convert;
use crate::covariates::Covariates;
use crate::discrete::{Opportunities, OpportunityModel};
use crate::errors::Outcome;
use crate::interrupt;
use crate::models::{PurchaseModel, SpendingModel};
use crate::summary::Customers;

/// Who is simulated.
enum Who {
    Same(usize, Span),
    Each(Vec<f64>, TimeUnit),
    Calendar(usize, [core::Date; 3]),
}

/// Draws customers: a summary, columns of what a summary does not hold, and all purchases, with days if there are dates.
///
/// `dates`: first and last day of acquisition, last day observed. Times are in `unit`, the model's by default.
#[pyfunction]
#[pyo3(signature = (model, customers, age, dates, unit, holdout, spend, covariates, seed))]
#[allow(clippy::too_many_arguments, reason = "the options of one call")]
pub(crate) fn simulate_customers<'py>(
    py: Python<'py>,
    model: &Bound<'py, PurchaseModel>,
    customers: Option<usize>,
    age: Option<&Bound<'py, PyAny>>,
    dates: Option<[String; 3]>,
    unit: Option<&str>,
    holdout: Option<f64>,
    spend: Option<&Bound<'py, SpendingModel>>,
    covariates: Option<&Bound<'py, Covariates>>,
    seed: u64,
) -> Outcome<(Customers, Bound<'py, PyDict>, Bound<'py, PyDict>)> {
    let model = Arc::clone(&model.get().model);
    let own = model.unit();
    let who = match (customers, age, dates) {
        (Some(n), Some(age), None) => Who::Same(n, convert::span(age.extract()?, unit, own)?),
        (None, Some(ages), None) => Who::Each(convert::numbers("T", ages)?, unit.map_or(Ok(own), convert::unit)?),
        (Some(n), None, Some([first, last, until])) => {
            let day = |text: &str| convert::date("acquired", text);
            Who::Calendar(n, [day(&first)?, day(&last)?, convert::date("observed_until", &until)?])
        }
        _ => return Err(PyTypeError::new_err("give a number of customers with T or with dates, or one T per customer").into()),
    };
    let holdout = holdout.map(|length| convert::span(length, unit, own)).transpose()?;
    let spend = spend.map(|spend| spend.get().model);
    let covariates = covariates.map(|covariates| covariates.get().0.clone());
    let items = match &who {
        Who::Same(n, _) | Who::Calendar(n, _) => *n,
        Who::Each(ages, _) => ages.len(),
    };
    let (simulated, summary, purchases, days) = interrupt::bulk(py, items, move || -> core::Result<_> {
        let mut simulation = match &who {
            Who::Same(n, age) => Simulation::observed_for(*n, *age),
            Who::Each(ages, unit) => Simulation::with_ages(ages, *unit),
            Who::Calendar(n, [first, last, until]) => Simulation::acquired(*n, *first, *last, *until),
        }
        .seed(seed);
        if let Some(holdout) = holdout {
            simulation = simulation.holdout(holdout);
        }
        if let Some(spend) = &spend {
            simulation = simulation.spend(spend);
        }
        if let Some(covariates) = &covariates {
            simulation = simulation.covariates(covariates);
        }
        let simulated = simulation.run(model.as_ref())?;
        let days = simulated.first_days().map(|_| simulated.transactions()).transpose()?.map(|log| log.days);
        let (summary, purchases) = (simulated.summary()?, simulated.all_purchases());
        Ok((simulated, summary, purchases, days))
    })??;
    let truth = PyDict::new(py);
    truth.set_item("alive", convert::array(py, simulated.alive()))?;
    truth.set_item("left", (0..simulated.len()).map(|i| simulated.left(i)).collect::<Vec<Option<f64>>>())?;
    truth.set_item("holdout_frequency", convert::counts(py, simulated.holdout_frequency()))?;
    truth.set_item("holdout_spend", simulated.holdout_spend().map(|spent| convert::array(py, spent)))?;
    let log = PyDict::new(py);
    log.set_item("customer_id", convert::array(py, purchases.ids))?;
    log.set_item("time", convert::array(py, purchases.times))?;
    log.set_item("days", days.map(|days| convert::array(py, days)))?;
    log.set_item("amount", convert::array(py, purchases.amounts))?;
    Ok((Customers(Arc::new(summary)), truth, log))
}

/// Draws customers with opportunities: a summary, columns of what it does not hold, and the opportunities at which each one bought.
#[pyfunction]
pub(crate) fn simulate_opportunities<'py>(
    py: Python<'py>,
    model: &Bound<'py, OpportunityModel>,
    opportunities: Vec<u32>,
    holdout: u32,
    seed: u64,
) -> Outcome<(Opportunities, Bound<'py, PyDict>, Bound<'py, PyDict>)> {
    let (model, items) = (model.get().model, opportunities.len());
    let (simulated, summary) = interrupt::bulk(py, items, move || -> core::Result<_> {
        let simulated = OpportunitySimulation::with_opportunities(&opportunities).holdout(holdout).seed(seed).run(&model)?;
        let summary = simulated.summary()?;
        Ok((simulated, summary))
    })??;
    let truth = PyDict::new(py);
    truth.set_item("alive", convert::array(py, simulated.alive()))?;
    truth.set_item("left", (0..simulated.len()).map(|i| simulated.left(i)).collect::<Vec<Option<u32>>>())?;
    truth.set_item("holdout_frequency", convert::counts(py, simulated.holdout_frequency()))?;
    let purchases = PyDict::new(py);
    let rows = || (0..simulated.len()).flat_map(|i| simulated.purchases(i).iter().map(move |&opportunity| (i as u64, opportunity)));
    purchases.set_item("customer_id", convert::array(py, rows().map(|(id, _)| id).collect()))?;
    purchases.set_item("opportunity", convert::counts(py, rows().map(|(_, opportunity)| opportunity)))?;
    Ok((Opportunities(Arc::new(summary)), truth, purchases))
}

/// Draws customers with a contract: tenures for a fit, the rows in columns, and the survivor counts of the cohorts.
#[pyfunction]
#[pyo3(signature = (model, periods, covariates, seed))]
pub(crate) fn simulate_contracts<'py>(
    py: Python<'py>,
    model: &Bound<'py, RetentionModel>,
    periods: Vec<u32>,
    covariates: Option<&Bound<'py, Covariates>>,
    seed: u64,
) -> Outcome<(Tenures, Bound<'py, PyDict>, Vec<Vec<f64>>)> {
    let (model, items) = (Arc::clone(&model.get().model), periods.len());
    let covariates = covariates.map(|covariates| covariates.get().0.clone());
    let (simulated, tenures) = interrupt::bulk(py, items, move || -> core::Result<_> {
        let mut simulation = ContractSimulation::with_periods(&periods).seed(seed);
        if let Some(covariates) = &covariates {
            simulation = simulation.covariates(covariates);
        }
        let simulated = simulation.run(model.as_ref())?;
        let tenures = simulated.tenures()?;
        Ok((simulated, tenures))
    })??;
    let rows = PyDict::new(py);
    rows.set_item("tenure", convert::counts(py, simulated.tenure()))?;
    rows.set_item("churned", convert::array(py, simulated.churned()))?;
    rows.set_item("lifetime", simulated.lifetimes().to_vec())?;
    Ok((Tenures(Arc::new(tenures)), rows, simulated.survivors()))
}
