//! The matrix itself.

use super::actions::ActionTable;
use super::axis::MatrixAxis;
use super::stages::{Stage, StageRules, check_probabilities};
use crate::concentration::{Sum, check_finite};
use crate::error::{Error, Result};
use crate::rfm::{CutPoints, Direction};

/// The customers of one cell, of a row, of a column, or of the whole matrix.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct MatrixCell {
    /// Number of customers.
    pub customers: usize,
    /// Their share of all customers, in [0, 1].
    pub customer_share: f64,
    /// The sum of their values, in money.
    pub value: f64,
    /// Their share of the value of all customers; absent unless that is above 0. Outside [0, 1] where values are negative.
    pub value_share: Option<f64>,
    /// Their mean value, in money; absent for an empty cell.
    pub mean_value: Option<f64>,
    /// Their mean P(alive), in [0, 1]; absent for an empty cell, and if P(alive) was not given.
    pub mean_p_alive: Option<f64>,
    /// Σ (1 − P(alive)) · value: the value expected to be lost, in money; absent if P(alive) was not given. A customer of negative value
    /// lowers it.
    pub value_at_risk: Option<f64>,
}

/// Sums of which cells and totals are made.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    customers: usize,
    value: Sum,
    p_alive: Sum,
    at_risk: Sum,
}

impl Sums {
    fn add(&mut self, other: &Sums) {
        self.customers += other.customers;
        self.value.add(other.value.value());
        self.p_alive.add(other.p_alive.value());
        self.at_risk.add(other.at_risk.value());
    }
}

/// Customers by two criteria: how many, what they are worth, how likely they are still there, what is at risk, what to do.
///
/// Cells add up to the totals of their row and column, and those to the totals of all customers. The result does not depend on the order of
/// the customers, to the last bit.
///
/// # Examples
/// ```
/// use crm_value::{CrmMatrix, Stage};
/// let value = [900.0, 700.0, 60.0, 50.0, 20.0, 10.0];
/// let stages = [Stage::Active, Stage::AtRisk, Stage::Active, Stage::Lapsed, Stage::Lost, Stage::New];
/// let p_alive = [0.9, 0.6, 0.9, 0.3, 0.1, 0.8];
/// let matrix = CrmMatrix::value_by_stage(&value, &stages, Some(&p_alive))?;
/// let (high, at_risk) = (2, Stage::AtRisk as usize);
/// let cell = matrix.cell(high, at_risk).unwrap();
/// assert_eq!((cell.customers, cell.value, cell.value_at_risk), (1, 700.0, Some(280.0)));
/// assert_eq!(matrix.action(high, at_risk), Some("call now"));
/// assert_eq!(matrix.total().value, 1740.0);
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct CrmMatrix {
    rows: MatrixAxis,
    columns: MatrixAxis,
    cells: Vec<MatrixCell>,
    row_totals: Vec<MatrixCell>,
    column_totals: Vec<MatrixCell>,
    total: MatrixCell,
    actions: ActionTable,
    action_of: Vec<Option<usize>>,
}

impl CrmMatrix {
    /// A matrix of any two criteria. `values`: one per customer, in money, any sign; `p_alive`: one per customer, in [0, 1].
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::LengthMismatch`]; for the first row at fault [`Error::NonFinite`] (also for sums that are not finite),
    /// [`Error::Negative`], [`Error::Share`] (P(alive) above 1).
    pub fn of(rows: MatrixAxis, columns: MatrixAxis, values: &[f64], p_alive: Option<&[f64]>) -> Result<Self> {
        check_finite("value", values)?;
        for axis in [&rows, &columns] {
            if axis.level_of().len() != values.len() {
                let (column, reference) = (axis.name().to_owned(), "value".to_owned());
                return Err(Error::LengthMismatch { column, actual: axis.level_of().len(), reference, expected: values.len() });
            }
        }
        if let Some(p_alive) = p_alive {
            check_probabilities(p_alive, values.len(), "value")?;
        }
        let width = columns.levels().len();
        let groups = rows.levels().len() * width;
        let cell_of = |i: usize| usize::from(rows.level_of()[i]) * width + usize::from(columns.level_of()[i]);
        let sum_by_cell = |of: &dyn Fn(usize) -> f64| sums(groups, values.len(), &cell_of, of);
        let mut sums = vec![Sums::default(); groups];
        for (cell, (customers, value)) in sums.iter_mut().zip(sum_by_cell(&|i| values[i])) {
            (cell.customers, cell.value) = (customers, value);
        }
        if let Some(p_alive) = p_alive {
            let at_risk = sum_by_cell(&|i| (1.0 - p_alive[i]) * values[i]);
            for ((cell, (_, p)), (_, at_risk)) in sums.iter_mut().zip(sum_by_cell(&|i| p_alive[i])).zip(at_risk) {
                (cell.p_alive, cell.at_risk) = (p, at_risk);
            }
        }

        let (mut row_sums, mut column_sums) = (vec![Sums::default(); rows.levels().len()], vec![Sums::default(); width]);
        let mut all = Sums::default();
        for (cell, cell_sums) in sums.iter().enumerate() {
            row_sums[cell / width].add(cell_sums);
            column_sums[cell % width].add(cell_sums);
        }
        row_sums.iter().for_each(|row| all.add(row));
        let value = all.value.value();
        if !(value.is_finite() && all.at_risk.value().is_finite()) {
            return Err(Error::NonFinite { column: "sum of value".to_owned(), row: values.len() - 1, value });
        }
        let finish = |sums: &Sums| finish(sums, &all, p_alive.is_some());
        Ok(CrmMatrix {
            cells: sums.iter().map(finish).collect(),
            row_totals: row_sums.iter().map(finish).collect(),
            column_totals: column_sums.iter().map(finish).collect(),
            total: finish(&all),
            action_of: vec![None; groups],
            actions: ActionTable::default(),
            rows,
            columns,
        })
    }

    /// Value (terciles: low, medium, high) × stage, with the actions of [`ActionTable::value_by_stage`].
    ///
    /// # Errors
    /// As [`CrmMatrix::of`].
    pub fn value_by_stage(values: &[f64], stages: &[Stage], p_alive: Option<&[f64]>) -> Result<Self> {
        let matrix = Self::of(MatrixAxis::terciles("value", values)?, MatrixAxis::stages(stages)?, values, p_alive)?;
        matrix.with_actions(ActionTable::value_by_stage())
    }

    /// The loyalty matrix: frequency × tenure (since the first purchase), each in terciles.
    ///
    /// # Errors
    /// As [`CrmMatrix::of`].
    pub fn loyalty(frequency: &[f64], tenure: &[f64], values: &[f64], p_alive: Option<&[f64]>) -> Result<Self> {
        Self::of(MatrixAxis::terciles("frequency", frequency)?, MatrixAxis::terciles("tenure", tenure)?, values, p_alive)
    }

    /// The churn matrix: value (terciles) × churn risk 1 − P(alive), cut where the default [`StageRules`] cut P(alive): very high (P below
    /// 0.2), high (below 0.5), medium (below 0.8), low; with the actions of [`ActionTable::value_by_churn_risk`].
    ///
    /// # Errors
    /// As [`CrmMatrix::of`].
    pub fn churn(values: &[f64], p_alive: &[f64]) -> Result<Self> {
        let [active, at_risk, lapsed] = StageRules::default().p_alive;
        let cut_points = CutPoints::fixed(&[lapsed, at_risk, active], Direction::HigherIsBetter)?;
        let risk = MatrixAxis::binned("p_alive", p_alive, &cut_points)?.with_levels(&["very high", "high", "medium", "low"])?;
        let matrix = Self::of(MatrixAxis::terciles("value", values)?, risk.named("churn risk"), values, Some(p_alive))?;
        matrix.with_actions(ActionTable::value_by_churn_risk())
    }

    /// The RFM matrix: recency scores × frequency scores, each from 1 to `bins`.
    ///
    /// # Errors
    /// As [`CrmMatrix::of`] and [`MatrixAxis::scores`].
    pub fn rfm(recency: &[u8], frequency: &[u8], bins: usize, values: &[f64], p_alive: Option<&[f64]>) -> Result<Self> {
        Self::of(MatrixAxis::scores("R", recency, bins)?, MatrixAxis::scores("F", frequency, bins)?, values, p_alive)
    }

    /// The same matrix with other actions.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for an action without text, or for a level that the matrix does not have.
    pub fn with_actions(mut self, actions: ActionTable) -> Result<Self> {
        self.action_of = actions.assign(&self.rows, &self.columns)?;
        self.actions = actions;
        Ok(self)
    }

    /// The row axis.
    pub fn rows(&self) -> &MatrixAxis {
        &self.rows
    }

    /// The column axis.
    pub fn columns(&self) -> &MatrixAxis {
        &self.columns
    }

    /// The cell at positions (0-based) of the levels; `None` if there is none.
    pub fn cell(&self, row: usize, column: usize) -> Option<MatrixCell> {
        self.cells.get(self.position(row, column)?).copied()
    }

    /// What to do with the customers of a cell, if the action table says.
    pub fn action(&self, row: usize, column: usize) -> Option<&str> {
        let action = (*self.action_of.get(self.position(row, column)?)?)?;
        self.actions.actions().get(action).map(super::Action::text)
    }

    /// The totals of the rows.
    pub fn row_totals(&self) -> &[MatrixCell] {
        &self.row_totals
    }

    /// The totals of the columns.
    pub fn column_totals(&self) -> &[MatrixCell] {
        &self.column_totals
    }

    /// All customers.
    pub fn total(&self) -> MatrixCell {
        self.total
    }

    fn position(&self, row: usize, column: usize) -> Option<usize> {
        let (height, width) = (self.rows.levels().len(), self.columns.levels().len());
        (row < height && column < width).then_some(row * width + column)
    }
}

/// Customers and the sum of `of` over the customers of every cell, added in the order of the values.
fn sums(groups: usize, customers: usize, cell_of: &dyn Fn(usize) -> usize, of: &dyn Fn(usize) -> f64) -> Vec<(usize, Sum)> {
    let mut ends = vec![0usize; groups];
    (0..customers).for_each(|i| ends[cell_of(i)] += 1);
    let counts = ends.clone();
    let mut end = 0;
    for (start, &count) in ends.iter_mut().zip(&counts) {
        *start = end;
        end += count;
    }
    let mut grouped = vec![0.0; customers];
    for i in 0..customers {
        let cursor = &mut ends[cell_of(i)];
        grouped[*cursor] = of(i);
        *cursor += 1;
    }
    let sum = |(&end, &count): (&usize, &usize)| {
        let values = &mut grouped[end - count..end];
        values.sort_unstable_by(f64::total_cmp);
        let mut sum = Sum::default();
        values.iter().for_each(|&value| sum.add(value));
        (count, sum)
    };
    ends.iter().zip(&counts).map(sum).collect()
}

fn finish(sums: &Sums, all: &Sums, with_p_alive: bool) -> MatrixCell {
    let (value, total) = (sums.value.value(), all.value.value());
    let mean = |sum: f64| (sums.customers > 0).then(|| sum / sums.customers as f64);
    MatrixCell {
        customers: sums.customers,
        customer_share: sums.customers as f64 / all.customers as f64,
        value,
        value_share: (total > 0.0).then(|| value / total),
        mean_value: mean(value),
        mean_p_alive: mean(sums.p_alive.value()).filter(|_| with_p_alive),
        value_at_risk: with_p_alive.then(|| sums.at_risk.value()),
    }
}
