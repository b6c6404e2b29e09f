//! Scores of one column: the quantile rule, and the cut points that carry it to new customers.

use crate::concentration::{ascending, check_finite};
use crate::error::{Error, Result};
use crate::parallel;

/// Which end of a column is the good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Direction {
    /// Large values earn high scores: frequency, spend.
    HigherIsBetter,
    /// Small values earn high scores: time since the last purchase.
    LowerIsBetter,
}

impl Direction {
    /// A number that rises with goodness. The addition turns -0 into 0, as the two must tie.
    fn goodness(self, value: f64) -> f64 {
        match self {
            Direction::HigherIsBetter => 0.0 + value,
            Direction::LowerIsBetter => 0.0 - value,
        }
    }

    /// The value of a [`Direction::goodness`]; its own inverse.
    fn value(self, goodness: f64) -> f64 {
        self.goodness(goodness)
    }
}

/// Where one score begins.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct CutPoint {
    /// The score, 1 to the number of bins.
    pub score: u8,
    /// The worst value that still earns it, in the units of the column: the smallest where higher is better, the largest where lower is.
    pub value: f64,
}

/// The yardstick of one axis: the value at which each score begins.
///
/// Comes out of a fit ([`QuantileScores::fit`]) or is given by the user ([`CutPoints::fixed`]), and scores any customer by itself, so that
/// this month's customers can be measured with last month's yardstick.
///
/// # Formula
/// A customer's score is that of the best cut point it reaches; 1 if it reaches none.
///
/// # Examples
/// ```
/// use crm_value::{CutPoints, Direction};
/// // Days since the last purchase: up to 30 earns 4, up to 90 earns 3, up to 365 earns 2, more earns 1.
/// let recency = CutPoints::fixed(&[30.0, 90.0, 365.0], Direction::LowerIsBetter)?;
/// assert_eq!(recency.apply(&[0.0, 30.0, 31.0, 365.0, 366.0])?, [4, 4, 3, 2, 1]);
/// // Orders: 2 to 4 earn 2, 5 or more earn 3.
/// let frequency = CutPoints::fixed(&[2.0, 5.0], Direction::HigherIsBetter)?;
/// assert_eq!(frequency.apply(&[1.0, 2.0, 4.0, 5.0])?, [1, 2, 2, 3]);
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::CutPoints", into = "stored::CutPoints")
)]
pub struct CutPoints {
    bins: usize,
    direction: Direction,
    /// Scores and goodness both rise strictly.
    points: Vec<CutPoint>,
}

impl CutPoints {
    /// Cut points chosen by the user: the inner borders of the bins, in rising order whatever the direction; one bin more than borders.
    ///
    /// A value on a border earns the better of the two scores.
    ///
    /// # Errors
    /// [`Error::CutPoints`] unless the borders are finite and rise strictly; [`Error::Bins`] if there are more than 99.
    pub fn fixed(borders: &[f64], direction: Direction) -> Result<Self> {
        let bins = borders.len() + 1;
        check_bins(bins)?;
        let mut previous = f64::NEG_INFINITY;
        for (index, &value) in borders.iter().enumerate() {
            if !(value > previous && value.is_finite()) {
                return Err(Error::CutPoints { index, value });
            }
            previous = value;
        }
        let from_worst: Vec<f64> = match direction {
            Direction::HigherIsBetter => borders.to_vec(),
            Direction::LowerIsBetter => borders.iter().rev().copied().collect(),
        };
        let points = (2..).zip(from_worst).map(|(score, value)| CutPoint { score, value: value + 0.0 }).collect();
        Ok(CutPoints { bins, direction, points })
    }

    /// Cut points by the rule of [`QuantileScores`]; `column` names the values in errors.
    pub(super) fn by_quantiles(column: &str, values: &[f64], bins: usize, direction: Direction) -> Result<Self> {
        check_bins(bins)?;
        check_finite(column, values)?;
        let from_worst = ascending(values.iter().map(|&value| direction.goodness(value)));
        let n = from_worst.len();
        // A customer with w strictly worse ones has a score above s if floor(k w / n) >= s, that is from w = ceil(s n / k) on.
        let worse_above = |score: usize| (score as u128 * n as u128).div_ceil(bins as u128) as usize;
        let mut points = Vec::with_capacity(bins);
        for score in 1..=bins {
            // Customers of equal value share the w of the first of them, so a score begins with the first value whose group starts in its
            // range.
            let group = first_group_from(&from_worst, worse_above(score - 1));
            if let Some(&goodness) = from_worst.get(group).filter(|_| group < worse_above(score)) {
                points.push(CutPoint { score: score as u8, value: direction.value(goodness) });
            }
        }
        Ok(CutPoints { bins, direction, points })
    }

    /// k, the number of bins: scores run from 1 to k, k in 1..=100.
    pub fn bins(&self) -> usize {
        self.bins
    }

    /// Which end of the column earns the high scores.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The cut points by rising score. Empty scores have none, and neither has score 1 of fixed cut points, which has no end.
    pub fn points(&self) -> &[CutPoint] {
        &self.points
    }

    /// The scores above 1 that no value can earn, rising. Fixed cut points have none.
    ///
    /// After a fit these are the scores that ties left empty: with 60 % one-time buyers, frequency scores 2 and 3 of 5.
    pub fn empty_scores(&self) -> Vec<u8> {
        (2..=self.bins as u8).filter(|score| self.points.iter().all(|point| point.score != *score)).collect()
    }

    /// The score of every value, 1 to k. Any number of values, none included.
    ///
    /// # Errors
    /// [`Error::NonFinite`] with the first row that is NaN or infinite.
    pub fn apply(&self, values: &[f64]) -> Result<Vec<u8>> {
        self.apply_to("value", values)
    }

    pub(super) fn apply_to(&self, column: &str, values: &[f64]) -> Result<Vec<u8>> {
        if values.is_empty() {
            return Ok(Vec::new());
        }
        check_finite(column, values)?;
        let yardstick = self.yardstick();
        Ok(parallel::map(values.len(), 1, |row| yardstick.score(values[row])))
    }

    pub(super) fn yardstick(&self) -> Yardstick {
        let (floors, scores) = self.points.iter().map(|point| (self.direction.goodness(point.value), point.score)).unzip();
        Yardstick { direction: self.direction, floors, scores }
    }

    /// Cut points of a cell without customers: every value scores 1.
    pub(super) fn without_points(bins: usize, direction: Direction) -> Result<Self> {
        check_bins(bins)?;
        Ok(CutPoints { bins, direction, points: Vec::new() })
    }
}

/// Cut points ready to score one value after the other.
pub(super) struct Yardstick {
    direction: Direction,
    floors: Vec<f64>,
    scores: Vec<u8>,
}

impl Yardstick {
    pub(super) fn score(&self, value: f64) -> u8 {
        let goodness = self.direction.goodness(value);
        let reached = self.floors.partition_point(|floor| *floor <= goodness);
        reached.checked_sub(1).and_then(|last| self.scores.get(last)).copied().unwrap_or(1)
    }
}

/// The first position from `position` on where a run of equal values starts, or the length if none does.
fn first_group_from(ascending: &[f64], position: usize) -> usize {
    match (position.checked_sub(1).and_then(|before| ascending.get(before)), ascending.get(position)) {
        // In the middle of a run.
        (Some(before), Some(here)) if before >= here => ascending.partition_point(|value| value <= here),
        _ => position,
    }
}

pub(super) fn check_bins(bins: usize) -> Result<()> {
    if (1..=100).contains(&bins) { Ok(()) } else { Err(Error::Bins { bins }) }
}

/// Scores of one column by quantiles, with the cut points they imply.
///
/// Works on any column: the three of RFM, a margin, a predicted value (three bins: low, medium, high).
///
/// # Formula
/// ```text
/// score(i) = 1 + ⌊k w(i) / n⌋,   w(i) = number of customers strictly worse than i
/// ```
/// in whole numbers, without rounding. k is the number of bins and n the number of customers. "Worse" is smaller where higher is better,
/// and larger where lower is.
///
/// **Ties are never split**: equal values have the same w and so the same score, the lowest that their group touches. With many ties some
/// scores stay empty, and [`QuantileScores::empty_scores`] lists them; nothing is invented to fill them.
///
/// # Examples
/// ```
/// use crm_value::{Direction, QuantileScores};
/// let orders = [1.0, 1.0, 1.0, 2.0, 9.0];
/// let scores = QuantileScores::fit(&orders, 5, Direction::HigherIsBetter)?;
/// assert_eq!(scores.scores(), [1, 1, 1, 4, 5]);
/// assert_eq!(scores.empty_scores(), [2, 3]);
/// assert_eq!(scores.cut_points().apply(&[0.0, 3.0])?, [1, 4]);   // new customers
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// A. M. Hughes (1994), *Strategic Database Marketing*, Probus: customers sorted by one variable and cut into equal quintiles. Hughes cuts
/// through ties in file order; here equal customers are treated alike.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantileScores {
    scores: Vec<u8>,
    cut_points: CutPoints,
}

impl QuantileScores {
    /// Scores `values`, one per customer, in `bins` bins, 1 to 100.
    ///
    /// # Errors
    /// [`Error::Bins`]; [`Error::Empty`] without values; [`Error::NonFinite`] with the first row that is NaN or infinite.
    pub fn fit(values: &[f64], bins: usize, direction: Direction) -> Result<Self> {
        let cut_points = CutPoints::by_quantiles("value", values, bins, direction)?;
        let scores = cut_points.apply(values)?;
        Ok(QuantileScores { scores, cut_points })
    }

    /// The score of every customer, 1 (worst) to k (best), in the order of the values.
    pub fn scores(&self) -> &[u8] {
        &self.scores
    }

    /// The yardstick, for new customers.
    pub fn cut_points(&self) -> &CutPoints {
        &self.cut_points
    }

    /// The scores from 1 to k that no customer has, rising.
    pub fn empty_scores(&self) -> Vec<u8> {
        self.cut_points.empty_scores()
    }

    /// Scores and cut points, without a copy.
    pub fn into_parts(self) -> (Vec<u8>, CutPoints) {
        (self.scores, self.cut_points)
    }
}

#[cfg(feature = "serde")]
mod stored {
    use super::{CutPoint, Direction, check_bins};
    use crate::error::{Error, Result};

    const VERSION: u32 = 1;

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct CutPoints {
        version: u32,
        bins: usize,
        direction: Direction,
        points: Vec<CutPoint>,
    }

    impl From<super::CutPoints> for CutPoints {
        fn from(cut_points: super::CutPoints) -> Self {
            let super::CutPoints { bins, direction, points } = cut_points;
            CutPoints { version: VERSION, bins, direction, points }
        }
    }

    impl TryFrom<CutPoints> for super::CutPoints {
        type Error = Error;

        fn try_from(stored: CutPoints) -> Result<Self> {
            let CutPoints { version, bins, direction, points } = stored;
            let invalid = |reason: String| Error::Deserialize { what: "cut points", reason };
            if version != VERSION {
                return Err(invalid(format!("version {version} is not known, this library reads version {VERSION}")));
            }
            check_bins(bins)?;
            let mut previous = (0, f64::NEG_INFINITY);
            for (index, point) in points.iter().enumerate() {
                let goodness = direction.goodness(point.value);
                if !(goodness > previous.1 && goodness.is_finite()) {
                    return Err(Error::CutPoints { index, value: point.value });
                }
                if point.score <= previous.0 || usize::from(point.score) > bins {
                    return Err(invalid(format!("score {} of cut point {index} does not rise within 1 to {bins}", point.score)));
                }
                previous = (point.score, goodness);
            }
            Ok(super::CutPoints { bins, direction, points })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Direction::{HigherIsBetter, LowerIsBetter};
    use super::*;
    use proptest::prelude::*;

    fn points(cut_points: &CutPoints) -> Vec<(u8, f64)> {
        cut_points.points().iter().map(|point| (point.score, point.value)).collect()
    }

    /// The definition, customer by customer.
    fn naive(values: &[f64], bins: usize, direction: Direction) -> Vec<u8> {
        let worse = |value: f64, other: f64| if direction == HigherIsBetter { other < value } else { other > value };
        let count = |value: f64| values.iter().filter(|other| worse(value, **other)).count();
        values.iter().map(|&value| (1 + bins * count(value) / values.len()) as u8).collect()
    }

    #[test]
    fn quintiles_of_ten_distinct_values() -> Result<()> {
        let values: Vec<f64> = (1..=10).map(f64::from).collect();
        let higher = QuantileScores::fit(&values, 5, HigherIsBetter)?;
        assert_eq!(higher.scores(), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
        assert_eq!(points(higher.cut_points()), [(1, 1.0), (2, 3.0), (3, 5.0), (4, 7.0), (5, 9.0)]);
        let lower = QuantileScores::fit(&values, 5, LowerIsBetter)?;
        assert_eq!(lower.scores(), [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]);
        assert_eq!(points(lower.cut_points()), [(1, 10.0), (2, 8.0), (3, 6.0), (4, 4.0), (5, 2.0)]);
        Ok(())
    }

    #[test]
    fn a_number_of_customers_that_does_not_divide() -> Result<()> {
        // n = 7, k = 3: floor(3 w / 7) for w = 0..=6 is 0 0 0 1 1 2 2.
        let scores = QuantileScores::fit(&[70.0, 10.0, 60.0, 20.0, 50.0, 30.0, 40.0], 3, HigherIsBetter)?;
        assert_eq!(scores.scores(), [3, 1, 3, 1, 2, 1, 2]);
        Ok(())
    }

    #[test]
    fn ties_take_the_lowest_score_they_touch() -> Result<()> {
        // w = 0 1 1 1 1 5 6 7 8 9: the four equal customers would fill the places of scores 1 to 3.
        let values = [0.0, 5.0, 5.0, 5.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0];
        let scores = QuantileScores::fit(&values, 5, HigherIsBetter)?;
        assert_eq!(scores.scores(), [1, 1, 1, 1, 1, 3, 4, 4, 5, 5]);
        assert_eq!(scores.empty_scores(), [2]);
        assert_eq!(points(scores.cut_points()), [(1, 0.0), (3, 6.0), (4, 7.0), (5, 9.0)]);
        Ok(())
    }

    #[test]
    fn equal_values_single_customers_and_single_bins_score_1() -> Result<()> {
        for (values, bins, empty) in [(vec![3.0; 6], 4, vec![2, 3, 4]), (vec![3.0], 2, vec![2]), (vec![1.0, 2.0], 1, vec![])] {
            let scores = QuantileScores::fit(&values, bins, LowerIsBetter)?;
            assert_eq!(scores.scores(), vec![1; values.len()]);
            assert_eq!(scores.empty_scores(), empty);
        }
        // 0 and -0 are equal.
        assert_eq!(QuantileScores::fit(&[0.0, -0.0], 2, HigherIsBetter)?.scores(), [1, 1]);
        assert_eq!(QuantileScores::fit(&[0.0, -0.0], 2, LowerIsBetter)?.scores(), [1, 1]);
        Ok(())
    }

    #[test]
    fn more_bins_than_customers_leave_gaps() -> Result<()> {
        let scores = QuantileScores::fit(&[1.0, 2.0, 3.0], 100, HigherIsBetter)?;
        assert_eq!(scores.scores(), [1, 34, 67]);
        assert_eq!(scores.empty_scores().len(), 97);
        Ok(())
    }

    #[test]
    fn new_customers_are_measured_by_the_old_yardstick() -> Result<()> {
        let fitted = QuantileScores::fit(&[10.0, 20.0, 30.0, 40.0], 4, LowerIsBetter)?;
        assert_eq!(fitted.cut_points().apply(&[0.0, 10.0, 10.1, 40.0, 1e9])?, [4, 4, 3, 1, 1]);
        assert_eq!(fitted.cut_points().apply(&[])?, Vec::<u8>::new());
        assert!(matches!(fitted.cut_points().apply(&[1.0, f64::NAN]), Err(Error::NonFinite { row: 1, .. })));
        Ok(())
    }

    #[test]
    fn bad_input_is_refused() {
        for bins in [0, 101, usize::MAX] {
            assert!(matches!(QuantileScores::fit(&[1.0], bins, HigherIsBetter), Err(Error::Bins { bins: found }) if found == bins));
        }
        assert!(matches!(QuantileScores::fit(&[], 5, HigherIsBetter), Err(Error::Empty { .. })));
        assert!(matches!(QuantileScores::fit(&[1.0, f64::INFINITY], 5, HigherIsBetter), Err(Error::NonFinite { row: 1, .. })));
        for (borders, wrong) in [(vec![1.0, 1.0], 1), (vec![2.0, 1.0], 1), (vec![f64::NAN], 0), (vec![f64::INFINITY], 0)] {
            assert!(matches!(CutPoints::fixed(&borders, LowerIsBetter), Err(Error::CutPoints { index, .. }) if index == wrong));
        }
        let many: Vec<f64> = (0..100).map(f64::from).collect();
        assert!(matches!(CutPoints::fixed(&many, HigherIsBetter), Err(Error::Bins { bins: 101 })));
    }

    #[test]
    fn fixed_cut_points() -> Result<()> {
        assert_eq!(CutPoints::fixed(&[], HigherIsBetter)?.apply(&[5.0])?, [1]);
        let fixed = CutPoints::fixed(&[0.0, 10.0], LowerIsBetter)?;
        assert_eq!((fixed.bins(), fixed.direction(), fixed.empty_scores()), (3, LowerIsBetter, vec![]));
        assert_eq!(fixed.apply(&[-1.0, -0.0, 0.0, 1e-300, 10.0, 11.0])?, [3, 3, 3, 2, 2, 1]);
        Ok(())
    }

    #[cfg(feature = "serde")]
    #[test]
    fn stored_cut_points_are_checked_on_reading() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let cut_points = QuantileScores::fit(&[0.1, 0.2, 0.2, 7.7], 4, LowerIsBetter)?.into_parts().1;
        let json = serde_json::to_string(&cut_points)?;
        let expected = "{\"version\":1,\"bins\":4,\"direction\":\"lower_is_better\",\"points\":[{\"score\":1,\"value\":7.7},\
            {\"score\":2,\"value\":0.2},{\"score\":4,\"value\":0.1}]}";
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_str::<CutPoints>(&json)?, cut_points);
        for (good, bad) in [
            ("\"version\":1", "\"version\":2"),
            ("\"bins\":4", "\"bins\":3"),
            ("\"bins\":4", "\"bins\":101"),
            ("\"score\":2", "\"score\":1"),
            ("7.7", "0.2"),
            ("lower", "higher"),
            ("bins", "bin"),
        ] {
            assert!(serde_json::from_str::<CutPoints>(&json.replace(good, bad)).is_err(), "{bad}");
        }
        Ok(())
    }

    fn direction() -> impl Strategy<Value = Direction> {
        prop_oneof![Just(HigherIsBetter), Just(LowerIsBetter)]
    }

    proptest! {
        #[test]
        fn scores_are_the_definition(
            values in prop::collection::vec(prop_oneof![(-5..5_i32).prop_map(f64::from), -1e9..1e9_f64], 1..150),
            bins in 1..=100_usize, direction in direction(),
        ) {
            let fitted = QuantileScores::fit(&values, bins, direction)?;
            let expected = naive(&values, bins, direction);
            prop_assert_eq!(fitted.scores(), &expected);
            let empty: Vec<u8> = (1..=bins as u8).filter(|score| !expected.contains(score)).collect();
            prop_assert_eq!(fitted.empty_scores(), empty);
            for point in fitted.cut_points().points() {
                let members = values.iter().zip(&expected).filter(|(_, score)| **score == point.score).map(|(value, _)| *value);
                prop_assert_eq!(Some(point.value), members.reduce(if direction == HigherIsBetter { f64::min } else { f64::max }));
            }
        }

        #[test]
        fn fixed_cut_points_count_the_borders_reached(
            borders in prop::collection::btree_set(-50..50_i32, 0..20), values in prop::collection::vec(-60..60_i32, 0..50),
            direction in direction(),
        ) {
            let fixed = CutPoints::fixed(&borders.iter().copied().map(f64::from).collect::<Vec<_>>(), direction)?;
            let reaches = |value: i32, border: i32| if direction == HigherIsBetter { value >= border } else { value <= border };
            let reached = |value: i32| borders.iter().filter(|border| reaches(value, **border)).count();
            let expected: Vec<u8> = values.iter().map(|value| 1 + reached(*value) as u8).collect();
            prop_assert_eq!(fixed.apply(&values.into_iter().map(f64::from).collect::<Vec<_>>())?, expected);
        }
    }
}
