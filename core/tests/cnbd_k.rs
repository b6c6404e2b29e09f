//! BG/CNBD-k and MBG/CNBD-k: k = 1 against the models without regularity, the choice of k, recovery from simulated customers.

use crm_value::{
    BgCnbdK, BgNbd, Comparison, CustomerSummary, DiscountedPurchases, ErrorKind, FitOptions, FitWarning, History, MbgCnbdK, MbgNbd, Model,
    Patterns, PurchaseKind, PurchaseModel, Simulation, Span, TimeUnit,
};

use crate::cdnow;
use crate::close::{assert_close, assert_near};
use crate::simulated::Random;

const WEEK: TimeUnit = TimeUnit::Week;

fn histories() -> Vec<History> {
    let parts = [(0, 0.0, 38.86), (2, 30.43, 38.86), (5, 38.86, 38.86), (29, 37.71, 38.86), (1, 1.71, 38.86), (300, 99.0, 104.0)];
    parts.into_iter().map(|(x, t_x, t_cal)| History::new(x, t_x, t_cal).unwrap()).collect()
}

/// k = 1 by the sums over stages against closed forms and other quadratures.
fn check_without_regularity(model: &dyn DiscountedPurchases, expected: &dyn DiscountedPurchases) {
    for history in &histories() {
        assert_close(model.ln_likelihood(history), expected.ln_likelihood(history), 1e-13);
        assert_close(model.p_alive(history), expected.p_alive(history), 1e-11);
        for t in [0.01, 5.0, 39.0, 500.0] {
            assert_close(model.survival_if_alive(history, t), expected.survival_if_alive(history, t), 1e-11);
            for (from, to) in [(0.0, t), (0.3 * t, t), (t, 1.001 * t)] {
                assert_close(model.purchases_if_alive(history, from, to), expected.purchases_if_alive(history, from, to), 1e-11);
                assert_close(model.activity_if_alive(history, from, to), expected.activity_if_alive(history, from, to), 1e-11);
            }
            for n in [0, 1, 4] {
                assert_close(model.pmf_if_alive(history, n, t), expected.pmf_if_alive(history, n, t), 1e-11);
            }
            for delta in [0.0, 1e-4, 0.002, 0.5, -0.001] {
                let discounted = |model: &dyn DiscountedPurchases| model.discounted_if_alive(history, delta, Some(t));
                assert_close(discounted(model), discounted(expected), 1e-11);
            }
        }
        for delta in [1e-5, 0.002, 0.5] {
            assert_close(model.discounted_if_alive(history, delta, None), expected.discounted_if_alive(history, delta, None), 1e-11);
        }
    }
    for t in [0.01, 5.0, 39.0] {
        assert_close(model.expectation(t), expected.expectation(t), 1e-12);
        for n in [0, 1, 4] {
            assert_close(model.pmf(n, t), expected.pmf(n, t), 1e-12);
        }
    }
}

#[test]
fn without_regularity_they_are_bg_nbd_and_mbg_nbd() {
    for [r, alpha, a, b] in [[0.243, 4.414, 0.793, 2.426], [1.0, 5.0, 1.0, 2.5], [3.0, 2.0, 20.0, 100.0]] {
        check_without_regularity(&BgCnbdK::new(1, r, alpha, a, b, WEEK).unwrap(), &BgNbd::new(r, alpha, a, b, WEEK).unwrap());
        check_without_regularity(&MbgCnbdK::new(1, r, alpha, a, b, WEEK).unwrap(), &MbgNbd::new(r, alpha, a, b, WEEK).unwrap());
    }
}

/// Where few survive: E[(1 + p from / (α + T))^−(r+x) (1 − ...)] / p over the posterior of p, by mpmath at 40 digits.
#[test]
fn windows_far_ahead_keep_their_digits() {
    let history = History::new(80, 20.650_659_600_365_16, 42.910_762_160_293_88).unwrap();
    let [r, alpha, a, b] = [10_574.383_167_372_629, 22.616_145_717_836_1, 1_518.409_419_683_448_5, 32.148_958_239_692_27];
    let (from, to) = (0.285_010_813_169_276_73, 1_651.882_176_218_769);
    let models: [Box<dyn DiscountedPurchases>; 2] =
        [Box::new(BgNbd::new(r, alpha, a, b, WEEK).unwrap()), Box::new(BgCnbdK::new(1, r, alpha, a, b, WEEK).unwrap())];
    for model in models {
        assert_close(model.purchases_if_alive(&history, from, to), 2.220_968_928_076_918e-19, 1e-11);
    }
}

/// k = 1 against integrals over p, at random points of which about half are after too many stages to go through.
#[test]
fn windows_of_new_customers_without_regularity() {
    let mut random = Random(20_261_127);
    let mut between = |low: f64, high: f64| 10_f64.powf(low + (high - low) * random.uniform());
    for _ in 0..1_000 {
        let [r, a, b] = [(); 3].map(|()| between(-3.0, 6.0));
        let (alpha, from, length, n) = (between(-2.0, 2.0), between(-3.0, 3.0), between(-3.0, 3.0), between(0.0, 2.5) as u32 - 1);
        let models: [(Box<dyn PurchaseModel>, Box<dyn PurchaseModel>); 2] = [
            (Box::new(BgCnbdK::new(1, r, alpha, a, b, WEEK).unwrap()), Box::new(BgNbd::new(r, alpha, a, b, WEEK).unwrap())),
            (Box::new(MbgCnbdK::new(1, r, alpha, a, b, WEEK).unwrap()), Box::new(MbgNbd::new(r, alpha, a, b, WEEK).unwrap())),
        ];
        for (model, expected) in models {
            let expected = expected.pmf_between(n, from, from + length);
            // Below, the terms of the sums lose digits and underflow.
            if expected > 1e-290 {
                assert_close(model.pmf_between(n, from, from + length), expected, 1e-10);
            }
        }
    }
}

/// The sum over stages by mpmath at 40 digits.
#[test]
fn windows_of_new_customers_with_regularity() {
    let model = BgCnbdK::new(12, 390.0, 20.0, 3.0, 1.0, WEEK).unwrap();
    assert_close(model.pmf_between(21, 38.0, 139.0), 3.731_903_882_556_87e-7, 1e-11);
}

/// What must hold between the quantities of one model: counts against expectations, windows against each other, discounting against none.
#[test]
fn the_quantities_agree_with_each_other() {
    for k in [2, 3, 12] {
        let model = MbgCnbdK::new(k, 0.6, 1.5, 0.4, 3.0, WEEK).unwrap();
        for history in &histories()[..5] {
            let t = 13.0;
            let counts: Vec<f64> = (0..400).map(|n| model.pmf_if_alive(history, n, t)).collect();
            assert_close(counts.iter().sum(), 1.0, 1e-12);
            let mean: f64 = counts.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
            assert_close(model.purchases_if_alive(history, 0.0, t), mean, 1e-10);
            assert_close(1.0 - counts[0], model.activity_if_alive(history, 0.0, t), 1e-10);
            let parts = model.purchases_if_alive(history, 0.0, 5.0) + model.purchases_if_alive(history, 5.0, t);
            assert_close(parts, mean, 1e-12);
            // A narrow window is the rate; both ways to work it out must meet.
            let narrow = model.purchases_if_alive(history, 30.0, 30.02);
            assert_close(narrow, model.purchases_if_alive(history, 0.0, 30.02) - model.purchases_if_alive(history, 0.0, 30.0), 1e-9);
            let hardly = model.discounted_if_alive(history, 1e-13, Some(t));
            assert_close(hardly, mean, 1e-10);
            // ∫ e^(−δ u) dR(u) by the trapezoidal rule on a grid that is fine enough for four digits.
            let delta = 0.05;
            let steps = 2_000;
            let grid = |i: usize| 100.0 * i as f64 / steps as f64;
            let purchases: Vec<f64> = (0..=steps).map(|i| model.purchases_if_alive(history, 0.0, grid(i))).collect();
            let by_grid: f64 = (0..steps).map(|i| (purchases[i + 1] - purchases[i]) * (-delta * 0.5 * (grid(i) + grid(i + 1))).exp()).sum();
            assert_close(model.discounted_if_alive(history, delta, Some(100.0)), by_grid, 1e-4);
            let after = (-delta * 100.0_f64).exp();
            let endless = model.discounted_if_alive(history, delta, None);
            assert!(endless > by_grid * (1.0 - 1e-4) && endless < by_grid * (1.0 + 1e-4) + after * 200.0);
            assert!(model.discounted_if_alive(history, -delta, Some(t)) > mean);
        }
    }
}

/// The four customers of a user for whom another package gives NaN, and extremes.
#[test]
fn nothing_overflows() {
    let customers = [(221, 103.43, 103.57), (254, 97.14, 97.29), (161, 94.71, 98.0), (204, 98.57, 99.43)];
    let extremes = [(5_000, 103.0, 104.0), (900, 1e-3, 500.0), (1, 1e-9, 1e6), (0, 0.0, 0.0), (0, 0.0, 1e6)];
    for k in [1, 2, 12, 20] {
        for [r, alpha, a, b] in [[0.243, 4.414, 0.793, 2.426], [1e-3, 1e3, 1e-3, 1e3], [500.0, 0.1, 50.0, 0.01]] {
            let model = BgCnbdK::new(k, r, alpha, a, b, WEEK).unwrap();
            for &(x, t_x, t_cal) in customers.iter().chain(&extremes) {
                let history = History::new(x, t_x, t_cal).unwrap();
                let alive = model.p_alive(&history);
                assert!((0.0..=1.0).contains(&alive), "{model:?} {history:?} {alive}");
                assert!(model.ln_likelihood(&history).is_finite());
                for value in [
                    model.conditional_expectation(&history, 1.0),
                    model.survival_if_alive(&history, 1.0),
                    model.activity_if_alive(&history, 0.5, 1.0),
                    model.discounted_if_alive(&history, 0.1, None),
                    model.discounted_if_alive(&history, 0.1, Some(1.0)),
                    model.pmf_if_alive(&history, 3, 1.0),
                ] {
                    assert!(value.is_finite() && value >= 0.0, "{model:?} {history:?} {value}");
                }
            }
        }
    }
}

fn cdnow() -> CustomerSummary {
    let end = crm_value::Date::from_ymd(1997, 9, 30).unwrap();
    cdnow::log().summarize().unit(WEEK).observed_until(end).log_sums(true).build().unwrap()
}

/// Platzer's published runs on the CDNOW sample find no regularity: k = 1, which is BG/NBD and MBG/NBD.
#[test]
fn cdnow_customers_have_no_rhythm() {
    let customers = cdnow();
    let fitted = BgCnbdK::fit(&customers).unwrap();
    assert_eq!((fitted.k(), fitted.report().estimate("k").unwrap().fixed), (1, false));
    let tried: Vec<u32> = fitted.report().regularities.iter().map(|&(k, _)| k).collect();
    assert_eq!(tried, [1, 2]);
    assert!(fitted.report().to_string().contains("log-likelihood by k: 1 (-9582.4292), 2 ("), "{}", fitted.report());
    let bg_nbd = BgNbd::fit(&customers).unwrap();
    for (estimate, expected) in fitted.report().estimates[1..].iter().zip(&bg_nbd.report().estimates) {
        assert_eq!((&estimate.name, estimate.value.to_bits()), (&expected.name, expected.value.to_bits()));
        assert_eq!(estimate.standard_error, expected.standard_error);
    }
    // k was chosen, so it counts.
    assert_close(fitted.report().aic(), bg_nbd.report().aic() + 2.0, 1e-15);
    assert_eq!(MbgCnbdK::fit(&customers).unwrap().k(), 1);
    let given = MbgCnbdK::fit_with(&customers, &FitOptions::new().fix("k", 1.0)).unwrap();
    assert_eq!(given.report().free_parameters(), 4);
    assert_close(given.report().aic(), MbgNbd::fit(&customers).unwrap().report().aic(), 1e-15);
}

#[test]
fn regular_customers_are_recognised_and_recovered() {
    let truth = BgCnbdK::new(3, 0.9, 1.2, 0.7, 3.5, WEEK).unwrap();
    let customers = Simulation::observed_for(100_000, Span::new(52.0, WEEK).unwrap()).seed(7).run(&truth).unwrap().summary().unwrap();
    let fitted = BgCnbdK::fit(&customers).unwrap();
    assert_eq!(fitted.k(), 3, "{}", fitted.report());
    assert!(fitted.report().converged() && fitted.report().warnings.is_empty(), "{}", fitted.report());
    for (estimate, (name, value)) in fitted.report().estimates.iter().zip(truth.parameters()).skip(1) {
        let error = estimate.standard_error.unwrap();
        assert!((estimate.value - value).abs() < 3.0 * error, "{name} {} +- {error} is not {value}", estimate.value);
    }
    let truth = MbgCnbdK::new(3, 0.9, 1.2, 0.7, 3.5, WEEK).unwrap();
    let customers = Simulation::observed_for(100_000, Span::new(52.0, WEEK).unwrap()).seed(11).run(&truth).unwrap().summary().unwrap();
    let fitted = MbgCnbdK::fit(&customers).unwrap();
    assert_eq!(fitted.k(), 3);
    for (estimate, (name, value)) in fitted.report().estimates.iter().zip(truth.parameters()).skip(1) {
        let error = estimate.standard_error.unwrap();
        assert!((estimate.value - value).abs() < 3.0 * error, "{name} {} +- {error} is not {value}", estimate.value);
    }
}

/// Beside models without regularity: by AIC, but not by tests, as a chosen k is a whole number.
#[test]
fn comparison_tells_regular_purchases() {
    let truth = BgCnbdK::new(3, 0.9, 1.2, 0.7, 3.5, WEEK).unwrap();
    let customers = Simulation::observed_for(5_000, Span::new(52.0, WEEK).unwrap()).seed(7).run(&truth).unwrap().summary().unwrap();
    let kinds = [PurchaseKind::Nbd, PurchaseKind::BgNbd, PurchaseKind::MbgCnbdK, PurchaseKind::BgCnbdK];
    let comparison = Comparison::of_purchase_models(&Patterns::of(&customers), &kinds, &FitOptions::new()).unwrap();
    let best = &comparison.models()[0];
    assert_eq!((best.model.as_str(), best.parameters), ("BG/CNBD-k", 5));
    assert!(best.akaike_weight > 0.999 && best.tests.is_empty(), "{comparison}");

    let free = BgCnbdK::fit(&customers).unwrap();
    let given = BgCnbdK::fit_with(&customers, &FitOptions::new().fix("k", 2.0)).unwrap();
    let held = BgCnbdK::fit_with(&customers, &FitOptions::new().fix("k", 2.0).fix("a", 1.0)).unwrap();
    let comparison = Comparison::of(&[free.report(), given.report(), held.report()]).unwrap();
    let tests: Vec<usize> = comparison.models().iter().map(|row| row.tests.len()).collect();
    assert_eq!(tests, [0, 1, 0], "{comparison}");

    // Without log sums the regular ones are left out by name.
    let kinds = [PurchaseKind::BgNbd, PurchaseKind::BgCnbdK];
    let end = crm_value::Date::from_ymd(1997, 9, 30).unwrap();
    let plain = cdnow::log().summarize().unit(WEEK).observed_until(end).build().unwrap();
    let comparison = Comparison::of_purchase_models(&Patterns::of(&plain), &kinds, &FitOptions::new()).unwrap();
    assert_eq!((comparison.models().len(), comparison.failures()[0].0.as_str()), (1, "BgCnbdK"));
    assert!(comparison.failures()[0].1.contains("log_intervals"), "{comparison}");
}

/// One customer alone, or among others with the same x and T but another recency.
#[test]
fn predictions_do_not_depend_on_the_batch() {
    let model = BgCnbdK::new(3, 0.9, 1.2, 0.7, 3.5, WEEK).unwrap();
    let (x, t_x, t_cal) = ([4.0, 4.0, 4.0], [20.0, 25.0, 30.0], [32.0; 3]);
    let all = CustomerSummary::from_columns(None, &x, &t_x, &t_cal, None, WEEK).unwrap();
    let horizon = Span::new(10.0, WEEK).unwrap();
    let together = model.expected_purchases(&all, horizon).unwrap();
    for i in 0..3 {
        let one = CustomerSummary::from_columns(None, &x[i..=i], &t_x[i..=i], &t_cal[i..=i], None, WEEK).unwrap();
        assert_eq!(model.expected_purchases(&one, horizon).unwrap()[0].to_bits(), together[i].to_bits());
    }
    assert!(together[0] < together[2]);
}

#[test]
fn weights_count_as_repetition() {
    let customers = cdnow();
    let doubled = Patterns::weighted(&customers, &vec![2.0; customers.len()]).unwrap();
    let options = FitOptions::new().fix("k", 2.0);
    let (once, twice) = (BgCnbdK::fit_with(&customers, &options).unwrap(), BgCnbdK::fit_patterns(&doubled, &options).unwrap());
    assert_close(twice.report().log_likelihood, 2.0 * once.report().log_likelihood, 1e-12);
    assert_close(once.log_likelihood(&customers).unwrap(), once.report().log_likelihood, 1e-12);
    assert_close(twice.alpha(), once.alpha(), 1e-8);
}

#[test]
fn options_of_a_fit() {
    let customers = cdnow();
    let fit = |options: FitOptions| MbgCnbdK::fit_with(&customers, &options);
    for bad in [0.0, 1.5, 21.0, -1.0, f64::NAN] {
        assert_eq!(fit(FitOptions::new().fix("k", bad)).unwrap_err().kind(), ErrorKind::InvalidParameter);
    }
    assert_eq!(BgCnbdK::new(0, 1.0, 1.0, 1.0, 1.0, WEEK).unwrap_err().kind(), ErrorKind::InvalidParameter);
    assert_eq!(BgCnbdK::new(21, 1.0, 1.0, 1.0, 1.0, WEEK).unwrap_err().kind(), ErrorKind::InvalidParameter);
    assert_eq!(BgCnbdK::new(2, 1.0, f64::NAN, 1.0, 1.0, WEEK).unwrap_err().kind(), ErrorKind::InvalidParameter);
    assert_eq!(fit(FitOptions::new().start(&[1.0, 1.0, 1.0, 1.0])).unwrap_err().kind(), ErrorKind::InvalidOption);
    assert_eq!(fit(FitOptions::new().start(&[0.5, 1.0, 1.0, 1.0, 1.0])).unwrap_err().kind(), ErrorKind::InvalidParameter);
    let two = fit(FitOptions::new().fix("k", 2.0)).unwrap();
    let values: Vec<f64> = two.parameters().into_iter().map(|(_, value)| value).collect();
    let again = fit(FitOptions::new().fix("k", 2.0).start(&values)).unwrap();
    assert!(again.report().iterations <= 3);
    assert_close(again.alpha(), two.alpha(), 1e-7);
    let held = fit(FitOptions::new().fix("k", 2.0).fix("r", 0.5)).unwrap();
    assert_near(held.r(), 0.5, 0.0);
    assert_eq!(held.report().free_parameters(), 3);

    // Without the intervals the likelihood is not known, but everything else is.
    let end = crm_value::Date::from_ymd(1997, 9, 30).unwrap();
    let plain = cdnow::log().summarize().unit(WEEK).observed_until(end).build().unwrap();
    assert_eq!(MbgCnbdK::fit(&plain).unwrap_err().kind(), ErrorKind::MissingColumn);
    assert_eq!(two.log_likelihood(&plain).unwrap_err().kind(), ErrorKind::MissingColumn);
    assert_eq!(two.probability_alive(&plain).unwrap(), two.probability_alive(&customers).unwrap());
    let one_time = CustomerSummary::from_columns(None, &[0.0; 5], &[0.0; 5], &[4.0; 5], None, WEEK).unwrap();
    assert_eq!(BgCnbdK::fit(&one_time).unwrap_err().kind(), ErrorKind::NoRepeatPurchases);
}

/// Clockwork: the likelihood rises up to the last k that is tried, and the report says so.
#[test]
fn a_k_at_the_limit_is_reported() {
    let truth = BgCnbdK::new(20, 5.0, 5.0, 1.0, 6.0, WEEK).unwrap();
    let customers = Simulation::observed_for(2_000, Span::new(52.0, WEEK).unwrap()).seed(3).run(&truth).unwrap().summary().unwrap();
    let fitted = BgCnbdK::fit(&customers).unwrap();
    assert_eq!((fitted.k(), fitted.report().regularities.len()), (12, 12));
    assert!(fitted.report().warnings.contains(&FitWarning::Boundary { parameter: "k".to_owned(), value: 12.0 }));
}
