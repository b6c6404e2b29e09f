//! The period review.

use std::mem::MaybeUninit;

use crm_value::{Bridge, Date, Movement, PeriodReview, ReviewOptions, ReviewValue};

use crate::concentration::crmv_tiers;
use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, fill, given, guard, hand_over, optional_slice, read_options, room, slice, write_struct};
use crate::transactions::crmv_transactions;

/// Two periods side by side. Immutable. Free it with crmv_review_free().
#[derive(Debug)]
pub struct crmv_review {
    review: PeriodReview,
}

/// What a review of a log counts: one of the CRMV_REVIEW_ constants.
pub type crmv_review_value = i32;
/// Net amounts. The default.
pub const CRMV_REVIEW_REVENUE: i32 = 0;
/// The margin column.
pub const CRMV_REVIEW_MARGIN: i32 = 1;

/// What became of a customer from the first period to the second: one of the CRMV_MOVEMENT_ constants.
pub type crmv_movement = i32;
/// There in the second period for the first time.
pub const CRMV_MOVEMENT_NEW: i32 = 0;
/// There in the second period and before, but not in the first.
pub const CRMV_MOVEMENT_RETURNED: i32 = 1;
/// There in both, of greater value in the second.
pub const CRMV_MOVEMENT_GROWN: i32 = 2;
/// There in both, of the same value, up to the tolerance.
pub const CRMV_MOVEMENT_EQUAL: i32 = 3;
/// There in both, of smaller value in the second.
pub const CRMV_MOVEMENT_SHRUNK: i32 = 4;
/// There in the first period only.
pub const CRMV_MOVEMENT_LOST: i32 = 5;
/// There in neither, but known.
pub const CRMV_MOVEMENT_ABSENT: i32 = 6;

/// How two periods are compared. Set it up with crmv_review_options_init(); fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_review_options {
    /// Size of the struct, set by crmv_review_options_init().
    pub struct_size: usize,
    /// A retained customer is equal if the value changed by at most this share; default 0.
    pub tolerance: f64,
    /// Tiers by cumulative share of the customers, the first the top tier; NULL for 0.1, 0.3, 1.
    pub tier_bounds: *const f64,
    /// Number of tier bounds.
    pub tiers: usize,
    /// What is counted.
    pub value: crmv_review_value,
}

// SAFETY: numbers and pointers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_review_options {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        crmv_review_options {
            struct_size: size_of::<Self>(),
            tolerance: ReviewOptions::default().tolerance,
            tier_bounds: std::ptr::null(),
            tiers: 0,
            value: CRMV_REVIEW_REVENUE,
        }
    }
}

/// From the value of the first period to that of the second, in money: value_1 + new_customers + returned + growth - shrinkage - lost + absent =
/// value_2. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_bridge {
    /// Value of the first period.
    pub value_1: f64,
    /// Value of the new customers.
    pub new_customers: f64,
    /// Value of the returned customers.
    pub returned: f64,
    /// Rises of the retained customers.
    pub growth: f64,
    /// Falls of the retained customers.
    pub shrinkage: f64,
    /// Value of the lost customers.
    pub lost: f64,
    /// Change of the customers without a purchase in either period: 0 unless they were refunded something.
    pub absent: f64,
    /// Value of the second period.
    pub value_2: f64,
}

/// The top tier of the first period, then and now. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_top_tier {
    /// Customers in the top tier of the first period.
    pub customers: u64,
    /// Their value in the first period.
    pub value_1: f64,
    /// The value of the same customers in the second period.
    pub value_2: f64,
    /// value_2 / value_1 - 1; see has_growth.
    pub growth: f64,
    /// retained / customers, in [0, 1]; 0 without customers.
    pub retention: f64,
    /// stayed / customers, in [0, 1]; 0 without customers.
    pub stay_share: f64,
    /// Those of them who were there in the second period.
    pub retained: u64,
    /// Those of them who were in the top tier again.
    pub stayed: u64,
    /// Those who fell to a lower tier.
    pub fallen: u64,
    /// Those who were lost.
    pub lost: u64,
    /// Customers in the top tier of the second period.
    pub customers_now: u64,
    /// Their value in the second period.
    pub value_now: f64,
    /// Those of them who rose from a lower tier.
    pub risen: u64,
    /// Those of them who are new or returned.
    pub arrived: u64,
    /// 1 if there is a growth, 0 (and growth 0) unless value_1 is above 0.
    pub has_growth: i32,
    /// 0.
    pub reserved: i32,
}

/// Sets options to their defaults.
///
/// `struct_size`: sizeof(crmv_review_options).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_review_options_init(options: *mut crmv_review_options, struct_size: usize) -> crmv_status {
    guard(|| {
        let value = crmv_review_options { struct_size, ..Growing::defaults() };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(options, struct_size, value, "options") }
    })
}

/// # Safety
/// As [`read_options`]; `tier_bounds` is NULL or points to `tiers` numbers.
unsafe fn options(options: *const crmv_review_options) -> Result<ReviewOptions, Failure> {
    // SAFETY: the caller's contract.
    let given = unsafe { read_options(options) }?;
    // SAFETY: the caller's contract.
    let bounds = unsafe { optional_slice(given.tier_bounds, given.tiers, "tier_bounds") }?;
    let value = match given.value {
        CRMV_REVIEW_REVENUE => ReviewValue::Revenue,
        CRMV_REVIEW_MARGIN => ReviewValue::Margin,
        other => return Err(Failure::option("value", other, "use one of the CRMV_REVIEW_ constants")),
    };
    let defaults = ReviewOptions::default();
    Ok(ReviewOptions { value, tolerance: given.tolerance, tier_bounds: bounds.map_or(defaults.tier_bounds, <[f64]>::to_vec) })
}

/// Compares two periods of a log, each given by its first and last day (days since 1970-01-01, included).
///
/// `first`, `second`: two days each; the first period must end before the second begins. `review_options`: NULL for the defaults. Errors:
/// CRMV_INVALID_OPTION, CRMV_DATE_OUT_OF_RANGE, CRMV_END_BEFORE_FIRST_PURCHASE, CRMV_TIER_BOUNDS, CRMV_NON_FINITE. Free it with
/// crmv_review_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_review_new(
    log: Option<&crmv_transactions>,
    first: *const i32,
    second: *const i32,
    review_options: *const crmv_review_options,
    out: Option<&mut MaybeUninit<*mut crmv_review>>,
) -> crmv_status {
    guard(|| {
        let (log, out) = (given(log, "log")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let (first, second, options) = unsafe { (slice(first, 2, "first")?, slice(second, 2, "second")?, options(review_options)?) };
        let period = |days: &[i32]| Ok::<_, Failure>((Date::from_days(days[0])?, Date::from_days(days[1])?));
        hand_over(out, crmv_review { review: PeriodReview::of(&log.log, period(first)?, period(second)?, &options)? });
        Ok(())
    })
}

/// Compares two columns of values, one row per customer.
///
/// `value_1`, `value_2`: `n` values. `present_1`, `present_2`: `n` flags, 0 where the customer was not there (the value is not read). `known_before`:
/// `n` flags, not 0 for customers from before the first period; or NULL if there are none. Errors: CRMV_EMPTY, CRMV_NON_FINITE, and for the
/// options as crmv_review_new(). Free it with crmv_review_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_review_from_columns(
    value_1: *const f64,
    present_1: *const u8,
    value_2: *const f64,
    present_2: *const u8,
    known_before: *const u8,
    n: usize,
    review_options: *const crmv_review_options,
    out: Option<&mut MaybeUninit<*mut crmv_review>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let (value_1, present_1) = unsafe { (slice(value_1, n, "value_1")?, slice(present_1, n, "present_1")?) };
        // SAFETY: as above.
        let (value_2, present_2) = unsafe { (slice(value_2, n, "value_2")?, slice(present_2, n, "present_2")?) };
        // SAFETY: as above.
        let (known, options) = unsafe { (optional_slice(known_before, n, "known_before")?, options(review_options)?) };
        let column = |values: &[f64], present: &[u8]| -> Vec<Option<f64>> {
            values.iter().zip(present).map(|(&value, &present)| (present != 0).then_some(value)).collect()
        };
        let known: Option<Vec<bool>> = known.map(|flags| flags.iter().map(|&flag| flag != 0).collect());
        let review = PeriodReview::from_columns(&column(value_1, present_1), &column(value_2, present_2), known.as_deref(), &options)?;
        hand_over(out, crmv_review { review });
        Ok(())
    })
}

/// Frees a review. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_review_free(review: Option<Box<crmv_review>>) {
    guard(|| {
        drop(review);
        Ok(())
    });
}

/// Number of customers: those first seen until the end of the second period, in the order of crmv_transactions_summarize() with that end.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_review_count(review: Option<&crmv_review>, out: Option<&mut MaybeUninit<usize>>) -> crmv_status {
    guard(|| {
        let (review, out) = (given(review, "review")?, given(out, "out")?);
        out.write(review.review.movements().len());
        Ok(())
    })
}

/// From the value of the first period to that of the second.
///
/// `struct_size`: sizeof(crmv_bridge).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_review_bridge(review: Option<&crmv_review>, out: *mut crmv_bridge, struct_size: usize) -> crmv_status {
    guard(|| {
        let Bridge { value_1, new, returned, growth, shrinkage, lost, absent, value_2, .. } = given(review, "review")?.review.bridge();
        let value = crmv_bridge { value_1, new_customers: new, returned, growth, shrinkage, lost, absent, value_2 };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, value, "out") }
    })
}

/// What became of every customer.
///
/// `out`: room for `capacity` elements, at least the number of customers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_review_movements(review: Option<&crmv_review>, out: *mut crmv_movement, capacity: usize) -> crmv_status {
    guard(|| {
        let movements: Vec<i32> = given(review, "review")?.review.movements().iter().map(|&movement| movement as i32).collect();
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &movements, "out") }
    })
}

/// The value of every customer in the first and in the second period; 0 for a customer who was not there.
///
/// `out_1`, `out_2`: room for `capacity` elements each, at least the number of customers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_review_values(
    review: Option<&crmv_review>,
    out_1: *mut f64,
    out_2: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let review = &given(review, "review")?.review;
        room(out_2, capacity, review.values(1).len(), "out_2")?;
        // SAFETY: the caller's contract in the header.
        unsafe {
            fill(out_1, capacity, review.values(0), "out_1")?;
            fill(out_2, capacity, review.values(1), "out_2")
        }
    })
}

/// The customers of one movement in numbers. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_movement_summary {
    /// Number of customers.
    pub customers: u64,
    /// Their value in the first period, in money.
    pub value_1: f64,
    /// Their value in the second period, in money.
    pub value_2: f64,
}

/// The customers of one movement in numbers. `struct_size`: sizeof(crmv_movement_summary). Errors: CRMV_INVALID_OPTION (movement).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_review_movement(
    review: Option<&crmv_review>,
    movement: crmv_movement,
    out: *mut crmv_movement_summary,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let review = &given(review, "review")?.review;
        let known = usize::try_from(movement).ok().and_then(|movement| Movement::ALL.get(movement));
        let summary = known.and_then(|known| review.summaries().iter().find(|summary| summary.movement == *known));
        let summary = summary.ok_or_else(|| Failure::option("movement", movement, "use one of the CRMV_MOVEMENT_ constants"))?;
        let value = crmv_movement_summary { customers: summary.customers as u64, value_1: summary.value_1, value_2: summary.value_2 };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, value, "out") }
    })
}

/// One of the two periods in numbers. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_review_period {
    /// Customers with a purchase in the period.
    pub customers: u64,
    /// Customers of the period whose value is negative.
    pub negative: u64,
    /// The value of the period, in money, refunds to customers without a purchase in it included.
    pub value: f64,
    /// value / customers, in money; 0 without customers.
    pub mean_value: f64,
    /// The Gini coefficient of the customers of the period, negative values counted as 0; see has_gini.
    pub gini: f64,
    /// The share of the value that the customers of the top tier's fraction hold, counted as for gini; see has_gini.
    pub top_share: f64,
    /// 1 if there are gini and top_share, 0 (and both 0) if no value is above 0.
    pub has_gini: i32,
    /// 0.
    pub reserved: i32,
}

/// Period 1 (`period` 0) or 2 (`period` 1) in numbers. `struct_size`: sizeof(crmv_review_period). Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_review_period_get(
    review: Option<&crmv_review>,
    period: usize,
    out: *mut crmv_review_period,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let periods = given(review, "review")?.review.periods();
        let row = periods.get(period).ok_or(Failure::OutOfRange { what: "period", index: period, len: periods.len() })?;
        let value = crmv_review_period {
            customers: row.customers as u64,
            negative: row.negative as u64,
            value: row.value,
            mean_value: row.mean_value.unwrap_or(0.0),
            gini: row.gini.unwrap_or(0.0),
            top_share: row.top_share.unwrap_or(0.0),
            has_gini: row.gini.is_some().into(),
            reserved: 0,
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, value, "out") }
    })
}

/// The tier, 0 the top, of every customer in period 1 (`period` 0) or 2 (`period` 1), and 1 where there is one, 0 (and the tier 0) where the
/// customer was not there.
///
/// `out`, `out_present`: room for `capacity` elements each, at least the number of customers. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_review_tier_of(
    review: Option<&crmv_review>,
    period: usize,
    out: *mut u8,
    out_present: *mut u8,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let migration = given(review, "review")?.review.migration();
        if period > 1 {
            return Err(Failure::OutOfRange { what: "period", index: period, len: 2 });
        }
        let tiers = migration.tier_of(period).iter().map(|tier| (tier.unwrap_or(0), u8::from(tier.is_some())));
        let (tiers, present): (Vec<u8>, Vec<u8>) = tiers.unzip();
        room(out_present, capacity, present.len(), "out_present")?;
        // SAFETY: the caller's contract in the header.
        unsafe {
            fill(out, capacity, &tiers, "out")?;
            fill(out_present, capacity, &present, "out_present")
        }
    })
}

/// The tiers of period 1 (`period` 0) or 2 (`period` 1). Errors: CRMV_OUT_OF_RANGE. Free them with crmv_tiers_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_review_tiers(
    review: Option<&crmv_review>,
    period: usize,
    out: Option<&mut MaybeUninit<*mut crmv_tiers>>,
) -> crmv_status {
    guard(|| {
        let (review, out) = (given(review, "review")?, given(out, "out")?);
        let tiers = review.review.migration().tiers(period).ok_or(Failure::OutOfRange { what: "period", index: period, len: 2 })?;
        hand_over(out, crmv_tiers { tiers: tiers.clone() });
        Ok(())
    })
}

/// The top tier of the first period, then and now.
///
/// `struct_size`: sizeof(crmv_top_tier).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_review_top_tier(review: Option<&crmv_review>, out: *mut crmv_top_tier, struct_size: usize) -> crmv_status {
    guard(|| {
        let top = given(review, "review")?.review.top_tier();
        let value = crmv_top_tier {
            customers: top.customers as u64,
            value_1: top.value_1,
            value_2: top.value_2,
            growth: top.growth.unwrap_or(0.0),
            retention: top.retention.unwrap_or(0.0),
            stay_share: top.stay_share.unwrap_or(0.0),
            retained: top.retained as u64,
            stayed: top.stayed as u64,
            fallen: top.fallen as u64,
            lost: top.lost as u64,
            customers_now: top.customers_now as u64,
            value_now: top.value_now,
            risen: top.risen as u64,
            arrived: top.arrived as u64,
            has_growth: top.growth.is_some().into(),
            reserved: 0,
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, value, "out") }
    })
}

/// Customers, and their values in both periods, by tier of the first period and of the second, row by row: the rows are the tiers (the top
/// first), the new and the returned customers, the columns the tiers and the lost ones.
///
/// `out_customers`, `out_value_1`, `out_value_2`: room for `capacity` elements each, at least (tiers + 2) x (tiers + 1).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_review_migration(
    review: Option<&crmv_review>,
    out_customers: *mut u64,
    out_value_1: *mut f64,
    out_value_2: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let migration = given(review, "review")?.review.migration();
        let places = (0..migration.rows()).flat_map(|row| (0..migration.columns()).map(move |column| (row, column)));
        let cells: Vec<(usize, f64, f64)> = places.filter_map(|(row, column)| migration.cell(row, column)).collect();
        room(out_customers, capacity, cells.len(), "out_customers")?;
        room(out_value_1, capacity, cells.len(), "out_value_1")?;
        room(out_value_2, capacity, cells.len(), "out_value_2")?;
        let customers: Vec<u64> = cells.iter().map(|cell| cell.0 as u64).collect();
        let (value_1, value_2): (Vec<f64>, Vec<f64>) = cells.iter().map(|cell| (cell.1, cell.2)).unzip();
        // SAFETY: the caller's contract in the header.
        unsafe {
            fill(out_customers, capacity, &customers, "out_customers")?;
            fill(out_value_1, capacity, &value_1, "out_value_1")?;
            fill(out_value_2, capacity, &value_2, "out_value_2")
        }
    })
}

/// The value of period 1 (`period` 0) or 2 (`period` 1) that is expected to be lost: the sum of (1 - P(alive)) times value, in money.
///
/// `p_alive`: `n` probabilities at the end of that period, one per customer known then: those of crmv_transactions_summarize() with that end.
/// `out_share`: NULL, or the same over the value of the period; `out_has_share`: NULL, or 1 if there is one, 0 (and the share 0) unless that value
/// is above 0.
/// Errors: CRMV_INVALID_OPTION, CRMV_LENGTH_MISMATCH, CRMV_NON_FINITE, CRMV_NEGATIVE, CRMV_SHARE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_review_value_at_risk(
    review: Option<&crmv_review>,
    period: usize,
    p_alive: *const f64,
    n: usize,
    out: Option<&mut MaybeUninit<f64>>,
    out_share: Option<&mut MaybeUninit<f64>>,
    out_has_share: Option<&mut MaybeUninit<i32>>,
) -> crmv_status {
    guard(|| {
        let (review, out) = (given(review, "review")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let p_alive = unsafe { slice(p_alive, n, "p_alive") }?;
        let at_risk = review.review.value_at_risk(period, p_alive)?;
        out.write(at_risk.value);
        if let Some(out_share) = out_share {
            out_share.write(at_risk.share.unwrap_or(0.0));
        }
        if let Some(out_has_share) = out_has_share {
            out_has_share.write(at_risk.share.is_some().into());
        }
        Ok(())
    })
}
