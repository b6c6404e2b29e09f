//! Realised value to date.

use super::{ClvModel, check_margin, total_spend};
use crate::error::{Error, Result};
use crate::parallel;
use crate::summary::CustomerSummary;
use crate::time::{DiscountRate, TimeUnit};
use crate::transactions::TransactionLog;

/// What every customer has been worth so far: realised revenue or contribution margin until the end of observation, refunds deducted.
///
/// # Formula
/// ```text
/// value = Σ net amounts × margin      (default margin 1: revenue)
/// value = Σ margins of the log        with [`HistoricalClv::from_margin_column`]
/// ```
/// Values may be negative where refunds or costs exceed purchases.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HistoricalClv {
    source: Source,
}

#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
enum Source {
    Spend { margin: f64 },
    MarginColumn,
}

impl Default for HistoricalClv {
    fn default() -> Self {
        HistoricalClv { source: Source::Spend { margin: 1.0 } }
    }
}

impl HistoricalClv {
    /// Revenue to date.
    pub fn new() -> Self {
        Self::default()
    }

    /// Revenue to date times a margin rate (30 % is 0.30).
    pub fn margin(margin: f64) -> Self {
        HistoricalClv { source: Source::Spend { margin } }
    }

    /// The margins that the log's rows carry.
    pub fn from_margin_column() -> Self {
        HistoricalClv { source: Source::MarginColumn }
    }

    /// The same compounded to the end of observation, from the log of which the customers were summarised: see [`CompoundedClv`].
    pub fn compounded(self, log: &TransactionLog, rate: DiscountRate) -> CompoundedClv<'_> {
        CompoundedClv { log, source: self.source, rate }
    }
}

impl ClvModel for HistoricalClv {
    /// # Errors
    /// [`Error::MissingColumn`] if the summary holds no totals; [`Error::InvalidOption`] if the margin rate is not finite.
    fn value(&self, customers: &CustomerSummary) -> Result<Vec<f64>> {
        let what = "historical CLV";
        match self.source {
            Source::Spend { margin } => {
                check_margin(margin)?;
                Ok(total_spend(customers, what)?.iter().map(|spend| spend * margin).collect())
            }
            Source::MarginColumn => {
                let advice = "read the log with a margin or cost column, or add the totals with `with_total_margin`";
                let total = customers.total_margin().ok_or(Error::MissingColumn { what, column: "total_margin", advice })?;
                Ok(total.to_vec())
            }
        }
    }
}

/// What every customer has been worth so far, each payment compounded from its day to the end of observation.
///
/// Made by [`HistoricalClv::compounded`]. A summary holds totals only, so the payments are taken from the log; the end of observation and the
/// customers are those of the summary.
///
/// # Formula
/// ```text
/// value = Σ payment · e^(δ (end − day))       refunds that cancelled a day included, δ = ln(1 + d) / span
/// ```
/// At rate 0 it is [`HistoricalClv`], but for the rounding of the sums.
///
/// ```
/// use crm_value::{ClvModel, Date, DiscountRate, HistoricalClv, TimeUnit, TransactionLog};
/// let log = TransactionLog::from_columns(&[7_u64, 7], &[0, 14], &[100.0, 50.0])?;
/// let customers = log.summarize().observed_until(Date::from_days(14)?).build()?;
/// let weekly = DiscountRate::per_period(0.10, TimeUnit::Week)?;
/// let value = HistoricalClv::new().compounded(&log, weekly).value(&customers)?;
/// assert!((value[0] - (100.0 * 1.21 + 50.0)).abs() < 1e-12);
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct CompoundedClv<'a> {
    log: &'a TransactionLog,
    source: Source,
    rate: DiscountRate,
}

impl ClvModel for CompoundedClv<'_> {
    /// # Errors
    /// [`Error::MissingColumn`] if the summary was not made from a log, or the log holds no margins and they are asked for;
    /// [`Error::UnknownCustomer`] if the log does not hold a customer; [`Error::InvalidOption`] if the margin rate is not finite;
    /// [`Error::NonFinite`] if a value leaves the range of f64.
    fn value(&self, customers: &CustomerSummary) -> Result<Vec<f64>> {
        let what = "compounded historical CLV";
        let advice = "give the summary made from this log";
        let end = customers.observed_until().ok_or(Error::MissingColumn { what, column: "observed_until", advice })?.days();
        let log = self.log;
        let (margin, margins) = match self.source {
            Source::Spend { margin } => (margin, None),
            Source::MarginColumn => {
                let advice = "read the log with a margin or cost column";
                (1.0, Some(log.margins.as_deref().ok_or(Error::MissingColumn { what, column: "margin", advice })?))
            }
        };
        check_margin(margin)?;
        let positions = positions(log, customers)?;
        let delta = self.rate.delta(TimeUnit::Day);
        // One power per day of the log instead of one per payment.
        let last = log.last_date().days().min(end);
        let factors: Vec<f64> = (log.first_day..=last).map(|day| (delta * f64::from(end - day)).exp()).collect();
        let factor = |day: i32| factors[(day - log.first_day) as usize];
        let mut values = parallel::map(positions.len(), 8, |i| {
            let position = positions[i] as usize;
            let start = log.starts[position] as usize;
            let payments = log.history(position).iter().enumerate().take_while(|(_, occasion)| occasion.day <= end);
            payments.fold(0.0, |sum, (k, occasion)| {
                let amount = margins.map_or(occasion.amount, |margins| margins[start + k]);
                sum + amount * factor(occasion.day)
            })
        });
        let mut rows: Vec<(u32, u32)> = positions.iter().copied().zip(0..).collect();
        rows.sort_unstable();
        for adjustment in log.adjustments.iter().filter(|adjustment| adjustment.day <= end) {
            if let Ok(found) = rows.binary_search_by_key(&adjustment.customer, |&(position, _)| position) {
                let amount = if margins.is_some() { adjustment.margin } else { adjustment.amount };
                values[rows[found].1 as usize] += amount * factor(adjustment.day);
            }
        }
        for (row, value) in values.iter_mut().enumerate() {
            *value *= margin;
            if !value.is_finite() {
                return Err(Error::NonFinite { column: "value".to_owned(), row, value: *value });
            }
        }
        Ok(values)
    }
}

/// Where the customers of a summary stand in the log.
fn positions(log: &TransactionLog, customers: &CustomerSummary) -> Result<Vec<u32>> {
    let ids = customers.ids();
    if ids == log.ids() {
        return Ok((0..log.customers() as u32).collect());
    }
    let position = |(row, id): (usize, crate::ids::CustomerId<'_>)| {
        let unknown =
            || Error::UnknownCustomer { column: "customer_id".to_owned(), row, customer: id.to_string(), table: "the transaction log" };
        log.ids().position(id).map(|position| position as u32).ok_or_else(unknown)
    };
    ids.iter().enumerate().map(position).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::time::Date;
    use crate::transactions::{LogOptions, MarginColumn, Transactions};

    /// Customer 1 pays 100, 20, and gets 30 back on a day of its own; customer 2 pays 10 later; margins are a tenth.
    fn log() -> Result<TransactionLog> {
        let margins = [10.0, 2.0, -3.0, 1.0];
        let rows = Transactions::new(&[1_u64, 1, 1, 2], &[0, 7, 14, 21], &[100.0, 20.0, -30.0, 10.0]);
        LogOptions::new().read(&rows.with_margin(MarginColumn::Margin(&margins)))
    }

    #[test]
    fn every_payment_grows_from_its_day() -> Result<()> {
        let log = log()?;
        let rate = DiscountRate::per_period(0.5, TimeUnit::Week)?;
        let at = |day: i32| log.summarize().observed_until(Date::from_days(day)?).build();
        // At day 21: 100 · 1.5³ + 20 · 1.5² − 30 · 1.5 = 337.5 + 45 − 45; customer 2: 10.
        let close = |actual: &[f64], expected: &[f64]| {
            assert_eq!(actual.len(), expected.len());
            assert!(actual.iter().zip(expected).all(|(a, e)| (a - e).abs() < 1e-12 * e.abs()), "{actual:?} is not {expected:?}");
        };
        close(&HistoricalClv::new().compounded(&log, rate).value(&at(21)?)?, &[337.5, 10.0]);
        close(&HistoricalClv::margin(0.2).compounded(&log, rate).value(&at(21)?)?, &[67.5, 2.0]);
        close(&HistoricalClv::from_margin_column().compounded(&log, rate).value(&at(21)?)?, &[33.75, 1.0]);
        // Before the refund and without customer 2; and two weeks after the last row.
        close(&HistoricalClv::new().compounded(&log, rate).value(&at(7)?)?, &[170.0]);
        close(&HistoricalClv::new().compounded(&log, rate).value(&at(35)?)?, &[759.375, 22.5]);
        // At rate 0 the plain totals, to the last bit.
        let customers = at(21)?;
        assert_eq!(HistoricalClv::new().compounded(&log, DiscountRate::none()).value(&customers)?, HistoricalClv::new().value(&customers)?);
        Ok(())
    }

    #[test]
    fn refuses_what_the_log_does_not_know() -> Result<()> {
        let log = log()?;
        let rate = DiscountRate::annual(0.1)?;
        let kind = |value: Result<Vec<f64>>| value.map_err(|error| (error.kind(), error.row()));
        let plain = CustomerSummary::from_columns(None, &[0.0], &[0.0], &[1.0], None, TimeUnit::Week)?;
        assert_eq!(kind(HistoricalClv::new().compounded(&log, rate).value(&plain)), Err((ErrorKind::MissingColumn, None)));
        let other = TransactionLog::from_columns(&[1_u64, 3], &[0, 1], &[1.0, 2.0])?;
        let strangers = other.summarize().build()?;
        assert_eq!(kind(HistoricalClv::new().compounded(&log, rate).value(&strangers)), Err((ErrorKind::UnknownCustomer, Some(1))));
        let customers = other.summarize().build()?;
        assert_eq!(
            kind(HistoricalClv::from_margin_column().compounded(&other, rate).value(&customers)),
            Err((ErrorKind::MissingColumn, None))
        );
        assert_eq!(kind(HistoricalClv::margin(f64::NAN).compounded(&other, rate).value(&customers)), Err((ErrorKind::InvalidOption, None)));
        let steep = DiscountRate::continuous(1e6, TimeUnit::Day)?;
        assert_eq!(kind(HistoricalClv::new().compounded(&other, steep).value(&customers)), Err((ErrorKind::NonFinite, Some(0))));
        Ok(())
    }
}
