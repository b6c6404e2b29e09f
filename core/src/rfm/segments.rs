//! Named segments: a table that gives regions of the R, F, M cube a name.

use std::ops::RangeInclusive;

use super::{RfmAxis, RfmScores};
use crate::concentration::{Ranked, ascending};
use crate::error::{Error, Result};
use crate::segments::Labels;
use crate::summary::RfmSummary;

/// The segment of customers that no row matches.
const OTHER: &str = "other";

/// One row of a [`SegmentTable`]: a name and the scores it covers. An axis that is not restricted covers all its scores.
///
/// ```
/// use crm_value::Segment;
/// let whales = Segment::new("whale").f(3..=5).m(5..=5);      // any recency
/// assert_eq!(whales.name(), "whale");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Segment {
    name: String,
    ranges: [Option<RangeInclusive<u8>>; 3],
}

impl Segment {
    /// A row that matches every customer, until it is restricted.
    pub fn new(name: impl Into<String>) -> Self {
        Segment { name: name.into(), ranges: [None, None, None] }
    }

    /// Restricts the recency score.
    pub fn r(self, scores: RangeInclusive<u8>) -> Self {
        self.restrict(RfmAxis::Recency, scores)
    }

    /// Restricts the frequency score.
    pub fn f(self, scores: RangeInclusive<u8>) -> Self {
        self.restrict(RfmAxis::Frequency, scores)
    }

    /// Restricts the monetary score.
    pub fn m(self, scores: RangeInclusive<u8>) -> Self {
        self.restrict(RfmAxis::Monetary, scores)
    }

    fn restrict(mut self, axis: RfmAxis, scores: RangeInclusive<u8>) -> Self {
        self.ranges[axis as usize] = Some(scores);
        self
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The scores covered on an axis, both ends included; `None` if all.
    pub fn range(&self, axis: RfmAxis) -> Option<&RangeInclusive<u8>> {
        self.ranges[axis as usize].as_ref()
    }

    fn covers(&self, cell: [u8; 3]) -> bool {
        self.ranges.iter().zip(cell).all(|(range, score)| range.as_ref().is_none_or(|range| range.contains(&score)))
    }
}

/// Names for regions of the R, F, M cube: data, not code.
///
/// The first row that covers a customer's scores names its segment; a customer whom no row covers is in the segment "other". Rows may share
/// a name, so a segment can have any shape. A table is made for a number of bins per axis, and refuses scores with another number on an
/// axis that it restricts, as "5 of 5" and "5 of 10" are different customers.
///
/// The default table splits the (R, F) grid of 5 x 5, without gap or overlap:
///
/// | R \ F | 1 | 2 | 3 | 4 | 5 |
/// |---|---|---|---|---|---|
/// | **5** | new | potential loyalist | potential loyalist | champion | champion |
/// | **4** | promising | potential loyalist | potential loyalist | loyal | loyal |
/// | **3** | about to sleep | about to sleep | need attention | loyal | loyal |
/// | **1, 2** | hibernating | hibernating | at risk | at risk | can't lose |
///
/// # Examples
/// ```
/// use crm_value::{Segment, SegmentTable};
/// let table = SegmentTable::new([3, 3, 3], vec![
///     Segment::new("key account").r(2..=3).m(3..=3),
///     Segment::new("win back").r(1..=1).m(2..=3),
/// ])?;
/// assert_eq!(table.names(), ["key account", "win back", "other"]);
/// let check = table.check();
/// assert!(check.unreachable_rows.is_empty());
/// assert_eq!(check.uncovered_cells.len(), 15);               // cells of segment "other"
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::SegmentTable", into = "stored::SegmentTable")
)]
pub struct SegmentTable {
    bins: [usize; 3],
    rows: Vec<Segment>,
    /// The distinct names, "other" among them.
    names: Vec<String>,
    /// The position in `names` of each row's name.
    name_of_row: Vec<u16>,
    other: u16,
}

impl Default for SegmentTable {
    fn default() -> Self {
        let rows = [
            ("hibernating", 1..=2, 1..=2),
            ("at risk", 1..=2, 3..=4),
            ("can't lose", 1..=2, 5..=5),
            ("about to sleep", 3..=3, 1..=2),
            ("need attention", 3..=3, 3..=3),
            ("loyal", 3..=4, 4..=5),
            ("promising", 4..=4, 1..=1),
            ("new", 5..=5, 1..=1),
            ("potential loyalist", 4..=5, 2..=3),
            ("champion", 5..=5, 4..=5),
        ];
        Self::unchecked([5; 3], rows.map(|(name, r, f)| Segment::new(name).r(r).f(f)).into())
    }
}

/// What [`SegmentTable::check`] found. Neither need be a mistake: an uncovered cell is in the segment "other".
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct SegmentCheck {
    /// Positions (0-based) of rows that can match no customer, because earlier rows cover all their cells.
    pub unreachable_rows: Vec<usize>,
    /// Cells \[R, F, M\] that no row covers, in rising order.
    pub uncovered_cells: Vec<[u8; 3]>,
}

/// One segment in numbers; see [`SegmentTable::summarize`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct SegmentSummary {
    /// The segment's name.
    pub name: String,
    /// Its customers.
    pub customers: usize,
    /// Their share of all customers, in [0, 1].
    pub customer_share: f64,
    /// The sum of their total spend, in money.
    pub total_spend: f64,
    /// Their share of the spend of all customers; absent if that is not above 0.
    pub spend_share: Option<f64>,
    /// Their mean total spend, in money; absent for an empty segment.
    pub mean_spend: Option<f64>,
    /// Their mean number of purchase days; absent for an empty segment.
    pub mean_frequency: Option<f64>,
    /// Their mean time since the last purchase, in units of the summary; absent for an empty segment.
    pub mean_time_since_last: Option<f64>,
}

impl SegmentTable {
    /// A table of rows, first match first, for scores with these numbers of bins of R, F and M.
    ///
    /// # Errors
    /// [`Error::Bins`] for a number of bins outside 1 to 100; [`Error::SegmentTable`] without rows, with more than 65 534, for a row
    /// without a name, and for a range that is empty or leaves 1 to the number of bins.
    pub fn new(bins: [usize; 3], rows: Vec<Segment>) -> Result<Self> {
        bins.into_iter().try_for_each(super::cut_points::check_bins)?;
        let refuse = |reason: String| Err(Error::SegmentTable { reason });
        if rows.is_empty() {
            return refuse("there are no rows; give at least one segment, or use the default table".to_owned());
        }
        if rows.len() >= usize::from(u16::MAX) {
            return refuse(format!("there are {} rows; at most 65534 are supported", rows.len()));
        }
        for (index, row) in rows.iter().enumerate() {
            if row.name.trim().is_empty() {
                return refuse(format!("row {index} has no name; give it one"));
            }
            for (axis, bins) in RfmAxis::ALL.into_iter().zip(bins) {
                let Some(range) = row.range(axis) else { continue };
                let (low, high, axis) = (*range.start(), *range.end(), axis.name());
                if !(1 <= low && low <= high && usize::from(high) <= bins) {
                    let name = &row.name;
                    return refuse(format!(
                        "row {index} ({name}) covers {axis} scores {low} to {high}; give a rising range within 1 to {bins}"
                    ));
                }
            }
        }
        Ok(Self::unchecked(bins, rows))
    }

    fn unchecked(bins: [usize; 3], rows: Vec<Segment>) -> Self {
        let mut names: Vec<String> = Vec::new();
        let mut position = |name: &str| {
            let found = names.iter().position(|known| known == name);
            found.unwrap_or_else(|| {
                names.push(name.to_owned());
                names.len() - 1
            }) as u16
        };
        let name_of_row = rows.iter().map(|row| position(&row.name)).collect();
        let other = position(OTHER);
        SegmentTable { bins, rows, names, name_of_row, other }
    }

    /// The number of bins of R, F and M the table is made for.
    pub fn bins(&self) -> [usize; 3] {
        self.bins
    }

    /// The rows, first match first.
    pub fn rows(&self) -> &[Segment] {
        &self.rows
    }

    /// The names of the segments in order of first appearance, then "other": what the numbers of [`SegmentTable::assign`] mean.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The segment of every customer, as a position in [`SegmentTable::names`].
    ///
    /// # Errors
    /// [`Error::SegmentTable`] if the scores have another number of bins than the table on an axis that it restricts.
    pub fn assign(&self, scores: &RfmScores) -> Result<Vec<u16>> {
        for (axis, (table, scores)) in RfmAxis::ALL.into_iter().zip(self.bins.into_iter().zip(scores.bins())) {
            if table != scores && self.rows.iter().any(|row| row.range(axis).is_some()) {
                let [r, f, m] = self.bins;
                return Err(Error::SegmentTable {
                    reason: format!(
                        "it is made for {table} bins of {axis}, but the scores have {scores}; score with Rfm::new().bins({r}, {f}, {m}) \
                         or give a table for {scores} bins",
                        axis = axis.name()
                    ),
                });
            }
        }
        let [_, f_bins, m_bins] = scores.bins();
        let segment_of_cell: Vec<u16> = cells(scores.bins()).map(|cell| self.segment(cell)).collect();
        let cell = |((r, f), m): ((&u8, &u8), &u8)| {
            let position = |score: u8| usize::from(score) - 1;
            (position(*r) * f_bins + position(*f)) * m_bins + position(*m)
        };
        Ok(scores.r().iter().zip(scores.f()).zip(scores.m()).map(|scores| segment_of_cell[cell(scores)]).collect())
    }

    /// The segment of every customer by name; the levels are [`SegmentTable::names`], empty segments included.
    ///
    /// # Errors
    /// As [`SegmentTable::assign`].
    ///
    /// ```
    /// use crm_value::{Rfm, RfmSummary, SegmentTable, TimeUnit};
    /// let customers = RfmSummary::from_columns(None, &[3.0, 40.0, 200.0], &[9.0, 1.0, 5.0], &[900.0, 20.0, 300.0], TimeUnit::Day)?;
    /// let segments = SegmentTable::default().label(&Rfm::new().fit(&customers)?)?;
    /// assert_eq!((segments.get(0), segments.get(1)), (Some("loyal"), Some("hibernating")));
    /// # Ok::<(), crm_value::Error>(())
    /// ```
    pub fn label(&self, scores: &RfmScores) -> Result<Labels> {
        Labels::from_codes(&self.names, &self.assign(scores)?)
    }

    /// Finds rows that can match no customer and cells that no row covers.
    pub fn check(&self) -> SegmentCheck {
        let mut reached = vec![false; self.rows.len()];
        let mut uncovered_cells = Vec::new();
        for cell in cells(self.bins) {
            match self.first_match(cell) {
                Some(row) => reached[row] = true,
                None => uncovered_cells.push(cell),
            }
        }
        let unreachable_rows = reached.iter().enumerate().filter(|(_, reached)| !**reached).map(|(row, _)| row).collect();
        SegmentCheck { unreachable_rows, uncovered_cells }
    }

    /// Every segment in numbers, in the order of [`SegmentTable::names`], empty ones included. Customers and spend add up to those of the
    /// summary.
    ///
    /// # Errors
    /// As [`SegmentTable::assign`]; [`Error::LengthMismatch`] if the scores are not those of these customers; [`Error::NonFinite`] if a sum
    /// leaves the range of f64.
    pub fn summarize(&self, scores: &RfmScores, customers: &RfmSummary) -> Result<Vec<SegmentSummary>> {
        if scores.len() != customers.len() {
            let (column, reference) = ("RFM scores".to_owned(), "RFM summary".to_owned());
            return Err(Error::LengthMismatch { column, actual: scores.len(), reference, expected: customers.len() });
        }
        let segments = self.assign(scores)?;
        let spend_of_all = sum("total_spend", customers.total_spend())?;
        let spend = sums("total_spend", customers.total_spend(), &segments, self.names.len())?;
        let time = sums("time_since_last", customers.time_since_last(), &segments, self.names.len())?;
        let mut counts = vec![(0_usize, 0_u64); self.names.len()];
        for (&segment, &frequency) in segments.iter().zip(customers.frequency()) {
            let (customers, purchases) = &mut counts[usize::from(segment)];
            *customers += 1;
            *purchases += u64::from(frequency);
        }
        let mut summaries = Vec::with_capacity(self.names.len());
        for (segment, name) in self.names.iter().enumerate() {
            let (members, purchases) = counts[segment];
            let mean = |sum: f64| (members > 0).then(|| sum / members as f64);
            summaries.push(SegmentSummary {
                name: name.clone(),
                customers: members,
                customer_share: members as f64 / customers.len() as f64,
                total_spend: spend[segment],
                spend_share: (spend_of_all > 0.0).then(|| spend[segment] / spend_of_all),
                mean_spend: mean(spend[segment]),
                mean_frequency: mean(purchases as f64),
                mean_time_since_last: mean(time[segment]),
            });
        }
        Ok(summaries)
    }

    fn first_match(&self, cell: [u8; 3]) -> Option<usize> {
        self.rows.iter().position(|row| row.covers(cell))
    }

    fn segment(&self, cell: [u8; 3]) -> u16 {
        self.first_match(cell).map_or(self.other, |row| self.name_of_row[row])
    }
}

/// All cells of a grid, R slowest and M fastest.
fn cells(bins: [usize; 3]) -> impl Iterator<Item = [u8; 3]> {
    let [r_bins, f_bins, m_bins] = bins.map(|bins| bins as u8);
    (1..=r_bins).flat_map(move |r| (1..=f_bins).flat_map(move |f| (1..=m_bins).map(move |m| [r, f, m])))
}

/// The sum of a column, added in rank order so that no bit of it depends on the order of the customers.
fn sum(column: &str, values: &[f64]) -> Result<f64> {
    if values.is_empty() {
        return Ok(0.0);
    }
    Ok(Ranked::new(column, ascending(values.iter().copied()))?.total())
}

/// The [`sum`] of every segment.
fn sums(column: &str, values: &[f64], segments: &[u16], n_segments: usize) -> Result<Vec<f64>> {
    let mut members: Vec<Vec<f64>> = vec![Vec::new(); n_segments];
    for (&value, &segment) in values.iter().zip(segments) {
        members[usize::from(segment)].push(value);
    }
    members.iter().map(|values| sum(column, values)).collect()
}

#[cfg(feature = "serde")]
mod stored {
    use super::RfmAxis;
    use crate::error::{Error, Result};

    const VERSION: u32 = 1;

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct SegmentTable {
        version: u32,
        bins: [usize; 3],
        segments: Vec<Segment>,
    }

    /// Lowest and highest score of each axis that the row restricts.
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Segment {
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        r: Option<[u8; 2]>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        f: Option<[u8; 2]>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        m: Option<[u8; 2]>,
    }

    impl From<super::SegmentTable> for SegmentTable {
        fn from(table: super::SegmentTable) -> Self {
            let segment = |row: super::Segment| {
                let [r, f, m] = RfmAxis::ALL.map(|axis| row.range(axis).map(|range| [*range.start(), *range.end()]));
                Segment { name: row.name, r, f, m }
            };
            SegmentTable { version: VERSION, bins: table.bins, segments: table.rows.into_iter().map(segment).collect() }
        }
    }

    impl TryFrom<SegmentTable> for super::SegmentTable {
        type Error = Error;

        fn try_from(stored: SegmentTable) -> Result<Self> {
            let version = stored.version;
            if version != VERSION {
                let reason = format!("version {version} is not known, this library reads version {VERSION}");
                return Err(Error::Deserialize { what: "segment table", reason });
            }
            let row = |Segment { name, r, f, m }: Segment| super::Segment {
                name,
                ranges: [r, f, m].map(|range| range.map(|[low, high]| low..=high)),
            };
            super::SegmentTable::new(stored.bins, stored.segments.into_iter().map(row).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Rfm;
    use super::*;
    use crate::time::TimeUnit;

    /// The 25 customers of the full (R, F) grid, R rising first: customer 5 r + f − 6 scores r and f.
    fn grid() -> Result<RfmSummary> {
        let cells = || (1..=5_u8).flat_map(|r| (1..=5_u8).map(move |f| (f64::from(r), f64::from(f))));
        let column = |value: fn((f64, f64)) -> f64| cells().map(value).collect::<Vec<_>>();
        RfmSummary::from_columns(
            None,
            &column(|(r, _)| 10.0 * (6.0 - r)),
            &column(|(_, f)| f),
            &column(|(r, f)| 10.0 * r * f),
            TimeUnit::Day,
        )
    }

    #[test]
    fn the_default_table_is_the_printed_partition() -> Result<()> {
        let table = SegmentTable::default();
        assert_eq!(table, SegmentTable::new(table.bins(), table.rows().to_vec())?);
        assert_eq!(table.check(), SegmentCheck { unreachable_rows: vec![], uncovered_cells: vec![] });
        assert!(cells([5, 5, 1]).all(|cell| table.rows().iter().filter(|row| row.covers(cell)).count() == 1));
        let scores = Rfm::new().fit(&grid()?)?;
        let assigned: Vec<&str> = table.assign(&scores)?.into_iter().map(|segment| table.names()[usize::from(segment)].as_str()).collect();
        #[rustfmt::skip]
        let expected = [
            "hibernating", "hibernating", "at risk", "at risk", "can't lose",
            "hibernating", "hibernating", "at risk", "at risk", "can't lose",
            "about to sleep", "about to sleep", "need attention", "loyal", "loyal",
            "promising", "potential loyalist", "potential loyalist", "loyal", "loyal",
            "new", "potential loyalist", "potential loyalist", "champion", "champion",
        ];
        assert_eq!(assigned, expected);
        Ok(())
    }

    #[test]
    fn first_match_wins_and_shadowed_rows_are_reported() -> Result<()> {
        let table = SegmentTable::new(
            [2, 2, 1],
            vec![
                Segment::new("recent").r(2..=2),
                Segment::new("frequent").f(2..=2),
                Segment::new("both").r(2..=2).f(2..=2),
                Segment::new("recent").f(1..=1).r(2..=2),
            ],
        )?;
        assert_eq!(table.names(), ["recent", "frequent", "both", "other"]);
        let check = table.check();
        assert_eq!(check.unreachable_rows, [2, 3]);
        assert_eq!(check.uncovered_cells, [[1, 1, 1]]);
        Ok(())
    }

    #[test]
    fn rows_of_one_name_are_one_segment() -> Result<()> {
        let rows = vec![Segment::new("corner").r(1..=1), Segment::new("other").r(2..=2).f(2..=2), Segment::new("corner").f(1..=1)];
        let table = SegmentTable::new([2, 2, 5], rows)?;
        assert_eq!(table.names(), ["corner", "other"]);
        let scores = Rfm::new().bins(2, 2, 5).fit(&grid()?)?;
        let corners = table.assign(&scores)?.into_iter().filter(|&segment| segment == 0).count();
        // R is split 15 to 10 and F likewise: all of the lower 15, and the 6 of the upper 10 with a low F.
        assert_eq!(corners, 21);
        Ok(())
    }

    #[test]
    fn tables_for_other_bins_are_refused_with_advice() -> Result<()> {
        let customers = grid()?;
        let scores = Rfm::new().bins(10, 5, 5).fit(&customers)?;
        let error = SegmentTable::default().assign(&scores).err().map(|error| error.to_string());
        let expected = "segment table: it is made for 5 bins of recency, but the scores have 10; \
                        score with Rfm::new().bins(5, 5, 5) or give a table for 10 bins";
        assert_eq!(error.as_deref(), Some(expected));
        // The default table does not look at M.
        assert!(SegmentTable::default().assign(&Rfm::new().bins(5, 5, 10).fit(&customers)?).is_ok());
        Ok(())
    }

    #[test]
    fn bad_tables_are_refused() {
        let refused = |bins, rows| matches!(SegmentTable::new(bins, rows), Err(Error::SegmentTable { .. }));
        assert!(refused([5; 3], vec![]));
        assert!(refused([5; 3], vec![Segment::new(" ")]));
        assert!(refused([5; 3], vec![Segment::new("zero").r(0..=2)]));
        assert!(refused([5; 3], vec![Segment::new("above").m(4..=6)]));
        assert!(refused([5; 3], vec![Segment::new("falling").f(RangeInclusive::new(3, 2))]));
        assert!(refused([1; 3], vec![Segment::new("a"); 65_535]));
        assert!(matches!(SegmentTable::new([5, 0, 5], vec![Segment::new("a")]), Err(Error::Bins { bins: 0 })));
        assert!(matches!(SegmentTable::new([5, 5, 300], vec![Segment::new("a")]), Err(Error::Bins { bins: 300 })));
    }

    #[test]
    fn summaries_add_up() -> Result<()> {
        let customers = grid()?;
        let scores = Rfm::new().fit(&customers)?;
        let summaries = SegmentTable::default().summarize(&scores, &customers)?;
        assert_eq!(summaries.iter().map(|segment| segment.customers).sum::<usize>(), 25);
        assert_eq!(summaries.iter().map(|segment| segment.total_spend).sum::<f64>().to_bits(), 2250.0_f64.to_bits());
        let by_name = |name: &str| summaries.iter().find(|segment| segment.name == name);
        // R 5, F 4 and 5: spend 200 + 250.
        let champions = SegmentSummary {
            name: "champion".to_owned(),
            customers: 2,
            customer_share: 0.08,
            total_spend: 450.0,
            spend_share: Some(0.2),
            mean_spend: Some(225.0),
            mean_frequency: Some(4.5),
            mean_time_since_last: Some(10.0),
        };
        assert_eq!(by_name("champion"), Some(&champions));
        assert!(by_name("other").is_some_and(|other| other.customers == 0 && other.mean_spend.is_none()));
        let few = RfmSummary::from_columns(None, &[1.0], &[1.0], &[1.0], TimeUnit::Day)?;
        assert!(matches!(SegmentTable::default().summarize(&scores, &few), Err(Error::LengthMismatch { actual: 25, expected: 1, .. })));
        Ok(())
    }

    #[cfg(feature = "serde")]
    #[test]
    fn stored_tables_are_checked_on_reading() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let table = SegmentTable::default();
        let json = serde_json::to_string(&table)?;
        assert!(json.starts_with("{\"version\":1,\"bins\":[5,5,5],\"segments\":[{\"name\":\"hibernating\",\"r\":[1,2],\"f\":[1,2]},"));
        assert_eq!(serde_json::from_str::<SegmentTable>(&json)?, table);
        for (good, bad) in
            [("\"version\":1", "\"version\":0"), ("[5,5,5]", "[5,5,500]"), ("[1,2]", "[2,1]"), ("[5,5,5]", "[4,5,5]"), ("\"f\"", "\"g\"")]
        {
            assert!(serde_json::from_str::<SegmentTable>(&json.replace(good, bad)).is_err(), "{bad}");
        }
        Ok(())
    }
}
