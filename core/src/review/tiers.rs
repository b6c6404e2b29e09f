//! The top tier then and now, and who moved between the tiers.

use super::bridge::{Movement, ordered_sum};
use super::customers::Customers;
use crate::concentration::Tiers;
use crate::error::Result;

/// The top tier of the first period, then and now, and how it was made up anew.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TopTier {
    /// Customers in the top tier of the first period.
    pub customers: usize,
    /// Their value in the first period, in money.
    pub value_1: f64,
    /// The value of the same customers in the second period, in money.
    pub value_2: f64,
    /// value_2 / value_1 − 1; absent unless value_1 is above 0.
    pub growth: Option<f64>,
    /// Those of them who were there in the second period.
    pub retained: usize,
    /// retained / customers, in [0, 1]; absent without customers.
    pub retention: Option<f64>,
    /// Those of them who were in the top tier again.
    pub stayed: usize,
    /// stayed / customers, in [0, 1]; absent without customers.
    pub stay_share: Option<f64>,
    /// Customers in the top tier of the second period.
    pub customers_now: usize,
    /// The value of those in the second period, in money.
    pub value_now: f64,
    /// Those of the second period's top tier who rose from a lower tier.
    pub risen: usize,
    /// Those who are new or returned.
    pub arrived: usize,
    /// Those of the first period's top tier who fell to a lower tier.
    pub fallen: usize,
    /// Those who were lost.
    pub lost: usize,
}

/// Customers by tier of the first period (rows) and of the second (columns).
///
/// Rows are the tiers of the first period, best first, then the new and the returned customers; columns are the tiers of the second period and
/// the lost customers. Cells add up to the customers of either period. Customers who were there in neither are not part of it.
#[derive(Debug, Clone)]
pub struct Migration {
    tiers: [Tiers; 2],
    /// Row by row.
    customers: Vec<usize>,
    /// Value in the first and the second period, row by row.
    value: [Vec<f64>; 2],
    tier_of: [Vec<Option<u8>>; 2],
}

impl Migration {
    /// The tiers of period 1 (`period` 0) or 2 (`period` 1); `None` for other periods.
    pub fn tiers(&self, period: usize) -> Option<&Tiers> {
        self.tiers.get(period)
    }

    /// The tier (0 is the top) of every customer in period 1 (`period` 0) or 2 (`period` 1); `None` for customers who were not there. Empty for
    /// other periods.
    pub fn tier_of(&self, period: usize) -> &[Option<u8>] {
        self.tier_of.get(period).map_or(&[], Vec::as_slice)
    }

    /// Number of tiers.
    pub fn len(&self) -> usize {
        self.tiers[0].rows().len()
    }

    /// Whether there are no tiers; never true.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of rows: the tiers, new, returned.
    pub fn rows(&self) -> usize {
        self.len() + 2
    }

    /// Number of columns: the tiers, lost.
    pub fn columns(&self) -> usize {
        self.len() + 1
    }

    /// Customers of a cell, and their value in the first and the second period; `None` if there is no such cell.
    pub fn cell(&self, row: usize, column: usize) -> Option<(usize, f64, f64)> {
        let cell = (row < self.rows() && column < self.columns()).then(|| row * self.columns() + column)?;
        Some((self.customers[cell], self.value[0][cell], self.value[1][cell]))
    }
}

pub(super) fn compare(customers: &Customers, movements: &[Movement], bounds: &[f64]) -> Result<(TopTier, Migration)> {
    let (tiers_1, of_1) = cut(customers, 0, bounds)?;
    let (tiers_2, of_2) = cut(customers, 1, bounds)?;
    let count = bounds.len();
    let columns = count + 1;
    let cell_of = |i: usize| -> Option<usize> {
        let row = match (of_1[i], movements[i]) {
            (Some(tier), _) => usize::from(tier),
            (None, Movement::New) => count,
            (None, Movement::Returned) => count + 1,
            (None, _) => return None,
        };
        Some(row * columns + of_2[i].map_or(count, usize::from))
    };
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); (count + 2) * columns];
    for i in 0..customers.len() {
        if let Some(cell) = cell_of(i) {
            members[cell].push(i);
        }
    }
    let sum = |members: &Vec<usize>, period: usize| ordered_sum(members.iter().map(|&i| customers.value[period][i]).collect());
    let value = [0, 1].map(|period| members.iter().map(|members| sum(members, period)).collect::<Vec<f64>>());
    let numbers: Vec<usize> = members.iter().map(Vec::len).collect();

    let top = numbers[..columns].iter().sum::<usize>();
    let of_cells = |cells: &mut dyn Iterator<Item = usize>| cells.map(|cell| numbers[cell]).sum::<usize>();
    let (stayed, lost) = (numbers[0], numbers[count]);
    let value_in = |period: usize| ordered_sum(value[period][..columns].to_vec());
    let (value_1, value_2) = (value_in(0), value_in(1));
    let share = |part: usize| (top > 0).then(|| part as f64 / top as f64);
    let retained = top - lost;
    let top_tier = TopTier {
        customers: top,
        value_1,
        value_2,
        growth: (value_1 > 0.0).then(|| value_2 / value_1 - 1.0),
        retained,
        retention: share(retained),
        stayed,
        stay_share: share(stayed),
        customers_now: of_cells(&mut (0..count + 2).map(|row| row * columns)),
        value_now: ordered_sum((0..count + 2).map(|row| value[1][row * columns]).collect()),
        risen: of_cells(&mut (1..count).map(|row| row * columns)),
        arrived: of_cells(&mut (count..count + 2).map(|row| row * columns)),
        fallen: retained - stayed,
        lost,
    };
    Ok((top_tier, Migration { tiers: [tiers_1, tiers_2], customers: numbers, value, tier_of: [of_1, of_2] }))
}

/// The tiers of a period, and the tier of every customer who was there.
fn cut(customers: &Customers, period: usize, bounds: &[f64]) -> Result<(Tiers, Vec<Option<u8>>)> {
    let present: Vec<usize> = customers.present(period).collect();
    let values: Vec<f64> = present.iter().map(|&i| customers.value[period][i]).collect();
    let tiers = if values.is_empty() { Tiers::without_customers(bounds)? } else { Tiers::by_customer_share(&values, bounds)? };
    let mut tier_of = vec![None; customers.len()];
    for (&i, tier) in present.iter().zip(tiers.assign(&values)?) {
        tier_of[i] = Some(tier);
    }
    Ok((tiers, tier_of))
}
