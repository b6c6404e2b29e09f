//! Rules of thumb put to the test: "20 % of the customers hold 80 % of the value".

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_distr::{Binomial, Distribution, StandardNormal};

use super::lorenz::checked_share;
use super::ranked::Ranked;
use super::{Concentration, ascending};
use crate::error::{Error, Result};
use crate::parallel;

/// What the data say about a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum RuleVerdict {
    /// The whole interval lies at or above the share claimed.
    Holds,
    /// The whole interval lies below it.
    DoesNotHold,
    /// The interval contains it: more customers are needed to tell.
    Undecided,
}

impl RuleVerdict {
    /// The verdict in lower case: `"holds"`, `"does not hold"`, `"undecided"`.
    pub fn name(self) -> &'static str {
        match self {
            RuleVerdict::Holds => "holds",
            RuleVerdict::DoesNotHold => "does not hold",
            RuleVerdict::Undecided => "undecided",
        }
    }
}

/// A rule of the form "the top x of the customers hold at least y of the value", tested by [`Concentration::test_rule`].
///
/// | option | default | range |
/// |---|---|---|
/// | `confidence` | 0.95 | inside (0, 1) |
/// | `resamples` | 2,000 | 100 to 1,000,000 |
/// | `seed` | 1 | |
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[must_use]
pub struct ShareRule {
    customers: f64,
    value: f64,
    confidence: f64,
    resamples: usize,
    seed: u64,
}

impl ShareRule {
    /// "20 % hold 80 %".
    pub const PARETO: ShareRule = ShareRule::new(0.20, 0.80);
    /// The default seed.
    pub const DEFAULT_SEED: u64 = 1;
    /// The default number of resamples.
    pub const DEFAULT_RESAMPLES: usize = 2_000;
    /// The default confidence.
    pub const DEFAULT_CONFIDENCE: f64 = 0.95;

    /// The rule that the top fraction `customers` hold at least a share `value`, both in [0, 1].
    pub const fn new(customers: f64, value: f64) -> Self {
        ShareRule { customers, value, confidence: Self::DEFAULT_CONFIDENCE, resamples: Self::DEFAULT_RESAMPLES, seed: Self::DEFAULT_SEED }
    }

    /// Sets the confidence of the interval.
    pub const fn confidence(mut self, confidence: f64) -> Self {
        self.confidence = confidence;
        self
    }

    /// Sets the number of bootstrap resamples.
    pub const fn resamples(mut self, resamples: usize) -> Self {
        self.resamples = resamples;
        self
    }

    /// Sets the seed of the random numbers; the same seed gives the same result to the last bit, for any number of threads.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    fn check(&self) -> Result<()> {
        checked_share("fraction of customers", self.customers)?;
        checked_share("share of value", self.value)?;
        let refused = |option, value, requirement| Err(Error::InvalidOption { option, value, requirement });
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return refused("confidence", self.confidence.to_string(), "it must lie between 0 and 1 (95 % is 0.95)");
        }
        if !(100..=1_000_000).contains(&self.resamples) {
            return refused("resamples", self.resamples.to_string(), "give 100 to 1000000");
        }
        Ok(())
    }
}

/// What came of a test of a [`ShareRule`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct RuleTest {
    /// The fraction of customers the rule speaks of.
    pub customers: f64,
    /// The share of the value it claims for them at least.
    pub value: f64,
    /// The share they really hold in these data.
    pub top_share: f64,
    /// Lower end of the interval of that share.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Confidence of the interval.
    pub confidence: f64,
    /// Resamples the interval rests on: those asked for, less those whose total was not above 0.
    pub resamples: usize,
    /// The seed.
    pub seed: u64,
    /// What follows for the rule.
    pub verdict: RuleVerdict,
}

impl Concentration {
    /// Tests a rule such as "20 % of the customers hold 80 % of the value" by a bootstrap interval of the top share.
    ///
    /// n customers are drawn with replacement from the n there are, again and again, and the share of the top x is taken each time; the
    /// interval leaves out the same number of results at either end. The rule holds if the whole interval lies at or above y.
    ///
    /// Up to 4,096 customers the draws are exact. Beyond, the 2,048 largest values are still drawn one by one; the others lie in 2,048
    /// blocks of neighbouring ranks, whose counts are exactly multinomial and whose sums are drawn from a normal distribution with the
    /// exact mean and variance. The time is that of a few thousand customers, however many there are.
    ///
    /// # Errors
    /// [`Error::Share`], [`Error::InvalidOption`] for options out of range; [`Error::Undefined`] if more than half of the resamples have no
    /// total above 0, as may happen with negative values.
    ///
    /// # Examples
    /// ```
    /// use crm_value::{Concentration, RuleVerdict, ShareRule};
    /// let value: Vec<f64> = (1..=500).map(f64::from).collect();
    /// let test = Concentration::of(&value)?.test_rule(&ShareRule::PARETO)?;
    /// assert_eq!(test.verdict, RuleVerdict::DoesNotHold);         // the top fifth holds 36 %
    /// assert!(test.lower < test.top_share && test.top_share < test.upper && test.upper < 0.40);
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    ///
    /// # References
    /// B. Efron (1979), "Bootstrap methods: another look at the jackknife", Annals of Statistics 7, 1-26; the percentile interval.
    pub fn test_rule(&self, rule: &ShareRule) -> Result<RuleTest> {
        rule.check()?;
        let population = Population::new(&self.ranked);
        let shares = parallel::map(rule.resamples, RESAMPLE_COST, |resample| {
            let mut rng = ChaCha8Rng::seed_from_u64(rule.seed);
            rng.set_stream(resample as u64);
            population.resampled_top_share(rule.customers, &mut rng)
        });
        let shares = ascending(shares.into_iter().flatten().collect::<Vec<f64>>().into_iter());
        if shares.len() * 2 < rule.resamples {
            let reason = format!("only {} of {} resamples have a total above 0", shares.len(), rule.resamples);
            return Err(Error::Undefined { measure: "interval of the top share", reason });
        }
        let outside = (1.0 - rule.confidence) / 2.0;
        let (lower, upper) = (quantile(&shares, outside), quantile(&shares, 1.0 - outside));
        let verdict = if lower >= rule.value {
            RuleVerdict::Holds
        } else if upper < rule.value {
            RuleVerdict::DoesNotHold
        } else {
            RuleVerdict::Undecided
        };
        let top_share = self.top_share(rule.customers)?;
        let ShareRule { customers, value, confidence, seed, .. } = *rule;
        Ok(RuleTest { customers, value, top_share, lower, upper, confidence, resamples: shares.len(), seed, verdict })
    }
}

/// Work of one resample in units of a cheap kernel: thousands of random numbers.
const RESAMPLE_COST: usize = 10_000;
/// Up to twice this many customers are drawn one by one.
const SINGLES: usize = 2_048;
/// Blocks for the others.
const BLOCKS: usize = 2_048;

/// The quantile of ascending values, linear between neighbours; there is at least one.
fn quantile(ascending: &[f64], p: f64) -> f64 {
    let position = p * (ascending.len() - 1) as f64;
    let (below, part) = (position as usize, position.fract());
    let low = ascending[below];
    ascending.get(below + 1).map_or(low, |high| low + part * (high - low))
}

/// Customers of neighbouring ranks that are drawn together.
struct Block {
    /// Positions in descending order.
    ranks: std::ops::Range<usize>,
    mean: f64,
    deviation: f64,
    largest: f64,
    smallest: f64,
}

/// The customers in the parts in which they are drawn.
struct Population<'a> {
    ranked: &'a Ranked,
    /// How many of the largest are drawn one by one.
    singles: usize,
    blocks: Vec<Block>,
}

impl<'a> Population<'a> {
    fn new(ranked: &'a Ranked) -> Self {
        let n = ranked.n();
        let singles = if n <= SINGLES + BLOCKS { n } else { SINGLES };
        let count = if singles < n { BLOCKS } else { 0 };
        let block = |range: std::ops::Range<usize>| {
            let ranks = singles + range.start..singles + range.end;
            let values = &ranked.values()[n - ranks.end..n - ranks.start];
            let size = values.len() as f64;
            let mean = ranked.between(ranks.start, ranks.end) / size;
            let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / size;
            let (smallest, largest) = (values.first().copied().unwrap_or(mean), values.last().copied().unwrap_or(mean));
            Block { ranks, mean, deviation: variance.sqrt(), largest, smallest }
        };
        let blocks = if count == 0 { Vec::new() } else { parallel::ranges(n - singles, count).into_iter().map(block).collect() };
        Population { ranked, singles, blocks }
    }

    /// The share of the top fraction `p` in one resample; `None` if its total is not above 0.
    fn resampled_top_share(&self, p: f64, rng: &mut ChaCha8Rng) -> Option<f64> {
        let n = self.ranked.n();
        let mut wanted = Wanted { left: p * n as f64, value: 0.0 };
        let mut total = 0.0;
        let mut draws = if self.singles == n { n as u64 } else { binomial(n as u64, self.singles as f64 / n as f64, rng) };
        let mut counts = vec![0_u32; self.singles];
        for _ in 0..draws {
            // The upper half of a 128-bit product is uniform over the positions, up to 2^-52.
            counts[((u128::from(rng.next_u64()) * self.singles as u128) >> 64) as usize] += 1;
        }
        for (&value, &count) in self.ranked.values().iter().rev().zip(&counts).filter(|(_, count)| **count > 0) {
            let count = f64::from(count);
            total += count * value;
            wanted.take(count, |share| share * count * value);
        }
        draws = n as u64 - draws;
        let mut customers = n - self.singles;
        for block in &self.blocks {
            let size = block.ranks.len();
            let count = if size == customers { draws } else { binomial(draws, size as f64 / customers as f64, rng) };
            (draws, customers) = (draws - count, customers - size);
            if count == 0 {
                continue;
            }
            let count = count as f64;
            let normal: f64 = StandardNormal.sample(rng);
            let sum = (count * block.mean + count.sqrt() * block.deviation * normal).clamp(count * block.smallest, count * block.largest);
            total += sum;
            wanted.take(count, |share| {
                if share >= 1.0 {
                    return sum;
                }
                // The best part of the block itself stands for the best part of the draws from it.
                let part = share * size as f64;
                let whole = block.ranks.start + part as usize;
                let next = self.ranked.value(n - 1 - whole).unwrap_or(block.smallest);
                (self.ranked.between(block.ranks.start, whole) + part.fract() * next) / size as f64 * count
            });
        }
        (total > 0.0).then(|| wanted.value / total)
    }
}

/// The top customers of a resample, as they are found from the largest value down.
struct Wanted {
    /// Customers still to come, a fraction among them.
    left: f64,
    value: f64,
}

impl Wanted {
    /// Takes as many of the next `count` customers as are still wanted; `value(share)` is the value of their best share.
    fn take(&mut self, count: f64, value: impl Fn(f64) -> f64) {
        if self.left > 0.0 {
            let share = (self.left / count).min(1.0);
            self.value += value(share);
            self.left -= share * count;
        }
    }
}

/// Successes among `trials` with probability `p`.
fn binomial(trials: u64, p: f64, rng: &mut ChaCha8Rng) -> u64 {
    // `p` is a quotient of two counts, the smaller by the larger, so the distribution exists.
    Binomial::new(trials, p).map_or(0, |distribution| distribution.sample(rng))
}

#[cfg(test)]
mod tests {
    use super::super::NegativePolicy;
    use super::*;

    #[test]
    fn equal_values_leave_no_doubt() -> Result<()> {
        for n in [1, 10, 9_000] {
            let c = Concentration::of(&vec![3.0; n])?;
            let test = c.test_rule(&ShareRule::new(0.2, 0.2 - 1e-12).resamples(200))?;
            assert!((test.lower - 0.2).abs() < 1e-13 && (test.upper - 0.2).abs() < 1e-13, "{test:?}");
            assert_eq!(test.verdict, RuleVerdict::Holds);
            assert_eq!(c.test_rule(&ShareRule::PARETO.resamples(200))?.verdict, RuleVerdict::DoesNotHold);
        }
        Ok(())
    }

    #[test]
    fn two_customers_by_hand() -> Result<()> {
        // Resamples of {1, 3}: the better of two holds 1/2 of {1, 1} and {3, 3}, 3/4 of {1, 3}; each half of the time.
        let test = Concentration::of(&[1.0, 3.0])?.test_rule(&ShareRule::new(0.5, 0.6))?;
        assert_eq!((test.lower.to_bits(), test.upper.to_bits()), (0.5_f64.to_bits(), 0.75_f64.to_bits()));
        assert_eq!((test.verdict, test.resamples), (RuleVerdict::Undecided, 2000));
        // An interval of 10 % about the median ends at either value only.
        let narrow = Concentration::of(&[1.0, 3.0])?.test_rule(&ShareRule::new(0.5, 0.5).confidence(0.1))?;
        assert!(narrow.lower >= 0.5 && narrow.upper <= 0.75);
        assert_eq!(narrow.verdict, RuleVerdict::Holds);
        Ok(())
    }

    #[test]
    fn resamples_without_value_are_counted() -> Result<()> {
        // One of two holds all: a quarter of the resamples miss it; the others give 1 (top half of {0, v}) or ½ ({v, v}).
        let test = Concentration::of(&[0.0, 4.0])?.test_rule(&ShareRule::new(0.5, 0.5))?;
        assert!((1400..1600).contains(&test.resamples), "{}", test.resamples);
        assert_eq!((test.lower.to_bits(), test.upper.to_bits()), (0.5_f64.to_bits(), 1.0_f64.to_bits()));
        // One large customer against a thousand small losses among many zeros: who draws it once still fails half of the time.
        let mut values = vec![0.0; 4_000];
        values[..1_000].fill(-1.0);
        values[2_000] = 1_000.5;
        let c = Concentration::with_policy(&values, NegativePolicy::Allow)?;
        assert!(matches!(c.test_rule(&ShareRule::PARETO), Err(Error::Undefined { .. })));
        Ok(())
    }

    /// Standard error of the top share by its influence function, ((v − q)⁺ + p q − T v) / μ, q the value at the cut.
    fn asymptotic_error(values: &[f64], p: f64) -> f64 {
        let mut sorted = values.to_vec();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let n = values.len() as f64;
        let (cut, total) = ((p * n) as usize, values.iter().sum::<f64>());
        let (quantile, share) = (sorted[cut], sorted[..cut].iter().sum::<f64>() / total);
        let influence = |v: f64| ((v - quantile).max(0.0) + p * quantile - share * v) / (total / n);
        (values.iter().map(|&v| influence(v).powi(2)).sum::<f64>() / n / n).sqrt()
    }

    #[test]
    fn the_interval_has_the_asymptotic_width_with_and_without_blocks() -> Result<()> {
        for n in [4_000, 40_000] {
            // Quantiles of the exponential distribution.
            let values: Vec<f64> = (0..n).map(|i| -((f64::from(i) + 0.5) / f64::from(n)).ln()).collect();
            for p in [0.01, 0.2, 0.5] {
                let test = Concentration::of(&values)?.test_rule(&ShareRule::new(p, 0.5).resamples(4_000))?;
                let error = asymptotic_error(&values, p);
                let width = (test.upper - test.lower) / (2.0 * 1.959_963_985);
                assert!((width / error - 1.0).abs() < 0.06, "n {n}, p {p}: {width} is not {error}");
                assert!(((test.upper + test.lower) / 2.0 - test.top_share).abs() < 0.2 * error, "n {n}, p {p}: {test:?}");
            }
        }
        Ok(())
    }

    #[test]
    fn the_seed_decides() -> Result<()> {
        let values: Vec<f64> = (1..6_000).map(|i| f64::from(i * 7919 % 6007)).collect();
        let c = Concentration::of(&values)?;
        let rule = ShareRule::PARETO.resamples(300);
        assert_eq!(c.test_rule(&rule)?, c.test_rule(&rule)?);
        assert_ne!(c.test_rule(&rule)?.lower.to_bits(), c.test_rule(&rule.seed(2))?.lower.to_bits());
        // One thread draws what many draw: each resample has its own stream.
        let population = Population::new(&c.ranked);
        let alone = |resample: u64| {
            let mut rng = ChaCha8Rng::seed_from_u64(rule.seed);
            rng.set_stream(resample);
            population.resampled_top_share(0.2, &mut rng)
        };
        let shares = ascending((0..300).filter_map(alone).collect::<Vec<_>>().into_iter());
        assert_eq!(quantile(&shares, 0.025).to_bits(), c.test_rule(&rule.confidence(0.95))?.lower.to_bits());
        Ok(())
    }

    #[test]
    fn options_are_checked() -> Result<()> {
        let c = Concentration::of(&[1.0, 2.0])?;
        assert!(matches!(c.test_rule(&ShareRule::new(1.2, 0.5)), Err(Error::Share { .. })));
        assert!(matches!(c.test_rule(&ShareRule::new(0.2, f64::NAN)), Err(Error::Share { .. })));
        for rule in [
            ShareRule::PARETO.confidence(1.0),
            ShareRule::PARETO.confidence(f64::NAN),
            ShareRule::PARETO.resamples(99),
            ShareRule::PARETO.resamples(1_000_001),
        ] {
            assert!(matches!(c.test_rule(&rule), Err(Error::InvalidOption { .. })), "{rule:?}");
        }
        Ok(())
    }
}
