//! Who came, grew, shrank and left, and what it did to the value.

use super::customers::Customers;
use crate::concentration::Sum;

/// What became of a customer from the first period to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[repr(u8)]
pub enum Movement {
    /// There in the second period for the first time.
    New,
    /// There in the second period and before the first or between the two, but not in the first.
    Returned,
    /// There in both, of greater value in the second.
    Grown,
    /// There in both, of the same value, up to the tolerance.
    Equal,
    /// There in both, of smaller value in the second.
    Shrunk,
    /// There in the first period only.
    Lost,
    /// There in neither, but known: a customer from before, or one between the two periods.
    Absent,
}

impl Movement {
    /// Every movement.
    pub const ALL: [Movement; 7] =
        [Movement::New, Movement::Returned, Movement::Grown, Movement::Equal, Movement::Shrunk, Movement::Lost, Movement::Absent];

    /// The movement's name: `"new"`, `"returned"`, `"grown"`, `"equal"`, `"shrunk"`, `"lost"`, `"absent"`.
    pub fn name(self) -> &'static str {
        match self {
            Movement::New => "new",
            Movement::Returned => "returned",
            Movement::Grown => "grown",
            Movement::Equal => "equal",
            Movement::Shrunk => "shrunk",
            Movement::Lost => "lost",
            Movement::Absent => "absent",
        }
    }

    /// Whether the customer was there in both periods.
    pub fn is_retained(self) -> bool {
        matches!(self, Movement::Grown | Movement::Equal | Movement::Shrunk)
    }
}

impl std::fmt::Display for Movement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The customers of one movement in numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct MovementSummary {
    /// The movement.
    pub movement: Movement,
    /// Number of customers.
    pub customers: usize,
    /// Their value in the first period, in money.
    pub value_1: f64,
    /// Their value in the second period, in money.
    pub value_2: f64,
}

impl MovementSummary {
    pub(super) fn of(movement: Movement, customers: &Customers, movements: &[Movement]) -> Self {
        let members = || (0..customers.len()).filter(|&i| movements[i] == movement);
        let sum = |period: usize| ordered_sum(members().map(|i| customers.value[period][i]).collect());
        MovementSummary { movement, customers: members().count(), value_1: sum(0), value_2: sum(1) }
    }
}

/// From the value of the first period to that of the second, in money.
///
/// # Formula
/// ```text
/// V1 + new + returned + growth − shrinkage − lost + absent = V2
/// ```
/// Each term is the sum of v2 − v1 over its customers, with the sign that makes it positive as a rule. Growth and shrinkage are the rises and
/// the falls of all retained customers, those within the tolerance included. Refunds after the last purchase count: they make a lost
/// customer's loss larger, and are all that `absent` holds.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Bridge {
    /// V1: the value of the first period.
    pub value_1: f64,
    /// Value of the new customers.
    pub new: f64,
    /// Value of the returned customers.
    pub returned: f64,
    /// Rises of the retained customers, ≥ 0.
    pub growth: f64,
    /// Falls of the retained customers, ≥ 0.
    pub shrinkage: f64,
    /// Value of the lost customers.
    pub lost: f64,
    /// Change of the customers without a purchase in either period: 0 unless they were refunded something.
    pub absent: f64,
    /// V2: the value of the second period.
    pub value_2: f64,
}

impl Bridge {
    pub(super) fn of(customers: &Customers, movements: &[Movement]) -> Self {
        let [then, now] = &customers.value;
        let total = |period: usize| ordered_sum(customers.value[period].clone());
        let change = |of: &dyn Fn(Movement) -> bool, part: &dyn Fn(f64) -> f64| {
            ordered_sum((0..customers.len()).filter(|&i| of(movements[i])).map(|i| part(now[i] - then[i])).collect())
        };
        Bridge {
            value_1: total(0),
            new: change(&|movement| movement == Movement::New, &|change| change),
            returned: change(&|movement| movement == Movement::Returned, &|change| change),
            growth: change(&Movement::is_retained, &|change| change.max(0.0)),
            shrinkage: change(&Movement::is_retained, &|change| (-change).max(0.0)),
            lost: change(&|movement| movement == Movement::Lost, &|change| -change),
            absent: change(&|movement| movement == Movement::Absent, &|change| change),
            value_2: total(1),
        }
    }
}

/// A sum that depends neither on the order of the values nor, to f64, on rounding.
pub(super) fn ordered_sum(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let mut sum = Sum::default();
    values.into_iter().for_each(|value| sum.add(value));
    sum.value()
}
