//! BG/BB: purchases and dropout in discrete time.

use super::bg_bb_fit::{BgBbObjective, starts};
use super::{Model, beta_limit, positive};
use crate::error::{Error, Result};
use crate::fit::{Dimension, FitContext, FitOptions, FitWarning, Fitted, Parameter, finish};
use crate::opportunities::{OpportunityHistory, OpportunitySummary};
use crate::special::{discounted_survival, ln_beta_ratio};

const NAME: &str = "BG/BB";
const PARAMETERS: [&str; 4] = ["alpha", "beta", "gamma", "delta"];

/// The beta-geometric / beta-Bernoulli model: customers who can buy once per opportunity (a season, a yearly appeal, a match day), until they drop
/// out unseen.
///
/// # Assumptions
/// 1. While alive a customer buys at each opportunity with probability p.
/// 2. At the beginning of each opportunity, the first included, the customer drops out for good with probability θ.
/// 3. p varies over customers as Beta(α, β), θ as Beta(γ, δ), independently of each other.
///
/// | parameter | unit | range |
/// |---|---|---|
/// | alpha, beta (α, β) | none | > 0 |
/// | gamma, delta (γ, δ) | none | > 0 |
///
/// α / (α + β) is the mean purchase probability, γ / (γ + δ) the mean dropout probability per opportunity.
///
/// # Formula
/// ```text
/// L             = B(α+x, β+n−x)/B(α,β) B(γ, δ+n)/B(γ,δ) + Σ_{k=t_x}^{n−1} B(α+x, β+k−x)/B(α,β) B(γ+1, δ+k)/B(γ,δ)
/// P(alive at n) = first term / L
/// P(alive at n+m) = P(alive at n) B(γ, δ+n+m) / B(γ, δ+n)
/// E[purchases in (n+m1, n+m2]] = P(alive at n) (α+x)/(α+β+n) Σ_{j=m1+1}^{m2} B(γ, δ+n+j) / B(γ, δ+n)
/// DERT(d)       = P(alive at n) (α+x)/(α+β+n) Σ_{j≥1} B(γ, δ+n+j) / B(γ, δ+n) (1+d)^−j
/// ```
/// L is the probability of one sequence of purchases, without the number of sequences that share x and t_x.
///
/// # Alive when?
/// [`BgBb::p_alive`] is P(alive at opportunity n), the last observed. "P(alive at n + 1)" of the paper and of most programs, which also asks for the
/// coin at the beginning of the next opportunity, is `p_alive_ahead(history, 1)`.
///
/// # Examples
/// ```
/// use crm_value::{BgBb, OpportunityHistory};
/// let donors = BgBb::new(1.204, 0.750, 0.657, 2.783)?;
/// let lapsed = OpportunityHistory::new(4, 5, 6)?;           // gave 4 times in 6 years, not in the last
/// assert!((donors.purchases(&lapsed, 0, 10) - 3.63).abs() < 0.01);
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// Fader, Hardie & Shang (2010), Customer-Base Analysis in a Discrete-Time Noncontractual Setting, Marketing Science 29(6), eqs. 5-14.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Stored", into = "Stored"))]
pub struct BgBb {
    alpha: f64,
    beta: f64,
    gamma: f64,
    delta: f64,
}

/// What the data say of one customer, relative to the probability of the record and of being alive at n.
struct Posterior {
    /// ln L.
    ln_likelihood: f64,
    /// P(alive at n) and its complement.
    alive: f64,
    dead: f64,
    /// E[p], E[θ].
    purchase: f64,
    dropout: f64,
}

impl BgBb {
    /// The model with known parameters.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] unless all are finite and above 0.
    pub fn new(alpha: f64, beta: f64, gamma: f64, delta: f64) -> Result<Self> {
        let checked = |parameter, value| positive(NAME, parameter, value);
        Ok(BgBb {
            alpha: checked("alpha", alpha)?,
            beta: checked("beta", beta)?,
            gamma: checked("gamma", gamma)?,
            delta: checked("delta", delta)?,
        })
    }

    /// First parameter of the purchase probabilities.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Second parameter of the purchase probabilities.
    pub fn beta(&self) -> f64 {
        self.beta
    }

    /// First parameter of the dropout probabilities.
    pub fn gamma(&self) -> f64 {
        self.gamma
    }

    /// Second parameter of the dropout probabilities.
    pub fn delta(&self) -> f64 {
        self.delta
    }

    /// Fits by maximum likelihood with the default [`FitOptions`].
    ///
    /// # Errors
    /// [`Error::NoRepeatPurchases`] if nobody bought again; [`Error::NotFinite`].
    pub fn fit(customers: &OpportunitySummary) -> Result<Fitted<Self>> {
        Self::fit_with(customers, &FitOptions::default())
    }

    /// Fits by maximum likelihood.
    ///
    /// The report counts the customers that the rows stand for, rounded to a whole number.
    ///
    /// # Errors
    /// As [`BgBb::fit`], and [`Error::InvalidOption`], [`Error::UnknownParameter`] (in `fix` or `prior`), [`Error::InvalidParameter`] (start
    /// values), [`Error::Cancelled`].
    pub fn fit_with(customers: &OpportunitySummary, options: &FitOptions) -> Result<Fitted<Self>> {
        let cells = customers.cells();
        let weight: f64 = cells.iter().map(|&(_, weight)| weight).sum();
        let number = weight.round() as usize;
        // The shares of the records of n opportunities sum to 1.
        let mut lengths: Vec<u32> = cells.iter().map(|(history, _)| history.opportunities()).collect();
        lengths.dedup();
        let outcomes = cells.len() - lengths.len();
        let starts = starts(&cells).ok_or(Error::NoRepeatPurchases { model: NAME, customers: number })?;
        let context = FitContext {
            model: NAME,
            unit: None,
            parameters: Parameter::all(PARAMETERS, [Dimension::Number; 4]),
            customers: number,
            patterns: cells.len(),
            starts,
            warnings: Vec::new(),
        };
        let mut fitted = finish(context, &BgBbObjective::new(cells), options, |p| Self::new(p[0], p[1], p[2], p[3]))?;
        let BgBb { alpha, beta, gamma, delta } = *fitted.model();
        if outcomes < PARAMETERS.len() {
            fitted.warn_of_ridge(FitWarning::TooFewOutcomes { outcomes, parameters: PARAMETERS.len() });
            return Ok(fitted);
        }
        let limits = [
            beta_limit(&fitted, alpha, beta, ("purchase", PARAMETERS[0], PARAMETERS[1])),
            beta_limit(&fitted, gamma, delta, ("dropout", PARAMETERS[2], PARAMETERS[3])),
        ];
        for limit in limits.into_iter().flatten() {
            fitted.warn_of_ridge(limit);
        }
        Ok(fitted)
    }

    /// ln L(x, t_x, n): natural log of the probability of one sequence of purchases with this record.
    pub fn ln_likelihood(&self, history: &OpportunityHistory) -> f64 {
        self.posterior(history).ln_likelihood
    }

    /// P(alive at opportunity n | x, t_x, n), in [0, 1].
    pub fn p_alive(&self, history: &OpportunityHistory) -> f64 {
        self.posterior(history).alive
    }

    /// P(alive at opportunity n + `ahead` | x, t_x, n), in [0, 1]; 1 ahead is the P(alive) of the paper.
    pub fn p_alive_ahead(&self, history: &OpportunityHistory, ahead: u32) -> f64 {
        self.p_alive(history) * self.survival_if_alive(history, ahead)
    }

    /// Expected purchases at opportunities n + `from` + 1 to n + `to`; 0 if `to` ≤ `from`.
    pub fn purchases(&self, history: &OpportunityHistory, from: u32, to: u32) -> f64 {
        let (_, n) = parts(history);
        let rate = self.p_alive(history) * self.survival_if_alive(history, from) * self.purchase_if_alive(history);
        rate * discounted_survival(self.gamma, self.delta + n + f64::from(from), 0.0, Some(to.saturating_sub(from)))
    }

    /// P(at least one purchase at opportunities n + `from` + 1 to n + `to`), in [0, 1].
    pub fn p_active(&self, history: &OpportunityHistory, from: u32, to: u32) -> f64 {
        let (x, n) = parts(history);
        let later = BgBb { alpha: self.alpha + x, beta: self.beta + n - x, gamma: self.gamma, delta: self.delta + n + f64::from(from) };
        self.p_alive_ahead(history, from) * later.activity(to.saturating_sub(from))
    }

    /// P(exactly `count` purchases at opportunities n + 1 to n + `ahead` | x, t_x, n).
    pub fn conditional_pmf(&self, history: &OpportunityHistory, count: u32, ahead: u32) -> f64 {
        let (x, n) = parts(history);
        let Posterior { alive, dead, .. } = self.posterior(history);
        let dead = if count == 0 { dead } else { 0.0 };
        let later = BgBb { alpha: self.alpha + x, beta: self.beta + n - x, gamma: self.gamma, delta: self.delta + n };
        dead + alive * later.pmf(count, ahead)
    }

    /// E[X(n)]: expected purchases of a new customer at opportunities 1 to n.
    pub fn expectation(&self, opportunities: u32) -> f64 {
        self.alpha / (self.alpha + self.beta) * discounted_survival(self.gamma, self.delta, 0.0, Some(opportunities))
    }

    /// P(X(n) = x): probability that a new customer buys at exactly `count` of n opportunities.
    ///
    /// # Formula
    /// ```text
    /// P(X(n)=x) = C(n,x) B(α+x, β+n−x)/B(α,β) B(γ, δ+n)/B(γ,δ) + Σ_{k=x}^{n−1} C(k,x) B(α+x, β+k−x)/B(α,β) B(γ+1, δ+k)/B(γ,δ)
    /// ```
    pub fn pmf(&self, count: u32, opportunities: u32) -> f64 {
        let BgBb { alpha, beta, gamma, delta } = *self;
        if count > opportunities {
            return 0.0;
        }
        let x = f64::from(count);
        let mut ln_scale = ln_beta_ratio(beta, alpha, x) + ln_beta_ratio(gamma, delta, x);
        // P(x purchases at k opportunities, alive at k), relative to its value at k = x.
        let (mut alive, mut dead) = (1.0, 0.0);
        for k in count..opportunities {
            let k = f64::from(k);
            dead += alive * gamma / (gamma + delta + k);
            alive *= (k + 1.0) / (k + 1.0 - x) * ((beta + k - x) / (alpha + beta + k)) * ((delta + k) / (gamma + delta + k));
            if alive > HUGE {
                (alive, dead, ln_scale) = (alive / HUGE, dead / HUGE, ln_scale + HUGE.ln());
            }
        }
        (ln_scale + (alive + dead).ln()).exp()
    }

    /// Posterior mean of the purchase probability p, whether the customer is still alive or not.
    pub fn purchase_probability(&self, history: &OpportunityHistory) -> f64 {
        self.posterior(history).purchase
    }

    /// Posterior mean of the dropout probability θ.
    pub fn dropout_probability(&self, history: &OpportunityHistory) -> f64 {
        self.posterior(history).dropout
    }

    /// Discounted expected purchases at opportunities n + 1 to n + `horizon` (`None`: for ever), opportunity n + j divided by (1 + d)^j; kernel of
    /// [`BgBb::dert`] and [`BgBb::dect`], whose ranges of d it expects.
    fn discounted(&self, history: &OpportunityHistory, d: f64, horizon: Option<u32>) -> f64 {
        let (_, n) = parts(history);
        self.p_alive(history) * self.purchase_if_alive(history) * discounted_survival(self.gamma, self.delta + n, d, horizon)
    }

    /// B(γ, δ+n+m) / B(γ, δ+n): P(alive at n + m | alive at n).
    fn survival_if_alive(&self, history: &OpportunityHistory, ahead: u32) -> f64 {
        let (_, n) = parts(history);
        ln_beta_ratio(self.gamma, self.delta + n, f64::from(ahead)).exp()
    }

    /// E[p | alive at n].
    fn purchase_if_alive(&self, history: &OpportunityHistory) -> f64 {
        let (x, n) = parts(history);
        (self.alpha + x) / (self.alpha + self.beta + n)
    }

    /// P(a new customer buys at least once at n opportunities), as a sum over the first purchase.
    fn activity(&self, opportunities: u32) -> f64 {
        let BgBb { alpha, beta, gamma, delta } = *self;
        let (mut term, mut sum) = (alpha / (alpha + beta) * (delta / (gamma + delta)), 0.0);
        for j in 0..opportunities {
            sum += term;
            let j = f64::from(j);
            term *= (beta + j) / (alpha + beta + j + 1.0) * ((delta + j + 1.0) / (gamma + delta + j + 1.0));
        }
        // Rounding must not carry a probability above 1.
        sum.min(1.0)
    }

    fn posterior(&self, history: &OpportunityHistory) -> Posterior {
        let BgBb { alpha, beta, gamma, delta } = *self;
        let (x, n) = parts(history);
        let both = alpha + beta;
        let mut ln_scale = ln_beta_ratio(beta, alpha, x) + ln_beta_ratio(alpha + x, beta, n - x) + ln_beta_ratio(gamma, delta, n);
        // Weights of being alive at n and of having died at k + 1, from the last k on; each is at least as large as the one before.
        let mut alive = 1.0;
        let (mut weight, mut dead, mut purchase, mut dropout) = (0.0, 0.0, 0.0, 0.0);
        for k in (history.recency()..history.opportunities()).rev() {
            let k = f64::from(k);
            let chance = if weight > 0.0 { weight * ((gamma + delta + k + 1.0) / (delta + k)) } else { gamma / (delta + k) };
            weight = chance * ((both + k) / (beta + k - x));
            dead += weight;
            purchase += weight / (both + k);
            dropout += weight / (gamma + delta + k + 1.0);
            if weight > HUGE {
                for value in [&mut alive, &mut weight, &mut dead, &mut purchase, &mut dropout] {
                    *value /= HUGE;
                }
                ln_scale += HUGE.ln();
            }
        }
        let total = alive + dead;
        Posterior {
            ln_likelihood: ln_scale + total.ln(),
            alive: alive / total,
            dead: dead / total,
            purchase: (alpha + x) * (alive / (both + n) + purchase) / total,
            dropout: (gamma * alive / (gamma + delta + n) + (gamma + 1.0) * dropout) / total,
        }
    }
}

/// Running products are scaled down when they exceed this.
const HUGE: f64 = 1e150;

/// (x, n) as the kernels write them.
fn parts(history: &OpportunityHistory) -> (f64, f64) {
    (f64::from(history.frequency()), f64::from(history.opportunities()))
}

/// One value per row of a summary, in its order.
impl BgBb {
    /// Total log-likelihood (natural log, not negated), every row with its weight.
    pub fn log_likelihood(&self, customers: &OpportunitySummary) -> f64 {
        customers.cells().iter().map(|(history, weight)| weight * self.ln_likelihood(history)).sum()
    }

    /// ln L of every row, weights apart.
    pub fn log_likelihoods(&self, customers: &OpportunitySummary) -> Vec<f64> {
        customers.map(|history| self.ln_likelihood(history))
    }

    /// P(alive at opportunity n), the last observed one.
    pub fn probability_alive(&self, customers: &OpportunitySummary) -> Vec<f64> {
        customers.map(|history| self.p_alive(history))
    }

    /// P(alive at opportunity n + `ahead`); 1 ahead is the P(alive) of the paper.
    pub fn probability_alive_ahead(&self, customers: &OpportunitySummary, ahead: u32) -> Vec<f64> {
        customers.map(|history| self.p_alive_ahead(history, ahead))
    }

    /// Expected purchases at the next `ahead` opportunities.
    pub fn expected_purchases(&self, customers: &OpportunitySummary, ahead: u32) -> Vec<f64> {
        customers.map(|history| self.purchases(history, 0, ahead))
    }

    /// Expected purchases at opportunities n + `from` + 1 to n + `to`.
    ///
    /// # Errors
    /// [`Error::Interval`] unless `from` < `to`.
    pub fn expected_purchases_between(&self, customers: &OpportunitySummary, from: u32, to: u32) -> Result<Vec<f64>> {
        check_interval(from, to)?;
        Ok(customers.map(|history| self.purchases(history, from, to)))
    }

    /// Probability of at least one purchase at the next `ahead` opportunities.
    pub fn probability_active(&self, customers: &OpportunitySummary, ahead: u32) -> Vec<f64> {
        customers.map(|history| self.p_active(history, 0, ahead))
    }

    /// Probability of at least one purchase at opportunities n + `from` + 1 to n + `to`.
    ///
    /// # Errors
    /// [`Error::Interval`] unless `from` < `to`.
    pub fn probability_active_between(&self, customers: &OpportunitySummary, from: u32, to: u32) -> Result<Vec<f64>> {
        check_interval(from, to)?;
        Ok(customers.map(|history| self.p_active(history, from, to)))
    }

    /// Probability of exactly `count` purchases at the next `ahead` opportunities.
    pub fn conditional_purchase_probability(&self, customers: &OpportunitySummary, count: u32, ahead: u32) -> Vec<f64> {
        customers.map(|history| self.conditional_pmf(history, count, ahead))
    }

    /// DERT: discounted expected purchases at all opportunities to come; opportunity n + 1 is divided by 1 + d, d per opportunity.
    ///
    /// # Errors
    /// [`Error::UnboundedValue`] unless `d` is finite and above 0.
    pub fn dert(&self, customers: &OpportunitySummary, d: f64) -> Result<Vec<f64>> {
        check_endless_rate(d)?;
        Ok(customers.map(|history| self.discounted(history, d, None)))
    }

    /// DECT: the same up to opportunity n + `horizon`; at d = 0 the expected purchases.
    ///
    /// # Errors
    /// [`Error::DiscountRate`] unless `d` is finite and above -1.
    pub fn dect(&self, customers: &OpportunitySummary, d: f64, horizon: u32) -> Result<Vec<f64>> {
        check_rate(d)?;
        Ok(customers.map(|history| self.discounted(history, d, Some(horizon))))
    }

    /// Posterior mean of the purchase probability p.
    pub fn purchase_probabilities(&self, customers: &OpportunitySummary) -> Vec<f64> {
        customers.map(|history| self.purchase_probability(history))
    }

    /// Posterior mean of the dropout probability θ.
    pub fn dropout_probabilities(&self, customers: &OpportunitySummary) -> Vec<f64> {
        customers.map(|history| self.dropout_probability(history))
    }
}

fn check_interval(from: u32, to: u32) -> Result<()> {
    if from < to { Ok(()) } else { Err(Error::Interval { from: from.into(), to: to.into() }) }
}

/// A rate per period over an endless horizon.
pub(super) fn check_endless_rate(d: f64) -> Result<()> {
    if d > 0.0 && d.is_finite() { Ok(()) } else { Err(Error::UnboundedValue { value: d }) }
}

/// A rate per period over a finite horizon.
pub(super) fn check_rate(d: f64) -> Result<()> {
    if d > -1.0 && d.is_finite() { Ok(()) } else { Err(Error::DiscountRate { value: d }) }
}

impl Model for BgBb {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        PARAMETERS.into_iter().zip([self.alpha, self.beta, self.gamma, self.delta]).collect()
    }
}

#[cfg(feature = "serde")]
super::stored::stored_form!(BgBb { alpha: f64, beta: f64, gamma: f64, delta: f64 });
