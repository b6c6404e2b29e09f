//! Customer lifetime value: what customers were worth, and what they will be worth.

mod historical;
mod predictive;
mod reach;

pub use historical::HistoricalClv;
pub use predictive::{DiscountTiming, PredictiveClv};
pub use reach::ReachProbability;

use crate::error::{Error, Result};
use crate::summary::CustomerSummary;

/// A way to put a value on every customer.
pub trait ClvModel {
    /// One value per customer, in money, in the summary's order.
    ///
    /// # Errors
    /// As the implementing type says.
    fn value(&self, customers: &CustomerSummary) -> Result<Vec<f64>>;
}

/// A margin rate: contribution margin per unit of revenue; finite, may be negative.
fn check_margin(margin: f64) -> Result<()> {
    if margin.is_finite() {
        return Ok(());
    }
    Err(Error::InvalidOption { option: "margin", value: margin.to_string(), requirement: "it must be a finite rate (30 % is 0.30)" })
}
