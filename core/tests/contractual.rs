//! Contractual models: the cohorts of Fader & Hardie (2007) against published figures, invariants, recovery of parameters.

use crm_value::{BetaDiscreteWeibull, Comparison, FitWarning, Geometric, Model, RetentionModel, ShiftedBetaGeometric, Tenures};

use crate::close::{assert_close, assert_near};
use crate::simulated::Random;

/// Survivors per 1000 in years 0, 1, ...: regular and high end customers.
fn retention_2007() -> [Vec<f64>; 2] {
    let mut columns: [Vec<f64>; 2] = Default::default();
    for line in include_str!("../../examples/data/retention_2007.csv").lines().skip(1) {
        for (column, field) in columns.iter_mut().zip(line.split(',').skip(1)) {
            column.push((field.parse::<f64>().unwrap() * 10.0).round());
        }
    }
    columns
}

fn until(survivors: &[f64], year: usize) -> Tenures {
    Tenures::from_survivors(&[&survivors[..=year]]).unwrap()
}

/// Fader & Hardie (2007) print α, β to three digits; the fourth, the log-likelihoods and BdW are those of replications of the 2018 paper.
#[test]
fn published_fits_are_found() {
    let [regular, high_end] = retention_2007();
    for (survivors, year, [alpha, beta, ln_l]) in [
        (&regular, 7, [0.7041, 1.1820, -1680.265]),
        (&high_end, 7, [0.6681, 3.8061, -1611.158]),
        (&regular, 4, [0.7637, 1.2958, -1401.559]),
        (&high_end, 4, [1.2809, 7.7898, -1225.135]),
    ] {
        let fitted = ShiftedBetaGeometric::fit(&until(survivors, year)).unwrap();
        // The program behind the second pairs, here and below, stopped a little short of the maximum.
        assert_close(fitted.alpha(), alpha, 1e-4);
        assert_close(fitted.beta(), beta, 1e-4);
        assert_near(fitted.report().log_likelihood, ln_l, 6e-4);
        assert!(fitted.report().converged() && fitted.report().warnings.is_empty(), "{}", fitted.report());
    }
    for (survivors, year, [alpha, beta, c, ln_l], tolerance) in [
        (&regular, 7, [0.4556, 0.7793, 1.2835, -1679.603], 6e-4),
        (&high_end, 7, [0.2143, 1.4266, 1.7236, -1605.314], 6e-4),
        (&regular, 4, [0.5231, 0.8944, 1.1963, -1401.3831], 6e-5),
        (&high_end, 4, [0.2593, 1.7225, 1.5844, -1222.7493], 6e-5),
    ] {
        let fitted = BetaDiscreteWeibull::fit(&until(survivors, year)).unwrap();
        assert_close(fitted.alpha(), alpha, 3e-4);
        assert_close(fitted.beta(), beta, 3e-4);
        assert_close(fitted.c(), c, 3e-4);
        assert_near(fitted.report().log_likelihood, ln_l, tolerance);
        assert!(fitted.report().converged() && fitted.report().warnings.is_empty(), "{}", fitted.report());
    }
}

/// Likelihood ratio of BdW against sBG on years 0 to 4, as printed in a replication of the 2018 paper; the comparison of models knows which of
/// the three contractual models are nested, by their names.
#[test]
fn the_likelihood_ratio_test_is_the_published_one() {
    for (survivors, [statistic, p_value]) in retention_2007().iter().zip([[0.35, 0.553], [4.77, 0.029]]) {
        let tenures = until(survivors, 4);
        let geometric = Geometric::fit(&tenures).unwrap();
        let (sbg, bdw) = (ShiftedBetaGeometric::fit(&tenures).unwrap(), BetaDiscreteWeibull::fit(&tenures).unwrap());
        let comparison = Comparison::of(&[geometric.report(), sbg.report(), bdw.report()]).unwrap();
        let tests = |name: &str| {
            let model = comparison.models().iter().find(|model| model.model == name).unwrap();
            model.tests.iter().map(|test| (test.ratio.against.as_str(), &test.ratio, test.boundary)).collect::<Vec<_>>()
        };
        let [(against, ratio, boundary)] = tests(bdw.name())[..] else { panic!("{comparison}") };
        assert_eq!((against, ratio.degrees_of_freedom, boundary), (sbg.name(), 1, false));
        assert_near(ratio.statistic, statistic, 6e-3);
        assert_near(ratio.p_value, p_value, 6e-4);
        let [(against, ratio, boundary)] = tests(sbg.name())[..] else { panic!("{comparison}") };
        assert_eq!((against, ratio.degrees_of_freedom, boundary), (geometric.name(), 1, true));
        assert_near(ratio.statistic, 2.0 * (sbg.report().log_likelihood - geometric.report().log_likelihood), 1e-9);
        assert!(tests(geometric.name()).is_empty());
    }
}

/// Survival in years 8 to 12 projected from years 0 to 7, per cent.
#[test]
fn published_projections_are_met() {
    let published = [[22.01, 20.44, 19.12, 17.99, 17.00], [46.04, 43.58, 41.42, 39.51, 37.80]];
    for (survivors, published) in retention_2007().iter().zip(published) {
        let fitted = ShiftedBetaGeometric::fit(&until(survivors, 7)).unwrap();
        for (year, published) in (8..).zip(published) {
            assert_near(100.0 * fitted.survival(year), published, 6e-3);
        }
        assert_close(fitted.survival_curve(12)[12], fitted.survival(12), 0.0);
    }
}

/// Fader & Hardie (2010), Table 3: DERL at 10 % of customers with 1 to 5 contracts behind or under way.
#[test]
fn published_residual_lifetimes_are_met() {
    for (alpha, beta, published, tolerance) in [
        (3.80, 15.20, [3.310, 3.451, 3.587, 3.717, 3.842], 6e-4),
        (0.067, 0.267, [7.671, 9.455, 9.851, 10.056, 10.189], 6e-4),
        (3.80, 15.20, [3.31, 3.45, 3.59, 3.72, 3.84], 5.1e-3),
    ] {
        let model = ShiftedBetaGeometric::new(alpha, beta).unwrap();
        let values = model.residual_lifetimes(0.1, &[0, 1, 2, 3, 4]).unwrap();
        for (value, published) in values.into_iter().zip(published) {
            assert_near(value, published, tolerance);
        }
    }
}

/// Churn counts by year and customers left, two cohorts of 1000 (years 0 to 7 of the same data): both roads in give the same tenures.
#[test]
fn rows_and_survivors_are_the_same_data() {
    let [regular, high_end] = retention_2007();
    for (survivors, counts, left) in
        [(high_end, [131.0, 126.0, 90.0, 60.0, 42.0, 34.0, 26.0], 491.0), (regular, [369.0, 163.0, 86.0, 56.0, 37.0, 27.0, 21.0], 241.0)]
    {
        let tenure: Vec<f64> = (1..=8).map(f64::from).collect();
        let churned: Vec<bool> = (1..=8).map(|t| t < 8).collect();
        let weights: Vec<f64> = counts.into_iter().chain([left]).collect();
        let rows = Tenures::from_customers(&tenure, &churned, Some(&weights)).unwrap();
        assert_eq!(rows, until(&survivors, 7));
        let each: Vec<usize> = (0..8).flat_map(|i| std::iter::repeat_n(i, weights[i] as usize)).rev().collect();
        let single = Tenures::from_customers(
            &each.iter().map(|&i| tenure[i]).collect::<Vec<_>>(),
            &each.iter().map(|&i| churned[i]).collect::<Vec<_>>(),
            None,
        );
        assert_eq!(single.unwrap(), rows);
        assert_close(rows.customers(), 1000.0, 0.0);
        assert_eq!(rows.longest(), 8);
    }
}

/// Cohorts of different length are one likelihood: the sum over the cohorts.
#[test]
fn cohorts_of_different_length_add_up() {
    let [regular, high_end] = retention_2007();
    let both = Tenures::from_survivors(&[&regular[..=7], &high_end[..=3]]).unwrap();
    let apart = [until(&regular, 7), until(&high_end, 3)];
    let models: [Box<dyn RetentionModel>; 3] = [
        Box::new(Geometric::new(0.3).unwrap()),
        Box::new(ShiftedBetaGeometric::new(0.7, 1.2).unwrap()),
        Box::new(BetaDiscreteWeibull::new(0.7, 1.2, 1.3).unwrap()),
    ];
    for model in models {
        let expected: f64 = apart.iter().map(|tenures| model.log_likelihood(tenures).unwrap()).sum();
        assert_close(model.log_likelihood(&both).unwrap(), expected, 1e-13);
    }
}

/// θ̂ = lost / renewals faced, with the variance θ̂ (1 − θ̂) / renewals faced, by hand: 53 + 16 lost of 100 + 47 who faced a renewal.
#[test]
fn the_geometric_estimate_is_a_share() {
    let fitted = Geometric::fit(&Tenures::from_survivors(&[&[100.0, 47.0, 31.0]]).unwrap()).unwrap();
    let theta = 69.0 / 147.0;
    assert_close(fitted.theta(), theta, 1e-12);
    assert_close(fitted.report().estimates[0].standard_error.unwrap(), (theta * (1.0 - theta) / 147.0_f64).sqrt(), 1e-9);
    assert_close(fitted.discounted_expected_lifetime(0.1).unwrap(), 1.1 / (0.1 + theta), 1e-12);
    assert_close(fitted.discounted_expected_residual_lifetime(0.1, 3).unwrap(), (1.0 - theta) * 1.1 / (0.1 + theta), 1e-12);
    assert_close(fitted.expected_tenure().unwrap(), 1.0 / theta, 1e-12);
    assert_close(fitted.discounted_renewals(0, -theta, 12).unwrap(), 12.0, 1e-12);
}

/// Every model: probabilities sum to 1, survival is the product of retention rates, sums equal their terms, infinite means are said to be so.
#[test]
fn quantities_agree_with_each_other() {
    let models: [Box<dyn RetentionModel>; 6] = [
        Box::new(Geometric::new(0.027).unwrap()),
        Box::new(ShiftedBetaGeometric::new(0.668, 3.806).unwrap()),
        Box::new(ShiftedBetaGeometric::new(7.0, 12.0).unwrap()),
        Box::new(BetaDiscreteWeibull::new(0.26, 1.7, 1.6).unwrap()),
        Box::new(BetaDiscreteWeibull::new(9.0, 30.0, 0.6).unwrap()),
        Box::new(BetaDiscreteWeibull::new(2.0, 5.0, 1.0).unwrap()),
    ];
    for model in &models {
        let horizon = 3_000;
        let mut survival = 1.0;
        let (mut left, mut renewals, mut discounted) = (0.0, 0.0, 0.0);
        for t in 1..=horizon {
            left += model.churn_pmf(t);
            survival *= model.retention_rate(t);
            renewals += survival;
            discounted += survival * 1.01_f64.powi(-(t as i32));
        }
        assert_close(model.survival(horizon), survival, 1e-11);
        assert_near(left + survival, 1.0, 1e-12);
        assert_close(model.expected_renewals(0, horizon), renewals, 1e-11);
        assert_close(model.discounted_renewals(0, 0.01, horizon).unwrap(), discounted, 1e-11);
        assert_close(model.survival_given(3, 4), model.survival(7) / model.survival(3), 1e-12);
        // DEL = 1 + DERL of the new / (1 + d); a long horizon reaches the endless one.
        let derl = model.discounted_expected_residual_lifetime(0.01, 0).unwrap();
        assert_close(model.discounted_expected_lifetime(0.01).unwrap(), 1.0 + derl / 1.01, 1e-13);
        assert_close(1.01 * model.discounted_renewals(0, 0.01, 5_000).unwrap(), derl, 1e-12);
        if let Some(tenure) = model.expected_tenure() {
            assert!(tenure >= 1.0 + renewals * (1.0 - 1e-11), "{model:?} {tenure} {renewals}");
        }
    }
    assert_eq!(ShiftedBetaGeometric::new(1.0, 3.0).unwrap().expected_tenure(), None);
    assert_eq!(BetaDiscreteWeibull::new(0.5, 3.0, 2.0).unwrap().expected_tenure(), None);
    // (α + β − 1) / (α − 1), and BdW with c = 1 is sBG.
    assert_close(ShiftedBetaGeometric::new(3.0, 4.0).unwrap().expected_tenure().unwrap(), 3.0, 1e-14);
    assert_close(BetaDiscreteWeibull::new(3.0, 4.0, 1.0).unwrap().expected_tenure().unwrap(), 3.0, 1e-13);
    let (sbg, bdw) = (ShiftedBetaGeometric::new(0.6, 4.0).unwrap(), BetaDiscreteWeibull::new(0.6, 4.0, 1.0).unwrap());
    for d in [0.3, 1e-2, 1e-4, 1e-6, 1e-9] {
        for n in [0, 1, 17] {
            let expected = sbg.discounted_expected_residual_lifetime(d, n).unwrap();
            assert_close(bdw.discounted_expected_residual_lifetime(d, n).unwrap(), expected, 1e-12);
        }
    }
}

/// Customers who do not differ: sBG runs to the geometric, BdW to the discrete Weibull, and the reports name the ridge.
#[test]
fn ridges_are_named() {
    // 1000 · 0.8^t, and the same with a churn that rises: 1000 · 0.9^(t^1.5), rounded.
    let constant: Vec<f64> = (0..8).map(|t| (1e6 * 0.8_f64.powi(t)).round()).collect();
    let rising: Vec<f64> = (0..8).map(|t| (1e6 * 0.9_f64.powf(f64::from(t).powf(1.5))).round()).collect();
    let sbg = ShiftedBetaGeometric::fit(&Tenures::from_survivors(&[&constant]).unwrap()).unwrap();
    assert_close(sbg.survival(3), 0.512, 1e-4);
    let to = |warnings: &[FitWarning], name: &str| {
        warnings.iter().any(|warning| matches!(warning, FitWarning::Ridge { limit, .. } if limit == name))
    };
    assert!(to(&sbg.report().warnings, "geometric"), "{}", sbg.report());
    let rising = Tenures::from_survivors(&[&rising]).unwrap();
    let sbg = ShiftedBetaGeometric::fit(&rising).unwrap();
    assert!(to(&sbg.report().warnings, "geometric"), "{}", sbg.report());
    let bdw = BetaDiscreteWeibull::fit(&rising).unwrap();
    assert!(to(&bdw.report().warnings, "one churn probability for all customers") || bdw.report().converged(), "{}", bdw.report());
    assert_close(bdw.c(), 1.5, 1e-2);
    // Customers who do differ, without duration dependence.
    let mixed = ShiftedBetaGeometric::new(0.7, 1.2).unwrap();
    let survivors: Vec<f64> = mixed.survival_curve(9).iter().map(|share| (1e9 * share).round()).collect();
    let bdw = BetaDiscreteWeibull::fit(&Tenures::from_survivors(&[&survivors]).unwrap()).unwrap();
    assert_close(bdw.c(), 1.0, 1e-5);
    assert!(to(&bdw.report().warnings, "sBG"), "{}", bdw.report());
}

/// One tenure per customer: `draw` gives the renewal at which the customer leaves, observed for one of `periods` periods.
fn simulate(customers: usize, periods: &[u32], mut draw: impl FnMut(&mut Random) -> u32, random: &mut Random) -> Tenures {
    let (mut tenure, mut churned) = (Vec::new(), Vec::new());
    for i in 0..customers {
        let (leaves, observed) = (draw(random), periods[i % periods.len()]);
        tenure.push(f64::from(leaves.min(observed)));
        churned.push(leaves < observed);
    }
    Tenures::from_customers(&tenure, &churned, None).unwrap()
}

/// The renewal at which (1 − θ)^(t^c) falls below a uniform.
fn weibull(theta: f64, c: f64, random: &mut Random) -> u32 {
    let t = (random.uniform().ln() / (-theta).ln_1p()).powf(1.0 / c);
    (t.floor() + 1.0).min(1e6) as u32
}

#[test]
fn parameters_are_recovered() {
    let mut random = Random(20_261_122);
    let periods = [4, 8, 12, 16];
    let recovered = |report: &crm_value::FitReport, truth: &[f64]| {
        for (estimate, &truth) in report.estimates.iter().zip(truth) {
            assert_near(estimate.value, truth, 3.0 * estimate.standard_error.unwrap());
        }
    };
    let tenures = simulate(100_000, &periods, |random| weibull(0.15, 1.0, random), &mut random);
    recovered(Geometric::fit(&tenures).unwrap().report(), &[0.15]);
    for [alpha, beta] in [[0.668, 3.806], [3.0, 12.0]] {
        let draw = |random: &mut Random| weibull(random.beta(alpha, beta), 1.0, random);
        recovered(ShiftedBetaGeometric::fit(&simulate(100_000, &periods, draw, &mut random)).unwrap().report(), &[alpha, beta]);
    }
    for [alpha, beta, c] in [[0.26, 1.7, 1.6], [1.5, 6.0, 0.7]] {
        let draw = |random: &mut Random| weibull(random.beta(alpha, beta), c, random);
        recovered(BetaDiscreteWeibull::fit(&simulate(100_000, &periods, draw, &mut random)).unwrap().report(), &[alpha, beta, c]);
    }
}

#[test]
fn fits_converge_or_say_why() {
    let mut random = Random(11);
    for _ in 0..60 {
        let mut wide = || (0.05_f64.ln() + random.uniform() * (20.0_f64 / 0.05).ln()).exp();
        let (alpha, beta) = (wide(), wide());
        let c = 0.4 + 1.6 * random.uniform();
        let periods = [[2, 3, 4], [6, 8, 10], [30, 40, 60]][(random.uniform() * 3.0) as usize];
        let tenures = simulate(1_000, &periods, |random| weibull(random.beta(alpha, beta), c, random), &mut random);
        let (Ok(sbg), Ok(bdw)) = (ShiftedBetaGeometric::fit(&tenures), BetaDiscreteWeibull::fit(&tenures)) else { continue };
        for report in [sbg.report(), bdw.report()] {
            let named = report.warnings.iter().any(|warning| {
                matches!(warning, FitWarning::Ridge { .. } | FitWarning::Boundary { .. } | FitWarning::TooFewOutcomes { .. })
            });
            assert!(report.converged() || named, "{alpha} {beta} {c} {periods:?}: {report}");
        }
        let truth = BetaDiscreteWeibull::new(alpha, beta, c).unwrap().log_likelihood(&tenures).unwrap();
        assert!(bdw.report().log_likelihood > truth - 1e-6, "{alpha} {beta} {c} {periods:?}: {} {truth}", bdw.report());
        assert!(bdw.report().log_likelihood > sbg.report().log_likelihood - 1e-6, "{alpha} {beta} {c}: {} {}", bdw.report(), sbg.report());
    }
}
