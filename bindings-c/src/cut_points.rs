//! The yardstick of one column, and customers by high, medium and low value.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{CutPoints, Direction, QuantileScores, ValueLevel};

use crate::error::{Failure, crmv_status};
use crate::ffi::{fill, given, guard, hand_over, hand_over_json, room, slice, stored};

/// The yardstick of one column: the value at which each score begins. Small, without customer data, and applicable to new customers.
///
/// Immutable, so any number of threads may use it at once. Free it with crmv_cut_points_free().
#[derive(Debug)]
pub struct crmv_cut_points {
    pub(crate) cut_points: CutPoints,
}

/// The good end of a column: one of the CRMV_DIRECTION_ constants.
pub type crmv_direction = i32;
/// Large values earn high scores.
pub const CRMV_DIRECTION_HIGHER_IS_BETTER: i32 = 0;
/// Small values earn high scores.
pub const CRMV_DIRECTION_LOWER_IS_BETTER: i32 = 1;

pub(crate) fn direction(code: crmv_direction) -> Result<Direction, Failure> {
    match code {
        CRMV_DIRECTION_HIGHER_IS_BETTER => Ok(Direction::HigherIsBetter),
        CRMV_DIRECTION_LOWER_IS_BETTER => Ok(Direction::LowerIsBetter),
        other => Err(Failure::option("direction", other, "use one of the CRMV_DIRECTION_ constants")),
    }
}

/// Cut points of your own: the `n` inner borders of the bins in rising order, whatever the direction; one bin more than borders.
///
/// A value on a border earns the better of the two scores. Errors: CRMV_CUT_POINTS, CRMV_BINS, CRMV_INVALID_OPTION. Free them with
/// crmv_cut_points_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_cut_points_fixed(
    borders: *const f64,
    n: usize,
    good_end: crmv_direction,
    out: Option<&mut MaybeUninit<*mut crmv_cut_points>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let borders = unsafe { slice(borders, n, "borders") }?;
        hand_over(out, crmv_cut_points { cut_points: CutPoints::fixed(borders, direction(good_end)?)? });
        Ok(())
    })
}

/// Cut points that split `n` values into `bins` (1 to 100) quantiles, by the rule of crmv_rfm_options; equal values are never split.
///
/// Errors: CRMV_BINS, CRMV_EMPTY, CRMV_NON_FINITE, CRMV_INVALID_OPTION. Free them with crmv_cut_points_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_cut_points_by_quantiles(
    values: *const f64,
    n: usize,
    bins: usize,
    good_end: crmv_direction,
    out: Option<&mut MaybeUninit<*mut crmv_cut_points>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let values = unsafe { slice(values, n, "values") }?;
        let (_, cut_points) = QuantileScores::fit(values, bins, direction(good_end)?)?.into_parts();
        hand_over(out, crmv_cut_points { cut_points });
        Ok(())
    })
}

/// Frees cut points. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_cut_points_free(cut_points: Option<Box<crmv_cut_points>>) {
    guard(|| {
        drop(cut_points);
        Ok(())
    });
}

/// The number of bins, 1 to 100: scores run from 1 to it.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_cut_points_bins(cut_points: Option<&crmv_cut_points>, out: Option<&mut MaybeUninit<usize>>) -> crmv_status {
    guard(|| {
        let (cut_points, out) = (given(cut_points, "cut_points")?, given(out, "out")?);
        out.write(cut_points.cut_points.bins());
        Ok(())
    })
}

/// Which end of the column earns the high scores.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_cut_points_direction(
    cut_points: Option<&crmv_cut_points>,
    out: Option<&mut MaybeUninit<crmv_direction>>,
) -> crmv_status {
    guard(|| {
        let (cut_points, out) = (given(cut_points, "cut_points")?, given(out, "out")?);
        out.write(match cut_points.cut_points.direction() {
            Direction::HigherIsBetter => CRMV_DIRECTION_HIGHER_IS_BETTER,
            Direction::LowerIsBetter => CRMV_DIRECTION_LOWER_IS_BETTER,
        });
        Ok(())
    })
}

/// The cut points by rising score: scores to `scores`, the worst value that earns each to `values`, their number to `count`.
///
/// Scores that ties left empty have none, and neither has score 1 of fixed cut points. `scores`, `values`: room for `capacity` elements; the
/// number of bins is always enough. Errors: CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_cut_points_points(
    cut_points: Option<&crmv_cut_points>,
    scores: *mut u8,
    values: *mut f64,
    capacity: usize,
    count: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_points(&given(cut_points, "cut_points")?.cut_points, scores, values, capacity, count) })
}

/// # Safety
/// `scores` and `values` are NULL or have room for `capacity` elements.
pub(crate) unsafe fn write_points(
    cut_points: &CutPoints,
    scores: *mut u8,
    values: *mut f64,
    capacity: usize,
    count: Option<&mut MaybeUninit<usize>>,
) -> Result<(), Failure> {
    let (points, count) = (cut_points.points(), given(count, "count")?);
    room(scores, capacity, points.len(), "scores")?;
    room(values, capacity, points.len(), "values")?;
    let (all_scores, all_values): (Vec<u8>, Vec<f64>) = points.iter().map(|point| (point.score, point.value)).unzip();
    // SAFETY: the caller's contract.
    unsafe {
        fill(scores, capacity, &all_scores, "scores")?;
        fill(values, capacity, &all_values, "values")?;
    }
    count.write(points.len());
    Ok(())
}

/// The scores above 1 that no value can earn, because ties left them empty, rising: to `out`, their number to `count`.
///
/// `out`: room for `capacity` values; the number of bins is always enough. Errors: CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_cut_points_empty_scores(
    cut_points: Option<&crmv_cut_points>,
    out: *mut u8,
    capacity: usize,
    count: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let (cut_points, count) = (given(cut_points, "cut_points")?, given(count, "count")?);
        let empty = cut_points.cut_points.empty_scores();
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &empty, "out") }?;
        count.write(empty.len());
        Ok(())
    })
}

/// The score of each of `n` values, 1 to the number of bins, to `out`, which has room for `capacity` values.
///
/// Errors: CRMV_NON_FINITE, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_cut_points_apply(
    cut_points: Option<&crmv_cut_points>,
    values: *const f64,
    n: usize,
    out: *mut u8,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let cut_points = given(cut_points, "cut_points")?;
        room(out, capacity, n, "out")?;
        // SAFETY: the caller's contract in the header.
        let scores = cut_points.cut_points.apply(unsafe { slice(values, n, "values") }?)?;
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &scores, "out") }
    })
}

/// The cut points as JSON. Free it with crmv_string_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_cut_points_to_json(cut_points: Option<&crmv_cut_points>, out: Option<&mut MaybeUninit<*mut c_char>>) -> crmv_status {
    guard(|| hand_over_json(given(out, "out")?, &given(cut_points, "cut_points")?.cut_points))
}

/// The cut points that crmv_cut_points_to_json() wrote, checked again. Free them with crmv_cut_points_free().
///
/// `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_cut_points_from_json(
    json: *const c_char,
    out: Option<&mut MaybeUninit<*mut crmv_cut_points>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        hand_over(out, crmv_cut_points { cut_points: unsafe { stored(json, "cut points") }? });
        Ok(())
    })
}

/// Scores any one column (a margin, a predicted value) by quantiles into `bins` bins, 1 to 100, by the rule of crmv_rfm_options.
///
/// `values`: `n` values; `out`: room for `capacity` scores. Errors: CRMV_BINS, CRMV_EMPTY, CRMV_NON_FINITE, CRMV_INVALID_OPTION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_quantile_scores(
    values: *const f64,
    n: usize,
    bins: usize,
    good_end: crmv_direction,
    out: *mut u8,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        room(out, capacity, n, "out")?;
        // SAFETY: the caller's contract in the header.
        let values = unsafe { slice(values, n, "values") }?;
        let scores = QuantileScores::fit(values, bins, direction(good_end)?)?;
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, scores.scores(), "out") }
    })
}

/// The lower third of the customers by value.
pub const CRMV_VALUE_LOW: u8 = 0;
/// The middle third.
pub const CRMV_VALUE_MEDIUM: u8 = 1;
/// The upper third.
pub const CRMV_VALUE_HIGH: u8 = 2;

/// The level of each of `n` values, one of the CRMV_VALUE_ constants, by terciles; equal values are never split, so a level may stay empty.
///
/// `out`: room for `capacity` values. `cut_points`: receives the yardstick for new customers, whose scores are 1 (low), 2 and 3 (high), or
/// NULL; free it with crmv_cut_points_free(). Errors: CRMV_EMPTY, CRMV_NON_FINITE, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_value_levels(
    values: *const f64,
    n: usize,
    out: *mut u8,
    capacity: usize,
    cut_points: Option<&mut MaybeUninit<*mut crmv_cut_points>>,
) -> crmv_status {
    guard(|| {
        room(out, capacity, n, "out")?;
        // SAFETY: the caller's contract in the header.
        let (levels, yardstick) = ValueLevel::of(unsafe { slice(values, n, "values") }?)?;
        let code = |level: ValueLevel| match level {
            ValueLevel::Low => CRMV_VALUE_LOW,
            ValueLevel::Medium => CRMV_VALUE_MEDIUM,
            ValueLevel::High => CRMV_VALUE_HIGH,
        };
        let levels: Vec<u8> = levels.into_iter().map(code).collect();
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &levels, "out") }?;
        if let Some(cut_points) = cut_points {
            hand_over(cut_points, crmv_cut_points { cut_points: yardstick });
        }
        Ok(())
    })
}
