//! A criterion by which customers are told apart.

use crate::error::{Error, Result};
use crate::rfm::{CutPoints, Direction, QuantileScores};

use super::stages::Stage;

/// One axis of a [`CrmMatrix`](super::CrmMatrix): a name, its levels, and the level of every customer.
///
/// ```
/// use crm_value::{CutPoints, Direction, MatrixAxis};
/// // Would you recommend us, 0 to 10: detractors to 6, passives to 8, promoters.
/// let nps = CutPoints::fixed(&[7.0, 9.0], Direction::HigherIsBetter)?;
/// let axis = MatrixAxis::binned("NPS", &[10.0, 3.0, 8.0], &nps)?.with_levels(&["detractor", "passive", "promoter"])?;
/// assert_eq!(axis.level_of(), [2, 0, 1]);
/// let region = MatrixAxis::labels("region", &["south", "north", "south"])?;
/// assert_eq!(region.levels(), ["north", "south"]);
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixAxis {
    name: String,
    levels: Vec<String>,
    level_of: Vec<u8>,
}

impl MatrixAxis {
    /// Most levels of an axis.
    pub const MAX_LEVELS: usize = 100;

    /// A column of labels; the levels are the distinct labels in the order of their characters.
    ///
    /// # Errors
    /// [`Error::Empty`] without customers; [`Error::InvalidOption`] for more than [`MatrixAxis::MAX_LEVELS`] different labels.
    pub fn labels<S: AsRef<str>>(name: &str, labels: &[S]) -> Result<Self> {
        let mut levels: Vec<String> = Vec::new();
        for label in labels.iter().map(AsRef::as_ref) {
            if let Err(place) = levels.binary_search_by(|level| level.as_str().cmp(label)) {
                if levels.len() == Self::MAX_LEVELS {
                    return Err(Self::too_many(Self::MAX_LEVELS + 1));
                }
                levels.insert(place, label.to_owned());
            }
        }
        let of_level = |label: &S| levels.partition_point(|level| level.as_str() < label.as_ref()) as u8;
        let level_of = labels.iter().map(of_level).collect();
        Self::checked(name, levels, level_of)
    }

    /// Levels in an order of one's own and the position (0-based) of every customer's level among them.
    ///
    /// # Errors
    /// [`Error::Empty`] without levels or customers; [`Error::InvalidOption`] for more than [`MatrixAxis::MAX_LEVELS`] levels, for a level
    /// that occurs twice, and for a position that is none.
    pub fn positions<S: AsRef<str>>(name: &str, levels: &[S], level_of: &[usize]) -> Result<Self> {
        if let Some((row, position)) = level_of.iter().enumerate().find(|(_, position)| **position >= levels.len()) {
            let value = format!("{position} in row {row}");
            return Err(Error::InvalidOption { option: "level", value, requirement: "give positions of levels, counted from 0" });
        }
        let levels = levels.iter().map(|level| level.as_ref().to_owned()).collect();
        Self::checked(name, levels, level_of.iter().map(|&position| position.min(u8::MAX.into()) as u8).collect())
    }

    /// A column of numbers cut at cut points; the levels are the scores "1", "2", ... from worst to best.
    ///
    /// # Errors
    /// [`Error::Empty`] without customers; [`Error::NonFinite`] with the first row that is NaN or infinite.
    pub fn binned(name: &str, values: &[f64], cut_points: &CutPoints) -> Result<Self> {
        crate::concentration::check_finite(name, values)?;
        Self::scores(name, &cut_points.apply(values)?, cut_points.bins())
    }

    /// A column of numbers cut into quantiles by the rule of [`QuantileScores`]; the levels are the scores "1", "2", ... from worst to best.
    /// Ties are never split, so a level may be empty.
    ///
    /// # Errors
    /// [`Error::Bins`]; [`Error::Empty`] without customers; [`Error::NonFinite`] with the first row that is NaN or infinite.
    pub fn quantiles(name: &str, values: &[f64], bins: usize, direction: Direction) -> Result<Self> {
        crate::concentration::check_finite(name, values)?;
        Self::scores(name, QuantileScores::fit(values, bins, direction)?.scores(), bins)
    }

    /// A column of numbers cut into terciles: "low", "medium", "high".
    ///
    /// # Errors
    /// As [`MatrixAxis::quantiles`].
    pub fn terciles(name: &str, values: &[f64]) -> Result<Self> {
        Self::quantiles(name, values, 3, Direction::HigherIsBetter)?.with_levels(&["low", "medium", "high"])
    }

    /// Scores from 1 to `bins`, such as those of RFM.
    ///
    /// # Errors
    /// [`Error::Empty`] without customers; [`Error::Bins`]; [`Error::InvalidOption`] for a score outside 1 to `bins`.
    pub fn scores(name: &str, scores: &[u8], bins: usize) -> Result<Self> {
        if !(1..=Self::MAX_LEVELS).contains(&bins) {
            return Err(Error::Bins { bins });
        }
        if let Some((row, score)) = scores.iter().enumerate().find(|(_, score)| !(1..=bins).contains(&usize::from(**score))) {
            let value = format!("{score} in row {row}");
            return Err(Error::InvalidOption { option: "score", value, requirement: "scores run from 1 to the number of bins" });
        }
        let levels = (1..=bins).map(|score| score.to_string()).collect();
        Self::checked(name, levels, scores.iter().map(|score| score - 1).collect())
    }

    /// The stages of the relationship, all seven of them, in the order of [`Stage::ALL`].
    ///
    /// # Errors
    /// [`Error::Empty`] without customers.
    pub fn stages(stages: &[Stage]) -> Result<Self> {
        let levels = Stage::ALL.map(|stage| stage.name().to_owned()).into();
        Self::checked("stage", levels, stages.iter().map(|&stage| stage as u8).collect())
    }

    /// The same axis with other names for its levels.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there are as many names as levels; [`Error::InvalidOption`] for a name that occurs twice.
    pub fn with_levels<S: AsRef<str>>(self, levels: &[S]) -> Result<Self> {
        if levels.len() != self.levels.len() {
            let (column, reference) = ("names of levels".to_owned(), format!("axis {}", self.name));
            return Err(Error::LengthMismatch { column, actual: levels.len(), reference, expected: self.levels.len() });
        }
        Self::checked(&self.name, levels.iter().map(|level| level.as_ref().to_owned()).collect(), self.level_of)
    }

    /// The same axis by another name.
    pub(super) fn named(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }

    fn checked(name: &str, levels: Vec<String>, level_of: Vec<u8>) -> Result<Self> {
        if level_of.is_empty() {
            return Err(Error::Empty { what: format!("column `{name}`") });
        }
        if levels.len() > Self::MAX_LEVELS {
            return Err(Self::too_many(levels.len()));
        }
        if let Some(twice) = (1..levels.len()).find(|&i| levels[..i].contains(&levels[i])) {
            let value = levels[twice].clone();
            return Err(Error::InvalidOption { option: "levels", value, requirement: "give every level a name of its own" });
        }
        Ok(MatrixAxis { name: name.to_owned(), levels, level_of })
    }

    fn too_many(levels: usize) -> Error {
        let value = format!("{levels} or more");
        Error::InvalidOption { option: "levels", value, requirement: "an axis has at most 100; group the labels or cut the numbers" }
    }

    /// The name of the criterion.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The levels, in order; a level may be empty.
    pub fn levels(&self) -> &[String] {
        &self.levels
    }

    /// The position (0-based) of every customer's level.
    pub fn level_of(&self) -> &[u8] {
        &self.level_of
    }
}
