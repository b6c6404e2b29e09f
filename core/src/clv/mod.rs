//! Customer lifetime value: what customers were worth, and what they will be worth.

mod cold_start;
mod comparison;
mod forecast;
mod historical;
mod predictive;
mod reach;
mod simple;

pub use cold_start::{Assumption, BlendedValue, ColdStart, ColdStartValue};
pub use comparison::{ClvColumn, ClvComparison};
pub use forecast::{Forecast, ForecastPeriod, ForecastTable};
pub use historical::{CompoundedClv, HistoricalClv};
pub use predictive::{DiscountTiming, PredictiveClv};
pub use reach::ReachProbability;
pub use simple::{FirstMargin, SimpleClv, margin_multiple};

use crate::error::{Error, Result};
use crate::summary::CustomerSummary;
use crate::time::DiscountRate;

/// A way to put a value on every customer.
pub trait ClvModel {
    /// One value per customer, in money, in the summary's order.
    ///
    /// # Errors
    /// As the implementing type says.
    fn value(&self, customers: &CustomerSummary) -> Result<Vec<f64>>;
}

/// Three years, ten per cent: what the field's examples use.
const DEFAULT_YEARS: f64 = 3.0;
const DEFAULT_ANNUAL_RATE: f64 = 0.10;

/// 10 % a year.
fn default_rate() -> DiscountRate {
    DiscountRate::annual(DEFAULT_ANNUAL_RATE).unwrap_or(DiscountRate::none())
}

/// The totals of a summary, which `what` needs.
fn total_spend<'a>(customers: &'a CustomerSummary, what: &'static str) -> Result<&'a [f64]> {
    let advice = "summarise a transaction log, or add the totals with `with_total_spend`";
    customers.total_spend().ok_or(Error::MissingColumn { what, column: "total_spend", advice })
}

/// A margin rate: contribution margin per unit of revenue; finite, may be negative.
fn check_margin(margin: f64) -> Result<()> {
    if margin.is_finite() {
        return Ok(());
    }
    Err(Error::InvalidOption { option: "margin", value: margin.to_string(), requirement: "it must be a finite rate (30 % is 0.30)" })
}
