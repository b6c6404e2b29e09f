//! How long customers stay: lifetimes, the survival curve and the log-rank test.

use std::mem::MaybeUninit;

use crm_value::{KaplanMeier, Lifetimes, LogRank};

use crate::error::{Failure, crmv_status};
use crate::ffi::{fill, given, guard, hand_over, room, slice, write_struct};
use crate::time::{crmv_unit, span};
use crate::transactions::{crmv_transactions, date};

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
    /// Share of those at risk who churned at this time.
    pub churn_rate: f64,
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

/// Number of customers, and of those who churned.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_survival_customers(
    survival: Option<&crmv_survival>,
    out_customers: Option<&mut MaybeUninit<usize>>,
    out_churned: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let (out_customers, out_churned) = (given(out_customers, "out_customers")?, given(out_churned, "out_churned")?);
        let curve = &given(survival, "survival")?.curve;
        out_customers.write(curve.customers());
        out_churned.write(curve.events());
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
            churn_rate: step.churn_rate,
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

/// Share of customers who stay longer than `time`. Writes 1 to `out_known`, or 0 (and the share 0) for a time at which nobody was observed any
/// more though customers were still there.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_survival_at(
    survival: Option<&crmv_survival>,
    time: f64,
    out: Option<&mut MaybeUninit<f64>>,
    out_known: Option<&mut MaybeUninit<i32>>,
) -> crmv_status {
    guard(|| {
        let (out, out_known) = (given(out, "out")?, given(out_known, "out_known")?);
        let share = given(survival, "survival")?.curve.survival_at(time);
        out.write(share.unwrap_or(0.0));
        out_known.write(i32::from(share.is_some()));
        Ok(())
    })
}

/// Mean time a customer stays within the first `until`, above 0: the area under the curve. Writes 1 to `out_known`, or 0 (and the time 0) if the
/// curve is not known that far. Errors: CRMV_HORIZON.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_survival_restricted_mean(
    survival: Option<&crmv_survival>,
    until: f64,
    out: Option<&mut MaybeUninit<f64>>,
    out_known: Option<&mut MaybeUninit<i32>>,
) -> crmv_status {
    guard(|| {
        let (out, out_known) = (given(out, "out")?, given(out_known, "out_known")?);
        let mean = given(survival, "survival")?.curve.restricted_mean(until)?;
        out.write(mean.unwrap_or(0.0));
        out_known.write(i32::from(mean.is_some()));
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

/// One group of a log-rank test. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_log_rank_group {
    /// The group's number as given.
    pub group: u64,
    /// Its customers.
    pub customers: u64,
    /// Those who churned.
    pub observed: u64,
    /// Those who would have if all groups stayed equally long.
    pub expected: f64,
}

/// Tests that 2 to 200 groups of customers stay equally long: durations and flags as in crmv_survival_new(), and a group number per customer.
///
/// `struct_size`: sizeof(crmv_log_rank). `out_groups`: NULL, or room for `capacity` structs of `group_size` = sizeof(crmv_log_rank_group) bytes,
/// one per group in rising order of their numbers. Errors: as crmv_survival_new(), and CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_log_rank_test(
    durations: *const f64,
    churned: *const u8,
    groups: *const u32,
    n: usize,
    out: *mut crmv_log_rank,
    struct_size: usize,
    out_groups: *mut crmv_log_rank_group,
    group_size: usize,
    capacity: usize,
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
        if !out_groups.is_null() {
            room(out_groups, capacity, test.groups().len(), "out_groups")?;
            for (position, group) in test.groups().iter().enumerate() {
                let row = crmv_log_rank_group {
                    group: group.group.into(),
                    customers: group.customers as u64,
                    observed: group.observed as u64,
                    expected: group.expected,
                };
                // SAFETY: the caller's contract in the header: `capacity` structs of `group_size` bytes, as the caller knows them.
                unsafe { write_struct(out_groups.byte_add(position * group_size), group_size, row, "out_groups") }?;
            }
        }
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, value, "out") }
    })
}
