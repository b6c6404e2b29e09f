//! Values in rank order with their running sums: the one structure behind every measure of this room, and the sort behind RFM scores.

use crate::error::{Error, Result};
use crate::parallel;

/// Values between two stored running sums. A running sum costs 16 bytes, so 256 values of 8 bytes carry it at under 1 % of the memory, and
/// any prefix sum is at most 256 additions away.
const BLOCK: usize = 256;

/// Refuses a column that is empty or holds NaN or an infinity.
pub(crate) fn check_finite(column: &str, values: &[f64]) -> Result<()> {
    if values.is_empty() {
        return Err(Error::Empty { what: format!("column `{column}`") });
    }
    match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((row, &value)) => Err(Error::NonFinite { column: column.to_owned(), row, value }),
        None => Ok(()),
    }
}

/// The values in ascending order, the same bits for any row order and number of threads.
///
/// Sorting the bit patterns as integers takes two thirds of the time of sorting floats by `total_cmp`. The values must not be NaN.
pub(crate) fn ascending(values: impl ExactSizeIterator<Item = f64>) -> Vec<f64> {
    let mut keys: Vec<u64> = values.map(key).collect();
    let threads = parallel::threads(None, keys.len());
    sort(&mut keys, threads);
    keys.into_iter().map(value_of_key).collect()
}

/// Sorts in place on `threads` threads: a selection splits the values into a lower and an upper part, which are then sorted apart.
/// Unlike a merge it needs no second buffer.
fn sort(keys: &mut [u64], threads: usize) {
    let lower_threads = threads / 2;
    if lower_threads == 0 || keys.len() < threads {
        keys.sort_unstable();
        return;
    }
    let middle = keys.len() / threads * lower_threads;
    keys.select_nth_unstable(middle);
    let (lower, upper) = keys.split_at_mut(middle);
    parallel::run(vec![(lower, lower_threads), (upper, threads - lower_threads)], |(part, threads)| sort(part, threads));
}

const SIGN: u64 = 1 << 63;

/// Bits whose integer order is the order of the values. Adding 0 turns -0 into 0: equal values need equal bits, or ties would split.
fn key(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

fn value_of_key(key: u64) -> f64 {
    f64::from_bits(if key & SIGN == 0 { !key } else { key & !SIGN })
}

/// A sum of f64 with the rounding errors of its additions, twice the precision of a plain sum.
///
/// Source: A. Neumaier (1974), "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54, 39-51; the error of one
/// addition in the branch-free form of D. E. Knuth, The Art of Computer Programming, vol. 2, 4.2.2, theorem B.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    pub(crate) fn add(&mut self, value: f64) {
        let (high, error) = two_sum(self.high, value);
        self.high = high;
        self.low += error;
    }

    /// `self - other`, rounded once: exact to the last bit even where the two agree in most digits.
    pub(crate) fn minus(self, other: Sum) -> f64 {
        let (difference, error) = two_sum(self.high, -other.high);
        difference + (error + (self.low - other.low))
    }

    pub(crate) fn value(self) -> f64 {
        self.high + self.low
    }
}

fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_rounded = sum - a;
    (sum, (a - (sum - b_rounded)) + (b - b_rounded))
}

/// The smallest `k` in `0..=n` for which `reached` holds, or `n` if it never does; `reached` must not fall back to false as `k` grows.
pub(crate) fn smallest(n: usize, reached: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low + (high - low) / 2;
        if reached(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// Values in ascending order with running sums.
#[derive(Debug, Clone)]
pub(crate) struct Ranked {
    ascending: Vec<f64>,
    /// The sum of the values before each block of [`BLOCK`] values.
    before_block: Vec<Sum>,
    total: Sum,
}

impl Ranked {
    /// Takes values that are finite and sorted by [`ascending`]; `column` names them in errors.
    ///
    /// # Errors
    /// [`Error::Empty`] without values, [`Error::NonFinite`] if a sum over the values, weighted by their ranks, leaves the range of f64.
    pub(crate) fn new(column: &str, ascending: Vec<f64>) -> Result<Self> {
        let n = ascending.len();
        let (Some(smallest), Some(largest)) = (ascending.first(), ascending.last()) else {
            return Err(Error::Empty { what: format!("column `{column}`") });
        };
        // No sum of this room has more than n terms of more than 2 n max|v| each, so nothing downstream can overflow.
        let bound = smallest.abs().max(largest.abs()) * 2.0 * n as f64 * n as f64;
        if !bound.is_finite() {
            return Err(Error::NonFinite { column: format!("sum of {column}"), row: n - 1, value: bound });
        }
        let mut total = Sum::default();
        let mut before_block = Vec::with_capacity(n.div_ceil(BLOCK));
        for block in ascending.chunks(BLOCK) {
            before_block.push(total);
            for &value in block {
                total.add(value);
            }
        }
        Ok(Ranked { ascending, before_block, total })
    }

    pub(crate) fn n(&self) -> usize {
        self.ascending.len()
    }

    pub(crate) fn total(&self) -> f64 {
        self.total.value()
    }

    /// The values in ascending order.
    pub(crate) fn values(&self) -> &[f64] {
        &self.ascending
    }

    /// The value at a position, 0 being the smallest; `None` from `n` on.
    pub(crate) fn value(&self, position: usize) -> Option<f64> {
        self.ascending.get(position).copied()
    }

    /// The sum of the `k` smallest values; of all if there are fewer.
    pub(crate) fn bottom(&self, k: usize) -> f64 {
        self.sum_before(k).value()
    }

    /// The sum of the `k` largest values; of all if there are fewer.
    pub(crate) fn top(&self, k: usize) -> f64 {
        self.between(0, k)
    }

    /// The sum of the values in positions `from..to` of the descending order.
    pub(crate) fn between(&self, from: usize, to: usize) -> f64 {
        self.sum_before(self.n().saturating_sub(from)).minus(self.sum_before(self.n().saturating_sub(to)))
    }

    /// How many values are `floor` or more.
    pub(crate) fn count_from(&self, floor: f64) -> usize {
        self.n() - self.ascending.partition_point(|&value| value < floor)
    }

    fn sum_before(&self, k: usize) -> Sum {
        let block = k / BLOCK;
        let Some(&before) = self.before_block.get(block) else { return self.total };
        let mut sum = before;
        for &value in self.ascending.iter().take(k).skip(block * BLOCK) {
            sum.add(value);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bits(values: &[f64]) -> Vec<u64> {
        values.iter().map(|value| value.to_bits()).collect()
    }

    #[test]
    fn keys_keep_order_and_value() {
        let rising = [f64::NEG_INFINITY, f64::MIN, -1.5, -5e-324, 0.0, 5e-324, 1.0, 1.5, f64::MAX, f64::INFINITY];
        assert!(rising.is_sorted_by(|a, b| key(*a) < key(*b)));
        assert_eq!(bits(&rising.map(|value| value_of_key(key(value)))), bits(&rising));
        assert_eq!(key(-0.0), key(0.0));
    }

    #[test]
    fn a_compensated_sum_keeps_what_a_plain_sum_loses() {
        let mut sum = Sum::default();
        let before = sum;
        for value in [1.0, 1e100, 1.0, -1e100] {
            sum.add(value);
        }
        assert_eq!(sum.value().to_bits(), 2.0_f64.to_bits());
        assert_eq!(sum.minus(before).to_bits(), 2.0_f64.to_bits());
    }

    #[test]
    fn differences_of_running_sums_keep_the_last_bit() -> Result<()> {
        // 0.1 is no binary number, so plain running sums of a thousand of them disagree with each other in the last digits.
        let ranked = Ranked::new("value", vec![0.1; 1000])?;
        assert!((0..1000).all(|k| ranked.between(k, k + 1).to_bits() == 0.1_f64.to_bits()));
        assert_eq!(ranked.total().to_bits(), 100.0_f64.to_bits());
        Ok(())
    }

    #[test]
    fn sums_at_block_borders_and_beyond_the_end() -> Result<()> {
        let ranked = Ranked::new("value", (1..=1000).map(f64::from).collect())?;
        for k in [0, 1, 255, 256, 257, 511, 512, 999, 1000] {
            assert_eq!(ranked.bottom(k).to_bits(), ((k * (k + 1) / 2) as f64).to_bits(), "k = {k}");
            assert_eq!(ranked.top(k).to_bits(), ((k * (2001 - k) / 2) as f64).to_bits(), "k = {k}");
        }
        assert_eq!(ranked.top(usize::MAX).to_bits(), 500_500.0_f64.to_bits());
        assert_eq!(ranked.value(1000), None);
        assert_eq!(ranked.count_from(990.5), 10);
        Ok(())
    }

    #[test]
    fn sums_out_of_range_are_refused() {
        assert!(matches!(Ranked::new("value", vec![]), Err(Error::Empty { .. })));
        assert!(matches!(Ranked::new("value", vec![1.0, 1e308]), Err(Error::NonFinite { row: 1, .. })));
        assert!(matches!(check_finite("value", &[0.0, f64::NAN]), Err(Error::NonFinite { row: 1, .. })));
        assert!(matches!(check_finite("value", &[f64::NEG_INFINITY]), Err(Error::NonFinite { row: 0, .. })));
    }

    #[test]
    fn smallest_finds_the_border() {
        for border in 0..=7 {
            assert_eq!(smallest(7, |k| k >= border), border);
        }
        assert_eq!(smallest(7, |_| false), 7);
        assert_eq!(smallest(0, |_| true), 0);
    }

    proptest! {
        #[test]
        fn any_number_of_threads_sorts_alike(
            mut keys in prop::collection::vec(prop_oneof![any::<u64>(), 0..5_u64], 0..200), threads in 1..9_usize,
        ) {
            let mut expected = keys.clone();
            expected.sort_unstable();
            sort(&mut keys, threads);
            prop_assert_eq!(keys, expected);
        }

        #[test]
        fn row_order_leaves_no_trace(values in prop::collection::vec(-1e9..1e9_f64, 1..600)) {
            let mut reversed = values.clone();
            reversed.reverse();
            let left = Ranked::new("value", ascending(values.into_iter()))?;
            let right = Ranked::new("value", ascending(reversed.into_iter()))?;
            prop_assert_eq!(bits(left.values()), bits(right.values()));
            prop_assert_eq!(left.total().to_bits(), right.total().to_bits());
        }
    }
}
