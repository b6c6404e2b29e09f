//! Value of cohorts: what a cohort has brought so far, and what those of it who stay will bring.

use super::{ClvModel, check_margin, default_rate};
use crate::calendar::CalendarPeriod;
use crate::cohort::{CohortCell, CohortTable};
use crate::concentration::{Sum, check_finite};
use crate::error::{Error, Result};
use crate::models::RetentionModel;
use crate::summary::CustomerSummary;
use crate::time::{Date, DiscountRate, TimeUnit};

/// One cohort's value. Per customer means per customer acquired, whether still active or not.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CohortValue {
    /// Number of the cohort, as in [`CohortTable::cohorts`].
    pub cohort: usize,
    /// First day of the cohort's period.
    pub start: Date,
    /// Customers acquired, at least 1.
    pub customers: usize,
    /// The last age whose period is complete; absent if not even the period of acquisition is.
    pub age: Option<usize>,
    /// Customers active at that age; all of them where there is none yet.
    pub active: usize,
    /// Value of ages 0 to `age` per customer, in money; 0 where there is none yet.
    pub observed: f64,
    /// Recent value per active customer and period, in money. Where the cohort has no complete age, that of all cohorts at age 0.
    pub per_active: f64,
    /// Value to come per customer, discounted, in money.
    pub residual: f64,
}

impl CohortValue {
    /// Observed and residual value per customer together, in money.
    pub fn total(&self) -> f64 {
        self.observed + self.residual
    }
}

/// CLV by cohort: what the cohort has brought per customer up to its last complete age, plus what is to come by a retention model and the
/// recent spend of those still active. Every customer takes the value of its cohort.
///
/// # Formula
/// For a cohort of N customers whose last complete age is a, with V(b) the value and A(b) the active customers at age b:
/// ```text
/// observed = Σ_{b ≤ a} V(b) / N
/// recent   = Σ V(b) / Σ A(b) over the last k complete ages
/// residual = A(a) / N · recent · Σ_{t=1}^{h} S(a+t) / S(a) / (1 + d)^t
/// ```
/// A cohort without a complete age has observed nothing that counts; it is taken as of age −1, with the spend of all cohorts at age 0:
/// residual = spend · (1 + Σ_{t=1}^{h−1} S(t) / (1 + d)^t) / (1 + d). Masked cells are not used, neither as values nor as zeros: what was
/// bought in the period under way is part of the residual.
///
/// The retention model's periods are those of the table; it may be fitted to the survivors of contracts, or to stays as
/// [`Lifetimes`](crate::Lifetimes) finds them.
///
/// | option | default | range |
/// |---|---|---|
/// | value | revenue × margin rate 1 | finite; or the margin column of the log |
/// | `recent` | 3 ages | ≥ 1 |
/// | `discount` | 10 % a year | > −1; above 0 if endless |
/// | `periods` | endless | ≥ 1 |
/// | `residual_only` | no | |
///
/// # Examples
/// ```
/// use crm_value::{CalendarPeriod, ClvModel, CohortClv, ShiftedBetaGeometric, TransactionLog, parse_dates};
/// let ids = [1u64, 1, 2, 3, 3];
/// let dates = parse_dates("date", &["2026-01-05", "2026-02-10", "2026-01-20", "2026-02-01", "2026-03-31"])?;
/// let log = TransactionLog::from_columns(&ids, &dates, &[10.0, 20.0, 30.0, 40.0, 50.0])?;
/// let table = log.cohorts(CalendarPeriod::Month).build()?;
/// let retention = ShiftedBetaGeometric::new(1.0, 2.0)?;
///
/// let clv = CohortClv::new(&table, &retention);
/// let january = clv.cohorts()?[0];
/// assert_eq!((january.observed, january.residual), (30.0, 0.0));      // 60 from two customers, of whom none bought in March
/// let value = clv.value(&log.summarize().build()?)?;
/// assert_eq!(value[0], 30.0);
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct CohortClv<'a> {
    table: &'a CohortTable,
    retention: &'a dyn RetentionModel,
    /// Margin rate on revenue; `None`: the margin column.
    margin: Option<f64>,
    recent: usize,
    rate: DiscountRate,
    periods: Option<u32>,
    residual_only: bool,
}

impl<'a> CohortClv<'a> {
    /// Default number of ages over which the recent spend is taken.
    pub const DEFAULT_RECENT: usize = 3;

    /// Value from a cohort table and a retention model, fitted or given, of the same period.
    pub fn new(table: &'a CohortTable, retention: &'a dyn RetentionModel) -> Self {
        CohortClv {
            table,
            retention,
            margin: Some(1.0),
            recent: Self::DEFAULT_RECENT,
            rate: default_rate(),
            periods: None,
            residual_only: false,
        }
    }

    /// Sets the contribution margin per unit of revenue (30 % is 0.30).
    pub fn margin(mut self, rate: f64) -> Self {
        self.margin = Some(rate);
        self
    }

    /// Takes the margins of the log instead of revenue.
    pub fn from_margin_column(mut self) -> Self {
        self.margin = None;
        self
    }

    /// Sets over how many of the last complete ages the recent spend is taken.
    pub fn recent(mut self, ages: usize) -> Self {
        self.recent = ages;
        self
    }

    /// Sets the discount rate.
    pub fn discount(mut self, rate: DiscountRate) -> Self {
        self.rate = rate;
        self
    }

    /// Counts this many periods to come only; 0 means without end.
    pub fn periods(mut self, periods: u32) -> Self {
        self.periods = (periods > 0).then_some(periods);
        self
    }

    /// Leaves out what was observed, so that the values are those still to come.
    pub fn residual_only(mut self, yes: bool) -> Self {
        self.residual_only = yes;
        self
    }

    /// The value of every cohort that has customers, oldest first.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a margin that is not finite or 0 recent ages; [`Error::UnboundedValue`] for an endless value without a
    /// discount rate above 0; [`Error::MissingColumn`] if the table holds no margins and they are asked for; [`Error::Empty`] if no cell is
    /// complete; [`Error::NonFinite`] where a value overflows.
    pub fn cohorts(&self) -> Result<Vec<CohortValue>> {
        let d = self.check()?;
        let at_birth = self.spend_at_birth()?;
        let cohorts = self.table.cohorts().iter().enumerate().filter(|(_, cohort)| cohort.customers > 0);
        let value = |(number, cohort): (usize, &crate::cohort::Cohort)| {
            let size = cohort.customers as f64;
            let ages = 0..self.table.len() - number;
            let Some(age) = ages.rev().find(|&age| self.table.cell(number, age).is_some()) else {
                let later = match self.periods {
                    Some(1) => 0.0,
                    periods => self.retention.discounted_renewals_given(0, d, periods.map(|periods| periods - 1)),
                };
                let residual = at_birth * (1.0 + later) / (1.0 + d);
                let (active, start) = (cohort.customers, cohort.start);
                let customers = cohort.customers;
                return CohortValue { cohort: number, start, customers, age: None, active, observed: 0.0, per_active: at_birth, residual };
            };
            let known = |age: usize| self.table.cell(number, age).or_else(|| self.table.masked_cell(number, age));
            let mut observed = Sum::default();
            (0..=age).filter_map(known).for_each(|cell| observed.add(self.value_of(&cell)));
            let recent = (0..=age).rev().filter_map(|age| self.table.cell(number, age)).take(self.recent);
            let per_active = self.per_active(recent);
            let active = self.table.cell(number, age).map_or(0, |cell| cell.customers);
            let lifetime = self.retention.discounted_renewals_given(age as u32, d, self.periods);
            CohortValue {
                cohort: number,
                start: cohort.start,
                customers: cohort.customers,
                age: Some(age),
                active,
                observed: observed.value() / size,
                per_active,
                residual: active as f64 / size * per_active * lifetime,
            }
        };
        let values: Vec<CohortValue> = cohorts.map(value).collect();
        check_finite("value", &values.iter().map(CohortValue::total).collect::<Vec<f64>>())?;
        Ok(values)
    }

    fn check(&self) -> Result<f64> {
        match self.margin {
            Some(margin) => check_margin(margin)?,
            None if self.table.has_margin() => {}
            None => {
                let advice = "read the log with a margin or cost column";
                return Err(Error::MissingColumn { what: "cohort CLV", column: "margin", advice });
            }
        }
        if self.recent == 0 {
            return Err(Error::InvalidOption { option: "recent", value: "0".to_owned(), requirement: "give at least 1" });
        }
        let d = self.rate.delta(unit(self.table.period())).exp_m1();
        if self.periods.is_none() && !(d > 0.0) {
            return Err(Error::UnboundedValue { value: d });
        }
        Ok(d)
    }

    fn value_of(&self, cell: &CohortCell) -> f64 {
        match self.margin {
            Some(margin) => margin * cell.revenue,
            None => cell.margin.unwrap_or(0.0),
        }
    }

    /// Value per active customer over some cells; 0 if nobody was active in them.
    fn per_active(&self, cells: impl Iterator<Item = CohortCell>) -> f64 {
        let (mut value, mut active) = (Sum::default(), 0_u64);
        for cell in cells {
            value.add(self.value_of(&cell));
            active += cell.customers as u64;
        }
        if active > 0 { value.value() / active as f64 } else { 0.0 }
    }

    /// Value per customer in the period of acquisition, over all cohorts for which that is complete.
    fn spend_at_birth(&self) -> Result<f64> {
        let mut complete = (0..self.table.len()).filter_map(|cohort| self.table.cell(cohort, 0)).peekable();
        if complete.peek().is_none() {
            return Err(Error::Empty { what: "the complete part of the cohort table".to_owned() });
        }
        Ok(self.per_active(complete))
    }
}

impl ClvModel for CohortClv<'_> {
    /// Every customer's cohort is found from T and the end of observation, which must be that of the table.
    ///
    /// # Errors
    /// As [`CohortClv::cohorts`]; [`Error::MissingColumn`] if the summary was not made from a log; [`Error::InvalidOption`] if it ends on
    /// another day than the table; [`Error::UnknownCustomer`] for a customer of no cohort of the table.
    fn value(&self, customers: &CustomerSummary) -> Result<Vec<f64>> {
        let advice = "summarise the log of the cohort table";
        let end = customers.observed_until().ok_or(Error::MissingColumn { what: "cohort CLV", column: "observed_until", advice })?;
        if end != self.table.observed_until() {
            let value = format!("{end} in the customer summary, {} in the cohort table", self.table.observed_until());
            return Err(Error::InvalidOption { option: "observed_until", value, requirement: "both must end on the same day" });
        }
        let cohorts = self.table.cohorts();
        let mut of_cohort = vec![None; cohorts.len()];
        for value in self.cohorts()? {
            of_cohort[value.cohort] = Some(if self.residual_only { value.residual } else { value.total() });
        }
        let days = customers.unit().days();
        let value = |(row, age): (usize, &f64)| {
            // T is a whole number of days divided by the unit's.
            let first = end.days() - (age * days).round() as i32;
            let number = cohorts.partition_point(|cohort| cohort.end.days() < first);
            let found = cohorts.get(number).filter(|cohort| cohort.start.days() <= first).and(of_cohort.get(number).copied().flatten());
            found.ok_or_else(|| {
                let customer = customers.ids().get(row).map_or_else(String::new, |id| id.to_string());
                Error::UnknownCustomer { column: "customer_id".to_owned(), row, customer, table: "the cohort table" }
            })
        };
        customers.age().iter().enumerate().map(value).collect()
    }
}

/// The unit in which a calendar period is 1 long, on average.
fn unit(period: CalendarPeriod) -> TimeUnit {
    match period {
        CalendarPeriod::Week => TimeUnit::Week,
        CalendarPeriod::Month => TimeUnit::Month,
        CalendarPeriod::Quarter => TimeUnit::Quarter,
        CalendarPeriod::Year => TimeUnit::Year,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::models::Geometric;
    use crate::time::parse_dates;
    use crate::transactions::{LogOptions, MarginColumn, TransactionLog, Transactions};

    /// January: customers 1, 2 (100 each), 1 buys again in February (40) and March (60), 2 in February (20).
    /// February: customer 3 (80), and in March (40). March: nobody. April, of which ten days are observed: customer 4 (30), and 1 again (500).
    fn log() -> Result<TransactionLog> {
        let ids = [1_u64, 2, 1, 1, 2, 3, 3, 4, 1];
        let dates =
            ["2026-01-10", "2026-01-11", "2026-02-01", "2026-03-05", "2026-02-20", "2026-02-03", "2026-03-31", "2026-04-02", "2026-04-10"];
        let amounts = [100.0, 100.0, 40.0, 60.0, 20.0, 80.0, 40.0, 30.0, 500.0];
        let margins = amounts.map(|amount| amount / 4.0);
        let dates = parse_dates("date", &dates)?;
        LogOptions::new().read(&Transactions::new(&ids, &dates, &amounts).with_margin(MarginColumn::Margin(&margins)))
    }

    fn near(actual: f64, expected: f64) {
        assert!((actual - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{actual} is not {expected}");
    }

    #[test]
    fn by_hand() -> Result<()> {
        let log = log()?;
        let table = log.cohorts(CalendarPeriod::Month).build()?;
        // Half of the active stay each month, d = 0.25 a month: Σ (0.5/1.25)^t = 0.4 / 0.6 = 2/3.
        let retention = Geometric::new(0.5)?;
        let clv = CohortClv::new(&table, &retention).recent(2).discount(DiscountRate::per_period(0.25, TimeUnit::Month)?);
        let rows = clv.cohorts()?;
        assert_eq!(
            rows.iter().map(|row| (row.cohort, row.customers, row.age, row.active)).collect::<Vec<_>>(),
            [(0, 2, Some(2), 1), (1, 1, Some(1), 1), (3, 1, None, 1),]
        );
        // January: 320 until March over 2; recent (60 + 60) / (2 + 1) = 40; half are active.
        near(rows[0].observed, 160.0);
        near(rows[0].per_active, 40.0);
        near(rows[0].residual, 0.5 * 40.0 * 2.0 / 3.0);
        // February: 120; recent 60.
        near(rows[1].observed, 120.0);
        near(rows[1].residual, 60.0 * 2.0 / 3.0);
        // April has no complete month: 280 by 3 customers at age 0, DEL 1 / 0.6, one period away.
        near(rows[2].per_active, 280.0 / 3.0);
        near(rows[2].observed, 0.0);
        near(rows[2].residual, 280.0 / 3.0 / 0.6 / 1.25);

        let customers = log.summarize().build()?;
        let values = clv.value(&customers)?;
        for (value, row) in values.iter().zip([0, 0, 1, 2]) {
            near(*value, rows[row].total());
        }
        // The observed parts add up to the complete cells.
        let observed: f64 = rows.iter().map(|row| row.observed * row.customers as f64).sum();
        near(observed, table.totals().revenue - table.totals().masked_revenue);
        let residual = clv.residual_only(true).value(&customers)?;
        near(residual[2], 40.0);
        // A margin rate and the margin column scale alike; two periods: 0.4 + 0.16.
        near(clv.margin(0.25).value(&customers)?[2], 40.0);
        near(clv.from_margin_column().value(&customers)?[2], 40.0);
        near(clv.periods(2).residual_only(true).value(&customers)?[2], 60.0 * 0.56);
        near(clv.periods(2).residual_only(true).value(&customers)?[3], 280.0 / 3.0 * (1.0 + 0.4) / 1.25);
        near(clv.periods(1).residual_only(true).value(&customers)?[3], 280.0 / 3.0 / 1.25);
        // In any unit of the summary.
        assert_eq!(clv.value(&log.summarize().unit(TimeUnit::Quarter).build()?)?, values);
        Ok(())
    }

    #[test]
    fn refuses_bad_input() -> Result<()> {
        let log = log()?;
        let table = log.cohorts(CalendarPeriod::Month).build()?;
        let retention = Geometric::new(0.5)?;
        let clv = CohortClv::new(&table, &retention);
        let customers = log.summarize().build()?;
        let kind = |clv: CohortClv<'_>, customers: &CustomerSummary| clv.value(customers).map_err(|error| (error.kind(), error.row()));
        assert_eq!(CohortClv::new(&table, &retention).margin(1e308).cohorts().unwrap_err().kind(), ErrorKind::NonFinite);
        assert_eq!(kind(clv.recent(0), &customers), Err((ErrorKind::InvalidOption, None)));
        assert_eq!(kind(clv.margin(f64::NAN), &customers), Err((ErrorKind::InvalidOption, None)));
        assert_eq!(kind(clv.discount(DiscountRate::none()), &customers), Err((ErrorKind::UnboundedValue, None)));
        let earlier = log.summarize().observed_until(Date::from_ymd(2026, 3, 31)?).build()?;
        assert_eq!(kind(clv, &earlier), Err((ErrorKind::InvalidOption, None)));
        let plain = CustomerSummary::from_columns(None, &[0.0], &[0.0], &[1.0], None, TimeUnit::Week)?;
        assert_eq!(kind(clv, &plain), Err((ErrorKind::MissingColumn, None)));
        let other = TransactionLog::from_columns(&[9_u64, 8], &parse_dates("date", &["2025-01-01", "2026-04-10"])?, &[1.0, 1.0])?;
        // Customers are sorted by id: 8 fits into the cohort of April, 9 comes from before the table.
        assert_eq!(kind(clv, &other.summarize().build()?), Err((ErrorKind::UnknownCustomer, Some(1))));
        let bare = other.cohorts(CalendarPeriod::Year).build()?;
        assert_eq!(kind(CohortClv::new(&bare, &retention).from_margin_column(), &customers), Err((ErrorKind::MissingColumn, None)));
        let one_day = TransactionLog::from_columns(&[1_u64], &parse_dates("date", &["2026-01-05"])?, &[1.0])?;
        let young = one_day.cohorts(CalendarPeriod::Month).build()?;
        assert_eq!(kind(CohortClv::new(&young, &retention), &one_day.summarize().build()?), Err((ErrorKind::Empty, None)));
        Ok(())
    }
}
