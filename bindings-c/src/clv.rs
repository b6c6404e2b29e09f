//! Customer lifetime value.

use crm_value::{ClvModel, CustomerSummary, DiscountTiming, HistoricalClv, PredictiveClv, ReachProbability};

use crate::customers::crmv_customers;
use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, given, guard, optional_slice, read_options, write_struct};
use crate::purchases::{crmv_purchase_model, per_customer};
use crate::spend::crmv_spend_model;
use crate::time::{CRMV_COMPOUNDING_PERIODIC, CRMV_UNIT_MONTH, CRMV_UNIT_YEAR, crmv_discount, crmv_unit, span};

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

/// The probability of every customer that its value to date plus the purchases within a horizon reaches `threshold`, in money.
///
/// `horizon` in `horizon_unit`s after the end of observation; purchases are not discounted; whoever has reached the threshold has 1.
/// `margin`: value per unit of revenue, above 0 (1 for revenue). `value_to_date`: `n_value_to_date` values so far, one per customer, or NULL
/// for the total spend times margin. `out`: room for `capacity` values. Errors: CRMV_UNIT_MISMATCH, CRMV_MISSING_COLUMN, CRMV_HORIZON,
/// CRMV_LENGTH_MISMATCH, CRMV_NON_FINITE, CRMV_INVALID_OPTION, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_clv_reach_probability(
    purchases: Option<&crmv_purchase_model>,
    spend: Option<&crmv_spend_model>,
    customers: Option<&crmv_customers>,
    horizon: f64,
    horizon_unit: crmv_unit,
    threshold: f64,
    margin: f64,
    value_to_date: *const f64,
    n_value_to_date: usize,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let (purchases, spend) = (given(purchases, "purchases")?, given(spend, "spend")?);
        let horizon = span(horizon, horizon_unit)?;
        // SAFETY: the caller's contract in the header.
        let to_date = unsafe { optional_slice(value_to_date, n_value_to_date, "value_to_date") }?;
        let reach = ReachProbability::new(purchases.get(), spend.get(), horizon, threshold).margin(margin);
        // SAFETY: the caller's contract in the header.
        unsafe { per_customer(customers, out, capacity, |customers| Ok(reach.probability(customers, to_date)?)) }
    })
}
