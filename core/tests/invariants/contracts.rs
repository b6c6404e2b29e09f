//! The contractual models.

use crm_value::{BetaDiscreteWeibull, Geometric, RetentionModel, ShiftedBetaGeometric};
use proptest::prelude::*;

use super::{config, positive};
use crate::close::{assert_close, assert_near};

fn sbg(alpha: f64, beta: f64) -> ShiftedBetaGeometric {
    ShiftedBetaGeometric::new(alpha, beta).unwrap()
}

fn bdw(alpha: f64, beta: f64, c: f64) -> BetaDiscreteWeibull {
    BetaDiscreteWeibull::new(alpha, beta, c).unwrap()
}

fn models() -> impl Strategy<Value = Box<dyn RetentionModel>> {
    let parameters = (0_u8..3, 0.001..0.999_f64, positive(0.05, 20.0), positive(0.05, 20.0), positive(0.2, 4.0));
    parameters.prop_map(|(kind, theta, alpha, beta, c)| -> Box<dyn RetentionModel> {
        match kind {
            0 => Box::new(Geometric::new(theta).unwrap()),
            1 => Box::new(sbg(alpha, beta)),
            _ => Box::new(bdw(alpha, beta, c)),
        }
    })
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn survival_falls_from_one_and_is_what_the_churned_leave(model in models(), n in 0_u32..50, horizon in 1_u32..300) {
        assert_close(model.survival(0), 1.0, 0.0);
        assert_close(model.retention_rate(0), 1.0, 0.0);
        assert_near(model.churn_pmf(0), 0.0, 0.0);
        let (mut before, mut left) = (1.0, 0.0);
        for t in 1..=horizon {
            let (survival, rate, churned) = (model.survival(t), model.retention_rate(t), model.churn_pmf(t));
            prop_assert!((0.0..=before).contains(&survival), "S({t}) = {survival} after {before}");
            prop_assert!((0.0..=1.0).contains(&rate) && (0.0..=1.0).contains(&churned));
            if before > 1e-290 {
                assert_close(before * rate, survival, 1e-10);
            }
            assert_near(model.churn_given(t - 1), 1.0 - rate, 1e-13);
            left += churned;
            assert_near(left + survival, 1.0, 1e-12);
            before = survival;
        }
        let (made, more) = (model.survival(n), model.survival_given(n, horizon));
        if made > 1e-290 {
            assert_close(made * more, model.survival(n + horizon), 1e-10);
        }
    }

    #[test]
    fn discounted_lifetimes_are_sums(model in models(), n in 0_u32..50, d in positive(1e-3, 2.0), horizon in 1_u32..300) {
        let sum = |d: f64, horizon: u32| (1..=horizon).map(|t| model.survival_given(n, t) * (1.0 + d).powi(-(t as i32))).sum::<f64>();
        let until = |d: f64, horizon: u32| model.discounted_renewals(n, d, horizon).unwrap();
        assert_close(until(d, horizon), sum(d, horizon), 1e-11);
        assert_close(model.expected_renewals(n, horizon), sum(0.0, horizon), 1e-11);
        assert_close(until(-0.01, horizon), sum(-0.01, horizon), 1e-11);
        let derl = model.discounted_expected_residual_lifetime(d, n).unwrap();
        let far = (40.0 / d.ln_1p()).ceil() as u32;
        assert_close((1.0 + d) * until(d, far), derl, 1e-11);
        if far < 2_000 {
            assert_close((1.0 + d) * sum(d, far), derl, 1e-11);
        }
        let later = model.discounted_expected_residual_lifetime(2.0 * d, n).unwrap();
        prop_assert!(later <= derl && derl <= (1.0 + d) * model.survival_given(n, 1) * (1.0 + 1.0 / d) * (1.0 + 1e-12));
        // DEL = 1 + DERL of the new / (1 + d).
        let new = model.discounted_expected_residual_lifetime(d, 0).unwrap();
        assert_close(model.discounted_expected_lifetime(d).unwrap(), 1.0 + new / (1.0 + d), 1e-13);
    }

    /// A long sum, and at most what the heaviest tail adds; there is no mean where the survival falls as 1 / t or slower.
    #[test]
    fn expected_tenure_is_the_sum_of_survival(alpha in positive(2.5, 20.0), beta in positive(0.05, 20.0), c in positive(1.0, 4.0), n in 0_u32..20) {
        let models: [Box<dyn RetentionModel>; 3] =
            [Box::new(Geometric::new(alpha / (alpha + beta)).unwrap()), Box::new(sbg(alpha, beta)), Box::new(bdw(alpha, beta, c))];
        for model in &models {
            let last = 20_000;
            let sum: f64 = (0..=last).map(|t| model.survival(t)).sum();
            // What sBG leaves, (β + t) / (α − 1) renewals to those who made t; the others have a survival that falls faster.
            let rest = (beta + f64::from(last)) * model.survival(last) / (alpha - 1.0);
            let tenure = model.expected_tenure().unwrap();
            prop_assert!(tenure >= sum * (1.0 - 1e-11) && tenure <= (sum + rest) * (1.0 + 1e-11), "{tenure} {sum} {rest}");
            // Of all periods, those before n are sure to come to whoever is there at n.
            let until: f64 = (0..=n).map(|t| model.survival(t)).sum();
            let remaining = model.survival(n) * model.expected_remaining_renewals(n).unwrap();
            assert_close(until + remaining, tenure, 1e-10);
        }
        prop_assert_eq!(sbg(1.0 / alpha, beta).expected_tenure(), None);
        prop_assert_eq!(bdw(1.0 / alpha, beta, 1.0).expected_tenure(), None);
    }

    #[test]
    fn without_duration_dependence_bdw_is_sbg(alpha in positive(0.05, 20.0), beta in positive(0.05, 20.0), n in 0_u32..50, m in 1_u32..300, d in positive(1e-3, 2.0)) {
        let (simple, general) = (sbg(alpha, beta), bdw(alpha, beta, 1.0));
        assert_close(general.survival_given(n, m), simple.survival_given(n, m), 1e-12);
        assert_close(general.churn_given(n), simple.churn_given(n), 1e-12);
        assert_close(general.discounted_renewals(n, d, m).unwrap(), simple.discounted_renewals(n, d, m).unwrap(), 1e-12);
        let derl = |model: &dyn RetentionModel| model.discounted_expected_residual_lifetime(d, n).unwrap();
        assert_close(derl(&general), derl(&simple), 1e-11);
    }

    #[test]
    fn customers_who_do_not_differ_are_geometric(theta in 0.01..0.99_f64, n in 0_u32..50, m in 1_u32..50, d in positive(1e-3, 2.0)) {
        let many = 1e14;
        let (simple, general) = (Geometric::new(theta).unwrap(), sbg(many * theta, many * (1.0 - theta)));
        assert_close(general.survival_given(n, m), simple.survival_given(n, m), 1e-8);
        assert_close(general.churn_given(n), simple.churn_given(n), 1e-9);
        assert_close(general.discounted_renewals(n, d, m).unwrap(), simple.discounted_renewals(n, d, m).unwrap(), 1e-8);
        let derl = |model: &dyn RetentionModel| model.discounted_expected_residual_lifetime(d, n).unwrap();
        assert_close(derl(&general), derl(&simple), 1e-8);
        assert_close(general.expected_tenure().unwrap(), simple.expected_tenure().unwrap(), 1e-8);
    }
}
