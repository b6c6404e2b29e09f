//! Groups of customers: labels, actions, profiles and migration.

use std::sync::Arc;

use crm_value as core;
use crm_value::CustomerIds;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use crate::convert::{self, BorrowedIds, Column, Role};
use crate::errors::Outcome;
use crate::interrupt;
use crate::time::restored;

/// The column `name` as texts or whole numbers.
fn read(name: &str, values: &Bound<'_, PyAny>) -> Outcome<convert::Ids> {
    let column = values.py().import("crm_value._frames")?.getattr("column")?.call1((values,))?;
    Ok(Column::read(name, Role::Id, &column)?.into_ids()?)
}

/// A name for every customer: region, industry, tier, segment. Holds the distinct names, the levels, once.
///
/// `Labels(names)` takes a column of texts, whose levels come in alphabetical order, or of whole numbers, whose levels are their digits in
/// rising order. `Labels.from_codes` gives the levels an order, and may name levels that nobody has.
///
/// >>> import crm_value as cv
/// >>> region = cv.Labels(["north", "south", "north"])
/// >>> region.levels, region.codes
/// (['north', 'south'], array([0, 1, 0]))
/// >>> cv.Labels.from_codes(["top", "middle", "basic"], [2, 0, 2]).names
/// ['basic', 'top', 'basic']
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct Labels(pub(crate) Arc<core::Labels>);

#[pymethods]
impl Labels {
    #[new]
    fn new(names: &Bound<'_, PyAny>) -> Outcome<Self> {
        fn numbered<T: Copy + Ord + ToString>(numbers: &[T]) -> Result<core::Labels, core::Error> {
            let mut levels = numbers.to_vec();
            levels.sort_unstable();
            levels.dedup();
            let codes: Vec<u32> = numbers.iter().map(|number| levels.partition_point(|level| level < number) as u32).collect();
            core::Labels::from_codes(&levels.iter().map(ToString::to_string).collect::<Vec<_>>(), &codes)
        }
        let names = read("labels", names)?;
        let labels = match names.borrow() {
            BorrowedIds::Texts(names) => core::Labels::of(&names),
            BorrowedIds::Signed(numbers) => numbered(numbers)?,
            BorrowedIds::Unsigned(numbers) => numbered(numbers)?,
        };
        Ok(Labels(Arc::new(labels)))
    }

    /// Levels in an order of one's own, and the position of every customer's level among them, counted from 0.
    #[staticmethod]
    fn from_codes(levels: Vec<String>, codes: Vec<u32>) -> Outcome<Self> {
        Ok(Labels(Arc::new(core::Labels::from_codes(&levels, &codes)?)))
    }

    /// The distinct names.
    #[getter]
    fn levels(&self) -> Vec<String> {
        self.0.levels().to_vec()
    }

    /// The position of every customer's name among the levels.
    #[getter]
    fn codes<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        convert::counts(py, self.0.codes().iter().copied())
    }

    /// The name of every customer.
    #[getter]
    fn names(&self) -> Vec<&str> {
        (0..self.0.len()).filter_map(|row| self.0.get(row)).collect()
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    fn __hash__(&self) -> u64 {
        self.0.len() as u64
    }

    /// The stored form as JSON.
    fn to_json(&self) -> Outcome<String> {
        convert::store(&*self.0)
    }

    /// Reads the stored form; it is checked again.
    #[classmethod]
    fn from_json(_cls: &Bound<'_, PyType>, json: &str) -> Outcome<Self> {
        Ok(Labels(Arc::new(convert::stored("labels", json)?)))
    }

    fn __repr__(&self) -> String {
        format!("Labels({} customers, {} levels)", self.0.len(), self.0.levels().len())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Outcome<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        restored(slf.as_any(), slf.get().to_json()?)
    }
}

/// What to do for every tier; the core's default table without rows.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct ActionTable(core::TierActions);

#[pymethods]
impl ActionTable {
    #[new]
    #[pyo3(signature = (rows=None))]
    fn new(rows: Option<Vec<(String, String)>>) -> Outcome<Self> {
        let row = |(tier, action)| core::TierAction { tier, action };
        Ok(ActionTable(match rows {
            Some(rows) => core::TierActions::new(rows.into_iter().map(row).collect())?,
            None => core::TierActions::default(),
        }))
    }

    #[getter]
    fn rows(&self) -> Vec<(&str, &str)> {
        self.0.rows().iter().map(|row| (row.tier.as_str(), row.action.as_str())).collect()
    }

    /// The tiers' names as labels of customers.
    fn label(&self, tiers: Vec<u8>) -> Outcome<Labels> {
        Ok(Labels(Arc::new(self.0.label(&tiers)?)))
    }

    fn to_json(&self) -> Outcome<String> {
        convert::store(&self.0)
    }

    #[staticmethod]
    fn from_json(json: &str) -> Outcome<Self> {
        Ok(ActionTable(convert::stored("tier actions", json)?))
    }
}

/// Level, segment, customers, shares of segment and level, index, value, its share, and mean of a cell.
type Cell<'a> = (&'a str, &'a str, usize, Option<f64>, Option<f64>, Option<f64>, f64, Option<f64>, Option<f64>);

/// Customers and value by attribute level and segment.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct Profile(core::SegmentProfile);

#[pymethods]
impl Profile {
    #[new]
    fn new(py: Python<'_>, values: &Bound<'_, PyAny>, segments: &Bound<'_, Labels>, attribute: &Bound<'_, Labels>) -> Outcome<Self> {
        let values = convert::numbers("value", values)?;
        let (segments, attribute) = (Arc::clone(&segments.get().0), Arc::clone(&attribute.get().0));
        let work = move || core::SegmentProfile::of(&values, &segments, &attribute);
        Ok(Profile(interrupt::watched(py, None, move |_| work())??))
    }

    #[getter]
    fn total(&self) -> f64 {
        self.0.total()
    }

    fn __len__(&self) -> usize {
        self.0.cells().len()
    }

    /// One cell: level, segment, customers, shares of segment and level, index, value, its share, and mean.
    fn cell(&self, level: &str, segment: &str) -> Option<Cell<'_>> {
        let cell = self.0.cell(level, segment)?;
        Some((
            &cell.level,
            &cell.segment,
            cell.customers,
            cell.share_of_segment,
            cell.share_of_level,
            cell.index,
            cell.value,
            cell.value_share,
            cell.mean_value,
        ))
    }

    fn to_json(&self) -> Outcome<String> {
        convert::store(&self.0)
    }

    #[staticmethod]
    fn from_json(json: &str) -> Outcome<Self> {
        Ok(Profile(convert::stored("segment profile", json)?))
    }

    /// The cells, column by column.
    fn columns<'py>(&self, py: Python<'py>) -> Outcome<Bound<'py, PyDict>> {
        let cells = self.0.cells();
        let columns = PyDict::new(py);
        columns.set_item("level", cells.iter().map(|cell| cell.level.as_str()).collect::<Vec<_>>())?;
        columns.set_item("segment", cells.iter().map(|cell| cell.segment.as_str()).collect::<Vec<_>>())?;
        columns.set_item("customers", cells.iter().map(|cell| cell.customers).collect::<Vec<_>>())?;
        columns.set_item("share_of_segment", cells.iter().map(|cell| cell.share_of_segment).collect::<Vec<_>>())?;
        columns.set_item("share_of_level", cells.iter().map(|cell| cell.share_of_level).collect::<Vec<_>>())?;
        columns.set_item("index", cells.iter().map(|cell| cell.index).collect::<Vec<_>>())?;
        columns.set_item("value", cells.iter().map(|cell| cell.value).collect::<Vec<_>>())?;
        columns.set_item("value_share", cells.iter().map(|cell| cell.value_share).collect::<Vec<_>>())?;
        columns.set_item("mean_value", cells.iter().map(|cell| cell.mean_value).collect::<Vec<_>>())?;
        Ok(columns)
    }
}

/// Customers by label before and after.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct Migration(core::SegmentMigration);

#[pymethods]
impl Migration {
    #[new]
    fn new(
        py: Python<'_>,
        ids_before: &Bound<'_, PyAny>,
        before: &Bound<'_, Labels>,
        ids_after: &Bound<'_, PyAny>,
        after: &Bound<'_, Labels>,
    ) -> Outcome<Self> {
        let owned = |ids: &convert::Ids| match ids.borrow() {
            BorrowedIds::Signed(ids) => CustomerIds::I64(ids.to_vec()),
            BorrowedIds::Unsigned(ids) => CustomerIds::U64(ids.to_vec()),
            BorrowedIds::Texts(ids) => CustomerIds::Text(ids.into_iter().collect()),
        };
        let (ids_before, ids_after) = (owned(&read("customer ids before", ids_before)?), owned(&read("customer ids after", ids_after)?));
        let (before, after) = (Arc::clone(&before.get().0), Arc::clone(&after.get().0));
        let work = move || core::SegmentMigration::between(&ids_before, &before, &ids_after, &after);
        Ok(Migration(interrupt::watched(py, None, move |_| work())??))
    }

    #[getter]
    fn levels(&self) -> Vec<String> {
        self.0.levels().to_vec()
    }

    /// Rows: the levels before, then new customers. Columns: the levels after, then lost customers.
    #[getter]
    fn matrix(&self) -> Vec<Vec<usize>> {
        self.0.matrix().to_vec()
    }

    #[pyo3(signature = (before, after))]
    fn customers(&self, before: Option<&str>, after: Option<&str>) -> usize {
        self.0.customers(before, after)
    }

    #[pyo3(signature = (before, after))]
    fn share(&self, before: Option<&str>, after: Option<&str>) -> Option<f64> {
        self.0.share(before, after)
    }

    #[pyo3(signature = (level))]
    fn before(&self, level: Option<&str>) -> usize {
        self.0.before(level)
    }

    #[pyo3(signature = (level))]
    fn after(&self, level: Option<&str>) -> usize {
        self.0.after(level)
    }

    #[getter]
    fn stayed(&self) -> usize {
        self.0.stayed()
    }

    #[getter]
    fn new_customers(&self) -> usize {
        self.0.new_customers()
    }

    #[getter]
    fn lost_customers(&self) -> usize {
        self.0.lost_customers()
    }

    fn to_json(&self) -> Outcome<String> {
        convert::store(&self.0)
    }

    #[staticmethod]
    fn from_json(json: &str) -> Outcome<Self> {
        Ok(Migration(convert::stored("segment migration", json)?))
    }
}
