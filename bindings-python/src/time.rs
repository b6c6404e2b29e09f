//! Spans and discount rates.

use crm_value as core;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};

use crate::convert;
use crate::errors::Outcome;

/// A length of time with its unit: a horizon, a period, the base of a rate. Finite and above 0.
///
/// Units are "day", "week", "month" (365.25 / 12 days), "quarter" (365.25 / 4 days) and "year" (365.25 days).
///
/// >>> import crm_value as cv
/// >>> cv.Span(12, "month").in_unit("year")
/// 1.0
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct Span(pub(crate) core::Span);

#[pymethods]
impl Span {
    #[new]
    fn new(length: f64, unit: &str) -> Outcome<Self> {
        Ok(Span(core::Span::new(length, convert::unit(unit)?)?))
    }

    /// The length in the span's own unit.
    #[getter]
    fn length(&self) -> f64 {
        self.0.length()
    }

    /// The span's own unit.
    #[getter]
    fn unit(&self) -> &'static str {
        self.0.unit().name()
    }

    /// The length in another unit.
    fn in_unit(&self, unit: &str) -> Outcome<f64> {
        Ok(self.0.in_unit(convert::unit(unit)?))
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    fn __hash__(&self) -> u64 {
        // Spans that are equal agree in both, as they are compared without conversion.
        self.0.length().to_bits() ^ (self.0.unit() as u64)
    }

    fn __repr__(&self) -> String {
        format!("Span({}, '{}')", self.0.length(), self.0.unit())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyType>, (f64, &'static str))> {
        let span = slf.get().0;
        Ok((slf.get_type(), (span.length(), span.unit().name())))
    }
}

/// A discount rate that knows the time it refers to: 10 % a year is the same rate however time is measured.
///
/// Made by `annual`, `per_period`, `per_span`, `continuous` or `none`.
///
/// >>> import crm_value as cv
/// >>> round(cv.DiscountRate.annual(0.10).factor(1, "year"), 6)
/// 0.909091
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct DiscountRate(pub(crate) core::DiscountRate);

#[pymethods]
impl DiscountRate {
    /// `rate` per year of 365.25 days: 0.10 is 10 % a year. Above -1.
    #[staticmethod]
    fn annual(rate: f64) -> Outcome<Self> {
        Ok(DiscountRate(core::DiscountRate::annual(rate)?))
    }

    /// `rate` per one `unit`. Above -1.
    #[staticmethod]
    fn per_period(rate: f64, unit: &str) -> Outcome<Self> {
        Ok(DiscountRate(core::DiscountRate::per_period(rate, convert::unit(unit)?)?))
    }

    /// `rate` per `span`. Above -1.
    #[staticmethod]
    fn per_span(rate: f64, span: &Bound<'_, Span>) -> Outcome<Self> {
        Ok(DiscountRate(core::DiscountRate::per_span(rate, span.get().0)?))
    }

    /// Continuous rate `delta` per one `unit`. Finite.
    #[staticmethod]
    fn continuous(delta: f64, unit: &str) -> Outcome<Self> {
        Ok(DiscountRate(core::DiscountRate::continuous(delta, convert::unit(unit)?)?))
    }

    /// No discounting.
    #[staticmethod]
    fn none() -> Self {
        DiscountRate(core::DiscountRate::none())
    }

    /// The continuous rate per one `unit`.
    fn delta(&self, unit: &str) -> Outcome<f64> {
        Ok(self.0.delta(convert::unit(unit)?))
    }

    /// The present value of 1 paid `t` units from now.
    fn factor(&self, t: f64, unit: &str) -> Outcome<f64> {
        Ok(self.0.factor(t, convert::unit(unit)?))
    }

    /// The stored form as JSON.
    fn to_json(&self) -> Outcome<String> {
        convert::store(&self.0)
    }

    /// Reads the stored form.
    #[classmethod]
    fn from_json(_cls: &Bound<'_, PyType>, json: &str) -> Outcome<Self> {
        Ok(DiscountRate(convert::stored("discount rate", json)?))
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    fn __hash__(&self) -> u64 {
        self.0.delta(core::TimeUnit::Year).to_bits()
    }

    fn __repr__(&self) -> String {
        let annual = self.0.delta(core::TimeUnit::Year).exp_m1();
        format!("DiscountRate({annual:.6} a year)")
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> Outcome<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        restored(slf.as_any(), slf.get().to_json()?)
    }
}

/// What pickle keeps of an object with a stored form.
pub(crate) fn restored<'py>(object: &Bound<'py, PyAny>, json: String) -> Outcome<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
    Ok((object.get_type().getattr("from_json")?, PyTuple::new(object.py(), [json])?))
}

/// First day, last day and label of the calendar period that holds a day.
#[pyfunction]
pub(crate) fn calendar_period<'py>(py: Python<'py>, date: &str, period: &str) -> Outcome<(Bound<'py, PyAny>, Bound<'py, PyAny>, String)> {
    let (date, period) = (convert::date("date", date)?, period.parse::<core::CalendarPeriod>()?);
    Ok((convert::python_date(py, period.start(date))?, convert::python_date(py, period.end(date))?, period.label(date)))
}
