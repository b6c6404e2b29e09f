//! The period review: by hand, its degenerate cases, and CDNOW's two half-years to the cent.

use std::collections::BTreeMap;

use crm_value::{
    Date, ErrorKind, LogOptions, MarginColumn, Movement, PeriodReview, ReviewOptions, ReviewValue, Tiers, TransactionLog, Transactions,
};

use crate::cdnow;
use crate::close::{assert_close, assert_near};

fn day(days: i32) -> Date {
    Date::from_days(days).unwrap()
}

/// Periods: days 10 to 19 and 20 to 29. Customers: 1 grows, 2 shrinks, 3 equal, 4 lost and refunded in the second period, 5 new, 6 bought before
/// and returns, 7 bought before only and is refunded in the first period, 8 comes on day 30 and does not count.
fn log() -> TransactionLog {
    let ids = [1u64, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 6, 7, 7, 8];
    let days = [10, 15, 20, 19, 29, 12, 22, 11, 25, 24, 3, 28, 4, 13, 30];
    let amounts = [10.0, 15.0, 40.0, 30.0, 20.0, 7.5, 7.5, 50.0, -5.0, 12.0, 99.0, 21.0, 80.0, -8.0, 1000.0];
    let margins = [4.0, 6.0, 16.0, 12.0, 8.0, 3.0, 3.0, 20.0, -5.0, 5.0, 40.0, 8.0, 32.0, -8.0, 400.0];
    LogOptions::new().read(&Transactions::new(&ids, &days, &amounts).with_margin(MarginColumn::Margin(&margins))).unwrap()
}

fn review(options: &ReviewOptions) -> PeriodReview {
    PeriodReview::of(&log(), (day(10), day(19)), (day(20), day(29)), options).unwrap()
}

#[test]
fn by_hand() {
    let review = review(&ReviewOptions::default());
    use Movement::{Absent, Equal, Grown, Lost, New, Returned, Shrunk};
    assert_eq!(review.movements(), [Grown, Shrunk, Equal, Lost, New, Returned, Absent]);
    assert_eq!(review.ids().unwrap().len(), 7);
    assert_eq!(review.values(0), [25.0, 30.0, 7.5, 50.0, 0.0, 0.0, -8.0]);
    assert_eq!(review.values(1), [40.0, 20.0, 7.5, -5.0, 12.0, 21.0, 0.0]);
    let bridge = review.bridge();
    assert_eq!((bridge.value_1, bridge.value_2), (104.5, 95.5));
    assert_eq!((bridge.new, bridge.returned, bridge.growth, bridge.shrinkage), (12.0, 21.0, 15.0, 10.0));
    // The refund makes the loss larger; that of a customer from before is the rest.
    assert_eq!((bridge.lost, bridge.absent), (55.0, 8.0));
    let [then, now] = review.periods();
    assert_eq!((then.customers, now.customers, then.negative, now.negative), (4, 5, 0, 0));
    assert_eq!((then.mean_value, now.mean_value), (Some(104.5 / 4.0), Some(95.5 / 5.0)));
    // 7.5 25 30 50: (3 · 42.5 + 5) / (4 · 112.5); 7.5 12 20 21 40: (4 · 32.5 + 2 · 9) / (5 · 100.5).
    assert_close(then.gini.unwrap(), 132.5 / 450.0, 1e-15);
    assert_close(now.gini.unwrap(), 148.0 / 502.5, 1e-15);
    assert_close(then.top_share.unwrap(), 0.4 * 50.0 / 112.5, 1e-15);
    let summary = |movement: Movement| {
        let row = review.summaries()[movement as usize];
        assert_eq!(row.movement, movement);
        (row.customers, row.value_1, row.value_2)
    };
    assert_eq!((summary(Lost), summary(Absent), summary(Equal)), ((1, 50.0, -5.0), (1, -8.0, 0.0), (1, 7.5, 7.5)));
    assert_eq!((0.75, Some(0.75 / 95.5)), {
        let at_risk = review.value_at_risk(1, &[1.0, 1.0, 0.9, 1.0, 1.0, 1.0, 0.3]).unwrap();
        ((at_risk.value * 1e12).round() / 1e12, Some((at_risk.value * 1e12).round() / 1e12 / 95.5))
    });
    // At the end of the first period customer 5 was not yet known.
    let at_risk = review.value_at_risk(0, &[0.5, 1.0, 1.0, 0.8, 1.0, 1.0]).unwrap();
    assert_near(at_risk.value, 12.5 + 10.0, 1e-13);
    assert_close(at_risk.share.unwrap(), 22.5 / 104.5, 1e-14);
}

#[test]
fn tiers_by_hand() {
    // Halves: of 4 customers the best 2 are customers 4 and 2; of 5 the best 3 (0, 0.2, 0.4 < 0.5) are 1, 6 and 2.
    let review = review(&ReviewOptions { tier_bounds: vec![0.5, 1.0], ..ReviewOptions::default() });
    let top = review.top_tier();
    assert_eq!((top.customers, top.value_1, top.value_2, top.growth), (2, 80.0, 15.0, Some(15.0 / 80.0 - 1.0)));
    assert_eq!((top.retained, top.retention, top.stayed, top.stay_share), (1, Some(0.5), 1, Some(0.5)));
    assert_eq!((top.customers_now, top.value_now, top.risen, top.arrived, top.fallen, top.lost), (3, 81.0, 1, 1, 0, 1));
    let migration = review.migration();
    assert_eq!((migration.len(), migration.rows(), migration.columns()), (2, 4, 3));
    let cells: Vec<_> = (0..4).map(|row| (0..3).map(|column| migration.cell(row, column).unwrap().0).collect::<Vec<_>>()).collect();
    // Rows: top, rest, new, returned; columns: top, rest, lost.
    assert_eq!(cells, [[1, 0, 1], [1, 1, 0], [0, 1, 0], [1, 0, 0]]);
    assert_eq!(migration.cell(0, 2), Some((1, 50.0, -5.0)));
    assert_eq!((migration.cell(4, 0), migration.cell(0, 3)), (None, None));
    assert_eq!(migration.tier_of(0), [Some(1), Some(0), Some(1), Some(0), None, None, None]);
    assert_eq!(migration.tiers(1).unwrap().rows()[0].smallest, Some(20.0));
}

#[test]
fn margins_and_tolerance() {
    let options = ReviewOptions { value: ReviewValue::Margin, tolerance: 0.6, ..ReviewOptions::default() };
    let review = review(&options);
    // 10 to 16 is within 60 %, as is 12 to 8; the bridge counts their changes all the same.
    assert_eq!(review.movements()[..3], [Movement::Equal; 3]);
    let bridge = review.bridge();
    // 16 + 8 + 3 − 5 + 5 + 8.
    assert_eq!((bridge.value_1, bridge.value_2), (37.0, 35.0));
    assert_eq!((bridge.growth, bridge.shrinkage), (6.0, 4.0));
    // Sums that differ by rounding are equal.
    let thirds = PeriodReview::from_columns(&[Some(0.1 + 0.2)], &[Some(0.3)], None, &ReviewOptions::default()).unwrap();
    assert_eq!(thirds.movements(), [Movement::Equal]);
}

#[test]
fn degenerate_periods() {
    let options = ReviewOptions::default();
    // A period in which nobody bought.
    let quiet = PeriodReview::of(&log(), (day(10), day(19)), (day(26), day(27)), &options).unwrap();
    assert_eq!((quiet.bridge().lost, quiet.bridge().value_2), (112.5, 0.0));
    let [then, now] = quiet.periods();
    assert_eq!((now.customers, now.mean_value, now.gini, now.top_share), (0, None, None, None));
    assert_eq!((then.customers, quiet.top_tier().lost, quiet.top_tier().customers_now), (4, 1, 0));
    let before = PeriodReview::of(&log(), (day(-9), day(0)), (day(1), day(5)), &options).unwrap();
    assert_eq!((before.bridge().value_1, before.bridge().new, before.top_tier().retention), (0.0, 179.0, None));
    assert_eq!((before.top_tier().growth, before.value_at_risk(0, &[]).unwrap().share), (None, None));
    // One customer; negative and zero totals; all equal.
    let from = |then: &[Option<f64>], now: &[Option<f64>]| PeriodReview::from_columns(then, now, None, &options).unwrap();
    let one = from(&[Some(3.0)], &[Some(4.0)]);
    assert_eq!((one.top_tier().customers, one.top_tier().stayed, one.bridge().growth), (1, 1, 1.0));
    let negative = from(&[Some(-3.0), Some(1.0)], &[Some(-4.0), Some(2.0)]);
    assert_eq!((negative.bridge().value_1, negative.bridge().shrinkage, negative.periods()[0].negative), (-2.0, 1.0, 1));
    assert_eq!(negative.periods()[0].gini, Some(0.5));
    assert_eq!(negative.value_at_risk(0, &[1.0, 1.0]).unwrap().share, None);
    let zeros = from(&[Some(0.0); 3], &[Some(0.0); 3]);
    assert_eq!((zeros.periods()[0].gini, zeros.movements()[0], zeros.top_tier().growth), (None, Movement::Equal, None));
    // Ties are never split: all equal, all top.
    let equal = from(&[Some(2.0); 30], &[Some(2.0); 30]);
    assert_eq!((equal.top_tier().customers, equal.periods()[0].gini), (30, Some(0.0)));
}

#[test]
fn wrong_input() {
    let options = ReviewOptions::default();
    let of = |first, second, options: &ReviewOptions| PeriodReview::of(&log(), first, second, options).unwrap_err();
    let (first, second) = ((day(10), day(19)), (day(20), day(29)));
    let overlap = of(first, (day(19), day(29)), &options);
    assert_eq!(overlap.kind(), ErrorKind::InvalidOption);
    assert!(overlap.to_string().contains("1970-01-11 to 1970-01-20, then 1970-01-20"), "{overlap}");
    assert_eq!(of((day(19), day(10)), second, &options).kind(), ErrorKind::InvalidOption);
    assert_eq!(of((day(-9), day(-5)), (day(-4), day(-1)), &options).kind(), ErrorKind::EndBeforeFirstPurchase);
    for tolerance in [-0.1, f64::NAN, f64::INFINITY] {
        assert_eq!(of(first, second, &ReviewOptions { tolerance, ..options.clone() }).kind(), ErrorKind::InvalidOption);
    }
    for (bounds, kind) in [(vec![], ErrorKind::Empty), (vec![0.5], ErrorKind::TierBounds)] {
        assert_eq!(of(first, second, &ReviewOptions { tier_bounds: bounds, ..options.clone() }).kind(), kind);
    }
    let plain = TransactionLog::from_columns(&[1u64], &[0], &[1.0]).unwrap();
    let margin = ReviewOptions { value: ReviewValue::Margin, ..options.clone() };
    assert_eq!(PeriodReview::of(&plain, first, second, &margin).unwrap_err().kind(), ErrorKind::InvalidOption);
    let columns = |then: &[Option<f64>], now: &[Option<f64>], known: Option<&[bool]>| {
        PeriodReview::from_columns(then, now, known, &options).unwrap_err()
    };
    assert_eq!(columns(&[], &[], None).kind(), ErrorKind::Empty);
    assert_eq!(columns(&[None], &[], None).kind(), ErrorKind::LengthMismatch);
    assert_eq!(columns(&[None], &[None], Some(&[])).kind(), ErrorKind::LengthMismatch);
    let error = columns(&[None, None], &[None, Some(f64::NAN)], None);
    assert_eq!((error.kind(), error.column(), error.row()), (ErrorKind::NonFinite, Some("value_2"), Some(1)));
    assert_eq!(columns(&[Some(1.7e308); 2], &[None; 2], None).kind(), ErrorKind::NonFinite);
    let review = review(&options);
    assert_eq!(review.value_at_risk(2, &[]).unwrap_err().kind(), ErrorKind::InvalidOption);
    assert_eq!(review.value_at_risk(1, &[0.5]).unwrap_err().kind(), ErrorKind::LengthMismatch);
    assert_eq!(review.value_at_risk(1, &[2.0; 7]).unwrap_err().kind(), ErrorKind::Share);
}

/// 1997 H2 against 1998 H1, every number counted anew from the rows.
#[test]
fn cdnow_half_years() {
    let date = |text: &str| Date::parse(text).unwrap();
    let (first, second) = ((date("1997-07-01"), date("1997-12-31")), (date("1998-01-01"), date("1998-06-30")));
    let log = cdnow::log();
    let review = PeriodReview::of(&log, first, second, &ReviewOptions::default()).unwrap();
    let columns = cdnow::columns();
    let mut of_customer: BTreeMap<u64, [Vec<f64>; 3]> = BTreeMap::new();
    for row in 0..columns.ids.len() {
        let day = Date::from_days(columns.days[row]).unwrap();
        let period = if day < first.0 { 2 } else { usize::from(day > first.1) };
        of_customer.entry(columns.ids[row]).or_default()[period].push(columns.amounts[row]);
    }
    let total = |period: usize| -> f64 { of_customer.values().flat_map(|amounts| &amounts[period]).sum() };
    let bridge = review.bridge();
    assert_near(bridge.value_1, total(0), 1e-7);
    assert_near(bridge.value_2, total(1), 1e-7);
    let (mut new, mut returned, mut growth, mut shrinkage, mut lost) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let mut counts = [0; 7];
    for (i, [then, now, before]) in of_customer.values().enumerate() {
        let (v1, v2): (f64, f64) = (then.iter().sum(), now.iter().sum());
        let movement = match (then.is_empty(), now.is_empty()) {
            (true, false) if before.is_empty() => Movement::New,
            (true, false) => Movement::Returned,
            (true, true) => Movement::Absent,
            (false, true) => Movement::Lost,
            (false, false) if (v2 - v1).abs() < 1e-9 => Movement::Equal,
            (false, false) if v2 > v1 => Movement::Grown,
            (false, false) => Movement::Shrunk,
        };
        assert_eq!(review.movements()[i], movement);
        counts[movement as usize] += 1;
        match movement {
            Movement::New => new += v2,
            Movement::Returned => returned += v2,
            Movement::Grown => growth += v2 - v1,
            Movement::Shrunk => shrinkage += v1 - v2,
            Movement::Lost => lost += v1,
            _ => {}
        }
    }
    for (actual, expected) in
        [(bridge.new, new), (bridge.returned, returned), (bridge.growth, growth), (bridge.shrinkage, shrinkage), (bridge.lost, lost)]
    {
        assert_near(actual, expected, 1e-7);
    }
    let sum = bridge.value_1 + bridge.new + bridge.returned + bridge.growth - bridge.shrinkage - bridge.lost + bridge.absent;
    assert_near(sum, bridge.value_2, 1e-7);
    assert_eq!(review.summaries().iter().map(|row| row.customers).collect::<Vec<_>>(), counts);
    assert_near(review.summaries().iter().map(|row| row.value_2).sum(), total(1), 1e-7);
    // CDNOW's customers all came in the first quarter of 1997.
    assert_eq!(counts[Movement::New as usize], 0);
    let [then, now] = review.periods();
    assert_eq!(then.customers, counts[2..6].iter().sum::<usize>());
    assert_eq!(now.customers, counts[..5].iter().sum::<usize>());

    // The migration matrix adds up to the customers and values of both periods, and to the tiers.
    let migration = review.migration();
    let cell = |row, column| migration.cell(row, column).unwrap();
    let tiers = migration.len();
    let all = || (0..migration.rows()).flat_map(|row| (0..migration.columns()).map(move |column| (row, column)));
    assert_near(all().map(|(row, column)| cell(row, column).1).sum(), total(0), 1e-7);
    assert_near(all().map(|(row, column)| cell(row, column).2).sum(), total(1), 1e-7);
    let values = |period: usize| of_customer.values().map(move |amounts| &amounts[period]).filter(|amounts| !amounts.is_empty());
    for period in [0, 1] {
        let values: Vec<f64> = values(period).map(|amounts| amounts.iter().sum()).collect();
        let cut = Tiers::by_customer_share(&values, &Tiers::CUSTOMER_BOUNDS).unwrap();
        for tier in 0..tiers {
            let members: usize = if period == 0 {
                (0..=tiers).map(|other| cell(tier, other).0).sum()
            } else {
                (0..tiers + 2).map(|other| cell(other, tier).0).sum()
            };
            assert_eq!(members, cut.rows()[tier].customers);
        }
    }
    let top = review.top_tier();
    assert_eq!(top.stayed + top.fallen + top.lost, top.customers);
    assert_eq!(top.stayed + top.risen + top.arrived, top.customers_now);
    assert_eq!(
        (top.customers, top.customers_now),
        (migration.tiers(0).unwrap().rows()[0].customers, migration.tiers(1).unwrap().rows()[0].customers)
    );
    assert_near(top.value_1, migration.tiers(0).unwrap().rows()[0].value, 1e-7);
    assert_near(top.value_now, migration.tiers(1).unwrap().rows()[0].value, 1e-7);
}
