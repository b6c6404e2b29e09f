//! Time units, spans, civil dates and discount rates.

use crate::error::{Error, Result};

/// The unit in which recency, T, model parameters and horizons are measured.
///
/// | unit | days | conversion |
/// |---|---|---|
/// | `Day` | 1 | |
/// | `Week` | 7 | days / 7, not rounded |
/// | `Month` | 30.4375 | 365.25 / 12 |
/// | `Quarter` | 91.3125 | 365.25 / 4 |
/// | `Year` | 365.25 | |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum TimeUnit {
    /// One civil day.
    Day,
    /// Seven days.
    Week,
    /// 365.25 / 12 days.
    Month,
    /// 365.25 / 4 days.
    Quarter,
    /// 365.25 days.
    Year,
}

impl TimeUnit {
    /// Every unit, shortest first.
    pub const ALL: [TimeUnit; 5] = [TimeUnit::Day, TimeUnit::Week, TimeUnit::Month, TimeUnit::Quarter, TimeUnit::Year];

    /// Days in one unit.
    pub fn days(self) -> f64 {
        match self {
            TimeUnit::Day => 1.0,
            TimeUnit::Week => 7.0,
            TimeUnit::Month => 365.25 / 12.0,
            TimeUnit::Quarter => 365.25 / 4.0,
            TimeUnit::Year => 365.25,
        }
    }

    /// The unit's name in lower case: `"day"`, `"week"`, `"month"`, `"quarter"`, `"year"`.
    pub fn name(self) -> &'static str {
        match self {
            TimeUnit::Day => "day",
            TimeUnit::Week => "week",
            TimeUnit::Month => "month",
            TimeUnit::Quarter => "quarter",
            TimeUnit::Year => "year",
        }
    }
}

impl std::fmt::Display for TimeUnit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for TimeUnit {
    type Err = Error;

    /// Reads [`TimeUnit::name`], also in the plural.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for any other text.
    fn from_str(text: &str) -> Result<Self> {
        TimeUnit::ALL.into_iter().find(|unit| text == unit.name() || text.strip_suffix('s') == Some(unit.name())).ok_or_else(|| {
            Error::InvalidOption { option: "unit", value: text.to_owned(), requirement: "use day, week, month, quarter or year" }
        })
    }
}

/// A length of time with its unit: a horizon, a period, the base of a rate. Always finite and above 0.
///
/// ```
/// use crm_value::{Span, TimeUnit};
/// let year = Span::new(12.0, TimeUnit::Month)?;
/// assert_eq!(year.in_unit(TimeUnit::Year), 1.0);
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "RawSpan"))]
pub struct Span {
    length: f64,
    unit: TimeUnit,
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct RawSpan {
    length: f64,
    unit: TimeUnit,
}

#[cfg(feature = "serde")]
impl TryFrom<RawSpan> for Span {
    type Error = Error;
    fn try_from(raw: RawSpan) -> Result<Self> {
        Span::new(raw.length, raw.unit)
    }
}

impl Span {
    /// A span of `length` units.
    ///
    /// # Errors
    /// [`Error::Horizon`] unless `length` is finite and above 0.
    pub fn new(length: f64, unit: TimeUnit) -> Result<Self> {
        if !(length > 0.0 && length.is_finite()) {
            return Err(Error::Horizon { what: "span", value: length });
        }
        Ok(Span { length, unit })
    }

    /// One `unit`.
    pub fn one(unit: TimeUnit) -> Self {
        Span { length: 1.0, unit }
    }

    /// The length in the span's own unit.
    pub fn length(self) -> f64 {
        self.length
    }

    /// The span's own unit.
    pub fn unit(self) -> TimeUnit {
        self.unit
    }

    /// The length in another unit. Exact when the units agree.
    pub fn in_unit(self, unit: TimeUnit) -> f64 {
        if self.unit == unit { self.length } else { self.length * self.unit.days() / unit.days() }
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}s", self.length, self.unit)
    }
}

/// A discount rate that knows the time it refers to.
///
/// # Formula
/// ```text
/// δ = ln(1 + d) / span        continuous rate per unit of time
/// v(t) = e^(−δ t)             present value of 1 paid at time t
/// ```
/// so 10 % a year is the same rate however time is measured.
///
/// ```
/// use crm_value::{DiscountRate, TimeUnit};
/// let rate = DiscountRate::annual(0.10)?;
/// assert!((rate.factor(1.0, TimeUnit::Year) - 1.0 / 1.10).abs() < 1e-15);
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "RawRate"))]
pub struct DiscountRate {
    /// Continuous rate δ per `per`.
    delta: f64,
    per: Span,
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct RawRate {
    delta: f64,
    per: Span,
}

#[cfg(feature = "serde")]
impl TryFrom<RawRate> for DiscountRate {
    type Error = Error;
    fn try_from(raw: RawRate) -> Result<Self> {
        if !raw.delta.is_finite() {
            return Err(Error::DiscountRate { value: raw.delta });
        }
        Ok(DiscountRate { delta: raw.delta, per: raw.per })
    }
}

impl DiscountRate {
    /// `d` per year (365.25 days): 0.10 is 10 % a year.
    ///
    /// # Errors
    /// [`Error::DiscountRate`] unless `d` is finite and above -1.
    pub fn annual(d: f64) -> Result<Self> {
        Self::per_period(d, TimeUnit::Year)
    }

    /// `d` per one `unit`.
    ///
    /// # Errors
    /// [`Error::DiscountRate`] unless `d` is finite and above -1.
    pub fn per_period(d: f64, unit: TimeUnit) -> Result<Self> {
        Self::per_span(d, Span::one(unit))
    }

    /// `d` per `span`.
    ///
    /// # Errors
    /// [`Error::DiscountRate`] unless `d` is finite and above -1.
    pub fn per_span(d: f64, span: Span) -> Result<Self> {
        if !(d > -1.0 && d.is_finite()) {
            return Err(Error::DiscountRate { value: d });
        }
        Ok(DiscountRate { delta: d.ln_1p(), per: span })
    }

    /// Continuous rate `delta` per one `unit`.
    ///
    /// # Errors
    /// [`Error::DiscountRate`] unless `delta` is finite.
    pub fn continuous(delta: f64, unit: TimeUnit) -> Result<Self> {
        if !delta.is_finite() {
            return Err(Error::DiscountRate { value: delta });
        }
        Ok(DiscountRate { delta, per: Span::one(unit) })
    }

    /// No discounting.
    pub fn none() -> Self {
        DiscountRate { delta: 0.0, per: Span::one(TimeUnit::Year) }
    }

    /// The continuous rate δ per one `unit`.
    pub fn delta(self, unit: TimeUnit) -> f64 {
        self.delta / self.per.in_unit(unit)
    }

    /// The present value of 1 paid `t` units from now.
    pub fn factor(self, t: f64, unit: TimeUnit) -> f64 {
        (-self.delta(unit) * t).exp()
    }
}

/// Unit of integer timestamps, counted from 1970-01-01T00:00:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampUnit {
    /// Days.
    Day,
    /// Seconds.
    Second,
    /// Milliseconds.
    Millisecond,
    /// Microseconds.
    Microsecond,
    /// Nanoseconds.
    Nanosecond,
}

impl TimestampUnit {
    /// Ticks in one day.
    pub(crate) fn per_day(self) -> i64 {
        match self {
            TimestampUnit::Day => 1,
            TimestampUnit::Second => 86_400,
            TimestampUnit::Millisecond => 86_400_000,
            TimestampUnit::Microsecond => 86_400_000_000,
            TimestampUnit::Nanosecond => 86_400_000_000_000,
        }
    }

    /// The unit's name in the plural.
    pub fn name(self) -> &'static str {
        match self {
            TimestampUnit::Day => "days",
            TimestampUnit::Second => "seconds",
            TimestampUnit::Millisecond => "milliseconds",
            TimestampUnit::Microsecond => "microseconds",
            TimestampUnit::Nanosecond => "nanoseconds",
        }
    }
}

/// First and last supported day: -9999-01-01 and 9999-12-31.
pub(crate) const DAY_RANGE: std::ops::RangeInclusive<i64> = -4_371_587..=2_932_896;

/// A civil date as days since 1970-01-01 (negative before). No time zones: the caller's calendar is taken as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "i32", into = "i32"))]
pub struct Date(i32);

impl Date {
    /// The date `days` after 1970-01-01.
    ///
    /// # Errors
    /// [`Error::DateOutOfRange`] outside the years -9999 to 9999.
    pub fn from_days(days: i32) -> Result<Self> {
        if !DAY_RANGE.contains(&i64::from(days)) {
            return Err(Error::DateOutOfRange { column: "date".into(), row: 0, value: days.into(), unit: "days" });
        }
        Ok(Date(days))
    }

    pub(crate) fn from_days_unchecked(days: i32) -> Self {
        Date(days)
    }

    /// The date of a year, month (1-12) and day of the month.
    ///
    /// # Errors
    /// [`Error::UnparsableDate`] if there is no such day.
    pub fn from_ymd(year: i16, month: i8, day: i8) -> Result<Self> {
        let civil = jiff::civil::Date::new(year, month, day).map_err(|_| Error::UnparsableDate {
            column: "date".into(),
            row: 0,
            value: format!("{year:04}-{month:02}-{day:02}"),
        })?;
        Ok(Self::from_civil(civil))
    }

    /// Reads an ISO 8601 date, `YYYY-MM-DD` or `YYYYMMDD`; a time of day after it is cut off.
    ///
    /// Ambiguous forms such as `03/04/2026` are refused rather than guessed.
    ///
    /// # Errors
    /// [`Error::UnparsableDate`] (row 0; callers that know the row use [`parse_dates`]).
    pub fn parse(text: &str) -> Result<Self> {
        let trimmed = text.trim();
        trimmed.parse::<jiff::civil::Date>().map(Self::from_civil).map_err(|_| Error::UnparsableDate {
            column: "date".into(),
            row: 0,
            value: text.to_owned(),
        })
    }

    fn from_civil(civil: jiff::civil::Date) -> Self {
        let span = civil.since(jiff::civil::date(1970, 1, 1)).map_or(0, |span| span.get_days());
        Date(span)
    }

    /// Days since 1970-01-01.
    pub fn days(self) -> i32 {
        self.0
    }

    fn civil(self) -> jiff::civil::Date {
        jiff::civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(self.0))
    }

    /// Year, month (1-12) and day of the month.
    pub fn ymd(self) -> (i16, i8, i8) {
        let civil = self.civil();
        (civil.year(), civil.month(), civil.day())
    }

    /// Year and number of the ISO week.
    pub(crate) fn iso_week(self) -> (i16, i8) {
        let week = self.civil().iso_week_date();
        (week.year(), week.week())
    }
}

impl TryFrom<i32> for Date {
    type Error = Error;
    fn try_from(days: i32) -> Result<Self> {
        Date::from_days(days)
    }
}

impl From<Date> for i32 {
    fn from(date: Date) -> i32 {
        date.0
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl std::str::FromStr for Date {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Date::parse(text)
    }
}

/// Reads a column of date texts as days since 1970-01-01. See [`Date::parse`] for the forms.
///
/// # Errors
/// [`Error::UnparsableDate`] with `column`, row and text of the first text that is not a date.
pub fn parse_dates<S: AsRef<str>>(column: &str, texts: &[S]) -> Result<Vec<i32>> {
    let parse = |(row, text): (usize, &S)| match Date::parse(text.as_ref()) {
        Ok(date) => Ok(date.days()),
        Err(_) => Err(Error::UnparsableDate { column: column.to_owned(), row, value: text.as_ref().to_owned() }),
    };
    texts.iter().enumerate().map(parse).collect()
}
