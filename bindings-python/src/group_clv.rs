//! Value of customers with a contract, and of cohorts.

use std::sync::Arc;

use crm_value as core;
use crm_value::ClvModel;
use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

use crate::cohort::CohortGrid;
use crate::contractual::RetentionModel;
use crate::convert::{self, Figure};
use crate::errors::Outcome;
use crate::interrupt;
use crate::summary::Customers;
use crate::time::{DiscountRate, Span};

/// What the user chose; everything else stays as the core has it.
#[derive(Debug)]
struct Contracts {
    retention: Arc<dyn core::RetentionModel>,
    margin: Figure,
    period: Option<core::Span>,
    discount: Option<core::DiscountRate>,
    payments: Option<u32>,
    next_renewal: Option<core::NextRenewal>,
    active: Option<Vec<bool>>,
}

impl Contracts {
    fn clv(&self) -> core::ContractualClv<'_> {
        let mut clv = core::ContractualClv::new(self.retention.as_ref(), self.margin.borrow());
        clv = self.period.map_or(clv, |period| clv.period(period));
        clv = self.discount.map_or(clv, |rate| clv.discount(rate));
        clv = self.payments.map_or(clv, |payments| clv.payments(payments));
        clv = self.next_renewal.map_or(clv, |when| clv.next_renewal(when));
        self.active.as_deref().map_or(clv, |active| clv.active(active))
    }
}

/// Value of customers with a contract.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct ContractualClv(Arc<Contracts>);

#[pymethods]
impl ContractualClv {
    #[new]
    #[pyo3(signature = (retention, margin_per_period, *, period=None, discount=None, payments=None, next_renewal=None, active=None))]
    fn new(
        retention: &Bound<'_, RetentionModel>,
        margin_per_period: &Bound<'_, PyAny>,
        period: Option<&Bound<'_, Span>>,
        discount: Option<&Bound<'_, DiscountRate>>,
        payments: Option<u32>,
        next_renewal: Option<&str>,
        active: Option<Vec<bool>>,
    ) -> Outcome<Self> {
        let next_renewal = next_renewal.map(|when| convert::choice("next_renewal", when, "use due_now or at_period_end")).transpose()?;
        Ok(ContractualClv(Arc::new(Contracts {
            retention: retention.get().retention(),
            margin: Figure::read("margin_per_period", margin_per_period)?,
            period: period.map(|period| period.get().0),
            discount: discount.map(|rate| rate.get().0),
            payments,
            next_renewal,
            active,
        })))
    }

    fn new_customer(&self, margin_per_period: f64) -> Outcome<f64> {
        Ok(self.0.clv().new_customer(margin_per_period)?)
    }

    fn after_renewals<'py>(&self, py: Python<'py>, renewals: PyReadonlyArray1<'py, u32>) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let (contracts, renewals) = (Arc::clone(&self.0), renewals.as_array().to_vec());
        let work = move || contracts.clv().after_renewals(&renewals);
        Ok(convert::array(py, interrupt::watched(py, None, move |_| work())??))
    }

    fn value<'py>(&self, py: Python<'py>, customers: &Bound<'py, Customers>) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let (contracts, customers) = (Arc::clone(&self.0), Arc::clone(&customers.get().0));
        let work = move || contracts.clv().value(&customers);
        Ok(convert::array(py, interrupt::watched(py, None, move |_| work())??))
    }
}

/// What the user chose; everything else stays as the core has it.
#[derive(Debug)]
struct ByCohort {
    table: Arc<core::CohortTable>,
    retention: Arc<dyn core::RetentionModel>,
    margin: Option<f64>,
    from_margin_column: bool,
    recent: Option<usize>,
    discount: Option<core::DiscountRate>,
    periods: Option<u32>,
    residual_only: bool,
}

impl ByCohort {
    fn clv(&self) -> core::CohortClv<'_> {
        let mut clv = core::CohortClv::new(&self.table, self.retention.as_ref()).residual_only(self.residual_only);
        clv = self.margin.map_or(clv, |margin| clv.margin(margin));
        clv = if self.from_margin_column { clv.from_margin_column() } else { clv };
        clv = self.recent.map_or(clv, |ages| clv.recent(ages));
        clv = self.discount.map_or(clv, |rate| clv.discount(rate));
        self.periods.map_or(clv, |periods| clv.periods(periods))
    }
}

/// Value of cohorts.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct CohortClv(Arc<ByCohort>);

#[pymethods]
impl CohortClv {
    #[new]
    #[pyo3(signature = (
        cohorts, retention, *, margin=None, from_margin_column=false, recent=None, discount=None, periods=None, residual_only=false
    ))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments in Python")]
    fn new(
        cohorts: &Bound<'_, CohortGrid>,
        retention: &Bound<'_, RetentionModel>,
        margin: Option<f64>,
        from_margin_column: bool,
        recent: Option<usize>,
        discount: Option<&Bound<'_, DiscountRate>>,
        periods: Option<u32>,
        residual_only: bool,
    ) -> Self {
        CohortClv(Arc::new(ByCohort {
            table: Arc::clone(&cohorts.get().table),
            retention: retention.get().retention(),
            margin,
            from_margin_column,
            recent,
            discount: discount.map(|rate| rate.get().0),
            periods,
            residual_only,
        }))
    }

    /// The cohorts as JSON rows, and observed and residual value of each together.
    fn cohorts(&self, py: Python<'_>) -> Outcome<(String, Vec<f64>)> {
        let by_cohort = Arc::clone(&self.0);
        let values = interrupt::watched(py, None, move |_| by_cohort.clv().cohorts())??;
        Ok((convert::store(&values)?, values.iter().map(core::CohortValue::total).collect()))
    }

    fn value<'py>(&self, py: Python<'py>, customers: &Bound<'py, Customers>) -> Outcome<Bound<'py, PyArray1<f64>>> {
        let (by_cohort, customers) = (Arc::clone(&self.0), Arc::clone(&customers.get().0));
        let work = move || by_cohort.clv().value(&customers);
        Ok(convert::array(py, interrupt::watched(py, None, move |_| work())??))
    }
}
