//! Whatever the parameters, every quantity is a number in its range, and they are ordered as they have to be.

use crm_value::{BgCnbdK, BgNbd, DiscountedPurchases, GgompertzNbd, History, MbgCnbdK, MbgNbd, Nbd, ParetoNbd, TimeUnit};

use crate::simulated::Random;

const WEEK: TimeUnit = TimeUnit::Week;
/// Points of each model.
const POINTS: u32 = 300;

/// What the points are drawn from.
struct Draws(Random);

impl Draws {
    /// Log-uniform between powers of ten.
    fn decades(&mut self, low: f64, high: f64) -> f64 {
        10_f64.powf(low + (high - low) * self.0.uniform())
    }

    /// From 0 on, each of so many alike.
    fn one_of(&mut self, choices: u32) -> u32 {
        (self.0.uniform() * f64::from(choices)) as u32
    }

    fn shape(&mut self) -> f64 {
        self.decades(-3.0, 6.0)
    }

    fn history(&mut self) -> History {
        let age = self.decades(-1.0, 3.0);
        if self.one_of(5) == 0 {
            return History::new(0, 0.0, age).unwrap();
        }
        let part = match self.one_of(3) {
            0 => 1.0,
            1 => self.0.uniform(),
            _ => self.decades(-6.0, 0.0),
        };
        History::new(self.decades(0.0, 3.7) as u32, part * age, age).unwrap()
    }
}

fn stays_in_range(seed: u64, model: impl Fn(&mut Draws, f64) -> Box<dyn DiscountedPurchases>) {
    let mut draws = Draws(Random(seed));
    for point in 0..POINTS {
        let history = draws.history();
        let age = history.age();
        let model = model(&mut draws, age);
        let from = if draws.one_of(3) == 0 { 0.0 } else { age * draws.decades(-6.0, 6.0) };
        let t = age * draws.decades(-6.0, 6.0);
        let delta = draws.decades(-6.0, 1.0) / age;
        let n = draws.decades(0.0, 3.5) as u32 - 1;
        let check = |what: &str, value: f64, highest: f64| {
            let parameters = model.parameters();
            assert!(
                (0.0..=highest).contains(&value),
                "{what} is {value:e} at point {point}: {parameters:?}, {history:?}, from {from:e}, t {t:e}, delta {delta:e}, n {n}"
            );
        };
        let probability = |what, value| check(what, value, 1.0 + 1e-9);
        let number = |what, value| check(what, value, f64::MAX);
        assert!(model.ln_likelihood(&history).is_finite());
        probability("p_alive", model.p_alive(&history));
        probability("p_dead", model.p_dead(&history));
        probability("survival", model.survival_if_alive(&history, t));
        probability("activity", model.activity_if_alive(&history, from, from + t));
        probability("pmf if alive", model.pmf_if_alive(&history, n, t));
        probability("conditional pmf", model.conditional_pmf(&history, n, t));
        probability("pmf", model.pmf(n, t));
        probability("pmf between", model.pmf_between(n, from, from + t));
        number("expectation", model.expectation(t));
        number("purchases", model.purchases_if_alive(&history, 0.0, t));
        number("purchases between", model.purchases_if_alive(&history, from, from + t));
        number("purchase rate", model.purchase_rate(&history));
        number("dropout", model.dropout(&history));
        number("weighted", model.weighted_purchases_if_alive(&history, &[0.5 * t, t], &[1.0, 0.9]));
        let discounted = |delta: f64, horizon| model.discounted_if_alive(&history, delta, horizon);
        let (endless, until) = (discounted(delta, None), discounted(delta, Some(t)));
        let purchases = model.purchases_if_alive(&history, 0.0, t);
        // So much that e^(rate · t) does not overflow.
        let compounded = discounted(-delta.min(5.0 / t), Some(t));
        number("endless", endless);
        // The last digits are not promised.
        let below = |what, low: f64, high: f64| check(what, low, high * (1.0 + 1e-9) + f64::MIN_POSITIVE);
        below("discounted against endless", until, endless);
        below("discounted against purchases", until, purchases);
        below("purchases against compounded", purchases, compounded);
        below("compounded against purchases", compounded, purchases * 150.0);
        below("less time", model.purchases_if_alive(&history, 0.0, 0.5 * t), purchases);
        below("survival against less time", model.survival_if_alive(&history, t), model.survival_if_alive(&history, 0.5 * t));
        below("activity against survival", model.activity_if_alive(&history, from, from + t), model.survival_if_alive(&history, from));
        below(
            "activity against purchases",
            model.activity_if_alive(&history, from, from + t),
            model.purchases_if_alive(&history, from, from + t),
        );
        let whole = model.p_alive(&history) + model.p_dead(&history);
        assert!((whole - 1.0).abs() < 1e-9, "P(alive) + P(dead) is {whole} at point {point}");
    }
}

#[test]
fn nbd() {
    stays_in_range(1, |draws, age| Box::new(Nbd::new(draws.shape(), age * draws.decades(-3.0, 3.0), WEEK).unwrap()));
}

#[test]
fn bg() {
    stays_in_range(2, |draws, age| {
        Box::new(BgNbd::new(draws.shape(), age * draws.decades(-3.0, 3.0), draws.shape(), draws.shape(), WEEK).unwrap())
    });
}

#[test]
fn mbg() {
    stays_in_range(3, |draws, age| {
        Box::new(MbgNbd::new(draws.shape(), age * draws.decades(-3.0, 3.0), draws.shape(), draws.shape(), WEEK).unwrap())
    });
}

#[test]
fn bg_cnbd_k() {
    stays_in_range(4, |draws, age| {
        let k = 1 + draws.one_of(4);
        Box::new(BgCnbdK::new(k, draws.shape(), age * draws.decades(-3.0, 3.0), draws.shape(), draws.shape(), WEEK).unwrap())
    });
}

#[test]
fn mbg_cnbd_k() {
    stays_in_range(5, |draws, age| {
        let k = 1 + draws.one_of(4);
        Box::new(MbgCnbdK::new(k, draws.shape(), age * draws.decades(-3.0, 3.0), draws.shape(), draws.shape(), WEEK).unwrap())
    });
}

#[test]
fn pareto() {
    stays_in_range(6, |draws, age| {
        let scale = age * draws.decades(-3.0, 3.0);
        Box::new(ParetoNbd::new(draws.shape(), scale, draws.shape(), age * draws.decades(-3.0, 3.0), WEEK).unwrap())
    });
}

#[test]
fn ggompertz() {
    stays_in_range(7, |draws, age| {
        let (scale, growth) = (age * draws.decades(-3.0, 3.0), draws.decades(-3.0, 3.0) / age);
        Box::new(GgompertzNbd::new(draws.shape(), scale, growth, draws.shape(), draws.shape(), WEEK).unwrap())
    });
}
