//! The models of purchases in continuous time.

use crm_value::{BgCnbdK, BgNbd, DiscountedPurchases, GgompertzNbd, History, MbgCnbdK, MbgNbd, Nbd, ParetoNbd, TimeUnit};
use proptest::prelude::*;

use super::{config, positive, total_and_mean};
use crate::close::{assert_close, assert_near};

const WEEK: TimeUnit = TimeUnit::Week;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Nbd,
    Bg,
    Mbg,
    BgK(u32),
    MbgK(u32),
    Pareto,
    Ggompertz,
}

impl Kind {
    const ALL: [Kind; 13] = [
        Kind::Nbd,
        Kind::Bg,
        Kind::Mbg,
        Kind::BgK(1),
        Kind::BgK(2),
        Kind::BgK(3),
        Kind::BgK(4),
        Kind::MbgK(1),
        Kind::MbgK(2),
        Kind::MbgK(3),
        Kind::MbgK(4),
        Kind::Pareto,
        Kind::Ggompertz,
    ];

    /// Stages per purchase.
    fn k(self) -> f64 {
        match self {
            Kind::BgK(k) | Kind::MbgK(k) => f64::from(k),
            _ => 1.0,
        }
    }

    /// Whether customers can only leave after a repeat purchase.
    fn leaves_after_repeat_purchases(self) -> bool {
        matches!(self, Kind::Bg | Kind::BgK(_))
    }
}

/// A model by what the kinds have in common: the shape and scale of the purchase rates, and the same of what makes customers leave.
#[derive(Debug, Clone, Copy)]
struct Spec {
    kind: Kind,
    r: f64,
    alpha: f64,
    /// a or s.
    leave: f64,
    /// b (BG, MBG) or β (GGompertz).
    stay: f64,
    /// β of Pareto.
    beta: f64,
    /// b of GGompertz.
    growth: f64,
}

impl Spec {
    fn build(&self) -> Box<dyn DiscountedPurchases> {
        let Spec { kind, r, alpha, leave, stay, beta, growth } = *self;
        match kind {
            Kind::Nbd => Box::new(Nbd::new(r, alpha, WEEK).unwrap()),
            Kind::Bg => Box::new(BgNbd::new(r, alpha, leave, stay, WEEK).unwrap()),
            Kind::Mbg => Box::new(MbgNbd::new(r, alpha, leave, stay, WEEK).unwrap()),
            Kind::BgK(k) => Box::new(BgCnbdK::new(k, r, alpha, leave, stay, WEEK).unwrap()),
            Kind::MbgK(k) => Box::new(MbgCnbdK::new(k, r, alpha, leave, stay, WEEK).unwrap()),
            Kind::Pareto => Box::new(ParetoNbd::new(r, alpha, leave, beta, WEEK).unwrap()),
            Kind::Ggompertz => Box::new(GgompertzNbd::new(r, alpha, growth, leave, stay, WEEK).unwrap()),
        }
    }

    /// The same customers by another clock.
    fn rescaled(&self, c: f64) -> Spec {
        Spec { alpha: c * self.alpha, beta: c * self.beta, growth: self.growth / c, ..*self }
    }

    /// The same purchases, and (almost) nobody leaves.
    fn undying(&self) -> Spec {
        Spec { leave: 1e-15, ..*self }
    }

    /// The prior mean of what [`PurchaseModel::dropout`] is the posterior mean of.
    fn prior_dropout(&self) -> f64 {
        match self.kind {
            Kind::Nbd => 0.0,
            Kind::Bg | Kind::Mbg | Kind::BgK(_) | Kind::MbgK(_) => self.leave / (self.leave + self.stay),
            Kind::Pareto => self.leave / self.beta,
            Kind::Ggompertz => self.growth * self.leave / self.stay,
        }
    }
}

/// A model, a customer, and a time to look ahead.
#[derive(Debug, Clone, Copy)]
struct Case {
    spec: Spec,
    x: u32,
    t_x: f64,
    t_cal: f64,
    t: f64,
}

impl Case {
    fn history(&self) -> History {
        History::new(self.x, self.t_x, self.t_cal).unwrap()
    }

    /// The case with a time ahead so short that the counts can be added up: purchases in the tens, and a tail that falls.
    fn countable(mut self, history: &History) -> Case {
        let alpha = self.spec.alpha + history.age();
        let mean = (self.spec.r + self.spec.kind.k() * f64::from(history.frequency())) / alpha;
        self.t = self.t.min(60.0 / mean).min(5.0 * alpha);
        self
    }
}

fn cases() -> impl Strategy<Value = Case> {
    let kind = prop::sample::select(Kind::ALL.to_vec());
    let shapes = (positive(0.05, 20.0), positive(0.05, 20.0), positive(0.05, 20.0));
    let scales = (positive(0.02, 20.0), positive(0.02, 20.0), positive(0.01, 10.0));
    let x = prop_oneof![1 => Just(0_u32), 2 => 1_u32..10, 2 => 10_u32..=200];
    let recency = prop_oneof![1 => Just(1.0), 9 => 0.001..0.999_f64];
    (kind, shapes, scales, x, recency, positive(0.1, 500.0), positive(0.01, 5.0)).prop_map(
        |(kind, (r, leave, stay), (alpha, beta, growth), x, recency, t_cal, t)| {
            let spec = Spec { kind, r, alpha: alpha * t_cal, leave, stay, beta: beta * t_cal, growth: growth / t_cal };
            Case { spec, x, t_x: if x > 0 { recency * t_cal } else { 0.0 }, t_cal, t: t * t_cal }
        },
    )
}

fn new_customer() -> History {
    History::new(0, 0.0, 0.0).unwrap()
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn p_alive_is_a_probability_that_falls_with_silence(case in cases(), silence in positive(0.01, 5.0)) {
        let (model, history) = (case.spec.build(), case.history());
        let alive = model.p_alive(&history);
        prop_assert!((0.0..=1.0).contains(&alive), "{alive}");
        let must_live = case.spec.kind == Kind::Nbd || case.spec.kind.leaves_after_repeat_purchases() && case.x == 0;
        // A purchase just now is a sign of life where death does not follow purchases.
        let lives = matches!(case.spec.kind, Kind::Pareto | Kind::Ggompertz) && case.t_x >= case.t_cal;
        prop_assert_eq!(must_live || lives, alive >= 1.0, "{}", alive);
        let later = History::new(case.x, case.t_x, case.t_cal * (1.0 + silence)).unwrap();
        prop_assert!(model.p_alive(&later) <= alive * (1.0 + 1e-13));
        prop_assert!(model.ln_likelihood(&history).is_finite());
    }

    #[test]
    fn survival_of_the_living_falls_from_one(case in cases()) {
        let (model, history) = (case.spec.build(), case.history());
        assert_close(model.survival_if_alive(&history, 0.0), 1.0, 1e-15);
        let mut before = 1.0;
        for step in 1..=8 {
            let now = model.survival_if_alive(&history, 0.25 * f64::from(step) * case.t);
            prop_assert!((0.0..=before * (1.0 + 1e-12)).contains(&now), "{now} after {before}");
            before = now;
        }
    }

    #[test]
    fn expected_purchases_start_at_zero_rise_add_up_and_are_fewer_than_if_nobody_left(case in cases(), share in 0.01..0.99_f64) {
        let (model, history, t) = (case.spec.build(), case.history(), case.t);
        let between = |from: f64, to: f64| model.purchases_if_alive(&history, from, to);
        assert_near(between(0.0, 0.0), 0.0, 0.0);
        assert_near(model.conditional_expectation(&history, 0.0), 0.0, 0.0);
        let whole = between(0.0, t);
        prop_assert!(whole > 0.0);
        let (first, second) = (between(0.0, share * t), between(share * t, t));
        prop_assert!(first >= 0.0 && second >= 0.0);
        assert_close(first + second, whole, 1e-11);
        // A narrow window far out is not the difference of two large numbers.
        let narrow = between(t, t * (1.0 + 1e-5)) + between(t * (1.0 + 1e-5), t * (1.0 + 2e-5));
        assert_close(between(t, t * (1.0 + 2e-5)), narrow, 1e-9);
        let undying = case.spec.undying().build();
        prop_assert!(whole <= undying.purchases_if_alive(&history, 0.0, t) * (1.0 + 1e-12));
        prop_assert!(model.expectation(t) <= undying.expectation(t) * (1.0 + 1e-12));
        if case.spec.kind.k() <= 1.0 {
            let if_never = (case.spec.r + f64::from(case.x)) * t / (case.spec.alpha + case.t_cal);
            assert_close(undying.purchases_if_alive(&history, 0.0, t), if_never, 1e-10);
        }
    }

    #[test]
    fn discounting_meets_its_limits_and_falls_with_the_rate(case in cases(), rate in positive(1e-3, 20.0)) {
        let (model, history, t) = (case.spec.build(), case.history(), case.t);
        let delta = rate / case.t_cal;
        let plain = model.purchases_if_alive(&history, 0.0, t);
        let until = |delta: f64, t: f64| model.discounted_if_alive(&history, delta, Some(t));
        let endless = |delta: f64| model.discounted_if_alive(&history, delta, None);
        assert_close(until(0.0, t), plain, 1e-11);
        assert_near(until(delta, 0.0), 0.0, 0.0);
        let finite = until(delta, t);
        prop_assert!(finite <= plain * (1.0 + 1e-11) && finite >= plain * (-delta * t).exp() * (1.0 - 1e-11), "{finite} of {plain}");
        prop_assert!(until(delta, 2.0 * t) >= finite * (1.0 - 1e-11));
        prop_assert!(until(2.0 * delta, t) <= finite * (1.0 + 1e-11));
        prop_assert!(endless(delta) >= finite * (1.0 - 1e-11));
        prop_assert!(endless(2.0 * delta) <= endless(delta) * (1.0 + 1e-11));
        assert_close(until(delta, 60.0 / delta), endless(delta), 1e-11);
        prop_assert!(until(-0.1 * delta, 0.1 * t) >= model.purchases_if_alive(&history, 0.0, 0.1 * t) * (1.0 - 1e-11));
    }

    #[test]
    fn a_schedule_is_the_sum_of_its_terms(case in cases(), rate in 0.0..0.1_f64) {
        let (model, history) = (case.spec.build(), case.history());
        let times: Vec<f64> = (1..=12).map(|i| f64::from(i) * case.t / 12.0).collect();
        let weights: Vec<f64> = (1..=12).map(|i| (1.0 + rate).powi(-i)).collect();
        let expected: f64 = times.iter().zip(&weights).map(|(&t, weight)| weight * model.purchases_if_alive(&history, 0.0, t)).sum();
        assert_close(model.weighted_purchases_if_alive(&history, &times, &weights), expected, 1e-11);
    }

    #[test]
    fn being_active_is_not_buying_nothing(case in cases(), share in 0.01..0.99_f64) {
        let (model, history, t) = (case.spec.build(), case.history(), case.t);
        let active = |from: f64, to: f64| model.activity_if_alive(&history, from, to);
        assert_near(active(0.0, t), 1.0 - model.pmf_if_alive(&history, 0, t), 1e-12);
        assert_near(active(0.0, 0.0), 0.0, 0.0);
        let (whole, first, second) = (active(0.0, t), active(0.0, share * t), active(share * t, t));
        for part in [whole, first, second] {
            prop_assert!((0.0..=1.0 + 1e-13).contains(&part), "{part}");
        }
        prop_assert!(first <= whole * (1.0 + 1e-12) && second <= whole * (1.0 + 1e-12) && whole <= (first + second) * (1.0 + 1e-12));
        // At least one purchase, and at most as probable as the purchases are many (Markov).
        prop_assert!(second <= model.purchases_if_alive(&history, share * t, t) * (1.0 + 1e-11));
    }

    /// L(x, t_x, T + t) is L(x, t_x, T) times the probability of no purchase in (T, T + t], and L(0, 0, t) is P(X(t) = 0): the likelihood and the
    /// predictions are of one model.
    #[test]
    fn silence_extends_the_likelihood_by_its_probability(case in cases()) {
        let (model, history, t) = (case.spec.build(), case.history(), case.t);
        let later = History::new(case.x, case.t_x, case.t_cal + t).unwrap();
        let (before, after) = (model.ln_likelihood(&history), model.ln_likelihood(&later));
        assert_near((after - before).exp(), model.conditional_pmf(&history, 0, t), 1e-13 * (10.0 + before.abs()));
        let silent = History::new(0, 0.0, t).unwrap();
        assert_close(model.ln_likelihood(&silent).exp(), model.pmf(0, t), 1e-12);
        assert_close(model.ln_pmf(0, t), model.pmf(0, t).ln(), 1e-12);
    }

    /// λ times the density of Gamma(r, α) is r / α times that of Gamma(r + 1, α), so a posterior mean is a ratio of likelihoods; so with p, μ and η.
    #[test]
    fn posterior_means_are_ratios_of_likelihoods(case in cases()) {
        let (spec, history) = (case.spec, case.history());
        let model = spec.build();
        let ln_l = model.ln_likelihood(&history);
        let ratio = |other: Spec| (other.build().ln_likelihood(&history) - ln_l).exp();
        let tolerance = 1e-13 * (10.0 + ln_l.abs());
        let rate = spec.r / spec.alpha * ratio(Spec { r: spec.r + 1.0, ..spec }) / spec.kind.k();
        assert_close(model.purchase_rate(&history), rate, tolerance);
        if spec.kind == Kind::Nbd {
            assert_near(model.dropout(&history), 0.0, 0.0);
        } else {
            let dropout = spec.prior_dropout() * ratio(Spec { leave: spec.leave + 1.0, ..spec });
            assert_close(model.dropout(&history), dropout, tolerance);
        }
    }

    /// Weeks or days: times and their parameters change together, the likelihood by the density's unit, probabilities and counts not at all.
    #[test]
    fn the_unit_of_time_does_not_matter(case in cases(), c in positive(0.01, 100.0), rate in positive(0.01, 5.0)) {
        let (model, history, t) = (case.spec.build(), case.history(), case.t);
        let scaled_model = case.spec.rescaled(c).build();
        let scaled = History::new(case.x, c * case.t_x, c * case.t_cal).unwrap();
        let (x, delta) = (f64::from(case.x), rate / case.t_cal);
        let ln_l = model.ln_likelihood(&history);
        // Without the intervals between purchases the density is that of the stages.
        let near = |actual: f64, expected: f64| assert_near(actual, expected, 1e-13 * (100.0 + ln_l.abs()));
        near(scaled_model.ln_likelihood(&scaled) + case.spec.kind.k() * x * c.ln(), ln_l);
        if case.x > 0 {
            let sum = x * ((case.t_x / x).ln() - 0.3);
            let (known, scaled_known) = (history.with_log_intervals(sum).unwrap(), scaled.with_log_intervals(sum + x * c.ln()).unwrap());
            near(scaled_model.ln_likelihood(&scaled_known) + x * c.ln(), model.ln_likelihood(&known));
        }
        let alive = model.p_alive(&history);
        // Numbers below the normal range of f64 have fewer digits.
        assert_near(scaled_model.p_alive(&scaled), alive, 1e-10 * alive + 1e-300);
        let close = |quantity: &dyn Fn(&dyn DiscountedPurchases, &History, f64) -> f64| {
            assert_close(quantity(&*scaled_model, &scaled, c), quantity(&*model, &history, 1.0), 1e-10);
        };
        close(&|model, history, c| model.survival_if_alive(history, c * t));
        close(&|model, history, c| model.purchases_if_alive(history, 0.5 * c * t, c * t));
        close(&|model, history, c| model.activity_if_alive(history, 0.5 * c * t, c * t));
        close(&|model, history, c| model.pmf_if_alive(history, 2, c * t));
        close(&|model, history, c| model.discounted_if_alive(history, delta / c, Some(c * t)));
        close(&|model, history, c| model.discounted_if_alive(history, delta / c, None));
        close(&|model, _, c| model.expectation(c * t));
        close(&|model, _, c| model.pmf(1, c * t));
        close(&|model, history, c| c * model.purchase_rate(history));
        let per_time = matches!(case.spec.kind, Kind::Pareto | Kind::Ggompertz);
        close(&|model, history, c| model.dropout(history) * if per_time { c } else { 1.0 });
    }

    #[test]
    fn a_new_customer_is_one_without_history(case in cases(), n in 0_u32..5) {
        let (model, new, t) = (case.spec.build(), new_customer(), case.t);
        let coin = matches!(case.spec.kind, Kind::Mbg | Kind::MbgK(_));
        assert_close(model.p_alive(&new), if coin { case.spec.stay / (case.spec.leave + case.spec.stay) } else { 1.0 }, 1e-14);
        assert_near(model.ln_likelihood(&new), 0.0, 1e-14);
        assert_close(model.conditional_expectation(&new, t), model.expectation(t), 1e-12);
        assert_close(model.conditional_pmf(&new, n, t), model.pmf(n, t), 1e-12);
        assert_close(model.purchase_rate(&new), case.spec.r / case.spec.alpha / case.spec.kind.k(), 1e-12);
        assert_close(model.dropout(&new), case.spec.prior_dropout(), 1e-12);
        let later = model.p_alive(&new) * model.purchases_if_alive(&new, t, 2.0 * t);
        assert_close(model.expectation(t) + later, model.expectation(2.0 * t), 1e-12);
        assert_near(model.pmf(0, 0.0), 1.0, 1e-14);
        assert_near(model.pmf(1, 0.0), 0.0, 0.0);
    }

    #[test]
    fn alive_paths_tell_what_the_histories_tell(case in cases(), gap in positive(0.01, 1.0)) {
        let model = case.spec.build();
        let x = case.x.min(5);
        let purchases: Vec<f64> = (1..=x).map(|i| f64::from(i) * gap * case.t_cal).collect();
        let last = purchases.last().copied().unwrap_or(0.0);
        let path = model.alive_path(&purchases, &[0.0, last, last + case.t_cal]).unwrap();
        assert_close(path[0], model.p_alive(&new_customer()), 0.0);
        assert_close(path[2], model.p_alive(&History::new(x, last, last + case.t_cal).unwrap()), 0.0);
    }
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn counts_to_come_sum_to_one_and_have_the_expectation_as_mean(case in cases()) {
        let history = case.history();
        let (model, case) = (case.spec.build(), case.countable(&history));
        let expected = model.purchases_if_alive(&history, 0.0, case.t);
        let (total, mean) = total_and_mean(|n| model.pmf_if_alive(&history, n, case.t), expected);
        assert_close(total, 1.0, 1e-11);
        assert_close(mean, expected, 1e-10);
        let alive = model.p_alive(&history);
        let (total, mean) = total_and_mean(|n| model.conditional_pmf(&history, n, case.t), expected);
        assert_close(total, 1.0, 1e-11);
        // Numbers below the normal range of f64 have fewer digits.
        let expected = model.conditional_expectation(&history, case.t);
        assert_near(mean, expected, 1e-10 * expected + 1e-300);
        prop_assert!(model.conditional_pmf(&history, 0, case.t) >= 1.0 - alive);
    }

    #[test]
    fn counts_of_a_new_customer_sum_to_one_and_have_the_expectation_as_mean(case in cases()) {
        let (model, case) = (case.spec.build(), case.countable(&new_customer()));
        let expected = model.expectation(case.t);
        let (total, mean) = total_and_mean(|n| model.pmf(n, case.t), expected);
        assert_close(total, 1.0, 1e-11);
        assert_close(mean, expected, 1e-10);
    }
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn windows_of_a_new_customers_future_add_up(case in cases(), share in 0.05..0.95_f64) {
        let (model, case) = (case.spec.build(), case.countable(&new_customer()));
        let (from, to) = (share * case.t, case.t);
        let expected = model.p_alive(&new_customer()) * model.purchases_if_alive(&new_customer(), from, to);
        let (total, mean) = total_and_mean(|n| model.pmf_between(n, from, to), expected);
        assert_close(total, 1.0, 1e-11);
        assert_close(mean, expected, 1e-10);
        for n in [0, 1, 3] {
            assert_close(model.pmf_between(n, 0.0, to), model.pmf(n, to), 1e-12);
        }
        assert_near(model.pmf_between(0, from, from), 1.0, 1e-12);
        // More time, less chance of none.
        prop_assert!(model.pmf(0, to) <= model.pmf_between(0, from, to) * (1.0 + 1e-12));
    }
}

/// What two models say of the case.
fn assert_same(model: &dyn DiscountedPurchases, limit: &dyn DiscountedPurchases, case: &Case, rel: f64) {
    let (history, t) = (case.history(), case.t);
    let close = |quantity: &dyn Fn(&dyn DiscountedPurchases) -> f64| assert_close(quantity(model), quantity(limit), rel);
    let ln_l = limit.ln_likelihood(&history);
    assert_near(model.ln_likelihood(&history), ln_l, rel * (1.0 + ln_l.abs()));
    close(&|model| model.p_alive(&history));
    close(&|model| model.survival_if_alive(&history, t));
    close(&|model| model.purchases_if_alive(&history, 0.0, t));
    close(&|model| model.purchases_if_alive(&history, 0.4 * t, t));
    close(&|model| model.activity_if_alive(&history, 0.4 * t, t));
    close(&|model| model.discounted_if_alive(&history, 1.0 / case.t_cal, Some(t)));
    close(&|model| model.discounted_if_alive(&history, 1.0 / case.t_cal, None));
    close(&|model| model.expectation(t));
    close(&|model| model.purchase_rate(&history));
    for n in [0, 1, 4] {
        // Where almost nobody leaves, the few who do show in the tails.
        for (actual, expected) in [
            (model.pmf(n, t), limit.pmf(n, t)),
            (model.pmf_if_alive(&history, n, t), limit.pmf_if_alive(&history, n, t)),
            (model.pmf_between(n, 0.4 * t, t), limit.pmf_between(n, 0.4 * t, t)),
        ] {
            assert_near(actual, expected, rel);
        }
    }
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn without_regularity_they_are_the_models_with_random_purchases(case in cases()) {
        let of = |kind| Spec { kind, ..case.spec }.build();
        assert_same(&*of(Kind::BgK(1)), &*of(Kind::Bg), &case, 1e-10);
        assert_same(&*of(Kind::MbgK(1)), &*of(Kind::Mbg), &case, 1e-10);
    }

    #[test]
    fn if_hardly_anybody_leaves_they_are_the_nbd(case in cases()) {
        let nbd = Spec { kind: Kind::Nbd, ..case.spec }.build();
        for kind in [Kind::Bg, Kind::Mbg, Kind::BgK(1), Kind::MbgK(1), Kind::Pareto, Kind::Ggompertz] {
            let spec = Spec { kind, leave: 1e-14, ..case.spec };
            // A long silence after many purchases is a sign of death all the same.
            if spec.build().p_alive(&case.history()) > 1.0 - 1e-11 {
                assert_same(&*spec.build(), &*nbd, &case, 1e-8);
            }
        }
    }

    #[test]
    fn if_the_risk_hardly_grows_the_gompertz_life_is_the_pareto_life(case in cases()) {
        let pareto = Spec { kind: Kind::Pareto, ..case.spec };
        let growth = 1e-9 / (case.t_cal + case.t);
        let slow = Spec { kind: Kind::Ggompertz, growth, stay: growth * pareto.beta, ..case.spec };
        assert_same(&*slow.build(), &*pareto.build(), &case, 1e-7);
        assert_close(slow.build().dropout(&case.history()), pareto.build().dropout(&case.history()), 1e-7);
    }
}
