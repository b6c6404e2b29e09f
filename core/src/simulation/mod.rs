//! Customers and transaction logs drawn from a model.

mod contracts;
mod opportunities;
mod random;

pub(crate) use contracts::DrawContracts;
pub use contracts::{ContractSimulation, SimulateContract, SimulatedContracts};
pub use opportunities::{OpportunitySimulation, SimulatedOpportunities};
pub use random::RandomStream;

use crate::covariates::Covariates;
use crate::error::{Error, Result};
use crate::fit::Fitted;
use crate::models::{PurchaseModel, SpendModel};
use crate::parallel;
use crate::summary::{CustomerSummary, History};
use crate::time::{Date, Span, TimeUnit};
use crate::transactions::{LogOptions, TransactionLog, Transactions};

/// A purchase model from which customers can be drawn.
pub trait Simulate: PurchaseModel {
    /// Draws a customer's traits and what follows from them: appends the times of the repeat purchases in (0, `until`], rising, counted from
    /// the first purchase in the model's unit, and returns when the customer left, if that was by `until`.
    ///
    /// A larger `until` must continue the same life.
    fn draw(&self, random: &mut RandomStream, until: f64, purchases: &mut Vec<f64>) -> Option<f64>;

    /// The models of so many customers with these covariates; `None` where covariates make no difference.
    #[doc(hidden)]
    fn of_customers(&self, _covariates: Option<&Covariates>) -> Result<Option<Box<dyn DrawEach + '_>>> {
        Ok(None)
    }
}

/// Customers who do not all have the same model.
#[doc(hidden)]
pub trait DrawEach: Sync {
    /// As [`Simulate::draw`], for customer `i`.
    fn draw(&self, i: usize, random: &mut RandomStream, until: f64, purchases: &mut Vec<f64>) -> Option<f64>;

    /// Expected purchases of all of them within t.
    fn expectation(&self, t: f64) -> f64;
}

impl<M: Simulate> Simulate for Fitted<M> {
    fn draw(&self, random: &mut RandomStream, until: f64, purchases: &mut Vec<f64>) -> Option<f64> {
        self.model().draw(random, until, purchases)
    }

    fn of_customers(&self, covariates: Option<&Covariates>) -> Result<Option<Box<dyn DrawEach + '_>>> {
        self.model().of_customers(covariates)
    }
}

/// A spend model from which amounts can be drawn.
pub trait SimulateSpend: SpendModel {
    /// Draws a customer's traits and fills in the amounts of the purchases, the first one included.
    fn draw_spend(&self, random: &mut RandomStream, amounts: &mut [f64]);
}

impl<M: SimulateSpend> SimulateSpend for Fitted<M> {
    fn draw_spend(&self, random: &mut RandomStream, amounts: &mut [f64]) {
        self.model().draw_spend(random, amounts);
    }
}

/// Appends a Poisson process of purchases in (0, end].
pub(crate) fn poisson_purchases(random: &mut RandomStream, rate: f64, end: f64, purchases: &mut Vec<f64>) {
    let mut time = gap(random, rate);
    while time <= end {
        purchases.push(time);
        time += gap(random, rate);
    }
}

/// Time to the next purchase, above 0.
pub(crate) fn gap(random: &mut RandomStream, rate: f64) -> f64 {
    (random.exponential() / rate).max(f64::MIN_POSITIVE)
}

/// Who is simulated: how many customers, when they come, how long they are observed.
#[derive(Debug, Clone)]
enum Observation {
    Same { customers: usize, age: Span },
    Each { ages: Vec<f64>, unit: TimeUnit },
    Calendar { customers: usize, first: Date, last: Date, until: Date },
}

/// How customers are simulated.
///
/// | option | default | meaning |
/// |---|---|---|
/// | constructor | | how many customers, and how long each is observed |
/// | `seed` | 0 | ChaCha8 key; the stream number is the customer's position |
/// | `holdout` | none | how much longer lives are followed after the end of observation |
/// | `spend` | none | the model of the amounts |
/// | `covariates` | none | those of each customer, which a model with covariates needs; they go into the summary |
/// | `threads` | all cores | upper limit; never changes a result |
///
/// The same seed gives the same customers whatever the number of threads and however many customers follow; longer observation continues the
/// same lives, and amounts do not change the purchases.
///
/// ```
/// use crm_value::{BgNbd, Date, GammaGamma, Simulation, TimeUnit};
/// let purchases = BgNbd::new(0.243, 4.414, 0.793, 2.426, TimeUnit::Week)?;
/// let spend = GammaGamma::new(6.25, 3.74, 15.44)?;
/// let day = |year, month, day| Date::from_ymd(year, month, day);
/// let simulated = Simulation::acquired(1_000, day(2025, 1, 1)?, day(2025, 3, 31)?, day(2025, 9, 30)?)
///     .seed(42)
///     .spend(&spend)
///     .run(&purchases)?;
/// let exact = simulated.summary()?; // continuous times
/// let log = simulated.log()?; // civil days
/// assert_eq!((exact.len(), log.customers()), (1_000, 1_000));
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Simulation<'a> {
    observation: Observation,
    seed: u64,
    holdout: Option<Span>,
    spend: Option<&'a dyn SimulateSpend>,
    covariates: Option<&'a Covariates>,
    threads: Option<usize>,
}

impl<'a> Simulation<'a> {
    fn new(observation: Observation) -> Self {
        Simulation { observation, seed: 0, holdout: None, spend: None, covariates: None, threads: None }
    }

    /// Customers who are all observed for the same time after their first purchase.
    pub fn observed_for(customers: usize, age: Span) -> Self {
        Self::new(Observation::Same { customers, age })
    }

    /// One customer per age T, in `unit`s, which must be the model's.
    pub fn with_ages(ages: &[f64], unit: TimeUnit) -> Self {
        Self::new(Observation::Each { ages: ages.to_vec(), unit })
    }

    /// Customers whose first purchases fall on any day from `first` to `last` alike, all observed to the end of day `until`. Only
    /// these have dates, and with them a transaction log.
    pub fn acquired(customers: usize, first: Date, last: Date, until: Date) -> Self {
        Self::new(Observation::Calendar { customers, first, last, until })
    }

    /// Sets the seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Follows every life for this much longer after the end of observation.
    pub fn holdout(mut self, holdout: Span) -> Self {
        self.holdout = Some(holdout);
        self
    }

    /// Draws amounts, too.
    pub fn spend(mut self, model: &'a dyn SimulateSpend) -> Self {
        self.spend = Some(model);
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
    /// [`Error::Empty`] without customers; [`Error::NonFinite`], [`Error::Negative`] for an age; [`Error::UnitMismatch`] if the ages are not in
    /// the model's unit; [`Error::InvalidOption`] if the first days run backwards; [`Error::EndBeforeFirstPurchase`] if observation ends
    /// before the last of them; [`Error::TooLarge`] if more than 2³² − 1 purchases are to be expected; [`Error::LengthMismatch`] unless there
    /// is one row of covariates per customer; [`Error::MissingCovariates`], [`Error::InvalidParameter`] from a model with covariates.
    pub fn run(&self, model: &(impl Simulate + ?Sized)) -> Result<SimulatedCustomers> {
        let unit = model.unit();
        let holdout = self.holdout.map_or(0.0, |span| span.in_unit(unit));
        let (ages, first_days) = self.ages(model)?;
        let n = ages.len();
        check_covariates(self.covariates, n)?;
        let each = model.of_customers(self.covariates)?;
        let longest = ages.iter().fold(0.0_f64, |longest, &age| longest.max(age)) + holdout;
        let within = |t: f64| each.as_ref().map_or_else(|| n as f64 * model.expectation(t), |each| each.expectation(t));
        let expected = n as f64 + if longest > 0.0 { within(longest) } else { 0.0 };
        if !(expected < f64::from(u32::MAX)) {
            return Err(Error::TooLarge { what: "the simulation", rows: expected as usize });
        }
        let ranges = parallel::ranges(n, parallel::threads(self.threads, n.saturating_mul(10)).min(n));
        let parts = parallel::run(ranges, |range: std::ops::Range<usize>| {
            let mut part = Lives { ends: Vec::with_capacity(range.len()), times: Vec::new(), left: Vec::new(), amounts: Vec::new() };
            for i in range {
                let before = part.times.len();
                let mut random = RandomStream::new(self.seed, i as u64);
                let left = match &each {
                    Some(each) => each.draw(i, &mut random, ages[i] + holdout, &mut part.times),
                    None => model.draw(&mut random, ages[i] + holdout, &mut part.times),
                };
                part.left.push(left);
                if let Some(spend) = self.spend {
                    let start = part.amounts.len();
                    part.amounts.resize(start + 1 + part.times.len() - before, 0.0);
                    spend.draw_spend(&mut RandomStream::of_amounts(self.seed, i as u64), &mut part.amounts[start..]);
                }
                part.ends.push(part.times.len());
            }
            part
        });
        let mut lives = Lives { ends: Vec::with_capacity(n), times: Vec::new(), left: Vec::with_capacity(n), amounts: Vec::new() };
        for part in parts {
            let before = lives.times.len();
            lives.ends.extend(part.ends.iter().map(|end| before + end));
            lives.times.extend(part.times);
            lives.left.extend(part.left);
            lives.amounts.extend(part.amounts);
        }
        let covariates = self.covariates.cloned();
        Ok(SimulatedCustomers { unit, ages, first_days, holdout, has_amounts: self.spend.is_some(), covariates, lives })
    }

    /// Ages in the model's unit, and the days of the first purchases.
    fn ages(&self, model: &(impl Simulate + ?Sized)) -> Result<(Vec<f64>, Option<Vec<i32>>)> {
        let unit = model.unit();
        let empty = || Error::Empty { what: "simulation".to_owned() };
        match &self.observation {
            Observation::Same { customers: 0, .. } | Observation::Calendar { customers: 0, .. } => Err(empty()),
            Observation::Each { ages, .. } if ages.is_empty() => Err(empty()),
            Observation::Same { customers, age } => Ok((vec![age.in_unit(unit); *customers], None)),
            Observation::Each { unit: given, .. } if *given != unit => {
                Err(Error::UnitMismatch { left: model.name(), left_unit: unit, right: "the ages", right_unit: *given })
            }
            Observation::Each { ages, .. } => {
                for (row, &value) in ages.iter().enumerate() {
                    if !value.is_finite() {
                        return Err(Error::NonFinite { column: "T".to_owned(), row, value });
                    }
                    if value < 0.0 {
                        return Err(Error::Negative { column: "T".to_owned(), row, value });
                    }
                }
                Ok((ages.clone(), None))
            }
            &Observation::Calendar { customers, first, last, until } => {
                if first > last {
                    let requirement = "the first day of acquisition must not come after the last";
                    return Err(Error::InvalidOption { option: "acquired", value: format!("{first} to {last}"), requirement });
                }
                if until < last {
                    return Err(Error::EndBeforeFirstPurchase { end: until.to_string(), first: last.to_string() });
                }
                let days = f64::from(last.days() - first.days()) + 1.0;
                let day = |i: usize| {
                    let entry = (days * RandomStream::of_dates(self.seed, i as u64).uniform()) as i32;
                    (first.days() + entry).min(last.days())
                };
                let first_days: Vec<i32> = (0..customers).map(day).collect();
                let ages = first_days.iter().map(|day| f64::from(until.days() - day) / unit.days()).collect();
                Ok((ages, Some(first_days)))
            }
        }
    }
}

/// One row of covariates per customer.
fn check_covariates(covariates: Option<&Covariates>, customers: usize) -> Result<()> {
    match covariates {
        Some(covariates) if covariates.len() != customers => {
            let (column, reference) = (covariates.names()[0].clone(), "the customers to be simulated".to_owned());
            Err(Error::LengthMismatch { column, actual: covariates.len(), reference, expected: customers })
        }
        _ => Ok(()),
    }
}

/// Lives in columns; `ends` are the ends of the customers' parts of `times`. `amounts` holds one more per customer: the first purchase.
#[derive(Debug, Clone)]
struct Lives {
    ends: Vec<usize>,
    times: Vec<f64>,
    left: Vec<Option<f64>>,
    amounts: Vec<f64>,
}

/// Customers drawn from a model: what they did, exact in time, and what nobody can see, when they left.
#[derive(Debug, Clone)]
pub struct SimulatedCustomers {
    unit: TimeUnit,
    ages: Vec<f64>,
    first_days: Option<Vec<i32>>,
    holdout: f64,
    has_amounts: bool,
    covariates: Option<Covariates>,
    lives: Lives,
}

/// A simulated transaction log in columns, customer by customer, each in order of time.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SimulatedTransactions {
    /// Position of the customer.
    pub ids: Vec<u64>,
    /// Days since 1970-01-01.
    pub days: Vec<i32>,
    /// Amounts, in money; 1 each without a spend model.
    pub amounts: Vec<f64>,
}

/// All purchases of simulated customers in columns, exact in time, customer by customer, each in order of time.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SimulatedPurchases {
    /// Position of the customer.
    pub ids: Vec<u64>,
    /// Times in units from the customer's first purchase, which is there too, at 0.
    pub times: Vec<f64>,
    /// Amounts, in money; 1 each without a spend model.
    pub amounts: Vec<f64>,
}

impl SimulatedCustomers {
    /// Number of customers.
    pub fn len(&self) -> usize {
        self.ages.len()
    }

    /// Whether there are none; never true.
    pub fn is_empty(&self) -> bool {
        self.ages.is_empty()
    }

    /// The unit of all times: the model's.
    pub fn unit(&self) -> TimeUnit {
        self.unit
    }

    /// T of every customer, in units.
    #[doc(alias = "T")]
    pub fn ages(&self) -> &[f64] {
        &self.ages
    }

    /// Days of the first purchases since 1970-01-01, if the customers were acquired on dates.
    pub fn first_days(&self) -> Option<&[i32]> {
        self.first_days.as_deref()
    }

    /// Times of the repeat purchases of customer `index`, the holdout's included, in units from the first purchase; empty if there is no such
    /// customer.
    pub fn purchases(&self, index: usize) -> &[f64] {
        self.part(index).and_then(|part| self.lives.times.get(part)).unwrap_or_default()
    }

    /// Amounts of the purchases of customer `index`, the first one included; empty without a spend model.
    pub fn amounts(&self, index: usize) -> &[f64] {
        let with_first = |part: std::ops::Range<usize>| part.start + index..part.end + index + 1;
        self.part(index).and_then(|part| self.lives.amounts.get(with_first(part))).unwrap_or_default()
    }

    /// When customer `index` left, in units from the first purchase; `None` if that was not before the end of the simulated time.
    pub fn left(&self, index: usize) -> Option<f64> {
        self.lives.left.get(index).copied().flatten()
    }

    /// Whether each customer was still a customer at the end of observation.
    pub fn alive(&self) -> Vec<bool> {
        self.lives.left.iter().zip(&self.ages).map(|(left, &age)| left.is_none_or(|left| left > age)).collect()
    }

    fn part(&self, index: usize) -> Option<std::ops::Range<usize>> {
        let end = *self.lives.ends.get(index)?;
        Some(if index == 0 { 0 } else { self.lives.ends[index - 1] }..end)
    }

    /// How many of a customer's repeat purchases fell into the observation.
    fn observed(&self, index: usize) -> usize {
        let age = self.ages[index];
        self.purchases(index).partition_point(|&time| time <= age)
    }

    /// x, t_x, T and the sum of the log intervals of every customer, exact in time: not cut down to days as a log is, so two purchases on one day
    /// count as two; with the covariates, if any were given.
    ///
    /// # Errors
    /// None that a simulation could bring about; the checks of [`CustomerSummary::from_columns`] are run.
    pub fn summary(&self) -> Result<CustomerSummary> {
        let n = self.len();
        let (mut frequency, mut recency, mut mean) = (Vec::with_capacity(n), Vec::with_capacity(n), Vec::with_capacity(n));
        let mut total = Vec::with_capacity(n);
        let mut intervals = Vec::with_capacity(n);
        for i in 0..n {
            let x = self.observed(i);
            let starts = std::iter::once(0.0).chain(self.purchases(i).iter().copied());
            intervals.push(self.purchases(i)[..x].iter().zip(starts).map(|(end, start)| (end - start).ln()).sum());
            frequency.push(x as f64);
            recency.push(if x > 0 { self.purchases(i)[x - 1] } else { 0.0 });
            if let Some((first, repeat)) = self.amounts(i).split_first() {
                let spent: f64 = repeat[..x].iter().sum();
                mean.push(if x > 0 { spent / x as f64 } else { 0.0 });
                total.push(first + spent);
            }
        }
        let mean = self.has_amounts.then_some(mean.as_slice());
        let mut summary = CustomerSummary::from_columns(None, &frequency, &recency, &self.ages, mean, self.unit)?;
        // Two purchases so close that they fall on one f64 have no interval between them.
        if intervals.iter().all(|sum: &f64| sum.is_finite()) {
            summary = summary.with_log_intervals(&intervals)?;
        }
        if let Some(covariates) = &self.covariates {
            summary = summary.with_covariates(covariates.clone())?;
        }
        if self.has_amounts { summary.with_total_spend(&total) } else { Ok(summary) }
    }

    /// The history of customer `index` at the end of observation, if there is such a customer.
    pub fn history(&self, index: usize) -> Option<History> {
        let age = *self.ages.get(index)?;
        let x = self.observed(index);
        let recency = if x > 0 { self.purchases(index)[x - 1] } else { 0.0 };
        Some(History::from_checked(u32::try_from(x).ok()?, recency, age))
    }

    /// Purchases of every customer in the holdout.
    pub fn holdout_frequency(&self) -> Vec<u32> {
        (0..self.len()).map(|i| (self.purchases(i).len() - self.observed(i)) as u32).collect()
    }

    /// The length of the holdout, in units; 0 without one.
    pub fn holdout(&self) -> f64 {
        self.holdout
    }

    /// What every customer spent in the holdout, in money; `None` without a spend model.
    pub fn holdout_spend(&self) -> Option<Vec<f64>> {
        let spent = |i: usize| self.amounts(i).iter().skip(1 + self.observed(i)).sum();
        self.has_amounts.then(|| (0..self.len()).map(spent).collect())
    }

    /// All purchases, the first ones and those of the holdout included, row by row those of [`SimulatedCustomers::transactions`] by exact time.
    pub fn all_purchases(&self) -> SimulatedPurchases {
        let rows = self.lives.times.len() + self.len();
        let (mut ids, mut times) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        for i in 0..self.len() {
            times.push(0.0);
            times.extend_from_slice(self.purchases(i));
            ids.resize(times.len(), i as u64);
        }
        SimulatedPurchases { ids, times, amounts: self.all_amounts(rows) }
    }

    fn all_amounts(&self, rows: usize) -> Vec<f64> {
        if self.has_amounts { self.lives.amounts.clone() } else { vec![1.0; rows] }
    }

    /// The transactions by civil day, those of the holdout included: a purchase t after the first one falls on the t-th day after it, begun days
    /// counted in full. So no purchase changes sides between observation and holdout, and what is lost is that purchases of one day are one
    /// occasion, and that recency is in whole days (up to one day longer).
    ///
    /// # Errors
    /// [`Error::InvalidOption`] unless the customers were [acquired](Simulation::acquired) on dates; [`Error::DateOutOfRange`] if a purchase
    /// falls past the year 9999.
    pub fn transactions(&self) -> Result<SimulatedTransactions> {
        let Some(first_days) = &self.first_days else {
            let requirement = "a log has dates: simulate customers acquired between two dates";
            return Err(Error::InvalidOption { option: "transactions", value: "customers without dates".to_owned(), requirement });
        };
        let rows = self.lives.times.len() + self.len();
        let mut log = SimulatedTransactions { ids: Vec::with_capacity(rows), days: Vec::with_capacity(rows), amounts: Vec::new() };
        let per_day = self.unit.days();
        for (i, &first) in first_days.iter().enumerate() {
            log.ids.resize(log.ids.len() + 1 + self.purchases(i).len(), i as u64);
            log.days.push(first);
            // Division by the unit and back must not lift a purchase at the very end of a day into the next one.
            let day = |&time: &f64| i64::from(first) + (time * per_day * (1.0 - 4.0 * f64::EPSILON)).ceil().max(1.0) as i64;
            for time in self.purchases(i) {
                let value = day(time);
                let out_of_range = || Error::DateOutOfRange { column: "date".to_owned(), row: log.days.len(), value, unit: "days" };
                log.days.push(i32::try_from(value).map_err(|_| out_of_range())?);
            }
        }
        log.amounts = self.all_amounts(rows);
        Ok(log)
    }

    /// The [transactions](SimulatedCustomers::transactions) as a log.
    ///
    /// # Errors
    /// As there, and those of [`TransactionLog::from_columns`].
    pub fn log(&self) -> Result<TransactionLog> {
        let SimulatedTransactions { ids, days, amounts } = self.transactions()?;
        LogOptions::default().read(&Transactions::new(&ids, &days, &amounts))
    }
}
