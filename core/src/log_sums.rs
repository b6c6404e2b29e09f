//! Sums of logarithms per customer: of the intervals between occasions, and of the amounts of the repeat occasions.

use crate::error::{Error, Result};
use crate::parallel;
use crate::transactions::Occasion;

pub(crate) const LOG_INTERVALS: &str = "log_intervals";
pub(crate) const LOG_SPEND: &str = "log_spend";

/// How far (as a logarithm, per purchase) a sum may exceed that of equal parts: times rounded to two digits are accepted, another unit is not.
const ROUNDING: f64 = 0.1;

/// Both sums of every customer, 0 without repeat occasions.
pub(crate) struct LogSums {
    pub(crate) intervals: Vec<f64>,
    /// −∞ where an amount is 0.
    pub(crate) spend: Vec<f64>,
}

impl LogSums {
    /// Of `customers` histories that hold some `occasions` in all; `days` is the length of the unit of the intervals.
    pub(crate) fn of<'a>(
        customers: usize,
        occasions: usize,
        history: impl Fn(usize) -> &'a [Occasion] + Sync,
        days: f64,
        threads: Option<usize>,
    ) -> Self {
        let (mut intervals, mut spend) = (vec![0.0; customers], vec![0.0; customers]);
        let ranges = parallel::ranges(customers, parallel::threads(threads, occasions));
        let parts = parallel::split_mut(&mut intervals, ranges.iter().map(ExactSizeIterator::len))
            .into_iter()
            .zip(parallel::split_mut(&mut spend, ranges.iter().map(ExactSizeIterator::len)));
        let parts = ranges.iter().cloned().zip(parts).collect();
        parallel::run(parts, |(range, (intervals, spend)): (std::ops::Range<usize>, (&mut [f64], &mut [f64]))| {
            for (customer, (interval, amount)) in range.zip(intervals.iter_mut().zip(spend)) {
                for pair in history(customer).windows(2) {
                    *interval += (f64::from(pair[1].day - pair[0].day) / days).ln();
                    *amount += pair[1].amount.ln();
                }
            }
        });
        LogSums { intervals, spend }
    }
}

/// A column of sums of x logarithms each; `mean(row)` is the mean of what was taken the logarithm of, whose x-fold logarithm bounds the sum.
pub(crate) fn checked(column: &'static str, frequency: &[u32], sums: &[f64], mean: impl Fn(usize) -> f64) -> Result<Vec<f64>> {
    if sums.len() != frequency.len() {
        let reference = "frequency".to_owned();
        return Err(Error::LengthMismatch { column: column.to_owned(), actual: sums.len(), reference, expected: frequency.len() });
    }
    let check = |(row, (&x, &value)): (usize, (&u32, &f64))| {
        if x == 0 {
            return Ok(0.0);
        }
        let amount_of_zero = column == LOG_SPEND && value == f64::NEG_INFINITY;
        if !(value.is_finite() || amount_of_zero) {
            return Err(Error::NonFinite { column: column.to_owned(), row, value });
        }
        let largest = f64::from(x) * mean(row).ln();
        if value > largest + ROUNDING * f64::from(x) {
            return Err(Error::LogSum { column: column.to_owned(), row, value, largest, frequency: x });
        }
        Ok(value)
    };
    frequency.iter().zip(sums).enumerate().map(check).collect()
}
