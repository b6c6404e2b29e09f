//! Special functions in the ranges that the models need, in forms that do not cancel.
//!
//! `libm` and `special` supply ln Γ, ψ and ψ'; what is written here is what they lack: ratios of gamma functions that stay accurate for large
//! arguments, the tail of the negative binomial distribution, and expectations under gamma-Poisson and beta mixtures.

mod exponential_integral;
mod incomplete_beta;
mod quadrature;

pub(crate) use exponential_integral::scaled_exponential_integral;
pub(crate) use incomplete_beta::{ln_negative_binomial, negative_binomial_tail};
pub(crate) use quadrature::{beta_expectation, gauss_legendre};

/// ln Γ(x), x > 0.
pub(crate) fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// ψ(x), x > 0.
pub(crate) fn digamma(x: f64) -> f64 {
    special::Gamma::digamma(x)
}

/// ψ'(x), x > 0.
pub(crate) fn trigamma(x: f64) -> f64 {
    special::Gamma::trigamma(&x)
}

/// From here on Stirling's series with seven terms is exact to 1e-16.
const STIRLING_FROM: f64 = 10.0;
/// Up to this many factors a product is cheaper than a series and as exact.
const PRODUCT_UP_TO: f64 = 16.0;

/// ln Γ(z) − [(z − ½) ln z − z + ½ ln 2π], z ≥ 10 (Abramowitz & Stegun 6.1.41).
fn stirling_remainder(z: f64) -> f64 {
    let w = 1.0 / (z * z);
    let series = 1.0 / 12.0
        + w * (-1.0 / 360.0 + w * (1.0 / 1260.0 + w * (-1.0 / 1680.0 + w * (1.0 / 1188.0 + w * (-691.0 / 360_360.0 + w * (1.0 / 156.0))))));
    series / z
}

/// ln (a)_n = ln Γ(a + n) − ln Γ(a) for a > 0, n ≥ 0, without the cancellation of the two large logarithms.
pub(crate) fn ln_pochhammer(a: f64, n: f64) -> f64 {
    if n <= 0.0 {
        return 0.0;
    }
    if n <= PRODUCT_UP_TO && n.fract() <= 0.0 && a < 1e15 {
        return (0..n as u32).map(|j| a + f64::from(j)).product::<f64>().ln();
    }
    if a < STIRLING_FROM {
        return ln_gamma(a + n) - ln_gamma(a);
    }
    (a + n - 0.5) * (n / a).ln_1p() + n * (a.ln() - 1.0) + (stirling_remainder(a + n) - stirling_remainder(a))
}

/// ψ(a + n) − ψ(a) for a > 0 and integer n ≥ 0.
pub(crate) fn digamma_pochhammer(a: f64, n: f64) -> f64 {
    if n <= PRODUCT_UP_TO {
        return (0..n as u32).map(|j| 1.0 / (a + f64::from(j))).sum();
    }
    digamma(a + n) - digamma(a)
}

/// ψ'(a + n) − ψ'(a) for a > 0 and integer n ≥ 0; never positive.
pub(crate) fn trigamma_pochhammer(a: f64, n: f64) -> f64 {
    if n <= PRODUCT_UP_TO {
        return -(0..n as u32).map(|j| (a + f64::from(j)).powi(-2)).sum::<f64>();
    }
    trigamma(a + n) - trigamma(a)
}

/// ln B(a, b), a, b > 0, accurate when one argument is much larger than the other.
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    ln_gamma(small) - ln_pochhammer(large, small)
}

/// ln(1 + e^x) without overflow.
#[inline]
pub(crate) fn softplus(x: f64) -> f64 {
    if x > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() }
}
