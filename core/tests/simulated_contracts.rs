//! BG/BB customers and contracts drawn from their models: against the models' own probabilities, recovery of parameters, the rules of simulation.

use crm_value::{
    BetaDiscreteWeibull, BgBb, ContractSimulation, CovariateEffect, CovariateProcess, Covariates, ErrorKind, FitReport, Geometric,
    OpportunitySimulation, ShiftedBetaGeometric, SimulateContract, Tenures, WithCovariates,
};

const CUSTOMERS: usize = 20_000;

/// How many standard deviations a share lies from its probability.
fn z(hits: usize, p: f64) -> f64 {
    let n = CUSTOMERS as f64;
    (hits as f64 - n * p) / (n * p * (1.0 - p)).sqrt().max(1.0)
}

fn donors() -> [BgBb; 3] {
    [BgBb::new(1.204, 0.750, 0.657, 2.783).unwrap(), BgBb::new(0.3, 4.0, 0.05, 0.4).unwrap(), BgBb::new(20.0, 9.0, 3.0, 0.5).unwrap()]
}

fn contracts() -> Vec<Box<dyn SimulateContract>> {
    vec![
        Box::new(Geometric::new(0.15).unwrap()),
        Box::new(Geometric::new(0.9).unwrap()),
        Box::new(ShiftedBetaGeometric::new(0.668, 3.806).unwrap()),
        Box::new(ShiftedBetaGeometric::new(0.05, 0.05).unwrap()),
        Box::new(BetaDiscreteWeibull::new(0.26, 1.7, 1.6).unwrap()),
        Box::new(BetaDiscreteWeibull::new(1.5, 6.0, 0.7).unwrap()),
    ]
}

#[test]
fn opportunities_follow_the_model() {
    for model in donors() {
        let simulated = OpportunitySimulation::observed_for(CUSTOMERS, 9).seed(21).holdout(5).run(&model).unwrap();
        let customers = simulated.summary().unwrap();
        for n in [0, 1, 4, 9] {
            let hits = customers.histories().iter().filter(|history| history.frequency() == n).count();
            let z = z(hits, model.pmf(n, 9));
            assert!(z.abs() < 4.0, "{model:?}: P(X(9) = {n}), z = {z}");
        }
        // P(alive) and purchases to come, given what was seen.
        let (p, alive) = (model.probability_alive(&customers), simulated.alive());
        let (mut sum, mut variance) = (0.0, 0.0);
        for (p, alive) in p.iter().zip(alive) {
            sum += f64::from(u8::from(alive)) - p;
            variance += p * (1.0 - p);
        }
        assert!(sum.abs() < 4.0 * variance.sqrt(), "{model:?}: {sum} alive too many");
        let (expected, bought) = (model.expected_purchases(&customers, 5), simulated.holdout_frequency());
        let differences: Vec<f64> = bought.iter().zip(&expected).map(|(&bought, expected)| f64::from(bought) - expected).collect();
        let spread = differences.iter().map(|difference| difference * difference).sum::<f64>().sqrt();
        assert!(differences.iter().sum::<f64>().abs() < 4.0 * spread, "{model:?}: purchases in the holdout");
        for n in [0, 2] {
            let p = model.conditional_purchase_probability(&customers, n, 5);
            let (hits, variance) = bought
                .iter()
                .zip(&p)
                .fold((0.0, 0.0), |(hits, variance), (&bought, p)| (hits + f64::from(u8::from(bought == n)) - p, variance + p * (1.0 - p)));
            assert!(hits.abs() < 4.0 * variance.sqrt(), "{model:?}: P({n} in the holdout)");
        }
    }
}

#[test]
fn contracts_follow_the_model() {
    for model in contracts() {
        let simulated = ContractSimulation::observed_for(CUSTOMERS, 12).seed(22).run(&*model).unwrap();
        for t in [1, 2, 3, 5, 11] {
            let hits = simulated.lifetimes().iter().filter(|leaves| **leaves == Some(t)).count();
            let z_churn = z(hits, model.churn_pmf(t));
            assert!(z_churn.abs() < 4.0, "{model:?}: P(T = {t}), z = {z_churn}");
            let survived = simulated.survivors()[0][t as usize];
            let z_survival = z(survived as usize, model.survival(t));
            assert!(z_survival.abs() < 4.0, "{model:?}: S({t}), z = {z_survival}");
        }
        // Far beyond the observation, too.
        let far = simulated.lifetimes().iter().filter(|leaves| leaves.is_none_or(|leaves| leaves > 1_000)).count();
        assert!(z(far, model.survival(1_000)).abs() < 4.0, "{model:?}: S(1000)");
    }
}

/// Rows, survivor counts and lifetimes tell the same, worked out here one customer at a time.
#[test]
fn rows_and_survivors_are_the_same_customers() {
    let periods: Vec<u32> = (0..3_000).map(|i| [8, 3, 1][i % 3]).collect();
    let model = ShiftedBetaGeometric::new(0.668, 3.806).unwrap();
    let simulated = ContractSimulation::with_periods(&periods).seed(23).run(&model).unwrap();
    let survivors = simulated.survivors();
    assert_eq!(survivors.iter().map(Vec::len).collect::<Vec<_>>(), [1, 3, 8]);
    for (cohort, length) in survivors.iter().zip([1_u32, 3, 8]) {
        for (t, &count) in (0..).zip(cohort) {
            let still = |i: usize| periods[i] == length && simulated.lifetimes()[i].is_none_or(|leaves| leaves > t);
            assert_eq!(count as usize, (0..3_000).filter(|&i| still(i)).count());
        }
    }
    for (i, &observed) in periods.iter().enumerate() {
        let seen = simulated.lifetimes()[i].is_some_and(|leaves| leaves < observed);
        assert_eq!(simulated.churned()[i], seen);
        assert_eq!(simulated.tenure()[i], if seen { simulated.lifetimes()[i].unwrap() } else { observed });
    }
    let cohorts: Vec<&[f64]> = survivors.iter().map(Vec::as_slice).collect();
    assert_eq!(simulated.tenures().unwrap(), Tenures::from_survivors(&cohorts).unwrap());
}

#[test]
fn neither_threads_nor_later_customers_nor_the_horizon_change_a_life() {
    for model in donors() {
        let base = OpportunitySimulation::observed_for(3_000, 6).seed(24).threads(1).run(&model).unwrap();
        let other = OpportunitySimulation::observed_for(4_000, 11).holdout(4).seed(24).threads(7).run(&model).unwrap();
        for i in 0..base.len() {
            let within = other.purchases(i).partition_point(|&opportunity| opportunity <= 6);
            assert_eq!(base.purchases(i), &other.purchases(i)[..within]);
            assert_eq!(base.left(i), other.left(i).filter(|&left| left <= 6));
            assert!(other.left(i).is_none_or(|left| other.purchases(i).iter().all(|&bought| bought < left)));
        }
        let seeded = OpportunitySimulation::observed_for(3_000, 6).seed(25).run(&model).unwrap();
        assert!((0..base.len()).any(|i| base.purchases(i) != seeded.purchases(i)));
    }
    for model in contracts() {
        let base = ContractSimulation::observed_for(3_000, 6).seed(24).threads(1).run(&*model).unwrap();
        let other = ContractSimulation::observed_for(4_000, 60).seed(24).threads(7).run(&*model).unwrap();
        assert_eq!(base.lifetimes(), &other.lifetimes()[..3_000]);
        assert_ne!(base.lifetimes(), ContractSimulation::observed_for(3_000, 6).seed(25).run(&*model).unwrap().lifetimes());
    }
}

#[test]
fn lives_are_consistent_at_extreme_parameters() {
    for a in [1e-300, 1e-6, 1.0, 1e9] {
        for b in [1e-300, 1e-6, 1.0, 1e9] {
            let simulated = OpportunitySimulation::observed_for(200, 9).seed(26).run(&BgBb::new(a, b, b, a).unwrap()).unwrap();
            assert_eq!(simulated.summary().unwrap().len(), 200);
            let models: [Box<dyn SimulateContract>; 3] = [
                Box::new(Geometric::new(a.clamp(1e-12, 1.0 - 1e-12)).unwrap()),
                Box::new(ShiftedBetaGeometric::new(a, b).unwrap()),
                Box::new(BetaDiscreteWeibull::new(a, b, a.clamp(1e-3, 1e3)).unwrap()),
            ];
            for model in models {
                let simulated = ContractSimulation::observed_for(200, 9).seed(26).run(&*model).unwrap();
                assert!(simulated.lifetimes().iter().all(|leaves| leaves.is_none_or(|leaves| leaves > 0)));
                assert_eq!(simulated.survivors()[0][0] as usize, 200);
            }
        }
    }
}

#[track_caller]
fn assert_recovered(report: &FitReport, truth: &[f64]) {
    assert!(report.converged(), "{report}");
    for (estimate, truth) in report.estimates.iter().zip(truth) {
        let z = (estimate.value - truth) / estimate.standard_error.unwrap();
        assert!(z.abs() < 3.0, "{}: {} is not {truth}, z = {z}", estimate.name, estimate.value);
    }
}

/// 100,000 customers each.
#[test]
fn parameters_are_recovered() {
    let n = 100_000;
    let donors = BgBb::new(1.204, 0.750, 0.657, 2.783).unwrap();
    let simulated = OpportunitySimulation::observed_for(n, 12).seed(31).run(&donors).unwrap();
    assert_recovered(BgBb::fit(&simulated.summary().unwrap()).unwrap().report(), &[1.204, 0.750, 0.657, 2.783]);
    let periods: Vec<u32> = (0..n).map(|i| [4, 8, 12, 16][i % 4]).collect();
    let drawn = |model: &dyn SimulateContract, seed| ContractSimulation::with_periods(&periods).seed(seed).run(model).unwrap();
    let tenures = drawn(&Geometric::new(0.15).unwrap(), 32).tenures().unwrap();
    assert_recovered(Geometric::fit(&tenures).unwrap().report(), &[0.15]);
    // From survivor counts of the four cohorts.
    let survivors = drawn(&ShiftedBetaGeometric::new(0.668, 3.806).unwrap(), 33).survivors();
    let cohorts: Vec<&[f64]> = survivors.iter().map(Vec::as_slice).collect();
    assert_recovered(ShiftedBetaGeometric::fit(&Tenures::from_survivors(&cohorts).unwrap()).unwrap().report(), &[0.668, 3.806]);
    let tenures = drawn(&BetaDiscreteWeibull::new(0.26, 1.7, 1.6).unwrap(), 34).tenures().unwrap();
    assert_recovered(BetaDiscreteWeibull::fit(&tenures).unwrap().report(), &[0.26, 1.7, 1.6]);
}

#[test]
fn bad_input_is_refused() {
    let model = ShiftedBetaGeometric::new(0.668, 3.806).unwrap();
    let donors = donors()[0];
    let kind = |simulation: ContractSimulation<'_>| simulation.run(&model).unwrap_err().kind();
    assert_eq!(kind(ContractSimulation::observed_for(0, 5)), ErrorKind::Empty);
    assert_eq!(kind(ContractSimulation::with_periods(&[3, 0])), ErrorKind::NotPositive);
    assert_eq!(kind(ContractSimulation::with_periods(&[3, 1_000_001])), ErrorKind::TooManyPeriods);
    let covariates = Covariates::from_columns(&[("online", &[0.0, 1.0])]).unwrap();
    assert_eq!(kind(ContractSimulation::observed_for(3, 5).covariates(&covariates)), ErrorKind::LengthMismatch);
    let with = WithCovariates::new(model, vec![CovariateEffect::new(CovariateProcess::Alpha, "age", 0.5)]).unwrap();
    let run = |simulation: ContractSimulation<'_>| simulation.run(&with).unwrap_err().kind();
    assert_eq!(run(ContractSimulation::observed_for(2, 5)), ErrorKind::MissingCovariates);
    assert_eq!(run(ContractSimulation::observed_for(2, 5).covariates(&covariates)), ErrorKind::MissingCovariates);
    let kind = |simulation: OpportunitySimulation| simulation.run(&donors).unwrap_err().kind();
    assert_eq!(kind(OpportunitySimulation::observed_for(0, 5)), ErrorKind::Empty);
    assert_eq!(kind(OpportunitySimulation::observed_for(2, 1_000_000).holdout(1)), ErrorKind::TooManyPeriods);
    assert_eq!(kind(OpportunitySimulation::observed_for(4_300, 1_000_000)), ErrorKind::TooLarge);
    // No opportunity at all is a customer nobody has seen again.
    let none = OpportunitySimulation::observed_for(5, 0).run(&donors).unwrap();
    assert!(none.summary().unwrap().histories().iter().all(|history| history.frequency() == 0));
}
