//! Stages of the relationship.

use std::mem::MaybeUninit;

use crm_value::{Relationship, Stage, StageBasis, StageRules};

use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, fill, given, guard, optional_slice, read_options, room, slice, write_struct};
use crate::transactions::{crmv_transactions, date};

/// Where a customer stands: one of the CRMV_STAGE_ constants.
pub type crmv_stage = i32;
/// Has not bought yet.
pub const CRMV_STAGE_PROSPECT: i32 = 0;
/// Bought for the first time not long ago, and once.
pub const CRMV_STAGE_NEW: i32 = 1;
/// Buys in the usual rhythm.
pub const CRMV_STAGE_ACTIVE: i32 = 2;
/// Overdue.
pub const CRMV_STAGE_AT_RISK: i32 = 3;
/// Long overdue.
pub const CRMV_STAGE_LAPSED: i32 = 4;
/// Hardly to be expected back.
pub const CRMV_STAGE_LOST: i32 = 5;
/// Came back not long ago, after having lapsed.
pub const CRMV_STAGE_WON_BACK: i32 = 6;

/// The rules of the stages. Set them up with crmv_stage_rules_init(); fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_stage_rules {
    /// Size of the struct, set by crmv_stage_rules_init().
    pub struct_size: usize,
    /// Days for which a first purchase makes a customer new; default 90.
    pub new_within: f64,
    /// Days for which a return makes a customer won back; default 90.
    pub won_back_within: f64,
    /// Upper limits of active, at risk and lapsed in multiples of the usual gap; default 2, 3, 6.
    pub rhythm: [f64; 3],
    /// Lower limits of active, at risk and lapsed in P(alive); default 0.8, 0.5, 0.2.
    pub p_alive: [f64; 3],
    /// Days between purchases of customers with fewer than two gaps; 0 (the default) for the median of the base.
    pub usual_gap: f64,
}

// SAFETY: numbers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_stage_rules {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        let StageRules { new_within, won_back_within, rhythm, p_alive, usual_gap } = StageRules::default();
        crmv_stage_rules {
            struct_size: size_of::<Self>(),
            new_within,
            won_back_within,
            rhythm,
            p_alive,
            usual_gap: usual_gap.unwrap_or(0.0),
        }
    }
}

/// Sets rules to their defaults.
///
/// `struct_size`: sizeof(crmv_stage_rules).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_stage_rules_init(rules: *mut crmv_stage_rules, struct_size: usize) -> crmv_status {
    guard(|| {
        let value = crmv_stage_rules { struct_size, ..Growing::defaults() };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(rules, struct_size, value, "rules") }
    })
}

/// # Safety
/// As [`read_options`].
unsafe fn stage_rules(rules: *const crmv_stage_rules) -> Result<StageRules, Failure> {
    // SAFETY: the caller's contract.
    let rules = unsafe { read_options(rules) }?;
    Ok(StageRules {
        new_within: rules.new_within,
        won_back_within: rules.won_back_within,
        rhythm: rules.rhythm,
        p_alive: rules.p_alive,
        usual_gap: (rules.usual_gap.abs() > 0.0 || rules.usual_gap.is_nan()).then_some(rules.usual_gap),
    })
}

fn codes(stages: Vec<Stage>) -> Vec<crmv_stage> {
    stages.into_iter().map(|stage| stage as i32).collect()
}

pub(crate) fn stage(code: crmv_stage) -> Result<Stage, Failure> {
    let known = usize::try_from(code).ok().and_then(|code| Stage::ALL.get(code)).copied();
    known.ok_or_else(|| Failure::option("stages", code, "use the CRMV_STAGE_ constants"))
}

/// The stage of every customer of a log first seen until the end of observation, in the order of the customers of crmv_transactions_summarize()
/// with the same end.
///
/// `rules`: NULL for the defaults. `observed_until`: days since 1970-01-01, or NULL for the last date of the log. `p_alive`: `n` values, to go by
/// P(alive); NULL to go by rhythm. `out`: room for `n` elements, at least one per customer. Errors: CRMV_INVALID_OPTION, CRMV_LENGTH_MISMATCH,
/// CRMV_END_BEFORE_FIRST_PURCHASE, and for P(alive) outside [0, 1] CRMV_NON_FINITE, CRMV_NEGATIVE, CRMV_SHARE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_stages(
    log: Option<&crmv_transactions>,
    rules: *const crmv_stage_rules,
    observed_until: Option<&i32>,
    p_alive: *const f64,
    out: *mut crmv_stage,
    n: usize,
) -> crmv_status {
    guard(|| {
        // SAFETY: the caller's contract in the header.
        let (rules, p_alive) = unsafe { (stage_rules(rules)?, optional_slice(p_alive, n, "p_alive")?) };
        let base = Relationship::of(&given(log, "log")?.log, &rules, date(observed_until)?)?;
        let stages = codes(rules.assign(&base, p_alive.map_or(StageBasis::Rhythm, StageBasis::PAlive))?);
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, n, &stages, "out") }
    })
}

/// What the rules look at, for one customer, in days before the end of observation. This struct is frozen: it will never change.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_relationship {
    /// Purchase occasions, a whole number; a prospect has 0, and its other fields are not read.
    pub purchases: f64,
    /// Days since the first purchase.
    pub since_first: f64,
    /// Days since the last purchase.
    pub since_last: f64,
    /// Mean days between purchases, above 0; see has_own_gap.
    pub own_gap: f64,
    /// Days since the latest purchase after a gap that counted as lapsed; see has_since_return.
    pub since_return: f64,
    /// 1 if there is an own_gap, which takes two gaps, else 0.
    pub has_own_gap: i32,
    /// 1 if the customer came back after having lapsed, else 0.
    pub has_since_return: i32,
}

/// What the rules look at, for every customer of a log first seen until the end of observation; arguments and order as crmv_stages().
///
/// `out`: room for `capacity` structs. Errors: CRMV_END_BEFORE_FIRST_PURCHASE, CRMV_INVALID_OPTION, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_relationships(
    log: Option<&crmv_transactions>,
    rules: *const crmv_stage_rules,
    observed_until: Option<&i32>,
    out: *mut crmv_relationship,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        // SAFETY: the caller's contract in the header.
        let rules = unsafe { stage_rules(rules) }?;
        let base = Relationship::of(&given(log, "log")?.log, &rules, date(observed_until)?)?;
        let row = |i: usize| crmv_relationship {
            purchases: f64::from(base.purchases()[i]),
            since_first: base.since_first()[i],
            since_last: base.since_last()[i],
            own_gap: base.own_gap(i).unwrap_or(0.0),
            since_return: base.since_return()[i].unwrap_or(0.0),
            has_own_gap: base.own_gap(i).is_some().into(),
            has_since_return: base.since_return()[i].is_some().into(),
        };
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &(0..base.len()).map(row).collect::<Vec<_>>(), "out") }
    })
}

/// The median of the customers' own days between purchases, by which the others are measured unless the rules give a usual gap. Writes 1 to
/// `out_known`, or 0 (and the days 0) if nobody has two gaps. Arguments and errors as crmv_stages().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_usual_gap(
    log: Option<&crmv_transactions>,
    rules: *const crmv_stage_rules,
    observed_until: Option<&i32>,
    out: Option<&mut MaybeUninit<f64>>,
    out_known: Option<&mut MaybeUninit<i32>>,
) -> crmv_status {
    guard(|| {
        let (log, out, out_known) = (given(log, "log")?, given(out, "out")?, given(out_known, "out_known")?);
        // SAFETY: the caller's contract in the header.
        let rules = unsafe { stage_rules(rules) }?;
        let gap = Relationship::of(&log.log, &rules, date(observed_until)?)?.usual_gap();
        out.write(gap.unwrap_or(0.0));
        out_known.write(i32::from(gap.is_some()));
        Ok(())
    })
}

/// The stages of customers, prospects among them, of whom these things are known.
///
/// `customers`: `n` structs. `rules`: NULL for the defaults. `p_alive`: `n` values, to go by P(alive); NULL to go by rhythm. `out`: room for
/// `capacity` elements. Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_NEGATIVE, CRMV_NOT_A_COUNT, CRMV_NOT_POSITIVE (a gap of 0),
/// CRMV_RECENCY_EXCEEDS_AGE, CRMV_INVALID_OPTION, CRMV_SHARE, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_stages_of(
    customers: *const crmv_relationship,
    n: usize,
    rules: *const crmv_stage_rules,
    p_alive: *const f64,
    out: *mut crmv_stage,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        room(out, capacity, n, "out")?;
        // SAFETY: the caller's contract in the header.
        let (rows, rules) = unsafe { (slice(customers, n, "customers")?, stage_rules(rules)?) };
        // SAFETY: the caller's contract in the header.
        let p_alive = unsafe { optional_slice(p_alive, n, "p_alive") }?;
        let column = |value: fn(&crmv_relationship) -> f64| rows.iter().map(value).collect::<Vec<f64>>();
        let own_gap: Vec<Option<f64>> = rows.iter().map(|row| (row.has_own_gap != 0).then_some(row.own_gap)).collect();
        let since_return: Vec<Option<f64>> = rows.iter().map(|row| (row.has_since_return != 0).then_some(row.since_return)).collect();
        let (purchases, since_first) = (column(|row| row.purchases), column(|row| row.since_first));
        let base = Relationship::from_columns(&purchases, &since_first, &column(|row| row.since_last), &own_gap, &since_return)?;
        let stages = codes(rules.assign(&base, p_alive.map_or(StageBasis::Rhythm, StageBasis::PAlive))?);
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &stages, "out") }
    })
}
