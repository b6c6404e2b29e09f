//! Gamma-Gamma: how much customers spend per purchase.

use super::gamma_gamma_fit::{SpendObjective, SpendPatterns};
use super::{Model, SpendModel, missing_spend, positive};
use crate::error::{Error, Result};
use crate::fit::{Dimension, FitContext, FitOptions, FitWarning, Fitted, Parameter, finish};
use crate::parallel;
use crate::simulation::{RandomStream, SimulateSpend};
use crate::special::{ln_beta, ln_beta_prime_quantile, ln_gamma, ln_gamma_quantile, negative_binomial_tail, regularised_incomplete_beta};
use crate::summary::CustomerSummary;

const NAME: &str = "Gamma-Gamma";
const PARAMETERS: [&str; 3] = ["p", "q", "v"];
/// Simulated amounts stay below this, so that their sums stay finite.
const LARGEST_AMOUNT: f64 = 1e290;

/// The gamma-gamma model of spend per purchase.
///
/// # Assumptions
/// 1. A customer's spend per purchase is Gamma(p, rate ν).
/// 2. ν varies over customers as Gamma(q, rate v).
/// 3. Spend is independent of how often customers buy.
///
/// | parameter | unit | range |
/// |---|---|---|
/// | p, q | none | > 0 |
/// | v (γ in the papers) | money | > 0 |
///
/// With q ≤ 1 the mean spend of the population does not exist; the fit says so in its warnings and is not nudged.
///
/// # Formula
/// ```text
/// ln L(z̄ | x)   = −ln z̄ − ln B(p x, q) + q ln(v / (v + x z̄)) + p x ln(x z̄ / (v + x z̄))
/// E[Z | z̄, x]   = p (v + x z̄) / (p x + q − 1),     p x + q > 1
/// E[Z]          = p v / (q − 1),                    q > 1
/// ```
///
/// # Examples
/// ```
/// use crm_value::{GammaGamma, SpendModel};
/// let model = GammaGamma::new(6.25, 3.74, 15.44)?;
/// assert!((model.expected_spend_given(2, 22.35)? - 24.66).abs() < 0.01);
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// Colombo & Jiang (1999), A Stochastic RFM Model, J. Interactive Marketing 13(3); Fader, Hardie & Lee (2005), RFM and CLV, J. Marketing
/// Research 42(4); Fader & Hardie (2013), The Gamma-Gamma Model of Monetary Value, eqs. 1, 5.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Stored", into = "Stored"))]
pub struct GammaGamma {
    p: f64,
    q: f64,
    v: f64,
}

impl GammaGamma {
    /// The model with known parameters.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] unless all are finite and above 0.
    pub fn new(p: f64, q: f64, v: f64) -> Result<Self> {
        Ok(GammaGamma { p: positive(NAME, "p", p)?, q: positive(NAME, "q", q)?, v: positive(NAME, "v", v)? })
    }

    /// Shape of a customer's spend.
    pub fn p(&self) -> f64 {
        self.p
    }

    /// Shape of the spread over customers.
    pub fn q(&self) -> f64 {
        self.q
    }

    /// Rate parameter of the spread over customers, in money.
    pub fn v(&self) -> f64 {
        self.v
    }

    /// E(Z): mean spend per purchase of the population, in money.
    ///
    /// # Errors
    /// [`Error::UndefinedMean`] if q ≤ 1.
    pub fn population_mean_spend(&self) -> Result<f64> {
        if self.q > 1.0 { Ok(self.p * self.v / (self.q - 1.0)) } else { Err(Error::UndefinedMean { q: self.q }) }
    }

    /// Log density of the mean z̄ of x ≥ 1 purchases.
    ///
    /// # Errors
    /// [`Error::NotPositive`] unless `frequency` ≥ 1 and `mean_spend` is finite and above 0.
    pub fn ln_likelihood(&self, frequency: u32, mean_spend: f64) -> Result<f64> {
        let GammaGamma { p, q, v } = *self;
        if frequency == 0 {
            return Err(Error::NotPositive { column: "frequency".to_owned(), row: 0, value: 0.0 });
        }
        if !(mean_spend > 0.0 && mean_spend.is_finite()) {
            return Err(Error::NotPositive { column: "monetary_value".to_owned(), row: 0, value: mean_spend });
        }
        let x = f64::from(frequency);
        let total = x * mean_spend;
        Ok(-mean_spend.ln() - ln_beta(p * x, q) - q * (total / v).ln_1p() - p * x * (v / total).ln_1p())
    }

    /// Log density of x = `amounts.len()` ≥ 1 single purchases of one customer.
    ///
    /// # Formula
    /// ```text
    /// ln L(z₁, …, z_x) = ln Γ(p x + q) − x ln Γ(p) − ln Γ(q) + q ln v + (p − 1) Σ ln zⱼ − (p x + q) ln(v + Σ zⱼ)
    /// ```
    ///
    /// # Errors
    /// [`Error::Empty`]; [`Error::NotPositive`] unless all amounts are finite and above 0.
    pub fn ln_likelihood_purchases(&self, amounts: &[f64]) -> Result<f64> {
        let GammaGamma { p, q, v } = *self;
        if amounts.is_empty() {
            return Err(Error::Empty { what: "purchases".to_owned() });
        }
        if let Some((row, &value)) = amounts.iter().enumerate().find(|&(_, &amount)| !(amount > 0.0 && amount.is_finite())) {
            return Err(Error::NotPositive { column: "amount".to_owned(), row, value });
        }
        let (x, total) = (amounts.len() as f64, amounts.iter().sum::<f64>());
        let logs: f64 = amounts.iter().map(|amount| (amount / total).ln()).sum();
        // −ln B(px, q) − ln z̄ with z̄ = Σ / x is the density of the mean; the rest is that of the shares of the total.
        let mean = total / x;
        let shares = ln_gamma(p * x) - x * ln_gamma(p) + (p - 1.0) * logs + (1.0 - x) * total.ln() - x.ln();
        Ok(-mean.ln() - ln_beta(p * x, q) - q * (total / v).ln_1p() - p * x * (v / total).ln_1p() + shares)
    }

    /// P(Z ≤ `amount`) for the next purchase of a customer with mean z̄ over x repeat purchases; x = 0 asks for a new customer.
    ///
    /// # Formula
    /// ```text
    /// Z / (v + x z̄) is beta-prime(p, p x + q):   P(Z ≤ z) = I_u(p, p x + q),   u = z / (z + v + x z̄)
    /// ```
    ///
    /// # Errors
    /// [`Error::NonFinite`], [`Error::Negative`] for a mean or an amount that is no amount.
    pub fn spend_cdf_given(&self, frequency: u32, mean_spend: f64, amount: f64) -> Result<f64> {
        let (scale, shape) = self.checked_posterior(frequency, mean_spend)?;
        check_amount("amount", amount)?;
        Ok(negative_binomial_tail(self.p, shape, amount / scale))
    }

    /// The `probability`-quantile (0.9: nine purchases in ten are smaller) of the next purchase's amount; exists also where the mean does not.
    ///
    /// # Errors
    /// [`Error::Share`] unless `probability` lies strictly between 0 and 1; [`Error::NonFinite`], [`Error::Negative`] for z̄.
    pub fn spend_quantile_given(&self, frequency: u32, mean_spend: f64, probability: f64) -> Result<f64> {
        check_probability(probability)?;
        Ok(self.purchase_quantile(self.checked_posterior(frequency, mean_spend)?, probability))
    }

    /// The `probability`-quantile of the customer's own mean spend per purchase, p / ν: how well it is known, not how purchases vary around it.
    ///
    /// # Formula
    /// ```text
    /// ν | z̄, x ~ Gamma(p x + q, rate v + x z̄)
    /// ```
    ///
    /// # Errors
    /// As [`GammaGamma::spend_quantile_given`].
    pub fn mean_spend_quantile_given(&self, frequency: u32, mean_spend: f64, probability: f64) -> Result<f64> {
        check_probability(probability)?;
        Ok(self.mean_quantile(self.checked_posterior(frequency, mean_spend)?, probability))
    }

    /// [`GammaGamma::spend_quantile_given`] of every customer, in money.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] without spend; [`Error::Share`].
    pub fn spend_quantile(&self, customers: &CustomerSummary, probability: f64) -> Result<Vec<f64>> {
        check_probability(probability)?;
        self.per_customer(customers, |posterior| self.purchase_quantile(posterior, probability))
    }

    /// [`GammaGamma::mean_spend_quantile_given`] of every customer, in money.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] without spend; [`Error::Share`].
    pub fn mean_spend_quantile(&self, customers: &CustomerSummary, probability: f64) -> Result<Vec<f64>> {
        check_probability(probability)?;
        self.per_customer(customers, |posterior| self.mean_quantile(posterior, probability))
    }

    /// `of` the rate and shape of every customer's posterior.
    fn per_customer(&self, customers: &CustomerSummary, of: impl Fn((f64, f64)) -> f64 + Sync) -> Result<Vec<f64>> {
        if !customers.has_spend() {
            return Err(missing_spend());
        }
        let frequency = customers.frequency();
        Ok(parallel::map(customers.len(), 1_000, |i| of(self.posterior(frequency[i], customers.mean_spend(i).unwrap_or(0.0)))))
    }

    fn purchase_quantile(&self, (scale, shape): (f64, f64), probability: f64) -> f64 {
        scale * ln_beta_prime_quantile(self.p, shape, probability).exp()
    }

    fn mean_quantile(&self, (scale, shape): (f64, f64), probability: f64) -> f64 {
        self.p * scale * (-ln_gamma_quantile(shape, probability)).exp()
    }

    /// v + x z̄ and p x + q: rate and shape of ν given the purchases.
    fn posterior(&self, frequency: u32, mean_spend: f64) -> (f64, f64) {
        let x = f64::from(frequency);
        if frequency == 0 { (self.v, self.q) } else { (self.v + x * mean_spend, self.p * x + self.q) }
    }

    fn checked_posterior(&self, frequency: u32, mean_spend: f64) -> Result<(f64, f64)> {
        if frequency > 0 {
            check_amount("monetary_value", mean_spend)?;
        }
        Ok(self.posterior(frequency, mean_spend))
    }

    /// Fits by maximum likelihood to the mean spends, with the default [`FitOptions`], to the customers with repeat purchases.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] without spend; [`Error::NoRepeatPurchases`] if nobody bought again; [`Error::NotPositive`] if no repeat
    /// customer spent anything; [`Error::NotFinite`].
    pub fn fit(customers: &CustomerSummary) -> Result<Fitted<Self>> {
        Self::fit_with(customers, &FitOptions::default())
    }

    /// Fits by maximum likelihood to the mean spends of the customers with repeat purchases.
    ///
    /// # Errors
    /// As [`GammaGamma::fit`], and [`Error::InvalidOption`], [`Error::UnknownParameter`] (in `fix` or `prior`), [`Error::InvalidParameter`] (start
    /// values), [`Error::Cancelled`].
    pub fn fit_with(customers: &CustomerSummary, options: &FitOptions) -> Result<Fitted<Self>> {
        Self::fit_patterns(&SpendPatterns::of(customers)?, options)
    }

    /// Fits to patterns: mean spends or single purchases, with or without weights.
    ///
    /// # Errors
    /// As [`GammaGamma::fit_with`].
    pub fn fit_patterns(patterns: &SpendPatterns, options: &FitOptions) -> Result<Fitted<Self>> {
        let objective = SpendObjective::new(patterns, options.thread_limit());
        let mut warnings = Vec::new();
        if patterns.zero_spend() > 0 {
            warnings.push(FitWarning::ZeroSpendLeftOut { customers: patterns.zero_spend() });
        }
        let context = FitContext {
            model: NAME,
            unit: None,
            parameters: Parameter::all(PARAMETERS, [Dimension::Number; 3]),
            customers: patterns.customers(),
            patterns: patterns.len(),
            starts: objective.starts(),
            warnings,
        };
        let mut fitted = finish(context, &objective, options, |p| Self::new(p[0], p[1], p[2]))?;
        if fitted.q <= 1.0 {
            let q = fitted.q;
            fitted.warn(FitWarning::UndefinedMean { q });
        }
        if let Some(ridge) = Self::ridge(&fitted) {
            fitted.warn_of_ridge(ridge);
        }
        Ok(fitted)
    }

    /// The limit that a fit ran to: customers who always spend the same, or who differ only by chance.
    fn ridge(fitted: &Fitted<Self>) -> Option<FitWarning> {
        let far = if fitted.report().converged() { 1e6 } else { 1e3 };
        let GammaGamma { p, q, v } = **fitted;
        let (limit, meaning) = if p > far {
            ("every customer always spending the same", format!("p v = {:.6} over a Gamma(q) variable is what a customer spends", p * v))
        } else if q > far {
            ("one mean spend for all customers", format!("p v / q = {:.6} is that mean", p * v / q))
        } else {
            return None;
        };
        Some(FitWarning::Ridge { limit: limit.to_owned(), meaning })
    }
}

impl Model for GammaGamma {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        PARAMETERS.into_iter().zip([self.p, self.q, self.v]).collect()
    }
}

impl SpendModel for GammaGamma {
    /// Fader & Hardie (2013), eq. 5; without repeat purchases the population mean. p x + q > 1 is needed.
    fn expected_spend_given(&self, frequency: u32, mean_spend: f64) -> Result<f64> {
        let GammaGamma { p, q, v } = *self;
        if frequency == 0 {
            return self.population_mean_spend();
        }
        check_amount("monetary_value", mean_spend)?;
        let x = f64::from(frequency);
        let freedom = excess_over_one(p, x, q);
        if freedom > 0.0 { Ok(p * (v + x * mean_spend) / freedom) } else { Err(Error::UndefinedMean { q }) }
    }

    /// Exact: given the history, ν is Gamma(q + p x, rate v + x z̄), and n purchases of shape p sum to Gamma(p n, ν), so their sum S over
    /// that rate is beta prime: P(S ≥ s) = I_w(q + p x, p n), w = (v + x z̄) / (v + x z̄ + s). Needs no mean to exist.
    fn spend_reaches(&self, frequency: u32, mean_spend: f64, n: u32, amount: f64) -> Result<f64> {
        if frequency > 0 {
            check_amount("monetary_value", mean_spend)?;
        }
        if !(amount > 0.0) {
            return Ok(1.0);
        }
        let x = f64::from(frequency);
        let spent = if frequency > 0 { x * mean_spend } else { 0.0 };
        Ok(regularised_incomplete_beta(self.q + self.p * x, self.p * f64::from(n), (self.v + spent) / amount))
    }
}

impl SimulateSpend for GammaGamma {
    fn draw_spend(&self, random: &mut RandomStream, amounts: &mut [f64]) {
        let ln_rate = random.ln_gamma(self.q) - self.v.ln();
        for amount in amounts {
            *amount = (random.ln_gamma(self.p) - ln_rate).exp().clamp(f64::MIN_POSITIVE, LARGEST_AMOUNT);
        }
    }
}

/// p x + q − 1 without rounding in between: near p x + q = 1, where the mean runs off to infinity, half an ulp of p x would be all of it.
fn excess_over_one(p: f64, x: f64, q: f64) -> f64 {
    // a + b and what its rounding took away (Knuth).
    let sum = |a: f64, b: f64| {
        let sum = a + b;
        let b_kept = sum - a;
        (sum, (a - (sum - b_kept)) + (b - b_kept))
    };
    let product = p * x;
    let (with_q, lost_q) = sum(product, q);
    let (excess, lost) = sum(with_q, -1.0);
    excess + (p.mul_add(x, -product) + lost_q + lost)
}

fn check_amount(column: &str, value: f64) -> Result<()> {
    if !value.is_finite() {
        return Err(Error::NonFinite { column: column.to_owned(), row: 0, value });
    }
    if value < 0.0 {
        return Err(Error::Negative { column: column.to_owned(), row: 0, value });
    }
    Ok(())
}

fn check_probability(value: f64) -> Result<()> {
    if value > 0.0 && value < 1.0 { Ok(()) } else { Err(Error::Share { what: "the probability", value }) }
}

#[cfg(feature = "serde")]
super::stored::stored_form!(GammaGamma { p: f64, q: f64, v: f64 });
