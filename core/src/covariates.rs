//! Covariates: named numeric columns, one value per customer, that move the parameters of a model.

use hashbrown::HashSet;
use ndarray::ArrayView2;

use crate::error::{Error, Result};
use crate::fit::{cholesky, solve};

/// Named columns of finite numbers, one row per customer: what is known of customers beside their purchases, and does not change.
///
/// A category enters as 0/1 columns, one for each of its values but one. Nothing is standardised here; that is a choice of the fit.
///
/// ```
/// use crm_value::Covariates;
/// let covariates = Covariates::from_columns(&[("age", &[31.0, 54.0]), ("online", &[1.0, 0.0])])?;
/// assert_eq!((covariates.len(), covariates.names()), (2, &["age".to_owned(), "online".to_owned()][..]));
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Covariates {
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
}

impl Covariates {
    /// From columns, all of one length.
    ///
    /// # Errors
    /// [`Error::Empty`] without columns or rows, [`Error::LengthMismatch`], [`Error::DuplicateColumn`], [`Error::NonFinite`].
    pub fn from_columns(columns: &[(&str, &[f64])]) -> Result<Self> {
        let rows = columns.first().map_or(0, |(_, values)| values.len());
        if rows == 0 {
            return Err(Error::Empty { what: "table of covariates".to_owned() });
        }
        if u32::try_from(rows).is_err() {
            return Err(Error::TooLarge { what: "the table of covariates", rows });
        }
        let mut seen = HashSet::new();
        for &(name, values) in columns {
            if !seen.insert(name) {
                return Err(Error::DuplicateColumn { column: name.to_owned() });
            }
            if values.len() != rows {
                let reference = columns[0].0.to_owned();
                return Err(Error::LengthMismatch { column: name.to_owned(), actual: values.len(), reference, expected: rows });
            }
            if let Some(row) = values.iter().position(|value| !value.is_finite()) {
                return Err(Error::NonFinite { column: name.to_owned(), row, value: values[row] });
            }
        }
        Ok(Covariates {
            names: columns.iter().map(|&(name, _)| name.to_owned()).collect(),
            // −0 becomes 0, so that equal values have equal bits.
            columns: columns.iter().map(|(_, values)| values.iter().map(|value| value + 0.0).collect()).collect(),
        })
    }

    /// From a matrix with one row per customer and one column per name.
    ///
    /// # Errors
    /// As [`Covariates::from_columns`].
    pub fn from_matrix(names: &[&str], values: ArrayView2<'_, f64>) -> Result<Self> {
        if names.len() != values.ncols() {
            let (column, reference) = ("names".to_owned(), "the columns of the matrix".to_owned());
            return Err(Error::LengthMismatch { column, actual: names.len(), reference, expected: values.ncols() });
        }
        let columns: Vec<Vec<f64>> = values.columns().into_iter().map(|column| column.to_vec()).collect();
        let named: Vec<(&str, &[f64])> = names.iter().copied().zip(columns.iter().map(Vec::as_slice)).collect();
        Self::from_columns(&named)
    }

    /// The names, in the order in which they were given.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// Whether there are no rows; never true, as empty tables are refused.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values of a column, if there is one of that name.
    pub fn column(&self, name: &str) -> Option<&[f64]> {
        let position = self.names.iter().position(|other| other == name)?;
        Some(&self.columns[position])
    }

    /// The rows at `order`, in that order.
    pub(crate) fn arranged(&self, order: &[u32]) -> Self {
        let arrange = |column: &Vec<f64>| order.iter().map(|&row| column[row as usize]).collect();
        Covariates { names: self.names.clone(), columns: self.columns.iter().map(arrange).collect() }
    }

    /// The columns of these names, for a model.
    pub(crate) fn select<'a>(&'a self, model: &'static str, names: &[&str]) -> Result<Vec<&'a [f64]>> {
        let missing: Vec<&str> = names.iter().copied().filter(|name| self.column(name).is_none()).collect();
        if missing.is_empty() {
            Ok(names.iter().filter_map(|name| self.column(name)).collect())
        } else {
            Err(self::missing(model, &missing))
        }
    }
}

/// A model needs covariates that are not there.
pub(crate) fn missing(model: &'static str, names: &[&str]) -> Error {
    Error::MissingCovariates { model, covariates: quoted(names) }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The distinct rows of some columns, sorted, and the position of each customer's row among them.
#[derive(Debug, Clone)]
pub(crate) struct DistinctRows {
    /// Row by row.
    values: Vec<f64>,
    width: usize,
    of_customer: Vec<u32>,
}

impl DistinctRows {
    /// All columns have `rows` values, finite and without −0.
    pub(crate) fn of(columns: &[&[f64]], rows: usize) -> Self {
        let order_of = |i: usize, j: usize| columns.iter().map(|column| column[i].total_cmp(&column[j])).find(|order| order.is_ne());
        let mut order: Vec<u32> = (0..rows as u32).collect();
        order.sort_unstable_by(|&i, &j| order_of(i as usize, j as usize).unwrap_or(std::cmp::Ordering::Equal));
        let mut of_customer = vec![0; rows];
        let mut values = Vec::new();
        let mut distinct = 0u32;
        for (position, &i) in order.iter().enumerate() {
            let i = i as usize;
            if position == 0 || order_of(order[position - 1] as usize, i).is_some() {
                values.extend(columns.iter().map(|column| column[i]));
                distinct += 1;
            }
            of_customer[i] = distinct - 1;
        }
        DistinctRows { values, width: columns.len(), of_customer }
    }

    /// Number of distinct rows, if there are columns.
    pub(crate) fn len(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(1)
    }

    /// The values of distinct row `i`, in the order of the columns.
    pub(crate) fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.width..(i + 1) * self.width]
    }

    /// The position of each customer's row.
    pub(crate) fn of_customer(&self) -> &[u32] {
        &self.of_customer
    }
}

/// Share of a column's variance that the other columns must leave unexplained.
const UNEXPLAINED: f64 = 1e-10;

/// Mean and standard deviation (by the sum of the weights) of every column, one weight per distinct row.
///
/// # Errors
/// [`Error::ConstantColumn`].
pub(crate) fn moments(names: &[&str], rows: &DistinctRows, weights: &[f64]) -> Result<Vec<(f64, f64)>> {
    let total: f64 = weights.iter().sum();
    let moments = |column: usize| {
        let values = || (0..rows.len()).map(|i| rows.row(i)[column]);
        let largest = values().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        if !(largest > 0.0) {
            return Err(Error::ConstantColumn { column: names[column].to_owned(), value: 0.0 });
        }
        // In units of the largest, so that squares neither over- nor underflow.
        let mean = values().zip(weights).map(|(value, weight)| weight * (value / largest)).sum::<f64>() / total;
        let variance = values().zip(weights).map(|(value, weight)| weight * (value / largest - mean).powi(2)).sum::<f64>() / total;
        if !(variance > 1e-24) {
            return Err(Error::ConstantColumn { column: names[column].to_owned(), value: mean * largest });
        }
        Ok((mean * largest, variance.sqrt() * largest))
    };
    (0..names.len()).map(moments).collect()
}

/// Checks that no column of a selection is a linear combination of those before it and a constant.
///
/// # Errors
/// [`Error::CollinearColumns`].
pub(crate) fn check_independent(
    names: &[&str],
    selection: &[usize],
    rows: &DistinctRows,
    weights: &[f64],
    moments: &[(f64, f64)],
) -> Result<()> {
    let n = selection.len();
    let total: f64 = weights.iter().sum();
    let mut correlation = vec![0.0; n * n];
    let mut standardised = vec![0.0; n];
    for (i, weight) in weights.iter().enumerate() {
        for (value, &column) in standardised.iter_mut().zip(selection) {
            *value = (rows.row(i)[column] - moments[column].0) / moments[column].1;
        }
        for j in 0..n {
            for k in 0..=j {
                correlation[j * n + k] += weight / total * standardised[j] * standardised[k];
            }
        }
    }
    for j in 1..n {
        let with_earlier = &correlation[j * n..j * n + j];
        let earlier: Vec<f64> = (0..j * j).map(|at| correlation[(at / j).max(at % j) * n + (at / j).min(at % j)]).collect();
        let weights_of_earlier = cholesky(&earlier, j).map_or_else(|| vec![1.0; j], |factor| solve(&factor, j, with_earlier));
        let explained: f64 = weights_of_earlier.iter().zip(with_earlier).map(|(weight, with)| weight * with).sum();
        if !(correlation[j * n + j] - explained > UNEXPLAINED) {
            let others: Vec<&str> = (0..j).filter(|&i| weights_of_earlier[i].abs() > 1e-6).map(|i| names[selection[i]]).collect();
            return Err(Error::CollinearColumns { column: names[selection[j]].to_owned(), others: quoted(&others) });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinct_rows_are_sorted_and_found_again() {
        let (a, b) = ([2.0, 1.0, 2.0, 1.0, -3.0], [5.0, 4.0, 5.0, 3.0, 9.0]);
        let rows = DistinctRows::of(&[&a, &b], 5);
        assert_eq!(rows.len(), 4);
        assert_eq!((0..4).map(|i| rows.row(i).to_vec()).collect::<Vec<_>>(), [[-3.0, 9.0], [1.0, 3.0], [1.0, 4.0], [2.0, 5.0]]);
        assert_eq!(rows.of_customer(), [3, 2, 3, 1, 0]);
    }

    #[test]
    fn moments_are_those_of_the_weighted_rows() {
        // Values 1, 2, 2, 5: mean 2.5, variance (2.25 + 0.25 + 0.25 + 6.25) / 4.
        let rows = DistinctRows::of(&[&[1.0, 2.0, 5.0]], 3);
        let (mean, sd) = moments(&["a"], &rows, &[1.0, 2.0, 1.0]).unwrap()[0];
        assert!((mean - 2.5).abs() < 1e-15 && (sd - 1.5).abs() < 1e-15);
        for scale in [1e-200, 1e200] {
            let rows = DistinctRows::of(&[&[scale, 2.0 * scale, 5.0 * scale]], 3);
            let (mean, sd) = moments(&["a"], &rows, &[1.0, 2.0, 1.0]).unwrap()[0];
            assert!((mean / scale - 2.5).abs() < 1e-14 && (sd / scale - 1.5).abs() < 1e-14);
        }
    }

    #[test]
    fn dependent_columns_are_named_and_independent_ones_pass() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 0.0, 0.0, 1.0, 1.0]);
        let noise = [0.3, 0.1, -0.4, 0.7, -0.2];
        let sum: Vec<f64> = a.iter().zip(&b).map(|(a, b)| 3.0 * a - b + 7.0).collect();
        let names = ["a", "noise", "b", "sum"];
        let rows = DistinctRows::of(&[&a, &noise, &b, &sum], 5);
        let moments = moments(&names, &rows, &[1.0; 5]).unwrap();
        check_independent(&names, &[0, 1, 2], &rows, &[1.0; 5], &moments).unwrap();
        check_independent(&names, &[0, 3], &rows, &[1.0; 5], &moments).unwrap();
        let error = check_independent(&names, &[0, 1, 2, 3], &rows, &[1.0; 5], &moments).unwrap_err();
        assert_eq!(error, Error::CollinearColumns { column: "sum".to_owned(), others: "`a`, `b`".to_owned() });
    }
}
