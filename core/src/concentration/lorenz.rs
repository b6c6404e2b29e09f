//! The Lorenz curve and the shares read from it.

use super::Concentration;
use super::ranked::smallest;
use crate::error::{Error, Result};

/// The answer to "how few customers hold a share s of the value?". See [`Concentration::customers_for_share`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct CustomersForShare {
    /// k, the smallest number of customers that hold the share.
    pub customers: usize,
    /// k/n, in [0, 1].
    pub customer_share: f64,
    /// The share of the total they really hold, at or above the one asked for.
    pub value_share: f64,
}

impl Concentration {
    /// L(p), the share of the total held by the poorest fraction `p` of the customers; `p` in [0, 1].
    ///
    /// Rises from L(0) = 0 to L(1) = 1 and stays at or below the diagonal, which it is if all are worth the same.
    ///
    /// # Formula
    /// ```text
    /// L(k/n) = (v(1) + ... + v(k)) / V,   linear in between
    /// ```
    ///
    /// # Errors
    /// [`Error::Share`] unless `p` lies in [0, 1].
    ///
    /// # Examples
    /// ```
    /// use crm_value::Concentration;
    /// let c = Concentration::of(&[10.0, 30.0, 20.0, 40.0])?;
    /// assert_eq!(c.lorenz_at(0.5)?, 0.30);
    /// assert_eq!(c.lorenz_at(0.125)?, 0.05);              // half of the poorest customer
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    ///
    /// # References
    /// M. O. Lorenz (1905), "Methods of measuring the concentration of wealth", Publications of the American Statistical Association 9,
    /// 209-219.
    pub fn lorenz_at(&self, p: f64) -> Result<f64> {
        Ok(self.lorenz_unchecked(checked_share("fraction of customers", p)?))
    }

    fn lorenz_unchecked(&self, p: f64) -> f64 {
        let (whole, part) = self.position(p);
        let next = self.ranked.value(whole).unwrap_or(0.0);
        (self.ranked.bottom(whole) + part * next) / self.total()
    }

    /// The Lorenz curve as `points` pairs (p, L(p)), p equally spaced from 0 to 1, for drawing.
    ///
    /// At least the two ends, and at most n + 1 points: the curve is straight between customers, so more would say nothing new.
    ///
    /// ```
    /// use crm_value::Concentration;
    /// let c = Concentration::of(&[10.0, 30.0, 20.0, 40.0])?;
    /// assert_eq!(c.lorenz(3), [(0.0, 0.0), (0.5, 0.30), (1.0, 1.0)]);
    /// assert_eq!(c.lorenz(1000).len(), 5);
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    pub fn lorenz(&self, points: usize) -> Vec<(f64, f64)> {
        let steps = points.clamp(2, self.n() + 1) - 1;
        (0..=steps).map(|step| step as f64 / steps as f64).map(|p| (p, self.lorenz_unchecked(p))).collect()
    }

    /// The share of the total held by the top fraction `p` of the customers, 1 − L(1 − p); `p` in [0, 1].
    ///
    /// Where p n is no whole number, the next customer counts in part. Always at or above p. For an exact count see
    /// [`Concentration::top_count_share`].
    ///
    /// # Errors
    /// [`Error::Share`] unless `p` lies in [0, 1].
    ///
    /// ```
    /// use crm_value::Concentration;
    /// let c = Concentration::of(&[10.0, 30.0, 20.0, 40.0])?;
    /// assert_eq!(c.top_share(0.25)?, 0.40);
    /// assert_eq!(c.top_share(0.375)?, 0.55);              // the best, and half of the second best
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    pub fn top_share(&self, p: f64) -> Result<f64> {
        let (whole, part) = self.position(checked_share("fraction of customers", p)?);
        let next = self.n().checked_sub(whole + 1).and_then(|position| self.ranked.value(position)).unwrap_or(0.0);
        let share = (self.ranked.top(whole) + part * next) / self.total();
        // Without negative values nobody holds more than all; the last bit of the sums may say otherwise.
        Ok(if self.ranked.value(0).is_some_and(|smallest| smallest >= 0.0) { share.min(1.0) } else { share })
    }

    /// The share of the total held by the `k` largest customers; 1 if `k` is n or more.
    ///
    /// ```
    /// use crm_value::Concentration;
    /// let c = Concentration::of(&[10.0, 30.0, 20.0, 40.0])?;
    /// assert_eq!(c.top_count_share(2), 0.70);
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    pub fn top_count_share(&self, k: usize) -> f64 {
        self.ranked.top(k) / self.total()
    }

    /// How few customers hold a share `s` of the total: the smallest k whose k largest values reach s V; `s` in [0, 1].
    ///
    /// "Reach" is judged on the share rounded to f64, so that with 100 equal customers exactly 7 hold 0.07, although the number written
    /// 0.07 lies a little above 7/100. For s = 0 no customer is needed.
    ///
    /// # Errors
    /// [`Error::Share`] unless `s` lies in [0, 1].
    ///
    /// ```
    /// use crm_value::Concentration;
    /// let c = Concentration::of(&[10.0, 30.0, 20.0, 40.0])?;
    /// let most = c.customers_for_share(0.80)?;
    /// assert_eq!((most.customers, most.customer_share, most.value_share), (3, 0.75, 0.90));
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    pub fn customers_for_share(&self, s: f64) -> Result<CustomersForShare> {
        let share = checked_share("share of value", s)?;
        // With negative values the top share passes 1 and falls back to it, but never below: once reached, s in [0, 1] stays reached.
        let customers = smallest(self.n(), |k| self.top_count_share(k) >= share);
        let value_share = self.top_count_share(customers);
        Ok(CustomersForShare { customers, customer_share: customers as f64 / self.n() as f64, value_share })
    }

    /// p n as whole customers and a part of the next one.
    fn position(&self, p: f64) -> (usize, f64) {
        let position = p * self.n() as f64;
        (position as usize, position.fract())
    }
}

pub(super) fn checked_share(what: &'static str, value: f64) -> Result<f64> {
    if !(0.0..=1.0).contains(&value) {
        return Err(Error::Share { what, value });
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::super::NegativePolicy;
    use super::*;
    use proptest::prelude::*;

    fn assert_near(actual: f64, expected: f64) {
        assert!((actual - expected).abs() <= 1e-15, "{actual} is not {expected}");
    }

    #[test]
    fn by_hand() -> Result<()> {
        // Ascending 5 5 10 20 60; running sums 5 10 20 40 100.
        let c = Concentration::of(&[10.0, 5.0, 60.0, 20.0, 5.0])?;
        for (p, expected) in [(0.0, 0.0), (0.2, 0.05), (0.4, 0.10), (0.5, 0.15), (0.6, 0.20), (0.8, 0.40), (0.9, 0.70), (1.0, 1.0)] {
            assert_near(c.lorenz_at(p)?, expected);
            assert_near(c.top_share(1.0 - p)?, 1.0 - expected);
        }
        for (k, expected) in [(0, 0.0), (1, 0.6), (2, 0.8), (3, 0.9), (4, 0.95), (5, 1.0), (usize::MAX, 1.0)] {
            assert_near(c.top_count_share(k), expected);
        }
        for (s, expected) in [(0.0, 0), (1e-9, 1), (0.6, 1), (0.61, 2), (0.8, 2), (0.95, 4), (1.0, 5)] {
            assert_eq!(c.customers_for_share(s)?.customers, expected, "s = {s}");
        }
        Ok(())
    }

    #[test]
    fn decimal_shares_of_equal_customers_are_met_exactly() -> Result<()> {
        let c = Concentration::of(&[3.0; 100])?;
        for percent in 0..=100 {
            let s = f64::from(percent) / 100.0;
            assert_eq!(c.customers_for_share(s)?.customers, percent as usize);
            assert_near(c.top_share(s)?, s);
            assert_near(c.lorenz_at(s)?, s);
        }
        Ok(())
    }

    #[test]
    fn zeros_hold_nothing() -> Result<()> {
        let c = Concentration::of(&[0.0, 8.0, 0.0, 2.0])?;
        assert_near(c.lorenz_at(0.5)?, 0.0);
        assert_eq!(c.customers_for_share(1.0)?.customers, 2);
        Ok(())
    }

    #[test]
    fn single_customer() -> Result<()> {
        let c = Concentration::of(&[8.0])?;
        assert_eq!(c.lorenz(9), [(0.0, 0.0), (1.0, 1.0)]);
        assert_near(c.top_share(0.3)?, 0.3);
        assert_eq!(c.customers_for_share(0.3)?.customers, 1);
        Ok(())
    }

    #[test]
    fn negative_values_bend_the_curve_below_0() -> Result<()> {
        // -20 30 90, total 100.
        let c = Concentration::with_policy(&[90.0, -20.0, 30.0], NegativePolicy::Allow)?;
        assert_near(c.lorenz_at(1.0 / 3.0)?, -0.2);
        assert_near(c.top_count_share(2), 1.2);
        assert_eq!(c.customers_for_share(0.95)?.customers, 2);
        assert_eq!(c.customers_for_share(1.0)?.customers, 2);
        Ok(())
    }

    #[test]
    fn shares_outside_0_to_1_are_refused() -> Result<()> {
        let c = Concentration::of(&[1.0, 2.0])?;
        for wrong in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(matches!(c.lorenz_at(wrong), Err(Error::Share { .. })));
            assert!(matches!(c.top_share(wrong), Err(Error::Share { .. })));
            assert!(matches!(c.customers_for_share(wrong), Err(Error::Share { .. })));
        }
        Ok(())
    }

    #[test]
    fn the_number_of_points_is_bounded() -> Result<()> {
        let c = Concentration::of(&[1.0, 2.0, 3.0])?;
        assert_eq!([0, 2, 3, 4, usize::MAX].map(|points| c.lorenz(points).len()), [2, 2, 3, 4, 4]);
        Ok(())
    }

    proptest! {
        #[test]
        fn curve_is_convex_below_the_diagonal_and_rises_from_0_to_1(values in prop::collection::vec(0.0..1e6_f64, 1..700)) {
            prop_assume!(values.iter().sum::<f64>() > 1e-3);
            let c = Concentration::of(&values)?;
            let curve = c.lorenz(usize::MAX);
            prop_assert_eq!((curve[0].1.to_bits(), curve[values.len()].1.to_bits()), (0.0_f64.to_bits(), 1.0_f64.to_bits()));
            for (p, share) in &curve {
                prop_assert!(*share <= p + 1e-15);
                prop_assert!((c.top_share(1.0 - p)? - (1.0 - share)).abs() < 1e-12);
            }
            for step in curve.windows(3) {
                prop_assert!(step[0].1 <= step[1].1 + 1e-15);
                prop_assert!(step[1].1 - step[0].1 <= step[2].1 - step[1].1 + 1e-14);
            }
        }

        #[test]
        fn customers_for_share_is_the_smallest_k(values in prop::collection::vec(0.0..1e6_f64, 1..300), s in 0.0..=1.0_f64) {
            prop_assume!(values.iter().sum::<f64>() > 1e-3);
            let c = Concentration::of(&values)?;
            let k = c.customers_for_share(s)?.customers;
            prop_assert!(c.top_count_share(k) >= s);
            prop_assert!(k == 0 || c.top_count_share(k - 1) < s);
        }
    }
}
