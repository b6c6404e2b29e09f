//! The likelihood of BG/CNBD-k and its relative over patterns, with analytic gradient and Hessian, and the choice of k.
//!
//! ```text
//! ln L = ln (r)_{kx} + r ln α − R ln(α + T) + ln (b)_{x+m} − ln (a + b)_{x+m} + ln(Σ_{j<k} c_j + e^δ) + (k − 1) Σ ln(interval) − x ln (k − 1)!
//! R    = r + k x,   c_j = (R)_j / j! ((T − t_x) / (α + T))^j
//! δ    = ln a − ln(b + x − 1 + m) + R ln((α + T) / (α + t_x))        (no e^δ where x + m = 0)
//! ```
//! The sum under the logarithm is a mixture: its derivatives are means over the phases j and the dead, each with the derivatives of its own
//! logarithm. The term of the intervals does not depend on r, α, a, b.

use super::beta_dropout::starts;
use super::beta_dropout_fit::BetaDropoutObjective;
use super::erlang_dropout::interval_term;
use super::{Model, check_regularity};
use crate::error::{Error, Result};
use crate::fit::{Derivatives, Dimension, FitContext, FitOptions, FitWarning, Fitted, Objective, Parameter, chunked, finish};
use crate::patterns::Patterns;
use crate::special::{digamma_pochhammer, ln_pochhammer, trigamma_pochhammer};

/// Largest k that a fit tries of its own accord.
pub(super) const LARGEST_TRIED: u32 = 12;

/// The parameters that are estimated for a given k.
const PARAMETERS: [&str; 4] = ["r", "alpha", "a", "b"];

/// Fits r, α, a, b for the k that the options fix, or for k = 1, 2, ... until the likelihood falls.
pub(super) fn fit<M: Model>(
    name: &'static str,
    first_coin: f64,
    patterns: &Patterns,
    options: &FitOptions,
    build: impl Fn(u32, &[f64]) -> Result<M>,
) -> Result<Fitted<M>> {
    let (options, fixed) = options.without_fixed("k");
    let (options, start) = options.without_start(5)?;
    let fixed = fixed.map(|k| check_regularity(name, k)).transpose()?;
    let start = start.map(|start| Ok((check_regularity(name, start[0])?, start[1..].to_vec()))).transpose()?;
    let mut tried = Vec::new();
    let mut best: Option<(u32, Fitted<M>)> = None;
    for k in fixed.map_or(1..=LARGEST_TRIED, |k| k..=k) {
        // A stage takes the k-th part of the time between purchases.
        let options = match &start {
            Some((of, start)) => options.clone().start(&[start[0], start[1] * f64::from(k) / f64::from(*of), start[2], start[3]]),
            None => options.clone(),
        };
        let fitted = fit_regularity(name, k, first_coin, patterns, &options, &build)?;
        let value = fitted.report().log_likelihood - fitted.report().penalty;
        tried.push((k, fitted.report().log_likelihood));
        match &best {
            Some((_, best)) if !(value > best.report().log_likelihood - best.report().penalty) => break,
            _ => best = Some((k, fitted)),
        }
    }
    let Some((k, mut fitted)) = best else { return Err(Error::NotFinite { model: name }) };
    if fixed.is_none() && k == LARGEST_TRIED {
        fitted.warn(FitWarning::Boundary { parameter: "k".to_owned(), value: f64::from(k) });
    }
    fitted.add_regularity(k, fixed.is_some(), tried);
    Ok(fitted)
}

fn fit_regularity<M: Model>(
    name: &'static str,
    k: u32,
    first_coin: f64,
    patterns: &Patterns,
    options: &FitOptions,
    build: &impl Fn(u32, &[f64]) -> Result<M>,
) -> Result<Fitted<M>> {
    let starts = starts(patterns).ok_or(Error::NoRepeatPurchases { model: name, customers: patterns.customers() })?;
    let context = FitContext {
        model: name,
        unit: Some(patterns.unit()),
        parameters: Parameter::all(PARAMETERS, [Dimension::Number, Dimension::Time, Dimension::Number, Dimension::Number]),
        customers: patterns.customers(),
        patterns: patterns.len(),
        starts: starts.into_iter().map(|start| vec![start[0], start[1] * f64::from(k), start[2], start[3]]).collect(),
        warnings: Vec::new(),
    };
    let build = |p: &[f64]| build(k, p);
    if k == 1 {
        return finish(context, &BetaDropoutObjective::new(patterns, first_coin, options.thread_limit()), options, build);
    }
    finish(context, &ErlangDropoutObjective::new(name, patterns, k, first_coin, options.thread_limit())?, options, build)
}

/// The sum of the logarithms of all intervals, which a likelihood with k > 1 needs.
pub(super) fn missing_intervals(model: &'static str) -> Error {
    Error::MissingColumn {
        what: model,
        column: "log_intervals",
        advice: "summarise a log with log sums, or pass the sum of ln(interval) of every customer",
    }
}

/// The data of the likelihood for a k above 1.
pub(super) struct ErlangDropoutObjective<'a> {
    k: u32,
    first_coin: f64,
    patterns: &'a Patterns,
    threads: Option<usize>,
    /// Distinct x, and the weight of the customers that share it.
    frequencies: Vec<(f64, f64)>,
    /// What the intervals contribute, whatever the parameters.
    intervals: f64,
}

impl<'a> ErlangDropoutObjective<'a> {
    /// `first_coin`: m, 0 or 1.
    pub(super) fn new(model: &'static str, patterns: &'a Patterns, k: u32, first_coin: f64, threads: Option<usize>) -> Result<Self> {
        let sum = patterns.log_intervals().ok_or_else(|| missing_intervals(model))?;
        let mut frequencies: Vec<(f64, f64)> = Vec::new();
        // Patterns are sorted by x.
        for (history, &weight) in patterns.histories().iter().zip(patterns.weights()) {
            let x = history.parts().0;
            match frequencies.last_mut() {
                Some((last, total)) if *last >= x => *total += weight,
                _ => frequencies.push((x, weight)),
            }
        }
        let purchases = frequencies.iter().map(|(x, weight)| x * weight).sum();
        Ok(ErlangDropoutObjective { k, first_coin, patterns, threads, frequencies, intervals: interval_term(k, purchases, sum) })
    }
}

// Positions of (r, α, a, b) in the packed sums: value, gradient, upper triangle of the Hessian by rows.
const VALUE: usize = 0;
const R: usize = 1;
const ALPHA: usize = 2;
const A: usize = 3;
const B: usize = 4;
const fn second(i: usize, j: usize) -> usize {
    // Rows of the triangle start after 4, 3, 2, 1 entries; i ≤ j count from 1.
    4 + match i {
        R => j,
        ALPHA => 3 + j,
        A => 5 + j,
        _ => 6 + j,
    }
}
const SUMS: usize = 15;

impl Objective for ErlangDropoutObjective<'_> {
    fn total_weight(&self) -> f64 {
        self.patterns.total_weight()
    }

    fn evaluate(&self, parameters: &[f64]) -> Derivatives {
        let &[r, alpha, a, b] = parameters else { return Derivatives { value: f64::NAN, gradient: Vec::new(), hessian: Vec::new() } };
        let (k, m) = (f64::from(self.k), self.first_coin);
        let mut sums = [0.0; SUMS];
        sums[VALUE] = self.intervals;
        for &(x, weight) in &self.frequencies {
            let (stages, coins) = (k * x, x + m);
            sums[VALUE] += weight * (ln_pochhammer(r, stages) + ln_pochhammer(b, coins) - ln_pochhammer(a + b, coins));
            let (dr, db, dab) = (digamma_pochhammer(r, stages), digamma_pochhammer(b, coins), digamma_pochhammer(a + b, coins));
            sums[R] += weight * dr;
            sums[A] -= weight * dab;
            sums[B] += weight * (db - dab);
            let (ddr, ddb, ddab) = (trigamma_pochhammer(r, stages), trigamma_pochhammer(b, coins), trigamma_pochhammer(a + b, coins));
            sums[second(R, R)] += weight * ddr;
            sums[second(A, A)] -= weight * ddab;
            sums[second(A, B)] -= weight * ddab;
            sums[second(B, B)] += weight * (ddb - ddab);
        }
        let (histories, weights) = (self.patterns.histories(), self.patterns.weights());
        let of_patterns = chunked::<SUMS>(histories.len(), self.threads, |range, sums| {
            for (history, &weight) in histories[range.clone()].iter().zip(&weights[range]) {
                self.add_pattern(sums, weight, [r, alpha, a, b], history.parts());
            }
        });
        for (sum, part) in sums.iter_mut().zip(of_patterns) {
            *sum += part;
        }
        Derivatives::from_natural(parameters, sums[VALUE], &sums[R..=B], |i, j| sums[second(i + 1, j + 1)])
    }
}

impl ErlangDropoutObjective<'_> {
    /// Adds weight · (r ln α − R ln(α + T) + ln(Σ c_j + e^δ)) and its derivatives.
    #[inline]
    fn add_pattern(&self, sums: &mut [f64; SUMS], weight: f64, [r, alpha, a, b]: [f64; 4], (x, t_x, t_cal): (f64, f64, f64)) {
        let stages = r + f64::from(self.k) * x;
        let (end, last) = (1.0 / (alpha + t_cal), 1.0 / (alpha + t_x));
        let ln_growth = (t_cal / alpha).ln_1p();
        let share = (t_cal - t_x) * end;
        let ln_ratio = ((t_cal - t_x) * last).ln_1p();
        let coins = x + self.first_coin;
        // Without a coin nobody is dead, whatever the slopes of e^δ.
        let (delta, inverse_c) = if coins > 0.0 {
            let c = b + coins - 1.0;
            ((a / c).ln() + stages * ln_ratio, 1.0 / c)
        } else {
            (f64::NEG_INFINITY, 0.0)
        };
        // e^δ may overflow; with δ > 0 everything is divided by it.
        let scale = (-delta.max(0.0)).exp();
        let dead = delta.min(0.0).exp();

        // Σ c_j, and its means of u = ∂ ln c_j / ∂(r, α), of u u' and of ∂u.
        let (mut mixture, mut term) = (dead, scale);
        let (mut ln_r, mut ln_rr) = (0.0, 0.0);
        let (mut d_r, mut d_alpha) = (0.0, 0.0);
        let (mut d_rr, mut d_r_alpha, mut d_alpha_alpha) = (0.0, 0.0, 0.0);
        for j in 0..self.k {
            let j = f64::from(j);
            mixture += term;
            let u_alpha = -j * end;
            d_r += term * ln_r;
            d_alpha += term * u_alpha;
            d_rr += term * (ln_r * ln_r - ln_rr);
            d_r_alpha += term * ln_r * u_alpha;
            d_alpha_alpha += term * u_alpha * (u_alpha - end);
            let inverse = 1.0 / (stages + j);
            ln_r += inverse;
            ln_rr += inverse * inverse;
            term *= (stages + j) / (j + 1.0) * share;
        }
        let inverse_a = 1.0 / a;
        let (u_r, u_alpha, u_a, u_b) = (ln_ratio, stages * (end - last), inverse_a, -inverse_c);
        d_r += dead * u_r;
        d_alpha += dead * u_alpha;
        d_rr += dead * u_r * u_r;
        d_r_alpha += dead * (u_r * u_alpha + end - last);
        d_alpha_alpha += dead * (u_alpha * u_alpha + stages * (last * last - end * end));

        let share_of = 1.0 / mixture;
        let (g_r, g_alpha, p_dead) = (d_r * share_of, d_alpha * share_of, dead * share_of);
        let (g_a, g_b) = (p_dead * u_a, p_dead * u_b);
        sums[VALUE] += weight * (-stages * ln_growth - (stages - r) * alpha.ln() + delta.max(0.0) + mixture.ln());
        sums[R] += weight * (g_r - ln_growth);
        sums[ALPHA] += weight * (g_alpha + r / alpha - stages * end);
        sums[A] += weight * g_a;
        sums[B] += weight * g_b;
        sums[second(R, R)] += weight * (d_rr * share_of - g_r * g_r);
        sums[second(R, ALPHA)] += weight * (d_r_alpha * share_of - g_r * g_alpha + 1.0 / alpha - end);
        sums[second(R, A)] += weight * (p_dead * u_r * u_a - g_r * g_a);
        sums[second(R, B)] += weight * (p_dead * u_r * u_b - g_r * g_b);
        sums[second(ALPHA, ALPHA)] += weight * (d_alpha_alpha * share_of - g_alpha * g_alpha - r / (alpha * alpha) + stages * end * end);
        sums[second(ALPHA, A)] += weight * (p_dead * u_alpha * u_a - g_alpha * g_a);
        sums[second(ALPHA, B)] += weight * (p_dead * u_alpha * u_b - g_alpha * g_b);
        // Of the dead, ∂² ln a cancels the square of the slope in a; −∂² ln c doubles that in b.
        sums[second(A, A)] -= weight * g_a * g_a;
        sums[second(A, B)] += weight * (p_dead * u_a * u_b - g_a * g_b);
        sums[second(B, B)] += weight * (2.0 * p_dead * u_b * u_b - g_b * g_b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::check_derivatives;
    use crate::models::{BgCnbdK, MbgCnbdK, PurchaseModel};
    use crate::summary::CustomerSummary;
    use crate::time::TimeUnit;

    fn customers() -> CustomerSummary {
        let x: Vec<f64> = (0..60).map(|i| f64::from(i * i % 23)).collect();
        let age: Vec<f64> = (0..60).map(|i| 10.0 + f64::from(i % 7) * 3.5).collect();
        let recency: Vec<f64> = (0..60).map(|i| if x[i] > 0.0 { age[i] * (0.2 + (i % 9) as f64 / 10.0) } else { 0.0 }).collect();
        let sums: Vec<f64> = (0..60).map(|i| if x[i] > 0.0 { x[i] * ((recency[i] / x[i]).ln() - 0.3) } else { 0.0 }).collect();
        let customers = CustomerSummary::from_columns(None, &x, &recency, &age, None, TimeUnit::Week).unwrap();
        customers.with_log_intervals(&sums).unwrap()
    }

    #[test]
    fn derivatives_equal_differences() {
        let patterns = Patterns::of(&customers());
        for parameters in [[0.243, 4.414, 0.793, 2.426], [3.0, 0.5, 0.1, 0.2], [0.05, 80.0, 15.0, 1.0], [1.0, 1.0, 1.0, 1.0]] {
            for (k, first_coin) in [(2, 0.0), (3, 1.0), (12, 0.0), (7, 1.0)] {
                check_derivatives(&ErlangDropoutObjective::new("", &patterns, k, first_coin, None).unwrap(), &parameters);
            }
        }
    }

    #[test]
    fn the_value_is_the_sum_of_the_likelihoods() {
        let (customers, [r, alpha, a, b]) = (customers(), [0.243, 4.414, 0.793, 2.426]);
        let patterns = Patterns::of(&customers);
        for k in [2, 5] {
            for first_coin in [0.0, 1.0] {
                let (with, without) =
                    (MbgCnbdK::new(k, r, alpha, a, b, TimeUnit::Week).unwrap(), BgCnbdK::new(k, r, alpha, a, b, TimeUnit::Week).unwrap());
                let expected =
                    if first_coin > 0.0 { with.log_likelihood(&customers).unwrap() } else { without.log_likelihood(&customers).unwrap() };
                let value = ErlangDropoutObjective::new("", &patterns, k, first_coin, None).unwrap().evaluate(&[r, alpha, a, b]).value;
                assert!((value - expected).abs() < 1e-11 * expected.abs(), "{value} is not {expected}");
            }
        }
    }
}
