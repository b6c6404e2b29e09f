//! sBG with covariates: recovery of known coefficients, invariances, predictions, bad input. Values: `reference/sbg_covariates.json`.

use crm_value::{
    ClvModel, Comparison, ContractSimulation, ContractualClv, CovariateEffect, CovariateOptions, CovariateProcess, Covariates,
    CustomerSummary, DiscountRate, Error, ErrorKind, FitOptions, Fitted, RetentionModel, ShiftedBetaGeometric, Span, Tenures, TimeUnit,
    WithCovariates,
};

use crate::close::assert_close;
use crate::simulated::Random;

type Model = WithCovariates<ShiftedBetaGeometric>;

/// A column `age` around 45 and a 0/1 column `online`.
fn columns(n: usize, seed: u64) -> Covariates {
    let mut random = Random(seed);
    // The sum of twelve uniforms is near enough to a normal variate.
    let age: Vec<f64> = (0..n).map(|_| 45.0 + 12.0 * ((0..12).map(|_| random.uniform()).sum::<f64>() - 6.0)).collect();
    let online: Vec<f64> = (0..n).map(|_| f64::from(u8::from(random.uniform() < 0.4))).collect();
    Covariates::from_columns(&[("age", &age), ("online", &online)]).unwrap()
}

/// At age 45 and offline sBG(0.7, 2.5).
fn truth() -> Model {
    let age = |process, coefficient| CovariateEffect::new(process, "age", coefficient).standardized(45.0, 12.0);
    let effects = vec![
        age(CovariateProcess::Alpha, 0.3),
        age(CovariateProcess::Beta, -0.2),
        CovariateEffect::new(CovariateProcess::Shared, "online", 0.4),
    ];
    WithCovariates::new(ShiftedBetaGeometric::new(0.7, 2.5).unwrap(), effects).unwrap()
}

fn options() -> CovariateOptions {
    CovariateOptions::new().alpha(&["age"]).beta(&["age"]).shared(&["online"])
}

fn simulate(n: usize, seed: u64) -> Tenures {
    let periods: Vec<u32> = (0..n).map(|i| [4, 8, 12, 16][i % 4]).collect();
    let covariates = columns(n, seed);
    ContractSimulation::with_periods(&periods).seed(seed).covariates(&covariates).run(&truth()).unwrap().tenures().unwrap()
}

/// Rows of tenure and churn that the tests can rearrange; even rows are still customers.
fn rows(n: usize) -> (Vec<f64>, Vec<bool>, Vec<f64>, Vec<f64>) {
    let i = || 0..n as u32;
    let tenure = i().map(|i| f64::from(1 + i * i % 11)).collect();
    let churned = i().map(|i| i % 3 > 0).collect();
    (tenure, churned, i().map(|i| 20.0 + f64::from(i * 7 % 50)).collect(), i().map(|i| f64::from(i / 3 % 2)).collect())
}

fn table(n: usize, order: impl Fn(usize) -> usize, weights: Option<&[f64]>) -> Tenures {
    let (tenure, churned, age, online) = rows(n);
    let arrange = |column: &[f64]| (0..n).map(|i| column[order(i)]).collect::<Vec<f64>>();
    let churned: Vec<bool> = (0..n).map(|i| churned[order(i)]).collect();
    let weights = weights.map(arrange);
    let covariates = Covariates::from_columns(&[("age", &arrange(&age)), ("online", &arrange(&online))]).unwrap();
    Tenures::from_customers_with_covariates(&arrange(&tenure), &churned, weights.as_deref(), covariates).unwrap()
}

#[test]
fn coefficients_of_100_000_customers_are_recovered() {
    let tenures = simulate(100_000, 5);
    let fitted = Model::fit(&tenures, &options()).unwrap();
    let report = fitted.report();
    assert!(report.converged() && report.warnings.is_empty(), "{report}");
    let names: Vec<&str> = report.estimates.iter().map(|estimate| estimate.name.as_str()).collect();
    assert_eq!(names, ["alpha", "beta", "alpha:age", "beta:age", "shared:online"]);
    // Referred to age 0, as it was not standardised.
    let (per_alpha, per_beta) = (0.3 / 12.0, -0.2 / 12.0);
    let truth = [0.7 * f64::exp(-45.0 * per_alpha), 2.5 * f64::exp(-45.0 * per_beta), per_alpha, per_beta, 0.4];
    for (estimate, truth) in report.estimates.iter().zip(truth) {
        let z = (estimate.value - truth) / estimate.standard_error.unwrap();
        assert!(z.abs() < 3.0, "{}: {} is not {truth}, z = {z}", estimate.name, estimate.value);
    }
    let rows = report.coefficients(0.95).unwrap();
    assert!(rows.iter().all(|row| row.p_value.unwrap() < 1e-6 && row.interval.unwrap().0 < row.estimate), "{rows:?}");
    let test = report.likelihood_ratio.as_ref().unwrap();
    assert!(test.against == "sBG" && test.degrees_of_freedom == 3 && test.p_value < 1e-100, "{test:?}");
    // The same test, told by the comparison of the two reports.
    let plain = ShiftedBetaGeometric::fit(&tenures).unwrap();
    let comparison = Comparison::of(&[plain.report(), report]).unwrap();
    assert!(comparison.models().iter().any(|model| model.tests.iter().any(|nested| &nested.ratio == test)), "{comparison}");
}

/// One 0/1 covariate of both parameters is a fit of either group on its own.
#[test]
fn a_saturated_model_is_two_models() {
    let n = 4_000;
    let periods = vec![9; n];
    let online: Vec<f64> = (0..n).map(|i| f64::from(u8::from(i % 3 == 0))).collect();
    let covariates = Covariates::from_columns(&[("online", &online)]).unwrap();
    let model = WithCovariates::new(
        ShiftedBetaGeometric::new(0.9, 3.0).unwrap(),
        vec![CovariateEffect::new(CovariateProcess::Alpha, "online", 0.7), CovariateEffect::new(CovariateProcess::Beta, "online", 0.3)],
    )
    .unwrap();
    let simulated = ContractSimulation::with_periods(&periods).seed(6).covariates(&covariates).run(&model).unwrap();
    let fitted = Model::fit(&simulated.tenures().unwrap(), &CovariateOptions::new().alpha(&["online"]).beta(&["online"])).unwrap();
    let group = |chosen: bool| {
        let those = || (0..n).filter(|&i| (online[i] > 0.0) == chosen);
        let tenure: Vec<f64> = those().map(|i| f64::from(simulated.tenure()[i])).collect();
        let churned: Vec<bool> = those().map(|i| simulated.churned()[i]).collect();
        ShiftedBetaGeometric::fit(&Tenures::from_customers(&tenure, &churned, None).unwrap()).unwrap()
    };
    let (offline, with) = (group(false), group(true));
    assert_close(fitted.report().log_likelihood, offline.report().log_likelihood + with.report().log_likelihood, 1e-12);
    let models = fitted.customer_models(&Covariates::from_columns(&[("online", &[0.0, 1.0])]).unwrap()).unwrap();
    for (model, alone) in models.iter().zip([&offline, &with]) {
        assert_close(model.alpha(), alone.alpha(), 1e-6);
        assert_close(model.beta(), alone.beta(), 1e-6);
    }
}

#[test]
fn standardised_or_not_likelihood_and_predictions_are_the_same() {
    let tenures = simulate(3_000, 7);
    let (raw, standardised) = (Model::fit(&tenures, &options()).unwrap(), Model::fit(&tenures, &options().standardize(true)).unwrap());
    assert!(raw.report().converged() && standardised.report().converged(), "{} {}", raw.report(), standardised.report());
    assert_close(raw.report().log_likelihood, standardised.report().log_likelihood, 1e-12);
    assert_close(raw.log_likelihood(&tenures).unwrap(), raw.report().log_likelihood, 1e-12);
    let customers = tenures.covariates().unwrap();
    let renewals: Vec<u32> = (0..3_000).map(|i| i % 9).collect();
    let values = |fitted: &Fitted<Model>| {
        [
            fitted.survival_of(customers, &renewals, 4).unwrap(),
            fitted.expected_renewals_of(customers, &renewals, 6).unwrap(),
            fitted.residual_lifetimes_of(customers, 0.1, &renewals).unwrap(),
        ]
        .concat()
    };
    for (one, other) in values(&raw).iter().zip(values(&standardised)) {
        assert_close(*one, other, 1e-6);
    }
    // A customer's value is that of the customer's own sBG, whoever else is asked about.
    let models = raw.customer_models(customers).unwrap();
    let tenures = raw.expected_tenures_of(customers).unwrap();
    for i in [0, 17, 2_999] {
        assert_close(values(&raw)[i], models[i].survival_given(renewals[i], 4), 0.0);
        assert_eq!(tenures[i], models[i].expected_tenure());
    }
}

/// Value of a summary's customers: margin times the DERL of each one's own model; without the covariates it is refused.
#[test]
fn contractual_value_uses_each_customers_covariates() {
    let model = truth();
    let age = [12.0, 0.5, 40.0];
    let customers = CustomerSummary::from_columns(None, &[0.0; 3], &[0.0; 3], &age, None, TimeUnit::Month).unwrap();
    let month = Span::one(TimeUnit::Month);
    let clv = ContractualClv::new(&model, 10.0).period(month).discount(DiscountRate::per_period(0.01, TimeUnit::Month).unwrap());
    assert_eq!(clv.value(&customers).unwrap_err().kind(), ErrorKind::MissingCovariates);
    let covariates = Covariates::from_columns(&[("age", &[30.0, 45.0, 60.0]), ("online", &[1.0, 0.0, 1.0])]).unwrap();
    let values = clv.value(&customers.with_covariates(covariates.clone()).unwrap()).unwrap();
    let renewals = [12, 0, 40];
    for (i, own) in model.customer_models(&covariates).unwrap().iter().enumerate() {
        assert_close(values[i], 10.0 * own.discounted_expected_residual_lifetime(0.01, renewals[i]).unwrap(), 1e-12);
        let lifetime = model.discounted_lifetimes_of(&covariates, 0.01).unwrap()[i];
        assert_close(lifetime, own.discounted_expected_lifetime(0.01).unwrap(), 1e-14);
    }
}

#[test]
fn rows_have_no_order_and_weights_are_repetition() {
    let n = 600;
    let fitted = Model::fit(&table(n, |i| i, None), &options().standardize(true)).unwrap();
    assert_eq!(Model::fit(&table(n, |i| n - 1 - i, None), &options().standardize(true)).unwrap(), fitted);
    let one = FitOptions::new().threads(1);
    assert_eq!(Model::fit_with(&table(n, |i| i, None), &options().standardize(true), &one).unwrap(), fitted);
    let twice = vec![2.0; n];
    let weighted = Model::fit(&table(n, |i| i, Some(&twice)), &options().standardize(true)).unwrap();
    assert_close(weighted.report().log_likelihood, 2.0 * fitted.report().log_likelihood, 1e-12);
    assert_eq!(weighted.report().customers, 2 * n);
    for (one, other) in weighted.report().estimates.iter().zip(&fitted.report().estimates) {
        assert_close(one.value, other.value, 1e-6);
        assert_close(one.standard_error.unwrap() * 2.0_f64.sqrt(), other.standard_error.unwrap(), 1e-5);
    }
}

#[test]
fn equality_penalty_and_fixed_values() {
    let tenures = simulate(3_000, 8);
    let value = |fitted: &Fitted<Model>, name: &str| fitted.report().estimate(name).unwrap().value;
    // One coefficient for both parameters has the likelihood of two that are held equal.
    let shared = Model::fit(&tenures, &CovariateOptions::new().shared(&["age"])).unwrap();
    let two = CovariateOptions::new().alpha(&["age"]).beta(&["age"]);
    let gamma = value(&shared, "shared:age");
    let equal = FitOptions::new().fix("alpha:age", gamma).fix("beta:age", gamma);
    assert_close(Model::fit_with(&tenures, &two, &equal).unwrap().report().log_likelihood, shared.report().log_likelihood, 1e-12);
    let free = Model::fit(&tenures, &two).unwrap();
    assert!(free.report().log_likelihood > shared.report().log_likelihood);
    // It leaves the mean churn probability as it is.
    let models = shared.customer_models(&Covariates::from_columns(&[("age", &[20.0, 70.0])]).unwrap()).unwrap();
    assert_close(models[0].churn_given(0), models[1].churn_given(0), 1e-12);
    // A coefficient held at 0 is a covariate of alpha alone.
    let alone = Model::fit(&tenures, &CovariateOptions::new().alpha(&["age"])).unwrap();
    let held = Model::fit_with(&tenures, &two, &FitOptions::new().fix("beta:age", 0.0)).unwrap();
    assert_close(held.report().log_likelihood, alone.report().log_likelihood, 1e-12);
    // A ridge is a normal prior and shrinks.
    let ridge = Model::fit(&tenures, &two.clone().ridge(1e6)).unwrap();
    let prior = FitOptions::new().prior("alpha:age", 0.0, 1e-3).prior("beta:age", 0.0, 1e-3);
    assert_eq!(ridge.report(), Model::fit_with(&tenures, &two, &prior).unwrap().report());
    assert!(value(&ridge, "alpha:age").abs() < value(&free, "alpha:age").abs());
    let squares: f64 = ridge.effects().iter().map(|effect| effect.coefficient.powi(2)).sum();
    assert_close(ridge.report().penalty, 0.5e6 * squares, 1e-9);
}

#[test]
fn bad_input_is_refused() {
    let expect = |error: Error, kind: ErrorKind, parts: &[&str]| {
        assert_eq!(error.kind(), kind, "{error}");
        for part in parts {
            assert!(error.to_string().contains(part), "`{error}` does not say `{part}`");
        }
    };
    let (tenure, churned, age, online) = rows(60);
    let of = |columns: &[(&str, &[f64])]| {
        Tenures::from_customers_with_covariates(&tenure, &churned, None, Covariates::from_columns(columns).unwrap())
    };
    expect(of(&[("age", &age[..59])]).unwrap_err(), ErrorKind::LengthMismatch, &["`age`", "59", "60"]);
    expect(Covariates::from_columns(&[("age", &[1.0, f64::NAN])]).unwrap_err(), ErrorKind::NonFinite, &["`age`", "row 1"]);
    let sum: Vec<f64> = age.iter().zip(&online).map(|(age, online)| 2.0 * age - online + 1.0).collect();
    let data = of(&[("age", &age), ("online", &online), ("sum", &sum), ("one", &[3.5; 60])]).unwrap();
    let fit = |options: CovariateOptions| Model::fit(&data, &options).unwrap_err();
    expect(fit(CovariateOptions::new().alpha(&["one"])), ErrorKind::ConstantColumn, &["`one`", "3.5"]);
    expect(fit(CovariateOptions::new().beta(&["age", "online", "sum"])), ErrorKind::CollinearColumns, &["`sum`", "`age`, `online`"]);
    expect(fit(CovariateOptions::new().alpha(&["height"])), ErrorKind::MissingCovariates, &["`height`", "sBG"]);
    expect(fit(CovariateOptions::new().alpha(&["age", "age"])), ErrorKind::DuplicateColumn, &["`age`"]);
    expect(fit(CovariateOptions::new().beta(&["age"]).shared(&["age"])), ErrorKind::DuplicateColumn, &["`age`"]);
    expect(fit(CovariateOptions::new()), ErrorKind::Empty, &["covariates"]);
    expect(fit(CovariateOptions::new().purchase(&["age"])), ErrorKind::InvalidOption, &["`purchase`", "alpha, beta and shared"]);
    expect(fit(CovariateOptions::new().dropout(&["age"])), ErrorKind::InvalidOption, &["`dropout`"]);
    expect(fit(CovariateOptions::new().alpha(&["age"]).ridge(f64::NAN)), ErrorKind::InvalidOption, &["`ridge`"]);
    let bare = Tenures::from_customers(&tenure, &churned, None).unwrap();
    let options = CovariateOptions::new().alpha(&["age"]);
    expect(Model::fit(&bare, &options).unwrap_err(), ErrorKind::MissingCovariates, &["`age`"]);
    let loyal = Covariates::from_columns(&[("age", &age)]).unwrap();
    let loyal = Tenures::from_customers_with_covariates(&tenure, &[false; 60], None, loyal).unwrap();
    expect(Model::fit(&loyal, &options).unwrap_err(), ErrorKind::DegenerateTenures, &["sBG with covariates", "no customer left"]);
    let model = truth();
    expect(model.log_likelihood(&bare).unwrap_err(), ErrorKind::MissingCovariates, &["`age`, `online`"]);
    let two = Covariates::from_columns(&[("age", &[40.0, 50.0]), ("online", &[0.0, 1.0])]).unwrap();
    expect(model.survival_of(&two, &[0], 3).unwrap_err(), ErrorKind::LengthMismatch, &["renewals", "1", "2"]);
    expect(model.residual_lifetimes_of(&two, 0.0, &[0, 0]).unwrap_err(), ErrorKind::UnboundedValue, &[]);
    expect(model.discounted_lifetimes_of(&two, f64::NAN).unwrap_err(), ErrorKind::UnboundedValue, &[]);
    let wild = Covariates::from_columns(&[("age", &[4e5]), ("online", &[0.0])]).unwrap();
    expect(model.survival_of(&wild, &[0], 3).unwrap_err(), ErrorKind::InvalidParameter, &["`alpha`", "out of range"]);
    let shape = CovariateEffect::new(CovariateProcess::Purchase, "age", 0.1);
    let refused = WithCovariates::new(ShiftedBetaGeometric::new(0.7, 2.5).unwrap(), vec![shape]);
    expect(refused.unwrap_err(), ErrorKind::InvalidParameter, &["purchase:age", "no such process"]);
    assert_eq!(CovariateEffect::named("beta:age", 0.5).unwrap().process, CovariateProcess::Beta);
}

#[cfg(feature = "serde")]
#[test]
fn the_stored_form_comes_back() {
    let fitted = Model::fit(&simulate(800, 9), &options()).unwrap();
    let text = serde_json::to_string(&fitted).unwrap();
    assert!(text.len() < 4_000, "{text}");
    assert_eq!(serde_json::from_str::<Fitted<Model>>(&text).unwrap(), fitted);
    let refused = serde_json::from_str::<Model>(&serde_json::to_string(fitted.model()).unwrap().replacen("sBG with", "BdW with", 1));
    assert!(refused.unwrap_err().to_string().contains("BdW with covariates"));
}
