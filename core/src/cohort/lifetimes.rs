//! How long customers of a log stayed, where nobody says that they have left.

use crate::error::{Error, Result};
use crate::time::{Date, Span, TimeUnit};
use crate::transactions::TransactionLog;

/// Durations from the first purchase to churn, where churn is defined as a stretch of time without a purchase.
///
/// A customer churns when `gap` has passed since a purchase without another one, for the first time; who buys again later has come back, but
/// has churned all the same. A customer for whom that has not happened is censored at the end of observation.
///
/// # Formula
/// ```text
/// with purchases on days d_1 < d_2 < ... < d_m and observation until day e, all in `gap.unit()`:
/// churned,  duration d_i − d_1 + gap    at the first i with d_{i+1} − d_i > gap (i < m) or e − d_m ≥ gap (i = m)
/// censored, duration e − d_1            if there is none
/// ```
/// The duration ends when the gap is full, not at the last purchase: until then nobody could know. Nobody churns before `gap`.
///
/// ```
/// use crm_value::{KaplanMeier, Lifetimes, Span, TimeUnit, TransactionLog};
/// let log = TransactionLog::from_columns(&[1u64, 1, 2, 3, 3], &[0, 10, 0, 5, 50], &[1.0; 5])?;
/// let stays = Lifetimes::of(&log, Span::new(30.0, TimeUnit::Day)?, None)?;
/// assert_eq!(stays.durations(), [40.0, 30.0, 30.0]);      // customer 3 comes back on day 50
/// assert_eq!(stays.churned(), [true, true, true]);
/// let curve = KaplanMeier::of(stays.durations(), stays.churned())?;
/// assert_eq!(curve.survival_at(30.0), Some(1.0 / 3.0));
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Lifetimes {
    gap: Span,
    observed_until: Date,
    durations: Vec<f64>,
    churned: Vec<bool>,
}

impl Lifetimes {
    /// The stays of all customers first seen until `observed_until` (`None`: the last date of the log), in the order of the log's ids: the
    /// customers of [`TransactionLog::summarize`] and [`crate::Cohorts::assign`] with the same end.
    ///
    /// # Errors
    /// [`Error::EndBeforeFirstPurchase`].
    pub fn of(log: &TransactionLog, gap: Span, observed_until: Option<Date>) -> Result<Self> {
        let end = observed_until.unwrap_or_else(|| log.last_date());
        let first = log.first_purchase();
        if end.days() < first {
            let first = Date::from_days_unchecked(first).to_string();
            return Err(Error::EndBeforeFirstPurchase { end: end.to_string(), first });
        }
        let (unit, end) = (gap.unit().days(), end.days());
        let gap_days = gap.in_unit(TimeUnit::Day);
        let mut stays = Lifetimes { gap, observed_until: Date::from_days_unchecked(end), durations: Vec::new(), churned: Vec::new() };
        for customer in 0..log.customers() {
            let history = log.history(customer);
            let first = history[0].day;
            if first > end {
                continue;
            }
            let days = || history.iter().map(|occasion| occasion.day).take_while(|&day| day <= end);
            let next = days().skip(1).map(|day| (day, false)).chain([(end, true)]);
            let gone = days().zip(next).find(|&(day, (next, is_end))| {
                let quiet = f64::from(next.abs_diff(day));
                if is_end { quiet >= gap_days } else { quiet > gap_days }
            });
            stays.durations.push(match gone {
                Some((last, _)) => f64::from(last.abs_diff(first)) / unit + gap.length(),
                None => f64::from(end.abs_diff(first)) / unit,
            });
            stays.churned.push(gone.is_some());
        }
        Ok(stays)
    }

    /// How long without a purchase counts as churned.
    pub fn gap(&self) -> Span {
        self.gap
    }

    /// The last day observed.
    pub fn observed_until(&self) -> Date {
        self.observed_until
    }

    /// How long each customer stayed, or has been observed to stay, in `gap().unit()`s.
    pub fn durations(&self) -> &[f64] {
        &self.durations
    }

    /// Whether each customer churned (`true`) or was still there at the end (`false`).
    pub fn churned(&self) -> &[bool] {
        &self.churned
    }
}
