//! Purchases as every k-th stage of a Poisson process, with dropout that may follow each purchase.
//!
//! Stages come at rate λ ~ Gamma(r, α), every k-th one is a purchase, after which the customer drops out with probability p ~ Beta(a, b); the time
//! between purchases is Erlang-k. BG/CNBD-k and MBG/CNBD-k differ only in m, the number of coins tossed before the first repeat purchase;
//! k = 1 is BG/NBD and MBG/NBD.

use super::LARGEST_REGULARITY;
use super::beta_dropout::{Counts, NEGLIGIBLE, terms};
use crate::simulation::{RandomStream, gap};
use crate::special::{
    beta_expectation, gamma_expectation, gauss_legendre, geometric_beta, ln_negative_binomial, ln_pochhammer, negative_binomial_tail,
    softplus,
};
use crate::summary::History;

/// From e^−45 on nothing is left of what was discounted.
const DISCOUNTED_AWAY: f64 = 45.0;

/// BG/CNBD-k and its relative: prior parameters, and m, the number of coins tossed before the first repeat purchase (0 or 1).
///
/// ```text
/// A = B(a, b + x + m) / B(a, b) α^r Σ_{j<k} (r)_{kx+j} w^j / j! (α + T)^−(r+kx+j),  w = T − t_x     alive at T, j stages since t_x
/// D = B(a + 1, b + x − 1 + m) / B(a, b) α^r (r)_{kx} (α + t_x)^−(r+kx)                               dead; 0 where x + m = 0
/// L = (A + D) Π (interval)^(k−1) / (k−1)!^x
/// ```
/// Platzer & Reutterer (2016), appendix.
#[derive(Debug, Clone, Copy)]
pub(super) struct ErlangDropout {
    pub(super) k: u32,
    pub(super) r: f64,
    pub(super) alpha: f64,
    pub(super) a: f64,
    pub(super) b: f64,
    pub(super) first_coin: f64,
}

impl ErlangDropout {
    /// The customer, if alive.
    pub(super) fn living(&self, history: &History) -> Living {
        let (x, t_x, t_cal) = history.parts();
        Living {
            k: self.k,
            r: self.r + f64::from(self.k) * x,
            alpha: self.alpha + t_cal,
            wait: t_cal - t_x,
            a: self.a,
            b: self.b + x + self.first_coin,
        }
    }

    fn newcomer(&self) -> Living {
        let ErlangDropout { k, r, alpha, a, b, first_coin } = *self;
        Living { k, r, alpha, wait: 0.0, a, b: b + first_coin }
    }

    /// ln(D / A) + ln(sum over the phases); −∞ where nobody can have dropped out.
    fn ln_odds_dead(&self, history: &History) -> f64 {
        let (x, t_x, t_cal) = history.parts();
        let coins = x + self.first_coin;
        if coins > 0.0 {
            let stages = self.r + f64::from(self.k) * x;
            self.a.ln() - (self.b + coins - 1.0).ln() + stages * ((t_cal - t_x) / (self.alpha + t_x)).ln_1p()
        } else {
            f64::NEG_INFINITY
        }
    }

    /// ln(A + D), and the term of the intervals, which is left out where their sum is not known.
    pub(super) fn ln_likelihood(&self, history: &History) -> f64 {
        let (x, _, t_cal) = history.parts();
        let (stages, coins) = (f64::from(self.k) * x, x + self.first_coin);
        let ln_stages = ln_pochhammer(self.r, stages) - self.r * (t_cal / self.alpha).ln_1p() - stages * (self.alpha + t_cal).ln();
        let ln_coins = ln_pochhammer(self.b, coins) - ln_pochhammer(self.a + self.b, coins);
        let ln_phases = self.living(history).phase_sum().ln();
        let intervals = history.log_intervals().map_or(0.0, |sum| interval_term(self.k, x, sum));
        ln_stages + ln_coins + ln_phases + softplus(self.ln_odds_dead(history) - ln_phases) + intervals
    }

    /// A / (A + D).
    pub(super) fn p_alive(&self, history: &History) -> f64 {
        (-softplus(self.ln_odds_dead(history) - self.living(history).phase_sum().ln())).exp()
    }

    /// D / (A + D), which keeps its digits where it is small.
    pub(super) fn p_dead(&self, history: &History) -> f64 {
        (-softplus(self.living(history).phase_sum().ln() - self.ln_odds_dead(history))).exp()
    }

    /// E[X(t)]: the share b / (a + b) survives a first coin.
    pub(super) fn expectation(&self, t: f64) -> f64 {
        let survived = if self.first_coin > 0.0 { self.b / (self.a + self.b) } else { 1.0 };
        survived * self.newcomer().purchases(t)
    }

    /// P(n purchases in (from, to]) of a new customer: the living at `from` have seen some stages, and are what these made of them.
    pub(super) fn pmf_between(&self, n: u32, from: f64, to: f64) -> f64 {
        let ErlangDropout { k, r, alpha, a, b, first_coin } = *self;
        if from <= 0.0 {
            return self.pmf(n, to);
        }
        let survived = if first_coin > 0.0 { b / (a + b) } else { 1.0 };
        let newcomer = Stages { k, phase: 0, r, alpha, a, b: b + first_coin };
        let counted = newcomer.over_stages(r, from / alpha, |stages, phase| {
            let completed = (stages - f64::from(phase)) / f64::from(k);
            Stages { k, phase, r: r + stages, alpha: alpha + from, a, b: b + first_coin + completed }.pmf(n, to - from, 0.0)
        });
        let dead = if n == 0 { (1.0 - survived * newcomer.survival(from)).max(0.0) } else { 0.0 };
        dead + survived * counted
    }

    /// E[λ | x, t_x, T] / k, the rate of purchases: λ is Gamma of the stages seen, by α + T of the living and α + t_x of the dead.
    pub(super) fn purchase_rate(&self, history: &History) -> f64 {
        let (x, t_x, _) = history.parts();
        let alive = self.p_alive(history);
        let dead = (self.r + f64::from(self.k) * x) / (self.alpha + t_x);
        (alive * self.living(history).mean(|stages| stages.r / stages.alpha) + self.p_dead(history) * dead) / f64::from(self.k)
    }

    /// E[p | x, t_x, T]: p is Beta(a, b + x + m) of the living and Beta(a + 1, b + x + m − 1) of the dead.
    pub(super) fn dropout(&self, history: &History) -> f64 {
        let coins = f64::from(history.frequency()) + self.first_coin;
        (self.a + self.p_dead(history)) / (self.a + self.b + coins)
    }

    /// P(X(t) = n).
    pub(super) fn pmf(&self, n: u32, t: f64) -> f64 {
        let ErlangDropout { k, r, alpha, a, b, first_coin } = *self;
        Stages { k, phase: 0, r, alpha, a, b }.pmf(n, t, first_coin)
    }
}

/// (k − 1) Σ ln(interval) − x ln (k − 1)!, given x and the sum.
pub(super) fn interval_term(k: u32, x: f64, log_intervals: f64) -> f64 {
    f64::from(k - 1) * log_intervals - x * ln_pochhammer(1.0, f64::from(k - 1))
}

/// A living customer at T: stages seen in λ ~ Gamma(r, α), none known of the `wait` since the last purchase but that fewer than k came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Living {
    k: u32,
    r: f64,
    alpha: f64,
    wait: f64,
    a: f64,
    b: f64,
}

impl Living {
    /// Σ_{j<k} (r)_j / j! (w / (α + T))^j: the phases at T, as weights relative to that of j = 0.
    fn phase_sum(&self) -> f64 {
        self.phase_weights().map(|(_, weight)| weight).sum()
    }

    fn phase_weights(&self) -> impl Iterator<Item = (u32, f64)> {
        let (r, share) = (self.r, self.wait / self.alpha);
        let next = move |&(j, weight): &(u32, f64)| Some((j + 1, weight * (r + f64::from(j)) / f64::from(j + 1) * share));
        std::iter::successors(Some((0, 1.0)), next).take(self.k as usize)
    }

    /// Mean of a quantity over the phases.
    fn mean(&self, quantity: impl Fn(&Stages) -> f64) -> f64 {
        let Living { k, r, alpha, a, b, .. } = *self;
        let (mut sum, mut total) = (0.0, 0.0);
        for (phase, weight) in self.phase_weights() {
            total += weight;
            if weight > 0.0 {
                sum += weight * quantity(&Stages { k, phase, r: r + f64::from(phase), alpha, a, b });
            }
        }
        sum / total
    }

    /// P(still alive after t).
    pub(super) fn survival(&self, t: f64) -> f64 {
        self.mean(|stages| stages.survival(t))
    }

    /// Expected purchases in (0, t].
    pub(super) fn purchases(&self, t: f64) -> f64 {
        if t > 0.0 { self.mean(|stages| stages.purchases(t)) } else { 0.0 }
    }

    /// Expected purchases in (from, to], also when the interval is a small part of the time before it.
    pub(super) fn purchases_between(&self, from: f64, to: f64) -> f64 {
        if from <= 0.0 {
            return self.purchases(to);
        }
        let (before, until) = (self.purchases(from), self.purchases(to));
        if until - before > 1e-2 * until { until - before } else { self.integrate_rate(from, to, 0.0) }
    }

    /// P(n purchases in (0, t]).
    pub(super) fn pmf(&self, n: u32, t: f64) -> f64 {
        self.mean(|stages| stages.pmf(n, t, 0.0))
    }

    /// P(at least one purchase in (from, to]).
    pub(super) fn activity(&self, from: f64, to: f64) -> f64 {
        if to > from { self.mean(|stages| stages.activity(from, to)) } else { 0.0 }
    }

    /// ∫ e^(−δ u) rate(u) du over (from, to], over τ = ln((c + u) / (c + from)), in which the rate is smooth.
    fn integrate_rate(&self, from: f64, to: f64, delta: f64) -> f64 {
        let r = self.r + f64::from(self.k);
        // Over many stages the phases wear off within a few of them, and from then on the rate falls like that of a customer without phases, for
        // b ≥ 1 by at most a per unit of τ; else it is smooth on the scale of α.
        let (c, slope) = if self.takes_many_stages(to) && self.b >= 1.0 { (self.alpha / r, self.a.min(r)) } else { (self.alpha, r) };
        let start = c + from;
        let end = ((to - from) / start).ln_1p();
        let panels = ((0.1 * (slope + delta.abs() * (to - from) / end.max(1.0)) + 1.0) * end).ceil().max(1.0);
        let width = end / panels;
        let integrand = |tau: f64| {
            let u = from + start * tau.exp_m1();
            (-delta * u).exp() * self.mean(|stages| stages.rate(u)) * start * tau.exp()
        };
        (0..panels as u32).map(|i| gauss_legendre(width * f64::from(i), width * f64::from(i + 1), integrand)).sum()
    }

    fn takes_many_stages(&self, t: f64) -> bool {
        terms(self.r, t / self.alpha) > MAX_TERMS
    }

    /// Discounted expected purchases ∫₀^H e^(−δ t) rate(t) dt; `horizon` `None` is H = ∞, which needs δ > 0.
    ///
    /// Given λ, each stage brings the discount factor φ = λ / (λ + δ), and the n-th purchase from phase j on comes after n k − j stages: before H
    /// with the probability that a Poisson process of rate λ + δ has so many stages. λ is integrated out by quadrature.
    pub(super) fn discounted(&self, delta: f64, horizon: Option<f64>) -> f64 {
        let horizon = horizon.filter(|&t| !(delta > 0.0 && delta * t > DISCOUNTED_AWAY));
        match horizon {
            Some(t) if t <= 0.0 => 0.0,
            Some(t) if delta.abs() * t < 1e-17 => self.purchases(t),
            Some(t) if delta < 0.0 || self.takes_many_stages(t) => self.integrate_rate(0.0, t, delta),
            _ => {
                let given = |ln_rate: f64| {
                    let rate = ln_rate.exp();
                    let ln_factor = -(delta / rate).ln_1p();
                    match horizon {
                        None => {
                            self.phases_discounted(rate, ln_factor) + geometric_beta(self.a, self.b, f64::from(self.k) * ln_factor).ln()
                        }
                        Some(t) => self.ln_discounted_until(rate, ln_factor, (rate + delta) * t),
                    }
                };
                gamma_expectation(self.r, self.alpha, given) / self.phase_sum()
            }
        }
    }

    /// ln Σ_j (λ w)^j / j! φ^(k−j).
    fn phases_discounted(&self, rate: f64, ln_factor: f64) -> f64 {
        let (mut sum, mut weight) = (0.0, 1.0);
        for j in 0..self.k {
            sum += weight * (f64::from(self.k - j) * ln_factor).exp();
            weight *= rate * self.wait / f64::from(j + 1);
        }
        sum.ln()
    }

    /// ln Σ_j (λ w)^j / j! φ^(k−j) Σ_n s_n φ^(k(n−1)) [n k − j ≤ N], N ~ Poisson(`stages`), s_n the probability to survive n − 1 coins.
    fn ln_discounted_until(&self, rate: f64, ln_factor: f64, stages: f64) -> f64 {
        let k = self.k as usize;
        // below[i]: phases j < k − i, which have completed c purchases after c k + i stages; the others have completed one more.
        let mut below = [0.0; LARGEST_REGULARITY as usize + 1];
        let (mut weight, mut total) = (1.0, 0.0);
        for j in 0..self.k {
            total += weight * (f64::from(self.k - j) * ln_factor).exp();
            below[k - 1 - j as usize] = total;
            weight *= rate * self.wait / f64::from(j + 1);
        }
        let all = below[0];
        let factor = (f64::from(self.k) * ln_factor).exp();
        let mut counts = PoissonCounts::new(stages);
        // Sum of s_n φ^(k(n−1)) over n ≤ c, and the term n = c + 1.
        let (mut came, mut term) = (0.0, 1.0);
        let (mut c, mut sum) = (0.0, 0.0);
        let mut count = 0.0;
        loop {
            for &below in &below[..k] {
                if count >= counts.n {
                    let (mass, rest) = counts.next();
                    sum += mass * (below * came + (all - below).max(0.0) * (came + term));
                    if rest * all * (came + term) <= NEGLIGIBLE * sum {
                        return sum.ln();
                    }
                }
                count += 1.0;
            }
            came += term;
            term *= factor * (self.b + c) / (self.a + self.b + c);
            c += 1.0;
        }
    }
}

/// The probabilities of Poisson(mean) from the first count that matters on.
struct PoissonCounts {
    mean: f64,
    /// The count whose probability comes next.
    n: f64,
    mass: f64,
}

impl PoissonCounts {
    fn new(mean: f64) -> Self {
        let n = (mean - 12.0 * mean.sqrt()).floor().max(0.0);
        let mass = (n * mean.ln() - mean - crate::special::ln_gamma(n + 1.0)).exp();
        PoissonCounts { mean, n, mass: if n > 0.0 { mass } else { (-mean).exp() } }
    }

    /// P(N = n), and a bound on P(N > n) (infinite before the mode).
    fn next(&mut self) -> (f64, f64) {
        let ratio = self.mean / (self.n + 1.0);
        let rest = if ratio < 1.0 { self.mass * ratio / (1.0 - ratio) } else { f64::INFINITY };
        let mass = self.mass;
        self.mass *= ratio;
        self.n += 1.0;
        (mass, rest)
    }
}

/// From this many stages on a quadrature over p is cheaper than the sum over them.
const MAX_TERMS: f64 = 10_000.0;
/// 1 − p below which the roots cancel if few stages are survived, too.
const FEW_SURVIVE: f64 = 0.15;
/// How many stages are few.
const FEW_STAGES: f64 = 100.0;

/// A customer in a known phase j given p, as a sum over the k-th roots of q = 1 − p.
///
/// With z_l = q^(1/k) e^(2πi l/k) the share q^⌊m/k⌋ that survives m stages is Σ_l c_l z_l^m, c_l = (1/q − 1) / (k (1/z_l − 1)), and the mean of
/// z^N over N ~ NB(r, s) is (1 + s (1 − z))^−r.
struct Roots {
    k: u32,
    phase: u32,
    ln_p: f64,
    ln_q: f64,
}

impl Roots {
    /// Σ_{l≠0} over the real parts of e^(i (turns of z_l)) times the modulus that `of` gives with its angle: of(1 − z_l, arg z_l) = (ln modulus, angle).
    fn others(&self, of: impl Fn((f64, f64), f64) -> (f64, f64)) -> f64 {
        let rho = (self.ln_q / f64::from(self.k)).exp();
        (1..self.k)
            .map(|l| {
                let angle = std::f64::consts::TAU * f64::from(l) / f64::from(self.k);
                let (ln_modulus, turn) = of((1.0 - rho * angle.cos(), -rho * angle.sin()), angle);
                ln_modulus.exp() * turn.cos()
            })
            .sum()
    }

    /// (1 + s (1 − z))^−r as (ln modulus, angle).
    fn power(r: f64, s: f64, (re, im): (f64, f64)) -> (f64, f64) {
        let (re, im) = (1.0 + s * re, s * im);
        (-r * re.hypot(im).ln(), -r * im.atan2(re))
    }

    /// ln((1/q − 1) / (k (1/ρ − 1)) ρ^j) and 1 − ρ, of the real root ρ.
    fn real(&self) -> (f64, f64) {
        let k = f64::from(self.k);
        let ln_rho = self.ln_q / k;
        // Where p underflows the share is 1.
        let ln_first = if ln_rho < -1e-290 { self.ln_p - self.ln_q - (k * (-ln_rho).exp_m1()).ln() } else { 0.0 };
        let ln_share = ln_first + f64::from(self.phase) * ln_rho;
        (ln_share, -ln_rho.exp_m1())
    }

    /// ln modulus and angle of c_l z_l^j / p = z_l^(j+1) / (q k (1 − z_l)), l ≠ 0.
    fn weight(&self, (re, im): (f64, f64), angle: f64) -> (f64, f64) {
        let (k, next) = (f64::from(self.k), f64::from(self.phase + 1));
        (next * self.ln_q / k - self.ln_q - k.ln() - re.hypot(im).ln(), next * angle - im.atan2(re))
    }

    /// ln of the sum over the stages themselves, of which the survivors have seen few; `counts` says whether those in a phase count.
    fn ln_by_stages(&self, r: f64, s: f64, counts: impl Fn(u32) -> bool) -> f64 {
        let few = r * s * (self.ln_q / f64::from(self.k)).exp();
        let (mut highest, mut sum) = (f64::NEG_INFINITY, 0.0);
        let (mut n, mut phase, mut completed) = (0.0, self.phase, 0.0);
        loop {
            let term = ln_negative_binomial(n, r, s) + completed * self.ln_q;
            if counts(phase) {
                if term > highest {
                    (highest, sum) = (term, sum * (highest - term).exp() + 1.0);
                } else {
                    sum += (term - highest).exp();
                }
            }
            if n > few && n > f64::from(self.k) && term < highest - 40.0 {
                return highest + sum.ln();
            }
            n += 1.0;
            phase += 1;
            if phase == self.k {
                (phase, completed) = (0, completed + 1.0);
            }
        }
    }

    fn few_survive(&self, r: f64, s: f64) -> bool {
        self.ln_q < FEW_SURVIVE.ln() && r * s * (self.ln_q / f64::from(self.k)).exp() < FEW_STAGES
    }

    /// ln P(alive after NB(r, s) stages).
    fn ln_survival(&self, r: f64, s: f64) -> f64 {
        if self.few_survive(r, s) {
            return self.ln_by_stages(r, s, |_| true);
        }
        let (ln_share, gap) = self.real();
        let ln_real = ln_share - r * (s * gap).ln_1p();
        let others = self.others(|gap, angle| {
            let ((ln_weight, turn), (ln_power, more)) = (self.weight(gap, angle), Self::power(r, s, gap));
            (self.ln_p + ln_weight + ln_power - ln_real, turn + more)
        });
        ln_real + (1.0 + others).max(0.0).ln()
    }

    /// ln of the expected purchases, (1 − P(alive)) / p; every term has the factor p, so that nothing cancels where p is small.
    fn ln_purchases(&self, r: f64, s: f64) -> f64 {
        if self.few_survive(r, s) {
            return (-self.ln_survival(r, s).exp_m1()).ln() - self.ln_p;
        }
        let (ln_share, gap) = self.real();
        let all = self.others(|gap, angle| self.weight(gap, angle));
        let left = self.others(|gap, angle| {
            let ((ln_weight, turn), (ln_power, more)) = (self.weight(gap, angle), Self::power(r, s, gap));
            (ln_weight + ln_power, turn + more)
        });
        let exponent = r * (s * gap).ln_1p();
        let real = if exponent > 1e-290 { (ln_share - self.ln_p + (-(-exponent).exp_m1()).ln()).exp() } else { r * s / f64::from(self.k) };
        (real + (all - left)).ln()
    }

    /// ln P(alive, and the next stage completes a purchase).
    fn ln_completing(&self, r: f64, s: f64) -> f64 {
        let last = self.k - 1;
        if self.few_survive(r, s) {
            return self.ln_by_stages(r, s, |phase| phase == last);
        }
        let k = f64::from(self.k);
        let steps = f64::from(self.phase) - f64::from(last);
        let ln_power_of_real = -r * (s * -(self.ln_q / k).exp_m1()).ln_1p();
        let others = self.others(|gap, angle| {
            let (ln_power, turn) = Self::power(r, s, gap);
            (ln_power - ln_power_of_real, steps * angle + turn)
        });
        steps * self.ln_q / k - k.ln() + ln_power_of_real + (1.0 + others).max(0.0).ln()
    }
}

/// A living customer in a known phase: `phase` stages have come since the last purchase.
#[derive(Debug, Clone, Copy)]
struct Stages {
    k: u32,
    phase: u32,
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
}

impl Stages {
    /// (b)_n / (a + b)_n: the share that survives n coins.
    fn survivors(&self, n: f64) -> f64 {
        (ln_pochhammer(self.b, n) - ln_pochhammer(self.a + self.b, n)).exp()
    }

    /// Σ over N ~ NB(r, s) of f(purchases completed, phase, survivors of their coins), f ≤ 1, `survivors` falling.
    fn over_stages(&self, r: f64, s: f64, f: impl Fn(f64, u32) -> f64) -> f64 {
        // A stage is survived at least as often as a coin, of which there is one in k.
        let mut counts = Counts::of_survivors(r, s, f64::from(self.k) * self.a, f64::from(self.k) * self.b);
        let first = f64::from(self.phase) + counts.n;
        let mut completed = (first / f64::from(self.k)).floor();
        let mut phase = (first - completed * f64::from(self.k)) as u32;
        let mut survivors = self.survivors(completed);
        let mut sum = 0.0;
        loop {
            let n = counts.n;
            let (mass, rest) = counts.next();
            sum += mass * survivors * f(n, phase);
            if rest * survivors <= NEGLIGIBLE * sum {
                return sum;
            }
            phase += 1;
            if phase == self.k {
                phase = 0;
                survivors *= (self.b + completed) / (self.a + self.b + completed);
                completed += 1.0;
            }
        }
    }

    /// E over p of what has this logarithm given p, as a quadrature, where the stages are too many to sum over.
    fn over_dropout(&self, given: impl Fn(&Roots) -> f64) -> f64 {
        beta_expectation(self.a, self.b, |ln_p, ln_q| given(&Roots { k: self.k, phase: self.phase, ln_p, ln_q }))
    }

    fn survival(&self, t: f64) -> f64 {
        let s = t / self.alpha;
        if t <= 0.0 {
            1.0
        } else if terms(self.r, s) > MAX_TERMS {
            self.over_dropout(|roots| roots.ln_survival(self.r, s))
        } else {
            self.over_stages(self.r, s, |_, _| 1.0)
        }
    }

    /// Expected rate of purchases at time t: r / α P(the stage that completes one comes at t), the dead counting as 0.
    fn rate(&self, t: f64) -> f64 {
        let s = t / self.alpha;
        let completes = |_: f64, phase: u32| if phase + 1 == self.k { 1.0 } else { 0.0 };
        let share = if terms(self.r + 1.0, s) > MAX_TERMS {
            self.over_dropout(|roots| roots.ln_completing(self.r + 1.0, s))
        } else {
            self.over_stages(self.r + 1.0, s, completes)
        };
        self.r / self.alpha * share
    }

    /// Σ_N NB(N) C_⌊(j+N)/k⌋, C_c = Σ_{n≤c} (b)_{n−1} / (a + b)_{n−1}: the n-th purchase comes if the n − 1 coins before it were survived.
    fn purchases(&self, t: f64) -> f64 {
        let s = t / self.alpha;
        if terms(self.r, s) > MAX_TERMS {
            return self.over_dropout(|roots| roots.ln_purchases(self.r, s));
        }
        let mut counts = Counts::new(self.r, s);
        // Stages to the next purchase.
        let mut missing = f64::from(self.k - self.phase);
        while counts.n < missing {
            counts.next();
        }
        let (mut n, mut survivors, mut purchases) = (0.0, 1.0, 0.0);
        let mut sum = 0.0;
        loop {
            if counts.n >= missing {
                purchases += survivors;
                survivors *= (self.b + n) / (self.a + self.b + n);
                n += 1.0;
                missing += f64::from(self.k);
                continue;
            }
            let (mass, rest) = counts.next();
            sum += mass * purchases;
            if rest * purchases <= NEGLIGIBLE * sum {
                return sum;
            }
        }
    }

    /// Alive after n purchases, or dropped out with the n-th; `first_coin` coins are tossed before the first purchase.
    fn pmf(&self, n: u32, t: f64, first_coin: f64) -> f64 {
        let (s, n) = (t / self.alpha, f64::from(n));
        let coins = n + first_coin;
        let survivors = self.survivors(coins);
        let first = (n * f64::from(self.k) - f64::from(self.phase)).max(0.0);
        let last = (n + 1.0) * f64::from(self.k) - f64::from(self.phase) - 1.0;
        let counted: f64 = if s > 0.0 {
            (0..=(last - first) as u32).map(|i| ln_negative_binomial(first + f64::from(i), self.r, s).exp()).sum()
        } else if n > 0.0 {
            0.0
        } else {
            1.0
        };
        let dropped = if coins > 0.0 { self.a / (self.b + coins - 1.0) * negative_binomial_tail(first, self.r, s) } else { 0.0 };
        survivors * (counted + dropped)
    }

    /// Alive and in some phase at `from`, from where the missing stages come in time.
    fn activity(&self, from: f64, to: f64) -> f64 {
        if from <= 0.0 {
            return negative_binomial_tail(f64::from(self.k - self.phase), self.r, to / self.alpha);
        }
        let share = (to - from) / (self.alpha + from);
        self.over_stages(self.r, from / self.alpha, |n, phase| negative_binomial_tail(f64::from(self.k - phase), self.r + n, share))
    }
}

impl ErlangDropout {
    /// Draws a customer; see [`crate::simulation::Simulate::draw`].
    pub(super) fn draw(&self, random: &mut RandomStream, until: f64, purchases: &mut Vec<f64>) -> Option<f64> {
        let rate = random.gamma(self.r, self.alpha);
        let dropout = random.beta(self.a, self.b);
        if self.first_coin > 0.0 && random.uniform() < dropout {
            return Some(0.0);
        }
        let interval = |random: &mut RandomStream| (0..self.k).map(|_| gap(random, rate)).sum::<f64>();
        let mut time = interval(random);
        while time <= until {
            purchases.push(time);
            if random.uniform() < dropout {
                return Some(time);
            }
            time += interval(random);
        }
        None
    }
}

/// The methods and traits of a model with parameters k, r, α, a, b and `first_coin` coins tossed before the first repeat purchase. The module
/// that uses it defines the documented type, `NAME` and its stored form.
macro_rules! erlang_dropout_model {
    ($model:ident, first_coin = $first_coin:expr) => {
        impl $model {
            /// The model with known parameters; `unit` is the time unit of alpha and of every time given to the model.
            ///
            /// # Errors
            /// [`crate::Error::InvalidParameter`] unless k is 1 to 20 and the others are finite and above 0.
            pub fn new(k: u32, r: f64, alpha: f64, a: f64, b: f64, unit: $crate::time::TimeUnit) -> $crate::error::Result<Self> {
                Self::from_numbers(f64::from(k), r, alpha, a, b, unit)
            }

            /// As `new`, for a k that comes as a number among others.
            ///
            /// # Errors
            /// As `new`, also unless k is whole.
            pub fn from_numbers(k: f64, r: f64, alpha: f64, a: f64, b: f64, unit: $crate::time::TimeUnit) -> $crate::error::Result<Self> {
                let check = |name, value| $crate::models::positive(NAME, name, value);
                let k = $crate::models::check_regularity(NAME, k)?;
                Ok($model { k, r: check("r", r)?, alpha: check("alpha", alpha)?, a: check("a", a)?, b: check("b", b)?, unit })
            }

            /// Regularity of the purchases: the intervals between them are Erlang-k.
            pub fn k(&self) -> u32 {
                self.k
            }

            /// Shape of the stage rates.
            pub fn r(&self) -> f64 {
                self.r
            }

            /// Rate parameter of the stage rates, in time units.
            pub fn alpha(&self) -> f64 {
                self.alpha
            }

            /// First shape of the dropout probabilities.
            pub fn a(&self) -> f64 {
                self.a
            }

            /// Second shape of the dropout probabilities.
            pub fn b(&self) -> f64 {
                self.b
            }

            /// Fits by maximum likelihood with the default [`crate::FitOptions`], k included.
            ///
            /// # Errors
            /// [`crate::Error::MissingColumn`] without `log_intervals`; [`crate::Error::NoRepeatPurchases`] if nobody bought again;
            /// [`crate::Error::NotFinite`].
            pub fn fit(customers: &$crate::summary::CustomerSummary) -> $crate::error::Result<$crate::fit::Fitted<Self>> {
                Self::fit_with(customers, &$crate::fit::FitOptions::default())
            }

            /// Fits by maximum likelihood. `options.fix("k", 2.0)` gives k; otherwise k = 1, 2, ... are tried until the likelihood falls, up to
            /// 12 ([`crate::FitReport::regularities`]).
            ///
            /// # Errors
            /// As `fit`, and [`crate::Error::InvalidOption`], [`crate::Error::InvalidParameter`] (start values, k), [`crate::Error::Cancelled`].
            pub fn fit_with(
                customers: &$crate::summary::CustomerSummary,
                options: &$crate::fit::FitOptions,
            ) -> $crate::error::Result<$crate::fit::Fitted<Self>> {
                Self::fit_patterns(&$crate::patterns::Patterns::of(customers), options)
            }

            /// Fits to patterns, which may carry weights.
            ///
            /// # Errors
            /// As `fit_with`.
            pub fn fit_patterns(
                patterns: &$crate::patterns::Patterns,
                options: &$crate::fit::FitOptions,
            ) -> $crate::error::Result<$crate::fit::Fitted<Self>> {
                $crate::models::erlang_dropout_fit::fit(NAME, $first_coin, patterns, options, |k, p| {
                    Self::new(k, p[0], p[1], p[2], p[3], patterns.unit())
                })
            }

            fn kernel(&self) -> $crate::models::erlang_dropout::ErlangDropout {
                let $model { k, r, alpha, a, b, .. } = *self;
                $crate::models::erlang_dropout::ErlangDropout { k, r, alpha, a, b, first_coin: $first_coin }
            }
        }

        impl $crate::models::Model for $model {
            fn name(&self) -> &'static str {
                NAME
            }

            fn parameters(&self) -> Vec<(&'static str, f64)> {
                vec![("k", f64::from(self.k)), ("r", self.r), ("alpha", self.alpha), ("a", self.a), ("b", self.b)]
            }
        }

        impl $crate::models::PurchaseModel for $model {
            fn unit(&self) -> $crate::time::TimeUnit {
                self.unit
            }

            fn ln_likelihood(&self, history: &$crate::summary::History) -> f64 {
                self.kernel().ln_likelihood(history)
            }

            fn p_alive(&self, history: &$crate::summary::History) -> f64 {
                self.kernel().p_alive(history)
            }

            fn p_dead(&self, history: &$crate::summary::History) -> f64 {
                self.kernel().p_dead(history)
            }

            fn survival_if_alive(&self, history: &$crate::summary::History, t: f64) -> f64 {
                self.kernel().living(history).survival(t)
            }

            fn purchases_if_alive(&self, history: &$crate::summary::History, from: f64, to: f64) -> f64 {
                self.kernel().living(history).purchases_between(from, to)
            }

            fn pmf_if_alive(&self, history: &$crate::summary::History, n: u32, t: f64) -> f64 {
                self.kernel().living(history).pmf(n, t)
            }

            fn activity_if_alive(&self, history: &$crate::summary::History, from: f64, to: f64) -> f64 {
                self.kernel().living(history).activity(from, to)
            }

            fn expectation(&self, t: f64) -> f64 {
                self.kernel().expectation(t)
            }

            fn pmf_between(&self, n: u32, from: f64, to: f64) -> f64 {
                self.kernel().pmf_between(n, from, to)
            }

            fn purchase_rate(&self, history: &$crate::summary::History) -> f64 {
                self.kernel().purchase_rate(history)
            }

            fn dropout(&self, history: &$crate::summary::History) -> f64 {
                self.kernel().dropout(history)
            }

            fn pmf(&self, n: u32, t: f64) -> f64 {
                self.kernel().pmf(n, t)
            }

            fn history_of(&self, customers: &$crate::summary::CustomerSummary, i: usize) -> $crate::summary::History {
                customers.history_at(i)
            }

            /// The time since the last purchase counts, too, as the next one is the likelier the longer it is.
            fn future_key(&self, history: &$crate::summary::History) -> (u64, u64, u64) {
                (u64::from(history.frequency()), history.age().to_bits(), history.recency().to_bits())
            }

            fn map(
                &self,
                customers: &$crate::summary::CustomerSummary,
                quantity: $crate::models::Quantity,
            ) -> $crate::error::Result<Vec<f64>> {
                let needs_intervals = self.k > 1 && matches!(quantity, $crate::models::Quantity::LnLikelihood);
                if needs_intervals && customers.log_intervals().is_none() {
                    return Err($crate::models::erlang_dropout_fit::missing_intervals(NAME));
                }
                $crate::models::map_kernels(self, customers, quantity)
            }
        }

        impl $crate::models::DiscountedPurchases for $model {
            fn discounted_if_alive(&self, history: &$crate::summary::History, delta: f64, horizon: Option<f64>) -> f64 {
                self.kernel().living(history).discounted(delta, horizon)
            }
        }

        impl $crate::simulation::Simulate for $model {
            fn draw(&self, random: &mut $crate::simulation::RandomStream, until: f64, purchases: &mut Vec<f64>) -> Option<f64> {
                self.kernel().draw(random, until, purchases)
            }
        }
    };
}
pub(super) use erlang_dropout_model;
