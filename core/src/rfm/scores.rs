//! The three axes together.

use super::{CutPoints, MonetaryMeasure, RfmAxis};
use crate::concentration::check_finite;
use crate::error::{Error, Result};
use crate::parallel;
use crate::summary::RfmSummary;
use crate::time::TimeUnit;

/// The yardsticks of R, F and M with what they measure: the part of a fit that is kept, stored and applied to other customers.
///
/// Comes out of [`crate::Rfm::fit`], or is put together from fixed cut points. Small, and without customer data.
///
/// # Examples
/// ```
/// use crm_value::{CutPoints, Direction, MonetaryMeasure, RfmCutPoints, RfmSummary, TimeUnit};
/// let yardstick = RfmCutPoints::new(
///     CutPoints::fixed(&[30.0, 90.0], Direction::LowerIsBetter)?,
///     CutPoints::fixed(&[2.0, 5.0], Direction::HigherIsBetter)?,
///     CutPoints::fixed(&[100.0, 1000.0], Direction::HigherIsBetter)?,
///     MonetaryMeasure::Total,
///     TimeUnit::Day,
/// );
/// let customers = RfmSummary::from_columns(None, &[3.0, 100.0], &[4.0, 1.0], &[1000.0, 25.0], TimeUnit::Day)?;
/// assert_eq!(yardstick.apply(&customers)?.labels(), ["323", "111"]);
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::RfmCutPoints", into = "stored::RfmCutPoints")
)]
pub struct RfmCutPoints {
    /// One entry per axis, or nested: one, one per R score, one per R-F cell.
    axes: [Vec<CutPoints>; 3],
    nested: bool,
    monetary_measure: MonetaryMeasure,
    unit: TimeUnit,
}

impl RfmCutPoints {
    /// Cut points for time since the last purchase in `unit`s, number of purchase days, and money as `monetary_measure` says.
    pub fn new(recency: CutPoints, frequency: CutPoints, monetary: CutPoints, monetary_measure: MonetaryMeasure, unit: TimeUnit) -> Self {
        RfmCutPoints { axes: [vec![recency], vec![frequency], vec![monetary]], nested: false, monetary_measure, unit }
    }

    /// Cut points of F for every R score, and of M for every R-F cell, F fastest.
    pub(super) fn nested(axes: [Vec<CutPoints>; 3], monetary_measure: MonetaryMeasure, unit: TimeUnit) -> Self {
        RfmCutPoints { axes, nested: true, monetary_measure, unit }
    }

    /// Whether F is cut within each R score and M within each R-F cell.
    pub fn is_nested(&self) -> bool {
        self.nested
    }

    /// The cut points of one axis.
    ///
    /// # Errors
    /// [`Error::Undefined`] for F and M of nested cut points, which differ by cell: see [`RfmCutPoints::within`].
    pub fn axis(&self, axis: RfmAxis) -> Result<&CutPoints> {
        match self.axes[axis as usize].first() {
            Some(cut_points) if !self.nested || axis == RfmAxis::Recency => Ok(cut_points),
            _ => Err(Error::Undefined {
                measure: "one set of cut points",
                reason: format!("those of {} are nested and differ by cell; ask for those of a cell", axis.name()),
            }),
        }
    }

    /// The cut points of an axis that apply to customers of recency score `r` and, for M, frequency score `f`; `None` if there is no such
    /// score. The same in every cell unless nested.
    pub fn within(&self, axis: RfmAxis, r: u8, f: u8) -> Option<&CutPoints> {
        let [r_bins, f_bins, _] = self.bins();
        let (r, f) = (usize::from(r).checked_sub(1).filter(|r| *r < r_bins)?, usize::from(f).checked_sub(1).filter(|f| *f < f_bins)?);
        let cell = match axis {
            RfmAxis::Frequency if self.nested => r,
            RfmAxis::Monetary if self.nested => r * f_bins + f,
            _ => 0,
        };
        self.axes[axis as usize].get(cell)
    }

    /// What M measures.
    pub fn monetary_measure(&self) -> MonetaryMeasure {
        self.monetary_measure
    }

    /// The unit of the recency cut points.
    pub fn unit(&self) -> TimeUnit {
        self.unit
    }

    /// The number of bins of R, F and M.
    pub fn bins(&self) -> [usize; 3] {
        // Every axis has at least one entry, and all entries of an axis have the same bins.
        [0, 1, 2].map(|axis| self.axes[axis].first().map_or(1, CutPoints::bins))
    }

    /// Scores customers by these cut points. For the customers they were fitted on, exactly the fitted scores.
    ///
    /// # Errors
    /// [`Error::UnitMismatch`] if the summary measures time in another unit; [`Error::NonFinite`] if a column holds NaN or an infinity.
    pub fn apply(&self, customers: &RfmSummary) -> Result<RfmScores> {
        if customers.unit() != self.unit {
            let (left, right) = ("recency of the cut points", "recency of the summary");
            return Err(Error::UnitMismatch { left, left_unit: self.unit, right, right_unit: customers.unit() });
        }
        if self.nested {
            return self.apply_nested(customers);
        }
        let [r, f, m] = RfmAxis::ALL.map(|axis| {
            let (column, values) = self.monetary_measure.column(axis, customers);
            self.axis(axis)?.apply_to(column, &values)
        });
        Ok(RfmScores { axes: [r?, f?, m?], cut_points: self.clone() })
    }

    fn apply_nested(&self, customers: &RfmSummary) -> Result<RfmScores> {
        let mut cells = vec![0_u32; customers.len()];
        let mut axes: [Vec<u8>; 3] = Default::default();
        for (axis, bins) in RfmAxis::ALL.into_iter().zip(self.bins()) {
            let (column, values) = self.monetary_measure.column(axis, customers);
            let scores = apply_within(&self.axes[axis as usize], column, &values, &cells)?;
            for (cell, &score) in cells.iter_mut().zip(&scores) {
                *cell = *cell * bins as u32 + u32::from(score) - 1;
            }
            axes[axis as usize] = scores;
        }
        Ok(RfmScores { axes, cut_points: self.clone() })
    }
}

/// The score of every value by the cut points of its customer's cell.
pub(super) fn apply_within(cut_points: &[CutPoints], column: &str, values: &[f64], cells: &[u32]) -> Result<Vec<u8>> {
    check_finite(column, values)?;
    let yardsticks: Vec<_> = cut_points.iter().map(CutPoints::yardstick).collect();
    Ok(parallel::map(values.len(), 1, |row| yardsticks[cells[row] as usize].score(values[row])))
}

/// The R, F and M scores of every customer, in the order of the summary.
///
/// A score runs from 1 (worst) to the number of bins of its axis (best).
#[derive(Debug, Clone, PartialEq)]
pub struct RfmScores {
    /// Three columns of equal length.
    axes: [Vec<u8>; 3],
    cut_points: RfmCutPoints,
}

impl RfmScores {
    /// The recency scores.
    pub fn r(&self) -> &[u8] {
        self.axis(RfmAxis::Recency)
    }

    /// The frequency scores.
    pub fn f(&self) -> &[u8] {
        self.axis(RfmAxis::Frequency)
    }

    /// The monetary scores.
    pub fn m(&self) -> &[u8] {
        self.axis(RfmAxis::Monetary)
    }

    /// The scores on one axis.
    pub fn axis(&self, axis: RfmAxis) -> &[u8] {
        &self.axes[axis as usize]
    }

    /// Number of customers.
    pub fn len(&self) -> usize {
        self.r().len()
    }

    /// Whether there are no customers.
    pub fn is_empty(&self) -> bool {
        self.r().is_empty()
    }

    /// The number of bins of R, F and M.
    pub fn bins(&self) -> [usize; 3] {
        self.cut_points.bins()
    }

    /// The yardsticks behind the scores.
    pub fn cut_points(&self) -> &RfmCutPoints {
        &self.cut_points
    }

    /// The scores from 1 to the number of bins that no customer has on an axis, rising: left empty by ties, or by new customers that are
    /// few.
    pub fn empty_scores(&self, axis: RfmAxis) -> Vec<u8> {
        let mut occurs = [false; 1 + u8::MAX as usize];
        for &score in self.axis(axis) {
            occurs[usize::from(score)] = true;
        }
        (1..=self.bins()[axis as usize] as u8).filter(|score| !occurs[usize::from(*score)]).collect()
    }

    /// The scores of customer `index` side by side: "543"; "10-4-3" if any axis has more than 9 bins. `None` if there is no such customer.
    pub fn label(&self, index: usize) -> Option<String> {
        let (r, f, m) = (self.r().get(index)?, self.f().get(index)?, self.m().get(index)?);
        let wide = self.bins().into_iter().any(|bins| bins > 9);
        Some(if wide { format!("{r}-{f}-{m}") } else { format!("{r}{f}{m}") })
    }

    /// The labels of all customers.
    pub fn labels(&self) -> Vec<String> {
        (0..self.len()).filter_map(|index| self.label(index)).collect()
    }

    /// R + F + M of every customer: the weighted score with equal weights of 1.
    pub fn combined(&self) -> Vec<f64> {
        self.weighted_unchecked([1.0; 3])
    }

    /// w_R R + w_F F + w_M M of every customer, for weights of R, F and M. They need not add up to 1.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] unless the weights are finite and 0 or more.
    ///
    /// ```
    /// use crm_value::{Rfm, RfmSummary, TimeUnit};
    /// let customers = RfmSummary::from_columns(None, &[1.0, 9.0], &[1.0, 2.0], &[10.0, 50.0], TimeUnit::Week)?;
    /// let scores = Rfm::new().bins(2, 2, 2).fit(&customers)?;
    /// assert_eq!(scores.labels(), ["211", "122"]);
    /// assert_eq!(scores.combined(), [4.0, 5.0]);
    /// assert_eq!(scores.weighted([0.5, 0.25, 0.25])?, [1.5, 1.5]);
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    pub fn weighted(&self, weights: [f64; 3]) -> Result<Vec<f64>> {
        match weights.into_iter().find(|weight| !(*weight >= 0.0 && weight.is_finite())) {
            Some(weight) => Err(Error::InvalidOption {
                option: "RFM weight",
                value: weight.to_string(),
                requirement: "weights are finite and 0 or more",
            }),
            None => Ok(self.weighted_unchecked(weights)),
        }
    }

    fn weighted_unchecked(&self, [w_r, w_f, w_m]: [f64; 3]) -> Vec<f64> {
        let weighted = |((r, f), m): ((&u8, &u8), &u8)| w_r * f64::from(*r) + w_f * f64::from(*f) + w_m * f64::from(*m);
        self.r().iter().zip(self.f()).zip(self.m()).map(weighted).collect()
    }
}

#[cfg(feature = "serde")]
mod stored {
    use super::{CutPoints, MonetaryMeasure, TimeUnit};
    use crate::error::{Error, Result};

    const VERSION: u32 = 1;

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct RfmCutPoints {
        version: u32,
        recency: CutPoints,
        frequency: OneOrPerCell,
        monetary: OneOrPerCell,
        monetary_measure: MonetaryMeasure,
        unit: TimeUnit,
    }

    /// Cut points of an axis, or nested ones of every cell.
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(untagged)]
    enum OneOrPerCell {
        One(CutPoints),
        PerCell(Vec<CutPoints>),
    }

    impl From<super::RfmCutPoints> for RfmCutPoints {
        fn from(cut_points: super::RfmCutPoints) -> Self {
            let super::RfmCutPoints { axes: [mut recency, frequency, monetary], nested, monetary_measure, unit } = cut_points;
            let form = |mut axis: Vec<CutPoints>| if nested { OneOrPerCell::PerCell(axis) } else { OneOrPerCell::One(axis.swap_remove(0)) };
            let (frequency, monetary) = (form(frequency), form(monetary));
            RfmCutPoints { version: VERSION, recency: recency.swap_remove(0), frequency, monetary, monetary_measure, unit }
        }
    }

    impl TryFrom<RfmCutPoints> for super::RfmCutPoints {
        type Error = Error;

        fn try_from(stored: RfmCutPoints) -> Result<Self> {
            let RfmCutPoints { version, recency, frequency, monetary, monetary_measure, unit } = stored;
            if version != VERSION {
                let reason = format!("version {version} is not known, this library reads version {VERSION}");
                return Err(Error::Deserialize { what: "RFM cut points", reason });
            }
            let invalid = |reason: &str| Error::Deserialize { what: "RFM cut points", reason: reason.to_owned() };
            let (frequency, monetary) = match (frequency, monetary) {
                (OneOrPerCell::One(frequency), OneOrPerCell::One(monetary)) => {
                    return Ok(super::RfmCutPoints::new(recency, frequency, monetary, monetary_measure, unit));
                }
                (OneOrPerCell::PerCell(frequency), OneOrPerCell::PerCell(monetary)) => (frequency, monetary),
                _ => return Err(invalid("frequency and monetary must both be nested, or neither")),
            };
            let alike = |cells: &[CutPoints]| {
                let kind = |cell: &CutPoints| (cell.bins(), cell.direction());
                cells.iter().all(|cell| kind(cell) == kind(&cells[0]))
            };
            let r_bins = recency.bins();
            let complete = frequency.len() == r_bins && frequency.first().is_some_and(|first| monetary.len() == r_bins * first.bins());
            if !(complete && alike(&frequency) && alike(&monetary)) {
                return Err(invalid("nested cut points need one entry per cell, all of one number of bins and one direction"));
            }
            Ok(super::RfmCutPoints::nested([vec![recency], frequency, monetary], monetary_measure, unit))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Rfm;
    use super::*;
    use proptest::prelude::*;

    fn summary(rows: &[(u32, u32, i32)]) -> Result<RfmSummary> {
        let column = |value: fn(&(u32, u32, i32)) -> f64| rows.iter().map(value).collect::<Vec<_>>();
        let (days, orders, spend) = (column(|row| row.0.into()), column(|row| row.1.into()), column(|row| row.2.into()));
        RfmSummary::from_columns(None, &days, &orders, &spend, TimeUnit::Day)
    }

    #[test]
    fn labels_are_separated_once_a_score_can_have_two_digits() -> Result<()> {
        let customers = summary(&[(5, 1, 10), (1, 3, 50), (3, 2, 30)])?;
        let narrow = Rfm::new().bins(9, 9, 9).fit(&customers)?;
        assert_eq!(narrow.labels(), ["111", "777", "444"]);
        let wide = Rfm::new().bins(3, 30, 3).fit(&customers)?;
        assert_eq!(wide.labels(), ["1-1-1", "3-21-3", "2-11-2"]);
        assert_eq!(wide.label(3), None);
        Ok(())
    }

    #[test]
    fn weights_are_checked() -> Result<()> {
        let scores = Rfm::new().fit(&summary(&[(5, 1, 10), (1, 3, 50)])?)?;
        assert_eq!(scores.labels(), ["111", "333"]);
        assert_eq!(scores.combined(), [3.0, 9.0]);
        assert_eq!(scores.weighted([1.0, 10.0, 0.0])?, [11.0, 33.0]);
        for wrong in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(scores.weighted([1.0, wrong, 1.0]), Err(Error::InvalidOption { .. })));
        }
        Ok(())
    }

    #[test]
    fn time_units_do_not_mix() -> Result<()> {
        let scores = Rfm::new().fit(&summary(&[(5, 1, 10), (1, 3, 50)])?)?;
        let in_weeks = RfmSummary::from_columns(None, &[1.0], &[1.0], &[1.0], TimeUnit::Week)?;
        assert!(matches!(scores.cut_points().apply(&in_weeks), Err(Error::UnitMismatch { .. })));
        Ok(())
    }

    #[test]
    fn empty_scores_are_those_no_customer_has() -> Result<()> {
        let scores = Rfm::new().fit(&summary(&[(5, 1, 10), (4, 1, 20), (3, 1, 30), (2, 1, 40), (1, 2, 50)])?)?;
        assert_eq!(RfmAxis::ALL.map(|axis| scores.empty_scores(axis)), [vec![], vec![2, 3, 4], vec![]]);
        let new = scores.cut_points().apply(&summary(&[(1, 1, 10)])?)?;
        assert_eq!(new.empty_scores(RfmAxis::Recency), [1, 2, 3, 4]);
        Ok(())
    }

    #[cfg(feature = "serde")]
    #[test]
    fn stored_cut_points_are_checked_on_reading() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let customers = summary(&[(5, 1, 10), (1, 3, 50), (3, 2, -30)])?;
        let scores = Rfm::new().monetary(MonetaryMeasure::Mean).fit(&customers)?;
        let json = serde_json::to_string(scores.cut_points())?;
        let read: RfmCutPoints = serde_json::from_str(&json)?;
        assert_eq!(read.apply(&customers)?, scores);
        assert!(serde_json::from_str::<RfmCutPoints>(&json.replacen("\"version\":1", "\"version\":9", 1)).is_err());
        assert!(serde_json::from_str::<RfmCutPoints>(&json.replace("\"bins\":5", "\"bins\":0")).is_err());
        Ok(())
    }

    proptest! {
        #[test]
        fn applying_the_cut_points_to_the_fitted_customers_gives_the_fitted_scores(
            rows in prop::collection::vec((0..40_u32, 1..6_u32, -50..900_i32), 1..120), bins in (1..=12_usize, 1..=12_usize, 1..=12_usize),
        ) {
            let customers = summary(&rows)?;
            let rfm = Rfm::new().bins(bins.0, bins.1, bins.2).monetary(MonetaryMeasure::Mean);
            let scores = rfm.fit(&customers)?;
            prop_assert_eq!(&scores.cut_points().apply(&customers)?, &scores);
            let mut reversed = rows;
            reversed.reverse();
            let mirrored = rfm.fit(&summary(&reversed)?)?;
            prop_assert_eq!(mirrored.cut_points(), scores.cut_points());
            prop_assert!(mirrored.m().iter().rev().eq(scores.m()));
        }
    }
}
