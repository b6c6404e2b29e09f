//! Gamma-Gamma: how much customers spend per purchase.

use super::{Model, SpendModel, missing_spend, positive};
use crate::error::{Error, Result};
use crate::fit::{Derivatives, Dimension, FitContext, FitOptions, FitWarning, Fitted, Objective, Parameter, chunked, finish};
use crate::simulation::{RandomStream, SimulateSpend};
use crate::special::{digamma, ln_beta, regularised_incomplete_beta, trigamma};
use crate::summary::CustomerSummary;

const NAME: &str = "Gamma-Gamma";
const PARAMETERS: [&str; 3] = ["p", "q", "v"];
/// Simulated amounts stay below this, so that their sums stay finite.
const LARGEST_AMOUNT: f64 = 1e290;

/// The gamma-gamma model of spend per purchase.
///
/// # Assumptions
/// 1. A customer's spend per purchase is Gamma(p, rate ν).
/// 2. ν varies over customers as Gamma(q, rate v).
/// 3. Spend is independent of how often customers buy.
///
/// | parameter | unit | range |
/// |---|---|---|
/// | p, q | none | > 0 |
/// | v (γ in the papers) | money | > 0 |
///
/// With q ≤ 1 the mean spend of the population does not exist; the fit says so in its warnings and is not nudged.
///
/// # Formula
/// ```text
/// ln L(z̄ | x)   = −ln z̄ − ln B(p x, q) + q ln(v / (v + x z̄)) + p x ln(x z̄ / (v + x z̄))
/// E[Z | z̄, x]   = p (v + x z̄) / (p x + q − 1),     p x + q > 1
/// E[Z]          = p v / (q − 1),                    q > 1
/// ```
///
/// # Examples
/// ```
/// use crm_value::{GammaGamma, SpendModel};
/// let model = GammaGamma::new(6.25, 3.74, 15.44)?;
/// assert!((model.expected_spend_given(2, 22.35)? - 24.66).abs() < 0.01);
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// Colombo & Jiang (1999), A Stochastic RFM Model, J. Interactive Marketing 13(3); Fader, Hardie & Lee (2005), RFM and CLV, J. Marketing
/// Research 42(4); Fader & Hardie (2013), The Gamma-Gamma Model of Monetary Value, eqs. 1, 5.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Stored", into = "Stored"))]
pub struct GammaGamma {
    p: f64,
    q: f64,
    v: f64,
}

impl GammaGamma {
    /// The model with known parameters.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] unless all are finite and above 0.
    pub fn new(p: f64, q: f64, v: f64) -> Result<Self> {
        Ok(GammaGamma { p: positive(NAME, "p", p)?, q: positive(NAME, "q", q)?, v: positive(NAME, "v", v)? })
    }

    /// Shape of a customer's spend.
    pub fn p(&self) -> f64 {
        self.p
    }

    /// Shape of the spread over customers.
    pub fn q(&self) -> f64 {
        self.q
    }

    /// Rate parameter of the spread over customers, in money.
    pub fn v(&self) -> f64 {
        self.v
    }

    /// E(Z): mean spend per purchase of the population, in money.
    ///
    /// # Errors
    /// [`Error::UndefinedMean`] if q ≤ 1.
    pub fn population_mean_spend(&self) -> Result<f64> {
        if self.q > 1.0 { Ok(self.p * self.v / (self.q - 1.0)) } else { Err(Error::UndefinedMean { q: self.q }) }
    }

    /// Log density of the mean z̄ of x ≥ 1 purchases.
    ///
    /// # Errors
    /// [`Error::NotPositive`] unless `frequency` ≥ 1 and `mean_spend` is finite and above 0.
    pub fn ln_likelihood(&self, frequency: u32, mean_spend: f64) -> Result<f64> {
        let GammaGamma { p, q, v } = *self;
        if frequency == 0 {
            return Err(Error::NotPositive { column: "frequency".to_owned(), row: 0, value: 0.0 });
        }
        if !(mean_spend > 0.0 && mean_spend.is_finite()) {
            return Err(Error::NotPositive { column: "monetary_value".to_owned(), row: 0, value: mean_spend });
        }
        let x = f64::from(frequency);
        let total = x * mean_spend;
        Ok(-mean_spend.ln() - ln_beta(p * x, q) - q * (total / v).ln_1p() - p * x * (v / total).ln_1p())
    }

    /// Fits by maximum likelihood with the default [`FitOptions`], to the customers with repeat purchases.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] without spend; [`Error::NoRepeatPurchases`] if nobody bought again; [`Error::NotPositive`] if no repeat
    /// customer spent anything; [`Error::NotFinite`].
    pub fn fit(customers: &CustomerSummary) -> Result<Fitted<Self>> {
        Self::fit_with(customers, &FitOptions::default())
    }

    /// Fits by maximum likelihood, to the customers with repeat purchases.
    ///
    /// # Errors
    /// As [`GammaGamma::fit`], and [`Error::InvalidOption`], [`Error::InvalidParameter`] (start values), [`Error::Cancelled`].
    pub fn fit_with(customers: &CustomerSummary, options: &FitOptions) -> Result<Fitted<Self>> {
        if !customers.has_spend() {
            return Err(missing_spend());
        }
        let (objective, zero_spend) = SpendObjective::new(customers, options.thread_limit());
        if objective.rows.is_empty() && zero_spend > 0 {
            let row = customers.frequency().iter().position(|&x| x > 0).unwrap_or(0);
            return Err(Error::NotPositive { column: "monetary_value".to_owned(), row, value: 0.0 });
        }
        if objective.rows.is_empty() {
            return Err(Error::NoRepeatPurchases { model: NAME, customers: customers.len() });
        }
        let mean = objective.rows.iter().map(|row| row.total).sum::<f64>() / objective.purchases;
        let mut warnings = Vec::new();
        if zero_spend > 0 {
            warnings.push(FitWarning::ZeroSpendLeftOut { customers: zero_spend });
        }
        let context = FitContext {
            model: NAME,
            unit: None,
            parameters: Parameter::all(PARAMETERS, [Dimension::Number; 3]),
            customers: objective.customers as usize,
            patterns: objective.rows.len(),
            // v such that the population mean is the mean seen.
            starts: [(2.0, 3.0), (10.0, 5.0), (1.0, 1.5), (0.3, 10.0)].map(|(p, q)| vec![p, q, mean * (q - 1.0) / p]).to_vec(),
            warnings,
        };
        let mut fitted = finish(context, &objective, options, |p| Self::new(p[0], p[1], p[2]))?;
        if fitted.q <= 1.0 {
            let q = fitted.q;
            fitted.warn(FitWarning::UndefinedMean { q });
        }
        Ok(fitted)
    }
}

impl Model for GammaGamma {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        PARAMETERS.into_iter().zip([self.p, self.q, self.v]).collect()
    }
}

impl SpendModel for GammaGamma {
    /// Fader & Hardie (2013), eq. 5; without repeat purchases the population mean. p x + q > 1 is needed.
    fn expected_spend_given(&self, frequency: u32, mean_spend: f64) -> Result<f64> {
        let GammaGamma { p, q, v } = *self;
        if frequency == 0 {
            return self.population_mean_spend();
        }
        check_mean_spend(mean_spend)?;
        let x = f64::from(frequency);
        let freedom = p * x + q - 1.0;
        if freedom > 0.0 { Ok(p * (v + x * mean_spend) / freedom) } else { Err(Error::UndefinedMean { q }) }
    }

    /// Exact: given the history, ν is Gamma(q + p x, rate v + x z̄), and n purchases of shape p sum to Gamma(p n, ν), so their sum S over
    /// that rate is beta prime: P(S ≥ s) = I_w(q + p x, p n), w = (v + x z̄) / (v + x z̄ + s). Needs no mean to exist.
    fn spend_reaches(&self, frequency: u32, mean_spend: f64, n: u32, amount: f64) -> Result<f64> {
        if frequency > 0 {
            check_mean_spend(mean_spend)?;
        }
        if !(amount > 0.0) {
            return Ok(1.0);
        }
        let x = f64::from(frequency);
        let spent = if frequency > 0 { x * mean_spend } else { 0.0 };
        Ok(regularised_incomplete_beta(self.q + self.p * x, self.p * f64::from(n), (self.v + spent) / amount))
    }
}

fn check_mean_spend(mean_spend: f64) -> Result<()> {
    if !mean_spend.is_finite() {
        return Err(Error::NonFinite { column: "monetary_value".to_owned(), row: 0, value: mean_spend });
    }
    if mean_spend < 0.0 {
        return Err(Error::Negative { column: "monetary_value".to_owned(), row: 0, value: mean_spend });
    }
    Ok(())
}

impl SimulateSpend for GammaGamma {
    fn draw_spend(&self, random: &mut RandomStream, amounts: &mut [f64]) {
        let ln_rate = random.ln_gamma(self.q) - self.v.ln();
        for amount in amounts {
            *amount = (random.ln_gamma(self.p) - ln_rate).exp().clamp(f64::MIN_POSITIVE, LARGEST_AMOUNT);
        }
    }
}

/// One repeat customer: position of x in the table, and x z̄.
struct Row {
    frequency: u32,
    total: f64,
}

/// The data of the likelihood: rows sorted by (x, x z̄), so that sums do not depend on the order of the customers.
struct SpendObjective {
    rows: Vec<Row>,
    /// Distinct x with the number of customers.
    frequencies: Vec<(f64, f64)>,
    customers: f64,
    purchases: f64,
    /// Σ x ln(x z̄) and Σ ln z̄: constants in the parameters, up to p.
    x_ln_total: f64,
    ln_mean: f64,
    threads: Option<usize>,
}

impl SpendObjective {
    /// The objective and the number of repeat customers left out because they spent nothing.
    fn new(customers: &CustomerSummary, threads: Option<usize>) -> (Self, usize) {
        let spend = |i: usize| customers.mean_spend(i).unwrap_or(0.0);
        let repeat = customers.frequency().iter().enumerate().filter(|&(_, &x)| x > 0);
        let mut pairs: Vec<(u32, f64)> = repeat.clone().map(|(i, &x)| (x, spend(i))).filter(|&(_, mean)| mean > 0.0).collect();
        let zero_spend = repeat.count() - pairs.len();
        // Positive floats sort by their bits.
        pairs.sort_unstable_by_key(|&(x, mean)| (x, mean.to_bits()));
        let mut frequencies: Vec<(f64, f64)> = Vec::new();
        let mut rows = Vec::with_capacity(pairs.len());
        for &(x, mean) in &pairs {
            let x = f64::from(x);
            match frequencies.last_mut() {
                Some((last, count)) if *last >= x => *count += 1.0,
                _ => frequencies.push((x, 1.0)),
            }
            rows.push(Row { frequency: frequencies.len() as u32 - 1, total: x * mean });
        }
        let [x_ln_total, ln_mean] = chunked::<2>(pairs.len(), threads, |range, sums| {
            for &(x, mean) in &pairs[range] {
                let x = f64::from(x);
                sums[0] += x * (x * mean).ln();
                sums[1] += mean.ln();
            }
        });
        let purchases = frequencies.iter().map(|&(x, count)| x * count).sum();
        let objective = SpendObjective { customers: rows.len() as f64, rows, frequencies, purchases, x_ln_total, ln_mean, threads };
        (objective, zero_spend)
    }
}

impl Objective for SpendObjective {
    fn total_weight(&self) -> f64 {
        self.customers
    }

    fn evaluate(&self, parameters: &[f64]) -> Derivatives {
        let &[p, q, v] = parameters else { return Derivatives { value: f64::NAN, gradient: Vec::new(), hessian: Vec::new() } };
        let n = self.customers;
        let [mut value, mut d_p, mut d_q, mut d_pp, mut d_pq, mut d_qq] = [0.0; 6];
        for &(x, count) in &self.frequencies {
            value -= count * ln_beta(p * x, q);
            // ψ(px + q) − ψ(px) with q real: a difference of two values of similar size is exact enough for a derivative.
            let (at_sum, at_px) = (digamma(p * x + q), digamma(p * x));
            let (slope_sum, slope_px) = (trigamma(p * x + q), trigamma(p * x));
            d_p += count * x * (at_sum - at_px);
            d_q += count * at_sum;
            d_pp += count * x * x * (slope_sum - slope_px);
            d_pq += count * x * slope_sum;
            d_qq += count * slope_sum;
        }
        // Σ ln(v + m), Σ x ln(v + m), Σ 1/(v + m), Σ x/(v + m), Σ 1/(v + m)², Σ x/(v + m)²
        let sums = chunked::<6>(self.rows.len(), self.threads, |range, sums| {
            for row in &self.rows[range] {
                let x = self.frequencies[row.frequency as usize].0;
                let (ln, inverse) = ((v + row.total).ln(), 1.0 / (v + row.total));
                sums[0] += ln;
                sums[1] += x * ln;
                sums[2] += inverse;
                sums[3] += x * inverse;
                sums[4] += inverse * inverse;
                sums[5] += x * inverse * inverse;
            }
        });
        let [ln, x_ln, inverse, x_inverse, square, x_square] = sums;
        let ln_v = v.ln();
        value += -self.ln_mean + q * (n * ln_v - ln) + p * (self.x_ln_total - x_ln);
        d_p += self.x_ln_total - x_ln;
        d_q += n * (ln_v - digamma(q)) - ln;
        d_qq -= n * trigamma(q);
        let d_v = n * q / v - q * inverse - p * x_inverse;
        let d_pv = -x_inverse;
        let d_qv = n / v - inverse;
        let d_vv = -n * q / (v * v) + q * square + p * x_square;
        let hessian = [[d_pp, d_pq, d_pv], [d_pq, d_qq, d_qv], [d_pv, d_qv, d_vv]];
        Derivatives::from_natural(parameters, value, &[d_p, d_q, d_v], |i, j| hessian[i][j])
    }
}

#[cfg(feature = "serde")]
super::stored::stored_form!(GammaGamma { p: f64, q: f64, v: f64 });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::check_derivatives;
    use crate::time::TimeUnit;

    #[test]
    fn derivatives_equal_differences() {
        let x: Vec<f64> = (0..50).map(|i| f64::from(i % 6)).collect();
        let recency: Vec<f64> = x.iter().map(|&x| x.min(1.0)).collect();
        let spend: Vec<f64> = (0..50).map(|i| 5.0 + f64::from(i * i % 37)).collect();
        let customers = CustomerSummary::from_columns(None, &x, &recency, &[9.0; 50], Some(&spend), TimeUnit::Week).unwrap();
        let (objective, left_out) = SpendObjective::new(&customers, None);
        assert_eq!(left_out, 0);
        let model = GammaGamma::new(6.25, 3.74, 15.44).unwrap();
        let each = |i: usize| model.ln_likelihood(customers.frequency()[i], spend[i]).unwrap();
        let expected: f64 = (0..50).filter(|&i| x[i] > 0.0).map(each).sum();
        assert!((objective.evaluate(&[6.25, 3.74, 15.44]).value - expected).abs() < 1e-11 * expected.abs());
        for parameters in [[6.25, 3.74, 15.44], [0.3, 0.9, 200.0], [40.0, 1.1, 0.05]] {
            check_derivatives(&objective, &parameters);
        }
    }
}
