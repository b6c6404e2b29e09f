//! Quantiles of the gamma and the beta-prime distribution.

use super::{incomplete_gamma, ln_beta, ln_gamma, negative_binomial_tail};

/// y = ln of the `probability`-quantile of Y = G₁ / G₂, G₁ ~ Gamma(a, 1), G₂ ~ Gamma(b, 1); 0 < probability < 1.
pub(crate) fn ln_beta_prime_quantile(a: f64, b: f64, probability: f64) -> f64 {
    let ln_scale = ln_beta(a, b);
    // The smaller tail keeps its digits.
    solve(probability, (a / b).ln(), |y| {
        let lower = probability <= 0.5;
        let tail = if lower { negative_binomial_tail(a, b, y.exp()) } else { negative_binomial_tail(b, a, (-y).exp()) };
        (if lower { tail } else { 1.0 - tail }, a * y - (a + b) * super::softplus(y) - ln_scale)
    })
}

/// ln of the quantile of Gamma(shape, 1) with `above` of the mass above it; 0 < above < 1.
pub(crate) fn ln_gamma_quantile(shape: f64, above: f64) -> f64 {
    let ln_scale = ln_gamma(shape);
    solve(1.0 - above, shape.ln(), |y| {
        let x = y.exp();
        let (part, lower) = incomplete_gamma(shape, x);
        (if lower { part } else { 1.0 - part }, shape * y - x - ln_scale)
    })
}

/// The y with F(y) = target; `at` gives F(y), which rises, and ln F'(y).
fn solve(target: f64, start: f64, at: impl Fn(f64) -> (f64, f64)) -> f64 {
    // ln of a positive f64 never leaves this range.
    let (mut low, mut high) = (-745.0_f64, 710.0_f64);
    let mut y = start.clamp(low, high);
    for _ in 0..200 {
        let (value, ln_slope) = at(y);
        if value < target {
            low = y;
        } else {
            high = y;
        }
        let newton = y + (target - value) / ln_slope.exp();
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if (next - y).abs() <= 1e-15 * y.abs().max(1.0) {
            return next;
        }
        y = next;
    }
    y
}
