//! Cohorts.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{AgeMetrics, CohortMeasure, CohortTable, Cohorts, PeriodMetrics};

use crate::error::{Failure, crmv_status};
use crate::ffi::{Lent, fill, given, guard, hand_over, room, write_struct};
use crate::time::{calendar_period, crmv_calendar_period};
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
    pub(crate) table: CohortTable,
    labels: Lent,
    periods: Vec<PeriodMetrics>,
    ages: Vec<AgeMetrics>,
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
        let table = cohorts(log, period, observed_from, observed_until)?.build()?;
        let labels = Lent::new((0..table.len()).map(|cohort| table.label(cohort).unwrap_or_default()));
        hand_over(out, crmv_cohorts { labels, periods: table.periods(), ages: table.ages(), table });
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

/// The label of a cohort, for example "2026-01" or "2026-W05". Valid until the cohorts are freed. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_cohorts_label(
    cohorts: Option<&crmv_cohorts>,
    index: usize,
    out: Option<&mut MaybeUninit<*const c_char>>,
) -> crmv_status {
    guard(|| given(cohorts, "cohorts")?.labels.lend("cohort", index, given(out, "out")?))
}

/// First and last day observed, as days since 1970-01-01.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_cohorts_observed(
    cohorts: Option<&crmv_cohorts>,
    out_from: Option<&mut MaybeUninit<i32>>,
    out_until: Option<&mut MaybeUninit<i32>>,
) -> crmv_status {
    guard(|| {
        let (out_from, out_until) = (given(out_from, "out_from")?, given(out_until, "out_until")?);
        let table = &given(cohorts, "cohorts")?.table;
        out_from.write(table.observed_from().days());
        out_until.write(table.observed_until().days());
        Ok(())
    })
}

/// What is known of a cell: one of the CRMV_CELL_ constants.
pub type crmv_cell_state = i32;
/// Its period has not begun by the end of observation: everything in it is 0.
pub const CRMV_CELL_NONE: i32 = 0;
/// Its period lies fully inside the observation.
pub const CRMV_CELL_COMPLETE: i32 = 1;
/// Its period was observed in part: what it holds is that part.
pub const CRMV_CELL_MASKED: i32 = 2;

/// What a cohort did at one age. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_cohort_cell {
    /// Customers with at least one purchase in the period.
    pub customers: u64,
    /// Purchase occasions: days on which a customer bought.
    pub orders: u64,
    /// Net amount, refunds deducted, in money.
    pub revenue: f64,
    /// The same of the margin column; 0 if the log has none.
    pub margin: f64,
    /// What is known of it.
    pub state: crmv_cell_state,
    /// 1 if the log has margins, else 0.
    pub has_margin: i32,
}

/// What `cohort` did at `age`, masked cells included. `struct_size`: sizeof(crmv_cohort_cell). Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_cohorts_cell(
    cohorts: Option<&crmv_cohorts>,
    cohort: usize,
    age: usize,
    out: *mut crmv_cohort_cell,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let table = &given(cohorts, "cohorts")?.table;
        for (what, index) in [("cohort", cohort), ("age", age)] {
            if index >= table.len() {
                return Err(Failure::OutOfRange { what, index, len: table.len() });
            }
        }
        let (cell, masked) = (table.cell(cohort, age), table.masked_cell(cohort, age));
        let state = match (cell.is_some(), masked.is_some()) {
            (true, _) => CRMV_CELL_COMPLETE,
            (_, true) => CRMV_CELL_MASKED,
            _ => CRMV_CELL_NONE,
        };
        let known = cell.or(masked);
        let value = crmv_cohort_cell {
            customers: known.map_or(0, |cell| cell.customers as u64),
            orders: known.map_or(0, |cell| cell.orders),
            revenue: known.map_or(0.0, |cell| cell.revenue),
            margin: known.and_then(|cell| cell.margin).unwrap_or(0.0),
            state,
            has_margin: table.has_margin().into(),
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, value, "out") }
    })
}

/// One calendar period over all cohorts. Fields may be added at the end in later versions.
///
/// The rates are 0 where the period is not complete or their denominator is 0.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_period_metrics {
    /// Customers acquired up to the end of the period: the base.
    pub base: u64,
    /// Customers whose first purchase lies in the period.
    pub new_customers: u64,
    /// Customers with at least one purchase in the period.
    pub active: u64,
    /// Purchase occasions.
    pub orders: u64,
    /// Net amount, in money.
    pub revenue: f64,
    /// Margin, in money; 0 if the log has none.
    pub margin: f64,
    /// ARPU of the active: revenue / active.
    pub arpu_active: f64,
    /// ARPU of the base: revenue / base.
    pub arpu_base: f64,
    /// AOV: revenue / orders.
    pub average_order_value: f64,
    /// Orders per active customer.
    pub orders_per_active: f64,
    /// Orders per customer of the base.
    pub orders_per_base: f64,
    /// First day of the period, as days since 1970-01-01.
    pub start: i32,
    /// Last day of the period.
    pub end: i32,
    /// 1 if the period lies fully inside the observation, else 0.
    pub complete: i32,
    /// 0.
    pub reserved: i32,
}

/// ARPU, order value and orders per customer of calendar period `index`, counted from that of the first cohort; there are as many as cohorts.
///
/// `struct_size`: sizeof(crmv_period_metrics). Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_cohorts_period(
    cohorts: Option<&crmv_cohorts>,
    index: usize,
    out: *mut crmv_period_metrics,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let periods = &given(cohorts, "cohorts")?.periods;
        let row = periods.get(index).ok_or(Failure::OutOfRange { what: "period", index, len: periods.len() })?;
        let value = crmv_period_metrics {
            base: row.base as u64,
            new_customers: row.new as u64,
            active: row.active as u64,
            orders: row.orders,
            revenue: row.revenue,
            margin: row.margin.unwrap_or(0.0),
            arpu_active: row.arpu_active.unwrap_or(0.0),
            arpu_base: row.arpu_base.unwrap_or(0.0),
            average_order_value: row.average_order_value.unwrap_or(0.0),
            orders_per_active: row.orders_per_active.unwrap_or(0.0),
            orders_per_base: row.orders_per_base.unwrap_or(0.0),
            start: row.start.days(),
            end: row.end.days(),
            complete: row.complete.into(),
            reserved: 0,
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, value, "out") }
    })
}

/// One age over all cohorts that have reached it. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_age_metrics {
    /// Cohorts with at least one customer whose cell at this age is not masked.
    pub cohorts: u64,
    /// The customers of these cohorts: the denominator.
    pub acquired: u64,
    /// Those of them with a purchase at this age.
    pub active: u64,
    /// Purchase occasions at this age.
    pub orders: u64,
    /// Net amount at this age, in money.
    pub revenue: f64,
    /// Margin at this age, in money; 0 if the log has none.
    pub margin: f64,
    /// active / acquired; 0 if acquired is 0, as the next.
    pub retention: f64,
    /// revenue / acquired.
    pub revenue_per_acquired: f64,
    /// revenue / active; 0 if nobody is active.
    pub revenue_per_active: f64,
}

/// All cohorts pooled at `age`; there are as many ages as cohorts. `struct_size`: sizeof(crmv_age_metrics). Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_cohorts_age(
    cohorts: Option<&crmv_cohorts>,
    age: usize,
    out: *mut crmv_age_metrics,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let ages = &given(cohorts, "cohorts")?.ages;
        let row = ages.get(age).ok_or(Failure::OutOfRange { what: "age", index: age, len: ages.len() })?;
        let value = crmv_age_metrics {
            cohorts: row.cohorts as u64,
            acquired: row.acquired as u64,
            active: row.active as u64,
            orders: row.orders,
            revenue: row.revenue,
            margin: row.margin.unwrap_or(0.0),
            retention: row.retention.unwrap_or(0.0),
            revenue_per_acquired: row.revenue_per_acquired.unwrap_or(0.0),
            revenue_per_active: row.revenue_per_active.unwrap_or(0.0),
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, value, "out") }
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
