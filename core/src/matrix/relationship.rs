//! What the rules of the stages look at, one row per customer.

use super::stages::StageRules;
use crate::concentration::{ascending, check_finite};
use crate::error::{Error, Result};
use crate::summary::count;
use crate::time::Date;
use crate::transactions::TransactionLog;

/// How a customer has been buying, in days before the end of observation. See [`StageRules`].
///
/// | column | meaning |
/// |---|---|
/// | `purchases` | purchase occasions until the end |
/// | `since_first`, `since_last` | days from the first and the last of them to the end |
/// | `own_gap` | mean days between purchases, where there are at least two gaps |
/// | `since_return` | days since the latest purchase after a gap that counted as lapsed, if there was one |
///
/// A gap counted as lapsed if it was longer than `rhythm[1]` (3) times the usual gap as it was known when it began: the mean of the customer's
/// earlier gaps if there were at least two, else the median of the base.
#[derive(Debug, Clone, PartialEq)]
pub struct Relationship {
    purchases: Vec<u32>,
    since_first: Vec<f64>,
    since_last: Vec<f64>,
    own_gap: Vec<Option<f64>>,
    since_return: Vec<Option<f64>>,
    usual_gap: Option<f64>,
}

impl Relationship {
    /// Reads the columns from a log, for the customers first seen until `observed_until` (`None`: the last date of the log), in the order of
    /// the ids: the customers of [`TransactionLog::summarize`] with the same end.
    ///
    /// # Errors
    /// [`Error::EndBeforeFirstPurchase`]; [`Error::InvalidOption`] for rules outside their range.
    pub fn of(log: &TransactionLog, rules: &StageRules, observed_until: Option<Date>) -> Result<Self> {
        rules.check()?;
        let end = observed_until.unwrap_or_else(|| log.last_date());
        let first = log.first_purchase();
        if end.days() < first {
            let first = Date::from_days_unchecked(first).to_string();
            return Err(Error::EndBeforeFirstPurchase { end: end.to_string(), first });
        }
        let days_of = |customer: usize| {
            let history = log.history(customer);
            let seen = history.partition_point(|occasion| occasion.day <= end.days());
            &history[..seen]
        };
        let histories = || (0..log.customers()).map(days_of).filter(|history| !history.is_empty());
        let own_gap = |gaps: usize, from: i32, to: i32| (gaps >= 2).then(|| f64::from(to.abs_diff(from)) / gaps as f64);
        let ago = |day: i32| f64::from(end.days().abs_diff(day));

        let mut base = Relationship::empty();
        for history in histories() {
            let (first, last) = (history[0].day, history[history.len() - 1].day);
            base.purchases.push(history.len() as u32);
            base.since_first.push(ago(first));
            base.since_last.push(ago(last));
            base.own_gap.push(own_gap(history.len() - 1, first, last));
        }
        base.usual_gap = median(base.own_gap.iter().flatten().copied().collect());
        let usual = rules.usual_gap.or(base.usual_gap);
        for history in histories() {
            let first = history[0].day;
            let lapsed = |i: &usize| {
                let before = history[i - 1].day;
                let known = own_gap(i - 1, first, before).or(usual);
                known.is_some_and(|gap| f64::from(history[*i].day.abs_diff(before)) > rules.rhythm[1] * gap)
            };
            base.since_return.push((1..history.len()).rev().find(lapsed).map(|i| ago(history[i].day)));
        }
        Ok(base)
    }

    /// Columns that were made elsewhere, all in days before the end of observation. A prospect has 0 purchases; what the other columns say of
    /// it is not read. `own_gap` may be absent, and then the median of the others stands in.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::LengthMismatch`]; for the first row at fault [`Error::NonFinite`], [`Error::Negative`], [`Error::NotACount`],
    /// [`Error::NotPositive`] (a gap of 0), [`Error::RecencyExceedsAge`] (`since_last` above `since_first`).
    pub fn from_columns(
        purchases: &[f64],
        since_first: &[f64],
        since_last: &[f64],
        own_gap: &[Option<f64>],
        since_return: &[Option<f64>],
    ) -> Result<Self> {
        let n = purchases.len();
        check_finite("purchases", purchases)?;
        let lengths = [
            ("since_first", since_first.len()),
            ("since_last", since_last.len()),
            ("own_gap", own_gap.len()),
            ("since_return", since_return.len()),
        ];
        if let Some((column, actual)) = lengths.into_iter().find(|&(_, actual)| actual != n) {
            let reference = "purchases".to_owned();
            return Err(Error::LengthMismatch { column: column.to_owned(), actual, reference, expected: n });
        }
        let days = |column: &str, row: usize, value: f64| {
            if !value.is_finite() {
                return Err(Error::NonFinite { column: column.to_owned(), row, value });
            }
            if value < 0.0 { Err(Error::Negative { column: column.to_owned(), row, value }) } else { Ok(value) }
        };
        let mut base = Relationship::empty();
        for row in 0..n {
            let purchases = count("purchases", row, purchases[row])?;
            let (first, last) = if purchases == 0 {
                (0.0, 0.0)
            } else {
                (days("since_first", row, since_first[row])?, days("since_last", row, since_last[row])?)
            };
            if last > first {
                return Err(Error::RecencyExceedsAge { column: "since_last".to_owned(), row, recency: last, age: first });
            }
            let (gap, back) = if purchases == 0 { (None, None) } else { (own_gap[row], since_return[row]) };
            let gap = gap.map(|gap| days("own_gap", row, gap)).transpose()?;
            if let Some(value) = gap.filter(|gap| !(*gap > 0.0)) {
                return Err(Error::NotPositive { column: "own_gap".to_owned(), row, value });
            }
            base.purchases.push(purchases);
            base.since_first.push(first);
            base.since_last.push(last);
            base.own_gap.push(gap);
            base.since_return.push(back.map(|back| days("since_return", row, back)).transpose()?);
        }
        base.usual_gap = median(base.own_gap.iter().flatten().copied().collect());
        Ok(base)
    }

    fn empty() -> Self {
        Relationship {
            purchases: Vec::new(),
            since_first: Vec::new(),
            since_last: Vec::new(),
            own_gap: Vec::new(),
            since_return: Vec::new(),
            usual_gap: None,
        }
    }

    /// Number of customers.
    pub fn len(&self) -> usize {
        self.purchases.len()
    }

    /// Whether there are no customers; never true.
    pub fn is_empty(&self) -> bool {
        self.purchases.is_empty()
    }

    /// Purchase occasions of every customer.
    pub fn purchases(&self) -> &[u32] {
        &self.purchases
    }

    /// Days since the first purchase: the tenure.
    pub fn since_first(&self) -> &[f64] {
        &self.since_first
    }

    /// Days since the last purchase.
    pub fn since_last(&self) -> &[f64] {
        &self.since_last
    }

    /// Mean days between purchases of customer `index`; `None` with fewer than two gaps.
    pub fn own_gap(&self, index: usize) -> Option<f64> {
        *self.own_gap.get(index)?
    }

    /// Days since the customers came back after having lapsed; `None` for those who never did.
    pub fn since_return(&self) -> &[Option<f64>] {
        &self.since_return
    }

    /// The median of the customers' own gaps, in days; `None` if nobody has one.
    pub fn usual_gap(&self) -> Option<f64> {
        self.usual_gap
    }
}

fn median(values: Vec<f64>) -> Option<f64> {
    let sorted = ascending(values.into_iter());
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get((sorted.len() - 1) / 2)?;
    Some(lower + (upper - lower) / 2.0)
}
