//! CRM matrices and the stages of the relationship.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{CrmMatrix, MatrixAxis, MatrixCell, Relationship, Stage, StageBasis, StageRules};

use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, Lent, fill, given, guard, hand_over, optional_slice, read_options, slice, write_struct};
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
        let (rules, p_alive) = unsafe { (read_options(rules)?, optional_slice(p_alive, n, "p_alive")?) };
        let rules = StageRules {
            new_within: rules.new_within,
            won_back_within: rules.won_back_within,
            rhythm: rules.rhythm,
            p_alive: rules.p_alive,
            usual_gap: (rules.usual_gap.abs() > 0.0 || rules.usual_gap.is_nan()).then_some(rules.usual_gap),
        };
        let base = Relationship::of(&given(log, "log")?.log, &rules, date(observed_until)?)?;
        let stages = rules.assign(&base, p_alive.map_or(StageBasis::Rhythm, StageBasis::PAlive))?;
        let stages: Vec<crmv_stage> = stages.into_iter().map(|stage| stage as i32).collect();
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, n, &stages, "out") }
    })
}

/// Customers by two criteria. Immutable. Free it with crmv_matrix_free().
#[derive(Debug)]
pub struct crmv_matrix {
    matrix: CrmMatrix,
    actions: Lent,
}

/// The customers of a cell, of a row, of a column, or of the whole matrix. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_matrix_cell {
    /// Number of customers.
    pub customers: u64,
    /// Their share of all customers, in [0, 1].
    pub customer_share: f64,
    /// The sum of their values, in money.
    pub value: f64,
    /// Their share of the value of all customers; see has_value_share.
    pub value_share: f64,
    /// Their mean P(alive); see has_p_alive.
    pub mean_p_alive: f64,
    /// The sum of (1 - P(alive)) times value, in money; 0 if P(alive) was not given.
    pub value_at_risk: f64,
    /// 1 if there is a value share, 0 (and value_share 0) if the total is not above 0.
    pub has_value_share: i32,
    /// 1 if there is a mean P(alive), 0 (and mean_p_alive 0) for an empty cell or if P(alive) was not given.
    pub has_p_alive: i32,
}

fn hand_over_matrix(out: &mut MaybeUninit<*mut crmv_matrix>, matrix: CrmMatrix) {
    let (height, width) = (matrix.rows().levels().len(), matrix.columns().levels().len());
    let actions = Lent::new((0..height * width).map(|cell| matrix.action(cell / width, cell % width).unwrap_or_default()));
    hand_over(out, crmv_matrix { matrix, actions });
}

fn axis(name: &str, positions: &[u32], levels: usize) -> Result<MatrixAxis, Failure> {
    if levels > MatrixAxis::MAX_LEVELS {
        return Err(Failure::option("levels", levels, "an axis has at most 100"));
    }
    let names: Vec<String> = (0..levels).map(|level| level.to_string()).collect();
    let positions: Vec<usize> = positions.iter().map(|&position| position as usize).collect();
    Ok(MatrixAxis::positions(name, &names, &positions)?)
}

/// A matrix of any two criteria, given by the position (from 0) of every customer's level on each axis, at most 100 levels each.
///
/// `row_of`, `column_of`, `values`: `n` elements each. `p_alive`: `n` probabilities, or NULL. Errors: CRMV_EMPTY, CRMV_NON_FINITE,
/// CRMV_INVALID_OPTION, and for P(alive) CRMV_NEGATIVE, CRMV_SHARE. Free it with crmv_matrix_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_matrix_new(
    row_of: *const u32,
    rows: usize,
    column_of: *const u32,
    columns: usize,
    values: *const f64,
    p_alive: *const f64,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_matrix>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let (row_of, column_of) = unsafe { (slice(row_of, n, "row_of")?, slice(column_of, n, "column_of")?) };
        // SAFETY: as above.
        let (values, p_alive) = unsafe { (slice(values, n, "values")?, optional_slice(p_alive, n, "p_alive")?) };
        hand_over_matrix(out, CrmMatrix::of(axis("row", row_of, rows)?, axis("column", column_of, columns)?, values, p_alive)?);
        Ok(())
    })
}

/// Value in terciles (rows: low, medium, high) by stage (columns: the CRMV_STAGE_ constants), with default actions.
///
/// `values`, `stages`: `n` elements each. `p_alive`: `n` probabilities, or NULL. Errors: as crmv_matrix_new().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_matrix_value_by_stage(
    values: *const f64,
    stages: *const crmv_stage,
    p_alive: *const f64,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_matrix>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let (values, stages) = unsafe { (slice(values, n, "values")?, slice(stages, n, "stages")?) };
        // SAFETY: as above.
        let p_alive = unsafe { optional_slice(p_alive, n, "p_alive") }?;
        let stage = |&stage: &crmv_stage| {
            let known = usize::try_from(stage).ok().and_then(|stage| Stage::ALL.get(stage)).copied();
            known.ok_or_else(|| Failure::option("stages", stage, "use the CRMV_STAGE_ constants"))
        };
        let stages = stages.iter().map(stage).collect::<Result<Vec<Stage>, Failure>>()?;
        hand_over_matrix(out, CrmMatrix::value_by_stage(values, &stages, p_alive)?);
        Ok(())
    })
}

/// The loyalty matrix: frequency (rows) by tenure (columns), each in terciles (low, medium, high).
///
/// `frequency`, `tenure`, `values`: `n` elements each. `p_alive`: `n` probabilities, or NULL. Errors: as crmv_matrix_new().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_matrix_loyalty(
    frequency: *const f64,
    tenure: *const f64,
    values: *const f64,
    p_alive: *const f64,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_matrix>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let (frequency, tenure) = unsafe { (slice(frequency, n, "frequency")?, slice(tenure, n, "tenure")?) };
        // SAFETY: as above.
        let (values, p_alive) = unsafe { (slice(values, n, "values")?, optional_slice(p_alive, n, "p_alive")?) };
        hand_over_matrix(out, CrmMatrix::loyalty(frequency, tenure, values, p_alive)?);
        Ok(())
    })
}

/// The churn matrix: value in terciles (rows: low, medium, high) by churn risk 1 - P(alive) (columns: very high, high, medium, low), with default
/// actions.
///
/// `values`, `p_alive`: `n` elements each. Errors: as crmv_matrix_new().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_matrix_churn(
    values: *const f64,
    p_alive: *const f64,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_matrix>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let (values, p_alive) = unsafe { (slice(values, n, "values")?, slice(p_alive, n, "p_alive")?) };
        hand_over_matrix(out, CrmMatrix::churn(values, p_alive)?);
        Ok(())
    })
}

/// Frees a matrix. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_matrix_free(matrix: Option<Box<crmv_matrix>>) {
    guard(|| {
        drop(matrix);
        Ok(())
    });
}

/// Number of rows and of columns.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_matrix_shape(
    matrix: Option<&crmv_matrix>,
    out_rows: Option<&mut MaybeUninit<usize>>,
    out_columns: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let (out_rows, out_columns) = (given(out_rows, "out_rows")?, given(out_columns, "out_columns")?);
        let matrix = &given(matrix, "matrix")?.matrix;
        out_rows.write(matrix.rows().levels().len());
        out_columns.write(matrix.columns().levels().len());
        Ok(())
    })
}

/// The cell at `row` and `column`, counted from 0. One row beyond the last holds the totals of the columns, one column beyond the last those of the
/// rows, and both together all customers.
///
/// `struct_size`: sizeof(crmv_matrix_cell). Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_matrix_get(
    matrix: Option<&crmv_matrix>,
    row: usize,
    column: usize,
    out: *mut crmv_matrix_cell,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let matrix = &given(matrix, "matrix")?.matrix;
        let cell = cell_or_total(matrix, row, column)?;
        let value = crmv_matrix_cell {
            customers: cell.customers as u64,
            customer_share: cell.customer_share,
            value: cell.value,
            value_share: cell.value_share.unwrap_or(0.0),
            mean_p_alive: cell.mean_p_alive.unwrap_or(0.0),
            value_at_risk: cell.value_at_risk.unwrap_or(0.0),
            has_value_share: i32::from(cell.value_share.is_some()),
            has_p_alive: i32::from(cell.mean_p_alive.is_some()),
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, value, "out") }
    })
}

fn cell_or_total(matrix: &CrmMatrix, row: usize, column: usize) -> Result<MatrixCell, Failure> {
    let (height, width) = (matrix.rows().levels().len(), matrix.columns().levels().len());
    if row > height {
        return Err(Failure::OutOfRange { what: "row", index: row, len: height + 1 });
    }
    let found = match (row == height, column == width) {
        (true, true) => Some(matrix.total()),
        (true, false) => matrix.column_totals().get(column).copied(),
        (false, true) => matrix.row_totals().get(row).copied(),
        (false, false) => matrix.cell(row, column),
    };
    found.ok_or(Failure::OutOfRange { what: "column", index: column, len: width + 1 })
}

/// What to do with the customers of a cell; "" if no action is named. Valid as long as the matrix. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_matrix_action(
    matrix: Option<&crmv_matrix>,
    row: usize,
    column: usize,
    out: Option<&mut MaybeUninit<*const c_char>>,
) -> crmv_status {
    guard(|| {
        let (matrix, out) = (given(matrix, "matrix")?, given(out, "out")?);
        let width = matrix.matrix.columns().levels().len();
        if column >= width {
            return Err(Failure::OutOfRange { what: "column", index: column, len: width });
        }
        matrix.actions.lend("cell", row.saturating_mul(width).saturating_add(column), out)
    })
}

/// What may be shown if cells and totals of 1 to `minimum` - 1 customers are withheld, and further ones so that no total gives them away: 1 for
/// shown, 0 for withheld, row by row with the totals as in crmv_matrix_get().
///
/// `out_shown`: room for `capacity` elements, at least (rows + 1) x (columns + 1).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_matrix_suppress(
    matrix: Option<&crmv_matrix>,
    minimum: usize,
    out_shown: *mut u8,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let matrix = &given(matrix, "matrix")?.matrix;
        let (height, width) = (matrix.rows().levels().len(), matrix.columns().levels().len());
        let export = matrix.suppress(minimum);
        let shown = |row: usize, column: usize| match (row == height, column == width) {
            (true, true) => export.total().is_some(),
            (true, false) => export.column_total(column).is_some(),
            (false, true) => export.row_total(row).is_some(),
            (false, false) => export.cell(row, column).is_some(),
        };
        let places = (0..=height).flat_map(|row| (0..=width).map(move |column| (row, column)));
        let shown: Vec<u8> = places.map(|(row, column)| u8::from(shown(row, column))).collect();
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out_shown, capacity, &shown, "out_shown") }
    })
}
