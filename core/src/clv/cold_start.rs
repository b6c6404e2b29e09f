//! Value without history: from stated assumptions, by simulation.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Beta, Distribution, LogNormal};

use super::FirstMargin;
use crate::concentration::{Sum, ascending};
use crate::error::{Error, Result};
use crate::parallel;
use crate::time::{DiscountRate, Span, TimeUnit};

/// What is assumed about one figure: its mean and how uncertain it is.
///
/// The standard deviation is that of our knowledge (of the mean of such customers), not the spread between customers.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Assumption {
    /// Known without doubt.
    Known(f64),
    /// Mean and standard deviation.
    MeanSd {
        /// Mean.
        mean: f64,
        /// Standard deviation, ≥ 0.
        sd: f64,
    },
    /// Range that holds the figure with 80 % probability, from its 10 % to its 90 % point. For a log-normal figure (order value, frequency) met
    /// exactly; for a rate (retention, margin) taken as middle ± 1.2816 standard deviations.
    Range {
        /// 10 % point.
        low: f64,
        /// 90 % point, above `low`.
        high: f64,
    },
}

impl From<f64> for Assumption {
    fn from(value: f64) -> Self {
        Assumption::Known(value)
    }
}

/// The 90 % point of the standard normal distribution.
const Z90: f64 = 1.281_551_565_544_600_5;
/// Draws of one stream of random numbers. Fixed, so that results do not depend on the number of threads.
const CHUNK: usize = 1_024;
/// More than any range needs.
const MAX_DRAWS: usize = 100_000_000;

/// CLV of a customer of whom nothing is known, from assumptions about customers of that kind: a persona, an industry's benchmark.
///
/// Each draw takes a retention, an order value, a frequency and a margin from their distributions and puts them into the retention formula; the
/// result is the median of the draws and the range that holds 80 % of them.
///
/// # Formula
/// ```text
/// CLV = margin · order value · frequency · Σ_k (r / (1 + d))^k      k = 0, 1, ... (first margin now) or 1, 2, ... (after one period)
///
/// retention   ~ Beta(m κ, (1 − m) κ),   κ = m (1 − m) / s² − 1                    mean m, sd s
/// order value, frequency ~ log-normal,  σ² = ln(1 + s² / m²),  μ = ln m − σ² / 2  or from the 10 % and 90 % points
/// margin      ~ Beta as retention, or known
/// ```
///
/// | option | default | range |
/// |---|---|---|
/// | retention | | in [0, 1]; per `period` |
/// | order value | | ≥ 0, in money |
/// | frequency | | ≥ 0, orders per `period` |
/// | `margin` | 1, known | known: finite; uncertain: in (0, 1) |
/// | `period` | one year | |
/// | `discount` | 10 % a year | > −1; above 0 if endless |
/// | `periods` | endless | ≥ 1 |
/// | `first_margin` | now | |
/// | `draws` | 10,000 | 1 to 100,000,000 |
/// | `seed` | 1 | any |
///
/// The same seed gives the same bits with any number of threads: draws are taken in blocks of 1,024, each from its own stream of the generator
/// ChaCha8.
///
/// # Examples
/// ```
/// use crm_value::{Assumption, ColdStart};
/// let persona = ColdStart::new(
///     Assumption::MeanSd { mean: 0.70, sd: 0.05 },
///     Assumption::MeanSd { mean: 45.0, sd: 10.0 },
///     Assumption::Range { low: 2.0, high: 5.0 },
/// )
/// .margin(Assumption::MeanSd { mean: 0.35, sd: 0.03 });
/// let value = persona.simulate()?;
/// assert!(value.low < value.median && value.median < value.high);
/// // 60 customers later, with a prior worth 20 customers: three quarters data.
/// assert_eq!(value.blend(210.0, 60.0, 20.0)?.weight, 0.75);
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ColdStart {
    retention: Assumption,
    order_value: Assumption,
    frequency: Assumption,
    margin: Assumption,
    period: Span,
    discount: DiscountRate,
    periods: Option<u32>,
    first_margin: FirstMargin,
    draws: usize,
    seed: u64,
}

impl ColdStart {
    /// Default number of draws.
    pub const DEFAULT_DRAWS: usize = 10_000;
    /// Default seed.
    pub const DEFAULT_SEED: u64 = 1;

    /// Assumptions on retention per period, order value in money and orders per period; a plain number is known without doubt.
    pub fn new(retention: impl Into<Assumption>, order_value: impl Into<Assumption>, frequency: impl Into<Assumption>) -> Self {
        ColdStart {
            retention: retention.into(),
            order_value: order_value.into(),
            frequency: frequency.into(),
            margin: Assumption::Known(1.0),
            period: Span::one(TimeUnit::Year),
            discount: super::default_rate(),
            periods: None,
            first_margin: FirstMargin::Now,
            draws: Self::DEFAULT_DRAWS,
            seed: Self::DEFAULT_SEED,
        }
    }

    /// Sets the contribution margin per unit of revenue.
    pub fn margin(mut self, rate: impl Into<Assumption>) -> Self {
        self.margin = rate.into();
        self
    }

    /// Sets the period to which retention and frequency refer.
    pub fn period(mut self, period: Span) -> Self {
        self.period = period;
        self
    }

    /// Sets the discount rate.
    pub fn discount(mut self, rate: DiscountRate) -> Self {
        self.discount = rate;
        self
    }

    /// Counts the margins of this many periods only; 0 means without end.
    pub fn periods(mut self, periods: u32) -> Self {
        self.periods = (periods > 0).then_some(periods);
        self
    }

    /// Sets when the first margin is paid.
    pub fn first_margin(mut self, when: FirstMargin) -> Self {
        self.first_margin = when;
        self
    }

    /// Sets the number of draws.
    pub fn draws(mut self, draws: usize) -> Self {
        self.draws = draws;
        self
    }

    /// Sets the seed of the random numbers.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The value as median and range.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for an assumption outside its range, a standard deviation too large for a rate, or a number of draws out of
    /// range; [`Error::UnboundedValue`] for an endless value without a discount rate above 0; [`Error::NonFinite`] if draws leave the range of
    /// f64.
    pub fn simulate(&self) -> Result<ColdStartValue> {
        let draws = self.draw_values()?;
        let mut sum = Sum::default();
        draws.iter().for_each(|value| sum.add(*value));
        Ok(ColdStartValue {
            median: quantile(&draws, 0.5),
            low: quantile(&draws, 0.1),
            high: quantile(&draws, 0.9),
            mean: sum.value() / draws.len() as f64,
            draws: draws.len(),
            seed: self.seed,
        })
    }

    /// The draws themselves in ascending order, for other quantiles.
    ///
    /// # Errors
    /// As [`ColdStart::simulate`].
    pub fn draw_values(&self) -> Result<Vec<f64>> {
        if !(1..=MAX_DRAWS).contains(&self.draws) {
            let requirement = "give 1 to 100000000";
            return Err(Error::InvalidOption { option: "draws", value: self.draws.to_string(), requirement });
        }
        let d = (self.discount.delta(self.period.unit()) * self.period.length()).exp_m1();
        if self.periods.is_none() && !(d > 0.0) {
            return Err(Error::UnboundedValue { value: d });
        }
        let retention = Sampler::rate("retention", self.retention)?;
        if let Sampler::Known(value) = retention
            && !(0.0..=1.0).contains(&value)
        {
            return Err(invalid("retention", value, "a retention rate lies in [0, 1]"));
        }
        let order_value = Sampler::positive("order_value", self.order_value)?;
        let frequency = Sampler::positive("frequency", self.frequency)?;
        let margin = Sampler::rate("margin", self.margin)?;

        let blocks = parallel::map(self.draws.div_ceil(CHUNK), 100 * CHUNK, |block| {
            let mut random = ChaCha8Rng::seed_from_u64(self.seed);
            random.set_stream(block as u64);
            let draws = CHUNK.min(self.draws - block * CHUNK);
            let draw = |_| {
                let kept = retention.draw(&mut random) / (1.0 + d);
                let per_period = order_value.draw(&mut random) * frequency.draw(&mut random) * margin.draw(&mut random);
                per_period * self.multiple(kept)
            };
            (0..draws).map(draw).collect::<Vec<f64>>()
        });
        let values = blocks.concat();
        match values.iter().position(|value| !value.is_finite()) {
            Some(row) => Err(Error::NonFinite { column: "simulated value".to_owned(), row, value: values[row] }),
            None => Ok(ascending(values.into_iter())),
        }
    }

    /// Σ kept^k over the periods; `kept` = r / (1 + d).
    fn multiple(&self, kept: f64) -> f64 {
        let from_now = match self.periods {
            None => 1.0 / (1.0 - kept),
            // A geometric sum, without the 0/0 where nobody leaves and nothing is discounted.
            Some(periods) => {
                let log = kept.ln();
                if log.abs() > 0.0 { (f64::from(periods) * log).exp_m1() / log.exp_m1() } else { f64::from(periods) }
            }
        };
        match self.first_margin {
            FirstMargin::Now => from_now,
            FirstMargin::AfterOnePeriod => kept * from_now,
        }
    }
}

/// One figure's distribution.
#[derive(Debug, Clone, Copy)]
enum Sampler {
    Known(f64),
    Beta(Beta<f64>),
    LogNormal(LogNormal<f64>),
}

impl Sampler {
    /// A rate: known, or beta-distributed.
    fn rate(option: &'static str, assumption: Assumption) -> Result<Self> {
        let (mean, sd) = match assumption {
            Assumption::Known(value) => return Self::known(option, value),
            Assumption::MeanSd { mean, sd } => (mean, sd),
            Assumption::Range { low, high } => (check_range(option, low, high)?, (high - low) / (2.0 * Z90)),
        };
        if !(sd >= 0.0 && sd.is_finite()) {
            return Err(invalid(option, sd, "its standard deviation must be finite and 0 or more"));
        }
        if !(sd > 0.0) {
            return Self::known(option, mean);
        }
        if !(mean > 0.0 && mean < 1.0) {
            return Err(invalid(option, mean, "an uncertain rate needs a mean between 0 and 1"));
        }
        let kappa = mean * (1.0 - mean) / (sd * sd) - 1.0;
        if !(kappa > 0.0) {
            return Err(invalid(option, sd, "its standard deviation must be below √(mean (1 − mean))"));
        }
        let beta = Beta::new(mean * kappa, (1.0 - mean) * kappa);
        Ok(Sampler::Beta(beta.map_err(|_| invalid(option, sd, "its standard deviation is too small to be drawn; give a known value"))?))
    }

    /// A positive figure: known, or log-normal.
    fn positive(option: &'static str, assumption: Assumption) -> Result<Self> {
        let (mu, sigma) = match assumption {
            Assumption::Known(value) => return Self::known_not_negative(option, value),
            Assumption::MeanSd { mean, sd } => {
                if !(sd >= 0.0 && sd.is_finite()) {
                    return Err(invalid(option, sd, "its standard deviation must be finite and 0 or more"));
                }
                if !(sd > 0.0) {
                    return Self::known_not_negative(option, mean);
                }
                if !(mean > 0.0 && mean.is_finite()) {
                    return Err(invalid(option, mean, "an uncertain figure needs a mean that is finite and above 0"));
                }
                let variance = (sd / mean).powi(2).ln_1p();
                (mean.ln() - 0.5 * variance, variance.sqrt())
            }
            Assumption::Range { low, high } => {
                check_range(option, low, high)?;
                if !(low > 0.0) {
                    return Err(invalid(option, low, "its range must lie above 0"));
                }
                (0.5 * (low.ln() + high.ln()), (high / low).ln() / (2.0 * Z90))
            }
        };
        let distribution = LogNormal::new(mu, sigma);
        Ok(Sampler::LogNormal(distribution.map_err(|_| invalid(option, sigma, "its spread cannot be drawn from"))?))
    }

    fn known(option: &'static str, value: f64) -> Result<Self> {
        if value.is_finite() { Ok(Sampler::Known(value)) } else { Err(invalid(option, value, "it must be a finite number")) }
    }

    fn known_not_negative(option: &'static str, value: f64) -> Result<Self> {
        if value >= 0.0 { Self::known(option, value) } else { Err(invalid(option, value, "it must be finite and 0 or more")) }
    }

    fn draw(&self, random: &mut ChaCha8Rng) -> f64 {
        match self {
            Sampler::Known(value) => *value,
            Sampler::Beta(beta) => beta.sample(random),
            Sampler::LogNormal(log_normal) => log_normal.sample(random),
        }
    }
}

fn check_range(option: &'static str, low: f64, high: f64) -> Result<f64> {
    if low < high && low.is_finite() && high.is_finite() {
        return Ok(0.5 * (low + high));
    }
    let value = format!("{low} to {high}");
    Err(Error::InvalidOption { option, value, requirement: "a range needs two finite numbers, the lower one first" })
}

fn invalid(option: &'static str, value: f64, requirement: &'static str) -> Error {
    Error::InvalidOption { option, value: value.to_string(), requirement }
}

/// The p-quantile of sorted values, linear between the order statistics (type 7 of Hyndman & Fan).
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let position = p * (sorted.len() - 1) as f64;
    let (below, part) = (position.floor() as usize, position.fract());
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + part * (sorted[above] - sorted[below])
}

/// A value from assumptions, as a range.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct ColdStartValue {
    /// Half of the draws lie below, in money.
    pub median: f64,
    /// 10 % of the draws lie below.
    pub low: f64,
    /// 90 % of the draws lie below.
    pub high: f64,
    /// Mean of the draws: the expected value.
    pub mean: f64,
    /// Number of draws.
    pub draws: usize,
    /// Seed of the random numbers.
    pub seed: u64,
}

/// A value from assumptions and data together.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct BlendedValue {
    /// Weight of the data, in [0, 1].
    pub weight: f64,
    /// Expected value, in money.
    pub value: f64,
    /// 10 % point.
    pub low: f64,
    /// 90 % point.
    pub high: f64,
}

impl ColdStartValue {
    /// Moves from the assumptions to the data as customers accumulate.
    ///
    /// `data`: mean CLV of `customers` customers of this kind, in money. `prior_customers` n₀ > 0: how many customers' data the assumptions are
    /// worth. The range narrows by the weight of the assumptions; the data's own uncertainty is not part of it.
    ///
    /// # Formula
    /// ```text
    /// w = n / (n + n₀),   value = w · data + (1 − w) · mean,   low and high likewise
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidOption`] unless `data` is finite, `customers` finite and 0 or more, and `prior_customers` finite and above 0.
    pub fn blend(&self, data: f64, customers: f64, prior_customers: f64) -> Result<BlendedValue> {
        if !data.is_finite() {
            return Err(invalid("data", data, "it must be a finite number"));
        }
        if !(customers >= 0.0 && customers.is_finite()) {
            return Err(invalid("customers", customers, "it must be finite and 0 or more"));
        }
        if !(prior_customers > 0.0 && prior_customers.is_finite()) {
            return Err(invalid("prior_customers", prior_customers, "it must be finite and above 0"));
        }
        let weight = customers / (customers + prior_customers);
        let prior = prior_customers / (customers + prior_customers);
        let blend = |assumed: f64| weight * data + prior * assumed;
        Ok(BlendedValue { weight, value: blend(self.mean), low: blend(self.low), high: blend(self.high) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn near(actual: f64, expected: f64, rel: f64) {
        assert!((actual - expected).abs() <= rel * expected.abs(), "{actual} is not {expected}");
    }

    #[test]
    fn known_figures_give_the_retention_formula() -> Result<()> {
        // 0.5 · 20 · 3 = 30 a year; r = 0.66, d = 0.1: 30 · 1.1 / 0.44 = 75, first margin a year later: 30 · 0.66 / 0.44 = 45.
        let clv = ColdStart::new(0.66, 20.0, 3.0).margin(0.5).draws(3);
        let value = clv.simulate()?;
        for point in [value.median, value.low, value.high, value.mean] {
            near(point, 75.0, 1e-13);
        }
        near(clv.first_margin(FirstMargin::AfterOnePeriod).simulate()?.median, 45.0, 1e-13);
        // Two periods: 30 (1 + 0.6); nobody leaves, no discount: 30 · 4; all leave at once: 30.
        near(clv.periods(2).simulate()?.median, 48.0, 1e-13);
        let none = DiscountRate::none();
        near(ColdStart::new(1.0, 30.0, 1.0).discount(none).periods(4).draws(1).simulate()?.median, 120.0, 1e-13);
        near(ColdStart::new(0.0, 30.0, 1.0).periods(4).draws(1).simulate()?.median, 30.0, 1e-13);
        Ok(())
    }

    /// Quantiles in closed form: retention uniform, which is Beta(1, 1) with mean 1/2 and sd 1/√12, and the multiple rises with it.
    #[test]
    fn uniform_retention_against_its_closed_form() -> Result<()> {
        let uniform = Assumption::MeanSd { mean: 0.5, sd: (1.0_f64 / 12.0).sqrt() };
        let value = ColdStart::new(uniform, 1.0, 1.0).draws(400_000).simulate()?;
        let exact = |p: f64| 1.1 / (1.1 - p);
        near(value.low, exact(0.1), 2e-3);
        near(value.median, exact(0.5), 5e-3);
        near(value.high, exact(0.9), 1e-2);
        near(value.mean, 1.1 * 11.0_f64.ln(), 1e-2);
        // Beta(2, 1): mean 2/3, variance 1/18, quantile √p.
        let rising = Assumption::MeanSd { mean: 2.0 / 3.0, sd: (1.0_f64 / 18.0).sqrt() };
        let value = ColdStart::new(rising, 1.0, 1.0).draws(400_000).simulate()?;
        near(value.low, exact(0.1_f64.sqrt()), 5e-3);
        near(value.median, exact(0.5_f64.sqrt()), 5e-3);
        Ok(())
    }

    /// A product of log-normal figures is log-normal.
    #[test]
    fn log_normal_figures_against_their_closed_form() -> Result<()> {
        let sigma = 0.3_f64;
        let order_value = Assumption::MeanSd { mean: 50.0, sd: 50.0 * (sigma * sigma).exp_m1().sqrt() };
        let frequency = Assumption::Range { low: 4.0 * (-Z90 * 0.4_f64).exp(), high: 4.0 * (Z90 * 0.4_f64).exp() };
        let value = ColdStart::new(0.0, order_value, frequency).draws(400_000).simulate()?;
        let median = 50.0 * (-0.5 * sigma * sigma).exp() * 4.0;
        near(value.median, median, 5e-3);
        near(value.low, median * (-Z90 * 0.5_f64).exp(), 5e-3);
        near(value.high, median * (Z90 * 0.5_f64).exp(), 5e-3);
        near(value.mean, 50.0 * 4.0 * (0.5 * 0.16_f64).exp(), 5e-3);
        // An uncertain margin in a range of ± 1.2816 sd: its mean is the middle.
        let margin = Assumption::Range { low: 0.2, high: 0.4 };
        near(ColdStart::new(0.0, 100.0, 1.0).margin(margin).draws(100_000).simulate()?.mean, 30.0, 5e-3);
        Ok(())
    }

    #[test]
    fn a_seed_is_a_seed() -> Result<()> {
        let figure = |mean: f64, sd: f64| Assumption::MeanSd { mean, sd };
        let clv = ColdStart::new(figure(0.7, 0.1), figure(40.0, 9.0), figure(3.0, 1.0)).draws(30_000);
        let values = clv.draw_values()?;
        assert_eq!(values, clv.draw_values()?);
        assert_ne!(values, clv.seed(2).draw_values()?);
        // The first draws do not depend on how many follow.
        let fewer = clv.draws(2_048).draw_values()?;
        assert!(fewer.iter().all(|value| values.binary_search_by(|other| other.total_cmp(value)).is_ok()));
        assert_eq!((clv.simulate()?.draws, clv.simulate()?.seed), (30_000, ColdStart::DEFAULT_SEED));
        Ok(())
    }

    #[test]
    fn the_blend_moves_to_the_data() -> Result<()> {
        let prior = ColdStartValue { median: 90.0, low: 60.0, high: 160.0, mean: 100.0, draws: 1, seed: 1 };
        let at = |n: f64| prior.blend(200.0, n, 50.0);
        assert_eq!(at(0.0)?, BlendedValue { weight: 0.0, value: 100.0, low: 60.0, high: 160.0 });
        assert_eq!(at(50.0)?, BlendedValue { weight: 0.5, value: 150.0, low: 130.0, high: 180.0 });
        assert_eq!(at(150.0)?, BlendedValue { weight: 0.75, value: 175.0, low: 165.0, high: 190.0 });
        let kind = |value: Result<BlendedValue>| value.map_err(|error| error.kind());
        for bad in [prior.blend(f64::NAN, 1.0, 1.0), prior.blend(1.0, -1.0, 1.0), prior.blend(1.0, 1.0, 0.0)] {
            assert_eq!(kind(bad), Err(ErrorKind::InvalidOption));
        }
        Ok(())
    }

    #[test]
    fn refuses_bad_assumptions() -> Result<()> {
        let kind = |clv: ColdStart| clv.simulate().map_err(|error| error.kind());
        let invalid = Err(ErrorKind::InvalidOption);
        let good = ColdStart::new(0.5, 1.0, 1.0);
        let spread = |mean, sd| Assumption::MeanSd { mean, sd };
        for retention in [Assumption::Known(1.1), Assumption::Known(f64::NAN), spread(0.5, 0.5), spread(0.5, -0.1), spread(1.0, 0.1)] {
            assert_eq!(kind(ColdStart::new(retention, 1.0, 1.0)), invalid, "{retention:?}");
        }
        let ranges = [Assumption::Range { low: 2.0, high: 1.0 }, Assumption::Range { low: -1.0, high: 1.0 }];
        for figure in
            [Assumption::Known(-1.0), Assumption::Known(f64::INFINITY), spread(0.0, 1.0), spread(1.0, f64::NAN), ranges[0], ranges[1]]
        {
            assert_eq!(kind(ColdStart::new(0.5, figure, 1.0)), invalid, "{figure:?}");
            assert_eq!(kind(ColdStart::new(0.5, 1.0, figure)), invalid, "{figure:?}");
        }
        assert_eq!(kind(good.margin(spread(1.5, 0.1))), invalid);
        assert_eq!(kind(good.draws(0)), invalid);
        assert_eq!(kind(good.discount(DiscountRate::none())), Err(ErrorKind::UnboundedValue));
        assert_eq!(kind(ColdStart::new(0.5, f64::MAX, 2.0)), Err(ErrorKind::NonFinite));
        Ok(())
    }
}
