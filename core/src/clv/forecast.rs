//! What the customer base will buy, period by period, and what that is worth today.

use super::{check_margin, default_rate};
use crate::error::{Error, Result};
use crate::fit::chunked;
use crate::models::{PurchaseModel, SpendModel};
use crate::summary::CustomerSummary;
use crate::time::{DiscountRate, Span, TimeUnit};

/// Expected purchases, revenue and margin of the existing customers in each future period, of customers yet to be won if there is a plan, and
/// their discounted sum: customer equity.
///
/// # Formula
/// With periods of length L, i = 1 .. m, counted from the end of observation:
/// ```text
/// existing:   purchases_i = Σ_customers E[Y(i L)] − E[Y((i−1) L)],   revenue_i = Σ_customers E[Z] · the same
/// to be won:  N_j customers won in period j, all in its middle; each buys once then and, at age a, has bought E[X(a)] times again:
///             purchases_i = Σ_{j<i} N_j (E[X((i−j+½)L)] − E[X((i−j−½)L)]) + N_i (1 + E[X(L/2)]),   revenue_i = E[Z of the population] · that
/// margin_i  = g · revenue_i
/// equity    = Σ_i v(i L) · margin_i,     of customers to be won less acquisition cost · N_i, discounted alike
/// ```
/// Discounted at the end of each period, as the default of [`PredictiveClv`](super::PredictiveClv): the equity of the existing customers is the
/// sum of their predictive values.
///
/// | option | default | range |
/// |---|---|---|
/// | `margin` | 1 (revenue) | finite |
/// | `discount` | 10 % a year | > −1 |
/// | `period` | one month | |
/// | `periods` | 12 | 1 to 10,000 |
/// | `plan` | nobody | new customers in periods 1, 2, ..., ≥ 0; periods after its end: nobody |
/// | `acquisition_cost` | 0 | ≥ 0, money per new customer |
///
/// # Examples
/// ```
/// use crm_value::{BgNbd, CustomerSummary, Forecast, GammaGamma, TimeUnit};
/// let customers =
///     CustomerSummary::from_columns(None, &[2.0, 0.0], &[30.43, 0.0], &[38.86, 38.86], Some(&[22.35, 0.0]), TimeUnit::Week)?;
/// let purchases = BgNbd::new(0.243, 4.414, 0.793, 2.426, TimeUnit::Week)?;
/// let spend = GammaGamma::new(6.25, 3.74, 15.44)?;
/// let forecast = Forecast::new(&purchases, &spend).plan(&[100.0, 100.0]).of(&customers)?;
/// assert_eq!(forecast.periods().len(), 12);
/// assert_eq!(forecast.totals().new_customers, 200.0);
/// assert!(forecast.customer_equity() > forecast.existing_equity());
/// # Ok::<(), crm_value::Error>(())
/// ```
///
/// # References
/// Rust, Lemon & Zeithaml (2004), "Return on marketing: using customer equity to focus marketing strategy", Journal of Marketing 68(1);
/// Gupta, Lehmann & Stuart (2004), "Valuing customers", Journal of Marketing Research 41(1), for cohorts yet to be won.
#[derive(Debug, Clone, Copy)]
pub struct Forecast<'a> {
    purchases: &'a dyn PurchaseModel,
    spend: &'a dyn SpendModel,
    margin: f64,
    rate: DiscountRate,
    period: Span,
    periods: usize,
    plan: &'a [f64],
    acquisition_cost: f64,
}

/// More periods than any plan has.
const MAX_PERIODS: usize = 10_000;

impl<'a> Forecast<'a> {
    /// Default number of periods.
    pub const DEFAULT_PERIODS: usize = 12;

    /// A forecast from a purchase model and a spend model, fitted or given.
    pub fn new(purchases: &'a dyn PurchaseModel, spend: &'a dyn SpendModel) -> Self {
        Forecast {
            purchases,
            spend,
            margin: 1.0,
            rate: default_rate(),
            period: Span::one(TimeUnit::Month),
            periods: Self::DEFAULT_PERIODS,
            plan: &[],
            acquisition_cost: 0.0,
        }
    }

    /// Sets the contribution margin per unit of revenue (30 % is 0.30).
    pub fn margin(mut self, rate: f64) -> Self {
        self.margin = rate;
        self
    }

    /// Sets the discount rate.
    pub fn discount(mut self, rate: DiscountRate) -> Self {
        self.rate = rate;
        self
    }

    /// Sets the length of a period.
    pub fn period(mut self, period: Span) -> Self {
        self.period = period;
        self
    }

    /// Sets the number of periods.
    pub fn periods(mut self, periods: usize) -> Self {
        self.periods = periods;
        self
    }

    /// Sets how many new customers are won in periods 1, 2, ...
    pub fn plan(mut self, new_customers: &'a [f64]) -> Self {
        self.plan = new_customers;
        self
    }

    /// Sets the cost of winning one customer, in money.
    pub fn acquisition_cost(mut self, cost: f64) -> Self {
        self.acquisition_cost = cost;
        self
    }

    /// The forecast for the customers, who must have a mean spend.
    ///
    /// # Errors
    /// [`Error::UnitMismatch`]; [`Error::MissingColumn`] without spend; [`Error::UndefinedMean`] if a customer's expected spend, or with a plan
    /// that of the population, does not exist; [`Error::InvalidOption`] for options out of range or a plan longer than the forecast;
    /// [`Error::Negative`], [`Error::NonFinite`] for its entries.
    pub fn of(&self, customers: &CustomerSummary) -> Result<ForecastTable> {
        self.check()?;
        let existing = self.existing(customers)?;
        let (bought_by_new, spend_of_new) = self.new_customers()?;
        let unit = self.period.unit();
        let rows: Vec<ForecastPeriod> = (0..self.periods)
            .map(|i| {
                let new_customers = self.plan.get(i).copied().unwrap_or(0.0);
                let (purchases, revenue) = (existing[2 * i], existing[2 * i + 1]);
                let (new_purchases, new_revenue) = (bought_by_new[i], bought_by_new[i] * spend_of_new);
                ForecastPeriod {
                    period: i + 1,
                    discount_factor: self.rate.factor((i + 1) as f64 * self.period.length(), unit),
                    purchases,
                    revenue,
                    margin: self.margin * revenue,
                    new_customers,
                    new_purchases,
                    new_revenue,
                    new_margin: self.margin * new_revenue,
                    acquisition_cost: self.acquisition_cost * new_customers,
                }
            })
            .collect();
        ForecastTable::new(rows, self.period)
    }

    fn check(&self) -> Result<()> {
        check_margin(self.margin)?;
        if !(1..=MAX_PERIODS).contains(&self.periods) {
            let value = self.periods.to_string();
            return Err(Error::InvalidOption { option: "periods", value, requirement: "give 1 to 10000" });
        }
        if self.plan.len() > self.periods {
            let value = format!("{} periods", self.plan.len());
            return Err(Error::InvalidOption { option: "plan", value, requirement: "it may not be longer than the forecast" });
        }
        if !(self.acquisition_cost >= 0.0 && self.acquisition_cost.is_finite()) {
            let value = self.acquisition_cost.to_string();
            return Err(Error::InvalidOption { option: "acquisition_cost", value, requirement: "it must be finite and 0 or more" });
        }
        for (row, &value) in self.plan.iter().enumerate() {
            let column = "plan".to_owned();
            if !value.is_finite() {
                return Err(Error::NonFinite { column, row, value });
            }
            if value < 0.0 {
                return Err(Error::Negative { column, row, value });
            }
        }
        Ok(())
    }

    /// Purchases and revenue of the existing customers, period by period: purchases_1, revenue_1, purchases_2, ...
    fn existing(&self, customers: &CustomerSummary) -> Result<Vec<f64>> {
        let spend = self.spend.expected_spend(customers)?;
        let end = |i: usize| Span::new(i as f64 * self.period.length(), self.period.unit());
        let in_all = self.purchases.expected_purchases(customers, end(self.periods)?)?;
        let order = fixed_order(customers, &in_all, &spend);
        let mut sums = Vec::with_capacity(2 * self.periods);
        for i in 0..self.periods {
            let purchases = match i {
                0 => self.purchases.expected_purchases(customers, end(1)?)?,
                _ => self.purchases.expected_purchases_between(customers, end(i)?, end(i + 1)?)?,
            };
            sums.extend(chunked::<2>(order.len(), None, |range, sum| {
                for &row in &order[range] {
                    sum[0] += purchases[row as usize];
                    sum[1] += purchases[row as usize] * spend[row as usize];
                }
            }));
        }
        Ok(sums)
    }

    /// Purchases by customers to be won, per period, and what they spend per purchase.
    fn new_customers(&self) -> Result<(Vec<f64>, f64)> {
        if !self.plan.iter().any(|&customers| customers > 0.0) {
            return Ok((vec![0.0; self.periods], 0.0));
        }
        let spend = self.spend.expected_spend_given(0, 0.0)?;
        let length = self.period.in_unit(self.purchases.unit());
        // Purchases of one customer in the period in which it is won, in the next, ...
        let mut by_age = Vec::with_capacity(self.periods);
        let mut before = -1.0;
        for age in 0..self.periods {
            let bought = self.purchases.expectation((age as f64 + 0.5) * length);
            by_age.push(bought - before);
            before = bought;
        }
        let in_period = |i: usize| self.plan.iter().take(i + 1).enumerate().map(|(j, customers)| customers * by_age[i - j]).sum();
        Ok(((0..self.periods).map(in_period).collect(), spend))
    }
}

/// The rows in an order that depends on the customers only, so that sums are the same bits for any order of the rows.
fn fixed_order(customers: &CustomerSummary, purchases: &[f64], spend: &[f64]) -> Vec<u32> {
    let key = |row: u32| {
        let i = row as usize;
        (purchases[i].to_bits(), spend[i].to_bits(), customers.frequency()[i], customers.age()[i].to_bits(), row)
    };
    let mut keys: Vec<_> = (0..customers.len() as u32).map(key).collect();
    keys.sort_unstable();
    keys.into_iter().map(|key| key.4).collect()
}

/// One period of a forecast. The sums over all periods are of the same type, with `period` the number of periods and no discount.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct ForecastPeriod {
    /// Number of the period, from 1.
    pub period: usize,
    /// What 1 paid at the end of the period is worth at the end of observation.
    pub discount_factor: f64,
    /// Expected purchases of the existing customers.
    pub purchases: f64,
    /// Their expected revenue, in money.
    pub revenue: f64,
    /// Their expected margin, in money.
    pub margin: f64,
    /// Customers won in the period, as planned.
    pub new_customers: f64,
    /// Expected purchases of customers won since the end of observation.
    pub new_purchases: f64,
    /// Their expected revenue, in money.
    pub new_revenue: f64,
    /// Their expected margin, in money, before the cost of winning them.
    pub new_margin: f64,
    /// Cost of winning the customers of the period, in money.
    pub acquisition_cost: f64,
}

/// A forecast: periods, totals, customer equity.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastTable {
    rows: Vec<ForecastPeriod>,
    totals: ForecastPeriod,
    period: Span,
    existing_equity: f64,
    new_equity: f64,
}

impl ForecastTable {
    fn new(rows: Vec<ForecastPeriod>, period: Span) -> Result<Self> {
        let sum = |value: fn(&ForecastPeriod) -> f64| rows.iter().map(value).sum();
        let totals = ForecastPeriod {
            period: rows.len(),
            discount_factor: 1.0,
            purchases: sum(|row| row.purchases),
            revenue: sum(|row| row.revenue),
            margin: sum(|row| row.margin),
            new_customers: sum(|row| row.new_customers),
            new_purchases: sum(|row| row.new_purchases),
            new_revenue: sum(|row| row.new_revenue),
            new_margin: sum(|row| row.new_margin),
            acquisition_cost: sum(|row| row.acquisition_cost),
        };
        let existing_equity: f64 = sum(|row| row.discount_factor * row.margin);
        let new_equity: f64 = sum(|row| row.discount_factor * (row.new_margin - row.acquisition_cost));
        let everything = totals.purchases + totals.new_purchases + totals.revenue + totals.new_revenue;
        let value = everything + existing_equity + new_equity;
        if !value.is_finite() {
            return Err(Error::NonFinite { column: "forecast".to_owned(), row: rows.len() - 1, value });
        }
        Ok(ForecastTable { rows, totals, period, existing_equity, new_equity })
    }

    /// The periods, from the first one after the end of observation.
    pub fn periods(&self) -> &[ForecastPeriod] {
        &self.rows
    }

    /// The sums over all periods, not discounted.
    pub fn totals(&self) -> ForecastPeriod {
        self.totals
    }

    /// The length of a period.
    pub fn period(&self) -> Span {
        self.period
    }

    /// Discounted margin of the existing customers within the forecast, in money.
    pub fn existing_equity(&self) -> f64 {
        self.existing_equity
    }

    /// Discounted margin of the customers to be won less the cost of winning them, in money; negative if the plan does not pay within the
    /// forecast.
    pub fn new_equity(&self) -> f64 {
        self.new_equity
    }

    /// Customer equity: existing and new customers together, in money.
    pub fn customer_equity(&self) -> f64 {
        self.existing_equity + self.new_equity
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;
    use crate::models::{GammaGamma, Nbd};

    fn near(actual: f64, expected: f64) {
        assert!((actual - expected).abs() <= 1e-13 * expected.abs(), "{actual} is not {expected}");
    }

    /// Under the NBD everything is a straight line: x = 2, T = 8 and x = 0, T = 6 with r = 1, α = 2 buy 3/10 and 1/8 a week, new ones 1/2.
    /// Spend with p = 2, q = 3, v = 10: population mean 2 · 10 / 2 = 10; after 2 purchases of 8 on average 2 (10 + 16) / (4 + 2) = 26/3.
    #[test]
    fn by_hand() -> Result<()> {
        let customers = CustomerSummary::from_columns(None, &[2.0, 0.0], &[5.0, 0.0], &[8.0, 6.0], Some(&[8.0, 0.0]), TimeUnit::Week)?;
        let (purchases, spend) = (Nbd::new(1.0, 2.0, TimeUnit::Week)?, GammaGamma::new(2.0, 3.0, 10.0)?);
        let forecast = Forecast::new(&purchases, &spend)
            .margin(0.5)
            .period(Span::new(2.0, TimeUnit::Week)?)
            .periods(3)
            .discount(DiscountRate::per_span(0.25, Span::new(2.0, TimeUnit::Week)?)?)
            .plan(&[10.0, 4.0])
            .acquisition_cost(3.0)
            .of(&customers)?;
        let revenue = 2.0 * (0.3 * 26.0 / 3.0 + 0.125 * 10.0);
        for row in forecast.periods() {
            near(row.purchases, 0.85);
            near(row.revenue, revenue);
            near(row.margin, 0.5 * revenue);
            near(row.discount_factor, 0.8_f64.powi(row.period as i32));
        }
        // Won in mid-period: 1 purchase at once and 1/2 in the remaining week, then 1 a period.
        for (row, (new, bought)) in forecast.periods().iter().zip([(10.0, 15.0), (4.0, 10.0 + 6.0), (0.0, 14.0)]) {
            near(row.new_customers, new);
            near(row.new_purchases, bought);
            near(row.new_revenue, 10.0 * bought);
            near(row.new_margin, 5.0 * bought);
            near(row.acquisition_cost, 3.0 * new);
        }
        let totals = forecast.totals();
        assert_eq!(totals.period, 3);
        near(totals.purchases, 3.0 * 0.85);
        near(totals.new_purchases, 45.0);
        near(totals.new_customers, 14.0);
        near(totals.acquisition_cost, 42.0);
        near(forecast.existing_equity(), 0.5 * revenue * (0.8 + 0.64 + 0.512));
        near(forecast.new_equity(), 0.8 * (75.0 - 30.0) + 0.64 * (80.0 - 12.0) + 0.512 * 70.0);
        near(forecast.customer_equity(), forecast.existing_equity() + forecast.new_equity());
        Ok(())
    }

    #[test]
    fn refuses_bad_options() -> Result<()> {
        let customers = CustomerSummary::from_columns(None, &[1.0], &[5.0], &[8.0], Some(&[8.0]), TimeUnit::Week)?;
        let (purchases, spend) = (Nbd::new(1.0, 2.0, TimeUnit::Week)?, GammaGamma::new(2.0, 3.0, 10.0)?);
        let plain = Forecast::new(&purchases, &spend).periods(2);
        let kind = |forecast: Forecast<'_>| forecast.of(&customers).map_or_else(|error| (error.kind(), error.row()), |_| panic!());
        assert_eq!(kind(plain.periods(0)), (ErrorKind::InvalidOption, None));
        assert_eq!(kind(plain.periods(10_001)), (ErrorKind::InvalidOption, None));
        assert_eq!(kind(plain.margin(f64::NAN)), (ErrorKind::InvalidOption, None));
        assert_eq!(kind(plain.acquisition_cost(-1.0)), (ErrorKind::InvalidOption, None));
        assert_eq!(kind(plain.plan(&[1.0, 1.0, 1.0])), (ErrorKind::InvalidOption, None));
        assert_eq!(kind(plain.plan(&[1.0, f64::NAN])), (ErrorKind::NonFinite, Some(1)));
        assert_eq!(kind(plain.plan(&[1.0, -1.0])), (ErrorKind::Negative, Some(1)));
        let (daily, heavy) = (Nbd::new(1.0, 2.0, TimeUnit::Day)?, GammaGamma::new(2.0, 0.9, 10.0)?);
        assert_eq!(kind(Forecast::new(&daily, &spend)), (ErrorKind::UnitMismatch, None));
        assert_eq!(kind(Forecast::new(&purchases, &heavy).plan(&[1.0])), (ErrorKind::UndefinedMean, None));
        assert!(Forecast::new(&purchases, &heavy).of(&customers).is_ok(), "without a plan the population's mean is not needed");
        let without = CustomerSummary::from_columns(None, &[1.0], &[5.0], &[8.0], None, TimeUnit::Week)?;
        assert!(plain.of(&without).is_err_and(|error| error.kind() == ErrorKind::MissingColumn));
        Ok(())
    }
}
