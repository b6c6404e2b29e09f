//! Special functions in the ranges that the models need, in forms that do not cancel.
//!
//! `libm` and `special` supply ln Γ, ψ and ψ'; what is written here is what they lack: ratios of gamma functions that stay accurate for large
//! arguments, the tail of the negative binomial distribution, and expectations under gamma-Poisson and beta mixtures.

mod beta_ratio;
mod discounted_power;
mod exponential_integral;
mod exponentials;
mod geometric_beta;
mod incomplete_beta;
mod incomplete_gamma;
mod quadrature;
mod quantile;

pub(crate) use beta_ratio::{digamma_difference, discounted_survival, ln_beta_ratio, survived_sum, trigamma_difference};
pub(crate) use discounted_power::{ln_discounted_power, power_integral};
use exponential_integral::scaled_exponential_integral;
pub(crate) use exponentials::exp_all;
pub(crate) use geometric_beta::{BetaNodes, GeometricBeta};
pub(crate) use incomplete_beta::{ln_negative_binomial, negative_binomial_tail, regularised_incomplete_beta};
use incomplete_gamma::incomplete_gamma;
pub(crate) use quadrature::{
    GAUSS_LEGENDRE_2, GAUSS_LEGENDRE_4, GAUSS_LEGENDRE_6, GAUSS_LEGENDRE_10, GAUSS_LEGENDRE_20, beta_expectation, falling_integral,
    gamma_expectation, gauss_legendre, peak_integral,
};
pub(crate) use quantile::{ln_beta_prime_quantile, ln_gamma_quantile};

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
/// From here on the asymptotic series of ψ and ψ' (Abramowitz & Stegun 6.3.18, 6.4.12) with four terms are exact to 1e-16, and their
/// differences do not cancel.
const ASYMPTOTIC_FROM: f64 = 100.0;
/// Up to this many factors a product is cheaper than a series and as exact.
const PRODUCT_UP_TO: f64 = 16.0;

/// ln Γ(z) − [(z − ½) ln z − z + ½ ln 2π], z ≥ 10 (Abramowitz & Stegun 6.1.41).
fn stirling_remainder(z: f64) -> f64 {
    let w = 1.0 / (z * z);
    let series = 1.0 / 12.0
        + w * (-1.0 / 360.0 + w * (1.0 / 1260.0 + w * (-1.0 / 1680.0 + w * (1.0 / 1188.0 + w * (-691.0 / 360_360.0 + w * (1.0 / 156.0))))));
    series / z
}

/// ln(z^z e^−z / Γ(z)), z > 0, without the cancellation of the large logarithms.
fn ln_gamma_norm(z: f64) -> f64 {
    if z < STIRLING_FROM { z * z.ln() - z - ln_gamma(z) } else { 0.5 * (z / std::f64::consts::TAU).ln() - stirling_remainder(z) }
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
        if n < 1.0 {
            // The two logarithms would cancel: raised one by one to where the series holds.
            return ln_pochhammer(a + 1.0, n) - (n / a).ln_1p();
        }
        return ln_gamma(a + n) - ln_gamma(a);
    }
    (a + n - 0.5) * (n / a).ln_1p() + n * (a.ln() - 1.0) + (stirling_remainder(a + n) - stirling_remainder(a))
}

/// ψ(a + n) − ψ(a) for a > 0 and integer n ≥ 0.
pub(crate) fn digamma_pochhammer(a: f64, n: f64) -> f64 {
    if n <= PRODUCT_UP_TO {
        return (0..n as u32).map(|j| 1.0 / (a + f64::from(j))).sum();
    }
    if a < ASYMPTOTIC_FROM {
        return digamma(a + n) - digamma(a);
    }
    let (from, to) = (1.0 / a, 1.0 / (a + n));
    let series = |z: f64| z * (0.5 + z * (1.0 / 12.0 + z * z * (-1.0 / 120.0 + z * z / 252.0)));
    (n / a).ln_1p() + (series(from) - series(to))
}

/// ψ'(a + n) − ψ'(a) for a > 0 and integer n ≥ 0; never positive.
pub(crate) fn trigamma_pochhammer(a: f64, n: f64) -> f64 {
    if n <= PRODUCT_UP_TO {
        return -(0..n as u32).map(|j| (a + f64::from(j)).powi(-2)).sum::<f64>();
    }
    if a < ASYMPTOTIC_FROM {
        return trigamma(a + n) - trigamma(a);
    }
    let (from, to) = (1.0 / a, 1.0 / (a + n));
    let series = |z: f64| z * z * (0.5 + z * (1.0 / 6.0 + z * z * (-1.0 / 30.0 + z * z / 42.0)));
    -n * from * to + (series(to) - series(from))
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

/// Against values computed with mpmath 1.4.1 at 40 digits: loggamma, psi, beta, betainc, expint, hyp2f1.
#[cfg(test)]
#[allow(clippy::excessive_precision, reason = "the reference values keep the digits they were computed with")]
mod tests {
    use super::*;

    #[track_caller]
    fn close(actual: f64, expected: f64, rel: f64) {
        assert!((actual - expected).abs() <= rel * expected.abs(), "{actual:e} is not {expected:e} within {rel:e}");
    }

    #[test]
    fn pochhammer_logarithms() {
        for (a, n, expected) in [
            (0.243, 2.0, -1.197_166_023_113_014_57),
            (1e-6, 17.0, 16.856_352_928_844_599_7),
            (0.5, 100.0, 360.863_175_524_852_921),
            (9.5, 20.0, 57.879_747_500_026_365_7),
            (10.0, 0.25, 0.566_196_191_394_576_684),
            (100.0, 1e-3, 0.004_600_166_877_804_585_08),
            (1e6, 0.5, 6.907_755_153_982_137_05),
            (1e8, 20.0, 368.413_616_779_047_186),
            (2.426, 5000.0, 37_603.055_364_154_027_1),
            (1e10, 1e3, 23_025.850_979_890_455_2),
            (31_250.0, 3.744, 38.749_720_679_824_488_6),
        ] {
            close(ln_pochhammer(a, n), expected, 1e-13);
        }
        close(ln_pochhammer(3.0, 0.0), 0.0, 0.0);
    }

    #[test]
    fn pochhammer_derivatives() {
        for (a, n, first, second) in [
            (0.243, 2.0, 4.919_731_566_732_550_13, -17.582_316_472_375_573_5),
            (0.001, 17.0, 1_003.379_145_845_836_35, -1_000_001.581_949_331_93),
            (2.5, 300.0, 5.007_270_833_580_057_55, -0.487_046_500_847_582_908),
            (150.0, 40.0, 0.237_091_927_741_247_425, -0.001_411_905_662_076_721_67),
            (101.0, 5000.0, 3.926_932_001_986_120_09, -0.009_754_107_454_080_217_37),
            (1e6, 300.0, 2.999_551_589_530_389_59e-4, -2.999_103_268_571_063_19e-10),
            (1e10, 20.0, 1.999_999_998_1e-9, -1.999_999_996_200_000_01e-19),
        ] {
            close(digamma_pochhammer(a, n), first, 1e-14);
            close(trigamma_pochhammer(a, n), second, 1e-14);
        }
    }

    #[test]
    fn beta_logarithms() {
        for (a, b, expected) in [
            (0.8, 2.4, -0.516_485_826_306_229_782),
            (1e6, 0.5, -6.335_390_211_057_436_96),
            (1e8, 0.5, -8.637_975_427_801_482_65),
            (6.25, 3.74, -6.084_705_740_212_388_2),
            (1e-3, 1e-3, 7.600_900_817_008_347_38),
            (5e4, 3e4, -52_929.059_585_218_281_6),
        ] {
            close(ln_beta(a, b), expected, 1e-14);
            close(ln_beta(b, a), expected, 1e-14);
        }
    }

    #[test]
    fn negative_binomial_tails() {
        for (n, r, s, expected) in [
            (1.0, 0.243, 0.5, 0.093_829_699_784_396_822_1),
            (10.0, 0.243, 0.453_103_760_761_214_34, 5.194_116_445_455_435_59e-7),
            (500.0, 3.0, 0.1, 0.0),
            (5000.0, 100.0, 45.0, 0.137_168_479_876_183_003),
            (2.0, 1e-3, 1e-3, 4.998_330_835_749_167_02e-10),
            (300.0, 1.5, 1e3, 0.896_386_686_742_414_488),
            (40.0, 20.0, 2.0, 0.487_830_466_773_331_929),
            (1000.0, 0.05, 50.0, 7.300_780_505_575_194_63e-12),
        ] {
            close(negative_binomial_tail(n, r, s), expected, 3e-12);
        }
        close(negative_binomial_tail(0.0, 1.0, 1.0), 1.0, 0.0);
    }

    #[test]
    fn incomplete_betas_of_real_arguments() {
        for (a, b, s, expected) in [
            (16.24, 6.25, 0.8, 0.0034365773727686525),
            (3.74, 6.25, 0.03, 0.00018759450673661029),
            (0.4, 12.5, 3.0, 0.999999996575156059),
            (3.74, 625.0, 0.001, 0.0065148057216331885),
            (250.5, 3.3, 40.0, 0.0722893439341673765),
            (3.74, 31.25, 0.1544, 0.732371526238978913),
        ] {
            close(regularised_incomplete_beta(a, b, s), expected, 3e-12);
        }
        close(regularised_incomplete_beta(2.0, 3.0, 0.0), 0.0, 0.0);
    }

    #[test]
    fn exponential_integrals() {
        for (order, y, expected) in [
            (1.25, 0.01, 2.488_017_868_788_236_91),
            (2.0, 1.0, 0.403_652_637_676_805_926),
            (5000.0, 3.0, 0.000_199_920_008_011_197_436),
            (3.3, 250.0, 0.003_948_089_378_469_818_06),
            (1.001, 0.08, 2.192_900_075_943_998_86),
            (40.0, 1e-3, 0.025_640_350_895_429_336_2),
            (1.25, 1e-6, 3.845_000_863_827_875_63),
        ] {
            close(scaled_exponential_integral(order, y), expected, 2e-13);
        }
    }

    /// E[1 / (1 + p s)] = 2F1(1, a; a + b; −s).
    #[test]
    fn beta_expectations() {
        for (a, b, s, expected) in [
            (0.793, 2.426, 10.0, 0.415_620_340_202_496_735),
            (0.001, 1000.0, 1e6, 0.993_682_468_469_884_495),
            (0.05, 0.05, 3.0, 0.601_489_388_611_713_626),
            (1000.0, 0.001, 1e4, 0.000_099_990_101_079_973_055_6),
            (20.0, 30.0, 1e-3, 0.999_600_164_636_229_321),
            (500.0, 500.0, 1e8, 2.002_003_967_895_550_94e-8),
            (1e6, 3e5, 10.0, 0.115_044_268_579_130_582),
            (0.002, 0.0016, 10000.0, 0.43639385095604275891),
            (0.0757, 525000.0, 10000000.0, 0.82677791156322053865),
            (0.05, 0.0003, 0.01, 0.9901580335630128909),
            (1518.0, 32.0, 0.5, 0.67128725737421014322),
        ] {
            close(beta_expectation(a, b, |ln_p, _| -(ln_p.exp() * s).ln_1p()), expected, 1e-12);
        }
        // The terms of the exponent exceed it by the root of a.
        for (a, b, s, expected) in [(1e10, 9.9e11, 100.0, 0.500_000_000_012_375), (1e9, 1e14, 1e5, 0.500_002_500_112_498_188)] {
            close(beta_expectation(a, b, |ln_p, _| -(ln_p.exp() * s).ln_1p()), expected, 1e-15 * f64::sqrt(a));
        }
    }

    #[test]
    fn quantiles() {
        for (a, b, probability, expected) in [
            (6.25, 16.24, 0.5, -0.988_429_685_101_511_398),
            (6.25, 3.74, 0.99, 2.307_536_527_276_173_01),
            (6.25, 3.74, 1e-6, -2.810_406_271_540_120_51),
            (0.3, 0.8, 0.9, 1.397_988_663_327_492_14),
            (50.0, 4000.0, 0.025, -4.681_618_182_400_182_99),
            (6.25, 0.05, 0.6, 20.617_654_133_550_615_4),
        ] {
            close(ln_beta_prime_quantile(a, b, probability), expected, 1e-12);
        }
        for (shape, above, expected) in [
            (3.74, 0.5, 1.227_436_250_081_373_71),
            (16.24, 0.9, 2.428_040_400_289_349_31),
            (0.3, 0.95, -10.346_332_243_405_212),
            (4000.5, 0.01, 8.330_648_970_673_581_23),
            (0.05, 0.2, -4.993_483_592_817_218_89),
            (16.24, 0.1, 3.0713513838245133),
        ] {
            close(ln_gamma_quantile(shape, above), expected, 1e-13);
        }
    }

    #[test]
    fn geometric_series() {
        for (a, b, z, expected) in [
            (0.793, 2.426, 0.9, 4.3494585535349318),
            (0.001, 1000.0, 0.99, 99.9909282566851574),
            (0.05, 0.05, 0.9999, 3180.62658552555314),
            (20.0, 30.0, 0.5, 1.43200629380728025),
            (0.5, 0.5, 0.3, 1.19522860933439363),
            (1.0, 2.5, 0.999999, 31.3379277257319453),
            (3.0, 2000.0, 0.998, 301.895002921240531),
        ] {
            close(GeometricBeta::new(a, b, -f64::ln(z)).mean(f64::ln(z)), expected, 1e-12);
        }
    }

    /// E[λ / (λ + δ)] = r e^(α δ) E_{r+1}(α δ).
    #[test]
    fn gamma_expectations() {
        for (r, alpha, delta, expected) in [
            (0.243, 4.414, 0.01, 0.464308848697415763),
            (1500.0, 104.0, 0.002, 0.999861260091502719),
            (0.05, 1.0, 1.0, 0.0291643666485333627),
            (12.0, 3.0, 50.0, 0.0736552702749854042),
            (20_001.0, 104.0, 3.0, 0.984_639_633_514_784_191),
            (1e8, 1e4, 500.0, 0.952_380_951_949_033_578),
        ] {
            close(gamma_expectation(r, alpha, |ln_rate| -(delta * (-ln_rate).exp()).ln_1p()), expected, 1e-12);
        }
    }

    #[test]
    fn gauss_legendre_is_exact_for_polynomials() {
        close(gauss_legendre(0.0, 2.0, |x| x.powi(39)), 2.0_f64.powi(40) / 40.0, 1e-13);
        close(gauss_legendre(-1.0, 3.0, |_| 1.0), 4.0, 1e-15);
    }
}
