//! Value of customers with a contract, and of cohorts.

use std::mem::MaybeUninit;

use crm_value::{ClvModel, CohortClv, ContractualClv, NextRenewal, PerCustomer};

use crate::cohort::crmv_cohorts;
use crate::customers::crmv_customers;
use crate::economics::figure;
use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, fill, given, guard, optional_slice, read_options, room, slice, write_struct};
use crate::purchases::per_customer;
use crate::retention::crmv_retention_model;
use crate::time::{CRMV_COMPOUNDING_PERIODIC, CRMV_UNIT_YEAR, crmv_discount, crmv_unit, span};

/// When the next renewal of a customer is taken to be due: one of the CRMV_RENEWAL_ constants.
pub type crmv_next_renewal = i32;
/// Now: the next payment is not discounted, as in the literature. The default.
pub const CRMV_RENEWAL_DUE_NOW: i32 = 0;
/// At the end of the period that the customer is in, as T says; only crmv_clv_contracts() knows T.
pub const CRMV_RENEWAL_AT_PERIOD_END: i32 = 1;

/// How contracts are valued. Set it up with crmv_contract_options_init(); fields may be added at its end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_contract_options {
    /// Size of the struct, set by crmv_contract_options_init().
    pub struct_size: usize,
    /// Period between renewals in `period_unit`s, that of the retention model; default 1 year.
    pub period: f64,
    /// Discount rate; default 10 % a year. Above 0 if the value is endless.
    pub discount: crmv_discount,
    /// Unit of `period`.
    pub period_unit: crmv_unit,
    /// Number of payments to come that count; 0 for no end (default).
    pub payments: u32,
    /// When the next renewal is due; default CRMV_RENEWAL_DUE_NOW.
    pub next_renewal: crmv_next_renewal,
    /// 0.
    pub reserved: i32,
}

// SAFETY: numbers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_contract_options {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        crmv_contract_options {
            struct_size: size_of::<Self>(),
            period: 1.0,
            discount: crmv_discount { rate: 0.10, length: 1.0, unit: CRMV_UNIT_YEAR, compounding: CRMV_COMPOUNDING_PERIODIC },
            period_unit: CRMV_UNIT_YEAR,
            payments: 0,
            next_renewal: CRMV_RENEWAL_DUE_NOW,
            reserved: 0,
        }
    }
}

/// Sets the options to their defaults. `struct_size`: sizeof(crmv_contract_options).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_contract_options_init(options: *mut crmv_contract_options, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(options, struct_size, crmv_contract_options { struct_size, ..Growing::defaults() }, "options") })
}

fn contractual<'a>(
    retention: &'a crmv_retention_model,
    margin: PerCustomer<'a>,
    options: &crmv_contract_options,
) -> Result<ContractualClv<'a>, Failure> {
    let next = match options.next_renewal {
        CRMV_RENEWAL_DUE_NOW => NextRenewal::DueNow,
        CRMV_RENEWAL_AT_PERIOD_END => NextRenewal::AtPeriodEnd,
        other => return Err(Failure::option("next_renewal", other, "use one of the CRMV_RENEWAL_ constants")),
    };
    let clv = ContractualClv::new(retention.get(), margin).period(span(options.period, options.period_unit)?);
    Ok(clv.discount(options.discount.to_rate()?).payments(options.payments).next_renewal(next))
}

/// # Safety
/// `active` is NULL or has `n` elements.
unsafe fn active_flags(active: *const u8, n: usize) -> Result<Option<Vec<bool>>, Failure> {
    // SAFETY: the caller's contract.
    Ok(unsafe { optional_slice(active, n, "active") }?.map(|flags| flags.iter().map(|&flag| flag != 0).collect()))
}

/// Value of a customer about to join, the first payment included: DEL times `margin_per_period`, in money.
///
/// `options` may be NULL for the defaults. Errors: CRMV_UNBOUNDED_VALUE for an endless value without a discount rate above 0,
/// CRMV_INVALID_OPTION, CRMV_HORIZON, CRMV_DISCOUNT_RATE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_clv_new_contract(
    retention: Option<&crmv_retention_model>,
    margin_per_period: f64,
    options: *const crmv_contract_options,
    out: Option<&mut MaybeUninit<f64>>,
) -> crmv_status {
    guard(|| {
        let (retention, out) = (given(retention, "retention")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let options = unsafe { read_options(options) }?;
        out.write(contractual(retention, margin_per_period.into(), &options)?.new_customer(margin_per_period)?);
        Ok(())
    })
}

/// Value of customers who made these numbers of renewals, the next one being due now: DERL times margin per period, in money.
///
/// `renewals`: `n` numbers; a customer in the first period has made 0. `margins`: `n` margins per period in money, or NULL for `margin` each.
/// `active`: `n` flags, 0 for a customer who has left and is worth 0; NULL: all are active. `options` may be NULL for the defaults. `out`:
/// room for `capacity` values. Errors as crmv_clv_new_contract(), CRMV_EMPTY, CRMV_NON_FINITE, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_clv_after_renewals(
    retention: Option<&crmv_retention_model>,
    renewals: *const u32,
    margins: *const f64,
    margin: f64,
    active: *const u8,
    n: usize,
    options: *const crmv_contract_options,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let retention = given(retention, "retention")?;
        room(out, capacity, n, "out")?;
        // SAFETY: the caller's contract in the header.
        let (options, renewals) = unsafe { (read_options(options)?, slice(renewals, n, "renewals")?) };
        // SAFETY: the caller's contract in the header.
        let (margin, active) = unsafe { (figure(margins, margin, n, "margins")?, active_flags(active, n)?) };
        let clv = contractual(retention, margin, &options)?;
        let clv = active.as_deref().map_or(clv, |active| clv.active(active));
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &clv.after_renewals(renewals)?, "out") }
    })
}

/// The same for the customers of a summary, whose T says how many renewals they have made: the whole periods since the first purchase.
///
/// `margins`, `active`: NULL or `n` elements, which must be the number of customers. Otherwise as crmv_clv_after_renewals(); errors also
/// CRMV_LENGTH_MISMATCH.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_clv_contracts(
    retention: Option<&crmv_retention_model>,
    customers: Option<&crmv_customers>,
    margins: *const f64,
    margin: f64,
    active: *const u8,
    n: usize,
    options: *const crmv_contract_options,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let retention = given(retention, "retention")?;
        // SAFETY: the caller's contract in the header.
        let (margin, active) = unsafe { (figure(margins, margin, n, "margins")?, active_flags(active, n)?) };
        // SAFETY: the caller's contract in the header.
        let clv = contractual(retention, margin, &unsafe { read_options(options) }?)?;
        let clv = active.as_deref().map_or(clv, |active| clv.active(active));
        // SAFETY: the caller's contract in the header.
        unsafe { per_customer(customers, out, capacity, |customers| Ok(clv.value(customers)?)) }
    })
}

/// How cohorts are valued. Set it up with crmv_cohort_clv_options_init(); fields may be added at its end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_cohort_clv_options {
    /// Size of the struct, set by crmv_cohort_clv_options_init().
    pub struct_size: usize,
    /// Contribution margin per unit of revenue (30 % is 0.30); default 1, which is revenue. Not looked at with `from_margins`.
    pub margin: f64,
    /// Discount rate; default 10 % a year. Above 0 if the value is endless.
    pub discount: crmv_discount,
    /// Over how many of the last complete ages the recent spend is taken, at least 1; default 3.
    pub recent: usize,
    /// Number of periods to come that count; 0 for no end (default).
    pub periods: u32,
    /// 1 for the margins or costs that the rows of the log carried, 0 (default) for revenue times `margin`.
    pub from_margins: i32,
    /// 1 to leave out what was observed so far, 0 (default) for observed and residual value together.
    pub residual_only: i32,
    /// 0.
    pub reserved: i32,
}

// SAFETY: numbers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_cohort_clv_options {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        crmv_cohort_clv_options {
            struct_size: size_of::<Self>(),
            margin: 1.0,
            discount: crmv_discount { rate: 0.10, length: 1.0, unit: CRMV_UNIT_YEAR, compounding: CRMV_COMPOUNDING_PERIODIC },
            recent: CohortClv::DEFAULT_RECENT,
            periods: 0,
            from_margins: 0,
            residual_only: 0,
            reserved: 0,
        }
    }
}

/// Sets the options to their defaults. `struct_size`: sizeof(crmv_cohort_clv_options).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_cohort_clv_options_init(options: *mut crmv_cohort_clv_options, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(options, struct_size, crmv_cohort_clv_options { struct_size, ..Growing::defaults() }, "options") })
}

fn by_cohort<'a>(
    cohorts: &'a crmv_cohorts,
    retention: &'a crmv_retention_model,
    options: &crmv_cohort_clv_options,
) -> Result<CohortClv<'a>, Failure> {
    let flag = |name, value| match value {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(Failure::option(name, other, "use 0 or 1")),
    };
    let clv = CohortClv::new(&cohorts.table, retention.get()).discount(options.discount.to_rate()?).recent(options.recent);
    let clv = clv.periods(options.periods).residual_only(flag("residual_only", options.residual_only)?);
    Ok(if flag("from_margins", options.from_margins)? { clv.from_margin_column() } else { clv.margin(options.margin) })
}

/// One cohort's value, per customer acquired. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_cohort_value {
    /// Number of the cohort, as in crmv_cohorts_sizes().
    pub cohort: u64,
    /// Customers acquired, at least 1.
    pub customers: u64,
    /// The last age whose period is complete; see has_age.
    pub age: u64,
    /// Customers active at that age; all of them where there is none yet.
    pub active: u64,
    /// Value of ages 0 to `age` per customer, in money.
    pub observed: f64,
    /// Recent value per active customer and period, in money; where the cohort has no complete age, that of all cohorts at age 0.
    pub per_active: f64,
    /// Value to come per customer, discounted, in money.
    pub residual: f64,
    /// Observed and residual value per customer together, in money.
    pub total: f64,
    /// First day of the cohort's period, as days since 1970-01-01.
    pub start: i32,
    /// 1 if there is a complete age, 0 (and age 0) if not even the period of acquisition is complete.
    pub has_age: i32,
}

/// The value of every cohort that has customers, oldest first: observed so far, plus by the retention model what is to come.
///
/// The periods of the retention model are those of the cohorts. `options` may be NULL for the defaults. `out`: room for `capacity` structs of
/// `struct_size` = sizeof(crmv_cohort_value) bytes; crmv_cohorts_count() are enough. `out_count`: how many were written. Errors:
/// CRMV_MISSING_COLUMN if the log has no margins and they are asked for, CRMV_EMPTY if no cell is complete, CRMV_UNBOUNDED_VALUE,
/// CRMV_INVALID_OPTION, CRMV_DISCOUNT_RATE, CRMV_NON_FINITE, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_clv_cohort_values(
    cohorts: Option<&crmv_cohorts>,
    retention: Option<&crmv_retention_model>,
    options: *const crmv_cohort_clv_options,
    out: *mut crmv_cohort_value,
    struct_size: usize,
    capacity: usize,
    out_count: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let (cohorts, retention, out_count) = (given(cohorts, "cohorts")?, given(retention, "retention")?, given(out_count, "out_count")?);
        // SAFETY: the caller's contract in the header.
        let values = by_cohort(cohorts, retention, &unsafe { read_options(options) }?)?.cohorts()?;
        room(out, capacity, values.len(), "out")?;
        for (position, value) in values.iter().enumerate() {
            let row = crmv_cohort_value {
                cohort: value.cohort as u64,
                customers: value.customers as u64,
                age: value.age.unwrap_or_default() as u64,
                active: value.active as u64,
                observed: value.observed,
                per_active: value.per_active,
                residual: value.residual,
                total: value.total(),
                start: value.start.days(),
                has_age: value.age.is_some().into(),
            };
            // SAFETY: the caller's contract in the header: `capacity` structs of `struct_size` bytes, as the caller knows them.
            unsafe { write_struct(out.byte_add(position * struct_size), struct_size, row, "out") }?;
        }
        out_count.write(values.len());
        Ok(())
    })
}

/// The value of every customer of a summary: that of its cohort. The summary is of the same log and ends on the same day as the cohorts.
///
/// `out`: room for `capacity` values. Errors as crmv_clv_cohort_values(), and CRMV_MISSING_COLUMN if the summary was not made from a log,
/// CRMV_INVALID_OPTION if it ends on another day, CRMV_UNKNOWN_CUSTOMER for a customer of no cohort.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_clv_cohort(
    cohorts: Option<&crmv_cohorts>,
    retention: Option<&crmv_retention_model>,
    customers: Option<&crmv_customers>,
    options: *const crmv_cohort_clv_options,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let (cohorts, retention) = (given(cohorts, "cohorts")?, given(retention, "retention")?);
        // SAFETY: the caller's contract in the header.
        let clv = by_cohort(cohorts, retention, &unsafe { read_options(options) }?)?;
        // SAFETY: the caller's contract in the header.
        unsafe { per_customer(customers, out, capacity, |customers| Ok(clv.value(customers)?)) }
    })
}
