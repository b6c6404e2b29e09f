//! RFM: customers scored by how recently, how often and for how much they bought.
//!
//! | file | holds |
//! |---|---|
//! | `cut_points` | the quantile rule on any one column, and the yardstick it leaves behind |
//! | `scores` | the three axes together: scores, labels, weighted score, applying a yardstick to new customers |
//! | `levels` | high, medium, low |
//! | `history`, `points` | RFMR points: what they are given for, and the table |
//! | `segments` | names for regions of the R, F, M cube, as a table of data |
//!
//! Recency here is time *since* the last purchase and frequency counts every purchase day: see [`crate::RfmSummary`].

mod cut_points;
mod history;
mod levels;
mod points;
mod scores;
mod segments;

pub use cut_points::{CutPoint, CutPoints, Direction, QuantileScores};
pub use history::RfmrHistory;
pub use levels::ValueLevel;
pub use points::{MailingDecision, PointBands, RfmrPoints};
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

/// How customers are scored on R, F and M: by quantiles on each axis, independent of each other or nested.
///
/// | option | default | meaning |
/// |---|---|---|
/// | [`bins`](Rfm::bins) | 5, 5, 5 | number of scores per axis, 1 to 100 |
/// | [`monetary`](Rfm::monetary) | [`MonetaryMeasure::Total`] | what M measures |
/// | [`direction`](Rfm::direction) | R lower, F and M higher is better | the good end of each axis |
/// | [`nested`](Rfm::nested) | false | F within each R bin, M within each R-F bin |
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
    nested: bool,
}

impl Default for Rfm {
    fn default() -> Self {
        Rfm {
            bins: [5; 3],
            directions: [Direction::LowerIsBetter, Direction::HigherIsBetter, Direction::HigherIsBetter],
            monetary: MonetaryMeasure::Total,
            nested: false,
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

    /// Nests the quantiles: the customers are cut into bins by R, those of each R bin by F, and those of each R-F bin by M.
    ///
    /// The cells then hold about the same number of customers, ties apart, but F = 5 means another number of purchases for R = 5 than for
    /// R = 1. Independent quantiles, the default, mean the same in every cell.
    ///
    /// ```
    /// use crm_value::{Rfm, RfmSummary, TimeUnit};
    /// let days = [1.0, 2.0, 30.0, 40.0];
    /// let customers = RfmSummary::from_columns(None, &days, &[9.0, 8.0, 2.0, 1.0], &[10.0; 4], TimeUnit::Day)?;
    /// let rfm = Rfm::new().bins(2, 2, 2);
    /// assert_eq!(rfm.fit(&customers)?.labels(), ["221", "221", "111", "111"]);
    /// assert_eq!(rfm.nested(true).fit(&customers)?.labels(), ["221", "211", "121", "111"]);
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    pub fn nested(mut self, nested: bool) -> Self {
        self.nested = nested;
        self
    }

    /// Scores the customers and keeps the cut points.
    ///
    /// # Errors
    /// [`crate::Error::Bins`] for a number of bins outside 1 to 100.
    pub fn fit(&self, customers: &RfmSummary) -> Result<RfmScores> {
        if self.nested {
            return self.fit_nested(customers);
        }
        let [r, f, m] = RfmAxis::ALL.map(|axis| {
            let (column, values) = self.monetary.column(axis, customers);
            CutPoints::by_quantiles(column, &values, self.bins[axis as usize], self.directions[axis as usize])
        });
        RfmCutPoints::new(r?, f?, m?, self.monetary, customers.unit()).apply(customers)
    }

    fn fit_nested(&self, customers: &RfmSummary) -> Result<RfmScores> {
        self.bins.into_iter().try_for_each(cut_points::check_bins)?;
        let mut cells = vec![0_u32; customers.len()];
        let mut n_cells = 1;
        let mut axes: [Vec<CutPoints>; 3] = Default::default();
        for axis in RfmAxis::ALL {
            let (bins, direction) = (self.bins[axis as usize], self.directions[axis as usize]);
            let (column, values) = self.monetary.column(axis, customers);
            let mut members: Vec<Vec<f64>> = vec![Vec::new(); n_cells];
            for (&value, &cell) in values.iter().zip(&cells) {
                members[cell as usize].push(value);
            }
            let cut = |values: &Vec<f64>| match values.is_empty() {
                true => CutPoints::without_points(bins, direction),
                false => CutPoints::by_quantiles(column, values, bins, direction),
            };
            axes[axis as usize] = members.iter().map(cut).collect::<Result<_>>()?;
            let scores = scores::apply_within(&axes[axis as usize], column, &values, &cells)?;
            for (cell, score) in cells.iter_mut().zip(scores) {
                *cell = *cell * bins as u32 + u32::from(score) - 1;
            }
            n_cells *= bins;
        }
        RfmCutPoints::nested(axes, self.monetary, customers.unit()).apply(customers)
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
        nested: bool,
    }

    impl Default for Rfm {
        fn default() -> Self {
            super::Rfm::default().into()
        }
    }

    impl From<super::Rfm> for Rfm {
        fn from(super::Rfm { bins, directions, monetary, nested }: super::Rfm) -> Self {
            Rfm { bins, directions, monetary, nested }
        }
    }

    impl TryFrom<Rfm> for super::Rfm {
        type Error = Error;

        fn try_from(Rfm { bins, directions, monetary, nested }: Rfm) -> Result<Self> {
            bins.into_iter().try_for_each(cut_points::check_bins)?;
            Ok(super::Rfm { bins, directions, monetary, nested })
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

    /// The definition of nested scores, customer by customer.
    fn naive_nested(customers: &RfmSummary, bins: [usize; 3]) -> Vec<[u8; 3]> {
        let columns: [Vec<f64>; 3] = [
            customers.time_since_last().iter().map(|time| -time).collect(),
            customers.frequency().iter().map(|&count| f64::from(count)).collect(),
            customers.total_spend().to_vec(),
        ];
        let mut scores = vec![[0_u8; 3]; customers.len()];
        for (axis, column) in columns.iter().enumerate() {
            let cells = scores.clone();
            for (i, score) in scores.iter_mut().enumerate() {
                let cell: Vec<usize> = (0..cells.len()).filter(|&j| cells[j] == cells[i]).collect();
                let worse = cell.iter().filter(|&&j| column[j] < column[i]).count();
                score[axis] = (1 + bins[axis] * worse / cell.len()) as u8;
            }
        }
        scores
    }

    proptest::proptest! {
        #[test]
        fn nested_scores_are_the_definition_and_their_cut_points_repeat_them(
            rows in proptest::collection::vec((0..30_u32, 1..6_u32, -50..900_i32), 1..90), bins in (1..=4_usize, 1..=4_usize, 1..=4_usize),
        ) {
            let column = |value: fn(&(u32, u32, i32)) -> f64| rows.iter().map(value).collect::<Vec<_>>();
            let (days, orders, spend) = (column(|row| row.0.into()), column(|row| row.1.into()), column(|row| row.2.into()));
            let customers = RfmSummary::from_columns(None, &days, &orders, &spend, TimeUnit::Day)?;
            let scores = Rfm::new().bins(bins.0, bins.1, bins.2).nested(true).fit(&customers)?;
            let found: Vec<[u8; 3]> = (0..rows.len()).map(|i| [scores.r()[i], scores.f()[i], scores.m()[i]]).collect();
            proptest::prop_assert_eq!(found, naive_nested(&customers, [bins.0, bins.1, bins.2]));
            proptest::prop_assert_eq!(&scores.cut_points().apply(&customers)?, &scores);
        }
    }

    #[test]
    fn nested_cut_points_belong_to_cells() -> Result<()> {
        let days = [1.0, 2.0, 30.0, 40.0];
        let customers = RfmSummary::from_columns(None, &days, &[9.0, 8.0, 2.0, 1.0], &[5.0, 4.0, 3.0, 2.0], TimeUnit::Day)?;
        let scores = Rfm::new().bins(2, 2, 2).nested(true).fit(&customers)?;
        let cut_points = scores.cut_points();
        assert!(cut_points.is_nested() && cut_points.axis(RfmAxis::Recency).is_ok());
        assert!(matches!(cut_points.axis(RfmAxis::Frequency), Err(Error::Undefined { .. })));
        let begins =
            |r, f| cut_points.within(RfmAxis::Frequency, r, f).map(|points| points.points().iter().map(|p| p.value).collect::<Vec<_>>());
        assert_eq!((begins(2, 1), begins(1, 1), begins(3, 1), begins(0, 1)), (Some(vec![8.0, 9.0]), Some(vec![1.0, 2.0]), None, None));
        // A new customer, recent and of 8 purchases, is low among the recent.
        let new = RfmSummary::from_columns(None, &[0.0, 99.0], &[8.0, 8.0], &[1.0, 9.0], TimeUnit::Day)?;
        assert_eq!(cut_points.apply(&new)?.labels(), ["211", "121"]);
        assert!(!Rfm::new().fit(&customers)?.cut_points().is_nested());
        Ok(())
    }

    #[cfg(feature = "serde")]
    #[test]
    fn nested_cut_points_are_stored() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let customers = customers()?;
        let scores = Rfm::new().bins(3, 2, 2).nested(true).fit(&customers)?;
        let json = serde_json::to_string(scores.cut_points())?;
        let read: RfmCutPoints = serde_json::from_str(&json)?;
        assert_eq!(&read, scores.cut_points());
        assert_eq!(read.apply(&customers)?, scores);
        // One cell too few: the recency axis is said to have two bins.
        let fewer = json.replacen("\"bins\":3", "\"bins\":4", 1);
        assert!(fewer != json && serde_json::from_str::<RfmCutPoints>(&fewer).is_err());
        Ok(())
    }

    #[test]
    fn bad_bins_are_refused_at_fit() -> Result<()> {
        assert!(matches!(Rfm::new().bins(5, 0, 5).fit(&customers()?), Err(Error::Bins { bins: 0 })));
        assert!(matches!(Rfm::new().nested(true).bins(5, 5, 101).fit(&customers()?), Err(Error::Bins { bins: 101 })));
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
