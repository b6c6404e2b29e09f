//! The lifetime of Pareto/NBD, and a history's mixture over the time of death.
//!
//! The braces of the likelihood are a mixture over the time of death: alive at T, or dead at some u in (t_x, T). The integral over u is taken
//! by Gauss-Legendre panels in w = ln(c + u), c = min(α, β), where both powers are smooth; panels stop where nothing is left.

use super::mixture_fit::{self, FittedLifetime, MixtureObjective, Terms};
use crate::patterns::Patterns;
use crate::special::{GAUSS_LEGENDRE_10, GAUSS_LEGENDRE_20};
use crate::summary::History;

/// Change of the integrand's exponent over one panel up to which the rule is exact.
const EXPONENT_PER_PANEL: f64 = 12.0;
/// Longest panel in w: the nearest singularity lies π away from the real line.
const LONGEST_PANEL: f64 = 4.0;
/// The same for half as many nodes.
const EXPONENT_PER_SMALL_PANEL: f64 = 4.5;
const LONGEST_SMALL_PANEL: f64 = 2.2;
/// Histories of a sample, on which starts are tried.
const SAMPLE: usize = 200;
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
}

/// The exponential-gamma (Pareto) lifetime, S(u) = (1 + u / β)^−s.
#[derive(Debug, Clone, Copy)]
pub(super) struct ParetoLifetime {
    s: f64,
    beta: f64,
}

impl ParetoLifetime {
    /// `dead` is 1 for the density, 0 for the survival. Differences that cancel where s and β grow without limit are written out.
    #[inline]
    fn terms(&self, u: f64, dead: f64) -> Terms<2> {
        let ParetoLifetime { s, beta } = *self;
        let (share, end, ln_grown) = (u / beta, 1.0 / (beta + u), (u / beta).ln_1p());
        let scale = if dead > 0.0 { (s / beta).ln() } else { 0.0 };
        Terms {
            ln: scale - (s + dead) * ln_grown,
            gradient: [dead / s - ln_grown, (s * share - dead) * end],
            hessian: [[-dead / (s * s), share * end], [0.0, end * (dead * end - s * share * (1.0 / beta + end))]],
        }
    }
}

impl FittedLifetime<2> for ParetoLifetime {
    fn of(&[s, beta]: &[f64; 2]) -> Self {
        ParetoLifetime { s, beta }
    }

    #[inline]
    fn death(&self, u: f64) -> Terms<2> {
        self.terms(u, 1.0)
    }

    fn survival(&self, u: f64) -> Terms<2> {
        self.terms(u, 0.0)
    }

    fn slope(&self, from: f64, _: f64) -> f64 {
        (self.s + 1.0) / (self.beta + from)
    }

    fn singularity(&self, u: f64) -> f64 {
        self.beta + u
    }

    fn peak(&self, ln_integrand: impl Fn(f64) -> f64, t_x: f64, _: f64) -> f64 {
        ln_integrand(t_x)
    }

    /// In w = ln(c + u), as for the quantities of a customer, but with half the nodes where they do, and without the care for u near 0.
    #[inline]
    fn for_each_node(&self, (r, alpha, x): (f64, f64, f64), t_x: f64, t_cal: f64, mut visit: impl FnMut(f64, f64) -> f64) {
        let ParetoLifetime { s, beta } = *self;
        let c = alpha.min(beta);
        let length = ((t_cal - t_x) / (c + t_x)).ln_1p();
        let (mut start, mut fallen) = (0.0, 0.0);
        let mut grown_start = c + t_x;
        while start < length && fallen < NEGLIGIBLE {
            let u = grown_start - c;
            let slope = grown_start * ((r + x) / (alpha + u) + (s + 1.0) / (beta + u));
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

/// The likelihood.
pub(super) type ParetoNbdObjective = MixtureObjective<ParetoLifetime, 2, 15, 21>;

impl ParetoNbdObjective {
    pub(super) fn of_patterns(patterns: &Patterns, threads: Option<usize>) -> Self {
        Self::with_sample(patterns, SAMPLE, threads)
    }
}

/// Adds the terms and derivatives of one history whose parameters are its own.
pub(super) fn add_history(sums: &mut [f64], parameters: &[f64], history: &History, weight: f64) {
    mixture_fit::add_history::<ParetoLifetime, 2, 15, 21>(sums, parameters, history, weight);
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
            [(0.5, 0.5, 0.3), (1.0, 10.0, 20.0), (0.1, 0.2, 0.05), (5.0, 0.3, 0.1), (0.7, 0.05, 1e-4), (2.0, 1.0, 1.0), (0.5, 2.0, 3.0)];
        shapes.map(|(r, s, share)| vec![r, 0.6 * r / rate, s, share * longest]).to_vec()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{Objective, check_derivatives};
    use crate::models::{ParetoNbd, PurchaseModel};
    use crate::summary::CustomerSummary;
    use crate::time::TimeUnit;

    #[test]
    fn derivatives_equal_differences_and_the_value_is_the_sum_of_the_likelihoods() {
        let x: Vec<f64> = (0..60).map(|i| f64::from(i * i % 23)).collect();
        let age: Vec<f64> = (0..60).map(|i| 10.0 + f64::from(i % 7) * 3.5).collect();
        let recency: Vec<f64> = (0..60).map(|i| if x[i] > 0.0 { age[i] * (0.2 + (i % 8) as f64 / 10.0) } else { 0.0 }).collect();
        let customers = CustomerSummary::from_columns(None, &x, &recency, &age, None, TimeUnit::Week).unwrap();
        let objective = ParetoNbdObjective::of_patterns(&Patterns::of(&customers), None);
        for parameters in [[0.553, 10.578, 0.606, 11.669], [3.0, 0.5, 0.1, 0.2], [0.05, 80.0, 15.0, 1.0], [1.0, 1.0, 1.0, 1.0]] {
            check_derivatives(&objective, &parameters);
            let [r, alpha, s, beta] = parameters;
            let expected = ParetoNbd::new(r, alpha, s, beta, TimeUnit::Week).unwrap().log_likelihood(&customers).unwrap();
            assert!((objective.evaluate(&parameters).value - expected).abs() < 1e-11 * expected.abs());
        }
    }
}
