//! The regularised incomplete gamma function.

use super::ln_gamma;

/// P(a, x) where it is at most about a half, and Q(a, x) = 1 − P(a, x) elsewhere, with a flag that says which: the smaller part keeps its digits.
///
/// Series (Abramowitz & Stegun 6.5.29) for x < a + 1, the continued fraction (6.5.31) by the modified Lentz method above. Relative error near
/// 1e-14 · a. a > 0, x ≥ 0.
pub(crate) fn incomplete_gamma(a: f64, x: f64) -> (f64, bool) {
    if x <= 0.0 {
        return (0.0, true);
    }
    let ln_front = a * x.ln() - x - ln_gamma(a);
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while term > 1e-17 * sum {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        return ((ln_front + sum.ln()).exp(), true);
    }
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1.0 / TINY, 1.0 / b);
    let mut fraction = d;
    for step in 1..100_000 {
        let i = f64::from(step);
        let numerator = -i * (i - a);
        b += 2.0;
        d = 1.0 / (numerator * d + b);
        c = b + numerator / c;
        let factor = d * c;
        fraction *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    ((ln_front + fraction.ln()).exp(), false)
}
