//! Counting a log into cohort cells.
//!
//! Each thread owns a range of cohorts and passes over all customers, of whom it takes its own: every cell is added up by one thread in the
//! order of the customers, whatever the number of threads.

use super::table::{Cells, CohortTable};
use crate::calendar::CalendarPeriod;
use crate::concentration::Sum;
use crate::error::{Error, Result};
use crate::parallel;
use crate::time::Date;
use crate::transactions::TransactionLog;

/// How a log is grouped into cohorts; made by [`TransactionLog::cohorts`].
///
/// A customer belongs to the calendar period of the first purchase and is of age 0 in it, of age 1 in the period after it, and so on.
///
/// | option | default |
/// |---|---|
/// | [`observed_until`](Cohorts::observed_until) | the last date in the log |
/// | [`observed_from`](Cohorts::observed_from) | the first day of the calendar period of the first purchase |
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Cohorts<'a> {
    log: &'a TransactionLog,
    period: CalendarPeriod,
    observed_from: Option<Date>,
    observed_until: Option<Date>,
}

impl TransactionLog {
    /// Groups the customers by the calendar period of their first purchase; finish with [`Cohorts::build`].
    ///
    /// ```
    /// use crm_value::{CalendarPeriod, CohortMeasure, Date, TransactionLog, parse_dates};
    /// let ids = [1u64, 1, 2, 3, 3];
    /// let dates = parse_dates("date", &["2026-01-05", "2026-02-10", "2026-01-20", "2026-02-01", "2026-03-31"])?;
    /// let log = TransactionLog::from_columns(&ids, &dates, &[10.0, 20.0, 30.0, 40.0, 50.0])?;
    ///
    /// let table = log.cohorts(CalendarPeriod::Month).build()?;
    /// assert_eq!(table.label(0).as_deref(), Some("2026-01"));
    /// assert_eq!(table.cohorts()[0].customers, 2);
    /// let retention = table.matrix(CohortMeasure::Retention);
    /// assert_eq!(retention.row(0).to_vec(), [Some(1.0), Some(0.5), Some(0.0)]);
    /// assert_eq!(retention.row(1).to_vec(), [Some(1.0), Some(1.0), None]);     // April is not there yet
    ///
    /// // Observed until the middle of March: what is known of March is not the whole of it.
    /// let early = log.cohorts(CalendarPeriod::Month).observed_until(Date::from_ymd(2026, 3, 15)?).build()?;
    /// assert_eq!(early.cell(0, 2), None);
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    pub fn cohorts(&self, period: CalendarPeriod) -> Cohorts<'_> {
        Cohorts { log: self, period, observed_from: None, observed_until: None }
    }
}

/// The calendar of a table.
struct Frame {
    /// Number of the first cohort's period.
    first: i32,
    /// Periods from the first cohort to the end of observation.
    periods: usize,
    until: Date,
    /// Period of every day from the first purchase on, counted from the first cohort.
    of_days: Vec<u32>,
    /// First purchase day.
    first_day: i32,
}

impl Frame {
    #[inline]
    fn period(&self, day: i32) -> u32 {
        self.of_days[(day - self.first_day) as usize]
    }
}

/// Marks customers first seen after the end of observation.
const LATER: u32 = u32::MAX;

impl Cohorts<'_> {
    /// Most periods that a table may span, from the first cohort to the end of observation: 38 years of weeks.
    pub const MAX_PERIODS: usize = 2_000;

    /// Sets the last day of the observation, included; later rows do not count, and customers first seen later are left out.
    pub fn observed_until(mut self, end: Date) -> Self {
        self.observed_until = Some(end);
        self
    }

    /// Sets the first day of the observation, if the log was cut out of a longer one in the middle of a period: that period is then masked.
    ///
    /// Without it the first period counts as whole, since nothing is missing of the customers first seen in it.
    pub fn observed_from(mut self, start: Date) -> Self {
        self.observed_from = Some(start);
        self
    }

    /// The cohort table.
    ///
    /// # Errors
    /// [`Error::EndBeforeFirstPurchase`]; [`Error::InvalidOption`] if `observed_from` lies after the first row, or if there would be more than
    /// [`Cohorts::MAX_PERIODS`] periods; [`Error::NonFinite`] if amounts are so large that their sums are not finite.
    pub fn build(&self) -> Result<CohortTable> {
        let frame = self.frame()?;
        let cohort_of = self.cohort_of(&frame);
        let mut sizes = vec![0usize; frame.periods];
        let mut occasions = vec![0usize; frame.periods];
        for (customer, &cohort) in cohort_of.iter().enumerate().filter(|&(_, &cohort)| cohort != LATER) {
            sizes[cohort as usize] += 1;
            occasions[cohort as usize] += (self.log.starts[customer + 1] - self.log.starts[customer]) as usize;
        }
        let mut cells = Cells::new(frame.periods, self.log.has_margin());
        let threads = parallel::threads(self.log.threads, self.log.occasions());
        let parts = cells.split(&balanced(&occasions, threads));
        parallel::run(parts, |mut part| {
            for (customer, &cohort) in cohort_of.iter().enumerate() {
                if part.cohorts.contains(&(cohort as usize)) {
                    self.count(&frame, customer, cohort, &mut part);
                }
            }
        });
        for adjustment in self.log.adjustments.iter().filter(|adjustment| adjustment.day <= frame.until.days()) {
            let cohort = cohort_of[adjustment.customer as usize];
            if cohort != LATER {
                // A refund from before the first purchase counts at age 0.
                let period = if adjustment.day < frame.first_day { cohort } else { frame.period(adjustment.day).max(cohort) };
                cells.adjust(cohort as usize, (period - cohort) as usize, adjustment.amount, adjustment.margin);
            }
        }
        let from = self.observed_from.unwrap_or_else(|| self.period.first_day(frame.first));
        CohortTable::new(self.period, frame.first, from, frame.until, sizes, cells)
    }

    /// The cohort of every customer first seen until the end of observation, in the order of the ids: the customers of
    /// [`TransactionLog::summarize`] with the same end. Cohorts are numbered as in [`CohortTable::cohorts`].
    ///
    /// # Errors
    /// As [`Cohorts::build`].
    pub fn assign(&self) -> Result<Vec<u32>> {
        let mut cohorts = self.cohort_of(&self.frame()?);
        cohorts.retain(|&cohort| cohort != LATER);
        Ok(cohorts)
    }

    fn frame(&self) -> Result<Frame> {
        let log = self.log;
        let first_day = log.first_purchase();
        let first = Date::from_days_unchecked(first_day);
        let until = self.observed_until.unwrap_or_else(|| log.last_date());
        if until < first {
            return Err(Error::EndBeforeFirstPurchase { end: until.to_string(), first: first.to_string() });
        }
        if let Some(from) = self.observed_from.filter(|&from| from > log.first_date()) {
            let requirement = "the log has rows before it; give the first day of the log or an earlier one";
            return Err(Error::InvalidOption { option: "observed_from", value: from.to_string(), requirement });
        }
        let number = self.period.number(first);
        let periods = self.period.number(until).abs_diff(number) as usize + 1;
        if periods > Self::MAX_PERIODS {
            let value = format!("{}, which cuts the observation into {periods}", self.period);
            return Err(Error::InvalidOption { option: "period", value, requirement: "choose a longer period; there may be 2000" });
        }
        Ok(Frame { first: number, periods, until, of_days: self.period.of_days(first, until), first_day })
    }

    fn cohort_of(&self, frame: &Frame) -> Vec<u32> {
        let log = self.log;
        parallel::map(log.customers(), 1, |customer| {
            let day = log.occasions[log.starts[customer] as usize].day;
            if day <= frame.until.days() { frame.period(day) } else { LATER }
        })
    }

    /// Adds one customer's occasions to the cells of its cohort.
    fn count(&self, frame: &Frame, customer: usize, cohort: u32, part: &mut CellsPart<'_>) {
        let start = self.log.starts[customer] as usize;
        let row = part.row(cohort as usize);
        let mut last_age = usize::MAX;
        for (i, occasion) in self.log.history(customer).iter().enumerate() {
            if occasion.day > frame.until.days() {
                break;
            }
            let age = (frame.period(occasion.day) - cohort) as usize;
            let cell = &mut row[age];
            cell.customers += u32::from(age != last_age);
            cell.orders += 1;
            cell.revenue.add(occasion.amount);
            if let Some(margins) = &self.log.margins {
                cell.margin.add(margins[start + i]);
            }
            last_age = age;
        }
    }
}

/// One cell while it is being added up.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counted {
    pub(super) customers: u32,
    pub(super) orders: u64,
    pub(super) revenue: Sum,
    pub(super) margin: Sum,
}

/// The cells of a range of cohorts.
pub(super) struct CellsPart<'p> {
    pub(super) cohorts: std::ops::Range<usize>,
    pub(super) periods: usize,
    pub(super) cells: &'p mut [Counted],
}

impl CellsPart<'_> {
    /// The cells of one cohort of the part, by age.
    fn row(&mut self, cohort: usize) -> &mut [Counted] {
        let start = row_start(cohort, self.periods) - row_start(self.cohorts.start, self.periods);
        &mut self.cells[start..start + self.periods - cohort]
    }
}

/// Where a cohort's cells begin: the first cohort has one for every period, the next one fewer, and so on.
pub(super) fn row_start(cohort: usize, periods: usize) -> usize {
    cohort * (2 * periods + 1 - cohort) / 2
}

/// Ranges of cohorts with about the same number of occasions each.
fn balanced(occasions: &[usize], threads: usize) -> Vec<std::ops::Range<usize>> {
    let total: usize = occasions.iter().sum();
    let mut ranges = Vec::with_capacity(threads);
    let (mut start, mut seen) = (0, 0);
    for (cohort, &count) in occasions.iter().enumerate() {
        seen += count;
        if ranges.len() + 1 < threads && seen * threads >= total * (ranges.len() + 1) {
            ranges.push(start..cohort + 1);
            start = cohort + 1;
        }
    }
    ranges.push(start..occasions.len());
    ranges
}
