//! Time units, dates and discount rates.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use crm_value::{CalendarPeriod, Date, DiscountRate, Error, Span, TimeUnit, TimestampUnit, parse_dates};

use crate::error::{Failure, crmv_status};
use crate::ffi::{given, guard, hand_over_text, room, text, texts};

/// A time unit: one of the CRMV_UNIT_ constants.
///
/// Recency, T, model parameters and horizons carry their unit; things measured in different units do not mix (CRMV_UNIT_MISMATCH).
pub type crmv_unit = i32;
/// No time unit: the model does not know time.
pub const CRMV_UNIT_NONE: i32 = -1;
/// One day.
pub const CRMV_UNIT_DAY: i32 = 0;
/// Seven days; days are divided by 7 and not rounded.
pub const CRMV_UNIT_WEEK: i32 = 1;
/// 365.25 / 12 days.
pub const CRMV_UNIT_MONTH: i32 = 2;
/// 365.25 / 4 days.
pub const CRMV_UNIT_QUARTER: i32 = 3;
/// 365.25 days.
pub const CRMV_UNIT_YEAR: i32 = 4;

/// The unit of integer timestamps since 1970-01-01T00:00:00: one of the CRMV_TIMESTAMP_ constants.
pub type crmv_timestamp_unit = i32;
/// Days.
pub const CRMV_TIMESTAMP_DAYS: i32 = 0;
/// Seconds.
pub const CRMV_TIMESTAMP_SECONDS: i32 = 1;
/// Milliseconds.
pub const CRMV_TIMESTAMP_MILLISECONDS: i32 = 2;
/// Microseconds.
pub const CRMV_TIMESTAMP_MICROSECONDS: i32 = 3;
/// Nanoseconds.
pub const CRMV_TIMESTAMP_NANOSECONDS: i32 = 4;

/// A period of the civil calendar: one of the CRMV_PERIOD_ constants.
pub type crmv_calendar_period = i32;
/// Monday to Sunday (ISO 8601).
pub const CRMV_PERIOD_WEEK: i32 = 0;
/// A calendar month.
pub const CRMV_PERIOD_MONTH: i32 = 1;
/// A calendar quarter.
pub const CRMV_PERIOD_QUARTER: i32 = 2;
/// A calendar year.
pub const CRMV_PERIOD_YEAR: i32 = 3;

/// How a discount rate compounds: one of the CRMV_COMPOUNDING_ constants.
pub type crmv_compounding = i32;
/// Once per period: v(t) = (1 + rate)^(-t / length).
pub const CRMV_COMPOUNDING_PERIODIC: i32 = 0;
/// Continuously: v(t) = exp(-rate t / length).
pub const CRMV_COMPOUNDING_CONTINUOUS: i32 = 1;

/// A discount rate that knows the time it refers to. This struct is frozen: it will never change.
///
/// 10 % a year: {0.10, 1.0, CRMV_UNIT_YEAR, CRMV_COMPOUNDING_PERIODIC}.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct crmv_discount {
    /// The rate, above -1 when periodic, any finite number when continuous; 0 for none.
    pub rate: f64,
    /// The number of units the rate refers to, above 0; usually 1.
    pub length: f64,
    /// The unit of `length`.
    pub unit: crmv_unit,
    /// How it compounds.
    pub compounding: crmv_compounding,
}

impl crmv_discount {
    pub(crate) fn to_rate(self) -> Result<DiscountRate, Failure> {
        let span = span(self.length, self.unit)?;
        match self.compounding {
            CRMV_COMPOUNDING_PERIODIC => Ok(DiscountRate::per_span(self.rate, span)?),
            // Dividing by exactly 1 changes nothing.
            CRMV_COMPOUNDING_CONTINUOUS => Ok(DiscountRate::continuous(self.rate / span.length(), span.unit())?),
            other => Err(Failure::option("compounding", other, "use one of the CRMV_COMPOUNDING_ constants")),
        }
    }
}

pub(crate) fn unit(unit: crmv_unit) -> Result<TimeUnit, Failure> {
    let known = usize::try_from(unit).ok().and_then(|position| TimeUnit::ALL.get(position).copied());
    known.ok_or_else(|| Failure::option("unit", unit, "use CRMV_UNIT_DAY, _WEEK, _MONTH, _QUARTER or _YEAR"))
}

pub(crate) fn unit_code(unit: TimeUnit) -> crmv_unit {
    match unit {
        TimeUnit::Day => CRMV_UNIT_DAY,
        TimeUnit::Week => CRMV_UNIT_WEEK,
        TimeUnit::Month => CRMV_UNIT_MONTH,
        TimeUnit::Quarter => CRMV_UNIT_QUARTER,
        TimeUnit::Year => CRMV_UNIT_YEAR,
    }
}

pub(crate) fn timestamp_unit(unit: crmv_timestamp_unit) -> Result<TimestampUnit, Failure> {
    match unit {
        CRMV_TIMESTAMP_DAYS => Ok(TimestampUnit::Day),
        CRMV_TIMESTAMP_SECONDS => Ok(TimestampUnit::Second),
        CRMV_TIMESTAMP_MILLISECONDS => Ok(TimestampUnit::Millisecond),
        CRMV_TIMESTAMP_MICROSECONDS => Ok(TimestampUnit::Microsecond),
        CRMV_TIMESTAMP_NANOSECONDS => Ok(TimestampUnit::Nanosecond),
        other => Err(Failure::option("timestamp_unit", other, "use one of the CRMV_TIMESTAMP_ constants")),
    }
}

pub(crate) fn calendar_period(period: crmv_calendar_period) -> Result<CalendarPeriod, Failure> {
    let known = usize::try_from(period).ok().and_then(|position| CalendarPeriod::ALL.get(position).copied());
    known.ok_or_else(|| Failure::option("period", period, "use one of the CRMV_PERIOD_ constants"))
}

/// A horizon or period.
pub(crate) fn span(length: f64, unit_code: crmv_unit) -> Result<Span, Failure> {
    Ok(Span::new(length, unit(unit_code)?)?)
}

/// The date of a year, month (1 to 12) and day of the month, as days since 1970-01-01 (negative before).
///
/// Errors: CRMV_UNPARSABLE_DATE if there is no such day.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_date_from_ymd(year: i32, month: i32, day: i32, out_days: Option<&mut MaybeUninit<i32>>) -> crmv_status {
    guard(|| {
        let out = given(out_days, "out_days")?;
        let date = match (i16::try_from(year), i8::try_from(month), i8::try_from(day)) {
            (Ok(year), Ok(month), Ok(day)) => Date::from_ymd(year, month, day)?,
            _ => Err(Error::UnparsableDate { column: "date".to_owned(), row: 0, value: format!("{year:04}-{month:02}-{day:02}") })?,
        };
        out.write(date.days());
        Ok(())
    })
}

/// Year, month (1 to 12) and day of the month of a date given as days since 1970-01-01.
///
/// Errors: CRMV_DATE_OUT_OF_RANGE outside the years -9999 to 9999.
#[unsafe(no_mangle)]
pub extern "C" fn crmv_date_to_ymd(
    days: i32,
    out_year: Option<&mut MaybeUninit<i32>>,
    out_month: Option<&mut MaybeUninit<i32>>,
    out_day: Option<&mut MaybeUninit<i32>>,
) -> crmv_status {
    guard(|| {
        let (out_year, out_month, out_day) = (given(out_year, "out_year")?, given(out_month, "out_month")?, given(out_day, "out_day")?);
        let (year, month, day) = Date::from_days(days)?.ymd();
        out_year.write(year.into());
        out_month.write(month.into());
        out_day.write(day.into());
        Ok(())
    })
}

/// Reads an ISO 8601 date, YYYY-MM-DD or YYYYMMDD, as days since 1970-01-01; a time of day after it is cut off.
///
/// Errors: CRMV_UNPARSABLE_DATE; ambiguous forms such as 03/04/2026 are refused rather than guessed.
///
/// `date_text`: a NUL-terminated text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_parse_date(date_text: *const c_char, out_days: Option<&mut MaybeUninit<i32>>) -> crmv_status {
    guard(|| {
        let out = given(out_days, "out_days")?;
        // SAFETY: the caller's contract in the header.
        let date = Date::parse(unsafe { text(date_text, "date_text") }?)?;
        out.write(date.days());
        Ok(())
    })
}

/// Reads a column of date texts, as crmv_parse_date() does each of them.
///
/// `texts`: `n` NUL-terminated texts. `column`: the name errors call the column by; NULL for "date". `out_days`: room for `n` values.
/// `out_missing`: NULL, or room for `n` flags.
///
/// With `out_missing` NULL, the first entry that is no date is an error: CRMV_UNPARSABLE_DATE with row and text, CRMV_MISSING with the row
/// of a NULL entry. Otherwise such entries get day 0 and flag 1, all others flag 0, ready to be the missing_dates of
/// crmv_transaction_columns, whose policy for invalid rows then decides.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crmv_parse_dates(
    date_texts: *const *const c_char,
    n: usize,
    column: *const c_char,
    out_days: *mut i32,
    out_missing: *mut u8,
) -> crmv_status {
    guard(|| {
        // SAFETY: the caller's contract in the header.
        let column = if column.is_null() { "date" } else { unsafe { text(column, "column") }? };
        room(out_days, n, n, "out_days")?;
        // SAFETY: the caller's contract in the header.
        let texts = unsafe { texts(date_texts, n, "date_texts") }?;
        let (days, missing): (Vec<i32>, Vec<u8>) = if out_missing.is_null() {
            let complete = texts.iter().enumerate().map(|(row, text)| text.ok_or(Error::Missing { column: column.to_owned(), row }));
            (parse_dates(column, &complete.collect::<Result<Vec<&str>, Error>>()?)?, Vec::new())
        } else {
            let date = |text: &Option<&str>| text.and_then(|text| Date::parse(text).ok());
            texts.iter().map(date).map(|date| (date.map_or(0, Date::days), u8::from(date.is_none()))).unzip()
        };
        // SAFETY: the caller's contract in the header; the flags are empty when there is no room for them.
        unsafe {
            crate::ffi::fill(out_days, n, &days, "out_days")?;
            crate::ffi::fill(out_missing, n, &missing, "out_missing")
        }
    })
}

/// First and last day of the calendar period that holds a day, all as days since 1970-01-01.
///
/// Errors: CRMV_DATE_OUT_OF_RANGE, CRMV_INVALID_OPTION (period).
#[unsafe(no_mangle)]
pub extern "C" fn crmv_calendar_period_days(
    days: i32,
    period: crmv_calendar_period,
    out_first: Option<&mut MaybeUninit<i32>>,
    out_last: Option<&mut MaybeUninit<i32>>,
) -> crmv_status {
    guard(|| {
        let (out_first, out_last) = (given(out_first, "out_first")?, given(out_last, "out_last")?);
        let (period, date) = (calendar_period(period)?, Date::from_days(days)?);
        out_first.write(period.start(date).days());
        out_last.write(period.end(date).days());
        Ok(())
    })
}

/// The label of the calendar period that holds a day (days since 1970-01-01): "2026-W05", "2026-01", "2026-Q1" or "2026". Free it with
/// crmv_string_free(). Errors as crmv_calendar_period_days().
#[unsafe(no_mangle)]
pub extern "C" fn crmv_calendar_period_label(
    days: i32,
    period: crmv_calendar_period,
    out: Option<&mut MaybeUninit<*mut c_char>>,
) -> crmv_status {
    guard(|| {
        let out = given(out, "out")?;
        hand_over_text(out, calendar_period(period)?.label(Date::from_days(days)?));
        Ok(())
    })
}
