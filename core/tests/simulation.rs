//! Simulated customers against the models they were drawn from, and the simulation's own rules.

use crm_value::{
    BgCnbdK, BgNbd, CovariateEffect, CovariateProcess, Covariates, Date, ErrorKind, GammaGamma, GgompertzNbd, MbgCnbdK, MbgNbd, Nbd,
    ParetoNbd, Simulate, SimulatedCustomers, Simulation, Span, SpendModel, TimeUnit, WithCovariates,
};

use crate::close::assert_near;

const WEEK: TimeUnit = TimeUnit::Week;
const CUSTOMERS: usize = 20_000;

fn weeks(length: f64) -> Span {
    Span::new(length, WEEK).unwrap()
}

/// Every purchase model, with ordinary and with extreme shapes.
fn models() -> Vec<Box<dyn Simulate>> {
    vec![
        Box::new(Nbd::new(0.4, 12.0, WEEK).unwrap()),
        Box::new(Nbd::new(0.05, 0.5, WEEK).unwrap()),
        Box::new(BgNbd::new(0.243, 4.414, 0.793, 2.426, WEEK).unwrap()),
        Box::new(BgNbd::new(20.0, 90.0, 0.05, 0.05, WEEK).unwrap()),
        Box::new(BgNbd::new(0.05, 0.2, 20.0, 20.0, WEEK).unwrap()),
        Box::new(MbgNbd::new(0.525, 6.183, 0.891, 1.614, WEEK).unwrap()),
        Box::new(MbgNbd::new(2.0, 4.0, 0.05, 0.4, WEEK).unwrap()),
        Box::new(BgCnbdK::new(3, 0.5, 2.0, 0.8, 2.4, WEEK).unwrap()),
        Box::new(MbgCnbdK::new(2, 1.5, 4.0, 0.9, 1.6, WEEK).unwrap()),
        Box::new(ParetoNbd::new(0.553, 10.578, 0.606, 11.669, WEEK).unwrap()),
        Box::new(ParetoNbd::new(20.0, 60.0, 0.05, 0.5, WEEK).unwrap()),
        Box::new(ParetoNbd::new(0.05, 0.3, 20.0, 400.0, WEEK).unwrap()),
        Box::new(GgompertzNbd::new(0.553, 10.578, 0.05, 0.603, 1.2, WEEK).unwrap()),
        Box::new(GgompertzNbd::new(3.0, 9.0, 0.4, 0.05, 50.0, WEEK).unwrap()),
    ]
}

/// Ages from 4 to 52 weeks, 26 weeks of holdout.
fn simulate(model: &dyn Simulate, seed: u64) -> SimulatedCustomers {
    let ages: Vec<f64> = (0..CUSTOMERS).map(|i| 4.0 + 48.0 * (i % 97) as f64 / 96.0).collect();
    Simulation::with_ages(&ages, WEEK).holdout(weeks(26.0)).seed(seed).run(model).unwrap()
}

/// The sum of independent differences with mean 0, in standard deviations; rounding of an exact fit counts as 0.
fn z(differences: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (sum, variance) = differences.fold((0.0, 0.0), |(sum, total), (difference, variance)| (sum + difference, total + variance));
    if sum.abs() < 1e-6 { 0.0 } else { sum / f64::max(variance, 1e-300).sqrt() }
}

fn label(model: &dyn Simulate) -> String {
    format!("{} {:?}", model.name(), model.parameters())
}

#[test]
fn p_alive_is_the_share_of_the_living_at_every_level() {
    for model in models() {
        let simulated = simulate(&*model, 11);
        let customers = simulated.summary().unwrap();
        let p = model.probability_alive(&customers).unwrap();
        let alive = simulated.alive();
        let difference = |i: usize| (f64::from(u8::from(alive[i])) - p[i], p[i] * (1.0 - p[i]));
        for (low, high) in [(0.0, 1.1), (0.0, 0.1), (0.1, 0.5), (0.5, 0.9), (0.9, 1.1)] {
            let z = z((0..p.len()).filter(|&i| (low..high).contains(&p[i])).map(difference));
            assert!(z.abs() < 4.0, "{}: P(alive) from {low} to {high}, z = {z}", label(&*model));
        }
        let z = z((0..p.len()).filter(|&i| customers.frequency()[i] == 0).map(difference));
        assert!(z.abs() < 4.0, "{}: P(alive) at x = 0, z = {z}", label(&*model));
    }
}

#[test]
fn conditional_expectations_and_probabilities_are_met_in_the_holdout() {
    for model in models() {
        let simulated = simulate(&*model, 12);
        let customers = simulated.summary().unwrap();
        let bought = simulated.holdout_frequency();
        let expected = model.expected_purchases(&customers, weeks(26.0)).unwrap();
        for frequent in [false, true] {
            let those = (0..CUSTOMERS).filter(|&i| (customers.frequency()[i] > 0) == frequent);
            let z = z(those.map(|i| f64::from(bought[i]) - expected[i]).map(|difference| (difference, difference * difference)));
            assert!(z.abs() < 4.0, "{}: purchases in the holdout, x > 0 {frequent}, z = {z}", label(&*model));
        }
        let ahead = model.probability_alive_ahead(&customers, weeks(26.0)).unwrap();
        let still = |i: usize| f64::from(u8::from(simulated.left(i).is_none()));
        let ahead = z((0..CUSTOMERS).map(|i| (still(i) - ahead[i], ahead[i] * (1.0 - ahead[i]))));
        assert!(ahead.abs() < 4.0, "{}: alive after the holdout, z = {ahead}", label(&*model));
        for n in [0, 1, 3] {
            let p = model.conditional_purchase_probability(&customers, n, weeks(26.0)).unwrap();
            let hit = |i: usize| f64::from(u8::from(bought[i] == n));
            let z = z((0..CUSTOMERS).map(|i| (hit(i) - p[i], p[i] * (1.0 - p[i]))));
            assert!(z.abs() < 4.0, "{}: P({n} in the holdout), z = {z}", label(&*model));
        }
    }
}

#[test]
fn new_customers_follow_the_expectation_and_the_pmf() {
    for model in models() {
        let simulated = Simulation::observed_for(CUSTOMERS, weeks(30.0)).seed(13).run(&*model).unwrap();
        let customers = simulated.summary().unwrap();
        let x: Vec<f64> = customers.frequency().iter().map(|&x| x.into()).collect();
        let mean = model.expectation(30.0);
        let z_mean = z(x.iter().map(|x| (x - mean, (x - mean).powi(2))));
        assert!(z_mean.abs() < 4.0, "{}: E[X(30)] = {mean}, z = {z_mean}", label(&*model));
        for n in [0, 1, 2, 5, 10] {
            let p = model.pmf(n, 30.0);
            let z = z(customers.frequency().iter().map(|&x| (f64::from(u8::from(x == n)) - p, p * (1.0 - p))));
            assert!(z.abs() < 4.0, "{}: P(X(30) = {n}) = {p}, z = {z}", label(&*model));
        }
    }
}

#[test]
fn amounts_follow_the_spend_model() {
    let (purchases, spend) = (Nbd::new(2.0, 10.0, WEEK).unwrap(), GammaGamma::new(6.25, 3.74, 15.44).unwrap());
    let simulated = Simulation::observed_for(CUSTOMERS, weeks(30.0)).holdout(weeks(30.0)).seed(14).spend(&spend).run(&purchases).unwrap();
    let mean = spend.population_mean_spend().unwrap();
    let first = z((0..CUSTOMERS).map(|i| simulated.amounts(i)[0] - mean).map(|difference| (difference, difference * difference)));
    assert!(first.abs() < 4.0, "population mean, z = {first}");
    let customers = simulated.summary().unwrap();
    let expected = spend.expected_spend(&customers).unwrap();
    let (bought, spent) = (simulated.holdout_frequency(), simulated.holdout_spend().unwrap());
    let difference = |i: usize| spent[i] - f64::from(bought[i]) * expected[i];
    let conditional = z((0..CUSTOMERS).map(difference).map(|difference| (difference, difference * difference)));
    assert!(conditional.abs() < 4.0, "conditional mean, z = {conditional}");
    for i in 0..50 {
        let total: f64 = simulated.amounts(i)[..=customers.frequency()[i] as usize].iter().sum();
        assert_near(customers.total_spend().unwrap()[i], total, 1e-9 * total);
    }
}

#[test]
fn neither_threads_nor_later_customers_nor_the_horizon_nor_amounts_change_a_life() {
    let spend = GammaGamma::new(6.25, 3.74, 15.44).unwrap();
    for model in models() {
        let run = |customers, age, threads| Simulation::observed_for(customers, weeks(age)).seed(15).threads(threads);
        let base = run(3_000, 20.0, 1).run(&*model).unwrap();
        let other = run(4_000, 20.0, 7).spend(&spend).run(&*model).unwrap();
        let longer = run(3_000, 40.0, 3).run(&*model).unwrap();
        for i in 0..base.len() {
            assert_eq!(base.purchases(i), other.purchases(i));
            assert_eq!(base.left(i), other.left(i));
            let within = longer.purchases(i).partition_point(|&time| time <= 20.0);
            assert_eq!(base.purchases(i), &longer.purchases(i)[..within]);
            assert_eq!(base.left(i), longer.left(i).filter(|&left| left <= 20.0));
        }
        let seeded = Simulation::observed_for(3_000, weeks(20.0)).seed(16).run(&*model).unwrap();
        assert!((0..base.len()).any(|i| base.purchases(i) != seeded.purchases(i)));
    }
}

#[test]
fn lives_are_consistent_at_extreme_parameters() {
    for shape in [1e-300, 1e-6, 0.05, 1.0, 20.0, 1e9] {
        for scale in [1e-9_f64, 1.0, 1e9] {
            let models: [Box<dyn Simulate>; 5] = [
                Box::new(Nbd::new(shape, shape * scale.max(1.0), WEEK).unwrap()),
                Box::new(BgNbd::new(shape, shape * scale.max(1.0), shape, shape, WEEK).unwrap()),
                Box::new(MbgNbd::new(shape, shape * scale.max(1.0), shape, scale, WEEK).unwrap()),
                Box::new(ParetoNbd::new(shape, shape * scale.max(1.0), shape, scale, WEEK).unwrap()),
                Box::new(GgompertzNbd::new(shape, shape * scale.max(1.0), scale, shape.min(20.0), scale, WEEK).unwrap()),
            ];
            for model in models {
                let simulated = Simulation::observed_for(200, weeks(10.0)).seed(17).run(&*model).unwrap();
                for i in 0..simulated.len() {
                    let times = simulated.purchases(i);
                    assert!(times.iter().all(|&time| time > 0.0 && time <= 10.0), "{}", label(&*model));
                    assert!(times.windows(2).all(|pair| pair[0] <= pair[1]));
                    let left = simulated.left(i);
                    assert!(left.is_none_or(|left| left >= times.last().copied().unwrap_or(0.0) && left <= 10.0), "{}", label(&*model));
                }
                assert_eq!(simulated.summary().unwrap().len(), 200);
            }
        }
    }
}

#[test]
fn a_log_differs_from_the_exact_summary_by_whole_days_only() {
    let day = |days| Date::from_days(days).unwrap();
    let spend = GammaGamma::new(6.25, 3.74, 15.44).unwrap();
    for model in models() {
        let simulated = Simulation::acquired(3_000, day(18_000), day(18_089), day(18_269))
            .holdout(Span::new(90.0, TimeUnit::Day).unwrap())
            .seed(18)
            .spend(&spend)
            .run(&*model)
            .unwrap();
        let first = simulated.first_days().unwrap();
        assert!(first.iter().all(|day| (18_000..=18_089).contains(day)));
        let later = first.iter().filter(|&&day| day >= 18_045).count();
        assert!((1_390..1_610).contains(&later), "{later} of 3000 enter in the second half");
        let exact = simulated.summary().unwrap();
        let split = simulated.log().unwrap().summarize().observed_until(day(18_269)).with_holdout(day(18_359)).unwrap();
        let daily = &split.calibration;
        assert_eq!(daily.len(), 3_000);
        assert_eq!(daily.age(), exact.age());
        let (all, dated) = (simulated.all_purchases(), simulated.transactions().unwrap());
        assert!(all.ids == dated.ids && all.amounts == dated.amounts);
        for ((time, &id), &day) in all.times.iter().zip(&all.ids).zip(&dated.days) {
            let passed = f64::from(day - first[id as usize]) - 7.0 * time;
            assert!((-1e-9..1.0).contains(&passed), "{}: {passed} days late", label(&*model));
        }
        let held = simulated.holdout_frequency();
        for (i, &held) in held.iter().enumerate() {
            // Each purchase counts from the start of its day, (0, 1] day being the first one after entry.
            let days = |times: &[f64]| {
                let mut days: Vec<u32> = times.iter().map(|time| (time * 7.0 * (1.0 - 1e-15)).ceil() as u32).collect();
                days.dedup();
                days.len() as u32
            };
            let (seen, later) = simulated.purchases(i).split_at(exact.frequency()[i] as usize);
            assert_eq!(daily.frequency()[i], days(seen));
            assert_eq!(split.holdout_frequency[i], days(later));
            assert_eq!(later.len() as u32, held);
            let gap = 7.0 * (daily.recency()[i] - exact.recency()[i]);
            assert!((-1e-9..1.0).contains(&gap), "{}: recency off by {gap} days", label(&*model));
            let (spent, total) = (daily.total_spend().unwrap()[i], exact.total_spend().unwrap()[i]);
            assert_near(spent, total, 1e-9 * total);
        }
    }
}

/// Two kinds of customers of one model with covariates: each kind lives as in its own model, to the bit.
#[test]
fn covariates_give_each_customer_a_model() {
    let n = 2_000;
    let online: Vec<f64> = (0..n).map(|i| f64::from(i % 2)).collect();
    let covariates = Covariates::from_columns(&[("online", &online)]).unwrap();
    let effects = || {
        vec![
            CovariateEffect::new(CovariateProcess::Purchase, "online", 0.8),
            CovariateEffect::new(CovariateProcess::Dropout, "online", -0.5),
        ]
    };
    let baseline = ParetoNbd::new(0.553, 10.578, 0.606, 11.669, WEEK).unwrap();
    let online_alone = ParetoNbd::new(0.553, 10.578 * (-0.8_f64).exp(), 0.606, 11.669 * 0.5_f64.exp(), WEEK).unwrap();
    let model = WithCovariates::new(baseline, effects()).unwrap();
    let simulation = || Simulation::observed_for(n as usize, weeks(52.0)).seed(19);
    let simulated = simulation().covariates(&covariates).run(&model).unwrap();
    let (offline, with) = (simulation().run(&baseline).unwrap(), simulation().run(&online_alone).unwrap());
    for i in 0..n as usize {
        assert_eq!(simulated.purchases(i), if i % 2 == 0 { &offline } else { &with }.purchases(i));
    }
    // The summary brings the covariates along, and other models may have been given some without minding.
    assert_eq!(simulated.summary().unwrap().covariates(), Some(&covariates));
    let carried = simulation().covariates(&covariates).run(&baseline).unwrap();
    assert_eq!(carried.purchases(7), offline.purchases(7));
    let kind = |simulation: Simulation<'_>| simulation.run(&model).unwrap_err().kind();
    assert_eq!(kind(simulation()), ErrorKind::MissingCovariates);
    let other = Covariates::from_columns(&[("age", &online)]).unwrap();
    assert_eq!(kind(simulation().covariates(&other)), ErrorKind::MissingCovariates);
    let short = Covariates::from_columns(&[("online", &online[1..])]).unwrap();
    assert_eq!(kind(simulation().covariates(&short)), ErrorKind::LengthMismatch);
}

#[test]
fn bad_input_is_refused() {
    let model = BgNbd::new(0.243, 4.414, 0.793, 2.426, WEEK).unwrap();
    let day = |days| Date::from_days(days).unwrap();
    let kind = |simulation: Simulation<'_>| simulation.run(&model).unwrap_err().kind();
    assert_eq!(kind(Simulation::observed_for(0, weeks(1.0))), ErrorKind::Empty);
    assert_eq!(kind(Simulation::with_ages(&[], WEEK)), ErrorKind::Empty);
    assert_eq!(kind(Simulation::with_ages(&[1.0, f64::NAN], WEEK)), ErrorKind::NonFinite);
    assert_eq!(kind(Simulation::with_ages(&[1.0, -1.0], WEEK)), ErrorKind::Negative);
    assert_eq!(kind(Simulation::with_ages(&[1.0], TimeUnit::Day)), ErrorKind::UnitMismatch);
    assert_eq!(kind(Simulation::acquired(9, day(5), day(4), day(9))), ErrorKind::InvalidOption);
    assert_eq!(kind(Simulation::acquired(9, day(4), day(5), day(4))), ErrorKind::EndBeforeFirstPurchase);
    assert_eq!(kind(Simulation::acquired(0, day(4), day(5), day(6))), ErrorKind::Empty);
    let busy = Nbd::new(1e9, 1.0, WEEK).unwrap();
    assert_eq!(Simulation::observed_for(1_000, weeks(1.0)).run(&busy).unwrap_err().kind(), ErrorKind::TooLarge);
    let undated = Simulation::observed_for(9, weeks(1.0)).run(&model).unwrap();
    assert_eq!(undated.transactions().unwrap_err().kind(), ErrorKind::InvalidOption);
    assert_eq!(undated.log().unwrap_err().kind(), ErrorKind::InvalidOption);
    let late = day(2_932_896);
    let past = Simulation::acquired(99, late, late, late).holdout(weeks(500.0)).run(&model).unwrap();
    assert_eq!(past.log().unwrap_err().kind(), ErrorKind::DateOutOfRange);
}

#[test]
fn a_customer_observed_for_no_time_has_no_repeat_purchases() {
    let model = MbgNbd::new(0.525, 6.183, 0.891, 1.614, WEEK).unwrap();
    let simulated = Simulation::with_ages(&[0.0; 50], WEEK).run(&model).unwrap();
    assert_eq!(simulated.summary().unwrap().repeat_purchases(), 0);
    assert!(simulated.holdout_frequency().iter().all(|&x| x == 0));
}
