//! Value by formula, and from assumptions.

use std::mem::MaybeUninit;

use crm_value::{Assumption, ColdStart, ColdStartValue, FirstMargin, SimpleClv, margin_multiple};

use crate::customers::crmv_customers;
use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, fill, given, guard, read_options, write_struct};
use crate::time::{CRMV_COMPOUNDING_PERIODIC, CRMV_UNIT_YEAR, crmv_discount, crmv_unit, span};

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

/// Margin per period (money) x r / (1 + d - r), or x (1 + d) / (1 + d - r) with a margin now, too: a customer who stays each period with
/// probability `retention`. Arguments and errors as crmv_margin_multiple().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_clv_simple_retention(
    margin_per_period: f64,
    retention: f64,
    discount: crmv_discount,
    period: f64,
    period_unit: crmv_unit,
    first_margin_paid: crmv_first_margin,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (out, period) = (given(out, "out")?, span(period, period_unit)?);
        let clv = SimpleClv::retention(margin_per_period, retention, period).discount(discount.to_rate()?);
        out.write(clv.first_margin(first_margin(first_margin_paid)?).figure()?);
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
unsafe fn cold_start(assumptions: *const crmv_cold_start) -> Result<ColdStart, Failure> {
    if assumptions.is_null() {
        return Err(Failure::NullPointer("assumptions"));
    }
    // SAFETY: the caller's contract.
    let given = unsafe { read_options(assumptions) }?;
    Ok(ColdStart::new(given.retention.read()?, given.order_value.read()?, given.frequency.read()?)
        .margin(given.margin.read()?)
        .discount(given.discount.to_rate()?)
        .period(span(given.period, given.period_unit)?)
        .periods(given.periods)
        .first_margin(first_margin(given.first_margin)?)
        .draws(usize::try_from(given.draws).unwrap_or(usize::MAX))
        .seed(given.seed))
}

/// # Safety
/// As [`read_options`].
unsafe fn simulate(assumptions: *const crmv_cold_start) -> Result<ColdStartValue, Failure> {
    // SAFETY: the caller's contract.
    Ok(unsafe { cold_start(assumptions) }?.simulate()?)
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

/// The simulated values behind crmv_cold_start_simulate(), in rising order, in money. `out`: room for `capacity` values, at least the number of
/// draws. Errors as there, and CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_cold_start_draws(assumptions: *const crmv_cold_start, out: *mut f64, capacity: usize) -> crmv_status {
    guard(|| {
        // SAFETY: the caller's contract in the header.
        let values = unsafe { cold_start(assumptions) }?.draw_values()?;
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &values, "out") }
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
