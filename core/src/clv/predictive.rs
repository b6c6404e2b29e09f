//! Value to come, from a purchase model and a spend model.

use super::{ClvModel, DEFAULT_YEARS, check_margin, default_rate};
use crate::error::{Error, Result};
use crate::models::{Discounted, DiscountedPurchases, SpendModel};
use crate::summary::CustomerSummary;
use crate::time::{DiscountRate, Span, TimeUnit};

/// When within the horizon payments are discounted.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum DiscountTiming {
    /// At the end of each period of this length; a last shorter period at the horizon.
    EndOfPeriod(Span),
    /// At the moment of the purchase: the exact integral.
    Continuous,
}

/// What every customer will be worth: expected margin of the purchases to come, discounted to the end of observation.
///
/// The value counts purchases after the end of observation only, no payment at that moment itself, and revenue times the margin rate.
///
/// # Formula
/// ```text
/// end of period:  CLV = g · E[Z] · Σ_{i=1}^{m} (E[Y(iL)] − E[Y((i−1)L)]) / (1 + d_L)^i,   mL = H
/// continuous:     CLV = g · E[Z] · ∫₀^H e^(−δ t) dE[Y(t)]                                  (DECT)
/// endless:        CLV = g · E[Z] · ∫₀^∞ e^(−δ t) dE[Y(t)]                                  (DERT)
/// ```
/// g margin rate, E(Z) expected spend per purchase, E(Y(t)) expected purchases until t given the history, L period, d_L discount rate per
/// period, δ = ln(1 + d).
///
/// | option | default | range |
/// |---|---|---|
/// | `margin` | 1 (revenue) | finite |
/// | `horizon` | 3 years | > 0, or endless |
/// | `discount` | 10 % a year | > −1 |
/// | `timing` | end of each month | |
///
/// An endless horizon is always discounted continuously.
///
/// # References
/// Fader, Hardie & Lee (2005), RFM and CLV: Using Iso-Value Curves for Customer Base Analysis, J. Marketing Research 42(4).
#[derive(Debug, Clone, Copy)]
pub struct PredictiveClv<'a> {
    purchases: &'a dyn DiscountedPurchases,
    spend: &'a dyn SpendModel,
    margin: f64,
    horizon: Option<Span>,
    rate: DiscountRate,
    timing: DiscountTiming,
}

/// More periods than any plan has.
const MAX_PERIODS: f64 = 100_000.0;

impl<'a> PredictiveClv<'a> {
    /// Value from a purchase model and a spend model, fitted or given.
    pub fn new(purchases: &'a dyn DiscountedPurchases, spend: &'a dyn SpendModel) -> Self {
        PredictiveClv {
            purchases,
            spend,
            margin: 1.0,
            horizon: Span::new(DEFAULT_YEARS, TimeUnit::Year).ok(),
            rate: default_rate(),
            timing: DiscountTiming::EndOfPeriod(Span::one(TimeUnit::Month)),
        }
    }

    /// Sets the contribution margin per unit of revenue (30 % is 0.30).
    pub fn margin(mut self, rate: f64) -> Self {
        self.margin = rate;
        self
    }

    /// Sets a finite horizon.
    pub fn horizon(mut self, horizon: Span) -> Self {
        self.horizon = Some(horizon);
        self
    }

    /// Sets a finite horizon in years of 365.25 days.
    ///
    /// # Errors
    /// [`Error::Horizon`] unless `years` is finite and above 0.
    pub fn horizon_years(self, years: f64) -> Result<Self> {
        Ok(self.horizon(Span::new(years, TimeUnit::Year)?))
    }

    /// Sets an endless horizon, with continuous discounting.
    pub fn endless(mut self) -> Self {
        self.horizon = None;
        self
    }

    /// Sets the discount rate.
    pub fn discount(mut self, rate: DiscountRate) -> Self {
        self.rate = rate;
        self
    }

    /// Sets when payments are discounted within a finite horizon.
    pub fn timing(mut self, timing: DiscountTiming) -> Self {
        self.timing = timing;
        self
    }

    /// Expected discounted purchases of every customer: the value without spend and margin.
    ///
    /// # Errors
    /// [`Error::UnitMismatch`]; [`Error::UnboundedValue`] for an endless horizon without a positive rate.
    pub fn discounted_purchases(&self, customers: &CustomerSummary) -> Result<Vec<f64>> {
        match (self.horizon, self.timing) {
            (None, _) => self.purchases.discounted_expected_residual_transactions(customers, self.rate),
            (Some(horizon), DiscountTiming::Continuous) => {
                self.purchases.discounted_expected_conditional_transactions(customers, self.rate, horizon)
            }
            (Some(horizon), DiscountTiming::EndOfPeriod(period)) => self.by_period(customers, horizon, period),
        }
    }

    fn by_period(&self, customers: &CustomerSummary, horizon: Span, period: Span) -> Result<Vec<f64>> {
        let schedule = Schedule::new(horizon, period, self.rate, self.purchases.unit())?;
        self.purchases.map_discounted(customers, Discounted::Schedule { times: &schedule.ends, weights: &schedule.weights })
    }
}

impl ClvModel for PredictiveClv<'_> {
    /// # Errors
    /// [`Error::UnitMismatch`]; [`Error::UnboundedValue`]; [`Error::InvalidOption`] if the margin is not finite or there are more than 100,000
    /// periods; [`Error::MissingColumn`] without spend; [`Error::UndefinedMean`] if a customer's expected spend does not exist.
    fn value(&self, customers: &CustomerSummary) -> Result<Vec<f64>> {
        check_margin(self.margin)?;
        let mut values = self.discounted_purchases(customers)?;
        let spend = self.spend.expected_spend(customers)?;
        for (value, spend) in values.iter_mut().zip(spend) {
            *value *= self.margin * spend;
        }
        Ok(values)
    }
}

/// Ends of the periods with the weights of the purchases until then.
struct Schedule {
    ends: Vec<f64>,
    /// vᵢ − vᵢ₊₁, and v_m for the last: Σ (Y(tᵢ) − Y(tᵢ₋₁)) vᵢ = Σ Y(tᵢ) (vᵢ − vᵢ₊₁) + Y(t_m) v_m, where nothing cancels.
    weights: Vec<f64>,
}

impl Schedule {
    fn new(horizon: Span, period: Span, rate: DiscountRate, unit: TimeUnit) -> Result<Self> {
        let (horizon, period) = (horizon.in_unit(unit), period.in_unit(unit));
        let periods = horizon / period;
        if !(periods <= MAX_PERIODS) {
            let value = format!("{periods:.0} periods");
            return Err(Error::InvalidOption { option: "period", value, requirement: "the horizon may hold at most 100000 periods" });
        }
        // 36 months are 36 periods also when their ratio comes out as 36 − 1e-15.
        let whole = if (periods - periods.round()).abs() < 1e-9 { periods.round() } else { periods.ceil() }.max(1.0) as usize;
        let ends: Vec<f64> = (1..=whole).map(|i| if i < whole { i as f64 * period } else { horizon }).collect();
        let factor = |i: usize| rate.factor(ends[i], unit);
        // 1 − v of a step, without the difference of two factors near 1.
        let step = |i: usize| -(-rate.delta(unit) * (ends[i + 1] - ends[i])).exp_m1();
        let weights = (0..whole).map(|i| if i + 1 < whole { factor(i) * step(i) } else { factor(i) }).collect();
        Ok(Schedule { ends, weights })
    }
}
