//! RFMR points: what they are given for, the table, and what follows for mailings.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{CustomerIds, MailingDecision, PointBands, RfmrHistory, RfmrPoints};

use crate::customers::{IdPointers, IdTexts, crmv_id_type, id_type, wrong_id_type};
use crate::error::{Failure, crmv_status};
use crate::ffi::{Growing, fill, given, guard, hand_over, hand_over_json, read_options, room, slice, stored, write_struct};
use crate::transactions::{crmv_transactions, date};

/// One row per customer for RFMR points. Immutable. Free it with crmv_rfmr_history_free().
///
/// | column              | meaning                                                                 |
/// |---------------------|-------------------------------------------------------------------------|
/// | months_since_last   | months (of 30.4375 days) from the last purchase to the end              |
/// | recent_orders       | purchase days of the last 18 months                                     |
/// | mean_recent_value   | mean net amount of the last 3 purchase days, in money                   |
/// | returns             | number of returns                                                       |
/// | main_catalogues, special_catalogues, mailings | contacts since the last purchase; 0 unless given |
#[derive(Debug)]
pub struct crmv_rfmr_history {
    history: RfmrHistory,
    ids: IdTexts,
}

impl crmv_rfmr_history {
    fn new(history: RfmrHistory) -> Self {
        crmv_rfmr_history { history, ids: IdTexts::default() }
    }
}

/// A column of an RFMR history: one of the CRMV_RFMR_ constants.
pub type crmv_rfmr_column = i32;
/// Months since the last purchase.
pub const CRMV_RFMR_MONTHS_SINCE_LAST: i32 = 0;
/// Recent orders.
pub const CRMV_RFMR_RECENT_ORDERS: i32 = 1;
/// Mean value of the last orders, in money.
pub const CRMV_RFMR_MEAN_RECENT_VALUE: i32 = 2;
/// Returns.
pub const CRMV_RFMR_RETURNS: i32 = 3;
/// Main catalogues sent since the last purchase.
pub const CRMV_RFMR_MAIN_CATALOGUES: i32 = 4;
/// Special catalogues sent since the last purchase.
pub const CRMV_RFMR_SPECIAL_CATALOGUES: i32 = 5;
/// Mailings sent since the last purchase.
pub const CRMV_RFMR_MAILINGS: i32 = 6;

/// The columns of an RFMR history made elsewhere. Set it up with crmv_rfmr_columns_init(), then fill in what you have.
///
/// Every array has `n` elements and is only read during the call; the ids may stay NULL.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_rfmr_columns {
    /// Size of the struct, set by crmv_rfmr_columns_init().
    pub struct_size: usize,
    /// Number of customers.
    pub n: usize,
    /// Distinct ids as unsigned integers. At most one of the three; without ids customers are numbered 0, 1, 2, ...
    pub ids_u64: *const u64,
    /// Distinct ids as signed integers.
    pub ids_i64: *const i64,
    /// Distinct ids as NUL-terminated UTF-8 texts, none of them NULL.
    pub ids_text: *const *const c_char,
    /// Months since the last purchase, 0 or more.
    pub months_since_last: *const f64,
    /// Number of recent orders: whole numbers, 0 or more.
    pub recent_orders: *const f64,
    /// Mean value of the last orders, in money.
    pub mean_recent_value: *const f64,
    /// Number of returns: whole numbers, 0 or more.
    pub returns: *const f64,
}

// SAFETY: integers and pointers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_rfmr_columns {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        crmv_rfmr_columns {
            struct_size: size_of::<Self>(),
            n: 0,
            ids_u64: std::ptr::null(),
            ids_i64: std::ptr::null(),
            ids_text: std::ptr::null(),
            months_since_last: std::ptr::null(),
            recent_orders: std::ptr::null(),
            mean_recent_value: std::ptr::null(),
            returns: std::ptr::null(),
        }
    }
}

/// Sets all columns to NULL and n to 0. `struct_size`: sizeof(crmv_rfmr_columns).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfmr_columns_init(columns: *mut crmv_rfmr_columns, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(columns, struct_size, crmv_rfmr_columns { struct_size, ..Growing::defaults() }, "columns") })
}

/// A history from columns that were made elsewhere, without contacts.
///
/// Errors: CRMV_EMPTY, CRMV_TOO_LARGE, CRMV_DUPLICATE_CUSTOMER; for the first row at fault CRMV_MISSING, CRMV_NON_FINITE, CRMV_NEGATIVE,
/// CRMV_NOT_A_COUNT; CRMV_INVALID_OPTION, CRMV_INVALID_UTF8. Free the history with crmv_rfmr_history_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfmr_history_from_columns(
    columns: *const crmv_rfmr_columns,
    out: Option<&mut MaybeUninit<*mut crmv_rfmr_history>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        if columns.is_null() {
            return Err(Failure::NullPointer("columns"));
        }
        // SAFETY: the caller's contract in the header, for all arrays.
        let history = unsafe {
            let columns = read_options(columns)?;
            let n = columns.n;
            let ids = IdPointers::new(n, columns.ids_u64, columns.ids_i64, columns.ids_text)?;
            let months = slice(columns.months_since_last, n, "months_since_last")?;
            let orders = slice(columns.recent_orders, n, "recent_orders")?;
            let value = slice(columns.mean_recent_value, n, "mean_recent_value")?;
            RfmrHistory::from_columns(ids.complete_column()?, months, orders, value, slice(columns.returns, n, "returns")?)?
        };
        hand_over(out, crmv_rfmr_history::new(history));
        Ok(())
    })
}

/// The history of a log until the end of observation, without contacts. A purchase day is an order, and a cancelled day a return.
///
/// `observed_until` and errors as in crmv_transactions_summarize(). Free the history with crmv_rfmr_history_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_transactions_rfmr(
    transactions: Option<&crmv_transactions>,
    observed_until: Option<&i32>,
    out: Option<&mut MaybeUninit<*mut crmv_rfmr_history>>,
) -> crmv_status {
    guard(|| {
        let (transactions, out) = (given(transactions, "transactions")?, given(out, "out")?);
        let mut summarize = transactions.log.summarize();
        if let Some(end) = date(observed_until)? {
            summarize = summarize.observed_until(end);
        }
        hand_over(out, crmv_rfmr_history::new(summarize.rfmr()?));
        Ok(())
    })
}

/// The same history with the contacts of its `n` customers since the last purchase, as a handle of its own: whole numbers, 0 or more.
///
/// Errors: CRMV_LENGTH_MISMATCH unless the history has `n` customers, CRMV_NON_FINITE, CRMV_NEGATIVE, CRMV_NOT_A_COUNT. Free it with
/// crmv_rfmr_history_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfmr_history_with_contacts(
    history: Option<&crmv_rfmr_history>,
    main_catalogues: *const f64,
    special_catalogues: *const f64,
    mailings: *const f64,
    n: usize,
    out: Option<&mut MaybeUninit<*mut crmv_rfmr_history>>,
) -> crmv_status {
    guard(|| {
        let (history, out) = (given(history, "history")?, given(out, "out")?);
        // SAFETY: the caller's contract in the header.
        let (main, special, mailings) = unsafe {
            (
                slice(main_catalogues, n, "main_catalogues")?,
                slice(special_catalogues, n, "special_catalogues")?,
                slice(mailings, n, "mailings")?,
            )
        };
        hand_over(out, crmv_rfmr_history::new(history.history.clone().with_contacts(main, special, mailings)?));
        Ok(())
    })
}

/// Frees a history. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_rfmr_history_free(history: Option<Box<crmv_rfmr_history>>) {
    guard(|| {
        drop(history);
        Ok(())
    });
}

/// Number of customers.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_rfmr_history_count(history: Option<&crmv_rfmr_history>, out: Option<&mut MaybeUninit<usize>>) -> crmv_status {
    guard(|| {
        let (history, out) = (given(history, "history")?, given(out, "out")?);
        out.write(history.history.len());
        Ok(())
    })
}

/// The kind of the ids: the kind in which they came.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_rfmr_history_id_type(
    history: Option<&crmv_rfmr_history>,
    out: Option<&mut MaybeUninit<crmv_id_type>>,
) -> crmv_status {
    guard(|| {
        let (history, out) = (given(history, "history")?, given(out, "out")?);
        out.write(id_type(history.history.ids()));
        Ok(())
    })
}

/// Copies the ids into `out`, which has room for `capacity` values. Errors: CRMV_WRONG_TYPE if they are not unsigned integers,
/// CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfmr_history_ids_u64(history: Option<&crmv_rfmr_history>, out: *mut u64, capacity: usize) -> crmv_status {
    guard(|| match given(history, "history")?.history.ids() {
        // SAFETY: the caller's contract in the header.
        CustomerIds::U64(ids) => unsafe { fill(out, capacity, ids, "out") },
        other => Err(wrong_id_type(other, "unsigned integer (crmv_rfmr_history_ids_u64)")),
    })
}

/// The same for signed integers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfmr_history_ids_i64(history: Option<&crmv_rfmr_history>, out: *mut i64, capacity: usize) -> crmv_status {
    guard(|| match given(history, "history")?.history.ids() {
        // SAFETY: the caller's contract in the header.
        CustomerIds::I64(ids) => unsafe { fill(out, capacity, ids, "out") },
        other => Err(wrong_id_type(other, "signed integer (crmv_rfmr_history_ids_i64)")),
    })
}

/// The text of the id of customer `index` (0-based). Valid until the history is freed. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_rfmr_history_id_text(
    history: Option<&crmv_rfmr_history>,
    index: usize,
    out: Option<&mut MaybeUninit<*const c_char>>,
) -> crmv_status {
    guard(|| {
        let (history, out) = (given(history, "history")?, given(out, "out")?);
        history.ids.of(history.history.ids()).lend("customer", index, out)
    })
}

/// Copies a column, one of the CRMV_RFMR_ constants, into `out`, which has room for `capacity` values. Errors: CRMV_INVALID_OPTION,
/// CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfmr_history_column(
    history: Option<&crmv_rfmr_history>,
    column: crmv_rfmr_column,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let history = &given(history, "history")?.history;
        let counts = match column {
            // SAFETY: the caller's contract in the header, here and below.
            CRMV_RFMR_MONTHS_SINCE_LAST => return unsafe { fill(out, capacity, history.months_since_last(), "out") },
            // SAFETY: see above.
            CRMV_RFMR_MEAN_RECENT_VALUE => return unsafe { fill(out, capacity, history.mean_recent_value(), "out") },
            CRMV_RFMR_RECENT_ORDERS => history.recent_orders(),
            CRMV_RFMR_RETURNS => history.returns(),
            CRMV_RFMR_MAIN_CATALOGUES => history.main_catalogues(),
            CRMV_RFMR_SPECIAL_CATALOGUES => history.special_catalogues(),
            CRMV_RFMR_MAILINGS => history.mailings(),
            other => return Err(Failure::option("column", other, "use one of the CRMV_RFMR_ constants")),
        };
        room(out, capacity, counts.len(), "out")?;
        let values: Vec<f64> = counts.iter().copied().map(f64::from).collect();
        // SAFETY: see above.
        unsafe { fill(out, capacity, &values, "out") }
    })
}

/// The table of RFMR points: recency, frequency, monetary value, and reaction (returns and contacts). Data, without customers.
///
/// Immutable. Free it with crmv_rfmr_points_free().
#[derive(Debug)]
pub struct crmv_rfmr_points {
    table: RfmrPoints,
}

/// Points from the band before up to a limit, itself included. This struct is frozen: it will never change.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_point_band {
    /// The upper limit.
    pub limit: f64,
    /// The points.
    pub points: f64,
}

/// Points by the size of a number: `n` bands with strictly rising limits, and the points above the last limit. This struct is frozen.
///
/// In crmv_rfmr_options, bands NULL stands for the default bands and their points above; without bands (n 0), `above` holds for every number.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_point_bands {
    /// The bands.
    pub bands: *const crmv_point_band,
    /// Their number.
    pub n: usize,
    /// Points above the last limit.
    pub above: f64,
}

/// A table of points. Set it up with crmv_rfmr_options_init(), which fills in the table that direct-marketing textbooks print for mail order;
/// fields may be added at its end in later versions.
///
/// points = start + recency(months) + per_order x orders + value(mean value) + returns(returns)
///        + per_main_catalogue x main + per_special_catalogue x special + per_mailing x mailings.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_rfmr_options {
    /// Size of the struct, set by crmv_rfmr_options_init().
    pub struct_size: usize,
    /// Points everyone starts with; default 25.
    pub start: f64,
    /// Points per recent order; default 6.
    pub per_order: f64,
    /// Points per main catalogue sent since the last purchase; default -12.
    pub per_main_catalogue: f64,
    /// Points per special catalogue; default -6.
    pub per_special_catalogue: f64,
    /// Points per mailing; default -2.
    pub per_mailing: f64,
    /// By months since the last purchase; default up to 6: 40, 9: 25, 12: 15, 18: 5, 24: -5, above: -15.
    pub recency: crmv_point_bands,
    /// By the mean value of the last orders, in money; default up to 50: 5, 100: 15, 200: 25, 300: 35, 400: 40, above: 45.
    pub value: crmv_point_bands,
    /// By the number of returns; default up to 1: 0, 3: -5, 6: -10, 10: -20, 15: -30, above: -40.
    pub returns: crmv_point_bands,
}

// SAFETY: numbers and pointers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_rfmr_options {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        let usual = RfmrPoints::default();
        let bands = |bands: &PointBands| crmv_point_bands { bands: std::ptr::null(), n: 0, above: bands.above };
        crmv_rfmr_options {
            struct_size: size_of::<Self>(),
            start: usual.start,
            per_order: usual.per_order,
            per_main_catalogue: usual.per_main_catalogue,
            per_special_catalogue: usual.per_special_catalogue,
            per_mailing: usual.per_mailing,
            recency: bands(&usual.recency),
            value: bands(&usual.value),
            returns: bands(&usual.returns),
        }
    }
}

/// Sets the options to the default table. `struct_size`: sizeof(crmv_rfmr_options).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfmr_options_init(options: *mut crmv_rfmr_options, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(options, struct_size, crmv_rfmr_options { struct_size, ..Growing::defaults() }, "options") })
}

/// The bands of the options, or `usual` if they name none.
///
/// # Safety
/// As the header says of `crmv_point_bands`.
unsafe fn bands(stated: crmv_point_bands, usual: PointBands) -> Result<PointBands, Failure> {
    if stated.bands.is_null() {
        return Ok(usual);
    }
    // SAFETY: the caller's contract.
    let bands = unsafe { slice(stated.bands, stated.n, "bands") }?;
    Ok(PointBands { bands: bands.iter().map(|band| (band.limit, band.points)).collect(), above: stated.above })
}

/// A table of points. `options` may be NULL for the default table. Limits and points are checked by crmv_rfmr_points_of().
///
/// Free the table with crmv_rfmr_points_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfmr_points_new(
    options: *const crmv_rfmr_options,
    out: Option<&mut MaybeUninit<*mut crmv_rfmr_points>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        let usual = RfmrPoints::default();
        // SAFETY: the caller's contract in the header.
        let table = unsafe {
            let options = read_options(options)?;
            RfmrPoints {
                start: options.start,
                recency: bands(options.recency, usual.recency)?,
                per_order: options.per_order,
                value: bands(options.value, usual.value)?,
                returns: bands(options.returns, usual.returns)?,
                per_main_catalogue: options.per_main_catalogue,
                per_special_catalogue: options.per_special_catalogue,
                per_mailing: options.per_mailing,
            }
        };
        hand_over(out, crmv_rfmr_points { table });
        Ok(())
    })
}

/// Frees a table. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_rfmr_points_free(table: Option<Box<crmv_rfmr_points>>) {
    guard(|| {
        drop(table);
        Ok(())
    });
}

/// The points of every customer to `out`, which has room for `capacity` values.
///
/// Errors: CRMV_CUT_POINTS unless the limits of the bands are finite and rise strictly, CRMV_INVALID_OPTION for points that are not finite,
/// CRMV_NON_FINITE, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfmr_points_of(
    table: Option<&crmv_rfmr_points>,
    history: Option<&crmv_rfmr_history>,
    out: *mut f64,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let (table, history) = (given(table, "table")?, given(history, "history")?);
        room(out, capacity, history.history.len(), "out")?;
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &table.table.points(&history.history)?, "out") }
    })
}

/// The table as JSON. Free it with crmv_string_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_rfmr_points_to_json(table: Option<&crmv_rfmr_points>, out: Option<&mut MaybeUninit<*mut c_char>>) -> crmv_status {
    guard(|| hand_over_json(given(out, "out")?, &given(table, "table")?.table))
}

/// A table from JSON, as crmv_rfmr_points_to_json() writes it or written by hand; what it leaves out is as in the default table.
///
/// `json`: a NUL-terminated text. Errors: CRMV_DESERIALIZE, CRMV_INVALID_UTF8. Free the table with crmv_rfmr_points_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_rfmr_points_from_json(
    json: *const c_char,
    out: Option<&mut MaybeUninit<*mut crmv_rfmr_points>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        // SAFETY: the caller's contract in the header.
        hand_over(out, crmv_rfmr_points { table: unsafe { stored(json, "RFMR points") }? });
        Ok(())
    })
}

/// Below the elimination threshold: take out of the mailing.
pub const CRMV_MAILING_REMOVE: u8 = 0;
/// From the one to the other threshold, both included.
pub const CRMV_MAILING_KEEP: u8 = 1;
/// Above the A threshold: concentrate on them.
pub const CRMV_MAILING_CONCENTRATE: u8 = 2;

/// The decision for each of `n` customers by its points, one of the CRMV_MAILING_ constants, to `out`, which has room for `capacity` values.
///
/// Errors: CRMV_INVALID_OPTION unless elimination <= a_threshold, both finite; CRMV_NON_FINITE, CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_mailing_decisions(
    points: *const f64,
    n: usize,
    elimination: f64,
    a_threshold: f64,
    out: *mut u8,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        room(out, capacity, n, "out")?;
        // SAFETY: the caller's contract in the header.
        let points = unsafe { slice(points, n, "points") }?;
        let code = |decision: MailingDecision| match decision {
            MailingDecision::Remove => CRMV_MAILING_REMOVE,
            MailingDecision::Keep => CRMV_MAILING_KEEP,
            MailingDecision::Concentrate => CRMV_MAILING_CONCENTRATE,
        };
        let decisions: Vec<u8> = MailingDecision::by_points(points, elimination, a_threshold)?.into_iter().map(code).collect();
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &decisions, "out") }
    })
}
