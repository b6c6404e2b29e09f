//! The summary for models in discrete time: in how many of its opportunities a customer bought.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::calendar::CalendarPeriod;
use crate::error::{Error, Result};
use crate::ids::{CustomerIds, IdColumn};
use crate::parallel;
use crate::quality::DataQuality;
use crate::summary::{count, distinct, observed};
use crate::time::{Date, Span, TimeUnit};
use crate::transactions::TransactionLog;

/// One customer's record in discrete time: x purchases among n opportunities after the first purchase, the last at opportunity t_x.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpportunityHistory {
    // In this order they sort as the likelihood wants them.
    opportunities: u32,
    frequency: u32,
    recency: u32,
}

impl OpportunityHistory {
    /// A checked record.
    ///
    /// # Errors
    /// [`Error::TooManyPeriods`] above a million opportunities; [`Error::ExceedsOpportunities`], [`Error::InconsistentRecency`],
    /// [`Error::FrequencyExceedsRecency`]; all with row 0.
    pub fn new(frequency: u32, recency: u32, opportunities: u32) -> Result<Self> {
        Self::checked(0, frequency, recency, opportunities)
    }

    fn checked(row: usize, frequency: u32, recency: u32, opportunities: u32) -> Result<Self> {
        checked_periods("n", row, opportunities)?;
        for (column, value) in [("frequency", frequency), ("recency", recency)] {
            if value > opportunities {
                return Err(Error::ExceedsOpportunities { column: column.to_owned(), row, value, opportunities });
            }
        }
        if (frequency > 0) != (recency > 0) {
            return Err(Error::InconsistentRecency { column: "recency".to_owned(), row, recency: recency.into(), frequency });
        }
        if frequency > recency {
            return Err(Error::FrequencyExceedsRecency { column: "frequency".to_owned(), row, frequency, recency });
        }
        Ok(OpportunityHistory { opportunities, frequency, recency })
    }

    /// x: opportunities at which the customer bought.
    pub fn frequency(&self) -> u32 {
        self.frequency
    }

    /// t_x: the last of them, counted from 1; 0 when x = 0.
    pub fn recency(&self) -> u32 {
        self.recency
    }

    /// n: opportunities observed.
    pub fn opportunities(&self) -> u32 {
        self.opportunities
    }
}

/// One row per customer, or per group of customers with the same record: what [`crate::BgBb`] needs.
///
/// | column | symbol | meaning | range |
/// |---|---|---|---|
/// | `frequency` | x | opportunities at which the customer bought, after the first purchase | 0 ≤ x ≤ t_x |
/// | `recency` | t_x | the last such opportunity, counted from 1 | t_x ≤ n, 0 exactly when x = 0 |
/// | `opportunities` | n | opportunities observed | ≥ 0 |
/// | `weight` | | customers that the row stands for | > 0; 1 unless given |
///
/// # How a log is counted
/// By a span of L days: the customer's clock starts on the day of the first purchase. Opportunity j holds the days after (j − 1) L up to
/// j L days after it, so that with L = 7 the first opportunity ends on the same weekday one week later; n = ⌊(end − first day) / L⌋.
///
/// By calendar period: the period of the first purchase is no opportunity, and purchases in the rest of it do not count; opportunity j
/// is the j-th period after it.
///
/// What an opportunity holds is one purchase or none, however often the customer bought in it. A last period that the observation does not cover
/// to its end is no opportunity either, and purchases in it do not count.
#[derive(Debug, Clone)]
pub struct OpportunitySummary {
    ids: Arc<CustomerIds>,
    histories: Vec<OpportunityHistory>,
    weights: Option<Vec<f64>>,
    observed_until: Option<Date>,
    quality: Option<DataQuality>,
}

impl OpportunitySummary {
    /// A summary from columns that were made elsewhere, one row per customer.
    ///
    /// `ids`: distinct (`None`: 0, 1, 2, ...). The other columns: whole numbers.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::LengthMismatch`], [`Error::TooLarge`], [`Error::DuplicateCustomer`]; for the first row at fault
    /// [`Error::NonFinite`], [`Error::Negative`], [`Error::NotACount`] and the errors of [`OpportunityHistory::new`].
    pub fn from_columns(ids: Option<IdColumn<'_>>, frequency: &[f64], recency: &[f64], opportunities: &[f64]) -> Result<Self> {
        let rows = frequency.len();
        if rows == 0 {
            return Err(Error::Empty { what: "opportunity summary".to_owned() });
        }
        if u32::try_from(rows).is_err() {
            return Err(Error::TooLarge { what: "opportunity summary", rows });
        }
        let lengths = [("customer_id", ids.map(|ids| ids.len())), ("recency", Some(recency.len())), ("n", Some(opportunities.len()))];
        for (column, actual) in lengths {
            if let Some(actual) = actual.filter(|&actual| actual != rows) {
                let reference = "frequency".to_owned();
                return Err(Error::LengthMismatch { column: column.to_owned(), actual, reference, expected: rows });
            }
        }
        let history = |row: usize| {
            let x = count("frequency", row, frequency[row])?;
            let t_x = count("recency", row, recency[row])?;
            OpportunityHistory::checked(row, x, t_x, count("n", row, opportunities[row])?)
        };
        let histories = (0..rows).map(history).collect::<Result<_>>()?;
        let ids = match ids {
            Some(column) => distinct(CustomerIds::from_column(column))?,
            None => CustomerIds::U64((0..rows as u64).collect()),
        };
        Ok(OpportunitySummary { ids: Arc::new(ids), histories, weights: None, observed_until: None, quality: None })
    }

    /// A summary from a recency/frequency table: each row stands for `customers[row]` customers (finite, above 0).
    ///
    /// ```
    /// use crm_value::OpportunitySummary;
    /// // Of 10 customers with two opportunities, 4 never came back, 3 bought at the first only, 2 at the second only, 1 at both.
    /// let table = OpportunitySummary::from_table(&[0.0, 1.0, 1.0, 2.0], &[0.0, 1.0, 2.0, 2.0], &[2.0; 4], &[4.0, 3.0, 2.0, 1.0])?;
    /// assert_eq!(table.total_weight(), 10.0);
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`OpportunitySummary::from_columns`], and [`Error::NotPositive`] for a weight.
    pub fn from_table(frequency: &[f64], recency: &[f64], opportunities: &[f64], customers: &[f64]) -> Result<Self> {
        let mut summary = Self::from_columns(None, frequency, recency, opportunities)?;
        summary.weights = Some(checked_weights("frequency", summary.len(), customers)?);
        Ok(summary)
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.histories.len()
    }

    /// Whether there are no rows; never true, as empty summaries are refused.
    pub fn is_empty(&self) -> bool {
        self.histories.is_empty()
    }

    /// The customers' ids; those of the rows if the rows are groups.
    pub fn ids(&self) -> &CustomerIds {
        &self.ids
    }

    /// The record of every row.
    pub fn histories(&self) -> &[OpportunityHistory] {
        &self.histories
    }

    /// The customers that each row stands for; `None` if each is one.
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// Number of customers: the sum of the weights.
    pub fn total_weight(&self) -> f64 {
        self.cells().iter().map(|&(_, weight)| weight).sum()
    }

    /// The last day observed, if the summary was made from a log.
    pub fn observed_until(&self) -> Option<Date> {
        self.observed_until
    }

    /// The data-quality report of the log; `None` if the summary was made from columns.
    pub fn quality(&self) -> Option<&DataQuality> {
        self.quality.as_ref()
    }

    /// The distinct records by n, x, t_x, each with its customers.
    pub(crate) fn cells(&self) -> Vec<(OpportunityHistory, f64)> {
        // Weights are part of the sort key, so that their sums do not depend on the order of the rows.
        let weight = |row: usize| self.weights.as_ref().map_or(1.0, |weights| weights[row]);
        let mut order: Vec<(OpportunityHistory, u64)> =
            self.histories.iter().enumerate().map(|(row, &history)| (history, weight(row).to_bits())).collect();
        order.sort_unstable();
        let mut cells: Vec<(OpportunityHistory, f64)> = Vec::new();
        for (history, bits) in order {
            match cells.last_mut() {
                Some((last, weight)) if *last == history => *weight += f64::from_bits(bits),
                _ => cells.push((history, f64::from_bits(bits))),
            }
        }
        cells
    }

    /// `f` of every row, worked out once for every distinct record.
    pub(crate) fn map(&self, f: impl Fn(&OpportunityHistory) -> f64 + Sync) -> Vec<f64> {
        let mut seen: HashMap<OpportunityHistory, u32> = HashMap::new();
        let mut distinct = Vec::new();
        let of_row: Vec<u32> = (self.histories.iter())
            .map(|&history| {
                *seen.entry(history).or_insert_with(|| {
                    distinct.push(history);
                    distinct.len() as u32 - 1
                })
            })
            .collect();
        let values = parallel::map(distinct.len(), 200, |i| f(&distinct[i]));
        of_row.into_iter().map(|i| values[i as usize]).collect()
    }
}

/// More periods than this are a mistake in the unit, and sums over them would take for ever.
const MAX_PERIODS: u32 = 1_000_000;

pub(crate) fn checked_periods(column: &str, row: usize, value: u32) -> Result<u32> {
    if value > MAX_PERIODS {
        return Err(Error::TooManyPeriods { column: column.to_owned(), row, value, limit: MAX_PERIODS });
    }
    Ok(value)
}

/// Weights that are finite and above 0, as many as there are rows.
pub(crate) fn checked_weights(reference: &str, expected: usize, weights: &[f64]) -> Result<Vec<f64>> {
    let column = || "weight".to_owned();
    if weights.len() != expected {
        return Err(Error::LengthMismatch { column: column(), actual: weights.len(), reference: reference.to_owned(), expected });
    }
    for (row, &value) in weights.iter().enumerate() {
        if !value.is_finite() {
            return Err(Error::NonFinite { column: column(), row, value });
        }
        if value <= 0.0 {
            return Err(Error::NotPositive { column: column(), row, value });
        }
    }
    Ok(weights.to_vec())
}

/// How long an opportunity is; see [`OpportunitySummary`] for how it is counted. Made from a [`Span`] or a [`CalendarPeriod`] by `into`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OpportunityPeriod {
    /// Periods of this length, counted from the customer's first purchase.
    Span(Span),
    /// Calendar periods, counted from the one of the customer's first purchase.
    Calendar(CalendarPeriod),
}

impl From<Span> for OpportunityPeriod {
    fn from(span: Span) -> Self {
        OpportunityPeriod::Span(span)
    }
}

impl From<CalendarPeriod> for OpportunityPeriod {
    fn from(period: CalendarPeriod) -> Self {
        OpportunityPeriod::Calendar(period)
    }
}

impl OpportunityPeriod {
    /// Number of the opportunity that holds `day` of a customer who first bought on `first`; 0 before the first opportunity.
    fn holding(self, first: i32, day: i32) -> u32 {
        match self {
            OpportunityPeriod::Span(span) => (f64::from(day - first) / span.in_unit(TimeUnit::Day)).ceil() as u32,
            OpportunityPeriod::Calendar(period) => number(period, day).abs_diff(number(period, first)),
        }
    }

    /// Number of opportunities complete on `end` for a customer who first bought on `first`.
    fn complete(self, first: i32, end: i32) -> u32 {
        match self {
            OpportunityPeriod::Span(span) => (f64::from(end - first) / span.in_unit(TimeUnit::Day)).floor() as u32,
            // The period of the day after the end is the first that is not complete.
            OpportunityPeriod::Calendar(period) => (number(period, end + 1) - number(period, first) - 1).max(0) as u32,
        }
    }
}

fn number(period: CalendarPeriod, day: i32) -> i32 {
    period.number(Date::from_days_unchecked(day))
}

/// How a log is cut into opportunities; made by [`TransactionLog::opportunities`].
///
/// | option | default |
/// |---|---|
/// | `observed_until` | the last date in the log |
#[derive(Debug, Clone)]
#[must_use]
pub struct SummarizeOpportunities<'a> {
    log: &'a TransactionLog,
    period: OpportunityPeriod,
    observed_until: Option<Date>,
}

impl TransactionLog {
    /// Starts a summary in discrete time, one opportunity per `period`; finish with [`SummarizeOpportunities::build`].
    ///
    /// ```
    /// use crm_value::{Span, TimeUnit, TransactionLog};
    /// // Bought on days 0, 3 and 16; observed until day 20: two full weeks, a purchase in the first, and one in the third, incomplete one.
    /// let log = TransactionLog::from_columns(&[1u64, 1, 1, 2], &[0, 3, 16, 20], &[9.0, 9.0, 9.0, 9.0])?;
    /// let weeks = log.opportunities(Span::one(TimeUnit::Week)).build()?;
    /// let history = weeks.histories()[0];
    /// assert_eq!((history.frequency(), history.recency(), history.opportunities()), (1, 1, 2));
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    pub fn opportunities(&self, period: impl Into<OpportunityPeriod>) -> SummarizeOpportunities<'_> {
        SummarizeOpportunities { log: self, period: period.into(), observed_until: None }
    }
}

impl SummarizeOpportunities<'_> {
    /// Sets the last day of the observation; customers first seen later are left out.
    pub fn observed_until(mut self, end: Date) -> Self {
        self.observed_until = Some(end);
        self
    }

    /// The summary for the models in discrete time.
    ///
    /// # Errors
    /// [`Error::EndBeforeFirstPurchase`]; [`Error::TooManyPeriods`] if the period is so short that there are more than a million.
    pub fn build(&self) -> Result<OpportunitySummary> {
        let log = self.log;
        let mut summarize = log.summarize();
        if let Some(end) = self.observed_until {
            summarize = summarize.observed_until(end);
        }
        let end = summarize.end()?;
        let included = summarize.included(end);
        let customers = included.as_ref().map_or(log.customers(), Vec::len);
        let (period, end_day) = (self.period, end.days());
        let first = |customer: usize| log.history(customer).first().map_or(end_day, |occasion| occasion.day);
        let earliest = (0..log.customers()).map(first).min().unwrap_or(end_day);
        checked_periods("n", 0, period.complete(earliest, end_day))?;
        let histories = parallel::map(customers, 8, |slot| {
            let customer = included.as_ref().map_or(slot, |included| included[slot] as usize);
            let first = first(customer);
            let opportunities = period.complete(first, end_day);
            let (mut frequency, mut recency) = (0, 0);
            for occasion in observed(log.history(customer), end_day) {
                let opportunity = period.holding(first, occasion.day);
                if opportunity > recency && opportunity <= opportunities {
                    (frequency, recency) = (frequency + 1, opportunity);
                }
            }
            OpportunityHistory { opportunities, frequency, recency }
        });
        Ok(OpportunitySummary {
            quality: Some(summarize.quality(end, customers)),
            ids: included.map_or_else(|| Arc::clone(&log.ids), |included| Arc::new(log.ids.select(&included))),
            histories,
            weights: None,
            observed_until: Some(end),
        })
    }
}
