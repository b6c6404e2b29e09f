//! The generalised exponential integral of real order.

use super::gauss_legendre;

/// Orders from which the continued fraction converges fast for every y.
const LARGE_ORDER: f64 = 30.0;
/// y below which the continued fraction takes hundreds of steps for small orders, and their rounding errors add up.
const SMALL: f64 = 0.05;
/// e^−45: past it nothing is left of an integral.
const NEGLIGIBLE_EXPONENT: f64 = 45.0;

/// e^y E_ν(y) = ∫₀^∞ e^(−y u) (1 + u)^(−ν) du for ν > 0, y > 0.
///
/// Unless y and ν are both small the continued fraction of Abramowitz & Stegun (1964), 5.1.22, in its contracted form; else, where that takes
/// thousands of steps, the integral itself over τ = ln(1 + u), where it is smooth.
pub(super) fn scaled_exponential_integral(order: f64, y: f64) -> f64 {
    if y >= SMALL || order >= LARGE_ORDER { continued_fraction(order, y) } else { integral(order, y) }
}

/// By the modified Lentz method.
fn continued_fraction(order: f64, y: f64) -> f64 {
    let mut b = y + order;
    let mut c = 1e300;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for step in 1..100_000 {
        let k = f64::from(step);
        let a = -k * (order + k - 1.0);
        b += 2.0;
        d = 1.0 / (a * d + b);
        c = b + a / c;
        let factor = c * d;
        fraction *= factor;
        if (factor - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    fraction
}

/// ∫ exp(−y (e^τ − 1) − (ν − 1) τ) dτ over panels short enough for the rule, until the integrand has vanished.
fn integral(order: f64, y: f64) -> f64 {
    let end = (NEGLIGIBLE_EXPONENT / y).ln_1p().min(NEGLIGIBLE_EXPONENT / (order - 1.0).max(1e-3));
    let panels = (end * (order / 10.0).max(1.0)).ceil();
    let width = end / panels;
    let term = |tau: f64| (-y * tau.exp_m1() - (order - 1.0) * tau).exp();
    (0..panels as u32).map(|i| gauss_legendre(width * f64::from(i), width * f64::from(i + 1), term)).sum()
}
