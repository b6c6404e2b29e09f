//! BG/NBD: Poisson purchases, dropout after a purchase.

use super::beta_dropout::BetaGeometric;
use super::{DiscountedPurchases, Model, PurchaseModel, positive};
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::fit::{FitOptions, Fitted};
use crate::patterns::Patterns;
use crate::summary::{CustomerSummary, History};
use crate::time::TimeUnit;

const NAME: &str = "BG/NBD";
const PARAMETERS: [&str; 4] = ["r", "alpha", "a", "b"];
/// The first coin is tossed after the first repeat purchase.
const FIRST_COIN: f64 = 0.0;

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
        BetaGeometric::fit(NAME, &PARAMETERS, FIRST_COIN, patterns, options, |p| Self::new(p[0], p[1], p[2], p[3], patterns.unit()))
    }

    fn kernel(&self) -> BetaGeometric {
        BetaGeometric { r: self.r, alpha: self.alpha, a: self.a, b: self.b, first_coin: FIRST_COIN }
    }
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

    fn ln_likelihood(&self, history: &History) -> f64 {
        self.kernel().ln_likelihood(history)
    }

    fn p_alive(&self, history: &History) -> f64 {
        self.kernel().p_alive(history)
    }

    fn survival_if_alive(&self, history: &History, t: f64) -> f64 {
        self.kernel().posterior(history).survival(t)
    }

    fn purchases_if_alive(&self, history: &History, from: f64, to: f64) -> f64 {
        self.kernel().posterior(history).purchases_between(from, to)
    }

    fn pmf_if_alive(&self, history: &History, n: u32, t: f64) -> f64 {
        self.kernel().posterior(history).pmf(n, t)
    }

    fn activity_if_alive(&self, history: &History, from: f64, to: f64) -> f64 {
        self.kernel().posterior(history).activity(from, to)
    }

    fn expectation(&self, t: f64) -> f64 {
        self.kernel().expectation(t)
    }

    fn pmf(&self, n: u32, t: f64) -> f64 {
        self.kernel().pmf(n, t)
    }
}

impl DiscountedPurchases for BgNbd {
    fn discounted_if_alive(&self, history: &History, delta: f64, horizon: Option<f64>) -> f64 {
        self.kernel().posterior(history).discounted(delta, horizon)
    }

    fn weighted_purchases_if_alive(&self, history: &History, times: &[f64], weights: &[f64]) -> f64 {
        self.kernel().posterior(history).weighted_purchases(times, weights)
    }
}

#[cfg(feature = "serde")]
super::stored::stored_form!(BgNbd { r: f64, alpha: f64, a: f64, b: f64, unit: TimeUnit });
