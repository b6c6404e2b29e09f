//! What must hold whatever the numbers: property tests over wide parameter ranges.

use crm_value::{BgNbd, DiscountedPurchases, GammaGamma, History, Nbd, PurchaseModel, SpendModel, TimeUnit};
use proptest::prelude::*;

use crate::close::{assert_close, assert_near};

/// Log-uniform over several decades.
fn positive(low: f64, high: f64) -> impl Strategy<Value = f64> {
    (low.ln()..high.ln()).prop_map(f64::exp)
}

fn bg_nbd() -> impl Strategy<Value = BgNbd> {
    (positive(0.05, 20.0), positive(0.1, 100.0), positive(0.05, 20.0), positive(0.05, 20.0))
        .prop_map(|(r, alpha, a, b)| BgNbd::new(r, alpha, a, b, TimeUnit::Week).unwrap())
}

fn history() -> impl Strategy<Value = History> {
    (0u32..200, 0.001..1.0_f64, positive(0.1, 500.0)).prop_map(|(x, share, age)| {
        let recency = if x > 0 { share * age } else { 0.0 };
        History::new(x, recency, age).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn probabilities_and_expectations_are_in_range(model in bg_nbd(), history in history(), t in positive(0.01, 1_000.0)) {
        let alive = model.p_alive(&history);
        prop_assert!((0.0..=1.0).contains(&alive));
        if history.frequency() == 0 {
            assert_close(alive, 1.0, 0.0);
        }
        let later = model.survival_if_alive(&history, t);
        prop_assert!((0.0..=1.0 + 1e-12).contains(&later), "{later}");
        prop_assert!(model.survival_if_alive(&history, 2.0 * t) <= later * (1.0 + 1e-12));
        let purchases = model.purchases_if_alive(&history, 0.0, t);
        // Nobody buys more than if nobody ever left.
        let undying = (model.r() + f64::from(history.frequency())) * t / (model.alpha() + history.age());
        prop_assert!(purchases > 0.0 && purchases <= undying * (1.0 + 1e-12));
        prop_assert!(model.purchases_if_alive(&history, 0.0, 2.0 * t) >= purchases * (1.0 - 1e-12));
        assert_near(model.purchases_if_alive(&history, 0.0, 0.0), 0.0, 0.0);
        prop_assert!(model.ln_likelihood(&history).is_finite());
    }

    #[test]
    fn intervals_add_up(model in bg_nbd(), history in history(), t in positive(0.01, 500.0), share in 0.01..0.99_f64) {
        let whole = model.purchases_if_alive(&history, 0.0, t);
        let (first, second) = (model.purchases_if_alive(&history, 0.0, share * t), model.purchases_if_alive(&history, share * t, t));
        assert_close(first + second, whole, 1e-10);
    }

    #[test]
    fn discounting_is_bounded_and_meets_its_limits(model in bg_nbd(), history in history(), t in positive(0.1, 300.0), delta in positive(1e-4, 0.5)) {
        let plain = model.purchases_if_alive(&history, 0.0, t);
        assert_close(model.discounted_if_alive(&history, 0.0, Some(t)), plain, 1e-10);
        let finite = model.discounted_if_alive(&history, delta, Some(t));
        prop_assert!(finite <= plain * (1.0 + 1e-10) && finite >= plain * (-delta * t).exp() * (1.0 - 1e-10), "{finite} {plain}");
        let endless = model.discounted_if_alive(&history, delta, None);
        prop_assert!(endless >= finite * (1.0 - 1e-10));
        assert_close(model.discounted_if_alive(&history, delta, Some(60.0 / delta)), endless, 1e-10);
    }

    #[test]
    fn a_schedule_is_the_sum_of_its_terms(model in bg_nbd(), history in history(), step in positive(0.1, 20.0), rate in 0.0..0.1_f64) {
        let times: Vec<f64> = (1..=24).map(|i| f64::from(i) * step).collect();
        let weights: Vec<f64> = (1..=24).map(|i| (1.0 + rate).powi(-i)).collect();
        let expected: f64 = times.iter().zip(&weights).map(|(&t, weight)| weight * model.purchases_if_alive(&history, 0.0, t)).sum();
        assert_close(model.weighted_purchases_if_alive(&history, &times, &weights), expected, 1e-11);
    }

    #[test]
    fn pmf_sums_to_one_and_has_the_expectation_as_mean(model in bg_nbd(), t in positive(0.1, 20.0)) {
        let mean = model.r() * t / model.alpha();
        prop_assume!(mean < 20.0 && t / model.alpha() < 20.0);
        let (mut total, mut first_moment) = (0.0, 0.0);
        for n in 0..20_000 {
            let p = model.pmf(n, t);
            prop_assert!((0.0..=1.0).contains(&p));
            total += p;
            first_moment += f64::from(n) * p;
            if n > 50 && p < 1e-18 {
                break;
            }
        }
        assert_near(total, 1.0, 1e-10);
        assert_close(first_moment, model.expectation(t), 1e-9);
    }

    /// A new customer is one with x = 0 and T = 0.
    #[test]
    fn the_expectation_is_that_of_an_empty_history(model in bg_nbd(), t in positive(0.1, 500.0)) {
        let new = History::new(0, 0.0, 0.0).unwrap();
        assert_close(model.conditional_expectation(&new, t), model.expectation(t), 1e-13);
    }

    #[test]
    fn rescaling_time_shifts_the_log_likelihood(model in bg_nbd(), history in history(), scale in positive(0.01, 100.0)) {
        let scaled_model = BgNbd::new(model.r(), scale * model.alpha(), model.a(), model.b(), TimeUnit::Day).unwrap();
        let scaled = History::new(history.frequency(), scale * history.recency(), (scale * history.age()).max(scale * history.recency())).unwrap();
        let shift = f64::from(history.frequency()) * scale.ln();
        let expected = model.ln_likelihood(&history) - shift;
        assert_near(scaled_model.ln_likelihood(&scaled), expected, 1e-10 * (1.0 + expected.abs() + shift.abs()));
        assert_near(scaled_model.p_alive(&scaled), model.p_alive(&history), 1e-10);
    }

    /// As a → 0 nobody drops out and BG/NBD becomes NBD.
    #[test]
    fn without_dropout_it_is_the_nbd(r in positive(0.1, 10.0), alpha in positive(1.0, 50.0), history in history(), t in positive(0.1, 50.0)) {
        let (bg, nbd) = (BgNbd::new(r, alpha, 1e-13, 1.0, TimeUnit::Week).unwrap(), Nbd::new(r, alpha, TimeUnit::Week).unwrap());
        assert_close(bg.purchases_if_alive(&history, 0.0, t), nbd.purchases_if_alive(&history, 0.0, t), 1e-9);
        // The few who drop out, 1e-13 of all, show in the tail.
        assert_near(bg.pmf(3, t), nbd.pmf(3, t), 1e-12);
    }

    #[test]
    fn expected_spend_lies_between_the_population_and_the_customer(
        p in positive(0.5, 20.0), q in positive(1.1, 20.0), v in positive(0.1, 100.0), x in 1u32..50, mean in positive(0.1, 1_000.0)
    ) {
        let model = GammaGamma::new(p, q, v).unwrap();
        let population = model.population_mean_spend().unwrap();
        let expected = model.expected_spend_given(x, mean).unwrap();
        prop_assert!(expected >= population.min(mean) * (1.0 - 1e-12) && expected <= population.max(mean) * (1.0 + 1e-12));
    }

    /// Money in cents instead of units changes the density by a known factor and nothing else.
    #[test]
    fn spend_rescales_with_its_currency(p in positive(0.5, 20.0), q in positive(1.1, 20.0), v in positive(0.1, 100.0), x in 1u32..50, mean in positive(0.1, 1_000.0)) {
        let (units, cents) = (GammaGamma::new(p, q, v).unwrap(), GammaGamma::new(p, q, 100.0 * v).unwrap());
        let expected = units.ln_likelihood(x, mean).unwrap() - 100.0_f64.ln();
        assert_near(cents.ln_likelihood(x, 100.0 * mean).unwrap(), expected, 1e-9 * (1.0 + expected.abs()));
        assert_close(cents.expected_spend_given(x, 100.0 * mean).unwrap(), 100.0 * units.expected_spend_given(x, mean).unwrap(), 1e-12);
    }
}

/// λ times the density of Gamma(r, α) is r / α times that of Gamma(r + 1, α), so a posterior mean is a ratio of likelihoods; so with p and a.
#[test]
fn posterior_means_of_regular_purchases_are_ratios_of_likelihoods() {
    use crm_value::{BgCnbdK, MbgCnbdK};
    let (r, alpha, a, b) = (0.8, 6.0, 0.9, 2.1);
    for (x, t_x, t_cal) in [(0, 0.0, 30.0), (3, 17.0, 30.0), (12, 29.0, 30.0)] {
        let history = History::new(x, t_x, t_cal).unwrap();
        for k in [1, 2, 3] {
            let bg = |r, a| BgCnbdK::new(k, r, alpha, a, b, TimeUnit::Week).unwrap();
            let mbg = |r, a| MbgCnbdK::new(k, r, alpha, a, b, TimeUnit::Week).unwrap();
            let at = |model: &dyn PurchaseModel| model.ln_likelihood(&history);
            let stages = f64::from(k);
            assert_close(bg(r, a).purchase_rate(&history), r / alpha * (at(&bg(r + 1.0, a)) - at(&bg(r, a))).exp() / stages, 1e-12);
            assert_close(mbg(r, a).purchase_rate(&history), r / alpha * (at(&mbg(r + 1.0, a)) - at(&mbg(r, a))).exp() / stages, 1e-12);
            assert_close(bg(r, a).dropout(&history), a / (a + b) * (at(&bg(r, a + 1.0)) - at(&bg(r, a))).exp(), 1e-12);
            assert_close(mbg(r, a).dropout(&history), a / (a + b) * (at(&mbg(r, a + 1.0)) - at(&mbg(r, a))).exp(), 1e-12);
        }
    }
}

/// The probabilities of the counts in a window add up to 1, and their mean is the difference of two expectations.
#[test]
fn windows_of_a_new_customers_future_add_up() {
    use crm_value::{BgCnbdK, MbgCnbdK};
    let models: [Box<dyn PurchaseModel>; 7] = [
        Box::new(BgNbd::new(0.8, 6.0, 0.9, 2.1, TimeUnit::Week).unwrap()),
        Box::new(crm_value::MbgNbd::new(0.8, 6.0, 0.9, 2.1, TimeUnit::Week).unwrap()),
        Box::new(crm_value::ParetoNbd::new(0.8, 6.0, 1.0, 9.0, TimeUnit::Week).unwrap()),
        Box::new(crm_value::GgompertzNbd::new(0.8, 6.0, 0.05, 1.2, 0.7, TimeUnit::Week).unwrap()),
        Box::new(crm_value::Nbd::new(0.8, 6.0, TimeUnit::Week).unwrap()),
        Box::new(BgCnbdK::new(3, 0.8, 2.0, 0.9, 2.1, TimeUnit::Week).unwrap()),
        Box::new(MbgCnbdK::new(2, 0.8, 3.0, 0.9, 2.1, TimeUnit::Week).unwrap()),
    ];
    for model in &models {
        for (from, to) in [(0.0, 13.0), (13.0, 26.0), (5.0, 6.0)] {
            let of = |n: u32| model.pmf_between(n, from, to);
            let (total, mean) = (0..400).fold((0.0, 0.0), |(total, mean), n| (total + of(n), mean + f64::from(n) * of(n)));
            assert_close(total, 1.0, 1e-10);
            assert_close(mean, model.expectation(to) - model.expectation(from), 1e-9);
        }
        assert_close(model.pmf_between(2, 0.0, 13.0), model.pmf(2, 13.0), 1e-12);
    }
}
