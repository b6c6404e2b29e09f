//! The discounted integral of a power law.

use super::{gauss_legendre, scaled_exponential_integral};

/// What is this small no longer matters.
const NEGLIGIBLE: f64 = 1e-17;

/// ln ∫₀^H e^(−δ u) (1 + u / c)^(−ν) du for ν > 0, scale c > 0; `horizon` `None` is H = ∞, which needs δ > 0.
pub(crate) fn ln_discounted_power(order: f64, scale: f64, delta: f64, horizon: Option<f64>) -> f64 {
    // ∫₀^∞ e^(−δ u) (1 + u / c)^(−ν) du = c e^y E_ν(y), y = c δ
    let endless = |scale: f64| {
        let y = scale * delta;
        // The power hardly falls before all is discounted.
        if order <= NEGLIGIBLE * y { 1.0 / delta } else { scale * scaled_exponential_integral(order, y) }
    };
    let Some(horizon) = horizon else { return endless(scale).ln() };
    if delta > 0.0 {
        let all = endless(scale);
        let after = (-delta * horizon - order * (horizon / scale).ln_1p()).exp() * endless(scale + horizon);
        if after < 0.5 * all {
            return (all - after).ln();
        }
    }
    // Little happens within the horizon, or δ < 0: no difference is taken.
    ln_power_panels(order, scale, delta, horizon)
}

/// The same by panels in τ = ln(1 + u / c).
///
/// For δ < 0 the exponent −δ c (e^τ − 1) − (ν − 1) τ is convex: what matters lies at the two ends, from where the panels go towards its lowest
/// point. For δ > 0 it is concave, and here nearly flat.
fn ln_power_panels(order: f64, scale: f64, delta: f64, horizon: f64) -> f64 {
    let exponent = |tau: f64| -delta * scale * tau.exp_m1() - (order - 1.0) * tau;
    let slope = |tau: f64| -delta * scale * tau.exp() - (order - 1.0);
    let end = (horizon / scale).ln_1p();
    let turn = (1.0 - order) / (delta * scale);
    let turn = if turn > 0.0 { turn.ln().clamp(0.0, end) } else { end };
    let height = exponent(end).max(0.0);
    let integrand = |tau: f64| (exponent(tau) - height).exp();
    let mut sum = 0.0;
    for from in [0.0, end] {
        let direction = if from < turn { 1.0 } else { -1.0 };
        let (mut at, mut left) = (from, (turn - from).abs());
        while left > 0.0 {
            // The rule is exact while the exponent changes by 10 and the growth of e^τ is moderate.
            let width = (10.0 / slope(at).abs()).min(2.0);
            let next = if width < left { at + direction * width } else { turn };
            sum += direction * gauss_legendre(at, next, integrand);
            left = (turn - next).abs();
            at = next;
            if delta < 0.0 && integrand(at) * left <= NEGLIGIBLE * sum {
                break;
            }
        }
    }
    height + (scale * sum).ln()
}

/// ∫₀^t (1 + u / c)^(−ν) du = c (1 − (1 + t / c)^(1−ν)) / (ν − 1), also at ν = 1, where it is c ln(1 + t / c).
pub(crate) fn power_integral(order: f64, scale: f64, t: f64) -> f64 {
    let ln_growth = (t / scale).ln_1p();
    let exponent = (order - 1.0) * ln_growth;
    // (1 − e^(−k L)) / k = L (1 − k L / 2 + ...): below this size the first term is exact.
    if exponent.abs() < 1e-17 { scale * ln_growth } else { -scale * (-exponent).exp_m1() / (order - 1.0) }
}
