//! Fits against `reference/mle.json`: maxima found by an independent program and re-evaluated at 50 digits.

use crm_value::{
    BgBb, BgNbd, ClvModel, Comparison, CustomerSummary, Error, ErrorKind, FitOptions, FitReport, FitWarning, GammaGamma, GgompertzNbd,
    MbgNbd, Model, Monitor, Nbd, ParetoNbd, Patterns, PredictiveClv, PurchaseKind, PurchaseModel, SpendPatterns, TimeUnit,
};
use serde_json::Value;

use crate::cdnow;
use crate::close::{assert_close, assert_near};
use crate::say;

fn references() -> Value {
    let (directory, foreign) = crate::reference::directory();
    let text = match std::fs::read_to_string(directory.join("mle.json")) {
        Ok(text) => text,
        Err(_) if foreign => include_str!("reference/mle.json").to_owned(),
        Err(error) => panic!("mle.json: {error}"),
    };
    // JSON has no NaN, but other writers of such files do.
    serde_json::from_str(&text.replace(": NaN", ": null")).unwrap()
}

fn reference_check(data: &str, model: &str, report: &FitReport) {
    let expected = &references()[data][model];
    if expected.is_null() {
        say(&format!("reference mle: nothing for {model} on {data}"));
        return;
    }
    assert_near(report.log_likelihood, expected["log_likelihood"].as_f64().unwrap(), 1e-6);
    for (i, estimate) in report.estimates.iter().enumerate() {
        assert_close(estimate.value, expected["parameters"][&estimate.name].as_f64().unwrap(), 1e-6);
        assert_close(estimate.standard_error.unwrap(), expected["standard_errors"][&estimate.name].as_f64().unwrap(), 1e-4);
        let covariance = report.covariance.as_ref().unwrap();
        for j in 0..report.estimates.len() {
            let correlation = covariance[[i, j]] / (covariance[[i, i]] * covariance[[j, j]]).sqrt();
            assert_near(correlation, expected["correlation"][i][j].as_f64().unwrap(), 1e-4);
        }
    }
}

/// The summary file with times rounded to 0.01 week.
pub(crate) fn rounded_summary() -> CustomerSummary {
    let mut columns: [Vec<f64>; 4] = Default::default();
    for line in include_str!("data/cdnow_summary.csv").lines().skip(1) {
        for (column, field) in columns.iter_mut().zip(line.split(',').skip(1)) {
            column.push(field.parse().unwrap());
        }
    }
    let [x, t_x, t_cal, zbar] = &columns;
    CustomerSummary::from_columns(None, x, t_x, t_cal, Some(zbar), TimeUnit::Week).unwrap()
}

#[test]
fn reference_maxima_are_reproduced() {
    for (data, customers) in [("cdnow_days_over_7", cdnow::split().calibration), ("cdnow_csv", rounded_summary())] {
        reference_check(data, "BG/NBD", BgNbd::fit(&customers).unwrap().report());
        reference_check(data, "Pareto/NBD", ParetoNbd::fit(&customers).unwrap().report());
        reference_check(data, "MBG/NBD", MbgNbd::fit(&customers).unwrap().report());
        reference_check(data, "gamma-gamma", GammaGamma::fit(&customers).unwrap().report());
    }
    reference_check("donations", "BG/BB", BgBb::fit(&crate::discrete::donations()).unwrap().report());
}

/// On CDNOW the likelihood rises towards Pareto/NBD: −9594.976 there (mle.json), with β / b → 11.668.
#[test]
fn ggompertz_runs_to_the_pareto_ridge_and_says_so() {
    let customers = cdnow::split().calibration;
    let fitted = GgompertzNbd::fit(&customers).unwrap();
    assert_near(fitted.report().log_likelihood, -9594.976, 0.002);
    assert_close(fitted.beta() / fitted.b(), 11.668_735, 0.01);
    assert!(fitted.report().warnings.iter().any(|warning| matches!(warning, FitWarning::Ridge { .. })), "{}", fitted.report());
}

#[test]
fn the_maximum_does_not_depend_on_the_start_or_the_time_unit() {
    let customers = cdnow::split().calibration;
    let best = BgNbd::fit(&customers).unwrap();
    for start in [[1.0, 1.0, 1.0, 1.0], [5.0, 50.0, 0.2, 0.2], [0.05, 0.5, 10.0, 10.0], [0.1, 0.1, 0.1, 0.1]] {
        let fitted = BgNbd::fit_with(&customers, &FitOptions::new().start(&start)).unwrap();
        assert_near(fitted.report().log_likelihood, best.report().log_likelihood, 1e-8);
        assert_close(fitted.alpha(), best.alpha(), 1e-7);
    }
    let end = crm_value::Date::from_ymd(1997, 9, 30).unwrap();
    let in_days = cdnow::log().summarize().unit(TimeUnit::Day).observed_until(end).build().unwrap();
    let daily = BgNbd::fit(&in_days).unwrap();
    assert_close(daily.alpha(), 7.0 * best.alpha(), 1e-8);
    assert_close(daily.a(), best.a(), 1e-8);
    // A density in days is 1/7 of that in weeks, once per repeat purchase.
    let shift = customers.repeat_purchases() as f64 * 7.0_f64.ln();
    assert_near(daily.report().log_likelihood, best.report().log_likelihood - shift, 1e-6);
}

#[test]
fn weights_are_repetition() {
    let customers = cdnow::split().calibration;
    let weights: Vec<f64> = (0..customers.len()).map(|i| f64::from(i as u32 % 3 + 1)).collect();
    let weighted = BgNbd::fit_patterns(&Patterns::weighted(&customers, &weights).unwrap(), &FitOptions::new()).unwrap();
    let mut columns: [Vec<f64>; 3] = Default::default();
    for (i, &weight) in weights.iter().enumerate() {
        for _ in 0..weight as usize {
            columns[0].push(customers.frequency()[i].into());
            columns[1].push(customers.recency()[i]);
            columns[2].push(customers.age()[i]);
        }
    }
    let repeated = CustomerSummary::from_columns(None, &columns[0], &columns[1], &columns[2], None, TimeUnit::Week).unwrap();
    let repeated = BgNbd::fit(&repeated).unwrap();
    assert_eq!(weighted.model(), repeated.model());
    assert_close(weighted.report().log_likelihood, repeated.report().log_likelihood, 1e-14);
}

#[test]
fn confidence_intervals_bracket_the_estimates() {
    let fitted = BgNbd::fit(&cdnow::split().calibration).unwrap();
    let intervals = fitted.report().confidence_intervals(0.95).unwrap();
    let r = fitted.report().estimate("r").unwrap();
    // exp(± 1.959964 · 0.0125569 / 0.242595), by hand.
    let (low, high) = intervals[0].unwrap();
    assert_close(low, r.value * (-1.959_964 * r.standard_error.unwrap() / r.value).exp(), 1e-6);
    assert_close(high, r.value * (1.959_964 * r.standard_error.unwrap() / r.value).exp(), 1e-6);
    assert_eq!(fitted.report().confidence_intervals(1.0).unwrap_err().kind(), ErrorKind::Share);
    assert_eq!(fitted.report().confidence_intervals(f64::NAN).unwrap_err().kind(), ErrorKind::Share);
}

#[test]
fn information_criteria_follow_their_definitions() {
    let fitted = Nbd::fit(&cdnow::split().calibration).unwrap();
    assert_near(fitted.report().aic(), 2.0 * 2.0 + 2.0 * 9763.6576, 1e-4);
    assert_near(fitted.report().bic(), 2.0 * 2357.0_f64.ln() + 2.0 * 9763.6576, 1e-4);
}

#[test]
fn a_monitor_sees_progress_and_can_cancel() {
    use std::ops::ControlFlow;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let customers = cdnow::split().calibration;
    let seen = std::sync::Arc::new(AtomicUsize::new(0));
    let counter = std::sync::Arc::clone(&seen);
    let watch = Monitor::new(move |progress| {
        assert!(progress.log_likelihood.is_finite());
        counter.fetch_add(1, Ordering::Relaxed);
        ControlFlow::Continue(())
    });
    let fitted = BgNbd::fit_with(&customers, &FitOptions::new().monitor(watch)).unwrap();
    assert_eq!(seen.load(Ordering::Relaxed), fitted.report().iterations);
    let stop = Monitor::new(|_| ControlFlow::Break(()));
    assert_eq!(BgNbd::fit_with(&customers, &FitOptions::new().monitor(stop)).unwrap_err(), Error::Cancelled);
}

#[test]
fn a_fit_cut_short_says_so_and_returns_its_best_point() {
    let customers = cdnow::split().calibration;
    let fitted = BgNbd::fit_with(&customers, &FitOptions::new().start(&[1.0, 1.0, 1.0, 1.0]).max_iterations(2)).unwrap();
    assert!(!fitted.report().converged());
    assert!(fitted.report().warnings.iter().any(|warning| matches!(warning, FitWarning::NotConverged { .. })));
}

/// Nobody drops out: a / b runs to 0, and the report says which parameter ran away.
#[test]
fn a_ridge_is_reported() {
    let n = 200;
    let x: Vec<f64> = (0..n).map(|i| f64::from(i % 9 + 1)).collect();
    let t = vec![10.0; n as usize];
    let customers = CustomerSummary::from_columns(None, &x, &t, &t, None, TimeUnit::Week).unwrap();
    let fitted = BgNbd::fit(&customers).unwrap();
    assert!(!fitted.report().warnings.is_empty(), "{}", fitted.report());
    assert!(fitted.report().log_likelihood.is_finite());
}

/// The parameters of a run-away fit: every quantity stays finite.
#[test]
fn extreme_parameters_give_finite_values() {
    let model = BgNbd::new(43_721_121.78, 184_253_293.86, 251_073.776, 0.004_512_5, TimeUnit::Week).unwrap();
    let spend = GammaGamma::new(6.25, 3.74, 15.44).unwrap();
    let customers = cdnow::split().calibration;
    for clv in [PredictiveClv::new(&model, &spend), PredictiveClv::new(&model, &spend).endless()] {
        assert!(clv.value(&customers).unwrap().iter().all(|value| value.is_finite() && *value >= 0.0));
    }
}

/// Spend so heavy-tailed that its mean does not exist: q ≤ 1 is reported, not nudged.
#[test]
fn an_undefined_mean_spend_is_reported() {
    let n = 400;
    let x = vec![3.0; n];
    let t = vec![5.0; n];
    // Quantiles of a log-logistic law with tail index 1/2.
    let spend: Vec<f64> = (1..=n).map(|i| (i as f64 / (n + 1 - i) as f64).powi(2)).collect();
    let customers = CustomerSummary::from_columns(None, &x, &t, &t, Some(&spend), TimeUnit::Week).unwrap();
    let fitted = GammaGamma::fit(&customers).unwrap();
    assert!(fitted.q() < 1.0);
    assert!(fitted.report().warnings.iter().any(|warning| matches!(warning, FitWarning::UndefinedMean { .. })), "{}", fitted.report());
    assert_eq!(fitted.population_mean_spend().unwrap_err().kind(), ErrorKind::UndefinedMean);
}

#[test]
fn zero_spend_is_left_out_with_a_warning() {
    let customers = cdnow::split().calibration;
    let spend: Vec<f64> = (0..customers.len()).map(|i| if i == 0 { 0.0 } else { customers.mean_spend(i).unwrap_or(0.0) }).collect();
    let x: Vec<f64> = customers.frequency().iter().map(|&x| x.into()).collect();
    let changed = CustomerSummary::from_columns(None, &x, customers.recency(), customers.age(), Some(&spend), TimeUnit::Week).unwrap();
    let fitted = GammaGamma::fit(&changed).unwrap();
    assert_eq!(fitted.report().customers, 945);
    assert!(fitted.report().warnings.contains(&FitWarning::ZeroSpendLeftOut { customers: 1 }));
}

#[test]
fn a_fixed_parameter_stays_and_the_others_give_way() {
    let customers = cdnow::split().calibration;
    let free = BgNbd::fit(&customers).unwrap();
    let fixed = BgNbd::fit_with(&customers, &FitOptions::new().fix("a", free.a())).unwrap();
    let report = fixed.report();
    assert_near(report.log_likelihood, free.report().log_likelihood, 1e-9);
    assert_close(fixed.b(), free.b(), 1e-6);
    assert_eq!((report.free_parameters(), report.estimates[2].fixed, report.estimates[2].standard_error), (3, true, None));
    assert_near(report.aic(), free.report().aic() - 2.0, 1e-8);
    // The covariance given one coordinate of a normal distribution: Σ₁₁ − Σ₁₂ Σ₂₁ / Σ₂₂.
    let (all, given) = (free.report().covariance.as_ref().unwrap(), report.covariance.as_ref().unwrap());
    for (i, j) in [(0, 0), (0, 1), (1, 3), (3, 3)] {
        assert_close(given[[i, j]], all[[i, j]] - all[[i, 2]] * all[[2, j]] / all[[2, 2]], 1e-6);
    }
    assert_eq!(given.row(2).sum().to_bits(), 0.0_f64.to_bits());
    // Elsewhere the likelihood is lower, and the fit says which value it was given.
    let elsewhere = BgNbd::fit_with(&customers, &FitOptions::new().fix("a", 2.0).fix("b", 3.0)).unwrap();
    assert!(elsewhere.report().log_likelihood < free.report().log_likelihood - 1.0);
    assert_close(elsewhere.a() / elsewhere.b(), 2.0 / 3.0, 1e-15);
    assert!(elsewhere.report().to_string().contains("fixed"));
}

#[test]
fn a_prior_balances_the_likelihood() {
    let customers = cdnow::split().calibration;
    let fitted = BgNbd::fit_with(&customers, &FitOptions::new().prior("a", 3.0, 0.2)).unwrap();
    // Where posterior mode is: d ln L / d ln a = (ln a − ln 3) / 0.2².
    let log_likelihood = |factor: f64| {
        let model = BgNbd::new(fitted.r(), fitted.alpha(), fitted.a() * factor, fitted.b(), TimeUnit::Week).unwrap();
        model.log_likelihood(&customers).unwrap()
    };
    let step: f64 = 1e-3;
    let slope = (log_likelihood(step.exp()) - log_likelihood((-step).exp())) / (2.0 * step);
    assert_near(slope, (fitted.a() / 3.0).ln() / 0.04, 1e-3);
    assert_near(fitted.report().penalty, 0.5 * ((fitted.a() / 3.0).ln() / 0.2).powi(2), 1e-9);
    assert_near(fitted.report().log_likelihood, log_likelihood(1.0), 1e-8);

    let free = BgNbd::fit(&customers).unwrap();
    let vague = BgNbd::fit_with(&customers, &FitOptions::new().prior("a", 3.0, 1e5)).unwrap();
    assert_close(vague.a(), free.a(), 1e-7);
    let certain = BgNbd::fit_with(&customers, &FitOptions::new().prior("a", 3.0, 1e-6)).unwrap();
    assert_close(certain.a(), 3.0, 1e-6);
    let given = BgNbd::fit_with(&customers, &FitOptions::new().fix("a", 3.0)).unwrap();
    assert_close(certain.b(), given.b(), 1e-5);
}

#[test]
fn priors_and_penalty_do_not_depend_on_the_time_unit() {
    let end = crm_value::Date::from_ymd(1997, 9, 30).unwrap();
    let quarter = crm_value::Span::new(1.0, TimeUnit::Quarter).unwrap();
    for options in [FitOptions::new().prior_span("alpha", quarter, 0.1), FitOptions::new().penalty(50.0)] {
        let fit = |unit| {
            let customers = cdnow::log().summarize().unit(unit).observed_until(end).build().unwrap();
            BgNbd::fit_with(&customers, &options).unwrap()
        };
        let (weekly, daily) = (fit(TimeUnit::Week), fit(TimeUnit::Day));
        assert_close(daily.alpha(), 7.0 * weekly.alpha(), 1e-7);
        assert_close(daily.b(), weekly.b(), 1e-7);
        assert_near(daily.report().penalty, weekly.report().penalty, 1e-6);
        assert!(weekly.report().penalty > 0.1);
    }
}

/// A penalty makes a base without an interior maximum estimable: Pareto/NBD's limit of GGompertz/NBD on CDNOW.
#[test]
fn a_prior_holds_a_fit_off_its_ridge() {
    let customers = cdnow::split().calibration;
    let year = crm_value::Span::new(1.0, TimeUnit::Year).unwrap();
    let fitted = GgompertzNbd::fit_with(&customers, &FitOptions::new().prior_span("b", year, 0.1)).unwrap();
    assert!(fitted.report().converged() && fitted.report().warnings.is_empty(), "{}", fitted.report());
    assert!((fitted.b() * 365.25 / 7.0).ln().abs() < 0.5, "{}", fitted.b());
}

#[test]
fn impossible_constraints_are_refused() {
    let customers = cdnow::split().calibration;
    let week = crm_value::Span::one(TimeUnit::Week);
    let error = |options: FitOptions| BgNbd::fit_with(&customers, &options).unwrap_err();
    for (options, part) in [
        (FitOptions::new().fix("s", 1.0), "`s`"),
        (FitOptions::new().prior("beta", 1.0, 1.0), "`beta`"),
        (FitOptions::new().prior("alpha", 1.0, 1.0), "give the median as a span"),
        (FitOptions::new().prior_span("r", week, 1.0), "give the median as a number"),
        (FitOptions::new().prior("a", 0.0, 1.0), "median must be above 0"),
        (FitOptions::new().prior("a", f64::NAN, 1.0), "median must be above 0"),
        (FitOptions::new().prior("a", 1.0, 0.0), "standard deviation"),
        (FitOptions::new().prior("a", 1.0, f64::NAN), "standard deviation"),
        (FitOptions::new().penalty(-1.0), "at least 0"),
        (FitOptions::new().penalty(f64::NAN), "at least 0"),
        (FitOptions::new().fix("r", 1.0).fix("alpha", 1.0).fix("a", 1.0).fix("b", 1.0), "leave at least one"),
    ] {
        let error = error(options);
        assert_eq!(error.kind(), ErrorKind::InvalidOption, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
    for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(error(FitOptions::new().fix("r", value)).kind(), ErrorKind::InvalidParameter);
    }
}

#[test]
fn models_are_compared_with_criteria_and_tests() {
    let patterns = Patterns::of(&cdnow::split().calibration);
    let comparison = Comparison::of_purchase_models(&patterns, &PurchaseKind::ALL, &FitOptions::new()).unwrap();
    let names: Vec<&str> = comparison.models().iter().map(|row| row.model.as_str()).collect();
    assert_eq!(names, ["MBG/NBD", "BG/NBD", "Pareto/NBD", "GGompertz/NBD", "NBD"]);
    let row = |name: &str| comparison.models().iter().find(|row| row.model == name).unwrap();
    // From the published log-likelihoods -9582.4292 (BG/NBD), -9763.6576 (NBD): AIC = 2k + 2 |ln L|.
    assert_near(row("BG/NBD").aic, 8.0 + 2.0 * 9582.4292, 1e-3);
    assert_near(row("NBD").bic, 2.0 * 2357.0_f64.ln() + 2.0 * 9763.6576, 1e-3);
    assert_near(comparison.models().iter().map(|row| row.akaike_weight).sum(), 1.0, 1e-12);
    // exp(-(9582.4292 - 9582.1357)), both with four parameters.
    assert_close(row("BG/NBD").akaike_weight / row("MBG/NBD").akaike_weight, (-0.2935_f64).exp(), 1e-3);
    let test = &row("BG/NBD").tests[0];
    assert_eq!((test.ratio.against.as_str(), test.ratio.degrees_of_freedom, test.boundary), ("NBD", 2, true));
    assert_near(test.ratio.statistic, 2.0 * (9763.6576 - 9582.4292), 2e-3);
    // Two degrees of freedom: P = exp(-LR / 2).
    assert_close(test.ratio.p_value, (-0.5 * test.ratio.statistic).exp(), 1e-9);
    assert!(row("NBD").tests.is_empty() && comparison.failures().is_empty());
    // Pareto/NBD is the limit of GGompertz/NBD here, so the larger model gains nothing.
    let gained = &row("GGompertz/NBD").tests;
    assert!(gained.iter().any(|test| test.ratio.against == "Pareto/NBD" && test.ratio.p_value > 0.5));
    let text = comparison.to_string();
    assert!(text.contains("BG/NBD against NBD") && text.contains("ridge"), "{text}");

    let one_time = CustomerSummary::from_columns(None, &[0.0; 3], &[0.0; 3], &[9.0; 3], None, TimeUnit::Week).unwrap();
    let all_fail = Comparison::of_purchase_models(&Patterns::of(&one_time), &PurchaseKind::ALL, &FitOptions::new());
    assert_eq!(all_fail.unwrap_err().kind(), ErrorKind::NoRepeatPurchases);
    assert_eq!(Comparison::of(&[]).unwrap_err().kind(), ErrorKind::Empty);
    let (bg, gg) = (BgNbd::fit(&cdnow::split().calibration).unwrap(), GammaGamma::fit(&cdnow::split().calibration).unwrap());
    assert_eq!(Comparison::of(&[bg.report(), gg.report()]).unwrap_err().kind(), ErrorKind::InvalidOption);
}

#[test]
fn a_fixed_parameter_is_tested_against_the_free_one() {
    let customers = cdnow::split().calibration;
    let free = BgNbd::fit(&customers).unwrap();
    let fixed = BgNbd::fit_with(&customers, &FitOptions::new().fix("a", 1.0)).unwrap();
    let comparison = Comparison::of(&[free.report(), fixed.report()]).unwrap();
    let tests: Vec<_> = comparison.models().iter().flat_map(|row| &row.tests).collect();
    assert_eq!((tests.len(), tests[0].ratio.degrees_of_freedom, tests[0].boundary), (1, 1, false));
    // Close to the Wald statistic, as the likelihood is nearly quadratic in ln a over this distance.
    let a = free.report().estimate("a").unwrap();
    let wald = ((a.value.ln()) / (a.standard_error.unwrap() / a.value)).powi(2);
    assert_close(tests[0].ratio.statistic, wald, 0.3);
}

/// Single purchases: the density of the amounts, by hand for two of them, and a fit that finds where its slope vanishes.
#[test]
fn gamma_gamma_on_single_purchases() {
    let model = GammaGamma::new(2.0, 3.0, 10.0).unwrap();
    // Γ(2·2+3) / (Γ(2)² Γ(3)) 10³ (4·6)^(2−1) / (10 + 10)^7 with z = 4, 6: 720 / 2 · 1000 · 24 / 20^7.
    let by_hand: f64 = 720.0 / 2.0 * 1000.0 * 24.0 / 20.0_f64.powi(7);
    assert_close(model.ln_likelihood_purchases(&[4.0, 6.0]).unwrap(), by_hand.ln(), 1e-14);
    // One purchase is its own mean.
    assert_close(model.ln_likelihood_purchases(&[4.0]).unwrap(), model.ln_likelihood(1, 4.0).unwrap(), 1e-14);

    let end = crm_value::Date::from_ymd(1997, 9, 30).unwrap();
    let log = cdnow::log();
    let customers = log.summarize().unit(TimeUnit::Week).observed_until(end).log_sums(true).build().unwrap();
    let fitted = GammaGamma::fit_patterns(&SpendPatterns::of_purchases(&customers, None).unwrap(), &FitOptions::new()).unwrap();
    assert!(fitted.report().converged() && fitted.report().warnings.is_empty(), "{}", fitted.report());
    let total = |p: f64, q: f64, v: f64| -> f64 {
        let model = GammaGamma::new(p, q, v).unwrap();
        let amounts = |i: usize| log.purchases(i).filter(|(day, _)| *day <= end).skip(1).map(|(_, amount)| amount).collect::<Vec<f64>>();
        let all = (0..log.customers()).map(amounts).filter(|amounts| !amounts.is_empty() && amounts.iter().all(|z| *z > 0.0));
        all.map(|amounts| model.ln_likelihood_purchases(&amounts).unwrap()).sum()
    };
    let (p, q, v) = (fitted.p(), fitted.q(), fitted.v());
    assert_near(fitted.report().log_likelihood, total(p, q, v), 1e-7);
    let step = 1e-4_f64;
    for slope in [
        total(p * step.exp(), q, v) - total(p * (-step).exp(), q, v),
        total(p, q * step.exp(), v) - total(p, q * (-step).exp(), v),
        total(p, q, v * step.exp()) - total(p, q, v * (-step).exp()),
    ] {
        assert_near(slope / (2.0 * step), 0.0, 1e-3);
    }
    // CDNOW's means look steadier than its single purchases are.
    assert!(p < GammaGamma::fit(&customers).unwrap().p());
    let without = cdnow::split().calibration;
    assert_eq!(SpendPatterns::of_purchases(&without, None).unwrap_err().kind(), ErrorKind::MissingColumn);
}

#[test]
fn spend_weights_are_repetition() {
    let customers = cdnow::split().calibration;
    let weights: Vec<f64> = (0..customers.len()).map(|i| f64::from(i as u32 % 3 + 1)).collect();
    let weighted = GammaGamma::fit_patterns(&SpendPatterns::weighted(&customers, &weights).unwrap(), &FitOptions::new()).unwrap();
    let mut columns: [Vec<f64>; 4] = Default::default();
    for (i, &weight) in weights.iter().enumerate() {
        for _ in 0..weight as usize {
            columns[0].push(customers.frequency()[i].into());
            columns[1].push(customers.recency()[i]);
            columns[2].push(customers.age()[i]);
            columns[3].push(customers.mean_spend(i).unwrap_or(0.0));
        }
    }
    let repeated = CustomerSummary::from_columns(None, &columns[0], &columns[1], &columns[2], Some(&columns[3]), TimeUnit::Week).unwrap();
    let repeated = GammaGamma::fit(&repeated).unwrap();
    for (one, other) in weighted.parameters().into_iter().zip(repeated.parameters()) {
        assert_close(one.1, other.1, 1e-9);
    }
    assert_eq!(SpendPatterns::weighted(&customers, &[1.0]).unwrap_err().kind(), ErrorKind::LengthMismatch);
    let mut bad = weights;
    bad[7] = 0.0;
    assert_eq!(SpendPatterns::weighted(&customers, &bad).unwrap_err().kind(), ErrorKind::NotPositive);
}

/// The beta-prime quantiles of mpmath (40 digits) times v + x z̄.
#[test]
fn the_distribution_of_spend() {
    let model = GammaGamma::new(6.25, 3.74, 15.44).unwrap();
    // ln of the beta-prime(6.25, 3.74) quantile at 0.99; of the beta-prime(6.25, 16.24) median, for x = 2.
    assert_close(model.spend_quantile_given(0, 0.0, 0.99).unwrap(), 15.44 * 2.307_536_527_276_173_f64.exp(), 1e-12);
    assert_close(model.spend_quantile_given(2, 22.35, 0.5).unwrap(), (15.44 + 44.7) * (-0.988_429_685_101_511_4_f64).exp(), 1e-12);
    // p (v + x z̄) over the gamma(16.24) quantile with 0.9 of the mass above it.
    assert_close(model.mean_spend_quantile_given(2, 22.35, 0.1).unwrap(), 6.25 * (15.44 + 44.7) / 21.571_033_733_013_594, 1e-10);
    for probability in [1e-9, 0.2, 0.5, 0.99] {
        let amount = model.spend_quantile_given(3, 40.0, probability).unwrap();
        assert_close(model.spend_cdf_given(3, 40.0, amount).unwrap(), probability, 1e-10);
    }
    for probability in [0.0, 1.0, f64::NAN] {
        assert_eq!(model.spend_quantile_given(0, 0.0, probability).unwrap_err().kind(), ErrorKind::Share);
        assert_eq!(model.mean_spend_quantile_given(0, 0.0, probability).unwrap_err().kind(), ErrorKind::Share);
    }
    assert_eq!(model.spend_cdf_given(1, -1.0, 5.0).unwrap_err().kind(), ErrorKind::Negative);
    let customers = cdnow::split().calibration;
    let (low, high) = (model.spend_quantile(&customers, 0.05).unwrap(), model.spend_quantile(&customers, 0.95).unwrap());
    assert!(low.iter().zip(&high).all(|(low, high)| *low > 0.0 && low < high));
}

/// How the history was told: alive before the first repeat purchase under BG/NBD, less so the longer after the last one.
#[test]
fn the_alive_path_follows_the_purchases() {
    let model = BgNbd::new(0.243, 4.414, 0.793, 2.426, TimeUnit::Week).unwrap();
    let path = model.alive_path(&[0.0, 10.0, 12.0], &[0.0, 5.0, 10.0, 11.0, 12.0, 30.0]).unwrap();
    let at = |x, t_x, t| model.p_alive(&crm_value::History::new(x, t_x, t).unwrap());
    assert_eq!(path, [1.0, 1.0, at(1, 10.0, 10.0), at(1, 10.0, 11.0), at(2, 12.0, 12.0), at(2, 12.0, 30.0)]);
    assert_eq!(model.alive_path(&[2.0, 1.0], &[3.0]).unwrap_err().kind(), ErrorKind::Unsorted);
    assert_eq!(model.alive_path(&[f64::NAN], &[3.0]).unwrap_err().kind(), ErrorKind::NonFinite);
    assert_eq!(model.alive_path(&[1.0], &[-3.0]).unwrap_err().kind(), ErrorKind::Negative);
}
