//! CRM matrices and the stages of the relationship.

use std::sync::Arc;

use crm_value as core;
use numpy::PyArray1;
use pyo3::prelude::*;

use crate::convert;
use crate::economics::masked;
use crate::errors::Outcome;
use crate::interrupt;
use crate::summary::Log;

fn optional(name: &str, values: Option<&Bound<'_, PyAny>>) -> Outcome<Option<Vec<f64>>> {
    values.map(|values| convert::numbers(name, values)).transpose()
}

fn rules(json: &str) -> Result<core::StageRules, core::Error> {
    convert::stored("stage rules", json)
}

fn names(stages: Vec<core::Stage>) -> Vec<&'static str> {
    stages.into_iter().map(core::Stage::name).collect()
}

/// The default rules in their stored form.
#[pyfunction]
pub(crate) fn default_stage_rules() -> Outcome<String> {
    convert::store(&core::StageRules::default())
}

/// The stages of a log's customers.
#[pyfunction]
#[pyo3(signature = (log, rules_json, p_alive=None, observed_until=None))]
pub(crate) fn stages(
    py: Python<'_>,
    log: &Bound<'_, Log>,
    rules_json: &str,
    p_alive: Option<&Bound<'_, PyAny>>,
    observed_until: Option<&str>,
) -> Outcome<Vec<&'static str>> {
    let (rules, p_alive) = (rules(rules_json)?, optional("p_alive", p_alive)?);
    let end = observed_until.map(|text| convert::date("observed_until", text)).transpose()?;
    let log = Arc::clone(&log.get().0);
    let work = move || {
        let base = core::Relationship::of(&log, &rules, end)?;
        rules.assign(&base, p_alive.as_deref().map_or(core::StageBasis::Rhythm, core::StageBasis::PAlive))
    };
    Ok(names(interrupt::watched(py, None, move |_| work())??))
}

/// The stages of customers in columns; NaN in `own_gap` and `since_return` where there is none.
#[pyfunction]
#[pyo3(signature = (purchases, since_first, since_last, own_gap, since_return, rules_json, p_alive=None))]
pub(crate) fn stages_of_columns(
    purchases: &Bound<'_, PyAny>,
    since_first: &Bound<'_, PyAny>,
    since_last: &Bound<'_, PyAny>,
    own_gap: Vec<Option<f64>>,
    since_return: Vec<Option<f64>>,
    rules_json: &str,
    p_alive: Option<&Bound<'_, PyAny>>,
) -> Outcome<Vec<&'static str>> {
    let (rules, p_alive) = (rules(rules_json)?, optional("p_alive", p_alive)?);
    let base = core::Relationship::from_columns(
        &convert::numbers("purchases", purchases)?,
        &convert::numbers("since_first", since_first)?,
        &convert::numbers("since_last", since_last)?,
        &own_gap,
        &since_return,
    )?;
    Ok(names(rules.assign(&base, p_alive.as_deref().map_or(core::StageBasis::Rhythm, core::StageBasis::PAlive))?))
}

/// What the rules look at: columns of a log's customers, NaN where there is none.
#[pyfunction]
#[pyo3(signature = (log, rules_json, observed_until=None))]
pub(crate) fn relationship<'py>(
    py: Python<'py>,
    log: &Bound<'py, Log>,
    rules_json: &str,
    observed_until: Option<&str>,
) -> Outcome<RelationshipColumns<'py>> {
    let rules = rules(rules_json)?;
    let end = observed_until.map(|text| convert::date("observed_until", text)).transpose()?;
    let log = Arc::clone(&log.get().0);
    let base = interrupt::watched(py, None, move |_| core::Relationship::of(&log, &rules, end))??;
    let own_gap: Vec<Option<f64>> = (0..base.len()).map(|i| base.own_gap(i)).collect();
    Ok((
        convert::counts(py, base.purchases().iter().copied()),
        convert::array(py, base.since_first().to_vec()),
        convert::array(py, base.since_last().to_vec()),
        masked(py, &own_gap),
        masked(py, base.since_return()),
    ))
}

/// The median of the customers' own days between purchases.
#[pyfunction]
#[pyo3(signature = (log, rules_json, observed_until=None))]
pub(crate) fn usual_gap(py: Python<'_>, log: &Bound<'_, Log>, rules_json: &str, observed_until: Option<&str>) -> Outcome<Option<f64>> {
    let rules = rules(rules_json)?;
    let end = observed_until.map(|text| convert::date("observed_until", text)).transpose()?;
    let log = Arc::clone(&log.get().0);
    Ok(interrupt::watched(py, None, move |_| core::Relationship::of(&log, &rules, end))??.usual_gap())
}

/// Purchases, days since the first and the last, mean gap and days since a return, the last two with what is missing.
type RelationshipColumns<'py> = (
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<f64>>,
    (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<bool>>),
    (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<bool>>),
);

/// A table of actions that comes with the library, in its stored form.
#[pyfunction]
pub(crate) fn default_actions(table: &str) -> Outcome<String> {
    match table {
        "value_by_stage" => convert::store(&core::ActionTable::value_by_stage()),
        "value_by_churn_risk" => convert::store(&core::ActionTable::value_by_churn_risk()),
        _ => {
            let requirement = "use value_by_stage or value_by_churn_risk";
            Err(core::Error::InvalidOption { option: "table", value: table.to_owned(), requirement }.into())
        }
    }
}

/// Scores as the core takes them; one that is no score becomes 0, which it refuses.
fn scores(name: &str, values: &Bound<'_, PyAny>) -> Outcome<Vec<u8>> {
    let whole = |value: f64| if value.fract().abs() > 0.0 || !(0.0..=255.0).contains(&value) { 0 } else { value as u8 };
    Ok(convert::numbers(name, values)?.into_iter().map(whole).collect())
}

/// A criterion.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct Axis(core::MatrixAxis);

#[pymethods]
impl Axis {
    #[staticmethod]
    #[pyo3(signature = (name, labels, levels=None))]
    fn labels(name: &str, labels: Vec<String>, levels: Option<Vec<String>>) -> Outcome<Self> {
        let Some(levels) = levels else { return Ok(Axis(core::MatrixAxis::labels(name, &labels)?)) };
        // A label that is no level gets a position that is none, which the core refuses.
        let position = |label: &String| levels.iter().position(|level| level == label).unwrap_or(levels.len());
        let positions: Vec<usize> = labels.iter().map(position).collect();
        Ok(Axis(core::MatrixAxis::positions(name, &levels, &positions)?))
    }

    #[staticmethod]
    fn binned(name: &str, values: &Bound<'_, PyAny>, cut_points: &Bound<'_, crate::rfm::CutPoints>) -> Outcome<Self> {
        Ok(Axis(core::MatrixAxis::binned(name, &convert::numbers(name, values)?, &cut_points.get().0)?))
    }

    #[staticmethod]
    fn quantiles(name: &str, values: &Bound<'_, PyAny>, bins: &Bound<'_, PyAny>, lower_is_better: bool) -> Outcome<Self> {
        let direction = if lower_is_better { core::Direction::LowerIsBetter } else { core::Direction::HigherIsBetter };
        let bins = convert::count("bins", bins)?;
        Ok(Axis(core::MatrixAxis::quantiles(name, &convert::numbers(name, values)?, bins, direction)?))
    }

    #[staticmethod]
    fn terciles(name: &str, values: &Bound<'_, PyAny>) -> Outcome<Self> {
        Ok(Axis(core::MatrixAxis::terciles(name, &convert::numbers(name, values)?)?))
    }

    #[staticmethod]
    #[pyo3(name = "scores")]
    fn of_scores(name: &str, values: &Bound<'_, PyAny>, bins: &Bound<'_, PyAny>) -> Outcome<Self> {
        Ok(Axis(core::MatrixAxis::scores(name, &scores(name, values)?, convert::count("bins", bins)?)?))
    }

    fn with_levels(&self, levels: Vec<String>) -> Outcome<Self> {
        Ok(Axis(self.0.clone().with_levels(&levels)?))
    }

    #[getter]
    fn name(&self) -> &str {
        self.0.name()
    }

    #[getter]
    fn levels(&self) -> Vec<String> {
        self.0.levels().to_vec()
    }

    #[getter]
    fn level_of(&self) -> Vec<String> {
        self.0.level_of().iter().map(|&level| self.0.levels()[usize::from(level)].clone()).collect()
    }
}

/// Customers by two criteria.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct Matrix(core::CrmMatrix);

#[pymethods]
impl Matrix {
    #[new]
    #[pyo3(signature = (rows, columns, values, p_alive=None))]
    fn new(
        rows: &Bound<'_, Axis>,
        columns: &Bound<'_, Axis>,
        values: &Bound<'_, PyAny>,
        p_alive: Option<&Bound<'_, PyAny>>,
    ) -> Outcome<Self> {
        let (values, p_alive) = (convert::numbers("value", values)?, optional("p_alive", p_alive)?);
        let (rows, columns) = (rows.get().0.clone(), columns.get().0.clone());
        Ok(Matrix(core::CrmMatrix::of(rows, columns, &values, p_alive.as_deref())?))
    }

    #[staticmethod]
    #[pyo3(signature = (values, stages, p_alive=None))]
    fn value_by_stage(values: &Bound<'_, PyAny>, stages: Vec<String>, p_alive: Option<&Bound<'_, PyAny>>) -> Outcome<Self> {
        let (values, p_alive) = (convert::numbers("value", values)?, optional("p_alive", p_alive)?);
        let stage = |name: &String| {
            core::Stage::ALL.into_iter().find(|stage| stage.name() == name).ok_or_else(|| {
                let requirement = "use prospect, new, active, at risk, lapsed, lost or won back";
                core::Error::InvalidOption { option: "stage", value: name.clone(), requirement }
            })
        };
        let stages = stages.iter().map(stage).collect::<Result<Vec<core::Stage>, core::Error>>()?;
        Ok(Matrix(core::CrmMatrix::value_by_stage(&values, &stages, p_alive.as_deref())?))
    }

    #[staticmethod]
    #[pyo3(signature = (frequency, tenure, values, p_alive=None))]
    fn loyalty(
        frequency: &Bound<'_, PyAny>,
        tenure: &Bound<'_, PyAny>,
        values: &Bound<'_, PyAny>,
        p_alive: Option<&Bound<'_, PyAny>>,
    ) -> Outcome<Self> {
        let (frequency, tenure) = (convert::numbers("frequency", frequency)?, convert::numbers("tenure", tenure)?);
        let (values, p_alive) = (convert::numbers("value", values)?, optional("p_alive", p_alive)?);
        Ok(Matrix(core::CrmMatrix::loyalty(&frequency, &tenure, &values, p_alive.as_deref())?))
    }

    #[staticmethod]
    fn churn(values: &Bound<'_, PyAny>, p_alive: &Bound<'_, PyAny>) -> Outcome<Self> {
        Ok(Matrix(core::CrmMatrix::churn(&convert::numbers("value", values)?, &convert::numbers("p_alive", p_alive)?)?))
    }

    #[staticmethod]
    #[pyo3(signature = (recency, frequency, bins, values, p_alive=None))]
    fn rfm(
        recency: &Bound<'_, PyAny>,
        frequency: &Bound<'_, PyAny>,
        bins: &Bound<'_, PyAny>,
        values: &Bound<'_, PyAny>,
        p_alive: Option<&Bound<'_, PyAny>>,
    ) -> Outcome<Self> {
        let (recency, frequency) = (scores("R", recency)?, scores("F", frequency)?);
        let (values, p_alive) = (convert::numbers("value", values)?, optional("p_alive", p_alive)?);
        Ok(Matrix(core::CrmMatrix::rfm(&recency, &frequency, convert::count("bins", bins)?, &values, p_alive.as_deref())?))
    }

    /// The same matrix with other actions, in their stored form.
    fn with_actions(&self, json: &str) -> Outcome<Self> {
        let actions: core::ActionTable = convert::stored("action table", json)?;
        Ok(Matrix(self.0.clone().with_actions(actions)?))
    }

    #[getter]
    fn rows(&self) -> Axis {
        Axis(self.0.rows().clone())
    }

    #[getter]
    fn columns(&self) -> Axis {
        Axis(self.0.columns().clone())
    }

    /// Cells row by row; `None` where withheld. With `minimum` for export.
    #[pyo3(signature = (minimum=None))]
    fn cells(&self, minimum: Option<&Bound<'_, PyAny>>) -> Outcome<String> {
        let (height, width) = (self.0.rows().levels().len(), self.0.columns().levels().len());
        let places = (0..height).flat_map(|row| (0..width).map(move |column| (row, column)));
        match minimum {
            None => convert::store(&places.map(|(row, column)| self.0.cell(row, column)).collect::<Vec<_>>()),
            Some(minimum) => {
                let export = self.0.suppress(convert::count("minimum", minimum)?);
                convert::store(&places.map(|(row, column)| export.cell(row, column)).collect::<Vec<_>>())
            }
        }
    }

    /// Row totals, column totals and the total; `None` where withheld. With `minimum` for export.
    #[pyo3(signature = (minimum=None))]
    fn totals(&self, minimum: Option<&Bound<'_, PyAny>>) -> Outcome<(String, String, String)> {
        let Some(minimum) = minimum else {
            return Ok((convert::store(&self.0.row_totals())?, convert::store(&self.0.column_totals())?, convert::store(&self.0.total())?));
        };
        let export = self.0.suppress(convert::count("minimum", minimum)?);
        let rows: Vec<_> = (0..self.0.rows().levels().len()).map(|row| export.row_total(row)).collect();
        let columns: Vec<_> = (0..self.0.columns().levels().len()).map(|column| export.column_total(column)).collect();
        Ok((convert::store(&rows)?, convert::store(&columns)?, convert::store(&export.total())?))
    }

    /// Cells and totals that are withheld because they are small, and in all.
    fn withheld(&self, minimum: &Bound<'_, PyAny>) -> Outcome<(usize, usize)> {
        let export = self.0.suppress(convert::count("minimum", minimum)?);
        Ok((export.small(), export.withheld()))
    }

    /// The action of every cell, row by row.
    fn actions(&self) -> Vec<Option<String>> {
        let (height, width) = (self.0.rows().levels().len(), self.0.columns().levels().len());
        (0..height * width).map(|cell| self.0.action(cell / width, cell % width).map(str::to_owned)).collect()
    }
}
