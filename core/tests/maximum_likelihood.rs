//! Fits against `reference/mle.json`: maxima found by an independent program and re-evaluated at 50 digits.

use crm_value::{
    BgBb, BgNbd, ClvModel, CustomerSummary, Error, ErrorKind, FitOptions, FitReport, FitWarning, GammaGamma, GgompertzNbd, MbgNbd, Monitor,
    Nbd, ParetoNbd, Patterns, PredictiveClv, TimeUnit,
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
fn rounded_summary() -> CustomerSummary {
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
