//! Periods of the civil calendar: weeks, months, quarters and years as they are printed on a wall, not as fixed numbers of days.

use crate::error::{Error, Result};
use crate::time::{DAY_RANGE, Date};

/// A period of the civil calendar (proleptic Gregorian), by which customers are grouped and time is cut.
///
/// Unlike [`crate::TimeUnit`], whose month always has 30.4375 days, a calendar month has 28 to 31.
///
/// | period | begins | label |
/// |---|---|---|
/// | `Week` | on Monday (ISO 8601) | `2026-W05` |
/// | `Month` | on the first of the month | `2026-01` |
/// | `Quarter` | on 1 January, April, July, October | `2026-Q1` |
/// | `Year` | on 1 January | `2026` |
///
/// ```
/// use crm_value::{CalendarPeriod, Date};
/// let day = Date::from_ymd(2027, 1, 1)?;                  // a Friday
/// assert_eq!(CalendarPeriod::Week.start(day).to_string(), "2026-12-28");
/// assert_eq!(CalendarPeriod::Week.end(day).to_string(), "2027-01-03");
/// assert_eq!(CalendarPeriod::Week.label(day), "2026-W53");
/// assert_eq!(CalendarPeriod::Quarter.label(day), "2027-Q1");
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum CalendarPeriod {
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// January to March, April to June, July to September, October to December.
    Quarter,
    /// A calendar year.
    Year,
}

/// The Monday of the week that holds 1970-01-01, a Thursday.
const MONDAY: i64 = -3;

impl CalendarPeriod {
    /// Every period, shortest first.
    pub const ALL: [CalendarPeriod; 4] = [CalendarPeriod::Week, CalendarPeriod::Month, CalendarPeriod::Quarter, CalendarPeriod::Year];

    /// The period's name in lower case: `"week"`, `"month"`, `"quarter"`, `"year"`.
    pub fn name(self) -> &'static str {
        match self {
            CalendarPeriod::Week => "week",
            CalendarPeriod::Month => "month",
            CalendarPeriod::Quarter => "quarter",
            CalendarPeriod::Year => "year",
        }
    }

    /// The first day of the period that holds `date`; -9999-01-01 where the week began before it.
    pub fn start(self, date: Date) -> Date {
        self.first_day(self.number(date))
    }

    /// The last day of the period that holds `date`; 9999-12-31 where the week ends after it.
    pub fn end(self, date: Date) -> Date {
        self.last_day(self.number(date))
    }

    /// The label of the period that holds `date`, as in the table above; labels of one kind of period sort like its dates from year 0 on.
    pub fn label(self, date: Date) -> String {
        let (year, month, _) = date.ymd();
        match self {
            CalendarPeriod::Week => {
                let (year, week) = date.iso_week();
                format!("{year:04}-W{week:02}")
            }
            CalendarPeriod::Month => format!("{year:04}-{month:02}"),
            CalendarPeriod::Quarter => format!("{year:04}-Q{}", (month - 1) / 3 + 1),
            CalendarPeriod::Year => format!("{year:04}"),
        }
    }

    /// Months in the period; 0 for a week.
    fn months(self) -> i32 {
        match self {
            CalendarPeriod::Week => 0,
            CalendarPeriod::Month => 1,
            CalendarPeriod::Quarter => 3,
            CalendarPeriod::Year => 12,
        }
    }

    /// The number of the period that holds `date`; that of 1970-01-01 is 0.
    pub(crate) fn number(self, date: Date) -> i32 {
        match self {
            CalendarPeriod::Week => (i64::from(date.days()) - MONDAY).div_euclid(7) as i32,
            _ => {
                let (year, month, _) = date.ymd();
                ((i32::from(year) - 1970) * 12 + i32::from(month) - 1).div_euclid(self.months())
            }
        }
    }

    /// The first day of a period, as days since 1970-01-01; one day after the last supported day for the period after the last.
    fn begins(self, number: i32) -> i64 {
        match self {
            CalendarPeriod::Week => i64::from(number) * 7 + MONDAY,
            _ => {
                let months = i64::from(number) * i64::from(self.months());
                let (year, month) = (1970 + months.div_euclid(12), months.rem_euclid(12) as i8 + 1);
                let first = i16::try_from(year).ok().and_then(|year| Date::from_ymd(year, month, 1).ok());
                first.map_or(if year < 1970 { *DAY_RANGE.start() } else { DAY_RANGE.end() + 1 }, |first| i64::from(first.days()))
            }
        }
    }

    pub(crate) fn first_day(self, number: i32) -> Date {
        Date::from_days_unchecked(self.begins(number).max(*DAY_RANGE.start()) as i32)
    }

    pub(crate) fn last_day(self, number: i32) -> Date {
        Date::from_days_unchecked((self.begins(number + 1) - 1).min(*DAY_RANGE.end()) as i32)
    }

    /// For every day from `first` to `last` the number of its period, counted from that of `first`.
    pub(crate) fn of_days(self, first: Date, last: Date) -> Vec<u32> {
        let start = self.number(first);
        let mut numbers = Vec::with_capacity(last.days().abs_diff(first.days()) as usize + 1);
        for number in start..=self.number(last) {
            let until = self.last_day(number).min(last);
            let days = until.days().abs_diff(first.days()) as usize + 1;
            numbers.resize(days, number.abs_diff(start));
        }
        numbers
    }
}

impl std::fmt::Display for CalendarPeriod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for CalendarPeriod {
    type Err = Error;

    /// Reads [`CalendarPeriod::name`], also in the plural.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for any other text.
    fn from_str(text: &str) -> Result<Self> {
        let named = |period: &CalendarPeriod| text == period.name() || text.strip_suffix('s') == Some(period.name());
        CalendarPeriod::ALL.into_iter().find(named).ok_or_else(|| Error::InvalidOption {
            option: "period",
            value: text.to_owned(),
            requirement: "use week, month, quarter or year",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    /// Period by period: first day, last day and label.
    #[test]
    fn civil_periods() {
        use CalendarPeriod::{Month, Quarter, Week, Year};
        for (period, day, start, end, label) in [
            (Week, "2024-12-30", "2024-12-30", "2025-01-05", "2025-W01"),
            (Week, "2021-01-03", "2020-12-28", "2021-01-03", "2020-W53"),
            (Week, "1969-12-28", "1969-12-22", "1969-12-28", "1969-W52"),
            (Month, "2024-02-29", "2024-02-01", "2024-02-29", "2024-02"),
            (Month, "1969-12-31", "1969-12-01", "1969-12-31", "1969-12"),
            (Quarter, "2025-08-15", "2025-07-01", "2025-09-30", "2025-Q3"),
            (Quarter, "1969-03-01", "1969-01-01", "1969-03-31", "1969-Q1"),
            (Year, "1900-06-01", "1900-01-01", "1900-12-31", "1900"),
        ] {
            let day = date(day);
            assert_eq!((period.start(day), period.end(day)), (date(start), date(end)), "{period} of {day}");
            assert_eq!(period.label(day), label);
        }
    }

    #[test]
    fn every_day_belongs_to_the_period_that_holds_it() {
        let (first, last) = (date("1999-11-17"), date("2005-02-03"));
        for period in CalendarPeriod::ALL {
            let numbers = period.of_days(first, last);
            assert_eq!(numbers.len() as i32, last.days() - first.days() + 1);
            for (day, number) in (first.days()..).zip(numbers) {
                let day = Date::from_days(day).unwrap();
                assert_eq!(period.number(day), period.number(first) + number as i32);
                assert!(period.start(day) <= day && day <= period.end(day));
                assert_eq!(period.number(period.start(day)), period.number(day));
                assert_eq!(period.number(period.end(day)), period.number(day));
            }
        }
    }

    #[test]
    fn the_ends_of_the_calendar() {
        let (first, last) = (date("-009999-01-01"), date("9999-12-31"));
        for period in CalendarPeriod::ALL {
            assert_eq!(period.start(first), first);
            assert_eq!(period.end(last), last);
            assert!(period.end(first) > first && period.start(last) < last);
        }
    }

    #[test]
    fn names_are_read() {
        for period in CalendarPeriod::ALL {
            assert_eq!(period.name().parse::<CalendarPeriod>().unwrap(), period);
            assert_eq!(format!("{period}s").parse::<CalendarPeriod>().unwrap(), period);
        }
        assert!("day".parse::<CalendarPeriod>().is_err());
    }
}
