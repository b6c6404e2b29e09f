//! The customer summary, customer ids, calibration and holdout.

use std::ffi::c_char;
use std::mem::MaybeUninit;
use std::sync::OnceLock;

use crm_value::{CalibrationHoldout, CustomerIds, CustomerSummary, DataQuality, Error, IdColumn};

use crate::error::{Failure, crmv_status};
use crate::ffi::{
    Growing, Lent, fill, given, guard, hand_over, hand_over_text, optional_slice, read_options, room, slice, texts, write_struct,
};
use crate::time::{crmv_unit, unit, unit_code};
use crate::transactions::crmv_data_quality;

/// One row per customer: what every purchase and spend model needs.
///
/// | column         | symbol | meaning                                                                           |
/// |----------------|--------|-----------------------------------------------------------------------------------|
/// | frequency      | x      | repeat purchase occasions; the first one is not counted                           |
/// | recency        | t_x    | first to last occasion; 0 exactly when x = 0                                      |
/// | T              | T      | first occasion to the end of observation; t_x <= T                                |
/// | monetary_value | z      | mean amount per repeat occasion, in money; absent when x = 0                      |
/// | total_spend    |        | realised net amount, first occasion and refunds included, in money                |
/// | total_margin   |        | the same of the margin column                                                     |
/// | log_intervals  |        | sum of ln(length) of the x intervals between occasions, on demand                 |
/// | log_spend      |        | sum of ln(amount) of the x repeat occasions, in money, on demand                  |
///
/// Times are in the summary's unit, whole or not. Not to be confused with crmv_rfm_summary, whose recency runs backwards from the end of
/// observation. Immutable, so any number of threads may use it at once. Free it with crmv_customers_free().
#[derive(Debug)]
pub struct crmv_customers {
    pub(crate) summary: CustomerSummary,
    ids: IdTexts,
}

impl crmv_customers {
    pub(crate) fn new(summary: CustomerSummary) -> Self {
        crmv_customers { summary, ids: IdTexts::default() }
    }

    fn quality(&self) -> Result<&DataQuality, Error> {
        let advice = "summarise a log to have one";
        self.summary.quality().ok_or(Error::MissingColumn { what: "a data-quality report", column: "a transaction log", advice })
    }
}

/// Calibration summary and holdout counts of the same customers. Free it with crmv_holdout_free().
#[derive(Debug)]
pub struct crmv_holdout {
    calibration: crmv_customers,
    frequency: Vec<f64>,
    spend: Vec<f64>,
    length: f64,
}

impl crmv_holdout {
    pub(crate) fn new(split: CalibrationHoldout) -> Self {
        crmv_holdout {
            calibration: crmv_customers::new(split.calibration),
            frequency: split.holdout_frequency.into_iter().map(f64::from).collect(),
            spend: split.holdout_spend,
            length: split.holdout.length(),
        }
    }
}

/// The kind of customer ids: one of the CRMV_IDS_ constants.
pub type crmv_id_type = i32;
/// Unsigned integers.
pub const CRMV_IDS_U64: i32 = 0;
/// Signed integers.
pub const CRMV_IDS_I64: i32 = 1;
/// Texts.
pub const CRMV_IDS_TEXT: i32 = 2;

/// The columns of a customer table made elsewhere. Set it up with crmv_customer_columns_init(), then fill in what you have.
///
/// Every array has `n` elements and is only read during the call. `frequency`, `recency` and `T` are needed; everything else may stay NULL.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_customer_columns {
    /// Size of the struct, set by crmv_customer_columns_init().
    pub struct_size: usize,
    /// Number of customers.
    pub n: usize,
    /// Distinct ids as unsigned integers. At most one of the three; without ids customers are numbered 0, 1, 2, ...
    pub ids_u64: *const u64,
    /// Distinct ids as signed integers.
    pub ids_i64: *const i64,
    /// Distinct ids as NUL-terminated UTF-8 texts, none of them NULL.
    pub ids_text: *const *const c_char,
    /// x: whole numbers, 0 or more.
    pub frequency: *const f64,
    /// t_x, in `unit`s.
    pub recency: *const f64,
    /// T, in `unit`s.
    pub T: *const f64,
    /// Mean amount per repeat occasion, in money, 0 or more; not looked at where frequency is 0.
    pub monetary_value: *const f64,
    /// Realised total, in money; crmv_clv_historical() needs it.
    pub total_spend: *const f64,
    /// Realised contribution margin, in money.
    pub total_margin: *const f64,
    /// The unit of `recency` and `T`.
    pub unit: crmv_unit,
    /// 0.
    pub reserved: i32,
    /// Sum of the natural logarithms of the x intervals between occasions, in `unit`s; not looked at where frequency is 0.
    pub log_intervals: *const f64,
    /// Sum of the natural logarithms of the x repeat occasions' amounts, in money, -INFINITY where one is 0; not looked at where frequency is 0.
    pub log_spend: *const f64,
}

// SAFETY: integers and pointers, for which all bytes 0 is valid.
unsafe impl Growing for crmv_customer_columns {
    const FIRST_SIZE: usize = size_of::<Self>();
    fn defaults() -> Self {
        crmv_customer_columns {
            struct_size: size_of::<Self>(),
            n: 0,
            ids_u64: std::ptr::null(),
            ids_i64: std::ptr::null(),
            ids_text: std::ptr::null(),
            frequency: std::ptr::null(),
            recency: std::ptr::null(),
            T: std::ptr::null(),
            monetary_value: std::ptr::null(),
            total_spend: std::ptr::null(),
            total_margin: std::ptr::null(),
            unit: 0,
            reserved: 0,
            log_intervals: std::ptr::null(),
            log_spend: std::ptr::null(),
        }
    }
}

/// The caller's ids, of whichever kind.
pub(crate) enum IdPointers<'a> {
    None,
    U64(&'a [u64]),
    I64(&'a [i64]),
    /// The texts, "" for NULL entries, and which entries are NULL if any.
    Text(Vec<&'a str>, Option<Vec<bool>>),
}

impl<'a> IdPointers<'a> {
    /// # Safety
    /// The arrays are NULL or have `n` elements (texts: NULL or NUL-terminated), and stay as they are for `'a`.
    pub(crate) unsafe fn new(n: usize, u64s: *const u64, i64s: *const i64, texts_: *const *const c_char) -> Result<Self, Failure> {
        let kinds = [!u64s.is_null(), !i64s.is_null(), !texts_.is_null()].into_iter().filter(|&given| given).count();
        if kinds > 1 {
            return Err(Failure::option("ids", format!("given in {kinds} arrays"), "give one of ids_u64, ids_i64 and ids_text"));
        }
        // SAFETY: the caller's contract.
        unsafe {
            if !u64s.is_null() {
                Ok(IdPointers::U64(slice(u64s, n, "ids_u64")?))
            } else if !i64s.is_null() {
                Ok(IdPointers::I64(slice(i64s, n, "ids_i64")?))
            } else if !texts_.is_null() {
                let entries = texts(texts_, n, "ids_text")?;
                let null = entries.iter().any(Option::is_none).then(|| entries.iter().map(Option::is_none).collect());
                Ok(IdPointers::Text(entries.into_iter().map(Option::unwrap_or_default).collect(), null))
            } else {
                Ok(IdPointers::None)
            }
        }
    }

    pub(crate) fn column(&self) -> Option<IdColumn<'_>> {
        match self {
            IdPointers::None => None,
            IdPointers::U64(ids) => Some(IdColumn::U64(ids)),
            IdPointers::I64(ids) => Some(IdColumn::I64(ids)),
            IdPointers::Text(ids, _) => Some(IdColumn::Str(ids)),
        }
    }

    pub(crate) fn null_entries(&self) -> Option<&[bool]> {
        match self {
            IdPointers::Text(_, null) => null.as_deref(),
            _ => None,
        }
    }

    /// The column where every id must be there.
    pub(crate) fn complete_column(&self) -> Result<Option<IdColumn<'_>>, Error> {
        match self.null_entries().and_then(|null| null.iter().position(|&null| null)) {
            Some(row) => Err(Error::Missing { column: "customer_id".to_owned(), row }),
            None => Ok(self.column()),
        }
    }
}

/// The ids as texts, made when first asked for.
#[derive(Debug, Default)]
pub(crate) struct IdTexts(OnceLock<Lent>);

impl IdTexts {
    pub(crate) fn of(&self, ids: &CustomerIds) -> &Lent {
        self.0.get_or_init(|| Lent::new(ids.iter().map(|id| id.to_string())))
    }
}

pub(crate) fn id_type(ids: &CustomerIds) -> crmv_id_type {
    match ids {
        CustomerIds::U64(_) => CRMV_IDS_U64,
        CustomerIds::I64(_) => CRMV_IDS_I64,
        CustomerIds::Text(_) => CRMV_IDS_TEXT,
    }
}

pub(crate) fn wrong_id_type(ids: &CustomerIds, expected: &'static str) -> Failure {
    let actual = match ids {
        CustomerIds::U64(_) => "unsigned integer",
        CustomerIds::I64(_) => "signed integer",
        CustomerIds::Text(_) => "text",
    };
    Failure::Core(Error::WrongType { column: "customer_id".to_owned(), actual: actual.to_owned(), expected })
}

/// Sets all columns to NULL and n to 0. `struct_size`: sizeof(crmv_customer_columns).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_customer_columns_init(columns: *mut crmv_customer_columns, struct_size: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { write_struct(columns, struct_size, crmv_customer_columns { struct_size, ..Growing::defaults() }, "columns") })
}

/// A summary from columns that were made elsewhere.
///
/// Errors: CRMV_EMPTY, CRMV_TOO_LARGE, CRMV_DUPLICATE_CUSTOMER; for the first row at fault CRMV_MISSING, CRMV_NON_FINITE, CRMV_NEGATIVE,
/// CRMV_NOT_A_COUNT, CRMV_RECENCY_EXCEEDS_AGE, CRMV_INCONSISTENT_RECENCY, CRMV_LOG_SUM; CRMV_INVALID_OPTION, CRMV_INVALID_UTF8.
/// Free the summary with crmv_customers_free().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_customers_from_columns(
    columns: *const crmv_customer_columns,
    out: Option<&mut MaybeUninit<*mut crmv_customers>>,
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
            let (frequency, recency) = (slice(columns.frequency, n, "frequency")?, slice(columns.recency, n, "recency")?);
            let age = slice(columns.T, n, "T")?;
            let mean_spend = optional_slice(columns.monetary_value, n, "monetary_value")?;
            let unit = unit(columns.unit)?;
            let mut summary = CustomerSummary::from_columns(ids.complete_column()?, frequency, recency, age, mean_spend, unit)?;
            if let Some(total) = optional_slice(columns.total_spend, n, "total_spend")? {
                summary = summary.with_total_spend(total)?;
            }
            if let Some(total) = optional_slice(columns.total_margin, n, "total_margin")? {
                summary = summary.with_total_margin(total)?;
            }
            if let Some(sums) = optional_slice(columns.log_intervals, n, "log_intervals")? {
                summary = summary.with_log_intervals(sums)?;
            }
            if let Some(sums) = optional_slice(columns.log_spend, n, "log_spend")? {
                summary = summary.with_log_spend(sums)?;
            }
            summary
        };
        hand_over(out, crmv_customers::new(summary));
        Ok(())
    })
}

/// Frees a summary. NULL is ignored. Not for a summary borrowed from a crmv_holdout.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_customers_free(customers: Option<Box<crmv_customers>>) {
    guard(|| {
        drop(customers);
        Ok(())
    });
}

/// Number of customers: the length of every column.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_customers_count(customers: Option<&crmv_customers>, out: Option<&mut MaybeUninit<usize>>) -> crmv_status {
    guard(|| {
        let (customers, out) = (given(customers, "customers")?, given(out, "out")?);
        out.write(customers.summary.len());
        Ok(())
    })
}

/// The unit of recency and T.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_customers_unit(customers: Option<&crmv_customers>, out: Option<&mut MaybeUninit<crmv_unit>>) -> crmv_status {
    guard(|| {
        let (customers, out) = (given(customers, "customers")?, given(out, "out")?);
        out.write(unit_code(customers.summary.unit()));
        Ok(())
    })
}

/// The last day observed, as days since 1970-01-01. Errors: CRMV_MISSING_COLUMN if the summary was made from columns.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_customers_observed_until(
    customers: Option<&crmv_customers>,
    out_days: Option<&mut MaybeUninit<i32>>,
) -> crmv_status {
    guard(|| {
        let (customers, out) = (given(customers, "customers")?, given(out_days, "out_days")?);
        let advice = "summarise a log to have one";
        let missing = Error::MissingColumn { what: "the end of observation", column: "a transaction log", advice };
        out.write(customers.summary.observed_until().ok_or(missing)?.days());
        Ok(())
    })
}

/// The kind of the ids: the kind in which they came.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_customers_id_type(customers: Option<&crmv_customers>, out: Option<&mut MaybeUninit<crmv_id_type>>) -> crmv_status {
    guard(|| {
        let (customers, out) = (given(customers, "customers")?, given(out, "out")?);
        out.write(id_type(customers.summary.ids()));
        Ok(())
    })
}

/// Copies the ids into `out`, which has room for `capacity` values. Errors: CRMV_WRONG_TYPE if they are not unsigned integers,
/// CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_customers_ids_u64(customers: Option<&crmv_customers>, out: *mut u64, capacity: usize) -> crmv_status {
    guard(|| match given(customers, "customers")?.summary.ids() {
        // SAFETY: the caller's contract in the header.
        CustomerIds::U64(ids) => unsafe { fill(out, capacity, ids, "out") },
        other => Err(wrong_id_type(other, "unsigned integer (crmv_customers_ids_u64)")),
    })
}

/// The same for signed integers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_customers_ids_i64(customers: Option<&crmv_customers>, out: *mut i64, capacity: usize) -> crmv_status {
    guard(|| match given(customers, "customers")?.summary.ids() {
        // SAFETY: the caller's contract in the header.
        CustomerIds::I64(ids) => unsafe { fill(out, capacity, ids, "out") },
        other => Err(wrong_id_type(other, "signed integer (crmv_customers_ids_i64)")),
    })
}

/// Writes a pointer to the text of every id into `out`; integers as decimal numbers. The texts are valid until the summary is freed.
///
/// `out`: room for `capacity` pointers. Errors: CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_customers_ids_text(
    customers: Option<&crmv_customers>,
    out: *mut *const c_char,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let customers = given(customers, "customers")?;
        room(out, capacity, customers.summary.len(), "out")?;
        let texts = customers.ids.of(customers.summary.ids());
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &texts.pointers(), "out") }
    })
}

/// The text of the id of customer `index` (0-based). Valid until the summary is freed. Errors: CRMV_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_customers_id_text(
    customers: Option<&crmv_customers>,
    index: usize,
    out: Option<&mut MaybeUninit<*const c_char>>,
) -> crmv_status {
    guard(|| {
        let (customers, out) = (given(customers, "customers")?, given(out, "out")?);
        customers.ids.of(customers.summary.ids()).lend("customer", index, out)
    })
}

/// Copies x, the number of repeat purchases, into `out`, which has room for `capacity` values. Errors: CRMV_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_customers_frequency(customers: Option<&crmv_customers>, out: *mut f64, capacity: usize) -> crmv_status {
    guard(|| {
        let summary = &given(customers, "customers")?.summary;
        room(out, capacity, summary.len(), "out")?;
        let frequency: Vec<f64> = summary.frequency().iter().copied().map(f64::from).collect();
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, &frequency, "out") }
    })
}

/// Copies t_x, the time from the first to the last purchase in the summary's unit, into `out`, which has room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_customers_recency(customers: Option<&crmv_customers>, out: *mut f64, capacity: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { fill(out, capacity, given(customers, "customers")?.summary.recency(), "out") })
}

/// Copies T, the time from the first purchase to the end of observation in the summary's unit, into `out`, which has room for `capacity`
/// values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_customers_T(customers: Option<&crmv_customers>, out: *mut f64, capacity: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { fill(out, capacity, given(customers, "customers")?.summary.age(), "out") })
}

/// Copies the mean amount per repeat occasion, in money, into `out`, and into `has_value` 1 where there is one, 0 where there is none.
///
/// Both have room for `capacity` elements. A customer without repeat purchases has no mean: out is 0 there and has_value 0. Errors:
/// CRMV_MISSING_COLUMN if the summary does not know what customers spent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_customers_monetary_value(
    customers: Option<&crmv_customers>,
    out: *mut f64,
    has_value: *mut u8,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let summary = &given(customers, "customers")?.summary;
        room(out, capacity, summary.len(), "out")?;
        room(has_value, capacity, summary.len(), "has_value")?;
        if !summary.has_spend() {
            let advice = "summarise a log with amounts, or pass monetary_value";
            Err(Error::MissingColumn { what: "crmv_customers_monetary_value", column: "monetary_value", advice })?;
        }
        let value = |index| summary.mean_spend(index);
        let (means, flags): (Vec<f64>, Vec<u8>) =
            (0..summary.len()).map(value).map(|mean| (mean.unwrap_or_default(), u8::from(mean.is_some()))).unzip();
        // SAFETY: the caller's contract in the header.
        unsafe {
            fill(out, capacity, &means, "out")?;
            fill(has_value, capacity, &flags, "has_value")
        }
    })
}

/// Copies the realised net amount of every customer, in money, into `out`, which has room for `capacity` values.
///
/// Errors: CRMV_MISSING_COLUMN if the summary does not hold it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_customers_total_spend(customers: Option<&crmv_customers>, out: *mut f64, capacity: usize) -> crmv_status {
    guard(|| {
        let advice = "summarise a log, or pass total_spend";
        let missing = Error::MissingColumn { what: "crmv_customers_total_spend", column: "total_spend", advice };
        let total = given(customers, "customers")?.summary.total_spend().ok_or(missing)?;
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, total, "out") }
    })
}

/// Copies the sum of ln(length) of every customer's intervals between occasions into `out`, which has room for `capacity` values; 0 without
/// repeat purchases.
///
/// Errors: CRMV_MISSING_COLUMN if the summary does not hold it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_customers_log_intervals(customers: Option<&crmv_customers>, out: *mut f64, capacity: usize) -> crmv_status {
    guard(|| {
        let advice = "summarise a log with log sums, or pass log_intervals";
        let missing = Error::MissingColumn { what: "crmv_customers_log_intervals", column: "log_intervals", advice };
        let sums = given(customers, "customers")?.summary.log_intervals().ok_or(missing)?;
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, sums, "out") }
    })
}

/// Copies the sum of ln(amount) of every customer's repeat occasions into `out`, and 1 into `has_value` where there is one, else 0.
///
/// Both have room for `capacity` elements. Without repeat purchases, and where one of them has amount 0, there is none: out is 0 there. Errors:
/// CRMV_MISSING_COLUMN if the summary does not hold it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_customers_log_spend(
    customers: Option<&crmv_customers>,
    out: *mut f64,
    has_value: *mut u8,
    capacity: usize,
) -> crmv_status {
    guard(|| {
        let summary = &given(customers, "customers")?.summary;
        room(out, capacity, summary.len(), "out")?;
        room(has_value, capacity, summary.len(), "has_value")?;
        if !summary.has_log_spend() {
            let advice = "summarise a log with log sums, or pass log_spend";
            Err(Error::MissingColumn { what: "crmv_customers_log_spend", column: "log_spend", advice })?;
        }
        let sums = (0..summary.len()).map(|index| summary.log_spend(index));
        let (sums, flags): (Vec<f64>, Vec<u8>) = sums.map(|sum| (sum.unwrap_or_default(), u8::from(sum.is_some()))).unzip();
        // SAFETY: the caller's contract in the header.
        unsafe {
            fill(out, capacity, &sums, "out")?;
            fill(has_value, capacity, &flags, "has_value")
        }
    })
}

/// Copies the realised contribution margin of every customer, in money, into `out`, which has room for `capacity` values.
///
/// Errors: CRMV_MISSING_COLUMN if the summary does not hold it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_customers_total_margin(customers: Option<&crmv_customers>, out: *mut f64, capacity: usize) -> crmv_status {
    guard(|| {
        let advice = "summarise a log with margins or costs, or pass total_margin";
        let missing = Error::MissingColumn { what: "crmv_customers_total_margin", column: "total_margin", advice };
        let total = given(customers, "customers")?.summary.total_margin().ok_or(missing)?;
        // SAFETY: the caller's contract in the header.
        unsafe { fill(out, capacity, total, "out") }
    })
}

/// The data-quality report of the log, with the rows and customers after the end. `struct_size`: sizeof(crmv_data_quality).
///
/// Errors: CRMV_MISSING_COLUMN if the summary was made from columns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_customers_quality(
    customers: Option<&crmv_customers>,
    out: *mut crmv_data_quality,
    struct_size: usize,
) -> crmv_status {
    guard(|| {
        let quality = crmv_data_quality::of(given(customers, "customers")?.quality()?);
        // SAFETY: the caller's contract in the header.
        unsafe { write_struct(out, struct_size, quality, "out") }
    })
}

/// The same as text, one line per count. Free it with crmv_string_free().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_customers_quality_text(
    customers: Option<&crmv_customers>,
    out: Option<&mut MaybeUninit<*mut c_char>>,
) -> crmv_status {
    guard(|| {
        let (customers, out) = (given(customers, "customers")?, given(out, "out")?);
        hand_over_text(out, customers.quality()?.to_string());
        Ok(())
    })
}

/// The calibration summary. Borrowed: valid until the holdout is freed, and not to be freed itself.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_holdout_customers(
    holdout: Option<&crmv_holdout>,
    out: Option<&mut MaybeUninit<*const crmv_customers>>,
) -> crmv_status {
    guard(|| {
        let (holdout, out) = (given(holdout, "holdout")?, given(out, "out")?);
        out.write(&raw const holdout.calibration);
        Ok(())
    })
}

/// The length of the holdout period, in the unit of the summary.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_holdout_length(holdout: Option<&crmv_holdout>, out: Option<&mut MaybeUninit<f64>>) -> crmv_status {
    guard(|| {
        let (holdout, out) = (given(holdout, "holdout")?, given(out, "out")?);
        out.write(holdout.length);
        Ok(())
    })
}

/// Copies the number of purchase occasions of every customer in the holdout into `out`, which has room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_holdout_frequency(holdout: Option<&crmv_holdout>, out: *mut f64, capacity: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { fill(out, capacity, &given(holdout, "holdout")?.frequency, "out") })
}

/// Copies the net amount of every customer in the holdout, refunds deducted, in money, into `out`, which has room for `capacity` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_holdout_spend(holdout: Option<&crmv_holdout>, out: *mut f64, capacity: usize) -> crmv_status {
    // SAFETY: the caller's contract in the header.
    guard(|| unsafe { fill(out, capacity, &given(holdout, "holdout")?.spend, "out") })
}

/// Frees a holdout with its calibration summary. NULL is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_holdout_free(holdout: Option<Box<crmv_holdout>>) {
    guard(|| {
        drop(holdout);
        Ok(())
    });
}
