//! Maximum likelihood: options, solver, and the report that comes with every fitted model.

mod coefficients;
mod comparison;
mod constrained;
mod report;
mod solver;

pub use coefficients::{Coefficient, LikelihoodRatio};
pub use comparison::{ComparedModel, Comparison, NestedTest, PurchaseKind};
pub(crate) use constrained::{Dimension, Parameter};
pub use report::{Estimate, FitReport, FitWarning, Fitted, Termination};
pub(crate) use report::{FitContext, finish, finish_with};
#[cfg(test)]
pub(crate) use solver::tests::check_derivatives;
pub(crate) use solver::{Derivatives, Effort, Objective, cholesky, maximise, solve};

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::parallel;
use crate::time::Span;

/// Where a running fit stands; given to a [`Monitor`] once per iteration.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// Iterations done, over all starts.
    pub iteration: usize,
    /// Log-likelihood at the current point; that of a sample of the customers while starts are tried on one.
    pub log_likelihood: f64,
}

/// A callback that watches a fit and may stop it by returning `ControlFlow::Break(())`.
#[derive(Clone, Default)]
pub struct Monitor {
    callback: Option<Arc<MonitorFn>>,
    /// Iterations of earlier starts.
    before: usize,
}

type MonitorFn = dyn Fn(Progress) -> ControlFlow<()> + Send + Sync;

impl Monitor {
    /// Wraps a callback.
    pub fn new(callback: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        Monitor { callback: Some(Arc::new(callback)), before: 0 }
    }

    pub(crate) fn report(&self, progress: Progress) -> Result<()> {
        let progress = Progress { iteration: self.before + progress.iteration, ..progress };
        match &self.callback {
            Some(callback) if callback(progress).is_break() => Err(Error::Cancelled),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for Monitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.callback.is_some() { "Monitor(set)" } else { "Monitor(none)" })
    }
}

/// How a model is estimated.
///
/// | option | default | range | meaning |
/// |---|---|---|---|
/// | `start` | from the data | each > 0 | first point, natural parameters in the model's order |
/// | `max_iterations` | 200 | ≥ 1 | Newton steps per start |
/// | `tolerance` | 1e-8 | > 0 | relative change of every parameter at which the fit has converged |
/// | `fix` | none | > 0 | holds a parameter at a value |
/// | `prior` | none | > 0 | log-normal prior on a parameter: its median, and the standard deviation of its logarithm |
/// | `penalty` | 0 | ≥ 0 | pulls every free parameter without a prior of its own towards the first start, coefficients towards 0 |
/// | `threads` | all cores | ≥ 1 | upper limit; never changes a result |
/// | `monitor` | none | | callback per iteration, may cancel |
///
/// # Formula
/// ```text
/// maximised: ln L − Σ ½ ((ln θ − ln median) / log_sd)² − penalty Σ ½ (ln θ − ln start)²
/// ```
/// Priors and penalty act on the logarithms of the parameters, so a change of the time unit or the currency does not change the estimates. With
/// them a fit is a posterior mode; its standard errors are those of the normal approximation there (Laplace).
///
/// ```
/// use crm_value::{FitOptions, Span, TimeUnit};
/// let options = FitOptions::new()
///     .fix("r", 0.25)
///     .prior("a", 1.0, 0.5)
///     .prior_span("alpha", Span::new(1.0, TimeUnit::Month)?, 1.0);
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct FitOptions {
    start: Option<Vec<f64>>,
    max_iterations: usize,
    tolerance: f64,
    fixed: Vec<(String, f64)>,
    priors: Vec<(String, Prior)>,
    penalty: f64,
    threads: Option<usize>,
    #[cfg_attr(feature = "serde", serde(skip))]
    monitor: Monitor,
}

/// ln θ ~ Normal(ln median, log_sd²).
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
enum Prior {
    Number { median: f64, log_sd: f64 },
    Time { median: Span, log_sd: f64 },
}

impl Default for FitOptions {
    fn default() -> Self {
        FitOptions {
            start: None,
            max_iterations: 200,
            tolerance: 1e-8,
            fixed: Vec::new(),
            priors: Vec::new(),
            penalty: 0.0,
            threads: None,
            monitor: Monitor::default(),
        }
    }
}

impl FitOptions {
    /// The defaults of the table above.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts from these natural parameters, in the model's order.
    pub fn start(mut self, parameters: &[f64]) -> Self {
        self.start = Some(parameters.to_vec());
        self
    }

    /// Limits the Newton steps per start.
    pub fn max_iterations(mut self, iterations: usize) -> Self {
        self.max_iterations = iterations;
        self
    }

    /// Sets the relative parameter change at which the fit has converged.
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Holds a parameter at this value, in the model's unit; it has no standard error and does not count as a parameter in AIC and BIC.
    pub fn fix(mut self, parameter: &str, value: f64) -> Self {
        self.fixed.retain(|(name, _)| name != parameter);
        self.fixed.push((parameter.to_owned(), value));
        self
    }

    /// Puts a log-normal prior on a parameter without a time unit: the median, and the standard deviation of the logarithm (0.5 holds two
    /// thirds of the mass within a factor of 1.65).
    pub fn prior(self, parameter: &str, median: f64, log_sd: f64) -> Self {
        self.with_prior(parameter, Prior::Number { median, log_sd })
    }

    /// The same for a parameter that is a time (alpha, the beta of Pareto/NBD); for one that is a rate per time (the b of GGompertz/NBD) the
    /// span is that of its reciprocal.
    pub fn prior_span(self, parameter: &str, median: Span, log_sd: f64) -> Self {
        self.with_prior(parameter, Prior::Time { median, log_sd })
    }

    fn with_prior(mut self, parameter: &str, prior: Prior) -> Self {
        self.priors.retain(|(name, _)| name != parameter);
        self.priors.push((parameter.to_owned(), prior));
        self
    }

    /// Pulls every free parameter without a prior towards the first start, which the data give; the weight is that of
    /// `1 / weight` as the variance of a log-normal prior.
    pub fn penalty(mut self, weight: f64) -> Self {
        self.penalty = weight;
        self
    }

    /// Limits the number of threads; 0 means all cores.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = (threads > 0).then_some(threads);
        self
    }

    /// Watches the fit.
    pub fn monitor(mut self, monitor: Monitor) -> Self {
        self.monitor = monitor;
        self
    }

    /// Names and values of the parameters that are held.
    pub(crate) fn held(&self) -> &[(String, f64)] {
        &self.fixed
    }

    /// Whether the user gave the first point.
    pub(crate) fn has_start(&self) -> bool {
        self.start.is_some()
    }

    /// Whether only the data decide: no start, and nothing fixed, known beforehand or penalised.
    pub(crate) fn is_plain(&self) -> bool {
        self.start.is_none() && self.fixed.is_empty() && self.priors.is_empty() && self.penalty <= 0.0
    }

    /// The same for a model with these parameters only: what concerns others is left out.
    pub(crate) fn for_nested(&self, parameters: &[Parameter]) -> Self {
        let known = |name: &str| parameters.iter().any(|parameter| parameter.name() == name);
        let mut nested = self.clone();
        nested.start = None;
        nested.fixed.retain(|(name, _)| known(name));
        nested.priors.retain(|(name, _)| known(name));
        nested
    }

    /// The same without held values, priors and penalty.
    pub(crate) fn unconstrained(&self) -> Self {
        FitOptions { start: None, fixed: Vec::new(), priors: Vec::new(), penalty: 0.0, ..self.clone() }
    }

    /// The same for a start that follows so many iterations of others.
    pub(crate) fn after(&self, iterations: usize) -> Self {
        FitOptions { monitor: Monitor { before: iterations, ..self.monitor.clone() }, ..self.clone() }
    }

    /// The same with a normal prior of mean 0 and precision `weight` on a coefficient, unless it has a prior of its own.
    pub(crate) fn ridge(mut self, coefficient: &str, weight: f64) -> Self {
        if weight > 0.0 && !self.priors.iter().any(|(name, _)| name == coefficient) {
            self.priors.push((coefficient.to_owned(), Prior::Number { median: 0.0, log_sd: 1.0 / weight.sqrt() }));
        }
        self
    }

    pub(crate) fn thread_limit(&self) -> Option<usize> {
        self.threads
    }

    /// The options without a fixed parameter that the model settles itself, and its value.
    pub(crate) fn without_fixed(&self, parameter: &str) -> (Self, Option<f64>) {
        let value = self.fixed.iter().find(|(name, _)| name == parameter).map(|&(_, value)| value);
        let mut options = self.clone();
        options.fixed.retain(|(name, _)| name != parameter);
        (options, value)
    }

    /// The options without the start, and the start, which has `parameters` values.
    pub(crate) fn without_start(&self, parameters: usize) -> Result<(Self, Option<Vec<f64>>)> {
        let mut options = self.clone();
        let start = options.start.take();
        if let Some(start) = start.as_ref().filter(|start| start.len() != parameters) {
            let value = format!("{start:?}");
            return Err(Error::InvalidOption { option: "start", value, requirement: "give one value per parameter" });
        }
        Ok((options, start))
    }

    fn check(&self) -> Result<()> {
        if self.max_iterations == 0 {
            return Err(Error::InvalidOption { option: "max_iterations", value: "0".to_owned(), requirement: "give at least 1" });
        }
        if !(self.tolerance > 0.0 && self.tolerance.is_finite()) {
            let value = self.tolerance.to_string();
            return Err(Error::InvalidOption { option: "tolerance", value, requirement: "it must be finite and above 0" });
        }
        if !(self.penalty >= 0.0 && self.penalty.is_finite()) {
            let value = self.penalty.to_string();
            return Err(Error::InvalidOption { option: "penalty", value, requirement: "it must be finite and at least 0" });
        }
        Ok(())
    }
}

/// Items of one partial sum. Fixed, so that sums are the same for any number of threads.
const CHUNK: usize = 4_096;

/// Σ over `0..len` of K-vectors, chunk by chunk: each chunk is summed on one thread, the chunks are added in order.
pub(crate) fn chunked<const K: usize>(
    len: usize,
    threads: Option<usize>,
    add: impl Fn(std::ops::Range<usize>, &mut [f64; K]) + Sync,
) -> [f64; K] {
    let mut total = [0.0; K];
    chunked_into(len, threads, &mut total, |range, sums| {
        if let Some(sums) = sums.first_chunk_mut() {
            add(range, sums);
        }
    });
    total
}

/// The same for vectors as long as `total`, to which the sums are added.
pub(crate) fn chunked_into(len: usize, threads: Option<usize>, total: &mut [f64], add: impl Fn(std::ops::Range<usize>, &mut [f64]) + Sync) {
    let (chunks, width) = (len.div_ceil(CHUNK), total.len());
    let mut partial = vec![0.0; chunks * width];
    let ranges = parallel::ranges(chunks, parallel::threads(threads, len).min(chunks.max(1)));
    let parts = parallel::split_mut(&mut partial, ranges.iter().map(|range| range.len() * width));
    parallel::run(ranges.into_iter().zip(parts).collect(), |(range, part): (std::ops::Range<usize>, &mut [f64])| {
        for (sums, chunk) in part.chunks_exact_mut(width).zip(range) {
            add(chunk * CHUNK..((chunk + 1) * CHUNK).min(len), sums);
        }
    });
    for sums in partial.chunks_exact(width) {
        for (total, sum) in total.iter_mut().zip(sums) {
            *total += sum;
        }
    }
}

/// Σ values, in the chunks of [`chunked`].
pub(crate) fn chunked_sum(values: &[f64]) -> f64 {
    chunked::<1>(values.len(), None, |range, sum| sum[0] += values[range].iter().sum::<f64>())[0]
}
