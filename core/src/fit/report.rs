//! What a fit tells beside the model.

use ndarray::Array2;
use statrs::distribution::{ContinuousCDF, Normal};

use super::constrained::{Constrained, Constraints};
use super::solver::{Outcome, Prospects, cholesky, solve};
use super::{Effort, FitOptions, LikelihoodRatio, Objective, Parameter, maximise};
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
    /// A parameter ran along a ridge: the likelihood rises ever more slowly towards 0 or infinity and has no interior maximum in it.
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
    /// The data are so few that many parameter values fit them equally well.
    #[error("the data show {outcomes} kinds of outcome, too few for {parameters} parameters: other values fit as well")]
    TooFewOutcomes {
        /// Kinds of outcome that the data can tell apart.
        outcomes: usize,
        /// Parameters of the model.
        parameters: usize,
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
    /// Its standard error from the observed information; `None` where the Hessian does not allow one, and for a fixed parameter.
    pub standard_error: Option<f64>,
    /// Whether the options held it at its value.
    pub fixed: bool,
    /// Whether it is a covariate's coefficient, which may have any sign; all other parameters are positive.
    pub coefficient: bool,
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
    /// Total log-likelihood (natural log, not negated), without the penalty.
    pub log_likelihood: f64,
    /// What priors and penalty of the [`FitOptions`] took off the log-likelihood while it was maximised; 0 without any.
    pub penalty: f64,
    /// Number of customers that entered the likelihood.
    pub customers: usize,
    /// Number of distinct histories that they reduce to.
    pub patterns: usize,
    /// Covariance matrix of the natural parameters, in the model's order; 0 in rows and columns of fixed ones.
    pub covariance: Option<Array2<f64>>,
    /// Test against the same model without covariates; `None` for a model without them, and with priors or a penalty.
    #[cfg_attr(feature = "serde", serde(default))]
    pub likelihood_ratio: Option<LikelihoodRatio>,
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
    /// Models with regular purchases: every k that was tried, with its log-likelihood; empty for the others.
    #[cfg_attr(feature = "serde", serde(default))]
    pub regularities: Vec<(u32, f64)>,
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

    /// Number of parameters that were estimated, the fixed ones not counted.
    pub fn free_parameters(&self) -> usize {
        self.estimates.iter().filter(|estimate| !estimate.fixed).count()
    }

    /// Akaike's information criterion, 2k − 2 ln L (Akaike 1974), k estimated parameters.
    pub fn aic(&self) -> f64 {
        2.0 * self.free_parameters() as f64 - 2.0 * self.log_likelihood
    }

    /// Bayesian information criterion, k ln n − 2 ln L (Schwarz 1978), n customers.
    pub fn bic(&self) -> f64 {
        self.free_parameters() as f64 * (self.customers as f64).ln() - 2.0 * self.log_likelihood
    }

    /// Confidence interval of each parameter at `level` (0.95 for 95 %), `None` without standard errors.
    ///
    /// The interval is symmetric in the logarithm of the parameter (delta method), so its bounds stay positive:
    /// `value · exp(± z se / value)`. That of a coefficient is `value ± z se` (Wald).
    ///
    /// # Errors
    /// [`Error::Share`] unless `level` lies strictly between 0 and 1.
    pub fn confidence_intervals(&self, level: f64) -> Result<Vec<Option<(f64, f64)>>> {
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::Share { what: "the confidence level", value: level });
        }
        let z = Normal::standard().inverse_cdf(0.5 + 0.5 * level);
        let interval = |estimate: &Estimate| {
            let reach = z * estimate.standard_error?;
            if estimate.coefficient {
                return Some((estimate.value - reach, estimate.value + reach));
            }
            let spread = (reach / estimate.value).exp();
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
        for Estimate { name, value, standard_error, fixed, .. } in &self.estimates {
            let none = || if *fixed { "fixed" } else { "-" }.to_owned();
            let error = standard_error.map_or_else(none, |error| format!("{error:.6}"));
            writeln!(f, "  {name:<10} {value:>12.6} {error:>12}")?;
        }
        writeln!(f, "  log-likelihood {:.4}   AIC {:.2}   BIC {:.2}", self.log_likelihood, self.aic(), self.bic())?;
        write!(f, "  {:?} after {} iterations, gradient {:.1e}", self.termination, self.iterations, self.gradient_norm)?;
        if !self.regularities.is_empty() {
            let tried: Vec<String> = self.regularities.iter().map(|(k, value)| format!("{k} ({value:.4})")).collect();
            write!(f, "\n  log-likelihood by k: {}", tried.join(", "))?;
        }
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

    /// Puts the regularity k before the other parameters, and tells which ones were tried.
    pub(crate) fn add_regularity(&mut self, k: u32, fixed: bool, tried: Vec<(u32, f64)>) {
        let report = &mut self.report;
        let estimate = Estimate { name: "k".to_owned(), value: f64::from(k), standard_error: None, fixed, coefficient: false };
        report.estimates.insert(0, estimate);
        report.covariance = report.covariance.take().map(|of_others| {
            let of = |(i, j): (usize, usize)| if i > 0 && j > 0 { of_others[[i - 1, j - 1]] } else { 0.0 };
            Array2::from_shape_fn((of_others.nrows() + 1, of_others.ncols() + 1), of)
        });
        report.regularities = tried;
    }

    /// Adds a ridge, which says more than that the solver came to rest on it or at its end.
    pub(crate) fn warn_of_ridge(&mut self, ridge: FitWarning) {
        self.report.warnings.retain(|warning| !matches!(warning, FitWarning::NotConverged { .. } | FitWarning::Boundary { .. }));
        self.report.warnings.push(ridge);
    }

    pub(crate) fn report_mut(&mut self) -> &mut FitReport {
        &mut self.report
    }

    /// The model.
    pub fn model(&self) -> &M {
        &self.model
    }

    /// The report.
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    /// The report without the model.
    pub fn into_report(self) -> FitReport {
        self.report
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
pub(crate) struct FitContext {
    pub(crate) model: &'static str,
    pub(crate) unit: Option<TimeUnit>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) customers: usize,
    pub(crate) patterns: usize,
    pub(crate) starts: Vec<Vec<f64>>,
    pub(crate) warnings: Vec<FitWarning>,
}

/// Two starts that end this close have found the same maximum or the same ridge.
const SAME_MAXIMUM: f64 = 1e-6;
/// A ridge is believed when so many further starts have ended on it; an interior maximum is believed at once.
const CONFIRMATIONS: usize = 3;
/// Maxima of a sample closer than this in every log-parameter are one.
const SAME_PLACE: f64 = 0.3;
/// Likelihoods of a sample closer than this are those of one maximum, or of one ridge.
const SAME_VALUE: f64 = 1e-3;

/// So many starts that end at one place speak for all.
const AGREEING_STARTS: usize = 3;

/// What a search on a sample found.
#[derive(Default)]
struct Screened {
    /// The best end points, best first; then points off the best one along directions that the data hardly determine, where the maximum of all
    /// the data may lie far from that of the sample.
    ends: Vec<Vec<f64>>,
    iterations: usize,
    evaluations: usize,
}

/// Tries all starts on a sample; with the likelihood of a simpler model there known, only what leads to more.
fn screen(sample: &dyn Objective, candidates: usize, starts: &[Vec<f64>], options: &FitOptions, known: Option<f64>) -> Result<Screened> {
    let mut screened = Screened::default();
    let mut ends: Vec<Outcome> = Vec::new();
    let near = |one: &Outcome, other: &Outcome| {
        one.parameters.iter().zip(&other.parameters).all(|(one, other)| (one / other).ln().abs() < SAME_PLACE)
    };
    for start in starts {
        let prospects = known.map_or(Prospects::ANY, |known| {
            let reached = ends.iter().map(|end| end.derivatives.value).fold(known, f64::max);
            Prospects { floor: reached - SAME_VALUE, news: true }
        });
        if let Some(outcome) =
            maximise(sample, start, sample.evaluate(start), &options.after(screened.iterations), Effort::Rough, prospects)?
        {
            screened.iterations += outcome.iterations;
            screened.evaluations += outcome.evaluations;
            ends.push(outcome);
            let agree = ends.len() >= AGREEING_STARTS && ends.iter().all(|end| near(end, &ends[0]));
            if agree && known.is_none() && !sample.thorough() {
                break;
            }
        }
    }
    ends.sort_by(|left, right| right.derivatives.value.total_cmp(&left.derivatives.value));
    let mut distinct: Vec<&Outcome> = Vec::new();
    for end in &ends {
        let same = |other: &&Outcome| (end.derivatives.value - other.derivatives.value).abs() < SAME_VALUE || near(end, other);
        if !distinct.iter().any(same) {
            distinct.push(end);
        }
    }
    screened.ends.extend(distinct.iter().take(candidates).map(|end| end.parameters.clone()));
    // A known point is such a point already.
    if let Some(best) = distinct.first().filter(|_| known.is_none()) {
        for step in &best.weak_steps {
            for distance in WEAK_DISTANCES {
                let moved = best.parameters.iter().zip(step).map(|(value, step)| value * (distance * step).exp());
                screened.ends.push(moved.collect());
            }
        }
    }
    Ok(screened)
}

/// How many standard errors of a weak direction from the sample's maximum to look for that of all the data.
const WEAK_DISTANCES: [f64; 2] = [-2.0, 2.0];

/// Maximises and reports the best point. Where the likelihood offers a sample of the data, all starts are tried on it and the best ends on all
/// the data; otherwise the starts are tried in turn until one converges inside.
pub(crate) fn finish<M: Model>(
    context: FitContext,
    objective: &dyn Objective,
    options: &FitOptions,
    build: impl Fn(&[f64]) -> Result<M>,
) -> Result<Fitted<M>> {
    finish_with(context, objective, options, None, build)
}

/// The same where the best point of a simpler model is known: it sets the mark, and is where to end if nothing reaches it.
pub(crate) fn finish_with<M: Model>(
    context: FitContext,
    objective: &dyn Objective,
    options: &FitOptions,
    known: Option<Vec<f64>>,
    build: impl Fn(&[f64]) -> Result<M>,
) -> Result<Fitted<M>> {
    options.check()?;
    let (model, parameters) = (context.model, &context.parameters);
    let constraints = Constraints::new(model, parameters, context.unit, options, &context.starts[0])?;
    let starts = match &options.start {
        Some(start) => vec![checked_start(model, parameters, start)?],
        None => context.starts,
    };
    let mut starts: Vec<Vec<f64>> = starts.iter().map(|start| constraints.reduce(start)).collect();
    let known = known.map(|known| constraints.reduce(&known));
    let (mut iterations, mut evaluations, mut confirmed) = (0, 0, 0);
    let sample = objective.sample().filter(|_| starts.len() > 1);
    if let Some(sample) = sample {
        let constrained = Constrained { likelihood: sample, constraints: &constraints };
        let mark = known.as_ref().map(|known| constrained.evaluate(known).value);
        let screened = screen(&constrained, objective.candidates(), &starts, options, mark)?;
        (iterations, evaluations) = (screened.iterations, screened.evaluations);
        if !screened.ends.is_empty() || known.is_some() {
            starts = screened.ends;
        }
    }
    let constrained = Constrained { likelihood: objective, constraints: &constraints };
    let mut last_resort = known.map(|known| (constrained.evaluate(&known), known));
    let mark = last_resort.as_ref().map_or(f64::NEG_INFINITY, |(at, _)| at.value);
    let mut starts = starts.into_iter();
    let mut best: Option<Outcome> = None;
    loop {
        let reached = best.as_ref().map_or(f64::NEG_INFINITY, |best| best.derivatives.value);
        let (at, start, prospects) = match (starts.next(), sample) {
            // What would end just below the best found is of no use; without a sample its agreement is.
            (Some(start), Some(_)) => {
                let prospects = Prospects { floor: reached.max(mark) - SAME_MAXIMUM, news: last_resort.is_some() };
                (constrained.evaluate(&start), start, prospects)
            }
            (Some(start), None) => (constrained.evaluate(&start), start, Prospects::ANY),
            (None, _) => match last_resort.take().filter(|_| reached < mark) {
                Some((at, known)) => (at, known, Prospects::ANY),
                None => break,
            },
        };
        let Some(outcome) = maximise(&constrained, &start, at, &options.after(iterations), Effort::Full, prospects)? else { continue };
        iterations += outcome.iterations;
        evaluations += outcome.evaluations;
        let inside = outcome.undetermined.is_empty() && outcome.termination == Termination::Converged;
        let value = outcome.derivatives.value;
        match best.as_ref().map(|best| value - best.derivatives.value) {
            Some(gain) if gain.abs() < SAME_MAXIMUM => confirmed += 1,
            Some(gain) if gain > 0.0 => confirmed = 0,
            _ => {}
        }
        if best.as_ref().is_none_or(|best| value > best.derivatives.value) {
            best = Some(outcome);
        }
        if sample.is_none() && (inside || confirmed >= CONFIRMATIONS) {
            break;
        }
    }
    let Some(outcome) = best else { return Err(Error::NotFinite { model }) };

    let free: Vec<usize> = (0..parameters.len()).filter(|&i| !constraints.is_fixed(i)).collect();
    let solution = constraints.expand(&outcome.parameters);
    let values: Vec<f64> = parameters.iter().zip(&solution).map(|(parameter, &value)| parameter.shown(value)).collect();
    let mut warnings = context.warnings;
    // A run along a ridge never converges; that it got there says more.
    if outcome.termination == Termination::MaxIterations || (outcome.termination == Termination::Stalled && outcome.undetermined.is_empty())
    {
        warnings.push(FitWarning::NotConverged { termination: outcome.termination });
    }
    for i in outcome.undetermined.iter().map(|&i| free[i]) {
        warnings.push(FitWarning::Boundary { parameter: parameters[i].name().to_owned(), value: values[i] });
    }
    let slopes: Vec<f64> = parameters.iter().zip(&values).map(|(parameter, &value)| parameter.slope(value)).collect();
    let covariance = covariance(&outcome, &free, &slopes);
    if covariance.is_none() {
        warnings.push(FitWarning::NoStandardErrors);
    }
    let estimate = |(i, (parameter, &value)): (usize, (&Parameter, &f64))| Estimate {
        name: parameter.name().to_owned(),
        value,
        standard_error: covariance.as_ref().filter(|_| !constraints.is_fixed(i)).map(|covariance| covariance[[i, i]].sqrt()),
        fixed: constraints.is_fixed(i),
        coefficient: parameter.is_coefficient(),
    };
    let gradient = outcome.derivatives.gradient.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let penalty = constraints.penalty(&solution);
    let report = FitReport {
        model: model.to_owned(),
        unit: context.unit,
        estimates: parameters.iter().zip(&values).enumerate().map(estimate).collect(),
        log_likelihood: outcome.derivatives.value + penalty,
        penalty,
        customers: context.customers,
        patterns: context.patterns,
        likelihood_ratio: None,
        gradient_norm: gradient / objective.total_weight(),
        covariance,
        iterations,
        evaluations,
        termination: outcome.termination,
        warnings,
        regularities: Vec::new(),
    };
    Ok(Fitted::new(build(&values)?, report))
}

fn checked_start(model: &'static str, parameters: &[Parameter], start: &[f64]) -> Result<Vec<f64>> {
    if start.len() != parameters.len() {
        let value = format!("{start:?}");
        return Err(Error::InvalidOption { option: "start", value, requirement: "give one value per parameter" });
    }
    let checked = |(parameter, &value): (&Parameter, &f64)| parameter.check(model, value).map(|()| parameter.sought(value));
    parameters.iter().zip(start).map(checked).collect()
}

/// Inverse of the observed information of the free parameters, from that in the logs: slopeᵢ slopeⱼ (−H)⁻¹ᵢⱼ; 0 for the fixed ones.
fn covariance(outcome: &Outcome, free: &[usize], slopes: &[f64]) -> Option<Array2<f64>> {
    let n = free.len();
    let information: Vec<f64> = outcome.derivatives.hessian.iter().map(|value| -value).collect();
    let factor = cholesky(&information, n)?;
    let mut covariance = Array2::zeros((slopes.len(), slopes.len()));
    for (column, &j) in free.iter().enumerate() {
        let unit: Vec<f64> = (0..n).map(|row| if row == column { 1.0 } else { 0.0 }).collect();
        for (value, &i) in solve(&factor, n, &unit).into_iter().zip(free) {
            covariance[[i, j]] = value * slopes[i] * slopes[j];
        }
    }
    Some(covariance)
}
