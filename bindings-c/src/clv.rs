//! Customer lifetime value.

use std::ffi::c_char;

use crm_value::{ClvComparison, ClvModel, CustomerSummary, DiscountTiming, HistoricalClv, PredictiveClv};

use crate::customers::crmv_customers;
use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, given, guard, read_options, room, slice, texts, write_struct};
use crate::purchases::{crmv_purchase_model, per_customer};
use crate::spend::crmv_spend_model;
use crate::time::{CRMV_COMPOUNDING_PERIODIC, CRMV_UNIT_MONTH, CRMV_UNIT_YEAR, crmv_discount, crmv_unit, span};
use crate::transactions::crmv_transactions;

/// When payments within a finite horizon are discounted: one of the CRMV_TIMING_ constants.
pub type crmv_timing = i32;
/// At the end of each period; a last shorter period at the horizon.
pub const CRMV_TIMING_END_OF_PERIOD: i32 = 0;
/// At the moment of the purchase: the exact integral.
pub const CRMV_TIMING_CONTINUOUS: i32 = 1;

/// How value to come is counted. Set it up with crmv_clv_options_init(); fields may be added at its end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_clv_options {
    /// Size of the struct, set by crmv_clv_options_init().
    pub struct_size: usize,
    /// Contribution margin per unit of revenue (30 % is 0.30); default 1, which is revenue.
    pub margin: f64,
    /// Horizon in `horizon_unit`s, above 0; default 3 years. Not looked at if `endless`.
    pub horizon: f64,
    /// Length of a period in `period_unit`s, above 0; default 1 month. For CRMV_TIMING_END_OF_PERIOD.
    pub period: f64,
    /// Discount rate; default 10 % a year.
    pub discount: crmv_discount,
    /// Unit of `horizon`.
    pub horizon_unit: crmv_unit,
    /// Unit of `period`.
    pub period_unit: crmv_unit,
    /// When payments are discounted; default CRMV_TIMING_END_OF_PERIOD.
    pub timing: crmv_timing,
    /// 0 for the finite horizon (default), 1 for an endless one, which is discounted continuously at a rate above 0.
    pub endless: i32,
}

// SAFETY: numbers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_clv_options {
    const FIRST_SIZE: usize = size_of::<Self>();
    /// The defaults of [`PredictiveClv`], which `tests/bits.rs` compares.
    fn defaults() -> Self {
        crmv_clv_options {
            struct_size: size_of::<Self>(),
            margin: 1.0,
            horizon: 3.0,
            period: 1.0,
            discount: crmv_discount { rate: 0.10, length: 1.0, unit: CRMV_UNIT_YEAR, compounding: CRMV_COMPOUNDING_PERIODIC },
            horizon_unit: CRMV_UNIT_YEAR,
            period_unit: CRMV_UNIT_MONTH,
            timing: CRMV_TIMING_END_OF_PERIOD,
            endless: 0,
        }
    }
}

/// Sets the options to their defaults. `struct_size`: sizeof(crmv_clv_options).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_clv_options_init(options: *mut crmv_clv_options, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(options, struct_size, crmv_clv_options { struct_size, ..Growing::defaults() }, "options") })
}

fn predictive<'a>(
    purchases: &'a crmv_purchase_model,
    spend: &'a crmv_spend_model,
    options: &crmv_clv_options,
) -> Result<PredictiveClv<'a>, Failure> {
    let clv = PredictiveClv::new(purchases.get(), spend.get()).margin(options.margin).discount(options.discount.to_rate()?);
    let clv = match options.timing {
        CRMV_TIMING_END_OF_PERIOD => clv.timing(DiscountTiming::EndOfPeriod(span(options.period, options.period_unit)?)),
        CRMV_TIMING_CONTINUOUS => clv.timing(DiscountTiming::Continuous),
        other => return Err(Failure::option("timing", other, "use one of the CRMV_TIMING_ constants")),
    };
    match options.endless {
        0 => Ok(clv.horizon(span(options.horizon, options.horizon_unit)?)),
        1 => Ok(clv.endless()),
        other => Err(Failure::option("endless", other, "use 0 or 1")),
    }
}

/// What every customer will be worth: expected margin of the purchases after the end of observation, discounted to it, in money.
///
/// `options` may be NULL for the defaults. `out`: room for `capacity` values. Errors: CRMV_UNIT_MISMATCH, CRMV_MISSING_COLUMN without
/// spend, CRMV_UNDEFINED_MEAN, CRMV_UNBOUNDED_VALUE, CRMV_HORIZON, CRMV_DISCOUNT_RATE, CRMV_INVALID_OPTION, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_clv_predictive(
    purchases: Option<&crmv_purchase_model>,
    spend: Option<&crmv_spend_model>,
    customers: Option<&crmv_customers>,
    options: *const crmv_clv_options,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let (purchases, spend) = (given(purchases, "purchases")?, given(spend, "spend")?);
        // SAFETY: the caller's contract in the header.
        let clv = predictive(purchases, spend, &unsafe { read_options(options) }?)?;
        // SAFETY: the caller's contract in the header.
        unsafe { per_customer(customers, out, capacity, |customers| Ok(clv.value(customers)?)) }
    })
}

/// The discounted number of purchases behind crmv_clv_predictive(): its value without spend and margin. Arguments and errors as there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_clv_discounted_purchases(
    purchases: Option<&crmv_purchase_model>,
    spend: Option<&crmv_spend_model>,
    customers: Option<&crmv_customers>,
    options: *const crmv_clv_options,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let (purchases, spend) = (given(purchases, "purchases")?, given(spend, "spend")?);
        // SAFETY: the caller's contract in the header.
        let clv = predictive(purchases, spend, &unsafe { read_options(options) }?)?;
        // SAFETY: the caller's contract in the header.
        unsafe { per_customer(customers, out, capacity, |customers| Ok(clv.discounted_purchases(customers)?)) }
    })
}

/// What every customer has been worth so far: realised net amounts times `margin` (1 for revenue), in money; may be negative.
///
/// `out`: room for `capacity` values. Errors: CRMV_MISSING_COLUMN if the summary holds no totals, CRMV_INVALID_OPTION (margin).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_clv_historical(
    customers: Option<&crmv_customers>,
    margin: f64,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    let value = |customers: &CustomerSummary| Ok(HistoricalClv::margin(margin).value(customers)?);
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_customer(customers, out, capacity, value) })
}

/// The same from the margins or costs that the rows of the log carried. Errors: CRMV_MISSING_COLUMN if it had none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_clv_historical_from_margins(
    customers: Option<&crmv_customers>,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    let value = |customers: &CustomerSummary| Ok(HistoricalClv::from_margin_column().value(customers)?);
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { per_customer(customers, out, capacity, value) })
}

/// What every customer has been worth so far, each payment compounded from its day to the end of observation, in money.
///
/// `log`: the log of which `customers` was summarised. `margin`: a margin rate (1 for revenue). `from_margins`: 1 for the margins or costs
/// that the rows of the log carried, which `margin` is then not applied to, else 0. `out`: room for `capacity` values. Errors:
/// CRMV_MISSING_COLUMN if the summary was not made from a log or the log has no margins, CRMV_UNKNOWN_CUSTOMER, CRMV_DISCOUNT_RATE,
/// CRMV_INVALID_OPTION, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_clv_historical_compounded(
    log: Option<&crmv_transactions>,
    customers: Option<&crmv_customers>,
    margin: f64,
    from_margins: i32,
    discount: crmv_discount,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let log = given(log, "log")?;
        let historical = match from_margins {
            0 => HistoricalClv::margin(margin),
            1 => HistoricalClv::from_margin_column(),
            other => return Err(Failure::option("from_margins", other, "use 0 or 1")),
        };
        let clv = historical.compounded(&log.log, discount.to_rate()?);
        // SAFETY: the caller's contract in the header.
        unsafe { per_customer(customers, out, capacity, |customers| Ok(clv.value(customers)?)) }
    })
}

/// What one way to value customers comes to. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_clv_totals {
    /// Sum of the values, in money; the same bits for any order of the customers.
    pub total: f64,
    /// Their mean, in money.
    pub mean: f64,
    /// Customers with a value below 0.
    pub negative: u64,
}

/// Totals of several ways to value the same customers, for a table with one column per way.
///
/// `columns`: `ways` arrays of `n` values each, from any of the crmv_clv_ functions. `names`: NULL, or the names errors call the columns by,
/// `ways` NUL-terminated texts. `out`: room for `capacity` structs of `struct_size` = sizeof(crmv_clv_totals) bytes; one per way is needed.
/// Errors: CRMV_EMPTY, CRMV_NON_FINITE with the column and the row, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_clv_compare(
    names: *const *const c_char,
    columns: *const *const f64,
    ways: usize,
    n: usize,
    out: *mut crmv_clv_totals,
    struct_size: usize,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        room(out, capacity, ways, "out")?;
        let numbers: Vec<String> = (0..ways).map(|way| way.to_string()).collect();
        // SAFETY: the caller's contract in the header.
        let (columns, names) = unsafe {
            let names = if names.is_null() { vec![None; ways] } else { texts(names, ways, "names")? };
            (slice(columns, ways, "columns")?, names)
        };
        let column = |(way, &column): (usize, &*const f64)| {
            // SAFETY: the caller's contract in the header.
            Ok::<_, Failure>((names[way].unwrap_or(&numbers[way]), unsafe { slice(column, n, "columns") }?))
        };
        let columns = columns.iter().enumerate().map(column).collect::<Result<Vec<_>, Failure>>()?;
        let table = ClvComparison::from_columns(&columns)?;
        for (way, column) in table.columns().iter().enumerate() {
            let totals = crmv_clv_totals { total: column.total, mean: column.mean, negative: column.negative as u64 };
            // SAFETY: the caller's contract in the header: `capacity` structs of `struct_size` bytes, as the caller knows them.
            unsafe { write_struct(out.byte_add(way * struct_size), struct_size, totals, "out") }?;
        }
        Ok(())
    })
}
