//! The Kaplan-Meier estimate of how long customers stay.

use statrs::distribution::{ContinuousCDF, Normal};

use crate::concentration::Sum;
use crate::error::{Error, Result};

/// The curve at one time at which a customer churned or was last observed.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SurvivalStep {
    /// Time since the start, in the unit of the durations.
    pub time: f64,
    /// n: customers still there and observed just before this time.
    pub at_risk: usize,
    /// d: those who churned at this time.
    pub churned: usize,
    /// Those whose observation ended at this time without churn.
    pub censored: usize,
    /// d / n, the share of those at risk who churned at this time.
    pub churn_rate: f64,
    /// S: estimated share of customers who stay longer than this time, in [0, 1].
    pub survival: f64,
    /// Standard error of S by Greenwood's formula; absent where S = 0.
    pub std_error: Option<f64>,
    /// Confidence interval of S; absent where S is 0 or 1, as it has no width to estimate there.
    pub interval: Option<(f64, f64)>,
}

/// Survival curve of customers some of whom have not churned yet (Kaplan-Meier, product-limit estimate).
///
/// Where churn is observed, as in contracts, durations and flags come as columns; where it is not, [`crate::Lifetimes`] makes them from a log.
///
/// # Formula
/// ```text
/// S(t)     = Π_{t_i ≤ t} (1 − d_i / n_i)                             t_i the distinct times, n_i at risk, d_i churned
/// Var S(t) = S(t)² Σ_{t_i ≤ t} d_i / (n_i (n_i − d_i))               Greenwood
/// interval = S^exp(±z √(Σ d_i / (n_i (n_i − d_i))) / ln S)           on the scale ln(−ln S), so that it stays in (0, 1)
/// ```
/// A customer whose observation ends at the time at which others churn is counted among those at risk.
///
/// # Examples
/// ```
/// use crm_value::KaplanMeier;
/// // Contracts in months: two ended, two are running, one ended later.
/// let curve = KaplanMeier::of(&[2.0, 3.0, 5.0, 5.0, 8.0], &[true, false, true, false, true])?;
/// assert_eq!(curve.survival_at(2.5), Some(0.8));
/// assert!((curve.survival_at(5.0).unwrap() - 0.8 * 2.0 / 3.0).abs() < 1e-15);
/// assert_eq!(curve.median(), Some(8.0));
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// E. L. Kaplan, P. Meier (1958), JASA 53, 457-481; M. Greenwood (1926), *The natural duration of cancer*, appendix 1; J. D. Kalbfleisch, R.
/// L. Prentice (2002), *The Statistical Analysis of Failure Time Data*, 2nd ed., section 1.4 (1.12, 1.13 and the interval after them).
#[derive(Debug, Clone)]
pub struct KaplanMeier {
    level: f64,
    customers: usize,
    events: usize,
    steps: Vec<SurvivalStep>,
}

/// Shares are reached up to this rounding.
const ROUNDING: f64 = 1e-12;

impl KaplanMeier {
    /// Level of the confidence intervals unless another is given: 95 %.
    pub const LEVEL: f64 = 0.95;

    /// The curve from one duration (≥ 0) per customer and whether the customer churned then (`true`) or was only observed until then.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::LengthMismatch`]; [`Error::NonFinite`], [`Error::Negative`] for the first row at fault.
    pub fn of(durations: &[f64], churned: &[bool]) -> Result<Self> {
        Self::with_level(durations, churned, Self::LEVEL)
    }

    /// The same with intervals at another confidence level, above 0 and below 1.
    ///
    /// # Errors
    /// As [`KaplanMeier::of`]; [`Error::InvalidOption`] for the level.
    pub fn with_level(durations: &[f64], churned: &[bool], level: f64) -> Result<Self> {
        if !(level > 0.0 && level < 1.0) {
            let requirement = "give a confidence level above 0 and below 1";
            return Err(Error::InvalidOption { option: "level", value: level.to_string(), requirement });
        }
        check_durations(durations, churned)?;
        let z = Normal::standard().inverse_cdf(0.5 + level / 2.0);
        let mut rows: Vec<(f64, bool)> = durations.iter().map(|duration| duration + 0.0).zip(churned.iter().copied()).collect();
        rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut steps = Vec::new();
        let mut at_risk = rows.len();
        let mut greenwood = Sum::default();
        // The product telescopes between censored customers: taken as one quotient, S is exact where nobody was censored.
        let (mut survival_then, mut at_risk_then) = (1.0, at_risk);
        for same_time in rows.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
            let churned = same_time.iter().filter(|(_, churned)| *churned).count();
            let censored = same_time.len() - churned;
            let left = at_risk - churned;
            let survival = survival_then * (left as f64 / at_risk_then as f64);
            if left > 0 {
                greenwood.add(churned as f64 / (at_risk as f64 * left as f64));
            }
            let spread = greenwood.value().sqrt();
            steps.push(SurvivalStep {
                time: same_time[0].0,
                at_risk,
                churned,
                censored,
                churn_rate: churned as f64 / at_risk as f64,
                survival,
                std_error: (survival > 0.0).then_some(survival * spread),
                interval: (survival > 0.0 && survival < 1.0).then(|| log_log_interval(survival, z * spread)),
            });
            at_risk -= same_time.len();
            if censored > 0 {
                (survival_then, at_risk_then) = (survival, at_risk);
            }
        }
        let events = steps.iter().map(|step| step.churned).sum();
        Ok(KaplanMeier { level, customers: rows.len(), events, steps })
    }

    /// Number of customers.
    pub fn customers(&self) -> usize {
        self.customers
    }

    /// Number of customers who churned.
    pub fn events(&self) -> usize {
        self.events
    }

    /// The confidence level of the intervals.
    pub fn level(&self) -> f64 {
        self.level
    }

    /// The curve at every distinct duration, rising in time. Between two steps it is flat; before the first one it is 1.
    pub fn steps(&self) -> &[SurvivalStep] {
        &self.steps
    }

    /// S(t): share of customers who stay longer than `time`. `None` for a time beyond the last duration, if customers were still there then,
    /// and for NaN.
    pub fn survival_at(&self, time: f64) -> Option<f64> {
        let last = self.steps.last()?;
        let known = time <= last.time || (time > last.time && !(last.survival > 0.0));
        let until = self.steps.partition_point(|step| step.time <= time);
        known.then(|| until.checked_sub(1).map_or(1.0, |step| self.steps[step].survival))
    }

    /// The earliest time at which at most `share` of the customers stay, share in [0, 1]; `None` if the curve ends above it.
    ///
    /// # Errors
    /// [`Error::Share`] unless `share` lies in [0, 1].
    pub fn time_to_share(&self, share: f64) -> Result<Option<f64>> {
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::Share { what: "share of customers who stay", value: share });
        }
        if !(share < 1.0) {
            return Ok(Some(0.0));
        }
        let reached = |step: &&SurvivalStep| step.survival <= share * (1.0 + ROUNDING);
        Ok(self.steps.iter().find(reached).map(|step| step.time))
    }

    /// The earliest time at which at most half of the customers stay; `None` if more than half stay to the end.
    pub fn median(&self) -> Option<f64> {
        self.time_to_share(0.5).ok().flatten()
    }

    /// Mean time a customer stays within the first `until`: the area under the curve. `None` if the curve is not known that far.
    ///
    /// # Errors
    /// [`Error::Horizon`] unless `until` is finite and above 0.
    ///
    /// # Formula
    /// ```text
    /// ∫₀^until S(t) dt
    /// ```
    pub fn restricted_mean(&self, until: f64) -> Result<Option<f64>> {
        if !(until > 0.0 && until.is_finite()) {
            return Err(Error::Horizon { what: "horizon", value: until });
        }
        if self.survival_at(until).is_none() {
            return Ok(None);
        }
        let mut area = Sum::default();
        let (mut time, mut survival) = (0.0, 1.0);
        for step in self.steps.iter().take_while(|step| step.time < until) {
            area.add(survival * (step.time - time));
            (time, survival) = (step.time, step.survival);
        }
        area.add(survival * (until - time));
        Ok(Some(area.value()))
    }
}

/// S^exp(±w / ln S) for 0 < S < 1, the lower end first.
fn log_log_interval(survival: f64, width: f64) -> (f64, f64) {
    let ln_survival = survival.ln();
    let factor = (width / ln_survival.abs()).exp();
    ((ln_survival * factor).exp(), (ln_survival / factor).exp())
}

/// Refuses durations that are negative or not finite, and flags that do not belong to them.
pub(super) fn check_durations(durations: &[f64], churned: &[bool]) -> Result<()> {
    let column = || "duration".to_owned();
    crate::concentration::check_finite("duration", durations)?;
    if churned.len() != durations.len() {
        let (actual, expected) = (churned.len(), durations.len());
        return Err(Error::LengthMismatch { column: "churned".to_owned(), actual, reference: column(), expected });
    }
    match durations.iter().enumerate().find(|(_, duration)| **duration < 0.0) {
        Some((row, &value)) => Err(Error::Negative { column: column(), row, value }),
        None => Ok(()),
    }
}
