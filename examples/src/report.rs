//! The printed report: data, models and forecast here, customers and segments in `customers`.

use std::io::{self, Write};

use crm_value::{CustomerSummary, DataQuality, Error, FitReport, Fitted};

use crate::analysis::{Analysis, Holdout, Models};
use crate::args::{Args, Refunds, Rows};
use crate::base;
use crate::customers;
use crate::orders::source;
use crate::profit;
use crate::table::{NONE, Table, count, grouped, heading, money, number, or_none, paragraph};

/// The last frequency class holds all customers with this many repeat purchases or more.
const LAST_CLASS: usize = 7;

pub(crate) fn print(analysis: &Analysis, args: &Args, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "crm_value {}: what every customer in {} is worth", env!("CARGO_PKG_VERSION"), source(args).1)?;
    if let Some(quality) = analysis.customers.quality() {
        data_quality(quality, args, out)?;
    }
    summary(analysis, out)?;
    models(analysis, out)?;
    forecast(analysis, out)?;
    customers::most_valuable(analysis, args, out)?;
    customers::segments(analysis, out)?;
    customers::concentration(analysis, out)?;
    profit::print(&analysis.whale, customers::realised_name(analysis), analysis.costs, out)?;
    base::print(&analysis.base, out)
}

fn data_quality(quality: &DataQuality, args: &Args, out: &mut dyn Write) -> io::Result<()> {
    heading(out, "Data quality")?;
    let (mut found, mut not_found) = (Table::default().left(2), Vec::new());
    for (label, text) in quality.lines() {
        match text.as_str() {
            "0" => not_found.push(label),
            "0.00" | "-0.00" => {}
            _ => found.row([label, &grouped(&text), meaning(label, args)]),
        }
    }
    found.print(out)?;
    paragraph(out, &if not_found.is_empty() { String::new() } else { format!("None of: {}.", not_found.join("; ")) })
}

/// What was done about it.
fn meaning(label: &str, args: &Args) -> &'static str {
    match label {
        "refund rows" if args.refunds == Refunds::Net => "deducted from the day and from the customer's total",
        "zero-amount rows" if args.zeros == Rows::Keep => "kept: a purchase without spend",
        "duplicate rows" if args.duplicates == Rows::Keep => "kept: same customer, day and amount need not be a mistake",
        "refund rows" | "zero-amount rows" | "duplicate rows" => "left out",
        "same-day merges" => "all orders of a customer on one day are one purchase",
        "cancelled days" => "nothing bought, or all of it refunded: no purchase",
        "customers without a purchase" => "refunds only: left out",
        "rows after the end" | "customers first seen after the end" => "not looked at",
        _ => "",
    }
}

fn summary(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    heading(out, "Customer base")?;
    let all = &analysis.customers;
    let unit = all.unit();
    let summaries: Vec<&CustomerSummary> = match &analysis.holdout {
        Ok(holdout) => vec![&holdout.split.calibration, all],
        Err(_) => vec![all],
    };
    let titles: Vec<&str> = [""].into_iter().chain(fits(analysis).into_iter().map(|(window, _)| window)).collect();
    let mut table = Table::new(&titles);
    let mut row = |label: String, text: &dyn Fn(&CustomerSummary) -> String| {
        table.row([label].into_iter().chain(summaries.iter().map(|customers| text(customers))));
    };
    let longest = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    row("observed from".to_owned(), &|_| or_none(all.quality().and_then(|quality| quality.first_date).map(|date| date.to_string())));
    row("observed until".to_owned(), &|customers| or_none(customers.observed_until().map(|date| date.to_string())));
    row("customers".to_owned(), &|customers| count(customers.len()));
    row("customers who bought again".to_owned(), &|customers| count(customers.repeat_customers()));
    row("repeat purchases (sum of x)".to_owned(), &|customers| count(customers.repeat_purchases() as usize));
    row(format!("longest T, {unit}s"), &|customers| number(longest(customers.age()), 3));
    row(format!("mean T, {unit}s"), &|customers| number(mean(customers.age()), 3));
    row("net spend to date".to_owned(), &|customers| or_none(customers.total_spend().map(|spend| money(spend.iter().sum()))));
    row("mean spend per repeat purchase".to_owned(), &|customers| or_none(mean_repeat_spend(customers).map(money)));
    table.print(out)?;
    paragraph(
        out,
        "A purchase is a day on which a customer bought; x counts those after the first. T is the time since the first. \
         Mean spend: over the customers who bought again, each with the mean of the repeat purchases.",
    )
}

fn mean_repeat_spend(customers: &CustomerSummary) -> Option<f64> {
    let spend: Vec<f64> = (0..customers.len()).filter_map(|customer| customers.mean_spend(customer)).collect();
    (!spend.is_empty()).then(|| spend.iter().sum::<f64>() / spend.len() as f64)
}

/// The fits there are: what they saw, and the models.
fn fits(analysis: &Analysis) -> Vec<(&'static str, &Models)> {
    let calibration = analysis.holdout.as_ref().ok().map(|holdout| ("calibration", &holdout.models));
    calibration.into_iter().chain([("whole log", &analysis.models)]).collect()
}

/// Report or refusal of every model.
fn reports(models: &Models) -> [(&'static str, Result<&FitReport, &Error>); 3] {
    let Models { bg_nbd, nbd, gamma_gamma } = models;
    [
        ("BG/NBD", bg_nbd.as_ref().map(Fitted::report)),
        ("NBD", nbd.as_ref().map(Fitted::report)),
        ("Gamma-Gamma", gamma_gamma.as_ref().map(Fitted::report)),
    ]
}

fn models(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    heading(out, "Models")?;
    let windows: Vec<_> = fits(analysis).into_iter().map(|(window, models)| (format!("{window}|estimate"), reports(models))).collect();
    let titles: Vec<&str> = ["", ""].into_iter().chain(windows.iter().flat_map(|(title, _)| [title.as_str(), "|std. error"])).collect();
    let mut table = Table::new(&titles).left(1);
    let unit = analysis.customers.unit();
    let with_unit = |name: &str| match name {
        "alpha" => format!("alpha, {unit}s"),
        "v" => "v, money".to_owned(),
        name => name.to_owned(),
    };
    for model in 0..3 {
        let fitted: Vec<Option<&FitReport>> = windows.iter().map(|(_, reports)| reports[model].1.ok()).collect();
        let Some(any) = fitted.iter().flatten().next() else { continue };
        for (i, estimate) in any.estimates.iter().enumerate() {
            let name = if i == 0 { windows[0].1[model].0 } else { "" };
            let mut row = vec![name.to_owned(), with_unit(&estimate.name)];
            for report in &fitted {
                let estimate = report.and_then(|report| report.estimates.get(i));
                row.push(or_none(estimate.map(|estimate| parameter(estimate.value))));
                row.push(or_none(estimate.and_then(|estimate| estimate.standard_error).map(parameter)));
            }
            table.row(row);
        }
        let mut measure = |label: &str, text: &dyn Fn(&FitReport) -> String| {
            let cells = fitted.iter().flat_map(|report| [or_none(report.map(text)), String::new()]);
            table.row([String::new(), label.to_owned()].into_iter().chain(cells));
        };
        measure("log-likelihood", &|report| number(report.log_likelihood, 4));
        measure("AIC", &|report| number(report.aic(), 2));
        table.space();
    }
    if !table.is_empty() {
        table.print(out)?;
    }
    paragraph(
        out,
        "BG/NBD says when customers buy and whether they have left, NBD the same as if nobody ever left (the smaller AIC fits better), \
         Gamma-Gamma how much they spend per purchase.",
    )?;
    fits(analysis).into_iter().try_for_each(|(window, models)| remarks(window, models, out))
}

/// Four decimals, unless the parameter ran away.
fn parameter(value: f64) -> String {
    if value.abs() < 1e7 { number(value, 4) } else { format!("{value:.3e}") }
}

/// Warnings and refusals.
fn remarks(window: &str, models: &Models, out: &mut dyn Write) -> io::Result<()> {
    let mut one_time_buyers = false;
    for (name, report) in reports(models) {
        let said = match report {
            Ok(report) => report.warnings.iter().map(ToString::to_string).collect(),
            // What one model misses in the data, the others miss too: once is enough.
            Err(Error::NoRepeatPurchases { .. }) if one_time_buyers => Vec::new(),
            Err(refusal) => vec![refusal.to_string()],
        };
        one_time_buyers |= matches!(report, Err(Error::NoRepeatPurchases { .. }));
        said.into_iter().try_for_each(|text| paragraph(out, &format!("{name}, {window}: {text}.")))?;
    }
    Ok(())
}

fn forecast(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    heading(out, "Forecast against what happened")?;
    let holdout = match &analysis.holdout {
        Ok(holdout) => holdout,
        Err(reason) => return paragraph(out, &format!("No holdout: {reason}.")),
    };
    let Holdout { calibration_end, split, bg_nbd, nbd, spend, .. } = holdout;
    paragraph(
        out,
        &format!(
            "The calibration models saw the log until {calibration_end}. The holdout is what those customers bought in the {} {}s after \
             it, until {}.",
            number(split.holdout.length(), 3).trim_end_matches('0').trim_end_matches('.'),
            split.holdout.unit(),
            analysis.observed_until
        ),
    )?;
    let frequency = split.calibration.frequency();
    let class = |customer: usize| (frequency[customer] as usize).min(LAST_CLASS);
    let mut members = [0_usize; LAST_CLASS + 1];
    for customer in 0..frequency.len() {
        members[class(customer)] += 1;
    }
    let by_class = |values: &dyn Fn(usize) -> f64| {
        let mut sums = [0.0; LAST_CLASS + 1];
        for customer in 0..frequency.len() {
            sums[class(customer)] += values(customer);
        }
        sums
    };
    let actual = |customer: usize| f64::from(split.holdout_frequency[customer]);
    let mut table = Table::new(&["repeat purchases|in calibration", "customers", "purchases per customer|actual", "BG/NBD", "NBD"]);
    let columns = [
        Some(by_class(&actual)),
        bg_nbd.as_ref().map(|expected| by_class(&|customer| expected[customer])),
        nbd.as_ref().map(|expected| by_class(&|customer| expected[customer])),
    ];
    for (x, &n) in members.iter().enumerate().filter(|&(_, &n)| n > 0) {
        let label = if x == LAST_CLASS { format!("{x} and more") } else { x.to_string() };
        let means = columns.iter().map(|column| or_none(column.map(|sums| number(sums[x] / n as f64, 3))));
        table.row([label, count(n)].into_iter().chain(means));
    }
    table.space();
    let totals = columns.map(|column| column.map(|sums| sums.iter().sum::<f64>()));
    let [happened, ..] = totals;
    let happened = happened.unwrap_or(0.0);
    let label = |text: &str, actual: String| [text.to_owned(), String::new(), actual];
    table.row(
        label("total purchases", number(happened, 0))
            .into_iter()
            .chain(totals[1..].iter().map(|total| or_none(total.map(|total| number(total, 1))))),
    );
    let off = |total: f64| format!("{:+.1} %", 100.0 * (total / happened - 1.0));
    table.row(
        label("forecast minus actual", String::new())
            .into_iter()
            .chain(totals[1..].iter().map(|total| or_none(total.filter(|_| happened > 0.0).map(off)))),
    );
    let error = |expected: &Option<Vec<f64>>| {
        let expected = expected.as_ref()?;
        let sum: f64 = expected.iter().enumerate().map(|(customer, expected)| (expected - actual(customer)).abs()).sum();
        Some(number(sum / expected.len() as f64, 4))
    };
    table.row(label("mean absolute error", String::new()).into_iter().chain([bg_nbd, nbd].map(|expected| or_none(error(expected)))));
    let spent = |expected: &Option<Vec<f64>>| {
        let (purchases, spend) = (expected.as_ref()?, spend.as_ref()?);
        Some(money(purchases.iter().zip(spend).map(|(purchases, spend)| purchases * spend).sum()))
    };
    let happened = money(split.holdout_spend.iter().sum());
    table.row(
        label("total spend, with Gamma-Gamma", happened)
            .into_iter()
            .chain([bg_nbd, nbd].map(|expected| spent(expected).unwrap_or_else(|| NONE.to_owned()))),
    );
    table.print(out)
}
