//! BG/NBD: Poisson purchases, dropout after a purchase.

use super::beta_dropout::{BetaDropout, ln_odds_dead, p_alive_from};
use super::beta_dropout_fit::BetaDropoutObjective;
use super::{DiscountedPurchases, Model, PurchaseModel, positive};
use crate::error::{Error, Result};
use crate::fit::{FitContext, FitOptions, Fitted, finish};
use crate::patterns::Patterns;
use crate::special::{ln_negative_binomial, ln_pochhammer, negative_binomial_tail, softplus};
use crate::summary::{CustomerSummary, History};
use crate::time::TimeUnit;

const NAME: &str = "BG/NBD";
const PARAMETERS: [&str; 4] = ["r", "alpha", "a", "b"];

/// The beta-geometric / negative binomial model: customers buy at random and may leave for good after any repeat purchase.
///
/// # Assumptions
/// 1. While alive, a customer's purchases are Poisson with rate λ.
/// 2. λ varies over customers as Gamma(r, rate α).
/// 3. After every repeat purchase the customer drops out with probability p.
/// 4. p varies over customers as Beta(a, b).
/// 5. λ and p are independent.
///
/// | parameter | unit | range |
/// |---|---|---|
/// | r | none | > 0 |
/// | alpha (α) | time: the model's unit | > 0 |
/// | a, b | none | > 0 |
///
/// Prefer it to Pareto/NBD when purchases are what makes customers leave, and for its speed. A customer without repeat purchases is alive with
/// certainty under assumption 3; where that is not wanted, use a model that also tosses a coin after the first purchase.
///
/// # Limits
/// All quantities hold to about 1e-12 relative, also at a = 1 and for x in the thousands.
///
/// # Examples
/// ```
/// use crm_value::{BgNbd, History, PurchaseModel, TimeUnit};
/// let model = BgNbd::new(0.243, 4.414, 0.793, 2.426, TimeUnit::Week)?;
/// let customer = History::new(2, 30.43, 38.86)?;
/// assert!((model.p_alive(&customer) - 0.7266).abs() < 1e-3);
/// assert!((model.conditional_expectation(&customer, 39.0) - 1.226).abs() < 1e-3);
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2): likelihood eq. 6, E[X(t)] eq. 9,
/// E[Y(t)] eq. 10; Fader, Hardie & Lee (2008), note on P(alive).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Stored", into = "Stored"))]
pub struct BgNbd {
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
    unit: TimeUnit,
}

impl BgNbd {
    /// The model with known parameters; `unit` is the time unit of alpha and of every time given to the model.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] unless all are finite and above 0.
    pub fn new(r: f64, alpha: f64, a: f64, b: f64, unit: TimeUnit) -> Result<Self> {
        let check = |i: usize, value| positive(NAME, PARAMETERS[i], value);
        Ok(BgNbd { r: check(0, r)?, alpha: check(1, alpha)?, a: check(2, a)?, b: check(3, b)?, unit })
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
    /// As [`BgNbd::fit`], and [`Error::InvalidOption`], [`Error::InvalidParameter`] (start values), [`Error::Cancelled`].
    pub fn fit_with(customers: &CustomerSummary, options: &FitOptions) -> Result<Fitted<Self>> {
        Self::fit_patterns(&Patterns::of(customers), options)
    }

    /// Fits to patterns, which may carry weights.
    ///
    /// # Errors
    /// As [`BgNbd::fit_with`].
    pub fn fit_patterns(patterns: &Patterns, options: &FitOptions) -> Result<Fitted<Self>> {
        let objective = BetaDropoutObjective::new(patterns, 0.0, options.thread_limit());
        let context = FitContext {
            model: NAME,
            unit: Some(patterns.unit()),
            names: &PARAMETERS,
            customers: patterns.customers(),
            patterns: patterns.len(),
            starts: starts(patterns).ok_or(Error::NoRepeatPurchases { model: NAME, customers: patterns.customers() })?,
            warnings: Vec::new(),
        };
        finish(context, &objective, options, |p| Self::new(p[0], p[1], p[2], p[3], patterns.unit()))
    }

    fn posterior(&self, history: &History) -> BetaDropout {
        let (x, _, t_cal) = history.parts();
        BetaDropout { r: self.r + x, alpha: self.alpha + t_cal, a: self.a, b: self.b + x }
    }

    fn prior(&self) -> BetaDropout {
        BetaDropout { r: self.r, alpha: self.alpha, a: self.a, b: self.b }
    }

    /// ln of the odds of being dead; −∞ at x = 0.
    fn ln_odds_dead(&self, history: &History) -> f64 {
        let (x, t_x, t_cal) = history.parts();
        if x > 0.0 { ln_odds_dead(self.r, self.alpha, self.a, self.b + x - 1.0, x, t_x, t_cal) } else { f64::NEG_INFINITY }
    }
}

/// Deterministic starts: typical shapes, with α such that the mean rate matches the purchases seen.
fn starts(patterns: &Patterns) -> Option<Vec<Vec<f64>>> {
    let (mut purchases, mut time) = (0.0, 0.0);
    for (history, weight) in patterns.histories().iter().zip(patterns.weights()) {
        let (x, _, t_cal) = history.parts();
        purchases += weight * x;
        time += weight * t_cal;
    }
    let rate = purchases / time;
    (rate > 0.0).then(|| {
        let shapes = [(0.5, 1.0, 3.0), (2.0, 1.0, 10.0), (0.2, 0.3, 1.0), (5.0, 5.0, 20.0), (1.0, 0.1, 5.0), (10.0, 2.0, 2.0)];
        // Dropout hides about half of the purchases that the living would make.
        shapes.map(|(r, a, b)| vec![r, 0.5 * r / rate, a, b]).to_vec()
    })
}

impl Model for BgNbd {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        PARAMETERS.into_iter().zip([self.r, self.alpha, self.a, self.b]).collect()
    }
}

impl PurchaseModel for BgNbd {
    fn unit(&self) -> TimeUnit {
        self.unit
    }

    /// Fader, Hardie & Lee (2005), eq. 6, with the living part factored out.
    fn ln_likelihood(&self, history: &History) -> f64 {
        let (x, _, t_cal) = history.parts();
        let BgNbd { r, alpha, a, b, .. } = *self;
        let ln_purchases = ln_pochhammer(r, x) - r * (t_cal / alpha).ln_1p() - x * (alpha + t_cal).ln();
        let ln_coins = ln_pochhammer(b, x) - ln_pochhammer(a + b, x);
        ln_purchases + ln_coins + softplus(self.ln_odds_dead(history))
    }

    fn p_alive(&self, history: &History) -> f64 {
        p_alive_from(self.ln_odds_dead(history))
    }

    fn survival_if_alive(&self, history: &History, t: f64) -> f64 {
        self.posterior(history).survival(t)
    }

    fn purchases_if_alive(&self, history: &History, from: f64, to: f64) -> f64 {
        let posterior = self.posterior(history);
        if from > 0.0 { posterior.purchases_between(from, to) } else { posterior.purchases(to) }
    }

    fn expectation(&self, t: f64) -> f64 {
        self.prior().purchases(t)
    }

    /// Fader, Hardie & Lee (2005), eq. 8, with the sum of its last term as an incomplete beta function.
    fn pmf(&self, n: u32, t: f64) -> f64 {
        let BgNbd { r, alpha, a, b, .. } = *self;
        let (n, s) = (f64::from(n), t / alpha);
        if s <= 0.0 {
            return if n > 0.0 { 0.0 } else { 1.0 };
        }
        let ln_survived = ln_pochhammer(b, n) - ln_pochhammer(a + b, n);
        let alive = (ln_survived + ln_negative_binomial(n, r, s)).exp();
        if n > 0.0 {
            let dropped_at_n = a / (b + n - 1.0) * ln_survived.exp();
            alive + dropped_at_n * negative_binomial_tail(n, r, s)
        } else {
            alive
        }
    }
}

impl DiscountedPurchases for BgNbd {
    fn discounted_if_alive(&self, history: &History, delta: f64, horizon: Option<f64>) -> f64 {
        self.posterior(history).discounted(delta, horizon)
    }

    fn weighted_purchases_if_alive(&self, history: &History, times: &[f64], weights: &[f64]) -> f64 {
        self.posterior(history).weighted_purchases(times, weights)
    }
}

/// The stored form: small, versioned, without customer data.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
struct Stored {
    model: String,
    version: u32,
    unit: TimeUnit,
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
}

#[cfg(feature = "serde")]
impl From<BgNbd> for Stored {
    fn from(model: BgNbd) -> Self {
        let BgNbd { r, alpha, a, b, unit } = model;
        Stored { model: NAME.to_owned(), version: super::STORED_VERSION, unit, r, alpha, a, b }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Stored> for BgNbd {
    type Error = Error;
    fn try_from(stored: Stored) -> Result<Self> {
        super::check_stored(NAME, &stored.model, stored.version)?;
        BgNbd::new(stored.r, stored.alpha, stored.a, stored.b, stored.unit)
    }
}
