//! Whom a campaign should contact.

use super::{PerCustomer, check_cost, total};
use crate::concentration::check_finite;
use crate::error::{Error, Result};
use crate::parallel;

/// A campaign that contacts customers one by one, each at a cost.
///
/// # Formula
/// ```text
/// value of contact_i  = (p_i − b_i) · margin_i − cost_i      p response in the window, b response without contact (default 0)
/// break-even_i        = cost_i / margin_i                    the response (over b) from which a contact pays
/// selected            = value of contact > 0, under a budget the best value per cost first
/// saved               = cost of the contacts not made
/// ```
/// Without a baseline every response counts as the campaign's doing, which flatters it: customers who would have bought anyway are best left
/// out by giving their response without contact.
///
/// Under a budget, customers are taken in descending order of value of contact per cost, each one that the remaining budget covers. Equal
/// ratios: the larger value first; equal values: in the order of the rows. Contacts that cost nothing come first.
///
/// # Examples
/// ```
/// use crm_value::Campaign;
/// // Three customers who respond with 20 %, 5 % and 2 %, each bringing a margin of 30; a letter costs 1.
/// let targeting = Campaign::new(1.0).select(&[0.20, 0.05, 0.02], 30.0)?;
/// assert_eq!(targeting.selected(), [true, true, false]);      // break-even response 1/30 = 3.3 %
/// assert_eq!(targeting.saved(), 1.0);
/// assert_eq!(targeting.contacted().profit(), 5.5);            // 5 + 0.5
/// # Ok::<(), crm_value::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Campaign<'a> {
    cost: PerCustomer<'a>,
    baseline: PerCustomer<'a>,
    budget: Option<f64>,
}

/// Slack of the budget for the rounding of sums: three letters at 0.10 fit into 0.30.
const BUDGET_SLACK: f64 = 1.0 + 1e-9;

impl<'a> Campaign<'a> {
    /// A campaign with a cost per contact ≥ 0, in money: one for all customers or one per customer.
    pub fn new(contact_cost: impl Into<PerCustomer<'a>>) -> Self {
        Campaign { cost: contact_cost.into(), baseline: PerCustomer::Same(0.0), budget: None }
    }

    /// Sets the response without contact, a probability, so that only the uplift counts. Default 0.
    pub fn baseline(mut self, response: impl Into<PerCustomer<'a>>) -> Self {
        self.baseline = response.into();
        self
    }

    /// Sets the most that the contacts may cost together, in money. Default: no limit.
    pub fn budget(mut self, budget: f64) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Chooses the customers to contact.
    ///
    /// `response`: probability that each customer buys in the window if contacted, for example
    /// [`probability_active`](crate::PurchaseModel::probability_active). `margin`: what a response brings in, in money, before the cost of the
    /// contact; may be negative.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::LengthMismatch`], [`Error::NonFinite`]; [`Error::Share`] for a probability outside [0, 1];
    /// [`Error::Negative`] (column) or [`Error::InvalidOption`] (one for all, and the budget) for a cost below 0.
    pub fn select<'m>(&self, response: &[f64], margin: impl Into<PerCustomer<'m>>) -> Result<Targeting> {
        let margin = margin.into();
        let n = response.len();
        check_finite("response", response)?;
        self.baseline.check("baseline", "response", n)?;
        margin.check("margin", "response", n)?;
        self.cost.check_not_negative("contact_cost", "response", n)?;
        check_probabilities("response", response)?;
        match self.baseline {
            PerCustomer::Same(value) => check_probabilities("baseline", &[value])?,
            PerCustomer::Column(values) => check_probabilities("baseline", values)?,
        }
        if let Some(budget) = self.budget {
            check_cost("budget", budget)?;
        }

        let uplift = |row: usize| response[row] - self.baseline.at(row);
        let gain = |row: usize| uplift(row) * margin.at(row);
        let value = super::finite("value of contact", parallel::map(n, 1, |row| gain(row) - self.cost.at(row)))?;
        let break_even = |row: usize| {
            let response = self.cost.at(row) / margin.at(row);
            (margin.at(row) > 0.0 && response.is_finite()).then_some(response)
        };
        let selected = self.best(&value);
        let totals = |rows: Vec<usize>| CampaignTotals {
            customers: rows.len(),
            responses: total(rows.iter().map(|&row| uplift(row))),
            margin: total(rows.iter().map(|&row| gain(row))),
            cost: total(rows.iter().map(|&row| self.cost.at(row))),
        };
        Ok(Targeting {
            break_even: (0..n).map(break_even).collect(),
            everyone: totals((0..n).collect()),
            contacted: totals((0..n).filter(|&row| selected[row]).collect()),
            value,
            selected,
        })
    }

    fn best(&self, value: &[f64]) -> Vec<bool> {
        let Some(budget) = self.budget else {
            return value.iter().map(|&value| value > 0.0).collect();
        };
        // A contact without cost has an infinite ratio.
        let mut ranked: Vec<(f64, usize)> =
            (0..value.len()).filter(|&row| value[row] > 0.0).map(|row| (value[row] / self.cost.at(row).abs(), row)).collect();
        ranked.sort_unstable_by(|&(a, i), &(b, j)| b.total_cmp(&a).then(value[j].total_cmp(&value[i])).then(i.cmp(&j)));
        let mut selected = vec![false; value.len()];
        let mut spent = 0.0;
        for (_, row) in ranked {
            let cost = self.cost.at(row);
            if spent + cost <= budget * BUDGET_SLACK {
                spent += cost;
                selected[row] = true;
            }
        }
        selected
    }
}

fn check_probabilities(what: &'static str, values: &[f64]) -> Result<()> {
    match values.iter().find(|value| !(0.0..=1.0).contains(*value)) {
        Some(&value) => Err(Error::Share { what, value }),
        None => Ok(()),
    }
}

/// What contacting a group of customers is expected to bring and cost.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
#[non_exhaustive]
pub struct CampaignTotals {
    /// Customers contacted.
    pub customers: usize,
    /// Expected responses, over the baseline if there is one.
    pub responses: f64,
    /// Expected margin of those responses, in money, before the cost of the contacts.
    pub margin: f64,
    /// Cost of the contacts, in money.
    pub cost: f64,
}

impl CampaignTotals {
    /// Expected margin less cost, in money.
    pub fn profit(&self) -> f64 {
        self.margin - self.cost
    }

    /// Profit per unit of cost; absent where nothing is spent.
    pub fn roi(&self) -> Option<f64> {
        let roi = self.profit() / self.cost;
        (self.cost > 0.0 && roi.is_finite()).then_some(roi)
    }
}

/// The customers a [`Campaign`] should contact, and what that is worth beside contacting everyone.
#[derive(Debug, Clone, PartialEq)]
pub struct Targeting {
    value: Vec<f64>,
    break_even: Vec<Option<f64>>,
    selected: Vec<bool>,
    everyone: CampaignTotals,
    contacted: CampaignTotals,
}

impl Targeting {
    /// Expected margin of contacting each customer less the cost of the contact, in money.
    pub fn value(&self) -> &[f64] {
        &self.value
    }

    /// The response (over the baseline) from which contacting each customer pays. Above 1 no response suffices; absent where a response
    /// brings no margin.
    pub fn break_even(&self) -> &[Option<f64>] {
        &self.break_even
    }

    /// Whether to contact each customer.
    pub fn selected(&self) -> &[bool] {
        &self.selected
    }

    /// The customers to contact, together.
    pub fn contacted(&self) -> CampaignTotals {
        self.contacted
    }

    /// All customers, had they all been contacted.
    pub fn everyone(&self) -> CampaignTotals {
        self.everyone
    }

    /// Wastage saved against contacting everyone: the cost of the contacts not made, in money.
    pub fn saved(&self) -> f64 {
        self.everyone.cost - self.contacted.cost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    /// Margin 50, letters at 2: break-even response 4 %. Values 3, 0, 8, −1.5, 0.5.
    const RESPONSE: [f64; 5] = [0.10, 0.04, 0.20, 0.01, 0.05];

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-13, "{actual} is not {expected}");
    }

    #[test]
    fn contacts_pay_above_the_break_even_response() -> Result<()> {
        let targeting = Campaign::new(2.0).select(&RESPONSE, 50.0)?;
        assert_eq!(targeting.break_even(), [Some(0.04); 5]);
        // At break-even exactly there is nothing to win.
        assert_eq!(targeting.selected(), [true, false, true, false, true]);
        let (contacted, everyone) = (targeting.contacted(), targeting.everyone());
        assert_eq!((contacted.customers, everyone.customers), (3, 5));
        close(contacted.profit(), 11.5);
        close(everyone.profit(), 10.0);
        close(contacted.responses, 0.35);
        close(contacted.roi().unwrap_or(0.0), 11.5 / 6.0);
        close(targeting.saved(), 4.0);
        close(targeting.value().iter().sum(), everyone.profit());
        Ok(())
    }

    #[test]
    fn a_budget_takes_the_best_first_and_ties_in_row_order() -> Result<()> {
        let select = |budget: f64| Ok::<_, Error>(Campaign::new(2.0).budget(budget).select(&RESPONSE, 50.0)?.selected().to_vec());
        assert_eq!(select(0.0)?, [false; 5]);
        assert_eq!(select(3.9)?, [false, false, true, false, false]);
        assert_eq!(select(4.0)?, [true, false, true, false, false]);
        assert_eq!(select(1e9)?, [true, false, true, false, true]);
        let tied = Campaign::new(0.1).budget(0.3).select(&[0.5; 5], 10.0)?;
        assert_eq!(tied.selected(), [true, true, true, false, false]);
        // Value per cost decides: 9 for 1 before 20 for 10; what does not fit is passed over; a free contact always fits.
        let costs = [10.0, 1.0, 5.0, 0.0];
        let mixed = Campaign::new(&costs).budget(6.0).select(&[1.0, 1.0, 1.0, 0.1], &[30.0, 10.0, 9.0, 1.0])?;
        assert_eq!(mixed.selected(), [false, true, true, true]);
        close(mixed.contacted().cost, 6.0);
        close(mixed.saved(), 10.0);
        Ok(())
    }

    #[test]
    fn only_the_uplift_counts_over_a_baseline() -> Result<()> {
        let targeting = Campaign::new(1.0).baseline(&[0.45, 0.10]).select(&[0.50, 0.30], 10.0)?;
        assert_eq!(targeting.selected(), [false, true]);
        close(targeting.value()[0], -0.5);
        close(targeting.contacted().responses, 0.2);
        Ok(())
    }

    #[test]
    fn nobody_and_no_margin() -> Result<()> {
        let targeting = Campaign::new(1.0).select(&[0.5, 0.5, 0.5], &[0.0, -4.0, 0.5])?;
        assert_eq!(targeting.selected(), [false; 3]);
        assert_eq!(targeting.break_even(), [None, None, Some(2.0)]);
        assert_eq!((targeting.contacted().customers, targeting.contacted().roi()), (0, None));
        close(targeting.saved(), 3.0);
        Ok(())
    }

    #[test]
    fn refuses_bad_input() {
        let kind = |error: Error| (error.kind(), error.row());
        let plain = Campaign::new(1.0);
        assert_eq!(plain.select(&[], 1.0).map_err(kind), Err((ErrorKind::Empty, None)));
        assert_eq!(plain.select(&[0.1, f64::NAN], 1.0).map_err(kind), Err((ErrorKind::NonFinite, Some(1))));
        assert_eq!(plain.select(&[1.1], 1.0).map_err(kind), Err((ErrorKind::Share, None)));
        assert_eq!(plain.baseline(-0.1).select(&[0.1], 1.0).map_err(kind), Err((ErrorKind::Share, None)));
        assert_eq!(plain.select(&[0.1], f64::NAN).map_err(kind), Err((ErrorKind::InvalidOption, None)));
        assert_eq!(plain.select(&[0.1], &[1.0, 2.0]).map_err(kind), Err((ErrorKind::LengthMismatch, None)));
        assert_eq!(Campaign::new(-1.0).select(&[0.1], 1.0).map_err(kind), Err((ErrorKind::InvalidOption, None)));
        assert_eq!(Campaign::new(&[1.0, -1.0]).select(&[0.1, 0.1], 1.0).map_err(kind), Err((ErrorKind::Negative, Some(1))));
        assert_eq!(plain.budget(f64::NAN).select(&[0.1], 1.0).map_err(kind), Err((ErrorKind::InvalidOption, None)));
    }
}
