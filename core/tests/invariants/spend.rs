//! Gamma-Gamma.

use crm_value::{GammaGamma, SpendModel};
use proptest::prelude::*;

use super::{config, positive};
use crate::close::{assert_close, assert_near};

/// A model, and a customer: x, z̄.
#[derive(Debug, Clone)]
struct Case {
    model: GammaGamma,
    x: u32,
    mean: f64,
}

fn cases(smallest_q: f64) -> impl Strategy<Value = Case> {
    let x = prop_oneof![1 => Just(0_u32), 3 => 1_u32..=200];
    (positive(0.05, 20.0), positive(smallest_q, 20.0), positive(0.1, 100.0), x, positive(0.1, 1_000.0))
        .prop_map(|(p, q, v, x, mean)| Case { model: GammaGamma::new(p, q, v).unwrap(), x, mean })
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn expected_spend_lies_between_the_population_and_the_customer(case in cases(1.1)) {
        let Case { model, x, mean } = case;
        let population = model.population_mean_spend().unwrap();
        let expected = model.expected_spend_given(x, mean).unwrap();
        if x == 0 {
            assert_close(expected, population, 0.0);
        } else {
            prop_assert!(expected >= population.min(mean) * (1.0 - 1e-12) && expected <= population.max(mean) * (1.0 + 1e-12));
            // The better known, the nearer to what the customer spent.
            let longer = model.expected_spend_given(2 * x, mean).unwrap();
            prop_assert!((longer - mean).abs() <= (expected - mean).abs() * (1.0 + 1e-9) + 1e-12 * mean);
        }
    }

    /// Money in cents instead of units changes the density by a known factor and nothing else.
    #[test]
    fn the_currency_does_not_matter(case in cases(1.1), probability in 0.001..0.999_f64) {
        let Case { model: units, x, mean } = case;
        let cents = GammaGamma::new(units.p(), units.q(), 100.0 * units.v()).unwrap();
        if x > 0 {
            let expected = units.ln_likelihood(x, mean).unwrap() - 100.0_f64.ln();
            assert_near(cents.ln_likelihood(x, 100.0 * mean).unwrap(), expected, 1e-12 * (100.0 + expected.abs()));
        }
        let (spent, amount) = (100.0 * mean, 3.0 * mean);
        assert_close(cents.expected_spend_given(x, spent).unwrap(), 100.0 * units.expected_spend_given(x, mean).unwrap(), 1e-12);
        let quantile = |model: &GammaGamma, mean: f64| model.spend_quantile_given(x, mean, probability).unwrap();
        assert_close(quantile(&cents, spent), 100.0 * quantile(&units, mean), 1e-10);
        let reaches = |model: &GammaGamma, mean: f64, amount: f64| model.spend_reaches(x, mean, 3, amount).unwrap();
        assert_near(reaches(&cents, spent, 100.0 * amount), reaches(&units, mean, amount), 1e-12);
    }

    #[test]
    fn quantiles_invert_the_distribution_and_rise(case in cases(0.05), probability in 0.001..0.999_f64) {
        let Case { model, x, mean } = case;
        let quantile = |probability: f64| model.spend_quantile_given(x, mean, probability).unwrap();
        let cdf = |amount: f64| model.spend_cdf_given(x, mean, amount).unwrap();
        let amount = quantile(probability);
        // Of a distribution with a shape of 0.05 the low quantiles may lie below the smallest f64.
        prop_assume!(amount > 1e-300 && amount < 1e300);
        assert_close(cdf(amount), probability, 1e-10);
        assert_near(model.spend_reaches(x, mean, 1, amount).unwrap(), 1.0 - probability, 1e-10);
        prop_assert!(cdf(1.1 * amount) > probability && cdf(amount / 1.1) < probability);
        prop_assert!(quantile(0.5 * probability) < amount && quantile(0.5 + 0.5 * probability) > amount);
        let of_mean = |probability: f64| model.mean_spend_quantile_given(x, mean, probability).unwrap();
        prop_assert!(of_mean(0.5 * probability) < of_mean(probability) && of_mean(probability) < of_mean(0.5 + 0.5 * probability));
        assert_near(cdf(0.0), 0.0, 0.0);
    }

    /// ∫ Q(u) du over (0, 1) is the mean: of a purchase and of the customer's own mean spend alike.
    #[test]
    fn the_mean_of_the_quantiles_is_the_expected_spend(case in cases(3.0)) {
        let Case { model, x, mean } = case;
        let expected = model.expected_spend_given(x, mean).unwrap();
        let integral = |quantile: &dyn Fn(f64) -> f64| {
            // Over logit u, by the trapezoidal rule.
            let step = 0.25;
            let term = |i: i32| {
                let u = 1.0 / (1.0 + (-step * f64::from(i)).exp());
                let v = 1.0 / (1.0 + (step * f64::from(i)).exp());
                step * u * v * quantile(u)
            };
            (-140..=125).map(term).sum::<f64>()
        };
        assert_close(integral(&|u| model.spend_quantile_given(x, mean, u).unwrap()), expected, 1e-6);
        assert_close(integral(&|u| model.mean_spend_quantile_given(x, mean, u).unwrap()), expected, 1e-6);
        // Both are skewed to the right, and a customer's own mean varies less than single purchases.
        let median = model.mean_spend_quantile_given(x, mean, 0.5).unwrap();
        prop_assert!(median < expected && median > model.mean_spend_quantile_given(x, mean, 0.05).unwrap());
        prop_assert!(model.spend_quantile_given(x, mean, 0.5).unwrap() < expected);
    }

    #[test]
    fn more_purchases_reach_more_and_less_is_reached_sooner(case in cases(0.05), n in 1_u32..50, factor in positive(0.1, 10.0)) {
        let Case { model, x, mean } = case;
        let reaches = |n: u32, amount: f64| model.spend_reaches(x, mean, n, amount).unwrap();
        let amount = factor * f64::from(n) * mean;
        let p = reaches(n, amount);
        prop_assert!((0.0..=1.0).contains(&p));
        prop_assert!(reaches(n + 1, amount) >= p * (1.0 - 1e-12) && reaches(n, 1.1 * amount) <= p * (1.0 + 1e-12));
        assert_close(reaches(n, 0.0), 1.0, 0.0);
    }

    /// The density of one purchase is the same by either door, and the order of purchases does not matter.
    #[test]
    fn single_purchases_and_their_mean_are_one_model(case in cases(0.05), amounts in prop::collection::vec(positive(0.1, 1_000.0), 1..20)) {
        let model = case.model;
        let ln_l = |amounts: &[f64]| model.ln_likelihood_purchases(amounts).unwrap();
        let one = ln_l(&amounts[..1]);
        assert_near(one, model.ln_likelihood(1, amounts[0]).unwrap(), 1e-13 * (10.0 + one.abs()));
        let backwards: Vec<f64> = amounts.iter().rev().copied().collect();
        let all = ln_l(&amounts);
        assert_near(ln_l(&backwards), all, 1e-12 * (10.0 + all.abs()));
        // The next purchase given those before is what the predictive distribution says: its density is the slope of the distribution.
        let mean = amounts.iter().sum::<f64>() / amounts.len() as f64;
        let next = 0.7 * mean;
        let with_next: Vec<f64> = amounts.iter().copied().chain([next]).collect();
        let density = (ln_l(&with_next) - all).exp();
        let x = amounts.len() as u32;
        let cdf = |share: f64| model.spend_cdf_given(x, mean, share * next).unwrap();
        let step = 1e-3;
        let slope = (8.0 * (cdf(1.0 + step) - cdf(1.0 - step)) - (cdf(1.0 + 2.0 * step) - cdf(1.0 - 2.0 * step))) / (12.0 * step * next);
        assert_near(slope * next, density * next, 1e-7);
    }
}
