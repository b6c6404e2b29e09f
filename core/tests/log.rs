//! Row policies and the data-quality report, on small logs worked out by hand.

use crm_value::{
    ClvModel, Date, ErrorKind, HistoricalClv, InvalidRows, LogOptions, MarginColumn, Missing, RefundPolicy, RowPolicy, TimeUnit,
    TimestampUnit, TransactionLog, Transactions,
};

use crate::close::assert_near;

/// Customer 1: purchases on days 0 and 7, of which day 7 is partly refunded the same day; a refund alone on day 9.
/// Customer 2: a purchase on day 3, fully refunded the same day, and one on day 10. Customer 3: a refund only. Customer 4: a free sample.
const IDS: [u64; 9] = [1, 1, 1, 1, 2, 2, 2, 3, 4];
const DAYS: [i32; 9] = [0, 7, 7, 9, 3, 3, 10, 4, 5];
const AMOUNTS: [f64; 9] = [10.0, 20.0, -5.0, -2.0, 30.0, -30.0, 8.0, -7.0, 0.0];

fn read(options: LogOptions) -> crm_value::Result<TransactionLog> {
    options.read(&Transactions::new(&IDS, &DAYS, &AMOUNTS))
}

#[test]
fn refunds_are_netted_within_the_day_and_against_the_total() {
    let log = read(LogOptions::new()).unwrap();
    let customers = log.summarize().unit(TimeUnit::Day).observed_until(Date::from_days(14).unwrap()).build().unwrap();
    assert_eq!(customers.ids().iter().map(|id| id.to_string()).collect::<Vec<_>>(), ["1", "2", "4"]);
    assert_eq!(customers.frequency(), [1, 0, 0]);
    assert_eq!(customers.recency(), [7.0, 0.0, 0.0]);
    // Customer 2 begins on day 10: the cancelled day 3 is no occasion.
    assert_eq!(customers.age(), [14.0, 4.0, 9.0]);
    assert_eq!((customers.mean_spend(0), customers.mean_spend(1)), (Some(15.0), None));
    assert_eq!(customers.total_spend().unwrap(), [23.0, 8.0, 0.0]);

    let quality = log.quality();
    assert_eq!((quality.rows_read, quality.rows_used), (9, 9));
    assert_eq!((quality.refund_rows, quality.zero_rows), (4, 1));
    assert_near(quality.refund_amount, -44.0, 0.0);
    assert_eq!(quality.same_day_merges, 2);
    // Customer 1's day 9, customer 2's day 3, customer 3's day 4.
    assert_eq!(quality.cancelled_days, 3);
    assert_eq!((quality.occasions, quality.customers, quality.customers_without_purchase), (4, 3, 1));
    assert_near(quality.amount_without_purchase, -7.0, 0.0);
    assert_near(quality.amount_used, AMOUNTS.iter().sum(), 1e-12);
}

#[test]
fn refunds_after_the_end_do_not_count_yet() {
    let log = read(LogOptions::new()).unwrap();
    let customers = log.summarize().unit(TimeUnit::Day).observed_until(Date::from_days(8).unwrap()).build().unwrap();
    // Customer 2 buys on day 10 and is not there yet.
    assert_eq!(customers.ids().iter().map(|id| id.to_string()).collect::<Vec<_>>(), ["1", "4"]);
    assert_eq!(customers.total_spend().unwrap(), [25.0, 0.0]);
    let quality = customers.quality().unwrap();
    assert_eq!((quality.after_end_rows, quality.customers_after_end), (2, 1));
}

/// Days 8 to 14 hold customer 1's refund of 2 and customer 2's first purchase, who is not in the calibration.
#[test]
fn the_holdout_nets_refunds_as_the_calibration_does() {
    let log = read(LogOptions::new()).unwrap();
    let until = |days| Date::from_days(days).unwrap();
    let split = log.summarize().unit(TimeUnit::Day).observed_until(until(8)).with_holdout(until(14)).unwrap();
    assert_eq!(split.holdout_frequency, [0, 0]);
    assert_eq!(split.holdout_spend, [-2.0, 0.0]);
    let early = log.summarize().unit(TimeUnit::Day).observed_until(until(6)).with_holdout(until(8)).unwrap();
    assert_eq!((early.holdout_frequency, early.holdout_spend), (vec![1, 0], vec![15.0, 0.0]));
}

#[test]
fn refunds_and_zeros_can_be_dropped_or_rejected() {
    let log = read(LogOptions::new().refunds(RefundPolicy::Drop).zeros(RowPolicy::Drop)).unwrap();
    let customers = log.summarize().unit(TimeUnit::Day).build().unwrap();
    assert_eq!(customers.total_spend().unwrap(), [30.0, 38.0]);
    let quality = log.quality();
    assert_eq!((quality.rows_used, quality.dropped_refunds, quality.dropped_zeros, quality.rows_dropped()), (4, 4, 1, 5));
    assert_near(quality.amount_dropped, -44.0, 0.0);
    assert_near(quality.amount_used + quality.amount_dropped, AMOUNTS.iter().sum(), 1e-12);

    let error = read(LogOptions::new().refunds(RefundPolicy::Reject).column_names(["kunde", "tag", "umsatz", "db"])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refund);
    assert!(error.to_string().contains("column `umsatz`, row 2: -5"), "{error}");
    assert_eq!(read(LogOptions::new().zeros(RowPolicy::Reject)).unwrap_err().kind(), ErrorKind::ZeroAmount);
}

#[test]
fn full_refunds_that_leave_a_rounding_error_are_no_purchase() {
    let log = TransactionLog::from_columns(&[1u64, 1, 1, 1], &[0, 5, 5, 5], &[1.0, 0.1, 0.2, -0.3]).unwrap();
    assert_eq!((log.occasions(), log.quality().cancelled_days), (1, 1));
}

#[test]
fn duplicates_are_counted_dropped_or_rejected() {
    let (ids, days, amounts) = ([1u64, 1, 1, 1], [0, 3, 3, 3], [5.0, 2.0, 2.0, 4.0]);
    let with = |policy| LogOptions::new().duplicates(policy).read(&Transactions::new(&ids, &days, &amounts));
    let kept = with(RowPolicy::Keep).unwrap();
    assert_eq!((kept.quality().duplicate_rows, kept.quality().same_day_merges), (1, 2));
    assert_near(kept.quality().amount_used, 13.0, 0.0);
    let dropped = with(RowPolicy::Drop).unwrap();
    assert_eq!((dropped.quality().dropped_duplicates, dropped.quality().rows_used, dropped.quality().same_day_merges), (1, 3, 1));
    assert_near(dropped.quality().amount_used, 11.0, 0.0);
    assert_near(dropped.quality().amount_dropped, 2.0, 0.0);
    let error = with(RowPolicy::Reject).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DuplicateRow);
    assert!(error.to_string().contains("customer 1 has 2 identical rows on 1970-01-04"), "{error}");
}

#[test]
fn invalid_rows_can_be_dropped() {
    let missing = [false, false, true, false];
    let rows = Transactions::new(&[1u64, 1, 9, 2], &[0, 7, 1, 1], &[1.0, f64::NAN, 5.0, 3.0])
        .with_missing(Missing { ids: Some(&missing), ..Missing::default() });
    let log = LogOptions::new().invalid_rows(InvalidRows::Drop).read(&rows).unwrap();
    assert_eq!((log.customers(), log.quality().dropped_missing, log.quality().dropped_invalid), (2, 1, 1));
    assert_near(log.quality().amount_dropped, 5.0, 0.0);
    // Dropped rows of scattered ids, which go through a dictionary.
    let rows = Transactions { ids: (&[1u64, 1, 99_999_999_999, 1_000_000_000_000]).into(), ..rows };
    let log = LogOptions::new().invalid_rows(InvalidRows::Drop).read(&rows).unwrap();
    assert_eq!(log.ids().iter().map(|id| id.to_string()).collect::<Vec<_>>(), ["1", "1000000000000"]);
}

#[test]
fn margins_and_costs_follow_the_amounts() {
    let (ids, days, amounts) = ([1u64, 1, 2, 2], [0, 7, 0, 2], [10.0, 20.0, 5.0, -5.0]);
    let cost = [6.0, 15.0, 4.0, -1.0];
    let rows = Transactions::new(&ids, &days, &amounts).with_margin(MarginColumn::Cost(&cost));
    let customers = LogOptions::new().read(&rows).unwrap().summarize().build().unwrap();
    assert_eq!(customers.total_margin().unwrap(), [9.0, -3.0]);
    assert_eq!(HistoricalClv::from_margin_column().value(&customers).unwrap(), [9.0, -3.0]);
    assert_eq!(HistoricalClv::margin(0.5).value(&customers).unwrap(), [15.0, 0.0]);
    let margin = [4.0, 5.0, 1.0, -4.0];
    let rows = Transactions::new(&ids, &days, &amounts).with_margin(MarginColumn::Margin(&margin));
    let same = LogOptions::new().read(&rows).unwrap().summarize().build().unwrap();
    assert_eq!(same.total_margin(), customers.total_margin());
}

#[test]
fn timestamps_are_cut_to_civil_days() {
    let noon = [43_200_i64, 86_399, 86_400, -1];
    let dates = crm_value::DateColumn::Timestamps(&noon, TimestampUnit::Second);
    let log = TransactionLog::from_columns(&[1u64; 4], dates, &[1.0; 4]).unwrap();
    let days: Vec<String> = log.purchases(0).map(|(date, amount)| format!("{date} {amount}")).collect();
    assert_eq!(days, ["1969-12-31 1", "1970-01-01 2", "1970-01-02 1"]);
    let late: Vec<i64> = noon.iter().map(|seconds| seconds * 1_000_000_000).collect();
    let same =
        TransactionLog::from_columns(&[1u64; 4], crm_value::DateColumn::Timestamps(&late, TimestampUnit::Nanosecond), &[1.0; 4]).unwrap();
    assert_eq!(same.quality(), log.quality());
}

#[test]
fn dates_read_and_print() {
    for (text, days) in
        [("1970-01-01", 0), ("19970101", 9_862), ("2024-02-29", 19_782), ("2026-10-31T12:30:00", 20_757), ("1969-12-31", -1)]
    {
        assert_eq!(Date::parse(text).unwrap().days(), days, "{text}");
    }
    assert_eq!(Date::from_days(19_782).unwrap().ymd(), (2024, 2, 29));
    for text in ["", "03/04/2026", "2026-13-01", "2026-02-30", "yesterday"] {
        assert_eq!(Date::parse(text).unwrap_err().kind(), ErrorKind::UnparsableDate, "{text}");
    }
    for days in [-4_371_587, 2_932_896] {
        let date = Date::from_days(days).unwrap();
        let (year, month, day) = date.ymd();
        assert_eq!(Date::from_ymd(year, month, day).unwrap(), date);
    }
}

/// The widest span of days there can be, with more customers than fit one bucket.
#[test]
fn a_log_may_span_twenty_thousand_years() {
    let n = 100_000u64;
    let ids: Vec<u64> = (0..2 * n).map(|i| i % n).collect();
    let days: Vec<i32> = (0..2 * n).map(|i| if i < n { -4_371_587 } else { 2_932_896 }).collect();
    let log = TransactionLog::from_columns(&ids, &days, &vec![1.5; 2 * n as usize]).unwrap();
    assert_eq!((log.customers(), log.occasions()), (n as usize, 2 * n as usize));
    let customers = log.summarize().unit(TimeUnit::Day).build().unwrap();
    assert!(customers.recency().iter().all(|&days| days.to_bits() == 7_304_483.0_f64.to_bits()));
}

/// Gaps of 3 and 6 days, repeat amounts 20 and 5; the second customer has a free repeat occasion, the third none.
#[test]
fn log_sums_by_hand() {
    let log = TransactionLog::from_columns(&[1u64, 1, 1, 2, 2, 3], &[0, 3, 9, 1, 2, 4], &[9.0, 20.0, 5.0, 9.0, 0.0, 9.0]).unwrap();
    let summarize = log.summarize().unit(TimeUnit::Week).log_sums(true);
    let customers = summarize.build().unwrap();
    let sums = customers.log_intervals().unwrap();
    // ln(3/7) + ln(6/7), ln(1/7).
    assert_near(sums[0], (18.0_f64 / 49.0).ln(), 1e-14);
    assert_near(sums[1], -(7.0_f64.ln()), 1e-15);
    assert_near(sums[2], 0.0, 0.0);
    assert_near(customers.log_spend(0).unwrap(), 100.0_f64.ln(), 1e-14);
    assert_eq!((customers.log_spend(1), customers.log_spend(2), customers.log_spend(3)), (None, None, None));
    assert_near(customers.history(0).unwrap().log_intervals().unwrap(), sums[0], 0.0);

    // Until day 5 the first customer has one interval; what comes later is the holdout's.
    let split = summarize.observed_until(Date::from_days(5).unwrap()).with_holdout(Date::from_days(9).unwrap()).unwrap();
    assert_near(split.calibration.log_intervals().unwrap()[0], (3.0_f64 / 7.0).ln(), 1e-15);
    assert_near(split.calibration.log_spend(0).unwrap(), 20.0_f64.ln(), 1e-15);

    let plain = log.summarize().build().unwrap();
    assert!(plain.log_intervals().is_none() && !plain.has_log_spend() && plain.log_spend(0).is_none());
    let again = plain.with_log_intervals(sums).unwrap().with_log_spend(&[100.0_f64.ln(), f64::NEG_INFINITY, f64::NAN]).unwrap();
    assert_eq!(again.log_intervals(), customers.log_intervals());
    assert_eq!((again.log_spend(1), again.log_spend(2)), (None, None));
    assert_near(again.log_spend(0).unwrap(), 100.0_f64.ln(), 0.0);
}
