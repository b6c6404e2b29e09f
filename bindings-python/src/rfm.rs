//! RFM scores, cut points and segments.

use std::sync::Arc;

use crm_value as core;
use crm_value::{Direction, RfmAxis, Segment};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use crate::convert;
use crate::errors::Outcome;
use crate::interrupt;
use crate::segments::Labels;
use crate::summary::RfmCustomers;
use crate::time::restored;

fn axis(name: &str) -> Result<RfmAxis, core::Error> {
    convert::choice("axis", name, "use recency, frequency or monetary")
}

fn direction(name: &str) -> Result<Direction, core::Error> {
    convert::choice("direction", name, "use higher_is_better or lower_is_better")
}

fn measure(name: &str) -> Result<core::MonetaryMeasure, core::Error> {
    convert::choice("monetary", name, "use total or mean")
}

/// The name of one of the core's choices.
fn name_of<T: serde::Serialize>(choice: &T) -> Outcome<String> {
    Ok(convert::store(choice)?.trim_matches('"').to_owned())
}

/// The yardstick of one column: the value at which each score begins. Scores any customer by itself.
///
/// `CutPoints.fixed` makes it of borders; `CutPoints.quantiles` fits it to values. Equal values are never split.
///
/// >>> import crm_value as cv
/// >>> recency = cv.CutPoints.fixed([30, 90, 365], "lower_is_better")
/// >>> recency.apply([0.0, 30.0, 31.0, 365.0, 366.0])
/// array([4, 4, 3, 2, 1])
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct CutPoints(pub(crate) core::CutPoints);

#[pymethods]
impl CutPoints {
    /// Cut points chosen by the user: the borders between the scores, rising; a value on a border earns the better score.
    #[staticmethod]
    fn fixed(borders: Vec<f64>, direction: &str) -> Outcome<Self> {
        Ok(CutPoints(core::CutPoints::fixed(&borders, self::direction(direction)?)?))
    }

    /// Cut points that split `values` into `bins` (1 to 100) quantiles.
    #[staticmethod]
    fn quantiles(values: &Bound<'_, PyAny>, bins: &Bound<'_, PyAny>, direction: &str) -> Outcome<Self> {
        let (values, bins) = (convert::numbers("value", values)?, convert::count("bins", bins)?);
        Ok(CutPoints(core::QuantileScores::fit(&values, bins, self::direction(direction)?)?.into_parts().1))
    }

    /// The number of bins: scores run from 1 to it.
    #[getter]
    fn bins(&self) -> usize {
        self.0.bins()
    }

    /// Which end earns the high scores: "higher_is_better" or "lower_is_better".
    #[getter]
    fn direction(&self) -> Outcome<String> {
        name_of(&self.0.direction())
    }

    /// Pairs of score and worst value that still earns it, by rising score.
    #[getter]
    fn points(&self) -> Vec<(u8, f64)> {
        self.0.points().iter().map(|point| (point.score, point.value)).collect()
    }

    /// The scores above 1 that no value can earn, because ties left them empty.
    #[getter]
    fn empty_scores(&self) -> Vec<usize> {
        self.0.empty_scores().into_iter().map(usize::from).collect()
    }

    /// The score of every value.
    fn apply<'py>(&self, py: Python<'py>, values: &Bound<'py, PyAny>) -> Outcome<Bound<'py, PyArray1<i64>>> {
        let (values, cut_points) = (convert::numbers("value", values)?, self.0.clone());
        let scores = interrupt::bulk(py, values.len(), move || cut_points.apply(&values))??;
        Ok(convert::counts(py, scores))
    }

    /// The stored form as JSON.
    fn to_json(&self) -> Outcome<String> {
        convert::store(&self.0)
    }

    /// Reads the stored form.
    #[classmethod]
    fn from_json(_cls: &Bound<'_, PyType>, json: &str) -> Outcome<Self> {
        Ok(CutPoints(convert::stored("cut points", json)?))
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    fn __hash__(&self) -> u64 {
        self.0.bins() as u64
    }

    fn __repr__(&self) -> Outcome<String> {
        let points: Vec<String> = self.0.points().iter().map(|point| format!("{} from {}", point.score, point.value)).collect();
        Ok(format!("CutPoints({} bins, {}, {})", self.0.bins(), self.direction()?, points.join(", ")))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Outcome<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        restored(slf.as_any(), slf.get().to_json()?)
    }
}

/// The yardsticks of R, F and M with what they measure: the part of a fit that is kept and applied to other customers.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct RfmCutPoints(core::RfmCutPoints);

#[pymethods]
impl RfmCutPoints {
    /// Cut points for time since the last purchase in `unit`s, number of purchases, and money in "total" or "mean".
    #[new]
    fn new(
        recency: &Bound<'_, CutPoints>,
        frequency: &Bound<'_, CutPoints>,
        monetary: &Bound<'_, CutPoints>,
        monetary_measure: &str,
        unit: &str,
    ) -> Outcome<Self> {
        let [r, f, m] = [recency, frequency, monetary].map(|axis| axis.get().0.clone());
        Ok(RfmCutPoints(core::RfmCutPoints::new(r, f, m, measure(monetary_measure)?, convert::unit(unit)?)))
    }

    /// The cut points of "recency", "frequency" or "monetary"; of nested ones only recency has one set, see `within`.
    fn axis(&self, axis: &str) -> Outcome<CutPoints> {
        Ok(CutPoints(self.0.axis(self::axis(axis)?)?.clone()))
    }

    /// The cut points of an axis for customers of recency score `r` and, for M, frequency score `f`; `None` if there is no such score.
    fn within(&self, axis: &str, r: u8, f: u8) -> Outcome<Option<CutPoints>> {
        Ok(self.0.within(self::axis(axis)?, r, f).cloned().map(CutPoints))
    }

    /// Whether F is cut within each R bin, and M within each R-F bin.
    #[getter]
    fn is_nested(&self) -> bool {
        self.0.is_nested()
    }

    /// What M measures: "total" or "mean" spend.
    #[getter]
    fn monetary_measure(&self) -> Outcome<String> {
        name_of(&self.0.monetary_measure())
    }

    /// The unit of the recency cut points.
    #[getter]
    fn unit(&self) -> &'static str {
        self.0.unit().name()
    }

    /// The number of bins of R, F and M.
    #[getter]
    fn bins(&self) -> (usize, usize, usize) {
        self.0.bins().into()
    }

    fn apply(&self, py: Python<'_>, customers: &Bound<'_, RfmCustomers>) -> Outcome<RfmScores> {
        let (cut_points, customers) = (self.0.clone(), Arc::clone(&customers.get().0));
        Ok(RfmScores(Arc::new(interrupt::bulk(py, customers.len(), move || cut_points.apply(&customers))??)))
    }

    /// The stored form as JSON.
    fn to_json(&self) -> Outcome<String> {
        convert::store(&self.0)
    }

    /// Reads the stored form.
    #[classmethod]
    fn from_json(_cls: &Bound<'_, PyType>, json: &str) -> Outcome<Self> {
        Ok(RfmCutPoints(convert::stored("RFM cut points", json)?))
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    fn __hash__(&self) -> u64 {
        self.0.bins().into_iter().fold(0, |hash, bins| 101 * hash + bins as u64)
    }

    fn __repr__(&self) -> Outcome<String> {
        let [r, f, m] = self.0.bins();
        Ok(format!("RfmCutPoints({r} x {f} x {m} bins, {} spend, recency in {}s)", self.monetary_measure()?, self.0.unit()))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Outcome<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        restored(slf.as_any(), slf.get().to_json()?)
    }
}

/// The level of every value, "low", "medium" or "high", and the cut points between them.
#[pyfunction]
pub(crate) fn value_levels(py: Python<'_>, values: &Bound<'_, PyAny>) -> Outcome<(Vec<&'static str>, CutPoints)> {
    let values = convert::numbers("value", values)?;
    let (levels, cut_points) = interrupt::bulk(py, values.len(), move || core::ValueLevel::of(&values))??;
    Ok((levels.into_iter().map(core::ValueLevel::name).collect(), CutPoints(cut_points)))
}

/// R, F and M scores of every customer.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct RfmScores(Arc<core::RfmScores>);

#[pymethods]
impl RfmScores {
    /// Scores customers by quantiles; what is not given stays as the core has it.
    #[staticmethod]
    #[pyo3(signature = (customers, *, bins=None, monetary=None, directions=None, nested=None))]
    fn fit(
        py: Python<'_>,
        customers: &Bound<'_, RfmCustomers>,
        bins: Option<[Bound<'_, PyAny>; 3]>,
        monetary: Option<&str>,
        directions: Option<Vec<(String, String)>>,
        nested: Option<bool>,
    ) -> Outcome<Self> {
        let mut rfm = core::Rfm::new();
        if let Some(nested) = nested {
            rfm = rfm.nested(nested);
        }
        if let Some([r, f, m]) = bins {
            rfm = rfm.bins(convert::count("bins", &r)?, convert::count("bins", &f)?, convert::count("bins", &m)?);
        }
        if let Some(monetary) = monetary {
            rfm = rfm.monetary(measure(monetary)?);
        }
        for (axis, direction) in directions.into_iter().flatten() {
            rfm = rfm.direction(self::axis(&axis)?, self::direction(&direction)?);
        }
        let customers = Arc::clone(&customers.get().0);
        Ok(RfmScores(Arc::new(interrupt::bulk(py, customers.len(), move || rfm.fit(&customers))??)))
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    #[getter]
    fn r<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        convert::counts(py, self.0.r().iter().copied())
    }

    #[getter]
    fn f<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        convert::counts(py, self.0.f().iter().copied())
    }

    #[getter]
    fn m<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        convert::counts(py, self.0.m().iter().copied())
    }

    #[getter]
    fn labels(&self) -> Vec<String> {
        self.0.labels()
    }

    #[getter]
    fn bins(&self) -> (usize, usize, usize) {
        self.0.bins().into()
    }

    #[getter]
    fn cut_points(&self) -> RfmCutPoints {
        RfmCutPoints(self.0.cut_points().clone())
    }

    fn empty_scores(&self, axis: &str) -> Outcome<Vec<usize>> {
        Ok(self.0.empty_scores(self::axis(axis)?).into_iter().map(usize::from).collect())
    }

    fn combined<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        convert::array(py, self.0.combined())
    }

    fn weighted<'py>(&self, py: Python<'py>, weights: [f64; 3]) -> Outcome<Bound<'py, PyArray1<f64>>> {
        Ok(convert::array(py, self.0.weighted(weights)?))
    }
}

/// One row of a segment table: name, and lowest and highest score of R, F and M, `None` where all scores count.
type Row = (String, Option<(u8, u8)>, Option<(u8, u8)>, Option<(u8, u8)>);

/// Names for regions of the R, F, M cube.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct Segments(core::SegmentTable);

#[pymethods]
impl Segments {
    /// The table of `rows`; the core's default table without rows.
    #[new]
    #[pyo3(signature = (rows=None, bins=None))]
    fn new(rows: Option<Vec<Row>>, bins: Option<[Bound<'_, PyAny>; 3]>) -> Outcome<Self> {
        let default = core::SegmentTable::default();
        let bins = match bins {
            Some([r, f, m]) => [convert::count("bins", &r)?, convert::count("bins", &f)?, convert::count("bins", &m)?],
            None => default.bins(),
        };
        let row = |(name, r, f, m): Row| {
            let mut segment = Segment::new(name);
            if let Some((low, high)) = r {
                segment = segment.r(low..=high);
            }
            if let Some((low, high)) = f {
                segment = segment.f(low..=high);
            }
            if let Some((low, high)) = m {
                segment = segment.m(low..=high);
            }
            segment
        };
        let rows = rows.map_or_else(|| default.rows().to_vec(), |rows| rows.into_iter().map(row).collect());
        Ok(Segments(core::SegmentTable::new(bins, rows)?))
    }

    #[getter]
    fn bins(&self) -> (usize, usize, usize) {
        self.0.bins().into()
    }

    #[getter]
    fn names(&self) -> Vec<String> {
        self.0.names().to_vec()
    }

    #[getter]
    fn rows(&self) -> Vec<Row> {
        let row = |segment: &Segment| {
            let [r, f, m] = RfmAxis::ALL.map(|axis| segment.range(axis).map(|range| (*range.start(), *range.end())));
            (segment.name().to_owned(), r, f, m)
        };
        self.0.rows().iter().map(row).collect()
    }

    /// The segment of every customer, as a position in `names`.
    fn assign<'py>(&self, py: Python<'py>, scores: &Bound<'py, RfmScores>) -> Outcome<Bound<'py, PyArray1<i64>>> {
        Ok(convert::counts(py, self.0.assign(&scores.get().0)?))
    }

    /// The segment of every customer by name.
    fn label(&self, scores: &Bound<'_, RfmScores>) -> Outcome<Labels> {
        Ok(Labels(Arc::new(self.0.label(&scores.get().0)?)))
    }

    /// Every segment in numbers, column by column.
    fn summarize<'py>(
        &self,
        py: Python<'py>,
        scores: &Bound<'py, RfmScores>,
        customers: &Bound<'py, RfmCustomers>,
    ) -> Outcome<Bound<'py, PyDict>> {
        let rows = self.0.summarize(&scores.get().0, &customers.get().0)?;
        let columns = PyDict::new(py);
        columns.set_item("segment", rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>())?;
        columns.set_item("customers", rows.iter().map(|row| row.customers).collect::<Vec<_>>())?;
        columns.set_item("customer_share", rows.iter().map(|row| row.customer_share).collect::<Vec<_>>())?;
        columns.set_item("total_spend", rows.iter().map(|row| row.total_spend).collect::<Vec<_>>())?;
        columns.set_item("spend_share", rows.iter().map(|row| row.spend_share).collect::<Vec<_>>())?;
        columns.set_item("mean_spend", rows.iter().map(|row| row.mean_spend).collect::<Vec<_>>())?;
        columns.set_item("mean_frequency", rows.iter().map(|row| row.mean_frequency).collect::<Vec<_>>())?;
        columns.set_item("mean_time_since_last", rows.iter().map(|row| row.mean_time_since_last).collect::<Vec<_>>())?;
        Ok(columns)
    }

    /// Positions of rows that match nobody, and cells that no row covers.
    fn check(&self) -> (Vec<usize>, Vec<(u8, u8, u8)>) {
        let check = self.0.check();
        (check.unreachable_rows, check.uncovered_cells.into_iter().map(Into::into).collect())
    }

    fn to_json(&self) -> Outcome<String> {
        convert::store(&self.0)
    }

    #[staticmethod]
    fn from_json(json: &str) -> Outcome<Self> {
        Ok(Segments(convert::stored("segment table", json)?))
    }
}
