//! Inequality in one number.

use super::Concentration;
use super::ranked::Sum;
use crate::error::{Error, Result};
use crate::fit::chunked;

impl Concentration {
    /// The Gini coefficient: 0 if all customers are worth the same, (n-1)/n if one holds everything.
    ///
    /// Half the mean absolute difference between two customers, in units of the mean value; the area between the Lorenz curve and the
    /// diagonal over the area below the diagonal. For one customer 0. Above 1 only under [`crate::NegativePolicy::Allow`]. Takes one pass
    /// over the values.
    ///
    /// # Formula
    /// ```text
    /// G = 2 Σ i v(i) / (n V) − (n+1)/n
    ///   = Σ_{i ≤ n/2} (n + 1 − 2i) (v(n+1−i) − v(i)) / (n V)
    /// ```
    /// The first line is the textbook form and that of `Gini(x)` in R's `ineq`. The second pairs the smallest with the largest value, the
    /// second smallest with the second largest, and so on: it has no negative term, so nothing cancels, and equal values give exactly 0.
    ///
    /// # Examples
    /// ```
    /// use crm_value::Concentration;
    /// let c = Concentration::of(&[1.0, 2.0, 3.0, 4.0])?;
    /// assert_eq!(c.gini(), 0.25);                         // 1..n: (n-1) / (3n)
    /// assert_eq!(c.gini_corrected(), 1.0 / 3.0);
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    ///
    /// # References
    /// C. Gini (1912), *Variabilità e mutabilità*, Bologna. A. Zeileis, R package `ineq`, function `Gini`.
    pub fn gini(&self) -> f64 {
        self.ranked_differences() / (self.n() as f64 * self.total())
    }

    /// The Gini coefficient without its small-sample bias, G n/(n-1): 1 if one of several customers holds everything.
    ///
    /// `Gini(x, corr = TRUE)` in R's `ineq`. Undefined for one customer, where 0 is returned, as for any equal values.
    pub fn gini_corrected(&self) -> f64 {
        let others = self.n().saturating_sub(1).max(1);
        self.ranked_differences() / (others as f64 * self.total())
    }

    /// The Hoover index: the share of the total that would have to move for all customers to be worth the same; 0 if they are.
    ///
    /// Also known as Robin Hood index: the largest distance between the Lorenz curve and the diagonal. In [0, 1 − 1/n]; above it only under
    /// [`crate::NegativePolicy::Allow`].
    ///
    /// # Formula
    /// ```text
    /// H = Σ |v_i − μ| / (2 V) = k/n − L(k/n),   μ = V / n,   k = number of customers below μ
    /// ```
    ///
    /// # Examples
    /// ```
    /// use crm_value::Concentration;
    /// let c = Concentration::of(&[1.0, 2.0, 3.0, 10.0])?;
    /// assert_eq!(c.hoover(), 0.375);                      // mean 4: |−3| + |−2| + |−1| + 6 = 12 of 32
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    ///
    /// # References
    /// E. M. Hoover (1936), "The measurement of industrial localization", Review of Economics and Statistics 18, 162-171.
    pub fn hoover(&self) -> f64 {
        let n = self.n() as f64;
        let mean = self.total() / n;
        let below = self.ranked.values().partition_point(|&value| value < mean);
        // Half of the distances lie below the mean. Rounding of the mean may put equal values below it.
        (below as f64 / n - self.ranked.bottom(below) / self.total()).max(0.0)
    }

    /// The Theil index T: 0 if all customers are worth the same, ln n if one holds everything. In nats.
    ///
    /// Unlike the Gini coefficient it splits without rest into inequality between groups and within them. A value of 0 adds nothing, as
    /// x ln x goes to 0.
    ///
    /// # Formula
    /// ```text
    /// T = (1/n) Σ (v_i / μ) ln(v_i / μ),   μ = V / n,   0 ln 0 = 0
    /// ```
    ///
    /// # Errors
    /// [`Error::Undefined`] if a value is negative, which [`crate::NegativePolicy::Allow`] lets in: negative numbers have no logarithm.
    ///
    /// # Examples
    /// ```
    /// use crm_value::Concentration;
    /// assert_eq!(Concentration::of(&[0.0, 0.0, 5.0, 0.0])?.theil()?, 4.0_f64.ln());
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    ///
    /// # References
    /// H. Theil (1967), *Economics and Information Theory*, North-Holland, chapter 4.
    pub fn theil(&self) -> Result<f64> {
        let values = self.ranked.values();
        if let Some(smallest) = self.ranked.value(0).filter(|&smallest| smallest < 0.0) {
            let reason = format!("{smallest} is negative and has no logarithm; reject or clamp negative values");
            return Err(Error::Undefined { measure: "Theil index", reason });
        }
        let n = self.n() as f64;
        let mean = self.total() / n;
        let [sum] = chunked::<1>(values.len(), None, |range, sum| {
            for &value in &values[range] {
                let ratio = value / mean;
                if ratio > 0.0 {
                    sum[0] += ratio * ratio.ln();
                }
            }
        });
        // Equal values may come out as −1e-17.
        Ok((sum / n).max(0.0))
    }

    /// The Herfindahl-Hirschman index: 1/n if all customers are worth the same, 1 if one holds everything.
    ///
    /// The probability that two units of money drawn at random belong to the same customer. Above 1 only under
    /// [`crate::NegativePolicy::Allow`].
    ///
    /// # Formula
    /// ```text
    /// HHI = Σ (v_i / V)²
    /// ```
    ///
    /// # Examples
    /// ```
    /// use crm_value::Concentration;
    /// let c = Concentration::of(&[50.0, 25.0, 25.0])?;
    /// assert_eq!((c.hhi(), c.effective_customers()), (0.375, 1.0 / 0.375));
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    ///
    /// # References
    /// A. O. Hirschman (1964), "The paternity of an index", American Economic Review 54, 761.
    pub fn hhi(&self) -> f64 {
        sum_of_squared_shares(self.ranked.values(), self.total())
    }

    /// 1 / HHI: how many customers of equal value would be as concentrated; n if all are worth the same, 1 if one holds everything.
    pub fn effective_customers(&self) -> f64 {
        1.0 / self.hhi()
    }

    /// Σ (n + 1 − 2i) (v(n+1−i) − v(i)) over the lower half: the sum of |v_i − v_j| over all pairs of customers.
    fn ranked_differences(&self) -> f64 {
        let values = self.ranked.values();
        let n = values.len();
        let mut sum = Sum::default();
        for (i, (low, high)) in values.iter().zip(values.iter().rev()).take(n / 2).enumerate() {
            sum.add((n - 1 - 2 * i) as f64 * (high - low));
        }
        sum.value()
    }
}

/// Σ (v/V)² of values in ascending order: the small ones first.
pub(super) fn sum_of_squared_shares(ascending: &[f64], total: f64) -> f64 {
    let [sum] = chunked::<1>(ascending.len(), None, |range, sum| {
        for &value in &ascending[range] {
            sum[0] += (value / total) * (value / total);
        }
    });
    sum
}

#[cfg(test)]
mod tests {
    use super::super::NegativePolicy;
    use super::*;
    use proptest::prelude::*;

    fn assert_bits(actual: f64, expected: f64) {
        assert_eq!(actual.to_bits(), expected.to_bits(), "{actual} is not {expected}");
    }

    #[test]
    fn closed_forms() -> Result<()> {
        // 1..n: Σ i² = n(n+1)(2n+1)/6 and V = n(n+1)/2, so G = 2(2n+1)/(3n) − (n+1)/n = (n−1)/(3n).
        for n in [2, 3, 7, 100, 1001] {
            let c = Concentration::of(&(1..=n).map(f64::from).collect::<Vec<_>>())?;
            assert!((c.gini() - f64::from(n - 1) / f64::from(3 * n)).abs() < 1e-16, "n = {n}");
            assert!((c.gini_corrected() - 1.0 / 3.0).abs() < 1e-16, "n = {n}");
        }
        // One holder among n.
        let one = Concentration::of(&[0.0, 0.0, 7.3, 0.0])?;
        assert_bits(one.gini(), 0.75);
        assert_bits(one.gini_corrected(), 1.0);
        // Two levels: a share p of the customers holds a share q equally, so G = q − p.
        let two_levels = Concentration::of(&[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 16.0, 16.0])?;
        assert_bits(two_levels.gini(), 0.6);
        Ok(())
    }

    #[test]
    fn by_hand() -> Result<()> {
        // 5 5 10 20 60: pairs 4·55 + 2·15 = 250 over n V = 500.
        assert_bits(Concentration::of(&[10.0, 5.0, 60.0, 20.0, 5.0])?.gini(), 0.5);
        // -20 30 90: 2·110 over 3·100; and with a smaller total the coefficient passes 1.
        assert_bits(Concentration::with_policy(&[-20.0, 30.0, 90.0], NegativePolicy::Allow)?.gini(), 220.0 / 300.0);
        assert_bits(Concentration::with_policy(&[-9.0, 10.0], NegativePolicy::Allow)?.gini(), 9.5);
        Ok(())
    }

    #[test]
    fn equal_values_and_single_customers_are_exactly_0() -> Result<()> {
        for values in [vec![0.1; 999], vec![1e-300; 2], vec![42.0]] {
            let c = Concentration::of(&values)?;
            assert_bits(c.gini(), 0.0);
            assert_bits(c.gini_corrected(), 0.0);
        }
        Ok(())
    }

    fn assert_near(actual: f64, expected: f64) {
        assert!((actual - expected).abs() <= 1e-15 * expected.abs(), "{actual} is not {expected}");
    }

    #[test]
    fn hoover_theil_and_hhi_by_hand() -> Result<()> {
        // 5 5 10 20 60: mean 20, distances 15 15 10 0 40 = 80 over 200; squares 25 + 25 + 100 + 400 + 3600 = 4150 over 10000.
        let c = Concentration::of(&[10.0, 5.0, 60.0, 20.0, 5.0])?;
        assert_near(c.hoover(), 0.4);
        assert_near(c.hhi(), 0.415);
        assert_near(c.effective_customers(), 1.0 / 0.415);
        // Ratios ¼ ¼ ½ 1 3: (½ ln ¼ + ½ ln ½ + 3 ln 3) / 5 = (3 ln 3 − 1.5 ln 2) / 5.
        assert_near(c.theil()?, (3.0 * 3.0_f64.ln() - 1.5 * 2.0_f64.ln()) / 5.0);
        // 1..4: mean 2.5; 1.5 + 0.5 + 0.5 + 1.5 = 4 over 20; (1 + 4 + 9 + 16) / 100.
        let c = Concentration::of(&[4.0, 3.0, 2.0, 1.0])?;
        assert_near(c.hoover(), 0.2);
        assert_near(c.hhi(), 0.3);
        Ok(())
    }

    #[test]
    fn equal_values_one_holder_and_one_customer() -> Result<()> {
        for n in [1, 2, 7, 1000] {
            let equal = Concentration::of(&vec![0.1; n])?;
            assert_bits(equal.hoover(), 0.0);
            assert!(equal.theil()? < 1e-15);
            assert!((equal.hhi() * n as f64 - 1.0).abs() < 1e-13);
            let mut values = vec![0.0; n];
            values[n / 2] = 3.7;
            let holder = Concentration::of(&values)?;
            assert_near(holder.hoover() + 1.0, 2.0 - 1.0 / n as f64);
            assert!((holder.theil()? - (n as f64).ln()).abs() < 1e-15 * n as f64);
            assert_bits(holder.hhi(), 1.0);
        }
        Ok(())
    }

    #[test]
    fn negative_values_where_allowed() -> Result<()> {
        // -20 30 90: mean 33⅓; (53⅓ + 3⅓ + 56⅔) / 200; (400 + 900 + 8100) / 10000.
        let c = Concentration::with_policy(&[-20.0, 30.0, 90.0], NegativePolicy::Allow)?;
        assert_near(c.hoover(), 340.0 / 3.0 / 200.0);
        assert_near(c.hhi(), 0.94);
        assert!(matches!(c.theil(), Err(Error::Undefined { measure: "Theil index", .. })));
        Ok(())
    }

    proptest! {
        #[test]
        fn other_indices_are_their_definitions(values in prop::collection::vec(0.0..1e6_f64, 1..60)) {
            prop_assume!(values.iter().sum::<f64>() > 1e-3);
            let c = Concentration::of(&values)?;
            let (n, total) = (values.len() as f64, values.iter().sum::<f64>());
            let mean = total / n;
            prop_assert!((c.hoover() - values.iter().map(|v| (v - mean).abs()).sum::<f64>() / (2.0 * total)).abs() < 1e-14);
            let theil = values.iter().filter(|v| **v > 0.0).map(|v| v / mean * (v / mean).ln()).sum::<f64>() / n;
            prop_assert!((c.theil()? - theil.max(0.0)).abs() < 1e-13);
            prop_assert!((c.hhi() - values.iter().map(|v| (v / total).powi(2)).sum::<f64>()).abs() < 1e-13);
            prop_assert!(c.hoover() <= c.gini() + 1e-14);
        }

        #[test]
        fn stays_in_range_and_equals_the_mean_difference(values in prop::collection::vec(0.0..1e6_f64, 1..60)) {
            prop_assume!(values.iter().sum::<f64>() > 1e-3);
            let c = Concentration::of(&values)?;
            prop_assert!((0.0..1.0).contains(&c.gini()));
            prop_assert!((0.0..=1.0 + 1e-15).contains(&c.gini_corrected()));
            let n = values.len() as f64;
            let differences: f64 = values.iter().flat_map(|a| values.iter().map(move |b| (a - b).abs())).sum();
            prop_assert!((c.gini() - differences / (2.0 * n * c.total())).abs() < 1e-13);
            // The textbook form, which loses digits by cancellation.
            let mut sorted = values.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            let weighted: f64 = sorted.iter().zip(1..).map(|(value, i)| f64::from(i) * value).sum();
            prop_assert!((c.gini() - (2.0 * weighted / (n * c.total()) - (n + 1.0) / n)).abs() < 1e-12);
        }

        #[test]
        fn does_not_depend_on_the_currency_or_the_row_order(
            mut values in prop::collection::vec(0.01..1e6_f64, 1..60), factor in 1e-3..1e3_f64, shift in 0..60_usize,
        ) {
            let gini = Concentration::of(&values)?.gini();
            let scaled: Vec<f64> = values.iter().map(|value| value * factor).collect();
            prop_assert!((Concentration::of(&scaled)?.gini() - gini).abs() < 1e-14);
            let n = values.len();
            values.rotate_left(shift % n);
            prop_assert_eq!(Concentration::of(&values)?.gini().to_bits(), gini.to_bits());
        }

        #[test]
        fn repeating_every_customer_changes_nothing(values in prop::collection::vec(0.01..1e6_f64, 1..40)) {
            let twice = values.repeat(2);
            prop_assert!((Concentration::of(&twice)?.gini() - Concentration::of(&values)?.gini()).abs() < 1e-14);
        }
    }
}
