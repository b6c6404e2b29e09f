//! Customer lifetime value.

use std::mem::MaybeUninit;

use crm_value::{
    Assumption, ClvModel, ColdStart, ColdStartValue, CustomerSummary, DiscountTiming, FirstMargin, Forecast, ForecastPeriod, ForecastTable,
    HistoricalClv, PredictiveClv, SimpleClv, margin_multiple,
};

use crate::customers::crmv_customers;
use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, given, guard, hand_over, read_options, slice, write_struct};
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

/// When the first margin of a retention formula is paid: one of the CRMV_FIRST_MARGIN_ constants.
pub type crmv_first_margin = i32;
/// After one period, if the customer stays.
pub const CRMV_FIRST_MARGIN_AFTER_ONE_PERIOD: i32 = 0;
/// Now, for certain.
pub const CRMV_FIRST_MARGIN_NOW: i32 = 1;

fn first_margin(when: crmv_first_margin) -> Result<FirstMargin, Failure> {
    match when {
        CRMV_FIRST_MARGIN_AFTER_ONE_PERIOD => Ok(FirstMargin::AfterOnePeriod),
        CRMV_FIRST_MARGIN_NOW => Ok(FirstMargin::Now),
        other => Err(Failure::option("first_margin", other, "use one of the CRMV_FIRST_MARGIN_ constants")),
    }
}

/// Average order value (money) x purchases per period x lifespan (periods) x margin rate: the value of an average customer, in money.
///
/// Errors: CRMV_INVALID_OPTION.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_clv_simple_orders(
    average_order_value: f64,
    purchases_per_period: f64,
    lifespan: f64,
    margin: f64,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let clv = SimpleClv::orders(average_order_value, purchases_per_period, lifespan).margin(margin);
        given(out, "out")?.write(clv.figure()?);
        Ok(())
    })
}

/// The same from a customer base: order value and repeat purchases as observed, lifespan 1 / churn with the churn per period in (0, 1].
///
/// Errors: CRMV_MISSING_COLUMN without totals, CRMV_NOT_POSITIVE if nobody was observed for any time, CRMV_HORIZON, CRMV_INVALID_OPTION.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_clv_simple_orders_of(
    customers: Option<&crmv_customers>,
    churn: f64,
    period: f64,
    period_unit: crmv_unit,
    margin: f64,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (customers, out) = (given(customers, "customers")?, given(out, "out")?);
        out.write(SimpleClv::orders_of(&customers.summary, churn, span(period, period_unit)?)?.margin(margin).figure()?);
        Ok(())
    })
}

/// Average revenue per user and period (money) x margin rate / churn, the churn per period in (0, 1]. Errors: CRMV_INVALID_OPTION.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_clv_simple_arpu(arpu: f64, churn: f64, margin: f64, out: Option<&mut MaybeUninit<f64>>) -> crmv_status {
    guard(|| {
        given(out, "out")?.write(SimpleClv::arpu(arpu, churn).margin(margin).figure()?);
        Ok(())
    })
}

/// What a margin of 1 per period is worth while the customer stays each period with probability `retention`: r / (1 + d - r), or
/// (1 + d) / (1 + d - r) with a margin now, too. Multiply margins per period by it.
///
/// Errors: CRMV_UNBOUNDED_VALUE unless retention < 1 + d, CRMV_INVALID_OPTION, CRMV_DISCOUNT_RATE, CRMV_HORIZON.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_margin_multiple(
    retention: f64,
    discount: crmv_discount,
    period: f64,
    period_unit: crmv_unit,
    first_margin_paid: crmv_first_margin,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (out, period) = (given(out, "out")?, span(period, period_unit)?);
        out.write(margin_multiple(retention, discount.to_rate()?, period, first_margin(first_margin_paid)?)?);
        Ok(())
    })
}

/// How an assumption is given: one of the CRMV_ASSUMPTION_ constants.
pub type crmv_assumption_kind = i32;
/// Known without doubt: `a`.
pub const CRMV_ASSUMPTION_KNOWN: i32 = 0;
/// Mean `a` and standard deviation `b`.
pub const CRMV_ASSUMPTION_MEAN_SD: i32 = 1;
/// 10 % point `a` and 90 % point `b`.
pub const CRMV_ASSUMPTION_RANGE: i32 = 2;

/// What is assumed about one figure. This struct is frozen: it will never change.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_assumption {
    /// The first number.
    pub a: f64,
    /// The second number, where there is one.
    pub b: f64,
    /// What they are.
    pub kind: crmv_assumption_kind,
    /// 0.
    pub reserved: i32,
}

impl crmv_assumption {
    const fn known(a: f64) -> Self {
        crmv_assumption { a, b: 0.0, kind: CRMV_ASSUMPTION_KNOWN, reserved: 0 }
    }

    fn read(self) -> Result<Assumption, Failure> {
        match self.kind {
            CRMV_ASSUMPTION_KNOWN => Ok(Assumption::Known(self.a)),
            CRMV_ASSUMPTION_MEAN_SD => Ok(Assumption::MeanSd { mean: self.a, sd: self.b }),
            CRMV_ASSUMPTION_RANGE => Ok(Assumption::Range { low: self.a, high: self.b }),
            other => Err(Failure::option("kind", other, "use one of the CRMV_ASSUMPTION_ constants")),
        }
    }
}

/// Assumptions about customers of whom nothing is known. Set it up with crmv_cold_start_init(), then fill in the first three.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_cold_start {
    /// Size of the struct, set by crmv_cold_start_init().
    pub struct_size: usize,
    /// Retention per period, in [0, 1]; beta-distributed.
    pub retention: crmv_assumption,
    /// Order value, in money; log-normal.
    pub order_value: crmv_assumption,
    /// Orders per period; log-normal.
    pub frequency: crmv_assumption,
    /// Contribution margin per unit of revenue; default known, 1; beta-distributed if uncertain.
    pub margin: crmv_assumption,
    /// Discount rate; default 10 % a year.
    pub discount: crmv_discount,
    /// Length of a period in `period_unit`s; default 1 year.
    pub period: f64,
    /// Number of draws; default 10,000.
    pub draws: u64,
    /// Seed of the random numbers; default 1.
    pub seed: u64,
    /// Unit of `period`.
    pub period_unit: crmv_unit,
    /// When the first margin is paid; default CRMV_FIRST_MARGIN_NOW.
    pub first_margin: crmv_first_margin,
    /// Number of periods that count; 0 for no end (default).
    pub periods: u32,
    /// 0.
    pub reserved: i32,
}

// SAFETY: numbers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_cold_start {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        crmv_cold_start {
            struct_size: size_of::<Self>(),
            retention: crmv_assumption::known(0.0),
            order_value: crmv_assumption::known(0.0),
            frequency: crmv_assumption::known(0.0),
            margin: crmv_assumption::known(1.0),
            discount: crmv_discount { rate: 0.10, length: 1.0, unit: CRMV_UNIT_YEAR, compounding: CRMV_COMPOUNDING_PERIODIC },
            period: 1.0,
            draws: ColdStart::DEFAULT_DRAWS as u64,
            seed: ColdStart::DEFAULT_SEED,
            period_unit: CRMV_UNIT_YEAR,
            first_margin: CRMV_FIRST_MARGIN_NOW,
            periods: 0,
            reserved: 0,
        }
    }
}

/// Sets everything to its default. `struct_size`: sizeof(crmv_cold_start).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_cold_start_init(assumptions: *mut crmv_cold_start, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(assumptions, struct_size, crmv_cold_start { struct_size, ..Growing::defaults() }, "assumptions") })
}

/// A value from assumptions, as a range, in money. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_cold_start_value {
    /// Half of the draws lie below.
    pub median: f64,
    /// 10 % of the draws lie below.
    pub low: f64,
    /// 90 % of the draws lie below.
    pub high: f64,
    /// Mean of the draws: the expected value.
    pub mean: f64,
}

/// # Safety
/// As [`read_options`].
unsafe fn simulate(assumptions: *const crmv_cold_start) -> Result<ColdStartValue, Failure> {
    if assumptions.is_null() {
        return Err(Failure::NullPointer("assumptions"));
    }
    // SAFETY: the caller's contract.
    let given = unsafe { read_options(assumptions) }?;
    let clv = ColdStart::new(given.retention.read()?, given.order_value.read()?, given.frequency.read()?)
        .margin(given.margin.read()?)
        .discount(given.discount.to_rate()?)
        .period(span(given.period, given.period_unit)?)
        .periods(given.periods)
        .first_margin(first_margin(given.first_margin)?)
        .draws(usize::try_from(given.draws).unwrap_or(usize::MAX))
        .seed(given.seed);
    Ok(clv.simulate()?)
}

/// CLV of a customer of whom nothing is known, by simulation from assumptions; the same seed gives the same bits.
///
/// `out`: a struct of `struct_size` bytes. Errors: CRMV_INVALID_OPTION, CRMV_UNBOUNDED_VALUE, CRMV_NON_FINITE, CRMV_DISCOUNT_RATE,
/// CRMV_HORIZON.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_cold_start_simulate(
    assumptions: *const crmv_cold_start,
    out: *mut crmv_cold_start_value,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        // SAFETY: the caller's contract in the header.
        let value = unsafe { simulate(assumptions) }?;
        let value = crmv_cold_start_value { median: value.median, low: value.low, high: value.high, mean: value.mean };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, value, "out") }
    })
}

/// The value from assumptions and data together: weight of the data n / (n + n0), value, 10 % and 90 % point.
///
/// `data`: mean CLV of `customers` customers of this kind, in money. `prior_customers`: how many customers' data the assumptions are worth,
/// above 0. Errors as crmv_cold_start_simulate().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_cold_start_blend(
    assumptions: *const crmv_cold_start,
    data: f64,
    customers: f64,
    prior_customers: f64,
    out_weight: Option<&mut MaybeUninit<f64>>,
    out_value: Option<&mut MaybeUninit<f64>>,
    out_low: Option<&mut MaybeUninit<f64>>,
    out_high: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (out_weight, out_value) = (given(out_weight, "out_weight")?, given(out_value, "out_value")?);
        let (out_low, out_high) = (given(out_low, "out_low")?, given(out_high, "out_high")?);
        // SAFETY: the caller's contract in the header.
        let blended = unsafe { simulate(assumptions) }?.blend(data, customers, prior_customers)?;
        out_weight.write(blended.weight);
        out_value.write(blended.value);
        out_low.write(blended.low);
        out_high.write(blended.high);
        Ok(())
    })
}

/// How a forecast is made. Set it up with crmv_forecast_options_init(); fields may be added at its end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_forecast_options {
    /// Size of the struct, set by crmv_forecast_options_init().
    pub struct_size: usize,
    /// Contribution margin per unit of revenue; default 1.
    pub margin: f64,
    /// Discount rate; default 10 % a year.
    pub discount: crmv_discount,
    /// Length of a period in `period_unit`s; default 1 month.
    pub period: f64,
    /// Number of periods; default 12.
    pub periods: usize,
    /// New customers in periods 1, 2, ...: `plan_length` numbers, 0 or more; NULL for none (default).
    pub plan: *const f64,
    /// Length of `plan`, at most `periods`.
    pub plan_length: usize,
    /// Cost of winning one customer, in money; default 0.
    pub acquisition_cost: f64,
    /// Unit of `period`.
    pub period_unit: crmv_unit,
    /// 0.
    pub reserved: i32,
}

// SAFETY: numbers and pointers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_forecast_options {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        crmv_forecast_options {
            struct_size: size_of::<Self>(),
            margin: 1.0,
            discount: crmv_discount { rate: 0.10, length: 1.0, unit: CRMV_UNIT_YEAR, compounding: CRMV_COMPOUNDING_PERIODIC },
            period: 1.0,
            periods: Forecast::DEFAULT_PERIODS,
            plan: std::ptr::null(),
            plan_length: 0,
            acquisition_cost: 0.0,
            period_unit: CRMV_UNIT_MONTH,
            reserved: 0,
        }
    }
}

/// Sets the options to their defaults. `struct_size`: sizeof(crmv_forecast_options).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_forecast_options_init(options: *mut crmv_forecast_options, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(options, struct_size, crmv_forecast_options { struct_size, ..Growing::defaults() }, "options") })
}

/// Expected purchases, revenue and margin per future period, and their discounted sum. Immutable. Free it with crmv_forecast_free().
#[derive(Debug)]
pub struct crmv_forecast {
    table: ForecastTable,
}

/// One period of a forecast, or the sums over all of them. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_forecast_period {
    /// Number of the period, from 1; of the sums, the number of periods.
    pub period: u64,
    /// What 1 paid at the end of the period is worth at the end of observation; of the sums 1, as they are not discounted.
    pub discount_factor: f64,
    /// Expected purchases of the existing customers.
    pub purchases: f64,
    /// Their expected revenue, in money.
    pub revenue: f64,
    /// Their expected margin, in money.
    pub margin: f64,
    /// Customers won in the period, as planned.
    pub new_customers: f64,
    /// Expected purchases of customers won since the end of observation.
    pub new_purchases: f64,
    /// Their expected revenue, in money.
    pub new_revenue: f64,
    /// Their expected margin, in money, before the cost of winning them.
    pub new_margin: f64,
    /// Cost of winning the customers of the period, in money.
    pub acquisition_cost: f64,
}

impl crmv_forecast_period {
    fn new(row: &ForecastPeriod) -> Self {
        crmv_forecast_period {
            period: row.period as u64,
            discount_factor: row.discount_factor,
            purchases: row.purchases,
            revenue: row.revenue,
            margin: row.margin,
            new_customers: row.new_customers,
            new_purchases: row.new_purchases,
            new_revenue: row.new_revenue,
            new_margin: row.new_margin,
            acquisition_cost: row.acquisition_cost,
        }
    }
}

/// Forecasts what the customers, who must have a mean spend, and those won by plan will buy. `options` may be NULL for the defaults.
///
/// Errors: CRMV_UNIT_MISMATCH, CRMV_MISSING_COLUMN, CRMV_UNDEFINED_MEAN, CRMV_INVALID_OPTION, CRMV_NEGATIVE, CRMV_NON_FINITE, CRMV_HORIZON,
/// CRMV_DISCOUNT_RATE. Free it with crmv_forecast_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_forecast_new(
    purchases: Option<&crmv_purchase_model>,
    spend: Option<&crmv_spend_model>,
    customers: Option<&crmv_customers>,
    options: *const crmv_forecast_options,
    out: Option<&mut MaybeUninit<*mut crmv_forecast>>,
) -> crmv_status {
    guard(|| {
        let (purchases, spend) = (given(purchases, "purchases")?, given(spend, "spend")?);
        let (customers, out) = (given(customers, "customers")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let options = unsafe { read_options(options) }?;
        // SAFETY: the caller's contract in the header.
        let plan = unsafe { slice(options.plan, options.plan_length, "plan") }?;
        let forecast = Forecast::new(purchases.get(), spend.get())
            .margin(options.margin)
            .discount(options.discount.to_rate()?)
            .period(span(options.period, options.period_unit)?)
            .periods(options.periods)
            .plan(plan)
            .acquisition_cost(options.acquisition_cost);
        hand_over(out, crmv_forecast { table: forecast.of(&customers.summary)? });
        Ok(())
    })
}

/// Frees a forecast. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_forecast_free(forecast: Option<Box<crmv_forecast>>) {
    guard(|| {
        drop(forecast);
        Ok(())
    });
}

/// Number of periods.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_forecast_count(forecast: Option<&crmv_forecast>, out: Option<&mut MaybeUninit<usize>>) -> crmv_status {
    guard(|| {
        let (forecast, out) = (given(forecast, "forecast")?, given(out, "out")?);
        out.write(forecast.table.periods().len());
        Ok(())
    })
}

/// Period `index`, 0 for the first one after the end of observation. `out`: a struct of `struct_size` bytes. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_forecast_get(
    forecast: Option<&crmv_forecast>,
    index: usize,
    out: *mut crmv_forecast_period,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let periods = given(forecast, "forecast")?.table.periods();
        let row = periods.get(index).ok_or(Failure::OutOfRange { what: "period", index, len: periods.len() })?;
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, crmv_forecast_period::new(row), "out") }
    })
}

/// The sums over all periods, not discounted. `out`: a struct of `struct_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_forecast_totals(
    forecast: Option<&crmv_forecast>,
    out: *mut crmv_forecast_period,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let totals = crmv_forecast_period::new(&given(forecast, "forecast")?.table.totals());
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, totals, "out") }
    })
}

/// Customer equity, in money: discounted margin of the existing customers, and of those to be won less the cost of winning them.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_forecast_equity(
    forecast: Option<&crmv_forecast>,
    out_existing: Option<&mut MaybeUninit<f64>>,
    out_new: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let table = &given(forecast, "forecast")?.table;
        let (existing, new) = (given(out_existing, "out_existing")?, given(out_new, "out_new")?);
        existing.write(table.existing_equity());
        new.write(table.new_equity());
        Ok(())
    })
}
