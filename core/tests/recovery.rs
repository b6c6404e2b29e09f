//! 100,000 simulated customers: every parameter comes back within three standard errors.

use crm_value::{
    BgNbd, CovariateEffect, CovariateModel, CovariateOptions, CovariateProcess, Covariates, FitReport, GammaGamma, GgompertzNbd, MbgNbd,
    Model, Nbd, ParetoNbd, Patterns, PurchaseModel, Simulate, Simulation, Span, TimeUnit, WithCovariates,
};

const CUSTOMERS: usize = 100_000;
const WEEK: TimeUnit = TimeUnit::Week;

fn simulate(model: &dyn Simulate, seed: u64) -> Patterns {
    // 52 weeks for all, so that one-time buyers are one pattern.
    let simulated = Simulation::observed_for(CUSTOMERS, Span::new(52.0, WEEK).unwrap()).seed(seed).run(model).unwrap();
    Patterns::of(&simulated.summary().unwrap())
}

#[track_caller]
fn assert_recovered(truth: &dyn Model, report: &FitReport) {
    assert!(report.converged(), "{report}");
    for ((name, value), estimate) in truth.parameters().into_iter().zip(&report.estimates) {
        let z = (estimate.value - value) / estimate.standard_error.unwrap();
        assert!(z.abs() < 3.0, "{} {name} = {value}: estimated {} ± {:?}, z = {z}", truth.name(), estimate.value, estimate.standard_error);
    }
}

#[test]
fn nbd_bg_nbd_and_mbg_nbd_are_recovered() {
    let options = crm_value::FitOptions::new();
    let nbd = Nbd::new(0.4, 12.0, WEEK).unwrap();
    assert_recovered(&nbd, Nbd::fit_patterns(&simulate(&nbd, 1), &options).unwrap().report());
    let bg = BgNbd::new(0.243, 4.414, 0.793, 2.426, WEEK).unwrap();
    assert_recovered(&bg, BgNbd::fit_patterns(&simulate(&bg, 2), &options).unwrap().report());
    let mbg = MbgNbd::new(0.525, 6.183, 0.891, 1.614, WEEK).unwrap();
    assert_recovered(&mbg, MbgNbd::fit_patterns(&simulate(&mbg, 3), &options).unwrap().report());
}

#[test]
fn pareto_nbd_is_recovered() {
    let truth = ParetoNbd::new(0.553, 10.578, 0.606, 11.669, WEEK).unwrap();
    assert_recovered(&truth, ParetoNbd::fit_patterns(&simulate(&truth, 4), &crm_value::FitOptions::new()).unwrap().report());
}

#[test]
fn ggompertz_nbd_is_recovered() {
    let truth = GgompertzNbd::new(0.553, 10.578, 0.06, 0.6, 1.2, WEEK).unwrap();
    assert_recovered(&truth, GgompertzNbd::fit_patterns(&simulate(&truth, 5), &crm_value::FitOptions::new()).unwrap().report());
}

/// Drawn and fitted with a 0/1 covariate of either process: parameters and coefficients.
fn assert_recovered_with_covariates<M: CovariateModel>(baseline: M, seed: u64) {
    let online: Vec<f64> = (0..CUSTOMERS).map(|i| f64::from(u8::from(i % 3 == 0))).collect();
    let covariates = Covariates::from_columns(&[("online", &online)]).unwrap();
    let effects = vec![
        CovariateEffect::new(CovariateProcess::Purchase, "online", 0.6),
        CovariateEffect::new(CovariateProcess::Dropout, "online", -0.4),
    ];
    let truth = WithCovariates::new(baseline, effects).unwrap();
    let simulation = Simulation::observed_for(CUSTOMERS, Span::new(52.0, WEEK).unwrap()).seed(seed).covariates(&covariates);
    let customers = simulation.run(&truth).unwrap().summary().unwrap();
    let options = CovariateOptions::new().purchase(&["online"]).dropout(&["online"]);
    let fitted = WithCovariates::<M>::fit(&customers, &options).unwrap();
    assert_recovered(&truth, fitted.report());
    for row in fitted.report().coefficients(0.95).unwrap() {
        let truth = if row.name == "purchase:online" { 0.6 } else { -0.4 };
        let z = (row.estimate - truth) / row.standard_error.unwrap();
        assert!(z.abs() < 3.0, "{} = {truth}: estimated {}, z = {z}", row.name, row.estimate);
    }
}

#[test]
fn models_with_covariates_are_recovered() {
    assert_recovered_with_covariates(BgNbd::new(0.8, 6.0, 0.9, 2.5, WEEK).unwrap(), 41);
    assert_recovered_with_covariates(MbgNbd::new(0.8, 6.0, 0.9, 2.5, WEEK).unwrap(), 42);
    assert_recovered_with_covariates(ParetoNbd::new(0.8, 6.0, 0.9, 20.0, WEEK).unwrap(), 43);
    assert_recovered_with_covariates(GgompertzNbd::new(0.8, 6.0, 0.08, 0.9, 8.0, WEEK).unwrap(), 44);
}

#[test]
fn gamma_gamma_is_recovered() {
    let (purchases, truth) = (Nbd::new(1.0, 20.0, WEEK).unwrap(), GammaGamma::new(6.25, 3.74, 15.44).unwrap());
    let simulated = Simulation::observed_for(CUSTOMERS, Span::new(52.0, WEEK).unwrap()).seed(6).spend(&truth).run(&purchases).unwrap();
    assert_recovered(&truth, GammaGamma::fit(&simulated.summary().unwrap()).unwrap().report());
}

/// Mean frequency 177, ages up to 500 days: a base on which other programs find no finite likelihood.
#[test]
fn a_base_of_very_frequent_customers_is_fitted() {
    let unit = TimeUnit::Day;
    let truth = BgNbd::new(1.2, 1.3, 0.2, 30.0, unit).unwrap();
    let ages: Vec<f64> = (0..20_000).map(|i| f64::from(i % 500 + 1)).collect();
    let simulated = Simulation::with_ages(&ages, unit).seed(7).run(&truth).unwrap();
    let customers = simulated.summary().unwrap();
    let mean = customers.repeat_purchases() as f64 / customers.len() as f64;
    assert!((100.0..250.0).contains(&mean), "mean frequency {mean}");
    assert!(customers.frequency().iter().any(|&x| x > 1_000));
    assert_recovered(&truth, BgNbd::fit(&customers).unwrap().report());
    let pareto = ParetoNbd::fit(&customers).unwrap();
    assert!(pareto.report().converged() && pareto.report().log_likelihood.is_finite(), "{}", pareto.report());
    assert!(pareto.probability_alive(&customers).unwrap().iter().all(|p| (0.0..=1.0).contains(p)));
}

/// Four very frequent customers whose P(alive) is NaN where hypergeometric functions overflow; values by mpmath 1.4.1, quadrature at 50 digits.
#[test]
fn frequent_customers_have_a_finite_p_alive() {
    let model = ParetoNbd::new(0.5143, 2.8845, 0.2856, 14.1087, WEEK).unwrap();
    for (x, t_x, t_cal, expected) in [
        (221, 103.43, 103.57, 0.999_605_371_502_799_5),
        (254, 97.14, 97.29, 0.999_531_626_354_771),
        (161, 94.71, 98.0, 0.748_144_783_761_455),
        (204, 98.57, 99.43, 0.994_214_998_810_193),
    ] {
        let p = model.p_alive(&crm_value::History::new(x, t_x, t_cal).unwrap());
        assert!(p > 0.0 && p < 1.0 && (p / expected - 1.0_f64).abs() < 1e-11, "({x}, {t_x}, {t_cal}): {p} is not {expected}");
    }
}
