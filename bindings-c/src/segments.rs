//! Named segments of RFM scores.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::ops::RangeInclusive;

use crm_value::{RfmAxis, Segment, SegmentTable};

use crate::error::{Failure, crmv_status};
use crate::ffi::{Lent, fill, given, guard, hand_over, hand_over_json, room, slice, stored, text, write_struct};
use crate::labels::crmv_labels;
use crate::rfm::{crmv_rfm_scores, crmv_rfm_summary};

/// Names for regions of the R, F, M cube. The first row that covers a customer's scores names its segment; "other" if none does.
///
/// Immutable. Free it with crmv_segment_table_free().
#[derive(Debug)]
pub struct crmv_segment_table {
    table: SegmentTable,
    names: Lent,
}

impl crmv_segment_table {
    fn new(table: SegmentTable) -> Self {
        let names = Lent::new(table.names().iter().map(String::as_str));
        crmv_segment_table { table, names }
    }
}

/// One row of a segment table: a name and the scores it covers, both ends included. This struct is frozen: it will never change.
///
/// An axis with minimum and maximum 0 is not restricted.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_segment {
    /// NUL-terminated UTF-8 text.
    pub name: *const c_char,
    /// Lowest and highest score of recency.
    pub r_min: u8,
    /// See r_min.
    pub r_max: u8,
    /// Lowest and highest score of frequency.
    pub f_min: u8,
    /// See f_min.
    pub f_max: u8,
    /// Lowest and highest score of money.
    pub m_min: u8,
    /// See m_min.
    pub m_max: u8,
}

/// One segment in numbers. Fields may be added at the end in later versions.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_segment_summary {
    /// Its customers; 0 for an empty segment, whose means are 0 as well.
    pub customers: u64,
    /// Their share of all customers, in [0, 1].
    pub customer_share: f64,
    /// The sum of their total spend, in money.
    pub total_spend: f64,
    /// Their share of the spend of all customers; see has_spend_share.
    pub spend_share: f64,
    /// Their mean total spend, in money.
    pub mean_spend: f64,
    /// Their mean number of purchase days.
    pub mean_frequency: f64,
    /// Their mean time since the last purchase, in units of the summary.
    pub mean_time_since_last: f64,
    /// 1 if there is a spend share, 0 (and spend_share 0) if the spend of all customers is not above 0.
    pub has_spend_share: i32,
    /// 0.
    pub reserved: i32,
}

/// The default table of ten segments over 5 bins of R and F. Free it with crmv_segment_table_free().
///
/// | R \ F | 1              | 2                  | 3                  | 4        | 5          |
/// |-------|----------------|--------------------|--------------------|----------|------------|
/// | 5     | new            | potential loyalist | potential loyalist | champion | champion   |
/// | 4     | promising      | potential loyalist | potential loyalist | loyal    | loyal      |
/// | 3     | about to sleep | about to sleep     | need attention     | loyal    | loyal      |
/// | 1, 2  | hibernating    | hibernating        | at risk            | at risk  | can't lose |
#[unsafe(no_mangle)]
pub extern "C" fn crmv_segment_table_default(out: Option<&mut MaybeUninit<*mut crmv_segment_table>>) -> crmv_status {
    guard(|| {
        hand_over(given(out, "out")?, crmv_segment_table::new(SegmentTable::default()));
        Ok(())
    })
}

/// A table of `n` rows, first match first, for scores with these numbers of bins of R, F and M.
///
/// Errors: CRMV_BINS; CRMV_SEGMENT_TABLE without rows, for a row without a name, and for a range that is empty or leaves 1 to the number
/// of bins. Free it with crmv_segment_table_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_segment_table_new(
    r_bins: usize,
    f_bins: usize,
    m_bins: usize,
    rows: *const crmv_segment,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_segment_table>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        let rows = unsafe { slice(rows, n, "rows") }?;
        let segment = |row: &crmv_segment| {
            // SAFETY: the caller's contract in the header.
            let mut segment = Segment::new(unsafe { text(row.name, "name") }?);
            let range = |low: u8, high: u8| (low > 0 || high > 0).then_some(RangeInclusive::new(low, high));
            if let Some(scores) = range(row.r_min, row.r_max) {
                segment = segment.r(scores);
            }
            if let Some(scores) = range(row.f_min, row.f_max) {
                segment = segment.f(scores);
            }
            if let Some(scores) = range(row.m_min, row.m_max) {
                segment = segment.m(scores);
            }
            Ok::<_, Failure>(segment)
        };
        let rows = rows.iter().map(segment).collect::<Result<Vec<Segment>, Failure>>()?;
        hand_over(out, crmv_segment_table::new(SegmentTable::new([r_bins, f_bins, m_bins], rows)?));
        Ok(())
    })
}

/// Frees a table. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_segment_table_free(table: Option<Box<crmv_segment_table>>) {
    guard(|| {
        drop(table);
        Ok(())
    });
}

/// Number of segments: the distinct names, "other" among them.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_segment_table_count(table: Option<&crmv_segment_table>, out: Option<&mut MaybeUninit<usize>>) -> crmv_status {
    guard(|| {
        let (table, out) = (given(table, "table")?, given(out, "out")?);
        out.write(table.names.len());
        Ok(())
    })
}

/// The name of segment `index` (0-based). Valid until the table is freed. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_segment_table_name(
    table: Option<&crmv_segment_table>,
    index: usize,
    out: Option<&mut MaybeUninit<*const c_char>>,
) -> crmv_status {
    guard(|| given(table, "table")?.names.lend("segment", index, given(out, "out")?))
}

/// Writes the segment of every customer, as a position among the names, to `out`, which has room for `capacity` values.
///
/// Errors: CRMV_SEGMENT_TABLE if the scores have another number of bins than the table, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_segment_table_assign(
    table: Option<&crmv_segment_table>,
    scores: Option<&crmv_rfm_scores>,
    out: *mut u16,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let (table, scores) = (given(table, "table")?, given(scores, "scores")?);
        room(out, capacity, scores.scores.len(), "out")?;
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &table.table.assign(&scores.scores)?, "out") }
    })
}

/// The segment of every customer by name, as labels whose levels are the names of the table. Errors: CRMV_SEGMENT_TABLE. Free the labels
/// with crmv_labels_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_segment_table_label(
    table: Option<&crmv_segment_table>,
    scores: Option<&crmv_rfm_scores>,
    out: Option<&mut MaybeUninit<*mut crmv_labels>>,
) -> crmv_status {
    guard(|| {
        let (table, scores, out) = (given(table, "table")?, given(scores, "scores")?, given(out, "out")?);
        hand_over(out, crmv_labels::new(table.table.label(&scores.scores)?));
        Ok(())
    })
}

/// The number of bins of R, F and M the table is made for, to `out`, which has room for 3 values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_segment_table_bins(table: Option<&crmv_segment_table>, out: *mut usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { fill(out, 3, &given(table, "table")?.table.bins(), "out") })
}

/// Number of rows, first match first; several may share a name.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_segment_table_row_count(table: Option<&crmv_segment_table>, out: Option<&mut MaybeUninit<usize>>) -> crmv_status {
    guard(|| {
        let (table, out) = (given(table, "table")?, given(out, "out")?);
        out.write(table.table.rows().len());
        Ok(())
    })
}

/// Row `index` (0-based). Its name is valid until the table is freed. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_segment_table_row(
    table: Option<&crmv_segment_table>,
    index: usize,
    out: Option<&mut MaybeUninit<crmv_segment>>,
) -> crmv_status {
    guard(|| {
        let (table, out) = (given(table, "table")?, given(out, "out")?);
        let rows = table.table.rows();
        let row = rows.get(index).ok_or(Failure::OutOfRange { what: "row", index, len: rows.len() })?;
        let [r, f, m] = RfmAxis::ALL.map(|axis| row.range(axis).map_or((0, 0), |range| (*range.start(), *range.end())));
        let name = table.table.names().iter().position(|name| name == row.name()).unwrap_or(usize::MAX);
        let name = table.names.pointer(name);
        out.write(crmv_segment { name, r_min: r.0, r_max: r.1, f_min: f.0, f_max: f.1, m_min: m.0, m_max: m.1 });
        Ok(())
    })
}

/// Finds rows that can match no customer, because earlier rows cover all their cells, and cells that no row covers (segment "other").
///
/// Their numbers go to `row_count` and `cell_count`. `rows`: NULL, or room for `row_capacity` positions (0-based) of rows. `cells`: NULL, or
/// room for `cell_capacity` cells of 3 scores, R, F, M. Errors: CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_segment_table_check(
    table: Option<&crmv_segment_table>,
    rows: *mut usize,
    row_capacity: usize,
    row_count: Option<&mut MaybeUninit<usize>>,
    cells: *mut u8,
    cell_capacity: usize,
    cell_count: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    guard(|| {
        let (table, row_count, cell_count) = (given(table, "table")?, given(row_count, "row_count")?, given(cell_count, "cell_count")?);
        let check = table.table.check();
        let scores: Vec<u8> = check.uncovered_cells.iter().flatten().copied().collect();
        if !rows.is_null() {
            room(rows, row_capacity, check.unreachable_rows.len(), "rows")?;
        }
        if !cells.is_null() {
            room(cells, cell_capacity, check.uncovered_cells.len(), "cells")?;
            // SAFETY: the caller's contract in the header.
            unsafe { fill(cells, scores.len(), &scores, "cells") }?;
        }
        if !rows.is_null() {
            // SAFETY: the caller's contract in the header.
            unsafe { fill(rows, row_capacity, &check.unreachable_rows, "rows") }?;
        }
        row_count.write(check.unreachable_rows.len());
        cell_count.write(check.uncovered_cells.len());
        Ok(())
    })
}

/// Every segment in numbers, in the order of the names, empty ones included.
///
/// `out`: room for `capacity` structs of `struct_size` = sizeof(crmv_segment_summary) bytes; one per segment is needed. `summary`: the
/// customers that were scored. Errors: CRMV_SEGMENT_TABLE, CRMV_LENGTH_MISMATCH, CRMV_NON_FINITE, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_segment_table_summarize(
    table: Option<&crmv_segment_table>,
    scores: Option<&crmv_rfm_scores>,
    summary: Option<&crmv_rfm_summary>,
    out: *mut crmv_segment_summary,
    struct_size: usize,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let (table, scores, summary) = (given(table, "table")?, given(scores, "scores")?, given(summary, "summary")?);
        room(out, capacity, table.names.len(), "out")?;
        let segments = table.table.summarize(&scores.scores, &summary.summary)?;
        for (position, segment) in segments.iter().enumerate() {
            let row = crmv_segment_summary {
                customers: segment.customers as u64,
                customer_share: segment.customer_share,
                total_spend: segment.total_spend,
                spend_share: segment.spend_share.unwrap_or_default(),
                mean_spend: segment.mean_spend.unwrap_or_default(),
                mean_frequency: segment.mean_frequency.unwrap_or_default(),
                mean_time_since_last: segment.mean_time_since_last.unwrap_or_default(),
                has_spend_share: i32::from(segment.spend_share.is_some()),
                reserved: 0,
            };
            // SAFETY: the caller's contract in the header: `capacity` structs of `struct_size` bytes, as the caller knows them.
            unsafe { write_struct(out.byte_add(position * struct_size), struct_size, row, "out") }?;
        }
        Ok(())
    })
}

/// The table as JSON. Free it with crmv_string_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_segment_table_to_json(
    table: Option<&crmv_segment_table>,
    out: Option<&mut MaybeUninit<*mut c_char>>,
) -> crmv_status {
    guard(|| hand_over_json(given(out, "out")?, &given(table, "table")?.table))
}

/// A table from JSON, as crmv_segment_table_to_json() writes it or written by hand. Free it with crmv_segment_table_free().
///
/// `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_segment_table_from_json(
    json: *const c_char,
    out: Option<&mut MaybeUninit<*mut crmv_segment_table>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        hand_over(out, crmv_segment_table::new(unsafe { stored(json, "segment table") }?));
        Ok(())
    })
}
