//! Status codes and the message of the last failure.

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char};
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::thread::Thread;

use crm_value::{Error, ErrorKind};

/// What every function that can fail returns: CRMV_OK or the code of what went wrong. Codes are never renumbered.
///
/// crmv_last_error() then says it in words, with column, row (0-based) and value. On failure no output argument is written.
pub type crmv_status = i32;

/// Success.
pub const CRMV_OK: i32 = 0;
/// An input has no rows.
pub const CRMV_EMPTY: i32 = 1;
/// Columns of one table differ in length.
pub const CRMV_LENGTH_MISMATCH: i32 = 2;
/// A number is NaN or infinite.
pub const CRMV_NON_FINITE: i32 = 3;
/// A value is missing.
pub const CRMV_MISSING: i32 = 4;
/// A text is not a date.
pub const CRMV_UNPARSABLE_DATE: i32 = 5;
/// A date lies outside the years -9999 to 9999.
pub const CRMV_DATE_OUT_OF_RANGE: i32 = 6;
/// The observation ends before the first purchase.
pub const CRMV_END_BEFORE_FIRST_PURCHASE: i32 = 7;
/// The holdout does not end after the calibration.
pub const CRMV_EMPTY_HOLDOUT: i32 = 8;
/// No row is a purchase.
pub const CRMV_NO_PURCHASES: i32 = 9;
/// No customer bought again, so no model can be fitted.
pub const CRMV_NO_REPEAT_PURCHASES: i32 = 10;
/// Recency is above T.
pub const CRMV_RECENCY_EXCEEDS_AGE: i32 = 11;
/// Frequency and recency contradict each other.
pub const CRMV_INCONSISTENT_RECENCY: i32 = 12;
/// A value is negative.
pub const CRMV_NEGATIVE: i32 = 13;
/// A value is not a whole number.
pub const CRMV_NOT_A_COUNT: i32 = 14;
/// A value is not above 0.
pub const CRMV_NOT_POSITIVE: i32 = 15;
/// A refund under CRMV_REFUNDS_REJECT.
pub const CRMV_REFUND: i32 = 16;
/// An amount of 0 under CRMV_ROWS_REJECT.
pub const CRMV_ZERO_AMOUNT: i32 = 17;
/// Identical rows under CRMV_ROWS_REJECT.
pub const CRMV_DUPLICATE_ROW: i32 = 18;
/// A customer occurs twice in a customer table.
pub const CRMV_DUPLICATE_CUSTOMER: i32 = 19;
/// Two things are measured in different time units.
pub const CRMV_UNIT_MISMATCH: i32 = 20;
/// A discount rate is not above -1.
pub const CRMV_DISCOUNT_RATE: i32 = 21;
/// An endless horizon needs a discount rate above 0.
pub const CRMV_UNBOUNDED_VALUE: i32 = 22;
/// A horizon or period is not above 0.
pub const CRMV_HORIZON: i32 = 23;
/// An interval does not run forward.
pub const CRMV_INTERVAL: i32 = 24;
/// A model parameter is outside its range.
pub const CRMV_INVALID_PARAMETER: i32 = 25;
/// An option is outside its range, an enumeration value unknown, or a struct_size wrong.
pub const CRMV_INVALID_OPTION: i32 = 26;
/// The mean spend of the population does not exist (q <= 1).
pub const CRMV_UNDEFINED_MEAN: i32 = 27;
/// A number of bins is outside 1 to 100.
pub const CRMV_BINS: i32 = 28;
/// Cut points do not rise.
pub const CRMV_CUT_POINTS: i32 = 29;
/// A share is outside [0, 1].
pub const CRMV_SHARE: i32 = 30;
/// Tier bounds do not rise to 1.
pub const CRMV_TIER_BOUNDS: i32 = 31;
/// The values do not sum to more than 0.
pub const CRMV_TOTAL_NOT_POSITIVE: i32 = 32;
/// A segment table cannot be used.
pub const CRMV_SEGMENT_TABLE: i32 = 33;
/// A name is unknown.
pub const CRMV_UNKNOWN_COLUMN: i32 = 34;
/// A column has another type.
pub const CRMV_WRONG_TYPE: i32 = 35;
/// A column that is needed is not there.
pub const CRMV_MISSING_COLUMN: i32 = 36;
/// Too many rows.
pub const CRMV_TOO_LARGE: i32 = 37;
/// A fit found no finite log-likelihood.
pub const CRMV_NOT_FINITE: i32 = 38;
/// The monitor callback stopped the fit.
pub const CRMV_CANCELLED: i32 = 39;
/// A stored object (JSON) cannot be read.
pub const CRMV_DESERIALIZE: i32 = 40;
/// The survivor counts of a cohort rise.
pub const CRMV_RISING_SURVIVORS: i32 = 41;
/// More purchases, or a later one, than there were opportunities.
pub const CRMV_EXCEEDS_OPPORTUNITIES: i32 = 42;
/// More purchases than opportunities up to the last purchase.
pub const CRMV_FREQUENCY_EXCEEDS_RECENCY: i32 = 43;
/// More periods than a model in discrete time can be asked for.
pub const CRMV_TOO_MANY_PERIODS: i32 = 44;
/// Nobody left, or everybody at the first renewal.
pub const CRMV_DEGENERATE_TENURES: i32 = 45;
/// A row names a customer that is not there.
pub const CRMV_UNKNOWN_CUSTOMER: i32 = 46;
/// A customer is its own referrer.
pub const CRMV_SELF_REFERRAL: i32 = 47;
/// Referrals run in a circle.
pub const CRMV_REFERRAL_LOOP: i32 = 48;
/// A measure does not exist for these values.
pub const CRMV_UNDEFINED: i32 = 51;
/// Labels of customers contradict themselves.
pub const CRMV_LABELS: i32 = 52;
/// A sum of logarithms exceeds that of equal parts.
pub const CRMV_LOG_SUM: i32 = 61;
/// A covariate does not vary.
pub const CRMV_CONSTANT_COLUMN: i32 = 64;
/// Covariates depend on each other linearly.
pub const CRMV_COLLINEAR_COLUMNS: i32 = 65;
/// A column name occurs twice.
pub const CRMV_DUPLICATE_COLUMN: i32 = 66;
/// The customers lack covariates of the model.
pub const CRMV_MISSING_COVARIATES: i32 = 67;
/// A customer has no row in a table that is joined to the summary.
pub const CRMV_CUSTOMER_NOT_FOUND: i32 = 68;
/// Times are not in rising order.
pub const CRMV_UNSORTED: i32 = 72;
/// An argument that must not be NULL is NULL.
pub const CRMV_NULL_POINTER: i32 = 1000;
/// A text is not valid UTF-8.
pub const CRMV_INVALID_UTF8: i32 = 1001;
/// An output array is too small; the message says how many elements are needed.
pub const CRMV_BUFFER_TOO_SMALL: i32 = 1002;
/// A position is beyond the end.
pub const CRMV_OUT_OF_RANGE: i32 = 1003;
/// A bug in the library; no handle was damaged. Please report it with the message.
pub const CRMV_PANIC: i32 = 1999;

/// Why a call failed.
#[derive(Debug)]
pub(crate) enum Failure {
    Core(Error),
    NullPointer(&'static str),
    InvalidUtf8 { argument: &'static str, row: Option<usize> },
    BufferTooSmall { argument: &'static str, needed: usize, capacity: usize },
    OutOfRange { what: &'static str, index: usize, len: usize },
    Panic(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Core(error)
    }
}

impl Failure {
    /// An option or enumeration value that this interface cannot read.
    pub(crate) fn option(option: &'static str, value: impl ToString, requirement: &'static str) -> Self {
        Failure::Core(Error::InvalidOption { option, value: value.to_string(), requirement })
    }

    fn to_last_error(&self) -> LastError {
        let (column, row) = match self {
            Failure::Core(error) => (error.column(), error.row()),
            Failure::InvalidUtf8 { row, .. } => (None, *row),
            _ => (None, None),
        };
        LastError { message: c_string(self.to_string()), column: c_string(column.unwrap_or_default()), row }
    }

    fn code(&self) -> crmv_status {
        match self {
            Failure::Core(error) => error.kind().code(),
            Failure::NullPointer(_) => CRMV_NULL_POINTER,
            Failure::InvalidUtf8 { .. } => CRMV_INVALID_UTF8,
            Failure::BufferTooSmall { .. } => CRMV_BUFFER_TOO_SMALL,
            Failure::OutOfRange { .. } => CRMV_OUT_OF_RANGE,
            Failure::Panic(_) => CRMV_PANIC,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Core(error) => error.fmt(f),
            Failure::NullPointer(argument) => write!(f, "argument `{argument}` is NULL"),
            Failure::InvalidUtf8 { argument, row: Some(row) } => write!(f, "argument `{argument}`, row {row}: the text is not valid UTF-8"),
            Failure::InvalidUtf8 { argument, row: None } => write!(f, "argument `{argument}`: the text is not valid UTF-8"),
            Failure::BufferTooSmall { argument, needed, capacity } => {
                write!(f, "argument `{argument}` has room for {capacity} elements, but {needed} are needed")
            }
            Failure::OutOfRange { what, index, len } => write!(f, "there is no {what} {index}; there are {len}, counted from 0"),
            Failure::Panic(message) => write!(f, "internal error: {message}"),
        }
    }
}

/// What is kept of a failure.
#[derive(Default)]
struct LastError {
    message: CString,
    column: CString,
    row: Option<usize>,
}

thread_local! {
    static LAST_ERROR: RefCell<LastError> = RefCell::default();
}

/// The thread that called first, in most programs the main one.
///
/// The standard library holds the handle of a thread by a pointer into its middle and does not free that of the main thread, which leak
/// checkers report as possibly lost. Held here by its beginning, it is in their sight.
static FIRST_CALLER: OnceLock<Thread> = OnceLock::new();

/// A C string; NULs inside, which C could not see beyond, are left out.
pub(crate) fn c_string(text: impl Into<Vec<u8>>) -> CString {
    let mut bytes: Vec<u8> = text.into();
    bytes.retain(|&byte| byte != 0);
    CString::new(bytes).unwrap_or_default()
}

/// Runs the body of an interface function: a failure is kept for [`crmv_last_error`], a panic becomes [`CRMV_PANIC`].
pub(crate) fn guard(body: impl FnOnce() -> Result<(), Failure>) -> crmv_status {
    FIRST_CALLER.get_or_init(std::thread::current);
    let result = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Failure::Panic(text.unwrap_or("a panic without a message").to_owned()))
    });
    match result {
        Ok(()) => CRMV_OK,
        Err(failure) => {
            // Fails only while the thread is being torn down, when nobody can ask any more.
            let _ = LAST_ERROR.try_with(|last| *last.borrow_mut() = failure.to_last_error());
            failure.code()
        }
    }
}

/// The message of the last call that failed on this thread, as NUL-terminated UTF-8; "" before the first failure, never NULL.
///
/// Valid until the next failing call on this thread. A successful call leaves it as it is.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_last_error() -> *const c_char {
    LAST_ERROR.try_with(|last| last.borrow().message.as_ptr()).unwrap_or(c"".as_ptr())
}

/// The column that the last failure on this thread was about, by the name errors call it; "" if it was not about a column, never NULL.
///
/// Valid until the next failing call on this thread.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_last_error_column() -> *const c_char {
    LAST_ERROR.try_with(|last| last.borrow().column.as_ptr()).unwrap_or(c"".as_ptr())
}

/// The row (0-based) that the last failure on this thread was about. Returns 1 and writes it to `out_row`, or returns 0 if there is none.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_last_error_row(out_row: Option<&mut MaybeUninit<usize>>) -> i32 {
    let row = LAST_ERROR.try_with(|last| last.borrow().row).unwrap_or(None);
    if let (Some(row), Some(out_row)) = (row, out_row) {
        out_row.write(row);
    }
    i32::from(row.is_some())
}

/// Copies the message of crmv_last_error() with its NUL into `buffer` and writes its size in bytes, NUL included, to `needed` (may be NULL).
///
/// If `capacity` is smaller, nothing is copied, `needed` is still written, and the message stays the same: ask with capacity 0 first, or
/// use crmv_last_error(). Returns CRMV_OK, CRMV_BUFFER_TOO_SMALL, or CRMV_NULL_POINTER if `buffer` is NULL and `capacity` is not 0.
///
/// `buffer`: `capacity` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_last_error_copy(
    buffer: *mut c_char,
    capacity: usize,
    needed: Option<&mut MaybeUninit<usize>>,
) -> crmv_status {
    let copy = |last: &CStr| {
        let bytes = last.to_bytes_with_nul();
        if let Some(needed) = needed {
            needed.write(bytes.len());
        }
        if capacity < bytes.len() {
            return CRMV_BUFFER_TOO_SMALL;
        }
        if buffer.is_null() {
            return CRMV_NULL_POINTER;
        }
        // SAFETY: the caller's contract gives `capacity` bytes, which are enough; the thread-local text lies elsewhere.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr().cast(), buffer, bytes.len()) };
        CRMV_OK
    };
    LAST_ERROR.try_with(|last| copy(&last.borrow().message)).unwrap_or(CRMV_PANIC)
}

/// The name of a status code, for example "NonFinite" for CRMV_NON_FINITE; "Unknown" for a number that is none. A static text.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_status_name(status: crmv_status) -> *const c_char {
    const NAMES: [(i32, &CStr); 6] = [
        (CRMV_OK, c"Ok"),
        (CRMV_NULL_POINTER, c"NullPointer"),
        (CRMV_INVALID_UTF8, c"InvalidUtf8"),
        (CRMV_BUFFER_TOO_SMALL, c"BufferTooSmall"),
        (CRMV_OUT_OF_RANGE, c"OutOfRange"),
        (CRMV_PANIC, c"Panic"),
    ];
    if let Some((_, name)) = NAMES.iter().find(|(code, _)| *code == status) {
        return name.as_ptr();
    }
    static KIND_NAMES: OnceLock<Vec<(i32, CString)>> = OnceLock::new();
    let names = KIND_NAMES.get_or_init(|| ErrorKind::ALL.iter().map(|kind| (kind.code(), c_string(kind.name()))).collect());
    names.iter().find(|(code, _)| *code == status).map_or(c"Unknown".as_ptr(), |(_, name)| name.as_ptr())
}

/// The version of the library at run time, for example "0.1.0"; CRMV_VERSION is that of the header. A static text.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// The number of the binary interface; a library with the same number as CRMV_ABI_VERSION works with this header.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_abi_version() -> i32 {
    CRMV_ABI_VERSION
}

/// The number of the binary interface this header describes.
pub const CRMV_ABI_VERSION: i32 = 0;

/// Frees a text that this library gave with ownership. NULL is ignored.
///
/// `text`: NULL, or a text from a function that says "free it with crmv_string_free", not yet freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_string_free(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: the caller's contract: the text came from `CString::into_raw` in this library and is freed once.
        drop(unsafe { CString::from_raw(text) });
    }
}
