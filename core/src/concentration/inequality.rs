//! Inequality in one number.

use super::Concentration;
use super::ranked::Sum;

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

#[cfg(test)]
mod tests {
    use super::super::NegativePolicy;
    use super::*;
    use crate::error::Result;
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

    proptest! {
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
