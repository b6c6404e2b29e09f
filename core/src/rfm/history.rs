//! What RFMR points are given for: one row per customer.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::ids::{CustomerIds, IdColumn};
use crate::summary::{Summarize, checked_total, count, distinct};
use crate::time::TimeUnit;

/// One row per customer for [`crate::RfmrPoints`].
///
/// | column | meaning |
/// |---|---|
/// | `months_since_last` | months (of 30.4375 days) from the last purchase to the end of observation |
/// | `recent_orders` | purchase days of the last 18 months |
/// | `mean_recent_value` | mean net amount of the last 3 purchase days, in money |
/// | `returns` | number of returns |
/// | `main_catalogues`, `special_catalogues`, `mailings` | contacts since the last purchase; 0 unless given |
///
/// Made from a log by [`Summarize::rfmr`], or from columns.
#[derive(Debug, Clone)]
pub struct RfmrHistory {
    ids: Arc<CustomerIds>,
    months_since_last: Vec<f64>,
    recent_orders: Vec<u32>,
    mean_recent_value: Vec<f64>,
    returns: Vec<u32>,
    contacts: [Vec<u32>; 3],
}

const CONTACTS: [&str; 3] = ["main_catalogues", "special_catalogues", "mailings"];

impl RfmrHistory {
    /// Months over which orders count as recent in [`Summarize::rfmr`].
    pub const RECENT_MONTHS: u32 = 18;
    /// Last orders whose value is averaged in [`Summarize::rfmr`].
    pub const RECENT_ORDERS: usize = 3;

    /// A history from columns that were made elsewhere; distinct `ids`, or none to number the customers 0, 1, 2, ...
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::LengthMismatch`], [`Error::TooLarge`], [`Error::DuplicateCustomer`], [`Error::NonFinite`],
    /// [`Error::Negative`], [`Error::NotACount`] (orders, returns).
    pub fn from_columns(
        ids: Option<IdColumn<'_>>,
        months_since_last: &[f64],
        recent_orders: &[f64],
        mean_recent_value: &[f64],
        returns: &[f64],
    ) -> Result<Self> {
        let n = months_since_last.len();
        if n == 0 {
            return Err(Error::Empty { what: "RFMR history".to_owned() });
        }
        if u32::try_from(n).is_err() {
            return Err(Error::TooLarge { what: "RFMR history", rows: n });
        }
        let lengths = [
            ("customer_id", ids.map_or(n, |ids| ids.len())),
            ("recent_orders", recent_orders.len()),
            ("mean_recent_value", mean_recent_value.len()),
            ("returns", returns.len()),
        ];
        if let Some((column, actual)) = lengths.into_iter().find(|&(_, actual)| actual != n) {
            let reference = "months_since_last".to_owned();
            return Err(Error::LengthMismatch { column: column.to_owned(), actual, reference, expected: n });
        }
        let months_since_last = checked_total("months_since_last", n, months_since_last)?;
        if let Some(row) = months_since_last.iter().position(|&months| months < 0.0) {
            return Err(Error::Negative { column: "months_since_last".to_owned(), row, value: months_since_last[row] });
        }
        Ok(RfmrHistory {
            ids: Arc::new(match ids {
                Some(column) => distinct(CustomerIds::from_column(column))?,
                None => CustomerIds::U64((0..n as u64).collect()),
            }),
            months_since_last,
            recent_orders: counts("recent_orders", n, recent_orders)?,
            mean_recent_value: checked_total("mean_recent_value", n, mean_recent_value)?,
            returns: counts("returns", n, returns)?,
            contacts: std::array::from_fn(|_| vec![0; n]),
        })
    }

    /// The same with contacts since the last purchase: main catalogues, special catalogues, mailings; whole numbers.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`], [`Error::NotACount`].
    pub fn with_contacts(mut self, main_catalogues: &[f64], special_catalogues: &[f64], mailings: &[f64]) -> Result<Self> {
        for ((slot, column), values) in self.contacts.iter_mut().zip(CONTACTS).zip([main_catalogues, special_catalogues, mailings]) {
            *slot = counts(column, self.returns.len(), values)?;
        }
        Ok(self)
    }

    /// Number of customers.
    pub fn len(&self) -> usize {
        self.returns.len()
    }

    /// Whether there are no customers; never true, as empty histories are refused.
    pub fn is_empty(&self) -> bool {
        self.returns.is_empty()
    }

    /// The customers' ids.
    pub fn ids(&self) -> &CustomerIds {
        &self.ids
    }

    /// Months since the last purchase.
    pub fn months_since_last(&self) -> &[f64] {
        &self.months_since_last
    }

    /// Recent orders.
    pub fn recent_orders(&self) -> &[u32] {
        &self.recent_orders
    }

    /// Mean value of the last orders, in money.
    pub fn mean_recent_value(&self) -> &[f64] {
        &self.mean_recent_value
    }

    /// Number of returns.
    pub fn returns(&self) -> &[u32] {
        &self.returns
    }

    /// Main catalogues sent since the last purchase.
    pub fn main_catalogues(&self) -> &[u32] {
        &self.contacts[0]
    }

    /// Special catalogues sent since the last purchase.
    pub fn special_catalogues(&self) -> &[u32] {
        &self.contacts[1]
    }

    /// Mailings sent since the last purchase.
    pub fn mailings(&self) -> &[u32] {
        &self.contacts[2]
    }
}

impl Summarize<'_> {
    /// The history for RFMR points until the end of observation, without contacts; the unit of time is always the month.
    ///
    /// An order is a purchase day. Recent orders lie on days after the end of observation less 18 months (18 × 30.4375 days). As a return
    /// counts every cancelled day: a day with a refund and a net amount not above 0. Refunds within a day of greater purchases reduce that
    /// order's value and are not counted; give `returns` by [`RfmrHistory::from_columns`] where they are known.
    ///
    /// # Errors
    /// [`Error::EndBeforeFirstPurchase`].
    ///
    /// ```
    /// use crm_value::{RfmrPoints, TransactionLog, parse_dates};
    /// let dates = parse_dates("date", &["2024-01-10", "2025-11-01", "2025-12-01", "2025-12-10", "2025-12-31"])?;
    /// let log = TransactionLog::from_columns(&[1u64, 1, 1, 1, 2], &dates, &[40.0, 120.0, 80.0, -20.0, 10.0])?;
    /// let history = log.summarize().rfmr()?;
    /// assert_eq!((history.recent_orders(), history.mean_recent_value(), history.returns()), (&[2, 1][..], &[80.0, 10.0][..], &[1, 0][..]));
    /// assert_eq!(RfmrPoints::default().points(&history)?, [25.0 + 40.0 + 12.0 + 15.0, 25.0 + 40.0 + 6.0 + 5.0]);
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    pub fn rfmr(&self) -> Result<RfmrHistory> {
        let month = TimeUnit::Month.days();
        let recent_days = f64::from(RfmrHistory::RECENT_MONTHS) * month;
        let (ids, end, histories) = self.observed_histories()?;
        let n = histories.len();
        let mut result = RfmrHistory {
            ids,
            months_since_last: Vec::with_capacity(n),
            recent_orders: Vec::with_capacity(n),
            mean_recent_value: Vec::with_capacity(n),
            returns: Vec::with_capacity(n),
            contacts: std::array::from_fn(|_| vec![0; n]),
        };
        for (occasions, cancelled) in histories {
            let ago = |day: i32| f64::from(end.days() - day);
            result.months_since_last.push(occasions.last().map_or(0.0, |last| ago(last.day) / month));
            let recent = occasions.iter().rev().take_while(|occasion| ago(occasion.day) < recent_days).count();
            result.recent_orders.push(recent as u32);
            let last = &occasions[occasions.len().saturating_sub(RfmrHistory::RECENT_ORDERS)..];
            result.mean_recent_value.push(last.iter().fold(0.0, |sum, occasion| sum + occasion.amount) / last.len().max(1) as f64);
            result.returns.push(cancelled);
        }
        Ok(result)
    }
}

fn counts(column: &str, n: usize, values: &[f64]) -> Result<Vec<u32>> {
    if values.len() != n {
        let reference = "months_since_last".to_owned();
        return Err(Error::LengthMismatch { column: column.to_owned(), actual: values.len(), reference, expected: n });
    }
    values.iter().enumerate().map(|(row, &value)| count(column, row, value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Date;
    use crate::transactions::TransactionLog;

    #[test]
    fn a_log_gives_the_columns() -> Result<()> {
        // Customer 1: days 0, 100, 700, 900 with 10, 20, 30, 100; a return on day 950, another after the end. 18 months are 547.875 days.
        let ids = [1_u64, 1, 1, 1, 1, 1, 2, 3];
        let days = [0, 100, 700, 900, 950, 1100, 453, 1050];
        let log = TransactionLog::from_columns(&ids, &days, &[10.0, 20.0, 30.0, 100.0, -15.0, -1.0, 7.0, 9.0])?;
        let history = log.summarize().observed_until(Date::from_days(1000)?).rfmr()?;
        assert_eq!((history.len(), history.ids().len()), (2, 2));
        assert_eq!(history.recent_orders(), [2, 1]);
        assert_eq!((history.mean_recent_value(), history.returns()), (&[50.0, 7.0][..], &[1, 0][..]));
        assert_eq!(history.months_since_last(), [100.0 / 30.4375, 547.0 / 30.4375]);
        let later = log.summarize().observed_until(Date::from_days(1001)?).rfmr()?;
        assert_eq!(later.recent_orders(), [2, 0]);
        let all = log.summarize().rfmr()?;
        assert_eq!((all.returns(), all.mailings()), (&[2, 0, 0][..], &[0; 3][..]));
        assert!(matches!(log.summarize().observed_until(Date::from_days(-1)?).rfmr(), Err(Error::EndBeforeFirstPurchase { .. })));
        Ok(())
    }

    #[test]
    fn bad_columns_are_refused() -> Result<()> {
        let of = |months: &[f64], orders: &[f64], value: &[f64], returns: &[f64]| {
            RfmrHistory::from_columns(None, months, orders, value, returns).map(|_| ())
        };
        assert!(matches!(of(&[], &[], &[], &[]), Err(Error::Empty { .. })));
        assert!(matches!(of(&[1.0], &[1.0], &[1.0], &[]), Err(Error::LengthMismatch { .. })));
        assert!(matches!(of(&[-1.0], &[1.0], &[1.0], &[0.0]), Err(Error::Negative { .. })));
        assert!(matches!(of(&[f64::NAN], &[1.0], &[1.0], &[0.0]), Err(Error::NonFinite { .. })));
        assert!(matches!(of(&[1.0], &[1.5], &[1.0], &[0.0]), Err(Error::NotACount { .. })));
        assert!(matches!(of(&[1.0], &[1.0], &[f64::INFINITY], &[0.0]), Err(Error::NonFinite { .. })));
        assert!(matches!(of(&[1.0], &[1.0], &[1.0], &[-1.0]), Err(Error::Negative { .. })));
        let two = RfmrHistory::from_columns(Some((&[1_u64, 1]).into()), &[1.0; 2], &[1.0; 2], &[1.0; 2], &[0.0; 2]);
        assert!(matches!(two, Err(Error::DuplicateCustomer { .. })));
        let one = RfmrHistory::from_columns(None, &[1.0], &[1.0], &[1.0], &[0.0])?;
        assert!(matches!(one.clone().with_contacts(&[], &[0.0], &[0.0]), Err(Error::LengthMismatch { .. })));
        assert!(matches!(one.with_contacts(&[0.0], &[0.5], &[0.0]), Err(Error::NotACount { .. })));
        Ok(())
    }
}
