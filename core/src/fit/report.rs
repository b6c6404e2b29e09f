//! What a fit tells beside the model.

use ndarray::Array2;
use statrs::distribution::{ContinuousCDF, Normal};

use super::solver::{Outcome, cholesky, solve};
use super::{FitOptions, Objective, maximise};
use crate::error::{Error, Result};
use crate::models::Model;
use crate::time::TimeUnit;

/// Why the solver stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Termination {
    /// Every parameter changed by less than the tolerance.
    Converged,
    /// No step raises the likelihood any more, though the tolerance was not reached.
    Stalled,
    /// The limit of iterations was reached.
    MaxIterations,
}

/// Something about a fit that its user should know.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum FitWarning {
    /// The solver stopped before it converged; the best point found is returned.
    #[error("the fit did not converge ({termination:?}); treat the parameters as a best effort")]
    NotConverged {
        /// Why it stopped.
        termination: Termination,
    },
    /// A parameter ran to the edge of the searched region: the likelihood has no interior maximum in it.
    #[error("`{parameter}` ran to {value:.3e}: the likelihood has no interior maximum in it, so the data do not determine it")]
    Boundary {
        /// The parameter.
        parameter: String,
        /// Where it ended.
        value: f64,
    },
    /// The likelihood rises towards a simpler model and has its supremum there.
    #[error("the fit ran along the ridge to {limit}, which fits as well: {meaning}")]
    Ridge {
        /// The simpler model.
        limit: String,
        /// How its parameters follow from these.
        meaning: String,
    },
    /// The Hessian is not negative definite, so there are no standard errors.
    #[error("the log-likelihood is flat or ridged at the solution, so there are no standard errors")]
    NoStandardErrors,
    /// Gamma-Gamma: q ≤ 1, so the mean spend of the population does not exist.
    #[error("q = {q:.4} <= 1: mean spend of the population does not exist; values of customers without repeat purchases cannot be given")]
    UndefinedMean {
        /// The estimate of q.
        q: f64,
    },
    /// Gamma-Gamma: repeat customers with mean spend 0 were left out, because the model has no place for them.
    #[error("{customers} repeat customers with mean spend 0 were left out of the spend fit")]
    ZeroSpendLeftOut {
        /// How many.
        customers: usize,
    },
}

/// One estimated parameter.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Estimate {
    /// The parameter's name.
    pub name: String,
    /// The estimate.
    pub value: f64,
    /// Its standard error from the observed information; `None` where the Hessian does not allow one.
    pub standard_error: Option<f64>,
}

/// The outcome of a fit: how good, how certain, how it ended.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct FitReport {
    /// The model's name.
    pub model: String,
    /// The time unit of the parameters, if time enters the model.
    pub unit: Option<TimeUnit>,
    /// The parameters in the model's order.
    pub estimates: Vec<Estimate>,
    /// Total log-likelihood (natural log, not negated).
    pub log_likelihood: f64,
    /// Number of customers that entered the likelihood.
    pub customers: usize,
    /// Number of distinct histories that they reduce to.
    pub patterns: usize,
    /// Covariance matrix of the natural parameters, in the model's order.
    pub covariance: Option<Array2<f64>>,
    /// Largest absolute gradient in the log-parameters, per customer.
    pub gradient_norm: f64,
    /// Newton iterations.
    pub iterations: usize,
    /// Evaluations of the likelihood.
    pub evaluations: usize,
    /// Why the solver stopped.
    pub termination: Termination,
    /// What the user should know.
    pub warnings: Vec<FitWarning>,
}

impl FitReport {
    /// Whether the solver converged to a point inside the searched region.
    pub fn converged(&self) -> bool {
        self.termination == Termination::Converged
    }

    /// The estimate of a parameter.
    pub fn estimate(&self, name: &str) -> Option<&Estimate> {
        self.estimates.iter().find(|estimate| estimate.name == name)
    }

    /// Akaike's information criterion, 2k − 2 ln L (Akaike 1974).
    pub fn aic(&self) -> f64 {
        2.0 * self.estimates.len() as f64 - 2.0 * self.log_likelihood
    }

    /// Bayesian information criterion, k ln n − 2 ln L (Schwarz 1978), n customers.
    pub fn bic(&self) -> f64 {
        self.estimates.len() as f64 * (self.customers as f64).ln() - 2.0 * self.log_likelihood
    }

    /// Confidence interval of each parameter at `level` (0.95 for 95 %), `None` without standard errors.
    ///
    /// The interval is symmetric in the logarithm of the parameter (delta method), so its bounds stay positive:
    /// `value · exp(± z se / value)`.
    ///
    /// # Errors
    /// [`Error::Share`] unless `level` lies strictly between 0 and 1.
    pub fn confidence_intervals(&self, level: f64) -> Result<Vec<Option<(f64, f64)>>> {
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::Share { what: "the confidence level", value: level });
        }
        let z = Normal::standard().inverse_cdf(0.5 + 0.5 * level);
        let interval = |estimate: &Estimate| {
            let spread = (z * estimate.standard_error? / estimate.value).exp();
            Some((estimate.value / spread, estimate.value * spread))
        };
        Ok(self.estimates.iter().map(interval).collect())
    }
}

impl std::fmt::Display for FitReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unit = self.unit.map_or_else(String::new, |unit| format!(", time in {unit}s"));
        writeln!(f, "{} ({} customers, {} patterns{unit})", self.model, self.customers, self.patterns)?;
        writeln!(f, "  {:<10} {:>12} {:>12}", "parameter", "estimate", "std. error")?;
        for Estimate { name, value, standard_error } in &self.estimates {
            let error = standard_error.map_or_else(|| "-".to_owned(), |error| format!("{error:.6}"));
            writeln!(f, "  {name:<10} {value:>12.6} {error:>12}")?;
        }
        writeln!(f, "  log-likelihood {:.4}   AIC {:.2}   BIC {:.2}", self.log_likelihood, self.aic(), self.bic())?;
        write!(f, "  {:?} after {} iterations, gradient {:.1e}", self.termination, self.iterations, self.gradient_norm)?;
        for warning in &self.warnings {
            write!(f, "\n  warning: {warning}")?;
        }
        Ok(())
    }
}

/// A model together with the report of the fit that found it. Behaves as the model.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Fitted<M> {
    model: M,
    report: FitReport,
}

impl<M> Fitted<M> {
    pub(crate) fn new(model: M, report: FitReport) -> Self {
        Fitted { model, report }
    }

    pub(crate) fn warn(&mut self, warning: FitWarning) {
        self.report.warnings.push(warning);
    }

    /// The model.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// The report.
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    /// The model without the report.
    pub fn into_model(self) -> M {
        self.model
    }
}

impl<M> std::ops::Deref for Fitted<M> {
    type Target = M;
    fn deref(&self) -> &M {
        &self.model
    }
}

/// What a model's fit hands to [`finish`].
pub(crate) struct FitContext<'a> {
    pub(crate) model: &'static str,
    pub(crate) unit: Option<TimeUnit>,
    pub(crate) names: &'a [&'static str],
    pub(crate) customers: usize,
    pub(crate) patterns: usize,
    pub(crate) starts: Vec<Vec<f64>>,
    pub(crate) warnings: Vec<FitWarning>,
}

/// A parameter this far from where the search began (as a factor) has run away.
const RUNAWAY: f64 = 1e5;

/// Two starts that end this close have found the same maximum or the same ridge.
const SAME_MAXIMUM: f64 = 1e-6;
/// A ridge is believed when so many further starts have ended on it; an interior maximum is believed at once.
const CONFIRMATIONS: usize = 3;

/// Maximises from the first start, tries the others where that does not converge inside, and reports the best point.
pub(crate) fn finish<M: Model>(
    context: FitContext<'_>,
    objective: &dyn Objective,
    options: &FitOptions,
    build: impl Fn(&[f64]) -> Result<M>,
) -> Result<Fitted<M>> {
    options.check(context.model, context.names)?;
    let starts = match &options.start {
        Some(start) => vec![start.clone()],
        None => context.starts,
    };
    let mut best: Option<(Outcome, Vec<usize>)> = None;
    let (mut iterations, mut evaluations, mut confirmed) = (0, 0, 0);
    for start in &starts {
        let Some(outcome) = maximise(objective, start, options)? else { continue };
        iterations += outcome.iterations;
        evaluations += outcome.evaluations;
        let run_away = |i: &usize| !(start[*i] / RUNAWAY..=start[*i] * RUNAWAY).contains(&outcome.parameters[*i]);
        let at_boundary: Vec<usize> = (0..start.len()).filter(run_away).collect();
        let inside = at_boundary.is_empty() && outcome.termination == Termination::Converged;
        let value = outcome.derivatives.value;
        match best.as_ref().map(|(best, _)| value - best.derivatives.value) {
            Some(gain) if gain.abs() < SAME_MAXIMUM => confirmed += 1,
            Some(gain) if gain > 0.0 => confirmed = 0,
            _ => {}
        }
        if best.as_ref().is_none_or(|(best, _)| value > best.derivatives.value) {
            best = Some((outcome, at_boundary));
        }
        if inside || confirmed >= CONFIRMATIONS {
            break;
        }
    }
    let Some((outcome, at_boundary)) = best else { return Err(Error::NotFinite { model: context.model }) };

    let mut warnings = context.warnings;
    // A run to the boundary never converges; that it got there says more.
    if outcome.termination == Termination::MaxIterations || (outcome.termination == Termination::Stalled && at_boundary.is_empty()) {
        warnings.push(FitWarning::NotConverged { termination: outcome.termination });
    }
    for i in at_boundary {
        warnings.push(FitWarning::Boundary { parameter: context.names[i].to_owned(), value: outcome.parameters[i] });
    }
    let covariance = covariance(&outcome);
    if covariance.is_none() {
        warnings.push(FitWarning::NoStandardErrors);
    }
    let estimate = |(i, (&name, &value)): (usize, (&&'static str, &f64))| Estimate {
        name: name.to_owned(),
        value,
        standard_error: covariance.as_ref().map(|covariance| covariance[[i, i]].sqrt()),
    };
    let gradient = outcome.derivatives.gradient.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let report = FitReport {
        model: context.model.to_owned(),
        unit: context.unit,
        estimates: context.names.iter().zip(&outcome.parameters).enumerate().map(estimate).collect(),
        log_likelihood: outcome.derivatives.value,
        customers: context.customers,
        patterns: context.patterns,
        gradient_norm: gradient / objective.total_weight(),
        covariance,
        iterations,
        evaluations,
        termination: outcome.termination,
        warnings,
    };
    Ok(Fitted::new(build(&outcome.parameters)?, report))
}

/// Inverse of the observed information in the natural parameters, from that in the logs: θᵢ θⱼ (−H)⁻¹ᵢⱼ.
fn covariance(outcome: &Outcome) -> Option<Array2<f64>> {
    let theta = &outcome.parameters;
    let n = theta.len();
    let information: Vec<f64> = outcome.derivatives.hessian.iter().map(|value| -value).collect();
    let factor = cholesky(&information, n)?;
    let mut covariance = Array2::zeros((n, n));
    for j in 0..n {
        let unit: Vec<f64> = (0..n).map(|i| if i == j { 1.0 } else { 0.0 }).collect();
        for (i, value) in solve(&factor, n, &unit).into_iter().enumerate() {
            covariance[[i, j]] = value * theta[i] * theta[j];
        }
    }
    Some(covariance)
}
