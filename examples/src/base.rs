//! The customer base as a whole: cohorts, value by stage, and what changed from one half-year to the next.

use std::io::{self, Write};

use crm_value::{
    CalendarPeriod, CohortMeasure, CohortTable, CrmMatrix, Date, MatrixCell, PeriodReview, Relationship, Result, ReviewOptions, StageBasis,
    StageRules, TransactionLog,
};

use crate::table::{Table, count, heading, money, or_none, paragraph, percent};

/// What is known of the customer base beyond the single customer.
#[derive(Debug)]
pub struct Base {
    /// Customers by quarter of their first purchase and age in quarters.
    pub cohorts: Result<CohortTable>,
    /// Value by stage of the relationship.
    pub matrix: Result<CrmMatrix>,
    /// Two half-years side by side, with their days; absent if the log does not hold two whole ones.
    pub review: Option<([(Date, Date); 2], Result<PeriodReview>)>,
}

impl Base {
    /// Looks at the customers of a log until `end`: `value` and `p_alive` of every customer of its summary.
    pub fn of(log: &TransactionLog, end: Date, value: &[f64], p_alive: Option<&[f64]>) -> Self {
        let rules = StageRules::default();
        let stages = Relationship::of(log, &rules, Some(end)).and_then(|base| rules.assign(&base, StageBasis::Rhythm));
        Base {
            cohorts: log.cohorts(CalendarPeriod::Quarter).observed_until(end).build(),
            matrix: stages.and_then(|stages| CrmMatrix::value_by_stage(value, &stages, p_alive)),
            review: half_years(log, end).map(|periods| (periods, PeriodReview::of(log, periods[0], periods[1], &ReviewOptions::default()))),
        }
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

/// Ages shown; more would not fit the page.
const AGES: usize = 8;

fn cohorts(base: &Base, out: &mut dyn Write) -> io::Result<()> {
    heading(out, "Cohorts")?;
    let table = match &base.cohorts {
        Ok(table) => table,
        Err(problem) => return paragraph(out, &format!("{problem}.")),
    };
    let ages = table.len().min(AGES);
    for (measure, what) in [(CohortMeasure::Retention, "active"), (CohortMeasure::CumulativeRevenuePerCustomer, "spend each")] {
        let mut titles = vec!["first bought".to_owned(), "customers".to_owned()];
        titles.extend((0..ages).map(|age| if age == 0 { format!("{what}|quarter 0") } else { age.to_string() }));
        let mut lines = Table::new(&titles.iter().map(String::as_str).collect::<Vec<_>>());
        let matrix = table.matrix(measure);
        for (number, cohort) in table.cohorts().iter().enumerate().filter(|(_, cohort)| cohort.customers > 0) {
            let cell = |age: usize| match measure {
                CohortMeasure::Retention => or_none(matrix[[number, age]].map(percent)),
                _ => or_none(matrix[[number, age]].map(money)),
            };
            let head = [table.label(number).unwrap_or_default(), count(cohort.customers)];
            lines.row(head.into_iter().chain((0..ages).map(cell)));
        }
        lines.print(out)?;
    }
    let totals = table.totals();
    let masked = if totals.masked_orders > 0 {
        format!(" Quarters that are not over are left out: {} of it.", money(totals.masked_revenue))
    } else {
        String::new()
    };
    let text = format!(
        "Share of the cohort that bought, and spend so far per acquired customer, by quarters since the first purchase. All cells add up to {}.{masked}",
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
        Table::new(&["stage", "value", "customers", "value|in all", "share", "mean|P(alive)", "value|at risk", "action"]).left(1).left(7);
    let mut row = |stage: &str, value: &str, cell: MatrixCell, action: &str| {
        lines.row([
            stage.to_owned(),
            value.to_owned(),
            count(cell.customers),
            money(cell.value),
            or_none(cell.value_share.map(percent)),
            or_none(cell.mean_p_alive.map(percent)),
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
    paragraph(out, "Value so far in terciles. Stages by the time since the last purchase, measured by the customer's usual gap.")
}

fn review(base: &Base, out: &mut dyn Write) -> io::Result<()> {
    heading(out, "Half-year review")?;
    let Some((periods, review)) = &base.review else { return paragraph(out, "The log does not hold two whole half-years.") };
    let review = match review {
        Ok(review) => review,
        Err(problem) => return paragraph(out, &format!("{problem}.")),
    };
    let bridge = review.bridge();
    let [then, now] = periods.map(|(from, to)| format!("{from} to {to}"));
    let of = |name: &str| review.summaries().iter().filter(|row| row.movement.name() == name).map(|row| row.customers).sum::<usize>();
    let retained = of("grown") + of("equal") + of("shrunk");
    let mut lines = Table::new(&["", "customers", "spend"]);
    lines.row([then, count(review.periods()[0].customers), money(bridge.value_1)]);
    lines.row(["+ new".to_owned(), count(of("new")), money(bridge.new)]);
    lines.row(["+ returned".to_owned(), count(of("returned")), money(bridge.returned)]);
    lines.row([format!("+ growth of {} retained", count(retained)), count(of("grown")), money(bridge.growth)]);
    lines.row(["- shrinkage".to_owned(), count(of("shrunk")), money(bridge.shrinkage)]);
    lines.row(["- lost".to_owned(), count(of("lost")), money(bridge.lost)]);
    if bridge.absent.abs() > 0.0 {
        lines.row(["+ refunds of earlier customers".to_owned(), String::new(), money(bridge.absent)]);
    }
    lines.row([now, count(review.periods()[1].customers), money(bridge.value_2)]);
    lines.print(out)?;
    let top = review.top_tier();
    let gini = review.periods().map(|period| or_none(period.gini.map(|gini| format!("{gini:.3}"))));
    let text = format!(
        "The best 10 % then were {} customers with {}; {} of them bought again, for {}, and {} are among the best now. {} rose to them, {} came \
         new or back. Gini coefficient {} then, {} now.",
        count(top.customers),
        money(top.value_1),
        count(top.retained),
        money(top.value_2),
        count(top.stayed),
        count(top.risen),
        count(top.arrived),
        gini[0],
        gini[1],
    );
    paragraph(out, &text)
}
