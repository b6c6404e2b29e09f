//! RFM: the summary, scores and cut points.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{CustomerIds, CutPoints, Direction, MonetaryMeasure, Rfm, RfmAxis, RfmCutPoints, RfmScores, RfmSummary};

use crate::customers::{IdPointers, IdTexts, crmv_id_type, id_type, wrong_id_type};
use crate::cut_points::{
    CRMV_DIRECTION_HIGHER_IS_BETTER, CRMV_DIRECTION_LOWER_IS_BETTER, crmv_cut_points, crmv_direction, direction, write_points,
};
use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, fill, given, guard, hand_over, hand_over_json, read_options, room, slice, stored, write_struct};
use crate::time::{crmv_unit, unit, unit_code};

/// One row per customer for RFM scoring: how long ago, how often, how much.
///
/// Time since the last purchase runs backwards from the end of observation, and frequency counts every purchase day: these are not the
/// recency and frequency of crmv_customers. Immutable, so any number of threads may use it at once. Free it with crmv_rfm_summary_free().
#[derive(Debug)]
pub struct crmv_rfm_summary {
    pub(crate) summary: RfmSummary,
    ids: IdTexts,
}

impl crmv_rfm_summary {
    pub(crate) fn new(summary: RfmSummary) -> Self {
        crmv_rfm_summary { summary, ids: IdTexts::default() }
    }
}

/// The R, F and M scores of customers, 1 (worst) to the number of bins (best). Immutable. Free them with crmv_rfm_scores_free().
#[derive(Debug)]
pub struct crmv_rfm_scores {
    pub(crate) scores: RfmScores,
}

/// The yardstick behind scores: where each score of each axis begins. Small, without customer data, and applicable to new customers.
/// Immutable. Free it with crmv_rfm_cut_points_free().
#[derive(Debug)]
pub struct crmv_rfm_cut_points {
    cut_points: RfmCutPoints,
}

/// An axis: one of the CRMV_AXIS_ constants.
pub type crmv_axis = i32;
/// R: time since the last purchase.
pub const CRMV_AXIS_RECENCY: i32 = 0;
/// F: number of purchase days.
pub const CRMV_AXIS_FREQUENCY: i32 = 1;
/// M: money spent.
pub const CRMV_AXIS_MONETARY: i32 = 2;

/// What M measures: one of the CRMV_MONETARY_ constants.
pub type crmv_monetary = i32;
/// Net amount to date.
pub const CRMV_MONETARY_TOTAL: i32 = 0;
/// Net amount per purchase day.
pub const CRMV_MONETARY_MEAN: i32 = 1;

/// The columns of an RFM table made elsewhere. Set it up with crmv_rfm_columns_init(), then fill in what you have.
///
/// Every array has `n` elements and is only read during the call; the ids may stay NULL.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_rfm_columns {
    /// Size of the struct, set by crmv_rfm_columns_init().
    pub struct_size: usize,
    /// Number of customers.
    pub n: usize,
    /// Distinct ids as unsigned integers. At most one of the three; without ids customers are numbered 0, 1, 2, ...
    pub ids_u64: *const u64,
    /// Distinct ids as signed integers.
    pub ids_i64: *const i64,
    /// Distinct ids as NUL-terminated UTF-8 texts, none of them NULL.
    pub ids_text: *const *const c_char,
    /// Time since the last purchase, in `unit`s, 0 or more.
    pub time_since_last: *const f64,
    /// Number of purchase days: whole numbers, 1 or more.
    pub frequency: *const f64,
    /// Net amount to date, in money.
    pub total_spend: *const f64,
    /// The unit of `time_since_last`.
    pub unit: crmv_unit,
    /// 0.
    pub reserved: i32,
}

// SAFETY: integers and pointers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_rfm_columns {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        crmv_rfm_columns {
            struct_size: size_of::<Self>(),
            n: 0,
            ids_u64: std::ptr::null(),
            ids_i64: std::ptr::null(),
            ids_text: std::ptr::null(),
            time_since_last: std::ptr::null(),
            frequency: std::ptr::null(),
            total_spend: std::ptr::null(),
            unit: 0,
            reserved: 0,
        }
    }
}

/// How customers are scored. Set it up with crmv_rfm_options_init(); fields may be added at its end in later versions.
///
/// The score of a customer on an axis of k bins is 1 + floor(k w / n), w being the number of the n customers that are strictly worse. Ties
/// are never split: equal customers have equal scores, so some scores may stay empty.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_rfm_options {
    /// Size of the struct, set by crmv_rfm_options_init().
    pub struct_size: usize,
    /// Number of bins of R, F and M, each 1 to 100; default 5.
    pub bins: [usize; 3],
    /// The good end of R, F and M; default lower, higher, higher.
    pub directions: [crmv_direction; 3],
    /// What M measures; default CRMV_MONETARY_TOTAL.
    pub monetary: crmv_monetary,
    /// 1 to cut F within each R bin and M within each R-F bin; 0 for independent quantiles (default).
    pub nested: i32,
    /// 0.
    pub reserved: i32,
}

// SAFETY: integers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_rfm_options {
    const FIRST_SIZE: usize = std::mem::offset_of!(Self, nested);
    /// The defaults of [`Rfm`], which `tests/bits.rs` compares.
    fn defaults() -> Self {
        crmv_rfm_options {
            struct_size: size_of::<Self>(),
            bins: [5; 3],
            directions: [CRMV_DIRECTION_LOWER_IS_BETTER, CRMV_DIRECTION_HIGHER_IS_BETTER, CRMV_DIRECTION_HIGHER_IS_BETTER],
            monetary: CRMV_MONETARY_TOTAL,
            nested: 0,
            reserved: 0,
        }
    }
}

impl crmv_rfm_options {
    fn to_core(self) -> Result<Rfm, Failure> {
        let [r, f, m] = self.bins;
        let nested = match self.nested {
            0 => false,
            1 => true,
            other => return Err(Failure::option("nested", other, "use 0 or 1")),
        };
        let mut rfm = Rfm::new().bins(r, f, m).monetary(monetary(self.monetary)?).nested(nested);
        for (axis, code) in RfmAxis::ALL.into_iter().zip(self.directions) {
            rfm = rfm.direction(axis, direction(code)?);
        }
        Ok(rfm)
    }
}

fn axis(code: crmv_axis) -> Result<RfmAxis, Failure> {
    let known = usize::try_from(code).ok().and_then(|position| RfmAxis::ALL.get(position).copied());
    known.ok_or_else(|| Failure::option("axis", code, "use one of the CRMV_AXIS_ constants"))
}

fn monetary(code: crmv_monetary) -> Result<MonetaryMeasure, Failure> {
    match code {
        CRMV_MONETARY_TOTAL => Ok(MonetaryMeasure::Total),
        CRMV_MONETARY_MEAN => Ok(MonetaryMeasure::Mean),
        other => Err(Failure::option("monetary", other, "use one of the CRMV_MONETARY_ constants")),
    }
}

/// Sets all columns to NULL and n to 0. `struct_size`: sizeof(crmv_rfm_columns).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfm_columns_init(columns: *mut crmv_rfm_columns, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(columns, struct_size, crmv_rfm_columns { struct_size, ..Growing::defaults() }, "columns") })
}

/// Sets the options to their defaults. `struct_size`: sizeof(crmv_rfm_options).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfm_options_init(options: *mut crmv_rfm_options, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(options, struct_size, crmv_rfm_options { struct_size, ..Growing::defaults() }, "options") })
}

/// A summary from columns that were made elsewhere; crmv_transactions_rfm() makes one from a log.
///
/// Errors: CRMV_EMPTY, CRMV_TOO_LARGE, CRMV_DUPLICATE_CUSTOMER; for the first row at fault CRMV_MISSING, CRMV_NON_FINITE, CRMV_NEGATIVE,
/// CRMV_NOT_A_COUNT, CRMV_NOT_POSITIVE; CRMV_INVALID_OPTION, CRMV_INVALID_UTF8. Free the summary with crmv_rfm_summary_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfm_summary_from_columns(
    columns: *const crmv_rfm_columns,
    out: Option<&mut MaybeUninit<*mut crmv_rfm_summary>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        if columns.is_null() {
            return Err(Failure::NullPointer("columns"));
        }
        // SAFETY: the caller's contract in the header, for all arrays.
        let summary = unsafe {
            let columns = read_options(columns)?;
            let n = columns.n;
            let ids = IdPointers::new(n, columns.ids_u64, columns.ids_i64, columns.ids_text)?;
            let (time, frequency) = (slice(columns.time_since_last, n, "time_since_last")?, slice(columns.frequency, n, "frequency")?);
            let spend = slice(columns.total_spend, n, "total_spend")?;
            RfmSummary::from_columns(ids.complete_column()?, time, frequency, spend, unit(columns.unit)?)?
        };
        hand_over(out, crmv_rfm_summary::new(summary));
        Ok(())
    })
}

/// Frees a summary. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_rfm_summary_free(summary: Option<Box<crmv_rfm_summary>>) {
    guard(|| {
        drop(summary);
        Ok(())
    });
}

/// Number of customers.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_rfm_summary_count(summary: Option<&crmv_rfm_summary>, out: Option<&mut MaybeUninit<usize>>) -> crmv_status {
    guard(|| {
        let (summary, out) = (given(summary, "summary")?, given(out, "out")?);
        out.write(summary.summary.len());
        Ok(())
    })
}

/// The unit of the time since the last purchase.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_rfm_summary_unit(summary: Option<&crmv_rfm_summary>, out: Option<&mut MaybeUninit<crmv_unit>>) -> crmv_status {
    guard(|| {
        let (summary, out) = (given(summary, "summary")?, given(out, "out")?);
        out.write(unit_code(summary.summary.unit()));
        Ok(())
    })
}

/// The kind of the ids: the kind in which they came.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_rfm_summary_id_type(summary: Option<&crmv_rfm_summary>, out: Option<&mut MaybeUninit<crmv_id_type>>) -> crmv_status {
    guard(|| {
        let (summary, out) = (given(summary, "summary")?, given(out, "out")?);
        out.write(id_type(summary.summary.ids()));
        Ok(())
    })
}

/// Copies the ids into `out`, which has room for `capacity` values. Errors: CRMV_WRONG_TYPE if they are not unsigned integers,
/// CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfm_summary_ids_u64(summary: Option<&crmv_rfm_summary>, out: *mut u64, capacity: usize) -> crmv_status {
    guard(|| match given(summary, "summary")?.summary.ids() {
        // SAFETY: the caller's contract in the header.
        CustomerIds::U64(ids) => unsafe { fill(out, capacity, ids, "out") },
        other => Err(wrong_id_type(other, "unsigned integer (crmv_rfm_summary_ids_u64)")),
    })
}

/// The same for signed integers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfm_summary_ids_i64(summary: Option<&crmv_rfm_summary>, out: *mut i64, capacity: usize) -> crmv_status {
    guard(|| match given(summary, "summary")?.summary.ids() {
        // SAFETY: the caller's contract in the header.
        CustomerIds::I64(ids) => unsafe { fill(out, capacity, ids, "out") },
        other => Err(wrong_id_type(other, "signed integer (crmv_rfm_summary_ids_i64)")),
    })
}

/// The text of the id of customer `index` (0-based). Valid until the summary is freed. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_rfm_summary_id_text(
    summary: Option<&crmv_rfm_summary>,
    index: usize,
    out: Option<&mut MaybeUninit<*const c_char>>,
) -> crmv_status {
    guard(|| {
        let (summary, out) = (given(summary, "summary")?, given(out, "out")?);
        summary.ids.of(summary.summary.ids()).lend("customer", index, out)
    })
}

/// Copies the time since the last purchase, in the summary's unit, into `out`, which has room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfm_summary_time_since_last(
    summary: Option<&crmv_rfm_summary>,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { fill(out, capacity, given(summary, "summary")?.summary.time_since_last(), "out") })
}

/// Copies the number of purchase days into `out`, which has room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfm_summary_frequency(summary: Option<&crmv_rfm_summary>, out: *mut f64, capacity: usize) -> crmv_status {
    guard(|| {
        let summary = &given(summary, "summary")?.summary;
        room(out, capacity, summary.len(), "out")?;
        let frequency: Vec<f64> = summary.frequency().iter().copied().map(f64::from).collect();
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &frequency, "out") }
    })
}

/// Copies the net amount to date, in money, into `out`, which has room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfm_summary_total_spend(summary: Option<&crmv_rfm_summary>, out: *mut f64, capacity: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { fill(out, capacity, given(summary, "summary")?.summary.total_spend(), "out") })
}

/// Scores the customers by quantiles on each axis. `options` may be NULL for the defaults.
///
/// Errors: CRMV_BINS, CRMV_INVALID_OPTION. Free the scores with crmv_rfm_scores_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfm_fit(
    summary: Option<&crmv_rfm_summary>,
    options: *const crmv_rfm_options,
    out: Option<&mut MaybeUninit<*mut crmv_rfm_scores>>,
) -> crmv_status {
    guard(|| {
        let (summary, out) = (given(summary, "summary")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let rfm = unsafe { read_options(options) }?.to_core()?;
        hand_over(out, crmv_rfm_scores { scores: rfm.fit(&summary.summary)? });
        Ok(())
    })
}

/// Frees scores. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_rfm_scores_free(scores: Option<Box<crmv_rfm_scores>>) {
    guard(|| {
        drop(scores);
        Ok(())
    });
}

/// Number of customers.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_rfm_scores_count(scores: Option<&crmv_rfm_scores>, out: Option<&mut MaybeUninit<usize>>) -> crmv_status {
    guard(|| {
        let (scores, out) = (given(scores, "scores")?, given(out, "out")?);
        out.write(scores.scores.len());
        Ok(())
    })
}

/// The number of bins of R, F and M to `out`, which has room for 3 values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfm_scores_bins(scores: Option<&crmv_rfm_scores>, out: *mut usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { fill(out, 3, &given(scores, "scores")?.scores.bins(), "out") })
}

/// Copies the scores on one axis, in the order of the summary, into `out`, which has room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfm_scores_axis(
    scores: Option<&crmv_rfm_scores>,
    axis_of_scores: crmv_axis,
    out: *mut u8,
    capacity: usize,
) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { fill(out, capacity, given(scores, "scores")?.scores.axis(axis(axis_of_scores)?), "out") })
}

/// Room that every label of crmv_rfm_scores_label() fits in, in bytes.
pub const CRMV_RFM_LABEL_SIZE: usize = 12;

/// Writes the scores of customer `index` (0-based) side by side, "543", with their NUL into `out`; "10-4-3" if any axis has more than 9
/// bins. `out`: `capacity` bytes; CRMV_RFM_LABEL_SIZE are always enough. Errors: CRMV_OUT_OF_RANGE, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfm_scores_label(
    scores: Option<&crmv_rfm_scores>,
    index: usize,
    out: *mut c_char,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let scores = &given(scores, "scores")?.scores;
        let label = scores.label(index).ok_or(Failure::OutOfRange { what: "customer", index, len: scores.len() })?;
        let label = crate::error::c_string(label);
        // SAFETY: the caller's contract in the header; `c_char` and `u8` have the same size.
        unsafe { fill(out.cast::<u8>(), capacity, label.as_bytes_with_nul(), "out") }
    })
}

/// Copies the weighted score w_r R + w_f F + w_m M of every customer into `out`, which has room for `capacity` values.
///
/// Weights 1, 1, 1 give R + F + M. Errors: CRMV_INVALID_OPTION unless the weights are finite and 0 or more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfm_scores_weighted(
    scores: Option<&crmv_rfm_scores>,
    w_r: f64,
    w_f: f64,
    w_m: f64,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let scores = &given(scores, "scores")?.scores;
        room(out, capacity, scores.len(), "out")?;
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &scores.weighted([w_r, w_f, w_m])?, "out") }
    })
}

/// The scores that no customer has on an axis, rising: left empty by ties. Writes them to `out` and their number to `count`.
///
/// `out`: room for `capacity` values; the number of bins is always enough. Errors: CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfm_scores_empty_scores(
    scores: Option<&crmv_rfm_scores>,
    axis_of_scores: crmv_axis,
    out: *mut u8,
    capacity: usize,
    count: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let (scores, count) = (given(scores, "scores")?, given(count, "count")?);
        let empty = scores.scores.empty_scores(axis(axis_of_scores)?);
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &empty, "out") }?;
        count.write(empty.len());
        Ok(())
    })
}

/// The yardstick behind scores, as a handle of its own. Free it with crmv_rfm_cut_points_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_rfm_scores_cut_points(
    scores: Option<&crmv_rfm_scores>,
    out: Option<&mut MaybeUninit<*mut crmv_rfm_cut_points>>,
) -> crmv_status {
    guard(|| {
        let (scores, out) = (given(scores, "scores")?, given(out, "out")?);
        hand_over(out, crmv_rfm_cut_points { cut_points: scores.scores.cut_points().clone() });
        Ok(())
    })
}

/// A yardstick of fixed cut points: for each axis the inner borders of its bins in rising order, one bin more than borders.
///
/// A value on a border earns the better of the two scores. Low values of recency (time since the last purchase, in `unit_of_time`s) are good, high
/// values of the other two. Errors: CRMV_CUT_POINTS, CRMV_BINS, CRMV_INVALID_OPTION. Free it with crmv_rfm_cut_points_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfm_cut_points_new(
    recency: *const f64,
    n_recency: usize,
    frequency: *const f64,
    n_frequency: usize,
    money: *const f64,
    n_money: usize,
    monetary_measure: crmv_monetary,
    unit_of_time: crmv_unit,
    out: Option<&mut MaybeUninit<*mut crmv_rfm_cut_points>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let (recency, frequency, money) = unsafe {
            (slice(recency, n_recency, "recency")?, slice(frequency, n_frequency, "frequency")?, slice(money, n_money, "money")?)
        };
        let cut_points = RfmCutPoints::new(
            CutPoints::fixed(recency, Direction::LowerIsBetter)?,
            CutPoints::fixed(frequency, Direction::HigherIsBetter)?,
            CutPoints::fixed(money, Direction::HigherIsBetter)?,
            monetary(monetary_measure)?,
            unit(unit_of_time)?,
        );
        hand_over(out, crmv_rfm_cut_points { cut_points });
        Ok(())
    })
}

/// A yardstick of one set of cut points per axis, with the bins and directions they have; they are copied.
///
/// `recency` in `unit_of_time`s. Errors: CRMV_INVALID_OPTION. Free it with crmv_rfm_cut_points_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_rfm_cut_points_from_axes(
    recency: Option<&crmv_cut_points>,
    frequency: Option<&crmv_cut_points>,
    money: Option<&crmv_cut_points>,
    monetary_measure: crmv_monetary,
    unit_of_time: crmv_unit,
    out: Option<&mut MaybeUninit<*mut crmv_rfm_cut_points>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        let axis = |axis: Option<&crmv_cut_points>, name| Ok::<_, Failure>(given(axis, name)?.cut_points.clone());
        let (r, f, m) = (axis(recency, "recency")?, axis(frequency, "frequency")?, axis(money, "money")?);
        let cut_points = RfmCutPoints::new(r, f, m, monetary(monetary_measure)?, unit(unit_of_time)?);
        hand_over(out, crmv_rfm_cut_points { cut_points });
        Ok(())
    })
}

/// Frees cut points. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_rfm_cut_points_free(cut_points: Option<Box<crmv_rfm_cut_points>>) {
    guard(|| {
        drop(cut_points);
        Ok(())
    });
}

/// Scores customers, also new ones, by the cut points; for the customers they were fitted on, exactly the fitted scores.
///
/// Errors: CRMV_UNIT_MISMATCH. Free the scores with crmv_rfm_scores_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_rfm_cut_points_apply(
    cut_points: Option<&crmv_rfm_cut_points>,
    summary: Option<&crmv_rfm_summary>,
    out: Option<&mut MaybeUninit<*mut crmv_rfm_scores>>,
) -> crmv_status {
    guard(|| {
        let (cut_points, summary, out) = (given(cut_points, "cut_points")?, given(summary, "summary")?, given(out, "out")?);
        hand_over(out, crmv_rfm_scores { scores: cut_points.cut_points.apply(&summary.summary)? });
        Ok(())
    })
}

/// The cut points of one axis by rising score: scores to `scores`, the worst value that earns each to `values`, their number to `count`.
///
/// Scores that ties left empty have none. `scores`, `values`: room for `capacity` elements; the number of bins is always enough. Errors:
/// CRMV_BUFFER_TOO_SMALL; CRMV_UNDEFINED for F and M of nested cut points, which differ by cell.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfm_cut_points_axis(
    cut_points: Option<&crmv_rfm_cut_points>,
    axis_of_scores: crmv_axis,
    scores: *mut u8,
    values: *mut f64,
    capacity: usize,
    count: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let axis = given(cut_points, "cut_points")?.cut_points.axis(axis(axis_of_scores)?)?;
        // SAFETY: the caller's contract in the header.
        unsafe { write_points(axis, scores, values, capacity, count) }
    })
}

/// The cut points of an axis for customers of recency score `r` and, for M, frequency score `f`, as a handle of its own; `found` 0 and `out`
/// NULL if there is no such score. The same for every cell unless nested. Free it with crmv_cut_points_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_rfm_cut_points_within(
    cut_points: Option<&crmv_rfm_cut_points>,
    axis_of_scores: crmv_axis,
    r: u8,
    f: u8,
    found: Option<&mut MaybeUninit<i32>>,
    out: Option<&mut MaybeUninit<*mut crmv_cut_points>>,
) -> crmv_status {
    guard(|| {
        let (cut_points, found, out) = (&given(cut_points, "cut_points")?.cut_points, given(found, "found")?, given(out, "out")?);
        match cut_points.within(axis(axis_of_scores)?, r, f) {
            Some(within) => {
                hand_over(out, crmv_cut_points { cut_points: within.clone() });
                found.write(1);
            }
            None => {
                out.write(std::ptr::null_mut());
                found.write(0);
            }
        }
        Ok(())
    })
}

/// What cut points measure. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_rfm_yardstick {
    /// Number of bins of R, F and M.
    pub bins: [usize; 3],
    /// What M measures.
    pub monetary: crmv_monetary,
    /// The unit of the recency cut points.
    pub unit: crmv_unit,
    /// 1 if F is cut within each R score and M within each R-F cell, else 0.
    pub nested: i32,
    /// 0.
    pub reserved: i32,
}

/// What the cut points measure. `struct_size`: sizeof(crmv_rfm_yardstick).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfm_cut_points_info(
    cut_points: Option<&crmv_rfm_cut_points>,
    out: *mut crmv_rfm_yardstick,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let cut_points = &given(cut_points, "cut_points")?.cut_points;
        let yardstick = crmv_rfm_yardstick {
            bins: cut_points.bins(),
            monetary: match cut_points.monetary_measure() {
                MonetaryMeasure::Total => CRMV_MONETARY_TOTAL,
                MonetaryMeasure::Mean => CRMV_MONETARY_MEAN,
            },
            unit: unit_code(cut_points.unit()),
            nested: i32::from(cut_points.is_nested()),
            reserved: 0,
        };
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, yardstick, "out") }
    })
}

/// The cut points as JSON. Free it with crmv_string_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_rfm_cut_points_to_json(
    cut_points: Option<&crmv_rfm_cut_points>,
    out: Option<&mut MaybeUninit<*mut c_char>>,
) -> crmv_status {
    guard(|| hand_over_json(given(out, "out")?, &given(cut_points, "cut_points")?.cut_points))
}

/// The cut points that crmv_rfm_cut_points_to_json() wrote, checked again. Free them with crmv_rfm_cut_points_free().
///
/// `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfm_cut_points_from_json(
    json: *const c_char,
    out: Option<&mut MaybeUninit<*mut crmv_rfm_cut_points>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        hand_over(out, crmv_rfm_cut_points { cut_points: unsafe { stored(json, "RFM cut points") }? });
        Ok(())
    })
}
