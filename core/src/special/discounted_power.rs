//! The discounted integral of a power law.

use super::{gauss_legendre, scaled_exponential_integral};

/// ∫₀^H e^(−δ u) (1 + u / c)^(−ν) du for ν > 0, scale c > 0; `horizon` `None` is H = ∞, which needs δ > 0.
pub(crate) fn discounted_power(order: f64, scale: f64, delta: f64, horizon: Option<f64>) -> f64 {
    // ∫₀^∞ e^(−δ u) (1 + u / c)^(−ν) du = c e^y E_ν(y), y = c δ
    let endless = |scale: f64| {
        let y = scale * delta;
        if y > 1e15 { 1.0 / delta } else { scale * scaled_exponential_integral(order, y) }
    };
    let Some(horizon) = horizon else { return endless(scale) };
    let ln_growth = (horizon / scale).ln_1p();
    if delta > 0.0 {
        let all = endless(scale);
        let after = (-delta * horizon - order * ln_growth).exp() * endless(scale + horizon);
        if after < 0.5 * all {
            return all - after;
        }
    }
    // Little happens within the horizon: few panels in τ = ln(1 + u / c) suffice, and no difference is taken.
    let panels = (0.1 * (order * ln_growth + delta.abs() * horizon) + 0.5 * ln_growth).ceil().clamp(1.0, 10_000.0);
    let width = ln_growth / panels;
    let term = |tau: f64| (-delta * scale * tau.exp_m1() - (order - 1.0) * tau).exp();
    let integral: f64 = (0..panels as u32).map(|i| gauss_legendre(width * f64::from(i), width * f64::from(i + 1), term)).sum();
    scale * integral
}

/// ∫₀^t (1 + u / c)^(−ν) du = c (1 − (1 + t / c)^(1−ν)) / (ν − 1), also at ν = 1, where it is c ln(1 + t / c).
pub(crate) fn power_integral(order: f64, scale: f64, t: f64) -> f64 {
    let ln_growth = (t / scale).ln_1p();
    let exponent = (order - 1.0) * ln_growth;
    // (1 − e^(−k L)) / k = L (1 − k L / 2 + ...): below this size the first term is exact.
    if exponent.abs() < 1e-17 { scale * ln_growth } else { -scale * (-exponent).exp_m1() / (order - 1.0) }
}
