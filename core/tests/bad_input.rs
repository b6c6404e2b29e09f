//! The catalogue of bad input: each kind has its own error, which names column, row and value.

use crm_value::{
    AttributeConcentration, BetaDiscreteWeibull, BgBb, BgCnbdK, BgNbd, ClvModel, Concentration, CustomerIds, CustomerSummary, CutPoints,
    Date, DependencyAlert, DilemmaOptions, Dilemmas, Direction, DiscountRate, DiscountedPurchases, Error, ErrorKind, FitOptions,
    GammaGamma, Geometric, GgompertzNbd, HistoricalClv, History, IdColumn, Labels, LogOptions, MailingDecision, MbgCnbdK, MbgNbd, Missing,
    Nbd, NegativePolicy, OpportunityHistory, OpportunitySummary, ParetoNbd, Patterns, PointBands, PredictiveClv, PurchaseModel,
    QuantileScores, ReachProbability, RetentionModel, Rfm, RfmAxis, RfmSummary, RfmrHistory, RfmrPoints, Segment, SegmentMigration,
    SegmentProfile, SegmentTable, ShareRule, ShiftedBetaGeometric, Span, Tenures, TierAction, TierActions, Tiers, TimeUnit, TransactionLog,
    Transactions, ValueLevel, WhaleCurve, parse_dates,
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
    expect(summary(&[1.5], &[1.0], &[2.0]), ErrorKind::NotACount, &["`frequency`", "row 0", "1.5", "correct or remove the row"]);
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
        expect(Span::new(bad, TimeUnit::Week), ErrorKind::Horizon, &["above 0; give the length"]);
    }
    let spend = GammaGamma::new(6.0, 4.0, 15.0).unwrap();
    expect(spend.ln_likelihood(0, 1.0), ErrorKind::NotPositive, &["`frequency`"]);
    expect(spend.ln_likelihood(1, f64::NAN), ErrorKind::NotPositive, &["`monetary_value`"]);
}

/// A constructor that takes its parameters as a row of numbers.
type Build = fn(&[f64]) -> Result<(), Error>;

/// Every parameter of every model: out of range, infinite, NaN.
#[test]
fn every_parameter_of_every_model() {
    let models: [(&str, &[&str], Build); 12] = [
        ("NBD", &["r", "alpha"], |p| Nbd::new(p[0], p[1], TimeUnit::Week).map(drop)),
        ("BG/NBD", &["r", "alpha", "a", "b"], |p| BgNbd::new(p[0], p[1], p[2], p[3], TimeUnit::Week).map(drop)),
        ("MBG/NBD", &["r", "alpha", "a", "b"], |p| MbgNbd::new(p[0], p[1], p[2], p[3], TimeUnit::Week).map(drop)),
        ("BG/CNBD-k", &["k", "r", "alpha", "a", "b"], |p| BgCnbdK::from_numbers(p[0], p[1], p[2], p[3], p[4], TimeUnit::Week).map(drop)),
        ("MBG/CNBD-k", &["k", "r", "alpha", "a", "b"], |p| MbgCnbdK::from_numbers(p[0], p[1], p[2], p[3], p[4], TimeUnit::Week).map(drop)),
        ("Pareto/NBD", &["r", "alpha", "s", "beta"], |p| ParetoNbd::new(p[0], p[1], p[2], p[3], TimeUnit::Week).map(drop)),
        ("GGompertz/NBD", &["r", "alpha", "b", "s", "beta"], |p| GgompertzNbd::new(p[0], p[1], p[2], p[3], p[4], TimeUnit::Week).map(drop)),
        ("BG/BB", &["alpha", "beta", "gamma", "delta"], |p| BgBb::new(p[0], p[1], p[2], p[3]).map(drop)),
        ("geometric", &["theta"], |p| Geometric::new(0.5 * p[0]).map(drop)),
        ("sBG", &["alpha", "beta"], |p| ShiftedBetaGeometric::new(p[0], p[1]).map(drop)),
        ("BdW", &["alpha", "beta", "c"], |p| BetaDiscreteWeibull::new(p[0], p[1], p[2]).map(drop)),
        ("Gamma-Gamma", &["p", "q", "v"], |p| GammaGamma::new(p[0], p[1], p[2]).map(drop)),
    ];
    for (model, parameters, build) in models {
        build(&vec![1.0; parameters.len()]).unwrap();
        for (i, parameter) in parameters.iter().enumerate() {
            for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                let mut values = vec![1.0; parameters.len()];
                values[i] = bad;
                let found = format!("parameter `{parameter}` of {model} is {}", if model == "geometric" { 0.5 * bad } else { bad });
                expect(build(&values), ErrorKind::InvalidParameter, &[&found, "; it must"]);
            }
        }
    }
    for k in [0.5, 1.5, 21.0] {
        expect(
            BgCnbdK::from_numbers(k, 1.0, 1.0, 1.0, 1.0, TimeUnit::Week),
            ErrorKind::InvalidParameter,
            &["`k`", "whole number from 1 to 20"],
        );
    }
    expect(MbgCnbdK::new(0, 1.0, 1.0, 1.0, 1.0, TimeUnit::Week), ErrorKind::InvalidParameter, &["`k`", "0"]);
}

/// Names that a model does not have, values it cannot have, and data that are not there.
#[test]
fn fit_options_and_paths() {
    let customers = good_summary();
    let fit = |options: FitOptions| BgNbd::fit_with(&customers, &options);
    let names = "BG/NBD has no such parameter, only `r`, `alpha`, `a`, `b`";
    expect(fit(FitOptions::new().fix("beta", 1.0)), ErrorKind::InvalidOption, &["`fix` is `beta`", names]);
    expect(fit(FitOptions::new().prior("beta", 1.0, 1.0)), ErrorKind::InvalidOption, &["`prior` is `beta`", names]);
    expect(fit(FitOptions::new().fix("a", -1.0)), ErrorKind::InvalidParameter, &["`a` of BG/NBD is -1"]);
    expect(fit(FitOptions::new().start(&[1.0; 5])), ErrorKind::InvalidOption, &["`start`"]);
    expect(BgCnbdK::fit(&customers), ErrorKind::MissingColumn, &["log_intervals", "BG/CNBD-k"]);
    expect(BgCnbdK::fit_with(&customers, &FitOptions::new().fix("k", 2.0)), ErrorKind::MissingColumn, &["log_intervals"]);
    let model = BgNbd::new(0.2, 4.0, 0.8, 2.4, TimeUnit::Week).unwrap();
    expect(model.alive_path(&[2.0, 1.0], &[3.0]), ErrorKind::Unsorted, &["`purchases`", "row 1", "1 comes after 2", "sort"]);
    expect(model.alive_path(&[f64::NAN], &[3.0]), ErrorKind::NonFinite, &["`purchases`", "row 0"]);
    expect(model.alive_path(&[1.0], &[3.0, -1.0]), ErrorKind::Negative, &["`at`", "row 1", "-1"]);
    for rate in [DiscountRate::none(), DiscountRate::annual(-0.5).unwrap()] {
        expect(model.discounted_expected_residual_transactions(&customers, rate), ErrorKind::UnboundedValue, &["rate above 0"]);
    }
    expect(Patterns::weighted(&customers, &[1.0, -2.0, 1.0]), ErrorKind::NotPositive, &["`weight`", "row 1", "-2", "correct or remove"]);
    let heavy = GammaGamma::new(6.0, 1.0, 15.0).unwrap();
    expect(heavy.population_mean_spend(), ErrorKind::UndefinedMean, &["q = 1 <= 1", "median"]);
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
fn concentration() {
    let policy = NegativePolicy::Reject;
    let (two, alert) = (Labels::of(&["a", "b"]), DependencyAlert::default());
    let c = Concentration::of(&[1.0, 2.0]).unwrap();
    for empty in [
        Concentration::of(&[]).err(),
        WhaleCurve::of(&[]).err(),
        Tiers::by_customer_share(&[], &Tiers::CUSTOMER_BOUNDS).err(),
        Tiers::by_thresholds(&[], &[1.0]).err(),
        Dilemmas::of(&[], &[], &DilemmaOptions::new()).err(),
        AttributeConcentration::of(&[], &Labels::of::<&str>(&[]), policy, alert).err(),
    ] {
        expect(empty.map_or(Ok(()), Err), ErrorKind::Empty, &["column `", "no rows", "give at least one"]);
    }
    expect(c.tiers(&[]), ErrorKind::Empty, &["tier bounds", "give at least one"]);
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let parts = ["`value`", "row 1", &bad.to_string(), "correct or remove"];
        expect(Concentration::with_policy(&[1.0, bad], NegativePolicy::Clamp), ErrorKind::NonFinite, &parts);
        expect(WhaleCurve::of(&[1.0, bad]), ErrorKind::NonFinite, &parts);
        expect(Tiers::by_value_share(&[1.0, bad], &Tiers::ABC_BOUNDS), ErrorKind::NonFinite, &parts);
        expect(c.tiers(&Tiers::CUSTOMER_BOUNDS).unwrap().assign(&[1.0, bad]), ErrorKind::NonFinite, &parts);
        expect(AttributeConcentration::of(&[1.0, bad], &two, policy, alert), ErrorKind::NonFinite, &parts);
        expect(Dilemmas::of(&[1.0, 2.0], &[1.0, bad], &DilemmaOptions::new()), ErrorKind::NonFinite, &["`margin`", "row 1"]);
        expect(c.lorenz_at(bad), ErrorKind::Share, &["fraction of customers", "must lie in [0, 1]"]);
        expect(c.customers_for_share(bad), ErrorKind::Share, &["share of value"]);
        expect(c.test_rule(&ShareRule::new(bad, 0.8)), ErrorKind::Share, &["fraction of customers"]);
        expect(c.test_rule(&ShareRule::PARETO.confidence(bad)), ErrorKind::InvalidOption, &["`confidence`", "95 % is 0.95"]);
        expect(Dilemmas::of(&[1.0], &[1.0], &DilemmaOptions::new().top(bad)), ErrorKind::Share, &["fraction of large customers"]);
        let limit = DependencyAlert { hhi: bad, ..alert };
        expect(AttributeConcentration::of(&[1.0, 2.0], &two, policy, limit), ErrorKind::Share, &["limit of the HHI"]);
        expect(Tiers::by_thresholds(&[1.0], &[bad]), ErrorKind::CutPoints, &["cut point 0", "rise strictly"]);
        expect(c.tiers(&[bad, 1.0]), ErrorKind::TierBounds, &["bound 0", "end at 1"]);
    }
    expect(AttributeConcentration::of(&[1.0, -2.0], &two, policy, alert), ErrorKind::Negative, &["`value`", "row 1", "-2", "0 or more"]);
    expect(Concentration::with_policy(&[-3.0, 3.0], NegativePolicy::Allow), ErrorKind::TotalNotPositive, &["sum to 0", "whale curve"]);
    expect(AttributeConcentration::of(&[0.0, 0.0], &two, policy, alert), ErrorKind::TotalNotPositive, &["sum to 0"]);
    expect(AttributeConcentration::of(&[1.0], &two, policy, alert), ErrorKind::LengthMismatch, &["`labels` has 2 rows", "`value` has 1"]);
    expect(Dilemmas::of(&[1.0], &[1.0, 2.0], &DilemmaOptions::new()), ErrorKind::LengthMismatch, &["`margin`", "`revenue`"]);
    expect(c.test_rule(&ShareRule::PARETO.resamples(99)), ErrorKind::InvalidOption, &["`resamples`", "99", "give 100 to 1000000"]);
    expect(c.tail_index(Some(0)), ErrorKind::InvalidOption, &["tail customers", "at least 1"]);
    expect(c.tiers(&[0.001; 300]), ErrorKind::InvalidOption, &["tier bounds", "a list of 300", "at most 256"]);
    expect(c.tail_index(None), ErrorKind::Undefined, &["tail index", "10 largest", "there are 2", "smaller k"]);
    let mixed = Concentration::with_policy(&[-1.0, 3.0], NegativePolicy::Allow).unwrap();
    expect(mixed.theil(), ErrorKind::Undefined, &["Theil", "-1", "reject or clamp"]);
    let tail = Concentration::of(&[1.0, 2.0]).unwrap().tail_index(Some(1)).unwrap();
    expect(tail.implied_top_share(1.5), ErrorKind::Share, &["1.5"]);
}

#[test]
fn scores_and_points() {
    let higher = Direction::HigherIsBetter;
    let rfm = |days: &[f64], orders: &[f64], spend: &[f64]| RfmSummary::from_columns(None, days, orders, spend, TimeUnit::Day);
    expect(rfm(&[], &[], &[]), ErrorKind::Empty, &["RFM summary"]);
    expect(rfm(&[1.0], &[1.0, 2.0], &[1.0]), ErrorKind::LengthMismatch, &["`frequency`"]);
    expect(rfm(&[1.0, -2.0], &[1.0, 2.0], &[1.0; 2]), ErrorKind::Negative, &["`time_since_last`", "row 1", "-2"]);
    expect(rfm(&[1.0], &[1.5], &[1.0]), ErrorKind::NotACount, &["`frequency`", "row 0", "1.5", "whole number"]);
    expect(rfm(&[1.0], &[0.0], &[1.0]), ErrorKind::NotPositive, &["`frequency`", "row 0"]);
    expect(rfm(&[1.0], &[1.0], &[f64::NAN]), ErrorKind::NonFinite, &["`total_spend`", "row 0"]);
    let customers = rfm(&[5.0, 1.0], &[1.0, 3.0], &[10.0, 50.0]).unwrap();
    let scores = Rfm::new().nested(true).fit(&customers).unwrap();
    expect(scores.weighted([1.0, -1.0, 1.0]), ErrorKind::InvalidOption, &["RFM weight", "-1", "0 or more"]);
    expect(scores.cut_points().axis(RfmAxis::Monetary), ErrorKind::Undefined, &["monetary", "ask for those of a cell"]);
    let weekly = RfmSummary::from_columns(None, &[1.0], &[1.0], &[1.0], TimeUnit::Week).unwrap();
    expect(scores.cut_points().apply(&weekly), ErrorKind::UnitMismatch, &["days", "weeks", "bring both to one unit"]);
    let fixed = |borders: &[f64]| CutPoints::fixed(borders, higher);
    expect(fixed(&[1.0, 1.0]), ErrorKind::CutPoints, &["cut point 1 is 1", "rise strictly"]);
    expect(fixed(&vec![0.0; 100]), ErrorKind::Bins, &["101 bins", "give 1 to 100"]);
    expect(fixed(&[1.0]).unwrap().apply(&[0.0, f64::NAN]), ErrorKind::NonFinite, &["`value`", "row 1"]);
    expect(QuantileScores::fit(&[1.0], 0, higher), ErrorKind::Bins, &["0 bins"]);
    expect(QuantileScores::fit(&[], 5, higher), ErrorKind::Empty, &["`value`"]);
    expect(ValueLevel::of(&[1.0, f64::INFINITY]), ErrorKind::NonFinite, &["`value`", "row 1", "inf"]);
    #[cfg(feature = "serde")]
    {
        use crm_value::{MonetaryMeasure, RfmCutPoints};
        let stored =
            RfmCutPoints::new(fixed(&[]).unwrap(), fixed(&[]).unwrap(), fixed(&[]).unwrap(), MonetaryMeasure::Total, TimeUnit::Day);
        let json = serde_json::to_string(&stored).unwrap().replacen("\"version\":1", "\"version\":9", 1);
        assert!(serde_json::from_str::<RfmCutPoints>(&json).is_err_and(|error| error.to_string().contains("version 9")));
    }

    expect(SegmentTable::new([5, 5, 5], vec![]), ErrorKind::SegmentTable, &["no rows", "default table"]);
    expect(SegmentTable::new([5, 5, 5], vec![Segment::new(" ")]), ErrorKind::SegmentTable, &["row 0", "no name"]);
    let beyond = || vec![Segment::new("best"), Segment::new("far").f(2..=6)];
    expect(SegmentTable::new([5, 5, 5], beyond()), ErrorKind::SegmentTable, &["row 1 (far)", "frequency scores 2 to 6", "within 1 to 5"]);
    expect(SegmentTable::new([5, 0, 5], beyond()), ErrorKind::Bins, &["0 bins"]);
    let coarse = Rfm::new().bins(3, 3, 3).fit(&customers).unwrap();
    for refused in [SegmentTable::default().assign(&coarse).err(), SegmentTable::default().label(&coarse).err()] {
        expect(refused.map_or(Ok(()), Err), ErrorKind::SegmentTable, &["5 bins of recency", "Rfm::new().bins(5, 5, 5)"]);
    }
    expect(SegmentTable::default().summarize(&scores, &rfm(&[1.0], &[1.0], &[1.0]).unwrap()), ErrorKind::LengthMismatch, &["RFM scores"]);

    let history = |months: f64, orders: f64, returns: f64| RfmrHistory::from_columns(None, &[months], &[orders], &[9.0], &[returns]);
    expect(history(-1.0, 1.0, 0.0), ErrorKind::Negative, &["`months_since_last`", "row 0", "-1"]);
    expect(history(1.0, 0.5, 0.0), ErrorKind::NotACount, &["`recent_orders`", "0.5"]);
    expect(history(1.0, 1.0, f64::NAN), ErrorKind::NonFinite, &["`returns`", "row 0"]);
    expect(history(1.0, 1.0, 0.0).unwrap().with_contacts(&[0.0; 2], &[0.0], &[0.0]), ErrorKind::LengthMismatch, &["`main_catalogues`"]);
    let ids = IdColumn::U64(&[7, 7]);
    let twice = RfmrHistory::from_columns(Some(ids), &[1.0; 2], &[1.0; 2], &[1.0; 2], &[0.0; 2]);
    expect(twice, ErrorKind::DuplicateCustomer, &["customer 7", "one row per customer"]);
    let falling = RfmrPoints { returns: PointBands::new(&[(3.0, 0.0), (1.0, -5.0)], 0.0), ..RfmrPoints::default() };
    expect(falling.points(&history(1.0, 1.0, 0.0).unwrap()), ErrorKind::CutPoints, &["cut point 1 is 1"]);
    let endless = RfmrPoints { per_order: f64::INFINITY, ..RfmrPoints::default() };
    expect(endless.points(&history(1.0, 1.0, 0.0).unwrap()), ErrorKind::InvalidOption, &["`per_order`", "inf", "must be finite"]);
    expect(MailingDecision::by_points(&[1.0], 2.0, 1.0), ErrorKind::InvalidOption, &["elimination threshold", "2 with A threshold 1"]);
    expect(MailingDecision::by_points(&[1.0, f64::NAN], 0.0, 1.0), ErrorKind::NonFinite, &["`points`", "row 1"]);
}

#[test]
fn groups_of_customers() {
    let (one, two) = (Labels::of(&["a"]), Labels::of(&["a", "b"]));
    expect(Labels::from_codes(&["a", "a"], &[0_u8]), ErrorKind::Labels, &["`a` occurs twice", "distinct names"]);
    expect(Labels::from_codes(&["a"], &[0_u8, 4]), ErrorKind::Labels, &["row 1 has code 4", "1 levels", "correct the code"]);
    expect(TierActions::new(vec![]), ErrorKind::Empty, &["tier actions"]);
    let row = || TierAction { tier: "A".to_owned(), action: "call".to_owned() };
    expect(TierActions::new(vec![row(), row()]), ErrorKind::Labels, &["`A` occurs twice"]);
    expect(TierActions::default().label(&[0, 9]), ErrorKind::Labels, &["row 1 has code 9", "3 levels"]);
    expect(SegmentProfile::of(&[], &one, &one), ErrorKind::Empty, &["`value`"]);
    expect(SegmentProfile::of(&[1.0, f64::NAN], &two, &two), ErrorKind::NonFinite, &["`value`", "row 1"]);
    expect(SegmentProfile::of(&[1.0, 2.0], &two, &one), ErrorKind::LengthMismatch, &["`labels` has 1 rows", "`value` has 2"]);
    let (ids, texts) = (CustomerIds::U64(vec![1, 2]), CustomerIds::I64(vec![1, 2]));
    let between = |ids: &CustomerIds, labels: &Labels| SegmentMigration::between(ids, labels, &CustomerIds::U64(vec![1, 2]), &two);
    expect(between(&ids, &one), ErrorKind::LengthMismatch, &["`labels`", "`customer ids before` has 2"]);
    expect(between(&CustomerIds::U64(vec![3, 3]), &two), ErrorKind::DuplicateCustomer, &["customer 3"]);
    expect(between(&texts, &two), ErrorKind::WrongType, &["`customer ids after`", "unsigned integers", "signed integers"]);
    let (purchases, spend) = (BgNbd::new(0.2, 4.0, 0.8, 2.4, TimeUnit::Week).unwrap(), GammaGamma::new(6.0, 4.0, 15.0).unwrap());
    let reach = ReachProbability::new(&purchases, &spend, Span::one(TimeUnit::Week), 100.0);
    expect(reach.probability(&good_summary(), None), ErrorKind::MissingColumn, &["total_spend", "give the values to date"]);
    expect(reach.probability(&good_summary(), Some(&[1.0])), ErrorKind::LengthMismatch, &["`value to date` has 1"]);
    expect(reach.margin(-1.0).probability(&good_summary(), Some(&[1.0; 3])), ErrorKind::InvalidOption, &["`margin`", "-1", "above 0"]);
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
