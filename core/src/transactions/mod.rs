//! From raw columns to a validated transaction log: one entry per customer and day, grouped by customer.

mod group;

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::ids::{CustomerIds, IdColumn};
use crate::quality::DataQuality;
use crate::time::{DAY_RANGE, Date, TimestampUnit};

/// A column of dates, one per transaction.
#[derive(Debug, Clone, Copy)]
pub enum DateColumn<'a> {
    /// Days since 1970-01-01.
    Days(&'a [i32]),
    /// Ticks since 1970-01-01T00:00:00; cut down to the civil day.
    Timestamps(&'a [i64], TimestampUnit),
}

impl DateColumn<'_> {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            DateColumn::Days(days) => days.len(),
            DateColumn::Timestamps(ticks, _) => ticks.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The day of a row, not yet checked against the supported range.
    #[inline]
    fn day(&self, row: usize) -> i64 {
        match self {
            DateColumn::Days(days) => days[row].into(),
            DateColumn::Timestamps(ticks, unit) => ticks[row].div_euclid(unit.per_day()),
        }
    }

    fn out_of_range(&self, column: &str, chunk_row: usize, row: usize) -> Error {
        let (value, unit) = match self {
            DateColumn::Days(days) => (days[chunk_row].into(), "days"),
            DateColumn::Timestamps(ticks, unit) => (ticks[chunk_row], unit.name()),
        };
        Error::DateOutOfRange { column: column.to_owned(), row, value, unit }
    }
}

impl<'a> From<&'a [i32]> for DateColumn<'a> {
    fn from(days: &'a [i32]) -> Self {
        DateColumn::Days(days)
    }
}

impl<'a> From<&'a Vec<i32>> for DateColumn<'a> {
    fn from(days: &'a Vec<i32>) -> Self {
        DateColumn::Days(days)
    }
}

impl<'a, const N: usize> From<&'a [i32; N]> for DateColumn<'a> {
    fn from(days: &'a [i32; N]) -> Self {
        DateColumn::Days(days)
    }
}

/// What a purchase is worth beyond its amount.
#[derive(Debug, Clone, Copy)]
pub enum MarginColumn<'a> {
    /// Contribution margin of each row, in money.
    Margin(&'a [f64]),
    /// Cost of each row, in money; margin = amount − cost.
    Cost(&'a [f64]),
}

impl MarginColumn<'_> {
    fn values(&self) -> &[f64] {
        match self {
            MarginColumn::Margin(values) | MarginColumn::Cost(values) => values,
        }
    }
}

/// Which rows of a chunk have no value, one flag per row (`true` = missing); `None` where a column is complete.
#[derive(Debug, Clone, Copy, Default)]
pub struct Missing<'a> {
    /// Flags of the id column.
    pub ids: Option<&'a [bool]>,
    /// Flags of the date column.
    pub dates: Option<&'a [bool]>,
    /// Flags of the amount column.
    pub amounts: Option<&'a [bool]>,
    /// Flags of the margin or cost column.
    pub margin: Option<&'a [bool]>,
}

/// Borrowed transaction columns, all of one length: a whole table, or one chunk of it.
#[derive(Debug, Clone, Copy)]
pub struct Transactions<'a> {
    /// Customer of each row.
    pub ids: IdColumn<'a>,
    /// Date of each row.
    pub dates: DateColumn<'a>,
    /// Amount of each row, in money of one currency; refunds are negative.
    pub amounts: &'a [f64],
    /// Contribution margin or cost of each row.
    pub margin: Option<MarginColumn<'a>>,
    /// Missing values.
    pub missing: Missing<'a>,
}

impl<'a> Transactions<'a> {
    /// Complete columns without margin.
    pub fn new(ids: impl Into<IdColumn<'a>>, dates: impl Into<DateColumn<'a>>, amounts: &'a [f64]) -> Self {
        Transactions { ids: ids.into(), dates: dates.into(), amounts, margin: None, missing: Missing::default() }
    }

    /// Adds a margin or cost column.
    pub fn with_margin(mut self, margin: MarginColumn<'a>) -> Self {
        self.margin = Some(margin);
        self
    }

    /// Marks missing values.
    pub fn with_missing(mut self, missing: Missing<'a>) -> Self {
        self.missing = missing;
        self
    }
}

/// What to do with negative amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum RefundPolicy {
    /// Net them within the day and against the customer's total; a day whose net is not above 0 is no purchase occasion.
    #[default]
    Net,
    /// Refuse the log.
    Reject,
    /// Leave the rows out, counted.
    Drop,
}

/// What to do with rows that are unusual but usable: zero amounts, exact duplicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum RowPolicy {
    /// Use them, counted.
    #[default]
    Keep,
    /// Refuse the log.
    Reject,
    /// Leave the rows out, counted.
    Drop,
}

/// What to do with rows that cannot be used: a missing id, date, amount or margin, a number that is not finite, a date out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum InvalidRows {
    /// Refuse the log with an error that names the first such row.
    #[default]
    Reject,
    /// Leave the rows out, counted.
    Drop,
}

/// How a transaction log is read.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `refunds` | [`RefundPolicy::Net`] | negative amounts |
/// | `zeros` | [`RowPolicy::Keep`] | amounts of 0: a purchase occasion without spend |
/// | `duplicates` | [`RowPolicy::Keep`] | rows that agree in customer, day, amount and margin |
/// | `invalid_rows` | [`InvalidRows::Reject`] | missing or non-finite values |
/// | `column_names` | `customer_id`, `date`, `amount`, `margin` | the names that errors use |
/// | `threads` | all cores | upper limit; never changes a result |
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct LogOptions {
    refunds: RefundPolicy,
    zeros: RowPolicy,
    duplicates: RowPolicy,
    invalid_rows: InvalidRows,
    column_names: [String; 4],
    threads: Option<usize>,
}

impl Default for LogOptions {
    fn default() -> Self {
        LogOptions {
            refunds: RefundPolicy::default(),
            zeros: RowPolicy::default(),
            duplicates: RowPolicy::default(),
            invalid_rows: InvalidRows::default(),
            column_names: ["customer_id", "date", "amount", "margin"].map(str::to_owned),
            threads: None,
        }
    }
}

impl LogOptions {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the policy for negative amounts.
    pub fn refunds(mut self, policy: RefundPolicy) -> Self {
        self.refunds = policy;
        self
    }

    /// Sets the policy for amounts of 0.
    pub fn zeros(mut self, policy: RowPolicy) -> Self {
        self.zeros = policy;
        self
    }

    /// Sets the policy for exact duplicates.
    pub fn duplicates(mut self, policy: RowPolicy) -> Self {
        self.duplicates = policy;
        self
    }

    /// Sets the policy for rows that cannot be used.
    pub fn invalid_rows(mut self, policy: InvalidRows) -> Self {
        self.invalid_rows = policy;
        self
    }

    /// Sets the names by which errors call the columns: customer id, date, amount, margin (or cost).
    pub fn column_names(mut self, names: [&str; 4]) -> Self {
        self.column_names = names.map(str::to_owned);
        self
    }

    /// Limits the number of threads; 0 means all cores.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = (threads > 0).then_some(threads);
        self
    }

    /// Reads one table.
    ///
    /// # Errors
    /// See [`LogOptions::read_chunks`].
    pub fn read(&self, transactions: &Transactions<'_>) -> Result<TransactionLog> {
        self.read_chunks(std::slice::from_ref(transactions))
    }

    /// Reads a table that comes in chunks; rows are counted through all of them.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::LengthMismatch`], [`Error::TooLarge`] for the shape; [`Error::Missing`], [`Error::NonFinite`],
    /// [`Error::DateOutOfRange`], [`Error::Refund`], [`Error::ZeroAmount`], [`Error::DuplicateRow`] as the policies say, always for the first
    /// such row; [`Error::NoPurchases`] if no purchase remains; [`Error::WrongType`] if chunks differ in the type of their ids.
    pub fn read_chunks(&self, chunks: &[Transactions<'_>]) -> Result<TransactionLog> {
        group::read(self, chunks)
    }

    fn check_shape(&self, chunks: &[Transactions<'_>]) -> Result<usize> {
        let [id_name, date_name, amount_name, margin_name] = &self.column_names;
        let mut rows = 0;
        for chunk in chunks {
            let expected = chunk.ids.len();
            let margin = chunk.margin.map(|margin| margin.values().len());
            let columns = [
                (date_name, Some(chunk.dates.len())),
                (amount_name, Some(chunk.amounts.len())),
                (margin_name, margin),
                (id_name, chunk.missing.ids.map(<[bool]>::len)),
                (date_name, chunk.missing.dates.map(<[bool]>::len)),
                (amount_name, chunk.missing.amounts.map(<[bool]>::len)),
                (margin_name, chunk.missing.margin.map(<[bool]>::len)),
            ];
            for (column, actual) in columns {
                if let Some(actual) = actual.filter(|&actual| actual != expected) {
                    return Err(Error::LengthMismatch { column: column.clone(), actual, reference: id_name.clone(), expected });
                }
            }
            if std::mem::discriminant(&chunk.ids) != std::mem::discriminant(&chunks[0].ids) {
                return Err(Error::WrongType {
                    column: id_name.clone(),
                    actual: "different from chunk to chunk".to_owned(),
                    expected: "one id type in all chunks",
                });
            }
            if chunk.margin.is_some() != chunks[0].margin.is_some() {
                return Err(Error::LengthMismatch { column: margin_name.clone(), actual: 0, reference: id_name.clone(), expected });
            }
            rows += expected;
        }
        if rows == 0 {
            return Err(Error::Empty { what: "transaction log".to_owned() });
        }
        if u32::try_from(rows).is_err() {
            return Err(Error::TooLarge { what: "transaction log", rows });
        }
        Ok(rows)
    }

    /// What the policies make of one row. `row` counts through all chunks.
    #[inline]
    fn classify(&self, chunk: &Transactions<'_>, i: usize, row: usize) -> Result<RowClass> {
        let amount = chunk.amounts[i];
        let day = chunk.dates.day(i);
        let margin = chunk.margin.map_or(0.0, |margin| margin.values()[i]);
        let complete = chunk.missing.ids.is_none()
            && chunk.missing.dates.is_none()
            && chunk.missing.amounts.is_none()
            && chunk.missing.margin.is_none();
        if complete && amount > 0.0 && amount.is_finite() && margin.is_finite() && DAY_RANGE.contains(&day) {
            return Ok(RowClass::Keep);
        }
        self.classify_unusual(chunk, i, row)
    }

    #[cold]
    fn classify_unusual(&self, chunk: &Transactions<'_>, i: usize, row: usize) -> Result<RowClass> {
        let [id_name, date_name, amount_name, margin_name] = &self.column_names;
        let flagged = |flags: Option<&[bool]>| flags.is_some_and(|flags| flags[i]);
        let missing = &chunk.missing;
        let columns = [(id_name, missing.ids), (date_name, missing.dates), (amount_name, missing.amounts), (margin_name, missing.margin)];
        if let Some((column, _)) = columns.into_iter().find(|&(_, flags)| flagged(flags)) {
            return match self.invalid_rows {
                InvalidRows::Reject => Err(Error::Missing { column: column.clone(), row }),
                InvalidRows::Drop => Ok(RowClass::DropMissing),
            };
        }
        let amount = chunk.amounts[i];
        let margin = chunk.margin.map_or(0.0, |margin| margin.values()[i]);
        let invalid = if !amount.is_finite() {
            Some(Error::NonFinite { column: amount_name.clone(), row, value: amount })
        } else if !margin.is_finite() {
            Some(Error::NonFinite { column: margin_name.clone(), row, value: margin })
        } else if !DAY_RANGE.contains(&chunk.dates.day(i)) {
            Some(chunk.dates.out_of_range(date_name, i, row))
        } else {
            None
        };
        match (invalid, self.invalid_rows) {
            (Some(error), InvalidRows::Reject) => return Err(error),
            (Some(_), InvalidRows::Drop) => return Ok(RowClass::DropInvalid),
            (None, _) => {}
        }
        if amount < 0.0 {
            return match self.refunds {
                RefundPolicy::Net => Ok(RowClass::Keep),
                RefundPolicy::Reject => Err(Error::Refund { column: amount_name.clone(), row, value: amount }),
                RefundPolicy::Drop => Ok(RowClass::DropRefund),
            };
        }
        if amount > 0.0 {
            return Ok(RowClass::Keep);
        }
        match self.zeros {
            RowPolicy::Keep => Ok(RowClass::Keep),
            RowPolicy::Reject => Err(Error::ZeroAmount { column: amount_name.clone(), row }),
            RowPolicy::Drop => Ok(RowClass::DropZero),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowClass {
    Keep,
    DropMissing,
    DropInvalid,
    DropRefund,
    DropZero,
}

/// One purchase occasion: a customer's net spend of one day. Packed to 12 bytes, because a log holds tens of millions of them.
#[derive(Debug, Clone, Copy)]
#[repr(C, packed(4))]
pub(crate) struct Occasion {
    pub(crate) day: i32,
    pub(crate) amount: f64,
}

/// Net refund of a customer on a day that is no purchase occasion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Adjustment {
    pub(crate) customer: u32,
    pub(crate) day: i32,
    pub(crate) amount: f64,
    pub(crate) margin: f64,
}

/// A validated transaction log: for every customer the purchase occasions (days) with their net amounts, and the refunds that go beyond a day.
///
/// Customers are sorted by id, occasions by day, so nothing downstream depends on the order of the rows.
///
/// ```
/// use crm_value::{TimeUnit, TransactionLog, parse_dates};
/// let ids = [1u64, 1, 2, 1];
/// let dates = parse_dates("date", &["2026-01-01", "2026-01-15", "2026-01-03", "2026-01-15"])?;
/// let log = TransactionLog::from_columns(&ids, &dates, &[10.0, 20.0, 5.0, 2.5])?;
/// assert_eq!((log.customers(), log.occasions()), (2, 3));
///
/// let customers = log.summarize().unit(TimeUnit::Week).build()?;
/// assert_eq!(customers.frequency(), [1, 0]);
/// assert_eq!(customers.recency(), [2.0, 0.0]);
/// assert_eq!(customers.mean_spend(0), Some(22.5));
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TransactionLog {
    pub(crate) ids: Arc<CustomerIds>,
    /// Occasions of customer i: `starts[i]..starts[i + 1]`.
    pub(crate) starts: Vec<u32>,
    pub(crate) occasions: Vec<Occasion>,
    /// Margin of each occasion.
    pub(crate) margins: Option<Vec<f64>>,
    pub(crate) adjustments: Vec<Adjustment>,
    /// Rows of every day from the first one on.
    pub(crate) rows_per_day: Vec<u32>,
    pub(crate) first_day: i32,
    pub(crate) quality: DataQuality,
    pub(crate) threads: Option<usize>,
}

impl TransactionLog {
    /// Reads complete columns with the default [`LogOptions`]: customer ids, dates (days since 1970-01-01 or timestamps) and amounts.
    ///
    /// # Errors
    /// See [`LogOptions::read_chunks`].
    pub fn from_columns<'a>(ids: impl Into<IdColumn<'a>>, dates: impl Into<DateColumn<'a>>, amounts: &'a [f64]) -> Result<Self> {
        LogOptions::new().read(&Transactions::new(ids, dates, amounts))
    }

    /// Number of customers with at least one purchase.
    pub fn customers(&self) -> usize {
        self.ids.len()
    }

    /// Number of purchase occasions (customer days).
    pub fn occasions(&self) -> usize {
        self.occasions.len()
    }

    /// The customers' ids, sorted.
    pub fn ids(&self) -> &CustomerIds {
        &self.ids
    }

    /// The purchase occasions of customer `index` (position in [`TransactionLog::ids`]) as date and net amount; empty if there is no such customer.
    pub fn purchases(&self, index: usize) -> impl Iterator<Item = (Date, f64)> {
        self.history(index).iter().map(|occasion| (Date::from_days_unchecked(occasion.day), occasion.amount))
    }

    pub(crate) fn history(&self, index: usize) -> &[Occasion] {
        match (self.starts.get(index), self.starts.get(index + 1)) {
            (Some(&start), Some(&end)) => &self.occasions[start as usize..end as usize],
            _ => &[],
        }
    }

    /// The day of the first purchase occasion.
    pub(crate) fn first_purchase(&self) -> i32 {
        self.starts.iter().take(self.customers()).map(|&start| self.occasions[start as usize].day).min().unwrap_or(0)
    }

    /// First day with a used row.
    pub fn first_date(&self) -> Date {
        Date::from_days_unchecked(self.first_day)
    }

    /// Last day with a used row.
    pub fn last_date(&self) -> Date {
        Date::from_days_unchecked(self.first_day + self.rows_per_day.len() as i32 - 1)
    }

    /// Whether the log holds contribution margins.
    pub fn has_margin(&self) -> bool {
        self.margins.is_some()
    }

    /// What was found in the rows and what was done about it.
    pub fn quality(&self) -> &DataQuality {
        &self.quality
    }
}
