//! The ways to value customers side by side.

use super::ClvModel;
use crate::concentration::check_finite;
use crate::economics::total;
use crate::error::{Error, Result};
use crate::summary::CustomerSummary;

/// One way to value the customers: a value each, and what they come to.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ClvColumn {
    /// The name given.
    pub name: String,
    /// One value per customer, in money.
    pub values: Vec<f64>,
    /// Their sum.
    pub total: f64,
    /// Their mean.
    pub mean: f64,
    /// Customers with a value below 0.
    pub negative: usize,
}

/// Several ways to value the same customers in one table: a column per way, totals and means below.
///
/// The ways answer different questions (what was, what will be, with which assumptions), so their totals differ; the table is for seeing by how
/// much.
///
/// ```
/// use crm_value::{ClvComparison, CustomerSummary, HistoricalClv, SimpleClv, TimeUnit};
/// let customers = CustomerSummary::from_columns(None, &[2.0, 0.0], &[5.0, 0.0], &[8.0, 12.0], None, TimeUnit::Week)?
///     .with_total_spend(&[70.0, 10.0])?;
/// let (past, formula) = (HistoricalClv::new(), SimpleClv::orders(20.0, 0.4, 5.0));
/// let table = ClvComparison::of(&customers, &[("historical", &past), ("simple", &formula)])?;
/// assert_eq!(table.columns()[0].values, [70.0, 10.0]);
/// assert_eq!((table.columns()[0].total, table.columns()[1].total), (80.0, 80.0));
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ClvComparison {
    columns: Vec<ClvColumn>,
}

impl ClvComparison {
    /// Values the customers by every model.
    ///
    /// # Errors
    /// [`Error::Empty`] without models; otherwise as the models.
    pub fn of(customers: &CustomerSummary, models: &[(&str, &dyn ClvModel)]) -> Result<Self> {
        let values: Result<Vec<_>> = models.iter().map(|&(name, model)| Ok((name, model.value(customers)?))).collect();
        Self::of_values(values?)
    }

    /// Compares values that are there already, one column per way, all of one length.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::LengthMismatch`], [`Error::NonFinite`].
    pub fn from_columns(columns: &[(&str, &[f64])]) -> Result<Self> {
        Self::of_values(columns.iter().map(|&(name, values)| (name, values.to_vec())).collect())
    }

    fn of_values(columns: Vec<(&str, Vec<f64>)>) -> Result<Self> {
        let Some((reference, expected)) = columns.first().map(|(name, values)| ((*name).to_owned(), values.len())) else {
            return Err(Error::Empty { what: "comparison of values".to_owned() });
        };
        let column = |(name, values): (&str, Vec<f64>)| {
            let name = name.to_owned();
            if values.len() != expected {
                return Err(Error::LengthMismatch { column: name, actual: values.len(), reference: reference.clone(), expected });
            }
            check_finite(&name, &values)?;
            let total = total(values.iter().copied());
            let negative = values.iter().filter(|&&value| value < 0.0).count();
            Ok(ClvColumn { name, total, mean: total / values.len() as f64, negative, values })
        };
        Ok(ClvComparison { columns: columns.into_iter().map(column).collect::<Result<_>>()? })
    }

    /// One column per way, in the order given.
    pub fn columns(&self) -> &[ClvColumn] {
        &self.columns
    }

    /// Number of customers, at least 1.
    pub fn customers(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn columns_add_up() -> Result<()> {
        let table = ClvComparison::from_columns(&[("a", &[3.0, -1.0, 4.0]), ("b", &[0.0, 0.0, 0.0])])?;
        let [a, b] = table.columns() else { panic!() };
        assert_eq!((a.total, a.mean, a.negative, b.total, b.negative), (6.0, 2.0, 1, 0.0, 0));
        assert_eq!(table.customers(), 3);
        let kind = |error: Error| (error.kind(), error.column().map(str::to_owned));
        assert_eq!(ClvComparison::from_columns(&[]).map_err(kind), Err((ErrorKind::Empty, None)));
        assert_eq!(ClvComparison::from_columns(&[("a", &[])]).map_err(kind), Err((ErrorKind::Empty, None)));
        let uneven = ClvComparison::from_columns(&[("a", &[1.0]), ("b", &[1.0, 2.0])]);
        assert_eq!(uneven.map_err(kind), Err((ErrorKind::LengthMismatch, Some("b".to_owned()))));
        let nan = ClvComparison::from_columns(&[("a", &[f64::NAN])]);
        assert_eq!(nan.map_err(kind), Err((ErrorKind::NonFinite, Some("a".to_owned()))));
        Ok(())
    }
}
