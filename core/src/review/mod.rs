//! The period review: what changed in the customer base between two periods.
//!
//! | file | holds |
//! |---|---|
//! | `customers` | what every customer did in the two periods, from a log or from columns |
//! | `bridge` | who came, grew, shrank and left, and what it did to the value |
//! | `tiers` | the top tier then and now, and who moved between the tiers |

mod bridge;
mod customers;
mod tiers;

pub use bridge::{Bridge, Movement, MovementSummary};
pub use tiers::{Migration, TopTier};

use crate::concentration::{Concentration, NegativePolicy, Tiers};
use crate::error::{Error, Result};
use crate::ids::CustomerIds;
use crate::matrix::check_probabilities;
use crate::time::Date;
use crate::transactions::TransactionLog;
use bridge::ordered_sum;
use customers::Customers;

/// What a review counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum ReviewValue {
    /// Net amounts.
    #[default]
    Revenue,
    /// The margin column.
    Margin,
}

/// How two periods are compared.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct ReviewOptions {
    /// What is counted from a log: revenue (default) or margin.
    pub value: ReviewValue,
    /// A retained customer is equal if the value changed by at most this share of that of the first period; 0 or more, default 0.
    pub tolerance: f64,
    /// Tiers by cumulative share of the customers of each period, as in [`Tiers::by_customer_share`]; the first is the top tier.
    pub tier_bounds: Vec<f64>,
}

impl Default for ReviewOptions {
    fn default() -> Self {
        ReviewOptions { value: ReviewValue::Revenue, tolerance: 0.0, tier_bounds: Tiers::CUSTOMER_BOUNDS.to_vec() }
    }
}

/// One of the two periods in numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ReviewPeriod {
    /// Customers with a purchase in the period.
    pub customers: usize,
    /// V: the value of the period, in money, refunds to customers without a purchase in it included.
    pub value: f64,
    /// V / customers, in money; absent without customers.
    pub mean_value: Option<f64>,
    /// The Gini coefficient of the customers of the period, negative values counted as 0; absent if no value is above 0.
    pub gini: Option<f64>,
    /// The share of V that the fraction of customers given by the first tier bound holds, counted as for `gini`.
    pub top_share: Option<f64>,
    /// Customers of the period whose value is negative.
    pub negative: usize,
}

/// The value of a period that is expected to be lost. See [`PeriodReview::value_at_risk`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ValueAtRisk {
    /// Σ (1 − P(alive)) · value, in money.
    pub value: f64,
    /// The same over the value of the period; absent unless that is above 0.
    pub share: Option<f64>,
}

/// Two periods side by side: who came, stayed, grew, shrank and left, and what it did to the value.
///
/// # Examples
/// ```
/// use crm_value::{Date, Movement, PeriodReview, ReviewOptions, TransactionLog, parse_dates};
/// let ids = [1u64, 1, 2, 3, 3, 4];
/// let dates = parse_dates("date", &["2025-08-01", "2026-02-01", "2025-09-01", "2025-10-01", "2026-03-01", "2026-04-01"])?;
/// let log = TransactionLog::from_columns(&ids, &dates, &[100.0, 130.0, 50.0, 80.0, 60.0, 40.0])?;
/// let half = |from, to| -> crm_value::Result<(Date, Date)> { Ok((Date::parse(from)?, Date::parse(to)?)) };
/// let review = PeriodReview::of(&log, half("2025-07-01", "2025-12-31")?, half("2026-01-01", "2026-06-30")?, &ReviewOptions::default())?;
///
/// let bridge = review.bridge();
/// assert_eq!((bridge.value_1, bridge.value_2), (230.0, 230.0));
/// assert_eq!((bridge.new, bridge.growth, bridge.shrinkage, bridge.lost), (40.0, 30.0, 20.0, 50.0));
/// assert_eq!(review.movements(), [Movement::Grown, Movement::Lost, Movement::Shrunk, Movement::New]);
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct PeriodReview {
    options: ReviewOptions,
    customers: Customers,
    movements: Vec<Movement>,
    summaries: Vec<MovementSummary>,
    bridge: Bridge,
    periods: [ReviewPeriod; 2],
    top_tier: TopTier,
    migration: Migration,
}

impl PeriodReview {
    /// Reviews two periods of a log, each given by its first and last day, both included.
    ///
    /// A customer is present in a period with at least one purchase in it. The customers are those first seen until the end of the second
    /// period, in the order of the ids: those of [`TransactionLog::summarize`] with that end. Nothing later counts.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] unless each period runs forward and the first ends before the second begins, for the tolerance, and for
    /// margins that the log does not have; [`Error::EndBeforeFirstPurchase`]; for tier bounds as [`Tiers::by_customer_share`];
    /// [`Error::NonFinite`] for sums that are not finite.
    pub fn of(log: &TransactionLog, first: (Date, Date), second: (Date, Date), options: &ReviewOptions) -> Result<Self> {
        Self::build(Customers::of_log(log, first, second, options.value)?, options)
    }

    /// Reviews two columns of values, one row per customer, `None` where the customer was not there. `known_before`: whether a customer that
    /// appears in the second period only had been one before the first (default: nobody had).
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::LengthMismatch`], [`Error::NonFinite`] with the first row at fault, or for sums that are not finite; for the
    /// options as [`PeriodReview::of`].
    ///
    /// ```
    /// use crm_value::{PeriodReview, ReviewOptions};
    /// let review = PeriodReview::from_columns(&[Some(10.0), None], &[None, Some(4.0)], Some(&[false, true]), &ReviewOptions::default())?;
    /// assert_eq!((review.bridge().lost, review.bridge().returned), (10.0, 4.0));
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    pub fn from_columns(
        value_1: &[Option<f64>],
        value_2: &[Option<f64>],
        known_before: Option<&[bool]>,
        options: &ReviewOptions,
    ) -> Result<Self> {
        Self::build(Customers::from_columns(value_1, value_2, known_before)?, options)
    }

    fn build(customers: Customers, options: &ReviewOptions) -> Result<Self> {
        let tolerance = options.tolerance;
        if !(tolerance >= 0.0 && tolerance.is_finite()) {
            let requirement = "give a share of the first period's value, 0 or more";
            return Err(Error::InvalidOption { option: "tolerance", value: tolerance.to_string(), requirement });
        }
        let movements = customers.movements(tolerance);
        let bridge = Bridge::of(&customers, &movements);
        for (column, value) in [("value_1", bridge.value_1), ("value_2", bridge.value_2)] {
            if !value.is_finite() {
                return Err(Error::NonFinite { column: format!("sum of {column}"), row: customers.len() - 1, value });
            }
        }
        let (top_tier, migration) = tiers::compare(&customers, &movements, &options.tier_bounds)?;
        let top = options.tier_bounds[0];
        Ok(PeriodReview {
            options: options.clone(),
            summaries: Movement::ALL.map(|movement| MovementSummary::of(movement, &customers, &movements)).into(),
            periods: [ReviewPeriod::of(&customers, 0, bridge.value_1, top)?, ReviewPeriod::of(&customers, 1, bridge.value_2, top)?],
            customers,
            movements,
            bridge,
            top_tier,
            migration,
        })
    }

    /// How the periods were compared.
    pub fn options(&self) -> &ReviewOptions {
        &self.options
    }

    /// The ids of the customers, if the review was made from a log.
    pub fn ids(&self) -> Option<&CustomerIds> {
        self.customers.ids.as_deref()
    }

    /// The value of every customer in period 1 (`period` 0) or 2 (`period` 1); 0 for a customer who was not there. Empty for other periods.
    pub fn values(&self, period: usize) -> &[f64] {
        self.customers.value.get(period).map_or(&[], Vec::as_slice)
    }

    /// What became of every customer.
    pub fn movements(&self) -> &[Movement] {
        &self.movements
    }

    /// The movements in numbers, in the order of [`Movement::ALL`].
    pub fn summaries(&self) -> &[MovementSummary] {
        &self.summaries
    }

    /// From the value of the first period to that of the second.
    pub fn bridge(&self) -> Bridge {
        self.bridge
    }

    /// The two periods.
    pub fn periods(&self) -> [ReviewPeriod; 2] {
        self.periods
    }

    /// The value of period 1 (`period` 0) or 2 (`period` 1) that is expected to be lost, given P(alive) at its end from any model: one value per
    /// customer known then. For a review of a log these are the customers of [`TransactionLog::summarize`] until the end of that period; for
    /// one of columns all rows.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for another period; [`Error::LengthMismatch`]; [`Error::NonFinite`], [`Error::Negative`], [`Error::Share`] for
    /// P(alive) outside [0, 1].
    pub fn value_at_risk(&self, period: usize, p_alive: &[f64]) -> Result<ValueAtRisk> {
        if period > 1 {
            let requirement = "0 is the first period, 1 the second";
            return Err(Error::InvalidOption { option: "period", value: period.to_string(), requirement });
        }
        let known = self.customers.known(period);
        check_probabilities(p_alive, known.len(), "customers known at the end of the period")?;
        let value = ordered_sum(known.iter().zip(p_alive).map(|(&i, p)| (1.0 - p) * self.customers.value[period][i as usize]).collect());
        let total = self.periods[period].value;
        Ok(ValueAtRisk { value, share: (total > 0.0).then(|| value / total) })
    }

    /// The top tier of the first period, then and now.
    pub fn top_tier(&self) -> TopTier {
        self.top_tier
    }

    /// Who moved from which tier to which.
    pub fn migration(&self) -> &Migration {
        &self.migration
    }
}

impl ReviewPeriod {
    fn of(customers: &Customers, period: usize, value: f64, top: f64) -> Result<Self> {
        let values: Vec<f64> = customers.present(period).map(|i| customers.value[period][i]).collect();
        let n = values.len();
        let concentration = Concentration::with_policy(&values, NegativePolicy::Clamp).ok();
        Ok(ReviewPeriod {
            customers: n,
            value,
            mean_value: (n > 0).then(|| value / n as f64),
            gini: concentration.as_ref().map(Concentration::gini),
            top_share: concentration.as_ref().map(|concentration| concentration.top_share(top)).transpose()?,
            negative: values.iter().filter(|value| **value < 0.0).count(),
        })
    }
}
