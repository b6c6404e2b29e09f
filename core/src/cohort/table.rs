//! The cohort table: cells by cohort and age.

use ndarray::Array2;

use super::build::{CellsPart, Counted, row_start};
use crate::calendar::CalendarPeriod;
use crate::concentration::Sum;
use crate::error::{Error, Result};
use crate::parallel;
use crate::time::Date;

/// The customers acquired in one calendar period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Cohort {
    /// First day of the period.
    pub start: Date,
    /// Last day of the period.
    pub end: Date,
    /// Customers whose first purchase lies in it: the denominator of retention. May be 0.
    pub customers: usize,
}

/// What a cohort did at one age.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CohortCell {
    /// Customers with at least one purchase in the period.
    pub customers: usize,
    /// Purchase occasions: days on which a customer bought.
    pub orders: u64,
    /// Net amount, refunds deducted, in money.
    pub revenue: f64,
    /// The same of the margin column, if the log has one.
    pub margin: Option<f64>,
}

/// Sums over a table, so that it can be reconciled with its log.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CohortTotals {
    /// Customers of all cohorts.
    pub customers: usize,
    /// Orders in all cells, masked ones included.
    pub orders: u64,
    /// Revenue in all cells, masked ones included: that of the customer summary with the same end.
    pub revenue: f64,
    /// Margin in all cells, masked ones included.
    pub margin: Option<f64>,
    /// Orders in the masked cells.
    pub masked_orders: u64,
    /// Revenue in the masked cells.
    pub masked_revenue: f64,
    /// Margin in the masked cells.
    pub masked_margin: Option<f64>,
}

/// What a matrix of a [`CohortTable`] shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum CohortMeasure {
    /// Customers with a purchase at that age.
    Customers,
    /// Purchase occasions.
    Orders,
    /// Net amount, in money.
    Revenue,
    /// Margin, in money.
    Margin,
    /// Active customers over the size of the cohort. Customers may return, so it may rise again.
    Retention,
    /// Net amount of ages 0 to this one, in money.
    CumulativeRevenue,
    /// Margin of ages 0 to this one, in money.
    CumulativeMargin,
    /// Net amount of ages 0 to this one over the size of the cohort, in money per acquired customer.
    CumulativeRevenuePerCustomer,
    /// Margin of ages 0 to this one over the size of the cohort, in money per acquired customer.
    CumulativeMarginPerCustomer,
}

impl CohortMeasure {
    /// Every measure.
    pub const ALL: [CohortMeasure; 9] = [
        CohortMeasure::Customers,
        CohortMeasure::Orders,
        CohortMeasure::Revenue,
        CohortMeasure::Margin,
        CohortMeasure::Retention,
        CohortMeasure::CumulativeRevenue,
        CohortMeasure::CumulativeMargin,
        CohortMeasure::CumulativeRevenuePerCustomer,
        CohortMeasure::CumulativeMarginPerCustomer,
    ];

    /// The measure's name, for example `"retention"` or `"cumulative_revenue_per_customer"`.
    pub fn name(self) -> &'static str {
        match self {
            CohortMeasure::Customers => "customers",
            CohortMeasure::Orders => "orders",
            CohortMeasure::Revenue => "revenue",
            CohortMeasure::Margin => "margin",
            CohortMeasure::Retention => "retention",
            CohortMeasure::CumulativeRevenue => "cumulative_revenue",
            CohortMeasure::CumulativeMargin => "cumulative_margin",
            CohortMeasure::CumulativeRevenuePerCustomer => "cumulative_revenue_per_customer",
            CohortMeasure::CumulativeMarginPerCustomer => "cumulative_margin_per_customer",
        }
    }
}

impl std::str::FromStr for CohortMeasure {
    type Err = Error;

    /// Reads [`CohortMeasure::name`].
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for any other text.
    fn from_str(text: &str) -> Result<Self> {
        CohortMeasure::ALL.into_iter().find(|measure| text == measure.name()).ok_or_else(|| Error::InvalidOption {
            option: "measure",
            value: text.to_owned(),
            requirement: "use customers, orders, revenue, margin, retention, cumulative_revenue, cumulative_margin, \
                          cumulative_revenue_per_customer or cumulative_margin_per_customer",
        })
    }
}

/// Customers by calendar period of their first purchase (rows) and age in whole periods (columns).
///
/// One cohort for every period from the first purchase to the end of observation, also where nobody was acquired. A cell at (cohort c, age a)
/// covers the calendar period c + a. A cell whose period is not fully inside the observation is *masked*: it has no value, which is not the
/// same as 0. [`CohortTable::masked_cell`] tells what is known of it, and [`CohortTable::totals`] reconciles the table with its log:
///
/// ```text
/// Σ revenue of cells + Σ revenue of masked cells = Σ total_spend of the customer summary with the same end
/// ```
///
/// Refund-only days count with their amount in the period in which they lie (at age 0 if they lie before the customer's first purchase), but
/// make nobody active. Made by [`TransactionLog::cohorts`](crate::TransactionLog::cohorts).
#[derive(Debug, Clone)]
pub struct CohortTable {
    period: CalendarPeriod,
    observed_from: Date,
    observed_until: Date,
    cohorts: Vec<Cohort>,
    /// Cohort after cohort, by age; see [`row_start`].
    cells: Vec<CohortCell>,
}

impl CohortTable {
    pub(super) fn new(
        period: CalendarPeriod,
        first: i32,
        observed_from: Date,
        observed_until: Date,
        sizes: Vec<usize>,
        cells: Cells,
    ) -> Result<Self> {
        let cohorts = (first..).zip(sizes);
        let cohorts = cohorts
            .map(|(number, customers)| Cohort { start: period.first_day(number), end: period.last_day(number), customers })
            .collect();
        let table = CohortTable { period, observed_from, observed_until, cohorts, cells: cells.finish() };
        let totals = table.totals();
        for (column, sum) in [("amount", Some(totals.revenue)), ("margin", totals.margin)] {
            if let Some(value) = sum.filter(|sum| !sum.is_finite()) {
                return Err(Error::NonFinite { column: format!("sum of {column}"), row: 0, value });
            }
        }
        Ok(table)
    }

    /// The calendar period of cohorts and ages.
    pub fn period(&self) -> CalendarPeriod {
        self.period
    }

    /// The first day observed: as given, or the start of the first cohort's period.
    pub fn observed_from(&self) -> Date {
        self.observed_from
    }

    /// The last day observed.
    pub fn observed_until(&self) -> Date {
        self.observed_until
    }

    /// The cohorts, oldest first; as many as there are ages.
    pub fn cohorts(&self) -> &[Cohort] {
        &self.cohorts
    }

    /// The label of a cohort, for example `"2026-01"` or `"2026-W05"`.
    pub fn label(&self, cohort: usize) -> Option<String> {
        self.cohorts.get(cohort).map(|cohort| self.period.label(cohort.end))
    }

    /// Number of cohorts and of ages.
    pub fn len(&self) -> usize {
        self.cohorts.len()
    }

    /// Whether there are no cohorts; never true.
    pub fn is_empty(&self) -> bool {
        self.cohorts.is_empty()
    }

    /// Whether the cells hold margins.
    pub fn has_margin(&self) -> bool {
        self.cells.first().is_some_and(|cell| cell.margin.is_some())
    }

    /// Whether calendar period `period`, counted from the first cohort, lies fully inside the observation.
    pub fn is_complete(&self, period: usize) -> bool {
        self.cohorts.get(period).is_some_and(|period| self.observed_from <= period.start && period.end <= self.observed_until)
    }

    /// What `cohort` did at `age`; `None` if the cell is masked or lies beyond the end of observation.
    pub fn cell(&self, cohort: usize, age: usize) -> Option<CohortCell> {
        self.any_cell(cohort, age).filter(|_| self.is_complete(cohort + age))
    }

    /// What is known of a masked cell: the part of its period that was observed. `None` if the cell is not masked.
    pub fn masked_cell(&self, cohort: usize, age: usize) -> Option<CohortCell> {
        self.any_cell(cohort, age).filter(|_| !self.is_complete(cohort + age))
    }

    /// The cell, masked or not, if its period has begun.
    pub(super) fn any_cell(&self, cohort: usize, age: usize) -> Option<CohortCell> {
        let ages = self.len().checked_sub(cohort)?;
        if age < ages { self.cells.get(row_start(cohort, self.len()) + age).copied() } else { None }
    }

    /// Active customers at `age` over the size of the cohort, in [0, 1]; `None` for a masked cell or an empty cohort.
    pub fn retention(&self, cohort: usize, age: usize) -> Option<f64> {
        let cell = self.cell(cohort, age)?;
        per(cell.customers as f64, self.cohorts[cohort].customers)
    }

    /// One measure as a matrix of cohorts (rows) × ages (columns), of shape ([`len`](CohortTable::len), [`len`](CohortTable::len)).
    ///
    /// `None` where the cell is masked or beyond the end of observation; in the cumulative measures also if an earlier cell of the cohort is
    /// masked; in the rates if the cohort is empty; in the margins if the log has none.
    pub fn matrix(&self, measure: CohortMeasure) -> Array2<Option<f64>> {
        let mut matrix = Array2::from_elem((self.len(), self.len()), None);
        for (cohort, mut row) in matrix.rows_mut().into_iter().enumerate() {
            let mut sum = Some(Sum::default());
            for (age, value) in row.iter_mut().enumerate().take(self.len() - cohort) {
                *value = self.value(cohort, age, measure, &mut sum);
            }
        }
        matrix
    }

    /// `sum` holds the sum of the ages before, if none of them is masked.
    fn value(&self, cohort: usize, age: usize, measure: CohortMeasure, sum: &mut Option<Sum>) -> Option<f64> {
        let cell = self.cell(cohort, age);
        let mut cumulative = |value: Option<f64>| {
            *sum = sum.zip(value).map(|(mut sum, value)| {
                sum.add(value);
                sum
            });
            sum.map(Sum::value)
        };
        let size = self.cohorts[cohort].customers;
        match measure {
            CohortMeasure::Customers => cell.map(|cell| cell.customers as f64),
            CohortMeasure::Orders => cell.map(|cell| cell.orders as f64),
            CohortMeasure::Revenue => cell.map(|cell| cell.revenue),
            CohortMeasure::Margin => cell.and_then(|cell| cell.margin),
            CohortMeasure::Retention => self.retention(cohort, age),
            CohortMeasure::CumulativeRevenue => cumulative(cell.map(|cell| cell.revenue)),
            CohortMeasure::CumulativeMargin => cumulative(cell.and_then(|cell| cell.margin)),
            CohortMeasure::CumulativeRevenuePerCustomer => per(cumulative(cell.map(|cell| cell.revenue))?, size),
            CohortMeasure::CumulativeMarginPerCustomer => per(cumulative(cell.and_then(|cell| cell.margin))?, size),
        }
    }

    /// Sums over all cells and over the masked ones.
    pub fn totals(&self) -> CohortTotals {
        let mut all = Counted::default();
        let mut masked = Counted::default();
        for cohort in 0..self.len() {
            for age in 0..self.len() - cohort {
                if let Some(cell) = self.any_cell(cohort, age) {
                    all.add(&cell);
                    if !self.is_complete(cohort + age) {
                        masked.add(&cell);
                    }
                }
            }
        }
        let margin = |sum: Sum| self.has_margin().then(|| sum.value());
        CohortTotals {
            customers: self.cohorts.iter().map(|cohort| cohort.customers).sum(),
            orders: all.orders,
            revenue: all.revenue.value(),
            margin: margin(all.margin),
            masked_orders: masked.orders,
            masked_revenue: masked.revenue.value(),
            masked_margin: margin(masked.margin),
        }
    }
}

/// A quotient whose denominator may be 0.
pub(super) fn per(value: f64, count: usize) -> Option<f64> {
    (count > 0).then(|| value / count as f64)
}

impl Counted {
    pub(super) fn add(&mut self, cell: &CohortCell) {
        self.customers += cell.customers as u32;
        self.orders += cell.orders;
        self.revenue.add(cell.revenue);
        self.margin.add(cell.margin.unwrap_or(0.0));
    }
}

/// The cells while they are being added up.
pub(super) struct Cells {
    periods: usize,
    with_margin: bool,
    cells: Vec<Counted>,
}

impl Cells {
    pub(super) fn new(periods: usize, with_margin: bool) -> Self {
        Cells { periods, with_margin, cells: vec![Counted::default(); row_start(periods, periods)] }
    }

    /// The cells of consecutive ranges of cohorts.
    pub(super) fn split(&mut self, ranges: &[std::ops::Range<usize>]) -> Vec<CellsPart<'_>> {
        let periods = self.periods;
        let lengths = ranges.iter().map(|range| row_start(range.end, periods) - row_start(range.start, periods));
        let parts = parallel::split_mut(&mut self.cells, lengths);
        ranges.iter().cloned().zip(parts).map(|(cohorts, cells)| CellsPart { cohorts, periods, cells }).collect()
    }

    pub(super) fn adjust(&mut self, cohort: usize, age: usize, amount: f64, margin: f64) {
        let cell = &mut self.cells[row_start(cohort, self.periods) + age];
        cell.revenue.add(amount);
        cell.margin.add(margin);
    }

    fn finish(self) -> Vec<CohortCell> {
        let cell = |cell: Counted| CohortCell {
            customers: cell.customers as usize,
            orders: cell.orders,
            revenue: cell.revenue.value(),
            margin: self.with_margin.then(|| cell.margin.value()),
        };
        self.cells.into_iter().map(cell).collect()
    }
}
