//! Cohorts, survival and the log-rank test. Tables of a few rows go over as JSON.

use std::sync::Arc;

use crm_value as core;
use numpy::PyArray1;
use pyo3::prelude::*;

use crate::convert;
use crate::errors::Outcome;
use crate::interrupt;
use crate::summary::Log;

fn date(option: &'static str, text: Option<&str>) -> Result<Option<core::Date>, core::Error> {
    text.map(|text| convert::date(option, text)).transpose()
}

/// Flags that come as numbers.
fn flags(name: &str, values: &Bound<'_, PyAny>) -> Outcome<Vec<bool>> {
    Ok(convert::numbers(name, values)?.into_iter().map(|flag| flag.abs() > 0.0).collect())
}

fn cohorts<'a>(log: &'a core::TransactionLog, period: core::CalendarPeriod, days: [Option<core::Date>; 2]) -> core::Cohorts<'a> {
    let mut cohorts = log.cohorts(period);
    if let Some(start) = days[0] {
        cohorts = cohorts.observed_from(start);
    }
    if let Some(end) = days[1] {
        cohorts = cohorts.observed_until(end);
    }
    cohorts
}

/// Values in row order, and which of them are there.
type Masked<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<bool>>);

/// Cohorts by age.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct CohortGrid {
    pub(crate) table: Arc<core::CohortTable>,
    log: Arc<core::TransactionLog>,
    days: [Option<core::Date>; 2],
}

#[pymethods]
impl CohortGrid {
    #[new]
    #[pyo3(signature = (log, period, observed_from=None, observed_until=None))]
    fn new(py: Python<'_>, log: &Bound<'_, Log>, period: &str, observed_from: Option<&str>, observed_until: Option<&str>) -> Outcome<Self> {
        let period: core::CalendarPeriod = period.parse()?;
        let days = [date("observed_from", observed_from)?, date("observed_until", observed_until)?];
        let log = Arc::clone(&log.get().0);
        let shared = Arc::clone(&log);
        let table = interrupt::bulk(py, log.occasions(), move || cohorts(&shared, period, days).build())??;
        Ok(CohortGrid { table: Arc::new(table), log, days })
    }

    #[getter]
    fn period(&self) -> &'static str {
        self.table.period().name()
    }

    #[getter]
    fn observed_from<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::python_date(py, self.table.observed_from())
    }

    #[getter]
    fn observed_until<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::python_date(py, self.table.observed_until())
    }

    fn __len__(&self) -> usize {
        self.table.len()
    }

    #[getter]
    fn has_margin(&self) -> bool {
        self.table.has_margin()
    }

    #[getter]
    fn labels(&self) -> Vec<String> {
        (0..self.table.len()).filter_map(|cohort| self.table.label(cohort)).collect()
    }

    #[getter]
    fn sizes<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        convert::counts(py, self.table.cohorts().iter().map(|cohort| cohort.customers as i64))
    }

    /// A measure, row by row.
    fn matrix<'py>(&self, py: Python<'py>, measure: &str) -> Outcome<Masked<'py>> {
        let matrix = self.table.matrix(measure.parse()?);
        let (values, there) = matrix.iter().map(|value| (value.unwrap_or(0.0), value.is_some())).unzip();
        Ok((convert::array(py, values), convert::array(py, there)))
    }

    /// A cell, and whether it is masked; nothing if its period has not begun.
    fn cell(&self, cohort: usize, age: usize) -> Outcome<Option<(String, bool)>> {
        let (cell, masked) = (self.table.cell(cohort, age), self.table.masked_cell(cohort, age));
        let known = cell.or(masked).map(|cell| convert::store(&cell)).transpose()?;
        Ok(known.map(|cell| (cell, masked.is_some())))
    }

    fn totals(&self) -> Outcome<String> {
        convert::store(&self.table.totals())
    }

    fn periods(&self) -> Outcome<String> {
        convert::store(&self.table.periods())
    }

    fn ages(&self) -> Outcome<String> {
        convert::store(&self.table.ages())
    }

    /// The cohort of every customer of the summary with the same end.
    fn assign<'py>(&self, py: Python<'py>) -> Outcome<Bound<'py, PyArray1<i64>>> {
        let (log, period, days) = (Arc::clone(&self.log), self.table.period(), self.days);
        let assigned = interrupt::bulk(py, log.customers(), move || cohorts(&log, period, days).assign())??;
        Ok(convert::counts(py, assigned))
    }
}

/// Durations in units of the gap, and whether they ended in churn.
#[pyfunction]
#[pyo3(signature = (log, gap, unit, observed_until=None))]
pub(crate) fn lifetimes<'py>(
    py: Python<'py>,
    log: &Bound<'py, Log>,
    gap: f64,
    unit: &str,
    observed_until: Option<&str>,
) -> Outcome<Masked<'py>> {
    let (gap, end) = (core::Span::new(gap, convert::unit(unit)?)?, date("observed_until", observed_until)?);
    let log = Arc::clone(&log.get().0);
    let stays = interrupt::bulk(py, log.occasions(), move || core::Lifetimes::of(&log, gap, end))??;
    Ok((convert::array(py, stays.durations().to_vec()), convert::array(py, stays.churned().to_vec())))
}

/// A Kaplan-Meier curve.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct SurvivalCurve(core::KaplanMeier);

#[pymethods]
impl SurvivalCurve {
    #[new]
    #[pyo3(signature = (durations, churned, level=None))]
    fn new(py: Python<'_>, durations: &Bound<'_, PyAny>, churned: &Bound<'_, PyAny>, level: Option<f64>) -> Outcome<Self> {
        let (durations, churned) = (convert::numbers("duration", durations)?, flags("churned", churned)?);
        let level = level.unwrap_or(core::KaplanMeier::LEVEL);
        let curve = interrupt::bulk(py, durations.len(), move || core::KaplanMeier::with_level(&durations, &churned, level))??;
        Ok(SurvivalCurve(curve))
    }

    #[getter]
    fn customers(&self) -> usize {
        self.0.customers()
    }

    #[getter]
    fn events(&self) -> usize {
        self.0.events()
    }

    #[getter]
    fn level(&self) -> f64 {
        self.0.level()
    }

    fn steps(&self) -> Outcome<String> {
        convert::store(&self.0.steps())
    }

    fn survival_at(&self, time: f64) -> Option<f64> {
        self.0.survival_at(time)
    }

    fn time_to_share(&self, share: f64) -> Outcome<Option<f64>> {
        Ok(self.0.time_to_share(share)?)
    }

    #[getter]
    fn median(&self) -> Option<f64> {
        self.0.median()
    }

    fn restricted_mean(&self, until: f64) -> Outcome<Option<f64>> {
        Ok(self.0.restricted_mean(until)?)
    }
}

/// χ², degrees of freedom, p-value and the groups of a log-rank test.
type Test = (Option<f64>, usize, Option<f64>, String);

#[pyfunction]
pub(crate) fn log_rank(py: Python<'_>, durations: &Bound<'_, PyAny>, churned: &Bound<'_, PyAny>, groups: Vec<u32>) -> Outcome<Test> {
    let (durations, churned) = (convert::numbers("duration", durations)?, flags("churned", churned)?);
    let test = interrupt::bulk(py, durations.len(), move || core::LogRank::of(&durations, &churned, &groups))??;
    Ok((test.chi_square(), test.degrees_of_freedom(), test.p_value(), convert::store(&test.groups())?))
}
