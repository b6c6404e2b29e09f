//! The generalised exponential integral of real order.

/// e^y E_ν(y) = ∫₀^∞ e^(−y u) (1 + u)^(−ν) du for ν ≥ 1, y > 0.
///
/// Continued fraction of Abramowitz & Stegun (1964), 5.1.22, in its contracted (even) form, by the modified Lentz method. It
/// needs a few steps for y ≥ 1 and some 20 / √y for small y; a large order makes it faster.
pub(crate) fn scaled_exponential_integral(order: f64, y: f64) -> f64 {
    let mut b = y + order;
    let mut c = 1e300;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for step in 1..200_000 {
        let k = f64::from(step);
        let a = -k * (order + k - 1.0);
        b += 2.0;
        d = 1.0 / (a * d + b);
        c = b + a / c;
        let factor = c * d;
        fraction *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction
}
