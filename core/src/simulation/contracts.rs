//! Contracts drawn from the models of renewal.

use super::random::end_after;
use super::{RandomStream, check_covariates};
use crate::covariates::Covariates;
use crate::error::{Error, Result};
use crate::fit::Fitted;
use crate::models::{BetaDiscreteWeibull, Geometric, RetentionModel, ShiftedBetaGeometric};
use crate::opportunities::checked_periods;
use crate::parallel;
use crate::tenures::Tenures;

/// A contractual model from which customers can be drawn.
pub trait SimulateContract: RetentionModel {
    /// Draws the renewal, 1 or more, at which a customer leaves; `None` if that is beyond 2³² − 1.
    fn draw(&self, random: &mut RandomStream) -> Option<u32>;

    /// The models of customers with these covariates; `None` where covariates make no difference.
    #[doc(hidden)]
    fn of_customers(&self, _covariates: Option<&Covariates>) -> Result<Option<Box<dyn DrawContracts + '_>>> {
        Ok(None)
    }
}

/// Customers who do not all have the same model.
#[doc(hidden)]
pub trait DrawContracts: Sync {
    /// As [`SimulateContract::draw`], for customer `i`.
    fn draw(&self, i: usize, random: &mut RandomStream) -> Option<u32>;
}

impl<M: SimulateContract> SimulateContract for Fitted<M> {
    fn draw(&self, random: &mut RandomStream) -> Option<u32> {
        self.model().draw(random)
    }

    fn of_customers(&self, covariates: Option<&Covariates>) -> Result<Option<Box<dyn DrawContracts + '_>>> {
        self.model().of_customers(covariates)
    }
}

impl SimulateContract for Geometric {
    fn draw(&self, random: &mut RandomStream) -> Option<u32> {
        end_after(random.exponential(), -libm::log1p(-self.theta()), 1.0)
    }
}

impl SimulateContract for ShiftedBetaGeometric {
    fn draw(&self, random: &mut RandomStream) -> Option<u32> {
        let hazard = random.beta_hazard(self.alpha(), self.beta());
        end_after(random.exponential(), hazard, 1.0)
    }
}

impl SimulateContract for BetaDiscreteWeibull {
    fn draw(&self, random: &mut RandomStream) -> Option<u32> {
        let hazard = random.beta_hazard(self.alpha(), self.beta());
        end_after(random.exponential(), hazard, self.c())
    }
}

/// How customers with a contract are simulated.
///
/// | option | default | meaning |
/// |---|---|---|
/// | constructor | | how many customers, and in which period each is observed last |
/// | `seed` | 0 | ChaCha8 key; the stream number is the customer's position |
/// | `covariates` | none | those of each customer, which a model with covariates needs; they go into the tenures |
/// | `threads` | all cores | upper limit; never changes a result |
///
/// Neither threads nor later customers nor a longer observation change a life.
///
/// ```
/// use crm_value::{ContractSimulation, ShiftedBetaGeometric, Tenures};
/// let model = ShiftedBetaGeometric::new(0.668, 3.806)?;
/// // Two cohorts, of which one has been watched into its fourth and the other into its eighth period.
/// let periods: Vec<u32> = (0..1_000).map(|i| if i < 500 { 4 } else { 8 }).collect();
/// let simulated = ContractSimulation::with_periods(&periods).seed(42).run(&model)?;
/// let tenures = simulated.tenures()?;
/// let survivors = simulated.survivors();
/// assert_eq!((survivors[0].len(), survivors[1].len()), (4, 8));
/// assert_eq!(Tenures::from_survivors(&[&survivors[0], &survivors[1]])?, tenures);
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ContractSimulation<'a> {
    periods: Vec<u32>,
    seed: u64,
    covariates: Option<&'a Covariates>,
    threads: Option<usize>,
}

impl<'a> ContractSimulation<'a> {
    /// Customers who are all observed until they leave or are in period `periods`, the first being 1: so that `periods` − 1 renewals are known.
    pub fn observed_for(customers: usize, periods: u32) -> Self {
        Self::with_periods(&vec![periods; customers])
    }

    /// One customer per last period observed.
    pub fn with_periods(periods: &[u32]) -> Self {
        ContractSimulation { periods: periods.to_vec(), seed: 0, covariates: None, threads: None }
    }

    /// Sets the seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Gives the customers covariates, row i those of customer i.
    pub fn covariates(mut self, covariates: &'a Covariates) -> Self {
        self.covariates = Some(covariates);
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
    /// [`Error::Empty`] without customers, [`Error::TooLarge`] for too many; for the first row at fault [`Error::NotPositive`] (period 0) and
    /// [`Error::TooManyPeriods`]; [`Error::LengthMismatch`] unless there is one row of covariates per customer; [`Error::MissingCovariates`],
    /// [`Error::InvalidParameter`] from a model with covariates.
    pub fn run(&self, model: &(impl SimulateContract + ?Sized)) -> Result<SimulatedContracts> {
        let n = self.periods.len();
        if n == 0 {
            return Err(Error::Empty { what: "simulation".to_owned() });
        }
        if u32::try_from(n).is_err() {
            return Err(Error::TooLarge { what: "the simulation", rows: n });
        }
        for (row, &periods) in self.periods.iter().enumerate() {
            if checked_periods("periods", row, periods)? == 0 {
                return Err(Error::NotPositive { column: "periods".to_owned(), row, value: 0.0 });
            }
        }
        check_covariates(self.covariates, n)?;
        let each = model.of_customers(self.covariates)?;
        let ranges = parallel::ranges(n, parallel::threads(self.threads, n.saturating_mul(10)).min(n));
        let parts = parallel::run(ranges, |range: std::ops::Range<usize>| {
            let draw = |i: usize| {
                let mut random = RandomStream::new(self.seed, i as u64);
                match &each {
                    Some(each) => each.draw(i, &mut random),
                    None => model.draw(&mut random),
                }
            };
            range.map(draw).collect::<Vec<Option<u32>>>()
        });
        Ok(SimulatedContracts { periods: self.periods.clone(), leaves: parts.concat(), covariates: self.covariates.cloned() })
    }
}

/// Customers drawn from a contractual model: how long they stayed as far as observed, and when they leave.
#[derive(Debug, Clone)]
pub struct SimulatedContracts {
    periods: Vec<u32>,
    leaves: Vec<Option<u32>>,
    covariates: Option<Covariates>,
}

impl SimulatedContracts {
    /// Number of customers.
    pub fn len(&self) -> usize {
        self.periods.len()
    }

    /// Whether there are none; never true.
    pub fn is_empty(&self) -> bool {
        self.periods.is_empty()
    }

    /// The last period in which each customer is observed.
    pub fn periods(&self) -> &[u32] {
        &self.periods
    }

    /// The renewal at which each customer leaves, observed or not, which is also the number of periods paid for; `None` beyond 2³² − 1.
    pub fn lifetimes(&self) -> &[Option<u32>] {
        &self.leaves
    }

    /// Periods paid for, as observed: those of [`Tenures::from_customers`].
    pub fn tenure(&self) -> Vec<u32> {
        self.rows().map(|(periods, leaves)| leaves.unwrap_or(periods)).collect()
    }

    /// Whether each customer was seen to leave.
    pub fn churned(&self) -> Vec<bool> {
        self.rows().map(|(_, leaves)| leaves.is_some()).collect()
    }

    /// Last period observed, and the renewal at which the customer was seen to leave.
    fn rows(&self) -> impl Iterator<Item = (u32, Option<u32>)> {
        self.periods.iter().zip(&self.leaves).map(|(&periods, leaves)| (periods, leaves.filter(|&leaves| leaves < periods)))
    }

    /// The customers as rows for a fit, with their covariates if any were given.
    ///
    /// # Errors
    /// None that a simulation could bring about; the checks of [`Tenures::from_customers`] are run.
    pub fn tenures(&self) -> Result<Tenures> {
        let tenure: Vec<f64> = self.tenure().into_iter().map(f64::from).collect();
        match &self.covariates {
            Some(covariates) => Tenures::from_customers_with_covariates(&tenure, &self.churned(), None, covariates.clone()),
            None => Tenures::from_customers(&tenure, &self.churned(), None),
        }
    }

    /// Survivor counts of the cohorts, those of the customers with the same number of periods, shortest first: entry t of a cohort is the number of
    /// its customers who renewed at least t times, up to the last renewal observed.
    pub fn survivors(&self) -> Vec<Vec<f64>> {
        let mut cohorts: Vec<u32> = self.periods.clone();
        cohorts.sort_unstable();
        cohorts.dedup();
        let mut counts: Vec<Vec<f64>> = cohorts.iter().map(|&periods| vec![0.0; periods as usize]).collect();
        for (periods, tenure) in self.periods.iter().zip(self.tenure()) {
            let cohort = cohorts.partition_point(|other| other < periods);
            counts[cohort][tenure as usize - 1] += 1.0;
        }
        // From how many left after t renewals to how many made at least t.
        for cohort in &mut counts {
            for t in (1..cohort.len()).rev() {
                cohort[t - 1] += cohort[t];
            }
        }
        counts
    }
}
