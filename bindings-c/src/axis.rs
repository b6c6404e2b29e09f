//! Criteria of matrices, and what to do with the customers of a cell.

use std::ffi::{CString, c_char};
use std::mem::MaybeUninit;
use std::ptr::null;
use std::sync::OnceLock;

use crm_value::{Action, ActionTable, CutPoints, MatrixAxis, Stage};

use crate::cut_points::{crmv_direction, direction};
use crate::error::{Failure, c_string, crmv_status};
use crate::ffi::{fill, given, guard, hand_over, slice, text, texts};
use crate::matrix::{crmv_matrix, hand_over_matrix};
use crate::stages::{crmv_stage, stage};

/// A criterion of a matrix: its levels, and the level of every customer. Immutable. Free it with crmv_matrix_axis_free().
#[derive(Debug)]
pub struct crmv_matrix_axis {
    pub(crate) axis: MatrixAxis,
}

fn hand_over_axis(out: Option<&mut MaybeUninit<*mut crmv_matrix_axis>>, axis: crm_value::Result<MatrixAxis>) -> Result<(), Failure> {
    hand_over(given(out, "out")?, crmv_matrix_axis { axis: axis? });
    Ok(())
}

/// # Safety
/// As [`texts`].
unsafe fn all_texts<'a>(column: *const *const c_char, n: usize, name: &'static str) -> Result<Vec<&'a str>, Failure> {
    // SAFETY: the caller's contract.
    unsafe { texts(column, n, name) }?.into_iter().collect::<Option<_>>().ok_or(Failure::NullPointer(name))
}

/// A column of labels; the levels are the distinct labels in the order of their characters, at most 100.
///
/// `name`: the criterion's, a NUL-terminated text. `labels`: `n` such texts. Errors: CRMV_EMPTY, CRMV_INVALID_OPTION, CRMV_INVALID_UTF8. Free it
/// with crmv_matrix_axis_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_matrix_axis_labels(
    name: *const c_char,
    labels: *const *const c_char,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_matrix_axis>>,
) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { hand_over_axis(out, MatrixAxis::labels(text(name, "name")?, &all_texts(labels, n, "labels")?)) })
}

/// Levels in an order of one's own, `n_levels` texts, and the position, counted from 0, of every customer's level among them.
///
/// Errors: CRMV_EMPTY; CRMV_INVALID_OPTION for more than 100 levels, a level that occurs twice and a position that is none. Otherwise as
/// crmv_matrix_axis_labels().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_matrix_axis_positions(
    name: *const c_char,
    levels: *const *const c_char,
    n_levels: usize,
    positions: *const u32,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_matrix_axis>>,
) -> crmv_status {
    guard(|| {
        // SAFETY: the caller's contract in the header.
        let (levels, positions) = unsafe { (all_texts(levels, n_levels, "levels")?, slice(positions, n, "positions")?) };
        let positions: Vec<usize> = positions.iter().map(|&position| position as usize).collect();
        // SAFETY: the caller's contract in the header.
        hand_over_axis(out, MatrixAxis::positions(unsafe { text(name, "name") }?, &levels, &positions))
    })
}

/// A column of numbers, such as satisfaction, cut at `n_borders` borders in rising order, one level more than borders: "1", "2", ... from worst
/// to best. A value on a border belongs to the better level.
///
/// `values`: `n` values; `good_end`: which of them are good. Errors: CRMV_CUT_POINTS, CRMV_BINS, CRMV_EMPTY, CRMV_NON_FINITE,
/// CRMV_INVALID_OPTION. Otherwise as crmv_matrix_axis_labels().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_matrix_axis_binned(
    name: *const c_char,
    values: *const f64,
    n: usize,
    borders: *const f64,
    n_borders: usize,
    good_end: crmv_direction,
    out: Option<&mut MaybeUninit<*mut crmv_matrix_axis>>,
) -> crmv_status {
    guard(|| {
        // SAFETY: the caller's contract in the header.
        let (values, borders) = unsafe { (slice(values, n, "values")?, slice(borders, n_borders, "borders")?) };
        let cut_points = CutPoints::fixed(borders, direction(good_end)?)?;
        // SAFETY: the caller's contract in the header.
        hand_over_axis(out, MatrixAxis::binned(unsafe { text(name, "name") }?, values, &cut_points))
    })
}

/// A column of numbers cut into `bins` quantiles by the rule of crmv_quantile_scores(): "1", "2", ... from worst to best. Ties are never split,
/// so a level may be empty.
///
/// Errors: CRMV_BINS, CRMV_EMPTY, CRMV_NON_FINITE, CRMV_INVALID_OPTION. Otherwise as crmv_matrix_axis_binned().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_matrix_axis_quantiles(
    name: *const c_char,
    values: *const f64,
    n: usize,
    bins: usize,
    good_end: crmv_direction,
    out: Option<&mut MaybeUninit<*mut crmv_matrix_axis>>,
) -> crmv_status {
    guard(|| {
        // SAFETY: the caller's contract in the header.
        let (name, values) = unsafe { (text(name, "name")?, slice(values, n, "values")?) };
        hand_over_axis(out, MatrixAxis::quantiles(name, values, bins, direction(good_end)?))
    })
}

/// A column of numbers cut into "low", "medium" and "high". Otherwise as crmv_matrix_axis_quantiles().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_matrix_axis_terciles(
    name: *const c_char,
    values: *const f64,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_matrix_axis>>,
) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { hand_over_axis(out, MatrixAxis::terciles(text(name, "name")?, slice(values, n, "values")?)) })
}

/// A column of scores from 1 to `bins`, such as those of RFM. Errors: CRMV_EMPTY, CRMV_BINS, CRMV_INVALID_OPTION for a score outside them.
/// Otherwise as crmv_matrix_axis_labels().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_matrix_axis_scores(
    name: *const c_char,
    scores: *const u8,
    n: usize,
    bins: usize,
    out: Option<&mut MaybeUninit<*mut crmv_matrix_axis>>,
) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { hand_over_axis(out, MatrixAxis::scores(text(name, "name")?, slice(scores, n, "scores")?, bins)) })
}

/// The stages of `n` customers; the levels are the seven CRMV_STAGE_ constants in their order. Errors: CRMV_EMPTY, CRMV_INVALID_OPTION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_matrix_axis_stages(
    stages: *const crmv_stage,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_matrix_axis>>,
) -> crmv_status {
    guard(|| {
        // SAFETY: the caller's contract in the header.
        let codes = unsafe { slice(stages, n, "stages") }?;
        let stages = codes.iter().map(|&code| stage(code)).collect::<Result<Vec<Stage>, Failure>>()?;
        hand_over_axis(out, MatrixAxis::stages(&stages))
    })
}

/// A copy of an axis with other names for its levels, `n_levels` texts. Errors: CRMV_LENGTH_MISMATCH, CRMV_INVALID_OPTION for a name that occurs
/// twice. Free it with crmv_matrix_axis_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_matrix_axis_with_levels(
    axis: Option<&crmv_matrix_axis>,
    levels: *const *const c_char,
    n_levels: usize,
    out: Option<&mut MaybeUninit<*mut crmv_matrix_axis>>,
) -> crmv_status {
    guard(|| {
        let axis = given(axis, "axis")?.axis.clone();
        // SAFETY: the caller's contract in the header.
        hand_over_axis(out, axis.with_levels(&unsafe { all_texts(levels, n_levels, "levels") }?))
    })
}

/// Frees an axis. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_matrix_axis_free(axis: Option<Box<crmv_matrix_axis>>) {
    guard(|| {
        drop(axis);
        Ok(())
    });
}

/// The position, counted from 0, of every customer's level. `out`: room for `capacity` elements, at least one per customer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_matrix_axis_level_of(axis: Option<&crmv_matrix_axis>, out: *mut u8, capacity: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { fill(out, capacity, given(axis, "axis")?.axis.level_of(), "out") })
}

/// What to do with the customers of cells. This struct is frozen: it will never change.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_action {
    /// What to do, a NUL-terminated text.
    pub action: *const c_char,
    /// The level of the row axis it is for; NULL for all.
    pub row: *const c_char,
    /// The level of the column axis it is for; NULL for all.
    pub column: *const c_char,
}

/// A table of actions that comes with the library: one of the CRMV_ACTIONS_ constants.
pub type crmv_action_table = i32;
/// For value (low, medium, high) by stage.
pub const CRMV_ACTIONS_VALUE_BY_STAGE: i32 = 0;
/// For value (low, medium, high) by churn risk (very high, high, medium, low).
pub const CRMV_ACTIONS_VALUE_BY_CHURN_RISK: i32 = 1;

/// The rows of a table of actions that comes with the library, first match first, to be changed and given to crmv_matrix_with_actions().
///
/// `out`: room for `capacity` structs, whose texts are static. `out_count`: how many rows there are, also if there is no room for them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_default_actions(
    table: crmv_action_table,
    out: *mut crmv_action,
    capacity: usize,
    out_count: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    type Texts = [Option<CString>; 3];
    static TABLES: OnceLock<[Vec<Texts>; 2]> = OnceLock::new();
    guard(|| {
        let out_count = given(out_count, "out_count")?;
        let texts = |action: &Action| [Some(action.text()), action.row_level(), action.column_level()].map(|text| text.map(c_string));
        let tables = TABLES.get_or_init(|| {
            [ActionTable::value_by_stage(), ActionTable::value_by_churn_risk()].map(|table| table.actions().iter().map(texts).collect())
        });
        let rows = usize::try_from(table).ok().and_then(|table| tables.get(table));
        let rows = rows.ok_or_else(|| Failure::option("table", table, "use one of the CRMV_ACTIONS_ constants"))?;
        out_count.write(rows.len());
        let pointer = |text: &Option<CString>| text.as_ref().map_or(null(), |text| text.as_ptr());
        let row = |[action, row, column]: &Texts| crmv_action { action: pointer(action), row: pointer(row), column: pointer(column) };
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &rows.iter().map(row).collect::<Vec<_>>(), "out") }
    })
}

/// A copy of a matrix with other actions: `n` rows, of which the first that covers a cell names its action.
///
/// Errors: CRMV_INVALID_OPTION for an action without text, or a level that the matrix does not have; CRMV_INVALID_UTF8. Free it with
/// crmv_matrix_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_matrix_with_actions(
    matrix: Option<&crmv_matrix>,
    actions: *const crmv_action,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_matrix>>,
) -> crmv_status {
    guard(|| {
        let (matrix, out) = (given(matrix, "matrix")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let rows = unsafe { slice(actions, n, "actions") }?;
        let action = |row: &crmv_action| {
            // SAFETY: the caller's contract in the header.
            let mut action = Action::new(unsafe { text(row.action, "action") }?);
            if !row.row.is_null() {
                // SAFETY: the caller's contract in the header.
                action = action.row(unsafe { text(row.row, "row") }?);
            }
            if !row.column.is_null() {
                // SAFETY: the caller's contract in the header.
                action = action.column(unsafe { text(row.column, "column") }?);
            }
            Ok::<_, Failure>(action)
        };
        let table = ActionTable::new(rows.iter().map(action).collect::<Result<_, _>>()?);
        hand_over_matrix(out, matrix.matrix.clone().with_actions(table)?);
        Ok(())
    })
}
