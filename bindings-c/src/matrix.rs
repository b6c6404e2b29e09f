//! CRM matrices.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{CrmMatrix, MatrixCell, Stage};

use crate::axis::crmv_matrix_axis;
use crate::error::{Failure, crmv_status};
use crate::ffi::{Lent, fill, given, guard, hand_over, optional_slice, slice, write_struct};
use crate::stages::{crmv_stage, stage};

/// Customers by two criteria. Immutable. Free it with crmv_matrix_free().
#[derive(Debug)]
pub struct crmv_matrix {
    pub(crate) matrix: CrmMatrix,
    /// The criteria, then the levels of the rows, then those of the columns.
    names: Lent,
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
    /// Their mean value, in money; 0 for an empty cell.
    pub mean_value: f64,
    /// Their mean P(alive); see has_p_alive.
    pub mean_p_alive: f64,
    /// The sum of (1 - P(alive)) times value, in money; 0 if P(alive) was not given.
    pub value_at_risk: f64,
    /// 1 if there is a value share, 0 (and value_share 0) if the total is not above 0.
    pub has_value_share: i32,
    /// 1 if there is a mean P(alive), 0 (and mean_p_alive 0) for an empty cell or if P(alive) was not given.
    pub has_p_alive: i32,
}

pub(crate) fn hand_over_matrix(out: &mut MaybeUninit<*mut crmv_matrix>, matrix: CrmMatrix) {
    let (height, width) = (matrix.rows().levels().len(), matrix.columns().levels().len());
    let actions = Lent::new((0..height * width).map(|cell| matrix.action(cell / width, cell % width).unwrap_or_default()));
    let levels = matrix.rows().levels().iter().chain(matrix.columns().levels()).map(String::as_str);
    let names = Lent::new([matrix.rows().name(), matrix.columns().name()].into_iter().chain(levels));
    hand_over(out, crmv_matrix { matrix, names, actions });
}

/// A matrix of any two criteria.
///
/// `values`: `n` values in money, one per customer, as many as the axes have. `p_alive`: `n` probabilities, or NULL. The axes may be freed
/// afterwards. Errors: CRMV_EMPTY, CRMV_LENGTH_MISMATCH, CRMV_NON_FINITE, and for P(alive) CRMV_NEGATIVE, CRMV_SHARE. Free it with
/// crmv_matrix_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_matrix_new(
    rows: Option<&crmv_matrix_axis>,
    columns: Option<&crmv_matrix_axis>,
    values: *const f64,
    p_alive: *const f64,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_matrix>>,
) -> crmv_status {
    guard(|| {
        let (rows, columns, out) = (given(rows, "rows")?, given(columns, "columns")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let (values, p_alive) = unsafe { (slice(values, n, "values")?, optional_slice(p_alive, n, "p_alive")?) };
        hand_over_matrix(out, CrmMatrix::of(rows.axis.clone(), columns.axis.clone(), values, p_alive)?);
        Ok(())
    })
}

/// The RFM matrix: recency scores (rows) by frequency scores (columns), each from 1 to `bins`.
///
/// `recency`, `frequency`, `values`: `n` elements each. `p_alive`: `n` probabilities, or NULL. Errors: as crmv_matrix_new(), and CRMV_BINS,
/// CRMV_INVALID_OPTION for a score outside 1 to `bins`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_matrix_rfm(
    recency: *const u8,
    frequency: *const u8,
    bins: usize,
    values: *const f64,
    p_alive: *const f64,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_matrix>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let (recency, frequency) = unsafe { (slice(recency, n, "recency")?, slice(frequency, n, "frequency")?) };
        // SAFETY: as above.
        let (values, p_alive) = unsafe { (slice(values, n, "values")?, optional_slice(p_alive, n, "p_alive")?) };
        hand_over_matrix(out, CrmMatrix::rfm(recency, frequency, bins, values, p_alive)?);
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
        let stages = stages.iter().map(|&code| stage(code)).collect::<Result<Vec<Stage>, Failure>>()?;
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

/// The names of the criterion of the rows and of that of the columns. Valid as long as the matrix.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_matrix_criteria(
    matrix: Option<&crmv_matrix>,
    out_rows: Option<&mut MaybeUninit<*const c_char>>,
    out_columns: Option<&mut MaybeUninit<*const c_char>>,
) -> crmv_status {
    guard(|| {
        let names = &given(matrix, "matrix")?.names;
        names.lend("criterion", 0, given(out_rows, "out_rows")?)?;
        names.lend("criterion", 1, given(out_columns, "out_columns")?)
    })
}

/// The level of row `index`, counted from 0. Valid as long as the matrix. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_matrix_row_level(
    matrix: Option<&crmv_matrix>,
    index: usize,
    out: Option<&mut MaybeUninit<*const c_char>>,
) -> crmv_status {
    guard(|| {
        let (matrix, out) = (given(matrix, "matrix")?, given(out, "out")?);
        let len = matrix.matrix.rows().levels().len();
        if index < len { matrix.names.lend("row", 2 + index, out) } else { Err(Failure::OutOfRange { what: "row", index, len }) }
    })
}

/// The level of column `index`, counted from 0. Valid as long as the matrix. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_matrix_column_level(
    matrix: Option<&crmv_matrix>,
    index: usize,
    out: Option<&mut MaybeUninit<*const c_char>>,
) -> crmv_status {
    guard(|| {
        let (matrix, out) = (given(matrix, "matrix")?, given(out, "out")?);
        let (rows, len) = (matrix.matrix.rows().levels().len(), matrix.matrix.columns().levels().len());
        if index < len {
            matrix.names.lend("column", 2 + rows + index, out)
        } else {
            Err(Failure::OutOfRange { what: "column", index, len })
        }
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
            mean_value: cell.mean_value.unwrap_or(0.0),
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
/// `out_shown`: room for `capacity` elements, at least (rows + 1) x (columns + 1). `out_small`: NULL, or how many are withheld because they are
/// small; all others that are withheld protect them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_matrix_suppress(
    matrix: Option<&crmv_matrix>,
    minimum: usize,
    out_shown: *mut u8,
    capacity: usize,
    out_small: Option<&mut MaybeUninit<usize>>,
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
        unsafe { fill(out_shown, capacity, &shown, "out_shown") }?;
        if let Some(out_small) = out_small {
            out_small.write(export.small());
        }
        Ok(())
    })
}
