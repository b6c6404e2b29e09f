//! Value of customers with a contract: retention model times margin per period.

use super::{ClvModel, default_rate};
use crate::economics::PerCustomer;
use crate::error::{Error, Result};
use crate::models::{RetentionModel, ShiftedBetaGeometric};
use crate::parallel;
use crate::summary::CustomerSummary;
use crate::time::{DiscountRate, Span, TimeUnit};

/// When the next renewal of a customer is taken to be due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum NextRenewal {
    /// Now: the next payment is not discounted, as in the literature. The default.
    #[default]
    DueNow,
    /// At the end of the period the customer is in, as T says: the payments are discounted from there to the end of observation.
    AtPeriodEnd,
}

/// Value of customers whose loss is observed: subscriptions, memberships, policies.
///
/// # Formula
/// ```text
/// new customer:                      m · DEL(d)       = m Σ_{t≥0} S(t) / (1 + d)^t
/// customer who made n renewals:      m · DERL(d, n)   = m Σ_{t≥n+1} S(t) / S(n) / (1 + d)^(t−n−1)
/// over h payments: the first h terms; next renewal at the end of the period: · v((n + 1) L − T)
/// ```
/// m margin per period, d discount rate per period of length L, S the survival curve of the retention model. A customer of a summary has made
/// n = ⌊T / L⌋ renewals: it is in its (n+1)-th period. One who has left is worth nothing: see [`ContractualClv::active`]. Of a model with
/// covariates the customers of a summary have their own parameters; the other methods are those of its baseline.
///
/// | option | default | range |
/// |---|---|---|
/// | `period` | one year | the period of the retention model |
/// | `discount` | 10 % a year | > −1; above 0 if endless |
/// | `payments` | endless | ≥ 1 |
/// | `next_renewal` | due now | |
/// | `active` | everyone | |
///
/// # Examples
/// ```
/// use crm_value::{ContractualClv, ShiftedBetaGeometric};
/// let retention = ShiftedBetaGeometric::new(1.0, 2.0)?;
/// let clv = ContractualClv::new(&retention, 100.0);
/// // Those who have renewed before are the more loyal ones, so that more is to be expected of them.
/// let value = clv.after_renewals(&[0, 1, 4])?;
/// assert!(value[0] < value[1] && value[1] < value[2]);
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// Fader & Hardie (2010), "Customer-base valuation in a contractual setting: the perils of ignoring heterogeneity", Marketing Science 29(1),
/// 85-93, eqs. 2, 6.
#[derive(Debug, Clone, Copy)]
pub struct ContractualClv<'a> {
    retention: &'a dyn RetentionModel,
    margin: PerCustomer<'a>,
    period: Span,
    rate: DiscountRate,
    payments: Option<u32>,
    next_renewal: NextRenewal,
    active: Option<&'a [bool]>,
}

impl<'a> ContractualClv<'a> {
    /// Value from a retention model, fitted or given, and the margin per period in money: one for all customers or one per customer.
    pub fn new(retention: &'a dyn RetentionModel, margin_per_period: impl Into<PerCustomer<'a>>) -> Self {
        ContractualClv {
            retention,
            margin: margin_per_period.into(),
            period: Span::one(TimeUnit::Year),
            rate: default_rate(),
            payments: None,
            next_renewal: NextRenewal::default(),
            active: None,
        }
    }

    /// Sets the period between renewals.
    pub fn period(mut self, period: Span) -> Self {
        self.period = period;
        self
    }

    /// Sets the discount rate.
    pub fn discount(mut self, rate: DiscountRate) -> Self {
        self.rate = rate;
        self
    }

    /// Counts this many payments to come only; 0 means without end.
    pub fn payments(mut self, payments: u32) -> Self {
        self.payments = (payments > 0).then_some(payments);
        self
    }

    /// Sets when the next renewal is due.
    pub fn next_renewal(mut self, when: NextRenewal) -> Self {
        self.next_renewal = when;
        self
    }

    /// Says which customers still have their contract; the others are worth 0.
    pub fn active(mut self, active: &'a [bool]) -> Self {
        self.active = Some(active);
        self
    }

    /// The value of a customer about to join, the first payment included: DEL times a margin per period, in money.
    ///
    /// # Errors
    /// [`Error::UnboundedValue`] for an endless value without a discount rate above 0; [`Error::InvalidOption`] for a margin that is not finite.
    pub fn new_customer(&self, margin_per_period: f64) -> Result<f64> {
        PerCustomer::Same(margin_per_period).check("margin_per_period", "", 0)?;
        let d = self.rate_per_period()?;
        let later = match self.payments {
            Some(1) => 0.0,
            payments => self.retention.discounted_renewals_given(0, d, payments.map(|payments| payments - 1)),
        };
        Ok(margin_per_period * (1.0 + later))
    }

    /// The value of active customers who made these numbers of renewals, the next one being due now: DERL times margin, in money.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::LengthMismatch`], [`Error::NonFinite`], [`Error::InvalidOption`] for the margins; [`Error::UnboundedValue`].
    pub fn after_renewals(&self, renewals: &[u32]) -> Result<Vec<f64>> {
        self.values(renewals, None)
    }

    /// The same of customers who have models of their own, if they do.
    fn values(&self, renewals: &[u32], models: Option<&[ShiftedBetaGeometric]>) -> Result<Vec<f64>> {
        if renewals.is_empty() {
            return Err(Error::Empty { what: "column `renewals`".to_owned() });
        }
        self.margin.check("margin_per_period", "renewals", renewals.len())?;
        if let Some(actual) = self.active.map(<[bool]>::len).filter(|&actual| actual != renewals.len()) {
            let (column, reference) = ("active".to_owned(), "renewals".to_owned());
            return Err(Error::LengthMismatch { column, actual, reference, expected: renewals.len() });
        }
        let d = self.rate_per_period()?;
        let residual = |model: &dyn RetentionModel, renewals| (1.0 + d) * model.discounted_renewals_given(renewals, d, self.payments);
        let lifetimes: Vec<f64> = if let Some(models) = models {
            parallel::map(renewals.len(), 20, |row| residual(&models[row], renewals[row]))
        } else {
            let mut distinct = renewals.to_vec();
            distinct.sort_unstable();
            distinct.dedup();
            let residuals = parallel::map(distinct.len(), 200, |i| residual(self.retention, distinct[i]));
            renewals.iter().map(|renewals| distinct.binary_search(renewals).map_or(0.0, |i| residuals[i])).collect()
        };
        let value = |(row, lifetime): (usize, f64)| {
            let active = self.active.is_none_or(|active| active[row]);
            if active { self.margin.at(row) * lifetime } else { 0.0 }
        };
        crate::economics::finite("value", lifetimes.into_iter().enumerate().map(value).collect())
    }

    fn rate_per_period(&self) -> Result<f64> {
        let d = (self.rate.delta(self.period.unit()) * self.period.length()).exp_m1();
        if self.payments.is_none() && !(d > 0.0) {
            return Err(Error::UnboundedValue { value: d });
        }
        Ok(d)
    }
}

impl ClvModel for ContractualClv<'_> {
    /// With covariates each customer by its own, which the summary must hold.
    ///
    /// # Errors
    /// As [`ContractualClv::after_renewals`]; [`Error::MissingCovariates`], [`Error::InvalidParameter`] from a model with covariates.
    fn value(&self, customers: &CustomerSummary) -> Result<Vec<f64>> {
        let length = self.period.in_unit(customers.unit());
        let renewals: Vec<u32> = customers.age().iter().map(|age| whole_periods(age / length)).collect();
        let models = self.retention.models_of(customers.covariates())?;
        let mut values = self.values(&renewals, models.as_deref())?;
        if self.next_renewal == NextRenewal::AtPeriodEnd {
            for ((value, age), &renewals) in values.iter_mut().zip(customers.age()).zip(&renewals) {
                let due_in = ((f64::from(renewals) + 1.0) * length - age).clamp(0.0, length);
                *value *= self.rate.factor(due_in, customers.unit());
            }
        }
        Ok(values)
    }
}

/// Whole periods gone by; 36 also where the ratio comes out as 36 − 1e-15.
fn whole_periods(ratio: f64) -> u32 {
    let nearest = ratio.round();
    if (ratio - nearest).abs() < 1e-9 { nearest as u32 } else { ratio as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::models::Geometric;

    fn near(actual: f64, expected: f64) {
        assert!((actual - expected).abs() <= 1e-12 * expected.abs(), "{actual} is not {expected}");
    }

    /// At a constant churn of 0.2 and d = 0.25: DEL = 1 / (1 − 0.8/1.25) = 1/0.36; DERL = 0.8 DEL for everyone.
    #[test]
    fn constant_churn_by_hand() -> Result<()> {
        let retention = Geometric::new(0.2)?;
        let rate = DiscountRate::annual(0.25)?;
        let clv = ContractualClv::new(&retention, 90.0).discount(rate);
        near(clv.new_customer(90.0)?, 250.0);
        for value in clv.after_renewals(&[0, 3, 40])? {
            near(value, 200.0);
        }
        // Two payments: 90 (1 + 0.64) = 147.6 for a new one, 90 · 0.8 · 1.64 after a renewal; one payment: 90 and 72.
        near(clv.payments(2).new_customer(90.0)?, 147.6);
        near(clv.payments(2).after_renewals(&[1])?[0], 118.08);
        near(clv.payments(1).new_customer(90.0)?, 90.0);
        near(clv.payments(1).after_renewals(&[7])?[0], 72.0);
        // Without discount a finite number of payments has a value all the same.
        near(clv.discount(DiscountRate::none()).payments(2).after_renewals(&[0])?[0], 90.0 * (0.8 + 0.64));
        Ok(())
    }

    #[test]
    fn the_series_summed_directly() -> Result<()> {
        let retention = ShiftedBetaGeometric::new(3.0, 5.0)?;
        let clv = ContractualClv::new(&retention, 1.0).discount(DiscountRate::annual(0.1)?);
        // S(t)/S(n) as a running product of r(t) = (β + t − 1) / (α + β + t − 1).
        let series = |n: u32| {
            let mut terms = Vec::new();
            let mut survival = 1.0;
            for t in n + 1..2_000 {
                survival *= (5.0 + f64::from(t) - 1.0) / (8.0 + f64::from(t) - 1.0);
                terms.push(survival / 1.1_f64.powi((t - n - 1) as i32));
            }
            terms.iter().rev().sum::<f64>()
        };
        for n in [0, 1, 2, 10] {
            near(clv.after_renewals(&[n])?[0], series(n));
        }
        near(clv.new_customer(1.0)?, 1.0 + series(0) / 1.1);
        Ok(())
    }

    #[test]
    fn customers_of_a_summary() -> Result<()> {
        let retention = ShiftedBetaGeometric::new(1.0, 2.0)?;
        let (year, rate) = (365.25 / 7.0, DiscountRate::annual(0.1)?);
        let age = [0.4 * year, 2.0 * year, 2.75 * year];
        let customers = CustomerSummary::from_columns(None, &[0.0; 3], &[0.0; 3], &age, None, TimeUnit::Week)?;
        let margin = [10.0, 20.0, -5.0];
        let clv = ContractualClv::new(&retention, &margin).discount(rate);
        let due_now = clv.value(&customers)?;
        assert_eq!(due_now, clv.after_renewals(&[0, 2, 2])?);
        let later = clv.next_renewal(NextRenewal::AtPeriodEnd).value(&customers)?;
        for ((later, now), share) in later.iter().zip(&due_now).zip([0.6, 1.0, 0.25]) {
            near(*later, now / 1.1_f64.powf(share));
        }
        let left = clv.active(&[true, false, true]).value(&customers)?;
        assert_eq!(left, [due_now[0], 0.0, due_now[2]]);
        Ok(())
    }

    #[test]
    fn refuses_bad_options() -> Result<()> {
        let retention = Geometric::new(0.2)?;
        let clv = ContractualClv::new(&retention, 1.0);
        let kind = |error: Error| error.kind();
        assert_eq!(clv.after_renewals(&[]).map_err(kind), Err(ErrorKind::Empty));
        assert_eq!(clv.discount(DiscountRate::none()).after_renewals(&[1]).map_err(kind), Err(ErrorKind::UnboundedValue));
        assert_eq!(clv.discount(DiscountRate::none()).new_customer(1.0).map_err(kind), Err(ErrorKind::UnboundedValue));
        assert_eq!(clv.new_customer(f64::NAN).map_err(kind), Err(ErrorKind::InvalidOption));
        assert_eq!(clv.active(&[true, true]).after_renewals(&[1]).map_err(kind), Err(ErrorKind::LengthMismatch));
        let uneven = ContractualClv::new(&retention, &[1.0, 2.0]);
        assert_eq!(uneven.after_renewals(&[1]).map_err(kind), Err(ErrorKind::LengthMismatch));
        let nan = ContractualClv::new(&retention, f64::NAN);
        assert_eq!(nan.after_renewals(&[1]).map_err(kind), Err(ErrorKind::InvalidOption));
        Ok(())
    }
}
