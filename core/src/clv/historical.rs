//! Realised value to date.

use super::{ClvModel, check_margin};
use crate::error::{Error, Result};
use crate::summary::CustomerSummary;

/// What every customer has been worth so far: realised revenue or contribution margin until the end of observation, refunds deducted.
///
/// # Formula
/// ```text
/// value = Σ net amounts × margin      (default margin 1: revenue)
/// value = Σ margins of the log        with [`HistoricalClv::from_margin_column`]
/// ```
/// Values may be negative where refunds or costs exceed purchases.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HistoricalClv {
    source: Source,
}

#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
enum Source {
    Spend { margin: f64 },
    MarginColumn,
}

impl Default for HistoricalClv {
    fn default() -> Self {
        HistoricalClv { source: Source::Spend { margin: 1.0 } }
    }
}

impl HistoricalClv {
    /// Revenue to date.
    pub fn new() -> Self {
        Self::default()
    }

    /// Revenue to date times a margin rate (30 % is 0.30).
    pub fn margin(margin: f64) -> Self {
        HistoricalClv { source: Source::Spend { margin } }
    }

    /// The margins that the log's rows carry.
    pub fn from_margin_column() -> Self {
        HistoricalClv { source: Source::MarginColumn }
    }
}

impl ClvModel for HistoricalClv {
    /// # Errors
    /// [`Error::MissingColumn`] if the summary holds no totals; [`Error::InvalidOption`] if the margin rate is not finite.
    fn value(&self, customers: &CustomerSummary) -> Result<Vec<f64>> {
        let what = "historical CLV";
        match self.source {
            Source::Spend { margin } => {
                check_margin(margin)?;
                let advice = "summarise a transaction log, or add the totals with `with_total_spend`";
                let total = customers.total_spend().ok_or(Error::MissingColumn { what, column: "total_spend", advice })?;
                Ok(total.iter().map(|spend| spend * margin).collect())
            }
            Source::MarginColumn => {
                let advice = "read the log with a margin or cost column, or add the totals with `with_total_margin`";
                let total = customers.total_margin().ok_or(Error::MissingColumn { what, column: "total_margin", advice })?;
                Ok(total.to_vec())
            }
        }
    }
}
