//! High, medium, low.

use super::{CutPoints, Direction, QuantileScores};
use crate::error::Result;

/// Customers by terciles of their value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum ValueLevel {
    /// The lower third.
    Low,
    /// The middle third.
    Medium,
    /// The upper third.
    High,
}

impl ValueLevel {
    /// Low, medium, high: rising.
    pub const ALL: [ValueLevel; 3] = [ValueLevel::Low, ValueLevel::Medium, ValueLevel::High];

    /// The level of every value, by three bins of [`QuantileScores`], with the cut points for new customers. Equal values are never split:
    /// with many ties a level may stay empty.
    ///
    /// # Errors
    /// [`crate::Error::Empty`], [`crate::Error::NonFinite`].
    ///
    /// ```
    /// use crm_value::ValueLevel::{self, High, Low, Medium};
    /// assert_eq!(ValueLevel::of(&[5.0, 900.0, 40.0, 5.0, 60.0, 7.0])?.0, [Low, High, Medium, Low, High, Medium]);
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    pub fn of(values: &[f64]) -> Result<(Vec<ValueLevel>, CutPoints)> {
        let (scores, cut_points) = QuantileScores::fit(values, 3, Direction::HigherIsBetter)?.into_parts();
        let level = |score: u8| match score {
            1 => ValueLevel::Low,
            2 => ValueLevel::Medium,
            _ => ValueLevel::High,
        };
        Ok((scores.into_iter().map(level).collect(), cut_points))
    }

    /// The level in lower case: `"low"`, `"medium"`, `"high"`.
    pub fn name(self) -> &'static str {
        match self {
            ValueLevel::Low => "low",
            ValueLevel::Medium => "medium",
            ValueLevel::High => "high",
        }
    }
}
