//! Random numbers of one simulated customer.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Exp1, Open01, StandardNormal};

/// Added to the stream number for what is drawn beside the purchases, which so do not depend on it.
const AMOUNTS: u64 = 1 << 63;
const DATES: u64 = 1 << 62;

/// The random numbers of one customer: ChaCha with 8 rounds, keyed by the seed, its stream number being the customer's position.
///
/// A customer's numbers depend on the seed and the position only, not on threads, on other customers or on how long anyone is observed.
/// Gamma variates are drawn as logarithms: with a shape of 0.05 one in 10¹⁵ would underflow.
///
/// # References
/// Bernstein (2008), ChaCha, a variant of Salsa20; Marsaglia & Tsang (2000), A Simple Method for Generating Gamma Variables, ACM
/// Transactions on Mathematical Software 26(3).
#[derive(Debug, Clone)]
pub struct RandomStream(ChaCha8Rng);

impl RandomStream {
    /// The numbers of customer `position` (below 2⁶²) under a seed.
    pub fn new(seed: u64, position: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(position);
        RandomStream(generator)
    }

    /// Those of the same customer's amounts.
    pub(super) fn of_amounts(seed: u64, position: u64) -> Self {
        Self::new(seed, AMOUNTS | position)
    }

    /// Those of the same customer's entry.
    pub(super) fn of_dates(seed: u64, position: u64) -> Self {
        Self::new(seed, DATES | position)
    }

    /// Uniform in (0, 1).
    pub fn uniform(&mut self) -> f64 {
        Open01.sample(&mut self.0)
    }

    /// Exponential with mean 1; above 0.
    pub fn exponential(&mut self) -> f64 {
        let value: f64 = Exp1.sample(&mut self.0);
        value.max(f64::MIN_POSITIVE)
    }

    /// ln of a Gamma(shape, 1) variate, shape > 0; finite.
    pub fn ln_gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            // Gamma(shape) is Gamma(shape + 1) U^(1 / shape).
            let ln_whole = self.ln_gamma(shape + 1.0);
            return (ln_whole + libm::log(self.uniform()) / shape).max(f64::MIN);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let normal: f64 = StandardNormal.sample(&mut self.0);
            let root = 1.0 + c * normal;
            if root > 0.0 {
                let ln_v = 3.0 * libm::log(root);
                if libm::log(self.uniform()) < 0.5 * normal * normal + d * (1.0 + ln_v - root * root * root) {
                    return libm::log(d) + ln_v;
                }
            }
        }
    }

    /// A Gamma(shape, rate) variate, held above 0.
    pub fn gamma(&mut self, shape: f64, rate: f64) -> f64 {
        libm::exp(self.ln_gamma(shape) - libm::log(rate)).clamp(f64::MIN_POSITIVE, f64::MAX)
    }

    /// A Beta(a, b) variate, in [0, 1].
    pub fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (left, right) = (self.ln_gamma(a), self.ln_gamma(b));
        1.0 / (1.0 + libm::exp(right - left))
    }

    /// −ln(1 − θ) of a Beta(a, b) variate θ, in [0, ∞], without the loss of digits near 0 and 1.
    pub(super) fn beta_hazard(&mut self, a: f64, b: f64) -> f64 {
        let (left, right) = (self.ln_gamma(a), self.ln_gamma(b));
        libm::log1p(libm::exp(left - right))
    }
}

/// The first of the times 1, 2, ... at which a process ends that has survived t of them with probability e^(−`hazard` t^`power`), from an
/// exponential variate; `None` beyond 2³² − 1.
pub(super) fn end_after(exponential: f64, hazard: f64, power: f64) -> Option<u32> {
    let survived = libm::floor(libm::pow(exponential / hazard, 1.0 / power));
    (survived < f64::from(u32::MAX)).then(|| survived as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Means of ln G and of G against ψ(shape) and shape, in standard errors.
    #[test]
    fn gamma_variates_have_their_moments() {
        for shape in [0.05, 0.3, 0.999, 1.0, 2.5, 20.0] {
            let n = 40_000_u32;
            let mut random = RandomStream::new(1, 0);
            let logs: Vec<f64> = (0..n).map(|_| random.ln_gamma(shape)).collect();
            assert!(logs.iter().all(|value| value.is_finite()));
            let mean = |of: &dyn Fn(f64) -> f64| logs.iter().map(|&ln| of(ln)).sum::<f64>() / f64::from(n);
            let (psi, psi_1) = (crate::special::digamma(shape), crate::special::trigamma(shape));
            let z = (mean(&|ln| ln) - psi) / (psi_1 / f64::from(n)).sqrt();
            assert!(z.abs() < 4.0, "ln G, shape {shape}: z = {z}");
            let z = (mean(&f64::exp) - shape) / (shape / f64::from(n)).sqrt();
            assert!(z.abs() < 4.0, "G, shape {shape}: z = {z}");
            let z = (mean(&|ln| (ln - psi).powi(2)) / psi_1 - 1.0) * f64::from(n).sqrt() / (2.0 + 6.0_f64).sqrt();
            assert!(z.abs() < 6.0, "variance of ln G, shape {shape}: z = {z}");
        }
    }

    #[test]
    fn beta_variates_have_their_moments() {
        for (a, b) in [(0.05, 0.05), (0.05, 20.0), (1.0, 1.0), (0.8, 2.4), (20.0, 20.0)] {
            let n = 40_000_u32;
            let mut random = RandomStream::new(2, 0);
            let values: Vec<f64> = (0..n).map(|_| random.beta(a, b)).collect();
            assert!(values.iter().all(|value| (0.0..=1.0).contains(value)));
            let mean = a / (a + b);
            let variance = mean * b / (a + b) / (a + b + 1.0);
            let z = (values.iter().sum::<f64>() / f64::from(n) - mean) / (variance / f64::from(n)).sqrt();
            assert!(z.abs() < 4.0, "Beta({a}, {b}): z = {z}");
        }
    }

    #[test]
    fn streams_differ_by_seed_position_and_purpose() {
        let first = |mut stream: RandomStream| stream.uniform().to_bits();
        let all = [
            first(RandomStream::new(1, 0)),
            first(RandomStream::new(1, 1)),
            first(RandomStream::new(2, 0)),
            first(RandomStream::of_amounts(1, 0)),
            first(RandomStream::of_dates(1, 0)),
        ];
        assert_eq!(all[0], first(RandomStream::new(1, 0)));
        assert!((0..5).all(|i| (0..i).all(|j| all[i] != all[j])));
    }
}
