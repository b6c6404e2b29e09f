//! What every customer did in the two periods.

use std::sync::Arc;

use super::ReviewValue;
use super::bridge::Movement;
use crate::error::{Error, Result};
use crate::ids::CustomerIds;
use crate::time::Date;
use crate::transactions::TransactionLog;

/// Differences this small against the values are rounding.
const ROUNDING: f64 = 1e-12;

/// One row per customer.
#[derive(Debug, Clone)]
pub(super) struct Customers {
    pub(super) ids: Option<Arc<CustomerIds>>,
    /// The value in the first and the second period; 0 where there is none.
    pub(super) value: [Vec<f64>; 2],
    /// Whether the customer was there in the first and in the second period.
    is_present: [Vec<bool>; 2],
    /// Whether the customer had bought before the second period.
    known_before: Vec<bool>,
    /// The customers known at the end of the first period; `None`: all.
    known_then: Option<Vec<u32>>,
}

impl Customers {
    pub(super) fn of_log(log: &TransactionLog, first: (Date, Date), second: (Date, Date), value: ReviewValue) -> Result<Self> {
        let refuse = |option, value: String, requirement| Err(Error::InvalidOption { option, value, requirement });
        for (from, to) in [first, second] {
            if from > to {
                return refuse("period", format!("{from} to {to}"), "give the first day before the last");
            }
        }
        if first.1 >= second.0 {
            let periods = format!("{} to {}, then {} to {}", first.0, first.1, second.0, second.1);
            return refuse("periods", periods, "the first period must end before the second begins");
        }
        let margins = match value {
            ReviewValue::Revenue => None,
            ReviewValue::Margin if log.has_margin() => log.margins.as_deref(),
            ReviewValue::Margin => return refuse("value", "margin".to_owned(), "the log has no margin column; count revenue"),
        };
        let earliest = log.first_purchase();
        if second.1.days() < earliest {
            let (end, first) = (second.1.to_string(), Date::from_days_unchecked(earliest).to_string());
            return Err(Error::EndBeforeFirstPurchase { end, first });
        }
        let included: Vec<u32> =
            (0..log.customers() as u32).filter(|&customer| log.history(customer as usize)[0].day <= second.1.days()).collect();
        let n = included.len();
        let mut customers = Customers {
            ids: Some(if n == log.customers() { Arc::clone(&log.ids) } else { Arc::new(log.ids.select(&included)) }),
            value: [vec![0.0; n], vec![0.0; n]],
            is_present: [vec![false; n], vec![false; n]],
            known_before: Vec::with_capacity(n),
            known_then: None,
        };
        let mut known_then = Vec::new();
        for (i, &customer) in included.iter().enumerate() {
            let history = log.history(customer as usize);
            let start = log.starts[customer as usize] as usize;
            for (period, (from, to)) in [first, second].into_iter().enumerate() {
                let begin = history.partition_point(|occasion| occasion.day < from.days());
                let end = history.partition_point(|occasion| occasion.day <= to.days());
                let amount = |k: usize| margins.map_or(history[k].amount, |margins| margins[start + k]);
                customers.value[period][i] = (begin..end).fold(0.0, |sum, k| sum + amount(k));
                customers.is_present[period][i] = end > begin;
            }
            customers.known_before.push(history[0].day < second.0.days());
            if history[0].day <= first.1.days() {
                known_then.push(i as u32);
            }
        }
        for adjustment in &log.adjustments {
            let Ok(i) = included.binary_search(&adjustment.customer) else { continue };
            for (period, (from, to)) in [first, second].into_iter().enumerate() {
                if (from.days()..=to.days()).contains(&adjustment.day) {
                    customers.value[period][i] += if margins.is_some() { adjustment.margin } else { adjustment.amount };
                }
            }
        }
        customers.known_then = Some(known_then);
        Ok(customers)
    }

    pub(super) fn from_columns(value_1: &[Option<f64>], value_2: &[Option<f64>], known_before: Option<&[bool]>) -> Result<Self> {
        let n = value_1.len();
        if n == 0 {
            return Err(Error::Empty { what: "column `value_1`".to_owned() });
        }
        let lengths = [("value_2", value_2.len()), ("known_before", known_before.map_or(n, <[bool]>::len))];
        if let Some((column, actual)) = lengths.into_iter().find(|&(_, actual)| actual != n) {
            return Err(Error::LengthMismatch { column: column.to_owned(), actual, reference: "value_1".to_owned(), expected: n });
        }
        for (column, values) in [("value_1", value_1), ("value_2", value_2)] {
            let wrong = |(row, value): (usize, &Option<f64>)| value.filter(|value| !value.is_finite()).map(|value| (row, value));
            if let Some((row, value)) = values.iter().enumerate().find_map(wrong) {
                return Err(Error::NonFinite { column: column.to_owned(), row, value });
            }
        }
        let present = |values: &[Option<f64>]| values.iter().map(Option::is_some).collect::<Vec<bool>>();
        let numbers = |values: &[Option<f64>]| values.iter().map(|value| value.unwrap_or(0.0)).collect();
        Ok(Customers {
            ids: None,
            value: [numbers(value_1), numbers(value_2)],
            is_present: [present(value_1), present(value_2)],
            known_before: known_before.map_or_else(|| vec![false; n], <[bool]>::to_vec),
            known_then: None,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.known_before.len()
    }

    /// The customers who were there in a period.
    pub(super) fn present(&self, period: usize) -> impl Iterator<Item = usize> {
        self.is_present[period].iter().enumerate().filter(|(_, is_present)| **is_present).map(|(i, _)| i)
    }

    /// The customers known at the end of a period.
    pub(super) fn known(&self, period: usize) -> Vec<u32> {
        match &self.known_then {
            Some(then) if period == 0 => then.clone(),
            _ => (0..self.len() as u32).collect(),
        }
    }

    pub(super) fn movements(&self, tolerance: f64) -> Vec<Movement> {
        let movement = |i: usize| match (self.is_present[0][i], self.is_present[1][i]) {
            (true, true) => {
                let (then, now) = (self.value[0][i], self.value[1][i]);
                let change = now - then;
                if change.abs() <= tolerance * then.abs() + ROUNDING * then.abs().max(now.abs()) {
                    Movement::Equal
                } else if change > 0.0 {
                    Movement::Grown
                } else {
                    Movement::Shrunk
                }
            }
            (true, false) => Movement::Lost,
            (false, true) if self.known_before[i] => Movement::Returned,
            (false, true) => Movement::New,
            (false, false) => Movement::Absent,
        };
        (0..self.len()).map(movement).collect()
    }
}
