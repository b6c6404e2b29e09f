//! Shifted beta-geometric (sBG): customers differ in their churn probability.

use super::{Geometric, Model, RetentionModel, beta_limit, positive};
use crate::error::Result;
use crate::fit::{Derivatives, Dimension, FitContext, FitOptions, FitWarning, Fitted, Objective, Parameter, finish};
use crate::special::{digamma_difference, discounted_survival, ln_beta_ratio, trigamma_difference};
use crate::tenures::{Tenure, Tenures};

pub(super) const NAME: &str = "sBG";
pub(super) const PARAMETERS: [&str; 2] = ["alpha", "beta"];

/// The shifted beta-geometric model of contractual churn: every customer has an own churn probability, so the unsteady leave first and the retention
/// rate of a cohort rises with its age.
///
/// # Assumptions
/// 1. At the end of each period a customer leaves with probability θ, which stays the same over time.
/// 2. θ varies over customers as Beta(α, β).
///
/// | parameter | unit | range |
/// |---|---|---|
/// | alpha (α) | none | > 0 |
/// | beta (β) | none | > 0 |
///
/// α / (α + β) is the mean churn probability of new customers; the smaller both are, the more customers differ.
///
/// # Formula
/// ```text
/// S(t)    = B(α, β + t) / B(α, β)
/// r(t)    = (β + t − 1) / (α + β + t − 1)
/// P(T=t)  = B(α + 1, β + t − 1) / B(α, β)
/// E[T]    = (α + β − 1) / (α − 1), infinite for α ≤ 1
/// DEL(d)  = ₂F₁(1, β; α+β; 1/(1+d)) = 1 + E[(1 − θ)/(d + θ)]
/// DERL(d) after n renewals = (1 + d) E[(1 − θ)/(d + θ)],  θ ~ Beta(α, β + n)
/// ```
///
/// # Examples
/// ```
/// use crm_value::{RetentionModel, ShiftedBetaGeometric, Tenures};
/// // The "Regular" customers of the paper, per 1000, until year 7.
/// let regular = [1000.0, 631.0, 468.0, 382.0, 326.0, 289.0, 262.0, 241.0];
/// let model = ShiftedBetaGeometric::fit(&Tenures::from_survivors(&[&regular])?)?;
/// assert!((model.alpha() - 0.704).abs() < 5e-4 && (model.survival(12) - 0.170).abs() < 5e-4);
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// Fader & Hardie (2007), How to Project Customer Retention, J. Interactive Marketing 21(1), eqs. 5-8; Fader & Hardie (2010), Customer-Base
/// Valuation in a Contractual Setting, Marketing Science 29(1), eq. 6.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Stored", into = "Stored"))]
pub struct ShiftedBetaGeometric {
    alpha: f64,
    beta: f64,
}

impl ShiftedBetaGeometric {
    /// The model with known parameters.
    ///
    /// # Errors
    /// [`crate::Error::InvalidParameter`] unless both are finite and above 0.
    pub fn new(alpha: f64, beta: f64) -> Result<Self> {
        Ok(ShiftedBetaGeometric { alpha: positive(NAME, "alpha", alpha)?, beta: positive(NAME, "beta", beta)? })
    }

    /// First parameter of the churn probabilities.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Second parameter of the churn probabilities.
    pub fn beta(&self) -> f64 {
        self.beta
    }

    /// Fits by maximum likelihood with the default [`FitOptions`].
    ///
    /// If customers do not differ, the likelihood rises towards the geometric model, with alpha and beta without bound; the report then names
    /// that ridge.
    ///
    /// # Errors
    /// [`crate::Error::DegenerateTenures`] if nobody left, or nobody renewed; [`crate::Error::NotFinite`].
    pub fn fit(tenures: &Tenures) -> Result<Fitted<Self>> {
        Self::fit_with(tenures, &FitOptions::default())
    }

    /// Fits by maximum likelihood.
    ///
    /// # Errors
    /// As [`ShiftedBetaGeometric::fit`], and [`crate::Error::InvalidOption`], [`crate::Error::UnknownParameter`] (in `fix` or `prior`),
    /// [`crate::Error::InvalidParameter`] (start values), [`crate::Error::Cancelled`].
    pub fn fit_with(tenures: &Tenures, options: &FitOptions) -> Result<Fitted<Self>> {
        tenures.check(NAME)?;
        let churn = tenures.churned() / (tenures.churned() + tenures.renewals());
        let context = FitContext {
            model: NAME,
            unit: None,
            parameters: Parameter::all(PARAMETERS, [Dimension::Number; 2]),
            customers: tenures.customers().round() as usize,
            patterns: tenures.rows().len(),
            starts: starts(churn),
            warnings: Vec::new(),
        };
        let mut fitted = finish(context, &SbgObjective::new(tenures), options, |p| Self::new(p[0], p[1]))?;
        if let Some(warning) = tenures.too_few(PARAMETERS.len()) {
            fitted.warn_of_ridge(warning);
            return Ok(fitted);
        }
        let homogeneous = Geometric::new(churn)?;
        if fitted.report().log_likelihood - homogeneous.log_likelihood(tenures)? < SAME {
            let meaning = format!("alpha and beta grow without bound, and alpha / (alpha + beta) = {churn:.6} is its theta");
            fitted.warn_of_ridge(FitWarning::Ridge { limit: homogeneous.name().to_owned(), meaning });
        } else if let Some(limit) = beta_limit(&fitted, fitted.alpha, fitted.beta, ("churn", PARAMETERS[0], PARAMETERS[1])) {
            fitted.warn_of_ridge(limit);
        }
        Ok(fitted)
    }
}

/// A log-likelihood so little above that of the simpler model is not above it.
pub(super) const SAME: f64 = 1e-5;

/// Mean churn probability from the data, and a few spreads around it.
pub(super) fn starts(churn: f64) -> Vec<Vec<f64>> {
    [2.0, 0.3, 20.0, 300.0].map(|spread| vec![spread * churn, spread * (1.0 - churn)]).to_vec()
}

/// Σ churned · ln P(T = t) + active · ln S(t − 1), with ln P(T = t) = ln α + ln (β)_{t−1} − ln (α+β)_t.
pub(super) struct SbgObjective {
    rows: Vec<Tenure>,
    weight: f64,
}

impl SbgObjective {
    pub(super) fn new(tenures: &Tenures) -> Self {
        SbgObjective { rows: tenures.rows().to_vec(), weight: tenures.customers() }
    }
}

impl Objective for SbgObjective {
    fn total_weight(&self) -> f64 {
        self.weight
    }

    fn evaluate(&self, parameters: &[f64]) -> Derivatives {
        let mut sums = [0.0; SUMS];
        for row in &self.rows {
            add_tenure(&mut sums, parameters, row);
        }
        Derivatives::from_natural(parameters, sums[0], &sums[1..3], |i, j| sums[3 + i + j])
    }
}

/// Value, gradient and upper triangle of the Hessian, in α and β.
const SUMS: usize = 6;

/// Adds the log-likelihood of the customers in a row, with its derivatives.
pub(super) fn add_tenure(sums: &mut [f64], parameters: &[f64], &Tenure { periods, churned, active }: &Tenure) {
    let (alpha, beta) = (parameters[0], parameters[1]);
    let (both, n, weight) = (alpha + beta, f64::from(periods - 1), churned + active);
    let (psi, psi_1) = (digamma_difference(both, n), trigamma_difference(both, n));
    let (inverse, share) = (1.0 / alpha, 1.0 / (both + n));
    sums[0] += weight * ln_beta_ratio(alpha, beta, n) + churned * (alpha / (both + n)).ln();
    sums[1] += churned * (inverse - share) - weight * psi;
    sums[2] += weight * (digamma_difference(beta, n) - psi) - churned * share;
    sums[3] += churned * (share * share - inverse * inverse) - weight * psi_1;
    sums[4] += churned * share * share - weight * psi_1;
    sums[5] += weight * (trigamma_difference(beta, n) - psi_1) + churned * share * share;
}

impl Model for ShiftedBetaGeometric {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        PARAMETERS.into_iter().zip([self.alpha, self.beta]).collect()
    }
}

impl RetentionModel for ShiftedBetaGeometric {
    fn survival_given(&self, renewals: u32, ahead: u32) -> f64 {
        ln_beta_ratio(self.alpha, self.beta + f64::from(renewals), f64::from(ahead)).exp()
    }

    fn churn_given(&self, renewals: u32) -> f64 {
        self.alpha / (self.alpha + self.beta + f64::from(renewals))
    }

    fn discounted_renewals_given(&self, renewals: u32, d: f64, horizon: Option<u32>) -> f64 {
        discounted_survival(self.alpha, self.beta + f64::from(renewals), d, horizon)
    }

    fn expected_remaining_renewals(&self, renewals: u32) -> Option<f64> {
        (self.alpha > 1.0).then(|| discounted_survival(self.alpha, self.beta + f64::from(renewals), 0.0, None))
    }
}

#[cfg(feature = "serde")]
super::stored::stored_form!(ShiftedBetaGeometric { alpha: f64, beta: f64 });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::check_derivatives;

    #[test]
    fn derivatives_equal_differences_and_the_value_is_the_log_likelihood() {
        let tenures = Tenures::from_survivors(&[&[1000.0, 869.0, 743.0, 653.0, 593.0], &[500.0, 320.0, 310.0], &[40.0, 0.0]]).unwrap();
        let objective = SbgObjective::new(&tenures);
        for parameters in [[0.668, 3.806], [0.01, 0.02], [50.0, 3.0], [1e4, 2e5]] {
            check_derivatives(&objective, &parameters);
            let expected = ShiftedBetaGeometric::new(parameters[0], parameters[1]).unwrap().log_likelihood(&tenures).unwrap();
            assert!((objective.evaluate(&parameters).value - expected).abs() < 1e-12 * expected.abs());
        }
    }
}
