//! Cohorts, survival and the log-rank test.

use std::mem::MaybeUninit;

use crm_value::{CohortMeasure, CohortTable, Cohorts, KaplanMeier, Lifetimes, LogRank};

use crate::error::{Failure, crmv_status};
use crate::ffi::{fill, given, guard, hand_over, room, slice, write_struct};
use crate::time::{calendar_period, crmv_calendar_period, crmv_unit, span};
use crate::transactions::{crmv_transactions, date};

/// What a matrix of cohorts shows: one of the CRMV_COHORT_ constants.
pub type crmv_cohort_measure = i32;
/// Customers with a purchase at that age.
pub const CRMV_COHORT_CUSTOMERS: i32 = 0;
/// Purchase occasions.
pub const CRMV_COHORT_ORDERS: i32 = 1;
/// Net amount, in money.
pub const CRMV_COHORT_REVENUE: i32 = 2;
/// Margin, in money; without values if the log has none.
pub const CRMV_COHORT_MARGIN: i32 = 3;
/// Active customers over the size of the cohort.
pub const CRMV_COHORT_RETENTION: i32 = 4;
/// Net amount of ages 0 to this one, in money.
pub const CRMV_COHORT_CUMULATIVE_REVENUE: i32 = 5;
/// Margin of ages 0 to this one, in money.
pub const CRMV_COHORT_CUMULATIVE_MARGIN: i32 = 6;
/// Net amount of ages 0 to this one, in money per acquired customer.
pub const CRMV_COHORT_CUMULATIVE_REVENUE_PER_CUSTOMER: i32 = 7;
/// Margin of ages 0 to this one, in money per acquired customer.
pub const CRMV_COHORT_CUMULATIVE_MARGIN_PER_CUSTOMER: i32 = 8;

/// Customers by calendar period of their first purchase and age in whole periods. Immutable. Free it with crmv_cohorts_free().
#[derive(Debug)]
pub struct crmv_cohorts {
    table: CohortTable,
}

/// Sums over a table of cohorts, so that it can be reconciled with its log. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_cohort_totals {
    /// Customers of all cohorts.
    pub customers: u64,
    /// Orders in all cells, masked ones included.
    pub orders: u64,
    /// Revenue in all cells, masked ones included: that of the customer summary with the same end.
    pub revenue: f64,
    /// Margin in all cells, masked ones included; 0 without a margin column.
    pub margin: f64,
    /// Orders in the masked cells.
    pub masked_orders: u64,
    /// Revenue in the masked cells.
    pub masked_revenue: f64,
    /// Margin in the masked cells; 0 without a margin column.
    pub masked_margin: f64,
}

fn cohorts<'a>(
    log: &'a crmv_transactions,
    kind: crmv_calendar_period,
    from: Option<&i32>,
    until: Option<&i32>,
) -> Result<Cohorts<'a>, Failure> {
    let mut cohorts = log.log.cohorts(calendar_period(kind)?);
    if let Some(start) = date(from)? {
        cohorts = cohorts.observed_from(start);
    }
    if let Some(end) = date(until)? {
        cohorts = cohorts.observed_until(end);
    }
    Ok(cohorts)
}

/// Groups the customers of a log by the calendar period of their first purchase.
///
/// `observed_from`, `observed_until`: days since 1970-01-01, or NULL for the start of the first period and the last date of the log. A cell
/// whose period is not fully inside the observation is masked. Errors: CRMV_END_BEFORE_FIRST_PURCHASE, CRMV_INVALID_OPTION,
/// CRMV_DATE_OUT_OF_RANGE, CRMV_NON_FINITE. Free it with crmv_cohorts_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_cohorts_new(
    log: Option<&crmv_transactions>,
    period: crmv_calendar_period,
    observed_from: Option<&i32>,
    observed_until: Option<&i32>,
    out: Option<&mut MaybeUninit<*mut crmv_cohorts>>,
) -> crmv_status {
    guard(|| {
        let (log, out) = (given(log, "log")?, given(out, "out")?);
        hand_over(out, crmv_cohorts { table: cohorts(log, period, observed_from, observed_until)?.build()? });
        Ok(())
    })
}

/// Frees cohorts. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_cohorts_free(cohorts: Option<Box<crmv_cohorts>>) {
    guard(|| {
        drop(cohorts);
        Ok(())
    });
}

/// Number of cohorts, and of ages: the periods from the first purchase to the end of observation.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_cohorts_count(cohorts: Option<&crmv_cohorts>, out: Option<&mut MaybeUninit<usize>>) -> crmv_status {
    guard(|| {
        let (cohorts, out) = (given(cohorts, "cohorts")?, given(out, "out")?);
        out.write(cohorts.table.len());
        Ok(())
    })
}

/// The first day of every cohort's period (days since 1970-01-01) and its number of customers.
///
/// `out_starts`, `out_customers`: room for `capacity` elements each, at least the number of cohorts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_cohorts_sizes(
    cohorts: Option<&crmv_cohorts>,
    out_starts: *mut i32,
    out_customers: *mut u64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let table = &given(cohorts, "cohorts")?.table;
        room(out_starts, capacity, table.len(), "out_starts")?;
        room(out_customers, capacity, table.len(), "out_customers")?;
        let (starts, sizes): (Vec<i32>, Vec<u64>) =
            table.cohorts().iter().map(|cohort| (cohort.start.days(), cohort.customers as u64)).unzip();
        // SAFETY: the caller's contract in the header.
        unsafe {
            fill(out_starts, capacity, &starts, "out_starts")?;
            fill(out_customers, capacity, &sizes, "out_customers")
        }
    })
}

/// One measure, cohort by cohort, each with a value per age: count x count values, and 1 where there is one, 0 (and the value 0) where the cell
/// is masked or beyond the end of observation, or the rate has no denominator.
///
/// `out_values`, `out_present`: room for `capacity` elements each, at least count x count.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_cohorts_matrix(
    cohorts: Option<&crmv_cohorts>,
    measure: crmv_cohort_measure,
    out_values: *mut f64,
    out_present: *mut u8,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let table = &given(cohorts, "cohorts")?.table;
        let known = usize::try_from(measure).ok().and_then(|index| CohortMeasure::ALL.get(index)).copied();
        let known = known.ok_or_else(|| Failure::option("measure", measure, "use one of the CRMV_COHORT_ constants"))?;
        room(out_values, capacity, table.len() * table.len(), "out_values")?;
        room(out_present, capacity, table.len() * table.len(), "out_present")?;
        let (values, present): (Vec<f64>, Vec<u8>) =
            table.matrix(known).iter().map(|value| (value.unwrap_or(0.0), u8::from(value.is_some()))).unzip();
        // SAFETY: the caller's contract in the header.
        unsafe {
            fill(out_values, capacity, &values, "out_values")?;
            fill(out_present, capacity, &present, "out_present")
        }
    })
}

/// Sums over all cells and over the masked ones.
///
/// `struct_size`: sizeof(crmv_cohort_totals).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_cohorts_totals(
    cohorts: Option<&crmv_cohorts>,
    out: *mut crmv_cohort_totals,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let totals = given(cohorts, "cohorts")?.table.totals();
        let value = crmv_cohort_totals {
            customers: totals.customers as u64,
            orders: totals.orders,
            revenue: totals.revenue,
            margin: totals.margin.unwrap_or(0.0),
            masked_orders: totals.masked_orders,
            masked_revenue: totals.masked_revenue,
            masked_margin: totals.masked_margin.unwrap_or(0.0),
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, value, "out") }
    })
}

/// The cohort of every customer first seen until the end of observation, in the order of the customers of crmv_transactions_summarize() with
/// the same end.
///
/// `out`: room for `capacity` elements, at least one per customer. Errors: as crmv_cohorts_new().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_cohorts_assign(
    log: Option<&crmv_transactions>,
    period: crmv_calendar_period,
    observed_until: Option<&i32>,
    out: *mut u32,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let assigned = cohorts(given(log, "log")?, period, None, observed_until)?.assign()?;
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &assigned, "out") }
    })
}

/// How long every customer stayed, where churn is defined as `gap` units without a purchase: the duration from the first purchase until the gap
/// was full for the first time (1 in `out_churned`), or until the end of observation (0). In units, in the order of the customers of
/// crmv_transactions_summarize() with the same end.
///
/// `observed_until`: days since 1970-01-01, or NULL for the last date of the log. `out_durations`, `out_churned`: room for `capacity` elements
/// each, at least one per customer. Errors: CRMV_HORIZON, CRMV_END_BEFORE_FIRST_PURCHASE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_lifetimes(
    log: Option<&crmv_transactions>,
    gap: f64,
    gap_unit: crmv_unit,
    observed_until: Option<&i32>,
    out_durations: *mut f64,
    out_churned: *mut u8,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let stays = Lifetimes::of(&given(log, "log")?.log, span(gap, gap_unit)?, date(observed_until)?)?;
        let churned: Vec<u8> = stays.churned().iter().map(|&churned| u8::from(churned)).collect();
        room(out_churned, capacity, churned.len(), "out_churned")?;
        // SAFETY: the caller's contract in the header.
        unsafe {
            fill(out_durations, capacity, stays.durations(), "out_durations")?;
            fill(out_churned, capacity, &churned, "out_churned")
        }
    })
}

/// Survival curve (Kaplan-Meier) of customers some of whom have not churned yet. Immutable. Free it with crmv_survival_free().
#[derive(Debug)]
pub struct crmv_survival {
    curve: KaplanMeier,
}

/// The curve at one time at which a customer churned or was last observed. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_survival_step {
    /// Time since the start, in the unit of the durations.
    pub time: f64,
    /// Customers still there and observed just before this time.
    pub at_risk: u64,
    /// Those who churned at this time.
    pub churned: u64,
    /// Those whose observation ended at this time without churn.
    pub censored: u64,
    /// Estimated share of customers who stay longer, in [0, 1].
    pub survival: f64,
    /// Standard error of it by Greenwood's formula; 0 where it is 0.
    pub std_error: f64,
    /// Lower end of the confidence interval; see has_interval.
    pub lower: f64,
    /// Upper end of the confidence interval; see has_interval.
    pub upper: f64,
    /// 1 if there is an interval, 0 (and lower and upper 0) where survival is 0 or 1.
    pub has_interval: i32,
}

/// A curve from `n` durations (0 or more) and flags: not 0 if the customer churned then, 0 if it was only observed until then.
///
/// `level`: confidence level of the intervals, for example 0.95. Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_NEGATIVE, CRMV_INVALID_OPTION. Free it
/// with crmv_survival_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_survival_new(
    durations: *const f64,
    churned: *const u8,
    n: usize,
    level: f64,
    out: Option<&mut MaybeUninit<*mut crmv_survival>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let (durations, churned) = unsafe { (slice(durations, n, "durations")?, slice(churned, n, "churned")?) };
        let churned: Vec<bool> = churned.iter().map(|&churned| churned != 0).collect();
        hand_over(out, crmv_survival { curve: KaplanMeier::with_level(durations, &churned, level)? });
        Ok(())
    })
}

/// Frees a survival curve. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_survival_free(survival: Option<Box<crmv_survival>>) {
    guard(|| {
        drop(survival);
        Ok(())
    });
}

/// Number of steps: of distinct durations.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_survival_count(survival: Option<&crmv_survival>, out: Option<&mut MaybeUninit<usize>>) -> crmv_status {
    guard(|| {
        let (survival, out) = (given(survival, "survival")?, given(out, "out")?);
        out.write(survival.curve.steps().len());
        Ok(())
    })
}

/// Step `index` of the curve, in rising time.
///
/// `struct_size`: sizeof(crmv_survival_step). Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_survival_get(
    survival: Option<&crmv_survival>,
    index: usize,
    out: *mut crmv_survival_step,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let steps = given(survival, "survival")?.curve.steps();
        let step = steps.get(index).ok_or(Failure::OutOfRange { what: "step", index, len: steps.len() })?;
        let (lower, upper) = step.interval.unwrap_or((0.0, 0.0));
        let value = crmv_survival_step {
            time: step.time,
            at_risk: step.at_risk as u64,
            churned: step.churned as u64,
            censored: step.censored as u64,
            survival: step.survival,
            std_error: step.std_error.unwrap_or(0.0),
            lower,
            upper,
            has_interval: i32::from(step.interval.is_some()),
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, value, "out") }
    })
}

/// The earliest time at which at most `share` of the customers stay (0.5 for the median). Writes 1 to `out_found`, or 0 (and the time 0) if the
/// curve ends above it. Errors: CRMV_SHARE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_survival_time_to_share(
    survival: Option<&crmv_survival>,
    share: f64,
    out_time: Option<&mut MaybeUninit<f64>>,
    out_found: Option<&mut MaybeUninit<i32>>,
) -> crmv_status {
    guard(|| {
        let (out_time, out_found) = (given(out_time, "out_time")?, given(out_found, "out_found")?);
        let time = given(survival, "survival")?.curve.time_to_share(share)?;
        out_time.write(time.unwrap_or(0.0));
        out_found.write(i32::from(time.is_some()));
        Ok(())
    })
}

/// The result of a log-rank test. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_log_rank {
    /// The statistic; 0 if degrees_of_freedom is 0.
    pub chi_square: f64,
    /// Probability of a statistic at least as large if all groups stayed equally long; 0 if degrees_of_freedom is 0.
    pub p_value: f64,
    /// Degrees of freedom; 0 if the data cannot tell.
    pub degrees_of_freedom: u64,
    /// Number of groups.
    pub groups: u64,
}

/// Tests that 2 to 200 groups of customers stay equally long: durations and flags as in crmv_survival_new(), and a group number per customer.
///
/// `struct_size`: sizeof(crmv_log_rank). Errors: as crmv_survival_new().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_log_rank_test(
    durations: *const f64,
    churned: *const u8,
    groups: *const u32,
    n: usize,
    out: *mut crmv_log_rank,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        // SAFETY: the caller's contract in the header.
        let (durations, churned, groups) =
            unsafe { (slice(durations, n, "durations")?, slice(churned, n, "churned")?, slice(groups, n, "groups")?) };
        let churned: Vec<bool> = churned.iter().map(|&churned| churned != 0).collect();
        let test = LogRank::of(durations, &churned, groups)?;
        let value = crmv_log_rank {
            chi_square: test.chi_square().unwrap_or(0.0),
            p_value: test.p_value().unwrap_or(0.0),
            degrees_of_freedom: test.degrees_of_freedom() as u64,
            groups: test.groups().len() as u64,
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, value, "out") }
    })
}
