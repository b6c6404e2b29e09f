//! What winning and keeping customers costs, against what they are worth.

use super::{PerCustomer, check_cost, finite, total};
use crate::concentration::{Sum, check_finite};
use crate::error::{Error, Result};
use crate::time::{DiscountRate, Span};

/// Values less acquisition costs, per customer and in total.
///
/// # Formula
/// ```text
/// net_i     = CLV_i − CAC_i         negative where a customer is worth less than it cost to win, and shown as such
/// CLV : CAC = Σ CLV / Σ CAC         absent where the cost is 0
/// ```
///
/// # Examples
/// ```
/// use crm_value::NetValue;
/// let net = NetValue::of(&[300.0, 40.0], 60.0)?;
/// assert_eq!(net.net(), [240.0, -20.0]);
/// assert_eq!((net.loss_making(), net.total_net()), (1, 220.0));
/// assert_eq!(net.ratio(), Some(340.0 / 120.0));
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NetValue {
    net: Vec<f64>,
    ratios: Vec<Option<f64>>,
    total_value: f64,
    total_cost: f64,
    total_net: f64,
}

impl NetValue {
    /// Net value from values (any: CLV, margin to date) and acquisition costs ≥ 0, one for all or one per customer, in the same money.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::LengthMismatch`], [`Error::NonFinite`]; [`Error::Negative`] (column) or [`Error::InvalidOption`] (one for
    /// all) for a negative cost.
    pub fn of<'a>(values: &[f64], acquisition_cost: impl Into<PerCustomer<'a>>) -> Result<Self> {
        let cost = acquisition_cost.into();
        check_finite("value", values)?;
        cost.check_not_negative("acquisition_cost", "value", values.len())?;
        let net = finite("net value", values.iter().enumerate().map(|(row, value)| value - cost.at(row)).collect())?;
        let ratio = |(row, &value): (usize, &f64)| quotient(value, cost.at(row));
        let ratios = values.iter().enumerate().map(ratio).collect();
        let total_value = total(values.iter().copied());
        let total_cost = total((0..values.len()).map(|row| cost.at(row)));
        let total_net = total(net.iter().copied());
        Ok(NetValue { net, ratios, total_value, total_cost, total_net })
    }

    /// Value less acquisition cost of every customer, in money.
    pub fn net(&self) -> &[f64] {
        &self.net
    }

    /// Value per unit of acquisition cost of every customer; absent where the cost is 0.
    pub fn ratios(&self) -> &[Option<f64>] {
        &self.ratios
    }

    /// CLV : CAC of all customers together; absent where nothing was spent.
    pub fn ratio(&self) -> Option<f64> {
        quotient(self.total_value, self.total_cost)
    }

    /// Sum of the values, in money.
    pub fn total_value(&self) -> f64 {
        self.total_value
    }

    /// Sum of the acquisition costs, in money.
    pub fn total_cost(&self) -> f64 {
        self.total_cost
    }

    /// Sum of the net values, in money.
    pub fn total_net(&self) -> f64 {
        self.total_net
    }

    /// Number of customers with a net value below 0.
    pub fn loss_making(&self) -> usize {
        self.net.iter().filter(|&&net| net < 0.0).count()
    }
}

/// a / b where that is a number.
fn quotient(a: f64, b: f64) -> Option<f64> {
    let quotient = a / b;
    (b > 0.0 && quotient.is_finite()).then_some(quotient)
}

/// Running totals of margins at the ends of periods 1, 2, ..., discounted to the beginning of period 1.
///
/// # Formula
/// ```text
/// C_n = Σ_{i=1}^{n} margin_i · v(i L)        L length of a period
/// ```
///
/// # Errors
/// [`Error::Empty`], [`Error::NonFinite`].
pub fn cumulative_discounted(margins: &[f64], discount: DiscountRate, period: Span) -> Result<Vec<f64>> {
    check_finite("margin", margins)?;
    let mut sum = Sum::default();
    let running = margins.iter().zip(1_u32..).map(|(margin, i)| {
        sum.add(margin * discount.factor(f64::from(i) * period.length(), period.unit()));
        sum.value()
    });
    finite("cumulative margin", running.collect())
}

/// Payback time: the first period in which the cumulative discounted margin covers the acquisition cost; `None` if it never does.
///
/// `margins`: the margin of one customer (or one cohort) in periods 1, 2, ..., paid at the end of each. 0 if the cost is 0: there is nothing
/// to pay back. A later loss does not undo a payback.
///
/// ```
/// use crm_value::{DiscountRate, Span, TimeUnit, payback_period};
/// let (rate, year) = (DiscountRate::annual(0.10)?, Span::one(TimeUnit::Year));
/// // 40/1.1 + 40/1.21 = 69.4, with 40/1.331 it is 99.5.
/// assert_eq!(payback_period(&[40.0, 40.0, 40.0], 70.0, rate, year)?, Some(3));
/// assert_eq!(payback_period(&[40.0, 40.0, 40.0], 100.0, rate, year)?, None);
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`], [`Error::NonFinite`]; [`Error::InvalidOption`] unless the cost is finite and 0 or more.
pub fn payback_period(margins: &[f64], acquisition_cost: f64, discount: DiscountRate, period: Span) -> Result<Option<usize>> {
    check_cost("acquisition_cost", acquisition_cost)?;
    let running = cumulative_discounted(margins, discount, period)?;
    if !(acquisition_cost > 0.0) {
        return Ok(Some(0));
    }
    Ok(running.iter().position(|&sum| sum >= acquisition_cost).map(|i| i + 1))
}

/// What a measure brings in and what it costs.
///
/// # Formula
/// ```text
/// net = gain − cost,   ROI = net / cost
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct Investment {
    /// Value gained, in money.
    pub gain: f64,
    /// Money spent, ≥ 0.
    pub cost: f64,
}

impl Investment {
    /// Any gain and cost.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] unless both are finite and the cost is 0 or more.
    pub fn new(gain: f64, cost: f64) -> Result<Self> {
        check_cost("cost", cost)?;
        if !gain.is_finite() {
            return Err(Error::InvalidOption { option: "gain", value: gain.to_string(), requirement: "it must be a finite number" });
        }
        Ok(Investment { gain, cost })
    }

    /// Winning `customers` new customers, each worth `value`, for `cost` in all.
    ///
    /// # Errors
    /// As [`Investment::new`]; [`Error::InvalidOption`] unless `customers` is finite and 0 or more.
    pub fn acquisition(customers: f64, value: f64, cost: f64) -> Result<Self> {
        check_cost("customers", customers)?;
        Self::new(customers * value, cost)
    }

    /// A measure that raises each customer's probability of staying by `uplift`, at `cost` per customer: gain = Σ uplift · residual value.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::LengthMismatch`], [`Error::NonFinite`]; uplifts outside [-1, 1]: [`Error::InvalidOption`]; negative costs:
    /// [`Error::Negative`] (column) or [`Error::InvalidOption`] (one for all).
    pub fn retention<'a, 'b>(
        residual_values: &[f64],
        uplift: impl Into<PerCustomer<'a>>,
        cost: impl Into<PerCustomer<'b>>,
    ) -> Result<Self> {
        let (uplift, cost) = (uplift.into(), cost.into());
        check_retention(residual_values, uplift)?;
        let n = residual_values.len();
        cost.check_not_negative("cost", "value", n)?;
        let gain = total(residual_values.iter().enumerate().map(|(row, value)| uplift.at(row) * value).collect::<Vec<_>>().into_iter());
        Self::new(gain, total((0..n).map(|row| cost.at(row))))
    }

    /// Gain less cost, in money.
    pub fn net(&self) -> f64 {
        self.gain - self.cost
    }

    /// Return on investment: net gain per unit of cost; absent where nothing was spent.
    pub fn roi(&self) -> Option<f64> {
        quotient(self.net(), self.cost)
    }
}

/// The most that may be spent on winning a customer of expected lifetime value `clv`: all of it, or `clv / ratio` where a ratio CLV : CAC above
/// 1 is aimed at. 0 if the value is not above 0.
///
/// # Errors
/// [`Error::InvalidOption`] unless the value is finite and the ratio finite and above 0.
pub fn largest_acquisition_spend(clv: f64, ratio: f64) -> Result<f64> {
    if !(ratio > 0.0 && ratio.is_finite()) {
        return Err(Error::InvalidOption { option: "ratio", value: ratio.to_string(), requirement: "it must be finite and above 0" });
    }
    if !clv.is_finite() {
        return Err(Error::InvalidOption { option: "clv", value: clv.to_string(), requirement: "it must be a finite number" });
    }
    Ok((clv / ratio).max(0.0))
}

/// The most that may be spent on keeping each customer: uplift in P(stay) × residual value, 0 where that is not above 0.
///
/// `residual_values`: what each customer is still worth, in money. `uplift`: by how much the measure raises the probability of staying,
/// in [-1, 1], one for all or one per customer.
///
/// ```
/// use crm_value::largest_retention_spend;
/// assert_eq!(largest_retention_spend(&[800.0, -50.0], 0.05)?, [40.0, 0.0]);
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`], [`Error::LengthMismatch`], [`Error::NonFinite`]; [`Error::InvalidOption`] for an uplift outside [-1, 1].
pub fn largest_retention_spend<'a>(residual_values: &[f64], uplift: impl Into<PerCustomer<'a>>) -> Result<Vec<f64>> {
    let uplift = uplift.into();
    check_retention(residual_values, uplift)?;
    Ok(residual_values.iter().enumerate().map(|(row, value)| (uplift.at(row) * value).max(0.0)).collect())
}

fn check_retention(residual_values: &[f64], uplift: PerCustomer<'_>) -> Result<()> {
    check_finite("value", residual_values)?;
    uplift.check("uplift", "value", residual_values.len())?;
    let outside = |value: &f64| !(-1.0..=1.0).contains(value);
    let at_fault = match uplift {
        PerCustomer::Same(value) => Some(value).filter(outside),
        PerCustomer::Column(values) => values.iter().copied().find(outside),
    };
    match at_fault {
        Some(value) => Err(Error::InvalidOption {
            option: "uplift",
            value: value.to_string(),
            requirement: "it is a difference of two probabilities and must lie in [-1, 1]",
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::time::TimeUnit;

    fn bits(actual: f64, expected: f64) {
        assert_eq!(actual.to_bits(), expected.to_bits(), "{actual} is not {expected}");
    }

    #[test]
    fn net_values_may_be_negative_and_add_up() -> Result<()> {
        let (clv, cac) = ([120.0, 20.0, -5.0, 64.0], [40.0, 50.0, 10.0, 0.0]);
        let net = NetValue::of(&clv, &cac)?;
        assert_eq!(net.net(), [80.0, -30.0, -15.0, 64.0]);
        assert_eq!(net.ratios(), [Some(3.0), Some(0.4), Some(-0.5), None]);
        assert_eq!(net.loss_making(), 2);
        bits(net.total_value() - net.total_cost(), net.total_net());
        assert_eq!(net.ratio(), Some(1.99));
        let free = NetValue::of(&[7.0], 0.0)?;
        assert_eq!((free.ratio(), free.net()), (None, &[7.0][..]));
        // The totals do not depend on the order of the rows.
        let values = [1e16, 0.1, -1e16, 0.3, 0.7];
        let mut turned = values;
        turned.reverse();
        bits(NetValue::of(&values, 0.0)?.total_net(), NetValue::of(&turned, 0.0)?.total_net());
        Ok(())
    }

    #[test]
    fn payback_is_the_first_period_that_covers_the_cost() -> Result<()> {
        let (rate, month) = (DiscountRate::per_period(0.25, TimeUnit::Month)?, Span::one(TimeUnit::Month));
        // 10/1.25 = 8, + 10/1.5625 = 6.4, + 10/1.953125 = 5.12.
        let running = cumulative_discounted(&[10.0, 10.0, 10.0], rate, month)?;
        for (actual, expected) in running.iter().zip([8.0, 14.4, 19.52]) {
            assert!((actual - expected).abs() < 1e-14);
        }
        for (cost, expected) in [(0.0, Some(0)), (7.9, Some(1)), (8.1, Some(2)), (14.5, Some(3)), (20.0, None)] {
            assert_eq!(payback_period(&[10.0, 10.0, 10.0], cost, rate, month)?, expected, "{cost}");
        }
        // Without discounting, met to the cent, through a loss on the way.
        let none = DiscountRate::none();
        assert_eq!(payback_period(&[30.0, -10.0, 20.0, 10.0], 40.0, none, month)?, Some(3));
        assert_eq!(payback_period(&[-1.0], 40.0, none, month)?, None);
        // A quarter's rate over monthly periods: the same 8 after three months.
        let quarter = DiscountRate::per_period(0.25, TimeUnit::Quarter)?;
        let running = cumulative_discounted(&[0.0, 0.0, 10.0], quarter, month)?;
        assert!((running[2] - 8.0).abs() < 1e-14);
        Ok(())
    }

    #[test]
    fn investments() -> Result<()> {
        // 200 new customers worth 45 for 6,000: ROI 50 %.
        let won = Investment::acquisition(200.0, 45.0, 6_000.0)?;
        assert_eq!((won.net(), won.roi()), (3_000.0, Some(0.5)));
        // 0.05 · 800 + 0.10 · 300 − 0.02 · 100 = 68 for 3 · 20 = 60.
        let kept = Investment::retention(&[800.0, 300.0, -100.0], &[0.05, 0.10, 0.02], 20.0)?;
        assert_eq!((kept.gain, kept.cost), (68.0, 60.0));
        assert!((kept.roi().unwrap_or(0.0) - 8.0 / 60.0).abs() < 1e-15);
        assert_eq!(Investment::new(5.0, 0.0)?.roi(), None);
        bits(largest_acquisition_spend(90.0, 3.0)?, 30.0);
        bits(largest_acquisition_spend(-90.0, 1.0)?, 0.0);
        assert_eq!(largest_retention_spend(&[800.0, 300.0, -100.0], &[0.05, 0.10, 0.02])?, [40.0, 30.0, 0.0]);
        Ok(())
    }

    #[test]
    fn refuses_bad_input() -> Result<()> {
        let kind = |error: Error| (error.kind(), error.row());
        let (none, month) = (DiscountRate::none(), Span::one(TimeUnit::Month));
        assert_eq!(NetValue::of(&[], 1.0).map_err(kind), Err((ErrorKind::Empty, None)));
        assert_eq!(NetValue::of(&[f64::NAN], 1.0).map_err(kind), Err((ErrorKind::NonFinite, Some(0))));
        assert_eq!(NetValue::of(&[1.0], -1.0).map_err(kind), Err((ErrorKind::InvalidOption, None)));
        assert_eq!(NetValue::of(&[1.0], f64::NAN).map_err(kind), Err((ErrorKind::InvalidOption, None)));
        assert_eq!(NetValue::of(&[1.0, 2.0], &[1.0, -1.0]).map_err(kind), Err((ErrorKind::Negative, Some(1))));
        assert_eq!(NetValue::of(&[1.0, 2.0], &[1.0]).map_err(kind), Err((ErrorKind::LengthMismatch, None)));
        assert_eq!(payback_period(&[], 1.0, none, month).map_err(kind), Err((ErrorKind::Empty, None)));
        assert_eq!(payback_period(&[1.0], f64::NAN, none, month).map_err(kind), Err((ErrorKind::InvalidOption, None)));
        assert_eq!(Investment::new(f64::NAN, 1.0).map_err(kind), Err((ErrorKind::InvalidOption, None)));
        assert_eq!(Investment::new(1.0, -1.0).map_err(kind), Err((ErrorKind::InvalidOption, None)));
        assert_eq!(Investment::acquisition(-1.0, 1.0, 1.0).map_err(kind), Err((ErrorKind::InvalidOption, None)));
        assert_eq!(Investment::retention(&[1.0], 1.5, 0.0).map_err(kind), Err((ErrorKind::InvalidOption, None)));
        assert_eq!(largest_retention_spend(&[1.0], &[f64::NAN]).map_err(kind), Err((ErrorKind::NonFinite, Some(0))));
        assert_eq!(largest_retention_spend(&[1.0], &[-1.5]).map_err(kind), Err((ErrorKind::InvalidOption, None)));
        assert_eq!(largest_acquisition_spend(1.0, 0.0).map_err(kind), Err((ErrorKind::InvalidOption, None)));
        assert_eq!(largest_acquisition_spend(f64::INFINITY, 1.0).map_err(kind), Err((ErrorKind::InvalidOption, None)));
        Ok(())
    }
}
