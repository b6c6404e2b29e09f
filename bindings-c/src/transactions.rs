//! The transaction log.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{
    DataQuality, Date, DateColumn, Error, IdColumn, InvalidRows, LogOptions, MarginColumn, Missing, RefundPolicy, RowPolicy,
    TransactionLog, Transactions,
};

use crate::customers::{IdPointers, crmv_customers, crmv_holdout};
use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, given, guard, hand_over, hand_over_text, optional_slice, read_options, slice, text, write_struct};
use crate::rfm::crmv_rfm_summary;
use crate::time::{crmv_timestamp_unit, crmv_unit, timestamp_unit, unit};

/// A validated transaction log: for every customer the purchase occasions (days) with their net amounts.
///
/// Holds copies; the columns it was made from may be freed. Immutable, so any number of threads may use it at once. Free it with
/// crmv_transactions_free().
#[derive(Debug)]
pub struct crmv_transactions {
    pub(crate) log: TransactionLog,
}

/// What to do with negative amounts: one of the CRMV_REFUNDS_ constants.
pub type crmv_refund_policy = i32;
/// Net them within the day and against the customer's total; a day whose net is not above 0 is no purchase. The default.
pub const CRMV_REFUNDS_NET: i32 = 0;
/// Refuse the log (CRMV_REFUND).
pub const CRMV_REFUNDS_REJECT: i32 = 1;
/// Leave the rows out, counted.
pub const CRMV_REFUNDS_DROP: i32 = 2;

/// What to do with unusual but usable rows: one of the CRMV_ROWS_ constants.
pub type crmv_row_policy = i32;
/// Use them, counted. The default.
pub const CRMV_ROWS_KEEP: i32 = 0;
/// Refuse the log (CRMV_ZERO_AMOUNT, CRMV_DUPLICATE_ROW).
pub const CRMV_ROWS_REJECT: i32 = 1;
/// Leave the rows out, counted.
pub const CRMV_ROWS_DROP: i32 = 2;

/// What to do with rows that cannot be used (a missing value, NaN or infinity, a date out of range): a CRMV_INVALID_ROWS_ constant.
pub type crmv_invalid_rows = i32;
/// Refuse the log with an error that names the first such row. The default.
pub const CRMV_INVALID_ROWS_REJECT: i32 = 0;
/// Leave the rows out, counted.
pub const CRMV_INVALID_ROWS_DROP: i32 = 1;

/// How a log is read. Set it up with crmv_log_options_init(); fields may be added at its end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_log_options {
    /// Size of the struct, set by crmv_log_options_init().
    pub struct_size: usize,
    /// Limit on threads; 0 for all cores. Never changes a result.
    pub threads: usize,
    /// Negative amounts.
    pub refunds: crmv_refund_policy,
    /// Amounts of 0.
    pub zeros: crmv_row_policy,
    /// Rows that agree in customer, day, amount and margin.
    pub duplicates: crmv_row_policy,
    /// Rows that cannot be used.
    pub invalid_rows: crmv_invalid_rows,
    /// The name errors call the column of ids by; NULL for "customer_id".
    pub id_name: *const c_char,
    /// The same of the dates; NULL for "date".
    pub date_name: *const c_char,
    /// The same of the amounts; NULL for "amount".
    pub amount_name: *const c_char,
    /// The same of margins or costs; NULL for "margin".
    pub margin_name: *const c_char,
}

// SAFETY: integers and pointers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_log_options {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        let none = std::ptr::null();
        crmv_log_options {
            struct_size: size_of::<Self>(),
            threads: 0,
            refunds: CRMV_REFUNDS_NET,
            zeros: CRMV_ROWS_KEEP,
            duplicates: CRMV_ROWS_KEEP,
            invalid_rows: CRMV_INVALID_ROWS_REJECT,
            id_name: none,
            date_name: none,
            amount_name: none,
            margin_name: none,
        }
    }
}

/// The columns of a transaction table, or of one chunk of it. Set it up with crmv_transaction_columns_init(), then fill in what you have.
///
/// Every array has `n` elements and is only read during the call. Give exactly one of the three id arrays, exactly one of `days` and
/// `timestamps`, and `amounts`; everything else may stay NULL. The flag arrays hold 0 for a value that is there and anything else for a
/// missing one.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_transaction_columns {
    /// Size of the struct, set by crmv_transaction_columns_init().
    pub struct_size: usize,
    /// Number of rows.
    pub n: usize,
    /// Customer of each row as unsigned integer.
    pub ids_u64: *const u64,
    /// Customer of each row as signed integer.
    pub ids_i64: *const i64,
    /// Customer of each row as NUL-terminated UTF-8 text; a NULL entry is a missing id.
    pub ids_text: *const *const c_char,
    /// Date of each row as days since 1970-01-01; see crmv_parse_dates().
    pub days: *const i32,
    /// Time of each row in `timestamp_unit`s since 1970-01-01T00:00:00; cut down to the day.
    pub timestamps: *const i64,
    /// Amount of each row, in money of one currency; refunds are negative.
    pub amounts: *const f64,
    /// Contribution margin of each row, in money. At most one of `margins` and `costs`.
    pub margins: *const f64,
    /// Cost of each row, in money; the margin is then amount - cost.
    pub costs: *const f64,
    /// Flags of missing ids.
    pub missing_ids: *const u8,
    /// Flags of missing dates.
    pub missing_dates: *const u8,
    /// Flags of missing amounts.
    pub missing_amounts: *const u8,
    /// Flags of missing margins or costs.
    pub missing_margins: *const u8,
    /// The unit of `timestamps`.
    pub timestamp_unit: crmv_timestamp_unit,
    /// 0.
    pub reserved: i32,
}

// SAFETY: integers and pointers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_transaction_columns {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        crmv_transaction_columns {
            struct_size: size_of::<Self>(),
            n: 0,
            ids_u64: std::ptr::null(),
            ids_i64: std::ptr::null(),
            ids_text: std::ptr::null(),
            days: std::ptr::null(),
            timestamps: std::ptr::null(),
            amounts: std::ptr::null(),
            margins: std::ptr::null(),
            costs: std::ptr::null(),
            missing_ids: std::ptr::null(),
            missing_dates: std::ptr::null(),
            missing_amounts: std::ptr::null(),
            missing_margins: std::ptr::null(),
            timestamp_unit: 0,
            reserved: 0,
        }
    }
}

/// What was found in the data and what was done about it. Fields may be added at the end in later versions.
///
/// rows_read = rows_used + rows_dropped; nothing is lost in silence. Amounts are in money.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_data_quality {
    /// Rows in the input.
    pub rows_read: u64,
    /// Rows that entered the log.
    pub rows_used: u64,
    /// Rows that did not: the sum of the five counts that follow.
    pub rows_dropped: u64,
    /// Rows dropped because a value was missing.
    pub dropped_missing: u64,
    /// Rows dropped because a number was NaN or infinite, or a date out of range.
    pub dropped_invalid: u64,
    /// Refund rows dropped by policy.
    pub dropped_refunds: u64,
    /// Rows with amount 0 dropped by policy.
    pub dropped_zeros: u64,
    /// Duplicate rows dropped by policy.
    pub dropped_duplicates: u64,
    /// Rows with a negative amount.
    pub refund_rows: u64,
    /// Rows with amount 0.
    pub zero_rows: u64,
    /// Rows that repeat another row of the same customer, day, amount and margin.
    pub duplicate_rows: u64,
    /// Rows merged into another row of the same customer and day.
    pub same_day_merges: u64,
    /// Customer days whose net is not above 0 because of refunds; no purchase occasions.
    pub cancelled_days: u64,
    /// Purchase occasions: customer days with a purchase.
    pub occasions: u64,
    /// Customers with at least one purchase occasion.
    pub customers: u64,
    /// Customers left out because no purchase of theirs remains.
    pub customers_without_purchase: u64,
    /// Rows after the end of observation; 0 until a summary is made.
    pub after_end_rows: u64,
    /// Customers left out because they first bought after the end of observation; 0 until a summary is made.
    pub customers_after_end: u64,
    /// Sum of the amounts that entered the log.
    pub amount_used: f64,
    /// Sum of the finite amounts of dropped rows.
    pub amount_dropped: f64,
    /// Sum of the negative amounts, a negative number.
    pub refund_amount: f64,
    /// Net amount of the customers left out, usually negative.
    pub amount_without_purchase: f64,
    /// First day with a used row, as days since 1970-01-01.
    pub first_date: i32,
    /// Last day with a used row.
    pub last_date: i32,
}

impl crmv_data_quality {
    pub(crate) fn of(quality: &DataQuality) -> Self {
        let count = |value: usize| value as u64;
        crmv_data_quality {
            rows_read: count(quality.rows_read),
            rows_used: count(quality.rows_used),
            rows_dropped: count(quality.rows_dropped()),
            dropped_missing: count(quality.dropped_missing),
            dropped_invalid: count(quality.dropped_invalid),
            dropped_refunds: count(quality.dropped_refunds),
            dropped_zeros: count(quality.dropped_zeros),
            dropped_duplicates: count(quality.dropped_duplicates),
            refund_rows: count(quality.refund_rows),
            zero_rows: count(quality.zero_rows),
            duplicate_rows: count(quality.duplicate_rows),
            same_day_merges: count(quality.same_day_merges),
            cancelled_days: count(quality.cancelled_days),
            occasions: count(quality.occasions),
            customers: count(quality.customers),
            customers_without_purchase: count(quality.customers_without_purchase),
            after_end_rows: count(quality.after_end_rows),
            customers_after_end: count(quality.customers_after_end),
            amount_used: quality.amount_used,
            amount_dropped: quality.amount_dropped,
            refund_amount: quality.refund_amount,
            amount_without_purchase: quality.amount_without_purchase,
            // A log has rows, so it has both dates.
            first_date: quality.first_date.map_or(0, Date::days),
            last_date: quality.last_date.map_or(0, Date::days),
        }
    }
}

/// The options as the core knows them.
///
/// # Safety
/// The names are NULL or NUL-terminated texts.
unsafe fn log_options(options: &crmv_log_options) -> Result<LogOptions, Failure> {
    let row_policy = |name, policy| match policy {
        CRMV_ROWS_KEEP => Ok(RowPolicy::Keep),
        CRMV_ROWS_REJECT => Ok(RowPolicy::Reject),
        CRMV_ROWS_DROP => Ok(RowPolicy::Drop),
        other => Err(Failure::option(name, other, "use one of the CRMV_ROWS_ constants")),
    };
    let refunds = match options.refunds {
        CRMV_REFUNDS_NET => RefundPolicy::Net,
        CRMV_REFUNDS_REJECT => RefundPolicy::Reject,
        CRMV_REFUNDS_DROP => RefundPolicy::Drop,
        other => return Err(Failure::option("refunds", other, "use one of the CRMV_REFUNDS_ constants")),
    };
    let invalid_rows = match options.invalid_rows {
        CRMV_INVALID_ROWS_REJECT => InvalidRows::Reject,
        CRMV_INVALID_ROWS_DROP => InvalidRows::Drop,
        other => return Err(Failure::option("invalid_rows", other, "use one of the CRMV_INVALID_ROWS_ constants")),
    };
    let mut names = ["customer_id", "date", "amount", "margin"];
    let given = [
        (options.id_name, "id_name"),
        (options.date_name, "date_name"),
        (options.amount_name, "amount_name"),
        (options.margin_name, "margin_name"),
    ];
    for (name, (pointer, argument)) in names.iter_mut().zip(given) {
        if !pointer.is_null() {
            // SAFETY: the caller's contract.
            *name = unsafe { text(pointer, argument) }?;
        }
    }
    Ok(LogOptions::new()
        .refunds(refunds)
        .zeros(row_policy("zeros", options.zeros)?)
        .duplicates(row_policy("duplicates", options.duplicates)?)
        .invalid_rows(invalid_rows)
        .column_names(names)
        .threads(options.threads))
}

/// A chunk's arrays, some of which had to be converted.
struct Chunk<'a> {
    columns: crmv_transaction_columns,
    ids: IdPointers<'a>,
    missing: [Option<Vec<bool>>; 4],
}

impl<'a> Chunk<'a> {
    /// # Safety
    /// The arrays are NULL or have `columns.n` elements, and stay as they are for `'a`.
    unsafe fn new(columns: crmv_transaction_columns) -> Result<Self, Failure> {
        let n = columns.n;
        // SAFETY: the caller's contract.
        let ids = unsafe { IdPointers::new(n, columns.ids_u64, columns.ids_i64, columns.ids_text) }?;
        let flags = |pointer: *const u8, name| {
            // SAFETY: the caller's contract.
            let flags = unsafe { optional_slice(pointer, n, name) }?;
            Ok::<_, Failure>(flags.map(|flags| flags.iter().map(|&flag| flag != 0).collect::<Vec<bool>>()))
        };
        let mut missing = [
            flags(columns.missing_ids, "missing_ids")?,
            flags(columns.missing_dates, "missing_dates")?,
            flags(columns.missing_amounts, "missing_amounts")?,
            flags(columns.missing_margins, "missing_margins")?,
        ];
        if let Some(null_ids) = ids.null_entries() {
            let flags = missing[0].get_or_insert_with(|| vec![false; n]);
            for (flag, null) in flags.iter_mut().zip(null_ids) {
                *flag |= null;
            }
        }
        Ok(Chunk { columns, ids, missing })
    }

    /// # Safety
    /// As [`Chunk::new`].
    unsafe fn transactions(&self) -> Result<Transactions<'_>, Failure> {
        let crmv_transaction_columns { n, days, timestamps, amounts, margins, costs, timestamp_unit: unit, .. } = self.columns;
        let ids = match self.ids.column() {
            Some(column) => column,
            None if n == 0 => IdColumn::U64(&[]),
            None => return Err(Failure::NullPointer("ids_u64, ids_i64 or ids_text")),
        };
        if !days.is_null() && !timestamps.is_null() {
            return Err(Failure::option("days", "given together with timestamps", "give one of the two"));
        }
        if !margins.is_null() && !costs.is_null() {
            return Err(Failure::option("margins", "given together with costs", "give at most one of the two"));
        }
        // SAFETY: the caller's contract.
        let (dates, amounts, margins, costs) = unsafe {
            let dates = if timestamps.is_null() {
                DateColumn::Days(slice(days, n, "days or timestamps")?)
            } else {
                DateColumn::Timestamps(slice(timestamps, n, "timestamps")?, timestamp_unit(unit)?)
            };
            (dates, slice(amounts, n, "amounts")?, optional_slice(margins, n, "margins")?, optional_slice(costs, n, "costs")?)
        };
        let [ids_missing, dates_missing, amounts_missing, margin_missing] = &self.missing;
        let missing = Missing {
            ids: ids_missing.as_deref(),
            dates: dates_missing.as_deref(),
            amounts: amounts_missing.as_deref(),
            margin: margin_missing.as_deref(),
        };
        let margin = margins.map(MarginColumn::Margin).or(costs.map(MarginColumn::Cost));
        Ok(Transactions { ids, dates, amounts, margin, missing })
    }
}

/// Sets the options to their defaults. `struct_size`: sizeof(crmv_log_options).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_log_options_init(options: *mut crmv_log_options, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(options, struct_size, crmv_log_options { struct_size, ..Growing::defaults() }, "options") })
}

/// Sets all columns to NULL and n to 0. `struct_size`: sizeof(crmv_transaction_columns).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_transaction_columns_init(columns: *mut crmv_transaction_columns, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(columns, struct_size, crmv_transaction_columns { struct_size, ..Growing::defaults() }, "columns") })
}

/// Reads complete columns with default options: customer ids, dates as days since 1970-01-01, amounts in money; `n` elements each.
///
/// The short form of crmv_transactions_read(), with its errors. The log is written to `out`; free it with crmv_transactions_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_transactions_from_columns(
    ids: *const u64,
    days: *const i32,
    amounts: *const f64,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_transactions>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let (ids, days, amounts) = unsafe { (slice(ids, n, "ids")?, slice(days, n, "days")?, slice(amounts, n, "amounts")?) };
        hand_over(out, crmv_transactions { log: TransactionLog::from_columns(ids, days, amounts)? });
        Ok(())
    })
}

/// Reads a table of transactions. `options` may be NULL for the defaults.
///
/// Several rows of a customer on one day are one purchase occasion with their sum. The order of the rows does not matter.
///
/// Errors: CRMV_EMPTY, CRMV_TOO_LARGE; by policy, with the first row at fault, CRMV_MISSING, CRMV_NON_FINITE, CRMV_DATE_OUT_OF_RANGE,
/// CRMV_REFUND, CRMV_ZERO_AMOUNT, CRMV_DUPLICATE_ROW; CRMV_NO_PURCHASES if no purchase remains; CRMV_INVALID_OPTION; CRMV_INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_transactions_read(
    columns: *const crmv_transaction_columns,
    options: *const crmv_log_options,
    out: Option<&mut MaybeUninit<*mut crmv_transactions>>,
) -> crmv_status {
    // SAFETY: one chunk, by the caller's contract in the header.
    unsafe { crmv_transactions_read_chunks(&raw const columns, 1, options, out) }
}

/// Reads a table that comes in chunks; rows are counted through all of them, and all have the same kind of ids and of margins.
///
/// `chunks`: `n_chunks` pointers, none of them NULL. Otherwise as crmv_transactions_read().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_transactions_read_chunks(
    chunks: *const *const crmv_transaction_columns,
    n_chunks: usize,
    options: *const crmv_log_options,
    out: Option<&mut MaybeUninit<*mut crmv_transactions>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header, here and below.
        let options = unsafe { log_options(&read_options(options)?) }?;
        let pointers = unsafe { slice(chunks, n_chunks, "chunks") }?;
        let read = |pointer: &*const crmv_transaction_columns| {
            if pointer.is_null() {
                return Err(Failure::NullPointer("columns"));
            }
            // SAFETY: the caller's contract in the header.
            unsafe { Chunk::new(read_options(*pointer)?) }
        };
        let chunks = pointers.iter().map(read).collect::<Result<Vec<Chunk<'_>>, Failure>>()?;
        // SAFETY: the caller's contract in the header.
        let tables = chunks.iter().map(|chunk| unsafe { chunk.transactions() }).collect::<Result<Vec<_>, Failure>>()?;
        hand_over(out, crmv_transactions { log: options.read_chunks(&tables)? });
        Ok(())
    })
}

/// Frees a log. NULL is ignored. Summaries made from it stay valid.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_transactions_free(transactions: Option<Box<crmv_transactions>>) {
    guard(|| {
        drop(transactions);
        Ok(())
    });
}

/// Number of customers with at least one purchase.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_transactions_customers(
    transactions: Option<&crmv_transactions>,
    out: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let (transactions, out) = (given(transactions, "transactions")?, given(out, "out")?);
        out.write(transactions.log.customers());
        Ok(())
    })
}

/// Number of purchase occasions (customer days with a purchase).
#[unsafe(no_mangle)]
pub extern "C" fn crmv_transactions_occasions(
    transactions: Option<&crmv_transactions>,
    out: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let (transactions, out) = (given(transactions, "transactions")?, given(out, "out")?);
        out.write(transactions.log.occasions());
        Ok(())
    })
}

/// The data-quality report. `struct_size`: sizeof(crmv_data_quality).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_transactions_quality(
    transactions: Option<&crmv_transactions>,
    out: *mut crmv_data_quality,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let quality = crmv_data_quality::of(given(transactions, "transactions")?.log.quality());
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, quality, "out") }
    })
}

/// The data-quality report as text, one line per count. Free it with crmv_string_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_transactions_quality_text(
    transactions: Option<&crmv_transactions>,
    out: Option<&mut MaybeUninit<*mut c_char>>,
) -> crmv_status {
    guard(|| {
        let (transactions, out) = (given(transactions, "transactions")?, given(out, "out")?);
        hand_over_text(out, transactions.log.quality().to_string());
        Ok(())
    })
}

pub(crate) fn date(days: Option<&i32>) -> Result<Option<Date>, Error> {
    days.map(|&days| Date::from_days(days)).transpose()
}

/// The customer summary of a log: frequency, recency, T and spend of every customer, times in `unit_of_time`s.
///
/// `observed_until`: the last day of the observation, as days since 1970-01-01; NULL for the last date in the log. Later rows do not count,
/// and customers first seen later are left out; both are counted in the summary's data-quality report.
///
/// Errors: CRMV_END_BEFORE_FIRST_PURCHASE, CRMV_INVALID_OPTION (unit). Free the summary with crmv_customers_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_transactions_summarize(
    transactions: Option<&crmv_transactions>,
    unit_of_time: crmv_unit,
    observed_until: Option<&i32>,
    out: Option<&mut MaybeUninit<*mut crmv_customers>>,
) -> crmv_status {
    guard(|| {
        let (transactions, out) = (given(transactions, "transactions")?, given(out, "out")?);
        let mut summarize = transactions.log.summarize().unit(unit(unit_of_time)?);
        if let Some(end) = date(observed_until)? {
            summarize = summarize.observed_until(end);
        }
        hand_over(out, crmv_customers::new(summarize.build()?));
        Ok(())
    })
}

/// The same with the columns log_intervals and log_spend, which models of regular purchases and of single amounts need.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_transactions_summarize_with_log_sums(
    transactions: Option<&crmv_transactions>,
    unit_of_time: crmv_unit,
    observed_until: Option<&i32>,
    out: Option<&mut MaybeUninit<*mut crmv_customers>>,
) -> crmv_status {
    guard(|| {
        let (transactions, out) = (given(transactions, "transactions")?, given(out, "out")?);
        let mut summarize = transactions.log.summarize().unit(unit(unit_of_time)?).log_sums(true);
        if let Some(end) = date(observed_until)? {
            summarize = summarize.observed_until(end);
        }
        hand_over(out, crmv_customers::new(summarize.build()?));
        Ok(())
    })
}

/// The summary until `calibration_end`, and what the same customers did after it until `holdout_end`, by the same rules.
///
/// Both ends are days since 1970-01-01. Errors: CRMV_EMPTY_HOLDOUT unless the holdout ends later, CRMV_END_BEFORE_FIRST_PURCHASE,
/// CRMV_INVALID_OPTION (unit). Free the result with crmv_holdout_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_transactions_holdout(
    transactions: Option<&crmv_transactions>,
    unit_of_time: crmv_unit,
    calibration_end: i32,
    holdout_end: i32,
    out: Option<&mut MaybeUninit<*mut crmv_holdout>>,
) -> crmv_status {
    guard(|| {
        let (transactions, out) = (given(transactions, "transactions")?, given(out, "out")?);
        let (calibration_end, holdout_end) = (Date::from_days(calibration_end)?, Date::from_days(holdout_end)?);
        let summarize = transactions.log.summarize().unit(unit(unit_of_time)?).observed_until(calibration_end);
        hand_over(out, crmv_holdout::new(summarize.with_holdout(holdout_end)?));
        Ok(())
    })
}

/// The same with the columns log_intervals and log_spend of the calibration, which models of regular purchases and of single amounts need.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_transactions_holdout_with_log_sums(
    transactions: Option<&crmv_transactions>,
    unit_of_time: crmv_unit,
    calibration_end: i32,
    holdout_end: i32,
    out: Option<&mut MaybeUninit<*mut crmv_holdout>>,
) -> crmv_status {
    guard(|| {
        let (transactions, out) = (given(transactions, "transactions")?, given(out, "out")?);
        let (calibration_end, holdout_end) = (Date::from_days(calibration_end)?, Date::from_days(holdout_end)?);
        let summarize = transactions.log.summarize().unit(unit(unit_of_time)?).observed_until(calibration_end).log_sums(true);
        hand_over(out, crmv_holdout::new(summarize.with_holdout(holdout_end)?));
        Ok(())
    })
}

/// The summary for RFM scoring: time since the last purchase in `unit_of_time`s, number of purchases, net amount to date.
///
/// `observed_until` and errors as in crmv_transactions_summarize(). Free the summary with crmv_rfm_summary_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_transactions_rfm(
    transactions: Option<&crmv_transactions>,
    unit_of_time: crmv_unit,
    observed_until: Option<&i32>,
    out: Option<&mut MaybeUninit<*mut crmv_rfm_summary>>,
) -> crmv_status {
    guard(|| {
        let (transactions, out) = (given(transactions, "transactions")?, given(out, "out")?);
        let mut summarize = transactions.log.summarize().unit(unit(unit_of_time)?);
        if let Some(end) = date(observed_until)? {
            summarize = summarize.observed_until(end);
        }
        hand_over(out, crmv_rfm_summary::new(summarize.rfm()?));
        Ok(())
    })
}
