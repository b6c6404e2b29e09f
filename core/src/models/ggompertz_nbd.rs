//! GGompertz/NBD: Poisson purchases, Gompertz lifetimes.

use super::ggompertz_nbd_fit::{DeathTimes, EXPONENTIAL, GgompertzNbdObjective, Lifetime, add_history};
use super::pareto_nbd_fit::starts;
use super::with_covariates::Moved;
use super::{CovariateBaseline, CovariateModel, CovariateProcess, DiscountedPurchases, Model, ParetoNbd, PurchaseModel, positive};
use crate::error::{Error, Result};
use crate::fit::{Dimension, FitContext, FitOptions, FitWarning, Fitted, Parameter, finish_with};
use crate::patterns::Patterns;
use crate::simulation::{RandomStream, Simulate, poisson_purchases};
use crate::special::{beta_expectation, ln_gamma, ln_negative_binomial, ln_pochhammer, softplus};
use crate::summary::{CustomerSummary, History};
use crate::time::TimeUnit;

const NAME: &str = "GGompertz/NBD";
const PARAMETERS: [&str; 5] = ["r", "alpha", "b", "s", "beta"];
/// b T of a start where everyone leaves at the same rate from an age on, and such ages, as parts of the longest history.
const DELAY_GROWTH: f64 = 30.0;
const DELAYS: [f64; 2] = [0.1, 0.5];
/// b T and s of a start where the risk grows, and is much the same for all.
const ALIKE_GROWTH: f64 = 2.0;
const ALIKE: f64 = 3.0;
/// b T of a start where some leave at once.
const AT_ONCE_GROWTH: f64 = 18.0;
/// −ln S over the longest history of a start: from where nobody leaves, or everybody at once, no way leads anywhere.
const LOST: std::ops::RangeInclusive<f64> = 0.1..=10.0;
/// b T of an ordinary start.
const ORDINARY_GROWTH: f64 = 5.0;
/// b T of a start beside the ridge, which goes up from there or not at all, and of one on it.
const SLIGHT_GROWTH: f64 = 0.03;
const NO_GROWTH: f64 = 1e-7;
/// Of a fit that did not settle inside: s above which customers no longer differ in their risk, b T above which it is the same at every age from
/// one on, and β below which that follows a loss at once.
const UNIFORM: f64 = 1e4;
const SUDDEN: f64 = 20.0;
const AT_ONCE: f64 = 1e-6;
/// e^−this against the highest value of an integrand is nothing.
const GONE: f64 = 60.0;
/// After so many what is left of an interval is nothing to its end.
const HALVINGS: u32 = 200;

/// The gamma-Gompertz / negative binomial model: customers buy at random, and each one's risk of leaving grows with age.
///
/// # Assumptions
/// 1. While alive, a customer's purchases are Poisson with rate λ.
/// 2. λ varies over customers as Gamma(r, rate α).
/// 3. A customer's lifetime is Gompertz: P(alive at y | η) = exp(−η (e^(b y) − 1)).
/// 4. η varies over customers as Gamma(s, rate β).
/// 5. λ and η are independent.
///
/// | parameter | unit | range |
/// |---|---|---|
/// | r, s, beta (β) | none | > 0 |
/// | alpha (α) | time: the model's unit | > 0 |
/// | b | 1 / time | > 0 |
///
/// Prefer it to Pareto/NBD when old customers leave at another rate than young ones and the history is long enough to show it. As b → 0 with
/// β / b fixed it becomes Pareto/NBD; a fit that ends there says so.
///
/// # Formula
/// ```text
/// S(y) = (β / (β + e^(b y) − 1))^s
/// L    = (r)_x α^r { (α+T)^−(r+x) S(T) + ∫_{t_x}^T (α+u)^−(r+x) (−S'(u)) du }
/// E[Y(t)] = P(alive) (r+x)/(α+T) ∫₀^t S(T+u)/S(T) du
/// ```
/// `DIFFERENCE:` the conditional expectation printed by Bemmaor & Glady (2012) leaves e^(bT) out of the future hazard; the one here follows the
/// individual-level assumptions and agrees with Adler's (2022) correction.
///
/// # References
/// Bemmaor & Glady (2012), Modeling Purchasing Behavior with Sudden "Death", Management Science 58(5); Adler (2022), Comment, Management
/// Science 68(5).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Stored", into = "Stored"))]
pub struct GgompertzNbd {
    r: f64,
    alpha: f64,
    b: f64,
    s: f64,
    beta: f64,
    unit: TimeUnit,
}

impl GgompertzNbd {
    /// The model with known parameters; `unit` is the time unit of alpha, 1 / b and of every time given to the model.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] unless all are finite and above 0.
    pub fn new(r: f64, alpha: f64, b: f64, s: f64, beta: f64, unit: TimeUnit) -> Result<Self> {
        let check = |i: usize, value| positive(NAME, PARAMETERS[i], value);
        Ok(GgompertzNbd { r: check(0, r)?, alpha: check(1, alpha)?, b: check(2, b)?, s: check(3, s)?, beta: check(4, beta)?, unit })
    }

    /// Shape of the purchase rates.
    pub fn r(&self) -> f64 {
        self.r
    }

    /// Rate parameter of the purchase rates, in time units.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Growth of the risk of leaving, per time unit.
    pub fn b(&self) -> f64 {
        self.b
    }

    /// Shape of the death parameters.
    pub fn s(&self) -> f64 {
        self.s
    }

    /// Rate parameter of the death parameters.
    pub fn beta(&self) -> f64 {
        self.beta
    }

    /// Fits by maximum likelihood with the default [`FitOptions`].
    ///
    /// # Errors
    /// [`Error::NoRepeatPurchases`] if nobody bought again; [`Error::NotFinite`].
    pub fn fit(customers: &CustomerSummary) -> Result<Fitted<Self>> {
        Self::fit_with(customers, &FitOptions::default())
    }

    /// Fits by maximum likelihood.
    ///
    /// # Errors
    /// As [`GgompertzNbd::fit`], and [`Error::InvalidOption`], [`Error::UnknownParameter`] (in `fix` or `prior`), [`Error::InvalidParameter`]
    /// (start values), [`Error::Cancelled`].
    pub fn fit_with(customers: &CustomerSummary, options: &FitOptions) -> Result<Fitted<Self>> {
        Self::fit_patterns(&Patterns::of(customers), options)
    }

    /// Fits to patterns, which may carry weights.
    ///
    /// # Errors
    /// As [`GgompertzNbd::fit_with`].
    pub fn fit_patterns(patterns: &Patterns, options: &FitOptions) -> Result<Fitted<Self>> {
        let longest = patterns.histories().iter().fold(0.0_f64, |longest, history| longest.max(history.age()));
        // A Pareto/NBD point (r, α, s, β_P) with a risk that grows e-fold over so many parts of the longest history: β = b β_P.
        let with_growth = |point: &[f64], growth: f64| vec![point[0], point[1], growth / longest, point[2], growth / longest * point[3]];
        // Lifetimes of other shapes, over which as many leave: S = (β / (β + e^(b T) − 1))^s.
        let others = |point: &[f64]| {
            let lost = (point[2] * (longest / point[3]).ln_1p()).clamp(*LOST.start(), *LOST.end());
            // S falls as e^(−b s y) once e^(b y) > β.
            let [soon, late] = DELAYS.map(|part| [DELAY_GROWTH, lost / (DELAY_GROWTH * (1.0 - part)), (DELAY_GROWTH * part).exp()]);
            let alike = [ALIKE_GROWTH, ALIKE, ALIKE_GROWTH.exp_m1() / (lost / ALIKE).exp_m1()];
            // Half of them at once, which is β^s, and the others at one rate.
            let at_once = [AT_ONCE_GROWTH, 0.5 * lost / AT_ONCE_GROWTH, (-AT_ONCE_GROWTH).exp()];
            [soon, late, alike, at_once].map(|[growth, s, beta]| vec![point[0], point[1], growth / longest, s, beta])
        };
        let no_repeats = || Error::NoRepeatPurchases { model: NAME, customers: patterns.customers() };
        let exponential = starts(patterns).ok_or_else(no_repeats)?;
        let (mut point, mut known, mut before) = (exponential[0].clone(), None, 0);
        if !options.has_start() {
            // The best Pareto/NBD lies at the end of a ridge of this model, and is a good place to leave it from.
            let pareto = ParetoNbd::fit_patterns(patterns, &options.unconstrained())?;
            point = vec![pareto.r(), pareto.alpha(), pareto.s(), pareto.beta()];
            before = pareto.report().iterations;
            known = options.is_plain().then(|| with_growth(&point, NO_GROWTH));
        }
        // A penalty pulls to the first start, which is then an ordinary one.
        let first = if known.is_some() { with_growth(&point, SLIGHT_GROWTH) } else { with_growth(&exponential[0], ORDINARY_GROWTH) };
        let starts = std::iter::once(first).chain(others(&point)).collect();
        let context = FitContext {
            model: NAME,
            unit: Some(patterns.unit()),
            parameters: Self::described(),
            customers: patterns.customers(),
            patterns: patterns.len(),
            starts,
            warnings: Vec::new(),
        };
        let objective = GgompertzNbdObjective::of_patterns(patterns, options.thread_limit());
        let mut fitted =
            finish_with(context, &objective, &options.after(before), known, |p| Self::new(p[0], p[1], p[2], p[3], p[4], patterns.unit()))?;
        fitted.report_mut().iterations += before;
        if let Some(ridge) = fitted.ridge(longest, fitted.report().converged()) {
            fitted.warn_of_ridge(ridge);
        }
        Ok(fitted)
    }

    /// The warning of a fit that ended at a simpler lifetime.
    fn ridge(&self, longest: f64, converged: bool) -> Option<FitWarning> {
        let GgompertzNbd { b, s, beta, .. } = *self;
        let ridge = |limit: &str, meaning: String| Some(FitWarning::Ridge { limit: limit.to_owned(), meaning });
        if b * longest < EXPONENTIAL {
            ridge("Pareto/NBD", format!("beta / b = {:.6} is its beta", beta / b))
        } else if converged {
            None
        } else if s > UNIFORM {
            ridge("one Gompertz lifetime for all customers", format!("s / beta = {:.6e} is their eta", s / beta))
        } else if b * longest > SUDDEN && beta < AT_ONCE {
            let left = format!("beta^s = {:.6} of them stay, and leave at the rate b s = {:.6}", beta.powf(s), b * s);
            ridge("some customers leaving at once, the others at one death rate", left)
        } else if b * longest > SUDDEN {
            let (rate, start) = (b * s, beta.ln().max(0.0) / b);
            ridge("one death rate for all customers from an age on", format!("b s = {rate:.6} from ln(beta) / b = {start:.6} on"))
        } else {
            None
        }
    }

    fn lifetime(&self) -> Lifetime {
        Lifetime { b: self.b, s: self.s, beta: self.beta }
    }

    /// The rest of the lifetime of those alive at an age, S(age + u) / S(age): (1 + q (e^(b u) − 1))^−s, 1 / q = 1 + (β − 1) e^(−b age), without
    /// cancellation.
    fn lifetime_from(&self, age: f64) -> Lifetime {
        let passed = -self.b * age;
        Lifetime { b: self.b, s: self.s, beta: self.beta * passed.exp() - passed.exp_m1() }
    }

    fn death_times(&self, history: &History) -> DeathTimes {
        let (x, t_x, t_cal) = history.parts();
        DeathTimes { r: self.r, alpha: self.alpha, lifetime: self.lifetime(), x, t_x, t_cal }
    }

    /// E[λ | x, T, alive]: (r + x) / (α + T).
    fn rate(&self, history: &History) -> f64 {
        let (x, _, t_cal) = history.parts();
        (self.r + x) / (self.alpha + t_cal)
    }

    /// ∫₀^H e^(γ u) S(age + u) / S(age) du, γ > 0.
    ///
    /// The exponent turns once, where the risk of leaving is γ: at a peak for β > 1, where the risk grows, and at its lowest for β < 1. On both sides
    /// only what lies near its highest value is integrated.
    fn compounded_life(&self, age: f64, horizon: f64, growth: f64) -> f64 {
        let lifetime = self.lifetime_from(age);
        let exponent = |u: f64| lifetime.ln_survival(u) + growth * u;
        let shrunk = (lifetime.beta - 1.0) / (self.b * self.s / growth - 1.0);
        let turn = if shrunk > 0.0 { (shrunk.ln() / self.b).clamp(0.0, horizon) } else { 0.0 };
        let least = exponent(0.0).max(exponent(turn)).max(exponent(horizon)) - GONE;
        let side = |low: f64, high: f64| {
            let (top, other) = if exponent(low) > exponent(high) { (low, high) } else { (high, low) };
            if exponent(top) < least {
                return 0.0;
            }
            // The end of what counts, to a hundredth of its length.
            let (mut inside, mut outside) = (top, other);
            for _ in 0..HALVINGS {
                if exponent(outside) > least || (outside - inside).abs() <= 1e-2 * (inside - top).abs() {
                    break;
                }
                let middle = 0.5 * (inside + outside);
                if exponent(middle) > least { inside = middle } else { outside = middle }
            }
            lifetime.discounted_life(0.0, top.min(outside), Some(top.max(outside)), -growth)
        };
        side(0.0, turn) + side(turn, horizon)
    }

    /// P(n purchases in (0, t]) after an age, for a customer with purchase rates Gamma(r, α).
    fn pmf_from(&self, r: f64, alpha: f64, age: f64, n: u32, t: f64) -> f64 {
        let n = f64::from(n);
        if t <= 0.0 {
            return if n > 0.0 { 0.0 } else { 1.0 };
        }
        let lifetime = self.lifetime_from(age);
        let alive = (lifetime.ln_survival(t) + ln_negative_binomial(n, r, t / alpha)).exp();
        // u = t p with p^n taken into a Beta(n + 1, 1), whose density is (n + 1) p^n.
        let ln_counted = ln_pochhammer(r, n) - ln_gamma(n + 1.0);
        let ln_rest = |ln_p: f64| {
            let u = t * ln_p.exp();
            lifetime.ln_death(u) - r * (u / alpha).ln_1p() + n * (t / (alpha + u)).ln()
        };
        alive + beta_expectation(n + 1.0, 1.0, |ln_p, _| ln_rest(ln_p) + ln_counted) * t / (n + 1.0)
    }
}

impl Model for GgompertzNbd {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        PARAMETERS.into_iter().zip([self.r, self.alpha, self.b, self.s, self.beta]).collect()
    }
}

impl PurchaseModel for GgompertzNbd {
    fn unit(&self) -> TimeUnit {
        self.unit
    }

    fn ln_likelihood(&self, history: &History) -> f64 {
        let (ln_alive, ln_dead) = self.death_times(history).ln_alive_and_dead();
        let high = ln_alive.max(ln_dead);
        ln_pochhammer(self.r, f64::from(history.frequency())) + high + (-(ln_alive - ln_dead).abs()).exp().ln_1p()
    }

    fn p_alive(&self, history: &History) -> f64 {
        let (ln_alive, ln_dead) = self.death_times(history).ln_alive_and_dead();
        (-softplus(ln_dead - ln_alive)).exp()
    }

    fn p_dead(&self, history: &History) -> f64 {
        let (ln_alive, ln_dead) = self.death_times(history).ln_alive_and_dead();
        (-softplus(ln_alive - ln_dead)).exp()
    }

    fn survival_if_alive(&self, history: &History, t: f64) -> f64 {
        self.lifetime_from(history.age()).ln_survival(t).exp()
    }

    fn purchases_if_alive(&self, history: &History, from: f64, to: f64) -> f64 {
        self.rate(history) * self.lifetime_from(history.age()).discounted_life(0.0, from, Some(to), 0.0)
    }

    fn pmf_if_alive(&self, history: &History, n: u32, t: f64) -> f64 {
        let (x, _, t_cal) = history.parts();
        self.pmf_from(self.r + x, self.alpha + t_cal, t_cal, n, t)
    }

    /// The first purchase after `from` comes while alive: ∫ r α^r (α+v)^−(r+1) S(T+from+v)/S(T) dv.
    fn activity_if_alive(&self, history: &History, from: f64, to: f64) -> f64 {
        let (x, _, t_cal) = history.parts();
        let (r, alpha, length) = (self.r + x, self.alpha + t_cal, to - from);
        let lifetime = self.lifetime_from(t_cal);
        let first = |ln_p: f64| {
            let v = length * ln_p.exp();
            -(r + 1.0) * (v / alpha).ln_1p() + lifetime.ln_survival(from + v)
        };
        if length > 0.0 { r * length / alpha * beta_expectation(1.0, 1.0, |ln_p, _| first(ln_p)) } else { 0.0 }
    }

    fn expectation(&self, t: f64) -> f64 {
        self.r / self.alpha * self.lifetime().discounted_life(0.0, 0.0, Some(t), 0.0)
    }

    fn pmf(&self, n: u32, t: f64) -> f64 {
        self.pmf_from(self.r, self.alpha, 0.0, n, t)
    }

    /// Being alive at `from` says nothing of λ.
    fn pmf_between(&self, n: u32, from: f64, to: f64) -> f64 {
        let alive = self.lifetime().ln_survival(from);
        let dead = if n == 0 { -alive.exp_m1() } else { 0.0 };
        dead + alive.exp() * self.pmf_from(self.r, self.alpha, from, n, to - from)
    }

    /// Given the time of death u, λ is Gamma(r + x, α + u).
    fn purchase_rate(&self, history: &History) -> f64 {
        let (x, _, _) = history.parts();
        self.death_times(history).mean(|u, _| (self.r + x) / (self.alpha + u))
    }

    /// Given the time of death u, η is Gamma(s + 1, β + e^(b u) − 1); of the living Gamma(s, β + e^(b T) − 1).
    fn dropout(&self, history: &History) -> f64 {
        let lifetime = self.lifetime();
        self.b * self.death_times(history).mean(|u, dead| (self.s + dead) * lifetime.inverse_rate(u))
    }
}

impl Moved for GgompertzNbd {
    type Unit = TimeUnit;
    type Records = Patterns;

    const WITH_COVARIATES: &'static str = "GGompertz/NBD with covariates";

    fn moves(process: CovariateProcess) -> &'static [(usize, f64)] {
        match process {
            CovariateProcess::Purchase => &[(1, -1.0)],
            CovariateProcess::Dropout => &[(4, -1.0)],
            CovariateProcess::Shared => &[(1, -1.0), (4, -1.0)],
            _ => &[],
        }
    }

    fn described() -> Vec<Parameter> {
        Parameter::all(PARAMETERS, [Dimension::Number, Dimension::Time, Dimension::PerTime, Dimension::Number, Dimension::Number])
    }

    fn own_unit(&self) -> TimeUnit {
        self.unit
    }

    fn from_values(p: &[f64], unit: TimeUnit) -> Result<Self> {
        Self::new(p[0], p[1], p[2], p[3], p[4], unit)
    }

    fn without_covariates(patterns: &Patterns, options: &FitOptions) -> Result<Fitted<Self>> {
        Self::fit_patterns(patterns, options)
    }

    fn add_record(sums: &mut [f64], parameters: &[f64], patterns: &Patterns, i: usize) {
        add_history(sums, parameters, &patterns.histories()[i], patterns.weights()[i]);
    }

    fn warning(&self, longest: f64) -> Option<FitWarning> {
        self.ridge(longest, true)
    }
}

impl CovariateBaseline for GgompertzNbd {}

impl CovariateModel for GgompertzNbd {}

impl DiscountedPurchases for GgompertzNbd {
    fn discounted_if_alive(&self, history: &History, delta: f64, horizon: Option<f64>) -> f64 {
        let age = history.age();
        let life = match horizon {
            Some(horizon) if delta < 0.0 => self.compounded_life(age, horizon, -delta),
            _ => self.lifetime_from(age).discounted_life(0.0, 0.0, horizon, delta),
        };
        self.rate(history) * life
    }
}

impl Simulate for GgompertzNbd {
    fn draw(&self, random: &mut RandomStream, until: f64, purchases: &mut Vec<f64>) -> Option<f64> {
        let rate = random.gamma(self.r, self.alpha);
        // exp(−η (e^(b y) − 1)) is uniform at the time of death y.
        let left = (random.exponential() / random.gamma(self.s, self.beta)).ln_1p() / self.b;
        poisson_purchases(random, rate, left.min(until), purchases);
        (left <= until).then_some(left)
    }
}

#[cfg(feature = "serde")]
super::stored::stored_form!(GgompertzNbd { r: f64, alpha: f64, b: f64, s: f64, beta: f64, unit: TimeUnit });
