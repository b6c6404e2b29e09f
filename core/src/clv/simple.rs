//! The simple formulas: value from averages.

use super::{ClvModel, check_margin};
use crate::error::{Error, Result};
use crate::summary::CustomerSummary;
use crate::time::{DiscountRate, Span};

/// When the first margin of a retention formula is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum FirstMargin {
    /// After one period, if the customer stays: m r / (1 + d − r). The value of a customer who has just paid. The default.
    #[default]
    AfterOnePeriod,
    /// Now, for certain: m (1 + d) / (1 + d − r). The value of a customer about to be won.
    Now,
}

/// Lifetime value by a formula on averages.
///
/// One figure for an average customer: as a [`ClvModel`] it gives every customer the same. It needs no model, and knows none of the differences
/// between customers, neither that the loyal stay and so raise the retention of those left: see the contractual and the predictive value.
///
/// # Formula
/// ```text
/// orders:     g · AOV · purchases per period · lifespan        undiscounted; lifespan in periods, 1 / churn where that is known
/// ARPU:       g · ARPU · lifespan,   lifespan = 1 / churn      undiscounted
/// retention:  m Σ_{k=1}^{∞} (r/(1+d))^k = m r / (1 + d − r)    first margin after one period
///             m Σ_{k=0}^{∞} (r/(1+d))^k = m (1+d) / (1 + d − r)   first margin now
/// ```
/// g margin rate (default 1), m margin per period, r retention and d discount rate per that period.
///
/// # Examples
/// ```
/// use crm_value::{DiscountRate, SimpleClv, Span, TimeUnit};
/// let year = Span::one(TimeUnit::Year);
/// let clv = SimpleClv::retention(100.0, 0.80, year).discount(DiscountRate::annual(0.12)?);
/// assert!((clv.figure()? - 250.0).abs() < 1e-12);     // 100 · 0.8 / (1.12 − 0.8)
/// assert_eq!(SimpleClv::orders(40.0, 3.0, 5.0).margin(0.5).figure()?, 300.0);
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// Gupta & Lehmann (2003), "Customers as assets", Journal of Interactive Marketing 17(1), 9-24: the margin multiple r / (1 + d − r).
/// Blattberg & Deighton (1996), "Manage marketing by the customer equity test", Harvard Business Review 74(4).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SimpleClv {
    formula: Formula,
    margin: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
enum Formula {
    Orders { average_order_value: f64, purchases_per_period: f64, lifespan: f64 },
    Arpu { arpu: f64, churn: f64 },
    Retention { margin_per_period: f64, retention: f64, period: Span, discount: DiscountRate, first_margin: FirstMargin },
}

impl SimpleClv {
    /// Average order value (money) × purchases per period × lifespan (periods).
    pub fn orders(average_order_value: f64, purchases_per_period: f64, lifespan: f64) -> Self {
        SimpleClv { formula: Formula::Orders { average_order_value, purchases_per_period, lifespan }, margin: 1.0 }
    }

    /// The same from a customer base: average order value and repeat purchases per customer and `period` as observed, lifespan = 1 / `churn`.
    ///
    /// # Formula
    /// ```text
    /// AOV = Σ total spend / Σ (x + 1),   purchases per period = Σ x / Σ T,   lifespan = 1 / churn
    /// ```
    /// Rates count repeat purchases over the time since the first one, which opens the relationship and does not repeat.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] if the summary holds no totals; [`Error::InvalidOption`] unless the churn per `period` lies in (0, 1];
    /// [`Error::NotPositive`] if no customer has been observed for any time.
    pub fn orders_of(customers: &CustomerSummary, churn: f64, period: Span) -> Result<Self> {
        let lifespan = lifespan(churn)?;
        let spend = super::total_spend(customers, "the order formula")?;
        let observed = crate::economics::total(customers.age().iter().copied()) * customers.unit().days() / period_days(period);
        if !(observed > 0.0) {
            return Err(Error::NotPositive { column: "T".to_owned(), row: 0, value: observed });
        }
        let orders = customers.repeat_purchases() + customers.len() as u64;
        let average_order_value = crate::economics::total(spend.iter().copied()) / orders as f64;
        Ok(Self::orders(average_order_value, customers.repeat_purchases() as f64 / observed, lifespan))
    }

    /// Average revenue per user and period (money) × lifespan = 1 / churn, with `churn` per the same period in (0, 1].
    pub fn arpu(arpu: f64, churn: f64) -> Self {
        SimpleClv { formula: Formula::Arpu { arpu, churn }, margin: 1.0 }
    }

    /// Margin per period (money) × retention / (1 + d − retention): a customer who stays each `period` with probability `retention`, in [0, 1].
    ///
    /// Not discounted and first paid after one period, unless said otherwise; without discounting `retention` must be below 1.
    pub fn retention(margin_per_period: f64, retention: f64, period: Span) -> Self {
        let (discount, first_margin) = (DiscountRate::none(), FirstMargin::default());
        SimpleClv { formula: Formula::Retention { margin_per_period, retention, period, discount, first_margin }, margin: 1.0 }
    }

    /// Sets the contribution margin per unit of revenue (30 % is 0.30); default 1.
    pub fn margin(mut self, rate: f64) -> Self {
        self.margin = rate;
        self
    }

    /// Sets the discount rate of the retention formula; the other formulas are not discounted.
    pub fn discount(mut self, rate: DiscountRate) -> Self {
        if let Formula::Retention { discount, .. } = &mut self.formula {
            *discount = rate;
        }
        self
    }

    /// Sets when the first margin of the retention formula is paid.
    pub fn first_margin(mut self, when: FirstMargin) -> Self {
        if let Formula::Retention { first_margin, .. } = &mut self.formula {
            *first_margin = when;
        }
        self
    }

    /// The value of an average customer, in money.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for a figure that is not finite, a negative frequency or lifespan, a retention outside [0, 1] or a churn
    /// outside (0, 1]; [`Error::UnboundedValue`] unless the discounted retention is below 1.
    pub fn figure(&self) -> Result<f64> {
        check_margin(self.margin)?;
        let value = match self.formula {
            Formula::Orders { average_order_value, purchases_per_period, lifespan } => {
                check_finite("average_order_value", average_order_value)?;
                check_not_negative("purchases_per_period", purchases_per_period)?;
                check_not_negative("lifespan", lifespan)?;
                average_order_value * purchases_per_period * lifespan
            }
            Formula::Arpu { arpu, churn } => {
                check_finite("arpu", arpu)?;
                arpu * lifespan(churn)?
            }
            Formula::Retention { margin_per_period, retention, period, discount, first_margin } => {
                check_finite("margin_per_period", margin_per_period)?;
                margin_per_period * margin_multiple(retention, discount, period, first_margin)?
            }
        };
        let value = self.margin * value;
        if value.is_finite() {
            return Ok(value);
        }
        Err(Error::NonFinite { column: "value".to_owned(), row: 0, value })
    }
}

impl ClvModel for SimpleClv {
    /// # Errors
    /// As [`SimpleClv::figure`].
    fn value(&self, customers: &CustomerSummary) -> Result<Vec<f64>> {
        Ok(vec![self.figure()?; customers.len()])
    }
}

/// What a margin of 1 per period is worth while the customer stays: r / (1 + d − r), or (1 + d) / (1 + d − r) with a margin now, too.
///
/// Multiply any column of margins per period by it. `retention` per `period`, in [0, 1]; d is the discount rate over the same period.
///
/// # Errors
/// [`Error::InvalidOption`] for a retention outside [0, 1]; [`Error::UnboundedValue`] unless retention < 1 + d.
///
/// ```
/// use crm_value::{DiscountRate, FirstMargin, Span, TimeUnit, margin_multiple};
/// let (rate, year) = (DiscountRate::annual(0.12)?, Span::one(TimeUnit::Year));
/// // Gupta & Lehmann (2005), Managing Customers as Investments, table of margin multiples: retention 90 %, discount 12 %: 4.09.
/// assert!((margin_multiple(0.9, rate, year, FirstMargin::AfterOnePeriod)? - 4.09).abs() < 0.005);
/// # Ok::<(), crm_value::Error>(())
/// ```
pub fn margin_multiple(retention: f64, discount: DiscountRate, period: Span, first_margin: FirstMargin) -> Result<f64> {
    if !(0.0..=1.0).contains(&retention) {
        let requirement = "a retention rate lies in [0, 1]";
        return Err(Error::InvalidOption { option: "retention", value: retention.to_string(), requirement });
    }
    // d and 1 − r apart, so that nothing cancels where both are small.
    let d = (discount.delta(period.unit()) * period.length()).exp_m1();
    let gap = d + (1.0 - retention);
    if !(gap > 0.0) {
        return Err(Error::UnboundedValue { value: d });
    }
    let first = match first_margin {
        FirstMargin::AfterOnePeriod => retention,
        FirstMargin::Now => 1.0 + d,
    };
    Ok(first / gap)
}

/// Expected lifespan in periods at a constant churn per period in (0, 1]: 1 / churn, the period of leaving included.
fn lifespan(churn: f64) -> Result<f64> {
    if churn > 0.0 && churn <= 1.0 {
        return Ok(1.0 / churn);
    }
    let requirement = "a churn rate lies in (0, 1]; without churn the lifespan has no end";
    Err(Error::InvalidOption { option: "churn", value: churn.to_string(), requirement })
}

fn period_days(period: Span) -> f64 {
    period.length() * period.unit().days()
}

fn check_finite(option: &'static str, value: f64) -> Result<()> {
    if value.is_finite() {
        return Ok(());
    }
    Err(Error::InvalidOption { option, value: value.to_string(), requirement: "it must be a finite number" })
}

fn check_not_negative(option: &'static str, value: f64) -> Result<()> {
    if value >= 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::InvalidOption { option, value: value.to_string(), requirement: "it must be finite and 0 or more" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::time::TimeUnit;

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() <= 1e-14 * expected.abs(), "{actual} is not {expected}");
    }

    #[test]
    fn the_closed_forms_are_their_series() -> Result<()> {
        let month = Span::one(TimeUnit::Month);
        for (retention, d) in [(0.0, 0.0), (0.8, 0.12), (0.95, 0.01), (0.5, 0.0), (1.0, 0.2), (0.3, -0.5)] {
            let rate = DiscountRate::per_period(d, TimeUnit::Month)?;
            let ratio: f64 = retention / (1.0 + d);
            // Σ ratio^k, summed directly from the smallest term.
            let series: f64 = (1..4_000).rev().map(|k| ratio.powi(k)).sum();
            let after = margin_multiple(retention, rate, month, FirstMargin::AfterOnePeriod)?;
            assert!((after - series).abs() <= 1e-13 * series, "{retention} {d}");
            close(margin_multiple(retention, rate, month, FirstMargin::Now)?, 1.0 + after);
        }
        Ok(())
    }

    /// Gupta & Lehmann (2005), Managing Customers as Investments, table of margin multiples, at retention 60, 70, 80, 90 % and discount rates 10, 12, 14, 16 %.
    #[test]
    fn gupta_and_lehmann_margin_multiples() -> Result<()> {
        let year = Span::one(TimeUnit::Year);
        let printed = [
            (0.6, [1.20, 1.15, 1.11, 1.07]),
            (0.7, [1.75, 1.67, 1.59, 1.52]),
            (0.8, [2.67, 2.50, 2.35, 2.22]),
            (0.9, [4.50, 4.09, 3.75, 3.46]),
        ];
        for (retention, row) in printed {
            for (d, multiple) in [0.10, 0.12, 0.14, 0.16].into_iter().zip(row) {
                let actual = margin_multiple(retention, DiscountRate::annual(d)?, year, FirstMargin::AfterOnePeriod)?;
                assert!((actual - multiple).abs() < 0.005, "{retention} {d}: {actual}");
            }
        }
        Ok(())
    }

    #[test]
    fn averages_times_lifespan() -> Result<()> {
        close(SimpleClv::orders(50.0, 4.0, 2.5).figure()?, 500.0);
        close(SimpleClv::arpu(20.0, 0.04).margin(0.3).figure()?, 150.0);
        // ARPU / churn is the retention formula without discount, first margin now: m / (1 − r).
        let month = Span::one(TimeUnit::Month);
        close(SimpleClv::arpu(20.0, 0.04).figure()?, SimpleClv::retention(20.0, 0.96, month).first_margin(FirstMargin::Now).figure()?);
        // A yearly rate on monthly periods: 1.21 a year is 1.1 per half year.
        let half = Span::new(6.0, TimeUnit::Month)?;
        close(SimpleClv::retention(1.0, 0.6, half).discount(DiscountRate::annual(0.21)?).figure()?, 1.2);
        Ok(())
    }

    #[test]
    fn averages_of_a_base() -> Result<()> {
        // Orders 3 + 1 = 4 of 80 in all: AOV 20; 2 repeats in 8 + 12 weeks: 0.1 a week, 0.4 in four weeks; churn 0.25: 4 periods.
        let customers = CustomerSummary::from_columns(None, &[2.0, 0.0], &[5.0, 0.0], &[8.0, 12.0], None, TimeUnit::Week)?;
        let kind = |error: Error| error.kind();
        let four_weeks = Span::new(4.0, TimeUnit::Week)?;
        assert_eq!(SimpleClv::orders_of(&customers, 0.25, four_weeks).map_err(kind), Err(ErrorKind::MissingColumn));
        let customers = customers.with_total_spend(&[70.0, 10.0])?;
        let clv = SimpleClv::orders_of(&customers, 0.25, four_weeks)?;
        close(clv.figure()?, 20.0 * 0.4 * 4.0);
        assert_eq!(clv.value(&customers)?, [clv.figure()?; 2]);
        let just_now = CustomerSummary::from_columns(None, &[0.0], &[0.0], &[0.0], None, TimeUnit::Week)?.with_total_spend(&[5.0])?;
        assert_eq!(SimpleClv::orders_of(&just_now, 0.25, four_weeks).map_err(kind), Err(ErrorKind::NotPositive));
        Ok(())
    }

    #[test]
    fn refuses_bad_figures() -> Result<()> {
        let month = Span::one(TimeUnit::Month);
        let invalid = Err(ErrorKind::InvalidOption);
        let kind = |clv: SimpleClv| clv.figure().map_err(|error| error.kind());
        assert_eq!(kind(SimpleClv::orders(f64::NAN, 1.0, 1.0)), invalid);
        assert_eq!(kind(SimpleClv::orders(1.0, -1.0, 1.0)), invalid);
        assert_eq!(kind(SimpleClv::orders(1.0, 1.0, f64::INFINITY)), invalid);
        assert_eq!(kind(SimpleClv::orders(1.0, 1.0, 1.0).margin(f64::NAN)), invalid);
        assert_eq!(kind(SimpleClv::orders(f64::MAX, 9.0, 1.0)), Err(ErrorKind::NonFinite));
        for churn in [0.0, -0.1, 1.1, f64::NAN] {
            assert_eq!(kind(SimpleClv::arpu(1.0, churn)), invalid);
        }
        for retention in [-0.1, 1.1, f64::NAN] {
            assert_eq!(kind(SimpleClv::retention(1.0, retention, month)), invalid);
        }
        assert_eq!(kind(SimpleClv::retention(1.0, 1.0, month)), Err(ErrorKind::UnboundedValue));
        assert_eq!(kind(SimpleClv::retention(1.0, 0.9, month).discount(DiscountRate::annual(-0.9)?)), Err(ErrorKind::UnboundedValue));
        Ok(())
    }
}
