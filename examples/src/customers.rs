//! The second half of the report: the most valuable customers, segments, concentration.

use std::io::{self, Write};

use crm_value::{Concentration, Error, RfmAxis};

use crate::analysis::{Analysis, Spread};
use crate::args::Args;
use crate::table::{NONE, Table, count, heading, money, number, or_none, paragraph, percent, shorten};

/// Longest id printed in full.
const LONGEST_ID: usize = 24;

/// What the realised values of the report are.
pub(crate) fn realised_name(analysis: &Analysis) -> &'static str {
    let all_revenue = (analysis.margin_rate.0 - 1.0).abs() < f64::EPSILON;
    if all_revenue && analysis.customers.total_margin().is_none() { "revenue" } else { "margin" }
}

pub(crate) fn most_valuable(analysis: &Analysis, args: &Args, out: &mut dyn Write) -> io::Result<()> {
    heading(out, "Most valuable customers")?;
    let years = args.horizon_years.length();
    let realised = realised_name(analysis);
    let future = analysis.future.as_ref();
    let value = future.and_then(|future| future.value.as_ref().ok());
    let (rate, origin) = analysis.margin_rate;
    let explanation = match value {
        Some(_) => format!(
            "CLV at {}: expected margin of the next {years} years, discounted at {} a year at the end of each month; margin {} of the \
             spend ({origin}). Purchases and spend are expected ones: purchases within the {years} years, spend per purchase.",
            analysis.observed_until,
            percent(args.annual_discount.annual),
            percent(rate),
        ),
        None => format!("By realised {realised}, as there is no model of the value to come."),
    };
    paragraph(out, &explanation)?;
    let mut table = Table::new(&[
        "customer",
        "purchases|so far",
        "last|purchase",
        &format!("{realised}|so far"),
        "P(alive)",
        "purchases|to come",
        "spend|each",
        "CLV",
    ]);
    let customers = &analysis.customers;
    for &(i, last) in &analysis.best {
        table.row([
            shorten(or_none(customers.ids().get(i).map(|id| id.to_string())), LONGEST_ID),
            count(customers.frequency()[i] as usize + 1),
            or_none(last.map(|date| date.to_string())),
            money(analysis.realised[i]),
            or_none(future.map(|future| number(future.p_alive[i], 4))),
            or_none(future.map(|future| number(future.purchases[i], 2))),
            or_none(value.map(|(spend, _)| money(spend[i]))),
            or_none(value.map(|(_, clv)| money(clv[i]))),
        ]);
    }
    table.space();
    let total = |values: &[f64]| money(values.iter().sum());
    table.row([
        format!("all {}", count(customers.len())),
        count(customers.repeat_purchases() as usize + customers.len()),
        String::new(),
        total(&analysis.realised),
        or_none(future.map(|future| number(future.p_alive.iter().sum::<f64>() / customers.len() as f64, 4))),
        or_none(future.map(|future| number(future.purchases.iter().sum(), 2))),
        String::new(),
        or_none(value.map(|(_, clv)| total(clv))),
    ]);
    table.print(out)?;
    match future.map(|future| &future.value) {
        Some(Err(problem)) => paragraph(out, &format!("No CLV: {problem}.")),
        Some(Ok(_)) => paragraph(out, "The last line holds the mean P(alive) and the sums of all customers."),
        None => Ok(()),
    }
}

pub(crate) fn segments(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    heading(out, "RFM segments")?;
    let unit = analysis.customers.unit();
    let mut table = Table::new(&[
        "segment",
        "customers",
        "share",
        "purchases|each",
        &format!("{unit}s since|the last"),
        "spend|each",
        "spend|in all",
        "share|of spend",
    ]);
    for segment in analysis.segments.iter().filter(|segment| segment.customers > 0) {
        table.row([
            segment.name.clone(),
            count(segment.customers),
            percent(segment.customer_share),
            or_none(segment.mean_frequency.map(|mean| number(mean, 1))),
            or_none(segment.mean_time_since_last.map(|mean| number(mean, 1))),
            or_none(segment.mean_spend.map(money)),
            money(segment.total_spend),
            or_none(segment.spend_share.map(percent)),
        ]);
    }
    table.print(out)?;
    let axes = RfmAxis::ALL.map(|axis| (axis.name(), analysis.scores.empty_scores(axis)));
    let ties: Vec<String> = axes
        .iter()
        .filter(|(_, scores)| !scores.is_empty())
        .map(|(axis, scores)| format!("{axis} {}", scores.iter().map(u8::to_string).collect::<Vec<_>>().join(", ")))
        .collect();
    let mut text = "Quintiles of recency, frequency and total spend; customers of equal value share a score.".to_owned();
    if !ties.is_empty() {
        text += &format!(" Scores that nobody has, because ties fill their place: {}.", ties.join("; "));
    }
    paragraph(out, &text)
}

pub(crate) fn concentration(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    heading(out, "Concentration")?;
    let realised = format!("realised|{}", realised_name(analysis));
    let mut spreads: Vec<(&str, &Spread)> = vec![(&realised, &analysis.realised_spread)];
    if let Some(spread) = &analysis.future_spread {
        spreads.push(("predicted|CLV", spread));
    }
    let titles: Vec<&str> = [""].into_iter().chain(spreads.iter().map(|(title, _)| *title)).collect();
    let mut table = Table::new(&titles);
    let mut row = |label: &str, text: &dyn Fn(&Concentration) -> crm_value::Result<String>| {
        let cells = spreads.iter().map(|(_, spread)| or_none(spread.concentration.as_ref().ok().and_then(|spread| text(spread).ok())));
        table.row([label.to_owned()].into_iter().chain(cells));
    };
    row("sum", &|spread| Ok(money(spread.total())));
    for (label, share) in [("share of the top 1 %", 0.01), ("share of the top 10 %", 0.10), ("share of the top 20 %", 0.20)] {
        row(label, &|spread| spread.top_share(share).map(percent));
    }
    row("Gini coefficient", &|spread| Ok(number(spread.gini(), 4)));
    row("customers who hold 80 %", &|spread| spread.customers_for_share(0.80).map(|most| count(most.customers)));
    row("which is a share of", &|spread| spread.customers_for_share(0.80).map(|most| percent(most.customer_share)));
    table.print(out)?;
    for (title, spread) in &spreads {
        let title = title.replace('|', " ");
        match &spread.concentration {
            Ok(spread) if spread.negatives_clamped() > 0 => {
                paragraph(out, &format!("{title}: {} negative values count as 0.", count(spread.negatives_clamped())))?;
            }
            Ok(_) => {}
            Err(problem) => paragraph(out, &format!("{title}: {problem}."))?,
        }
    }
    tiers(&spreads, out)
}

fn tiers(spreads: &[(&str, &Spread)], out: &mut dyn Write) -> io::Result<()> {
    heading(out, "Tiers")?;
    let mut titles = vec!["tier".to_owned()];
    for (title, _) in spreads {
        let (first, second) = title.split_once('|').unwrap_or(("", title));
        titles.extend([format!("{first}|customers"), format!("{second}|from"), "|in all".to_owned(), "|share".to_owned()]);
    }
    let mut table = Table::new(&titles.iter().map(String::as_str).collect::<Vec<_>>());
    let tiers: Vec<Result<&[crm_value::Tier], &Error>> =
        spreads.iter().map(|(_, spread)| spread.tiers.as_ref().map(crm_value::Tiers::rows)).collect();
    for (position, name) in ["best 10 %", "next 20 %", "other 70 %"].into_iter().enumerate() {
        let mut row = vec![name.to_owned()];
        for tiers in &tiers {
            let tier = tiers.as_ref().ok().and_then(|tiers| tiers.get(position));
            row.extend([
                or_none(tier.map(|tier| count(tier.customers))),
                or_none(tier.and_then(|tier| tier.smallest).map(money)),
                or_none(tier.map(|tier| money(tier.value))),
                or_none(tier.and_then(|tier| tier.value_share).map(percent)),
            ]);
        }
        table.row(row);
    }
    table.print(out)?;
    paragraph(out, "The value from which a customer is in the tier, the sum of the tier, its share of all. Equal values are never split.")?;
    if tiers.iter().any(Result::is_err) { writeln!(out, "  {NONE}: no tiers could be cut.") } else { Ok(()) }
}
