//! Contribution margin per customer.

use super::{check_column, check_cost, finite, not_negative};
use crate::concentration::check_finite;
use crate::error::{Error, Result};
use crate::parallel;

/// What customers did in a period, one entry per customer: the columns a contribution margin is made of.
///
/// Only `revenue` is needed; a column whose cost is 0 may be left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct CustomerActivity<'a> {
    /// Net revenue, in money; may be negative.
    pub revenue: &'a [f64],
    /// Gross margin before the costs below, in money; takes the place of revenue times the rate.
    pub margin: Option<&'a [f64]>,
    /// Cost of what was sold, in money; revenue − cost takes the place of revenue times the rate.
    pub cost: Option<&'a [f64]>,
    /// Number of orders, ≥ 0.
    pub orders: Option<&'a [f64]>,
    /// Number of returns, ≥ 0.
    pub returns: Option<&'a [f64]>,
    /// Number of marketing contacts, ≥ 0.
    pub contacts: Option<&'a [f64]>,
    /// Cost to serve of each customer, in money, ≥ 0: service, account management, terms of payment.
    pub cost_to_serve: Option<&'a [f64]>,
}

impl<'a> CustomerActivity<'a> {
    /// Revenue alone.
    pub fn revenue(revenue: &'a [f64]) -> Self {
        CustomerActivity { revenue, ..CustomerActivity::default() }
    }
}

/// How revenue becomes contribution margin.
///
/// # Formula
/// ```text
/// margin_i = gross_i − orders_i · cost per order − returns_i · cost per return − contacts_i · cost per contact
///            − cost to serve_i − cost per customer
/// gross_i  = revenue_i · rate,  or revenue_i − cost_i,  or the margin column
/// ```
/// A margin may be negative: the customer costs more than comes in.
///
/// | option | default | range |
/// |---|---|---|
/// | `rate` | 1 | finite |
/// | `cost_per_order`, `cost_per_return`, `cost_per_contact`, `cost_per_customer` | 0 | ≥ 0, in money |
///
/// # Examples
/// ```
/// use crm_value::{ContributionMargin, CustomerActivity};
/// let activity = CustomerActivity {
///     orders: Some(&[4.0, 1.0]),
///     returns: Some(&[0.0, 1.0]),
///     ..CustomerActivity::revenue(&[400.0, 20.0])
/// };
/// let margin = ContributionMargin::new().rate(0.25).cost_per_order(5.0).cost_per_return(8.0).of(&activity)?;
/// assert_eq!(margin, [80.0, -8.0]);
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct ContributionMargin {
    rate: f64,
    cost_per_order: f64,
    cost_per_return: f64,
    cost_per_contact: f64,
    cost_per_customer: f64,
}

impl Default for ContributionMargin {
    fn default() -> Self {
        ContributionMargin { rate: 1.0, cost_per_order: 0.0, cost_per_return: 0.0, cost_per_contact: 0.0, cost_per_customer: 0.0 }
    }
}

impl ContributionMargin {
    /// Revenue itself, without costs.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the gross margin per unit of revenue (30 % is 0.30).
    pub fn rate(mut self, rate: f64) -> Self {
        self.rate = rate;
        self
    }

    /// Sets the cost of handling one order, in money.
    pub fn cost_per_order(mut self, cost: f64) -> Self {
        self.cost_per_order = cost;
        self
    }

    /// Sets the cost of one return, in money.
    pub fn cost_per_return(mut self, cost: f64) -> Self {
        self.cost_per_return = cost;
        self
    }

    /// Sets the cost of one marketing contact, in money.
    pub fn cost_per_contact(mut self, cost: f64) -> Self {
        self.cost_per_contact = cost;
        self
    }

    /// Sets the cost that every customer causes, in money.
    pub fn cost_per_customer(mut self, cost: f64) -> Self {
        self.cost_per_customer = cost;
        self
    }

    /// The contribution margin of every customer, in money, in the order of the columns.
    ///
    /// # Errors
    /// * [`Error::InvalidOption`] if the rate is not finite or a cost is not finite and 0 or more; if a rate other than 1 meets a margin or
    ///   cost column, or a margin column meets a cost column: the rate would count twice;
    /// * [`Error::MissingColumn`] if a cost is set for a count that is not there;
    /// * [`Error::Empty`], [`Error::LengthMismatch`], [`Error::NonFinite`] for the columns, [`Error::Negative`] for counts and costs to serve.
    pub fn of(&self, activity: &CustomerActivity<'_>) -> Result<Vec<f64>> {
        self.check(activity)?;
        let CustomerActivity { revenue, margin, cost, orders, returns, contacts, cost_to_serve } = *activity;
        let at = |column: Option<&[f64]>, row: usize| column.map_or(0.0, |values| values[row]);
        finite(
            "margin",
            parallel::map(revenue.len(), 1, |row| {
                let gross = match (margin, cost) {
                    (Some(margin), _) => margin[row],
                    (None, Some(cost)) => revenue[row] - cost[row],
                    (None, None) => revenue[row] * self.rate,
                };
                gross
                    - at(orders, row) * self.cost_per_order
                    - at(returns, row) * self.cost_per_return
                    - at(contacts, row) * self.cost_per_contact
                    - at(cost_to_serve, row)
                    - self.cost_per_customer
            }),
        )
    }

    fn check(&self, activity: &CustomerActivity<'_>) -> Result<()> {
        if !self.rate.is_finite() {
            let requirement = "it must be a finite rate (30 % is 0.30)";
            return Err(Error::InvalidOption { option: "rate", value: self.rate.to_string(), requirement });
        }
        check_finite("revenue", activity.revenue)?;
        let own_margin = activity.margin.is_some() || activity.cost.is_some();
        if own_margin && (self.rate - 1.0).abs() > 0.0 {
            let requirement = "a margin or cost column replaces it; leave one of them out";
            return Err(Error::InvalidOption { option: "rate", value: self.rate.to_string(), requirement });
        }
        if activity.margin.is_some() && activity.cost.is_some() {
            let requirement = "a margin column already has the cost deducted; leave one of them out";
            return Err(Error::InvalidOption { option: "cost", value: "given beside a margin column".to_owned(), requirement });
        }
        let n = activity.revenue.len();
        for (column, values) in [("margin", activity.margin), ("cost", activity.cost)] {
            if let Some(values) = values {
                check_column(column, values, "revenue", n)?;
            }
        }
        let counts = [
            ("orders", activity.orders, "cost_per_order", self.cost_per_order),
            ("returns", activity.returns, "cost_per_return", self.cost_per_return),
            ("contacts", activity.contacts, "cost_per_contact", self.cost_per_contact),
            ("cost_to_serve", activity.cost_to_serve, "cost_per_customer", self.cost_per_customer),
        ];
        for (column, values, option, cost) in counts {
            check_cost(option, cost)?;
            match values {
                Some(values) => {
                    check_column(column, values, "revenue", n)?;
                    not_negative(column, values)?;
                }
                None if cost > 0.0 && column != "cost_to_serve" => {
                    let advice = "give the column, or set its cost to 0";
                    return Err(Error::MissingColumn { what: "contribution margin", column, advice });
                }
                None => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn every_cost_is_deducted_once() -> Result<()> {
        // 1000 · 0.4 − 3 · 7.5 − 2 · 12 − 10 · 0.8 − 55 − 20 = 270.5; a customer without revenue pays contacts, service and the flat cost.
        let activity = CustomerActivity {
            orders: Some(&[3.0, 0.0]),
            returns: Some(&[2.0, 0.0]),
            contacts: Some(&[10.0, 5.0]),
            cost_to_serve: Some(&[55.0, 1.0]),
            ..CustomerActivity::revenue(&[1000.0, 0.0])
        };
        let model =
            ContributionMargin::new().rate(0.4).cost_per_order(7.5).cost_per_return(12.0).cost_per_contact(0.8).cost_per_customer(20.0);
        assert_eq!(model.of(&activity)?, [270.5, -25.0]);
        // A cost column and the margin column it stands for agree.
        let model = model.rate(1.0);
        let from_cost = model.of(&CustomerActivity { cost: Some(&[600.0, 4.0]), ..activity })?;
        let from_margin = model.of(&CustomerActivity { margin: Some(&[400.0, -4.0]), ..activity })?;
        assert_eq!(from_cost, [270.5, -29.0]);
        assert_eq!(from_margin, from_cost);
        // Revenue alone is itself, also below 0.
        assert_eq!(ContributionMargin::new().of(&CustomerActivity::revenue(&[-3.0]))?, [-3.0]);
        Ok(())
    }

    #[test]
    fn refuses_what_cannot_be_meant() {
        let revenue = CustomerActivity::revenue(&[1.0, 2.0]);
        let kind =
            |model: ContributionMargin, activity: CustomerActivity<'_>| model.of(&activity).map_err(|error| (error.kind(), error.row()));
        let plain = ContributionMargin::new();
        assert_eq!(kind(plain, CustomerActivity::default()), Err((ErrorKind::Empty, None)));
        assert_eq!(kind(plain, CustomerActivity::revenue(&[1.0, f64::NAN])), Err((ErrorKind::NonFinite, Some(1))));
        assert_eq!(kind(plain.rate(f64::NAN), revenue), Err((ErrorKind::InvalidOption, None)));
        assert_eq!(kind(plain.cost_per_order(-1.0), revenue), Err((ErrorKind::InvalidOption, None)));
        assert_eq!(kind(plain.cost_per_contact(f64::NAN), revenue), Err((ErrorKind::InvalidOption, None)));
        assert_eq!(kind(plain.cost_per_return(1.0), revenue), Err((ErrorKind::MissingColumn, None)));
        let short = CustomerActivity { orders: Some(&[1.0]), ..revenue };
        assert_eq!(kind(plain, short), Err((ErrorKind::LengthMismatch, None)));
        let negative = CustomerActivity { contacts: Some(&[1.0, -1.0]), ..revenue };
        assert_eq!(kind(plain, negative), Err((ErrorKind::Negative, Some(1))));
        let margin = CustomerActivity { margin: Some(&[1.0, 1.0]), ..revenue };
        assert_eq!(kind(plain.rate(0.3), margin), Err((ErrorKind::InvalidOption, None)));
        let both = CustomerActivity { cost: Some(&[1.0, 1.0]), ..margin };
        assert_eq!(kind(plain, both), Err((ErrorKind::InvalidOption, None)));
        assert_eq!(kind(plain.rate(f64::MAX), CustomerActivity::revenue(&[f64::MAX])), Err((ErrorKind::NonFinite, Some(0))));
    }
}
