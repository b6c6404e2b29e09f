//! Contribution margin, net value, payback, campaigns, referrals.

use crm_value as core;
use crm_value::{PerCustomer, ReferralDepth};
use numpy::PyArray1;
use pyo3::prelude::*;

use crate::convert::{self, Column, Figure, Role};
use crate::errors::Outcome;
use crate::interrupt;
use crate::time::{DiscountRate, Span};

type Floats<'py> = Bound<'py, PyArray1<f64>>;
type Flags<'py> = Bound<'py, PyArray1<bool>>;

/// Values and where they are missing, for a masked array.
pub(crate) fn masked<'py>(py: Python<'py>, values: &[Option<f64>]) -> (Floats<'py>, Flags<'py>) {
    let numbers = values.iter().map(|value| value.unwrap_or(0.0)).collect();
    let missing = values.iter().map(Option::is_none).collect();
    (convert::array(py, numbers), convert::array(py, missing))
}

/// Contribution margin of every customer.
#[pyfunction]
#[pyo3(signature = (
    revenue, *, margin=None, cost=None, orders=None, returns=None, contacts=None, cost_to_serve=None,
    rate=None, cost_per_order=None, cost_per_return=None, cost_per_contact=None, cost_per_customer=None
))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments in Python")]
pub(crate) fn contribution_margin<'py>(
    py: Python<'py>,
    revenue: &Bound<'py, PyAny>,
    margin: Option<&Bound<'py, PyAny>>,
    cost: Option<&Bound<'py, PyAny>>,
    orders: Option<&Bound<'py, PyAny>>,
    returns: Option<&Bound<'py, PyAny>>,
    contacts: Option<&Bound<'py, PyAny>>,
    cost_to_serve: Option<&Bound<'py, PyAny>>,
    rate: Option<f64>,
    cost_per_order: Option<f64>,
    cost_per_return: Option<f64>,
    cost_per_contact: Option<f64>,
    cost_per_customer: Option<f64>,
) -> Outcome<Floats<'py>> {
    let revenue = convert::numbers("revenue", revenue)?;
    let read = |name: &str, column: Option<&Bound<'py, PyAny>>| column.map(|values| convert::numbers(name, values)).transpose();
    let (margin, cost, orders) = (read("margin", margin)?, read("cost", cost)?, read("orders", orders)?);
    let (returns, contacts) = (read("returns", returns)?, read("contacts", contacts)?);
    let cost_to_serve = read("cost_to_serve", cost_to_serve)?;
    let mut model = core::ContributionMargin::new();
    model = rate.map_or(model, |rate| model.rate(rate));
    model = cost_per_order.map_or(model, |cost| model.cost_per_order(cost));
    model = cost_per_return.map_or(model, |cost| model.cost_per_return(cost));
    model = cost_per_contact.map_or(model, |cost| model.cost_per_contact(cost));
    model = cost_per_customer.map_or(model, |cost| model.cost_per_customer(cost));
    let values = interrupt::bulk(py, revenue.len(), move || {
        model.of(&core::CustomerActivity {
            revenue: &revenue,
            margin: margin.as_deref(),
            cost: cost.as_deref(),
            orders: orders.as_deref(),
            returns: returns.as_deref(),
            contacts: contacts.as_deref(),
            cost_to_serve: cost_to_serve.as_deref(),
        })
    })??;
    Ok(convert::array(py, values))
}

/// Values less acquisition costs.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct NetValue(core::NetValue);

#[pymethods]
impl NetValue {
    #[new]
    fn new(py: Python<'_>, values: &Bound<'_, PyAny>, acquisition_cost: &Bound<'_, PyAny>) -> Outcome<Self> {
        let (values, cost) = (convert::numbers("value", values)?, Figure::read("acquisition_cost", acquisition_cost)?);
        Ok(NetValue(interrupt::bulk(py, values.len(), move || core::NetValue::of(&values, cost.borrow()))??))
    }

    #[getter]
    fn net<'py>(&self, py: Python<'py>) -> Floats<'py> {
        PyArray1::from_slice(py, self.0.net())
    }

    #[getter]
    fn ratios<'py>(&self, py: Python<'py>) -> (Floats<'py>, Flags<'py>) {
        masked(py, self.0.ratios())
    }

    #[getter]
    fn ratio(&self) -> Option<f64> {
        self.0.ratio()
    }

    /// Sums of the values, the costs and the net values.
    #[getter]
    fn totals(&self) -> (f64, f64, f64) {
        (self.0.total_value(), self.0.total_cost(), self.0.total_net())
    }

    #[getter]
    fn loss_making(&self) -> usize {
        self.0.loss_making()
    }
}

/// Running totals of discounted margins.
#[pyfunction]
pub(crate) fn cumulative_discounted<'py>(
    py: Python<'py>,
    margins: &Bound<'py, PyAny>,
    discount: &Bound<'py, DiscountRate>,
    period: &Bound<'py, Span>,
) -> Outcome<Floats<'py>> {
    let margins = convert::numbers("margin", margins)?;
    Ok(convert::array(py, core::cumulative_discounted(&margins, discount.get().0, period.get().0)?))
}

/// The first period in which discounted margins cover the acquisition cost.
#[pyfunction]
pub(crate) fn payback_period(
    margins: &Bound<'_, PyAny>,
    acquisition_cost: f64,
    discount: &Bound<'_, DiscountRate>,
    period: &Bound<'_, Span>,
) -> Outcome<Option<usize>> {
    let margins = convert::numbers("margin", margins)?;
    Ok(core::payback_period(&margins, acquisition_cost, discount.get().0, period.get().0)?)
}

/// Gain, cost, net gain and ROI of a measure.
type InvestmentRow = (f64, f64, f64, Option<f64>);

fn investment_row(investment: core::Investment) -> InvestmentRow {
    (investment.gain, investment.cost, investment.net(), investment.roi())
}

/// A measure with a known gain.
#[pyfunction]
pub(crate) fn investment(gain: f64, cost: f64) -> Outcome<InvestmentRow> {
    Ok(investment_row(core::Investment::new(gain, cost)?))
}

/// Winning new customers.
#[pyfunction]
pub(crate) fn acquisition_investment(customers: f64, value: f64, cost: f64) -> Outcome<InvestmentRow> {
    Ok(investment_row(core::Investment::acquisition(customers, value, cost)?))
}

/// Keeping customers.
#[pyfunction]
pub(crate) fn retention_investment(
    residual_values: &Bound<'_, PyAny>,
    uplift: &Bound<'_, PyAny>,
    cost: &Bound<'_, PyAny>,
) -> Outcome<InvestmentRow> {
    let values = convert::numbers("value", residual_values)?;
    let (uplift, cost) = (Figure::read("uplift", uplift)?, Figure::read("cost", cost)?);
    Ok(investment_row(core::Investment::retention(&values, uplift.borrow(), cost.borrow())?))
}

/// The most that may be spent on winning a customer.
#[pyfunction]
pub(crate) fn largest_acquisition_spend(clv: f64, ratio: f64) -> Outcome<f64> {
    Ok(core::largest_acquisition_spend(clv, ratio)?)
}

/// The most that may be spent on keeping each customer.
#[pyfunction]
pub(crate) fn largest_retention_spend<'py>(
    py: Python<'py>,
    residual_values: &Bound<'py, PyAny>,
    uplift: &Bound<'py, PyAny>,
) -> Outcome<Floats<'py>> {
    let (values, uplift) = (convert::numbers("value", residual_values)?, Figure::read("uplift", uplift)?);
    Ok(convert::array(py, core::largest_retention_spend(&values, uplift.borrow())?))
}

/// Customers, responses, margin, cost, profit and ROI of the contacts made.
type CampaignRow = (usize, f64, f64, f64, f64, Option<f64>);

fn campaign_row(totals: core::CampaignTotals) -> CampaignRow {
    (totals.customers, totals.responses, totals.margin, totals.cost, totals.profit(), totals.roi())
}

/// The customers that a campaign should contact.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct Targeting(core::Targeting);

#[pymethods]
impl Targeting {
    #[new]
    #[pyo3(signature = (response, margin, contact_cost, baseline=None, budget=None))]
    fn new(
        py: Python<'_>,
        response: &Bound<'_, PyAny>,
        margin: &Bound<'_, PyAny>,
        contact_cost: &Bound<'_, PyAny>,
        baseline: Option<&Bound<'_, PyAny>>,
        budget: Option<f64>,
    ) -> Outcome<Self> {
        let (response, margin) = (convert::numbers("response", response)?, Figure::read("margin", margin)?);
        let cost = Figure::read("contact_cost", contact_cost)?;
        let baseline = baseline.map(|baseline| Figure::read("baseline", baseline)).transpose()?;
        let select = move || {
            let mut campaign = core::Campaign::new(cost.borrow());
            if let Some(baseline) = &baseline {
                campaign = campaign.baseline(baseline.borrow());
            }
            if let Some(budget) = budget {
                campaign = campaign.budget(budget);
            }
            campaign.select(&response, margin.borrow())
        };
        Ok(Targeting(interrupt::watched(py, None, move |_| select())??))
    }

    #[getter]
    fn value<'py>(&self, py: Python<'py>) -> Floats<'py> {
        PyArray1::from_slice(py, self.0.value())
    }

    #[getter]
    fn break_even<'py>(&self, py: Python<'py>) -> (Floats<'py>, Flags<'py>) {
        masked(py, self.0.break_even())
    }

    #[getter]
    fn selected<'py>(&self, py: Python<'py>) -> Flags<'py> {
        PyArray1::from_slice(py, self.0.selected())
    }

    #[getter]
    fn contacted(&self) -> CampaignRow {
        campaign_row(self.0.contacted())
    }

    #[getter]
    fn everyone(&self) -> CampaignRow {
        campaign_row(self.0.everyone())
    }

    #[getter]
    fn saved(&self) -> f64 {
        self.0.saved()
    }
}

/// Who referred whom.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct Referrals(core::Referrals);

/// Credit and number of direct referrals of every customer, and the total credit.
type Credit<'py> = (Floats<'py>, Bound<'py, PyArray1<i64>>, f64);

#[pymethods]
impl Referrals {
    #[new]
    fn new(customer_id: &Bound<'_, PyAny>, referred_by: &Bound<'_, PyAny>) -> Outcome<Self> {
        let column = customer_id.py().import("crm_value._frames")?.getattr("column")?;
        let ids = Column::read("customer_id", Role::Id, &column.call1((customer_id,))?)?.into_ids()?;
        let referrers = Column::read("referred_by", Role::Id, &column.call1((referred_by,))?)?.into_optional_ids()?;
        let (borrowed, missing) = (referrers.borrow_like(&ids), referrers.missing.as_deref());
        Ok(Referrals(core::Referrals::new(ids.borrow().column(), borrowed.column(), missing)?))
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    #[getter]
    fn longest_chain(&self) -> usize {
        self.0.longest_chain()
    }

    /// `levels`: how far down the credit reaches; `None` for the whole chain.
    #[pyo3(signature = (values, share, levels))]
    fn credit<'py>(&self, py: Python<'py>, values: &Bound<'py, PyAny>, share: f64, levels: Option<u32>) -> Outcome<Credit<'py>> {
        let values = convert::numbers("value", values)?;
        let depth = levels.map_or(ReferralDepth::Endless, ReferralDepth::Levels);
        let value = py.detach(|| self.0.credit(&values, share, depth))?;
        let referred = convert::counts(py, value.referred().iter().copied());
        Ok((PyArray1::from_slice(py, value.credit()), referred, value.total()))
    }
}

impl Figure {
    /// As the core takes it.
    pub(crate) fn borrow(&self) -> PerCustomer<'_> {
        match self {
            Figure::Same(value) => PerCustomer::Same(*value),
            Figure::Column(values) => PerCustomer::Column(values),
        }
    }
}
