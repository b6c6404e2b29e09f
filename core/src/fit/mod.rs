//! Maximum likelihood: options, solver, and the report that comes with every fitted model.

mod report;
mod solver;

pub use report::{Estimate, FitReport, FitWarning, Fitted, Termination};
pub(crate) use report::{FitContext, finish};
#[cfg(test)]
pub(crate) use solver::tests::check_derivatives;
pub(crate) use solver::{Derivatives, Objective, maximise};

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::parallel;

/// Where a running fit stands; given to a [`Monitor`] once per iteration.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// Iterations done.
    pub iteration: usize,
    /// Log-likelihood at the best point so far.
    pub log_likelihood: f64,
}

/// A callback that watches a fit and may stop it by returning `ControlFlow::Break(())`.
#[derive(Clone, Default)]
pub struct Monitor(Option<Arc<MonitorFn>>);

type MonitorFn = dyn Fn(Progress) -> ControlFlow<()> + Send + Sync;

impl Monitor {
    /// Wraps a callback.
    pub fn new(callback: impl Fn(Progress) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        Monitor(Some(Arc::new(callback)))
    }

    pub(crate) fn report(&self, progress: Progress) -> Result<()> {
        match &self.0 {
            Some(callback) if callback(progress).is_break() => Err(Error::Cancelled),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for Monitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Monitor(set)" } else { "Monitor(none)" })
    }
}

/// How a model is estimated.
///
/// | option | default | range | meaning |
/// |---|---|---|---|
/// | `start` | from the data | each > 0 | first point, natural parameters in the model's order |
/// | `max_iterations` | 200 | ≥ 1 | Newton steps per start |
/// | `tolerance` | 1e-8 | > 0 | relative change of every parameter at which the fit has converged |
/// | `threads` | all cores | ≥ 1 | upper limit; never changes a result |
/// | `monitor` | none | | callback per iteration, may cancel |
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct FitOptions {
    start: Option<Vec<f64>>,
    max_iterations: usize,
    tolerance: f64,
    threads: Option<usize>,
    #[cfg_attr(feature = "serde", serde(skip))]
    monitor: Monitor,
}

impl Default for FitOptions {
    fn default() -> Self {
        FitOptions { start: None, max_iterations: 200, tolerance: 1e-8, threads: None, monitor: Monitor::default() }
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

    pub(crate) fn thread_limit(&self) -> Option<usize> {
        self.threads
    }

    fn check(&self, model: &'static str, names: &[&'static str]) -> Result<()> {
        if self.max_iterations == 0 {
            return Err(Error::InvalidOption { option: "max_iterations", value: "0".to_owned(), requirement: "give at least 1" });
        }
        if !(self.tolerance > 0.0 && self.tolerance.is_finite()) {
            let value = self.tolerance.to_string();
            return Err(Error::InvalidOption { option: "tolerance", value, requirement: "it must be finite and above 0" });
        }
        let Some(start) = &self.start else { return Ok(()) };
        if start.len() != names.len() {
            let value = format!("{start:?}");
            return Err(Error::InvalidOption { option: "start", value, requirement: "give one value per parameter" });
        }
        for (&parameter, &value) in names.iter().zip(start) {
            if !(value > 0.0 && value.is_finite()) {
                let requirement = "start values must be finite and above 0";
                return Err(Error::InvalidParameter { model, parameter, value, requirement });
            }
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
    let chunks = len.div_ceil(CHUNK);
    let mut partial = vec![[0.0; K]; chunks];
    let ranges = parallel::ranges(chunks, parallel::threads(threads, len).min(chunks.max(1)));
    let parts = parallel::split_mut(&mut partial, ranges.iter().map(ExactSizeIterator::len));
    parallel::run(ranges.into_iter().zip(parts).collect(), |(range, part): (std::ops::Range<usize>, &mut [[f64; K]])| {
        for (sums, chunk) in part.iter_mut().zip(range) {
            add(chunk * CHUNK..((chunk + 1) * CHUNK).min(len), sums);
        }
    });
    let mut total = [0.0; K];
    for sums in partial {
        for (total, sum) in total.iter_mut().zip(sums) {
            *total += sum;
        }
    }
    total
}

/// Σ values, in the chunks of [`chunked`].
pub(crate) fn chunked_sum(values: &[f64]) -> f64 {
    chunked::<1>(values.len(), None, |range, sum| sum[0] += values[range].iter().sum::<f64>())[0]
}
