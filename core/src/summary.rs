//! The customer summary: frequency, recency, T and spend of every customer, in one time unit.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use crate::covariates::{Covariates, missing};
use crate::error::{Error, Result};
use crate::ids::{CustomerId, CustomerIds, IdColumn};
use crate::log_sums::{self, LOG_INTERVALS, LOG_SPEND, LogSums};
use crate::parallel;
use crate::quality::DataQuality;
use crate::time::{Date, Span, TimeUnit};
use crate::transactions::{Adjustment, Occasion, TransactionLog};

/// One customer's purchase history as the models see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct History {
    frequency: u32,
    /// Position of the customer's covariates in a model bound to them; 0 without.
    variant: u32,
    recency: f64,
    age: f64,
    log_intervals: Option<f64>,
}

impl History {
    /// A checked history; times in the unit of the model it is given to.
    ///
    /// # Errors
    /// [`Error::NonFinite`], [`Error::Negative`], [`Error::RecencyExceedsAge`], [`Error::InconsistentRecency`], all with row 0.
    pub fn new(frequency: u32, recency: f64, age: f64) -> Result<Self> {
        let history = Self::from_checked(frequency, recency, age);
        history.check(0)?;
        Ok(history)
    }

    /// x: number of repeat purchase occasions.
    pub fn frequency(&self) -> u32 {
        self.frequency
    }

    /// t_x: time from the first to the last occasion; 0 when x = 0.
    pub fn recency(&self) -> f64 {
        self.recency
    }

    /// T: time from the first occasion to the end of observation.
    #[doc(alias = "T")]
    pub fn age(&self) -> f64 {
        self.age
    }

    /// Adds Σ ln(length) of the x intervals between occasions, in the unit of the times, of which the likelihood of models with regular
    /// purchases has a term.
    ///
    /// # Errors
    /// [`Error::NonFinite`].
    pub fn with_log_intervals(mut self, sum: f64) -> Result<Self> {
        if !sum.is_finite() {
            return Err(Error::NonFinite { column: LOG_INTERVALS.to_owned(), row: 0, value: sum });
        }
        self.log_intervals = Some(sum);
        Ok(self)
    }

    /// Σ ln(length) of the x intervals between occasions, if known; 0 when x = 0.
    pub fn log_intervals(&self) -> Option<f64> {
        if self.frequency == 0 { Some(0.0) } else { self.log_intervals }
    }

    /// (x, t_x, T) as the kernels write them.
    #[inline]
    pub(crate) fn parts(&self) -> (f64, f64, f64) {
        (f64::from(self.frequency), self.recency, self.age)
    }

    #[inline]
    pub(crate) fn from_checked(frequency: u32, recency: f64, age: f64) -> Self {
        History { frequency, variant: 0, recency, age, log_intervals: None }
    }

    /// The same history of a customer with these covariates.
    pub(crate) fn with_variant(self, variant: u32) -> Self {
        History { variant, ..self }
    }

    /// Which set of parameters applies, in a model with covariates.
    pub(crate) fn variant(&self) -> u32 {
        self.variant
    }

    fn check(&self, row: usize) -> Result<()> {
        for (column, value) in [("recency", self.recency), ("T", self.age)] {
            if !value.is_finite() {
                return Err(Error::NonFinite { column: column.to_owned(), row, value });
            }
            if value < 0.0 {
                return Err(Error::Negative { column: column.to_owned(), row, value });
            }
        }
        let column = || "recency".to_owned();
        if self.recency > self.age {
            return Err(Error::RecencyExceedsAge { column: column(), row, recency: self.recency, age: self.age });
        }
        if (self.frequency > 0) != (self.recency > 0.0) {
            return Err(Error::InconsistentRecency { column: column(), row, recency: self.recency, frequency: self.frequency });
        }
        Ok(())
    }
}

/// One row per customer: what every purchase and spend model needs.
///
/// | column | symbol | meaning | range |
/// |---|---|---|---|
/// | `frequency` | x | repeat purchase occasions (the first one is not counted) | 0, 1, ... |
/// | `recency` | t_x | first to last occasion, in `unit`s | 0 ≤ t_x ≤ T, 0 exactly when x = 0 |
/// | `age` | T | first occasion to the end of observation, in `unit`s | ≥ 0 |
/// | `mean_spend` | z̄ | mean amount per *repeat* occasion, in money; absent when x = 0 | ≥ 0 |
/// | `total_spend` | | realised net amount including the first occasion and refunds, in money | any |
/// | `total_margin` | | the same of the margin column | any |
/// | `log_intervals` | Σ ln Δt | sum of the logarithms of the x intervals between occasions, in `unit`s; on demand | ≤ x ln(t_x / x) |
/// | `log_spend` | Σ ln z | sum of the logarithms of the x repeat occasions' amounts, in money; on demand | ≤ x ln z̄ |
///
/// Made by [`TransactionLog::summarize`] or from columns by [`CustomerSummary::from_columns`]. Not to be confused with [`RfmSummary`], whose
/// recency runs backwards from the end of observation and whose frequency counts all occasions.
#[derive(Debug, Clone)]
pub struct CustomerSummary {
    ids: Arc<CustomerIds>,
    unit: TimeUnit,
    frequency: Vec<u32>,
    recency: Vec<f64>,
    age: Vec<f64>,
    /// 0 where frequency is 0.
    mean_spend: Option<Vec<f64>>,
    total_spend: Option<Vec<f64>>,
    total_margin: Option<Vec<f64>>,
    /// 0 where frequency is 0.
    log_intervals: Option<Vec<f64>>,
    /// 0 where frequency is 0, −∞ where a repeat occasion has amount 0.
    log_spend: Option<Vec<f64>>,
    covariates: Option<Arc<Covariates>>,
    observed_until: Option<Date>,
    quality: Option<DataQuality>,
}

impl CustomerSummary {
    /// A summary from columns that were made elsewhere.
    ///
    /// `ids`: one per customer, distinct (`None`: 0, 1, 2, ...). `frequency`: whole numbers. `recency`, `age`: in `unit`s.
    /// `mean_spend`: mean amount per repeat occasion; ignored where `frequency` is 0, where it may be 0 or NaN.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::LengthMismatch`], [`Error::TooLarge`], [`Error::DuplicateCustomer`]; for the first row at fault
    /// [`Error::NonFinite`], [`Error::Negative`], [`Error::NotACount`], [`Error::RecencyExceedsAge`], [`Error::InconsistentRecency`].
    ///
    /// ```
    /// use crm_value::{CustomerSummary, TimeUnit};
    /// let customers = CustomerSummary::from_columns(None, &[2.0, 0.0], &[30.43, 0.0], &[38.86, 38.86], Some(&[22.35, 0.0]), TimeUnit::Week)?;
    /// assert_eq!(customers.mean_spend(1), None);
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    pub fn from_columns(
        ids: Option<IdColumn<'_>>,
        frequency: &[f64],
        recency: &[f64],
        age: &[f64],
        mean_spend: Option<&[f64]>,
        unit: TimeUnit,
    ) -> Result<Self> {
        let n = frequency.len();
        if n == 0 {
            return Err(Error::Empty { what: "customer summary".to_owned() });
        }
        if u32::try_from(n).is_err() {
            return Err(Error::TooLarge { what: "customer summary", rows: n });
        }
        let lengths = [
            ("customer_id", ids.map(|ids| ids.len())),
            ("recency", Some(recency.len())),
            ("T", Some(age.len())),
            ("monetary_value", mean_spend.map(<[f64]>::len)),
        ];
        for (column, actual) in lengths {
            if let Some(actual) = actual.filter(|&actual| actual != n) {
                return Err(Error::LengthMismatch { column: column.to_owned(), actual, reference: "frequency".to_owned(), expected: n });
            }
        }
        let mut counts = Vec::with_capacity(n);
        for row in 0..n {
            let x = count("frequency", row, frequency[row])?;
            History::from_checked(x, recency[row], age[row]).check(row)?;
            counts.push(x);
        }
        let mean_spend = mean_spend.map(|spend| checked_spend(&counts, spend)).transpose()?;
        let ids = match ids {
            Some(column) => distinct(CustomerIds::from_column(column))?,
            None => CustomerIds::U64((0..n as u64).collect()),
        };
        Ok(CustomerSummary {
            ids: Arc::new(ids),
            unit,
            frequency: counts,
            recency: recency.to_vec(),
            age: age.to_vec(),
            mean_spend,
            total_spend: None,
            total_margin: None,
            log_intervals: None,
            log_spend: None,
            covariates: None,
            observed_until: None,
            quality: None,
        })
    }

    /// Adds the realised total per customer, in money, which [`crate::HistoricalClv`] needs.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`], [`Error::NonFinite`].
    pub fn with_total_spend(mut self, total: &[f64]) -> Result<Self> {
        self.total_spend = Some(checked_total("total_spend", self.len(), total)?);
        Ok(self)
    }

    /// Adds the realised contribution margin per customer, in money.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`], [`Error::NonFinite`].
    pub fn with_total_margin(mut self, total: &[f64]) -> Result<Self> {
        self.total_margin = Some(checked_total("total_margin", self.len(), total)?);
        Ok(self)
    }

    /// Adds Σ ln(length) of each customer's x intervals between occasions, the first one counted from the first occasion, in the summary's
    /// unit; ignored where `frequency` is 0. Models with regular purchases need it.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; for the first row at fault [`Error::NonFinite`], and [`Error::LogSum`] where the sum exceeds that of x equal
    /// intervals.
    pub fn with_log_intervals(mut self, sums: &[f64]) -> Result<Self> {
        let length = |row: usize| self.recency[row] / f64::from(self.frequency[row]);
        self.log_intervals = Some(log_sums::checked(LOG_INTERVALS, &self.frequency, sums, length)?);
        Ok(self)
    }

    /// Adds Σ ln(amount) of each customer's x repeat occasions, in money; −∞ where one of them has amount 0, ignored where `frequency` is 0.
    /// Transaction-level spend models need it.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; for the first row at fault [`Error::NonFinite`], and [`Error::LogSum`] where the sum exceeds that of x equal
    /// amounts.
    pub fn with_log_spend(mut self, sums: &[f64]) -> Result<Self> {
        let amount = |row: usize| self.mean_spend.as_ref().map_or(f64::INFINITY, |spend| spend[row]);
        self.log_spend = Some(log_sums::checked(LOG_SPEND, &self.frequency, sums, amount)?);
        Ok(self)
    }

    /// Adds covariates, row i those of customer i; they replace any added before.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`].
    pub fn with_covariates(mut self, covariates: Covariates) -> Result<Self> {
        if covariates.len() != self.len() {
            let (column, reference) = (covariates.names()[0].clone(), "frequency".to_owned());
            return Err(Error::LengthMismatch { column, actual: covariates.len(), reference, expected: self.len() });
        }
        self.covariates = Some(Arc::new(covariates));
        Ok(self)
    }

    /// Adds covariates whose row i is that of the customer `ids[i]`, in any order; rows of other customers are ignored.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::DuplicateCustomer`] for an id that occurs twice; [`Error::CustomerNotFound`] for the first customer
    /// without a row.
    pub fn with_covariates_by_id(self, ids: IdColumn<'_>, covariates: &Covariates) -> Result<Self> {
        if ids.len() != covariates.len() {
            let reference = covariates.names()[0].clone();
            return Err(Error::LengthMismatch {
                column: "customer_id".to_owned(),
                actual: ids.len(),
                reference,
                expected: covariates.len(),
            });
        }
        let ids = distinct(CustomerIds::from_column(ids))?;
        let rows: HashMap<CustomerId<'_>, u32> = ids.iter().map(comparable).zip(0..).collect();
        let mut order = Vec::with_capacity(self.len());
        for id in self.ids.iter() {
            let Some(&row) = rows.get(&comparable(id)) else {
                return Err(Error::CustomerNotFound { customer: id.to_string(), table: "the table of covariates" });
            };
            order.push(row);
        }
        let arranged = covariates.arranged(&order);
        self.with_covariates(arranged)
    }

    /// The customers' covariates, if there are any.
    pub fn covariates(&self) -> Option<&Covariates> {
        self.covariates.as_deref()
    }

    /// The covariates of these names, for a model.
    pub(crate) fn select_covariates(&self, model: &'static str, names: &[&str]) -> Result<Vec<&[f64]>> {
        self.covariates().map_or_else(|| Err(missing(model, names)), |covariates| covariates.select(model, names))
    }

    /// Number of customers.
    pub fn len(&self) -> usize {
        self.frequency.len()
    }

    /// Whether there are no customers; never true, as empty summaries are refused.
    pub fn is_empty(&self) -> bool {
        self.frequency.is_empty()
    }

    /// The customers' ids.
    pub fn ids(&self) -> &CustomerIds {
        &self.ids
    }

    /// The unit of `recency` and `age`.
    pub fn unit(&self) -> TimeUnit {
        self.unit
    }

    /// x of every customer.
    pub fn frequency(&self) -> &[u32] {
        &self.frequency
    }

    /// t_x of every customer, in units.
    pub fn recency(&self) -> &[f64] {
        &self.recency
    }

    /// T of every customer, in units.
    #[doc(alias = "T")]
    pub fn age(&self) -> &[f64] {
        &self.age
    }

    /// z̄ of customer `index`; `None` without repeat purchases, without a spend column, or without such a customer.
    #[doc(alias = "monetary_value")]
    pub fn mean_spend(&self, index: usize) -> Option<f64> {
        let spend = self.mean_spend.as_ref()?.get(index)?;
        (self.frequency[index] > 0).then_some(*spend)
    }

    /// Whether the summary knows what customers spent.
    pub fn has_spend(&self) -> bool {
        self.mean_spend.is_some()
    }

    /// Realised net amount of every customer, in money, if known.
    pub fn total_spend(&self) -> Option<&[f64]> {
        self.total_spend.as_deref()
    }

    /// Realised contribution margin of every customer, in money, if known.
    pub fn total_margin(&self) -> Option<&[f64]> {
        self.total_margin.as_deref()
    }

    /// Σ ln(length) of every customer's x intervals between occasions, if known; 0 when x = 0.
    pub fn log_intervals(&self) -> Option<&[f64]> {
        self.log_intervals.as_deref()
    }

    /// Σ ln(amount) of the x repeat occasions of customer `index`; `None` where one of them has amount 0, without repeat purchases, without the
    /// column, or without such a customer.
    pub fn log_spend(&self, index: usize) -> Option<f64> {
        let sum = *self.log_spend.as_ref()?.get(index)?;
        (self.frequency[index] > 0 && sum.is_finite()).then_some(sum)
    }

    /// Whether the summary holds the logarithms of the amounts.
    pub fn has_log_spend(&self) -> bool {
        self.log_spend.is_some()
    }

    /// The last day observed, if the summary was made from a log.
    pub fn observed_until(&self) -> Option<Date> {
        self.observed_until
    }

    /// The data-quality report of the log, with the rows and customers after the end; `None` if the summary was made from columns.
    pub fn quality(&self) -> Option<&DataQuality> {
        self.quality.as_ref()
    }

    /// The history of customer `index`, if there is one.
    pub fn history(&self, index: usize) -> Option<History> {
        (index < self.len()).then(|| self.history_at(index))
    }

    pub(crate) fn history_at(&self, index: usize) -> History {
        let history = History::from_checked(self.frequency[index], self.recency[index], self.age[index]);
        History { log_intervals: self.log_intervals.as_ref().map(|sums| sums[index]), ..history }
    }

    /// Number of customers with at least one repeat purchase.
    pub fn repeat_customers(&self) -> usize {
        self.frequency.iter().filter(|&&x| x > 0).count()
    }

    /// Sum of x over all customers.
    pub fn repeat_purchases(&self) -> u64 {
        self.frequency.iter().map(|&x| u64::from(x)).sum()
    }
}

pub(crate) fn count(column: &str, row: usize, value: f64) -> Result<u32> {
    if !value.is_finite() {
        return Err(Error::NonFinite { column: column.to_owned(), row, value });
    }
    if value < 0.0 {
        return Err(Error::Negative { column: column.to_owned(), row, value });
    }
    if value.fract() > 0.0 || value > f64::from(u32::MAX) {
        return Err(Error::NotACount { column: column.to_owned(), row, value });
    }
    Ok(value as u32)
}

fn checked_spend(frequency: &[u32], spend: &[f64]) -> Result<Vec<f64>> {
    let check = |(row, (&x, &value)): (usize, (&u32, &f64))| {
        let column = "monetary_value".to_owned();
        if x == 0 {
            Ok(0.0)
        } else if !value.is_finite() {
            Err(Error::NonFinite { column, row, value })
        } else if value < 0.0 {
            Err(Error::Negative { column, row, value })
        } else {
            Ok(value)
        }
    };
    frequency.iter().zip(spend).enumerate().map(check).collect()
}

/// An integer id is the same customer whichever integer type it came in.
fn comparable(id: CustomerId<'_>) -> CustomerId<'_> {
    match id {
        CustomerId::I64(id) => u64::try_from(id).map_or(CustomerId::I64(id), CustomerId::U64),
        id => id,
    }
}

pub(crate) fn checked_total(column: &str, expected: usize, total: &[f64]) -> Result<Vec<f64>> {
    if total.len() != expected {
        let reference = "frequency".to_owned();
        return Err(Error::LengthMismatch { column: column.to_owned(), actual: total.len(), reference, expected });
    }
    match total.iter().position(|value| !value.is_finite()) {
        Some(row) => Err(Error::NonFinite { column: column.to_owned(), row, value: total[row] }),
        None => Ok(total.to_vec()),
    }
}

pub(crate) fn distinct(ids: CustomerIds) -> Result<CustomerIds> {
    let sorted = (1..ids.len()).all(|i| ids.get(i - 1) < ids.get(i));
    if !sorted {
        let mut seen = HashSet::with_capacity(ids.len());
        if let Some(repeated) = ids.iter().find(|&id| !seen.insert(id)) {
            return Err(Error::DuplicateCustomer { customer: repeated.to_string() });
        }
    }
    Ok(ids)
}

/// Calibration summary and what the same customers did in the holdout period that follows, by the same rules.
#[derive(Debug, Clone)]
pub struct CalibrationHoldout {
    /// The customers first seen until the calibration end.
    pub calibration: CustomerSummary,
    /// Purchase occasions of each customer after the calibration end, until the holdout end.
    pub holdout_frequency: Vec<u32>,
    /// Net amount of each customer in that time, refunds deducted, in money.
    pub holdout_spend: Vec<f64>,
    /// Length of the holdout period, in the summary's unit.
    pub holdout: Span,
}

/// One row per customer for RFM scoring: how long ago, how often, how much.
///
/// | column | meaning |
/// |---|---|
/// | `time_since_last` | last purchase occasion to the end of observation, in `unit`s; small is good |
/// | `frequency` | number of purchase occasions, the first one included |
/// | `total_spend` | net amount to date, in money |
///
/// These are not the models' recency and frequency: see [`CustomerSummary`].
#[derive(Debug, Clone)]
pub struct RfmSummary {
    ids: Arc<CustomerIds>,
    unit: TimeUnit,
    time_since_last: Vec<f64>,
    frequency: Vec<u32>,
    total_spend: Vec<f64>,
}

impl RfmSummary {
    /// A summary from columns that were made elsewhere. `ids` as in [`CustomerSummary::from_columns`]; `frequency` counts all occasions (≥ 1).
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::LengthMismatch`], [`Error::TooLarge`], [`Error::DuplicateCustomer`], [`Error::NonFinite`], [`Error::Negative`],
    /// [`Error::NotACount`], [`Error::NotPositive`].
    pub fn from_columns(
        ids: Option<IdColumn<'_>>,
        time_since_last: &[f64],
        frequency: &[f64],
        total_spend: &[f64],
        unit: TimeUnit,
    ) -> Result<Self> {
        let n = frequency.len();
        if n == 0 {
            return Err(Error::Empty { what: "RFM summary".to_owned() });
        }
        if u32::try_from(n).is_err() {
            return Err(Error::TooLarge { what: "RFM summary", rows: n });
        }
        let lengths = [("customer_id", ids.map_or(n, |ids| ids.len())), ("time_since_last", time_since_last.len())];
        if let Some((column, actual)) = lengths.into_iter().find(|&(_, actual)| actual != n) {
            let reference = "frequency".to_owned();
            return Err(Error::LengthMismatch { column: column.to_owned(), actual, reference, expected: n });
        }
        let mut counts = Vec::with_capacity(n);
        for (row, &value) in frequency.iter().enumerate() {
            let x = count("frequency", row, value)?;
            if x == 0 {
                return Err(Error::NotPositive { column: "frequency".to_owned(), row, value });
            }
            counts.push(x);
        }
        let time_since_last = checked_total("time_since_last", n, time_since_last)?;
        if let Some(row) = time_since_last.iter().position(|&time| time < 0.0) {
            return Err(Error::Negative { column: "time_since_last".to_owned(), row, value: time_since_last[row] });
        }
        let total_spend = checked_total("total_spend", n, total_spend)?;
        let ids = match ids {
            Some(column) => distinct(CustomerIds::from_column(column))?,
            None => CustomerIds::U64((0..n as u64).collect()),
        };
        Ok(RfmSummary { ids: Arc::new(ids), unit, time_since_last, frequency: counts, total_spend })
    }

    /// Number of customers.
    pub fn len(&self) -> usize {
        self.frequency.len()
    }

    /// Whether there are no customers; never true, as empty summaries are refused.
    pub fn is_empty(&self) -> bool {
        self.frequency.is_empty()
    }

    /// The customers' ids.
    pub fn ids(&self) -> &CustomerIds {
        &self.ids
    }

    /// The unit of `time_since_last`.
    pub fn unit(&self) -> TimeUnit {
        self.unit
    }

    /// Time since the last purchase occasion, in units.
    pub fn time_since_last(&self) -> &[f64] {
        &self.time_since_last
    }

    /// Number of purchase occasions, the first one included.
    pub fn frequency(&self) -> &[u32] {
        &self.frequency
    }

    /// Net amount to date, in money.
    pub fn total_spend(&self) -> &[f64] {
        &self.total_spend
    }

    /// Net amount per purchase occasion, in money.
    pub fn mean_spend(&self) -> Vec<f64> {
        self.total_spend.iter().zip(&self.frequency).map(|(total, &count)| total / f64::from(count)).collect()
    }
}

/// How a log is summarised; made by [`TransactionLog::summarize`].
///
/// | option | default |
/// |---|---|
/// | `unit` | [`TimeUnit::Week`] |
/// | `observed_until` | the last date in the log |
/// | `log_sums` | `false` |
#[derive(Debug, Clone)]
#[must_use]
pub struct Summarize<'a> {
    log: &'a TransactionLog,
    unit: TimeUnit,
    observed_until: Option<Date>,
    log_sums: bool,
}

impl TransactionLog {
    /// Starts a summary; finish with [`Summarize::build`], [`Summarize::with_holdout`] or [`Summarize::rfm`].
    pub fn summarize(&self) -> Summarize<'_> {
        Summarize { log: self, unit: TimeUnit::Week, observed_until: None, log_sums: false }
    }
}

/// A customer's columns, before they are spread over the struct of arrays.
struct Row {
    frequency: u32,
    first: i32,
    last: i32,
    mean_spend: f64,
    total_spend: f64,
    total_margin: f64,
}

/// Where one thread writes its customers.
struct Part<'p> {
    customers: std::ops::Range<usize>,
    frequency: &'p mut [u32],
    recency: &'p mut [f64],
    age: &'p mut [f64],
    mean_spend: &'p mut [f64],
    total_spend: &'p mut [f64],
    total_margin: &'p mut [f64],
}

impl Summarize<'_> {
    /// Sets the time unit of recency and T.
    pub fn unit(mut self, unit: TimeUnit) -> Self {
        self.unit = unit;
        self
    }

    /// Sets the last day of the observation; later rows do not count, and customers first seen later are left out (both are reported).
    pub fn observed_until(mut self, end: Date) -> Self {
        self.observed_until = Some(end);
        self
    }

    /// Adds the columns `log_intervals` and `log_spend`, which models of regular purchases and of single amounts need.
    pub fn log_sums(mut self, with: bool) -> Self {
        self.log_sums = with;
        self
    }

    pub(crate) fn end(&self) -> Result<Date> {
        let end = self.observed_until.unwrap_or_else(|| self.log.last_date());
        let first = self.log.first_purchase();
        if end.days() < first {
            let first = Date::from_days_unchecked(first).to_string();
            return Err(Error::EndBeforeFirstPurchase { end: end.to_string(), first });
        }
        Ok(end)
    }

    /// Positions of the customers that bought until `end`; `None` means all of them.
    pub(crate) fn included(&self, end: Date) -> Option<Vec<u32>> {
        let log = self.log;
        let bought = |&i: &u32| log.occasions[log.starts[i as usize] as usize].day <= end.days();
        let all = 0..log.customers() as u32;
        if all.clone().all(|i| bought(&i)) { None } else { Some(all.filter(bought).collect()) }
    }

    pub(crate) fn quality(&self, end: Date, included: usize) -> DataQuality {
        let observed_days = (end.days() - self.log.first_day + 1).clamp(0, self.log.rows_per_day.len() as i32) as usize;
        let after_end = &self.log.rows_per_day[observed_days..];
        DataQuality {
            after_end_rows: after_end.iter().map(|&rows| rows as usize).sum(),
            customers_after_end: self.log.customers() - included,
            ..self.log.quality.clone()
        }
    }

    fn row(&self, customer: usize, end: Date) -> Row {
        let log = self.log;
        let history = observed(log.history(customer), end.days());
        let repeat = history.iter().skip(1).fold(0.0, |sum, occasion| sum + occasion.amount);
        let frequency = history.len().saturating_sub(1) as u32;
        let (first, last) = (history.first().map_or(0, |occasion| occasion.day), history.last().map_or(0, |occasion| occasion.day));
        let total_margin = log.margins.as_ref().map_or(0.0, |margins| {
            let start = log.starts[customer] as usize;
            margins[start..start + history.len()].iter().sum()
        });
        Row {
            frequency,
            first,
            last,
            mean_spend: if frequency > 0 { repeat / f64::from(frequency) } else { 0.0 },
            total_spend: history.first().map_or(0.0, |occasion| occasion.amount) + repeat,
            total_margin,
        }
    }

    fn sums(&self, included: Option<&[u32]>, n: usize, end: Date) -> LogSums {
        let histories = |position: usize| {
            let customer = included.map_or(position, |included| included[position] as usize);
            observed(self.log.history(customer), end.days())
        };
        LogSums::of(n, self.log.occasions(), histories, self.unit.days(), self.log.threads)
    }

    /// The summary for the purchase and spend models.
    ///
    /// # Errors
    /// [`Error::EndBeforeFirstPurchase`].
    pub fn build(&self) -> Result<CustomerSummary> {
        let end = self.end()?;
        let included = self.included(end);
        let log = self.log;
        let n = included.as_ref().map_or(log.customers(), Vec::len);
        let days = self.unit.days();
        let with_margin = log.has_margin();

        let (mut frequency, mut recency, mut age) = (vec![0u32; n], vec![0.0; n], vec![0.0; n]);
        let (mut mean_spend, mut total_spend) = (vec![0.0; n], vec![0.0; n]);
        let mut total_margin = vec![0.0; if with_margin { n } else { 0 }];
        let ranges = parallel::ranges(n, parallel::threads(log.threads, log.occasions()));
        let lengths = || ranges.iter().map(ExactSizeIterator::len);
        let columns = (parallel::split_mut(&mut frequency, lengths()).into_iter())
            .zip(parallel::split_mut(&mut recency, lengths()))
            .zip(parallel::split_mut(&mut age, lengths()))
            .zip(parallel::split_mut(&mut mean_spend, lengths()))
            .zip(parallel::split_mut(&mut total_spend, lengths()))
            .zip(parallel::split_mut(&mut total_margin, lengths()));
        let parts = (ranges.iter().cloned().zip(columns))
            .map(|(customers, (((((frequency, recency), age), mean_spend), total_spend), total_margin))| Part {
                customers,
                frequency,
                recency,
                age,
                mean_spend,
                total_spend,
                total_margin,
            })
            .collect();
        parallel::run(parts, |part: Part<'_>| {
            for (slot, position) in part.customers.enumerate() {
                let customer = included.as_ref().map_or(position, |included| included[position] as usize);
                let row = self.row(customer, end);
                part.frequency[slot] = row.frequency;
                part.recency[slot] = f64::from(row.last - row.first) / days;
                part.age[slot] = f64::from(end.days() - row.first) / days;
                part.mean_spend[slot] = row.mean_spend;
                part.total_spend[slot] = row.total_spend;
                if with_margin {
                    part.total_margin[slot] = row.total_margin;
                }
            }
        });
        for adjustment in log.adjustments.iter().filter(|adjustment| adjustment.day <= end.days()) {
            if let Some(position) = position_of(included.as_deref(), adjustment.customer) {
                total_spend[position] += adjustment.amount;
                if with_margin {
                    total_margin[position] += adjustment.margin;
                }
            }
        }
        let sums = self.log_sums.then(|| self.sums(included.as_deref(), n, end));
        let (log_intervals, log_spend) = sums.map_or((None, None), |sums| (Some(sums.intervals), Some(sums.spend)));
        Ok(CustomerSummary {
            ids: included.map_or_else(|| Arc::clone(&log.ids), |included| Arc::new(log.ids.select(&included))),
            unit: self.unit,
            frequency,
            recency,
            age,
            mean_spend: Some(mean_spend),
            total_spend: Some(total_spend),
            total_margin: with_margin.then_some(total_margin),
            log_intervals,
            log_spend,
            covariates: None,
            observed_until: Some(end),
            quality: Some(self.quality(end, n)),
        })
    }

    /// The summary until `observed_until`, and what the same customers did after it until `holdout_end`.
    ///
    /// # Errors
    /// [`Error::EmptyHoldout`] unless `holdout_end` lies after the calibration end; [`Error::EndBeforeFirstPurchase`].
    pub fn with_holdout(&self, holdout_end: Date) -> Result<CalibrationHoldout> {
        let end = self.end()?;
        if holdout_end <= end {
            return Err(Error::EmptyHoldout { calibration_end: end.to_string(), holdout_end: holdout_end.to_string() });
        }
        let calibration = self.build()?;
        let included = self.included(end);
        let log = self.log;
        let (holdout_frequency, mut holdout_spend): (Vec<u32>, Vec<f64>) = (0..calibration.len())
            .map(|position| {
                let customer = included.as_ref().map_or(position, |included| included[position] as usize);
                let until_holdout_end = observed(log.history(customer), holdout_end.days());
                let later = &until_holdout_end[observed(until_holdout_end, end.days()).len()..];
                (later.len() as u32, later.iter().fold(0.0, |sum, occasion| sum + occasion.amount))
            })
            .unzip();
        let in_holdout = |adjustment: &&Adjustment| adjustment.day > end.days() && adjustment.day <= holdout_end.days();
        for adjustment in log.adjustments.iter().filter(in_holdout) {
            if let Some(position) = position_of(included.as_deref(), adjustment.customer) {
                holdout_spend[position] += adjustment.amount;
            }
        }
        let holdout = Span::new(f64::from(holdout_end.days() - end.days()) / self.unit.days(), self.unit)?;
        Ok(CalibrationHoldout { calibration, holdout_frequency, holdout_spend, holdout })
    }

    /// Ids, end of observation, and for every customer the occasions until then with the number of cancelled days.
    pub(crate) fn observed_histories(&self) -> Result<(Arc<CustomerIds>, Date, Vec<ObservedHistory<'_>>)> {
        let end = self.end()?;
        let included = self.included(end);
        let log = self.log;
        let customers = included.clone().unwrap_or_else(|| (0..log.customers() as u32).collect());
        let mut histories: Vec<_> = customers.iter().map(|&customer| (observed(log.history(customer as usize), end.days()), 0)).collect();
        for adjustment in log.adjustments.iter().filter(|adjustment| adjustment.day <= end.days()) {
            if let Some(position) = position_of(included.as_deref(), adjustment.customer) {
                histories[position].1 += 1;
            }
        }
        let ids = included.map_or_else(|| Arc::clone(&log.ids), |included| Arc::new(log.ids.select(&included)));
        Ok((ids, end, histories))
    }

    /// The summary for RFM scoring, with `time_since_last` in the chosen unit.
    ///
    /// # Errors
    /// [`Error::EndBeforeFirstPurchase`].
    pub fn rfm(&self) -> Result<RfmSummary> {
        let end = self.end()?;
        let included = self.included(end);
        let customers = self.clone().log_sums(false).build()?;
        let days = self.unit.days();
        // From whole days, not from T − t_x: customers that last bought on one day must tie exactly.
        let time_since_last = (0..customers.len())
            .map(|position| {
                let customer = included.as_ref().map_or(position, |included| included[position] as usize);
                let last = observed(self.log.history(customer), end.days()).last().map_or(0, |occasion| occasion.day);
                f64::from(end.days() - last) / days
            })
            .collect();
        Ok(RfmSummary {
            ids: customers.ids,
            unit: self.unit,
            time_since_last,
            frequency: customers.frequency.iter().map(|x| x + 1).collect(),
            total_spend: customers.total_spend.unwrap_or_default(),
        })
    }
}

/// Occasions until the end of observation, and the number of cancelled days.
pub(crate) type ObservedHistory<'a> = (&'a [Occasion], u32);

/// Where a customer of the log stands among those included (`None`: all of them).
fn position_of(included: Option<&[u32]>, customer: u32) -> Option<usize> {
    match included {
        None => Some(customer as usize),
        Some(included) => included.binary_search(&customer).ok(),
    }
}

/// The occasions until a day; those of one customer are sorted by day.
pub(crate) fn observed(history: &[Occasion], end: i32) -> &[Occasion] {
    let until = if history.last().is_none_or(|occasion| occasion.day <= end) {
        history.len()
    } else {
        history.partition_point(|occasion| occasion.day <= end)
    };
    &history[..until]
}
