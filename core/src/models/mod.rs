//! The models, and the small traits by which everything else sees them.

mod bdw;
mod beta_dropout;
mod beta_dropout_fit;
mod bg_bb;
mod bg_bb_fit;
mod bg_cnbd_k;
mod bg_nbd;
mod erlang_dropout;
mod erlang_dropout_fit;
mod gamma_gamma;
mod gamma_gamma_fit;
mod geometric;
mod ggompertz_nbd;
mod ggompertz_nbd_fit;
mod mbg_cnbd_k;
mod mbg_nbd;
mod mixture_fit;
mod nbd;
mod pareto_nbd;
mod pareto_nbd_fit;
mod retention;
mod sbg;
mod sbg_with_covariates;
#[cfg(feature = "serde")]
mod stored;
mod with_covariates;
mod with_covariates_fit;

pub use bdw::BetaDiscreteWeibull;
pub use bg_bb::BgBb;
pub use bg_cnbd_k::BgCnbdK;
pub use bg_nbd::BgNbd;
pub use gamma_gamma::GammaGamma;
pub use gamma_gamma_fit::SpendPatterns;
pub use geometric::Geometric;
pub use ggompertz_nbd::GgompertzNbd;
pub use mbg_cnbd_k::MbgCnbdK;
pub use mbg_nbd::MbgNbd;
pub use nbd::Nbd;
pub use pareto_nbd::ParetoNbd;
pub use retention::RetentionModel;
pub use sbg::ShiftedBetaGeometric;
pub use with_covariates::{CovariateBaseline, CovariateEffect, CovariateModel, CovariateOptions, CovariateProcess, WithCovariates};

use hashbrown::HashMap;

use crate::error::{Error, Result};
use crate::fit::{FitWarning, Fitted};
use crate::parallel;
use crate::summary::{CustomerSummary, History};
use crate::time::{DiscountRate, Span, TimeUnit};

/// A model's name, time unit and parameters, by which reports and bindings describe it.
pub trait Model: std::fmt::Debug + Send + Sync {
    /// The model's name in the literature, for example `"BG/NBD"`.
    fn name(&self) -> &'static str;

    /// Names and values of the parameters, in the paper's order.
    fn parameters(&self) -> Vec<(&'static str, f64)>;
}

/// What [`PurchaseModel::map`] works out per customer, times in the model's unit.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub enum Quantity {
    LnLikelihood,
    Alive,
    Dead,
    AliveAhead { t: f64 },
    Active { from: f64, to: f64 },
    Purchases { from: f64, to: f64 },
    Count { n: u32, t: f64 },
    PurchaseRate,
    Dropout,
}

/// What [`DiscountedPurchases::map_discounted`] works out per customer, times in the model's unit.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub enum Discounted<'a> {
    Rate { delta: f64, horizon: Option<f64> },
    Schedule { times: &'a [f64], weights: &'a [f64] },
}

/// A model of when customers buy.
///
/// The required methods are kernels: one customer, equations as in the paper, times in the model's [`unit`](PurchaseModel::unit). They expect
/// `t ≥ 0` and finite. The provided methods map them over a [`CustomerSummary`], in parallel, with units and ranges checked; one value per
/// customer, in the summary's order.
pub trait PurchaseModel: Model {
    /// The time unit of the parameters.
    fn unit(&self) -> TimeUnit;

    /// ln L(x, t_x, T): natural log of the likelihood of one history.
    fn ln_likelihood(&self, history: &History) -> f64;

    /// P(alive at T | x, t_x, T), in [0, 1].
    fn p_alive(&self, history: &History) -> f64;

    /// 1 − P(alive), with its digits where it is small.
    #[doc(hidden)]
    fn p_dead(&self, history: &History) -> f64 {
        1.0 - self.p_alive(history)
    }

    /// P(alive at T + t | alive at T, x, t_x, T), in [0, 1].
    fn survival_if_alive(&self, history: &History, t: f64) -> f64;

    /// Expected purchases in (T + from, T + to] of a customer alive at T; 0 ≤ from ≤ to.
    fn purchases_if_alive(&self, history: &History, from: f64, to: f64) -> f64;

    /// P(n purchases in (T, T + t]) of a customer alive at T.
    fn pmf_if_alive(&self, history: &History, n: u32, t: f64) -> f64;

    /// P(at least one purchase in (T + from, T + to]) of a customer alive at T; 0 ≤ from ≤ to.
    fn activity_if_alive(&self, history: &History, from: f64, to: f64) -> f64;

    /// E[X(t)]: expected repeat purchases of a new customer in (0, t].
    fn expectation(&self, t: f64) -> f64;

    /// P(X(t) = n): probability that a new customer makes n repeat purchases in (0, t].
    fn pmf(&self, n: u32, t: f64) -> f64;

    /// P(X(to) − X(from) = n): probability that a new customer makes n repeat purchases in (from, to]; 0 ≤ from ≤ to.
    fn pmf_between(&self, n: u32, from: f64, to: f64) -> f64;

    /// E[λ | x, t_x, T]: posterior mean of the rate at which the customer buys, or bought, while alive; per time unit.
    fn purchase_rate(&self, history: &History) -> f64;

    /// Posterior mean of what makes the customer leave.
    ///
    /// | model | value |
    /// |---|---|
    /// | BG/NBD, MBG/NBD and their CNBD-k | E[p \| x, t_x, T]: probability of leaving after a purchase |
    /// | Pareto/NBD | E[μ \| x, t_x, T]: death rate per time unit |
    /// | GGompertz/NBD | E[b η \| x, t_x, T]: death rate per time unit at age 0 |
    /// | NBD | 0: nobody leaves |
    fn dropout(&self, history: &History) -> f64;

    /// ln P(X(t) = n); `-inf` where the probability is 0.
    fn ln_pmf(&self, n: u32, t: f64) -> f64 {
        self.pmf(n, t).ln()
    }

    /// Expected purchases in (T, T + t] given the history: P(alive) times what a living customer buys.
    fn conditional_expectation(&self, history: &History, t: f64) -> f64 {
        self.p_alive(history) * self.purchases_if_alive(history, 0.0, t)
    }

    /// P(n purchases in (T, T + t] | x, t_x, T): the dead make none.
    fn conditional_pmf(&self, history: &History, n: u32, t: f64) -> f64 {
        let dead = if n == 0 { self.p_dead(history) } else { 0.0 };
        dead + self.p_alive(history) * self.pmf_if_alive(history, n, t)
    }

    /// The history of a customer of a summary.
    #[doc(hidden)]
    fn history_of(&self, customers: &CustomerSummary, i: usize) -> History {
        History::from_checked(customers.frequency()[i], customers.recency()[i], customers.age()[i])
    }

    /// What the future of a living customer depends on: equal keys, equal futures.
    #[doc(hidden)]
    fn future_key(&self, history: &History) -> (u64, u64, u64) {
        let (frequency, variant) = (u64::from(history.frequency()), u64::from(history.variant()));
        (frequency | variant << 32, history.age().to_bits(), 0)
    }

    /// One value per customer; what all the methods below come down to.
    #[doc(hidden)]
    fn map(&self, customers: &CustomerSummary, quantity: Quantity) -> Result<Vec<f64>> {
        map_kernels(self, customers, quantity)
    }

    /// Total log-likelihood of all customers (natural log, not negated).
    ///
    /// # Errors
    /// [`Error::UnitMismatch`].
    fn log_likelihood(&self, customers: &CustomerSummary) -> Result<f64> {
        Ok(crate::fit::chunked_sum(&self.log_likelihoods(customers)?))
    }

    /// ln L of every customer.
    ///
    /// # Errors
    /// [`Error::UnitMismatch`].
    fn log_likelihoods(&self, customers: &CustomerSummary) -> Result<Vec<f64>> {
        self.map(customers, Quantity::LnLikelihood)
    }

    /// P(alive) of every customer at the end of observation, in [0, 1].
    ///
    /// # Errors
    /// [`Error::UnitMismatch`].
    fn probability_alive(&self, customers: &CustomerSummary) -> Result<Vec<f64>> {
        self.map(customers, Quantity::Alive)
    }

    /// P(alive) of every customer `ahead` of the end of observation, in [0, 1].
    ///
    /// # Errors
    /// [`Error::UnitMismatch`].
    fn probability_alive_ahead(&self, customers: &CustomerSummary, ahead: Span) -> Result<Vec<f64>> {
        self.map(customers, Quantity::AliveAhead { t: ahead.in_unit(self.unit()) })
    }

    /// Probability that each customer buys at least once within `horizon` after the end of observation, in [0, 1].
    ///
    /// # Errors
    /// [`Error::UnitMismatch`].
    fn probability_active(&self, customers: &CustomerSummary, horizon: Span) -> Result<Vec<f64>> {
        self.map(customers, Quantity::Active { from: 0.0, to: horizon.in_unit(self.unit()) })
    }

    /// Probability that each customer buys at least once between `from` and `to` after the end of observation, in [0, 1].
    ///
    /// # Errors
    /// [`Error::UnitMismatch`]; [`Error::Interval`] unless `from` < `to`.
    fn probability_active_between(&self, customers: &CustomerSummary, from: Span, to: Span) -> Result<Vec<f64>> {
        let (from, to) = self.interval(from, to)?;
        self.map(customers, Quantity::Active { from, to })
    }

    /// Probability that each customer makes exactly `n` purchases within `horizon` after the end of observation, in [0, 1].
    ///
    /// # Errors
    /// [`Error::UnitMismatch`].
    fn conditional_purchase_probability(&self, customers: &CustomerSummary, n: u32, horizon: Span) -> Result<Vec<f64>> {
        let t = horizon.in_unit(self.unit());
        let mut probabilities = self.map(customers, Quantity::Count { n, t })?;
        if n == 0 {
            let dead = self.map(customers, Quantity::Dead)?;
            probabilities.iter_mut().zip(dead).for_each(|(probability, dead)| *probability += dead);
        }
        Ok(probabilities)
    }

    /// Both ends in the model's unit.
    #[doc(hidden)]
    fn interval(&self, from: Span, to: Span) -> Result<(f64, f64)> {
        let (from, to) = (from.in_unit(self.unit()), to.in_unit(self.unit()));
        if from < to { Ok((from, to)) } else { Err(Error::Interval { from, to }) }
    }

    /// Expected purchases of every customer within `horizon` after the end of observation.
    ///
    /// # Errors
    /// [`Error::UnitMismatch`].
    fn expected_purchases(&self, customers: &CustomerSummary, horizon: Span) -> Result<Vec<f64>> {
        self.map(customers, Quantity::Purchases { from: 0.0, to: horizon.in_unit(self.unit()) })
    }

    /// Expected purchases of every customer between `from` and `to` after the end of observation.
    ///
    /// # Errors
    /// [`Error::UnitMismatch`]; [`Error::Interval`] unless `from` < `to`.
    fn expected_purchases_between(&self, customers: &CustomerSummary, from: Span, to: Span) -> Result<Vec<f64>> {
        let (from, to) = self.interval(from, to)?;
        self.map(customers, Quantity::Purchases { from, to })
    }

    /// Expected repeat purchases of a new customer within `horizon` after the first purchase.
    fn expected_purchases_new_customer(&self, horizon: Span) -> f64 {
        self.expectation(horizon.in_unit(self.unit()))
    }

    /// Probability that a new customer makes exactly `n` repeat purchases within `horizon` after the first one.
    fn purchase_probability(&self, n: u32, horizon: Span) -> f64 {
        self.pmf(n, horizon.in_unit(self.unit()))
    }

    /// Probability that a new customer makes exactly `n` repeat purchases between `from` and `to` after the first one.
    ///
    /// # Errors
    /// [`Error::Interval`] unless `from` < `to`.
    fn purchase_probability_between(&self, n: u32, from: Span, to: Span) -> Result<f64> {
        let (from, to) = self.interval(from, to)?;
        Ok(self.pmf_between(n, from, to))
    }

    /// Posterior mean of every customer's [`purchase_rate`](PurchaseModel::purchase_rate), per time unit of the model.
    ///
    /// # Errors
    /// [`Error::UnitMismatch`].
    fn expected_purchase_rate(&self, customers: &CustomerSummary) -> Result<Vec<f64>> {
        self.map(customers, Quantity::PurchaseRate)
    }

    /// Posterior mean of every customer's [`dropout`](PurchaseModel::dropout).
    ///
    /// # Errors
    /// [`Error::UnitMismatch`].
    fn expected_dropout(&self, customers: &CustomerSummary) -> Result<Vec<f64>> {
        self.map(customers, Quantity::Dropout)
    }

    /// P(alive) over one customer's history, as it would have been told at each of the times `at`.
    ///
    /// `purchases`: times of the repeat purchases after the first purchase (the first itself, at 0, may be given and is not counted), not
    /// falling; `at`: times of asking, each ≥ 0. All in the model's unit. At time t the customer has x = number of purchases in (0, t],
    /// t_x = the last of them, T = t. Returns one probability in [0, 1] per time of asking.
    ///
    /// # Errors
    /// [`Error::NonFinite`] and [`Error::Negative`] with the column `purchases` or `at`; [`Error::Unsorted`] if a purchase precedes the one before it.
    fn alive_path(&self, purchases: &[f64], at: &[f64]) -> Result<Vec<f64>> {
        check_times("purchases", purchases)?;
        check_times("at", at)?;
        if let Some(row) = (1..purchases.len()).find(|&row| purchases[row] < purchases[row - 1]) {
            return Err(Error::Unsorted { column: "purchases".to_owned(), row, value: purchases[row], previous: purchases[row - 1] });
        }
        let repeat = &purchases[purchases.partition_point(|&time| time <= 0.0)..];
        Ok(at
            .iter()
            .map(|&t| {
                let x = repeat.partition_point(|&time| time <= t);
                let t_x = if x > 0 { repeat[x - 1] } else { 0.0 };
                self.p_alive(&History::from_checked(x as u32, t_x, t))
            })
            .collect())
    }
}

/// A purchase model that can discount the purchases to come.
pub trait DiscountedPurchases: PurchaseModel {
    /// ∫₀^H e^(−δ t) of the purchase rate of a customer alive at T; `horizon` H in the model's unit, `None` for ∞ (then δ > 0).
    fn discounted_if_alive(&self, history: &History, delta: f64, horizon: Option<f64>) -> f64;

    /// Σ wᵢ · expected purchases in (T, T + tᵢ] of a customer alive at T, for a whole schedule at once; tᵢ > 0, wᵢ ≥ 0.
    fn weighted_purchases_if_alive(&self, history: &History, times: &[f64], weights: &[f64]) -> f64 {
        times.iter().zip(weights).map(|(&t, weight)| weight * self.purchases_if_alive(history, 0.0, t)).sum()
    }

    /// One value per customer; what the methods below come down to.
    #[doc(hidden)]
    fn map_discounted(&self, customers: &CustomerSummary, quantity: Discounted<'_>) -> Result<Vec<f64>> {
        check_unit(self.name(), self.unit(), customers)?;
        Ok(match quantity {
            Discounted::Rate { delta, horizon } => {
                per_living_customer(self, customers, &|history| self.discounted_if_alive(history, delta, horizon))
            }
            Discounted::Schedule { times, weights } => {
                per_living_customer(self, customers, &|history| self.weighted_purchases_if_alive(history, times, weights))
            }
        })
    }

    /// DERT: discounted expected residual transactions of every customer, over an endless horizon.
    ///
    /// # Formula
    /// ```text
    /// DERT = P(alive) ∫₀^∞ e^(−δ t) E[purchase rate at T + t | alive at T, x, t_x, T] dt,   δ = ln(1 + d)
    /// ```
    ///
    /// # Errors
    /// [`Error::UnitMismatch`]; [`Error::UnboundedValue`] unless the rate is above 0.
    fn discounted_expected_residual_transactions(&self, customers: &CustomerSummary, rate: DiscountRate) -> Result<Vec<f64>> {
        let delta = rate.delta(self.unit());
        if !(delta > 0.0) {
            return Err(Error::UnboundedValue { value: delta.exp_m1() });
        }
        self.map_discounted(customers, Discounted::Rate { delta, horizon: None })
    }

    /// DECT: the same up to a finite horizon. At rate 0 it equals the expected purchases.
    ///
    /// # Errors
    /// [`Error::UnitMismatch`].
    fn discounted_expected_conditional_transactions(
        &self,
        customers: &CustomerSummary,
        rate: DiscountRate,
        horizon: Span,
    ) -> Result<Vec<f64>> {
        let (delta, horizon) = (rate.delta(self.unit()), Some(horizon.in_unit(self.unit())));
        self.map_discounted(customers, Discounted::Rate { delta, horizon })
    }
}

/// The fitted model answers as the model does.
impl<M: Model> Model for Fitted<M> {
    fn name(&self) -> &'static str {
        self.model().name()
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        self.model().parameters()
    }
}

impl<M: PurchaseModel> PurchaseModel for Fitted<M> {
    fn unit(&self) -> TimeUnit {
        self.model().unit()
    }

    fn ln_likelihood(&self, history: &History) -> f64 {
        self.model().ln_likelihood(history)
    }

    fn p_alive(&self, history: &History) -> f64 {
        self.model().p_alive(history)
    }

    fn p_dead(&self, history: &History) -> f64 {
        self.model().p_dead(history)
    }

    fn survival_if_alive(&self, history: &History, t: f64) -> f64 {
        self.model().survival_if_alive(history, t)
    }

    fn purchases_if_alive(&self, history: &History, from: f64, to: f64) -> f64 {
        self.model().purchases_if_alive(history, from, to)
    }

    fn pmf_if_alive(&self, history: &History, n: u32, t: f64) -> f64 {
        self.model().pmf_if_alive(history, n, t)
    }

    fn activity_if_alive(&self, history: &History, from: f64, to: f64) -> f64 {
        self.model().activity_if_alive(history, from, to)
    }

    fn expectation(&self, t: f64) -> f64 {
        self.model().expectation(t)
    }

    fn pmf(&self, n: u32, t: f64) -> f64 {
        self.model().pmf(n, t)
    }

    fn pmf_between(&self, n: u32, from: f64, to: f64) -> f64 {
        self.model().pmf_between(n, from, to)
    }

    fn purchase_rate(&self, history: &History) -> f64 {
        self.model().purchase_rate(history)
    }

    fn dropout(&self, history: &History) -> f64 {
        self.model().dropout(history)
    }

    fn ln_pmf(&self, n: u32, t: f64) -> f64 {
        self.model().ln_pmf(n, t)
    }

    fn history_of(&self, customers: &CustomerSummary, i: usize) -> History {
        self.model().history_of(customers, i)
    }

    fn future_key(&self, history: &History) -> (u64, u64, u64) {
        self.model().future_key(history)
    }

    fn map(&self, customers: &CustomerSummary, quantity: Quantity) -> Result<Vec<f64>> {
        self.model().map(customers, quantity)
    }
}

impl<M: DiscountedPurchases> DiscountedPurchases for Fitted<M> {
    fn discounted_if_alive(&self, history: &History, delta: f64, horizon: Option<f64>) -> f64 {
        self.model().discounted_if_alive(history, delta, horizon)
    }

    fn weighted_purchases_if_alive(&self, history: &History, times: &[f64], weights: &[f64]) -> f64 {
        self.model().weighted_purchases_if_alive(history, times, weights)
    }

    fn map_discounted(&self, customers: &CustomerSummary, quantity: Discounted<'_>) -> Result<Vec<f64>> {
        self.model().map_discounted(customers, quantity)
    }
}

impl<M: SpendModel> SpendModel for Fitted<M> {
    fn expected_spend_given(&self, frequency: u32, mean_spend: f64) -> Result<f64> {
        self.model().expected_spend_given(frequency, mean_spend)
    }

    fn spend_reaches(&self, frequency: u32, mean_spend: f64, n: u32, amount: f64) -> Result<f64> {
        self.model().spend_reaches(frequency, mean_spend, n, amount)
    }
}

/// A model of how much customers spend per purchase.
pub trait SpendModel: Model {
    /// E[spend per purchase | mean z̄ of x repeat purchases], in money; x = 0 asks for the population mean.
    ///
    /// # Errors
    /// [`Error::UndefinedMean`] if that mean does not exist.
    fn expected_spend_given(&self, frequency: u32, mean_spend: f64) -> Result<f64>;

    /// P(the next n purchases together come to `amount` or more | mean z̄ of x repeat purchases), in [0, 1]; n ≥ 1.
    ///
    /// A model that knows the distribution of the spend overrides this. As provided it takes every purchase at its expected spend, which
    /// gives 0 or 1.
    ///
    /// # Errors
    /// As [`SpendModel::expected_spend_given`].
    fn spend_reaches(&self, frequency: u32, mean_spend: f64, n: u32, amount: f64) -> Result<f64> {
        let spend = f64::from(n) * self.expected_spend_given(frequency, mean_spend)?;
        Ok(if spend >= amount { 1.0 } else { 0.0 })
    }

    /// Expected spend per purchase of every customer, in money.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] without spend; [`Error::UndefinedMean`] if a customer without repeat purchases has no finite mean.
    fn expected_spend(&self, customers: &CustomerSummary) -> Result<Vec<f64>> {
        if !customers.has_spend() {
            return Err(missing_spend());
        }
        let frequency = customers.frequency();
        (0..customers.len()).map(|i| self.expected_spend_given(frequency[i], customers.mean_spend(i).unwrap_or(0.0))).collect()
    }
}

fn missing_spend() -> Error {
    Error::MissingColumn {
        what: "a spend model",
        column: "monetary_value",
        advice: "summarise a log with amounts, or pass the mean spend per repeat purchase",
    }
}

fn check_times(column: &str, times: &[f64]) -> Result<()> {
    for (row, &value) in times.iter().enumerate() {
        if !value.is_finite() {
            return Err(Error::NonFinite { column: column.to_owned(), row, value });
        }
        if value < 0.0 {
            return Err(Error::Negative { column: column.to_owned(), row, value });
        }
    }
    Ok(())
}

fn check_unit(model: &'static str, unit: TimeUnit, customers: &CustomerSummary) -> Result<()> {
    if unit != customers.unit() {
        return Err(Error::UnitMismatch { left: model, left_unit: unit, right: "the customer summary", right_unit: customers.unit() });
    }
    Ok(())
}

/// A quantity of every customer, kernel by kernel.
fn map_kernels<M: PurchaseModel + ?Sized>(model: &M, customers: &CustomerSummary, quantity: Quantity) -> Result<Vec<f64>> {
    check_unit(model.name(), model.unit(), customers)?;
    let per_customer = |f: &(dyn Fn(&History) -> f64 + Sync)| parallel::map(customers.len(), 4, |i| f(&model.history_of(customers, i)));
    let if_alive = |f: &(dyn Fn(&History) -> f64 + Sync)| per_living_customer(model, customers, f);
    Ok(match quantity {
        Quantity::LnLikelihood => per_customer(&|history| model.ln_likelihood(history)),
        Quantity::Alive => per_customer(&|history| model.p_alive(history)),
        Quantity::Dead => per_customer(&|history| model.p_dead(history)),
        Quantity::PurchaseRate => per_customer(&|history| model.purchase_rate(history)),
        Quantity::Dropout => per_customer(&|history| model.dropout(history)),
        Quantity::AliveAhead { t } => if_alive(&|history| model.survival_if_alive(history, t)),
        Quantity::Active { from, to } => if_alive(&|history| model.activity_if_alive(history, from, to)),
        Quantity::Purchases { from, to } => if_alive(&|history| model.purchases_if_alive(history, from, to)),
        Quantity::Count { n, t } => if_alive(&|history| model.pmf_if_alive(history, n, t)),
    })
}

/// P(alive) times `if_alive`, which is worked out once for every distinct future.
fn per_living_customer<M: PurchaseModel + ?Sized>(
    model: &M,
    customers: &CustomerSummary,
    if_alive: &(dyn Fn(&History) -> f64 + Sync),
) -> Vec<f64> {
    let mut seen: HashMap<(u64, u64, u64), u32> = HashMap::new();
    let mut distinct = Vec::new();
    let of_customer: Vec<u32> = (0..customers.len())
        .map(|i| {
            let history = model.history_of(customers, i);
            *seen.entry(model.future_key(&history)).or_insert_with(|| {
                distinct.push(history);
                distinct.len() as u32 - 1
            })
        })
        .collect();
    let values = parallel::map(distinct.len(), 200, |i| if_alive(&distinct[i]));
    parallel::map(customers.len(), 4, |i| model.p_alive(&model.history_of(customers, i)) * values[of_customer[i] as usize])
}

/// Largest k of a model with regular purchases; more is clockwork, and the weights of the phases might overflow.
const LARGEST_REGULARITY: u32 = 20;

/// The value of k, a whole number.
fn check_regularity(model: &'static str, value: f64) -> Result<u32> {
    if value >= 1.0 && value <= f64::from(LARGEST_REGULARITY) && value.fract() <= 0.0 {
        Ok(value as u32)
    } else {
        Err(Error::InvalidParameter { model, parameter: "k".to_owned(), value, requirement: "it must be a whole number from 1 to 20" })
    }
}

/// The limit to which a fitted beta distribution of a probability ran: one value for all, or two groups with 0 and 1.
///
/// `named`: what the probability is of, and the names of the two parameters.
fn beta_limit<M>(fitted: &Fitted<M>, first: f64, second: f64, named: (&str, &str, &str)) -> Option<FitWarning> {
    // The solver stops once nothing is to be gained, on most data long before the limit; where it converged, only the limit itself is one.
    let (far, near) = if fitted.report().converged() { (1e5, 1e-5) } else { (1e3, 1e-2) };
    let (what, a, b) = named;
    let (total, mean) = (first + second, first / (first + second));
    let ridge = |limit: String, meaning: String| Some(FitWarning::Ridge { limit, meaning });
    if mean < near * near {
        ridge(format!("a {what} probability of 0"), format!("{a} / ({a} + {b}) = {mean:.1e}"))
    } else if 1.0 - mean < near * near {
        ridge(format!("a {what} probability of 1"), format!("{b} / ({a} + {b}) = {:.1e}", 1.0 - mean))
    } else if total > far {
        ridge(format!("one {what} probability for all customers"), format!("{a} / ({a} + {b}) = {mean:.6} is that probability"))
    } else if total < near {
        ridge(format!("a {what} probability of 0 or 1"), format!("{a} / ({a} + {b}) = {mean:.6} is the share of customers with 1"))
    } else {
        None
    }
}

/// The value of a parameter that must be finite and above 0.
fn positive(model: &'static str, parameter: &'static str, value: f64) -> Result<f64> {
    if value > 0.0 && value.is_finite() {
        Ok(value)
    } else {
        Err(Error::InvalidParameter { model, parameter: parameter.to_owned(), value, requirement: "it must be finite and above 0" })
    }
}
