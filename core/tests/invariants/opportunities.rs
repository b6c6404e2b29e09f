//! BG/BB: the same in discrete time, where the histories can be counted.

use crm_value::{BgBb, OpportunityHistory, OpportunitySummary};
use proptest::prelude::*;

use super::{config, positive};
use crate::close::{assert_close, assert_near};

fn models() -> impl Strategy<Value = [f64; 4]> {
    (positive(0.05, 20.0), positive(0.05, 20.0), positive(0.05, 20.0), positive(0.05, 20.0))
        .prop_map(|(alpha, beta, gamma, delta)| [alpha, beta, gamma, delta])
}

fn build([alpha, beta, gamma, delta]: [f64; 4]) -> BgBb {
    BgBb::new(alpha, beta, gamma, delta).unwrap()
}

fn history(x: u32, t_x: u32, n: u32) -> OpportunityHistory {
    OpportunityHistory::new(x, t_x, n).unwrap()
}

/// Up to 200 opportunities, the last purchase at any of them.
fn histories() -> impl Strategy<Value = OpportunityHistory> {
    (0_u32..=200, 0.0..=1.0_f64, 0.0..=1.0_f64).prop_map(|(n, recency, frequency)| {
        let t_x = (recency * f64::from(n)).round() as u32;
        let x = if t_x > 0 { 1 + (frequency * f64::from(t_x - 1)).round() as u32 } else { 0 };
        history(x, t_x, n)
    })
}

/// Every (x, t_x) of n opportunities, with the number of sequences of purchases that have it.
fn all_histories(n: u32) -> Vec<(OpportunityHistory, f64)> {
    let choose = |n: u32, k: u32| (0..k).fold(1.0, |product, i| product * f64::from(n - i) / f64::from(i + 1));
    let of = |t_x: u32| (1..=t_x).map(move |x| (history(x, t_x, n), choose(t_x - 1, x - 1)));
    std::iter::once((history(0, 0, n), 1.0)).chain((1..=n).flat_map(of)).collect()
}

/// DERT or DECT of one customer.
fn discounted(model: &BgBb, history: &OpportunityHistory, d: f64, horizon: Option<u32>) -> f64 {
    let [x, t_x, n] = [history.frequency(), history.recency(), history.opportunities()].map(|count| [f64::from(count)]);
    let customer = OpportunitySummary::from_columns(None, &x, &t_x, &n).unwrap();
    match horizon {
        Some(horizon) => model.dect(&customer, d, horizon).unwrap()[0],
        None => model.dert(&customer, d).unwrap()[0],
    }
}

proptest! {
    #![proptest_config(config(300))]

    /// The probabilities of all histories sum to 1, by count to the pmf, and what is expected after them to what was expected before.
    #[test]
    fn the_histories_add_up(parameters in models(), n in 0_u32..9, m in 1_u32..5) {
        let model = build(parameters);
        let all: Vec<(OpportunityHistory, f64)> =
            all_histories(n).into_iter().map(|(history, sequences)| (history, sequences * model.ln_likelihood(&history).exp())).collect();
        let sum = |f: &dyn Fn(&OpportunityHistory) -> f64| all.iter().map(|(history, p)| p * f(history)).sum::<f64>();
        assert_close(sum(&|_| 1.0), 1.0, 1e-12);
        for x in 0..=n {
            assert_close(sum(&|history| f64::from(u8::from(history.frequency() == x))), model.pmf(x, n), 1e-11);
        }
        let new = history(0, 0, 0);
        assert_close(sum(&|history| model.p_alive(history)), model.p_alive_ahead(&new, n), 1e-12);
        assert_close(sum(&|history| model.p_alive_ahead(history, m)), model.p_alive_ahead(&new, n + m), 1e-12);
        assert_close(sum(&|history| model.purchases(history, 0, m)), model.purchases(&new, n, n + m), 1e-11);
        assert_close(sum(&|history| model.p_active(history, 0, m)), model.p_active(&new, n, n + m), 1e-11);
        assert_close(sum(&|history| model.purchase_probability(history)), model.purchase_probability(&new), 1e-12);
        assert_close(sum(&|history| model.dropout_probability(history)), model.dropout_probability(&new), 1e-12);
    }

    #[test]
    fn probabilities_are_in_range_and_fall_with_time(parameters in models(), past in histories(), m in 1_u32..100) {
        let model = build(parameters);
        prop_assert!(model.ln_likelihood(&past) <= 1e-12);
        let alive = model.p_alive(&past);
        // Who bought at the last opportunity was alive at it; nobody else is sure to have been.
        prop_assert!(alive > 0.0 && alive <= 1.0);
        prop_assert_eq!(past.recency() == past.opportunities(), alive >= 1.0, "{}", alive);
        let silent = history(past.frequency(), past.recency(), past.opportunities() + m);
        prop_assert!(model.p_alive(&silent) < alive);
        assert_close(model.p_alive_ahead(&past, 0), alive, 0.0);
        prop_assert!(model.p_alive_ahead(&past, m) < alive && model.p_alive_ahead(&past, m + 1) < model.p_alive_ahead(&past, m));
        for p in [model.purchase_probability(&past), model.dropout_probability(&past), model.p_active(&past, 0, m), model.p_active(&past, m, m + 3)] {
            prop_assert!(p > 0.0 && p < 1.0, "{p}");
        }
        // The likelihood of the silence is its probability.
        let silence = (model.ln_likelihood(&silent) - model.ln_likelihood(&past)).exp();
        assert_close(silence, model.conditional_pmf(&past, 0, m), 1e-10);
    }

    #[test]
    fn counts_to_come_sum_to_one_and_have_the_expectation_as_mean(parameters in models(), past in histories(), m in 1_u32..100) {
        let model = build(parameters);
        for (pmf, mean) in [
            ((0..=m + 1).map(|k| model.conditional_pmf(&past, k, m)).collect::<Vec<f64>>(), model.purchases(&past, 0, m)),
            ((0..=m + 1).map(|k| model.pmf(k, m)).collect(), model.expectation(m)),
        ] {
            prop_assert!(pmf.iter().all(|p| (0.0..=1.0).contains(p)));
            assert_close(pmf.iter().sum(), 1.0, 1e-12);
            assert_close((0..).zip(&pmf).map(|(k, p)| f64::from(k) * p).sum(), mean, 1e-11);
        }
        assert_near(model.p_active(&past, 0, m), 1.0 - model.conditional_pmf(&past, 0, m), 1e-12);
        // A new customer is one without opportunities.
        let new = history(0, 0, 0);
        assert_close(model.conditional_pmf(&new, 2, m), model.pmf(2, m), 1e-13);
        assert_close(model.purchases(&new, 0, m), model.expectation(m), 1e-13);
    }

    #[test]
    fn expected_purchases_start_at_zero_rise_add_up_and_are_fewer_than_if_nobody_left(parameters in models(), past in histories(), m in 1_u32..500) {
        let model = build(parameters);
        assert_near(model.purchases(&past, 0, 0), 0.0, 0.0);
        assert_near(model.expectation(0), 0.0, 0.0);
        let whole = model.purchases(&past, 0, m);
        let first = m / 2;
        assert_close(model.purchases(&past, 0, first) + model.purchases(&past, first, m), whole, 1e-11);
        prop_assert!(model.purchases(&past, 0, m + 1) >= whole);
        let [alpha, beta, ..] = parameters;
        let (x, n) = (f64::from(past.frequency()), f64::from(past.opportunities()));
        let if_never = (alpha + x) / (alpha + beta + n) * f64::from(m);
        prop_assert!(whole > 0.0 && whole < if_never);
        // γ → 0: nobody leaves, which is the beta-binomial model.
        let undying = build([alpha, beta, 1e-15, parameters[3]]);
        assert_close(undying.purchases(&history(past.opportunities(), past.opportunities(), past.opportunities()), 0, m),
            (alpha + n) / (alpha + beta + n) * f64::from(m), 1e-10);
        assert_close(undying.expectation(m), alpha / (alpha + beta) * f64::from(m), 1e-10);
    }

    #[test]
    fn discounting_meets_its_limits_and_falls_with_the_rate(parameters in models(), past in histories(), d in positive(1e-3, 2.0), m in 1_u32..200) {
        let model = build(parameters);
        let plain = model.purchases(&past, 0, m);
        assert_close(discounted(&model, &past, 0.0, Some(m)), plain, 1e-12);
        let by_hand: f64 = (0..m).map(|j| model.purchases(&past, j, j + 1) * (1.0 + d).powi(-(j as i32) - 1)).sum();
        assert_close(discounted(&model, &past, d, Some(m)), by_hand, 1e-11);
        let endless = discounted(&model, &past, d, None);
        prop_assert!(by_hand <= endless * (1.0 + 1e-11));
        assert_close(discounted(&model, &past, d, Some((40.0 / d.ln_1p()).ceil() as u32)), endless, 1e-11);
        prop_assert!(discounted(&model, &past, 2.0 * d, None) < endless);
        prop_assert!(discounted(&model, &past, 2.0 * d, Some(m)) < by_hand);
    }

    /// p times the density of Beta(α, β) is α / (α + β) times that of Beta(α + 1, β): a posterior mean is a ratio of likelihoods.
    #[test]
    fn posterior_means_are_ratios_of_likelihoods(parameters in models(), past in histories()) {
        let model = build(parameters);
        let [alpha, beta, gamma, delta] = parameters;
        let ln_l = model.ln_likelihood(&past);
        let tolerance = 1e-13 * (10.0 + ln_l.abs());
        let ratio = |other: [f64; 4]| (build(other).ln_likelihood(&past) - ln_l).exp();
        assert_close(model.purchase_probability(&past), alpha / (alpha + beta) * ratio([alpha + 1.0, beta, gamma, delta]), tolerance);
        assert_close(model.dropout_probability(&past), gamma / (gamma + delta) * ratio([alpha, beta, gamma + 1.0, delta]), tolerance);
    }
}
