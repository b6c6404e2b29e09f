//! The cohort table read along its diagonals (calendar periods) and its columns (ages).

use super::build::Counted;
use super::table::{CohortTable, per};
use crate::time::Date;

/// One calendar period over all cohorts. See [`CohortTable::periods`].
///
/// The rates are absent where the period is not complete or their denominator is 0.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PeriodMetrics {
    /// First day of the period.
    pub start: Date,
    /// Last day of the period.
    pub end: Date,
    /// Whether the period lies fully inside the observation.
    pub complete: bool,
    /// Customers acquired up to the end of the period: the base.
    pub base: usize,
    /// Customers whose first purchase lies in the period.
    pub new: usize,
    /// Customers with at least one purchase in the period.
    pub active: usize,
    /// Purchase occasions.
    pub orders: u64,
    /// Net amount, in money.
    pub revenue: f64,
    /// Margin, in money, if the log has one.
    pub margin: Option<f64>,
    /// ARPU of the active: revenue / active, in money per active customer.
    pub arpu_active: Option<f64>,
    /// ARPU of the base: revenue / base, in money per customer of the base.
    pub arpu_base: Option<f64>,
    /// AOV, average order value: revenue / orders, in money per purchase occasion.
    pub average_order_value: Option<f64>,
    /// Orders per active customer: orders / active.
    pub orders_per_active: Option<f64>,
    /// Orders per customer of the base: orders / base.
    pub orders_per_base: Option<f64>,
}

/// One age over all cohorts that have reached it. See [`CohortTable::ages`].
///
/// Cohorts whose cell at this age is masked count neither in the sums nor in `acquired`, the denominator.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct AgeMetrics {
    /// Age in whole periods; 0 is the period of the first purchase.
    pub age: usize,
    /// Cohorts with at least one customer whose cell at this age is not masked.
    pub cohorts: usize,
    /// The customers of these cohorts.
    pub acquired: usize,
    /// Those of them with a purchase at this age.
    pub active: usize,
    /// Purchase occasions at this age.
    pub orders: u64,
    /// Net amount at this age, in money.
    pub revenue: f64,
    /// Margin at this age, in money, if the log has one.
    pub margin: Option<f64>,
    /// active / acquired; absent if no cohort has reached this age.
    pub retention: Option<f64>,
    /// revenue / acquired, in money per acquired customer.
    pub revenue_per_acquired: Option<f64>,
    /// revenue / active, in money per active customer.
    pub revenue_per_active: Option<f64>,
}

impl CohortTable {
    /// ARPU, order value and orders per customer of every calendar period, from the first cohort's to the end of observation.
    ///
    /// The sums add up to [`CohortTable::totals`]. A refund from before the customer's first purchase counts in the period of that purchase.
    pub fn periods(&self) -> Vec<PeriodMetrics> {
        let mut base = 0;
        let diagonal = |period: usize| {
            let mut sum = Counted::default();
            (0..=period).filter_map(|cohort| self.any_cell(cohort, period - cohort)).for_each(|cell| sum.add(&cell));
            sum
        };
        (self.cohorts().iter().enumerate())
            .map(|(period, cohort)| {
                base += cohort.customers;
                let sum = diagonal(period);
                let (active, revenue, complete) = (sum.customers as usize, sum.revenue.value(), self.is_complete(period));
                let rate = |value: f64, count: usize| if complete { per(value, count) } else { None };
                PeriodMetrics {
                    start: cohort.start,
                    end: cohort.end,
                    complete,
                    base,
                    new: cohort.customers,
                    active,
                    orders: sum.orders,
                    revenue,
                    margin: self.has_margin().then(|| sum.margin.value()),
                    arpu_active: rate(revenue, active),
                    arpu_base: rate(revenue, base),
                    average_order_value: rate(revenue, sum.orders as usize),
                    orders_per_active: rate(sum.orders as f64, active),
                    orders_per_base: rate(sum.orders as f64, base),
                }
            })
            .collect()
    }

    /// All cohorts pooled by age: the retention curve of the whole base.
    ///
    /// Each age stands on other cohorts, since young ones have not reached the later ages; `acquired` states the denominator.
    pub fn ages(&self) -> Vec<AgeMetrics> {
        (0..self.len())
            .map(|age| {
                let mut sum = Counted::default();
                let (mut cohorts, mut acquired) = (0, 0);
                for (cohort, size) in self.cohorts().iter().map(|cohort| cohort.customers).enumerate() {
                    if let Some(cell) = self.cell(cohort, age).filter(|_| size > 0) {
                        cohorts += 1;
                        acquired += size;
                        sum.add(&cell);
                    }
                }
                let (active, revenue) = (sum.customers as usize, sum.revenue.value());
                AgeMetrics {
                    age,
                    cohorts,
                    acquired,
                    active,
                    orders: sum.orders,
                    revenue,
                    margin: self.has_margin().then(|| sum.margin.value()),
                    retention: per(active as f64, acquired),
                    revenue_per_acquired: per(revenue, acquired),
                    revenue_per_active: per(revenue, active),
                }
            })
            .collect()
    }
}
