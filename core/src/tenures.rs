//! How long customers with a contract stayed: what the contractual models are fitted to.

use std::sync::Arc;

use crate::covariates::Covariates;
use crate::error::{Error, Result};
use crate::fit::FitWarning;
use crate::opportunities::{checked_periods, checked_weights};
use crate::summary::count;

/// Customers that share a tenure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tenure {
    /// The period they are in, or were in last; 1 is the first.
    pub(crate) periods: u32,
    /// Those who did not renew at its end.
    pub(crate) churned: f64,
    /// Those who are in it now: they have renewed `periods` − 1 times, and what they do next is not known.
    pub(crate) active: f64,
}

impl Tenure {
    /// In whose order sums do not depend on that of the rows.
    pub(crate) fn key(&self) -> (u32, u64, u64) {
        (self.periods, self.churned.to_bits(), self.active.to_bits())
    }
}

/// Tenures of customers whose loss is observed: subscriptions, memberships, policies.
///
/// A customer pays for period 1 on joining and decides at its end whether to renew. `tenure` counts the periods paid for, the current one
/// included, and is at least 1: a customer who `churned` with tenure t left at the t-th renewal; one who has not, is in the t-th
/// period, so that t − 1 renewals are known (right-censored).
///
/// Made from survivor counts of cohorts ([`Tenures::from_survivors`]) or from one row per customer ([`Tenures::from_customers`]), which may
/// have covariates ([`Tenures::from_customers_with_covariates`]).
#[derive(Debug, Clone, PartialEq)]
pub struct Tenures {
    rows: Vec<Tenure>,
    customers: Option<Arc<CustomerTenures>>,
}

/// The rows as they came, each with its covariates.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CustomerTenures {
    pub(crate) rows: Vec<Tenure>,
    pub(crate) covariates: Covariates,
}

impl Tenures {
    /// From cohorts of survivor counts, each of its own length: `cohorts[i][t]` customers of cohort i have renewed at least t times, so that entry 0 is
    /// the number that joined. Whole numbers that never rise; the last entry is censored.
    ///
    /// ```
    /// use crm_value::Tenures;
    /// // 100 joined two years ago, of whom 63 and then 47 renewed; 50 joined last year, of whom 30 renewed.
    /// let tenures = Tenures::from_survivors(&[&[100.0, 63.0, 47.0], &[50.0, 30.0]])?;
    /// assert_eq!((tenures.customers(), tenures.churned()), (150.0, 73.0));
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Empty`] without cohorts or counts; [`Error::NonFinite`], [`Error::Negative`], [`Error::NotACount`], [`Error::RisingSurvivors`],
    /// [`Error::NotPositive`] for a cohort that nobody joined, [`Error::TooManyPeriods`]; the row is the period, the column names the cohort.
    pub fn from_survivors(cohorts: &[&[f64]]) -> Result<Self> {
        if cohorts.is_empty() {
            return Err(Error::Empty { what: "list of cohorts".to_owned() });
        }
        let mut rows = Vec::new();
        for (i, survivors) in cohorts.iter().enumerate() {
            let column = format!("survivors of cohort {i}");
            let counts = survivors.iter().enumerate().map(|(row, &value)| count(&column, row, value)).collect::<Result<Vec<u32>>>()?;
            let Some((&last, &joined)) = counts.last().zip(counts.first()) else {
                return Err(Error::Empty { what: column });
            };
            if joined == 0 {
                return Err(Error::NotPositive { column, row: 0, value: 0.0 });
            }
            let periods = checked_periods(&column, counts.len() - 1, u32::try_from(counts.len()).unwrap_or(u32::MAX))?;
            for (row, pair) in (1..).zip(counts.windows(2)) {
                let (previous, value) = (f64::from(pair[0]), f64::from(pair[1]));
                if value > previous {
                    return Err(Error::RisingSurvivors { column, row: row as usize, value, previous });
                }
                rows.push(Tenure { periods: row, churned: previous - value, active: 0.0 });
            }
            rows.push(Tenure { periods, churned: 0.0, active: f64::from(last) });
        }
        Ok(Self::grouped(rows))
    }

    /// From one row per customer, or per `weights` customers (finite, above 0): the tenure (a whole number, at least 1), and whether the
    /// customer left at its end.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::LengthMismatch`]; for the first row at fault [`Error::NonFinite`], [`Error::Negative`], [`Error::NotACount`],
    /// [`Error::NotPositive`] (tenure 0, weight), [`Error::TooManyPeriods`].
    pub fn from_customers(tenure: &[f64], churned: &[bool], weights: Option<&[f64]>) -> Result<Self> {
        Ok(Self::grouped(Self::customer_rows(tenure, churned, weights)?))
    }

    fn customer_rows(tenure: &[f64], churned: &[bool], weights: Option<&[f64]>) -> Result<Vec<Tenure>> {
        let expected = tenure.len();
        if expected == 0 {
            return Err(Error::Empty { what: "table of tenures".to_owned() });
        }
        if churned.len() != expected {
            let (column, reference) = ("churned".to_owned(), "tenure".to_owned());
            return Err(Error::LengthMismatch { column, actual: churned.len(), reference, expected });
        }
        let weights = weights.map(|weights| checked_weights("tenure", expected, weights)).transpose()?;
        let row = |row: usize| {
            let weight = weights.as_ref().map_or(1.0, |weights| weights[row]);
            let periods = checked_tenure(row, tenure[row])?;
            let (churned, active) = if churned[row] { (weight, 0.0) } else { (0.0, weight) };
            Ok(Tenure { periods, churned, active })
        };
        (0..expected).map(row).collect()
    }

    /// The same with covariates, row i those of customer i.
    ///
    /// ```
    /// use crm_value::{Covariates, Tenures};
    /// let covariates = Covariates::from_columns(&[("online", &[1.0, 0.0, 1.0])])?;
    /// let tenures = Tenures::from_customers_with_covariates(&[1.0, 3.0, 2.0], &[true, false, true], None, covariates)?;
    /// assert_eq!(tenures.covariates().unwrap().names(), ["online"]);
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tenures::from_customers`]; [`Error::LengthMismatch`] also unless there is one row of covariates per customer.
    pub fn from_customers_with_covariates(
        tenure: &[f64],
        churned: &[bool],
        weights: Option<&[f64]>,
        covariates: Covariates,
    ) -> Result<Self> {
        let rows = Self::customer_rows(tenure, churned, weights)?;
        if covariates.len() != rows.len() {
            let (column, reference) = (covariates.names()[0].clone(), "tenure".to_owned());
            return Err(Error::LengthMismatch { column, actual: covariates.len(), reference, expected: rows.len() });
        }
        let grouped = Self::grouped(rows.clone());
        Ok(Tenures { customers: Some(Arc::new(CustomerTenures { rows, covariates })), ..grouped })
    }

    /// The customers' covariates, if there are any.
    pub fn covariates(&self) -> Option<&Covariates> {
        self.customers.as_ref().map(|customers| &customers.covariates)
    }

    pub(crate) fn by_customer(&self) -> Option<&CustomerTenures> {
        self.customers.as_deref()
    }

    /// One row per distinct tenure, in ascending order, whatever the order of the rows.
    pub(crate) fn grouped(mut rows: Vec<Tenure>) -> Self {
        rows.sort_unstable_by_key(Tenure::key);
        rows.dedup_by(|next, kept| {
            let same = next.periods == kept.periods;
            if same {
                kept.churned += next.churned;
                kept.active += next.active;
            }
            same
        });
        Tenures { rows, customers: None }
    }

    /// Number of customers; the sum of the weights.
    pub fn customers(&self) -> f64 {
        self.rows.iter().map(|row| row.churned + row.active).sum()
    }

    /// How many of them left.
    pub fn churned(&self) -> f64 {
        self.rows.iter().map(|row| row.churned).sum()
    }

    /// The longest tenure, in periods.
    pub fn longest(&self) -> u32 {
        self.rows.last().map_or(0, |row| row.periods)
    }

    pub(crate) fn rows(&self) -> &[Tenure] {
        &self.rows
    }

    /// The number of renewals made, in total.
    pub(crate) fn renewals(&self) -> f64 {
        self.rows.iter().map(|row| f64::from(row.periods - 1) * (row.churned + row.active)).sum()
    }

    /// A warning if fewer renewals are known than the model has parameters: each is one churn rate.
    pub(crate) fn too_few(&self, parameters: usize) -> Option<FitWarning> {
        let faced = self.rows.iter().map(|row| if row.churned > 0.0 { row.periods } else { row.periods - 1 }).max().unwrap_or(0);
        let outcomes = faced as usize;
        (outcomes < parameters).then_some(FitWarning::TooFewOutcomes { outcomes, parameters })
    }

    /// Unless somebody left and somebody renewed, nothing can be learnt.
    pub(crate) fn check(&self, model: &'static str) -> Result<()> {
        let customers = self.customers().round() as usize;
        let fail = |what| Err(Error::DegenerateTenures { model, what, customers });
        if !(self.churned() > 0.0) {
            return fail("no customer left");
        }
        if !(self.renewals() > 0.0) {
            return fail("every customer left at the first renewal");
        }
        Ok(())
    }
}

/// A tenure: a whole number, at least 1.
pub(crate) fn checked_tenure(row: usize, value: f64) -> Result<u32> {
    let periods = checked_periods("tenure", row, count("tenure", row, value)?)?;
    if periods == 0 {
        return Err(Error::NotPositive { column: "tenure".to_owned(), row, value });
    }
    Ok(periods)
}
