//! Ratios of beta functions B(a, b + s) / B(a, b) = E[(1 − θ)^s] for θ ~ Beta(a, b), which is what survival over discrete time is made of.

use super::beta_expectation;

/// Asymptotic series are used from here on; below, arguments are raised one by one.
const ASYMPTOTIC_FROM: f64 = 16.0;

/// ln [B(a, b + s) / B(a, b)] ≤ 0 for a, b > 0, s ≥ 0.
///
/// Relative error near 1e-15 also where a or s is tiny or b is huge and the logarithms of the gamma functions would cancel: every
/// quotient is written as 1 minus a product of small factors.
pub(crate) fn ln_beta_ratio(a: f64, b: f64, s: f64) -> f64 {
    if s <= 0.0 {
        return 0.0;
    }
    let mut ln_ratio = 0.0;
    let mut z = b;
    while z < ASYMPTOTIC_FROM {
        // z (z + a + s) / ((z + s) (z + a))
        let shrink = (a / (z + a)) * (s / (z + s));
        ln_ratio += if shrink < 0.5 { (-shrink).ln_1p() } else { (z / (z + s) * ((z + a + s) / (z + a))).ln() };
        z += 1.0;
    }
    let stirling = (z - 0.5) * ((a / z) * (s / (z + a + s))).ln_1p() - a * (s / (z + a)).ln_1p() - s * (a / (z + s)).ln_1p();
    // Stirling's series (Abramowitz & Stegun 6.1.41). The second difference of its first term, 1 / 12z, in closed form, as it would cancel;
    // of the later terms no digit matters that could be lost.
    let first = -(a / (z + a)) * (s / (z + s)) * ((2.0 * z + a + s) / (z + a + s)) / (12.0 * z);
    let later = |z: f64| {
        let w = 1.0 / (z * z);
        w / z * (-1.0 / 360.0 + w * (1.0 / 1260.0 + w * (-1.0 / 1680.0 + w * (1.0 / 1188.0 + w * (-691.0 / 360_360.0)))))
    };
    ln_ratio + stirling + first + (later(z + s) - later(z) - later(z + a + s) + later(z + a))
}

/// Σ_{n<c} (b)_n / (a + b)_n for a, b > 0, c ≥ 0, and its continuation to real c ≥ 1: (a + b − 1) / (a − 1) (1 − (b)_c / (a + b − 1)_c).
pub(crate) fn survived_sum(a: f64, b: f64, c: f64) -> f64 {
    if c <= 0.0 {
        0.0
    } else if a > 1.0 {
        -(a + b - 1.0) / (a - 1.0) * ln_beta_ratio(a - 1.0, b, c).exp_m1()
    } else {
        // One step on, a + b − 1 has become a + b, which is positive.
        let (b, first) = (b + 1.0, b / (a + b));
        let less = 1.0 - a;
        let rest = if less > 0.0 { (-ln_beta_ratio(less, b - less, c - 1.0)).exp_m1() / less } else { digamma_difference(b, c - 1.0) };
        1.0 + first * (b - less) * rest
    }
}

/// ψ(z + s) − ψ(z) for z > 0 and real s ≥ 0.
pub(crate) fn digamma_difference(z: f64, s: f64) -> f64 {
    let (mut z, mut sum) = (z, 0.0);
    while z < ASYMPTOTIC_FROM {
        sum += s / z / (z + s);
        z += 1.0;
    }
    // Abramowitz & Stegun 6.3.18.
    let later = |z: f64| {
        let w = 1.0 / (z * z);
        w * (-1.0 / 12.0 + w * (1.0 / 120.0 + w * (-1.0 / 252.0 + w * (1.0 / 240.0 + w * (-1.0 / 132.0 + w * (691.0 / 32_760.0))))))
    };
    sum + (s / z).ln_1p() + 0.5 * s / z / (z + s) + (later(z + s) - later(z))
}

/// ψ'(z + s) − ψ'(z) ≤ 0 for z > 0 and real s ≥ 0.
pub(crate) fn trigamma_difference(z: f64, s: f64) -> f64 {
    let (mut z, mut sum) = (z, 0.0);
    while z < ASYMPTOTIC_FROM {
        sum -= s / z / (z + s) * (1.0 / z + 1.0 / (z + s));
        z += 1.0;
    }
    // Abramowitz & Stegun 6.4.12.
    let later = |z: f64| {
        let w = 1.0 / (z * z);
        w / z * (1.0 / 6.0 + w * (-1.0 / 30.0 + w * (1.0 / 42.0 + w * (-1.0 / 30.0 + w * (5.0 / 66.0)))))
    };
    sum - s / z / (z + s) * (1.0 + 0.5 * (1.0 / z + 1.0 / (z + s))) + (later(z + s) - later(z))
}

/// Up to this many terms a sum is cheaper than a quadrature.
const SUM_UP_TO: u32 = 4_096;

/// Σ_{j=1..count} B(a, b + j) / B(a, b) (1 + d)^−j; `count` `None` for ∞, then d > 0, or d = 0 and a > 1. d > −1; for d < 0 a finite count.
///
/// Long sums are E[(1 − θ) / (d + θ) (1 − ((1 − θ) / (1 + d))^count)], whose integrand is positive and has no singularity at a = 1 or d = 0.
pub(crate) fn discounted_survival(a: f64, b: f64, d: f64, count: Option<u32>) -> f64 {
    match count {
        Some(count) if count <= SUM_UP_TO || d < 0.0 => {
            let (mut term, mut sum) = (1.0, 0.0);
            for j in 0..count {
                let alive = b + f64::from(j);
                term *= alive / (a + alive) / (1.0 + d);
                sum += term;
            }
            sum
        }
        None if d <= 0.0 => b / (a - 1.0),
        _ => {
            let ln_growth = d.ln_1p();
            beta_expectation(a, b, |ln_theta, ln_stay| {
                let ln_endless = ln_stay - (d + ln_theta.exp()).ln();
                let Some(count) = count.map(f64::from) else { return ln_endless };
                let exponent = count * (ln_stay - ln_growth);
                // θ and d both below what f64 can tell from 0.
                if exponent >= 0.0 { count.ln() } else { ln_endless + (-exponent.exp_m1()).ln() }
            })
        }
    }
}

/// Against values computed with mpmath at 50 digits: loggamma, psi, and for the sums nsum or hyp2f1.
#[cfg(test)]
#[allow(clippy::excessive_precision, reason = "the reference values keep the digits they were computed with")]
mod tests {
    use super::*;

    #[track_caller]
    fn close(actual: f64, expected: f64, rel: f64) {
        assert!((actual - expected).abs() <= rel * expected.abs(), "{actual:e} is not {expected:e} within {rel:e}");
    }

    #[test]
    fn ratios_keep_their_digits_where_logarithms_cancel() {
        for (a, b, s, expected) in [
            (0.26, 0.75, 1e-4, -0.000_052_492_939_354_832_441_326),
            (1e-3, 1e-3, 1.0, -std::f64::consts::LN_2),
            (2.0, 100.0, 1_767_766_900.0, -33.365_675_308_030_000_308),
            (1e7, 1e7, 10.0, -6.931_469_555_600_521_843_6),
            (50.0, 3.0, 2.3438, -6.319_472_856_041_685_513_5),
            (1e-6, 1e12, 5.0, -4.999_999_999_989_999_771_2e-18),
            (5.0, 1e-3, 1.0, -8.517_393_171_418_903_672_6),
            (0.5, 2.0, 5000.0, -3.974_088_695_241_906_237_5),
            (1e-3, 20.0, 1e-3, -5.126_819_496_992_541_899_6e-8),
        ] {
            close(ln_beta_ratio(a, b, s), expected, 3e-15);
            // B(a, b + s) / B(a, b) is symmetric in a and s.
            close(ln_beta_ratio(s, b, a), expected, 3e-15);
        }
        close(ln_beta_ratio(2.0, 3.0, 0.0), 0.0, 0.0);
    }

    #[test]
    fn polygamma_differences() {
        for (z, s, first, second) in [
            (0.75, 0.37, 0.690_405_545_852_179_357_16, -1.144_927_426_403_406_931_4),
            (1e7, 3.0, 2.999_999_700_000_05e-7, -2.999_999_400_000_15e-14),
            (1e-3, 100.0, 1_005.175_743_834_664_528_2, -1_000_001.632_483_130_168),
            (30.0, 1e-5, 3.389_505_461_391_522_601e-7, -1.148_764_814_428_548_616_8e-8),
            (15.9, 2.5, 0.150_387_613_479_232_964_31, -0.009_060_873_779_540_732_747_8),
        ] {
            close(digamma_difference(z, s), first, 1e-13);
            close(trigamma_difference(z, s), second, 3e-13);
        }
    }

    #[test]
    fn discounted_survivals() {
        for (a, b, d, count, expected) in [
            (0.66, 8.78, 1e-9, None, 12_453.288_644_263_694_95),
            (1.0, 8.0, 1e-6, None, 88.782_009_573_557_497_547),
            (0.01, 0.02, 1e-12, None, 505_964_445_967.079_158_71),
            (1.000_000_1, 52.0, 1e-4, None, 244.502_631_738_124_862_18),
            (100.0, 2.0, 1e-6, None, 0.020_201_999_381_592_274_501),
            (0.5, 1000.0, 1e-6, None, 54_097.644_073_146_565_764),
            (5.0, 1100.0, 1.0, None, 0.990_999_012_636_585_844_34),
            (0.66, 8.78, 0.0, Some(1000), 102.130_219_924_480_305_04),
            (1.0, 8.0, 0.0, Some(300), 28.728_646_425_533_706_603),
            (1.0, 8.0, 0.1, Some(5000), 5.221_861_470_770_351_873_5),
            (0.01, 0.02, 1e-3, Some(5000), 618.358_118_110_334_169_21),
            (100.0, 2.0, 0.0, Some(257), 0.020_202_020_202_020_202_020),
            (3.0, 4.0, -0.01, Some(100), 2.115_613_450_407_863_758_3),
            (1.000_000_1, 52.0, 1e-9, Some(20_000), 309.153_487_164_340_307_13),
        ] {
            close(discounted_survival(a, b, d, count), expected, 2e-12);
        }
        // Without discounting the endless sum is b / (a − 1).
        close(discounted_survival(3.0, 8.0, 0.0, None), 4.0, 1e-15);
    }
}
