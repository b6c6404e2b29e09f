//! The CDNOW sample, against the figures that the literature and other packages print for it.

use crm_value::{
    BgNbd, CalibrationHoldout, ClvModel, Concentration, Date, GammaGamma, HistoricalClv, Nbd, PredictiveClv, PurchaseModel, Rfm,
    SegmentTable, Span, SpendModel, Tiers, TimeUnit, TransactionLog,
};

use crate::close::{assert_close, assert_near};

pub(crate) struct Columns {
    pub(crate) ids: Vec<u64>,
    pub(crate) days: Vec<i32>,
    pub(crate) amounts: Vec<f64>,
}

pub(crate) fn columns() -> Columns {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/cdnow.csv");
    let text = std::fs::read_to_string(path).unwrap();
    let mut columns = Columns { ids: Vec::new(), days: Vec::new(), amounts: Vec::new() };
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        columns.ids.push(fields[0].parse().unwrap());
        columns.days.push(Date::parse(fields[1]).unwrap().days());
        columns.amounts.push(fields[3].parse().unwrap());
    }
    columns
}

pub(crate) fn log() -> TransactionLog {
    let Columns { ids, days, amounts } = columns();
    TransactionLog::from_columns(&ids, &days, &amounts).unwrap()
}

/// Weeks, calibration to 1997-09-30, holdout to 1998-06-30.
pub(crate) fn split() -> CalibrationHoldout {
    let (calibration, holdout) = (Date::from_ymd(1997, 9, 30).unwrap(), Date::from_ymd(1998, 6, 30).unwrap());
    log().summarize().unit(TimeUnit::Week).observed_until(calibration).with_holdout(holdout).unwrap()
}

#[test]
fn the_summary_has_the_published_totals() {
    let CalibrationHoldout { calibration, holdout_frequency, holdout, .. } = split();
    assert_eq!(calibration.len(), 2_357);
    assert_eq!(calibration.repeat_purchases(), 2_457);
    assert_eq!(calibration.repeat_customers(), 946);
    assert_eq!(holdout_frequency.iter().sum::<u32>(), 1_882);
    assert_close(holdout.in_unit(TimeUnit::Week), 39.0, 1e-15);
    // Customer 1 of the published summary: x 2, t_x 30.43, T 38.86, mean spend 22.35.
    assert_eq!(calibration.frequency()[0], 2);
    assert_near(calibration.recency()[0], 30.43, 0.005);
    assert_near(calibration.age()[0], 38.86, 0.005);
    assert_near(calibration.mean_spend(0).unwrap(), 22.35, 0.005_001);
    let longest = calibration.age().iter().fold(0.0_f64, |longest, &age| longest.max(age));
    assert_near(longest, 38.857, 0.0005);
}

#[test]
fn every_customer_agrees_with_the_published_summary_file() {
    let calibration = split().calibration;
    let text = include_str!("data/cdnow_summary.csv");
    let mut rows = 0;
    for (i, line) in text.lines().skip(1).enumerate() {
        let fields: Vec<f64> = line.split(',').map(|field| field.parse().unwrap()).collect();
        assert_eq!(calibration.ids().get(i).unwrap().to_string(), fields[0].to_string());
        assert_eq!(f64::from(calibration.frequency()[i]).to_bits(), fields[1].to_bits(), "customer {}", fields[0]);
        assert_near(calibration.recency()[i], fields[2], 0.005_001);
        assert_near(calibration.age()[i], fields[3], 0.005_001);
        assert_near(calibration.mean_spend(i).unwrap_or(0.0), fields[4], 0.005_001);
        rows += 1;
    }
    assert_eq!(rows, 2_357);
}

#[test]
fn the_log_accounts_for_every_row_and_cent() {
    let Columns { amounts, .. } = columns();
    let log = log();
    let quality = log.quality();
    assert_eq!(quality.rows_read, 6_919);
    assert_eq!(quality.rows_used + quality.rows_dropped(), quality.rows_read);
    assert_eq!(quality.occasions + quality.same_day_merges, quality.rows_used);
    assert_near(quality.amount_used, amounts.iter().sum(), 1e-6);
    assert_eq!((log.first_date().to_string(), log.last_date().to_string()), ("1997-01-01".to_owned(), "1998-06-30".to_owned()));
    let whole = log.summarize().build().unwrap();
    assert_near(HistoricalClv::new().value(&whole).unwrap().iter().sum(), amounts.iter().sum(), 1e-6);
    let split = split();
    let holdout: f64 = split.holdout_spend.iter().sum();
    assert_near(split.calibration.total_spend().unwrap().iter().sum::<f64>() + holdout, amounts.iter().sum(), 1e-6);
}

/// PEERS' tables: CLVTools' and lifetimes' test suites, printed to three digits; log-likelihood to three decimals.
#[test]
fn the_fits_have_the_published_estimates() {
    let customers = split().calibration;
    let bg = BgNbd::fit(&customers).unwrap();
    for (name, value) in [("r", 0.243), ("alpha", 4.414), ("a", 0.793), ("b", 2.426)] {
        assert_near(bg.report().estimate(name).unwrap().value, value, 0.000_5);
    }
    assert_near(bg.report().log_likelihood, -9582.429, 0.000_5);
    assert!(bg.report().converged() && bg.report().warnings.is_empty());
    let gg = GammaGamma::fit(&customers).unwrap();
    for (name, value) in [("p", 6.25), ("q", 3.74), ("v", 15.44)] {
        assert_near(gg.report().estimate(name).unwrap().value, value, 0.005);
    }
    assert_near(gg.report().log_likelihood, -4055.9177, 0.000_05);
    assert_eq!(gg.report().customers, 946);
    let nbd = Nbd::fit(&customers).unwrap();
    assert_near(nbd.r(), 0.384766, 0.000_000_5);
    assert_near(nbd.alpha(), 12.072023, 0.000_000_5);
    assert_near(nbd.report().log_likelihood, -9763.6576, 0.000_05);
}

/// BTYD walkthrough p. 24: mean holdout purchases by calibration frequency 0, 1, ..., 7+, and the total of 1653.4.
#[test]
fn the_holdout_forecast_has_the_published_values() {
    let split = split();
    let customers = &split.calibration;
    let expected = BgNbd::fit(customers).unwrap().expected_purchases(customers, split.holdout).unwrap();
    assert_near(expected.iter().sum(), 1653.4, 0.05);
    let published = [
        (1411, 0.237, 0.2251),
        (439, 0.697, 0.5231),
        (214, 1.393, 1.0441),
        (100, 1.560, 1.5203),
        (62, 2.532, 2.1638),
        (38, 2.947, 2.6538),
        (29, 3.862, 3.5040),
        (64, 6.359, 6.1570),
    ];
    for (class, (n, actual, model)) in published.into_iter().enumerate() {
        let members: Vec<usize> = (0..customers.len()).filter(|&i| customers.frequency()[i].min(7) as usize == class).collect();
        assert_eq!(members.len(), n);
        let mean = |of: &dyn Fn(usize) -> f64| members.iter().map(|&i| of(i)).sum::<f64>() / n as f64;
        assert_near(mean(&|i| f64::from(split.holdout_frequency[i])), actual, 0.000_5);
        // Their parameters agree with ours to four digits, hence half a unit of the third.
        assert_near(mean(&|i| expected[i]), model, 0.000_5);
    }
}

#[test]
fn value_segments_and_concentration_fit_together() {
    let customers = split().calibration;
    let (bg, gg) = (BgNbd::fit(&customers).unwrap(), GammaGamma::fit(&customers).unwrap());
    let clv = PredictiveClv::new(&bg, &gg).margin(0.3).value(&customers).unwrap();
    assert!(clv.iter().all(|value| value.is_finite() && *value > 0.0));
    // 36 monthly payments at 10 % a year lie between the undiscounted sum and the one discounted at the very end.
    let purchases = bg.expected_purchases(&customers, Span::new(3.0, TimeUnit::Year).unwrap()).unwrap();
    let spend = gg.expected_spend(&customers).unwrap();
    for i in 0..customers.len() {
        let undiscounted = 0.3 * purchases[i] * spend[i];
        assert!(clv[i] < undiscounted && clv[i] > undiscounted / 1.1_f64.powi(3));
    }
    let concentration = Concentration::of(&clv).unwrap();
    assert!(concentration.gini() > 0.4 && concentration.gini() < 0.8);
    let tiers = concentration.tiers(&Tiers::CUSTOMER_BOUNDS).unwrap();
    assert_eq!(tiers.rows().iter().map(|tier| tier.customers).sum::<usize>(), customers.len());
    assert_near(tiers.rows().iter().map(|tier| tier.value).sum(), clv.iter().sum(), 1e-6);

    let rfm = log().summarize().unit(TimeUnit::Day).observed_until(Date::from_ymd(1997, 9, 30).unwrap()).rfm().unwrap();
    let scores = Rfm::new().fit(&rfm).unwrap();
    let segments = SegmentTable::default().summarize(&scores, &rfm).unwrap();
    assert_eq!(segments.iter().map(|segment| segment.customers).sum::<usize>(), rfm.len());
    assert_near(segments.iter().map(|segment| segment.total_spend).sum(), rfm.total_spend().iter().sum(), 1e-6);
}

/// Customers who last bought on one day tie in recency, however many days they had been customers.
#[test]
fn rfm_recency_ties_are_exact() {
    let rfm = log().summarize().unit(TimeUnit::Week).rfm().unwrap();
    let mut distinct: Vec<u64> = rfm.time_since_last().iter().map(|time| time.to_bits()).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let mut days: Vec<i64> = rfm.time_since_last().iter().map(|time| (time * 7.0).round() as i64).collect();
    days.sort_unstable();
    days.dedup();
    assert_eq!(distinct.len(), days.len());
}

/// Values whose sums round up: the top shares still end at 1.
#[test]
fn shares_never_exceed_the_whole() {
    let concentration = Concentration::of(&[0.0, 1.0, 1.0, 33_554_431.0, 33_554_431.000_000_01, 1e-8]).unwrap();
    for p in [0.5, 0.8, 0.9, 1.0] {
        assert!(concentration.top_share(p).unwrap() <= 1.0);
    }
}
