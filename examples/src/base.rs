//! The customer base as a whole: cohorts, value by stage, and what changed from one half-year to the next.

use std::io::{self, Write};

use crm_value::{
    CalendarPeriod, CohortMeasure, CohortTable, CrmMatrix, Date, MatrixCell, Movement, PeriodReview, Relationship, Result, ReviewOptions,
    StageBasis, StageRules, TransactionLog, ValueAtRisk,
};

use crate::table::{Table, count, heading, money, number, or_none, paragraph, percent};

/// What is known of the customer base beyond the single customer.
#[derive(Debug)]
pub struct Base {
    /// Customers by calendar period of their first purchase and age in such periods.
    pub cohorts: Result<CohortTable>,
    /// Value by stage of the relationship.
    pub matrix: Result<CrmMatrix>,
    /// Two half-years side by side; absent if the log does not hold two whole ones.
    pub review: Option<HalfYears>,
}

/// Two half-years side by side.
#[derive(Debug)]
pub struct HalfYears {
    /// First and last day of both.
    pub periods: [(Date, Date); 2],
    /// What changed.
    pub review: Result<PeriodReview>,
    /// The value of the second one that may be lost; known if it ends with the observation and there is a model.
    pub at_risk: Option<ValueAtRisk>,
}

impl Base {
    /// Looks at the customers of a log until `end`: `value` and `p_alive` of every customer of its summary.
    pub fn of(log: &TransactionLog, end: Date, value: &[f64], p_alive: Option<&[f64]>) -> Self {
        let rules = StageRules::default();
        let stages = Relationship::of(log, &rules, Some(end)).and_then(|base| rules.assign(&base, StageBasis::Rhythm));
        Base {
            cohorts: log.cohorts(cohort_period(log, end)).observed_until(end).build(),
            matrix: stages.and_then(|stages| CrmMatrix::value_by_stage(value, &stages, p_alive)),
            review: half_years(log, end).map(|periods| HalfYears::of(log, periods, end, p_alive)),
        }
    }
}

impl HalfYears {
    fn of(log: &TransactionLog, periods: [(Date, Date); 2], end: Date, p_alive: Option<&[f64]>) -> Self {
        let review = PeriodReview::of(log, periods[0], periods[1], &ReviewOptions::default());
        let p_alive = p_alive.filter(|_| periods[1].1 == end);
        let at_risk = review.as_ref().ok().zip(p_alive).and_then(|(review, p_alive)| review.value_at_risk(1, p_alive).ok());
        HalfYears { periods, review, at_risk }
    }
}

/// Months, or where they would make a long table, quarters or years.
fn cohort_period(log: &TransactionLog, end: Date) -> CalendarPeriod {
    match end.days().abs_diff(log.first_date().days()) / 365 {
        0..2 => CalendarPeriod::Month,
        2..6 => CalendarPeriod::Quarter,
        _ => CalendarPeriod::Year,
    }
}

/// The last four whole calendar quarters until `end`, two and two.
fn half_years(log: &TransactionLog, end: Date) -> Option<[(Date, Date); 2]> {
    let quarter = CalendarPeriod::Quarter;
    let before = |date: Date| Date::from_days(quarter.start(date).days() - 1).ok();
    let last = if quarter.end(end) == end { end } else { before(end)? };
    let middle = before(before(last)?)?;
    let first = quarter.start(before(middle)?);
    let second = Date::from_days(middle.days() + 1).ok()?;
    (first >= log.first_date()).then_some([(first, middle), (second, last)])
}

pub(crate) fn print(base: &Base, out: &mut dyn Write) -> io::Result<()> {
    cohorts(base, out)?;
    matrix(base, out)?;
    review(base, out)
}

/// The ages shown, as far as the page is wide enough.
fn ages(table: &CohortTable) -> Vec<usize> {
    let all = (0..4).chain((6..).step_by(3));
    all.take_while(|&age| age < table.len()).take(9).collect()
}

fn cohorts(base: &Base, out: &mut dyn Write) -> io::Result<()> {
    heading(out, "Cohorts")?;
    let table = match &base.cohorts {
        Ok(table) => table,
        Err(problem) => return paragraph(out, &format!("{problem}.")),
    };
    let (ages, totals) = (ages(table), table.totals());
    let period = table.period();
    for (measure, what) in [(CohortMeasure::Retention, "active"), (CohortMeasure::CumulativeRevenuePerCustomer, "spend")] {
        let mut titles = vec!["first bought".to_owned(), "customers".to_owned()];
        titles.extend(ages.iter().map(|&age| if age == 0 { format!("{what} in|{period} 0") } else { age.to_string() }));
        if what == "spend" {
            titles[2] = format!("spend until|{period} 0");
        }
        let mut lines = Table::new(&titles.iter().map(String::as_str).collect::<Vec<_>>());
        let matrix = table.matrix(measure);
        for (number, cohort) in table.cohorts().iter().enumerate().filter(|(_, cohort)| cohort.customers > 0) {
            let shown = if what == "active" { percent } else { money };
            let cells = ages.iter().map(|&age| or_none(matrix[[number, age]].map(shown)));
            lines.row([table.label(number).unwrap_or_default(), count(cohort.customers)].into_iter().chain(cells));
        }
        if what == "active" {
            let pooled = table.ages();
            let cells = ages.iter().map(|&age| or_none(pooled[age].retention.map(percent)));
            lines.row(["all".to_owned(), count(totals.customers)].into_iter().chain(cells));
            lines.space();
        }
        lines.print(out)?;
    }
    let masked = if totals.masked_orders > 0 {
        format!(" The {period} that is not over is left out: {} of it.", money(totals.masked_revenue))
    } else {
        String::new()
    };
    let text = format!(
        "Share of the customers acquired in a {period} who bought in it and in the {period}s after it, and what they have spent so far per \
         customer acquired. The spend of all cells adds up to {}.{masked}",
        money(totals.revenue)
    );
    paragraph(out, &text)
}

fn matrix(base: &Base, out: &mut dyn Write) -> io::Result<()> {
    heading(out, "Value by stage")?;
    let matrix = match &base.matrix {
        Ok(matrix) => matrix,
        Err(problem) => return paragraph(out, &format!("{problem}.")),
    };
    let mut lines =
        Table::new(&["stage", "value", "customers", "value|in all", "share|%", "mean|P(alive)", "value|at risk", "action"]).left(1).left(7);
    let mut row = |stage: &str, value: &str, cell: MatrixCell, action: &str| {
        lines.row([
            stage.to_owned(),
            value.to_owned(),
            count(cell.customers),
            money(cell.value),
            or_none(cell.value_share.map(|share| number(100.0 * share, 1))),
            or_none(cell.mean_p_alive.map(|mean| number(mean, 3))),
            or_none(cell.value_at_risk.map(money)),
            action.to_owned(),
        ]);
    };
    for (column, stage) in matrix.columns().levels().iter().enumerate() {
        for (number, value) in matrix.rows().levels().iter().enumerate().rev() {
            if let Some(cell) = matrix.cell(number, column).filter(|cell| cell.customers > 0) {
                row(stage, value, cell, matrix.action(number, column).unwrap_or_default());
            }
        }
    }
    row("all", "", matrix.total(), "");
    lines.print(out)?;
    let text = "Value so far in terciles; at risk is the sum of (1 - P(alive)) times value. Stages go by the time since the last purchase in \
                multiples of the customer's usual gap, P(alive) by the BG/NBD model, in which customers leave after a repeat purchase only: who \
                bought once counts as alive there.";
    paragraph(out, text)
}

fn review(base: &Base, out: &mut dyn Write) -> io::Result<()> {
    heading(out, "Half-year review")?;
    let Some(HalfYears { periods, review, at_risk }) = &base.review else {
        return paragraph(out, "The log does not hold two whole half-years.");
    };
    let review = match review {
        Ok(review) => review,
        Err(problem) => return paragraph(out, &format!("{problem}.")),
    };
    let bridge = review.bridge();
    let [then, now] = periods.map(|(from, to)| format!("{from} to {to}"));
    let of = |movement: Movement| review.summaries().iter().filter(|row| row.movement == movement).map(|row| row.customers).sum::<usize>();
    let retained = [Movement::Grown, Movement::Equal, Movement::Shrunk].map(of);
    let mut lines = Table::new(&["", "customers", "spend"]);
    lines.row([then, count(review.periods()[0].customers), money(bridge.value_1)]);
    lines.row(["+ new".to_owned(), count(of(Movement::New)), money(bridge.new)]);
    lines.row(["+ returned".to_owned(), count(of(Movement::Returned)), money(bridge.returned)]);
    lines.row([format!("+ more from {} of {}", count(retained[0]), count(retained.iter().sum())), String::new(), money(bridge.growth)]);
    lines.row([format!("- less from {} of them", count(retained[2])), String::new(), money(bridge.shrinkage)]);
    lines.row(["- lost".to_owned(), count(of(Movement::Lost)), money(bridge.lost)]);
    if bridge.absent.abs() > 0.0 {
        lines.row(["+ refunds of earlier customers".to_owned(), String::new(), money(bridge.absent)]);
    }
    lines.row([now, count(review.periods()[1].customers), money(bridge.value_2)]);
    lines.space();
    lines.print(out)?;
    migration(review, out)?;
    let top = review.top_tier();
    let gini = review.periods().map(|period| or_none(period.gini.map(|gini| number(gini, 3))));
    let mut text = format!(
        "The best 10 % of the first half-year, {} customers, spent {} in it and {} in the second, in which {} of them bought. The Gini \
         coefficient of the spend was {} and is {}.",
        count(top.customers),
        money(top.value_1),
        money(top.value_2),
        count(top.retained),
        gini[0],
        gini[1],
    );
    if let Some((value, share)) = at_risk.and_then(|at_risk| Some((at_risk.value, at_risk.share?))) {
        text += &format!(" At risk by P(alive): {} of the second half-year, which is {}.", money(value), percent(share));
    }
    paragraph(out, &text)
}

/// Who moved from which tier to which.
fn migration(review: &PeriodReview, out: &mut dyn Write) -> io::Result<()> {
    let migration = review.migration();
    let tiers = ["best 10 %", "next 20 %", "other 70 %"];
    let mut lines = Table::new(&["then|", "now|best 10 %", "|next 20 %", "|other 70 %", "|lost", "|customers"]);
    for (row, name) in tiers.into_iter().chain(["new", "returned"]).enumerate() {
        let cells: Vec<usize> = (0..migration.columns()).filter_map(|column| migration.cell(row, column)).map(|cell| cell.0).collect();
        let all = cells.iter().sum();
        lines.row([name.to_owned()].into_iter().chain(cells.into_iter().chain([all]).map(count)));
    }
    lines.print(out)
}
