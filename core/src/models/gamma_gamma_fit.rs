//! The data of the Gamma-Gamma likelihood, and the likelihood with analytic gradient and Hessian.
//!
//! ```text
//! means:      Σ w [−ln z̄ − ln B(p x, q) + q ln(v / (v + S)) + p x ln(S / (v + S))],        S = x z̄
//! purchases:  the same + Σ w [ln Γ(p x) − x ln Γ(p) + (p − 1) Σ ln(z / S) − (x − 1) ln S − ln x]
//! ```
//! The second line is the density of the shares of the total S, which does not depend on q and v.

use super::missing_spend;
use crate::error::{Error, Result};
use crate::fit::{Derivatives, Objective, chunked};
use crate::patterns::check_weights;
use crate::special::{digamma, ln_beta, ln_gamma, trigamma};
use crate::summary::CustomerSummary;

const NAME: &str = "Gamma-Gamma";

/// What [`crate::GammaGamma`] is fitted to: the repeat customers' number of purchases and spend, with weights.
///
/// Customers without repeat purchases carry no information; repeat customers with mean spend 0 have no place in the model, and are counted by
/// [`SpendPatterns::zero_spend`].
#[derive(Debug, Clone)]
pub struct SpendPatterns {
    /// Sorted, so that sums over them do not depend on the order of the customers.
    rows: Vec<Spend>,
    zero_spend: usize,
    /// Whether the single purchases enter, not their means only.
    purchases: bool,
}

/// One repeat customer: x, x z̄, Σ ln z − x ln(x z̄) (0 where only means enter), weight.
#[derive(Debug, Clone, Copy)]
struct Spend {
    frequency: u32,
    total: f64,
    ln_shares: f64,
    weight: f64,
}

impl SpendPatterns {
    /// The mean spends of a summary; every customer weighs 1.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] without spend; [`Error::NoRepeatPurchases`] if nobody bought again; [`Error::NotPositive`] if no repeat customer
    /// spent anything.
    pub fn of(customers: &CustomerSummary) -> Result<Self> {
        Self::new(customers, None, false)
    }

    /// The mean spends of a summary, customer i with weight `weights[i]` (finite, above 0).
    ///
    /// # Errors
    /// As [`SpendPatterns::of`], and [`Error::LengthMismatch`], [`Error::NonFinite`], [`Error::NotPositive`] for the weights.
    pub fn weighted(customers: &CustomerSummary, weights: &[f64]) -> Result<Self> {
        Self::new(customers, Some(weights), false)
    }

    /// The single purchases of a summary, which needs their log sums ([`crate::Summarize::log_sums`]); `weights` as above. More exact than the
    /// means where purchases vary in a way of their own: the means do not show how far single purchases lie apart.
    ///
    /// # Errors
    /// As [`SpendPatterns::weighted`], and [`Error::MissingColumn`] without log sums.
    pub fn of_purchases(customers: &CustomerSummary, weights: Option<&[f64]>) -> Result<Self> {
        if !customers.has_log_spend() {
            let advice = "summarise a log with its log sums, or add the sums with `with_log_spend`";
            return Err(Error::MissingColumn { what: "a fit to single purchases", column: "log_spend", advice });
        }
        Self::new(customers, weights, true)
    }

    fn new(customers: &CustomerSummary, weights: Option<&[f64]>, purchases: bool) -> Result<Self> {
        if !customers.has_spend() {
            return Err(missing_spend());
        }
        if let Some(weights) = weights {
            check_weights(weights, customers.len())?;
        }
        let mut rows = Vec::new();
        let mut repeat = 0;
        for (i, &frequency) in customers.frequency().iter().enumerate() {
            let Some(mean) = customers.mean_spend(i) else { continue };
            repeat += 1;
            let (x, total) = (f64::from(frequency), f64::from(frequency) * mean);
            // A single purchase of 0 has no logarithm; without them only a mean of 0 has no place.
            let Some(ln_amount) = if purchases { customers.log_spend(i) } else { Some(0.0) }.filter(|_| mean > 0.0) else { continue };
            let ln_shares = if purchases { ln_amount - x * total.ln() } else { 0.0 };
            rows.push(Spend { frequency, total, ln_shares, weight: weights.map_or(1.0, |weights| weights[i]) });
        }
        if repeat == 0 {
            return Err(Error::NoRepeatPurchases { model: NAME, customers: customers.len() });
        }
        if rows.is_empty() {
            let row = customers.frequency().iter().position(|&x| x > 0).unwrap_or(0);
            return Err(Error::NotPositive { column: "monetary_value".to_owned(), row, value: 0.0 });
        }
        let zero_spend = repeat - rows.len();
        // Positive floats sort by their bits.
        rows.sort_unstable_by_key(|row| (row.frequency, row.total.to_bits(), row.ln_shares.to_bits(), row.weight.to_bits()));
        Ok(SpendPatterns { rows, zero_spend, purchases })
    }

    /// Number of customers that enter the likelihood.
    pub fn customers(&self) -> usize {
        self.rows.len()
    }

    /// Number of rows of the likelihood; that of the customers, as two of them seldom spend the same.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none; never true.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Repeat customers left out because they spent nothing (in the mean, or on a single purchase where those enter).
    pub fn zero_spend(&self) -> usize {
        self.zero_spend
    }
}

/// One repeat customer: position of x in the table, x z̄, weight.
struct Row {
    frequency: u32,
    total: f64,
    weight: f64,
}

/// The likelihood.
pub(super) struct SpendObjective {
    rows: Vec<Row>,
    /// Distinct x with the weight of the customers.
    frequencies: Vec<(f64, f64)>,
    weight: f64,
    /// Σ w x ln(x z̄) and Σ w ln z̄: constants in the parameters, up to p.
    x_ln_total: f64,
    ln_mean: f64,
    /// Where single purchases enter: Σ w (Σ ln z − x ln S), and the terms without parameters.
    shares: Option<Shares>,
    threads: Option<usize>,
}

#[derive(Clone, Copy)]
struct Shares {
    ln_shares: f64,
    constant: f64,
}

impl SpendObjective {
    pub(super) fn new(patterns: &SpendPatterns, threads: Option<usize>) -> Self {
        let mut frequencies: Vec<(f64, f64)> = Vec::new();
        let mut rows = Vec::with_capacity(patterns.rows.len());
        for &Spend { frequency, total, weight, .. } in &patterns.rows {
            let x = f64::from(frequency);
            match frequencies.last_mut() {
                Some((last, count)) if *last >= x => *count += weight,
                _ => frequencies.push((x, weight)),
            }
            rows.push(Row { frequency: frequencies.len() as u32 - 1, total, weight });
        }
        let [x_ln_total, ln_mean, ln_shares, constant] = chunked::<4>(patterns.rows.len(), threads, |range, sums| {
            for &Spend { frequency, total, ln_shares, weight } in &patterns.rows[range] {
                let x = f64::from(frequency);
                sums[0] += weight * x * total.ln();
                sums[1] += weight * (total / x).ln();
                sums[2] += weight * ln_shares;
                sums[3] -= weight * (ln_shares + (x - 1.0) * total.ln() + x.ln());
            }
        });
        let weight = frequencies.iter().map(|&(_, count)| count).sum();
        let shares = patterns.purchases.then_some(Shares { ln_shares, constant });
        SpendObjective { weight, rows, frequencies, x_ln_total, ln_mean, shares, threads }
    }

    /// From the mean and variance of ln z̄, which exist where those of z̄ do not: ψ(p) − ψ(q) + ln v and ψ'(p) + ψ'(q) for one purchase, ln p in
    /// place of ψ(p) and nothing in that of ψ'(p) for many.
    pub(super) fn starts(&self) -> Vec<Vec<f64>> {
        let ln_mean = self.ln_mean / self.weight;
        let of_row = |row: &Row| (row.total / self.frequencies[row.frequency as usize].0).ln() - ln_mean;
        let [spread] = chunked::<1>(self.rows.len(), self.threads, |range, sums| {
            sums[0] += self.rows[range].iter().map(|row| row.weight * of_row(row).powi(2)).sum::<f64>();
        });
        let variance = (spread / self.weight).max(1e-6);
        let start = |(p, share): (f64, f64)| {
            // ψ'(q) ≈ 1 / q + 1 / (2 q²).
            let left = share * variance;
            let q = (1.0 + (1.0 + 2.0 * left).sqrt()) / (2.0 * left);
            vec![p, q, (ln_mean - p.ln() + digamma(q)).exp()]
        };
        [(2.0, 0.8), (20.0, 1.0), (0.5, 0.5), (0.1, 0.3), (500.0, 1.0)].map(start).to_vec()
    }
}

impl Objective for SpendObjective {
    fn total_weight(&self) -> f64 {
        self.weight
    }

    fn evaluate(&self, parameters: &[f64]) -> Derivatives {
        let &[p, q, v] = parameters else { return Derivatives { value: f64::NAN, gradient: Vec::new(), hessian: Vec::new() } };
        let n = self.weight;
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
                let weight = row.weight;
                sums[0] += weight * ln;
                sums[1] += weight * x * ln;
                sums[2] += weight * inverse;
                sums[3] += weight * x * inverse;
                sums[4] += weight * inverse * inverse;
                sums[5] += weight * x * inverse * inverse;
            }
        });
        let [ln, x_ln, inverse, x_inverse, square, x_square] = sums;
        if let Some(Shares { ln_shares, constant }) = self.shares {
            let (ln_one, digamma_one, trigamma_one) = (ln_gamma(p), digamma(p), trigamma(p));
            value += p * ln_shares + constant;
            d_p += ln_shares;
            for &(x, count) in &self.frequencies {
                value += count * (ln_gamma(p * x) - x * ln_one);
                d_p += count * x * (digamma(p * x) - digamma_one);
                d_pp += count * x * (x * trigamma(p * x) - trigamma_one);
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::check_derivatives;
    use crate::models::GammaGamma;
    use crate::time::TimeUnit;

    #[test]
    fn derivatives_equal_differences() {
        let x: Vec<f64> = (0..50).map(|i| f64::from(i % 6)).collect();
        let recency: Vec<f64> = x.iter().map(|&x| x.min(1.0)).collect();
        let spend: Vec<f64> = (0..50).map(|i| 5.0 + f64::from(i * i % 37)).collect();
        let customers = CustomerSummary::from_columns(None, &x, &recency, &[9.0; 50], Some(&spend), TimeUnit::Week).unwrap();
        let patterns = SpendPatterns::of(&customers).unwrap();
        let objective = SpendObjective::new(&patterns, None);
        assert_eq!(patterns.zero_spend(), 0);
        let model = GammaGamma::new(6.25, 3.74, 15.44).unwrap();
        let each = |i: usize| model.ln_likelihood(customers.frequency()[i], spend[i]).unwrap();
        let expected: f64 = (0..50).filter(|&i| x[i] > 0.0).map(each).sum();
        assert!((objective.evaluate(&[6.25, 3.74, 15.44]).value - expected).abs() < 1e-11 * expected.abs());
        for parameters in [[6.25, 3.74, 15.44], [0.3, 0.9, 200.0], [40.0, 1.1, 0.05]] {
            check_derivatives(&objective, &parameters);
        }
    }
}
