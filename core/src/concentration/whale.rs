//! The whale curve: how the profitable customers make the profit, and the others take some of it away again.

use super::{COLUMN, Ranked, ascending, check_finite};
use crate::error::Result;

/// One point of a [`WhaleCurve`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct WhalePoint {
    /// k, the number of customers counted from the most profitable one.
    pub customers: usize,
    /// k/n, in [0, 1].
    pub customer_share: f64,
    /// The sum of their values, in money.
    pub value: f64,
    /// Its share of the total, above 1 near the peak; absent if the total is not above 0.
    pub value_share: Option<f64>,
}

/// The whale curve of a value that may be negative, as contribution margins are: the running sum from the most to the least profitable
/// customer.
///
/// It rises to a peak, stays there over customers of value 0, and falls to the total: what it loses on the way down is destroyed by the
/// unprofitable customers. Any total is allowed, also 0 and below; only shares then do not exist. Equal values may stand in any order
/// without changing the curve.
///
/// # Formula
/// ```text
/// W(k) = w(1) + … + w(k),   w(1) ≥ w(2) ≥ …;   peak = Σ max(v_i, 0);   destroyed = peak − V
/// ```
///
/// # Examples
/// ```
/// use crm_value::WhaleCurve;
/// let whale = WhaleCurve::of(&[80.0, -30.0, 70.0, 0.0, -20.0])?;
/// assert_eq!((whale.peak_value(), whale.total(), whale.destroyed_value()), (150.0, 100.0, 50.0));
/// assert_eq!((whale.peak_share(), whale.destroyed_share()), (Some(1.5), Some(0.5)));
/// assert_eq!((whale.break_even_customers(), whale.peak_customer_share()), (2, 0.4));
/// assert_eq!(whale.curve(6).iter().map(|point| point.value).collect::<Vec<_>>(), [0.0, 80.0, 150.0, 150.0, 130.0, 100.0]);
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// R. S. Kaplan & V. G. Narayanan (2001), "Measuring and managing customer profitability", Journal of Cost Management 15(5), 5-15.
#[derive(Debug, Clone)]
pub struct WhaleCurve {
    ranked: Ranked,
    profitable: usize,
    unprofitable: usize,
}

impl WhaleCurve {
    /// The whale curve of `values`, one per customer, in money.
    ///
    /// # Errors
    /// [`crate::Error::Empty`] without values; [`crate::Error::NonFinite`] with the first row that is NaN or infinite, or if the values are
    /// so large that their sums are.
    pub fn of(values: &[f64]) -> Result<Self> {
        check_finite(COLUMN, values)?;
        let ranked = Ranked::new(COLUMN, ascending(values.iter().copied()))?;
        let unprofitable = ranked.values().partition_point(|&value| value < 0.0);
        let profitable = ranked.n() - ranked.values().partition_point(|&value| value <= 0.0);
        Ok(WhaleCurve { ranked, profitable, unprofitable })
    }

    /// n, the number of customers.
    pub fn n(&self) -> usize {
        self.ranked.n()
    }

    /// V, the sum of the values: where the curve ends.
    pub fn total(&self) -> f64 {
        self.ranked.total()
    }

    /// The number of customers with a value above 0: the fewest that reach the peak.
    pub fn break_even_customers(&self) -> usize {
        self.profitable
    }

    /// The number of customers with a value below 0.
    pub fn unprofitable_customers(&self) -> usize {
        self.unprofitable
    }

    /// The peak: the sum of all values above 0, in money.
    pub fn peak_value(&self) -> f64 {
        self.ranked.top(self.profitable)
    }

    /// The share of the customers that reaches the peak: those with a value above 0; in [0, 1].
    pub fn peak_customer_share(&self) -> f64 {
        self.profitable as f64 / self.n() as f64
    }

    /// The peak in shares of the total, 1 or more; absent if the total is not above 0.
    pub fn peak_share(&self) -> Option<f64> {
        self.share(self.peak_value())
    }

    /// What the unprofitable customers take away from the peak, in money; 0 or more.
    pub fn destroyed_value(&self) -> f64 {
        0.0 - self.ranked.bottom(self.unprofitable)
    }

    /// The same in shares of the total, peak share − 1; absent if the total is not above 0.
    pub fn destroyed_share(&self) -> Option<f64> {
        self.share(self.destroyed_value())
    }

    /// The curve after the `k` most profitable customers; after all if there are fewer.
    pub fn at(&self, k: usize) -> WhalePoint {
        let customers = k.min(self.n());
        let value = self.ranked.top(customers);
        WhalePoint { customers, customer_share: customers as f64 / self.n() as f64, value, value_share: self.share(value) }
    }

    /// The curve as `points` points for drawing, from no customer to all of them, equally spaced up to whole customers.
    ///
    /// At least the two ends, and at most n + 1 points.
    pub fn curve(&self, points: usize) -> Vec<WhalePoint> {
        let steps = points.clamp(2, self.n() + 1) - 1;
        (0..=steps).map(|step| self.at((step as u128 * self.n() as u128 / steps as u128) as usize)).collect()
    }

    fn share(&self, value: f64) -> Option<f64> {
        (self.total() > 0.0).then(|| value / self.total())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use proptest::prelude::*;

    #[test]
    fn without_losses_there_is_nothing_to_destroy() -> Result<()> {
        for values in [vec![4.0], vec![2.0, 2.0], vec![1.0, 3.0, 0.0]] {
            let whale = WhaleCurve::of(&values)?;
            assert_eq!((whale.peak_share(), whale.destroyed_share()), (Some(1.0), Some(0.0)));
            assert_eq!(whale.destroyed_value().to_bits(), 0.0_f64.to_bits());
            assert_eq!(whale.unprofitable_customers(), 0);
        }
        Ok(())
    }

    #[test]
    fn totals_that_are_not_above_0_have_no_shares() -> Result<()> {
        for (values, total, peak, profitable) in [(vec![5.0, -5.0], 0.0, 5.0, 1), (vec![-3.0], -3.0, 0.0, 0), (vec![0.0], 0.0, 0.0, 0)] {
            let whale = WhaleCurve::of(&values)?;
            assert_eq!((whale.total(), whale.peak_value(), whale.break_even_customers()), (total, peak, profitable));
            assert_eq!((whale.peak_share(), whale.destroyed_share(), whale.at(1).value_share), (None, None, None));
            assert_eq!(whale.destroyed_value().to_bits(), (peak - total).to_bits());
        }
        Ok(())
    }

    #[test]
    fn points_are_whole_customers() -> Result<()> {
        let whale = WhaleCurve::of(&[-2.0, 6.0, 4.0, -1.0, 3.0])?;
        let points: Vec<_> = whale.curve(3).iter().map(|point| (point.customers, point.value)).collect();
        assert_eq!(points, [(0, 0.0), (2, 10.0), (5, 10.0)]);
        assert_eq!(whale.curve(0).len(), 2);
        assert_eq!(whale.curve(usize::MAX).len(), 6);
        assert_eq!(whale.at(usize::MAX), whale.at(5));
        Ok(())
    }

    #[test]
    fn bad_values_are_refused() {
        assert!(matches!(WhaleCurve::of(&[]), Err(Error::Empty { .. })));
        assert!(matches!(WhaleCurve::of(&[1.0, f64::NAN]), Err(Error::NonFinite { row: 1, .. })));
        assert!(matches!(WhaleCurve::of(&[f64::MAX, -f64::MAX]), Err(Error::NonFinite { .. })));
    }

    proptest! {
        #[test]
        fn the_curve_rises_to_the_peak_and_falls_to_the_total(values in prop::collection::vec((-999..999_i32).prop_map(f64::from), 1..60)) {
            let whale = WhaleCurve::of(&values)?;
            let points: Vec<f64> = whale.curve(usize::MAX).iter().map(|point| point.value).collect();
            let top = whale.break_even_customers();
            prop_assert!(points[..=top].is_sorted() && points[top..].is_sorted_by(|a, b| a >= b));
            prop_assert_eq!(points[top].to_bits(), whale.peak_value().to_bits());
            prop_assert_eq!(points.last().copied(), Some(values.iter().fold(0.0, |sum, value| sum + value)));
            prop_assert_eq!((whale.peak_value() - whale.destroyed_value()).to_bits(), whale.total().to_bits());
        }
    }
}
