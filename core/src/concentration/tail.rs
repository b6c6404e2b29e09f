//! The tail of the large customers: the Hill estimator.

use super::Concentration;
use super::lorenz::checked_share;
use super::ranked::Sum;
use crate::error::{Error, Result};

/// Fewest customers that the default number k of largest values takes.
const DEFAULT_LEAST: usize = 10;

/// How fast the large values thin out, as the exponent of a Pareto law; see [`Concentration::tail_index`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct TailIndex {
    /// k, the number of largest values it was estimated from.
    pub customers: usize,
    /// The value above which they lie: the (k + 1)-th largest, in the values' unit.
    pub threshold: f64,
    /// α, above 0. The smaller, the more a few customers dominate; at 1 or below, the mean of the law does not exist.
    pub alpha: f64,
    /// Its standard error, α / √k.
    pub standard_error: f64,
}

impl TailIndex {
    /// The share of the total that the top fraction `p` would hold if all values followed this Pareto law, p^(1 − 1/α); `p` in [0, 1].
    ///
    /// `None` for α ≤ 1, where the law has no mean and so no shares. With α = ln 5 / ln 4 = 1.16 the top 20 % hold 80 %.
    ///
    /// # Errors
    /// [`Error::Share`] unless `p` lies in [0, 1].
    pub fn implied_top_share(&self, p: f64) -> Result<Option<f64>> {
        let p = checked_share("fraction of customers", p)?;
        Ok((self.alpha > 1.0).then(|| p.powf(1.0 - 1.0 / self.alpha)))
    }
}

impl Concentration {
    /// The number of largest values that [`Concentration::tail_index`] takes by default: 10 % of n, rounded down, and at least 10.
    pub fn default_tail_customers(&self) -> usize {
        (self.n() / 10).max(DEFAULT_LEAST)
    }

    /// The Pareto tail index of the `k` largest values by Hill's estimator; `None` for [`Concentration::default_tail_customers`].
    ///
    /// It describes the large customers only, and only as far as their values follow a power law: compare several k. Equal values may be
    /// cut by k: only values matter, not which customers have them.
    ///
    /// # Formula
    /// ```text
    /// α = k / Σ_{i=1..k} ln(w(i) / w(k+1)),   w(1) ≥ w(2) ≥ … the values in descending order;   s.e. = α / √k
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for k = 0; [`Error::Undefined`] unless there are k + 1 values above 0, and the largest is larger than the
    /// (k + 1)-th.
    ///
    /// # Examples
    /// ```
    /// use crm_value::Concentration;
    /// // ln 4 + ln 2 above the threshold 1.
    /// let tail = Concentration::of(&[0.5, 1.0, 2.0, 4.0])?.tail_index(Some(2))?;
    /// assert!((tail.alpha - 2.0 / 8.0_f64.ln()).abs() < 1e-15);
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    ///
    /// # References
    /// B. M. Hill (1975), "A simple general approach to inference about the tail of a distribution", Annals of Statistics 3, 1163-1174.
    pub fn tail_index(&self, k: Option<usize>) -> Result<TailIndex> {
        let k = k.unwrap_or(self.default_tail_customers());
        if k == 0 {
            return Err(Error::InvalidOption { option: "tail customers", value: "0".to_owned(), requirement: "give at least 1" });
        }
        let undefined = |reason: String| Error::Undefined { measure: "tail index", reason };
        let values = self.ranked.values();
        let position = k.checked_add(1).and_then(|needed| values.len().checked_sub(needed));
        let Some(position) = position.filter(|&position| values[position] > 0.0) else {
            let above = self.n() - values.partition_point(|&value| !(value > 0.0));
            return Err(undefined(format!("it takes the {k} largest and one more value above 0, and there are {above}; give a smaller k")));
        };
        let threshold = values[position];
        let mut sum = Sum::default();
        for &value in &values[position + 1..] {
            sum.add((value / threshold).ln());
        }
        let alpha = k as f64 / sum.value();
        if !alpha.is_finite() {
            return Err(undefined(format!("the {k} largest values all equal the next one, {threshold}; give a larger k")));
        }
        Ok(TailIndex { customers: k, threshold, alpha, standard_error: alpha / (k as f64).sqrt() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::NegativePolicy;
    use super::*;

    #[test]
    fn exact_pareto_quantiles() -> Result<()> {
        // w(i) = (i / n)^(−1/α): ln(w(i) / w(k+1)) = ln((k+1) / i) / α, whose sum is (k ln(k+1) − ln k!) / α.
        for (alpha, n, k) in [(1.16_f64, 1000, 100), (2.5, 400, 10), (0.8, 50, 30)] {
            let values: Vec<f64> = (1..=n).map(|i| (f64::from(i) / f64::from(n)).powf(-1.0 / alpha)).collect();
            let tail = Concentration::of(&values)?.tail_index(Some(k))?;
            let ln_factorial: f64 = (1..=k).map(|i| (i as f64).ln()).sum();
            let expected = alpha * k as f64 / (k as f64 * (k as f64 + 1.0).ln() - ln_factorial);
            assert!((tail.alpha - expected).abs() < 1e-12 * expected, "{} is not {expected}", tail.alpha);
            assert!((tail.standard_error - expected / (k as f64).sqrt()).abs() < 1e-12);
            assert!((tail.threshold - values[k]).abs() <= 0.0);
        }
        Ok(())
    }

    #[test]
    fn default_k_is_a_tenth_but_ten() -> Result<()> {
        let of = |n: i32| Concentration::of(&(1..=n).map(f64::from).collect::<Vec<_>>());
        assert_eq!(of(1009)?.tail_index(None)?.customers, 100);
        assert_eq!(of(50)?.tail_index(None)?.customers, 10);
        assert_eq!(of(11)?.tail_index(None)?.customers, 10);
        assert!(matches!(of(10)?.tail_index(None), Err(Error::Undefined { .. })));
        Ok(())
    }

    #[test]
    fn where_it_does_not_exist() -> Result<()> {
        let refused = |values: &[f64], k| {
            assert!(matches!(Concentration::of(values)?.tail_index(k), Err(Error::Undefined { .. })), "{values:?}");
            Ok(())
        };
        refused(&[5.0], Some(1))?;
        refused(&[5.0; 30], None)?;
        refused(&[0.0, 0.0, 1.0, 2.0], Some(2))?;
        refused(&[1.0, 2.0], Some(usize::MAX))?;
        assert!(matches!(Concentration::of(&[1.0, 2.0])?.tail_index(Some(0)), Err(Error::InvalidOption { .. })));
        // Negative values below the tail do no harm.
        let c = Concentration::with_policy(&[-0.5, 1.0, 2.0], NegativePolicy::Allow)?;
        assert!((c.tail_index(Some(1))?.alpha - 1.0 / 2.0_f64.ln()).abs() < 1e-15);
        Ok(())
    }

    #[test]
    fn implied_shares_follow_the_pareto_law() -> Result<()> {
        let tail = |alpha| TailIndex { customers: 1, threshold: 1.0, alpha, standard_error: alpha };
        let eighty = tail(5.0_f64.ln() / 4.0_f64.ln()).implied_top_share(0.2)?;
        assert!(eighty.is_some_and(|share| (share - 0.8).abs() < 1e-15));
        assert_eq!(tail(1.0).implied_top_share(0.2)?, None);
        assert_eq!(tail(2.0).implied_top_share(0.25)?, Some(0.5));
        assert!(matches!(tail(2.0).implied_top_share(f64::NAN), Err(Error::Share { .. })));
        Ok(())
    }
}
