//! Customers in discrete time drawn from BG/BB.

use super::RandomStream;
use super::random::end_after;
use crate::error::{Error, Result};
use crate::models::BgBb;
use crate::opportunities::{OpportunitySummary, checked_periods};
use crate::parallel;

/// How customers with opportunities are simulated.
///
/// | option | default | meaning |
/// |---|---|---|
/// | constructor | | how many customers, and how many opportunities each is observed for |
/// | `seed` | 0 | ChaCha8 key; the stream number is the customer's position |
/// | `holdout` | 0 | how many more opportunities lives are followed for |
/// | `threads` | all cores | upper limit; never changes a result |
///
/// As in [`crate::Simulation`] neither threads nor later customers nor a longer observation change a life.
///
/// ```
/// use crm_value::{BgBb, OpportunitySimulation};
/// let donors = BgBb::new(1.204, 0.750, 0.657, 2.783)?;
/// let simulated = OpportunitySimulation::observed_for(1_000, 6).seed(42).holdout(5).run(&donors)?;
/// let fitted = BgBb::fit(&simulated.summary()?)?;
/// assert!((fitted.expectation(6) - donors.expectation(6)).abs() < 0.3);
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct OpportunitySimulation {
    opportunities: Vec<u32>,
    seed: u64,
    holdout: u32,
    threads: Option<usize>,
}

impl OpportunitySimulation {
    /// Customers with the same number of opportunities.
    pub fn observed_for(customers: usize, opportunities: u32) -> Self {
        Self::with_opportunities(&vec![opportunities; customers])
    }

    /// One customer per number of opportunities n.
    pub fn with_opportunities(opportunities: &[u32]) -> Self {
        OpportunitySimulation { opportunities: opportunities.to_vec(), seed: 0, holdout: 0, threads: None }
    }

    /// Sets the seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Follows every life for so many more opportunities.
    pub fn holdout(mut self, opportunities: u32) -> Self {
        self.holdout = opportunities;
        self
    }

    /// Limits the number of threads; 0 means all cores.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = (threads > 0).then_some(threads);
        self
    }

    /// Draws the customers.
    ///
    /// # Errors
    /// [`Error::Empty`] without customers; [`Error::TooManyPeriods`] for more than a million opportunities; [`Error::TooLarge`] for more than
    /// 2³² − 1 of them in total.
    pub fn run(&self, model: &BgBb) -> Result<SimulatedOpportunities> {
        let n = self.opportunities.len();
        if n == 0 {
            return Err(Error::Empty { what: "simulation".to_owned() });
        }
        let mut total = 0_u64;
        for (row, &opportunities) in self.opportunities.iter().enumerate() {
            total += u64::from(checked_periods("n", row, opportunities.saturating_add(self.holdout))?);
        }
        if total >= u64::from(u32::MAX) || u32::try_from(n).is_err() {
            return Err(Error::TooLarge { what: "the simulation", rows: total as usize });
        }
        let ranges = parallel::ranges(n, parallel::threads(self.threads, total as usize).min(n));
        let parts = parallel::run(ranges, |range: std::ops::Range<usize>| {
            let mut part = Part::default();
            for i in range {
                let until = self.opportunities[i] + self.holdout;
                part.left.push(model.draw(&mut RandomStream::new(self.seed, i as u64), until, &mut part.purchases));
                part.ends.push(part.purchases.len());
            }
            part
        });
        let mut whole = Part::default();
        for part in parts {
            let before = whole.purchases.len();
            whole.ends.extend(part.ends.iter().map(|end| before + end));
            whole.purchases.extend(part.purchases);
            whole.left.extend(part.left);
        }
        Ok(SimulatedOpportunities { opportunities: self.opportunities.clone(), holdout: self.holdout, lives: whole })
    }
}

impl BgBb {
    /// Draws a customer: appends the opportunities of 1 to `until` at which the customer bought, and returns the one at whose beginning the
    /// customer left, if that was among them.
    fn draw(&self, random: &mut RandomStream, until: u32, purchases: &mut Vec<u32>) -> Option<u32> {
        let purchase = random.beta(self.alpha(), self.beta());
        let hazard = random.beta_hazard(self.gamma(), self.delta());
        let left = end_after(random.exponential(), hazard, 1.0).filter(|&left| left <= until);
        let last = left.map_or(until, |left| left - 1);
        purchases.extend((1..=last).filter(|_| random.uniform() < purchase));
        left
    }
}

/// Lives in columns; `ends` are the ends of the customers' parts of `purchases`.
#[derive(Debug, Clone, Default)]
struct Part {
    ends: Vec<usize>,
    purchases: Vec<u32>,
    left: Vec<Option<u32>>,
}

/// Customers drawn from BG/BB: at which opportunities they bought, and, what nobody can see, when they left.
#[derive(Debug, Clone)]
pub struct SimulatedOpportunities {
    opportunities: Vec<u32>,
    holdout: u32,
    lives: Part,
}

impl SimulatedOpportunities {
    /// Number of customers.
    pub fn len(&self) -> usize {
        self.opportunities.len()
    }

    /// Whether there are none; never true.
    pub fn is_empty(&self) -> bool {
        self.opportunities.is_empty()
    }

    /// n: opportunities observed of every customer.
    pub fn opportunities(&self) -> &[u32] {
        &self.opportunities
    }

    /// The opportunities at which customer `index` bought, counted from 1, the holdout's included; empty if there is no such customer.
    pub fn purchases(&self, index: usize) -> &[u32] {
        let Some(&end) = self.lives.ends.get(index) else { return &[] };
        &self.lives.purchases[if index == 0 { 0 } else { self.lives.ends[index - 1] }..end]
    }

    /// The opportunity at whose beginning customer `index` left; `None` if that was not within the simulated ones.
    pub fn left(&self, index: usize) -> Option<u32> {
        self.lives.left.get(index).copied().flatten()
    }

    /// Whether each customer was still one at opportunity n.
    pub fn alive(&self) -> Vec<bool> {
        self.lives.left.iter().zip(&self.opportunities).map(|(left, &n)| left.is_none_or(|left| left > n)).collect()
    }

    /// How many of a customer's purchases were observed.
    fn observed(&self, index: usize) -> usize {
        self.purchases(index).partition_point(|&opportunity| opportunity <= self.opportunities[index])
    }

    /// x, t_x and n of every customer.
    ///
    /// # Errors
    /// None that a simulation could bring about; the checks of [`OpportunitySummary::from_columns`] are run.
    pub fn summary(&self) -> Result<OpportunitySummary> {
        let of = |value: &dyn Fn(usize) -> u32| (0..self.len()).map(|i| f64::from(value(i))).collect::<Vec<f64>>();
        let last = |i: usize| self.purchases(i)[..self.observed(i)].last().copied().unwrap_or(0);
        OpportunitySummary::from_columns(None, &of(&|i| self.observed(i) as u32), &of(&last), &of(&|i| self.opportunities[i]))
    }

    /// Purchases of every customer in the holdout.
    pub fn holdout_frequency(&self) -> Vec<u32> {
        (0..self.len()).map(|i| (self.purchases(i).len() - self.observed(i)) as u32).collect()
    }

    /// The length of the holdout, in opportunities.
    pub fn holdout(&self) -> u32 {
        self.holdout
    }
}
