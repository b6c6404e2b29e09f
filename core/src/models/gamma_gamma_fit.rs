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
use crate::patterns::{check_weights, systematic_sample};
use crate::special::{digamma, digamma_difference, ln_beta, ln_gamma, trigamma, trigamma_difference};
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

/// Customers of a sample, on which starts are tried.
const SAMPLE: usize = 1_000;

/// The likelihood.
pub(super) struct SpendObjective {
    rows: Vec<Row>,
    /// Distinct x with the weight of the customers.
    frequencies: Vec<(f64, f64)>,
    weight: f64,
    /// Σ w ln z̄ and Σ w ln² z̄.
    ln_mean: f64,
    ln_square: f64,
    /// Where single purchases enter: Σ w (Σ ln z − x ln S), and the terms without parameters.
    shares: Option<Shares>,
    threads: Option<usize>,
    sample: Option<Box<SpendObjective>>,
}

#[derive(Clone, Copy)]
struct Shares {
    ln_shares: f64,
    constant: f64,
}

impl SpendObjective {
    pub(super) fn new(patterns: &SpendPatterns, threads: Option<usize>) -> Self {
        let mut objective = Self::of_rows(&patterns.rows, patterns.purchases, threads);
        if patterns.rows.len() > SAMPLE {
            let weights: Vec<f64> = patterns.rows.iter().map(|row| row.weight).collect();
            let sample: Vec<Spend> = systematic_sample(&weights, SAMPLE).map(|(i, weight)| Spend { weight, ..patterns.rows[i] }).collect();
            objective.sample = Some(Box::new(Self::of_rows(&sample, patterns.purchases, threads)));
        }
        objective
    }

    fn of_rows(spends: &[Spend], purchases: bool, threads: Option<usize>) -> Self {
        let mut frequencies: Vec<(f64, f64)> = Vec::new();
        let mut rows = Vec::with_capacity(spends.len());
        for &Spend { frequency, total, weight, .. } in spends {
            let x = f64::from(frequency);
            match frequencies.last_mut() {
                Some((last, count)) if *last >= x => *count += weight,
                _ => frequencies.push((x, weight)),
            }
            rows.push(Row { frequency: frequencies.len() as u32 - 1, total, weight });
        }
        let [ln_mean, ln_square, ln_shares, constant] = chunked::<4>(spends.len(), threads, |range, sums| {
            for &Spend { frequency, total, ln_shares, weight } in &spends[range] {
                let x = f64::from(frequency);
                let ln_mean = (total / x).ln();
                sums[0] += weight * ln_mean;
                sums[1] += weight * ln_mean * ln_mean;
                sums[2] += weight * ln_shares;
                sums[3] -= weight * (ln_shares + (x - 1.0) * total.ln() + x.ln());
            }
        });
        let weight = frequencies.iter().map(|&(_, count)| count).sum();
        let shares = purchases.then_some(Shares { ln_shares, constant });
        SpendObjective { rows, frequencies, weight, ln_mean, ln_square, shares, threads, sample: None }
    }

    /// For p over its orders of magnitude: q from the variance of ln z̄, which exists where that of z̄ does not and of which p explains Σ ψ'(p x),
    /// and the v that is best for both.
    pub(super) fn starts(&self) -> Vec<Vec<f64>> {
        if let Some(sample) = &self.sample {
            return sample.starts();
        }
        let mean = self.ln_mean / self.weight;
        let variance = (self.ln_square / self.weight - mean * mean).max(1e-6);
        let start = |p: f64| {
            let within = self.frequencies.iter().map(|&(x, count)| count * trigamma(p * x)).sum::<f64>() / self.weight;
            // ψ'(q) ≈ 1 / q + 1 / (2 q²).
            let left = (variance - within).max(0.05 * variance);
            let q = (1.0 + (1.0 + 2.0 * left).sqrt()) / (2.0 * left);
            vec![p, q, self.best_v(p, q)]
        };
        [0.06, 0.3, 2.0, 20.0, 500.0].map(start).to_vec()
    }

    /// Where Σ w (q S − p x v) / (v + S) is 0, which falls in v.
    fn best_v(&self, p: f64, q: f64) -> f64 {
        let mut ln_v = self.ln_mean / self.weight + (q / p).ln();
        for _ in 0..30 {
            let v = ln_v.exp();
            let (mut value, mut slope) = (0.0, 0.0);
            for row in &self.rows {
                let a = p * self.frequencies[row.frequency as usize].0;
                let share = row.total / (v + row.total);
                value += row.weight * (q * share - a * (1.0 - share));
                slope += row.weight * (a + q) * share * (1.0 - share);
            }
            let step = (value / slope.max(f64::MIN_POSITIVE)).clamp(-2.0, 2.0);
            ln_v += step;
            if step.abs() < 0.01 {
                break;
            }
        }
        ln_v.exp()
    }
}

impl Objective for SpendObjective {
    fn total_weight(&self) -> f64 {
        self.weight
    }

    fn candidates(&self) -> usize {
        3
    }

    fn sample(&self) -> Option<&dyn Objective> {
        Some(self.sample.as_deref().unwrap_or(self))
    }

    /// Written so that nothing cancels where p grows and v vanishes (all purchases of a customer alike), or q and v grow (all customers alike).
    fn evaluate(&self, parameters: &[f64]) -> Derivatives {
        let &[p, q, v] = parameters else { return Derivatives { value: f64::NAN, gradient: Vec::new(), hessian: Vec::new() } };
        let (mut value, mut gradient, mut hessian) = (-self.ln_mean, [0.0; 3], [[0.0; 3]; 3]);
        for &(x, count) in &self.frequencies {
            let a = p * x;
            value -= count * ln_beta(a, q);
            let d_p = count * a * digamma_difference(a, q);
            let d_q = count * q * digamma_difference(q, a);
            gradient[0] += d_p;
            gradient[1] += d_q;
            hessian[0][0] += d_p + count * a * a * trigamma_difference(a, q);
            hessian[0][1] += count * a * q * trigamma(a + q);
            hessian[1][1] += d_q + count * q * q * trigamma_difference(q, a);
        }
        // With the shares σ = S / (v + S) and 1 − σ: Σ ln(1 + S/v), Σ x ln(1 + v/S), Σ σ, Σ x (1 − σ), Σ σ (1 − σ), Σ x σ (1 − σ).
        let sums = chunked::<6>(self.rows.len(), self.threads, |range, sums| {
            for row in &self.rows[range] {
                let (x, weight) = (self.frequencies[row.frequency as usize].0, row.weight);
                let inverse = 1.0 / (v + row.total);
                let (share, rest) = (row.total * inverse, v * inverse);
                let product = weight * share * rest;
                sums[0] += weight * (row.total / v).ln_1p();
                sums[1] += weight * x * (v / row.total).ln_1p();
                sums[2] += weight * share;
                sums[3] += weight * x * rest;
                sums[4] += product;
                sums[5] += x * product;
            }
        });
        let [ln_total, x_ln_scale, share, x_rest, product, x_product] = sums;
        value -= q * ln_total + p * x_ln_scale;
        gradient[0] -= p * x_ln_scale;
        gradient[1] -= q * ln_total;
        gradient[2] += q * share - p * x_rest;
        hessian[0][0] -= p * x_ln_scale;
        hessian[1][1] -= q * ln_total;
        hessian[0][2] -= p * x_rest;
        hessian[1][2] += q * share;
        hessian[2][2] -= p * x_product + q * product;
        if let Some(Shares { ln_shares, constant }) = self.shares {
            let (ln_one, digamma_one, trigamma_one) = (ln_gamma(p), digamma(p), trigamma(p));
            let mut d_p = p * ln_shares;
            value += p * ln_shares + constant;
            for &(x, count) in &self.frequencies {
                value += count * (ln_gamma(p * x) - x * ln_one);
                d_p += count * p * x * (digamma(p * x) - digamma_one);
                hessian[0][0] += count * p * p * x * (x * trigamma(p * x) - trigamma_one);
            }
            gradient[0] += d_p;
            hessian[0][0] += d_p;
        }
        let hessian = (0..9).map(|k| hessian[(k / 3).min(k % 3)][(k / 3).max(k % 3)]).collect();
        Derivatives { value, gradient: gradient.to_vec(), hessian }
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
        for parameters in [[6.25, 3.74, 15.44], [0.3, 0.9, 200.0], [40.0, 1.1, 0.05], [4e4, 3.0, 1e-4], [5.0, 1e5, 4e5]] {
            check_derivatives(&objective, &parameters);
        }
    }

    #[test]
    fn derivatives_of_single_purchases_equal_differences() {
        // Two purchases of customers 0, 3, ...; three of the others.
        let amounts: Vec<Vec<f64>> =
            (0..50_u32).map(|i| (0..2 + (i % 3).min(1)).map(|j| 5.0 + f64::from((i * i + 11 * j) % 37)).collect()).collect();
        let x: Vec<f64> = amounts.iter().map(|amounts| amounts.len() as f64).collect();
        let spend: Vec<f64> = amounts.iter().map(|amounts| amounts.iter().sum::<f64>() / amounts.len() as f64).collect();
        let logs: Vec<f64> = amounts.iter().map(|amounts| amounts.iter().map(|amount| amount.ln()).sum()).collect();
        let customers = CustomerSummary::from_columns(None, &x, &[1.0; 50], &[9.0; 50], Some(&spend), TimeUnit::Week).unwrap();
        let weights: Vec<f64> = (0..50).map(|i| 0.5 + f64::from(i % 4)).collect();
        let patterns = SpendPatterns::of_purchases(&customers.with_log_spend(&logs).unwrap(), Some(&weights)).unwrap();
        let objective = SpendObjective::new(&patterns, None);
        for parameters in [[6.25, 3.74, 15.44], [0.3, 0.9, 200.0], [40.0, 1.1, 0.05], [5.0, 1e4, 4e4]] {
            check_derivatives(&objective, &parameters);
            let [p, q, v] = parameters;
            let model = GammaGamma::new(p, q, v).unwrap();
            let expected: f64 = amounts.iter().zip(&weights).map(|(z, weight)| weight * model.ln_likelihood_purchases(z).unwrap()).sum();
            let value = objective.evaluate(&parameters).value;
            assert!((value - expected).abs() < 1e-10 * expected.abs(), "{value} is not {expected}");
        }
    }
}
