//! Transaction logs and the customer summaries made of them.

use std::sync::Arc;

use crm_value as core;
use crm_value::{CustomerSummary, LogOptions, MarginColumn, Missing, RfmSummary, Transactions};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::convert::{self, Column, Role};
use crate::covariates::{self, Covariates};
use crate::errors::{Outcome, in_user_names};
use crate::interrupt;
use crate::quality::DataQuality;

/// How a transaction log is read. `names`: the user's names of customer id, date, amount and margin (or cost) column.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct ReadOptions {
    options: LogOptions,
    names: [String; 4],
    drop_invalid: bool,
}

#[pymethods]
impl ReadOptions {
    #[new]
    #[pyo3(signature = (names, *, refunds, zeros, duplicates, invalid_rows, threads=None))]
    fn new(
        names: [String; 4],
        refunds: &str,
        zeros: &str,
        duplicates: &str,
        invalid_rows: &str,
        threads: Option<&Bound<'_, PyAny>>,
    ) -> Outcome<Self> {
        let mut options = LogOptions::new()
            .refunds(convert::choice("refunds", refunds, "use net, reject or drop")?)
            .zeros(convert::choice("zeros", zeros, "use keep, reject or drop")?)
            .duplicates(convert::choice("duplicates", duplicates, "use keep, reject or drop")?)
            .invalid_rows(convert::choice("invalid_rows", invalid_rows, "use reject or drop")?)
            .column_names(names.each_ref().map(String::as_str));
        if let Some(threads) = threads {
            options = options.threads(convert::count("threads", threads)?);
        }
        Ok(ReadOptions { options, names, drop_invalid: invalid_rows == "drop" })
    }
}

/// A validated transaction log.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct Log(pub(crate) Arc<core::TransactionLog>);

#[pymethods]
impl Log {
    /// Reads the columns of a transaction table; `is_cost` says what `margin` holds.
    #[staticmethod]
    #[pyo3(signature = (ids, dates, amounts, margin, is_cost, options))]
    fn read(
        py: Python<'_>,
        ids: &Bound<'_, PyAny>,
        dates: &Bound<'_, PyAny>,
        amounts: &Bound<'_, PyAny>,
        margin: Option<&Bound<'_, PyAny>>,
        is_cost: bool,
        options: &Bound<'_, ReadOptions>,
    ) -> Outcome<Self> {
        let ReadOptions { options, names, drop_invalid } = options.get();
        let mut columns = vec![
            Column::read(&names[0], Role::Id, ids)?,
            Column::read(&names[1], Role::Date, dates)?,
            Column::read(&names[2], Role::Number, amounts)?,
        ];
        if let Some(margin) = margin {
            columns.push(Column::read(&names[3], Role::Number, margin)?);
        }
        let (options, drop_invalid) = (options.clone(), *drop_invalid);
        let log = interrupt::watched(py, None, move |_| read(&options, columns, is_cost, drop_invalid))??;
        Ok(Log(Arc::new(log)))
    }

    /// Number of customers with at least one purchase.
    #[getter]
    fn customers(&self) -> usize {
        self.0.customers()
    }

    /// Number of purchase occasions (customer days).
    #[getter]
    fn occasions(&self) -> usize {
        self.0.occasions()
    }

    #[getter]
    fn first_date<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::python_date(py, self.0.first_date())
    }

    #[getter]
    fn last_date<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::python_date(py, self.0.last_date())
    }

    #[getter]
    fn has_margin(&self) -> bool {
        self.0.has_margin()
    }

    #[getter]
    fn quality(&self) -> DataQuality {
        DataQuality(self.0.quality().clone())
    }

    /// The summary for the models.
    #[pyo3(signature = (unit, observed_until, log_sums))]
    fn summarize(&self, py: Python<'_>, unit: &str, observed_until: Option<&str>, log_sums: bool) -> Outcome<Customers> {
        let unit = convert::unit(unit)?;
        let end = observed_until.map(|text| convert::date("observed_until", text)).transpose()?;
        let log = Arc::clone(&self.0);
        let summary = interrupt::bulk(py, log.occasions(), move || summarize(&log, unit, end).log_sums(log_sums).build())??;
        Ok(Customers(Arc::new(summary)))
    }

    /// Calibration summary, holdout frequency, holdout spend and holdout length.
    fn split<'py>(&self, py: Python<'py>, calibration_end: &str, holdout_end: &str, unit: &str, log_sums: bool) -> Outcome<Split<'py>> {
        let unit = convert::unit(unit)?;
        let end = convert::date("calibration_end", calibration_end)?;
        let holdout_end = convert::date("holdout_end", holdout_end)?;
        let log = Arc::clone(&self.0);
        let work = move || summarize(&log, unit, Some(end)).log_sums(log_sums).with_holdout(holdout_end);
        let split = interrupt::bulk(py, self.0.occasions(), work)??;
        let frequency = convert::counts(py, split.holdout_frequency);
        Ok((Customers(Arc::new(split.calibration)), frequency, convert::array(py, split.holdout_spend), split.holdout.length()))
    }

    /// The summary for RFM scoring.
    #[pyo3(signature = (unit, observed_until=None))]
    fn rfm(&self, py: Python<'_>, unit: &str, observed_until: Option<&str>) -> Outcome<RfmCustomers> {
        let unit = convert::unit(unit)?;
        let end = observed_until.map(|text| convert::date("observed_until", text)).transpose()?;
        let log = Arc::clone(&self.0);
        let summary = interrupt::bulk(py, log.occasions(), move || summarize(&log, unit, end).rfm())??;
        Ok(RfmCustomers(Arc::new(summary)))
    }
}

type Split<'py> = (Customers, Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<f64>>, f64);

fn summarize(log: &core::TransactionLog, unit: core::TimeUnit, end: Option<core::Date>) -> core::Summarize<'_> {
    let summarize = log.summarize().unit(unit);
    match end {
        Some(end) => summarize.observed_until(end),
        None => summarize,
    }
}

fn read(options: &LogOptions, columns: Vec<Column>, is_cost: bool, drop_invalid: bool) -> Result<core::TransactionLog, core::Error> {
    let chunks = convert::chunks(columns, drop_invalid)?;
    let ids: Vec<_> = chunks.iter().map(|chunk| chunk.ids.borrow()).collect();
    let transactions = chunks.iter().zip(&ids).map(|(chunk, ids)| {
        let margin = chunk.margin.as_ref().map(|margin| margin.values());
        Transactions {
            ids: ids.column(),
            dates: chunk.dates.column(),
            amounts: chunk.amounts.values(),
            margin: margin.map(|values| if is_cost { MarginColumn::Cost(values) } else { MarginColumn::Margin(values) }),
            missing: Missing {
                ids: chunk.ids.missing.as_deref(),
                dates: chunk.dates.missing.as_deref(),
                amounts: chunk.amounts.missing.as_deref(),
                margin: chunk.margin.as_ref().and_then(|margin| margin.missing.as_deref()),
            },
        }
    });
    options.read_chunks(&transactions.collect::<Vec<_>>())
}

/// One row per customer for the models.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct Customers(pub(crate) Arc<CustomerSummary>);

#[pymethods]
impl Customers {
    /// A summary from columns; `names`: the user's names of id, frequency, recency, T and mean spend.
    #[staticmethod]
    #[pyo3(signature = (ids, frequency, recency, age, mean_spend, unit, names))]
    fn from_columns(
        ids: Option<&Bound<'_, PyAny>>,
        frequency: &Bound<'_, PyAny>,
        recency: &Bound<'_, PyAny>,
        age: &Bound<'_, PyAny>,
        mean_spend: Option<&Bound<'_, PyAny>>,
        unit: &str,
        names: [String; 5],
    ) -> Outcome<Self> {
        let unit = convert::unit(unit)?;
        let [id_name, x_name, t_x_name, t_name, spend_name] = names.each_ref().map(String::as_str);
        let ids = ids.map(|ids| Column::read(id_name, Role::Id, ids)).transpose()?.map(Column::into_ids).transpose()?;
        let read = |name: &str, values: &Bound<'_, PyAny>| Column::read(name, Role::Number, values);
        let frequency = read(x_name, frequency)?.into_numbers()?;
        let recency = read(t_x_name, recency)?.into_numbers()?;
        let age = read(t_name, age)?.into_numbers()?;
        // Without repeat purchases there is no mean spend, so missing values are as they should be there; the core looks at the others.
        let spend = mean_spend.map(|values| read(spend_name, values)).transpose()?.map(Column::into_numbers_or_nan).transpose()?;
        let ids = ids.as_ref().map(convert::Ids::borrow);
        let ids = ids.as_ref().map(convert::BorrowedIds::column);
        let names = [("customer_id", id_name), ("frequency", x_name), ("recency", t_x_name), ("T", t_name), ("monetary_value", spend_name)];
        let summary = CustomerSummary::from_columns(ids, &frequency, &recency, &age, spend.as_deref(), unit);
        Ok(Customers(Arc::new(summary.map_err(|error| in_user_names(error, &names))?)))
    }

    /// The same summary with realised totals, in money.
    fn with_totals(&self, spend: Option<&Bound<'_, PyAny>>, margin: Option<&Bound<'_, PyAny>>) -> Outcome<Self> {
        let mut summary = self.0.as_ref().clone();
        if let Some(spend) = spend {
            summary = summary.with_total_spend(&convert::numbers("total_spend", spend)?)?;
        }
        if let Some(margin) = margin {
            summary = summary.with_total_margin(&convert::numbers("total_margin", margin)?)?;
        }
        Ok(Customers(Arc::new(summary)))
    }

    /// The same summary with sums of logarithms; missing amounts are repeat purchases that cost nothing.
    fn with_log_sums(&self, intervals: Option<&Bound<'_, PyAny>>, spend: Option<&Bound<'_, PyAny>>) -> Outcome<Self> {
        let mut summary = self.0.as_ref().clone();
        let read = |name: &str, values: &Bound<'_, PyAny>| -> Outcome<Vec<f64>> {
            Ok(Column::read(name, Role::Number, values)?.into_numbers_or_nan()?)
        };
        if let Some(intervals) = intervals {
            summary = summary.with_log_intervals(&read("log_intervals", intervals)?)?;
        }
        if let Some(spend) = spend {
            let spend = read("log_spend", spend)?.into_iter().map(|sum| if sum.is_nan() { f64::NEG_INFINITY } else { sum });
            summary = summary.with_log_spend(&spend.collect::<Vec<f64>>())?;
        }
        Ok(Customers(Arc::new(summary)))
    }

    /// The same summary with covariates: one row per customer, or the rows of the customers `ids`.
    #[pyo3(signature = (covariates, ids=None))]
    fn with_covariates(&self, covariates: &Bound<'_, Covariates>, ids: Option<(String, Bound<'_, PyAny>)>) -> Outcome<Self> {
        let (summary, covariates) = (self.0.as_ref().clone(), &covariates.get().0);
        let summary = match ids {
            None => summary.with_covariates(covariates.clone())?,
            Some((name, ids)) => {
                let ids = Column::read(&name, Role::Id, &ids)?.into_ids()?;
                summary.with_covariates_by_id(ids.borrow().column(), covariates)?
            }
        };
        Ok(Customers(Arc::new(summary)))
    }

    /// The covariates by name, if there are any.
    #[getter]
    fn covariates<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        self.0.covariates().map(|covariates| covariates::columns(py, covariates)).transpose()
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    #[getter]
    fn ids<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::ids(py, self.0.ids())
    }

    #[getter]
    fn unit(&self) -> &'static str {
        self.0.unit().name()
    }

    #[getter]
    fn frequency<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        convert::counts(py, self.0.frequency().iter().copied())
    }

    #[getter]
    fn recency<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.0.recency())
    }

    #[getter]
    fn age<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.0.age())
    }

    /// Mean spend, 0 where there is none; `None` without a spend column.
    #[getter]
    fn mean_spend<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        let spend = |i| self.0.mean_spend(i).unwrap_or(0.0);
        self.0.has_spend().then(|| convert::array(py, (0..self.0.len()).map(spend).collect()))
    }

    #[getter]
    fn total_spend<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        self.0.total_spend().map(|values| PyArray1::from_slice(py, values))
    }

    #[getter]
    fn total_margin<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        self.0.total_margin().map(|values| PyArray1::from_slice(py, values))
    }

    #[getter]
    fn log_intervals<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        self.0.log_intervals().map(|values| PyArray1::from_slice(py, values))
    }

    /// NaN where there is none; `None` without the column.
    #[getter]
    fn log_spend<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        let sum = |i| self.0.log_spend(i).unwrap_or(f64::NAN);
        self.0.has_log_spend().then(|| convert::array(py, (0..self.0.len()).map(sum).collect()))
    }

    #[getter]
    fn observed_until<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.0.observed_until().map(|date| convert::python_date(py, date)).transpose()
    }

    #[getter]
    fn quality(&self) -> Option<DataQuality> {
        self.0.quality().cloned().map(DataQuality)
    }

    #[getter]
    fn repeat_customers(&self) -> usize {
        self.0.repeat_customers()
    }

    #[getter]
    fn repeat_purchases(&self) -> u64 {
        self.0.repeat_purchases()
    }
}

/// One row per customer for RFM scoring.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct RfmCustomers(pub(crate) Arc<RfmSummary>);

#[pymethods]
impl RfmCustomers {
    /// A summary from columns; `names`: the user's names of id, time since last, frequency and total spend.
    #[staticmethod]
    #[pyo3(signature = (ids, time_since_last, frequency, total_spend, unit, names))]
    fn from_columns(
        ids: Option<&Bound<'_, PyAny>>,
        time_since_last: &Bound<'_, PyAny>,
        frequency: &Bound<'_, PyAny>,
        total_spend: &Bound<'_, PyAny>,
        unit: &str,
        names: [String; 4],
    ) -> Outcome<Self> {
        let unit = convert::unit(unit)?;
        let [id_name, time_name, x_name, spend_name] = names.each_ref().map(String::as_str);
        let ids = ids.map(|ids| Column::read(id_name, Role::Id, ids)).transpose()?.map(Column::into_ids).transpose()?;
        let read = |name: &str, values: &Bound<'_, PyAny>| Column::read(name, Role::Number, values);
        let time = read(time_name, time_since_last)?.into_numbers()?;
        let frequency = read(x_name, frequency)?.into_numbers()?;
        let spend = read(spend_name, total_spend)?.into_numbers()?;
        let ids = ids.as_ref().map(convert::Ids::borrow);
        let ids = ids.as_ref().map(convert::BorrowedIds::column);
        let names = [("customer_id", id_name), ("time_since_last", time_name), ("frequency", x_name), ("total_spend", spend_name)];
        let summary = RfmSummary::from_columns(ids, &time, &frequency, &spend, unit);
        Ok(RfmCustomers(Arc::new(summary.map_err(|error| in_user_names(error, &names))?)))
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }

    #[getter]
    fn ids<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::ids(py, self.0.ids())
    }

    #[getter]
    fn unit(&self) -> &'static str {
        self.0.unit().name()
    }

    #[getter]
    fn time_since_last<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.0.time_since_last())
    }

    #[getter]
    fn frequency<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        convert::counts(py, self.0.frequency().iter().copied())
    }

    #[getter]
    fn total_spend<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.0.total_spend())
    }

    #[getter]
    fn mean_spend<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        convert::array(py, self.0.mean_spend())
    }
}
