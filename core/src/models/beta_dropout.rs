//! The future of a customer who is alive, when purchases are Poisson and dropout may follow each purchase.
//!
//! λ ~ Gamma(r, α), p ~ Beta(a, b) independent; purchases at rate λ, after each the customer drops out with probability p. BG/NBD and its
//! relatives differ only in m, the number of coins tossed before the first repeat purchase.

use super::Model;
use super::beta_dropout_fit::BetaDropoutObjective;
use super::with_covariates::CovariateProcess;
use crate::error::{Error, Result};
use crate::fit::{Dimension, FitContext, FitOptions, Fitted, Parameter, finish};
use crate::patterns::Patterns;
use crate::simulation::{RandomStream, gap};
use crate::special::{
    GAUSS_LEGENDRE_20, beta_expectation, falling_integral, ln_discounted_power, ln_negative_binomial, ln_pochhammer,
    negative_binomial_tail, softplus,
};
use crate::summary::History;

/// Above this many terms a quadrature is cheaper than the sum.
const MAX_TERMS: f64 = 2_000.0;
/// More panels than this cost more than the integral over the dropout probability.
const MAX_PANELS: f64 = 8.0;
/// Largest exponent of a factor that must not overflow.
const MAX_EXPONENT: f64 = 600.0;
/// Masses below e^−this are not started from.
const LARGEST_EXPONENT: f64 = 690.0;
/// Relative size at which the rest of a sum no longer matters.
pub(super) const NEGLIGIBLE: f64 = 1e-17;

/// Posterior of a living customer, in the model's time unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct BetaDropout {
    pub(super) r: f64,
    pub(super) alpha: f64,
    pub(super) a: f64,
    pub(super) b: f64,
}

impl BetaDropout {
    /// P(still alive after t) = E[e^(−λ p t)], t ≥ 0.
    pub(super) fn survival(&self, t: f64) -> f64 {
        self.thinned(self.r, t / self.alpha)
    }

    /// Expected rate of purchases at time t, counting the dead as 0: E[λ e^(−λ p t)].
    ///
    /// Fader, Hardie & Lee (2005), derivative of their equation 10; regular at a = 1.
    pub(super) fn rate(&self, t: f64) -> f64 {
        self.r / self.alpha * self.thinned(self.r + 1.0, t / self.alpha)
    }

    /// Expected purchases in (0, t] = E[(1 − e^(−λ p t)) / p], t ≥ 0.
    ///
    /// # Formula
    /// ```text
    /// R(t) = Σ_{j≥1} P(N = j) C_j      N ~ NB(r, t / (α + t)), the purchases if nobody dropped out
    /// C_j  = Σ_{n=1}^{j} B(a, b + n − 1) / B(a, b)
    /// ```
    /// The n-th potential purchase happens if the n − 1 coins before it were survived. All terms are positive, so nothing cancels at a = 1
    /// or for small t, where the closed form with 2F1 does.
    pub(super) fn purchases(&self, t: f64) -> f64 {
        let BetaDropout { r, alpha, a, b } = *self;
        if t <= 0.0 {
            return 0.0;
        }
        let s = t / alpha;
        if terms(r, s) > MAX_TERMS {
            // E[(1 − (1 + p s)^(−r)) / p]; the quotient tends to r s where p underflows.
            let ln_limit = (r * s).ln();
            return beta_expectation(a, b, |ln_p, _| {
                let p_s = ln_p.exp() * s;
                if r * p_s < 1e-17 { ln_limit } else { (-(-r * p_s.ln_1p()).exp_m1()).ln() - ln_p }
            });
        }
        let mut counts = Counts::new(r, s);
        if counts.n < 1.0 {
            counts.next();
        }
        let (mut n, mut survive, mut purchases) = (1.0, 1.0, 1.0);
        let mut sum = 0.0;
        loop {
            if n >= counts.n {
                let (mass, rest) = counts.next();
                sum += mass * purchases;
                if rest * purchases <= NEGLIGIBLE * sum {
                    return sum;
                }
            }
            survive *= (b + n - 1.0) / (a + b + n - 1.0);
            purchases += survive;
            n += 1.0;
        }
    }

    /// Panels in τ = ln(1 + u / α) over which 20 Gauss-Legendre nodes resolve e^(−δ u) R(u) on (0, t].
    fn panels(&self, delta: f64, t: f64) -> f64 {
        let length = (t / self.alpha).ln_1p();
        (0.1 * (self.r * length + delta * t) + 0.5 * length).ceil()
    }

    /// ∫₀^t e^(−δ u) dR(u) = e^(−δ t) R(t) + δ ∫₀^t e^(−δ u) R(u) du: a weighted sum of expected purchases, none negative.
    fn discounted_by_parts(&self, delta: f64, t: f64) -> f64 {
        let panels = self.panels(delta, t);
        let width = (t / self.alpha).ln_1p() / panels;
        let mut times = vec![t];
        let mut weights = vec![(-delta * t).exp()];
        for i in 0..panels as u32 {
            let middle = width * (f64::from(i) + 0.5);
            for &(node, weight) in &GAUSS_LEGENDRE_20 {
                for tau in [middle - 0.5 * width * node, middle + 0.5 * width * node] {
                    let u = self.alpha * tau.exp_m1();
                    times.push(u);
                    weights.push(delta * (-delta * u).exp() * 0.5 * width * weight * (self.alpha + u));
                }
            }
        }
        self.weighted_purchases(&times, &weights)
    }

    /// Σ wᵢ R(tᵢ) for many times at once, tᵢ > 0: as Σ_j K_j Σᵢ wᵢ (1 − zᵢ)^r zᵢ^j, where K_j = (r)_j / j! C_j does not depend on time.
    pub(super) fn weighted_purchases(&self, times: &[f64], weights: &[f64]) -> f64 {
        let BetaDropout { r, alpha, a, b } = *self;
        let longest = times.iter().fold(0.0_f64, |longest, &t| longest.max(t)) / alpha;
        // Weights of both signs (a negative discount rate) would defeat the stop rule below.
        let one_sign = weights.iter().all(|&weight| weight >= 0.0);
        if !one_sign || terms(r, longest) > MAX_TERMS || r * longest.ln_1p() > MAX_EXPONENT {
            return times.iter().zip(weights).map(|(&t, weight)| weight * self.purchases(t)).sum();
        }
        let z: Vec<f64> = times.iter().map(|&t| t / (alpha + t)).collect();
        let mut powers: Vec<f64> = times.iter().zip(weights).map(|(&t, weight)| weight * (-r * (t / alpha).ln_1p()).exp()).collect();
        let largest_z = longest / (1.0 + longest);
        let (mut j, mut survive, mut purchases) = (0.0, 1.0, 0.0);
        let mut sum = 0.0;
        loop {
            purchases += survive;
            survive *= (b + j) / (a + b + j);
            // (r)_j / j! goes into the powers, as it would overflow alone.
            let growth = (r + j) / (j + 1.0);
            j += 1.0;
            let mut total = 0.0;
            for (power, z) in powers.iter_mut().zip(&z) {
                *power *= z * growth;
                total += *power;
            }
            let term = purchases * total;
            sum += term;
            let ratio = largest_z * (r + j) / (j + 1.0);
            if ratio < 1.0 && term * ratio <= NEGLIGIBLE * sum * (1.0 - ratio) {
                return sum;
            }
        }
    }

    /// Expected purchases in (from, to], also when the interval is a small part of the time before it.
    pub(super) fn purchases_between(&self, from: f64, to: f64) -> f64 {
        if from <= 0.0 {
            return self.purchases(to);
        }
        let (before, until) = (self.purchases(from), self.purchases(to));
        if until - before > 1e-2 * until {
            return until - before;
        }
        // A mixture of exponential functions of rates up to some (r + 1) / α, smooth on the scale of the time passed.
        falling_integral((from, to), 0.0, |u| self.alpha / (self.r + 1.0) + 4.0 * u, |u| self.rate(u), |_| 1.0)
    }

    /// P(n purchases in (0, t]): that of a new customer with these parameters and no coin before the first purchase.
    pub(super) fn pmf(&self, n: u32, t: f64) -> f64 {
        let BetaDropout { r, alpha, a, b } = *self;
        BetaGeometric { r, alpha, a, b, first_coin: 0.0 }.pmf(n, t)
    }

    /// P(at least one purchase in (from, to]) = E[e^(−λ p from) (1 − e^(−λ (to − from)))].
    pub(super) fn activity(&self, from: f64, to: f64) -> f64 {
        let BetaDropout { r, alpha, a, b } = *self;
        if to <= from {
            return 0.0;
        }
        if from <= 0.0 {
            return -(-r * (to / alpha).ln_1p()).exp_m1();
        }
        beta_expectation(a, b, |ln_p, _| {
            let silent = alpha + ln_p.exp() * from;
            -r * (silent / alpha).ln() + (-(-r * ((to - from) / silent).ln_1p()).exp_m1()).ln()
        })
    }

    /// Discounted expected purchases ∫₀^H e^(−δ t) rate(t) dt; `horizon` `None` is H = ∞, which needs δ > 0.
    ///
    /// Given p, the time integral is a generalised exponential integral; p is integrated out by quadrature.
    pub(super) fn discounted(&self, delta: f64, horizon: Option<f64>) -> f64 {
        let BetaDropout { r, alpha, a, b } = *self;
        match horizon {
            Some(t) if t <= 0.0 => 0.0,
            Some(t) if delta.abs() * t < 1e-17 => self.purchases(t),
            Some(t) if delta > 0.0 && self.panels(delta, t) <= MAX_PANELS => self.discounted_by_parts(delta, t),
            _ => {
                // p underflows only where the power no longer matters.
                let given_p = |ln_p: f64, _| ln_discounted_power(r + 1.0, alpha / ln_p.exp().max(1e-290), delta, horizon);
                r / alpha * beta_expectation(a, b, given_p)
            }
        }
    }

    /// E[(1 + p s)^(−r)], p ~ Beta(a, b), s ≥ 0: as the sum over counts of NB(r, s) with (b)_j / (a + b)_j, or by quadrature.
    fn thinned(&self, r: f64, s: f64) -> f64 {
        let (a, b) = (self.a, self.b);
        if s <= 0.0 {
            return 1.0;
        }
        if terms(r, s) > MAX_TERMS {
            return beta_expectation(a, b, |ln_p, _| -r * (ln_p.exp() * s).ln_1p());
        }
        let mut counts = Counts::of_survivors(r, s, a, b);
        let mut j = counts.n;
        let mut survive = (ln_pochhammer(b, j) - ln_pochhammer(a + b, j)).exp();
        let mut sum = 0.0;
        loop {
            let (mass, rest) = counts.next();
            sum += mass * survive;
            if rest * survive <= NEGLIGIBLE * sum {
                return sum;
            }
            survive *= (b + j) / (a + b + j);
            j += 1.0;
        }
    }
}

/// About how many counts of NB(r, s) carry mass.
pub(super) fn terms(r: f64, s: f64) -> f64 {
    let mean = r * s;
    mean + 10.0 * (mean * (1.0 + s)).sqrt() + 40.0 * (1.0 + s)
}

/// Where a sum over NB(r, s) weighted with (b)_n / (a + b)_n has its mass: the weight favours small counts, and those who survive had about m, the
/// root of m (a + b + m + s a) = r s (b + m).
pub(super) fn survivors_mean(r: f64, s: f64, a: f64, b: f64) -> f64 {
    let half = 0.5 * (r * s - a * (1.0 + s) - b);
    let root = half.hypot((r * s * b).sqrt());
    // The root without cancellation.
    if half > 0.0 { half + root } else { r * s * b / (root - half) }
}

/// The count of NB(r, s) below which a sum with its mass around `mean` has nothing.
pub(super) fn first_count(r: f64, s: f64, mean: f64) -> f64 {
    let ln_mass = |n: f64| ln_negative_binomial(n, r, s);
    // Below twelve standard deviations nothing is left.
    let mut n = (mean - 12.0 * (mean * (1.0 + s)).sqrt()).floor().max(0.0);
    if ln_mass(n) < -LARGEST_EXPONENT {
        // Up to where the masses, which rise to the mode, can be held.
        let mut held = (r * s).floor();
        while held - n > 1.0 {
            let middle = (0.5 * (n + held)).floor();
            if ln_mass(middle) < -LARGEST_EXPONENT { n = middle } else { held = middle }
        }
        n = held;
    }
    n
}

/// The probabilities of NB(r, z = s / (1 + s)) from the first count that matters on.
pub(super) struct Counts {
    r: f64,
    z: f64,
    /// The count whose probability comes next.
    pub(super) n: f64,
    mass: f64,
}

impl Counts {
    pub(super) fn new(r: f64, s: f64) -> Self {
        Self::around(r, s, r * s)
    }

    /// The same for a sum weighted with (b)_n / (a + b)_n, the share that survives n coins.
    pub(super) fn of_survivors(r: f64, s: f64, a: f64, b: f64) -> Self {
        Self::around(r, s, survivors_mean(r, s, a, b))
    }

    fn around(r: f64, s: f64, mean: f64) -> Self {
        let n = first_count(r, s, mean);
        Counts { r, z: s / (1.0 + s), n, mass: ln_negative_binomial(n, r, s).exp() }
    }

    /// P(N = n), and a bound on P(N > n) (infinite before the mode).
    pub(super) fn next(&mut self) -> (f64, f64) {
        let ratio = self.z * (self.r + self.n) / (self.n + 1.0);
        let rest = if ratio < 1.0 { self.mass * ratio / (1.0 - ratio) } else { f64::INFINITY };
        let mass = self.mass;
        self.mass *= ratio;
        self.n += 1.0;
        (mass, rest)
    }
}

/// The parameters of BG/NBD and its relatives.
pub(super) const PARAMETERS: [&str; 4] = ["r", "alpha", "a", "b"];

/// The same with their dimensions.
pub(super) fn described() -> Vec<Parameter> {
    Parameter::all(PARAMETERS, [Dimension::Number, Dimension::Time, Dimension::Number, Dimension::Number])
}

/// What covariates of a process move.
pub(super) fn moves(process: CovariateProcess) -> &'static [(usize, f64)] {
    match process {
        CovariateProcess::Purchase => &[(1, -1.0)],
        CovariateProcess::Dropout => &[(2, 1.0), (3, 1.0)],
        CovariateProcess::Shared => &[(1, -1.0), (2, 1.0), (3, 1.0)],
        CovariateProcess::A => &[(2, 1.0)],
        CovariateProcess::B => &[(3, 1.0)],
        CovariateProcess::Alpha | CovariateProcess::Beta => &[],
    }
}

/// BG/NBD and its relatives: prior parameters, and m, the number of coins tossed before the first repeat purchase (0 or 1).
///
/// ```text
/// A = B(a, b + x + m) / B(a, b)         (r)_x α^r (α + T)^−(r+x)        alive at T
/// D = B(a + 1, b + x − 1 + m) / B(a, b) (r)_x α^r (α + t_x)^−(r+x)      dead; 0 where x + m = 0
/// ```
/// Fader, Hardie & Lee (2005), eq. 6, for m = 0; Batislam, Denizel & Filiztekin (2007) for m = 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct BetaGeometric {
    pub(super) r: f64,
    pub(super) alpha: f64,
    pub(super) a: f64,
    pub(super) b: f64,
    pub(super) first_coin: f64,
}

impl BetaGeometric {
    /// Fits r, α, a, b.
    pub(super) fn fit<M: Model>(
        name: &'static str,
        first_coin: f64,
        patterns: &Patterns,
        options: &FitOptions,
        build: impl Fn(&[f64]) -> Result<M>,
    ) -> Result<Fitted<M>> {
        let objective = BetaDropoutObjective::new(patterns, first_coin, options.thread_limit());
        let context = FitContext {
            model: name,
            unit: Some(patterns.unit()),
            parameters: described(),
            customers: patterns.customers(),
            patterns: patterns.len(),
            starts: starts(patterns).ok_or(Error::NoRepeatPurchases { model: name, customers: patterns.customers() })?,
            warnings: Vec::new(),
        };
        finish(context, &objective, options, build)
    }

    /// ln(D / A); −∞ where nobody can have dropped out.
    fn ln_odds_dead(&self, history: &History) -> f64 {
        let BetaGeometric { r, alpha, a, b, first_coin } = *self;
        let (x, t_x, t_cal) = history.parts();
        let coins = x + first_coin;
        if coins > 0.0 { a.ln() - (b + coins - 1.0).ln() + (r + x) * ((t_cal - t_x) / (alpha + t_x)).ln_1p() } else { f64::NEG_INFINITY }
    }

    /// ln(A + D), with A factored out.
    pub(super) fn ln_likelihood(&self, history: &History) -> f64 {
        let BetaGeometric { r, alpha, a, b, first_coin } = *self;
        let (x, _, t_cal) = history.parts();
        let coins = x + first_coin;
        let ln_purchases = ln_pochhammer(r, x) - r * (t_cal / alpha).ln_1p() - x * (alpha + t_cal).ln();
        let ln_coins = ln_pochhammer(b, coins) - ln_pochhammer(a + b, coins);
        ln_purchases + ln_coins + softplus(self.ln_odds_dead(history))
    }

    /// A / (A + D).
    pub(super) fn p_alive(&self, history: &History) -> f64 {
        (-softplus(self.ln_odds_dead(history))).exp()
    }

    /// D / (A + D), which keeps its digits where it is small.
    pub(super) fn p_dead(&self, history: &History) -> f64 {
        (-softplus(-self.ln_odds_dead(history))).exp()
    }

    /// E[λ | x, t_x, T]: λ is Gamma(r + x, α + T) of the living and Gamma(r + x, α + t_x) of the dead.
    pub(super) fn purchase_rate(&self, history: &History) -> f64 {
        let (x, t_x, t_cal) = history.parts();
        let alive = self.p_alive(history);
        (self.r + x) * (alive / (self.alpha + t_cal) + self.p_dead(history) / (self.alpha + t_x))
    }

    /// E[p | x, t_x, T]: p is Beta(a, b + x + m) of the living and Beta(a + 1, b + x + m − 1) of the dead.
    pub(super) fn dropout(&self, history: &History) -> f64 {
        let coins = f64::from(history.frequency()) + self.first_coin;
        (self.a + self.p_dead(history)) / (self.a + self.b + coins)
    }

    /// P(n purchases in (from, to]) of a new customer: given p, λ of the living at `from` is Gamma(r, α + p from).
    ///
    /// With m coins before the first purchase
    /// ```text
    /// E[(1 − p)^m (1 + p from / α)^−r {(1 − p)^n P(N = n) + [n > 0] p (1 − p)^(n−1) P(N ≥ n)}] + [n = 0] P(dead at `from`)
    /// ```
    /// N ~ NB(r, (to − from) / (α + p from)). Every term is an integral over p of its own, as each has one peak.
    pub(super) fn pmf_between(&self, n: u32, from: f64, to: f64) -> f64 {
        let BetaGeometric { r, alpha, a, b, first_coin } = *self;
        if from <= 0.0 {
            return self.pmf(n, to);
        }
        if to <= from {
            return if n > 0 { 0.0 } else { 1.0 };
        }
        let n = f64::from(n);
        let ln_alive = |ln_p: f64, ln_q: f64| first_coin * ln_q - r * (ln_p.exp() * from / alpha).ln_1p();
        let odds = |ln_p: f64| (to - from) / (alpha + ln_p.exp() * from);
        let alive = beta_expectation(a, b, |ln_p, ln_q| ln_alive(ln_p, ln_q) + n * ln_q + ln_negative_binomial(n, r, odds(ln_p)));
        if n > 0.0 {
            let dropped =
                |ln_p: f64, ln_q: f64| ln_alive(ln_p, ln_q) + ln_p + (n - 1.0) * ln_q + negative_binomial_tail(n, r, odds(ln_p)).ln();
            alive + beta_expectation(a, b, dropped)
        } else {
            alive + beta_expectation(a, b, |ln_p, ln_q| (-ln_alive(ln_p, ln_q).exp_m1()).ln())
        }
    }

    /// The customer, if alive.
    pub(super) fn posterior(&self, history: &History) -> BetaDropout {
        let (x, _, t_cal) = history.parts();
        BetaDropout { r: self.r + x, alpha: self.alpha + t_cal, a: self.a, b: self.b + x + self.first_coin }
    }

    /// E[X(t)]: the share b / (a + b) survives a first coin.
    pub(super) fn expectation(&self, t: f64) -> f64 {
        let BetaGeometric { r, alpha, a, b, first_coin } = *self;
        let survived = if first_coin > 0.0 { b / (a + b) } else { 1.0 };
        survived * BetaDropout { r, alpha, a, b: b + first_coin }.purchases(t)
    }

    /// P(X(t) = n): alive after n, or dropped out with the n-th (Fader, Hardie & Lee 2005, eq. 8, its sum as an incomplete beta function).
    pub(super) fn pmf(&self, n: u32, t: f64) -> f64 {
        let BetaGeometric { r, alpha, a, b, first_coin } = *self;
        let (n, s) = (f64::from(n), t / alpha);
        let coins = n + first_coin;
        let ln_survived = ln_pochhammer(b, coins) - ln_pochhammer(a + b, coins);
        let ln_counted = match (s > 0.0, n > 0.0) {
            (true, _) => ln_negative_binomial(n, r, s),
            (false, false) => 0.0,
            (false, true) => f64::NEG_INFINITY,
        };
        let alive = (ln_survived + ln_counted).exp();
        if coins > 0.0 { alive + a / (b + coins - 1.0) * ln_survived.exp() * negative_binomial_tail(n, r, s) } else { alive }
    }
}

impl BetaGeometric {
    /// Draws a customer; see [`crate::simulation::Simulate::draw`].
    pub(super) fn draw(&self, random: &mut RandomStream, until: f64, purchases: &mut Vec<f64>) -> Option<f64> {
        let rate = random.gamma(self.r, self.alpha);
        let dropout = random.beta(self.a, self.b);
        if self.first_coin > 0.0 && random.uniform() < dropout {
            return Some(0.0);
        }
        let mut time = gap(random, rate);
        while time <= until {
            purchases.push(time);
            if random.uniform() < dropout {
                return Some(time);
            }
            time += gap(random, rate);
        }
        None
    }
}

/// Deterministic starts: typical shapes, with α such that the mean rate matches the purchases seen; `None` if nobody bought again.
pub(super) fn starts(patterns: &Patterns) -> Option<Vec<Vec<f64>>> {
    let (mut purchases, mut time) = (0.0, 0.0);
    for (history, weight) in patterns.histories().iter().zip(patterns.weights()) {
        let (x, _, t_cal) = history.parts();
        purchases += weight * x;
        time += weight * t_cal;
    }
    let rate = purchases / time;
    (rate > 0.0).then(|| {
        let shapes = [
            (0.5, 1.0, 3.0),
            (1.0, 0.3, 0.2),
            (2.0, 1.0, 10.0),
            (0.2, 0.3, 1.0),
            (5.0, 5.0, 20.0),
            (10.0, 2.0, 2.0),
            (2.0, 1.0, 0.1),
            (0.1, 8.0, 8.0),
            (0.5, 0.03, 1.0),
        ];
        // Dropout hides about half of the purchases that the living would make.
        shapes.map(|(r, a, b)| vec![r, 0.5 * r / rate, a, b]).to_vec()
    })
}

/// The methods and traits of a model with parameters r, α, a, b and `first_coin` coins tossed before the first repeat purchase. The module
/// that uses it defines the documented type and its stored form.
macro_rules! beta_geometric_model {
    ($model:ident, $name:literal, first_coin = $first_coin:expr) => {
        const NAME: &str = $name;

        impl $model {
            /// The model with known parameters; `unit` is the time unit of alpha and of every time given to the model.
            ///
            /// # Errors
            /// [`crate::Error::InvalidParameter`] unless all are finite and above 0.
            pub fn new(r: f64, alpha: f64, a: f64, b: f64, unit: $crate::time::TimeUnit) -> $crate::error::Result<Self> {
                let check = |i: usize, value| $crate::models::positive(NAME, $crate::models::beta_dropout::PARAMETERS[i], value);
                Ok($model { r: check(0, r)?, alpha: check(1, alpha)?, a: check(2, a)?, b: check(3, b)?, unit })
            }

            /// Shape of the purchase rates.
            pub fn r(&self) -> f64 {
                self.r
            }

            /// Rate parameter of the purchase rates, in time units.
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

            /// Fits by maximum likelihood with the default [`crate::FitOptions`].
            ///
            /// # Errors
            /// [`crate::Error::NoRepeatPurchases`] if nobody bought again; [`crate::Error::NotFinite`].
            pub fn fit(customers: &$crate::summary::CustomerSummary) -> $crate::error::Result<$crate::fit::Fitted<Self>> {
                Self::fit_with(customers, &$crate::fit::FitOptions::default())
            }

            /// Fits by maximum likelihood.
            ///
            /// # Errors
            /// As `fit`, and [`crate::Error::InvalidOption`], [`crate::Error::UnknownParameter`] (in `fix` or `prior`),
            /// [`crate::Error::InvalidParameter`] (start values), [`crate::Error::Cancelled`].
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
                $crate::models::beta_dropout::BetaGeometric::fit(NAME, $first_coin, patterns, options, |p| {
                    Self::new(p[0], p[1], p[2], p[3], patterns.unit())
                })
            }

            fn kernel(&self) -> $crate::models::beta_dropout::BetaGeometric {
                $crate::models::beta_dropout::BetaGeometric { r: self.r, alpha: self.alpha, a: self.a, b: self.b, first_coin: $first_coin }
            }
        }

        impl $crate::models::Model for $model {
            fn name(&self) -> &'static str {
                NAME
            }

            fn parameters(&self) -> Vec<(&'static str, f64)> {
                $crate::models::beta_dropout::PARAMETERS.into_iter().zip([self.r, self.alpha, self.a, self.b]).collect()
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
                self.kernel().posterior(history).survival(t)
            }

            fn purchases_if_alive(&self, history: &$crate::summary::History, from: f64, to: f64) -> f64 {
                self.kernel().posterior(history).purchases_between(from, to)
            }

            fn pmf_if_alive(&self, history: &$crate::summary::History, n: u32, t: f64) -> f64 {
                self.kernel().posterior(history).pmf(n, t)
            }

            fn activity_if_alive(&self, history: &$crate::summary::History, from: f64, to: f64) -> f64 {
                self.kernel().posterior(history).activity(from, to)
            }

            fn expectation(&self, t: f64) -> f64 {
                self.kernel().expectation(t)
            }

            fn pmf(&self, n: u32, t: f64) -> f64 {
                self.kernel().pmf(n, t)
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
        }

        impl $crate::models::with_covariates::Moved for $model {
            type Unit = $crate::time::TimeUnit;
            type Records = $crate::patterns::Patterns;

            const WITH_COVARIATES: &'static str = concat!($name, " with covariates");

            fn moves(process: $crate::models::CovariateProcess) -> &'static [(usize, f64)] {
                $crate::models::beta_dropout::moves(process)
            }

            fn described() -> Vec<$crate::fit::Parameter> {
                $crate::models::beta_dropout::described()
            }

            fn own_unit(&self) -> $crate::time::TimeUnit {
                self.unit
            }

            fn from_values(p: &[f64], unit: $crate::time::TimeUnit) -> $crate::error::Result<Self> {
                Self::new(p[0], p[1], p[2], p[3], unit)
            }

            fn without_covariates(
                patterns: &$crate::patterns::Patterns,
                options: &$crate::fit::FitOptions,
            ) -> $crate::error::Result<$crate::fit::Fitted<Self>> {
                Self::fit_patterns(patterns, options)
            }

            fn add_record(sums: &mut [f64], parameters: &[f64], patterns: &$crate::patterns::Patterns, i: usize) {
                let (history, weight) = (&patterns.histories()[i], patterns.weights()[i]);
                $crate::models::beta_dropout_fit::add_history(sums, parameters, $first_coin, history, weight);
            }
        }

        impl $crate::models::CovariateBaseline for $model {}

        impl $crate::models::CovariateModel for $model {}

        impl $crate::models::DiscountedPurchases for $model {
            fn discounted_if_alive(&self, history: &$crate::summary::History, delta: f64, horizon: Option<f64>) -> f64 {
                self.kernel().posterior(history).discounted(delta, horizon)
            }

            fn weighted_purchases_if_alive(&self, history: &$crate::summary::History, times: &[f64], weights: &[f64]) -> f64 {
                self.kernel().posterior(history).weighted_purchases(times, weights)
            }
        }

        impl $crate::simulation::Simulate for $model {
            fn draw(&self, random: &mut $crate::simulation::RandomStream, until: f64, purchases: &mut Vec<f64>) -> Option<f64> {
                self.kernel().draw(random, until, purchases)
            }
        }
    };
}
pub(super) use beta_geometric_model;
