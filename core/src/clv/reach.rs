//! Who will be among the valuable customers: the probability that a customer's value reaches a threshold.

use super::check_margin;
use crate::error::{Error, Result};
use crate::models::{PurchaseModel, Quantity, SpendModel};
use crate::parallel;
use crate::summary::CustomerSummary;
use crate::time::Span;

/// The probability that a customer's value to date plus the purchases within a horizon reaches a threshold, such as the entry ticket of the
/// top tier ([`crate::Tier::smallest`]). Finds tomorrow's valuable customers among today's small and new ones.
///
/// # Formula
/// ```text
/// P = Σ_{n ≥ 0} P(Y(H) = n | x, t_x, T) · P(g (Z_1 + … + Z_n) ≥ threshold − value to date | x, z̄)
/// ```
/// g margin rate, Z the spend of the purchases to come. The probability of the spend comes from
/// [`SpendModel::spend_reaches`]: with [`crate::GammaGamma`] exact, otherwise taking each purchase at its expected spend. Purchases are not
/// discounted. Who has reached the threshold already has P = 1. The sum ends where less than 1e-12 of probability is left.
///
/// | option | default | range |
/// |---|---|---|
/// | `margin` | 1 (revenue) | finite, above 0 |
/// | value to date | `total_spend` times margin | any, finite |
///
/// # Examples
/// ```
/// use crm_value::{BgNbd, CustomerSummary, GammaGamma, ReachProbability, Span, TimeUnit};
/// let purchases = BgNbd::new(0.243, 4.414, 0.793, 2.426, TimeUnit::Week)?;
/// let spend = GammaGamma::new(6.25, 3.74, 15.44)?;
/// let customers =
///     CustomerSummary::from_columns(None, &[2.0, 0.0], &[30.43, 0.0], &[38.86, 38.86], Some(&[22.35, 0.0]), TimeUnit::Week)?;
/// let p = ReachProbability::new(&purchases, &spend, Span::new(52.0, TimeUnit::Week)?, 100.0).probability(&customers, Some(&[67.0, 30.0]))?;
/// assert!(p[0] > 10.0 * p[1] && p[1] > 0.0);
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct ReachProbability<'a> {
    purchases: &'a dyn PurchaseModel,
    spend: &'a dyn SpendModel,
    horizon: Span,
    threshold: f64,
    margin: f64,
}

/// Probability that may be left out of a sum over the number of purchases.
const NEGLIGIBLE: f64 = 1e-12;
/// No customer is expected to buy more often than that.
const MOST_PURCHASES: u32 = 100_000;

impl<'a> ReachProbability<'a> {
    /// The probability to reach a value of `threshold`, in money, within `horizon` after the end of observation.
    pub fn new(purchases: &'a dyn PurchaseModel, spend: &'a dyn SpendModel, horizon: Span, threshold: f64) -> Self {
        ReachProbability { purchases, spend, horizon, threshold, margin: 1.0 }
    }

    /// Sets the value per unit of revenue, if the threshold is a margin (30 % is 0.30).
    pub fn margin(mut self, rate: f64) -> Self {
        self.margin = rate;
        self
    }

    /// The probability of every customer, in [0, 1]. `value_to_date`: the values so far, in the unit of the threshold; `None` for total spend
    /// times margin.
    ///
    /// # Errors
    /// [`Error::UnitMismatch`]; [`Error::MissingColumn`] without mean spend, or without total spend where that is needed;
    /// [`Error::LengthMismatch`], [`Error::NonFinite`]; [`Error::InvalidOption`] for a threshold or margin out of range; those of the spend
    /// model.
    pub fn probability(&self, customers: &CustomerSummary, value_to_date: Option<&[f64]>) -> Result<Vec<f64>> {
        check_margin(self.margin)?;
        let refused = |option, value: f64, requirement| Err(Error::InvalidOption { option, value: value.to_string(), requirement });
        if !(self.margin > 0.0) {
            return refused("margin", self.margin, "to reach a threshold, a purchase must be worth something: give a rate above 0");
        }
        if !self.threshold.is_finite() {
            return refused("threshold", self.threshold, "it must be finite");
        }
        let gaps = self.gaps(customers, value_to_date)?;
        // Checks the spend of every customer.
        let _ = self.spend.expected_spend(customers)?;
        let t = self.horizon.in_unit(self.purchases.unit());
        let alive = self.purchases.probability_alive(customers)?;
        let expected = self.purchases.map(customers, Quantity::Purchases { from: 0.0, to: t })?;
        let mut left = alive.clone();
        let mut reached = vec![0.0; customers.len()];
        for n in 0..=MOST_PURCHASES {
            let counts = self.purchases.map(customers, Quantity::Count { n, t })?;
            if n > 0 {
                self.add(customers, n, &counts, &gaps, &mut reached)?;
            }
            let mut done = true;
            for (i, count) in counts.iter().enumerate() {
                left[i] -= count;
                // Rounding may keep the sum of the probabilities from ever coming so near to 1.
                let past_the_tail = f64::from(n) * alive[i] > expected[i] && *count <= NEGLIGIBLE * 1e-6;
                done &= !(gaps[i] > 0.0) || left[i] <= NEGLIGIBLE || past_the_tail;
            }
            if done {
                break;
            }
        }
        Ok(reached.iter().zip(&gaps).map(|(reached, gap)| if *gap > 0.0 { reached.clamp(0.0, 1.0) } else { 1.0 }).collect())
    }

    /// Adds P(n purchases) · P(they make up for the gap) of every customer.
    fn add(&self, customers: &CustomerSummary, n: u32, counts: &[f64], gaps: &[f64], reached: &mut [f64]) -> Result<()> {
        let spend = |i: usize| self.spend.spend_reaches(customers.frequency()[i], customers.mean_spend(i).unwrap_or(0.0), n, gaps[i]);
        let share = parallel::map(customers.len(), 50, |i| {
            if gaps[i] > 0.0 && counts[i] > NEGLIGIBLE * NEGLIGIBLE { spend(i).ok().map(|share| share * counts[i]) } else { Some(0.0) }
        });
        for (i, (sum, share)) in reached.iter_mut().zip(share).enumerate() {
            *sum += match share {
                Some(share) => share,
                None => spend(i)?,
            };
        }
        Ok(())
    }

    /// The spend that every customer is short of the threshold.
    fn gaps(&self, customers: &CustomerSummary, value_to_date: Option<&[f64]>) -> Result<Vec<f64>> {
        let n = customers.len();
        let (values, rate) = match (value_to_date, customers.total_spend()) {
            (Some(values), _) => (values, 1.0),
            (None, Some(total)) => (total, self.margin),
            (None, None) => {
                return Err(Error::MissingColumn {
                    what: "the value to date",
                    column: "total_spend",
                    advice: "give the values to date, or a summary with total spend",
                });
            }
        };
        let column = "value to date".to_owned();
        if values.len() != n {
            return Err(Error::LengthMismatch { column, actual: values.len(), reference: "customer summary".to_owned(), expected: n });
        }
        if let Some(row) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::NonFinite { column, row, value: values[row] });
        }
        Ok(values.iter().map(|value| (self.threshold - value * rate) / self.margin).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{BgNbd, GammaGamma, Model, Nbd, ParetoNbd};
    use crate::time::TimeUnit;

    fn weeks(length: f64) -> Span {
        Span::new(length, TimeUnit::Week).unwrap_or(Span::one(TimeUnit::Week))
    }

    fn customers() -> Result<CustomerSummary> {
        let (x, t_x) = ([2.0, 0.0, 7.0, 0.0], [30.43, 0.0, 35.0, 0.0]);
        CustomerSummary::from_columns(None, &x, &t_x, &[38.86, 38.86, 38.0, 5.0], Some(&[22.35, 0.0, 40.0, 0.0]), TimeUnit::Week)
    }

    /// Every purchase at the same price.
    #[derive(Debug)]
    struct Fixed(f64);

    impl Model for Fixed {
        fn name(&self) -> &'static str {
            "fixed"
        }
        fn parameters(&self) -> Vec<(&'static str, f64)> {
            vec![("price", self.0)]
        }
    }

    impl SpendModel for Fixed {
        fn expected_spend_given(&self, _: u32, _: f64) -> Result<f64> {
            Ok(self.0)
        }
    }

    #[test]
    fn at_a_fixed_price_it_is_the_tail_of_the_purchases() -> Result<()> {
        let (purchases, customers) = (ParetoNbd::new(0.553, 10.578, 0.606, 11.669, TimeUnit::Week)?, customers()?);
        // 25 short at 10 each: three purchases or more.
        let short = ReachProbability::new(&purchases, &Fixed(10.0), weeks(39.0), 125.0).probability(&customers, Some(&[100.0; 4]))?;
        let mut fewer = vec![0.0; 4];
        for n in 0..3 {
            for (sum, p) in fewer.iter_mut().zip(purchases.conditional_purchase_probability(&customers, n, weeks(39.0))?) {
                *sum += p;
            }
        }
        for (p, fewer) in short.iter().zip(fewer) {
            assert!((p - (1.0 - fewer)).abs() < 1e-10, "{p} is not 1 − {fewer}");
        }
        Ok(())
    }

    #[test]
    fn gamma_gamma_spend_is_integrated() -> Result<()> {
        // The case p = 1, where n purchases of rate ν reach s with the Erlang probability Σ_{j<n} e^(−ν s) (ν s)^j / j!, and ν ~ Gamma(q',
        // v') makes it negative binomial: Σ_{j<n} (q')_j / j! (s / (s + v'))^j (v' / (s + v'))^q'.
        let (spend, purchases) = (GammaGamma::new(1.0, 3.0, 20.0)?, Nbd::new(2.0, 10.0, TimeUnit::Week)?);
        let one = CustomerSummary::from_columns(None, &[2.0], &[30.0], &[40.0], Some(&[25.0]), TimeUnit::Week)?;
        let p = ReachProbability::new(&purchases, &spend, weeks(20.0), 90.0).probability(&one, Some(&[40.0]))?;
        let (q, v, s) = (5.0_f64, 70.0_f64, 50.0);
        let mut expected = 0.0;
        for n in 1..400 {
            let (mut term, mut sum) = ((v / (s + v)).powf(q), 0.0);
            for j in 0..n {
                sum += term;
                term *= (q + f64::from(j)) / (f64::from(j) + 1.0) * s / (s + v);
            }
            expected += sum * purchases.conditional_purchase_probability(&one, n, weeks(20.0))?[0];
        }
        assert!((p[0] - expected).abs() < 1e-11, "{} is not {expected}", p[0]);
        Ok(())
    }

    #[test]
    fn limits_and_order() -> Result<()> {
        let (purchases, spend) = (BgNbd::new(0.243, 4.414, 0.793, 2.426, TimeUnit::Week)?, GammaGamma::new(6.25, 3.74, 15.44)?);
        let customers = customers()?;
        let at =
            |threshold: f64| ReachProbability::new(&purchases, &spend, weeks(52.0), threshold).probability(&customers, Some(&[50.0; 4]));
        assert!(at(50.0)?.iter().all(|p| p.to_bits() == 1.0_f64.to_bits()));
        // Next to nothing short: any purchase will do.
        for (p, active) in at(50.0 + 1e-9)?.iter().zip(purchases.probability_active(&customers, weeks(52.0))?) {
            assert!((p - active).abs() < 1e-9, "{p} is not {active}");
        }
        let mut last = vec![1.0; 4];
        for threshold in [60.0, 100.0, 500.0, 1e4, 1e9] {
            let p = at(threshold)?;
            assert!(p.iter().zip(&last).all(|(p, last)| p < last && *p >= 0.0));
            last = p;
        }
        assert!(last.iter().all(|p| *p < 1e-6));
        // A margin of a tenth of everything: the same probabilities.
        let tenth = ReachProbability::new(&purchases, &spend, weeks(52.0), 10.0).margin(0.1).probability(&customers, Some(&[5.0; 4]))?;
        assert!(tenth.iter().zip(at(100.0)?).all(|(a, b)| (a - b).abs() < 1e-12));
        Ok(())
    }

    #[test]
    fn bad_input_is_refused() -> Result<()> {
        let (purchases, spend) = (BgNbd::new(0.243, 4.414, 0.793, 2.426, TimeUnit::Week)?, GammaGamma::new(6.25, 3.74, 15.44)?);
        let customers = customers()?;
        let reach = ReachProbability::new(&purchases, &spend, weeks(52.0), 10.0);
        let of = |reach: ReachProbability<'_>, values: Option<&[f64]>| reach.probability(&customers, values).err();
        assert!(matches!(of(reach, None), Some(Error::MissingColumn { column: "total_spend", .. })));
        assert!(matches!(of(reach, Some(&[1.0])), Some(Error::LengthMismatch { .. })));
        assert!(matches!(of(reach, Some(&[1.0, f64::NAN, 1.0, 1.0])), Some(Error::NonFinite { row: 1, .. })));
        for wrong in [0.0, -1.0, f64::NAN] {
            assert!(matches!(of(reach.margin(wrong), Some(&[1.0; 4])), Some(Error::InvalidOption { .. })), "{wrong}");
        }
        let endless = ReachProbability::new(&purchases, &spend, weeks(52.0), f64::INFINITY);
        assert!(matches!(of(endless, Some(&[1.0; 4])), Some(Error::InvalidOption { .. })));
        let days = BgNbd::new(0.243, 4.414, 0.793, 2.426, TimeUnit::Day)?;
        assert!(matches!(of(ReachProbability::new(&days, &spend, weeks(52.0), 10.0), Some(&[1.0; 4])), Some(Error::UnitMismatch { .. })));
        let heavy = GammaGamma::new(6.25, 0.9, 15.44)?;
        assert!(matches!(
            of(ReachProbability::new(&purchases, &heavy, weeks(52.0), 10.0), Some(&[1.0; 4])),
            Some(Error::UndefinedMean { .. })
        ));
        Ok(())
    }
}
