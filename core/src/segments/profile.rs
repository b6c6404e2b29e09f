//! Segments described by an attribute.

use super::Labels;
use crate::concentration::{Ranked, ascending, check_finite};
use crate::error::Result;

/// The customers of one segment that have one level of the attribute.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct ProfileCell {
    /// The level of the attribute.
    pub level: String,
    /// The segment.
    pub segment: String,
    /// Customers of the cell.
    pub customers: usize,
    /// Their share of the segment's customers, in [0, 1]; absent for an empty segment.
    pub share_of_segment: Option<f64>,
    /// Their share of the level's customers, in [0, 1]; absent for an empty level.
    pub share_of_level: Option<f64>,
    /// How much more often the level occurs in the segment than among all customers: 1 as often, 2 twice as often; absent if the segment or
    /// the level is empty.
    pub index: Option<f64>,
    /// The sum of their values.
    pub value: f64,
    /// Its share of the value of all customers; absent if that is not above 0.
    pub value_share: Option<f64>,
    /// The mean value; absent for an empty cell.
    pub mean_value: Option<f64>,
}

/// Who is in a segment: customers and value by attribute level and segment. Cells add up to all customers and their total value.
///
/// # Examples
/// ```
/// use crm_value::{Labels, SegmentProfile};
/// let value = [10.0, 30.0, 40.0, 20.0];
/// let channel = Labels::of(&["shop", "web", "web", "shop"]);
/// let segment = Labels::of(&["small", "small", "large", "small"]);
/// let profile = SegmentProfile::of(&value, &segment, &channel)?;
/// let large_web = profile.cell("web", "large").unwrap();
/// assert_eq!((large_web.customers, large_web.value_share, large_web.index), (1, Some(0.4), Some(2.0)));
/// assert_eq!(profile.cell("shop", "small").unwrap().mean_value, Some(15.0));
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::SegmentProfile", into = "stored::SegmentProfile")
)]
pub struct SegmentProfile {
    cells: Vec<ProfileCell>,
    total: f64,
}

impl SegmentProfile {
    /// Profiles `segments` by `attribute`, for `values` of any sign, one per customer.
    ///
    /// # Errors
    /// [`crate::Error::Empty`], [`crate::Error::NonFinite`], [`crate::Error::LengthMismatch`].
    pub fn of(values: &[f64], segments: &Labels, attribute: &Labels) -> Result<Self> {
        check_finite("value", values)?;
        segments.check_length("value", values.len())?;
        attribute.check_length("value", values.len())?;
        let width = segments.levels().len();
        let mut members: Vec<Vec<f64>> = vec![Vec::new(); width * attribute.levels().len()];
        for ((&value, &level), &segment) in values.iter().zip(attribute.codes()).zip(segments.codes()) {
            members[level as usize * width + segment as usize].push(value);
        }
        let total = Ranked::new("value", ascending(values.iter().copied()))?.total();
        let mut counts = Vec::with_capacity(members.len());
        for values in &members {
            let value = if values.is_empty() { 0.0 } else { Ranked::new("value", ascending(values.iter().copied()))?.total() };
            counts.push((values.len(), value));
        }
        Ok(Self::of_cells(attribute.levels(), segments.levels(), &counts, total))
    }

    /// The profile of cells of (customers, value), level by level.
    fn of_cells(levels: &[String], segments: &[String], counts: &[(usize, f64)], total: f64) -> Self {
        let width = segments.len();
        let customers = |cells: &mut dyn Iterator<Item = usize>| cells.map(|cell| counts[cell].0).sum::<usize>();
        let in_segment: Vec<usize> = (0..width).map(|segment| customers(&mut (segment..counts.len()).step_by(width))).collect();
        let in_level: Vec<usize> = (0..levels.len()).map(|level| customers(&mut (level * width..(level + 1) * width))).collect();
        let all = customers(&mut (0..counts.len()));
        let cell = |(place, &(count, value)): (usize, &(usize, f64))| {
            let (level, segment) = (place / width, place % width);
            let share = |of: usize| (of > 0).then(|| count as f64 / of as f64);
            let overall = in_level[level] as f64 / all as f64;
            ProfileCell {
                level: levels[level].clone(),
                segment: segments[segment].clone(),
                customers: count,
                share_of_segment: share(in_segment[segment]),
                share_of_level: share(in_level[level]),
                index: share(in_segment[segment]).filter(|_| overall > 0.0).map(|share| share / overall),
                value,
                value_share: (total > 0.0).then(|| value / total),
                mean_value: (count > 0).then(|| value / count as f64),
            }
        };
        SegmentProfile { cells: counts.iter().enumerate().map(cell).collect(), total }
    }

    /// All cells, level by level, empty ones included.
    pub fn cells(&self) -> &[ProfileCell] {
        &self.cells
    }

    /// One cell, by name.
    pub fn cell(&self, level: &str, segment: &str) -> Option<&ProfileCell> {
        self.cells.iter().find(|cell| cell.level == level && cell.segment == segment)
    }

    /// The value of all customers.
    pub fn total(&self) -> f64 {
        self.total
    }
}

#[cfg(feature = "serde")]
mod stored {
    use super::{Labels, ProfileCell};
    use crate::error::{Error, Result};
    use crate::stored::{VERSION, check_version, invalid};

    const WHAT: &str = "segment profile";

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct SegmentProfile {
        version: u32,
        total: f64,
        cells: Vec<ProfileCell>,
    }

    impl From<super::SegmentProfile> for SegmentProfile {
        fn from(super::SegmentProfile { cells, total }: super::SegmentProfile) -> Self {
            SegmentProfile { version: VERSION, total, cells }
        }
    }

    impl TryFrom<SegmentProfile> for super::SegmentProfile {
        type Error = Error;

        /// Reads names, customers and values, makes the profile of them, and takes it only if it is the one that was stored.
        fn try_from(SegmentProfile { version, total, cells }: SegmentProfile) -> Result<Self> {
            check_version(WHAT, version)?;
            let level = cells.first().map(|cell| cell.level.clone());
            let segments: Vec<String> =
                cells.iter().take_while(|cell| Some(&cell.level) == level.as_ref()).map(|cell| cell.segment.clone()).collect();
            let levels: Vec<String> = cells.iter().step_by(segments.len().max(1)).map(|cell| cell.level.clone()).collect();
            for names in [&segments, &levels] {
                Labels::from_codes::<_, u32>(names, &[])?;
            }
            let counts: Vec<(usize, f64)> = cells.iter().map(|cell| (cell.customers, cell.value)).collect();
            let customers = counts.iter().try_fold(0_usize, |sum, (customers, _)| sum.checked_add(*customers));
            if counts.is_empty() || counts.len() != levels.len() * segments.len() || customers.is_none_or(|customers| customers == 0) {
                return Err(invalid(WHAT, "it needs a cell for every level and segment, and at least one customer"));
            }
            let (sum, size) = counts.iter().fold((0.0, 0.0), |(sum, size), (_, value)| (sum + value, size + value.abs()));
            // The total was added up from the customers, not from the cells.
            if !((sum - total).abs() <= 1e-9 * size && size.is_finite()) {
                return Err(invalid(WHAT, format!("the cells add up to {sum}, not to the total {total}")));
            }
            let read = super::SegmentProfile::of_cells(&levels, &segments, &counts, total);
            if read.cells != cells {
                return Err(invalid(WHAT, "the shares are not those of its customers and values"));
            }
            Ok(read)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn cells_add_up_and_empty_ones_say_so() -> Result<()> {
        let segments = Labels::from_codes(&["a", "b", "nobody"], &[0_u8, 1, 1, 0, 1])?;
        let regions = Labels::from_codes(&["n", "nowhere", "s"], &[0_u8, 0, 2, 2, 2])?;
        let profile = SegmentProfile::of(&[5.0, -1.0, 3.0, 2.0, 1.0], &segments, &regions)?;
        assert_eq!(profile.cells().len(), 9);
        assert_eq!(profile.cells().iter().map(|cell| cell.customers).sum::<usize>(), 5);
        assert_eq!(profile.cells().iter().map(|cell| cell.value).sum::<f64>().to_bits(), profile.total().to_bits());
        let south_b = profile.cell("s", "b").cloned();
        let expected = ProfileCell {
            level: "s".to_owned(),
            segment: "b".to_owned(),
            customers: 2,
            share_of_segment: Some(2.0 / 3.0),
            share_of_level: Some(2.0 / 3.0),
            index: Some(2.0 / 3.0 / 0.6),
            value: 4.0,
            value_share: Some(0.4),
            mean_value: Some(2.0),
        };
        assert_eq!(south_b, Some(expected));
        assert!(profile.cell("s", "nobody").is_some_and(|cell| cell.share_of_segment.is_none() && cell.share_of_level == Some(0.0)));
        assert!(profile.cell("nowhere", "a").is_some_and(|cell| cell.index.is_none() && cell.mean_value.is_none()));
        Ok(())
    }

    #[test]
    fn totals_that_are_not_above_0_and_bad_input() -> Result<()> {
        let one = Labels::of(&["x"]);
        let profile = SegmentProfile::of(&[-2.0], &one, &one)?;
        assert_eq!((profile.cells()[0].value_share, profile.cells()[0].mean_value), (None, Some(-2.0)));
        assert!(matches!(SegmentProfile::of(&[], &one, &one), Err(Error::Empty { .. })));
        assert!(matches!(SegmentProfile::of(&[1.0, 2.0], &one, &one), Err(Error::LengthMismatch { .. })));
        assert!(matches!(SegmentProfile::of(&[f64::NAN], &one, &one), Err(Error::NonFinite { .. })));
        Ok(())
    }

    #[cfg(feature = "serde")]
    #[test]
    fn profiles_are_stored() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let segments = Labels::from_codes(&["a", "b", "nobody"], &[0_u8, 1, 1, 0, 1])?;
        let profile = SegmentProfile::of(&[0.1, -1.0, 3.3, 2.0, 1.0], &segments, &Labels::of(&["n", "n", "s", "s", "s"]))?;
        let json = serde_json::to_string(&profile)?;
        assert_eq!(serde_json::from_str::<SegmentProfile>(&json)?, profile);
        for (from, to, says) in [
            (r#""customers":2"#, r#""customers":3"#, "shares"),
            (r#""value":4.3"#, r#""value":9.3"#, "add up"),
            (r#""segment":"nobody""#, r#""segment":"b""#, "twice"),
            (r#""level":"s","segment":"a""#, r#""level":"n","segment":"c""#, "every level and segment"),
            (r#""index":"#, r#""quotient":"#, "unknown field"),
            (r#""version":1"#, r#""version":2"#, "version 2"),
        ] {
            let error = serde_json::from_str::<SegmentProfile>(&json.replacen(from, to, 1)).map(|_| ()).map_err(|error| error.to_string());
            assert!(error.as_ref().is_err_and(|error| error.contains(says)), "{error:?} does not say {says}");
        }
        assert!(serde_json::from_str::<SegmentProfile>(r#"{"version":1,"total":0.0,"cells":[]}"#).is_err());
        Ok(())
    }
}
