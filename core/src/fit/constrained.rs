//! Fixed parameters, priors and penalties, laid around any likelihood.

use std::borrow::Cow;

use super::{Derivatives, FitOptions, Objective, Prior};
use crate::error::{Error, Result};
use crate::time::{Span, TimeUnit};

/// What a parameter is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dimension {
    /// Without a time unit (a plain number, or money); above 0.
    Number,
    /// In the model's time unit; above 0.
    Time,
    /// Per time unit; above 0.
    PerTime,
    /// Any real number. The solver, whose parameters are positive, is given the exponential of a multiple of it.
    Coefficient,
}

/// A parameter of a model as the fit sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parameter {
    name: Cow<'static, str>,
    dimension: Dimension,
    /// What a coefficient is multiplied with before the solver sees it: the standard deviation of its covariate, so that steps and tolerances
    /// do not depend on the covariate's unit.
    scale: f64,
}

impl Parameter {
    pub(crate) fn new(name: impl Into<Cow<'static, str>>, dimension: Dimension) -> Self {
        Parameter { name: name.into(), dimension, scale: 1.0 }
    }

    /// A coefficient whose product with `scale` (above 0) is of the order of 1.
    pub(crate) fn coefficient(name: String, scale: f64) -> Self {
        Parameter { name: name.into(), dimension: Dimension::Coefficient, scale }
    }

    /// All of a model.
    pub(crate) fn all<const N: usize>(names: [&'static str; N], dimensions: [Dimension; N]) -> Vec<Self> {
        names.into_iter().zip(dimensions).map(|(name, dimension)| Parameter::new(name, dimension)).collect()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn is_coefficient(&self) -> bool {
        self.dimension == Dimension::Coefficient
    }

    /// The positive number that the solver works on.
    pub(super) fn sought(&self, value: f64) -> f64 {
        if self.is_coefficient() { (value * self.scale).exp() } else { value }
    }

    /// The value that the user sees.
    pub(super) fn shown(&self, value: f64) -> f64 {
        if self.is_coefficient() { value.ln() / self.scale } else { value }
    }

    /// ∂ value / ∂ ln(what the solver works on).
    pub(super) fn slope(&self, value: f64) -> f64 {
        if self.is_coefficient() { 1.0 / self.scale } else { value }
    }

    pub(super) fn check(&self, model: &'static str, value: f64) -> Result<()> {
        let requirement = match self.dimension {
            Dimension::Coefficient if value.is_finite() => return Ok(()),
            _ if value > 0.0 && value.is_finite() => return Ok(()),
            Dimension::Coefficient => "a start or fixed value must be finite",
            _ => "a start or fixed value must be finite and above 0",
        };
        Err(Error::InvalidParameter { model, parameter: self.name.clone().into_owned(), value, requirement })
    }

    /// Centre and precision of the prior on the logarithm of what the solver works on.
    fn prior(&self, prior: Prior, unit: Option<TimeUnit>) -> Result<(f64, f64)> {
        let refuse = |value: String, requirement| Err(Error::InvalidOption { option: "prior", value, requirement });
        let in_unit = |span: Span| unit.map_or(1.0, |unit| span.in_unit(unit));
        let (centre, log_sd) = match (prior, self.dimension) {
            (Prior::Number { median, log_sd }, Dimension::Coefficient) => (median * self.scale, log_sd * self.scale),
            (Prior::Number { median, log_sd }, Dimension::Number) => {
                if !(median > 0.0) {
                    return refuse(format!("{median} for `{}`", self.name), "the median must be above 0");
                }
                (median.ln(), log_sd)
            }
            (Prior::Time { median, log_sd }, Dimension::Time) => (in_unit(median).ln(), log_sd),
            (Prior::Time { median, log_sd }, Dimension::PerTime) => (-in_unit(median).ln(), log_sd),
            (Prior::Number { .. }, _) => return refuse(format!("a number for `{}`", self.name), "it is a time: give the median as a span"),
            (Prior::Time { .. }, _) => return refuse(format!("a span for `{}`", self.name), "it is no time: give the median as a number"),
        };
        if !centre.is_finite() {
            return refuse(format!("{centre} for `{}`", self.name), "the median must be finite");
        }
        if !(log_sd > 0.0 && log_sd.is_finite()) {
            return refuse(format!("{log_sd} for `{}`", self.name), "the standard deviation must be finite and above 0");
        }
        Ok((centre, 1.0 / (log_sd * log_sd)))
    }
}

/// What the options say of each parameter.
pub(super) struct Constraints {
    /// Values of the fixed ones, as the solver sees them.
    fixed: Vec<Option<f64>>,
    /// Centre and precision on the logarithm.
    priors: Vec<Option<(f64, f64)>>,
}

impl Constraints {
    pub(super) fn new(
        model: &'static str,
        parameters: &[Parameter],
        unit: Option<TimeUnit>,
        options: &FitOptions,
        centre: &[f64],
    ) -> Result<Self> {
        let position = |option: &'static str, name: &str| {
            let available = || parameters.iter().map(|parameter| format!("`{}`", parameter.name)).collect::<Vec<_>>().join(", ");
            let unknown = || Error::UnknownParameter { option, value: name.to_owned(), model, available: available() };
            parameters.iter().position(|parameter| parameter.name == name).ok_or_else(unknown)
        };
        let mut fixed = vec![None; parameters.len()];
        for (name, value) in &options.fixed {
            let i = position("fix", name)?;
            parameters[i].check(model, *value)?;
            fixed[i] = Some(parameters[i].sought(*value));
        }
        if fixed.iter().all(Option::is_some) {
            let value = "every parameter".to_owned();
            return Err(Error::InvalidOption { option: "fix", value, requirement: "leave at least one parameter to estimate" });
        }
        // A coefficient is pulled towards 0 in its own unit.
        let shrunk = |(parameter, start): (&Parameter, &f64)| {
            let coefficient = parameter.is_coefficient().then(|| (0.0, options.penalty / (parameter.scale * parameter.scale)));
            (options.penalty > 0.0).then(|| coefficient.unwrap_or_else(|| (start.ln(), options.penalty)))
        };
        let mut priors: Vec<Option<(f64, f64)>> = parameters.iter().zip(centre).map(shrunk).collect();
        for (name, prior) in &options.priors {
            let i = position("prior", name)?;
            priors[i] = Some(parameters[i].prior(*prior, unit)?);
        }
        for (prior, _) in priors.iter_mut().zip(&fixed).filter(|(_, fixed)| fixed.is_some()) {
            *prior = None;
        }
        Ok(Constraints { fixed, priors })
    }

    pub(super) fn is_fixed(&self, i: usize) -> bool {
        self.fixed[i].is_some()
    }

    /// The free ones among values of all.
    pub(super) fn reduce(&self, all: &[f64]) -> Vec<f64> {
        all.iter().zip(&self.fixed).filter(|(_, fixed)| fixed.is_none()).map(|(&value, _)| value).collect()
    }

    /// All values, the fixed ones put in.
    pub(super) fn expand(&self, free: &[f64]) -> Vec<f64> {
        let mut free = free.iter();
        self.fixed.iter().map(|fixed| fixed.unwrap_or_else(|| free.next().copied().unwrap_or(f64::NAN))).collect()
    }

    /// Σ ½ precision (ln θ − centre)².
    pub(super) fn penalty(&self, all: &[f64]) -> f64 {
        let terms =
            all.iter().zip(&self.priors).filter_map(|(value, prior)| prior.map(|(centre, precision)| (value.ln() - centre, precision)));
        terms.map(|(distance, precision)| 0.5 * precision * distance * distance).sum()
    }
}

/// A log-likelihood in the free parameters, less the penalty.
pub(super) struct Constrained<'a> {
    pub(super) likelihood: &'a dyn Objective,
    pub(super) constraints: &'a Constraints,
}

impl Objective for Constrained<'_> {
    fn total_weight(&self) -> f64 {
        self.likelihood.total_weight()
    }

    fn thorough(&self) -> bool {
        self.likelihood.thorough()
    }

    fn returns_to_known(&self, from: &[f64], to: &[f64]) -> bool {
        self.likelihood.returns_to_known(&self.constraints.expand(from), &self.constraints.expand(to))
    }

    fn evaluate(&self, parameters: &[f64]) -> Derivatives {
        let all = self.constraints.expand(parameters);
        let mut at = self.likelihood.evaluate(&all);
        let n = all.len();
        at.value -= self.constraints.penalty(&all);
        for (i, prior) in self.constraints.priors.iter().enumerate() {
            if let Some((centre, precision)) = prior {
                at.gradient[i] -= precision * (all[i].ln() - centre);
                at.hessian[i * n + i] -= precision;
            }
        }
        let free: Vec<usize> = (0..n).filter(|&i| !self.constraints.is_fixed(i)).collect();
        if free.len() == n {
            return at;
        }
        let gradient = free.iter().map(|&i| at.gradient[i]).collect();
        let hessian = free.iter().flat_map(|&i| free.iter().map(move |&j| (i, j))).map(|(i, j)| at.hessian[i * n + j]).collect();
        Derivatives { value: at.value, gradient, hessian }
    }
}
