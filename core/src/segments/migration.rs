//! Who moved where.

use hashbrown::HashMap;

use super::Labels;
use crate::error::{Error, Result};
use crate::ids::{CustomerId, CustomerIds};

/// The migration matrix between two labelings of a customer base: last year's segments or tiers against this year's.
///
/// Customers are matched by id. Those that are only in the second labeling are *new*, those only in the first are *lost*.
///
/// # Examples
/// ```
/// use crm_value::{CustomerIds, Labels, SegmentMigration};
/// let before = (CustomerIds::U64(vec![1, 2, 3, 4]), Labels::of(&["A", "B", "B", "A"]));
/// let after = (CustomerIds::U64(vec![2, 1, 4, 5]), Labels::of(&["A", "A", "B", "C"]));
/// let migration = SegmentMigration::between(&before.0, &before.1, &after.0, &after.1)?;
/// assert_eq!(migration.levels(), ["A", "B", "C"]);
/// assert_eq!(migration.customers(Some("A"), Some("B")), 1);      // customer 4
/// assert_eq!(migration.customers(Some("B"), None), 1);           // customer 3 was lost
/// assert_eq!(migration.customers(None, Some("C")), 1);           // customer 5 is new
/// assert_eq!(migration.share(Some("A"), Some("A")), Some(0.5));
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::SegmentMigration", into = "stored::SegmentMigration")
)]
pub struct SegmentMigration {
    levels: Vec<String>,
    /// Rows: the levels before, then new. Columns: the levels after, then lost.
    counts: Vec<Vec<usize>>,
}

impl SegmentMigration {
    /// Matches two labelings. The levels are those of `before` in their order, then those that only `after` has.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] if labels and ids differ in number; [`Error::DuplicateCustomer`]; [`Error::WrongType`] if the two labelings
    /// have ids of different types.
    pub fn between(ids_before: &CustomerIds, before: &Labels, ids_after: &CustomerIds, after: &Labels) -> Result<Self> {
        before.check_length("customer ids before", ids_before.len())?;
        after.check_length("customer ids after", ids_after.len())?;
        check_types(ids_before, ids_after)?;
        let mut levels = before.levels().to_vec();
        let mut place_after = Vec::with_capacity(after.levels().len());
        for level in after.levels() {
            let place = levels.iter().position(|known| known == level).unwrap_or_else(|| {
                levels.push(level.clone());
                levels.len() - 1
            });
            place_after.push(place);
        }
        let outside = levels.len();
        let mut counts = vec![vec![0; outside + 1]; outside + 1];
        // The place before of every customer, until it is found again.
        let mut gone: HashMap<CustomerId<'_>, usize> = HashMap::with_capacity(ids_before.len());
        for (id, &code) in ids_before.iter().zip(before.codes()) {
            if gone.insert(id, code as usize).is_some() {
                return Err(Error::DuplicateCustomer { customer: id.to_string() });
            }
        }
        let mut seen = hashbrown::HashSet::with_capacity(ids_after.len());
        for (id, &code) in ids_after.iter().zip(after.codes()) {
            if !seen.insert(id) {
                return Err(Error::DuplicateCustomer { customer: id.to_string() });
            }
            counts[gone.remove(&id).unwrap_or(outside)][place_after[code as usize]] += 1;
        }
        for place in gone.into_values() {
            counts[place][outside] += 1;
        }
        Ok(SegmentMigration { levels, counts })
    }

    /// The levels of both labelings.
    pub fn levels(&self) -> &[String] {
        &self.levels
    }

    /// The whole matrix: rows are the levels before, in the order of [`SegmentMigration::levels`], then new customers; columns are the levels
    /// after, then lost customers. The cell of new and lost is 0.
    pub fn matrix(&self) -> &[Vec<usize>] {
        &self.counts
    }

    /// The customers that were in `before` (`None`: not there) and are in `after` (`None`: no longer there); 0 for levels that do not occur.
    pub fn customers(&self, before: Option<&str>, after: Option<&str>) -> usize {
        match (self.place(before), self.place(after)) {
            (Some(from), Some(to)) => self.counts[from][to],
            _ => 0,
        }
    }

    /// The same as a share of all that were in `before`; `None` if nobody was. For new customers, the share of all new ones.
    pub fn share(&self, before: Option<&str>, after: Option<&str>) -> Option<f64> {
        let all: usize = self.counts[self.place(before)?].iter().sum();
        (all > 0).then(|| self.customers(before, after) as f64 / all as f64)
    }

    /// Customers in a level before; those of all levels if `None`.
    pub fn before(&self, level: Option<&str>) -> usize {
        let rows = self.counts.iter().zip(&self.levels).filter(|(_, name)| level.is_none_or(|level| level == name.as_str()));
        rows.map(|(row, _)| row.iter().sum::<usize>()).sum()
    }

    /// Customers in a level after; those of all levels if `None`.
    pub fn after(&self, level: Option<&str>) -> usize {
        let columns = || self.levels.iter().enumerate().filter(|(_, name)| level.is_none_or(|level| level == name.as_str()));
        self.counts.iter().map(|row| columns().map(|(place, _)| row[place]).sum::<usize>()).sum()
    }

    /// Customers that kept their level.
    pub fn stayed(&self) -> usize {
        (0..self.levels.len()).map(|place| self.counts[place][place]).sum()
    }

    /// Customers that are in the second labeling only.
    pub fn new_customers(&self) -> usize {
        self.counts[self.levels.len()].iter().sum()
    }

    /// Customers that are in the first labeling only.
    pub fn lost_customers(&self) -> usize {
        self.counts.iter().map(|row| row[self.levels.len()]).sum()
    }

    fn place(&self, level: Option<&str>) -> Option<usize> {
        match level {
            None => Some(self.levels.len()),
            Some(level) => self.levels.iter().position(|name| name == level),
        }
    }
}

fn check_types(before: &CustomerIds, after: &CustomerIds) -> Result<()> {
    if std::mem::discriminant(before) == std::mem::discriminant(after) {
        return Ok(());
    }
    let name = |ids: &CustomerIds| match ids {
        CustomerIds::U64(_) => "unsigned integers",
        CustomerIds::I64(_) => "signed integers",
        CustomerIds::Text(_) => "texts",
    };
    Err(Error::WrongType { column: "customer ids after".to_owned(), actual: name(after).to_owned(), expected: name(before) })
}

#[cfg(feature = "serde")]
mod stored {
    use super::Labels;
    use crate::error::{Error, Result};
    use crate::stored::{VERSION, check_version, invalid};

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct SegmentMigration {
        version: u32,
        levels: Vec<String>,
        /// Rows: the levels before, then new. Columns: the levels after, then lost.
        matrix: Vec<Vec<usize>>,
    }

    impl From<super::SegmentMigration> for SegmentMigration {
        fn from(super::SegmentMigration { levels, counts }: super::SegmentMigration) -> Self {
            SegmentMigration { version: VERSION, levels, matrix: counts }
        }
    }

    impl TryFrom<SegmentMigration> for super::SegmentMigration {
        type Error = Error;

        fn try_from(SegmentMigration { version, levels, matrix }: SegmentMigration) -> Result<Self> {
            let what = "segment migration";
            check_version(what, version)?;
            Labels::from_codes::<_, u32>(&levels, &[])?;
            let size = levels.len() + 1;
            if matrix.len() != size || matrix.iter().any(|row| row.len() != size) {
                return Err(invalid(what, format!("{} levels need a matrix of {size} rows and columns", levels.len())));
            }
            if matrix[levels.len()][levels.len()] != 0 {
                return Err(invalid(what, "no customer is both new and lost: the last cell is 0"));
            }
            let all = matrix.iter().flatten().try_fold(0_usize, |sum, &count| sum.checked_add(count));
            all.ok_or_else(|| invalid(what, "there are more customers than can be counted"))?;
            Ok(super::SegmentMigration { levels, counts: matrix })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_customer_is_in_one_cell() -> Result<()> {
        let (ids, later) = (CustomerIds::U64((0..6).collect()), CustomerIds::U64(vec![9, 5, 4, 3, 8]));
        let before = Labels::from_codes(&["top", "basic"], &[0_u8, 0, 1, 1, 0, 1])?;
        let after = Labels::from_codes(&["basic", "middle", "top"], &[2_u8, 0, 1, 2, 0])?;
        let migration = SegmentMigration::between(&ids, &before, &later, &after)?;
        assert_eq!(migration.levels(), ["top", "basic", "middle"]);
        // 4: top to middle, 3: basic to top, 5: basic to basic, 0 and 1 lost from top, 2 from basic, 9 new in top, 8 in basic.
        assert_eq!(migration.matrix(), [vec![0, 0, 1, 2], vec![1, 1, 0, 1], vec![0; 4], vec![1, 1, 0, 0]]);
        assert_eq!((migration.stayed(), migration.new_customers(), migration.lost_customers()), (1, 2, 3));
        assert_eq!((migration.before(None), migration.after(None)), (6, 5));
        assert_eq!((migration.before(Some("top")), migration.after(Some("top")), migration.after(Some("no"))), (3, 2, 0));
        assert_eq!(migration.share(Some("basic"), None), Some(1.0 / 3.0));
        assert_eq!((migration.share(Some("middle"), None), migration.share(Some("no"), None)), (None, None));
        Ok(())
    }

    #[test]
    fn empty_labelings() -> Result<()> {
        let (none, no_labels) = (CustomerIds::U64(vec![]), Labels::of::<&str>(&[]));
        let nobody = SegmentMigration::between(&none, &no_labels, &none, &no_labels)?;
        assert_eq!((nobody.matrix(), nobody.stayed()), (&[vec![0]][..], 0));
        let all_new = SegmentMigration::between(&none, &no_labels, &CustomerIds::U64(vec![1]), &Labels::of(&["a"]))?;
        assert_eq!((all_new.new_customers(), all_new.share(None, Some("a"))), (1, Some(1.0)));
        Ok(())
    }

    #[test]
    fn bad_labelings_are_refused() {
        let (two, labels) = (CustomerIds::U64(vec![1, 2]), Labels::of(&["a", "b"]));
        let twice = CustomerIds::U64(vec![1, 1]);
        assert!(matches!(SegmentMigration::between(&two, &Labels::of(&["a"]), &two, &labels), Err(Error::LengthMismatch { .. })));
        assert!(matches!(SegmentMigration::between(&two, &labels, &two, &Labels::of(&["a"])), Err(Error::LengthMismatch { .. })));
        assert!(matches!(SegmentMigration::between(&twice, &labels, &two, &labels), Err(Error::DuplicateCustomer { .. })));
        assert!(matches!(SegmentMigration::between(&two, &labels, &twice, &labels), Err(Error::DuplicateCustomer { .. })));
        let signed = CustomerIds::I64(vec![1, 2]);
        assert!(matches!(SegmentMigration::between(&two, &labels, &signed, &labels), Err(Error::WrongType { .. })));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn migrations_are_stored() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let (ids, later) = (CustomerIds::U64(vec![1, 2]), CustomerIds::U64(vec![2, 3]));
        let migration = SegmentMigration::between(&ids, &Labels::of(&["a", "b"]), &later, &Labels::of(&["a", "a"]))?;
        let json = serde_json::to_string(&migration)?;
        assert_eq!(json, r#"{"version":1,"levels":["a","b"],"matrix":[[0,0,1],[1,0,0],[1,0,0]]}"#);
        assert_eq!(serde_json::from_str::<SegmentMigration>(&json)?, migration);
        for (from, to, says) in [
            ("[1,0,0]]", "[1,0,1]]", "both new and lost"),
            ("[0,0,1]", "[0,1]", "3 rows and columns"),
            (r#""b""#, r#""a""#, "twice"),
            (":1,", ":7,", "version 7"),
            ("[[0,", "[[18446744073709551615,", "more customers"),
        ] {
            let error =
                serde_json::from_str::<SegmentMigration>(&json.replacen(from, to, 1)).map(|_| ()).map_err(|error| error.to_string());
            assert!(error.as_ref().is_err_and(|error| error.contains(says)), "{error:?} does not say {says}");
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn every_cell_counts_its_customers(rows in prop::collection::vec((prop::option::of(0..3_u32), prop::option::of(0..3_u32)), 0..60)) {
            let ids = 0_u64..;
            let (ids_before, before): (Vec<u64>, Vec<u32>) = ids.clone().zip(&rows).filter_map(|(id, row)| Some((id, row.0?))).unzip();
            let (ids_after, after): (Vec<u64>, Vec<u32>) = ids.zip(&rows).filter_map(|(id, row)| Some((id, row.1?))).unzip();
            let levels = ["x", "y", "z"];
            let migration = SegmentMigration::between(
                &CustomerIds::U64(ids_before),
                &Labels::from_codes(&levels, &before)?,
                &CustomerIds::U64(ids_after),
                &Labels::from_codes(&levels, &after)?,
            )?;
            for (from, a) in levels.iter().map(Some).chain([None]).zip([Some(0), Some(1), Some(2), None]) {
                for (to, b) in levels.iter().map(Some).chain([None]).zip([Some(0), Some(1), Some(2), None]) {
                    let expected = rows.iter().filter(|row| **row == (a, b) && **row != (None, None)).count();
                    prop_assert_eq!(migration.customers(from.copied(), to.copied()), expected);
                }
            }
        }
    }
}
