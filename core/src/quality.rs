//! What was found in the data and what was done about it.

use crate::time::Date;

/// Counts of everything that was found, merged, netted or left out between the raw rows and the customer summary.
///
/// Nothing is lost in silence: `rows_read = rows_used + rows_dropped()`, and
/// `amount_read = amount_used + amount_dropped`, where the used amount is that of the log's customers (occasions and refunds) plus
/// `amount_without_purchase`. Rows and customers after the observation end are counted when a summary is made.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct DataQuality {
    /// Rows in the input.
    pub rows_read: usize,
    /// Rows that entered the log.
    pub rows_used: usize,
    /// Rows dropped because an id, date, amount or margin was missing.
    pub dropped_missing: usize,
    /// Rows dropped because an amount or margin was NaN or infinite, or a date out of range.
    pub dropped_invalid: usize,
    /// Rows with a negative amount (refunds), netted or dropped by policy.
    pub refund_rows: usize,
    /// Sum of the negative amounts, as a negative number of money.
    pub refund_amount: f64,
    /// Refund rows dropped by policy.
    pub dropped_refunds: usize,
    /// Rows with amount 0.
    pub zero_rows: usize,
    /// Zero rows dropped by policy.
    pub dropped_zeros: usize,
    /// Rows that repeat another row of the same customer, day, amount and margin.
    pub duplicate_rows: usize,
    /// Duplicate rows dropped by policy.
    pub dropped_duplicates: usize,
    /// Rows merged into another row of the same customer and day.
    pub same_day_merges: usize,
    /// Customer days whose net is not above 0 because of refunds; they lower the customer's total but are no purchase occasion.
    pub cancelled_days: usize,
    /// Purchase occasions (customer days with a purchase).
    pub occasions: usize,
    /// Customers with at least one purchase occasion.
    pub customers: usize,
    /// Customers left out because no purchase of theirs remains (refunds only).
    pub customers_without_purchase: usize,
    /// Net amount of the customers left out, usually negative.
    pub amount_without_purchase: f64,
    /// Sum of all amounts that entered the log.
    pub amount_used: f64,
    /// Sum of the finite amounts of dropped rows.
    pub amount_dropped: f64,
    /// First day with a used row.
    pub first_date: Option<Date>,
    /// Last day with a used row.
    pub last_date: Option<Date>,
    /// Rows after the observation end (known once a summary is made).
    pub after_end_rows: usize,
    /// Customers left out because their first purchase lies after the observation end (known once a summary is made).
    pub customers_after_end: usize,
}

impl DataQuality {
    /// Rows that did not enter the log.
    pub fn rows_dropped(&self) -> usize {
        self.dropped_missing + self.dropped_invalid + self.dropped_refunds + self.dropped_zeros + self.dropped_duplicates
    }

    /// The report as label and text, in reading order: what any caller needs to print it.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let date = |date: Option<Date>| date.map_or_else(|| "none".to_owned(), |date| date.to_string());
        let money = |amount: f64| format!("{amount:.2}");
        vec![
            ("rows read", self.rows_read.to_string()),
            ("rows used", self.rows_used.to_string()),
            ("rows dropped: missing value", self.dropped_missing.to_string()),
            ("rows dropped: invalid value", self.dropped_invalid.to_string()),
            ("rows dropped: refund", self.dropped_refunds.to_string()),
            ("rows dropped: zero amount", self.dropped_zeros.to_string()),
            ("rows dropped: duplicate", self.dropped_duplicates.to_string()),
            ("amount used", money(self.amount_used)),
            ("amount dropped", money(self.amount_dropped)),
            ("first date", date(self.first_date)),
            ("last date", date(self.last_date)),
            ("refund rows", self.refund_rows.to_string()),
            ("refund amount", money(self.refund_amount)),
            ("zero-amount rows", self.zero_rows.to_string()),
            ("duplicate rows", self.duplicate_rows.to_string()),
            ("same-day merges", self.same_day_merges.to_string()),
            ("cancelled days", self.cancelled_days.to_string()),
            ("purchase occasions", self.occasions.to_string()),
            ("customers", self.customers.to_string()),
            ("customers without a purchase", self.customers_without_purchase.to_string()),
            ("amount of customers without a purchase", money(self.amount_without_purchase)),
            ("rows after the end", self.after_end_rows.to_string()),
            ("customers first seen after the end", self.customers_after_end.to_string()),
        ]
    }
}

impl std::fmt::Display for DataQuality {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (label, text) in self.lines() {
            writeln!(f, "{label:<42} {text:>14}")?;
        }
        Ok(())
    }
}
