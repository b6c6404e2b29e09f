//! Newton's method in the logarithms of the parameters, safeguarded along each eigenvector of the Hessian.
//!
//! In logs every parameter is positive, steps are relative, and a change of the time or money unit is a mere shift, which Newton's method does
//! not feel; no scaling of the data is needed. Where the likelihood is not concave the step goes uphill by the size of the curvature (Greenstadt
//! 1967), and a trust radius shortens steps that promise more than they keep.

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
    /// How many ends of the search on a sample are worth a search on all the data.
    fn candidates(&self) -> usize {
        6
    }
    /// Whether all starts are tried, however many agree: evaluations cost little, and second maxima are common.
    fn thorough(&self) -> bool {
        false
    }
    /// Whether a step leads back to a simpler model, whose best point is known.
    fn returns_to_known(&self, _from: &[f64], _to: &[f64]) -> bool {
        false
    }
    /// The likelihood of a sample of the data of the same total weight, or of all of them less exactly: good enough to tell where to look. `None`
    /// where one start is as good as another.
    fn sample(&self) -> Option<&dyn Objective> {
        None
    }
}

/// Where a run of the solver ended.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) parameters: Vec<f64>,
    pub(crate) derivatives: Derivatives,
    /// A step of one standard error, in the logarithms, along each direction that the data hardly determine.
    pub(crate) weak_steps: Vec<Vec<f64>>,
    /// Parameters that a worthless step would still move a good deal: the data do not determine them. Empty at an ordinary maximum.
    pub(crate) undetermined: Vec<usize>,
    pub(crate) iterations: usize,
    pub(crate) evaluations: usize,
    pub(crate) termination: Termination,
}

/// Longest step along one direction, as a logarithm: a factor of e².
const LONGEST_STEP: f64 = 2.0;
/// Below this no step can raise the likelihood.
const SHORTEST_STEP: f64 = 1e-10;
/// How far a parameter may run from its start, as a logarithm: beyond a factor of 1e7 the likelihood is flat.
const MAX_DISTANCE: f64 = 16.2;
/// A step that promises less log-likelihood than this and still moves a parameter by more than 1 % runs along a ridge: what remains to be gained
/// there is a small multiple of it, and the standard error of the logarithm would be some 70.
const WORTHLESS: f64 = 1e-8;
const UNDETERMINED: f64 = 0.01;
/// The same where no step helps any more, because rounding hides what is left to gain.
const LOST_IN_ROUNDING: f64 = 1e-4;

/// On a ridge the likelihood approaches its supremum as L − c e^(−u): Newton's step is 1 for ever, and one k times as long gains 2 (1 − e^(−k))
/// times what the quadratic promised for it. While that holds, k is doubled.
const LONGEST_STRETCH: f64 = 4.0;
const RIDGE_AGREEMENT: f64 = 0.12;
/// Steps that are taken for such.
const RIDGE_STEPS: std::ops::Range<f64> = 0.7..1.4;

/// Curvature below which a direction is weak: a standard error of the logarithm above 2.
const WEAK: f64 = 0.25;
/// Longest step along a weak direction.
const WEAK_STEP: f64 = 2.5;

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Until no step promises as much as the likelihood ratios that tell one maximum from another.
    Rough,
    /// To convergence.
    Full,
}
/// What a run must have in sight to go on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prospects {
    /// A log-likelihood above this.
    pub(crate) floor: f64,
    /// Something else than a known limit.
    pub(crate) news: bool,
}

impl Prospects {
    /// Anything will do.
    pub(crate) const ANY: Self = Prospects { floor: f64::NEG_INFINITY, news: false };
}

/// What [`Effort::Rough`] no longer minds.
const ROUGH_GAIN: f64 = 1e-2;

/// A start is given up when this many times what the quadratic promises would not reach what another one has found; along a ridge twice is to
/// be had.
const HOPE: f64 = 3.0;
/// After so many steps also where the likelihood is not concave; after fewer where starts are only tried.
const PATIENCE: usize = 10;
const ROUGH_PATIENCE: usize = 3;

/// Maximises from one start, at which the derivatives are `current`; `None` if the likelihood is not finite there, or once the run has no prospects.
pub(crate) fn maximise(
    objective: &dyn Objective,
    start: &[f64],
    mut current: Derivatives,
    options: &FitOptions,
    effort: Effort,
    prospects: Prospects,
) -> Result<Option<Outcome>> {
    let centre: Vec<f64> = start.iter().map(|value| value.ln()).collect();
    let natural = |theta: &[f64]| theta.iter().map(|value| value.exp()).collect::<Vec<f64>>();
    let mut theta = centre.clone();
    if !current.is_finite() {
        return Ok(None);
    }
    let n = theta.len();
    let mut radius = LONGEST_STEP;
    let mut termination = Termination::MaxIterations;
    let mut undetermined = Vec::new();
    let (mut iterations, mut evaluations) = (0, 1);
    let patience = if effort == Effort::Rough { ROUGH_PATIENCE } else { PATIENCE };
    let mut held = vec![false; n];
    let mut directions = Directions::inside(&current, &theta, &centre, &mut held);
    let mut stretch = 1.0;
    while iterations < options.max_iterations {
        options.monitor.report(Progress { iteration: iterations, log_likelihood: current.value })?;
        iterations += 1;
        let (step, promised) = directions.step(radius);
        let length = step.iter().fold(0.0_f64, |longest, value| longest.max(value.abs()));
        let (unhindered, possible) = directions.step(LONGEST_STEP);
        undetermined.clear();
        if possible < WORTHLESS {
            undetermined.extend((0..n).filter(|&i| unhindered[i].abs() > UNDETERMINED || directions.free_to_move(i)));
        }
        if current.value + HOPE * possible < prospects.floor && (directions.concave() || iterations > patience) {
            return Ok(None);
        }
        let stepped = |step: &[f64]| theta.iter().zip(step).map(|(value, step)| value + step).collect::<Vec<f64>>();
        if prospects.news && objective.returns_to_known(&natural(&theta), &natural(&stepped(&step))) {
            return Ok(None);
        }
        if !undetermined.is_empty() || (effort == Effort::Rough && possible < ROUGH_GAIN) {
            termination = if undetermined.is_empty() { Termination::Converged } else { Termination::Stalled };
            break;
        }
        let step = if stretch > 1.0 { directions.stretched(radius, stretch) } else { step };
        let candidate: Vec<f64> = (theta.iter().zip(&step).zip(&centre))
            .map(|((value, step), centre)| (value + step).clamp(centre - MAX_DISTANCE, centre + MAX_DISTANCE))
            .collect();
        let next = objective.evaluate(&natural(&candidate));
        evaluations += 1;
        let gain = next.value - current.value;
        // Differences below this are rounding of the sum.
        let noise = 1e-13 * current.value.abs().max(1.0);
        if !next.is_finite() || gain < 1e-4 * promised - noise {
            if stretch > 1.0 {
                stretch = 1.0;
                continue;
            }
            radius = 0.25 * length.min(radius);
            if radius < SHORTEST_STEP {
                termination = Termination::Stalled;
                if possible < LOST_IN_ROUNDING {
                    undetermined.extend((0..n).filter(|&i| unhindered[i].abs() > UNDETERMINED));
                }
                break;
            }
            continue;
        }
        radius = if gain > 0.5 * promised - noise { (2.0 * radius).min(LONGEST_STEP) } else { (0.5 * length).max(SHORTEST_STEP) };
        let ridge = (gain / promised - 2.0 * (1.0 - (-stretch).exp())).abs() < RIDGE_AGREEMENT;
        stretch = if ridge && promised > noise { (2.0 * stretch).min(LONGEST_STRETCH) } else { 1.0 };
        let moved = candidate.iter().zip(&theta).fold(0.0_f64, |moved, (new, old)| moved.max((new - old).abs()));
        theta = candidate;
        current = next;
        let concave = directions.concave();
        directions = Directions::inside(&current, &theta, &centre, &mut held);
        if moved < options.tolerance && length <= radius && concave {
            termination = Termination::Converged;
            break;
        }
    }
    let at_an_end = (0..n).filter(|&i| held[i]);
    if termination == Termination::Converged && held.contains(&true) {
        termination = Termination::Stalled;
    }
    undetermined.extend(at_an_end);
    let weak_steps = directions.weak_steps();
    Ok(Some(Outcome { parameters: natural(&theta), derivatives: current, weak_steps, undetermined, iterations, evaluations, termination }))
}

/// The eigenvectors of −H, with its eigenvalues and the gradient along them.
///
/// Each direction gets a step of its own: −H of a likelihood near a ridge has eigenvalues many orders of magnitude apart, and one damping for
/// all would freeze the flat directions.
struct Directions {
    n: usize,
    /// Eigenvector i is column i, row-major.
    vectors: Vec<f64>,
    curvatures: Vec<f64>,
    slopes: Vec<f64>,
}

impl Directions {
    /// Those of the parameters that are not `held`.
    fn of(at: &Derivatives, held: &[bool]) -> Self {
        let n = at.gradient.len();
        let minus_hessian = |(k, value): (usize, &f64)| match (k / n, k % n) {
            (i, j) if !held[i] && !held[j] => -value,
            (i, j) => f64::from(u8::from(i == j)),
        };
        let mut matrix: Vec<f64> = at.hessian.iter().enumerate().map(minus_hessian).collect();
        let vectors = diagonalise(&mut matrix, n);
        let curvatures = (0..n).map(|i| matrix[i * n + i]).collect();
        let along = |i: usize| (0..n).filter(|&row| !held[row]).map(|row| vectors[row * n + i] * at.gradient[row]).sum();
        let slopes = (0..n).map(along).collect();
        Directions { n, vectors, curvatures, slopes }
    }

    /// Those of the parameters that do not push against the end of their range, which are marked in `held`: a step cut short by it would no
    /// longer be the one that its promise is for.
    fn inside(at: &Derivatives, theta: &[f64], centre: &[f64], held: &mut [bool]) -> Self {
        held.fill(false);
        loop {
            let directions = Self::of(at, held);
            let (step, _) = directions.step(LONGEST_STEP);
            let outward = |i: usize| (theta[i] - centre[i]).abs() > 0.999 * MAX_DISTANCE && step[i] * (theta[i] - centre[i]) > 0.0;
            let Some(i) = (0..theta.len()).find(|&i| !held[i] && outward(i)) else { return directions };
            held[i] = true;
        }
    }

    fn concave(&self) -> bool {
        self.curvatures.iter().all(|&curvature| curvature > 0.0)
    }

    /// Newton's step, uphill where the likelihood is convex, at most `radius` along each direction; and the gain that the quadratic promises.
    fn step(&self, radius: f64) -> (Vec<f64>, f64) {
        let mut step = vec![0.0; self.n];
        let mut promised = 0.0;
        for i in 0..self.n {
            let (slope, curvature) = (self.slopes[i], self.curvatures[i]);
            let along = (slope / curvature.abs().max(f64::MIN_POSITIVE)).clamp(-radius, radius);
            promised += slope * along - 0.5 * curvature * along * along;
            for (row, step) in step.iter_mut().enumerate() {
                *step += along * self.vectors[row * self.n + i];
            }
        }
        (step, promised)
    }
}

impl Directions {
    /// One standard error along each weak direction, at most [`WEAK_STEP`].
    fn weak_steps(&self) -> Vec<Vec<f64>> {
        let step = |i: usize| {
            let length = self.curvatures[i].max(WEAK_STEP.powi(-2)).sqrt().recip();
            (0..self.n).map(|row| length * self.vectors[row * self.n + i]).collect()
        };
        (0..self.n).filter(|&i| self.curvatures[i] < WEAK).map(step).collect()
    }

    /// The step with the parts that look like those along a ridge made longer.
    fn stretched(&self, radius: f64, stretch: f64) -> Vec<f64> {
        let (mut step, _) = self.step(radius);
        for i in 0..self.n {
            let along = self.slopes[i] / self.curvatures[i];
            if self.curvatures[i] > 0.0 && along.abs() < radius && RIDGE_STEPS.contains(&self.longest(i, along)) {
                for (row, step) in step.iter_mut().enumerate() {
                    *step += (stretch - 1.0) * along * self.vectors[row * self.n + i];
                }
            }
        }
        step
    }

    /// Whether a worthless move along one direction, up or down, changes a parameter a good deal. Newton's step does not tell where the
    /// curvature is lost in rounding.
    fn free_to_move(&self, row: usize) -> bool {
        let farthest = |curvature: f64| (2.0 * WORTHLESS / curvature.abs().max(f64::MIN_POSITIVE)).sqrt().min(LONGEST_STEP);
        (0..self.n).any(|i| (farthest(self.curvatures[i]) * self.vectors[row * self.n + i]).abs() > UNDETERMINED)
    }

    /// Largest change of a parameter in a step along a direction.
    fn longest(&self, i: usize, along: f64) -> f64 {
        (0..self.n).fold(0.0_f64, |longest, row| longest.max((along * self.vectors[row * self.n + i]).abs()))
    }
}

/// Turns a symmetric row-major matrix into a diagonal one by Jacobi's rotations (Golub & Van Loan 1996, section 8.4); returns the eigenvectors
/// as columns.
fn diagonalise(matrix: &mut [f64], n: usize) -> Vec<f64> {
    let mut vectors: Vec<f64> = (0..n * n).map(|k| if k / n == k % n { 1.0 } else { 0.0 }).collect();
    for _ in 0..30 {
        let mut rotated = false;
        for p in 0..n {
            for q in p + 1..n {
                let (a_pp, a_qq, a_pq) = (matrix[p * n + p], matrix[q * n + q], matrix[p * n + q]);
                if !(a_pq.abs() > 1e-17 * (a_pp * a_qq).abs().sqrt()) {
                    continue;
                }
                rotated = true;
                let tau = (a_qq - a_pp) / (2.0 * a_pq);
                let t = tau.signum() / (tau.abs() + tau.hypot(1.0));
                let c = 1.0 / t.hypot(1.0);
                let s = t * c;
                for k in 0..n {
                    let (a_kp, a_kq) = (matrix[k * n + p], matrix[k * n + q]);
                    matrix[k * n + p] = c * a_kp - s * a_kq;
                    matrix[k * n + q] = s * a_kp + c * a_kq;
                }
                for k in 0..n {
                    let (a_pk, a_qk) = (matrix[p * n + k], matrix[q * n + k]);
                    matrix[p * n + k] = c * a_pk - s * a_qk;
                    matrix[q * n + k] = s * a_pk + c * a_qk;
                    let (v_kp, v_kq) = (vectors[k * n + p], vectors[k * n + q]);
                    vectors[k * n + p] = c * v_kp - s * v_kq;
                    vectors[k * n + q] = s * v_kp + c * v_kq;
                }
            }
        }
        if !rotated {
            break;
        }
    }
    vectors
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
        let outcome = maximise(&Flat, &[100.0, 50.0], Flat.evaluate(&[100.0, 50.0]), &FitOptions::new(), Effort::Full, Prospects::ANY)
            .unwrap()
            .unwrap();
        assert!((outcome.parameters[0] - 3.0).abs() < 1e-9 && (outcome.parameters[1] - 1.0).abs() < 1e-2, "{outcome:?}");
        check_derivatives(&Flat, &[2.0, 1.3]);
    }

    #[test]
    fn diagonalises() {
        // Eigenvalues of [[2, 1, 0], [1, 2, 1], [0, 1, 2]]: 2 − √2, 2, 2 + √2.
        let original = [2.0, 1.0, 0.0, 1.0, 2.0, 1.0, 0.0, 1.0, 2.0];
        let mut matrix = original;
        let vectors = diagonalise(&mut matrix, 3);
        let mut values = [matrix[0], matrix[4], matrix[8]];
        values.sort_by(f64::total_cmp);
        for (value, expected) in values.into_iter().zip([2.0 - 2.0_f64.sqrt(), 2.0, 2.0 + 2.0_f64.sqrt()]) {
            assert!((value - expected).abs() < 1e-14, "{value} is not {expected}");
        }
        for i in 0..3 {
            for row in 0..3 {
                let product: f64 = (0..3).map(|k| original[row * 3 + k] * vectors[k * 3 + i]).sum();
                assert!((product - matrix[i * 4] * vectors[row * 3 + i]).abs() < 1e-14);
            }
        }
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
