//! What every contractual model can say.

use hashbrown::HashMap;

use super::bg_bb::{check_endless_rate, check_rate};
use super::{Model, ShiftedBetaGeometric};
use crate::covariates::Covariates;
use crate::error::Result;
use crate::fit::Fitted;
use crate::parallel;
use crate::tenures::{Tenure, Tenures};

/// A model of how often customers renew a contract whose end is observed.
///
/// T is the renewal at which a customer leaves, 1 or more, which is also the number of periods paid for. `renewals` is the number n of
/// renewals made so far; a customer in period k has made k − 1. The required methods are kernels, the provided ones say the rest;
/// the methods on columns work each distinct n out once.
pub trait RetentionModel: Model {
    /// P(T > n + t | T > n): probability that a customer who made n renewals makes at least t more, in [0, 1].
    fn survival_given(&self, renewals: u32, ahead: u32) -> f64;

    /// P(T = n + 1 | T > n): probability that a customer who made n renewals leaves at the next one, in [0, 1].
    fn churn_given(&self, renewals: u32) -> f64;

    /// Σ_{t=1..h} P(T > n + t | T > n) (1 + d)^−t: the renewals to come, discounted by d per period, the next one once.
    ///
    /// `horizon` h, `None` for ∞; expects d > 0 there, d > −1 otherwise.
    fn discounted_renewals_given(&self, renewals: u32, d: f64, horizon: Option<u32>) -> f64;

    /// Expected number of renewals to come of a customer who made n; `None` if it is infinite.
    fn expected_remaining_renewals(&self, renewals: u32) -> Option<f64>;

    /// The models of customers with these covariates, one each; `None` where covariates make no difference.
    #[doc(hidden)]
    fn models_of(&self, _covariates: Option<&Covariates>) -> Result<Option<Vec<ShiftedBetaGeometric>>> {
        Ok(None)
    }

    /// S(t) = P(T > t): probability that a new customer makes at least t renewals; 1 at t = 0.
    fn survival(&self, t: u32) -> f64 {
        self.survival_given(0, t)
    }

    /// r(t) = S(t) / S(t − 1): share of the customers facing renewal t who make it, t = 1, 2, ...; 1 at t = 0, which nobody faces.
    fn retention_rate(&self, t: u32) -> f64 {
        if t == 0 { 1.0 } else { self.survival_given(t - 1, 1) }
    }

    /// P(T = t): probability that a new customer leaves at renewal t, t = 1, 2, ...; 0 at t = 0.
    fn churn_pmf(&self, t: u32) -> f64 {
        if t == 0 { 0.0 } else { self.survival(t - 1) * self.churn_given(t - 1) }
    }

    /// E(T): expected tenure of a new customer in periods, the first included; `None` if it is infinite.
    fn expected_tenure(&self) -> Option<f64> {
        Some(1.0 + self.expected_remaining_renewals(0)?)
    }

    /// Expected renewals among the next `horizon` ones of a customer who made n.
    fn expected_renewals(&self, renewals: u32, horizon: u32) -> f64 {
        self.discounted_renewals_given(renewals, 0.0, Some(horizon))
    }

    /// Renewals among the next `horizon` ones of a customer who made n, the t-th divided by (1 + d)^t, d per period.
    ///
    /// # Errors
    /// [`crate::Error::DiscountRate`] unless `d` is finite and above -1.
    fn discounted_renewals(&self, renewals: u32, d: f64, horizon: u32) -> Result<f64> {
        check_rate(d)?;
        Ok(self.discounted_renewals_given(renewals, d, Some(horizon)))
    }

    /// DEL: discounted expected lifetime of a customer about to join, the first payment included and not discounted.
    ///
    /// # Formula
    /// ```text
    /// DEL(d) = Σ_{t≥0} S(t) / (1 + d)^t
    /// ```
    ///
    /// # Errors
    /// [`crate::Error::UnboundedValue`] unless `d`, per period, is finite and above 0.
    fn discounted_expected_lifetime(&self, d: f64) -> Result<f64> {
        check_endless_rate(d)?;
        Ok(1.0 + self.discounted_renewals_given(0, d, None))
    }

    /// DERL: discounted expected residual lifetime of a customer who made n renewals, just before the next is due; its payment is not discounted.
    ///
    /// # Formula
    /// ```text
    /// DERL(d) = Σ_{t≥n+1} S(t) / S(n) / (1 + d)^(t − n − 1)
    /// ```
    /// The paper writes n − 1 for the n here: "n" is the period the customer is in.
    ///
    /// # Errors
    /// [`crate::Error::UnboundedValue`] unless `d`, per period, is finite and above 0.
    ///
    /// # References
    /// Fader & Hardie (2010), Customer-Base Valuation in a Contractual Setting, Marketing Science 29(1), eq. 6.
    fn discounted_expected_residual_lifetime(&self, d: f64, renewals: u32) -> Result<f64> {
        check_endless_rate(d)?;
        Ok((1.0 + d) * self.discounted_renewals_given(renewals, d, None))
    }

    /// S(0), S(1), ..., S(`periods`).
    fn survival_curve(&self, periods: u32) -> Vec<f64> {
        (0..=periods).map(|t| self.survival(t)).collect()
    }

    /// Probability that customers who made these numbers of renewals make at least `ahead` more.
    fn survival_ahead(&self, renewals: &[u32], ahead: u32) -> Vec<f64> {
        per_renewals(renewals, |n| self.survival_given(n, ahead))
    }

    /// Expected renewals among the next `horizon` ones.
    fn expected_renewals_ahead(&self, renewals: &[u32], horizon: u32) -> Vec<f64> {
        per_renewals(renewals, |n| self.expected_renewals(n, horizon))
    }

    /// DERL of customers who made these numbers of renewals.
    ///
    /// # Errors
    /// As [`RetentionModel::discounted_expected_residual_lifetime`].
    fn residual_lifetimes(&self, d: f64, renewals: &[u32]) -> Result<Vec<f64>> {
        check_endless_rate(d)?;
        Ok(per_renewals(renewals, |n| (1.0 + d) * self.discounted_renewals_given(n, d, None)))
    }

    /// Total log-likelihood of tenures (natural log, not negated): ln P(T = t) of those who left, ln P(T ≥ t) of the others.
    ///
    /// # Errors
    /// [`crate::Error::MissingCovariates`] and [`crate::Error::InvalidParameter`] from a model with covariates; no other model has any.
    fn log_likelihood(&self, tenures: &Tenures) -> Result<f64> {
        Ok(tenures.rows().iter().map(|row| ln_likelihood(self, row)).sum())
    }
}

/// ln L of the customers that share a tenure.
pub(super) fn ln_likelihood(model: &(impl RetentionModel + ?Sized), row: &Tenure) -> f64 {
    let made = model.survival(row.periods - 1).ln();
    let left = if row.churned > 0.0 { row.churned * (made + model.churn_given(row.periods - 1).ln()) } else { 0.0 };
    left + row.active * made
}

/// `f` of every entry, worked out once for every distinct one.
fn per_renewals(renewals: &[u32], f: impl Fn(u32) -> f64 + Sync) -> Vec<f64> {
    let mut seen: HashMap<u32, u32> = HashMap::new();
    let mut distinct = Vec::new();
    let of_row: Vec<u32> = (renewals.iter())
        .map(|&n| {
            *seen.entry(n).or_insert_with(|| {
                distinct.push(n);
                distinct.len() as u32 - 1
            })
        })
        .collect();
    let values = parallel::map(distinct.len(), 200, |i| f(distinct[i]));
    of_row.into_iter().map(|i| values[i as usize]).collect()
}

impl<M: RetentionModel> RetentionModel for Fitted<M> {
    fn survival_given(&self, renewals: u32, ahead: u32) -> f64 {
        self.model().survival_given(renewals, ahead)
    }

    fn churn_given(&self, renewals: u32) -> f64 {
        self.model().churn_given(renewals)
    }

    fn discounted_renewals_given(&self, renewals: u32, d: f64, horizon: Option<u32>) -> f64 {
        self.model().discounted_renewals_given(renewals, d, horizon)
    }

    fn expected_remaining_renewals(&self, renewals: u32) -> Option<f64> {
        self.model().expected_remaining_renewals(renewals)
    }

    fn models_of(&self, covariates: Option<&Covariates>) -> Result<Option<Vec<ShiftedBetaGeometric>>> {
        self.model().models_of(covariates)
    }

    fn log_likelihood(&self, tenures: &Tenures) -> Result<f64> {
        self.model().log_likelihood(tenures)
    }
}
