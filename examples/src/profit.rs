//! The whale curve: which customers earn the profit, and which take some of it away again.

use std::io::{self, Write};

use crm_value::{ContributionMargin, CustomerActivity, CustomerSummary, Result, WhaleCurve};

use crate::args::Args;
use crate::table::{Table, count, heading, money, or_none, paragraph, percent};

/// From the value so far to the profit: a rate on it, and what orders and customers cost, in money.
#[derive(Debug, Clone, Copy)]
pub struct Costs {
    /// What is left of the value so far before these costs; 1 unless the bundled log is analysed.
    pub rate: f64,
    /// Per order.
    pub order: f64,
    /// Per customer.
    pub customer: f64,
}

impl Costs {
    /// What the shop of the bundled log might have had: 30 % margin, 2 per order, 3 per customer.
    pub const BUNDLED: Costs = Costs { rate: 0.30, order: 2.0, customer: 3.0 };

    /// As the arguments say. The bundled log, of which no costs are known, gets [`Costs::BUNDLED`] unless they say anything.
    pub fn of(args: &Args) -> Self {
        let given = args.margin_rate.or(args.order_cost).or(args.customer_cost);
        if args.path.is_none() && given.is_none() {
            return Self::BUNDLED;
        }
        Costs { rate: 1.0, order: args.order_cost.unwrap_or(0.0), customer: args.customer_cost.unwrap_or(0.0) }
    }
}

/// The whale curve of the values so far less costs.
///
/// # Errors
/// Those of [`ContributionMargin::of`] and [`WhaleCurve::of`].
pub fn whale(customers: &CustomerSummary, realised: &[f64], costs: Costs) -> Result<WhaleCurve> {
    let orders: Vec<f64> = customers.frequency().iter().map(|&repeats| f64::from(repeats) + 1.0).collect();
    let activity = CustomerActivity { orders: Some(&orders), ..CustomerActivity::revenue(realised) };
    let model = ContributionMargin::new().rate(costs.rate).cost_per_order(costs.order).cost_per_customer(costs.customer);
    WhaleCurve::of(&model.of(&activity)?)
}

/// `realised` is what the values are before costs: "revenue" or "margin".
pub(crate) fn print(whale: &Result<WhaleCurve>, realised: &str, costs: Costs, out: &mut dyn Write) -> io::Result<()> {
    heading(out, "Whale curve")?;
    let whale = match whale {
        Ok(whale) => whale,
        Err(problem) => return paragraph(out, &format!("{problem}.")),
    };
    let mut table = Table::new(&["best customers", "customers", "profit|in all", "share|of total"]);
    for point in whale.curve(11).into_iter().filter(|point| point.customers > 0) {
        let head = [percent(point.customer_share), count(point.customers)];
        table.row(head.into_iter().chain([money(point.value), or_none(point.value_share.map(percent))]));
    }
    table.print(out)?;
    let rate =
        if costs.rate < 1.0 { format!("{} of the {realised} so far", percent(costs.rate)) } else { format!("the {realised} so far") };
    let text = format!(
        "Profit is {rate} less {} per order and {} per customer (--margin-rate, --order-cost, --customer-cost). The {} best customers are above 0 \
         and earn {}; {} are below 0 and take {} of it away again.",
        money(costs.order),
        money(costs.customer),
        count(whale.break_even_customers()),
        money(whale.peak_value()),
        count(whale.unprofitable_customers()),
        money(whale.destroyed_value()),
    );
    paragraph(out, &text)
}
