//! NBD: Poisson purchases, nobody ever leaves.

use super::{DiscountedPurchases, Model, PurchaseModel, positive};
use crate::error::{Error, Result};
use crate::fit::{Derivatives, Dimension, FitContext, FitOptions, Fitted, Objective, Parameter, finish};
use crate::patterns::Patterns;
use crate::simulation::{RandomStream, Simulate, poisson_purchases};
use crate::special::{digamma_pochhammer, ln_negative_binomial, ln_pochhammer, trigamma_pochhammer};
use crate::summary::{CustomerSummary, History};
use crate::time::TimeUnit;

const NAME: &str = "NBD";
const PARAMETERS: [&str; 2] = ["r", "alpha"];

/// The negative binomial model: customers buy at random, each at an own rate, and stay for ever.
///
/// The baseline against which dropout has to prove itself: if it fits as well as BG/NBD, there is no sign of churn in the data.
///
/// # Assumptions
/// 1. A customer's purchases are Poisson with rate λ.
/// 2. λ varies over customers as Gamma(r, rate α).
///
/// | parameter | unit | range |
/// |---|---|---|
/// | r | none | > 0 |
/// | alpha (α) | time: the model's unit | > 0 |
///
/// # Formula
/// ```text
/// L        = (r)_x α^r (α + T)^−(r+x)
/// P(X(t)=n) = (r)_n / n! (α/(α+t))^r (t/(α+t))^n
/// E[X(t)]  = r t / α,   E[Y(t) | x, T] = (r + x) t / (α + T)
/// ```
///
/// # References
/// Ehrenberg (1959), The Pattern of Consumer Purchases, Applied Statistics 8(1).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "Stored", into = "Stored"))]
pub struct Nbd {
    r: f64,
    alpha: f64,
    unit: TimeUnit,
}

impl Nbd {
    /// The model with known parameters; `unit` is the time unit of alpha and of every time given to the model.
    ///
    /// # Errors
    /// [`Error::InvalidParameter`] unless both are finite and above 0.
    pub fn new(r: f64, alpha: f64, unit: TimeUnit) -> Result<Self> {
        Ok(Nbd { r: positive(NAME, "r", r)?, alpha: positive(NAME, "alpha", alpha)?, unit })
    }

    /// Shape of the purchase rates.
    pub fn r(&self) -> f64 {
        self.r
    }

    /// Rate parameter of the purchase rates, in time units.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Fits by maximum likelihood with the default [`FitOptions`].
    ///
    /// # Errors
    /// [`Error::NoRepeatPurchases`] if nobody bought again; [`Error::NotFinite`].
    pub fn fit(customers: &CustomerSummary) -> Result<Fitted<Self>> {
        Self::fit_with(customers, &FitOptions::default())
    }

    /// Fits by maximum likelihood.
    ///
    /// # Errors
    /// As [`Nbd::fit`], and [`Error::InvalidOption`], [`Error::UnknownParameter`] (in `fix` or `prior`), [`Error::InvalidParameter`] (start
    /// values), [`Error::Cancelled`].
    pub fn fit_with(customers: &CustomerSummary, options: &FitOptions) -> Result<Fitted<Self>> {
        Self::fit_patterns(&Patterns::of(customers), options)
    }

    /// Fits to patterns, which may carry weights.
    ///
    /// # Errors
    /// As [`Nbd::fit_with`].
    pub fn fit_patterns(patterns: &Patterns, options: &FitOptions) -> Result<Fitted<Self>> {
        let objective = NbdObjective::new(patterns);
        let rate = objective.rows.iter().map(|row| row.weight * row.x).sum::<f64>()
            / objective.rows.iter().map(|row| row.weight * row.t_cal).sum::<f64>();
        if !(rate > 0.0) {
            return Err(Error::NoRepeatPurchases { model: NAME, customers: patterns.customers() });
        }
        let context = FitContext {
            model: NAME,
            unit: Some(patterns.unit()),
            parameters: Parameter::all(PARAMETERS, [Dimension::Number, Dimension::Time]),
            customers: patterns.customers(),
            patterns: patterns.len(),
            starts: [0.5, 5.0, 0.05].map(|r| vec![r, r / rate]).to_vec(),
            warnings: Vec::new(),
        };
        finish(context, &objective, options, |p| Self::new(p[0], p[1], patterns.unit()))
    }
}

/// The distinct (x, T): recency does not enter.
struct NbdObjective {
    rows: Vec<Row>,
    weight: f64,
}

struct Row {
    x: f64,
    t_cal: f64,
    weight: f64,
}

impl NbdObjective {
    fn new(patterns: &Patterns) -> Self {
        let mut rows: Vec<Row> = (patterns.histories().iter().zip(patterns.weights()))
            .map(|(history, &weight)| Row { x: history.parts().0, t_cal: history.age(), weight })
            .collect();
        // Stable, so that equal (x, T) keep the order of the patterns and their weights always add up alike.
        rows.sort_by(|left, right| left.x.total_cmp(&right.x).then(left.t_cal.total_cmp(&right.t_cal)));
        rows.dedup_by(|next, kept| {
            let same = next.x.to_bits() == kept.x.to_bits() && next.t_cal.to_bits() == kept.t_cal.to_bits();
            if same {
                kept.weight += next.weight;
            }
            same
        });
        NbdObjective { rows, weight: patterns.total_weight() }
    }
}

impl Objective for NbdObjective {
    fn total_weight(&self) -> f64 {
        self.weight
    }

    fn evaluate(&self, parameters: &[f64]) -> Derivatives {
        let &[r, alpha] = parameters else { return Derivatives { value: f64::NAN, gradient: Vec::new(), hessian: Vec::new() } };
        let mut last_x = (f64::NAN, 0.0, 0.0, 0.0);
        let [mut value, mut d_r, mut d_alpha, mut d_rr, mut d_ra, mut d_aa] = [0.0; 6];
        for &Row { x, t_cal, weight } in &self.rows {
            if x.to_bits() != last_x.0.to_bits() {
                last_x = (x, ln_pochhammer(r, x), digamma_pochhammer(r, x), trigamma_pochhammer(r, x));
            }
            let (_, ln_poch, psi, psi_1) = last_x;
            let ln_end = (alpha + t_cal).ln();
            let ln_share = -(t_cal / alpha).ln_1p();
            let inverse = 1.0 / (alpha + t_cal);
            value += weight * (ln_poch + r * ln_share - x * ln_end);
            d_r += weight * (psi + ln_share);
            d_alpha += weight * (r / alpha - (r + x) * inverse);
            d_rr += weight * psi_1;
            d_ra += weight * (1.0 / alpha - inverse);
            d_aa += weight * ((r + x) * inverse * inverse - r / (alpha * alpha));
        }
        Derivatives::from_natural(parameters, value, &[d_r, d_alpha], |i, j| [d_rr, d_ra, d_aa][i + j])
    }
}

impl Model for Nbd {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        vec![("r", self.r), ("alpha", self.alpha)]
    }
}

impl PurchaseModel for Nbd {
    fn unit(&self) -> TimeUnit {
        self.unit
    }

    fn ln_likelihood(&self, history: &History) -> f64 {
        let (x, _, t_cal) = history.parts();
        ln_pochhammer(self.r, x) - self.r * (t_cal / self.alpha).ln_1p() - x * (self.alpha + t_cal).ln()
    }

    /// Always 1: nobody leaves.
    fn p_alive(&self, _history: &History) -> f64 {
        1.0
    }

    fn survival_if_alive(&self, _history: &History, _t: f64) -> f64 {
        1.0
    }

    fn purchases_if_alive(&self, history: &History, from: f64, to: f64) -> f64 {
        let (x, _, t_cal) = history.parts();
        (self.r + x) * (to - from) / (self.alpha + t_cal)
    }

    fn pmf_if_alive(&self, history: &History, n: u32, t: f64) -> f64 {
        let (x, _, t_cal) = history.parts();
        Nbd { r: self.r + x, alpha: self.alpha + t_cal, unit: self.unit }.pmf(n, t)
    }

    fn activity_if_alive(&self, history: &History, from: f64, to: f64) -> f64 {
        let (x, _, t_cal) = history.parts();
        -(-(self.r + x) * ((to - from) / (self.alpha + t_cal)).ln_1p()).exp_m1()
    }

    fn expectation(&self, t: f64) -> f64 {
        self.r * t / self.alpha
    }

    fn pmf(&self, n: u32, t: f64) -> f64 {
        self.ln_pmf(n, t).exp()
    }

    /// Purchases are stationary: only the length of the interval counts.
    fn pmf_between(&self, n: u32, from: f64, to: f64) -> f64 {
        self.pmf(n, to - from)
    }

    fn purchase_rate(&self, history: &History) -> f64 {
        let (x, _, t_cal) = history.parts();
        (self.r + x) / (self.alpha + t_cal)
    }

    fn dropout(&self, _: &History) -> f64 {
        0.0
    }

    fn ln_pmf(&self, n: u32, t: f64) -> f64 {
        if t <= 0.0 {
            return if n > 0 { f64::NEG_INFINITY } else { 0.0 };
        }
        ln_negative_binomial(f64::from(n), self.r, t / self.alpha)
    }
}

impl DiscountedPurchases for Nbd {
    fn discounted_if_alive(&self, history: &History, delta: f64, horizon: Option<f64>) -> f64 {
        let (x, _, t_cal) = history.parts();
        let rate = (self.r + x) / (self.alpha + t_cal);
        match horizon {
            None => rate / delta,
            Some(t) if (delta * t).abs() < 1e-17 => rate * t,
            Some(t) => rate * -(-delta * t).exp_m1() / delta,
        }
    }
}

impl Simulate for Nbd {
    fn draw(&self, random: &mut RandomStream, until: f64, purchases: &mut Vec<f64>) -> Option<f64> {
        let rate = random.gamma(self.r, self.alpha);
        poisson_purchases(random, rate, until, purchases);
        None
    }
}

#[cfg(feature = "serde")]
super::stored::stored_form!(Nbd { r: f64, alpha: f64, unit: TimeUnit });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::check_derivatives;

    #[test]
    fn derivatives_equal_differences() {
        let x: Vec<f64> = (0..40).map(|i| f64::from(i * i % 23)).collect();
        let age: Vec<f64> = (0..40).map(|i| 10.0 + f64::from(i % 7) * 3.5).collect();
        let recency: Vec<f64> = x.iter().zip(&age).map(|(&x, &age)| if x > 0.0 { 0.5 * age } else { 0.0 }).collect();
        let customers = CustomerSummary::from_columns(None, &x, &recency, &age, None, TimeUnit::Week).unwrap();
        let objective = NbdObjective::new(&Patterns::of(&customers));
        let model = Nbd::new(0.4, 12.0, TimeUnit::Week).unwrap();
        let expected = model.log_likelihood(&customers).unwrap();
        assert!((objective.evaluate(&[0.4, 12.0]).value - expected).abs() < 1e-11 * expected.abs());
        for parameters in [[0.4, 12.0], [10.0, 0.3], [0.02, 100.0]] {
            check_derivatives(&objective, &parameters);
        }
    }
}
