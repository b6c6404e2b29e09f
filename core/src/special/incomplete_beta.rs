//! The tail of the negative binomial distribution through the regularised incomplete beta function.

use super::{ln_beta, ln_gamma_norm, ln_pochhammer};

/// P(N ≥ n) for N counted by a Poisson process whose rate is Gamma(r, α), over time t with s = t / α: I_z(n, r), z = s / (1 + s).
///
/// Relative error near 1e-13 also deep in the tail, where `1 − Σ` would lose everything. n ≥ 0 an integer, r > 0, s ≥ 0.
///
/// Continued fraction of Didonato & Morris (1992), ACM TOMS 18, eq. 9, in the half where it converges fast; the complement elsewhere.
pub(crate) fn negative_binomial_tail(n: f64, r: f64, s: f64) -> f64 {
    if n <= 0.0 {
        return 1.0;
    }
    regularised_incomplete_beta(n, r, s)
}

/// Second shape below which 1 − I_z(a, b) comes so close to 1 that its complement would lose digits.
const SMALL_SHAPE: f64 = 0.5;

/// ln I_w(b, a) for b < ½ and w (a + b + 2) ≤ b + 1, exact relative to its distance from 0, which is of order b.
///
/// I_w(b, a) = w^b Γ(a + b) / (Γ(a) Γ(1 + b)) (1 + b Σ_{k≥1} (1 − a)_k / k! w^k / (b + k)), Abramowitz & Stegun 6.6.8; a w < 2.
fn ln_upper_of_small(a: f64, b: f64, w: f64, ln_w: f64) -> f64 {
    let (mut term, mut sum, mut k) = (1.0, 0.0, 0.0);
    loop {
        term *= (k + 1.0 - a) / (k + 1.0) * w;
        k += 1.0;
        let share = term / (b + k);
        sum += share;
        if share.abs() <= 1e-17 * f64::abs(sum) || k > 1_000.0 {
            break;
        }
    }
    b * ln_w + ln_pochhammer(a, b) - ln_pochhammer(1.0, b) + (b * sum).ln_1p()
}

/// I_z(a, b) with z = s / (1 + s), a, b > 0, s ≥ 0: the regularised incomplete beta function by the odds s, so that neither end cancels.
pub(crate) fn regularised_incomplete_beta(a: f64, b: f64, s: f64) -> f64 {
    if s <= 0.0 {
        return 0.0;
    }
    // ln z and ln(1 − z) from s directly: neither cancels at its end.
    let (ln_z, ln_1mz) = (-(1.0 / s).ln_1p(), -s.ln_1p());
    let z = s / (1.0 + s);
    let ln_front = a * ln_z + b * ln_1mz - ln_beta(a, b);
    if z * (a + b + 2.0) < a + 1.0 {
        (ln_front - a.ln()).exp() * continued_fraction(a, b, z)
    } else if b < SMALL_SHAPE {
        -ln_upper_of_small(a, b, 1.0 / (1.0 + s), ln_1mz).exp_m1()
    } else {
        1.0 - (ln_front - b.ln()).exp() * continued_fraction(b, a, 1.0 / (1.0 + s))
    }
}

/// P(N = n): (r)_n / n! z^n (1 − z)^r, in logarithms; n need not be whole.
///
/// Loader (2000), Fast and Accurate Computation of Binomial Probabilities: the logarithms of the gamma functions and powers, which would cancel
/// for large n or r, are taken relative to each other. d is how far n is from its mean.
pub(crate) fn ln_negative_binomial(n: f64, r: f64, s: f64) -> f64 {
    if n <= 0.0 {
        return -r * s.ln_1p();
    }
    let d = (n - r * s) / (1.0 + s);
    // n ln(n / (n − d)) and r ln(r / (r + d)), in which n − d and r + d are the shares s and 1 of n + r.
    let of = |x: f64, d: f64, other: f64| if d.abs() < 0.5 * x { -x * (-d / x).ln_1p() } else { x * (x / other).ln() };
    let total = n + r;
    let deviance = of(n, d, total / (1.0 + s) * s) + of(r, -d, total / (1.0 + s));
    ln_gamma_norm(n) + ln_gamma_norm(r) - ln_gamma_norm(total) - n.ln() - deviance
}

/// The continued fraction of I_x(a, b) a B(a, b) / (x^a (1 − x)^b), by the modified Lentz method.
fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let guard = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    // Converges in O(√max(a, b)) steps in the half where it is called.
    for step in 1..100_000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        let factor = d * c;
        fraction *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction
}
