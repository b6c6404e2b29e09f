//! Purchases as every k-th stage of a Poisson process, with dropout that may follow each purchase.
//!
//! Stages come at rate λ ~ Gamma(r, α), every k-th one is a purchase, after which the customer drops out with probability p ~ Beta(a, b); the time
//! between purchases is Erlang-k. BG/CNBD-k and MBG/CNBD-k differ only in m, the number of coins tossed before the first repeat purchase;
//! k = 1 is BG/NBD and MBG/NBD.

use super::LARGEST_REGULARITY;
use super::beta_dropout::{NEGLIGIBLE, first_count, survivors_mean, terms};
use crate::simulation::{RandomStream, gap};
use crate::special::{
    BetaNodes, GeometricBeta, beta_expectation, falling_integral, gamma_expectation, gauss_legendre, ln_beta_ratio, ln_negative_binomial,
    ln_pochhammer, negative_binomial_tail, peak_integral, softplus, survived_sum,
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
        let (dropped, survived) = if first_coin > 0.0 { (a / (a + b), b / (a + b)) } else { (0.0, 1.0) };
        let newcomer = self.newcomer();
        let counted = newcomer.over_stages(from, f64::from(n) * f64::from(k), |stages, phase| {
            let completed = (stages - f64::from(phase)) / f64::from(k);
            Stages { k, phase, r: r + stages, alpha: alpha + from, a, b: b + first_coin + completed }.ln_pmf(n, to - from, 0.0)
        });
        let dead = if n == 0 { dropped + survived * newcomer.mortality(from) } else { 0.0 };
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
        if t > 0.0 { self.over_stages(t, 0.0, |_, _| 0.0) } else { 1.0 }
    }

    /// P(dropped out by t), which keeps its digits where it is small: each purchase is the last with probability p, and E[p f(p)] is the mean
    /// of p times that of f under Beta(a + 1, b).
    fn mortality(&self, t: f64) -> f64 {
        self.a / (self.a + self.b) * Living { a: self.a + 1.0, ..*self }.purchases(t)
    }

    /// Expected purchases in (0, t]: Σ_m P(m stages) C_⌊m/k⌋, C_c = Σ_{n≤c} (b)_{n−1} / (a + b)_{n−1}, as the n-th purchase comes if the n − 1
    /// coins before it were survived.
    pub(super) fn purchases(&self, t: f64) -> f64 {
        let (a, b) = (self.a, self.b);
        if t <= 0.0 {
            0.0
        } else if self.takes_many_stages(t) {
            self.over_many_stages(t, 0.0, |c| survived_sum(a, b, c).ln(), |_, _| 0.0)
        } else {
            let (mut survivors, mut purchases) = (1.0, 0.0);
            let (mut stages, mut sum) = (self.stages_after(t, self.r * t / self.alpha), 0.0);
            let mut completed = 0.0;
            loop {
                let (m, mass, rest) = stages.next();
                while (completed + 1.0) * f64::from(self.k) <= m {
                    purchases += survivors;
                    survivors *= (b + completed) / (a + b + completed);
                    completed += 1.0;
                }
                sum += mass * purchases;
                // What is bought in later stages is at most in proportion to them.
                if rest * (purchases + 1.0) <= NEGLIGIBLE * sum {
                    return sum;
                }
            }
        }
    }

    /// Expected purchases in (from, to], also when the interval is a small part of the time before it.
    pub(super) fn purchases_between(&self, from: f64, to: f64) -> f64 {
        if from <= 0.0 {
            return self.purchases(to);
        }
        let (before, until) = (self.purchases(from), self.purchases(to));
        if until - before > 1e-2 * until { until - before } else { self.integrate_rate(from, to, 0.0, 0.0) }
    }

    /// P(n purchases in (0, t]).
    pub(super) fn pmf(&self, n: u32, t: f64) -> f64 {
        self.mean(|stages| stages.pmf(n, t, 0.0))
    }

    /// P(at least one purchase in (from, to]): alive and in some phase at `from`, from where the missing stages come in time.
    pub(super) fn activity(&self, from: f64, to: f64) -> f64 {
        let k = self.k;
        if to <= from {
            0.0
        } else if from <= 0.0 {
            self.mean(|stages| negative_binomial_tail(f64::from(k - stages.phase), stages.r, to / stages.alpha))
        } else {
            let share = (to - from) / (self.alpha + from);
            self.over_stages(from, f64::from(k), |m, phase| negative_binomial_tail(f64::from(k - phase), self.r + m, share).ln())
        }
    }

    /// Σ_m P(m stages since the last purchase known, by the time t) (b)_c / (a + b)_c f(m, phase): c = ⌊m / k⌋ purchases were survived.
    ///
    /// f is a probability, given by its logarithm, and rises with m at most like m^power.
    fn over_stages(&self, t: f64, power: f64, ln_f: impl Fn(f64, u32) -> f64) -> f64 {
        if self.takes_many_stages(t) {
            self.over_many_stages(t, power, |c| ln_beta_ratio(self.a, self.b, c), ln_f)
        } else {
            self.over_few_stages(t, |m, phase| ln_f(m, phase).exp())
        }
    }

    /// The same stage by stage, for any f.
    fn over_few_stages(&self, t: f64, f: impl Fn(f64, u32) -> f64) -> f64 {
        let Living { k, r, alpha, a, b, .. } = *self;
        // A stage is survived at least as often as a coin, of which there is one in k.
        let about = survivors_mean(r, t / alpha, f64::from(k) * a, f64::from(k) * b);
        let mut stages = self.stages_after(t, about);
        let mut completed = (stages.m / f64::from(k)).floor();
        let mut phase = (stages.m - completed * f64::from(k)) as u32;
        let mut survivors = ln_beta_ratio(a, b, completed).exp();
        let mut sum = 0.0;
        loop {
            let (m, mass, rest) = stages.next();
            sum += mass * survivors * f(m, phase);
            if rest * survivors <= NEGLIGIBLE * sum || rest <= f64::MIN_POSITIVE {
                return sum;
            }
            phase += 1;
            if phase == k {
                phase = 0;
                survivors *= (b + completed) / (a + b + completed);
                completed += 1.0;
            }
        }
    }

    /// The same where the stages are too many to go through, with any weight of the purchases completed in place of the share that survives:
    /// the first purchases one by one, and an integral over the number of the later ones, along which each phase's share is smooth.
    ///
    /// All in logarithms: far from their peak, which is searched for, the terms underflow.
    fn over_many_stages(&self, t: f64, power: f64, ln_weight: impl Fn(f64) -> f64, ln_f: impl Fn(f64, u32) -> f64) -> f64 {
        let (k, s) = (f64::from(self.k), t / self.alpha);
        let (growth, elapsed) = (s / (1.0 + s), self.wait / t);
        let ln_norm = self.phase_sum().ln();
        // ln of what c purchases contribute.
        let ln_purchases = |c: f64| {
            let mut mass = 1.0;
            let ln_phases = (0..self.k).map(|phase| {
                let m = c * k + f64::from(phase);
                // Of m stages j < k came while the customer waited.
                let (mut choices, mut before) = (0.0, 1.0);
                for j in 0..self.k {
                    choices += before;
                    before *= (m - f64::from(j)) / f64::from(j + 1) * elapsed;
                }
                let ln_share = (mass * f64::max(choices, 0.0)).ln();
                mass *= growth * (self.r + m) / (m + 1.0);
                ln_share + ln_f(m, phase)
            });
            ln_negative_binomial(c * k, self.r, s) + ln_weight(c) + ln_sum(ln_phases) - ln_norm
        };
        let term = |c: f64| ln_purchases(c).exp();
        // The narrowest changes along c are over √(k c) stages, that is √(c / k) purchases, which shall be several.
        let one_by_one = FEW_PURCHASES * self.k;
        let single: f64 = (0..one_by_one).map(|c| term(f64::from(c))).sum();
        // Σ_{c≥c₀} F(c) = ∫ F from c₀ − ½ on + δF / 24 − 17 δ³F / 5760 + 367 δ⁵F / 967680 − 27859 δ⁷F / 464486400 + ..., central differences at
        // c₀ − ½.
        let at = |offset: i32| term(f64::from(one_by_one as i32 + offset));
        let (first, third, fifth, seventh) = (at(0) - at(-1), at(1) - at(-2), at(2) - at(-3), at(3) - at(-4));
        let third_difference = third - 3.0 * first;
        let fifth_difference = fifth - 5.0 * third + 10.0 * first;
        let seventh_difference = seventh - 7.0 * fifth + 21.0 * third - 35.0 * first;
        let ends = first / 24.0 - 17.0 / 5_760.0 * third_difference + 367.0 / 967_680.0 * fifth_difference
            - 27_859.0 / 464_486_400.0 * seventh_difference;
        let low = (f64::from(one_by_one) - 0.5).ln();
        let high = (terms(self.r + power + k, s) / k + f64::from(one_by_one)).ln();
        // A Poisson probability of n, or of n and more, changes over 1 / √n of the logarithm of its mean, and need not do so at the peak.
        let widest = (4.0 / power.sqrt()).min(1.0);
        (single + ends + peak_integral(|ln_c| ln_purchases(ln_c.exp()) + ln_c, low, high, widest)).max(0.0)
    }

    fn stages_after(&self, t: f64, about: f64) -> StageCounts {
        StageCounts::new(self, t / self.alpha, about)
    }

    fn takes_many_stages(&self, t: f64) -> bool {
        terms(self.r, t / self.alpha) > MAX_TERMS
    }

    /// Expected rate of purchases at time t, the dead counting as 0: that of stages, of those whose next one completes a purchase.
    fn rate(&self, t: f64, dropout: Option<&BetaNodes>) -> f64 {
        let Living { k, r, alpha, a, b, .. } = *self;
        if !self.takes_many_stages(t) {
            return self.over_few_stages(t, |m, phase| if phase + 1 == k { (r + m) / (alpha + t) } else { 0.0 });
        }
        let given = |ln_q: f64| self.ln_rate_given(t / alpha, ln_q);
        let all = match dropout {
            Some(nodes) => nodes.mean(|_, ln_q| given(ln_q).exp()),
            None => beta_expectation(a, b, |_, ln_q| given(ln_q)),
        };
        all / self.phase_sum()
    }

    /// Nodes that serve the rates up to a time, exact relative to those at the start. For a > 1 those who are left much later may have been next to
    /// nobody at first, whom the nodes leave out.
    fn dropout_nodes(&self, until: f64) -> BetaNodes {
        let ln_stages = (1.0 + self.r * until / self.alpha).ln();
        BetaNodes::new(self.a, self.b, -ALIKE - ln_stages, -ALIKE - f64::from(self.k) * ln_stages)
    }

    /// ln of the rate given p, times the sum over the phases.
    ///
    /// With z_l = q^(1/k) e^(2πi l/k) those who survived are in phase k − 1 after m stages with the probability Σ_l z_l^(m−k+1) / k, and the mean of
    /// z^N over N ~ NB(r, s) is (1 + s (1 − z))^−r.
    fn ln_rate_given(&self, s: f64, ln_q: f64) -> f64 {
        let Living { r, alpha, .. } = *self;
        let k = f64::from(self.k);
        let ln_rho = ln_q / k;
        let rho = ln_rho.exp();
        if self.k > 1 && ln_q < FEW_SURVIVE.ln() && r * s * rho < FEW_STAGES {
            return self.ln_rate_of_few(s, ln_q);
        }
        let silent = 1.0 - s * ln_rho.exp_m1();
        // Σ_j w_j (r + j) (z / (1 + s (1 − z)))^j for a root z; `(re, im)` is the quotient.
        let phases = |re: f64, im: f64| {
            let (mut power_re, mut power_im) = (1.0, 0.0);
            let (mut sum_re, mut sum_im) = (0.0, 0.0);
            for (j, weight) in self.phase_weights() {
                let weight = weight * (r + f64::from(j));
                sum_re += weight * power_re;
                sum_im += weight * power_im;
                (power_re, power_im) = (power_re * re - power_im * im, power_re * im + power_im * re);
            }
            (sum_re, sum_im)
        };
        let real = phases(rho / silent, 0.0).0;
        let mut others = 0.0;
        for l in 1..=self.k / 2 {
            let angle = std::f64::consts::TAU * f64::from(l) / k;
            let (root_re, root_im) = (rho * angle.cos(), rho * angle.sin());
            let (re, im) = (1.0 + s * (1.0 - root_re), -s * root_im);
            let squared = re * re + im * im;
            let ln_modulus = -(r + 1.0) * (0.5 * squared.ln() - silent.ln());
            // The further a root is from 1, the less it has left.
            if ln_modulus < -40.0 {
                break;
            }
            let turn = -(k - 1.0) * angle - (r + 1.0) * im.atan2(re);
            let (sum_re, sum_im) = phases((root_re * re + root_im * im) / squared, (root_im * re - root_re * im) / squared);
            let pair = if 2 * l == self.k { 1.0 } else { 2.0 };
            others += pair * ln_modulus.exp() * (turn.cos() * sum_re - turn.sin() * sum_im);
        }
        -(k - 1.0) * ln_rho - (r + 1.0) * silent.ln() + (real + others).max(0.0).ln() - (k * alpha).ln()
    }

    /// The same as the sum over stages, of which the survivors have seen few, where the roots would cancel. The first k − 1 stages are survived for
    /// certain and need no factor, which may underflow where nobody survives a coin.
    fn ln_rate_of_few(&self, s: f64, ln_q: f64) -> f64 {
        let k = f64::from(self.k);
        let rho = (ln_q / k).exp();
        let share = s / (1.0 + s);
        let few = self.r * s * rho + k;
        let mut phases = [0.0; LARGEST_REGULARITY as usize];
        for (j, weight) in self.phase_weights() {
            phases[j as usize] = weight * (-f64::from(j) * s.ln_1p()).exp();
        }
        let mut sum = 0.0;
        let (mut m, mut phase) = (0.0, 0);
        loop {
            let rate = self.r + m;
            if phase + 1 == self.k {
                let came: f64 = phases[..self.k as usize].iter().zip(0..).filter(|&(_, j)| f64::from(j) <= m).map(|(mass, _)| mass).sum();
                let term = came * rate;
                sum += term;
                if m > few && term <= 1e-17 * sum {
                    break;
                }
            }
            let growth = if m + 1.0 < k { share } else { share * rho };
            for (j, mass) in phases[..self.k as usize].iter_mut().enumerate() {
                let since = m - j as f64;
                if since >= 0.0 {
                    *mass *= growth * rate / (since + 1.0);
                }
            }
            m += 1.0;
            phase = if phase + 1 == self.k { 0 } else { phase + 1 };
        }
        sum.ln() - self.r * s.ln_1p() - (self.alpha * (1.0 + s)).ln()
    }

    /// What came before and ∫ e^(−δ u) rate(u) du over (from, to].
    ///
    /// The rate is a mixture of exponentials, smooth on the scale of the time passed, and of oscillations with the stages to a purchase, which are
    /// over after some k² stages.
    fn integrate_rate(&self, from: f64, to: f64, delta: f64, before: f64) -> f64 {
        let stage = self.alpha / (self.r + 1.0);
        let phased = if self.k > 1 { f64::from(2 * self.k * self.k) * stage } else { 0.0 };
        let serves = before > 0.0 || self.a <= 1.0;
        let nodes = (serves && self.takes_many_stages(to)).then(|| self.dropout_nodes(to));
        let rate = |u: f64| self.rate(u, nodes.as_ref());
        let weight = |u: f64| (-delta * u).exp();
        let (mut start, mut sum) = (from, before);
        while start < to.min(phased) {
            let width = (stage + start).min(8.0 * stage).min(10.0 / delta.abs()).min(to - start);
            sum += gauss_legendre(start, start + width, |u| weight(u) * rate(u));
            start += width;
        }
        falling_integral((start, to), sum, |u| (stage + 4.0 * u).min(10.0 / delta.abs()), rate, weight)
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
            Some(t) if delta < 0.0 => self.integrate_rate(0.0, t, delta, 0.0),
            Some(t) if self.takes_many_stages(t) => {
                // As long as the stages are few, and from then on.
                let (mut few, mut many) = (0.0, t);
                while many - few > 1e-2 * many {
                    let middle = 0.5 * (few + many);
                    if self.takes_many_stages(middle) { many = middle } else { few = middle }
                }
                self.integrate_rate(few, t, delta, self.discounted(delta, Some(few)))
            }
            _ => {
                // The rates are below several times their mean and some more.
                let highest = (3.0 * self.r + 60.0) / self.alpha;
                let endless = horizon.is_none().then(|| GeometricBeta::new(self.a, self.b, f64::from(self.k) * (delta / highest).ln_1p()));
                let given = |ln_rate: f64| {
                    let rate = ln_rate.exp();
                    let ln_factor = -(delta / rate).ln_1p();
                    match (horizon, &endless) {
                        (Some(t), _) => self.ln_discounted_until(rate, ln_factor, (rate + delta) * t),
                        (None, Some(series)) => self.phases_discounted(rate, ln_factor) + series.mean(f64::from(self.k) * ln_factor).ln(),
                        (None, None) => f64::NEG_INFINITY,
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

/// ln Σ e^x of up to one number for each phase and one more.
fn ln_sum(logarithms: impl Iterator<Item = f64>) -> f64 {
    let mut kept = [f64::NEG_INFINITY; LARGEST_REGULARITY as usize + 1];
    let (mut count, mut top) = (0, f64::NEG_INFINITY);
    for logarithm in logarithms {
        kept[count] = logarithm;
        top = top.max(logarithm);
        count += 1;
    }
    if top > f64::NEG_INFINITY { top + kept[..count].iter().map(|x| (x - top).exp()).sum::<f64>().ln() } else { top }
}

/// From this many stages on they are not gone through one by one.
const MAX_TERMS: f64 = 1_000.0;
/// Times k: purchases before those that are integrated over.
const FEW_PURCHASES: u32 = 32;
/// e^−30: what changes a function of p by less does not matter.
const ALIKE: f64 = 30.0;
/// 1 − p below which the roots cancel if few stages are survived, too.
const FEW_SURVIVE: f64 = 0.15;
/// How many stages are few.
const FEW_STAGES: f64 = 25.0;

/// The probabilities of the stages by a time t, from the first count that matters on: those of each phase j at T, after which m − j come.
struct StageCounts {
    k: usize,
    r: f64,
    growth: f64,
    /// The count whose probability comes next.
    m: f64,
    masses: [f64; LARGEST_REGULARITY as usize],
}

impl StageCounts {
    /// `about` is where the sum has its mass.
    fn new(customer: &Living, s: f64, about: f64) -> Self {
        let Living { k, r, .. } = *customer;
        let m = first_count(r, s, about);
        let norm = customer.phase_sum();
        let mut masses = [0.0; LARGEST_REGULARITY as usize];
        for (j, weight) in customer.phase_weights() {
            let phase = f64::from(j);
            // Those that are still to come begin with their first probability.
            let ln_mass = ln_negative_binomial((m - phase).max(0.0), r + phase, s);
            masses[j as usize] = weight / norm * ln_mass.exp();
        }
        StageCounts { k: k as usize, r, growth: s / (1.0 + s), m, masses }
    }

    /// m, P(m stages), and a bound on the probability of more (infinite before the mode).
    fn next(&mut self) -> (f64, f64, f64) {
        let m = self.m;
        let (mut mass, mut later) = (0.0, 0.0);
        for (j, phase) in self.masses[..self.k].iter_mut().enumerate() {
            let since = m - j as f64;
            if since >= 0.0 {
                mass += *phase;
                *phase *= self.growth * (self.r + m) / (since + 1.0);
            } else {
                later += *phase;
            }
        }
        self.m += 1.0;
        // Of the last phase the probabilities fall most slowly.
        let ratio = self.growth * (self.r + m) / (m + 2.0 - self.k as f64);
        let falls = later <= 0.0 && (0.0..1.0).contains(&ratio);
        (m, mass, if falls { mass * ratio / (1.0 - ratio) } else { f64::INFINITY })
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
    /// P(n purchases in (0, t]); `first_coin` coins are tossed before the first purchase.
    fn pmf(&self, n: u32, t: f64, first_coin: f64) -> f64 {
        self.ln_pmf(n, t, first_coin).exp()
    }

    /// Its logarithm: alive after n purchases, or dropped out with the n-th. (b)_n / (a + b)_n is the share that survives n coins.
    fn ln_pmf(&self, n: u32, t: f64, first_coin: f64) -> f64 {
        let (s, n) = (t / self.alpha, f64::from(n));
        let coins = n + first_coin;
        let first = (n * f64::from(self.k) - f64::from(self.phase)).max(0.0);
        let last = (n + 1.0) * f64::from(self.k) - f64::from(self.phase) - 1.0;
        let ln_counted = (0..=(last - first) as u32).map(|i| ln_negative_binomial(first + f64::from(i), self.r, s));
        let dropped = if coins > 0.0 { self.a / (self.b + coins - 1.0) * negative_binomial_tail(first, self.r, s) } else { 0.0 };
        ln_beta_ratio(self.a, self.b, coins) + ln_sum(ln_counted.chain([dropped.ln()]))
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
            /// As `fit`, and [`crate::Error::InvalidOption`], [`crate::Error::UnknownParameter`] (in `fix` or `prior`),
            /// [`crate::Error::InvalidParameter`] (start values, k), [`crate::Error::Cancelled`].
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
