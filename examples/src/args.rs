//! The command line.

use std::path::PathBuf;

use clap::{ArgGroup, Parser, ValueEnum};
use crm_value::{Date, DiscountRate, InvalidRows, RefundPolicy, RowPolicy, Span, TimeUnit};

const EXAMPLES: &str = "\
Examples (after `cargo run --release --example analyze --`):
  orders.csv --customer-id client --date day --amount total
        a file with other column names
  orders.csv --delimiter ';' --decimal-comma --margin margin
        12,50 for twelve and a half; a column with the contribution margin of each order
  orders.csv --calibration-end 2025-06-30 --observed-until 2026-06-30
        learn from the orders until the first date, check against those until the second
  orders.csv --horizon-years 5 --annual-discount 0.08 --margin-rate 0.3 --top 25
        five years, 8 % a year, 30 % of the revenue is margin, 25 customers
  orders.csv --refunds drop --duplicates drop --invalid-rows drop
        leave out what is not a plain order (the report counts it)

A CSV needs a header, one row per order, dates as YYYY-MM-DD or YYYYMMDD (a time of day after it is
cut off), amounts such as 1234.56 (negative for refunds), and customer ids of any kind. Empty fields
are missing values. Messages count lines from 1, the header among them, and rows from 0 below it.";

/// What every customer in a log of orders is worth.
///
/// Prints data quality, models and their test, lifetime values, segments, concentration, whale curve,
/// cohorts, value by stage of the relationship, and what changed from one half-year to the next.
#[derive(Debug, Clone, Parser)]
#[command(name = "analyze", version, after_help = EXAMPLES, verbatim_doc_comment)]
#[command(group(ArgGroup::new("margin or cost").args(["margin", "cost"])))]
pub struct Args {
    /// CSV of orders [default: the bundled CDNOW log, 6,919 orders of 2,357 customers]
    pub path: Option<PathBuf>,

    /// Column with the customer ids
    #[arg(long, value_name = "COLUMN", default_value = "customer_id", help_heading = "Columns")]
    pub customer_id: String,
    /// Column with the dates of the orders
    #[arg(long, value_name = "COLUMN", default_value = "date", help_heading = "Columns")]
    pub date: String,
    /// Column with the amounts, in one currency; negative for refunds
    #[arg(long, value_name = "COLUMN", default_value = "amount", help_heading = "Columns")]
    pub amount: String,
    /// Column with the contribution margin of each order, if there is one
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub margin: Option<String>,
    /// Column with the cost of each order, if there is one; margin = amount - cost
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    pub cost: Option<String>,
    /// Character between the fields, or `tab` [default: found in the header among , ; tab |]
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter, help_heading = "Columns")]
    pub delimiter: Option<u8>,
    /// Numbers are written as 12,50
    #[arg(long, help_heading = "Columns")]
    pub decimal_comma: bool,

    /// Time unit of the models: day, week, month, quarter or year
    #[arg(long, default_value = "week", value_parser = unit, help_heading = "Time")]
    pub unit: TimeUnit,
    /// Last day the models are tested from [default: the middle of the log]
    #[arg(long, value_name = "DATE", value_parser = date, conflicts_with = "no_holdout", help_heading = "Time")]
    pub calibration_end: Option<Date>,
    /// Last day observed, at which customers are valued [default: the last date in the log]
    #[arg(long, value_name = "DATE", value_parser = date, visible_alias = "holdout-end", help_heading = "Time")]
    pub observed_until: Option<Date>,
    /// Do not test the models on the second part of the log
    #[arg(long, help_heading = "Time")]
    pub no_holdout: bool,

    /// How far the lifetime value looks ahead
    #[arg(long, value_name = "YEARS", default_value = "3", value_parser = years, help_heading = "Value")]
    pub horizon_years: Span,
    /// Discount rate per year: 0.10 is 10 %
    #[arg(long, value_name = "RATE", default_value = "0.10", value_parser = rate, allow_negative_numbers = true, help_heading = "Value")]
    pub annual_discount: Rate,
    /// Margin per unit of revenue: 0.3 is 30 % [default: that of the margin column, else 1]
    #[arg(long, value_name = "RATE", allow_negative_numbers = true, value_parser = finite, help_heading = "Value")]
    pub margin_rate: Option<f64>,
    /// Cost of handling one order, in money, for the whale curve [default: 0; the bundled log: 2]
    #[arg(long, value_name = "COST", value_parser = cost, help_heading = "Value")]
    pub order_cost: Option<f64>,
    /// Cost per customer, in money, for the whale curve [default: 0; the bundled log: 3]
    #[arg(long, value_name = "COST", value_parser = cost, help_heading = "Value")]
    pub customer_cost: Option<f64>,
    /// How many of the most valuable customers to list
    #[arg(long, value_name = "N", default_value_t = 10, help_heading = "Value")]
    pub top: usize,

    /// Negative amounts
    #[arg(long, value_enum, default_value_t = Refunds::Net, help_heading = "Policies")]
    pub refunds: Refunds,
    /// Amounts of 0
    #[arg(long, value_enum, default_value_t = Rows::Keep, help_heading = "Policies")]
    pub zeros: Rows,
    /// Rows that agree in customer, day, amount and margin
    #[arg(long, value_enum, default_value_t = Rows::Keep, help_heading = "Policies")]
    pub duplicates: Rows,
    /// Rows with a missing or unreadable value
    #[arg(long, value_enum, default_value_t = Invalid::Reject, help_heading = "Policies")]
    pub invalid_rows: Invalid,
}

/// A discount rate with the number it was made from.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// Per year, 0.10 for 10 %.
    pub annual: f64,
    /// The rate as the library takes it.
    pub rate: DiscountRate,
}

/// `--refunds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Refunds {
    /// Deduct them from the day and the customer's total
    Net,
    /// Stop at the first one
    Reject,
    /// Leave them out, counted
    Drop,
}

/// `--zeros` and `--duplicates`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Rows {
    /// Use them, counted
    Keep,
    /// Stop at the first one
    Reject,
    /// Leave them out, counted
    Drop,
}

/// `--invalid-rows`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Invalid {
    /// Stop at the first one
    Reject,
    /// Leave them out, counted
    Drop,
}

impl From<Refunds> for RefundPolicy {
    fn from(policy: Refunds) -> Self {
        match policy {
            Refunds::Net => RefundPolicy::Net,
            Refunds::Reject => RefundPolicy::Reject,
            Refunds::Drop => RefundPolicy::Drop,
        }
    }
}

impl From<Rows> for RowPolicy {
    fn from(policy: Rows) -> Self {
        match policy {
            Rows::Keep => RowPolicy::Keep,
            Rows::Reject => RowPolicy::Reject,
            Rows::Drop => RowPolicy::Drop,
        }
    }
}

impl From<Invalid> for InvalidRows {
    fn from(policy: Invalid) -> Self {
        match policy {
            Invalid::Reject => InvalidRows::Reject,
            Invalid::Drop => InvalidRows::Drop,
        }
    }
}

impl Args {
    /// The column that says what an order earns, margin or cost, if one was named.
    pub fn margin_column(&self) -> Option<&str> {
        self.margin.as_deref().or(self.cost.as_deref())
    }
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        &[byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && byte != b'"' => Ok(byte),
        _ => Err("give one character such as ; or the word tab".to_owned()),
    }
}

fn unit(text: &str) -> Result<TimeUnit, String> {
    text.parse().map_err(|_| "use day, week, month, quarter or year".to_owned())
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "write dates as YYYY-MM-DD".to_owned())
}

fn number(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| "it is not a number".to_owned())
}

fn finite(text: &str) -> Result<f64, String> {
    number(text).and_then(|value| if value.is_finite() { Ok(value) } else { Err("it must be finite".to_owned()) })
}

fn cost(text: &str) -> Result<f64, String> {
    finite(text).and_then(|cost| if cost >= 0.0 { Ok(cost) } else { Err("it must be 0 or more".to_owned()) })
}

fn years(text: &str) -> Result<Span, String> {
    Span::new(number(text)?, TimeUnit::Year).map_err(|_| "it must be above 0".to_owned())
}

fn rate(text: &str) -> Result<Rate, String> {
    let annual = number(text)?;
    let rate = DiscountRate::annual(annual).map_err(|problem| problem.to_string())?;
    Ok(Rate { annual, rate })
}
