//! Pareto/NBD: Poisson purchases, exponential lifetimes.

use super::pareto_nbd_fit::{DeathTimes, ParetoNbdObjective, add_history, starts};
use super::with_covariates::Moved;
use super::{CovariateBaseline, CovariateModel, CovariateProcess, DiscountedPurchases, Model, PurchaseModel, positive};
use crate::error::{Error, Result};
use crate::fit::{Dimension, FitContext, FitOptions, Fitted, Parameter, finish};
use crate::patterns::Patterns;
use crate::simulation::{RandomStream, Simulate, poisson_purchases};
use crate::special::{beta_expectation, ln_discounted_power, ln_negative_binomial, ln_pochhammer, power_integral};
use crate::summary::{CustomerSummary, History};
use crate::time::TimeUnit;

const NAME: &str = "Pareto/NBD";
const PARAMETERS: [&str; 4] = ["r", "alpha", "s", "beta"];

/// The Pareto / negative binomial model: customers buy at random and leave at random, whether they buy or not.
///
/// # Assumptions
/// 1. While alive, a customer's purchases are Poisson with rate λ.
/// 2. λ varies over customers as Gamma(r, rate α).
/// 3. A customer's lifetime is exponential with death rate μ.
/// 4. μ varies over customers as Gamma(s, rate β).
/// 5. λ and μ are independent.
///
/// | parameter | unit | range |
/// |---|---|---|
/// | r, s | none | > 0 |
/// | alpha (α), beta (β) | time: the model's unit | > 0 |
///
/// Prefer it to BG/NBD when customers drift away on their own clock rather than after a purchase; one-time buyers are not held for alive for
/// ever. The likelihood is an integral over the time of death, taken by quadrature, where the literature's difference of two hypergeometric
/// functions cancels for frequent buyers.
///
/// # Formula
/// ```text
/// L    = (r)_x α^r β^s { (α+T)^−(r+x) (β+T)^−s + s ∫_{t_x}^T (α+u)^−(r+x) (β+u)^−(s+1) du }
/// P(alive) = first term / both
/// E[Y(t)]  = P(alive) (r+x)/(α+T) ∫₀^t ((β+T)/(β+T+u))^s du
/// ```
///
/// # Limits
/// All quantities hold to about 1e-12 relative, also at s = 1, α = β and for x in the thousands.
///
/// # Examples
/// ```
/// use crm_value::{History, ParetoNbd, PurchaseModel, TimeUnit};
/// let model = ParetoNbd::new(0.553, 10.578, 0.606, 11.669, TimeUnit::Week)?;
/// let customer = History::new(26, 30.857, 31.0)?;
/// assert!((model.p_alive(&customer) - 0.9979).abs() < 1e-4);
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// Schmittlein, Morrison & Colombo (1987), Counting Your Customers, Management Science 33(1); Fader & Hardie (2005), A Note on Deriving the
/// Pareto/NBD Model, eqs. 9 to 41; Fader, Hardie & Lee (2005), RFM and CLV, eq. 2 (DERT).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Stored", into = "Stored"))]
pub struct ParetoNbd {
    r: f64,
    alpha: f64,
    s: f64,
    beta: f64,
    unit: TimeUnit,
}

impl ParetoNbd {
    /// The model with known parameters; `unit` is the time unit of alpha, beta and of every time given to the model.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] unless all are finite and above 0.
    pub fn new(r: f64, alpha: f64, s: f64, beta: f64, unit: TimeUnit) -> Result<Self> {
        let check = |i: usize, value| positive(NAME, PARAMETERS[i], value);
        Ok(ParetoNbd { r: check(0, r)?, alpha: check(1, alpha)?, s: check(2, s)?, beta: check(3, beta)?, unit })
    }

    /// Shape of the purchase rates.
    pub fn r(&self) -> f64 {
        self.r
    }

    /// Rate parameter of the purchase rates, in time units.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Shape of the death rates.
    pub fn s(&self) -> f64 {
        self.s
    }

    /// Rate parameter of the death rates, in time units.
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
    /// As [`ParetoNbd::fit`], and [`Error::InvalidOption`], [`Error::UnknownParameter`] (in `fix` or `prior`), [`Error::InvalidParameter`] (start
    /// values), [`Error::Cancelled`].
    pub fn fit_with(customers: &CustomerSummary, options: &FitOptions) -> Result<Fitted<Self>> {
        Self::fit_patterns(&Patterns::of(customers), options)
    }

    /// Fits to patterns, which may carry weights.
    ///
    /// # Errors
    /// As [`ParetoNbd::fit_with`].
    pub fn fit_patterns(patterns: &Patterns, options: &FitOptions) -> Result<Fitted<Self>> {
        let context = FitContext {
            model: NAME,
            unit: Some(patterns.unit()),
            parameters: Self::described(),
            customers: patterns.customers(),
            patterns: patterns.len(),
            starts: starts(patterns).ok_or(Error::NoRepeatPurchases { model: NAME, customers: patterns.customers() })?,
            warnings: Vec::new(),
        };
        let objective = ParetoNbdObjective::of_patterns(patterns, options.thread_limit());
        finish(context, &objective, options, |p| Self::new(p[0], p[1], p[2], p[3], patterns.unit()))
    }

    fn death_times(&self, history: &History) -> DeathTimes {
        let (x, t_x, t_cal) = history.parts();
        DeathTimes::new((self.r, self.alpha, self.s, self.beta), x, t_x, t_cal)
    }

    /// The posterior of a living customer is a Pareto/NBD of its own: (r + x, α + T, s, β + T).
    fn posterior(&self, history: &History) -> Self {
        let (x, _, t_cal) = history.parts();
        ParetoNbd { r: self.r + x, alpha: self.alpha + t_cal, beta: self.beta + t_cal, ..*self }
    }
}

impl Model for ParetoNbd {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        PARAMETERS.into_iter().zip([self.r, self.alpha, self.s, self.beta]).collect()
    }
}

impl PurchaseModel for ParetoNbd {
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
        (-crate::special::softplus(ln_dead - ln_alive)).exp()
    }

    fn p_dead(&self, history: &History) -> f64 {
        let (ln_alive, ln_dead) = self.death_times(history).ln_alive_and_dead();
        (-crate::special::softplus(ln_alive - ln_dead)).exp()
    }

    fn survival_if_alive(&self, history: &History, t: f64) -> f64 {
        (-self.s * (t / (self.beta + history.age())).ln_1p()).exp()
    }

    fn purchases_if_alive(&self, history: &History, from: f64, to: f64) -> f64 {
        let ParetoNbd { r, alpha, s, beta, .. } = self.posterior(history);
        r / alpha * (-s * (from / beta).ln_1p()).exp() * power_integral(s, beta + from, to - from)
    }

    fn pmf_if_alive(&self, history: &History, n: u32, t: f64) -> f64 {
        self.posterior(history).pmf(n, t)
    }

    /// The first purchase after `from` comes while alive: ∫ r α^r (α+v)^−(r+1) (β/(β+v))^s dv, β counted from there.
    fn activity_if_alive(&self, history: &History, from: f64, to: f64) -> f64 {
        let ParetoNbd { r, alpha, s, beta, .. } = self.posterior(history);
        let length = to - from;
        let first = |ln_p: f64| {
            let v = length * ln_p.exp();
            -(r + 1.0) * (v / alpha).ln_1p() - s * (v / (beta + from)).ln_1p()
        };
        let alive = (-s * (from / beta).ln_1p()).exp();
        if length > 0.0 { alive * r * length / alpha * beta_expectation(1.0, 1.0, |ln_p, _| first(ln_p)) } else { 0.0 }
    }

    fn expectation(&self, t: f64) -> f64 {
        self.r / self.alpha * power_integral(self.s, self.beta, t)
    }

    /// P(X(t) = n) = P(alive at t) NB(n; t) + ∫₀^t (density of death at u) NB(n; u) du; Fader & Hardie (2005), eq. 16.
    fn pmf(&self, n: u32, t: f64) -> f64 {
        let ParetoNbd { r, alpha, s, beta, .. } = *self;
        let n = f64::from(n);
        if t <= 0.0 {
            return if n > 0.0 { 0.0 } else { 1.0 };
        }
        let alive = (-s * (t / beta).ln_1p() + ln_negative_binomial(n, r, t / alpha)).exp();
        // u = t p with p^n taken into a Beta(n + 1, 1), whose density is (n + 1) p^n.
        let ln_counted = ln_pochhammer(r, n) - crate::special::ln_gamma(n + 1.0);
        let ln_rest = |ln_p: f64| {
            let u = t * ln_p.exp();
            -(s + 1.0) * (u / beta).ln_1p() - r * (u / alpha).ln_1p() + n * (t / (alpha + u)).ln()
        };
        let dead = beta_expectation(n + 1.0, 1.0, |ln_p, _| ln_rest(ln_p) + ln_counted) * t * s / beta / (n + 1.0);
        alive + dead
    }

    /// Being alive at `from` says nothing of λ: the living are a Pareto/NBD with β + from.
    fn pmf_between(&self, n: u32, from: f64, to: f64) -> f64 {
        let alive = -self.s * (from / self.beta).ln_1p();
        let dead = if n == 0 { -alive.exp_m1() } else { 0.0 };
        dead + alive.exp() * ParetoNbd { beta: self.beta + from, ..*self }.pmf(n, to - from)
    }

    /// Given the time of death u, λ is Gamma(r + x, α + u).
    fn purchase_rate(&self, history: &History) -> f64 {
        let (x, _, _) = history.parts();
        self.death_times(history).mean(|u, _| (self.r + x) / (self.alpha + u))
    }

    /// Given the time of death u, μ is Gamma(s + 1, β + u); of the living Gamma(s, β + T).
    fn dropout(&self, history: &History) -> f64 {
        self.death_times(history).mean(|u, dead| (self.s + dead) / (self.beta + u))
    }
}

impl Moved for ParetoNbd {
    type Unit = TimeUnit;
    type Records = Patterns;

    const WITH_COVARIATES: &'static str = "Pareto/NBD with covariates";

    fn moves(process: CovariateProcess) -> &'static [(usize, f64)] {
        match process {
            CovariateProcess::Purchase => &[(1, -1.0)],
            CovariateProcess::Dropout => &[(3, -1.0)],
            CovariateProcess::Shared => &[(1, -1.0), (3, -1.0)],
            _ => &[],
        }
    }

    fn described() -> Vec<Parameter> {
        Parameter::all(PARAMETERS, [Dimension::Number, Dimension::Time, Dimension::Number, Dimension::Time])
    }

    fn own_unit(&self) -> TimeUnit {
        self.unit
    }

    fn from_values(p: &[f64], unit: TimeUnit) -> Result<Self> {
        Self::new(p[0], p[1], p[2], p[3], unit)
    }

    fn without_covariates(patterns: &Patterns, options: &FitOptions) -> Result<Fitted<Self>> {
        Self::fit_patterns(patterns, options)
    }

    fn add_record(sums: &mut [f64], parameters: &[f64], patterns: &Patterns, i: usize) {
        add_history(sums, parameters, &patterns.histories()[i], patterns.weights()[i]);
    }
}

impl CovariateBaseline for ParetoNbd {}

impl CovariateModel for ParetoNbd {}

impl DiscountedPurchases for ParetoNbd {
    /// Fader, Hardie & Lee (2005), eq. 2: Tricomi's U is a generalised exponential integral here.
    fn discounted_if_alive(&self, history: &History, delta: f64, horizon: Option<f64>) -> f64 {
        let ParetoNbd { r, alpha, s, beta, .. } = self.posterior(history);
        match horizon {
            Some(t) if t <= 0.0 => 0.0,
            Some(t) if delta.abs() * t < 1e-17 => r / alpha * power_integral(s, beta, t),
            _ => r / alpha * ln_discounted_power(s, beta, delta, horizon).exp(),
        }
    }
}

impl Simulate for ParetoNbd {
    fn draw(&self, random: &mut RandomStream, until: f64, purchases: &mut Vec<f64>) -> Option<f64> {
        let rate = random.gamma(self.r, self.alpha);
        let left = random.exponential() / random.gamma(self.s, self.beta);
        poisson_purchases(random, rate, left.min(until), purchases);
        (left <= until).then_some(left)
    }
}

#[cfg(feature = "serde")]
super::stored::stored_form!(ParetoNbd { r: f64, alpha: f64, s: f64, beta: f64, unit: TimeUnit });
