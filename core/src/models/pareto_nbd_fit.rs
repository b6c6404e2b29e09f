//! The likelihood of Pareto/NBD over patterns, with analytic gradient and Hessian.
//!
//! The braces of the likelihood are a mixture over the time of death: alive at T, or dead at some u in (t_x, T). The integral over u is taken
//! by Gauss-Legendre panels in w = ln(c + u), c = min(α, β), where both powers are smooth; panels stop where nothing is left. With the nodes
//! held fixed, the logarithm of the mixture is a log-sum-exp, and its derivatives are moments of the nodes under their posterior weights.

use crate::fit::{Derivatives, Objective, chunked};
use crate::patterns::Patterns;
use crate::special::{GAUSS_LEGENDRE_10, GAUSS_LEGENDRE_20, digamma_pochhammer, ln_pochhammer, trigamma_pochhammer};
use crate::summary::History;

/// Change of the integrand's exponent over one panel up to which the rule is exact.
const EXPONENT_PER_PANEL: f64 = 12.0;
/// Longest panel in w: the nearest singularity lies π away from the real line.
const LONGEST_PANEL: f64 = 4.0;
/// The same for half as many nodes.
const EXPONENT_PER_SMALL_PANEL: f64 = 4.5;
const LONGEST_SMALL_PANEL: f64 = 2.2;
/// Shapes from which on ln(1 + u / α) must be exact relative to u / α.
const LARGE: f64 = 1e3;
/// Histories of a sample, on which starts are tried.
const SAMPLE: usize = 300;
/// e^−45 of the peak is nothing.
const NEGLIGIBLE: f64 = 45.0;

/// One history's mixture over the time of death.
pub(super) struct DeathTimes {
    r: f64,
    alpha: f64,
    s: f64,
    beta: f64,
    x: f64,
    t_x: f64,
    t_cal: f64,
}

impl DeathTimes {
    pub(super) fn new((r, alpha, s, beta): (f64, f64, f64, f64), x: f64, t_x: f64, t_cal: f64) -> Self {
        DeathTimes { r, alpha, s, beta, x, t_x, t_cal }
    }

    /// ln of α^r (α+u)^−(r+x) β^s (β+u)^−s, without the cancellation of ln α against ln(α + u).
    #[inline]
    fn ln_kernel(&self, u: f64) -> f64 {
        -self.r * (u / self.alpha).ln_1p() - self.x * (self.alpha + u).ln() - self.s * (u / self.beta).ln_1p()
    }

    /// Logarithms of the two terms of the likelihood, up to (r)_x.
    pub(super) fn ln_alive_and_dead(&self) -> (f64, f64) {
        let peak = self.ln_kernel(self.t_x) - (self.beta + self.t_x).ln();
        let mut sum = 0.0;
        self.for_each_node(|u, weight| sum += weight * (self.ln_kernel(u) - (self.beta + u).ln() - peak).exp());
        (self.ln_kernel(self.t_cal), self.s.ln() + peak + sum.ln())
    }

    /// Posterior mean of f(u, 1) over the time of death u, and of f(T, 0) where the customer is alive at T.
    pub(super) fn mean(&self, f: impl Fn(f64, f64) -> f64) -> f64 {
        let ln_alive = self.ln_kernel(self.t_cal);
        let ln_dead = |u: f64| self.ln_kernel(u) + self.s.ln() - (self.beta + u).ln();
        let reference = ln_alive.max(ln_dead(self.t_x));
        let alive = (ln_alive - reference).exp();
        let (mut total, mut sum) = (alive, alive * f(self.t_cal, 0.0));
        self.for_each_node(|u, du| {
            let mass = du * (ln_dead(u) - reference).exp();
            total += mass;
            sum += mass * f(u, 1.0);
        });
        sum / total
    }

    /// Visits the nodes u in (t_x, T) with their weights du.
    #[inline]
    fn for_each_node(&self, mut visit: impl FnMut(f64, f64)) {
        let c = self.alpha.min(self.beta);
        let length = ((self.t_cal - self.t_x) / (c + self.t_x)).ln_1p();
        let mut start = 0.0;
        let mut fallen = 0.0;
        while start < length && fallen < NEGLIGIBLE {
            // The exponent's slope in w at the panel's start bounds the one within it up to a growth of (c + u).
            let u = self.t_x + (c + self.t_x) * f64::exp_m1(start);
            let slope = (c + u) * ((self.r + self.x) / (self.alpha + u) + (self.s + 1.0) / (self.beta + u));
            let width = (EXPONENT_PER_PANEL / slope.max(1.0)).min(LONGEST_PANEL).min(length - start);
            // A sliver would cost as much as a panel.
            let width = if length - start < 1.5 * width { length - start } else { width };
            let (half, middle) = (0.5 * width, start + 0.5 * width);
            for &(node, weight) in &GAUSS_LEGENDRE_20 {
                for w in [middle - half * node, middle + half * node] {
                    let grown = f64::exp(w) * (c + self.t_x);
                    visit(self.t_x + (c + self.t_x) * f64::exp_m1(w), half * weight * grown);
                }
            }
            fallen += slope * width;
            start += width;
        }
    }

    /// The same for the sums of a fit, whose accuracy is absolute: half the nodes where they do, and positions without the care for u near 0.
    #[inline]
    fn for_each_coarse_node(&self, mut visit: impl FnMut(f64, f64)) {
        let c = self.alpha.min(self.beta);
        let length = ((self.t_cal - self.t_x) / (c + self.t_x)).ln_1p();
        let (mut start, mut fallen) = (0.0, 0.0);
        let mut grown_start = c + self.t_x;
        while start < length && fallen < NEGLIGIBLE {
            let u = grown_start - c;
            let slope = grown_start * ((self.r + self.x) / (self.alpha + u) + (self.s + 1.0) / (self.beta + u));
            let width = (EXPONENT_PER_PANEL / slope.max(1.0)).min(LONGEST_PANEL).min(length - start);
            let width = if length - start < 1.5 * width { length - start } else { width };
            let half = 0.5 * width;
            let grown_middle = grown_start * half.exp();
            let few = slope * width < EXPONENT_PER_SMALL_PANEL && width < LONGEST_SMALL_PANEL;
            let rule: &[(f64, f64)] = if few { &GAUSS_LEGENDRE_10 } else { &GAUSS_LEGENDRE_20 };
            for &(node, weight) in rule {
                let growth = (half * node).exp();
                for grown in [grown_middle / growth, grown_middle * growth] {
                    visit(grown - c, half * weight * grown);
                }
            }
            fallen += slope * width;
            start += width;
            grown_start = grown_middle * half.exp();
        }
    }
}

// Positions of (r, α, s, β) in the packed sums: value, gradient, upper triangle of the Hessian by rows.
const SUMS: usize = 15;
const PLACES: [[usize; 4]; 4] = [[5, 6, 7, 8], [6, 9, 10, 11], [7, 10, 12, 13], [8, 11, 13, 14]];

/// The data of the likelihood.
pub(super) struct ParetoNbdObjective {
    rows: Vec<Row>,
    /// Distinct x with their weight.
    frequencies: Vec<(f64, f64)>,
    weight: f64,
    threads: Option<usize>,
    sample: Option<Box<ParetoNbdObjective>>,
}

impl ParetoNbdObjective {
    pub(super) fn new(patterns: &Patterns, threads: Option<usize>) -> Self {
        let (rows, frequencies) = columns(patterns);
        let sample = patterns.sample(SAMPLE).map(|sample| Box::new(Self::new(&sample, threads)));
        ParetoNbdObjective { rows, frequencies, weight: patterns.total_weight(), threads, sample }
    }
}

/// A pattern: x, t_x, T, weight.
pub(super) type Row = (f64, f64, f64, f64);

/// The patterns, and the distinct x with their weight.
pub(super) fn columns(patterns: &Patterns) -> (Vec<Row>, Vec<(f64, f64)>) {
    let mut frequencies: Vec<(f64, f64)> = Vec::new();
    let mut rows = Vec::with_capacity(patterns.len());
    // Patterns come sorted by x.
    for (history, &weight) in patterns.histories().iter().zip(patterns.weights()) {
        let (x, t_x, t_cal) = history.parts();
        rows.push((x, t_x, t_cal, weight));
        match frequencies.last_mut() {
            Some((last, total)) if *last >= x => *total += weight,
            _ => frequencies.push((x, weight)),
        }
    }
    (rows, frequencies)
}

impl Objective for ParetoNbdObjective {
    fn total_weight(&self) -> f64 {
        self.weight
    }

    fn sample(&self) -> Option<&dyn Objective> {
        Some(self.sample.as_deref().unwrap_or(self))
    }

    fn evaluate(&self, parameters: &[f64]) -> Derivatives {
        let &[r, alpha, s, beta] = parameters else { return Derivatives { value: f64::NAN, gradient: Vec::new(), hessian: Vec::new() } };
        let mut sums = chunked::<SUMS>(self.rows.len(), self.threads, |range, sums| {
            for &(x, t_x, t_cal, weight) in &self.rows[range] {
                add_mixture(sums, weight, &DeathTimes { r, alpha, s, beta, x, t_x, t_cal });
            }
        });
        for &(x, weight) in &self.frequencies {
            add_count(&mut sums, weight, r, x);
        }
        Derivatives::from_natural(parameters, sums[0], &sums[1..5], |i, j| sums[PLACES[i][j]])
    }
}

/// Adds the terms and derivatives of one history whose parameters are its own.
pub(super) fn add_history(sums: &mut [f64], parameters: &[f64], history: &History, weight: f64) {
    let (&[r, alpha, s, beta], Some(sums)) = (parameters, sums.first_chunk_mut::<SUMS>()) else {
        return sums.fill(f64::NAN);
    };
    let (x, t_x, t_cal) = history.parts();
    add_count(sums, weight, r, x);
    add_mixture(sums, weight, &DeathTimes { r, alpha, s, beta, x, t_x, t_cal });
}

/// Adds weight · ln (r)_x and its derivatives.
fn add_count(sums: &mut [f64; SUMS], weight: f64, r: f64, x: f64) {
    sums[0] += weight * ln_pochhammer(r, x);
    sums[1] += weight * digamma_pochhammer(r, x);
    sums[PLACES[0][0]] += weight * trigamma_pochhammer(r, x);
}

/// Adds weight · ln(alive + dead) and its derivatives.
///
/// This is where a fit spends its time: one exponential and two logarithms per node. Differences that cancel on the ridges, where r and α or
/// s and β grow without limit, are written out.
fn add_mixture(sums: &mut [f64; SUMS], weight: f64, history: &DeathTimes) {
    let &DeathTimes { r, alpha, s, beta, x, t_x, t_cal } = history;
    let (per_alpha, per_beta) = (1.0 / alpha, 1.0 / beta);
    let large = r.max(s) > LARGE;
    let ln_grown = |share: f64| if large { share.ln_1p() } else { (1.0 + share).ln() };
    // Masses relative to the larger of the two ends, so that neither over- nor underflows.
    let ln_alive = history.ln_kernel(t_cal);
    let ln_dead_scale = s.ln() - beta.ln() - x * alpha.ln();
    let peak = history.ln_kernel(t_x) + s.ln() - (beta + t_x).ln();
    let reference = ln_alive.max(peak);
    let mut moments = [0.0; SUMS];
    let mut add = |u: f64, (ln_a, ln_b): (f64, f64), mass: f64, dead: f64| {
        let (end_a, end_b) = (1.0 / (alpha + u), 1.0 / (beta + u));
        let (share_a, share_b) = (u * per_alpha, u * per_beta);
        let gradient = [-ln_a, (r * share_a - x) * end_a, dead / s - ln_b, (s * share_b - dead) * end_b];
        moments[0] += mass;
        for (moment, value) in moments[1..5].iter_mut().zip(gradient) {
            *moment += mass * value;
        }
        for i in 0..4 {
            for j in i..4 {
                moments[PLACES[i][j]] += mass * gradient[i] * gradient[j];
            }
        }
        moments[PLACES[0][1]] += mass * share_a * end_a;
        moments[PLACES[1][1]] += mass * end_a * (x * end_a - r * share_a * (per_alpha + end_a));
        moments[PLACES[2][2]] -= mass * dead / (s * s);
        moments[PLACES[2][3]] += mass * share_b * end_b;
        moments[PLACES[3][3]] += mass * end_b * (dead * end_b - s * share_b * (per_beta + end_b));
    };
    add(t_cal, (ln_grown(t_cal * per_alpha), ln_grown(t_cal * per_beta)), (ln_alive - reference).exp(), 0.0);
    history.for_each_coarse_node(|u, du| {
        let (ln_a, ln_b) = (ln_grown(u * per_alpha), ln_grown(u * per_beta));
        let mass = du * (ln_dead_scale - (r + x) * ln_a - (s + 1.0) * ln_b - reference).exp();
        add(u, (ln_a, ln_b), mass, 1.0);
    });
    let total = moments[0];
    sums[0] += weight * (reference + total.ln());
    let mean = |i: usize| moments[i] / total;
    for i in 0..4 {
        sums[1 + i] += weight * mean(1 + i);
        for j in i..4 {
            sums[PLACES[i][j]] += weight * (mean(PLACES[i][j]) - mean(1 + i) * mean(1 + j));
        }
    }
}

/// Deterministic starts: typical shapes, with α such that the mean rate matches the purchases seen and β a share of the longest history; `None`
/// if nobody bought again.
pub(super) fn starts(patterns: &Patterns) -> Option<Vec<Vec<f64>>> {
    let (mut purchases, mut time, mut longest) = (0.0, 0.0, 0.0_f64);
    for (history, weight) in patterns.histories().iter().zip(patterns.weights()) {
        let (x, _, t_cal) = history.parts();
        purchases += weight * x;
        time += weight * t_cal;
        longest = longest.max(t_cal);
    }
    let rate = purchases / time;
    (rate > 0.0).then(|| {
        let shapes =
            [(0.5, 0.5, 0.3), (2.0, 1.0, 1.0), (0.5, 2.0, 3.0), (5.0, 0.3, 0.1), (0.1, 0.2, 0.05), (1.0, 10.0, 20.0), (0.7, 0.05, 1e-4)];
        shapes.map(|(r, s, share)| vec![r, 0.6 * r / rate, s, share * longest]).to_vec()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::check_derivatives;
    use crate::models::{ParetoNbd, PurchaseModel};
    use crate::summary::CustomerSummary;
    use crate::time::TimeUnit;

    #[test]
    fn derivatives_equal_differences_and_the_value_is_the_sum_of_the_likelihoods() {
        let x: Vec<f64> = (0..60).map(|i| f64::from(i * i % 23)).collect();
        let age: Vec<f64> = (0..60).map(|i| 10.0 + f64::from(i % 7) * 3.5).collect();
        let recency: Vec<f64> = (0..60).map(|i| if x[i] > 0.0 { age[i] * (0.2 + (i % 8) as f64 / 10.0) } else { 0.0 }).collect();
        let customers = CustomerSummary::from_columns(None, &x, &recency, &age, None, TimeUnit::Week).unwrap();
        let objective = ParetoNbdObjective::new(&Patterns::of(&customers), None);
        for parameters in [[0.553, 10.578, 0.606, 11.669], [3.0, 0.5, 0.1, 0.2], [0.05, 80.0, 15.0, 1.0], [1.0, 1.0, 1.0, 1.0]] {
            check_derivatives(&objective, &parameters);
            let [r, alpha, s, beta] = parameters;
            let expected = ParetoNbd::new(r, alpha, s, beta, TimeUnit::Week).unwrap().log_likelihood(&customers).unwrap();
            assert!((objective.evaluate(&parameters).value - expected).abs() < 1e-11 * expected.abs());
        }
    }
}
