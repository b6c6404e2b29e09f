//! The mean of a geometric series whose ratio has a beta-distributed factor.

use super::beta_expectation;

/// 1 − z below which the continued fraction loses digits and takes hundreds of steps.
const NEAR_ONE: f64 = 1e-3;

/// E[1 / (1 − (1 − p) z)] for p ~ Beta(a, b) and ln z < 0: Σ_{n≥0} (b)_n / (a + b)_n z^n = 2F1(1, b; a + b; z).
///
/// The continued fraction of Gauss (Abramowitz & Stegun 1964, 15.3; Wall 1948, eq. 89.9), whose coefficients are positive; near z = 1 the mean itself.
pub(crate) fn geometric_beta(a: f64, b: f64, ln_z: f64) -> f64 {
    let gap = -ln_z.exp_m1();
    if gap < NEAR_ONE {
        // 1 − (1 − p) z = (1 − z) + p z
        return beta_expectation(a, b, |ln_p, _| -(gap + (ln_p + ln_z).exp()).ln());
    }
    let z = ln_z.exp();
    let c = a + b - 1.0;
    // 1 − a₁ z / (1 − a₂ z / (1 − ...)), by the modified Lentz method; no denominator vanishes for z < 1.
    let (mut numerator, mut denominator) = (1.0, 0.0);
    let mut fraction = 1.0;
    for step in 1..100_000 {
        let m = f64::from(step / 2);
        let coefficient = match step {
            1 => b / (a + b),
            _ if step % 2 == 0 => m * (a + m - 1.0) / ((c + 2.0 * m - 1.0) * (c + 2.0 * m)),
            _ => (b + m) * (c + m) / ((c + 2.0 * m) * (c + 2.0 * m + 1.0)),
        };
        denominator = 1.0 / (1.0 - coefficient * z * denominator);
        numerator = 1.0 - coefficient * z / numerator;
        let factor = numerator * denominator;
        fraction *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    1.0 / fraction
}
