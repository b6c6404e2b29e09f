//! RFM: customers scored by how recently, how often and for how much they bought.
//!
//! | file | holds |
//! |---|---|
//! | `cut_points` | the quantile rule on any one column, and the yardstick it leaves behind |
//! | `scores` | the three axes together: scores, labels, weighted score, applying a yardstick to new customers |
//! | `segments` | names for regions of the R, F, M cube, as a table of data |
//!
//! Recency here is time *since* the last purchase and frequency counts every purchase day: see [`crate::RfmSummary`].

mod cut_points;
mod scores;
mod segments;

pub use cut_points::{CutPoint, CutPoints, Direction, QuantileScores};
pub use scores::{RfmCutPoints, RfmScores};
pub use segments::{Segment, SegmentCheck, SegmentSummary, SegmentTable};

use crate::error::Result;
use crate::summary::RfmSummary;
use std::borrow::Cow;

/// One of the three axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum RfmAxis {
    /// R: time since the last purchase.
    Recency,
    /// F: number of purchase days.
    Frequency,
    /// M: money spent, in total or per purchase day.
    Monetary,
}

impl RfmAxis {
    /// R, F, M: the order of every array with one entry per axis.
    pub const ALL: [RfmAxis; 3] = [RfmAxis::Recency, RfmAxis::Frequency, RfmAxis::Monetary];

    /// The axis in lower case: `"recency"`, `"frequency"`, `"monetary"`.
    pub fn name(self) -> &'static str {
        match self {
            RfmAxis::Recency => "recency",
            RfmAxis::Frequency => "frequency",
            RfmAxis::Monetary => "monetary",
        }
    }
}

/// What M measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum MonetaryMeasure {
    /// Net amount to date. Correlates with F, as frequent buyers have spent more. The default.
    #[default]
    Total,
    /// Net amount per purchase day: the size of the basket, whatever the frequency.
    Mean,
}

/// How customers are scored on R, F and M: independent quantiles on each axis.
///
/// | option | default | meaning |
/// |---|---|---|
/// | [`bins`](Rfm::bins) | 5, 5, 5 | number of scores per axis, 1 to 100 |
/// | [`monetary`](Rfm::monetary) | [`MonetaryMeasure::Total`] | what M measures |
/// | [`direction`](Rfm::direction) | R lower, F and M higher is better | the good end of each axis |
///
/// The rule for each axis, with its treatment of ties, is that of [`QuantileScores`]. Options are checked by [`Rfm::fit`].
///
/// # Examples
/// ```
/// use crm_value::{Rfm, RfmSummary, SegmentTable, TimeUnit};
///
/// let days_since_last = [3.0, 40.0, 200.0, 12.0, 90.0];
/// let orders = [9.0, 1.0, 5.0, 2.0, 3.0];
/// let spend = [900.0, 20.0, 300.0, 80.0, 60.0];
/// let customers = RfmSummary::from_columns(None, &days_since_last, &orders, &spend, TimeUnit::Day)?;
///
/// let scores = Rfm::new().fit(&customers)?;
/// assert_eq!(scores.labels(), ["555", "311", "144", "423", "232"]);
///
/// let table = SegmentTable::default();
/// let segments: Vec<&str> = table.assign(&scores)?.iter().map(|&segment| table.names()[usize::from(segment)].as_str()).collect();
/// assert_eq!(segments, ["champion", "about to sleep", "at risk", "potential loyalist", "at risk"]);
///
/// // Next month's customers on this month's yardstick.
/// let new = RfmSummary::from_columns(None, &[1.0], &[2.0], &[70.0], TimeUnit::Day)?;
/// assert_eq!(scores.cut_points().apply(&new)?.labels(), ["522"]);
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// A. M. Hughes (1994), *Strategic Database Marketing*, Probus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "stored::Rfm", into = "stored::Rfm"))]
#[must_use]
pub struct Rfm {
    bins: [usize; 3],
    directions: [Direction; 3],
    monetary: MonetaryMeasure,
}

impl Default for Rfm {
    fn default() -> Self {
        Rfm {
            bins: [5; 3],
            directions: [Direction::LowerIsBetter, Direction::HigherIsBetter, Direction::HigherIsBetter],
            monetary: MonetaryMeasure::Total,
        }
    }
}

impl Rfm {
    /// Quintiles on every axis and total spend.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the number of bins of R, F and M, each 1 to 100.
    pub fn bins(mut self, recency: usize, frequency: usize, monetary: usize) -> Self {
        self.bins = [recency, frequency, monetary];
        self
    }

    /// Sets what M measures.
    pub fn monetary(mut self, measure: MonetaryMeasure) -> Self {
        self.monetary = measure;
        self
    }

    /// Sets which end of an axis earns the high scores.
    pub fn direction(mut self, axis: RfmAxis, direction: Direction) -> Self {
        self.directions[axis as usize] = direction;
        self
    }

    /// Scores the customers and keeps the cut points.
    ///
    /// # Errors
    /// [`crate::Error::Bins`] for a number of bins outside 1 to 100.
    pub fn fit(&self, customers: &RfmSummary) -> Result<RfmScores> {
        let [r, f, m] = RfmAxis::ALL.map(|axis| {
            let (column, values) = self.monetary.column(axis, customers);
            CutPoints::by_quantiles(column, &values, self.bins[axis as usize], self.directions[axis as usize])
        });
        RfmCutPoints::new(r?, f?, m?, self.monetary, customers.unit()).apply(customers)
    }
}

impl MonetaryMeasure {
    /// Name and values of the column behind an axis, given what M measures.
    fn column(self, axis: RfmAxis, customers: &RfmSummary) -> (&'static str, Cow<'_, [f64]>) {
        match (axis, self) {
            (RfmAxis::Recency, _) => ("time_since_last", customers.time_since_last().into()),
            (RfmAxis::Frequency, _) => ("frequency", customers.frequency().iter().map(|&count| f64::from(count)).collect()),
            (RfmAxis::Monetary, MonetaryMeasure::Total) => ("total_spend", customers.total_spend().into()),
            (RfmAxis::Monetary, MonetaryMeasure::Mean) => ("mean_spend", customers.mean_spend().into()),
        }
    }
}

#[cfg(feature = "serde")]
mod stored {
    use super::{Direction, MonetaryMeasure, cut_points};
    use crate::error::{Error, Result};

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(default, deny_unknown_fields)]
    pub(super) struct Rfm {
        bins: [usize; 3],
        directions: [Direction; 3],
        monetary: MonetaryMeasure,
    }

    impl Default for Rfm {
        fn default() -> Self {
            super::Rfm::default().into()
        }
    }

    impl From<super::Rfm> for Rfm {
        fn from(super::Rfm { bins, directions, monetary }: super::Rfm) -> Self {
            Rfm { bins, directions, monetary }
        }
    }

    impl TryFrom<Rfm> for super::Rfm {
        type Error = Error;

        fn try_from(Rfm { bins, directions, monetary }: Rfm) -> Result<Self> {
            bins.into_iter().try_for_each(cut_points::check_bins)?;
            Ok(super::Rfm { bins, directions, monetary })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::time::TimeUnit;

    /// Ten customers: the i-th bought i times, i days ago, and spent 100 per purchase, less i.
    fn customers() -> Result<RfmSummary> {
        let numbers: Vec<f64> = (1..=10).map(f64::from).collect();
        let spend: Vec<f64> = numbers.iter().map(|i| i * (100.0 - i)).collect();
        RfmSummary::from_columns(None, &numbers, &numbers, &spend, TimeUnit::Day)
    }

    #[test]
    fn each_axis_has_its_bins_measure_and_direction() -> Result<()> {
        let customers = customers()?;
        let total = Rfm::new().bins(5, 2, 10).fit(&customers)?;
        assert_eq!(total.r(), [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]);
        assert_eq!(total.f(), [1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
        assert_eq!(total.m(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        // Spend per purchase falls from 99 to 90.
        let mean = Rfm::new().monetary(MonetaryMeasure::Mean).direction(RfmAxis::Recency, Direction::HigherIsBetter).fit(&customers)?;
        assert_eq!(mean.m(), [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]);
        assert_eq!(mean.r(), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
        assert_eq!(mean.cut_points().monetary_measure(), MonetaryMeasure::Mean);
        Ok(())
    }

    #[test]
    fn bad_bins_are_refused_at_fit() -> Result<()> {
        assert!(matches!(Rfm::new().bins(5, 0, 5).fit(&customers()?), Err(Error::Bins { bins: 0 })));
        assert!(matches!(Rfm::new().bins(5, 5, 101).fit(&customers()?), Err(Error::Bins { bins: 101 })));
        Ok(())
    }

    #[cfg(feature = "serde")]
    #[test]
    fn stored_options_are_checked_on_reading() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let options = Rfm::new().bins(3, 4, 5).monetary(MonetaryMeasure::Mean);
        assert_eq!(serde_json::from_str::<Rfm>(&serde_json::to_string(&options)?)?, options);
        assert_eq!(serde_json::from_str::<Rfm>("{}")?, Rfm::new());
        assert!(serde_json::from_str::<Rfm>("{\"bins\":[5,5,0]}").is_err());
        assert!(serde_json::from_str::<Rfm>("{\"bin\":[5,5,5]}").is_err());
        Ok(())
    }
}
