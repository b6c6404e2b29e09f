//! Quadrature: Gauss-Legendre on an interval, and expectations under a beta or gamma distribution.

use super::{ln_gamma_norm, softplus};

/// Positive nodes and weights of the 20-point Gauss-Legendre rule on [−1, 1] (Abramowitz & Stegun 1964, table 25.4).
pub(crate) const GAUSS_LEGENDRE_20: [(f64, f64); 10] = [
    (0.076_526_521_133_497_33, 0.152_753_387_130_725_85),
    (0.227_785_851_141_645_08, 0.149_172_986_472_603_75),
    (0.373_706_088_715_419_56, 0.142_096_109_318_382_05),
    (0.510_867_001_950_827_1, 0.131_688_638_449_176_63),
    (0.636_053_680_726_515, 0.118_194_531_961_518_42),
    (0.746_331_906_460_150_8, 0.101_930_119_817_240_44),
    (0.839_116_971_822_218_8, 0.083_276_741_576_704_75),
    (0.912_234_428_251_326, 0.062_672_048_334_109_06),
    (0.963_971_927_277_913_8, 0.040_601_429_800_386_94),
    (0.993_128_599_185_094_9, 0.017_614_007_139_152_12),
];

/// The same of the 10-point rule.
pub(crate) const GAUSS_LEGENDRE_10: [(f64, f64); 5] = [
    (0.148_874_338_981_631_2, 0.295_524_224_714_752_9),
    (0.433_395_394_129_247_2, 0.269_266_719_309_996_35),
    (0.679_409_568_299_024_4, 0.219_086_362_515_982_04),
    (0.865_063_366_688_984_5, 0.149_451_349_150_580_6),
    (0.973_906_528_517_171_7, 0.066_671_344_308_688_14),
];

/// The same of the 6-point rule.
pub(crate) const GAUSS_LEGENDRE_6: [(f64, f64); 3] = [
    (0.238_619_186_083_196_9, 0.467_913_934_572_691_04),
    (0.661_209_386_466_264_5, 0.360_761_573_048_138_6),
    (0.932_469_514_203_152, 0.171_324_492_379_170_34),
];

/// The same of the 4-point rule.
pub(crate) const GAUSS_LEGENDRE_4: [(f64, f64); 2] =
    [(0.339_981_043_584_856_26, 0.652_145_154_862_546_1), (0.861_136_311_594_052_6, 0.347_854_845_137_453_86)];

/// The same of the 2-point rule.
pub(crate) const GAUSS_LEGENDRE_2: [(f64, f64); 1] = [(0.577_350_269_189_625_8, 1.0)];

/// ∫ f over [from, to], exact for polynomials of degree 39.
pub(crate) fn gauss_legendre(from: f64, to: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (half, middle) = (0.5 * (to - from), 0.5 * (to + from));
    let sum: f64 = GAUSS_LEGENDRE_20.iter().map(|&(node, weight)| weight * (f(middle - half * node) + f(middle + half * node))).sum();
    half * sum
}

/// E[f(p)] for p ~ Beta(a, b), from ln f given as a function of ln p and ln(1 − p).
///
/// The integral runs over logit p, where the endpoint singularities p^(a−1) and (1−p)^(b−1) become exponential tails.
/// The relative error is near 1e-13, and where both a and b are above 1e8 about the root of the smaller one times 1e-16.
pub(crate) fn beta_expectation(a: f64, b: f64, ln_f: impl Fn(f64, f64) -> f64) -> f64 {
    let beta = LogitBeta::new(a, b);
    let exponent = |z: f64| {
        let (ln_p, ln_q) = beta.logarithms(z);
        beta.ln_density(z) + ln_f(ln_p, ln_q)
    };
    // The bracket holds every peak that f64 parameters can produce.
    let ln_norm = ln_gamma_norm(a) + ln_gamma_norm(b) - ln_gamma_norm(a + b);
    (ln_line_integral(exponent, -60.0, 20.0) + ln_norm).exp()
}

/// A logit whose exponential is held with ease, and next to which 1 is nothing.
const HUGE_LOGIT: f64 = 500.0;

/// The density of Beta(a, b) over z = logit p − logit of the mean.
pub(super) struct LogitBeta {
    a: f64,
    b: f64,
    centre: f64,
    mean: f64,
    rest: f64,
}

impl LogitBeta {
    pub(super) fn new(a: f64, b: f64) -> Self {
        LogitBeta { a, b, centre: (a / b).ln(), mean: a / (a + b), rest: b / (a + b) }
    }

    /// Relative to that at the mean, where it is highest: the terms of a ln p + b ln q alone would cancel, and for large a + b with them every
    /// digit.
    #[inline]
    pub(super) fn ln_density(&self, z: f64) -> f64 {
        let LogitBeta { a, b, mean, rest, .. } = *self;
        // Of two equal forms the one whose terms are of the size of the smaller shape, as long as e^z does not overflow.
        let (small, large, share, z) = if a < b { (a, b, mean, z) } else { (b, a, rest, -z) };
        if z < HUGE_LOGIT { small * z - (a + b) * (share * z.exp_m1()).ln_1p() } else { -large * z - (a + b) * (share + (-z).exp()).ln() }
    }

    /// ln p and ln(1 − p).
    #[inline]
    pub(super) fn logarithms(&self, z: f64) -> (f64, f64) {
        let y = self.centre + z;
        (-softplus(-y), -softplus(y))
    }
}

/// e^−this is 0.
const LEAST_EXPONENT: f64 = -800.0;

/// Logarithm of a density from which on a power of the variable is not looked at.
const FAR: f64 = -5_000.0;

/// E[f(λ)] for λ ~ Gamma(shape, rate), from ln f given as a function of ln λ; f rises with λ, at most like a
/// power of some hundreds.
///
/// The integral runs over ln λ, where the endpoint singularity λ^(shape−1) becomes an exponential tail.
pub(crate) fn gamma_expectation(shape: f64, rate: f64, ln_f: impl Fn(f64) -> f64) -> f64 {
    // In units of the mean, so that neither term of the exponent is large.
    let centre = (shape / rate).ln();
    let exponent = |y: f64| {
        let ln_density = shape * (y - y.exp_m1());
        // Far beyond all mass f may be costly, and no power makes up for the density, whose slope still leads to the peak.
        if ln_density > FAR { ln_density + ln_f(centre + y) } else { ln_density }
    };
    (ln_line_integral(exponent, -20.0, 60.0) + ln_gamma_norm(shape)).exp()
}

/// ln ∫ e^g(y) dy over the real line for a g with one peak, which lies in the bracket, and at least linear tails.
///
/// The integral runs over y = y* + w sinh σ around the peak y*, where the tails fall doubly exponentially and the trapezoidal rule converges
/// exponentially (Takahasi & Mori 1974). The step is halved until two rules agree to 1e-11, when the finer one is exact to rounding. The
/// error of the trapezoidal rule changes its sign with the place of the nodes, and two rules may agree by chance: the ones before had to be near. g may
/// be −∞ but not NaN.
fn ln_line_integral(exponent: impl Fn(f64) -> f64, low: f64, high: f64) -> f64 {
    let peak = maximise(&exponent, low, high);
    let height = exponent(peak);
    if height <= f64::NEG_INFINITY {
        return f64::NEG_INFINITY;
    }
    let width = peak_width(&exponent, peak, height);
    let term = |sigma: f64| (exponent(peak + width * sigma.sinh()) - height).exp() * sigma.cosh();
    let sum_from = |start: f64, step: f64| {
        let mut sum = 0.0;
        for direction in [1.0, -1.0] {
            let mut sigma = start;
            loop {
                let value = term(direction * sigma);
                sum += value;
                // Past the peak the terms fall monotonically and ever faster.
                if value < 1e-18 * sum.max(1e-300) || sigma > 40.0 {
                    break;
                }
                sigma += step;
            }
        }
        sum
    };
    let mut step = 0.5;
    let mut sum = term(0.0) + sum_from(step, step);
    let mut last_change = f64::INFINITY;
    for _ in 0..8 {
        let finer = sum + sum_from(0.5 * step, step);
        let change = (finer - 2.0 * sum).abs();
        sum = finer;
        step *= 0.5;
        if change <= 1e-11 * sum && last_change <= 1e-6 * sum {
            break;
        }
        last_change = change;
    }
    height + (width * step * sum).ln()
}

/// ∫ e^g(y) dy from `low` on, for a g with one peak, which lies below `high`.
///
/// Gauss-Legendre panels outwards from the peak, the first as wide as the peak and each twice the one before, up to `widest`, on the scale of which
/// e^g is smooth.
pub(crate) fn peak_integral(exponent: impl Fn(f64) -> f64, low: f64, high: f64, widest: f64) -> f64 {
    let peak = maximise(&exponent, low, high);
    let height = exponent(peak);
    if height < LEAST_EXPONENT {
        return 0.0;
    }
    let first = peak_width(&exponent, peak, height).min(widest);
    let integrand = |y: f64| (exponent(y) - height).exp();
    let mut sum = 0.0;
    for direction in [1.0, -1.0] {
        let (mut distance, mut width) = (0.0, first);
        loop {
            let length = if direction < 0.0 { width.min(peak - low - distance) } else { width };
            if length <= 0.0 {
                break;
            }
            let start = peak + direction * distance;
            let panel = gauss_legendre(start.min(start + direction * length), start.max(start + direction * length), integrand);
            sum += panel;
            distance += length;
            if panel <= 1e-18 * sum {
                break;
            }
            width = (2.0 * width).min(widest);
        }
    }
    height.exp() * sum
}

/// `before` and ∫ w f over (from, to], for f ≥ 0 that falls and whose logarithm is convex, as that of a mixture of exponential functions; w has
/// its highest value at an end.
///
/// Gauss-Legendre panels of the longest length that the functions are smooth for, as `longest` says, and along which f does not fall by more than
/// the rule bears.
pub(crate) fn falling_integral(
    (from, to): (f64, f64),
    before: f64,
    longest: impl Fn(f64) -> f64,
    f: impl Fn(f64) -> f64,
    weight: impl Fn(f64) -> f64,
) -> f64 {
    let (mut start, mut sum) = (from, before);
    let mut at_start = f(start);
    while start < to {
        let mut width = longest(start).min(to - start);
        let mut at_end = f(start + width);
        // A step, as where f underflows, is stepped over.
        while at_end < LARGEST_FALL * at_start && start + 0.5 * width > start {
            width *= 0.5;
            at_end = f(start + width);
        }
        sum += gauss_legendre(start, start + width, |u| weight(u) * f(u));
        start += width;
        at_start = at_end;
        if weight(start).max(weight(to)) * at_start * (to - start) <= 1e-17 * sum {
            break;
        }
    }
    sum
}

/// By more than this factor a function shall not fall over one panel.
const LARGEST_FALL: f64 = 2e-3;

/// The peak of a function of one peak.
fn maximise(f: &impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    // Golden-section search.
    const RATIO: f64 = 0.618_033_988_749_894_9;
    let (mut x1, mut x2) = (high - RATIO * (high - low), low + RATIO * (high - low));
    let (mut f1, mut f2) = (f(x1), f(x2));
    for step in 0..80 {
        // To a few hundredths, and nearer only where the peak is narrower: it has to be near the middle of the rule.
        if step >= 16 && f1.max(f2) - f(low).min(f(high)) < 2.0 {
            break;
        }
        if f1 < f2 {
            low = x1;
            (x1, f1) = (x2, f2);
            x2 = low + RATIO * (high - low);
            f2 = f(x2);
        } else {
            high = x2;
            (x2, f2) = (x1, f1);
            x1 = high - RATIO * (high - low);
            f1 = f(x1);
        }
    }
    0.5 * (low + high)
}

/// The distance from the peak at which the integrand has fallen by about e^(−1/2).
fn peak_width(f: &impl Fn(f64) -> f64, peak: f64, height: f64) -> f64 {
    let mut width = 4.0;
    while width > 1e-12 && (height - f(peak + width)).max(height - f(peak - width)) > 2.0 {
        width *= 0.5;
    }
    width
}
