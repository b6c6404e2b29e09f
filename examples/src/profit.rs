//! The whale curve: which customers earn the profit, and which take some of it away again.

use std::io::{self, Write};

use crm_value::{ContributionMargin, CustomerActivity, CustomerSummary, Result, WhaleCurve};

use crate::args::Args;
use crate::table::{Table, count, heading, money, or_none, paragraph, percent};

/// The whale curve of the margins so far, less what the arguments say an order and a customer cost.
///
/// # Errors
/// Those of [`ContributionMargin::of`] and [`WhaleCurve::of`].
pub fn whale(customers: &CustomerSummary, realised: &[f64], args: &Args) -> Result<WhaleCurve> {
    let orders: Vec<f64> = customers.frequency().iter().map(|&repeats| f64::from(repeats) + 1.0).collect();
    let activity = CustomerActivity { orders: Some(&orders), ..CustomerActivity::revenue(realised) };
    let model = ContributionMargin::new().cost_per_order(args.order_cost).cost_per_customer(args.customer_cost);
    WhaleCurve::of(&model.of(&activity)?)
}

/// `realised` is what the values are before costs: "revenue" or "margin".
pub(crate) fn print(whale: &Result<WhaleCurve>, realised: &str, args: &Args, out: &mut dyn Write) -> io::Result<()> {
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
    let text = format!(
        "Profit is the {realised} so far less {} per order and {} per customer (--order-cost, --customer-cost). The curve peaks at {} with the \
         {} customers above 0; {} customers below 0 take {} away again.",
        money(args.order_cost),
        money(args.customer_cost),
        money(whale.peak_value()),
        count(whale.break_even_customers()),
        count(whale.unprofitable_customers()),
        money(whale.destroyed_value()),
    );
    paragraph(out, &text)
}
