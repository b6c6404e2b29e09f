//! BG/BB: the donations of Fader, Hardie & Shang (2010) against published figures, counting of opportunities, recovery of parameters.

use crm_value::{
    BgBb, CalendarPeriod, Date, ErrorKind, FitOptions, FitWarning, OpportunityHistory, OpportunitySummary, Span, TimeUnit, TransactionLog,
};

use crate::close::{assert_close, assert_near};
use crate::simulated::Random;

pub(crate) fn donations() -> OpportunitySummary {
    let mut columns: [Vec<f64>; 4] = Default::default();
    for line in include_str!("../../examples/data/donations.csv").lines().skip(1) {
        for (column, field) in columns.iter_mut().zip(line.split(',')) {
            column.push(field.parse().unwrap());
        }
    }
    let [x, t_x, n, weights] = &columns;
    OpportunitySummary::from_table(x, t_x, n, weights).unwrap()
}

fn history(frequency: u32, recency: u32, opportunities: u32) -> OpportunityHistory {
    OpportunityHistory::new(frequency, recency, opportunities).unwrap()
}

/// Parameters and log-likelihood as printed in the paper (three digits) and the BTYD walkthrough, p. 30.
#[test]
fn the_published_fit_is_found() {
    let fitted = BgBb::fit(&donations()).unwrap();
    for (value, published) in [(fitted.alpha(), 1.204), (fitted.beta(), 0.750), (fitted.gamma(), 0.657), (fitted.delta(), 2.783)] {
        assert_near(value, published, 5e-4);
    }
    assert_near(fitted.report().log_likelihood, -33_225.58, 5e-3);
    assert_eq!(fitted.report().customers, 11_104);
    assert!(fitted.report().converged() && fitted.report().warnings.is_empty(), "{}", fitted.report());
    // Any start leads there.
    for start in [[0.1; 4], [10.0; 4], [1.0, 1.0, 0.01, 5.0]] {
        let again = BgBb::fit_with(&donations(), &FitOptions::new().start(&start)).unwrap();
        assert_near(again.report().log_likelihood, fitted.report().log_likelihood, 1e-7);
    }
}

/// Paper, Hardie's worksheet and the BTYD walkthrough (p. 32), at the fitted parameters.
#[test]
fn published_expectations_are_met() {
    let customers = donations();
    let walkthrough = BgBb::new(1.203_528, 0.749_726, 0.656_780_8, 2.783_796).unwrap();
    assert_near(walkthrough.expectation(10), 3.179_805, 1e-6);
    assert_near(walkthrough.purchases(&history(0, 0, 6), 0, 10), 0.130_216_9, 1e-7);
    assert_near(walkthrough.purchases(&history(4, 5, 6), 0, 10), 3.627_858, 1e-6);
    let model = BgBb::fit(&customers).unwrap().into_model();
    let expectations = [0.4985, 0.9233, 1.2969, 1.6323, 1.9381, 2.2202, 2.4826, 2.7285, 2.9603, 3.1798, 3.3887];
    for (n, published) in (1..).zip(expectations) {
        assert_near(model.expectation(n), published, 1.5e-4);
    }
    // P(alive in 2002), the year after the last: Table 6.
    for ((x, t_x), published) in [((0, 0), 0.11), ((2, 4), 0.59), ((6, 6), 0.93)] {
        assert_near(model.p_alive_ahead(&history(x, t_x, 6), 1), published, 5e-3);
    }
    let weights = customers.weights().unwrap();
    let total = |values: &[f64]| values.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f64>();
    assert_near(total(&model.expected_purchases(&customers, 5)), 12_884.2, 0.3);
    // Expected donors with 0 and 6 gifts among 11,104.
    assert_near(11_104.0 * model.pmf(0, 6), 3_454.9, 0.05);
    assert_near(11_104.0 * model.pmf(6, 6), 1_253.1, 0.05);
}

/// Mean expected gifts in 2002 to 2006 by frequency and by recency (BTYD walkthrough, pp. 34-35), and gifts per year (p. 36).
#[test]
fn published_aggregates_are_met() {
    let customers = donations();
    let model = BgBb::new(1.203_528, 0.749_726, 0.656_780_8, 2.783_796).unwrap();
    let (purchases, weights) = (model.expected_purchases(&customers, 5), customers.weights().unwrap());
    let mean = |chosen: &dyn Fn(&OpportunityHistory) -> bool| {
        let rows = || (0..customers.len()).filter(|&i| chosen(&customers.histories()[i]));
        rows().map(|i| weights[i] * purchases[i]).sum::<f64>() / rows().map(|i| weights[i]).sum::<f64>()
    };
    let by_frequency = [0.07286, 0.32488, 0.70894, 1.33367, 2.03120, 2.78448, 3.75250];
    let by_recency = [0.07286, 0.08569, 0.17984, 0.40411, 0.85108, 1.72632, 3.02719];
    for (k, (frequency, recency)) in (0..).zip(by_frequency.into_iter().zip(by_recency)) {
        assert_near(mean(&|history| history.frequency() == k), frequency, 1e-5);
        assert_near(mean(&|history| history.recency() == k), recency, 1e-5);
    }
    let per_year = [5535.833, 4717.059, 4147.621, 3724.665, 3395.888, 3131.647, 2913.778, 2730.482, 2573.731, 2437.854, 2318.727];
    for (year, published) in (1..).zip(per_year) {
        assert_near(11_104.0 * (model.expectation(year) - model.expectation(year - 1)), published, 2e-3);
    }
}

/// Discounted at 10 % a year, with the rounded parameters of the paper: values of an independent computation at high precision.
#[test]
fn published_discounted_values_are_met() {
    let model = BgBb::new(1.20, 0.75, 0.66, 2.78).unwrap();
    let rows = [(3, 4), (1, 6), (2, 6), (3, 6), (4, 6), (5, 6), (6, 6)];
    let column = |f: &dyn Fn((u32, u32)) -> u32| rows.iter().map(|&row| f64::from(f(row))).collect::<Vec<f64>>();
    let customers = OpportunitySummary::from_columns(None, &column(&|row| row.0), &column(&|row| row.1), &[6.0; 7]).unwrap();
    let published = [1.621_379, 1.80204, 2.62116, 3.44027, 4.25938, 5.07849, 5.89760];
    for (value, published) in model.dert(&customers, 0.1).unwrap().into_iter().zip(published) {
        assert_near(value, published, 5e-6);
    }
}

/// Worked by hand: weeks of seven days after the first purchase, and the incomplete last one left out.
#[test]
fn opportunities_are_counted_from_the_first_purchase() {
    // Customer 1: day 0, twice in week 1 (days 1 and 7), day 8 in week 2, day 29 in week 5. Customer 2: first on day 20. Customer 3: on day 27.
    let (ids, days) = ([1u64, 1, 1, 1, 1, 2, 2, 3], [0, 1, 7, 8, 29, 20, 27, 27]);
    let log = TransactionLog::from_columns(&ids, &days, &[5.0; 8]).unwrap();
    let counts = |summary: &OpportunitySummary| {
        summary.histories().iter().map(|history| (history.frequency(), history.recency(), history.opportunities())).collect::<Vec<_>>()
    };
    let weeks = log.opportunities(Span::one(TimeUnit::Week));
    // Until day 29: ⌊29/7⌋ = 4 weeks for customer 1, so that day 29, in the fifth, does not count; ⌊9/7⌋ = 1; ⌊2/7⌋ = 0.
    assert_eq!(counts(&weeks.build().unwrap()), [(2, 2, 4), (1, 1, 1), (0, 0, 0)]);
    // Until day 35 the fifth week is complete.
    let until = |day| weeks.clone().observed_until(Date::from_days(day).unwrap()).build();
    assert_eq!(counts(&until(35).unwrap()), [(3, 5, 5), (1, 1, 2), (0, 0, 1)]);
    // Until day 26 the third customer is not there yet.
    let early = until(26).unwrap();
    assert_eq!((counts(&early), early.ids().len()), (vec![(2, 2, 3), (0, 0, 0)], 2));
    assert_eq!(early.quality().unwrap().customers_after_end, 1);
    assert_eq!(until(-1).unwrap_err().kind(), ErrorKind::EndBeforeFirstPurchase);
    let instants = log.opportunities(Span::new(1e-9, TimeUnit::Day).unwrap()).build();
    assert_eq!(instants.unwrap_err().kind(), ErrorKind::TooManyPeriods);
}

/// By calendar month, worked by hand: the month of the first purchase and the month not yet over are no opportunities.
#[test]
fn opportunities_are_counted_by_calendar_period() {
    let days: Vec<i32> = ["2024-01-05", "2024-01-30", "2024-02-29", "2024-04-01", "2024-04-15", "2024-05-02", "2024-01-31"]
        .iter()
        .map(|text| Date::parse(text).unwrap().days())
        .collect();
    let log = TransactionLog::from_columns(&[1u64, 1, 1, 1, 1, 1, 2], &days, &[5.0; 7]).unwrap();
    let counts = |end: &str| {
        let summary = log.opportunities(CalendarPeriod::Month).observed_until(Date::parse(end).unwrap()).build().unwrap();
        summary.histories().iter().map(|history| (history.frequency(), history.recency(), history.opportunities())).collect::<Vec<_>>()
    };
    // February is 1, March 2, April 3; May has only begun.
    assert_eq!(counts("2024-05-30"), [(2, 3, 3), (0, 0, 3)]);
    assert_eq!(counts("2024-05-31"), [(3, 4, 4), (0, 0, 4)]);
    assert_eq!(counts("2024-01-31"), [(0, 0, 0), (0, 0, 0)]);
}

#[test]
fn weights_are_repetition_and_rows_have_no_order() {
    let table = donations();
    let columns = |scale: usize, reverse: bool| {
        let mut rows: Vec<OpportunityHistory> = Vec::new();
        for (history, &weight) in table.histories().iter().zip(table.weights().unwrap()) {
            rows.extend(std::iter::repeat_n(*history, weight as usize / scale));
        }
        if reverse {
            rows.reverse();
        }
        let column = |f: fn(&OpportunityHistory) -> u32| rows.iter().map(|row| f64::from(f(row))).collect::<Vec<f64>>();
        OpportunitySummary::from_columns(
            None,
            &column(OpportunityHistory::frequency),
            &column(OpportunityHistory::recency),
            &column(OpportunityHistory::opportunities),
        )
        .unwrap()
    };
    let (forwards, backwards) = (BgBb::fit(&columns(1, false)).unwrap(), BgBb::fit(&columns(1, true)).unwrap());
    let weighted = BgBb::fit(&table).unwrap();
    assert_eq!(forwards.model(), weighted.model());
    assert_eq!(forwards.model(), backwards.model());
    assert_eq!(forwards.report().log_likelihood.to_bits(), backwards.report().log_likelihood.to_bits());
}

#[test]
fn distributions_sum_to_one_and_agree_with_their_means() {
    for model in
        [BgBb::new(1.204, 0.75, 0.657, 2.783).unwrap(), BgBb::new(0.3, 4.0, 1.0, 0.2).unwrap(), BgBb::new(1e4, 2e4, 1e-3, 3.0).unwrap()]
    {
        for past in [history(0, 0, 0), history(0, 0, 9), history(3, 4, 9), history(9, 9, 9)] {
            for ahead in [1, 7, 300] {
                let pmf: Vec<f64> = (0..=ahead).map(|k| model.conditional_pmf(&past, k, ahead)).collect();
                assert_close(pmf.iter().sum(), 1.0, 1e-12);
                let mean: f64 = (0..).zip(&pmf).map(|(k, p)| f64::from(k) * p).sum();
                assert_close(model.purchases(&past, 0, ahead), mean, 1e-11);
                assert_close(model.p_active(&past, 0, ahead), 1.0 - pmf[0], 1e-11);
            }
            // Intervals add up, and being alive at n + m is being alive at each step.
            let (first, second) = (model.purchases(&past, 0, 280), model.purchases(&past, 280, 800));
            assert_close(first + second, model.purchases(&past, 0, 800), 1e-12);
        }
        // A new customer is one without opportunities.
        assert_close(model.conditional_pmf(&history(0, 0, 0), 2, 12), model.pmf(2, 12), 1e-14);
        assert_close(model.purchases(&history(0, 0, 0), 0, 12), model.expectation(12), 1e-14);
    }
}

/// At the edge of f64: long histories and wide parameters give finite probabilities.
#[test]
fn extreme_parameters_give_finite_values() {
    for a in [1e-3, 1.0, 1e6] {
        for b in [1e-3, 1e6] {
            let model = BgBb::new(a, b, b, a).unwrap();
            for past in [history(0, 0, 10_000), history(1, 1, 10_000), history(5_000, 9_999, 10_000), history(10_000, 10_000, 10_000)] {
                let probabilities =
                    [model.p_alive(&past), model.p_alive_ahead(&past, 500), model.p_active(&past, 3, 200), model.pmf(40, 10_000)];
                for p in probabilities.into_iter().chain([model.purchase_probability(&past), model.dropout_probability(&past)]) {
                    assert!((0.0..=1.0).contains(&p), "{model:?} {past:?} {p}");
                }
                assert!(model.ln_likelihood(&past) <= 1e-9 && model.purchases(&past, 0, 100_000).is_finite(), "{model:?} {past:?}");
            }
        }
    }
}

fn simulate(parameters: [f64; 4], customers: usize, opportunities: u32, random: &mut Random) -> OpportunitySummary {
    let [alpha, beta, gamma, delta] = parameters;
    let mut columns: [Vec<f64>; 3] = Default::default();
    for _ in 0..customers {
        let (p, theta) = (random.beta(alpha, beta), random.beta(gamma, delta));
        let (mut x, mut t_x) = (0, 0);
        for j in 1..=opportunities {
            if random.uniform() < theta {
                break;
            }
            if random.uniform() < p {
                (x, t_x) = (x + 1, j);
            }
        }
        for (column, value) in columns.iter_mut().zip([x, t_x, opportunities]) {
            column.push(f64::from(value));
        }
    }
    OpportunitySummary::from_columns(None, &columns[0], &columns[1], &columns[2]).unwrap()
}

#[test]
fn parameters_are_recovered() {
    let mut random = Random(20_261_122);
    for parameters in [[1.2, 0.75, 0.66, 2.8], [0.5, 3.0, 2.0, 9.0]] {
        let fitted = BgBb::fit(&simulate(parameters, 100_000, 12, &mut random)).unwrap();
        for (estimate, truth) in fitted.report().estimates.iter().zip(parameters) {
            assert_near(estimate.value, truth, 3.0 * estimate.standard_error.unwrap());
        }
    }
}

/// Over wide ranges every fit converges inside, or says on which ridge or boundary it ended.
#[test]
fn fits_converge_or_say_why() {
    let mut random = Random(7);
    for _ in 0..60 {
        let mut wide = || (0.05_f64.ln() + random.uniform() * (20.0_f64 / 0.05).ln()).exp();
        let parameters = [wide(), wide(), wide(), wide()];
        let n = [3, 6, 12, 40][(random.uniform() * 4.0) as usize];
        let customers = simulate(parameters, 1_000, n, &mut random);
        if customers.histories().iter().all(|history| history.frequency() == 0) {
            continue;
        }
        let fitted = BgBb::fit(&customers).unwrap();
        let warnings = &fitted.report().warnings;
        let named = warnings
            .iter()
            .any(|warning| matches!(warning, FitWarning::Ridge { .. } | FitWarning::Boundary { .. } | FitWarning::TooFewOutcomes { .. }));
        assert!(fitted.report().converged() || named, "{parameters:?} {n}: {}", fitted.report());
        // No worse than the truth.
        let truth = BgBb::new(parameters[0], parameters[1], parameters[2], parameters[3]).unwrap().log_likelihood(&customers);
        assert!(fitted.report().log_likelihood > truth - 1e-6, "{parameters:?} {n}: {} {truth}", fitted.report());
    }
}
