//! The catalogue of bad input: each kind has its own error, which names column, row and value.

use crm_value::{
    BetaDiscreteWeibull, BgBb, BgNbd, ClvModel, Concentration, CustomerSummary, Date, DiscountRate, Error, ErrorKind, FitOptions,
    GammaGamma, Geometric, HistoricalClv, History, IdColumn, LogOptions, Missing, Nbd, OpportunityHistory, OpportunitySummary, Patterns,
    PredictiveClv, PurchaseModel, RetentionModel, Rfm, ShiftedBetaGeometric, Span, Tenures, TimeUnit, TransactionLog, Transactions,
    parse_dates,
};

/// The error has the kind, and its message names all of `parts`.
#[track_caller]
fn expect<T: std::fmt::Debug>(result: Result<T, Error>, kind: ErrorKind, parts: &[&str]) {
    let error = result.expect_err("bad input must be refused");
    assert_eq!(error.kind(), kind, "{error}");
    for part in parts {
        assert!(error.to_string().contains(part), "`{error}` does not say `{part}`");
    }
}

fn log(ids: &[u64], days: &[i32], amounts: &[f64]) -> Result<TransactionLog, Error> {
    TransactionLog::from_columns(ids, days, amounts)
}

fn summary(x: &[f64], t_x: &[f64], t_cal: &[f64]) -> Result<CustomerSummary, Error> {
    CustomerSummary::from_columns(None, x, t_x, t_cal, None, TimeUnit::Week)
}

fn good_summary() -> CustomerSummary {
    CustomerSummary::from_columns(None, &[2.0, 0.0, 1.0], &[5.0, 0.0, 2.0], &[9.0, 9.0, 8.0], Some(&[3.0, 0.0, 4.0]), TimeUnit::Week)
        .unwrap()
}

#[test]
fn transaction_logs() {
    expect(log(&[], &[], &[]), ErrorKind::Empty, &["transaction log"]);
    expect(log(&[1, 2], &[0], &[1.0, 2.0]), ErrorKind::LengthMismatch, &["`date`", "1", "`customer_id`", "2"]);
    expect(log(&[1, 2], &[0, 1], &[1.0]), ErrorKind::LengthMismatch, &["`amount`"]);
    expect(log(&[1, 2], &[0, 1], &[1.0, f64::NAN]), ErrorKind::NonFinite, &["`amount`", "row 1", "NaN"]);
    expect(log(&[1, 2], &[0, 1], &[f64::INFINITY, f64::NAN]), ErrorKind::NonFinite, &["`amount`", "row 0", "inf"]);
    expect(log(&[1, 2], &[0, i32::MAX], &[1.0, 2.0]), ErrorKind::DateOutOfRange, &["`date`", "row 1", "2147483647 days"]);
    expect(log(&[1], &[0], &[-1.0]), ErrorKind::NoPurchases, &["1 rows", "`amount`"]);
    let flags = [false, true];
    let rows = Transactions::new(&[1u64, 2], &[0, 1], &[1.0, 2.0]);
    for (missing, column) in [
        (Missing { ids: Some(&flags), ..Missing::default() }, "`customer_id`"),
        (Missing { dates: Some(&flags), ..Missing::default() }, "`date`"),
        (Missing { amounts: Some(&flags), ..Missing::default() }, "`amount`"),
    ] {
        expect(LogOptions::new().read(&rows.with_missing(missing)), ErrorKind::Missing, &[column, "row 1", "missing"]);
    }
    let short = Missing { ids: Some(&flags[..1]), ..Missing::default() };
    expect(LogOptions::new().read(&rows.with_missing(short)), ErrorKind::LengthMismatch, &["`customer_id`"]);
    let chunks = [rows, Transactions::new(&["a"], &[0], &[1.0])];
    expect(LogOptions::new().read_chunks(&chunks), ErrorKind::WrongType, &["`customer_id`"]);
    let error = log(&[1, 2], &[0, 1], &[1.0, f64::NAN]).unwrap_err();
    assert_eq!((error.column(), error.row()), (Some("amount"), Some(1)));
    // The first row at fault is named, however many threads look.
    let n = 100_000;
    let mut amounts = vec![1.0; n];
    (amounts[70_001], amounts[40_002]) = (f64::NAN, f64::NEG_INFINITY);
    expect(log(&vec![1; n], &vec![0; n], &amounts), ErrorKind::NonFinite, &["row 40002", "-inf"]);
}

#[test]
fn dates() {
    expect(
        parse_dates("order_date", &["2026-01-31", "31.01.2026"]),
        ErrorKind::UnparsableDate,
        &["`order_date`", "row 1", "31.01.2026", "YYYY-MM-DD"],
    );
    expect(Date::from_days(i32::MIN), ErrorKind::DateOutOfRange, &["-2147483648"]);
    let log = log(&[1, 1], &[100, 110], &[1.0, 2.0]).unwrap();
    let end = |days| log.summarize().observed_until(Date::from_days(days).unwrap());
    expect(end(99).build(), ErrorKind::EndBeforeFirstPurchase, &["1970-04-10", "1970-04-11"]);
    expect(end(99).rfm(), ErrorKind::EndBeforeFirstPurchase, &[]);
    expect(end(105).with_holdout(Date::from_days(105).unwrap()), ErrorKind::EmptyHoldout, &["1970-04-16"]);
}

#[test]
fn customer_summaries() {
    let one = CustomerSummary::from_columns(None, &[1.0], &[3.0], &[4.0], Some(&[10.0]), TimeUnit::Week).unwrap();
    let (log_intervals, log_spend) = (|sum| one.clone().with_log_intervals(&[sum]), |sum| one.clone().with_log_spend(&[sum]));
    expect(summary(&[], &[], &[]), ErrorKind::Empty, &["customer summary"]);
    expect(summary(&[1.0, 0.0], &[1.0], &[2.0, 2.0]), ErrorKind::LengthMismatch, &["`recency`"]);
    expect(summary(&[0.0, -1.0], &[0.0, 1.0], &[2.0, 2.0]), ErrorKind::Negative, &["`frequency`", "row 1", "-1"]);
    expect(summary(&[1.5], &[1.0], &[2.0]), ErrorKind::NotACount, &["`frequency`", "row 0", "1.5"]);
    expect(summary(&[1e10], &[1.0], &[2.0]), ErrorKind::NotACount, &["`frequency`"]);
    expect(summary(&[f64::NAN], &[1.0], &[2.0]), ErrorKind::NonFinite, &["`frequency`"]);
    expect(summary(&[1.0], &[3.0], &[2.0]), ErrorKind::RecencyExceedsAge, &["`recency`", "row 0", "3", "2"]);
    expect(summary(&[1.0], &[f64::NAN], &[2.0]), ErrorKind::NonFinite, &["`recency`"]);
    expect(summary(&[1.0], &[-1.0], &[2.0]), ErrorKind::Negative, &["`recency`"]);
    expect(summary(&[1.0], &[1.0], &[f64::INFINITY]), ErrorKind::NonFinite, &["`T`"]);
    expect(summary(&[0.0], &[1.0], &[2.0]), ErrorKind::InconsistentRecency, &["`recency`", "row 0", "frequency 0"]);
    expect(summary(&[2.0], &[0.0], &[2.0]), ErrorKind::InconsistentRecency, &["frequency 2"]);
    let spend = |value| CustomerSummary::from_columns(None, &[1.0], &[1.0], &[2.0], Some(&[value]), TimeUnit::Week);
    expect(spend(f64::NAN), ErrorKind::NonFinite, &["`monetary_value`"]);
    expect(spend(-3.0), ErrorKind::Negative, &["`monetary_value`", "-3"]);
    let ids = IdColumn::U64(&[7, 7]);
    let twice = CustomerSummary::from_columns(Some(ids), &[0.0; 2], &[0.0; 2], &[1.0; 2], None, TimeUnit::Week);
    expect(twice, ErrorKind::DuplicateCustomer, &["customer 7"]);
    expect(History::new(1, 3.0, 2.0), ErrorKind::RecencyExceedsAge, &[]);
    let customers = good_summary();
    expect(customers.clone().with_total_spend(&[1.0]), ErrorKind::LengthMismatch, &["`total_spend`"]);
    expect(customers.clone().with_total_margin(&[1.0, f64::NAN, 0.0]), ErrorKind::NonFinite, &["`total_margin`", "row 1"]);
    // x = 1 with t_x = 3 has one interval of 3; −∞ is a free occasion, but no interval has length 0.
    expect(log_intervals(1.2), ErrorKind::LogSum, &["`log_intervals`", "row 0", "1.2", "1.09"]);
    expect(log_intervals(f64::NAN), ErrorKind::NonFinite, &["`log_intervals`", "row 0"]);
    expect(log_intervals(f64::NEG_INFINITY), ErrorKind::NonFinite, &["`log_intervals`"]);
    expect(log_spend(2.5), ErrorKind::LogSum, &["`log_spend`", "2.302"]);
    expect(log_spend(f64::NAN), ErrorKind::NonFinite, &["`log_spend`"]);
    expect(log_spend(f64::INFINITY), ErrorKind::NonFinite, &["`log_spend`"]);
    expect(customers.clone().with_log_intervals(&[0.0]), ErrorKind::LengthMismatch, &["`log_intervals`"]);
    expect(customers.clone().with_log_spend(&[0.0]), ErrorKind::LengthMismatch, &["`log_spend`"]);
    expect(History::new(1, 1.0, 2.0).unwrap().with_log_intervals(f64::NAN), ErrorKind::NonFinite, &["`log_intervals`"]);
    expect(Patterns::weighted(&customers, &[1.0, 0.0, 1.0]), ErrorKind::NotPositive, &["`weight`", "row 1"]);
    expect(Patterns::weighted(&customers, &[1.0, f64::NAN, 1.0]), ErrorKind::NonFinite, &["`weight`", "row 1"]);
    expect(Patterns::weighted(&customers, &[1.0]), ErrorKind::LengthMismatch, &["`weight`"]);
}

#[test]
fn fits() {
    let one_time = summary(&[0.0; 5], &[0.0; 5], &[4.0; 5]).unwrap();
    expect(BgNbd::fit(&one_time), ErrorKind::NoRepeatPurchases, &["no customer bought again (5 observed)", "BG/NBD", "observe longer"]);
    expect(Nbd::fit(&one_time), ErrorKind::NoRepeatPurchases, &["NBD"]);
    expect(GammaGamma::fit(&one_time), ErrorKind::MissingColumn, &["monetary_value"]);
    let one_time = CustomerSummary::from_columns(None, &[0.0; 5], &[0.0; 5], &[4.0; 5], Some(&[0.0; 5]), TimeUnit::Week).unwrap();
    expect(GammaGamma::fit(&one_time), ErrorKind::NoRepeatPurchases, &["Gamma-Gamma"]);
    let free = CustomerSummary::from_columns(None, &[0.0, 2.0], &[0.0, 2.0], &[4.0; 2], Some(&[0.0; 2]), TimeUnit::Week).unwrap();
    expect(GammaGamma::fit(&free), ErrorKind::NotPositive, &["`monetary_value`", "row 1"]);
    let customers = good_summary();
    expect(BgNbd::fit_with(&customers, &FitOptions::new().start(&[1.0])), ErrorKind::InvalidOption, &["start"]);
    expect(BgNbd::fit_with(&customers, &FitOptions::new().start(&[1.0, 0.0, 1.0, 1.0])), ErrorKind::InvalidParameter, &["`alpha`"]);
    expect(BgNbd::fit_with(&customers, &FitOptions::new().max_iterations(0)), ErrorKind::InvalidOption, &["max_iterations"]);
    expect(BgNbd::fit_with(&customers, &FitOptions::new().tolerance(f64::NAN)), ErrorKind::InvalidOption, &["tolerance", "NaN"]);
}

#[test]
fn parameters() {
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        expect(BgNbd::new(bad, 1.0, 1.0, 1.0, TimeUnit::Week), ErrorKind::InvalidParameter, &["`r`", "BG/NBD"]);
        expect(BgNbd::new(1.0, bad, 1.0, 1.0, TimeUnit::Week), ErrorKind::InvalidParameter, &["`alpha`"]);
        expect(BgNbd::new(1.0, 1.0, bad, 1.0, TimeUnit::Week), ErrorKind::InvalidParameter, &["`a`"]);
        expect(BgNbd::new(1.0, 1.0, 1.0, bad, TimeUnit::Week), ErrorKind::InvalidParameter, &["`b`"]);
        expect(Nbd::new(1.0, bad, TimeUnit::Week), ErrorKind::InvalidParameter, &["`alpha`", "NBD"]);
        expect(GammaGamma::new(1.0, bad, 1.0), ErrorKind::InvalidParameter, &["`q`", "Gamma-Gamma"]);
        expect(Span::new(bad, TimeUnit::Week), ErrorKind::Horizon, &[]);
    }
    let spend = GammaGamma::new(6.0, 4.0, 15.0).unwrap();
    expect(spend.ln_likelihood(0, 1.0), ErrorKind::NotPositive, &["`frequency`"]);
    expect(spend.ln_likelihood(1, f64::NAN), ErrorKind::NotPositive, &["`monetary_value`"]);
}

#[test]
fn units_rates_and_horizons() {
    let customers = good_summary();
    let (daily, spend) = (BgNbd::new(0.2, 30.0, 0.8, 2.4, TimeUnit::Day).unwrap(), GammaGamma::new(6.0, 4.0, 15.0).unwrap());
    expect(daily.probability_alive(&customers), ErrorKind::UnitMismatch, &["BG/NBD is in days", "customer summary is in weeks"]);
    expect(PredictiveClv::new(&daily, &spend).value(&customers), ErrorKind::UnitMismatch, &[]);
    for bad in [-1.0, -2.0, f64::NAN, f64::INFINITY] {
        expect(DiscountRate::annual(bad), ErrorKind::DiscountRate, &["above -1"]);
    }
    expect(DiscountRate::continuous(f64::NAN, TimeUnit::Week), ErrorKind::DiscountRate, &[]);
    let weekly = BgNbd::new(0.2, 4.0, 0.8, 2.4, TimeUnit::Week).unwrap();
    let clv = PredictiveClv::new(&weekly, &spend);
    expect(clv.endless().discount(DiscountRate::none()).value(&customers), ErrorKind::UnboundedValue, &["0"]);
    expect(clv.margin(f64::NAN).value(&customers), ErrorKind::InvalidOption, &["margin"]);
    expect(HistoricalClv::margin(f64::NAN).value(&customers), ErrorKind::InvalidOption, &["margin"]);
    expect(HistoricalClv::new().value(&customers), ErrorKind::MissingColumn, &["total_spend"]);
    expect(HistoricalClv::from_margin_column().value(&customers), ErrorKind::MissingColumn, &["total_margin"]);
    let week = Span::one(TimeUnit::Week);
    expect(weekly.expected_purchases_between(&customers, week, week), ErrorKind::Interval, &["1"]);
    let century = Span::new(1e6, TimeUnit::Year).unwrap();
    expect(clv.horizon(century).value(&customers), ErrorKind::InvalidOption, &["period"]);
    let heavy = GammaGamma::new(6.0, 0.9, 15.0).unwrap();
    expect(PredictiveClv::new(&weekly, &heavy).value(&customers), ErrorKind::UndefinedMean, &["q = 0.9"]);
    assert!("fortnight".parse::<TimeUnit>().is_err_and(|error| error.kind() == ErrorKind::InvalidOption));
}

#[test]
fn scores_and_shares() {
    let rfm = log(&[1, 2, 2], &[0, 1, 9], &[1.0, 2.0, 3.0]).unwrap().summarize().rfm().unwrap();
    expect(Rfm::new().bins(5, 0, 5).fit(&rfm), ErrorKind::Bins, &["0 bins"]);
    expect(Rfm::new().bins(101, 5, 5).fit(&rfm), ErrorKind::Bins, &["101 bins"]);
    expect(Concentration::of(&[]), ErrorKind::Empty, &[]);
    expect(Concentration::of(&[1.0, f64::NAN]), ErrorKind::NonFinite, &["row 1"]);
    expect(Concentration::of(&[1.0, -2.0]), ErrorKind::Negative, &["row 1", "-2"]);
    expect(Concentration::of(&[0.0, 0.0]), ErrorKind::TotalNotPositive, &["0"]);
    let concentration = Concentration::of(&[1.0, 2.0]).unwrap();
    expect(concentration.top_share(1.5), ErrorKind::Share, &["1.5"]);
    expect(concentration.top_share(f64::NAN), ErrorKind::Share, &[]);
    expect(concentration.tiers(&[0.5, 0.4, 1.0]), ErrorKind::TierBounds, &["bound 1", "0.4"]);
}

#[test]
fn codes_and_names_are_stable_and_distinct() {
    assert!(ErrorKind::ALL.windows(2).all(|pair| pair[0].code() < pair[1].code()));
    assert!(ErrorKind::ALL.iter().all(|kind| kind.code() > 0 && !kind.name().is_empty()));
    assert_eq!((ErrorKind::Empty.code(), ErrorKind::UnitMismatch.code(), ErrorKind::Deserialize.code()), (1, 20, 40));
    assert_eq!((ErrorKind::ConstantColumn.code(), ErrorKind::Unsorted.code()), (64, 72));
}

#[test]
fn opportunity_summaries() {
    let columns = |x: f64, t_x: f64, n: f64| OpportunitySummary::from_columns(None, &[0.0, x], &[0.0, t_x], &[6.0, n]);
    expect(OpportunitySummary::from_columns(None, &[], &[], &[]), ErrorKind::Empty, &["opportunity summary"]);
    expect(OpportunitySummary::from_columns(None, &[1.0], &[1.0, 2.0], &[6.0]), ErrorKind::LengthMismatch, &["`recency`", "2"]);
    expect(OpportunitySummary::from_columns(None, &[1.0], &[1.0], &[]), ErrorKind::LengthMismatch, &["`n`", "0"]);
    expect(columns(7.0, 7.0, 6.0), ErrorKind::ExceedsOpportunities, &["`frequency`", "row 1", "7", "6"]);
    expect(columns(2.0, 7.0, 6.0), ErrorKind::ExceedsOpportunities, &["`recency`", "row 1", "7", "6"]);
    expect(columns(3.0, 2.0, 6.0), ErrorKind::FrequencyExceedsRecency, &["`frequency`", "row 1", "3", "2"]);
    expect(columns(0.0, 2.0, 6.0), ErrorKind::InconsistentRecency, &["`recency`", "row 1", "frequency 0"]);
    expect(columns(2.0, 0.0, 6.0), ErrorKind::InconsistentRecency, &["`recency`", "frequency 2"]);
    expect(columns(1.5, 2.0, 6.0), ErrorKind::NotACount, &["`frequency`", "1.5"]);
    expect(columns(1.0, f64::NAN, 6.0), ErrorKind::NonFinite, &["`recency`", "row 1"]);
    expect(columns(1.0, 1.0, -6.0), ErrorKind::Negative, &["`n`", "row 1"]);
    expect(columns(1.0, 1.0, 2e6), ErrorKind::TooManyPeriods, &["`n`", "row 1", "2000000"]);
    let ids = IdColumn::U64(&[7, 7]);
    expect(OpportunitySummary::from_columns(Some(ids), &[0.0; 2], &[0.0; 2], &[6.0; 2]), ErrorKind::DuplicateCustomer, &["7"]);
    let weighted = |weight| OpportunitySummary::from_table(&[0.0], &[0.0], &[6.0], &[weight]);
    expect(weighted(0.0), ErrorKind::NotPositive, &["`weight`", "row 0"]);
    expect(weighted(f64::NAN), ErrorKind::NonFinite, &["`weight`"]);
    expect(OpportunitySummary::from_table(&[0.0], &[0.0], &[6.0], &[]), ErrorKind::LengthMismatch, &["`weight`"]);
    expect(OpportunityHistory::new(2, 1, 6), ErrorKind::FrequencyExceedsRecency, &[]);

    let customers = columns(1.0, 1.0, 6.0).unwrap();
    let model = BgBb::new(1.2, 0.75, 0.66, 2.78).unwrap();
    for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        expect(BgBb::new(1.2, value, 0.66, 2.78), ErrorKind::InvalidParameter, &["`beta` of BG/BB"]);
        expect(model.dert(&customers, value), ErrorKind::UnboundedValue, &[]);
    }
    expect(model.dect(&customers, -1.0, 3), ErrorKind::DiscountRate, &["-1"]);
    expect(model.dect(&customers, f64::NAN, 3), ErrorKind::DiscountRate, &["NaN"]);
    expect(model.expected_purchases_between(&customers, 3, 3), ErrorKind::Interval, &["3"]);
    expect(model.probability_active_between(&customers, 4, 3), ErrorKind::Interval, &["4", "3"]);
    expect(BgBb::fit(&columns(0.0, 0.0, 6.0).unwrap()), ErrorKind::NoRepeatPurchases, &["BG/BB", "2 observed"]);
    expect(BgBb::fit_with(&customers, &FitOptions::new().start(&[1.0])), ErrorKind::InvalidOption, &["`start`"]);
}

#[test]
fn tenures() {
    let survivors = |counts: &[f64]| Tenures::from_survivors(&[&[10.0, 8.0], counts]);
    expect(Tenures::from_survivors(&[]), ErrorKind::Empty, &["cohorts"]);
    expect(survivors(&[]), ErrorKind::Empty, &["cohort 1"]);
    expect(survivors(&[0.0]), ErrorKind::NotPositive, &["cohort 1", "row 0"]);
    expect(survivors(&[10.0, 8.0, 9.0]), ErrorKind::RisingSurvivors, &["cohort 1", "row 2", "9", "8"]);
    expect(survivors(&[10.0, 8.5]), ErrorKind::NotACount, &["cohort 1", "row 1", "8.5"]);
    expect(survivors(&[10.0, -1.0]), ErrorKind::Negative, &["row 1", "-1"]);
    expect(survivors(&[10.0, f64::NAN]), ErrorKind::NonFinite, &["row 1", "NaN"]);
    let rows = |tenure: f64| Tenures::from_customers(&[3.0, tenure], &[true, false], None);
    expect(Tenures::from_customers(&[], &[], None), ErrorKind::Empty, &["tenures"]);
    expect(Tenures::from_customers(&[1.0], &[], None), ErrorKind::LengthMismatch, &["`churned`"]);
    expect(rows(0.0), ErrorKind::NotPositive, &["`tenure`", "row 1"]);
    expect(rows(-1.0), ErrorKind::Negative, &["`tenure`", "row 1"]);
    expect(rows(1.5), ErrorKind::NotACount, &["`tenure`", "1.5"]);
    expect(rows(f64::NAN), ErrorKind::NonFinite, &["`tenure`"]);
    expect(rows(1e7), ErrorKind::TooManyPeriods, &["`tenure`", "row 1", "10000000"]);
    let weighted = |weights: &[f64]| Tenures::from_customers(&[3.0], &[true], Some(weights));
    expect(weighted(&[-2.0]), ErrorKind::NotPositive, &["`weight`"]);
    expect(weighted(&[]), ErrorKind::LengthMismatch, &["`weight`"]);

    let (nobody, all) = (Tenures::from_survivors(&[&[9.0, 9.0]]).unwrap(), Tenures::from_survivors(&[&[9.0, 0.0]]).unwrap());
    expect(Geometric::fit(&nobody), ErrorKind::DegenerateTenures, &["geometric", "no customer left", "9"]);
    expect(ShiftedBetaGeometric::fit(&all), ErrorKind::DegenerateTenures, &["sBG", "first renewal"]);
    expect(BetaDiscreteWeibull::fit(&all), ErrorKind::DegenerateTenures, &["BdW"]);
    for theta in [0.0, 1.0, -0.1, f64::NAN] {
        expect(Geometric::new(theta), ErrorKind::InvalidParameter, &["`theta` of geometric", "between 0 and 1"]);
    }
    expect(ShiftedBetaGeometric::new(1.0, f64::NAN), ErrorKind::InvalidParameter, &["`beta` of sBG"]);
    expect(BetaDiscreteWeibull::new(1.0, 1.0, 0.0), ErrorKind::InvalidParameter, &["`c` of BdW"]);
    let model = ShiftedBetaGeometric::new(0.7, 1.2).unwrap();
    for d in [0.0, -0.5, f64::NAN] {
        expect(model.discounted_expected_lifetime(d), ErrorKind::UnboundedValue, &[]);
        expect(model.discounted_expected_residual_lifetime(d, 2), ErrorKind::UnboundedValue, &[]);
        expect(model.residual_lifetimes(d, &[2]), ErrorKind::UnboundedValue, &[]);
    }
    expect(model.discounted_renewals(0, -1.5, 3), ErrorKind::DiscountRate, &["-1.5"]);
}
