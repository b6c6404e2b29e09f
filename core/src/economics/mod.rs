//! What customers bring in after what they cost: contribution margin, acquisition and retention spending, campaigns, referrals.
//!
//! Takes plain columns (any value: revenue, contribution margin, predicted CLV) and knows no model. One file per question:
//!
//! | file | question |
//! |---|---|
//! | `margin` | what is left of a customer's revenue? |
//! | `acquisition` | is a customer worth what it cost to win it, when is that paid back, how much may it be at most? |
//! | `campaign` | whom should a campaign contact? |
//! | `referral` | what are the customers worth whom a customer brought? |

mod acquisition;
mod campaign;
mod margin;
mod referral;

pub use acquisition::{Investment, NetValue, cumulative_discounted, largest_acquisition_spend, largest_retention_spend, payback_period};
pub use campaign::{Campaign, CampaignTotals, Targeting};
pub use margin::{ContributionMargin, CustomerActivity};
pub use referral::{ReferralDepth, ReferralValue, Referrals};

use crate::concentration::{Sum, ascending, check_finite};
use crate::error::{Error, Result};

/// A figure per customer: one for all of them, or a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PerCustomer<'a> {
    /// The same for every customer.
    Same(f64),
    /// One value per customer.
    Column(&'a [f64]),
}

impl From<f64> for PerCustomer<'_> {
    fn from(value: f64) -> Self {
        PerCustomer::Same(value)
    }
}

impl<'a> From<&'a [f64]> for PerCustomer<'a> {
    fn from(values: &'a [f64]) -> Self {
        PerCustomer::Column(values)
    }
}

impl<'a> From<&'a Vec<f64>> for PerCustomer<'a> {
    fn from(values: &'a Vec<f64>) -> Self {
        PerCustomer::Column(values)
    }
}

impl<'a, const N: usize> From<&'a [f64; N]> for PerCustomer<'a> {
    fn from(values: &'a [f64; N]) -> Self {
        PerCustomer::Column(values)
    }
}

impl PerCustomer<'_> {
    #[inline]
    pub(crate) fn at(self, row: usize) -> f64 {
        match self {
            PerCustomer::Same(value) => value,
            PerCustomer::Column(values) => values[row],
        }
    }

    /// Finite, and as long as the `reference` column.
    pub(crate) fn check(self, name: &'static str, reference: &str, expected: usize) -> Result<()> {
        match self {
            PerCustomer::Same(value) if value.is_finite() => Ok(()),
            PerCustomer::Same(value) => {
                Err(Error::InvalidOption { option: name, value: value.to_string(), requirement: "it must be a finite number" })
            }
            PerCustomer::Column(values) => check_column(name, values, reference, expected),
        }
    }

    /// The same, and 0 or more.
    fn check_not_negative(self, name: &'static str, reference: &str, expected: usize) -> Result<()> {
        self.check(name, reference, expected)?;
        match self {
            PerCustomer::Same(value) if value < 0.0 => {
                Err(Error::InvalidOption { option: name, value: value.to_string(), requirement: "it must be 0 or more" })
            }
            PerCustomer::Same(_) => Ok(()),
            PerCustomer::Column(values) => not_negative(name, values),
        }
    }
}

/// A column that is as long as another and holds finite numbers only.
fn check_column(column: &str, values: &[f64], reference: &str, expected: usize) -> Result<()> {
    if values.len() != expected {
        let (column, reference) = (column.to_owned(), reference.to_owned());
        return Err(Error::LengthMismatch { column, actual: values.len(), reference, expected });
    }
    check_finite(column, values)
}

fn not_negative(column: &str, values: &[f64]) -> Result<()> {
    match values.iter().position(|&value| value < 0.0) {
        Some(row) => Err(Error::Negative { column: column.to_owned(), row, value: values[row] }),
        None => Ok(()),
    }
}

/// A figure in money or a rate that must be finite and 0 or more.
fn check_cost(option: &'static str, value: f64) -> Result<()> {
    if value >= 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::InvalidOption { option, value: value.to_string(), requirement: "it must be finite and 0 or more" })
}

/// The sum of finite values, the same bits for any order of the rows.
pub(crate) fn total(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let mut sum = Sum::default();
    ascending(values).into_iter().for_each(|value| sum.add(value));
    sum.value()
}

/// Refuses results that left the range of f64.
pub(crate) fn finite(column: &str, values: Vec<f64>) -> Result<Vec<f64>> {
    check_finite(column, &values)?;
    Ok(values)
}
