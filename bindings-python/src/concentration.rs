//! Concentration, tiers, dependency, and customers that lose money.

use std::sync::Arc;

use crm_value as core;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::convert;
use crate::errors::Outcome;
use crate::interrupt;
use crate::segments::Labels;

fn policy(negatives: &str) -> Result<core::NegativePolicy, core::Error> {
    convert::choice("negatives", negatives, "use reject, clamp or allow")
}

/// The values as the core reads them and the concentration they show.
fn concentration(py: Python<'_>, values: &Bound<'_, PyAny>, negatives: &str) -> Outcome<core::Concentration> {
    let (values, policy) = (convert::numbers("value", values)?, policy(negatives)?);
    Ok(interrupt::bulk(py, values.len(), move || core::Concentration::with_policy(&values, policy))??)
}

/// Concentration of a value over customers.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct Spread(Arc<core::Concentration>);

#[pymethods]
impl Spread {
    #[new]
    fn new(py: Python<'_>, values: &Bound<'_, PyAny>, negatives: &str) -> Outcome<Self> {
        Ok(Spread(Arc::new(concentration(py, values, negatives)?)))
    }

    #[getter]
    fn n(&self) -> usize {
        self.0.n()
    }

    #[getter]
    fn total(&self) -> f64 {
        self.0.total()
    }

    #[getter]
    fn negatives(&self) -> Outcome<String> {
        Ok(convert::store(&self.0.policy())?.trim_matches('"').to_owned())
    }

    #[getter]
    fn negatives_clamped(&self) -> usize {
        self.0.negatives_clamped()
    }

    #[getter]
    fn gini(&self) -> f64 {
        self.0.gini()
    }

    #[getter]
    fn gini_corrected(&self) -> f64 {
        self.0.gini_corrected()
    }

    #[getter]
    fn hoover(&self) -> f64 {
        self.0.hoover()
    }

    fn theil(&self) -> Outcome<f64> {
        Ok(self.0.theil()?)
    }

    #[getter]
    fn hhi(&self) -> f64 {
        self.0.hhi()
    }

    #[getter]
    fn effective_customers(&self) -> f64 {
        self.0.effective_customers()
    }

    /// Customers, threshold, alpha and standard error.
    #[pyo3(signature = (k=None))]
    fn tail_index(&self, k: Option<&Bound<'_, PyAny>>) -> Outcome<(usize, f64, f64, f64)> {
        let k = k.map(|k| convert::count("k", k)).transpose()?;
        let tail = self.0.tail_index(k)?;
        Ok((tail.customers, tail.threshold, tail.alpha, tail.standard_error))
    }

    /// The share of the top fraction by the law of the tail index, if that has a mean.
    #[pyo3(signature = (p, k=None))]
    fn implied_top_share(&self, p: f64, k: Option<&Bound<'_, PyAny>>) -> Outcome<Option<f64>> {
        let k = k.map(|k| convert::count("k", k)).transpose()?;
        Ok(self.0.tail_index(k)?.implied_top_share(p)?)
    }

    /// What the data say about "the top `customers` hold `value`"; options not given stay as the core has them.
    #[pyo3(signature = (customers, value, *, confidence=None, resamples=None, seed=None))]
    fn test_rule(
        &self,
        py: Python<'_>,
        customers: f64,
        value: f64,
        confidence: Option<f64>,
        resamples: Option<&Bound<'_, PyAny>>,
        seed: Option<u64>,
    ) -> Outcome<Rule> {
        let mut rule = core::ShareRule::new(customers, value);
        if let Some(confidence) = confidence {
            rule = rule.confidence(confidence);
        }
        if let Some(resamples) = resamples {
            rule = rule.resamples(convert::count("resamples", resamples)?);
        }
        if let Some(seed) = seed {
            rule = rule.seed(seed);
        }
        let concentration = Arc::clone(&self.0);
        let test = interrupt::bulk(py, self.0.n(), move || concentration.test_rule(&rule))??;
        Ok((test.verdict.name(), test.top_share, test.lower, test.upper, test.confidence, test.resamples, test.seed))
    }

    /// Customers, their share of the customers, the value lost with them and its share, for every k.
    #[pyo3(signature = (k=None))]
    fn dependency(&self, k: Option<Vec<Bound<'_, PyAny>>>) -> Outcome<Vec<(usize, f64, f64, f64)>> {
        let k = match k {
            Some(k) => k.iter().map(|k| convert::count("k", k)).collect::<Outcome<_>>()?,
            None => self.0.default_dependency().to_vec(),
        };
        let rows = self.0.dependency(&k);
        Ok(rows.iter().map(|row| (row.customers, row.customer_share, row.value, row.value_share)).collect())
    }

    fn lorenz_at(&self, p: f64) -> Outcome<f64> {
        Ok(self.0.lorenz_at(p)?)
    }

    /// Points (p, L(p)) of the Lorenz curve.
    fn lorenz<'py>(&self, py: Python<'py>, points: &Bound<'py, PyAny>) -> Outcome<Curve<'py>> {
        let (p, share) = self.0.lorenz(convert::count("points", points)?).into_iter().unzip();
        Ok((convert::array(py, p), convert::array(py, share)))
    }

    fn top_share(&self, p: f64) -> Outcome<f64> {
        Ok(self.0.top_share(p)?)
    }

    fn top_count_share(&self, k: &Bound<'_, PyAny>) -> Outcome<f64> {
        Ok(self.0.top_count_share(convert::count("k", k)?))
    }

    /// Customers, their share of the customers, and the share of the value they hold.
    fn customers_for_share(&self, s: f64) -> Outcome<(usize, f64, f64)> {
        let answer = self.0.customers_for_share(s)?;
        Ok((answer.customers, answer.customer_share, answer.value_share))
    }

    #[pyo3(signature = (bounds=None))]
    fn tiers(&self, bounds: Option<Vec<f64>>) -> Outcome<TierTable> {
        Ok(TierTable(self.0.tiers(bounds.as_deref().unwrap_or(&core::Tiers::CUSTOMER_BOUNDS))?))
    }

    #[pyo3(signature = (bounds=None))]
    fn abc(&self, bounds: Option<Vec<f64>>) -> Outcome<TierTable> {
        Ok(TierTable(self.0.abc(bounds.as_deref().unwrap_or(&core::Tiers::ABC_BOUNDS))?))
    }
}

/// Two columns of a curve.
type Curve<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>);

/// Verdict, top share, lower and upper end, confidence, resamples and seed of a test.
type Rule = (&'static str, f64, f64, f64, f64, usize, u64);

/// Bound, customers, customer share, value, value share, smallest value and threshold of a tier.
type Row = (f64, usize, f64, f64, Option<f64>, Option<f64>, Option<f64>);

/// Tiers of customers in descending value, best first.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct TierTable(pub(crate) core::Tiers);

#[pymethods]
impl TierTable {
    #[staticmethod]
    #[pyo3(signature = (values, bounds=None))]
    fn by_customer_share(py: Python<'_>, values: &Bound<'_, PyAny>, bounds: Option<Vec<f64>>) -> Outcome<Self> {
        let values = convert::numbers("value", values)?;
        let work = move || core::Tiers::by_customer_share(&values, bounds.as_deref().unwrap_or(&core::Tiers::CUSTOMER_BOUNDS));
        Ok(TierTable(interrupt::watched(py, None, move |_| work())??))
    }

    /// Tiers by values chosen by the user, rising.
    #[staticmethod]
    fn by_thresholds(py: Python<'_>, values: &Bound<'_, PyAny>, thresholds: Vec<f64>) -> Outcome<Self> {
        let values = convert::numbers("value", values)?;
        Ok(TierTable(interrupt::bulk(py, values.len(), move || core::Tiers::by_thresholds(&values, &thresholds))??))
    }

    /// "customer_share" or "value_share", what the bounds are shares of, or "threshold".
    #[getter]
    fn basis(&self) -> Outcome<String> {
        Ok(convert::store(&self.0.basis())?.trim_matches('"').to_owned())
    }

    #[getter]
    fn rows(&self) -> Vec<Row> {
        let row = |tier: &core::Tier| {
            (tier.bound, tier.customers, tier.customer_share, tier.value, tier.value_share, tier.smallest, tier.threshold)
        };
        self.0.rows().iter().map(row).collect()
    }

    /// The tier of every value, 0 for the best.
    fn assign<'py>(&self, py: Python<'py>, values: &Bound<'py, PyAny>) -> Outcome<Bound<'py, PyArray1<i64>>> {
        let (values, tiers) = (convert::numbers("value", values)?, self.0.clone());
        let assigned = interrupt::bulk(py, values.len(), move || tiers.assign(&values))??;
        Ok(convert::counts(py, assigned))
    }

    fn to_json(&self) -> Outcome<String> {
        convert::store(&self.0)
    }

    #[staticmethod]
    fn from_json(json: &str) -> Outcome<Self> {
        Ok(TierTable(convert::stored("tiers", json)?))
    }
}

/// The whale curve of a value that may be negative.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct Whale(core::WhaleCurve);

#[pymethods]
impl Whale {
    #[new]
    fn new(py: Python<'_>, values: &Bound<'_, PyAny>) -> Outcome<Self> {
        let values = convert::numbers("value", values)?;
        Ok(Whale(interrupt::bulk(py, values.len(), move || core::WhaleCurve::of(&values))??))
    }

    #[getter]
    fn n(&self) -> usize {
        self.0.n()
    }

    #[getter]
    fn total(&self) -> f64 {
        self.0.total()
    }

    #[getter]
    fn break_even_customers(&self) -> usize {
        self.0.break_even_customers()
    }

    #[getter]
    fn unprofitable_customers(&self) -> usize {
        self.0.unprofitable_customers()
    }

    #[getter]
    fn peak_value(&self) -> f64 {
        self.0.peak_value()
    }

    #[getter]
    fn peak_customer_share(&self) -> f64 {
        self.0.peak_customer_share()
    }

    #[getter]
    fn peak_share(&self) -> Option<f64> {
        self.0.peak_share()
    }

    #[getter]
    fn destroyed_value(&self) -> f64 {
        self.0.destroyed_value()
    }

    #[getter]
    fn destroyed_share(&self) -> Option<f64> {
        self.0.destroyed_share()
    }

    /// Customers, their share of the customers, the sum of their values and its share of the total.
    fn at(&self, k: &Bound<'_, PyAny>) -> Outcome<(usize, f64, f64, Option<f64>)> {
        let point = self.0.at(convert::count("k", k)?);
        Ok((point.customers, point.customer_share, point.value, point.value_share))
    }

    /// Shares of the customers and running sums of the values.
    fn curve<'py>(&self, py: Python<'py>, points: &Bound<'py, PyAny>) -> Outcome<Curve<'py>> {
        let points = self.0.curve(convert::count("points", points)?);
        let (share, value) = points.iter().map(|point| (point.customer_share, point.value)).unzip();
        Ok((convert::array(py, share), convert::array(py, value)))
    }
}

/// Large customers that lose money.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct DilemmaList(core::Dilemmas);

#[pymethods]
impl DilemmaList {
    #[new]
    #[pyo3(signature = (revenue, margin, *, top=None, avoidable=None))]
    fn new(
        py: Python<'_>,
        revenue: &Bound<'_, PyAny>,
        margin: &Bound<'_, PyAny>,
        top: Option<f64>,
        avoidable: Option<f64>,
    ) -> Outcome<Self> {
        let mut options = core::DilemmaOptions::new();
        if let Some(top) = top {
            options = options.top(top);
        }
        if let Some(avoidable) = avoidable {
            options = options.avoidable(avoidable);
        }
        let (revenue, margin) = (convert::numbers("revenue", revenue)?, convert::numbers("margin", margin)?);
        Ok(DilemmaList(interrupt::bulk(py, revenue.len(), move || core::Dilemmas::of(&revenue, &margin, &options))??))
    }

    fn __len__(&self) -> usize {
        self.0.rows().len()
    }

    #[getter]
    fn smallest_revenue(&self) -> Option<f64> {
        self.0.smallest_revenue()
    }

    #[getter]
    fn total_margin(&self) -> f64 {
        self.0.total_margin()
    }

    #[getter]
    fn total_margin_if_repriced(&self) -> f64 {
        self.0.total_margin_if_repriced()
    }

    #[getter]
    fn total_margin_if_ended(&self) -> f64 {
        self.0.total_margin_if_ended()
    }

    /// The list, column by column.
    fn columns<'py>(&self, py: Python<'py>) -> Outcome<Bound<'py, PyDict>> {
        let rows = self.0.rows();
        let column = |value: fn(&core::Dilemma) -> f64| convert::array(py, rows.iter().map(value).collect());
        let columns = PyDict::new(py);
        columns.set_item("row", convert::array(py, rows.iter().map(|row| row.row as i64).collect()))?;
        columns.set_item("revenue", column(|row| row.revenue))?;
        columns.set_item("margin", column(|row| row.margin))?;
        columns.set_item("price_rise", column(|row| row.price_rise))?;
        columns.set_item("gain_if_repriced", column(|row| row.gain_if_repriced))?;
        columns.set_item("costs_saved", column(|row| row.costs_saved))?;
        columns.set_item("gain_if_ended", column(|row| row.gain_if_ended))?;
        Ok(columns)
    }

    fn to_json(&self) -> Outcome<String> {
        convert::store(&self.0)
    }

    #[staticmethod]
    fn from_json(json: &str) -> Outcome<Self> {
        Ok(DilemmaList(convert::stored("dilemma list", json)?))
    }
}

/// Value by level of an attribute.
#[pyclass(frozen, module = "crm_value._core")]
#[derive(Debug)]
pub(crate) struct AttributeShares(core::AttributeConcentration);

#[pymethods]
impl AttributeShares {
    #[new]
    #[pyo3(signature = (values, attribute, negatives, *, share_limit=None, hhi_limit=None))]
    fn new(
        py: Python<'_>,
        values: &Bound<'_, PyAny>,
        attribute: &Bound<'_, Labels>,
        negatives: &str,
        share_limit: Option<f64>,
        hhi_limit: Option<f64>,
    ) -> Outcome<Self> {
        let mut alert = core::DependencyAlert::default();
        if let Some(share) = share_limit {
            alert.share = share;
        }
        if let Some(hhi) = hhi_limit {
            alert.hhi = hhi;
        }
        let (values, negatives) = (convert::numbers("value", values)?, policy(negatives)?);
        let attribute = Arc::clone(&attribute.get().0);
        let work = move || core::AttributeConcentration::of(&values, &attribute, negatives, alert);
        Ok(AttributeShares(interrupt::watched(py, None, move |_| work())??))
    }

    #[getter]
    fn hhi(&self) -> f64 {
        self.0.hhi()
    }

    #[getter]
    fn hhi_alert(&self) -> bool {
        self.0.hhi_alert()
    }

    #[getter]
    fn total(&self) -> f64 {
        self.0.total()
    }

    /// Limits of the level share and of the HHI.
    #[getter]
    fn limits(&self) -> (f64, f64) {
        (self.0.alert().share, self.0.alert().hhi)
    }

    /// Level, customers, customer share, value, value share and alert.
    #[getter]
    fn levels(&self) -> Vec<Level> {
        self.0.levels().iter().map(level).collect()
    }

    #[getter]
    fn largest(&self) -> Option<Level> {
        self.0.largest().map(level)
    }

    fn to_json(&self) -> Outcome<String> {
        convert::store(&self.0)
    }

    #[staticmethod]
    fn from_json(json: &str) -> Outcome<Self> {
        Ok(AttributeShares(convert::stored("attribute concentration", json)?))
    }
}

/// Level, customers, customer share, value, value share and alert of a level of an attribute.
type Level = (String, usize, f64, f64, f64, bool);

fn level(share: &core::LevelShare) -> Level {
    (share.level.clone(), share.customers, share.customer_share, share.value, share.value_share, share.alert)
}
