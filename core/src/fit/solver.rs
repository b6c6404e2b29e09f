//! Damped Newton in the logarithms of the parameters.
//!
//! In logs every parameter is positive, steps are relative, and a change of the time or money unit is a mere shift, which Newton's method does
//! not feel; no scaling of the data is needed. The damping (Levenberg 1944, Marquardt 1963) makes the Hessian definite where the likelihood is
//! not concave and shortens steps that promise more than they keep.

use super::{FitOptions, Progress, Termination};
use crate::error::Result;

/// Value, gradient and Hessian of a log-likelihood in the log-parameters.
#[derive(Debug, Clone)]
pub(crate) struct Derivatives {
    pub(crate) value: f64,
    pub(crate) gradient: Vec<f64>,
    /// Row-major, symmetric.
    pub(crate) hessian: Vec<f64>,
}

impl Derivatives {
    /// From derivatives in the natural parameters: ∂/∂ ln θ = θ ∂/∂θ.
    pub(crate) fn from_natural(parameters: &[f64], value: f64, gradient: &[f64], hessian: impl Fn(usize, usize) -> f64) -> Self {
        let n = parameters.len();
        let log_gradient: Vec<f64> = (0..n).map(|i| gradient[i] * parameters[i]).collect();
        let entry = |i: usize, j: usize| {
            let own = if i == j { log_gradient[i] } else { 0.0 };
            hessian(i.min(j), i.max(j)) * parameters[i] * parameters[j] + own
        };
        let log_hessian = (0..n * n).map(|k| entry(k / n, k % n)).collect();
        Derivatives { value, gradient: log_gradient, hessian: log_hessian }
    }

    fn is_finite(&self) -> bool {
        self.value.is_finite() && self.gradient.iter().chain(&self.hessian).all(|value| value.is_finite())
    }
}

/// A log-likelihood as a function of the natural parameters.
pub(crate) trait Objective {
    /// Value and derivatives at `parameters`, all finite and above 0.
    fn evaluate(&self, parameters: &[f64]) -> Derivatives;
    /// Sum of the weights, by which gradients are scaled.
    fn total_weight(&self) -> f64;
}

/// Where a run of the solver ended.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) parameters: Vec<f64>,
    pub(crate) derivatives: Derivatives,
    pub(crate) iterations: usize,
    pub(crate) evaluations: usize,
    pub(crate) termination: Termination,
}

/// Longest step in a log-parameter: a factor of e².
const MAX_STEP: f64 = 2.0;
/// How far a parameter may run from its start, as a logarithm: beyond a factor of 1e7 the likelihood is flat.
const MAX_DISTANCE: f64 = 16.2;

/// Steps that promise less than this much log-likelihood are not worth taking; a few of them in a row are a ridge.
const WORTHLESS: f64 = 1e-9;
const WORTHLESS_STEPS: usize = 5;

/// Maximises from one start; `None` if the likelihood is not finite there.
pub(crate) fn maximise(objective: &dyn Objective, start: &[f64], options: &FitOptions) -> Result<Option<Outcome>> {
    let centre: Vec<f64> = start.iter().map(|value| value.ln()).collect();
    let natural = |theta: &[f64]| theta.iter().map(|value| value.exp()).collect::<Vec<f64>>();
    let mut theta = centre.clone();
    let mut current = objective.evaluate(start);
    if !current.is_finite() {
        return Ok(None);
    }
    let weight = objective.total_weight();
    let mut damping = 0.0;
    let mut termination = Termination::MaxIterations;
    let (mut iterations, mut evaluations, mut worthless) = (0, 1, 0);
    while iterations < options.max_iterations {
        options.monitor.report(Progress { iteration: iterations, log_likelihood: current.value })?;
        iterations += 1;
        let Some(mut step) = damped_step(&current, &mut damping, weight) else {
            termination = Termination::Stalled;
            break;
        };
        let longest = step.iter().fold(0.0_f64, |longest, value| longest.max(value.abs()));
        if longest > MAX_STEP {
            step.iter_mut().for_each(|value| *value *= MAX_STEP / longest);
        }
        let candidate: Vec<f64> = (theta.iter().zip(&step).zip(&centre))
            .map(|((value, step), centre)| (value + step).clamp(centre - MAX_DISTANCE, centre + MAX_DISTANCE))
            .collect();
        let parameters = natural(&candidate);
        let next = objective.evaluate(&parameters);
        evaluations += 1;
        let gain = next.value - current.value;
        let promised = promised_gain(&current, &step);
        // Differences below this are rounding of the sum.
        let noise = 1e-13 * current.value.abs().max(1.0);
        if !next.is_finite() || gain < -noise || gain < 1e-4 * promised - noise {
            damping = (damping * 8.0).max(1e-4);
            if damping > 1e12 {
                termination = Termination::Stalled;
                break;
            }
            continue;
        }
        damping = if gain > 0.5 * promised - noise { if damping < 1e-6 { 0.0 } else { damping * 0.1 } } else { damping };
        let moved = candidate.iter().zip(&theta).fold(0.0_f64, |moved, (new, old)| moved.max((new - old).abs()));
        theta = candidate;
        current = next;
        if moved < options.tolerance && damping < 1e-3 {
            termination = Termination::Converged;
            break;
        }
        worthless = if promised < WORTHLESS { worthless + 1 } else { 0 };
        if worthless >= WORTHLESS_STEPS {
            termination = Termination::Stalled;
            break;
        }
    }
    Ok(Some(Outcome { parameters: natural(&theta), derivatives: current, iterations, evaluations, termination }))
}

/// Solves (−H + λ w I) step = g, raising λ until the matrix is positive definite.
fn damped_step(at: &Derivatives, damping: &mut f64, weight: f64) -> Option<Vec<f64>> {
    let n = at.gradient.len();
    for _ in 0..40 {
        let mut matrix: Vec<f64> = at.hessian.iter().map(|value| -value).collect();
        for i in 0..n {
            matrix[i * n + i] += *damping * weight;
        }
        if let Some(factor) = cholesky(&matrix, n) {
            return Some(solve(&factor, n, &at.gradient));
        }
        *damping = (*damping * 4.0).max(1e-5);
    }
    None
}

/// g·s + ½ s·H·s
fn promised_gain(at: &Derivatives, step: &[f64]) -> f64 {
    let n = step.len();
    let linear: f64 = at.gradient.iter().zip(step).map(|(g, s)| g * s).sum();
    let quadratic: f64 = (0..n * n).map(|k| step[k / n] * at.hessian[k] * step[k % n]).sum();
    linear + 0.5 * quadratic
}

/// Lower Cholesky factor of a row-major matrix, or `None` unless it is safely positive definite.
pub(crate) fn cholesky(matrix: &[f64], n: usize) -> Option<Vec<f64>> {
    let mut factor = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| factor[i * n + k] * factor[j * n + k]).sum();
            let rest = matrix[i * n + j] - dot;
            if i == j {
                // A pivot lost to cancellation is as good as zero.
                if !(rest > 1e-13 * matrix[i * n + i].abs()) {
                    return None;
                }
                factor[i * n + i] = rest.sqrt();
            } else {
                factor[i * n + j] = rest / factor[j * n + j];
            }
        }
    }
    Some(factor)
}

/// Solves L Lᵀ x = b.
pub(crate) fn solve(factor: &[f64], n: usize, b: &[f64]) -> Vec<f64> {
    let mut x = b.to_vec();
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| factor[i * n + k] * x[k]).sum();
        x[i] = (x[i] - dot) / factor[i * n + i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| factor[k * n + i] * x[k]).sum();
        x[i] = (x[i] - dot) / factor[i * n + i];
    }
    x
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Gradient and Hessian in the log-parameters against differences of the value and of the gradient (five-point rule).
    #[track_caller]
    pub(crate) fn check_derivatives(objective: &dyn Objective, parameters: &[f64]) {
        let at = objective.evaluate(parameters);
        let n = parameters.len();
        let step = 1e-3;
        let scale = objective.total_weight();
        let moved = |i: usize, steps: f64| {
            let mut moved = parameters.to_vec();
            moved[i] *= (steps * step).exp();
            objective.evaluate(&moved)
        };
        let slope = |i: usize, of: &dyn Fn(&Derivatives) -> f64| {
            let f = |steps| of(&moved(i, steps));
            (8.0 * (f(1.0) - f(-1.0)) - (f(2.0) - f(-2.0))) / (12.0 * step)
        };
        for i in 0..n {
            let expected = slope(i, &|d| d.value);
            assert!((at.gradient[i] - expected).abs() < 1e-8 * scale, "gradient {i}: {} is not {expected}", at.gradient[i]);
            for j in 0..n {
                let expected = slope(i, &|d| d.gradient[j]);
                let actual = at.hessian[i * n + j];
                assert!((actual - expected).abs() < 1e-7 * scale, "Hessian {i} {j}: {actual} is not {expected}");
            }
        }
    }

    /// −(ln x − ln 3)² − (ln y)⁴, whose maximum at (3, 1) is flat in y.
    struct Flat;

    impl Objective for Flat {
        fn evaluate(&self, parameters: &[f64]) -> Derivatives {
            let (u, w) = (parameters[0].ln() - 3.0_f64.ln(), parameters[1].ln());
            let gradient = vec![-2.0 * u, -4.0 * w.powi(3)];
            Derivatives { value: -u * u - w.powi(4), gradient, hessian: vec![-2.0, 0.0, 0.0, -12.0 * w * w] }
        }

        fn total_weight(&self) -> f64 {
            1.0
        }
    }

    #[test]
    fn finds_a_flat_maximum() {
        let outcome = maximise(&Flat, &[100.0, 50.0], &FitOptions::new()).unwrap().unwrap();
        assert!((outcome.parameters[0] - 3.0).abs() < 1e-9 && (outcome.parameters[1] - 1.0).abs() < 1e-2, "{outcome:?}");
        check_derivatives(&Flat, &[2.0, 1.3]);
    }

    #[test]
    fn refuses_indefinite_matrices() {
        assert!(cholesky(&[1.0, 2.0, 2.0, 1.0], 2).is_none());
        assert!(cholesky(&[f64::NAN], 1).is_none());
        let factor = cholesky(&[4.0, 2.0, 2.0, 3.0], 2).unwrap();
        let x = solve(&factor, 2, &[8.0, 7.0]);
        assert!((x[0] - 1.25).abs() < 1e-15 && (x[1] - 1.5).abs() < 1e-15);
    }
}
