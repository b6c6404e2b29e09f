//! Cohorts: small tables worked by hand, published survival curves, and CDNOW to the cent.

use std::collections::{BTreeMap, BTreeSet};

use crm_value::{
    CalendarPeriod, CohortMeasure, CohortTable, Date, ErrorKind, KaplanMeier, Lifetimes, LogOptions, LogRank, MarginColumn, Span, TimeUnit,
    TransactionLog, Transactions, parse_dates,
};

use crate::cdnow;
use crate::close::{assert_close, assert_near};

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// January: customers 1 and 2; February: nobody; March: customer 3. Customer 1 refunds in February (a refund-only day), customer 3 has a
/// cancelled day in January, before the first purchase; customer 2 comes back in March after a month without purchase.
fn small() -> TransactionLog {
    let ids = [1u64, 1, 1, 2, 2, 2, 3, 3, 3, 4];
    let days = parse_dates(
        "date",
        &[
            "2026-01-31",
            "2026-02-01",
            "2026-03-02",
            "2026-01-02",
            "2026-01-02",
            "2026-03-31",
            "2026-01-15",
            "2026-03-20",
            "2026-03-21",
            "2026-04-10",
        ],
    )
    .unwrap();
    let amounts = [100.0, -30.0, 50.0, 20.0, 5.0, 40.0, -7.0, 60.0, 10.0, 33.0];
    let margins = [40.0, -30.0, 20.0, 8.0, 2.0, 16.0, -7.0, 24.0, 4.0, 13.0];
    LogOptions::new().read(&Transactions::new(&ids, &days, &amounts).with_margin(MarginColumn::Margin(&margins))).unwrap()
}

fn sums(table: &CohortTable) -> (u64, f64, f64) {
    let mut sums = (0, 0.0, 0.0);
    for cohort in 0..table.len() {
        for age in 0..table.len() {
            let cell = table.cell(cohort, age).or_else(|| table.masked_cell(cohort, age));
            if let Some(cell) = cell {
                assert!(table.cell(cohort, age).is_none() || table.masked_cell(cohort, age).is_none());
                sums = (sums.0 + cell.orders, sums.1 + cell.revenue, sums.2 + cell.margin.unwrap_or(0.0));
            }
        }
    }
    sums
}

#[test]
fn by_hand() {
    let log = small();
    let table = log.cohorts(CalendarPeriod::Month).observed_until(date("2026-03-31")).build().unwrap();
    assert_eq!(table.len(), 3);
    assert_eq!(table.cohorts().iter().map(|cohort| cohort.customers).collect::<Vec<_>>(), [2, 0, 1]);
    assert_eq!((0..3).filter_map(|cohort| table.label(cohort)).collect::<Vec<_>>(), ["2026-01", "2026-02", "2026-03"]);
    assert_eq!((table.cohorts()[1].start, table.cohorts()[1].end), (date("2026-02-01"), date("2026-02-28")));
    let rows = |measure| table.matrix(measure).rows().into_iter().map(|row| row.to_vec()).collect::<Vec<_>>();
    let (none, some) = (None::<f64>, Some::<f64>);
    assert_eq!(rows(CohortMeasure::Customers), [[some(2.0), some(0.0), some(2.0)], [some(0.0), some(0.0), none], [some(1.0), none, none]]);
    // Two rows of one day are one order.
    assert_eq!(rows(CohortMeasure::Orders)[0], [some(2.0), some(0.0), some(2.0)]);
    // Customer 1's refund of 30 lies in February; customer 3's of 7, before the first purchase, counts at age 0.
    assert_eq!(
        rows(CohortMeasure::Revenue),
        [[some(125.0), some(-30.0), some(90.0)], [some(0.0), some(0.0), none], [some(63.0), none, none]]
    );
    assert_eq!(rows(CohortMeasure::Margin)[0], [some(50.0), some(-30.0), some(36.0)]);
    // Everybody came back in March: retention may rise. An empty cohort has none.
    assert_eq!(rows(CohortMeasure::Retention), [[some(1.0), some(0.0), some(1.0)], [none, none, none], [some(1.0), none, none]]);
    assert_eq!(rows(CohortMeasure::CumulativeRevenue)[0], [some(125.0), some(95.0), some(185.0)]);
    assert_eq!(rows(CohortMeasure::CumulativeRevenuePerCustomer)[0], [some(62.5), some(47.5), some(92.5)]);
    assert_eq!(rows(CohortMeasure::CumulativeRevenuePerCustomer)[1], [none, none, none]);
    assert_eq!(rows(CohortMeasure::CumulativeMargin)[0], [some(50.0), some(20.0), some(56.0)]);
    assert_eq!(rows(CohortMeasure::CumulativeMarginPerCustomer)[0], [some(25.0), some(10.0), some(28.0)]);
    let totals = table.totals();
    assert_eq!((totals.customers, totals.orders, totals.masked_orders), (3, 6, 0));
    assert_near(totals.revenue, 248.0, 0.0);
    assert_near(totals.margin.unwrap(), 77.0, 0.0);
    assert_eq!(log.cohorts(CalendarPeriod::Month).observed_until(date("2026-03-31")).assign().unwrap(), [0, 0, 2]);
    assert_eq!(log.cohorts(CalendarPeriod::Month).assign().unwrap(), [0, 0, 2, 3]);
}

#[test]
fn unfinished_periods_are_masked_and_accounted_for() {
    // By default until the last row, 10 April: April is not over.
    let table = small().cohorts(CalendarPeriod::Month).build().unwrap();
    assert_eq!(table.len(), 4);
    for cohort in 0..4 {
        assert_eq!(table.cell(cohort, 3 - cohort), None);
        assert!(table.masked_cell(cohort, 3 - cohort).is_some());
        for age in 0..3 - cohort {
            assert!(table.cell(cohort, age).is_some() && table.masked_cell(cohort, age).is_none());
        }
        assert!(table.cell(cohort, 4 - cohort).is_none() && table.masked_cell(cohort, 4 - cohort).is_none());
    }
    assert_eq!(table.masked_cell(0, 3).map(|cell| (cell.customers, cell.orders)), Some((0, 0)));
    let totals = table.totals();
    assert_near(totals.revenue, 281.0, 0.0);
    assert_near(totals.masked_revenue, 33.0, 0.0);
    assert_near(totals.masked_margin.unwrap(), 13.0, 0.0);
    assert_eq!((totals.orders, totals.masked_orders), (7, 1));
    assert!(table.matrix(CohortMeasure::Retention)[[3, 0]].is_none());
    // A start in the middle of January masks the first cell, and with it the sums from then on.
    let cut = small().cohorts(CalendarPeriod::Month).observed_from(date("2026-01-02")).build().unwrap();
    assert!(cut.cell(0, 0).is_none() && cut.cell(0, 1).is_some());
    assert_eq!(cut.matrix(CohortMeasure::CumulativeRevenue).row(0).to_vec(), [None; 4]);
    assert_eq!(cut.matrix(CohortMeasure::Revenue)[[0, 1]], Some(-30.0));
    assert_near(cut.totals().masked_revenue, 33.0 + 125.0, 0.0);
    let whole = small().cohorts(CalendarPeriod::Month).observed_from(date("2025-12-01")).build().unwrap();
    assert!(whole.cell(0, 0).is_some());
}

#[test]
fn periods_and_ages_by_hand() {
    let table = small().cohorts(CalendarPeriod::Month).build().unwrap();
    let periods = table.periods();
    let counts: Vec<_> = periods.iter().map(|period| (period.base, period.new, period.active, period.orders, period.complete)).collect();
    assert_eq!(counts, [(2, 2, 2, 2, true), (2, 0, 0, 0, true), (3, 1, 3, 4, true), (4, 1, 1, 1, false)]);
    let march = periods[2];
    assert_near(march.revenue, 153.0, 0.0);
    assert_eq!((march.arpu_active, march.arpu_base), (Some(51.0), Some(51.0)));
    assert_eq!((march.average_order_value, march.orders_per_active), (Some(38.25), Some(4.0 / 3.0)));
    let february = periods[1];
    assert_eq!((february.arpu_active, february.arpu_base), (None, Some(-15.0)));
    assert_eq!((february.average_order_value, february.orders_per_base), (None, Some(0.0)));
    // April is not over: what is known is there, rates are not.
    assert_near(periods[3].revenue, 33.0, 0.0);
    assert_eq!((periods[3].arpu_active, periods[3].arpu_base, periods[3].average_order_value), (None, None, None));

    let ages = table.ages();
    let counts: Vec<_> = ages.iter().map(|age| (age.cohorts, age.acquired, age.active, age.retention)).collect();
    assert_eq!(counts, [(2, 3, 3, Some(1.0)), (1, 2, 0, Some(0.0)), (1, 2, 2, Some(1.0)), (0, 0, 0, None)]);
    assert_eq!((ages[0].revenue_per_acquired, ages[0].revenue_per_active), (Some(188.0 / 3.0), Some(188.0 / 3.0)));
    assert_eq!((ages[1].revenue_per_acquired, ages[1].revenue_per_active), (Some(-15.0), None));
}

/// Customers, customer days and revenue of a cell.
type Counted = (BTreeSet<u64>, BTreeSet<(u64, i32)>, f64);

/// Every cell of CDNOW against a count of the rows by plain means, and every table against the log's total.
#[test]
fn cdnow_adds_up() {
    let columns = cdnow::columns();
    let log = cdnow::log();
    for (period, end) in [
        (CalendarPeriod::Month, "1998-06-30"),
        (CalendarPeriod::Month, "1998-05-20"),
        (CalendarPeriod::Week, "1998-06-30"),
        (CalendarPeriod::Quarter, "1998-03-31"),
        (CalendarPeriod::Year, "1998-06-30"),
    ] {
        let end = date(end);
        let table = log.cohorts(period).observed_until(end).build().unwrap();
        let mut first: BTreeMap<u64, Date> = BTreeMap::new();
        let mut cells: BTreeMap<(Date, Date), Counted> = BTreeMap::new();
        let rows =
            || (0..columns.ids.len()).map(|row| (columns.ids[row], Date::from_days(columns.days[row]).unwrap(), columns.amounts[row]));
        for (id, day, _) in rows().filter(|row| row.1 <= end) {
            first.entry(id).and_modify(|first| *first = day.min(*first)).or_insert(day);
        }
        for (id, day, amount) in rows().filter(|row| row.1 <= end) {
            let cell = cells.entry((period.start(first[&id]), period.start(day))).or_default();
            cell.0.insert(id);
            cell.1.insert((id, day.days()));
            cell.2 += amount;
        }
        let mut seen = 0;
        for cohort in 0..table.len() {
            for age in 0..table.len() - cohort {
                let cell = table.cell(cohort, age).or_else(|| table.masked_cell(cohort, age)).unwrap();
                assert_eq!(table.cell(cohort, age).is_some(), table.cohorts()[cohort + age].end <= end);
                match cells.get(&(table.cohorts()[cohort].start, table.cohorts()[cohort + age].start)) {
                    Some((customers, orders, revenue)) => {
                        assert_eq!((cell.customers, cell.orders), (customers.len(), orders.len() as u64));
                        assert_near(cell.revenue, *revenue, 1e-8);
                        seen += 1;
                    }
                    None => assert_eq!((cell.customers, cell.orders, cell.revenue.to_bits()), (0, 0, 0)),
                }
            }
        }
        assert_eq!(seen, cells.len());
        let total: f64 = rows().filter(|row| row.1 <= end).map(|row| row.2).sum();
        let summary = log.summarize().observed_until(end).build().unwrap();
        let totals = table.totals();
        assert_eq!(totals.customers, first.len());
        assert_near(totals.revenue, total, 1e-7);
        assert_near(summary.total_spend().unwrap().iter().sum(), total, 1e-7);
        let (orders, revenue, _) = sums(&table);
        assert_eq!(orders, totals.orders);
        assert_near(revenue, total, 1e-7);
        let periods = table.periods();
        assert_near(periods.iter().map(|period| period.revenue).sum(), total, 1e-7);
        assert_eq!(periods.iter().map(|period| period.orders).sum::<u64>(), orders);
        assert_eq!(periods.last().unwrap().base, first.len());
        let unmasked: f64 = table.ages().iter().map(|age| age.revenue).sum();
        assert_near(unmasked + totals.masked_revenue, total, 1e-7);
        // Active customers by period, counted by plain means.
        for metrics in periods {
            let active: BTreeSet<u64> =
                rows().filter(|row| row.1 >= metrics.start && row.1 <= metrics.end.min(end)).map(|row| row.0).collect();
            assert_eq!(metrics.active, active.len());
        }
    }
}

/// All refunds and totals of a log with refunds, zero amounts and a customer who only ever refunded.
#[test]
fn refunds_add_up_to_the_log() {
    let log = small();
    let table = log.cohorts(CalendarPeriod::Week).build().unwrap();
    let quality = log.quality();
    assert_near(table.totals().revenue + quality.amount_without_purchase, quality.amount_used, 1e-12);
    assert_near(sums(&table).2, table.totals().margin.unwrap(), 1e-12);
    assert_eq!(table.totals().orders, log.occasions() as u64);
}

#[test]
fn threads_and_row_order_change_nothing() {
    let columns = cdnow::columns();
    let n = 40_000;
    let pick = |i: usize| i * 7_919 % columns.ids.len();
    let ids: Vec<u64> = (0..n).map(|i| columns.ids[pick(i)] + 10_000 * (i as u64 % 9)).collect();
    let days: Vec<i32> = (0..n).map(|i| columns.days[pick(i)]).collect();
    let amounts: Vec<f64> = (0..n).map(|i| columns.amounts[pick(i)] * 1.01 - (i % 13) as f64).collect();
    let cells = |ids: &[u64], days: &[i32], amounts: &[f64], threads: usize| {
        let log = LogOptions::new().threads(threads).read(&Transactions::new(ids, days, amounts)).unwrap();
        let table = log.cohorts(CalendarPeriod::Month).build().unwrap();
        let matrix = table.matrix(CohortMeasure::CumulativeRevenuePerCustomer);
        matrix.iter().map(|value| value.map(f64::to_bits)).collect::<Vec<_>>()
    };
    let once = cells(&ids, &days, &amounts, 1);
    assert_eq!(cells(&ids, &days, &amounts, 3), once);
    let reversed = |values: &[f64]| values.iter().rev().copied().collect::<Vec<_>>();
    let (back_ids, back_days): (Vec<u64>, Vec<i32>) = ids.iter().rev().copied().zip(days.iter().rev().copied()).unzip();
    assert_eq!(cells(&back_ids, &back_days, &reversed(&amounts), 2), once);
}

#[test]
fn single_customer_and_wrong_options() {
    let log = TransactionLog::from_columns(&[7u64], &[0], &[0.0]).unwrap();
    let table = log.cohorts(CalendarPeriod::Year).observed_until(date("1970-12-31")).build().unwrap();
    assert_eq!(table.matrix(CohortMeasure::Revenue)[[0, 0]], Some(0.0));
    assert_eq!(table.periods()[0].arpu_active, Some(0.0));
    assert!(!table.has_margin() && table.matrix(CohortMeasure::Margin)[[0, 0]].is_none());
    let kind = |result: crm_value::Result<CohortTable>| result.unwrap_err().kind();
    let weeks = || log.cohorts(CalendarPeriod::Week);
    assert_eq!(kind(weeks().observed_until(date("1969-12-31")).build()), ErrorKind::EndBeforeFirstPurchase);
    assert_eq!(kind(weeks().observed_from(date("1970-01-02")).build()), ErrorKind::InvalidOption);
    let error = weeks().observed_until(date("2070-12-31")).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidOption);
    assert!(error.to_string().contains("week") && error.to_string().contains("5271"), "{error}");
    let huge = TransactionLog::from_columns(&[1u64, 2], &[0, 0], &[1.7e308, 1.7e308]).unwrap();
    assert_eq!(kind(huge.cohorts(CalendarPeriod::Week).build()), ErrorKind::NonFinite);
    assert_eq!("gini".parse::<CohortMeasure>().unwrap_err().kind(), ErrorKind::InvalidOption);
    for measure in CohortMeasure::ALL {
        assert_eq!(measure.name().parse::<CohortMeasure>().unwrap(), measure);
    }
}

/// Remission times in weeks of the 6-MP and placebo groups: E. J. Freireich et al. (1963), Blood 21, 699-716; Kalbfleisch & Prentice use
/// them in section 1.1. `+` marks censoring.
const SIX_MP: [(f64, bool); 21] = [
    (6.0, true),
    (6.0, true),
    (6.0, true),
    (6.0, false),
    (7.0, true),
    (9.0, false),
    (10.0, true),
    (10.0, false),
    (11.0, false),
    (13.0, true),
    (16.0, true),
    (17.0, false),
    (19.0, false),
    (20.0, false),
    (22.0, true),
    (23.0, true),
    (25.0, false),
    (32.0, false),
    (32.0, false),
    (34.0, false),
    (35.0, false),
];
const PLACEBO: [f64; 21] =
    [1.0, 1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 5.0, 8.0, 8.0, 8.0, 8.0, 11.0, 11.0, 12.0, 12.0, 15.0, 17.0, 22.0, 23.0];

/// Exact fractions and 18 digits of Greenwood's error and of the log-log interval from rational and 30-digit arithmetic; to the digits
/// printed the published table (0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448).
#[test]
fn freireich_survival() {
    let (times, events): (Vec<f64>, Vec<bool>) = SIX_MP.into_iter().unzip();
    let curve = KaplanMeier::of(&times, &events).unwrap();
    assert_eq!((curve.customers(), curve.events()), (21, 9));
    let expected = [
        (6.0, 21, 3, 6.0 / 7.0, 0.076_360_354_832_121_25, 0.619_717_955_265_983_8, 0.951_551_747_646_997),
        (7.0, 17, 1, 96.0 / 119.0, 0.086_935_285_180_057_2, 0.563_146_564_622_233_3, 0.922_809_019_202_880_4),
        (10.0, 15, 1, 64.0 / 85.0, 0.096_349_652_994_320_51, 0.503_199_510_799_956_4, 0.889_361_835_169_265_6),
        (13.0, 12, 1, 176.0 / 255.0, 0.106_814_707_775_009_82, 0.431_610_222_486_184, 0.849_065_963_349_450_8),
        (16.0, 11, 1, 32.0 / 51.0, 0.114_053_865_256_752_54, 0.367_510_855_987_502, 0.804_912_189_471_841_3),
        (22.0, 7, 1, 64.0 / 119.0, 0.128_233_751_693_034, 0.267_778_936_767_135, 0.746_790_717_635_394_6),
        (23.0, 6, 1, 160.0 / 357.0, 0.134_591_456_755_760_46, 0.188_052_005_959_232_34, 0.680_142_628_495_241_5),
    ];
    let steps: Vec<_> = curve.steps().iter().filter(|step| step.churned > 0).collect();
    assert_eq!(steps.len(), expected.len());
    for (step, (time, at_risk, churned, survival, error, low, high)) in steps.into_iter().zip(expected) {
        assert_near(step.time, time, 0.0);
        assert_eq!((step.at_risk, step.churned), (at_risk, churned));
        assert_close(step.survival, survival, 1e-15);
        assert_close(step.std_error.unwrap(), error, 1e-14);
        let (lower, upper) = step.interval.unwrap();
        assert_close(lower, low, 1e-13);
        assert_close(upper, high, 1e-13);
    }
    assert_eq!(curve.steps().iter().map(|step| step.churned + step.censored).sum::<usize>(), 21);
    // Published median: 23 weeks; 8 with placebo.
    assert_eq!(curve.median(), Some(23.0));
    assert_eq!(curve.survival_at(5.9), Some(1.0));
    assert_eq!(curve.survival_at(35.0), Some(curve.steps().last().unwrap().survival));
    assert_eq!((curve.survival_at(35.1), curve.survival_at(f64::NAN)), (None, None));
    assert_eq!(curve.time_to_share(0.4).unwrap(), None);
    // 6 · 1 + 1 · 6/7 + 3 · 96/119.
    assert_close(curve.restricted_mean(10.0).unwrap().unwrap(), 6.0 + 6.0 / 7.0 + 3.0 * 96.0 / 119.0, 1e-15);
    assert_eq!(curve.restricted_mean(36.0).unwrap(), None);
    let placebo = KaplanMeier::of(&PLACEBO, &[true; 21]).unwrap();
    assert_eq!(placebo.median(), Some(8.0));
    // Without censoring S is the exact share, and the area under it the mean.
    for (left, step) in [19.0, 17.0, 16.0, 14.0, 12.0, 8.0, 6.0, 4.0, 3.0, 2.0, 1.0, 0.0].into_iter().zip(placebo.steps()) {
        assert_eq!(step.survival.to_bits(), (left / 21.0_f64).to_bits());
    }
    let last = placebo.steps().last().unwrap();
    assert_eq!((last.std_error, last.interval), (None, None));
    assert_eq!((placebo.survival_at(100.0), placebo.time_to_share(0.0).unwrap()), (Some(0.0), Some(23.0)));
    assert_close(placebo.restricted_mean(100.0).unwrap().unwrap(), PLACEBO.iter().sum::<f64>() / 21.0, 1e-15);
}

/// Published: observed 9 and 21, expected 19.25 and 10.75, χ² 16.79; further digits from rational arithmetic.
#[test]
fn freireich_log_rank() {
    let times: Vec<f64> = SIX_MP.iter().map(|row| row.0).chain(PLACEBO).collect();
    let events: Vec<bool> = SIX_MP.iter().map(|row| row.1).chain([true; 21]).collect();
    let groups: Vec<u32> = (0..42).map(|row| if row < 21 { 30 } else { 8 }).collect();
    let test = LogRank::of(&times, &events, &groups).unwrap();
    let rows: Vec<_> = test.groups().iter().map(|row| (row.group, row.customers, row.observed)).collect();
    assert_eq!(rows, [(8, 21, 21), (30, 21, 9)]);
    assert_close(test.groups()[1].expected, 406_602_257_588.0 / 21_121_645_545.0, 1e-14);
    assert_close(test.groups()[0].expected + test.groups()[1].expected, 30.0, 1e-15);
    assert_close(test.chi_square().unwrap(), 16.792_940_989_216_533, 1e-13);
    assert_eq!(test.degrees_of_freedom(), 1);
    assert_close(test.p_value().unwrap(), 4.168_809_109_334_542e-5, 1e-10);
    // Placebo split in two by turns: with two degrees of freedom p = e^(−χ²/2).
    let groups: Vec<u32> = (0..42).map(|row: u32| if row < 21 { 0 } else { 1 + (row - 21) % 2 }).collect();
    let test = LogRank::of(&times, &events, &groups).unwrap();
    assert_eq!(test.groups().iter().map(|row| row.observed).collect::<Vec<_>>(), [9, 11, 10]);
    assert_close(test.groups()[2].expected, 5.095_749_140_405_102, 1e-13);
    assert_close(test.chi_square().unwrap(), 16.796_315_412_375_122, 1e-12);
    assert_eq!(test.degrees_of_freedom(), 2);
    assert_close(test.p_value().unwrap(), 2.252_819_776_982_98e-4, 1e-10);
}

#[test]
fn log_rank_without_an_answer() {
    // Nobody churned; the groups are never at risk together.
    let quiet = LogRank::of(&[1.0, 2.0], &[false, false], &[0, 1]).unwrap();
    assert_eq!((quiet.chi_square(), quiet.degrees_of_freedom(), quiet.p_value()), (None, 0, None));
    // A group that leaves before the first churn has no say.
    let early = LogRank::of(&[0.5, 1.0, 2.0, 3.0, 4.0], &[false, true, true, true, true], &[9, 0, 1, 0, 1]).unwrap();
    let without = LogRank::of(&[1.0, 2.0, 3.0, 4.0], &[true; 4], &[0, 1, 0, 1]).unwrap();
    assert_eq!(early.degrees_of_freedom(), 1);
    assert_close(early.chi_square().unwrap(), without.chi_square().unwrap(), 1e-15);
    // O − E = 2/3 of group 0; V = 1/4 + 2/9 + 1/4.
    assert_close(without.chi_square().unwrap(), (2.0_f64 / 3.0).powi(2) / (13.0 / 18.0), 1e-14);
    let same = LogRank::of(&[1.0, 1.0, 2.0, 2.0], &[true; 4], &[0, 1, 0, 1]).unwrap();
    assert_near(same.chi_square().unwrap(), 0.0, 0.0);
    assert_near(same.p_value().unwrap(), 1.0, 0.0);
}

#[test]
fn durations_are_checked() {
    let kind = |result: crm_value::Result<KaplanMeier>| result.unwrap_err().kind();
    assert_eq!(kind(KaplanMeier::of(&[], &[])), ErrorKind::Empty);
    assert_eq!(kind(KaplanMeier::of(&[1.0], &[true, false])), ErrorKind::LengthMismatch);
    assert_eq!(kind(KaplanMeier::of(&[1.0, f64::NAN], &[true, false])), ErrorKind::NonFinite);
    let error = KaplanMeier::of(&[1.0, -2.0], &[true, false]).unwrap_err();
    assert_eq!((error.kind(), error.column(), error.row()), (ErrorKind::Negative, Some("duration"), Some(1)));
    for level in [0.0, 1.0, f64::NAN] {
        assert_eq!(kind(KaplanMeier::with_level(&[1.0], &[true], level)), ErrorKind::InvalidOption);
    }
    let one = KaplanMeier::of(&[0.0], &[false]).unwrap();
    assert_eq!((one.survival_at(0.0), one.median(), one.steps()[0].interval), (Some(1.0), None, None));
    assert_eq!(one.time_to_share(-0.1).unwrap_err().kind(), ErrorKind::Share);
    assert_eq!(one.restricted_mean(f64::NAN).unwrap_err().kind(), ErrorKind::Horizon);
    assert_eq!(LogRank::of(&[1.0], &[true], &[0]).unwrap_err().kind(), ErrorKind::InvalidOption);
    assert_eq!(LogRank::of(&[1.0, 2.0], &[true; 2], &[0]).unwrap_err().kind(), ErrorKind::LengthMismatch);
}

#[test]
fn lifetimes_by_hand() {
    // Customer 1 buys every 20 days until day 60 and is quiet for exactly 30 days at day 90; customer 2 comes on day 70.
    let log = TransactionLog::from_columns(&[1u64, 1, 1, 1, 2, 3, 3], &[0, 20, 40, 60, 70, 0, 31], &[1.0; 7]).unwrap();
    let gap = Span::new(30.0, TimeUnit::Day).unwrap();
    let until = |days| Some(Date::from_days(days).unwrap());
    let stays = Lifetimes::of(&log, gap, until(90)).unwrap();
    assert_eq!(stays.durations(), [90.0, 20.0, 30.0]);
    assert_eq!(stays.churned(), [true, false, true]);
    let stays = Lifetimes::of(&log, gap, until(89)).unwrap();
    assert_eq!((stays.durations()[0], stays.churned()[0]), (89.0, false));
    // A gap of exactly 30 days between two purchases is none: the purchase came in time.
    let on_time = TransactionLog::from_columns(&[1u64, 1], &[0, 30], &[1.0; 2]).unwrap();
    let stays = Lifetimes::of(&on_time, gap, until(30)).unwrap();
    assert_eq!((stays.durations(), stays.churned()), (&[30.0][..], &[false][..]));
    // Customers first seen later are left out; weeks are sevenths of days.
    let stays = Lifetimes::of(&log, Span::new(2.0, TimeUnit::Week).unwrap(), until(69)).unwrap();
    assert_eq!((stays.durations(), stays.churned()), (&[2.0, 2.0][..], &[true, true][..]));
    assert_eq!(Lifetimes::of(&log, gap, until(-1)).unwrap_err().kind(), ErrorKind::EndBeforeFirstPurchase);
}

/// CDNOW's quarters of acquisition against each other: the test's inputs belong together.
#[test]
fn cdnow_cohorts_can_be_compared() {
    let log = cdnow::log();
    let cohorts = log.cohorts(CalendarPeriod::Month).assign().unwrap();
    let stays = Lifetimes::of(&log, Span::new(6.0, TimeUnit::Month).unwrap(), None).unwrap();
    assert_eq!((cohorts.len(), stays.durations().len()), (2_357, 2_357));
    let table = log.cohorts(CalendarPeriod::Month).build().unwrap();
    let test = LogRank::of(stays.durations(), stays.churned(), &cohorts).unwrap();
    let sizes: Vec<usize> = table.cohorts().iter().map(|cohort| cohort.customers).take(3).collect();
    assert_eq!(test.groups().iter().map(|group| group.customers).collect::<Vec<_>>(), sizes);
    assert_eq!(test.groups().iter().map(|group| group.observed).sum::<usize>(), stays.churned().iter().filter(|churned| **churned).count());
    let expected: f64 = test.groups().iter().map(|group| group.expected).sum();
    assert_close(expected, test.groups().iter().map(|group| group.observed as f64).sum(), 1e-12);
    let curve = KaplanMeier::of(stays.durations(), stays.churned()).unwrap();
    assert_eq!(curve.survival_at(5.99), Some(1.0));
    assert!(curve.survival_at(6.0).unwrap() < 0.6);
}
