//! The gamma-Gompertz lifetime, and a history's mixture over the time of death.
//!
//! As for Pareto/NBD the integral is taken by Gauss-Legendre panels. e^(b u) may overflow, so everything is written in b u and e^(−b u).

use super::mixture_fit::{self, FittedLifetime, MixtureObjective, Terms};
use crate::patterns::Patterns;
use crate::special::{GAUSS_LEGENDRE_10, GAUSS_LEGENDRE_20};
use crate::summary::History;

/// Change of an integrand's exponent over one panel up to which the rule is exact.
const EXPONENT_PER_PANEL: f64 = 12.0;
/// Panel length over the distance to the nearest singularity up to which the rule is exact.
const SINGULARITY_SHARE: f64 = 2.0;
/// Panel length in units of 1 / b: the complex singularities of the lifetime lie π / b away.
const PERIOD_SHARE: f64 = 4.0;
/// Share of all these at which half the nodes do.
const FEW_NODES_SHARE: f64 = 0.35;
/// b times the longest history below which lifetimes are exponential as far as the data can tell: the model is Pareto/NBD.
pub(super) const EXPONENTIAL: f64 = 1e-3;
/// The same below which a run that goes down ends at Pareto/NBD.
const NEARLY_EXPONENTIAL: f64 = 0.3;
/// Histories on which starts are tried.
const TRIED: usize = 20_000;
/// What is this small against the sum no longer matters.
const NEGLIGIBLE: f64 = 1e-18;

/// A lifetime with S(y) = (1 + (e^(b y) − 1) / β)^−s.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lifetime {
    pub(super) b: f64,
    pub(super) s: f64,
    pub(super) beta: f64,
}

impl Lifetime {
    /// E(y) = ln(1 + (e^(b y) − 1) / β).
    #[inline]
    fn ln_growth(&self, y: f64) -> f64 {
        let exponent = self.b * y;
        if exponent < 30.0 {
            (exponent.exp_m1() / self.beta).ln_1p()
        } else {
            exponent + ((self.beta - 1.0) * (-exponent).exp()).ln_1p() - self.beta.ln()
        }
    }

    /// 1 − e^(−b y) and e^(−b y), neither of which may cancel.
    #[inline]
    fn decay(&self, y: f64) -> (f64, f64) {
        if self.b * y < 0.5 {
            let gone = -(-self.b * y).exp_m1();
            (gone, 1.0 - gone)
        } else {
            let shrunk = (-self.b * y).exp();
            (1.0 - shrunk, shrunk)
        }
    }

    /// q(y) = e^(b y) / (β + e^(b y) − 1): the hazard over b s; runs from 1 / β to 1.
    #[inline]
    fn hazard_share(&self, y: f64) -> f64 {
        let (gone, shrunk) = self.decay(y);
        1.0 / (gone + self.beta * shrunk)
    }

    /// 1 / (β + e^(b y) − 1): 0, not NaN, where e^(b y) overflows, and without cancellation where b y and β are small.
    #[inline]
    pub(super) fn inverse_rate(&self, y: f64) -> f64 {
        let shrunk = (-self.b * y).exp();
        shrunk / (self.beta * shrunk - (-self.b * y).exp_m1())
    }

    /// ln S(y).
    pub(super) fn ln_survival(&self, y: f64) -> f64 {
        -self.s * self.ln_growth(y)
    }

    /// ln(−S'(y)) = ln(b s / β) + b y − (s + 1) E(y).
    pub(super) fn ln_death(&self, y: f64) -> f64 {
        (self.b * self.s / self.beta).ln() + self.b * y - (self.s + 1.0) * self.ln_growth(y)
    }

    /// Whether the hazard's share is 1 and stays there: survival and density fall as e^(−b s y), and the singularities have no weight so far out.
    fn is_exponential_from(&self, y: f64) -> bool {
        (self.beta - 1.0).abs() * (-self.b * y).exp() < 1e-17
    }

    /// Distance from 0 down to where β + e^(b y) − 1 vanishes; infinite for β ≥ 1.
    fn singularity(&self) -> f64 {
        if self.beta < 1.0 { -(-self.beta).ln_1p() / self.b } else { f64::INFINITY }
    }

    /// Where the density peaks: (s + 1) q = 1.
    fn mode(&self) -> f64 {
        if self.beta > self.s + 1.0 { ((self.beta - 1.0) / self.s).ln() / self.b } else { 0.0 }
    }

    /// The longest panel from y on that the rule resolves, given what else is in the exponent: `count` times the growth E, something with this
    /// slope, and a singularity below 0.
    fn panel(&self, y: f64, count: f64, slope: f64, nearest: f64) -> f64 {
        let share = self.hazard_share(y);
        // Of z = b × panel: count × the share, which may grow by e^z, shall not change the exponent by more than half of what is allowed.
        let room = 0.5 * EXPONENT_PER_PANEL / (count * share);
        let z = if self.is_exponential_from(y) {
            0.5 * EXPONENT_PER_PANEL / self.s
        } else if self.beta <= 1.0 {
            room.min(PERIOD_SHARE)
        } else {
            0.5 * (if room < 1.0 { room } else { room.ln_1p() }).min(2.0 * PERIOD_SHARE)
        };
        (0.5 * EXPONENT_PER_PANEL / slope).min(z / self.b).min(SINGULARITY_SHARE * (nearest.min(self.singularity()) + y))
    }

    /// ∫ e^(−δ u) S(age + u) / S(age) du over (from, to]; `to` `None` is ∞.
    pub(super) fn discounted_life(&self, age: f64, from: f64, to: Option<f64>, delta: f64) -> f64 {
        let end = to.unwrap_or(f64::INFINITY);
        let at_age = self.ln_survival(age);
        let integrand = |u: f64| (self.ln_survival(age + u) - at_age - delta * u).exp();
        let (mut start, mut sum) = (from, 0.0);
        while start < end {
            // Once e^(b y) outweighs β the survival is an exponential function, whose integral is known.
            let rate = self.b * self.s + delta;
            if self.is_exponential_from(age + start) && rate >= 0.0 {
                let fallen = rate * (end - start);
                let length = if fallen > 1e-17 { -(-fallen).exp_m1() / rate } else { end - start };
                return sum + integrand(start) * length;
            }
            let width = self.panel(age + start, self.s, delta.abs(), f64::INFINITY).min(end - start);
            let (half, middle) = (0.5 * width, start + 0.5 * width);
            let panel: f64 = GAUSS_LEGENDRE_20
                .iter()
                .map(|&(node, weight)| weight * (integrand(middle - half * node) + integrand(middle + half * node)))
                .sum();
            sum += half * panel;
            // The integrand falls; what is left is at most its value times what remains to fall or to go.
            let rest = integrand(start + width) / (self.b * self.s * self.hazard_share(age + start + width).min(1.0) + delta).max(1e-300);
            if delta >= 0.0 && rest < NEGLIGIBLE * sum || sum <= 0.0 {
                break;
            }
            start += width;
        }
        sum
    }
}

/// One history's mixture over the time of death.
pub(super) struct DeathTimes {
    pub(super) r: f64,
    pub(super) alpha: f64,
    pub(super) lifetime: Lifetime,
    pub(super) x: f64,
    pub(super) t_x: f64,
    pub(super) t_cal: f64,
}

impl DeathTimes {
    /// ln of α^r (α+u)^−(r+x).
    #[inline]
    fn ln_purchases(&self, u: f64) -> f64 {
        -self.r * (u / self.alpha).ln_1p() - self.x * (self.alpha + u).ln()
    }

    #[inline]
    fn ln_dead(&self, u: f64) -> f64 {
        self.ln_purchases(u) + self.lifetime.ln_death(u)
    }

    #[inline]
    fn ln_alive(&self) -> f64 {
        self.ln_purchases(self.t_cal) + self.lifetime.ln_survival(self.t_cal)
    }

    /// Logarithms of the two terms of the likelihood, up to (r)_x.
    pub(super) fn ln_alive_and_dead(&self) -> (f64, f64) {
        let reference = self.reference();
        let mut sum = 0.0;
        self.for_each_node(|u, width| {
            let mass = width * (self.ln_dead(u) - reference).exp();
            sum += mass;
            mass
        });
        (self.ln_alive(), reference + sum.ln())
    }

    /// Posterior mean of f(u, 1) over the time of death u, and of f(T, 0) where the customer is alive at T.
    pub(super) fn mean(&self, f: impl Fn(f64, f64) -> f64) -> f64 {
        let ln_alive = self.ln_alive();
        let reference = ln_alive.max(self.reference());
        let alive = (ln_alive - reference).exp();
        let (mut total, mut sum) = (alive, alive * f(self.t_cal, 0.0));
        self.for_each_node(|u, width| {
            let mass = width * (self.ln_dead(u) - reference).exp();
            total += mass;
            sum += mass * f(u, 1.0);
            mass
        });
        sum / total
    }

    /// An exponent near the integrand's peak: at an end, or where its slope vanishes for the purchases' slope at t_x.
    fn reference(&self) -> f64 {
        let inside = self.lifetime.mode().clamp(self.t_x, self.t_cal);
        self.ln_dead(self.t_x).max(self.ln_dead(self.t_cal)).max(self.ln_dead(inside))
    }

    /// Visits the nodes u in (t_x, T) with their weights du; `visit` returns the masses.
    #[inline]
    fn for_each_node(&self, mut visit: impl FnMut(f64, f64) -> f64) {
        let Lifetime { b, s, .. } = self.lifetime;
        let (mut start, mut sum) = (self.t_x, 0.0);
        while start < self.t_cal {
            let share = self.lifetime.hazard_share(start);
            let purchases = (self.r + self.x) / (self.alpha + start);
            let longest = self.lifetime.panel(start, s + 1.0, purchases, self.alpha);
            // A sliver would cost as much as a panel.
            let width = if self.t_cal - start < 1.3 * longest { self.t_cal - start } else { longest };
            let (half, middle) = (0.5 * width, start + 0.5 * width);
            let (mut panel, mut outermost) = (0.0, 0.0);
            // Half of every limit that a panel keeps to is enough for half the nodes.
            let few = width < FEW_NODES_SHARE * longest;
            let rule: &[(f64, f64)] = if few { &GAUSS_LEGENDRE_10 } else { &GAUSS_LEGENDRE_20 };
            for &(node, weight) in rule {
                let du = half * weight;
                panel += visit(middle - half * node, du);
                let mass = visit(middle + half * node, du);
                panel += mass;
                outermost = mass / du;
            }
            sum += panel;
            // Purchases only become less likely, so what is left is at most the integrand over the least hazard.
            // Past the mode of the lifetime the integrand only falls.
            let falls = (s + 1.0) * share.min(1.0) >= 1.0;
            if outermost <= NEGLIGIBLE * sum * b * s * share.min(1.0) || (falls && panel <= NEGLIGIBLE * sum) {
                break;
            }
            start += width;
        }
    }
}

impl Lifetime {
    /// `dead` is 1 for the density, 0 for the survival.
    #[inline]
    fn terms(&self, u: f64, dead: f64) -> Terms<3> {
        let Lifetime { b, s, beta } = *self;
        let (per_beta, per_b, per_s) = (1.0 / beta, 1.0 / b, 1.0 / s);
        let (gone, shrunk) = self.decay(u);
        let q = 1.0 / (gone + beta * shrunk);
        // 1 / (β + e^(bu) − 1), and ∂E/∂β = 1 / (β + e^(bu) − 1) − 1 / β.
        let inverse = shrunk * q;
        let growth = if shrunk > 1e-290 { (gone / (beta * shrunk)).ln_1p() } else { self.ln_growth(u) };
        let growth_beta = -gone * q * per_beta;
        let count = s + dead;
        let scale = if dead > 0.0 { (b * s * per_beta).ln() + b * u } else { 0.0 };
        Terms {
            ln: scale - count * growth,
            gradient: [dead * (per_b + u) - count * u * q, dead * per_s - growth, -dead * per_beta - count * growth_beta],
            hessian: [
                [-(dead * per_b * per_b + count * u * u * q * (beta - 1.0) * inverse), -u * q, count * u * q * inverse],
                [0.0, -dead * per_s * per_s, -growth_beta],
                [0.0, 0.0, dead * per_beta * per_beta + count * growth_beta * (per_beta + inverse)],
            ],
        }
    }
}

impl FittedLifetime<3> for Lifetime {
    fn of(&[b, s, beta]: &[f64; 3]) -> Self {
        Lifetime { b, s, beta }
    }

    #[inline]
    fn death(&self, u: f64) -> Terms<3> {
        self.terms(u, 1.0)
    }

    fn survival(&self, u: f64) -> Terms<3> {
        self.terms(u, 0.0)
    }

    /// |b − (s + 1) b q|, where q runs from one end's to the other's.
    fn slope(&self, from: f64, to: f64) -> f64 {
        let at = |u: f64| ((self.s + 1.0) * self.hazard_share(u) - 1.0).abs();
        self.b * at(from).max(at(to))
    }

    fn singularity(&self, u: f64) -> f64 {
        if self.is_exponential_from(u) { f64::INFINITY } else { (std::f64::consts::PI / self.b).min(self.singularity() + u) }
    }

    fn returns(&self, next: &Self, longest: f64) -> bool {
        self.b * longest < NEARLY_EXPONENTIAL && next.b < self.b
    }

    fn peak(&self, ln_integrand: impl Fn(f64) -> f64, t_x: f64, t_cal: f64) -> f64 {
        ln_integrand(t_x).max(ln_integrand(t_cal)).max(ln_integrand(self.mode().clamp(t_x, t_cal)))
    }

    #[inline]
    fn for_each_node(&self, (r, alpha, x): (f64, f64, f64), t_x: f64, t_cal: f64, visit: impl FnMut(f64, f64) -> f64) {
        DeathTimes { r, alpha, lifetime: *self, x, t_x, t_cal }.for_each_node(visit);
    }
}

/// The likelihood.
pub(super) type GgompertzNbdObjective = MixtureObjective<Lifetime, 3, 21, 28>;

impl GgompertzNbdObjective {
    pub(super) fn of_patterns(patterns: &Patterns, threads: Option<usize>) -> Self {
        Self::with_rough(patterns, TRIED, threads)
    }
}

/// Adds the terms and derivatives of one history whose parameters are its own.
pub(super) fn add_history(sums: &mut [f64], parameters: &[f64], history: &History, weight: f64) {
    mixture_fit::add_history::<Lifetime, 3, 21, 28>(sums, parameters, history, weight);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{Objective, check_derivatives};
    use crate::models::{GgompertzNbd, PurchaseModel};
    use crate::summary::CustomerSummary;
    use crate::time::TimeUnit;

    #[test]
    fn derivatives_equal_differences_and_the_value_is_the_sum_of_the_likelihoods() {
        let x: Vec<f64> = (0..60).map(|i| f64::from(i * i % 23)).collect();
        let age: Vec<f64> = (0..60).map(|i| 10.0 + f64::from(i % 7) * 3.5).collect();
        let recency: Vec<f64> = (0..60).map(|i| if x[i] > 0.0 { age[i] * (0.2 + (i % 8) as f64 / 10.0) } else { 0.0 }).collect();
        let customers = CustomerSummary::from_columns(None, &x, &recency, &age, None, TimeUnit::Week).unwrap();
        let objective = GgompertzNbdObjective::of_patterns(&Patterns::of(&customers), None);
        for parameters in
            [[0.553, 10.578, 0.01, 0.603, 0.1], [3.0, 0.5, 0.3, 0.2, 50.0], [0.05, 80.0, 2.0, 5.0, 1.0], [1.0, 1.0, 0.1, 1.0, 0.3]]
        {
            check_derivatives(&objective, &parameters);
            let [r, alpha, b, s, beta] = parameters;
            let expected = GgompertzNbd::new(r, alpha, b, s, beta, TimeUnit::Week).unwrap().log_likelihood(&customers).unwrap();
            assert!((objective.evaluate(&parameters).value - expected).abs() < 1e-11 * expected.abs());
        }
    }
}
