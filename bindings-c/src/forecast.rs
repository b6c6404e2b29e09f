//! Forecast and customer equity.

use std::mem::MaybeUninit;

use crm_value::{Forecast, ForecastPeriod, ForecastTable};

use crate::customers::crmv_customers;
use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, given, guard, hand_over, read_options, slice, write_struct};
use crate::purchases::crmv_purchase_model;
use crate::spend::crmv_spend_model;
use crate::time::{CRMV_COMPOUNDING_PERIODIC, CRMV_UNIT_MONTH, CRMV_UNIT_YEAR, crmv_discount, crmv_unit, span};

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
