//! The summary in discrete time: opportunities to buy.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{CustomerIds, Error, OpportunityHistory, OpportunityPeriod, OpportunitySummary};

use crate::customers::{IdPointers, IdTexts, crmv_id_type, id_type, wrong_id_type};
use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, fill, given, guard, hand_over, optional_slice, read_options, slice, write_struct};
use crate::time::{calendar_period, crmv_calendar_period, crmv_unit, span};
use crate::transactions::{crmv_data_quality, crmv_transactions, date};

/// One row per customer, or per group of customers with the same record: what crmv_bg_bb needs.
///
/// | column    | symbol | meaning                                                                              |
/// |-----------|--------|--------------------------------------------------------------------------------------|
/// | frequency | x      | opportunities at which the customer bought, after the first purchase                 |
/// | recency   | t_x    | the last such opportunity, counted from 1; 0 exactly when x = 0; x <= t_x <= n       |
/// | n         | n      | opportunities observed                                                               |
/// | weight    |        | customers that the row stands for; 1 unless given                                    |
///
/// An opportunity holds one purchase or none. Immutable, so any number of threads may use it at once. Free it with crmv_opportunities_free().
#[derive(Debug)]
pub struct crmv_opportunities {
    pub(crate) summary: OpportunitySummary,
    ids: IdTexts,
}

impl crmv_opportunities {
    pub(crate) fn new(summary: OpportunitySummary) -> Self {
        crmv_opportunities { summary, ids: IdTexts::default() }
    }

    fn column(&self, value: fn(&OpportunityHistory) -> u32) -> Vec<f64> {
        self.summary.histories().iter().map(|history| f64::from(value(history))).collect()
    }
}

/// The columns of a table in discrete time. Set it up with crmv_opportunity_columns_init(), then fill in what you have.
///
/// Every array has `rows` elements and is only read during the call. `frequency`, `recency` and `n` are needed; everything else may stay
/// NULL. One row per customer, or, with `weight`, a recency/frequency table: one row per record and how many customers have it.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_opportunity_columns {
    /// Size of the struct, set by crmv_opportunity_columns_init().
    pub struct_size: usize,
    /// Number of rows.
    pub rows: usize,
    /// Distinct ids as unsigned integers. At most one of the three; without ids rows are numbered 0, 1, 2, ...
    pub ids_u64: *const u64,
    /// Distinct ids as signed integers.
    pub ids_i64: *const i64,
    /// Distinct ids as NUL-terminated UTF-8 texts, none of them NULL.
    pub ids_text: *const *const c_char,
    /// x: whole numbers, 0 or more.
    pub frequency: *const f64,
    /// t_x: whole numbers, 0 or more.
    pub recency: *const f64,
    /// n: whole numbers, 0 or more.
    pub n: *const f64,
    /// Customers that each row stands for, finite and above 0; NULL for 1 each.
    pub weight: *const f64,
}

// SAFETY: integers and pointers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_opportunity_columns {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        crmv_opportunity_columns {
            struct_size: size_of::<Self>(),
            rows: 0,
            ids_u64: std::ptr::null(),
            ids_i64: std::ptr::null(),
            ids_text: std::ptr::null(),
            frequency: std::ptr::null(),
            recency: std::ptr::null(),
            n: std::ptr::null(),
            weight: std::ptr::null(),
        }
    }
}

/// Sets all columns to NULL and rows to 0. `struct_size`: sizeof(crmv_opportunity_columns).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_opportunity_columns_init(columns: *mut crmv_opportunity_columns, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(columns, struct_size, crmv_opportunity_columns { struct_size, ..Growing::defaults() }, "columns") })
}

/// A summary from columns that were made elsewhere.
///
/// Errors: CRMV_EMPTY, CRMV_TOO_LARGE, CRMV_DUPLICATE_CUSTOMER; for the first row at fault CRMV_MISSING, CRMV_NON_FINITE, CRMV_NEGATIVE,
/// CRMV_NOT_A_COUNT, CRMV_TOO_MANY_PERIODS (n above a million), CRMV_EXCEEDS_OPPORTUNITIES, CRMV_INCONSISTENT_RECENCY,
/// CRMV_FREQUENCY_EXCEEDS_RECENCY, CRMV_NOT_POSITIVE (weight); CRMV_INVALID_OPTION, CRMV_INVALID_UTF8.
/// Free the summary with crmv_opportunities_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_opportunities_from_columns(
    columns: *const crmv_opportunity_columns,
    out: Option<&mut MaybeUninit<*mut crmv_opportunities>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        if columns.is_null() {
            return Err(Failure::NullPointer("columns"));
        }
        // SAFETY: the caller's contract in the header, for all arrays.
        let summary = unsafe {
            let columns = read_options(columns)?;
            let rows = columns.rows;
            let ids = IdPointers::new(rows, columns.ids_u64, columns.ids_i64, columns.ids_text)?;
            let (frequency, recency) = (slice(columns.frequency, rows, "frequency")?, slice(columns.recency, rows, "recency")?);
            let n = slice(columns.n, rows, "n")?;
            let summary = OpportunitySummary::from_columns(ids.complete_column()?, frequency, recency, n)?;
            match optional_slice(columns.weight, rows, "weight")? {
                Some(weight) => summary.with_weights(weight)?,
                None => summary,
            }
        };
        hand_over(out, crmv_opportunities::new(summary));
        Ok(())
    })
}

fn of_log(
    transactions: Option<&crmv_transactions>,
    period: OpportunityPeriod,
    observed_until: Option<&i32>,
) -> Result<crmv_opportunities, Failure> {
    let mut cut = given(transactions, "transactions")?.log.opportunities(period);
    if let Some(end) = date(observed_until)? {
        cut = cut.observed_until(end);
    }
    Ok(crmv_opportunities::new(cut.build()?))
}

/// A log cut into opportunities of `length` `unit_of_time`s, counted from the day of the customer's first purchase: by a span of L days,
/// opportunity j holds the days after (j - 1) L up to j L days after it.
///
/// `observed_until`: the last day of the observation, as days since 1970-01-01; NULL for the last date in the log. Customers first seen
/// later are left out. A last period that the observation does not cover to its end does not count, and neither do purchases in it.
///
/// Errors: CRMV_HORIZON (length), CRMV_END_BEFORE_FIRST_PURCHASE, CRMV_TOO_MANY_PERIODS, CRMV_INVALID_OPTION (unit).
/// Free the summary with crmv_opportunities_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_transactions_opportunities(
    transactions: Option<&crmv_transactions>,
    length: f64,
    unit_of_time: crmv_unit,
    observed_until: Option<&i32>,
    out: Option<&mut MaybeUninit<*mut crmv_opportunities>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        hand_over(out, of_log(transactions, span(length, unit_of_time)?.into(), observed_until)?);
        Ok(())
    })
}

/// A log cut by calendar periods: opportunity j is the j-th period after the one of the customer's first purchase, the rest of which does
/// not count. Otherwise as crmv_transactions_opportunities().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_transactions_opportunities_by_calendar(
    transactions: Option<&crmv_transactions>,
    period: crmv_calendar_period,
    observed_until: Option<&i32>,
    out: Option<&mut MaybeUninit<*mut crmv_opportunities>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        hand_over(out, of_log(transactions, calendar_period(period)?.into(), observed_until)?);
        Ok(())
    })
}

/// Frees a summary. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_opportunities_free(opportunities: Option<Box<crmv_opportunities>>) {
    guard(|| {
        drop(opportunities);
        Ok(())
    });
}

/// Number of rows: the length of every column.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_opportunities_count(
    opportunities: Option<&crmv_opportunities>,
    out: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let (opportunities, out) = (given(opportunities, "opportunities")?, given(out, "out")?);
        out.write(opportunities.summary.len());
        Ok(())
    })
}

/// Number of customers: the sum of the weights.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_opportunities_total_weight(
    opportunities: Option<&crmv_opportunities>,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (opportunities, out) = (given(opportunities, "opportunities")?, given(out, "out")?);
        out.write(opportunities.summary.total_weight());
        Ok(())
    })
}

/// Copies x into `out`, which has room for `capacity` values. Errors: CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_opportunities_frequency(
    opportunities: Option<&crmv_opportunities>,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let values = given(opportunities, "opportunities")?.column(OpportunityHistory::frequency);
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &values, "out") }
    })
}

/// Copies t_x into `out`, which has room for `capacity` values. Errors: CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_opportunities_recency(
    opportunities: Option<&crmv_opportunities>,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let values = given(opportunities, "opportunities")?.column(OpportunityHistory::recency);
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &values, "out") }
    })
}

/// Copies n into `out`, which has room for `capacity` values. Errors: CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_opportunities_n(opportunities: Option<&crmv_opportunities>, out: *mut f64, capacity: usize) -> crmv_status {
    guard(|| {
        let values = given(opportunities, "opportunities")?.column(OpportunityHistory::opportunities);
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &values, "out") }
    })
}

/// Copies the customers that each row stands for, 1 each unless given, into `out`, which has room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_opportunities_weight(
    opportunities: Option<&crmv_opportunities>,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let summary = &given(opportunities, "opportunities")?.summary;
        let values = summary.weights().map_or_else(|| vec![1.0; summary.len()], <[f64]>::to_vec);
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &values, "out") }
    })
}

/// The kind of the ids: the kind in which they came.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_opportunities_id_type(
    opportunities: Option<&crmv_opportunities>,
    out: Option<&mut MaybeUninit<crmv_id_type>>,
) -> crmv_status {
    guard(|| {
        let (opportunities, out) = (given(opportunities, "opportunities")?, given(out, "out")?);
        out.write(id_type(opportunities.summary.ids()));
        Ok(())
    })
}

/// Copies the ids into `out`, which has room for `capacity` values. Errors: CRMV_WRONG_TYPE if they are not unsigned integers,
/// CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_opportunities_ids_u64(
    opportunities: Option<&crmv_opportunities>,
    out: *mut u64,
    capacity: usize,
) -> crmv_status {
    guard(|| match given(opportunities, "opportunities")?.summary.ids() {
        // SAFETY: the caller's contract in the header.
        CustomerIds::U64(ids) => unsafe { fill(out, capacity, ids, "out") },
        other => Err(wrong_id_type(other, "unsigned integer (crmv_opportunities_ids_u64)")),
    })
}

/// The same for signed integers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_opportunities_ids_i64(
    opportunities: Option<&crmv_opportunities>,
    out: *mut i64,
    capacity: usize,
) -> crmv_status {
    guard(|| match given(opportunities, "opportunities")?.summary.ids() {
        // SAFETY: the caller's contract in the header.
        CustomerIds::I64(ids) => unsafe { fill(out, capacity, ids, "out") },
        other => Err(wrong_id_type(other, "signed integer (crmv_opportunities_ids_i64)")),
    })
}

/// The id of row `index` (0-based) as text, whatever its kind. Valid until the summary is freed. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_opportunities_id_text(
    opportunities: Option<&crmv_opportunities>,
    index: usize,
    out: Option<&mut MaybeUninit<*const c_char>>,
) -> crmv_status {
    guard(|| {
        let opportunities = given(opportunities, "opportunities")?;
        opportunities.ids.of(opportunities.summary.ids()).lend("customer", index, given(out, "out")?)
    })
}

/// The last day observed, as days since 1970-01-01. Errors: CRMV_MISSING_COLUMN if the summary was made from columns.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_opportunities_observed_until(
    opportunities: Option<&crmv_opportunities>,
    out_days: Option<&mut MaybeUninit<i32>>,
) -> crmv_status {
    guard(|| {
        let (opportunities, out) = (given(opportunities, "opportunities")?, given(out_days, "out_days")?);
        let missing = Error::MissingColumn { what: "the end of observation", column: "a transaction log", advice: "cut a log to have one" };
        out.write(opportunities.summary.observed_until().ok_or(missing)?.days());
        Ok(())
    })
}

/// The data-quality report of the log, with the rows and customers after the end. `struct_size`: sizeof(crmv_data_quality).
///
/// Errors: CRMV_MISSING_COLUMN if the summary was made from columns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_opportunities_quality(
    opportunities: Option<&crmv_opportunities>,
    out: *mut crmv_data_quality,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let missing = Error::MissingColumn { what: "a data-quality report", column: "a transaction log", advice: "cut a log to have one" };
        let quality = crmv_data_quality::of(given(opportunities, "opportunities")?.summary.quality().ok_or(missing)?);
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, quality, "out") }
    })
}
