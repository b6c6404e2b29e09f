//! Means over a beta-distributed probability of many functions at once, such as geometric series of it.

use super::quadrature::LogitBeta;

/// Step in logit p. The trapezoidal rule is as exact as the density's Fourier transform is small at 2π / step, which for b → ∞ is |Γ(a + 2πi / step)| / Γ(a):
/// below 1e-13 for every a.
const STEP: f64 = 0.22;
/// Step over the width of the density, where that is narrow.
const STEP_OF_WIDTH: f64 = 0.55;
/// What is this small no longer matters.
const NEGLIGIBLE: f64 = 1e-18;

/// The trapezoidal rule over logit p for p ~ Beta(a, b), whose nodes serve every function that is smooth there.
pub(crate) struct BetaNodes {
    /// ln p, ln(1 − p) and their share.
    nodes: Vec<(f64, f64, f64)>,
}

impl BetaNodes {
    /// For functions that are constant where ln p or ln(1 − p) is below these: there only the density changes, by the same factor from node to
    /// node, and the nodes from there on are one.
    pub(crate) fn new(a: f64, b: f64, least_ln_p: f64, least_ln_q: f64) -> Self {
        let beta = LogitBeta::new(a, b);
        let step = STEP.min(STEP_OF_WIDTH * (1.0 / a + 1.0 / b).sqrt());
        let mut nodes = Vec::new();
        let mut total = 0.0;
        for (direction, slope, first) in [(1.0, b, 0.0), (-1.0, a, 1.0)] {
            let mut i = first;
            loop {
                let distance = direction * i * step;
                let (ln_p, ln_q) = beta.logarithms(distance);
                let mut weight = beta.ln_density(distance).exp();
                let last = if direction > 0.0 { ln_q < least_ln_q } else { ln_p < least_ln_p };
                if last {
                    weight /= -(-slope * step).exp_m1();
                }
                nodes.push((ln_p, ln_q, weight));
                total += weight;
                // What is averaged may rise towards p = 0 as 1 / p, but hardly towards p = 1.
                let rise = if direction > 0.0 { 1.0 } else { ln_p.exp() };
                if last || weight < NEGLIGIBLE * rise * total {
                    break;
                }
                i += 1.0;
            }
        }
        for (_, _, weight) in &mut nodes {
            *weight /= total;
        }
        BetaNodes { nodes }
    }

    /// E[f(ln p, ln(1 − p))].
    pub(crate) fn mean(&self, f: impl Fn(f64, f64) -> f64) -> f64 {
        self.nodes.iter().map(|&(ln_p, ln_q, weight)| weight * f(ln_p, ln_q)).sum()
    }
}

/// E[1 / (1 − (1 − p) z)] for p ~ Beta(a, b) and many z: Σ_{n≥0} (b)_n / (a + b)_n z^n = 2F1(1, b; a + b; z).
pub(crate) struct GeometricBeta {
    /// p and its share.
    nodes: Vec<(f64, f64)>,
}

impl GeometricBeta {
    /// For −ln z of at least `least`.
    pub(crate) fn new(a: f64, b: f64, least: f64) -> Self {
        let nodes = BetaNodes::new(a, b, (NEGLIGIBLE * least.min(1.0)).ln(), NEGLIGIBLE.ln()).nodes;
        GeometricBeta { nodes: nodes.into_iter().map(|(ln_p, _, weight)| (ln_p.exp(), weight)).collect() }
    }

    pub(crate) fn mean(&self, ln_z: f64) -> f64 {
        // 1 − (1 − p) z = (1 − z) + p z
        let (gap, z) = (-ln_z.exp_m1(), ln_z.exp());
        self.nodes.iter().map(|&(p, weight)| weight / (gap + p * z)).sum()
    }
}

/// Against values computed with mpmath at 40 digits: hyp2f1.
#[cfg(test)]
#[allow(clippy::excessive_precision, reason = "the reference values keep the digits they were computed with")]
mod tests {
    use super::*;

    #[test]
    fn means_of_geometric_series() {
        for (a, b, ln_z, expected) in [
            (0.793, 2.426, -0.001, 25.5049688993328828),
            (0.003, 165.3, -2e-06, 488963.022311712221),
            (1.0, 2.5, -0.5, 1.85091462992938966),
            (8.4e5, 628.9, -1e-07, 1.00074869129256445),
            (0.02, 0.004, -1e-09, 110202313.926922848),
            (500.0, 3000.0, -0.1, 4.45836364546484668),
            (3.0, 1000000.0, -3.0, 1.05239553106877038),
            (20.0, 0.5, -40.0, 1.0),
            (4.7, 1785.0, -1e-05, 480.269246747215835),
            (7.5, 400000.0, -1e-06, 57422.154977155187),
        ] {
            for least in [-ln_z, -1e-3 * ln_z] {
                let actual = GeometricBeta::new(a, b, least).mean(ln_z);
                assert!((actual - expected).abs() <= 1e-12 * expected, "{actual:e} is not {expected:e}");
            }
        }
    }
}
