//! Distinct histories with weights: what the likelihoods run over.

use hashbrown::HashMap;

use crate::error::{Error, Result};
use crate::summary::{CustomerSummary, History};
use crate::time::TimeUnit;

/// The distinct (x, t_x, T) of a customer base, each with the number (or total weight) of customers that share it.
///
/// A likelihood over patterns equals the one over customers and costs the less the more customers share a history: at day resolution a
/// million customers are some 100 thousand patterns. Patterns are sorted, so that sums over them do not depend on the order of the customers.
#[derive(Debug, Clone)]
pub struct Patterns {
    unit: TimeUnit,
    histories: Vec<History>,
    weights: Vec<f64>,
    customers: usize,
    log_intervals: Option<f64>,
}

impl Patterns {
    /// Groups the customers of a summary; every customer weighs 1.
    pub fn of(customers: &CustomerSummary) -> Self {
        let (x, t_x, t_cal) = (customers.frequency(), customers.recency(), customers.age());
        let mut seen: HashMap<(u32, u64, u64), u32> = HashMap::new();
        for i in 0..customers.len() {
            *seen.entry((x[i], t_x[i].to_bits(), t_cal[i].to_bits())).or_default() += 1;
        }
        // Times are non-negative, so their bits sort as they do.
        let mut patterns: Vec<_> = seen.into_iter().collect();
        patterns.sort_unstable_by_key(|&(key, _)| key);
        let history = |&((x, t_x, t_cal), _): &((u32, u64, u64), u32)| History::from_checked(x, f64::from_bits(t_x), f64::from_bits(t_cal));
        Patterns {
            unit: customers.unit(),
            histories: patterns.iter().map(history).collect(),
            weights: patterns.iter().map(|&(_, count)| f64::from(count)).collect(),
            customers: customers.len(),
            log_intervals: customers.log_intervals().map(|sums| ordered_sum(sums.to_vec())),
        }
    }

    /// Groups the customers of a summary, customer i with weight `weights[i]` (finite, above 0).
    ///
    /// # Errors
    /// [`Error::LengthMismatch`], [`Error::NonFinite`], [`Error::NotPositive`].
    pub fn weighted(customers: &CustomerSummary, weights: &[f64]) -> Result<Self> {
        check_weights(weights, customers.len())?;
        Ok(Self::sorted(customers, |i| weights[i], |_| 0))
    }

    /// Distinguishes histories also by the customers' covariates, of which customer i has set `variants[i]`; sorted by that first.
    pub(crate) fn of_variants(customers: &CustomerSummary, weights: Option<&[f64]>, variants: &[u32]) -> Result<Self> {
        weights.map(|weights| check_weights(weights, customers.len())).transpose()?;
        Ok(Self::sorted(customers, |i| weights.map_or(1.0, |weights| weights[i]), |i| variants[i]))
    }

    fn sorted(customers: &CustomerSummary, weight: impl Fn(usize) -> f64, variant: impl Fn(usize) -> u32) -> Self {
        let (x, t_x, t_cal) = (customers.frequency(), customers.recency(), customers.age());
        // Weights are part of the sort key, so that their sums do not depend on the order of the customers.
        let key = |i: usize| (variant(i), x[i], t_x[i].to_bits(), t_cal[i].to_bits(), weight(i).to_bits());
        let n = customers.len();
        let mut order: Vec<u32> = (0..n as u32).collect();
        order.sort_unstable_by_key(|&i| key(i as usize));
        let log_intervals =
            customers.log_intervals().map(|sums| ordered_sum(sums.iter().enumerate().map(|(i, sum)| weight(i) * sum).collect()));
        let mut patterns = Patterns { unit: customers.unit(), histories: Vec::new(), weights: Vec::new(), customers: n, log_intervals };
        for i in order.into_iter().map(|i| i as usize) {
            let history = History::from_checked(x[i], t_x[i], t_cal[i]).with_variant(variant(i));
            match (patterns.histories.last(), patterns.weights.last_mut()) {
                (Some(last), Some(total)) if *last == history => *total += weight(i),
                _ => {
                    patterns.histories.push(history);
                    patterns.weights.push(weight(i));
                }
            }
        }
        patterns
    }

    /// A sample of at most `rows` histories, drawn in the order of the patterns at equal distances of weight; `None` if there are not more.
    pub(crate) fn sample(&self, rows: usize) -> Option<Patterns> {
        if self.len() <= rows {
            return None;
        }
        let (chosen, weights): (Vec<usize>, Vec<f64>) = systematic_sample(&self.weights, rows).unzip();
        let histories = chosen.into_iter().map(|i| self.histories[i]).collect();
        Some(Patterns { unit: self.unit, histories, weights, customers: self.customers, log_intervals: self.log_intervals })
    }

    /// Number of distinct histories.
    pub fn len(&self) -> usize {
        self.histories.len()
    }

    /// Whether there are none; never true.
    pub fn is_empty(&self) -> bool {
        self.histories.is_empty()
    }

    /// The distinct histories, sorted by x, t_x, T.
    pub fn histories(&self) -> &[History] {
        &self.histories
    }

    /// The weight of each history.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Number of customers grouped.
    pub fn customers(&self) -> usize {
        self.customers
    }

    /// Sum of the weights.
    pub fn total_weight(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// Σ weight · Σ ln(interval) over all customers, if the summary knows the latter. It is all that a likelihood needs of the intervals, so
    /// that customers with other intervals share a pattern.
    pub fn log_intervals(&self) -> Option<f64> {
        self.log_intervals
    }

    /// The unit of the times.
    pub fn unit(&self) -> TimeUnit {
        self.unit
    }
}

/// A sum that does not depend on the order of the customers.
fn ordered_sum(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    crate::fit::chunked_sum(&values)
}

/// Case weights: one per customer, finite, above 0.
pub(crate) fn check_weights(weights: &[f64], expected: usize) -> Result<()> {
    let column = || "weight".to_owned();
    if weights.len() != expected {
        let reference = "frequency".to_owned();
        return Err(Error::LengthMismatch { column: column(), actual: weights.len(), reference, expected });
    }
    for (row, &value) in weights.iter().enumerate() {
        if !value.is_finite() {
            return Err(Error::NonFinite { column: column(), row, value });
        }
        if value <= 0.0 {
            return Err(Error::NotPositive { column: column(), row, value });
        }
    }
    Ok(())
}
/// About `rows` of the sorted items with these weights, evenly spread over the total weight: positions, and weights with the same total.
pub(crate) fn systematic_sample(weights: &[f64], rows: usize) -> impl Iterator<Item = (usize, f64)> {
    let share = weights.iter().sum::<f64>() / rows as f64;
    // Marks lie half a share from either end, so that the tails are neither left out nor overstated.
    let (mut passed, mut mark) = (0.0, 0.5 * share);
    weights.iter().enumerate().filter_map(move |(i, weight)| {
        passed += weight;
        let marks = ((passed - mark) / share).floor() + 1.0;
        mark += marks.max(0.0) * share;
        (marks > 0.0).then_some((i, marks * share))
    })
}
